//! Which documents are one person's, a contact's or a colleague's or manager's who was asked: what they wrote, what was written to them, and what came back on it.
use std::collections::BTreeSet;

use samsvar_core::campaigns::{Contact, Respondent};
use serde_json::Value;

use super::ActionError;
use super::asked::Asked;
use super::erasure::Scope;
use crate::app::App;
use crate::mail::{IncomingMail, Letter};
use crate::store::{Document, key};

/// One contact, colleague or manager, and how to know what is theirs.
pub(super) struct Owned {
    campaign: String,
    respondent: String,
    who: Who,
    /// In lower case; letters that went to one that was corrected since are known by the name.
    address: String,
    name: String,
    /// Ids of the letters to the person.
    letters: BTreeSet<String>,
}

enum Who {
    /// The place among the respondent's contacts.
    Contact(usize),
    Asked(Asked),
}

impl Owned {
    /// `None` for other scopes, and where there is no such person.
    pub fn of(app: &App, scope: &Scope) -> Result<Option<Self>, ActionError> {
        let Some((who, person)) = person_of(app, scope)? else {
            return Ok(None);
        };
        let campaign = scope.campaign();
        let respondent = scope.respondent().unwrap_or_default();
        let mut owned = Self {
            campaign: campaign.to_owned(),
            respondent: respondent.to_owned(),
            who,
            address: person.address.trim().to_lowercase(),
            name: person.name.trim().to_lowercase(),
            letters: BTreeSet::new(),
        };
        for stored in app.store.iter::<Letter>(&format!("{}/", key([campaign]))) {
            let letter = stored?.doc;
            if letter.respondent.as_deref() == Some(respondent) && owned.is_to(&letter) {
                owned.letters.insert(letter.id);
            }
        }
        Ok(Some(owned))
    }

    fn is_to(&self, letter: &Letter) -> bool {
        let is = |own: &str, stated: &str| !own.is_empty() && own == stated.trim().to_lowercase();
        is(&self.address, letter.to.address.expose()) || is(&self.name, letter.to.name.expose())
    }

    /// What goes with the contact; never the organisation's answer.
    ///
    /// `doc` belongs to the contact's respondent, or to none; `json` is the same as text.
    pub fn goes(&self, table: &str, doc: &Value, json: &str) -> bool {
        match table {
            "draft" | "submission" | "attachment" => false,
            // Whoever was asked goes by a scope of their own.
            "handover" | "approval" if self.is_asked() => false,
            "link" => self.is_link(doc),
            _ => self.is_personal(table, doc) || self.is_named(json),
        }
    }

    /// What the contact did, wrote, or was sent.
    pub fn is_held(&self, table: &str, doc: &Value) -> bool {
        let text = |field: &str| doc.get(field).and_then(Value::as_str).unwrap_or_default();
        if text("campaign") != self.campaign || text("respondent") != self.respondent {
            return false;
        }
        match table {
            "link" => self.is_link(doc),
            "draft" | "confirmation" => self.is_at(doc.get("contact")),
            "submission" => self.is_at(doc.pointer("/by/link/contact")),
            "handover" | "approval" if self.is_asked() => self.has_id(doc.get("id")),
            _ => self.is_personal(table, doc),
        }
    }

    fn is_personal(&self, table: &str, doc: &Value) -> bool {
        let is_of_letter = |field: &str| {
            let letter = doc.get(field).and_then(Value::as_str);
            letter.is_some_and(|letter| self.letters.contains(letter))
        };
        match table {
            "message" => self.is_at(doc.pointer("/from/contact")),
            _ if table == Letter::TABLE => is_of_letter("id"),
            _ if table == IncomingMail::TABLE => is_of_letter("letter"),
            _ => false,
        }
    }

    fn is_named(&self, json: &str) -> bool {
        !self.address.is_empty() && json.to_lowercase().contains(&self.address)
    }

    /// A contact's own link; of whoever was asked, the one that opens what they were asked into.
    fn is_link(&self, doc: &Value) -> bool {
        match &self.who {
            Who::Contact(_) => self.is_at(doc.get("contact")),
            Who::Asked(Asked::Colleague(_)) => self.has_id(doc.pointer("/opens/handover")),
            Who::Asked(Asked::Manager(_)) => self.has_id(doc.pointer("/opens/approval")),
        }
    }

    fn is_asked(&self) -> bool {
        matches!(self.who, Who::Asked(_))
    }

    fn has_id(&self, id: Option<&Value>) -> bool {
        let Who::Asked(asked) = &self.who else {
            return false;
        };
        id.and_then(Value::as_str) == Some(asked.id())
    }

    fn is_at(&self, place: Option<&Value>) -> bool {
        let Who::Contact(own) = self.who else {
            return false;
        };
        place.and_then(Value::as_u64) == Some(own as u64)
    }
}

fn person_of(app: &App, scope: &Scope) -> Result<Option<(Who, Contact)>, ActionError> {
    Ok(match scope {
        Scope::Contact {
            campaign,
            respondent,
            place,
        } => {
            let at = key([campaign.as_str(), respondent.as_str()]);
            let found = app.store.get::<Respondent>(&at)?;
            let contact = found.and_then(|s| s.doc.contacts.get(*place).cloned());
            contact.map(|contact| (Who::Contact(*place), contact))
        }
        Scope::Asked {
            campaign,
            respondent,
            whom,
        } => {
            let found = whom.found(app, campaign, respondent)?;
            found.map(|asking| (Who::Asked(whom.clone()), asking.person().clone()))
        }
        Scope::Campaign { .. } | Scope::Respondent { .. } => None,
    })
}
