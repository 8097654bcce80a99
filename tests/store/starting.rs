//! A start with an index or a journal that is not what it was.
use std::fs;

use samsvar::store::{Store, StoreError};

use crate::*;

#[test]
fn a_lost_index_is_rebuilt_equal_from_several_files() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_with_small_files(dir.path());
    for round in 0..40 {
        write(&store, round % 15, &format!("text {round} {}", 0.1 + 0.2));
    }
    store
        .commit(Commit::new(now()).delete::<Note>("3"))
        .unwrap();
    let before = all(&store);
    let verified = store.verify().unwrap();
    assert_eq!(verified.commits, 41);
    drop(store);
    assert!(fs::read_dir(dir.path().join("journal")).unwrap().count() > 3);
    fs::remove_dir_all(dir.path().join("index")).unwrap();
    let store = open_with_small_files(dir.path());
    assert_eq!(all(&store), before);
    assert_eq!(store.verify().unwrap(), verified);
    write(&store, "new", "goes on");
    assert_eq!(store.durable_seq(), 42);
}

#[test]
fn a_damaged_index_is_rebuilt() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    (0..20).for_each(|id| write(&store, id, "text"));
    let before = all(&store);
    drop(store);
    for name in ["conf", "db"] {
        let path = dir.path().join("index").join(name);
        let mut bytes = fs::read(&path).unwrap();
        bytes.iter_mut().for_each(|byte| *byte ^= 0x55);
        fs::write(&path, bytes).unwrap();
        let store = Store::open(dir.path()).unwrap();
        assert_eq!(all(&store), before, "after damage to {name}");
    }
}

#[test]
fn an_index_several_files_behind_its_journal_catches_up() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_with_small_files(dir.path());
    (0..20).for_each(|id| write(&store, id, "text"));
    drop(store);
    let index = dir.path().join("index");
    let kept = dir.path().join("kept");
    fs::create_dir(&kept).unwrap();
    for name in ["conf", "db"] {
        fs::copy(index.join(name), kept.join(name)).unwrap();
    }
    let store = open_with_small_files(dir.path());
    (0..40).for_each(|id| write(&store, id, "newer"));
    let before = all(&store);
    drop(store);
    fs::remove_dir_all(&index).unwrap();
    fs::rename(&kept, &index).unwrap();
    assert_eq!(all(&open_with_small_files(dir.path())), before);
}

#[test]
fn an_index_ahead_of_its_journal_is_not_believed() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    write(&store, "1", "kept");
    let kept = fs::read(newest_file(dir.path())).unwrap();
    drop(store);
    let state = fs::read(dir.path().join("state.json")).unwrap();
    let store = Store::open(dir.path()).unwrap();
    write(&store, "1", "lost with the power");
    write(&store, "2", "lost with the power");
    drop(store);
    fs::write(newest_file(dir.path()), kept).unwrap();
    fs::write(dir.path().join("state.json"), state).unwrap();
    let store = Store::open(dir.path()).unwrap();
    assert_eq!(all(&store), [("1".into(), "kept".into(), 1)]);
}

#[test]
fn a_journal_that_lost_what_was_durable_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    write(&store, "1", "one");
    let shorter = fs::read(newest_file(dir.path())).unwrap();
    write(&store, "2", "two");
    drop(store);
    fs::write(newest_file(dir.path()), shorter).unwrap();
    let refused = open_error(dir.path());
    assert!(
        matches!(
            refused,
            StoreError::Short {
                expected: 2,
                found: 1,
                ..
            }
        ),
        "{refused}"
    );
}

#[test]
fn a_missing_first_file_is_refused_when_the_index_must_be_rebuilt() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_with_small_files(dir.path());
    (0..40).for_each(|id| write(&store, id, "text"));
    drop(store);
    fs::remove_dir_all(dir.path().join("index")).unwrap();
    fs::remove_file(dir.path().join("journal/000001.jsonl")).unwrap();
    let refused = open_error(dir.path());
    assert!(matches!(refused, StoreError::Damaged { .. }), "{refused}");
}

#[test]
fn a_damaged_acknowledged_line_is_named_and_never_skipped() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    (0..5).for_each(|id| write(&store, id, "text"));
    drop(store);
    let path = newest_file(dir.path());
    let mut bytes = fs::read(&path).unwrap();
    let ends: Vec<_> = (0..bytes.len()).filter(|at| bytes[*at] == b'\n').collect();
    bytes[ends[2] + 40] ^= 1;
    fs::write(&path, &bytes).unwrap();
    for boot in ["same", "another"] {
        if boot == "another" {
            forget_boot(dir.path());
        }
        let refused = open_error(dir.path());
        assert!(
            matches!(
                refused,
                StoreError::Damaged {
                    line: 4,
                    seq: 3,
                    ..
                }
            ),
            "{refused}"
        );
        assert_eq!(fs::read(&path).unwrap(), bytes, "the file was changed");
    }
}
