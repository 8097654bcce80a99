//! Durable submissions per second, beside what the same disk can do at most in the same run.
#![allow(clippy::unwrap_used)]
use std::fs::{self, File, OpenOptions};
use std::hint::black_box;
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use serde::{Deserialize, Serialize};

use samsvar::store::{Commit, Document, Store};

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

criterion_group!(benches, durable_commits, starting, reading);
criterion_main!(benches);
