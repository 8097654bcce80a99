//! The counts behind an earlier edition, where they are known; elsewhere counts that fit its print.
use super::context::{Irreconcilable, Members};
use super::editions::{Counts, Edition, FactRow, FactTable};
use crate::disclosure::Shown;

/// What stood behind one printed number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Behind {
    pub(super) members: Members,
    /// Whether these are respondents' counts, and not merely numbers that fit.
    pub(super) is_known: bool,
}

/// A number that no count is known for: its least and largest value.
#[derive(Clone, Copy)]
struct Open {
    row: usize,
    low: u64,
    high: u64,
}

/// The counts behind each row of a column; `None` where nothing was printed.
pub(super) fn column(
    edition: &Edition,
    table: &FactTable,
    index: usize,
    now: &Counts,
) -> Result<Vec<Option<Behind>>, Irreconcilable> {
    let total = table.totals.get(index).copied();
    // Hidden numbers whose sum no longer fits were others then.
    for trusts_hidden in [true, false] {
        if let Some(found) = attempt(edition, table, index, now, total, trusts_hidden) {
            return Ok(found);
        }
    }
    Err(Irreconcilable {
        edition: edition.name(),
        table: table.caption.clone(),
        column: table.columns[index].label.clone(),
    })
}

fn attempt(
    edition: &Edition,
    table: &FactTable,
    index: usize,
    now: &Counts,
    total: Option<Shown>,
    trusts_hidden: bool,
) -> Option<Vec<Option<Behind>>> {
    let mut found: Vec<Option<Behind>> = Vec::new();
    let mut open: Vec<Open> = Vec::new();
    for (at, row) in table.rows.iter().enumerate() {
        let shown = row.cells.get(index).copied().unwrap_or(Shown::NotCollected);
        if shown == Shown::NotCollected {
            found.push(None);
            continue;
        }
        let is_house = edition.counts.is_some();
        let trusted = trusts_hidden || is_house || !shown.is_hidden();
        let known = known(edition, table, row, index, now).filter(|_| trusted);
        let fits = |members: &Members| admits(edition, shown, members.values().sum());
        match known.filter(fits) {
            Some(members) => found.push(Some(Behind {
                members,
                is_known: true,
            })),
            None => {
                let (low, high) = range(edition, shown);
                found.push(Some(unknown(edition, row, low)));
                open.push(Open { row: at, low, high });
            }
        }
    }
    fill(edition, table, &mut found, &open, total).then_some(found)
}

/// Raises the unknown numbers until they give the total.
fn fill(
    edition: &Edition,
    table: &FactTable,
    found: &mut [Option<Behind>],
    open: &[Open],
    total: Option<Shown>,
) -> bool {
    let Some(Shown::Exact(total)) = total else {
        return true;
    };
    let sum: u64 = found
        .iter()
        .flatten()
        .flat_map(|b| b.members.values())
        .sum();
    let Some(mut rest) = total.checked_sub(sum) else {
        return false;
    };
    for cell in open {
        let more = rest.min(cell.high - cell.low);
        found[cell.row] = Some(unknown(edition, &table.rows[cell.row], cell.low + more));
        rest -= more;
    }
    rest == 0
}

fn known(
    edition: &Edition,
    table: &FactTable,
    row: &FactRow,
    index: usize,
    now: &Counts,
) -> Option<Members> {
    let measure = table.columns.get(index)?.measure.as_ref()?;
    let counts = edition.counts.as_ref().unwrap_or(now);
    let mut members = Members::new();
    for id in &row.members {
        if let Some(count) = counts.get(&(id.clone(), measure.clone()))? {
            members.insert(id.clone(), *count);
        }
    }
    (!members.is_empty()).then_some(members)
}

/// A number of nobody in particular.
fn unknown(edition: &Edition, row: &FactRow, value: u64) -> Behind {
    let nobody = format!("{} @ {}", row.name, edition.name());
    Behind {
        members: [(nobody, value)].into(),
        is_known: false,
    }
}

fn admits(edition: &Edition, shown: Shown, value: u64) -> bool {
    let (low, high) = range(edition, shown);
    (low..=high).contains(&value)
}

fn range(edition: &Edition, shown: Shown) -> (u64, u64) {
    match shown {
        Shown::Exact(value) => (value, value),
        Shown::AtMost(most) => (1, most),
        Shown::Withheld => (edition.facts.threshold + 1, u64::MAX >> 8),
        Shown::Between(low, high) => (low, high),
        Shown::AtLeast(low) => (low, u64::MAX >> 8),
        Shown::NotCollected => (0, 0),
    }
}
