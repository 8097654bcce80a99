//! The conversation between the secretariat and one respondent, beside the answer itself.
use chrono::{DateTime, Utc};
use samsvar_core::campaigns::{Bilingual, Campaign, LetterText, Respondent};
use samsvar_core::events::{Actor, Deed};
use serde::{Deserialize, Serialize};

use super::answering::Holder;
use super::letters::{LetterWriter, not_needed, other_letter};
use super::{ActionError, event};
use crate::app::App;
use crate::mail::{ComposeError, Composed, Letter, queue};
use crate::store::{Commit, Document, key};

/// The name under which a message's letter stands in the outbox.
pub(super) const MESSAGE: &str = "message";
/// Characters that one message may have.
pub const MOST_CHARACTERS: usize = 5_000;

/// One message of a conversation.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    pub campaign: String,
    pub respondent: String,
    /// Orders the messages of one respondent.
    pub id: String,
    pub at: DateTime<Utc>,
    /// [`Actor::Staff`] or [`Actor::Contact`].
    pub from: Actor,
    pub text: String,
}

/// Shows no text: people write about people.
impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Message(…)")
    }
}

impl Document for Message {
    const TABLE: &'static str = "message";
    const VERSION: u32 = 1;
    fn key(&self) -> String {
        key([
            self.campaign.as_str(),
            self.respondent.as_str(),
            self.id.as_str(),
        ])
    }
}

/// All messages to and from a respondent, oldest first.
pub fn thread(app: &App, campaign: &str, respondent: &str) -> Result<Vec<Message>, ActionError> {
    let prefix = format!("{}/", key([campaign, respondent]));
    let found = app.store.scan::<Message>(&prefix)?;
    Ok(found.into_iter().map(|s| s.doc).collect())
}

/// The ids of respondents whose last message waits for an answer of the secretariat.
pub fn unanswered(app: &App, campaign: &str) -> Result<Vec<String>, ActionError> {
    let mut last: Vec<Message> = Vec::new();
    for stored in app
        .store
        .scan::<Message>(&format!("{}/", key([campaign])))?
    {
        last.retain(|m| m.respondent != stored.doc.respondent);
        last.push(stored.doc);
    }
    last.retain(|m| matches!(m.from, Actor::Contact(_)));
    Ok(last.into_iter().map(|m| m.respondent).collect())
}

/// The secretariat writes; every contact with an address gets it as a letter with a link.
pub fn write(
    app: &App,
    campaign: &Campaign,
    respondent: &Respondent,
    text: &str,
    by: &str,
) -> Result<Message, ActionError> {
    let now = app.now();
    let message = message(app, campaign, respondent, Actor::Staff(by.to_owned()), text)?;
    let mut commit = kept(app, &message)?;
    for (place, _) in respondent.reachable() {
        let about = key([
            campaign.id.as_str(),
            respondent.id.as_str(),
            message.id.as_str(),
            &place.to_string(),
        ]);
        let letter = other_letter(campaign, respondent, place, (MESSAGE, &about), now)?;
        commit = queue(commit, &letter);
    }
    app.store.commit(commit)?;
    Ok(message)
}

/// The respondent writes, on its own page.
pub fn answer(app: &App, holder: &Holder, text: &str) -> Result<Message, ActionError> {
    let from = Actor::Contact(holder.link.contact);
    let message = message(app, &holder.campaign, &holder.respondent, from, text)?;
    app.store.commit(kept(app, &message)?)?;
    Ok(message)
}

fn message(
    app: &App,
    campaign: &Campaign,
    respondent: &Respondent,
    from: Actor,
    text: &str,
) -> Result<Message, ActionError> {
    let now = app.now();
    let who = Some(respondent.id.as_str());
    Ok(Message {
        campaign: campaign.id.clone(),
        respondent: respondent.id.clone(),
        id: event(now, &campaign.id, who, from.clone(), Deed::MessageSent)?.id,
        at: now,
        from,
        text: text.to_owned(),
    })
}

fn kept(app: &App, message: &Message) -> Result<Commit, ActionError> {
    let who = Some(message.respondent.as_str());
    let noted = event(
        message.at,
        &message.campaign,
        who,
        message.from.clone(),
        Deed::MessageSent,
    )?;
    Ok(Commit::new(app.now()).put_new(message).put_new(&noted))
}

impl LetterWriter {
    /// The message's own words, and the link to the page where it can be answered.
    pub(super) fn message(
        &self,
        letter: &Letter,
        about: &str,
        now: DateTime<Utc>,
    ) -> Result<Composed, ComposeError> {
        let gone = || not_needed("Beskeden er væk.");
        let (place, contact) = about.rsplit_once('/').ok_or_else(gone)?;
        let found = self
            .app
            .store
            .get::<Message>(place)
            .map_err(|e| ComposeError::Broken {
                cause: e.to_string(),
            })?;
        let message = found.ok_or_else(gone)?.doc;
        let words = message.text;
        let text = Bilingual {
            danish: LetterText {
                subject: "Besked om {indsamling}".into(),
                body: format!(
                    "Kære {{modtager}}\n\n{words}\n\nSvar på beskeden, og se jeres svar på spørgeskemaet, med dette personlige link:\n{{link}}\n\nVenlig hilsen\n{{afsender}}"
                ),
            },
            english: None,
        };
        self.linked_at_any_time(letter, contact, &text, now)
    }
}
