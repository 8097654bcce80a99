//! From a draft to what would be submitted: closed branches left out, what the schema fixes filled in.
use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::{Map, Value};

use super::gather::declared;
use super::layout::{Given, Kind, Layout, Node, layout};
use super::leaf::LeafKind;
use super::rules;
use super::schema::Schema;
use super::ui::Ui;

/// Rounds after which answers that open and close each other are taken as they are.
const MAX_ROUNDS: usize = 12;

/// The visible part of the answers: conditions decided, closed branches gone, blank items kept.
///
/// A condition may hang on an answer that itself is in a closed branch; so the pruning is
/// repeated, each time from the whole draft, until nothing changes. Schemas whose conditions
/// chase each other end with what every round agreed to show.
pub(crate) fn live(schema: &Schema, answers: &Value, choices: &BTreeMap<String, usize>) -> Value {
    let mut judged = answers.clone();
    // Without conditions the first round settles everything, and the second fills in what it opened.
    let rounds = if schema.is_conditional() {
        MAX_ROUNDS
    } else {
        2
    };
    for round in 0..rounds {
        let kept = {
            let layout = plain_layout(schema, &judged, choices);
            let from = if round < MAX_ROUNDS / 2 {
                answers
            } else {
                &judged
            };
            keep(schema, &layout.root, from)
        };
        let kept = kept.unwrap_or_else(|| Value::Object(Map::new()));
        if kept == judged {
            break;
        }
        judged = kept;
    }
    judged
}

pub(crate) fn plain_layout<'s>(
    schema: &'s Schema,
    answers: &Value,
    choices: &BTreeMap<String, usize>,
) -> Layout<'s> {
    layout(
        schema,
        &Given {
            ui: Ui::default(),
            answers,
            choices,
            counts: &HashMap::new(),
            governing: None,
            everything: false,
            english: false,
        },
    )
}

/// `live` without the blank items at the end of repeat groups and without empty groups: nobody
/// meant them as an answer.
pub(crate) fn submission(node: &Node<'_>, live: Value) -> Value {
    match (&node.kind, live) {
        (Kind::Group(children), Value::Object(mut members)) => {
            for child in children {
                let name = super::pointer::last(&child.pointer).unwrap_or_default();
                let Some(slot) = members.get_mut(&name) else {
                    continue;
                };
                *slot = submission(child, slot.take());
                let empty = match (&child.kind, &*slot) {
                    (_, Value::Object(members)) => members.is_empty(),
                    (Kind::Repeat(_) | Kind::Tuple(_), Value::Array(items)) => items.is_empty(),
                    _ => false,
                };
                if empty && !child.required {
                    members.shift_remove(&name);
                }
            }
            Value::Object(members)
        }
        (Kind::Repeat(repeat), Value::Array(items)) => {
            let mut items: Vec<Value> = items
                .into_iter()
                .enumerate()
                .map(|(i, item)| match repeat.items.get(i) {
                    Some(node) => submission(node, item),
                    None => item,
                })
                .collect();
            while items.len() > repeat.min && items.last().is_some_and(is_blank) {
                items.pop();
            }
            Value::Array(items)
        }
        (Kind::Tuple(children), Value::Array(items)) => {
            let nodes = children.iter().map(Some).chain(std::iter::repeat(None));
            let mut items: Vec<Value> = items
                .into_iter()
                .zip(nodes)
                .map(|(item, node)| match node {
                    // A place that nobody filled in is held by what comes nearest to nothing.
                    Some(node) if is_blank(&item) => node.blank(),
                    Some(node) => submission(node, item),
                    None => item,
                })
                .collect();
            while items.last().is_some_and(is_blank) {
                items.pop();
            }
            Value::Array(items)
        }
        (_, live) => live,
    }
}

/// Nothing in it that a person answered.
pub(crate) fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().all(is_blank),
        Value::Object(members) => members.values().all(is_blank),
        _ => false,
    }
}

/// What of `value` belongs to the questions of `node`, completed where the schema leaves no choice.
fn keep(schema: &Schema, node: &Node<'_>, value: &Value) -> Option<Value> {
    match (&node.kind, value) {
        (Kind::Group(children), Value::Object(members)) => {
            Some(Value::Object(keep_members(schema, node, children, members)))
        }
        (Kind::Tuple(children), Value::Array(items)) => Some(keep_items(schema, children, items)),
        (Kind::Repeat(repeat), Value::Array(items)) => {
            Some(keep_items(schema, &repeat.items, items))
        }
        (Kind::Nothing, value) if !node.choices.is_empty() && value.is_object() => {
            let empty = Map::new();
            let members = value.as_object().unwrap_or(&empty);
            Some(Value::Object(keep_members(schema, node, &[], members)))
        }
        (Kind::Leaf(leaf), value) if leaf.is_foreign(value) => None,
        _ => Some(value.clone()),
    }
}

fn keep_items(schema: &Schema, nodes: &[Node<'_>], items: &[Value]) -> Value {
    let kept = items
        .iter()
        .enumerate()
        .map(|(i, item)| match nodes.get(i) {
            Some(node) => keep(schema, node, item).unwrap_or(Value::Null),
            None => item.clone(),
        });
    Value::Array(kept.collect())
}

fn keep_members(
    schema: &Schema,
    node: &Node<'_>,
    children: &[Node<'_>],
    members: &Map<String, Value>,
) -> Map<String, Value> {
    let by_name: HashMap<String, &Node<'_>> = children
        .iter()
        .filter_map(|child| Some((super::pointer::last(&child.pointer)?, child)))
        .collect();
    let mut closable: Option<HashSet<&str>> = None;
    let mut kept = Map::new();
    for (name, value) in members {
        if let Some(child) = by_name.get(name) {
            if let Some(value) = keep(schema, child, value) {
                kept.insert(name.clone(), value);
            }
            continue;
        }
        let closable = closable.get_or_insert_with(|| declared(schema, &node.origin));
        if !closable.contains(name.as_str()) {
            kept.insert(name.clone(), value.clone());
        }
    }
    for child in children {
        complete(schema, child, &mut kept);
    }
    work_out(children, &mut kept);
    kept
}

/// Computed answers, twice so that one may build on another that stands after it.
fn work_out(children: &[Node<'_>], kept: &mut Map<String, Value>) {
    let computed = || {
        children
            .iter()
            .filter_map(|child| Some((super::pointer::last(&child.pointer)?, child.computed?)))
    };
    if computed().next().is_none() {
        return;
    }
    for (name, _) in computed() {
        kept.shift_remove(&name);
    }
    for _ in 0..2 {
        for (name, declared) in computed() {
            // A wildcard among the neighbours does not take the result for a part.
            let mut neighbours = kept.clone();
            neighbours.shift_remove(&name);
            let worked_out = rules::computed(declared, &Value::Object(neighbours));
            match worked_out {
                Some(value) => kept.insert(name, value),
                None => kept.shift_remove(&name),
            };
        }
    }
}

/// Fills in what an absent but demanded answer can only be.
fn complete(schema: &Schema, child: &Node<'_>, kept: &mut Map<String, Value>) {
    let Some(name) = super::pointer::last(&child.pointer) else {
        return;
    };
    if !child.required || kept.contains_key(&name) {
        return;
    }
    let only = match &child.kind {
        Kind::Group(_) if child.choices.is_empty() => {
            let empty = Value::Object(Map::new());
            keep(schema, child, &empty)
        }
        Kind::Repeat(_) => Some(Value::Array(Vec::new())),
        Kind::Leaf(leaf) => match &leaf.kind {
            LeafKind::Fixed(value) => Some((*value).clone()),
            _ => leaf.nullable.then_some(Value::Null),
        },
        _ => None,
    };
    if let Some(only) = only {
        kept.insert(name, only);
    }
}
