//! The day on which a collection's answers go.
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use samsvar_core::campaigns::Campaign;
use samsvar_core::danish;
use samsvar_core::events::{Actor, Deed};
use serde::{Deserialize, Serialize};

use super::super::{ActionError, event};
use crate::app::App;
use crate::store::{Commit, Document, key};

/// Days after the deadline until a new collection's answers go, unless somebody sets another day.
pub const DEFAULT_DAYS: i64 = 365;

/// When a collection's answers go.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Retention {
    pub campaign: String,
    /// The first day, in Danish time, on which they are gone.
    pub on: NaiveDate,
    pub set: DateTime<Utc>,
    pub by: Actor,
    pub erased: Option<DateTime<Utc>>,
}

impl Document for Retention {
    const TABLE: &'static str = "retention";
    const VERSION: u32 = 1;
    fn key(&self) -> String {
        key([self.campaign.as_str()])
    }
}

/// The day that a new collection gets.
pub fn default_day(deadline: DateTime<Utc>) -> NaiveDate {
    danish::local(deadline + TimeDelta::days(DEFAULT_DAYS)).date_naive()
}

/// The day of a new collection, for the commit that makes it.
pub fn first_retention(campaign: &Campaign, now: DateTime<Utc>, by: Actor) -> Retention {
    Retention {
        campaign: campaign.id.clone(),
        on: default_day(campaign.window.deadline),
        set: now,
        by,
        erased: None,
    }
}

/// `None` for a collection of a time when there was no such day.
pub fn retention(app: &App, campaign: &str) -> Result<Option<Retention>, ActionError> {
    Ok(app.store.get::<Retention>(&key([campaign]))?.map(|s| s.doc))
}

/// Why a day can't be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DayRefusal {
    UnknownCampaign,
    /// The day is not after the deadline.
    TooEarly,
    /// All is erased already.
    Erased,
}

/// Sets the day on which a collection's answers go.
pub fn set_day(
    app: &App,
    campaign: &str,
    on: NaiveDate,
    by: Actor,
) -> Result<Result<(), DayRefusal>, ActionError> {
    let Some(found) = app.store.get::<Campaign>(&key([campaign]))? else {
        return Ok(Err(DayRefusal::UnknownCampaign));
    };
    if on <= danish::local(found.doc.window.deadline).date_naive() {
        return Ok(Err(DayRefusal::TooEarly));
    }
    let stored = app.store.get::<Retention>(&key([campaign]))?;
    if stored.as_ref().is_some_and(|s| s.doc.erased.is_some()) {
        return Ok(Err(DayRefusal::Erased));
    }
    let now = app.now();
    let deed = Deed::RetentionSet { on };
    let doc = Retention {
        campaign: campaign.to_owned(),
        on,
        set: now,
        by: by.clone(),
        erased: None,
    };
    let commit = Commit::new(now).put_new(&event(now, campaign, None, by, deed)?);
    app.store.commit(match stored {
        Some(stored) => commit.put_if(&doc, stored.revision),
        None => commit.put_new(&doc),
    })?;
    Ok(Ok(()))
}
