//! What the secretariat has chosen about one report, on top of its definition.
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::disclosure::LARGEST_THRESHOLD;
use crate::tables::{PrintedRows, ReportSpec, SentenceSpec, TrueTable, merge};

/// A merged row has this many respondents at least: of two, each could subtract its own number.
pub const FEWEST_MERGED: usize = 3;

/// Settings of a campaign's report; the default is the definition as it stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Choices {
    /// Instead of the definition's.
    pub threshold: Option<u64>,
    /// Totals may be hidden where nothing else suffices.
    pub may_hide_totals: bool,
    /// Ids of tables that are printed without their total row.
    pub without_total: BTreeSet<String>,
    /// Ids of tables of which only the total row is printed.
    pub total_only: BTreeSet<String>,
    /// Ids of tables that are left out: what is left is an extract.
    pub without_tables: BTreeSet<String>,
    /// Columns that are left out: table id and label.
    pub without_columns: BTreeSet<(String, String)>,
    /// Ids of tables whose numbers over the threshold are printed in bands.
    pub in_bands: BTreeSet<String>,
    /// Hidden totals are printed as the interval that any reader can compute.
    pub print_intervals: bool,
    /// Ids of tables without the sentences that are derived from them.
    pub without_sentences: BTreeSet<String>,
    pub merged: Vec<MergedRows>,
    /// Respondents whose answers wait for a later edition: id and name.
    pub waiting: BTreeMap<String, String>,
    /// Small counts that an earlier edition printed are printed as they are.
    pub print_published: bool,
    /// So many values of each small count must stay possible; `None` is all of them.
    pub min_candidates: Option<u64>,
}

/// Rows printed as one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MergedRows {
    pub name: String,
    /// The rows' names in the report.
    pub rows: Vec<String>,
}

impl Choices {
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// What no report could be made with.
    pub fn fault(&self) -> Option<String> {
        let threshold = self.threshold?;
        let is_right = (2..=LARGEST_THRESHOLD).contains(&threshold);
        (!is_right)
            .then(|| format!("Grænsen for små tal er et helt tal fra 2 til {LARGEST_THRESHOLD}."))
    }

    /// One line for each choice, in Danish, for the page, the history and the certificate.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some(threshold) = self.threshold {
            lines.push(format!("Grænsen for små tal er {threshold}."));
        }
        if self.may_hide_totals {
            lines.push("Totaler må skjules, hvor det er nødvendigt.".into());
        }
        let of_tables = |ids: &BTreeSet<String>, what: &str| -> Option<String> {
            let names: Vec<&str> = ids.iter().map(String::as_str).collect();
            (!ids.is_empty()).then(|| format!("{what}: {}.", crate::danish::list(&names)))
        };
        if self.print_intervals {
            lines.push("Skjulte totaler vises som det interval, enhver kan regne ud.".into());
        }
        lines.extend(of_tables(&self.in_bands, "Tal vises i bånd i tabellen"));
        lines.extend(of_tables(&self.without_total, "Uden total i tabellen"));
        lines.extend(of_tables(&self.total_only, "Kun totalen vises i tabellen"));
        lines.extend(of_tables(&self.without_tables, "Tabeller udeladt"));
        for (table, column) in &self.without_columns {
            lines.push(format!(
                "Kolonnen »{column}« er udeladt i tabellen {table}."
            ));
        }
        lines.extend(of_tables(
            &self.without_sentences,
            "Sætninger udeladt om tabellen",
        ));
        for merged in &self.merged {
            let rows: Vec<&str> = merged.rows.iter().map(String::as_str).collect();
            lines.push(format!(
                "{} er slået sammen til »{}«.",
                crate::danish::list(&rows),
                merged.name
            ));
        }
        if !self.waiting.is_empty() {
            let names: Vec<&str> = self.waiting.values().map(String::as_str).collect();
            lines.push(format!(
                "Svar, der venter: {}.",
                crate::danish::list(&names)
            ));
        }
        if self.print_published {
            lines.push("Små tal, der allerede er offentliggjort, vises.".into());
        }
        if let Some(least) = self.min_candidates {
            lines.push(format!(
                "Mindst {least} værdier skal være mulige bag hvert lille tal."
            ));
        }
        lines
    }

    /// The definition with these choices; merged rows are for [`Self::merge_rows`].
    pub(super) fn applied(&self, spec: &ReportSpec) -> ReportSpec {
        let mut spec = spec.clone();
        if let Some(threshold) = self.threshold {
            spec.threshold = threshold;
        }
        if self.may_hide_totals {
            spec.keep_totals = false;
        }
        spec.tables
            .retain(|table| !self.without_tables.contains(&table.id));
        for table in &mut spec.tables {
            let is_left_out = |label: &str| {
                let key = (table.id.clone(), label.to_owned());
                self.without_columns.contains(&key)
            };
            let left_out: Vec<String> = table
                .columns
                .iter()
                .filter(|column| is_left_out(&column.label))
                .map(|column| column.label.clone())
                .collect();
            table.columns.retain(|c| !left_out.contains(&c.label));
            table.has_total = !self.without_total.contains(&table.id);
            if self.total_only.contains(&table.id) && table.has_total {
                table.rows = PrintedRows::Total;
            }
            let counts_rows = self.merged.is_empty();
            let has_total = table.has_total;
            let fewer_columns = !left_out.is_empty();
            table.sentences.retain(|sentence| match sentence {
                SentenceSpec::Trend { .. } => has_total && !fewer_columns,
                SentenceSpec::Years { .. }
                | SentenceSpec::Bands { .. }
                | SentenceSpec::Changes { .. } => counts_rows && !fewer_columns,
            });
            if self.without_sentences.contains(&table.id) {
                table.sentences.clear();
            }
        }
        spec.tables.retain(|table| !table.columns.is_empty());
        spec
    }

    pub(super) fn merge_rows(&self, tables: &mut [TrueTable]) {
        for table in tables {
            for merged in &self.merged {
                merge(table, &merged.name, &merged.rows);
            }
        }
    }
}
