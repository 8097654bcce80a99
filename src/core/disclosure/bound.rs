//! What complements must cost at least, where a table is too large for the proven optimum.
//!
//! A sum whose small cells alone would tell needs more hidden cells among its own: one with enough
//! room, or two; and so many that no respondent can subtract. Sums that share no cell that could be
//! hidden need theirs each.
use std::collections::HashSet;

use super::frame::Sum;
use super::guard::Guard;
use super::layout::Role;
use super::problem::Var;

/// The least that each sum must buy, over sums without common candidates.
pub(super) fn from_sums(guard: &Guard, within: &HashSet<Var>) -> u64 {
    let sums = guard.layout.frame.sums.iter();
    let mut needs: Vec<(u64, Vec<Var>)> = sums
        .filter_map(|sum| Need::of(guard, sum))
        .filter_map(|need| {
            let mut candidates = need.candidates();
            candidates.retain(|var| within.contains(var));
            Some((need.least(&candidates)?, candidates))
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

/// What a sum lacks when nothing but its small cells is hidden.
struct Need<'s, 'a> {
    guard: &'s Guard<'a>,
    sum: &'s Sum,
    small: Vec<Var>,
    /// So many of its parts must be hidden in addition, at least; the sum itself counts for all.
    parts: usize,
}

impl<'s, 'a> Need<'s, 'a> {
    fn of(guard: &'s Guard<'a>, sum: &'s Sum) -> Option<Self> {
        let layout = guard.layout;
        let is_plain = sum.children.iter().all(|(_, factor)| *factor == 1);
        let hidden_anyway = cells(sum).any(|var| layout.roles[var as usize] == Role::Withheld);
        let is_known = cells(sum).any(|var| guard.known.contains_key(&var));
        if !is_plain || hidden_anyway || is_known {
            return None;
        }
        let is_primary = |var: &Var| layout.roles[*var as usize] == Role::Primary;
        let small: Vec<Var> = cells(sum).filter(is_primary).collect();
        let need = Self {
            parts: 0,
            guard,
            sum,
            small,
        };
        let parts = usize::from(need.is_telling()).max(need.against_insiders());
        (parts > 0).then_some(Self { parts, ..need })
    }

    /// The least and the largest value of a small cell.
    fn domain(&self) -> Option<(i128, i128)> {
        let first = self.small.first()?;
        let domain = &self.guard.layout.if_hidden[*first as usize];
        Some((domain.low, domain.high.unwrap_or(domain.low)))
    }

    fn truth(&self, var: Var) -> i128 {
        self.guard.layout.truth[var as usize]
    }

    /// Whether some small cell would lack values if nothing but the small ones were hidden.
    fn is_telling(&self) -> bool {
        let Some((low, high)) = self.domain() else {
            return false;
        };
        let others = self.small.len() as i128 - 1;
        let rest: i128 = self.small.iter().map(|var| self.truth(*var)).sum();
        let least = low.max(rest - others * high);
        let most = high.min(rest - others * low);
        most - least + 1 < i128::from(self.guard.candidates_needed)
    }

    /// Of two hidden cells, each with an owner of its own, either knows the other.
    fn against_insiders(&self) -> usize {
        let owners = self.guard.owners;
        let mut of_children: Vec<_> = self
            .sum
            .children
            .iter()
            .map(|(var, _)| owners.of(*var))
            .collect();
        of_children.sort_unstable();
        let is_owned = of_children.iter().all(Option::is_some);
        let is_apart = of_children.windows(2).all(|pair| pair[0] != pair[1]);
        let has_small = !self.small.is_empty() && !self.small.contains(&self.sum.parent);
        match is_owned && is_apart && has_small {
            true => 3usize.saturating_sub(self.small.len()),
            false => 0,
        }
    }

    fn candidates(&self) -> Vec<Var> {
        let can_hide = |var: &Var| self.guard.layout.cost(*var).is_some();
        cells(self.sum).filter(can_hide).collect()
    }

    /// The cheapest choice among these that could do; `None` where there is none.
    fn least(&self, candidates: &[Var]) -> Option<u64> {
        let cost = |var: &Var| self.guard.layout.cost(*var);
        let of_sum = candidates.iter().find(|var| **var == self.sum.parent);
        let of_sum = of_sum.and_then(cost);
        let parts = candidates.iter().filter(|var| **var != self.sum.parent);
        let mut costs: Vec<u64> = parts.clone().filter_map(cost).collect();
        costs.sort_unstable();
        let cheapest = |count: usize| costs.get(..count).map(|costs| costs.iter().sum::<u64>());
        let of_parts = match self.parts {
            1 => {
                let needed = self.room_needed();
                let roomy = parts.filter(|var| self.room(**var) >= needed);
                let one = roomy.filter_map(cost).min();
                one.into_iter().chain(cheapest(2)).min()
            }
            many => cheapest(many),
        };
        of_parts.into_iter().chain(of_sum).min()
    }

    /// What a cell must be able to give up, so that each small cell can reach its most by it
    /// alone: nothing, where not every value is needed.
    fn room_needed(&self) -> i128 {
        let Some((low, high)) = self.domain() else {
            return 0;
        };
        if self.guard.candidates_needed as i128 <= high - low {
            return 0;
        }
        // Each small cell gives up what it is over `low`, but for the one that rises to `high`.
        let spare: i128 = self.small.iter().map(|var| self.truth(*var) - low).sum();
        high - low - spare
    }

    fn room(&self, var: Var) -> i128 {
        self.truth(var) - self.guard.layout.if_hidden[var as usize].low
    }
}
