//! Disclosure control: protect a set of linked tables, audit what is published, prove it safe.
//!
//! `Rules` is at once the public interchange format (`RULES.json`) and the model that reports
//! use: all tables of one report are one model, told apart by a dimension of their own.
use serde::{Deserialize, Serialize};

/// One label per dimension, in the order of [`Rules::dims`].
pub type Coords = Vec<String>;

/// A true count before protection; `None` was not collected and is printed as `–`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrueCell {
    pub coords: Coords,
    pub value: Option<u64>,
}

/// How one table, or one report's tables, are to be protected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Policy {
    /// Counts of 1..=threshold are hidden.
    pub threshold: u64,
    /// How many values each primary cell must keep possible; `None` means all 1..=threshold.
    pub min_candidates: Option<u64>,
    /// The dimension whose labels are respondents who know their own values (insiders).
    pub insider_dim: Option<String>,
    /// Cells that must be shown; a report that can't be safe with them is refused.
    pub keep_visible: Vec<Coords>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            threshold: 3,
            min_candidates: None,
            insider_dim: None,
            keep_visible: Vec::new(),
        }
    }
}

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
    /// Not collected, outside every sum: printed `–`.
    NotCollected,
}
