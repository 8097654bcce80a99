//! A colleague or manager who was asked into an answer, when all that is held about them is to go.
//!
//! The hand-over or request stays, without the person: events and answers tell who did something by its
//! id. The link opens nothing any more, and a draft that waited for the manager can be changed again.
use chrono::{DateTime, Utc};
use samsvar_core::campaigns::Contact;
use samsvar_core::hands::{ApprovalRequest, Handover, Outcome, Remark};
use serde::{Deserialize, Serialize};

use super::ActionError;
use super::documents::{DraftDoc, part_key};
use crate::app::App;
use crate::store::{Commit, Document, Stored, Target, key};

/// Who was asked, by the id of what they were asked with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    /// A hand-over's.
    Colleague(String),
    /// An approval request's.
    Manager(String),
}

/// The document that holds the person.
pub(super) enum Asking {
    Handover(Stored<Handover>),
    Request(Stored<ApprovalRequest>),
}

impl Asked {
    /// `None` where there is no such hand-over or request.
    pub(super) fn found(
        &self,
        app: &App,
        campaign: &str,
        respondent: &str,
    ) -> Result<Option<Asking>, ActionError> {
        let at = |id: &String| part_key(campaign, respondent, id);
        Ok(match self {
            Self::Colleague(id) => app.store.get(&at(id))?.map(Asking::Handover),
            Self::Manager(id) => app.store.get(&at(id))?.map(Asking::Request),
        })
    }

    pub(super) fn id(&self) -> &str {
        let (Self::Colleague(id) | Self::Manager(id)) = self;
        id
    }
}

impl Asking {
    pub fn person(&self) -> &Contact {
        match self {
            Self::Handover(stored) => &stored.doc.colleague,
            Self::Request(stored) => &stored.doc.manager,
        }
    }

    /// Table and key.
    pub fn address(&self) -> (&'static str, String) {
        match self {
            Self::Handover(stored) => (Handover::TABLE, stored.doc.key()),
            Self::Request(stored) => (ApprovalRequest::TABLE, stored.doc.key()),
        }
    }

    /// Where the person stands, in every commit until now.
    pub fn target(&self) -> Target {
        let (table, at) = self.address();
        Target::one(table, at)
    }

    /// Adds to the commit what takes the person out.
    pub fn taken_out(
        &self,
        app: &App,
        commit: Commit,
        now: DateTime<Utc>,
    ) -> Result<Commit, ActionError> {
        let nobody = Contact {
            name: String::new(),
            address: String::new(),
            phone: String::new(),
        };
        match self {
            Self::Handover(stored) => {
                let mut handover = stored.doc.clone();
                handover.colleague = nobody;
                handover.message = Remark::default();
                handover.withdrawn.get_or_insert(now);
                Ok(commit.put_if(&handover, stored.revision))
            }
            Self::Request(stored) => {
                let mut request = stored.doc.clone();
                request.manager = nobody;
                request.title = String::new();
                match &mut request.outcome {
                    Outcome::Waiting => request.outcome = Outcome::Withdrawn { at: now },
                    Outcome::Returned { comment, .. } => *comment = Remark::default(),
                    Outcome::Approved { .. } | Outcome::Withdrawn { .. } => {}
                }
                let commit = commit.put_if(&request, stored.revision);
                freed(app, commit, &request)
            }
        }
    }
}

/// The draft that waited for this request waits no longer.
fn freed(app: &App, commit: Commit, request: &ApprovalRequest) -> Result<Commit, ActionError> {
    let at = key([request.campaign.as_str(), request.respondent.as_str()]);
    let Some(stored) = app.store.get::<DraftDoc>(&at)? else {
        return Ok(commit);
    };
    if stored.doc.waits.as_ref() != Some(&request.id) {
        return Ok(commit);
    }
    let mut draft = stored.doc;
    draft.waits = None;
    Ok(commit.put_if(&draft, stored.revision))
}

/// All hand-overs and requests that went to an address: campaign, respondent and who.
pub(super) fn all_at(
    app: &App,
    address: &str,
) -> Result<Vec<(String, String, Asked)>, ActionError> {
    let address = address.trim();
    let is = |person: &Contact| !address.is_empty() && is_same(&person.address, address);
    let mut found = Vec::new();
    for stored in app.store.iter::<Handover>("") {
        let doc = stored?.doc;
        if is(&doc.colleague) {
            found.push((doc.campaign, doc.respondent, Asked::Colleague(doc.id)));
        }
    }
    for stored in app.store.iter::<ApprovalRequest>("") {
        let doc = stored?.doc;
        if is(&doc.manager) {
            found.push((doc.campaign, doc.respondent, Asked::Manager(doc.id)));
        }
    }
    Ok(found)
}

fn is_same(stated: &str, address: &str) -> bool {
    stated.trim().to_lowercase() == address.to_lowercase()
}
