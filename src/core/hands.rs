//! Several people on one answer: colleagues who were asked for help, a manager who approves, and who wrote what.
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::campaigns::Contact;

/// A colleague who may fill in the form, or some of its sections, by an own link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handover {
    /// Unique for the respondent; part of the colleague's addresses, never secret.
    pub id: String,
    pub campaign: String,
    pub respondent: String,
    pub colleague: Contact,
    pub share: Share,
    /// What the holder writes to the colleague; may be empty.
    pub message: Remark,
    /// The place of the contact who asked.
    pub by: usize,
    pub asked: DateTime<Utc>,
    pub opened: Option<DateTime<Utc>>,
    /// The colleague said "I have finished".
    pub done: Option<DateTime<Utc>>,
    /// The link opens nothing from then on.
    pub withdrawn: Option<DateTime<Utc>>,
}

/// How much of a form is handed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Share {
    Whole,
    /// Ids of sections; never empty.
    Sections(Vec<String>),
}

/// A manager who was asked to read an answer and approve it; meanwhile nobody can change it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalRequest {
    /// Unique for the respondent; part of the manager's addresses, never secret.
    pub id: String,
    pub campaign: String,
    pub respondent: String,
    pub manager: Contact,
    pub title: String,
    /// The place of the contact who asked.
    pub by: usize,
    pub asked: DateTime<Utc>,
    pub opened: Option<DateTime<Utc>>,
    pub outcome: Outcome,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    Waiting,
    /// Sent under this number.
    Approved {
        at: DateTime<Utc>,
        number: u32,
    },
    Returned {
        at: DateTime<Utc>,
        comment: Remark,
    },
    /// By whoever had asked.
    Withdrawn {
        at: DateTime<Utc>,
    },
}

/// An answer that the secretariat writes down for somebody who gave it by other means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnBehalf {
    pub id: String,
    pub campaign: String,
    pub respondent: String,
    /// The member of the secretariat, by name.
    pub staff: String,
    pub how: Channel,
    pub begun: DateTime<Utc>,
}

/// By which way an answer reached the secretariat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    Telephone,
    Spoken,
    Mail,
}

/// Who wrote an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hand {
    /// The place among the respondent's contacts.
    Contact(usize),
    /// The id of the hand-over.
    Colleague(String),
    /// A member of the secretariat, by name.
    Staff(String),
}

/// The last change of one answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Touch {
    pub at: DateTime<Utc>,
    pub by: Hand,
}

/// What one person writes to another: shown on pages and in letters, never in a log.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Remark(String);

/// Characters that a remark may hold.
pub const MOST_REMARK: usize = 2_000;

impl Remark {
    /// Surrounding blanks are taken away; what is longer than [`MOST_REMARK`] is cut off.
    pub fn of(text: &str) -> Self {
        Self(text.trim().chars().take(MOST_REMARK).collect())
    }

    pub fn text(&self) -> &str {
        &self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl std::fmt::Debug for Remark {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Remark(…)")
    }
}

impl Share {
    pub fn covers(&self, section: &str) -> bool {
        match self {
            Self::Whole => true,
            Self::Sections(ids) => ids.iter().any(|id| id == section),
        }
    }
}

impl Handover {
    /// The word that the holder's list shows.
    pub fn state_danish(&self) -> &'static str {
        match (self.withdrawn, self.done, self.opened) {
            (Some(_), ..) => "Trukket tilbage",
            (_, Some(_), _) => "Meldt færdig",
            (_, _, Some(_)) => "Linket er åbnet",
            _ => "Ikke åbnet endnu",
        }
    }
}

impl ApprovalRequest {
    pub fn is_waiting(&self) -> bool {
        self.outcome == Outcome::Waiting
    }
}

impl Channel {
    pub const ALL: [Self; 3] = [Self::Telephone, Self::Spoken, Self::Mail];

    /// How a page names it.
    pub fn danish(self) -> &'static str {
        match self {
            Self::Telephone => "på telefon",
            Self::Spoken => "mundtligt",
            Self::Mail => "i en mail",
        }
    }

    pub fn english(self) -> &'static str {
        match self {
            Self::Telephone => "by telephone",
            Self::Spoken => "orally",
            Self::Mail => "by mail",
        }
    }

    /// The value of the page's control.
    pub fn code(self) -> &'static str {
        match self {
            Self::Telephone => "telefon",
            Self::Spoken => "mundtligt",
            Self::Mail => "mail",
        }
    }

    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.code() == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remark_shows_nothing_in_a_log() {
        let remark = Remark::of("  Tallet for 2018 er forkert ");
        assert_eq!(format!("{remark:?}"), "Remark(…)");
        assert_eq!(remark.text(), "Tallet for 2018 er forkert");
        assert_eq!(Remark::of(&"å".repeat(3_000)).text().chars().count(), 2_000);
    }

    #[test]
    fn a_share_of_sections_covers_no_other() {
        let share = Share::Sections(vec!["children".into()]);
        assert!(share.covers("children") && !share.covers("adults"));
        assert!(Share::Whole.covers("adults"));
    }
}
