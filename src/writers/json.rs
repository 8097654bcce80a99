//! A report as one JSON document, for programs that draw or check it.
use samsvar_core::disclosure::Shown;
use samsvar_core::reports::{Block, OfferCell, OffersTable, Report, ReportChart, ReportTable};
use serde_json::{Value, json};

use super::mark;

/// The whole report; counts are numbers, marks are texts.
///
/// `audit` holds the rules that `samsvar audit` takes beside the plain CSV file.
pub fn document(report: &Report) -> Value {
    let meta = report.meta();
    let sections: Vec<Value> = report
        .sections()
        .iter()
        .map(|section| {
            let blocks: Vec<Value> = section.blocks.iter().map(block).collect();
            json!({"heading": section.heading, "blocks": blocks})
        })
        .collect();
    json!({
        "title": report.title(),
        "campaign": meta.campaign,
        "region": meta.region,
        "as_of": meta.as_of.to_string(),
        "threshold": report.threshold(),
        "disclosure": report.disclosure(),
        "sections": sections,
        "audit": report.rules(),
    })
}

fn block(block: &Block) -> Value {
    match block {
        Block::Paragraph(text) => json!({"paragraph": text}),
        Block::List { lead, items } => json!({"lead": lead, "items": items}),
        Block::Table(table) => json!({"table": table_document(table)}),
        Block::Chart(chart) => json!({"chart": chart_document(chart)}),
        Block::Offers(offers) => json!({"offers": offers_document(offers)}),
    }
}

fn table_document(table: &ReportTable) -> Value {
    let rows: Vec<Value> = table
        .printed()
        .map(|(row, cells)| {
            let cells: Vec<Value> = cells.into_iter().map(cell).collect();
            json!({"label": row, "total": row == table.total_label, "cells": cells})
        })
        .collect();
    json!({
        "id": table.id,
        "number": table.number,
        "caption": table.caption,
        "columns": table.table.columns(),
        "rows": rows,
        "notes": table.notes,
    })
}

fn chart_document(chart: &ReportChart) -> Value {
    let bars: Vec<Value> = chart
        .bars()
        .iter()
        .map(|bar| json!({"label": bar.label, "value": cell(bar.shown)}))
        .collect();
    json!({
        "number": chart.number(),
        "caption": chart.caption(),
        "table": chart.table(),
        "bars": bars,
    })
}

fn cell(shown: Shown) -> Value {
    match shown {
        Shown::Exact(value) => json!(value),
        shown => json!(mark(shown)),
    }
}

fn offers_document(offers: &OffersTable) -> Value {
    let columns: Vec<String> = offers
        .columns()
        .iter()
        .map(|column| column.full())
        .collect();
    let rows: Vec<Value> = offers
        .rows()
        .iter()
        .map(|row| {
            let cells: Vec<Value> = row.cells.iter().map(offer_cell).collect();
            json!({"label": row.name, "cells": cells})
        })
        .collect();
    json!({
        "number": offers.number(),
        "caption": offers.caption(),
        "columns": columns,
        "rows": rows,
        "notes": offers.notes(),
    })
}

fn offer_cell(cell: &OfferCell) -> Value {
    match cell {
        OfferCell::Number(number) | OfferCell::Percent(number) => json!(number),
        OfferCell::Citizens {
            shown: Shown::Exact(number),
            is_estimate: false,
        } => json!(number),
        cell => json!(cell.danish()),
    }
}
