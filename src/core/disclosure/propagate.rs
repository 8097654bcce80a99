//! What a row and the bounds of all but one of its variables say about that one.
use std::collections::VecDeque;

use super::problem::Var;
use super::rational::{Rational, greatest_common_divisor};
use super::simplex::{Simplex, Stop};

/// A row that can't hold within the present bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Clash {
    pub(super) row: u32,
}

/// A row is looked at no more often than this in one go: stopping early is safe, and numbers
/// that creep towards each other by ones would never end.
const VISITS: u8 = 12;

/// The least and the largest value of a row; `None` when out of range.
struct Activity {
    least: i128,
    most: i128,
}

/// Narrows bounds from the given rows on until nothing more follows.
pub(super) fn propagate(
    simplex: &mut Simplex,
    rows: impl IntoIterator<Item = u32>,
) -> Result<Result<(), Clash>, Stop> {
    let mut queue = std::mem::take(&mut simplex.queue);
    queue.fit(simplex.problem.rows.len());
    for row in rows {
        queue.push(row);
    }
    let outcome = work_off(simplex, &mut queue);
    queue.clear();
    simplex.queue = queue;
    outcome
}

fn work_off(simplex: &mut Simplex, queue: &mut Queue) -> Result<Result<(), Clash>, Stop> {
    while let Some(row) = queue.pop() {
        let before = simplex.trail_length();
        if !tighten(simplex, row)? {
            return Ok(Err(Clash { row }));
        }
        for var in simplex.changed_since(before) {
            let has_holes = simplex.problem.allowed.contains_key(&var);
            for other in &simplex.problem.rows_of[var as usize] {
                if *other != row || has_holes {
                    queue.push(*other);
                }
            }
        }
    }
    Ok(Ok(()))
}

/// Rows waiting, each at most once, each visited a limited number of times.
#[derive(Debug, Clone, Default)]
pub(super) struct Queue {
    waiting: VecDeque<u32>,
    is_waiting: Vec<bool>,
    visits: Vec<u8>,
    visited: Vec<u32>,
}

impl Queue {
    fn fit(&mut self, rows: usize) {
        self.is_waiting.resize(rows, false);
        self.visits.resize(rows, 0);
    }

    fn push(&mut self, row: u32) {
        let at = row as usize;
        if self.visits[at] < VISITS && !self.is_waiting[at] {
            self.is_waiting[at] = true;
            self.waiting.push_back(row);
        }
    }

    fn pop(&mut self) -> Option<u32> {
        let row = self.waiting.pop_front()?;
        let at = row as usize;
        self.is_waiting[at] = false;
        if self.visits[at] == 0 {
            self.visited.push(row);
        }
        self.visits[at] += 1;
        Some(row)
    }

    /// Costs no more than was used.
    fn clear(&mut self) {
        for row in self.waiting.drain(..) {
            self.is_waiting[row as usize] = false;
        }
        for row in self.visited.drain(..) {
            self.visits[row as usize] = 0;
        }
    }
}

/// One row; false when it can't hold.
fn tighten(simplex: &mut Simplex, row: u32) -> Result<bool, Stop> {
    let (terms, low, high) = simplex.movable(row);
    let length = terms.len();
    let Some(activity) = activity(simplex, terms) else {
        return Ok(true);
    };
    let is_broken = activity.most < low || activity.least > high;
    if is_broken || !divides(simplex, terms, low, high) {
        return Ok(false);
    }
    simplex.spend(length)?;
    if activity.least >= low && activity.most <= high {
        return Ok(true);
    }
    for place in 0..length {
        let Some((var, factor)) = term(simplex, row, place) else {
            continue;
        };
        let Some((least, most)) = implied(simplex, var, factor, &activity, low, high) else {
            continue;
        };
        let Some((least, most)) = snapped(simplex, var, least, most) else {
            return Ok(false);
        };
        if !simplex.narrow(var, least, most)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn term(simplex: &Simplex, row: u32, place: usize) -> Option<(Var, i128)> {
    let (var, factor) = simplex.movable(row).0.get(place)?;
    Some((*var, factor.to_whole()?))
}

fn activity(simplex: &Simplex, terms: &[(Var, Rational)]) -> Option<Activity> {
    let (mut least, mut most) = (0i128, 0i128);
    for (var, factor) in terms {
        let (low, high) = term_range(simplex, *var, factor.to_whole()?)?;
        least = least.checked_add(low)?;
        most = most.checked_add(high)?;
    }
    Some(Activity { least, most })
}

fn term_range(simplex: &Simplex, var: Var, factor: i128) -> Option<(i128, i128)> {
    let (low, high) = (simplex.low[var as usize], simplex.high[var as usize]);
    if factor == 1 {
        return Some((low, high));
    }
    let (a, b) = (factor.checked_mul(low)?, factor.checked_mul(high)?);
    Some((a.min(b), a.max(b)))
}

/// The bounds of a variable from those of the others; the row's activity may be that before
/// other variables were narrowed, which is weaker but true.
fn implied(
    simplex: &Simplex,
    var: Var,
    factor: i128,
    activity: &Activity,
    low: i128,
    high: i128,
) -> Option<(i128, i128)> {
    let (own_low, own_high) = (simplex.low[var as usize], simplex.high[var as usize]);
    if own_low == own_high {
        return None;
    }
    let (term_low, term_high) = term_range(simplex, var, factor)?;
    let most = high.checked_sub(activity.least.checked_sub(term_low)?)?;
    let least = low.checked_sub(activity.most.checked_sub(term_high)?)?;
    Some(match factor {
        1 => (least, most),
        _ if factor > 0 => (divide_up(least, factor), divide_down(most, factor)),
        _ => (divide_up(most, factor), divide_down(least, factor)),
    })
}

fn divide_down(number: i128, by: i128) -> i128 {
    let quotient = number.wrapping_div(by);
    let exact = quotient.wrapping_mul(by) == number;
    if exact || (number < 0) == (by < 0) {
        quotient
    } else {
        quotient - 1
    }
}

fn divide_up(number: i128, by: i128) -> i128 {
    let down = divide_down(number, by);
    if down.wrapping_mul(by) == number {
        down
    } else {
        down + 1
    }
}

/// Bounds moved inwards to values that the variable may take; `None` when there is none.
pub(super) fn snapped(simplex: &Simplex, var: Var, low: i128, high: i128) -> Option<(i128, i128)> {
    let low = low.max(simplex.low[var as usize]);
    let high = high.min(simplex.high[var as usize]);
    let Some(values) = simplex.problem.allowed.get(&var) else {
        return (low <= high).then_some((low, high));
    };
    let first = *values.get(values.partition_point(|value| *value < low))?;
    let last = *values.get(
        values
            .partition_point(|value| *value <= high)
            .checked_sub(1)?,
    )?;
    (first <= last).then_some((first, last))
}

/// An equation whose free terms share a divisor needs a remainder that has it too.
fn divides(simplex: &Simplex, terms: &[(Var, Rational)], low: i128, high: i128) -> bool {
    let whole = |factor: &Rational| factor.to_whole().unwrap_or(1);
    if low != high || terms.iter().any(|(_, factor)| whole(factor).abs() == 1) {
        return true;
    }
    let (mut divisor, mut rest) = (0i128, low);
    for (var, factor) in terms {
        let at = *var as usize;
        if simplex.low[at] == simplex.high[at] {
            let Some(less) = whole(factor)
                .checked_mul(simplex.low[at])
                .and_then(|known| rest.checked_sub(known))
            else {
                return true;
            };
            rest = less;
        } else {
            divisor = greatest_common_divisor(divisor, whole(factor));
        }
    }
    divisor == 0 || rest % divisor == 0
}
