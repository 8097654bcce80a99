//! A printed table with its rules, against which other tables are checked by additions.
use std::collections::{BTreeMap, BTreeSet};

use super::audit::{domains, hidden_cells};
use super::certificate::{Claim, Unproven};
use super::frame::{Domain, Fact, Frame};
use super::input::InputError;
use super::problem::{Problem, Var};
use super::question::Witness;
use super::rules::{Classes, Coords, Rules};
use super::table::{Published, PublishedTable};

/// A printed table as the claim's reader sees it.
pub(super) struct Model {
    pub(super) frame: Frame,
    pub(super) domains: Vec<Domain>,
    problem: Problem,
    /// The cells without a printed number, in order.
    pub(super) open: Vec<Var>,
    /// How many values each hidden cell must be able to have.
    pub(super) required: BTreeMap<Var, usize>,
}

impl Model {
    pub(super) fn new(
        table: &PublishedTable,
        rules: &Rules,
        claim: &Claim,
    ) -> Result<Self, InputError> {
        let frame = Frame::new(rules, table.cells().iter().map(|(coords, _)| coords))?;
        let mut domains = domains(&frame, table, rules)?;
        for (coords, published) in table.cells() {
            if let (Published::Mark(mark), Some(var)) = (published, frame.var(coords))
                && mark == ".."
            {
                let is_parent = frame.is_parent[var as usize];
                let least = if is_parent {
                    claim.least_withheld_total
                } else {
                    claim.least_withheld
                };
                let domain = &mut domains[var as usize];
                domain.low = domain.low.max(i128::from(least));
            }
        }
        let mut required: BTreeMap<Var, usize> = hidden_cells(&frame, &domains, table)
            .iter()
            .map(|cell| {
                let is_total = frame.is_parent[cell.var as usize];
                (
                    cell.var,
                    required(&domains[cell.var as usize], is_total, claim),
                )
            })
            .collect();
        for known in &claim.given_away {
            let var = frame.var(&known.cell);
            if let Some(needed) = var.and_then(|var| required.get_mut(&var)) {
                let before = usize::try_from(known.values).unwrap_or(usize::MAX);
                *needed = (*needed).min(before.max(1));
            }
        }
        let open = (0..domains.len())
            .filter(|at| !domains[*at].is_exact())
            .map(|at| at as Var)
            .collect();
        Ok(Self {
            problem: frame.problem(rules, &domains),
            frame,
            domains,
            open,
            required,
        })
    }

    pub(super) fn unprinted(&self) -> Vec<Coords> {
        let cells = self.open.iter().map(|var| &self.frame.cells[*var as usize]);
        cells.cloned().collect()
    }

    pub(super) fn values(&self, first: &[u64]) -> Vec<i128> {
        let mut values: Vec<i128> = self.domains.iter().map(|domain| domain.low).collect();
        for (var, value) in self.open.iter().zip(first) {
            values[*var as usize] = i128::from(*value);
        }
        values
    }

    pub(super) fn changes(
        &self,
        changes: &[(usize, u64)],
        table: usize,
    ) -> Result<Witness, Unproven> {
        let mut witness: Witness = Vec::with_capacity(changes.len());
        for (place, value) in changes {
            let var = self.open.get(*place).ok_or_else(|| Unproven::Broken {
                table,
                fact: "antallet af celler".into(),
            })?;
            witness.push((*var, i128::from(*value)));
        }
        witness.sort_unstable();
        let before = witness.len();
        witness.dedup_by_key(|(var, _)| *var);
        if witness.len() < before {
            let fact = "sig selv: en celle ændres to gange".into();
            return Err(Unproven::Broken { table, fact });
        }
        Ok(witness)
    }

    pub(super) fn check_whole(&self, rules: &Rules, values: &[i128]) -> Result<(), Unproven> {
        for var in &self.open {
            self.check_mark(*var, values[*var as usize], 1)?;
        }
        for row in 0..self.problem.rows.len() {
            self.check_row(row, self.problem.activity(row, values), 1)?;
        }
        self.check_classes(rules, values, None, 1)
    }

    /// Checks only what the changes touch, and takes them back.
    pub(super) fn check_changed(
        &self,
        rules: &Rules,
        values: &mut [i128],
        changes: &Witness,
        table: usize,
    ) -> Result<(), Unproven> {
        let before: Witness = changes
            .iter()
            .map(|(var, _)| (*var, values[*var as usize]))
            .collect();
        for (var, value) in changes {
            values[*var as usize] = *value;
        }
        let verdict = self.check_touched(rules, values, changes, table);
        for (var, value) in before {
            values[var as usize] = value;
        }
        verdict
    }

    fn check_touched(
        &self,
        rules: &Rules,
        values: &[i128],
        changes: &Witness,
        table: usize,
    ) -> Result<(), Unproven> {
        let mut rows: BTreeSet<u32> = BTreeSet::new();
        for (var, value) in changes {
            self.check_mark(*var, *value, table)?;
            rows.extend(&self.problem.rows_of[*var as usize]);
        }
        for row in rows {
            let row = row as usize;
            self.check_row(row, self.problem.activity(row, values), table)?;
        }
        self.check_classes(rules, values, Some(changes), table)
    }

    /// Whether no number is printed for the cell.
    pub(super) fn is_open(&self, var: Var) -> bool {
        self.open.binary_search(&var).is_ok()
    }

    fn check_mark(&self, var: Var, value: i128, table: usize) -> Result<(), Unproven> {
        let domain = &self.domains[var as usize];
        let fits = value >= domain.low
            && domain.high.is_none_or(|high| value <= high)
            && domain
                .allowed
                .as_ref()
                .is_none_or(|values| values.binary_search(&value).is_ok());
        if fits {
            return Ok(());
        }
        let fact = format!("mærket i {}", self.frame.cells[var as usize].join(", "));
        Err(Unproven::Broken { table, fact })
    }

    fn check_row(&self, row: usize, activity: i128, table: usize) -> Result<(), Unproven> {
        let row = &self.problem.rows[row];
        if (row.low..=row.high).contains(&activity) {
            return Ok(());
        }
        let fact = match self.frame.facts[row.fact] {
            Fact::Sum(sum) => {
                let parent = self.frame.sums[sum].parent as usize;
                format!("summen {}", self.frame.cells[parent].join(", "))
            }
            Fact::Linear(rule) => format!("linear[{rule}]"),
            Fact::Class(class) => format!("classes[{class}]"),
        };
        Err(Unproven::Broken { table, fact })
    }

    fn check_classes(
        &self,
        rules: &Rules,
        values: &[i128],
        changes: Option<&Witness>,
        table: usize,
    ) -> Result<(), Unproven> {
        for (class, groups) in rules.classes.iter().zip(&self.frame.groups) {
            let is_changed = |var: &Var| {
                changes
                    .is_none_or(|changes| changes.binary_search_by_key(var, |(at, _)| *at).is_ok())
            };
            let concerns = changes.is_none() || groups.iter().flatten().any(is_changed);
            if concerns && !class_holds(class, groups, values) {
                let fact = format!("sætningen »{}«", class.name);
                return Err(Unproven::Broken { table, fact });
            }
        }
        Ok(())
    }
}

fn class_holds(class: &Classes, groups: &[Vec<Var>], values: &[i128]) -> bool {
    let sums: Vec<i128> = groups
        .iter()
        .map(|cells| cells.iter().map(|var| values[*var as usize]).sum())
        .collect();
    let within = |sum: i128, lo: i64, hi: Option<i64>| {
        sum >= i128::from(lo) && hi.is_none_or(|hi| sum <= i128::from(hi))
    };
    let counts_hold = class.bins.iter().all(|bin| {
        let counted = sums
            .iter()
            .filter(|sum| within(**sum, bin.lo, bin.hi))
            .count();
        bin.count.is_none_or(|count| count == counted as u64)
    });
    let is_binned = |sum: &i128| class.bins.iter().any(|bin| within(*sum, bin.lo, bin.hi));
    counts_hold
        && class
            .attained
            .iter()
            .all(|value| sums.contains(&i128::from(*value)))
        && (!class.exhaustive || sums.iter().all(is_binned))
}

/// Behind a small count all the values claimed; two behind whatever is larger, or a total.
fn required(domain: &Domain, is_total: bool, claim: &Claim) -> usize {
    if is_total || domain.low > i128::from(claim.threshold) {
        return 2;
    }
    let possible = match (&domain.allowed, domain.high) {
        (Some(values), _) => Some(values.len() as u64),
        (None, Some(high)) => u64::try_from(high - domain.low + 1).ok(),
        (None, None) => None,
    };
    let wanted = possible.map_or(2, |count| count.min(claim.candidates));
    usize::try_from(wanted.max(2)).unwrap_or(usize::MAX)
}
