//! Durable submissions per second, beside what the same disk can do at most in the same run; then starting,
//! backing up and proving with many of them (`SAMSVAR_BENCH_SUBMISSIONS`, 100,000 if not said).
#![allow(clippy::unwrap_used, clippy::print_stdout)]
use std::fs::{self, File, OpenOptions};
use std::hint::black_box;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use criterion::{BatchSize, Criterion, Throughput, criterion_group};
use serde::{Deserialize, Serialize};

use samsvar::store::{Commit, Document, Keys, Store, backup};

/// About as large as a notification of one municipality.
const ANSWER_BYTES: usize = 2_000;

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Submission {
    id: String,
    answers: String,
}

impl Document for Submission {
    const TABLE: &'static str = "submission";
    const VERSION: u32 = 1;

    fn key(&self) -> String {
        self.id.clone()
    }
}

fn submission(number: u64) -> Submission {
    Submission {
        id: format!("{number:012}"),
        answers: "7".repeat(ANSWER_BYTES),
    }
}

fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH
}

/// The time that `writers` threads take for `count` commits together.
fn commits(store: &Store, writers: u64, count: u64, next: &AtomicU64) -> Duration {
    let started = Instant::now();
    thread::scope(|scope| {
        for writer in 0..writers {
            let share = count / writers + u64::from(writer < count % writers);
            scope.spawn(move || {
                for _ in 0..share {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    store
                        .commit(Commit::new(now()).put_new(&submission(number)))
                        .unwrap();
                }
            });
        }
    });
    started.elapsed()
}

fn scratch(dir: &Path) -> File {
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(dir.join("scratch"))
        .unwrap()
}

fn durable_commits(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("durable");
    group.throughput(Throughput::Elements(1));
    for batch in [1_u64, 16] {
        group.bench_function(
            format!("ceiling: {batch} appended per fdatasync"),
            |bench| {
                let dir = tempfile::tempdir().unwrap();
                let mut file = scratch(dir.path());
                let line = vec![b'7'; ANSWER_BYTES + 400];
                bench.iter_custom(|count| {
                    let started = Instant::now();
                    for number in 1..=count {
                        file.write_all(&line).unwrap();
                        if number % batch == 0 || number == count {
                            file.sync_data().unwrap();
                        }
                    }
                    started.elapsed()
                });
            },
        );
        group.bench_function(format!("commit: {batch} writers"), |bench| {
            let dir = tempfile::tempdir().unwrap();
            let store = Store::open(dir.path()).unwrap();
            let next = AtomicU64::new(0);
            bench.iter_custom(|count| commits(&store, batch, count, &next));
        });
    }
    group.finish();
}

/// A data directory with this many submissions, without waiting for each of them.
fn filled(dir: &Path, count: u64) {
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

fn starting(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("start with 10,000 submissions");
    group.sample_size(10);
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path(), 10_000);
    group.bench_function("after a good ending", |bench| {
        bench.iter_batched(
            || (),
            |()| black_box(Store::open(dir.path()).unwrap()),
            BatchSize::PerIteration,
        );
    });
    group.bench_function("rebuilding the index", |bench| {
        bench.iter_batched(
            || fs::remove_dir_all(dir.path().join("index")).unwrap(),
            |()| black_box(Store::open(dir.path()).unwrap()),
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

fn reading(criterion: &mut Criterion) {
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path(), 10_000);
    let store = Store::open(dir.path()).unwrap();
    let mut group = criterion.benchmark_group("read");
    group.bench_function("one of 10,000 submissions", |bench| {
        bench.iter(|| store.get::<Submission>(black_box("000000004711")).unwrap());
    });
    group.sample_size(10);
    group.bench_function("all 10,000 submissions", |bench| {
        bench.iter(|| store.iter::<Submission>("").filter(Result::is_ok).count());
    });
    group.finish();
}

/// Opens a store in this process, which did nothing else, and tells time and memory.
fn open_and_tell(dir: &Path) {
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

const OPEN: &str = "SAMSVAR_BENCH_OPEN";

fn many() {
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

criterion_group!(benches, durable_commits, starting, reading);

fn main() {
    if let Some(dir) = std::env::var_os(OPEN) {
        return open_and_tell(Path::new(&dir));
    }
    benches();
    Criterion::default().configure_from_args().final_summary();
    // Cargo's tests run benches, too, but not for their figures.
    if std::env::args().any(|arg| arg == "--bench") && std::env::args().len() == 2 {
        many();
    }
}
