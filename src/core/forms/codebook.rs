//! Every question that a form can ask, in every branch: for exports, merges and titles.
use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value};

use super::layout::{Given, Kind, Layout, Node, layout};
use super::leaf::LeafKind;
use super::pointer::tokens;
use super::{FieldInfo, FieldKind, Form, Language};

pub(crate) fn fields(form: &Form, language: Language) -> Vec<FieldInfo> {
    let layout = everything(form, language);
    let mut found = Vec::new();
    for section in form.sectioned(&layout, language) {
        for node in &section.nodes {
            node.walk(&mut |node| {
                if let Some(info) = info(node, &section.id) {
                    found.push(info);
                }
            });
        }
    }
    found
}

pub(crate) fn title(form: &Form, pointer: &str, language: Language) -> Option<String> {
    let layout = everything(form, language);
    find(&layout.root, &starred(pointer)).map(|node| node.label.clone())
}

/// The pointer of the question, with `*` for indexes, when one answer stands at `pointer`.
pub(crate) fn place_of(form: &Form, pointer: &str) -> Option<String> {
    let layout = everything(form, Language::Da);
    let node = find(&layout.root, &starred(pointer))?;
    node.leaf().map(|_| node.pointer.clone())
}

/// The layout with all branches open and one item in every list.
pub(crate) fn everything(form: &Form, language: Language) -> Layout<'_> {
    layout(
        &form.schema,
        &Given {
            ui: form.ui(language),
            answers: &Value::Object(Map::new()),
            choices: &BTreeMap::new(),
            counts: &HashMap::new(),
            governing: Some(&form.governing),
            everything: true,
            english: language == Language::En,
        },
    )
}

/// The tokens of a pointer; the layout decides which of them are indexes.
fn starred(pointer: &str) -> Vec<String> {
    tokens(pointer).collect()
}

/// The question at a pointer; every index stands for the one item of its list.
pub(crate) fn find_at<'n, 's>(root: &'n Node<'s>, pointer: &str) -> Option<&'n Node<'s>> {
    find(root, &starred(pointer))
}

fn find<'n, 's>(node: &'n Node<'s>, path: &[String]) -> Option<&'n Node<'s>> {
    let Some((first, rest)) = path.split_first() else {
        return Some(node);
    };
    let children = node.children();
    let child = match &node.kind {
        Kind::Repeat(_) => children.first(),
        _ => children
            .iter()
            .find(|child| super::pointer::last(&child.pointer).as_ref() == Some(first)),
    };
    find(child?, rest)
}

fn info(node: &Node<'_>, section: &str) -> Option<FieldInfo> {
    let kind = match &node.leaf()?.kind {
        LeafKind::Text(_) | LeafKind::TextOrNumber | LeafKind::Time | LeafKind::DateTime => {
            FieldKind::Text
        }
        LeafKind::Integer => FieldKind::Integer,
        LeafKind::Number => FieldKind::Number,
        LeafKind::Boolean | LeafKind::Tick { .. } => FieldKind::Boolean,
        LeafKind::Date => FieldKind::Date,
        LeafKind::Pick(_) => FieldKind::Choice,
        LeafKind::PickMany(_) => FieldKind::Choices,
        LeafKind::Lines(_) => FieldKind::Lines,
        LeafKind::Figure { .. } => FieldKind::Figure,
        LeafKind::File => FieldKind::File,
        LeafKind::Json => FieldKind::Json,
        LeafKind::Fixed(_) => return None,
    };
    let options = match &node.leaf()?.kind {
        LeafKind::Pick(picks) | LeafKind::PickMany(picks) => picks
            .options
            .iter()
            .map(|pick| (pick.value.clone(), pick.label.clone()))
            .collect(),
        _ => Vec::new(),
    };
    Some(FieldInfo {
        pointer: node.pointer.clone(),
        title: node.label.clone(),
        kind,
        section: section.to_owned(),
        options,
    })
}
