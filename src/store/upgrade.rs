//! Takes a directory of an older program into use, and back: a snapshot of the journal is kept first.
//!
//! `DATA/program.json` names the program that used the directory last; 0.1.0 wrote none. When this
//! one is newer, the journal is kept under `DATA/set-aside/before-VERSION` (whole files as hard
//! links, the newest as a copy), and a journal of an older format is written anew beside the old
//! one and put in its place by renaming. Whatever the moment of a power cut, the next start has a
//! whole journal, old or new.
use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::cipher::Keys;
use super::disk::{replace_file, sync_dir, sync_tree};
use super::journal::first_header;
use super::line::{Change, Draft, FORMAT, Header, Line, LineOp, Op};
use super::read::{Lines, Segment, each_commit, segments};
use super::rewrite::create;
use super::seal::{EventChain, Stamp, seal};
use super::{StoreError, open};

/// The program before there was a `program.json`.
const FIRST_PROGRAM: &str = "0.1.0";

#[derive(Serialize, Deserialize)]
struct Note {
    program: String,
}

/// Why a directory does not go back to an older program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DowngradeRefusal {
    /// No upgrade has left a snapshot, or an erasure has taken it away.
    NoSnapshot,
    /// So many commits were made since the upgrade and would be lost.
    WouldLose(u64),
}

/// The program that used the directory last.
pub fn program_of(dir: &Path) -> String {
    let note = fs::read(dir.join("program.json"))
        .ok()
        .and_then(|bytes| serde_json::from_slice::<Note>(&bytes).ok());
    note.map_or_else(|| FIRST_PROGRAM.to_owned(), |note| note.program)
}

/// `Some` with the other program's version when it is newer than this one.
pub(super) fn newer_program(dir: &Path, this: &str) -> Option<String> {
    let wrote = program_of(dir);
    (numbers(&wrote) > numbers(this)).then_some(wrote)
}

pub(super) fn is_older(dir: &Path, this: &str) -> bool {
    numbers(&program_of(dir)) < numbers(this)
}

pub(super) fn note_program(dir: &Path, this: &str) -> Result<(), StoreError> {
    let path = dir.join("program.json");
    if path.exists() && program_of(dir) == this {
        return Ok(());
    }
    let note = Note {
        program: this.to_owned(),
    };
    serde_json::to_vec(&note)
        .map_err(io::Error::other)
        .and_then(|json| replace_file(&path, &json))
        .map_err(|error| StoreError::io("write", &path, error))
}

/// Ends what a power cut left of an upgrade.
pub(super) fn tidy(dir: &Path) -> Result<(), StoreError> {
    let (journal, fresh, old) = places(dir);
    let failed = |error| StoreError::io("end an upgrade in", dir, error);
    if !journal.exists() && fresh.exists() && old.exists() {
        fs::rename(&fresh, &journal).map_err(failed)?;
        sync_dir(dir).map_err(failed)?;
    }
    for rest in [fresh, old] {
        if rest.exists() && journal.exists() {
            fs::remove_dir_all(rest).map_err(failed)?;
        }
    }
    Ok(())
}

/// Keeps the journal as it is now, for the way back.
pub(super) fn snapshot(dir: &Path, this: &str) -> Result<(), StoreError> {
    let kept = dir.join("set-aside").join(format!("before-{this}"));
    let scratch = kept.with_extension("new");
    let failed = |error| StoreError::io("keep a snapshot in", &kept, error);
    for rest in [&kept, &scratch] {
        if rest.exists() {
            fs::remove_dir_all(rest).map_err(failed)?;
        }
    }
    fs::create_dir_all(scratch.join("journal")).map_err(failed)?;
    let files = segments(&dir.join("journal"))?;
    for (place, segment) in files.iter().enumerate() {
        let to = Segment::numbered(&scratch.join("journal"), segment.number).path;
        let whole = place + 1 < files.len();
        if !whole || fs::hard_link(&segment.path, &to).is_err() {
            fs::copy(&segment.path, &to).map_err(failed)?;
        }
    }
    let note = Note {
        program: program_of(dir),
    };
    let json = serde_json::to_vec(&note).map_err(|error| failed(error.into()))?;
    fs::write(scratch.join("program.json"), json).map_err(failed)?;
    sync_tree(&scratch).map_err(failed)?;
    fs::rename(&scratch, &kept).map_err(failed)?;
    sync_dir(&dir.join("set-aside")).map_err(failed)?;
    log::info!("a snapshot of the journal is kept in {}", kept.display());
    Ok(())
}

/// Writes a journal of an older format in this one's.
pub(super) fn convert(dir: &Path, segment_bytes: u64, keys: &Keys) -> Result<(), StoreError> {
    let (journal, fresh, old) = places(dir);
    let failed = |error| StoreError::io("convert", &journal, error);
    if fresh.exists() {
        fs::remove_dir_all(&fresh).map_err(failed)?;
    }
    open::create_private(&fresh)?;
    let mut copy = Copy::begin(&fresh, segment_bytes, keys).map_err(failed)?;
    each_commit(&journal, 0, u64::MAX, |line| {
        copy.take(line).map_err(failed)
    })?;
    copy.finish().map_err(failed)?;
    fs::rename(&journal, &old)
        .and_then(|()| fs::rename(&fresh, &journal))
        .and_then(|()| sync_dir(dir))
        .map_err(failed)?;
    fs::remove_dir_all(&old).map_err(failed)
}

/// Puts the snapshot of the last upgrade back in place; `discard` allows to lose what came since.
///
/// Gives back the program that the directory is for now.
pub fn downgrade(
    dir: &Path,
    discard: bool,
) -> Result<Result<String, DowngradeRefusal>, StoreError> {
    let _lock = open::lock(dir)?;
    let Some(kept) = newest_snapshot(dir) else {
        return Ok(Err(DowngradeRefusal::NoSnapshot));
    };
    let (journal, ..) = places(dir);
    let lost = last_seq(&journal)?.saturating_sub(last_seq(&kept.join("journal"))?);
    if lost > 0 && !discard {
        return Ok(Err(DowngradeRefusal::WouldLose(lost)));
    }
    let failed = |error| StoreError::io("go back in", dir, error);
    let program = program_of(&kept);
    let after = dir.join("set-aside/after-downgrade");
    if journal.exists() {
        if after.exists() {
            fs::remove_dir_all(&after).map_err(failed)?;
        }
        fs::rename(&journal, &after).map_err(failed)?;
    }
    fs::rename(kept.join("journal"), &journal).map_err(failed)?;
    sync_dir(dir).map_err(failed)?;
    for index in open::indexes(dir) {
        fs::remove_dir_all(index).map_err(failed)?;
    }
    // The old program believes nothing without it, and 0.1.0 knows no program.json.
    for name in ["state.json", "program.json"] {
        if dir.join(name).exists() {
            fs::remove_file(dir.join(name)).map_err(failed)?;
        }
    }
    if program != FIRST_PROGRAM {
        note_program(dir, &program)?;
    }
    fs::remove_dir_all(&kept).map_err(failed)?;
    Ok(Ok(program))
}

fn places(dir: &Path) -> (PathBuf, PathBuf, PathBuf) {
    (
        dir.join("journal"),
        dir.join("journal.new"),
        dir.join("journal.old"),
    )
}

fn newest_snapshot(dir: &Path) -> Option<PathBuf> {
    let entries = fs::read_dir(dir.join("set-aside")).ok()?;
    let found = entries.flatten().filter_map(|entry| {
        let name = entry.file_name().into_string().ok()?;
        let version = numbers(name.strip_prefix("before-")?);
        entry
            .path()
            .join("journal")
            .is_dir()
            .then_some((version, entry.path()))
    });
    found.max().map(|(_, path)| path)
}

fn last_seq(journal: &Path) -> Result<u64, StoreError> {
    if !journal.exists() {
        return Ok(0);
    }
    let Some(last) = segments(journal)?.pop() else {
        return Ok(0);
    };
    let mut lines = Lines::open(&last.path)?;
    while lines.next()?.is_some() {}
    Ok(lines.seq)
}

/// `1.10.2` as numbers that compare; what is no number counts as 0.
fn numbers(version: &str) -> Vec<u64> {
    let parts = version.split(['.', '-', '+']);
    parts.map(|part| part.parse().unwrap_or(0)).collect()
}

/// A journal that is being written in this format.
struct Copy<'k> {
    dir: PathBuf,
    segment_bytes: u64,
    keys: &'k Keys,
    number: u64,
    out: BufWriter<fs::File>,
    len: u64,
    sum: String,
    events: EventChain,
}

impl<'k> Copy<'k> {
    fn begin(dir: &Path, segment_bytes: u64, keys: &'k Keys) -> io::Result<Self> {
        let header = Header {
            key: keys.current().map(str::to_owned),
            ..first_header()
        };
        Ok(Self {
            dir: dir.to_owned(),
            segment_bytes,
            keys,
            number: 1,
            out: begun(dir, 1, &header)?,
            len: 0,
            sum: header.prev,
            events: EventChain::default(),
        })
    }

    fn take(&mut self, line: &Line<'_>) -> io::Result<()> {
        if self.len >= self.segment_bytes {
            self.rotate(line.seq)?;
        }
        let ops: Vec<Op> = line.ops.iter().filter_map(op_of).collect();
        let stamps: Vec<Stamp> = ops.iter().map(Stamp::of).collect::<Result<_, _>>()?;
        let mut written = Vec::with_capacity(ops.len());
        for (op, stamp) in ops.iter().zip(&stamps) {
            written.push(seal(op, stamp, line.seq, self.keys, &mut self.events)?.0);
        }
        let draft = Draft {
            seq: line.seq,
            time: line.time,
            prev: &self.sum,
            durable: line.durable,
            ops: &written,
        };
        let mut text = String::new();
        self.sum = draft.seal_onto(&mut text);
        self.len += text.len() as u64;
        self.out.write_all(text.as_bytes())
    }

    fn rotate(&mut self, first: u64) -> io::Result<()> {
        let header = Header {
            samsvar_journal: FORMAT,
            first,
            prev: self.sum.clone(),
            events: self.events.count,
            link: self.events.link.clone(),
            key: self.keys.current().map(str::to_owned),
        };
        self.number += 1;
        self.len = 0;
        let next = begun(&self.dir, self.number, &header)?;
        ended(std::mem::replace(&mut self.out, next))
    }

    fn finish(self) -> io::Result<()> {
        ended(self.out)?;
        sync_dir(&self.dir)
    }
}

fn begun(dir: &Path, number: u64, header: &Header) -> io::Result<BufWriter<fs::File>> {
    let mut out = BufWriter::new(create(&Segment::numbered(dir, number).path)?);
    out.write_all(header.seal().as_bytes())?;
    Ok(out)
}

fn ended(out: BufWriter<fs::File>) -> io::Result<()> {
    out.into_inner()
        .map_err(io::IntoInnerError::into_error)?
        .sync_all()
}

/// Format 1 knows readable documents only.
fn op_of(op: &LineOp<'_>) -> Option<Op> {
    match op.change()? {
        Change::Put { table, key, json } => Some(Op::Put {
            table: table.to_owned().into(),
            key: key.to_owned(),
            json: json.to_owned(),
        }),
        Change::Delete { table, key } => Some(Op::Delete {
            table: table.to_owned().into(),
            key: key.to_owned(),
        }),
        Change::Sealed { .. } | Change::Erased { .. } => None,
    }
}
