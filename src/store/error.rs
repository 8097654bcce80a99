//! How the store says no: at opening and reading, and at writing.
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Opening or reading failed; every text names the file or document and what to do.
#[derive(Debug)]
#[non_exhaustive]
pub enum StoreError {
    /// Another process has this data directory open.
    InUse { dir: PathBuf },
    Io {
        doing: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    /// Acknowledged lines of the journal can't be read; nothing was changed.
    Damaged {
        file: PathBuf,
        line: u64,
        seq: u64,
        what: String,
    },
    /// The journal ends before a line that is known to have been on stable storage.
    Short {
        dir: PathBuf,
        expected: u64,
        found: u64,
    },
    /// A newer program wrote this journal.
    NewerFormat { file: PathBuf, format: u32 },
    /// A newer program has used this directory; nothing was changed.
    NewerProgram {
        dir: PathBuf,
        wrote: String,
        this: &'static str,
    },
    /// The directory is encrypted with a key that was not given; nothing was changed.
    KeyMissing {
        dir: PathBuf,
        wanted: String,
        given: Vec<String>,
    },
    Unreadable {
        table: &'static str,
        key: String,
        cause: String,
    },
    /// The index failed; it is rebuilt from the journal at the next start.
    Index { doing: &'static str, cause: String },
}

impl StoreError {
    pub(super) fn io(doing: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Io {
            doing,
            path: path.to_owned(),
            source,
        }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InUse { dir } => write!(
                out,
                "the data directory {} is already in use by another process; \
                 stop that one or choose another directory",
                dir.display()
            ),
            Self::Io {
                doing,
                path,
                source,
            } => write!(out, "could not {doing} {}: {source}", path.display()),
            Self::Damaged {
                file,
                line,
                seq,
                what,
            } => write!(
                out,
                "the journal {} is damaged at line {line} (commit {seq}): {what}; \
                 nothing was changed, restore the file from a backup",
                file.display()
            ),
            Self::Short {
                dir,
                expected,
                found,
            } => write!(
                out,
                "the journal in {} ends at commit {found}, but commit {expected} was once on \
                 stable storage; nothing was changed, restore the missing file from a backup",
                dir.display()
            ),
            Self::NewerFormat { file, format } => write!(
                out,
                "the journal {} has format {format}, which this program does not know; \
                 use the newer program",
                file.display()
            ),
            Self::NewerProgram { dir, wrote, this } => write!(
                out,
                "the data directory {} was last used by Samsvar {wrote}, and this is {this}; \
                 nothing was changed. Use the newer program, or go back with samsvar downgrade",
                dir.display()
            ),
            Self::KeyMissing { dir, wanted, given } => write!(
                out,
                "the data directory {} is encrypted with key {wanted}, and {}; nothing was changed. \
                 Name the file that holds it with key_file (SAMSVAR_KEY_FILE)\n\
                 Data er krypteret med nøgle {wanted}, som ikke er fundet. Intet er ændret. \
                 Angiv den rigtige nøglefil med key_file.",
                dir.display(),
                if given.is_empty() {
                    "no key was given".to_owned()
                } else {
                    format!("only {} was given", given.join(", "))
                }
            ),
            Self::Unreadable { table, key, cause } => {
                write!(out, "the document {table}/{key} can not be read: {cause}")
            }
            Self::Index { doing, cause } => write!(
                out,
                "could not {doing} the index: {cause}; \
                 a restart rebuilds it from the journal, which is unharmed"
            ),
        }
    }
}

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io { source, .. } => Some(source),
            _ => None,
        }
    }
}

/// A commit was not made, or can't be promised to have been made.
#[derive(Debug)]
#[non_exhaustive]
pub enum CommitError {
    /// Somebody else wrote in between (or the key is taken); nothing was saved.
    Conflict { table: &'static str, key: String },
    /// Too little room is left on the disk; nothing was saved.
    Full { free: u64 },
    /// The journal line could not be written; nothing was saved.
    Disk(io::Error),
    /// The disk did not confirm the write: it may or may not be found after a restart.
    Sync(String),
    /// An earlier fault stopped all writing until the next start; nothing was saved.
    Poisoned { because: String },
    /// More than one journal line may hold; nothing was saved.
    TooLarge { bytes: usize, most: usize },
    /// A document that can't be stored; a fault in the program. Nothing was saved.
    Invalid { table: &'static str, cause: String },
    /// The preconditions could not be read; nothing was saved.
    Read(StoreError),
}

impl CommitError {
    /// What the visitor is told, in Danish.
    pub fn for_visitor(&self) -> &'static str {
        match self {
            Self::Conflict { .. } => {
                "Intet er gemt: Indholdet er ændret et andet sted i mellemtiden. \
                 Genindlæs siden, og prøv igen."
            }
            Self::Full { .. } | Self::Disk(_) => {
                "Intet er gemt: Serverens disk er fuld eller svarer ikke. \
                 Prøv igen senere; den ansvarlige skal skaffe plads på disken."
            }
            Self::Sync(_) => {
                "Det kan ikke bekræftes, at det er gemt: Serverens disk svarer ikke. \
                 Prøv igen senere, og kontrollér, hvad der er gemt."
            }
            Self::TooLarge { .. } => "Intet er gemt: Indholdet fylder for meget.",
            Self::Poisoned { .. } | Self::Invalid { .. } | Self::Read(_) => {
                "Intet er gemt: Der er en fejl på serveren. Prøv igen senere."
            }
        }
    }

    /// The same for another commit of the group it befell.
    pub(super) fn again(&self) -> Self {
        match self {
            Self::Full { free } => Self::Full { free: *free },
            Self::Disk(error) => Self::Disk(io::Error::new(error.kind(), error.to_string())),
            Self::Sync(cause) => Self::Sync(cause.clone()),
            Self::Poisoned { because } => Self::Poisoned {
                because: because.clone(),
            },
            other => Self::Sync(other.to_string()),
        }
    }

    /// Whether the same commit may succeed later without anybody changing it.
    pub fn is_temporary(&self) -> bool {
        matches!(self, Self::Full { .. } | Self::Disk(_))
    }
}

impl fmt::Display for CommitError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conflict { table, key } => write!(
                out,
                "nothing was saved: {table}/{key} was changed in between"
            ),
            Self::Full { free } => write!(
                out,
                "nothing was saved: only {} MiB are left on the disk; make room, \
                 no restart is needed",
                free >> 20
            ),
            Self::Disk(source) => write!(
                out,
                "nothing was saved: the journal could not be written: {source}"
            ),
            Self::Sync(cause) => write!(
                out,
                "not known to be saved: the disk did not confirm the write ({cause}); \
                 check the disk and restart"
            ),
            Self::Poisoned { because } => write!(
                out,
                "nothing was saved: writing stopped after an earlier fault ({because}); \
                 check the disk; where only the index failed it is made anew as soon as there is room, else restart"
            ),
            Self::TooLarge { bytes, most } => write!(
                out,
                "nothing was saved: the commit takes {bytes} bytes, at most {most} are allowed"
            ),
            Self::Invalid { table, cause } => {
                write!(out, "nothing was saved: a document of {table}: {cause}")
            }
            Self::Read(source) => write!(out, "nothing was saved: {source}"),
        }
    }
}

impl std::error::Error for CommitError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Disk(source) => Some(source),
            Self::Read(source) => Some(source),
            _ => None,
        }
    }
}
