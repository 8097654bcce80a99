//! Looks for a solution near the known one: along short cycles of cells, before the simplex.
//!
//! Changing one cell unbalances the rows it stands in; another cell of such a row can restore
//! it, and the best one restores several rows at once. Most questions are answered this way.
use std::collections::BTreeSet;

use super::problem::Var;
use super::question::Witness;
use super::simplex::Simplex;

/// How many cells may be changed, and how many changes are tried, before more are allowed and
/// at last the simplex takes over.
const ROUNDS: [(usize, usize); 2] = [(8, 40), (20, 80)];
/// Cells of a row that are tried.
const CHOICES: usize = 4;
/// A cell in more rows than this is left to the simplex: to move it would unbalance them all.
const MOST_ROWS: usize = 1_000;
/// So many broken rows are more than the rounds could mend one by one.
const MANY_BROKEN: usize = 200;
/// Rows longer than this are not read to the end.
const LONG_ROW: usize = 1_000;
/// In rows of so many cells together, the simplex would be given up before it has found anything.
const LONG: usize = 20_000;

/// A solution within the present bounds; `None` says nothing.
pub(super) fn nearby(simplex: &mut Simplex) -> Option<Witness> {
    let mut narrowed: Vec<Var> = simplex.changed_since(0).collect();
    narrowed.sort_unstable();
    narrowed.dedup();
    searched(simplex, |search| {
        search.keep_bounds(&narrowed);
        let by_rounds = search.sketch.broken.len() <= MANY_BROKEN
            && ROUNDS.iter().any(|(most_cells, most_changes)| {
                search.most_cells = *most_cells;
                search.changes_left = *most_changes;
                search.restore()
            });
        by_rounds || (search.is_long() && search.spread())
    })
}

/// Values that hold in these rows, where moving cells one after the other leads to some.
pub(super) fn spread(simplex: &mut Simplex, rows: &[u32]) -> Option<Witness> {
    searched(simplex, |search| {
        for row in rows {
            let is_broken = search.missing(*row, 0) != 0;
            search.sketch.note(*row, is_broken);
        }
        search.spread()
    })
}

fn searched(simplex: &mut Simplex, look: impl FnOnce(&mut Search) -> bool) -> Option<Witness> {
    let mut sketch = std::mem::take(&mut simplex.sketch);
    sketch.fit(simplex);
    let mut search = Search {
        simplex,
        sketch,
        most_cells: 0,
        changes_left: 0,
        looked_at: 0,
    };
    let found = look(&mut search);
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
    /// Where in each very long row a cell was last found that mends everything.
    last_found: Vec<u32>,
    /// Rows out of their bounds.
    broken: BTreeSet<u32>,
}

impl Sketch {
    fn fit(&mut self, simplex: &Simplex) {
        self.moves.resize(simplex.problem.len(), 0);
        self.shifts.resize(simplex.problem.rows.len(), 0);
        self.last_found.resize(simplex.problem.rows.len(), 0);
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
        self.broken.contains(&row)
    }

    fn note(&mut self, row: u32, is_broken: bool) {
        match is_broken {
            true => self.broken.insert(row),
            false => self.broken.remove(&row),
        };
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
    /// Moves what was narrowed to the nearest value that is left for it.
    fn keep_bounds(&mut self, narrowed: &[Var]) {
        for var in narrowed {
            let (value, at) = (self.value(*var), *var as usize);
            let within = value.clamp(self.simplex.low[at], self.simplex.high[at]);
            if within != value {
                self.change(*var, within - value);
            }
        }
    }

    fn is_long(&self) -> bool {
        let broken = self.sketch.broken.iter();
        let lengths = broken.map(|row| self.simplex.movable(*row).0.len());
        lengths.sum::<usize>() > LONG
    }

    /// Mends one broken row after the other with as many cells as it takes, none of which may
    /// break another row; nothing is taken back, so it costs no more than reading the rows.
    fn spread(&mut self) -> bool {
        let waiting: Vec<u32> = self.sketch.broken.iter().copied().collect();
        let simplex = self.simplex;
        for row in waiting {
            let (terms, _, _) = simplex.movable(row);
            for (var, factor) in terms {
                self.looked_at += 1;
                let missing = self.missing(row, 0);
                if missing == 0 {
                    break;
                }
                if let Some(by) = self.step(*var, factor.to_whole().unwrap_or(1), missing)
                    && self.worsens_none(*var, by, row)
                {
                    self.change(*var, by);
                }
            }
            if self.missing(row, 0) != 0 {
                return false;
            }
        }
        self.sketch.broken.is_empty()
    }

    /// Whether no other row than this gets out of its bounds, or further out.
    fn worsens_none(&mut self, var: Var, by: i128, own: u32) -> bool {
        let rows = &self.simplex.problem.rows_of[var as usize];
        self.looked_at += rows.len();
        rows.iter().filter(|row| **row != own).all(|row| {
            let shift = by.saturating_mul(self.factor(*row, var));
            self.missing(*row, shift).abs() <= self.missing(*row, 0).abs()
        })
    }

    /// How far a cell that has not been moved yet can go to give a row what it lacks.
    fn step(&self, var: Var, factor: i128, missing: i128) -> Option<i128> {
        let at = var as usize;
        let (low, high) = (self.simplex.low[at], self.simplex.high[at]);
        if low == high || self.sketch.is_moved(var) || missing % factor != 0 {
            return None;
        }
        if self.simplex.problem.rows_of[at].len() > MOST_ROWS {
            return None;
        }
        let value = self.value(var);
        let by = (value.saturating_add(missing / factor)).clamp(low, high) - value;
        (by != 0 && self.is_allowed(var, value + by)).then_some(by)
    }

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

    /// Those that could be among the first; a row's cells are in order, so once enough of them
    /// are as good as can be, the rest would come after them. In a very long row one is enough,
    /// and the search goes on where it last found one.
    fn options(&mut self, row: u32) -> Vec<Change> {
        let missing = self.missing(row, 0);
        let (terms, _, _) = self.simplex.movable(row);
        let is_long = terms.len() > LONG_ROW;
        let (from, enough) = match is_long {
            true => (self.sketch.last_found[row as usize] as usize, 1),
            false => (0, CHOICES),
        };
        let from = from.min(terms.len());
        let best = -i32::try_from(self.sketch.broken.len()).unwrap_or(i32::MAX);
        let mut options = Vec::new();
        let (mut looked_at, mut perfect) = (0, 0);
        let later = terms.iter().enumerate().skip(from);
        for (place, (var, factor)) in later.chain(terms.iter().enumerate().take(from)) {
            looked_at += 4;
            let factor = factor.to_whole().unwrap_or(1);
            let Some(by) = self.step(*var, factor, missing) else {
                continue;
            };
            let (broken, rank) = (
                self.newly_broken(*var, by),
                self.simplex.rank[*var as usize],
            );
            looked_at += self.simplex.problem.rows_of[*var as usize].len();
            options.push((broken, rank, *var, by));
            perfect += usize::from(broken == best && rank == 0);
            if perfect == enough {
                self.sketch.last_found[row as usize] = place as u32;
                break;
            }
        }
        self.looked_at += looked_at;
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
        self.simplex.problem.factor(row as usize, var)
    }
}
