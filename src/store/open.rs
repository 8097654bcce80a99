//! Brings a data directory into use: alone, with its journal's end and its index believed only
//! as far as they may be.
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::disk::sync_dir;
use super::index::{self, Batch, Index};
use super::journal::{AppendError, Journal};
use super::line::{FORMAT, SCRATCH};
use super::read;
use super::state::State;
use super::{Ground, StoreError, upgrade};

/// How much is replayed into the index at a time.
const REPLAY_BYTES: usize = 4 << 20;

/// A directory that is ours as long as `lock` lives.
pub struct Opened {
    pub lock: File,
    pub journal: Journal,
    pub index: Index,
}

pub fn open(dir: &Path, ground: &Ground) -> Result<Opened, StoreError> {
    refuse_before_anything_is_touched(dir, ground)?;
    create_private(dir)?;
    let lock = lock(dir)?;
    let aside = dir.join("set-aside");
    upgrade::tidy(dir)?;
    create_private(&dir.join("journal"))?;
    create_private(&aside)?;
    clear_scratch(&dir.join("journal"))?;
    let state = State::read(&dir.join("state.json"));
    let journal = open_journal(dir, ground, &state, &aside)?;
    let trusted = state.may_trust_index();
    if !trusted {
        // Else a second start, after a kill during the rebuilding, would believe it.
        note(dir, &State::with_suspect_index(journal.seq))?;
    }
    let index = open_index(dir, &journal, trusted)?;
    note(dir, &State::open(journal.seq))?;
    upgrade::note_program(dir, ground.program)?;
    Ok(Opened {
        lock,
        journal,
        index,
    })
}

fn refuse_before_anything_is_touched(dir: &Path, ground: &Ground) -> Result<(), StoreError> {
    if let Some(wrote) = upgrade::newer_program(dir, ground.program) {
        return Err(StoreError::NewerProgram {
            dir: dir.to_owned(),
            wrote,
            this: ground.program,
        });
    }
    let journal = dir.join("journal");
    if !journal.is_dir() {
        return Ok(());
    }
    for segment in read::segments(&journal)? {
        // One that can't be read is looked at, and perhaps mended, later on.
        let key = read::Lines::open(&segment.path)
            .ok()
            .and_then(|l| l.header.key);
        if let Some(wanted) = key.filter(|key| !ground.keys.ids().any(|id| id == key)) {
            return Err(StoreError::KeyMissing {
                dir: dir.to_owned(),
                wanted,
                given: ground.keys.ids().map(str::to_owned).collect(),
            });
        }
    }
    Ok(())
}

/// The journal in this program's format, its newest file under the key that writes.
fn open_journal(
    dir: &Path,
    ground: &Ground,
    state: &State,
    aside: &Path,
) -> Result<Journal, StoreError> {
    let place = dir.join("journal");
    let again = || {
        Journal::open(
            &place,
            Arc::clone(&ground.disk),
            ground.segment_bytes,
            state.known(),
            aside,
        )
    };
    let mut journal = again()?;
    let older_format = journal.format < FORMAT;
    if journal.seq > 0 && (older_format || upgrade::is_older(dir, ground.program)) {
        upgrade::snapshot(dir, ground.program)?;
    }
    if older_format {
        drop(journal);
        upgrade::convert(dir, ground.segment_bytes, &ground.keys)?;
        journal = again()?;
    }
    if journal.key.as_deref() != ground.keys.current() {
        journal.rotate(&ground.keys).map_err(|error| {
            let (AppendError::Refused(cause)
            | AppendError::Broken(cause)
            | AppendError::Unconfirmed(cause)) = error;
            StoreError::io("begin a new file in", &place, cause)
        })?;
    }
    Ok(journal)
}

/// What is left of rewriting when the program was killed; the files themselves are whole.
fn clear_scratch(journal: &Path) -> Result<(), StoreError> {
    let failed = |error| StoreError::io("clear", journal, error);
    for entry in fs::read_dir(journal).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|ending| ending == SCRATCH) {
            fs::remove_file(path).map_err(failed)?;
        }
    }
    Ok(())
}

/// Tells the next start how things are.
pub fn note(dir: &Path, state: &State) -> Result<(), StoreError> {
    let path = dir.join("state.json");
    state
        .write(&path)
        .map_err(|error| StoreError::io("write", &path, error))
}

/// Creates a directory whose name survives a power cut, and those above it that are missing.
pub fn create_private(dir: &Path) -> Result<(), StoreError> {
    if dir.is_dir() {
        return Ok(());
    }
    let above = match dir.parent() {
        Some(above) if !above.as_os_str().is_empty() => above,
        _ => Path::new("."),
    };
    create_private(above)?;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .and_then(|()| sync_dir(above))
        .map_err(|error| StoreError::io("create the directory", dir, error))
}

pub fn lock(dir: &Path) -> Result<File, StoreError> {
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

/// The index, up to date with the journal; rebuilt if it may not or can not be believed.
fn open_index(dir: &Path, journal: &Journal, trusted: bool) -> Result<Index, StoreError> {
    let mut found = indexes(dir);
    let path = found.pop().unwrap_or_else(|| dir.join("index"));
    for replaced in found {
        fs::remove_dir_all(&replaced)
            .map_err(|error| StoreError::io("delete the old index", &replaced, error))?;
    }
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
    new_index(dir, &path, journal.seq)
}

/// Makes an index from the journal's commits up to one of them.
pub fn new_index(dir: &Path, path: &Path, up_to: u64) -> Result<Index, StoreError> {
    create_private(path)?;
    let index = Index::open(path)?;
    replay(dir, &index, 0, up_to)?;
    Ok(index)
}

/// Brings an index of this journal up to date.
pub fn catch_up(dir: &Path, index: &Index, up_to: u64) -> Result<(), StoreError> {
    let from = index.watermark()?.map_or(0, |mark| mark.seq);
    replay(dir, index, from, up_to)
}

/// The index's directories, the newest last: `index`, or `index-N` after N erasures. More than one
/// is there only while the newest is taking over.
pub fn indexes(dir: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(dir) else {
        return Vec::new();
    };
    let mut found: Vec<_> = entries
        .flatten()
        .filter_map(|entry| Some((generation(&entry.path())?, entry.path())))
        .collect();
    found.sort();
    found.into_iter().map(|(_, path)| path).collect()
}

/// Where the next index is made.
pub fn next_index(dir: &Path, current: Option<&Path>) -> PathBuf {
    let next = current.and_then(generation).unwrap_or_default() + 1;
    dir.join(format!("index-{next}"))
}

fn generation(path: &Path) -> Option<u64> {
    match path.file_name()?.to_str()?.strip_prefix("index")? {
        "" => Some(0),
        rest => rest.strip_prefix('-')?.parse().ok(),
    }
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
    index.apply(batch)?;
    index.wake();
    Ok(())
}
