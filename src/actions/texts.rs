//! The gate for free text: held back until somebody has read it and let it out, one text at a time.
use std::collections::BTreeMap;

use samsvar_core::campaigns::Submission;
use samsvar_core::events::{Actor, Deed};
use samsvar_core::reports::ReleasedText;
use samsvar_core::review::{Mark, marks};
use samsvar_core::tables::{FreeTextSpec, ReportSpec, SectionKey};
use sha2::{Digest, Sha256};

use super::campaigns::Overview;
use super::drafting::{Draft, NoDraft, draft};
use super::ledger::TextReviewDoc;
use super::{ActionError, event};
use crate::app::App;
use crate::store::{Commit, key};

/// A free text and what was decided about it.
pub struct ReviewItem {
    pub respondent: String,
    pub respondent_name: String,
    pub pointer: String,
    /// What the report calls the question.
    pub label: String,
    pub section: &'static str,
    pub original: String,
    pub original_sha256: String,
    pub marks: Vec<Mark>,
    /// `None` while nobody has decided on this very text.
    pub decision: Option<TextReviewDoc>,
}

/// The decision on one text.
pub struct Decision<'a> {
    pub respondent: &'a str,
    pub pointer: &'a str,
    /// Of the text that was read.
    pub original_sha256: &'a str,
    pub released: bool,
    pub wording: &'a str,
}

/// Why nothing was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undecided {
    NotFound,
    /// Another text has come in since the page was drawn.
    Changed,
    NoWording,
}

/// All free texts of a campaign that its report has a place for.
pub fn items(app: &App, campaign: &str) -> Result<Result<Vec<ReviewItem>, NoDraft>, ActionError> {
    let draft = match draft(app, campaign)? {
        Ok(draft) => draft,
        Err(none) => return Ok(Err(none)),
    };
    let decisions = decisions(app, campaign)?;
    let organisations = organisations(&draft);
    let mut items = Vec::new();
    for (section, text) in questions(&draft.spec) {
        for (respondent, sent) in draft.found.respondents.iter().zip(&draft.counted) {
            let form = draft.found.campaign.form_for(&respondent.group);
            let is_asked = form.is_some_and(|form| form.id == draft.spec.respondents.form);
            let Some(original) = sent.as_ref().and_then(|s| written(s, text)) else {
                continue;
            };
            if !is_asked {
                continue;
            }
            let original_sha256 = digest(original);
            let decision = decisions
                .get(&(respondent.id.clone(), text.pointer.clone()))
                .filter(|decision| decision.original_sha256 == original_sha256);
            let threshold = draft.choices.threshold.unwrap_or(draft.spec.threshold);
            items.push(ReviewItem {
                respondent: respondent.id.clone(),
                respondent_name: respondent.name(),
                pointer: text.pointer.clone(),
                label: text.label.clone(),
                section: section.heading(),
                marks: marks(original, &organisations, threshold),
                original: original.to_owned(),
                original_sha256,
                decision: decision.cloned(),
            });
        }
    }
    Ok(Ok(items))
}

/// Lets a text out, or holds it back; writes an event.
pub fn decide(
    app: &App,
    campaign: &str,
    decision: &Decision,
    by: Actor,
) -> Result<Result<(), Undecided>, ActionError> {
    let items = match items(app, campaign)? {
        Ok(items) => items,
        Err(_) => return Ok(Err(Undecided::NotFound)),
    };
    let asked = items
        .into_iter()
        .find(|item| item.respondent == decision.respondent && item.pointer == decision.pointer);
    let Some(item) = asked else {
        return Ok(Err(Undecided::NotFound));
    };
    if item.original_sha256 != decision.original_sha256 {
        return Ok(Err(Undecided::Changed));
    }
    let wording = decision.wording.trim();
    if decision.released && wording.is_empty() {
        return Ok(Err(Undecided::NoWording));
    }
    let now = app.now();
    let deed = match decision.released {
        true => Deed::TextReleased {
            question: item.label,
            edited: wording != item.original.trim(),
        },
        false => Deed::TextHeldBack {
            question: item.label,
        },
    };
    let decided = event(now, campaign, Some(decision.respondent), by.clone(), deed)?;
    let review = TextReviewDoc {
        campaign: campaign.to_owned(),
        respondent: decision.respondent.to_owned(),
        pointer: decision.pointer.to_owned(),
        original_sha256: item.original_sha256,
        released: decision.released,
        wording: wording.to_owned(),
        at: now,
        by,
    };
    app.store
        .commit(Commit::new(now).put(&review).put_new(&decided))?;
    Ok(Ok(()))
}

/// The texts that may be printed: released, and unchanged since. In an order that tells nobody's.
pub(super) fn released_texts(
    app: &App,
    found: &Overview,
    spec: &ReportSpec,
    counted: &[Option<Submission>],
) -> Result<Vec<ReleasedText>, ActionError> {
    let decisions = decisions(app, &found.campaign.id)?;
    let mut texts: Vec<ReleasedText> = Vec::new();
    for (_, question) in questions(spec) {
        for sent in counted.iter().flatten() {
            let key = (sent.respondent.clone(), question.pointer.clone());
            let Some(decision) = decisions.get(&key).filter(|d| d.released) else {
                continue;
            };
            if written(sent, question).map(digest) == Some(decision.original_sha256.clone()) {
                texts.push(ReleasedText {
                    pointer: question.pointer.clone(),
                    wording: decision.wording.clone(),
                });
            }
        }
    }
    texts.sort_by(|a, b| (&a.pointer, &a.wording).cmp(&(&b.pointer, &b.wording)));
    Ok(texts)
}

type Decisions = BTreeMap<(String, String), TextReviewDoc>;

fn decisions(app: &App, campaign: &str) -> Result<Decisions, ActionError> {
    let prefix = format!("{}/", key([campaign]));
    let stored = app.store.scan::<TextReviewDoc>(&prefix)?;
    let by_text = |one: crate::store::Stored<TextReviewDoc>| {
        (
            (one.doc.respondent.clone(), one.doc.pointer.clone()),
            one.doc,
        )
    };
    Ok(stored.into_iter().map(by_text).collect())
}

fn questions(spec: &ReportSpec) -> impl Iterator<Item = (SectionKey, &FreeTextSpec)> {
    SectionKey::ALL.into_iter().flat_map(|key| {
        let section = spec.sections.get(&key);
        let texts = section.into_iter().flat_map(|section| &section.free_texts);
        texts.map(move |text| (key, text))
    })
}

fn written<'s>(sent: &'s Submission, text: &FreeTextSpec) -> Option<&'s str> {
    let answer = sent.answers.pointer(&text.pointer)?.as_str()?;
    (!answer.trim().is_empty()).then_some(answer)
}

/// Everybody who is asked, and all municipalities and regions, with and without "Kommune".
fn organisations(draft: &Draft) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for respondent in &draft.found.respondents {
        names.push(respondent.organisation.clone());
        let short = respondent.organisation.strip_suffix(" Kommune");
        names.extend(short.map(str::to_owned));
    }
    names.extend(crate::organisations::names(&[
        "kommune".into(),
        "region".into(),
    ]));
    names.sort();
    names.dedup();
    names
}

fn digest(text: &str) -> String {
    let hash = Sha256::digest(text.as_bytes());
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}
