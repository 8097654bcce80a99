//! Sentences as rows: how many groups have a sum in each class.
//!
//! Every group gets one yes-or-no variable per interval that its sum may lie in; the intervals
//! are the bins, split where a value must occur, and the gaps between them.
use super::frame::{Frame, Signed};
use super::problem::{OPEN, Problem, Var};
use super::rules::{Bin, Classes, Rules};

/// One group of a class within a problem.
#[derive(Debug, Clone)]
pub(super) struct Group {
    cells: Signed,
    /// The variable of the sum, unless the group is one cell.
    sum: Option<Var>,
    choices: Vec<(Var, Interval)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Interval {
    low: i128,
    high: i128,
    /// `None` is a gap between bins.
    bin: Option<usize>,
    is_attained: bool,
}

/// The variables that classes added; they follow from those of the cells.
#[derive(Debug, Clone, Default)]
pub(super) struct Derived {
    groups: Vec<Group>,
}

impl Derived {
    /// Appends the derived values to those of the cells.
    pub(super) fn complete(&self, cells: &[i128]) -> Vec<i128> {
        let mut values = cells.to_vec();
        for group in &self.groups {
            let sum = sum_of(&group.cells, cells);
            if group.sum.is_some() {
                values.push(sum);
            }
            for (_, interval) in &group.choices {
                let inside = (interval.low..=interval.high).contains(&sum);
                values.push(i128::from(inside));
            }
        }
        values
    }
}

/// What the cells of a group come to.
pub(super) fn sum_of(group: &Signed, values: &[i128]) -> i128 {
    let cells = group.iter();
    cells.map(|(var, sign)| sign * values[*var as usize]).sum()
}

/// Adds the classes that are wanted; `bounds` are those known of each cell.
pub(super) fn add_classes(
    problem: &mut Problem,
    frame: &Frame,
    rules: &Rules,
    wanted: &[bool],
    bounds: &[(i128, i128)],
) -> Derived {
    let mut derived = Derived::default();
    for (at, class) in rules.classes.iter().enumerate() {
        if wanted.get(at).copied().unwrap_or(false) {
            let fact = frame.fact_of_class(at);
            add_class(
                problem,
                class,
                &frame.groups[at],
                fact,
                bounds,
                &mut derived,
            );
        }
    }
    derived
}

fn add_class(
    problem: &mut Problem,
    class: &Classes,
    groups: &[Signed],
    fact: usize,
    bounds: &[(i128, i128)],
    derived: &mut Derived,
) {
    let intervals = intervals(class);
    let first = derived.groups.len();
    for cells in groups {
        let group = add_group(problem, cells, &intervals, fact, bounds);
        derived.groups.push(group);
    }
    let groups = &derived.groups[first..];
    for (bin, counted) in class.bins.iter().enumerate() {
        if let Some(count) = counted.count {
            let terms = chosen(groups, |interval| interval.bin == Some(bin));
            let count = i128::from(count);
            problem.add_row(terms, count, count, fact);
        }
    }
    for value in &class.attained {
        let value = i128::from(*value);
        let terms = chosen(groups, |interval| {
            interval.is_attained && interval.low == value
        });
        problem.add_row(terms, 1, OPEN, fact);
    }
}

/// The choices of all groups that fit.
fn chosen(groups: &[Group], fits: impl Fn(&Interval) -> bool) -> Vec<(Var, i128)> {
    let choices = groups.iter().flat_map(|group| &group.choices);
    choices
        .filter(|(_, interval)| fits(interval))
        .map(|(var, _)| (*var, 1))
        .collect()
}

fn add_group(
    problem: &mut Problem,
    cells: &Signed,
    intervals: &[Interval],
    fact: usize,
    bounds: &[(i128, i128)],
) -> Group {
    let range = |(var, sign): &(Var, i128)| {
        let (low, high) = bounds[*var as usize];
        if *sign < 0 {
            (-high, -low)
        } else {
            (low, high)
        }
    };
    let low: i128 = cells.iter().map(|cell| range(cell).0).sum();
    let high: i128 = cells.iter().map(|cell| range(cell).1).sum();
    let is_one_cell = matches!(cells.as_slice(), [(_, 1)]);
    let sum = (!is_one_cell).then(|| {
        let sum = problem.add_variable(low, high);
        let mut terms = cells.clone();
        terms.push((sum, -1));
        problem.add_row(terms, 0, 0, fact);
        sum
    });
    let choices: Vec<(Var, Interval)> = intervals
        .iter()
        .filter(|interval| interval.low <= high && interval.high >= low)
        .map(|interval| (problem.add_variable(0, 1), *interval))
        .collect();
    let first = cells.first().map(|(var, _)| *var);
    let total = sum.or(first).unwrap_or_default();
    let each = |factor: fn(&Interval, i128, i128) -> i128| {
        let terms = choices.iter();
        terms.map(move |(var, interval)| (*var, factor(interval, low, high)))
    };
    problem.add_row(each(|_, _, _| 1).collect(), 1, 1, fact);
    let mut at_least: Vec<(Var, i128)> = each(|at, low, _| -at.low.max(low)).collect();
    at_least.push((total, 1));
    problem.add_row(at_least, 0, OPEN, fact);
    let mut at_most: Vec<(Var, i128)> = each(|at, _, high| -at.high.min(high)).collect();
    at_most.push((total, 1));
    problem.add_row(at_most, -OPEN, 0, fact);
    Group {
        cells: cells.clone(),
        sum,
        choices,
    }
}

/// Disjoint intervals in order; gaps only when groups may lie outside the bins.
fn intervals(class: &Classes) -> Vec<Interval> {
    let mut bins: Vec<(i128, i128, usize)> = class
        .bins
        .iter()
        .enumerate()
        .map(|(at, bin)| {
            let high = bin.hi.map_or(OPEN >> 8, i128::from);
            let low = match bin.lo {
                Bin::NO_LEAST => -(OPEN >> 8),
                lo => i128::from(lo),
            };
            (low, high, at)
        })
        .collect();
    bins.sort_unstable();
    let mut pieces: Vec<Interval> = Vec::new();
    let mut free_from = -(OPEN >> 8);
    for (low, high, at) in bins {
        if !class.exhaustive {
            split(&mut pieces, free_from, low - 1, None, class);
        }
        split(&mut pieces, low, high, Some(at), class);
        free_from = high + 1;
    }
    if !class.exhaustive {
        split(&mut pieces, free_from, OPEN >> 8, None, class);
    }
    pieces
}

/// Adds the interval in pieces, so that each attained value has one of its own.
fn split(pieces: &mut Vec<Interval>, low: i128, high: i128, bin: Option<usize>, class: &Classes) {
    let mut attained: Vec<i128> = class.attained.iter().map(|at| i128::from(*at)).collect();
    attained.retain(|value| (low..=high).contains(value));
    attained.sort_unstable();
    attained.dedup();
    let mut from = low;
    let mut add = |low: i128, high: i128, is_attained: bool| {
        if low <= high {
            pieces.push(Interval {
                low,
                high,
                bin,
                is_attained,
            });
        }
    };
    for value in attained {
        add(from, value - 1, false);
        add(value, value, true);
        from = value + 1;
    }
    add(from, high, false);
}
