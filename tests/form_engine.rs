//! Forms from the outside: drawn as a browser gets them, filled in, posted back and judged.
mod form_engine_support;

use form_engine_support::{form, page_of, posted, shipped, with_ui};
use samsvar_core::answers::Draft;
use samsvar_core::forms::Language;
use serde_json::{Value, json};

#[test]
fn every_shipped_form_is_read_and_its_valid_examples_have_no_findings() {
    for (id, form, examples) in shipped() {
        for (name, answers) in examples
            .iter()
            .filter(|(name, _)| name.starts_with("valid"))
        {
            let draft = Draft::of(answers.clone());
            let findings = form.validate(&draft, Language::Da);
            assert_eq!(findings, vec![], "{id}/{name}");
        }
    }
}

#[test]
fn every_valid_example_of_a_shipped_form_round_trips_through_its_page() {
    for (id, form, examples) in shipped() {
        for (name, answers) in examples
            .iter()
            .filter(|(name, _)| name.starts_with("valid"))
        {
            let draft = Draft::of(form.submission_of(&Draft::of(answers.clone())));
            let back = form.read_post(None, &posted(&page_of(&form, &draft)), &draft);
            assert_eq!(form.submission_of(&back), draft.answers, "{id}/{name}");
            assert!(back.unread.is_empty(), "{id}/{name}: {:?}", back.unread);
        }
    }
}

#[test]
fn a_field_carries_label_hint_and_error_together() {
    let form = with_ui(
        json!({"type": "object", "required": ["n"], "properties": {"n": {"type": "integer", "minimum": 0, "title": "Antal"}}}),
        json!({"n": {"ui:help": "Tæl alle med"}}),
    );
    let mut draft = Draft::default();
    draft.unread.insert("/n".into(), "tolv".into());
    let html = page_of(&form, &draft);
    assert!(html.contains(r#"value="tolv""#), "{html}");
    assert!(
        html.contains(r#"aria-describedby="f-n-hint f-n-error""#),
        "{html}"
    );
    assert!(
        html.contains("Antal: Skriv et helt tal på mindst 0."),
        "{html}"
    );
    assert!(html.contains("(skal udfyldes)"));
}

#[test]
fn a_missing_answer_is_named() {
    let form = form(
        json!({"type": "object", "required": ["n"], "properties": {"n": {"type": "string", "title": "Navn"}}}),
    );
    let findings = form.validate(&Draft::default(), Language::Da);
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].pointer, "/n");
    assert_eq!(findings[0].message, "Svar mangler: Navn");
}

#[test]
fn answers_in_a_closed_branch_are_kept_but_not_submitted() {
    let form = form(json!({
        "type": "object",
        "properties": {"a": {"type": "boolean"}},
        "required": ["a"],
        "if": {"properties": {"a": {"const": true}}, "required": ["a"]},
        "then": {"properties": {"b": {"type": "string"}}, "required": ["b"]}
    }));
    let open = form.read_post(
        None,
        &[("fa".into(), String::new())],
        &Draft::of(json!({"a": true, "b": "x"})),
    );
    assert_eq!(form.submission_of(&open), json!({"a": true, "b": "x"}));
    let closed = form.read_post(None, &[("f/a".into(), "false".into())], &open);
    assert_eq!(closed.answers, json!({"a": false, "b": "x"}));
    assert_eq!(form.submission_of(&closed), json!({"a": false}));
    assert_eq!(form.validate(&closed, Language::Da), vec![]);
    assert_eq!(
        form.dropped(&closed, Language::Da),
        vec![("/b".to_owned(), "B".to_owned())]
    );
}

#[test]
fn one_post_can_open_a_question_and_answer_it() {
    let form = form(json!({
        "type": "object",
        "properties": {"a": {"type": "boolean"}},
        "dependentSchemas": {"a": {"properties": {"b": {"type": "integer"}}}}
    }));
    let pairs = [
        ("f/a".to_owned(), "true".to_owned()),
        ("f/b".to_owned(), "1.234".to_owned()),
    ];
    let draft = form.read_post(None, &pairs, &Draft::default());
    assert_eq!(draft.answers, json!({"a": true, "b": 1234}));
}

#[test]
fn items_are_added_moved_and_removed() {
    let form = form(json!({
        "type": "object",
        "properties": {"offers": {"type": "array", "maxItems": 3, "title": "Tilbud", "items": {"type": "object", "properties": {"name": {"type": "string"}}}}}
    }));
    let one = form.apply_action(&Draft::default(), "add:/offers");
    assert_eq!(one.answers, json!({"offers": [{}]}));
    let html = page_of(&form, &one);
    assert!(
        html.contains("Tilbud 1") && html.contains("add:/offers"),
        "{html}"
    );
    let filled = form.read_post(
        None,
        &[
            ("f/offers/0/name".into(), "A".into()),
            ("f/offers/1/name".into(), "B".into()),
        ],
        &one,
    );
    assert_eq!(
        filled.answers,
        json!({"offers": [{"name": "A"}, {"name": "B"}]})
    );
    let moved = form.apply_action(&filled, "down:/offers/0");
    assert_eq!(
        moved.answers,
        json!({"offers": [{"name": "B"}, {"name": "A"}]})
    );
    let removed = form.apply_action(&moved, "remove:/offers/0");
    assert_eq!(removed.answers, json!({"offers": [{"name": "A"}]}));
    let blank_at_end = form.apply_action(&removed, "add:/offers");
    assert_eq!(
        form.submission_of(&blank_at_end),
        json!({"offers": [{"name": "A"}]})
    );
}

#[test]
fn alternatives_are_told_apart_by_their_constant() {
    let form = form(json!({
        "type": "object",
        "oneOf": [
            {"title": "Hund", "properties": {"kind": {"const": "dog"}, "bark": {"type": "string"}}, "required": ["kind", "bark"]},
            {"title": "Kat", "properties": {"kind": {"const": "cat"}, "lives": {"type": "integer"}}, "required": ["kind", "lives"]}
        ]
    }));
    let html = page_of(&form, &Draft::default());
    assert!(
        html.contains("Hund") && html.contains("Kat") && !html.contains("f/bark"),
        "{html}"
    );
    let cat = Draft::of(json!({"kind": "cat"}));
    let html = page_of(&form, &cat);
    assert!(
        html.contains("f/lives") && !html.contains("f/bark"),
        "{html}"
    );
    let findings = form.validate(&cat, Language::Da);
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!(findings[0].pointer, "/lives");
}

#[test]
fn alternatives_without_a_constant_are_chosen_first() {
    let form = form(json!({
        "type": "object",
        "properties": {"contact": {"title": "Kontakt", "oneOf": [
            {"title": "Telefon", "type": "object", "properties": {"number": {"type": "string"}}, "required": ["number"]},
            {"title": "Adresse", "type": "object", "properties": {"street": {"type": "string"}}, "required": ["street"]}
        ]}}
    }));
    let chosen = form.read_post(None, &[("c/contact".into(), "1".into())], &Draft::default());
    let html = page_of(&form, &chosen);
    assert!(
        html.contains("f/contact/street") && !html.contains("f/contact/number"),
        "{html}"
    );
    let filled = form.read_post(
        None,
        &[
            ("c/contact".into(), "1".into()),
            ("f/contact/street".into(), "Bygade".into()),
        ],
        &Draft::default(),
    );
    assert_eq!(filled.answers, json!({"contact": {"street": "Bygade"}}));
}

#[test]
fn figures_keep_their_states_apart() {
    let form = form(json!({
        "type": "object",
        "$defs": {"figure": {"anyOf": [
            {"type": "integer", "minimum": 0},
            {"type": "object", "properties": {"state": {"enum": ["not_stated", "not_broken_down", "not_applicable"]}}, "required": ["state"], "additionalProperties": false},
            {"type": "object", "properties": {"value": {"type": "integer", "minimum": 0}, "qualifier": {"enum": ["exact", "estimate", "register", "confirmed", "counted"]}}, "required": ["value", "qualifier"]}
        ]}},
        "properties": {"n": {"$ref": "#/$defs/figure", "title": "Antal"}}
    }));
    let read = |text: &str| form.read_post(None, &[("f/n".into(), text.into())], &Draft::default());
    for (text, value) in [
        ("3", json!(3)),
        ("1.234", json!(1234)),
        ("ca. 25", json!({"value": 25, "qualifier": "estimate"})),
        ("Oplyses ikke", json!({"state": "not_stated"})),
        ("–", json!({"state": "not_applicable"})),
    ] {
        let draft = read(text);
        assert_eq!(draft.answers, json!({"n": value}), "{text}");
        assert_eq!(form.validate(&draft, Language::Da), vec![], "{text}");
    }
    assert_eq!(read("").answers, json!({}));
    let negative = form.validate(&read("-3"), Language::Da);
    assert_eq!(
        (negative.len(), negative[0].keyword.as_str()),
        (1, "minimum"),
        "{negative:?}"
    );
    let half = form.validate(&read("7,5"), Language::Da);
    assert_eq!(half.len(), 1, "{half:?}");
    assert!(half[0].message.contains("uden komma"), "{half:?}");
    assert_eq!(
        read("mange").unread.get("/n").map(String::as_str),
        Some("mange")
    );
}

#[test]
fn the_bare_judgement_is_the_validators() {
    let form = form(
        json!({"type": "object", "required": ["a"], "properties": {"b": {"type": "integer"}}}),
    );
    let findings = form.validate_json(&json!({"b": "x"}), Language::Da);
    let mut told: Vec<(&str, &str)> = findings
        .iter()
        .map(|f| (f.pointer.as_str(), f.keyword.as_str()))
        .collect();
    told.sort_unstable();
    assert_eq!(told, [("", "required"), ("/b", "type")]);
}

#[test]
fn an_authors_sentence_is_used_when_it_is_nearest() {
    let form = form(json!({
        "type": "object",
        "$defs": {"small": {"type": "integer", "maximum": 3}},
        "properties": {
            "a": {"$ref": "#/$defs/small", "errorMessage": {"da": "For stort.", "en": "Too big."}},
            "b": {"type": "string", "pattern": "^x", "errorMessage": "Begynd med x."}
        }
    }));
    let findings = form.validate_json(&json!({"a": 4, "b": "y"}), Language::En);
    let told: Vec<&str> = findings.iter().map(|f| f.message.as_str()).collect();
    assert_eq!(told, ["Too big.", "Begynd med x."]);
    let answers = json!({"a": 4, "b": "y"});
    let links = form.error_links(&Draft::of(answers), &findings, Language::En);
    let links: Vec<&str> = links.iter().map(|link| link.message.as_str()).collect();
    assert_eq!(links, ["A: Too big.", "B: Begynd med x."]);
}

#[test]
fn recursion_opens_one_level_at_a_time() {
    let form = form(json!({
        "type": "object",
        "title": "Person",
        "properties": {"name": {"type": "string"}, "parent": {"$ref": "#"}, "children": {"type": "array", "items": {"$ref": "#"}}}
    }));
    let html = page_of(&form, &Draft::default());
    assert!(html.contains("open:/parent"), "{html}");
    let opened = form.apply_action(&Draft::default(), "open:/parent");
    let html = page_of(&form, &opened);
    assert!(
        html.contains("f/parent/name") && html.contains("open:/parent/parent"),
        "{html}"
    );
    let child = form.apply_action(&opened, "add:/children");
    assert!(page_of(&form, &child).contains("f/children/0/name"));
}

#[test]
fn no_reference_leaves_the_document() {
    for reference in [
        "https://example.com/x.json",
        "file:///etc/passwd",
        "other.json",
        "#/$defs/missing",
        "#gone",
    ] {
        let source = samsvar_core::forms::FormSource {
            id: "t".into(),
            schema: json!({"type": "object", "properties": {"a": {"$ref": reference}}}).to_string(),
            ..Default::default()
        };
        let faults = samsvar_core::forms::Form::read(&source).expect_err(reference);
        assert_eq!(
            faults[0].pointer, "/properties/a/$ref",
            "{reference}: {faults:?}"
        );
    }
}

#[test]
fn hostile_posts_change_nothing_that_was_not_asked() {
    let form = form(json!({
        "type": "object",
        "properties": {"a": {"type": "string"}, "list": {"type": "array", "items": {"type": "object", "properties": {"n": {"type": "string"}}}}}
    }));
    let mut pairs: Vec<(String, String)> = (0..10_000)
        .map(|i| (format!("f/list/{i}/n"), "x".to_owned()))
        .collect();
    pairs.push(("f/unknown".into(), "x".into()));
    pairs.push((format!("f{}", "/a".repeat(100_000)), "x".into()));
    pairs.push(("f/a".into(), "y".repeat(5_000_000)));
    pairs.push(("f/a".into(), "second".into()));
    pairs.push(("n/list".into(), "99999999999".into()));
    let draft = form.read_post(None, &pairs, &Draft::default());
    assert_eq!(draft.answers["list"].as_array().map(Vec::len), Some(1_000));
    assert!(draft.answers.get("unknown").is_none());
    assert!(draft.answers.get("a").is_none());
    assert_eq!(draft.unread["/a"].len(), 5_000_000, "nothing is cut");
}

#[test]
fn odd_schemas_are_drawn_or_refused_but_never_panic() {
    for schema in odd_schemas() {
        let source = samsvar_core::forms::FormSource {
            id: "odd".into(),
            schema: schema.to_string(),
            ..Default::default()
        };
        let Ok(form) = samsvar_core::forms::Form::read(&source) else {
            continue;
        };
        for answers in [
            json!({}),
            json!({"a": {}}),
            json!({"a": []}),
            json!({"a": "x"}),
            json!({"a": null, "b": 1}),
            json!([]),
            json!(3),
        ] {
            let draft = Draft::of(answers.clone());
            let html = page_of(&form, &draft);
            let _ = form.validate_json(&answers, Language::Da);
            let _ = form.fields(Language::En);
            let back = form.read_post(None, &posted(&html), &draft);
            assert!(back.answers.is_object());
        }
    }
}

fn odd_schemas() -> Vec<Value> {
    vec![
        json!(true),
        json!(false),
        json!({}),
        json!({"type": "string"}),
        json!({"$ref": "#"}),
        json!({"allOf": [{"$ref": "#"}]}),
        json!({"properties": {"a": {"$ref": "#/properties/a"}}}),
        json!({"properties": {"a": {"$ref": "#/properties/b"}, "b": {"$ref": "#/properties/a"}}}),
        json!({"properties": {"a": true, "b": false, "": {}, "/~": {"type": "string"}, "æ ø\"<>&'": {"type": "string"}}}),
        json!({"properties": {"a": {"type": ["string", "null", "object", "array"]}}}),
        json!({"properties": {"a": {"type": []}}}),
        json!({"properties": {"a": {"enum": [null, 1, "1", true, {"x": 1}, [1, 2], ""]}}}),
        json!({"properties": {"a": {"const": {"deep": [1, 2]}}}, "required": ["a"]}),
        json!({"properties": {"a": {"type": "array", "minItems": 1_000_000_000}}}),
        json!({"properties": {"a": {"type": "array", "items": {"type": "array", "items": {"type": "array", "items": {"type": "integer"}}}}}}),
        json!({"properties": {"a": {"prefixItems": [{"type": "string"}, {"type": "integer"}], "items": {"type": "boolean"}}}}),
        json!({"$schema": "http://json-schema.org/draft-07/schema#", "properties": {"a": {"items": [{"type": "string"}, {"$ref": "#"}], "additionalItems": false}}}),
        json!({"$schema": "http://json-schema.org/draft-07/schema#", "definitions": {"x": {"$id": "#foo", "type": "string"}}, "properties": {"a": {"$ref": "#foo"}}}),
        json!({"$id": "https://example.com/root.json", "$defs": {"x": {"$id": "item.json", "$anchor": "here", "type": "string"}}, "properties": {"a": {"$ref": "item.json"}, "b": {"$ref": "item.json#here"}}}),
        json!({"properties": {"a": {"anyOf": [{"type": "string"}, {"type": "null"}]}, "b": {"oneOf": [true, false, {}]}}}),
        json!({"properties": {"a": {"not": {}}}}),
        json!({"if": true, "then": {"properties": {"a": {"type": "integer"}}}, "else": false}),
        json!({"properties": {"a": {"$dynamicRef": "#node"}}, "$dynamicAnchor": "node"}),
        json!({"patternProperties": {"^x": {"type": "string"}}, "additionalProperties": {"type": "integer"}, "properties": {"a": {"additionalProperties": {"type": "string"}}}}),
        json!({"properties": {"a": {"type": "string", "pattern": "(a+)+$"}}}),
        json!({"properties": {"a": {"type": "string", "pattern": "^\\p{Letter}+$", "format": "no-such-format"}}}),
        json!({"properties": {"a": {"type": "integer", "minimum": 1e308, "maximum": -1e308, "multipleOf": 1e-300}}}),
        json!({"properties": {"a": {"oneOf": [{"oneOf": [{"oneOf": [{"const": 1}, {"const": 2}]}, {"type": "object", "properties": {"b": {"$ref": "#"}}}]}]}}}),
        json!({"properties": {"a": {"type": "object", "properties": {"b": {"type": "object", "minProperties": 1, "propertyNames": {"pattern": "^x"}}}, "unevaluatedProperties": false}}}),
        json!({"dependentRequired": {"a": ["b"]}, "dependentSchemas": {"b": {"$ref": "#"}}, "properties": {"a": {}, "b": {}}}),
        json!({"$schema": "http://json-schema.org/draft-07/schema#", "dependencies": {"a": ["b"], "b": {"properties": {"c": {"type": "string"}}}}, "properties": {"a": {"type": "string"}, "b": {"type": "string"}}}),
        json!({"$defs": doubling(25, "allOf"), "$ref": "#/$defs/d0"}),
        json!({"$defs": doubling(25, "anyOf"), "$ref": "#/$defs/d0"}),
        json!({"$defs": doubled_properties(8), "$ref": "#/$defs/d0"}),
        json!({"properties": (0..300).map(|i| (format!("p{i}"), json!({"type": "string"}))).collect::<serde_json::Map<_, _>>()}),
        json!({"properties": {"a": {"contentMediaType": "application/json", "contentEncoding": "base64", "type": "string"}}}),
        json!({"properties": {"a": {"type": "array", "items": false}, "b": {"type": "array", "contains": {"const": 1}, "uniqueItems": true}}}),
        json!({"type": "object", "properties": {"__proto__": {"type": "string"}, "$ref": {"type": "string"}, "items": {"type": "array", "items": {"type": "string"}}}}),
    ]
}

/// Each definition refers twice to the next: 2^n by naive expansion.
fn doubling(n: usize, keyword: &str) -> Value {
    let mut defs = serde_json::Map::new();
    for i in 0..n {
        let next = json!({"$ref": format!("#/$defs/d{}", i + 1)});
        defs.insert(format!("d{i}"), json!({keyword: [next, next]}));
    }
    defs.insert(
        format!("d{n}"),
        json!({"type": "object", "properties": {"a": {"type": "string"}}}),
    );
    Value::Object(defs)
}

fn doubled_properties(n: usize) -> Value {
    let mut defs = serde_json::Map::new();
    for i in 0..n {
        let next = json!({"$ref": format!("#/$defs/d{}", i + 1)});
        defs.insert(
            format!("d{i}"),
            json!({"type": "object", "properties": {"a": next, "b": next}, "required": ["a", "b"]}),
        );
    }
    defs.insert(format!("d{n}"), json!({"type": "string"}));
    Value::Object(defs)
}

#[test]
fn the_shipped_forms_pass_their_own_check() {
    for source in samsvar::forms_library::shipped() {
        let faults = samsvar_core::forms::Form::check(&source, |_, _| Vec::new());
        let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
        assert!(told.is_empty(), "{}: {told:#?}", source.id);
    }
}

#[test]
fn a_check_tells_file_and_place_of_each_fault() {
    let source = samsvar_core::forms::FormSource {
        id: "t".into(),
        schema: json!({
            "type": "object",
            "required": ["a", "gone"],
            "properties": {"a": {"type": "string", "title": "A"}, "b": {"enum": ["by_hand", "other_way"], "title": "B"}, "c": {"type": "object", "additionalProperties": {"type": "string"}}}
        }).to_string(),
        ui: Some(json!({
            "a": {"ui:widget": "sparkles"},
            "b": {"ui:widget": "figure"},
            "c": {"ui:options": {"deviation": {"percent": 20}, "comments": false}},
            "x": {},
            "ui:order": ["a", "y", "*"]
        }).to_string()),
        examples: vec![
            ("valid-1.json".into(), json!({"gone": 1}).to_string()),
            ("faulty-1.json".into(), json!({"answers": {"a": "x", "gone": 1}, "expect": [{"pointer": "/a", "keyword": "required"}]}).to_string()),
        ],
        ..Default::default()
    };
    let faults = samsvar_core::forms::Form::check(&source, |_, _| Vec::new());
    let places: Vec<(&str, &str)> = faults
        .iter()
        .map(|f| (f.file.as_str(), f.pointer.as_str()))
        .collect();
    for place in [
        ("form.json", "/required/1"),
        ("ui.json", "/a/ui:widget"),
        ("ui.json", "/b/ui:widget"),
        ("ui.json", "/c/ui:options/deviation"),
        ("ui.json", "/x"),
        ("ui.json", "/ui:order/1"),
        ("examples/valid-1.json", "/a"),
        ("examples/faulty-1.json", "/expect/0"),
        ("form.json", "/properties/b"),
        ("form.json", "/properties/c"),
    ] {
        assert!(
            places.contains(&place),
            "{place:?} is not among {faults:#?}"
        );
    }
}

#[test]
fn a_map_with_names_of_ones_own_is_one_answer() {
    let form = form(
        json!({"type": "object", "title": "Antal pr. sted", "additionalProperties": {"type": "integer"}}),
    );
    let answered = form.read_post(
        None,
        &[("f".into(), r#"{"Nord": 3}"#.into())],
        &Draft::default(),
    );
    assert_eq!(form.submission_of(&answered), json!({"Nord": 3}));
    let back = form.read_post(None, &posted(&page_of(&form, &answered)), &answered);
    assert_eq!(back, answered);
    let wrong = form.read_post(None, &[("f".into(), "[1]".into())], &answered);
    assert_eq!(wrong.unread.get("").map(String::as_str), Some("[1]"));
    assert!(page_of(&form, &wrong).contains("[1]</textarea>"));
}
