//! Questions in tables with real headers; on a narrow screen each row stands as a card.
use maud::{Markup, html};
use samsvar_core::forms::{Control, FieldView, GridRow, GridView, MatrixView, OptionView, SumView};

use super::choices::{marker, option_id, radio, tick};
use super::controls::{self, Notes};
use super::{Words, blocks, described, heading, hint, messages};

pub(super) fn grid(grid: &GridView, words: &Words) -> Markup {
    let single = grid.rows.len() == 1
        && grid
            .rows
            .iter()
            .all(|row| Some(&row.title) == grid.title.as_ref());
    html! {
        (around(&Frame::of_grid(grid), words, &html! {
            table.table.sv-grid role="table" aria-labelledby=[grid.title.as_ref().map(|_| format!("{}-head", grid.id))] {
                thead role="rowgroup" {
                    tr role="row" {
                        @if !single { (corner(&grid.corner, words)) }
                        @for column in &grid.columns { th scope="col" role="columnheader" { (column) } }
                        @if !grid.row_totals.is_empty() { th scope="col" role="columnheader" { (grid.total_label) } }
                    }
                }
                tbody role="rowgroup" {
                    @for (i, row) in grid.rows.iter().enumerate() {
                        (self::row(row, grid, grid.row_totals.get(i), single, words))
                    }
                    (totals(grid, single, words))
                }
            }
        }))
        (blocks(&grid.rest, words))
    }
}

/// The sums of the columns as a last row.
fn totals(grid: &GridView, single: bool, words: &Words) -> Markup {
    let heads = grid.columns.iter().chain([&grid.total_label]);
    html! {
        @if !grid.column_totals.is_empty() {
            tr.sv-total role="row" {
                @if !single { th scope="row" role="rowheader" { (grid.total_label) } }
                @for (sum, column) in grid.column_totals.iter().zip(heads) {
                    td role="cell" data-title=(column) { (self::sum(sum, words)) }
                }
            }
        }
    }
}

fn sum(sum: &SumView, words: &Words) -> Markup {
    html! {
        output.sv-sum data-sum=(sum.controls) { (sum.text) }
        span.sv-partial data-partial="" hidden[!sum.partial] { " " (words.partial) }
    }
}

fn row(
    row: &GridRow,
    grid: &GridView,
    total: Option<&SumView>,
    single: bool,
    words: &Words,
) -> Markup {
    html! {
        tr id=(row.id) tabindex="-1" role="row" {
            @if !single {
                th scope="row" role="rowheader" {
                    (row.title)
                    @if let Some(help) = &row.help { span.form-hint { (help) } }
                    (messages(&row.findings, &row.id, words))
                }
            }
            @for (cell, column) in row.cells.iter().zip(&grid.columns) {
                td role="cell" data-title=(column) { @if let Some(field) = cell { (self::cell(field, words)) } }
            }
            @if let Some(total) = total {
                td role="cell" data-title=(grid.total_label) { (sum(total, words)) }
            }
        }
    }
}

fn cell(field: &FieldView, words: &Words) -> Markup {
    let notes = Notes::of(field, words);
    html! {
        @match &field.control {
            Control::Hidden { .. } | Control::Radio(_) | Control::Checkboxes(_) | Control::Checkbox(_)
            | Control::File { .. } | Control::Fixed { .. } => (controls::field(field, words)),
            Control::Computed { .. } => (controls::control(field, &notes, words)),
            _ => div.form-group.form-error[notes.error] data-governs=[field.governs.then_some("")] {
                label.sr-only for=(field.id) { (controls::label(field, words)) }
                (hint(&field.id, notes.hint.as_deref()))
                (controls::control(field, &notes, words))
                (messages(&field.findings, &field.id, words))
                (controls::beside(field, words))
            },
        }
    }
}

pub(super) fn matrix(matrix: &MatrixView, words: &Words) -> Markup {
    around(
        &Frame::of_matrix(matrix),
        words,
        &html! {
            table.table.sv-grid.sv-matrix role="table" aria-labelledby=[matrix.title.as_ref().map(|_| format!("{}-head", matrix.id))] {
                thead role="rowgroup" {
                    tr role="row" {
                        (corner(&matrix.corner, words))
                        @for column in &matrix.columns { th scope="col" role="columnheader" { (column) } }
                    }
                }
                tbody role="rowgroup" { @for row in &matrix.rows { (boxes_row(row, words)) } }
            }
        },
    )
}

fn boxes_row(row: &FieldView, words: &Words) -> Markup {
    let notes = Notes::of(row, words);
    let options: &[OptionView] = match &row.control {
        Control::Checkboxes(options) | Control::Radio(options) => options,
        _ => &[],
    };
    let one = matches!(row.control, Control::Radio(_));
    html! {
        tr role="row" {
            th scope="row" role="rowheader" {
                (controls::label(row, words))
                (hint(&row.id, notes.hint.as_deref()))
                (messages(&row.findings, &row.id, words))
                @if !one { (marker(row)) }
            }
            @for (i, option) in options.iter().enumerate() {
                @let id = option_id(&row.id, i);
                td role="cell" data-title=(option.label) {
                    div.form-group-checkbox[!one].form-group-radio[one] {
                        @if one { (radio(row, option, &id, &notes)) } @else { (tick(row, option, &id, &notes)) }
                        label for=(id) { span.sr-only { (row.label) ": " (option.label) } }
                    }
                }
            }
        }
    }
}

/// What stands around a table.
struct Frame<'f> {
    id: &'f str,
    title: Option<&'f str>,
    help: Option<&'f str>,
    findings: &'f [String],
    level: u8,
    /// Every cell must be filled in.
    required: bool,
}

impl<'f> Frame<'f> {
    fn of_grid(grid: &'f GridView) -> Frame<'f> {
        Frame {
            id: &grid.id,
            title: grid.title.as_deref(),
            // Without a title the table is the section, which has said its help already.
            help: grid.help.as_deref().filter(|_| grid.title.is_some()),
            findings: &grid.findings,
            level: grid.level,
            required: grid
                .rows
                .iter()
                .flat_map(|row| row.cells.iter().flatten())
                .all(|field| field.required),
        }
    }

    fn of_matrix(matrix: &'f MatrixView) -> Frame<'f> {
        Frame {
            id: &matrix.id,
            title: matrix.title.as_deref(),
            help: matrix.help.as_deref().filter(|_| matrix.title.is_some()),
            findings: &matrix.findings,
            level: matrix.level,
            required: false,
        }
    }
}

fn around(frame: &Frame<'_>, words: &Words, table: &Markup) -> Markup {
    let error = !frame.findings.is_empty();
    html! {
        div.form-group.sv-table-group.form-error[error] id=(frame.id) tabindex="-1" role="group"
            aria-labelledby=[frame.title.map(|_| format!("{}-head", frame.id))]
            aria-describedby=[described(frame.id, frame.help.is_some(), error)] {
            @if let Some(title) = frame.title {
                @let mark = if frame.required { words.required } else { "" };
                div id={ (frame.id) "-head" } { (heading(frame.level, &format!("{title}{mark}"), words)) }
            }
            @if frame.title.is_none() && frame.required {
                p.sv-all-required { (words.required.trim()) }
            }
            (hint(frame.id, frame.help))
            (messages(frame.findings, frame.id, words))
            (table)
        }
    }
}

fn corner(title: &str, words: &Words) -> Markup {
    let word = match words.language {
        samsvar_core::forms::Language::Da => "Spørgsmål",
        samsvar_core::forms::Language::En => "Question",
    };
    html! {
        th scope="col" role="columnheader" {
            @if title.is_empty() { span.sr-only { (word) } } @else { (title) }
        }
    }
}
