//! The page read back: tables, offers, bars and every other text.
use samsvar_core::reports::{OffersTable, Report, ReportChart, ReportTable};

use super::super::chart::{lengths, per_cent, value};
use super::words::Words;
use super::{Rows, compare, expected, expected_offers, for_people};
use samsvar_core::reports::OfferCell;

pub(super) fn check(report: &Report, bytes: &[u8]) -> Result<(), String> {
    let page = std::str::from_utf8(bytes).map_err(|_| "is not text".to_owned())?;
    let (_, body) = page.split_once("<body>").ok_or("has no body")?;
    let mut words = Words::of(report);
    for table in report.tables() {
        let rows = expected(table, for_people);
        compare(table_of(body, table), &rows, &table.heading())?;
        words.may(rows.into_iter().flatten());
    }
    if let Some(offers) = report.offers() {
        let rows = expected_offers(offers, OfferCell::danish);
        compare(offers_of(body, offers), &rows, &offers.heading())?;
        words.may(rows.into_iter().flatten());
    }
    for chart in report.charts() {
        chart_holds(body, chart)?;
        words.may(chart.bars().iter().map(|bar| value(bar.shown)));
    }
    let texts = texts(body);
    words.check(texts.iter().map(String::as_str))
}

/// What stands between tags, entities resolved.
pub(super) fn texts(markup: &str) -> Vec<String> {
    let after_tags = markup.split('<').skip(1);
    let texts = after_tags.filter_map(|part| part.split_once('>').map(|(_, text)| text));
    texts
        .map(plain)
        .filter(|text| !text.trim().is_empty())
        .collect()
}

fn plain(text: &str) -> String {
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
}

/// The rows of a table's body and foot, as the writer lays them out.
fn rows(markup: &str) -> Option<Rows> {
    let (_, body) = markup.split_once("<tbody>")?;
    let rows = body.split("<tr>").skip(1).map(|row| {
        let cells = row
            .split("</t")
            .filter(|c| c.contains("<th") || c.contains("<td"));
        cells.map(|cell| texts(cell).concat()).collect()
    });
    Some(rows.collect())
}

fn table_of(body: &str, table: &ReportTable) -> Option<Rows> {
    let caption = format!("<caption id=\"tabel-{}\">", table.number);
    let (_, rest) = body.split_once(&caption)?;
    rows(rest.split_once("</table>")?.0)
}

/// The overview's parts beside each other again.
fn offers_of(body: &str, offers: &OffersTable) -> Option<Rows> {
    let mut whole: Rows = Vec::new();
    let mut part = 1;
    while let Some((_, rest)) = body.split_once(&format!("<caption id=\"tilbud-{part}\">")) {
        let found = rows(rest.split_once("</table>")?.0)?;
        if part == 1 {
            whole = found;
        } else if found.len() == whole.len() {
            for (row, more) in whole.iter_mut().zip(found) {
                let (name, cells) = more.split_first()?;
                if row.first() != Some(name) {
                    return None;
                }
                row.extend(cells.iter().cloned());
            }
        } else {
            return None;
        }
        part += 1;
    }
    (!whole.is_empty() || offers.rows().is_empty()).then_some(whole)
}

/// The bars' names, numbers and lengths, and the same in words.
fn chart_holds(body: &str, chart: &ReportChart) -> Result<(), String> {
    let differs = || format!("differs in {}", chart.heading());
    let figure = format!("<figure id=\"figur-{}\"", chart.number());
    let (_, rest) = body.split_once(&figure).ok_or_else(differs)?;
    let (figure, _) = rest.split_once("</figure>").ok_or_else(differs)?;
    let words = attribute(figure, "aria-label").map(|text| plain(&text));
    if words != Some(chart.in_words()) {
        return Err(differs());
    }
    let lines: Vec<&str> = figure.split("<g class=\"sv-bar-line\">").skip(1).collect();
    if lines.len() != chart.bars().len() {
        return Err(differs());
    }
    for (line, bar) in lines.into_iter().zip(chart.bars()) {
        let (line, _) = line.split_once("</g>").ok_or_else(differs)?;
        let (solid, hatched) = lengths(chart, bar);
        let length = |class: &str| {
            let (_, rest) = line.split_once(&format!("<rect class=\"{class}\""))?;
            attribute(rest, "width")
        };
        let drawn = |part: u64| (part > 0).then(|| per_cent(part));
        let same = texts(line) == [bar.label.clone(), value(bar.shown)]
            && length("sv-bar") == drawn(solid)
            && length("sv-hidden") == drawn(hatched);
        if !same {
            return Err(differs());
        }
    }
    Ok(())
}

/// The first attribute of this name.
fn attribute(markup: &str, name: &str) -> Option<String> {
    let (_, rest) = markup.split_once(&format!(" {name}=\""))?;
    rest.split_once('"').map(|(value, _)| value.to_owned())
}
