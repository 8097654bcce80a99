//! Where a backup is taken from: a data directory at rest, or one in use up to a commit.
use std::fs::File;
use std::path::{Path, PathBuf};

use crate::store::StoreError;
use crate::store::journal::good_end;
use crate::store::open::lock;
use crate::store::read::segments;
use crate::store::state::State;

/// A journal that may be read up to a commit.
pub struct Source {
    pub dir: PathBuf,
    /// The last commit that belongs to the backup.
    pub up_to: u64,
    /// This commit was on stable storage when the directory was last opened or asked.
    pub known: u64,
    /// Held for a directory at rest, so that nobody starts on it meanwhile.
    _lock: Option<File>,
}

impl Source {
    /// Of a directory that another process has open, which says that `up_to` is durable.
    pub fn in_use(dir: &Path, up_to: u64) -> Self {
        Self {
            dir: dir.to_owned(),
            up_to,
            known: up_to,
            _lock: None,
        }
    }

    /// All there is, whatever can be read of it; for mending.
    pub fn whole(dir: &Path) -> Result<Self, StoreError> {
        Ok(Self {
            dir: dir.to_owned(),
            up_to: u64::MAX,
            known: State::read(&dir.join("state.json")).known().durable,
            _lock: Some(lock(dir)?),
        })
    }

    pub fn journal(&self) -> PathBuf {
        self.dir.join("journal")
    }
}

/// Of a directory that nobody has open; nothing in it is changed.
pub fn begin_at_rest(dir: &Path) -> Result<Source, StoreError> {
    let mut source = Source::whole(dir)?;
    let known = State::read(&dir.join("state.json")).known();
    let mut files = segments(&source.journal())?;
    source.up_to = 0;
    while let Some(last) = files.pop() {
        if let Some(end) = good_end(&last, known)? {
            source.up_to = end.seq;
            break;
        }
    }
    if source.up_to < known.durable {
        return Err(StoreError::Short {
            dir: source.journal(),
            expected: known.durable,
            found: source.up_to,
        });
    }
    Ok(source)
}
