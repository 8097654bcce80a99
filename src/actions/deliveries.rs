//! What became of each letter, and what the secretariat can do about it: correct the address, send again, settle a doubt.
use chrono::{DateTime, Utc};
use samsvar_core::access::{Link, Staff};
use samsvar_core::campaigns::{Campaign, Respondent};
use samsvar_core::events::{Actor, Deed, Event};

use super::{ActionError, campaigns, event};
use crate::app::App;
use crate::mail::{
    Address, IncomingMail, Letter, LetterKind, LetterState, Recipient, Step, What, letters_of,
    requeue,
};
use crate::store::{Commit, Document, Stored, key};

/// A letter as a page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    pub letter: String,
    pub respondent: Option<String>,
    /// "Invitation", "Kvittering" …
    pub kind: &'static str,
    pub name: String,
    pub address: String,
    pub state: &'static str,
    pub since: DateTime<Utc>,
    /// Somebody should look at it.
    pub trouble: bool,
    /// What is most likely wrong.
    pub advice: Option<&'static str>,
    /// The server's words.
    pub reply: Option<String>,
    pub in_doubt: bool,
    /// Corrected and sent again it can be, because it is not on its way just now.
    pub can_be_sent_again: bool,
}

/// Something that happened to a respondent or to a letter of theirs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    pub at: DateTime<Utc>,
    pub until: Option<DateTime<Utc>>,
    pub times: u32,
    /// The letter's kind and recipient; `None` for what is not about a letter.
    pub letter: Option<(&'static str, String)>,
    pub sentence: String,
    pub advice: Option<&'static str>,
    pub reply: Option<String>,
    /// A mail that came in.
    pub message: Option<String>,
}

/// One respondent's letters and all that happened, oldest first.
pub struct Timeline {
    pub campaign: Campaign,
    pub respondent: Respondent,
    pub letters: Vec<Delivery>,
    pub moments: Vec<Moment>,
}

/// Why a letter is left as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LetterRefusal {
    Unknown,
    Address,
    /// It is being handed to the mail server at this moment.
    OnItsWay,
    /// There is no doubt about it.
    NotInDoubt,
}

/// All letters of a campaign, those that need a look first, then the newest.
pub fn deliveries(app: &App, campaign: &str) -> Result<Vec<Delivery>, ActionError> {
    let mut all: Vec<Delivery> = letters_of(&app.store, Some(campaign))?
        .into_iter()
        .map(|stored| delivery(&stored.doc))
        .collect();
    all.sort_by(|a, b| b.trouble.cmp(&a.trouble).then(b.since.cmp(&a.since)));
    Ok(all)
}

/// `None` for an unknown campaign or respondent.
pub fn timeline(
    app: &App,
    campaign: &str,
    respondent: &str,
) -> Result<Option<Timeline>, ActionError> {
    let found = app.store.get::<Campaign>(&key([campaign]))?;
    let asked = app.store.get::<Respondent>(&key([campaign, respondent]))?;
    let (Some(found), Some(asked)) = (found, asked) else {
        return Ok(None);
    };
    let mut letters = letters_of(&app.store, Some(campaign))?;
    letters.retain(|l| l.doc.respondent.as_deref() == Some(respondent));
    letters.sort_by_key(|l| l.doc.created);
    let mut moments: Vec<Moment> = Vec::new();
    for letter in &letters {
        moments.extend(
            steps(&letter.doc)
                .into_iter()
                .map(|s| moment(&letter.doc, s)),
        );
    }
    let history = campaigns::history(app, campaign, Some(respondent), usize::MAX)?;
    moments.extend(history.iter().filter_map(deed));
    moments.sort_by_key(|m| m.at);
    Ok(Some(Timeline {
        campaign: found.doc,
        respondent: asked.doc,
        letters: letters.iter().map(|l| delivery(&l.doc)).collect(),
        moments,
    }))
}

/// Corrects the address and sends the letter again; links sent to the old address stop working.
pub fn readdress(
    app: &App,
    by: &Staff,
    campaign: &str,
    letter: &str,
    address: &str,
) -> Result<Result<(), LetterRefusal>, ActionError> {
    let Ok(address) = Address::parse(address) else {
        return Ok(Err(LetterRefusal::Address));
    };
    let now = app.now();
    let stored = match changeable(app, campaign, letter)? {
        Ok(stored) => stored,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let mut commit = Commit::new(now);
    if let (Some(place), Some(respondent)) = (contact_of(&stored.doc), &stored.doc.respondent) {
        commit = corrected(app, commit, campaign, respondent, place, &address)?;
    }
    let mut doc = stored.doc.clone();
    doc.to = Recipient::new(doc.to.name.expose(), address);
    let by_name = by.name.clone();
    doc.wait_again(now, What::Readdressed { by: by_name });
    save(app, commit, &stored, &doc, by, Deed::AddressCorrected)
}

/// Sends the letter again to the address that it has, under the same `Message-ID`.
pub fn send_again(
    app: &App,
    by: &Staff,
    campaign: &str,
    letter: &str,
) -> Result<Result<(), LetterRefusal>, ActionError> {
    let now = app.now();
    let stored = match changeable(app, campaign, letter)? {
        Ok(stored) => stored,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let mut doc = stored.doc.clone();
    let by_name = by.name.clone();
    doc.wait_again(now, What::SentAgain { by: by_name });
    let commit = Commit::new(now);
    save(app, commit, &stored, &doc, by, Deed::LetterSentAgain)
}

/// Notes that a letter in doubt did arrive.
pub fn settle(
    app: &App,
    by: &Staff,
    campaign: &str,
    letter: &str,
) -> Result<Result<(), LetterRefusal>, ActionError> {
    let now = app.now();
    let Some(stored) = app.store.get::<Letter>(&key([campaign, letter]))? else {
        return Ok(Err(LetterRefusal::Unknown));
    };
    let LetterState::InDoubt { at, reply } = stored.doc.state.clone() else {
        return Ok(Err(LetterRefusal::NotInDoubt));
    };
    let mut doc = stored.doc.clone();
    let by_name = by.name.clone();
    doc.note(now, What::KnownToHaveArrived { by: by_name });
    doc.state = LetterState::Sent { at, reply };
    let commit = Commit::new(now);
    save(app, commit, &stored, &doc, by, Deed::LetterSettled)
}

/// A mail that came back for a respondent, for a member of staff who may read it; that it is read is an event first.
pub fn incoming(
    app: &App,
    by: &Staff,
    campaign: &str,
    respondent: &str,
    id: &str,
) -> Result<Option<IncomingMail>, ActionError> {
    let found = app
        .store
        .get::<IncomingMail>(&key([campaign, respondent, id]))?;
    if found.is_some() {
        let now = app.now();
        let actor = Actor::Staff(by.name.clone());
        let read = event(now, campaign, Some(respondent), actor, Deed::MailRead)?;
        app.store.commit(Commit::new(now).put_new(&read))?;
    }
    Ok(found.map(|mail| mail.doc))
}

fn changeable(
    app: &App,
    campaign: &str,
    letter: &str,
) -> Result<Result<Stored<Letter>, LetterRefusal>, ActionError> {
    let Some(stored) = app.store.get::<Letter>(&key([campaign, letter]))? else {
        return Ok(Err(LetterRefusal::Unknown));
    };
    if matches!(stored.doc.state, LetterState::HandedOver { .. }) {
        return Ok(Err(LetterRefusal::OnItsWay));
    }
    Ok(Ok(stored))
}

fn save(
    app: &App,
    commit: Commit,
    before: &Stored<Letter>,
    after: &Letter,
    by: &Staff,
    deed: Deed,
) -> Result<Result<(), LetterRefusal>, ActionError> {
    let campaign = after.campaign.as_deref().unwrap_or_default();
    let actor = Actor::Staff(by.name.clone());
    let told = event(
        app.now(),
        campaign,
        after.respondent.as_deref(),
        actor,
        deed,
    )?;
    let commit = requeue(commit.put_new(&told), before, after);
    match app.store.commit(commit).map_err(ActionError::from) {
        Ok(_) => Ok(Ok(())),
        // The worker took it at the same moment.
        Err(ActionError::Conflict) => Ok(Err(LetterRefusal::OnItsWay)),
        Err(other) => Err(other),
    }
}

/// The contact's new address; whoever had the old one can open nothing any more.
fn corrected(
    app: &App,
    mut commit: Commit,
    campaign: &str,
    respondent: &str,
    place: usize,
    address: &Address,
) -> Result<Commit, ActionError> {
    let Some(stored) = app.store.get::<Respondent>(&key([campaign, respondent]))? else {
        return Ok(commit);
    };
    let mut doc = stored.doc;
    let Some(contact) = doc.contacts.get_mut(place) else {
        return Ok(commit);
    };
    address.expose().clone_into(&mut contact.address);
    for link in links_of(app, campaign, respondent, place)? {
        commit = commit.delete::<Link>(link);
    }
    Ok(commit.put_if(&doc, stored.revision))
}

/// The keys of all links that a contact was sent.
pub(super) fn links_of(
    app: &App,
    campaign: &str,
    respondent: &str,
    place: usize,
) -> Result<Vec<String>, ActionError> {
    let mut keys = Vec::new();
    for stored in app.store.iter::<Link>("") {
        let link = stored?.doc;
        let own = link.campaign == campaign && link.respondent == respondent;
        if own && link.contact == place {
            keys.push(link.key());
        }
    }
    Ok(keys)
}

/// The place of the contact whose personal link the letter carries.
fn contact_of(letter: &Letter) -> Option<usize> {
    match &letter.kind {
        LetterKind::Invitation { invitation } | LetterKind::Reminder { invitation } => {
            invitation.parse().ok()
        }
        _ => None,
    }
}

fn delivery(letter: &Letter) -> Delivery {
    let steps = steps(letter);
    let last = steps.last();
    let (state, trouble) = state_words(&letter.state);
    Delivery {
        letter: letter.id.clone(),
        respondent: letter.respondent.clone(),
        kind: kind_words(&letter.kind),
        name: letter.to.name.expose().to_owned(),
        address: letter.to.address.expose().to_owned(),
        state,
        since: last.map_or(letter.created, |s| s.until.unwrap_or(s.at)),
        trouble,
        advice: last
            .and_then(|s| s.what.advice())
            .map(|advice| advice.sentence()),
        reply: last.and_then(|s| s.what.reply()).map(str::to_owned),
        in_doubt: matches!(letter.state, LetterState::InDoubt { .. }),
        can_be_sent_again: !matches!(
            letter.state,
            LetterState::HandedOver { .. } | LetterState::Queued { attempts: 0, .. }
        ),
    }
}

fn state_words(state: &LetterState) -> (&'static str, bool) {
    match state {
        LetterState::Queued { attempts: 1.., .. } => ("Forsøges igen", true),
        LetterState::Queued {
            last_fault: Some(_),
            ..
        } => ("Forsøges igen", true),
        LetterState::Queued { .. } => ("I udbakken", false),
        LetterState::HandedOver { .. } => ("Gives til mailserveren", false),
        LetterState::InDoubt { .. } => ("Uvist", true),
        LetterState::Sent { .. } => ("Sendt", false),
        LetterState::Bounced { .. } => ("Kom retur", true),
        LetterState::Failed { .. } => ("Kunne ikke sendes", true),
        LetterState::Withdrawn { .. } => ("Trukket tilbage", false),
    }
}

fn kind_words(kind: &LetterKind) -> &'static str {
    match kind {
        LetterKind::Invitation { .. } => "Invitation",
        LetterKind::Reminder { .. } => "Rykker",
        LetterKind::Receipt { .. } => "Kvittering",
        LetterKind::StaffLogin { .. } => "Log ind",
        LetterKind::Other { about, .. } if about == super::letters::PASSED_ON => "Videresendt svar",
        LetterKind::Other { about, key } if about == super::selection_letters::NOTICE => {
            super::selection_letters::words(key)
        }
        LetterKind::Other { .. } => "Brev",
    }
}

/// The letter's steps; those of a letter older than such lists are told from its state.
fn steps(letter: &Letter) -> Vec<Step> {
    if !letter.steps.is_empty() {
        return letter.steps.clone();
    }
    let at = match &letter.state {
        LetterState::Sent { at, .. }
        | LetterState::Failed { at, .. }
        | LetterState::Bounced { at, .. }
        | LetterState::InDoubt { at, .. }
        | LetterState::HandedOver { at, .. }
        | LetterState::Withdrawn { at, .. } => *at,
        LetterState::Queued { .. } => letter.created,
    };
    let queued = Step::new(letter.created, What::Queued);
    let last = What::of(&letter.state).map(|what| Step::new(at, what));
    std::iter::once(queued).chain(last).collect()
}

fn moment(letter: &Letter, step: Step) -> Moment {
    let message = match &step.what {
        What::AutoReplied { message } | What::Answered { message } => Some(message.clone()),
        _ => None,
    };
    Moment {
        at: step.at,
        until: step.until,
        times: step.times,
        letter: Some((
            kind_words(&letter.kind),
            letter.to.address.expose().to_owned(),
        )),
        sentence: step.what.danish(),
        advice: step.what.advice().map(|advice| advice.sentence()),
        reply: step.what.reply().map(str::to_owned),
        message,
    }
}

/// What respondents and staff did; what the letters' own steps tell is left out.
fn deed(event: &Event) -> Option<Moment> {
    let told_by_steps = matches!(
        event.deed,
        Deed::InvitationQueued
            | Deed::LetterSent
            | Deed::LetterFailed
            | Deed::LetterInDoubt
            | Deed::AddressCorrected
            | Deed::LetterSentAgain
            | Deed::LetterSettled
            | Deed::MailReceived
    );
    (!told_by_steps).then(|| Moment {
        at: event.at,
        until: None,
        times: 1,
        letter: None,
        sentence: event.deed.danish(),
        advice: None,
        reply: None,
        message: None,
    })
}
