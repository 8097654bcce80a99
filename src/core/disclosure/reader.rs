//! What a reader can conclude: the exact set of values that each hidden cell may still have.
use std::collections::{BTreeMap, BTreeSet};

use super::classes::{Derived, add_classes};
use super::frame::{Domain, Frame};
use super::problem::Var;
use super::question::{Answer, Assumption, Solver, Witness};
use super::rules::Rules;

/// Sets of at most this many values are listed.
pub(super) const LISTED: usize = 10;
/// Up to this width every single value is looked at.
const WIDEST_CHECKED: i128 = 256;

/// What is possible in one cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    /// Nothing less is possible; possible itself, unless `is_undecided`.
    pub(super) min: i128,
    /// The same upwards; `None` is without limit.
    pub(super) max: Option<i128>,
    /// Values shown to be possible; all there are, when `is_complete`.
    pub(super) values: BTreeSet<i128>,
    pub(super) is_complete: bool,
    /// Some question about the cell was left open.
    pub(super) is_undecided: bool,
}

impl Finding {
    /// No second value was shown to be possible.
    pub(super) fn is_exact(&self) -> bool {
        self.values.len() < 2
    }
}

/// Published facts without a solution, with a row that can't hold where one was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoSolution {
    Contradiction,
    /// No solution was found within the work allowed.
    Undecided,
}

/// A reader's model of a table, with one solution known.
#[derive(Debug, Clone)]
pub(super) struct Reader {
    pub(super) solver: Solver,
    pub(super) derived: Derived,
    /// The components with more than one solution possible: their variables.
    pub(super) components: Vec<Vec<Var>>,
    largest_forced: i128,
}

impl Reader {
    /// `truth` spares the search for a first solution; what follows is the same without it.
    pub(super) fn new(
        frame: &Frame,
        rules: &Rules,
        domains: &[Domain],
        truth: Option<&[i128]>,
        steps_per_question: u64,
    ) -> Result<Self, NoSolution> {
        let plain = frame.problem(rules, domains);
        let largest_forced = plain.largest_forced;
        let start: Vec<i128> = plain.low.clone();
        let mut solver = Solver::new(plain, &start, steps_per_question);
        tighten(&mut solver)?;
        let all = vec![true; rules.classes.len()];
        let mut derived = Derived::default();
        if !rules.classes.is_empty() {
            let mut problem = solver.problem().clone();
            let bounds: Vec<(i128, i128)> = (0..frame.cells.len() as Var)
                .map(|var| solver.bounds(var))
                .collect();
            (problem.low, problem.high) = bounds.iter().copied().unzip();
            derived = add_classes(&mut problem, frame, rules, &all, &bounds);
            let start: Vec<i128> = problem.low.clone();
            solver = Solver::new(problem, &start, steps_per_question);
            tighten(&mut solver)?;
        }
        let mut reader = Self {
            components: components(&solver),
            solver,
            derived,
            largest_forced,
        };
        reader.start_from(truth)?;
        Ok(reader)
    }

    /// Looks at the cells wanted, component by component; `keep` gets every witness that showed
    /// something new.
    pub(super) fn findings(
        &mut self,
        wanted: &[Var],
        mut keep: impl FnMut(usize, &Witness),
    ) -> BTreeMap<Var, Finding> {
        let mut seen = Seen::default();
        let wanted: BTreeSet<Var> = wanted.iter().copied().collect();
        for var in &wanted {
            seen.add(*var, self.solver.base()[*var as usize]);
        }
        let mut findings = BTreeMap::new();
        for component in 0..self.components.len() {
            let members: Vec<Var> = self.components[component]
                .iter()
                .copied()
                .filter(|var| wanted.contains(var))
                .collect();
            for var in members {
                let mut look = Look {
                    reader: self,
                    seen: &mut seen,
                    wanted: &wanted,
                    component,
                    keep: &mut keep,
                    is_undecided: false,
                };
                findings.insert(var, look.at(var));
            }
        }
        for var in wanted {
            findings.entry(var).or_insert_with(|| self.fixed(var));
        }
        findings
    }

    fn fixed(&self, var: Var) -> Finding {
        let value = self.solver.base()[var as usize];
        Finding {
            min: value,
            max: Some(value),
            values: [value].into(),
            is_complete: true,
            is_undecided: false,
        }
    }

    fn start_from(&mut self, truth: Option<&[i128]>) -> Result<(), NoSolution> {
        if let Some(cells) = truth {
            let values = self.derived.complete(cells);
            if self.solver.problem().holds(&values) {
                self.solver.rebase(&values);
                return Ok(());
            }
            return Err(NoSolution::Contradiction);
        }
        let lows: Vec<i128> = (0..self.solver.problem().len() as Var)
            .map(|var| self.solver.bounds(var).0)
            .collect();
        self.solver.rebase(&lows);
        for component in &self.components {
            let rows = rows_of(&self.solver, component);
            match self.solver.find_base(&rows, component) {
                Answer::Possible(_) => {}
                Answer::Impossible => return Err(NoSolution::Contradiction),
                Answer::Undecided => return Err(NoSolution::Undecided),
            }
        }
        Ok(())
    }
}

fn tighten(solver: &mut Solver) -> Result<(), NoSolution> {
    match solver.tighten_all() {
        Ok(None) => Ok(()),
        Ok(Some(_)) => Err(NoSolution::Contradiction),
        Err(_) => Err(NoSolution::Undecided),
    }
}

/// Variables that are not fixed, gathered by the rows that join them.
pub(super) fn components(solver: &Solver) -> Vec<Vec<Var>> {
    let problem = solver.problem();
    let is_free = |var: Var| {
        let (low, high) = solver.bounds(var);
        low < high
    };
    let mut parent: Vec<Var> = (0..problem.len() as Var).collect();
    for row in &problem.rows {
        let mut free = row
            .terms
            .iter()
            .map(|(var, _)| *var)
            .filter(|var| is_free(*var));
        if let Some(first) = free.next() {
            for var in free {
                join(&mut parent, first, var);
            }
        }
    }
    let mut members: BTreeMap<Var, Vec<Var>> = BTreeMap::new();
    for var in (0..problem.len() as Var).filter(|var| is_free(*var)) {
        let root = root(&mut parent, var);
        members.entry(root).or_default().push(var);
    }
    members.into_values().collect()
}

fn root(parent: &mut [Var], var: Var) -> Var {
    let mut at = var;
    while parent[at as usize] != at {
        parent[at as usize] = parent[parent[at as usize] as usize];
        at = parent[at as usize];
    }
    at
}

fn join(parent: &mut [Var], a: Var, b: Var) {
    let (a, b) = (root(parent, a), root(parent, b));
    parent[a.max(b) as usize] = a.min(b);
}

pub(super) fn rows_of(solver: &Solver, variables: &[Var]) -> Vec<u32> {
    let rows_of = &solver.problem().rows_of;
    let rows: BTreeSet<u32> = variables
        .iter()
        .flat_map(|var| rows_of[*var as usize].iter().copied())
        .collect();
    rows.into_iter().collect()
}

/// The values of each cell that some witness has shown; the extremes are never forgotten.
#[derive(Default)]
struct Seen {
    values: BTreeMap<Var, BTreeSet<i128>>,
}

impl Seen {
    /// Whether that was news.
    fn add(&mut self, var: Var, value: i128) -> bool {
        let values = self.values.entry(var).or_default();
        let is_extreme = values.first().is_none_or(|first| value < *first)
            || values.last().is_some_and(|last| value > *last);
        (is_extreme || values.len() < WIDEST_CHECKED as usize + 2) && values.insert(value)
    }

    fn of(&self, var: Var) -> &BTreeSet<i128> {
        static EMPTY: BTreeSet<i128> = BTreeSet::new();
        self.values.get(&var).unwrap_or(&EMPTY)
    }
}

/// The questions about one cell.
struct Look<'a, F> {
    reader: &'a mut Reader,
    seen: &'a mut Seen,
    wanted: &'a BTreeSet<Var>,
    component: usize,
    keep: &'a mut F,
    is_undecided: bool,
}

impl<F: FnMut(usize, &Witness)> Look<'_, F> {
    fn at(&mut self, var: Var) -> Finding {
        let (mut low, mut high) = self.reader.solver.bounds(var);
        if high - low >= LISTED as i128 {
            low = self.find_least(var, low);
            high = self.find_greatest(var, high);
        }
        let is_complete = self.fill_in(var, low, high);
        let seen = self.seen.of(var);
        if !self.is_undecided {
            low = seen.first().copied().unwrap_or(low);
            high = seen.last().copied().unwrap_or(high);
        }
        Finding {
            min: low,
            max: (high <= self.reader.largest_forced).then_some(high),
            values: seen.clone(),
            is_complete: is_complete && !self.is_undecided,
            is_undecided: self.is_undecided,
        }
    }

    /// Whether every value between the extremes was decided.
    fn fill_in(&mut self, var: Var, low: i128, high: i128) -> bool {
        if high - low >= WIDEST_CHECKED {
            return high <= self.reader.largest_forced && self.list_few(var, low, high);
        }
        for value in low..=high {
            if !self.seen.of(var).contains(&value) {
                self.ask((var, value, value));
            }
        }
        true
    }

    /// Looks into the gaps between known values until there are too many to list, or no more.
    fn list_few(&mut self, var: Var, low: i128, high: i128) -> bool {
        let mut at = low;
        while at < high {
            let seen = self.seen.of(var);
            if seen.len() > LISTED {
                return false;
            }
            let next = seen.range(at + 1..).next().copied().unwrap_or(high);
            if next == at + 1 {
                at = next;
                continue;
            }
            match self.ask((var, at + 1, next - 1)) {
                Some(true) => {}
                Some(false) => at = next,
                None => return false,
            }
        }
        true
    }

    /// The least possible value; what is sure not to be above it, when undecided.
    fn find_least(&mut self, var: Var, mut low: i128) -> i128 {
        let mut tried = low;
        while let Some(known) = self
            .seen
            .of(var)
            .first()
            .copied()
            .filter(|known| low < *known)
        {
            match self.ask((var, low, tried.min(known - 1))) {
                Some(true) => {}
                Some(false) => low = tried.min(known - 1) + 1,
                None => return low,
            }
            tried = self
                .seen
                .of(var)
                .first()
                .map_or(low, |known| low + (known - low) / 2);
        }
        low
    }

    fn find_greatest(&mut self, var: Var, mut high: i128) -> i128 {
        let mut tried = high;
        while let Some(known) = self
            .seen
            .of(var)
            .last()
            .copied()
            .filter(|known| high > *known)
        {
            match self.ask((var, tried.max(known + 1), high)) {
                Some(true) => {}
                Some(false) => high = tried.max(known + 1) - 1,
                None => return high,
            }
            tried = self
                .seen
                .of(var)
                .last()
                .map_or(high, |known| high - (high - known) / 2);
        }
        high
    }

    /// `None` when undecided.
    fn ask(&mut self, assumption: Assumption) -> Option<bool> {
        match self.reader.solver.ask(&[assumption]) {
            Answer::Possible(witness) => {
                let mut is_news = false;
                for (var, value) in &witness {
                    if self.wanted.contains(var) {
                        is_news |= self.seen.add(*var, *value);
                    }
                }
                if is_news {
                    (self.keep)(self.component, &witness);
                }
                Some(true)
            }
            Answer::Impossible => Some(false),
            Answer::Undecided => {
                self.is_undecided = true;
                None
            }
        }
    }
}
