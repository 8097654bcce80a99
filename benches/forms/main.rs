//! Drawing and judging forms of 10, 60, 300 and 1,000 questions, conditions and figures included: the time grows with their number.
//! `turn` and `live` are whole requests (`turns.rs`).
mod turns;

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use samsvar::web::form_view;
use samsvar_core::answers::Draft;
use samsvar_core::forms::{Form, FormSource, Language};
use serde_json::{Map, Value, json};

/// Questions in sections of ten; every fifth opens the one after it, every seventh is a figure.
pub fn source(questions: usize) -> FormSource {
    let mut sections = Map::new();
    for first in (0..questions).step_by(10) {
        let mut properties = Map::new();
        let mut rules = Vec::new();
        for i in first..(first + 10).min(questions) {
            let question = match i % 7 {
                0 => json!({"title": format!("Antal {i}"), "$ref": "#/$defs/figure"}),
                1 => json!({"title": format!("Valg {i}"), "enum": ["ja", "nej", "ved ikke"]}),
                _ => json!({"title": format!("Tekst {i}"), "type": "string", "maxLength": 200}),
            };
            if i % 5 == 1 {
                let before = format!("q{}", i - 1);
                let opened = format!("q{i}");
                rules.push(json!({"if": {"required": [before]}, "then": {"properties": {opened: question}}}));
            } else {
                properties.insert(format!("q{i}"), question);
            }
        }
        let section = json!({"title": format!("Afsnit {first}"), "type": "object", "properties": properties, "allOf": rules});
        sections.insert(format!("s{first}"), section);
    }
    let schema = json!({
        "type": "object",
        "properties": sections,
        "$defs": {"figure": {"anyOf": [
            {"type": "integer", "minimum": 0},
            {"type": "object", "properties": {"state": {"enum": ["not_stated", "not_broken_down"]}}, "required": ["state"]},
            {"type": "object", "properties": {"value": {"type": "integer"}, "qualifier": {"enum": ["estimate"]}}, "required": ["value", "qualifier"]}
        ]}}
    });
    FormSource {
        id: "bench".into(),
        schema: schema.to_string(),
        ui: Some(json!({"ui:options": {"pages": true}}).to_string()),
        ..FormSource::default()
    }
}

fn form(questions: usize) -> Form {
    match Form::read(&source(questions)) {
        Ok(form) => form,
        Err(faults) => unreachable!("the benchmark's own form: {faults:?}"),
    }
}

/// Choices as well as texts and figures.
fn answer_to(pointer: &str) -> String {
    let number = pointer
        .rsplit_once("/q")
        .map(|(_, number)| number.parse::<usize>());
    let is_choice = matches!(number, Some(Ok(number)) if number % 7 == 1);
    if is_choice { "ja" } else { "7" }.to_owned()
}

/// Everything answered.
pub fn answered(form: &Form) -> Draft {
    let pairs: Vec<(String, String)> = form
        .fields(Language::Da)
        .into_iter()
        .map(|field| (format!("f{}", field.pointer), answer_to(&field.pointer)))
        .collect();
    form.read_post(None, &pairs, &Draft::of(Value::Object(Map::new())))
}

fn forms(criterion: &mut Criterion) {
    for questions in [10, 60, 300, 1_000] {
        let form = form(questions);
        let draft = answered(&form);
        let findings = form.validate(&draft, Language::Da);
        let pairs: Vec<(String, String)> = vec![("f/s0/q2".to_owned(), "ny tekst".to_owned())];
        let mut bench = |name: &str, work: &dyn Fn()| {
            criterion.bench_with_input(BenchmarkId::new(name, questions), &questions, |b, _| {
                b.iter(work);
            });
        };
        bench("render", &|| {
            let page = form.page(&draft, &findings, Language::Da);
            black_box(form_view::fields(&page, Language::Da).into_string());
        });
        bench("section", &|| {
            let page = form.section("s0", &draft, &findings, Language::Da);
            black_box(page.map(|page| form_view::fields(&page, Language::Da).into_string()));
        });
        bench("validate", &|| {
            black_box(form.validate(&draft, Language::Da));
        });
        bench("read_post", &|| {
            black_box(form.read_post(Some("s0"), &pairs, &draft));
        });
    }
}

criterion_group!(benches, forms, turns::turns);
criterion_main!(benches);
