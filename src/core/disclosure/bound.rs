//! What complements must cost at least, where a table is too large for the proven optimum.
//!
//! A sum whose small cells alone would tell needs one more hidden cell among its own. Sums that
//! share no cell that could be hidden need one each.
use std::collections::HashSet;

use super::frame::Sum;
use super::guard::Guard;
use super::layout::Role;
use super::problem::Var;

/// The cheapest candidate of each sum that can't do without, over sums without common candidates.
pub(super) fn from_sums(guard: &Guard, within: &HashSet<Var>) -> u64 {
    let layout = guard.layout;
    let mut needs: Vec<(u64, Vec<Var>)> = layout
        .frame
        .sums
        .iter()
        .filter(|sum| is_telling(guard, sum))
        .filter_map(|sum| {
            let candidates: Vec<Var> = cells(sum)
                .filter(|var| within.contains(var) && layout.cost(*var).is_some())
                .collect();
            let cheapest = candidates
                .iter()
                .filter_map(|var| layout.cost(*var))
                .min()?;
            Some((cheapest, candidates))
        })
        .collect();
    // The dearest first; a stable sort keeps the rest in the order of the frame.
    needs.sort_by_key(|(cost, _)| std::cmp::Reverse(*cost));
    let mut used: HashSet<Var> = HashSet::new();
    let mut bound = 0;
    for (cost, candidates) in needs {
        if candidates.iter().all(|var| !used.contains(var)) {
            used.extend(candidates);
            bound += cost;
        }
    }
    bound
}

fn cells(sum: &Sum) -> impl Iterator<Item = Var> + '_ {
    let children = sum.children.iter().map(|(var, _)| *var);
    children.chain([sum.parent])
}

/// Whether some small cell of the sum would lack values if nothing but the small ones were hidden.
fn is_telling(guard: &Guard, sum: &Sum) -> bool {
    let layout = guard.layout;
    let is_plain = sum.children.iter().all(|(_, factor)| *factor == 1);
    let hidden_anyway = cells(sum).any(|var| layout.roles[var as usize] == Role::Withheld);
    if !is_plain || hidden_anyway {
        return false;
    }
    if cells(sum).any(|var| guard.known.contains_key(&var)) {
        return false;
    }
    let is_primary = |var: &Var| layout.roles[*var as usize] == Role::Primary;
    let small: Vec<Var> = cells(sum).filter(is_primary).collect();
    let Some(domain) = small.first().map(|var| &layout.if_hidden[*var as usize]) else {
        return false;
    };
    let (low, high) = (domain.low, domain.high.unwrap_or(domain.low));
    let others = small.len() as i128 - 1;
    let rest: i128 = small.iter().map(|var| layout.truth[*var as usize]).sum();
    let least = low.max(rest - others * high);
    let most = high.min(rest - others * low);
    most - least + 1 < i128::from(guard.candidates_needed)
}
