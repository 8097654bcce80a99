//! What a respondent has answered: a draft while writing, a submission once sent.
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

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
}

impl Default for Draft {
    fn default() -> Self {
        Self {
            answers: Value::Object(serde_json::Map::new()),
            unread: BTreeMap::new(),
        }
    }
}
