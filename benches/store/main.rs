//! Durable submissions per second, beside what the same disk can do at most in the same run; then starting,
//! backing up and proving with many of them (`SAMSVAR_BENCH_SUBMISSIONS`, 100,000 if not said), an index that failed,
//! and reading. `cargo bench --bench store -- durable`, `… -- many` and `… -- mending` run one part.
#![allow(clippy::unwrap_used, clippy::print_stdout)]
mod durable;
mod many;
mod mending;

use std::fs;
use std::hint::black_box;
use std::path::Path;

use chrono::{DateTime, Utc};
use criterion::{BatchSize, Criterion, criterion_group};
use serde::{Deserialize, Serialize};

use samsvar::store::{Document, Store};

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

fn starting(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("start with 10,000 submissions");
    group.sample_size(10);
    let dir = tempfile::tempdir().unwrap();
    many::filled(dir.path(), 10_000);
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
    many::filled(dir.path(), 10_000);
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

criterion_group!(benches, starting, reading);

fn main() {
    if let Some(dir) = std::env::var_os(many::OPEN) {
        return many::open_and_tell(Path::new(&dir));
    }
    if let Some(dir) = std::env::var_os(mending::MEND) {
        return mending::fail_and_mend(Path::new(&dir));
    }
    // Cargo's tests run benches, too, but not for their figures.
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let measured = wanted.iter().any(|word| word == "--bench");
    let all = wanted.iter().all(|word| word.starts_with("--"));
    let asked = |part: &str| measured && (all || wanted.iter().any(|word| word == part));
    if asked("durable") {
        durable::measure();
    }
    if asked("many") {
        many::measure();
    }
    if asked("mending") {
        mending::measure();
    }
    benches();
    Criterion::default().configure_from_args().final_summary();
}
