//! The secretariat's way in: listed addresses, a link by mail, a session that ends.
use chrono::{DateTime, TimeDelta, Utc};
use samsvar_core::access::{SIGN_IN_MINUTES, Session, SignIn, Staff, Token};
use samsvar_core::events::Actor;
use samsvar_core::roles::Role;

use super::letters::sign_in_letter;
pub use super::people::AddRefusal;
use super::second_factor::{self, CodeRefusal};
use super::{ActionError, SignInRequest, new_token, people};
use crate::app::App;
use crate::mail::queue;
use crate::store::{Commit, Document, key};

/// Lists a member of the secretariat; for other roles see [`people::add`].
pub fn add(app: &App, name: &str, address: &str) -> Result<Result<Staff, AddRefusal>, ActionError> {
    people::add(app, name, address, Role::default(), Actor::Operator)
}

/// Queues a sign-in letter for a listed address; for any other nothing happens, and nobody can tell.
///
/// `browser` is the cookie of the browser that asks; only there the link will work.
pub fn ask_for_link(app: &App, address: &str, browser: &Token) -> Result<(), ActionError> {
    let address = address.trim().to_lowercase();
    let Some(staff) = app.store.get::<Staff>(&key([address.as_str()]))? else {
        log::info!("a sign-in link was asked for an address that is not listed");
        return Ok(());
    };
    let now = app.now();
    if asked_lately(app, &address, now)? >= MOST_LETTERS {
        log::warn!("sign-in links are asked for too often for one address");
        return Ok(());
    }
    let (letter, request) = sign_in_letter(&staff.doc, browser, now)?;
    app.store
        .commit(queue(Commit::new(now).put_new(&request), &letter))?;
    Ok(())
}

/// Sign-in letters that one address gets while a link lives.
const MOST_LETTERS: usize = 5;

fn asked_lately(app: &App, address: &str, now: DateTime<Utc>) -> Result<usize, ActionError> {
    let since = now - TimeDelta::minutes(SIGN_IN_MINUTES);
    let requests = app.store.scan::<SignInRequest>("")?;
    Ok(requests
        .iter()
        .filter(|r| r.doc.staff == address && r.doc.asked > since)
        .count())
}

/// Why a sign-in link signs nobody in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignInRefusal {
    /// Unknown, used already, or too old.
    Spent,
    /// Opened in another browser than the one that asked.
    OtherBrowser,
    /// The code from the app is not right; the link still works.
    Code(CodeRefusal),
}

/// Whether whoever a sign-in link is for is asked for a code.
pub fn asks_code(app: &App, link: &Token) -> Result<bool, ActionError> {
    match app.store.get::<SignIn>(&key([link.hash().as_str()]))? {
        Some(found) => second_factor::is_on(app, &found.doc.staff),
        None => Ok(false),
    }
}

/// Turns a sign-in link into a session; the link is used up in the same commit, and so is the code from the app.
pub fn sign_in(
    app: &App,
    link: &Token,
    browser: Option<&Token>,
    code: &str,
) -> Result<Result<Token, SignInRefusal>, ActionError> {
    let now = app.now();
    let Some(stored) = app.store.get::<SignIn>(&key([link.hash().as_str()]))? else {
        return Ok(Err(SignInRefusal::Spent));
    };
    if !stored.doc.is_valid(now) {
        return Ok(Err(SignInRefusal::Spent));
    }
    if browser.map(Token::hash).as_deref() != Some(stored.doc.browser_hash.as_str()) {
        return Ok(Err(SignInRefusal::OtherBrowser));
    }
    let Some(staff) = people::find(app, &stored.doc.staff)? else {
        return Ok(Err(SignInRefusal::Spent));
    };
    let (session, token) = new_session(app, &stored.doc.staff)?;
    let spent = key([stored.doc.token_hash.as_str()]);
    let commit = Commit::new(now)
        .expect::<SignIn>(spent.clone(), Some(stored.revision))
        .delete::<SignIn>(spent)
        .put_new(&session);
    let commit = match second_factor::with_sign_in(app, commit, &staff, code)? {
        Ok(commit) => commit,
        Err(refusal) => return Ok(Err(SignInRefusal::Code(refusal))),
    };
    match app.store.commit(commit).map_err(ActionError::from) {
        Ok(_) => Ok(Ok(token)),
        Err(ActionError::Conflict) => Ok(Err(SignInRefusal::Spent)),
        Err(other) => Err(other),
    }
}

/// Signs in without a letter; the demo's way, for a machine without mail. The address must be listed.
pub fn sign_in_at_once(app: &App, address: &str) -> Result<Token, ActionError> {
    let (session, token) = new_session(app, address)?;
    app.store.commit(Commit::new(app.now()).put_new(&session))?;
    Ok(token)
}

/// Whoever a session belongs to.
pub struct SignedIn {
    pub staff: Staff,
    /// [`note_use`] is due.
    pub to_be_noted: bool,
}

/// Who a session belongs to, while it lasts and the person is still listed.
pub fn signed_in(app: &App, token: &Token) -> Result<Option<SignedIn>, ActionError> {
    let Some(session) = app.store.get::<Session>(&key([token.hash().as_str()]))? else {
        return Ok(None);
    };
    if !session.doc.is_valid(app.now()) {
        return Ok(None);
    }
    let to_be_noted = session.doc.is_to_be_noted(app.now());
    let staff = app.store.get::<Staff>(&key([session.doc.staff.as_str()]))?;
    Ok(staff.map(|s| SignedIn {
        staff: s.doc,
        to_be_noted,
    }))
}

/// Notes that a session was used, so that it does not end for idleness; waits for the disk.
pub fn note_use(app: &App, token: &Token) -> Result<(), ActionError> {
    let Some(stored) = app.store.get::<Session>(&key([token.hash().as_str()]))? else {
        return Ok(());
    };
    let mut session = stored.doc;
    session.used = Some(app.now());
    let commit = Commit::new(app.now()).put_if(&session, stored.revision);
    match app.store.commit(commit).map_err(ActionError::from) {
        // Used or ended in another window at the same moment: that one counts.
        Ok(_) | Err(ActionError::Conflict) => Ok(()),
        Err(other) => Err(other),
    }
}

pub fn sign_out(app: &App, token: &Token) -> Result<(), ActionError> {
    app.store
        .commit(Commit::new(app.now()).delete::<Session>(key([token.hash().as_str()])))?;
    Ok(())
}

/// Deletes sign-in links, their requests and sessions that no longer open anything.
pub fn forget_expired(app: &App) -> Result<(), ActionError> {
    let now = app.now();
    let mut commit = Commit::new(now);
    for stored in app.store.scan::<Session>("")? {
        if !stored.doc.is_valid(now) {
            commit = commit.delete::<Session>(stored.doc.key());
        }
    }
    for stored in app.store.scan::<SignIn>("")? {
        if !stored.doc.is_valid(now) {
            commit = commit.delete::<SignIn>(stored.doc.key());
        }
    }
    for stored in app.store.scan::<SignInRequest>("")? {
        if now > stored.doc.asked + TimeDelta::minutes(2 * SIGN_IN_MINUTES) {
            commit = commit.delete::<SignInRequest>(stored.doc.key());
        }
    }
    if !commit.is_empty() {
        app.store.commit(commit)?;
    }
    Ok(())
}

fn new_session(app: &App, staff: &str) -> Result<(Session, Token), ActionError> {
    let token = new_token()?;
    let session = Session {
        token_hash: token.hash(),
        staff: staff.to_owned(),
        since: app.now(),
        used: None,
    };
    Ok((session, token))
}
