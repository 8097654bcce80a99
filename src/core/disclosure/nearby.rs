//! Looks for a solution near the known one: along short cycles of cells, before the simplex.
//!
//! Changing one cell unbalances the rows it stands in; another cell of such a row can restore
//! it, and the best one restores several rows at once. Most questions are answered this way.
use std::collections::{BTreeMap, BTreeSet};

use super::problem::Var;
use super::question::Witness;
use super::simplex::Simplex;

/// How many cells may be changed, and how many changes are tried, before more are allowed and
/// at last the simplex takes over.
const ROUNDS: [(usize, usize); 2] = [(8, 40), (20, 80)];
/// Cells of a row that are tried.
const CHOICES: usize = 4;

/// A solution within the present bounds; `None` says nothing.
pub(super) fn nearby(simplex: &mut Simplex) -> Option<Witness> {
    let narrowed: BTreeSet<Var> = simplex.changed_since(0).collect();
    let mut search = Search {
        simplex,
        values: BTreeMap::new(),
        shifts: BTreeMap::new(),
        broken: BTreeSet::new(),
        most_cells: 0,
        changes_left: 0,
        looked_at: 0,
    };
    for var in narrowed {
        let value = search.value(var);
        let within = value.clamp(
            search.simplex.low[var as usize],
            search.simplex.high[var as usize],
        );
        if within != value {
            search.change(var, within - value);
        }
    }
    let found = ROUNDS.iter().any(|(most_cells, most_changes)| {
        search.most_cells = *most_cells;
        search.changes_left = *most_changes;
        search.restore()
    });
    let (looked_at, values) = (search.looked_at, search.values);
    simplex.steps += looked_at as u64;
    if !found {
        return None;
    }
    let base = simplex.base();
    let changed = values.into_iter();
    Some(
        changed
            .filter(|(var, value)| base[*var as usize] != *value)
            .collect(),
    )
}

struct Search<'a> {
    simplex: &'a Simplex,
    /// Only those that were changed.
    values: BTreeMap<Var, i128>,
    /// By how much each row's value differs from the known solution's.
    shifts: BTreeMap<u32, i128>,
    broken: BTreeSet<u32>,
    most_cells: usize,
    changes_left: usize,
    looked_at: usize,
}

/// One change that could restore a row: how many more rows are broken after it, then its rank.
type Change = (i32, u32, Var, i128);

impl Search<'_> {
    fn restore(&mut self) -> bool {
        let Some(row) = self.narrowest() else {
            return true;
        };
        if self.values.len() >= self.most_cells {
            return false;
        }
        let mut options = self.options(row);
        options.sort_unstable();
        for (_, _, var, by) in options.into_iter().take(CHOICES) {
            if self.changes_left == 0 {
                return false;
            }
            self.changes_left -= 1;
            self.change(var, by);
            if self.restore() {
                return true;
            }
            self.change(var, -by);
        }
        false
    }

    /// The broken row with the fewest cells: it leaves the least choice.
    fn narrowest(&self) -> Option<u32> {
        let broken = self.broken.iter().copied();
        broken.min_by_key(|row| self.simplex.movable(*row).0.len())
    }

    fn options(&mut self, row: u32) -> Vec<Change> {
        let missing = self.missing(row, 0);
        let (terms, _, _) = self.simplex.movable(row);
        self.looked_at += terms.len() * 4;
        let mut options = Vec::new();
        for (var, factor) in terms {
            let at = *var as usize;
            let (low, high) = (self.simplex.low[at], self.simplex.high[at]);
            let factor = factor.to_whole().unwrap_or(1);
            if low == high || self.values.contains_key(var) || missing % factor != 0 {
                continue;
            }
            let value = self.value(*var);
            let by = (value.saturating_add(missing / factor)).clamp(low, high) - value;
            if by != 0 && self.is_allowed(*var, value + by) {
                options.push((self.newly_broken(*var, by), self.simplex.rank[at], *var, by));
            }
        }
        options
    }

    fn is_allowed(&self, var: Var, value: i128) -> bool {
        let allowed = self.simplex.problem.allowed.get(&var);
        allowed.is_none_or(|values| values.binary_search(&value).is_ok())
    }

    fn newly_broken(&self, var: Var, by: i128) -> i32 {
        let rows = &self.simplex.problem.rows_of[var as usize];
        rows.iter()
            .map(|row| {
                let shift = by.saturating_mul(self.factor(*row, var));
                i32::from(self.missing(*row, shift) != 0) - i32::from(self.broken.contains(row))
            })
            .sum()
    }

    fn change(&mut self, var: Var, by: i128) {
        let value = self.value(var) + by;
        if value == self.simplex.base()[var as usize] {
            self.values.remove(&var);
        } else {
            self.values.insert(var, value);
        }
        for row in &self.simplex.problem.rows_of[var as usize] {
            let shift = by.saturating_mul(self.factor(*row, var));
            *self.shifts.entry(*row).or_insert(0) += shift;
            if self.missing(*row, 0) == 0 {
                self.broken.remove(row);
            } else {
                self.broken.insert(*row);
            }
        }
    }

    fn value(&self, var: Var) -> i128 {
        let base = self.simplex.base()[var as usize];
        self.values.get(&var).copied().unwrap_or(base)
    }

    /// What a row lacks to be within its bounds, after a further shift.
    fn missing(&self, row: u32, shift: i128) -> i128 {
        let at = self.simplex.problem.len() + row as usize;
        let shifted = self
            .shifts
            .get(&row)
            .copied()
            .unwrap_or(0)
            .saturating_add(shift);
        let value = self.simplex.base_of_row(row).saturating_add(shifted);
        let (low, high) = (self.simplex.low[at], self.simplex.high[at]);
        value.clamp(low, high) - value
    }

    fn factor(&self, row: u32, var: Var) -> i128 {
        let terms = &self.simplex.problem.rows[row as usize].terms;
        let at = terms.binary_search_by_key(&var, |(at, _)| *at);
        at.ok()
            .and_then(|at| terms.get(at))
            .map_or(0, |(_, factor)| *factor)
    }
}
