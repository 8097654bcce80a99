//! Who may come in and as what: members of staff, listed, changed and removed by administrators and the operator.
use samsvar_core::access::{Session, Staff};
use samsvar_core::campaigns::Campaign;
use samsvar_core::events::{Actor, Deed, Event};
use samsvar_core::roles::Role;
use samsvar_core::second_factor::SecondFactor;

use super::{ActionError, event};
use crate::app::App;
use crate::mail::Address;
use crate::store::{Commit, Document, key};

/// Stands for "no campaign" in events about members of staff; no campaign's id can be it.
pub(super) const NO_CAMPAIGN: &str = "-";

/// Why somebody can't be listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddRefusal {
    Name,
    Address,
    /// An observer's collection does not exist.
    Campaign,
    /// Nobody takes the administrator's role from themselves.
    Oneself,
}

/// Everybody listed, in the order of Danish names.
pub fn list(app: &App) -> Result<Vec<Staff>, ActionError> {
    let stored = app.store.scan::<Staff>("")?;
    let mut all: Vec<Staff> = stored.into_iter().map(|s| s.doc).collect();
    all.sort_by(|a, b| samsvar_core::danish::collate(&a.name, &b.name));
    Ok(all)
}

pub fn find(app: &App, address: &str) -> Result<Option<Staff>, ActionError> {
    Ok(app.store.get::<Staff>(&key([address]))?.map(|s| s.doc))
}

/// Lists somebody; an address that is listed already gets the new name and role.
///
/// With another role all sessions of that address end, so that none outlives its right.
pub fn add(
    app: &App,
    name: &str,
    address: &str,
    role: Role,
    by: Actor,
) -> Result<Result<Staff, AddRefusal>, ActionError> {
    let staff = Staff {
        address: address.trim().to_lowercase(),
        name: name.trim().to_owned(),
        role,
    };
    if let Some(refusal) = refusal(app, &staff)? {
        return Ok(Err(refusal));
    }
    let now = app.now();
    let deed = Deed::StaffListed {
        name: staff.name.clone(),
        role: staff.role.danish().to_owned(),
    };
    let mut commit =
        Commit::new(now)
            .put(&staff)
            .put_new(&event(now, NO_CAMPAIGN, None, by, deed)?);
    let before = find(app, &staff.address)?;
    if before.is_some_and(|b| b.role != staff.role) {
        commit = without_sessions(app, commit, &staff.address)?;
    }
    app.store.commit(commit)?;
    Ok(Ok(staff))
}

/// As [`add`], by a member of staff, who can't lower their own role.
pub fn add_by(
    app: &App,
    by: &Staff,
    name: &str,
    address: &str,
    role: Role,
) -> Result<Result<Staff, AddRefusal>, ActionError> {
    let oneself = address.trim().to_lowercase() == by.address;
    if oneself && role != by.role {
        return Ok(Err(AddRefusal::Oneself));
    }
    add(app, name, address, role, Actor::Staff(by.name.clone()))
}

/// Takes somebody off the list and ends their sessions; `false` for oneself and for who is not listed.
pub fn remove(app: &App, by: &Staff, address: &str) -> Result<bool, ActionError> {
    let Some(staff) = find(app, address)?.filter(|s| s.address != by.address) else {
        return Ok(false);
    };
    let now = app.now();
    let deed = Deed::StaffRemoved { name: staff.name };
    let actor = Actor::Staff(by.name.clone());
    let commit = Commit::new(now)
        .delete::<Staff>(key([staff.address.as_str()]))
        .delete::<SecondFactor>(key([staff.address.as_str()]))
        .put_new(&event(now, NO_CAMPAIGN, None, actor, deed)?);
    app.store
        .commit(without_sessions(app, commit, &staff.address)?)?;
    Ok(true)
}

/// Signs an address out of every browser.
pub fn sign_out_everywhere(app: &App, address: &str) -> Result<(), ActionError> {
    let commit = without_sessions(app, Commit::new(app.now()), address)?;
    if !commit.is_empty() {
        app.store.commit(commit)?;
    }
    Ok(())
}

/// In how many browsers an address is signed in now.
pub fn sessions(app: &App, address: &str) -> Result<usize, ActionError> {
    let now = app.now();
    let all = app.store.scan::<Session>("")?;
    let own = |s: &Session| s.staff == address && s.is_valid(now);
    Ok(all.iter().filter(|s| own(&s.doc)).count())
}

/// Who was listed, changed and removed, the newest first.
pub fn history(app: &App, most: usize) -> Result<Vec<Event>, ActionError> {
    super::campaigns::history(app, NO_CAMPAIGN, None, most)
}

fn refusal(app: &App, staff: &Staff) -> Result<Option<AddRefusal>, ActionError> {
    let name = &staff.name;
    if name.is_empty() || name.len() > 200 || name.chars().any(char::is_control) {
        return Ok(Some(AddRefusal::Name));
    }
    if Address::parse(&staff.address).is_err() {
        return Ok(Some(AddRefusal::Address));
    }
    if let Role::Observer { campaign } = &staff.role
        && app
            .store
            .get::<Campaign>(&key([campaign.as_str()]))?
            .is_none()
    {
        return Ok(Some(AddRefusal::Campaign));
    }
    Ok(None)
}

fn without_sessions(app: &App, mut commit: Commit, address: &str) -> Result<Commit, ActionError> {
    for stored in app.store.scan::<Session>("")? {
        if stored.doc.staff == address {
            commit = commit.delete::<Session>(stored.doc.key());
        }
    }
    Ok(commit)
}
