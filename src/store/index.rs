//! The index over the journal's newest state: the only file that names `sled`.
//!
//! Everything is in one tree, whose log keeps the order of its changes: documents under `table NUL key`,
//! and the watermark, which says up to which commit the journal is applied and comes after that
//! commit's documents. What sled holds after a kill may be further than its watermark; applying those
//! commits again changes nothing.
//! sled does not sync its files, which does no harm here: whatever it lost is replayed, and
//! after a power cut it is not believed at all (see [`super::state`]).
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::StoreError;
use super::applier::{Applier, Change, Keeper};
use super::line::Line;
use super::seal::{IndexChange, index_change};

const WATERMARK: &[u8] = b"\0watermark";

/// sled's page cache; its own default would be a gibibyte.
const CACHE_BYTES: u64 = 64 << 20;

const FLUSH_MILLISECONDS: u64 = 2_000;

/// An index closed a moment ago by this process may still be held by sled's threads.
const PATIENCE: Duration = Duration::from_secs(10);

pub struct Index {
    /// `None` only while it is being dropped.
    db: Option<sled::Db>,
    applier: Applier<sled::IVec>,
    path: PathBuf,
    /// Another index has taken its place: its files go with it.
    replaced: AtomicBool,
    /// What is in memory can't be written out: it stays open until the program ends.
    stuck: AtomicBool,
}

/// Up to which commit the index has applied the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watermark {
    pub seq: u64,
    pub sum: String,
}

/// A stored object and the commit that wrote it.
pub struct Found {
    pub revision: u64,
    value: sled::IVec,
}

impl Found {
    /// Readable or encrypted, see [`super::seal`].
    pub fn stored(&self) -> &[u8] {
        self.value.get(8..).unwrap_or_default()
    }
}

impl Index {
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let started = Instant::now();
        loop {
            match open_once(path) {
                Ok(db) => {
                    let applier = Applier::start(Tree(db.clone()), PATIENCE).map_err(|cause| {
                        StoreError::Index {
                            doing: "open",
                            cause,
                        }
                    })?;
                    return Ok(Self {
                        db: Some(db),
                        applier,
                        path: path.to_owned(),
                        replaced: AtomicBool::new(false),
                        stuck: AtomicBool::new(false),
                    });
                }
                Err(cause) if cause.contains("could not acquire lock") => {
                    if started.elapsed() > PATIENCE {
                        return Err(StoreError::InUse {
                            dir: path.to_owned(),
                        });
                    }
                    thread::sleep(Duration::from_millis(5));
                }
                Err(cause) => {
                    return Err(StoreError::Index {
                        doing: "open",
                        cause,
                    });
                }
            }
        }
    }

    /// `None` in a new index.
    pub fn watermark(&self) -> Result<Option<Watermark>, StoreError> {
        let Some(found) = self.at(WATERMARK)? else {
            return Ok(None);
        };
        Ok(Some(Watermark {
            seq: found.revision,
            sum: String::from_utf8_lossy(found.stored()).into_owned(),
        }))
    }

    pub fn get(&self, table: &str, key: &str) -> Result<Option<Found>, StoreError> {
        self.at(&address(table, key))
    }

    fn at(&self, address: &[u8]) -> Result<Option<Found>, StoreError> {
        let value = match self.applier.latest(address) {
            Some(latest) => latest,
            None => (self.db()?.get(address)).map_err(|error| failed("read", &error))?,
        };
        value.map(found).transpose()
    }

    /// Keys and objects of a table in key order.
    pub fn scan(
        &self,
        table: &str,
        prefix: &str,
    ) -> impl Iterator<Item = Result<(String, Found), StoreError>> + use<> {
        let skip = table.len() + 1;
        let address = address(table, prefix);
        let settled = self.settled();
        let entries = self.db.as_ref().map(|db| db.scan_prefix(address));
        let entries = entries.into_iter().flatten().map(move |entry| {
            let (address, value) = entry.map_err(|error| failed("read", &error))?;
            let key = address.get(skip..).unwrap_or_default();
            Ok((String::from_utf8_lossy(key).into_owned(), found(value)?))
        });
        settled.err().map(Err).into_iter().chain(entries)
    }

    /// Table, key and object of all there is.
    pub fn everything(
        &self,
    ) -> impl Iterator<Item = Result<(String, String, Found), StoreError>> + use<> {
        let settled = self.settled();
        let entries = self.db.as_ref().map(|db| db.iter());
        let entries = entries.into_iter().flatten().filter_map(|entry| {
            let (address, value) = match entry {
                Ok(entry) => entry,
                Err(error) => return Some(Err(failed("read", &error))),
            };
            let place = address.iter().position(|byte| *byte == 0)?;
            let (table, key) = address.split_at(place);
            if table.is_empty() {
                return None;
            }
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            let key = text(key.get(1..).unwrap_or_default());
            Some(found(value).map(|found| (text(table), key, found)))
        });
        settled.err().map(Err).into_iter().chain(entries)
    }

    /// Takes a batch; when it returns, it can be read.
    pub fn apply(&self, batch: Batch) -> Result<(), StoreError> {
        self.applier
            .give(batch.changes)
            .map_err(|cause| StoreError::Index {
                doing: "write",
                cause,
            })
    }

    /// Has sled be given what was taken; it is by then anyway when somebody waits for it.
    pub fn wake(&self) {
        self.applier.wake();
    }

    /// Returns when all that was taken before is in sled.
    fn settled(&self) -> Result<(), StoreError> {
        self.applier.settle().map_err(|cause| StoreError::Index {
            doing: "read",
            cause,
        })
    }

    /// Writes out what sled holds in memory; without `fsync`.
    ///
    /// After a fault of the disk sled may wait for ever for a write that nobody does any more; that is an
    /// error here.
    pub fn flush(&self) -> Result<(), StoreError> {
        self.applier.flush().map_err(|cause| {
            self.stuck.store(true, Ordering::SeqCst);
            StoreError::Index {
                doing: "flush",
                cause,
            }
        })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its files are deleted when the last reader is done with it.
    pub fn give_up(&self) {
        self.replaced.store(true, Ordering::SeqCst);
    }

    fn db(&self) -> Result<&sled::Db, StoreError> {
        self.db.as_ref().ok_or_else(|| StoreError::Index {
            doing: "use",
            cause: "it is closed".to_owned(),
        })
    }
}

impl Drop for Index {
    fn drop(&mut self) {
        // sled flushes when it is closed, and would wait for ever where this flush fails.
        let stuck = self.stuck.load(Ordering::SeqCst) || self.flush().is_err();
        let stuck = !self.applier.end() || stuck;
        match self.db.take() {
            Some(open) if stuck => std::mem::forget(open),
            closed => drop(closed),
        }
        if self.replaced.load(Ordering::SeqCst) {
            wait_released(&self.path);
            if let Err(error) = std::fs::remove_dir_all(&self.path) {
                log::warn!("an old index could not be deleted: {error}");
            }
        }
    }
}

/// Returns when no dropped [`Index`] holds the directory any more: sled's threads may still
/// write for a moment after.
pub fn wait_released(path: &Path) {
    let started = Instant::now();
    while let Ok(file) = File::open(path.join("db"))
        && file.try_lock().is_err()
        && started.elapsed() < PATIENCE
    {
        thread::sleep(Duration::from_millis(2));
    }
}

/// sled, as the one thread that writes to it sees it.
struct Tree(sled::Db);

impl Keeper<sled::IVec> for Tree {
    /// One by one, so that readers need not wait for all: nobody scans before the batch is through, and
    /// the watermark comes last.
    fn apply(&self, changes: &[Change<sled::IVec>]) -> Result<(), String> {
        for (address, value) in changes {
            let made = match value {
                Some(value) => self.0.insert(address, value),
                None => self.0.remove(address),
            };
            made.map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    fn flush(&self) -> Result<(), String> {
        self.0.flush().map(drop).map_err(|error| error.to_string())
    }
}

/// Changes of one or more commits that become visible together.
#[derive(Default)]
pub struct Batch {
    changes: Vec<Change<sled::IVec>>,
    pub bytes: usize,
}

impl Batch {
    /// Adds a change of the commit `seq`.
    pub fn add(&mut self, change: &IndexChange<'_>, seq: u64) {
        let value = change.value.as_ref().map(|bytes| {
            self.bytes += bytes.len();
            value(seq, bytes)
        });
        self.changes
            .push((address(change.table, change.key), value));
    }

    /// Adds a commit read back from the journal.
    pub fn replay(&mut self, line: &Line<'_>) {
        for change in line.ops.iter().filter_map(index_change) {
            self.add(&change, line.seq);
        }
        self.mark(line.seq, line.sum);
    }

    /// Says up to which commit the journal is applied with this batch.
    pub fn mark(&mut self, seq: u64, sum: &str) {
        self.bytes += sum.len();
        let mark = Some(value(seq, sum.as_bytes()));
        self.changes.push((WATERMARK.to_vec(), mark));
    }
}

/// sled 0.34 may panic on a damaged directory, which must not end the program: it is rebuilt.
fn open_once(path: &Path) -> Result<sled::Db, String> {
    let config = sled::Config::new()
        .path(path)
        .cache_capacity(CACHE_BYTES)
        .flush_every_ms(Some(FLUSH_MILLISECONDS));
    match catch_unwind(AssertUnwindSafe(|| config.open())) {
        Ok(opened) => opened.map_err(|error| error.to_string()),
        Err(_) => Err("its files are damaged".to_owned()),
    }
}

fn address(table: &str, key: &str) -> Vec<u8> {
    let mut address = Vec::with_capacity(table.len() + 1 + key.len());
    address.extend_from_slice(table.as_bytes());
    address.push(0);
    address.extend_from_slice(key.as_bytes());
    address
}

fn value(revision: u64, bytes: &[u8]) -> sled::IVec {
    [revision.to_be_bytes().as_slice(), bytes].concat().into()
}

fn found(value: sled::IVec) -> Result<Found, StoreError> {
    match value.first_chunk::<8>() {
        Some(revision) => Ok(Found {
            revision: u64::from_be_bytes(*revision),
            value,
        }),
        None => Err(StoreError::Index {
            doing: "read",
            cause: "an entry is too short".to_owned(),
        }),
    }
}

fn failed(doing: &'static str, error: &sled::Error) -> StoreError {
    StoreError::Index {
        doing,
        cause: error.to_string(),
    }
}
