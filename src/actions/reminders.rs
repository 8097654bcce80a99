//! Reminders: decided by the timer when they are due, or by hand, and never sent twice for the same occasion.
use chrono::{DateTime, NaiveDate, Utc};
use samsvar_core::campaigns::reminders::{NoReminder, why_not};
use samsvar_core::campaigns::{Campaign, Phase, Respondent};
use samsvar_core::events::{Actor, Deed};
use serde::{Deserialize, Serialize};

use super::campaigns::{Overview, overview};
use super::letters::reminder_letter;
use super::{ActionError, event};
use crate::app::App;
use crate::mail::queue;
use crate::store::{Commit, Document, key};

/// An occasion on which a respondent was reminded. Its key is taken in the letters' own commit, so that
/// neither a crash nor a second click makes a second letter.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReminderSlot {
    pub campaign: String,
    pub respondent: String,
    pub slot: String,
    pub at: DateTime<Utc>,
}

impl Document for ReminderSlot {
    const TABLE: &'static str = "reminder_slot";
    const VERSION: u32 = 1;
    fn key(&self) -> String {
        slot_key(&self.campaign, &self.respondent, &self.slot)
    }
}

/// Who would be reminded now, and who would not.
pub struct Preview {
    pub campaign: Campaign,
    pub those: Vec<Respondent>,
    pub not_those: Vec<(Respondent, NoReminder)>,
    /// Days on which the rules send the next reminders, for the common deadline.
    pub next: Vec<NaiveDate>,
}

/// Queues the reminders that the rules call for now; the timer calls it.
pub fn remind_due(app: &App) -> Result<usize, ActionError> {
    let now = app.now();
    let mut queued = 0;
    for stored in app.store.scan::<Campaign>("")? {
        let campaign = stored.doc;
        if campaign.reminders.days.is_empty() || campaign.window.phase(now) == Phase::NotOpenYet {
            continue;
        }
        for respondent in super::campaigns::asked(app, &campaign.id)? {
            let deadline = respondent.window(&campaign.window).deadline;
            if let Some(slot) = campaign.reminders.due(deadline, now) {
                queued += remind(app, &campaign, &respondent.id, &slot.name, Actor::System)?;
            }
        }
    }
    Ok(queued)
}

/// Whom a reminder would reach now; `None` where there is no such collection.
pub fn preview(app: &App, campaign: &str) -> Result<Option<Preview>, ActionError> {
    let now = app.now();
    let Some(Overview {
        campaign,
        respondents,
    }) = overview(app, campaign)?
    else {
        return Ok(None);
    };
    let (mut those, mut not_those) = (Vec::new(), Vec::new());
    for respondent in respondents {
        match why_not(&campaign, &respondent, now) {
            None => those.push(respondent),
            Some(why) => not_those.push((respondent, why)),
        }
    }
    let today = samsvar_core::danish::local(now).date_naive();
    let slots = campaign.reminders.slots(campaign.window.deadline);
    let next = slots.into_iter().map(|s| s.day).filter(|d| *d >= today);
    Ok(Some(Preview {
        next: next.collect(),
        campaign,
        those,
        not_those,
    }))
}

/// Reminds those of the chosen who still owe an answer; how many letters that are.
///
/// `occasion` tells one press of the button from another.
pub fn remind_by_hand(
    app: &App,
    campaign: &str,
    chosen: &[&str],
    occasion: &str,
    by: &str,
) -> Result<usize, ActionError> {
    let Some(stored) = app.store.get::<Campaign>(&key([campaign]))? else {
        return Ok(0);
    };
    let slot = format!("hand-{occasion}");
    let mut queued = 0;
    for respondent in chosen {
        let actor = Actor::Staff(by.to_owned());
        queued += remind(app, &stored.doc, respondent, &slot, actor)?;
    }
    Ok(queued)
}

/// The letters, the occasion, the respondent's mark and the event are one commit.
fn remind(
    app: &App,
    campaign: &Campaign,
    respondent: &str,
    slot: &str,
    actor: Actor,
) -> Result<usize, ActionError> {
    let now = app.now();
    for _ in 0..20 {
        let taken = slot_key(&campaign.id, respondent, slot);
        if app.store.get::<ReminderSlot>(&taken)?.is_some() {
            return Ok(0);
        }
        let place = key([campaign.id.as_str(), respondent]);
        let Some(stored) = app.store.get::<Respondent>(&place)? else {
            return Ok(0);
        };
        let mut reminded = stored.doc;
        if why_not(campaign, &reminded, now).is_some() {
            return Ok(0);
        }
        let mut commit = Commit::new(now).put_new(&ReminderSlot {
            campaign: campaign.id.clone(),
            respondent: respondent.to_owned(),
            slot: slot.to_owned(),
            at: now,
        });
        let places: Vec<usize> = reminded.reachable().map(|(place, _)| place).collect();
        for contact in &places {
            let letter = reminder_letter(campaign, &reminded, *contact, now)?;
            commit = queue(commit, &letter);
        }
        reminded.reminded.push(now);
        let noted = event(
            now,
            &campaign.id,
            Some(respondent),
            actor.clone(),
            Deed::ReminderQueued,
        )?;
        let commit = commit.put_if(&reminded, stored.revision).put_new(&noted);
        match app.store.commit(commit).map_err(ActionError::from) {
            Ok(_) => return Ok(places.len()),
            // Somebody wrote in between: perhaps the answer itself.
            Err(ActionError::Conflict) => {}
            Err(other) => return Err(other),
        }
    }
    Err(ActionError::Conflict)
}

fn slot_key(campaign: &str, respondent: &str, slot: &str) -> String {
    key([campaign, respondent, slot])
}
