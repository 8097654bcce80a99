//! The last look at what is to leave: each file is read back, and must say what the report says.
use std::collections::BTreeMap;
use std::fmt;
use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use samsvar_core::danish;
use samsvar_core::disclosure::{Certificate, PublishedTable, Rules, Shown, verify};
use samsvar_core::reports::{Report, ReportTable};
use serde_json::Value;

use super::mark;

/// A file that says something else than the report that was audited.
#[derive(Debug)]
pub struct Untrue {
    file: String,
    what: String,
}

impl fmt::Display for Untrue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} was read back and {}", self.file, self.what)
    }
}

impl std::error::Error for Untrue {}

type Rows = Vec<Vec<String>>;

/// Checks every file of which the form is known; others are refused.
pub fn check(report: &Report, files: &[(String, Vec<u8>)]) -> Result<(), Untrue> {
    for (name, bytes) in files {
        let untrue = |what: String| Untrue {
            file: name.clone(),
            what,
        };
        for table in report.tables() {
            let printed = match name.as_str() {
                "rapport.html" => in_html(bytes, table),
                "rapport.csv" => in_csv(bytes, table),
                "rapport.iso.csv" => in_iso(bytes, table),
                "rapport.xlsx" => in_workbook(bytes, table),
                "rapport.json" => in_json(bytes, table),
                _ => continue,
            };
            let printed = printed.ok_or_else(|| untrue(format!("has no {}", table.heading())))?;
            if printed != expected(table, name == "rapport.html") {
                return Err(untrue(format!("differs in {}", table.heading())));
            }
        }
    }
    proof_holds(files)
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

fn expected(table: &ReportTable, for_people: bool) -> Rows {
    let text = |shown: Shown| match shown {
        Shown::Exact(value) if for_people => {
            danish::integer(i64::try_from(value).unwrap_or(i64::MAX))
        }
        shown => mark(shown),
    };
    let rows = table.printed().map(|(row, cells)| {
        std::iter::once(row.to_owned())
            .chain(cells.into_iter().map(text))
            .collect()
    });
    rows.collect()
}

/// The body and foot of the table whose caption has the table's number, as the writer lays them out.
fn in_html(bytes: &[u8], table: &ReportTable) -> Option<Rows> {
    let text = std::str::from_utf8(bytes).ok()?;
    let caption = format!("<caption id=\"tabel-{}\">", table.number);
    let (_, rest) = text.split_once(&caption)?;
    let (body, _) = rest.split_once("</table>")?;
    let (_, body) = body.split_once("<tbody>")?;
    let rows = body.split("<tr>").skip(1).map(|row| {
        row.split("</t")
            .filter(|cell| cell.contains("<th") || cell.contains("<td"))
            .map(plain)
            .collect()
    });
    Some(rows.collect())
}

/// The text of a cell, without tags.
fn plain(markup: &str) -> String {
    let mut text = String::new();
    let mut in_tag = false;
    for sign in markup.chars() {
        match sign {
            '<' => in_tag = true,
            '>' if in_tag => in_tag = false,
            sign if !in_tag => text.push(sign),
            _ => {}
        }
    }
    let text = text
        .rsplit_once('>')
        .map_or(text.as_str(), |(_, after)| after);
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
}

fn in_csv(bytes: &[u8], table: &ReportTable) -> Option<Rows> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(b';')
        .flexible(true)
        .has_headers(false)
        .from_reader(bytes.strip_prefix(b"\xef\xbb\xbf")?);
    let records: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>().ok()?;
    let heading = table.heading();
    let at = records
        .iter()
        .position(|record| record.get(0) == Some(&heading))?;
    let rows = records.iter().skip(at + 2).take(table.rows.len());
    let unguarded = |cell: &str| cell.strip_prefix('\'').unwrap_or(cell).to_owned();
    Some(
        rows.map(|row| row.iter().map(unguarded).collect())
            .collect(),
    )
}

fn in_iso(bytes: &[u8], table: &ReportTable) -> Option<Rows> {
    let mut cells: BTreeMap<(String, String), String> = BTreeMap::new();
    for record in csv::Reader::from_reader(bytes).records() {
        let record = record.ok()?;
        if record.get(0)? == table.id {
            let key = (record.get(1)?.to_owned(), record.get(2)?.to_owned());
            // The plain file writes an interval with a hyphen.
            cells.insert(key, record.get(3)?.to_owned());
        }
    }
    let columns = table.table.columns();
    let mut taken = 0;
    let rows: Option<Rows> = table
        .rows
        .iter()
        .map(|row| {
            let values = columns.iter().map(|column| {
                taken += 1;
                cells.get(&(row.clone(), column.clone())).cloned()
            });
            let values: Option<Vec<String>> = values.collect();
            values.map(|values| std::iter::once(row.clone()).chain(values).collect())
        })
        .collect();
    rows.filter(|_| taken == cells.len()).map(|rows| {
        rows.into_iter()
            .map(|row| row.into_iter().map(with_dash).collect())
            .collect()
    })
}

/// An interval with the dash that the other files have.
fn with_dash(cell: String) -> String {
    match cell.split_once('-') {
        Some((low, high)) if low.parse::<u64>().is_ok() && high.parse::<u64>().is_ok() => {
            format!("{low}–{high}")
        }
        _ => cell,
    }
}

fn in_workbook(bytes: &[u8], table: &ReportTable) -> Option<Rows> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).ok()?;
    let range = book
        .worksheet_range(&format!("Tabel {}", table.number))
        .ok()?;
    let text = |cell: &Data| match cell {
        Data::Float(number) if number.fract() == 0.0 => format!("{number:.0}"),
        other => other.to_string(),
    };
    let rows = range.rows().skip(3).take(table.rows.len());
    let width = table.table.columns().len() + 1;
    Some(
        rows.map(|row| row.iter().take(width).map(text).collect())
            .collect(),
    )
}

fn in_json(bytes: &[u8], table: &ReportTable) -> Option<Rows> {
    let document: Value = serde_json::from_slice(bytes).ok()?;
    let sections = document.get("sections")?.as_array()?;
    let blocks = sections
        .iter()
        .filter_map(|section| section.get("blocks")?.as_array())
        .flatten();
    let own = blocks
        .filter_map(|block| block.get("table"))
        .find(|one| one.get("id").and_then(Value::as_str) == Some(&table.id))?;
    let text = |cell: &Value| match cell {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let rows = own.get("rows")?.as_array()?.iter();
    rows.map(|row| {
        let cells = row.get("cells")?.as_array()?.iter();
        Some(
            std::iter::once(row.get("label")?)
                .chain(cells)
                .map(text)
                .collect(),
        )
    })
    .collect()
}
