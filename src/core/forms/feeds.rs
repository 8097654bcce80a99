//! What a form's answers bring about elsewhere: recipients of a second stage, and conflicts with other forms' answers.
//!
//! `"ui:feeds": {"group": "tilbud", "name": "name", "place": "municipality"}` beside a repeat group says that each
//! of its items names somebody whom the campaign's group `tilbud` should ask. `"ui:conflicts"` at the top of the UI
//! document declares rules between this form's answers and those of another group.
use std::cmp::Ordering;

use serde_json::Value;

use super::Form;
use super::figure::value_of;

/// A repeat group whose items become proposed recipients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feed {
    /// JSON Pointer of the list.
    pub pointer: String,
    /// The group that they are proposed for.
    pub group: String,
    /// The member that holds the name.
    pub name: String,
    /// The member that tells where it is; empty for none.
    pub place: String,
}

/// A rule between an answer and the answers of another group that tell of the same organisation.
#[derive(Debug, Clone, PartialEq)]
pub struct Conflict {
    when: Condition,
    pub group: String,
    /// JSON Pointer of the other answer's list of organisations.
    about: String,
    /// Only where this one is the list's only member.
    only: bool,
    then: Condition,
    message: Value,
}

/// A comparison with one answer: `["/offsite", "=", 0]`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Condition {
    /// JSON Pointer; `*` stands for every member or item.
    pub(super) pointer: String,
    pub(super) comparison: String,
    pub(super) value: Value,
}

impl Form {
    /// The repeat groups that feed a second stage.
    pub fn feeds(&self) -> Vec<Feed> {
        let mut found = Vec::new();
        collect(&self.ui, "", &mut found);
        found
    }

    /// The rules between this form's answers and another group's.
    pub fn conflicts(&self) -> Vec<Conflict> {
        let declared = self.ui.get("ui:conflicts");
        let all = declared.and_then(Value::as_array).into_iter().flatten();
        all.filter_map(Conflict::read).collect()
    }
}

impl Conflict {
    fn read(declared: &Value) -> Option<Self> {
        let text = |name: &str| declared.get(name)?.as_str().map(str::to_owned);
        Some(Self {
            when: Condition::read(declared.get("if")?)?,
            group: text("group")?,
            about: text("about")?,
            only: declared.get("only").and_then(Value::as_bool) == Some(true),
            then: Condition::read(declared.get("then")?)?,
            message: declared.get("message")?.clone(),
        })
    }

    /// The sentence, where the two answers can't both be right; `same` tells whether a name means this respondent.
    pub fn between(
        &self,
        own: &Value,
        other: &Value,
        same: &dyn Fn(&str) -> bool,
    ) -> Option<String> {
        let listed = other.pointer(&self.about).and_then(Value::as_array)?;
        let is_named = listed.iter().filter_map(Value::as_str).any(same);
        let holds = is_named
            && (!self.only || listed.len() == 1)
            && self.when.holds(own)
            && self.then.holds(other);
        let words = match &self.message {
            Value::String(text) => Some(text.as_str()),
            message => message.get("da").and_then(Value::as_str),
        };
        holds.then(|| words.unwrap_or("Svarene passer ikke sammen.").to_owned())
    }
}

impl Condition {
    pub(super) fn read(declared: &Value) -> Option<Self> {
        let parts = declared.as_array()?;
        Some(Self {
            pointer: parts.first()?.as_str()?.to_owned(),
            comparison: parts.get(1)?.as_str()?.to_owned(),
            value: parts.get(2)?.clone(),
        })
    }

    pub(super) fn holds(&self, answers: &Value) -> bool {
        let tokens: Vec<&str> = self.pointer.split('/').skip(1).collect();
        at(answers, &tokens)
            .into_iter()
            .any(|found| self.fits(found))
    }

    fn fits(&self, found: &Value) -> bool {
        let number = |value: &Value| value.as_f64().or_else(|| value_of(value));
        let order = match (number(found), number(&self.value)) {
            (Some(a), Some(b)) => a.partial_cmp(&b),
            _ if found == &self.value => Some(Ordering::Equal),
            _ => None,
        };
        match self.comparison.as_str() {
            "=" => order == Some(Ordering::Equal),
            ">" => order == Some(Ordering::Greater),
            "<" => order == Some(Ordering::Less),
            _ => false,
        }
    }
}

/// Every value at a pointer in which `*` stands for all members or items.
pub fn at<'v>(value: &'v Value, tokens: &[&str]) -> Vec<&'v Value> {
    let Some((first, rest)) = tokens.split_first() else {
        return vec![value];
    };
    let below: Vec<&Value> = match (value, *first) {
        (Value::Object(members), "*") => members.values().collect(),
        (Value::Array(items), "*") => items.iter().collect(),
        (Value::Object(members), name) => members.get(name).into_iter().collect(),
        (Value::Array(items), place) => place
            .parse()
            .ok()
            .and_then(|n: usize| items.get(n))
            .into_iter()
            .collect(),
        _ => Vec::new(),
    };
    below
        .into_iter()
        .flat_map(|value| at(value, rest))
        .collect()
}

fn collect(ui: &Value, pointer: &str, found: &mut Vec<Feed>) {
    let Some(members) = ui.as_object() else {
        return;
    };
    if let Some(feed) = members.get("ui:feeds") {
        let text = |name: &str| {
            feed.get(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        found.push(Feed {
            pointer: pointer.to_owned(),
            group: text("group"),
            name: text("name"),
            place: text("place"),
        });
    }
    for (name, below) in members.iter().filter(|(name, _)| !name.starts_with("ui:")) {
        collect(below, &format!("{pointer}/{name}"), found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_zero_here_and_a_two_there_are_a_conflict_only_about_the_same_municipality() {
        let rule = Conflict::read(&json!({
            "if": ["/offsite", "=", 0], "group": "tilbud", "about": "/catchment", "only": true,
            "then": ["/flow/*/2019", ">", 0], "message": {"da": "Nul mod to."}
        }))
        .unwrap();
        let skive = |name: &str| name == "Skive";
        let offer = |towns: Value, count: Value| json!({"catchment": towns, "flow": {"adults": {"2019": count}}});
        let told = |own: Value, other: Value| rule.between(&own, &other, &skive);
        assert_eq!(
            told(json!({"offsite": 0}), offer(json!(["Skive"]), json!(2))).as_deref(),
            Some("Nul mod to.")
        );
        let estimate = json!({"value": 2, "qualifier": "estimate"});
        assert!(told(json!({"offsite": 0}), offer(json!(["Skive"]), estimate)).is_some());
        assert_eq!(
            told(json!({"offsite": 1}), offer(json!(["Skive"]), json!(2))),
            None
        );
        assert_eq!(
            told(json!({"offsite": 0}), offer(json!(["Odder"]), json!(2))),
            None
        );
        assert_eq!(
            told(
                json!({"offsite": 0}),
                offer(json!(["Skive", "Odder"]), json!(2))
            ),
            None
        );
        assert_eq!(
            told(
                json!({"offsite": 0}),
                offer(json!(["Skive"]), json!({"state": "not_stated"}))
            ),
            None
        );
    }
}
