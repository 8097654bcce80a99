//! Watches the guarantee of every primary cell while cells are hidden and shown again.
//!
//! A cell's guarantee is held by witnesses: other tables that fit everything printed. A witness
//! holds as long as all cells that it changes are hidden, so hiding more never breaks one.
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::classes::add_classes;
use super::insiders::{Insider, Owners, other_value};
use super::known::{AlreadyKnown, by_var};
use super::layout::{Layout, Role};
use super::policy::Policy;
use super::problem::{Problem, Var};
use super::question::{Answer, Assumption, Solver, Witness};

/// What a primary cell lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) var: Var,
    /// `None` is the ordinary reader.
    pub(super) insider: Option<Insider>,
    /// Values that can't be shown to be possible; none where any other than the true one will do.
    pub(super) missing: Vec<i128>,
    /// How many of them are needed.
    pub(super) lacking: usize,
}

#[derive(Debug, Clone)]
pub(super) struct Guard<'a> {
    pub(super) layout: &'a Layout,
    pub(super) owners: &'a Owners,
    pub(super) solver: Solver,
    pub(super) hidden: BTreeSet<Var>,
    /// For which primary cell a complement was first hidden.
    pub(super) buyers: BTreeMap<Var, Var>,
    pub(super) candidates_needed: u64,
    pub(super) known: BTreeMap<Var, &'a AlreadyKnown>,
    /// Every witness found for a primary cell, whether it holds now or not.
    library: BTreeMap<Var, Vec<Rc<Witness>>>,
    /// For each complement, the primary cells with a witness in the library that changes it.
    relying: BTreeMap<Var, BTreeSet<Var>>,
}

/// So many witnesses are noted for a cell besides those that were looked for on its behalf.
const BYCATCH: usize = 12;

impl<'a> Guard<'a> {
    /// With only the primary cells hidden; `classes` are the sentences that are facts.
    pub(super) fn new(
        layout: &'a Layout,
        owners: &'a Owners,
        policy: &'a Policy,
        classes: &[bool],
    ) -> Self {
        let (problem, base) = loosest(layout, classes, policy.steps_per_question);
        let mut guard = Self {
            layout,
            owners,
            solver: Solver::new(problem, &base, policy.steps_per_question),
            hidden: BTreeSet::new(),
            buyers: BTreeMap::new(),
            candidates_needed: policy.candidates(),
            known: by_var(&layout.frame, policy),
            library: BTreeMap::new(),
            relying: BTreeMap::new(),
        };
        guard.hide_only(&guard.guarded());
        for var in layout.truth.len()..guard.solver.problem().len() {
            guard.solver.set_rank(var as Var, u32::MAX);
        }
        guard
    }

    /// Shows everything but these; at once, for one by one costs a row's length for each cell.
    fn hide_only(&mut self, hidden: &[Var]) {
        self.hidden = hidden.iter().copied().collect();
        let bounds = (0..self.layout.truth.len()).map(|at| {
            let var = at as Var;
            let (low, high) = match self.hidden.contains(&var) {
                true => self.range_if_hidden(var),
                false => (self.layout.truth[at], self.layout.truth[at]),
            };
            (var, low, high)
        });
        let bounds: Vec<Assumption> = bounds.collect();
        self.solver.set_all_bounds(&bounds);
        for at in 0..self.layout.truth.len() {
            let var = at as Var;
            let rank = match self.hidden.contains(&var) {
                true => 0,
                false => self.rank_if_shown(var),
            };
            self.solver.set_rank(var, rank);
        }
    }

    fn rank_if_shown(&self, var: Var) -> u32 {
        let cost = self.layout.cost(var).unwrap_or(0);
        u32::try_from(cost).unwrap_or(u32::MAX - 1)
    }

    pub(super) fn hide(&mut self, var: Var) {
        let (low, high) = self.range_if_hidden(var);
        self.solver.set_bounds(var, low, high);
        self.solver.set_rank(var, 0);
        self.hidden.insert(var);
    }

    pub(super) fn show(&mut self, var: Var) {
        let value = self.layout.truth[var as usize];
        self.solver.set_bounds(var, value, value);
        self.solver.set_rank(var, self.rank_if_shown(var));
        self.hidden.remove(&var);
    }

    /// Complementary cells hidden now.
    pub(super) fn complements(&self) -> Vec<Var> {
        let is_candidate =
            |var: &Var| matches!(self.layout.roles[*var as usize], Role::Candidate { .. });
        self.hidden.iter().copied().filter(is_candidate).collect()
    }

    pub(super) fn cost(&self) -> u64 {
        let costs = self.hidden.iter().filter_map(|var| self.layout.cost(*var));
        costs.sum()
    }

    /// The cells that the choice of complements is made for: the small ones, then those that are
    /// hidden for another reason.
    pub(super) fn guarded(&self) -> Vec<Var> {
        let mut guarded = self.layout.primaries();
        guarded.extend(self.layout.withheld());
        guarded
    }

    /// Whether the cell keeps its guarantee with what is hidden now.
    pub(super) fn check(&mut self, var: Var) -> Result<(), Failure> {
        if self.layout.roles[var as usize] == Role::Withheld {
            return self.check_withheld(var);
        }
        self.check_reader(var)?;
        self.check_insiders(var)
    }

    /// The witnesses of a primary cell that hold now.
    pub(super) fn witnesses(&self, var: Var) -> Vec<Witness> {
        self.holding(var).into_iter().cloned().collect()
    }

    /// The primary cells whose witnesses change this cell.
    pub(super) fn relying_on(&self, var: Var) -> Vec<Var> {
        let relying = self.relying.get(&var).into_iter().flatten();
        relying.copied().collect()
    }

    /// Whether anything could ever hide the cell; what is derived from cells moves with them.
    pub(super) fn can_move(&self, var: Var) -> bool {
        match self.layout.roles.get(var as usize) {
            Some(role) => !matches!(role, Role::Known | Role::Visible),
            None => true,
        }
    }

    /// The hidden cells that stand in a row with this one.
    pub(super) fn beside(&self, var: Var) -> BTreeSet<Var> {
        let problem = self.solver.problem();
        let rows = problem.rows_of[var as usize].iter();
        rows.flat_map(|row| self.solver.movable(*row))
            .filter(|other| self.hidden.contains(other))
            .collect()
    }

    /// Asks with these cells free to move too; afterwards they are shown again.
    pub(super) fn ask_with(&mut self, unlocked: &[Var], failure: &Failure) -> Vec<Answer> {
        let free = unlocked.iter().map(|var| {
            let (low, high) = self.range_if_hidden(*var);
            (*var, low, high)
        });
        let free: Vec<Assumption> = free.collect();
        self.solver.set_all_bounds(&free);
        let answers = match failure.missing.is_empty() {
            true => vec![other_value(
                &mut self.solver,
                self.owners,
                failure.insider,
                failure.var,
            )],
            false => failure
                .missing
                .iter()
                .map(|value| self.solver.ask(&[exactly(failure.var, *value)]))
                .collect(),
        };
        let truth = &self.layout.truth;
        let shown = unlocked
            .iter()
            .map(|var| exactly(*var, truth[*var as usize]));
        let shown: Vec<Assumption> = shown.collect();
        self.solver.set_all_bounds(&shown);
        answers
    }

    /// Notes a witness for the cell that it was looked for, and for the others that it changes.
    pub(super) fn keep(&mut self, var: Var, witness: Witness) {
        let is_complement = |at: &Var| self.layout.cost(*at).is_some();
        let cells = self.layout.truth.len() as Var;
        let complements: Vec<Var> = witness
            .iter()
            .map(|(at, _)| *at)
            .filter(|at| *at < cells && is_complement(at))
            .collect();
        let witness = Rc::new(witness);
        let changed = witness.iter().map(|(at, _)| *at);
        let is_guarded = |at: &Var| {
            matches!(
                self.layout.roles.get(*at as usize),
                Some(Role::Primary | Role::Withheld)
            )
        };
        for other in changed.filter(is_guarded) {
            let known = self.library.entry(other).or_default();
            if (other == var || known.len() < BYCATCH) && !known.contains(&witness) {
                known.push(Rc::clone(&witness));
                for complement in &complements {
                    self.relying.entry(*complement).or_default().insert(other);
                }
            }
        }
    }

    /// A cell that is not small must only not be exact.
    fn check_withheld(&mut self, var: Var) -> Result<(), Failure> {
        let moves = |witness: &&Witness| value_in(witness, var).is_some();
        if self.knew(None, var) || self.holding(var).iter().any(moves) {
            return Ok(());
        }
        match other_value(&mut self.solver, self.owners, None, var).witness() {
            Some(witness) => {
                self.keep(var, witness);
                Ok(())
            }
            None => Err(Failure {
                var,
                insider: None,
                missing: Vec::new(),
                lacking: 1,
            }),
        }
    }

    fn check_reader(&mut self, var: Var) -> Result<(), Failure> {
        let mut shown: BTreeSet<i128> = [self.layout.truth[var as usize]].into();
        shown.extend(
            self.holding(var)
                .iter()
                .filter_map(|witness| value_in(witness, var)),
        );
        let (low, high) = self.range_if_hidden(var);
        let needed = self.needed(var);
        let mut missing = Vec::new();
        for value in low..=high {
            if shown.len() as u64 >= needed {
                return Ok(());
            }
            if shown.contains(&value) || !self.is_open(var, value) {
                continue;
            }
            match self.solver.ask(&[exactly(var, value)]) {
                Answer::Possible(witness) => {
                    self.keep(var, witness);
                    shown.insert(value);
                }
                Answer::Impossible | Answer::Undecided => missing.push(value),
            }
        }
        let lacking = needed.saturating_sub(shown.len() as u64);
        if lacking == 0 {
            return Ok(());
        }
        Err(Failure {
            var,
            insider: None,
            missing,
            lacking: usize::try_from(lacking).unwrap_or(usize::MAX),
        })
    }

    /// How many values must stay possible: not more than there were before.
    pub(super) fn needed(&self, var: Var) -> u64 {
        let known = self.known.get(&var);
        known.map_or(self.candidates_needed, |known| {
            self.candidates_needed.min(known.values.len() as u64)
        })
    }

    /// Whether earlier releases have left the value possible.
    fn is_open(&self, var: Var, value: i128) -> bool {
        let is_one = |known: &&AlreadyKnown| known.values.iter().any(|v| i128::from(*v) == value);
        self.known.get(&var).is_none_or(is_one)
    }

    /// Whether somebody could work the cell out before: everybody, or this respondent.
    pub(super) fn knew(&self, insider: Option<Insider>, var: Var) -> bool {
        let Some(known) = self.known.get(&var) else {
            return false;
        };
        let name = insider.and_then(|at| self.owners.names.get(at as usize));
        known.is_exact() || name.is_some_and(|name| known.insiders.contains(name))
    }

    fn check_insiders(&mut self, var: Var) -> Result<(), Failure> {
        if self.owners.len() == 0 {
            return Ok(());
        }
        let mut risky = self.risky(var);
        risky.retain(|insider| !self.knew(Some(*insider), var));
        while let Some(insider) = risky.first().copied() {
            let answer = other_value(&mut self.solver, self.owners, Some(insider), var);
            let Some(witness) = answer.witness() else {
                return Err(Failure {
                    var,
                    insider: Some(insider),
                    missing: Vec::new(),
                    lacking: 1,
                });
            };
            let touched = self.owners.touched(&witness);
            risky.retain(|other| touched.contains(other));
            self.keep(var, witness);
        }
        Ok(())
    }

    /// Insiders whose own cells are changed by every witness that holds.
    fn risky(&self, var: Var) -> Vec<Insider> {
        let own = self.owners.of(var);
        let mut risky: Option<Vec<Insider>> = None;
        for witness in self.holding(var) {
            if value_in(witness, var).is_none() {
                continue;
            }
            let touched = self.owners.touched(witness);
            risky = Some(match risky {
                None => touched,
                Some(before) => before
                    .into_iter()
                    .filter(|at| touched.contains(at))
                    .collect(),
            });
        }
        let everybody = || (0..self.owners.len() as Insider).collect();
        let mut risky = risky.unwrap_or_else(everybody);
        risky.retain(|insider| Some(*insider) != own);
        risky
    }

    /// The witnesses of a cell that hold now.
    fn holding(&self, var: Var) -> Vec<&Witness> {
        let cells = self.layout.truth.len() as Var;
        let holds = |witness: &&Witness| {
            let cells = witness.iter().filter(|(at, _)| *at < cells);
            cells.clone().all(|(at, _)| self.hidden.contains(at))
        };
        let known = self.library.get(&var).into_iter().flatten();
        known.map(Rc::as_ref).filter(holds).collect()
    }

    fn range_if_hidden(&self, var: Var) -> (i128, i128) {
        let domain = &self.layout.if_hidden[var as usize];
        (
            domain.low,
            domain.high.unwrap_or(self.solver.problem().limit),
        )
    }
}

/// The system with every cell free that could ever be hidden, and the truth as its solution.
fn loosest(layout: &Layout, classes: &[bool], steps: u64) -> (Problem, Vec<i128>) {
    let mut problem = layout.frame.problem(&layout.rules, &layout.if_hidden);
    let mut solver = Solver::new(problem.clone(), &layout.truth, steps);
    if classes.iter().any(|wanted| *wanted) && !matches!(solver.tighten_all(), Ok(None)) {
        solver = Solver::new(problem.clone(), &layout.truth, steps);
    }
    let bounds: Vec<(i128, i128)> = (0..layout.truth.len() as Var)
        .map(|var| solver.bounds(var))
        .collect();
    let derived = add_classes(&mut problem, &layout.frame, &layout.rules, classes, &bounds);
    let base = derived.complete(&layout.truth);
    (problem, base)
}

fn exactly(var: Var, value: i128) -> Assumption {
    (var, value, value)
}

/// The value of a variable in a witness; `None` when it keeps the true one.
pub(super) fn value_in(witness: &Witness, var: Var) -> Option<i128> {
    let at = witness.binary_search_by_key(&var, |(at, _)| *at).ok()?;
    witness.get(at).map(|(_, value)| *value)
}
