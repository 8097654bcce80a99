//! Which backups were made of this data, and which of them were proven: what an operator is asked first when a disk has died.
use chrono::{DateTime, TimeDelta, Utc};
use samsvar_core::events::{Actor, Deed};
use serde::{Deserialize, Serialize};

use super::{ActionError, event};
use crate::app::{App, Mode};
use crate::store::{Commit, Document, Stored};

/// Stands for "no campaign" in events; no campaign's id can be it.
const NO_CAMPAIGN: &str = "-";

/// So many are listed; older ones are forgotten.
const MOST_LISTED: usize = 60;

/// A backup as its last line describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backup {
    /// As its first line says, to the second.
    pub made: DateTime<Utc>,
    pub commits: u64,
    /// The last commit's checksum, which stands for all before it.
    pub chain: String,
    pub bytes: u64,
    /// Commits of a damaged journal that it had to leave out.
    pub left_out: usize,
    /// When it was last restored into a scratch directory and everything was as it says.
    pub proven: Option<DateTime<Utc>>,
}

/// The backups that `samsvar backup` made of this data, the oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupList {
    pub backups: Vec<Backup>,
}

impl Document for BackupList {
    const TABLE: &'static str = "backups";
    const VERSION: u32 = 1;
    fn key(&self) -> String {
        "list".into()
    }
}

/// How well a loss of the disk could be mended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    pub newest: Option<Backup>,
    /// The newest of those that were proven.
    pub proven: Option<Backup>,
    /// The newest backup, or without one what is stored, is older than the setting allows.
    pub overdue: bool,
    /// Hours, from the settings; `None` where nobody is to be warned.
    pub most_hours: Option<u64>,
}

/// Notes a backup that was just written, with an event: all that is stored was copied.
pub fn note_made(app: &App, backup: Backup, by: Actor) -> Result<(), ActionError> {
    note(app, by, Deed::BackupMade, |list| {
        list.backups.push(backup.clone());
        let surplus = list.backups.len().saturating_sub(MOST_LISTED);
        list.backups.drain(..surplus);
        true
    })
    .map(drop)
}

/// Notes that a backup was proven; `false` where it is not one of those listed.
pub fn note_proven(
    app: &App,
    made: DateTime<Utc>,
    chain: &str,
    by: Actor,
) -> Result<bool, ActionError> {
    let now = app.now();
    note(app, by, Deed::BackupProven, |list| {
        let mut all = list.backups.iter_mut().rev();
        let meant = all.find(|backup| backup.made == made && backup.chain == chain);
        meant.map(|backup| backup.proven = Some(now)).is_some()
    })
}

fn note(
    app: &App,
    by: Actor,
    deed: Deed,
    change: impl Fn(&mut BackupList) -> bool,
) -> Result<bool, ActionError> {
    for _ in 0..20 {
        let stored = stored(app)?;
        let mut list = stored.as_ref().map(|s| s.doc.clone()).unwrap_or_default();
        if !change(&mut list) {
            return Ok(false);
        }
        let now = app.now();
        let told = event(now, NO_CAMPAIGN, None, by.clone(), deed.clone())?;
        let commit = Commit::new(now).put_new(&told);
        let made = app.store.commit(match stored {
            Some(stored) => commit.put_if(&list, stored.revision),
            None => commit.put_new(&list),
        });
        match made.map_err(ActionError::from) {
            Err(ActionError::Conflict) => {}
            other => return other.map(|_| true),
        }
    }
    Err(ActionError::Conflict)
}

fn stored(app: &App) -> Result<Option<Stored<BackupList>>, ActionError> {
    Ok(app.store.get::<BackupList>("list")?)
}

/// The backups that are listed, the oldest first.
pub fn list(app: &App) -> Result<Vec<Backup>, ActionError> {
    Ok(stored(app)?.map(|s| s.doc.backups).unwrap_or_default())
}

/// The last backup, whether it was proven, and whether it is time for another.
pub fn standing(app: &App) -> Result<Standing, ActionError> {
    let all = list(app)?;
    let newest = all.last().cloned();
    let proven = all.into_iter().rev().find(|b| b.proven.is_some());
    // Nobody misses what the demo holds.
    let most_hours = app.config.backup_hours.filter(|_| app.mode != Mode::Demo);
    let since = match &newest {
        Some(backup) => Some(backup.made),
        None => app.store.begun()?,
    };
    let overdue = match (most_hours, since) {
        (Some(hours), Some(since)) => is_over(since, app.now(), hours),
        _ => false,
    };
    Ok(Standing {
        newest,
        proven,
        overdue,
        most_hours,
    })
}

fn is_over(since: DateTime<Utc>, now: DateTime<Utc>, hours: u64) -> bool {
    let most = i64::try_from(hours).unwrap_or(i64::MAX);
    TimeDelta::try_hours(most).is_some_and(|most| now - since > most)
}

impl Standing {
    pub fn newest_is_proven(&self) -> bool {
        self.newest.as_ref().is_some_and(|b| b.proven.is_some())
    }
}
