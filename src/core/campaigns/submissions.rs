//! An answer as it was sent: never changed, only followed by a newer one.
use std::collections::BTreeMap;

use super::{Phase, Window};
use crate::answers::Known;
use crate::forms::Language;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// One sent answer. An amendment is another submission with the next `number`.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Submission {
    pub campaign: String,
    pub respondent: String,
    /// 1 for the first.
    pub number: u32,
    pub form: super::FormRef,
    /// What the form's schema accepted, closed branches left out.
    pub answers: Value,
    pub at: DateTime<Utc>,
    pub by: Submitter,
    pub sign_off: SignOff,
    /// What stood beside the questions when it was sent, by JSON Pointer.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub known: BTreeMap<String, Known>,
    /// SHA-256 of `answers` as compact JSON, in hexadecimal.
    pub sha256: String,
}

/// Shows no answer: a submission may end up in a log line by way of an error.
impl std::fmt::Debug for Submission {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Submission")
            .field("respondent", &self.respondent)
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}

/// By which way an answer came in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Submitter {
    /// The place of the contact among the respondent's contacts.
    Link { contact: usize },
    /// By the manager's approval of what that contact had prepared.
    Approval { contact: usize, request: String },
    /// Written down by the secretariat.
    OnBehalf {
        staff: String,
        how: crate::hands::Channel,
        /// After the deadline.
        late: bool,
    },
    /// One answer corrected by the secretariat.
    Correction {
        staff: String,
        reason: String,
        /// JSON Pointer of the answer.
        pointer: String,
    },
    /// Brought in by no person: what older demonstrations hold. Nothing writes it today.
    Import,
}

/// Who stands behind an answer, as typed on the review page.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignOff {
    pub name: String,
    pub title: String,
}

impl std::fmt::Debug for SignOff {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SignOff(…)")
    }
}

/// Why an answer is not taken. An ordinary "no", not a fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubmitRefusal {
    NotOpenYet,
    CampaignClosed,
    /// Name or title is missing on the review page.
    NotSignedOff {
        name_missing: bool,
        title_missing: bool,
    },
    Findings(Vec<crate::forms::Finding>),
    /// The draft changed since the review page was shown; it must be read again.
    DraftChanged,
    /// The same answer was sent already; its number.
    AlreadySent(u32),
    /// It waits for a manager's approval, or must have it first.
    NeedsApproval,
}

impl Submission {
    /// The hash that stands on the receipt.
    pub fn hash_of(answers: &Value) -> String {
        let digest = Sha256::digest(answers.to_string().as_bytes());
        digest.iter().map(|b| format!("{b:02x}")).collect()
    }
}

impl Submission {
    /// How it came, where that is worth a mark: after the deadline, or written down by the secretariat.
    pub fn mark(&self, deadline: DateTime<Utc>, language: Language) -> Option<String> {
        let (entered, late) = match &self.by {
            Submitter::OnBehalf { how, late, .. } => (Some(*how), *late || self.at > deadline),
            _ => (None, self.at > deadline),
        };
        let after = match language {
            Language::Da => "efter svarfristen",
            Language::En => "after the deadline",
        };
        let entered = entered.map(|how| match language {
            Language::Da => format!("indtastet af sekretariatet, modtaget {}", how.danish()),
            Language::En => format!("entered by the secretariat, received {}", how.english()),
        });
        let parts: Vec<String> = entered
            .into_iter()
            .chain(late.then(|| after.to_owned()))
            .collect();
        let text = parts.join(", ");
        let mut letters = text.chars();
        let first = letters.next()?.to_uppercase();
        Some(first.chain(letters).collect())
    }
}

/// The number on a receipt: `K7F3-92QD-1`, eight signs of the hash and the submission's number.
pub fn receipt_number(sha256: &str, number: u32) -> String {
    let signs = sha256.to_uppercase();
    let part = |from: usize| signs.get(from..from + 4).unwrap_or("0000").to_owned();
    format!("{}-{}-{number}", part(0), part(4))
}

impl Window {
    /// `Some` where the window says no.
    pub fn refusal(&self, now: DateTime<Utc>) -> Option<SubmitRefusal> {
        match self.phase(now) {
            Phase::NotOpenYet => Some(SubmitRefusal::NotOpenYet),
            Phase::Open => None,
            Phase::Closed => Some(SubmitRefusal::CampaignClosed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_receipt_names_its_answer_by_hash() {
        let hash = Submission::hash_of(&json!({"a": 1}));
        assert_eq!(
            hash,
            "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"
        );
        assert_eq!(receipt_number(&hash, 2), "015A-BD7F-2");
    }

    #[test]
    fn late_and_written_down_are_marked_and_the_rest_is_not() {
        let at = |s: &str| s.parse::<DateTime<Utc>>().unwrap();
        let deadline = at("2026-04-29T21:59:59Z");
        let sent = |at: DateTime<Utc>, by: Submitter| Submission {
            campaign: String::new(),
            respondent: String::new(),
            number: 1,
            form: crate::campaigns::FormRef {
                id: String::new(),
                version: String::new(),
            },
            answers: json!({}),
            at,
            by,
            sign_off: SignOff::default(),
            known: BTreeMap::new(),
            sha256: String::new(),
        };
        let spoken = |late| Submitter::OnBehalf {
            staff: "Karen".into(),
            how: crate::hands::Channel::Spoken,
            late,
        };
        let (early, late) = (at("2026-04-20T08:00:00Z"), at("2026-05-02T08:00:00Z"));
        let told = |at, by| sent(at, by).mark(deadline, Language::Da);
        assert_eq!(told(early, Submitter::Import), None);
        assert_eq!(
            told(late, Submitter::Import).as_deref(),
            Some("Efter svarfristen")
        );
        assert_eq!(
            told(early, spoken(false)).as_deref(),
            Some("Indtastet af sekretariatet, modtaget mundtligt")
        );
        // A deadline that was put off later takes no mark away.
        assert_eq!(
            told(early, spoken(true)).as_deref(),
            Some("Indtastet af sekretariatet, modtaget mundtligt, efter svarfristen")
        );
        assert_eq!(
            sent(late, spoken(true))
                .mark(deadline, Language::En)
                .as_deref(),
            Some("Entered by the secretariat, received orally, after the deadline")
        );
    }

    #[test]
    fn a_submission_shows_no_answer_in_a_log() {
        let shown = format!(
            "{:?}",
            SignOff {
                name: "Leder".into(),
                title: "Chef".into()
            }
        );
        assert!(!shown.contains("Leder"));
    }
}
