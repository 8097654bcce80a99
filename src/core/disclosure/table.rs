//! Reads and writes tables of counts as CSV: published ones, and true ones.
use std::collections::HashMap;

use super::TrueCell;
use super::frame::MOST_CELLS;
use super::input::InputError;
use super::rules::{Coords, LARGEST_VALUE, Rules};
use super::safe::Shown;

/// What was printed in a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Published {
    Number(i64),
    /// One of the marks in [`Rules::symbols`].
    Mark(String),
}

impl std::fmt::Display for Published {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Mark(mark) => f.write_str(mark),
        }
    }
}

/// A table as printed, in the order of its rows; no cell twice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PublishedTable {
    cells: Vec<(Coords, Published)>,
}

impl PublishedTable {
    /// Reads a CSV with the dimensions' columns and the value's, comma or semicolon between
    /// them; other columns are passed over.
    pub fn from_csv(bytes: &[u8], rules: &Rules) -> Result<Self, InputError> {
        let mut cells = Vec::new();
        for record in records(bytes, rules)? {
            let value = read_published(&record, rules)?;
            cells.push((record.coords, value));
        }
        Ok(Self { cells })
    }

    /// What a reader sees of a protected table.
    pub(super) fn of_shown(cells: &[(Coords, Shown)]) -> Self {
        let cells = cells
            .iter()
            .map(|(coords, shown)| {
                let value = match shown {
                    Shown::Exact(value) => {
                        Published::Number(i64::try_from(*value).unwrap_or(LARGEST_VALUE))
                    }
                    hidden => Published::Mark(hidden.to_string()),
                };
                (coords.clone(), value)
            })
            .collect();
        Self { cells }
    }

    pub fn cells(&self) -> &[(Coords, Published)] {
        &self.cells
    }

    /// The same format that is read: comma, line feed, one row per cell.
    pub fn to_csv(&self, rules: &Rules) -> Vec<u8> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let header = rules.dims.iter().chain(std::iter::once(&rules.value));
        let mut written = writer.write_record(header);
        for (coords, value) in &self.cells {
            let value = value.to_string();
            let fields = coords.iter().chain(std::iter::once(&value));
            written = written.and_then(|()| writer.write_record(fields));
        }
        // Writing to memory does not fail; an empty file would be caught by whoever reads it.
        written
            .ok()
            .and_then(|()| writer.into_inner().ok())
            .unwrap_or_default()
    }
}

/// Reads true counts; an empty value or a mark that stands for zero is "not collected".
pub fn true_cells_from_csv(bytes: &[u8], rules: &Rules) -> Result<Vec<TrueCell>, InputError> {
    records(bytes, rules)?
        .into_iter()
        .map(|record| {
            let value = read_true(&record, rules)?;
            Ok(TrueCell {
                coords: record.coords,
                value,
            })
        })
        .collect()
}

struct Record {
    line: u64,
    coords: Coords,
    value: String,
}

fn records(bytes: &[u8], rules: &Rules) -> Result<Vec<Record>, InputError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter(bytes))
        .from_reader(bytes);
    let header = reader.byte_headers().map_err(csv_error)?.clone();
    let columns = columns(&header, rules)?;
    let mut seen: HashMap<Coords, u64> = HashMap::new();
    let mut records = Vec::new();
    let mut raw = csv::ByteRecord::new();
    while reader.read_byte_record(&mut raw).map_err(csv_error)? {
        let line = raw.position().map_or(0, csv::Position::line);
        let record = read_record(&raw, line, &columns, rules)?;
        if let Some(first) = seen.insert(record.coords.clone(), line) {
            let dim = rules.dims.first().map_or("", String::as_str);
            let message = format!(
                "cellen {} står allerede i linje {first}",
                record.coords.join(", ")
            );
            return Err(InputError::in_line(line, dim, message));
        }
        if records.len() == MOST_CELLS {
            let message = format!("tabellen har flere end {MOST_CELLS} celler");
            return Err(InputError::in_line(line, &rules.value, message));
        }
        records.push(record);
    }
    Ok(records)
}

/// Whichever of comma and semicolon the header has more of.
fn delimiter(bytes: &[u8]) -> u8 {
    let header = bytes.split(|byte| *byte == b'\n').next().unwrap_or(bytes);
    let count = |wanted: u8| header.iter().filter(|byte| **byte == wanted).count();
    if count(b';') > count(b',') {
        b';'
    } else {
        b','
    }
}

/// Where each dimension stands, then the value.
fn columns(header: &csv::ByteRecord, rules: &Rules) -> Result<Vec<usize>, InputError> {
    let mut at: HashMap<&[u8], usize> = HashMap::new();
    for (index, name) in header.iter().enumerate() {
        at.entry(name.trim_ascii()).or_insert(index);
    }
    let wanted = rules.dims.iter().chain(std::iter::once(&rules.value));
    wanted
        .map(|name| {
            at.get(name.as_bytes()).copied().ok_or_else(|| {
                let message = "kolonnen mangler i tabellens første linje".to_owned();
                InputError::in_line(1, name, message)
            })
        })
        .collect()
}

fn read_record(
    raw: &csv::ByteRecord,
    line: u64,
    columns: &[usize],
    rules: &Rules,
) -> Result<Record, InputError> {
    let names = rules.dims.iter().chain(std::iter::once(&rules.value));
    let mut fields: Vec<String> = Vec::with_capacity(columns.len());
    for (column, name) in columns.iter().zip(names) {
        let field = raw.get(*column).unwrap_or_default().trim_ascii();
        let text = std::str::from_utf8(field)
            .map_err(|_| InputError::in_line(line, name, "teksten er ikke gyldig UTF-8".into()))?;
        fields.push(text.to_owned());
    }
    let value = fields.pop().unwrap_or_default();
    Ok(Record {
        line,
        coords: fields,
        value,
    })
}

fn read_published(record: &Record, rules: &Rules) -> Result<Published, InputError> {
    if rules.symbols.contains_key(&record.value) {
        return Ok(Published::Mark(record.value.clone()));
    }
    read_count(record, rules).map(Published::Number)
}

fn read_true(record: &Record, rules: &Rules) -> Result<Option<u64>, InputError> {
    let outside = ["", "–", "-"].contains(&record.value.as_str());
    let means_zero = rules
        .symbols
        .get(&record.value)
        .is_some_and(|symbol| symbol.lo == 0 && symbol.hi == Some(0));
    if outside || means_zero {
        return Ok(None);
    }
    read_count(record, rules).map(|count| u64::try_from(count).ok())
}

fn read_count(record: &Record, rules: &Rules) -> Result<i64, InputError> {
    let wrong = |message: String| Err(InputError::in_line(record.line, &rules.value, message));
    let digits = record
        .value
        .strip_prefix(['-', '+'])
        .unwrap_or(&record.value);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return wrong(format!(
            "»{}« er hverken et helt tal eller et af mærkerne i symbols",
            shortened(&record.value)
        ));
    }
    match record.value.parse::<i64>() {
        Ok(number) if number < 0 => wrong(format!("antallet {number} er negativt")),
        Ok(number) if number <= LARGEST_VALUE => Ok(number),
        _ => wrong(format!("tallet {} er for stort", shortened(&record.value))),
    }
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= 40 {
        return text.to_owned();
    }
    text.chars().take(40).chain(std::iter::once('…')).collect()
}

fn csv_error(error: csv::Error) -> InputError {
    InputError {
        line: error.position().map(csv::Position::line),
        column: None,
        message: format!("tabellen kan ikke læses: {}", csv_fault(&error)),
    }
}

fn csv_fault(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths {
            expected_len, len, ..
        } => format!("linjen har {len} felter, men den første linje har {expected_len}"),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disclosure::Symbol;

    fn rules() -> Rules {
        Rules {
            dims: vec!["kommune".into(), "aar".into()],
            value: "value".into(),
            symbols: [("≤3".to_owned(), Symbol::between(1, Some(3)))].into(),
            ..Rules::default()
        }
    }

    fn fault(text: &str) -> String {
        PublishedTable::from_csv(text.as_bytes(), &rules())
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn numbers_and_marks_are_read_with_either_delimiter() {
        for text in [
            "kommune,aar,value\nSkive,2017,≤3\nViborg,2017,12\n",
            "\u{feff}aar;kommune;note;value\r\n2017;Skive;x;≤3\r\n2017;Viborg;;12\r\n",
        ] {
            let table = PublishedTable::from_csv(text.as_bytes(), &rules()).unwrap();
            assert_eq!(table.cells()[0].1, Published::Mark("≤3".into()));
            assert_eq!(table.cells()[1].1, Published::Number(12));
        }
    }

    #[test]
    fn every_fault_is_located() {
        let head = "kommune,aar,value\n";
        for (body, expected) in [
            (
                "Skive,2017,-1\n",
                "linje 2, kolonne value: antallet -1 er negativt",
            ),
            ("Skive,2017,mange\n", "linje 2, kolonne value: »mange«"),
            (
                "Skive,2017,1\nSkive,2017,1\n",
                "linje 3, kolonne kommune: cellen Skive, 2017 står",
            ),
            (
                "Skive,2017\n",
                "linje 2: tabellen kan ikke læses: linjen har 2 felter",
            ),
            (
                "Skive,2017,99999999999999999999999\n",
                "linje 2, kolonne value: tallet 999",
            ),
        ] {
            assert!(
                fault(&format!("{head}{body}")).starts_with(expected),
                "{body}"
            );
        }
        assert!(fault("kommune,value\n").starts_with("linje 1, kolonne aar"));
    }

    #[test]
    fn broken_utf8_is_a_located_fault() {
        let error = PublishedTable::from_csv(b"kommune,aar,value\n\xff,2017,1\n", &rules());
        assert_eq!(error.unwrap_err().line, Some(2));
    }
}
