//! A composed letter as data, and its form as a mail.
use std::fmt;
use std::time::SystemTime;

use chrono::{DateTime, Utc};
use lettre::Message;
use lettre::message::header::ContentType;
use lettre::message::{MultiPart, SinglePart};

use super::address::Recipient;
use super::fault::{Advice, Blame, Fault};

/// A letter's full content; it may hold a token, so `Debug` shows none of it.
#[derive(Clone)]
pub struct Outgoing {
    pub from: Recipient,
    pub to: Recipient,
    pub reply_to: Option<Recipient>,
    pub subject: String,
    pub text: String,
    pub html: Option<String>,
    pub attachments: Vec<Attachment>,
}

/// A file that goes with a letter.
#[derive(Clone, PartialEq, Eq)]
pub struct Attachment {
    pub name: String,
    /// Such as `application/json`; one that is not a media type becomes a plain download.
    pub media_type: String,
    pub bytes: Vec<u8>,
}

impl fmt::Debug for Outgoing {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Outgoing(…)")
    }
}

impl fmt::Debug for Attachment {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Attachment({} bytes)", self.bytes.len())
    }
}

impl Outgoing {
    /// The mail; `id` makes its `Message-ID`, equal for every attempt at the same letter.
    pub(super) fn message(&self, id: &str, now: DateTime<Utc>) -> Result<Message, Fault> {
        let mut builder = Message::builder()
            .message_id(Some(format!("<{id}@{}>", self.from.address.domain())))
            .date(SystemTime::from(now))
            .from(self.from.mailbox().map_err(not_a_mail)?)
            .to(self.to.mailbox().map_err(not_a_mail)?)
            .subject(one_line(&self.subject));
        if let Some(reply_to) = &self.reply_to {
            builder = builder.reply_to(reply_to.mailbox().map_err(not_a_mail)?);
        }
        if self.attachments.is_empty() {
            return match &self.html {
                None => builder.singlepart(SinglePart::plain(self.text.clone())),
                Some(html) => builder.multipart(self.alternatives(html)),
            }
            .map_err(not_a_mail);
        }
        let mixed = match &self.html {
            None => MultiPart::mixed().singlepart(SinglePart::plain(self.text.clone())),
            Some(html) => MultiPart::mixed().multipart(self.alternatives(html)),
        };
        let mixed = self
            .attachments
            .iter()
            .fold(mixed, |mixed, file| mixed.singlepart(file.part()));
        builder.multipart(mixed).map_err(not_a_mail)
    }

    fn alternatives(&self, html: &str) -> MultiPart {
        MultiPart::alternative_plain_html(self.text.clone(), html.to_owned())
    }
}

impl Attachment {
    fn part(&self) -> SinglePart {
        const DOWNLOAD: &str = "application/octet-stream";
        let builder = lettre::message::Attachment::new(one_line(&self.name));
        let media_type = ContentType::parse(&self.media_type)
            .or_else(|_| ContentType::parse(DOWNLOAD))
            .unwrap_or(ContentType::TEXT_PLAIN);
        builder.body(self.bytes.clone(), media_type)
    }
}

/// A line break in a header would begin another header.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn not_a_mail(error: impl fmt::Display) -> Fault {
    Fault {
        blame: Blame::Letter,
        advice: Advice::Other,
        reply: super::scrubbed(&error.to_string()),
    }
}
