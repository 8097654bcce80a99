//! How far everybody in a collection has come: one row for each, and the answers day by day.
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use samsvar_core::campaigns::{Campaign, Disposition, FormRef, Respondent, Submission};
use samsvar_core::forms::{Form, Language};

use super::campaigns::{Overview, overview};
use super::documents::submission_key;
use super::letters::{self, MailStates};
use super::{ActionError, DraftDoc, messages, passing};
use crate::app::App;
use crate::store::key;

/// A draft saved within this time is being written.
const NOW: TimeDelta = TimeDelta::minutes(10);

/// A collection as its overview shows it.
pub struct Followed {
    pub campaign: Campaign,
    pub rows: Vec<Row>,
    pub mail: MailStates,
    /// When each respondent first answered, in order.
    pub first_answers: Vec<DateTime<Utc>>,
    pub now: DateTime<Utc>,
}

/// One respondent.
pub struct Row {
    pub respondent: Respondent,
    pub disposition: Disposition,
    /// The last thing that the respondent did.
    pub last_seen: Option<DateTime<Utc>>,
    /// Questions answered and asked in the draft, while there is one.
    pub answered: Option<(usize, usize)>,
    /// Who saved the draft just now, by the contact's name.
    pub writing: Option<String>,
    /// The last message is the respondent's.
    pub waits_for_us: bool,
    /// A contact named somebody else, and the secretariat has not looked at it.
    pub named_another: bool,
}

/// `None` where there is no such collection.
pub fn followed(app: &App, id: &str) -> Result<Option<Followed>, ActionError> {
    let Some(Overview {
        campaign,
        respondents,
    }) = overview(app, id)?
    else {
        return Ok(None);
    };
    let now = app.now();
    let drafts: BTreeMap<String, DraftDoc> = app
        .store
        .scan::<DraftDoc>(&format!("{}/", key([id])))?
        .into_iter()
        .map(|s| (s.doc.respondent.clone(), s.doc))
        .collect();
    let waiting: BTreeSet<String> = messages::unanswered(app, id)?.into_iter().collect();
    let named: BTreeSet<String> = passing::waiting(app, id)?.into_iter().collect();
    let mut forms: BTreeMap<String, Arc<Form>> = BTreeMap::new();
    let mut first_answers = Vec::new();
    let mut rows = Vec::new();
    for respondent in respondents {
        first_answers.extend(first_answer(app, &respondent)?);
        let draft = drafts.get(&respondent.id);
        let answered = match draft {
            Some(draft) => Some(progress(form_of(app, &mut forms, &draft.form)?, draft)),
            None => None,
        };
        let fresh = draft.filter(|d| now < d.saved + NOW);
        let contact = fresh.and_then(|d| respondent.contacts.get(d.contact));
        rows.push(Row {
            disposition: respondent.disposition_in(&campaign.window),
            last_seen: last_seen(&respondent),
            writing: contact.map(|c| c.name.clone()),
            waits_for_us: waiting.contains(&respondent.id),
            named_another: named.contains(&respondent.id),
            answered,
            respondent,
        });
    }
    first_answers.sort_unstable();
    Ok(Some(Followed {
        mail: letters::states(app, id)?,
        campaign,
        rows,
        first_answers,
        now,
    }))
}

fn last_seen(respondent: &Respondent) -> Option<DateTime<Utc>> {
    let p = &respondent.progress;
    [p.submitted, p.saved, p.started, p.opened]
        .into_iter()
        .flatten()
        .max()
}

fn first_answer(app: &App, r: &Respondent) -> Result<Option<DateTime<Utc>>, ActionError> {
    if r.progress.submissions <= 1 {
        return Ok(r.progress.submitted);
    }
    let first = submission_key(&r.campaign, &r.id, 1);
    Ok(app.store.get::<Submission>(&first)?.map(|s| s.doc.at))
}

fn form_of<'f>(
    app: &App,
    forms: &'f mut BTreeMap<String, Arc<Form>>,
    reference: &FormRef,
) -> Result<&'f Form, ActionError> {
    if !forms.contains_key(&reference.version) {
        forms.insert(reference.version.clone(), app.form(reference)?);
    }
    forms
        .get(&reference.version)
        .map(Arc::as_ref)
        .ok_or_else(|| ActionError::Broken("a form was lost".into()))
}

fn progress(form: &Form, draft: &DraftDoc) -> (usize, usize) {
    let sections = form.sections(&draft.draft, &[], Language::Da);
    let sum = |(answered, total), (a, t)| (answered + a, total + t);
    sections
        .iter()
        .map(|s| (s.answered, s.total))
        .fold((0, 0), sum)
}
