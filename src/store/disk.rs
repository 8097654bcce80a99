//! The few things asked of the disk, so that tests can put a failing one in its place.
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

/// The disk under the journal.
pub trait Disk: Send + Sync {
    /// Writes all bytes at the end of a file opened for appending.
    fn append(&self, file: &File, bytes: &[u8]) -> io::Result<()>;

    /// Returns when everything written to the file is on stable storage.
    fn sync(&self, file: &File) -> io::Result<()>;

    /// Bytes that an ordinary user may still write in this directory.
    fn free(&self, dir: &Path) -> io::Result<u64>;
}

/// The operating system's disk.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemDisk;

impl Disk for SystemDisk {
    fn append(&self, mut file: &File, bytes: &[u8]) -> io::Result<()> {
        file.write_all(bytes)
    }

    fn sync(&self, file: &File) -> io::Result<()> {
        file.sync_data()
    }

    fn free(&self, dir: &Path) -> io::Result<u64> {
        let found = rustix::fs::statvfs(dir)?;
        Ok(found.f_bavail.saturating_mul(found.f_frsize))
    }
}

/// A new name in a directory is only safe once the directory itself is synced.
pub fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

/// Puts a whole file in place, so that after a power cut the old or the new one is there.
pub fn replace_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // Two writers of one name must not share a scratch file.
    static WRITERS: AtomicU64 = AtomicU64::new(0);
    let scratch = path.with_extension(format!("{}.new", WRITERS.fetch_add(1, Ordering::Relaxed)));
    let written = write_synced(&scratch, bytes).and_then(|()| fs::rename(&scratch, path));
    if written.is_err() {
        // The fault that counts is the first one; a scratch file is overwritten next time.
        let _ = fs::remove_file(&scratch);
        return written;
    }
    path.parent().map_or(Ok(()), sync_dir)
}

fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Syncs every file below a directory, and the directories.
pub(super) fn sync_tree(dir: &Path) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sync_tree(&entry.path())?;
        } else {
            File::open(entry.path())?.sync_all()?;
        }
    }
    sync_dir(dir)
}
