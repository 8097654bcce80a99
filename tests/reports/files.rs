//! The report's files, opened again as their readers do.
use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};

use samsvar::writers;
use samsvar_core::disclosure::{AuditOptions, PublishedTable, Rules, audit};

use crate::collection::Collection;

#[test]
fn the_csv_opens_in_danish_excel() {
    let bytes = writers::csv::danish_excel(&Collection::midtjylland().report()).expect("CSV");
    let text = String::from_utf8(bytes).expect("UTF-8");
    assert!(text.starts_with('\u{feff}'));
    assert!(text.contains("\r\nKommune;2017;2018;2019;Heraf matrikelløst 2017-2019\r\n"));
    assert!(text.contains("\r\nI alt;22;35;40;65\r\n"));
    assert!(text.contains(";7,5;60 %"), "decimal comma");
}

#[test]
fn the_plain_csv_is_a_table_that_the_audit_reads() {
    let report = Collection::midtjylland().report();
    let bytes = writers::csv::iso(&report).expect("CSV");
    let text = String::from_utf8(bytes).expect("UTF-8");
    assert!(text.starts_with("tabel,række,kolonne,value\nboern,Favrskov,2017,≤3\n"));
    assert!(text.contains("\nboern,I alt,2018,35\n"));
}

#[test]
fn the_workbook_has_typed_cells_and_a_sheet_per_table() {
    let bytes = writers::xlsx::workbook(&Collection::midtjylland().report()).expect("XLSX");
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).expect("a workbook");
    assert_eq!(
        book.sheet_names(),
        ["Tabel 1", "Tabel 2", "Tilbud", "Tekst", "Noter"]
    );
    let sheet = book.worksheet_range("Tabel 1").expect("a sheet");
    let row = |name: &str| {
        let cells = sheet.rows().find(|row| row[0] == Data::String(name.into()));
        cells.expect("a row").to_vec()
    };
    assert_eq!(
        row("Kommune")[1..4],
        [2017.0, 2018.0, 2019.0].map(Data::Float)
    );
    assert_eq!(row("I alt")[2], Data::Float(35.0));
    assert_eq!(row("Ikast-Brande")[1], Data::Float(0.0));
    assert_eq!(row("Silkeborg")[2], Data::String("≤3".into()));
    let offers = book.worksheet_range("Tilbud").expect("a sheet");
    let harebakken = offers
        .rows()
        .find(|row| row[0] == Data::String("Harebakken".into()));
    let harebakken = harebakken.expect("an offer");
    assert!(harebakken.contains(&Data::Float(7.5)));
    assert!(harebakken.contains(&Data::Float(0.6)), "60 % is 0,6");
}

#[test]
fn the_overview_of_offers_is_numbered_on_and_says_what_is_blank() {
    let page = writers::html::page(&Collection::midtjylland().report(), "");
    for text in [
        "Tabel 3a: Tilbud til borgere med svære spiseforstyrrelser",
        "Tabel 3b: Tilbud til borgere med svære spiseforstyrrelser",
        "<td>ingen øvre grænse</td>",
        "Tomt felt: tilbuddet har ikke oplyst noget.",
    ] {
        assert!(page.contains(text), "{text}");
    }
}

#[test]
fn the_small_counts_are_explained_in_full_once_and_in_short_under_every_table() {
    let report = Collection::midtjylland().report();
    let notes: Vec<_> = report.tables().map(|table| &table.notes).collect();
    let basis = |line: &&String| line.contains("den centrale udmeldings vejledning om små tal");
    assert_eq!(notes[0].iter().filter(basis).count(), 1);
    assert_eq!(notes[1].iter().filter(basis).count(), 0);
    let short = "Antal fra 1 til 3 vises som ≤3 (se tabel 1).";
    assert!(notes[1].iter().any(|line| line == short));
}

/// Every number in a table's cells, as each kind of file has it.
#[test]
fn no_file_prints_a_number_that_is_not_shown_exactly() {
    let report = Collection::midtjylland().report();
    let page = writers::html::page(&report, "");
    let html = scraper::Html::parse_document(&page);
    let cell = scraper::Selector::parse("#tabel-1").expect("a selector");
    let caption = html.select(&cell).next().expect("a caption");
    let tables = scraper::Selector::parse("table").expect("a selector");
    let cells = scraper::Selector::parse("td").expect("a selector");
    assert!(caption.text().any(|text| text.starts_with("Tabel 1")));
    for (table, printed) in report.tables().zip(html.select(&tables)) {
        let expected: Vec<String> = table
            .table
            .rows()
            .iter()
            .flat_map(|row| {
                let columns = table.table.columns().iter();
                columns.map(|column| table.table.cell(row, column).expect("a cell").to_string())
            })
            .collect();
        let found: Vec<String> = printed
            .select(&cells)
            .map(|cell| cell.text().collect::<String>())
            .collect();
        assert_eq!(found, expected);
    }
    let json = writers::json::document(&report);
    assert_eq!(json["sections"].as_array().map(Vec::len), Some(8));
}

#[test]
fn what_was_written_passes_the_audit_when_read_back() {
    let report = Collection::midtjylland().report();
    let document = writers::json::document(&report);
    let rules = Rules::from_json(document["audit"].to_string().as_bytes()).expect("rules");
    let printed = writers::csv::iso(&report).expect("CSV");
    let table = PublishedTable::from_csv(&printed, &rules).expect("a table");
    let audit = audit(&table, &rules, &AuditOptions::default()).expect("an audit");
    assert!(audit.is_safe());
    assert!(audit.cells.len() >= 49, "every hidden cell is looked at");
}
