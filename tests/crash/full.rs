//! A disk that is really full: a small file system of its own where one may be mounted, and a limit on the size of
//! files everywhere. The store's reserve is taken away, so that journal and index both meet the end of the disk.
//!
//! `TESTS_NEED_MOUNT=1` makes it a failure when no file system may be mounted.
// The child tells its parent on its standard output.
#![allow(clippy::print_stdout)]
use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use samsvar::store::{Commit, Disk, Document, Ground, Store, SystemDisk};
use serde::{Deserialize, Serialize};

use crate::{scratch, variable};

const DIR: &str = "SAMSVAR_FULL_DATA";
const PHASE: &str = "SAMSVAR_FULL_PHASE";
/// What is to be taken away to make room while the program runs.
const FILLER: &str = "SAMSVAR_FULL_FILLER";
/// Written once there was room.
const AFTERWARDS: u64 = 2_000_000;
const ACKS: &str = "SAMSVAR_FULL_ACKS";

/// So much text that an end of the disk falls into a line.
const TEXT_BYTES: usize = 20_000;
/// Longer than the store waits for its index.
const PATIENCE: Duration = Duration::from_secs(60);

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

fn note(number: u64) -> Note {
    Note {
        id: number.to_string(),
        text: format!("{number};").repeat(TEXT_BYTES / 4),
    }
}

/// The system's disk, said to have room always.
struct WithoutReserve;

impl Disk for WithoutReserve {
    fn append(&self, file: &File, bytes: &[u8]) -> io::Result<()> {
        SystemDisk.append(file, bytes)
    }

    fn sync(&self, file: &File) -> io::Result<()> {
        SystemDisk.sync(file)
    }

    fn free(&self, _dir: &Path) -> io::Result<u64> {
        Ok(u64::MAX)
    }
}

fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH
}

/// Run as a process of its own by the tests below.
#[test]
fn child_on_a_full_disk() {
    let (Some(dir), Some(phase)) = (variable(DIR), variable(PHASE)) else {
        return;
    };
    match phase.to_str() {
        Some("fill") => fill(&dir),
        Some("again") => again(&dir),
        other => panic!("no phase {other:?}"),
    }
}

/// Writes until nothing is taken any more, and for a while after; tells what was acknowledged.
fn fill(dir: &Path) {
    let ground = Ground {
        disk: Arc::new(WithoutReserve),
        ..Ground::default()
    };
    let store = Store::open_on(dir, ground).unwrap();
    let (mut acknowledged, mut refused) = (0_u64, 0);
    for number in 0..100_000 {
        match store.commit(Commit::new(now()).put_new(&note(number))) {
            Ok(_) => {
                println!("ack {number}");
                acknowledged += 1;
            }
            Err(error) => {
                refused += 1;
                if refused == 1 {
                    println!("refused: {error}");
                }
                // The index may fail altogether; it never shows what was refused.
                if let Ok(found) = store.get::<Note>(&number.to_string()) {
                    assert!(found.is_none(), "a refused document is read");
                }
            }
        }
        if refused == 20 {
            break;
        }
    }
    assert!(
        acknowledged > 10 && refused == 20,
        "{acknowledged} {refused}"
    );
    if let Some(filler) = variable(FILLER) {
        goes_on(&store, acknowledged, &filler);
    }
    let begun = Instant::now();
    drop(store);
    assert!(begun.elapsed() < PATIENCE, "closing hangs");
    println!("closed");
}

/// Without a restart, as the program's timer does it.
fn goes_on(store: &Store, acknowledged: u64, filler: &Path) {
    fs::remove_file(filler).unwrap();
    let begun = Instant::now();
    let mut mended = 0;
    // The index may show only now that it failed: the timer looks again and again.
    loop {
        mended += u64::from(store.mend_index().unwrap());
        match works(store, acknowledged) {
            Ok(()) => break,
            Err(error) => assert!(begun.elapsed() < PATIENCE, "it does not go on: {error}"),
        }
        thread::sleep(Duration::from_millis(50));
    }
    println!("ack {AFTERWARDS}");
    println!("room was made, the index was made anew {mended} times");
    store.verify().unwrap();
    assert_eq!(store.check_index().unwrap(), Vec::<String>::new());
}

/// Takes a commit and reads everything; the error says what does not yet work.
fn works(store: &Store, acknowledged: u64) -> Result<(), String> {
    let one_more = Commit::new(now()).put(&note(AFTERWARDS));
    store.commit(one_more).map_err(|error| error.to_string())?;
    for number in 0..acknowledged {
        let found = store.get::<Note>(&number.to_string());
        let found = found.map_err(|error| error.to_string())?;
        assert_eq!(found.unwrap().doc, note(number), "{number} is lost");
    }
    let counted = store.count::<Note>("").map_err(|error| error.to_string())?;
    assert!(counted as u64 > acknowledged);
    Ok(())
}

/// There is room again: everything acknowledged is there, nothing else, and it goes on.
fn again(dir: &Path) {
    let acks = fs::read_to_string(variable(ACKS).unwrap()).unwrap();
    let acks: Vec<u64> = acks
        .lines()
        .filter_map(|line| line.strip_prefix("ack ")?.parse().ok())
        .collect();
    let store = Store::open(dir).unwrap();
    for number in &acks {
        let found = store.get::<Note>(&number.to_string()).unwrap();
        assert_eq!(found.unwrap().doc, note(*number), "{number} is lost");
    }
    // A line that was whole on the disk when the index failed was not acknowledged, but may be there.
    let count = store.count::<Note>("").unwrap();
    assert!((acks.len()..=acks.len() + 1).contains(&count), "{count}");
    store
        .commit(Commit::new(now()).put(&note(1_000_000)))
        .unwrap();
    store.verify().unwrap();
    assert_eq!(store.check_index().unwrap(), Vec::<String>::new());
    println!("{} acknowledged, all there", acks.len());
}

/// A script that runs `$CHILD` with its phases.
fn run(script: &str, wrap: &[&str]) -> (bool, String) {
    let folder = scratch();
    let data = folder.path().join("disk");
    fs::create_dir(&data).unwrap();
    let exe = std::env::current_exe().unwrap();
    let acks = folder.path().join("acks");
    let mut words = wrap.to_vec();
    words.extend(["bash", "-c", script]);
    let output = Command::new(words[0])
        .args(&words[1..])
        .env("EXE", &exe)
        .env("DISK", &data)
        .env(DIR, data.join("data"))
        .env(ACKS, &acks)
        .env_remove(PHASE)
        .env_remove(FILLER)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let mut told = fs::read_to_string(&acks).unwrap_or_default();
    told.retain(|c| c != '\r');
    let told: Vec<&str> = told.lines().filter(|l| !l.starts_with("ack ")).collect();
    let text = format!(
        "{}\n{}\n{}",
        told.join("\n"),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    (output.status.success(), text)
}

const CHILD: &str = r#"
set -eu
child() { SAMSVAR_FULL_PHASE=$1 "$EXE" --exact full::child_on_a_full_disk --nocapture; }
"#;

#[test]
fn where_a_file_may_grow_no_more_nothing_is_acknowledged_and_a_new_start_goes_on() {
    // 4 MiB; the signal that would end the program is ignored, as a server that wants an error does.
    let script =
        r#"( trap '' XFSZ; ulimit -f 4096; child fill ) > "$SAMSVAR_FULL_ACKS"; child again"#;
    let (well, told) = run(&format!("{CHILD}{script}"), &["env"]);
    assert!(
        well && told.contains("closed") && told.contains("all there"),
        "{told}"
    );
}

#[test]
fn on_a_full_disk_nothing_is_acknowledged_and_with_room_it_goes_on() {
    let permitted = |wrap: &&[&str]| run("mount -t tmpfs -o size=1m tmpfs \"$DISK\"", wrap).0;
    let ways: [&[&str]; 2] = [&["unshare", "-m"], &["unshare", "-rm"]];
    let Some(wrap) = ways.into_iter().find(permitted) else {
        assert!(
            variable("TESTS_NEED_MOUNT").is_none(),
            "no file system may be mounted here"
        );
        eprintln!(
            "NOT TRIED on a small file system: none may be mounted here; the limit on files was tried"
        );
        return;
    };
    let script = r#"
mount -t tmpfs -o size=140m tmpfs "$DISK"
head -c 100M /dev/zero > "$DISK/filler"
SAMSVAR_FULL_FILLER="$DISK/filler" child fill > "$SAMSVAR_FULL_ACKS"
child again"#;
    let (well, told) = run(&format!("{CHILD}{script}"), wrap);
    assert!(
        well && told.contains("closed") && told.contains("all there"),
        "{told}"
    );
    println!(
        "tried on a small file system, with {wrap:?}: {}",
        told.trim()
    );
}
