//! Sends letters, and tells the truth about each.
//!
//! A letter is a row of the outbox: it commits together with the event it tells of ([`queue`])
//! and holds no token. The [`Worker`] composes it when it is due: the [`Composer`] (in the
//! actions room) draws a fresh token and hands over the commit that keeps its hash. When the mail
//! server has agreed to sender and recipient, the worker makes that commit, with the letter in the
//! state "handed over", durable, then lets the text leave, and notes "sent" only with the server's
//! reply in hand.
//!
//! So a kill before that commit is harmless: nothing has left, and the letter is sent at the next
//! start. A kill after it, or a server that took the text and fell silent, leaves a letter of which
//! nobody can know: it is marked in doubt, is not sent again, and the secretariat is asked. A server
//! that hangs up without an answer has not taken the letter (RFC 5321, 4.1.1.4), so it is tried again,
//! under the same `Message-ID`. The composer must keep earlier tokens of a letter valid beside the
//! new one.
mod address;
mod composer;
mod dsn;
mod fault;
mod incoming;
mod letter;
mod outbox;
mod outgoing;
mod receiver;
mod return_path;
mod smtp;
mod steps;
mod transport;
mod walk;
mod worker;

pub use address::{Address, InvalidAddress, Recipient, scrubbed};
pub use composer::{ComposeError, Composed, Composer};
pub use fault::{Advice, Blame, Fault};
pub use incoming::{IncomingKind, IncomingMail, Returned, Words, understand};
pub use letter::{
    Due, FaultNote, Letter, LetterKind, LetterState, WayBack, fresh_id, letters_of, queue, requeue,
};
pub use outbox::{OutboxDirectory, OutboxMail};
pub use outgoing::{Attachment, Outgoing};
pub use receiver::{Inbox, ListenOn, Receiver, Taken};
pub use return_path::ReturnPath;
pub use smtp::{InvalidSmtp, Login, SmtpSettings, Tls};
pub use steps::{Step, What};
pub use transport::{Accepted, Delivery, Transport};
pub use walk::{Passed, Station};
pub use worker::{Clock, Report, Running, Worker};
