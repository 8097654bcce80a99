//! The outbox's rows: what is to be sent to whom, and how far it has come.
use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use super::address::Recipient;
use super::fault::Advice;
use super::steps::{Step, What};
use crate::store::{Commit, Document, Store, StoreError, Stored, key};

/// A letter without its text: that is composed when it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// Unguessable and unique, see [`fresh_id`].
    pub id: String,
    /// `None` for letters outside a collection, as a sign-in link.
    pub campaign: Option<String>,
    pub respondent: Option<String>,
    pub to: Recipient,
    pub kind: LetterKind,
    pub created: DateTime<Utc>,
    pub state: LetterState,
    /// All that happened to it, oldest first; empty in letters older than this list.
    #[serde(default)]
    pub steps: Vec<Step>,
}

/// What the letter tells of; the composer knows the words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum LetterKind {
    Invitation {
        invitation: String,
    },
    Reminder {
        invitation: String,
    },
    Receipt {
        submission: String,
    },
    StaffLogin {
        staff: String,
    },
    /// Anything else, by the key of the document it is about.
    Other {
        about: String,
        key: String,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum LetterState {
    /// Waiting, for its first attempt or for another.
    Queued {
        /// How often it was handed to the server, or was about to be.
        attempts: u32,
        next_attempt: DateTime<Utc>,
        last_fault: Option<FaultNote>,
    },
    /// The server has agreed to take it and is being given the text. Found at a start, it means that
    /// the program ended before the server's answer was noted.
    HandedOver { at: DateTime<Utc>, attempts: u32 },
    /// Whether the server has accepted it can't be known; it is not sent again unless somebody says so.
    InDoubt { at: DateTime<Utc>, reply: String },
    /// The server has accepted it; what it does with it is not known yet.
    Sent { at: DateTime<Utc>, reply: String },
    /// Accepted, and then sent back by a server further on.
    Bounced { at: DateTime<Utc>, fault: FaultNote },
    /// The server will not take it, or has put us off too often.
    Failed { at: DateTime<Utc>, fault: FaultNote },
    /// When it was due, there was no longer a reason to send it.
    Withdrawn { at: DateTime<Utc>, reason: String },
}

/// A fault as it is stored and shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaultNote {
    pub at: DateTime<Utc>,
    pub advice: Advice,
    /// Without addresses.
    pub reply: String,
}

impl Letter {
    /// A letter that may be sent from `at` on.
    pub fn queued(
        id: String,
        campaign: Option<String>,
        respondent: Option<String>,
        to: Recipient,
        kind: LetterKind,
        now: DateTime<Utc>,
        at: DateTime<Utc>,
    ) -> Self {
        Self {
            id,
            campaign,
            respondent,
            to,
            kind,
            created: now,
            state: LetterState::Queued {
                attempts: 0,
                next_attempt: at,
                last_fault: None,
            },
            steps: vec![Step::new(now, What::Queued)],
        }
    }

    /// Takes a new state, and tells of it in the list of steps.
    pub fn enter(&mut self, state: LetterState, now: DateTime<Utc>) {
        if let Some(what) = What::of(&state) {
            self.note(now, what);
        }
        self.state = state;
    }

    /// Adds to the list of steps; a fault that repeats itself is one step.
    pub fn note(&mut self, now: DateTime<Utc>, what: What) {
        match self.steps.last_mut() {
            Some(last) if last.what == what && what.repeats() => last.again(now),
            _ => self.steps.push(Step::new(now, what)),
        }
    }

    /// Waits for being sent anew, from the first attempt on.
    pub fn wait_again(&mut self, now: DateTime<Utc>, what: What) {
        self.note(now, what);
        self.state = LetterState::Queued {
            attempts: 0,
            next_attempt: now,
            last_fault: None,
        };
    }

    /// The entry in the list of what is due, while there is something to do.
    pub(super) fn due(&self) -> Option<Due> {
        match &self.state {
            LetterState::Queued { next_attempt, .. } => Some(Due {
                at: *next_attempt,
                letter: self.key(),
            }),
            // So that the next start finds it.
            LetterState::HandedOver { at, .. } => Some(Due {
                at: *at,
                letter: self.key(),
            }),
            _ => None,
        }
    }
}

impl Document for Letter {
    const TABLE: &'static str = "letter";
    const VERSION: u32 = 1;

    /// Letters of a campaign stand together; `-` for those of none.
    fn key(&self) -> String {
        key([self.campaign.as_deref().unwrap_or("-"), &self.id])
    }
}

/// A waiting letter in the order of sending; always written in the letter's own commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    pub at: DateTime<Utc>,
    /// The letter's key.
    pub letter: String,
}

impl Document for Due {
    const TABLE: &'static str = "letter-due";
    const VERSION: u32 = 1;

    fn key(&self) -> String {
        let at = self.at.to_rfc3339_opts(SecondsFormat::Micros, true);
        key([at.as_str(), &self.letter])
    }
}

/// Which letter an id means, for what comes back; written when the letter is handed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WayBack {
    pub id: String,
    /// The letter's key.
    pub letter: String,
}

impl WayBack {
    pub(super) fn to(letter: &Letter) -> Self {
        Self {
            id: letter.id.clone(),
            letter: letter.key(),
        }
    }
}

impl Document for WayBack {
    const TABLE: &'static str = "letter-way-back";
    const VERSION: u32 = 1;

    fn key(&self) -> String {
        key([self.id.as_str()])
    }
}

/// Adds a new letter to the commit of the event it tells of.
pub fn queue(commit: Commit, letter: &Letter) -> Commit {
    let commit = commit.put_new(letter);
    match letter.due() {
        Some(due) => commit.put(&due),
        None => commit,
    }
}

/// Adds the change of a letter's state, and of its place among what is due.
///
pub fn requeue(commit: Commit, before: &Stored<Letter>, after: &Letter) -> Commit {
    let mut commit = commit.put_if(after, before.revision);
    if let Some(due) = before.doc.due() {
        commit = commit.delete::<Due>(due.key());
    }
    match after.due() {
        Some(due) => commit.put(&due),
        None => commit,
    }
}

/// All letters of a campaign (`None`: of none).
pub fn letters_of(
    store: &Store,
    campaign: Option<&str>,
) -> Result<Vec<Stored<Letter>>, StoreError> {
    store.scan(&format!("{}/", key([campaign.unwrap_or("-")])))
}

/// 128 random bits as text.
pub fn fresh_id() -> Result<String, getrandom::Error> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
