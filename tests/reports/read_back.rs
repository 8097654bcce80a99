//! What is to leave is read back: a changed digit in any file stops the release.
#![allow(
    clippy::unwrap_used,
    reason = "a test that can't write or read its files has failed"
)]
use std::io::{Cursor, Read, Write};

use chrono::{TimeZone, Utc};
use samsvar::writers::certificate::{Seal, page};
use samsvar::writers::{csv, html, json, read_back, xlsx};
use samsvar_core::reports::Report;
use sha2::{Digest, Sha256};

use crate::collection::Collection;

type Files = Vec<(String, Vec<u8>)>;

/// All files of an edition, as they are written.
fn files(report: &Report) -> Files {
    let proof = report.proof().expect("a proof");
    let mut files: Files = vec![
        ("rapport.html".into(), html::page(report, "").into_bytes()),
        ("rapport.csv".into(), csv::danish_excel(report).unwrap()),
        ("rapport.iso.csv".into(), csv::iso(report).unwrap()),
        ("rapport.xlsx".into(), xlsx::workbook(report).unwrap()),
        (
            "rapport.json".into(),
            json::document(report).to_string().into_bytes(),
        ),
        ("tabel.csv".into(), proof.table),
        (
            "regler.json".into(),
            serde_json::to_vec(&proof.rules).unwrap(),
        ),
        (
            "certifikat.json".into(),
            serde_json::to_vec(&proof.certificate).unwrap(),
        ),
    ];
    let hash = |bytes: &[u8]| -> String {
        Sha256::digest(bytes)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    };
    let seal = Seal {
        number: 1,
        at: Utc.with_ymd_and_hms(2026, 4, 9, 8, 0, 0).unwrap(),
        by: "Sekretariatet",
        forms: vec![("spiseforstyrrelser-kommune".into(), "1.0.0".into())],
        earlier: Vec::new(),
        choices: Vec::new(),
        proof: &proof.certificate,
        files: files
            .iter()
            .map(|(name, bytes)| (name.clone(), hash(bytes)))
            .collect(),
    };
    files.push(("attest.html".into(), page(report, &seal, "").into_bytes()));
    files
}

fn with(files: &Files, name: &str, bytes: Vec<u8>) -> Files {
    let mut files = files.clone();
    let file = files.iter_mut().find(|(file, _)| file == name);
    file.expect("a file").1 = bytes;
    files
}

/// The next digit: 9 becomes 0.
fn next(digit: u8) -> u8 {
    b'0' + (digit - b'0' + 1) % 10
}

/// So many digits of a file are changed, one at a time, spread over all of it.
const CHANGES: usize = 40;

/// Changes digits that a reader of the file would see.
fn a_changed_digit_is_noticed(name: &str, is_read: impl Fn(&[u8], usize) -> bool) {
    let report = Collection::midtjylland().report();
    let files = files(&report);
    read_back::check(&report, &files).expect("as written");
    let (_, bytes) = files.iter().find(|(file, _)| file == name).expect("a file");
    let is_digit = |at: &usize| bytes[*at].is_ascii_digit() && is_read(bytes, *at);
    let places: Vec<usize> = (0..bytes.len()).filter(is_digit).collect();
    assert!(places.len() > 20, "{name}: only {} digits", places.len());
    for at in places.iter().step_by(places.len().div_ceil(CHANGES)) {
        let mut tampered = bytes.clone();
        tampered[*at] = next(tampered[*at]);
        let place = String::from_utf8_lossy(&bytes[at.saturating_sub(60)..=*at]).into_owned();
        let verdict = read_back::check(&report, &with(&files, name, tampered));
        assert!(verdict.is_err(), "{name}: …{place}");
    }
}

fn is_text(bytes: &[u8], at: usize) -> bool {
    let before = bytes[..at].iter().rev();
    before
        .take_while(|byte| **byte != b'<')
        .any(|byte| *byte == b'>')
}

#[test]
fn in_the_page() {
    let in_body = |bytes: &[u8]| {
        let text = std::str::from_utf8(bytes).unwrap();
        text.find("<body>").unwrap()
    };
    a_changed_digit_is_noticed("rapport.html", |bytes, at| {
        at > in_body(bytes) && is_text(bytes, at)
    });
}

#[test]
fn in_the_page_s_bars_and_what_they_are_in_words() {
    let is_in = |bytes: &[u8], at: usize, attribute: &str| {
        let before = std::str::from_utf8(&bytes[..at]).unwrap_or_default();
        let value = before.rsplit_once(&format!(" {attribute}=\""));
        value.is_some_and(|(tag, value)| {
            let tag = tag.rsplit_once('<').map_or("", |(_, tag)| tag);
            !value.contains('"') && (tag.starts_with("rect") || tag.starts_with("svg"))
        })
    };
    a_changed_digit_is_noticed("rapport.html", |bytes, at| {
        let is_bar = is_in(bytes, at, "width") && !is_svg(bytes, at);
        is_bar || is_in(bytes, at, "aria-label")
    });
}

/// Whether the attribute is that of the drawing as a whole, which has no number of its own.
fn is_svg(bytes: &[u8], at: usize) -> bool {
    let start = bytes[..at]
        .iter()
        .rposition(|byte| *byte == b'<')
        .unwrap_or(0);
    bytes[start..].starts_with(b"<svg")
}

#[test]
fn in_the_csv_files() {
    a_changed_digit_is_noticed("rapport.csv", |_, _| true);
    a_changed_digit_is_noticed("rapport.iso.csv", |_, _| true);
}

#[test]
fn in_the_document() {
    let report = Collection::midtjylland().report();
    let files = files(&report);
    let (_, bytes) = files
        .iter()
        .find(|(file, _)| file == "rapport.json")
        .unwrap();
    let text = String::from_utf8(bytes.clone()).unwrap();
    let from = text.find("\"sections\"").unwrap();
    // Numbers of tables and charts name them, and are no counts.
    let names = |at: usize| {
        let before = text[..at].trim_end_matches(|c: char| c.is_ascii_digit());
        [
            "\"number\":",
            "\"table\":",
            "\"threshold\":",
            "\"as_of\":\"",
        ]
        .iter()
        .any(|key| before.ends_with(key))
    };
    let places = |at: &usize| bytes[*at].is_ascii_digit() && !names(*at);
    for at in (from..bytes.len()).filter(places).step_by(9) {
        let mut tampered = bytes.clone();
        tampered[at] = next(tampered[at]);
        let verdict = read_back::check(&report, &with(&files, "rapport.json", tampered));
        assert!(verdict.is_err(), "…{}", &text[at.saturating_sub(60)..=at]);
    }
}

#[test]
fn in_the_proof_and_the_certificate() {
    for name in ["tabel.csv", "certifikat.json"] {
        a_changed_digit_is_noticed(name, |_, _| true);
    }
    let in_body = |bytes: &[u8]| {
        let text = std::str::from_utf8(bytes).unwrap();
        text.find("<h2>Filer i udgaven").unwrap()
    };
    a_changed_digit_is_noticed("attest.html", |bytes, at| {
        at > in_body(bytes) && is_hash(bytes, at)
    });
}

fn is_hash(bytes: &[u8], at: usize) -> bool {
    let start = bytes[..at]
        .iter()
        .rposition(|byte| *byte == b'<')
        .unwrap_or(0);
    bytes[start..].starts_with(b"<code>")
}

#[test]
fn in_a_cell_or_a_chart_of_the_workbook() {
    let report = Collection::midtjylland().report();
    let files = files(&report);
    let (_, bytes) = files
        .iter()
        .find(|(file, _)| file == "rapport.xlsx")
        .unwrap();
    let parts = [
        "xl/worksheets/sheet1.xml",
        "xl/worksheets/sheet3.xml",
        "xl/sharedStrings.xml",
        "xl/charts/chart1.xml",
    ];
    for part in parts {
        let text = part_of(bytes, part);
        let values: Vec<usize> = [">", "≤"]
            .iter()
            .flat_map(|sign| text.match_indices(sign).map(|(at, sign)| at + sign.len()))
            .filter(|at| text.as_bytes().get(*at).is_some_and(u8::is_ascii_digit))
            .filter(|at| part != "xl/charts/chart1.xml" || is_cached(&text, *at))
            .collect();
        assert!(values.len() > 2, "{part}");
        for at in values.iter().copied().step_by(values.len().div_ceil(20)) {
            // A cell of text holds the number of its text, which may be another that says the same.
            let mut tampered = text.clone().into_bytes();
            tampered[at] = next(tampered[at]);
            let book = replaced(bytes, part, &tampered);
            let verdict = read_back::check(&report, &with(&files, "rapport.xlsx", book));
            assert!(
                verdict.is_err(),
                "{part}: …{}",
                &text[text.floor_char_boundary(at - 40)..=at]
            );
        }
    }
}

fn is_cached(text: &str, at: usize) -> bool {
    text[..at].ends_with("<c:v>") || text[..at].ends_with("<a:t>")
}

fn part_of(book: &[u8], name: &str) -> String {
    let mut book = zip::ZipArchive::new(Cursor::new(book)).unwrap();
    let mut text = String::new();
    book.by_name(name)
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    text
}

fn replaced(book: &[u8], part: &str, content: &[u8]) -> Vec<u8> {
    let mut before = zip::ZipArchive::new(Cursor::new(book)).unwrap();
    let mut after = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for at in 0..before.len() {
        let mut file = before.by_index(at).unwrap();
        let name = file.name().unwrap().into_owned();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        after
            .start_file(&name, zip::write::SimpleFileOptions::default())
            .unwrap();
        after
            .write_all(if name == part { content } else { &bytes })
            .unwrap();
    }
    after.finish().unwrap().into_inner()
}

#[test]
fn a_file_of_unknown_form_is_refused() {
    let report = Collection::midtjylland().report();
    let mut files = files(&report);
    files.push(("rapport.pdf".into(), b"%PDF-1.7".to_vec()));
    let untrue = read_back::check(&report, &files).unwrap_err();
    assert_eq!(
        untrue.to_string(),
        "rapport.pdf was read back and has a form that can't be checked"
    );
}

#[test]
fn a_sentence_that_is_missing_is_noticed() {
    let report = Collection::midtjylland().report();
    let files = files(&report);
    let (_, bytes) = files
        .iter()
        .find(|(file, _)| file == "rapport.html")
        .unwrap();
    let page = String::from_utf8(bytes.clone()).unwrap();
    let at = page.find("steget fra").unwrap();
    let from = page[..at].rfind('<').unwrap();
    let to = at + page[at..].find('<').unwrap();
    let tampered = format!("{}<p>{}", &page[..from], &page[to..]);
    let files = with(&files, "rapport.html", tampered.into_bytes());
    assert!(read_back::check(&report, &files).is_err());
}
