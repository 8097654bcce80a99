//! How far `form validate` judges as the official JSON-Schema-Test-Suite says, and that nothing is fetched.
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use samsvar_core::forms::{Form, FormSource, Language};
use serde_json::{Value, json};

const D2020: &str = "https://json-schema.org/draft/2020-12/schema";
const D7: &str = "http://json-schema.org/draft-07/schema#";

#[derive(Default)]
struct Tally {
    right: usize,
    /// Cases judged otherwise than the suite says.
    wrong: Vec<String>,
    /// Cases of schemas that lean on a document elsewhere: such a form is refused.
    refused: usize,
}

fn suite(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/json-schema-test-suite")
        .join(folder)
}

fn groups(folder: &str) -> Vec<(String, Value)> {
    let mut files: Vec<PathBuf> = fs::read_dir(suite(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let mut found = Vec::new();
    for file in files {
        let groups: Vec<Value> = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        found.extend(groups.into_iter().map(|group| (name.clone(), group)));
    }
    found
}

/// The schema with the name of its language, which draft-07's cases leave to the caller.
fn named(schema: &Value, language: &str) -> Value {
    let mut schema = schema.clone();
    if let Some(members) = schema.as_object_mut() {
        members.entry("$schema").or_insert_with(|| json!(language));
    }
    schema
}

fn leans_on_another_document(schema: &Value) -> bool {
    let text = schema.to_string();
    text.contains("localhost:1234") || text.contains("$schema\":\"urn:")
}

fn judged(folder: &str, language: &str) -> Tally {
    let mut tally = Tally::default();
    for (file, group) in groups(folder) {
        let schema = named(&group["schema"], language);
        let cases = group["tests"].as_array().unwrap();
        let source = FormSource {
            id: "case".into(),
            schema: schema.to_string(),
            ..FormSource::default()
        };
        let form = match Form::read(&source) {
            Ok(form) => form,
            Err(_) if leans_on_another_document(&schema) => {
                tally.refused += cases.len();
                continue;
            }
            Err(faults) => {
                tally
                    .wrong
                    .push(format!("{file}: {}: {faults:?}", group["description"]));
                continue;
            }
        };
        for case in cases {
            let findings = form.validate_json_without_formats(&case["data"], Language::Da);
            if findings.is_empty() == case["valid"].as_bool().unwrap() {
                tally.right += 1;
            } else {
                tally.wrong.push(format!(
                    "{file}: {}: {}",
                    group["description"], case["description"]
                ));
            }
        }
    }
    tally
}

#[test]
fn every_required_case_of_draft_2020_12_that_needs_no_fetching_is_judged_right() {
    let tally = judged("draft2020-12", D2020);
    assert_eq!(tally.wrong, Vec::<String>::new());
    assert_eq!(
        (tally.right, tally.refused),
        (1_250, 49),
        "the README states these figures"
    );
}

#[test]
fn every_required_case_of_draft_7_that_needs_no_fetching_is_judged_right() {
    let tally = judged("draft7", D7);
    assert_eq!(tally.wrong, Vec::<String>::new());
    assert_eq!(
        (tally.right, tally.refused),
        (904, 23),
        "the README states these figures"
    );
}

#[test]
fn the_command_judges_as_the_function_does() {
    let folder = tempfile::tempdir().unwrap();
    let (schema_file, case_file) = (folder.path().join("s.json"), folder.path().join("a.json"));
    let mut tried = 0;
    for (i, (file, group)) in groups("draft2020-12").into_iter().enumerate() {
        // A process per case: every fourteenth group keeps it short.
        if i % 14 != 0 || file == "refRemote.json" || file == "vocabulary.json" {
            continue;
        }
        fs::write(&schema_file, group["schema"].to_string()).unwrap();
        for case in group["tests"].as_array().unwrap().iter().take(3) {
            fs::write(&case_file, case["data"].to_string()).unwrap();
            let out = Command::new(env!("CARGO_BIN_EXE_samsvar"))
                .args(["form", "validate", "--format-annotation"])
                .args([&schema_file, &case_file])
                .output()
                .unwrap();
            let expected = if case["valid"] == json!(true) { 0 } else { 1 };
            assert_eq!(out.status.code(), Some(expected), "{file}: {group}: {case}");
            tried += 1;
        }
    }
    assert!(tried >= 50, "{tried}");
}
