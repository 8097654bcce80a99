//! Random small tables and exhaustive enumeration: the judge of the engine in its tests.
use std::collections::{BTreeMap, BTreeSet};

use super::rules::{Additive, Bin, Classes, Coords, Linear, Op, Rules, Symbol};
use super::table::{Published, PublishedTable};

/// A small generator with a fixed seed, so that a failing case can be met again.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % end
    }

    pub(super) fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

pub(super) type Truth = BTreeMap<Coords, i128>;

/// A true table with its rules.
pub(super) struct Case {
    pub(super) rules: Rules,
    pub(super) inner: Truth,
    pub(super) truth: Truth,
}

impl Case {
    pub(super) fn random(dice: &mut Dice) -> Self {
        let shape = dice.below(4);
        let sizes: Vec<u64> = match shape {
            0 => vec![2 + dice.below(4)],
            1 => vec![2 + dice.below(2), 2 + dice.below(2)],
            2 => vec![2, 2, 2],
            _ => vec![4, 1 + dice.below(2)],
        };
        let rules = rules(&sizes, shape == 3);
        let mut inner = Truth::new();
        for coords in combinations(&sizes) {
            inner.insert(coords, small(dice));
        }
        let truth = with_totals(&rules, &inner);
        let mut case = Self {
            rules,
            inner,
            truth,
        };
        if dice.chance(40) {
            case.add_sentence(dice);
        }
        if dice.chance(15) {
            case.add_linear(dice);
        }
        case
    }

    /// With a sentence of how many rows have risen, fallen or kept from the first column to the last.
    pub(super) fn with_changes(dice: &mut Dice) -> Self {
        let mut case = Self::random(dice);
        case.rules.classes.clear();
        let mut changes = Classes {
            name: "udvikling".into(),
            groups: BTreeMap::new(),
            minus: BTreeMap::new(),
            bins: Vec::new(),
            attained: Vec::new(),
            exhaustive: true,
        };
        for coords in case.inner.keys() {
            let (row, cell) = (coords[0].clone(), vec![coords.clone()]);
            // In the order of the labels, so that the first comes first.
            changes.minus.entry(row.clone()).or_insert(cell.clone());
            changes.groups.insert(row, cell);
        }
        let of_row = |row: &String| {
            let value = |at: &BTreeMap<String, Vec<Coords>>| case.truth[&at[row][0]];
            value(&changes.groups) - value(&changes.minus)
        };
        let sums: Vec<i128> = changes.groups.keys().map(of_row).collect();
        let limits = [(Bin::NO_LEAST, Some(-1)), (0, Some(0)), (1, None)];
        let bins = limits.iter().map(|(lo, hi)| Bin {
            lo: *lo,
            hi: *hi,
            count: Some(sums.iter().filter(|sum| within(**sum, *lo, *hi)).count() as u64),
        });
        changes.bins = bins.collect();
        case.rules.classes.push(changes);
        case
    }

    /// Marks of a careless publisher: small cells, and a few others.
    pub(super) fn carelessly_marked(&self, dice: &mut Dice) -> PublishedTable {
        let mut text = self.rules.dims.join(",") + ",value\n";
        for (coords, value) in &self.truth {
            let is_inner = self.inner.contains_key(coords);
            let printed = if is_inner && (1..=3).contains(value) && dice.chance(90) {
                "≤3".to_owned()
            } else if *value > 0 && dice.chance(if is_inner { 20 } else { 10 }) {
                "..".to_owned()
            } else {
                value.to_string()
            };
            text += &format!("{},{printed}\n", coords.join(","));
        }
        PublishedTable::from_csv(text.as_bytes(), &self.rules).unwrap()
    }

    fn add_sentence(&mut self, dice: &mut Dice) {
        let mut groups: BTreeMap<String, Vec<Coords>> = BTreeMap::new();
        for coords in self.inner.keys() {
            groups
                .entry(coords[0].clone())
                .or_default()
                .push(coords.clone());
        }
        let sums: Vec<i128> = groups
            .values()
            .map(|cells| cells.iter().map(|at| self.truth[at]).sum())
            .collect();
        let limits = [(0, Some(0)), (1, Some(3)), (4, Some(9)), (10, None)];
        let first = dice.below(2) as usize;
        let bins = limits[first..]
            .iter()
            .map(|(lo, hi)| Bin {
                lo: *lo,
                hi: *hi,
                count: Some(sums.iter().filter(|sum| within(**sum, *lo, *hi)).count() as u64),
            })
            .collect();
        let attained = if dice.chance(30) {
            vec![sums[0] as i64]
        } else {
            Vec::new()
        };
        self.rules.classes.push(Classes {
            name: "bånd".into(),
            groups,
            minus: BTreeMap::new(),
            bins,
            attained,
            exhaustive: first == 0,
        });
    }

    fn add_linear(&mut self, dice: &mut Dice) {
        let terms: Vec<(Coords, i64)> = self
            .inner
            .keys()
            .filter_map(|coords| match dice.below(4) {
                0 => Some((coords.clone(), 1)),
                1 => Some((coords.clone(), 2)),
                _ => None,
            })
            .collect();
        let sum: i128 = terms
            .iter()
            .map(|(at, factor)| self.truth[at] * i128::from(*factor))
            .sum();
        let op = [Op::Equal, Op::AtLeast, Op::AtMost][dice.below(3) as usize];
        self.rules.linear.push(Linear {
            name: "rate".into(),
            terms,
            op,
            rhs: sum as i64,
        });
    }
}

/// Every hidden cell's possible values, by trying everything.
pub(super) fn enumerate(
    rules: &Rules,
    table: &PublishedTable,
    reading: impl Fn(&Coords, &str) -> (i128, i128),
) -> BTreeMap<Coords, BTreeSet<i128>> {
    let mut trial = Trial::new(rules, table);
    let mut hidden: Vec<(usize, i128, i128)> = Vec::new();
    for (at, (coords, published)) in table.cells().iter().enumerate() {
        match published {
            Published::Number(number) => trial.values[at] = Some(i128::from(*number)),
            Published::Mark(mark) => {
                let (low, high) = reading(coords, mark);
                hidden.push((at, low, high));
            }
        }
    }
    trial.try_all(&hidden);
    let cells = table.cells().iter().map(|(coords, _)| coords.clone());
    cells
        .zip(trial.found)
        .filter(|(_, values)| !values.is_empty())
        .collect()
}

struct Trial<'a> {
    rules: &'a Rules,
    coords: Vec<Coords>,
    values: Vec<Option<i128>>,
    /// Each sum: its parent and its children.
    sums: Vec<(usize, Vec<usize>)>,
    sums_of: Vec<Vec<usize>>,
    found: Vec<BTreeSet<i128>>,
}

impl<'a> Trial<'a> {
    fn new(rules: &'a Rules, table: &PublishedTable) -> Self {
        let coords: Vec<Coords> = table.cells().iter().map(|(at, _)| at.clone()).collect();
        let place = |at: &Coords| coords.iter().position(|other| other == at).unwrap();
        let mut sums = Vec::new();
        for sum in &rules.additive {
            let dim = rules.dim_index(&sum.dim).unwrap();
            for parent in coords.iter().filter(|at| at[dim] == sum.parent) {
                let child = |label: &String| {
                    let mut at = parent.clone();
                    at[dim] = label.clone();
                    place(&at)
                };
                sums.push((
                    place(parent),
                    sum.children.iter().map(child).collect::<Vec<_>>(),
                ));
            }
        }
        let sums_of = (0..coords.len())
            .map(|at| {
                let concerns = |sum: &&usize| sums[**sum].0 == at || sums[**sum].1.contains(&at);
                (0..sums.len())
                    .collect::<Vec<_>>()
                    .iter()
                    .filter(concerns)
                    .copied()
                    .collect()
            })
            .collect();
        Self {
            rules,
            values: vec![None; coords.len()],
            found: vec![BTreeSet::new(); coords.len()],
            sums,
            sums_of,
            coords,
        }
    }

    fn try_all(&mut self, hidden: &[(usize, i128, i128)]) {
        let Some(((at, low, high), rest)) = hidden.split_first() else {
            self.note_solution();
            return;
        };
        for value in *low..=*high {
            self.values[*at] = Some(value);
            if self.sums_of[*at].iter().all(|sum| self.sum_can_hold(*sum)) {
                self.try_all(rest);
            }
        }
        self.values[*at] = None;
    }

    fn sum_can_hold(&self, sum: usize) -> bool {
        let (parent, children) = &self.sums[sum];
        let known: i128 = children.iter().filter_map(|at| self.values[*at]).sum();
        let is_whole = children.iter().all(|at| self.values[*at].is_some());
        match self.values[*parent] {
            None => true,
            Some(total) => known == total || (!is_whole && known < total),
        }
    }

    fn note_solution(&mut self) {
        let every_sum_holds = (0..self.sums.len()).all(|sum| self.sum_can_hold(sum));
        let values: Truth = self
            .coords
            .iter()
            .cloned()
            .zip(self.values.iter().map(|value| value.unwrap()))
            .collect();
        let holds = every_sum_holds
            && self
                .rules
                .linear
                .iter()
                .all(|fact| linear_holds(fact, &values))
            && self
                .rules
                .classes
                .iter()
                .all(|class| class_holds(class, &values));
        if holds {
            for (found, value) in self.found.iter_mut().zip(&self.values) {
                found.extend(value);
            }
        }
    }
}

fn linear_holds(fact: &Linear, values: &Truth) -> bool {
    let sum: i128 = fact
        .terms
        .iter()
        .map(|(at, factor)| values[at] * i128::from(*factor))
        .sum();
    match fact.op {
        Op::Equal => sum == i128::from(fact.rhs),
        Op::AtLeast => sum >= i128::from(fact.rhs),
        Op::AtMost => sum <= i128::from(fact.rhs),
    }
}

fn class_holds(class: &Classes, values: &Truth) -> bool {
    let sums: Vec<i128> = class
        .signed()
        .map(|cells| cells.iter().map(|(at, sign)| values[*at] * sign).sum())
        .collect();
    let counts_hold = class.bins.iter().all(|bin| {
        let count = sums
            .iter()
            .filter(|sum| within(**sum, bin.lo, bin.hi))
            .count();
        bin.count.is_none_or(|wanted| wanted == count as u64)
    });
    let attained = |value: &i64| sums.contains(&i128::from(*value));
    let in_a_bin = |sum: &i128| class.bins.iter().any(|bin| within(*sum, bin.lo, bin.hi));
    counts_hold
        && class.attained.iter().all(attained)
        && (!class.exhaustive || sums.iter().all(in_a_bin))
}

fn within(sum: i128, lo: i64, hi: Option<i64>) -> bool {
    sum >= i128::from(lo) && hi.is_none_or(|hi| sum <= i128::from(hi))
}

fn small(dice: &mut Dice) -> i128 {
    let value = match dice.below(10) {
        0..=2 => 0,
        3..=7 => 1 + dice.below(3),
        _ => 4 + dice.below(5),
    };
    i128::from(value)
}

fn label(dim: usize, at: u64) -> String {
    format!("{}{at}", ["a", "b", "c"][dim])
}

fn combinations(sizes: &[u64]) -> Vec<Coords> {
    sizes
        .iter()
        .enumerate()
        .fold(vec![Vec::new()], |all, (dim, size)| {
            all.iter()
                .flat_map(|start| {
                    (0..*size).map(move |at| {
                        let mut coords: Coords = start.clone();
                        coords.push(label(dim, at));
                        coords
                    })
                })
                .collect()
        })
}

fn rules(sizes: &[u64], is_hierarchical: bool) -> Rules {
    let dims: Vec<String> = (0..sizes.len()).map(|dim| format!("d{dim}")).collect();
    let mut additive: Vec<Additive> = Vec::new();
    let mut add = |dim: usize, parent: &str, children: Vec<String>| {
        additive.push(Additive {
            dim: format!("d{dim}"),
            parent: parent.into(),
            children,
            only: BTreeMap::new(),
            coef: BTreeMap::new(),
        });
    };
    for (dim, size) in sizes.iter().enumerate() {
        let labels = |from: u64, to: u64| (from..to).map(|at| label(dim, at)).collect();
        if dim == 0 && is_hierarchical {
            add(0, "r0", labels(0, 2));
            add(0, "r1", labels(2, *size));
            add(0, "I alt", vec!["r0".into(), "r1".into()]);
        } else {
            add(dim, "I alt", labels(0, *size));
        }
    }
    Rules {
        dims,
        value: "value".into(),
        symbols: [
            ("≤3".to_owned(), Symbol::between(1, Some(3))),
            ("..".to_owned(), Symbol::between(0, None)),
        ]
        .into(),
        additive,
        ..Rules::default()
    }
}

fn with_totals(rules: &Rules, inner: &Truth) -> Truth {
    let mut all = inner.clone();
    for sum in &rules.additive {
        let dim = rules.dim_index(&sum.dim).unwrap();
        let mut totals = Truth::new();
        for (coords, value) in &all {
            if sum.children.contains(&coords[dim]) {
                let mut at = coords.clone();
                at[dim] = sum.parent.clone();
                *totals.entry(at).or_default() += value;
            }
        }
        all.extend(totals);
    }
    all
}
