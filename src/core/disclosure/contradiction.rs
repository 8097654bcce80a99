//! When the published numbers can't all be true: the smallest set of facts that clash.
use std::collections::BTreeSet;

use serde::Serialize;

use super::classes::add_classes;
use super::frame::{Domain, Fact, Frame};
use super::problem::{Problem, Var};
use super::question::{Answer, Solver};
use super::rules::{Coords, Rules};

/// Facts of which at least one must be wrong; leaving any one out ends the clash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Contradiction {
    pub facts: Vec<ClashingFact>,
    /// False when the search for the smallest set had to stop early.
    pub is_minimal: bool,
}

/// One published fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClashingFact {
    /// `cell`, `sum`, `linear` or `class`.
    pub kind: &'static str,
    pub name: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub coords: Coords,
}

impl std::fmt::Display for Contradiction {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str("disse oplysninger kan ikke alle være rigtige:")?;
        for fact in self.facts.iter().take(MOST_WRITTEN) {
            write!(f, "\n- {}", fact.name)?;
        }
        match self.facts.len().saturating_sub(MOST_WRITTEN) {
            0 => Ok(()),
            more => write!(f, "\n- og {more} flere"),
        }
    }
}

/// Something that was printed and may be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Claim {
    Cell(Var),
    Fact(usize),
}

/// Questions that the search for the smallest set may ask, and the cells that it may look at for
/// all of them together: each question is asked of a whole new problem.
const MOST_QUESTIONS: usize = 3_000;
const MOST_CELLS_LOOKED_AT: usize = 20_000_000;
/// So many facts are written out for people.
const MOST_WRITTEN: usize = 40;
/// Up to this many claims, all pairs are tried for a smaller set.
const MOST_FOR_PAIRS: usize = 40;

pub(super) fn explain_contradiction(
    frame: &Frame,
    rules: &Rules,
    domains: &[Domain],
    steps: u64,
) -> Contradiction {
    let mut search = Search {
        frame,
        rules,
        domains,
        steps: steps / 4,
        questions_left: MOST_QUESTIONS.min(MOST_CELLS_LOOKED_AT / frame.cells.len().max(1)),
        is_minimal: true,
        cells_hold: true,
    };
    let facts: Vec<Claim> = (0..frame.facts.len()).map(Claim::Fact).collect();
    let facts = search.shrink(&[], facts);
    let cells = search.cells_in(&facts);
    search.cells_hold = false;
    let mut claims = search.shrink(&facts, cells);
    claims.splice(0..0, facts);
    claims = search.shrink(&[], claims);
    claims.sort_unstable();
    Contradiction {
        facts: claims.iter().map(|claim| search.name(*claim)).collect(),
        is_minimal: search.is_minimal,
    }
}

struct Search<'a> {
    frame: &'a Frame,
    rules: &'a Rules,
    domains: &'a [Domain],
    steps: u64,
    questions_left: usize,
    is_minimal: bool,
    /// Every cell is taken as printed; otherwise only those claimed, others are any count.
    cells_hold: bool,
}

impl Search<'_> {
    /// A subset of `claims` that still clashes with `fixed` and has no smaller one within.
    fn shrink(&mut self, fixed: &[Claim], mut claims: Vec<Claim>) -> Vec<Claim> {
        let mut chunk = claims.len().div_ceil(2).max(1);
        loop {
            let mut from = 0;
            while from < claims.len() && self.questions_left > 0 {
                let to = (from + chunk).min(claims.len());
                let rest: Vec<Claim> = claims[..from]
                    .iter()
                    .chain(&claims[to..])
                    .copied()
                    .collect();
                if self.clash(fixed, &rest) {
                    claims = rest;
                } else {
                    from = to;
                }
            }
            if self.questions_left == 0 {
                self.is_minimal = false;
                return claims;
            }
            if chunk == 1 {
                return self.fewest(fixed, claims);
            }
            chunk = chunk.div_ceil(2);
        }
    }

    /// One claim or two instead of more, where that is enough.
    fn fewest(&mut self, fixed: &[Claim], claims: Vec<Claim>) -> Vec<Claim> {
        if claims.len() > MOST_FOR_PAIRS || claims.len() < 3 {
            return claims;
        }
        for (at, first) in claims.iter().enumerate() {
            for second in &claims[at + 1..] {
                let pair = [*first, *second];
                if self.clash(fixed, &pair) {
                    return pair.to_vec();
                }
            }
        }
        claims
    }

    fn clash(&mut self, fixed: &[Claim], claims: &[Claim]) -> bool {
        let Some(left) = self.questions_left.checked_sub(1) else {
            self.is_minimal = false;
            return false;
        };
        self.questions_left = left;
        let all: BTreeSet<Claim> = fixed.iter().chain(claims).copied().collect();
        match is_possible(self.problem(&all), self.steps) {
            Answer::Impossible => true,
            Answer::Possible(_) => false,
            Answer::Undecided => {
                self.is_minimal = false;
                false
            }
        }
    }

    /// The cells as far as they are claimed, and only the rows of facts that are.
    fn problem(&self, claims: &BTreeSet<Claim>) -> Problem {
        let domains: Vec<Domain> = self
            .domains
            .iter()
            .enumerate()
            .map(|(var, domain)| {
                if self.cells_hold || claims.contains(&Claim::Cell(var as Var)) {
                    domain.clone()
                } else {
                    Domain::between(domain.low.min(0), None)
                }
            })
            .collect();
        let whole = self.frame.problem(self.rules, &domains);
        let mut problem = Problem {
            limit: self.frame.problem(self.rules, self.domains).limit,
            ..Problem::default()
        };
        for (var, domain) in domains.iter().enumerate() {
            let added = problem.add_variable(domain.low, domain.high.unwrap_or(problem.limit));
            if let Some(values) = whole.allowed.get(&(var as Var)) {
                problem.allowed.insert(added, values.clone());
            }
        }
        for row in whole.rows {
            if claims.contains(&Claim::Fact(row.fact)) {
                problem.add_row(row.terms, row.low, row.high, row.fact);
            }
        }
        let wanted: Vec<bool> = (0..self.rules.classes.len())
            .map(|class| claims.contains(&Claim::Fact(self.frame.fact_of_class(class))))
            .collect();
        let bounds: Vec<(i128, i128)> = problem
            .low
            .iter()
            .copied()
            .zip(problem.high.iter().copied())
            .collect();
        add_classes(&mut problem, self.frame, self.rules, &wanted, &bounds);
        problem
    }

    /// The printed cells that the facts speak of, small numbers first, so that large ones are
    /// left when the others are taken away.
    fn cells_in(&self, facts: &[Claim]) -> Vec<Claim> {
        let mut vars: BTreeSet<Var> = BTreeSet::new();
        for claim in facts {
            if let Claim::Fact(fact) = claim {
                vars.extend(self.vars_of(self.frame.facts[*fact]));
            }
        }
        let mut vars: Vec<Var> = vars
            .into_iter()
            .filter(|var| self.frame.in_table[*var as usize])
            .collect();
        vars.sort_by_key(|var| self.domains[*var as usize].low);
        vars.into_iter().map(Claim::Cell).collect()
    }

    fn vars_of(&self, fact: Fact) -> Vec<Var> {
        match fact {
            Fact::Sum(sum) => {
                let sum = &self.frame.sums[sum];
                let children = sum.children.iter().map(|(var, _)| *var);
                children.chain([sum.parent]).collect()
            }
            Fact::Linear(rule) => {
                let terms = &self.rules.linear[rule].terms;
                terms
                    .iter()
                    .filter_map(|(at, _)| self.frame.var(at))
                    .collect()
            }
            Fact::Class(class) => {
                let groups = self.frame.groups[class].iter().flatten();
                groups.map(|(var, _)| *var).collect()
            }
        }
    }

    fn name(&self, claim: Claim) -> ClashingFact {
        match claim {
            Claim::Cell(var) => self.name_cell(var),
            Claim::Fact(fact) => self.name_fact(self.frame.facts[fact]),
        }
    }

    fn name_cell(&self, var: Var) -> ClashingFact {
        let domain = &self.domains[var as usize];
        let coords = self.frame.cells[var as usize].clone();
        let value = match domain.high {
            Some(high) if high == domain.low => high.to_string(),
            Some(high) => format!("{} til {high}", domain.low),
            None => format!("mindst {}", domain.low),
        };
        ClashingFact {
            kind: "cell",
            name: format!("{}: {value}", coords.join(", ")),
            coords,
        }
    }

    fn name_fact(&self, fact: Fact) -> ClashingFact {
        let (kind, name, coords) = match fact {
            Fact::Sum(sum) => {
                let sum = &self.frame.sums[sum];
                let parent = self.frame.cells[sum.parent as usize].clone();
                let labels: Vec<&str> = sum
                    .children
                    .iter()
                    .filter_map(|(var, _)| self.frame.cells[*var as usize].get(sum.dim))
                    .map(String::as_str)
                    .collect();
                let name = format!("{} er summen af {}", parent.join(", "), some_of(&labels));
                ("sum", name, parent)
            }
            Fact::Linear(rule) => ("linear", self.rules.name_of_linear(rule), Vec::new()),
            Fact::Class(class) => {
                let name = &self.rules.classes[class].name;
                ("class", format!("sætningen »{name}«"), Vec::new())
            }
        };
        ClashingFact { kind, name, coords }
    }
}

fn some_of(labels: &[&str]) -> String {
    match labels {
        [] => "ingenting".into(),
        labels if labels.len() <= 4 => labels.join(" + "),
        [first, .., last] => format!("{first} + … + {last} ({} led)", labels.len()),
        [only] => (*only).into(),
    }
}

/// Whether there is any solution at all.
fn is_possible(problem: Problem, steps: u64) -> Answer {
    let low = problem.low.clone();
    let mut solver = Solver::new(problem, &low, steps);
    match solver.tighten_all() {
        Ok(None) => {}
        Ok(Some(_)) => return Answer::Impossible,
        Err(_) => return Answer::Undecided,
    }
    let lows: Vec<i128> = (0..solver.problem().len() as Var)
        .map(|var| solver.bounds(var).0)
        .collect();
    solver.rebase(&lows);
    for component in super::reader::components(&solver) {
        let rows = super::reader::rows_of(&solver, &component);
        match solver.find_base(&rows, &component) {
            Answer::Possible(_) => {}
            other => return other,
        }
    }
    Answer::Possible(Vec::new())
}
