//! Hides what must be hidden, and refuses what can't be made safe.
use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::OnceLock;

use super::TrueCell;
use super::buy::{give_back, secure};
use super::certificate::{Claim, GivenAway};
use super::explain::{because, remedies, sum_that_tells};
use super::final_audit::audit_printed;
use super::guard::{Failure, Guard};
use super::input::InputError;
use super::insiders::Owners;
use super::known::by_var;
use super::layout::{Layout, Role};
use super::optimum::improve;
use super::policy::Policy;
use super::problem::Var;
use super::rules::{Coords, Rules};
use super::safe::{DroppedFact, Protected, Shown, Summary};

/// A report that can't keep the guarantee, or that contradicts itself; for the secretariat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// One Danish sentence.
    pub message: String,
    pub at_risk: Vec<AtRisk>,
    /// The ways out in Danish, the cheapest first.
    pub remedies: Vec<String>,
}

/// A cell that would be given away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtRisk {
    pub coords: Coords,
    /// The sum that gives it away: "35 − 4 − 3 − 4 − 20 = 4 fordelt på tre kommuner".
    pub because: String,
}

impl Refusal {
    pub(super) fn plain(message: String) -> Self {
        Self {
            message,
            at_risk: Vec::new(),
            remedies: Vec::new(),
        }
    }

    pub(super) fn from_input(error: InputError) -> Self {
        Self::plain(error.to_string())
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(&self.message)?;
        for cell in &self.at_risk {
            write!(f, "\n- {}: {}", cell.coords.join(", "), cell.because)?;
        }
        for remedy in &self.remedies {
            write!(f, "\n* {remedy}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Refusal {}

/// Protects all tables and sentences of one report together.
///
/// The totals that `additive` names are added; a sentence without counts is counted; one that
/// leaks is dropped, if the policy lets it. What comes back has passed the audit of exactly
/// what is to be printed.
pub fn protect(cells: &[TrueCell], rules: &Rules, policy: &Policy) -> Result<Protected, Refusal> {
    rules.check().map_err(Refusal::from_input)?;
    check_policy(rules, policy)?;
    // A number that its band can't hide is printed, and one that its neighbours' bands give away
    // is helped by hiding those: bands are there to say less, and never what protects.
    let mut plain = BTreeSet::new();
    let mut first: Option<Refusal> = None;
    loop {
        let (refusal, bands) = match attempt(cells, rules, policy, &plain) {
            Ok(mut protected) => {
                protected.note_lifted(plain);
                return Ok(protected);
            }
            Err(stopped) => stopped,
        };
        let before = plain.len();
        plain.extend(bands);
        let refusal = first.get_or_insert(refusal);
        if plain.len() == before {
            return Err(refusal.clone());
        }
    }
}

/// Protects with these cells not in bands; the bands that stand in the way of a safe table.
fn attempt(
    cells: &[TrueCell],
    rules: &Rules,
    policy: &Policy,
    plain: &BTreeSet<Coords>,
) -> Result<Protected, (Refusal, BTreeSet<Coords>)> {
    let no_bands = |refusal| (refusal, BTreeSet::new());
    let layout = Layout::new(cells, rules, policy, plain).map_err(no_bands)?;
    let owners = Owners::new(
        &layout.frame,
        rules,
        policy.insider_dim.as_deref(),
        &policy.exempt,
    );
    let mut choice = choose(&layout, &owners, policy)?;
    let protected = printed(&layout, &owners, policy, &choice);
    match audit_printed(&protected, &mut choice.guard) {
        Ok(()) => Ok(protected),
        Err(var) => Err((
            failed_audit(&choice.guard, var),
            layout.bands_around(&[var]),
        )),
    }
}

/// What is hidden, and which sentences stay.
struct Choice<'a> {
    guard: Guard<'a>,
    classes: Vec<bool>,
    dropped: Vec<DroppedFact>,
    lower_bound: u64,
}

fn check_policy(rules: &Rules, policy: &Policy) -> Result<(), Refusal> {
    if let Some(fault) = policy.fault() {
        return Err(Refusal::plain(fault));
    }
    if policy.threshold > 0 && policy.threshold == policy.primary_low() {
        let message = "grænsen 1 kan ikke skjules: mærket ville kun stå for én værdi";
        return Err(Refusal::plain(message.into()));
    }
    if let Some(fault) = policy.fault_of_bands() {
        return Err(Refusal::plain(fault));
    }
    match &policy.insider_dim {
        Some(dim) if rules.dim_index(dim).is_none() => Err(Refusal::plain(format!(
            "dimensionen »{dim}« for de svarende findes ikke"
        ))),
        _ => Ok(()),
    }
}

fn choose<'a>(
    layout: &'a Layout,
    owners: &'a Owners,
    policy: &'a Policy,
) -> Result<Choice<'a>, (Refusal, BTreeSet<Coords>)> {
    let names = layout.rules.classes.iter().map(|class| &class.name);
    let mut classes: Vec<bool> = names.map(|name| !policy.may_drop(name)).collect();
    let mut guard = Guard::new(layout, owners, policy, &classes);
    if let Err(failure) = secure(&mut guard, true) {
        // A number that would be exact behind its band is printed; else the bands around give way.
        let own = layout.frame.cells[failure.var as usize].clone();
        let bands = match layout.bands[failure.var as usize] {
            Some(_) => BTreeSet::from([own]),
            None => layout.bands_around(&[failure.var]),
        };
        return Err((refusal(layout, owners, policy, &mut guard), bands));
    }
    give_back(&mut guard);
    let mut dropped = Vec::new();
    for class in 0..classes.len() {
        if classes[class] {
            continue;
        }
        classes[class] = true;
        let mut with = with_complements(layout, owners, policy, &classes, &guard);
        match secure(&mut with, false) {
            Ok(()) if with.cost() <= guard.cost().saturating_add(policy.sentence_worth) => {
                guard = with
            }
            outcome => {
                classes[class] = false;
                dropped.push(dropped_fact(layout, owners, &guard, class, outcome));
            }
        }
    }
    if classes.contains(&true) {
        give_back(&mut guard);
    }
    let lower_bound = improve(&mut guard);
    Ok(Choice {
        guard,
        classes,
        dropped,
        lower_bound,
    })
}

fn with_complements<'a>(
    layout: &'a Layout,
    owners: &'a Owners,
    policy: &'a Policy,
    classes: &[bool],
    before: &Guard,
) -> Guard<'a> {
    let mut guard = Guard::new(layout, owners, policy, classes);
    let complements = before.complements();
    complements.into_iter().for_each(|var| guard.hide(var));
    guard.buyers.clone_from(&before.buyers);
    guard
}

fn dropped_fact(
    layout: &Layout,
    owners: &Owners,
    guard: &Guard,
    class: usize,
    outcome: Result<(), Failure>,
) -> DroppedFact {
    let reason = match outcome {
        Ok(()) => "den ville kræve, at flere celler skjules, end den er værd".into(),
        Err(failure) => {
            let cell = layout.name(failure.var);
            let sum = sum_that_tells(layout, &guard.hidden, failure.var);
            match failure.insider.and_then(|at| owners.names.get(at as usize)) {
                Some(name) => format!("{name} ville kunne regne {cell} ud ({sum})"),
                None => format!("den indsnævrer {cell} ({sum})"),
            }
        }
    };
    DroppedFact {
        name: layout.rules.classes[class].name.clone(),
        reason,
    }
}

/// So many cells at risk are looked for; whoever reads of more has the same to do.
const MOST_AT_RISK: usize = 500;

const TOO_MUCH_WORK: &str = "tabellen kan ikke vises: det tilladte arbejde slog ikke til for at afgøre, om den er sikker. Cellerne nedenfor er ikke afgjort; del tabellen i mindre";

fn refusal(layout: &Layout, owners: &Owners, policy: &Policy, guard: &mut Guard) -> Refusal {
    let always_hidden: BTreeSet<Var> = guard.guarded().into_iter().collect();
    let hideable = (0..layout.roles.len()).filter(|at| layout.cost(*at as Var).is_some());
    for at in hideable {
        guard.hide(at as Var);
    }
    let guarded = guard.guarded().into_iter();
    let failures = guarded.filter_map(|var| guard.check(var).err());
    let failures: Vec<Failure> = failures.take(MOST_AT_RISK).collect();
    let at_risk: Vec<AtRisk> = failures
        .iter()
        .map(|failure| AtRisk {
            coords: layout.frame.cells[failure.var as usize].clone(),
            because: because(layout, owners, &always_hidden, failure),
        })
        .collect();
    let remedies = failures.first().map_or_else(Vec::new, |failure| {
        remedies(layout, &always_hidden, failure, policy.may_hide_totals)
    });
    let message = match at_risk.len() {
        0 => "tabellen kan ikke vises: det kunne ikke afgøres, om den er sikker".into(),
        _ if guard.solver.is_exhausted() => TOO_MUCH_WORK.into(),
        1 => "tabellen kan ikke vises: én celle ville kunne regnes ud eller indsnævres".into(),
        MOST_AT_RISK => format!(
            "tabellen kan ikke vises: mindst {MOST_AT_RISK} celler ville kunne regnes ud eller indsnævres"
        ),
        count => format!(
            "tabellen kan ikke vises: {count} celler ville kunne regnes ud eller indsnævres"
        ),
    };
    Refusal {
        message,
        at_risk,
        remedies,
    }
}

fn failed_audit(guard: &Guard, var: Var) -> Refusal {
    Refusal {
        message: "tabellen kan ikke vises: en celle bestod ikke efterprøvningen".into(),
        at_risk: vec![AtRisk {
            coords: guard.layout.frame.cells[var as usize].clone(),
            because: sum_that_tells(guard.layout, &guard.hidden, var),
        }],
        remedies: Vec::new(),
    }
}

fn printed(layout: &Layout, owners: &Owners, policy: &Policy, choice: &Choice) -> Protected {
    let hidden = &choice.guard.hidden;
    let cells: Vec<(Coords, Shown)> = layout
        .printed
        .iter()
        .map(|var| {
            let coords = layout.frame.cells[*var as usize].clone();
            (coords, mark(layout, policy, hidden, *var))
        })
        .collect();
    let index: HashMap<Coords, usize> = cells
        .iter()
        .enumerate()
        .map(|(at, (coords, _))| (coords.clone(), at))
        .collect();
    Protected {
        rules: layout.rules_with(&choice.classes),
        claim: claim(layout, policy, hidden),
        steps_per_question: policy.steps_per_question,
        summary: summary(layout, owners, choice),
        cells,
        index,
        feasible: OnceLock::new(),
        dropped: choice.dropped.clone(),
        lifted: Vec::new(),
    }
}

impl Protected {
    /// Of the cells taken out of their bands, those that are shown; others are hidden for another.
    fn note_lifted(&mut self, plain: BTreeSet<Coords>) {
        let is_shown = |coords: &Coords| {
            let place = self.index.get(coords).and_then(|at| self.cells.get(*at));
            place.is_some_and(|(_, shown)| matches!(shown, Shown::Exact(_)))
        };
        self.lifted = plain.into_iter().filter(is_shown).collect();
        self.summary.lifted = self.lifted.len();
    }
}

fn claim(layout: &Layout, policy: &Policy, hidden: &BTreeSet<Var>) -> Claim {
    let known = by_var(&layout.frame, policy).into_iter();
    let given_away = known
        .filter(|(var, known)| {
            let needed = match layout.roles[*var as usize] {
                Role::Primary => policy.candidates(),
                _ => 2,
            };
            hidden.contains(var) && (known.values.len() as u64) < needed
        })
        .map(|(_, known)| GivenAway {
            cell: known.cell.clone(),
            values: known.values.len().max(1) as u64,
        });
    let least = |is_total| u64::try_from(layout.least_hidden(is_total, policy)).unwrap_or(0);
    Claim {
        threshold: policy.threshold,
        candidates: policy.candidates(),
        least_withheld: least(false).min(policy.threshold + 1),
        least_withheld_total: least(true).min(1),
        given_away: given_away.collect(),
    }
}

fn mark(layout: &Layout, policy: &Policy, hidden: &BTreeSet<Var>, var: Var) -> Shown {
    let at = var as usize;
    let value = u64::try_from(layout.truth[at]).unwrap_or(0);
    match (layout.is_collected[at], hidden.contains(&var)) {
        (false, _) => Shown::NotCollected,
        (true, false) => Shown::Exact(value),
        (true, true) if layout.roles[at] == Role::Primary => Shown::AtMost(policy.threshold),
        (true, true) => layout.bands[at].map_or(Shown::Withheld, Shown::of_band),
    }
}

fn summary(layout: &Layout, owners: &Owners, choice: &Choice) -> Summary {
    let (hidden, cost) = (&choice.guard.hidden, choice.guard.cost());
    let mut complements = choice.guard.complements();
    let banded = layout.bands.iter().filter(|band| band.is_some()).count();
    let is_banded = |var: &Var| layout.bands[*var as usize].is_some();
    complements.extend(layout.withheld().into_iter().filter(|var| !is_banded(var)));
    let value = |var: &Var| u64::try_from(layout.truth[*var as usize]).unwrap_or(0);
    Summary {
        primary: hidden.len() - complements.len() - banded,
        banded,
        lifted: 0,
        complementary: complements.len(),
        totals_hidden: complements
            .iter()
            .filter(|var| layout.frame.is_parent[**var as usize])
            .count(),
        value_hidden: complements.iter().map(value).fold(0, u64::saturating_add),
        cost,
        lower_bound: choice.lower_bound,
        proven_optimal: cost == choice.lower_bound,
        insiders: owners.len(),
    }
}

/// How much work choosing takes, in the steps of the solver.
#[cfg(test)]
pub(super) fn steps_taken(cells: &[TrueCell], rules: &Rules, policy: &Policy) -> u64 {
    let layout = Layout::new(cells, rules, policy, &BTreeSet::new());
    let Ok(layout) = layout else { return 0 };
    let dim = policy.insider_dim.as_deref();
    let owners = Owners::new(&layout.frame, rules, dim, &policy.exempt);
    let chosen = choose(&layout, &owners, policy);
    chosen.map_or(0, |choice| choice.guard.solver.steps())
}
