//! The CSV files read back.
use std::collections::BTreeMap;

use samsvar_core::disclosure::Shown;
use samsvar_core::reports::{OfferCell, Report};

use super::super::csv::{guarded, offer_text};
use super::super::mark;
use super::words::Words;
use super::{Rows, compare, expected, expected_offers};

/// The file for Danish Excel.
pub(super) fn check(report: &Report, bytes: &[u8]) -> Result<(), String> {
    let text = bytes
        .strip_prefix(b"\xef\xbb\xbf")
        .ok_or("has no byte order mark")?;
    let records = csv::ReaderBuilder::new()
        .delimiter(b';')
        .flexible(true)
        .has_headers(false)
        .from_reader(text)
        .records()
        .collect::<Result<Vec<csv::StringRecord>, _>>()
        .map_err(|_| "can't be read".to_owned())?;
    let block = |heading: &str, length: usize| -> Option<Rows> {
        let at = records
            .iter()
            .position(|record| record.get(0) == Some(heading))?;
        let rows = records.iter().skip(at + 2).take(length);
        Some(
            rows.map(|row| row.iter().map(str::to_owned).collect())
                .collect(),
        )
    };
    let guarded_rows = |rows: Rows| -> Rows {
        let row = |row: Vec<String>| row.iter().map(|cell| guarded(cell)).collect();
        rows.into_iter().map(row).collect()
    };
    let mut may: Vec<String> = Vec::new();
    for table in report.tables() {
        let rows = guarded_rows(expected(table, plain));
        compare(block(&table.heading(), rows.len()), &rows, &table.heading())?;
        may.extend(rows.into_iter().flatten());
    }
    if let Some(offers) = report.offers() {
        let rows = guarded_rows(expected_offers(offers, offer_text));
        compare(
            block(&offers.heading(), rows.len()),
            &rows,
            &offers.heading(),
        )?;
        may.extend(rows.into_iter().flatten());
    }
    // The file holds the tables alone, so the running text may be missing.
    let mut words = Words::of(report).none_needed();
    words.may(may);
    words.check(
        records
            .iter()
            .flatten()
            .map(|cell| cell.strip_prefix('\'').unwrap_or(cell)),
    )
}

fn plain(shown: Shown) -> String {
    match shown {
        Shown::Exact(value) => value.to_string(),
        shown => mark(shown),
    }
}

/// The file of one line per cell.
pub(super) fn check_iso(report: &Report, bytes: &[u8]) -> Result<(), String> {
    let mut found: BTreeMap<(String, String, String), String> = BTreeMap::new();
    for record in csv::Reader::from_reader(bytes).records() {
        let record = record.map_err(|_| "can't be read".to_owned())?;
        let cell = |at: usize| record.get(at).unwrap_or_default().to_owned();
        let place = (cell(0), cell(1), cell(2));
        if found.insert(place, cell(3)).is_some() {
            return Err("has a cell twice".into());
        }
    }
    let mut expected = BTreeMap::new();
    for table in report.tables() {
        for (row, cells) in table.printed() {
            for (column, shown) in table.table.columns().iter().zip(cells) {
                let place = (table.id.clone(), row.to_owned(), column.clone());
                expected.insert(place, shown.to_string());
            }
        }
    }
    if let Some(offers) = report.offers() {
        for row in offers.rows() {
            for (cell, column) in row.cells.iter().zip(offers.columns()) {
                if let OfferCell::Citizens { shown, .. } = cell {
                    let place = (offers.id().to_owned(), row.name.clone(), column.full());
                    expected.insert(place, shown.to_string());
                }
            }
        }
    }
    match found == expected {
        true => Ok(()),
        false => Err("differs in a cell".into()),
    }
}
