//! The UI document (RJSF `uiSchema` convention) beside a schema, and its overlay per language.
use serde_json::{Map, Value};

/// The part of the UI document that belongs to one place of the form; every question to an absent part is answered "not said".
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Ui<'u>(Option<&'u Map<String, Value>>);

impl<'u> Ui<'u> {
    pub fn of(document: &'u Value) -> Self {
        Ui(document.as_object())
    }

    /// The part for a property.
    pub fn child(self, name: &str) -> Ui<'u> {
        Ui(self
            .0
            .and_then(|ui| ui.get(name))
            .and_then(Value::as_object))
    }

    /// The part for an array's items; `index` counts where the document lists them one by one.
    pub fn item(self, index: usize) -> Ui<'u> {
        match self.0.and_then(|ui| ui.get("items")) {
            Some(Value::Array(items)) => Ui(items.get(index).and_then(Value::as_object)),
            Some(one) => Ui(one.as_object()),
            None => Ui(None),
        }
    }

    /// `ui:key`, or `key` within `ui:options`.
    pub fn get(self, key: &str) -> Option<&'u Value> {
        let ui = self.0?;
        ui.get(&format!("ui:{key}"))
            .or_else(|| ui.get("ui:options")?.get(key))
    }

    pub fn text(self, key: &str) -> Option<&'u str> {
        self.get(key)?.as_str().filter(|text| !text.is_empty())
    }

    pub fn flag(self, key: &str) -> bool {
        self.get(key).and_then(Value::as_bool).unwrap_or(false)
    }

    pub fn number(self, key: &str) -> Option<u64> {
        self.get(key)?.as_u64()
    }

    pub fn list(self, key: &str) -> impl Iterator<Item = &'u str> {
        let items = self.get(key).and_then(Value::as_array);
        items.into_iter().flatten().filter_map(Value::as_str)
    }

    pub fn widget(self) -> Option<&'u str> {
        self.text("widget")
    }

    /// Label of the choice at `index`.
    pub fn choice(self, index: usize) -> Option<&'u str> {
        self.get("enumNames")?.get(index)?.as_str()
    }

    /// `names` in the order of `ui:order`; names it does not list stand where its `*` is, or last.
    pub fn ordered<T>(self, mut names: Vec<(&str, T)>) -> Vec<T> {
        if let Some(order) = self.get("order").and_then(Value::as_array) {
            let place = |name: &str| order.iter().position(|o| o.as_str() == Some(name));
            let star = place("*").unwrap_or(order.len());
            names.sort_by_key(|(name, _)| place(name).unwrap_or(star));
        }
        names.into_iter().map(|(_, item)| item).collect()
    }
}

/// `over` laid over `under`, object by object.
pub(crate) fn overlaid(under: &Value, over: &Value) -> Value {
    match (under, over) {
        (Value::Object(under), Value::Object(over)) => {
            let mut merged = under.clone();
            for (name, value) in over {
                let below = merged.get(name).unwrap_or(&Value::Null);
                merged.insert(name.clone(), overlaid(below, value));
            }
            Value::Object(merged)
        }
        (_, over) => over.clone(),
    }
}
