//! Ways to say less than a number other than hiding a cell: rows merged, sentences with wider
//! classes, hidden totals as the interval that any reader can compute.
use serde::{Deserialize, Serialize};

use super::TrueCell;
use super::merging::merged;
use super::names::check_protect_names;
use super::policy::{Banding, Policy};
use super::protect::{Refusal, protect};
use super::rules::{Bin, Classes, Rules};
use super::safe::{Protected, Summary};

/// Rows of a table that are printed as one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Merge {
    pub dim: String,
    pub labels: Vec<String>,
    /// What the new row is called.
    pub into: String,
}

/// [`protect`] with the policy's `merge`, `widen_sentences` and `print_intervals` carried out.
pub fn protect_with_options(
    cells: &[TrueCell],
    rules: &Rules,
    policy: &Policy,
) -> Result<Protected, Refusal> {
    rules.check().map_err(Refusal::from_input)?;
    check_protect_names(cells, rules, policy).map_err(Refusal::from_input)?;
    with_options(cells, rules, policy)
}

fn with_options(cells: &[TrueCell], rules: &Rules, policy: &Policy) -> Result<Protected, Refusal> {
    if !policy.merge.is_empty() {
        let (cells, rules, policy) = merged(cells, rules, policy)?;
        return with_options(&cells, &rules, &policy);
    }
    let mut protected = protect(cells, rules, policy)?;
    if policy.widen_sentences {
        protected = widened(cells, rules.clone(), policy, protected);
    }
    Ok(if policy.print_intervals {
        protected.with_intervals()
    } else {
        protected
    })
}

/// Each sentence that was dropped with the fewest neighbouring classes merged that help.
fn widened(
    cells: &[TrueCell],
    mut rules: Rules,
    policy: &Policy,
    mut best: Protected,
) -> Protected {
    let leaking: Vec<String> = best
        .dropped()
        .iter()
        .map(|fact| fact.name.clone())
        .collect();
    for name in leaking {
        let Some(at) = rules.classes.iter().position(|class| class.name == name) else {
            continue;
        };
        for wider in wider(&rules.classes[at]) {
            let mut with = rules.clone();
            with.classes[at] = wider;
            if let Ok(found) = protect(cells, &with, policy)
                && found.dropped().len() < best.dropped().len()
            {
                best = found;
                rules = with;
                break;
            }
        }
    }
    best
}

/// The class with neighbouring bins merged, fewest first; two bins at least are left.
fn wider(class: &Classes) -> Vec<Classes> {
    let mut sorted = class.clone();
    sorted.bins.sort_by_key(|bin| bin.lo);
    let mut found = Vec::new();
    for width in 2..sorted.bins.len() {
        for from in 0..=sorted.bins.len() - width {
            let joined = &sorted.bins[from..from + width];
            let touch = |pair: &[Bin]| pair[0].hi.map(|hi| hi + 1) == Some(pair[1].lo);
            if !joined.windows(2).all(touch) {
                continue;
            }
            let bin = Bin {
                lo: joined[0].lo,
                hi: joined[width - 1].hi,
                count: None,
            };
            let mut wider = sorted.clone();
            wider.bins.splice(from..from + width, [bin]);
            wider.attained.clear();
            found.push(wider);
        }
    }
    found
}

/// A change of the settings after which the report is safe, with what it would hide.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WayOut {
    /// In Danish, as an instruction.
    pub what: String,
    pub summary: Summary,
    #[serde(skip)]
    pub policy: Policy,
}

/// Larger tables are not tried again and again.
const MOST_CELLS_TRIED: usize = 5_000;
/// So many of the smallest neighbours are tried for a merger.
const MERGERS: usize = 3;
/// Two changes at once are tried so many times, and in tables up to this size.
const PAIRS: usize = 30;
const MOST_CELLS_IN_PAIRS: usize = 1_000;

/// One change of the settings.
struct Change {
    what: String,
    make: Box<dyn Fn(&mut Policy)>,
}

/// Tries the ways out of a refusal; those that are safe, the cheapest first.
///
/// Two changes together are tried where neither suffices alone.
pub fn ways_out(
    cells: &[TrueCell],
    rules: &Rules,
    policy: &Policy,
    refusal: &Refusal,
) -> Vec<WayOut> {
    if refusal.at_risk.is_empty() || cells.len() > MOST_CELLS_TRIED {
        return Vec::new();
    }
    let tried = |changes: &[&Change]| {
        let mut changed = policy.clone();
        changes
            .iter()
            .for_each(|change| (change.make)(&mut changed));
        let protected = protect_with_options(cells, rules, &changed).ok()?;
        let what: Vec<&str> = changes.iter().map(|change| change.what.as_str()).collect();
        Some(WayOut {
            what: what.join(", og "),
            summary: protected.summary().clone(),
            policy: changed,
        })
    };
    let mut changes = changes(rules, policy);
    changes.extend(mergers(cells, rules, policy, refusal));
    let (mut found, mut insufficient) = (Vec::new(), Vec::new());
    for change in &changes {
        match tried(&[change]) {
            Some(way) => found.push(way),
            None => insufficient.push(change),
        }
    }
    if cells.len() <= MOST_CELLS_IN_PAIRS {
        let pairs = insufficient.iter().enumerate().flat_map(|(at, one)| {
            let others = insufficient[at + 1..].iter();
            others.map(move |other| [*one, *other])
        });
        found.extend(pairs.take(PAIRS).filter_map(|pair| tried(&pair)));
    }
    found.sort_by_key(|way| (way.summary.cost, way.summary.complementary));
    found
}

fn changes(rules: &Rules, policy: &Policy) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut add = |what: &str, make: fn(&mut Policy)| {
        let mut changed = policy.clone();
        make(&mut changed);
        if changed != *policy {
            changes.push(Change {
                what: what.to_owned(),
                make: Box::new(make),
            });
        }
    };
    add(
        "lad totaler skjules, hvor det er nødvendigt (may_hide_totals)",
        |policy| policy.may_hide_totals = true,
    );
    add(
        "kræv ikke, at bestemte celler vises (keep_visible)",
        |policy| {
            policy.keep_visible.clear();
            policy.keep_visible_where.clear();
        },
    );
    if !rules.classes.is_empty() {
        add(
            "vis sætningerne med bredere klasser, eller udelad dem (widen_sentences)",
            |policy| {
                policy.widen_sentences = true;
                policy.droppable = None;
            },
        );
    }
    if policy.bands.is_empty() {
        add(
            "vis tal over grænsen i bånd i stedet for enkelttal (bands)",
            |policy| policy.bands.push(Banding::ordinary(policy)),
        );
    }
    add(
        "nøjes med, at to værdier er mulige bag hvert lille tal (min_candidates)",
        |policy| policy.min_candidates = Some(2),
    );
    changes
}

/// The first row at risk together with one of its smallest neighbours in the same sum.
fn mergers(cells: &[TrueCell], rules: &Rules, policy: &Policy, refusal: &Refusal) -> Vec<Change> {
    let name = policy.insider_dim.as_ref().or(rules.dims.first());
    let Some((dim, name)) = name.and_then(|name| Some((rules.dim_index(name)?, name))) else {
        return Vec::new();
    };
    let Some(row) = refusal
        .at_risk
        .first()
        .and_then(|cell| cell.coords.get(dim))
    else {
        return Vec::new();
    };
    let size = |label: &String| -> u64 {
        let own = cells
            .iter()
            .filter(|cell| cell.coords.get(dim) == Some(label));
        own.filter_map(|cell| cell.value).sum()
    };
    let sums = rules.additive.iter().filter(|sum| sum.dim == *name);
    let sum = sums.into_iter().find(|sum| sum.children.contains(row));
    let mut others: Vec<&String> = sum
        .into_iter()
        .flat_map(|sum| &sum.children)
        .filter(|label| *label != row && size(label) > 0)
        .collect();
    others.sort_by_cached_key(|label| (size(label), (*label).clone()));
    let others = others.into_iter().take(MERGERS);
    others
        .map(|other| {
            let merge = Merge {
                dim: name.clone(),
                labels: vec![row.clone(), other.clone()],
                into: format!("{row} og {other}"),
            };
            Change {
                what: format!("slå {row} og {other} sammen (merge)"),
                make: Box::new(move |policy| policy.merge.push(merge.clone())),
            }
        })
        .collect()
}
