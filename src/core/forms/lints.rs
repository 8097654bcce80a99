//! What an author should say better: titles that can't be told apart, help in programmers' words, texts
//! that have no English.
use std::collections::HashMap;

use super::codebook::everything;
use super::layout::{Kind, Node};
use super::pointer::last;
use super::source::{SCHEMA_FILE, UI_EN_FILE};
use super::{Fault, Form, FormSource, Language};

/// Words that say something to whoever wrote the schema, and nothing to whoever answers.
const JARGON: [&str; 16] = [
    "json",
    "schema",
    "string",
    "integer",
    "boolean",
    "null",
    "enum",
    "regex",
    "array",
    "uuid",
    "pointer",
    "payload",
    "placeholder",
    "lorem",
    "todo",
    "tbd",
];
/// Questions without English that are named one by one.
const MOST_NAMED: usize = 20;

pub(crate) fn lints(form: &Form, source: &FormSource) -> Vec<Fault> {
    let layout = everything(form, Language::Da);
    let mut faults = Vec::new();
    if form.schema().get("title").is_none() && form.ui(Language::Da).text("title").is_none() {
        faults.push(Fault::warning(
            SCHEMA_FILE,
            "",
            "Skemaet har ingen »title«; siden viser navnet på mappen.",
        ));
    }
    layout.root.walk(&mut |node| {
        same_titles(node, &mut faults);
        jargon(node, &mut faults);
    });
    faults.extend(without_english(form, source));
    faults
}

/// Sisters of one group that are called the same.
fn same_titles(group: &Node<'_>, faults: &mut Vec<Fault>) {
    let Kind::Group(children) = &group.kind else {
        return;
    };
    let mut known: HashMap<String, &str> = HashMap::new();
    for child in children {
        let name = child.label.trim().to_lowercase();
        if let Some(first) = known.get(name.as_str()) {
            let why = format!(
                "»{}« hedder det samme som {first}. Den, der svarer, kan ikke se forskel.",
                child.label
            );
            faults.push(Fault::warning(SCHEMA_FILE, super::check::place(child), why));
        } else {
            known.insert(name, &child.pointer);
        }
    }
}

fn jargon(node: &Node<'_>, faults: &mut Vec<Fault>) {
    let Some(help) = node.help.as_deref() else {
        return;
    };
    let words: Vec<String> = help
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    let name = last(&node.pointer).unwrap_or_default().to_lowercase();
    let why = if help.trim().eq_ignore_ascii_case(node.label.trim()) {
        "Hjælpen siger det samme som titlen. Sig, hvordan der skal svares, eller udelad den."
            .to_owned()
    } else if words.len() < 3 && words.iter().any(|word| *word == name || word.contains('_')) {
        format!(
            "Hjælpen »{}« er feltets navn i skemaet, ikke en hjælp.",
            help.trim()
        )
    } else if let Some(word) = words.iter().find(|word| JARGON.contains(&word.as_str())) {
        format!(
            "Hjælpen bruger ordet »{word}«, som er programmørens. Sig det med den svarendes ord."
        )
    } else {
        return;
    };
    faults.push(Fault::warning(SCHEMA_FILE, super::check::place(node), why));
}

/// Texts that stand in Danish on the English page.
fn without_english(form: &Form, source: &FormSource) -> Vec<Fault> {
    if source.ui_en.is_none() {
        let why = "Skemaet har ingen engelske tekster. Læg dem i ui.en.json, hvis nogen skal svare på engelsk.";
        return vec![Fault::remark(UI_EN_FILE, "", why)];
    }
    let (danish, english) = (
        everything(form, Language::Da),
        everything(form, Language::En),
    );
    let mut labels: HashMap<String, (String, bool)> = HashMap::new();
    english.root.walk(&mut |node| {
        let said = node.ui.text("title").is_some();
        labels.insert(node.pointer.clone(), (node.label.clone(), said));
    });
    let mut missing: Vec<(String, String)> = Vec::new();
    danish.root.walk(&mut |node| {
        let item = last(&node.pointer).is_some_and(|token| token == "*");
        let same = labels
            .get(&node.pointer)
            .is_some_and(|(label, said)| *label == node.label && !said);
        let hidden = node.ui.widget() == Some("hidden") || node.pointer.is_empty();
        if same && !item && !hidden && reads_as_danish(&node.label) {
            missing.push((node.pointer.clone(), node.label.clone()));
        }
    });
    let rest = missing.len().saturating_sub(MOST_NAMED);
    let mut faults: Vec<Fault> = missing
        .into_iter()
        .take(MOST_NAMED)
        .map(|(pointer, label)| {
            Fault::remark(
                UI_EN_FILE,
                &pointer,
                format!("»{label}« har ingen engelsk tekst."),
            )
        })
        .collect();
    if rest > 0 {
        faults.push(Fault::remark(
            UI_EN_FILE,
            "",
            format!("Yderligere {rest} spørgsmål har ingen engelsk tekst."),
        ));
    }
    faults
}

/// A year or a code is the same in both languages.
fn reads_as_danish(label: &str) -> bool {
    label
        .split(|c: char| !c.is_alphabetic())
        .any(|word| word.chars().count() > 3 && word.chars().skip(1).all(char::is_lowercase))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::forms::has_errors;

    fn told(schema: Value, ui: Value, ui_en: Option<Value>) -> Vec<String> {
        let source = FormSource {
            id: "prøve".to_owned(),
            schema: schema.to_string(),
            ui: Some(ui.to_string()),
            ui_en: ui_en.map(|ui| ui.to_string()),
            ..FormSource::default()
        };
        let faults = Form::check(&source, |_, _| Vec::new());
        assert!(!has_errors(&faults), "{faults:?}");
        faults.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_authors_form_is_read_as_a_respondent_would() {
        let schema = json!({"title": "T", "properties": {
            "a": {"title": "Antal", "type": "integer"},
            "b": {"title": "antal ", "type": "integer"},
            "caseType": {"title": "Sagens art", "type": "string"},
            "c": {"title": "Dato", "type": "string"},
            "d": {"title": "Navn", "type": "string"}}});
        let ui = json!({"caseType": {"ui:help": "caseType"}, "c": {"ui:help": "Skriv en ISO-string."}, "d": {"ui:help": "Navn"}});
        let lines = told(schema, ui, None).join("\n");
        for part in [
            "/properties/b: »antal « hedder det samme som /a",
            "/properties/caseType: Hjælpen »caseType« er feltets navn",
            "/properties/c: Hjælpen bruger ordet »string«",
            "/properties/d: Hjælpen siger det samme",
            "ui.en.json: bemærkning: (øverst): Skemaet har ingen engelske",
        ] {
            assert!(lines.contains(part), "{part}\n{lines}");
        }
    }

    #[test]
    fn a_question_without_english_is_a_remark() {
        let schema = json!({"title": "T", "properties": {"a": {"title": "Antal", "type": "integer"}, "b": {"title": "Navn", "type": "string"}, "2019": {"title": "2019", "type": "integer"}}});
        let lines = told(
            schema,
            json!({}),
            Some(json!({"a": {"ui:title": "Number"}})),
        );
        assert_eq!(
            lines,
            ["ui.en.json: bemærkning: /b: »Navn« har ingen engelsk tekst."]
        );
    }
}
