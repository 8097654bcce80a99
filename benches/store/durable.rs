//! Durable submissions per second as a share of what the disk allows: the same bytes, appended to a file of
//! their own with one `write` and one `fdatasync` for each group, once by one thread that never waits for
//! another (the ceiling), once by as many threads as there are writers, of which one leads (what is left of
//! the ceiling when threads must be woken). All take turns, many short rounds long, so that whatever else
//! the machine does meets all.
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard};
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
        let bare = Bare::new(scratch(dir.path()));
        appends(&mut file, writers, line);
        handovers(&bare, writers, line);
        let mut rounds: Vec<_> = (0..ROUNDS)
            .map(|_| {
                // What the round before left to be written must not be paid for by the next.
                appends(&mut file, 1, line);
                let disk = appends(&mut file, writers, line);
                let bare = handovers(&bare, writers, line);
                let store = commits(&store, writers, &next);
                Round { disk, bare, store }
            })
            .collect();
        tell(writers, line, &mut rounds);
    }
}

/// The time of a round of each kind.
struct Round {
    disk: Duration,
    bare: Duration,
    store: Duration,
}

fn tell(writers: u64, line: usize, rounds: &mut [Round]) {
    let disk = median(rounds, |round| round.disk.as_secs_f64());
    let bare = median(rounds, |round| round.bare.as_secs_f64());
    let store = median(rounds, |round| round.store.as_secs_f64());
    let of_disk = median(rounds, |round| {
        round.disk.as_secs_f64() / round.store.as_secs_f64()
    });
    let of_bare = median(rounds, |round| {
        round.bare.as_secs_f64() / round.store.as_secs_f64()
    });
    let a_second = |time: f64| (writers * ROUND) as f64 / time;
    println!(
        "{writers} writers, {line} bytes a submission, medians of {ROUNDS} rounds:\n  \
         the store: {:.0} durable submissions a second\n  \
         the disk alone, one thread, {writers} appended per fdatasync: {:.0}; the store's share {:.0} % (of rounds: {:.0} %)\n  \
         {writers} threads that hand the same bytes to a leader and do nothing else: {:.0}; the store's share {:.0} % (of rounds: {:.0} %)",
        a_second(store),
        a_second(disk),
        100.0 * disk / store,
        100.0 * of_disk,
        a_second(bare),
        100.0 * bare / store,
        100.0 * of_bare,
    );
}

fn median(rounds: &mut [Round], figure: impl Fn(&Round) -> f64) -> f64 {
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

/// Group commit and nothing else: bytes handed to whoever leads, one write, one sync, everybody woken.
struct Bare {
    file: File,
    state: Mutex<Waiting>,
    turned: Condvar,
    complete: Condvar,
}

#[derive(Default)]
struct Waiting {
    bytes: Vec<u8>,
    given: u64,
    done: u64,
    led: bool,
    /// How many the last group served, and how long it took.
    served: u64,
    took: Duration,
}

impl Bare {
    fn new(file: File) -> Self {
        Self {
            file,
            state: Mutex::default(),
            turned: Condvar::new(),
            complete: Condvar::new(),
        }
    }

    fn hand_over(&self, line: &[u8]) {
        let mut state = self.state.lock().unwrap();
        state.bytes.extend_from_slice(line);
        state.given += 1;
        let own = state.given;
        if state.given - state.done == state.served {
            self.complete.notify_one();
        }
        while state.done < own {
            if state.led {
                state = self.turned.wait(state).unwrap();
            } else {
                state.led = true;
                drop(state);
                state = self.lead();
            }
        }
    }

    fn lead(&self) -> MutexGuard<'_, Waiting> {
        let state = self.state.lock().unwrap();
        let patience = state.took / 2;
        // The others were woken a moment ago and are about to come again.
        let alone = |state: &mut Waiting| state.given - state.done < state.served;
        let waited = self.complete.wait_timeout_while(state, patience, alone);
        let mut state = waited.unwrap().0;
        let (bytes, up_to) = (std::mem::take(&mut state.bytes), state.given);
        drop(state);
        let started = Instant::now();
        (&self.file).write_all(&bytes).unwrap();
        self.file.sync_data().unwrap();
        let mut state = self.state.lock().unwrap();
        state.served = up_to - state.done;
        state.took = started.elapsed();
        state.done = up_to;
        state.led = false;
        self.turned.notify_all();
        state
    }
}

/// The time of a round of bare group commit.
fn handovers(bare: &Bare, writers: u64, line: usize) -> Duration {
    let line = vec![b'7'; line];
    let started = Instant::now();
    thread::scope(|scope| {
        for _ in 0..writers {
            scope.spawn(|| {
                for _ in 0..ROUND {
                    bare.hand_over(&line);
                }
            });
        }
    });
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
