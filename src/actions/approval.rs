//! A manager's own step: asked by mail, reads the whole answer, and sends it or sends it back.
use samsvar_core::campaigns::{Contact, Respondent, SignOff, Submission, SubmitRefusal, Submitter};
use samsvar_core::events::{Actor, Deed};
use samsvar_core::hands::{ApprovalRequest, Outcome, Remark};

use super::answering::{Holder, Role, Writing, writing};
use super::documents::part_key;
use super::hands::short_id;
use super::letters::{approval_letter, receipt_letter, receipt_letter_to_manager, returned_letter};
use super::sending::{after_conflict, closed, sent, unready};
use super::{ActionError, DraftDoc, event};
use crate::app::App;
use crate::mail::{Address, queue};
use crate::store::{Commit, Stored, key};

/// The manager as the holder names them.
pub struct Manager {
    pub name: String,
    pub title: String,
    pub address: String,
}

/// Why no manager was asked.
pub enum AskRefusal {
    Manager {
        name_missing: bool,
        title_missing: bool,
        address_invalid: bool,
    },
    Answer(SubmitRefusal),
}

/// Locks the answer as it stands and asks a manager to approve it; the letter is queued in the same commit.
pub fn ask(
    app: &App,
    holder: &Holder,
    manager: Manager,
    seen: u64,
) -> Result<Result<ApprovalRequest, AskRefusal>, ActionError> {
    let now = app.now();
    if let Some(refusal) = closed(holder, now) {
        return Ok(Err(AskRefusal::Answer(refusal)));
    }
    let writing = writing(app, holder)?;
    if let Some(refusal) = unready(app, holder, &writing, seen)? {
        return Ok(Err(AskRefusal::Answer(refusal)));
    }
    if let Some(refusal) = incomplete(&manager) {
        return Ok(Err(refusal));
    }
    let Some(stored) = app.store.get::<DraftDoc>(&holder.key())? else {
        return Ok(Err(AskRefusal::Answer(SubmitRefusal::DraftChanged)));
    };
    let request = ApprovalRequest {
        id: short_id()?,
        campaign: holder.campaign.id.clone(),
        respondent: holder.respondent.id.clone(),
        manager: Contact {
            name: manager.name.trim().to_owned(),
            address: manager.address.trim().to_owned(),
            phone: String::new(),
        },
        title: manager.title.trim().to_owned(),
        by: holder.link.contact,
        asked: now,
        opened: None,
        outcome: Outcome::Waiting,
    };
    let mut draft = stored.doc;
    draft.waits = Some(request.id.clone());
    let deed = Deed::ApprovalAsked {
        request: request.id.clone(),
    };
    let commit = Commit::new(now)
        .put_if(&draft, seen)
        .put_new(&request)
        .put_new(&holder.event(now, deed)?);
    let letter = approval_letter(&holder.campaign, &holder.respondent, &request, now)?;
    match app
        .store
        .commit(queue(commit, &letter))
        .map_err(ActionError::from)
    {
        Ok(_) => Ok(Ok(request)),
        Err(ActionError::Conflict) => Ok(Err(AskRefusal::Answer(SubmitRefusal::DraftChanged))),
        Err(other) => Err(other),
    }
}

/// The request that an answer waits under, if it does.
pub fn waiting(
    app: &App,
    holder: &Holder,
    writing: &Writing,
) -> Result<Option<ApprovalRequest>, ActionError> {
    let Some(id) = &writing.waits else {
        return Ok(None);
    };
    Ok(stored(app, holder, id)?.map(|s| s.doc))
}

/// All requests of one answer, in the order they were made.
pub fn requests(
    app: &App,
    campaign: &str,
    respondent: &str,
) -> Result<Vec<ApprovalRequest>, ActionError> {
    let prefix = format!("{}/", key([campaign, respondent]));
    let stored = app.store.scan::<ApprovalRequest>(&prefix)?;
    let mut all: Vec<ApprovalRequest> = stored.into_iter().map(|s| s.doc).collect();
    all.sort_by_key(|request| request.asked);
    Ok(all)
}

/// Takes the request back, so that the answer can be changed again; `false` where none waits, or nothing
/// could be sent any more.
pub fn withdraw(app: &App, holder: &Holder) -> Result<bool, ActionError> {
    let now = app.now();
    if closed(holder, now).is_some() {
        return Ok(false);
    }
    let outcome = Outcome::Withdrawn { at: now };
    let commit = Commit::new(now).put_new(&holder.event(now, Deed::ApprovalWithdrawn)?);
    let Some(id) = writing(app, holder)?.waits else {
        return Ok(false);
    };
    unlock(app, holder, &id, outcome, commit)
}

/// The manager sends the answer back with a comment; who asked gets a letter. `false` where it no longer waits.
pub fn give_back(app: &App, holder: &Holder, comment: Remark) -> Result<bool, ActionError> {
    let Role::Manager(request) = &holder.role else {
        return Ok(false);
    };
    let now = app.now();
    let deed = Deed::Returned {
        comment: comment.clone(),
    };
    let mut commit = Commit::new(now).put_new(&holder.event(now, deed)?);
    if let Some(letter) = returned_letter(&holder.campaign, &holder.respondent, request, now)? {
        commit = queue(commit, &letter);
    }
    let outcome = Outcome::Returned { at: now, comment };
    unlock(app, holder, &request.id, outcome, commit)
}

/// The manager approves: the answer is sent as it was read, with receipts to whoever asked and to the manager.
///
/// Taken for some days after the window has closed, for it was asked for before.
pub fn approve(
    app: &App,
    holder: &Holder,
) -> Result<Result<Submission, SubmitRefusal>, ActionError> {
    let now = app.now();
    let Role::Manager(asked) = &holder.role else {
        return Err(ActionError::Broken("only a manager can approve".into()));
    };
    let Some(respondent) = app.store.get::<Respondent>(&holder.key())? else {
        return Err(ActionError::Broken("the respondent is gone".into()));
    };
    let Some(request) = stored(app, holder, &asked.id)? else {
        return Err(ActionError::Broken("the request is gone".into()));
    };
    if let Outcome::Approved { number, .. } = request.doc.outcome {
        return Ok(Err(SubmitRefusal::AlreadySent(number)));
    }
    // It was handed in in time; the manager has some days more, and nobody can change it meanwhile.
    if now > holder.campaign.window.approvals_end() {
        return Ok(Err(SubmitRefusal::CampaignClosed));
    }
    let writing = writing(app, holder)?;
    if !request.doc.is_waiting() || writing.waits.as_ref() != Some(&request.doc.id) {
        return Ok(Err(SubmitRefusal::DraftChanged));
    }
    let (submission, commit) = approved(holder, respondent, &writing, request, now)?;
    match app.store.commit(commit).map_err(ActionError::from) {
        Ok(_) => Ok(Ok(submission)),
        Err(ActionError::Conflict) => Ok(Err(after_conflict(app, holder, &submission)?)),
        Err(other) => Err(other),
    }
}

/// The submission, the closed request, the events and both receipts.
fn approved(
    holder: &Holder,
    respondent: Stored<Respondent>,
    writing: &Writing,
    request: Stored<ApprovalRequest>,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<(Submission, Commit), ActionError> {
    let (revision, mut request) = (request.revision, request.doc);
    let by = Submitter::Approval {
        contact: request.by,
        request: request.id.clone(),
    };
    let sign_off = SignOff {
        name: request.manager.name.clone(),
        title: request.title.clone(),
    };
    let (submission, mut commit) = sent(holder, respondent, writing, by, sign_off, now)?;
    request.outcome = Outcome::Approved {
        at: now,
        number: submission.number,
    };
    let deed = Deed::SignedOff {
        number: submission.number,
    };
    commit = commit
        .put_if(&request, revision)
        .put_new(&holder.event(now, deed)?);
    let (campaign, asked) = (&holder.campaign, &holder.respondent);
    if let Some(letter) = receipt_letter(campaign, asked, request.by, submission.number, now)? {
        commit = queue(commit, &letter);
    }
    let letter = receipt_letter_to_manager(campaign, asked, &request, submission.number, now)?;
    Ok((submission, queue(commit, &letter)))
}

pub(super) fn note_opened(app: &App, request: &ApprovalRequest) -> Result<(), ActionError> {
    if request.opened.is_some() {
        return Ok(());
    }
    let now = app.now();
    let place = part_key(&request.campaign, &request.respondent, &request.id);
    let Some(stored) = app.store.get::<ApprovalRequest>(&place)? else {
        return Ok(());
    };
    let opened = event(
        now,
        &request.campaign,
        Some(&request.respondent),
        Actor::Manager(request.id.clone()),
        Deed::LinkOpened,
    )?;
    let mut request = stored.doc;
    request.opened.get_or_insert(now);
    let commit = Commit::new(now)
        .put_if(&request, stored.revision)
        .put_new(&opened);
    match app.store.commit(commit).map_err(ActionError::from) {
        Ok(_) | Err(ActionError::Conflict) => Ok(()),
        Err(other) => Err(other),
    }
}

fn stored(
    app: &App,
    holder: &Holder,
    id: &str,
) -> Result<Option<Stored<ApprovalRequest>>, ActionError> {
    let place = part_key(&holder.campaign.id, &holder.respondent.id, id);
    Ok(app.store.get::<ApprovalRequest>(&place)?)
}

/// Ends a waiting request and frees the draft, in one commit.
fn unlock(
    app: &App,
    holder: &Holder,
    id: &str,
    outcome: Outcome,
    commit: Commit,
) -> Result<bool, ActionError> {
    let request = stored(app, holder, id)?.filter(|r| r.doc.is_waiting());
    let draft = app.store.get::<DraftDoc>(&holder.key())?;
    let (Some(request), Some(draft)) = (request, draft) else {
        return Ok(false);
    };
    let (mut ended, mut free) = (request.doc, draft.doc);
    if free.waits.as_ref() != Some(&ended.id) {
        return Ok(false);
    }
    ended.outcome = outcome;
    free.waits = None;
    let commit = commit
        .put_if(&ended, request.revision)
        .put_if(&free, draft.revision);
    match app.store.commit(commit).map_err(ActionError::from) {
        Ok(_) => Ok(true),
        // The manager and the holder pressed at the same moment; one of them was first.
        Err(ActionError::Conflict) => Ok(false),
        Err(other) => Err(other),
    }
}

fn incomplete(manager: &Manager) -> Option<AskRefusal> {
    let name_missing = manager.name.trim().is_empty();
    let title_missing = manager.title.trim().is_empty();
    let address_invalid = Address::parse(&manager.address).is_err();
    (name_missing || title_missing || address_invalid).then_some(AskRefusal::Manager {
        name_missing,
        title_missing,
        address_invalid,
    })
}
