//! The answers themselves, for the secretariat's own work: never published, never from a report.
use std::io;

use rust_xlsxwriter::{Workbook, Worksheet, XlsxError};
use samsvar_core::danish;
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
    pub title: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct RawRow {
    pub respondent: String,
    pub group: String,
    /// The status in Danish.
    pub status: String,
    /// When the answer was submitted, as it should be printed; empty for none.
    pub submitted: String,
    pub answers: Option<Value>,
}

const OWN_COLUMNS: [&str; 4] = ["Svarende", "Gruppe", "Status", "Indsendt"];

/// For Danish Excel; the row under the headings holds the pointers.
pub fn raw_csv(raw: &RawAnswers) -> io::Result<Vec<u8>> {
    let mut sheet = ExcelSheet::new();
    let columns = spread(raw);
    let own = OWN_COLUMNS.map(str::to_owned).into_iter();
    sheet.row(own.chain(columns.iter().map(Spread::title)))?;
    let pointers = columns.iter().map(|column| column.pointer().to_owned());
    sheet.row(
        OWN_COLUMNS
            .map(|_| String::new())
            .into_iter()
            .chain(pointers),
    )?;
    for row in &raw.rows {
        let cells = columns.iter().map(|column| column.cell(row).text());
        sheet.row(own_cells(row).map(str::to_owned).into_iter().chain(cells))?;
    }
    sheet.finish()
}

/// Numbers as numbers; states and remarks in columns of their own.
pub fn raw_xlsx(raw: &RawAnswers) -> Result<Vec<u8>, XlsxError> {
    let styles = Styles::new();
    let mut book = Workbook::new();
    let columns = spread(raw);
    answers_sheet(book.add_worksheet(), raw, &columns, &styles)?;
    let codebook = book.add_worksheet();
    codebook.set_name("Kodebog")?;
    codebook.set_column_width(0, 40)?;
    codebook.set_column_width(1, 90)?;
    codebook.write_with_format(0, 0, "Felt", &styles.heading)?;
    codebook.write_with_format(0, 1, "Spørgsmål", &styles.heading)?;
    for (at, column) in (1..).zip(&raw.columns) {
        codebook.write_string(at, 0, &column.pointer)?;
        codebook.write_string(at, 1, &column.title)?;
    }
    codebook.set_freeze_panes(1, 0)?;
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
                "submitted": row.submitted,
                "answers": row.answers,
            });
            format!("{line}\n")
        })
        .collect()
}

fn answers_sheet(
    sheet: &mut Worksheet,
    raw: &RawAnswers,
    columns: &[Spread],
    styles: &Styles,
) -> Result<(), XlsxError> {
    sheet.set_name("Besvarelser")?;
    for (at, title) in (0..).zip(OWN_COLUMNS) {
        sheet.write_with_format(0, at, title, &styles.heading)?;
        sheet.set_column_width(at, 24)?;
    }
    for (at, column) in (4..).zip(columns) {
        sheet.write_with_format(0, at, column.title(), &styles.heading)?;
        sheet.set_column_width(at, width(&column.title()))?;
    }
    for (at, row) in (1..).zip(&raw.rows) {
        for (column, text) in (0..).zip(own_cells(row)) {
            sheet.write_string(at, column, text)?;
        }
        for (column, spread) in (4..).zip(columns) {
            match spread.cell(row) {
                Cell::Empty => {}
                Cell::Number(number) => {
                    sheet.write_number(at, column, number)?;
                }
                Cell::Text(text) => {
                    sheet.write_string(at, column, fitted(&text))?;
                }
            }
        }
    }
    sheet.set_freeze_panes(1, 1)?;
    Ok(())
}

fn own_cells(row: &RawRow) -> [&str; 4] {
    [&row.respondent, &row.group, &row.status, &row.submitted]
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
    fn pointer(&self) -> &str {
        let (Self::Value(column) | Self::State(column) | Self::Comment(column)) = self;
        &column.pointer
    }

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
                None => Cell::of(answer(row, column)),
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
        "counted" => "optalt manuelt",
        other => other,
    })
}

enum Cell {
    Empty,
    Number(f64),
    Text(String),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn raw() -> RawAnswers {
        let column = |pointer: &str, title: &str| RawColumn {
            pointer: pointer.into(),
            title: title.into(),
        };
        RawAnswers {
            columns: vec![
                column("/n", "Antal"),
                column("/fte", "Årsværk"),
                column("/where", "Hvor"),
            ],
            rows: vec![
                RawRow {
                    respondent: "Skive".into(),
                    group: "kommune".into(),
                    status: "Indsendt".into(),
                    submitted: "09.04.2026".into(),
                    answers: Some(json!({"n": {"value": 1200, "qualifier": "estimate",
                        "comment": "=1+1"}, "fte": 7.5, "where": ["Viborg", "Odder"]})),
                },
                RawRow {
                    respondent: "Odder".into(),
                    group: "kommune".into(),
                    status: "Ikke besvaret".into(),
                    submitted: String::new(),
                    answers: None,
                },
            ],
        }
    }

    #[test]
    fn the_secretariats_file_has_typed_figures_and_no_formulas() {
        let text = String::from_utf8(raw_csv(&raw()).expect("written")).expect("UTF-8");
        let lines: Vec<&str> = text.trim_start_matches('\u{feff}').split("\r\n").collect();
        assert_eq!(
            lines[0],
            "Svarende;Gruppe;Status;Indsendt;Antal;Antal (opgørelse);Antal (bemærkning);Årsværk;Hvor"
        );
        assert_eq!(
            lines[2],
            "Skive;kommune;Indsendt;09.04.2026;1200;skøn;'=1+1;7,5;\"Viborg; Odder\""
        );
        assert_eq!(lines[3], "Odder;kommune;Ikke besvaret;;;;;;");
    }

    #[test]
    fn every_answer_is_one_line_of_json() {
        let lines = raw_jsonl(&raw());
        let first: Value =
            serde_json::from_str(lines.lines().next().expect("a line")).expect("JSON");
        assert_eq!(first["answers"]["fte"], json!(7.5));
        assert_eq!(lines.lines().count(), 2);
    }
}
