//! An answer leaves: judged, signed off, stored, its receipt queued with it; and is opened again, for a reason.
use chrono::{DateTime, Utc};
use samsvar_core::answers::Draft;
use samsvar_core::campaigns::{Phase, Respondent, SignOff, Submission, SubmitRefusal, Submitter};
use samsvar_core::events::Deed;
use samsvar_core::forms::Language;
use samsvar_core::hands::Remark;

use super::answering::{
    Holder, Role, Writing, asks_manager, asks_sign_off, form_ref, last_submission, submission,
    writing,
};
use super::letters::receipt_letter;
use super::{ActionError, DraftDoc};
use crate::app::App;
use crate::mail::queue;
use crate::store::{Commit, Stored};

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
    if let Some(refusal) = closed(holder, now) {
        return Ok(Err(refusal));
    }
    // Read before the draft: a twin that is faster then takes this number, and is found by it.
    let Some(stored) = app.store.get::<Respondent>(&holder.key())? else {
        return Err(ActionError::Broken("the respondent is gone".into()));
    };
    let writing = writing(app, holder)?;
    if let Some(refusal) = unready(app, holder, &writing, seen)? {
        return Ok(Err(refusal));
    }
    if asks_manager(holder) {
        return Ok(Err(SubmitRefusal::NeedsApproval));
    }
    if let Some(refusal) = unsigned(holder, &sign_off) {
        return Ok(Err(refusal));
    }
    let by = match &holder.role {
        Role::OnBehalf(entry) => Submitter::OnBehalf {
            staff: entry.staff.clone(),
            how: entry.how,
            late: now > holder.campaign.window.deadline,
        },
        _ => Submitter::Link {
            contact: holder.link.contact,
        },
    };
    let (submission, mut commit) = sent(holder, stored, &writing, by, sign_off, now)?;
    if let Some(letter) = receipt_letter(
        &holder.campaign,
        &holder.respondent,
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

/// Opens an answer that was sent, so that it can be changed and sent again.
///
/// Without a reason nothing happens, and `false` comes back; where it is open already, that is fine.
pub fn reopen(app: &App, holder: &Holder, reason: Remark) -> Result<bool, ActionError> {
    let now = app.now();
    if reason.is_empty() || holder.phase(now) != Phase::Open {
        return Ok(false);
    }
    let Some(last) = last_submission(app, holder)? else {
        return Ok(true);
    };
    let doc = DraftDoc {
        campaign: holder.campaign.id.clone(),
        respondent: holder.respondent.id.clone(),
        form: form_ref(&holder.campaign, &holder.respondent)?.clone(),
        draft: Draft::of(last.answers),
        saved: now,
        contact: holder.link.contact,
        touched: Default::default(),
        waits: None,
    };
    let reopened = holder.event(now, Deed::Reopened { reason })?;
    let commit = Commit::new(now).put_new(&doc).put_new(&reopened);
    match app.store.commit(commit).map_err(ActionError::from) {
        // A twin has opened it.
        Ok(_) | Err(ActionError::Conflict) => Ok(true),
        Err(other) => Err(other),
    }
}

/// The submission that a draft becomes, and the commit of everything about it but its letters.
pub(super) fn sent(
    holder: &Holder,
    stored: Stored<Respondent>,
    writing: &Writing,
    by: Submitter,
    sign_off: SignOff,
    now: DateTime<Utc>,
) -> Result<(Submission, Commit), ActionError> {
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
        by,
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
    let commit = Commit::new(now)
        .put_new(&submission)
        .put_if(&respondent, stored.revision)
        .put_new(&sent)
        .expect::<DraftDoc>(
            holder.key(),
            (writing.revision > 0).then_some(writing.revision),
        )
        .delete::<DraftDoc>(holder.key());
    Ok((submission, commit))
}

/// What the window says against sending.
pub(super) fn closed(holder: &Holder, now: DateTime<Utc>) -> Option<SubmitRefusal> {
    match holder.phase(now) {
        Phase::NotOpenYet => Some(SubmitRefusal::NotOpenYet),
        Phase::Open => None,
        Phase::Closed => Some(SubmitRefusal::CampaignClosed),
    }
}

/// What keeps an answer from being sent, or from being shown to a manager: sent already, changed, or with faults.
pub(super) fn unready(
    app: &App,
    holder: &Holder,
    writing: &Writing,
    seen: u64,
) -> Result<Option<SubmitRefusal>, ActionError> {
    if writing.revision == 0
        && let Some(last) = last_submission(app, holder)?
    {
        return Ok(Some(SubmitRefusal::AlreadySent(last.number)));
    }
    if writing.waits.is_some() {
        return Ok(Some(SubmitRefusal::NeedsApproval));
    }
    if writing.revision != seen {
        return Ok(Some(SubmitRefusal::DraftChanged));
    }
    let findings = holder.form.validate(&writing.draft, Language::Da);
    Ok((!findings.is_empty()).then_some(SubmitRefusal::Findings(findings)))
}

fn unsigned(holder: &Holder, sign_off: &SignOff) -> Option<SubmitRefusal> {
    let asked = asks_sign_off(holder);
    let name_missing = asked && sign_off.name.trim().is_empty();
    let title_missing = asked && sign_off.title.trim().is_empty();
    (name_missing || title_missing).then_some(SubmitRefusal::NotSignedOff {
        name_missing,
        title_missing,
    })
}

/// A double click finds its own twin: the same answer under the same number.
pub(super) fn after_conflict(
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
