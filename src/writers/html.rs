//! A report as HTML to read and to print, without style or script of its own.
use maud::{DOCTYPE, Markup, PreEscaped, html};
use samsvar_core::danish;
use samsvar_core::disclosure::Shown;
use samsvar_core::reports::{Block, OfferCell, OffersTable, Report, ReportTable, Section};

use super::printed_rows;

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
    let meta = report.meta();
    html! {
        article class="sv-report" {
            h1 { (report.title()) }
            p class="font-lead" {
                (meta.campaign) " · " (meta.region) " · opgjort pr. " (danish::date(meta.as_of))
            }
            @for (number, section) in report.sections().iter().enumerate() {
                (section_markup(number + 1, section))
            }
        }
    }
}

fn section_markup(number: usize, section: &Section) -> Markup {
    let id = format!("afsnit-{number}");
    html! {
        section aria-labelledby=(id) {
            h2 id=(id) { (section.heading) }
            @for block in &section.blocks {
                @match block {
                    Block::Paragraph(text) => p { (text) },
                    Block::List { lead, items } => (list(lead, items)),
                    Block::Table(table) => (table_markup(table)),
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

fn table_markup(table: &ReportTable) -> Markup {
    let id = format!("tabel-{}", table.number);
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
                    @for (row, cells) in inner(table) { (row_markup(row, &cells)) }
                }
                tfoot {
                    @for (row, cells) in totals(table) { (row_markup(row, &cells)) }
                }
            }
        }
        (notes_markup(&notes, &table.notes))
    }
}

fn inner(table: &ReportTable) -> impl Iterator<Item = (&str, Vec<Shown>)> {
    printed_rows(table).filter(|(row, _)| *row != table.total_label)
}

fn totals(table: &ReportTable) -> impl Iterator<Item = (&str, Vec<Shown>)> {
    printed_rows(table).filter(|(row, _)| *row == table.total_label)
}

fn row_markup(row: &str, cells: &[Shown]) -> Markup {
    html! {
        tr {
            th scope="row" { (row) }
            @for cell in cells { td class="sv-number" { (cell_markup(*cell)) } }
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

fn offers_markup(offers: &OffersTable) -> Markup {
    html! {
        div class="sv-scroll" tabindex="0" role="region" aria-labelledby="tilbud" {
            table class="table sv-table" aria-describedby="tilbud-noter" {
                caption id="tilbud" { (offers.caption()) }
                (offer_headings(offers))
                tbody {
                    @for row in offers.rows() {
                        tr {
                            th scope="row" { (row.name) }
                            @for cell in &row.cells { (offer_cell(cell)) }
                        }
                    }
                }
            }
        }
        (notes_markup("tilbud-noter", offers.notes()))
    }
}

/// One line of headings, or two where columns stand in groups.
fn offer_headings(offers: &OffersTable) -> Markup {
    let columns = offers.columns();
    let grouped = columns.iter().any(|column| column.group.is_some());
    let runs: Vec<_> = columns
        .chunk_by(|a, b| a.group.is_some() && a.group == b.group)
        .collect();
    html! {
        @for run in std::iter::once(&columns[..0]).chain(runs.iter().copied()) {
            @if run.is_empty() { colgroup { col; } } @else { colgroup span=(run.len()); }
        }
        thead {
            tr {
                th scope="col" rowspan=[grouped.then_some(2)] { "Tilbud" }
                @for run in &runs {
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

fn offer_cell(cell: &OfferCell) -> Markup {
    let number = matches!(
        cell,
        OfferCell::Number(_) | OfferCell::Estimate(_) | OfferCell::Percent(_)
    );
    html! {
        td class=[number.then_some("sv-number")] { (cell.danish()) }
    }
}
