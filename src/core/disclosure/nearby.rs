//! Looks for a solution near the known one: along short cycles of cells, before the simplex.
//!
//! Changing one cell unbalances the rows it stands in; another cell of such a row can restore
//! it, and the best one restores several rows at once. Most questions are answered this way.
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
    let mut narrowed: Vec<Var> = simplex.changed_since(0).collect();
    narrowed.sort_unstable();
    narrowed.dedup();
    let mut sketch = std::mem::take(&mut simplex.sketch);
    sketch.fit(simplex);
    let mut search = Search {
        simplex,
        sketch,
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
    let (looked_at, mut sketch) = (search.looked_at, search.sketch);
    let witness = found.then(|| sketch.witness(simplex));
    sketch.clear();
    simplex.steps += looked_at as u64;
    simplex.sketch = sketch;
    witness
}

/// How far cells and rows are from the known solution; the lists name those that differ.
#[derive(Debug, Clone, Default)]
pub(super) struct Sketch {
    moves: Vec<i128>,
    moved: Vec<Var>,
    shifts: Vec<i128>,
    shifted: Vec<u32>,
    /// Rows out of their bounds, in order.
    broken: Vec<u32>,
}

impl Sketch {
    fn fit(&mut self, simplex: &Simplex) {
        self.moves.resize(simplex.problem.len(), 0);
        self.shifts.resize(simplex.problem.rows.len(), 0);
    }

    fn is_moved(&self, var: Var) -> bool {
        self.moves[var as usize] != 0
    }

    fn move_by(&mut self, var: Var, by: i128) {
        let own = &mut self.moves[var as usize];
        let was_moved = *own != 0;
        *own += by;
        match (was_moved, *own != 0) {
            (false, true) => self.moved.push(var),
            (true, false) => self.moved.retain(|at| *at != var),
            _ => {}
        }
    }

    fn shift(&mut self, row: u32, by: i128) {
        let own = &mut self.shifts[row as usize];
        if *own == 0 {
            self.shifted.push(row);
        }
        *own = own.saturating_add(by);
    }

    fn is_broken(&self, row: u32) -> bool {
        self.broken.binary_search(&row).is_ok()
    }

    fn note(&mut self, row: u32, is_broken: bool) {
        match (self.broken.binary_search(&row), is_broken) {
            (Err(place), true) => self.broken.insert(place, row),
            (Ok(place), false) => {
                self.broken.remove(place);
            }
            _ => {}
        }
    }

    fn witness(&self, simplex: &Simplex) -> Witness {
        let base = simplex.base();
        let value = |var: Var| base[var as usize] + self.moves[var as usize];
        let mut witness: Witness = self.moved.iter().map(|var| (*var, value(*var))).collect();
        witness.sort_unstable();
        witness
    }

    fn clear(&mut self) {
        for var in self.moved.drain(..) {
            self.moves[var as usize] = 0;
        }
        for row in self.shifted.drain(..) {
            self.shifts[row as usize] = 0;
        }
        self.broken.clear();
    }
}

struct Search<'a> {
    simplex: &'a Simplex,
    sketch: Sketch,
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
        if self.sketch.moved.len() >= self.most_cells {
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
        let broken = self.sketch.broken.iter().copied();
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
            if low == high || self.sketch.is_moved(*var) || missing % factor != 0 {
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
                i32::from(self.missing(*row, shift) != 0) - i32::from(self.sketch.is_broken(*row))
            })
            .sum()
    }

    fn change(&mut self, var: Var, by: i128) {
        self.sketch.move_by(var, by);
        let simplex = self.simplex;
        for row in &simplex.problem.rows_of[var as usize] {
            let shift = by.saturating_mul(self.factor(*row, var));
            self.sketch.shift(*row, shift);
            let is_broken = self.missing(*row, 0) != 0;
            self.sketch.note(*row, is_broken);
        }
    }

    fn value(&self, var: Var) -> i128 {
        self.simplex.base()[var as usize] + self.sketch.moves[var as usize]
    }

    /// What a row lacks to be within its bounds, after a further shift.
    fn missing(&self, row: u32, shift: i128) -> i128 {
        let at = self.simplex.problem.len() + row as usize;
        let shifted = self.sketch.shifts[row as usize].saturating_add(shift);
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
