//! Puts a backup back, and compares what was put back with what the backup says, kind by kind.
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io::{BufReader, BufWriter, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::mend::Lost;
use super::tally::{Kind, KindSum, content};
use super::write::file_names;
use super::{BackupError, End, FILES, Item, read_backup};
use crate::store::disk::sync_tree;
use crate::store::open::note;
use crate::store::read::Segment;
use crate::store::state::State;
use crate::store::{Ground, Keys, Store, sync_dir};

/// One kind, as the backup says and as it was found after putting it back.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Row {
    pub kind: String,
    pub said: Kind,
    pub found: Kind,
}

impl Row {
    pub fn is_equal(&self) -> bool {
        self.said == self.found
    }
}

/// What a backup says beside what was found.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Proof {
    pub made: String,
    pub commits: u64,
    /// The last commit's checksum, checked along the whole chain.
    pub chain: String,
    pub rows: Vec<Row>,
    pub files: Row,
    /// What was damaged already when the backup was taken.
    pub lost: Vec<Lost>,
}

impl Proof {
    pub fn holds(&self) -> bool {
        self.files.is_equal() && self.rows.iter().all(Row::is_equal)
    }
}

/// Puts a backup into `data`, which must be absent or empty; it appears whole or not at all.
pub fn restore(backup: &Path, data: &Path, keys: &Keys) -> Result<Proof, BackupError> {
    let taken = fs::read_dir(data).is_ok_and(|mut entries| entries.next().is_some());
    if taken {
        return Err(BackupError::Exists(data.to_owned()));
    }
    let name = data.file_name().unwrap_or_default().to_string_lossy();
    let scratch = data.with_file_name(format!(".{name}.restoring"));
    if scratch.exists() {
        fs::remove_dir_all(&scratch)
            .map_err(|error| BackupError::io("clear away", &scratch, error))?;
    }
    let proof = prove(backup, &scratch, keys)?;
    if !proof.holds() {
        let _ = fs::remove_dir_all(&scratch);
        return Err(BackupError::Unequal(Box::new(proof)));
    }
    sync_tree(&scratch)
        .and_then(|()| fs::rename(&scratch, data))
        .map_err(|error| BackupError::io("put in place", data, error))?;
    let above = data.parent().filter(|above| !above.as_os_str().is_empty());
    sync_dir(above.unwrap_or(Path::new(".")))
        .map_err(|error| BackupError::io("sync", data, error))?;
    Ok(proof)
}

/// Puts a backup into a new directory, starts a store on it and compares.
///
/// `keys` are those that the backup's documents were encrypted with, if they were.
pub fn prove(backup: &Path, scratch: &Path, keys: &Keys) -> Result<Proof, BackupError> {
    let file = File::open(backup).map_err(|error| BackupError::io("read", backup, error))?;
    let mut placing = Placing::begin(scratch)?;
    read_backup(BufReader::with_capacity(1 << 20, file), |item| {
        placing.take(item)
    })?;
    let (made, end) = placing.finish()?;
    let found = found_in(scratch, keys)?;
    let kinds: BTreeSet<&String> = end.documents.keys().chain(found.documents.keys()).collect();
    let kind =
        |kinds: &BTreeMap<String, Kind>, name: &str| kinds.get(name).cloned().unwrap_or_default();
    let rows = kinds
        .iter()
        .map(|name| Row {
            kind: (*name).clone(),
            said: kind(&end.documents, name),
            found: kind(&found.documents, name),
        })
        .collect();
    Ok(Proof {
        made,
        commits: end.commits,
        chain: end.chain,
        rows,
        files: Row {
            kind: FILES.to_owned(),
            said: end.files,
            found: found.files,
        },
        lost: end.lost,
    })
}

struct Found {
    documents: BTreeMap<String, Kind>,
    files: Kind,
}

/// What a store started on the directory has, and the files on the disk.
fn found_in(dir: &Path, keys: &Keys) -> Result<Found, BackupError> {
    let ground = Ground {
        keys: keys.clone(),
        ..Ground::default()
    };
    let store = Store::open_on(dir, ground)?;
    store.verify()?;
    let documents = store.kinds()?;
    drop(store);
    let mut sum = KindSum::default();
    for name in file_names(dir)? {
        let path = dir.join(&name);
        let bytes = fs::read(&path).map_err(|error| BackupError::io("read", &path, error))?;
        sum.add(&name, &content(&bytes));
    }
    Ok(Found {
        documents,
        files: sum.kind(),
    })
}

/// Writes a journal's files anew from its lines.
pub(super) struct JournalFiles {
    dir: PathBuf,
    number: u64,
    file: Option<BufWriter<File>>,
}

impl JournalFiles {
    pub(super) fn begin(dir: PathBuf) -> Result<Self, BackupError> {
        create_private(&dir)?;
        Ok(Self {
            dir,
            number: 0,
            file: None,
        })
    }

    pub(super) fn line(&mut self, raw: &[u8], is_header: bool) -> Result<(), BackupError> {
        if is_header || self.file.is_none() {
            self.close()?;
            self.number += 1;
            let path = Segment::numbered(&self.dir, self.number).path;
            let file = create(&path)?;
            self.file = Some(BufWriter::with_capacity(1 << 20, file));
        }
        let Some(file) = &mut self.file else {
            return Ok(());
        };
        file.write_all(raw)
            .map_err(|error| BackupError::io("write", &self.dir, error))
    }

    pub(super) fn close(&mut self) -> Result<(), BackupError> {
        let Some(file) = self.file.take() else {
            return Ok(());
        };
        file.into_inner()
            .map_err(std::io::IntoInnerError::into_error)
            .and_then(|file| file.sync_all())
            .map_err(|error| BackupError::io("write", &self.dir, error))
    }
}

struct Placing {
    dir: PathBuf,
    journal: JournalFiles,
    made: String,
    end: Option<End>,
}

impl Placing {
    fn begin(dir: &Path) -> Result<Self, BackupError> {
        create_private(dir)?;
        Ok(Self {
            dir: dir.to_owned(),
            journal: JournalFiles::begin(dir.join("journal"))?,
            made: String::new(),
            end: None,
        })
    }

    fn take(&mut self, item: Item<'_>) -> Result<(), BackupError> {
        match item {
            Item::Start(start) => self.made = start.made,
            Item::Header(raw) => self.journal.line(raw, true)?,
            Item::Commit(_, raw) => self.journal.line(raw, false)?,
            Item::File(name, bytes) => {
                create_private(&self.dir.join(FILES))?;
                let path = self.dir.join(name);
                let mut file = create(&path)?;
                file.write_all(&bytes)
                    .and_then(|()| file.sync_all())
                    .map_err(|error| BackupError::io("write", &path, error))?;
            }
            Item::End(end) => self.end = Some(end),
        }
        Ok(())
    }

    fn finish(mut self) -> Result<(String, End), BackupError> {
        self.journal.close()?;
        let end = self.end.ok_or(BackupError::Damaged {
            line: 0,
            what: "it has no last line".into(),
        })?;
        note(&self.dir, &State::with_suspect_index(end.last))?;
        Ok((self.made, end))
    }
}

fn create(path: &Path) -> Result<File, BackupError> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(|error| BackupError::io("create", path, error))
}

pub(super) fn create_private(dir: &Path) -> Result<(), BackupError> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(dir)
        .map_err(|error| BackupError::io("create the directory", dir, error))
}
