//! The workbook read back, its charts included.
use std::io::{Cursor, Read};

use calamine::{Data, Range, Reader, Xlsx};
use samsvar_core::disclosure::Shown;
use samsvar_core::reports::{OfferCell, Report, ReportChart};

use super::super::mark;
use super::html::texts;
use super::words::Words;
use super::{Rows, compare, expected, expected_offers};

/// Caption and headings stand above the cells.
const FIRST_ROW: usize = 3;

pub(super) fn check(report: &Report, bytes: &[u8]) -> Result<(), String> {
    let unreadable = |_| "can't be read".to_owned();
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(unreadable)?;
    let mut words = Words::of(report);
    words.may(lines(report));
    for table in report.tables() {
        let name = format!("Tabel {}", table.number);
        let sheet = book.worksheet_range(&name).map_err(unreadable)?;
        let rows = expected(table, plain);
        let width = table.table.columns().len() + 1;
        compare(
            Some(cells(&sheet, rows.len(), width)),
            &rows,
            &table.heading(),
        )?;
        numbers_stay_inside(&sheet, rows.len(), width)?;
        words.may(rows.into_iter().flatten());
    }
    if let Some(offers) = report.offers() {
        let sheet = book.worksheet_range("Tilbud").map_err(unreadable)?;
        let rows = expected_offers(offers, offer);
        let width = offers.columns().len() + 1;
        compare(
            Some(cells(&sheet, rows.len(), width)),
            &rows,
            &offers.heading(),
        )?;
        numbers_stay_inside(&sheet, rows.len(), width)?;
        words.may(rows.into_iter().flatten());
    }
    let mut found: Vec<String> = Vec::new();
    for (name, sheet) in book.worksheets() {
        let is_table = name.starts_with("Tabel ") || name == "Tilbud";
        for cell in sheet.rows().flatten() {
            match cell {
                Data::String(text) => {
                    found.push(text.strip_prefix("• ").unwrap_or(text).to_owned())
                }
                Data::Empty => {}
                _ if is_table => {}
                _ => return Err(format!("has a number in {name}")),
            }
        }
    }
    words.check(found.iter().map(String::as_str))?;
    charts_hold(report, bytes)
}

/// Of the sheet of text: leads with a colon, and where tables stand.
fn lines(report: &Report) -> Vec<String> {
    use samsvar_core::reports::Block;
    let mut lines = vec!["Noter".to_owned()];
    for block in report.sections().iter().flat_map(|section| &section.blocks) {
        lines.extend(match block {
            Block::List { lead, .. } => Some(format!("{lead}:")),
            Block::Table(table) => Some(format!("Se arket »Tabel {}«.", table.number)),
            Block::Chart(chart) => {
                let (heading, table) = (chart.heading(), chart.table());
                Some(format!("{heading}. Se arket »Tabel {table}«."))
            }
            Block::Offers(_) => Some("Se arket »Tilbud«.".into()),
            Block::Paragraph(_) => None,
        });
    }
    lines
}

fn cells(sheet: &Range<Data>, rows: usize, width: usize) -> Rows {
    let rows = sheet.rows().skip(FIRST_ROW).take(rows);
    rows.map(|row| row.iter().take(width).map(text).collect())
        .collect()
}

fn text(cell: &Data) -> String {
    match cell {
        Data::Float(number) => number.to_string(),
        Data::Int(number) => number.to_string(),
        other => other.to_string(),
    }
}

fn numbers_stay_inside(sheet: &Range<Data>, rows: usize, width: usize) -> Result<(), String> {
    let is_number = |cell: &Data| !matches!(cell, Data::Empty | Data::String(_));
    for (at, row) in sheet.rows().enumerate() {
        let is_heading = at + 1 == FIRST_ROW;
        let inside = is_heading || (FIRST_ROW..FIRST_ROW + rows).contains(&at);
        let beyond = if inside { width } else { 0 };
        if row.iter().skip(beyond).any(is_number) {
            return Err("has a number outside its tables".into());
        }
    }
    Ok(())
}

fn plain(shown: Shown) -> String {
    match shown {
        Shown::Exact(value) => (value as f64).to_string(),
        shown => mark(shown),
    }
}

fn offer(cell: &OfferCell) -> String {
    match cell {
        OfferCell::Number(number) | OfferCell::Estimate(number) => number.to_string(),
        OfferCell::Percent(number) => (number / 100.0).to_string(),
        OfferCell::Citizens {
            shown: Shown::Exact(number),
            ..
        } => (*number as f64).to_string(),
        cell => cell.danish(),
    }
}

/// A chart holds what it shows once more: its names and numbers.
fn charts_hold(report: &Report, bytes: &[u8]) -> Result<(), String> {
    let unreadable = |_| "has a chart that can't be read".to_owned();
    let mut book = zip::ZipArchive::new(Cursor::new(bytes)).map_err(unreadable)?;
    for at in 0..book.len() {
        let mut xml = String::new();
        let mut file = book.by_index(at).map_err(unreadable)?;
        if !file
            .name()
            .is_ok_and(|name| name.starts_with("xl/charts/chart"))
        {
            continue;
        }
        file.read_to_string(&mut xml)
            .map_err(|_| "has a chart that can't be read".to_owned())?;
        let found = texts(&xml);
        if !report.charts().any(|chart| is_drawn(chart, &xml, &found)) {
            return Err("differs in a chart".into());
        }
    }
    Ok(())
}

fn is_drawn(chart: &ReportChart, xml: &str, found: &[String]) -> bool {
    let between = |from: &str, to: &str| -> Vec<String> {
        let parts = xml.split(from).skip(1);
        let parts = parts.filter_map(|part| part.split_once(to).map(|(part, _)| part));
        parts.flat_map(points).collect()
    };
    let names: Vec<String> = chart.bars().iter().map(|bar| bar.label.clone()).collect();
    let values: Vec<String> = chart.bars().iter().map(|bar| plain(bar.shown)).collect();
    found.first() == Some(&chart.heading())
        && between("<c:cat>", "</c:cat>") == names
        && between("<c:val>", "</c:val>") == values
}

/// The texts and cached values of a part of a chart; where they come from is left out.
fn points(part: &str) -> Vec<String> {
    let mut found = Vec::new();
    for tag in ["<c:v>", "<a:t>"] {
        let values = part
            .split(tag)
            .skip(1)
            .filter_map(|rest| rest.split_once('<'));
        found.extend(values.flat_map(|(value, _)| texts(&format!("<x>{value}"))));
    }
    found
}
