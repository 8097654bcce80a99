//! A report's tables as CSV: for Danish Excel to look at, and plain for programs to read.
use std::io;

use samsvar_core::danish;
use samsvar_core::disclosure::Shown;
use samsvar_core::reports::{OfferCell, OffersTable, Report, ReportTable};

use super::mark;

/// All tables as blocks: semicolon, decimal comma, CRLF, UTF-8 with a byte order mark.
pub fn danish_excel(report: &Report) -> io::Result<Vec<u8>> {
    let mut sheet = ExcelSheet::new();
    sheet.row([report.title()])?;
    let meta = report.meta();
    sheet.row([meta.campaign.as_str(), meta.region.as_str()])?;
    sheet.row([format!("Opgjort pr. {}", danish::date(meta.as_of))])?;
    for table in report.tables() {
        sheet.gap()?;
        table_block(&mut sheet, table)?;
    }
    if let Some(offers) = report.offers() {
        sheet.gap()?;
        offers_block(&mut sheet, offers)?;
    }
    sheet.finish()
}

/// One row per cell: `tabel,række,kolonne,value`, comma, LF, no byte order mark.
///
/// This is the table that `samsvar audit` reads; its rules are in the JSON file.
pub fn iso(report: &Report) -> io::Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let rules = report.rules();
    writer.write_record(rules.dims.iter().chain([&rules.value]))?;
    for table in report.tables() {
        for (row, cells) in table.printed() {
            for (column, shown) in table.table.columns().iter().zip(cells) {
                let value = shown.to_string();
                writer.write_record([table.id.as_str(), row, column, &value])?;
            }
        }
    }
    if let Some(offers) = report.offers() {
        for (row, column, shown) in offers.citizens() {
            let value = shown.to_string();
            writer.write_record([offers.id(), row, column.as_str(), value.as_str()])?;
        }
    }
    writer.into_inner().map_err(|error| error.into_error())
}

fn table_block(sheet: &mut ExcelSheet, table: &ReportTable) -> io::Result<()> {
    sheet.row([table.heading()])?;
    let columns = table.table.columns().iter().map(String::as_str);
    sheet.row(std::iter::once(table.row_heading.as_str()).chain(columns))?;
    for (row, cells) in table.printed() {
        let cells = cells.into_iter().map(|shown| match shown {
            Shown::Exact(value) => value.to_string(),
            shown => mark(shown),
        });
        sheet.row(std::iter::once(row.to_owned()).chain(cells))?;
    }
    sheet.notes(&table.notes)
}

fn offers_block(sheet: &mut ExcelSheet, offers: &OffersTable) -> io::Result<()> {
    sheet.row([offers.heading()])?;
    let headings = offers.columns().iter().map(|column| column.full());
    sheet.row(std::iter::once("Tilbud".to_owned()).chain(headings))?;
    for row in offers.rows() {
        let cells = row.cells.iter().map(offer_text);
        sheet.row(std::iter::once(row.name.clone()).chain(cells))?;
    }
    sheet.notes(offers.notes())
}

/// Numbers without thousands separators, so that the spreadsheet takes them for numbers.
pub(super) fn offer_text(cell: &OfferCell) -> String {
    match cell {
        OfferCell::Number(number) => number.to_string().replace('.', ","),
        OfferCell::Citizens {
            shown: Shown::Exact(number),
            is_estimate: false,
        } => number.to_string(),
        cell => cell.danish(),
    }
}

/// A sheet in the making, as Danish Excel opens it by a double click.
pub(super) struct ExcelSheet<W: io::Write = Vec<u8>> {
    writer: csv::Writer<W>,
}

impl ExcelSheet {
    pub(super) fn new() -> Self {
        Self::marked(b"\xef\xbb\xbf".to_vec())
    }

    pub(super) fn finish(self) -> io::Result<Vec<u8>> {
        self.writer.into_inner().map_err(|error| error.into_error())
    }
}

impl<W: io::Write> ExcelSheet<W> {
    /// Begins with the mark by which Excel knows UTF-8.
    pub(super) fn onto(mut out: W) -> io::Result<Self> {
        out.write_all(b"\xef\xbb\xbf")?;
        Ok(Self::marked(out))
    }

    pub(super) fn end(mut self) -> io::Result<()> {
        self.writer.flush()
    }

    fn marked(out: W) -> Self {
        Self {
            writer: csv::WriterBuilder::new()
                .delimiter(b';')
                .terminator(csv::Terminator::CRLF)
                .flexible(true)
                .from_writer(out),
        }
    }

    pub(super) fn row<S: AsRef<str>>(
        &mut self,
        cells: impl IntoIterator<Item = S>,
    ) -> io::Result<()> {
        let cells = cells.into_iter().map(|cell| guarded(cell.as_ref()));
        self.writer.write_record(cells).map_err(io::Error::from)
    }

    /// A record of one empty cell would be written as `""`.
    fn gap(&mut self) -> io::Result<()> {
        self.row(["", ""])
    }

    fn notes(&mut self, notes: &[String]) -> io::Result<()> {
        notes.iter().try_for_each(|note| self.row([note]))
    }
}

/// A text that a spreadsheet would take for a formula gets an apostrophe before it.
pub(super) fn guarded(text: &str) -> String {
    let looks_like_a_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let is_a_number = text.replace(',', ".").parse::<f64>().is_ok();
    match looks_like_a_formula && !is_a_number {
        true => format!("'{text}"),
        false => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_run_as_a_formula() {
        assert_eq!(guarded("=HYPERLINK(\"x\")"), "'=HYPERLINK(\"x\")");
        assert_eq!(guarded("@SUM(A1)"), "'@SUM(A1)");
        assert_eq!(guarded("-2+3"), "'-2+3");
        assert_eq!(guarded("-7,5"), "-7,5");
        assert_eq!(guarded("≤3"), "≤3");
    }
}
