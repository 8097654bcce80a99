//! What comes back on a letter: noted in its list of steps, a person's words kept and passed on to the sender.
use std::sync::Arc;

use chrono::{DateTime, Utc};
use samsvar_core::campaigns::Campaign;
use samsvar_core::events::{Actor, Deed};

use super::letters::passed_on_letter;
use super::{ActionError, event};
use crate::app::App;
use crate::mail::{
    FaultNote, Inbox, IncomingKind, IncomingMail, Letter, LetterKind, LetterState, ReturnPath,
    Returned, Taken, WayBack, What, Words, fresh_id, queue, requeue, understand,
};
use crate::store::{Commit, Stored, key};

/// How often a letter that others keep changing is noted anew.
const MOST_TRIES: usize = 10;

/// Finds the letter of a return path, and keeps what came back on it.
pub struct Returns {
    app: Arc<App>,
    path: ReturnPath,
}

impl Returns {
    pub fn new(app: Arc<App>, path: ReturnPath) -> Self {
        Self { app, path }
    }

    fn letter(&self, recipient: &str) -> Result<Option<Stored<Letter>>, ActionError> {
        let Some(id) = self.path.letter_in(recipient) else {
            return Ok(None);
        };
        let Some(way) = self.app.store.get::<WayBack>(&key([id.as_str()]))? else {
            return Ok(None);
        };
        Ok(self.app.store.get::<Letter>(&way.doc.letter)?)
    }

    fn keep(&self, recipient: &str, mail: &[u8]) -> Result<(), ActionError> {
        let returned = understand(mail);
        for _ in 0..MOST_TRIES {
            let Some(letter) = self.letter(recipient)? else {
                return Ok(());
            };
            match keep(&self.app, &letter, &returned) {
                Err(ActionError::Conflict) => {}
                kept => return kept,
            }
        }
        Err(ActionError::Conflict)
    }
}

impl Inbox for Returns {
    fn knows(&self, recipient: &str) -> bool {
        // With a broken index the mail is refused, and its sender learns of it.
        self.letter(recipient).is_ok_and(|found| found.is_some())
    }

    fn take(&self, recipient: &str, mail: &[u8]) -> Taken {
        match self.keep(recipient, mail) {
            Ok(()) => Taken::Kept,
            Err(error) => {
                log::error!("a returned mail could not be kept: {error}");
                Taken::Later
            }
        }
    }
}

fn keep(app: &App, letter: &Stored<Letter>, returned: &Returned) -> Result<(), ActionError> {
    let now = app.now();
    let mut doc = letter.doc.clone();
    let mut commit = Commit::new(now);
    match returned {
        Returned::Bounced {
            recipient,
            advice,
            reply,
        } => {
            let fault = FaultNote {
                at: now,
                advice: *advice,
                reply: reply.clone(),
            };
            bounced(&mut doc, recipient.as_deref(), fault, now);
        }
        Returned::Delayed { reply } => {
            let reply = reply.clone();
            doc.note(now, What::Delayed { reply });
        }
        Returned::Delivered { reply } => {
            let reply = reply.clone();
            doc.note(now, What::Delivered { reply });
            has_arrived(&mut doc, now);
        }
        Returned::Words(kind, words) => {
            commit = with_words(app, commit, &mut doc, *kind, words, now)?;
            has_arrived(&mut doc, now);
        }
    }
    if let Some(campaign) = &doc.campaign {
        let respondent = doc.respondent.as_deref();
        let told = event(now, campaign, respondent, Actor::System, Deed::MailReceived)?;
        commit = commit.put_new(&told);
    }
    app.store.commit(requeue(commit, letter, &doc))?;
    Ok(())
}

/// A bounce of an address that was corrected meanwhile is told, but says nothing about the new one.
fn bounced(letter: &mut Letter, recipient: Option<&str>, fault: FaultNote, now: DateTime<Utc>) {
    let now_at = letter.to.address.expose();
    let of_this_address = recipient.is_none_or(|r| r.eq_ignore_ascii_case(now_at));
    let out = matches!(
        letter.state,
        LetterState::Sent { .. } | LetterState::InDoubt { .. } | LetterState::HandedOver { .. }
    );
    if out && of_this_address {
        letter.enter(LetterState::Bounced { at: now, fault }, now);
    } else {
        let FaultNote { advice, reply, .. } = fault;
        letter.note(now, What::Bounced { advice, reply });
    }
}

/// Something that came back proves that the server had the letter.
fn has_arrived(letter: &mut Letter, now: DateTime<Utc>) {
    if matches!(letter.state, LetterState::InDoubt { .. }) {
        let reply = "known by what came back".to_owned();
        letter.state = LetterState::Sent { at: now, reply };
    }
}

fn with_words(
    app: &App,
    commit: Commit,
    letter: &mut Letter,
    kind: IncomingKind,
    words: &Words,
    now: DateTime<Utc>,
) -> Result<Commit, ActionError> {
    let id = fresh_id().map_err(|e| ActionError::Broken(format!("no random numbers: {e}")))?;
    let message = id.clone();
    letter.note(
        now,
        match kind {
            IncomingKind::AutoReply => What::AutoReplied { message },
            IncomingKind::Forwarded | IncomingKind::Answer => What::Answered { message },
        },
    );
    let (Some(campaign), Some(respondent)) = (&letter.campaign, &letter.respondent) else {
        return Ok(commit);
    };
    let mail = IncomingMail {
        id,
        campaign: campaign.clone(),
        respondent: respondent.clone(),
        letter: letter.id.clone(),
        at: now,
        kind,
        words: words.clone(),
    };
    let commit = commit.put_new(&mail);
    // What answers by itself is not passed on, nor what comes back on a mail passed on: no loops.
    let own = matches!(&letter.kind, LetterKind::Other { about, .. } if about == super::letters::PASSED_ON);
    if kind == IncomingKind::AutoReply || own {
        return Ok(commit);
    }
    let Some(found) = app.store.get::<Campaign>(&key([campaign.as_str()]))? else {
        return Ok(commit);
    };
    Ok(queue(commit, &passed_on_letter(&found.doc, &mail, now)?))
}
