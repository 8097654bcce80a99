//! Several hands on one answer: two drafts that grew from the same base become one.
use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::Draft;

/// Two drafts laid together, and the fields where someone must choose.
#[derive(Debug, Clone, PartialEq)]
pub struct Merged {
    /// Holds `mine` where there is a conflict.
    pub draft: Draft,
    pub conflicts: Vec<Conflict>,
}

/// One field that both changed, to different answers; `None` is a blank.
#[derive(Debug, Clone, PartialEq)]
pub struct Conflict {
    pub pointer: String,
    pub base: Option<Value>,
    pub mine: Option<Value>,
    pub theirs: Option<Value>,
}

/// Lays `mine` over `theirs`, field by field, seen from `base`, which both began with.
///
/// `is_field` says which pointers hold one answer although their value is an object or an array
/// (a figure, a file, a set of choices): such a value is taken as a whole. Lists whose lengths
/// differ are taken as a whole, too.
pub fn merge(
    base: &Draft,
    mine: &Draft,
    theirs: &Draft,
    is_field: &dyn Fn(&str) -> bool,
) -> Merged {
    let mut merging = Merging {
        is_field,
        conflicts: Vec::new(),
    };
    let answers = merging
        .value(
            "",
            Some(&base.answers),
            Some(&mine.answers),
            Some(&theirs.answers),
        )
        .unwrap_or_else(|| Value::Object(Map::new()));
    let unread = merging.texts(&base.unread, &mine.unread, &theirs.unread);
    let mut choices = theirs.choices.clone();
    choices.extend(
        mine.choices
            .iter()
            .filter(|(pointer, choice)| base.choices.get(*pointer) != Some(choice))
            .map(|(pointer, choice)| (pointer.clone(), *choice)),
    );
    Merged {
        draft: Draft {
            answers,
            unread,
            choices,
            known: theirs.known.clone(),
        },
        conflicts: merging.conflicts,
    }
}

struct Merging<'f> {
    is_field: &'f dyn Fn(&str) -> bool,
    conflicts: Vec<Conflict>,
}

impl Merging<'_> {
    fn value(
        &mut self,
        pointer: &str,
        base: Option<&Value>,
        mine: Option<&Value>,
        theirs: Option<&Value>,
    ) -> Option<Value> {
        if mine == theirs || theirs == base {
            return mine.cloned();
        }
        if mine == base {
            return theirs.cloned();
        }
        match (mine, theirs) {
            _ if (self.is_field)(pointer) => self.conflict(pointer, base, mine, theirs),
            (Some(Value::Object(m)), Some(Value::Object(t))) => {
                Some(self.object(pointer, base.and_then(Value::as_object), m, t))
            }
            // A group that one side has not begun, or has emptied, holds no answers; its fields are compared one by one.
            (Some(Value::Object(one)), None) | (None, Some(Value::Object(one))) => {
                let (blank, base) = (Map::new(), base.and_then(Value::as_object));
                let merged = match mine {
                    Some(_) => self.object(pointer, base, one, &blank),
                    None => self.object(pointer, base, &blank, one),
                };
                Some(merged).filter(|all| all.as_object().is_some_and(|all| !all.is_empty()))
            }
            (Some(Value::Array(m)), Some(Value::Array(t))) => self.array(pointer, base, m, t),
            _ => self.conflict(pointer, base, mine, theirs),
        }
    }

    fn object(
        &mut self,
        pointer: &str,
        base: Option<&Map<String, Value>>,
        mine: &Map<String, Value>,
        theirs: &Map<String, Value>,
    ) -> Value {
        let mut merged = Map::new();
        let names = mine
            .keys()
            .chain(theirs.keys().filter(|name| !mine.contains_key(*name)));
        for name in names {
            let below = format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"));
            let value = self.value(
                &below,
                base.and_then(|b| b.get(name)),
                mine.get(name),
                theirs.get(name),
            );
            if let Some(value) = value {
                merged.insert(name.clone(), value);
            }
        }
        Value::Object(merged)
    }

    fn array(
        &mut self,
        pointer: &str,
        base: Option<&Value>,
        mine: &[Value],
        theirs: &[Value],
    ) -> Option<Value> {
        let before = base.and_then(Value::as_array);
        let same_length = before.is_some_and(|b| b.len() == mine.len() && b.len() == theirs.len());
        let of_objects = mine.iter().chain(theirs).all(Value::is_object);
        if !(same_length && of_objects) {
            let (m, t) = (Value::from(mine.to_vec()), Value::from(theirs.to_vec()));
            return self.conflict(pointer, base, Some(&m), Some(&t));
        }
        let items = (0..mine.len()).filter_map(|i| {
            let below = format!("{pointer}/{i}");
            self.value(
                &below,
                before.and_then(|b| b.get(i)),
                mine.get(i),
                theirs.get(i),
            )
        });
        Some(Value::Array(items.collect()))
    }

    fn conflict(
        &mut self,
        pointer: &str,
        base: Option<&Value>,
        mine: Option<&Value>,
        theirs: Option<&Value>,
    ) -> Option<Value> {
        self.conflicts.push(Conflict {
            pointer: pointer.to_owned(),
            base: base.cloned(),
            mine: mine.cloned(),
            theirs: theirs.cloned(),
        });
        mine.cloned()
    }

    /// Unreadable texts never conflict with each other: a text of mine stands until I correct it.
    fn texts(
        &self,
        base: &BTreeMap<String, String>,
        mine: &BTreeMap<String, String>,
        theirs: &BTreeMap<String, String>,
    ) -> BTreeMap<String, String> {
        let mut texts = mine.clone();
        for (pointer, text) in theirs {
            if base.get(pointer) != Some(text) && !texts.contains_key(pointer) {
                texts.insert(pointer.clone(), text.clone());
            }
        }
        texts
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn merged(base: Value, mine: Value, theirs: Value) -> Merged {
        let figure = |pointer: &str| pointer.ends_with("figure");
        merge(
            &Draft::of(base),
            &Draft::of(mine),
            &Draft::of(theirs),
            &figure,
        )
    }

    #[test]
    fn changes_in_different_fields_are_both_kept() {
        let both = merged(
            json!({"a": 1, "b": {"c": 2, "d": 3}}),
            json!({"a": 9, "b": {"c": 2, "d": 3}}),
            json!({"a": 1, "b": {"c": 8}, "e": 4}),
        );
        assert_eq!(both.draft.answers, json!({"a": 9, "b": {"c": 8}, "e": 4}));
        assert_eq!(both.conflicts, vec![]);
    }

    #[test]
    fn changes_in_the_same_field_are_a_conflict_and_mine_stands() {
        let both = merged(json!({"a": 1}), json!({"a": 2}), json!({}));
        assert_eq!(both.draft.answers, json!({"a": 2}));
        assert_eq!(
            both.conflicts,
            vec![Conflict {
                pointer: "/a".into(),
                base: Some(json!(1)),
                mine: Some(json!(2)),
                theirs: None,
            }]
        );
    }

    #[test]
    fn a_figure_is_never_merged_from_two_hands() {
        let both = merged(
            json!({"figure": {"value": 1, "qualifier": "estimate"}}),
            json!({"figure": {"value": 2, "qualifier": "estimate"}}),
            json!({"figure": {"value": 1, "qualifier": "register"}}),
        );
        assert_eq!(both.conflicts.len(), 1);
        assert_eq!(
            both.draft.answers,
            json!({"figure": {"value": 2, "qualifier": "estimate"}})
        );
    }

    #[test]
    fn lists_of_other_lengths_are_taken_as_a_whole() {
        let base = json!({"l": [{"n": 1}]});
        let longer = json!({"l": [{"n": 1}, {"n": 2}]});
        let same = merged(base.clone(), base.clone(), longer.clone());
        assert_eq!(same.draft.answers, longer);
        let both = merged(base, json!({"l": [{"n": 7}]}), longer);
        assert_eq!(
            (both.conflicts.len(), both.conflicts[0].pointer.as_str()),
            (1, "/l")
        );
    }

    #[test]
    fn items_of_equal_lists_merge_field_by_field() {
        let both = merged(
            json!({"l": [{"n": 1, "m": 1}]}),
            json!({"l": [{"n": 2, "m": 1}]}),
            json!({"l": [{"n": 1, "m": 2}]}),
        );
        assert_eq!(both.draft.answers, json!({"l": [{"n": 2, "m": 2}]}));
        assert_eq!(both.conflicts, vec![]);
    }

    #[test]
    fn a_group_that_one_side_has_not_begun_is_no_conflict() {
        let both = merged(json!({"a": {}}), json!({"a": {"x": 1}}), json!({}));
        assert_eq!(both.draft.answers, json!({"a": {"x": 1}}));
        assert_eq!(both.conflicts, vec![]);
        let emptied = merged(
            json!({"a": {"x": 1, "y": 2}}),
            json!({"a": {"x": 5, "y": 2}}),
            json!({}),
        );
        let pointers: Vec<_> = emptied.conflicts.iter().map(|c| &c.pointer).collect();
        assert_eq!(pointers, ["/a/x"], "and the untouched answer stays away");
        assert_eq!(emptied.draft.answers, json!({"a": {"x": 5}}));
    }

    #[test]
    fn an_unreadable_text_of_theirs_is_not_lost() {
        let mut theirs = Draft::default();
        theirs.unread.insert("/a".into(), "tolv".into());
        let both = merge(&Draft::default(), &Draft::default(), &theirs, &|_| false);
        assert_eq!(both.draft.unread, theirs.unread);
    }
}
