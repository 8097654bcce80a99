//! Sends letters, and tells the truth about each.
//!
//! A letter is a row of the outbox: it commits together with the event it tells of ([`queue`])
//! and holds no token. The [`Worker`] composes it when it is due: the [`Composer`] (in the
//! actions room) draws a fresh token and hands over the commit that keeps its hash; the worker
//! makes that commit, and the claim of the letter, durable *before* the [`Transport`] gets the
//! mail, and notes "sent" only with the server's reply in hand.
//!
//! A kill between the server's acceptance and that note can't be told from one before it; the
//! letter is then sent again after its back-off, under the same `Message-ID`, so that mail
//! programs may see that it is the same. The composer must therefore keep earlier tokens of a
//! letter valid beside the new one.
mod address;
mod fault;
mod letter;
mod outbox;
mod outgoing;
mod smtp;
mod transport;
mod worker;

pub use address::{Address, InvalidAddress, Recipient, scrubbed};
pub use fault::{Advice, Blame, Fault};
pub use letter::{
    Due, FaultNote, Letter, LetterKind, LetterState, fresh_id, letters_of, queue, requeue,
};
pub use outbox::{OutboxDirectory, OutboxMail};
pub use outgoing::{Attachment, Outgoing};
pub use smtp::{InvalidSmtp, Login, SmtpSettings, Tls};
pub use transport::{Accepted, Transport};
pub use worker::{Clock, ComposeError, Composed, Composer, Report, Running, Worker};
