//! Forms made in a line, pages drawn, and a browser's way of posting a page.
#![allow(dead_code, reason = "each test binary uses its part")]
#![allow(
    clippy::expect_used,
    clippy::panic,
    reason = "a test that can't read its input has failed"
)]
use std::fs;
use std::path::Path;

use samsvar::web::form_view::{Standalone, fields_of_section, page, section_head};
use samsvar_core::answers::Draft;
use samsvar_core::forms::{Form, FormSource, Language};
use scraper::{ElementRef, Html, Selector};
use serde_json::Value;

pub fn form(schema: Value) -> Form {
    with_ui(schema, serde_json::json!({}))
}

pub fn with_ui(schema: Value, ui: Value) -> Form {
    let source = FormSource {
        id: "test".into(),
        schema: schema.to_string(),
        ui: Some(ui.to_string()),
        ..FormSource::default()
    };
    Form::read(&source).expect("a usable form")
}

/// A form's id, the form, and its examples by file name.
pub type Shipped = (String, Form, Vec<(String, Value)>);

/// The forms of the repository with their examples.
pub fn shipped() -> Vec<Shipped> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("forms");
    let mut forms = Vec::new();
    for folder in fs::read_dir(root).expect("forms").flatten() {
        let text = |name: &str| fs::read_to_string(folder.path().join(name)).ok();
        let Some(schema) = text("form.json") else {
            continue;
        };
        let id = folder.file_name().to_string_lossy().into_owned();
        let source = FormSource {
            id: id.clone(),
            schema,
            ui: text("ui.json"),
            ui_en: text("ui.en.json"),
            report: text("report.json"),
            examples: Vec::new(),
        };
        let form = Form::read(&source).unwrap_or_else(|faults| panic!("{id}: {faults:#?}"));
        let examples = fs::read_dir(folder.path().join("examples"))
            .into_iter()
            .flatten()
            .flatten()
            .map(|file| {
                let text = fs::read_to_string(file.path()).expect("example");
                let name = file.file_name().to_string_lossy().into_owned();
                (name, serde_json::from_str(&text).expect("JSON"))
            })
            .collect();
        forms.push((id, form, examples));
    }
    forms
}

/// The whole page with the draft's findings.
pub fn page_of(form: &Form, draft: &Draft) -> String {
    let findings = form.validate(draft, Language::Da);
    page(&Standalone {
        form,
        draft,
        findings: &findings,
        language: Language::Da,
        stylesheet: None,
    })
    .into_string()
}

/// The successful controls of the page's form, as a browser without script sends them.
pub fn posted(html: &str) -> Vec<(String, String)> {
    let document = Html::parse_document(html);
    let controls = Selector::parse("form input, form textarea, form select").expect("selector");
    document
        .select(&controls)
        .filter_map(|control| {
            let name = control.attr("name")?.to_owned();
            control.attr("disabled").is_none().then_some(())?;
            Some((name, value_of(control)?))
        })
        .collect()
}

fn value_of(control: ElementRef<'_>) -> Option<String> {
    match control.value().name() {
        "textarea" => {
            let text: String = control.text().collect();
            Some(text.replace('\n', "\r\n"))
        }
        "select" => {
            let options = Selector::parse("option").expect("selector");
            let chosen = control
                .select(&options)
                .find(|option| option.attr("selected").is_some())
                .or_else(|| control.select(&options).next())?;
            Some(chosen.attr("value").unwrap_or_default().to_owned())
        }
        _ => match control.attr("type") {
            Some("checkbox" | "radio") => {
                control.attr("checked")?;
                Some(control.attr("value").unwrap_or("on").to_owned())
            }
            Some("file") => None,
            Some("text") | None => {
                // A browser takes line ends out of a field of one line.
                let shown = control.attr("value").unwrap_or_default();
                Some(shown.replace(['\r', '\n'], ""))
            }
            _ => Some(control.attr("value").unwrap_or_default().to_owned()),
        },
    }
}

/// A control of the page that a person can set.
pub struct Settable {
    name: String,
    kind: &'static str,
    values: Vec<String>,
}

impl Settable {
    /// What the control sends when a person does the `pick`th thing to it.
    pub fn answered(&self, pick: usize, texts: &[&str]) -> Vec<(String, String)> {
        let pair = |value: &str| (self.name.clone(), value.to_owned());
        match self.kind {
            "line" => vec![pair(&texts[pick % texts.len()].replace(['\r', '\n'], ""))],
            "text" => vec![pair(texts[pick % texts.len()])],
            "kept" => self.values.iter().map(|value| pair(value)).collect(),
            "one" => {
                let chosen = self.values.get(pick % (self.values.len() + 1));
                chosen.map(|value| pair(value)).into_iter().collect()
            }
            _ => {
                let ticked = self.values.iter().enumerate();
                ticked
                    .filter(|(i, _)| pick >> i & 1 == 1)
                    .map(|(_, value)| pair(value))
                    .collect()
            }
        }
    }
}

/// The controls of the page's form, radio buttons and boxes of one name together.
pub fn controls(html: &str) -> Vec<Settable> {
    let document = Html::parse_document(html);
    let all = Selector::parse("form input, form textarea, form select").expect("selector");
    let options = Selector::parse("option").expect("selector");
    let mut controls: Vec<Settable> = Vec::new();
    for control in document.select(&all) {
        let Some(name) = control.attr("name") else {
            continue;
        };
        let value = control.attr("value").unwrap_or_default().to_owned();
        let (kind, values) = match (control.value().name(), control.attr("type")) {
            ("select", _) => (
                "one",
                control
                    .select(&options)
                    .filter_map(|option| option.attr("value").map(str::to_owned))
                    .collect(),
            ),
            (_, Some("radio")) => ("one", vec![value]),
            (_, Some("checkbox")) => ("many", vec![value]),
            (_, Some("hidden")) => ("kept", vec![value]),
            (_, Some("file")) => continue,
            ("textarea", _) => ("text", Vec::new()),
            _ => ("line", Vec::new()),
        };
        match controls
            .iter_mut()
            .find(|known| known.name == name && known.kind == kind)
        {
            Some(known) => known.values.extend(values),
            None => controls.push(Settable {
                name: name.to_owned(),
                kind,
                values,
            }),
        }
    }
    controls
}

/// The values of the page's `do` buttons.
pub fn actions(html: &str) -> Vec<String> {
    let document = Html::parse_document(html);
    let buttons = Selector::parse("button[name=do]").expect("selector");
    let actions = document.select(&buttons);
    actions
        .filter_map(|button| button.attr("value").map(str::to_owned))
        .collect()
}

/// Ids that stand more than once on the page.
pub fn doubled_ids(html: &str) -> Vec<String> {
    let document = Html::parse_document(html);
    let any = Selector::parse("[id]").expect("selector");
    let mut seen = std::collections::HashSet::new();
    let ids = document
        .select(&any)
        .filter_map(|element| element.attr("id"));
    ids.filter(|id| !seen.insert(id.to_owned()))
        .map(str::to_owned)
        .collect()
}

/// The page of each section as it stands by itself, under its own heading.
pub fn pages_of(form: &Form, draft: &Draft) -> Vec<String> {
    let findings = form.validate(draft, Language::Da);
    let heads = form.sections(draft, &findings, Language::Da);
    let pages = heads
        .iter()
        .filter_map(|head| form.section(&head.id, draft, &findings, Language::Da));
    pages
        .map(|page| {
            let head = section_head(&page, &form.title(Language::Da)).into_string();
            head + &fields_of_section(&page, Language::Da).into_string()
        })
        .collect()
}

/// What is wrong with a page's headings: not one of the first level, or a level passed over.
pub fn heading_faults(html: &str) -> Vec<String> {
    let page = Html::parse_document(html);
    let heading = Selector::parse("h1, h2, h3, h4, h5, h6").expect("a selector");
    let levels: Vec<u8> = page
        .select(&heading)
        .filter_map(|one| {
            one.value()
                .name()
                .as_bytes()
                .get(1)
                .map(|digit| digit - b'0')
        })
        .collect();
    let mut faults = Vec::new();
    if levels.iter().filter(|level| **level == 1).count() != 1 {
        faults.push(format!("not one main heading: {levels:?}"));
    }
    for pair in levels.windows(2) {
        if let [above, level] = pair
            && *level > above + 1
        {
            faults.push(format!("level {level} stands below {above}: {levels:?}"));
        }
    }
    faults
}
