//! Between a document and the bytes that stand for it in a journal line and in the index.
use std::borrow::Cow;
use std::io;

use super::cipher::{ID_SIGNS, Keys, Locked, from_text, place_of, to_text};
use super::line::{Change, EVENTS, LineOp, NO_SUM, Op, Payload, Place, Written, hash_of, link_of};

/// Signs of a salt: 128 random bits in hex.
const SALT_SIGNS: usize = 32;

/// Begins an encrypted value of the index; a readable one begins with `{`.
const SEALED: u8 = 1;

/// How far the chain of events has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventChain {
    pub count: u64,
    /// The link hash of the last event.
    pub link: String,
}

impl Default for EventChain {
    fn default() -> Self {
        Self {
            count: 0,
            link: NO_SUM.to_owned(),
        }
    }
}

impl EventChain {
    /// The place of one more event.
    pub fn next(&mut self, key: &str, hash: &str) -> Place {
        let place = Place {
            n: self.count + 1,
            link: self.link.clone(),
        };
        self.take(&place, key, hash);
        place
    }

    /// Goes one event on.
    pub fn take(&mut self, place: &Place, key: &str, hash: &str) {
        self.count = place.n;
        self.link = link_of(place, key, hash);
    }
}

/// A change of the index; `value` is `None` for what is gone.
pub struct IndexChange<'a> {
    pub table: &'a str,
    pub key: &'a str,
    pub value: Option<Cow<'a, [u8]>>,
}

/// A put document's salt and hash, which do not depend on its commit's number.
#[derive(Debug, Clone, Default)]
pub struct Stamp {
    salt: String,
    hash: String,
}

impl Stamp {
    /// Of a delete it is empty.
    pub fn of(op: &Op) -> io::Result<Self> {
        let Op::Put { json, .. } = op else {
            return Ok(Self::default());
        };
        let salt = new_salt()?;
        let hash = hash_of(&salt, json.as_bytes());
        Ok(Self { salt, hash })
    }
}

/// One operation as it goes into a line and into the index.
pub fn seal<'a>(
    op: &'a Op,
    stamp: &'a Stamp,
    seq: u64,
    keys: &'a Keys,
    events: &mut EventChain,
) -> io::Result<(Written<'a>, IndexChange<'a>)> {
    let (table, key, json) = match op {
        Op::Put { table, key, json } => (table.as_ref(), key.as_str(), json.as_str()),
        Op::Delete { table, key } => {
            let (table, key) = (table.as_ref(), key.as_str());
            let value = None;
            return Ok((
                Written::Delete { table, key },
                IndexChange { table, key, value },
            ));
        }
    };
    let Stamp { salt, hash } = stamp;
    let place = (table == EVENTS).then(|| events.next(key, hash));
    let (payload, value) = payload_of(table, key, seq, salt, json, keys)?;
    let written = Written::Put {
        table,
        key,
        hash: hash.as_str().into(),
        place,
        payload,
    };
    Ok((
        written,
        IndexChange {
            table,
            key,
            value: Some(value),
        },
    ))
}

type Both<'a> = (Payload<'a>, Cow<'a, [u8]>);

fn payload_of<'a>(
    table: &str,
    key: &str,
    seq: u64,
    salt: &'a str,
    json: &'a str,
    keys: &'a Keys,
) -> io::Result<Both<'a>> {
    if keys.current().is_none() {
        let payload = Payload::Open {
            salt: salt.into(),
            json,
        };
        return Ok((payload, Cow::Borrowed(json.as_bytes())));
    }
    let plain = [salt.as_bytes(), json.as_bytes()].concat();
    sealed_again(table, key, seq, &plain, keys)
}

/// Encrypts salt and document under the key that writes.
pub fn sealed_again<'a>(
    table: &str,
    key: &str,
    seq: u64,
    plain: &[u8],
    keys: &'a Keys,
) -> io::Result<Both<'a>> {
    let Some((by, bytes)) = keys.seal(&place_of(table, key, seq), plain)? else {
        return Err(io::Error::other("there is no key to encrypt with"));
    };
    let payload = Payload::Sealed {
        by,
        boxed: to_text(&bytes).into(),
    };
    Ok((payload, Cow::Owned(index_value(by, &bytes))))
}

/// What an operation read back from the journal is in the index; `None` for one of another shape.
pub fn index_change<'a>(op: &'a LineOp<'_>) -> Option<IndexChange<'a>> {
    Some(match op.change()? {
        Change::Put { table, key, json } => IndexChange {
            table,
            key,
            value: Some(Cow::Borrowed(json.as_bytes())),
        },
        Change::Sealed {
            table,
            key,
            by,
            boxed,
        } => IndexChange {
            table,
            key,
            value: Some(Cow::Owned(index_value(by, &from_text(boxed)?))),
        },
        Change::Erased { table, key } | Change::Delete { table, key } => IndexChange {
            table,
            key,
            value: None,
        },
    })
}

/// The document's JSON from a value of the index.
pub fn json_of<'a>(
    table: &str,
    key: &str,
    seq: u64,
    value: &'a [u8],
    keys: &Keys,
) -> Result<Cow<'a, [u8]>, Locked> {
    let Some(rest) = value.strip_prefix(&[SEALED]) else {
        return Ok(Cow::Borrowed(value));
    };
    let (by, bytes) = rest.split_at_checked(ID_SIGNS).ok_or(Locked::Changed)?;
    let by = std::str::from_utf8(by).map_err(|_| Locked::Changed)?;
    let mut plain = keys.open(by, &place_of(table, key, seq), bytes)?;
    if plain.len() < SALT_SIGNS {
        return Err(Locked::Changed);
    }
    Ok(Cow::Owned(plain.split_off(SALT_SIGNS)))
}

/// Salt and document of a line's encrypted payload; they must be what its hash was made of.
pub fn plain_of(
    table: &str,
    key: &str,
    seq: u64,
    by: &str,
    boxed: &str,
    keys: &Keys,
) -> Result<Vec<u8>, Locked> {
    let bytes = from_text(boxed).ok_or(Locked::Changed)?;
    keys.open(by, &place_of(table, key, seq), &bytes)
}

/// The document within salt and document.
pub fn document_in(plain: &[u8]) -> Result<(&str, &str), Locked> {
    let text = std::str::from_utf8(plain).map_err(|_| Locked::Changed)?;
    text.split_at_checked(SALT_SIGNS).ok_or(Locked::Changed)
}

fn index_value(by: &str, bytes: &[u8]) -> Vec<u8> {
    let mut value = Vec::with_capacity(1 + by.len() + bytes.len());
    value.push(SEALED);
    value.extend_from_slice(by.as_bytes());
    value.extend_from_slice(bytes);
    value
}

fn new_salt() -> io::Result<String> {
    let mut bytes = [0_u8; SALT_SIGNS / 2];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    Ok(super::line::hex(&bytes))
}
