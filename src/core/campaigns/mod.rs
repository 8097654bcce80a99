//! A collection: its window, audiences, respondents, letters and what each of them owes.
pub mod comparison;
pub mod import;
mod letters;
pub mod passing;
mod recipients;
pub mod reminders;
mod respondents;
pub mod second_stage;
pub mod selection;
mod submissions;

pub use import::{Import, ImportLine, Verdict, compare};
pub use letters::{Bilingual, LetterFields, LetterKind, LetterText, LetterTextFault, Letters};
pub use passing::PassingRule;
pub use recipients::{
    RecipientFault, RecipientRow, looks_like_address, read_recipients, respondent_id,
};
pub use reminders::ReminderRules;
pub use respondents::{Approval, Contact, Disposition, Progress, Respondent, Standing, Stop};
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
    pub letters: Letters,
    #[serde(default)]
    pub reminders: ReminderRules,
    /// The round before, where this one was copied from it.
    #[serde(default)]
    pub previous: Option<PreviousRound>,
    #[serde(default)]
    pub sign_off: SignOffRule,
    #[serde(default)]
    pub passing_on: PassingRule,
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

/// The campaign that this one continues.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreviousRound {
    pub campaign: String,
    /// Whether its answers stand in the new forms from the start.
    pub prefill: bool,
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
    /// Days after the deadline in which answers are still taken, and marked as late.
    #[serde(default)]
    pub late_days: u16,
}

/// One kind of respondent in a campaign, and the form that it fills in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audience {
    /// The group's name in recipient files: `kommune`, `tilbud`, `region`.
    pub group: String,
    pub form: FormRef,
}

/// What a group is called on pages: its name in files is short and in the singular.
pub fn group_title(group: &str) -> String {
    match group {
        "kommune" => "Kommuner".to_owned(),
        "region" => "Regioner".to_owned(),
        "tilbud" => "Tilbud".to_owned(),
        other => {
            let mut letters = other.chars();
            let first = letters.next().map(char::to_uppercase);
            first.into_iter().flatten().chain(letters).collect()
        }
    }
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
        } else if now <= self.closes() {
            Phase::Open
        } else {
            Phase::Closed
        }
    }

    /// The last moment at which an answer is taken.
    pub fn closes(&self) -> DateTime<Utc> {
        self.deadline + TimeDelta::days(i64::from(self.late_days))
    }

    /// When personal links stop working; until then a receipt can be read again.
    pub fn links_end(&self) -> DateTime<Utc> {
        self.closes() + TimeDelta::days(60)
    }
}

impl SignOffRule {
    pub const ALL: [Self; 3] = [Self::Named, Self::ByManager, Self::Nobody];

    /// The value of the page's control.
    pub fn code(self) -> &'static str {
        match self {
            Self::Nobody => "ingen",
            Self::Named => "navn",
            Self::ByManager => "leder",
        }
    }

    /// How the page puts it.
    pub fn danish(self) -> &'static str {
        match self {
            Self::Nobody => "Nej",
            Self::Named => "Ja, lederens navn og titel skrives, når svaret sendes",
            Self::ByManager => "Ja, lederen får sit eget link og godkender, før svaret sendes",
        }
    }

    /// The rule of that code; the usual one for any other text.
    pub fn parse(code: &str) -> Self {
        let known = Self::ALL.into_iter().find(|rule| rule.code() == code);
        known.unwrap_or_default()
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
            late_days: 0,
        };
        assert_eq!(window.phase(at("2026-04-09T05:59:59Z")), Phase::NotOpenYet);
        assert_eq!(window.phase(at("2026-04-29T21:59:59Z")), Phase::Open);
        assert_eq!(window.phase(at("2026-04-29T22:00:00Z")), Phase::Closed);
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
