//! The journal's way out and back: one line-delimited format for backups and for leaving.
//!
//! `docs/journal.md` describes it for whoever has no Samsvar. A backup is a first line, the
//! journal's own lines byte for byte, the attachments, and a last line that says what is in it,
//! kind by kind. What a document holds is never looked at.
mod everything;
mod mend;
mod reader;
mod restore;
mod source;
mod tally;
mod write;

pub use everything::{Documents, write_everything};
pub use mend::{Lost, mend};
pub use reader::{Item, read_backup};
pub use restore::{Proof, Row, prove, restore};
pub use source::{Source, begin_at_rest};
pub use tally::Kind;
pub(super) use tally::KindSum;
pub use write::{Summary, write_backup};

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::StoreError;
use super::line::{SUM_MARK, hex_of};

/// The format of backups that this program writes.
pub const BACKUP_FORMAT: u32 = 1;

/// The only directory beside the journal that can't be made from it.
pub const FILES: &str = "attachments";

/// What was erased, kept beside the journal so that an older backup can forget it again.
pub const ERASURES: &str = "erasures.jsonl";

/// A backup's first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    pub samsvar_backup: u32,
    /// RFC 3339, UTC.
    pub made: String,
    /// The version of the program that wrote it.
    pub program: String,
}

/// A file beside the journal; its bytes are as they lie in the data directory.
#[derive(Debug, Serialize, Deserialize)]
struct FileLine {
    file: String,
    sha256: String,
    base64: String,
}

/// A backup's last line: without it the backup is not whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    pub commits: u64,
    /// The last commit's number and checksum; the latter stands for the whole chain.
    pub last: u64,
    pub chain: String,
    /// By table: what there is once every commit is made.
    pub documents: BTreeMap<String, Kind>,
    pub files: Kind,
    /// What was damaged in the source and left out, because that was asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lost: Vec<Lost>,
}

/// Why a backup, a restoration or a rebuilding did not come about.
#[derive(Debug)]
#[non_exhaustive]
pub enum BackupError {
    /// The data directory could not be read or opened.
    Store(StoreError),
    Io {
        doing: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    /// A line of the backup is not what was written.
    Damaged { line: u64, what: String },
    /// A newer program wrote it.
    NewerFormat(u32),
    /// Something is there already.
    Exists(PathBuf),
    /// What was restored is not what the backup says, although every line is.
    Unequal(Box<Proof>),
}

impl BackupError {
    fn io(doing: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Io {
            doing,
            path: path.to_owned(),
            source,
        }
    }
}

impl From<StoreError> for BackupError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl fmt::Display for BackupError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(error) => error.fmt(out),
            Self::Io {
                doing,
                path,
                source,
            } => write!(out, "could not {doing} {}: {source}", path.display()),
            Self::Damaged { line, what } => write!(
                out,
                "the backup is damaged at line {line}: {what}; use another backup"
            ),
            Self::NewerFormat(format) => write!(
                out,
                "the backup has format {format}, which this program does not know; \
                 use the newer program"
            ),
            Self::Exists(path) => write!(
                out,
                "{} is there already and is not overwritten; name another place",
                path.display()
            ),
            Self::Unequal(_) => {
                out.write_str("what was restored is not what the backup says; use another backup")
            }
        }
    }
}

impl std::error::Error for BackupError {}

/// The line of a value, closed by its checksum as a journal file's first line is.
fn sealed(value: &impl Serialize) -> io::Result<String> {
    let mut text = serde_json::to_string(value)?;
    text.pop();
    let sum = hex_of(text.as_bytes());
    text.push_str(SUM_MARK);
    text.push_str(&sum);
    text.push_str("\"}\n");
    Ok(text)
}
