//! What a `oneOf` or `anyOf` means to the person who answers: a list to choose from, a figure,
//! a choice between kinds of answer, or only a rule that is judged at the end.
use serde_json::Value;

use super::facets::{Choice, Facets, Types};
use super::gather::{Alternatives, Conditions, gather};
use super::schema::{At, Schema};

pub(crate) enum Meaning<'s> {
    /// Judged by the validator, invisible on the page.
    Rule,
    /// One answer among these.
    Options(Vec<Choice<'s>>),
    /// Only this, or nothing.
    Single(At<'s>),
    /// A number, a value state or a number with a qualifier.
    Figure { decimals: bool },
    /// Plain text or number, of these types; `suggestions` are the values named.
    Scalars {
        types: Types,
        suggestions: Vec<&'s str>,
    },
    /// The value of `property` tells which branch applies.
    Told {
        property: &'s str,
        branches: Vec<(Vec<Choice<'s>>, At<'s>)>,
        /// Every branch demands the property.
        required: bool,
    },
    /// Someone must say which branch is meant.
    Open(Vec<At<'s>>),
}

struct Branch<'s> {
    at: At<'s>,
    facets: Facets<'s>,
    has_alternatives: bool,
    closed: bool,
}

/// What `alternatives` ask for where the properties named `known` are asked for anyway.
pub(crate) fn meaning<'s>(
    schema: &'s Schema,
    alternatives: &Alternatives<'s>,
    known: &dyn Fn(&str) -> bool,
) -> Meaning<'s> {
    let all: Vec<Branch<'s>> = alternatives
        .branches
        .iter()
        .map(|at| branch(schema, at))
        .collect();
    if is_figure(&all) {
        let decimals = all
            .iter()
            .any(|b| b.facets.named && b.facets.types.has(Types::FRACTION));
        return Meaning::Figure { decimals };
    }
    let mut branches: Vec<Branch<'s>> = all
        .into_iter()
        .filter(|b| !b.closed && b.facets.types != Types::NULL)
        .collect();
    if branches.iter().all(|b| is_rule(b, &|_| false)) {
        return Meaning::Rule;
    }
    if branches.len() == 1 {
        return branches
            .pop()
            .map_or(Meaning::Rule, |only| Meaning::Single(only.at));
    }
    if let Some(options) = options(&branches) {
        return Meaning::Options(options);
    }
    if let Some(told) = told(schema, &branches) {
        return told;
    }
    if branches.iter().all(|b| is_rule(b, known)) {
        return Meaning::Rule;
    }
    scalars(&branches)
        .unwrap_or_else(|| Meaning::Open(branches.into_iter().map(|b| b.at).collect()))
}

/// How a branch is called by its schema, if at all.
pub(crate) fn branch_title<'s>(schema: &'s Schema, at: &At<'s>) -> Option<&'s str> {
    branch(schema, at).facets.title
}

fn branch<'s>(schema: &'s Schema, at: &At<'s>) -> Branch<'s> {
    let found = gather(schema, std::slice::from_ref(at), Conditions::AllOpen);
    let parts: Vec<_> = found.parts.into_iter().map(|part| (part, None)).collect();
    Branch {
        at: at.clone(),
        facets: Facets::of(&parts),
        has_alternatives: !found.alternatives.is_empty(),
        closed: found.closed,
    }
}

fn is_figure(branches: &[Branch<'_>]) -> bool {
    let number = |b: &Branch<'_>| {
        b.facets.named
            && b.facets.types.meets(Types::INTEGER)
            && !b.facets.types.meets(Types::STRING)
    };
    let has = |b: &Branch<'_>, name: &str| b.facets.property(name).is_some();
    branches.iter().any(number)
        && branches.iter().any(|b| has(b, "state"))
        && branches
            .iter()
            .all(|b| number(b) || has(b, "state") || (has(b, "value") && has(b, "qualifier")))
}

/// Nothing that could be asked for: only demands on what other parts describe.
fn is_rule(branch: &Branch<'_>, known: &dyn Fn(&str) -> bool) -> bool {
    let facets = &branch.facets;
    let asks = facets.properties.iter().any(|(name, _)| !known(name))
        || !facets.items.is_empty()
        || !facets.prefix.is_empty()
        || facets.allowed.is_some();
    let names_a_type = facets.named && facets.types != Types::OBJECT;
    !asks && !branch.has_alternatives && !names_a_type
}

fn options<'s>(branches: &[Branch<'s>]) -> Option<Vec<Choice<'s>>> {
    let mut options = Vec::new();
    for branch in branches {
        let facets = &branch.facets;
        let allowed = facets.allowed.as_ref()?;
        if !facets.properties.is_empty() || branch.has_alternatives {
            return None;
        }
        for choice in allowed {
            let single = allowed.len() == 1;
            options.push(Choice {
                value: choice.value,
                title: choice.title.or(facets.title.filter(|_| single)),
                help: facets.description.filter(|_| single),
            });
        }
    }
    Some(options)
}

/// A property that every branch pins to values of its own.
fn told<'s>(schema: &'s Schema, branches: &[Branch<'s>]) -> Option<Meaning<'s>> {
    let first = branches.first()?;
    let property = first
        .facets
        .properties
        .iter()
        .map(|(name, _)| *name)
        .find(|name| tells(schema, branches, name))?;
    let told = branches
        .iter()
        .map(|branch| {
            let title = branch.facets.title;
            let mut choices = pinned(schema, branch, property).unwrap_or_default();
            if let [only] = choices.as_mut_slice() {
                only.title = only.title.or(title);
                only.help = only.help.or(branch.facets.description);
            }
            (choices, branch.at.clone())
        })
        .collect();
    Some(Meaning::Told {
        required: branches
            .iter()
            .all(|branch| branch.facets.required.contains(property)),
        property,
        branches: told,
    })
}

fn tells<'s>(schema: &'s Schema, branches: &[Branch<'s>], property: &str) -> bool {
    let mut seen: Vec<&Value> = Vec::new();
    for branch in branches {
        let Some(choices) = pinned(schema, branch, property) else {
            return false;
        };
        for choice in choices {
            if seen.contains(&choice.value) {
                return false;
            }
            seen.push(choice.value);
        }
    }
    true
}

fn pinned<'s>(schema: &'s Schema, branch: &Branch<'s>, property: &str) -> Option<Vec<Choice<'s>>> {
    let (_, places) = branch.facets.property(property)?;
    let found = gather(schema, places, Conditions::AllOpen);
    let parts: Vec<_> = found.parts.into_iter().map(|part| (part, None)).collect();
    let facets = Facets::of(&parts);
    let title = facets.title;
    let allowed = facets.allowed.map(|mut choices| {
        if let [only] = choices.as_mut_slice() {
            only.title = only.title.or(title);
        }
        choices
    });
    allowed.filter(|choices| !choices.is_empty())
}

fn scalars<'s>(branches: &[Branch<'s>]) -> Option<Meaning<'s>> {
    let texts = Types::STRING.with(Types::INTEGER).with(Types::FRACTION);
    let mut types = Types::NONE;
    let mut suggestions = Vec::new();
    for branch in branches {
        let facets = &branch.facets;
        let plain = facets.named
            && !branch.has_alternatives
            && facets.types.without(Types::NULL).without(texts) == Types::NONE;
        if !plain {
            return None;
        }
        types = types.with(facets.types);
        let named = facets.allowed.iter().flatten();
        suggestions.extend(named.filter_map(|choice| choice.value.as_str()));
    }
    Some(Meaning::Scalars { types, suggestions })
}
