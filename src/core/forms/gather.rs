//! Which parts of a schema say something about one value: references followed, `allOf` opened,
//! conditions asked, alternatives set aside for the layout to choose between.
use std::collections::{BTreeSet, HashSet};

use serde_json::{Map, Value};

use super::schema::{At, Schema};

/// Everything that applies to one value.
#[derive(Default)]
pub(crate) struct Gathered<'s> {
    /// Schema objects, the most specific first.
    pub parts: Vec<At<'s>>,
    pub alternatives: Vec<Alternatives<'s>>,
    /// Made required by other answers.
    pub demanded: BTreeSet<&'s str>,
    /// Places that were reached by reference.
    pub referred: HashSet<String>,
    /// A `false` schema applies: no answer is right.
    pub closed: bool,
}

/// A `oneOf` or an `anyOf`.
#[derive(Clone)]
pub(crate) struct Alternatives<'s> {
    pub branches: Vec<At<'s>>,
}

/// How conditions are taken.
#[derive(Clone, Copy)]
pub(crate) enum Conditions<'v> {
    /// As the answer so far decides; `None` stands for an empty object.
    Decided(Option<&'v Value>),
    /// Every branch open: for the codebook and for what a closed branch may hold.
    AllOpen,
}

/// Gathers from `places`, which all describe the same value.
pub(crate) fn gather<'s>(
    schema: &'s Schema,
    places: &[At<'s>],
    conditions: Conditions<'_>,
) -> Gathered<'s> {
    let mut gathering = Gathering {
        schema,
        conditions,
        seen: HashSet::new(),
        found: Gathered::default(),
    };
    for place in places {
        gathering.take(place);
    }
    gathering.found
}

struct Gathering<'s, 'v> {
    schema: &'s Schema,
    conditions: Conditions<'v>,
    seen: HashSet<String>,
    found: Gathered<'s>,
}

impl<'s> Gathering<'s, '_> {
    fn take(&mut self, at: &At<'s>) {
        let members = match at.schema {
            Value::Bool(false) => {
                self.found.closed = true;
                return;
            }
            Value::Object(members) => members,
            _ => return,
        };
        if !self.seen.insert(at.location.clone()) {
            return;
        }
        self.found.parts.push(at.clone());
        for target in self.schema.targets(at) {
            self.found.referred.insert(target.location.clone());
            self.take(&target);
        }
        for (_, part) in at.each("allOf") {
            self.take(&part);
        }
        self.conditional(at, members);
        for keyword in ["oneOf", "anyOf"] {
            let branches: Vec<At<'s>> = at.each(keyword).into_iter().map(|(_, at)| at).collect();
            if !branches.is_empty() {
                self.found.alternatives.push(Alternatives { branches });
            }
        }
    }

    fn conditional(&mut self, at: &At<'s>, members: &'s Map<String, Value>) {
        if members.contains_key("if") {
            let branches: &[&str] = match self.holds(at) {
                Some(true) => &["then"],
                Some(false) => &["else"],
                None => &["then", "else"],
            };
            for branch in branches {
                if let Some(below) = at.below(branch) {
                    self.take(&below);
                }
            }
        }
        for keyword in ["dependentSchemas", "dependencies"] {
            for (name, below) in at.each(keyword) {
                if self.has(name) {
                    self.depend(name, &below);
                }
            }
        }
        let demands = members.get("dependentRequired").and_then(Value::as_object);
        for (name, list) in demands.into_iter().flatten() {
            if self.has(name) {
                self.demand(list);
            }
        }
    }

    fn depend(&mut self, _name: &str, below: &At<'s>) {
        if below.schema.is_array() {
            self.demand(below.schema);
        } else {
            self.take(below);
        }
    }

    fn demand(&mut self, names: &'s Value) {
        if matches!(self.conditions, Conditions::Decided(_)) {
            let names = names.as_array().into_iter().flatten();
            self.found.demanded.extend(names.filter_map(Value::as_str));
        }
    }

    /// `None` when every branch is to be open.
    fn holds(&self, at: &At<'s>) -> Option<bool> {
        let Conditions::Decided(value) = self.conditions else {
            return None;
        };
        let empty = Value::Object(Map::new());
        let condition = at.below("if")?;
        Some(
            self.schema
                .accepts(&condition.location, value.unwrap_or(&empty)),
        )
    }

    fn has(&self, name: &str) -> bool {
        match self.conditions {
            Conditions::AllOpen => true,
            Conditions::Decided(value) => value.is_some_and(|value| value.get(name).is_some()),
        }
    }
}

/// Names of all properties that any branch of `places` declares.
pub(crate) fn declared<'s>(schema: &'s Schema, places: &[At<'s>]) -> HashSet<&'s str> {
    let mut names = HashSet::new();
    let mut seen = HashSet::new();
    let mut asked = HashSet::new();
    let mut waiting: Vec<At<'s>> = places.to_vec();
    while let Some(place) = waiting.pop() {
        let found = gather(schema, &[place], Conditions::AllOpen);
        for part in found.parts {
            if seen.insert(part.location.clone()) {
                let properties = part.schema.get("properties").and_then(Value::as_object);
                names.extend(
                    properties
                        .into_iter()
                        .flatten()
                        .map(|(name, _)| name.as_str()),
                );
            }
        }
        for alternatives in found.alternatives {
            for branch in alternatives.branches {
                if asked.insert(branch.location.clone()) {
                    waiting.push(branch);
                }
            }
        }
    }
    names
}
