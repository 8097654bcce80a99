//! Holds the store to its rule: what was acknowledged is found again, whatever happens.
#![allow(clippy::unwrap_used, clippy::panic)]
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

use samsvar::store::{Commit, CommitError, Disk, Document, Ground, Store, StoreError, SystemDisk};

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

fn note(id: impl ToString, text: &str) -> Note {
    Note {
        id: id.to_string(),
        text: text.to_owned(),
    }
}

fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH
}

fn write(store: &Store, id: impl ToString, text: &str) {
    store
        .commit(Commit::new(now()).put(&note(id, text)))
        .unwrap();
}

fn all(store: &Store) -> Vec<(String, String, u64)> {
    let notes = store.scan::<Note>("").unwrap().into_iter();
    notes
        .map(|found| (found.doc.id, found.doc.text, found.revision))
        .collect()
}

fn open_error(dir: &Path) -> StoreError {
    match Store::open(dir) {
        Ok(_) => panic!("the store opened"),
        Err(error) => error,
    }
}

/// The system's disk with faults to switch on.
#[derive(Default)]
struct FaultyDisk {
    full: AtomicBool,
    tears: AtomicBool,
    /// How many more syncs succeed; `None`: all.
    good_syncs: Mutex<Option<u32>>,
    sync_waits: AtomicBool,
    little_room: AtomicBool,
    appended: AtomicUsize,
    syncing: AtomicUsize,
    synced: AtomicUsize,
    synced_bytes: AtomicU64,
}

impl Disk for FaultyDisk {
    fn append(&self, file: &File, bytes: &[u8]) -> io::Result<()> {
        if self.tears.load(Ordering::SeqCst) {
            SystemDisk.append(file, &bytes[..bytes.len() / 2])?;
        }
        if self.full.load(Ordering::SeqCst) {
            return Err(io::Error::from(io::ErrorKind::StorageFull));
        }
        SystemDisk.append(file, bytes)?;
        self.appended.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    fn sync(&self, file: &File) -> io::Result<()> {
        self.syncing.fetch_add(1, Ordering::SeqCst);
        while self.sync_waits.load(Ordering::SeqCst) {
            thread::sleep(Duration::from_millis(1));
        }
        if let Some(left) = self.good_syncs.lock().unwrap().as_mut() {
            *left = left
                .checked_sub(1)
                .ok_or_else(|| io::Error::other("medium error"))?;
        }
        self.synced.fetch_add(1, Ordering::SeqCst);
        SystemDisk.sync(file)?;
        self.synced_bytes
            .store(file.metadata()?.len(), Ordering::SeqCst);
        Ok(())
    }

    fn free(&self, dir: &Path) -> io::Result<u64> {
        if self.little_room.load(Ordering::SeqCst) {
            return Ok(31 << 20);
        }
        SystemDisk.free(dir)
    }
}

fn open_on(dir: &Path, disk: &Arc<FaultyDisk>) -> Store {
    let ground = Ground {
        disk: Arc::clone(disk) as Arc<dyn Disk>,
        ..Ground::default()
    };
    Store::open_on(dir, ground).unwrap()
}

fn open_with_small_files(dir: &Path) -> Store {
    let ground = Ground {
        segment_bytes: 1_000,
        ..Ground::default()
    };
    Store::open_on(dir, ground).unwrap()
}

fn newest_file(dir: &Path) -> PathBuf {
    let mut files: Vec<_> = fs::read_dir(dir.join("journal"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files.pop().unwrap()
}

/// Makes it look as if the machine had restarted since.
fn forget_boot(dir: &Path) {
    let path = dir.join("state.json");
    let mut state: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    state["boot"] = "another".into();
    fs::write(path, state.to_string()).unwrap();
}

#[test]
fn a_document_is_found_with_its_revision_and_by_prefix() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    write(&store, "a/1", "first");
    write(&store, "a/2", "second");
    write(&store, "b/1", "third");
    let found = store.get::<Note>("a/2").unwrap().unwrap();
    assert_eq!((found.doc.text.as_str(), found.revision), ("second", 2));
    assert_eq!(store.scan::<Note>("a/").unwrap().len(), 2);
    assert_eq!(store.count::<Note>("").unwrap(), 3);
    assert_eq!(store.get::<Note>("a").unwrap(), None);
    store
        .commit(Commit::new(now()).delete::<Note>("a/2"))
        .unwrap();
    assert_eq!(store.get::<Note>("a/2").unwrap(), None);
    assert_eq!(store.durable_seq(), 4);
}

#[test]
fn a_conflict_saves_nothing_of_the_commit() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    write(&store, "1", "one");
    let conflicts = [
        Commit::new(now())
            .put(&note(2, "two"))
            .put_new(&note(1, "again")),
        Commit::new(now())
            .put(&note(2, "two"))
            .put_if(&note(1, "late"), 7),
        Commit::new(now())
            .put(&note(2, "two"))
            .expect::<Note>("3", Some(1)),
    ];
    for commit in conflicts {
        let refused = store.commit(commit).unwrap_err();
        assert!(matches!(
            refused,
            CommitError::Conflict { table: "note", .. }
        ));
    }
    assert_eq!(all(&store), [("1".into(), "one".into(), 1)]);
    let changed = Commit::new(now()).put_if(&note(1, "changed"), 1);
    assert_eq!(store.commit(changed).unwrap().seq, 2);
}

#[test]
fn a_second_process_is_told_that_the_directory_is_in_use() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let refused = open_error(dir.path());
    assert!(matches!(refused, StoreError::InUse { .. }), "{refused}");
    drop(store);
    Store::open(dir.path()).unwrap();
}

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

#[test]
fn a_full_disk_saves_nothing_says_so_and_goes_on_without_repair() {
    let dir = tempfile::tempdir().unwrap();
    let disk = Arc::new(FaultyDisk::default());
    let store = open_on(dir.path(), &disk);
    write(&store, "1", "before");
    disk.tears.store(true, Ordering::SeqCst);
    disk.full.store(true, Ordering::SeqCst);
    let refused = store.commit(Commit::new(now()).put(&note(2, "lost")));
    let refused = refused.unwrap_err();
    assert!(matches!(refused, CommitError::Disk(_)), "{refused}");
    assert!(refused.for_visitor().starts_with("Intet er gemt"));
    assert_eq!(store.get::<Note>("2").unwrap(), None);
    disk.tears.store(false, Ordering::SeqCst);
    disk.full.store(false, Ordering::SeqCst);
    disk.little_room.store(true, Ordering::SeqCst);
    let refused = store.commit(Commit::new(now()).put(&note(2, "lost")));
    assert!(matches!(refused, Err(CommitError::Full { .. })));
    disk.little_room.store(false, Ordering::SeqCst);
    write(&store, "3", "after");
    let before = all(&store);
    drop(store);
    assert_eq!(all(&Store::open(dir.path()).unwrap()), before);
}

#[test]
fn a_failed_sync_stops_writing_but_not_reading() {
    let dir = tempfile::tempdir().unwrap();
    let disk = Arc::new(FaultyDisk::default());
    let store = open_on(dir.path(), &disk);
    write(&store, "1", "before");
    *disk.good_syncs.lock().unwrap() = Some(0);
    let unknown = store.commit(Commit::new(now()).put(&note(2, "unknown")));
    assert!(matches!(unknown, Err(CommitError::Sync(_))));
    *disk.good_syncs.lock().unwrap() = None;
    let refused = store.commit(Commit::new(now()).put(&note(3, "refused")));
    assert!(matches!(refused, Err(CommitError::Poisoned { .. })));
    assert!(store.stopped_because().unwrap().contains("medium error"));
    assert_eq!(store.get::<Note>("1").unwrap().unwrap().doc.text, "before");
    assert_eq!(store.durable_seq(), 1);
    drop(store);
    let store = Store::open(dir.path()).unwrap();
    write(&store, "4", "after");
    assert_eq!(store.get::<Note>("1").unwrap().unwrap().doc.text, "before");
}

#[test]
fn concurrent_writers_lose_nothing_and_share_syncs() {
    let dir = tempfile::tempdir().unwrap();
    let disk = Arc::new(FaultyDisk::default());
    let store = open_on(dir.path(), &disk);
    let before = disk.synced.load(Ordering::SeqCst);
    let start = Barrier::new(8);
    thread::scope(|scope| {
        for writer in 0..8 {
            let (store, start) = (&store, &start);
            scope.spawn(move || {
                start.wait();
                (0..25).for_each(|round| write(store, format!("{writer}/{round}"), "text"));
            });
        }
    });
    let syncs = disk.synced.load(Ordering::SeqCst) - before;
    assert_eq!(store.count::<Note>("").unwrap(), 200);
    assert!(syncs < 200, "{syncs} syncs for 200 commits");
    assert_eq!(store.verify().unwrap().commits, 200);
}

#[test]
fn only_one_of_many_writers_wins_a_revision() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    write(&store, "1", "start");
    let won = AtomicUsize::new(0);
    thread::scope(|scope| {
        for writer in 0..6 {
            let (store, won) = (&store, &won);
            scope.spawn(move || {
                let mine = Commit::new(now()).put_if(&note(1, &writer.to_string()), 1);
                if store.commit(mine).is_ok() {
                    won.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
    });
    assert_eq!(won.load(Ordering::SeqCst), 1);
}

#[test]
fn a_bell_rings_for_its_table_only() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    let bell = store.bell::<Note>();
    write(&store, "1", "ring");
    assert_eq!(bell.wait(0, Duration::ZERO), 1);
    assert_eq!(bell.wait(1, Duration::ZERO), 1);
}

#[test]
fn a_commit_is_not_acknowledged_before_its_sync() {
    let dir = tempfile::tempdir().unwrap();
    let disk = Arc::new(FaultyDisk::default());
    let store = open_on(dir.path(), &disk);
    disk.sync_waits.store(true, Ordering::SeqCst);
    let acknowledged = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            write(&store, "1", "text");
            acknowledged.store(true, Ordering::SeqCst);
        });
        let before = disk.synced.load(Ordering::SeqCst);
        while disk.syncing.load(Ordering::SeqCst) == before {
            thread::sleep(Duration::from_millis(1));
        }
        thread::sleep(Duration::from_millis(30));
        assert!(!acknowledged.load(Ordering::SeqCst));
        assert_eq!(
            store.get::<Note>("1").unwrap(),
            None,
            "seen before it was durable"
        );
        assert_eq!(store.durable_seq(), 0);
        disk.sync_waits.store(false, Ordering::SeqCst);
    });
    assert!(acknowledged.load(Ordering::SeqCst));
}

#[test]
fn a_file_that_was_just_being_begun_is_taken_away() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    (0..3).for_each(|id| write(&store, id, "text"));
    let before = all(&store);
    drop(store);
    let second = dir.path().join("journal/000002.jsonl");
    for begun in ["", "{\"samsvar_journal\":1,\"fir"] {
        fs::write(&second, begun).unwrap();
        let store = Store::open(dir.path()).unwrap();
        assert_eq!(all(&store), before, "{begun:?}");
        assert!(!second.exists());
    }
}

#[test]
fn what_is_cut_off_is_set_aside() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    write(&store, "1", "text");
    drop(store);
    let path = newest_file(dir.path());
    let mut bytes = fs::read(&path).unwrap();
    let end = bytes.len();
    bytes.extend_from_slice(b"{\"seq\":2,\"time\"");
    fs::write(&path, &bytes).unwrap();
    let store = Store::open(dir.path()).unwrap();
    assert_eq!(store.durable_seq(), 1);
    let kept = dir
        .path()
        .join(format!("set-aside/journal-000001-{end}.cut"));
    assert_eq!(fs::read(kept).unwrap(), b"{\"seq\":2,\"time\"");
}

#[test]
fn nobody_else_on_the_machine_may_look_into_the_directories() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let _store = Store::open(dir.path()).unwrap();
    for room in ["journal", "index", "set-aside"] {
        let found = fs::metadata(dir.path().join(room)).unwrap();
        assert_eq!(found.permissions().mode() & 0o777, 0o700, "{room}");
    }
}

#[test]
fn a_journal_of_a_newer_program_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    drop(Store::open(dir.path()).unwrap());
    // Format 3's first line, with its right checksum.
    let newer = concat!(
        "{\"samsvar_journal\":3,\"first\":1,\"prev\":\"",
        "0000000000000000000000000000000000000000000000000000000000000000\",\"sum\":\"",
        "9a764821988176141b1044680930fbf09e3f9d6e9d93834e284aeeedf11f5998\"}\n"
    );
    let path = newest_file(dir.path());
    fs::write(&path, newer).unwrap();
    let refused = open_error(dir.path());
    assert!(
        matches!(refused, StoreError::NewerFormat { format: 3, .. }),
        "{refused}"
    );
    assert_eq!(fs::read_to_string(path).unwrap(), newer);
}

/// A directory whose last six commits were written but never acknowledged.
fn power_cut(dir: &Path) -> (Vec<u8>, usize) {
    let disk = Arc::new(FaultyDisk::default());
    let store = open_on(dir, &disk);
    (0..4).for_each(|id| write(&store, format!("acked/{id}"), "text"));
    // One holds the disk while the others gather in a group behind it.
    disk.sync_waits.store(true, Ordering::SeqCst);
    *disk.good_syncs.lock().unwrap() = Some(1);
    let begun = disk.syncing.load(Ordering::SeqCst);
    thread::scope(|scope| {
        let store = &store;
        scope.spawn(|| write(store, "acked/4", "text"));
        while disk.syncing.load(Ordering::SeqCst) == begun {
            thread::sleep(Duration::from_millis(1));
        }
        for id in 0..6 {
            scope.spawn(move || {
                let commit = Commit::new(now()).put(&note(format!("unknown/{id}"), "text"));
                assert!(store.commit(commit).is_err());
            });
        }
        thread::sleep(Duration::from_millis(50));
        disk.sync_waits.store(false, Ordering::SeqCst);
    });
    let synced = disk.synced_bytes.load(Ordering::SeqCst);
    drop(store);
    let journal = fs::read(newest_file(dir)).unwrap();
    let lines = journal.iter().filter(|byte| **byte == b'\n').count();
    assert!(
        lines > 7,
        "the group that was never acknowledged is too small: {lines}"
    );
    (journal, usize::try_from(synced).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// What a disk may have kept of unsynced bytes: a part of them, with holes of 512 bytes.
    #[test]
    fn a_power_cut_loses_nothing_acknowledged_and_leaves_nothing_half(
        kept in 0.0..=1.0_f64,
        holes in prop::collection::vec(0.0..1.0_f64, 0..4),
    ) {
        thread_local!(static CUT: (tempfile::TempDir, Vec<u8>, usize) = {
            let dir = tempfile::tempdir().unwrap();
            let (journal, synced) = power_cut(dir.path());
            (dir, journal, synced)
        });
        CUT.with(|(source, journal, synced)| {
            let dir = tempfile::tempdir().unwrap();
            fs::create_dir(dir.path().join("journal")).unwrap();
            fs::copy(source.path().join("state.json"), dir.path().join("state.json")).unwrap();
            forget_boot(dir.path());
            let unsynced = (journal.len() - synced) as f64;
            let mut left = journal[..synced + (unsynced * kept) as usize].to_vec();
            for hole in &holes {
                let start = (synced + (unsynced * hole) as usize).min(left.len());
                let end = ((start / 512 + 1) * 512).min(left.len());
                left[start..end].fill(0);
            }
            fs::write(dir.path().join("journal/000001.jsonl"), left).unwrap();
            let store = Store::open(dir.path()).unwrap();
            assert_eq!(store.count::<Note>("acked/").unwrap(), 5);
            for found in store.scan::<Note>("").unwrap() {
                assert_eq!(found.doc.text, "text");
            }
            write(&store, "after", "goes on");
            store.verify().unwrap();
        });
    }
}

/// Started by the test below as a process of its own, to be killed.
#[test]
fn child_that_writes_until_it_is_killed() {
    let Some(dir) = std::env::var_os("SAMSVAR_TEST_KILLED_IN") else {
        return;
    };
    let store = Store::open(Path::new(&dir)).unwrap();
    thread::scope(|scope| {
        for writer in 0..4 {
            let (store, dir) = (&store, Path::new(&dir));
            scope.spawn(move || {
                for round in 0.. {
                    write(store, format!("{writer}/{round}"), "text");
                    fs::write(dir.join(format!("acked-{writer}")), round.to_string()).unwrap();
                }
            });
        }
    });
}

#[test]
fn a_killed_process_loses_nothing_acknowledged() {
    let dir = tempfile::tempdir().unwrap();
    for pause in [120, 60, 200] {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child_that_writes_until_it_is_killed"])
            .env("SAMSVAR_TEST_KILLED_IN", dir.path())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let started = Instant::now();
        while !dir.path().join("acked-3").exists() && started.elapsed() < Duration::from_secs(20) {
            thread::sleep(Duration::from_millis(2));
        }
        thread::sleep(Duration::from_millis(pause));
        child.kill().unwrap();
        child.wait().unwrap();
        let store = Store::open(dir.path()).unwrap();
        for writer in 0..4 {
            let acked = fs::read_to_string(dir.path().join(format!("acked-{writer}")));
            // An empty file: the kill fell between creating and writing it.
            let Ok(last) = acked.unwrap_or_default().parse::<u64>() else {
                continue;
            };
            for round in 0..=last {
                let key = format!("{writer}/{round}");
                assert!(store.get::<Note>(&key).unwrap().is_some(), "{key} is lost");
            }
            fs::remove_file(dir.path().join(format!("acked-{writer}"))).unwrap();
        }
        store.verify().unwrap();
    }
}
