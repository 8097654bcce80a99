//! One respondent's answers as a workbook: a line for each question, with what was known beforehand beside it.
use std::collections::BTreeMap;
use std::io;

use samsvar_core::answers::Known;

use super::super::raw::{RawColumn, RawRow, Seen, answer_cells, codebook};
use super::super::sheet_stream::{SheetCell, SheetStream};

/// What goes into the workbook.
pub struct OwnBook {
    /// Label and text: whose answer it is, when it came.
    pub facts: Vec<(String, String)>,
    pub columns: Vec<RawColumn>,
    pub row: RawRow,
    /// By JSON Pointer.
    pub known: BTreeMap<String, Known>,
}

/// Three sheets: the answers with their types, what they belong to, and the codebook.
///
/// A question stands there if it was answered, or if something was known about it.
///
/// # Errors
/// When the archive can't be written.
pub fn workbook(book: &OwnBook) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let sheets = ["Svar", "Om svaret", "Kodebog"].map(str::to_owned);
    let mut out = SheetStream::new(&mut bytes, &sheets)?;
    out.sheet(&[70.0, 24.0, 24.0, 36.0, 18.0, 40.0], (1, 0))?;
    let headings = [
        "Spørgsmål",
        "Svar",
        "Kendt på forhånd",
        "Kilde",
        "Herkomst",
        "Felt",
    ];
    out.row(headings.map(SheetCell::Heading))?;
    let mut seen = Seen::default();
    if let Some(answers) = &book.row.answers {
        seen.see(answers);
    }
    for cells in answer_cells(&book.columns, &book.row, &seen) {
        let known = book.known.get(&cells.pointer);
        let known = known.filter(|_| cells.is_value);
        let before = known.map(|known| cells.in_words(&known.value));
        if cells.answer.is_empty() && before.is_none() {
            continue;
        }
        let origin = book.row.provenance.get(&cells.pointer);
        let origin = origin.filter(|_| cells.is_value).map(|p| p.danish());
        out.row([
            SheetCell::Wrapped(&cells.title),
            cells.answer.in_sheet(),
            before.as_ref().map_or(SheetCell::Empty, |b| b.in_sheet()),
            known.map_or(SheetCell::Empty, |known| SheetCell::Text(&known.source)),
            origin.map_or(SheetCell::Empty, SheetCell::Text),
            SheetCell::Text(&cells.pointer),
        ])?;
    }
    out.sheet(&[28.0, 90.0], (0, 1))?;
    for (label, text) in &book.facts {
        out.row([SheetCell::Heading(label), SheetCell::Text(text)])?;
    }
    codebook(&mut out, &book.columns)?;
    out.finish()?;
    Ok(bytes)
}
