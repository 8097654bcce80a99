//! Who is asked, and how far each of them has come.
use super::Window;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// An organisation (and department) that owes one answer in one campaign.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Respondent {
    /// Unique in the campaign; part of the secretariat's addresses, never secret.
    pub id: String,
    pub campaign: String,
    pub group: String,
    pub organisation: String,
    /// Empty where the organisation answers as a whole.
    pub department: String,
    /// None at all where answers come by telephone.
    pub contacts: Vec<Contact>,
    pub progress: Progress,
    /// What the secretariat has agreed with it or decided about it.
    #[serde(default)]
    pub standing: Standing,
    /// When it was reminded.
    #[serde(default)]
    pub reminded: Vec<DateTime<Utc>>,
}

/// What was agreed with a respondent, beside what it does itself.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Standing {
    /// Need not answer; the report still tells of it.
    pub exempt: Option<Stop>,
    /// Has said that it will not answer.
    pub declined: Option<Stop>,
    /// A deadline of its own, later than the campaign's.
    pub extended_to: Option<DateTime<Utc>>,
    /// The submission that the secretariat found in order.
    pub approved: Option<Approval>,
    /// The secretariat's own note; never shown to the respondent.
    pub note: String,
    /// Places of contacts who named somebody else, while the secretariat looks at it: no letters.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stopped: Vec<usize>,
}

/// Why no answer is waited for.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    pub reason: String,
    pub at: DateTime<Utc>,
    /// The member of the secretariat who noted it.
    pub by: String,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// The submission's number; a later one is not approved.
    pub number: u32,
    pub at: DateTime<Utc>,
    pub by: String,
}

/// Shows no note or reason: they may speak of people.
impl std::fmt::Debug for Standing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Standing")
            .field("extended_to", &self.extended_to)
            .finish_non_exhaustive()
    }
}

/// A person or mailbox that a respondent's letters go to.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    pub name: String,
    /// Empty for a contact with a telephone only.
    pub address: String,
    pub phone: String,
}

/// Names nobody: a contact may end up in a log line by way of its owner.
impl std::fmt::Debug for Contact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Contact(…)")
    }
}

/// When each step first happened; `None` until it does.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Progress {
    /// When the first letter was queued.
    pub invited: Option<DateTime<Utc>>,
    pub opened: Option<DateTime<Utc>>,
    pub started: Option<DateTime<Utc>>,
    /// The last submission.
    pub submitted: Option<DateTime<Utc>>,
    /// How many submissions there are; the last one counts.
    pub submissions: u32,
    /// The last draft saved.
    pub saved: Option<DateTime<Utc>>,
}

/// How a respondent stands in the campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Disposition {
    /// No letter was sent: there is no address, or the campaign has not opened.
    NotInvited,
    Invited,
    Opened,
    Started,
    Submitted,
    /// After its deadline.
    SubmittedLate,
    Approved,
    Declined,
    Exempt,
}

impl Disposition {
    /// The word that a table shows.
    pub fn danish(self) -> &'static str {
        match self {
            Self::NotInvited => "Ikke inviteret",
            Self::Invited => "Inviteret",
            Self::Opened => "Åbnet",
            Self::Started => "I gang",
            Self::Submitted => "Indsendt",
            Self::SubmittedLate => "Indsendt for sent",
            Self::Approved => "Godkendt",
            Self::Declined => "Afslået",
            Self::Exempt => "Fritaget",
        }
    }

    /// Whether there is an answer.
    pub fn is_answered(self) -> bool {
        matches!(self, Self::Submitted | Self::SubmittedLate | Self::Approved)
    }

    /// Whether an answer is waited for.
    pub fn owes(self) -> bool {
        !self.is_answered() && !matches!(self, Self::Declined | Self::Exempt)
    }
}

impl Respondent {
    pub fn disposition(&self) -> Disposition {
        let p = &self.progress;
        if p.submitted.is_none() && self.standing.exempt.is_some() {
            return Disposition::Exempt;
        }
        if p.submitted.is_none() && self.standing.declined.is_some() {
            return Disposition::Declined;
        }
        if self.is_approved() {
            return Disposition::Approved;
        }
        match (p.submitted, p.started, p.opened, p.invited) {
            (Some(_), ..) => Disposition::Submitted,
            (_, Some(_), ..) => Disposition::Started,
            (_, _, Some(_), _) => Disposition::Opened,
            (_, _, _, Some(_)) => Disposition::Invited,
            _ => Disposition::NotInvited,
        }
    }

    /// Like [`Self::disposition`], and tells late answers from those in time.
    pub fn disposition_in(&self, window: &Window) -> Disposition {
        let deadline = self.window(window).deadline;
        match self.disposition() {
            Disposition::Submitted if self.progress.submitted > Some(deadline) => {
                Disposition::SubmittedLate
            }
            other => other,
        }
    }

    /// The campaign's window, with this respondent's own deadline where it has a later one.
    pub fn window(&self, campaign: &Window) -> Window {
        let own = self.standing.extended_to.unwrap_or(campaign.deadline);
        Window {
            deadline: campaign.deadline.max(own),
            // Days of grace belong to the common deadline; one's own was agreed upon.
            late_days: if own > campaign.deadline {
                u16::try_from((campaign.closes() - own).num_days().max(0)).unwrap_or(0)
            } else {
                campaign.late_days
            },
            ..*campaign
        }
    }

    fn is_approved(&self) -> bool {
        let approved = self.standing.approved.as_ref().map(|a| a.number);
        self.progress.submissions > 0 && approved == Some(self.progress.submissions)
    }

    /// `Aarhus Kommune, Børn og Unge`.
    pub fn name(&self) -> String {
        if self.department.is_empty() {
            self.organisation.clone()
        } else {
            format!("{}, {}", self.organisation, self.department)
        }
    }

    /// Contacts that a letter can reach, with their place among all contacts.
    pub fn reachable(&self) -> impl Iterator<Item = (usize, &Contact)> {
        self.contacts
            .iter()
            .enumerate()
            .filter(|(place, c)| !c.address.is_empty() && !self.standing.stopped.contains(place))
    }
}
