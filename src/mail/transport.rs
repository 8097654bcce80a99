//! Where letters go: a mail server, or a directory of mails to be read by hand.
use chrono::{DateTime, Utc};

use super::address::Address;
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

/// What became of a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    Accepted(Accepted),
    /// The other side does not have it.
    Refused(Fault),
    /// It was given all of it and did not answer in time: it may have it or not.
    Unknown(Fault),
    /// It agreed to take it, but `hand_over` said no; nothing was given.
    Held,
}

impl Transport {
    /// Returns when the other side has accepted the letter, or has not.
    ///
    /// `hand_over` is asked right before the text leaves, when sender and recipient are accepted:
    /// before it nothing can have arrived, after it something may have. `return_path` is where
    /// bounces go; without one, to the letter's sender.
    pub fn send(
        &self,
        id: &str,
        outgoing: &Outgoing,
        return_path: Option<&Address>,
        now: DateTime<Utc>,
        hand_over: &mut dyn FnMut() -> bool,
    ) -> Delivery {
        let message = match outgoing.message(id, now) {
            Ok(message) => message,
            Err(fault) => return Delivery::Refused(fault),
        };
        match self {
            Self::Smtp(smtp) => smtp.send(&message, return_path, hand_over),
            Self::Outbox(_) if !hand_over() => Delivery::Held,
            Self::Outbox(directory) => match directory.keep(id, &message.formatted(), now) {
                Ok(accepted) => Delivery::Accepted(accepted),
                Err(fault) => Delivery::Refused(fault),
            },
        }
    }

    /// Whether a letter arrived that was being handed over when the program ended; `None`: can't be known.
    pub fn has_arrived(&self, id: &str) -> Option<bool> {
        match self {
            Self::Outbox(directory) => directory.holds(id).ok(),
            Self::Smtp(_) => None,
        }
    }

    /// Closes a connection that was not used for a while.
    pub fn rest(&self) {
        if let Self::Smtp(smtp) = self {
            smtp.rest();
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
