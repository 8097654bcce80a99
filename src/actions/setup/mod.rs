//! A collection being set up, or changed while it runs: kept as it was typed, judged field by field.
mod reading;
mod standard;
mod steps;

pub use steps::{GROUPS, Step};

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use samsvar_core::campaigns::{Campaign, Phase, PreviousRound, Respondent, Standing};
use samsvar_core::events::{Actor, Deed};
use serde::{Deserialize, Serialize};

use reading::judged;
pub(in crate::actions) use standard::{fields_of, standard_fields};

use super::campaigns::{free_id, invite_due};
use super::erasure::first_retention;
use super::{ActionError, event, forms, known, selecting};
use crate::app::App;
use crate::store::{Commit, Document, key};

/// What was typed, by the name of its control.
pub type Fields = BTreeMap<String, String>;

/// A collection that is not open yet. Its respondents are kept under its id already.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct CampaignDraft {
    pub id: String,
    pub fields: Fields,
    pub previous: Option<PreviousRound>,
    pub created: DateTime<Utc>,
    pub changed: DateTime<Utc>,
    pub by: String,
}

impl Document for CampaignDraft {
    const TABLE: &'static str = "campaign_draft";
    const VERSION: u32 = 1;
    fn key(&self) -> String {
        key([self.id.as_str()])
    }
}

/// What is wrong with a field: the control's name, and a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanFault {
    pub field: String,
    pub message: String,
}

/// A collection's settings as a page shows them.
pub struct Setup {
    pub id: String,
    pub fields: Fields,
    pub previous: Option<PreviousRound>,
    pub state: SetupState,
}

pub enum SetupState {
    Draft {
        draft: Box<CampaignDraft>,
        revision: u64,
    },
    Running {
        campaign: Box<Campaign>,
        revision: u64,
    },
}

impl Setup {
    pub fn value(&self, field: &str) -> &str {
        self.fields.get(field).map_or("", String::as_str)
    }

    pub fn is_draft(&self) -> bool {
        matches!(self.state, SetupState::Draft { .. })
    }

    /// The groups that are named, with the id of their form (empty where none is chosen).
    pub fn groups(&self) -> Vec<(String, String)> {
        (1..=GROUPS)
            .map(|n| {
                let of = |name: &str| self.value(&format!("{name}-{n}")).trim().to_owned();
                (of("gruppe"), of("skema"))
            })
            .filter(|(group, form)| !group.is_empty() && !form.is_empty())
            .collect()
    }

    pub fn title(&self) -> &str {
        match self.value("titel").trim() {
            "" => "Indsamling uden titel",
            title => title,
        }
    }
}

/// The settings of a collection, whether it is open or not.
pub fn load(app: &App, id: &str) -> Result<Option<Setup>, ActionError> {
    if let Some(stored) = app.store.get::<CampaignDraft>(&key([id]))? {
        return Ok(Some(Setup {
            id: id.to_owned(),
            fields: stored.doc.fields.clone(),
            previous: stored.doc.previous.clone(),
            state: SetupState::Draft {
                revision: stored.revision,
                draft: Box::new(stored.doc),
            },
        }));
    }
    let Some(stored) = app.store.get::<Campaign>(&key([id]))? else {
        return Ok(None);
    };
    Ok(Some(Setup {
        id: id.to_owned(),
        fields: fields_of(&stored.doc),
        previous: stored.doc.previous.clone(),
        state: SetupState::Running {
            revision: stored.revision,
            campaign: Box::new(stored.doc),
        },
    }))
}

/// All collections that are being set up, the one last touched first.
pub fn drafts(app: &App) -> Result<Vec<CampaignDraft>, ActionError> {
    let found = app.store.scan::<CampaignDraft>("")?;
    let mut drafts: Vec<CampaignDraft> = found.into_iter().map(|s| s.doc).collect();
    drafts.sort_by_key(|draft| std::cmp::Reverse(draft.changed));
    Ok(drafts)
}

/// Begins a collection with what the first page holds, and the standard texts.
pub fn begin(app: &App, typed: &Fields, by: &str) -> Result<CampaignDraft, ActionError> {
    let mut fields = standard_fields();
    fields.extend(typed.clone());
    keep_new(app, fields, None, Vec::new(), by)
}

/// Who comes along to the next round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carried {
    All,
    /// Of a sign-up: those who asked to hear of it again, were put off, or still wait.
    Interested,
}

/// Begins a collection with the settings and recipients of another; window and deadline stay open.
///
/// Whoever is interested in the next round of a sign-up has it in the note.
pub fn copy(
    app: &App,
    from: &str,
    prefill: bool,
    carried: Carried,
    by: &str,
) -> Result<Option<CampaignDraft>, ActionError> {
    let Some(Setup {
        mut fields,
        state: SetupState::Running { .. },
        ..
    }) = load(app, from)?
    else {
        return Ok(None);
    };
    for field in ["aabner", "frist", "paamind-stille"] {
        fields.remove(field);
    }
    let interested = selecting::interested(app, from)?;
    let asked = super::campaigns::asked(app, from)?;
    let again = asked.into_iter().filter_map(|r| {
        let why = interested.get(&r.id);
        let comes = carried == Carried::All || why.is_some();
        comes.then(|| anew(r, why.cloned().unwrap_or_default()))
    });
    let previous = PreviousRound {
        campaign: from.to_owned(),
        prefill,
    };
    keep_new(app, fields, Some(previous), again.collect(), by).map(Some)
}

/// A respondent as a new collection asks it, with a note of the secretariat's own.
pub(super) fn anew(respondent: Respondent, note: String) -> Respondent {
    Respondent {
        progress: Default::default(),
        standing: Standing {
            note,
            ..Standing::default()
        },
        reminded: Vec::new(),
        ..respondent
    }
}

fn keep_new(
    app: &App,
    fields: Fields,
    previous: Option<PreviousRound>,
    respondents: Vec<Respondent>,
    by: &str,
) -> Result<CampaignDraft, ActionError> {
    let (draft, commit) = new_draft(app, fields, previous, respondents, by)?;
    app.store.commit(commit)?;
    Ok(draft)
}

/// A draft with its recipients, and the commit that keeps it.
pub(super) fn new_draft(
    app: &App,
    fields: Fields,
    previous: Option<PreviousRound>,
    respondents: Vec<Respondent>,
    by: &str,
) -> Result<(CampaignDraft, Commit), ActionError> {
    let now = app.now();
    let title = fields.get("titel").map_or("", String::as_str);
    let draft = CampaignDraft {
        id: free_id(app, title)?,
        fields,
        previous,
        created: now,
        changed: now,
        by: by.to_owned(),
    };
    let mut commit = Commit::new(now).put_new(&draft);
    for mut respondent in respondents {
        respondent.campaign.clone_from(&draft.id);
        commit = commit.put_new(&respondent);
    }
    Ok((draft, commit))
}

/// Keeps what one step's page holds. A draft is kept with its faults; a running collection only without.
///
/// Returns the step's faults.
pub fn save(
    app: &App,
    setup: &mut Setup,
    step: Step,
    typed: Fields,
    by: &str,
) -> Result<Vec<PlanFault>, ActionError> {
    let before = setup.fields.clone();
    setup.fields.extend(typed);
    let (campaign, mut faults) = judged(app, setup)?;
    faults.retain(|fault| Step::of(&fault.field) == step);
    if setup.fields == before {
        return Ok(faults);
    }
    let now = app.now();
    let commit = match (&setup.state, campaign) {
        (SetupState::Draft { draft, revision }, _) => {
            let changed = CampaignDraft {
                fields: setup.fields.clone(),
                changed: now,
                ..(**draft).clone()
            };
            Commit::new(now).put_if(&changed, *revision)
        }
        (SetupState::Running { revision, .. }, Some(campaign)) if faults.is_empty() => {
            let deed = Deed::CampaignChanged {
                what: step.title().to_lowercase(),
            };
            let noted = event(now, &setup.id, None, Actor::Staff(by.to_owned()), deed)?;
            Commit::new(now)
                .put_if(&campaign, *revision)
                .put_new(&noted)
        }
        (SetupState::Running { .. }, _) => return Ok(faults),
    };
    app.store.commit(commit)?;
    Ok(faults)
}

/// Opens the collection: from now on it is followed, and invited when its window opens.
///
/// # Errors
/// Never for a faulty draft: its faults are the inner value.
pub fn open(
    app: &App,
    setup: &Setup,
    by: &str,
) -> Result<Result<Campaign, Vec<PlanFault>>, ActionError> {
    let SetupState::Draft { revision, .. } = &setup.state else {
        return Ok(Err(Vec::new()));
    };
    let (campaign, mut faults) = judged(app, setup)?;
    faults.extend(recipient_faults(app, setup)?);
    let Some(campaign) = campaign.filter(|_| faults.is_empty()) else {
        return Ok(Err(faults));
    };
    let now = app.now();
    let place = key([setup.id.as_str()]);
    let created = event(
        now,
        &setup.id,
        None,
        Actor::Staff(by.to_owned()),
        Deed::CampaignCreated,
    )?;
    let mut commit = Commit::new(now)
        .expect::<CampaignDraft>(place.clone(), Some(*revision))
        .delete::<CampaignDraft>(place)
        .put_new(&campaign)
        .put(&first_retention(
            &campaign,
            now,
            Actor::Staff(by.to_owned()),
        ))
        .put_new(&created);
    for audience in &campaign.audiences {
        commit = forms::pinned(app, &audience.form, commit)?;
    }
    app.store.commit(commit)?;
    if let Some(previous) = campaign.previous.as_ref().filter(|p| p.prefill) {
        known::take_last_round(app, by, &campaign.id, &previous.campaign)?;
    }
    invite_due(app)?;
    Ok(Ok(campaign))
}

/// Forgets a collection that was never opened, and its recipients.
pub fn discard(app: &App, setup: &Setup) -> Result<(), ActionError> {
    let SetupState::Draft { revision, .. } = &setup.state else {
        return Ok(());
    };
    let place = key([setup.id.as_str()]);
    let mut commit = Commit::new(app.now())
        .expect::<CampaignDraft>(place.clone(), Some(*revision))
        .delete::<CampaignDraft>(place);
    for respondent in super::campaigns::asked(app, &setup.id)? {
        commit = commit.delete::<Respondent>(respondent.key());
    }
    app.store.commit(commit)?;
    Ok(())
}

/// All that keeps a draft from being opened, in the order of the pages.
pub fn faults(app: &App, setup: &Setup) -> Result<Vec<PlanFault>, ActionError> {
    let (_, mut faults) = judged(app, setup)?;
    faults.extend(recipient_faults(app, setup)?);
    let place = |fault: &PlanFault| {
        Step::ALL
            .into_iter()
            .position(|s| s == Step::of(&fault.field))
    };
    faults.sort_by_key(place);
    Ok(faults)
}

/// The campaign that the settings make; as far as they can be read.
pub fn preview(app: &App, setup: &Setup) -> Result<Option<Campaign>, ActionError> {
    Ok(judged(app, setup)?.0)
}

fn recipient_faults(app: &App, setup: &Setup) -> Result<Vec<PlanFault>, ActionError> {
    let asked = super::campaigns::asked(app, &setup.id)?;
    let groups = setup.groups();
    let mut faults = Vec::new();
    if asked.is_empty() {
        faults.push(fault("modtagere", "Vælg mindst én modtager."));
    }
    let mut stray: Vec<&str> = asked.iter().map(|r| r.group.as_str()).collect();
    stray.sort_unstable();
    stray.dedup();
    stray.retain(|group| groups.iter().all(|(known, _)| known != group));
    for group in stray {
        let message = format!("Modtagerne i gruppen »{group}« har intet spørgeskema.");
        faults.push(fault("modtagere", &message));
    }
    Ok(faults)
}

fn fault(field: &str, message: &str) -> PlanFault {
    PlanFault {
        field: field.to_owned(),
        message: message.to_owned(),
    }
}

/// Whether answers were possible already, so that the opening can no longer be moved.
pub fn has_opened(setup: &Setup, now: DateTime<Utc>) -> bool {
    matches!(&setup.state, SetupState::Running { campaign, .. } if campaign.window.phase(now) != Phase::NotOpenYet)
}
