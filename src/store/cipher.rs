//! Encrypts what lies on the disk, under a key that does not lie beside it.
//!
//! A key file has one key a line, `ID KEY`: sixteen hexadecimal signs and the key as base64. The
//! first line's key writes, the others only read. The id is derived from the key, so that a file
//! that was mixed up is noticed before anything is touched.
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::line::hex;

const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;
/// Signs of a key's id.
pub const ID_SIGNS: usize = 16;

/// The keys of a data directory; none at all where it is not encrypted.
#[derive(Default, Clone)]
pub struct Keys {
    /// The first one writes.
    keys: Vec<Key>,
}

#[derive(Clone)]
struct Key {
    id: String,
    cipher: XChaCha20Poly1305,
}

/// Why a text is no key file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyFault {
    /// It holds no key at all.
    Empty,
    /// The line is not `ID KEY`, or the id is not the key's.
    Line(usize),
}

/// Why encrypted bytes can't be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Locked {
    /// The id of the key that is missing.
    NoKey(String),
    /// The bytes, or the place they stand in, are not those that were encrypted.
    Changed,
}

impl fmt::Display for KeyFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("it holds no key; make one with samsvar key new"),
            Self::Line(n) => write!(f, "line {n} is not a key as samsvar key new writes it"),
        }
    }
}

impl fmt::Display for Locked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoKey(id) => write!(f, "it is encrypted with key {id}, which is not there"),
            Self::Changed => f.write_str("the encrypted bytes were changed or moved"),
        }
    }
}

/// Names ids only.
impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.ids()).finish()
    }
}

impl Keys {
    /// Reads a key file's text.
    pub fn read(text: &str) -> Result<Self, KeyFault> {
        let mut keys = Vec::new();
        for (place, line) in text.lines().enumerate() {
            let line = line.trim();
            if !line.is_empty() && !line.starts_with('#') {
                keys.push(Key::read(line).ok_or(KeyFault::Line(place + 1))?);
            }
        }
        if keys.is_empty() {
            return Err(KeyFault::Empty);
        }
        Ok(Self { keys })
    }

    /// A fresh line for a key file; the error is the random source's.
    pub fn new_line() -> Result<Zeroizing<String>, getrandom::Error> {
        let mut bytes = Zeroizing::new([0_u8; KEY_BYTES]);
        getrandom::fill(bytes.as_mut_slice())?;
        let text = Zeroizing::new(BASE64.encode(bytes.as_slice()));
        Ok(Zeroizing::new(format!(
            "{} {}\n",
            id_of(bytes.as_slice()),
            text.as_str()
        )))
    }

    /// The id of the key that writes; `None` where nothing is encrypted.
    pub fn current(&self) -> Option<&str> {
        self.keys.first().map(|key| key.id.as_str())
    }

    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(|key| key.id.as_str())
    }

    /// Nonce and ciphertext, bound to `place`; `None` where nothing is encrypted.
    pub(super) fn seal(
        &self,
        place: &[u8],
        plain: &[u8],
    ) -> Result<Option<(&str, Vec<u8>)>, std::io::Error> {
        let Some(key) = self.keys.first() else {
            return Ok(None);
        };
        let mut nonce = [0_u8; NONCE_BYTES];
        getrandom::fill(&mut nonce).map_err(std::io::Error::other)?;
        let payload = Payload {
            msg: plain,
            aad: place,
        };
        let sealed = key
            .cipher
            .encrypt(XNonce::from_slice(&nonce), payload)
            .map_err(|_| std::io::Error::other("encryption failed"))?;
        let mut bytes = nonce.to_vec();
        bytes.extend_from_slice(&sealed);
        Ok(Some((&key.id, bytes)))
    }

    pub(super) fn open(&self, id: &str, place: &[u8], bytes: &[u8]) -> Result<Vec<u8>, Locked> {
        let key = self
            .keys
            .iter()
            .find(|key| key.id == id)
            .ok_or_else(|| Locked::NoKey(id.to_owned()))?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE_BYTES).ok_or(Locked::Changed)?;
        let payload = Payload {
            msg: sealed,
            aad: place,
        };
        key.cipher
            .decrypt(XNonce::from_slice(nonce), payload)
            .map_err(|_| Locked::Changed)
    }
}

impl Key {
    fn read(line: &str) -> Option<Self> {
        let (id, text) = line.split_once(' ')?;
        let bytes = Zeroizing::new(BASE64.decode(text.trim()).ok()?);
        let right = bytes.len() == KEY_BYTES && id == id_of(&bytes);
        right.then(|| Self {
            id: id.to_owned(),
            cipher: XChaCha20Poly1305::new(chacha20poly1305::Key::from_slice(&bytes)),
        })
    }
}

fn id_of(key: &[u8]) -> String {
    let digest = Sha256::new()
        .chain_update(b"samsvar key id\n")
        .chain_update(key)
        .finalize();
    let mut id = hex(&digest);
    id.truncate(ID_SIGNS);
    id
}

/// Where a document stands: its ciphertext is worth nothing anywhere else, nor at another revision.
pub(super) fn place_of(table: &str, key: &str, seq: u64) -> Vec<u8> {
    format!("samsvar document\0{table}\0{key}\0{seq}").into_bytes()
}

/// Begins an encrypted file; then come the key's id, nonce and ciphertext.
const FILE_MARK: &[u8] = b"samsvar-sealed-1\n";

pub(super) fn seal_file(keys: &Keys, name: &str, bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let Some((id, sealed)) = keys.seal(&place_of_file(name), bytes)? else {
        return Ok(bytes.to_vec());
    };
    Ok([FILE_MARK, id.as_bytes(), &sealed].concat())
}

pub(super) fn open_file(keys: &Keys, name: &str, bytes: Vec<u8>) -> std::io::Result<Vec<u8>> {
    let Some(rest) = bytes.strip_prefix(FILE_MARK) else {
        return Ok(bytes);
    };
    let (id, sealed) = rest
        .split_at_checked(ID_SIGNS)
        .ok_or_else(|| std::io::Error::other(Locked::Changed.to_string()))?;
    keys.open(&String::from_utf8_lossy(id), &place_of_file(name), sealed)
        .map_err(|locked| std::io::Error::other(locked.to_string()))
}

fn place_of_file(name: &str) -> Vec<u8> {
    format!("samsvar file\0{name}").into_bytes()
}

pub(super) fn to_text(bytes: &[u8]) -> String {
    BASE64.encode(bytes)
}

pub(super) fn from_text(text: &str) -> Option<Vec<u8>> {
    BASE64.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> Keys {
        Keys::read(&Keys::new_line().unwrap()).unwrap()
    }

    #[test]
    fn what_was_encrypted_is_read_in_its_own_place_only() {
        let keys = keys();
        let place = place_of("note", "a", 7);
        let (id, sealed) = keys.seal(&place, b"secret").unwrap().unwrap();
        assert_eq!(keys.open(id, &place, &sealed).unwrap(), b"secret");
        for other in [
            place_of("note", "a", 8),
            place_of("note", "b", 7),
            place_of("letter", "a", 7),
        ] {
            assert_eq!(keys.open(id, &other, &sealed), Err(Locked::Changed));
        }
    }

    #[test]
    fn a_flipped_bit_and_another_key_read_nothing() {
        let keys = keys();
        let (id, mut sealed) = keys.seal(b"p", b"secret").unwrap().unwrap();
        let missing = self::keys().open(id, b"p", &sealed);
        assert_eq!(missing, Err(Locked::NoKey(id.to_owned())));
        sealed[30] ^= 1;
        assert_eq!(keys.open(id, b"p", &sealed), Err(Locked::Changed));
    }

    #[test]
    fn a_key_under_a_wrong_id_is_no_key() {
        let line = Keys::new_line().unwrap();
        let wrong = format!("0000000000000000{}", &line[ID_SIGNS..]);
        assert_eq!(Keys::read(&wrong).unwrap_err(), KeyFault::Line(1));
        assert_eq!(Keys::read("# none\n").unwrap_err(), KeyFault::Empty);
    }

    #[test]
    fn keys_show_nothing_in_a_log() {
        let line = Keys::new_line().unwrap();
        let shown = format!("{:?}", Keys::read(&line).unwrap());
        assert!(!shown.contains(&line[ID_SIGNS + 1..line.len() - 1]));
    }
}
