//! The regional report on invented answers, from answers to files and back.
use std::collections::BTreeMap;

use chrono::NaiveDate;
use samsvar::writers;
use samsvar_core::disclosure::Shown;
use samsvar_core::reports::{Block, Meta, Report, ReportTable, Section};
use samsvar_core::tables::{ReportSpec, Respondent, check_report};
use serde_json::{Map, Value, json};

const MIDTJYLLAND: &str = include_str!("data/reports/spiseforstyrrelser_midtjylland_answers.csv");
const OFFERS: &str = include_str!("data/reports/offers_spiseforstyrrelser.csv");
const DEFINITION: &str = include_str!("../forms/spiseforstyrrelser-kommune/report.json");

/// Answers by municipality, as the form would have taken them.
struct Collection {
    municipalities: Vec<(String, Option<Value>)>,
    offers: Vec<(String, Value)>,
}

impl Collection {
    fn midtjylland() -> Self {
        Self {
            municipalities: records(MIDTJYLLAND)
                .into_iter()
                .map(|record| (record["kommune"].clone(), Some(municipality(&record))))
                .collect(),
            offers: records(OFFERS)
                .into_iter()
                .filter(|record| record["region"] == "Region Midtjylland")
                .map(|record| (record["offer"].clone(), offer(&record)))
                .collect(),
        }
    }

    fn without_answer_of(mut self, name: &str) -> Self {
        for (municipality, answers) in &mut self.municipalities {
            if municipality == name {
                *answers = None;
            }
        }
        self
    }

    fn reversed(mut self) -> Self {
        self.municipalities.reverse();
        self.offers.reverse();
        self
    }

    fn report(&self) -> Report {
        let municipalities = self
            .municipalities
            .iter()
            .map(|(name, answers)| Respondent {
                name: name.clone(),
                form: "spiseforstyrrelser-kommune".into(),
                answers: answers.as_ref(),
                disposition: "ikke besvaret".into(),
            });
        let offers = self.offers.iter().map(|(name, answers)| Respondent {
            name: name.clone(),
            form: "spiseforstyrrelser-tilbud".into(),
            answers: Some(answers),
            disposition: String::new(),
        });
        let respondents: Vec<Respondent> = municipalities.chain(offers).collect();
        let meta = Meta {
            campaign: "Central udmelding om svære spiseforstyrrelser".into(),
            region: "Region Midtjylland".into(),
            as_of: NaiveDate::from_ymd_opt(2026, 4, 9).expect("a day"),
        };
        Report::build(&definition(), &respondents, meta).expect("a safe report")
    }
}

fn definition() -> ReportSpec {
    let value: Value = serde_json::from_str(DEFINITION).expect("JSON");
    ReportSpec::read(&value).expect("no faults")
}

fn records(file: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_reader(file.as_bytes());
    reader
        .deserialize()
        .map(|record| record.expect("a record"))
        .collect()
}

fn municipality(record: &BTreeMap<String, String>) -> Value {
    let group = |danish: &str| {
        let years: Map<String, Value> = ["2017", "2018", "2019"]
            .into_iter()
            .map(|year| {
                (
                    year.to_owned(),
                    figure(&record[&format!("{danish}_{year}")]),
                )
            })
            .collect();
        let offsite = figure(&record[&format!("{danish}_matrikelloes_2017_2019")]);
        if years.values().all(|n| *n == json!(0)) && offsite == json!(0) {
            return json!({"none": true});
        }
        json!({"none": false, "visited": years, "offsite_period": offsite})
    };
    json!({
        "children": group("boern"),
        "adults": group("voksne"),
        "supply": {"sufficient": "partly", "lacking": "Skive mangler 2 pladser"},
        "themes": {"coordination": "Vi mødes"}
    })
}

fn figure(text: &str) -> Value {
    match text.trim() {
        "" => json!({"state": "not_broken_down"}),
        "-" => json!({"state": "not_applicable"}),
        text => match text.strip_prefix("ca. ") {
            Some(estimate) => {
                let value: u64 = estimate.parse().expect("a count");
                json!({"value": value, "qualifier": "estimate"})
            }
            None => serde_json::from_str(&text.replace(',', ".")).expect("a number"),
        },
    }
}

fn offer(record: &BTreeMap<String, String>) -> Value {
    let flow = |group: &str, site: &str| {
        let years: Map<String, Value> = ["2017", "2018", "2019"]
            .into_iter()
            .map(|year| {
                (
                    year.to_owned(),
                    figure(&record[&format!("{group}_{site}{year}")]),
                )
            })
            .collect();
        Value::Object(years)
    };
    let group =
        |name: &str| json!({"onsite": flow(name, ""), "offsite": flow(name, "matrikelloes_")});
    json!({
        "offer": {"name": record["offer"], "operator": record["operator"],
            "operator_kind": record["operator_kind"], "seat": record["seat"],
            "age_min": figure(&record["age_min"])},
        "flow": {"children": group("children"), "adults": group("adults")},
        "staff": {"fte": figure(&record["staff_fte"]),
            "experienced_percent": figure(&record["experienced_pct"])}
    })
}

/// A table of the report by its place.
fn table(report: &Report, at: usize) -> &ReportTable {
    report.tables().nth(at).expect("a table")
}

fn total(report: &Report, at: usize) -> Vec<Shown> {
    let table = table(report, at);
    let columns = table.table.columns().iter();
    columns
        .map(|column| table.table.cell("I alt", column).expect("a total"))
        .collect()
}

fn sentences(report: &Report) -> Vec<String> {
    let section = |section: &&Section| section.heading == "Tema 1: Målgruppen";
    let section = report.sections().iter().find(section).expect("theme 1");
    section
        .blocks
        .iter()
        .flat_map(|block| match block {
            Block::List { items, .. } => items.clone(),
            _ => Vec::new(),
        })
        .collect()
}

#[test]
fn the_region_totals_are_those_published() {
    let report = Collection::midtjylland().report();
    assert_eq!(total(&report, 0), [22, 35, 40, 65].map(Shown::Exact));
    assert_eq!(total(&report, 1), [48, 69, 72, 68].map(Shown::Exact));
}

#[test]
fn every_small_count_is_hidden_silkeborg_included() {
    let report = Collection::midtjylland().report();
    for table in report.tables() {
        for row in table.table.rows() {
            for column in table.table.columns() {
                let shown = table.table.cell(row, column).expect("a cell");
                assert!(!matches!(shown, Shown::Exact(1..=3)), "{row} {column}");
            }
        }
    }
    let silkeborg = table(&report, 0).table.cell("Silkeborg", "2018");
    assert_eq!(silkeborg, Some(Shown::AtMost(3)));
}

#[test]
fn municipalities_stand_in_danish_order_with_the_total_last() {
    let report = Collection::midtjylland().report();
    let rows = table(&report, 0).table.rows();
    assert_eq!(rows.len(), 20);
    assert_eq!(rows[0], "Favrskov");
    assert_eq!(rows[18..], ["Aarhus", "I alt"]);
}

#[test]
fn what_is_missing_is_a_dash_and_stated_under_the_table() {
    let report = Collection::midtjylland().report();
    let adults = table(&report, 1);
    assert_eq!(
        adults.table.cell("Herning", "2017"),
        Some(Shown::NotCollected)
    );
    let note = "»–« (ikke opgjort): Herning (2017 og 2018). Tallene indgår ikke i »I alt«.";
    assert!(
        adults.notes.iter().any(|line| line == note),
        "{:?}",
        adults.notes
    );
}

#[test]
fn the_denominator_is_stated_and_adds_up() {
    let report = Collection::midtjylland()
        .without_answer_of("Skive")
        .without_answer_of("Odder")
        .report();
    let notes = &table(&report, 0).notes;
    assert_eq!(notes[0], "Besvaret af 17 ud af 19 kommuner.");
    assert_eq!(notes[1], "Indgår ikke (ikke besvaret): Odder og Skive.");
    assert_eq!(
        notes[2],
        "Kontrol: 17 besvarelser + 2, der ikke indgår = 19 i alt."
    );
}

#[test]
fn sentences_state_their_denominator_and_sum_to_it() {
    let report = Collection::midtjylland().report();
    let said = sentences(&report);
    for sentence in [
        "Det samlede antal visiterede børn og unge er steget fra 22 i 2017 til 40 i 2019.",
        "4 ud af 19 kommuner har ikke haft børn og unge i målgruppen i den treårige periode.",
        "6 kommuner har haft børn og unge i målgruppen i ét af årene.",
        "5 kommuner har haft børn og unge i målgruppen i to af årene.",
        "4 kommuner har haft børn og unge i målgruppen i alle tre år.",
        "Opgørelsen omfatter 18 ud af 19 kommuner; Herning indgår ikke, fordi tal mangler.",
    ] {
        assert!(said.iter().any(|line| line == sentence), "{said:#?}");
    }
}

#[test]
fn free_text_is_held_back() {
    let page = writers::html::page(&Collection::midtjylland().report(), &[]);
    assert!(!page.contains("Skive mangler"));
    assert!(page.contains("Hvad mangler i udbuddet: 19 svar"));
}

#[test]
fn the_order_of_the_answers_does_not_show() {
    let files = |report: &Report| {
        (
            writers::html::page(report, &[]),
            writers::csv::danish_excel(report).expect("CSV"),
            writers::xlsx::workbook(report).expect("XLSX"),
            writers::json::document(report).to_string(),
        )
    };
    let one = files(&Collection::midtjylland().report());
    let other = files(&Collection::midtjylland().reversed().report());
    assert!(one == other);
}

#[test]
fn nobody_answering_is_refused_in_words() {
    let spec = definition();
    let meta = Meta {
        campaign: "C".into(),
        region: "R".into(),
        as_of: NaiveDate::from_ymd_opt(2026, 4, 9).expect("a day"),
    };
    let refusal = Report::build(&spec, &[], meta).expect_err("nothing to report");
    assert_eq!(
        refusal.reasons,
        ["Der er ingen besvarelser at lave en rapport af: besvaret af 0 ud af 0 kommuner."]
    );
}

#[test]
fn the_shipped_definition_points_into_answers_that_the_form_takes() {
    let definition: Value = serde_json::from_str(DEFINITION).expect("JSON");
    let answers = json!({
        "children": {"none": 0, "visited": {"2017": 0, "2018": 0, "2019": 0}, "offsite_period": 0},
        "adults": {"none": 0, "visited": {"2017": 0, "2018": 0, "2019": 0}, "offsite_period": 0},
        "supply": {"sufficient": 0, "changed": 0, "lacking": 0, "changes": 0},
        "themes": {"coordination": 0, "challenges": 0, "future": 0},
        "offsite": {"example": {"situation": 0}}
    });
    let exists = |pointer: &str| answers.pointer(pointer).is_some();
    assert_eq!(check_report(&exists, &definition), []);
}

mod files {
    use std::io::Cursor;

    use calamine::{Data, Reader, Xlsx};

    use super::*;

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
        assert_eq!(row("I alt")[2], Data::Float(35.0));
        assert_eq!(row("Ikast-Brande")[1], Data::Float(0.0));
        assert_eq!(row("Silkeborg")[2], Data::String("≤3".into()));
        let offers = book.worksheet_range("Tilbud").expect("a sheet");
        let harebakken = offers
            .rows()
            .find(|row| row[0] == Data::String("Harebakken".into()));
        assert!(harebakken.expect("an offer").contains(&Data::Float(7.5)));
    }

    /// Every number in a table's cells, as each kind of file has it.
    #[test]
    fn no_file_prints_a_number_that_is_not_shown_exactly() {
        let report = Collection::midtjylland().report();
        let page = writers::html::page(&report, &[]);
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
}
