//! Whether all that is stored still fits together: the journal, every index, every hash, every reference.
//!
//! It runs while people answer, so what it finds is looked at twice: only what is wrong both times is told.
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::{DateTime, TimeDelta, Timelike, Utc};
use samsvar_core::access::Link;
use samsvar_core::campaigns::{Campaign, Respondent, Submission};
use serde::{Deserialize, Serialize};

use super::documents::{AttachmentDoc, DraftDoc};
use super::setup::CampaignDraft;
use super::{ActionError, attachments};
use crate::app::App;
use crate::mail::{Due, Letter, LetterKind};
use crate::store::{Commit, Document, Store, key};

/// At most so many findings are kept; the rest are counted.
const MOST_FINDINGS: usize = 100;
/// The hours, UTC, in which the nightly check begins.
const NIGHT: std::ops::Range<u32> = 1..4;

/// What a check has seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IntegrityCheck {
    pub at: DateTime<Utc>,
    pub seconds: i64,
    pub commits: u64,
    /// By table.
    pub documents: BTreeMap<String, u64>,
    pub attachments: u64,
    pub findings: Vec<Finding>,
    /// How many findings there are, also those that are not listed.
    pub found: u64,
}

/// Something that does not fit; names documents by their keys, never an address, token or answer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Finding {
    pub kind: FindingKind,
    pub what: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// A line of the journal is not what was written.
    Journal,
    /// An index does not show what it indexes.
    Index,
    /// A hash does not match its content.
    Hash,
    /// Something names what is not there.
    Reference,
    /// A document can't be read.
    Document,
}

impl IntegrityCheck {
    pub fn is_clean(&self) -> bool {
        self.found == 0
    }
}

impl Document for IntegrityCheck {
    const TABLE: &'static str = "integrity_check";
    const VERSION: u32 = 1;
    fn key(&self) -> String {
        "latest".into()
    }
}

/// Checks everything; about a second for ten thousand answers.
pub fn check(app: &App) -> Result<IntegrityCheck, ActionError> {
    let begun = std::time::Instant::now();
    let mut first = Seen::default();
    first.look(app)?;
    if !first.findings.is_empty() {
        let mut second = Seen::default();
        second.look(app)?;
        second
            .findings
            .retain(|finding| first.findings.contains(finding));
        first = second;
    }
    let found = first.findings.len() as u64;
    Ok(IntegrityCheck {
        at: app.now(),
        seconds: i64::try_from(begun.elapsed().as_secs()).unwrap_or(i64::MAX),
        commits: first.commits,
        documents: first.documents,
        attachments: first.attachments,
        findings: first.findings.into_iter().take(MOST_FINDINGS).collect(),
        found,
    })
}

/// Checks and keeps the result for the status page.
pub fn check_and_note(app: &App) -> Result<IntegrityCheck, ActionError> {
    let checked = check(app)?;
    for finding in &checked.findings {
        log::error!("integrity check: {:?}: {}", finding.kind, finding.what);
    }
    app.store.commit(Commit::new(app.now()).put(&checked))?;
    Ok(checked)
}

/// How what is stored lies on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AtRest {
    Readable,
    Encrypted,
    /// Something lies readable, or under a key that writes no longer.
    Partly,
    /// The journal's headers can't be read.
    Unknown,
}

/// Whether the journal is encrypted, all of it and under the key that writes now.
pub fn at_rest(app: &App) -> AtRest {
    let Ok(found) = app.store.keys_in_use() else {
        return AtRest::Unknown;
    };
    match app.store.key_id() {
        None if found.iter().all(Option::is_none) => AtRest::Readable,
        Some(id) if found.iter().all(|key| key.as_deref() == Some(id)) => AtRest::Encrypted,
        _ => AtRest::Partly,
    }
}

/// The last check, if there was one.
pub fn latest(app: &App) -> Result<Option<IntegrityCheck>, ActionError> {
    Ok(app
        .store
        .get::<IntegrityCheck>("latest")?
        .map(|found| found.doc))
}

/// Whether it is time again: once a night, and at once where the last one is a day and a half old.
pub fn is_due(last: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
    let Some(last) = last else { return true };
    let age = now - last;
    // A clock that was set back must not end the checks.
    age < TimeDelta::zero()
        || age > TimeDelta::hours(36)
        || (age > TimeDelta::hours(12) && NIGHT.contains(&now.hour()))
}

#[derive(Default)]
struct Seen {
    commits: u64,
    documents: BTreeMap<String, u64>,
    attachments: u64,
    findings: BTreeSet<Finding>,
}

/// What refers to a respondent, gathered before the respondents are read.
#[derive(Default)]
struct Referrers {
    /// By respondent's key: the submissions' highest number and their count.
    submissions: HashMap<String, (u32, u32)>,
    /// By respondent's key, with who refers.
    others: Vec<(String, String)>,
    forms: HashSet<samsvar_core::campaigns::FormRef>,
    files: Vec<(String, String)>,
}

impl Seen {
    fn look(&mut self, app: &App) -> Result<(), ActionError> {
        let store = &app.store;
        match store.verify() {
            Ok(verified) => self.commits = verified.commits,
            Err(error) => self.found(FindingKind::Journal, error.to_string()),
        }
        match store.check_index() {
            Ok(faults) => {
                for fault in faults {
                    self.found(FindingKind::Index, fault);
                }
            }
            Err(error) => self.found(FindingKind::Index, error.to_string()),
        }
        self.documents = store.counts()?;
        let mut referrers = Referrers::default();
        self.submissions(app, &mut referrers);
        self.drafts_and_links(store, &mut referrers);
        self.letters(store, &mut referrers);
        self.files(app, &mut referrers);
        self.respondents(store, &referrers);
        self.campaigns(store, &mut referrers);
        self.forms(app, &referrers);
        Ok(())
    }

    fn found(&mut self, kind: FindingKind, what: String) {
        self.findings.insert(Finding { kind, what });
    }

    /// Every readable document of a table; each other one is a finding.
    fn each<D: Document>(&mut self, store: &Store, mut take: impl FnMut(&mut Self, D)) {
        for read in store.iter::<D>("") {
            match read {
                Ok(stored) => take(self, stored.doc),
                Err(error) => self.found(FindingKind::Document, error.to_string()),
            }
        }
    }

    fn submissions(&mut self, app: &App, referrers: &mut Referrers) {
        self.each::<Submission>(&app.store, |seen, sent| {
            let name = sent.key();
            if Submission::hash_of(&sent.answers) != sent.sha256 {
                seen.found(
                    FindingKind::Hash,
                    format!("submission {name}: its answers are not those of its receipt"),
                );
            }
            let respondent = key([sent.campaign.as_str(), sent.respondent.as_str()]);
            for file in attachments::in_answers(&sent.answers) {
                let attachment = key([
                    sent.campaign.as_str(),
                    sent.respondent.as_str(),
                    file.sha256.as_str(),
                ]);
                referrers
                    .files
                    .push((attachment, format!("submission {name}")));
            }
            let (highest, count) = referrers.submissions.entry(respondent).or_default();
            *highest = sent.number.max(*highest);
            *count += 1;
            referrers.forms.insert(sent.form);
        });
    }

    fn drafts_and_links(&mut self, store: &Store, referrers: &mut Referrers) {
        self.each::<DraftDoc>(store, |_, draft| {
            let respondent = key([draft.campaign.as_str(), draft.respondent.as_str()]);
            referrers
                .others
                .push((respondent, format!("draft {}", draft.key())));
            referrers.forms.insert(draft.form);
        });
        self.each::<Link>(store, |_, link| {
            let respondent = key([link.campaign.as_str(), link.respondent.as_str()]);
            referrers
                .others
                .push((respondent.clone(), format!("a link of {respondent}")));
        });
    }

    fn letters(&mut self, store: &Store, referrers: &mut Referrers) {
        let mut waiting = HashSet::new();
        self.each::<Due>(store, |_, due| {
            waiting.insert((due.letter, due.at));
        });
        self.each::<Letter>(store, |seen, letter| {
            let name = letter.key();
            if let Some(due) = letter.due()
                && !waiting.remove(&(due.letter, due.at))
            {
                seen.found(
                    FindingKind::Index,
                    format!("letter {name} waits, but is not in the list of what is due"),
                );
            }
            if let (Some(campaign), Some(respondent)) = (&letter.campaign, &letter.respondent) {
                let respondent = key([campaign.as_str(), respondent.as_str()]);
                if let LetterKind::Receipt { submission } = &letter.kind {
                    let (highest, _) = referrers
                        .submissions
                        .get(&respondent)
                        .copied()
                        .unwrap_or_default();
                    if submission
                        .parse()
                        .map_or(true, |number: u32| number > highest)
                    {
                        seen.found(
                            FindingKind::Reference,
                            format!("letter {name} is a receipt of a submission that is not there"),
                        );
                    }
                }
                referrers
                    .others
                    .push((respondent, format!("letter {name}")));
            }
        });
        for (letter, _) in waiting {
            self.found(
                FindingKind::Index,
                format!("letter {letter} is listed as due, but does not wait"),
            );
        }
    }

    fn files(&mut self, app: &App, referrers: &mut Referrers) {
        let mut known = HashSet::new();
        self.each::<AttachmentDoc>(&app.store, |seen, file| {
            let name = file.key();
            seen.attachments += 1;
            match attachments::stored(app, &file) {
                Ok(true) => {}
                Ok(false) => seen.found(
                    FindingKind::Hash,
                    format!("attachment {name}: its file is not what was sent"),
                ),
                Err(error) => seen.found(
                    FindingKind::Reference,
                    format!("attachment {name}: its file can't be read: {error}"),
                ),
            }
            let respondent = key([file.campaign.as_str(), file.respondent.as_str()]);
            referrers
                .others
                .push((respondent, format!("attachment {name}")));
            known.insert(name);
        });
        for (file, by) in std::mem::take(&mut referrers.files) {
            if !known.contains(&file) {
                self.found(
                    FindingKind::Reference,
                    format!("{by} names the attachment {file}, which is not there"),
                );
            }
        }
    }

    fn respondents(&mut self, store: &Store, referrers: &Referrers) {
        let mut known = HashMap::new();
        self.each::<Respondent>(store, |_, respondent| {
            known.insert(respondent.key(), respondent.progress.submissions);
        });
        for (respondent, by) in &referrers.others {
            if !known.contains_key(respondent) {
                self.found(
                    FindingKind::Reference,
                    format!("{by} belongs to the respondent {respondent}, who is not there"),
                );
            }
        }
        for (respondent, (highest, count)) in &referrers.submissions {
            match known.get(respondent) {
                None => self.found(FindingKind::Reference, format!("submissions of the respondent {respondent}, who is not there")),
                Some(stated) if stated != highest || highest != count => self.found(
                    FindingKind::Reference,
                    format!("the respondent {respondent} has {count} submissions, the last is no. {highest}, and {stated} are stated"),
                ),
                Some(_) => {}
            }
        }
        for (respondent, stated) in &known {
            if *stated > 0 && !referrers.submissions.contains_key(respondent) {
                self.found(
                    FindingKind::Reference,
                    format!(
                        "the respondent {respondent} has no submission, and {stated} are stated"
                    ),
                );
            }
        }
    }

    fn campaigns(&mut self, store: &Store, referrers: &mut Referrers) {
        let mut known: HashMap<String, HashSet<String>> = HashMap::new();
        let mut asked = HashMap::new();
        self.each::<Respondent>(store, |_, respondent| {
            asked.insert(respondent.key(), (respondent.campaign, respondent.group));
        });
        self.each::<Campaign>(store, |_, campaign| {
            let groups = campaign
                .audiences
                .iter()
                .map(|audience| audience.group.clone());
            known.insert(campaign.id.clone(), groups.collect());
            referrers
                .forms
                .extend(campaign.audiences.into_iter().map(|audience| audience.form));
        });
        // Of a collection that is not open yet the respondents are there already.
        let mut planned = HashSet::new();
        self.each::<CampaignDraft>(store, |_, draft| {
            planned.insert(draft.id);
        });
        for (respondent, (campaign, group)) in asked {
            match known.get(&campaign) {
                None if planned.contains(&campaign) => {}
                None => self.found(
                    FindingKind::Reference,
                    format!("the respondent {respondent} belongs to a campaign that is not there"),
                ),
                Some(groups) if !groups.contains(&group) => {
                    self.found(FindingKind::Reference, format!("the respondent {respondent} is of a group that its campaign does not ask"));
                }
                Some(_) => {}
            }
        }
    }

    /// A pinned form is there, can be read, and is the one that was pinned.
    fn forms(&mut self, app: &App, referrers: &Referrers) {
        for form in &referrers.forms {
            match app.stored_form(form) {
                Err(error) => self.found(FindingKind::Reference, error.to_string()),
                Ok(stored) if stored.version() != form.version => {
                    self.found(
                        FindingKind::Hash,
                        format!("the stored form {} is not the one that was pinned", form.id),
                    );
                }
                Ok(_) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_is_due_once_a_night_and_after_a_clock_set_back() {
        let at = |s: &str| s.parse::<DateTime<Utc>>().unwrap();
        let last = Some(at("2026-04-09T02:00:00Z"));
        assert!(is_due(None, at("2026-04-09T12:00:00Z")));
        assert!(!is_due(last, at("2026-04-09T03:00:00Z")));
        assert!(!is_due(last, at("2026-04-09T22:00:00Z")));
        assert!(is_due(last, at("2026-04-10T01:30:00Z")));
        assert!(is_due(last, at("2026-04-11T14:30:00Z")));
        assert!(is_due(last, at("2026-04-08T14:30:00Z")));
    }
}
