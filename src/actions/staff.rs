//! The secretariat's way in: listed addresses, a link by mail, a session that ends.
use chrono::{DateTime, TimeDelta, Utc};
use samsvar_core::access::{SIGN_IN_MINUTES, Session, SignIn, Staff, Token};

use super::letters::sign_in_letter;
use super::{ActionError, SignInRequest, new_token};
use crate::app::App;
use crate::mail::{Address, queue};
use crate::store::{Commit, Document, key};

/// Lists a member of the secretariat; an address that is listed already gets the new name.
pub fn add(app: &App, name: &str, address: &str) -> Result<Result<Staff, AddRefusal>, ActionError> {
    let name = name.trim();
    let address = address.trim().to_lowercase();
    if name.is_empty() || name.len() > 200 || name.chars().any(char::is_control) {
        return Ok(Err(AddRefusal::Name));
    }
    if Address::parse(&address).is_err() {
        return Ok(Err(AddRefusal::Address));
    }
    let staff = Staff {
        address,
        name: name.to_owned(),
    };
    app.store.commit(Commit::new(app.now()).put(&staff))?;
    Ok(Ok(staff))
}

/// Why somebody can't be listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddRefusal {
    Name,
    Address,
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
}

/// Turns a sign-in link into a session; the link is used up in the same commit.
pub fn sign_in(
    app: &App,
    link: &Token,
    browser: Option<&Token>,
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
    let (session, token) = new_session(app, &stored.doc.staff)?;
    let spent = key([stored.doc.token_hash.as_str()]);
    let commit = Commit::new(now)
        .expect::<SignIn>(spent.clone(), Some(stored.revision))
        .delete::<SignIn>(spent)
        .put_new(&session);
    match app.store.commit(commit).map_err(ActionError::from) {
        Ok(_) => Ok(Ok(token)),
        Err(ActionError::Conflict) => Ok(Err(SignInRefusal::Spent)),
        Err(other) => Err(other),
    }
}

/// Signs in without a letter; the demo's way, for a machine without mail.
pub fn sign_in_at_once(app: &App, address: &str) -> Result<Token, ActionError> {
    let (session, token) = new_session(app, address)?;
    app.store.commit(Commit::new(app.now()).put_new(&session))?;
    Ok(token)
}

/// Who a session belongs to, while it lasts and the person is still listed.
pub fn signed_in(app: &App, token: &Token) -> Result<Option<Staff>, ActionError> {
    let Some(session) = app.store.get::<Session>(&key([token.hash().as_str()]))? else {
        return Ok(None);
    };
    if !session.doc.is_valid(app.now()) {
        return Ok(None);
    }
    let staff = app.store.get::<Staff>(&key([session.doc.staff.as_str()]))?;
    Ok(staff.map(|s| s.doc))
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
    };
    Ok((session, token))
}
