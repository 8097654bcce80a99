//! What is known before anyone answers: register figures from a file, and last round's answers.
use std::collections::BTreeMap;

use samsvar_core::answers::Known;
use samsvar_core::campaigns::{Campaign, Respondent};
use samsvar_core::events::{Actor, Deed};
use samsvar_core::forms::{Form, Language};
use serde::Deserialize;
use serde_json::Value;

use super::{ActionError, KnownDoc, answering, campaigns, event};
use crate::app::App;
use crate::store::{Commit, key};

/// Lines of one file, at most.
const MOST_LINES: usize = 50_000;
/// Faults that are told at once.
const MOST_FAULTS: usize = 50;

/// A line that can't be used, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownFault {
    /// Counted from 1, the heading included, as Excel does; in JSON the element's number.
    pub line: usize,
    /// Danish; repeats no value.
    pub message: String,
}

/// One line: whose answer, where, what, and from where it is known.
#[derive(Deserialize)]
struct Line {
    #[serde(alias = "svarende")]
    respondent: String,
    #[serde(alias = "felt")]
    pointer: String,
    #[serde(alias = "værdi", alias = "vaerdi")]
    value: Value,
    #[serde(alias = "kilde")]
    source: String,
}

/// What is known of one respondent's answers, by JSON Pointer.
pub fn of(
    app: &App,
    campaign: &str,
    respondent: &str,
) -> Result<BTreeMap<String, Known>, ActionError> {
    let stored = app.store.get::<KnownDoc>(&key([campaign, respondent]))?;
    Ok(stored.map(|stored| stored.doc.known).unwrap_or_default())
}

/// Reads a file (CSV with the columns `svarende; felt; værdi; kilde`, or a JSON list of the same) and
/// lays its values beside the questions; values of another file at the same questions give way.
///
/// All or nothing: with faults nothing is kept. Returns how many values were.
pub fn take_file(
    app: &App,
    by: &str,
    campaign: &str,
    bytes: &[u8],
) -> Result<Result<usize, Vec<KnownFault>>, ActionError> {
    let Some(found) = campaigns::overview(app, campaign)? else {
        return Ok(Ok(0));
    };
    let lines = match lines(bytes) {
        Ok(lines) => lines,
        Err(fault) => return Ok(Err(vec![fault])),
    };
    let mut faults = Vec::new();
    let mut taken: BTreeMap<String, BTreeMap<String, Known>> = BTreeMap::new();
    for (number, line) in lines {
        match placed(app, &found.campaign, &found.respondents, line)? {
            Ok((respondent, pointer, known)) => {
                taken.entry(respondent).or_default().insert(pointer, known);
            }
            Err(message) => faults.push(KnownFault {
                line: number,
                message,
            }),
        }
        if faults.len() >= MOST_FAULTS {
            break;
        }
    }
    if faults.is_empty() {
        keep(app, by, campaign, taken).map(Ok)
    } else {
        Ok(Err(faults))
    }
}

/// Lays the answers of an earlier campaign with the same form beside the questions, organisation by organisation.
pub fn take_last_round(
    app: &App,
    by: &str,
    campaign: &str,
    earlier: &str,
) -> Result<usize, ActionError> {
    let (Some(now), Some(before)) = (
        campaigns::overview(app, campaign)?,
        campaigns::overview(app, earlier)?,
    ) else {
        return Ok(0);
    };
    let mut taken: BTreeMap<String, BTreeMap<String, Known>> = BTreeMap::new();
    for respondent in &now.respondents {
        let twin = before
            .respondents
            .iter()
            .find(|other| other.group == respondent.group && other.name() == respondent.name());
        let Some(twin) = twin else { continue };
        let sent = answering::submissions(app, earlier, &twin.id)?;
        let (Some(last), Some(form)) = (sent.last(), form_of(app, &now.campaign, respondent)?)
        else {
            continue;
        };
        let known = answered(&form, &last.answers, &before.campaign.title);
        taken.insert(respondent.id.clone(), known);
    }
    keep(app, by, campaign, taken)
}

/// Every answer of the last round that the form still asks for; files are given anew.
fn answered(form: &Form, answers: &Value, title: &str) -> BTreeMap<String, Known> {
    let source = format!("jeres svar i »{title}«");
    let given = form.provenance(answers, &BTreeMap::new());
    given
        .into_keys()
        .filter_map(|pointer| {
            let value = answers.pointer(&pointer)?.clone();
            (value.get("sha256").is_none()).then(|| {
                let source = source.clone();
                (pointer, Known { value, source })
            })
        })
        .collect()
}

fn form_of(
    app: &App,
    campaign: &Campaign,
    respondent: &Respondent,
) -> Result<Option<std::sync::Arc<Form>>, ActionError> {
    campaign
        .form_for(&respondent.group)
        .map(|form| app.form(form))
        .transpose()
}

/// Where a line belongs, or why it can't be used.
fn placed(
    app: &App,
    campaign: &Campaign,
    respondents: &[Respondent],
    line: Line,
) -> Result<Result<(String, String, Known), String>, ActionError> {
    let Some(respondent) = named(respondents, &line.respondent) else {
        return Ok(Err("Den svarende findes ikke i indsamlingen.".to_owned()));
    };
    let Some(form) = form_of(app, campaign, respondent)? else {
        return Ok(Err("Gruppen har intet skema.".to_owned()));
    };
    if form.field_title(&line.pointer, Language::Da).is_none() || !form.is_field(&line.pointer) {
        let why = format!("Skemaet har intet felt »{}«.", line.pointer);
        return Ok(Err(why));
    }
    let value = match &line.value {
        Value::String(text) => form.answer_of_text(&line.pointer, text),
        other => Some(other.clone()),
    };
    Ok(match value {
        None => Err(format!(
            "Værdien passer ikke til feltet »{}«.",
            line.pointer
        )),
        Some(_) if line.source.trim().is_empty() => Err("Kilden mangler.".to_owned()),
        Some(value) => {
            let source = line.source.trim().to_owned();
            Ok((respondent.id.clone(), line.pointer, Known { value, source }))
        }
    })
}

/// The respondent of that name, id, or other spelling of a municipality's name.
fn named<'r>(respondents: &'r [Respondent], text: &str) -> Option<&'r Respondent> {
    let kinds = ["kommune".to_owned(), "region".to_owned()];
    let official = |name: &str| {
        crate::organisations::official(&kinds, name)
            .map_or_else(|| name.trim().to_lowercase(), str::to_lowercase)
    };
    respondents
        .iter()
        .find(|r| r.name() == text.trim() || r.id == text.trim())
        .or_else(|| {
            respondents
                .iter()
                .find(|r| official(&r.name()) == official(text))
        })
}

/// How many lines a file has that can be read, whatever they say.
pub fn lines_in(bytes: &[u8]) -> Result<usize, KnownFault> {
    lines(bytes).map(|lines| lines.len())
}

fn lines(bytes: &[u8]) -> Result<Vec<(usize, Line)>, KnownFault> {
    let fault = |line: usize, message: &str| KnownFault {
        line,
        message: message.to_owned(),
    };
    let text = std::str::from_utf8(bytes)
        .map_err(|_| fault(1, "Filen er ikke UTF-8. Gem den i Excel som »CSV UTF-8«."))?
        .trim_start_matches('\u{feff}');
    let lines: Vec<(usize, Line)> = if text.trim_start().starts_with('[') {
        let listed: Vec<Line> = serde_json::from_str(text).map_err(|e| {
            fault(
                e.line(),
                "Listen kan ikke læses. Hvert element har respondent, pointer, value og source.",
            )
        })?;
        listed
            .into_iter()
            .enumerate()
            .map(|(i, line)| (i + 1, line))
            .collect()
    } else {
        csv_lines(text)?
    };
    match lines.len() {
        0 => Err(fault(1, "Filen har ingen værdier.")),
        n if n > MOST_LINES => Err(fault(MOST_LINES, "Filen har flere end 50.000 linjer.")),
        _ => Ok(lines),
    }
}

fn csv_lines(text: &str) -> Result<Vec<(usize, Line)>, KnownFault> {
    let heading = text.lines().next().unwrap_or_default();
    let delimiter = [b';', b'\t', b',']
        .into_iter()
        .max_by_key(|d| heading.bytes().filter(|b| b == d).count())
        .unwrap_or(b';');
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let mut lines = Vec::new();
    for (i, line) in reader.deserialize::<CsvLine>().enumerate() {
        let line = line.map_err(|_| KnownFault {
            line: i + 2,
            message: "Linjen kan ikke læses. Kolonnerne er: svarende; felt; værdi; kilde."
                .to_owned(),
        })?;
        lines.push((i + 2, line.into()));
    }
    Ok(lines)
}

/// A cell of a CSV is a text, also where it looks like a number.
#[derive(Deserialize)]
struct CsvLine {
    #[serde(alias = "respondent")]
    svarende: String,
    #[serde(alias = "pointer")]
    felt: String,
    #[serde(alias = "value", alias = "vaerdi", rename = "værdi")]
    text: String,
    #[serde(alias = "source")]
    kilde: String,
}

impl From<CsvLine> for Line {
    fn from(line: CsvLine) -> Line {
        Line {
            respondent: line.svarende,
            pointer: line.felt,
            value: Value::String(line.text),
            source: line.kilde,
        }
    }
}

fn keep(
    app: &App,
    by: &str,
    campaign: &str,
    taken: BTreeMap<String, BTreeMap<String, Known>>,
) -> Result<usize, ActionError> {
    let now = app.now();
    let answers = taken.values().map(BTreeMap::len).sum();
    if answers == 0 {
        return Ok(0);
    }
    let mut commit = Commit::new(now);
    for (respondent, fresh) in taken {
        let mut known = of(app, campaign, &respondent)?;
        known.extend(fresh);
        commit = commit.put(&KnownDoc {
            campaign: campaign.to_owned(),
            respondent,
            known,
            taken: now,
        });
    }
    let deed = Deed::KnownAnswersTaken { answers };
    let told = event(now, campaign, None, Actor::Staff(by.to_owned()), deed)?;
    app.store.commit(commit.put_new(&told))?;
    Ok(answers)
}
