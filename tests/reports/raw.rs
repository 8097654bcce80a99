//! The raw answers as files, opened again as a spreadsheet opens them.
use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use chrono::{TimeZone, Utc};
use samsvar::writers::raw::{RawAnswers, RawColumn, RawRow, RawStyle, raw_file};
use samsvar_core::forms::{FieldKind, Provenance};
use serde_json::{Value, json};

fn raw() -> RawAnswers {
    let column = |pointer: &str, title: &str, kind, options: &[(Value, &str)]| RawColumn {
        pointer: pointer.into(),
        title: title.into(),
        kind,
        options: options
            .iter()
            .map(|(value, label)| (value.clone(), (*label).to_owned()))
            .collect(),
    };
    let places = [(json!("vi"), "Viborg"), (json!("od"), "Odder")];
    let yes_no = [(json!(true), "Ja"), (json!(false), "Nej")];
    RawAnswers {
        columns: vec![
            column("/n", "Antal", FieldKind::Figure, &[]),
            column("/fte", "Årsværk", FieldKind::Number, &[]),
            column("/where", "Hvor", FieldKind::Choices, &places),
            column("/changed", "Er der ændringer?", FieldKind::Boolean, &yes_no),
            column("/day", "Dato", FieldKind::Date, &[]),
        ],
        rows: vec![
            RawRow {
                respondent: "Skive".into(),
                group: "kommune".into(),
                status: "Indsendt".into(),
                submitted: Utc.with_ymd_and_hms(2026, 4, 9, 8, 42, 0).single(),
                mark: "Efter svarfristen".into(),
                answers: Some(json!({"n": {"value": 1200, "qualifier": "estimate",
                    "comment": "=1+1"}, "fte": 7.5, "where": ["vi", "od"], "changed": false,
                    "day": "2026-04-01"})),
                provenance: [("/n".to_owned(), Provenance::Estimate)].into(),
            },
            RawRow {
                respondent: "Odder".into(),
                group: "kommune".into(),
                status: "Ikke besvaret".into(),
                submitted: None,
                mark: String::new(),
                answers: None,
                provenance: Default::default(),
            },
        ],
    }
}

#[test]
fn the_danish_file_has_one_line_of_headings_and_no_formulas() {
    let text = String::from_utf8(raw_file(&raw(), RawStyle::Csv).expect("written")).expect("UTF-8");
    let lines: Vec<&str> = text.trim_start_matches('\u{feff}').split("\r\n").collect();
    assert_eq!(
        lines[0],
        "Svarende;Gruppe;Status;Indsendt;Modtaget;Antal;Antal (opgørelse);Antal (bemærkning);Årsværk;Hvor;Er der ændringer?;Dato"
    );
    assert_eq!(
        lines[1],
        "Skive;kommune;Indsendt;09-04-2026 10:42;Efter svarfristen;1200;skøn;'=1+1;7,5;\"Viborg; Odder\";Nej;01-04-2026"
    );
    assert_eq!(lines[2], "Odder;kommune;Ikke besvaret;;;;;;;;;");
}

#[test]
fn the_iso_file_has_points_commas_and_iso_days() {
    let bytes = raw_file(&raw(), RawStyle::CsvIso).expect("written");
    let text = String::from_utf8(bytes).expect("UTF-8");
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("Svarende,Gruppe,Status,Indsendt,Modtaget,Antal,"));
    assert_eq!(
        lines[1],
        "Skive,kommune,Indsendt,2026-04-09T10:42:00,Efter svarfristen,1200,skøn,'=1+1,7.5,Viborg; Odder,Nej,2026-04-01"
    );
}

#[test]
fn a_workbook_holds_what_xml_can_not_say_as_it_is() {
    let mut raw = raw();
    raw.rows[1].respondent = "<Ærø> & \"co\"\u{1}\n  linje".into();
    let bytes = raw_file(&raw, RawStyle::Xlsx).expect("written");
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).expect("a workbook");
    let sheet = book.worksheet_range("Besvarelser").expect("a sheet");
    let name = sheet.rows().nth(2).expect("a row")[0].to_string();
    assert_eq!(name, "<Ærø> & \"co\"\n  linje");
}

#[test]
fn the_workbook_has_moments_and_numbers_as_such() {
    let bytes = raw_file(&raw(), RawStyle::Xlsx).expect("written");
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).expect("a workbook");
    let sheet = book.worksheet_range("Besvarelser").expect("a sheet");
    let skive = sheet.rows().nth(1).expect("a row");
    let Data::DateTime(sent) = &skive[3] else {
        panic!("{:?} is no moment", skive[3]);
    };
    // 9 April 2026 is day 46121 of the spreadsheet's calendar.
    let minutes = (sent.as_f64() * 24.0 * 60.0).round();
    assert_eq!(minutes, 46_121.0 * 24.0 * 60.0 + 10.0 * 60.0 + 42.0);
    assert_eq!(skive[5], Data::Float(1200.0));
    assert_eq!(skive[9], Data::String("Viborg; Odder".into()));
    assert_eq!(skive[10], Data::String("Nej".into()));
    assert!(matches!(&skive[11], Data::DateTime(day) if day.as_f64() == 46_113.0));
}

#[test]
fn the_codebook_says_what_each_heading_means() {
    let bytes = raw_file(&raw(), RawStyle::Xlsx).expect("written");
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).expect("a workbook");
    let sheet = book.worksheet_range("Kodebog").expect("a sheet");
    let rows: Vec<Vec<String>> = sheet
        .rows()
        .map(|row| row.iter().map(Data::to_string).collect())
        .collect();
    assert_eq!(rows[0], ["Felt", "Overskrift", "Type", "Svarmuligheder"]);
    assert_eq!(
        rows[3],
        ["/where", "Hvor", "Flere valg", "vi = Viborg\nod = Odder"]
    );
    assert_eq!(rows[4][3], "true = Ja\nfalse = Nej");
}

#[test]
fn every_answer_is_one_line_of_json() {
    let lines =
        String::from_utf8(raw_file(&raw(), RawStyle::Jsonl).expect("written")).expect("UTF-8");
    let first: Value = serde_json::from_str(lines.lines().next().expect("a line")).expect("JSON");
    assert_eq!(first["answers"]["fte"], json!(7.5));
    assert_eq!(first["submitted"], json!("2026-04-09T08:42:00+00:00"));
    assert_eq!(first["provenance"], json!({"/n": "estimate"}));
    assert_eq!(lines.lines().count(), 2);
}
