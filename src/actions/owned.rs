//! Which documents are one contact's: what they wrote, what was written to them, and what came back on it.
use std::collections::BTreeSet;

use samsvar_core::campaigns::Respondent;
use serde_json::Value;

use super::ActionError;
use super::erasure::Scope;
use crate::app::App;
use crate::mail::{IncomingMail, Letter};
use crate::store::{Document, key};

/// One contact, and how to know what is theirs.
pub(super) struct Owned {
    campaign: String,
    respondent: String,
    place: usize,
    /// In lower case; letters that went to one that was corrected since are known by the name.
    address: String,
    name: String,
    /// Ids of the letters to the contact.
    letters: BTreeSet<String>,
}

impl Owned {
    /// `None` for other scopes, and where there is no such contact.
    pub fn of(app: &App, scope: &Scope) -> Result<Option<Self>, ActionError> {
        let Scope::Contact {
            campaign,
            respondent,
            place,
        } = scope
        else {
            return Ok(None);
        };
        let found = app
            .store
            .get::<Respondent>(&key([campaign.as_str(), respondent.as_str()]))?;
        let Some(contact) = found.and_then(|s| s.doc.contacts.get(*place).cloned()) else {
            return Ok(None);
        };
        let mut owned = Self {
            campaign: campaign.clone(),
            respondent: respondent.clone(),
            place: *place,
            address: contact.address.trim().to_lowercase(),
            name: contact.name.trim().to_lowercase(),
            letters: BTreeSet::new(),
        };
        for stored in app
            .store
            .iter::<Letter>(&format!("{}/", key([campaign.as_str()])))
        {
            let letter = stored?.doc;
            if letter.respondent.as_ref() == Some(respondent) && owned.is_to(&letter) {
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
            "link" => self.is_at(doc.get("contact")),
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
            "draft" | "link" | "confirmation" => self.is_at(doc.get("contact")),
            "submission" => self.is_at(doc.pointer("/by/link/contact")),
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

    fn is_at(&self, place: Option<&Value>) -> bool {
        place.and_then(Value::as_u64) == Some(self.place as u64)
    }
}
