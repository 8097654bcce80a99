//! Rows put together into one, so that more citizens stand behind each number.
use super::aggregate::{CellReading, Member, TrueRow, TrueTable};
use super::figures::{Absence, Figure, Qualifier};

/// Puts the named rows into one, which stands where the first of them stood.
pub(crate) fn merge(table: &mut TrueTable, name: &str, rows: &[String]) {
    let is_merged = |row: &TrueRow| rows.contains(&row.name);
    let Some(place) = table.rows.iter().position(is_merged) else {
        return;
    };
    let (merged, mut rest): (Vec<TrueRow>, Vec<TrueRow>) =
        table.rows.drain(..).partition(is_merged);
    let columns = table.spec.columns.len();
    let members: Vec<Member> = merged.into_iter().flat_map(|row| row.members).collect();
    let row = TrueRow {
        name: name.to_owned(),
        cells: (0..columns).map(|column| sum(&members, column)).collect(),
        members,
        catchment: None,
    };
    rest.insert(place.min(rest.len()), row);
    table.rows = rest;
}

/// The sum of those that have a count; nothing where nobody has.
fn sum(members: &[Member], column: usize) -> CellReading {
    let counts: Vec<u64> = members.iter().filter_map(|m| m.count(column)).collect();
    if counts.is_empty() {
        let first = members.first().and_then(|member| member.cells.get(column));
        return first.cloned().unwrap_or(Figure::Missing(Absence::NoAnswer));
    }
    Figure::Count {
        value: counts
            .iter()
            .fold(0, |sum, count| sum.saturating_add(*count)),
        qualifier: Qualifier::Exact,
    }
}
