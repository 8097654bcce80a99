//! What an edition of a report has told its readers, kept so that later ones can be audited with it.
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::disclosure::{Classes, Coords, Linear, Protected, Shown};
use crate::tables::{Counted, MeasureKey, TrueTable};

/// The printed tables and sentences of one edition. Holds no count that is not printed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    pub threshold: u64,
    pub tables: Vec<FactTable>,
    /// Sentences that count respondents, over (table, row, column).
    #[serde(default)]
    pub classes: Vec<Classes>,
    #[serde(default)]
    pub linear: Vec<Linear>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactTable {
    pub id: String,
    pub caption: String,
    pub columns: Vec<FactColumn>,
    pub rows: Vec<FactRow>,
    /// The printed totals, one per column; empty where there is no total row.
    #[serde(default)]
    pub totals: Vec<Shown>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactColumn {
    pub label: String,
    /// `None` where the column has no question in this campaign's form.
    #[serde(default)]
    pub measure: Option<MeasureKey>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactRow {
    pub name: String,
    /// Ids of the respondents whose figures the row adds up; empty for one unknown here.
    pub members: Vec<String>,
    pub cells: Vec<Shown>,
}

/// An earlier edition as the audit needs it.
#[derive(Debug, Clone)]
pub struct Edition {
    pub number: u32,
    pub facts: Facts,
    /// The counts behind it: respondent and measure. `None` for a table from elsewhere, which is
    /// taken to have had the counts of now wherever they fit what it prints.
    pub counts: Option<Counts>,
}

/// A count of one respondent; absent where its answer is no longer kept.
pub type Counts = BTreeMap<(String, MeasureKey), Option<u64>>;

impl Facts {
    /// The counts behind the tables, from the answers that they were made of.
    ///
    /// `answers_of` says of a respondent `None` where its answer is no longer kept, and
    /// `Some(None)` where it had not answered.
    pub fn counts<'a>(&self, answers_of: impl Fn(&str) -> Option<Option<&'a Value>>) -> Counts {
        let mut counts = Counts::new();
        for table in &self.tables {
            let measures = || table.columns.iter().filter_map(|c| c.measure.as_ref());
            for id in table.rows.iter().flat_map(|row| &row.members) {
                if let Some(answers) = answers_of(id) {
                    counts.extend(measures().map(|measure| {
                        let count = answers.and_then(|answers| measure.count(answers));
                        ((id.clone(), measure.clone()), count)
                    }));
                }
            }
        }
        counts
    }
}

impl Edition {
    /// How the page calls it.
    pub fn name(&self) -> String {
        format!("udgave {}", self.number)
    }
}

/// What a protected report tells: its own tables and sentences, without those of earlier editions.
pub(super) fn facts(
    threshold: u64,
    tables: &[TrueTable],
    protected: &Protected,
    own_linear: usize,
) -> Facts {
    let protects = |table: &&TrueTable| table.spec.counted == Counted::Persons;
    let own: Vec<&TrueTable> = tables.iter().filter(protects).collect();
    let is_own = |coords: &Coords| {
        let table = coords.first();
        own.iter().any(|own| Some(&own.spec.id) == table)
    };
    let rules = protected.rules();
    Facts {
        threshold,
        tables: own
            .iter()
            .map(|table| fact_table(table, protected))
            .collect(),
        classes: rules
            .classes
            .iter()
            .filter(|class| class.cells().all(is_own))
            .filter(|class| !class.name.starts_with("udgave "))
            .cloned()
            .collect(),
        linear: rules.linear.iter().take(own_linear).cloned().collect(),
    }
}

fn fact_table(table: &TrueTable, protected: &Protected) -> FactTable {
    let id = table.spec.id.as_str();
    let columns = &table.spec.columns;
    let shown = |row: &str, column: &str| {
        let shown = protected.shown(&[id, row, column]);
        shown.unwrap_or(Shown::NotCollected)
    };
    let of_row = |row: &str| columns.iter().map(|c| shown(row, &c.label)).collect();
    FactTable {
        id: id.to_owned(),
        caption: table.spec.caption.clone(),
        columns: columns
            .iter()
            .map(|column| FactColumn {
                label: column.label.clone(),
                measure: Some(MeasureKey::of(table.spec, column)),
            })
            .collect(),
        rows: table
            .rows
            .iter()
            .map(|row| FactRow {
                name: row.name.clone(),
                members: row.members.iter().map(|m| m.id.clone()).collect(),
                cells: of_row(&row.name),
            })
            .collect(),
        totals: match table.spec.has_total {
            true => of_row(&table.spec.total_label),
            false => Vec::new(),
        },
    }
}
