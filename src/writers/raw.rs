//! The answers themselves, for the secretariat's own work: never published, never from a report.
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use samsvar_core::danish;
use samsvar_core::forms::{FieldKind, Provenance};
use serde_json::{Map, Value, json};

use super::csv::ExcelSheet;
use super::sheet_stream::{SheetCell, SheetStream};
use super::xlsx::width;

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
    /// That it came late, or was written down by the secretariat; empty for the rest.
    pub mark: String,
    pub answers: Option<Value>,
    /// How each answer came about, by JSON Pointer; only the JSON lines tell.
    pub provenance: BTreeMap<String, Provenance>,
}

/// Headings of the columns that are about the respondent.
pub const OWN_COLUMNS: [&str; 5] = ["Svarende", "Gruppe", "Status", "Indsendt", "Modtaget"];

/// A file's form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RawStyle {
    /// For Danish Excel: semicolons, decimal commas, days as 16-04-2026.
    Csv,
    /// Commas, decimal points, days as 2026-04-16.
    CsvIso,
    /// Numbers and days as such, and a codebook.
    Xlsx,
    /// One JSON object per line: the respondent, and the answers as they were submitted.
    Jsonl,
}

/// The questions of one group, and what its answers need beside them; goes into a sheet of its own.
pub struct RawSheet {
    group: String,
    columns: Vec<RawColumn>,
    spread: Vec<Spread>,
}

impl RawSheet {
    /// `seen` must have seen all answers that will be written.
    pub fn new(group: &str, columns: Vec<RawColumn>, seen: &Seen) -> Self {
        let spread = spread(&columns, seen);
        Self {
            group: group.to_owned(),
            columns,
            spread,
        }
    }

    fn titles(&self) -> impl Iterator<Item = String> {
        let own = OWN_COLUMNS.map(str::to_owned).into_iter();
        own.chain(self.spread.iter().map(|s| s.title(&self.columns)))
    }

    fn cells<'r>(&'r self, row: &'r RawRow) -> impl Iterator<Item = Cell> {
        let answers = self.spread.iter().map(|s| s.cell(&self.columns, row));
        own_cells(row).into_iter().chain(answers)
    }
}

/// Answers on their way out, one at a time; nothing is kept.
pub struct RawStream<'s, W: Write> {
    sheets: &'s [RawSheet],
    /// How many sheets were begun.
    begun: usize,
    out: Out<W>,
}

enum Out<W: Write> {
    Csv(ExcelSheet<W>),
    CsvIso(csv::Writer<W>),
    Xlsx(Box<SheetStream<W>>),
    Jsonl(W),
}

impl<'s, W: Write> RawStream<'s, W> {
    /// Workbooks hold all sheets, other files one.
    pub fn start(style: RawStyle, out: W, sheets: &'s [RawSheet]) -> io::Result<Self> {
        let out = match style {
            RawStyle::Csv => Out::Csv(ExcelSheet::onto(out)?),
            RawStyle::CsvIso => Out::CsvIso(csv::WriterBuilder::new().from_writer(out)),
            RawStyle::Jsonl => Out::Jsonl(out),
            RawStyle::Xlsx => Out::Xlsx(Box::new(SheetStream::new(out, &sheet_names(sheets))?)),
        };
        Ok(Self {
            sheets,
            begun: 0,
            out,
        })
    }

    /// Begins the next sheet with its headings.
    pub fn sheet(&mut self) -> io::Result<()> {
        let Some(sheet) = self.sheets.get(self.begun) else {
            return Err(io::Error::other("there is no such sheet"));
        };
        self.begun += 1;
        let titles: Vec<String> = sheet.titles().collect();
        match &mut self.out {
            Out::Csv(csv) => csv.row(&titles),
            Out::CsvIso(csv) => csv.write_record(&titles).map_err(io::Error::from),
            Out::Jsonl(_) => Ok(()),
            Out::Xlsx(book) => {
                let widths: Vec<f64> = (0..)
                    .zip(&titles)
                    .map(|(at, title)| {
                        if at < OWN_COLUMNS.len() {
                            24.0
                        } else {
                            width(title)
                        }
                    })
                    .collect();
                book.sheet(&widths, (1, 1))?;
                book.row(titles.iter().map(|title| SheetCell::Heading(title)))
            }
        }
    }

    /// A respondent of the sheet that was begun last.
    pub fn row(&mut self, row: &RawRow) -> io::Result<()> {
        let Some(sheet) = self.begun.checked_sub(1).and_then(|n| self.sheets.get(n)) else {
            return Err(io::Error::other("no sheet was begun"));
        };
        match &mut self.out {
            Out::Csv(csv) => csv.row(sheet.cells(row).map(|cell| cell.text())),
            Out::CsvIso(csv) => csv
                .write_record(sheet.cells(row).map(|cell| cell.iso()))
                .map_err(io::Error::from),
            Out::Jsonl(out) => out.write_all(json_line(row).as_bytes()),
            Out::Xlsx(book) => {
                let cells: Vec<Cell> = sheet.cells(row).collect();
                book.row(cells.iter().map(Cell::in_sheet))
            }
        }
    }

    /// Adds the codebooks, and flushes.
    pub fn finish(self) -> io::Result<()> {
        match self.out {
            Out::Csv(csv) => csv.end(),
            Out::CsvIso(mut csv) => csv.flush(),
            Out::Jsonl(mut out) => out.flush(),
            Out::Xlsx(mut book) => {
                for sheet in self.sheets {
                    codebook(&mut book, &sheet.columns)?;
                }
                book.finish()
            }
        }
    }
}

/// The names of all sheets: answers first, then codebooks.
fn sheet_names(sheets: &[RawSheet]) -> Vec<String> {
    if let [_] = sheets {
        return ["Besvarelser", "Kodebog"].map(str::to_owned).into();
    }
    let short = |n: usize, sheet: &RawSheet| {
        let group: String = sheet.group.chars().take(15).collect();
        format!("{n} {group}")
    };
    let answers = (1..).zip(sheets).map(|(n, sheet)| short(n, sheet));
    let books = (1..)
        .zip(sheets)
        .map(|(n, sheet)| format!("Kodebog {}", short(n, sheet)));
    answers.chain(books).collect()
}

fn json_line(row: &RawRow) -> String {
    let line = json!({
        "respondent": row.respondent,
        "group": row.group,
        "status": row.status,
        "submitted": row.submitted.map(|at| at.to_rfc3339()),
        "mark": row.mark,
        "answers": row.answers,
        "provenance": row.provenance,
    });
    format!("{line}\n")
}

/// What the answers hold that decides on columns: gathered one answer at a time, before they are written.
#[derive(Debug, Default)]
pub struct Seen {
    /// The most items of each list, by pointer.
    lengths: BTreeMap<String, usize>,
    states: BTreeSet<String>,
    comments: BTreeSet<String>,
}

impl Seen {
    pub fn see(&mut self, answers: &Value) {
        self.look(answers, &mut String::new());
    }

    /// The most items that a list has in any answer.
    pub fn most_items(&self, list: &str) -> usize {
        self.lengths.get(list).copied().unwrap_or(0)
    }

    fn look(&mut self, value: &Value, pointer: &mut String) {
        let here = pointer.len();
        match value {
            Value::Object(fields) => {
                if fields.contains_key("state") || fields.contains_key("value") {
                    self.figure(fields, pointer);
                }
                for (name, inner) in fields.iter().filter(|(_, inner)| is_nested(inner)) {
                    pointer.push('/');
                    pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
                    self.look(inner, pointer);
                    pointer.truncate(here);
                }
            }
            Value::Array(items) => {
                note_most(&mut self.lengths, pointer, items.len());
                for (at, inner) in items.iter().enumerate().filter(|(_, i)| is_nested(i)) {
                    pointer.push_str(&format!("/{at}"));
                    self.look(inner, pointer);
                    pointer.truncate(here);
                }
            }
            _ => {}
        }
    }

    fn figure(&mut self, figure: &Map<String, Value>, pointer: &str) {
        let has = |key| figure.contains_key(key);
        if (has("state") || has("qualifier")) && !self.states.contains(pointer) {
            self.states.insert(pointer.to_owned());
        }
        if has("comment") && !self.comments.contains(pointer) {
            self.comments.insert(pointer.to_owned());
        }
    }
}

fn note_most(lengths: &mut BTreeMap<String, usize>, pointer: &str, length: usize) {
    match lengths.get_mut(pointer) {
        Some(most) => *most = length.max(*most),
        None => {
            lengths.insert(pointer.to_owned(), length);
        }
    }
}

/// All at once, for a few answers; see [`RawStream`].
pub fn raw_file(raw: &RawAnswers, style: RawStyle) -> io::Result<Vec<u8>> {
    let mut seen = Seen::default();
    raw.rows
        .iter()
        .filter_map(|row| row.answers.as_ref())
        .for_each(|answers| seen.see(answers));
    let sheets = [RawSheet::new("", raw.columns.clone(), &seen)];
    let mut bytes = Vec::new();
    let mut stream = RawStream::start(style, &mut bytes, &sheets)?;
    stream.sheet()?;
    raw.rows.iter().try_for_each(|row| stream.row(row))?;
    stream.finish()?;
    Ok(bytes)
}

/// Days since 30 December 1899, as spreadsheets count.
fn serial(moment: NaiveDateTime) -> f64 {
    const UNIX_EPOCH: f64 = 25_569.0;
    const SECONDS: f64 = 86_400.0;
    #[allow(clippy::cast_precision_loss)]
    let seconds = moment.and_utc().timestamp() as f64;
    UNIX_EPOCH + seconds / SECONDS
}

/// What each heading asks, where its answer stands in the JSON lines, and what can be answered.
pub(super) fn codebook<W: Write>(
    book: &mut SheetStream<W>,
    columns: &[RawColumn],
) -> io::Result<()> {
    let headings = ["Felt", "Overskrift", "Type", "Svarmuligheder"];
    book.sheet(&[40.0, 80.0, 24.0, 60.0], (1, 0))?;
    book.row(headings.map(SheetCell::Heading))?;
    for column in columns {
        let options = options(column);
        let texts = [
            column.pointer.as_str(),
            &column.title,
            kind_word(column.kind),
            &options,
        ];
        book.row(texts.map(SheetCell::Wrapped))?;
    }
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

fn own_cells(row: &RawRow) -> [Cell; 5] {
    let text = |text: &String| Cell::Text(text.clone());
    let local = |at| danish::local(at).naive_local();
    [
        text(&row.respondent),
        text(&row.group),
        text(&row.status),
        row.submitted
            .map_or(Cell::Empty, |at| Cell::Moment(local(at))),
        match row.mark.as_str() {
            "" => Cell::Empty,
            mark => Cell::Text(mark.to_owned()),
        },
    ]
}

/// A question's value, or what is said about its value; by its place among the columns.
enum Spread {
    Value(usize),
    State(usize),
    Comment(usize),
}

/// The columns, with two more where a figure has a state, a qualifier or a remark.
fn spread(columns: &[RawColumn], seen: &Seen) -> Vec<Spread> {
    let parts = columns.iter().enumerate().flat_map(|(at, column)| {
        let state = seen.states.contains(&column.pointer);
        let comment = seen.comments.contains(&column.pointer);
        [
            Some(Spread::Value(at)),
            state.then_some(Spread::State(at)),
            comment.then_some(Spread::Comment(at)),
        ]
    });
    parts.flatten().collect()
}

fn answer<'r>(row: &'r RawRow, column: &RawColumn) -> Option<&'r Value> {
    row.answers.as_ref()?.pointer(&column.pointer)
}

/// An answer that is a figure with more than a number.
fn figure<'r>(row: &'r RawRow, column: &RawColumn) -> Option<&'r Map<String, Value>> {
    let figure = answer(row, column)?.as_object()?;
    (figure.contains_key("state") || figure.contains_key("value")).then_some(figure)
}

impl Spread {
    fn title(&self, columns: &[RawColumn]) -> String {
        let title = |at: &usize| columns.get(*at).map_or("", |column| &column.title);
        match self {
            Self::Value(at) => title(at).to_owned(),
            Self::State(at) => format!("{} (opgørelse)", title(at)),
            Self::Comment(at) => format!("{} (bemærkning)", title(at)),
        }
    }

    fn cell(&self, columns: &[RawColumn], row: &RawRow) -> Cell {
        let (Self::Value(at) | Self::State(at) | Self::Comment(at)) = self;
        let Some(column) = columns.get(*at) else {
            return Cell::Empty;
        };
        let part = |key: &str| figure(row, column).and_then(|figure| figure.get(key));
        match self {
            Self::Value(_) => match figure(row, column) {
                Some(figure) => Cell::of(figure.get("value")),
                None => column.cell(answer(row, column)),
            },
            Self::State(_) => {
                let word = part("state").or(part("qualifier"));
                Cell::of(word.and_then(Value::as_str).map(state_word).as_ref())
            }
            Self::Comment(_) => Cell::of(part("comment")),
        }
    }
}

/// One question's line in a respondent's own workbook.
pub(super) struct AnswerCells<'c> {
    pub(super) pointer: String,
    pub(super) title: String,
    pub(super) answer: Cell,
    /// Not what is said about a figure.
    pub(super) is_value: bool,
    column: &'c RawColumn,
}

impl AnswerCells<'_> {
    /// Another value in the words of the same question.
    pub(super) fn in_words(&self, value: &Value) -> Cell {
        match value.get("value").filter(|_| value.is_object()) {
            Some(number) => Cell::of(Some(number)),
            None => self.column.cell(Some(value)),
        }
    }
}

/// All questions of one respondent, one after the other.
pub(super) fn answer_cells<'c>(
    columns: &'c [RawColumn],
    row: &RawRow,
    seen: &Seen,
) -> Vec<AnswerCells<'c>> {
    let all = spread(columns, seen).into_iter();
    let cells = all.filter_map(|one| {
        let (Spread::Value(at) | Spread::State(at) | Spread::Comment(at)) = &one;
        let column = columns.get(*at)?;
        Some(AnswerCells {
            pointer: column.pointer.clone(),
            title: one.title(columns),
            answer: one.cell(columns, row),
            is_value: matches!(one, Spread::Value(_)),
            column,
        })
    });
    cells.collect()
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

pub(super) enum Cell {
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

    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Self::Empty)
    }

    pub(super) fn in_sheet(&self) -> SheetCell<'_> {
        match self {
            Self::Empty => SheetCell::Empty,
            Self::Number(number) => SheetCell::Number(*number),
            Self::Text(text) => SheetCell::Text(text),
            Self::Day(day) => SheetCell::Day(serial(day.and_time(NaiveTime::MIN))),
            Self::Moment(moment) => SheetCell::Moment(serial(*moment)),
        }
    }

    /// As data files write it.
    fn iso(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Number(number) => number.to_string(),
            Self::Text(text) => super::csv::guarded(text),
            Self::Day(day) => day.format("%Y-%m-%d").to_string(),
            Self::Moment(moment) => moment.format("%Y-%m-%dT%H:%M:%S").to_string(),
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
