//! Durable submissions per second as a share of what the disk allows: the same bytes, appended to a file of
//! their own with one `write` and one `fdatasync` for each group. Both take turns, many short rounds long, so
//! that whatever else the machine does meets both.
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use samsvar::store::{Commit, Store};

use crate::{now, submission};

const ROUNDS: usize = 80;

/// Commits of each writer in a round.
const ROUND: u64 = 40;

pub fn measure() {
    for writers in [1, 16] {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let next = AtomicU64::new(0);
        commits(&store, writers, &next);
        let line = bytes_of_a_commit(dir.path(), writers * ROUND);
        let mut file = scratch(dir.path());
        appends(&mut file, writers, line);
        let mut rounds: Vec<_> = (0..ROUNDS)
            .map(|_| {
                let disk = appends(&mut file, writers, line);
                (disk, commits(&store, writers, &next))
            })
            .collect();
        tell(writers, line, &mut rounds);
    }
}

fn tell(writers: u64, line: usize, rounds: &mut [(Duration, Duration)]) {
    let disk = median(rounds, |(disk, _)| disk.as_secs_f64());
    let store = median(rounds, |(_, store)| store.as_secs_f64());
    let share = |(disk, store): &(Duration, Duration)| disk.as_secs_f64() / store.as_secs_f64();
    let of_rounds = median(rounds, share);
    let count = (writers * ROUND) as f64;
    println!(
        "{writers} writers: {:.0} durable submissions of {line} bytes a second; the disk alone, with {writers} \
         appended per fdatasync: {:.0}; share {:.0} % (median of {ROUNDS} rounds: {:.0} %)",
        count / store,
        count / disk,
        100.0 * disk / store,
        100.0 * of_rounds
    );
}

fn median(
    rounds: &mut [(Duration, Duration)],
    figure: impl Fn(&(Duration, Duration)) -> f64,
) -> f64 {
    let mut figures: Vec<f64> = rounds.iter().map(figure).collect();
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// The time of a round of the disk alone.
fn appends(file: &mut File, writers: u64, line: usize) -> Duration {
    let group = vec![b'7'; line * writers as usize];
    let started = Instant::now();
    for _ in 0..ROUND {
        file.write_all(&group).unwrap();
        file.sync_data().unwrap();
    }
    started.elapsed()
}

/// The time of a round of the store: each writer waits for its receipt before it sends the next.
pub fn commits(store: &Store, writers: u64, next: &AtomicU64) -> Duration {
    let started = Instant::now();
    thread::scope(|scope| {
        for _ in 0..writers {
            scope.spawn(|| {
                for _ in 0..ROUND {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let commit = Commit::new(now()).put_new(&submission(number));
                    store.commit(commit).unwrap();
                }
            });
        }
    });
    started.elapsed()
}

fn bytes_of_a_commit(dir: &Path, count: u64) -> usize {
    let written = fs::metadata(dir.join("journal/000001.jsonl"))
        .unwrap()
        .len();
    (written / count) as usize
}

fn scratch(dir: &Path) -> File {
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(dir.join("scratch"))
        .unwrap()
}
