//! The process under test: several writers on a real store, each telling outside what was acknowledged.
//!
//! Every round of a writer is one commit of three documents, so half an item can be told from a whole one.
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::thread;

use chrono::DateTime;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use samsvar::store::{Commit, Document, Ground, Store, StoreError, replace_file, sync_dir};

pub const WRITERS: u64 = 8;
/// Small, so that a short run begins many files.
const SEGMENT_BYTES: u64 = 12_000;

/// What is written in one round, under `left/…` and `right/…` alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Half {
    key: String,
    text: String,
    /// The hash of a file that came with it.
    file: Option<String>,
}

/// How many rounds a writer has made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rounds {
    writer: u64,
    made: u64,
}

impl Document for Half {
    const TABLE: &'static str = "half";
    const VERSION: u32 = 1;
    fn key(&self) -> String {
        self.key.clone()
    }
}

impl Document for Rounds {
    const TABLE: &'static str = "rounds";
    const VERSION: u32 = 1;
    fn key(&self) -> String {
        self.writer.to_string()
    }
}

pub fn open(dir: &Path) -> Result<Store, StoreError> {
    let ground = Ground {
        segment_bytes: SEGMENT_BYTES,
        ..Ground::default()
    };
    Store::open_on(dir, ground)
}

fn text(writer: u64, round: u64) -> String {
    // 20 to 500 bytes, so that lines end everywhere within a sector.
    format!("{writer}/{round};")
        .repeat(usize::try_from(4 + (writer * 97 + round * 31) % 70).unwrap())
}

fn halves(writer: u64, round: u64, file: Option<String>) -> [Half; 2] {
    ["left", "right"].map(|side| Half {
        key: format!("{side}/{writer}/{round:06}"),
        text: text(writer, round),
        file: file.clone(),
    })
}

/// Each writer makes `rounds` rounds more (`None`: until it is killed).
pub fn write(store: &Store, rounds: Option<u64>, acks: &Path) {
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            scope.spawn(move || {
                let mut acks = OpenOptions::new()
                    .create(true)
                    .append(true)
                    .open(acks)
                    .unwrap();
                let made = store
                    .get::<Rounds>(&writer.to_string())
                    .unwrap()
                    .map_or(0, |found| found.doc.made);
                let rounds = rounds.map_or(u64::MAX, |rounds| made + rounds);
                for round in made + 1..=rounds {
                    one_round(store, writer, round);
                    acknowledge(&mut acks, writer, round);
                }
            });
        }
    });
}

fn one_round(store: &Store, writer: u64, round: u64) {
    let file = round
        .is_multiple_of(5)
        .then(|| keep_file(store.dir(), writer, round));
    let [left, right] = halves(writer, round, file);
    let mut commit = Commit::new(DateTime::UNIX_EPOCH)
        .put_new(&left)
        .put_new(&right)
        .put(&Rounds {
            writer,
            made: round,
        });
    // A deletion belongs to the round, too.
    if round.is_multiple_of(7) {
        for gone in halves(writer, round - 1, None) {
            commit = commit.delete::<Half>(gone.key);
        }
    }
    store.commit(commit).unwrap();
}

/// As the program keeps an attachment: on stable storage before the document that names it.
fn keep_file(dir: &Path, writer: u64, round: u64) -> String {
    let bytes = text(writer, round).repeat(3);
    let name: String = Sha256::digest(&bytes)
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    let folder = dir.join("attachments");
    if !folder.exists() {
        // Another writer may have been quicker.
        let _ = fs::create_dir(&folder);
    }
    sync_dir(dir).unwrap();
    replace_file(&folder.join(&name), bytes.as_bytes()).unwrap();
    name
}

fn acknowledge(acks: &mut File, writer: u64, round: u64) {
    acks.write_all(format!("{writer} {round}\n").as_bytes())
        .unwrap();
}

/// The last round that each writer was told is stored.
pub fn acknowledged<'a>(lines: impl Iterator<Item = &'a str>) -> BTreeMap<u64, u64> {
    let mut last = BTreeMap::new();
    for line in lines {
        let Some((writer, round)) = line.split_once(' ') else {
            continue;
        };
        let (Ok(writer), Ok(round)) = (writer.parse(), round.parse::<u64>()) else {
            continue;
        };
        let seen = last.entry(writer).or_insert(round);
        *seen = round.max(*seen);
    }
    last
}

/// What is wrong with a store, given the last round that each writer was told is stored.
pub fn faults(store: &Store, acknowledged: &BTreeMap<u64, u64>) -> Vec<String> {
    let mut faults = Vec::new();
    for writer in 0..WRITERS {
        let made = match store.get::<Rounds>(&writer.to_string()) {
            Ok(found) => found.map_or(0, |found| found.doc.made),
            Err(error) => return vec![error.to_string()],
        };
        let told = acknowledged.get(&writer).copied().unwrap_or(0);
        if made < told {
            faults.push(format!(
                "lost: writer {writer} was told {told}, found {made}"
            ));
        }
        for round in 1..=made.max(told) {
            faults.extend(round_fault(store, writer, round, made, told));
        }
        let more = halves(writer, made + 1, None).map(|half| store.get::<Half>(&half.key));
        if !matches!(more, [Ok(None), Ok(None)]) {
            faults.push(format!(
                "half: writer {writer} has a part of round {}",
                made + 1
            ));
        }
    }
    if let Err(error) = store.verify() {
        faults.push(error.to_string());
    }
    faults
}

fn round_fault(store: &Store, writer: u64, round: u64, made: u64, told: u64) -> Option<String> {
    let found = halves(writer, round, None).map(|half| store.get::<Half>(&half.key));
    let [Ok(left), Ok(right)] = found else {
        return Some(format!("unreadable: {writer}/{round}"));
    };
    let deleted = round % 7 == 6 && round < made;
    let (left, right) = match (left, right) {
        (None, None) if deleted => return None,
        (None, None) => return Some(format!("lost: {writer}/{round} (told {told}, made {made})")),
        (Some(_), Some(_)) if deleted => {
            return Some(format!("half: {writer}/{round} is not deleted"));
        }
        (Some(left), Some(right)) => (left, right),
        _ => return Some(format!("half: {writer}/{round} has one side")),
    };
    if left.doc.text != text(writer, round)
        || left.doc.text != right.doc.text
        || left.revision != right.revision
    {
        return Some(format!("half: {writer}/{round} holds another text"));
    }
    let name = left.doc.file?;
    let whole = fs::read(store.dir().join("attachments").join(&name))
        .is_ok_and(|bytes| bytes == text(writer, round).repeat(3).as_bytes());
    (!whole).then(|| format!("lost: the file of {writer}/{round}"))
}
