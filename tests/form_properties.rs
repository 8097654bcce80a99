//! Any schema is drawn without panic, and any answers that its page can produce come back the same.
mod any_form;
mod form_engine_support;

use std::collections::BTreeMap;

use any_form::{Drawn, drawn};
use form_engine_support::{controls, page_of, posted, with_ui};
use proptest::prelude::*;
use samsvar_core::answers::{Draft, Known};
use samsvar_core::forms::{Form, Language};
use serde_json::{Map, Value, json};

fn made(drawn: Drawn) -> Form {
    with_ui(drawn.schema, drawn.ui)
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
    for turn in 0..4 {
        if turn == 1 {
            draft.known = known(&draft.answers, &mut picks);
        }
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

/// Some of what was answered as known from elsewhere: the same, or another number.
fn known(answers: &Value, picks: &mut impl Iterator<Item = u32>) -> BTreeMap<String, Known> {
    let mut known = BTreeMap::new();
    let mut left = vec![(String::new(), answers)];
    while let Some((pointer, value)) = left.pop() {
        let pick = picks.next().unwrap_or(0);
        if !pick.is_multiple_of(3) && !pointer.is_empty() {
            let value = if pick % 3 == 1 {
                value.clone()
            } else {
                json!(pick % 50)
            };
            let source = "Landspatientregisteret".to_owned();
            known.insert(pointer.clone(), Known { value, source });
        }
        if let Value::Object(members) = value {
            left.extend(
                members
                    .iter()
                    .map(|(name, value)| (format!("{pointer}/{name}"), value)),
            );
        }
    }
    known
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
    fn what_a_page_can_produce_comes_back_the_same(drawn in drawn(), picks in prop::collection::vec(any::<u32>(), 40)) {
        let form = made(drawn);
        let draft = filled_in(&form, &picks);
        let html = page_of(&form, &draft);
        let pairs = posted(&html);
        let again = form.read_post(None, &pairs, &draft);
        prop_assert_eq!(&again, &draft);
        let nothing = Draft { known: draft.known.clone(), ..Draft::default() };
        let fresh = form.read_post(None, &pairs, &nothing);
        let same = |draft: &Draft| without_empty(form.submission_of(draft));
        prop_assert_eq!(same(&fresh), same(&draft));
    }

    #[test]
    fn what_is_not_on_the_page_is_neither_submitted_nor_missed(drawn in drawn(), picks in prop::collection::vec(any::<u32>(), 40)) {
        let form = made(drawn);
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
    fn no_heading_passes_over_a_level(drawn in drawn(), picks in prop::collection::vec(any::<u32>(), 40)) {
        let form = made(drawn);
        let draft = filled_in(&form, &picks);
        for html in form_engine_support::pages_of(&form, &draft).iter().chain([&page_of(&form, &draft)]) {
            prop_assert_eq!(form_engine_support::heading_faults(html), Vec::<String>::new());
        }
    }

    #[test]
    fn any_answers_are_drawn_without_panic(drawn in drawn(), answers in any_json()) {
        let form = made(drawn);
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
