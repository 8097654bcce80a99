//! A form as its author wrote it: read as a whole, or refused with every reason.
use std::collections::HashSet;
use std::fmt;

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::Form;
use super::schema::Schema;
use super::ui::overlaid;

/// The files of a form's folder, as text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FormSource {
    /// The folder's name.
    pub id: String,
    /// `form.json`.
    pub schema: String,
    /// `ui.json`.
    pub ui: Option<String>,
    /// `ui.en.json`, laid over `ui.json`.
    pub ui_en: Option<String>,
    /// `report.json`.
    pub report: Option<String>,
    /// `examples/*.json` by file name.
    pub examples: Vec<(String, String)>,
}

/// Something the form's author should change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Name in the form's folder, such as `ui.json`.
    pub file: String,
    /// JSON Pointer into that file.
    pub pointer: String,
    pub severity: Severity,
    /// A sentence in Danish.
    pub message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing.
    Remark,
    /// The form works, but not as well as it could.
    Warning,
    /// The form can't be used.
    Error,
}

impl Fault {
    pub fn error(file: &str, pointer: &str, message: impl Into<String>) -> Fault {
        Fault {
            file: file.to_owned(),
            pointer: pointer.to_owned(),
            severity: Severity::Error,
            message: message.into(),
        }
    }

    pub fn warning(file: &str, pointer: &str, message: impl Into<String>) -> Fault {
        Fault {
            severity: Severity::Warning,
            ..Fault::error(file, pointer, message)
        }
    }
}

impl Fault {
    pub fn remark(file: &str, pointer: &str, message: impl Into<String>) -> Fault {
        Fault {
            severity: Severity::Remark,
            ..Fault::error(file, pointer, message)
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Error => "fejl",
            Severity::Remark => "bemærkning",
            Severity::Warning => "advarsel",
        };
        let pointer = match self.pointer.as_str() {
            "" => "(øverst)",
            pointer => pointer,
        };
        write!(f, "{}: {severity}: {pointer}: {}", self.file, self.message)
    }
}

pub(crate) const SCHEMA_FILE: &str = "form.json";
pub(crate) const UI_FILE: &str = "ui.json";
pub(crate) const UI_EN_FILE: &str = "ui.en.json";
pub(crate) const REPORT_FILE: &str = "report.json";

impl Form {
    /// Reads the schema, the UI documents and the report definition; the report's content is not judged here.
    ///
    /// # Errors
    /// All faults that keep the form from being used, each with its file and place.
    pub fn read(source: &FormSource) -> Result<Form, Vec<Fault>> {
        let mut faults = Vec::new();
        let schema = json(SCHEMA_FILE, &source.schema, &mut faults);
        let mut optional = |file: &str, text: &Option<String>| {
            text.as_ref().and_then(|text| json(file, text, &mut faults))
        };
        let ui = optional(UI_FILE, &source.ui);
        let over = optional(UI_EN_FILE, &source.ui_en);
        let report = optional(REPORT_FILE, &source.report);
        for (file, document) in [(UI_FILE, &ui), (UI_EN_FILE, &over)] {
            if document.as_ref().is_some_and(|d| !d.is_object()) {
                faults.push(Fault::error(file, "", "Skal være et JSON-objekt."));
            }
        }
        let version = version(&[&schema, &ui, &over, &report]);
        let schema = schema.and_then(|document| match Schema::read(document) {
            Ok(schema) => Some(schema),
            Err(refusals) => {
                let told = refusals
                    .into_iter()
                    .map(|(at, why)| Fault::error(SCHEMA_FILE, &at, why));
                faults.extend(told);
                None
            }
        });
        match schema {
            Some(schema) if faults.is_empty() => {
                let ui = ui.unwrap_or_else(|| Value::Object(Map::new()));
                Ok(Form {
                    id: source.id.clone(),
                    version,
                    governing: governing(schema.document()),
                    ui_en: over.map_or_else(|| ui.clone(), |over| overlaid(&ui, &over)),
                    ui,
                    report,
                    schema,
                })
            }
            _ => Err(faults),
        }
    }
}

/// The document, or a fault that tells line and column.
pub(crate) fn json(file: &str, text: &str, faults: &mut Vec<Fault>) -> Option<Value> {
    match serde_json::from_str(text.trim_start_matches('\u{feff}')) {
        Ok(value) => Some(value),
        Err(e) => {
            let (line, column) = (e.line(), e.column());
            let why = match e.to_string() {
                told if told.starts_with("recursion limit") => {
                    "der er for mange niveauer inden i hinanden (højst 120)".to_owned()
                }
                told => told,
            };
            faults.push(Fault::error(
                file,
                "",
                format!("Kan ikke læses som JSON (linje {line}, tegn {column}): {why}"),
            ));
            None
        }
    }
}

/// Whitespace in the files does not count, the order of members does: it is the order of the questions.
fn version(documents: &[&Option<Value>]) -> String {
    let mut hash = Sha256::new();
    for document in documents {
        let text = document.as_ref().map(Value::to_string).unwrap_or_default();
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    }
    hash.finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Names of properties that conditions ask about anywhere in the document.
fn governing(document: &Value) -> HashSet<String> {
    let mut names = HashSet::new();
    let mut waiting = vec![(document, false)];
    while let Some((value, asked)) = waiting.pop() {
        match value {
            Value::Object(members) => {
                for (keyword, below) in members {
                    let asks = asked || keyword == "if";
                    match (keyword.as_str(), below) {
                        ("properties", Value::Object(properties)) => {
                            if asks {
                                names.extend(properties.keys().cloned());
                            }
                            waiting.extend(properties.values().map(|value| (value, asks)));
                        }
                        ("required", Value::Array(listed)) if asks => {
                            names
                                .extend(listed.iter().filter_map(Value::as_str).map(str::to_owned));
                        }
                        (
                            "dependentSchemas" | "dependencies" | "dependentRequired",
                            Value::Object(on),
                        ) => {
                            names.extend(on.keys().cloned());
                            waiting.extend(on.values().map(|value| (value, false)));
                        }
                        ("enum" | "const" | "default" | "examples", _) => {}
                        _ => waiting.push((below, asks)),
                    }
                }
            }
            Value::Array(items) => waiting.extend(items.iter().map(|item| (item, asked))),
            _ => {}
        }
    }
    names
}
