//! Says in plain Danish which sum gives a cell away, and what could be done about it.
use std::collections::BTreeSet;

use super::frame::Sum;
use super::guard::Failure;
use super::insiders::Owners;
use super::layout::Layout;
use super::problem::Var;

/// More numbers than this are not written out one by one.
const MOST_TERMS: usize = 12;

/// The sum that gives a cell away when these cells are hidden.
pub(super) fn sum_that_tells(layout: &Layout, hidden: &BTreeSet<Var>, var: Var) -> String {
    let sums = layout.frame.sums.iter();
    let telling = sums
        .filter(|sum| !hidden.contains(&sum.parent))
        .filter(|sum| sum.children.iter().any(|(child, _)| *child == var))
        .min_by_key(|sum| hidden_children(sum, hidden).len());
    match telling {
        Some(sum) => subtraction(layout, hidden, sum),
        None => "værdien følger af de øvrige oplysninger tilsammen".into(),
    }
}

/// The same, with who it is that learns it.
pub(super) fn because(
    layout: &Layout,
    owners: &Owners,
    hidden: &BTreeSet<Var>,
    failure: &Failure,
) -> String {
    let sum = sum_that_tells(layout, hidden, failure.var);
    match failure.insider.and_then(|at| owners.names.get(at as usize)) {
        Some(name) => format!("{sum}; {name} kender desuden sit eget tal"),
        None => sum,
    }
}

/// The cheapest ways out, in order.
pub(super) fn remedies(
    layout: &Layout,
    hidden: &BTreeSet<Var>,
    failure: &Failure,
    may_hide_totals: bool,
) -> Vec<String> {
    let mut remedies = Vec::new();
    let sums = layout.frame.sums.iter();
    for sum in sums.filter(|sum| sum.children.iter().any(|(child, _)| *child == failure.var)) {
        if !hidden.contains(&sum.parent) {
            let total = layout.name(sum.parent);
            remedies.push(if may_hide_totals {
                format!("lad totalen {total} skjules, eller vis den ikke")
            } else {
                format!("vis ikke totalen {total}")
            });
        }
        if let Some(dim) = layout.rules.dims.get(sum.dim) {
            remedies.push(format!(
                "slå rækker sammen i {dim}, så der er flere bag hvert tal"
            ));
        }
    }
    for class in &layout.rules.classes {
        remedies.push(format!("udelad sætningen »{}«", class.name));
    }
    remedies.push("brug ord i stedet for tal i tabellen".into());
    let mut seen = BTreeSet::new();
    remedies.retain(|remedy| seen.insert(remedy.clone()));
    remedies
}

fn hidden_children(sum: &Sum, hidden: &BTreeSet<Var>) -> Vec<Var> {
    let children = sum.children.iter().map(|(child, _)| *child);
    children.filter(|child| hidden.contains(child)).collect()
}

/// "35 − 4 − 3 − 4 − 20 = 4 fordelt på tre kommuner".
fn subtraction(layout: &Layout, hidden: &BTreeSet<Var>, sum: &Sum) -> String {
    let value = |var: Var| layout.truth[var as usize];
    let known: Vec<i128> = sum
        .children
        .iter()
        .filter(|(child, _)| !hidden.contains(child))
        .map(|(child, factor)| value(*child) * factor)
        .filter(|value| *value != 0)
        .collect();
    let total = value(sum.parent);
    let rest = total - known.iter().sum::<i128>();
    let places = hidden_children(sum, hidden).len();
    let rest = written(total, &known, rest);
    match layout.words.get(sum.dim) {
        Some(words) => format!("{rest} fordelt på {}", places_in(words, places)),
        None => rest,
    }
}

fn written(total: i128, known: &[i128], rest: i128) -> String {
    if known.is_empty() {
        return rest.to_string();
    }
    if known.len() > MOST_TERMS {
        let sum: i128 = known.iter().sum();
        return format!(
            "{total} − {sum} (i alt i {} viste celler) = {rest}",
            known.len()
        );
    }
    let terms: Vec<String> = known.iter().map(i128::to_string).collect();
    format!("{total} − {} = {rest}", terms.join(" − "))
}

fn places_in((one, many): &(String, String), places: usize) -> String {
    const WORDS: [&str; 13] = [
        "nul", "en", "to", "tre", "fire", "fem", "seks", "syv", "otte", "ni", "ti", "elleve",
        "tolv",
    ];
    let is_neuter = one == "tilbud" || one == "år";
    match WORDS.get(places) {
        _ if places == 1 => format!("{} {one}", if is_neuter { "ét" } else { "én" }),
        Some(word) => format!("{word} {many}"),
        None => format!("{places} {many}"),
    }
}
