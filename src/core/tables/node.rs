//! A place in a definition under reading, which notes its own faults and reads on.
use std::cell::RefCell;

use serde_json::Value;

use super::spec::TEXT_FIELDS;

/// Something in a report definition that can't be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpecFault {
    /// JSON Pointer into `report.json`.
    pub pointer: String,
    pub message: String,
}

/// A place in the definition, and where its faults are gathered.
pub(super) struct Node<'a> {
    pub(super) value: &'a Value,
    pointer: String,
    faults: &'a RefCell<Vec<SpecFault>>,
}

impl<'a> Node<'a> {
    pub(super) fn root(value: &'a Value, faults: &'a RefCell<Vec<SpecFault>>) -> Self {
        Self {
            value,
            pointer: String::new(),
            faults,
        }
    }

    pub(super) fn fault(&self, rest: &str, message: &str) {
        self.faults.borrow_mut().push(SpecFault {
            pointer: format!("{}{rest}", self.pointer),
            message: message.to_owned(),
        });
    }

    pub(super) fn only(&self, keys: &[&str]) {
        let Some(object) = self.value.as_object() else {
            self.fault("", "skal være et objekt");
            return;
        };
        for key in object.keys().filter(|key| !keys.contains(&key.as_str())) {
            let message = format!("er ukendt; kendt er {}", keys.join(", "));
            self.fault(&format!("/{}", escaped(key)), &message);
        }
    }

    pub(super) fn optional(&self, key: &str) -> Option<Node<'a>> {
        Some(Node {
            value: self.value.get(key)?,
            pointer: format!("{}/{key}", self.pointer),
            faults: self.faults,
        })
    }

    pub(super) fn required(&self, key: &str) -> Option<Node<'a>> {
        let found = self.optional(key);
        if found.is_none() {
            self.fault(&format!("/{key}"), "mangler");
        }
        found
    }

    pub(super) fn items(&self, key: &str) -> Vec<Node<'a>> {
        let Some(list) = self.optional(key) else {
            return Vec::new();
        };
        let Some(items) = list.value.as_array() else {
            list.fault("", "skal være en liste");
            return Vec::new();
        };
        items
            .iter()
            .enumerate()
            .map(|(index, value)| Node {
                value,
                pointer: format!("{}/{index}", list.pointer),
                faults: self.faults,
            })
            .collect()
    }

    pub(super) fn string(&self) -> String {
        match self.value.as_str().map(str::trim) {
            Some(text) if !text.is_empty() => text.to_owned(),
            _ => {
                self.fault("", "skal være en tekst, der ikke er tom");
                String::new()
            }
        }
    }

    pub(super) fn text(&self, key: &str) -> String {
        self.required(key)
            .map(|node| node.string())
            .unwrap_or_default()
    }

    pub(super) fn text_or(&self, key: &str, default: &str) -> String {
        match self.optional(key) {
            Some(node) => node.string(),
            None => default.to_owned(),
        }
    }

    pub(super) fn running_text(&self, key: &str) -> String {
        let text = self.text(key);
        if let Some(node) = self.optional(key) {
            node.check_fields(&text);
        }
        text
    }

    /// A field that nothing fills would be printed as an empty place.
    pub(super) fn check_fields(&self, text: &str) {
        for field in text.split('{').skip(1) {
            let name = field.split('}').next().unwrap_or_default();
            if !TEXT_FIELDS.contains(&name) {
                let known = TEXT_FIELDS.map(|field| format!("{{{field}}}")).join(", ");
                let message = format!("{{{name}}} er et ukendt felt; kendt er {known}");
                self.fault("", &message);
            }
        }
    }

    pub(super) fn pointer_text(&self, key: &str) -> String {
        let pointer = self.text(key);
        if !pointer.is_empty() && !pointer.starts_with('/') {
            self.fault(
                &format!("/{key}"),
                "skal være en JSON Pointer og begynde med /",
            );
        }
        pointer
    }

    pub(super) fn number(&self, key: &str, default: u64) -> u64 {
        let Some(node) = self.optional(key) else {
            return default;
        };
        node.value.as_u64().unwrap_or_else(|| {
            node.fault("", "skal være et helt tal, 0 eller mere");
            default
        })
    }

    pub(super) fn year(&self) -> u16 {
        match self
            .value
            .as_u64()
            .and_then(|year| u16::try_from(year).ok())
        {
            Some(year) if (1900..=2199).contains(&year) => year,
            _ => {
                self.fault("", "skal være et årstal");
                0
            }
        }
    }

    pub(super) fn truth(&self, key: &str) -> bool {
        let Some(node) = self.optional(key) else {
            return false;
        };
        node.value.as_bool().unwrap_or_else(|| {
            node.fault("", "skal være true eller false");
            false
        })
    }
}

fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
