//! Reads journal files line by line, checking every checksum and the chain between lines.
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use super::StoreError;
use super::journal::first_header;
use super::line::{self, FORMAT, Header, Line, NO_SUM};
use super::seal::EventChain;

/// A journal file, by its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    pub number: u64,
    pub path: PathBuf,
}

impl Segment {
    pub fn numbered(dir: &Path, number: u64) -> Self {
        Self {
            number,
            path: dir.join(format!("{number:06}.jsonl")),
        }
    }
}

/// The journal's files in order; a gap in their numbers is damage.
pub fn segments(dir: &Path) -> Result<Vec<Segment>, StoreError> {
    let found: Vec<_> = segment_numbers(dir)?
        .into_iter()
        .map(|number| Segment::numbered(dir, number))
        .collect();
    match found
        .windows(2)
        .find(|pair| pair[1].number != pair[0].number + 1)
    {
        None => Ok(found),
        Some(pair) => Err(StoreError::Damaged {
            file: Segment::numbered(dir, pair[0].number + 1).path,
            line: 1,
            seq: 0,
            what: "the file is missing".to_owned(),
        }),
    }
}

/// The numbers of the journal's files in order.
pub fn segment_numbers(dir: &Path) -> Result<Vec<u64>, StoreError> {
    let entries = fs::read_dir(dir).map_err(|error| StoreError::io("list", dir, error))?;
    let mut numbers = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| StoreError::io("list", dir, error))?;
        numbers.extend(entry.file_name().to_str().and_then(segment_number));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

fn segment_number(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(".jsonl")?;
    (digits.len() >= 6).then(|| digits.parse().ok()).flatten()
}

/// Where and why reading stopped.
#[derive(Debug)]
pub struct Fault {
    pub path: PathBuf,
    pub line: u64,
    /// The commit that should have been there.
    pub seq: u64,
    pub kind: FaultKind,
}

#[derive(Debug)]
pub enum FaultKind {
    /// The file ends inside a line.
    Unfinished,
    /// A whole line that is not what was written.
    Wrong(String),
    NewerFormat(u32),
    Io(io::Error),
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        let what = match fault.kind {
            FaultKind::Unfinished => "the file ends inside this line".to_owned(),
            FaultKind::Wrong(what) => what,
            FaultKind::NewerFormat(format) => {
                return Self::NewerFormat {
                    file: fault.path,
                    format,
                };
            }
            FaultKind::Io(error) => return Self::io("read", &fault.path, error),
        };
        Self::Damaged {
            file: fault.path,
            line: fault.line,
            seq: fault.seq,
            what,
        }
    }
}

/// The commits of one file.
pub struct Lines {
    path: PathBuf,
    reader: BufReader<File>,
    buffer: Vec<u8>,
    line: u64,
    pub header: Header,
    /// The last good commit, or the one before the file's first.
    pub seq: u64,
    pub sum: String,
    pub events: EventChain,
    /// Where the last good line ends.
    pub end: u64,
}

impl Lines {
    /// Reads the first line too.
    pub fn open(path: &Path) -> Result<Self, Fault> {
        let file = File::open(path).map_err(|error| Fault {
            path: path.to_owned(),
            line: 1,
            seq: 0,
            kind: FaultKind::Io(error),
        })?;
        let mut lines = Self {
            path: path.to_owned(),
            reader: BufReader::with_capacity(1 << 16, file),
            buffer: Vec::new(),
            line: 0,
            header: first_header(),
            seq: 0,
            sum: String::new(),
            events: EventChain::default(),
            end: 0,
        };
        lines.header = lines.read_header()?;
        lines.seq = lines.header.first.saturating_sub(1);
        lines.sum.clone_from(&lines.header.prev);
        lines.events = EventChain {
            count: lines.header.events,
            link: lines.header.link.clone(),
        };
        lines.end = lines.buffer.len() as u64;
        Ok(lines)
    }

    fn read_header(&mut self) -> Result<Header, Fault> {
        if !self.read_line()? {
            return Err(self.fault(FaultKind::Unfinished));
        }
        let header =
            line::parse_header(self.text()).map_err(|what| self.fault(FaultKind::Wrong(what)))?;
        if header.samsvar_journal > FORMAT {
            return Err(self.fault(FaultKind::NewerFormat(header.samsvar_journal)));
        }
        Ok(header)
    }

    /// The next commit; `None` at the end of the file.
    pub fn next(&mut self) -> Result<Option<Line<'_>>, Fault> {
        Ok(self.next_raw()?.map(|(line, _)| line))
    }

    /// The next commit, and the line as it is written, its newline included.
    pub fn next_raw(&mut self) -> Result<Option<(Line<'_>, &[u8])>, Fault> {
        if !self.read_line()? {
            return Ok(None);
        }
        let text = &self.buffer[..self.buffer.len() - 1];
        let parsed = if self.header.samsvar_journal == 1 {
            line::parse_format_1(text)
        } else {
            line::parse(text)
        };
        let (line, events) = parsed
            .and_then(|line| self.in_chain(line))
            .map_err(|what| self.fault(FaultKind::Wrong(what)))?;
        self.seq = line.seq;
        line.sum.clone_into(&mut self.sum);
        self.events = events;
        self.end += self.buffer.len() as u64;
        Ok(Some((line, &self.buffer)))
    }

    fn in_chain<'a>(&self, line: Line<'a>) -> Result<(Line<'a>, EventChain), String> {
        if line.seq != self.seq + 1 {
            return Err(format!("it is commit {}", line.seq));
        }
        if line.prev != self.sum {
            return Err("it does not continue the line before".to_owned());
        }
        let mut events = self.events.clone();
        for op in &line.ops {
            let (Some(place), Some(key), Some(hash)) = (op.place(), op.key(), op.hash()) else {
                continue;
            };
            if place.n != events.count + 1 || place.link != events.link {
                return Err(format!(
                    "its event {} does not continue event {}",
                    place.n, events.count
                ));
            }
            events.take(&place, key, hash);
        }
        Ok((line, events))
    }

    /// After a fault: the highest commit that a later, readable line says was durable.
    pub fn durable_by_later_lines(&mut self) -> Result<u64, Fault> {
        let mut durable = 0;
        loop {
            match self.read_line() {
                Ok(true) => {
                    let parsed = if self.header.samsvar_journal == 1 {
                        line::parse_format_1(self.text())
                    } else {
                        line::parse(self.text())
                    };
                    if let Ok(line) = parsed {
                        durable = durable.max(line.durable);
                    }
                }
                Ok(false) => return Ok(durable),
                Err(fault) if matches!(fault.kind, FaultKind::Unfinished) => return Ok(durable),
                Err(fault) => return Err(fault),
            }
        }
    }

    /// Whether there was a line.
    fn read_line(&mut self) -> Result<bool, Fault> {
        self.buffer.clear();
        self.line += 1;
        match self.reader.read_until(b'\n', &mut self.buffer) {
            Ok(0) => Ok(false),
            Ok(_) if self.buffer.last() == Some(&b'\n') => Ok(true),
            Ok(_) => Err(self.fault(FaultKind::Unfinished)),
            Err(error) => Err(self.fault(FaultKind::Io(error))),
        }
    }

    fn text(&self) -> &[u8] {
        self.buffer.strip_suffix(b"\n").unwrap_or(&self.buffer)
    }

    fn fault(&self, kind: FaultKind) -> Fault {
        Fault {
            path: self.path.clone(),
            line: self.line,
            seq: self.seq + 1,
            kind,
        }
    }
}

/// Hands every commit after `after` to `take`, oldest first, checking the chain across files;
/// whole files before it are not read.
///
/// Stops at commit `up_to`, so that a reader of a living journal sees only finished lines.
/// Returns the last commit seen.
pub fn each_commit(
    dir: &Path,
    after: u64,
    up_to: u64,
    mut take: impl FnMut(&Line<'_>) -> Result<(), StoreError>,
) -> Result<u64, StoreError> {
    each_piece(dir, after, up_to, |piece| match piece {
        Piece::Header(_) => Ok(()),
        Piece::Commit(line, _) => take(line),
    })
}

/// A line of the journal, with its bytes as they are written.
pub enum Piece<'a> {
    /// The first line of a file.
    Header(&'a [u8]),
    Commit(&'a Line<'a>, &'a [u8]),
}

/// As [`each_commit`], with the first lines of files.
pub fn each_piece(
    dir: &Path,
    after: u64,
    up_to: u64,
    mut take: impl FnMut(Piece<'_>) -> Result<(), StoreError>,
) -> Result<u64, StoreError> {
    let mut end: Option<(u64, String, EventChain)> = None;
    for segment in files_from(dir, after)? {
        if end.as_ref().is_some_and(|(seq, ..)| *seq >= up_to) {
            break;
        }
        let mut lines = Lines::open(&segment.path)?;
        let continues = match &end {
            Some((seq, sum, events)) => {
                *seq == lines.seq && *sum == lines.sum && *events == lines.events
            }
            None => lines.seq <= after,
        };
        if !continues {
            let what = "it does not continue the file before".to_owned();
            return Err(lines.fault(FaultKind::Wrong(what)).into());
        }
        take(Piece::Header(&lines.buffer))?;
        while lines.seq < up_to {
            match lines.next_raw()? {
                Some((line, raw)) if line.seq > after => take(Piece::Commit(&line, raw))?,
                Some(_) => {}
                None => break,
            }
        }
        end = Some((lines.seq, lines.sum, lines.events));
    }
    Ok(end.map_or(0, |(seq, ..)| seq))
}

/// The file that holds the commit after `after`, and all later ones; without a file that is
/// just being begun.
fn files_from(dir: &Path, after: u64) -> Result<Vec<Segment>, StoreError> {
    let mut files = segments(dir)?;
    if let Some(newest) = files.last()
        && let Err(fault) = Lines::open(&newest.path)
        && matches!(fault.kind, FaultKind::Unfinished)
    {
        files.pop();
    }
    let mut start = 0;
    for (place, segment) in files.iter().enumerate().rev() {
        if Lines::open(&segment.path)?.seq <= after {
            start = place;
            break;
        }
    }
    Ok(files.split_off(start))
}

/// The checksum of one commit, if the journal has it.
pub fn sum_of(dir: &Path, seq: u64) -> Result<Option<String>, StoreError> {
    if seq == 0 {
        return Ok(Some(NO_SUM.to_owned()));
    }
    let mut sum = None;
    each_commit(dir, seq - 1, seq, |line| {
        sum = Some(line.sum.to_owned());
        Ok(())
    })?;
    Ok(sum)
}
