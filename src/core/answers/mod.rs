//! What a respondent has answered: a draft while writing, a submission once sent.
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

mod merge;
mod parts;

pub use merge::{Conflict, Merged, merge};
pub use parts::{changed, portion, take_over, with_portion};

/// Answers under way, and what was typed but could not be read.
///
/// `answers` is always a JSON object shaped by the form's schema. A text that could not be read
/// as its field's type ("tolv" in a number) stays in `unread` under the field's JSON Pointer, so
/// that the page shows it again just as it was typed; the field is then absent in `answers`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    pub answers: Value,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub unread: BTreeMap<String, String>,
    /// Which alternative is open where the answers alone can't tell, by JSON Pointer.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub choices: BTreeMap<String, usize>,
    /// What was known before anyone answered, by JSON Pointer; it is stored apart and never posted.
    #[serde(skip)]
    pub known: BTreeMap<String, Known>,
}

/// An answer that stood somewhere else before this one: in a register, or in the last round.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Known {
    pub value: Value,
    /// As people call it: `Landspatientregisteret 2019`, `jeres svar fra 2024`.
    pub source: String,
}

impl Draft {
    /// A draft that holds `answers` and nothing unread.
    pub fn of(answers: Value) -> Self {
        Self {
            answers,
            unread: BTreeMap::new(),
            choices: BTreeMap::new(),
            known: BTreeMap::new(),
        }
    }
}

impl Default for Draft {
    fn default() -> Self {
        Self::of(Value::Object(serde_json::Map::new()))
    }
}
