//! Who writes a letter's text: the actions room, when the letter is due.
use chrono::{DateTime, Utc};

use super::letter::Letter;
use super::outgoing::Outgoing;
use crate::store::Commit;

/// Writes a letter's text when it is sent.
pub trait Composer: Send + Sync {
    fn compose(&self, letter: &Letter, now: DateTime<Utc>) -> Result<Composed, ComposeError>;

    /// Adds an event or the like to the commit that notes a letter's new state.
    fn noted(&self, letter: &Letter, commit: Commit) -> Commit {
        let _ = letter;
        commit
    }
}

/// A letter ready to go.
#[derive(Debug)]
pub struct Composed {
    pub outgoing: Outgoing,
    /// What must be on stable storage before it goes, such as the hash of its token.
    pub first: Option<Commit>,
}

#[derive(Debug)]
pub enum ComposeError {
    /// There is no reason left to send it: answered, withdrawn, closed. In Danish.
    NotNeeded { reason: String },
    /// Something is broken; it is tried again.
    Broken { cause: String },
}
