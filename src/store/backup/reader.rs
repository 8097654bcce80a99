//! Reads a backup line by line, believing nothing: checksums, the chain, order and names are checked.
use std::io::BufRead;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::tally::content;
use super::{BACKUP_FORMAT, BackupError, ERASURES, End, FILES, FileLine, Start};
use crate::store::line::{self, FORMAT, Header, Line, SUM_MARK, check_tail, hex};

/// An attachment with its base64, and room for the journal's largest line.
const MOST_LINE: u64 = 256 << 20;

/// What a line of a backup is.
pub enum Item<'a> {
    Start(Start),
    /// A journal file begins; with the line as it was written, its newline included.
    Header(&'a [u8]),
    Commit(&'a Line<'a>, &'a [u8]),
    /// The name below the data directory, and the bytes.
    File(&'a str, Vec<u8>),
    End(End),
}

struct State {
    begun: bool,
    /// Of the journal file that is being read.
    format: u32,
    seq: Option<u64>,
    sum: String,
    files: bool,
    ended: bool,
}

/// Hands over every line of a whole backup; a backup without its last line is a damaged one.
pub fn read_backup(
    mut reader: impl BufRead,
    mut take: impl FnMut(Item<'_>) -> Result<(), BackupError>,
) -> Result<(), BackupError> {
    let mut state = State {
        begun: false,
        format: FORMAT,
        seq: None,
        sum: line::NO_SUM.to_owned(),
        files: false,
        ended: false,
    };
    let mut buffer = Vec::new();
    let mut number = 0;
    loop {
        buffer.clear();
        number += 1;
        let damaged = |what: String| BackupError::Damaged { line: number, what };
        let mut limited = std::io::Read::take(&mut reader, MOST_LINE);
        let read = limited
            .read_until(b'\n', &mut buffer)
            .map_err(|error| damaged(error.to_string()))?;
        if read == 0 {
            break;
        }
        let text = buffer
            .strip_suffix(b"\n")
            .ok_or_else(|| damaged("the file ends inside this line".into()))?;
        state
            .line(text, &buffer, &mut take)
            .map_err(|error| match error {
                Wrong::What(what) => damaged(what),
                Wrong::Newer(format) => BackupError::NewerFormat(format),
                Wrong::Taker(error) => error,
            })?;
    }
    if state.ended {
        return Ok(());
    }
    Err(BackupError::Damaged {
        line: number,
        what: "the last line is missing, so the backup is not whole".into(),
    })
}

enum Wrong {
    What(String),
    Newer(u32),
    Taker(BackupError),
}

impl From<String> for Wrong {
    fn from(what: String) -> Self {
        Self::What(what)
    }
}

impl From<&str> for Wrong {
    fn from(what: &str) -> Self {
        Self::What(what.to_owned())
    }
}

impl State {
    fn line(
        &mut self,
        text: &[u8],
        raw: &[u8],
        take: &mut impl FnMut(Item<'_>) -> Result<(), BackupError>,
    ) -> Result<(), Wrong> {
        if self.ended {
            return Err("there is more after the last line".into());
        }
        if self.begun && text.starts_with(b"{\"seq\"") {
            let line = if self.format == 1 {
                line::parse_format_1(text)?
            } else {
                line::parse(text)?
            };
            self.commit(&line)?;
            return take(Item::Commit(&line, raw)).map_err(Wrong::Taker);
        }
        check_tail(text, SUM_MARK)?;
        if !self.begun {
            let start: Start = read(text, "not a backup's first line")?;
            if start.samsvar_backup > BACKUP_FORMAT {
                return Err(Wrong::Newer(start.samsvar_backup));
            }
            self.begun = true;
            return take(Item::Start(start)).map_err(Wrong::Taker);
        }
        if text.starts_with(b"{\"samsvar_journal\"") {
            self.header(text)?;
            return take(Item::Header(raw)).map_err(Wrong::Taker);
        }
        if text.starts_with(b"{\"file\"") {
            let (name, bytes) = file(text)?;
            self.files = true;
            return take(Item::File(&name, bytes)).map_err(Wrong::Taker);
        }
        let end = self.end(text)?;
        take(Item::End(end)).map_err(Wrong::Taker)
    }

    fn header(&mut self, text: &[u8]) -> Result<(), Wrong> {
        let header: Header = line::parse_header(text)?;
        if header.samsvar_journal > FORMAT {
            return Err(Wrong::Newer(header.samsvar_journal));
        }
        let before = header.first.checked_sub(1).ok_or("there is no commit 0")?;
        let continues = self
            .seq
            .is_none_or(|seq| seq == before && self.sum == header.prev);
        if self.files || !continues {
            return Err("it does not continue the line before".into());
        }
        self.format = header.samsvar_journal;
        self.seq = Some(before);
        self.sum = header.prev;
        Ok(())
    }

    fn commit(&mut self, line: &Line<'_>) -> Result<(), Wrong> {
        let expected = self.seq.and_then(|seq| seq.checked_add(1));
        if self.files || expected != Some(line.seq) || line.prev != self.sum {
            return Err("it does not continue the line before".into());
        }
        self.seq = expected;
        line.sum.clone_into(&mut self.sum);
        Ok(())
    }

    fn end(&mut self, text: &[u8]) -> Result<End, Wrong> {
        #[derive(Deserialize)]
        struct Ending {
            end: End,
        }
        let Ending { end } = read(text, "a line of no known kind")?;
        if end.last != self.seq.unwrap_or(0) || end.chain != self.sum {
            return Err("commits before the last line are missing".into());
        }
        self.ended = true;
        Ok(end)
    }
}

fn read<'a, T: Deserialize<'a>>(text: &'a [u8], what: &str) -> Result<T, Wrong> {
    serde_json::from_slice(text).map_err(|error| format!("{what}: {error}").into())
}

fn file(text: &[u8]) -> Result<(String, Vec<u8>), Wrong> {
    let line: FileLine = read(text, "not a file")?;
    let attachment = line
        .file
        .strip_prefix(FILES)
        .and_then(|rest| rest.strip_prefix('/'));
    if line.file != ERASURES && !attachment.is_some_and(is_file_name) {
        return Err("the file's name is not one of ours".into());
    }
    let bytes = STANDARD
        .decode(&line.base64)
        .map_err(|error| format!("not a file: {error}"))?;
    if hex(&content(&bytes)) != line.sha256 {
        return Err("the file's hash does not match its bytes".into());
    }
    Ok((line.file, bytes))
}

/// A name that stays in its directory.
pub(super) fn is_file_name(name: &str) -> bool {
    !name.starts_with('.')
        && (1..=200).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
}
