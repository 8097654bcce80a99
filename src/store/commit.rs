//! What shall be changed together, and what must hold for it.
use chrono::{DateTime, Utc};

use super::CommitError;
use super::conflict::Looked;
use super::document::{Document, encode};
use super::line::{EVENTS, Op};
use super::seal::Stamp;

/// The most that one commit may write; a file question's attachment must fit with its base64.
const COMMIT_BYTES: usize = 64 << 20;

/// Changes of documents that are made together or not at all.
#[derive(Debug, Clone)]
#[must_use = "a commit does nothing until the store takes it"]
pub struct Commit {
    pub(super) time: DateTime<Utc>,
    pub(super) ops: Vec<Op>,
    /// One for each operation, once the commit is checked.
    pub(super) stamps: Vec<Stamp>,
    pub(super) expected: Vec<Expected>,
    /// What its writer found in the index before it queued.
    pub(super) looked: Looked,
    pub(super) invalid: Option<(&'static str, String)>,
}

/// A document's revision before the commit; `None`: there is no such document.
#[derive(Debug, Clone)]
pub(super) struct Expected {
    pub table: &'static str,
    pub key: String,
    pub revision: Option<u64>,
}

/// The commit is on stable storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Committed {
    /// The revision of every document it put.
    pub seq: u64,
}

impl Commit {
    /// `now` is recorded in the journal.
    pub fn new(now: DateTime<Utc>) -> Self {
        Self {
            time: now,
            ops: Vec::new(),
            stamps: Vec::new(),
            expected: Vec::new(),
            looked: Looked::default(),
            invalid: None,
        }
    }

    /// Writes a document, whatever was there.
    pub fn put<D: Document>(mut self, doc: &D) -> Self {
        let key = doc.key();
        self.check::<D>(&key);
        if D::TABLE == EVENTS {
            // Append-only: never written over.
            self = self.expect::<D>(key.clone(), None);
        }
        match encode(doc) {
            Ok(json) => self.ops.push(Op::Put {
                table: D::TABLE.into(),
                key,
                json,
            }),
            Err(cause) => self.invalid = Some((D::TABLE, cause)),
        }
        self
    }

    /// Writes a document; a conflict if its key is taken.
    pub fn put_new<D: Document>(self, doc: &D) -> Self {
        let key = doc.key();
        self.expect::<D>(key, None).put(doc)
    }

    /// Writes a document; a conflict if it was changed since `revision`.
    pub fn put_if<D: Document>(self, doc: &D, revision: u64) -> Self {
        let key = doc.key();
        self.expect::<D>(key, Some(revision)).put(doc)
    }

    /// Deletes a document, if it is there.
    pub fn delete<D: Document>(mut self, key: impl Into<String>) -> Self {
        let key = key.into();
        self.check::<D>(&key);
        if D::TABLE == EVENTS {
            self.invalid = Some((D::TABLE, "events are never deleted".to_owned()));
        }
        self.ops.push(Op::Delete {
            table: D::TABLE.into(),
            key,
        });
        self
    }

    /// Deletes a document of any table; for erasures, which spare no table that they do not name.
    pub fn delete_named(mut self, table: &str, key: &str) -> Self {
        if table == EVENTS {
            self.invalid = Some((EVENTS, "events are never deleted".to_owned()));
        }
        self.ops.push(Op::Delete {
            table: table.to_owned().into(),
            key: key.to_owned(),
        });
        self
    }

    /// Makes it a conflict if the document is not at this revision (`None`: is there at all).
    pub fn expect<D: Document>(mut self, key: impl Into<String>, revision: Option<u64>) -> Self {
        self.expected.push(Expected {
            table: D::TABLE,
            key: key.into(),
            revision,
        });
        self
    }

    /// Adds all of another commit; the time stays this one's.
    pub fn and(mut self, other: Self) -> Self {
        self.ops.extend(other.ops);
        self.expected.extend(other.expected);
        self.invalid = self.invalid.or(other.invalid);
        self
    }

    pub fn is_empty(&self) -> bool {
        self.ops.is_empty()
    }

    /// Also does what can be done before the commit has its number, on the writer's own thread.
    pub(super) fn checked(mut self) -> Result<Self, CommitError> {
        if let Some((table, cause)) = self.invalid {
            return Err(CommitError::Invalid { table, cause });
        }
        let bytes = self.ops.iter().map(Op::bytes).sum();
        if bytes > COMMIT_BYTES {
            return Err(CommitError::TooLarge {
                bytes,
                most: COMMIT_BYTES,
            });
        }
        let stamps: Result<_, _> = self.ops.iter().map(Stamp::of).collect();
        self.stamps = stamps.map_err(CommitError::Disk)?;
        Ok(self)
    }

    fn check<D: Document>(&mut self, key: &str) {
        if key.is_empty() || key.contains('\0') {
            self.invalid = Some((D::TABLE, "its key is empty or contains NUL".to_owned()));
        }
    }
}
