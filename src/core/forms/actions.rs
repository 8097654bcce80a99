//! The buttons that change the shape of a page: items added, removed and moved, groups opened and dropped.
use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::figure;
use super::layout::{Kind, Layout, Node};
use super::leaf::LeafKind;
use super::pointer::{is_within, last, parent, put};
use super::schema::Schema;
use crate::answers::Draft;

/// The draft after `action`; an action that is not possible here changes nothing.
pub(crate) fn apply(schema: &Schema, layout: &Layout<'_>, draft: &Draft, action: &str) -> Draft {
    let mut draft = draft.clone();
    if let Some((verb, pointer)) = action.split_once(':') {
        match verb {
            "add" => add(layout, &mut draft, pointer),
            "remove" => rearrange(layout, &mut draft, pointer, removed),
            "up" => rearrange(layout, &mut draft, pointer, |i, n| {
                swapped(i.checked_sub(1)?, n)
            }),
            "down" => rearrange(layout, &mut draft, pointer, swapped),
            "same" => take_known(schema, layout, &mut draft, pointer),
            "open" => open(layout, &mut draft, pointer),
            "drop" => drop_group(layout, &mut draft, pointer),
            _ => {}
        }
    }
    draft
}

fn find<'n, 's>(node: &'n Node<'s>, pointer: &str) -> Option<&'n Node<'s>> {
    if node.pointer == pointer {
        return Some(node);
    }
    node.children()
        .iter()
        .filter(|child| is_within(pointer, &child.pointer))
        .find_map(|child| find(child, pointer))
}

fn add(layout: &Layout<'_>, draft: &mut Draft, pointer: &str) {
    let Some(Node {
        kind: Kind::Repeat(repeat),
        ..
    }) = find(&layout.root, pointer)
    else {
        return;
    };
    let shown = repeat.items.len();
    if shown >= repeat.max {
        return;
    }
    let mut items = match draft.answers.pointer(pointer) {
        Some(Value::Array(items)) => items.clone(),
        _ => Vec::new(),
    };
    for node in repeat.items.iter().skip(items.len()) {
        items.push(node.blank());
    }
    items.push(
        repeat
            .items
            .first()
            .map_or_else(|| repeat.blank.clone(), Node::blank),
    );
    place(
        &layout.root,
        &mut draft.answers,
        pointer,
        Value::Array(items),
    );
}

/// Puts `value` at `pointer` below `node`; what stands above it is begun as its question asks.
fn place(node: &Node<'_>, here: &mut Value, pointer: &str, value: Value) {
    if node.pointer == pointer {
        *here = value;
        return;
    }
    let child = node
        .children()
        .iter()
        .find(|child| is_within(pointer, &child.pointer));
    let (Some(child), Some(name)) = (child, child.and_then(|c| last(&c.pointer))) else {
        return;
    };
    match &node.kind {
        Kind::Group(_) => {
            if !here.is_object() {
                *here = Value::Object(Map::new());
            }
            if let Value::Object(members) = here {
                place(
                    child,
                    members.entry(name).or_insert(Value::Null),
                    pointer,
                    value,
                );
            }
        }
        _ => {
            if !here.is_array() {
                *here = Value::Array(Vec::new());
            }
            let (Value::Array(items), Ok(index)) = (here, name.parse::<usize>()) else {
                return;
            };
            for blank in node.children().iter().take(index + 1).skip(items.len()) {
                items.push(blank.blank());
            }
            if let Some(item) = items.get_mut(index) {
                place(child, item, pointer, value);
            }
        }
    }
}

/// Old indexes in their new order.
type Order = Vec<usize>;

fn removed(index: usize, count: usize) -> Option<Order> {
    (index < count).then(|| (0..count).filter(|i| *i != index).collect())
}

fn swapped(index: usize, count: usize) -> Option<Order> {
    if index + 1 >= count {
        return None;
    }
    let mut order: Order = (0..count).collect();
    order.swap(index, index + 1);
    Some(order)
}

fn rearrange(
    layout: &Layout<'_>,
    draft: &mut Draft,
    pointer: &str,
    new_order: impl Fn(usize, usize) -> Option<Order>,
) {
    let Some(list) = parent(pointer).map(str::to_owned) else {
        return;
    };
    let index = last(pointer).and_then(|token| token.parse::<usize>().ok());
    let is_repeat =
        find(&layout.root, &list).is_some_and(|node| matches!(node.kind, Kind::Repeat(_)));
    let (Some(index), true) = (index, is_repeat) else {
        return;
    };
    let Some(Value::Array(items)) = draft.answers.pointer(&list).cloned() else {
        return;
    };
    let Some(order) = new_order(index, items.len()) else {
        return;
    };
    let moved: Vec<Value> = order
        .iter()
        .filter_map(|old| items.get(*old).cloned())
        .collect();
    put(&mut draft.answers, &list, Some(Value::Array(moved)));
    draft.unread = renumbered(&draft.unread, &list, &order);
    draft.choices = renumbered(&draft.choices, &list, &order);
}

/// What is kept by pointer follows the items that it belongs to.
fn renumbered<T: Clone>(
    kept: &BTreeMap<String, T>,
    list: &str,
    order: &[usize],
) -> BTreeMap<String, T> {
    let mut out = BTreeMap::new();
    for (pointer, value) in kept {
        let below = pointer
            .strip_prefix(list)
            .and_then(|rest| rest.strip_prefix('/'));
        let Some(below) = below else {
            out.insert(pointer.clone(), value.clone());
            continue;
        };
        let digits = below
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(below.len());
        let (index, rest) = below.split_at(digits);
        let new = index
            .parse::<usize>()
            .ok()
            .and_then(|old| order.iter().position(|o| *o == old));
        if let Some(new) = new {
            out.insert(format!("{list}/{new}{rest}"), value.clone());
        }
    }
    out
}

/// Takes over what is known at `pointer` and below it.
fn take_known(schema: &Schema, layout: &Layout<'_>, draft: &mut Draft, pointer: &str) {
    layout.root.walk(&mut |node| {
        let known = draft.known.get(&node.pointer);
        let Some(known) = known.filter(|_| is_within(&node.pointer, pointer)) else {
            return;
        };
        let Some(value) = confirmed(schema, node, &known.value) else {
            return;
        };
        draft.unread.remove(&node.pointer);
        let comment = draft
            .answers
            .pointer(&node.pointer)
            .and_then(|figure| figure.get("comment")?.as_str())
            .map(str::to_owned);
        let value = match comment {
            Some(comment) => figure::with_comment(Some(value), &comment),
            None => Some(value),
        };
        if let Some(value) = value {
            place(&layout.root, &mut draft.answers, &node.pointer, value);
        }
    });
}

/// The known answer as this question takes it over; `None` where it does not fit the question.
pub(crate) fn confirmed(schema: &Schema, node: &Node<'_>, known: &Value) -> Option<Value> {
    let leaf = node.leaf().filter(|_| !node.read_only)?;
    if matches!(leaf.kind, LeafKind::Figure { .. }) {
        let marked = figure::confirmed(known);
        if node.takes(schema, &marked) {
            return Some(marked);
        }
    }
    let fits = leaf.produces(known) && node.takes(schema, known);
    fits.then(|| known.clone())
}

fn open(layout: &Layout<'_>, draft: &mut Draft, pointer: &str) {
    let closed = find(&layout.root, pointer).is_some_and(|node| matches!(node.kind, Kind::Closed));
    if closed {
        let begun = Value::Object(Map::new());
        place(&layout.root, &mut draft.answers, pointer, begun);
    }
}

fn drop_group(layout: &Layout<'_>, draft: &mut Draft, pointer: &str) {
    if find(&layout.root, pointer).is_some_and(|node| node.recursive) {
        put(&mut draft.answers, pointer, None);
        draft.unread.retain(|known, _| !is_within(known, pointer));
        draft.choices.retain(|known, _| !is_within(known, pointer));
    }
}
