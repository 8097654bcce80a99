//! What a reader can work out from a printed report, found without the engine that protected it.
use std::collections::BTreeMap;

use proptest::prelude::*;
use samsvar_core::disclosure::Shown;
use samsvar_core::reports::{Block, Report, ReportTable};
use samsvar_core::tables::ReportSpec;
use serde_json::{Value, json};

use crate::collection::Collection;

/// A printed table as an equation: what each cell can be, the totals, and the band sentence.
struct Puzzle {
    /// Lowest and highest value of each cell; `None` is not collected.
    bounds: Vec<Vec<Option<(i64, i64)>>>,
    /// Lowest and highest value of each column's total.
    totals: Vec<(i64, i64)>,
    /// Columns that can't exceed the sum of the others in their row.
    parts: Vec<usize>,
    /// How many rows have a yearly sum from the first to the second number.
    bands: Vec<(i64, i64, usize)>,
    years: Vec<usize>,
}

impl Puzzle {
    fn printed(report: &Report, table: &ReportTable, parts: Vec<usize>) -> Self {
        let rows = table.table.rows();
        let columns = table.table.columns();
        let bound = |row: &str, column: &str| match table.table.cell(row, column) {
            Some(Shown::Exact(value)) => Some((value as i64, value as i64)),
            Some(Shown::AtMost(most)) => Some((1, most as i64)),
            Some(Shown::Withheld) if row == "I alt" => Some((1, i64::MAX)),
            Some(Shown::Withheld) => Some((4, i64::MAX)),
            Some(Shown::Between(low, high)) => Some((low as i64, high as i64)),
            Some(Shown::AtLeast(low)) => Some((low as i64, i64::MAX)),
            Some(Shown::NotCollected) | None => None,
        };
        let row = |row: &String| columns.iter().map(|c| bound(row, c)).collect::<Vec<_>>();
        Self {
            bounds: rows.iter().filter(|row| *row != "I alt").map(row).collect(),
            totals: columns
                .iter()
                .map(|column| bound("I alt", column).expect("a total"))
                .collect(),
            years: (0..columns.len()).filter(|c| !parts.contains(c)).collect(),
            parts,
            bands: bands(report, table),
        }
    }

    fn is_hidden(&self, row: usize, column: usize) -> bool {
        self.bounds[row][column].is_some_and(|(low, high)| low < high)
    }

    /// Whether a table of counts agrees with everything that is printed.
    fn allows(&self, counts: &[Vec<i64>]) -> bool {
        let cells = counts.iter().zip(&self.bounds).all(|(counts, bounds)| {
            let mut cells = counts.iter().zip(bounds);
            cells.all(|(n, bound)| bound.is_none_or(|(low, high)| (low..=high).contains(n)))
        });
        let totals = self.totals.iter().enumerate().all(|(column, (low, high))| {
            let sum: i64 = counts.iter().map(|row| row[column]).sum();
            (*low..=*high).contains(&sum)
        });
        cells && totals && self.keeps_parts(counts) && self.keeps_bands(counts)
    }

    fn complete(&self, row: usize) -> bool {
        self.years
            .iter()
            .all(|year| self.bounds[row][*year].is_some())
    }

    fn keeps_parts(&self, counts: &[Vec<i64>]) -> bool {
        counts.iter().enumerate().all(|(row, counts)| {
            let whole: i64 = self.years.iter().map(|year| counts[*year]).sum();
            !self.complete(row) || self.parts.iter().all(|part| counts[*part] <= whole)
        })
    }

    fn keeps_bands(&self, counts: &[Vec<i64>]) -> bool {
        let complete = counts
            .iter()
            .enumerate()
            .filter(|(row, _)| self.complete(*row));
        let sums: Vec<i64> = complete
            .map(|(_, counts)| self.years.iter().map(|year| counts[*year]).sum())
            .collect();
        self.bands.iter().all(|(low, high, printed)| {
            sums.iter().filter(|sum| (low..=high).contains(sum)).count() == *printed
        })
    }

    /// Other values that a cell can have, found by moving persons between hidden cells.
    fn others(&self, truth: &[Vec<i64>], row: usize, column: usize) -> Vec<i64> {
        let true_value = truth[row][column];
        let (low, high) = self.bounds[row][column].expect("hidden");
        (low..=high.min(true_value + 2))
            .filter(|value| *value != true_value)
            .filter(|value| self.reaches(truth, row, column, value - true_value))
            .collect()
    }

    fn reaches(&self, truth: &[Vec<i64>], row: usize, column: usize, change: i64) -> bool {
        let mut counts = truth.to_vec();
        counts[row][column] += change;
        if self.allows(&counts) {
            return true;
        }
        let others: Vec<usize> = (0..counts.len())
            .filter(|other| *other != row && self.is_hidden(*other, column))
            .collect();
        let step = change.signum();
        others.iter().enumerate().any(|(at, first)| {
            others[at..].iter().any(|second| {
                let mut counts = counts.clone();
                counts[*first][column] -= step;
                counts[*second][column] -= change - step;
                self.allows(&counts) || self.allowed_after_exchange(&counts, row, *first)
            })
        })
    }

    /// Evens two rows out in another column, which their sums may need.
    fn allowed_after_exchange(&self, counts: &[Vec<i64>], a: usize, b: usize) -> bool {
        (0..self.totals.len()).any(|column| {
            [-2, -1, 1, 2].into_iter().any(|change| {
                let mut counts = counts.to_vec();
                counts[a][column] += change;
                counts[b][column] -= change;
                self.allows(&counts)
            })
        })
    }
}

/// The counts of the band sentences that follow a table, where they are printed.
fn bands(report: &Report, table: &ReportTable) -> Vec<(i64, i64, usize)> {
    let blocks = report.sections().iter().flat_map(|section| &section.blocks);
    let after = blocks.skip_while(|block| !matches!(block, Block::Table(t) if t.id == table.id));
    let own = after
        .skip(1)
        .take_while(|block| !matches!(block, Block::Table(_)));
    own.filter_map(|block| match block {
        Block::List { lead, items } if lead.starts_with("Fordeling efter antal") => Some(items),
        _ => None,
    })
    .flatten()
    .filter_map(|line| band(line))
    .collect()
}

/// `9 kommuner har haft 1-3 …`, `1 kommune har haft 10 eller flere …`
fn band(line: &str) -> Option<(i64, i64, usize)> {
    let (respondents, rest) = line.split_once(" har haft ")?;
    let count = respondents.split(' ').next()?.parse().unwrap_or(0);
    let bounds = rest.split(' ').next()?;
    match bounds.split_once('-') {
        Some((low, high)) => Some((low.parse().ok()?, high.parse().ok()?, count)),
        None => Some((bounds.parse().ok()?, i64::MAX, count)),
    }
}

fn truth(collection: &Collection, group: &str, report: &ReportTable) -> Vec<Vec<i64>> {
    let by_name: BTreeMap<&str, &Value> = collection
        .municipalities
        .iter()
        .filter_map(|(name, answers)| Some((name.as_str(), answers.as_ref()?)))
        .collect();
    let rows = report.table.rows().iter().filter(|row| *row != "I alt");
    rows.map(|row| {
        let at = |pointer: &str| {
            let answer = by_name[row.as_str()].pointer(&format!("/{group}/{pointer}"));
            answer.and_then(Value::as_i64).unwrap_or(0)
        };
        [
            "visited/2017",
            "visited/2018",
            "visited/2019",
            "offsite_period",
        ]
        .map(at)
        .to_vec()
    })
    .collect()
}

#[test]
fn no_hidden_cell_of_the_midtjylland_report_has_only_one_possible_value() {
    let collection = Collection::midtjylland();
    let report = collection.report();
    for (table, group) in report.tables().zip(["children", "adults"]) {
        let puzzle = Puzzle::printed(&report, table, vec![3]);
        assert_eq!(puzzle.bands.len(), 3, "the sentences are read");
        let truth = truth(&collection, group, table);
        assert!(puzzle.allows(&truth), "what is printed is true");
        for row in 0..truth.len() {
            for column in (0..4).filter(|column| puzzle.is_hidden(row, *column)) {
                let others = puzzle.others(&truth, row, column);
                let name = &table.table.rows()[row];
                assert!(!others.is_empty(), "{group}: {name}, column {column}");
            }
        }
    }
}

const FEW: [&str; 5] = ["Odder", "Samsø", "Skive", "Struer", "Viborg"];

fn small_definition() -> ReportSpec {
    ReportSpec::read(&json!({
        "title": "Rapport",
        "respondents": {"form": "spiseforstyrrelser-kommune", "singular": "kommune", "plural": "kommuner"},
        "threshold_basis": "vejledningen",
        "tables": [{
            "id": "t", "caption": "T",
            "columns": [{"label": "2018", "pointer": "/a", "year": 2018},
                        {"label": "2019", "pointer": "/b", "year": 2019}],
            "notes": {"counting_unit": "borgere", "source": "kommunerne"},
            "sentences": [{"kind": "trend", "what": "borgere"},
                {"kind": "years", "what": "borgere"}, {"kind": "bands", "what": "borgere"}]
        }]
    }))
    .expect("a definition")
}

/// All values of each cell over all tables that agree with what is printed.
fn possible(puzzle: &Puzzle, most: i64) -> Vec<Vec<Vec<i64>>> {
    let columns: Vec<Vec<Vec<i64>>> = (0..puzzle.totals.len())
        .map(|column| fillings(puzzle, column, most))
        .collect();
    let rows = puzzle.bounds.len();
    let mut found = vec![vec![Vec::new(); 2]; rows];
    for first in &columns[0] {
        for second in &columns[1] {
            let counts: Vec<Vec<i64>> = (0..rows).map(|r| vec![first[r], second[r]]).collect();
            if puzzle.keeps_bands(&counts) {
                for (found, counts) in found.iter_mut().zip(&counts) {
                    for (values, n) in found.iter_mut().zip(counts) {
                        if !values.contains(n) {
                            values.push(*n);
                        }
                    }
                }
            }
        }
    }
    found
}

/// Every way to fill one column within its bounds and its total.
fn fillings(puzzle: &Puzzle, column: usize, most: i64) -> Vec<Vec<i64>> {
    let mut partial = vec![Vec::new()];
    for bounds in &puzzle.bounds {
        let (low, high) = bounds[column].unwrap_or((0, 0));
        let extended = partial.into_iter().flat_map(|before: Vec<i64>| {
            (low..=high.min(most)).map(move |n| {
                let mut after = before.clone();
                after.push(n);
                after
            })
        });
        partial = extended.collect();
    }
    let (low, high) = puzzle.totals[column];
    partial.retain(|counts| (low..=high).contains(&counts.iter().sum()));
    partial
}

proptest! {
    // Nothing is written beside the source: a failing case prints its input.
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_report_is_refused_or_hides_every_small_count_for_good(
        counts in prop::collection::vec((0u64..7, 0u64..7), 2..=5)
    ) {
        let municipalities = FEW.iter().zip(&counts).map(|(name, (a, b))| {
            (name.to_string(), Some(json!({"a": a, "b": b})))
        });
        let form = "spiseforstyrrelser-kommune";
        let collection = Collection { form, municipalities: municipalities.collect(), offers: Vec::new() };
        if let Ok(report) = collection.attempt(&small_definition()) {
            let table = report.tables().next().expect("a table");
            let puzzle = Puzzle::printed(&report, table, Vec::new());
            let found = possible(&puzzle, 12);
            for (row, found) in found.iter().enumerate() {
                for (column, values) in found.iter().enumerate() {
                    if puzzle.is_hidden(row, column) {
                        prop_assert!(values.len() > 1, "{counts:?}: row {row}, column {column}");
                    }
                }
            }
        }
    }
}
