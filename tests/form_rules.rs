//! Rules between answers, computed answers, sums, remarks and known figures, on the page and in the answer.
mod form_engine_support;

use form_engine_support::{form, page_of, posted, with_ui};
use samsvar_core::answers::{Draft, Known};
use samsvar_core::forms::{Form, FormSource, Language, has_errors};
use serde_json::{Value, json};

fn figure() -> Value {
    json!({"anyOf": [
        {"type": "number"},
        {"type": "object", "properties": {"state": {"enum": ["not_stated", "not_broken_down", "not_applicable"]}, "comment": {"type": "string"}}, "required": ["state"], "additionalProperties": false},
        {"type": "object", "properties": {"value": {"type": "number"}, "qualifier": {"enum": ["exact", "estimate", "register", "confirmed", "corrected", "counted"]}, "comment": {"type": "string"}}, "required": ["value", "qualifier"], "additionalProperties": false}
    ]})
}

fn years(options: Value) -> Form {
    let year = |title: &str| {
        json!({"title": title, "type": "object", "properties": {"part": {"title": "Heraf", "$ref": "#/$defs/figure"}, "whole": {"title": "I alt", "$ref": "#/$defs/figure"}}, "required": ["part", "whole"],
        "x-rules": [{"compare": ["part", "<=", "whole"], "message": {"da": "Delen er større end det hele.", "en": "The part exceeds the whole."}}]})
    };
    let cell = json!({"ui:widget": "figure"});
    let row = json!({"part": cell, "whole": cell});
    with_ui(
        json!({"type": "object", "required": ["years"], "$defs": {"figure": figure()}, "properties": {
            "years": {"title": "Tal", "type": "object", "properties": {"a": year("2018"), "b": year("2019")}, "required": ["a", "b"]}}}),
        json!({"years": {"ui:widget": "grid", "ui:options": options, "a": row, "b": row}}),
    )
}

fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

#[test]
fn a_broken_rule_is_told_at_its_field_in_the_readers_language() {
    let form = years(json!({}));
    let draft = Draft::of(
        json!({"years": {"a": {"part": 3, "whole": 2}, "b": {"part": 1, "whole": {"state": "not_stated"}}}}),
    );
    let told = form.validate(&draft, Language::Da);
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(
        (told[0].pointer.as_str(), told[0].keyword.as_str()),
        ("/years/a/part", "x-rules")
    );
    assert_eq!(told[0].message, "Delen er større end det hele.");
    assert_eq!(
        form.validate(&draft, Language::En)[0].message,
        "The part exceeds the whole."
    );
    assert_eq!(form.validate_json(&draft.answers, Language::Da), told);
    let html = page_of(&form, &draft);
    assert!(html.contains(r#"id="f-years-a-part-error""#), "{html}");
}

#[test]
fn a_rule_of_a_closed_branch_is_not_judged() {
    let form = form(json!({"properties": {"open": {"type": "boolean"}},
        "if": {"properties": {"open": {"const": true}}, "required": ["open"]},
        "then": {"properties": {"m2": {"type": "integer"}, "m1": {"type": "integer"}}, "x-rules": [{"if": ["m2", ">", 0], "compare": ["m1", ">", 0], "message": "M1 mangler"}]}}));
    let judged = |open: bool| {
        let answers = json!({"open": open, "m2": 1, "m1": 0});
        form.validate(&Draft::of(answers), Language::Da).len()
    };
    assert_eq!((judged(true), judged(false)), (1, 0));
}

#[test]
fn a_computed_answer_follows_its_neighbours_and_is_never_typed() {
    let form = form(json!({"properties": {
        "lines": {"type": "object", "properties": {"a": {"type": "number"}, "b": {"type": "number"}}},
        "total": {"title": "Sum", "type": "number", "x-computed": {"sum": ["lines/*"]}},
        "double": {"type": "number", "x-computed": {"sum": ["total", "total"]}}},
        "if": {"properties": {"total": {"exclusiveMinimum": 10}}, "required": ["total"]},
        "then": {"properties": {"why": {"type": "string"}}, "required": ["why"]}}));
    let pairs = [
        pair("f/lines/a", "7,5"),
        pair("f/lines/b", "3"),
        pair("f/total", "99"),
        pair("f/why", "x"),
    ];
    let draft = form.read_post(None, &pairs, &Draft::default());
    let sent = form.submission_of(&draft);
    assert_eq!(
        sent,
        json!({"lines": {"a": 7.5, "b": 3}, "total": 10.5, "why": "x", "double": 21})
    );
    let html = page_of(&form, &draft);
    assert!(
        html.contains(r#"<output class="sv-sum" id="f-total" data-sum="f/lines/*">10,5</output>"#),
        "{html}"
    );
    assert!(!html.contains(r#"name="f/total""#));
    // An amendment starts from what was sent; the old sum gives way.
    let amended = form.read_post(None, &[pair("f/lines/a", "1")], &Draft::of(sent));
    assert_eq!(form.submission_of(&amended)["total"], json!(4));
}

#[test]
fn a_grid_shows_the_sums_that_it_asks_for_and_says_when_cells_are_left_out() {
    let form = years(json!({"sums": "both"}));
    let draft = Draft::of(
        json!({"years": {"a": {"part": 1, "whole": 2}, "b": {"part": {"state": "not_stated"}, "whole": 1234.5}}}),
    );
    let html = page_of(&form, &draft);
    let of = |controls: &str| format!("data-sum=\"{controls}\">");
    let sum = |controls: &str| {
        let start = html.find(&of(controls)).map(|at| at + of(controls).len());
        start
            .and_then(|at| html[at..].split('<').next())
            .map(str::to_owned)
    };
    assert_eq!(sum("f/years/a/part\nf/years/a/whole").as_deref(), Some("3"));
    assert_eq!(
        sum("f/years/a/whole\nf/years/b/whole").as_deref(),
        Some("1.236,5")
    );
    assert_eq!(sum("f/years/a/part\nf/years/b/part").as_deref(), Some("1"));
    assert_eq!(
        html.matches("data-partial=\"\" hidden").count(),
        2,
        "{html}"
    );
    let list = form.answered_list(&draft.answers, Language::Da);
    assert!(format!("{list:?}").contains("1.236,5"), "{list:?}");
}

#[test]
fn a_remark_belongs_to_its_cell_and_comes_back() {
    let form = years(json!({"comments": true}));
    let pairs = [
        pair("f/years/a/part", "3"),
        pair("m/years/a/part", " Talt to gange "),
        pair("f/years/b/part", ""),
        pair("m/years/b/part", "Kommer senere"),
    ];
    let draft = form.read_post(None, &pairs, &Draft::default());
    assert_eq!(
        draft.answers["years"]["a"]["part"],
        json!({"value": 3, "qualifier": "exact", "comment": "Talt to gange"})
    );
    let html = page_of(&form, &draft);
    assert!(
        html.contains(r#"value="Kommer senere""#),
        "a remark without its figure is kept: {html}"
    );
    let again = form.read_post(None, &posted(&html), &draft);
    assert_eq!(again, draft);
    let gone = form.read_post(
        None,
        &[pair("f/years/b/part", ""), pair("m/years/b/part", "")],
        &draft,
    );
    assert_eq!(gone.answers["years"].get("b"), None);
}

fn known(form: &Form) -> Draft {
    let mut draft = form.begun();
    for (pointer, value) in [("/years/a/whole", json!(12)), ("/years/b/whole", json!(7))] {
        let source = "Register 2019".to_owned();
        draft
            .known
            .insert(pointer.to_owned(), Known { value, source });
    }
    draft
}

#[test]
fn known_figures_are_confirmed_in_one_press_or_corrected() {
    let form = years(json!({}));
    let draft = known(&form);
    let html = page_of(&form, &draft);
    assert!(
        html.contains("Register 2019: <strong>12</strong>"),
        "{html}"
    );
    let one = form.apply_action(&draft, "same:/years/a/whole");
    assert_eq!(
        one.answers,
        json!({"years": {"a": {"whole": {"value": 12, "qualifier": "confirmed"}}}})
    );
    assert!(!page_of(&form, &one).contains("same:/years/a/whole"));
    let all = form.apply_action(&draft, "same:/years");
    assert_eq!(
        all.answers["years"]["b"]["whole"],
        json!({"value": 7, "qualifier": "confirmed"})
    );
    let typed = form.read_post(
        None,
        &[pair("f/years/a/whole", "13"), pair("f/years/b/whole", "7")],
        &draft,
    );
    assert_eq!(
        typed.answers["years"]["a"]["whole"],
        json!({"value": 13, "qualifier": "corrected"})
    );
    assert_eq!(
        typed.answers["years"]["b"]["whole"],
        json!({"value": 7, "qualifier": "confirmed"})
    );
    let guessed = form.read_post(None, &[pair("f/years/a/whole", "ca. 13")], &draft);
    assert_eq!(
        guessed.answers["years"]["a"]["whole"]["qualifier"],
        "estimate"
    );
}

#[test]
fn a_figure_far_from_the_known_one_asks_for_a_remark() {
    let form = years(json!({"deviation": {"percent": 20, "amount": 2}}));
    let judged = |text: &str, remark: &str| {
        let pairs = [
            pair("f/years/a/whole", text),
            pair("m/years/a/whole", remark),
        ];
        let draft = form.read_post(None, &pairs, &known(&form));
        let far: Vec<_> = form
            .validate(&draft, Language::Da)
            .into_iter()
            .filter(|f| f.keyword == "x-deviation")
            .collect();
        far.first().map(|f| f.message.clone())
    };
    let told = judged("20", "").unwrap();
    assert!(
        told.contains("12 (Register 2019)") && told.contains("bemærkningen"),
        "{told}"
    );
    assert_eq!(judged("20", "Nye visitationer"), None);
    assert_eq!(judged("14", ""), None, "two away is within the amount");
    assert_eq!(judged("12", ""), None);
    let without = form.validate(
        &Draft::of(json!({"years": {"a": {"whole": 99, "part": 0}, "b": {"whole": 1, "part": 0}}})),
        Language::Da,
    );
    assert_eq!(without, vec![], "nothing is known, so nothing deviates");
}

#[test]
fn the_check_wants_every_rule_broken_by_an_example() {
    let schema = json!({"type": "object", "title": "T", "properties": {"a": {"title": "A", "type": "integer"}, "b": {"title": "B", "type": "integer"}},
        "x-rules": [{"compare": ["a", "<=", "b"], "message": {"da": "A er for stor."}}]});
    let check = |schema: &Value, examples: &[(&str, Value)]| {
        let source = FormSource {
            id: "f".into(),
            schema: schema.to_string(),
            examples: examples
                .iter()
                .map(|(name, example)| ((*name).to_owned(), example.to_string()))
                .collect(),
            ..FormSource::default()
        };
        Form::check(&source, |_, _| Vec::new())
    };
    let good = ("valid.json", json!({"a": 1, "b": 1}));
    let breaks = (
        "faulty-a.json",
        json!({"answers": {"a": 2, "b": 1}, "expect": [{"pointer": "/a", "keyword": "x-rules"}]}),
    );
    assert!(!has_errors(&check(&schema, &[good.clone(), breaks])));
    let untried = check(&schema, &[good]);
    assert!(
        untried
            .iter()
            .any(|f| f.pointer == "/x-rules/0" && f.message.contains("Ingen af eksemplerne")),
        "{untried:?}"
    );
    assert!(has_errors(&untried));
    let mut wrong = schema;
    wrong["x-rules"] =
        json!([{"compare": ["a", "<=", "c"], "message": "x"}, {"compare": ["a", "≤", "b"]}]);
    let told: Vec<String> = check(&wrong, &[]).iter().map(ToString::to_string).collect();
    for part in [
        "»c« er ikke et felt her",
        "Kender ikke »≤«",
        "ingen »message«",
    ] {
        assert!(
            told.iter().any(|line| line.contains(part)),
            "{part}: {told:#?}"
        );
    }
}

#[test]
fn a_matrix_of_single_choices_is_answered_by_row() {
    let choices = json!({"enum": ["god", "dårlig"], "title": "Samarbejdet"});
    let form = with_ui(
        json!({"properties": {"m": {"type": "object", "title": "Vurdering", "properties": {"x": choices, "y": choices}}}}),
        json!({"m": {"ui:widget": "matrix"}}),
    );
    let draft = form.read_post(
        None,
        &[pair("f/m/x", "god"), pair("f/m/y", "dårlig")],
        &Draft::default(),
    );
    assert_eq!(draft.answers, json!({"m": {"x": "god", "y": "dårlig"}}));
    let html = page_of(&form, &draft);
    assert_eq!(html.matches("type=\"radio\"").count(), 4, "{html}");
    assert!(html.contains("sv-matrix"));
    assert_eq!(form.read_post(None, &posted(&html), &draft), draft);
}

#[test]
fn a_fault_in_a_cell_names_its_table_row_and_column_by_their_short_names() {
    let figure = figure();
    let years = json!({"type": "object", "properties": {"2017": figure, "2018": figure}});
    let mut one = years.clone();
    one["title"] = json!("M1. Hvor mange børn og unge har I visiteret til en indsats i årets løb?");
    let mut onsite = years;
    onsite["title"] = json!("På tilbuddet");
    let schema = json!({"properties": {"one": one, "many": {"type": "object", "title": "Hvor mange voksne har fået en indsats?",
        "properties": {"onsite": onsite}}}});
    let cells = json!({"2017": {"ui:widget": "figure"}, "2018": {"ui:widget": "figure"}});
    let grid = |short: &str, below: Value| {
        let mut ui = json!({"ui:widget": "grid", "ui:options": {"short": short}});
        if let (Some(ui), Value::Object(below)) = (ui.as_object_mut(), below) {
            ui.extend(below);
        }
        ui
    };
    let ui = |children: &str, adults: &str| json!({"one": grid(children, cells.clone()), "many": grid(adults, json!({"onsite": cells}))});
    let source = FormSource {
        id: "f".into(),
        schema: schema.to_string(),
        ui: Some(ui("Børn", "Voksne").to_string()),
        ui_en: Some(ui("Children", "Adults").to_string()),
        ..FormSource::default()
    };
    let form = Form::read(&source).expect("a usable form");
    let typed = [
        pair("f/one/2018", "mange"),
        pair("f/many/onsite/2017", "få"),
    ];
    let draft = form.read_post(None, &typed, &Draft::default());
    for (language, names) in [
        (Language::Da, ["Børn, 2018", "Voksne, På tilbuddet, 2017"]),
        (
            Language::En,
            ["Children, 2018", "Adults, På tilbuddet, 2017"],
        ),
    ] {
        let findings = form.validate(&draft, language);
        let links = form.error_links(&draft, &findings, language);
        let told: Vec<&str> = links.iter().map(|link| link.message.as_str()).collect();
        assert_eq!(told.len(), 2, "{told:?}");
        for (told, name) in told.iter().zip(names) {
            assert!(told.starts_with(&format!("{name}: ")), "{told}");
        }
        let at = |id: &str| links.iter().any(|link| link.id == id);
        assert!(at("f-one-2018") && at("f-many-onsite-2017"), "{links:?}");
    }
    // The message stands at the cell, and the cell names it.
    let html = page_of(&form, &draft);
    assert!(html.contains("id=\"f-one-2018-error\""), "{html}");
    assert!(
        html.contains("aria-describedby=\"f-one-2018-error\" aria-invalid=\"true\""),
        "{html}"
    );
}
