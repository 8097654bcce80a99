//! A report as a workbook: one sheet per table with typed cells, the offers, and the text.
use chrono::NaiveTime;
use rust_xlsxwriter::{
    Chart, ChartDataLabel, ChartFormat, ChartSolidFill, ChartType, Color, DocProperties,
    ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError,
};
use samsvar_core::danish;
use samsvar_core::disclosure::Shown;
use samsvar_core::reports::{Bar, Block, OfferCell, OffersTable, Report, ReportChart, ReportTable};

use super::mark;

/// The first row of cells under caption and headings.
const FIRST_ROW: u32 = 3;
const HEADING_ROW: u32 = 2;

/// The workbook; the same report gives the same bytes.
pub fn workbook(report: &Report) -> Result<Vec<u8>, XlsxError> {
    let styles = Styles::new();
    let mut book = Workbook::new();
    book.set_properties(&properties(report)?);
    for table in report.tables() {
        let sheet = book.add_worksheet();
        table_sheet(sheet, table, &styles)?;
        let mut row = FIRST_ROW;
        for chart in report
            .charts()
            .filter(|chart| chart.table() == table.number)
        {
            row = draw(sheet, table, chart, row)?;
        }
    }
    if let Some(offers) = report.offers() {
        offers_sheet(book.add_worksheet(), offers, &styles)?;
    }
    text_sheet(book.add_worksheet(), report, &styles)?;
    notes_sheet(book.add_worksheet(), report, &styles)?;
    book.save_to_buffer()
}

/// Names the report, and no person; the date is the report's own.
pub(super) fn properties(report: &Report) -> Result<DocProperties, XlsxError> {
    let created = report.meta().as_of.and_time(NaiveTime::MIN).and_utc();
    let created = ExcelDateTime::from_timestamp(created.timestamp())?;
    Ok(DocProperties::new()
        .set_title(report.title())
        .set_subject(&report.meta().campaign)
        .set_creation_datetime(&created))
}

/// The looks that all sheets share.
pub(super) struct Styles {
    pub(super) caption: Format,
    pub(super) heading: Format,
    pub(super) number_heading: Format,
    pub(super) count: Format,
    plain: Figures,
    percent: Figures,
    estimate: Figures,
    mark: Format,
    total: Format,
    total_count: Format,
    total_mark: Format,
    pub(super) wrapped: Format,
}

impl Styles {
    pub(super) fn new() -> Self {
        let heading = Format::new()
            .set_bold()
            .set_text_wrap()
            .set_background_color(Color::RGB(0xE8_EDF2))
            .set_border_bottom(FormatBorder::Thin)
            .set_align(FormatAlign::Top);
        let total = Format::new().set_bold().set_border_top(FormatBorder::Thin);
        Self {
            caption: Format::new().set_bold().set_font_size(14),
            number_heading: heading.clone().set_align(FormatAlign::Right),
            heading,
            count: Format::new().set_num_format("#,##0"),
            plain: Figures::new("", ""),
            percent: Figures::new("", "\\ %"),
            estimate: Figures::new("\"ca. \"", ""),
            mark: Format::new().set_align(FormatAlign::Right),
            total_count: total.clone().set_num_format("#,##0"),
            total_mark: total.clone().set_align(FormatAlign::Right),
            total,
            wrapped: Format::new().set_text_wrap().set_align(FormatAlign::Top),
        }
    }
}

/// One look for whole numbers and one for others: a whole one must not end in a comma.
struct Figures {
    whole: Format,
    broken: Format,
}

impl Figures {
    fn new(before: &str, after: &str) -> Self {
        let format =
            |digits: &str| Format::new().set_num_format(format!("{before}{digits}{after}"));
        Self {
            whole: format("#,##0"),
            broken: format("#,##0.0#"),
        }
    }

    fn of(&self, number: f64) -> &Format {
        match number.fract() == 0.0 {
            true => &self.whole,
            false => &self.broken,
        }
    }
}

fn table_sheet(
    sheet: &mut Worksheet,
    table: &ReportTable,
    styles: &Styles,
) -> Result<(), XlsxError> {
    sheet.set_name(format!("Tabel {}", table.number))?;
    sheet.write_with_format(0, 0, table.heading(), &styles.caption)?;
    sheet.write_with_format(HEADING_ROW, 0, &table.row_heading, &styles.heading)?;
    for (column, label) in (1..).zip(table.table.columns()) {
        match label.parse::<u16>() {
            Ok(year) => {
                let year = f64::from(year);
                sheet.write_number_with_format(HEADING_ROW, column, year, &styles.number_heading)?
            }
            Err(_) => {
                sheet.write_with_format(HEADING_ROW, column, label, &styles.number_heading)?
            }
        };
        sheet.set_column_width(column, width(label))?;
    }
    let mut at = FIRST_ROW;
    for (row, cells) in table.printed() {
        let total = row == table.total_label;
        let name = if total {
            &styles.total
        } else {
            &styles.wrapped
        };
        sheet.write_with_format(at, 0, row, name)?;
        for (column, shown) in (1..).zip(cells) {
            write_shown(sheet, (at, column), shown, total, styles)?;
        }
        at += 1;
    }
    for (row, note) in (at + 1..).zip(&table.notes) {
        sheet.write(row, 0, note)?;
    }
    sheet.set_column_width(0, 28)?;
    frame(sheet)
}

/// Pixels that a bar takes in a chart, and rows of a sheet to a chart of this height.
const BAR_HEIGHT: u32 = 26;
const ROW_HEIGHT: u32 = 20;

/// A chart beside its table, on the table's own cells; returns the row for the next one.
///
/// A spreadsheet takes a mark for 0, so there is none where a number is hidden: 0 means 0 here.
fn draw(
    sheet: &mut Worksheet,
    table: &ReportTable,
    chart: &ReportChart,
    at: u32,
) -> Result<u32, XlsxError> {
    let places: Vec<(u32, u16)> = chart.bars().iter().map(cell_of).collect();
    let (Some(first), Some(last)) = (places.first(), places.last()) else {
        return Ok(at);
    };
    if chart
        .bars()
        .iter()
        .any(|bar| !matches!(bar.shown, Shown::Exact(_)))
        || !is_one_range(&places)
    {
        return Ok(at);
    }
    let sheet_name = format!("Tabel {}", table.number);
    let is_across = first.0 == last.0;
    let names = match is_across {
        true => (HEADING_ROW, first.1, HEADING_ROW, last.1),
        false => (first.0, 0, last.0, 0),
    };
    let mut drawn = Chart::new(ChartType::Bar);
    drawn
        .add_series()
        .set_values((sheet_name.as_str(), first.0, first.1, last.0, last.1))
        .set_categories((sheet_name.as_str(), names.0, names.1, names.2, names.3))
        .set_data_label(ChartDataLabel::new().show_value())
        .set_format(
            ChartFormat::new()
                .set_solid_fill(ChartSolidFill::new().set_color(Color::RGB(0x00_567A))),
        );
    drawn.title().set_name(chart.heading().as_str());
    drawn.legend().set_hidden();
    // The axes of lying bars: y is the labels', which begins above.
    drawn.y_axis().set_reverse();
    drawn.x_axis().set_min(0);
    drawn.set_alt_text(chart.in_words());
    let height = BAR_HEIGHT * u32::try_from(places.len()).unwrap_or(1) + 90;
    drawn.set_width(620).set_height(height);
    let beside = u16::try_from(table.table.columns().len() + 2).unwrap_or(2);
    sheet.insert_chart(at, beside, &drawn)?;
    Ok(at + height.div_ceil(ROW_HEIGHT) + 2)
}

/// Whether cells follow one another in a row or a column, as a chart takes them.
fn is_one_range(places: &[(u32, u16)]) -> bool {
    let is_across = |pair: &[(u32, u16)]| pair[0].0 == pair[1].0 && pair[0].1 + 1 == pair[1].1;
    let is_down = |pair: &[(u32, u16)]| pair[0].1 == pair[1].1 && pair[0].0 + 1 == pair[1].0;
    places.windows(2).all(is_across) || places.windows(2).all(is_down)
}

/// Where a bar's number stands in the sheet.
pub(super) fn cell_of(bar: &Bar) -> (u32, u16) {
    let (row, column) = bar.place;
    (
        FIRST_ROW + u32::try_from(row).unwrap_or(0),
        u16::try_from(column + 1).unwrap_or(1),
    )
}

fn write_shown(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    shown: Shown,
    total: bool,
    styles: &Styles,
) -> Result<(), XlsxError> {
    let (count, text) = match total {
        true => (&styles.total_count, &styles.total_mark),
        false => (&styles.count, &styles.mark),
    };
    match shown {
        Shown::Exact(value) => sheet.write_number_with_format(row, column, value as f64, count)?,
        shown => sheet.write_string_with_format(row, column, mark(shown), text)?,
    };
    Ok(())
}

fn offers_sheet(
    sheet: &mut Worksheet,
    offers: &OffersTable,
    styles: &Styles,
) -> Result<(), XlsxError> {
    sheet.set_name("Tilbud")?;
    sheet.write_with_format(0, 0, offers.heading(), &styles.caption)?;
    sheet.write_with_format(HEADING_ROW, 0, "Tilbud", &styles.heading)?;
    for (column, heading) in (1..).zip(offers.columns()) {
        sheet.write_with_format(HEADING_ROW, column, heading.full(), &styles.heading)?;
        sheet.set_column_width(column, width(&heading.label))?;
    }
    let mut at = FIRST_ROW;
    for row in offers.rows() {
        sheet.write_string(at, 0, &row.name)?;
        for (column, cell) in (1..).zip(&row.cells) {
            write_offer_cell(sheet, (at, column), cell, styles)?;
        }
        at += 1;
    }
    for (row, note) in (at + 1..).zip(offers.notes()) {
        sheet.write(row, 0, note)?;
    }
    sheet.set_column_width(0, 36)?;
    frame(sheet)
}

fn write_offer_cell(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    cell: &OfferCell,
    styles: &Styles,
) -> Result<(), XlsxError> {
    let (number, look) = match cell {
        OfferCell::Number(number) => (*number, styles.plain.of(*number)),
        OfferCell::Citizens {
            shown: Shown::Exact(number),
            is_estimate,
        } => {
            let number = *number as f64;
            let look = if *is_estimate {
                &styles.estimate
            } else {
                &styles.plain
            };
            (number, look.of(number))
        }
        OfferCell::Estimate(number) => (*number, styles.estimate.of(*number)),
        // A spreadsheet's per cent is a hundredth.
        OfferCell::Percent(number) => (*number / 100.0, styles.percent.of(*number)),
        words => {
            sheet.write_string(row, column, words.danish())?;
            return Ok(());
        }
    };
    sheet.write_number_with_format(row, column, number, look)?;
    Ok(())
}

/// The report's running text, a paragraph or sentence per row.
fn text_sheet(sheet: &mut Worksheet, report: &Report, styles: &Styles) -> Result<(), XlsxError> {
    sheet.set_name("Tekst")?;
    sheet.set_column_width(0, 110)?;
    sheet.write_with_format(0, 0, report.title(), &styles.caption)?;
    let mut at = 1;
    for section in report.sections() {
        at += 1;
        sheet.write_with_format(at, 0, section.heading, &styles.heading)?;
        for line in section.blocks.iter().flat_map(lines) {
            at += 1;
            sheet.write_with_format(at, 0, line, &styles.wrapped)?;
        }
        at += 1;
    }
    Ok(())
}

fn lines(block: &Block) -> Vec<String> {
    match block {
        Block::Paragraph(text) => vec![text.clone()],
        Block::List { lead, items } => std::iter::once(format!("{lead}:"))
            .chain(items.iter().map(|item| format!("• {item}")))
            .collect(),
        Block::Table(table) => vec![format!("Se arket »Tabel {}«.", table.number)],
        Block::Chart(chart) => vec![format!(
            "{}. Se arket »Tabel {}«.",
            chart.heading(),
            chart.table()
        )],
        Block::Offers(_) => vec!["Se arket »Tilbud«.".into()],
    }
}

fn notes_sheet(sheet: &mut Worksheet, report: &Report, styles: &Styles) -> Result<(), XlsxError> {
    sheet.set_name("Noter")?;
    sheet.set_column_width(0, 110)?;
    let meta = report.meta();
    let as_of = format!("Opgjort pr. {}", danish::date(meta.as_of));
    sheet.write_with_format(0, 0, "Noter", &styles.caption)?;
    let facts = [&meta.campaign, &meta.region, &as_of];
    let disclosure = report.disclosure().iter();
    for (row, line) in (1..).zip(facts.into_iter().chain(disclosure)) {
        sheet.write_with_format(row, 0, line, &styles.wrapped)?;
    }
    Ok(())
}

/// Headings stay in sight, on screen and on every printed page.
fn frame(sheet: &mut Worksheet) -> Result<(), XlsxError> {
    sheet.set_freeze_panes(FIRST_ROW, 1)?;
    sheet.set_repeat_rows(HEADING_ROW, HEADING_ROW)?;
    sheet.set_landscape();
    sheet.set_print_fit_to_pages(1, 0);
    Ok(())
}

pub(super) fn width(label: &str) -> f64 {
    (label.chars().count() as f64 * 1.1 + 2.0).clamp(10.0, 24.0)
}
