//! A printed table with its rules, against which other tables are checked by additions.
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use super::audit::{domains, hidden_cells};
use super::certificate::{Claim, Unproven};
use super::classes::sum_of;
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
    /// For each cell that a sentence speaks of: which one, in which group, with which sign.
    groups_of: HashMap<Var, Vec<(usize, usize, i128)>>,
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
            groups_of: groups_of(&frame),
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

    /// The first table, checked against everything printed.
    pub(super) fn check_whole(
        &self,
        rules: &Rules,
        values: Vec<i128>,
    ) -> Result<Standing, Unproven> {
        for var in &self.open {
            self.check_mark(*var, values[*var as usize], 1)?;
        }
        let rows = 0..self.problem.rows.len();
        let rows: Vec<i128> = rows
            .map(|row| self.problem.activity(row, &values))
            .collect();
        for (row, activity) in rows.iter().enumerate() {
            self.check_row(row, *activity, 1)?;
        }
        let classes = rules.classes.iter().zip(&self.frame.groups);
        let tallies = classes.map(|(class, groups)| {
            let sums = groups.iter().map(|group| sum_of(group, &values));
            Tally::of(class, sums.collect())
        });
        let tallies: Vec<Tally> = tallies.collect();
        for (class, tally) in rules.classes.iter().zip(&tallies) {
            check_class(class, tally, 1)?;
        }
        Ok(Standing {
            values,
            rows,
            tallies,
        })
    }

    /// Checks another table by what it changes of the first.
    pub(super) fn check_changed(
        &self,
        rules: &Rules,
        first: &Standing,
        changes: &Witness,
        table: usize,
    ) -> Result<(), Unproven> {
        let mut rows: BTreeMap<u32, i128> = BTreeMap::new();
        let mut groups: BTreeMap<(usize, usize), i128> = BTreeMap::new();
        for (var, value) in changes {
            self.check_mark(*var, *value, table)?;
            let by = value - first.values[*var as usize];
            for row in &self.problem.rows_of[*var as usize] {
                let factor = self.problem.factor(*row as usize, *var);
                *rows.entry(*row).or_default() += factor.saturating_mul(by);
            }
            for (class, group, sign) in self.groups_of.get(var).into_iter().flatten() {
                *groups.entry((*class, *group)).or_default() += sign * by;
            }
        }
        for (row, by) in rows {
            let row = row as usize;
            self.check_row(row, first.rows[row].saturating_add(by), table)?;
        }
        let mut touched: BTreeMap<usize, Vec<(usize, i128)>> = BTreeMap::new();
        for ((class, group), by) in groups {
            touched.entry(class).or_default().push((group, by));
        }
        for (at, moves) in touched {
            let class = &rules.classes[at];
            let tally = first.tallies[at].moved(class, &moves);
            check_class(class, &tally, table)?;
        }
        Ok(())
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
}

fn groups_of(frame: &Frame) -> HashMap<Var, Vec<(usize, usize, i128)>> {
    let mut groups_of: HashMap<Var, Vec<(usize, usize, i128)>> = HashMap::new();
    for (class, groups) in frame.groups.iter().enumerate() {
        for (group, cells) in groups.iter().enumerate() {
            for (var, sign) in cells {
                groups_of
                    .entry(*var)
                    .or_default()
                    .push((class, group, *sign));
            }
        }
    }
    groups_of
}

/// A table that fits everything printed, added up once.
pub(super) struct Standing {
    pub(super) values: Vec<i128>,
    rows: Vec<i128>,
    tallies: Vec<Tally>,
}

/// A sentence, counted.
#[derive(Clone)]
struct Tally {
    /// Of the groups, when the first table is counted.
    sums: Rc<[i128]>,
    of_bins: Vec<u64>,
    of_attained: Vec<u64>,
    outside: u64,
}

impl Tally {
    fn of(class: &Classes, sums: Vec<i128>) -> Self {
        let mut tally = Self {
            sums: sums.into(),
            of_bins: vec![0; class.bins.len()],
            of_attained: vec![0; class.attained.len()],
            outside: 0,
        };
        for sum in Rc::clone(&tally.sums).iter() {
            tally.count(class, *sum, 1);
        }
        tally
    }

    fn count(&mut self, class: &Classes, sum: i128, by: i64) {
        let add = |count: &mut u64| *count = count.saturating_add_signed(by);
        let mut is_outside = true;
        for (bin, count) in class.bins.iter().zip(&mut self.of_bins) {
            if bin.holds(sum) {
                add(count);
                is_outside = false;
            }
        }
        for (value, count) in class.attained.iter().zip(&mut self.of_attained) {
            if i128::from(*value) == sum {
                add(count);
            }
        }
        if is_outside {
            add(&mut self.outside);
        }
    }

    fn moved(&self, class: &Classes, moves: &[(usize, i128)]) -> Self {
        let mut moved = self.clone();
        for (group, by) in moves {
            let before = self.sums[*group];
            moved.count(class, before, -1);
            moved.count(class, before + by, 1);
        }
        moved
    }

    fn fits(&self, class: &Classes) -> bool {
        let mut bins = class.bins.iter().zip(&self.of_bins);
        bins.all(|(bin, counted)| bin.count.is_none_or(|count| count == *counted))
            && self.of_attained.iter().all(|counted| *counted > 0)
            && (!class.exhaustive || self.outside == 0)
    }
}

fn check_class(class: &Classes, tally: &Tally, table: usize) -> Result<(), Unproven> {
    if tally.fits(class) {
        return Ok(());
    }
    let fact = format!("sætningen »{}«", class.name);
    Err(Unproven::Broken { table, fact })
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
