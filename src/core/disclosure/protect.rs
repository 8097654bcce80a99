//! Hides what must be hidden, and refuses what can't be made safe.
use std::collections::HashMap;
use std::fmt;

use super::TrueCell;
use super::policy::Policy;
use super::rules::{Coords, Rules};
use super::safe::{Protected, Shown, Summary};

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
pub fn protect(cells: &[TrueCell], rules: &Rules, policy: &Policy) -> Result<Protected, Refusal> {
    rules.check().map_err(|error| Refusal {
        message: error.to_string(),
        at_risk: Vec::new(),
        remedies: Vec::new(),
    })?;
    let shown: Vec<(Coords, Shown)> = cells
        .iter()
        .map(|cell| (cell.coords.clone(), primary_mark(cell.value, policy)))
        .collect();
    let index: HashMap<Coords, usize> = shown
        .iter()
        .enumerate()
        .map(|(at, (coords, _))| (coords.clone(), at))
        .collect();
    Ok(Protected {
        rules: rules.clone(),
        threshold: policy.threshold,
        lowest_primary: policy.primary_low(),
        feasible: vec![None; shown.len()],
        cells: shown,
        index,
        dropped: Vec::new(),
        summary: Summary::default(),
    })
}

fn primary_mark(value: Option<u64>, policy: &Policy) -> Shown {
    match value {
        None => Shown::NotCollected,
        Some(value) if policy.is_primary(value) => Shown::AtMost(policy.threshold),
        Some(value) => Shown::Exact(value),
    }
}
