//! Parts of a draft: what a colleague may see and write, and which answers differ between two drafts.
use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::Draft;
use crate::forms::pointer;

/// The part of a draft below the names at its top that `own` takes.
pub fn portion(draft: &Draft, own: &dyn Fn(&str) -> bool) -> Draft {
    let answers = match &draft.answers {
        Value::Object(all) => all
            .iter()
            .filter(|(name, _)| own(name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
        _ => Map::new(),
    };
    Draft {
        answers: Value::Object(answers),
        unread: draft
            .unread
            .iter()
            .filter(|(at, _)| is_own(at, own))
            .map(|(at, text)| (at.clone(), text.clone()))
            .collect(),
        choices: draft
            .choices
            .iter()
            .filter(|(at, _)| is_own(at, own))
            .map(|(at, choice)| (at.clone(), *choice))
            .collect(),
        known: draft
            .known
            .iter()
            .filter(|(at, _)| is_own(at, own))
            .map(|(at, known)| (at.clone(), known.clone()))
            .collect(),
    }
}

/// `whole` with everything that `own` takes replaced by `part`'s; what `part` holds beyond it is left out.
pub fn with_portion(whole: &Draft, part: &Draft, own: &dyn Fn(&str) -> bool) -> Draft {
    let mut laid = portion(whole, &|name| !own(name));
    // A choice at the very top belongs to nobody's section.
    laid.choices.extend(
        whole
            .choices
            .iter()
            .filter(|(at, _)| top(at).is_none())
            .map(|(at, choice)| (at.clone(), *choice)),
    );
    let part = portion(part, own);
    if let (Value::Object(all), Value::Object(own)) = (&mut laid.answers, part.answers) {
        all.extend(own);
    }
    laid.unread.extend(part.unread);
    laid.choices.extend(part.choices);
    laid.known = whole.known.clone();
    laid
}

/// Takes the answer at `at` from `other`, or takes it away where `other` has none.
pub fn take_over(draft: &mut Draft, other: &Draft, at: &str) {
    pointer::put(&mut draft.answers, at, other.answers.pointer(at).cloned());
    match other.unread.get(at) {
        Some(text) => draft.unread.insert(at.to_owned(), text.clone()),
        None => draft.unread.remove(at),
    };
}

/// Pointers of the answers that differ; a list of another length counts as one answer, and so does what `is_field` names.
pub fn changed(before: &Draft, after: &Draft, is_field: &dyn Fn(&str) -> bool) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    differences(
        "",
        Some(&before.answers),
        Some(&after.answers),
        is_field,
        &mut found,
    );
    for (one, other) in [(before, after), (after, before)] {
        let texts = one
            .unread
            .iter()
            .filter(|(at, text)| other.unread.get(*at) != Some(text));
        found.extend(texts.map(|(at, _)| at.clone()));
    }
    found
}

fn differences(
    at: &str,
    before: Option<&Value>,
    after: Option<&Value>,
    is_field: &dyn Fn(&str) -> bool,
    found: &mut BTreeSet<String>,
) {
    if before == after {
        return;
    }
    let objects = |value: Option<&Value>| value.is_none_or(Value::is_object);
    if objects(before) && objects(after) && !is_field(at) {
        let names: BTreeSet<&String> = [before, after]
            .into_iter()
            .flatten()
            .filter_map(Value::as_object)
            .flat_map(Map::keys)
            .collect();
        for name in names {
            let of = |value: Option<&'_ Value>| value.and_then(|v| v.get(name)).cloned();
            let below = pointer::join(at, name);
            differences(
                &below,
                of(before).as_ref(),
                of(after).as_ref(),
                is_field,
                found,
            );
        }
        return;
    }
    match (before, after) {
        (Some(Value::Array(one)), Some(Value::Array(other)))
            if one.len() == other.len() && !is_field(at) && one.iter().all(Value::is_object) =>
        {
            for (i, (before, after)) in one.iter().zip(other).enumerate() {
                let below = pointer::join(at, &i.to_string());
                differences(&below, Some(before), Some(after), is_field, found);
            }
        }
        _ => {
            found.insert(at.to_owned());
        }
    }
}

fn is_own(at: &str, own: &dyn Fn(&str) -> bool) -> bool {
    top(at).is_some_and(|name| own(&name))
}

fn top(at: &str) -> Option<String> {
    pointer::tokens(at).next()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn draft(answers: Value, unread: &[(&str, &str)]) -> Draft {
        let mut draft = Draft::of(answers);
        let unread = unread
            .iter()
            .map(|(at, text)| ((*at).into(), (*text).into()));
        draft.unread = unread.collect();
        draft
    }

    #[test]
    fn a_part_holds_nothing_of_the_rest() {
        let whole = draft(
            json!({"a": {"x": 1}, "b": 2}),
            &[("/a/y", "tolv"), ("/b", "?")],
        );
        let part = portion(&whole, &|name| name == "a");
        assert_eq!(part, draft(json!({"a": {"x": 1}}), &[("/a/y", "tolv")]));
    }

    #[test]
    fn a_part_laid_over_the_whole_changes_its_own_only() {
        let whole = draft(
            json!({"a": {"x": 1}, "b": 2}),
            &[("/a/y", "tolv"), ("/b", "?")],
        );
        let part = draft(json!({"a": {"x": 5}, "b": 99}), &[("/b", "!")]);
        let laid = with_portion(&whole, &part, &|name| name == "a");
        assert_eq!(laid, draft(json!({"b": 2, "a": {"x": 5}}), &[("/b", "?")]));
    }

    #[test]
    fn the_changed_answers_are_named_one_by_one() {
        let before = draft(
            json!({"a": {"x": 1, "f": {"value": 1}}, "l": [{"n": 1}]}),
            &[],
        );
        let after = draft(
            json!({"a": {"f": {"value": 2}}, "l": [{"n": 1}, {"n": 2}], "c": {"d": 1}}),
            &[("/a/x", "tolv")],
        );
        let found = changed(&before, &after, &|at| at == "/a/f");
        assert_eq!(
            found.into_iter().collect::<Vec<_>>(),
            ["/a/f", "/a/x", "/c/d", "/l"]
        );
    }

    #[test]
    fn an_answer_is_taken_over_or_taken_away() {
        let mut mine = draft(json!({"a": {"x": 1}, "b": 2}), &[("/b", "to")]);
        let theirs = draft(json!({"a": {"x": 7}}), &[]);
        take_over(&mut mine, &theirs, "/a/x");
        take_over(&mut mine, &theirs, "/b");
        assert_eq!(mine, draft(json!({"a": {"x": 7}}), &[]));
    }
}
