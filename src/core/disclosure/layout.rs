//! The true cells of a report with their sums, and what may be done to each.
use std::collections::{BTreeSet, HashMap};

use super::TrueCell;
use super::classes::sum_of;
use super::frame::{Domain, Fact, Frame, closed};
use super::policy::{Policy, selects};
use super::problem::Var;
use super::protect::Refusal;
use super::rules::{Classes, Coords, LARGEST_VALUE, Rules};
use super::safe::Shown;
use super::totals::fill_in;

/// What protection may do to a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Known to everybody: zero, exempt, not collected, or not in the table at all.
    Known,
    /// Too small to be shown.
    Primary,
    /// May be hidden to protect others, at this cost.
    Candidate { cost: u64 },
    /// Not small, but to be hidden in any case.
    Withheld,
    /// Must be shown.
    Visible,
}

/// The least and the largest value of a band; without end if `None`.
pub(super) type Band = (u64, Option<u64>);

/// What hiding a total costs beyond its value: more than any number of ordinary cells.
pub(super) const COST_OF_TOTAL: u64 = 1_000_000;

/// Everything that is known before anything is hidden.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    pub(super) rules: Rules,
    pub(super) frame: Frame,
    pub(super) truth: Vec<i128>,
    pub(super) roles: Vec<Role>,
    /// Cells printed as `–`.
    pub(super) is_collected: Vec<bool>,
    /// The cells to print: as handed in, then the sums that were added.
    pub(super) printed: Vec<Var>,
    /// What each cell's mark would say if it were hidden.
    pub(super) if_hidden: Vec<Domain>,
    /// The cells that are printed as the band that they lie in.
    pub(super) bands: Vec<Option<Band>>,
    /// What the labels of each dimension are called, one and several.
    pub(super) words: Vec<(String, String)>,
}

impl Layout {
    /// `plain` are cells that are not put into bands, whatever the policy says.
    pub(super) fn new(
        cells: &[TrueCell],
        rules: &Rules,
        policy: &Policy,
        plain: &BTreeSet<Coords>,
    ) -> Result<Self, Refusal> {
        check_depth(rules)?;
        let given = given(cells, rules)?;
        let all = with_sums(rules, &given)?;
        let mut frame = Frame::new(rules, all.iter()).map_err(Refusal::from_input)?;
        let truth = truth(&frame, &given)?;
        // What can be hidden can also be larger than it is.
        let largest = truth.iter().copied().max().unwrap_or(0);
        frame.limit_floor = largest.saturating_mul(4);
        check_given_sums(&frame, &given, &truth)?;
        let mut layout = Self {
            rules: rules.with_marks_from(policy.primary_low(), policy.threshold),
            is_collected: is_collected(&frame, &given),
            printed: printed(&frame, cells, &all),
            roles: Vec::new(),
            if_hidden: Vec::new(),
            bands: Vec::new(),
            words: words(rules, policy),
            frame,
            truth,
        };
        layout.count_classes()?;
        layout.check_linear()?;
        layout.roles = layout.assign_roles(policy)?;
        layout.put_into_bands(policy, plain);
        layout.if_hidden = layout.domains_if_hidden(policy);
        Ok(layout)
    }

    pub(super) fn name(&self, var: Var) -> String {
        self.frame.cells[var as usize].join(", ")
    }

    pub(super) fn primaries(&self) -> Vec<Var> {
        let all = (0..self.roles.len()).filter(|at| self.roles[*at] == Role::Primary);
        all.map(|at| at as Var).collect()
    }

    /// Cells that are hidden in any case although they are not small.
    pub(super) fn withheld(&self) -> Vec<Var> {
        let all = (0..self.roles.len()).filter(|at| self.roles[*at] == Role::Withheld);
        all.map(|at| at as Var).collect()
    }

    pub(super) fn cost(&self, var: Var) -> Option<u64> {
        match self.roles[var as usize] {
            Role::Candidate { cost } => Some(cost),
            _ => None,
        }
    }

    /// The cells in bands that stand in a sum with these, and these.
    pub(super) fn bands_around(&self, vars: &[Var]) -> BTreeSet<Coords> {
        let mut around: BTreeSet<Var> = vars.iter().copied().collect();
        for sum in &self.frame.sums {
            let children = || sum.children.iter().map(|(child, _)| *child);
            if children().any(|child| vars.contains(&child)) {
                around.extend(children());
            }
        }
        around.retain(|var| self.bands[*var as usize].is_some());
        let coords = around
            .into_iter()
            .map(|var| &self.frame.cells[var as usize]);
        coords.cloned().collect()
    }

    /// What a reader is told of each cell when these are hidden.
    pub(super) fn domains(&self, hidden: &BTreeSet<Var>) -> Vec<Domain> {
        (0..self.truth.len())
            .map(|at| {
                if hidden.contains(&(at as Var)) {
                    self.if_hidden[at].clone()
                } else {
                    Domain::exactly(self.truth[at])
                }
            })
            .collect()
    }

    /// The rules without the sentences that won't be printed.
    pub(super) fn rules_with(&self, kept: &[bool]) -> Rules {
        let mut rules = self.rules.clone();
        rules.protect = None;
        let mut keep = kept.iter().copied();
        rules.classes.retain(|_| keep.next().unwrap_or(false));
        rules
    }

    fn assign_roles(&self, policy: &Policy) -> Result<Vec<Role>, Refusal> {
        let kept: BTreeSet<&Coords> = policy.keep_visible.iter().collect();
        let withheld: BTreeSet<&Coords> = policy.keep_hidden.iter().collect();
        (0..self.truth.len())
            .map(|at| match self.role(at, policy, &kept)? {
                Role::Candidate { .. } | Role::Visible if self.must_hide(at, policy, &withheld) => {
                    Ok(Role::Withheld)
                }
                role => Ok(role),
            })
            .collect()
    }

    /// What is large enough and would be shown is hidden behind its band instead.
    fn put_into_bands(&mut self, policy: &Policy, plain: &BTreeSet<Coords>) {
        let kept: BTreeSet<&Coords> = policy.keep_visible.iter().collect();
        self.bands = vec![None; self.truth.len()];
        for at in 0..self.truth.len() {
            let coords = &self.frame.cells[at];
            let value = u64::try_from(self.truth[at]).unwrap_or(0);
            let is_open = matches!(self.roles[at], Role::Candidate { .. } | Role::Visible);
            let is_small = value <= policy.threshold;
            let is_plain = kept.contains(coords) || plain.contains(coords);
            if !is_open || is_small || self.frame.is_parent[at] || is_plain {
                continue;
            }
            if let Some(band) = policy.band(&self.rules.dims, coords, value) {
                self.roles[at] = Role::Withheld;
                self.bands[at] = Some(band);
                let shown = Shown::of_band(band);
                self.rules.symbols.insert(shown.to_string(), shown.symbol());
            }
        }
    }

    fn must_hide(&self, at: usize, policy: &Policy, withheld: &BTreeSet<&Coords>) -> bool {
        withheld.contains(&self.frame.cells[at])
            && self.truth[at] >= self.least_hidden(self.frame.is_parent[at], policy)
    }

    fn role(&self, at: usize, policy: &Policy, kept: &BTreeSet<&Coords>) -> Result<Role, Refusal> {
        let coords = &self.frame.cells[at];
        let dims = &self.rules.dims;
        let value = u64::try_from(self.truth[at]).unwrap_or(0);
        let is_exempt = policy.exempt.iter().any(|some| selects(some, dims, coords));
        if !self.frame.in_table[at] || !self.is_collected[at] || is_exempt {
            return Ok(Role::Known);
        }
        let is_total = self.frame.is_parent[at];
        let is_kept = kept.contains(coords)
            || policy
                .keep_visible_where
                .iter()
                .any(|some| selects(some, dims, coords));
        if !is_total && policy.is_primary(value) {
            if is_kept {
                let message = format!(
                    "{} skal vises, men er så lille, at den skal skjules",
                    coords.join(", ")
                );
                return Err(Refusal::plain(message));
            }
            return Ok(Role::Primary);
        }
        let least = self.least_hidden(is_total, policy);
        if is_kept || (is_total && !policy.may_hide_totals) || i128::from(value) < least {
            let is_known = value == 0 && !is_kept;
            return Ok(if is_known { Role::Known } else { Role::Visible });
        }
        let percent = policy
            .cost_percent
            .iter()
            .find(|(some, _)| selects(some, dims, coords))
            .map_or(100, |(_, percent)| *percent);
        let extra = if is_total { COST_OF_TOTAL } else { 0 };
        Ok(Role::Candidate {
            cost: (ordinary_cost(value).saturating_mul(percent) / 100).max(1) + extra,
        })
    }

    /// What `..` says of a cell: an inner one is not small, a total not zero.
    pub(super) fn least_hidden(&self, is_total: bool, policy: &Policy) -> i128 {
        let strict = if is_total {
            policy.primary_low()
        } else {
            policy.threshold + 1
        };
        let printed = self.rules.symbols.get("..").map_or(0, |symbol| symbol.lo);
        i128::from(strict).max(i128::from(printed))
    }

    fn domains_if_hidden(&self, policy: &Policy) -> Vec<Domain> {
        (0..self.truth.len())
            .map(|at| match self.roles[at] {
                Role::Primary => Domain::between(
                    i128::from(policy.primary_low()),
                    Some(i128::from(policy.threshold)),
                ),
                Role::Withheld if self.bands[at].is_some() => {
                    let (low, high) = self.bands[at].unwrap_or_default();
                    Domain::between(i128::from(low), high.map(i128::from))
                }
                Role::Candidate { .. } | Role::Withheld => {
                    Domain::between(self.least_hidden(self.frame.is_parent[at], policy), None)
                }
                Role::Known | Role::Visible => Domain::exactly(self.truth[at]),
            })
            .collect()
    }

    /// Counts each class itself, and refuses a count that isn't true.
    fn count_classes(&mut self) -> Result<(), Refusal> {
        for (class, groups) in self.rules.classes.iter_mut().zip(&self.frame.groups) {
            let sums = groups.iter().map(|group| sum_of(group, &self.truth));
            let sums: Vec<i128> = sums.collect();
            count_class(class, &sums)?;
        }
        Ok(())
    }

    fn check_linear(&self) -> Result<(), Refusal> {
        let problem = self
            .frame
            .problem(&self.rules, &self.domains(&BTreeSet::new()));
        match (0..problem.rows.len()).find(|row| !problem.row_holds(*row, &self.truth)) {
            None => Ok(()),
            Some(row) => {
                let fact = self.frame.facts[problem.rows[row].fact];
                let name = match fact {
                    Fact::Linear(rule) => self.rules.name_of_linear(rule),
                    Fact::Sum(sum) => self.name(self.frame.sums[sum].parent),
                    Fact::Class(class) => self.rules.classes[class].name.clone(),
                };
                Err(Refusal::plain(format!("{name} passer ikke med tallene")))
            }
        }
    }
}

/// 100 · (1 + ln value), so that hiding one large cell and two small ones cost much the same.
fn ordinary_cost(value: u64) -> u64 {
    (100.0 * (1.0 + (value.max(1) as f64).ln())).round() as u64
}

/// Sums of sums of sums: what no table for people has more levels of.
const DEEPEST: usize = 500;

fn check_depth(rules: &Rules) -> Result<(), Refusal> {
    let mut level: HashMap<(&str, &str), usize> = HashMap::new();
    for _ in 0..rules.additive.len() {
        let mut is_changed = false;
        for (at, sum) in rules.additive.iter().enumerate() {
            let own = |label| level.get(&(sum.dim.as_str(), label)).copied().unwrap_or(0);
            let below = sum.children.iter().map(|child| own(child.as_str()));
            let needed = below.max().unwrap_or(0) + 1;
            if needed > DEEPEST {
                return Err(Refusal::plain(format!(
                    "additive[{at}]: der er summer i mere end {DEEPEST} led"
                )));
            }
            if needed > own(sum.parent.as_str()) {
                level.insert((&sum.dim, &sum.parent), needed);
                is_changed = true;
            }
        }
        if !is_changed {
            break;
        }
    }
    Ok(())
}

type Given<'a> = HashMap<&'a Coords, Option<u64>>;

fn given<'a>(cells: &'a [TrueCell], rules: &Rules) -> Result<Given<'a>, Refusal> {
    let mut given = Given::new();
    for cell in cells {
        let name = cell.coords.join(", ");
        if cell.coords.len() != rules.dims.len() {
            let message = format!("cellen {name} passer ikke med dimensionerne");
            return Err(Refusal::plain(message));
        }
        if cell
            .value
            .is_some_and(|value| value > LARGEST_VALUE.unsigned_abs())
        {
            return Err(Refusal::plain(format!("tallet i {name} er for stort")));
        }
        if given.insert(&cell.coords, cell.value).is_some() {
            return Err(Refusal::plain(format!("cellen {name} forekommer to gange")));
        }
    }
    Ok(given)
}

/// The cells handed in and all sums over them, sums of sums included; a part of a sum that was
/// not handed in was not collected, and is printed so: else it would seem to be kept secret.
fn with_sums(rules: &Rules, given: &Given) -> Result<BTreeSet<Coords>, Refusal> {
    let given = given.keys().map(|coords| (*coords).clone());
    closed(rules, given.collect()).map_err(Refusal::from_input)
}

fn truth(frame: &Frame, given: &Given) -> Result<Vec<i128>, Refusal> {
    let mut values: Vec<Option<i128>> = frame
        .cells
        .iter()
        .zip(&frame.is_parent)
        .map(|(coords, is_parent)| match given.get(coords) {
            Some(Some(value)) if !is_parent => Some(i128::from(*value)),
            _ if *is_parent => None,
            _ => Some(0),
        })
        .collect();
    fill_in(frame, &mut values);
    frame
        .cells
        .iter()
        .zip(values)
        .map(|(coords, value)| {
            let name = coords.join(", ");
            match value {
                Some(value) if value > LARGEST_VALUE.into() => {
                    Err(Refusal::plain(format!("tallet i {name} er for stort")))
                }
                Some(value) if value >= 0 => Ok(value),
                Some(_) => Err(Refusal::plain(format!("{name} bliver negativ"))),
                None => Err(Refusal::plain(format!("{name} er en del af sig selv"))),
            }
        })
        .collect()
}

fn check_given_sums(frame: &Frame, given: &Given, truth: &[i128]) -> Result<(), Refusal> {
    for (at, coords) in frame.cells.iter().enumerate() {
        if let Some(Some(value)) = given.get(coords)
            && i128::from(*value) != truth[at]
        {
            return Err(Refusal::plain(format!(
                "{} er opgivet til {value}, men delene giver {}",
                coords.join(", "),
                truth[at]
            )));
        }
    }
    Ok(())
}

/// A sum of nothing but uncollected parts is itself not collected.
fn is_collected(frame: &Frame, given: &Given) -> Vec<bool> {
    let mut collected: Vec<bool> = frame
        .cells
        .iter()
        .map(|coords| given.get(coords).is_some_and(Option::is_some))
        .collect();
    let mut is_changed = true;
    while is_changed {
        is_changed = false;
        for sum in &frame.sums {
            let any = sum
                .children
                .iter()
                .any(|(child, _)| collected[*child as usize]);
            if any && !collected[sum.parent as usize] {
                collected[sum.parent as usize] = true;
                is_changed = true;
            }
        }
    }
    collected
}

fn printed(frame: &Frame, cells: &[TrueCell], all: &BTreeSet<Coords>) -> Vec<Var> {
    let handed_in = cells.iter().filter_map(|cell| frame.var(&cell.coords));
    let mut printed: Vec<Var> = handed_in.collect();
    let known: BTreeSet<Var> = printed.iter().copied().collect();
    let added = all.iter().filter_map(|coords| frame.var(coords));
    printed.extend(added.filter(|var| !known.contains(var)));
    printed
}

fn words(rules: &Rules, policy: &Policy) -> Vec<(String, String)> {
    let of_dim = |dim: &String| {
        if policy.insider_dim.as_ref() == Some(dim)
            && let Some(words) = &policy.insider_words
        {
            return words.clone();
        }
        let (one, many) = match dim.as_str() {
            "kommune" => ("kommune", "kommuner"),
            "region" => ("region", "regioner"),
            "tilbud" => ("tilbud", "tilbud"),
            "aar" | "år" => ("år", "år"),
            "række" => ("række", "rækker"),
            "kolonne" => ("kolonne", "kolonner"),
            _ => ("celle", "celler"),
        };
        (one.to_owned(), many.to_owned())
    };
    rules.dims.iter().map(of_dim).collect()
}

fn count_class(class: &mut Classes, sums: &[i128]) -> Result<(), Refusal> {
    for bin in &mut class.bins {
        let counted = sums.iter().filter(|sum| bin.holds(**sum)).count() as u64;
        if bin.count.is_some_and(|count| count != counted) {
            return Err(untrue(class, "antallene passer ikke med tallene"));
        }
        bin.count = Some(counted);
    }
    let missing = |value: &i64| !sums.contains(&i128::from(*value));
    if class.attained.iter().any(missing) {
        return Err(untrue(class, "en opgivet yderværdi forekommer ikke"));
    }
    let outside = |sum: &i128| !class.bins.iter().any(|bin| bin.holds(*sum));
    if class.exhaustive && sums.iter().any(outside) {
        return Err(untrue(class, "klasserne dækker ikke alle tal"));
    }
    Ok(())
}

fn untrue(class: &Classes, why: &str) -> Refusal {
    Refusal::plain(format!("sætningen »{}« er ikke sand: {why}", class.name))
}
