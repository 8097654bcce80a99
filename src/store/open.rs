//! Brings a data directory into use: alone, with its journal's end and its index believed only
//! as far as they may be.
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::Arc;

use super::StoreError;
use super::disk::{Disk, sync_dir};
use super::index::{self, Batch, Index};
use super::journal::Journal;
use super::read;
use super::state::State;

/// How much is replayed into the index at a time.
const REPLAY_BYTES: usize = 4 << 20;

/// A directory that is ours as long as `lock` lives.
pub struct Opened {
    pub lock: File,
    pub journal: Journal,
    pub index: Index,
}

pub fn open(dir: &Path, disk: Arc<dyn Disk>, segment_bytes: u64) -> Result<Opened, StoreError> {
    create_private(dir)?;
    let lock = lock(dir)?;
    let aside = dir.join("set-aside");
    create_private(&dir.join("journal"))?;
    create_private(&aside)?;
    let state = State::read(&dir.join("state.json"));
    let journal = Journal::open(
        &dir.join("journal"),
        disk,
        segment_bytes,
        state.known(),
        &aside,
    )?;
    let trusted = state.may_trust_index();
    if !trusted {
        // Else a second start, after a kill during the rebuilding, would believe it.
        note(dir, &State::with_suspect_index(journal.seq))?;
    }
    let index = open_index(dir, &journal, trusted)?;
    note(dir, &State::open(journal.seq))?;
    Ok(Opened {
        lock,
        journal,
        index,
    })
}

/// Tells the next start how things are.
pub fn note(dir: &Path, state: &State) -> Result<(), StoreError> {
    let path = dir.join("state.json");
    state
        .write(&path)
        .map_err(|error| StoreError::io("write", &path, error))
}

/// Creates a directory whose name survives a power cut, and those above it that are missing.
fn create_private(dir: &Path) -> Result<(), StoreError> {
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
