//! What goes for good, when, and what stays: a collection's answers on their day, a respondent or a contact on request.
//!
//! An erasure is a document that commits together with the deletions and an event. Then journal,
//! index, attachments, letters in the outbox directory and what was set aside are cleaned; a
//! program killed in between goes on at the next start, because the document is not marked as done.
//! `DATA/erasures.jsonl` lists all erasures by ids: it outlives a restored backup, and what an older
//! backup brings back is erased again (see [`round`]).
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use samsvar_core::campaigns::{Campaign, Contact, Respondent};
use samsvar_core::danish;
use samsvar_core::events::{Actor, Deed};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::asked::{self, Asked, Asking};
use super::owned::Owned;
use super::{ActionError, event};
use crate::app::App;
use crate::mail::Letter;
use crate::store::{Commit, Document, EVENTS, Stored, Target, key, sync_dir};

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

/// Days after the deadline until a new collection's answers go, unless somebody sets another day.
pub const DEFAULT_DAYS: i64 = 365;

const RESPONDENT: &str = Respondent::TABLE;
const LIST: &str = "erasures.jsonl";

/// Lists of letters, which name no respondent.
const LISTS: &[&str] = &["letter-due", "letter-way-back"];

/// What is to be erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Drafts, answers, attachments, contacts, links and letters of a collection.
    Campaign { campaign: String },
    /// The same of one respondent.
    Respondent {
        campaign: String,
        respondent: String,
    },
    /// One contact: name, address, telephone, links and letters. The organisation's answers stay.
    Contact {
        campaign: String,
        respondent: String,
        /// Among the respondent's contacts; the place stays, so that others keep theirs.
        place: usize,
    },
    /// The same of a colleague or manager who was asked.
    Asked {
        campaign: String,
        respondent: String,
        whom: Asked,
    },
}

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

/// When a collection's answers go.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Retention {
    pub campaign: String,
    /// The first day, in Danish time, on which they are gone.
    pub on: NaiveDate,
    pub set: DateTime<Utc>,
    pub by: Actor,
    pub erased: Option<DateTime<Utc>>,
}

impl Document for Erasure {
    const TABLE: &'static str = "erasure";
    const VERSION: u32 = 1;
    fn key(&self) -> String {
        key([self.id.as_str()])
    }
}

impl Document for Retention {
    const TABLE: &'static str = "retention";
    const VERSION: u32 = 1;
    fn key(&self) -> String {
        key([self.campaign.as_str()])
    }
}

/// What an erasure would do.
pub struct Plan {
    /// How many documents go, by table.
    pub goes: BTreeMap<String, usize>,
    /// How many contacts lose name, address and telephone.
    pub contacts: usize,
    pub files: usize,
    /// How many documents stay, by table.
    pub stays: BTreeMap<String, usize>,
    deletes: Vec<(String, String)>,
    redacted: Vec<Stored<Respondent>>,
    asking: Option<Asking>,
    targets: Vec<Target>,
    file_names: Vec<String>,
    letters: Vec<String>,
}

/// The day that a new collection gets.
pub fn default_day(deadline: DateTime<Utc>) -> NaiveDate {
    danish::local(deadline + TimeDelta::days(DEFAULT_DAYS)).date_naive()
}

/// The day of a new collection, for the commit that makes it.
pub fn first_retention(campaign: &Campaign, now: DateTime<Utc>, by: Actor) -> Retention {
    Retention {
        campaign: campaign.id.clone(),
        on: default_day(campaign.window.deadline),
        set: now,
        by,
        erased: None,
    }
}

/// `None` for a collection of a time when there was no such day.
pub fn retention(app: &App, campaign: &str) -> Result<Option<Retention>, ActionError> {
    Ok(app.store.get::<Retention>(&key([campaign]))?.map(|s| s.doc))
}

/// Why a day can't be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DayRefusal {
    UnknownCampaign,
    /// The day is not after the deadline.
    TooEarly,
    /// All is erased already.
    Erased,
}

/// Sets the day on which a collection's answers go.
pub fn set_day(
    app: &App,
    campaign: &str,
    on: NaiveDate,
    by: Actor,
) -> Result<Result<(), DayRefusal>, ActionError> {
    let Some(found) = app.store.get::<Campaign>(&key([campaign]))? else {
        return Ok(Err(DayRefusal::UnknownCampaign));
    };
    if on <= danish::local(found.doc.window.deadline).date_naive() {
        return Ok(Err(DayRefusal::TooEarly));
    }
    let stored = app.store.get::<Retention>(&key([campaign]))?;
    if stored.as_ref().is_some_and(|s| s.doc.erased.is_some()) {
        return Ok(Err(DayRefusal::Erased));
    }
    let now = app.now();
    let deed = Deed::RetentionSet { on };
    let doc = Retention {
        campaign: campaign.to_owned(),
        on,
        set: now,
        by: by.clone(),
        erased: None,
    };
    let commit = Commit::new(now).put_new(&event(now, campaign, None, by, deed)?);
    app.store.commit(match stored {
        Some(stored) => commit.put_if(&doc, stored.revision),
        None => commit.put_new(&doc),
    })?;
    Ok(Ok(()))
}

/// What would go and what would stay; `None` where there is no such thing.
pub fn plan(app: &App, scope: &Scope) -> Result<Option<Plan>, ActionError> {
    let respondents = meant(app, scope)?;
    let asking = scope.asking(app)?;
    if respondents.is_empty() && asking.is_none() && !is_campaign(app, scope)? {
        return Ok(None);
    }
    let mut plan = Plan {
        goes: BTreeMap::new(),
        contacts: 0,
        files: 0,
        stays: BTreeMap::new(),
        deletes: Vec::new(),
        redacted: Vec::new(),
        targets: scope.targets(),
        asking: None,
        file_names: Vec::new(),
        letters: Vec::new(),
    };
    let judge = Judge::new(app, scope)?;
    app.store.each_document(|table, at, json| {
        judge.place(table, at, json, &mut plan);
        Ok(())
    })?;
    plan.add_lists();
    plan.files = plan.file_names.len();
    for mut stored in respondents {
        let places = scope.places(&stored.doc);
        plan.contacts += places.len();
        redact(&mut stored.doc, &places, scope);
        let at = stored.doc.key();
        plan.targets.push(Target::one(RESPONDENT, at));
        plan.redacted.push(stored);
    }
    *plan.stays.entry(RESPONDENT.to_owned()).or_default() += plan.redacted.len();
    if let Some(asking) = asking {
        plan.contacts += 1;
        plan.targets.push(asking.target());
        plan.asking = Some(asking);
    }
    Ok(Some(plan))
}

/// Erases; when it returns, nothing of it is left on the disk. `false` where there is no such thing.
pub fn erase(app: &App, scope: &Scope, by: &Actor) -> Result<bool, ActionError> {
    for asked in asked_too(app, scope)? {
        erase(app, &asked, by)?;
    }
    match begun(app, scope, by)? {
        Some(begun) => finish(app, &begun).map(|()| true),
        None => Ok(false),
    }
}

/// A contact may have been asked by another contact of the same respondent, too.
fn asked_too(app: &App, scope: &Scope) -> Result<Vec<Scope>, ActionError> {
    let Scope::Contact { place, .. } = scope else {
        return Ok(Vec::new());
    };
    let mut found = Vec::new();
    for stored in meant(app, scope)? {
        let contact = stored.doc.contacts.get(*place);
        let all = persons_at(app, contact.map_or("", |contact| contact.address.as_str()))?;
        found.extend(all.into_iter().filter(|other| {
            matches!(other, Scope::Asked { .. })
                && other.campaign() == scope.campaign()
                && other.respondent() == scope.respondent()
        }));
    }
    Ok(found)
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

/// All places where an address is a contact, a colleague or a manager.
pub fn persons_at(app: &App, address: &str) -> Result<Vec<Scope>, ActionError> {
    let asked = asked::all_at(app, address)?.into_iter();
    let asked = asked.map(|(campaign, respondent, whom)| Scope::Asked {
        campaign,
        respondent,
        whom,
    });
    Ok(asked.chain(contacts_at(app, address)?).collect())
}

/// All places where an address is a contact.
pub fn contacts_at(app: &App, address: &str) -> Result<Vec<Scope>, ActionError> {
    let mut found = Vec::new();
    for stored in app.store.scan::<Respondent>("")? {
        for (place, contact) in stored.doc.contacts.iter().enumerate() {
            if !address.trim().is_empty() && contact.address.eq_ignore_ascii_case(address.trim()) {
                found.push(Scope::Contact {
                    campaign: stored.doc.campaign.clone(),
                    respondent: stored.doc.id.clone(),
                    place,
                });
            }
        }
    }
    Ok(found)
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
    for listed in listed(&app.config.data)? {
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

impl Scope {
    pub fn campaign(&self) -> &str {
        match self {
            Self::Campaign { campaign }
            | Self::Respondent { campaign, .. }
            | Self::Contact { campaign, .. }
            | Self::Asked { campaign, .. } => campaign,
        }
    }

    pub fn respondent(&self) -> Option<&str> {
        match self {
            Self::Campaign { .. } => None,
            Self::Respondent { respondent, .. }
            | Self::Contact { respondent, .. }
            | Self::Asked { respondent, .. } => Some(respondent),
        }
    }

    /// The hand-over or request of whoever was asked.
    fn asking(&self, app: &App) -> Result<Option<Asking>, ActionError> {
        match self {
            Self::Asked {
                campaign,
                respondent,
                whom,
            } => whom.found(app, campaign, respondent),
            _ => Ok(None),
        }
    }

    /// Only one person goes, and no answer.
    fn is_of_a_person(&self) -> bool {
        matches!(self, Self::Contact { .. } | Self::Asked { .. })
    }

    /// What is meant by key, whether or not it is there still.
    fn targets(&self) -> Vec<Target> {
        let below = match self {
            Self::Campaign { campaign } => key([campaign.as_str()]),
            Self::Respondent {
                campaign,
                respondent,
            } => key([campaign.as_str(), respondent.as_str()]),
            Self::Contact { .. } | Self::Asked { .. } => return Vec::new(),
        };
        let spared = || {
            let kept = KEPT.iter().map(|(table, _)| (*table).to_owned());
            kept.chain([RESPONDENT.to_owned()]).collect::<Vec<_>>()
        };
        let mut targets = vec![
            Target::in_all_tables_but(spared(), &below, false),
            Target::in_all_tables_but(spared(), format!("{below}/"), true),
        ];
        if matches!(self, Self::Campaign { .. }) {
            targets.push(Target::all_below(RESPONDENT, format!("{below}/")));
        }
        targets
    }

    /// The contacts of a respondent that go.
    fn places(&self, respondent: &Respondent) -> Vec<usize> {
        match self {
            Self::Contact { place, .. } => vec![*place],
            _ => (0..respondent.contacts.len()).collect(),
        }
    }
}

impl Plan {
    fn delete(&mut self, table: &str, at: &str) {
        self.deletes.push((table.to_owned(), at.to_owned()));
        self.targets.push(Target::one(table, at));
        *self.goes.entry(table.to_owned()).or_default() += 1;
    }

    /// What is waiting, and what a returning mail is about, stand in lists of their own: they go with their letters.
    fn add_lists(&mut self) {
        let letters: BTreeSet<String> = self
            .deletes
            .iter()
            .filter(|(table, _)| table == Letter::TABLE)
            .map(|(_, at)| at.clone())
            .collect();
        let of_a_letter = |table: &str, at: &str| match table {
            "letter-due" => letters.iter().any(|l| at.ends_with(&key([l.as_str()]))),
            _ => letters.iter().any(|l| l.ends_with(&format!("/{at}"))),
        };
        self.deletes
            .retain(|(table, at)| !LISTS.contains(&table.as_str()) || of_a_letter(table, at));
        for list in LISTS {
            let left = self.deletes.iter().filter(|(table, _)| table == list);
            match left.count() {
                0 => {}
                count => drop(self.goes.insert((*list).to_owned(), count)),
            }
        }
    }
}

/// Tells of each document whether it goes.
struct Judge<'a> {
    scope: &'a Scope,
    below: String,
    /// The contact, where only one goes.
    contact: Option<Owned>,
}

impl<'a> Judge<'a> {
    fn new(app: &App, scope: &'a Scope) -> Result<Self, ActionError> {
        let below = match scope.respondent() {
            Some(respondent) => key([scope.campaign(), respondent]),
            None => key([scope.campaign()]),
        };
        Ok(Self {
            scope,
            below,
            contact: Owned::of(app, scope)?,
        })
    }

    fn place(&self, table: &str, at: &str, json: &str, plan: &mut Plan) {
        if LISTS.contains(&table) {
            // Whether its letter goes is known at the end.
            return plan.deletes.push((table.to_owned(), at.to_owned()));
        }
        let doc: Value = serde_json::from_str(json).unwrap_or_default();
        let under = at == self.below || at.starts_with(&format!("{}/", self.below));
        if !under && !self.names_it(&doc) {
            return;
        }
        if table == RESPONDENT || KEPT.iter().any(|(kept, _)| *kept == table) {
            if table != RESPONDENT {
                *plan.stays.entry(table.to_owned()).or_default() += 1;
            }
            return;
        }
        if let Some(contact) = &self.contact
            && !contact.goes(table, &doc, json)
        {
            *plan.stays.entry(table.to_owned()).or_default() += 1;
            return;
        }
        plan.delete(table, at);
        if table == "attachment" {
            plan.file_names.extend(file_name_of(&doc));
        }
        if table == Letter::TABLE {
            plan.letters.extend(text_of(&doc, "id"));
        }
    }

    fn names_it(&self, doc: &Value) -> bool {
        if text_of(doc, "campaign").as_deref() != Some(self.scope.campaign()) {
            return false;
        }
        let found = text_of(doc, "respondent");
        match self.scope {
            Scope::Campaign { .. } => true,
            Scope::Respondent { respondent, .. } => found.as_ref() == Some(respondent),
            // A list that waits to be taken in names no respondent, but perhaps the contact.
            Scope::Contact { respondent, .. } | Scope::Asked { respondent, .. } => {
                found.is_none_or(|found| found == *respondent)
            }
        }
    }
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
    note_in_list(data, &begun.doc).map_err(failed)?;
    app.store.erase(&begun.doc.targets, begun.revision)?;
    for name in &begun.doc.files {
        if !is_used(app, name)? {
            remove(&data.join("attachments").join(name)).map_err(failed)?;
        }
    }
    remove_mails(&data.join("outbox"), &begun.doc.letters).map_err(failed)?;
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

fn meant(app: &App, scope: &Scope) -> Result<Vec<Stored<Respondent>>, ActionError> {
    Ok(match scope {
        Scope::Campaign { campaign } => app
            .store
            .scan::<Respondent>(&format!("{}/", key([campaign.as_str()])))?,
        Scope::Respondent {
            campaign,
            respondent,
        } => app
            .store
            .get::<Respondent>(&key([campaign.as_str(), respondent.as_str()]))?
            .into_iter()
            .collect(),
        Scope::Contact {
            campaign,
            respondent,
            place,
        } => app
            .store
            .get::<Respondent>(&key([campaign.as_str(), respondent.as_str()]))?
            .into_iter()
            .filter(|s| s.doc.contacts.len() > *place)
            .collect(),
        Scope::Asked { .. } => Vec::new(),
    })
}

fn is_campaign(app: &App, scope: &Scope) -> Result<bool, ActionError> {
    let Scope::Campaign { campaign } = scope else {
        return Ok(false);
    };
    Ok(app
        .store
        .get::<Campaign>(&key([campaign.as_str()]))?
        .is_some())
}

/// Takes the persons out of a respondent; the organisation and its progress stay.
fn redact(respondent: &mut Respondent, places: &[usize], scope: &Scope) {
    for place in places {
        if let Some(contact) = respondent.contacts.get_mut(*place) {
            *contact = Contact {
                name: String::new(),
                address: String::new(),
                phone: String::new(),
            };
        }
    }
    if !scope.is_of_a_person() {
        let standing = &mut respondent.standing;
        standing.note.clear();
        for stop in [&mut standing.exempt, &mut standing.declined]
            .into_iter()
            .flatten()
        {
            stop.reason.clear();
        }
    }
}

/// The same bytes may belong to an answer that stays.
fn is_used(app: &App, name: &str) -> Result<bool, ActionError> {
    let mut used = false;
    app.store.each_document(|table, _, json| {
        used |= table == "attachment"
            && serde_json::from_str::<Value>(json)
                .ok()
                .and_then(|doc| file_name_of(&doc))
                .as_deref()
                == Some(name);
        Ok(())
    })?;
    Ok(used)
}

/// Where an attachment's bytes lie: under a name of its own, or their hash.
fn file_name_of(doc: &Value) -> Option<String> {
    text_of(doc, "file").or_else(|| text_of(doc, "sha256"))
}

fn text_of(doc: &Value, field: &str) -> Option<String> {
    doc.get(field).and_then(Value::as_str).map(str::to_owned)
}

fn remove(path: &Path) -> std::io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => path
            .parent()
            .filter(|p| p.exists())
            .map_or(Ok(()), sync_dir),
    }
}

/// A mail's file is named by its moment and its letter.
fn remove_mails(outbox: &Path, letters: &[String]) -> std::io::Result<()> {
    if !outbox.is_dir() {
        return Ok(());
    }
    let gone: BTreeSet<&str> = letters.iter().map(String::as_str).collect();
    for entry in fs::read_dir(outbox)? {
        let path = entry?.path();
        let name = path
            .file_stem()
            .and_then(|n| n.to_str())
            .unwrap_or_default();
        let letter = name.split_once('-').map_or("", |(_, id)| id);
        if gone.contains(letter) {
            fs::remove_file(&path)?;
        }
    }
    sync_dir(outbox)
}

fn list_path(data: &Path) -> PathBuf {
    data.join(LIST)
}

fn note_in_list(data: &Path, erasure: &Erasure) -> std::io::Result<()> {
    let path = list_path(data);
    let line = serde_json::to_string(erasure)?;
    if fs::read_to_string(&path).is_ok_and(|text| text.lines().any(|l| l == line)) {
        return Ok(());
    }
    // A torn last line must not spoil the next one.
    let torn = fs::read(&path).is_ok_and(|bytes| bytes.last().is_some_and(|b| *b != b'\n'));
    let before = if torn { "\n" } else { "" };
    let mut file = fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(&path)?;
    file.write_all(format!("{before}{line}\n").as_bytes())?;
    file.sync_all()?;
    sync_dir(data)
}

/// A last line that a power cut tore is of an erasure that is not done, and is written again.
fn listed(data: &Path) -> Result<Vec<Erasure>, ActionError> {
    let text = match fs::read_to_string(list_path(data)) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => {
            return Err(ActionError::Broken(format!(
                "the list of erasures can't be read: {error}"
            )));
        }
    };
    let lines = text.lines();
    Ok(lines
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect())
}
