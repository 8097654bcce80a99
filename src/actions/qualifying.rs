//! Answers read to be judged: one question across all, tags, last round, conflicts, corrections.
use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use samsvar_core::answers::Draft;
use samsvar_core::campaigns::comparison::deviates;
use samsvar_core::campaigns::second_stage::same;
use samsvar_core::campaigns::{Campaign, Respondent, Submission, Submitter};
use samsvar_core::events::{Actor, Deed};
use samsvar_core::forms::feeds::at;
use samsvar_core::forms::{Form, Language};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::answering::{Holder, submission};
use super::campaigns::{Overview, asked, overview};
use super::corrections::correction_letters;
use super::{ActionError, event};
use crate::app::App;
use crate::store::{Commit, Document, key};

/// Words that the secretariat put to one answer, for a synthesis.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerTags {
    pub campaign: String,
    pub respondent: String,
    /// With `*` for places in lists.
    pub pointer: String,
    pub tags: Vec<String>,
}

impl Document for AnswerTags {
    const TABLE: &'static str = "answer_tags";
    const VERSION: u32 = 1;
    fn key(&self) -> String {
        key([
            self.campaign.as_str(),
            self.respondent.as_str(),
            self.pointer.as_str(),
        ])
    }
}

/// That a respondent stands by a correction.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    pub campaign: String,
    pub respondent: String,
    pub number: u32,
    pub contact: usize,
    pub at: DateTime<Utc>,
}

impl Document for Confirmation {
    const TABLE: &'static str = "confirmation";
    const VERSION: u32 = 1;
    fn key(&self) -> String {
        confirmation_key(&self.campaign, &self.respondent, self.number)
    }
}

fn confirmation_key(campaign: &str, respondent: &str, number: u32) -> String {
    key([campaign, respondent, &format!("{number:06}")])
}

/// A question that can be read across answers.
pub struct Question {
    pub section: String,
    pub pointer: String,
    pub title: String,
}

/// One question's answers side by side.
pub struct Across {
    pub campaign: Campaign,
    pub group: String,
    pub questions: Vec<Question>,
    /// `None` while no question is chosen.
    pub chosen: Option<usize>,
    pub rows: Vec<AnswerRow>,
}

pub struct AnswerRow {
    pub respondent: Respondent,
    /// In words; several where the question stands in a list.
    pub answers: Vec<String>,
    pub before: Vec<String>,
    /// Far from last round's.
    pub deviates: bool,
    pub tags: Vec<String>,
}

/// One answer that differs from last round's.
pub struct Change {
    pub question: String,
    pub before: String,
    pub now: String,
    pub deviates: bool,
}

/// Two answers that can't both be right.
pub struct Contradiction {
    pub respondent: Respondent,
    pub other: Respondent,
    pub message: String,
}

/// Reads one question across a group's last submissions, for a member of the secretariat; reading it is an event.
pub fn across(
    app: &App,
    campaign: &str,
    group: &str,
    pointer: &str,
    reader: &str,
) -> Result<Option<Across>, ActionError> {
    let Some(Overview {
        campaign,
        respondents,
    }) = overview(app, campaign)?
    else {
        return Ok(None);
    };
    let group = match campaign.form_for(group) {
        Some(_) => group.to_owned(),
        None => campaign
            .audiences
            .first()
            .map(|a| a.group.clone())
            .unwrap_or_default(),
    };
    let Some(reference) = campaign.form_for(&group) else {
        return Ok(None);
    };
    let form = app.form(reference)?;
    let questions = questions(&form);
    let chosen = questions.iter().position(|q| q.pointer == pointer);
    let mut rows = Vec::new();
    if let Some(question) = chosen.and_then(|n| questions.get(n)) {
        let previous = previous(app, &campaign)?;
        for respondent in respondents.into_iter().filter(|r| r.group == group) {
            rows.extend(answer_row(app, &form, question, respondent, &previous)?);
        }
        let now = app.now();
        let deed = Deed::QuestionRead {
            question: question.title.clone(),
        };
        let actor = Actor::Staff(reader.to_owned());
        let read = event(now, &campaign.id, None, actor, deed)?;
        app.store.commit(Commit::new(now).put_new(&read))?;
    }
    Ok(Some(Across {
        campaign,
        group,
        questions,
        chosen,
        rows,
    }))
}

fn questions(form: &Form) -> Vec<Question> {
    let heads = form.sections(&Draft::default(), &[], Language::Da);
    let section = |id: &str| {
        let head = heads.iter().find(|h| h.id == id);
        head.map_or_else(|| id.to_owned(), |h| h.title.clone())
    };
    let fields = form.fields(Language::Da);
    let question = |field: &samsvar_core::forms::FieldInfo| {
        let parent = field
            .pointer
            .rsplit_once('/')
            .map_or("", |(parent, _)| parent);
        let around = form.field_title(parent, Language::Da);
        // A cell of a table is called by its row too.
        let title = match around.filter(|_| parent.matches('/').count() > 1) {
            Some(around) if around != field.title => format!("{around}: {}", field.title),
            _ => field.title.clone(),
        };
        Question {
            section: section(&field.section),
            pointer: field.pointer.clone(),
            title,
        }
    };
    fields.iter().map(question).collect()
}

fn answer_row(
    app: &App,
    form: &Form,
    question: &Question,
    respondent: Respondent,
    previous: &[Respondent],
) -> Result<Option<AnswerRow>, ActionError> {
    let number = respondent.progress.submissions;
    let Some(sent) = submission(app, &respondent.campaign, &respondent.id, number)? else {
        return Ok(None);
    };
    let before = last_round(app, previous, &respondent)?;
    let tokens: Vec<&str> = question.pointer.split('/').skip(1).collect();
    let values = at(&sent.answers, &tokens);
    let old = before
        .as_ref()
        .map(|b| at(&b.answers, &tokens))
        .unwrap_or_default();
    let words = |values: &[&Value]| -> Vec<String> {
        let text = |v: &&Value| form.value_text(&question.pointer, v, Language::Da);
        values.iter().map(text).filter(|t| !t.is_empty()).collect()
    };
    let place = key([
        respondent.campaign.as_str(),
        respondent.id.as_str(),
        question.pointer.as_str(),
    ]);
    let tags = app.store.get::<AnswerTags>(&place)?;
    Ok(Some(AnswerRow {
        deviates: values.iter().zip(&old).any(|(new, old)| deviates(old, new)),
        answers: words(&values),
        before: words(&old),
        tags: tags.map(|t| t.doc.tags).unwrap_or_default(),
        respondent,
    }))
}

/// Keeps the tags of one question: respondent and comma-separated words.
pub fn tag(
    app: &App,
    campaign: &str,
    pointer: &str,
    entries: &[(String, String)],
    by: &str,
) -> Result<(), ActionError> {
    let now = app.now();
    let known = asked(app, campaign)?;
    let mut commit = Commit::new(now);
    for (respondent, words) in entries
        .iter()
        .filter(|(id, _)| known.iter().any(|r| r.id == *id))
    {
        let mut tags: Vec<String> = words
            .split(',')
            .map(|word| word.trim().chars().take(60).collect::<String>())
            .filter(|word| !word.is_empty())
            .collect();
        tags.dedup();
        let tags = AnswerTags {
            campaign: campaign.to_owned(),
            respondent: respondent.clone(),
            pointer: pointer.to_owned(),
            tags,
        };
        let before = app
            .store
            .get::<AnswerTags>(&tags.key())?
            .map(|s| s.doc.tags);
        if before.unwrap_or_default() != tags.tags {
            commit = commit.put(&tags);
        }
    }
    if !commit.is_empty() {
        let noted = event(
            now,
            campaign,
            None,
            Actor::Staff(by.to_owned()),
            Deed::Tagged,
        )?;
        app.store.commit(commit.put_new(&noted))?;
    }
    Ok(())
}

/// What a respondent answers otherwise than last round, and what is far from it.
pub fn changes(
    app: &App,
    campaign: &Campaign,
    respondent: &Respondent,
    sent: &Submission,
) -> Result<Vec<Change>, ActionError> {
    let Some(before) = last_round(app, &previous(app, campaign)?, respondent)? else {
        return Ok(Vec::new());
    };
    let form = app.form(&sent.form)?;
    let mut changes = Vec::new();
    for question in questions(&form) {
        let tokens: Vec<&str> = question.pointer.split('/').skip(1).collect();
        let (old, new) = (at(&before.answers, &tokens), at(&sent.answers, &tokens));
        if old == new {
            continue;
        }
        let words = |values: &[&Value]| {
            let text = |v: &&Value| form.value_text(&question.pointer, v, Language::Da);
            values.iter().map(text).collect::<Vec<_>>().join("; ")
        };
        changes.push(Change {
            before: words(&old),
            now: words(&new),
            deviates: old.iter().zip(&new).any(|(old, new)| deviates(old, new)),
            question: question.title,
        });
    }
    Ok(changes)
}

/// All conflicts between the last submissions that the forms' rules find.
pub fn contradictions(app: &App, campaign: &str) -> Result<Vec<Contradiction>, ActionError> {
    let Some(found) = overview(app, campaign)? else {
        return Ok(Vec::new());
    };
    let mut sent: BTreeMap<&str, Submission> = BTreeMap::new();
    for respondent in &found.respondents {
        let number = respondent.progress.submissions;
        if let Some(last) = submission(app, campaign, &respondent.id, number)? {
            sent.insert(respondent.id.as_str(), last);
        }
    }
    let mut all = Vec::new();
    for respondent in &found.respondents {
        let Some(own) = sent.get(respondent.id.as_str()) else {
            continue;
        };
        for rule in app.form(&own.form)?.conflicts() {
            let same_place = |name: &str| same(name, &respondent.organisation);
            for other in found.respondents.iter().filter(|o| o.group == rule.group) {
                let theirs = sent.get(other.id.as_str());
                let told = theirs.and_then(|t| rule.between(&own.answers, &t.answers, &same_place));
                all.extend(told.map(|message| Contradiction {
                    respondent: respondent.clone(),
                    other: other.clone(),
                    message,
                }));
            }
        }
    }
    Ok(all)
}

/// Why a correction is not made: the control, and a sentence.
pub type CorrectionFault = (&'static str, String);

/// Corrects one answer: a new submission of the secretariat's, marked, with its reason; the respondent is asked to confirm it.
pub fn correct(
    app: &App,
    (campaign, respondent): (&str, &str),
    pointer: &str,
    text: &str,
    reason: &str,
    by: &str,
) -> Result<Result<Submission, CorrectionFault>, ActionError> {
    let now = app.now();
    let found = app.store.get::<Campaign>(&key([campaign]))?;
    let stored = app.store.get::<Respondent>(&key([campaign, respondent]))?;
    let (Some(found), Some(stored)) = (found, stored) else {
        return Ok(Err(("felt", "Den svarende findes ikke.".into())));
    };
    let mut corrected = stored.doc;
    let Some(last) = submission(app, campaign, respondent, corrected.progress.submissions)? else {
        return Ok(Err(("felt", "Der er ikke noget svar at rette.".into())));
    };
    let form = app.form(&last.form)?;
    let answers = match changed(&form, &last.answers, pointer, text) {
        Ok(answers) => answers,
        Err(fault) => return Ok(Err(fault)),
    };
    if reason.is_empty() {
        return Ok(Err(("grund", "Skriv, hvorfor svaret rettes.".into())));
    }
    let number = last.number + 1;
    let submission = Submission {
        number,
        sha256: Submission::hash_of(&answers),
        answers,
        at: now,
        by: Submitter::Correction {
            staff: by.to_owned(),
            reason: reason.to_owned(),
            pointer: pointer.to_owned(),
        },
        ..last
    };
    corrected.progress.submissions = number;
    let deed = Deed::Corrected { number };
    let noted = event(
        now,
        campaign,
        Some(respondent),
        Actor::Staff(by.to_owned()),
        deed,
    )?;
    let commit = Commit::new(now)
        .put_new(&submission)
        .put_if(&corrected, stored.revision)
        .put_new(&noted);
    let commit = correction_letters(commit, &found.doc, &corrected, number, now)?;
    app.store.commit(commit)?;
    Ok(Ok(submission))
}

/// The answers with one of them changed, as far as the form takes them.
fn changed(
    form: &Form,
    answers: &Value,
    pointer: &str,
    text: &str,
) -> Result<Value, CorrectionFault> {
    let unfit = || ("svar", "Svaret passer ikke til spørgsmålet.".to_owned());
    let mut answers = answers.clone();
    let place = answers
        .pointer_mut(pointer)
        .filter(|_| form.is_field(pointer))
        .ok_or_else(|| ("felt", "Vælg et spørgsmål, der er besvaret.".to_owned()))?;
    *place = form.answer_of_text(pointer, text).ok_or_else(unfit)?;
    let draft = Draft::of(answers);
    match form.validate(&draft, Language::Da).into_iter().next() {
        Some(finding) => Err(("svar", finding.message)),
        None => Ok(form.submission_of(&draft)),
    }
}

/// The respondent stands by a correction; a second time changes nothing.
pub fn confirm(app: &App, holder: &Holder, number: u32) -> Result<(), ActionError> {
    let (campaign, respondent) = (holder.campaign.id.as_str(), holder.respondent.id.as_str());
    let sent = submission(app, campaign, respondent, number)?;
    let is_correction = matches!(sent.map(|s| s.by), Some(Submitter::Correction { .. }));
    if !is_correction || confirmed(app, campaign, respondent, number)?.is_some() {
        return Ok(());
    }
    let now = app.now();
    let contact = holder.link.contact;
    let confirmation = Confirmation {
        campaign: campaign.to_owned(),
        respondent: respondent.to_owned(),
        number,
        contact,
        at: now,
    };
    let deed = Deed::CorrectionConfirmed { number };
    let noted = event(
        now,
        campaign,
        Some(respondent),
        Actor::Contact(contact),
        deed,
    )?;
    app.store
        .commit(Commit::new(now).put(&confirmation).put_new(&noted))?;
    Ok(())
}

/// When, and by whom, a correction was confirmed.
pub fn confirmed(
    app: &App,
    campaign: &str,
    respondent: &str,
    number: u32,
) -> Result<Option<Confirmation>, ActionError> {
    let found = app
        .store
        .get::<Confirmation>(&confirmation_key(campaign, respondent, number))?;
    Ok(found.map(|s| s.doc))
}

fn previous(app: &App, campaign: &Campaign) -> Result<Vec<Respondent>, ActionError> {
    match &campaign.previous {
        Some(previous) => asked(app, &previous.campaign),
        None => Ok(Vec::new()),
    }
}

fn last_round(
    app: &App,
    previous: &[Respondent],
    respondent: &Respondent,
) -> Result<Option<Submission>, ActionError> {
    let is_twin = |r: &&Respondent| r.group == respondent.group && r.name() == respondent.name();
    let Some(twin) = previous.iter().find(is_twin) else {
        return Ok(None);
    };
    submission(app, &twin.campaign, &twin.id, twin.progress.submissions)
}
