//! A small note of how the last process left the data directory, so that the next one knows
//! what it may believe.
//!
//! After a good ending everything is on stable storage. After a killed process the page cache
//! still has every finished write, as long as the machine has not restarted; the boot id tells.
//! After a power cut only what was synced counts: the journal's acknowledged lines, not sled.
use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::disk::replace_file;
use super::journal::Known;

#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// The kernel's boot id when the note was written; empty when it has none.
    boot: String,
    closed: bool,
    /// This commit was on stable storage.
    durable: u64,
    /// The index has failed to read or write.
    index_suspect: bool,
}

impl State {
    /// A note that is missing or unreadable is one that promises nothing.
    pub fn read(path: &Path) -> Self {
        fs::read(path)
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default()
    }

    pub fn open(durable: u64) -> Self {
        Self {
            boot: boot_id(),
            durable,
            ..Self::default()
        }
    }

    pub fn closed(durable: u64) -> Self {
        Self {
            closed: true,
            ..Self::open(durable)
        }
    }

    pub fn with_suspect_index(durable: u64) -> Self {
        Self {
            index_suspect: true,
            ..Self::open(durable)
        }
    }

    pub fn write(&self, path: &Path) -> io::Result<()> {
        let json = serde_json::to_vec(self).map_err(io::Error::other)?;
        replace_file(path, &json)
    }

    pub fn known(&self) -> Known {
        Known {
            durable: self.durable,
            closed: self.closed,
            same_boot: self.same_boot(),
        }
    }

    pub fn may_trust_index(&self) -> bool {
        (self.closed || self.same_boot()) && !self.index_suspect
    }

    fn same_boot(&self) -> bool {
        !self.boot.is_empty() && self.boot == boot_id()
    }
}

fn boot_id() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id")
        .map(|id| id.trim().to_owned())
        .unwrap_or_default()
}
