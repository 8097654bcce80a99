//! A power that is cut and a process that is killed.
use proptest::prelude::*;

use crate::*;

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
            .args(["--exact", "cuts::child_that_writes_until_it_is_killed"])
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
