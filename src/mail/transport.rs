//! Where letters go: a mail server, or a directory of mails to be read by hand.
use chrono::{DateTime, Utc};

use super::fault::Fault;
use super::outbox::OutboxDirectory;
use super::outgoing::Outgoing;
use super::smtp::Smtp;

/// The way out, chosen by the settings (see [`super::SmtpSettings::transport`]).
pub enum Transport {
    Outbox(OutboxDirectory),
    Smtp(Smtp),
}

/// The letter was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The server's words, without addresses.
    pub reply: String,
}

impl Transport {
    /// Returns when the other side has accepted the letter, or has not.
    pub fn send(
        &self,
        id: &str,
        outgoing: &Outgoing,
        now: DateTime<Utc>,
    ) -> Result<Accepted, Fault> {
        let message = outgoing.message(id, now)?;
        match self {
            Self::Outbox(directory) => directory.keep(id, &message.formatted(), now),
            Self::Smtp(smtp) => smtp.send(&message),
        }
    }

    /// Whether letters would be taken at all, without sending one.
    pub fn probe(&self) -> Result<(), Fault> {
        match self {
            Self::Outbox(_) => Ok(()),
            Self::Smtp(smtp) => smtp.probe(),
        }
    }
}
