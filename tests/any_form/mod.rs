//! Forms out of a generator: any schema with any UI document beside it.
use std::collections::BTreeMap;

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// A part of a schema and the part of the UI document that belongs to it.
#[derive(Debug, Clone)]
pub struct Drawn {
    pub schema: Value,
    pub ui: Value,
}

type Members = BTreeMap<String, Drawn>;

/// A form: a group of anything, tables among it.
pub fn drawn() -> impl Strategy<Value = Drawn> {
    let part = prop_oneof![3 => nested(), 2 => table()];
    btree_map("[a-h]", part, 1..5).prop_map(|members| {
        let (properties, ui) = apart(members);
        let schema = json!({
            "type": "object",
            "properties": properties,
            "$defs": {"figure": {"anyOf": [
                {"type": "integer", "minimum": 0},
                {"type": "object", "properties": {"state": {"enum": ["not_stated", "not_broken_down", "not_applicable"]}}, "required": ["state"]},
                {"type": "object", "properties": {"value": {"type": "integer"}, "qualifier": {"enum": ["exact", "estimate", "confirmed", "corrected"]}, "comment": {"type": "string"}}, "required": ["value", "qualifier"]}
            ]}}
        });
        Drawn { schema, ui: ui.into() }
    })
}

/// `properties` and, under the same names, their parts of the UI document.
fn apart(members: Members) -> (Map<String, Value>, Map<String, Value>) {
    let names = members.keys().cloned().collect::<Vec<_>>();
    let (schemas, uis): (Vec<_>, Vec<_>) = members
        .into_values()
        .map(|part| (part.schema, part.ui))
        .unzip();
    let named = |values: Vec<Value>| names.iter().cloned().zip(values).collect();
    (named(schemas), named(uis))
}

fn scalar() -> impl Strategy<Value = Drawn> {
    let schema = prop_oneof![
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
    ];
    (schema, asked()).prop_map(|(schema, ui)| Drawn { schema, ui })
}

/// What a UI document may say of a single question; it need not fit.
fn asked() -> impl Strategy<Value = Value> {
    prop_oneof![
        6 => Just(json!({})),
        1 => Just(json!({"ui:widget": "textarea", "ui:options": {"rows": 4}})),
        1 => Just(json!({"ui:widget": "radio"})),
        1 => Just(json!({"ui:widget": "select"})),
        1 => Just(json!({"ui:widget": "checkboxes"})),
        1 => Just(json!({"ui:widget": "hidden"})),
        1 => Just(json!({"ui:widget": "percent"})),
        1 => Just(json!({"ui:widget": "organisation"})),
        1 => Just(json!({"ui:widget": "figure", "ui:options": {"comments": true}})),
        1 => Just(json!({"ui:readonly": true})),
        1 => Just(json!({"ui:help": "Hjælp", "ui:title": "Et andet navn"})),
    ]
}

/// Figures by row and column, or choices by row, with remarks, sums and questions that are no row.
fn table() -> impl Strategy<Value = Drawn> {
    prop_oneof![grid(), one_row(), matrix()]
}

fn cell() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => Just(json!({"$ref": "#/$defs/figure"})),
        1 => Just(json!({"type": "integer", "minimum": 0})),
        1 => Just(json!({"type": "string"})),
        1 => Just(json!({"enum": ["a", "b"]})),
        1 => Just(json!({"type": "boolean"})),
        1 => Just(json!({"type": "number", "x-computed": {"sum": ["*"]}})),
    ]
}

fn row() -> impl Strategy<Value = Value> {
    btree_map("[u-z]", cell(), 1..4).prop_map(|cells| {
        json!({"type": "object", "title": "Række", "properties": cells, "x-rules": [
            {"compare": ["u", "<=", "v"], "message": "u > v"}
        ]})
    })
}

fn options() -> impl Strategy<Value = Value> {
    let sums = prop_oneof![
        Just(json!(null)),
        Just(json!("rows")),
        Just(json!("columns")),
        Just(json!("both"))
    ];
    (sums, any::<bool>(), any::<bool>()).prop_map(|(sums, comments, corner)| {
        let mut options = json!({"comments": comments});
        if !sums.is_null() {
            options["sums"] = sums;
        }
        if corner {
            options["corner"] = "År".into();
            options["totalLabel"] = "I alt".into();
        }
        options
    })
}

/// Rows need not have the same columns; some may be closed by an answer beside the table.
fn grid() -> impl Strategy<Value = Drawn> {
    let closed = prop::option::of(row());
    (
        btree_map("[k-n]", row(), 1..4),
        prop::option::of(scalar()),
        closed,
        options(),
    )
        .prop_map(|(rows, beside, closed, options)| {
            let mut schema = json!({"type": "object", "title": "Tabel", "properties": rows});
            let mut ui = json!({"ui:widget": "grid", "ui:options": options});
            if let Some(beside) = beside {
                schema["properties"]["beside"] = beside.schema;
                ui["beside"] = beside.ui;
            }
            if let Some(row) = closed {
                schema["properties"]["p"] = json!({"type": "boolean"});
                schema["if"] = json!({"properties": {"p": {"const": true}}, "required": ["p"]});
                schema["then"] = json!({"properties": {"o": row}, "required": ["o"]});
            }
            Drawn { schema, ui }
        })
}

fn one_row() -> impl Strategy<Value = Drawn> {
    (row(), options()).prop_map(|(schema, mut options)| {
        options["layout"] = "row".into();
        let ui = json!({"ui:widget": "grid", "ui:options": options});
        Drawn { schema, ui }
    })
}

/// Rows of the same choices, and some of other ones.
fn matrix() -> impl Strategy<Value = Drawn> {
    let choices = prop_oneof![
        2 => Just(json!({"type": "array", "items": {"enum": ["x", "y", "z"]}, "uniqueItems": true})),
        1 => Just(json!({"enum": ["x", "y", "z"]})),
        1 => Just(json!({"enum": ["x", "ø"]})),
        1 => Just(json!({"type": "string"})),
    ];
    let look = prop_oneof![
        Just(json!({})),
        Just(json!({"ui:widget": "radio"})),
        Just(json!({"ui:widget": "select"}))
    ];
    btree_map("[r-w]", (choices, look), 1..5).prop_map(|rows| {
        let members = rows
            .into_iter()
            .map(|(name, (schema, ui))| (name, Drawn { schema, ui }));
        let (properties, mut ui) = apart(members.collect());
        ui.insert("ui:widget".into(), "matrix".into());
        let schema = json!({"type": "object", "properties": properties});
        Drawn {
            schema,
            ui: ui.into(),
        }
    })
}

fn nested() -> impl Strategy<Value = Drawn> {
    scalar().prop_recursive(3, 24, 4, |inner| {
        let members = btree_map("[a-e]", inner.clone(), 1..4);
        let listed = prop_oneof![3 => inner.clone(), 1 => table()];
        prop_oneof![
            (members.clone(), vec("[a-e]", 0..2)).prop_map(group),
            btree_map("[a-e]", listed, 1..4).prop_map(repeated),
            (members.clone(), inner.clone()).prop_map(conditional),
            (members.clone(), btree_map("[v-x]", inner.clone(), 1..3)).prop_map(told),
            (members, inner.clone()).prop_map(open),
            btree_map("[a-e]", inner.clone(), 1..4).prop_map(with_sum),
            (btree_map("[a-e]", inner.clone(), 1..3), any::<bool>()).prop_map(dependent),
            vec(inner, 1..3).prop_map(tuple),
        ]
    })
}

fn group((members, required): (Members, Vec<String>)) -> Drawn {
    let (properties, ui) = apart(members);
    let required: Vec<String> = required
        .into_iter()
        .filter(|name| properties.contains_key(name))
        .collect();
    let schema = json!({"type": "object", "properties": properties, "required": required});
    Drawn {
        schema,
        ui: ui.into(),
    }
}

fn repeated(members: Members) -> Drawn {
    let (properties, ui) = apart(members);
    Drawn {
        schema: json!({"type": "array", "maxItems": 5, "items": {"type": "object", "properties": properties}}),
        ui: json!({"items": ui}),
    }
}

fn conditional((members, other): (Members, Drawn)) -> Drawn {
    let (properties, mut ui) = apart(members);
    ui.insert("z".into(), other.ui);
    let schema = json!({
        "type": "object",
        "properties": {"p": {"type": "boolean"}, "q": {"enum": ["j", "k"]}},
        "if": {"properties": {"p": {"const": true}}, "required": ["p"]},
        "then": {"properties": properties},
        "else": {"properties": {"z": other.schema}}
    });
    Drawn {
        schema,
        ui: ui.into(),
    }
}

/// Two branches that an answer tells apart.
fn told((one, other): (Members, Members)) -> Drawn {
    let (one, mut ui) = apart(one);
    let (other, ui_of_other) = apart(other);
    ui.extend(ui_of_other);
    let branch = |kind: &str, mut properties: Map<String, Value>| {
        properties.insert("kind".into(), json!({"const": kind}));
        json!({"properties": properties, "required": ["kind"]})
    };
    Drawn {
        schema: json!({"type": "object", "oneOf": [branch("one", one), branch("other", other)]}),
        ui: ui.into(),
    }
}

/// Two branches between which the person chooses.
fn open((members, other): (Members, Drawn)) -> Drawn {
    let (properties, ui) = apart(members);
    let schema = json!({"anyOf": [
        {"title": "Gruppe", "type": "object", "properties": properties},
        {"title": "Andet", "type": "array", "items": {"type": "object", "properties": {"v": other.schema}}}
    ]});
    Drawn {
        schema,
        ui: ui.into(),
    }
}

/// A group with a sum of its numbers and a rule between two of its answers.
fn with_sum(members: Members) -> Drawn {
    let (mut properties, ui) = apart(members);
    let sum = json!({"type": "number", "x-computed": {"sum": ["*"]}});
    properties.insert("sum".into(), sum);
    let schema = json!({"type": "object", "properties": properties, "x-rules": [
        {"compare": ["a", "<=", "b"], "message": "a > b"},
        {"if": ["a", ">", 0], "compare": [{"sum": ["*"]}, ">", "sum"], "at": "b"}
    ]});
    Drawn {
        schema,
        ui: ui.into(),
    }
}

fn dependent((members, all): (Members, bool)) -> Drawn {
    let (properties, ui) = apart(members);
    let required: Vec<String> = properties.keys().filter(|_| all).cloned().collect();
    let schema = json!({
        "type": "object",
        "properties": {"p": {"type": "string"}},
        "dependentSchemas": {"p": {"properties": properties, "required": required}}
    });
    Drawn {
        schema,
        ui: ui.into(),
    }
}

fn tuple(items: Vec<Drawn>) -> Drawn {
    let (schemas, uis): (Vec<_>, Vec<_>) =
        items.into_iter().map(|part| (part.schema, part.ui)).unzip();
    Drawn {
        schema: json!({"type": "array", "prefixItems": schemas}),
        ui: json!({"items": uis}),
    }
}
