//! All that is held about one contact, colleague or manager, as the law lets them ask for it.
use samsvar_core::campaigns::Respondent;
use samsvar_core::events::{Actor, Deed, Event};
use serde_json::{Value, json};

use super::asked::Asked;
use super::erasure::{Scope, persons_at};
use super::owned::Owned;
use super::{ActionError, event};
use crate::app::App;
use crate::store::{Commit, key};

/// Documents by table, as they are stored, and what the person did; `None` where the address is nowhere.
///
/// Being read is an event of every collection that has the contact.
pub fn held_about(app: &App, address: &str, by: &Actor) -> Result<Option<Value>, ActionError> {
    let address = address.trim().to_lowercase();
    if address.is_empty() {
        return Ok(None);
    }
    let scopes = persons_at(app, &address)?;
    let mut owned = Vec::new();
    for scope in &scopes {
        owned.extend(Owned::of(app, scope)?);
    }
    let mut documents: Vec<Value> = Vec::new();
    app.store.each_document(|table, at, text| {
        let doc: Value = serde_json::from_str(text).unwrap_or_default();
        let own = owned.iter().any(|contact| contact.is_held(table, &doc));
        if own || text.to_lowercase().contains(&address) {
            documents.push(json!({"table": table, "key": at, "document": doc}));
        }
        Ok(())
    })?;
    if documents.is_empty() {
        return Ok(None);
    }
    let deeds = deeds(app, &scopes)?;
    note(app, &scopes, by)?;
    Ok(Some(json!({
        "address": address,
        "as_of": app.now(),
        "contact_of": scopes.iter().filter(|scope| is_contact(scope)).map(|scope| entry(app, scope)).collect::<Result<Vec<_>, _>>()?,
        "asked_by": asked_by(&scopes),
        "documents": documents,
        "events": deeds,
    })))
}

/// The organisation, and the entry in its list of contacts.
fn entry(app: &App, scope: &Scope) -> Result<Value, ActionError> {
    let Scope::Contact {
        campaign,
        respondent,
        place,
    } = scope
    else {
        return Ok(Value::Null);
    };
    let found = app
        .store
        .get::<Respondent>(&key([campaign.as_str(), respondent.as_str()]))?;
    Ok(json!({
        "campaign": campaign,
        "respondent": respondent,
        "organisation": found.as_ref().map(|s| s.doc.name()),
        "contact": found.and_then(|s| s.doc.contacts.get(*place).cloned()),
    }))
}

fn is_contact(scope: &Scope) -> bool {
    matches!(scope, Scope::Contact { .. })
}

/// Where the person was asked as a colleague or manager; the hand-overs and requests are among the documents.
fn asked_by(scopes: &[Scope]) -> Vec<Value> {
    let asked = scopes.iter().filter_map(|scope| match scope {
        Scope::Asked {
            campaign,
            respondent,
            whom,
        } => Some(json!({"campaign": campaign, "respondent": respondent, "as": whom})),
        _ => None,
    });
    asked.collect()
}

fn deeds(app: &App, scopes: &[Scope]) -> Result<Vec<Event>, ActionError> {
    let mut found = Vec::new();
    for scope in scopes {
        let actor = match scope {
            Scope::Contact { place, .. } => Actor::Contact(*place),
            Scope::Asked { whom, .. } => match whom {
                Asked::Colleague(id) => Actor::Colleague(id.clone()),
                Asked::Manager(id) => Actor::Manager(id.clone()),
            },
            Scope::Campaign { .. } | Scope::Respondent { .. } => continue,
        };
        let prefix = format!("{}/", key([scope.campaign()]));
        for stored in app.store.scan::<Event>(&prefix)? {
            if stored.doc.respondent.as_deref() == scope.respondent() && stored.doc.actor == actor {
                found.push(stored.doc);
            }
        }
    }
    Ok(found)
}

fn note(app: &App, scopes: &[Scope], by: &Actor) -> Result<(), ActionError> {
    let now = app.now();
    let mut commit = Commit::new(now);
    for scope in scopes {
        let read = event(
            now,
            scope.campaign(),
            scope.respondent(),
            by.clone(),
            Deed::ContactExported,
        )?;
        commit = commit.put_new(&read);
    }
    if !commit.is_empty() {
        app.store.commit(commit)?;
    }
    Ok(())
}
