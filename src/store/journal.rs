//! The append-only journal: the truth of which the index is only a picture.
//!
//! A file is begun when the one before holds [`SEGMENT_BYTES`]; all in the older one is synced by
//! then, so only the newest file can have an end that was never on stable storage.
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::StoreError;
use super::cipher::Keys;
use super::commit::Commit;
use super::disk::{Disk, replace_file, sync_dir};
use super::line::{self, FORMAT, Header};
use super::read::{FaultKind, Lines, Segment, segments};
use super::seal::{EventChain, IndexChange, seal};

/// Small enough that checking the newest file at every start takes a blink.
pub const SEGMENT_BYTES: u64 = 32 << 20;

/// About what a line has around its documents.
const LINE_BYTES: usize = 600;

/// A longer text than this is not kept.
const MOST_KEPT: usize = 1 << 20;

/// What was known of the journal when the store was last open.
#[derive(Debug, Clone, Copy)]
pub struct Known {
    /// This commit was on stable storage.
    pub durable: u64,
    /// The last process ended in good order.
    pub closed: bool,
    /// The machine has not restarted since, so that every finished write is still readable.
    pub same_boot: bool,
}

/// The newest file, open for appending.
pub struct Journal {
    dir: PathBuf,
    disk: Arc<dyn Disk>,
    number: u64,
    file: File,
    len: u64,
    segment_bytes: u64,
    /// The format of the newest file, when it was opened.
    pub format: u32,
    /// The key that the newest file is under.
    pub key: Option<String>,
    pub seq: u64,
    pub sum: String,
    /// The time of the last commit at opening, if the newest file has one.
    pub written_last: Option<DateTime<Utc>>,
    pub events: EventChain,
    /// Of the last group's lines, kept so that the next need not ask for memory.
    text: String,
}

/// What goes into the newest file.
struct Lined<'a> {
    text: String,
    seq: u64,
    sum: String,
    events: EventChain,
    changes: Vec<(u64, IndexChange<'a>)>,
}

/// Why commits were not appended.
pub enum AppendError {
    /// The journal is as before.
    Refused(io::Error),
    /// A part of a line may remain: nothing may follow.
    Broken(io::Error),
    /// The lines are written, but perhaps not on stable storage: nothing may follow.
    Unconfirmed(io::Error),
}

impl Journal {
    /// Opens the journal, or begins it; cuts off what a power cut left of unacknowledged lines.
    pub fn open(
        dir: &Path,
        disk: Arc<dyn Disk>,
        segment_bytes: u64,
        known: Known,
        aside: &Path,
    ) -> Result<Self, StoreError> {
        let mut journal = loop {
            let Some(last) = segments(dir)?.pop() else {
                break Self::begin(dir, &disk)
                    .map_err(|error| StoreError::io("begin the journal in", dir, error))?;
            };
            if let Some(journal) = Self::recover(last, dir, &disk, known, aside)? {
                break journal;
            }
        };
        journal.segment_bytes = segment_bytes;
        if journal.seq < known.durable {
            return Err(StoreError::Short {
                dir: dir.to_owned(),
                expected: known.durable,
                found: journal.seq,
            });
        }
        Ok(journal)
    }

    fn begin(dir: &Path, disk: &Arc<dyn Disk>) -> io::Result<Self> {
        let (file, len) = create_segment(dir, 1, &first_header(), disk.as_ref())?;
        Ok(Self {
            dir: dir.to_owned(),
            disk: Arc::clone(disk),
            number: 1,
            file,
            len,
            segment_bytes: SEGMENT_BYTES,
            format: FORMAT,
            key: None,
            seq: 0,
            sum: line::NO_SUM.to_owned(),
            written_last: None,
            events: EventChain::default(),
            text: String::new(),
        })
    }

    /// `None` when the file held nothing and was taken away.
    fn recover(
        last: Segment,
        dir: &Path,
        disk: &Arc<dyn Disk>,
        known: Known,
        aside: &Path,
    ) -> Result<Option<Self>, StoreError> {
        let Some(end) = good_end(&last, known)? else {
            set_aside(&last.path, 0, aside)?;
            fs::remove_file(&last.path)
                .and_then(|()| sync_dir(dir))
                .map_err(|error| StoreError::io("remove", &last.path, error))?;
            return Ok(None);
        };
        let file = reopen(&last.path, end.bytes, known.closed, disk.as_ref(), aside)?;
        Ok(Some(Self {
            dir: dir.to_owned(),
            disk: Arc::clone(disk),
            number: last.number,
            file,
            len: end.bytes,
            segment_bytes: SEGMENT_BYTES,
            format: end.format,
            key: end.key,
            seq: end.seq,
            sum: end.sum,
            written_last: end.time,
            events: end.events,
            text: String::new(),
        }))
    }

    /// Appends commits and syncs them: when it returns they are on stable storage.
    ///
    /// Gives back what they change in the index, with the commit that changes it.
    pub fn append<'a>(
        &mut self,
        commits: &[&'a Commit],
        keys: &'a Keys,
    ) -> Result<Vec<(u64, IndexChange<'a>)>, AppendError> {
        if self.len >= self.segment_bytes {
            self.rotate(keys)?;
        }
        let text = std::mem::take(&mut self.text);
        let lined = self
            .lines(commits, keys, text)
            .map_err(AppendError::Refused)?;
        if let Err(error) = self.disk.append(&self.file, lined.text.as_bytes()) {
            return Err(match self.file.set_len(self.len) {
                Ok(()) => AppendError::Refused(error),
                Err(_) => AppendError::Broken(error),
            });
        }
        self.disk
            .sync(&self.file)
            .map_err(AppendError::Unconfirmed)?;
        self.len += lined.text.len() as u64;
        self.seq = lined.seq;
        self.sum = lined.sum;
        self.events = lined.events;
        if lined.text.capacity() <= MOST_KEPT {
            self.text = lined.text;
            self.text.clear();
        }
        Ok(lined.changes)
    }

    fn lines<'a>(
        &self,
        commits: &[&'a Commit],
        keys: &'a Keys,
        text: String,
    ) -> io::Result<Lined<'a>> {
        let mut lined = Lined {
            text,
            seq: self.seq,
            sum: self.sum.clone(),
            events: self.events.clone(),
            changes: Vec::new(),
        };
        let ops = commits.iter().flat_map(|commit| &commit.ops);
        lined
            .text
            .reserve(ops.map(|op| op.bytes() + LINE_BYTES).sum());
        for commit in commits {
            lined.seq += 1;
            let mut written = Vec::with_capacity(commit.ops.len());
            for (op, stamp) in commit.ops.iter().zip(&commit.stamps) {
                let (line_op, change) = seal(op, stamp, lined.seq, keys, &mut lined.events)?;
                written.push(line_op);
                lined.changes.push((lined.seq, change));
            }
            let draft = line::Draft {
                seq: lined.seq,
                time: commit.time,
                prev: &lined.sum,
                durable: self.seq,
                ops: &written,
            };
            lined.sum = draft.seal_onto(&mut lined.text);
        }
        Ok(lined)
    }

    /// The number of the newest file.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Begins a new file, so that all commits until now lie in files that nobody appends to.
    pub fn rotate(&mut self, keys: &Keys) -> Result<(), AppendError> {
        let number = self.number + 1;
        let disk = self.disk.as_ref();
        let header = Header {
            samsvar_journal: FORMAT,
            first: self.seq + 1,
            prev: self.sum.clone(),
            events: self.events.count,
            link: self.events.link.clone(),
            key: keys.current().map(str::to_owned),
        };
        match create_segment(&self.dir, number, &header, disk) {
            Ok((file, len)) => {
                self.number = number;
                self.key = header.key;
                self.file = file;
                self.len = len;
                Ok(())
            }
            Err(error) => {
                let path = Segment::numbered(&self.dir, number).path;
                match fs::remove_file(&path) {
                    Err(left) if left.kind() != io::ErrorKind::NotFound => {
                        Err(AppendError::Broken(error))
                    }
                    _ => Err(AppendError::Refused(error)),
                }
            }
        }
    }
}

/// The first line of the first file.
pub fn first_header() -> Header {
    Header {
        samsvar_journal: FORMAT,
        first: 1,
        prev: line::NO_SUM.to_owned(),
        events: 0,
        link: line::NO_SUM.to_owned(),
        key: None,
    }
}

pub fn create_segment(
    dir: &Path,
    number: u64,
    header: &Header,
    disk: &dyn Disk,
) -> io::Result<(File, u64)> {
    let text = header.seal();
    let file = OpenOptions::new()
        .append(true)
        .create_new(true)
        .open(Segment::numbered(dir, number).path)?;
    disk.append(&file, text.as_bytes())?;
    disk.sync(&file)?;
    sync_dir(dir)?;
    Ok((file, text.len() as u64))
}

pub struct GoodEnd {
    bytes: u64,
    format: u32,
    key: Option<String>,
    pub seq: u64,
    sum: String,
    time: Option<DateTime<Utc>>,
    events: EventChain,
}

/// Where the file's last whole line ends; `None` when not even its first line is whole.
pub fn good_end(last: &Segment, known: Known) -> Result<Option<GoodEnd>, StoreError> {
    let mut lines = match Lines::open(&last.path) {
        Ok(lines) => lines,
        Err(fault) => {
            let power_cut = !known.closed && !known.same_boot;
            return match fault.kind {
                FaultKind::Unfinished => Ok(None),
                FaultKind::Wrong(_) if power_cut && is_short(&last.path) => Ok(None),
                _ => Err(fault.into()),
            };
        }
    };
    let mut time = None;
    loop {
        match lines.next() {
            Ok(Some(line)) => time = Some(line.time),
            Ok(None) => break,
            Err(fault) => {
                let never_acknowledged = fault.seq > known.durable
                    && match fault.kind {
                        FaultKind::Unfinished => true,
                        FaultKind::Wrong(_) if !known.closed && !known.same_boot => {
                            lines.durable_by_later_lines()? < fault.seq
                        }
                        _ => false,
                    };
                if never_acknowledged {
                    break;
                }
                return Err(fault.into());
            }
        }
    }
    Ok(Some(GoodEnd {
        bytes: lines.end,
        format: lines.header.samsvar_journal,
        key: lines.header.key,
        seq: lines.seq,
        sum: lines.sum,
        time,
        events: lines.events,
    }))
}

/// No longer than a first line: nothing was appended to it.
fn is_short(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| found.len() < 512)
}

/// Opens the newest file for appending, ending at `end` and wholly on stable storage.
///
/// After a process that did not end in good order, the file is written anew: when a sync has
/// failed, Linux marks the pages clean, so a second sync of the same file would promise too much.
fn reopen(
    path: &Path,
    end: u64,
    closed: bool,
    disk: &dyn Disk,
    aside: &Path,
) -> Result<File, StoreError> {
    let failed = |error| StoreError::io("recover", path, error);
    let len = fs::metadata(path).map_err(failed)?.len();
    if len > end {
        log::warn!(
            "{}: cut off {} bytes of commits that were never acknowledged",
            path.display(),
            len - end
        );
        set_aside(path, end, aside)?;
    }
    if !closed && let Err(error) = rewrite(path, end) {
        log::warn!("{}: could not be written anew: {error}", path.display());
    }
    let file = OpenOptions::new().append(true).open(path).map_err(failed)?;
    file.set_len(end).map_err(failed)?;
    disk.sync(&file).map_err(failed)?;
    Ok(file)
}

fn rewrite(path: &Path, end: u64) -> io::Result<()> {
    let mut bytes = fs::read(path)?;
    bytes.truncate(usize::try_from(end).unwrap_or(usize::MAX));
    replace_file(path, &bytes)
}

/// Keeps what is about to be cut off; a full disk must not hinder the start.
fn set_aside(path: &Path, from: u64, aside: &Path) -> Result<(), StoreError> {
    let bytes = fs::read(path).map_err(|error| StoreError::io("read", path, error))?;
    let rest = usize::try_from(from)
        .ok()
        .and_then(|from| bytes.get(from..));
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let kept = aside.join(format!("journal-{name}-{from}.cut"));
    if let Err(error) = fs::write(kept, rest.unwrap_or_default()) {
        log::warn!("what was cut off could not be kept: {error}");
    }
    Ok(())
}
