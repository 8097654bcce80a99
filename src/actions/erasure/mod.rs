//! What goes for good, when, and what stays: a collection's answers on their day, a respondent or a contact on request.
//!
//! An erasure is a document that commits together with the deletions and an event. Then journal,
//! index, attachments, letters in the outbox directory and what was set aside are cleaned; a
//! program killed in between goes on at the next start, because the document is not marked as done.
//! `DATA/erasures.jsonl` lists all erasures by ids: it outlives a restored backup, and what an older
//! backup brings back is erased again (see [`round`]).
mod disk;
mod plan;
mod retention;
mod scope;

pub use plan::{Plan, plan};
pub use retention::{DayRefusal, Retention, default_day, first_retention, retention, set_day};
pub use scope::{Scope, contacts_at, persons_at};

use chrono::{DateTime, Utc};
use samsvar_core::campaigns::Respondent;
use samsvar_core::danish;
use samsvar_core::events::{Actor, Deed};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{ActionError, event};
use crate::app::App;
use crate::store::{Commit, Document, EVENTS, Stored, Target, key};

/// Tables that an erasure leaves, for they tell of no person; all others go, also those of a future program.
pub const KEPT: &[(&str, &str)] = &[
    ("campaign", "indsamlingens opsætning"),
    (EVENTS, "historikken, som ikke navngiver svarende"),
    ("release", "udgivne rapporter, hvor små tal er skjult"),
    ("release_file", "udgivne rapporters filer"),
    ("report_choices", "valg til rapporten"),
    ("retention", "datoen for sletning"),
    ("erasure", "listen over sletninger"),
];

const RESPONDENT: &str = Respondent::TABLE;

/// An erasure; names nobody.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Erasure {
    pub id: String,
    pub scope: Scope,
    pub at: DateTime<Utc>,
    pub by: Actor,
    pub targets: Vec<Target>,
    /// Names in `DATA/attachments`.
    pub files: Vec<String>,
    /// Ids of letters, whose mails may lie in the outbox directory.
    pub letters: Vec<String>,
    /// When nothing of it was left on the disk.
    pub done: Option<DateTime<Utc>>,
}

impl Document for Erasure {
    const TABLE: &'static str = "erasure";
    const VERSION: u32 = 1;
    fn key(&self) -> String {
        key([self.id.as_str()])
    }
}

/// Erases; when it returns, nothing of it is left on the disk. `false` where there is no such thing.
pub fn erase(app: &App, scope: &Scope, by: &Actor) -> Result<bool, ActionError> {
    for asked in scope.asked_too(app)? {
        erase(app, &asked, by)?;
    }
    match begun(app, scope, by)? {
        Some(begun) => finish(app, &begun).map(|()| true),
        None => Ok(false),
    }
}

/// The first half of [`erase`]: nobody sees it any more, and the next [`round`] cleans the disk.
pub fn begin_only(app: &App, scope: &Scope, by: &Actor) -> Result<bool, ActionError> {
    Ok(begun(app, scope, by)?.is_some())
}

fn begun(app: &App, scope: &Scope, by: &Actor) -> Result<Option<Stored<Erasure>>, ActionError> {
    for _ in 0..20 {
        let Some(plan) = plan(app, scope)? else {
            return Ok(None);
        };
        match begin(app, scope, plan, by) {
            Err(ActionError::Conflict) => {}
            other => return other.map(Some),
        }
    }
    Err(ActionError::Conflict)
}

fn begin(app: &App, scope: &Scope, plan: Plan, by: &Actor) -> Result<Stored<Erasure>, ActionError> {
    let now = app.now();
    let deed = match scope {
        Scope::Campaign { .. } => Deed::AnswersErased,
        Scope::Respondent { .. } => Deed::RespondentErased,
        Scope::Contact { .. } | Scope::Asked { .. } => Deed::ContactErased,
    };
    let told = event(now, scope.campaign(), scope.respondent(), by.clone(), deed)?;
    let doc = Erasure {
        id: told.id.clone(),
        scope: scope.clone(),
        at: now,
        by: by.clone(),
        targets: plan.targets,
        files: plan.file_names,
        letters: plan.letters,
        done: None,
    };
    let mut commit = Commit::new(now).put_new(&told).put_new(&doc);
    for (table, at) in &plan.deletes {
        commit = commit.delete_named(table, at);
    }
    for stored in &plan.redacted {
        commit = commit.put_if(&stored.doc, stored.revision);
    }
    if let Some(asking) = &plan.asking {
        commit = asking.taken_out(app, commit, now)?;
    }
    let campaign = scope.campaign();
    if matches!(scope, Scope::Campaign { .. })
        && let Some(stored) = app.store.get::<Retention>(&key([campaign]))?
    {
        let mut retention = stored.doc;
        retention.erased = Some(now);
        commit = commit.put_if(&retention, stored.revision);
    }
    let revision = app.store.commit(commit)?.seq;
    Ok(Stored { doc, revision })
}

/// Cleans the disk of what the erasure's commit made invisible, and marks it as done.
fn finish(app: &App, begun: &Stored<Erasure>) -> Result<(), ActionError> {
    let data = &app.config.data;
    let failed =
        |e: std::io::Error| ActionError::Broken(format!("an erasure could not be ended: {e}"));
    disk::note_in_list(data, &begun.doc).map_err(failed)?;
    app.store.erase(&begun.doc.targets, begun.revision)?;
    for name in &begun.doc.files {
        if !disk::is_used(app, name)? {
            disk::remove(&data.join("attachments").join(name)).map_err(failed)?;
        }
    }
    disk::remove_mails(&data.join("outbox"), &begun.doc.letters).map_err(failed)?;
    let mut doc = begun.doc.clone();
    doc.done = Some(app.now());
    app.store
        .commit(Commit::new(app.now()).put_if(&doc, begun.revision))?;
    Ok(())
}

/// Makes an erasure of another state of the data again, under its own id.
fn again(app: &App, listed: Erasure) -> Result<(), ActionError> {
    if !erase(app, &listed.scope, &Actor::System)? {
        log::warn!("the erasure {} concerns nothing here", listed.id);
    }
    let doc = Erasure {
        done: Some(app.now()),
        ..listed
    };
    app.store.commit(Commit::new(app.now()).put(&doc))?;
    Ok(())
}

/// All erasures, the oldest first: backups made before one still hold what it erased.
pub fn list(app: &App) -> Result<Vec<Erasure>, ActionError> {
    let all = app.store.scan::<Erasure>("")?;
    Ok(all.into_iter().map(|s| s.doc).collect())
}

/// The timer's round: ends what was begun, erases again what a restored backup brought back, and erases what is due.
pub fn round(app: &App) -> Result<(), ActionError> {
    for stored in app.store.scan::<Erasure>("")? {
        if stored.doc.done.is_none() {
            finish(app, &stored)?;
        }
    }
    for listed in disk::listed(&app.config.data)? {
        if app.store.get::<Erasure>(&listed.key())?.is_none() {
            log::warn!("the erasure {} is made again on restored data", listed.id);
            again(app, listed)?;
        }
    }
    let today = danish::local(app.now()).date_naive();
    for stored in app.store.scan::<Retention>("")? {
        if stored.doc.erased.is_none() && stored.doc.on <= today {
            let campaign = stored.doc.campaign.clone();
            erase(app, &Scope::Campaign { campaign }, &Actor::System)?;
        }
    }
    Ok(())
}

/// Erases what another data directory's list names; gives back how many were new here.
pub fn take_list(app: &App, text: &str) -> Result<Result<usize, String>, ActionError> {
    let mut taken = 0;
    for (place, line) in text.lines().enumerate() {
        let Ok(listed) = serde_json::from_str::<Erasure>(line) else {
            return Ok(Err(format!("line {} is no erasure", place + 1)));
        };
        if app.store.get::<Erasure>(&listed.key())?.is_none() {
            again(app, listed)?;
            taken += 1;
        }
    }
    Ok(Ok(taken))
}

/// Where an attachment's bytes lie: under a name of its own, or their hash.
fn file_name_of(doc: &Value) -> Option<String> {
    text_of(doc, "file").or_else(|| text_of(doc, "sha256"))
}

fn text_of(doc: &Value, field: &str) -> Option<String> {
    doc.get(field).and_then(Value::as_str).map(str::to_owned)
}
