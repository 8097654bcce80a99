//! The last look before anything is handed out: reads back what is to be printed, and adds up.
//!
//! Every guarantee is shown by witnesses that are checked here against the printed cells and
//! facts alone, without the solver that found them.
use std::collections::{BTreeMap, BTreeSet};

use super::guard::{Guard, value_in};
use super::insiders::{Insider, other_value};
use super::layout::Role;
use super::printed::{Model, Standing};
use super::problem::Var;
use super::question::Witness;
use super::rules::Rules;
use super::safe::Protected;
use super::table::PublishedTable;

/// Names a cell whose guarantee could not be shown; with it nothing may be printed.
pub(super) fn audit_printed(protected: &Protected, guard: &mut Guard) -> Result<(), Var> {
    let rules = protected.rules();
    let table = PublishedTable::of_shown(protected.cells());
    let first = guard.hidden.first().copied().unwrap_or_default();
    let model = Model::new(&table, rules, protected.claim()).map_err(|_| first)?;
    let mut audit = Audit::new(guard, model, rules).ok_or(first)?;
    for var in audit.guard.hidden.clone() {
        let is_primary = audit.guard.layout.roles[var as usize] == Role::Primary;
        let is_safe = if is_primary {
            audit.primary_holds(protected, var)
        } else {
            audit.complement_holds(protected, var)
        };
        if !is_safe {
            return Err(var);
        }
    }
    Ok(())
}

struct Audit<'g, 'a> {
    guard: &'g mut Guard<'a>,
    model: Model,
    /// The true values, in the order of the printed model, which they fit.
    truth: Standing,
    /// The printed model's number of each cell.
    printed: Vec<Option<Var>>,
    /// Cells that some witness, once checked, has changed.
    moved: BTreeSet<Var>,
}

impl<'g, 'a> Audit<'g, 'a> {
    fn new(guard: &'g mut Guard<'a>, model: Model, rules: &Rules) -> Option<Self> {
        let layout = guard.layout;
        let cells = layout.frame.cells.iter();
        let printed: Vec<Option<Var>> = cells.map(|coords| model.frame.var(coords)).collect();
        let truth: BTreeMap<Var, i128> = printed
            .iter()
            .zip(&layout.truth)
            .filter_map(|(var, value)| var.map(|var| (var, *value)))
            .collect();
        let vars = 0..model.frame.cells.len() as Var;
        let values: Option<Vec<i128>> = vars.map(|var| truth.get(&var).copied()).collect();
        Some(Self {
            truth: model.check_whole(rules, values?).ok()?,
            guard,
            model,
            printed,
            moved: BTreeSet::new(),
        })
    }

    fn primary_holds(&mut self, protected: &Protected, var: Var) -> bool {
        let own = self.guard.owners.of(var);
        let mut shown = BTreeSet::from([self.guard.layout.truth[var as usize]]);
        // Everybody, until a witness shows whom it leaves in the dark.
        let mut risky: Option<Vec<Insider>> = None;
        for witness in self.guard.witnesses(var) {
            let Some(value) = value_in(&witness, var) else {
                continue;
            };
            if self.fits(protected, &witness) {
                shown.insert(value);
                let touched = self.guard.owners.touched(&witness);
                match &mut risky {
                    None => risky = Some(touched),
                    Some(risky) => risky.retain(|at| touched.binary_search(at).is_ok()),
                }
            }
        }
        let everybody = || (0..self.guard.owners.len() as Insider).collect();
        let mut risky = risky.unwrap_or_else(everybody);
        risky.retain(|at| Some(*at) != own && !self.guard.knew(Some(*at), var));
        let needed = protected.claim().candidates.min(self.guard.needed(var));
        shown.len() as u64 >= needed && risky.is_empty()
    }

    fn complement_holds(&mut self, protected: &Protected, var: Var) -> bool {
        if self.moved.contains(&var) || self.guard.knew(None, var) {
            return true;
        }
        let owners = self.guard.owners;
        let answer = other_value(&mut self.guard.solver, owners, None, var);
        answer
            .witness()
            .is_some_and(|witness| self.fits(protected, &witness))
    }

    /// Whether everything printed would also be true of the table that the witness makes.
    fn fits(&mut self, protected: &Protected, witness: &Witness) -> bool {
        let cells = self.printed.len();
        let changed = witness.iter().filter(|(var, _)| (*var as usize) < cells);
        let changes: Option<Witness> = changed
            .clone()
            .map(|(var, value)| Some((self.printed[*var as usize]?, *value)))
            .collect();
        let Some(mut changes) = changes else {
            return false;
        };
        changes.sort_unstable();
        let only_open = changes.iter().all(|(var, _)| self.model.is_open(*var));
        let fits = only_open
            && self
                .model
                .check_changed(protected.rules(), &self.truth, &changes, 0)
                .is_ok();
        if fits {
            self.moved.extend(changed.map(|(var, _)| *var));
        }
        fits
    }
}
