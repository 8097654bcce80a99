//! Keeps every document so that what was acknowledged is found again, whatever happens.
//!
//! **The rule.** [`Store::commit`] returns when the commit is on stable storage, not before.
//! A receipt, "saved at 10.42" or "sent" may be shown after that, and only after that.
//!
//! **How.** The truth is an append-only journal of checksummed lines ([`mod@line`]), one per
//! commit; sled is an index over it, thrown away and rebuilt whenever in doubt. Writers that come
//! together commit together: one of them checks the preconditions of all, appends
//! their lines, waits for `fdatasync` and only then hands them to the index, as one batch with
//! the journal's watermark. They can be read from then on; a thread of the index's own writes them to sled
//! while the next group is synced (`applier.rs`). So nothing can be read, and acted upon, that a power cut
//! could undo.
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
//! | The index can't be written, or hangs | writing stops, what can be read is right; made anew as soon as there is room, closing does not wait for it |
//!
//! At start the newest file and everything the index lacks is checked; [`Store::verify`] checks
//! the whole chain.
mod applier;
pub mod backup;
mod bell;
mod cipher;
mod commit;
mod compare;
mod conflict;
mod disk;
mod document;
mod error;
mod group;
mod index;
mod journal;
pub mod line;
mod open;
mod read;
mod rewrite;
mod seal;
mod state;
mod upgrade;

pub use bell::Bell;
pub use cipher::{KeyFault, Keys};
pub use commit::{Commit, Committed};
pub use disk::{Disk, SystemDisk, replace_file, sync_dir};
pub use document::{Document, Stored, key};
pub use error::{CommitError, StoreError};
pub use line::{EVENTS, Line};
pub use rewrite::{Rewritten, Target};
pub use seal::EventChain;
pub use upgrade::{DowngradeRefusal, downgrade, program_of};

use std::collections::HashMap;
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use chrono::{DateTime, Utc};

use conflict::Recent;
use document::decode;
use group::{Entry, Group};
use index::{Batch, Index};
use journal::{AppendError, Journal, SEGMENT_BYTES};
use line::{Change, LineOp, Op};
use open::note;
use seal::IndexChange;
use state::State;

/// Below this much free room on the disk no commit is taken.
pub const RESERVE_BYTES: u64 = 32 << 20;

/// What a store stands on; the default is right outside tests.
pub struct Ground {
    pub disk: Arc<dyn Disk>,
    /// A journal file of this size is followed by a new one.
    pub segment_bytes: u64,
    /// What documents are encrypted with.
    pub keys: Keys,
    /// The running program's version: a newer one than the directory's takes a snapshot first.
    pub program: &'static str,
}

impl Default for Ground {
    fn default() -> Self {
        Self {
            disk: Arc::new(SystemDisk),
            segment_bytes: SEGMENT_BYTES,
            keys: Keys::default(),
            program: env!("CARGO_PKG_VERSION"),
        }
    }
}

/// The documents of one data directory; shared by reference or `Arc`.
pub struct Store {
    dir: PathBuf,
    disk: Arc<dyn Disk>,
    keys: Keys,
    /// `None` only while the store is being dropped.
    index: RwLock<Option<Arc<Index>>>,
    journal: Mutex<Journal>,
    /// Held while lines of the journal are written anew.
    rewriting: Mutex<()>,
    group: Group,
    recent: Mutex<Recent>,
    /// Raised when another index takes over.
    generation: AtomicU64,
    durable: AtomicU64,
    written_last: Option<DateTime<Utc>>,
    stopped: Mutex<Option<Stop>>,
    /// It could not be read or written since it was opened.
    index_failed: AtomicBool,
    bells: Mutex<HashMap<String, Arc<Bell>>>,
    /// Held as long as the store is open; the operating system frees it with the process.
    _lock: File,
}

/// Why no more commits are taken.
struct Stop {
    because: String,
    /// The journal is well: a new index ends it.
    only_index: bool,
}

/// A document as a journal line holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revealed {
    pub salt: String,
    pub json: String,
}

/// What [`Store::verify`] has seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    pub commits: u64,
    /// The last commit's checksum, which stands for the whole chain.
    pub sum: String,
    pub events: u64,
    /// The last event's link hash, which stands for all events.
    pub link: String,
}

impl Store {
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        Self::open_on(dir, Ground::default())
    }

    pub fn open_on(dir: &Path, ground: Ground) -> Result<Self, StoreError> {
        let opened = open::open(dir, &ground)?;
        Ok(Self {
            dir: dir.to_owned(),
            disk: ground.disk,
            keys: ground.keys,
            index: RwLock::new(Some(Arc::new(opened.index))),
            rewriting: Mutex::default(),
            group: Group::default(),
            recent: Mutex::default(),
            generation: AtomicU64::new(0),
            durable: AtomicU64::new(opened.journal.seq),
            stopped: Mutex::default(),
            index_failed: AtomicBool::new(false),
            written_last: opened.journal.written_last,
            journal: Mutex::new(opened.journal),
            bells: Mutex::default(),
            _lock: opened.lock,
        })
    }

    /// Opens the store with its index made anew from the journal.
    pub fn rebuild_on(dir: &Path, ground: Ground) -> Result<Self, StoreError> {
        {
            let _lock = open::lock(dir)?;
            let state = State::read(&dir.join("state.json"));
            note(dir, &State::with_suspect_index(state.known().durable))?;
        }
        Self::open_on(dir, ground)
    }

    pub fn dir(&self) -> &Path {
        &self.dir
    }

    pub fn get<D: Document>(&self, key: &str) -> Result<Option<Stored<D>>, StoreError> {
        let Some(found) = self.trusted(|index| index.get(D::TABLE, key))? else {
            return Ok(None);
        };
        self.decoded(key, &found).map(Some)
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
        let index = self.index();
        let entries = index.as_ref().map(|index| index.scan(D::TABLE, prefix));
        entries.into_iter().flatten().map(move |entry| {
            // Held, so that its files stay although another index may take its place.
            let _held = &index;
            let (key, found) = self.trusted(|_| entry)?;
            self.decoded(&key, &found)
        })
    }

    fn decoded<D: Document>(
        &self,
        key: &str,
        found: &index::Found,
    ) -> Result<Stored<D>, StoreError> {
        let json = seal::json_of(D::TABLE, key, found.revision, found.stored(), &self.keys)
            .map_err(|locked| StoreError::Unreadable {
                table: D::TABLE,
                key: key.to_owned(),
                cause: locked.to_string(),
            })?;
        Ok(Stored {
            doc: decode(key, &json)?,
            revision: found.revision,
        })
    }

    /// Hands over every document of every table as it is now: table, key and JSON.
    pub fn each_document(
        &self,
        mut take: impl FnMut(&str, &str, &str) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let Some(index) = self.index() else {
            return Ok(());
        };
        for entry in index.everything() {
            let (table, key, found) = self.trusted(|_| entry)?;
            let unreadable = |cause: String| StoreError::Index {
                doing: "read",
                cause: format!("{table}/{key}: {cause}"),
            };
            let json = seal::json_of(&table, &key, found.revision, found.stored(), &self.keys)
                .map_err(|locked| unreadable(locked.to_string()))?;
            let json = std::str::from_utf8(&json).map_err(|error| unreadable(error.to_string()))?;
            take(&table, &key, json)?;
        }
        Ok(())
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
        let commit = self.looked_up(commit.checked()?)?;
        self.group.commit(commit, |entries| self.write(entries))
    }

    /// The last commit; all that can be read is on stable storage.
    pub fn durable_seq(&self) -> u64 {
        self.durable.load(Ordering::SeqCst)
    }

    /// The time of the last commit that was there when the store was opened.
    pub fn written_last(&self) -> Option<DateTime<Utc>> {
        self.written_last
    }

    /// The time of the first commit, if the journal has one.
    pub fn begun(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        if self.durable_seq() == 0 {
            return Ok(None);
        }
        let mut begun = None;
        read::each_commit(&self.dir.join("journal"), 0, 1, |line| {
            begun = Some(line.time);
            Ok(())
        })?;
        Ok(begun)
    }

    /// Why the store takes no more commits until a restart, if so.
    pub fn stopped_because(&self) -> Option<String> {
        self.stopped().as_ref().map(|stop| stop.because.clone())
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

    /// Reads the whole journal and checks every line, the chain between them and that of events.
    ///
    /// Encrypted documents are read too, so that every hash is compared with what it was made of.
    pub fn verify(&self) -> Result<Verified, StoreError> {
        let mut commits = 0;
        let mut sum = line::NO_SUM.to_owned();
        let mut events = EventChain::default();
        self.each_commit(0, |line| {
            commits += 1;
            line.sum.clone_into(&mut sum);
            for op in &line.ops {
                self.reveal(line.seq, op)?;
                if let (Some(place), Some(key), Some(hash)) = (op.place(), op.key(), op.hash()) {
                    events.take(&place, key, hash);
                }
            }
            Ok(())
        })?;
        Ok(Verified {
            commits,
            sum,
            events: events.count,
            link: events.link,
        })
    }

    /// A put document's salt and JSON, decrypted where need be; `None` for what is erased or deleted.
    pub fn reveal(&self, seq: u64, op: &LineOp<'_>) -> Result<Option<Revealed>, StoreError> {
        let Some(Change::Sealed {
            table,
            key,
            by,
            boxed,
        }) = op.change()
        else {
            return Ok(op.open().map(|(salt, json)| Revealed {
                salt: salt.to_owned(),
                json: json.to_owned(),
            }));
        };
        let broken = |what: String| StoreError::Damaged {
            file: self.dir.join("journal"),
            line: 0,
            seq,
            what: format!("{table}/{key}: {what}"),
        };
        let plain = seal::plain_of(table, key, seq, by, boxed, &self.keys)
            .map_err(|locked| broken(locked.to_string()))?;
        let (salt, json) =
            seal::document_in(&plain).map_err(|locked| broken(locked.to_string()))?;
        if op.hash() != Some(line::hash_of(salt, json.as_bytes()).as_str()) {
            return Err(broken(
                "it is not the document that its hash was made of".to_owned(),
            ));
        }
        Ok(Some(Revealed {
            salt: salt.to_owned(),
            json: json.to_owned(),
        }))
    }

    /// The id of the key that documents are encrypted with; `None` where they are not.
    pub fn key_id(&self) -> Option<&str> {
        self.keys.current()
    }

    /// A file's bytes as they should lie on the disk, bound to `name`.
    pub fn seal_file(&self, name: &str, bytes: &[u8]) -> std::io::Result<Vec<u8>> {
        cipher::seal_file(&self.keys, name, bytes)
    }

    /// A file's bytes as they were given to [`Self::seal_file`] under this name; those of a file that was never encrypted as they are.
    pub fn open_file(&self, name: &str, bytes: Vec<u8>) -> std::io::Result<Vec<u8>> {
        cipher::open_file(&self.keys, name, bytes)
    }

    /// Makes the commits of a group: one write, one sync, one batch.
    ///
    /// Whoever was acknowledged can read what it wrote.
    fn write(&self, entries: Vec<Entry>) {
        self.wake_index();
        let mut journal = match self.ready() {
            Ok(journal) => journal,
            Err(refusal) => return refuse_all(entries, &refusal),
        };
        let entries = self.without_conflicts(entries, journal.seq);
        let commits: Vec<_> = entries
            .iter()
            .map(|entry| &entry.commit)
            .filter(|commit| !commit.is_empty())
            .collect();
        let before = journal.seq;
        if !commits.is_empty() {
            let made = journal
                .append(&commits, &self.keys)
                .map_err(|error| self.not_appended(error))
                .and_then(|changes| self.apply(&changes, &journal));
            if let Err(error) = made {
                drop(commits);
                self.forget_recent(before);
                return refuse_all(entries, &error);
            }
        }
        self.durable.store(journal.seq, Ordering::SeqCst);
        drop(journal);
        self.ring(entries.iter().flat_map(|entry| &entry.commit.ops));
        let mut seq = before;
        for entry in entries {
            seq += u64::from(!entry.commit.is_empty());
            entry.done(Ok(Committed { seq }));
        }
        if self.group.is_idle() {
            self.wake_index();
        }
    }

    /// The index's thread is to work while writers wait for the disk, or when there are none.
    fn wake_index(&self) {
        if let Some(index) = self.index() {
            index.wake();
        }
    }

    /// Whether a commit would be taken now: for monitoring, and before a long job.
    pub fn check_writable(&self) -> Result<(), CommitError> {
        self.ready().map(drop)
    }

    fn ready(&self) -> Result<MutexGuard<'_, Journal>, CommitError> {
        if let Some(because) = self.stopped_because() {
            return Err(CommitError::Poisoned { because });
        }
        let free = self.disk.free(&self.dir).map_err(CommitError::Disk)?;
        if free < RESERVE_BYTES {
            return Err(CommitError::Full { free });
        }
        self.journal.lock().map_err(|_| CommitError::Poisoned {
            because: "a writer broke off in the middle of a commit".to_owned(),
        })
    }

    fn not_appended(&self, error: AppendError) -> CommitError {
        match error {
            AppendError::Refused(error) => {
                // The index lies on the same disk, and may have lost what it was given without a word.
                let full = [ErrorKind::StorageFull, ErrorKind::FileTooLarge];
                if full.contains(&error.kind()) && !self.index_failed.load(Ordering::SeqCst) {
                    self.suspect_index();
                }
                CommitError::Disk(error)
            }
            AppendError::Broken(error) => {
                self.stop(format!("the journal could not be written: {error}"), false);
                CommitError::Disk(error)
            }
            AppendError::Unconfirmed(error) => {
                self.stop(format!("the journal could not be synced: {error}"), false);
                CommitError::Sync(error.to_string())
            }
        }
    }

    /// The lines are in the journal already, so a failing index leaves one safe way: to stop.
    fn apply(
        &self,
        changes: &[(u64, IndexChange<'_>)],
        journal: &Journal,
    ) -> Result<(), CommitError> {
        let mut batch = Batch::default();
        for (seq, change) in changes {
            batch.add(change, *seq);
        }
        batch.mark(journal.seq, &journal.sum);
        self.trusted(|index| index.apply(batch)).map_err(|error| {
            self.stop(error.to_string(), true);
            CommitError::Sync(error.to_string())
        })
    }

    /// Takes no more commits; the first reason stays, but one that a new index does not end comes before one that it does.
    fn stop(&self, because: String, only_index: bool) {
        log::error!("no more commits are taken: {because}");
        let mut stopped = self.stopped();
        if stopped
            .as_ref()
            .is_none_or(|stop| stop.only_index && !only_index)
        {
            *stopped = Some(Stop {
                because,
                only_index,
            });
        }
    }

    fn stopped(&self) -> MutexGuard<'_, Option<Stop>> {
        self.stopped.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ring<'a>(&self, ops: impl Iterator<Item = &'a Op>) {
        let bells = self.bells();
        for op in ops {
            if let Some(bell) = bells.get(op.table().as_ref()) {
                bell.ring();
            }
        }
    }

    fn bells(&self) -> MutexGuard<'_, HashMap<String, Arc<Bell>>> {
        self.bells.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn index(&self) -> Option<Arc<Index>> {
        let held = self.index.read().unwrap_or_else(PoisonError::into_inner);
        held.clone()
    }

    /// Uses the index; when it fails, the next start will rebuild it.
    fn trusted<T>(
        &self,
        using: impl FnOnce(&Index) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let Some(index) = self.index() else {
            return Err(StoreError::Index {
                doing: "use",
                cause: "it is closed".to_owned(),
            });
        };
        using(&index).inspect_err(|error| {
            log::error!("{error}");
            self.suspect_index();
        })
    }

    /// From now on the index is to be made anew, by [`Self::mend_index`] or by the next start.
    fn suspect_index(&self) {
        self.index_failed.store(true, Ordering::SeqCst);
        let suspect = State::with_suspect_index(self.durable_seq());
        if let Err(error) = note(&self.dir, &suspect) {
            log::error!("{error}");
        }
    }

    fn close(&mut self) -> Result<(), StoreError> {
        let taken = self
            .index
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some(index) = taken else {
            return Ok(());
        };
        if self.journal.is_poisoned() || self.stopped().is_some() {
            return Ok(());
        }
        index.flush()?;
        let path = index.path().to_owned();
        drop(index);
        index::wait_released(&path);
        disk::sync_tree(&path).map_err(|error| StoreError::io("sync", &path, error))?;
        let was = State::read(&self.dir.join("state.json"));
        if was.may_trust_index() {
            note(&self.dir, &State::closed(self.durable_seq()))?;
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

fn refuse_all(entries: Vec<Entry>, because: &CommitError) {
    for entry in entries {
        entry.done(Err(because.again()));
    }
}
