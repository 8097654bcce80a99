//! Figures: a number, a value state, or a number with a qualifier, written in one box.
use serde_json::{Map, Value, json};

use super::texts::{bare_number, number};

/// Value states and how they are written.
pub const STATES: [(&str, &str); 3] = [
    ("not_stated", "oplyses ikke"),
    ("not_broken_down", "ikke opgjort"),
    ("not_applicable", "–"),
];

/// Qualifiers that are written behind a number; `exact` is the number alone and `estimate` is "ca.".
const QUALIFIERS: [(&str, &str); 4] = [
    ("register", "register"),
    ("confirmed", "bekræftet"),
    ("corrected", "rettet"),
    ("counted", "talt op"),
];

/// The same for whoever reads an answer in English; a box takes these words, too.
const STATES_IN_ENGLISH: [(&str, &str); 3] = [
    ("not_stated", "not stated"),
    ("not_broken_down", "not broken down"),
    ("not_applicable", "–"),
];

const QUALIFIERS_IN_ENGLISH: [(&str, &str); 4] = [
    ("register", "register"),
    ("confirmed", "confirmed"),
    ("corrected", "corrected"),
    ("counted", "counted"),
];

/// The figure as it stands in its box; a comment is not part of it.
pub fn text(figure: &Value) -> String {
    written(figure, &STATES, &QUALIFIERS)
}

/// The figure as a list of answers in English tells it.
pub(crate) fn in_english(figure: &Value) -> String {
    written(figure, &STATES_IN_ENGLISH, &QUALIFIERS_IN_ENGLISH)
}

type Named = (&'static str, &'static str);

fn written(figure: &Value, states: &[Named], qualifiers: &[Named]) -> String {
    if let Value::Number(n) = figure {
        return number(n);
    }
    if let Some(state) = figure.get("state").and_then(Value::as_str) {
        return states
            .iter()
            .find(|(name, _)| *name == state)
            .map_or_else(|| state.to_owned(), |(_, words)| (*words).to_owned());
    }
    let value = match figure.get("value") {
        Some(Value::Number(n)) => number(n),
        _ => {
            return if figure.is_null() || figure.as_object().is_some_and(only_comment) {
                String::new()
            } else {
                figure.to_string()
            };
        }
    };
    let qualifier = figure.get("qualifier").and_then(Value::as_str);
    match qualifier {
        Some("estimate") => format!("ca. {value}"),
        Some(name) => qualifiers
            .iter()
            .find(|(known, _)| *known == name)
            .map_or(value.clone(), |(_, words)| format!("{value} ({words})")),
        None => value,
    }
}

/// `3`, `1.234`, `7,5`, `ca. 25`, `skøn 25`, `~25`, `25 (register)`, `oplyses ikke`, `ikke opgjort`, `–`.
pub fn read(text: &str) -> Option<Value> {
    let text = text.trim();
    let lower = text.to_lowercase();
    if matches!(
        lower.as_str(),
        "-" | "–" | "—" | "−" | "ikke relevant" | "not applicable"
    ) {
        return Some(json!({ "state": "not_applicable" }));
    }
    let state = match lower.trim_end_matches('.') {
        "oplyses ikke" | "ikke oplyst" | "not stated" => Some("not_stated"),
        "ikke opgjort" | "not broken down" => Some("not_broken_down"),
        _ => None,
    };
    if let Some(state) = state {
        return Some(json!({ "state": state }));
    }
    if let Some(n) = bare_number(&lower) {
        return Some(Value::Number(n));
    }
    if let Some(n) = estimated(&lower) {
        return Some(json!({ "value": n, "qualifier": "estimate" }));
    }
    let (value, words) = lower.strip_suffix(')')?.split_once('(')?;
    let (name, _) = QUALIFIERS
        .iter()
        .chain(&QUALIFIERS_IN_ENGLISH)
        .find(|(_, known)| *known == words.trim())?;
    let n = bare_number(value)?;
    Some(json!({ "value": n, "qualifier": name }))
}

/// Whether a bound was written where a number is asked for: `≤3`, `<5`, `under 3`.
pub(crate) fn is_bound(text: &str) -> bool {
    let lower = text.trim().to_lowercase();
    let words = [
        "under",
        "over",
        "højst",
        "mindst",
        "færre end",
        "mere end",
        "mindre end",
        "flere end",
    ];
    let named = |word: &&str| {
        lower
            .strip_prefix(*word)
            .is_some_and(|rest| rest.contains(|c: char| c.is_ascii_digit()))
    };
    lower.starts_with(['≤', '<', '≥', '>']) || words.iter().any(named)
}

/// The number in a figure, bare or qualified.
pub(crate) fn value_of(figure: &Value) -> Option<f64> {
    figure.as_f64().or_else(|| figure.get("value")?.as_f64())
}

fn estimated(lower: &str) -> Option<serde_json::Number> {
    let prefixes = [
        "ca.", "ca", "cirka", "~", "skøn:", "skøn", "omkring", "est.", "approx.", "about",
    ];
    prefixes
        .iter()
        .find_map(|prefix| bare_number(lower.strip_prefix(prefix)?))
        .or_else(|| bare_number(lower.strip_suffix("(skøn)")?))
}

/// A figure that is more than its number: nothing else stands in the object.
pub(crate) fn is_qualified(value: &Value) -> bool {
    let parts = ["state", "value", "qualifier", "comment"];
    value
        .as_object()
        .is_some_and(|figure| figure.keys().all(|key| parts.contains(&key.as_str())))
}

fn only_comment(figure: &Map<String, Value>) -> bool {
    figure.keys().all(|key| key == "comment")
}

/// A number that was written beside a known one: confirmed when it is the same, else corrected.
pub(crate) fn weighed(fresh: &Value, known: &Value) -> Value {
    let (Some(n), Some(before)) = (value_of(fresh), value_of(known)) else {
        return fresh.clone();
    };
    let qualifier = fresh.get("qualifier").and_then(Value::as_str);
    let said = matches!(
        qualifier,
        None | Some("register" | "confirmed" | "corrected")
    );
    if !said {
        return fresh.clone();
    }
    let qualifier = if n == before {
        "confirmed"
    } else {
        "corrected"
    };
    let number = fresh.get("value").unwrap_or(fresh);
    json!({ "value": number, "qualifier": qualifier })
}

/// The known figure, taken over.
pub(crate) fn confirmed(known: &Value) -> Value {
    weighed(known.get("value").unwrap_or(known), known)
}

/// The figure with this remark; a blank one is taken away. A remark alone waits for its figure. One of several lines
/// (from an import) comes back from its box as one line, and stays as it is.
pub(crate) fn with_comment(figure: Option<Value>, comment: &str) -> Option<Value> {
    let one_line = |text: &str| super::texts::printable(text).replace(['\r', '\n'], "");
    let comment = comment.trim();
    let said = figure.as_ref().and_then(|f| f.get("comment")?.as_str());
    if said.is_some_and(|said| one_line(said).trim() == one_line(comment)) {
        return figure;
    }
    let mut members = match figure {
        Some(Value::Object(members)) => members,
        None => Map::new(),
        Some(other) if comment.is_empty() => return Some(other),
        Some(number) => Map::from_iter([
            ("value".to_owned(), number),
            ("qualifier".to_owned(), Value::from("exact")),
        ]),
    };
    if comment.is_empty() {
        members.shift_remove("comment");
        if members.len() == 2 && members.get("qualifier").is_some_and(|q| q == "exact") {
            return members.shift_remove("value");
        }
    } else {
        members.insert("comment".to_owned(), Value::from(comment));
    }
    (!members.is_empty()).then_some(Value::Object(members))
}

/// `fresh` with the comment that stood on the figure before.
pub(crate) fn keeping_comment(fresh: Value, before: Option<&Value>) -> Value {
    let Some(comment) = before.and_then(|figure| figure.get("comment")) else {
        return fresh;
    };
    let mut figure = match fresh {
        Value::Object(figure) => figure,
        Value::Number(n) => Map::from_iter([
            ("value".to_owned(), Value::Number(n)),
            ("qualifier".to_owned(), Value::from("exact")),
        ]),
        other => return other,
    };
    figure.insert("comment".to_owned(), comment.clone());
    Value::Object(figure)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_write_states_and_estimates_in_more_than_one_way() {
        assert_eq!(read("ikke oplyst"), Some(json!({ "state": "not_stated" })));
        let five = json!({ "value": 5, "qualifier": "estimate" });
        assert_eq!(read("~5"), Some(five.clone()));
        assert_eq!(read("ca. 5"), Some(five));
    }

    #[test]
    fn a_number_beside_a_known_one_is_confirmed_or_corrected() {
        let known = json!({"value": 12, "qualifier": "register"});
        assert_eq!(
            weighed(&json!(12), &known),
            json!({"value": 12, "qualifier": "confirmed"})
        );
        let other = json!({"value": 13, "qualifier": "confirmed"});
        assert_eq!(
            weighed(&other, &known),
            json!({"value": 13, "qualifier": "corrected"})
        );
        let estimate = json!({"value": 13, "qualifier": "estimate"});
        assert_eq!(weighed(&estimate, &known), estimate);
        assert_eq!(
            confirmed(&json!(7)),
            json!({"value": 7, "qualifier": "confirmed"})
        );
    }

    #[test]
    fn both_languages_are_read_and_written() {
        for (figure, danish, english) in [
            (json!({"state": "not_stated"}), "oplyses ikke", "not stated"),
            (
                json!({"state": "not_broken_down"}),
                "ikke opgjort",
                "not broken down",
            ),
            (
                json!({"value": 3, "qualifier": "confirmed"}),
                "3 (bekræftet)",
                "3 (confirmed)",
            ),
            (
                json!({"value": 1234, "qualifier": "counted"}),
                "1.234 (talt op)",
                "1.234 (counted)",
            ),
        ] {
            assert_eq!(
                (text(&figure).as_str(), in_english(&figure).as_str()),
                (danish, english)
            );
            assert_eq!(
                (read(danish), read(english)),
                (Some(figure.clone()), Some(figure))
            );
        }
    }

    #[test]
    fn a_remark_is_put_on_a_figure_and_taken_away() {
        let noted = with_comment(Some(json!(3)), " Talt to gange ");
        assert_eq!(
            noted,
            Some(json!({"value": 3, "qualifier": "exact", "comment": "Talt to gange"}))
        );
        assert_eq!(text(&noted.clone().unwrap()), "3");
        assert_eq!(with_comment(noted, ""), Some(json!(3)));
        let long = Some(json!({"value": 3, "qualifier": "exact", "comment": "Talt\nto gange"}));
        assert_eq!(with_comment(long.clone(), "Taltto gange"), long);
        let alone = with_comment(None, "Hvorfor").unwrap();
        assert_eq!(text(&alone), "");
        assert_eq!(with_comment(Some(alone), ""), None);
    }

    #[test]
    fn a_bound_is_no_figure() {
        for text in ["≤3", "< 5", "under 3", "højst 4"] {
            assert_eq!(read(text), None, "{text}");
            assert!(is_bound(text), "{text}");
        }
        assert!(!is_bound("under udarbejdelse"));
    }
}
