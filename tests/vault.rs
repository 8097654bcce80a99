//! Holds the store to what it says of events, erasure, encryption and upgrades.
#![allow(clippy::unwrap_used, clippy::panic)]
use std::fs;
use std::path::Path;
use std::sync::Barrier;
use std::thread;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use samsvar::store::{
    Commit, Document, DowngradeRefusal, EVENTS, Ground, Keys, Store, StoreError, Target, downgrade,
};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Note {
    id: String,
    text: String,
}

impl Document for Note {
    const TABLE: &'static str = "note";
    const VERSION: u32 = 1;

    fn key(&self) -> String {
        self.id.clone()
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Deed {
    id: String,
}

impl Document for Deed {
    const TABLE: &'static str = EVENTS;
    const VERSION: u32 = 1;

    fn key(&self) -> String {
        self.id.clone()
    }
}

fn note(id: &str, text: &str) -> Note {
    Note {
        id: id.to_owned(),
        text: text.to_owned(),
    }
}

fn deed(id: impl ToString) -> Deed {
    Deed { id: id.to_string() }
}

fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH
}

fn write(store: &Store, id: &str, text: &str) -> u64 {
    let commit = Commit::new(now())
        .put(&note(id, text))
        .put_new(&deed(format!("{id}/{}", store.durable_seq())));
    store.commit(commit).unwrap().seq
}

fn key_line() -> String {
    Keys::new_line().unwrap().to_string()
}

fn with_keys(text: &str) -> Ground {
    Ground {
        keys: Keys::read(text).unwrap(),
        ..Ground::default()
    }
}

fn as_program(program: &'static str) -> Ground {
    Ground {
        program,
        ..Ground::default()
    }
}

fn error_of(opened: Result<Store, StoreError>) -> StoreError {
    match opened {
        Ok(_) => panic!("the store opened"),
        Err(error) => error,
    }
}

/// Files below a directory that hold a text.
fn holding(dir: &Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(holding(&path, text));
        } else {
            let bytes = fs::read(&path).unwrap();
            if bytes.windows(text.len()).any(|w| w == text.as_bytes()) {
                found.push(path.display().to_string());
            }
        }
    }
    found
}

fn contents(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_file())
        .map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            (name, fs::read(entry.path()).unwrap())
        })
        .collect();
    files.sort();
    files
}

fn golden(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/golden/0.1.0/journal");
    fs::create_dir_all(dir.join("journal")).unwrap();
    for (name, bytes) in contents(&from) {
        fs::write(dir.join("journal").join(name), bytes).unwrap();
    }
    contents(&from)
}

#[test]
fn events_of_many_writers_are_one_chain() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let start = Barrier::new(8);
    thread::scope(|scope| {
        for writer in 0..8 {
            let (store, start) = (&store, &start);
            scope.spawn(move || {
                start.wait();
                for round in 0..10 {
                    let id = format!("{writer}-{round}");
                    store.commit(Commit::new(now()).put_new(&deed(id))).unwrap();
                }
            });
        }
    });
    let verified = store.verify().unwrap();
    assert_eq!(verified.events, 80);
    drop(store);
    let store = Store::open(dir.path()).unwrap();
    store
        .commit(Commit::new(now()).put_new(&deed("after")))
        .unwrap();
    assert_eq!(store.verify().unwrap().events, 81);
}

#[test]
fn an_event_is_neither_changed_nor_deleted() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let once = || Commit::new(now()).put(&deed("1"));
    store.commit(once()).unwrap();
    assert!(store.commit(once()).is_err());
    let deleted = store.commit(Commit::new(now()).delete::<Deed>("1"));
    assert!(deleted.unwrap_err().to_string().contains("never deleted"));
}

#[test]
fn what_is_erased_is_nowhere_and_the_chain_still_holds() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    write(&store, "a/1", "first-secret");
    write(&store, "a/1", "second-secret");
    write(&store, "a/12", "kept-of-another");
    write(&store, "b/1", "kept-too");
    fs::write(dir.path().join("set-aside/journal-1.cut"), "first-secret").unwrap();
    let before = store.verify().unwrap();
    let erased = Commit::new(now())
        .delete::<Note>("a/1")
        .put_new(&deed("erasure"));
    let seq = store.commit(erased).unwrap().seq;
    let done = store.erase(&[Target::one("note", "a/1")], seq).unwrap();
    assert_eq!(done.documents, 2);
    for text in ["first-secret", "second-secret"] {
        assert_eq!(holding(dir.path(), text), Vec::<String>::new(), "{text}");
    }
    let after = store.verify().unwrap();
    assert_eq!((after.commits, after.events), (before.commits + 1, 5));
    assert_eq!(store.count::<Note>("").unwrap(), 2);
    write(&store, "a/1", "written after");
    drop(store);
    let store = Store::open(dir.path()).unwrap();
    assert_eq!(
        store.get::<Note>("a/1").unwrap().unwrap().doc.text,
        "written after"
    );
    assert_eq!(
        store
            .erase(&[Target::one("note", "a/1")], seq)
            .unwrap()
            .documents,
        0
    );
    drop(store);
    fs::remove_dir_all(dir.path().join("index-2")).unwrap();
    let store = Store::open(dir.path()).unwrap();
    assert_eq!(store.count::<Note>("").unwrap(), 3);
    assert_eq!(
        store.get::<Note>("a/12").unwrap().unwrap().doc.text,
        "kept-of-another"
    );
}

#[test]
fn what_an_attempt_at_a_new_index_left_neither_stays_nor_hinders_the_next() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let seq = write(&store, "a/1", "an answer");
    write(&store, "a/2", "another");
    let left = dir.path().join("index-1");
    fs::create_dir(&left).unwrap();
    fs::write(left.join("half"), "an answer").unwrap();
    fs::write(left.join("db"), "not what sled writes").unwrap();
    store.erase(&[Target::one("note", "a/1")], seq + 1).unwrap();
    assert!(!left.join("half").exists());
    assert_eq!(store.count::<Note>("").unwrap(), 1);
    write(&store, "a/3", "goes on");
    assert_eq!(store.check_index().unwrap(), Vec::<String>::new());
}

#[test]
fn people_go_on_writing_and_reading_while_something_is_erased() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    (0..200).for_each(|n| {
        write(&store, &format!("gone/{n}"), "to be erased");
    });
    let deleted = (0..200).fold(Commit::new(now()), |commit, n| {
        commit.delete::<Note>(format!("gone/{n}"))
    });
    let seq = store.commit(deleted).unwrap().seq;
    thread::scope(|scope| {
        let writers: Vec<_> = (0..4)
            .map(|writer| {
                let store = &store;
                scope.spawn(move || {
                    for round in 0..30 {
                        let id = format!("kept/{writer}/{round}");
                        write(store, &id, "kept");
                        assert!(store.get::<Note>(&id).unwrap().is_some(), "{id}");
                        assert!(!store.scan::<Note>("kept/").unwrap().is_empty());
                    }
                })
            })
            .collect();
        let targets = [Target::all_below("note", "gone/")];
        assert_eq!(store.erase(&targets, seq).unwrap().documents, 200);
        for writer in writers {
            writer.join().unwrap();
        }
    });
    assert_eq!(store.count::<Note>("").unwrap(), 120);
    assert_eq!(holding(dir.path(), "to be erased"), Vec::<String>::new());
    store.verify().unwrap();
}

#[test]
fn a_rewriting_that_was_killed_leaves_whole_files() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    write(&store, "a", "text");
    drop(store);
    let scratch = dir.path().join("journal/000001.anew");
    fs::write(&scratch, "half of a li").unwrap();
    fs::create_dir(dir.path().join("index-1")).unwrap();
    let store = Store::open(dir.path()).unwrap();
    assert!(!scratch.exists());
    assert_eq!(store.count::<Note>("").unwrap(), 1);
}

#[test]
fn with_a_key_nothing_on_the_disk_is_readable_and_without_it_nothing_is_touched() {
    let dir = tempfile::tempdir().unwrap();
    let line = key_line();
    let store = Store::open_on(dir.path(), with_keys(&line)).unwrap();
    write(&store, "a", "a-secret-answer");
    assert_eq!(
        store.keys_in_use().unwrap(),
        [store.key_id().map(str::to_owned)]
    );
    drop(store);
    assert_eq!(holding(dir.path(), "a-secret-answer"), Vec::<String>::new());
    let before = (contents(dir.path()), contents(&dir.path().join("journal")));
    let id = line.split(' ').next().unwrap();
    for ground in [Ground::default(), with_keys(&key_line())] {
        let refused = error_of(Store::open_on(dir.path(), ground));
        assert!(
            matches!(&refused, StoreError::KeyMissing { wanted, .. } if wanted == id),
            "{refused}"
        );
        let after = (contents(dir.path()), contents(&dir.path().join("journal")));
        assert_eq!(after, before);
    }
    for index in [true, false] {
        if !index {
            fs::remove_dir_all(dir.path().join("index")).unwrap();
        }
        let store = Store::open_on(dir.path(), with_keys(&line)).unwrap();
        assert_eq!(
            store.get::<Note>("a").unwrap().unwrap().doc.text,
            "a-secret-answer"
        );
        store.verify().unwrap();
    }
}

#[test]
fn a_readable_directory_is_encrypted_and_a_key_is_changed_without_breaking_the_chain() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    write(&store, "a", "a-secret-answer");
    let sum = store.verify().unwrap();
    drop(store);
    let (first, second) = (key_line(), key_line());
    let store = Store::open_on(dir.path(), with_keys(&first)).unwrap();
    assert_eq!(store.keys_in_use().unwrap().len(), 2);
    assert!(store.encrypt_anew().unwrap().documents > 0);
    assert_eq!(holding(dir.path(), "a-secret-answer"), Vec::<String>::new());
    assert_eq!(store.verify().unwrap(), sum);
    drop(store);
    let store = Store::open_on(dir.path(), with_keys(&format!("{second}{first}"))).unwrap();
    write(&store, "b", "another");
    store.encrypt_anew().unwrap();
    let (id, _) = second.split_once(' ').unwrap();
    assert_eq!(store.keys_in_use().unwrap(), [Some(id.to_owned())]);
    drop(store);
    let store = Store::open_on(dir.path(), with_keys(&second)).unwrap();
    assert_eq!(store.verify().unwrap().commits, 2);
    assert_eq!(store.count::<Note>("").unwrap(), 2);
    let file = store.seal_file("x", b"attached").unwrap();
    assert!(!file.windows(8).any(|w| w == b"attached"));
    assert!(store.open_file("y", file.clone()).is_err());
    assert_eq!(store.open_file("x", file).unwrap(), b"attached");
}

#[test]
fn a_record_put_in_the_place_of_another_is_not_believed() {
    let dir = tempfile::tempdir().unwrap();
    let line = key_line();
    let store = Store::open_on(dir.path(), with_keys(&line)).unwrap();
    write(&store, "a", "one");
    write(&store, "b", "two");
    drop(store);
    let path = dir.path().join("journal/000002.jsonl");
    let text = fs::read_to_string(&path).unwrap();
    let boxes: Vec<&str> = text
        .split("\"box\":\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .collect();
    let swapped = text
        .replace(boxes[0], "FIRST")
        .replace(boxes[2], boxes[0])
        .replace("FIRST", boxes[2]);
    let forged: String = swapped
        .lines()
        .map(|line| match line.split_once(",\"check\":\"") {
            Some((body, _)) => format!("{body},\"check\":\"{}\"}}\n", sha256(body)),
            None => format!("{line}\n"),
        })
        .collect();
    fs::write(&path, forged).unwrap();
    fs::remove_dir_all(dir.path().join("index")).unwrap();
    let store = Store::open_on(dir.path(), with_keys(&line)).unwrap();
    assert!(store.get::<Note>("a").is_err());
    let refused = store.verify().unwrap_err().to_string();
    assert!(refused.contains("changed or moved"), "{refused}");
}

fn sha256(text: &str) -> String {
    use sha2::{Digest, Sha256};
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_directory_of_a_newer_program_is_refused_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    drop(Store::open_on(dir.path(), as_program("1.10.0")).unwrap());
    let before = contents(dir.path());
    let refused = error_of(Store::open_on(dir.path(), as_program("1.9.2")));
    assert!(
        matches!(&refused, StoreError::NewerProgram { wrote, .. } if wrote == "1.10.0"),
        "{refused}"
    );
    assert_eq!(contents(dir.path()), before);
}

#[test]
fn a_journal_of_0_1_0_is_lifted_after_a_snapshot_and_goes_back_byte_for_byte() {
    let dir = tempfile::tempdir().unwrap();
    let released = golden(dir.path());
    let store = Store::open_on(dir.path(), as_program("0.2.0")).unwrap();
    let verified = store.verify().unwrap();
    assert!(
        verified.commits > 100 && verified.events > 50,
        "{verified:?}"
    );
    assert_eq!(
        contents(&dir.path().join("set-aside/before-0.2.0/journal")),
        released
    );
    write(&store, "a", "since the upgrade");
    drop(store);
    let refused = downgrade(dir.path(), false).unwrap();
    assert_eq!(refused, Err(DowngradeRefusal::WouldLose(1)));
    assert_eq!(downgrade(dir.path(), true).unwrap(), Ok("0.1.0".to_owned()));
    assert_eq!(contents(&dir.path().join("journal")), released);
    assert!(!dir.path().join("index").exists() && !dir.path().join("state.json").exists());
    let refused = downgrade(dir.path(), false).unwrap();
    assert_eq!(refused, Err(DowngradeRefusal::NoSnapshot));
    let store = Store::open_on(dir.path(), as_program("0.2.0")).unwrap();
    assert_eq!(store.verify().unwrap().commits, verified.commits);
}

#[test]
fn an_upgrade_cut_short_at_any_step_is_ended_by_the_next_start() {
    for step in [
        "converting",
        "between the renamings",
        "before the old one is deleted",
    ] {
        let dir = tempfile::tempdir().unwrap();
        golden(dir.path());
        let place = |name: &str| dir.path().join(name);
        match step {
            "converting" => {
                fs::create_dir(place("journal.new")).unwrap();
                fs::write(place("journal.new/000001.jsonl"), "half").unwrap();
            }
            "between the renamings" => {
                drop(Store::open(dir.path()).unwrap());
                fs::rename(place("journal"), place("journal.new")).unwrap();
                fs::create_dir(place("journal.old")).unwrap();
            }
            _ => fs::create_dir(place("journal.old")).unwrap(),
        }
        let store = Store::open(dir.path()).unwrap();
        assert!(store.verify().unwrap().commits > 100, "{step}");
        assert!(!place("journal.new").exists() && !place("journal.old").exists());
    }
}
