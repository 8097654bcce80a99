//! All counts and sentences of a report as one model, so that they are protected together.
use std::collections::{BTreeMap, BTreeSet};

use super::choices::{Choices, FEWEST_MERGED};
use super::context::Context;
use super::parts;
use crate::disclosure::{
    Additive, Banding, Bin, Classes, Coords, Policy, Protected, Rules, SafeTable, Selection,
    TrueCell,
};
use crate::tables::{Basis, Counted, Measure, ReportSpec, SentenceSpec, TrueRow, TrueTable};

const TABLE: &str = "tabel";
pub(super) const ROW: &str = "række";
const COLUMN: &str = "kolonne";
pub(super) const VALUE: &str = "value";

/// A cell is named by its table, its row and its column.
pub(super) const DIMS: [&str; 3] = [TABLE, ROW, COLUMN];

/// The true inner cells of all tables; totals are the rules' business.
pub(super) fn cells(tables: &[TrueTable]) -> Vec<TrueCell> {
    let mut cells = Vec::new();
    for table in tables {
        for row in &table.rows {
            for (index, column) in table.spec.columns.iter().enumerate() {
                cells.push(TrueCell {
                    coords: coords(table, &row.name, &column.label),
                    value: row.count(index),
                });
            }
        }
    }
    cells
}

/// What a reader can know of those cells: totals, parts of wholes and counted sentences.
///
/// The sentences named in `merged` are counted in wider bands.
pub(super) fn rules(tables: &[TrueTable], merged: &BTreeSet<String>) -> Rules {
    Rules {
        dims: DIMS.map(str::to_owned).to_vec(),
        value: VALUE.into(),
        additive: tables
            .iter()
            .filter(|table| table.spec.has_total)
            .map(total)
            .collect(),
        linear: parts::linear(tables),
        classes: tables
            .iter()
            .flat_map(|table| classes(table, merged))
            .collect(),
        ..Rules::default()
    }
}

/// Respondents are the insiders; tables that count organisations are printed as they are.
///
/// Beside earlier editions, totals are hidden only where the secretariat has chosen so.
pub(super) fn policy(
    spec: &ReportSpec,
    truth: &[TrueTable],
    context: &Context,
    choices: &Choices,
) -> Policy {
    let own_classes = truth.iter().flat_map(|table| {
        let sentences = 0..table.spec.sentences.len();
        sentences.map(|sentence| class_name(table, sentence))
    });
    Policy {
        threshold: spec.threshold,
        min_candidates: choices.min_candidates,
        may_hide_totals: !spec.keep_totals && (context.is_empty() || choices.may_hide_totals),
        droppable: Some(own_classes.collect()),
        bands: choices.in_bands.iter().map(|id| bands(spec, id)).collect(),
        keep_visible: context.keep_visible.clone(),
        keep_hidden: hardly_behind(truth)
            .chain(context.keep_hidden.iter().cloned())
            .collect(),
        already_known: context.already_known.clone(),
        insider_dim: Some(ROW.into()),
        insider_words: Some((
            spec.respondents.singular.clone(),
            spec.respondents.plural.clone(),
        )),
        exempt: truth
            .iter()
            .filter(|table| table.spec.counted == Counted::Organisations)
            .flat_map(exempt)
            .chain(context.exempt.clone())
            .collect(),
        ..Policy::default()
    }
}

/// Offers of which the citizens come from fewer municipalities than this show none of their
/// numbers: of two, each could subtract its own.
pub(super) const FEWEST_BEHIND: usize = FEWEST_MERGED;

/// Whether an offer's citizens come from too few municipalities, or from who knows where.
pub(super) fn is_hardly_behind(row: &TrueRow) -> bool {
    let named = row.catchment.as_ref();
    named.is_some_and(|names| names.len() < FEWEST_BEHIND)
}

fn hardly_behind<'t>(tables: &'t [TrueTable]) -> impl Iterator<Item = Coords> + 't {
    tables.iter().flat_map(|table| {
        let rows = table.rows.iter().filter(|row| is_hardly_behind(row));
        rows.flat_map(move |row| {
            let columns = table.spec.columns.iter();
            columns.map(move |column| coords(table, &row.name, &column.label))
        })
    })
}

/// What a table of organisations prints as it is: all but the offers that hardly a municipality
/// stands behind.
fn exempt(table: &TrueTable) -> Vec<Selection> {
    if !table.rows.iter().any(is_hardly_behind) {
        return vec![only(&table.spec.id)];
    }
    let rows = table.rows.iter().filter(|row| !is_hardly_behind(row));
    let mut exempt = only(&table.spec.id);
    exempt.insert(ROW.to_owned(), rows.map(|row| row.name.clone()).collect());
    vec![exempt]
}

/// The rules with what earlier editions have told.
pub(super) fn with_context(mut rules: Rules, context: &Context) -> Rules {
    rules.linear.extend(context.linear.iter().cloned());
    rules.classes.extend(context.classes.iter().cloned());
    rules
}

/// One table of the model as it may be printed, its total row last.
pub(super) fn printed(protected: &Protected, table: &TrueTable) -> SafeTable {
    protected.table(&[(TABLE, &table.spec.id)], ROW, COLUMN)
}

fn bands(spec: &ReportSpec, table: &str) -> Banding {
    let policy = Policy {
        threshold: spec.threshold,
        ..Policy::default()
    };
    Banding {
        only: only(table),
        ..Banding::ordinary(&policy)
    }
}

fn only(table: &str) -> Selection {
    [(TABLE.to_owned(), vec![table.to_owned()])].into()
}

/// The name of a sentence's class in the model.
pub(super) fn class_name(table: &TrueTable, sentence: usize) -> String {
    format!("{}/{sentence}", table.spec.id)
}

/// The rows that a band sentence speaks of: those with all figures of its basis.
pub(super) fn rows_of_basis<'t>(
    table: &'t TrueTable,
    basis: &Basis,
) -> (Vec<&'t TrueRow>, Vec<usize>) {
    let columns: Vec<usize> = (0..table.spec.columns.len())
        .filter(|index| in_basis(table, basis, *index))
        .collect();
    let rows = table
        .rows
        .iter()
        .filter(|row| columns.iter().all(|column| row.count(*column).is_some()))
        .collect();
    (rows, columns)
}

fn in_basis(table: &TrueTable, basis: &Basis, index: usize) -> bool {
    let column = &table.spec.columns[index];
    match basis {
        Basis::SumOfYears => matches!(column.measure, Measure::Year(_)),
        Basis::Column(label) => column.label == *label,
    }
}

pub(super) fn coords(table: &TrueTable, row: &str, column: &str) -> Coords {
    vec![table.spec.id.clone(), row.to_owned(), column.to_owned()]
}

fn total(table: &TrueTable) -> Additive {
    Additive {
        dim: ROW.into(),
        parent: table.spec.total_label.clone(),
        children: table.rows.iter().map(|row| row.name.clone()).collect(),
        only: only(&table.spec.id),
        coef: Default::default(),
    }
}

fn classes(table: &TrueTable, merged: &BTreeSet<String>) -> Vec<Classes> {
    let sentences = table.spec.sentences.iter().enumerate();
    let classes = sentences.filter_map(|(index, sentence)| {
        let name = class_name(table, index);
        let is_wide = merged.contains(&name);
        match sentence {
            SentenceSpec::Bands { basis, lower, .. } => Some(Classes {
                name,
                groups: groups(table, basis),
                minus: BTreeMap::new(),
                bins: match is_wide {
                    true => bins(&wider(lower)),
                    false => bins(lower),
                },
                attained: Vec::new(),
                exhaustive: true,
            }),
            SentenceSpec::Changes { .. } => changes(table, name, is_wide),
            SentenceSpec::Years { .. } | SentenceSpec::Trend { .. } => None,
        }
    });
    classes.collect()
}

/// The last year less the first, of every row that has both; in wide classes, risen or not.
fn changes(table: &TrueTable, name: String, is_wide: bool) -> Option<Classes> {
    let (rows, [first, last]) = rows_of_changes(table)?;
    let cell = |row: &&TrueRow, column: usize| {
        let label = &table.spec.columns[column].label;
        (row.name.clone(), vec![coords(table, &row.name, label)])
    };
    let limits: &[(i64, Option<i64>)] = match is_wide {
        true => &[(1, None), (Bin::NO_LEAST, Some(0))],
        false => &[(1, None), (Bin::NO_LEAST, Some(-1)), (0, Some(0))],
    };
    let bins = limits.iter().map(|(lo, hi)| Bin {
        lo: *lo,
        hi: *hi,
        count: None,
    });
    Some(Classes {
        name,
        groups: rows.iter().map(|row| cell(row, last)).collect(),
        minus: rows.iter().map(|row| cell(row, first)).collect(),
        bins: bins.collect(),
        attained: Vec::new(),
        exhaustive: true,
    })
}

/// The rows with figures for the first year and the last, and those years' columns.
pub(super) fn rows_of_changes<'t>(table: &'t TrueTable) -> Option<(Vec<&'t TrueRow>, [usize; 2])> {
    let columns = table.spec.columns.iter().enumerate();
    let years = columns.filter_map(|(index, column)| match column.measure {
        Measure::Year(year) => Some((year, index)),
        Measure::Period { .. } => None,
    });
    let years: Vec<(u16, usize)> = years.collect();
    let (first, last) = (years.iter().min()?, years.iter().max()?);
    if first.0 == last.0 {
        return None;
    }
    let has_both = |row: &&TrueRow| row.count(first.1).is_some() && row.count(last.1).is_some();
    let rows: Vec<&TrueRow> = table.rows.iter().filter(has_both).collect();
    (!rows.is_empty()).then_some((rows, [first.1, last.1]))
}

fn groups(table: &TrueTable, basis: &Basis) -> BTreeMap<String, Vec<Coords>> {
    let (rows, columns) = rows_of_basis(table, basis);
    rows.into_iter()
        .map(|row| {
            let cells = columns
                .iter()
                .map(|c| coords(table, &row.name, &table.spec.columns[*c].label))
                .collect();
            (row.name.clone(), cells)
        })
        .collect()
}

/// All bands between none and the highest as one: what small counts are told apart by is gone.
fn wider(lower: &[u64]) -> Vec<u64> {
    match lower {
        [none, some, .., most] => vec![*none, *some, *most],
        few => few.to_vec(),
    }
}

/// Contiguous by construction; the protection counts them.
fn bins(lower: &[u64]) -> Vec<Bin> {
    lower
        .iter()
        .enumerate()
        .map(|(index, lo)| Bin {
            lo: *lo as i64,
            hi: lower.get(index + 1).map(|next| *next as i64 - 1),
            count: None,
        })
        .collect()
}
