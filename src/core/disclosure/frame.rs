//! All cells that any fact speaks of, numbered, and the facts over them.
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::input::InputError;
use super::problem::{OPEN, Problem, Var};
use super::rules::{Additive, Bin, Coords, Op, Rules};

/// More cells than this would take hours, and more than a gigabyte.
pub(super) const MOST_CELLS: usize = 300_000;

/// What a reader knows of one cell from its mark alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Domain {
    pub(super) low: i128,
    /// `None` is without limit.
    pub(super) high: Option<i128>,
    /// Shared by all cells with the same mark.
    pub(super) allowed: Option<Arc<[i128]>>,
}

impl Domain {
    pub(super) fn exactly(value: i128) -> Self {
        Self::between(value, Some(value))
    }

    pub(super) fn between(low: i128, high: Option<i128>) -> Self {
        Self {
            low,
            high,
            allowed: None,
        }
    }

    pub(super) fn is_exact(&self) -> bool {
        self.high == Some(self.low)
    }
}

/// A published fact, by its place in the frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fact {
    Sum(usize),
    Linear(usize),
    Class(usize),
}

/// One equation of an additive rule.
#[derive(Debug, Clone)]
pub(super) struct Sum {
    pub(super) dim: usize,
    pub(super) parent: Var,
    pub(super) children: Vec<(Var, i128)>,
}

/// Cells that are added or, with −1, taken away.
pub(super) type Signed = Vec<(Var, i128)>;

/// The cells are sorted by their labels: nothing depends on the order of the rows.
#[derive(Debug, Clone, Default)]
pub(super) struct Frame {
    pub(super) cells: Vec<Coords>,
    /// Whether the cell stands in the table; the others are unknown to everybody.
    pub(super) in_table: Vec<bool>,
    /// Whether the table, its sums or another fact speak of the cell; the others only join sums.
    pub(super) is_asked: Vec<bool>,
    /// Whether an additive rule names the cell as a sum.
    pub(super) is_parent: Vec<bool>,
    pub(super) sums: Vec<Sum>,
    /// For each class of the rules, the cells of each group with their signs.
    pub(super) groups: Vec<Vec<Signed>>,
    pub(super) facts: Vec<Fact>,
    /// "Unbounded" is at least this.
    pub(super) limit_floor: i128,
}

impl Frame {
    pub(super) fn new<'a>(
        rules: &Rules,
        table: impl Iterator<Item = &'a Coords>,
    ) -> Result<Self, InputError> {
        let table: BTreeSet<&Coords> = table.collect();
        let mut equations = equations(rules, &table)?;
        let mut all: BTreeSet<Coords> = table.iter().map(|coords| (*coords).clone()).collect();
        add_cells_of(rules, &equations, &mut all)?;
        all.extend(named_by_facts(rules));
        let between = close_upwards(rules, &table, &mut equations, &mut all)?;
        check_count(all.len())?;
        let cells: Vec<Coords> = all.into_iter().collect();
        let mut frame = Self {
            in_table: cells.iter().map(|coords| table.contains(coords)).collect(),
            is_asked: cells
                .iter()
                .map(|coords| !between.contains(coords))
                .collect(),
            is_parent: vec![false; cells.len()],
            cells,
            ..Self::default()
        };
        frame.mark_parents(rules);
        frame.add_facts(rules, &equations);
        Ok(frame)
    }

    pub(super) fn var(&self, coords: &Coords) -> Option<Var> {
        self.cells.binary_search(coords).ok().map(|at| at as Var)
    }

    /// Sums and linear facts over the cells; classes are added by [`super::classes`].
    pub(super) fn problem(&self, rules: &Rules, domains: &[Domain]) -> Problem {
        let (limit, largest_forced) = limits(self, rules, domains);
        let mut problem = Problem {
            limit,
            largest_forced,
            ..Problem::default()
        };
        for domain in domains {
            let high = domain.high.unwrap_or(problem.limit);
            let var = problem.add_variable(domain.low, high);
            if let Some(values) = &domain.allowed {
                problem.allowed.insert(var, values.clone());
            }
        }
        for (at, fact) in self.facts.iter().enumerate() {
            match fact {
                Fact::Sum(sum) => self.add_sum(&mut problem, *sum, at),
                Fact::Linear(rule) => self.add_linear(&mut problem, rules, *rule, at),
                Fact::Class(_) => {}
            }
        }
        problem
    }

    pub(super) fn fact_of_class(&self, class: usize) -> usize {
        self.facts.len() - self.groups.len() + class
    }

    fn add_sum(&self, problem: &mut Problem, sum: usize, fact: usize) {
        let sum = &self.sums[sum];
        let mut terms = sum.children.clone();
        terms.push((sum.parent, -1));
        problem.add_row(terms, 0, 0, fact);
    }

    fn add_linear(&self, problem: &mut Problem, rules: &Rules, rule: usize, fact: usize) {
        let linear = &rules.linear[rule];
        let terms = linear
            .terms
            .iter()
            .filter_map(|(coords, factor)| Some((self.var(coords)?, i128::from(*factor))))
            .collect();
        let rhs = i128::from(linear.rhs);
        let (low, high) = match linear.op {
            Op::AtLeast => (rhs, OPEN),
            Op::AtMost => (-OPEN, rhs),
            Op::Equal => (rhs, rhs),
        };
        problem.add_row(terms, low, high, fact);
    }

    /// For each additive rule, whether it speaks of any cell.
    pub(super) fn rules_used(&self, rules: &Rules) -> Vec<bool> {
        let rules_of = rules_of_labels(rules, false);
        let mut used = vec![false; rules.additive.len()];
        for coords in &self.cells {
            for (rule, _) in matching(rules, &rules_of, coords) {
                used[rule] = true;
            }
        }
        used
    }

    fn mark_parents(&mut self, rules: &Rules) {
        let rules_of = rules_of_labels(rules, true);
        for (coords, is_parent) in self.cells.iter().zip(&mut self.is_parent) {
            *is_parent = matching(rules, &rules_of, coords).next().is_some();
        }
    }

    fn add_facts(&mut self, rules: &Rules, equations: &BTreeSet<(usize, Coords)>) {
        for (rule, parent) in equations {
            let additive = &rules.additive[*rule];
            let dim = rules.dim_index(&additive.dim).unwrap_or(0);
            let children = additive.children.iter().filter_map(|child| {
                let factor = additive.coef.get(child).copied().unwrap_or(1);
                let var = self.var(&relabelled(parent, dim, child))?;
                Some((var, i128::from(factor)))
            });
            let children = children.collect();
            if let Some(parent) = self.var(parent) {
                self.facts.push(Fact::Sum(self.sums.len()));
                self.sums.push(Sum {
                    dim,
                    parent,
                    children,
                });
            }
        }
        self.facts.extend((0..rules.linear.len()).map(Fact::Linear));
        self.facts.extend((0..rules.classes.len()).map(Fact::Class));
        for class in &rules.classes {
            let groups = class.signed().map(|cells| {
                let cells = cells.into_iter();
                let vars = cells.filter_map(|(at, sign)| Some((self.var(at)?, sign)));
                vars.collect()
            });
            let groups = groups.collect();
            self.groups.push(groups);
        }
    }
}

/// The equations of all additive rules: the rule, and the coordinates of the sum.
fn equations(
    rules: &Rules,
    table: &BTreeSet<&Coords>,
) -> Result<BTreeSet<(usize, Coords)>, InputError> {
    let rules_of = rules_of_labels(rules, false);
    let mut equations = BTreeSet::new();
    for coords in table {
        for (rule, dim) in matching(rules, &rules_of, coords) {
            let parent = &rules.additive[rule].parent;
            equations.insert((rule, relabelled(coords, dim, parent)));
        }
        check_count(equations.len())?;
    }
    Ok(equations)
}

fn add_cells_of(
    rules: &Rules,
    equations: &BTreeSet<(usize, Coords)>,
    all: &mut BTreeSet<Coords>,
) -> Result<(), InputError> {
    for (rule, parent) in equations {
        all.extend(cells_of(rules, *rule, parent));
        check_count(all.len())?;
    }
    Ok(())
}

/// These cells and all that stand in a sum with them, sums of sums included.
pub(super) fn closed(
    rules: &Rules,
    mut all: BTreeSet<Coords>,
) -> Result<BTreeSet<Coords>, InputError> {
    let rules_of = rules_of_labels(rules, false);
    let mut seen: HashSet<(usize, Coords)> = HashSet::new();
    let mut frontier: Vec<Coords> = all.iter().cloned().collect();
    while let Some(coords) = frontier.pop() {
        for (rule, dim) in matching(rules, &rules_of, &coords) {
            let parent = relabelled(&coords, dim, &rules.additive[rule].parent);
            if seen.contains(&(rule, parent.clone())) {
                continue;
            }
            for cell in cells_of(rules, rule, &parent) {
                if !all.contains(&cell) {
                    all.insert(cell.clone());
                    frontier.push(cell);
                }
            }
            seen.insert((rule, parent));
            check_count(all.len().max(seen.len()))?;
        }
    }
    Ok(all)
}

/// The cells of one equation, the sum first.
fn cells_of<'a>(
    rules: &'a Rules,
    rule: usize,
    parent: &'a Coords,
) -> impl Iterator<Item = Coords> + 'a {
    let sum = &rules.additive[rule];
    let dim = rules.dim_index(&sum.dim).unwrap_or(0);
    let children = sum.children.iter();
    let children = children.map(move |child| relabelled(parent, dim, child));
    std::iter::once(parent.clone()).chain(children)
}

/// Sums that nobody prints join those that are printed: a grand total is the sum of all cells,
/// whether or not the totals between are shown. The cells that had not been spoken of.
fn close_upwards(
    rules: &Rules,
    table: &BTreeSet<&Coords>,
    equations: &mut BTreeSet<(usize, Coords)>,
    all: &mut BTreeSet<Coords>,
) -> Result<BTreeSet<Coords>, InputError> {
    let rules_of = rules_of_labels(rules, false);
    let mut between = BTreeSet::new();
    let is_new = |coords: &&Coords| !table.contains(*coords);
    let mut frontier: Vec<Coords> = all.iter().filter(is_new).cloned().collect();
    while let Some(coords) = frontier.pop() {
        for (rule, dim) in matching(rules, &rules_of, &coords) {
            let sum = &rules.additive[rule].parent;
            if coords.get(dim) == Some(sum) {
                continue;
            }
            let parent = relabelled(&coords, dim, sum);
            if equations.insert((rule, parent.clone())) {
                for cell in cells_of(rules, rule, &parent) {
                    if all.insert(cell.clone()) {
                        between.insert(cell.clone());
                        frontier.push(cell);
                    }
                }
                check_count(all.len().max(equations.len()))?;
            }
        }
    }
    Ok(between)
}

pub(super) fn relabelled(coords: &Coords, dim: usize, label: &str) -> Coords {
    let mut coords = coords.clone();
    if let Some(at) = coords.get_mut(dim) {
        label.clone_into(at);
    }
    coords
}

type RulesOfLabels<'a> = HashMap<(usize, &'a str), Vec<usize>>;

fn rules_of_labels(rules: &Rules, parents_only: bool) -> RulesOfLabels<'_> {
    let mut rules_of: RulesOfLabels = HashMap::new();
    for (at, sum) in rules.additive.iter().enumerate() {
        let dim = rules.dim_index(&sum.dim).unwrap_or(0);
        let children = sum.children.iter().filter(|_| !parents_only);
        for label in children.chain(std::iter::once(&sum.parent)) {
            rules_of.entry((dim, label.as_str())).or_default().push(at);
        }
    }
    rules_of
}

/// The additive rules that speak of a cell, with the dimension they sum along.
fn matching<'a>(
    rules: &'a Rules,
    rules_of: &'a RulesOfLabels<'a>,
    coords: &'a Coords,
) -> impl Iterator<Item = (usize, usize)> + 'a {
    coords
        .iter()
        .enumerate()
        .filter_map(|(dim, label)| Some((dim, rules_of.get(&(dim, label.as_str()))?)))
        .flat_map(|(dim, found)| found.iter().map(move |rule| (*rule, dim)))
        .filter(|(rule, _)| applies(&rules.additive[*rule], rules, coords))
}

fn applies(sum: &Additive, rules: &Rules, coords: &Coords) -> bool {
    super::policy::selects(&sum.only, &rules.dims, coords)
}

fn named_by_facts(rules: &Rules) -> impl Iterator<Item = Coords> + '_ {
    let linear = rules.linear.iter().flat_map(|fact| &fact.terms);
    let grouped = rules.classes.iter().flat_map(|class| class.cells());
    linear
        .map(|(coords, _)| coords.clone())
        .chain(grouped.cloned())
}

fn check_count(count: usize) -> Result<(), InputError> {
    if count <= MOST_CELLS {
        return Ok(());
    }
    let message = format!("reglerne giver flere end {MOST_CELLS} celler");
    Err(InputError::at("additive", &message))
}

/// Passes over the facts: each carries magnitudes one level further through hidden sums.
const PASSES: usize = 4;

/// The largest stand-in for "unbounded": a coefficient times it still fits exact arithmetic.
pub(super) const WIDEST: i128 = OPEN >> 30;

/// Up to here there is room for a factor times a factor; beyond, numbers would grow too long.
const SMALL_FACTOR: i128 = 1_000;

/// How large a cell's value could have to be, from its own mark and the facts over it.
struct Magnitudes {
    of_cells: Vec<i128>,
    is_open: Vec<bool>,
}

impl Magnitudes {
    fn new(domains: &[Domain]) -> Self {
        let of_domain = |domain: &Domain| domain.low.abs().max(domain.high.unwrap_or(0).abs());
        Self {
            of_cells: domains.iter().map(of_domain).collect(),
            is_open: domains.iter().map(|domain| domain.high.is_none()).collect(),
        }
    }

    /// Each open cell of a fact can be as large as the others and the right side allow.
    fn follow(&mut self, terms: impl Iterator<Item = (Var, i128)> + Clone, rest: i128) {
        let of_term =
            |(var, factor): (Var, i128)| factor.abs().saturating_mul(self.of_cells[var as usize]);
        let whole = terms
            .clone()
            .map(of_term)
            .fold(rest.abs(), i128::saturating_add);
        for (var, factor) in terms.filter(|(_, factor)| *factor != 0) {
            let own = &mut self.of_cells[var as usize];
            if self.is_open[var as usize] {
                let factor = factor.abs();
                let others = whole.saturating_sub(factor.saturating_mul(*own));
                *own = (*own).max((others / factor).saturating_add(1).min(WIDEST));
            }
        }
    }
}

/// The stand-in for "unbounded", and the largest value that the published numbers can be thought
/// to force: cells without limit that hang together by factors stay above it.
fn limits(frame: &Frame, rules: &Rules, domains: &[Domain]) -> (i128, i128) {
    let mut sizes = Magnitudes::new(domains);
    let of_bins = rules.classes.iter().flat_map(|class| &class.bins);
    let ends = |bin: &Bin| [Some(bin.lo).filter(|lo| *lo != Bin::NO_LEAST), bin.hi];
    let of_bins = of_bins.flat_map(ends).flatten();
    let of_bins = of_bins.map(|end| i128::from(end).abs());
    let known = sizes.of_cells.iter().copied().chain(of_bins);
    let known = known.fold(0, i128::saturating_add);
    for _ in 0..PASSES {
        for sum in &frame.sums {
            let terms = sum.children.iter().copied();
            sizes.follow(terms.chain([(sum.parent, -1)]), 0);
        }
        for fact in &rules.linear {
            let terms = fact.terms.iter();
            let terms =
                terms.filter_map(|(at, factor)| Some((frame.var(at)?, i128::from(*factor))));
            sizes.follow(terms, i128::from(fact.rhs));
        }
    }
    let largest = sizes.of_cells.into_iter().max().unwrap_or(0);
    let forced = known.saturating_add(largest).saturating_mul(4);
    let factors = rules.additive.iter().flat_map(|sum| sum.coef.values());
    let factors = factors.chain(rules.linear.iter().flat_map(|fact| {
        let terms = fact.terms.iter();
        terms.map(|(_, factor)| factor)
    }));
    let factor = factors.map(|factor| i128::from(*factor).abs()).max();
    let factor = factor.unwrap_or(1).max(1);
    let twice = if factor <= SMALL_FACTOR { factor } else { 2 };
    let headroom = factor.saturating_mul(twice).saturating_mul(2);
    let limit = forced
        .saturating_add(1_000)
        .saturating_mul(headroom)
        .max(frame.limit_floor)
        .min(WIDEST);
    (limit, limit / headroom)
}

/// Labels of a dimension that no rule sums up to: the respondents, where the dimension is theirs.
pub(super) fn leaves(rules: &Rules, cells: &[Coords], dim: usize) -> BTreeMap<String, u32> {
    let parents: BTreeSet<&str> = rules
        .additive
        .iter()
        .filter(|sum| rules.dim_index(&sum.dim) == Some(dim))
        .map(|sum| sum.parent.as_str())
        .collect();
    let labels: BTreeSet<&String> = cells.iter().filter_map(|coords| coords.get(dim)).collect();
    labels
        .into_iter()
        .filter(|label| !parents.contains(label.as_str()))
        .cloned()
        .zip(0..)
        .collect()
}
