//! An exact simplex that starts at a known solution and touches only what a question moves.
//!
//! Every row defines a slack variable; the tableau is kept as an overlay over the original rows,
//! so that going back to the known solution costs no more than the way there did. (The method is
//! that of Dutertre and de Moura, 2006.)
use std::collections::BTreeSet;

use super::nearby::Sketch;
use super::problem::{Problem, Var};
use super::propagate::Queue;
use super::rational::{Overflow, Rational};

/// Why a question was left undecided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// The work allowed was used up.
    Budget,
    /// The numbers left the range of exact arithmetic.
    Overflow,
}

impl From<Overflow> for Stop {
    fn from(_: Overflow) -> Self {
        Self::Overflow
    }
}

const NONE: u32 = u32::MAX;
/// From here on the choice of pivots follows Bland, who always ends.
const PIVOTS_BEFORE_BLAND: u64 = 300;

type Terms = Vec<(Var, Rational)>;

#[derive(Debug, Clone)]
pub(super) struct Simplex {
    pub(super) problem: Problem,
    /// Bounds of variables, then of slacks.
    pub(super) low: Vec<i128>,
    pub(super) high: Vec<i128>,
    value: Vec<Rational>,
    base: Vec<i128>,
    /// The rows without the variables that are fixed for good.
    active: Vec<Terms>,
    /// What those variables come to.
    fixed: Vec<i128>,
    overlay: Vec<Option<Terms>>,
    basic: Vec<Var>,
    row_of: Vec<u32>,
    /// Rows where a variable may occur beyond the original ones.
    also_in: Vec<Vec<u32>>,
    extended: Vec<Var>,
    suspects: BTreeSet<Var>,
    trail: Vec<(Var, i128, i128)>,
    /// Kept between questions so that nothing is made anew for each.
    pub(super) queue: Queue,
    pub(super) sketch: Sketch,
    /// Bounds of these were changed below the root: never drop their columns.
    branched: Vec<bool>,
    branched_vars: Vec<Var>,
    below_root: bool,
    moved: Vec<Var>,
    is_moved: Vec<bool>,
    changed_rows: Vec<u32>,
    /// The lower, the sooner a variable is used to repair a row.
    pub(super) rank: Vec<u32>,
    pub(super) steps: u64,
    pub(super) allowance: u64,
    pivots: u64,
}

impl Simplex {
    /// `base` need not solve the problem yet; see [`Simplex::adopt`].
    pub(super) fn new(problem: Problem, base: &[i128]) -> Self {
        let (variables, rows) = (problem.len(), problem.rows.len());
        let mut all: Vec<i128> = base.to_vec();
        all.extend((0..rows).map(|row| problem.activity(row, base)));
        let side = |pick: fn(&super::problem::Row) -> i128, own: &[i128]| {
            let mut bounds = own.to_vec();
            bounds.extend(problem.rows.iter().map(pick));
            bounds
        };
        let mut row_of = vec![NONE; variables];
        row_of.extend(0..rows as u32);
        let mut simplex = Self {
            low: side(|row| row.low, &problem.low),
            high: side(|row| row.high, &problem.high),
            value: all.iter().map(|value| Rational::whole(*value)).collect(),
            base: all,
            overlay: vec![None; rows],
            active: Vec::new(),
            fixed: Vec::new(),
            basic: (0..rows).map(|row| (variables + row) as Var).collect(),
            row_of,
            also_in: vec![Vec::new(); variables + rows],
            extended: Vec::new(),
            suspects: BTreeSet::new(),
            trail: Vec::new(),
            queue: Queue::default(),
            sketch: Sketch::default(),
            branched: vec![false; variables + rows],
            branched_vars: Vec::new(),
            below_root: false,
            moved: Vec::new(),
            is_moved: vec![false; variables + rows],
            changed_rows: Vec::new(),
            rank: vec![0; variables + rows],
            steps: 0,
            allowance: 0,
            pivots: 0,
            problem,
        };
        simplex.part_rows();
        simplex
    }

    pub(super) fn base(&self) -> &[i128] {
        &self.base[..self.problem.len()]
    }

    /// What a row comes to in the known solution.
    pub(super) fn base_of_row(&self, row: u32) -> i128 {
        self.base[self.problem.len() + row as usize]
    }

    /// The variables that no longer have their base value, slacks left out.
    pub(super) fn moved(&self) -> impl Iterator<Item = (Var, Rational)> {
        self.moved
            .iter()
            .filter(|var| (**var as usize) < self.problem.len())
            .map(|var| (*var, self.value[*var as usize]))
            .filter(|(var, value)| value.to_whole() != Some(self.base[*var as usize]))
    }

    pub(super) fn value(&self, var: Var) -> Rational {
        self.value[var as usize]
    }

    /// Looks at these rows although nothing in them was changed.
    pub(super) fn suspect_rows(&mut self, rows: &[u32]) {
        let first = self.problem.len() as u32;
        self.suspects.extend(rows.iter().map(|row| first + row));
    }

    pub(super) fn trail_length(&self) -> usize {
        self.trail.len()
    }

    /// The variables whose bounds were changed since the trail was `since` long.
    pub(super) fn changed_since(&self, since: usize) -> impl Iterator<Item = Var> {
        self.trail[since..].iter().map(|(var, _, _)| *var)
    }

    /// From here on bounds are those of a branch, to be taken back.
    pub(super) fn leave_root(&mut self) {
        self.below_root = true;
    }

    /// Narrows a variable; false when nothing is left of it.
    pub(super) fn narrow(&mut self, var: Var, low: i128, high: i128) -> Result<bool, Stop> {
        let at = var as usize;
        let (new_low, new_high) = (self.low[at].max(low), self.high[at].min(high));
        if new_low > new_high {
            return Ok(false);
        }
        if (new_low, new_high) == (self.low[at], self.high[at]) {
            return Ok(true);
        }
        self.trail.push((var, self.low[at], self.high[at]));
        (self.low[at], self.high[at]) = (new_low, new_high);
        if self.below_root && !self.branched[at] {
            self.branched[at] = true;
            self.branched_vars.push(var);
        }
        if self.row_of[at] != NONE {
            self.suspects.insert(var);
        } else if self.value[at].compare(new_low).is_lt() {
            self.move_nonbasic(var, new_low)?;
        } else if self.value[at].compare(new_high).is_gt() {
            self.move_nonbasic(var, new_high)?;
        }
        Ok(true)
    }

    pub(super) fn undo_to(&mut self, length: usize) {
        while self.trail.len() > length {
            if let Some((var, low, high)) = self.trail.pop() {
                self.low[var as usize] = low;
                self.high[var as usize] = high;
            }
        }
    }

    /// Takes other values as the known ones; every one must be within its bounds.
    pub(super) fn rebase(&mut self, values: &[i128]) {
        self.reset();
        let slacks = (0..self.problem.rows.len()).map(|row| self.problem.activity(row, values));
        self.base = values.iter().copied().chain(slacks).collect();
        let whole = self.base.iter().map(|value| Rational::whole(*value));
        self.value = whole.collect();
        self.part_rows();
    }

    /// Keeps the bounds as they are for good.
    pub(super) fn settle(&mut self) {
        self.trail.clear();
        self.reset();
    }

    /// Bounds of a variable for good, until the next call; the known value must be within.
    pub(super) fn set_bounds(&mut self, var: Var, low: i128, high: i128) {
        let at = var as usize;
        let was_fixed = self.is_fixed(at);
        (self.low[at], self.high[at]) = (low, high);
        let is_fixed = self.is_fixed(at);
        if was_fixed == is_fixed {
            return;
        }
        for row in &self.problem.rows_of[at] {
            let own = &self.problem.rows[*row as usize].terms;
            let Ok(found) = own.binary_search_by_key(&var, |(var, _)| *var) else {
                continue;
            };
            let factor = own[found].1;
            let active = &mut self.active[*row as usize];
            let share = factor.saturating_mul(self.base[at]);
            match active.binary_search_by_key(&var, |(var, _)| *var) {
                Ok(place) if is_fixed => {
                    active.remove(place);
                    self.fixed[*row as usize] += share;
                }
                Err(place) if !is_fixed => {
                    active.insert(place, (var, Rational::whole(factor)));
                    self.fixed[*row as usize] -= share;
                }
                _ => {}
            }
        }
    }

    /// The same for many at once, which costs less than one by one.
    pub(super) fn set_all_bounds(&mut self, changes: &[(Var, i128, i128)]) {
        let mut rows: Vec<u32> = Vec::new();
        self.steps += 4 * changes.len() as u64;
        for (var, low, high) in changes {
            let at = *var as usize;
            let was_fixed = self.is_fixed(at);
            (self.low[at], self.high[at]) = (*low, *high);
            if was_fixed != self.is_fixed(at) {
                rows.extend(&self.problem.rows_of[at]);
            }
        }
        rows.sort_unstable();
        rows.dedup();
        for row in rows {
            self.steps += self.problem.rows[row as usize].terms.len() as u64;
            self.part_row(row as usize);
        }
    }

    /// The variables of a row that can move, and the bounds that are left for them.
    pub(super) fn movable(&self, row: u32) -> (&[(Var, Rational)], i128, i128) {
        let at = row as usize;
        let slack = self.problem.len() + at;
        let fixed = self.fixed[at];
        (
            &self.active[at],
            self.low[slack].saturating_sub(fixed),
            self.high[slack].saturating_sub(fixed),
        )
    }

    /// Fixed for good at the known value.
    fn is_fixed(&self, var: usize) -> bool {
        self.low[var] == self.high[var] && self.base[var] == self.low[var]
    }

    fn part_rows(&mut self) {
        let rows = self.problem.rows.len();
        self.active.resize(rows, Vec::new());
        self.fixed.resize(rows, 0);
        for row in 0..rows {
            self.part_row(row);
        }
    }

    fn part_row(&mut self, row: usize) {
        let mut active = std::mem::take(&mut self.active[row]);
        active.clear();
        let mut fixed = 0i128;
        for (var, factor) in &self.problem.rows[row].terms {
            if self.is_fixed(*var as usize) {
                let share = factor.saturating_mul(self.base[*var as usize]);
                fixed = fixed.saturating_add(share);
            } else {
                active.push((*var, Rational::whole(*factor)));
            }
        }
        self.active[row] = active;
        self.fixed[row] = fixed;
    }

    /// Takes the present values (all whole) as the known solution.
    pub(super) fn adopt(&mut self) {
        for var in std::mem::take(&mut self.moved) {
            let at = var as usize;
            self.is_moved[at] = false;
            if let Some(value) = self.value[at].to_whole() {
                self.base[at] = value;
            }
        }
        self.reset();
    }

    /// Back to the known solution and the bounds that were settled.
    pub(super) fn reset(&mut self) {
        self.undo_to(0);
        for var in std::mem::take(&mut self.moved) {
            let at = var as usize;
            self.is_moved[at] = false;
            self.value[at] = Rational::whole(self.base[at]);
        }
        let changed = std::mem::take(&mut self.changed_rows);
        for row in &changed {
            self.overlay[*row as usize] = None;
            self.row_of[self.basic[*row as usize] as usize] = NONE;
        }
        for row in changed {
            let slack = self.problem.len() as u32 + row;
            self.basic[row as usize] = slack;
            self.row_of[slack as usize] = row;
        }
        for var in std::mem::take(&mut self.extended) {
            self.also_in[var as usize].clear();
        }
        for var in std::mem::take(&mut self.branched_vars) {
            self.branched[var as usize] = false;
        }
        self.suspects.clear();
        self.below_root = false;
        self.pivots = 0;
    }

    /// Moves basic variables into their bounds; false when that's impossible.
    pub(super) fn repair(&mut self) -> Result<bool, Stop> {
        while let Some((var, target)) = self.next_broken() {
            let row = self.row_of[var as usize];
            let Some(entering) = self.choose_entering(row, var, target)? else {
                return Ok(false);
            };
            self.pivot(row, entering, target)?;
        }
        Ok(true)
    }

    pub(super) fn spend(&mut self, steps: usize) -> Result<(), Stop> {
        self.steps += steps as u64 + 1;
        if self.steps > self.allowance {
            return Err(Stop::Budget);
        }
        Ok(())
    }

    /// A basic variable outside its bounds, and the bound to bring it to: at first the one whose
    /// row leaves the least choice, later the smallest.
    fn next_broken(&mut self) -> Option<(Var, i128)> {
        let mut whole = Vec::new();
        let mut best: Option<(usize, Var, i128)> = None;
        for var in &self.suspects {
            self.steps += 1;
            let Some(target) = self.broken_bound(*var) else {
                whole.push(*var);
                continue;
            };
            let length = self.row(self.row_of[*var as usize]).len();
            if best.is_none_or(|(shortest, _, _)| length < shortest) {
                best = Some((length, *var, target));
            }
            if self.pivots > PIVOTS_BEFORE_BLAND {
                break;
            }
        }
        for var in whole {
            self.suspects.remove(&var);
        }
        best.map(|(_, var, target)| (var, target))
    }

    /// The bound that a basic variable breaks.
    fn broken_bound(&self, var: Var) -> Option<i128> {
        let at = var as usize;
        if self.row_of[at] == NONE {
            return None;
        }
        if self.value[at].compare(self.low[at]).is_lt() {
            return Some(self.low[at]);
        }
        let is_above = self.value[at].compare(self.high[at]).is_gt();
        is_above.then_some(self.high[at])
    }

    /// The variable of the row that can bring `var` towards its target, or none.
    fn choose_entering(&mut self, row: u32, var: Var, target: i128) -> Result<Option<Var>, Stop> {
        self.pivots += 1;
        let missing = Rational::whole(target).sub(self.value[var as usize])?;
        let by_index = self.pivots > PIVOTS_BEFORE_BLAND;
        let mut best: Option<((i32, u32), Var)> = None;
        let terms = self.row(row);
        let mut looked_at = terms.len();
        for (candidate, factor) in terms {
            let at = *candidate as usize;
            let upwards = factor.is_positive() == missing.is_positive();
            let room = if upwards { self.high[at] } else { self.low[at] };
            let order = self.value[at].compare(room);
            if (upwards && !order.is_lt()) || (!upwards && !order.is_gt()) {
                continue;
            }
            if by_index {
                best = Some(((0, 0), *candidate));
                break;
            }
            let by = missing.div(*factor)?;
            let (broken, rows) = self.newly_broken(*candidate, by)?;
            looked_at += rows;
            let key = (broken, self.rank[at]);
            if best.is_none_or(|(least, _)| key < least) {
                best = Some((key, *candidate));
            }
        }
        self.spend(looked_at)?;
        Ok(best.map(|(_, candidate)| candidate))
    }

    /// How many more variables would be out of bounds if this one moved, and how many rows were
    /// looked at for that.
    fn newly_broken(&self, entering: Var, by: Rational) -> Result<(i32, usize), Stop> {
        let is_broken = |at: usize, value: Rational| {
            i32::from(value.compare(self.low[at]).is_lt() || value.compare(self.high[at]).is_gt())
        };
        let own = entering as usize;
        let mut more = is_broken(own, self.value[own].add(by)?);
        let mut rows = 0;
        for (row, factor) in self.column(entering) {
            rows += 1;
            let basic = self.basic[row as usize] as usize;
            let before = self.value[basic];
            more += is_broken(basic, before.add(factor.mul(by)?)?) - is_broken(basic, before);
        }
        Ok((more, rows))
    }

    fn row(&self, row: u32) -> &[(Var, Rational)] {
        self.overlay[row as usize]
            .as_deref()
            .unwrap_or(&self.active[row as usize])
    }

    fn factor(&self, row: u32, var: Var) -> Option<Rational> {
        let terms = self.row(row);
        terms
            .binary_search_by_key(&var, |(at, _)| *at)
            .ok()
            .map(|at| terms[at].1)
    }

    /// The rows where a nonbasic variable occurs, with its factor.
    fn column(&self, var: Var) -> impl Iterator<Item = (u32, Rational)> + '_ {
        let own = self.problem.rows_of.get(var as usize);
        let rows = own.into_iter().flatten().chain(&self.also_in[var as usize]);
        rows.filter_map(move |row| self.factor(*row, var).map(|factor| (*row, factor)))
    }

    fn set_value(&mut self, var: Var, value: Rational) {
        let at = var as usize;
        self.value[at] = value;
        if !self.is_moved[at] {
            self.is_moved[at] = true;
            self.moved.push(var);
        }
    }

    fn move_nonbasic(&mut self, var: Var, target: i128) -> Result<(), Stop> {
        let by = Rational::whole(target).sub(self.value[var as usize])?;
        self.set_value(var, Rational::whole(target));
        let column: Vec<(u32, Rational)> = self.column(var).collect();
        self.spend(column.len())?;
        for (row, factor) in column {
            self.shift_basic(row, factor.mul(by)?)?;
        }
        Ok(())
    }

    fn shift_basic(&mut self, row: u32, by: Rational) -> Result<(), Stop> {
        let basic = self.basic[row as usize];
        let value = self.value[basic as usize].add(by)?;
        self.set_value(basic, value);
        self.suspects.insert(basic);
        Ok(())
    }

    /// The row's basic variable leaves at `target`; `entering` takes its place.
    fn pivot(&mut self, row: u32, entering: Var, target: i128) -> Result<(), Stop> {
        let leaving = self.basic[row as usize];
        let factor = self.factor(row, entering).ok_or(Stop::Overflow)?;
        let missing = Rational::whole(target).sub(self.value[leaving as usize])?;
        let by = missing.div(factor)?;
        let column: Vec<(u32, Rational)> = self.column(entering).collect();
        self.set_value(leaving, Rational::whole(target));
        let moved_to = self.value[entering as usize].add(by)?;
        self.set_value(entering, moved_to);
        for (other, share) in column.iter().filter(|(other, _)| *other != row) {
            self.shift_basic(*other, share.mul(by)?)?;
        }
        let solved = self.solved_for(row, entering, leaving, factor)?;
        for (other, share) in column.into_iter().filter(|(other, _)| *other != row) {
            self.substitute(other, entering, share, &solved)?;
        }
        self.extend_column(leaving, row);
        self.replace_row(row, solved);
        self.basic[row as usize] = entering;
        self.row_of[entering as usize] = row;
        self.row_of[leaving as usize] = NONE;
        self.suspects.insert(entering);
        Ok(())
    }

    /// The row written for its new basic variable, without the columns that can't move.
    fn solved_for(
        &mut self,
        row: u32,
        entering: Var,
        leaving: Var,
        factor: Rational,
    ) -> Result<Terms, Stop> {
        let minus = factor.negated()?;
        let mut solved: Terms = Vec::with_capacity(self.row(row).len());
        for (var, own) in self.row(row) {
            if *var != entering && !self.is_frozen(*var) {
                solved.push((*var, own.div(minus)?));
            }
        }
        if !self.is_frozen(leaving) {
            let at = solved.partition_point(|(var, _)| *var < leaving);
            solved.insert(at, (leaving, Rational::ONE.div(factor)?));
        }
        self.spend(solved.len())?;
        Ok(solved)
    }

    /// Replaces `entering` in another row by what it is now equal to.
    fn substitute(
        &mut self,
        row: u32,
        entering: Var,
        share: Rational,
        solved: &[(Var, Rational)],
    ) -> Result<(), Stop> {
        let own = self.row(row);
        let mut merged: Terms = Vec::with_capacity(own.len() + solved.len());
        let mut added: Vec<Var> = Vec::new();
        let mut rest = solved.iter().peekable();
        for (var, factor) in own.iter().filter(|(var, _)| *var != entering) {
            while let Some((new, amount)) = rest.next_if(|(new, _)| new < var) {
                merged.push((*new, amount.mul(share)?));
                added.push(*new);
            }
            if self.is_frozen(*var) {
                continue;
            }
            let mut sum = *factor;
            if let Some((_, amount)) = rest.next_if(|(new, _)| new == var) {
                sum = sum.add(amount.mul(share)?)?;
            }
            if !sum.is_zero() {
                merged.push((*var, sum));
            }
        }
        for (new, amount) in rest {
            merged.push((*new, amount.mul(share)?));
            added.push(*new);
        }
        self.spend(merged.len())?;
        for var in added {
            self.extend_column(var, row);
        }
        self.replace_row(row, merged);
        Ok(())
    }

    /// A column that can't move before the question is answered: a fixed bound at the root.
    fn is_frozen(&self, var: Var) -> bool {
        let at = var as usize;
        self.low[at] == self.high[at] && !self.branched[at]
    }

    /// Notes that a variable occurs in a row, unless that is known.
    fn extend_column(&mut self, var: Var, row: u32) {
        let at = var as usize;
        let own = self.problem.rows_of.get(at);
        let is_known = own.is_some_and(|rows| rows.binary_search(&row).is_ok())
            || self.also_in[at].contains(&row);
        if is_known {
            return;
        }
        if self.also_in[at].is_empty() {
            self.extended.push(var);
        }
        self.also_in[at].push(row);
    }

    fn replace_row(&mut self, row: u32, terms: Terms) {
        if self.overlay[row as usize].is_none() {
            self.changed_rows.push(row);
        }
        self.overlay[row as usize] = Some(terms);
    }
}
