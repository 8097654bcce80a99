//! The embedded default: every mail becomes a file that people can read, and no mail leaves.
use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use mail_parser::{Message, MessageParser, MimeHeaders};

use super::fault::{Advice, Blame, Fault};
use super::outgoing::Attachment;
use super::transport::Accepted;
use crate::store::replace_file;

/// A directory of `.eml` files, one per letter.
#[derive(Debug, Clone)]
pub struct OutboxDirectory {
    dir: PathBuf,
}

/// A mail read back; it may hold a token, so it has no `Debug`.
#[derive(Clone)]
pub struct OutboxMail {
    /// The file's name without its ending.
    pub id: String,
    pub date: Option<DateTime<Utc>>,
    pub from: String,
    /// `Name <address>`, or the bare address.
    pub to: String,
    pub subject: String,
    pub text: String,
    pub html: Option<String>,
    pub attachments: Vec<Attachment>,
}

impl OutboxDirectory {
    /// Made when the first letter comes.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into() }
    }

    pub fn path(&self) -> &Path {
        &self.dir
    }

    /// All mails, newest first; a file that is no mail is left out.
    pub fn list(&self) -> io::Result<Vec<OutboxMail>> {
        let mut ids = self.ids()?;
        ids.sort_unstable_by(|one, other| other.cmp(one));
        let mails = ids.iter().filter_map(|id| self.read(id).transpose());
        mails.collect()
    }

    /// `None` when there is no such mail.
    pub fn read(&self, id: &str) -> io::Result<Option<OutboxMail>> {
        if !is_id(id) {
            return Ok(None);
        }
        match fs::read(self.file(id)) {
            Ok(bytes) => Ok(MessageParser::default()
                .parse(&bytes)
                .map(|message| mail(id, &message))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether a mail of that letter is here.
    pub(super) fn holds(&self, letter: &str) -> io::Result<bool> {
        let ending = format!("-{letter}");
        Ok(self.ids()?.iter().any(|id| id.ends_with(&ending)))
    }

    /// Keeps a mail; a second attempt at the same moment replaces the first.
    pub(super) fn keep(
        &self,
        letter: &str,
        bytes: &[u8],
        now: DateTime<Utc>,
    ) -> Result<Accepted, Fault> {
        let id = format!("{}-{letter}", now.format("%Y%m%dT%H%M%S%3fZ"));
        let kept = fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.dir)
            .and_then(|()| replace_file(&self.file(&id), bytes));
        match kept {
            Ok(()) => Ok(Accepted {
                reply: format!("lagt i udbakken som {id}.eml"),
            }),
            Err(error) => Err(Fault {
                blame: Blame::Connection,
                advice: Advice::Local,
                reply: error.to_string(),
            }),
        }
    }

    fn ids(&self) -> io::Result<Vec<String>> {
        let entries = match fs::read_dir(&self.dir) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut ids = Vec::new();
        for entry in entries {
            let name = entry?.file_name();
            let id = name.to_str().and_then(|name| name.strip_suffix(".eml"));
            ids.extend(id.map(str::to_owned));
        }
        Ok(ids)
    }

    fn file(&self, id: &str) -> PathBuf {
        self.dir.join(format!("{id}.eml"))
    }
}

/// Nothing that could lead out of the directory.
fn is_id(id: &str) -> bool {
    !id.is_empty()
        && id
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

fn mail(id: &str, message: &Message<'_>) -> OutboxMail {
    // Without an HTML part of its own the parser would make one from the text.
    let has_html = message
        .html_bodies()
        .any(|part| part.is_content_type("text", "html"));
    OutboxMail {
        id: id.to_owned(),
        date: message
            .date()
            .and_then(|date| DateTime::from_timestamp(date.to_timestamp(), 0)),
        from: message.from().map(people).unwrap_or_default(),
        to: message.to().map(people).unwrap_or_default(),
        subject: message.subject().unwrap_or_default().to_owned(),
        text: message.body_text(0).unwrap_or_default().into_owned(),
        html: message
            .body_html(0)
            .filter(|_| has_html)
            .map(std::borrow::Cow::into_owned),
        attachments: message.attachments().map(attachment).collect(),
    }
}

fn people(address: &mail_parser::Address<'_>) -> String {
    let shown = address.iter().map(|person| {
        let address = person.address().unwrap_or_default();
        match person.name() {
            Some(name) => format!("{name} <{address}>"),
            None => address.to_owned(),
        }
    });
    shown.collect::<Vec<_>>().join(", ")
}

fn attachment(part: &mail_parser::MessagePart<'_>) -> Attachment {
    let media_type = part.content_type().map(|found| match found.subtype() {
        Some(subtype) => format!("{}/{subtype}", found.ctype()),
        None => found.ctype().to_owned(),
    });
    Attachment {
        name: part.attachment_name().unwrap_or("bilag").to_owned(),
        media_type: media_type.unwrap_or_default(),
        bytes: part.contents().to_vec(),
    }
}
