//! Who answered and who did not, so that every denominator can be stated and checked.
use std::collections::BTreeMap;

use super::aggregate::{Respondent, population};
use super::spec::{Population, ReportSpec};
use crate::danish;

/// The base of a report: everybody asked, split into those that count and those that don't.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turnout {
    pub population: Population,
    /// In Danish order.
    pub answered: Vec<String>,
    /// By reason in Danish; names in Danish order.
    pub removed: BTreeMap<String, Vec<String>>,
}

impl Turnout {
    pub(crate) fn of(spec: &ReportSpec, respondents: &[Respondent]) -> Self {
        let mut turnout = Self {
            population: spec.respondents.clone(),
            answered: Vec::new(),
            removed: BTreeMap::new(),
        };
        for (name, respondent) in population(spec, respondents) {
            if respondent.answers.is_some() {
                turnout.answered.push(name);
            } else {
                let reason = match respondent.disposition.trim() {
                    "" => "ikke besvaret",
                    reason => reason,
                };
                let names = turnout.removed.entry(reason.to_lowercase()).or_default();
                names.push(name);
            }
        }
        turnout
    }

    /// Everybody asked.
    pub fn base(&self) -> usize {
        self.answered.len() + self.removed.values().map(Vec::len).sum::<usize>()
    }

    /// "Besvaret af 17 ud af 19 kommuner."
    pub fn sentence(&self) -> String {
        format!("Besvaret af {}.", self.fraction())
    }

    /// "17 ud af 19 kommuner"
    pub fn fraction(&self) -> String {
        let unit = match self.base() {
            1 => &self.population.singular,
            _ => &self.population.plural,
        };
        format!("{} ud af {} {unit}", self.answered.len(), self.base())
    }

    /// One line per reason, then the check that the numbers add up.
    pub fn removed_notes(&self) -> Vec<String> {
        let mut notes: Vec<String> = self
            .removed
            .iter()
            .map(|(reason, names)| format!("Indgår ikke ({reason}): {}.", danish::list(names)))
            .collect();
        let removed = self.base() - self.answered.len();
        if removed > 0 {
            notes.push(format!(
                "Kontrol: {} besvarelser + {removed}, der ikke indgår = {} i alt.",
                self.answered.len(),
                self.base()
            ));
        }
        notes
    }
}
