//! Who is asked, and how far each of them has come.
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
        }
    }
}

impl Respondent {
    pub fn disposition(&self) -> Disposition {
        let p = &self.progress;
        match (p.submitted, p.started, p.opened, p.invited) {
            (Some(_), ..) => Disposition::Submitted,
            (_, Some(_), ..) => Disposition::Started,
            (_, _, Some(_), _) => Disposition::Opened,
            (_, _, _, Some(_)) => Disposition::Invited,
            _ => Disposition::NotInvited,
        }
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
            .filter(|(_, c)| !c.address.is_empty())
    }
}
