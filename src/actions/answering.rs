//! What the holder of a personal link does: open, save, submit, read again.
use chrono::{DateTime, Utc};
use samsvar_core::access::{Link, Token};
use samsvar_core::answers::{Conflict, Draft, merge};
use samsvar_core::campaigns::{
    Campaign, FormRef, Phase, Respondent, SignOff, Submission, SubmitRefusal, Submitter,
};
use samsvar_core::events::{Actor, Deed};
use samsvar_core::forms::{Form, Language};
use serde_json::Value;
use std::sync::Arc;

use super::documents::submission_key;
use super::letters::receipt_letter;
use super::{ActionError, DraftDoc, event};
use crate::app::App;
use crate::mail::queue;
use crate::store::{Commit, key};

/// Whoever holds a valid link, and what it opens.
pub struct Holder {
    pub link: Link,
    pub campaign: Campaign,
    pub respondent: Respondent,
    pub form: Arc<Form>,
}

/// Why a link opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkRefusal {
    Unknown,
    Expired,
}

/// An answer under way, as it is stored.
pub struct Writing {
    pub draft: Draft,
    /// 0 before the first save.
    pub revision: u64,
    pub saved: Option<DateTime<Utc>>,
}

/// What became of a page's answers.
pub enum Saved {
    /// On stable storage.
    Kept {
        writing: Writing,
        opened: Vec<String>,
    },
    /// Nothing was saved: these fields were changed elsewhere meanwhile. `draft` holds both sides merged, mine where they differ.
    Conflicts {
        draft: Draft,
        conflicts: Vec<Conflict>,
        writing: Writing,
    },
    Closed(Phase),
}

/// One page's post.
pub struct PagePost<'a> {
    /// `None` for a form on a single page.
    pub section: Option<&'a str>,
    pub pairs: &'a [(String, String)],
    /// What the page was drawn from.
    pub base: Draft,
    /// The button: `next`, `save`, `add:/offers` …
    pub action: &'a str,
}

/// The holder of a token, if it opens anything.
pub fn holder_of(app: &App, token: &Token) -> Result<Result<Holder, LinkRefusal>, ActionError> {
    let Some(link) = app.store.get::<Link>(&key([token.hash().as_str()]))? else {
        return Ok(Err(LinkRefusal::Unknown));
    };
    let link = link.doc;
    let campaign = app.store.get::<Campaign>(&key([link.campaign.as_str()]))?;
    let respondent = app
        .store
        .get::<Respondent>(&key([link.campaign.as_str(), link.respondent.as_str()]))?;
    let (Some(campaign), Some(respondent)) = (campaign, respondent) else {
        return Ok(Err(LinkRefusal::Unknown));
    };
    let (mut campaign, respondent) = (campaign.doc, respondent.doc);
    // From here on the deadline is the respondent's own.
    campaign.window = respondent.window(&campaign.window);
    if app.now() > campaign.window.links_end() {
        return Ok(Err(LinkRefusal::Expired));
    }
    let form = app.form(form_ref(&campaign, &respondent)?)?;
    Ok(Ok(Holder {
        link,
        campaign,
        respondent,
        form,
    }))
}

/// Notes the first time that a link was opened.
pub fn note_opened(app: &App, holder: &Holder) -> Result<(), ActionError> {
    let now = app.now();
    change_progress(app, holder, |respondent| {
        if respondent.progress.opened.is_some() {
            return Ok(None);
        }
        respondent.progress.opened = Some(now);
        let opened = holder.event(now, Deed::LinkOpened)?;
        Ok(Some(Commit::new(now).put_new(&opened)))
    })
}

/// The draft; where there is none, the last submission to amend, or an empty one.
pub fn writing(app: &App, holder: &Holder) -> Result<Writing, ActionError> {
    let known = super::known::of(app, &holder.campaign.id, &holder.respondent.id)?;
    if let Some(stored) = app.store.get::<DraftDoc>(&holder.key())? {
        return Ok(Writing {
            draft: Draft {
                known,
                ..stored.doc.draft
            },
            revision: stored.revision,
            saved: Some(stored.doc.saved),
        });
    }
    let last = last_submission(app, holder)?;
    let begun = last.map_or_else(|| holder.form.begun(), |s| Draft::of(s.answers));
    let draft = Draft { known, ..begun };
    Ok(Writing {
        draft,
        revision: 0,
        saved: None,
    })
}

/// Reads a page, lays it over what is stored, and keeps it.
pub fn save_page(app: &App, holder: &Holder, post: &PagePost) -> Result<Saved, ActionError> {
    let now = app.now();
    let phase = holder.campaign.window.phase(now);
    if phase != Phase::Open {
        return Ok(Saved::Closed(phase));
    }
    // A writer in between makes the commit fail; the merge is then done again on what it wrote.
    for _ in 0..20 {
        let theirs = writing(app, holder)?;
        let base = Draft {
            known: theirs.draft.known.clone(),
            ..post.base.clone()
        };
        let read = holder.form.read_post(post.section, post.pairs, &base);
        let read = holder.form.with_official_names(read, &|kinds, text| {
            crate::organisations::official(kinds, text).map(str::to_owned)
        });
        let mine = holder.form.apply_action(&read, post.action);
        let fields = holder.form.clone();
        let merged = merge(&base, &mine, &theirs.draft, &|pointer| {
            fields.is_field(pointer)
        });
        if !merged.conflicts.is_empty() {
            return Ok(Saved::Conflicts {
                draft: merged.draft,
                conflicts: merged.conflicts,
                writing: theirs,
            });
        }
        let opened = holder
            .form
            .opened(post.section, &theirs.draft, &merged.draft);
        if merged.draft == theirs.draft && theirs.saved.is_some() {
            return Ok(Saved::Kept {
                writing: theirs,
                opened,
            });
        }
        match keep_draft(app, holder, &merged.draft, theirs.revision, now) {
            Ok(revision) => {
                let writing = Writing {
                    draft: merged.draft,
                    revision,
                    saved: Some(now),
                };
                return Ok(Saved::Kept { writing, opened });
            }
            Err(ActionError::Conflict) => {}
            Err(other) => return Err(other),
        }
    }
    Err(ActionError::Conflict)
}

/// Sends the answer: judged by the schema, on stable storage when this returns, its receipt queued with it.
///
/// `seen` is the draft's revision that the review page showed.
pub fn submit(
    app: &App,
    holder: &Holder,
    sign_off: SignOff,
    seen: u64,
) -> Result<Result<Submission, SubmitRefusal>, ActionError> {
    let now = app.now();
    if let Some(refusal) = holder.campaign.window.refusal(now) {
        return Ok(Err(refusal));
    }
    let key = holder.key();
    // Read before the draft: a twin that is faster then takes this number, and is found by it.
    let Some(stored) = app.store.get::<Respondent>(&key)? else {
        return Err(ActionError::Broken("the respondent is gone".into()));
    };
    let writing = writing(app, holder)?;
    if let Some(refusal) = refusal(app, holder, &writing, &sign_off, seen)? {
        return Ok(Err(refusal));
    }
    let answers = holder.form.submission_of(&writing.draft);
    let mut respondent = stored.doc;
    let submission = Submission {
        campaign: holder.campaign.id.clone(),
        respondent: respondent.id.clone(),
        number: respondent.progress.submissions + 1,
        form: form_ref(&holder.campaign, &respondent)?.clone(),
        sha256: Submission::hash_of(&answers),
        answers,
        known: writing.draft.known.clone(),
        at: now,
        by: Submitter::Link {
            contact: holder.link.contact,
        },
        sign_off,
    };
    respondent.progress.submissions = submission.number;
    respondent.progress.submitted = Some(now);
    respondent.progress.started.get_or_insert(now);
    let sent = holder.event(
        now,
        Deed::Submitted {
            number: submission.number,
            sha256: submission.sha256.clone(),
        },
    )?;
    let mut commit = Commit::new(now)
        .put_new(&submission)
        .put_if(&respondent, stored.revision)
        .put_new(&sent)
        .expect::<DraftDoc>(
            key.clone(),
            (writing.revision > 0).then_some(writing.revision),
        )
        .delete::<DraftDoc>(key);
    if let Some(letter) = receipt_letter(
        &holder.campaign,
        &respondent,
        holder.link.contact,
        submission.number,
        now,
    )? {
        commit = queue(commit, &letter);
    }
    match app.store.commit(commit).map_err(ActionError::from) {
        Ok(_) => Ok(Ok(submission)),
        Err(ActionError::Conflict) => Ok(Err(after_conflict(app, holder, &submission)?)),
        Err(other) => Err(other),
    }
}

/// Whether the review page asks who signs the answer off; a form with an `approval` section asks itself, where it needs to.
pub fn asks_sign_off(form: &Form) -> bool {
    form.fields(Language::Da)
        .iter()
        .all(|field| field.pointer != "/approval/name")
}

/// Name and title as they stand in a form's own `approval` section; blank where there is none.
pub fn sign_off_in(answers: &Value) -> SignOff {
    let text = |pointer: &str| {
        answers
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    SignOff {
        name: text("/approval/name"),
        title: text("/approval/title"),
    }
}

/// All submissions of the respondent, oldest first.
pub fn submissions(
    app: &App,
    campaign: &str,
    respondent: &str,
) -> Result<Vec<Submission>, ActionError> {
    let prefix = format!("{}/", key([campaign, respondent]));
    Ok(app
        .store
        .scan::<Submission>(&prefix)?
        .into_iter()
        .map(|s| s.doc)
        .collect())
}

/// The submission of that number.
pub fn submission(
    app: &App,
    campaign: &str,
    respondent: &str,
    number: u32,
) -> Result<Option<Submission>, ActionError> {
    let found = app
        .store
        .get::<Submission>(&submission_key(campaign, respondent, number))?;
    Ok(found.map(|s| s.doc))
}

impl Holder {
    fn key(&self) -> String {
        key([self.campaign.id.as_str(), self.respondent.id.as_str()])
    }

    fn event(
        &self,
        now: DateTime<Utc>,
        deed: Deed,
    ) -> Result<samsvar_core::events::Event, ActionError> {
        event(
            now,
            &self.campaign.id,
            Some(&self.respondent.id),
            Actor::Contact(self.link.contact),
            deed,
        )
    }
}

fn form_ref<'c>(
    campaign: &'c Campaign,
    respondent: &Respondent,
) -> Result<&'c FormRef, ActionError> {
    let missing = || {
        ActionError::Broken(format!(
            "campaign {} has no form for group {}",
            campaign.id, respondent.group
        ))
    };
    campaign.form_for(&respondent.group).ok_or_else(missing)
}

fn last_submission(app: &App, holder: &Holder) -> Result<Option<Submission>, ActionError> {
    let number = match app.store.get::<Respondent>(&holder.key())? {
        Some(stored) => stored.doc.progress.submissions,
        None => 0,
    };
    submission(app, &holder.campaign.id, &holder.respondent.id, number)
}

fn refusal(
    app: &App,
    holder: &Holder,
    writing: &Writing,
    sign_off: &SignOff,
    seen: u64,
) -> Result<Option<SubmitRefusal>, ActionError> {
    if writing.revision == 0
        && let Some(last) = last_submission(app, holder)?
    {
        return Ok(Some(SubmitRefusal::AlreadySent(last.number)));
    }
    if writing.revision != seen {
        return Ok(Some(SubmitRefusal::DraftChanged));
    }
    let findings = holder.form.validate(&writing.draft, Language::Da);
    if !findings.is_empty() {
        return Ok(Some(SubmitRefusal::Findings(findings)));
    }
    let asked = asks_sign_off(&holder.form);
    let name_missing = asked && sign_off.name.trim().is_empty();
    let title_missing = asked && sign_off.title.trim().is_empty();
    if name_missing || title_missing {
        return Ok(Some(SubmitRefusal::NotSignedOff {
            name_missing,
            title_missing,
        }));
    }
    Ok(None)
}

/// A double click finds its own twin: the same answer under the same number.
fn after_conflict(
    app: &App,
    holder: &Holder,
    mine: &Submission,
) -> Result<SubmitRefusal, ActionError> {
    let stored = submission(app, &mine.campaign, &mine.respondent, mine.number)?;
    Ok(match stored.filter(|s| s.sha256 == mine.sha256) {
        Some(twin) => SubmitRefusal::AlreadySent(twin.number),
        None => {
            log::info!("a submission in {} met a newer draft", holder.campaign.id);
            SubmitRefusal::DraftChanged
        }
    })
}

fn keep_draft(
    app: &App,
    holder: &Holder,
    draft: &Draft,
    revision: u64,
    now: DateTime<Utc>,
) -> Result<u64, ActionError> {
    let doc = DraftDoc {
        campaign: holder.campaign.id.clone(),
        respondent: holder.respondent.id.clone(),
        form: form_ref(&holder.campaign, &holder.respondent)?.clone(),
        draft: draft.clone(),
        saved: now,
        contact: holder.link.contact,
    };
    let mut commit = Commit::new(now);
    commit = if revision == 0 {
        commit.put_new(&doc)
    } else {
        commit.put_if(&doc, revision)
    };
    if let Some(stored) = app.store.get::<Respondent>(&holder.key())? {
        let mut respondent = stored.doc;
        if respondent.progress.started.is_none() {
            commit = commit.put_new(&holder.event(now, Deed::DraftSaved)?);
        }
        respondent.progress.started.get_or_insert(now);
        respondent.progress.saved = Some(now);
        commit = commit.put_if(&respondent, stored.revision);
    }
    Ok(app.store.commit(commit)?.seq)
}

/// Changes the respondent as it is stored now; again if somebody wrote in between. `None` changes nothing.
fn change_progress(
    app: &App,
    holder: &Holder,
    change: impl Fn(&mut Respondent) -> Result<Option<Commit>, ActionError>,
) -> Result<(), ActionError> {
    for _ in 0..20 {
        let Some(stored) = app.store.get::<Respondent>(&holder.key())? else {
            return Ok(());
        };
        let mut respondent = stored.doc;
        let Some(commit) = change(&mut respondent)? else {
            return Ok(());
        };
        match app
            .store
            .commit(commit.put_if(&respondent, stored.revision))
            .map_err(ActionError::from)
        {
            Err(ActionError::Conflict) => {}
            other => return other.map(|_| ()),
        }
    }
    Err(ActionError::Conflict)
}
