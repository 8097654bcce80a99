//! A letter to oneself, as a recipient will get it, before anything is opened.
use chrono::{DateTime, Utc};
use samsvar_core::access::Staff;
use samsvar_core::campaigns::{Bilingual, Campaign, Contact, LetterText, Respondent};

use super::letters::{LetterWriter, filled_in, not_needed, random_id, staff_recipient};
use super::setup::{self, Setup};
use super::{ActionError, recipients};
use crate::app::App;
use crate::mail::{ComposeError, Composed, Letter, LetterKind, Outgoing, queue};
use crate::store::{Commit, key};

/// The name under which a trial letter stands in the outbox.
pub(super) const TRIAL: &str = "trial";

/// The three letters of a collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    Invitation,
    Reminder,
    Receipt,
}

impl Which {
    pub const ALL: [Self; 3] = [Self::Invitation, Self::Reminder, Self::Receipt];

    pub fn slug(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::Reminder => "paamindelse",
            Self::Receipt => "kvittering",
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::Invitation => "Invitation",
            Self::Reminder => "Påmindelse",
            Self::Receipt => "Kvittering",
        }
    }

    pub fn from_slug(slug: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|which| which.slug() == slug)
    }

    fn text(self, campaign: &Campaign) -> Bilingual {
        match self {
            // As they leave, with the way on for whoever is not the right person.
            Self::Invitation => Bilingual {
                danish: campaign.invitation.clone(),
                english: campaign.letters.invitation_english.clone(),
            }
            .with_way_on(),
            Self::Reminder => campaign.letters.reminder.with_way_on(),
            Self::Receipt => campaign.letters.receipt.clone(),
        }
    }
}

/// A letter as this recipient will read it, but for the link.
pub fn shown(campaign: &Campaign, respondent: &Respondent, which: Which) -> LetterText {
    let name = respondent
        .reachable()
        .next()
        .map_or("", |(_, c)| c.name.as_str());
    let link = "(her står det personlige link)";
    filled_in(
        &which.text(campaign),
        campaign,
        respondent,
        name,
        link,
        None,
    )
}

/// Somebody to show a letter for where there is no recipient yet.
pub fn stand_in(campaign: &str) -> Respondent {
    let contact = Contact {
        name: "Fagkoordinator".into(),
        address: "fagkoordinator@kommune.example.dk".into(),
        phone: String::new(),
    };
    recipients::blank(campaign, "kommune", "Eksempel Kommune", "", vec![contact])
}

/// Queues a trial of a letter to the member of the secretariat who asks.
pub fn send(
    app: &App,
    setup: &Setup,
    which: Which,
    respondent: &str,
    staff: &Staff,
) -> Result<(), ActionError> {
    let now = app.now();
    let about = key([setup.id.as_str(), which.slug(), respondent]);
    let letter = Letter::queued(
        random_id()?,
        None,
        None,
        staff_recipient(staff)?,
        LetterKind::Other {
            about: TRIAL.into(),
            key: about,
        },
        now,
        now,
    );
    app.store.commit(queue(Commit::new(now), &letter))?;
    Ok(())
}

impl LetterWriter {
    pub(super) fn trial(
        &self,
        letter: &Letter,
        about: &str,
        _now: DateTime<Utc>,
    ) -> Result<Composed, ComposeError> {
        let gone = || not_needed("Indsamlingen er slettet.");
        let broken = |e: ActionError| ComposeError::Broken {
            cause: e.to_string(),
        };
        let mut parts = about.split('/');
        let (Some(id), Some(which), Some(respondent)) = (
            parts.next(),
            parts.next().and_then(Which::from_slug),
            parts.next(),
        ) else {
            return Err(gone());
        };
        let setup = setup::load(&self.app, id)
            .map_err(broken)?
            .ok_or_else(gone)?;
        let campaign = setup::preview(&self.app, &setup)
            .map_err(broken)?
            .ok_or_else(gone)?;
        let asked = super::campaigns::asked(&self.app, id).map_err(broken)?;
        let chosen = asked.into_iter().find(|r| r.id == respondent);
        let text = shown(&campaign, &chosen.unwrap_or_else(|| stand_in(id)), which);
        Ok(Composed {
            outgoing: Outgoing {
                from: self.from(&campaign.sender)?,
                to: letter.to.clone(),
                reply_to: self.reply_to(&campaign.sender)?,
                subject: format!("Prøve: {}", text.subject),
                html: None,
                text: text.body,
                attachments: Vec::new(),
            },
            first: None,
        })
    }
}
