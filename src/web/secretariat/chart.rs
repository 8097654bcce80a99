//! Answers over time against the deadline: a drawing, and the same in a table for who can't see it.
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use maud::{Markup, html};
use samsvar_core::campaigns::Window;
use samsvar_core::danish;

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 180.0;
const LEFT: f64 = 36.0;
const BOTTOM: f64 = 26.0;

/// Answers in all at the end of each day, from the opening until today or the deadline.
fn by_day(
    window: &Window,
    answers: &[DateTime<Utc>],
    now: DateTime<Utc>,
) -> Vec<(NaiveDate, usize)> {
    let day = |at: DateTime<Utc>| danish::local(at).date_naive();
    let from = answers.first().map_or(day(window.opens), |first| {
        day(*first).min(day(window.opens))
    });
    let last = day(now).min(day(window.closes())).max(from);
    let days = usize::try_from((last - from).num_days())
        .unwrap_or(0)
        .min(400);
    (0..=days)
        .map(|n| {
            let at = from + TimeDelta::days(i64::try_from(n).unwrap_or(0));
            (at, answers.iter().filter(|a| day(**a) <= at).count())
        })
        .collect()
}

/// The figure; nothing while the collection has not opened.
pub fn chart(window: &Window, answers: &[DateTime<Utc>], all: usize, now: DateTime<Utc>) -> Markup {
    if now < window.opens || all == 0 {
        return html! {};
    }
    let series = by_day(window, answers, now);
    let deadline = danish::local(window.deadline).date_naive();
    let sum = series.last().map_or(0, |(_, n)| *n);
    let told = format!(
        "Svar i alt dag for dag: {sum} af {all} {}. Svarfristen er {}.",
        series
            .last()
            .map_or_else(String::new, |(d, _)| format!("den {}", danish::date(*d))),
        danish::date(deadline)
    );
    html! {
        figure.sv-chart {
            figcaption { "Svar over tid" }
            (drawing(&series, deadline, all, &told))
            details {
                summary { "Vis som tabel" }
                (table(&series, all))
            }
        }
    }
}

fn drawing(series: &[(NaiveDate, usize)], deadline: NaiveDate, all: usize, told: &str) -> Markup {
    let (first, last) = match (series.first(), series.last()) {
        (Some((first, _)), Some((last, _))) => (*first, *last),
        _ => return html! {},
    };
    let end = deadline.max(last);
    let span = real((end - first).num_days().max(1));
    let x = |day: NaiveDate| LEFT + real((day - first).num_days()) / span * (WIDTH - LEFT - 12.0);
    let y = |n: usize| {
        HEIGHT
            - BOTTOM
            - real(i64::try_from(n).unwrap_or(0)) / real(i64::try_from(all).unwrap_or(1).max(1))
                * (HEIGHT - BOTTOM - 16.0)
    };
    let mut steps = String::new();
    for (n, (day, count)) in series.iter().enumerate() {
        let (px, py) = (x(*day), y(*count));
        steps.push_str(&match n {
            0 => format!("M{px:.1} {py:.1}"),
            _ => format!("H{px:.1}V{py:.1}"),
        });
    }
    let short = |day: NaiveDate| day.format("%-d.%-m.").to_string();
    let at_deadline = x(deadline);
    html! {
        svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" aria-label=(told) {
            line x1=(LEFT) y1=(y(0)) x2=(WIDTH - 12.0) y2=(y(0)) stroke="#707070" {}
            line x1=(LEFT) y1=(y(all)) x2=(WIDTH - 12.0) y2=(y(all)) stroke="#bfbfbf" {}
            line x1=(at_deadline) y1="10" x2=(at_deadline) y2=(y(0)) stroke="#cc0000" stroke-dasharray="4 3" {}
            path d=(steps) fill="none" stroke="#00567a" stroke-width="2.5" {}
            g font-size="12" fill="#1a1a1a" {
                text x=(LEFT - 6.0) y=(y(0) + 4.0) text-anchor="end" { "0" }
                text x=(LEFT - 6.0) y=(y(all) + 4.0) text-anchor="end" { (all) }
                text x=(LEFT) y=(HEIGHT - 6.0) { (short(first)) }
                text x=(at_deadline) y=(HEIGHT - 6.0) text-anchor="end" { "frist " (short(deadline)) }
            }
        }
    }
}

fn real(n: i64) -> f64 {
    f64::from(i32::try_from(n).unwrap_or(i32::MAX))
}

fn table(series: &[(NaiveDate, usize)], all: usize) -> Markup {
    let mut before = None;
    let changes = series
        .iter()
        .filter(|(_, n)| before.replace(*n) != Some(*n));
    html! {
        table.sv-table {
            caption { "Dage, hvor antallet af svar ændrede sig" }
            thead { tr { th scope="col" { "Dag" } th.sv-number scope="col" { "Svar i alt" } } }
            tbody {
                @for (day, n) in changes { tr { th scope="row" { (danish::date(*day)) } td.sv-number { (n) " af " (all) } } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn answers_add_up_by_danish_days() {
        let window = Window {
            opens: at("2026-04-09T06:00:00Z"),
            deadline: at("2026-04-29T21:59:59Z"),
            late_days: 0,
        };
        // The second came at half past midnight by a Danish clock.
        let answers = [at("2026-04-09T10:00:00Z"), at("2026-04-10T22:30:00Z")];
        let series = by_day(&window, &answers, at("2026-04-12T08:00:00Z"));
        let counts: Vec<usize> = series.iter().map(|(_, n)| *n).collect();
        assert_eq!(counts, [1, 1, 2, 2]);
        let drawn = chart(&window, &answers, 19, at("2026-04-12T08:00:00Z")).into_string();
        assert!(drawn.contains("2 af 19 den 12. april 2026"), "{drawn}");
    }
}
