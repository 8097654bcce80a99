//! A report as HTML to read and to print, without style or script of its own.
use maud::{DOCTYPE, Markup, PreEscaped, html};
use samsvar_core::danish;
use samsvar_core::disclosure::Shown;
use samsvar_core::reports::{
    Block, OfferCell, OfferHeading, OffersTable, Report, ReportTable, Section,
};
use samsvar_core::tables::Absence;

/// A whole page that stands alone, its styles inside: it is mailed and filed away.
pub fn page(report: &Report, styles: &str) -> String {
    html! {
        (DOCTYPE)
        html lang="da" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (report.title()) }
                style { (PreEscaped(styles)) }
            }
            body {
                main class="container" { (fragment(report)) }
            }
        }
    }
    .into_string()
}

/// The report with its one `h1`, to be put into a page.
pub fn fragment(report: &Report) -> Markup {
    whole(report, &|_, _, _| None)
}

/// The same for whoever decides on it: each hidden number opens on what a reader can conclude.
pub fn draft(report: &Report) -> Markup {
    whole(report, &|table, row, column| {
        let found = report.feasible(table, row, column);
        Some(found.map_or_else(|| "kunne ikke afgøres".into(), ToString::to_string))
    })
}

/// What a reader can conclude about a hidden cell of a table: row and column.
type Conclusion<'c> = &'c dyn Fn(&ReportTable, &str, &str) -> Option<String>;

fn whole(report: &Report, conclude: Conclusion) -> Markup {
    let meta = report.meta();
    html! {
        article class="sv-report" {
            h1 { (report.title()) }
            p class="font-lead" {
                (meta.campaign) " · " (meta.region) " · opgjort pr. " (danish::date(meta.as_of))
            }
            @for (number, section) in report.sections().iter().enumerate() {
                (section_markup(number + 1, section, conclude))
            }
        }
    }
}

fn section_markup(number: usize, section: &Section, conclude: Conclusion) -> Markup {
    let id = format!("afsnit-{number}");
    html! {
        section aria-labelledby=(id) {
            h2 id=(id) { (section.heading) }
            @for block in &section.blocks {
                @match block {
                    Block::Paragraph(text) => p { (text) },
                    Block::List { lead, items } => (list(lead, items)),
                    Block::Table(table) => (table_markup(table, "", conclude)),
                    Block::Chart(chart) => (super::chart::figure(chart)),
                    Block::Offers(offers) => (offers_markup(offers)),
                }
            }
        }
    }
}

fn list(lead: &str, items: &[String]) -> Markup {
    html! {
        h3 { (lead) }
        ul { @for item in items { li { (item) } } }
    }
}

/// One table of a report that is only looked at; `place` keeps its ids apart from others'.
pub fn preview(table: &ReportTable, place: &str) -> Markup {
    table_markup(table, place, &|_, _, _| None)
}

fn table_markup(table: &ReportTable, place: &str, conclude: Conclusion) -> Markup {
    let id = format!("{place}tabel-{}", table.number);
    let notes = format!("{id}-noter");
    html! {
        div class="sv-scroll" tabindex="0" role="region" aria-labelledby=(id) {
            table class="table sv-table" aria-describedby=(notes) {
                caption id=(id) { (table.heading()) }
                thead {
                    tr {
                        th scope="col" { (table.row_heading) }
                        @for column in table.table.columns() {
                            th scope="col" class="sv-number" { (column) }
                        }
                    }
                }
                tbody {
                    @for (row, cells) in inner(table) { (row_markup(table, row, &cells, conclude)) }
                }
                tfoot {
                    @for (row, cells) in totals(table) { (row_markup(table, row, &cells, conclude)) }
                }
            }
        }
        (notes_markup(&notes, &table.notes))
    }
}

fn inner(table: &ReportTable) -> impl Iterator<Item = (&str, Vec<Shown>)> {
    table.printed().filter(|(row, _)| *row != table.total_label)
}

fn totals(table: &ReportTable) -> impl Iterator<Item = (&str, Vec<Shown>)> {
    table.printed().filter(|(row, _)| *row == table.total_label)
}

fn row_markup(table: &ReportTable, row: &str, cells: &[Shown], conclude: Conclusion) -> Markup {
    html! {
        tr {
            th scope="row" { (row) }
            @for (cell, column) in cells.iter().zip(table.table.columns()) {
                td class="sv-number" {
                    @match cell.is_hidden().then(|| conclude(table, row, column)).flatten() {
                        Some(conclusion) => details class="sv-conclusion" {
                            summary { (super::mark(*cell)) span class="sr-only" { ", " (row) ", " (column) ": hvad kan en læser slutte sig til?" } }
                            (conclusion)
                        },
                        None => (cell_markup(*cell)),
                    }
                }
            }
        }
    }
}

fn cell_markup(cell: Shown) -> Markup {
    let text = match cell {
        Shown::Exact(value) => danish::integer(i64::try_from(value).unwrap_or(i64::MAX)),
        cell => super::mark(cell),
    };
    match cell {
        Shown::Withheld => html! { span title="skjult for at beskytte et lille tal" { (text) } },
        Shown::NotCollected => html! { span title="intet tal" { (text) } },
        _ => html! { (text) },
    }
}

fn notes_markup(id: &str, notes: &[String]) -> Markup {
    html! {
        ul id=(id) class="nobullet-list small-text" {
            @for note in notes { li { (note) } }
        }
    }
}

/// A sheet of paper holds so much of the overview: a column of text counts for two.
const PAPER: usize = 13;

fn offers_markup(offers: &OffersTable) -> Markup {
    let parts = parts(offers.columns());
    html! {
        @for (at, (first, columns)) in parts.iter().enumerate() {
            (offers_part(offers, (at + 1, parts.len()), *first, columns))
        }
        (notes_markup("tilbud-noter", offers.notes()))
    }
}

/// The columns cut into tables that fit on paper, with the index of each one's first column.
///
/// A group of columns is never cut.
fn parts(columns: &[OfferHeading]) -> Vec<(usize, &[OfferHeading])> {
    let (mut parts, mut first, mut used, mut at) = (Vec::new(), 0, 0, 0);
    for run in runs(columns) {
        let width: usize = run
            .iter()
            .map(|column| 2 - usize::from(column.is_numeric))
            .sum();
        if used > 0 && used + width > PAPER {
            parts.push((first, &columns[first..at]));
            (first, used) = (at, 0);
        }
        used += width;
        at += run.len();
    }
    parts.push((first, &columns[first..]));
    parts
}

/// Neighbours under one heading, and each column without one by itself.
fn runs(columns: &[OfferHeading]) -> impl Iterator<Item = &[OfferHeading]> {
    columns.chunk_by(|a, b| a.group.is_some() && a.group == b.group)
}

fn offers_part(
    offers: &OffersTable,
    (part, of): (usize, usize),
    first: usize,
    columns: &[OfferHeading],
) -> Markup {
    let id = format!("tilbud-{part}");
    html! {
        div class="sv-scroll" tabindex="0" role="region" aria-labelledby=(id) {
            table class="table sv-table" aria-describedby="tilbud-noter" {
                caption id=(id) {
                    @if of > 1 { (offers.part_heading(part - 1)) } @else { (offers.heading()) }
                }
                (offer_headings(columns))
                tbody {
                    @for row in offers.rows() {
                        tr {
                            th scope="row" { (row.name) }
                            @for (column, cell) in columns.iter().zip(row.cells.iter().skip(first)) {
                                td class=[is_number(column, cell).then_some("sv-number")] { (cell.danish()) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Words in a column of numbers stay words: they may break over lines.
fn is_number(column: &OfferHeading, cell: &OfferCell) -> bool {
    let is_words = match cell {
        OfferCell::Text(_) => true,
        OfferCell::Missing(reason) => *reason != Absence::NotApplicable,
        _ => false,
    };
    column.is_numeric && !is_words
}

/// One line of headings, or two where columns stand in groups.
fn offer_headings(columns: &[OfferHeading]) -> Markup {
    let grouped = columns.iter().any(|column| column.group.is_some());
    html! {
        colgroup { col; }
        @for run in runs(columns) { colgroup span=(run.len()); }
        thead {
            tr {
                th scope="col" rowspan=[grouped.then_some(2)] { "Tilbud" }
                @for run in runs(columns) {
                    @match (grouped, &run[0].group) {
                        (_, Some(group)) => th scope="colgroup" colspan=(run.len()) { (group) },
                        (true, None) => th scope="col" rowspan="2" { (run[0].label) },
                        (false, None) => th scope="col" { (run[0].label) },
                    }
                }
            }
            @if grouped {
                tr {
                    @for column in columns.iter().filter(|column| column.group.is_some()) {
                        th scope="col" class="sv-number" { (column.label) }
                    }
                }
            }
        }
    }
}
