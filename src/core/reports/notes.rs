//! What stands under a table: who is missing, what the marks mean, and where the figures come from.
use chrono::NaiveDate;

use crate::danish;
use crate::disclosure::{SafeTable, Shown};
use crate::tables::{
    Absence, CellReading, Figure, Measure, Qualifier, ReportSpec, TrueTable, Turnout,
};

/// All notes of one table and its number, in a fixed order; the first explains the marks in full.
pub(super) fn under(
    (number, table): (usize, &TrueTable),
    spec: &ReportSpec,
    turnout: &Turnout,
    as_of: NaiveDate,
) -> Vec<String> {
    let mut notes = vec![turnout.sentence()];
    notes.extend(turnout.removed_notes());
    notes.extend(missing(table));
    notes.extend(merged(table));
    notes.extend(with_qualifier(table, Qualifier::Estimate, "Skøn"));
    notes.extend(mixed_measures(table));
    notes.push(match number {
        1 => threshold(spec),
        _ => threshold_in_short(spec),
    });
    notes.push(format!("Opgjort pr. {}.", danish::date(as_of)));
    let given = &table.spec.notes;
    notes.push(format!("Tælleenhed: {}.", unstopped(&given.counting_unit)));
    notes.push(format!("Kilde: {}.", unstopped(&given.source)));
    if let Some(reason) = &given.comparability_break {
        notes.push(format!("Sammenlignelighed: {}.", unstopped(reason)));
    }
    notes.extend(
        given
            .reservations
            .iter()
            .map(|text| format!("Dataforbehold: {}.", unstopped(text))),
    );
    notes
}

/// What an interval says, where one is printed.
pub(super) fn of_intervals(table: &SafeTable) -> Option<String> {
    let rows = table.rows().iter();
    let mut cells = rows.flat_map(|row| table.columns().iter().map(move |c| table.cell(row, c)));
    let is_interval =
        |cell: &Option<Shown>| matches!(cell, Some(Shown::Between(..) | Shown::AtLeast(_)));
    cells.find(is_interval).map(|_| {
        "Et interval som »4–9« eller »10+« dækker et tal, der ikke vises: det ligger i intervallet."
            .to_owned()
    })
}

/// Written from the settings, so that it can't say something else than what is done.
pub(super) fn threshold(spec: &ReportSpec) -> String {
    format!(
        "{} ({}). »..« er et tal, der er skjult, for at et lille tal ikke kan regnes ud. 0 vises som 0. »–« betyder, at der ikke er noget tal.",
        small_counts(spec),
        unstopped(&spec.threshold_basis)
    )
}

fn threshold_in_short(spec: &ReportSpec) -> String {
    format!("{} (se tabel 1).", small_counts(spec))
}

fn small_counts(spec: &ReportSpec) -> String {
    match spec.threshold {
        1 => "Antallet 1 vises som ≤1".to_owned(),
        t => format!("Antal fra 1 til {t} vises som ≤{t}"),
    }
}

/// Cells without a count although the respondent has answered, by reason.
fn missing(table: &TrueTable) -> Vec<String> {
    let mut reasons: Vec<Absence> = Vec::new();
    for cell in table.rows.iter().flat_map(|row| &row.cells) {
        if let Figure::Missing(reason) = cell
            && *reason != Absence::NoAnswer
            && !reasons.contains(reason)
        {
            reasons.push(*reason);
        }
    }
    reasons.sort();
    reasons
        .into_iter()
        .map(|reason| {
            let places = places(table, |cell| *cell == Figure::Missing(reason));
            format!(
                "»–« ({}): {}. Tallene indgår ikke i »{}«.",
                reason.danish(),
                danish::list(&places),
                table.spec.total_label
            )
        })
        .collect()
}

/// Which respondents a row puts together, and whose figures are not in it.
fn merged(table: &TrueTable) -> Vec<String> {
    let columns = &table.spec.columns;
    let several = table.rows.iter().filter(|row| row.members.len() > 1);
    several
        .map(|row| {
            let names: Vec<&str> = row.members.iter().map(|m| m.name.as_str()).collect();
            let without = row.members.iter().filter_map(|member| {
                let missing = (0..columns.len()).filter(|c| member.count(*c).is_none());
                let labels: Vec<&str> = missing.map(|c| columns[c].label.as_str()).collect();
                let named = || format!("{} ({})", member.name, danish::list(&labels));
                (!labels.is_empty()).then(named)
            });
            let without: Vec<String> = without.collect();
            let rest = match without.is_empty() {
                true => String::new(),
                false => format!(", dog uden {}", danish::list(&without)),
            };
            format!(
                "»{}« er {} lagt sammen{rest}.",
                row.name,
                danish::list(&names)
            )
        })
        .collect()
}

fn with_qualifier(table: &TrueTable, wanted: Qualifier, word: &str) -> Option<String> {
    let places = places(
        table,
        |cell| matches!(cell, Figure::Count { qualifier, .. } if *qualifier == wanted),
    );
    (!places.is_empty()).then(|| format!("{word}: {}.", danish::list(&places)))
}

/// `Herning (2017 og 2018)` for each row with such a cell.
fn places(table: &TrueTable, is: impl Fn(&CellReading) -> bool) -> Vec<String> {
    table
        .rows
        .iter()
        .filter_map(|row| {
            let labels: Vec<&str> = row
                .cells
                .iter()
                .zip(&table.spec.columns)
                .filter(|(cell, _)| is(cell))
                .map(|(_, column)| column.label.as_str())
                .collect();
            (!labels.is_empty()).then(|| format!("{} ({})", row.name, danish::list(&labels)))
        })
        .collect()
}

/// A reader must not add a period's unique persons to the yearly figures.
fn mixed_measures(table: &TrueTable) -> Option<String> {
    let periods: Vec<String> = table
        .spec
        .columns
        .iter()
        .filter(|column| matches!(column.measure, Measure::Period { .. }))
        .map(|column| format!("»{}«", column.label))
        .collect();
    let mixed = !periods.is_empty() && periods.len() < table.spec.columns.len();
    mixed.then(|| {
        format!(
            "{} tæller hver borger én gang i hele perioden og kan ikke lægges sammen med tallene for de enkelte år.",
            danish::list(&periods)
        )
    })
}

fn unstopped(text: &str) -> &str {
    text.trim().trim_end_matches('.')
}

/// Why some numbers of a table in bands stand as they are.
pub(super) fn lifted(count: usize) -> Option<String> {
    let rest = "som de er og ikke i bånd, fordi båndet kunne vise et tal, der skal være skjult.";
    match count {
        0 => None,
        1 => Some(format!("1 tal er vist {rest}").replace("de er", "det er")),
        n => Some(format!("{n} tal er vist {rest}")),
    }
}
