//! Any schema is drawn without panic, and any answers that its page can produce come back the same.
mod form_engine_support;

use form_engine_support::{controls, form, page_of, posted};
use proptest::prelude::*;
use samsvar_core::answers::Draft;
use samsvar_core::forms::{Form, Language};
use serde_json::{Map, Value, json};

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!({"type": "string"})),
        Just(json!({"type": "string", "maxLength": 1000, "title": "Lang tekst"})),
        Just(json!({"type": "string", "format": "date"})),
        Just(json!({"type": "string", "format": "date-time"})),
        Just(json!({"type": "string", "format": "time"})),
        Just(json!({"type": "string", "format": "email"})),
        Just(json!({"type": "integer", "minimum": 0})),
        Just(json!({"type": "integer", "minimum": 1900, "maximum": 2100})),
        Just(json!({"type": "number"})),
        Just(json!({"type": "boolean"})),
        Just(json!({"type": ["string", "null"]})),
        Just(json!({"type": ["number", "string"]})),
        Just(json!({"enum": ["a", "b", null]})),
        Just(json!({"enum": [1, "1", true, {"x": 1}]})),
        Just(json!({"const": true})),
        Just(json!({"const": 7})),
        Just(json!({"oneOf": [{"const": 1, "title": "Én"}, {"const": 2, "title": "To"}]})),
        Just(json!({"type": "array", "items": {"type": "string"}})),
        Just(json!({"type": "array", "items": {"type": "integer"}})),
        Just(json!({"type": "array", "items": {"enum": ["x", "y", "z"]}, "uniqueItems": true})),
        Just(json!({"$ref": "#/$defs/figure"})),
        Just(json!({"anyOf": [{"type": "string"}, {"type": "null"}]})),
        Just(json!({"type": "object", "additionalProperties": {"type": "string"}})),
        Just(json!({})),
        Just(json!(true)),
    ]
}

/// A group with a sum of its numbers and a rule between two of its answers.
fn members_with_sum(inner: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    prop::collection::btree_map("[a-e]", inner, 1..4).prop_map(|mut properties| {
        let sum = json!({"type": "number", "x-computed": {"sum": ["*"]}});
        properties.insert("sum".into(), sum);
        json!({"type": "object", "properties": properties, "x-rules": [
            {"compare": ["a", "<=", "b"], "message": "a > b"},
            {"if": ["a", ">", 0], "compare": [{"sum": ["*"]}, ">", "sum"], "at": "b"}
        ]})
    })
}

fn schema() -> impl Strategy<Value = Value> {
    let nested = scalar().prop_recursive(3, 24, 4, |inner| {
        let members = prop::collection::btree_map("[a-e]", inner.clone(), 1..4);
        prop_oneof![
            (members.clone(), prop::collection::vec("[a-e]", 0..2)).prop_map(|(properties, required)| {
                let required: Vec<String> = required.into_iter().filter(|name| properties.contains_key(name)).collect();
                json!({"type": "object", "properties": properties, "required": required})
            }),
            members.clone().prop_map(|properties| json!({"type": "array", "maxItems": 5, "items": {"type": "object", "properties": properties}})),
            (members.clone(), inner.clone()).prop_map(|(properties, then)| json!({
                "type": "object",
                "properties": {"p": {"type": "boolean"}, "q": {"enum": ["j", "k"]}},
                "if": {"properties": {"p": {"const": true}}, "required": ["p"]},
                "then": {"properties": properties},
                "else": {"properties": {"z": then}}
            })),
            (members.clone(), prop::collection::btree_map("[v-x]", inner.clone(), 1..3)).prop_map(|(one, other)| {
                let branch = |kind: &str, mut properties: std::collections::BTreeMap<String, Value>| {
                    properties.insert("kind".into(), json!({"const": kind}));
                    json!({"properties": properties, "required": ["kind"]})
                };
                json!({"type": "object", "oneOf": [branch("one", one), branch("other", other)]})
            }),
            (members, inner.clone()).prop_map(|(properties, other)| json!({"anyOf": [
                {"title": "Gruppe", "type": "object", "properties": properties},
                {"title": "Andet", "type": "array", "items": {"type": "object", "properties": {"v": other}}}
            ]})),
            members_with_sum(inner.clone()),
            (prop::collection::btree_map("[a-e]", inner.clone(), 1..3), any::<bool>()).prop_map(|(properties, all)| {
                let required: Vec<String> = properties.keys().filter(|_| all).cloned().collect();
                json!({"type": "object", "properties": {"p": {"type": "string"}}, "dependentSchemas": {"p": {"properties": properties, "required": required}}})
            }),
            prop::collection::vec(inner, 1..3).prop_map(|items| json!({"type": "array", "prefixItems": items})),
        ]
    });
    prop::collection::btree_map("[a-h]", nested, 1..5).prop_map(|properties| {
        json!({
            "type": "object",
            "properties": properties,
            "$defs": {"figure": {"anyOf": [
                {"type": "integer", "minimum": 0},
                {"type": "object", "properties": {"state": {"enum": ["not_stated", "not_broken_down", "not_applicable"]}}, "required": ["state"]},
                {"type": "object", "properties": {"value": {"type": "integer"}, "qualifier": {"enum": ["estimate"]}}, "required": ["value", "qualifier"]}
            ]}}
        })
    })
}

/// What a person might do on the page: type, choose and press, picked by `picks`.
fn filled_in(form: &Form, picks: &[u32]) -> Draft {
    const TEXTS: [&str; 16] = [
        "",
        "x",
        "12",
        "1.234",
        "7,5",
        "-3",
        "ca. 25",
        "oplyses ikke",
        "–",
        "09.04.2026",
        "9/4 2026 kl. 10.30",
        "14.30",
        "a\r\nb",
        "{\"v\": [1]}",
        "<b>&\"'",
        " æøå ",
    ];
    let mut draft = Draft::default();
    let mut picks = picks.iter().copied().cycle();
    for _ in 0..4 {
        let html = page_of(form, &draft);
        let mut pairs = Vec::new();
        for control in controls(&html) {
            let pick = picks.next().unwrap_or(0) as usize;
            pairs.extend(control.answered(pick, &TEXTS));
        }
        draft = form.read_post(None, &pairs, &draft);
        for action in form_engine_support::actions(&html) {
            if picks.next().unwrap_or(0) % 3 == 0 {
                draft = form.apply_action(&draft, &action);
            }
        }
    }
    draft
}

/// Without empty lists and groups: a page can't tell a list whose items were all removed from one never begun.
fn without_empty(value: Value) -> Value {
    let is_empty = |value: &Value| match value {
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    };
    match value {
        Value::Object(members) => {
            let kept = members
                .into_iter()
                .map(|(name, value)| (name, without_empty(value)));
            Value::Object(kept.filter(|(_, value)| !is_empty(value)).collect())
        }
        other => other,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, max_shrink_iters: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_a_page_can_produce_comes_back_the_same(schema in schema(), picks in prop::collection::vec(any::<u32>(), 40)) {
        let form = form(schema);
        let draft = filled_in(&form, &picks);
        let html = page_of(&form, &draft);
        let pairs = posted(&html);
        let again = form.read_post(None, &pairs, &draft);
        prop_assert_eq!(&again, &draft);
        let fresh = form.read_post(None, &pairs, &Draft::default());
        let same = |draft: &Draft| without_empty(form.submission_of(draft));
        prop_assert_eq!(same(&fresh), same(&draft));
    }

    #[test]
    fn what_is_not_on_the_page_is_neither_submitted_nor_missed(schema in schema(), picks in prop::collection::vec(any::<u32>(), 40)) {
        let form = form(schema);
        let draft = filled_in(&form, &picks);
        let submission = form.submission_of(&draft);
        prop_assert_eq!(form.submission_of(&Draft { answers: submission.clone(), ..draft.clone() }), submission);
        let html = page_of(&form, &draft);
        for finding in form.validate(&draft, Language::Da) {
            let links = form.error_links(&draft, std::slice::from_ref(&finding), Language::Da);
            let id = format!("id=\"{}\"", links[0].id);
            prop_assert!(html.contains(&id), "{finding:?} leads to {id}, which is not on the page");
        }
    }

    #[test]
    fn any_answers_are_drawn_without_panic(schema in schema(), answers in any_json()) {
        let form = form(schema);
        let draft = Draft::of(answers.clone());
        let html = page_of(&form, &draft);
        prop_assert_eq!(form_engine_support::doubled_ids(&html), Vec::<String>::new());
        let _ = (form.read_post(None, &posted(&html), &draft), form.validate_json(&answers, Language::En));
        let _ = (form.answered_list(&answers, Language::Da), form.fields(Language::Da), form.dropped(&draft, Language::Da));
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[a-e]{0,3}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::btree_map("[a-hpqz]|kind", inner, 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}
