//! Writes lines of the journal anew, where documents must be gone for good or lie under another key.
//!
//! The chain does not change by it, see [`super::line`]. A file is written beside the old one,
//! synced and put in its place; a program killed in between leaves whole files, some of the old
//! kind, and whoever asked for the rewriting asks again at the next start. When the journal is
//! done the index is made anew beside the old one, because sled keeps what was deleted for a
//! while; the old one goes when its last reader is done.
use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use super::cipher::Keys;
use super::disk::sync_dir;
use super::line::{EVENTS, Line, Payload, Written};
use super::open::note;
use super::read::{Lines, Segment, segments};
use super::seal::{plain_of, sealed_again};
use super::state::State;
use super::{CommitError, RESERVE_BYTES, Store, StoreError, line, open};

/// Documents whose content is to be erased from all commits before another one.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Target {
    tables: Tables,
    key: String,
    /// All keys that begin with `key` are meant.
    whole: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
enum Tables {
    One(String),
    /// So that a table of a future program is not forgotten.
    AllBut(Vec<String>),
}

/// What came of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rewritten {
    pub files: usize,
    pub documents: usize,
}

impl Target {
    pub fn one(table: &str, key: impl Into<String>) -> Self {
        Self {
            tables: Tables::One(table.to_owned()),
            key: key.into(),
            whole: false,
        }
    }

    pub fn all_below(table: &str, prefix: impl Into<String>) -> Self {
        Self {
            tables: Tables::One(table.to_owned()),
            key: prefix.into(),
            whole: true,
        }
    }

    /// A key, or all that begin with it, in whatever table; events are spared always.
    pub fn in_all_tables_but(spared: Vec<String>, key: impl Into<String>, whole: bool) -> Self {
        Self {
            tables: Tables::AllBut(spared),
            key: key.into(),
            whole,
        }
    }

    fn meets(&self, table: &str, key: &str) -> bool {
        let in_table = match &self.tables {
            Tables::One(one) => one == table,
            Tables::AllBut(spared) => !spared.iter().any(|one| one == table),
        };
        in_table
            && table != EVENTS
            && if self.whole {
                key.starts_with(&self.key)
            } else {
                key == self.key
            }
    }
}

/// What becomes of a document.
enum Task<'a> {
    Erase { targets: &'a [Target], before: u64 },
    Encrypt,
}

impl Store {
    /// Takes the content of these documents out of every commit before `before`, out of the index
    /// and out of what was set aside. When it returns, none of it is in the directory's journal or
    /// index any more. Safe to be repeated.
    pub fn erase(&self, targets: &[Target], before: u64) -> Result<Rewritten, StoreError> {
        let done = self.rewrite(&Task::Erase { targets, before })?;
        self.clear_set_aside()?;
        self.replace_index()?;
        Ok(done)
    }

    /// Encrypts everything under the key that writes now.
    pub fn encrypt_anew(&self) -> Result<Rewritten, StoreError> {
        let done = self.rewrite(&Task::Encrypt)?;
        self.clear_set_aside()?;
        self.replace_index()?;
        Ok(done)
    }

    /// The ids of the keys that the journal's files are under; `None` stands for readable ones.
    pub fn keys_in_use(&self) -> Result<Vec<Option<String>>, StoreError> {
        let mut found: Vec<Option<String>> = Vec::new();
        let mut headers = Vec::new();
        for segment in segments(&self.dir.join("journal"))? {
            headers.push(Lines::open(&segment.path)?.header);
        }
        for (place, header) in headers.iter().enumerate() {
            // A file without commits says nothing of how they lie.
            let empty = headers
                .get(place + 1)
                .is_some_and(|next| next.first == header.first);
            if !empty && !found.contains(&header.key) {
                found.push(header.key.clone());
            }
        }
        Ok(found)
    }

    fn rewrite(&self, task: &Task<'_>) -> Result<Rewritten, StoreError> {
        let _alone = self
            .rewriting
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let dir = self.dir.join("journal");
        let newest = {
            let refused = |error: CommitError| {
                StoreError::io(
                    "begin a new file in",
                    &dir,
                    std::io::Error::other(error.to_string()),
                )
            };
            let mut journal = self.ready().map_err(refused)?;
            journal
                .rotate(&self.keys)
                .map_err(|error| refused(self.not_appended(error)))?;
            journal.number()
        };
        let mut done = Rewritten::default();
        for segment in segments(&dir)?.iter().filter(|s| s.number < newest) {
            let documents = rewrite_file(segment, task, &self.keys)?;
            done.documents += documents;
            done.files += usize::from(documents > 0);
        }
        Ok(done)
    }

    /// Makes an index that failed anew from the journal, once there is room for it, and takes commits
    /// again if nothing else is wrong; a full disk needs no restart then. Safe to be tried at any time.
    ///
    /// `false` where nothing failed, or it is too early: the old index stays until the new one is there, so there
    /// must be room for both.
    pub fn mend_index(&self) -> Result<bool, StoreError> {
        let failed = self.index_failed.load(Ordering::SeqCst);
        let only_index = self.stopped().as_ref().is_none_or(|stop| stop.only_index);
        if !failed || !only_index || self.journal.is_poisoned() {
            return Ok(false);
        }
        let free = self.disk.free(&self.dir);
        let free = free.map_err(|error| StoreError::io("measure", &self.dir, error))?;
        let old = self.index().map_or(0, |index| bytes_below(index.path()));
        if free < old.saturating_add(2 * RESERVE_BYTES) {
            return Ok(false);
        }
        self.replace_index()?;
        {
            let journal = self.journal.lock().unwrap_or_else(PoisonError::into_inner);
            self.forget_recent(journal.seq);
            self.durable.store(journal.seq, Ordering::SeqCst);
            note(&self.dir, &State::open(journal.seq))?;
        }
        self.index_failed.store(false, Ordering::SeqCst);
        let mut stopped = self.stopped();
        if stopped.as_ref().is_some_and(|stop| stop.only_index) {
            *stopped = None;
        }
        log::warn!(
            "the index had failed and was made anew from the journal: commits are taken again"
        );
        Ok(true)
    }

    /// Makes the index anew from the journal while the old one is in use, and lets it take over.
    fn replace_index(&self) -> Result<(), StoreError> {
        let old = self.index();
        let place = old.as_ref().map(|index| index.path().to_owned());
        let path = open::next_index(&self.dir, place.as_deref());
        // What an attempt that failed left there may hold what is erased since.
        clear(&path).map_err(|error| StoreError::io("delete", &path, error))?;
        let fresh = open::new_index(&self.dir, &path, self.durable_seq()).inspect_err(|_| {
            // It must not fill the disk until the next attempt, which tries this again.
            let _ = clear(&path);
        })?;
        let journal = self.journal.lock().unwrap_or_else(PoisonError::into_inner);
        open::catch_up(&self.dir, &fresh, journal.seq)?;
        let mut held = self.index.write().unwrap_or_else(PoisonError::into_inner);
        *held = Some(Arc::new(fresh));
        drop(held);
        self.generation.fetch_add(1, Ordering::SeqCst);
        drop(journal);
        if let Some(old) = old {
            old.give_up();
        }
        Ok(())
    }

    /// What was cut off, old snapshots and old indexes may hold what is to be gone.
    fn clear_set_aside(&self) -> Result<(), StoreError> {
        let dir = self.dir.join("set-aside");
        let failed = |error| StoreError::io("clear", &dir, error);
        for entry in fs::read_dir(&dir).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            if path.is_dir() {
                fs::remove_dir_all(&path).map_err(failed)?;
            } else {
                fs::remove_file(&path).map_err(failed)?;
            }
        }
        sync_dir(&dir).map_err(failed)
    }
}

fn clear(dir: &Path) -> std::io::Result<()> {
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The size of a directory's files; what can't be read counts as nothing.
fn bytes_below(dir: &Path) -> u64 {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let size = |entry: fs::DirEntry| match entry.metadata() {
        Ok(found) if found.is_dir() => bytes_below(&entry.path()),
        found => found.map_or(0, |found| found.len()),
    };
    entries.map(size).sum()
}

/// How many documents were written in another way; a file without any is left as it is.
fn rewrite_file(segment: &Segment, task: &Task<'_>, keys: &Keys) -> Result<usize, StoreError> {
    let mut lines = Lines::open(&segment.path)?;
    let mut header = lines.header.clone();
    if matches!(task, Task::Encrypt) {
        if header.key.as_deref() == keys.current() {
            return Ok(0);
        }
        header.key = keys.current().map(str::to_owned);
    }
    let scratch = scratch_of(&segment.path);
    let failed = |error| StoreError::io("write anew", &segment.path, error);
    let mut out = BufWriter::new(create(&scratch).map_err(failed)?);
    out.write_all(header.seal().as_bytes()).map_err(failed)?;
    let mut documents = 0;
    let mut text = String::new();
    while let Some(found) = lines.next()? {
        text.clear();
        documents += push_anew(&found, task, keys, &mut text)
            .map_err(|what| StoreError::io("write anew", &segment.path, what))?;
        out.write_all(text.as_bytes()).map_err(failed)?;
    }
    if documents == 0 && !matches!(task, Task::Encrypt) {
        return fs::remove_file(&scratch).map(|()| 0).map_err(failed);
    }
    put_in_place(out, &scratch, &segment.path).map_err(failed)?;
    Ok(documents)
}

fn push_anew(
    found: &Line<'_>,
    task: &Task<'_>,
    keys: &Keys,
    text: &mut String,
) -> std::io::Result<usize> {
    let mut changed = 0;
    let mut ops: Vec<Written<'_>> = Vec::with_capacity(found.ops.len());
    for op in &found.ops {
        let Some(mut written) = op.written() else {
            return Err(std::io::Error::other("an operation of another format"));
        };
        changed += usize::from(changes(&mut written, found.seq, task, keys)?);
        ops.push(written);
    }
    let sum = found.draft(&ops).seal_onto(text);
    if sum == found.sum {
        Ok(changed)
    } else {
        Err(std::io::Error::other("the chain would have changed"))
    }
}

fn changes<'a>(
    written: &mut Written<'a>,
    seq: u64,
    task: &Task<'_>,
    keys: &'a Keys,
) -> std::io::Result<bool> {
    let Written::Put {
        table,
        key,
        payload,
        ..
    } = written
    else {
        return Ok(false);
    };
    let plain = match (&*payload, task) {
        (Payload::Erased, _) => return Ok(false),
        (_, Task::Erase { targets, before }) => {
            let meant = seq < *before && targets.iter().any(|target| target.meets(table, key));
            if meant {
                *payload = Payload::Erased;
            }
            return Ok(meant);
        }
        (Payload::Open { salt, json }, Task::Encrypt) => {
            [salt.as_bytes(), json.as_bytes()].concat()
        }
        (Payload::Sealed { by, boxed }, Task::Encrypt) => {
            plain_of(table, key, seq, by, boxed, keys)
                .map_err(|locked| std::io::Error::other(locked.to_string()))?
        }
    };
    *payload = sealed_again(table, key, seq, &plain, keys)?.0;
    Ok(true)
}

pub(super) fn create(path: &Path) -> std::io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .open(path)
}

pub(super) fn put_in_place(
    out: BufWriter<File>,
    scratch: &Path,
    path: &Path,
) -> std::io::Result<()> {
    out.into_inner()
        .map_err(std::io::IntoInnerError::into_error)?
        .sync_all()?;
    fs::rename(scratch, path)?;
    path.parent().map_or(Ok(()), sync_dir)
}

/// Such files are deleted at the next start, see [`open`].
fn scratch_of(path: &Path) -> PathBuf {
    path.with_extension(line::SCRATCH)
}
