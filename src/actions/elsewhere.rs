//! Tables of a campaign that were published by other channels: typed in, so that they take part in every audit.
use samsvar_core::disclosure::Shown;
use samsvar_core::events::{Actor, Deed};
use samsvar_core::pasted::{Grid, Reading};
use samsvar_core::reports::{Choices, Edition, FactColumn, FactRow, FactTable, Facts};
use samsvar_core::tables::MeasureKey;

use super::drafting::{Draft, NoDraft, draft};
use super::ledger::{Origin, ReleaseDoc};
use super::reporting::NoReport;
use super::{ActionError, event};
use crate::app::App;
use crate::store::Commit;

/// A table as somebody typed it in.
pub struct TypedTable {
    pub title: String,
    /// The id of the report's table that it shows; its columns are told apart by their headings.
    pub table: String,
    pub grid: Grid,
    pub reading: Reading,
}

/// How the table fits the campaign.
pub struct Match {
    /// Rows that belong to no respondent.
    pub unknown_rows: Vec<String>,
    /// Columns that belong to no question.
    pub unknown_columns: Vec<String>,
    pub rows: usize,
}

/// Why it was not taken.
pub enum NotTaken {
    NoDraft(NoDraft),
    NoTitle,
    UnknownTable,
    /// Neither a count nor a mark: row, column, text.
    Odd(String, String, String),
    /// No row belongs to a respondent, or no column to a question.
    NothingKnown,
    /// Its numbers can't be true together.
    Contradiction(String),
}

/// Tables of the report that a typed one can show: id and caption.
pub fn tables(
    app: &App,
    campaign: &str,
) -> Result<Result<Vec<(String, String)>, NoDraft>, ActionError> {
    Ok(draft(app, campaign)?.map(|draft| draft.tables()))
}

/// Keeps the table as an edition; writes an event.
pub fn enter(
    app: &App,
    campaign: &str,
    typed: &TypedTable,
    by: Actor,
) -> Result<Result<(ReleaseDoc, Match), NotTaken>, ActionError> {
    let draft = match draft(app, campaign)? {
        Ok(draft) => draft,
        Err(none) => return Ok(Err(NotTaken::NoDraft(none))),
    };
    let (facts, fit) = match facts(&draft, typed) {
        Ok(found) => found,
        Err(not) => return Ok(Err(not)),
    };
    let now = app.now();
    let release = ReleaseDoc {
        campaign: campaign.to_owned(),
        number: draft.next_number(),
        origin: Origin::Elsewhere,
        title: typed.title.trim().to_owned(),
        at: now,
        by: by.clone(),
        sha256: String::new(),
        forms: Vec::new(),
        choices: Choices::default(),
        facts,
        basis: Default::default(),
        files: Vec::new(),
        texts: 0,
        withdrawn: None,
    };
    if let Some(why) = contradiction(&draft, &release) {
        return Ok(Err(NotTaken::Contradiction(why)));
    }
    let deed = Deed::EditionTypedIn {
        number: release.number,
    };
    let entered = event(now, campaign, None, by, deed)?;
    app.store
        .commit(Commit::new(now).put_new(&release).put_new(&entered))?;
    Ok(Ok((release, fit)))
}

/// Takes a typed table out of the account; editions made here stay, for they have left the house.
pub fn withdraw(
    app: &App,
    campaign: &str,
    number: u32,
    by: Actor,
) -> Result<Result<(), NoReport>, ActionError> {
    let key = super::ledger::release_key(campaign, number);
    let Some(stored) = app.store.get::<ReleaseDoc>(&key)? else {
        return Ok(Err(NoReport::NoEdition));
    };
    let mut release = stored.doc;
    if release.origin == Origin::House || release.withdrawn.is_some() {
        return Ok(Err(NoReport::NoEdition));
    }
    let now = app.now();
    release.withdrawn = Some(now);
    let deed = Deed::EditionWithdrawn { number };
    let withdrawn = event(now, campaign, None, by, deed)?;
    app.store.commit(
        Commit::new(now)
            .put_if(&release, stored.revision)
            .put_new(&withdrawn),
    )?;
    Ok(Ok(()))
}

/// Only what is wrong in the table itself; that it makes a report unsafe is for the report to say.
fn contradiction(draft: &Draft, release: &ReleaseDoc) -> Option<String> {
    let edition = Edition {
        number: release.number,
        facts: release.facts.clone(),
        counts: None,
    };
    let refusal = draft.report_beside(edition).err()?;
    let name = format!("udgave {}", release.number);
    let first = refusal.reasons.first()?;
    (refusal.at_risk.is_empty() && first.contains(&name)).then(|| first.clone())
}

fn facts(draft: &Draft, typed: &TypedTable) -> Result<(Facts, Match), NotTaken> {
    if typed.title.trim().is_empty() {
        return Err(NotTaken::NoTitle);
    }
    let tables = &draft.spec.tables;
    let spec = tables.iter().find(|table| table.id == typed.table);
    let spec = spec.ok_or(NotTaken::UnknownTable)?;
    let columns: Vec<FactColumn> = typed
        .grid
        .columns
        .iter()
        .map(|label| FactColumn {
            label: label.clone(),
            measure: spec
                .columns
                .iter()
                .find(|column| same_label(&column.label, label))
                .map(|column| MeasureKey {
                    pointer: column.pointer.clone(),
                    zero_when: spec.zero_when.clone(),
                }),
        })
        .collect();
    let known = draft.rows();
    let mut rows = Vec::new();
    let mut totals = Vec::new();
    for (name, cells) in &typed.grid.rows {
        let shown = shown(typed, name, cells)?;
        if *name == typed.reading.total_row {
            totals = shown;
            continue;
        }
        let same = known.iter().find(|(row, _)| same_name(row, name));
        rows.push(FactRow {
            name: name.clone(),
            members: same.map(|(_, id)| id.clone()).into_iter().collect(),
            cells: shown,
        });
    }
    let nobody = |row: &&FactRow| row.members.is_empty();
    let no_question = |column: &&FactColumn| column.measure.is_none();
    let fit = Match {
        unknown_rows: rows
            .iter()
            .filter(nobody)
            .map(|row| row.name.clone())
            .collect(),
        unknown_columns: columns
            .iter()
            .filter(no_question)
            .map(|column| column.label.clone())
            .collect(),
        rows: rows.len(),
    };
    if fit.unknown_rows.len() == rows.len() || fit.unknown_columns.len() == columns.len() {
        return Err(NotTaken::NothingKnown);
    }
    let table = FactTable {
        id: spec.id.clone(),
        caption: spec.caption.clone(),
        columns,
        rows,
        totals,
    };
    let facts = Facts {
        threshold: typed.reading.threshold,
        tables: vec![table],
        ..Facts::default()
    };
    Ok((facts, fit))
}

fn shown(typed: &TypedTable, row: &str, cells: &[String]) -> Result<Vec<Shown>, NotTaken> {
    let read = |(text, column): (&String, &String)| {
        let odd = || NotTaken::Odd(row.to_owned(), column.clone(), text.clone());
        typed.reading.shown(text).ok_or_else(odd)
    };
    cells.iter().zip(&typed.grid.columns).map(read).collect()
}

fn same_label(ours: &str, theirs: &str) -> bool {
    let bare = |text: &str| -> String {
        let letters = text.chars().filter(|c| c.is_alphanumeric());
        letters.flat_map(char::to_lowercase).collect()
    };
    bare(ours) == bare(theirs)
}

fn same_name(ours: &str, theirs: &str) -> bool {
    let bare = |name: &str| {
        let name = name.trim().to_lowercase();
        let name = name.strip_suffix(" kommune").unwrap_or(&name).to_owned();
        name.replace("århus", "aarhus")
    };
    bare(ours) == bare(theirs)
}
