//! Hands an answer, or sections of it, over to colleagues, each by an own link; and takes it back.
use samsvar_core::campaigns::{Contact, Phase};
use samsvar_core::events::{Actor, Deed};
use samsvar_core::forms::{Form, Language};
use samsvar_core::hands::{Handover, Remark, Share};

use super::answering::{Holder, Role};
use super::documents::part_key;
use super::letters::handover_letter;
use super::{ActionError, event, new_token};
use crate::app::App;
use crate::mail::{Address, queue};
use crate::store::{Commit, key};

/// How many colleagues one answer may have.
pub const MOST_HANDOVERS: usize = 40;

/// What the holder typed on "ask a colleague for help".
pub struct HandoverPlan {
    pub name: String,
    pub address: String,
    pub share: Share,
    pub message: Remark,
}

/// What is wrong with a plan, by the page's field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlanFault {
    NameMissing,
    AddressInvalid,
    /// Sections were to be chosen, and none was, or one that there is not.
    NoSection,
    TooMany,
    Closed,
}

/// Gives a colleague an own link; the letter with it is queued in the same commit.
pub fn hand_over(
    app: &App,
    holder: &Holder,
    plan: HandoverPlan,
) -> Result<Result<Handover, Vec<PlanFault>>, ActionError> {
    let now = app.now();
    let faults = faults(app, holder, &plan)?;
    if !faults.is_empty() {
        return Ok(Err(faults));
    }
    let handover = Handover {
        id: short_id()?,
        campaign: holder.campaign.id.clone(),
        respondent: holder.respondent.id.clone(),
        colleague: Contact {
            name: plan.name.trim().to_owned(),
            address: plan.address.trim().to_owned(),
            phone: String::new(),
        },
        share: plan.share,
        message: plan.message,
        by: holder.link.contact,
        asked: now,
        opened: None,
        done: None,
        withdrawn: None,
    };
    let letter = handover_letter(&holder.campaign, &holder.respondent, &handover, now)?;
    let deed = Deed::HandedOver {
        handover: handover.id.clone(),
    };
    let commit = Commit::new(now)
        .put_new(&handover)
        .put_new(&holder.event(now, deed)?);
    app.store.commit(queue(commit, &letter))?;
    Ok(Ok(handover))
}

/// The hand-overs of one answer, in the order they were made.
pub fn handovers(
    app: &App,
    campaign: &str,
    respondent: &str,
) -> Result<Vec<Handover>, ActionError> {
    let prefix = format!("{}/", key([campaign, respondent]));
    let stored = app.store.scan::<Handover>(&prefix)?;
    let mut all: Vec<Handover> = stored.into_iter().map(|s| s.doc).collect();
    all.sort_by_key(|handover| handover.asked);
    Ok(all)
}

/// The titles of sections, with all branches open, in the form's order.
pub fn section_titles(form: &Form, ids: &[String], language: Language) -> Vec<String> {
    all_sections(form, language)
        .into_iter()
        .filter(|(id, _)| ids.contains(id))
        .map(|(_, title)| title)
        .collect()
}

/// Id and title of every section that the form can have.
pub fn all_sections(form: &Form, language: Language) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for field in form.fields(language) {
        if found.iter().all(|(id, _)| *id != field.section) {
            let pointer = format!("/{}", field.section);
            let title = form.field_title(&pointer, language);
            found.push((
                field.section.clone(),
                title.unwrap_or_else(|| "Først".into()),
            ));
        }
    }
    found
}

/// From now on the colleague's link opens nothing; what they wrote stays. `false` where there is no such hand-over.
pub fn withdraw(app: &App, holder: &Holder, id: &str) -> Result<bool, ActionError> {
    let now = app.now();
    let deed = Deed::HandoverWithdrawn {
        handover: id.to_owned(),
    };
    let withdrawn = holder.event(now, deed)?;
    let place = part_key(&holder.campaign.id, &holder.respondent.id, id);
    change(app, &place, |handover| {
        if handover.withdrawn.is_some() {
            return None;
        }
        handover.withdrawn = Some(now);
        Some(Commit::new(now).put_new(&withdrawn))
    })
}

/// The colleague says that their part is finished; they may still change it.
pub fn finish(app: &App, holder: &Holder) -> Result<bool, ActionError> {
    let Role::Colleague(handover) = &holder.role else {
        return Ok(false);
    };
    let now = app.now();
    let finished = holder.event(now, Deed::HandoverDone)?;
    change(app, &key_of(handover), |handover| {
        if handover.done.is_some() {
            return None;
        }
        handover.done = Some(now);
        Some(Commit::new(now).put_new(&finished))
    })
}

pub(super) fn note_opened(app: &App, handover: &Handover) -> Result<(), ActionError> {
    let now = app.now();
    let opened = event(
        now,
        &handover.campaign,
        Some(&handover.respondent),
        Actor::Colleague(handover.id.clone()),
        Deed::LinkOpened,
    )?;
    change(app, &key_of(handover), |handover| {
        if handover.opened.is_some() {
            return None;
        }
        handover.opened = Some(now);
        Some(Commit::new(now).put_new(&opened))
    })
    .map(|_| ())
}

/// Eight signs: no secret, for it stands in addresses.
pub(super) fn short_id() -> Result<String, ActionError> {
    Ok(new_token()?
        .reveal()
        .get(..8)
        .unwrap_or_default()
        .to_owned())
}

fn key_of(handover: &Handover) -> String {
    part_key(&handover.campaign, &handover.respondent, &handover.id)
}

fn faults(app: &App, holder: &Holder, plan: &HandoverPlan) -> Result<Vec<PlanFault>, ActionError> {
    let mut faults = Vec::new();
    if plan.name.trim().is_empty() {
        faults.push(PlanFault::NameMissing);
    }
    if Address::parse(&plan.address).is_err() {
        faults.push(PlanFault::AddressInvalid);
    }
    if let Share::Sections(ids) = &plan.share {
        let fields = holder.form.fields(Language::Da);
        let known = |id: &String| fields.iter().any(|field| field.section == *id);
        if ids.is_empty() || !ids.iter().all(known) {
            faults.push(PlanFault::NoSection);
        }
    }
    if holder.phase(app.now()) != Phase::Open {
        faults.push(PlanFault::Closed);
    }
    let before = handovers(app, &holder.campaign.id, &holder.respondent.id)?;
    if before.len() >= MOST_HANDOVERS {
        faults.push(PlanFault::TooMany);
    }
    Ok(faults)
}

/// Changes the hand-over as it is stored now; again if somebody wrote in between. `false` where there is none.
fn change(
    app: &App,
    place: &str,
    change: impl Fn(&mut Handover) -> Option<Commit>,
) -> Result<bool, ActionError> {
    for _ in 0..20 {
        let Some(stored) = app.store.get::<Handover>(place)? else {
            return Ok(false);
        };
        let mut handover = stored.doc;
        let Some(commit) = change(&mut handover) else {
            return Ok(true);
        };
        match app
            .store
            .commit(commit.put_if(&handover, stored.revision))
            .map_err(ActionError::from)
        {
            Err(ActionError::Conflict) => {}
            other => return other.map(|_| true),
        }
    }
    Err(ActionError::Conflict)
}
