//! Which question of the form a count comes from: the same in every edition of a report.
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::aggregate::figure;
use super::figures::Figure;
use super::spec::{ColumnSpec, TableSpec};

/// Two columns with the same key count the same persons of a respondent.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct MeasureKey {
    pub pointer: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zero_when: Option<String>,
}

impl MeasureKey {
    pub(crate) fn of(table: &TableSpec, column: &ColumnSpec) -> Self {
        Self {
            pointer: column.pointer.clone(),
            zero_when: table.zero_when.clone(),
        }
    }

    /// The count in an answer; `None` where there is none.
    pub fn count(&self, answers: &Value) -> Option<u64> {
        match figure(&self.pointer, self.zero_when.as_deref(), answers) {
            Figure::Count { value, .. } => Some(value),
            Figure::Missing(_) => None,
        }
    }
}
