//! Finds the places that keep a schema from being used, where the validator only says that it can't be.
use std::collections::BTreeSet;
use std::sync::Arc;

use jsonschema::Draft;
use jsonschema::error::{TypeKind, ValidationError, ValidationErrorKind};
use serde_json::Value;

use super::mend::left_out;
use super::pointer::{join, last, parent};
use super::schema::{HOLDS_NO_SCHEMA, Refusal, builds};

/// Times that the document is tried; what is not cleared by then counts as faulty.
const MOST_TRIALS: usize = 400;

/// Every identifier, pattern and reference without which the rest of the document works.
pub(crate) fn refusals(root: &Arc<Value>, draft: Draft, why: &str) -> Vec<Refusal> {
    let mut suspects = Vec::new();
    gather(root, "", &mut suspects);
    suspects.sort_by_key(|at| rank(at));
    let mut trial = Trial {
        root,
        draft,
        out: suspects.iter().cloned().collect(),
        culprits: Vec::new(),
        left: MOST_TRIALS,
    };
    if trial.works() {
        trial.take_back(&suspects);
    }
    let refusals: Vec<Refusal> = trial
        .culprits
        .iter()
        .map(|at| (at.clone(), reason(root, at)))
        .collect();
    if refusals.is_empty() {
        let why = format!("Skemaet kan ikke tages i brug: {why}");
        return vec![(String::new(), why)];
    }
    refusals
}

/// What the language of schemas has against a place.
pub(crate) fn against_the_language(error: &ValidationError<'_>) -> String {
    let value = brief(&error.instance().to_string());
    match error.kind() {
        ValidationErrorKind::Type { kind } => {
            let types = match kind {
                TypeKind::Single(one) => one.to_string(),
                TypeKind::Multiple(set) => {
                    let names: Vec<String> = set.iter().map(|one| one.to_string()).collect();
                    names.join(" eller ")
                }
            };
            format!("Ikke et gyldigt JSON Schema: her står {value}, men her skal stå {types}.")
        }
        kind => format!(
            "Ikke et gyldigt JSON Schema: {value} kan ikke stå her (»{}«).",
            kind.keyword()
        ),
    }
}

/// The document without the suspects, to which they are given back as long as it works.
struct Trial<'t> {
    root: &'t Value,
    draft: Draft,
    out: BTreeSet<String>,
    culprits: Vec<String>,
    left: usize,
}

impl Trial<'_> {
    fn works(&mut self) -> bool {
        self.left = self.left.saturating_sub(1);
        let document = Arc::new(left_out(self.root, &self.out));
        self.left > 0 && builds(&document, self.draft)
    }

    fn take_back(&mut self, suspects: &[String]) {
        let Some(first) = suspects.first() else {
            return;
        };
        for at in suspects {
            self.out.remove(at);
        }
        if self.works() {
            return;
        }
        self.out.extend(suspects.iter().cloned());
        if suspects.len() == 1 || self.left == 0 {
            self.culprits.push(first.clone());
            self.culprits.extend(suspects.iter().skip(1).cloned());
            return;
        }
        let (one, other) = suspects.split_at(suspects.len() / 2);
        self.take_back(one);
        self.take_back(other);
    }
}

const IDENTIFIERS: [&str; 6] = [
    "$id",
    "id",
    "$schema",
    "$anchor",
    "$dynamicAnchor",
    "$recursiveAnchor",
];
const REFERENCES: [&str; 3] = ["$ref", "$dynamicRef", "$recursiveRef"];

/// Identifiers before what refers to them.
fn rank(at: &str) -> usize {
    let keyword = last(at).unwrap_or_default();
    if IDENTIFIERS.contains(&keyword.as_str()) {
        0
    } else if REFERENCES.contains(&keyword.as_str()) {
        2
    } else {
        1
    }
}

fn gather(value: &Value, at: &str, suspects: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (keyword, below) in members {
                let here = join(at, keyword);
                let suspicious = IDENTIFIERS.contains(&keyword.as_str())
                    || REFERENCES.contains(&keyword.as_str())
                    || keyword == "pattern";
                match below {
                    Value::String(_) if suspicious && here != "/$schema" => suspects.push(here),
                    Value::Object(patterns) if keyword == "patternProperties" => {
                        suspects.extend(patterns.keys().map(|pattern| join(&here, pattern)));
                        gather(below, &here, suspects);
                    }
                    _ if HOLDS_NO_SCHEMA.contains(&keyword.as_str()) => {}
                    _ => gather(below, &here, suspects),
                }
            }
        }
        Value::Array(items) => {
            for (i, item) in items.iter().enumerate() {
                gather(item, &format!("{at}/{i}"), suspects);
            }
        }
        _ => {}
    }
}

fn reason(root: &Value, at: &str) -> String {
    let keyword = last(at).unwrap_or_default();
    let value = root.pointer(at).and_then(Value::as_str).unwrap_or_default();
    let of_patterns = parent(at)
        .and_then(last)
        .is_some_and(|above| above == "patternProperties");
    let shown = brief(value);
    if REFERENCES.contains(&keyword.as_str()) {
        let why = if value.starts_with('#') {
            "Stedet findes ikke i skemaet."
        } else {
            "Der hentes aldrig noget uden for formularen; læg delen under $defs."
        };
        return format!("Henvisningen »{shown}« kan ikke følges. {why}");
    }
    if IDENTIFIERS.contains(&keyword.as_str()) {
        return format!("»{shown}« kan ikke bruges som navn. Skriv en gyldig adresse (URI).");
    }
    let pattern = if of_patterns { brief(&keyword) } else { shown };
    format!(
        "Mønstret »{pattern}« kan ikke bruges: det er ikke et gyldigt regulært udtryk, eller det er for stort."
    )
}

fn brief(text: &str) -> String {
    if text.chars().count() <= 80 {
        return text.to_owned();
    }
    let start: String = text.chars().take(79).collect();
    format!("{start}…")
}
