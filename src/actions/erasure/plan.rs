//! What an erasure takes and what it leaves, document by document.
use std::collections::{BTreeMap, BTreeSet};

use samsvar_core::campaigns::{Contact, Respondent};
use serde_json::Value;

use super::super::ActionError;
use super::super::asked::Asking;
use super::super::owned::Owned;
use super::{KEPT, RESPONDENT, Scope, file_name_of, text_of};
use crate::app::App;
use crate::mail::Letter;
use crate::store::{Document, Stored, Target, key};

/// Lists of letters, which name no respondent.
const LISTS: &[&str] = &["letter-due", "letter-way-back"];

/// What an erasure would do.
pub struct Plan {
    /// How many documents go, by table.
    pub goes: BTreeMap<String, usize>,
    /// How many contacts lose name, address and telephone.
    pub contacts: usize,
    pub files: usize,
    /// How many documents stay, by table.
    pub stays: BTreeMap<String, usize>,
    pub(super) deletes: Vec<(String, String)>,
    pub(super) redacted: Vec<Stored<Respondent>>,
    pub(super) asking: Option<Asking>,
    pub(super) targets: Vec<Target>,
    pub(super) file_names: Vec<String>,
    pub(super) letters: Vec<String>,
}

/// What would go and what would stay; `None` where there is no such thing.
pub fn plan(app: &App, scope: &Scope) -> Result<Option<Plan>, ActionError> {
    let respondents = scope.respondents(app)?;
    let asking = scope.asking(app)?;
    if respondents.is_empty() && asking.is_none() && !scope.is_campaign(app)? {
        return Ok(None);
    }
    let mut plan = Plan {
        goes: BTreeMap::new(),
        contacts: 0,
        files: 0,
        stays: BTreeMap::new(),
        deletes: Vec::new(),
        redacted: Vec::new(),
        targets: scope.targets(),
        asking: None,
        file_names: Vec::new(),
        letters: Vec::new(),
    };
    let judge = Judge::new(app, scope)?;
    app.store.each_document(|table, at, json| {
        judge.place(table, at, json, &mut plan);
        Ok(())
    })?;
    plan.add_lists();
    plan.files = plan.file_names.len();
    for mut stored in respondents {
        let places = scope.places(&stored.doc);
        plan.contacts += places.len();
        redact(&mut stored.doc, &places, scope);
        let at = stored.doc.key();
        plan.targets.push(Target::one(RESPONDENT, at));
        plan.redacted.push(stored);
    }
    *plan.stays.entry(RESPONDENT.to_owned()).or_default() += plan.redacted.len();
    if let Some(asking) = asking {
        plan.contacts += 1;
        plan.targets.push(asking.target());
        plan.asking = Some(asking);
    }
    Ok(Some(plan))
}

impl Plan {
    fn delete(&mut self, table: &str, at: &str) {
        self.deletes.push((table.to_owned(), at.to_owned()));
        self.targets.push(Target::one(table, at));
        *self.goes.entry(table.to_owned()).or_default() += 1;
    }

    /// What is waiting, and what a returning mail is about, stand in lists of their own: they go with their letters.
    fn add_lists(&mut self) {
        let letters: BTreeSet<String> = self
            .deletes
            .iter()
            .filter(|(table, _)| table == Letter::TABLE)
            .map(|(_, at)| at.clone())
            .collect();
        let of_a_letter = |table: &str, at: &str| match table {
            "letter-due" => letters.iter().any(|l| at.ends_with(&key([l.as_str()]))),
            _ => letters.iter().any(|l| l.ends_with(&format!("/{at}"))),
        };
        self.deletes
            .retain(|(table, at)| !LISTS.contains(&table.as_str()) || of_a_letter(table, at));
        for list in LISTS {
            let left = self.deletes.iter().filter(|(table, _)| table == list);
            match left.count() {
                0 => {}
                count => drop(self.goes.insert((*list).to_owned(), count)),
            }
        }
    }
}

/// Tells of each document whether it goes.
struct Judge<'a> {
    scope: &'a Scope,
    below: String,
    /// The contact, where only one goes.
    contact: Option<Owned>,
}

impl<'a> Judge<'a> {
    fn new(app: &App, scope: &'a Scope) -> Result<Self, ActionError> {
        let below = match scope.respondent() {
            Some(respondent) => key([scope.campaign(), respondent]),
            None => key([scope.campaign()]),
        };
        Ok(Self {
            scope,
            below,
            contact: Owned::of(app, scope)?,
        })
    }

    fn place(&self, table: &str, at: &str, json: &str, plan: &mut Plan) {
        if LISTS.contains(&table) {
            // Whether its letter goes is known at the end.
            return plan.deletes.push((table.to_owned(), at.to_owned()));
        }
        let doc: Value = serde_json::from_str(json).unwrap_or_default();
        let under = at == self.below || at.starts_with(&format!("{}/", self.below));
        if !under && !self.names_it(&doc) {
            return;
        }
        if table == RESPONDENT || KEPT.iter().any(|(kept, _)| *kept == table) {
            if table != RESPONDENT {
                *plan.stays.entry(table.to_owned()).or_default() += 1;
            }
            return;
        }
        if let Some(contact) = &self.contact
            && !contact.goes(table, &doc, json)
        {
            *plan.stays.entry(table.to_owned()).or_default() += 1;
            return;
        }
        plan.delete(table, at);
        if table == "attachment" {
            plan.file_names.extend(file_name_of(&doc));
        }
        if table == Letter::TABLE {
            plan.letters.extend(text_of(&doc, "id"));
        }
    }

    fn names_it(&self, doc: &Value) -> bool {
        if text_of(doc, "campaign").as_deref() != Some(self.scope.campaign()) {
            return false;
        }
        let found = text_of(doc, "respondent");
        match self.scope {
            Scope::Campaign { .. } => true,
            Scope::Respondent { respondent, .. } => found.as_ref() == Some(respondent),
            // A list that waits to be taken in names no respondent, but perhaps the contact.
            Scope::Contact { respondent, .. } | Scope::Asked { respondent, .. } => {
                found.is_none_or(|found| found == *respondent)
            }
        }
    }
}

/// Takes the persons out of a respondent; the organisation and its progress stay.
fn redact(respondent: &mut Respondent, places: &[usize], scope: &Scope) {
    for place in places {
        if let Some(contact) = respondent.contacts.get_mut(*place) {
            *contact = Contact {
                name: String::new(),
                address: String::new(),
                phone: String::new(),
            };
        }
    }
    if !scope.is_of_a_person() {
        let standing = &mut respondent.standing;
        standing.note.clear();
        for stop in [&mut standing.exempt, &mut standing.declined]
            .into_iter()
            .flatten()
        {
            stop.reason.clear();
        }
    }
}
