//! What a person or the timer can do: one function each, and the only place where core, store and mail meet.
//!
//! An ordinary "no" is a value; [`ActionError`] is breakage, and names no address, token or answer.
mod annex;
pub mod answering;
pub mod approval;
pub mod asked;
pub mod attachments;
pub mod backups;
pub mod campaigns;
mod corrections;
pub mod counted;
pub mod deliveries;
mod documents;
pub mod drafting;
pub mod elsewhere;
pub mod erasure;
pub mod export_progress;
pub mod exporting;
pub mod following;
pub mod forms;
mod hand_letters;
pub mod hands;
pub mod held;
pub mod history;
pub mod integrity;
pub mod known;
pub mod ledger;
pub mod letters;
pub mod messages;
pub mod on_behalf;
pub mod own_book;
mod owned;
pub mod passing;
pub mod people;
pub mod qualifying;
mod raw_columns;
pub mod recipients;
pub mod releases;
pub mod reminders;
pub mod reporting;
pub mod respondents;
pub mod returned;
pub mod saving;
pub mod second_factor;
pub mod second_stage;
pub mod selecting;
pub mod selection_letters;
pub mod sending;
pub mod setup;
pub mod sign_ups;
pub mod staff;
pub mod texts;
pub mod trial;

use std::fmt;

use chrono::{DateTime, Utc};
use samsvar_core::access::{TOKEN_BYTES, Token};
use samsvar_core::events::{Actor, Deed, Event};

pub use documents::{AttachmentDoc, DraftDoc, FormVersion, KnownDoc, SignInRequest};

use crate::store::{CommitError, StoreError};

/// Breakage: the disk, the store, or a form that no longer fits its campaign.
#[derive(Debug)]
pub enum ActionError {
    /// The disk or the store took nothing; trying again later may help.
    NothingSaved(String),
    /// Somebody wrote in between, and the action could not be repeated.
    Conflict,
    Store(StoreError),
    /// What is missing or broken, in English, for the log.
    Broken(String),
}

impl fmt::Display for ActionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NothingSaved(cause) => write!(f, "nothing was saved: {cause}"),
            Self::Conflict => {
                f.write_str("nothing was saved: somebody else wrote at the same time")
            }
            Self::Store(error) => error.fmt(f),
            Self::Broken(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for ActionError {}

impl From<StoreError> for ActionError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<CommitError> for ActionError {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Conflict { .. } => Self::Conflict,
            other => Self::NothingSaved(other.to_string()),
        }
    }
}

/// A fresh secret from the operating system.
pub fn new_token() -> Result<Token, ActionError> {
    let mut bytes = [0u8; TOKEN_BYTES];
    getrandom::fill(&mut bytes)
        .map_err(|e| ActionError::Broken(format!("no random numbers: {e}")))?;
    Ok(Token::from_random(bytes))
}

/// An event with an id that orders by time and never repeats.
pub(crate) fn event(
    now: DateTime<Utc>,
    campaign: &str,
    respondent: Option<&str>,
    actor: Actor,
    deed: Deed,
) -> Result<Event, ActionError> {
    let unique = new_token()?
        .reveal()
        .get(..8)
        .unwrap_or_default()
        .to_owned();
    Ok(Event {
        id: format!("{:015}-{unique}", now.timestamp_micros().max(0)),
        at: now,
        campaign: campaign.to_owned(),
        respondent: respondent.map(str::to_owned),
        actor,
        deed,
    })
}
