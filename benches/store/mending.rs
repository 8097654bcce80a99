//! An index that failed while visitors read, made anew: how long, how much memory, and what readers meet meanwhile.
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use samsvar::store::{Commit, Store};

use crate::many::filled;
use crate::{Submission, now, submission};

pub const MEND: &str = "SAMSVAR_BENCH_MEND";

/// Larger than a file of the journal, smaller than the index.
const MOST_BYTES: u64 = 48 << 20;

/// So that the index outgrows the limit.
const LEAST: u64 = 40_000;

pub fn measure() {
    let count = std::env::var("SAMSVAR_BENCH_SUBMISSIONS").ok();
    let count: u64 = count
        .and_then(|count| count.parse().ok())
        .unwrap_or(100_000);
    assert!(count >= LEAST, "the index must outgrow the limit");
    let dir = tempfile::tempdir().unwrap();
    filled(dir.path(), count);
    println!("an index of {count} submissions that failed, made anew while four read");
    // The signal that would end the program is ignored, as by a server that wants an error.
    let mut child = Command::new("bash");
    child.args(["-c", "trap '' XFSZ; exec \"$0\""]);
    child.arg(std::env::current_exe().unwrap());
    let ended = child
        .env(MEND, dir.path())
        .env("SAMSVAR_BENCH_SUBMISSIONS", count.to_string());
    assert!(ended.status().unwrap().success());
}

/// In a process of its own, whose files may be forbidden to grow.
pub fn fail_and_mend(dir: &Path) {
    let count: u64 = std::env::var("SAMSVAR_BENCH_SUBMISSIONS")
        .unwrap()
        .parse()
        .unwrap();
    let store = Store::open(dir).unwrap();
    let before = memory();
    let met = Met::default();
    thread::scope(|scope| {
        let readers: Vec<_> = (0..4)
            .map(|n| {
                scope.spawn({
                    let (store, met) = (&store, &met);
                    move || read(store, met, n, count)
                })
            })
            .collect();
        thread::sleep(Duration::from_millis(500));
        println!("  before: {}", met.told());
        limit(&MOST_BYTES.to_string());
        let failed = until_refused(&store, count);
        limit("unlimited");
        met.told();
        let started = Instant::now();
        let mended = store.mend_index().unwrap();
        println!("  made anew: {mended}, in {:.2?}", started.elapsed());
        println!("  meanwhile: {}", met.told());
        store
            .commit(Commit::new(now()).put(&submission(count + failed)))
            .unwrap();
        thread::sleep(Duration::from_millis(500));
        println!("  after: {}", met.told());
        met.ended.store(true, Ordering::SeqCst);
        readers
            .into_iter()
            .for_each(|reader| reader.join().unwrap());
    });
    println!("  memory at most: before {before}, after {}", memory());
    let found = store.count::<Submission>("").unwrap() as u64;
    assert!(found > count, "{found}");
    assert_eq!(store.check_index().unwrap(), Vec::<String>::new());
}

/// Writes until the index has failed; how many were taken until then.
fn until_refused(store: &Store, from: u64) -> u64 {
    let mut taken = 0;
    while store
        .commit(Commit::new(now()).put(&submission(from + taken)))
        .is_ok()
    {
        taken += 1;
    }
    println!(
        "  refused after {taken} more: {}",
        store.stopped_because().unwrap_or_default()
    );
    taken
}

/// What readers met since it was told last.
#[derive(Default)]
struct Met {
    well: AtomicU64,
    errors: AtomicU64,
    /// Of the longest, in microseconds.
    longest: AtomicU64,
    ended: AtomicBool,
}

impl Met {
    fn told(&self) -> String {
        let longest = Duration::from_micros(self.longest.swap(0, Ordering::SeqCst));
        format!(
            "{} reads, {} errors, the longest took {longest:.2?}",
            self.well.swap(0, Ordering::SeqCst),
            self.errors.swap(0, Ordering::SeqCst)
        )
    }
}

/// One after another, as pages ask for documents.
fn read(store: &Store, met: &Met, seed: u64, count: u64) {
    let mut number = seed;
    while !met.ended.load(Ordering::SeqCst) {
        number = (number * 6_364_136_223 + 1) % count;
        let started = Instant::now();
        let found = store.get::<Submission>(&format!("{number:012}"));
        let took = started.elapsed().as_micros() as u64;
        met.longest.fetch_max(took, Ordering::SeqCst);
        match found {
            Ok(found) => {
                assert!(found.is_some(), "{number} is lost");
                met.well.fetch_add(1, Ordering::SeqCst);
            }
            Err(_) => drop(met.errors.fetch_add(1, Ordering::SeqCst)),
        }
        thread::sleep(Duration::from_millis(1));
    }
}

fn limit(most: &str) {
    let own = std::process::id().to_string();
    let set = Command::new("prlimit")
        .args(["--pid", &own, &format!("--fsize={most}:unlimited")])
        .status();
    assert!(set.unwrap().success());
}

fn memory() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    line.unwrap_or_default().replace(char::is_whitespace, "")
}
