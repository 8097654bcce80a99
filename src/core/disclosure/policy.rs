//! The settings of one table or one report: what is small, who knows what, what must stay.
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::known::AlreadyKnown;
use super::options::Merge;
use super::rules::{Coords, LARGEST_VALUE};

/// Each value of a small count is looked at by itself, so there can't be too many of them.
pub const LARGEST_THRESHOLD: u64 = 1_000;

/// Costs are added over all cells.
const LARGEST_PERCENT: u64 = 1_000_000;

/// Cells picked by their labels: every dimension named must have one of the labels listed.
pub type Selection = BTreeMap<String, Vec<String>>;

/// Fixed, contiguous bands for some cells: "4-9" or "10+" instead of the number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Banding {
    /// Everywhere, if empty; sums are not put into bands.
    #[serde(default, rename = "where")]
    pub only: Selection,
    /// The least value of each band, from 0, ascending; the last has no end.
    pub lower: Vec<u64>,
}

impl Banding {
    /// None, small, up to about three times the threshold, and more: for all inner cells.
    pub fn ordinary(policy: &Policy) -> Self {
        let next = policy.threshold + 1;
        let mut lower = vec![
            0,
            policy.primary_low(),
            next,
            3 * policy.threshold.max(2) + 1,
        ];
        lower.dedup();
        Self {
            only: Selection::new(),
            lower,
        }
    }

    /// What makes the bands unfit for this policy: they must not tell small counts apart, nor
    /// be one value wide.
    fn fault(&self, policy: &Policy) -> Option<String> {
        let small = (policy.primary_low(), policy.threshold + 1);
        let ascends = self.lower.windows(2).all(|pair| pair[0] < pair[1]);
        if self.lower.first() != Some(&0) || !ascends {
            return Some("båndene skal begynde med 0 og stige".into());
        }
        if self
            .lower
            .iter()
            .any(|low| *low > LARGEST_VALUE.unsigned_abs())
        {
            return Some("et bånd begynder ved et for stort tal".into());
        }
        if !self.lower.contains(&small.0) || !self.lower.contains(&small.1) {
            return Some(format!(
                "de små tal, {} til {}, skal være et bånd for sig",
                small.0, policy.threshold
            ));
        }
        let splits = |low: &&u64| (small.0 + 1..small.1).contains(*low);
        if self.lower.iter().any(|low| splits(&low)) {
            return Some("et bånd deler de små tal".into());
        }
        let narrow = |pair: &&[u64]| pair[0] >= small.1 && pair[1] - pair[0] < 2;
        self.lower
            .windows(2)
            .find(narrow)
            .map(|pair| format!("båndet fra {} har kun plads til ét tal", pair[0]))
    }

    /// The band that a value lies in: its least and its largest value.
    pub(super) fn of(&self, value: u64) -> (u64, Option<u64>) {
        let above = self.lower.partition_point(|low| *low <= value);
        let low = above.checked_sub(1).and_then(|at| self.lower.get(at));
        (
            low.copied().unwrap_or(0),
            self.lower.get(above).map(|next| next - 1),
        )
    }
}

/// How one table, or one report's tables, are to be protected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// Counts of 1..=threshold are hidden.
    pub threshold: u64,
    /// Zero is hidden with the small counts (statistics that print "fewer than five").
    pub protect_zero: bool,
    /// How many values each primary cell must keep possible; `None` means all of them.
    pub min_candidates: Option<u64>,
    /// The dimension whose labels are respondents who know their own values (insiders).
    pub insider_dim: Option<String>,
    /// What the respondents are called in a refusal, one and several: ("kommune", "kommuner").
    pub insider_words: Option<(String, String)>,
    /// Cells that must be shown; a report that can't be safe with them is refused.
    pub keep_visible: Vec<Coords>,
    /// The same by labels, for whole rows or columns.
    pub keep_visible_where: Vec<Selection>,
    /// Cells that an earlier release hid for protection: hidden again, whatever it costs.
    pub keep_hidden: Vec<Coords>,
    /// Cells that earlier releases have narrowed: they are not narrowed further, and need not keep
    /// what they have lost.
    pub already_known: Vec<AlreadyKnown>,
    /// Counts of organisations, places or money: shown exact and known to every reader.
    pub exempt: Vec<Selection>,
    /// Per cent of the ordinary cost of hiding a cell; the first selection that fits decides.
    pub cost_percent: Vec<(Selection, u64)>,
    /// Totals may be hidden when complements inside the table do not suffice.
    pub may_hide_totals: bool,
    /// Inner cells that are printed as the band that they lie in.
    pub bands: Vec<Banding>,
    /// Rows printed as one, for [`super::protect_with_options`].
    pub merge: Vec<Merge>,
    /// A sentence that leaks is tried with neighbouring classes merged before it is dropped, by
    /// [`super::protect_with_options`].
    pub widen_sentences: bool,
    /// Hidden totals are printed as the interval that any reader can compute, by
    /// [`super::protect_with_options`].
    pub print_intervals: bool,
    /// Names of the classes (sentences) that may be dropped when they leak; `None` is all.
    pub droppable: Option<Vec<String>>,
    /// What a sentence may cost in hidden cells before it is dropped; an ordinary complement
    /// of value v costs 100 · (1 + ln v).
    pub sentence_worth: u64,
    /// Work allowed for each question to the solver; the same input stops at the same place.
    pub steps_per_question: u64,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            threshold: 3,
            protect_zero: false,
            min_candidates: None,
            insider_dim: None,
            insider_words: None,
            keep_visible: Vec::new(),
            keep_visible_where: Vec::new(),
            keep_hidden: Vec::new(),
            already_known: Vec::new(),
            exempt: Vec::new(),
            cost_percent: Vec::new(),
            may_hide_totals: true,
            bands: Vec::new(),
            merge: Vec::new(),
            widen_sentences: false,
            print_intervals: false,
            droppable: None,
            sentence_worth: 1_000,
            steps_per_question: 2_000_000,
        }
    }
}

impl Policy {
    /// The smallest value that a primary mark can stand for.
    pub(super) fn primary_low(&self) -> u64 {
        u64::from(!self.protect_zero)
    }

    pub(super) fn is_primary(&self, value: u64) -> bool {
        (self.primary_low()..=self.threshold).contains(&value)
    }

    /// How many values must stay possible in a primary cell; never fewer than two.
    pub(super) fn candidates(&self) -> u64 {
        let all = self.threshold + 1 - self.primary_low();
        self.min_candidates
            .map_or(all, |wanted| wanted.clamp(2, all.max(2)))
    }

    /// A setting that no table could be protected by.
    pub(super) fn fault(&self) -> Option<String> {
        if self.threshold > LARGEST_THRESHOLD {
            return Some(format!(
                "threshold: grænsen {} er for stor, højst {LARGEST_THRESHOLD}",
                self.threshold
            ));
        }
        let percents = self.cost_percent.iter().enumerate();
        let mut percents = percents.filter(|(_, (_, percent))| *percent > LARGEST_PERCENT);
        if let Some((at, (_, percent))) = percents.next() {
            return Some(format!(
                "cost_percent[{at}]: {percent} er for meget, højst {LARGEST_PERCENT}"
            ));
        }
        let known = self.already_known.iter().enumerate();
        let mut empty = known.filter(|(_, known)| known.values.is_empty());
        let (at, _) = empty.next()?;
        Some(format!(
            "already_known[{at}]: mindst én værdi skal være mulig"
        ))
    }

    pub(super) fn fault_of_bands(&self) -> Option<String> {
        let faults = self.bands.iter().enumerate();
        let mut faults = faults.filter_map(|(at, some)| {
            let fault = some.fault(self)?;
            Some(format!("bands[{at}]: {fault}"))
        });
        faults.next()
    }

    /// The band in which a cell is printed; the first selection that fits decides.
    pub(super) fn band(
        &self,
        dims: &[String],
        coords: &[String],
        value: u64,
    ) -> Option<(u64, Option<u64>)> {
        let mut fits = self
            .bands
            .iter()
            .filter(|some| selects(&some.only, dims, coords));
        fits.next().map(|banding| banding.of(value))
    }

    pub(super) fn may_drop(&self, class: &str) -> bool {
        self.droppable
            .as_ref()
            .is_none_or(|names| names.iter().any(|name| name == class))
    }
}

/// Whether a cell has one of the labels wanted in every dimension that the selection names.
pub(super) fn selects(selection: &Selection, dims: &[String], coords: &[String]) -> bool {
    selection.iter().all(|(dim, labels)| {
        dims.iter()
            .position(|name| name == dim)
            .and_then(|at| coords.get(at))
            .is_some_and(|label| labels.contains(label))
    })
}
