//! A collection: its window, audiences, respondents, letters and what each of them owes.
mod letters;
mod recipients;
mod respondents;
mod submissions;

pub use letters::{LetterFields, LetterText, LetterTextFault};
pub use recipients::{RecipientFault, RecipientRow, read_recipients};
pub use respondents::{Contact, Disposition, Progress, Respondent};
pub use submissions::{SignOff, Submission, SubmitRefusal, Submitter, receipt_number};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

/// A collection as it runs; forms are pinned by version when it is made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Campaign {
    /// Lower-case letters, digits and hyphens; part of the secretariat's addresses.
    pub id: String,
    pub title: String,
    /// The region that the report speaks of, such as `Region Midtjylland`.
    pub region: String,
    pub sender: Sender,
    pub window: Window,
    /// "Who sees this", shown before the first question; blank lines part paragraphs.
    pub privacy_notice: String,
    pub audiences: Vec<Audience>,
    pub invitation: LetterText,
    #[serde(default)]
    pub sign_off: SignOffRule,
    /// How many are wanted where not all who answer can take part.
    #[serde(default)]
    pub places: Option<Places>,
    pub created: DateTime<Utc>,
}

/// Whether a manager stands behind each answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignOffRule {
    Nobody,
    /// Name and title are written on the review page.
    #[default]
    Named,
    /// The manager gets an own link, reads, and approves or returns.
    ByManager,
}

/// From how many to how many respondents are to be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Places {
    pub least: u32,
    /// Not below `least`.
    pub most: u32,
}

/// Whom letters come from, and where a reader's reply goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sender {
    pub name: String,
    pub address: String,
    /// A telephone number for help, as it should be printed; empty for none.
    #[serde(default)]
    pub phone: String,
}

/// From when until when answers are taken; both are moments, not days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    pub opens: DateTime<Utc>,
    pub deadline: DateTime<Utc>,
}

/// One kind of respondent in a campaign, and the form that it fills in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audience {
    /// The group's name in recipient files: `kommune`, `tilbud`, `region`.
    pub group: String,
    pub form: FormRef,
}

/// A form at one version.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FormRef {
    pub id: String,
    /// SHA-256 of the form's content, in hexadecimal.
    pub version: String,
}

/// Where a campaign stands in its window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    NotOpenYet,
    Open,
    Closed,
}

impl Window {
    pub fn phase(&self, now: DateTime<Utc>) -> Phase {
        if now < self.opens {
            Phase::NotOpenYet
        } else if now <= self.deadline {
            Phase::Open
        } else {
            Phase::Closed
        }
    }

    /// When personal links stop working; until then a receipt can be read again.
    pub fn links_end(&self) -> DateTime<Utc> {
        self.deadline + TimeDelta::days(60)
    }
}

impl Places {
    /// `3-5`, or `4`; `None` for what is neither.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text
            .split(['-', '–'])
            .map(|part| part.trim().parse::<u32>());
        let least = parts.next()?.ok()?;
        let most = parts.next().unwrap_or(Ok(least)).ok()?;
        (parts.next().is_none() && least >= 1 && most >= least && most <= 1_000)
            .then_some(Self { least, most })
    }

    pub fn danish(&self) -> String {
        if self.least == self.most {
            self.least.to_string()
        } else {
            format!("{}-{}", self.least, self.most)
        }
    }
}

impl Campaign {
    /// The form that a group fills in; `None` for a group that the campaign does not ask.
    pub fn form_for(&self, group: &str) -> Option<&FormRef> {
        self.audiences
            .iter()
            .find(|a| a.group == group)
            .map(|a| &a.form)
    }
}

/// A text as part of an address: `Central udmelding 2020` becomes `central-udmelding-2020`.
///
/// Empty where the text has no letter or digit.
pub fn slug(text: &str) -> String {
    let mut out = String::new();
    for c in text.to_lowercase().chars() {
        match c {
            'a'..='z' | '0'..='9' => out.push(c),
            'æ' => out.push_str("ae"),
            'ø' => out.push_str("oe"),
            'å' => out.push_str("aa"),
            _ if !out.is_empty() && !out.ends_with('-') => out.push('-'),
            _ => {}
        }
    }
    out.truncate(80);
    out.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_second_of_the_window_is_open() {
        let at = |s: &str| s.parse::<DateTime<Utc>>().unwrap();
        let window = Window {
            opens: at("2026-04-09T06:00:00Z"),
            deadline: at("2026-04-29T21:59:59Z"),
        };
        assert_eq!(window.phase(at("2026-04-09T05:59:59Z")), Phase::NotOpenYet);
        assert_eq!(window.phase(at("2026-04-29T21:59:59Z")), Phase::Open);
        assert_eq!(window.phase(at("2026-04-29T22:00:00Z")), Phase::Closed);
    }

    #[test]
    fn places_are_read_as_a_number_or_a_span() {
        let read = |text: &str| Places::parse(text).map(|p| p.danish());
        assert_eq!(read("3-5").as_deref(), Some("3-5"));
        assert_eq!(read(" 3 – 5 ").as_deref(), Some("3-5"));
        assert_eq!(read("4").as_deref(), Some("4"));
        for wrong in ["", "0", "5-3", "3-5-7", "tre", "3-", "1-99999"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_slug_is_plain_ascii() {
        assert_eq!(
            slug("Central udmelding: Ærø & Århus (2020)"),
            "central-udmelding-aeroe-aarhus-2020"
        );
        assert_eq!(slug(" – "), "");
    }
}
