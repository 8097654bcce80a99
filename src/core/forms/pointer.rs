//! JSON Pointers as text: building, splitting and following them.
use serde_json::{Map, Value};

/// `pointer` with one more reference token.
pub(crate) fn join(pointer: &str, token: &str) -> String {
    let mut joined = String::with_capacity(pointer.len() + token.len() + 1);
    joined.push_str(pointer);
    joined.push('/');
    joined.push_str(&escape(token));
    joined
}

pub(crate) fn escape(token: &str) -> String {
    token.replace('~', "~0").replace('/', "~1")
}

pub(crate) fn unescape(token: &str) -> String {
    token.replace("~1", "/").replace("~0", "~")
}

/// The reference tokens, unescaped.
pub(crate) fn tokens(pointer: &str) -> impl Iterator<Item = String> + '_ {
    pointer.split('/').skip(1).map(unescape)
}

pub(crate) fn parent(pointer: &str) -> Option<&str> {
    pointer.rfind('/').and_then(|at| pointer.get(..at))
}

/// The last reference token, unescaped.
pub(crate) fn last(pointer: &str) -> Option<String> {
    let at = pointer.rfind('/')?;
    pointer.get(at + 1..).map(unescape)
}

/// Whether `pointer` is `root` or lies below it.
pub(crate) fn is_within(pointer: &str, root: &str) -> bool {
    pointer
        .strip_prefix(root)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Puts `value` at `pointer` (`None` removes it), creating the objects on the way; arrays are only changed within their length.
pub(crate) fn put(root: &mut Value, pointer: &str, value: Option<Value>) {
    let Some(above) = parent(pointer) else {
        return;
    };
    let Some(name) = last(pointer) else { return };
    let Some(holder) = reach(root, above) else {
        return;
    };
    match holder {
        Value::Object(fields) => match value {
            Some(value) => {
                fields.insert(name, value);
            }
            None => {
                fields.shift_remove(&name);
            }
        },
        Value::Array(items) => {
            if let Some(slot) = name.parse::<usize>().ok().and_then(|i| items.get_mut(i)) {
                *slot = value.unwrap_or(Value::Null);
            }
        }
        _ => {}
    }
}

fn reach<'v>(root: &'v mut Value, pointer: &str) -> Option<&'v mut Value> {
    let mut here = root;
    for token in tokens(pointer) {
        here = match here {
            Value::Object(fields) => fields
                .entry(token)
                .or_insert_with(|| Value::Object(Map::new())),
            Value::Array(items) => items.get_mut(token.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    Some(here)
}
