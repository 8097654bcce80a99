//! Everything that is stored, as it stands, for another program: one document a line.
use std::collections::{BTreeMap, HashMap};
use std::io::Write;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use serde_json::value::RawValue;

use super::source::Source;
use super::tally::content;
use super::write::file_names;
use super::{BackupError, FileLine, sealed};
use crate::store::line::hex;
use crate::store::read::each_commit;
use crate::store::seal::{index_change, json_of};
use crate::store::{Keys, StoreError};

/// The format of an export.
const EXPORT_FORMAT: u32 = 1;

/// How many documents and files were written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Documents {
    pub documents: BTreeMap<String, u64>,
    pub files: u64,
}

#[derive(Serialize)]
struct First {
    samsvar_export: u32,
    made: String,
    program: &'static str,
    /// Everything is as it was after this commit.
    commit: u64,
}

#[derive(Serialize)]
struct DocumentLine<'a> {
    table: &'a str,
    key: &'a str,
    /// The commit that wrote it.
    revision: u64,
    written: String,
    doc: &'a RawValue,
}

#[derive(Serialize)]
struct Last<'a> {
    end: &'a Documents,
}

/// Writes every document, readable, and every file as of the source's last commit, oldest change first.
///
/// Files are written as they lie in the data directory.
pub fn write_everything(
    source: &Source,
    out: &mut impl Write,
    keys: &Keys,
    now: DateTime<Utc>,
) -> Result<Documents, BackupError> {
    let newest = newest_revisions(source)?;
    let mut written = Documents {
        documents: BTreeMap::new(),
        files: 0,
    };
    put(
        out,
        &First {
            samsvar_export: EXPORT_FORMAT,
            made: now.to_rfc3339_opts(SecondsFormat::Secs, true),
            program: env!("CARGO_PKG_VERSION"),
            commit: source.up_to,
        },
    )?;
    let mut fault = None;
    let read = each_commit(&source.journal(), 0, source.up_to, |line| {
        for (place, op) in line.ops.iter().enumerate() {
            let Some(change) = index_change(op) else {
                continue;
            };
            let (table, key) = (change.table.to_owned(), change.key.to_owned());
            let Some(value) = &change.value else { continue };
            if newest.get(&(table.clone(), key.clone())) != Some(&(line.seq, place)) {
                continue;
            }
            let unreadable = |cause: String| StoreError::Index {
                doing: "read",
                cause: format!("{table}/{key}: {cause}"),
            };
            let json = json_of(&table, &key, line.seq, value, keys)
                .map_err(|locked| unreadable(locked.to_string()))?;
            let line = DocumentLine {
                table: &table,
                key: &key,
                revision: line.seq,
                written: line.time.to_rfc3339_opts(SecondsFormat::Micros, true),
                doc: serde_json::from_slice(&json)
                    .map_err(|error| unreadable(error.to_string()))?,
            };
            *written.documents.entry(table.clone()).or_default() += 1;
            if let Err(error) = put(out, &line) {
                fault = Some(error);
                return Err(unreadable(String::new()));
            }
        }
        Ok(())
    });
    if let Some(fault) = fault {
        return Err(fault);
    }
    read?;
    written.files = files(&source.dir, out)?;
    put(out, &Last { end: &written })?;
    Ok(written)
}

/// By table and key.
type Newest = HashMap<(String, String), (u64, usize)>;

/// By table and key: the commit and the place in it that wrote the document last, if it is there.
fn newest_revisions(source: &Source) -> Result<Newest, StoreError> {
    let mut newest = HashMap::new();
    let last = each_commit(&source.journal(), 0, source.up_to, |line| {
        for (place, change) in line.ops.iter().map(index_change).enumerate() {
            let Some(change) = change else { continue };
            let name = (change.table.to_owned(), change.key.to_owned());
            match change.value {
                Some(_) => drop(newest.insert(name, (line.seq, place))),
                None => drop(newest.remove(&name)),
            }
        }
        Ok(())
    })?;
    if last < source.up_to {
        return Err(StoreError::Short {
            dir: source.journal(),
            expected: source.up_to,
            found: last,
        });
    }
    Ok(newest)
}

fn files(dir: &Path, out: &mut impl Write) -> Result<u64, BackupError> {
    let mut count = 0;
    for name in file_names(dir)? {
        let path = dir.join(&name);
        let bytes = std::fs::read(&path).map_err(|error| BackupError::io("read", &path, error))?;
        count += 1;
        let line = FileLine {
            file: name,
            sha256: hex(&content(&bytes)),
            base64: STANDARD.encode(&bytes),
        };
        put(out, &line)?;
    }
    Ok(count)
}

fn put(out: &mut impl Write, line: &impl Serialize) -> Result<(), BackupError> {
    sealed(line)
        .and_then(|text| out.write_all(text.as_bytes()))
        .map_err(|error| BackupError::io("write", Path::new("the export"), error))
}
