//! What came back on a letter: a bounce, an automatic reply, or somebody's words.
use chrono::{DateTime, Utc};
use mail_parser::{Message, MessageParser, MimeHeaders};
use serde::{Deserialize, Serialize};

use super::dsn::{self, Outcome};
use super::fault::Advice;
use crate::store::{Document, key};

/// Words that came back, kept for the secretariat; it holds a person's text, so it has no `Debug`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IncomingMail {
    pub id: String,
    pub campaign: String,
    pub respondent: String,
    /// The letter that it came back on.
    pub letter: String,
    pub at: DateTime<Utc>,
    pub kind: IncomingKind,
    pub words: Words,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IncomingKind {
    /// A mailbox answered by itself.
    AutoReply,
    /// Somebody passed the letter on, with a copy to us.
    Forwarded,
    /// Somebody wrote back.
    Answer,
}

#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    /// The sender's address; empty where there was none.
    pub from: String,
    pub subject: String,
    /// At most `MOST_TEXT` signs.
    pub text: String,
}

impl Document for IncomingMail {
    const TABLE: &'static str = "incoming-mail";
    const VERSION: u32 = 1;

    fn key(&self) -> String {
        key([
            self.campaign.as_str(),
            self.respondent.as_str(),
            self.id.as_str(),
        ])
    }
}

/// A mail, understood.
#[derive(Clone, PartialEq, Eq)]
pub enum Returned {
    /// `recipient` is the address that failed, where the report names it.
    Bounced {
        recipient: Option<String>,
        advice: Advice,
        reply: String,
    },
    Delayed {
        reply: String,
    },
    Delivered {
        reply: String,
    },
    Words(IncomingKind, Words),
}

const MOST_TEXT: usize = 20_000;
const MOST_LINE: usize = 500;

/// Never fails: what is no mail at all is somebody's words without any.
pub fn understand(raw: &[u8]) -> Returned {
    let Some(message) = MessageParser::default().parse(raw) else {
        return Returned::Words(IncomingKind::Answer, Words::default());
    };
    if let Some(outcome) = dsn::outcome(&message) {
        return of_report(outcome);
    }
    let words = words(&message);
    if is_auto_reply(&message, &words.subject) {
        return Returned::Words(IncomingKind::AutoReply, words);
    }
    if is_bounce_without_report(&message, &words) {
        let (advice, reply) = dsn::judge("", &words.text);
        return Returned::Bounced {
            recipient: None,
            advice,
            reply,
        };
    }
    let kind = if is_forwarded(&message, &words.subject) {
        IncomingKind::Forwarded
    } else {
        IncomingKind::Answer
    };
    Returned::Words(kind, words)
}

fn of_report(outcome: Outcome) -> Returned {
    match outcome {
        Outcome::Failed {
            recipient,
            advice,
            reply,
        } => Returned::Bounced {
            recipient,
            advice,
            reply,
        },
        Outcome::Delayed { reply } => Returned::Delayed { reply },
        Outcome::Delivered { reply } => Returned::Delivered { reply },
    }
}

fn words(message: &Message<'_>) -> Words {
    let from = message.from().and_then(|from| from.first());
    Words {
        from: one_line(from.and_then(|f| f.address()).unwrap_or_default()),
        subject: one_line(message.subject().unwrap_or_default()),
        text: message
            .body_text(0)
            .unwrap_or_default()
            .replace("\r\n", "\n")
            .chars()
            .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
            .take(MOST_TEXT)
            .collect(),
    }
}

fn one_line(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control())
        .take(MOST_LINE)
        .collect()
}

/// RFC 3834, and what mail programs send that do not follow it.
fn is_auto_reply(message: &Message<'_>, subject: &str) -> bool {
    let header = |name: &str| {
        let value = message.header_raw(name).unwrap_or_default();
        value.trim().to_ascii_lowercase()
    };
    let submitted = header("Auto-Submitted");
    if submitted.starts_with("auto-replied") {
        return true;
    }
    let answers_by_itself = [
        "X-Autoreply",
        "X-Autorespond",
        "X-Autoresponder",
        "X-Auto-Reply-From",
    ]
    .iter()
    .any(|name| !header(name).is_empty());
    let precedence = header("Precedence");
    let subject = subject.to_lowercase();
    let says_so = [
        "automatisk svar",
        "autosvar",
        "automatic reply",
        "out of office",
        "ikke til stede",
        "fravær:",
    ]
    .iter()
    .any(|sign| subject.starts_with(sign));
    answers_by_itself || precedence.contains("auto_reply") || says_so
}

/// From a server that sends words instead of a report.
fn is_bounce_without_report(message: &Message<'_>, words: &Words) -> bool {
    let from = words.from.to_ascii_lowercase();
    let from_a_server = from.starts_with("mailer-daemon@") || from.starts_with("postmaster@");
    let no_sender = message
        .header_raw("Return-Path")
        .is_some_and(|path| path.trim() == "<>");
    let subject = words.subject.to_lowercase();
    let says_so = [
        "undeliver",
        "delivery status notification",
        "delivery failure",
        "mail delivery failed",
        "returned mail",
        "kan ikke leveres",
        "ikke leveret",
    ]
    .iter()
    .any(|sign| subject.contains(sign));
    says_so && (from_a_server || no_sender)
}

fn is_forwarded(message: &Message<'_>, subject: &str) -> bool {
    let subject = subject.trim_start().to_lowercase();
    let by_subject = ["vs:", "fw:", "fwd:", "wg:", "videresendt:"]
        .iter()
        .any(|sign| subject.starts_with(sign));
    let holds_a_mail = message.parts.iter().any(|part| {
        part.content_type()
            .is_some_and(|t| t.ctype() == "message" && t.subtype() == Some("rfc822"))
    });
    by_subject || holds_a_mail || message.header_raw("Resent-From").is_some()
}
