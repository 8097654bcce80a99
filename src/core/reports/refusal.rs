//! Why there is no report, in words that the secretariat can act on.
use crate::disclosure::{AtRisk, Refusal};
use crate::tables::{TrueTable, Turnout};

/// Why no report may leave, and the ways out, in Danish.
///
/// For the secretariat, which sees the answers anyway: the sums in it are true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportRefusal {
    /// Whole sentences; the first says what is the matter.
    pub reasons: Vec<String>,
}

pub(super) fn nobody(turnout: &Turnout) -> ReportRefusal {
    ReportRefusal {
        reasons: vec![format!(
            "Der er ingen besvarelser at lave en rapport af: besvaret af {}.",
            turnout.fraction()
        )],
    }
}

pub(super) fn refused(refusal: &Refusal, truth: &[TrueTable]) -> ReportRefusal {
    let mut reasons = vec![
        "Rapporten kan ikke dannes, fordi små tal ville kunne regnes ud.".to_owned(),
        sentence(&refusal.message),
    ];
    let mut rest = &refusal.at_risk[..];
    while let Some((first, others)) = rest.split_first() {
        let alike = others.iter().take_while(|cell| same_sum(first, cell));
        let (together, after) = rest.split_at(1 + alike.count());
        reasons.push(at_risk(together, truth));
        rest = after;
    }
    let remedies = refusal.remedies.iter();
    reasons.extend(remedies.map(|way| format!("Udvej: {}", sentence(&numbered(way, truth)))));
    ReportRefusal { reasons }
}

/// Whether two cells stand in one column and are given away by one sum.
fn same_sum(a: &AtRisk, b: &AtRisk) -> bool {
    let place = |cell: &AtRisk| (cell.coords.first().cloned(), cell.coords.last().cloned());
    place(a) == place(b) && a.because == b.because
}

/// "I fare i tabel 1, 2017: Aarhus og Herning (7 fordelt på syv kommuner)."
fn at_risk(cells: &[AtRisk], truth: &[TrueTable]) -> String {
    let rows: Vec<&str> = cells
        .iter()
        .map(|cell| cell.coords.get(1).map_or("", String::as_str))
        .collect();
    let place = |cell: &AtRisk| match &cell.coords[..] {
        [table, _, column] => numbered(&format!("{table}, {column}"), truth),
        coords => coords.join(", "),
    };
    format!(
        "I fare i {}: {} ({}).",
        cells.first().map_or_else(String::new, place),
        crate::danish::list(&rows),
        cells.first().map_or("", |cell| cell.because.as_str())
    )
}

/// A table's name in the model as its number in the report.
fn numbered(text: &str, truth: &[TrueTable]) -> String {
    truth
        .iter()
        .zip(1..)
        .fold(text.to_owned(), |text, (table, number)| {
            text.replace(
                &format!("{}, ", table.spec.id),
                &format!("tabel {number}, "),
            )
        })
}

/// With a capital first and a full stop last.
fn sentence(text: &str) -> String {
    let mut letters = text.trim().trim_end_matches('.').chars();
    let first = letters.next().map(char::to_uppercase);
    let rest = letters.as_str();
    first.map_or_else(String::new, |first| {
        format!("{}{rest}.", first.collect::<String>())
    })
}
