//! `form check`: every fault of a form, explained with its file and place before anyone is invited.
use serde_json::Value;

use super::codebook::everything;
use super::layout::{Kind, Node};
use super::leaf::LeafKind;
use super::pointer::{join, last};
use super::rules;
use super::schema::At;
use super::source::{SCHEMA_FILE, UI_EN_FILE, UI_FILE, json};
use super::{Fault, Form, FormSource, Language, Severity};
use crate::answers::Draft;

/// Widgets of the RJSF convention and Samsvar's own.
const WIDGETS: [&str; 30] = [
    "text",
    "textarea",
    "email",
    "uri",
    "url",
    "tel",
    "password",
    "color",
    "date",
    "date-time",
    "datetime",
    "alt-date",
    "alt-datetime",
    "time",
    "updown",
    "range",
    "radio",
    "select",
    "checkbox",
    "checkboxes",
    "hidden",
    "file",
    "files",
    "figure",
    "grid",
    "matrix",
    "percent",
    "organisation",
    "signoff",
    "default",
];

impl Form {
    /// Every fault and warning of a form, errors first: its examples tried, its report definition
    /// judged by `check_report`.
    pub fn check(source: &FormSource, check_report: fn(&Form, &Value) -> Vec<Fault>) -> Vec<Fault> {
        let form = match Form::read(source) {
            Ok(form) => form,
            Err(faults) => return hidden_too(source, faults),
        };
        let mut faults = Vec::new();
        faults.extend(unaskable(&form));
        faults.extend(wording(&form));
        faults.extend(super::lints::lints(&form, source));
        faults.extend(rule_faults(&form));
        faults.extend(untried_rules(&form, source));
        faults.extend(super::signup::faults(&form, source));
        for (file, text) in [(UI_FILE, &source.ui), (UI_EN_FILE, &source.ui_en)] {
            if let Some(ui) = text.as_ref().and_then(|text| json(file, text, &mut faults)) {
                faults.extend(ui_faults(&form, file, &ui));
            }
        }
        for (name, text) in &source.examples {
            faults.extend(example(&form, name, text));
        }
        if let Some(report) = form.report() {
            faults.extend(check_report(&form, report));
        }
        faults.sort_by_key(|fault| std::cmp::Reverse(fault.severity));
        faults
    }
}

/// The faults, and those that can't be seen before these are mended; elements of lists keep their numbers.
fn hidden_too(source: &FormSource, faults: Vec<Fault>) -> Vec<Fault> {
    let in_list =
        |fault: &Fault| last(&fault.pointer).is_some_and(|token| token.parse::<usize>().is_ok());
    if faults.iter().any(in_list) {
        return faults;
    }
    match Form::read_mended(source.clone()) {
        Ok((_, all)) | Err(all) => all,
    }
}

/// Whether the form can't be used as it is.
pub fn has_errors(faults: &[Fault]) -> bool {
    faults.iter().any(|fault| fault.severity == Severity::Error)
}

/// The place in `form.json` that a node comes from.
pub(super) fn place<'n>(node: &'n Node<'_>) -> &'n str {
    node.origin.first().map_or("", |at| at.location.as_str())
}

/// Parts that no page can ask for, or only as JSON.
fn unaskable(form: &Form) -> Vec<Fault> {
    let layout = everything(form, Language::Da);
    let mut faults = Vec::new();
    if layout.truncated {
        faults.push(Fault::warning(
            SCHEMA_FILE,
            "",
            format!(
                "Skemaet har flere end {} spørgsmål; resten vises ikke.",
                crate::danish::integer(super::layout::MAX_NODES as i64)
            ),
        ));
    }
    if layout.root.children().is_empty() {
        faults.push(Fault::error(
            SCHEMA_FILE,
            "",
            "Skemaet stiller ingen spørgsmål. Det skal være et objekt med »properties«.",
        ));
    }
    layout.root.walk(&mut |node| {
        if node
            .leaf()
            .is_some_and(|leaf| matches!(leaf.kind, LeafKind::Json))
        {
            faults.push(Fault::warning(
                SCHEMA_FILE,
                place(node),
                format!(
                    "»{}« kan ikke vises som spørgsmål og skal besvares som JSON.",
                    node.label
                ),
            ));
        }
    });
    faults.extend(demanded_in_vain(&layout.root));
    faults
}

/// Properties that are demanded but described nowhere: nobody can answer them.
fn demanded_in_vain(root: &Node<'_>) -> Vec<Fault> {
    let mut faults = Vec::new();
    root.walk(&mut |node| {
        let Kind::Group(children) = &node.kind else {
            return;
        };
        let known: Vec<String> = children.iter().filter_map(|c| last(&c.pointer)).collect();
        for at in &node.origin {
            let demanded = at.schema.get("required").and_then(Value::as_array);
            for (i, name) in demanded.into_iter().flatten().enumerate() {
                let Some(name) = name.as_str() else { continue };
                if !known.iter().any(|k| k == name) {
                    let pointer = format!("{}/required/{i}", at.location);
                    faults.push(Fault::error(
                        SCHEMA_FILE,
                        &pointer,
                        format!("»{name}« skal besvares, men er ikke beskrevet under »properties«. Ingen kan udfylde skemaet."),
                    ));
                }
            }
        }
    });
    faults
}

/// Rules and computed answers that can't be worked out, or that name what the form does not ask.
fn rule_faults(form: &Form) -> Vec<Fault> {
    let layout = everything(form, Language::Da);
    let mut faults = Vec::new();
    let mut told = |place: &str, why: String| {
        let fault = Fault::error(SCHEMA_FILE, place, why);
        if !faults.contains(&fault) {
            faults.push(fault);
        }
    };
    let unknown = |path: &str| format!("»{path}« er ikke et felt her.");
    layout.root.walk(&mut |node| {
        for rule in &node.rules {
            for (below, why) in rule.faults() {
                told(&format!("{}{below}", rule.location), why);
            }
            for path in rule.paths().iter().filter(|path| !leads(node, path)) {
                told(&rule.location, unknown(path));
            }
        }
        for child in node.children() {
            let Some(declared) = child.computed else {
                continue;
            };
            let at = join(place(child), rules::COMPUTED);
            if let Some(why) = rules::computed_fault(declared) {
                told(&at, why);
            }
            for path in rules::computed_paths(declared) {
                if !leads(node, &path) {
                    told(&at, unknown(&path));
                }
            }
        }
    });
    faults
}

/// Whether a rule's path names something that is asked below `node`.
fn leads(node: &Node<'_>, path: &str) -> bool {
    let Some((first, rest)) = path.split_once('/').or(Some((path, ""))) else {
        return false;
    };
    let token = super::pointer::unescape(first);
    let fits = |child: &&Node<'_>| {
        let name = last(&child.pointer).unwrap_or_default();
        name == token || name == "*" || token == "*"
    };
    let mut below = node.children().iter().filter(fits);
    if rest.is_empty() {
        below.next().is_some()
    } else {
        below.any(|child| leads(child, rest))
    }
}

/// Rules that no example breaks: nobody has seen them work.
fn untried_rules(form: &Form, source: &FormSource) -> Vec<Fault> {
    let layout = everything(form, Language::Da);
    let mut untried: Vec<String> = Vec::new();
    layout.root.walk(&mut |node| {
        for rule in &node.rules {
            if !untried.contains(&rule.location) {
                untried.push(rule.location.clone());
            }
        }
    });
    if untried.is_empty() {
        return Vec::new();
    }
    for (_, text) in source
        .examples
        .iter()
        .filter(|(name, _)| name.starts_with("faulty"))
    {
        let example: Option<Value> = serde_json::from_str(text).ok();
        let Some(answers) = example.as_ref().and_then(|example| example.get("answers")) else {
            continue;
        };
        let draft = Draft::of(answers.clone());
        let live = form.live(&draft);
        let drawn = form.layout(&live, &draft, Language::Da);
        let broken = rules::broken(&drawn, &live, Language::Da);
        untried.retain(|place| broken.iter().all(|rule| rule.location != *place));
    }
    let why =
        "Ingen af eksemplerne bryder reglen. Læg et »examples/faulty-….json« ved, som gør det.";
    let fault = |place: &String| match source.examples.is_empty() {
        true => Fault::warning(SCHEMA_FILE, place, why),
        false => Fault::error(SCHEMA_FILE, place, why),
    };
    untried.iter().map(fault).collect()
}

/// Questions without a title and choices without words.
fn wording(form: &Form) -> Vec<Fault> {
    let layout = everything(form, Language::Da);
    let mut faults = Vec::new();
    layout.root.walk(&mut |node| {
        let item = last(&node.pointer).is_some_and(|t| t == "*" || t.parse::<usize>().is_ok());
        let titled = node.ui.text("title").is_some() || has_title(form, node);
        if !node.pointer.is_empty() && !item && !titled && node.ui.widget() != Some("hidden") {
            faults.push(Fault::warning(
                SCHEMA_FILE,
                place(node),
                format!("Spørgsmålet har ingen »title«; siden skriver »{}«.", node.label),
            ));
        }
        if let Some(LeafKind::Pick(picks) | LeafKind::PickMany(picks)) =
            node.leaf().map(|leaf| &leaf.kind)
        {
            let bare = picks
                .options
                .iter()
                .filter(|pick| looks_like_a_code(pick.value, &pick.label))
                .count();
            if bare > 0 {
                faults.push(Fault::warning(
                    SCHEMA_FILE,
                    place(node),
                    format!("{} i »{}« har ingen ord. Brug »ui:enumNames«, eller »oneOf« med »const« og »title«.", crate::danish::count(bare as u64, "svarmulighed", "svarmuligheder"), node.label),
                ));
            }
        }
    });
    faults
}

fn has_title(form: &Form, node: &Node<'_>) -> bool {
    let found = super::gather::gather(
        &form.schema,
        &node.origin,
        super::gather::Conditions::AllOpen,
    );
    let titled = |at: &At<'_>| at.schema.get("title").is_some_and(Value::is_string);
    found.parts.iter().any(titled) || (node.origin.is_empty() && !node.label.is_empty())
}

/// `by_hand` or `notStated`: written for programs. Words, names and numbers are not.
fn looks_like_a_code(value: &Value, label: &str) -> bool {
    let Value::String(text) = value else {
        return false;
    };
    let inner_capital = text
        .chars()
        .zip(text.chars().skip(1))
        .any(|(a, b)| a.is_lowercase() && b.is_uppercase());
    text == label
        && !text.contains(' ')
        && (text.contains('_')
            || inner_capital
            || text.chars().next().is_some_and(|c| c.is_ascii_lowercase()))
}

fn ui_faults(form: &Form, file: &str, ui: &Value) -> Vec<Fault> {
    let layout = everything(form, Language::Da);
    let mut faults = Vec::new();
    ui_level(&layout.root, ui, "", file, &mut faults);
    faults
}

fn ui_level(node: &Node<'_>, ui: &Value, at: &str, file: &str, faults: &mut Vec<Fault>) {
    let Some(members) = ui.as_object() else {
        faults.push(Fault::error(file, at, "Skal være et JSON-objekt."));
        return;
    };
    for (name, below) in members {
        let here = join(at, name);
        match name.as_str() {
            "ui:widget" => {
                widget(below, &here, file, faults);
                if below == "figure" && !has_figure(node) {
                    let why = format!("Feltet kan ikke vises som »figure«. {ONLY_FIGURES}");
                    faults.push(Fault::error(file, &here, why));
                }
            }
            "ui:options" => {
                if let Some(named) = below.get("widget") {
                    widget(named, &join(&here, "widget"), file, faults);
                }
                remarks(node, below, &here, file, faults);
            }
            "ui:order" => order(node, below, &here, file, faults),
            _ if name.starts_with("ui:") => {}
            "items" if matches!(node.kind, Kind::Repeat(_)) => {
                if let (Some(item), true) = (node.children().first(), below.is_object()) {
                    ui_level(item, below, &here, file, faults);
                }
            }
            "items" if node.leaf().is_some() => {}
            _ => match child(node, name) {
                Some(child) => ui_level(child, below, &here, file, faults),
                None if matches!(node.kind, Kind::Closed) || truncated(node) => {}
                None => faults.push(Fault::error(
                    file,
                    &here,
                    format!("Skemaet har intet felt, der hedder »{name}« her."),
                )),
            },
        }
    }
}

fn child<'n, 's>(node: &'n Node<'s>, name: &str) -> Option<&'n Node<'s>> {
    node.children()
        .iter()
        .find(|child| last(&child.pointer).as_deref() == Some(name))
}

/// Answers with an inside of their own, such as figures and files, may be described further.
fn truncated(node: &Node<'_>) -> bool {
    matches!(node.kind, Kind::Nothing)
        || node.leaf().is_some_and(|leaf| {
            matches!(
                leaf.kind,
                LeafKind::Json | LeafKind::File | LeafKind::Figure { .. }
            )
        })
}

fn widget(named: &Value, at: &str, file: &str, faults: &mut Vec<Fault>) {
    let known = named.as_str().is_some_and(|name| WIDGETS.contains(&name));
    if !known {
        faults.push(Fault::error(
            file,
            at,
            format!(
                "Kender ikke feltvisningen {named}. Vælg en af: {}.",
                WIDGETS.join(", ")
            ),
        ));
    }
}

const ONLY_FIGURES: &str =
    "Det kan kun et tal, der også må være et objekt med »value«, »qualifier« og »comment«.";

fn has_figure(node: &Node<'_>) -> bool {
    let mut found = false;
    node.walk(&mut |node| {
        found |= node
            .leaf()
            .is_some_and(|leaf| matches!(leaf.kind, LeafKind::Figure { .. }));
    });
    found
}

/// Remarks that are asked for where none can be kept.
fn remarks(node: &Node<'_>, options: &Value, at: &str, file: &str, faults: &mut Vec<Fault>) {
    let room = has_figure(node);
    for option in ["comments", "deviation"] {
        let asked = options.get(option).is_some_and(|value| *value != false);
        if asked && !room {
            faults.push(Fault::error(
                file,
                &join(at, option),
                format!("Her er intet felt, der kan have en bemærkning. {ONLY_FIGURES}"),
            ));
        }
    }
}

fn order(node: &Node<'_>, names: &Value, at: &str, file: &str, faults: &mut Vec<Fault>) {
    for (i, name) in names.as_array().into_iter().flatten().enumerate() {
        let known = name
            .as_str()
            .is_some_and(|name| name == "*" || child(node, name).is_some());
        if !known {
            faults.push(Fault::error(
                file,
                &format!("{at}/{i}"),
                format!("Skemaet har intet felt, der hedder {name} her."),
            ));
        }
    }
}

/// Whether an example behaves: a valid one has no findings, a faulty one those it expects.
fn example(form: &Form, name: &str, text: &str) -> Vec<Fault> {
    let file = format!("examples/{name}");
    let mut faults = Vec::new();
    let Some(document) = json(&file, text, &mut faults) else {
        return faults;
    };
    if name.starts_with("faulty") {
        faults.extend(faulty_example(form, &file, &document));
    } else {
        let draft = Draft::of(document);
        for finding in form.validate(&draft, Language::Da) {
            faults.push(Fault::error(
                &file,
                &finding.pointer,
                format!(
                    "Eksemplet skulle være gyldigt, men: {} ({})",
                    finding.message, finding.keyword
                ),
            ));
        }
        for (pointer, label) in form.dropped(&draft, Language::Da) {
            faults.push(Fault::warning(
                &file,
                &pointer,
                format!("»{label}« står i en gren, der er lukket, og bliver ikke sendt."),
            ));
        }
    }
    faults
}

fn faulty_example(form: &Form, file: &str, document: &Value) -> Vec<Fault> {
    let (Some(answers), Some(expected)) = (
        document.get("answers"),
        document.get("expect").and_then(Value::as_array),
    ) else {
        return vec![Fault::error(
            file,
            "",
            "Et fejlbehæftet eksempel skal have »answers« og »expect«.",
        )];
    };
    let told = form.validate(&Draft::of(answers.clone()), Language::Da);
    let bare = form.validate_json(answers, Language::Da);
    let mut faults = Vec::new();
    for (i, expectation) in expected.iter().enumerate() {
        let text = |key: &str| expectation.get(key).and_then(Value::as_str);
        let occurs = told.iter().chain(&bare).any(|finding| {
            text("pointer").is_none_or(|p| p == finding.pointer)
                && text("keyword").is_none_or(|k| k == finding.keyword)
        });
        if !occurs {
            let found: Vec<String> = told
                .iter()
                .map(|f| format!("{} ({})", f.pointer, f.keyword))
                .collect();
            faults.push(Fault::error(
                file,
                &format!("/expect/{i}"),
                format!(
                    "Den ventede fejl {expectation} kommer ikke. Der kommer: {}",
                    found.join(", ")
                ),
            ));
        }
    }
    faults
}
