//! Keeps every document so that what was acknowledged is found again, whatever happens.
//!
//! **The rule.** [`Store::commit`] returns when the commit is on stable storage, not before.
//! A receipt, "saved at 10.42" or "sent" may be shown after that, and only after that.
//!
//! **How.** The truth is an append-only journal of checksummed lines ([`mod@line`]), one per
//! commit; sled is an index over it, thrown away and rebuilt whenever in doubt. A commit takes
//! the writer's lock, checks its preconditions, appends its line, applies it to the index as one
//! batch with the journal's watermark, lets go of the lock and waits for the group's `fdatasync`.
//!
//! **What goes wrong, and what happens then.**
//!
//! | Fault | What happens |
//! |---|---|
//! | Less than [`RESERVE_BYTES`] free | refused, nothing saved; goes on when there is room |
//! | The line can't be written | cut off again, nothing saved, goes on |
//! | The sync fails | not acknowledged; all writing stops until a restart, reading goes on |
//! | The process is killed | an unfinished last line is cut off at the next start |
//! | The power is cut | unacknowledged lines that are damaged are cut off, the index is rebuilt |
//! | An acknowledged line is damaged | the start is refused, naming file, line and commit |
//! | The index is damaged, missing, or of another journal | it is rebuilt |
//!
//! At start the newest file and everything the index lacks is checked; [`Store::verify`] checks
//! the whole chain. Reading sees a commit from when it is applied, a moment before it is
//! durable: whoever acts outside the house on something read waits with [`Store::wait_durable`].
mod bell;
mod commit;
mod disk;
mod document;
mod error;
mod index;
mod journal;
pub mod line;
mod read;
mod state;
mod sync;

pub use bell::Bell;
pub use commit::{Commit, Committed};
pub use disk::{Disk, SystemDisk, replace_file, sync_dir};
pub use document::{Document, Stored, key};
pub use error::{CommitError, StoreError};
pub use line::Line;

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use document::decode;
use index::{Batch, Index, Watermark};
use journal::{AppendError, Journal, LINE_BYTES, SEGMENT_BYTES};
use line::Op;
use state::State;
use sync::GroupSync;

/// Below this much free room on the disk no commit is taken.
pub const RESERVE_BYTES: u64 = 32 << 20;

/// How much is replayed into the index at a time.
const REPLAY_BYTES: usize = 4 << 20;

/// What a store stands on; the default is right outside tests.
pub struct Ground {
    pub disk: Arc<dyn Disk>,
    /// A journal file of this size is followed by a new one.
    pub segment_bytes: u64,
}

impl Default for Ground {
    fn default() -> Self {
        Self {
            disk: Arc::new(SystemDisk),
            segment_bytes: SEGMENT_BYTES,
        }
    }
}

/// The documents of one data directory; shared by reference or `Arc`.
pub struct Store {
    dir: PathBuf,
    disk: Arc<dyn Disk>,
    /// `None` only while the store is being dropped.
    index: Option<Index>,
    journal: Mutex<Journal>,
    sync: GroupSync,
    bells: Mutex<HashMap<String, Arc<Bell>>>,
    /// Held as long as the store is open; the operating system frees it with the process.
    _lock: File,
}

/// What [`Store::verify`] has seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    pub commits: u64,
    /// The last commit's checksum, which stands for the whole chain.
    pub sum: String,
}

impl Store {
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        Self::open_on(dir, Ground::default())
    }

    pub fn open_on(dir: &Path, ground: Ground) -> Result<Self, StoreError> {
        create_private(dir)?;
        let lock = lock(dir)?;
        for room in ["journal", "set-aside"] {
            create_private(&dir.join(room))?;
        }
        let state = State::read(&dir.join("state.json"));
        let disk = ground.disk;
        let mut journal = Journal::open(
            &dir.join("journal"),
            Arc::clone(&disk),
            state.known(),
            &dir.join("set-aside"),
        )?;
        journal.begin_files_after(ground.segment_bytes);
        let trusted = state.may_trust_index();
        if !trusted {
            // Else a second start, after a kill during the rebuilding, would believe it.
            note(dir, &State::with_suspect_index(journal.seq))?;
        }
        let index = open_index(dir, &journal, trusted)?;
        note(dir, &State::open(journal.seq))?;
        Ok(Self {
            dir: dir.to_owned(),
            index: Some(index),
            sync: GroupSync::new(Arc::clone(&disk), journal.file(), journal.seq),
            journal: Mutex::new(journal),
            disk,
            bells: Mutex::default(),
            _lock: lock,
        })
    }

    pub fn dir(&self) -> &Path {
        &self.dir
    }

    pub fn get<D: Document>(&self, key: &str) -> Result<Option<Stored<D>>, StoreError> {
        let Some(found) = self.trusted(|index| index.get(D::TABLE, key))? else {
            return Ok(None);
        };
        Ok(Some(Stored {
            doc: decode(key, found.json())?,
            revision: found.revision,
        }))
    }

    /// All documents whose key begins with `prefix`, in key order.
    pub fn scan<D: Document>(&self, prefix: &str) -> Result<Vec<Stored<D>>, StoreError> {
        self.iter(prefix).collect()
    }

    /// As [`Self::scan`], one at a time: each is whole, but two may be of different commits.
    pub fn iter<D: Document>(
        &self,
        prefix: &str,
    ) -> impl Iterator<Item = Result<Stored<D>, StoreError>> + '_ {
        let entries = self.index.iter().flat_map({
            let prefix = prefix.to_owned();
            move |index| index.scan(D::TABLE, &prefix)
        });
        entries.map(|entry| {
            let (key, found) = self.trusted(|_| entry)?;
            Ok(Stored {
                doc: decode(&key, found.json())?,
                revision: found.revision,
            })
        })
    }

    /// How many keys begin with `prefix`; the documents are not read.
    pub fn count<D: Document>(&self, prefix: &str) -> Result<usize, StoreError> {
        self.trusted(|index| {
            index
                .scan(D::TABLE, prefix)
                .try_fold(0, |count, entry| entry.map(|_| count + 1))
        })
    }

    /// Makes the changes; returns when they are on stable storage.
    ///
    /// Blocks for a disk's sync, so it does not belong on an asynchronous thread.
    pub fn commit(&self, commit: Commit) -> Result<Committed, CommitError> {
        let commit = commit.checked()?;
        let seq = self.append(&commit)?;
        self.sync.wait(seq).map_err(CommitError::Sync)?;
        self.ring(&commit.ops);
        Ok(Committed { seq })
    }

    /// The last commit that is on stable storage.
    pub fn durable_seq(&self) -> u64 {
        self.sync.durable()
    }

    /// Returns when commit `seq` is on stable storage.
    pub fn wait_durable(&self, seq: u64) -> Result<(), CommitError> {
        self.sync.wait(seq).map_err(CommitError::Sync)
    }

    /// Why the store takes no more commits until a restart, if so.
    pub fn stopped_because(&self) -> Option<String> {
        self.sync.failure()
    }

    /// Rings after each durable commit that touches the table.
    pub fn bell<D: Document>(&self) -> Arc<Bell> {
        Arc::clone(self.bells().entry(D::TABLE.to_owned()).or_default())
    }

    /// Hands over every durable commit after `seq`, oldest first: the way out to a backup,
    /// an export or another store.
    pub fn each_commit(
        &self,
        after: u64,
        take: impl FnMut(&Line<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let expected = self.durable_seq();
        let dir = self.dir.join("journal");
        let found = read::each_commit(&dir, after, expected, take)?;
        if found < expected {
            return Err(StoreError::Short {
                dir,
                expected,
                found,
            });
        }
        Ok(())
    }

    /// Reads the whole journal and checks every line and the chain between them.
    pub fn verify(&self) -> Result<Verified, StoreError> {
        let mut verified = Verified {
            commits: 0,
            sum: line::NO_SUM.to_owned(),
        };
        self.each_commit(0, |line| {
            verified.commits += 1;
            line.sum.clone_into(&mut verified.sum);
            Ok(())
        })?;
        Ok(verified)
    }

    fn append(&self, commit: &Commit) -> Result<u64, CommitError> {
        if let Some(because) = self.sync.failure() {
            return Err(CommitError::Poisoned { because });
        }
        let free = self.disk.free(&self.dir).map_err(CommitError::Disk)?;
        if free < RESERVE_BYTES {
            return Err(CommitError::Full { free });
        }
        let mut journal = self.journal.lock().map_err(|_| CommitError::Poisoned {
            because: "a writer broke off in the middle of a commit".to_owned(),
        })?;
        self.check(commit)?;
        if commit.is_empty() {
            return Ok(journal.seq);
        }
        journal
            .append(commit.time, &commit.ops, self.sync.durable())
            .map_err(|error| self.not_appended(error))?;
        self.sync.appended(journal.seq, journal.file());
        self.apply(&commit.ops, &journal)?;
        Ok(journal.seq)
    }

    fn check(&self, commit: &Commit) -> Result<(), CommitError> {
        for expected in &commit.expected {
            let found = self
                .trusted(|index| index.get(expected.table, &expected.key))
                .map_err(CommitError::Read)?;
            if found.map(|found| found.revision) != expected.revision {
                return Err(CommitError::Conflict {
                    table: expected.table,
                    key: expected.key.clone(),
                });
            }
        }
        Ok(())
    }

    fn not_appended(&self, error: AppendError) -> CommitError {
        match error {
            AppendError::Refused(error) => CommitError::Disk(error),
            AppendError::TooLarge(bytes) => CommitError::TooLarge {
                bytes,
                most: LINE_BYTES,
            },
            AppendError::Broken(error) => {
                self.sync
                    .fail(format!("the journal could not be written: {error}"));
                CommitError::Disk(error)
            }
        }
    }

    /// The line is in the journal already, so a failing index leaves only one safe way: stop.
    fn apply(&self, ops: &[Op], journal: &Journal) -> Result<(), CommitError> {
        let watermark = Watermark {
            seq: journal.seq,
            sum: journal.sum.clone(),
        };
        self.trusted(|index| index.apply(Batch::of(ops, &watermark)))
            .map_err(|error| {
                self.sync.fail(error.to_string());
                CommitError::Sync(error.to_string())
            })
    }

    fn ring(&self, ops: &[Op]) {
        let bells = self.bells();
        for op in ops {
            let (Op::Put { table, .. } | Op::Delete { table, .. }) = op;
            if let Some(bell) = bells.get(table.as_ref()) {
                bell.ring();
            }
        }
    }

    fn bells(&self) -> MutexGuard<'_, HashMap<String, Arc<Bell>>> {
        self.bells.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Uses the index; when it fails, the next start will rebuild it.
    fn trusted<'a, T>(
        &'a self,
        using: impl FnOnce(&'a Index) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let Some(index) = &self.index else {
            return Err(StoreError::Index {
                doing: "use",
                cause: "it is closed".to_owned(),
            });
        };
        using(index).inspect_err(|error| {
            log::error!("{error}");
            let suspect = State::with_suspect_index(self.sync.durable());
            if let Err(error) = note(&self.dir, &suspect) {
                log::error!("{error}");
            }
        })
    }

    fn close(&mut self) -> Result<(), StoreError> {
        let (seq, failed) = match self.journal.get_mut() {
            Ok(journal) => (journal.seq, self.sync.failure()),
            Err(_) => return Ok(()),
        };
        let Some(index) = self.index.take() else {
            return Ok(());
        };
        if failed.is_some() || self.sync.wait(seq).is_err() {
            return Ok(());
        }
        index.flush()?;
        drop(index);
        let path = self.dir.join("index");
        index::wait_released(&path);
        disk::sync_tree(&path).map_err(|error| StoreError::io("sync", &path, error))?;
        let was = State::read(&self.dir.join("state.json"));
        if was.may_trust_index() {
            note(&self.dir, &State::closed(seq))?;
        }
        Ok(())
    }
}

impl Drop for Store {
    /// Notes a good ending, which spares the next start some work; nothing depends on it.
    fn drop(&mut self) {
        if let Err(error) = self.close() {
            log::warn!("the store was not closed in good order: {error}");
        }
    }
}

fn create_private(dir: &Path) -> Result<(), StoreError> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .map_err(|error| StoreError::io("create the directory", dir, error))
}

fn lock(dir: &Path) -> Result<File, StoreError> {
    let path = dir.join("lock");
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(|error| StoreError::io("open", &path, error))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => Err(StoreError::InUse {
            dir: dir.to_owned(),
        }),
        Err(fs::TryLockError::Error(error)) => Err(StoreError::io("lock", &path, error)),
    }
}

fn note(dir: &Path, state: &State) -> Result<(), StoreError> {
    let path = dir.join("state.json");
    state
        .write(&path)
        .map_err(|error| StoreError::io("write", &path, error))
}

/// The index, up to date with the journal; rebuilt if it may not or can not be believed.
fn open_index(dir: &Path, journal: &Journal, trusted: bool) -> Result<Index, StoreError> {
    let path = dir.join("index");
    if path.exists() {
        match if trusted {
            believed(dir, &path)
        } else {
            Ok(None)
        } {
            Ok(Some((index, from))) => {
                replay(dir, &index, from, journal.seq)?;
                return Ok(index);
            }
            Ok(None) => log::warn!("the index is rebuilt from the journal"),
            Err(StoreError::Index { cause, .. }) => {
                log::warn!("the index is rebuilt from the journal: {cause}");
            }
            Err(other) => return Err(other),
        }
        clear_away(dir, &path, journal.seq)
            .map_err(|error| StoreError::io("clear away", &path, error))?;
    }
    create_private(&path)?;
    let index = Index::open(&path)?;
    replay(dir, &index, 0, journal.seq)?;
    Ok(index)
}

/// An index is not worth keeping, unless the journal it was made from is gone.
fn clear_away(dir: &Path, index: &Path, commits: u64) -> io::Result<()> {
    index::wait_released(index);
    if commits > 0 {
        return fs::remove_dir_all(index);
    }
    let kept = dir.join("set-aside").join("index");
    if kept.exists() {
        fs::remove_dir_all(&kept)?;
    }
    fs::rename(index, kept)
}

/// The index and its watermark, if the journal has that very commit.
fn believed(dir: &Path, path: &Path) -> Result<Option<(Index, u64)>, StoreError> {
    let index = Index::open(path)?;
    let Some(mark) = index.watermark()? else {
        return Ok(None);
    };
    let in_journal = read::sum_of(&dir.join("journal"), mark.seq)?;
    Ok((in_journal == Some(mark.sum)).then_some((index, mark.seq)))
}

fn replay(dir: &Path, index: &Index, after: u64, up_to: u64) -> Result<(), StoreError> {
    let mut batch = Batch::default();
    read::each_commit(&dir.join("journal"), after, up_to, |line| {
        batch.replay(line);
        if batch.bytes > REPLAY_BYTES {
            index.apply(std::mem::take(&mut batch))?;
        }
        Ok(())
    })?;
    index.apply(batch)
}
