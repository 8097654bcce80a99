//! One commit as one line of JSON, readable by anybody without this program.
//!
//! ```text
//! {"seq":7,"time":"2026-04-09T08:00:00.000000Z","prev":"…","durable":6,"ops":[
//!   {"put":"letter","key":"a/1","hash":"…","salt":"…","doc":{"v":1,…}},
//!   {"put":"event","key":"a/9","hash":"…","n":3,"link":"…","by":"…","box":"…"},
//!   {"put":"draft","key":"a/1","hash":"…"},
//!   {"delete":"due","key":"a"}],"sum":"…","check":"…"}
//! ```
//!
//! (on one line). A document is written in one of three ways: readable, with its `salt`; encrypted
//! under the key whose id is `by`, as base64 of nonce and ciphertext; or erased. All three have
//! `hash`, the SHA-256 of salt and document: it still stands when the document is erased, and with
//! the salt gone nobody can guess the document from it.
//!
//! `sum` is the SHA-256 of the line before `,"sum":` as it reads when all its documents are
//! erased, and `prev` is the `sum` of the line before: so the chain holds whatever is erased or
//! encrypted anew. `check` is the SHA-256 of all bytes of the line before `,"check":`. `durable` is
//! the last commit that was known to be on stable storage when the line was written.
//!
//! Documents of the table `event` are a chain of their own: `n` counts them, `link` is the link
//! hash of the event before, and an event's own link hash covers its number, `link`, key and
//! `hash` (see [`link_of`]).
use std::borrow::Cow;
use std::fmt::Write as _;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

/// The format of journal files this program writes; 1 had no hashes of documents.
pub const FORMAT: u32 = 2;

/// What the first line of the first file has as `prev`, and the first event as `link`.
pub const NO_SUM: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The table whose documents are never changed and form a chain.
pub const EVENTS: &str = "event";

/// The ending of a journal file that is being written anew.
pub const SCRATCH: &str = "anew";

pub(super) const SUM_MARK: &str = ",\"sum\":\"";
const CHECK_MARK: &str = ",\"check\":\"";

/// A change of one document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Op {
    /// `json` is the whole stored object.
    Put {
        table: Cow<'static, str>,
        key: String,
        json: String,
    },
    Delete {
        table: Cow<'static, str>,
        key: String,
    },
}

impl Op {
    pub fn table(&self) -> &Cow<'static, str> {
        match self {
            Self::Put { table, .. } | Self::Delete { table, .. } => table,
        }
    }

    pub fn key(&self) -> &str {
        match self {
            Self::Put { key, .. } | Self::Delete { key, .. } => key,
        }
    }

    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Put { key, json, .. } => key.len() + json.len(),
            Self::Delete { key, .. } => key.len(),
        }
    }
}

/// A line as read; `ops` still borrow the line's bytes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line<'a> {
    pub seq: u64,
    pub time: DateTime<Utc>,
    pub prev: &'a str,
    pub durable: u64,
    #[serde(borrow)]
    pub ops: Vec<LineOp<'a>>,
    pub sum: &'a str,
    #[serde(default)]
    check: &'a str,
}

/// `put` in one of the three ways, or `delete`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineOp<'a> {
    #[serde(borrow)]
    put: Option<Cow<'a, str>>,
    #[serde(borrow)]
    delete: Option<Cow<'a, str>>,
    #[serde(borrow)]
    key: Cow<'a, str>,
    hash: Option<&'a str>,
    n: Option<u64>,
    link: Option<&'a str>,
    salt: Option<&'a str>,
    #[serde(borrow)]
    doc: Option<&'a RawValue>,
    by: Option<&'a str>,
    #[serde(rename = "box")]
    boxed: Option<&'a str>,
}

/// What an operation asks for, once its shape is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change<'a> {
    Put {
        table: &'a str,
        key: &'a str,
        json: &'a str,
    },
    /// A document that only the key can read, see [`super::Store::reveal`].
    Sealed {
        table: &'a str,
        key: &'a str,
        by: &'a str,
        boxed: &'a str,
    },
    /// A document that was put once and is erased.
    Erased {
        table: &'a str,
        key: &'a str,
    },
    Delete {
        table: &'a str,
        key: &'a str,
    },
}

/// How a document stands in a line.
#[derive(Debug, Clone)]
pub enum Payload<'a> {
    Open { salt: Cow<'a, str>, json: &'a str },
    Sealed { by: &'a str, boxed: Cow<'a, str> },
    Erased,
}

/// An event's place in the chain of events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub n: u64,
    /// The link hash of the event before.
    pub link: String,
}

/// A put or delete as it is written.
#[derive(Debug, Clone)]
pub enum Written<'a> {
    Put {
        table: &'a str,
        key: &'a str,
        hash: Cow<'a, str>,
        place: Option<Place>,
        payload: Payload<'a>,
    },
    Delete {
        table: &'a str,
        key: &'a str,
    },
}

impl LineOp<'_> {
    /// `None` when the operation is neither a put nor a delete.
    pub fn change(&self) -> Option<Change<'_>> {
        let key = self.key.as_ref();
        match (&self.put, &self.delete) {
            (Some(table), None) => match (self.doc, self.by, self.boxed) {
                (Some(doc), None, None) => Some(Change::Put {
                    table,
                    key,
                    json: doc.get(),
                }),
                (None, Some(by), Some(boxed)) => Some(Change::Sealed {
                    table,
                    key,
                    by,
                    boxed,
                }),
                (None, None, None) => Some(Change::Erased { table, key }),
                _ => None,
            },
            (None, Some(table)) if self.doc.is_none() && self.boxed.is_none() => {
                Some(Change::Delete { table, key })
            }
            _ => None,
        }
    }

    /// The key of a document that is put.
    pub fn key(&self) -> Option<&str> {
        self.put.as_ref().map(|_| self.key.as_ref())
    }

    /// The hash of salt and document; `None` for a delete.
    pub fn hash(&self) -> Option<&str> {
        self.hash
    }

    /// Salt and JSON of a readable document.
    pub(super) fn open(&self) -> Option<(&str, &str)> {
        Some((self.salt?, self.doc?.get()))
    }

    /// An event's number and the link hash of the one before.
    pub fn place(&self) -> Option<Place> {
        Some(Place {
            n: self.n?,
            link: self.link?.to_owned(),
        })
    }

    /// As it is written; `None` when the shape is not that of this format.
    pub(super) fn written(&self) -> Option<Written<'_>> {
        let key = self.key.as_ref();
        let payload = match self.change()? {
            Change::Delete { table, key } => return Some(Written::Delete { table, key }),
            Change::Put { json, .. } => Payload::Open {
                salt: Cow::Borrowed(self.salt?),
                json,
            },
            Change::Sealed { by, boxed, .. } => Payload::Sealed {
                by,
                boxed: Cow::Borrowed(boxed),
            },
            Change::Erased { .. } => Payload::Erased,
        };
        Some(Written::Put {
            table: self.put.as_deref()?,
            key,
            hash: Cow::Borrowed(self.hash?),
            place: self.place(),
            payload,
        })
    }

    fn fault(&self) -> Option<&'static str> {
        let Some(written) = self.written() else {
            return Some("an operation is neither a put nor a delete");
        };
        let Written::Put {
            table,
            hash,
            place,
            payload,
            ..
        } = written
        else {
            return None;
        };
        if let Payload::Open { salt, json } = payload
            && hash_of(&salt, json.as_bytes()) != hash
        {
            return Some("a document is not the one that its hash was made of");
        }
        (place.is_some() != (table == EVENTS)).then_some("an event has no place in its chain")
    }
}

/// A file's first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    pub samsvar_journal: u32,
    /// The `seq` of the file's first commit.
    pub first: u64,
    /// The `sum` of the commit before it.
    pub prev: String,
    /// How many events there were before it.
    #[serde(default)]
    pub events: u64,
    /// The link hash of the last of them.
    #[serde(default = "no_sum")]
    pub link: String,
    /// The id of the key that the file's documents are encrypted with.
    #[serde(default)]
    pub key: Option<String>,
}

fn no_sum() -> String {
    NO_SUM.to_owned()
}

/// What goes into a line besides its checksums.
pub struct Draft<'a> {
    pub seq: u64,
    pub time: DateTime<Utc>,
    pub prev: &'a str,
    pub durable: u64,
    pub ops: &'a [Written<'a>],
}

impl Draft<'_> {
    /// Writes the line with its newline; returns its place in the chain.
    pub fn seal_onto(&self, text: &mut String) -> String {
        let start = text.len();
        self.push_head(text);
        let mut bare = text[start..].to_owned();
        self.push_ops(text, true);
        self.push_ops(&mut bare, false);
        let sum = hex_of(bare.as_bytes());
        text.push_str(SUM_MARK);
        text.push_str(&sum);
        text.push('"');
        let check = hex_of(&text.as_bytes()[start..]);
        text.push_str(CHECK_MARK);
        text.push_str(&check);
        text.push_str("\"}\n");
        sum
    }

    /// The same whatever is erased or encrypted.
    fn sum(&self) -> String {
        let mut bare = String::new();
        self.push_head(&mut bare);
        self.push_ops(&mut bare, false);
        hex_of(bare.as_bytes())
    }

    fn push_head(&self, text: &mut String) {
        // Writing to a String can't fail.
        let _ = write!(
            text,
            "{{\"seq\":{},\"time\":\"{}\",\"prev\":\"{}\",\"durable\":{},\"ops\":[",
            self.seq,
            self.time.to_rfc3339_opts(SecondsFormat::Micros, true),
            self.prev,
            self.durable
        );
    }

    fn push_ops(&self, text: &mut String, with_documents: bool) {
        for (place, op) in self.ops.iter().enumerate() {
            if place > 0 {
                text.push(',');
            }
            push_op(text, op, with_documents);
        }
        text.push(']');
    }
}

fn push_op(text: &mut String, op: &Written<'_>, with_document: bool) {
    match op {
        Written::Put {
            table,
            key,
            hash,
            place,
            payload,
        } => {
            push_named(text, "put", table, key);
            push_field(text, "hash", hash);
            if let Some(place) = place {
                let _ = write!(text, ",\"n\":{}", place.n);
                push_field(text, "link", &place.link);
            }
            if with_document {
                push_payload(text, payload);
            }
        }
        Written::Delete { table, key } => push_named(text, "delete", table, key),
    }
    text.push('}');
}

fn push_named(text: &mut String, what: &str, table: &str, key: &str) {
    let _ = write!(text, "{{\"{what}\":");
    push_quoted(text, table);
    text.push_str(",\"key\":");
    push_quoted(text, key);
}

fn push_payload(text: &mut String, payload: &Payload<'_>) {
    match payload {
        Payload::Open { salt, json } => {
            push_field(text, "salt", salt);
            text.push_str(",\"doc\":");
            text.push_str(json);
        }
        Payload::Sealed { by, boxed } => {
            push_field(text, "by", by);
            push_field(text, "box", boxed);
        }
        Payload::Erased => {}
    }
}

/// For values of hexadecimal and base64, which need no escapes.
fn push_field(text: &mut String, name: &str, plain: &str) {
    let _ = write!(text, ",\"{name}\":\"{plain}\"");
}

fn push_quoted(text: &mut String, word: &str) {
    let plain = |byte: u8| (b' '..=b'~').contains(&byte) && byte != b'"' && byte != b'\\';
    if word.bytes().all(plain) {
        text.push('"');
        text.push_str(word);
        text.push('"');
    } else {
        text.push_str(&serde_json::Value::from(word).to_string());
    }
}

impl Header {
    /// Its checksum is called `sum`, as in format 1, so that older programs see a newer format and not damage.
    pub fn seal(&self) -> String {
        let mut text = format!(
            "{{\"samsvar_journal\":{},\"first\":{},\"prev\":\"{}\",\"events\":{},\"link\":\"{}\"",
            self.samsvar_journal, self.first, self.prev, self.events, self.link
        );
        if let Some(key) = &self.key {
            push_field(&mut text, "key", key);
        }
        let sum = hex_of(text.as_bytes());
        text.push_str(SUM_MARK);
        text.push_str(&sum);
        text.push_str("\"}\n");
        text
    }
}

/// Reads a line (without its newline) after checking its checksums; the error says what is wrong.
pub fn parse(bytes: &[u8]) -> Result<Line<'_>, String> {
    check_tail(bytes, CHECK_MARK)?;
    let line: Line<'_> =
        serde_json::from_slice(bytes).map_err(|error| format!("not a commit: {error}"))?;
    if let Some(fault) = line.ops.iter().find_map(LineOp::fault) {
        return Err(fault.to_owned());
    }
    if line.check.is_empty() || line.recomputed_sum() != line.sum {
        return Err("its sum does not match its content".to_owned());
    }
    Ok(line)
}

/// As [`parse`], for a file of format 1: `sum` covers the whole line, documents have no hash.
pub fn parse_format_1(bytes: &[u8]) -> Result<Line<'_>, String> {
    check_tail(bytes, SUM_MARK)?;
    let line: Line<'_> =
        serde_json::from_slice(bytes).map_err(|error| format!("not a commit: {error}"))?;
    if line.ops.iter().any(|op| op.change().is_none()) {
        return Err("an operation is neither a put nor a delete".to_owned());
    }
    Ok(line)
}

impl Line<'_> {
    fn recomputed_sum(&self) -> String {
        let ops: Vec<_> = self.ops.iter().filter_map(LineOp::written).collect();
        self.draft(&ops).sum()
    }

    /// The same line with other ways of writing its documents.
    pub(super) fn draft<'b>(&'b self, ops: &'b [Written<'b>]) -> Draft<'b> {
        Draft {
            seq: self.seq,
            time: self.time,
            prev: self.prev,
            durable: self.durable,
            ops,
        }
    }
}

pub fn parse_header(bytes: &[u8]) -> Result<Header, String> {
    check_tail(bytes, SUM_MARK)?;
    serde_json::from_slice(bytes).map_err(|error| format!("not a journal's first line: {error}"))
}

pub(super) fn check_tail(bytes: &[u8], mark: &str) -> Result<(), String> {
    let tail_len = mark.len() + NO_SUM.len() + "\"}".len();
    let body_len = bytes
        .len()
        .checked_sub(tail_len)
        .ok_or("the line is too short")?;
    let (body, tail) = bytes.split_at(body_len);
    let stated = tail
        .strip_prefix(mark.as_bytes())
        .and_then(|rest| rest.strip_suffix(b"\"}"))
        .ok_or("the line has no checksum at its end")?;
    if stated == hex_of(body).as_bytes() {
        Ok(())
    } else {
        Err("its checksum does not match its content".to_owned())
    }
}

/// The hash of a document in a line: SHA-256 of the salt's signs and the JSON, in hex.
pub fn hash_of(salt: &str, json: &[u8]) -> String {
    hex(&Sha256::new()
        .chain_update(salt.as_bytes())
        .chain_update(json)
        .finalize())
}

/// An event's link hash: SHA-256 of its number, the link before, its key and its hash, each followed by a line feed.
pub fn link_of(place: &Place, key: &str, hash: &str) -> String {
    hex_of(format!("{}\n{}\n{key}\n{hash}\n", place.n, place.link).as_bytes())
}

pub(super) fn hex_of(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut hex = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        hex.push(char::from(DIGITS[usize::from(byte >> 4)]));
        hex.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    hex
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &str = r#"{"v":1,"x":0.1}"#;

    fn sealed(erased: bool) -> String {
        let payload = Payload::Open {
            salt: "5a17".into(),
            json: JSON,
        };
        let ops = [
            Written::Put {
                table: "note",
                key: "æ\"/1",
                hash: hash_of("5a17", JSON.as_bytes()).into(),
                place: None,
                payload: if erased { Payload::Erased } else { payload },
            },
            Written::Delete {
                table: "note",
                key: "2",
            },
        ];
        let draft = Draft {
            seq: 7,
            time: DateTime::UNIX_EPOCH,
            prev: NO_SUM,
            durable: 5,
            ops: &ops,
        };
        let mut text = String::new();
        draft.seal_onto(&mut text);
        text
    }

    #[test]
    fn a_line_is_read_as_it_was_written() {
        let text = sealed(false);
        let line = parse(text.trim_end().as_bytes()).unwrap();
        assert_eq!((line.seq, line.durable, line.prev), (7, 5, NO_SUM));
        let changes: Vec<_> = line.ops.iter().filter_map(LineOp::change).collect();
        assert_eq!(
            changes,
            [
                Change::Put {
                    table: "note",
                    key: "æ\"/1",
                    json: JSON
                },
                Change::Delete {
                    table: "note",
                    key: "2"
                }
            ]
        );
    }

    #[test]
    fn an_erased_document_leaves_the_line_in_its_chain() {
        let (whole, erased) = (sealed(false), sealed(true));
        assert!(!erased.contains("0.1"));
        let whole = parse(whole.trim_end().as_bytes()).unwrap();
        let erased = parse(erased.trim_end().as_bytes()).unwrap();
        assert_eq!(whole.sum, erased.sum);
        assert_eq!(whole.ops[0].hash(), erased.ops[0].hash());
        assert!(matches!(
            erased.ops[0].change(),
            Some(Change::Erased { .. })
        ));
    }

    #[test]
    fn any_changed_byte_is_noticed() {
        let text = sealed(false);
        let line = text.trim_end().as_bytes();
        for place in 0..line.len() {
            let mut damaged = line.to_vec();
            damaged[place] ^= 0x10;
            assert!(parse(&damaged).is_err(), "byte {place}");
        }
    }

    #[test]
    fn a_changed_document_is_noticed_although_its_checksum_was_made_anew() {
        let text = sealed(false).replace("0.1", "0.2");
        let body = text.split_once(CHECK_MARK).unwrap().0;
        let forged = format!("{body}{CHECK_MARK}{}\"}}", hex_of(body.as_bytes()));
        let refused = parse(forged.as_bytes()).unwrap_err();
        assert!(refused.contains("its hash was made of"), "{refused}");
    }

    #[test]
    fn the_format_is_the_one_that_was_released() {
        let header = Header {
            samsvar_journal: FORMAT,
            first: 1,
            prev: NO_SUM.to_owned(),
            events: 0,
            link: NO_SUM.to_owned(),
            key: None,
        };
        assert!(
            header
                .seal()
                .starts_with(r#"{"samsvar_journal":2,"first":1,"prev":"0000"#)
        );
        assert_eq!(
            parse_header(header.seal().trim_end().as_bytes()),
            Ok(header)
        );
        let hash = hash_of("5a17", JSON.as_bytes());
        assert!(sealed(false).contains(&format!(r#""durable":5,"ops":[{{"put":"note","key":"æ\"/1","hash":"{hash}","salt":"5a17","doc":{{"v":1,"x":0.1}}}},{{"delete":"note","key":"2"}}],"sum":""#)));
    }
}
