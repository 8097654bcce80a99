//! The JSON document read back.
use samsvar_core::disclosure::{Rules, Shown};
use samsvar_core::reports::{OfferCell, Report};
use serde_json::{Value, json};

use super::super::mark;
use super::words::Words;
use super::{Rows, compare, expected, expected_offers};

pub(super) fn check(report: &Report, bytes: &[u8]) -> Result<(), String> {
    let document: Value = serde_json::from_slice(bytes).map_err(|_| "can't be read".to_owned())?;
    let sections = document.get("sections").and_then(Value::as_array);
    let sections = sections.ok_or("has no sections")?;
    let blocks = || {
        let of = |section: &'_ Value| section.get("blocks").and_then(Value::as_array).cloned();
        sections.iter().filter_map(of).flatten()
    };
    let mut words = Words::of(report);
    words.may(
        report
            .tables()
            .flat_map(|t| [t.id.clone(), t.caption.clone()]),
    );
    words.may(report.charts().map(|chart| chart.caption().to_owned()));
    for table in report.tables() {
        let own = blocks().find_map(|block| {
            let own = block.get("table")?;
            (own.get("id")?.as_str() == Some(&table.id)).then(|| own.clone())
        });
        let rows = expected(table, plain);
        compare(own.as_ref().and_then(rows_of), &rows, &table.heading())?;
        words.may(rows.into_iter().flatten());
    }
    if let Some(offers) = report.offers() {
        let own = blocks().find_map(|block| block.get("offers").cloned());
        let rows = expected_offers(offers, offer);
        compare(own.as_ref().and_then(rows_of), &rows, &offers.heading())?;
        words.may(rows.into_iter().flatten());
        words.may([offers.caption().to_owned()]);
    }
    let charts: Vec<Value> = blocks()
        .filter_map(|b| b.get("chart")?.get("bars").cloned())
        .collect();
    let drawn: Vec<Value> = report
        .charts()
        .map(|chart| {
            let bars = chart.bars().iter().map(|bar| match bar.shown {
                Shown::Exact(value) => json!({"label": bar.label, "value": value}),
                shown => json!({"label": bar.label, "value": mark(shown)}),
            });
            bars.collect()
        })
        .collect();
    if charts != drawn {
        return Err("differs in a chart".into());
    }
    words.may(
        report
            .charts()
            .flat_map(|c| c.bars().iter().map(|bar| mark(bar.shown))),
    );
    let rules: Option<Rules> = document
        .get("audit")
        .and_then(|rules| serde_json::from_value(rules.clone()).ok());
    if rules.as_ref() != Some(report.rules()) {
        return Err("differs in the rules for the audit".into());
    }
    let told = ["title", "campaign", "region", "disclosure"].map(|key| document.get(key));
    let mut texts: Vec<&str> = Vec::new();
    told.into_iter()
        .flatten()
        .for_each(|value| gather(value, &mut texts));
    sections
        .iter()
        .for_each(|section| gather(section, &mut texts));
    words.check(texts)
}

fn gather<'v>(value: &'v Value, texts: &mut Vec<&'v str>) {
    match value {
        Value::String(text) => texts.push(text),
        Value::Array(values) => values.iter().for_each(|value| gather(value, texts)),
        Value::Object(fields) => fields.values().for_each(|value| gather(value, texts)),
        _ => {}
    }
}

fn plain(shown: Shown) -> String {
    match shown {
        Shown::Exact(value) => value.to_string(),
        shown => mark(shown),
    }
}

/// A number as it stands in the document.
fn offer(cell: &OfferCell) -> String {
    match cell {
        OfferCell::Number(number) | OfferCell::Percent(number) => json!(number).to_string(),
        OfferCell::Citizens {
            shown: Shown::Exact(number),
            is_estimate: false,
        } => number.to_string(),
        cell => cell.danish(),
    }
}

fn rows_of(table: &Value) -> Option<Rows> {
    let text = |cell: &Value| match cell {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let rows = table.get("rows")?.as_array()?.iter();
    rows.map(|row| {
        let cells = row.get("cells")?.as_array()?.iter();
        Some(
            std::iter::once(row.get("label")?)
                .chain(cells)
                .map(text)
                .collect(),
        )
    })
    .collect()
}
