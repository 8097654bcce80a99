//! The gate for free text: held back until somebody has read it and let it out, one text at a time.
use std::collections::BTreeMap;

use samsvar_core::events::{Actor, Deed};
use samsvar_core::reports::ReleasedText;
use samsvar_core::review::{Mark, marks};
use samsvar_core::tables::{FreeTextSpec, ReportSpec, Respondent as Asked, SectionKey};
use sha2::{Digest, Sha256};

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
    /// It stands beside the offer's name in the overview; other texts are nobody's.
    pub is_of_offer: bool,
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
    let threshold = draft.choices.threshold.unwrap_or(draft.spec.threshold);
    let mut items = Vec::new();
    for (respondent, asked) in draft.found.respondents.iter().zip(draft.asked()) {
        for written in written(&draft.spec, &asked) {
            let original_sha256 = digest(&written.text);
            let decision = decisions
                .get(&(respondent.id.clone(), written.pointer.to_owned()))
                .filter(|decision| decision.original_sha256 == original_sha256);
            items.push(ReviewItem {
                respondent: respondent.id.clone(),
                respondent_name: respondent.name(),
                pointer: written.pointer.to_owned(),
                label: written.label,
                section: written.section.heading(),
                is_of_offer: written.is_of_offer,
                marks: marks(&written.text, &organisations, threshold),
                original: written.text,
                original_sha256,
                decision: decision.cloned(),
            });
        }
    }
    let order = order(&draft.spec);
    items.sort_by_key(|item| order.iter().position(|pointer| *pointer == item.pointer));
    Ok(Ok(items))
}

/// As [`items`], for somebody who is shown them; reading them is an event.
pub fn read_items(
    app: &App,
    campaign: &str,
    by: Actor,
) -> Result<Result<Vec<ReviewItem>, NoDraft>, ActionError> {
    let items = items(app, campaign)?;
    if items.as_ref().is_ok_and(|items| !items.is_empty()) {
        let now = app.now();
        let read = event(now, campaign, None, by, Deed::TextsRead)?;
        app.store.commit(Commit::new(now).put_new(&read))?;
    }
    Ok(items)
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
    campaign: &str,
    spec: &ReportSpec,
    asked: &[Asked],
) -> Result<Vec<ReleasedText>, ActionError> {
    let decisions = decisions(app, campaign)?;
    let mut texts: Vec<ReleasedText> = Vec::new();
    for one in asked {
        for written in written(spec, one) {
            let key = (one.id.clone(), written.pointer.to_owned());
            let decision = decisions.get(&key).filter(|d| d.released);
            let same = decision.filter(|d| d.original_sha256 == digest(&written.text));
            texts.extend(same.map(|decision| ReleasedText {
                offer: written.is_of_offer.then(|| one.id.clone()),
                pointer: written.pointer.to_owned(),
                wording: decision.wording.clone(),
            }));
        }
    }
    texts.sort_by(|a, b| {
        (&a.pointer, &a.wording, &a.offer).cmp(&(&b.pointer, &b.wording, &b.offer))
    });
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

/// A text as somebody typed it, which the report has a place for.
struct Written<'s> {
    section: SectionKey,
    pointer: &'s str,
    label: String,
    text: String,
    /// It stands in the overview of offers, beside the offer's name.
    is_of_offer: bool,
}

/// All that one of those asked has typed.
fn written<'s>(spec: &'s ReportSpec, asked: &Asked) -> Vec<Written<'s>> {
    let Some(answers) = asked.answers else {
        return Vec::new();
    };
    let mut all = Vec::new();
    if asked.form == spec.respondents.form {
        all.extend(questions(spec).filter_map(|(section, question)| {
            let text = answers.pointer(&question.pointer)?.as_str()?;
            (!text.trim().is_empty()).then(|| Written {
                section,
                pointer: &question.pointer,
                label: question.label.clone(),
                text: text.to_owned(),
                is_of_offer: false,
            })
        }));
    }
    let offers = spec
        .offers
        .iter()
        .filter(|offers| offers.form == asked.form);
    all.extend(offers.flat_map(|offers| {
        let typed = offers.typed(answers, &asked.name);
        typed.into_iter().map(|typed| Written {
            section: SectionKey::Offers,
            pointer: typed.pointer,
            label: typed.label,
            text: typed.text,
            is_of_offer: true,
        })
    }));
    all
}

/// The pointers in the order in which the report has a place for their texts.
fn order(spec: &ReportSpec) -> Vec<&str> {
    let free = questions(spec).map(|(_, text)| text.pointer.as_str());
    let offers = spec.offers.iter().flat_map(|offers| {
        let columns = offers.columns.iter().map(|column| column.pointer.as_str());
        [offers.name.as_str()].into_iter().chain(columns)
    });
    free.chain(offers).collect()
}

fn questions(spec: &ReportSpec) -> impl Iterator<Item = (SectionKey, &FreeTextSpec)> {
    SectionKey::ALL.into_iter().flat_map(|key| {
        let section = spec.sections.get(&key);
        let texts = section.into_iter().flat_map(|section| &section.free_texts);
        texts.map(move |text| (key, text))
    })
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
