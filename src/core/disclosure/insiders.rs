//! What a respondent, who knows its own true values, can conclude about the others.
use std::collections::BTreeMap;

use super::frame::{Frame, leaves};
use super::policy::{Selection, selects};
use super::problem::Var;
use super::question::{Answer, Assumption, Solver, Witness};
use super::rules::{Coords, Rules};

/// The number of a respondent.
pub(super) type Insider = u32;

/// Which cells are whose.
#[derive(Debug, Clone, Default)]
pub(super) struct Owners {
    pub(super) names: Vec<String>,
    /// For each variable; those beyond the cells belong to nobody.
    owner: Vec<Option<Insider>>,
    cells: Vec<Vec<Var>>,
}

impl Owners {
    /// Labels that have exempt cells alone know no more than everybody.
    pub(super) fn new(
        frame: &Frame,
        rules: &Rules,
        dim: Option<&str>,
        exempt: &[Selection],
    ) -> Self {
        let Some(dim) = dim.and_then(|dim| rules.dim_index(dim)) else {
            return Self::default();
        };
        let knows =
            |coords: &&Coords| !exempt.iter().any(|some| selects(some, &rules.dims, coords));
        let cells: Vec<Coords> = match exempt.is_empty() {
            true => frame.cells.clone(),
            false => frame.cells.iter().filter(knows).cloned().collect(),
        };
        let labels: BTreeMap<String, u32> = leaves(rules, &cells, dim);
        let owner: Vec<Option<Insider>> = frame
            .cells
            .iter()
            .map(|coords| labels.get(coords.get(dim)?).copied())
            .collect();
        let mut cells = vec![Vec::new(); labels.len()];
        for (var, owner) in owner.iter().enumerate() {
            if let Some(insider) = owner {
                cells[*insider as usize].push(var as Var);
            }
        }
        Self {
            names: labels.into_keys().collect(),
            owner,
            cells,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.names.len()
    }

    pub(super) fn of(&self, var: Var) -> Option<Insider> {
        self.owner.get(var as usize).copied().flatten()
    }

    /// Everything that the respondent knows, as assumptions: its cells are as they are.
    pub(super) fn knows(&self, insider: Insider, truth: &[i128]) -> Vec<Assumption> {
        let cells = self.cells.get(insider as usize);
        cells
            .into_iter()
            .flatten()
            .map(|var| (*var, truth[*var as usize], truth[*var as usize]))
            .collect()
    }

    /// The respondents whose cells a witness changes, in order.
    pub(super) fn touched(&self, witness: &Witness) -> Vec<Insider> {
        let mut touched: Vec<Insider> = witness
            .iter()
            .filter_map(|(var, _)| self.of(*var))
            .collect();
        touched.sort_unstable();
        touched.dedup();
        touched
    }
}

/// Another value than the true one for `var`, as this respondent sees it.
pub(super) fn other_value(
    solver: &mut Solver,
    owners: &Owners,
    insider: Option<Insider>,
    var: Var,
) -> Answer {
    let truth = solver.base()[var as usize];
    let (low, high) = solver.bounds(var);
    let known = insider.map_or_else(Vec::new, |insider| owners.knows(insider, solver.base()));
    let mut verdict = Answer::Impossible;
    for (from, to) in [(truth + 1, high), (low, truth - 1)] {
        if from > to {
            continue;
        }
        let mut assumptions = known.clone();
        assumptions.push((var, from, to));
        match solver.ask(&assumptions) {
            Answer::Possible(witness) => return Answer::Possible(witness),
            Answer::Undecided => verdict = Answer::Undecided,
            Answer::Impossible => {}
        }
    }
    verdict
}

/// The respondents who would know `var` exactly; the solver's known solution is the truth.
pub(super) fn who_knows(solver: &mut Solver, owners: &Owners, var: Var) -> Vec<Insider> {
    let Some(first) = other_value(solver, owners, None, var).witness() else {
        return (0..owners.len() as Insider)
            .filter(|insider| owners.of(var) != Some(*insider))
            .collect();
    };
    let mut risky = owners.touched(&first);
    risky.retain(|insider| owners.of(var) != Some(*insider));
    let mut exposed = Vec::new();
    while let Some(insider) = risky.first().copied() {
        match other_value(solver, owners, Some(insider), var) {
            Answer::Possible(witness) => {
                let touched = owners.touched(&witness);
                risky.retain(|other| touched.contains(other));
            }
            Answer::Impossible | Answer::Undecided => {
                exposed.push(insider);
                risky.remove(0);
            }
        }
    }
    exposed
}
