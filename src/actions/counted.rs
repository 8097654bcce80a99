//! Which version of each answer an edition of the report counted: what a receipt's number is for.
use chrono::{DateTime, Utc};
use samsvar_core::campaigns::{Respondent, receipt_number};

use super::ActionError;
use super::answering::submission;
use super::ledger::ReleaseDoc;
use crate::app::App;
use crate::store::key;

/// One respondent's answer as an edition counted it.
pub struct Counted {
    /// Id, and name where the respondent is still known.
    pub respondent: String,
    pub name: Option<String>,
    /// The submission's number.
    pub number: u32,
    /// What stands on its receipt; `None` once the answer is erased.
    pub receipt: Option<Receipt>,
    /// The number of a newer submission, which this edition did not count.
    pub newer: Option<u32>,
}

pub struct Receipt {
    pub number: String,
    pub sha256: String,
    pub at: DateTime<Utc>,
}

/// The answers behind an edition, by name.
pub fn of(app: &App, release: &ReleaseDoc) -> Result<Vec<Counted>, ActionError> {
    let mut all = Vec::new();
    for (id, number) in &release.basis {
        let asked = app
            .store
            .get::<Respondent>(&key([release.campaign.as_str(), id.as_str()]))?
            .map(|stored| stored.doc);
        let last = asked.as_ref().map_or(0, |r| r.progress.submissions);
        let sent = submission(app, &release.campaign, id, *number)?;
        all.push(Counted {
            respondent: id.clone(),
            name: asked.map(|r| r.name()),
            number: *number,
            receipt: sent.map(|sent| Receipt {
                number: receipt_number(&sent.sha256, sent.number),
                sha256: sent.sha256,
                at: sent.at,
            }),
            newer: (last > *number).then_some(last),
        });
    }
    all.sort_by(|a, b| (&a.name, &a.respondent).cmp(&(&b.name, &b.respondent)));
    Ok(all)
}
