//! Holds the store to its rule: what was acknowledged is found again, whatever happens.
#![allow(clippy::unwrap_used, clippy::panic)]
mod cuts;
mod starting;

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
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
