//! A JSON Schema document as a tree of places: follows references that stay inside the document,
//! and asks the validator about any place of it.
use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use jsonschema::{Draft, Registry, Retrieve, Uri, Validator};
use serde_json::{Map, Value, json};

use super::pointer::{is_within, join};
use super::suspects;

/// Address under which the document is known to its own validators; it is never fetched.
const ADDRESS: &str = "json-schema:///samsvar/form.json";

/// A place in the schema document.
#[derive(Clone)]
pub(crate) struct At<'s> {
    pub schema: &'s Value,
    /// JSON Pointer into the document.
    pub location: String,
}

impl<'s> At<'s> {
    /// The subschema under `keyword`.
    pub fn below(&self, keyword: &str) -> Option<At<'s>> {
        Some(At {
            schema: self.schema.get(keyword)?,
            location: join(&self.location, keyword),
        })
    }

    /// The subschemas in the array or object under `keyword`, by index or name.
    pub fn each(&self, keyword: &str) -> Vec<(&'s str, At<'s>)> {
        let base = join(&self.location, keyword);
        match self.schema.get(keyword) {
            Some(Value::Object(members)) => members
                .iter()
                .map(|(name, schema)| {
                    let location = join(&base, name);
                    (name.as_str(), At { schema, location })
                })
                .collect(),
            Some(Value::Array(items)) => items
                .iter()
                .enumerate()
                .map(|(i, schema)| {
                    let location = format!("{base}/{i}");
                    ("", At { schema, location })
                })
                .collect(),
            _ => Vec::new(),
        }
    }
}

pub(crate) struct Schema {
    root: Arc<Value>,
    draft: Draft,
    /// Absolute identifier → location of the resource that bears it.
    ids: HashMap<String, String>,
    /// Location of a resource → its absolute identifier; the document itself is at "".
    resources: BTreeMap<String, String>,
    /// Resource's location and anchor → location.
    anchors: HashMap<(String, String), String>,
    /// What is asked for hangs on answers: a condition or an alternative is somewhere.
    conditional: bool,
    registry: Registry<'static>,
    judge: Validator,
    /// Validators of single places, compiled when first asked for.
    parts: Mutex<HashMap<String, Option<Arc<Validator>>>>,
}

impl fmt::Debug for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Schema")
            .field("draft", &self.draft)
            .finish_non_exhaustive()
    }
}

/// Why a document can't be used as a schema: where, and in a sentence.
pub(crate) type Refusal = (String, String);

impl Schema {
    pub fn read(root: Value) -> Result<Schema, Vec<Refusal>> {
        let draft = draft_of(&root)?;
        refuse_what_is_no_schema(&root, draft)?;
        let mut index = Index::default();
        index.resource(&root, "", ADDRESS);
        let root = Arc::new(root);
        let prepared = prepared(&root, draft).and_then(|registry| {
            let judge = options(draft).build(&root).map_err(|e| e.to_string())?;
            Ok((registry, judge))
        });
        let (registry, judge) = match prepared {
            Ok(both) => both,
            Err(why) => return Err(suspects::refusals(&root, draft, &why)),
        };
        let schema = Schema {
            draft,
            conditional: index.conditional,
            ids: index.ids,
            resources: index.resources,
            anchors: index.anchors,
            registry,
            judge,
            parts: Mutex::new(HashMap::new()),
            root,
        };
        match super::weight::too_heavy(&schema) {
            Some(location) => Err(vec![(
                location,
                "Henvisningerne fletter sig ind i hinanden, så ét svar skal prøves millioner af gange. Skriv delen enklere.".to_owned(),
            )]),
            None => Ok(schema),
        }
    }

    pub fn root(&self) -> At<'_> {
        At {
            schema: &self.root,
            location: String::new(),
        }
    }

    pub fn document(&self) -> &Value {
        &self.root
    }

    pub fn judge(&self) -> &Validator {
        &self.judge
    }

    /// The same judge with or without formats; `format` is an annotation in the specification's default.
    pub fn judge_without_formats(&self) -> Option<Validator> {
        options(self.draft)
            .should_validate_formats(false)
            .build(&self.root)
            .ok()
    }

    pub fn is_conditional(&self) -> bool {
        self.conditional
    }

    pub fn at(&self, location: &str) -> Option<At<'_>> {
        self.root.pointer(location).map(|schema| At {
            schema,
            location: location.to_owned(),
        })
    }

    /// Where `reference`, standing at `from`, leads within the document.
    pub fn resolve(&self, from: &At<'_>, reference: &str) -> Option<At<'_>> {
        let location = resolve(
            &self.root,
            (&self.ids, &self.resources, &self.anchors),
            &from.location,
            reference,
        )?;
        self.at(&location)
    }

    /// The places that `at` refers to: `$ref`, `$dynamicRef`, `$recursiveRef`.
    pub fn targets(&self, at: &At<'_>) -> Vec<At<'_>> {
        ["$ref", "$dynamicRef", "$recursiveRef"]
            .iter()
            .filter_map(|keyword| at.schema.get(*keyword)?.as_str())
            .filter_map(|reference| self.resolve(at, reference))
            .collect()
    }

    /// Whether the subschema at `location` accepts `value`; what can't be compiled accepts nothing.
    pub fn accepts(&self, location: &str, value: &Value) -> bool {
        match self.root.pointer(location) {
            Some(Value::Bool(answer)) => *answer,
            _ => self
                .part(location)
                .is_some_and(|validator| validator.is_valid(value)),
        }
    }

    fn part(&self, location: &str) -> Option<Arc<Validator>> {
        let known = |parts: &HashMap<String, Option<Arc<Validator>>>| parts.get(location).cloned();
        if let Some(validator) = known(&self.parts.lock().unwrap_or_else(PoisonError::into_inner)) {
            return validator;
        }
        let reference = format!("{ADDRESS}#{}", percent_encoded(location));
        let compiled = options(self.draft)
            .with_registry(&self.registry)
            .with_base_uri("json-schema:///samsvar/part.json")
            .build(&json!({ "$ref": reference }))
            .ok()
            .map(Arc::new);
        self.parts
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(location.to_owned(), compiled.clone());
        compiled
    }
}

/// Refuses every fetch: a form's references end at the form.
struct Nowhere;

impl Retrieve for Nowhere {
    fn retrieve(
        &self,
        uri: &Uri<String>,
    ) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
        Err(format!("{uri} ligger uden for formularen og hentes ikke").into())
    }
}

/// The document in a registry of its own.
fn prepared(root: &Arc<Value>, draft: Draft) -> Result<Registry<'static>, String> {
    Registry::new()
        .draft(draft)
        .retriever(Nowhere)
        .add(ADDRESS, Arc::clone(root))
        .and_then(jsonschema::RegistryBuilder::prepare)
        .map_err(|e| e.to_string())
}

/// Whether the document can be used as a schema.
pub(crate) fn builds(root: &Arc<Value>, draft: Draft) -> bool {
    prepared(root, draft).is_ok() && options(draft).build(root).is_ok()
}

fn options<'i>(draft: Draft) -> jsonschema::ValidationOptions<'i> {
    jsonschema::options()
        .with_draft(draft)
        .with_retriever(Nowhere)
        .should_validate_formats(true)
        .should_ignore_unknown_formats(true)
        .with_pattern_options(jsonschema::PatternOptions::fancy_regex().backtrack_limit(100_000))
}

fn draft_of(root: &Value) -> Result<Draft, Vec<Refusal>> {
    if !(root.is_object() || root.is_boolean()) {
        return Err(vec![(
            String::new(),
            "Et skema er et JSON-objekt, og det er dette ikke.".to_owned(),
        )]);
    }
    let Some(name) = root.get("$schema") else {
        return Ok(Draft::Draft202012);
    };
    let known = name
        .as_str()
        .map(|name| name.trim_end_matches('#').replace("https://", "http://"));
    match known.as_deref() {
        Some("http://json-schema.org/draft/2020-12/schema") => Ok(Draft::Draft202012),
        Some("http://json-schema.org/draft/2019-09/schema") => Ok(Draft::Draft201909),
        Some("http://json-schema.org/draft-07/schema") => Ok(Draft::Draft7),
        Some("http://json-schema.org/draft-06/schema") => Ok(Draft::Draft6),
        Some("http://json-schema.org/draft-04/schema") => Ok(Draft::Draft4),
        Some("http://json-schema.org/schema") => Ok(Draft::Draft202012),
        _ => Err(vec![(
            "/$schema".to_owned(),
            "Kender ikke dette sprog for skemaer. Brug https://json-schema.org/draft/2020-12/schema eller http://json-schema.org/draft-07/schema#.".to_owned(),
        )]),
    }
}

fn refuse_what_is_no_schema(root: &Value, draft: Draft) -> Result<(), Vec<Refusal>> {
    let meta = match draft {
        Draft::Draft4 => jsonschema::draft4::meta::validator(),
        Draft::Draft6 => jsonschema::draft6::meta::validator(),
        Draft::Draft7 => jsonschema::draft7::meta::validator(),
        Draft::Draft201909 => jsonschema::draft201909::meta::validator(),
        _ => jsonschema::draft202012::meta::validator(),
    };
    let mut faults: Vec<Refusal> = Vec::new();
    for error in meta.iter_errors(root).take(200) {
        let at = error.instance_path().to_string();
        if !faults.iter().any(|(known, _)| *known == at) {
            faults.push((at, suspects::against_the_language(&error)));
        }
    }
    if faults.is_empty() {
        Ok(())
    } else {
        Err(faults)
    }
}

type Tables<'t> = (
    &'t HashMap<String, String>,
    &'t BTreeMap<String, String>,
    &'t HashMap<(String, String), String>,
);

fn resolve(root: &Value, tables: Tables<'_>, from: &str, reference: &str) -> Option<String> {
    let (ids, resources, anchors) = tables;
    let (address, fragment) = reference.split_once('#').unwrap_or((reference, ""));
    let here = enclosing(resources, from);
    let resource = if address.is_empty() {
        here.to_owned()
    } else {
        let base = resources.get(here).map_or(ADDRESS, String::as_str);
        ids.get(&absolute(base, address))?.clone()
    };
    let fragment = percent_decoded(fragment);
    let location = if fragment.is_empty() {
        resource
    } else if fragment.starts_with('/') {
        format!("{resource}{fragment}")
    } else {
        anchors.get(&(resource, fragment))?.clone()
    };
    root.pointer(&location).map(|_| location)
}

/// The location of the innermost resource that holds `location`.
fn enclosing<'t>(resources: &'t BTreeMap<String, String>, location: &str) -> &'t str {
    if resources.len() == 1 {
        return "";
    }
    resources
        .keys()
        .filter(|root| is_within(location, root))
        .max_by_key(|root| root.len())
        .map_or("", String::as_str)
}

/// `reference` against `base`, as far as identifiers in forms need it: other scheme, from the root, or beside.
fn absolute(base: &str, reference: &str) -> String {
    let has_scheme = reference
        .split_once(':')
        .is_some_and(|(scheme, _)| !scheme.is_empty() && !scheme.contains('/'));
    if has_scheme {
        return reference.to_owned();
    }
    let (origin, path) = match base.find("://") {
        Some(at) => {
            let path = base
                .get(at + 3..)
                .and_then(|rest| rest.find('/'))
                .map_or(base.len(), |i| at + 3 + i);
            base.split_at(path)
        }
        None => ("", base),
    };
    if reference.starts_with('/') {
        return format!("{origin}{reference}");
    }
    let folder = path
        .rfind('/')
        .and_then(|at| path.get(..=at))
        .unwrap_or("/");
    format!("{origin}{folder}{}", reference.trim_start_matches("./"))
}

/// Identifiers, anchors and references, gathered in one walk over the places that hold schemas.
#[derive(Default)]
struct Index {
    ids: HashMap<String, String>,
    resources: BTreeMap<String, String>,
    anchors: HashMap<(String, String), String>,
    conditional: bool,
}

impl Index {
    fn resource(&mut self, schema: &Value, location: &str, base: &str) {
        self.ids.insert(base.to_owned(), location.to_owned());
        self.resources.insert(location.to_owned(), base.to_owned());
        self.walk(schema, location, location, base);
    }

    fn walk(&mut self, value: &Value, location: &str, resource: &str, base: &str) {
        let Value::Object(members) = value else {
            if let Value::Array(items) = value {
                for (i, item) in items.iter().enumerate() {
                    self.walk(item, &format!("{location}/{i}"), resource, base);
                }
            }
            return;
        };
        let identifier = members.get("$id").and_then(Value::as_str);
        let (address, fragment) = identifier
            .map(|id| id.split_once('#').unwrap_or((id, "")))
            .unwrap_or_default();
        let mut here = (resource.to_owned(), base.to_owned());
        if !address.is_empty() {
            here = (location.to_owned(), absolute(base, address));
            self.ids.insert(here.1.clone(), location.to_owned());
            self.resources.insert(location.to_owned(), here.1.clone());
        }
        self.names(members, fragment, location, &here.0);
        for (name, member) in members {
            self.conditional |= CONDITIONS.contains(&name.as_str());
            if !HOLDS_NO_SCHEMA.contains(&name.as_str()) {
                self.walk(member, &join(location, name), &here.0, &here.1);
            }
        }
    }

    fn names(
        &mut self,
        members: &Map<String, Value>,
        fragment: &str,
        location: &str,
        resource: &str,
    ) {
        let mut anchors: HashSet<&str> = ["$anchor", "$dynamicAnchor"]
            .iter()
            .filter_map(|keyword| members.get(*keyword)?.as_str())
            .collect();
        if !fragment.is_empty() {
            anchors.insert(fragment);
        }
        for anchor in anchors {
            self.anchors
                .entry((resource.to_owned(), anchor.to_owned()))
                .or_insert_with(|| location.to_owned());
        }
    }
}

const CONDITIONS: [&str; 6] = [
    "if",
    "oneOf",
    "anyOf",
    "dependentSchemas",
    "dependentRequired",
    "dependencies",
];

pub(crate) const HOLDS_NO_SCHEMA: [&str; 5] =
    ["enum", "const", "default", "examples", "errorMessage"];

fn percent_encoded(pointer: &str) -> String {
    let mut out = String::with_capacity(pointer.len());
    for byte in pointer.bytes() {
        match byte {
            b'/' | b'-' | b'_' | b'.' | b'~' | b'$' => out.push(char::from(byte)),
            b if b.is_ascii_alphanumeric() => out.push(char::from(b)),
            b => out.push_str(&format!("%{b:02X}")),
        }
    }
    out
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let coded = (*first == b'%')
            .then(|| tail.get(..2))
            .flatten()
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match coded {
            Some(byte) => {
                bytes.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
