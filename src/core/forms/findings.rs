//! The validator's judgement, brought to the fields that people see.
use std::collections::{BTreeMap, HashMap, HashSet};

use jsonschema::Validator;
use jsonschema::error::{ValidationError, ValidationErrorKind};
use serde_json::Value;

use super::figure;
use super::grid;
use super::layout::{Kind, Layout, Node};
use super::leaf::LeafKind;
use super::messages::{self, Told};
use super::pointer::{is_within, join, parent, tokens};
use super::prune;
use super::rules;
use super::schema::{At, Schema};
use super::{Finding, Form, Language};
use crate::answers::Draft;

/// Findings that are told to a respondent, at most.
const MAX_FINDINGS: usize = 1_000;

pub(crate) fn of_draft(form: &Form, draft: &Draft, language: Language) -> Vec<Finding> {
    let live = form.live(draft);
    let layout = form.layout(&live, draft, language);
    let fields = Fields::of(&layout);
    let submission = prune::submission(&layout.root, live);
    let mut findings: Vec<Finding> = Vec::new();
    for error in form
        .schema
        .judge()
        .iter_errors(&submission)
        .take(MAX_FINDINGS)
    {
        for cause in causes_in(&fields, &error) {
            let finding = finding(form, &fields, cause, language);
            let unread = draft
                .unread
                .keys()
                .any(|pointer| is_within(pointer, &finding.pointer));
            let told_as_unread = unread
                && (finding.keyword == "required" || draft.unread.contains_key(&finding.pointer));
            if !told_as_unread && !findings.contains(&finding) {
                findings.push(finding);
            }
        }
    }
    let broken = rules::broken(&layout, &submission, language);
    findings.extend(broken.into_iter().map(|rule| rule.finding));
    deviations(
        &layout.root,
        None,
        draft,
        &submission,
        &fields,
        language,
        &mut findings,
    );
    findings.extend(unread(&fields, &draft.unread, language));
    findings.sort_by_key(|finding| fields.place(&finding.pointer));
    findings
}

/// Keyword of findings on figures that are far from what is known and not explained.
const DEVIATION: &str = "x-deviation";

/// `ui:options.deviation` of a figure, or of the table around it: more than so many percent and more
/// than so much from the known figure asks for a remark.
fn deviations(
    node: &Node<'_>,
    around: Option<&Value>,
    draft: &Draft,
    answers: &Value,
    fields: &Fields<'_, '_>,
    language: Language,
    findings: &mut Vec<Finding>,
) {
    let limit = node.ui.get("deviation").or(around);
    for child in node.children() {
        deviations(child, limit, draft, answers, fields, language, findings);
    }
    let figure = node
        .leaf()
        .is_some_and(|leaf| matches!(leaf.kind, LeafKind::Figure { .. }));
    let (Some(limit), Some(known), true) = (limit, draft.known.get(&node.pointer), figure) else {
        return;
    };
    let given = answers.pointer(&node.pointer);
    let (Some(now), Some(before)) = (
        given.and_then(figure::value_of),
        figure::value_of(&known.value),
    ) else {
        return;
    };
    let allowed = |key: &str| limit.get(key).and_then(Value::as_f64).unwrap_or(0.0);
    let apart = (now - before).abs();
    let far = apart > allowed("amount") && apart > before.abs() * allowed("percent") / 100.0;
    let explained = given
        .and_then(|figure| figure.get("comment")?.as_str())
        .is_some_and(|comment| !comment.trim().is_empty());
    if far && !explained {
        let told = Told {
            name: fields.name(&node.pointer),
            language,
        };
        findings.push(Finding {
            pointer: node.pointer.clone(),
            keyword: DEVIATION.to_owned(),
            message: messages::deviation(&told, &figure::text(&known.value), &known.source),
        });
    }
}

pub(crate) fn of_json(
    form: &Form,
    judge: &Validator,
    answers: &Value,
    language: Language,
) -> Vec<Finding> {
    let draft = Draft::of(answers.clone());
    let layout = form.layout(answers, &draft, language);
    let fields = Fields::of(&layout);
    let mut told = HashSet::new();
    judge
        .iter_errors(answers)
        .map(|error| Finding {
            pointer: error.instance_path().to_string(),
            keyword: keyword(&error),
            message: messages::sentence(form, &fields, &error, language),
        })
        .chain(
            rules::broken(&layout, answers, language)
                .into_iter()
                .map(|rule| rule.finding),
        )
        .filter(|finding| told.insert(finding.clone()))
        .collect()
}

/// What the author calls a question where a whole one would be too long, as in a list of faults.
fn short<'n>(node: &'n Node<'_>) -> Option<&'n str> {
    node.ui.text("short")
}

fn brief<'n>(node: &'n Node<'_>) -> &'n str {
    short(node).unwrap_or(&node.label)
}

/// The nodes of a page by pointer, with the names that sentences use.
pub(crate) struct Fields<'n, 's> {
    by_pointer: HashMap<&'n str, (usize, &'n Node<'s>, String)>,
}

impl<'n, 's> Fields<'n, 's> {
    pub fn of(layout: &'n Layout<'s>) -> Fields<'n, 's> {
        let mut fields = Fields {
            by_pointer: HashMap::new(),
        };
        fields.take(&layout.root, "");
        fields
    }

    /// A cell is named by its row, a field in a list by its item; both go by their short names (`ui:options.short`) where
    /// the author has given any.
    fn take(&mut self, node: &'n Node<'s>, within: &str) {
        let name = if within.is_empty() {
            brief(node).to_owned()
        } else {
            format!("{within}, {}", brief(node))
        };
        let place = self.by_pointer.len();
        self.by_pointer.insert(&node.pointer, (place, node, name));
        for child in node.children() {
            let names_what_is_in_it = matches!(node.kind, Kind::Repeat(_))
                || (grid::is_table(node) && grid::is_row(child));
            if names_what_is_in_it && child.leaf().is_none() {
                let place = self.by_pointer.len();
                // Two tables may have the same rows; the table's own short name tells them apart.
                let name = match short(node) {
                    Some(table) => format!("{table}, {}", brief(child)),
                    None => brief(child).to_owned(),
                };
                self.by_pointer
                    .insert(&child.pointer, (place, child, name.clone()));
                for below in child.children() {
                    self.take(below, &name);
                }
            } else if grid::is_table(node) && !grid::is_row(child) && within.is_empty() {
                // A table of a single row is the question; "2017" alone says nothing.
                self.take(child, brief(node));
            } else {
                self.take(child, within);
            }
        }
    }

    pub fn node(&self, pointer: &str) -> Option<&'n Node<'s>> {
        self.by_pointer.get(pointer).map(|(_, node, _)| *node)
    }

    /// The name of the field at or nearest above `pointer`.
    pub fn name(&self, pointer: &str) -> Option<&str> {
        let mut here = Some(pointer);
        while let Some(pointer) = here.filter(|p| !p.is_empty()) {
            if let Some((_, _, name)) = self.by_pointer.get(pointer) {
                return Some(name);
            }
            here = parent(pointer);
        }
        None
    }

    /// An author's sentence may serve many questions; in a list of links it says which one.
    pub fn with_name(&self, finding: &Finding) -> Finding {
        let of_one_question = self
            .node(&finding.pointer)
            .is_some_and(|node| node.leaf().is_some());
        let name = self.name(&finding.pointer).filter(|_| of_one_question);
        let name = name.map(|name| name.trim_end_matches([':', '.']));
        let says = |name: &str| {
            let told = &finding.message;
            told.starts_with(&format!("{name}:")) || told.ends_with(&format!(": {name}"))
        };
        let message = match name {
            Some(name) if !says(name) => format!("{name}: {}", finding.message),
            _ => finding.message.clone(),
        };
        Finding {
            message,
            ..finding.clone()
        }
    }

    fn place(&self, pointer: &str) -> usize {
        let mut here = Some(pointer);
        while let Some(pointer) = here.filter(|p| !p.is_empty()) {
            if let Some((place, _, _)) = self.by_pointer.get(pointer) {
                return *place;
            }
            here = parent(pointer);
        }
        usize::MAX
    }
}

fn finding(
    form: &Form,
    fields: &Fields<'_, '_>,
    error: &ValidationError<'_>,
    language: Language,
) -> Finding {
    Finding {
        pointer: subject(error),
        keyword: keyword(error),
        message: messages::sentence(form, fields, error, language),
    }
}

/// Where the answer stands, or should stand, that the error is about.
pub(crate) fn subject(error: &ValidationError<'_>) -> String {
    let at = error.instance_path().to_string();
    match error.kind() {
        ValidationErrorKind::Required { property } => match property.as_str() {
            Some(name) => join(&at, name),
            None => at,
        },
        _ => at,
    }
}

/// The schema's keyword; demands by `dependentRequired` bear its name.
pub(crate) fn keyword(error: &ValidationError<'_>) -> String {
    let path = error.schema_path().to_string();
    let by_other = matches!(error.kind(), ValidationErrorKind::Required { .. })
        .then(|| {
            ["dependentRequired", "dependencies"]
                .into_iter()
                .find(|name| path.split('/').rev().take(2).any(|token| token == *name))
        })
        .flatten();
    by_other.unwrap_or(error.kind().keyword()).to_owned()
}

/// A qualified figure is judged as one answer; its parts are no fields.
fn causes_in<'e>(
    fields: &Fields<'_, '_>,
    error: &'e ValidationError<'_>,
) -> Vec<&'e ValidationError<'e>> {
    let at = error.instance_path().to_string();
    let figure = fields.node(&at).and_then(Node::leaf);
    if error.instance().is_object()
        && figure.is_some_and(|leaf| matches!(leaf.kind, LeafKind::Figure { .. }))
    {
        return vec![error];
    }
    causes(error)
}

/// The errors to tell of: a refused alternative is followed to the branch that was most likely meant.
fn causes<'e>(error: &'e ValidationError<'_>) -> Vec<&'e ValidationError<'e>> {
    let branches = match error.kind() {
        ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => {
            context
        }
        _ => return vec![error],
    };
    let here = error.instance_path().to_string();
    let meant = branches
        .iter()
        .filter(|errors| !errors.is_empty())
        .map(|errors| (strangeness(errors, &here), errors))
        .filter(|(strangeness, _)| *strangeness < NOT_MEANT)
        .min_by_key(|(strangeness, _)| *strangeness);
    match meant {
        Some((_, errors)) => errors.iter().flat_map(causes).collect(),
        None => vec![error],
    }
}

const NOT_MEANT: usize = 1_000_000;

/// How far a branch is from what was answered.
fn strangeness(errors: &[ValidationError<'_>], here: &str) -> usize {
    errors
        .iter()
        .map(|error| {
            let at = error.instance_path().to_string();
            let steps = tokens(at.strip_prefix(here).unwrap_or_default()).count();
            match (error.kind(), steps) {
                (
                    ValidationErrorKind::Type { .. }
                    | ValidationErrorKind::Constant { .. }
                    | ValidationErrorKind::Enum { .. }
                    | ValidationErrorKind::FalseSchema,
                    0,
                ) => NOT_MEANT,
                // A property that tells branches apart says another one.
                (ValidationErrorKind::Constant { .. } | ValidationErrorKind::Enum { .. }, 1) => {
                    1_000
                }
                (ValidationErrorKind::Type { .. }, 1) => 100,
                (ValidationErrorKind::AdditionalProperties { .. }, _) => 50,
                (ValidationErrorKind::Required { .. }, 0) => 10,
                _ => 1,
            }
        })
        .fold(0, usize::saturating_add)
}

fn unread(
    fields: &Fields<'_, '_>,
    texts: &BTreeMap<String, String>,
    language: Language,
) -> Vec<Finding> {
    texts
        .iter()
        .filter_map(|(pointer, text)| {
            let node = fields.node(pointer)?;
            let leaf = node.leaf()?;
            let told = Told {
                name: fields.name(pointer),
                language,
            };
            Some(Finding {
                pointer: pointer.clone(),
                keyword: "type".to_owned(),
                message: messages::unreadable(&told, leaf, text),
            })
        })
        .collect()
}

/// The author's own sentence: the nearest `errorMessage` on the way from the document to the keyword.
pub(crate) fn authored(
    schema: &Schema,
    error: &ValidationError<'_>,
    language: Language,
) -> Option<String> {
    let path = error.evaluation_path().to_string();
    let keyword = error.kind().keyword();
    let mut here: Option<At<'_>> = Some(schema.root());
    let mut place: Option<&Value> = None;
    let mut found = here
        .as_ref()
        .and_then(|at| spoken(at.schema, keyword, language));
    for token in tokens(&path) {
        match (&here, token.as_str()) {
            (Some(at), "$ref" | "$dynamicRef" | "$recursiveRef") => {
                let reference = at.schema.get(&token).and_then(Value::as_str);
                here = reference.and_then(|reference| schema.resolve(at, reference));
                place = None;
            }
            (Some(at), _) => {
                let below = match place.unwrap_or(at.schema) {
                    Value::Array(items) => token.parse::<usize>().ok().and_then(|i| items.get(i)),
                    other => other.get(&token),
                };
                let location = join(&at.location, &token);
                here = below.map(|schema| At { schema, location });
                place = below;
            }
            (None, _) => break,
        }
        if let Some(at) = &here
            && let Some(sentence) = spoken(at.schema, keyword, language)
        {
            found = Some(sentence);
        }
    }
    found
}

/// `errorMessage` as one sentence, one per language, or one per keyword.
fn spoken(schema: &Value, keyword: &str, language: Language) -> Option<String> {
    let message = schema.get("errorMessage")?;
    let of = |message: &Value| match message {
        Value::String(text) => Some(text.clone()),
        Value::Object(texts) => {
            let (first, second) = match language {
                Language::Da => ("da", "en"),
                Language::En => ("en", "da"),
            };
            let text = texts.get(first).or_else(|| texts.get(second))?;
            text.as_str().map(str::to_owned)
        }
        _ => None,
    };
    of(message).or_else(|| of(message.get(keyword)?))
}
