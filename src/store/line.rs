//! One commit as one line of JSON, readable by anybody without this program.
//!
//! ```text
//! {"seq":7,"time":"2026-04-09T08:00:00.000000Z","prev":"…","durable":6,
//!  "ops":[{"put":"letter","key":"a/1","doc":{"v":1,…}},{"delete":"due","key":"a"}],"sum":"…"}
//! ```
//!
//! (on one line). `sum` is the SHA-256, in hex, of all bytes of the line before `,"sum":`;
//! `prev` is the `sum` of the line before, so the lines form a chain; `durable` is the last
//! commit that was known to be on stable storage when the line was written.
use std::borrow::Cow;
use std::fmt::Write as _;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

/// The format of journal files this program writes.
pub const FORMAT: u32 = 1;

/// What the first line of the first file has as `prev`.
pub const NO_SUM: &str = "0000000000000000000000000000000000000000000000000000000000000000";

const SUM_MARK: &str = ",\"sum\":\"";

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
pub struct Line<'a> {
    pub seq: u64,
    pub time: DateTime<Utc>,
    pub prev: &'a str,
    pub durable: u64,
    #[serde(borrow)]
    pub ops: Vec<LineOp<'a>>,
    pub sum: &'a str,
}

/// Either `put` with `doc`, or `delete`.
#[derive(Debug, Deserialize)]
pub struct LineOp<'a> {
    #[serde(borrow)]
    put: Option<Cow<'a, str>>,
    #[serde(borrow)]
    delete: Option<Cow<'a, str>>,
    #[serde(borrow)]
    key: Cow<'a, str>,
    #[serde(borrow)]
    doc: Option<&'a RawValue>,
}

/// What an operation asks for, once its shape is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change<'a> {
    Put {
        table: &'a str,
        key: &'a str,
        json: &'a str,
    },
    Delete {
        table: &'a str,
        key: &'a str,
    },
}

impl From<Change<'_>> for Op {
    fn from(change: Change<'_>) -> Self {
        match change {
            Change::Put { table, key, json } => Self::Put {
                table: table.to_owned().into(),
                key: key.to_owned(),
                json: json.to_owned(),
            },
            Change::Delete { table, key } => Self::Delete {
                table: table.to_owned().into(),
                key: key.to_owned(),
            },
        }
    }
}

impl LineOp<'_> {
    /// `None` when the operation is neither a put nor a delete.
    pub fn change(&self) -> Option<Change<'_>> {
        match (&self.put, &self.delete, self.doc) {
            (Some(table), None, Some(doc)) => Some(Change::Put {
                table,
                key: &self.key,
                json: doc.get(),
            }),
            (None, Some(table), None) => Some(Change::Delete {
                table,
                key: &self.key,
            }),
            _ => None,
        }
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
}

/// What goes into a line besides its checksum.
pub struct Draft<'a> {
    pub seq: u64,
    pub time: DateTime<Utc>,
    pub prev: &'a str,
    pub durable: u64,
    pub ops: &'a [Op],
}

impl Draft<'_> {
    /// Writes the line with its newline; returns its checksum.
    pub fn seal_onto(&self, text: &mut String) -> String {
        let start = text.len();
        // Writing to a String can't fail.
        let _ = write!(
            text,
            "{{\"seq\":{},\"time\":\"{}\",\"prev\":\"{}\",\"durable\":{},\"ops\":[",
            self.seq,
            self.time.to_rfc3339_opts(SecondsFormat::Micros, true),
            self.prev,
            self.durable
        );
        for (place, op) in self.ops.iter().enumerate() {
            if place > 0 {
                text.push(',');
            }
            push_op(text, op);
        }
        text.push(']');
        seal_from(text, start)
    }
}

fn push_op(text: &mut String, op: &Op) {
    match op {
        Op::Put { table, key, json } => {
            text.push_str("{\"put\":");
            push_quoted(text, table);
            text.push_str(",\"key\":");
            push_quoted(text, key);
            text.push_str(",\"doc\":");
            text.push_str(json);
        }
        Op::Delete { table, key } => {
            text.push_str("{\"delete\":");
            push_quoted(text, table);
            text.push_str(",\"key\":");
            push_quoted(text, key);
        }
    }
    text.push('}');
}

fn push_quoted(text: &mut String, word: &str) {
    text.push_str(&serde_json::Value::from(word).to_string());
}

impl Header {
    pub fn seal(&self) -> String {
        let mut text = format!(
            "{{\"samsvar_journal\":{},\"first\":{},\"prev\":\"{}\"",
            self.samsvar_journal, self.first, self.prev
        );
        seal_from(&mut text, 0);
        text
    }
}

pub(super) fn seal_from(text: &mut String, start: usize) -> String {
    let sum = sum_of(&text.as_bytes()[start..]);
    text.push_str(SUM_MARK);
    text.push_str(&sum);
    text.push_str("\"}\n");
    sum
}

/// Reads a line (without its newline) after checking its checksum; the error says what is wrong.
pub fn parse(bytes: &[u8]) -> Result<Line<'_>, String> {
    check_sum(bytes)?;
    let line: Line<'_> =
        serde_json::from_slice(bytes).map_err(|error| format!("not a commit: {error}"))?;
    if line.ops.iter().any(|op| op.change().is_none()) {
        return Err("an operation is neither a put nor a delete".to_owned());
    }
    Ok(line)
}

pub fn parse_header(bytes: &[u8]) -> Result<Header, String> {
    check_sum(bytes)?;
    serde_json::from_slice(bytes).map_err(|error| format!("not a journal's first line: {error}"))
}

pub(super) fn check_sum(bytes: &[u8]) -> Result<(), String> {
    const TAIL: usize = SUM_MARK.len() + NO_SUM.len() + "\"}".len();
    let body_len = bytes
        .len()
        .checked_sub(TAIL)
        .ok_or("the line is too short")?;
    let (body, tail) = bytes.split_at(body_len);
    let stated = tail
        .strip_prefix(SUM_MARK.as_bytes())
        .and_then(|rest| rest.strip_suffix(b"\"}"))
        .ok_or("the line has no checksum at its end")?;
    if stated == sum_of(body).as_bytes() {
        Ok(())
    } else {
        Err("its checksum does not match its content".to_owned())
    }
}

fn sum_of(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut hex = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        hex.push(char::from(DIGITS[usize::from(byte >> 4)]));
        hex.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    hex
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed() -> String {
        let ops = [
            Op::Put {
                table: "note".into(),
                key: "æ\"/1".to_owned(),
                json: r#"{"v":1,"x":0.1}"#.to_owned(),
            },
            Op::Delete {
                table: "note".into(),
                key: "2".to_owned(),
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
        let text = sealed();
        let line = parse(text.trim_end().as_bytes()).unwrap();
        assert_eq!((line.seq, line.durable, line.prev), (7, 5, NO_SUM));
        let changes: Vec<_> = line.ops.iter().filter_map(LineOp::change).collect();
        assert_eq!(
            changes,
            [
                Change::Put {
                    table: "note",
                    key: "æ\"/1",
                    json: r#"{"v":1,"x":0.1}"#
                },
                Change::Delete {
                    table: "note",
                    key: "2"
                }
            ]
        );
    }

    #[test]
    fn any_changed_byte_is_noticed() {
        let text = sealed();
        let line = text.trim_end().as_bytes();
        for place in 0..line.len() {
            let mut damaged = line.to_vec();
            damaged[place] ^= 0x10;
            assert!(parse(&damaged).is_err(), "byte {place}");
        }
    }

    #[test]
    fn the_format_is_the_one_that_was_released() {
        let header = Header {
            samsvar_journal: FORMAT,
            first: 1,
            prev: NO_SUM.to_owned(),
        };
        assert!(
            header
                .seal()
                .starts_with(r#"{"samsvar_journal":1,"first":1,"prev":"0000"#)
        );
        assert_eq!(
            parse_header(header.seal().trim_end().as_bytes()),
            Ok(header)
        );
        assert!(sealed().contains(r#""durable":5,"ops":[{"put":"note","key":"æ\"/1","doc":{"v":1,"x":0.1}},{"delete":"note","key":"2"}],"sum":""#));
    }
}
