//! The last look at what is to leave: each file is read back, and must say what the report says.
mod attest;
mod document;
mod html;
mod plain;
mod words;
mod workbook;

use std::fmt;

use samsvar_core::danish;
use samsvar_core::disclosure::{Certificate, PublishedTable, Rules, Shown, verify};
use samsvar_core::reports::{OfferCell, OffersTable, Report, ReportTable};

use super::mark;

/// A file that says something else than the report that was audited.
#[derive(Debug)]
pub struct Untrue {
    file: String,
    what: String,
}

impl Untrue {
    /// Its name.
    pub fn file(&self) -> &str {
        &self.file
    }
}

impl fmt::Display for Untrue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} was read back and {}", self.file, self.what)
    }
}

impl std::error::Error for Untrue {}

/// The files of an edition.
const KNOWN: [&str; 9] = [
    "rapport.html",
    "rapport.csv",
    "rapport.iso.csv",
    "rapport.xlsx",
    "rapport.json",
    "tabel.csv",
    "regler.json",
    "certifikat.json",
    "attest.html",
];

type Rows = Vec<Vec<String>>;

/// Checks every file; one of which the form is not known is refused.
///
/// Numbers are compared place by place: tables, the overview of offers, charts. Of all other text
/// nothing may stand in a file that the report does not say, and nothing that it says be missing.
pub fn check(report: &Report, files: &[(String, Vec<u8>)]) -> Result<(), Untrue> {
    let unknown = files
        .iter()
        .find(|(name, _)| !KNOWN.contains(&name.as_str()));
    if let Some((name, _)) = unknown {
        return Err(Untrue {
            file: name.clone(),
            what: "has a form that can't be checked".into(),
        });
    }
    for (name, bytes) in files {
        let verdict = match name.as_str() {
            "rapport.html" => html::check(report, bytes),
            "rapport.csv" => plain::check(report, bytes),
            "rapport.iso.csv" => plain::check_iso(report, bytes),
            "rapport.xlsx" => workbook::check(report, bytes),
            "rapport.json" => document::check(report, bytes),
            "attest.html" => attest::check(report, files, bytes),
            // The proof is checked as a whole.
            _ => Ok(()),
        };
        verdict.map_err(|what| Untrue {
            file: name.clone(),
            what,
        })?;
    }
    proof_holds(files)
}

/// What each table, and the overview of offers, must say: a heading, and its rows.
fn compare(found: Option<Rows>, expected: &Rows, heading: &str) -> Result<(), String> {
    match found {
        None => Err(format!("has no {heading}")),
        Some(found) if found != *expected => Err(format!("differs in {heading}")),
        Some(_) => Ok(()),
    }
}

/// Verifies the witnesses against the table as it was written.
fn proof_holds(files: &[(String, Vec<u8>)]) -> Result<(), Untrue> {
    let untrue = |what: String| Untrue {
        file: "the proof".into(),
        what,
    };
    let read = |name: &str| {
        let file = files.iter().find(|(file, _)| file == name);
        file.map(|(_, bytes)| bytes.as_slice())
            .ok_or_else(|| untrue(format!("has no {name}")))
    };
    let said = |error: &dyn fmt::Display| untrue(error.to_string());
    let rules = Rules::from_json(read("regler.json")?).map_err(|e| said(&e))?;
    let table = PublishedTable::from_csv(read("tabel.csv")?, &rules).map_err(|e| said(&e))?;
    let proof = Certificate::from_json(read("certifikat.json")?).map_err(|e| said(&e))?;
    verify(&table, &rules, &proof).map_err(|e| said(&e))?;
    Ok(())
}

fn expected(table: &ReportTable, text: impl Fn(Shown) -> String) -> Rows {
    let rows = table.printed().map(|(row, cells)| {
        std::iter::once(row.to_owned())
            .chain(cells.into_iter().map(&text))
            .collect()
    });
    rows.collect()
}

fn expected_offers(offers: &OffersTable, text: impl Fn(&OfferCell) -> String) -> Rows {
    let rows = offers.rows().iter().map(|row| {
        std::iter::once(row.name.clone())
            .chain(row.cells.iter().map(&text))
            .collect()
    });
    rows.collect()
}

/// As a person reads it: 1.234.
fn for_people(shown: Shown) -> String {
    match shown {
        Shown::Exact(value) => danish::integer(i64::try_from(value).unwrap_or(i64::MAX)),
        shown => mark(shown),
    }
}
