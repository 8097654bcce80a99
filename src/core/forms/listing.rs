//! Answers in words: for the review page, the receipt and the copy that the respondent keeps.
use std::collections::BTreeMap;

use serde_json::Value;

use super::grid;
use super::layout::{Kind, Node};
use super::leaf::{Leaf, LeafKind};
use super::page::file;
use super::pointer::{is_within, join};
use super::sections::is_question;
use super::texts::{plain, shown};
use super::words::Words;
use super::{AnswerItem, AnswerSection, Form, Language, codebook, origin};
use crate::answers::{Draft, Known};

pub(crate) fn answered(form: &Form, answers: &Value, language: Language) -> Vec<AnswerSection> {
    answered_beside(form, answers, None, language)
}

pub(crate) fn answered_beside(
    form: &Form,
    answers: &Value,
    known: Option<&BTreeMap<String, Known>>,
    language: Language,
) -> Vec<AnswerSection> {
    let draft = Draft::of(answers.clone());
    let layout = form.layout(answers, &draft, language);
    let listing = Listing {
        answers,
        known,
        words: Words::of(language),
    };
    form.sectioned(&layout, language)
        .iter()
        .map(|section| {
            let mut items = Vec::new();
            for node in &section.nodes {
                if section.group.is_some() {
                    listing.inside(node, &mut items);
                } else {
                    listing.node(node, &mut items);
                }
            }
            AnswerSection {
                id: section.id.clone(),
                title: section.title.clone(),
                items,
            }
        })
        .collect()
}

/// One value in the words of a question at hand.
pub(crate) fn worded(
    node: &Node<'_>,
    leaf: &Leaf<'_>,
    value: &Value,
    words: &'static Words,
) -> String {
    let listing = Listing {
        answers: &Value::Null,
        known: None,
        words,
    };
    listing.value(node, leaf, value)
}

/// One value in the words of its question, whether or not it stands in any answer.
pub(crate) fn value_text(form: &Form, pointer: &str, value: &Value, language: Language) -> String {
    let layout = codebook::everything(form, language);
    let listing = Listing {
        answers: &Value::Null,
        known: None,
        words: Words::of(language),
    };
    let node = codebook::find_at(&layout.root, pointer);
    match node.and_then(|node| Some((node, node.leaf()?))) {
        Some((node, leaf)) => listing.value(node, leaf, value),
        None => plain(value),
    }
}

/// Answers of the draft that stand in closed branches, at the level where they are cut off.
pub(crate) fn dropped(form: &Form, draft: &Draft, language: Language) -> Vec<(String, String)> {
    let submission = form.submission_of(draft);
    let mut cut = Vec::new();
    compare("", &draft.answers, &submission, &mut cut);
    cut.into_iter()
        .map(|pointer| {
            let label = codebook::title(form, &pointer, language)
                .or_else(|| super::pointer::last(&pointer))
                .unwrap_or_default();
            (pointer, label)
        })
        .collect()
}

fn compare(pointer: &str, draft: &Value, submission: &Value, cut: &mut Vec<String>) {
    match (draft, submission) {
        (Value::Object(draft), Value::Object(submission)) => {
            for (name, value) in draft {
                let below = join(pointer, name);
                match submission.get(name) {
                    Some(kept) => compare(&below, value, kept, cut),
                    None if super::prune::is_blank(value) => {}
                    None => cut.push(below),
                }
            }
        }
        (Value::Array(draft), Value::Array(submission)) => {
            for (i, (value, kept)) in draft.iter().zip(submission).enumerate() {
                compare(&format!("{pointer}/{i}"), value, kept, cut);
            }
        }
        _ => {}
    }
}

struct Listing<'l> {
    answers: &'l Value,
    known: Option<&'l BTreeMap<String, Known>>,
    words: &'static Words,
}

impl Listing<'_> {
    fn node(&self, node: &Node<'_>, items: &mut Vec<AnswerItem>) {
        match &node.kind {
            Kind::Leaf(leaf) if is_question(node) || node.read_only => {
                items.push(AnswerItem::Line {
                    pointer: node.pointer.clone(),
                    label: node.label.clone(),
                    text: self.text(node, leaf),
                });
            }
            Kind::Leaf(_) | Kind::Closed | Kind::Nothing => {}
            Kind::Group(_) if grid::is_table(node) && grid_rows(node) => {
                self.table(node, Some(node.label.clone()), items);
            }
            _ => {
                items.push(AnswerItem::Heading {
                    pointer: node.pointer.clone(),
                    title: node.label.clone(),
                });
                self.inside(node, items);
            }
        }
    }

    fn inside(&self, node: &Node<'_>, items: &mut Vec<AnswerItem>) {
        if grid::is_table(node) && grid_rows(node) {
            self.table(node, None, items);
            return;
        }
        if node.leaf().is_some() {
            self.node(node, items);
            return;
        }
        for child in node.children() {
            self.node(child, items);
        }
    }

    fn table(&self, node: &Node<'_>, title: Option<String>, items: &mut Vec<AnswerItem>) {
        let rows = grid::rows(node);
        let columns = grid::columns(&rows);
        let cell = |row: &Node<'_>, name: &str| -> String {
            let pointer = join(&row.pointer, name);
            row.children()
                .iter()
                .find(|cell| cell.pointer == pointer)
                .and_then(|cell| Some(self.text(cell, cell.leaf()?)))
                .unwrap_or_default()
        };
        items.push(AnswerItem::Table {
            pointer: node.pointer.clone(),
            title,
            corner: node.ui.text("corner").unwrap_or_default().to_owned(),
            rows: self.table_rows(node, &rows, &columns, &cell),
            columns: columns
                .into_iter()
                .map(|(_, head)| head)
                .chain(grid::wanted(node).0.then(|| self.total_label(node)))
                .collect(),
        });
        let whole = rows
            .iter()
            .any(|row| is_within(&node.pointer, &row.pointer));
        for child in node.children() {
            if !whole && !grid::is_row(child) {
                self.node(child, items);
            }
        }
    }

    fn total_label(&self, node: &Node<'_>) -> String {
        node.ui
            .text("totalLabel")
            .unwrap_or(self.words.total)
            .to_owned()
    }

    /// The rows' texts, with the sums that the grid shows.
    fn table_rows(
        &self,
        node: &Node<'_>,
        rows: &[&Node<'_>],
        columns: &[(String, String)],
        cell: &dyn Fn(&Node<'_>, &str) -> String,
    ) -> Vec<(String, Vec<String>)> {
        let (of_rows, of_columns) = grid::wanted(node);
        let cells = |row: &Node<'_>| -> Vec<String> {
            let cells = row.children().iter().filter(|cell| cell.computed.is_none());
            cells.map(|cell| cell.pointer.clone()).collect()
        };
        let sum = |pointers: &[String]| grid::sum(self.answers, pointers).text;
        let mut texts: Vec<(String, Vec<String>)> = rows
            .iter()
            .map(|row| {
                let own = columns.iter().map(|(name, _)| cell(row, name));
                let total = of_rows.then(|| sum(&cells(row)));
                (row.label.clone(), own.chain(total).collect())
            })
            .collect();
        if of_columns {
            let all: Vec<String> = rows.iter().flat_map(|row| cells(row)).collect();
            let in_column = |name: &String| -> Vec<String> {
                let pointers = rows.iter().map(|row| join(&row.pointer, name));
                pointers.filter(|pointer| all.contains(pointer)).collect()
            };
            let sums = columns.iter().map(|(name, _)| sum(&in_column(name)));
            let total = of_rows.then(|| sum(&all));
            texts.push((self.total_label(node), sums.chain(total).collect()));
        }
        texts
    }

    fn text(&self, node: &Node<'_>, leaf: &Leaf<'_>) -> String {
        let value = self.answers.pointer(&node.pointer);
        let Some(value) = value else {
            return String::new();
        };
        let text = self.value(node, leaf, value);
        match self.known.and_then(|known| known.get(&node.pointer)) {
            Some(known) if origin::same(value, &known.value) => {
                format!("{text} – {} ({})", self.words.as_known, known.source)
            }
            Some(known) => {
                let before = self.value(node, leaf, &known.value);
                format!(
                    "{text} – {} »{before}« ({})",
                    self.words.was_known, known.source
                )
            }
            None => text,
        }
    }

    fn value(&self, node: &Node<'_>, leaf: &Leaf<'_>, value: &Value) -> String {
        match &leaf.kind {
            LeafKind::Pick(picks) | LeafKind::PickMany(picks) => {
                let label = |value: &Value| {
                    picks
                        .options
                        .iter()
                        .find(|pick| pick.value == value)
                        .map_or_else(|| plain(value), |pick| pick.label.clone())
                };
                match value {
                    Value::Array(items) if matches!(leaf.kind, LeafKind::PickMany(_)) => {
                        let labels: Vec<String> = items.iter().map(label).collect();
                        labels.join("; ")
                    }
                    value => label(value),
                }
            }
            LeafKind::Boolean => match value {
                Value::Bool(true) => node.ui.choice(0).unwrap_or(self.words.yes).to_owned(),
                Value::Bool(false) => node.ui.choice(1).unwrap_or(self.words.no).to_owned(),
                other => plain(other),
            },
            LeafKind::Tick { on, .. } if value == *on => self.words.yes.to_owned(),
            LeafKind::Tick { .. } => self.words.no.to_owned(),
            LeafKind::File => {
                file(value).map_or_else(|| plain(value), |f| format!("{} ({})", f.name, f.size))
            }
            LeafKind::Figure { .. } => self.figure(value),
            _ => shown(leaf, value),
        }
    }

    /// The figure and the comment that belongs to it.
    fn figure(&self, value: &Value) -> String {
        let text = (self.words.figure)(value);
        match value.get("comment").and_then(Value::as_str) {
            Some(comment) => format!("{text} – {comment}"),
            None => text,
        }
    }
}

fn grid_rows(node: &Node<'_>) -> bool {
    node.ui.widget() == Some("grid")
}
