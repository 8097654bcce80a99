//! Collections: made, opened by the clock, followed.
use chrono::{DateTime, Utc};
use samsvar_core::campaigns::{
    Audience, Campaign, LetterText, Letters, PassingRule, Phase, ReminderRules, Respondent, Sender,
    SignOffRule, Submission, Window, slug,
};
use samsvar_core::events::{Actor, Deed, Event};

use super::answering::submissions;
use super::erasure::first_retention;
use super::letters::invitation_letter;
use super::setup::CampaignDraft;
use super::{ActionError, event, forms};
use crate::app::App;
use crate::mail::queue;
use crate::store::{Commit, key};

/// A collection as the secretariat describes it; recipients are checked already.
#[derive(Debug, Clone)]
pub struct CampaignPlan {
    pub title: String,
    pub region: String,
    pub sender: Sender,
    pub window: Window,
    pub privacy_notice: String,
    /// Group and form id, in the order that reports name them.
    pub audiences: Vec<(String, String)>,
    pub invitation: LetterText,
    pub sign_off: SignOffRule,
    pub reminders: ReminderRules,
    pub recipients: Vec<Respondent>,
}

/// A campaign and all who are asked.
pub struct Overview {
    pub campaign: Campaign,
    /// In the order of groups, then of Danish names.
    pub respondents: Vec<Respondent>,
}

/// Words that stand where a campaign's part in an address does.
const RESERVED: [&str; 2] = ["ny", "kopi"];

/// The campaign's part in its address; what [`samsvar_core::campaigns::read_recipients`] needs before there is a campaign.
pub fn free_id(app: &App, title: &str) -> Result<String, ActionError> {
    let base = match slug(title) {
        s if s.is_empty() => "indsamling".to_owned(),
        s => s,
    };
    for n in 1..1_000 {
        let id = if n == 1 {
            base.clone()
        } else {
            format!("{base}-{n}")
        };
        let place = key([id.as_str()]);
        let is_reserved = RESERVED.contains(&id.as_str());
        if !is_reserved
            && app.store.get::<Campaign>(&place)?.is_none()
            && app.store.get::<CampaignDraft>(&place)?.is_none()
        {
            return Ok(id);
        }
    }
    Err(ActionError::Broken(
        "a thousand campaigns have the same title".into(),
    ))
}

/// Keeps a campaign, its respondents and the forms at their present versions, in one commit.
pub fn create(app: &App, id: &str, plan: CampaignPlan, by: Actor) -> Result<Campaign, ActionError> {
    create_at(app, id, plan, by, app.now())
}

/// … as of `now`, which lies in the past where a story is told.
pub fn create_at(
    app: &App,
    id: &str,
    plan: CampaignPlan,
    by: Actor,
    now: DateTime<Utc>,
) -> Result<Campaign, ActionError> {
    let mut commit = Commit::new(now);
    let mut audiences = Vec::new();
    for (group, form_id) in &plan.audiences {
        let (form, _) = forms::newest(app, form_id)?
            .ok_or_else(|| ActionError::Broken(format!("there is no usable form {form_id}")))?;
        commit = forms::pinned(app, &form, commit)?;
        audiences.push(Audience {
            group: group.clone(),
            form,
        });
    }
    let campaign = Campaign {
        id: id.to_owned(),
        title: plan.title,
        region: plan.region,
        sender: plan.sender,
        window: plan.window,
        privacy_notice: plan.privacy_notice,
        audiences,
        invitation: plan.invitation,
        sign_off: plan.sign_off,
        passing_on: PassingRule::default(),
        letters: Letters::default(),
        reminders: plan.reminders,
        previous: None,
        created: now,
    };
    commit = commit
        .put_new(&campaign)
        .put(&first_retention(&campaign, now, by.clone()))
        .put_new(&event(now, id, None, by, Deed::CampaignCreated)?);
    for respondent in &plan.recipients {
        commit = commit.put_new(respondent);
    }
    app.store.commit(commit)?;
    invite_due_at(app, now)?;
    Ok(campaign)
}

/// Queues the invitation of everybody who may answer now and was not invited yet; the timer calls it.
pub fn invite_due(app: &App) -> Result<usize, ActionError> {
    invite_due_at(app, app.now())
}

fn invite_due_at(app: &App, now: DateTime<Utc>) -> Result<usize, ActionError> {
    let mut queued = 0;
    for campaign in app.store.scan::<Campaign>("")? {
        let campaign = campaign.doc;
        if campaign.window.phase(now) != Phase::Open {
            continue;
        }
        for stored in app
            .store
            .scan::<Respondent>(&format!("{}/", key([campaign.id.as_str()])))?
        {
            if stored.doc.progress.invited.is_none()
                && stored.doc.disposition().owes()
                && stored.doc.reachable().next().is_some()
            {
                queued += invite(app, &campaign, stored.doc, stored.revision, now)?;
            }
        }
    }
    Ok(queued)
}

/// The letters, the mark on the respondent and the event are one commit: none is there without the others.
fn invite(
    app: &App,
    campaign: &Campaign,
    mut respondent: Respondent,
    revision: u64,
    now: DateTime<Utc>,
) -> Result<usize, ActionError> {
    let mut commit = Commit::new(now);
    let places: Vec<usize> = respondent.reachable().map(|(place, _)| place).collect();
    for place in &places {
        commit = queue(
            commit,
            &invitation_letter(campaign, &respondent, *place, now)?,
        );
    }
    respondent.progress.invited = Some(now);
    let queued = event(
        now,
        &campaign.id,
        Some(&respondent.id),
        Actor::System,
        Deed::InvitationQueued,
    )?;
    match app
        .store
        .commit(commit.put_if(&respondent, revision).put_new(&queued))
        .map_err(ActionError::from)
    {
        Ok(_) => Ok(places.len()),
        // Somebody wrote in between; the next round sees what.
        Err(ActionError::Conflict) => Ok(0),
        Err(other) => Err(other),
    }
}

/// All campaigns, the newest first.
pub fn list(app: &App) -> Result<Vec<Overview>, ActionError> {
    let mut all = Vec::new();
    for campaign in app.store.scan::<Campaign>("")? {
        let respondents = respondents(app, &campaign.doc)?;
        all.push(Overview {
            campaign: campaign.doc,
            respondents,
        });
    }
    all.sort_by_key(|o| std::cmp::Reverse(o.campaign.window.opens));
    Ok(all)
}

pub fn overview(app: &App, id: &str) -> Result<Option<Overview>, ActionError> {
    let Some(campaign) = app.store.get::<Campaign>(&key([id]))? else {
        return Ok(None);
    };
    let respondents = respondents(app, &campaign.doc)?;
    Ok(Some(Overview {
        campaign: campaign.doc,
        respondents,
    }))
}

/// One respondent's submissions, oldest first, for a member of the secretariat; reading them is an event.
pub fn read_answers(
    app: &App,
    reader: &str,
    campaign: &str,
    respondent: &str,
) -> Result<Option<(Respondent, Vec<Submission>)>, ActionError> {
    let Some(found) = app.store.get::<Respondent>(&key([campaign, respondent]))? else {
        return Ok(None);
    };
    let sent = submissions(app, campaign, respondent)?;
    if let Some(last) = sent.last() {
        let now = app.now();
        let deed = Deed::AnswerRead {
            number: last.number,
        };
        let read = event(
            now,
            campaign,
            Some(respondent),
            Actor::Staff(reader.to_owned()),
            deed,
        )?;
        app.store.commit(Commit::new(now).put_new(&read))?;
    }
    Ok(Some((found.doc, sent)))
}

/// What happened in a campaign (or to one respondent), the newest first, at most `most`.
pub fn history(
    app: &App,
    campaign: &str,
    respondent: Option<&str>,
    most: usize,
) -> Result<Vec<Event>, ActionError> {
    let mut events: Vec<Event> = app
        .store
        .scan::<Event>(&format!("{}/", key([campaign])))?
        .into_iter()
        .map(|s| s.doc)
        .collect();
    events.retain(|e| respondent.is_none_or(|r| e.respondent.as_deref() == Some(r)));
    events.reverse();
    events.truncate(most);
    Ok(events)
}

/// All who are asked by a collection, open or not, in the order of their names.
pub fn asked(app: &App, id: &str) -> Result<Vec<Respondent>, ActionError> {
    let prefix = format!("{}/", key([id]));
    let mut found: Vec<Respondent> = app
        .store
        .scan::<Respondent>(&prefix)?
        .into_iter()
        .map(|s| s.doc)
        .collect();
    found.sort_by(|a, b| samsvar_core::danish::collate(&a.name(), &b.name()));
    Ok(found)
}

fn respondents(app: &App, campaign: &Campaign) -> Result<Vec<Respondent>, ActionError> {
    let mut found = asked(app, &campaign.id)?;
    let rank = |group: &str| campaign.audiences.iter().position(|a| a.group == group);
    // Stable: names stay in order within a group.
    found.sort_by_key(|r| rank(&r.group));
    Ok(found)
}
