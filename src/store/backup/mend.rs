//! Reads a damaged journal for whoever asks: every line that is whole, and a list of what is not.
//!
//! A commit that is lost is replaced by an empty one with its number, so that later ones keep theirs;
//! from the first damage on the lines are sealed anew, and events are counted anew.
use std::collections::VecDeque;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;

use chrono::{DateTime, SecondsFormat, Utc};
use rustix::fs::{CWD, RenameFlags, renameat_with};
use serde::{Deserialize, Serialize};

use super::BackupError;
use super::restore::JournalFiles;
use super::source::Source;
use super::tally::Tally;
use crate::store::disk::sync_tree;
use crate::store::line::{self, Draft, FORMAT, Header, Line, LineOp, NO_SUM, Written};
use crate::store::open::note;
use crate::store::read::{Segment, segment_numbers};
use crate::store::seal::EventChain;
use crate::store::state::State;
use crate::store::sync_dir;

/// Something of a journal that can't be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lost {
    /// The name of the journal's file.
    pub file: String,
    pub line: u64,
    /// The first commit that is missing for it.
    pub seq: u64,
    pub what: String,
}

/// A line of the mended journal, with its newline.
pub struct MendedLine {
    pub raw: String,
    pub is_header: bool,
}

/// A journal as far as it can be read.
pub struct Mending {
    files: VecDeque<Segment>,
    up_to: u64,
    /// This commit was once there: its number is not given away again.
    known: u64,
    time: DateTime<Utc>,
    current: Option<Current>,
    ready: VecDeque<(MendedLine, Option<String>)>,
    seq: u64,
    sum: String,
    events: EventChain,
    /// Of the file that is being read.
    key: Option<String>,
    /// Whether lines are sealed anew.
    changed: bool,
    begun: bool,
    lost: Vec<Lost>,
}

struct Current {
    name: String,
    reader: BufReader<fs::File>,
    line: u64,
}

impl Mending {
    pub fn new(source: &Source) -> Result<Self, BackupError> {
        let journal = &source.journal();
        let numbers = segment_numbers(journal)?;
        let mut lost = Vec::new();
        for pair in numbers.windows(2).filter(|pair| pair[1] != pair[0] + 1) {
            lost.push(Lost {
                file: file_name(&Segment::numbered(journal, pair[0] + 1).path),
                line: 1,
                seq: 0,
                what: "the file is missing".to_owned(),
            });
        }
        let files = numbers
            .iter()
            .map(|number| Segment::numbered(journal, *number));
        Ok(Self {
            files: files.collect(),
            up_to: source.up_to,
            known: source.known,
            time: DateTime::UNIX_EPOCH,
            current: None,
            ready: VecDeque::new(),
            seq: 0,
            sum: NO_SUM.to_owned(),
            events: EventChain::default(),
            key: None,
            changed: false,
            begun: false,
            lost,
        })
    }

    /// The last commit, its checksum and what was lost.
    pub fn finish(self) -> (u64, String, Vec<Lost>) {
        (self.seq, self.sum, self.lost)
    }

    /// The next line of the mended journal; what it changes is added to `tally`.
    pub fn next_line(&mut self, tally: &mut Tally) -> Result<Option<MendedLine>, BackupError> {
        loop {
            if let Some((line, counted)) = self.ready.pop_front() {
                if let Some(text) = counted
                    && let Ok(line) = line::parse(text.trim_end().as_bytes())
                {
                    tally.take(&line);
                }
                return Ok(Some(line));
            }
            if self.current.is_none() && !self.next_file()? {
                if self.seq >= self.known {
                    return Ok(None);
                }
                self.fill_up_to(self.known, self.time);
                continue;
            }
            self.next_raw()?;
        }
    }

    fn next_file(&mut self) -> Result<bool, BackupError> {
        let Some(segment) = self.files.pop_front() else {
            return Ok(false);
        };
        let file = fs::File::open(&segment.path)
            .map_err(|error| BackupError::io("read", &segment.path, error))?;
        self.current = Some(Current {
            name: file_name(&segment.path),
            reader: BufReader::with_capacity(1 << 16, file),
            line: 0,
        });
        Ok(true)
    }

    fn next_raw(&mut self) -> Result<(), BackupError> {
        let Some(current) = &mut self.current else {
            return Ok(());
        };
        let mut raw = Vec::new();
        current.line += 1;
        let read = current
            .reader
            .read_until(b'\n', &mut raw)
            .map_err(|error| BackupError::io("read", Path::new(&current.name), error))?;
        if read == 0 {
            self.current = None;
            return Ok(());
        }
        let Some(text) = raw.strip_suffix(b"\n") else {
            self.note_lost("the file ends inside this line".to_owned());
            return Ok(());
        };
        if self
            .current
            .as_ref()
            .is_some_and(|current| current.line == 1)
        {
            self.header(text);
            return Ok(());
        }
        match line::parse(text) {
            Ok(line) => self.commit(&line, text),
            Err(what) => self.note_lost(what),
        }
        Ok(())
    }

    fn header(&mut self, text: &[u8]) {
        match line::parse_header(text) {
            Ok(header) => {
                // The first file of a journal may begin later than with commit 1.
                if !self.begun {
                    self.seq = header.first.saturating_sub(1);
                    self.sum = header.prev;
                    self.events = EventChain {
                        count: header.events,
                        link: header.link,
                    };
                }
                self.key = header.key;
            }
            Err(what) => self.note_lost(what),
        }
        self.begun = true;
        let header = Header {
            samsvar_journal: FORMAT,
            first: self.seq + 1,
            prev: self.sum.clone(),
            events: self.events.count,
            link: self.events.link.clone(),
            key: self.key.clone(),
        };
        let line = MendedLine {
            raw: header.seal(),
            is_header: true,
        };
        self.ready.push_back((line, None));
    }

    fn commit(&mut self, line: &Line<'_>, text: &[u8]) {
        if line.seq > self.up_to {
            return;
        }
        if line.seq <= self.seq {
            return self.note_lost(format!("commit {} is there twice", line.seq));
        }
        self.time = line.time;
        if line.seq > self.seq + 1 {
            self.fill_up_to(line.seq - 1, line.time);
        }
        let mut ops: Vec<Written<'_>> = line.ops.iter().filter_map(LineOp::written).collect();
        for op in &mut ops {
            if let Written::Put {
                key,
                hash,
                place: Some(place),
                ..
            } = op
            {
                *place = self.events.next(key, hash);
            }
        }
        if !self.changed && line.prev == self.sum {
            self.seq = line.seq;
            line.sum.clone_into(&mut self.sum);
            let raw = format!("{}\n", String::from_utf8_lossy(text));
            return self.push(raw);
        }
        self.changed = true;
        self.seal(line.seq, line.time, line.durable.min(line.seq - 1), &ops);
    }

    /// Empty commits in the place of lost ones.
    fn fill_up_to(&mut self, last: u64, time: DateTime<Utc>) {
        let missing = self.seq + 1;
        // A damaged line before it has named the loss already.
        if self.lost.last().is_none_or(|lost| lost.seq != missing) {
            let what = format!("commits {missing} to {last} are missing before this line");
            self.note_lost(what);
        }
        self.changed = true;
        for seq in missing..=last {
            self.seal(seq, time, seq - 1, &[]);
        }
    }

    fn seal(&mut self, seq: u64, time: DateTime<Utc>, durable: u64, ops: &[Written<'_>]) {
        let mut raw = String::new();
        let draft = Draft {
            seq,
            time,
            prev: &self.sum,
            durable,
            ops,
        };
        self.sum = draft.seal_onto(&mut raw);
        self.seq = seq;
        self.push(raw);
    }

    fn push(&mut self, raw: String) {
        let counted = Some(raw.clone());
        let line = MendedLine {
            raw,
            is_header: false,
        };
        self.ready.push_back((line, counted));
    }

    fn note_lost(&mut self, what: String) {
        let (file, line) = match &self.current {
            Some(current) => (current.name.clone(), current.line),
            None => (String::new(), 0),
        };
        self.lost.push(Lost {
            file,
            line,
            seq: self.seq + 1,
            what,
        });
    }
}

/// Replaces a damaged journal by what can be read of it; the damaged one is kept in `set-aside`.
///
/// Returns what was lost; where that is nothing, nothing is changed.
pub fn mend(dir: &Path, now: DateTime<Utc>) -> Result<Vec<Lost>, BackupError> {
    let source = Source::whole(dir)?;
    let journal = source.journal();
    let scratch = dir.join("journal.mended");
    if scratch.exists() {
        fs::remove_dir_all(&scratch)
            .map_err(|error| BackupError::io("clear away", &scratch, error))?;
    }
    let mut mending = Mending::new(&source)?;
    let mut files = JournalFiles::begin(scratch.clone())?;
    while let Some(line) = mending.next_line(&mut Tally::default())? {
        files.line(line.raw.as_bytes(), line.is_header)?;
    }
    files.close()?;
    let (last, _, lost) = mending.finish();
    if lost.is_empty() {
        fs::remove_dir_all(&scratch)
            .map_err(|error| BackupError::io("clear away", &scratch, error))?;
        return Ok(lost);
    }
    let failed = |error| BackupError::io("put in place", &journal, error);
    sync_tree(&scratch).map_err(failed)?;
    let stamp = now
        .to_rfc3339_opts(SecondsFormat::Secs, true)
        .replace(':', "");
    let kept = dir.join("set-aside").join(format!("journal-{stamp}"));
    super::restore::create_private(&dir.join("set-aside"))?;
    renameat_with(CWD, &scratch, CWD, &journal, RenameFlags::EXCHANGE)
        .map_err(|error| failed(error.into()))?;
    fs::rename(&scratch, &kept)
        .and_then(|()| sync_dir(&dir.join("set-aside")))
        .and_then(|()| sync_dir(dir))
        .map_err(failed)?;
    note(dir, &State::with_suspect_index(last))?;
    Ok(lost)
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}
