//! Writes a backup: the journal's lines as they are, then the files, then what it all amounts to.
use std::fs::{self, OpenOptions};
use std::io::{BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, SecondsFormat, Utc};

use super::mend::{Lost, Mending};
use super::source::Source;
use super::tally::{Kind, KindSum, Tally, content};
use super::{BACKUP_FORMAT, BackupError, ERASURES, End, FILES, FileLine, Start, sealed};
use crate::store::line::{NO_SUM, hex};
use crate::store::read::{Piece, each_piece};
use crate::store::{StoreError, sync_dir};

/// What a backup holds.
#[derive(Debug, Clone)]
pub struct Summary {
    pub path: PathBuf,
    pub bytes: u64,
    pub end: End,
}

/// Writes a backup of `source` to `path`, which must not be there; it appears whole or not at all.
///
/// Damaged lines are left out only with `skip_damaged`; the last line of the backup lists them.
pub fn write_backup(
    source: &Source,
    path: &Path,
    now: DateTime<Utc>,
    skip_damaged: bool,
) -> Result<Summary, BackupError> {
    if path.exists() {
        return Err(BackupError::Exists(path.to_owned()));
    }
    let partial = path.with_extension("partial");
    let failed = |error| BackupError::io("write", &partial, error);
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&partial)
        .map_err(failed)?;
    let mut out = Counted {
        inner: BufWriter::with_capacity(1 << 20, file),
        bytes: 0,
        partial: &partial,
    };
    let written = write_lines(source, &mut out, now, skip_damaged).and_then(|end| {
        let bytes = out.bytes;
        let file = out
            .inner
            .into_inner()
            .map_err(|error| failed(error.into_error()))?;
        file.sync_all().map_err(failed)?;
        fs::rename(&partial, path).map_err(|error| BackupError::io("name", path, error))?;
        let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty());
        sync_dir(dir.unwrap_or(Path::new(".")))
            .map_err(|error| BackupError::io("sync", path, error))?;
        Ok(Summary {
            path: path.to_owned(),
            bytes,
            end,
        })
    });
    if written.is_err() {
        // The fault that counts is the first one.
        let _ = fs::remove_file(&partial);
    }
    written
}

struct Counted<'a, W: Write> {
    inner: W,
    bytes: u64,
    partial: &'a Path,
}

impl<W: Write> Counted<'_, W> {
    fn put(&mut self, bytes: &[u8]) -> Result<(), BackupError> {
        self.bytes += bytes.len() as u64;
        self.inner
            .write_all(bytes)
            .map_err(|error| BackupError::io("write", self.partial, error))
    }
}

fn write_lines<W: Write>(
    source: &Source,
    out: &mut Counted<'_, W>,
    now: DateTime<Utc>,
    skip_damaged: bool,
) -> Result<End, BackupError> {
    let start = Start {
        samsvar_backup: BACKUP_FORMAT,
        made: now.to_rfc3339_opts(SecondsFormat::Secs, true),
        program: env!("CARGO_PKG_VERSION").to_owned(),
    };
    out.put(
        sealed(&start)
            .map_err(|error| BackupError::io("write", out.partial, error))?
            .as_bytes(),
    )?;
    let mut end = if skip_damaged {
        write_mended(source, out)?
    } else {
        write_journal(source, out)?
    };
    end.files = write_files(&source.dir, out)?;
    out.put(
        sealed(&Ending { end: &end })
            .map_err(|error| BackupError::io("write", out.partial, error))?
            .as_bytes(),
    )?;
    Ok(end)
}

#[derive(serde::Serialize)]
struct Ending<'a> {
    end: &'a End,
}

fn write_journal<W: Write>(source: &Source, out: &mut Counted<'_, W>) -> Result<End, BackupError> {
    let mut tally = Tally::default();
    let (mut commits, mut chain) = (0, NO_SUM.to_owned());
    let mut fault = None;
    let last = each_piece(&source.journal(), 0, source.up_to, |piece| {
        let written = match piece {
            Piece::Header(raw) => out.put(raw),
            Piece::Commit(line, raw) => {
                tally.take(line);
                commits += 1;
                line.sum.clone_into(&mut chain);
                out.put(raw)
            }
        };
        written.map_err(|error| {
            fault = Some(error);
            StoreError::Index {
                doing: "write",
                cause: String::new(),
            }
        })
    });
    if let Some(fault) = fault {
        return Err(fault);
    }
    let last = last?;
    if last < source.up_to {
        return Err(StoreError::Short {
            dir: source.journal(),
            expected: source.up_to,
            found: last,
        }
        .into());
    }
    Ok(End {
        commits,
        last,
        chain,
        documents: tally.kinds(),
        files: Kind::default(),
        lost: Vec::new(),
    })
}

fn write_mended<W: Write>(source: &Source, out: &mut Counted<'_, W>) -> Result<End, BackupError> {
    let mut tally = Tally::default();
    let mut mending = Mending::new(source)?;
    let mut commits = 0;
    while let Some(text) = mending.next_line(&mut tally)? {
        commits += u64::from(!text.is_header);
        out.put(text.raw.as_bytes())?;
    }
    let (last, chain, lost) = mending.finish();
    Ok(End {
        commits,
        last,
        chain,
        documents: tally.kinds(),
        files: Kind::default(),
        lost,
    })
}

fn write_files<W: Write>(dir: &Path, out: &mut Counted<'_, W>) -> Result<Kind, BackupError> {
    let mut sum = KindSum::default();
    for name in file_names(dir)? {
        let path = dir.join(&name);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            // Erased since it was listed.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(BackupError::io("read", &path, error)),
        };
        let hash = content(&bytes);
        sum.add(&name, &hash);
        let line = FileLine {
            file: name,
            sha256: hex(&hash),
            base64: STANDARD.encode(&bytes),
        };
        out.put(
            sealed(&line)
                .map_err(|error| BackupError::io("write", out.partial, error))?
                .as_bytes(),
        )?;
    }
    Ok(sum.kind())
}

/// The files beside the journal that belong to it, in order, without those that are just being written.
pub(super) fn file_names(data: &Path) -> Result<Vec<String>, BackupError> {
    let mut names: Vec<String> = attachments(&data.join(FILES))?
        .into_iter()
        .map(|name| format!("{FILES}/{name}"))
        .collect();
    names.extend(data.join(ERASURES).is_file().then(|| ERASURES.to_owned()));
    Ok(names)
}

fn attachments(dir: &Path) -> Result<Vec<String>, BackupError> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(BackupError::io("list", dir, error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| BackupError::io("list", dir, error))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if super::reader::is_file_name(&name) && !name.ends_with(".new") {
            names.push(name);
        }
    }
    names.sort_unstable();
    Ok(names)
}

impl Lost {
    /// One line for people.
    pub fn sentence(&self) -> String {
        format!(
            "{}, line {}, commit {}: {}",
            self.file, self.line, self.seq, self.what
        )
    }
}
