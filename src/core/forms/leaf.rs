//! The kinds of single answer: which control asks for it, and how its text becomes JSON.
use serde_json::Value;

use super::alternatives::{Meaning, meaning};
use super::facets::{Choice, Facets, Types};
use super::gather::{Conditions, gather};
use super::schema::Schema;
use super::ui::Ui;

/// From this many choices on, one of them is taken from a list instead of from buttons.
const LONG_LIST: usize = 8;

pub(crate) struct Leaf<'s> {
    pub kind: LeafKind<'s>,
    /// Blank is `null` where `null` is an answer and an answer is demanded.
    pub nullable: bool,
    pub max_length: Option<u64>,
    pub minimum: Option<f64>,
    pub maximum: Option<f64>,
    pub suggestions: Vec<String>,
    /// Points between thousands; not for years.
    pub grouped: bool,
}

pub(crate) enum LeafKind<'s> {
    Text(TextForm),
    /// A number where one is written, else a text.
    TextOrNumber,
    Integer,
    Number,
    Boolean,
    /// A box to tick; ticked it is this value, else the other where an answer is demanded.
    Tick {
        on: &'s Value,
        off: Option<&'s Value>,
    },
    Date,
    Time,
    DateTime,
    Pick(Picks<'s>),
    PickMany(Picks<'s>),
    /// One item per line.
    Lines(Types),
    Figure {
        decimals: bool,
    },
    File,
    Json,
    Fixed(&'s Value),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TextForm {
    Line,
    Long,
    Email,
    Url,
    Phone,
}

/// Values to choose from, each under a key that fits a form control.
#[derive(Clone)]
pub(crate) struct Picks<'s> {
    pub options: Vec<Pick<'s>>,
    pub as_list: bool,
}

#[derive(Clone)]
pub(crate) struct Pick<'s> {
    pub value: &'s Value,
    pub key: String,
    pub label: String,
    pub help: Option<String>,
}

impl<'s> Leaf<'s> {
    pub fn plain(kind: LeafKind<'s>) -> Leaf<'s> {
        Leaf {
            kind,
            nullable: false,
            max_length: None,
            minimum: None,
            maximum: None,
            suggestions: Vec::new(),
            grouped: true,
        }
    }

    /// Whether `value` is of the kind that this question's control produces.
    pub fn produces(&self, value: &Value) -> bool {
        match &self.kind {
            LeafKind::Text(_) | LeafKind::Date | LeafKind::Time | LeafKind::DateTime => {
                value.is_string()
            }
            LeafKind::TextOrNumber => value.is_string() || value.is_number(),
            LeafKind::Integer | LeafKind::Number => value.is_number(),
            LeafKind::Boolean => value.is_boolean(),
            LeafKind::Tick { on, .. } => Types::of(on) == Types::of(value),
            LeafKind::Pick(picks) => picks.options.iter().any(|pick| pick.value == value),
            LeafKind::PickMany(_) | LeafKind::Lines(_) => value.is_array(),
            LeafKind::Figure { .. } => value.is_number() || super::figure::is_qualified(value),
            LeafKind::File => value.is_object(),
            LeafKind::Json | LeafKind::Fixed(_) => true,
        }
    }

    /// A group or list where one answer belongs: left over from another branch.
    pub fn is_foreign(&self, value: &Value) -> bool {
        (value.is_object() || value.is_array()) && !self.produces(value)
    }

    pub fn takes_fractions(&self) -> bool {
        matches!(
            self.kind,
            LeafKind::Number | LeafKind::TextOrNumber | LeafKind::Figure { decimals: true }
        )
    }

    pub fn pick(choices: &[Choice<'s>], ui: Ui<'_>) -> Leaf<'s> {
        Leaf::plain(LeafKind::Pick(picks(choices, ui)))
    }
}

/// The leaf for a value with these facets; `None` where it has parts of its own.
pub(crate) fn leaf_of<'s>(
    schema: &'s Schema,
    facets: &Facets<'s>,
    figure: Option<bool>,
    suggestions: &[&'s str],
    ui: Ui<'_>,
    required: bool,
) -> Option<Leaf<'s>> {
    let kind = kind_of(schema, facets, figure, ui, required)?;
    let suggested = suggestions.iter().copied().chain(ui.list("suggestions"));
    Some(Leaf {
        kind,
        nullable: facets.types.has(Types::NULL) && facets.typed,
        max_length: facets.max_length,
        minimum: facets.minimum,
        maximum: facets.maximum,
        suggestions: suggested.map(str::to_owned).collect(),
        grouped: !is_year(facets),
    })
}

fn kind_of<'s>(
    schema: &'s Schema,
    facets: &Facets<'s>,
    figure: Option<bool>,
    ui: Ui<'_>,
    required: bool,
) -> Option<LeafKind<'s>> {
    let types = facets.types.without(Types::NULL);
    let fraction = types.has(Types::FRACTION);
    // "ca. 25" and a remark need an object, so one must be allowed beside the number.
    let number = types.meets(Types::INTEGER.with(Types::FRACTION));
    let room = facets.typed && number && types.has(Types::OBJECT) && facets.allowed.is_none();
    match ui.widget() {
        Some("figure") if figure.is_some() || room => {
            return Some(LeafKind::Figure {
                decimals: figure.unwrap_or(fraction),
            });
        }
        Some("file") if !types.meets(Types::ARRAY) => return Some(LeafKind::File),
        _ => {}
    }
    if let Some(decimals) = figure {
        return Some(LeafKind::Figure { decimals });
    }
    if let Some(allowed) = &facets.allowed {
        return Some(chosen(facets, allowed, types, ui, required));
    }
    if !facets.typed {
        return Some(LeafKind::Text(text_form(facets, ui)));
    }
    if types == Types::OBJECT {
        return (facets.properties.is_empty() && facets.open_map).then_some(LeafKind::Json);
    }
    if types == Types::ARRAY {
        return listed(schema, facets, ui);
    }
    Some(scalar(facets, types, ui))
}

fn chosen<'s>(
    facets: &Facets<'s>,
    allowed: &[Choice<'s>],
    types: Types,
    ui: Ui<'_>,
    required: bool,
) -> LeafKind<'s> {
    let ticks = ui.widget() == Some("checkbox");
    match allowed {
        [only] if facets.constant || ticks => {
            let confirms = only.value == &Value::Bool(true);
            if confirms || !required {
                LeafKind::Tick {
                    on: only.value,
                    off: None,
                }
            } else {
                LeafKind::Fixed(only.value)
            }
        }
        [] => LeafKind::Json,
        _ if types == Types::BOOLEAN && allowed.iter().all(|c| c.title.is_none()) => {
            boolean(ui, allowed.len() > 1)
        }
        _ => LeafKind::Pick(picks(allowed, ui)),
    }
}

fn boolean<'s>(ui: Ui<'_>, both: bool) -> LeafKind<'s> {
    if ui.widget() == Some("checkbox") {
        LeafKind::Tick {
            on: &Value::Bool(true),
            off: both.then_some(&Value::Bool(false)),
        }
    } else {
        LeafKind::Boolean
    }
}

fn listed<'s>(schema: &'s Schema, facets: &Facets<'s>, ui: Ui<'_>) -> Option<LeafKind<'s>> {
    if !facets.prefix.is_empty() {
        return None;
    }
    if facets.items.iter().all(|at| !at.schema.is_object()) {
        return Some(LeafKind::Json);
    }
    let found = gather(schema, &facets.items, Conditions::Decided(None));
    let parts: Vec<_> = found.parts.into_iter().map(|part| (part, None)).collect();
    let mut item = Facets::of(&parts);
    for alternatives in &found.alternatives {
        match meaning(schema, alternatives, &|_| false) {
            Meaning::Rule => {}
            Meaning::Options(options) => item.allow(options),
            Meaning::Scalars { types, .. } => {
                item.types = item.types.and(types);
                item.typed = true;
            }
            _ => return None,
        }
    }
    if let Some(allowed) = &item.allowed {
        return Some(LeafKind::PickMany(picks(allowed, ui)));
    }
    let types = item.types.without(Types::NULL);
    let texts = Types::STRING.with(Types::INTEGER).with(Types::FRACTION);
    if !item.typed {
        return Some(LeafKind::Lines(Types::STRING));
    }
    let plain = types != Types::NONE && types.without(texts) == Types::NONE;
    (plain && ui.item(0).widget() != Some("file")).then_some(LeafKind::Lines(types))
}

fn scalar<'s>(facets: &Facets<'s>, types: Types, ui: Ui<'_>) -> LeafKind<'s> {
    let numeric = Types::INTEGER.with(Types::FRACTION);
    if types == Types::BOOLEAN {
        return boolean(ui, true);
    }
    if types == Types::NONE || types.meets(Types::ARRAY) || types.meets(Types::OBJECT) {
        return LeafKind::Json;
    }
    if types.meets(Types::BOOLEAN) {
        return LeafKind::Json;
    }
    if types.has(Types::STRING) {
        return if types.meets(numeric) {
            LeafKind::TextOrNumber
        } else {
            text(facets, ui)
        };
    }
    if types.has(Types::FRACTION) {
        LeafKind::Number
    } else {
        LeafKind::Integer
    }
}

fn text<'s>(facets: &Facets<'s>, ui: Ui<'_>) -> LeafKind<'s> {
    match (ui.widget(), facets.format) {
        (Some("text" | "textarea"), _) => LeafKind::Text(text_form(facets, ui)),
        (_, Some("date")) => LeafKind::Date,
        (_, Some("time")) => LeafKind::Time,
        (_, Some("date-time")) => LeafKind::DateTime,
        _ => LeafKind::Text(text_form(facets, ui)),
    }
}

fn text_form(facets: &Facets<'_>, ui: Ui<'_>) -> TextForm {
    match (ui.widget(), facets.format) {
        (Some("textarea"), _) => TextForm::Long,
        (Some("text"), _) => TextForm::Line,
        (Some("email"), _) | (_, Some("email" | "idn-email")) => TextForm::Email,
        (Some("uri" | "url"), _) | (_, Some("uri" | "iri")) => TextForm::Url,
        (Some("tel"), _) => TextForm::Phone,
        _ if facets.max_length.is_some_and(|n| n > 200) => TextForm::Long,
        _ => TextForm::Line,
    }
}

fn is_year(facets: &Facets<'_>) -> bool {
    facets.minimum.is_some_and(|n| n >= 1000.0) && facets.maximum.is_some_and(|n| n <= 9999.0)
}

fn picks<'s>(allowed: &[Choice<'s>], ui: Ui<'_>) -> Picks<'s> {
    let plain = allowed
        .iter()
        .filter(|choice| !choice.value.is_null())
        .all(|choice| choice.value.as_str().is_some_and(|text| !text.is_empty()));
    let options: Vec<Pick<'s>> = allowed
        .iter()
        .enumerate()
        .filter(|(_, choice)| !choice.value.is_null())
        .map(|(i, choice)| Pick {
            value: choice.value,
            key: match choice.value {
                Value::String(text) if plain => text.clone(),
                other => other.to_string(),
            },
            label: ui
                .choice(i)
                .or(choice.title)
                .map(str::to_owned)
                .into_iter()
                .chain([super::texts::plain(choice.value)])
                .find(|label| !label.trim().is_empty())
                .unwrap_or_else(|| "(uden navn)".to_owned()),
            help: choice.help.map(str::to_owned),
        })
        .collect();
    let as_list = match ui.widget() {
        Some("select") => true,
        Some("radio" | "checkboxes") => false,
        _ => options.len() >= LONG_LIST,
    };
    Picks { options, as_list }
}
