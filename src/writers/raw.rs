//! The answers themselves, for the secretariat's own work: never published, never from a report.
use std::collections::BTreeMap;
use std::io;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet, XlsxError};
use samsvar_core::danish;
use samsvar_core::forms::{FieldKind, Provenance};
use serde_json::{Map, Value, json};

use super::csv::ExcelSheet;
use super::xlsx::{Styles, width};

/// Answers side by side, a column per question.
#[derive(Debug, Clone, PartialEq)]
pub struct RawAnswers {
    pub columns: Vec<RawColumn>,
    pub rows: Vec<RawRow>,
}

/// A question of the codebook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawColumn {
    /// JSON Pointer into the answers.
    pub pointer: String,
    /// The heading: no other column has the same.
    pub title: String,
    pub kind: FieldKind,
    /// Values and what is written in their place.
    pub options: Vec<(Value, String)>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct RawRow {
    pub respondent: String,
    pub group: String,
    /// The status in Danish.
    pub status: String,
    pub submitted: Option<DateTime<Utc>>,
    pub answers: Option<Value>,
    /// How each answer came about, by JSON Pointer; only the JSON lines tell.
    pub provenance: BTreeMap<String, Provenance>,
}

/// Headings of the columns that are about the respondent.
pub const OWN_COLUMNS: [&str; 4] = ["Svarende", "Gruppe", "Status", "Indsendt"];

/// For Danish Excel: one line of headings, and a line per respondent.
pub fn raw_csv(raw: &RawAnswers) -> io::Result<Vec<u8>> {
    let mut sheet = ExcelSheet::new();
    let columns = spread(raw);
    let own = OWN_COLUMNS.map(str::to_owned).into_iter();
    sheet.row(own.chain(columns.iter().map(Spread::title)))?;
    for row in &raw.rows {
        let cells = columns.iter().map(|column| column.cell(row));
        let cells = own_cells(row).into_iter().chain(cells);
        sheet.row(cells.map(|cell| cell.text()))?;
    }
    sheet.finish()
}

/// Numbers and dates as such; states and remarks in columns of their own.
pub fn raw_xlsx(raw: &RawAnswers) -> Result<Vec<u8>, XlsxError> {
    let styles = Styles::new();
    let mut book = Workbook::new();
    answers_sheet(book.add_worksheet(), raw, &styles)?;
    codebook_sheet(book.add_worksheet(), raw, &styles)?;
    book.save_to_buffer()
}

/// One JSON object per line: the respondent, and the answers as they were submitted.
pub fn raw_jsonl(raw: &RawAnswers) -> String {
    raw.rows
        .iter()
        .map(|row| {
            let line = json!({
                "respondent": row.respondent,
                "group": row.group,
                "status": row.status,
                "submitted": row.submitted.map(|at| at.to_rfc3339()),
                "answers": row.answers,
                "provenance": row.provenance,
            });
            format!("{line}\n")
        })
        .collect()
}

fn answers_sheet(
    sheet: &mut Worksheet,
    raw: &RawAnswers,
    styles: &Styles,
) -> Result<(), XlsxError> {
    sheet.set_name("Besvarelser")?;
    let days = Days::new();
    let columns = spread(raw);
    for (at, title) in (0..).zip(OWN_COLUMNS) {
        sheet.write_with_format(0, at, title, &styles.heading)?;
        sheet.set_column_width(at, 24)?;
    }
    for (at, column) in (4..).zip(&columns) {
        sheet.write_with_format(0, at, column.title(), &styles.heading)?;
        sheet.set_column_width(at, width(&column.title()))?;
    }
    for (at, row) in (1..).zip(&raw.rows) {
        let cells = columns.iter().map(|column| column.cell(row));
        for (column, cell) in (0..).zip(own_cells(row).into_iter().chain(cells)) {
            write_cell(sheet, (at, column), &cell, &days)?;
        }
    }
    sheet.set_freeze_panes(1, 1)?;
    Ok(())
}

/// How days and moments look in a workbook.
struct Days {
    day: Format,
    moment: Format,
}

impl Days {
    fn new() -> Self {
        Self {
            day: Format::new().set_num_format("dd\\-mm\\-yyyy"),
            moment: Format::new().set_num_format("dd\\-mm\\-yyyy\\ hh:mm"),
        }
    }
}

fn write_cell(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    cell: &Cell,
    days: &Days,
) -> Result<(), XlsxError> {
    match cell {
        Cell::Empty => {}
        Cell::Number(number) => {
            sheet.write_number(row, column, *number)?;
        }
        Cell::Text(text) => {
            sheet.write_string(row, column, fitted(text))?;
        }
        Cell::Day(day) => {
            let at = excel(day.and_time(NaiveTime::MIN))?;
            sheet.write_datetime_with_format(row, column, at, &days.day)?;
        }
        Cell::Moment(moment) => {
            sheet.write_datetime_with_format(row, column, excel(*moment)?, &days.moment)?;
        }
    }
    Ok(())
}

fn excel(moment: NaiveDateTime) -> Result<ExcelDateTime, XlsxError> {
    ExcelDateTime::from_timestamp(moment.and_utc().timestamp())
}

/// What each heading asks, where its answer stands in the JSON lines, and what can be answered.
fn codebook_sheet(
    sheet: &mut Worksheet,
    raw: &RawAnswers,
    styles: &Styles,
) -> Result<(), XlsxError> {
    sheet.set_name("Kodebog")?;
    let headings = [
        ("Felt", 40),
        ("Overskrift", 80),
        ("Type", 24),
        ("Svarmuligheder", 60),
    ];
    for (at, (heading, width)) in (0..).zip(headings) {
        sheet.write_with_format(0, at, heading, &styles.heading)?;
        sheet.set_column_width(at, width)?;
    }
    for (at, column) in (1..).zip(&raw.columns) {
        let options = options(column);
        let texts = [
            &column.pointer,
            &column.title,
            kind_word(column.kind),
            &options,
        ];
        for (place, text) in (0..).zip(texts) {
            sheet.write_string_with_format(at, place, fitted(text), &styles.wrapped)?;
        }
    }
    sheet.set_freeze_panes(1, 0)?;
    Ok(())
}

fn kind_word(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::Text => "Tekst",
        FieldKind::Integer => "Heltal",
        FieldKind::Number => "Tal",
        FieldKind::Boolean => "Ja eller nej",
        FieldKind::Date => "Dato",
        FieldKind::Choice => "Ét valg",
        FieldKind::Choices => "Flere valg",
        FieldKind::Lines => "Liste af tekster",
        FieldKind::Figure => "Tal, eller hvorfor der ikke er et",
        FieldKind::File => "Fil",
        FieldKind::Json => "Sammensat (JSON)",
    }
}

/// `code = label`, a line each.
fn options(column: &RawColumn) -> String {
    let lines: Vec<String> = column
        .options
        .iter()
        .map(|(value, label)| match value {
            Value::String(code) => format!("{code} = {label}"),
            value => format!("{value} = {label}"),
        })
        .collect();
    lines.join("\n")
}

fn own_cells(row: &RawRow) -> [Cell; 4] {
    let text = |text: &String| Cell::Text(text.clone());
    let local = |at| danish::local(at).naive_local();
    [
        text(&row.respondent),
        text(&row.group),
        text(&row.status),
        row.submitted
            .map_or(Cell::Empty, |at| Cell::Moment(local(at))),
    ]
}

/// The most that a cell of a workbook holds; the whole text is in the other formats.
fn fitted(text: &str) -> String {
    const MOST: usize = 32_000;
    text.chars().take(MOST).collect()
}

/// A question's value, or what is said about its value.
enum Spread<'a> {
    Value(&'a RawColumn),
    State(&'a RawColumn),
    Comment(&'a RawColumn),
}

/// The columns, with two more where a figure has a state, a qualifier or a remark.
fn spread(raw: &RawAnswers) -> Vec<Spread<'_>> {
    raw.columns
        .iter()
        .flat_map(|column| {
            let figures: Vec<_> = raw
                .rows
                .iter()
                .filter_map(|row| figure(row, column))
                .collect();
            let state = figures
                .iter()
                .any(|figure| figure.contains_key("state") || figure.contains_key("qualifier"));
            let comment = figures.iter().any(|figure| figure.contains_key("comment"));
            [
                Some(Spread::Value(column)),
                state.then_some(Spread::State(column)),
                comment.then_some(Spread::Comment(column)),
            ]
        })
        .flatten()
        .collect()
}

fn answer<'r>(row: &'r RawRow, column: &RawColumn) -> Option<&'r Value> {
    row.answers.as_ref()?.pointer(&column.pointer)
}

/// An answer that is a figure with more than a number.
fn figure<'r>(row: &'r RawRow, column: &RawColumn) -> Option<&'r Map<String, Value>> {
    let figure = answer(row, column)?.as_object()?;
    (figure.contains_key("state") || figure.contains_key("value")).then_some(figure)
}

impl Spread<'_> {
    fn title(&self) -> String {
        match self {
            Self::Value(column) => column.title.clone(),
            Self::State(column) => format!("{} (opgørelse)", column.title),
            Self::Comment(column) => format!("{} (bemærkning)", column.title),
        }
    }

    fn cell(&self, row: &RawRow) -> Cell {
        let part = |column, key: &str| figure(row, column).and_then(|figure| figure.get(key));
        match self {
            Self::Value(column) => match figure(row, column) {
                Some(figure) => Cell::of(figure.get("value")),
                None => column.cell(answer(row, column)),
            },
            Self::State(column) => {
                let word = part(column, "state").or(part(column, "qualifier"));
                Cell::of(word.and_then(Value::as_str).map(state_word).as_ref())
            }
            Self::Comment(column) => Cell::of(part(column, "comment")),
        }
    }
}

fn state_word(word: &str) -> Value {
    Value::from(match word {
        "not_stated" => "oplyses ikke",
        "not_broken_down" => "ikke opgjort",
        "not_applicable" => "–",
        "exact" => "opgjort",
        "estimate" => "skøn",
        "register" => "registertal",
        "confirmed" => "bekræftet registertal",
        "corrected" => "rettet registertal",
        "counted" => "optalt manuelt",
        other => other,
    })
}

impl RawColumn {
    /// An answer in the words of its question.
    fn cell(&self, answer: Option<&Value>) -> Cell {
        let Some(value) = answer else {
            return Cell::Empty;
        };
        let option = |value: &Value| self.options.iter().find(|(code, _)| code == value);
        if let Some((_, label)) = option(value) {
            return Cell::Text(label.clone());
        }
        match (self.kind, value) {
            (FieldKind::Date, Value::String(text)) => text
                .parse()
                .map_or_else(|_| Cell::Text(text.clone()), Cell::Day),
            (FieldKind::File, file) => Cell::of(file.get("name").or(answer)),
            (_, Value::Array(items)) => {
                let labelled: Vec<Value> = items
                    .iter()
                    .map(|item| option(item).map_or(item.clone(), |(_, label)| json!(label)))
                    .collect();
                Cell::of(Some(&Value::Array(labelled)))
            }
            _ => Cell::of(answer),
        }
    }
}

enum Cell {
    Empty,
    Number(f64),
    Text(String),
    Day(NaiveDate),
    /// On a Danish clock.
    Moment(NaiveDateTime),
}

impl Cell {
    fn of(value: Option<&Value>) -> Self {
        match value {
            None | Some(Value::Null) => Self::Empty,
            Some(Value::Bool(yes)) => Self::Text(if *yes { "Ja" } else { "Nej" }.into()),
            Some(Value::String(text)) => Self::Text(text.clone()),
            Some(Value::Number(number)) => match number.as_f64() {
                Some(number) => Self::Number(number),
                None => Self::Text(number.to_string()),
            },
            Some(Value::Array(items)) if items.iter().all(|item| !is_nested(item)) => {
                let words: Vec<String> = items
                    .iter()
                    .map(|item| Self::of(Some(item)).text())
                    .collect();
                Self::Text(words.join("; "))
            }
            Some(nested) => Self::Text(nested.to_string()),
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Number(number) => danish_plain(*number),
            Self::Text(text) => text.clone(),
            Self::Day(day) => day.format("%d-%m-%Y").to_string(),
            Self::Moment(moment) => moment.format("%d-%m-%Y %H:%M").to_string(),
        }
    }
}

fn is_nested(value: &Value) -> bool {
    value.is_array() || value.is_object()
}

/// With decimal comma and without thousands separators.
fn danish_plain(number: f64) -> String {
    danish::decimal(number, 6).replace('.', "")
}
