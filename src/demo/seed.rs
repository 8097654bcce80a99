//! Fills the demo: through the same actions as a real collection wherever there is one.
use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use samsvar_core::answers::{Draft, changed};
use samsvar_core::campaigns::{
    Campaign, LetterText, Respondent, Sender, SignOffRule, Submission, Submitter, Window,
    read_recipients,
};
use samsvar_core::events::{Actor, Deed};
use samsvar_core::forms::Language;
use samsvar_core::hands::{Channel, Hand, Touch};
use samsvar_core::roles::Role;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{EATING, FOCUS, STAFF_ADDRESS, STAFF_NAME};
use crate::actions::answering::sign_off_in;
use crate::actions::campaigns::{CampaignPlan, create_at};
use crate::actions::{ActionError, DraftDoc, event, people};
use crate::app::App;
use crate::store::{Commit, Document, Stored, key};

const RECIPIENTS_MIDT: &[u8] = include_bytes!("data/recipients-midtjylland.csv");
const RECIPIENTS_NORD: &[u8] = include_bytes!("data/recipients-nordjylland.csv");
const ANSWERS_MUNICIPALITIES: &str = include_str!("data/answers-midtjylland.json");
const ANSWERS_OFFERS: &str = include_str!("data/answers-tilbud.json");
const ANSWERS_FOCUS: &str = include_str!("data/answers-fokuskommune.json");

/// Left for the visitor, or still under way: their figures are all zero, so the region's totals stand without them.
const MUNICIPALITIES_OPEN: [&str; 2] = ["Skive Kommune", "Ikast-Brande Kommune"];
const OFFERS_OPEN: [&str; 3] = ["Sønderparken", "Botilbuddet Windsor", "SULT-akademiet"];
/// Of those, who has begun.
const BEGUN: [&str; 2] = ["Ikast-Brande Kommune", "Botilbuddet Windsor"];

/// Tells a demo's data directory from a real one.
#[derive(Serialize, Deserialize)]
pub struct DemoMark {
    /// Set last: a demo that was cut off while it was made is made anew.
    pub complete: bool,
    pub seeded: DateTime<Utc>,
}

impl Document for DemoMark {
    const TABLE: &'static str = "demo";
    const VERSION: u32 = 1;
    fn key(&self) -> String {
        "demo".into()
    }
}

#[derive(Deserialize)]
struct Invented {
    organisation: String,
    answers: Value,
    /// Told to the secretariat by mouth, which wrote it down.
    #[serde(default)]
    spoken: bool,
    /// After the deadline.
    #[serde(default)]
    late: bool,
}

/// Two collections, their letters queued, their invented answers submitted.
pub fn seed(app: &App) -> Result<(), ActionError> {
    app.store
        .commit(Commit::new(app.now()).put(&mark(app, false)))?;
    let role = Role::Administrator;
    let listed = people::add(app, STAFF_NAME, STAFF_ADDRESS, role, Actor::System)?;
    listed.map_err(|_| ActionError::Broken("the demo's staff can't be listed".into()))?;
    let eating = opened(app, EATING, eating(app)?)?;
    answer(
        app,
        &eating,
        "kommune",
        ANSWERS_MUNICIPALITIES,
        &MUNICIPALITIES_OPEN,
    )?;
    answer(app, &eating, "tilbud", ANSWERS_OFFERS, &OFFERS_OPEN)?;
    let focus = opened(app, FOCUS, focus(app)?)?;
    answer(app, &focus, "kommune", ANSWERS_FOCUS, &[])?;
    answer(app, &focus, "region", ANSWERS_FOCUS, &[])?;
    app.store
        .commit(Commit::new(app.now()).put(&mark(app, true)))?;
    Ok(())
}

/// The collection as the secretariat made it on the day that it opened.
fn opened(app: &App, id: &str, plan: CampaignPlan) -> Result<Campaign, ActionError> {
    let day = plan.window.opens;
    create_at(app, id, plan, Actor::System, day)
}

fn mark(app: &App, complete: bool) -> DemoMark {
    DemoMark {
        complete,
        seeded: app.now(),
    }
}

fn eating(app: &App) -> Result<CampaignPlan, ActionError> {
    let now = app.now();
    Ok(CampaignPlan {
        title: "Central udmelding: svære spiseforstyrrelser".into(),
        region: "Region Midtjylland".into(),
        sender: sender(),
        window: Window { opens: morning(now - TimeDelta::days(21)), deadline: end_of_day(now + TimeDelta::days(14)), late_days: 0 },
        privacy_notice: "Sekretariatet ser hele jeres svar. Socialstyrelsen får den regionale rapport og tilbuddenes fulde svar. \
            I den rapport, som offentliggøres, vises antal på 1-3 borgere som »≤3«, og ingen kommunes små tal kan regnes ud.\n\n\
            Skriv ikke navne eller andet, som kan genkendes, i de frie felter."
            .into(),
        audiences: vec![
            ("kommune".into(), "spiseforstyrrelser-kommune".into()),
            ("tilbud".into(), "spiseforstyrrelser-tilbud".into()),
        ],
        invitation: letter(),
        sign_off: SignOffRule::Named,
        reminders: Default::default(),
        recipients: recipients(RECIPIENTS_MIDT, EATING, &["kommune", "tilbud"])?,
    })
}

fn focus(app: &App) -> Result<CampaignPlan, ActionError> {
    let now = app.now();
    Ok(CampaignPlan {
        title: "Tilmelding som fokuskommune".into(),
        region: "Region Nordjylland".into(),
        sender: sender(),
        window: Window {
            // After the other collection: the links are printed once the last letters have left.
            opens: morning(now - TimeDelta::days(20)),
            deadline: end_of_day(now - TimeDelta::days(2)),
            // Whoever is late can still sign up, and the selection has begun.
            late_days: 14,
        },
        privacy_notice:
            "Sekretariatet og styregruppen ser jeres tilmelding. Den offentliggøres ikke.".into(),
        audiences: vec![
            ("kommune".into(), "fokuskommune-tilmelding".into()),
            ("region".into(), "fokuskommune-tilmelding".into()),
        ],
        invitation: letter(),
        sign_off: SignOffRule::Named,
        reminders: Default::default(),
        recipients: recipients(RECIPIENTS_NORD, FOCUS, &["kommune", "region"])?,
    })
}

fn sender() -> Sender {
    Sender {
        name: "Rammeaftalesekretariatet (demo)".into(),
        address: STAFF_ADDRESS.into(),
        phone: String::new(),
    }
}

fn letter() -> LetterText {
    LetterText {
        subject: "{indsamling}: svar senest {frist}".into(),
        body: "Kære {modtager}\n\nVi beder {organisation} svare på »{indsamling}« senest {frist}.\n\n\
            Åbn spørgeskemaet med dette personlige link. I skal ikke logge ind:\n{link}\n\n\
            I kan holde pause undervejs og rette svaret indtil fristen.\n\nVenlig hilsen\n{afsender}"
            .into(),
    }
}

fn recipients(csv: &[u8], campaign: &str, groups: &[&str]) -> Result<Vec<Respondent>, ActionError> {
    read_recipients(csv, campaign, groups).map_err(|faults| {
        ActionError::Broken(format!(
            "the demo's recipients have {} faults",
            faults.len()
        ))
    })
}

/// Eight o'clock on the day on which `at` falls, by a Danish clock.
fn morning(at: DateTime<Utc>) -> DateTime<Utc> {
    at_clock(at, 8, 0, 0)
}

/// The last second of the day on which `at` falls, by a Danish clock.
fn end_of_day(at: DateTime<Utc>) -> DateTime<Utc> {
    at_clock(at, 23, 59, 59)
}

fn at_clock(at: DateTime<Utc>, hour: u32, minute: u32, second: u32) -> DateTime<Utc> {
    let day = samsvar_core::danish::local(at).date_naive().to_string();
    let time = chrono::NaiveTime::from_hms_opt(hour, minute, second).unwrap_or_default();
    samsvar_core::danish::parse_local(&day, time).unwrap_or(at)
}

/// Submits each invented answer, but for those who are left open; of these, some have begun.
fn answer(
    app: &App,
    campaign: &Campaign,
    group: &str,
    invented: &str,
    open: &[&str],
) -> Result<(), ActionError> {
    let invented: Vec<Invented> = serde_json::from_str(invented)
        .map_err(|e| ActionError::Broken(format!("the demo's answers can't be read: {e}")))?;
    let answers: BTreeMap<String, Invented> = invented
        .into_iter()
        .map(|i| (i.organisation.clone(), i))
        .collect();
    let asked = app
        .store
        .scan::<Respondent>(&format!("{}/", key([campaign.id.as_str()])))?;
    let mut commit = Commit::new(app.now());
    for (place, stored) in asked
        .into_iter()
        .filter(|s| s.doc.group == group)
        .enumerate()
    {
        let Some(answers) = answers.get(&stored.doc.organisation) else {
            continue;
        };
        let organisation = stored.doc.organisation.clone();
        commit = if !open.contains(&organisation.as_str()) {
            submitted(app, campaign, stored, answers, place, commit)?
        } else if BEGUN.contains(&organisation.as_str()) {
            begun(app, campaign, stored, &answers.answers, commit)?
        } else {
            commit
        };
    }
    app.store.commit(commit)?;
    Ok(())
}

fn submitted(
    app: &App,
    campaign: &Campaign,
    stored: Stored<Respondent>,
    invented: &Invented,
    place: usize,
    commit: Commit,
) -> Result<Commit, ActionError> {
    let answers = &invented.answers;
    let mut respondent = stored.doc;
    let missing = || ActionError::Broken(format!("the demo has no form for {}", respondent.group));
    let form_ref = campaign
        .form_for(&respondent.group)
        .ok_or_else(missing)?
        .clone();
    let form = app.form(&form_ref)?;
    let findings = form.validate(&Draft::of(answers.clone()), Language::En);
    if let Some(first) = findings.first() {
        let what = format!(
            "the demo's answer of {} does not fit its form: {} {}",
            respondent.id, first.pointer, first.message
        );
        return Err(ActionError::Broken(what));
    }
    let answers = form.submission_of(&Draft::of(answers.clone()));
    let hours = i64::try_from(place).unwrap_or_default() * 5;
    let at = match invented.late {
        true => campaign.window.deadline + TimeDelta::hours(14),
        false => campaign.window.opens + TimeDelta::hours(26 + hours),
    };
    let at = at.min(app.now() - TimeDelta::hours(1));
    let submission = Submission {
        campaign: campaign.id.clone(),
        respondent: respondent.id.clone(),
        number: 1,
        form: form_ref,
        known: std::collections::BTreeMap::new(),
        sha256: Submission::hash_of(&answers),
        sign_off: sign_off_in(&answers),
        answers,
        at,
        by: match invented.spoken {
            true => Submitter::OnBehalf {
                staff: STAFF_NAME.into(),
                how: Channel::Spoken,
                late: invented.late,
            },
            false => Submitter::Link { contact: 0 },
        },
    };
    respondent.progress.opened = Some(at - TimeDelta::minutes(90));
    respondent.progress.started = Some(at - TimeDelta::minutes(80));
    respondent.progress.submitted = Some(at);
    respondent.progress.submissions = 1;
    let sent = Deed::Submitted {
        number: submission.number,
        sha256: submission.sha256.clone(),
    };
    let deeds = match invented.spoken {
        true => vec![
            (
                Deed::BegunOnBehalf {
                    how: Channel::Spoken,
                },
                at - TimeDelta::minutes(10),
            ),
            (sent, at),
        ],
        false => vec![
            (Deed::LinkOpened, at - TimeDelta::minutes(90)),
            (Deed::DraftSaved, at - TimeDelta::minutes(80)),
            (sent, at),
        ],
    };
    let actor = match invented.spoken {
        true => Actor::Staff(STAFF_NAME.into()),
        false => Actor::Contact(0),
    };
    let mut commit = commit
        .put_new(&submission)
        .put_if(&respondent, stored.revision);
    for (deed, at) in deeds {
        commit = told(commit, &respondent, &actor, deed, at)?;
    }
    Ok(commit)
}

/// One line of the respondent's history.
fn told(
    commit: Commit,
    respondent: &Respondent,
    actor: &Actor,
    deed: Deed,
    at: DateTime<Utc>,
) -> Result<Commit, ActionError> {
    let line = event(
        at,
        &respondent.campaign,
        Some(&respondent.id),
        actor.clone(),
        deed,
    )?;
    Ok(commit.put_new(&line))
}

/// A draft with the first half of the answers.
fn begun(
    app: &App,
    campaign: &Campaign,
    stored: Stored<Respondent>,
    answers: &Value,
    commit: Commit,
) -> Result<Commit, ActionError> {
    let mut respondent = stored.doc;
    let missing = || ActionError::Broken(format!("the demo has no form for {}", respondent.group));
    let form_ref = campaign
        .form_for(&respondent.group)
        .ok_or_else(missing)?
        .clone();
    let some = answers.as_object().map(|all| {
        all.clone()
            .into_iter()
            .take(all.len() / 2)
            .collect::<serde_json::Map<_, _>>()
    });
    let at = app.now() - TimeDelta::hours(20);
    let opened = at - TimeDelta::minutes(10);
    respondent.progress.opened = Some(opened);
    respondent.progress.started = Some(at);
    respondent.progress.saved = Some(at);
    let draft = Draft::of(Value::Object(some.unwrap_or_default()));
    let form = app.form(&form_ref)?;
    let is_field = |pointer: &str| form.is_field(pointer);
    let touch = Touch {
        at,
        by: Hand::Contact(0),
    };
    let touched = changed(&Draft::default(), &draft, &is_field)
        .into_iter()
        .map(|pointer| (pointer, touch.clone()))
        .collect();
    let doc = DraftDoc {
        campaign: campaign.id.clone(),
        respondent: respondent.id.clone(),
        form: form_ref,
        draft,
        saved: at,
        contact: 0,
        touched,
        waits: None,
    };
    let mut commit = commit.put_new(&doc).put_if(&respondent, stored.revision);
    for (deed, at) in [(Deed::LinkOpened, opened), (Deed::DraftSaved, at)] {
        commit = told(commit, &respondent, &Actor::Contact(0), deed, at)?;
    }
    Ok(commit)
}
