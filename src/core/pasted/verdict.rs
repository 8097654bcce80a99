//! What a reader of a pasted table can conclude about each hidden number in it.
use std::collections::BTreeMap;

use super::grid::Grid;
use crate::disclosure::{
    Additive, Audit, AuditOptions, InputError, PublishedTable, Rules, Shown, Symbol, audit,
};

const ROW: &str = "række";
const COLUMN: &str = "kolonne";
const HIDDEN_TOTAL: &str = "…";

/// How a table is to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// Small counts are those up to here.
    pub threshold: u64,
    /// Zero is hidden together with the small counts.
    pub hides_zero: bool,
    /// The row that sums the others; empty for none.
    pub total_row: String,
    /// The column that sums the others; empty for none.
    pub total_column: String,
    pub marks: Marks,
}

/// Marks with a meaning of their own in one table; empty ones are read as usual.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Marks {
    /// A small count.
    pub small: String,
    /// Hidden to protect another number.
    pub withheld: String,
    /// No number was collected.
    pub nothing: String,
}

impl Marks {
    fn reads(&self, bare: &str, threshold: u64) -> Option<Shown> {
        let is = |mark: &str| !mark.is_empty() && without_spaces(mark) == bare;
        match () {
            () if is(&self.small) => Some(Shown::AtMost(threshold)),
            () if is(&self.withheld) => Some(Shown::Withheld),
            () if is(&self.nothing) => Some(Shown::NotCollected),
            () => None,
        }
    }
}

fn without_spaces(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// A cell that is neither a count nor a mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableFault {
    pub row: String,
    pub column: String,
    pub text: String,
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct PastedVerdict {
    pub audit: Audit,
    /// Columns that hold something else than counts, with the first such cell.
    pub passed_over: Vec<TableFault>,
    /// Columns that were audited.
    pub columns: Vec<String>,
}

impl Reading {
    /// The total's row and column by their usual names.
    pub fn guessed(grid: &Grid) -> (String, String) {
        const NAMES: [&str; 6] = ["i alt", "total", "ialt", "sum", "hele regionen", "regionen"];
        let is_total = |name: &&String| NAMES.contains(&name.to_lowercase().as_str());
        let row = grid.rows.iter().map(|(name, _)| name).rfind(is_total);
        let column = grid.columns.iter().rfind(is_total);
        (
            row.cloned().unwrap_or_default(),
            column.cloned().unwrap_or_default(),
        )
    }

    /// What a cell prints; `None` for what is neither a count nor a mark.
    pub fn shown(&self, text: &str) -> Option<Shown> {
        let bare = without_spaces(text);
        if let Some(shown) = self.marks.reads(&bare, self.threshold) {
            return Some(shown);
        }
        let digits = |text: &str| -> Option<u64> {
            let plain = text.replace('.', "");
            let grouped = !text.contains('.') || is_grouped(text);
            let all = !plain.is_empty() && plain.bytes().all(|b| b.is_ascii_digit());
            (all && grouped && plain.len() <= 15).then(|| plain.parse().ok())?
        };
        match bare.as_str() {
            "" | "-" | "–" | "—" => return Some(Shown::NotCollected),
            ".." | "…" | "." | "*" | "x" | "X" | ":" => return Some(Shown::Withheld),
            _ => {}
        }
        if let Some(most) = bare.strip_prefix('≤').or(bare.strip_prefix("<=")) {
            return digits(most).map(Shown::AtMost);
        }
        if let Some(over) = bare.strip_prefix('<') {
            return digits(over)
                .and_then(|n| n.checked_sub(1))
                .map(Shown::AtMost);
        }
        if let Some(least) = bare.strip_suffix('+').or(bare.strip_suffix("ellerflere")) {
            return digits(least).map(Shown::AtLeast);
        }
        if let Some((low, high)) = bare.split_once(['-', '–']) {
            let (low, high) = (digits(low)?, digits(high)?);
            return (low < high).then_some(Shown::Between(low, high));
        }
        digits(&bare).map(Shown::Exact)
    }

    /// Audits the columns that hold counts and marks.
    pub fn verdict(&self, grid: &Grid) -> Result<PastedVerdict, InputError> {
        let mut passed_over = Vec::new();
        let mut columns = Vec::new();
        for (at, column) in grid.columns.iter().enumerate() {
            let odd = grid
                .rows
                .iter()
                .find(|(_, cells)| cells.get(at).is_some_and(|text| self.shown(text).is_none()));
            match odd {
                Some((row, cells)) => passed_over.push(TableFault {
                    row: row.clone(),
                    column: column.clone(),
                    text: cells[at].clone(),
                }),
                None => columns.push((at, column.clone())),
            }
        }
        let rules = self.rules(grid, &columns);
        let table = PublishedTable::from_csv(&self.csv(grid, &columns), &rules)?;
        Ok(PastedVerdict {
            audit: audit(&table, &rules, &AuditOptions::default())?,
            passed_over,
            columns: columns.into_iter().map(|(_, name)| name).collect(),
        })
    }

    fn csv(&self, grid: &Grid, columns: &[(usize, String)]) -> Vec<u8> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let mut written = writer.write_record([ROW, COLUMN, "value"]);
        for (row, cells) in &grid.rows {
            for (at, column) in columns {
                let shown = cells.get(*at).and_then(|text| self.shown(text));
                let is_total = *row == self.total_row || *column == self.total_column;
                let value = shown.map_or_else(String::new, |shown| mark(shown, is_total));
                written = written.and_then(|()| writer.write_record([row, column, &value]));
            }
        }
        let bytes = written.ok().and_then(|()| writer.into_inner().ok());
        bytes.unwrap_or_default()
    }

    fn rules(&self, grid: &Grid, columns: &[(usize, String)]) -> Rules {
        let names: Vec<String> = columns.iter().map(|(_, name)| name.clone()).collect();
        let rows: Vec<String> = grid.rows.iter().map(|(name, _)| name.clone()).collect();
        let sums = [
            (ROW, &self.total_row, rows),
            (COLUMN, &self.total_column, names),
        ];
        Rules {
            dims: vec![ROW.into(), COLUMN.into()],
            value: "value".into(),
            symbols: self.symbols(grid),
            additive: sums
                .into_iter()
                .filter(|(_, total, labels)| labels.contains(total))
                .map(|(dim, total, labels)| Additive {
                    dim: dim.into(),
                    parent: total.clone(),
                    children: labels.into_iter().filter(|l| l != total).collect(),
                    only: BTreeMap::new(),
                    coef: BTreeMap::new(),
                })
                .collect(),
            ..Rules::default()
        }
    }

    /// What each mark in the table tells a reader.
    ///
    /// Beside marked small counts, any other hidden number is larger than they are.
    fn symbols(&self, grid: &Grid) -> BTreeMap<String, Symbol> {
        let low = i64::from(!self.hides_zero);
        let shown = grid.rows.iter().flat_map(|(_, cells)| cells);
        let shown: Vec<Shown> = shown.filter_map(|text| self.shown(text)).collect();
        let marks_small = shown.iter().any(|s| matches!(s, Shown::AtMost(_)));
        let limit = i64::try_from(self.threshold).unwrap_or(i64::MAX >> 8);
        let withheld = match marks_small {
            true => Symbol::between(limit + 1, None),
            false => Symbol::between(low, Some(limit)),
        };
        let mut symbols = BTreeMap::from([
            ("–".to_owned(), Symbol::between(0, Some(0))),
            ("..".to_owned(), withheld),
            (HIDDEN_TOTAL.to_owned(), Symbol::between(low, None)),
        ]);
        for shown in shown {
            let symbol = match shown {
                Shown::AtMost(most) => Symbol::between(low, i64::try_from(most).ok()),
                Shown::AtLeast(from) => Symbol::between(i64::try_from(from).unwrap_or(0), None),
                Shown::Between(from, to) => {
                    Symbol::between(i64::try_from(from).unwrap_or(0), i64::try_from(to).ok())
                }
                _ => continue,
            };
            symbols.insert(shown.to_string(), symbol);
        }
        symbols
    }
}

/// A hidden total may be small; a hidden number beside marked small ones is not.
fn mark(shown: Shown, is_total: bool) -> String {
    match shown {
        Shown::Withheld if is_total => HIDDEN_TOTAL.into(),
        other => other.to_string(),
    }
}

/// `1.234`, and not `1.5`.
fn is_grouped(text: &str) -> bool {
    let mut groups = text.split('.');
    let first = groups.next().map_or(0, str::len);
    (1..=3).contains(&first) && groups.all(|group| group.len() == 3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disclosure::{CellVerdict, Status};

    fn verdict(text: &str, threshold: u64, hides_zero: bool) -> PastedVerdict {
        let grid = Grid::read(text).expect("a table");
        let (total_row, total_column) = Reading::guessed(&grid);
        let reading = Reading {
            threshold,
            hides_zero,
            total_row,
            total_column,
            marks: Marks::default(),
        };
        reading.verdict(&grid).expect("a verdict")
    }

    fn given_away(verdict: &PastedVerdict) -> Vec<(String, String, Vec<i128>)> {
        let cells = verdict.audit.cells.iter();
        cells
            .filter(|cell: &&CellVerdict| cell.status != Status::Full)
            .map(|cell| {
                let values = cell.feasible_set.clone().unwrap_or_default();
                (cell.coords[0].clone(), cell.coords[1].clone(), values)
            })
            .collect()
    }

    #[test]
    fn the_printed_table_of_midtjylland_gives_three_municipalities_away() {
        let printed = include_str!(
            "../../../tests/data/disclosure/spiseforstyrrelser_midtjylland_published_tabel1_boern.csv"
        );
        let pasted = printed.replace(',', "\t");
        let found = given_away(&verdict(&pasted, 3, false));
        let of_2018: Vec<_> = found.iter().filter(|(_, year, _)| year == "2018").collect();
        let names: Vec<&str> = of_2018.iter().map(|(name, ..)| name.as_str()).collect();
        assert_eq!(names, ["Lemvig", "Ringkøbing-Skjern", "Viborg"]);
        assert!(of_2018.iter().all(|(.., values)| *values == [1, 2]));
    }

    #[test]
    fn a_single_hidden_row_under_a_total_is_exact() {
        let text = "Kommune\tAntal\tRate\nLæsø\t*\t0,0\nJammerbugt\t7\t1,2\nI alt\t7\t1\n";
        let verdict = verdict(text, 4, true);
        assert_eq!(
            given_away(&verdict),
            [("Læsø".into(), "Antal".into(), vec![0])]
        );
        assert_eq!(verdict.passed_over[0].column, "Rate");
    }

    /// The same table with other marks gives the same verdict.
    #[test]
    fn marks_mean_what_is_said_of_them() {
        let grid = |text: &str| Grid::read(text).expect("a table");
        let usual = "Kommune\tAntal\nA\t≤3\nB\t≤3\nC\t–\nD\t..\nI alt\t9\n";
        let own = "Kommune\tAntal\nA\t-\nB\t-\nC\tn.a.\nD\t(skjult)\nI alt\t9\n";
        let marks = Marks {
            small: "-".into(),
            withheld: "( skjult )".into(),
            nothing: "n.a.".into(),
        };
        let found = |text: &str, marks: Marks| {
            let reading = Reading {
                threshold: 3,
                hides_zero: false,
                total_row: "I alt".into(),
                total_column: String::new(),
                marks,
            };
            let verdict = reading.verdict(&grid(text)).expect("a verdict");
            let cells = verdict.audit.cells.iter();
            cells
                .map(|cell| (cell.coords.clone(), cell.min, cell.max))
                .collect::<Vec<_>>()
        };
        assert_eq!(found(own, marks), found(usual, Marks::default()));
        assert_eq!(found(usual, Marks::default()).len(), 3);
    }

    #[test]
    fn numbers_are_read_as_danes_write_them() {
        let reading = Reading {
            threshold: 3,
            hides_zero: false,
            total_row: String::new(),
            total_column: String::new(),
            marks: Marks::default(),
        };
        for (text, shown) in [
            ("1.234", Some(Shown::Exact(1234))),
            ("1 234", Some(Shown::Exact(1234))),
            ("< 5", Some(Shown::AtMost(4))),
            ("≤3", Some(Shown::AtMost(3))),
            ("4–9", Some(Shown::Between(4, 9))),
            ("–", Some(Shown::NotCollected)),
            ("1.5", None),
            ("0,37", None),
            ("-3", None),
            ("999999999999999999999", None),
        ] {
            assert_eq!(reading.shown(text), shown, "{text}");
        }
    }
}
