//! What the parts of a schema say together about one value, as far as a page needs it.
use std::collections::{BTreeSet, HashMap};

use serde_json::{Map, Value};

use super::rules::{self, Rule};
use super::schema::At;

/// A set of JSON types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Types(u8);

impl Types {
    pub const NULL: Types = Types(1);
    pub const BOOLEAN: Types = Types(2);
    pub const INTEGER: Types = Types(4);
    /// Numbers with a fraction; a `number` is this and [`Types::INTEGER`].
    pub const FRACTION: Types = Types(8);
    pub const STRING: Types = Types(16);
    pub const ARRAY: Types = Types(32);
    pub const OBJECT: Types = Types(64);
    pub const NONE: Types = Types(0);
    pub const ANY: Types = Types(127);

    pub fn has(self, other: Types) -> bool {
        self.0 & other.0 == other.0
    }

    pub fn meets(self, other: Types) -> bool {
        self.0 & other.0 != 0
    }

    pub fn with(self, other: Types) -> Types {
        Types(self.0 | other.0)
    }

    pub fn without(self, other: Types) -> Types {
        Types(self.0 & !other.0)
    }

    pub fn and(self, other: Types) -> Types {
        Types(self.0 & other.0)
    }

    pub fn of(value: &Value) -> Types {
        match value {
            Value::Null => Types::NULL,
            Value::Bool(_) => Types::BOOLEAN,
            Value::Number(n) if n.as_f64().is_some_and(|f| f.fract() != 0.0) => Types::FRACTION,
            Value::Number(_) => Types::INTEGER,
            Value::String(_) => Types::STRING,
            Value::Array(_) => Types::ARRAY,
            Value::Object(_) => Types::OBJECT,
        }
    }

    /// The `type` keyword's value.
    pub fn named(keyword: &Value) -> Types {
        let one = |name: &str| match name {
            "null" => Types::NULL,
            "boolean" => Types::BOOLEAN,
            "integer" => Types::INTEGER,
            "number" => Types::INTEGER.with(Types::FRACTION),
            "string" => Types::STRING,
            "array" => Types::ARRAY,
            "object" => Types::OBJECT,
            _ => Types::NONE,
        };
        match keyword {
            Value::String(name) => one(name),
            Value::Array(names) => names
                .iter()
                .filter_map(Value::as_str)
                .fold(Types::NONE, |types, name| types.with(one(name))),
            _ => Types::ANY,
        }
    }
}

/// A value that may be chosen, and how it is called.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Choice<'s> {
    pub value: &'s Value,
    pub title: Option<&'s str>,
    pub help: Option<&'s str>,
}

/// A property and everything that describes it.
pub(crate) type Property<'s> = (&'s str, Vec<At<'s>>);

pub(crate) struct Facets<'s> {
    pub types: Types,
    /// Some part names a type or has a keyword that speaks of one.
    pub typed: bool,
    /// Some part has the keyword `type`.
    pub named: bool,
    pub title: Option<&'s str>,
    pub description: Option<&'s str>,
    /// From `const` and `enum`.
    pub allowed: Option<Vec<Choice<'s>>>,
    pub constant: bool,
    pub properties: Vec<Property<'s>>,
    by_name: HashMap<&'s str, usize>,
    pub required: BTreeSet<&'s str>,
    /// Properties that may not be there (`not: {required: [x]}`).
    pub forbidden: BTreeSet<&'s str>,
    /// Properties of any name are described.
    pub open_map: bool,
    pub items: Vec<At<'s>>,
    pub prefix: Vec<Vec<At<'s>>>,
    pub min_items: u64,
    pub max_items: Option<u64>,
    pub minimum: Option<f64>,
    pub maximum: Option<f64>,
    pub max_length: Option<u64>,
    pub format: Option<&'s str>,
    pub read_only: bool,
    /// What an untouched form begins with.
    pub default: Option<&'s Value>,
    /// The answer is worked out of its neighbours.
    pub computed: Option<&'s Value>,
    pub rules: Vec<Rule<'s>>,
}

impl<'s> Facets<'s> {
    /// `parts` with the one property each that it only repeats to tell the branches apart.
    pub fn of(parts: &[(At<'s>, Option<&'s str>)]) -> Facets<'s> {
        let mut facets = Facets {
            types: Types::ANY,
            typed: false,
            named: false,
            title: None,
            description: None,
            allowed: None,
            constant: false,
            properties: Vec::new(),
            by_name: HashMap::new(),
            required: BTreeSet::new(),
            forbidden: BTreeSet::new(),
            open_map: false,
            items: Vec::new(),
            prefix: Vec::new(),
            min_items: 0,
            max_items: None,
            minimum: None,
            maximum: None,
            max_length: None,
            format: None,
            read_only: false,
            default: None,
            computed: None,
            rules: Vec::new(),
        };
        let mut hinted = Types::NONE;
        for (part, skip) in parts {
            let Some(members) = part.schema.as_object() else {
                continue;
            };
            facets.rules.extend(rules::declared_at(part));
            facets.take_words(members);
            facets.take_values(members);
            facets.take_bounds(members);
            facets.take_object(part, members, *skip);
            facets.take_array(part, members);
            hinted = hinted.with(hints(members));
        }
        facets.settle(hinted);
        facets
    }

    pub fn property(&self, name: &str) -> Option<&Property<'s>> {
        self.properties.get(*self.by_name.get(name)?)
    }

    fn take_words(&mut self, members: &'s Map<String, Value>) {
        let text = |keyword: &str| members.get(keyword).and_then(Value::as_str);
        self.title = self.title.or_else(|| text("title"));
        self.description = self.description.or_else(|| text("description"));
        self.format = self.format.or_else(|| text("format"));
        self.default = self.default.or_else(|| members.get("default"));
        self.computed = self.computed.or_else(|| members.get(rules::COMPUTED));
        self.read_only |= members.get("readOnly") == Some(&Value::Bool(true));
    }

    fn take_values(&mut self, members: &'s Map<String, Value>) {
        if let Some(keyword) = members.get("type") {
            self.types = self.types.and(Types::named(keyword));
            self.typed = true;
            self.named = true;
        }
        if let Some(value) = members.get("const") {
            let choice = Choice {
                value,
                title: members.get("title").and_then(Value::as_str),
                help: None,
            };
            self.allow(vec![choice]);
            self.constant = true;
        }
        if let Some(Value::Array(values)) = members.get("enum") {
            let choices = values.iter().map(|value| Choice {
                value,
                title: None,
                help: None,
            });
            self.allow(choices.collect());
        }
    }

    /// Only these values, of those that were allowed before.
    pub fn allow(&mut self, choices: Vec<Choice<'s>>) {
        self.allowed = Some(match self.allowed.take() {
            None => choices,
            Some(before) => {
                let titled = |choice: Choice<'s>| {
                    let twin = choices.iter().find(|other| other.value == choice.value)?;
                    Some(Choice {
                        title: choice.title.or(twin.title),
                        help: choice.help.or(twin.help),
                        ..choice
                    })
                };
                before.into_iter().filter_map(titled).collect()
            }
        });
    }

    fn take_bounds(&mut self, members: &'s Map<String, Value>) {
        let number = |keyword: &str| members.get(keyword).and_then(Value::as_f64);
        let count = |keyword: &str| {
            let n = number(keyword)?;
            (n >= 0.0).then_some(n as u64)
        };
        let least = |a: Option<f64>, b: Option<f64>| match (a, b) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        for keyword in ["maximum", "exclusiveMaximum"] {
            self.maximum = least(self.maximum, number(keyword));
        }
        for keyword in ["minimum", "exclusiveMinimum"] {
            let negated = least(self.minimum.map(|n| -n), number(keyword).map(|n| -n));
            self.minimum = negated.map(|n| -n);
        }
        if let Some(n) = count("minItems") {
            self.min_items = self.min_items.max(n);
        }
        if let Some(n) = count("maxItems") {
            self.max_items = Some(self.max_items.map_or(n, |m| m.min(n)));
        }
        if let Some(n) = count("maxLength") {
            self.max_length = Some(self.max_length.map_or(n, |m| m.min(n)));
        }
    }

    fn take_object(&mut self, part: &At<'s>, members: &'s Map<String, Value>, skip: Option<&str>) {
        for (name, place) in part.each("properties") {
            if skip == Some(name) {
                continue;
            }
            let next = self.properties.len();
            let index = *self.by_name.entry(name).or_insert(next);
            match self.properties.get_mut(index) {
                Some((_, places)) => places.push(place),
                None => self.properties.push((name, vec![place])),
            }
        }
        if let Some(Value::Array(names)) = members.get("required") {
            self.required.extend(names.iter().filter_map(Value::as_str));
        }
        let forbidden = members
            .get("not")
            .and_then(|not| not.get("required")?.as_array());
        if let Some([Value::String(name)]) = forbidden.map(Vec::as_slice)
            && members
                .get("not")
                .and_then(Value::as_object)
                .is_some_and(|not| not.len() == 1)
        {
            self.forbidden.insert(name);
        }
        self.open_map |= members.contains_key("patternProperties")
            || members
                .get("additionalProperties")
                .is_some_and(Value::is_object);
    }

    fn take_array(&mut self, part: &At<'s>, members: &'s Map<String, Value>) {
        let tuple = if members.get("items").is_some_and(Value::is_array) {
            "items"
        } else {
            "prefixItems"
        };
        for (i, (_, place)) in part.each(tuple).into_iter().enumerate() {
            if !members.get(tuple).is_some_and(Value::is_array) {
                break;
            }
            match self.prefix.get_mut(i) {
                Some(places) => places.push(place),
                None => self.prefix.push(vec![place]),
            }
        }
        if tuple == "prefixItems" {
            self.items.extend(part.below("items"));
        }
    }

    /// Types that are not named follow from the values allowed, or from the keywords used.
    fn settle(&mut self, hinted: Types) {
        if let Some(allowed) = &self.allowed {
            let of_values = allowed.iter().fold(Types::NONE, |types, choice| {
                types.with(Types::of(choice.value))
            });
            self.types = self.types.and(of_values);
            self.typed = true;
        } else if !self.typed && hinted != Types::NONE {
            self.types = hinted;
            self.typed = true;
        }
    }
}

/// The types that the keywords of a schema without `type` speak of.
fn hints(members: &Map<String, Value>) -> Types {
    let mut types = Types::NONE;
    for keyword in members.keys() {
        types = types.with(match keyword.as_str() {
            "properties"
            | "required"
            | "additionalProperties"
            | "patternProperties"
            | "dependentSchemas"
            | "dependentRequired" => Types::OBJECT,
            "items" | "prefixItems" | "minItems" | "maxItems" | "uniqueItems" | "contains" => {
                Types::ARRAY
            }
            "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" | "multipleOf" => {
                Types::INTEGER.with(Types::FRACTION)
            }
            "minLength" | "maxLength" | "pattern" | "format" => Types::STRING,
            _ => Types::NONE,
        });
    }
    types
}
