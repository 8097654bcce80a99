//! Group commit: of many writers one leads, and makes the commits of all who wait with it.
//!
//! There is no writer thread. A lone writer leads at once, without a handover; while a leader
//! waits for the disk the others queue, and the first of them leads next, with all the rest. So
//! one write, one sync and one batch serve many commits, and nothing is visible before it is
//! durable.
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::commit::{Commit, Committed};
use super::error::CommitError;

/// A disk that once stalled must not make later writers wait long for company.
const MOST_PATIENCE: Duration = Duration::from_millis(1);

type Outcome = Result<Committed, CommitError>;

/// A commit whose writer waits for its outcome; it gets one even if the leader breaks off.
pub struct Entry {
    pub commit: Commit,
    seat: Arc<Seat>,
}

/// Where a writer waits.
#[derive(Default)]
struct Seat {
    turn: Mutex<Turn>,
    turned: Condvar,
}

#[derive(Default)]
enum Turn {
    #[default]
    Waiting,
    Leading,
    Done(Outcome),
}

#[derive(Default)]
pub struct Group {
    queue: Mutex<Queue>,
    /// As many wait as the leader waits for.
    complete: Condvar,
}

#[derive(Default)]
struct Queue {
    waiting: Vec<Entry>,
    led: bool,
    /// How many the leader waits for; 0 while it does not.
    wanted: usize,
    /// How many the last two leaders served, and how long the last one took.
    served: [usize; 2],
    took: Duration,
}

impl Group {
    /// Waits until `write`, called here or by another leader, has given the commit its outcome.
    pub fn commit(&self, commit: Commit, write: impl FnOnce(Vec<Entry>)) -> Outcome {
        let seat = Arc::new(Seat::default());
        let leads = {
            let mut queue = self.queue();
            queue.waiting.push(Entry {
                commit,
                seat: Arc::clone(&seat),
            });
            if queue.waiting.len() == queue.wanted {
                self.complete.notify_one();
            }
            !std::mem::replace(&mut queue.led, true)
        };
        if !leads && let Some(outcome) = seat.wait() {
            return outcome;
        }
        self.lead(write);
        seat.outcome()
    }

    fn lead(&self, write: impl FnOnce(Vec<Entry>)) {
        let _handover = Handover { group: self };
        let entries = self.with_company();
        let count = entries.len();
        let started = Instant::now();
        write(entries);
        let mut queue = self.queue();
        queue.served = [queue.served[1], count];
        queue.took = started.elapsed();
    }

    /// All who wait, and those who are about to.
    ///
    /// Writers just served are often about to write again. Without a moment's patience a lone
    /// commit and a full group would alternate, at the price of two syncs for one group.
    fn with_company(&self) -> Vec<Entry> {
        let mut queue = self.queue();
        queue.wanted = queue.served[0].max(queue.served[1]);
        let patience = MOST_PATIENCE.min(queue.took / 2);
        let alone = |queue: &mut Queue| queue.waiting.len() < queue.wanted;
        let waited = self.complete.wait_timeout_while(queue, patience, alone);
        let (mut queue, _) = waited.unwrap_or_else(PoisonError::into_inner);
        queue.wanted = 0;
        std::mem::take(&mut queue.waiting)
    }

    /// Whether nobody waits for the next leader.
    pub fn is_idle(&self) -> bool {
        self.queue().waiting.is_empty()
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes the first who waits the next leader, also when this one breaks off.
struct Handover<'a> {
    group: &'a Group,
}

impl Drop for Handover<'_> {
    fn drop(&mut self) {
        let mut queue = self.group.queue();
        match queue.waiting.first() {
            Some(next) => next.seat.turn_to(Turn::Leading),
            None => queue.led = false,
        }
    }
}

impl Entry {
    pub fn done(self, outcome: Outcome) {
        self.seat.turn_to(Turn::Done(outcome));
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut turn = self.seat.turn();
        if !matches!(*turn, Turn::Done(_)) {
            *turn = Turn::Done(Err(broken_off()));
            self.seat.turned.notify_one();
        }
    }
}

impl Seat {
    /// The outcome, or `None` when it is this writer's turn to lead.
    fn wait(&self) -> Option<Outcome> {
        let turn = self
            .turned
            .wait_while(self.turn(), |turn| matches!(turn, Turn::Waiting));
        let mut turn = turn.unwrap_or_else(PoisonError::into_inner);
        match std::mem::take(&mut *turn) {
            Turn::Done(outcome) => Some(outcome),
            Turn::Leading | Turn::Waiting => None,
        }
    }

    fn outcome(&self) -> Outcome {
        match std::mem::take(&mut *self.turn()) {
            Turn::Done(outcome) => outcome,
            Turn::Leading | Turn::Waiting => Err(broken_off()),
        }
    }

    fn turn_to(&self, turn: Turn) {
        *self.turn() = turn;
        self.turned.notify_one();
    }

    fn turn(&self) -> MutexGuard<'_, Turn> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn broken_off() -> CommitError {
    CommitError::Sync("a writer broke off in the middle of a commit".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::thread;

    fn commit() -> Commit {
        Commit::new(DateTime::UNIX_EPOCH)
    }

    fn serve(entries: Vec<Entry>) {
        entries
            .into_iter()
            .for_each(|entry| entry.done(Ok(Committed { seq: 1 })));
    }

    #[test]
    fn every_writer_is_served_once() {
        let group = Group::default();
        let served = Mutex::new(0);
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        let outcome = group.commit(commit(), |entries| {
                            *served.lock().unwrap() += entries.len();
                            serve(entries);
                        });
                        assert!(outcome.is_ok());
                    }
                });
            }
        });
        assert_eq!(*served.lock().unwrap(), 400);
    }

    #[test]
    fn a_leader_that_breaks_off_leaves_nobody_waiting() {
        let group = Group::default();
        thread::scope(|scope| {
            let broken = scope.spawn(|| {
                catch_unwind(AssertUnwindSafe(|| {
                    group.commit(commit(), |_entries| {
                        thread::sleep(Duration::from_millis(30));
                        panic!("the leader breaks off");
                    })
                }))
                .is_err()
            });
            thread::sleep(Duration::from_millis(10));
            let waiting = scope.spawn(|| group.commit(commit(), serve));
            assert!(broken.join().unwrap());
            assert!(waiting.join().unwrap().is_ok());
        });
        assert!(group.commit(commit(), serve).is_ok());
    }
}
