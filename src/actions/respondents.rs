//! What the secretariat does to one respondent: contacts, links again, deadlines, exemption, notes.
use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use samsvar_core::access::Link;
use samsvar_core::campaigns::{Approval, Campaign, Contact, Phase, Respondent, Stop};
use samsvar_core::events::{Actor, Deed};

use super::letters::invitation_letter;
use super::{ActionError, event};
use crate::app::App;
use crate::mail::queue;
use crate::store::{Commit, Document, key};

/// A change that the secretariat decides on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    Extend(DateTime<Utc>),
    Exempt(String),
    Decline(String),
    /// Takes back that no answer is waited for.
    Expect,
    /// Finds the last submission in order.
    Approve,
    Note(String),
}

/// Makes a decision about a respondent; `false` where there is no such respondent.
pub fn decide(
    app: &App,
    campaign: &str,
    respondent: &str,
    decision: &Decision,
    by: &str,
) -> Result<bool, ActionError> {
    let now = app.now();
    let stop = |reason: &str| {
        Some(Stop {
            reason: reason.to_owned(),
            at: now,
            by: by.to_owned(),
        })
    };
    let decided = change(app, campaign, respondent, |r| {
        let standing = &mut r.standing;
        let deed = match decision {
            Decision::Extend(to) => {
                standing.extended_to = Some(*to);
                Deed::DeadlineExtended { to: *to }
            }
            Decision::Exempt(reason) => {
                standing.declined = None;
                standing.exempt = stop(reason);
                Deed::Exempted
            }
            Decision::Decline(reason) => {
                standing.exempt = None;
                standing.declined = stop(reason);
                Deed::Declined
            }
            Decision::Expect => {
                standing.exempt = None;
                standing.declined = None;
                Deed::Expected
            }
            Decision::Approve => {
                let number = r.progress.submissions;
                if number == 0 {
                    return Ok(None);
                }
                standing.approved = Some(Approval {
                    number,
                    at: now,
                    by: by.to_owned(),
                });
                Deed::Approved { number }
            }
            Decision::Note(text) => {
                if standing.note == *text {
                    return Ok(None);
                }
                standing.note.clone_from(text);
                Deed::NoteChanged
            }
        };
        let noted = event(
            now,
            campaign,
            Some(respondent),
            Actor::Staff(by.to_owned()),
            deed,
        )?;
        Ok(Some(Commit::new(now).put_new(&noted)))
    })?;
    Ok(decided.is_some())
}

/// Sets who a respondent's letters go to. Whoever is new gets a link, if the others have theirs; whoever is gone loses it.
pub fn set_contacts(
    app: &App,
    campaign: &str,
    respondent: &str,
    wanted: &[Contact],
    by: &str,
) -> Result<bool, ActionError> {
    let now = app.now();
    let found = app.store.get::<Campaign>(&key([campaign]))?;
    let links = links_of(app, campaign, respondent)?;
    let done = change(app, campaign, respondent, |r| {
        let before = r.contacts.clone();
        r.contacts = merged(&before, wanted);
        if r.contacts == before {
            return Ok(None);
        }
        let address = address_at;
        r.standing
            .stopped
            .retain(|place| address_at(&before, *place) == address_at(&r.contacts, *place));
        let mut commit = Commit::new(now);
        for link in links
            .iter()
            .filter(|link| address(&before, link.contact) != address(&r.contacts, link.contact))
        {
            commit = commit.delete::<Link>(link.key());
        }
        if let (Some(campaign), Some(_)) = (&found, r.progress.invited) {
            let fresh: BTreeSet<usize> = r
                .reachable()
                .map(|(place, _)| place)
                .filter(|place| address(&before, *place) != address(&r.contacts, *place))
                .collect();
            let takes_answers = r.window(&campaign.doc.window).phase(now) == Phase::Open;
            for place in fresh.into_iter().filter(|_| takes_answers) {
                commit = queue(commit, &invitation_letter(&campaign.doc, r, place, now)?);
            }
        }
        let actor = Actor::Staff(by.to_owned());
        let noted = event(
            now,
            campaign,
            Some(respondent),
            actor,
            Deed::ContactsChanged,
        )?;
        Ok(Some(commit.put_new(&noted)))
    })?;
    Ok(done.is_some())
}

/// Sends a fresh link to all contacts that have an address; how many letters that are.
pub fn send_link_again(
    app: &App,
    campaign: &str,
    respondent: &str,
    by: &str,
) -> Result<usize, ActionError> {
    let now = app.now();
    let Some(found) = app.store.get::<Campaign>(&key([campaign]))? else {
        return Ok(0);
    };
    let mut letters = 0;
    change(app, campaign, respondent, |r| {
        let places: Vec<usize> = r.reachable().map(|(place, _)| place).collect();
        letters = places.len();
        if places.is_empty() || r.window(&found.doc.window).phase(now) != Phase::Open {
            letters = 0;
            return Ok(None);
        }
        let mut commit = Commit::new(now);
        for place in places {
            commit = queue(commit, &invitation_letter(&found.doc, r, place, now)?);
        }
        r.progress.invited.get_or_insert(now);
        let actor = Actor::Staff(by.to_owned());
        let noted = event(
            now,
            campaign,
            Some(respondent),
            actor,
            Deed::InvitationQueued,
        )?;
        Ok(Some(commit.put_new(&noted)))
    })?;
    Ok(letters)
}

/// Takes a respondent off the list; `false` where it was invited or has begun, for then it must be exempt instead.
pub fn remove(app: &App, campaign: &str, respondent: &str, by: &str) -> Result<bool, ActionError> {
    let place = key([campaign, respondent]);
    let Some(stored) = app.store.get::<Respondent>(&place)? else {
        return Ok(false);
    };
    let p = &stored.doc.progress;
    if p.invited.is_some() || p.started.is_some() || p.submissions > 0 {
        return Ok(false);
    }
    let now = app.now();
    let actor = Actor::Staff(by.to_owned());
    let noted = event(now, campaign, None, actor, Deed::RecipientRemoved)?;
    let commit = Commit::new(now)
        .expect::<Respondent>(place.clone(), Some(stored.revision))
        .delete::<Respondent>(place)
        .put_new(&noted);
    app.store.commit(commit)?;
    Ok(true)
}

/// Changes a respondent as it is stored now, in one commit with what belongs to it; again if somebody wrote in between.
///
/// `None` from `edit` changes nothing. The outcome is the respondent, or `None` where there is none.
pub(super) fn change(
    app: &App,
    campaign: &str,
    respondent: &str,
    mut edit: impl FnMut(&mut Respondent) -> Result<Option<Commit>, ActionError>,
) -> Result<Option<Respondent>, ActionError> {
    for _ in 0..20 {
        let Some(stored) = app.store.get::<Respondent>(&key([campaign, respondent]))? else {
            return Ok(None);
        };
        let mut changed = stored.doc;
        let Some(commit) = edit(&mut changed)? else {
            return Ok(Some(changed));
        };
        let commit = commit.put_if(&changed, stored.revision);
        match app.store.commit(commit).map_err(ActionError::from) {
            Ok(_) => return Ok(Some(changed)),
            Err(ActionError::Conflict) => {}
            Err(other) => return Err(other),
        }
    }
    Err(ActionError::Conflict)
}

/// The wanted contacts, with those that were there already at their old places: links and letters name the place.
///
/// A contact that is gone leaves a blank behind.
pub(super) fn merged(before: &[Contact], wanted: &[Contact]) -> Vec<Contact> {
    let same = |a: &Contact, b: &Contact| match (a.address.as_str(), b.address.as_str()) {
        ("", "") => a == b,
        (one, other) => one.eq_ignore_ascii_case(other),
    };
    let is_blank = |c: &Contact| c.name.is_empty() && c.address.is_empty() && c.phone.is_empty();
    let mut left: Vec<&Contact> = wanted.iter().filter(|c| !is_blank(c)).collect();
    let mut contacts: Vec<Contact> = before
        .iter()
        .map(|old| match left.iter().position(|new| same(old, new)) {
            Some(place) => left.remove(place).clone(),
            None => Contact {
                name: String::new(),
                address: String::new(),
                phone: String::new(),
            },
        })
        .collect();
    contacts.extend(left.into_iter().cloned());
    contacts
}

fn address_at(contacts: &[Contact], place: usize) -> String {
    let contact = contacts.get(place);
    contact.map(|c| c.address.clone()).unwrap_or_default()
}

fn links_of(app: &App, campaign: &str, respondent: &str) -> Result<Vec<Link>, ActionError> {
    let all = app.store.scan::<Link>("")?.into_iter().map(|s| s.doc);
    Ok(all
        .filter(|link| link.campaign == campaign && link.respondent == respondent)
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contact(name: &str, address: &str) -> Contact {
        Contact {
            name: name.into(),
            address: address.into(),
            phone: String::new(),
        }
    }

    #[test]
    fn contacts_keep_their_places() {
        let before = [contact("A", "a@example.dk"), contact("B", "b@example.dk")];
        let wanted = [
            contact("C", "c@example.dk"),
            contact("Bente", "B@example.dk"),
        ];
        let after = merged(&before, &wanted);
        let names: Vec<&str> = after.iter().map(|c| c.name.as_str()).collect();
        assert_eq!(names, ["", "Bente", "C"]);
    }
}
