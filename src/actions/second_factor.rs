//! The code from an app at sign-in: turned on and off by whoever it protects, reset by an administrator.
use samsvar_core::access::Staff;
use samsvar_core::events::{Actor, Deed};
use samsvar_core::second_factor::{
    Judged, RECOVERY_BYTES, RECOVERY_CODES, SECRET_BYTES, SecondFactor, recovery_code,
    recovery_hash,
};

use super::people::NO_CAMPAIGN;
use super::{ActionError, event};
use crate::app::App;
use crate::store::{Commit, Document, Stored, key};

/// Why a code opened nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeRefusal {
    Wrong,
    /// Too many wrong ones.
    Locked,
    /// There is nothing that a code would open.
    NotOn,
}

/// Somebody's second factor, also one that was begun only.
pub fn of(app: &App, staff: &str) -> Result<Option<SecondFactor>, ActionError> {
    Ok(stored(app, staff)?.map(|s| s.doc))
}

/// Whether a code is asked for at sign-in.
pub fn is_on(app: &App, staff: &str) -> Result<bool, ActionError> {
    Ok(of(app, staff)?.is_some_and(|factor| factor.on.is_some()))
}

/// Draws a secret, which nobody is asked for until a first code was right. One that is on stays.
pub fn begin(app: &App, staff: &Staff) -> Result<(), ActionError> {
    let found = stored(app, &staff.address)?;
    if found.as_ref().is_some_and(|s| s.doc.on.is_some()) {
        return Ok(());
    }
    let fresh = SecondFactor::begin(&staff.address, random::<SECRET_BYTES>()?, app.now());
    let commit = Commit::new(app.now());
    app.store.commit(match found {
        Some(before) => commit.put_if(&fresh, before.revision),
        None => commit.put_new(&fresh),
    })?;
    Ok(())
}

/// Turns it on with a first code; gives back the recovery codes, which are shown this once.
pub fn confirm(
    app: &App,
    staff: &Staff,
    code: &str,
) -> Result<Result<Vec<String>, CodeRefusal>, ActionError> {
    let mut codes = Vec::new();
    let done = with_code(app, staff, code, false, |factor| {
        factor.on = Some(app.now());
        codes = fresh_codes(factor)?;
        Ok(Some(Deed::SecondFactorOn {
            name: staff.name.clone(),
        }))
    })?;
    Ok(done.map(|()| codes))
}

/// New recovery codes instead of the old ones.
pub fn renew(
    app: &App,
    staff: &Staff,
    code: &str,
) -> Result<Result<Vec<String>, CodeRefusal>, ActionError> {
    let mut codes = Vec::new();
    let done = with_code(app, staff, code, true, |factor| {
        codes = fresh_codes(factor)?;
        Ok(Some(Deed::RecoveryCodesMade {
            name: staff.name.clone(),
        }))
    })?;
    Ok(done.map(|()| codes))
}

/// Turns it off with a code, or a recovery code.
pub fn turn_off(
    app: &App,
    staff: &Staff,
    code: &str,
) -> Result<Result<(), CodeRefusal>, ActionError> {
    for _ in 0..20 {
        let Some(before) = stored(app, &staff.address)?.filter(|s| s.doc.on.is_some()) else {
            return Ok(Err(CodeRefusal::NotOn));
        };
        let mut factor = before.doc;
        let judged = factor.judge(code, app.now());
        let commit = Commit::new(app.now());
        let commit = match judged {
            Judged::Right | Judged::Recovery => {
                let name = staff.name.clone();
                let deed = Deed::SecondFactorOff { name };
                let at = factor.key();
                commit
                    .expect::<SecondFactor>(at.clone(), Some(before.revision))
                    .delete::<SecondFactor>(at)
                    .put_new(&told(app, staff, deed)?)
            }
            Judged::Wrong => commit.put_if(&factor, before.revision),
            Judged::Locked => return Ok(Err(CodeRefusal::Locked)),
        };
        match app.store.commit(commit).map_err(ActionError::from) {
            Ok(_) if judged == Judged::Wrong => return Ok(Err(CodeRefusal::Wrong)),
            Ok(_) => return Ok(Ok(())),
            Err(ActionError::Conflict) => {}
            Err(other) => return Err(other),
        }
    }
    Err(ActionError::Conflict)
}

/// Takes it off somebody who has lost app and codes; the link by mail is enough again. `false` where there was none.
pub fn reset(app: &App, address: &str, by: Actor) -> Result<bool, ActionError> {
    let address = address.trim().to_lowercase();
    let Some(before) = stored(app, &address)? else {
        return Ok(false);
    };
    let name = super::people::find(app, &address)?.map(|s| s.name);
    let deed = Deed::SecondFactorReset {
        name: name.unwrap_or_default(),
    };
    let now = app.now();
    let commit = Commit::new(now)
        .delete::<SecondFactor>(before.doc.key())
        .put_new(&event(now, NO_CAMPAIGN, None, by, deed)?);
    app.store.commit(commit)?;
    Ok(true)
}

/// Adds the code's use to the commit that signs somebody in, so that no code signs in twice.
///
/// A wrong code is counted in a commit of its own.
pub(super) fn with_sign_in(
    app: &App,
    commit: Commit,
    staff: &Staff,
    code: &str,
) -> Result<Result<Commit, CodeRefusal>, ActionError> {
    let Some(before) = stored(app, &staff.address)?.filter(|s| s.doc.on.is_some()) else {
        return Ok(Ok(commit));
    };
    let mut factor = before.doc;
    match factor.judge(code, app.now()) {
        Judged::Right => Ok(Ok(commit.put_if(&factor, before.revision))),
        Judged::Recovery => {
            let deed = Deed::RecoveryCodeUsed {
                name: staff.name.clone(),
            };
            let used = told(app, staff, deed)?;
            Ok(Ok(commit.put_if(&factor, before.revision).put_new(&used)))
        }
        Judged::Wrong => {
            let counted = Commit::new(app.now()).put_if(&factor, before.revision);
            match app.store.commit(counted).map_err(ActionError::from) {
                // Somebody else tried at the same moment; that one was counted.
                Ok(_) | Err(ActionError::Conflict) => Ok(Err(CodeRefusal::Wrong)),
                Err(other) => Err(other),
            }
        }
        Judged::Locked => Ok(Err(CodeRefusal::Locked)),
    }
}

/// Changes a factor that is on, or is to be turned on, when the code is right.
fn with_code(
    app: &App,
    staff: &Staff,
    code: &str,
    must_be_on: bool,
    mut change: impl FnMut(&mut SecondFactor) -> Result<Option<Deed>, ActionError>,
) -> Result<Result<(), CodeRefusal>, ActionError> {
    for _ in 0..20 {
        let Some(before) = stored(app, &staff.address)? else {
            return Ok(Err(CodeRefusal::NotOn));
        };
        if before.doc.on.is_some() != must_be_on {
            return Ok(Err(CodeRefusal::NotOn));
        }
        let mut factor = before.doc;
        let judged = factor.judge(code, app.now());
        let mut commit = Commit::new(app.now());
        match judged {
            Judged::Right | Judged::Recovery => {
                if let Some(deed) = change(&mut factor)? {
                    commit = commit.put_new(&told(app, staff, deed)?);
                }
            }
            Judged::Wrong => {}
            Judged::Locked => return Ok(Err(CodeRefusal::Locked)),
        }
        let commit = commit.put_if(&factor, before.revision);
        match app.store.commit(commit).map_err(ActionError::from) {
            Ok(_) if judged == Judged::Wrong => return Ok(Err(CodeRefusal::Wrong)),
            Ok(_) => return Ok(Ok(())),
            Err(ActionError::Conflict) => {}
            Err(other) => return Err(other),
        }
    }
    Err(ActionError::Conflict)
}

fn fresh_codes(factor: &mut SecondFactor) -> Result<Vec<String>, ActionError> {
    let mut codes = Vec::new();
    for _ in 0..RECOVERY_CODES {
        codes.push(recovery_code(random::<RECOVERY_BYTES>()?));
    }
    factor.recovery = codes.iter().map(|code| recovery_hash(code)).collect();
    Ok(codes)
}

fn told(app: &App, staff: &Staff, deed: Deed) -> Result<samsvar_core::events::Event, ActionError> {
    let actor = Actor::Staff(staff.name.clone());
    event(app.now(), NO_CAMPAIGN, None, actor, deed)
}

fn stored(app: &App, staff: &str) -> Result<Option<Stored<SecondFactor>>, ActionError> {
    Ok(app.store.get::<SecondFactor>(&key([staff]))?)
}

fn random<const N: usize>() -> Result<[u8; N], ActionError> {
    let mut bytes = [0_u8; N];
    getrandom::fill(&mut bytes)
        .map_err(|e| ActionError::Broken(format!("no random numbers: {e}")))?;
    Ok(bytes)
}

impl Document for SecondFactor {
    const TABLE: &'static str = "second_factor";
    const VERSION: u32 = 1;
    fn key(&self) -> String {
        key([self.staff.as_str()])
    }
}
