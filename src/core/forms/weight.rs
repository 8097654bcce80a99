//! Refuses schemas whose references double at every step: judging one value would never end.
use std::collections::{HashMap, HashSet};

use super::schema::{At, Schema};

/// Subschemas that one value may be tried against, at most.
const LIMIT: u64 = 200_000;

/// The first place whose in-place applicators multiply beyond the limit.
pub(crate) fn too_heavy(schema: &Schema) -> Option<String> {
    let mut weighing = Weighing {
        schema,
        known: HashMap::new(),
        open: HashSet::new(),
    };
    let mut places = vec![schema.root()];
    while let Some(at) = places.pop() {
        if weighing.of(&at, 0) > LIMIT {
            return Some(at.location);
        }
        let Some(members) = at.schema.as_object() else {
            continue;
        };
        for keyword in members.keys() {
            match keyword.as_str() {
                "properties" | "patternProperties" | "$defs" | "definitions"
                | "dependentSchemas" | "allOf" | "anyOf" | "oneOf" | "prefixItems" => {
                    places.extend(at.each(keyword).into_iter().map(|(_, below)| below));
                }
                "items" | "additionalProperties" | "if" | "then" | "else" | "not" | "contains" => {
                    places.extend(at.below(keyword));
                }
                _ => {}
            }
        }
    }
    None
}

struct Weighing<'s> {
    schema: &'s Schema,
    known: HashMap<String, u64>,
    /// On the way down: a reference back to one of these is a loop, which the validator ends itself.
    open: HashSet<String>,
}

impl<'s> Weighing<'s> {
    fn of(&mut self, at: &At<'s>, depth: usize) -> u64 {
        if let Some(weight) = self.known.get(&at.location) {
            return *weight;
        }
        if depth > 500 || !self.open.insert(at.location.clone()) {
            return 1;
        }
        let mut weight = 1u64;
        for below in self.applied(at) {
            weight = weight.saturating_add(self.of(&below, depth + 1));
        }
        self.open.remove(&at.location);
        self.known.insert(at.location.clone(), weight);
        weight
    }

    /// Subschemas that judge the same value.
    fn applied(&self, at: &At<'s>) -> Vec<At<'s>> {
        let mut below = Vec::new();
        for keyword in ["allOf", "anyOf", "oneOf", "dependentSchemas"] {
            below.extend(at.each(keyword).into_iter().map(|(_, at)| at));
        }
        for keyword in ["if", "then", "else", "not"] {
            below.extend(at.below(keyword));
        }
        let referred = ["$ref", "$dynamicRef", "$recursiveRef"]
            .iter()
            .filter_map(|keyword| at.schema.get(*keyword)?.as_str())
            .filter_map(|reference| self.schema.resolve(at, reference));
        below.extend(referred);
        below
    }
}
