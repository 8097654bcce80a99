//! A chart as SVG: bars that grow with the page while the letters stay, hatched where a number is hidden.
use maud::{Markup, html};
use samsvar_core::danish;
use samsvar_core::disclosure::Shown;
use samsvar_core::reports::{Bar, ReportChart};

use super::mark;

/// Pixels from one bar to the next, of which the bar itself takes less than half.
const STEP: usize = 40;
const WORDS: usize = 16;
const BAR: usize = 14;
/// How long the hatched end of a bar is whose length nobody may know, in hundredths of a per cent.
const OPEN_END: u64 = 400;

/// The figure with its caption; ids are told apart by the chart's number.
pub(super) fn figure(chart: &ReportChart) -> Markup {
    let (id, hatch) = (
        format!("figur-{}", chart.number()),
        format!("skravering-{}", chart.number()),
    );
    html! {
        figure id=(id) class="sv-bars" {
            figcaption { (chart.heading()) }
            svg width="100%" height=(chart.bars().len() * STEP) role="img" aria-label=(chart.in_words()) {
                pattern id=(hatch) width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)" {
                    line class="sv-hatch" x1="2" y1="0" x2="2" y2="6" stroke-width="3" {}
                }
                @for (at, bar) in chart.bars().iter().enumerate() { (line(chart, bar, at * STEP, &hatch)) }
            }
            p class="small-text" {
                "Tallene står i tabel " (chart.table()) "."
                @if let Some(note) = chart.note() { " " (note) }
            }
        }
    }
}

fn line(chart: &ReportChart, bar: &Bar, top: usize, hatch: &str) -> Markup {
    let (solid, hatched) = lengths(chart, bar);
    html! {
        g class="sv-bar-line" {
            text x="0" y=(top + WORDS) { (bar.label) }
            text x="100%" y=(top + WORDS) text-anchor="end" { (value(bar.shown)) }
            @if solid > 0 {
                rect class="sv-bar" x="0" y=(top + WORDS + 6) width=(per_cent(solid)) height=(BAR) {}
            }
            @if hatched > 0 {
                rect class="sv-hidden" x=(per_cent(solid)) y=(top + WORDS + 6) width=(per_cent(hatched)) height=(BAR) fill={ "url(#" (hatch) ")" } {}
            }
            line class="sv-axis" x1="0" x2="0" y1=(top + WORDS + 3) y2=(top + WORDS + BAR + 9) {}
        }
    }
}

/// What stands at the end of a bar.
pub(super) fn value(shown: Shown) -> String {
    match shown {
        Shown::Exact(value) => danish::integer(i64::try_from(value).unwrap_or(i64::MAX)),
        shown => mark(shown),
    }
}

/// The solid and the hatched part, in hundredths of a per cent of the width.
pub(super) fn lengths(chart: &ReportChart, bar: &Bar) -> (u64, u64) {
    let longest = u128::from(chart.longest());
    let part = |value: u64| u64::try_from(u128::from(value) * 10_000 / longest).unwrap_or(10_000);
    let (low, high) = bar.span();
    let solid = part(low);
    match high {
        Some(high) => (solid, part(high) - solid),
        None => (solid.min(10_000 - OPEN_END), OPEN_END),
    }
}

/// Hundredths of a per cent as a length: `12.05%`.
pub(super) fn per_cent(hundredths: u64) -> String {
    format!("{}.{:02}%", hundredths / 100, hundredths % 100)
}
