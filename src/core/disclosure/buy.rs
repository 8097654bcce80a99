//! Chooses complementary cells: buys what a failing cell needs, then gives back what is not.
use std::collections::{HashSet, VecDeque};

use super::guard::{Failure, Guard};
use super::layout::Role;
use super::problem::Var;
use super::question::{Answer, Witness};

/// Hides complements until every guarded cell keeps its guarantee, or names one that can't.
pub(super) fn secure(guard: &mut Guard, with_totals: bool) -> Result<(), Failure> {
    for var in guard.guarded() {
        while let Err(failure) = guard.check(var) {
            if guard.layout.bands[var as usize].is_some() {
                return Err(failure);
            }
            let bought = buy(guard, &failure, false)
                .or_else(|| with_totals.then(|| buy(guard, &failure, true)).flatten());
            let Some(cells) = bought.filter(|cells| !cells.is_empty()) else {
                return Err(failure);
            };
            for cell in cells {
                guard.hide(cell);
                guard.buyers.insert(cell, var);
            }
        }
    }
    Ok(())
}

/// Shows complements again, the dearest first, as long as every guarantee holds.
pub(super) fn give_back(guard: &mut Guard) {
    let mut complements = guard.complements();
    complements.sort_by_key(|var| (std::cmp::Reverse(guard.layout.cost(*var)), *var));
    for var in complements {
        guard.show(var);
        let mut relying = guard.relying_on(var);
        // Whoever needed the cell at first is the likeliest to need it still, then its neighbours.
        let buyer = guard.buyers.get(&var).copied();
        let beside = guard.beside(var);
        relying.sort_by_key(|primary| (Some(*primary) != buyer, !beside.contains(primary)));
        if relying
            .into_iter()
            .any(|primary| guard.check(primary).is_err())
        {
            guard.hide(var);
        }
    }
}

/// Attempts to find a cheaper set for one failure, where few cells are for sale, and where many.
const ATTEMPTS: [usize; 2] = [8, 2];
const MANY: usize = 300;
/// In larger tables than this only the nearest cells are looked at, unless they don't suffice.
const LARGE: usize = 4_000;
const NEAREST: usize = 800;
/// What looking at a cell for sale costs, in steps of the solver.
const STEPS_OF_LOOK: usize = 16;

/// Cells whose hiding mends the failure; empty when it can't be said which.
fn buy(guard: &mut Guard, failure: &Failure, with_totals: bool) -> Option<Vec<Var>> {
    let (mut all, looked_at) = nearest_for_sale(guard, failure.var, with_totals);
    guard
        .solver
        .note_work(looked_at.saturating_mul(STEPS_OF_LOOK));
    let mut found = needed(guard, &all, failure);
    if found.is_none() && guard.layout.truth.len() > LARGE && all.len() >= NEAREST {
        all = for_sale(guard, with_totals);
        found = needed(guard, &all, failure);
    }
    let mut best = found?;
    let mut levels: Vec<u64> = all
        .iter()
        .filter_map(|var| guard.layout.cost(*var))
        .collect();
    levels.sort_unstable();
    levels.dedup();
    let (mut low, mut high) = (0, levels.len());
    let [few, many] = ATTEMPTS;
    for _ in 0..if all.len() > MANY { many } else { few } {
        if low >= high {
            break;
        }
        let middle = low + (high - low) / 2;
        let affordable: Vec<Var> = all
            .iter()
            .copied()
            .filter(|var| guard.layout.cost(*var) <= levels.get(middle).copied())
            .collect();
        match needed(guard, &affordable, failure) {
            Some(cells) => {
                high = middle;
                if price(guard, &cells) < price(guard, &best) {
                    best = cells;
                }
            }
            None => low = middle + 1,
        }
    }
    if all.len() > MANY {
        return Some(best);
    }
    Some(reduced(guard, best, failure))
}

/// Leaves out what is not needed after all, the dearest first.
fn reduced(guard: &mut Guard, mut cells: Vec<Var>, failure: &Failure) -> Vec<Var> {
    cells.sort_by_key(|var| (std::cmp::Reverse(guard.layout.cost(*var)), *var));
    let mut at = 0;
    while at < cells.len() {
        let mut rest = cells.clone();
        rest.remove(at);
        match needed(guard, &rest, failure) {
            Some(fewer) => {
                cells.retain(|var| fewer.contains(var));
                at = 0;
            }
            None => at += 1,
        }
    }
    cells
}

/// Of the cells unlocked, those that the witnesses of the missing values change.
fn needed(guard: &mut Guard, unlocked: &[Var], failure: &Failure) -> Option<Vec<Var>> {
    let mut cells: Vec<Var> = Vec::new();
    let answers = guard.ask_with(unlocked, failure);
    let witnesses: Vec<Witness> = answers.into_iter().filter_map(Answer::witness).collect();
    if witnesses.len() < failure.lacking {
        return None;
    }
    for witness in witnesses.into_iter().take(failure.lacking) {
        let is_bought =
            |var: &Var| guard.layout.cost(*var).is_some() && !guard.hidden.contains(var);
        let in_table = guard.layout.truth.len() as Var;
        let changed = witness.iter().map(|(var, _)| *var);
        cells.extend(changed.filter(|var| *var < in_table && is_bought(var)));
        guard.keep(failure.var, witness);
    }
    cells.sort_unstable();
    cells.dedup();
    Some(cells)
}

fn for_sale(guard: &Guard, with_totals: bool) -> Vec<Var> {
    (0..guard.layout.truth.len() as Var)
        .filter(|var| is_for_sale(guard, *var, with_totals))
        .collect()
}

fn is_for_sale(guard: &Guard, var: Var, with_totals: bool) -> bool {
    let at = var as usize;
    matches!(guard.layout.roles.get(at), Some(Role::Candidate { .. }))
        && (with_totals || !guard.layout.frame.is_parent[at])
        && !guard.hidden.contains(&var)
}

/// The cells for sale that the fewest sums lie between: all of them, where they are not too many.
///
/// The second is how many cells were looked at for that.
fn nearest_for_sale(guard: &Guard, from: Var, with_totals: bool) -> (Vec<Var>, usize) {
    let count = guard.layout.truth.len();
    if count <= LARGE {
        return (for_sale(guard, with_totals), count);
    }
    let problem = guard.solver.problem();
    let mut found: Vec<Var> = Vec::new();
    let mut seen: HashSet<Var> = HashSet::from([from]);
    let mut rows: HashSet<u32> = HashSet::new();
    let mut waiting: VecDeque<Var> = VecDeque::from([from]);
    'near: while let Some(var) = waiting.pop_front() {
        for row in &problem.rows_of[var as usize] {
            if !rows.insert(*row) {
                continue;
            }
            for (next, _) in &problem.rows[*row as usize].terms {
                if !guard.can_move(*next) || !seen.insert(*next) {
                    continue;
                }
                waiting.push_back(*next);
                if is_for_sale(guard, *next, with_totals) {
                    found.push(*next);
                }
                if found.len() >= NEAREST {
                    break 'near;
                }
            }
        }
    }
    found.sort_unstable();
    (found, seen.len())
}

fn price(guard: &Guard, cells: &[Var]) -> u64 {
    cells.iter().filter_map(|var| guard.layout.cost(*var)).sum()
}
