//! A form with faults, drawn as far as possible: what can't be used is left out and told of, so
//! that an author sees the rest of the page.
use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::pointer::{join, unescape};
use super::source::{SCHEMA_FILE, UI_EN_FILE, UI_FILE};
use super::{Fault, Form, FormSource};

/// Objects and lists within each other, at most: what the reader of JSON takes, less what is put around a part.
const MOST_LEVELS: usize = 120;

/// Rounds of leaving out; each shows faults that the one before hid.
const MOST_ROUNDS: usize = 20;

/// Left out everywhere, one list after the other, when no place can be blamed.
const LAST_RESORTS: [&[&str]; 3] = [
    &["allOf", "if", "then", "else", "not", "dependentSchemas"],
    &[
        "anyOf",
        "oneOf",
        "$ref",
        "$dynamicRef",
        "$recursiveRef",
        "$id",
        "id",
        "$schema",
    ],
    &[
        "pattern",
        "patternProperties",
        "$defs",
        "definitions",
        "$anchor",
        "$dynamicAnchor",
    ],
];

impl Form {
    /// The form, and the faults of the places that had to be left out of it.
    ///
    /// # Errors
    /// All faults, when nothing is left to draw: the schema is no JSON object.
    pub fn read_mended(mut source: FormSource) -> Result<(Form, Vec<Fault>), Vec<Fault>> {
        let mut told: Vec<Fault> = Vec::new();
        if let Some(shallow) = cut_off(&source.schema) {
            source.schema = shallow;
            told.push(Fault::error(
                SCHEMA_FILE,
                "",
                format!("Skemaet er dybere end {MOST_LEVELS} niveauer. Det, der ligger dybere, er udeladt."),
            ));
        }
        let mut resorts = LAST_RESORTS.iter();
        for _ in 0..MOST_ROUNDS {
            let faults = match Form::read(&source) {
                Ok(form) => return Ok((form, told)),
                Err(faults) => faults,
            };
            let changed = mend_ui(&mut source, &faults) | mend_schema(&mut source, &faults);
            for fault in faults {
                if !told.contains(&fault) {
                    told.push(fault);
                }
            }
            if !changed {
                let Some(keywords) = resorts.next() else {
                    break;
                };
                without_keywords(&mut source, keywords);
            }
        }
        Err(told)
    }
}

/// The text with everything below [`MOST_LEVELS`] emptied; `None` when it is not so deep.
fn cut_off(text: &str) -> Option<String> {
    let mut kept = String::new();
    let (mut level, mut in_text, mut escaped, mut cut) = (0usize, false, false, false);
    for letter in text.chars() {
        let opens = !in_text && matches!(letter, '{' | '[');
        let closes = !in_text && matches!(letter, '}' | ']');
        if in_text {
            in_text = letter != '"' || escaped;
            escaped = letter == '\\' && !escaped;
        } else {
            in_text = letter == '"';
        }
        level += usize::from(opens);
        let edge = level == MOST_LEVELS + 1 && (opens || closes);
        cut |= level > MOST_LEVELS;
        if level <= MOST_LEVELS || edge {
            kept.push(letter);
        }
        level = level.saturating_sub(usize::from(closes));
    }
    cut.then_some(kept)
}

/// The document without the members and elements at `places`.
pub(crate) fn left_out(document: &Value, places: &BTreeSet<String>) -> Value {
    copied(document, "", places)
}

fn copied(value: &Value, at: &str, out: &BTreeSet<String>) -> Value {
    match value {
        Value::Object(members) => Value::Object(
            members
                .iter()
                .map(|(name, below)| (name, below, join(at, name)))
                .filter(|(_, _, here)| !out.contains(here))
                .map(|(name, below, here)| (name.clone(), copied(below, &here, out)))
                .collect::<Map<String, Value>>(),
        ),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(i, below)| (below, format!("{at}/{i}")))
            .filter(|(_, here)| !out.contains(here))
            .map(|(below, here)| copied(below, &here, out))
            .collect(),
        other => other.clone(),
    }
}

/// Drops a UI document that can't be read; whether one was there.
fn mend_ui(source: &mut FormSource, faults: &[Fault]) -> bool {
    let faulty = |file: &str| faults.iter().any(|fault| fault.file == file);
    let mut dropped = false;
    if faulty(UI_FILE) {
        dropped |= source.ui.take().is_some();
    }
    if faulty(UI_EN_FILE) {
        dropped |= source.ui_en.take().is_some();
    }
    dropped
}

/// Leaves out what the faults point at; whether anything was.
fn mend_schema(source: &mut FormSource, faults: &[Fault]) -> bool {
    let Some(schema) = document(source) else {
        return false;
    };
    let places: BTreeSet<String> = faults
        .iter()
        .filter(|fault| fault.file == SCHEMA_FILE && !fault.pointer.is_empty())
        .map(|fault| fault.pointer.split('/').map(unescape))
        .map(|tokens| tokens.skip(1).fold(String::new(), |at, t| join(&at, &t)))
        .collect();
    let mended = left_out(&schema, &places);
    let changed = mended != schema;
    if changed {
        source.schema = mended.to_string();
    }
    changed
}

fn without_keywords(source: &mut FormSource, keywords: &[&str]) {
    if let Some(mut schema) = document(source) {
        strip(&mut schema, keywords, false);
        source.schema = schema.to_string();
    }
}

/// `named` says that the members bear names of the author's choice.
fn strip(value: &mut Value, keywords: &[&str], named: bool) {
    match value {
        Value::Object(members) => {
            if !named {
                members.retain(|keyword, _| !keywords.contains(&keyword.as_str()));
            }
            for (keyword, below) in members.iter_mut() {
                let names = !named && matches!(keyword.as_str(), "properties" | "$defs");
                strip(below, keywords, names);
            }
        }
        Value::Array(items) => {
            for item in items {
                strip(item, keywords, false);
            }
        }
        _ => {}
    }
}

fn document(source: &FormSource) -> Option<Value> {
    serde_json::from_str(source.schema.trim_start_matches('\u{feff}')).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(schema: &str) -> FormSource {
        FormSource {
            id: "prøve".to_owned(),
            schema: schema.to_owned(),
            ..FormSource::default()
        }
    }

    fn places(schema: &str) -> Vec<String> {
        let (form, told) = Form::read_mended(source(schema)).unwrap();
        assert!(form.schema().get("properties").is_some());
        told.into_iter().map(|fault| fault.pointer).collect()
    }

    #[test]
    fn a_pattern_that_no_engine_takes_is_left_out_and_told_once() {
        for pattern in ["(", "[^]", "a{1000000}"] {
            let schema = json_of(pattern);
            assert_eq!(places(&schema), ["/properties/a/pattern"], "{pattern}");
        }
    }

    fn json_of(pattern: &str) -> String {
        serde_json::json!({"type": "object", "properties": {
            "a": {"type": "string", "pattern": pattern},
            "b": {"type": "string", "pattern": "^a"},
        }})
        .to_string()
    }

    #[test]
    fn an_element_of_a_list_is_left_out_alone() {
        let schema = r#"{"required": ["b", 5], "properties": {"b": {"type": "string"}}}"#;
        assert_eq!(places(schema), ["/required/1"]);
        let (form, _) = Form::read_mended(source(schema)).unwrap();
        assert_eq!(form.schema()["required"], serde_json::json!(["b"]));
    }

    #[test]
    fn every_reference_and_name_that_leads_nowhere_is_pointed_at() {
        let schema = r##"{"properties": {
            "a": {"$dynamicRef": "#/%"}, "b": {"$id": "http://[bad"}, "c": {"$ref": "#/properties/d"},
            "d": {"patternProperties": {"[": true}}}}"##;
        let mut found = places(schema);
        found.sort();
        assert_eq!(
            found,
            [
                "/properties/a/$dynamicRef",
                "/properties/b/$id",
                "/properties/d/patternProperties/["
            ]
        );
    }

    #[test]
    fn a_ui_document_that_is_no_object_is_left_out() {
        let mut source = source(r#"{"properties": {"a": {"type": "string"}}}"#);
        source.ui = Some("[1]".to_owned());
        let (_, told) = Form::read_mended(source).unwrap();
        assert_eq!(told.first().map(|f| f.file.as_str()), Some("ui.json"));
    }

    #[test]
    fn what_lies_too_deep_is_left_out_and_told() {
        let deep = format!(
            r#"{{"properties": {{"x": {{"title": "}}{{[\\\"["}}, "a": {}{}}}}}"#,
            r#"{"type": "object", "properties": {"a": "#.repeat(10_000),
            "{}".to_owned() + &"}}".repeat(10_000)
        );
        let (form, told) = Form::read_mended(source(&deep)).unwrap();
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!(form.schema()["properties"]["x"]["title"], "}{[\\\"[");
        assert!(
            form.schema()
                .pointer("/properties/a/properties/a/properties/a")
                .is_some()
        );
    }

    #[test]
    fn what_is_no_object_stays_refused() {
        assert!(Form::read_mended(source("[1]")).is_err());
    }
}
