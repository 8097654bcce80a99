//! What a reader can still conclude about each hidden number, folded under its table.
use maud::{Markup, html};
use samsvar_core::reports::{Report, ReportTable};

/// One fold per table with hidden numbers; works without script, by keyboard and aloud.
pub fn of_report(report: &Report) -> Markup {
    html! {
        @for table in report.tables() { (of_table(report, table)) }
    }
}

struct Line<'r> {
    row: &'r str,
    column: &'r str,
    mark: String,
    conclusion: String,
}

fn of_table(report: &Report, table: &ReportTable) -> Markup {
    let lines = lines(report, table);
    let id = format!("slutninger-{}", table.number);
    html! {
        @if !lines.is_empty() {
            details {
                summary { "Tabel " (table.number) ": hvad kan en læser slutte sig til om de " (lines.len()) " skjulte tal?" }
                div.sv-scroll tabindex="0" role="region" aria-labelledby=(id) {
                    table.table.sv-table {
                        caption id=(id) { "Skjulte tal i tabel " (table.number) }
                        thead { tr {
                            th scope="col" { (table.row_heading) }
                            th scope="col" { "Kolonne" }
                            th scope="col" { "Vist" }
                            th scope="col" { "Mulige værdier" }
                        } }
                        tbody {
                            @for line in &lines {
                                tr {
                                    th scope="row" { (line.row) }
                                    td { (line.column) } td { (line.mark) } td { (line.conclusion) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn lines<'r>(report: &Report, table: &'r ReportTable) -> Vec<Line<'r>> {
    let mut lines = Vec::new();
    for (row, cells) in table.printed() {
        for (column, shown) in table.table.columns().iter().zip(cells) {
            if !shown.is_hidden() {
                continue;
            }
            let found = report.feasible(table, row, column);
            lines.push(Line {
                row,
                column,
                mark: shown.to_string(),
                conclusion: found
                    .map_or_else(|| "kunne ikke afgøres".to_owned(), ToString::to_string),
            });
        }
    }
    lines
}
