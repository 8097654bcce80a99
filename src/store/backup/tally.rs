//! Counts and hashes of what is stored, kind by kind, so that two stores can be compared.
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::store::line::{Line, hex};
use crate::store::seal::index_change;

/// What there is of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Kind {
    pub count: u64,
    /// SHA-256 of a line `KEY NUL SHA-256 LF` for each, in key order; hashes in hexadecimal.
    pub sha256: String,
}

/// Adds up one kind, in key order.
#[derive(Default)]
pub struct KindSum {
    count: u64,
    hash: Sha256,
}

impl KindSum {
    pub fn add(&mut self, key: &str, content: &[u8; 32]) {
        self.count += 1;
        self.hash.update(key.as_bytes());
        self.hash.update(b"\0");
        self.hash.update(hex(content).as_bytes());
        self.hash.update(b"\n");
    }

    pub fn kind(self) -> Kind {
        Kind {
            count: self.count,
            sha256: hex(&self.hash.finalize()),
        }
    }
}

pub fn content(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// What there is after the commits seen so far; about a hundred bytes for each document.
#[derive(Default)]
pub struct Tally {
    tables: BTreeMap<String, BTreeMap<String, [u8; 32]>>,
}

impl Tally {
    pub fn take(&mut self, line: &Line<'_>) {
        for change in line.ops.iter().filter_map(index_change) {
            match change.value {
                Some(value) => {
                    let keys = self.tables.entry(change.table.to_owned()).or_default();
                    keys.insert(change.key.to_owned(), content(&value));
                }
                None => {
                    if let Some(keys) = self.tables.get_mut(change.table) {
                        keys.remove(change.key);
                    }
                }
            }
        }
    }

    pub fn kinds(self) -> BTreeMap<String, Kind> {
        let tables = self.tables.into_iter().filter(|(_, keys)| !keys.is_empty());
        tables
            .map(|(table, keys)| {
                let mut sum = KindSum::default();
                keys.iter().for_each(|(key, content)| sum.add(key, content));
                (table, sum.kind())
            })
            .collect()
    }
}
