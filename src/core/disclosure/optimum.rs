//! Proves the cheapest choice of complements where the tables are small enough.
//!
//! A choice that fails is widened until it only just fails: every safe choice must hold one of
//! the cells that are left. The cheapest choice that meets all such demands is a lower bound,
//! and as soon as it is safe itself, it is the optimum.
use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::bound::from_sums;
use super::guard::Guard;
use super::layout::Role;
use super::problem::{Problem, Var};

/// Blocks with more candidates are left to the ordinary choice.
const MOST_CANDIDATES: usize = 80;
const MOST_ROUNDS: usize = 120;
/// Steps of the solver that one block may take.
const MOST_STEPS: u64 = 60_000_000;
/// So many failing cells are asked for their demand in one round.
const MOST_WIDENED: usize = 200;
/// Nodes of one search for the cheapest choice.
const MOST_NODES: usize = 60_000;

/// Replaces the complements by cheaper ones where there are any; the lower bound of the cost.
pub(super) fn improve(guard: &mut Guard) -> u64 {
    let blocks = blocks(guard);
    blocks.iter().map(|block| improve_block(guard, block)).sum()
}

/// Cells that may influence each other, whatever is hidden.
struct Block {
    /// Small counts, and what is hidden for another reason.
    guarded: Vec<Var>,
    /// The cheapest first.
    candidates: Vec<Var>,
}

fn improve_block(guard: &mut Guard, block: &Block) -> u64 {
    let bought: BTreeSet<Var> = block
        .candidates
        .iter()
        .copied()
        .filter(|var| guard.hidden.contains(var))
        .collect();
    if bought.is_empty() {
        return 0;
    }
    let within: HashSet<Var> = block.candidates.iter().copied().collect();
    if block.candidates.len() > MOST_CANDIDATES {
        return from_sums(guard, &within).max(cheapest_single(guard, block));
    }
    let costs: Vec<u64> = block
        .candidates
        .iter()
        .map(|var| guard.layout.cost(*var).unwrap_or(0))
        .collect();
    let price = |cells: &BTreeSet<Var>| -> u64 {
        cells.iter().filter_map(|var| guard.layout.cost(*var)).sum()
    };
    let paid = price(&bought);
    let end = guard.solver.steps() + MOST_STEPS;
    let mut demands: Vec<Vec<usize>> = Vec::new();
    let mut bound = 0;
    for _ in 0..MOST_ROUNDS {
        let Some(choice) = cheapest(&demands, &costs) else {
            break;
        };
        let cost: u64 = choice.iter().map(|at| costs[*at]).sum();
        bound = bound.max(cost.min(paid));
        debug_assert!(cost < paid || from_sums(guard, &within) <= paid);
        if cost >= paid || guard.solver.steps() > end {
            break;
        }
        let chosen: BTreeSet<Var> = choice.iter().map(|at| block.candidates[*at]).collect();
        let found = demands_of(guard, block, &chosen);
        if found.is_empty() && guard.solver.is_exhausted() {
            break;
        }
        if found.is_empty() {
            // The bound of large blocks holds in small ones too, where the optimum is known.
            debug_assert!(from_sums(guard, &within) <= cost);
            set_complements(guard, block, &chosen);
            return cost;
        }
        demands.extend(found);
    }
    set_complements(guard, block, &bought);
    bound
}

/// At least one complement is needed, so the cheapest candidate is a bound.
fn cheapest_single(guard: &Guard, block: &Block) -> u64 {
    let first = block.candidates.first();
    first.and_then(|var| guard.layout.cost(*var)).unwrap_or(0)
}

/// For each guarded cell that fails: candidates of which one must be hidden.
fn demands_of(guard: &mut Guard, block: &Block, chosen: &BTreeSet<Var>) -> Vec<Vec<usize>> {
    let mut demands: Vec<Vec<usize>> = Vec::new();
    let mut widened = 0;
    for guarded in &block.guarded {
        set_complements(guard, block, chosen);
        if guard.check(*guarded).is_ok() {
            continue;
        }
        let met = |demand: &Vec<usize>| {
            let hidden = &guard.hidden;
            demand
                .iter()
                .any(|at| hidden.contains(&block.candidates[*at]))
        };
        if demands.iter().any(|demand| !met(demand)) && demands.len() > 3 {
            continue;
        }
        if widened == MOST_WIDENED || guard.solver.is_exhausted() {
            break;
        }
        widened += 1;
        let demand = widen(guard, block, *guarded);
        if !demand.is_empty() && !demands.contains(&demand) {
            demands.push(demand);
        }
    }
    demands
}

/// Hides as much as possible without mending the cell; what is left is the demand.
fn widen(guard: &mut Guard, block: &Block, primary: Var) -> Vec<usize> {
    let mut open: Vec<usize> = (0..block.candidates.len())
        .filter(|at| !guard.hidden.contains(&block.candidates[*at]))
        .collect();
    let mut chunk = open.len().div_ceil(2).max(1);
    loop {
        let mut from = 0;
        while from < open.len() {
            let to = (from + chunk).min(open.len());
            let tried: Vec<usize> = open[from..to].to_vec();
            for at in &tried {
                guard.hide(block.candidates[*at]);
            }
            if guard.check(primary).is_err() {
                open.drain(from..to);
            } else {
                for at in &tried {
                    guard.show(block.candidates[*at]);
                }
                from = to;
            }
        }
        if chunk == 1 {
            return open;
        }
        chunk = chunk.div_ceil(2);
    }
}

fn set_complements(guard: &mut Guard, block: &Block, chosen: &BTreeSet<Var>) {
    for var in &block.candidates {
        match (guard.hidden.contains(var), chosen.contains(var)) {
            (false, true) => guard.hide(*var),
            (true, false) => guard.show(*var),
            _ => {}
        }
    }
}

/// The cheapest choice that meets every demand, or none within the nodes allowed.
fn cheapest(demands: &[Vec<usize>], costs: &[u64]) -> Option<Vec<usize>> {
    let mut search = Search {
        demands,
        costs,
        best: None,
        best_cost: u64::MAX,
        nodes: 0,
    };
    let mut banned = vec![false; costs.len()];
    search.visit(&mut Vec::new(), 0, &mut banned);
    if search.nodes > MOST_NODES {
        return None;
    }
    search.best
}

struct Search<'a> {
    demands: &'a [Vec<usize>],
    costs: &'a [u64],
    best: Option<Vec<usize>>,
    best_cost: u64,
    nodes: usize,
}

impl Search<'_> {
    fn visit(&mut self, chosen: &mut Vec<usize>, cost: u64, banned: &mut [bool]) {
        self.nodes += 1;
        if self.nodes > MOST_NODES {
            return;
        }
        let Some((least, demand)) = self.rest(chosen, banned) else {
            return;
        };
        if cost + least >= self.best_cost {
            return;
        }
        let Some(demand) = demand else {
            self.best_cost = cost;
            self.best = Some(chosen.clone());
            return;
        };
        let options: Vec<usize> = demand.into_iter().filter(|at| !banned[*at]).collect();
        for at in &options {
            chosen.push(*at);
            self.visit(chosen, cost + self.costs[*at], banned);
            chosen.pop();
            banned[*at] = true;
        }
        for at in options {
            banned[at] = false;
        }
    }

    /// What the unmet demands cost at least, and the narrowest of them; `None` when one of them
    /// can't be met any more.
    fn rest(&self, chosen: &[usize], banned: &[bool]) -> Option<(u64, Option<Vec<usize>>)> {
        let mut used: BTreeSet<usize> = BTreeSet::new();
        let mut least = 0;
        let mut narrowest: Option<Vec<usize>> = None;
        let mut open: Vec<Vec<usize>> = Vec::new();
        for demand in self.demands {
            if demand.iter().any(|at| chosen.contains(at)) {
                continue;
            }
            let options: Vec<usize> = demand.iter().copied().filter(|at| !banned[*at]).collect();
            if options.is_empty() {
                return None;
            }
            open.push(options);
        }
        open.sort_by_key(Vec::len);
        for options in open {
            if options.iter().all(|at| !used.contains(at)) {
                least += options.iter().map(|at| self.costs[*at]).min().unwrap_or(0);
                used.extend(&options);
            }
            narrowest.get_or_insert(options);
        }
        Some((least, narrowest))
    }
}

fn blocks(guard: &Guard) -> Vec<Block> {
    let problem = guard.solver.problem();
    let in_table = guard.layout.truth.len();
    let mut block_of: Vec<Option<usize>> = vec![None; problem.len()];
    let mut blocks: BTreeMap<usize, Block> = BTreeMap::new();
    for guarded in guard.guarded() {
        if block_of[guarded as usize].is_none() {
            let name = blocks.len();
            let members = spread(guard, problem, guarded, name, &mut block_of);
            let members = members.into_iter().filter(|var| (*var as usize) < in_table);
            let (mut candidates, guarded): (Vec<Var>, Vec<Var>) =
                members.partition(|var| guard.layout.cost(*var).is_some());
            candidates.sort_by_key(|var| (guard.layout.cost(*var), *var));
            blocks.insert(
                name,
                Block {
                    guarded,
                    candidates,
                },
            );
        }
    }
    blocks.into_values().collect()
}

/// Everything that rows join to a cell through cells that could be hidden.
fn spread(
    guard: &Guard,
    problem: &Problem,
    from: Var,
    name: usize,
    block_of: &mut [Option<usize>],
) -> Vec<Var> {
    let can_move = |var: Var| match guard.layout.roles.get(var as usize) {
        Some(role) => matches!(
            role,
            Role::Primary | Role::Candidate { .. } | Role::Withheld
        ),
        None => true,
    };
    let mut members = vec![from];
    block_of[from as usize] = Some(name);
    let mut at = 0;
    let mut rows: HashSet<u32> = HashSet::new();
    while let Some(var) = members.get(at).copied() {
        at += 1;
        for row in &problem.rows_of[var as usize] {
            if !rows.insert(*row) {
                continue;
            }
            for (next, _) in &problem.rows[*row as usize].terms {
                if block_of[*next as usize].is_none() && can_move(*next) {
                    block_of[*next as usize] = Some(name);
                    members.push(*next);
                }
            }
        }
    }
    members.sort_unstable();
    members
}
