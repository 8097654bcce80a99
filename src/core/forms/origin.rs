//! Where answers come from: known ones confirmed or corrected, figures as they were found, the rest by hand.
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::figure;
use super::texts::read;
use super::{Form, Language, codebook};
use crate::answers::{Draft, Known};

/// How one answer came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provenance {
    /// Taken from a register by the respondent.
    Register,
    /// As it was known before.
    Confirmed,
    /// Known before, and changed.
    Corrected,
    ByHand,
    Estimate,
}

impl Provenance {
    pub fn danish(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::Confirmed => "bekræftet",
            Self::Corrected => "rettet",
            Self::ByHand => "i hånden",
            Self::Estimate => "skøn",
        }
    }
}

/// How an answer came about, seen beside what was known.
pub(crate) fn of(answer: &Value, known: Option<&Value>) -> Provenance {
    match answer.get("qualifier").and_then(Value::as_str) {
        Some("register") => return Provenance::Register,
        Some("confirmed") => return Provenance::Confirmed,
        Some("corrected") => return Provenance::Corrected,
        Some("estimate") => return Provenance::Estimate,
        _ => {}
    }
    match known {
        None => Provenance::ByHand,
        Some(known) if same(answer, known) => Provenance::Confirmed,
        Some(_) => Provenance::Corrected,
    }
}

/// The same answer; figures by their numbers.
pub(crate) fn same(answer: &Value, known: &Value) -> bool {
    match (figure::value_of(answer), figure::value_of(known)) {
        (Some(a), Some(b)) => a == b,
        _ => answer == known,
    }
}

impl Form {
    /// How each answer came about, by JSON Pointer.
    pub fn provenance(
        &self,
        answers: &Value,
        known: &BTreeMap<String, Known>,
    ) -> BTreeMap<String, Provenance> {
        let draft = Draft::of(answers.clone());
        let layout = self.layout(answers, &draft, Language::Da);
        let mut found = BTreeMap::new();
        layout.root.walk(&mut |node| {
            let asked = node.leaf().is_some() && node.computed.is_none();
            let answer = answers.pointer(&node.pointer);
            if let Some(answer) = answer.filter(|answer| asked && !answer.is_null()) {
                let known = known.get(&node.pointer).map(|known| &known.value);
                found.insert(node.pointer.clone(), of(answer, known));
            }
        });
        found
    }

    /// What `text` says as the answer to the question at `pointer`, written as a person writes it;
    /// `None` where no question stands there or the text is no answer to it.
    pub fn answer_of_text(&self, pointer: &str, text: &str) -> Option<Value> {
        let layout = codebook::everything(self, Language::Da);
        let leaf = codebook::find_at(&layout.root, pointer)?.leaf()?;
        let spoken = |value: &Value| leaf.produces(value).then(|| value.clone());
        // A choice may be named by its key or by what it is called on the page.
        let by_label = || {
            let place = codebook::place_of(self, pointer)?;
            let fields = codebook::fields(self, Language::Da);
            let field = fields.into_iter().find(|field| field.pointer == place)?;
            let (value, _) = field
                .options
                .into_iter()
                .find(|(_, label)| label.eq_ignore_ascii_case(text.trim()))?;
            Some(value)
        };
        match read(leaf, text) {
            Ok(value) => value.as_ref().and_then(spoken),
            Err(_) => by_label(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::forms::FormSource;

    #[test]
    fn provenance_is_read_off_the_figure_or_seen_beside_what_was_known() {
        let schema = json!({"properties": {"a": {"type": "string"}, "b": {"type": "string"}, "c": {"type": ["integer", "object"]}, "d": {"enum": ["x", "y"]}}});
        let form = Form::read(&FormSource {
            id: "prøve".to_owned(),
            schema: schema.to_string(),
            ui: Some(
                json!({"c": {"ui:widget": "figure"}, "d": {"ui:enumNames": ["Øverst", "Nederst"]}})
                    .to_string(),
            ),
            ..FormSource::default()
        })
        .unwrap();
        let known = |value: Value| Known {
            value,
            source: "2024".to_owned(),
        };
        let before = BTreeMap::from([
            ("/a".to_owned(), known(json!("x"))),
            ("/b".to_owned(), known(json!("x"))),
        ]);
        let answers =
            json!({"a": "x", "b": "y", "c": {"value": 3, "qualifier": "estimate"}, "d": "x"});
        let found: Vec<Provenance> = form.provenance(&answers, &before).into_values().collect();
        use Provenance::*;
        assert_eq!(found, [Confirmed, Corrected, Estimate, ByHand]);
        assert_eq!(
            form.answer_of_text("/c", "ca. 25"),
            Some(json!({"value": 25, "qualifier": "estimate"}))
        );
        assert_eq!(form.answer_of_text("/d", "nederst"), Some(json!("y")));
        assert_eq!(form.answer_of_text("/e", "1"), None);
    }
}
