//! How a form is parted into pages.
use serde_json::Value;

use super::layout::{Kind, Layout, Node};
use super::leaf::{Leaf, LeafKind};
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
    // A map with names of the respondent's own choice is one answer, written as JSON.
    let children = match layout.root.kind {
        Kind::Leaf(Leaf {
            kind: LeafKind::Json,
            ..
        }) => std::slice::from_ref(&layout.root),
        _ => layout.root.children(),
    };
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
            let (answered, total) = progress(section, draft, live);
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

/// Of the questions that must be answered; where none must, those that are answered are all.
fn progress(section: &Section<'_, '_>, draft: &Draft, live: &Value) -> (usize, usize) {
    let (mut demanded, mut met, mut optional) = (0, 0, 0);
    for node in &section.nodes {
        node.walk(&mut |node| {
            let given = live.pointer(&node.pointer).is_some_and(|v| !v.is_null());
            let answered = given || draft.unread.contains_key(&node.pointer);
            let undecided = node.choices.iter().any(|choice| choice.chosen.is_none());
            match (is_question(node), node.required) {
                (true, true) => {
                    demanded += 1;
                    met += usize::from(answered);
                }
                (true, false) => optional += usize::from(answered),
                (false, true) if undecided => demanded += 1,
                _ => {}
            }
        });
    }
    if demanded > 0 {
        (met, demanded)
    } else {
        (optional, optional)
    }
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::answers::Draft;
    use crate::forms::{Form, FormSource, Language};

    fn progress(schema: serde_json::Value, answers: serde_json::Value) -> (usize, usize) {
        let form = Form::read(&FormSource {
            id: "prøve".to_owned(),
            schema: schema.to_string(),
            ..FormSource::default()
        })
        .unwrap();
        let heads = form.sections(&Draft::of(answers), &[], Language::Da);
        (heads[0].answered, heads[0].total)
    }

    #[test]
    fn a_section_is_answered_when_what_it_demands_is() {
        let schema = json!({"properties": {"a": {"type": "string"}, "b": {"type": "string"}}, "required": ["a"]});
        assert_eq!(progress(schema.clone(), json!({"b": "x"})), (0, 1));
        assert_eq!(progress(schema, json!({"a": "x"})), (1, 1));
    }

    #[test]
    fn a_section_without_demands_may_stay_empty() {
        let schema = json!({"properties": {"a": {"type": "string"}, "b": {"type": "string"}}});
        assert_eq!(progress(schema.clone(), json!({})), (0, 0));
        assert_eq!(progress(schema, json!({"a": "x"})), (1, 1));
    }
}
