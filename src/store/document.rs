//! What may be stored: plain serde types that say their table, version and key.
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::StoreError;

/// A type with a table of its own.
///
/// It is stored as a JSON object with its version as `"v"`, so the type must serialise to an
/// object, must have no field `v` itself and must not deny unknown fields.
pub trait Document: Serialize + DeserializeOwned {
    /// Lower-case ASCII letters, digits, `_` and `-`; never changed once released.
    const TABLE: &'static str;

    /// Raised when the stored shape changes in a way that serde defaults do not cover.
    const VERSION: u32;

    /// Unique in its table; parts are joined with `/` (see [`key`]). Keys appear in error texts,
    /// so an address or a token has no place in them.
    fn key(&self) -> String;

    /// Lifts an older stored object to [`Self::VERSION`]; `None` says that it can't be done.
    fn upgrade(from: u32, stored: Value) -> Option<Value> {
        let _ = (from, stored);
        None
    }
}

/// A document as read, with what is needed to write it back safely.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored<D> {
    pub doc: D,
    /// The `seq` of the commit that wrote it last.
    pub revision: u64,
}

/// Joins parts to a key; a `/` or `%` inside a part is percent-encoded, so that scanning the
/// prefix `a/` finds exactly what belongs to `a`.
pub fn key<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut key = String::new();
    for (place, part) in parts.into_iter().enumerate() {
        if place > 0 {
            key.push('/');
        }
        push_escaped(&mut key, part);
    }
    key
}

fn push_escaped(key: &mut String, part: &str) {
    for letter in part.chars() {
        match letter {
            '/' => key.push_str("%2F"),
            '%' => key.push_str("%25"),
            '\0' => key.push_str("%00"),
            other => key.push(other),
        }
    }
}

/// The document's JSON with its version in front.
pub(super) fn encode<D: Document>(doc: &D) -> Result<String, String> {
    let json = serde_json::to_string(doc).map_err(|error| error.to_string())?;
    match json.strip_prefix('{') {
        Some("}") => Ok(format!("{{\"v\":{}}}", D::VERSION)),
        Some(rest) => Ok(format!("{{\"v\":{},{rest}", D::VERSION)),
        None => Err("it does not serialise to a JSON object".to_owned()),
    }
}

pub(super) fn decode<D: Document>(key: &str, json: &[u8]) -> Result<D, StoreError> {
    let unreadable = |cause: String| StoreError::Unreadable {
        table: D::TABLE,
        key: key.to_owned(),
        cause,
    };
    let version = version_of(json).map_err(|error| unreadable(error.to_string()))?;
    if version == D::VERSION {
        return serde_json::from_slice(json).map_err(|error| unreadable(error.to_string()));
    }
    if version > D::VERSION {
        return Err(unreadable(format!(
            "its version {version} is newer than this program's {}; use the newer program",
            D::VERSION
        )));
    }
    let stored = serde_json::from_slice(json).map_err(|error| unreadable(error.to_string()))?;
    let lifted = D::upgrade(version, stored)
        .ok_or_else(|| unreadable(format!("no way from version {version} to {}", D::VERSION)))?;
    serde_json::from_value(lifted).map_err(|error| unreadable(error.to_string()))
}

fn version_of(json: &[u8]) -> Result<u32, serde_json::Error> {
    #[derive(serde::Deserialize)]
    struct Versioned {
        v: u32,
    }
    serde_json::from_slice::<Versioned>(json).map(|versioned| versioned.v)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Note {
        id: String,
        heading: String,
    }

    impl Document for Note {
        const TABLE: &'static str = "note";
        const VERSION: u32 = 2;

        fn key(&self) -> String {
            self.id.clone()
        }

        fn upgrade(from: u32, mut stored: Value) -> Option<Value> {
            let object = stored.as_object_mut()?;
            let heading = object.remove("title")?;
            object.insert("heading".to_owned(), heading);
            (from == 1).then_some(stored)
        }
    }

    #[test]
    fn a_document_carries_its_version_and_comes_back_equal() {
        let note = Note {
            id: "1".to_owned(),
            heading: "Æbler".to_owned(),
        };
        let json = encode(&note).unwrap();
        assert_eq!(json, r#"{"v":2,"id":"1","heading":"Æbler"}"#);
        assert_eq!(decode::<Note>("1", json.as_bytes()).unwrap(), note);
    }

    #[test]
    fn an_older_version_is_lifted_and_a_newer_one_is_refused() {
        let old: Note = decode("1", br#"{"v":1,"id":"1","title":"A"}"#).unwrap();
        assert_eq!(old.heading, "A");
        let newer = decode::<Note>("1", br#"{"v":3,"id":"1","heading":"A"}"#).unwrap_err();
        assert!(newer.to_string().contains("version 3 is newer"), "{newer}");
    }

    #[test]
    fn a_slash_inside_a_part_can_not_reach_into_anothers_prefix() {
        assert_eq!(key(["a/b", "c"]), "a%2Fb/c");
        assert_eq!(key(["a", "b/c"]), "a/b%2Fc");
        assert_eq!(key(["a%2Fb"]), "a%252Fb");
    }
}
