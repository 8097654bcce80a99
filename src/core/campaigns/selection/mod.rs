//! Who of those that signed up gets a place: selected, waiting in order, not now, later; and what each is written.
mod deciding;
mod notices;

pub use deciding::{
    Candidate, Decided, Fit, SelectionFault, Wish, decide, next_in_line, selected, to_tell,
};
pub use notices::{Notice, Notices};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::hands::Remark;

/// What became of somebody who signed up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    Selected,
    Waiting,
    NotNow,
    /// Not this time, and asked again in the next round.
    Later,
    /// Had a place, or waited for one, and gave it up.
    Withdrawn,
}

/// One respondent's place, how it came about, and what it was written of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seat {
    pub campaign: String,
    pub respondent: String,
    /// `None` while nothing is decided.
    pub place: Option<Place>,
    /// 1 is the next to move up; 0 for whoever does not wait.
    pub order: usize,
    /// Every decision, oldest first.
    pub steps: Vec<SeatStep>,
    /// The last letter about it.
    pub told: Option<Told>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatStep {
    pub place: Option<Place>,
    pub order: usize,
    pub reason: Remark,
    pub at: DateTime<Utc>,
    /// The member of the secretariat.
    pub by: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    pub notice: Notice,
    pub at: DateTime<Utc>,
    pub by: String,
}

/// What all seats of a campaign share. Every change of a seat changes it too, so its revision is the page's.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selection {
    pub campaign: String,
    pub changed: DateTime<Utc>,
    /// Who changed it last.
    pub by: String,
    pub texts: Notices,
    /// Why more or fewer were selected than wanted, oldest first.
    pub outside: Vec<Outside>,
    /// Collections made for those selected.
    pub follow_ups: Vec<String>,
}

/// Somebody decided on a number that was not wanted, and said why.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outside {
    pub selected: usize,
    pub reason: Remark,
    pub at: DateTime<Utc>,
    pub by: String,
}

impl Place {
    pub const ALL: [Self; 5] = [
        Self::Selected,
        Self::Waiting,
        Self::NotNow,
        Self::Later,
        Self::Withdrawn,
    ];

    /// The value of the page's control.
    pub fn code(self) -> &'static str {
        match self {
            Self::Selected => "valgt",
            Self::Waiting => "venteliste",
            Self::NotNow => "ikke-nu",
            Self::Later => "senere",
            Self::Withdrawn => "trukket",
        }
    }

    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|place| place.code() == code)
    }

    /// The word on the page.
    pub fn danish(self) -> &'static str {
        match self {
            Self::Selected => "Valgt",
            Self::Waiting => "Venteliste",
            Self::NotNow => "Ikke valgt",
            Self::Later => "Senere",
            Self::Withdrawn => "Har trukket sig",
        }
    }

    /// How the history puts it.
    pub fn deed(self) -> &'static str {
        match self {
            Self::Selected => "Valgt blandt de tilmeldte",
            Self::Waiting => "Sat på ventelisten",
            Self::NotNow => "Ikke valgt blandt de tilmeldte",
            Self::Later => "Udskudt til en senere runde",
            Self::Withdrawn => "Har trukket sig efter tilmeldingen",
        }
    }

    pub(super) fn notice(self) -> Option<Notice> {
        match self {
            Self::Selected => Some(Notice::Selected),
            Self::Waiting => Some(Notice::Waiting),
            Self::NotNow => Some(Notice::NotNow),
            Self::Later => Some(Notice::Later),
            Self::Withdrawn => None,
        }
    }
}

impl Seat {
    /// Nothing decided yet.
    pub fn open(campaign: &str, respondent: &str) -> Self {
        Self {
            campaign: campaign.to_owned(),
            respondent: respondent.to_owned(),
            place: None,
            order: 0,
            steps: Vec::new(),
            told: None,
        }
    }

    /// Takes a decision. A new number on the waiting list alone is no step.
    pub fn take(&mut self, decided: &Decided, at: DateTime<Utc>, by: &str) {
        if self.place != decided.place {
            self.steps.push(SeatStep {
                place: decided.place,
                order: decided.order,
                reason: decided.reason.clone(),
                at,
                by: by.to_owned(),
            });
        }
        self.place = decided.place;
        self.order = decided.order;
    }
}

/// Shows no reason: they may speak of people.
impl std::fmt::Debug for Seat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Seat")
            .field("respondent", &self.respondent)
            .field("place", &self.place)
            .field("order", &self.order)
            .finish_non_exhaustive()
    }
}
