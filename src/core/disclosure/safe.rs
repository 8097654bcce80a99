//! The only types with counts that leave this room: what may be printed, and nothing more.
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use super::certificate::{Certificate, Claim, GivenAway, certify, feasible_sets};
use super::frame::Frame;
use super::policy::Selection;
use super::rules::{Coords, LARGEST_VALUE, Rules, Symbol};
use super::table::PublishedTable;

/// What may be printed in a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Shown {
    /// The true value.
    Exact(u64),
    /// 1..=threshold: printed `≤3`.
    AtMost(u64),
    /// Hidden for protection: printed `..`.
    Withheld,
    /// Hidden total printed as the interval that any reader can compute anyway.
    Between(u64, u64),
    /// A band without end: printed `10+`.
    AtLeast(u64),
    /// Not collected, outside every sum: printed `–`.
    NotCollected,
}

impl Shown {
    /// Whether the reader is not told the number.
    pub fn is_hidden(self) -> bool {
        !matches!(self, Self::Exact(_) | Self::NotCollected)
    }

    pub(super) fn of_band((low, high): (u64, Option<u64>)) -> Self {
        high.map_or(Self::AtLeast(low), |high| Self::Between(low, high))
    }

    /// What a band's or an interval's mark stands for.
    pub(super) fn symbol(self) -> Symbol {
        let bound = |value: u64| i64::try_from(value).unwrap_or(LARGEST_VALUE);
        match self {
            Self::Between(low, high) => Symbol::between(bound(low), Some(bound(high))),
            Self::AtLeast(low) => Symbol::between(bound(low), None),
            Self::Exact(value) => Symbol::between(bound(value), Some(bound(value))),
            Self::AtMost(most) => Symbol::between(1, Some(bound(most))),
            Self::Withheld => Symbol::between(0, None),
            Self::NotCollected => Symbol::between(0, Some(0)),
        }
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Exact(value) => write!(f, "{value}"),
            Self::AtMost(most) => write!(f, "≤{most}"),
            Self::Withheld => f.write_str(".."),
            Self::Between(low, high) => write!(f, "{low}-{high}"),
            Self::AtLeast(low) => write!(f, "{low}+"),
            Self::NotCollected => f.write_str("–"),
        }
    }
}

/// What a reader can still conclude about a hidden cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Feasible {
    pub min: u64,
    /// `None` is without limit.
    pub max: Option<u64>,
    /// Every possible value, when there are ten or fewer.
    pub values: Option<Vec<u64>>,
}

impl fmt::Display for Feasible {
    /// "1, 2 eller 3", "4 til 17", "mindst 4".
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match (&self.values, self.max) {
            (Some(values), _) if values.len() < 5 || !self.is_contiguous(values) => {
                f.write_str(&either(values))
            }
            (_, Some(max)) => write!(f, "{} til {max}", self.min),
            (_, None) => write!(f, "mindst {}", self.min),
        }
    }
}

impl Feasible {
    fn is_contiguous(&self, values: &[u64]) -> bool {
        self.max
            .and_then(|max| max.checked_sub(self.min))
            .is_some_and(|width| width + 1 == values.len() as u64)
    }
}

/// How many groups lie in one class of a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct SafeBin {
    pub lo: u64,
    /// `None` is "or more".
    pub hi: Option<u64>,
    pub count: u64,
}

/// A sentence that must not be printed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DroppedFact {
    /// The class's name in the rules.
    pub name: String,
    /// In Danish, for the secretariat: which cell forced it. Never for print.
    pub reason: String,
}

/// What protecting cost; for the secretariat, never for print.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Cells hidden because they are small.
    pub primary: usize,
    /// Cells hidden to protect them, totals included.
    pub complementary: usize,
    /// Cells printed as a band, as the policy says.
    pub banded: usize,
    /// Cells that are printed as their number, because their band would have given it or another
    /// away.
    pub lifted: usize,
    pub totals_hidden: usize,
    /// The sum of the true values behind the complementary marks.
    pub value_hidden: u64,
    /// The cost of the complementary marks (see `Policy::sentence_worth` for the unit).
    pub cost: u64,
    /// No choice of complementary marks could have cost less than this.
    pub lower_bound: u64,
    /// `cost` equals `lower_bound`: nothing cheaper is safe.
    pub proven_optimal: bool,
    /// Respondents who were tried as insiders.
    pub insiders: usize,
}

/// Tables and sentences that reveal nobody; made by [`super::protect`] alone.
#[derive(Debug, Clone)]
pub struct Protected {
    pub(super) rules: Rules,
    pub(super) claim: Claim,
    pub(super) steps_per_question: u64,
    pub(super) cells: Vec<(Coords, Shown)>,
    pub(super) index: HashMap<Coords, usize>,
    /// Computed when first asked for.
    pub(super) feasible: OnceLock<HashMap<Coords, Feasible>>,
    pub(super) dropped: Vec<DroppedFact>,
    pub(super) lifted: Vec<Coords>,
    pub(super) summary: Summary,
}

impl Protected {
    pub fn dims(&self) -> &[String] {
        &self.rules.dims
    }

    /// The rules of what is printed: without the sentences that were dropped, with their marks.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// In the order of the input, then the totals that were added.
    pub fn cells(&self) -> &[(Coords, Shown)] {
        &self.cells
    }

    pub fn shown(&self, coords: &[&str]) -> Option<Shown> {
        self.position(coords)
            .and_then(|at| self.cells.get(at))
            .map(|(_, shown)| *shown)
    }

    /// What a reader can conclude about a hidden cell; `None` when it isn't hidden.
    ///
    /// The first call looks at all hidden cells, from what is printed alone.
    pub fn feasible(&self, coords: &[&str]) -> Option<&Feasible> {
        let key: Coords = coords.iter().map(|label| (*label).to_owned()).collect();
        let all = self.feasible.get_or_init(|| {
            let table = PublishedTable::of_shown(&self.cells);
            feasible_sets(&table, &self.rules, &self.claim, self.steps_per_question)
        });
        all.get(&key)
    }

    /// With hidden totals printed as the interval that a reader can compute anyway; without, where
    /// that can't be shown to give nothing away.
    pub fn with_intervals(mut self) -> Self {
        let before = (self.cells.clone(), self.rules.clone());
        let coords = self.cells.iter().map(|(coords, _)| coords);
        let Ok(frame) = Frame::new(&self.rules, coords) else {
            return self;
        };
        let is_total = |coords: &Coords| {
            let var = frame.var(coords);
            var.is_some_and(|var| frame.is_parent[var as usize])
        };
        let mut cells = before.0.clone();
        for (coords, shown) in &mut cells {
            if *shown == Shown::Withheld && is_total(coords) {
                let labels: Vec<&str> = coords.iter().map(String::as_str).collect();
                if let Some(Feasible {
                    min,
                    max: Some(max),
                    ..
                }) = self.feasible(&labels)
                {
                    *shown = Shown::Between(*min, *max);
                }
            }
        }
        for (_, shown) in &cells {
            if let Shown::Between(..) = shown {
                self.rules.symbols.insert(shown.to_string(), shown.symbol());
            }
        }
        self.cells = cells;
        self.feasible = OnceLock::new();
        if self.cells != before.0 && self.certificate().is_none() {
            (self.cells, self.rules) = before;
        }
        self
    }

    /// One table of the model: all other dimensions are fixed by `select`, labels come in the
    /// order of the input.
    pub fn table(&self, select: &[(&str, &str)], rows: &str, columns: &str) -> SafeTable {
        let selection: Selection = select
            .iter()
            .map(|(dim, label)| ((*dim).to_owned(), vec![(*label).to_owned()]))
            .collect();
        let mut table = SafeTable::default();
        let (Some(row_dim), Some(column_dim)) =
            (self.rules.dim_index(rows), self.rules.dim_index(columns))
        else {
            return table;
        };
        for (coords, shown) in &self.cells {
            if super::policy::selects(&selection, &self.rules.dims, coords)
                && let (Some(row), Some(column)) = (coords.get(row_dim), coords.get(column_dim))
            {
                table.insert(row, column, *shown);
            }
        }
        table
    }

    /// The counts of a sentence; `None` when it was dropped or never asked for.
    pub fn class_counts(&self, name: &str) -> Option<Vec<SafeBin>> {
        let class = self.rules.classes.iter().find(|class| class.name == name)?;
        class
            .bins
            .iter()
            .map(|bin| {
                Some(SafeBin {
                    lo: u64::try_from(bin.lo.max(0)).ok()?,
                    hi: bin.hi.and_then(|hi| u64::try_from(hi).ok()),
                    count: bin.count?,
                })
            })
            .collect()
    }

    /// The counts of a sentence in the order of its classes, which may lie below zero; `None` when
    /// it was dropped or never asked for.
    pub fn counts_of(&self, name: &str) -> Option<Vec<u64>> {
        let class = self.rules.classes.iter().find(|class| class.name == name)?;
        class.bins.iter().map(|bin| bin.count).collect()
    }

    /// The table in the format that the audit reads, in an order that does not depend on that
    /// of the input: labels as the rules name them, others by their letters.
    pub fn to_csv(&self) -> Vec<u8> {
        let mut cells = self.cells.clone();
        let order = super::order::LabelOrder::new(&self.rules);
        cells.sort_by_cached_key(|(coords, _)| order.key(coords));
        PublishedTable::of_shown(&cells).to_csv(&self.rules)
    }

    pub(super) fn claim(&self) -> &Claim {
        &self.claim
    }

    pub fn dropped(&self) -> &[DroppedFact] {
        &self.dropped
    }

    /// Cells that are printed as their number although the policy puts them into a band: behind it
    /// they, or others, would not have been safe.
    pub fn lifted(&self) -> &[Coords] {
        &self.lifted
    }

    pub fn summary(&self) -> &Summary {
        &self.summary
    }

    /// Cells of which earlier releases had given more away than the guarantee allows.
    pub fn given_away(&self) -> &[GivenAway] {
        &self.claim.given_away
    }

    pub fn threshold(&self) -> u64 {
        self.claim.threshold
    }

    /// Other tables that fit all that is printed, found from what is printed alone: they prove
    /// the guarantee to whoever adds them up. `None` when the work allowed did not suffice.
    pub fn certificate(&self) -> Option<Certificate> {
        let table = PublishedTable::of_shown(&self.cells);
        certify(
            &table,
            &self.rules,
            self.claim.clone(),
            self.steps_per_question,
        )
        .ok()
        .flatten()
    }

    fn position(&self, coords: &[&str]) -> Option<usize> {
        let key: Coords = coords.iter().map(|label| (*label).to_owned()).collect();
        self.index.get(&key).copied()
    }
}

/// One protected table, ready for a writer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SafeTable {
    rows: Vec<String>,
    columns: Vec<String>,
    known_rows: HashSet<String>,
    known_columns: HashSet<String>,
    cells: HashMap<(String, String), Shown>,
}

impl SafeTable {
    pub fn rows(&self) -> &[String] {
        &self.rows
    }

    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    pub fn cell(&self, row: &str, column: &str) -> Option<Shown> {
        self.cells
            .get(&(row.to_owned(), column.to_owned()))
            .copied()
    }

    fn insert(&mut self, row: &str, column: &str, shown: Shown) {
        if self.known_rows.insert(row.to_owned()) {
            self.rows.push(row.to_owned());
        }
        if self.known_columns.insert(column.to_owned()) {
            self.columns.push(column.to_owned());
        }
        self.cells
            .insert((row.to_owned(), column.to_owned()), shown);
    }
}

/// "1", "1 eller 2", "1, 2 eller 3".
fn either(values: &[u64]) -> String {
    let words: Vec<String> = values.iter().map(u64::to_string).collect();
    match words.split_last() {
        None => "ingen værdi".into(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} eller {last}", rest.join(", ")),
    }
}
