//! Starting, backing up, proving and checking with many submissions stored.
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use samsvar::store::{Commit, Keys, Store, backup};

use crate::{Submission, now, submission};

/// A data directory with this many submissions, without waiting for each of them.
pub fn filled(dir: &Path, count: u64) {
    let store = Store::open(dir).unwrap();
    let mut number = 0;
    while number < count {
        let mut commit = Commit::new(now());
        for _ in 0..100 {
            commit = commit.put(&submission(number));
            number += 1;
        }
        store.commit(commit).unwrap();
    }
}

/// Opens a store in this process, which did nothing else, and tells time and memory.
pub fn open_and_tell(dir: &Path) {
    let started = Instant::now();
    let store = Store::open(dir).unwrap();
    let took = started.elapsed();
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let memory = status
        .lines()
        .find(|line| line.starts_with("VmHWM"))
        .unwrap_or_default();
    let found = store.get::<Submission>("000000004711").unwrap().is_some();
    println!("  opened in {took:.2?}, {memory}, found one: {found}");
}

fn opened_by_another(dir: &Path, what: &str) {
    println!("{what}");
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.env(OPEN, dir).status().unwrap();
}

pub const OPEN: &str = "SAMSVAR_BENCH_OPEN";

pub fn measure() {
    let count = std::env::var("SAMSVAR_BENCH_SUBMISSIONS").ok();
    let count = count
        .and_then(|count| count.parse().ok())
        .unwrap_or(100_000);
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    filled(&data, count);
    opened_by_another(
        &data,
        &format!("start with {count} submissions after a good ending"),
    );
    fs::remove_dir_all(data.join("index")).unwrap();
    opened_by_another(
        &data,
        &format!("start with {count} submissions, the index made anew"),
    );
    let started = Instant::now();
    let file = dir.path().join("backup.jsonl");
    let source = backup::begin_at_rest(&data).unwrap();
    let written = backup::write_backup(&source, &file, now(), false).unwrap();
    println!(
        "backup of {count} submissions: {:.2?}, {} MB",
        started.elapsed(),
        written.bytes >> 20
    );
    drop(source);
    let started = Instant::now();
    let proof = backup::prove(&file, &dir.path().join("scratch"), &Keys::default()).unwrap();
    println!(
        "proof of it: {:.2?}, holds: {}",
        started.elapsed(),
        proof.holds()
    );
    let store = Store::open(&data).unwrap();
    let started = Instant::now();
    store.verify().unwrap();
    let faults = store.check_index().unwrap();
    println!(
        "journal and index checked: {:.2?}, {} faults",
        started.elapsed(),
        faults.len()
    );
}
