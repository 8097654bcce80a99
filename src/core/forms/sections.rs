//! How a form is parted into pages.
use serde_json::Value;

use super::layout::{Kind, Layout, Node};
use super::leaf::LeafKind;
use super::pointer::{is_within, last};
use super::ui::Ui;
use super::view::SectionHead;
use super::{Finding, Language};
use crate::answers::Draft;

/// Id of the page that gathers the questions that stand alone at the top of a form.
const START: &str = "start";

pub(crate) struct Section<'n, 's> {
    pub id: String,
    pub title: String,
    pub help: Option<String>,
    /// The group that is the section; `None` for the gathered page.
    pub group: Option<&'n Node<'s>>,
    pub nodes: Vec<&'n Node<'s>>,
}

/// One section per group at the top when the form asks for pages, else one for all.
pub(crate) fn of<'n, 's>(
    layout: &'n Layout<'s>,
    ui: Ui<'_>,
    form_title: &str,
    language: Language,
) -> Vec<Section<'n, 's>> {
    let children = layout.root.children();
    let pages = ui.flag("pages");
    let (own, gathered): (Vec<&Node<'s>>, Vec<&Node<'s>>) =
        children.iter().partition(|node| pages && is_page(node));
    let mut sections: Vec<Section<'n, 's>> = own.into_iter().map(section).collect();
    if !gathered.is_empty() || sections.is_empty() {
        let taken = sections.iter().any(|s| s.id == START);
        let title = ui.text("startTitle").map_or_else(
            || gathered_title(pages, form_title, language),
            str::to_owned,
        );
        let start = Section {
            id: if taken {
                "-".to_owned()
            } else {
                START.to_owned()
            },
            title,
            help: None,
            group: None,
            nodes: gathered,
        };
        sections.insert(0, start);
    }
    sections
}

fn gathered_title(pages: bool, form_title: &str, language: Language) -> String {
    match (pages, language) {
        (true, Language::Da) => "Først".to_owned(),
        (true, Language::En) => "To begin with".to_owned(),
        (false, _) => form_title.to_owned(),
    }
}

/// A group, or a repeat group, of its own.
fn is_page(node: &Node<'_>) -> bool {
    match &node.kind {
        Kind::Group(_) => true,
        Kind::Repeat(repeat) => {
            repeat.items.is_empty() || repeat.items.iter().any(|item| item.leaf().is_none())
        }
        Kind::Nothing => !node.choices.is_empty(),
        _ => false,
    }
}

fn section<'n, 's>(node: &'n Node<'s>) -> Section<'n, 's> {
    Section {
        id: last(&node.pointer).unwrap_or_default(),
        title: node.label.clone(),
        help: node.help.clone(),
        group: Some(node),
        nodes: vec![node],
    }
}

pub(crate) fn heads(
    sections: &[Section<'_, '_>],
    draft: &Draft,
    live: &Value,
    findings: &[Finding],
) -> Vec<SectionHead> {
    sections
        .iter()
        .map(|section| {
            let (mut answered, mut total) = (0, 0);
            for node in &section.nodes {
                node.walk(&mut |node| {
                    if is_question(node) {
                        total += 1;
                        let given = live.pointer(&node.pointer).is_some_and(|v| !v.is_null());
                        answered += usize::from(given || draft.unread.contains_key(&node.pointer));
                    }
                });
            }
            SectionHead {
                id: section.id.clone(),
                title: section.title.clone(),
                answered,
                total,
                has_findings: findings.iter().any(|f| section.holds(&f.pointer)),
            }
        })
        .collect()
}

impl Section<'_, '_> {
    pub fn holds(&self, pointer: &str) -> bool {
        self.nodes
            .iter()
            .any(|node| is_within(pointer, &node.pointer))
    }
}

pub(crate) fn is_question(node: &Node<'_>) -> bool {
    let asked = node
        .leaf()
        .is_some_and(|leaf| !matches!(leaf.kind, LeafKind::Fixed(_)));
    asked && !node.read_only && node.ui.widget() != Some("hidden")
}
