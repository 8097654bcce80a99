//! "Not me": a contact names the right person, who gets the letter in their place, at once or when the secretariat agrees.
use samsvar_core::access::{Link, Opens, Token};
use samsvar_core::campaigns::passing::{
    NamedContact, NamedState, NamingFault, naming_faults, take_place,
};
use samsvar_core::campaigns::{Campaign, Contact, Phase, Respondent};
use samsvar_core::events::{Actor, Deed};

use super::answering::{Holder, LinkRefusal, Role, holder_of};
use super::documents::part_key;
use super::letters::{invitation_letter, random_id};
use super::respondents::change;
use super::{ActionError, event};
use crate::app::App;
use crate::mail::queue;
use crate::store::{Commit, Document, Stored, key};

/// What the contact typed.
pub struct Naming {
    pub name: String,
    pub address: String,
    pub note: String,
}

/// Whoever opens "not me": still a contact, or one who has named somebody already.
pub enum Passer {
    Contact(Box<Holder>),
    Done(Box<Done>),
}

/// Somebody was named.
pub struct Done {
    /// What the link belongs to.
    pub link: Link,
    pub campaign: Campaign,
    pub organisation: String,
    pub named: NamedContact,
}

/// What the holder of a token may see of "not me"; only a contact's own link opens it.
pub fn passer(app: &App, token: &Token) -> Result<Result<Passer, LinkRefusal>, ActionError> {
    match holder_of(app, token)? {
        Ok(holder) if holder.role == Role::Owner => Ok(Ok(Passer::Contact(Box::new(holder)))),
        Ok(_) => Ok(Err(LinkRefusal::Unknown)),
        Err(LinkRefusal::PassedOn) => match done(app, token)? {
            Some(done) => Ok(Ok(Passer::Done(Box::new(done)))),
            None => Ok(Err(LinkRefusal::PassedOn)),
        },
        Err(refusal) => Ok(Err(refusal)),
    }
}

fn done(app: &App, token: &Token) -> Result<Option<Done>, ActionError> {
    let link = app.store.get::<Link>(&key([token.hash().as_str()]))?;
    let Some(link) = link.map(|stored| stored.doc) else {
        return Ok(None);
    };
    let Opens::PassedOn(id) = &link.opens else {
        return Ok(None);
    };
    let named = app
        .store
        .get::<NamedContact>(&part_key(&link.campaign, &link.respondent, id))?;
    let campaign = app.store.get::<Campaign>(&key([link.campaign.as_str()]))?;
    let place = key([link.campaign.as_str(), link.respondent.as_str()]);
    let respondent = app.store.get::<Respondent>(&place)?;
    let (Some(named), Some(campaign), Some(respondent)) = (named, campaign, respondent) else {
        return Ok(None);
    };
    Ok(Some(Done {
        link,
        campaign: campaign.doc,
        organisation: respondent.doc.name(),
        named: named.doc,
    }))
}

/// All whom contacts of a respondent named, in order.
pub fn named_by(
    app: &App,
    campaign: &str,
    respondent: &str,
) -> Result<Vec<NamedContact>, ActionError> {
    let prefix = format!("{}/", key([campaign, respondent]));
    let stored = app.store.scan::<NamedContact>(&prefix)?;
    let mut all: Vec<NamedContact> = stored.into_iter().map(|s| s.doc).collect();
    all.sort_by_key(|named| named.at);
    Ok(all)
}

/// The respondents of a campaign of which somebody named waits for the secretariat.
pub fn waiting(app: &App, campaign: &str) -> Result<Vec<String>, ActionError> {
    let all = app
        .store
        .scan::<NamedContact>(&format!("{}/", key([campaign])))?;
    let waiting = all.into_iter().map(|s| s.doc).filter(NamedContact::waits);
    Ok(waiting.map(|named| named.respondent).collect())
}

/// Names the right person: the contact's letters and links end, and the new one's letter is queued, all in one commit.
///
/// A second post of the same page finds the link ended and changes nothing.
pub fn name(
    app: &App,
    holder: &Holder,
    naming: &Naming,
) -> Result<Result<(), Vec<NamingFault>>, ActionError> {
    let place = holder.link.contact;
    let (name, address) = (naming.name.trim(), naming.address.trim());
    let faults = naming_faults(&holder.respondent, place, (name, address, &naming.note));
    if !faults.is_empty() {
        return Ok(Err(faults));
    }
    let now = app.now();
    let named = NamedContact {
        id: random_id()?,
        campaign: holder.campaign.id.clone(),
        respondent: holder.respondent.id.clone(),
        place,
        named: Contact {
            name: name.to_owned(),
            address: address.to_owned(),
            phone: String::new(),
        },
        note: naming.note.trim().to_owned(),
        at: now,
        state: NamedState::Waiting,
    };
    change(app, &named.campaign, &named.respondent, |respondent| {
        let links = links_of(app, &named)?;
        let own = links
            .iter()
            .find(|l| l.doc.token_hash == holder.link.token_hash);
        if own.is_none_or(|l| l.doc.opens != Opens::Own) {
            return Ok(None);
        }
        let mut named = named.clone();
        let before = named_by(app, &named.campaign, &named.respondent)?
            .iter()
            .filter(|one| matches!(one.state, NamedState::Taken { by: None, .. }))
            .count();
        let rule = holder.campaign.passing_on;
        let mut commit = Commit::new(now).put_new(&holder.event(now, Deed::ContactNamed)?);
        if rule.sends_at_once(respondent, address, before) {
            named.state = NamedState::Taken { at: now, by: None };
            commit = taken(commit, &holder.campaign, respondent, &named, now)?;
        } else if !respondent.standing.stopped.contains(&place) {
            respondent.standing.stopped.push(place);
        }
        for stored in links.into_iter().filter(|l| l.doc.opens == Opens::Own) {
            let mut link = stored.doc;
            link.opens = Opens::PassedOn(named.id.clone());
            commit = commit.put_if(&link, stored.revision);
        }
        Ok(Some(commit.put_new(&named)))
    })?;
    Ok(Ok(()))
}

/// The secretariat lets the named person take the place, or not; `false` where nobody waits under that id.
pub fn decide(
    app: &App,
    (campaign, respondent, id): (&str, &str, &str),
    takes: bool,
    by: &str,
) -> Result<bool, ActionError> {
    let now = app.now();
    let Some(found) = app.store.get::<Campaign>(&key([campaign]))? else {
        return Ok(false);
    };
    let mut decided = false;
    change(app, campaign, respondent, |respondent| {
        let at = part_key(campaign, &respondent.id, id);
        let Some(stored) = app
            .store
            .get::<NamedContact>(&at)?
            .filter(|s| s.doc.waits())
        else {
            return Ok(None);
        };
        decided = true;
        let mut named = stored.doc;
        let by_name = by.to_owned();
        let deed = if takes {
            Deed::NamedContactTaken
        } else {
            Deed::NamedContactRefused
        };
        let actor = Actor::Staff(by.to_owned());
        let told = event(now, campaign, Some(&respondent.id), actor, deed)?;
        let mut commit = Commit::new(now).put_new(&told);
        respondent.standing.stopped.retain(|p| *p != named.place);
        if takes {
            named.state = NamedState::Taken {
                at: now,
                by: Some(by_name),
            };
            commit = taken(commit, &found.doc, respondent, &named, now)?;
        } else {
            named.state = NamedState::Refused {
                at: now,
                by: by_name,
            };
            // The links work again: there is nobody else who could answer.
            for stored in links_of(app, &named)? {
                let mut link = stored.doc;
                if link.opens == Opens::PassedOn(named.id.clone()) {
                    link.opens = Opens::Own;
                    commit = commit.put_if(&link, stored.revision);
                }
            }
        }
        Ok(Some(commit.put_if(&named, stored.revision)))
    })?;
    Ok(decided)
}

/// The named person takes the place, and gets a letter while answers are taken.
fn taken(
    commit: Commit,
    campaign: &Campaign,
    respondent: &mut Respondent,
    named: &NamedContact,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<Commit, ActionError> {
    let is_new = take_place(respondent, named);
    let open = respondent.window(&campaign.window).phase(now) == Phase::Open;
    if !is_new || !open {
        return Ok(commit);
    }
    let letter = invitation_letter(campaign, respondent, named.place, now)?;
    Ok(queue(commit, &letter))
}

/// The links of the contact who named somebody.
fn links_of(app: &App, named: &NamedContact) -> Result<Vec<Stored<Link>>, ActionError> {
    let mut links = Vec::new();
    for stored in app.store.iter::<Link>("") {
        let stored = stored?;
        let link = &stored.doc;
        let own = link.campaign == named.campaign && link.respondent == named.respondent;
        if own && link.contact == named.place {
            links.push(stored);
        }
    }
    Ok(links)
}

impl Document for NamedContact {
    const TABLE: &'static str = "named_contact";
    const VERSION: u32 = 1;
    fn key(&self) -> String {
        part_key(&self.campaign, &self.respondent, &self.id)
    }
}
