//! A collection's recipients: picked from the register, read from a file, looked through before they are taken.
use std::io::Cursor;

use calamine::{Data, Reader};
use chrono::{DateTime, Utc};
use samsvar_core::campaigns::import::folded;
use samsvar_core::campaigns::{
    Contact, Import, Progress, RecipientFault, Respondent, Standing, Verdict, compare,
    read_recipients, respondent_id,
};
use samsvar_core::events::{Actor, Deed};
use serde::{Deserialize, Serialize};

use super::campaigns::{asked, invite_due};
use super::{ActionError, event, respondents};
use crate::app::App;
use crate::organisations;
use crate::store::{Commit, Document, key};

/// A list that was read and waits for somebody's yes; one for each collection.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct PendingImport {
    pub campaign: String,
    pub import: Import,
    pub read: DateTime<Utc>,
}

impl Document for PendingImport {
    const TABLE: &'static str = "pending_import";
    const VERSION: u32 = 1;
    fn key(&self) -> String {
        key([self.campaign.as_str()])
    }
}

/// What to do with a line that is in doubt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// It is the one that it resembles: its contacts go there.
    Same,
    /// It is another: it is added as it is written.
    Other,
    Skip,
}

/// How many respondents a change added and changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Taken {
    pub added: usize,
    pub changed: usize,
}

/// Adds organisations of the register, by their official numbers; those on the list already are passed over.
pub fn pick(
    app: &App,
    campaign: &str,
    group: &str,
    codes: &[&str],
    by: &str,
) -> Result<Taken, ActionError> {
    let chosen = codes.iter().filter_map(|code| organisations::by_code(code));
    let wanted = chosen.map(|o| blank(campaign, group, &o.name, "", Vec::new()));
    add(app, campaign, wanted.collect(), by)
}

/// Adds one respondent that was typed.
pub fn add_one(
    app: &App,
    campaign: &str,
    group: &str,
    (organisation, department): (&str, &str),
    contact: Contact,
    by: &str,
) -> Result<Taken, ActionError> {
    let is_blank =
        contact.name.is_empty() && contact.address.is_empty() && contact.phone.is_empty();
    let contacts = if is_blank { Vec::new() } else { vec![contact] };
    let wanted = vec![blank(campaign, group, organisation, department, contacts)];
    add(app, campaign, wanted, by)
}

/// Reads a CSV or XLSX file, or pasted lines, and keeps what it would change until somebody says yes.
pub fn read_list(
    app: &App,
    campaign: &str,
    groups: &[&str],
    bytes: &[u8],
) -> Result<Result<PendingImport, Vec<RecipientFault>>, ActionError> {
    let text = match lines_of_workbook(bytes) {
        Some(Ok(lines)) => lines,
        Some(Err(fault)) => return Ok(Err(vec![fault])),
        None => bytes.to_vec(),
    };
    let incoming = match read_recipients(&text, campaign, groups) {
        Ok(incoming) => incoming,
        Err(faults) => return Ok(Err(faults)),
    };
    let register = |name: &str| organisations::find(name).map(|o| o.name.clone());
    let pending = PendingImport {
        campaign: campaign.to_owned(),
        import: compare(&asked(app, campaign)?, incoming, &register),
        read: app.now(),
    };
    app.store.commit(Commit::new(app.now()).put(&pending))?;
    Ok(Ok(pending))
}

pub fn pending(app: &App, campaign: &str) -> Result<Option<PendingImport>, ActionError> {
    Ok(app
        .store
        .get::<PendingImport>(&key([campaign]))?
        .map(|s| s.doc))
}

/// Drops the list that waits.
pub fn drop_pending(app: &App, campaign: &str) -> Result<(), ActionError> {
    let commit = Commit::new(app.now()).delete::<PendingImport>(key([campaign]));
    app.store.commit(commit)?;
    Ok(())
}

/// Takes the list that waits; `choices` are asked by the line's place, for lines in doubt.
pub fn take(
    app: &App,
    campaign: &str,
    choices: &dyn Fn(usize) -> Choice,
    by: &str,
) -> Result<Taken, ActionError> {
    let Some(pending) = pending(app, campaign)? else {
        return Ok(Taken::default());
    };
    let mut new = Vec::new();
    let mut changed = 0;
    for (place, line) in pending.import.lines.into_iter().enumerate() {
        let mut incoming = line.incoming;
        let known = match line.verdict {
            Verdict::New => None,
            Verdict::Unchanged { .. } => continue,
            Verdict::Changed { id, .. } => Some(id),
            Verdict::InDoubt { id, name, .. } => match (choices(place), id) {
                (Choice::Skip, _) => continue,
                (Choice::Other, _) => None,
                (Choice::Same, Some(id)) => Some(id),
                (Choice::Same, None) => {
                    incoming.organisation = name;
                    None
                }
            },
        };
        match known {
            None => new.push(incoming),
            Some(id) => {
                respondents::set_contacts(app, campaign, &id, &incoming.contacts, by)?;
                changed += 1;
            }
        }
    }
    let taken = add(app, campaign, new, by)?;
    drop_pending(app, campaign)?;
    Ok(Taken { changed, ..taken })
}

/// Adds respondents under free ids, in one commit; a running collection invites them by its timer.
pub(super) fn add(
    app: &App,
    campaign: &str,
    wanted: Vec<Respondent>,
    by: &str,
) -> Result<Taken, ActionError> {
    let now = app.now();
    let mut there = asked(app, campaign)?;
    let mut commit = Commit::new(now);
    let mut added = 0;
    for mut new in wanted {
        let is_there = there.iter().any(|r| {
            r.group == new.group
                && folded(&r.organisation) == folded(&new.organisation)
                && folded(&r.department) == folded(&new.department)
        });
        if is_there {
            continue;
        }
        new.id = respondent_id(&new.organisation, &new.department, |id| {
            there.iter().any(|r| r.id == id)
        });
        commit = commit.put_new(&new);
        there.push(new);
        added += 1;
    }
    if added > 0 {
        let deed = Deed::RecipientsChanged { added, changed: 0 };
        let noted = event(now, campaign, None, Actor::Staff(by.to_owned()), deed)?;
        app.store.commit(commit.put_new(&noted))?;
        invite_due(app)?;
    }
    Ok(Taken { added, changed: 0 })
}

pub(super) fn blank(
    campaign: &str,
    group: &str,
    organisation: &str,
    department: &str,
    contacts: Vec<Contact>,
) -> Respondent {
    Respondent {
        id: String::new(),
        campaign: campaign.to_owned(),
        group: group.to_owned(),
        organisation: organisation.to_owned(),
        department: department.to_owned(),
        contacts,
        progress: Progress::default(),
        standing: Standing::default(),
        reminded: Vec::new(),
    }
}

/// The first sheet of a workbook as lines of text; `None` for what is no workbook.
fn lines_of_workbook(bytes: &[u8]) -> Option<Result<Vec<u8>, RecipientFault>> {
    if !bytes.starts_with(b"PK") {
        return None;
    }
    let fault = |message: &str| RecipientFault {
        line: 1,
        message: message.to_owned(),
    };
    let read = || {
        let mut book = calamine::Xlsx::new(Cursor::new(bytes)).ok()?;
        book.worksheet_range_at(0)?.ok()
    };
    let Some(range) = read() else {
        return Some(Err(fault(
            "Regnearket kan ikke læses. Gem det som Excel-projektmappe (.xlsx) uden kode.",
        )));
    };
    let mut writer = csv::WriterBuilder::new()
        .delimiter(b';')
        .from_writer(Vec::new());
    // Lines are counted as Excel does, although the sheet's used part may begin further down.
    let skipped = range.start().map_or(0, |(row, _)| row);
    if skipped > 0 {
        return Some(Err(fault(
            "Overskrifterne skal stå i regnearkets første linje.",
        )));
    }
    for row in range.rows() {
        if writer.write_record(row.iter().map(cell)).is_err() {
            return Some(Err(fault("Regnearket kan ikke læses.")));
        }
    }
    Some(
        writer
            .into_inner()
            .map_err(|_| fault("Regnearket kan ikke læses.")),
    )
}

/// A cell's text; a telephone number that Excel took for a number has no decimals.
fn cell(value: &Data) -> String {
    match value {
        Data::Float(number) if number.fract() == 0.0 => format!("{number:.0}"),
        Data::Empty | Data::Error(_) => String::new(),
        other => other.to_string(),
    }
}
