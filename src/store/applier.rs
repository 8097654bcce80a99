//! Brings what the journal holds into the index, behind the writers' backs.
//!
//! A writer need not wait for the index: once its lines are on stable storage its changes are handed over, can be
//! read from that moment on, and are written to the index by a thread of their own while the next group
//! is being synced. Whoever reads many documents waits until what was handed over before is there.
//!
//! The index may hang for ever (sled does after a fault of the disk), so every wait here has an end.
use std::collections::{HashMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// More than this waiting in memory makes writers wait.
const WAITING_BYTES: usize = 8 << 20;

/// An address and what lies there afterwards; `None`: nothing.
pub type Change<V> = (Vec<u8>, Option<V>);

/// What is written to.
pub trait Keeper<V>: Send + 'static {
    /// Makes the changes in their order.
    fn apply(&self, changes: &[Change<V>]) -> Result<(), String>;

    /// Writes out what it holds in memory.
    fn flush(&self) -> Result<(), String>;
}

/// `V` is a value, cheap to clone.
pub struct Applier<V> {
    shared: Arc<Shared<V>>,
    /// How long anything may take.
    patience: Duration,
}

struct Shared<V> {
    state: Mutex<State<V>>,
    /// There is something to do.
    work: Condvar,
    /// Something was done.
    done: Condvar,
}

struct State<V> {
    jobs: VecDeque<Job<V>>,
    /// What is handed over and not yet in the index, with the number of its job.
    latest: HashMap<Vec<u8>, (u64, Option<V>)>,
    bytes: usize,
    /// How many jobs were given, may be begun, and are done.
    given: u64,
    begun: u64,
    done: u64,
    failed: Option<String>,
    ending: bool,
    ended: bool,
}

enum Job<V> {
    Apply(Vec<Change<V>>),
    Flush,
}

impl<V: Clone + AsRef<[u8]> + Send + 'static> Applier<V> {
    pub fn start(keeper: impl Keeper<V>, patience: Duration) -> Result<Self, String> {
        let shared = Arc::new(Shared {
            state: Mutex::new(State::empty()),
            work: Condvar::new(),
            done: Condvar::new(),
        });
        let theirs = Arc::clone(&shared);
        thread::Builder::new()
            .name("index".into())
            .spawn(move || {
                theirs.work_on(&keeper);
                // Given back before the end is told, so that the caller closes the last one.
                drop(keeper);
                theirs.state().ended = true;
                theirs.done.notify_all();
            })
            .map_err(|error| error.to_string())?;
        Ok(Self { shared, patience })
    }

    /// Hands changes over; when it returns they can be read. The thread begins when it is [woken](Self::wake).
    pub fn give(&self, changes: Vec<Change<V>>) -> Result<(), String> {
        let mut state = self.with_room()?;
        let number = state.given + 1;
        for (address, value) in &changes {
            state.bytes += size(value.as_ref());
            let latest = (number, value.clone());
            state.latest.insert(address.clone(), latest);
        }
        self.push(state, Job::Apply(changes));
        Ok(())
    }

    fn with_room(&self) -> Result<MutexGuard<'_, State<V>>, String> {
        let state = self.shared.state();
        if state.failed.is_none() && state.bytes <= WAITING_BYTES {
            return Ok(state);
        }
        drop(state);
        self.until(|state| state.bytes <= WAITING_BYTES)
    }

    /// What will lie at the address; `None`: what lies there now.
    pub fn latest(&self, address: &[u8]) -> Option<Option<V>> {
        let state = self.shared.state();
        state.latest.get(address).map(|(_, value)| value.clone())
    }

    /// Returns when all that was handed over before is in the index.
    pub fn settle(&self) -> Result<(), String> {
        let given = self.shared.state().given;
        self.until(|state| state.done >= given).map(drop)
    }

    /// Has the index write out what it holds in memory.
    pub fn flush(&self) -> Result<(), String> {
        self.push(self.shared.state(), Job::Flush);
        self.settle()
    }

    /// Ends the thread; false when it hangs. What still waits is given up.
    pub fn end(&self) -> bool {
        let mut state = self.shared.state();
        state.jobs.clear();
        state.ending = true;
        self.shared.work.notify_one();
        let (state, _) = self
            .shared
            .done
            .wait_timeout_while(state, self.patience, |state| !state.ended)
            .unwrap_or_else(PoisonError::into_inner);
        state.ended
    }

    /// Has the thread begin on what was handed over.
    ///
    /// Not when it is handed over: writers who were just served need the processors then, and while
    /// the next group is synced they don't.
    pub fn wake(&self) {
        let mut state = self.shared.state();
        if state.begun < state.given {
            state.begun = state.given;
            drop(state);
            self.shared.work.notify_one();
        }
    }

    fn push(&self, mut state: MutexGuard<'_, State<V>>, job: Job<V>) {
        state.given += 1;
        state.jobs.push_back(job);
    }

    fn until(&self, holds: impl Fn(&State<V>) -> bool) -> Result<MutexGuard<'_, State<V>>, String> {
        self.wake();
        let waits = |state: &mut State<V>| state.failed.is_none() && !holds(state);
        let (state, waited) = self
            .shared
            .done
            .wait_timeout_while(self.shared.state(), self.patience, waits)
            .unwrap_or_else(PoisonError::into_inner);
        match &state.failed {
            Some(cause) => Err(cause.clone()),
            None if waited.timed_out() => Err("it does not answer".to_owned()),
            None => Ok(state),
        }
    }
}

impl<V: Clone + AsRef<[u8]>> Shared<V> {
    fn work_on(&self, keeper: &impl Keeper<V>) {
        while let Some((job, number)) = self.next() {
            let outcome = catch_unwind(AssertUnwindSafe(|| match &job {
                Job::Apply(changes) => keeper.apply(changes),
                Job::Flush => keeper.flush(),
            }));
            let failed = match outcome {
                Ok(Ok(())) => None,
                Ok(Err(cause)) => Some(cause),
                Err(_) => Some("its files are damaged".to_owned()),
            };
            self.note(&job, number, failed);
        }
    }

    fn next(&self) -> Option<(Job<V>, u64)> {
        let idle = |state: &mut State<V>| {
            !state.ending && (state.jobs.is_empty() || state.done >= state.begun)
        };
        let mut state = self
            .work
            .wait_while(self.state(), idle)
            .unwrap_or_else(PoisonError::into_inner);
        let mut job = state.jobs.pop_front()?;
        let number = state.done + 1;
        if let Job::Apply(changes) = &mut job {
            state.drop_outdated(changes, number);
        }
        Some((job, number))
    }

    /// After a failure nothing is forgotten and nothing follows, so that all can still be read.
    fn note(&self, job: &Job<V>, number: u64, failed: Option<String>) {
        let mut state = self.state();
        if failed.is_some() || state.failed.is_some() {
            state.failed = state.failed.take().or(failed);
            state.jobs.clear();
        } else {
            state.done = number;
            if let Job::Apply(changes) = job {
                state.forget(changes, number);
            }
        }
        drop(state);
        self.done.notify_all();
    }

    fn state(&self) -> MutexGuard<'_, State<V>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<V: AsRef<[u8]>> State<V> {
    fn empty() -> Self {
        Self {
            jobs: VecDeque::new(),
            latest: HashMap::new(),
            bytes: 0,
            given: 0,
            begun: 0,
            done: 0,
            failed: None,
            ending: false,
            ended: false,
        }
    }

    /// What a later job overwrites need not be written: that job is in the journal like this one.
    fn drop_outdated(&mut self, changes: &mut Vec<Change<V>>, number: u64) {
        let (latest, bytes) = (&self.latest, &mut self.bytes);
        changes.retain(|(address, value)| {
            let outdated = latest.get(address).is_some_and(|(of, _)| *of > number);
            if outdated {
                *bytes -= size(value.as_ref());
            }
            !outdated
        });
    }

    fn forget(&mut self, changes: &[Change<V>], number: u64) {
        for (address, value) in changes {
            self.bytes -= size(value.as_ref());
            if self
                .latest
                .get(address)
                .is_some_and(|(of, _)| *of == number)
            {
                self.latest.remove(address);
            }
        }
    }
}

fn size<V: AsRef<[u8]>>(value: Option<&V>) -> usize {
    value.map_or(0, |value| value.as_ref().len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;
    use std::sync::mpsc::{Receiver, Sender, channel};

    /// Does one job for each message; after the last sender is gone it fails.
    struct Slow {
        told: Mutex<Receiver<()>>,
        there: There,
    }

    impl Keeper<Arc<[u8]>> for Slow {
        fn apply(&self, changes: &[Change<Arc<[u8]>>]) -> Result<(), String> {
            self.flush()?;
            let mut there = self.there.lock().unwrap();
            for (address, value) in changes {
                match value {
                    Some(value) => drop(there.insert(address.clone(), Arc::clone(value))),
                    None => drop(there.remove(address)),
                }
            }
            Ok(())
        }

        fn flush(&self) -> Result<(), String> {
            let told = self.told.lock().unwrap();
            told.recv().map_err(|_| "the disk is gone".to_owned())
        }
    }

    /// What the index holds.
    type There = Arc<Mutex<BTreeMap<Vec<u8>, Arc<[u8]>>>>;

    fn slow(patience: u64) -> (Applier<Arc<[u8]>>, Sender<()>, There) {
        let (tell, told) = channel();
        let there = There::default();
        let keeper = Slow {
            told: Mutex::new(told),
            there: Arc::clone(&there),
        };
        let applier = Applier::start(keeper, Duration::from_millis(patience)).unwrap();
        (applier, tell, there)
    }

    fn put(address: &str, value: &str) -> Change<Arc<[u8]>> {
        (address.into(), Some(value.as_bytes().into()))
    }

    const PATIENT: u64 = 60_000;

    #[test]
    fn what_is_handed_over_can_be_read_before_it_is_in_the_index() {
        let (applier, tell, there) = slow(PATIENT);
        applier.give(vec![put("a", "1"), put("b", "1")]).unwrap();
        applier
            .give(vec![put("a", "2"), ("b".into(), None)])
            .unwrap();
        assert_eq!(applier.latest(b"a").flatten().as_deref(), Some(&b"2"[..]));
        assert_eq!(applier.latest(b"b"), Some(None));
        assert_eq!(applier.latest(b"c"), None);
        assert!(there.lock().unwrap().is_empty());
        // The first is done, the second not: the newer value still stands.
        tell.send(()).unwrap();
        drop(applier.until(|state| state.done == 1).unwrap());
        assert_eq!(applier.latest(b"a").flatten().as_deref(), Some(&b"2"[..]));
        tell.send(()).unwrap();
        applier.settle().unwrap();
        assert_eq!(applier.latest(b"a"), None);
        assert_eq!(
            there.lock().unwrap().get(&b"a"[..]).map(|v| &**v),
            Some(&b"2"[..])
        );
        assert_eq!(there.lock().unwrap().len(), 1);
        assert!(applier.end());
    }

    #[test]
    fn a_hanging_index_keeps_nobody_waiting_for_ever() {
        let (applier, tell, _) = slow(30);
        applier.give(vec![put("a", "1")]).unwrap();
        assert_eq!(applier.settle(), Err("it does not answer".to_owned()));
        assert!(applier.flush().is_err());
        assert!(!applier.end(), "the thread hangs");
        assert_eq!(applier.latest(b"a").flatten().as_deref(), Some(&b"1"[..]));
        drop(tell);
    }

    #[test]
    fn writers_wait_when_too_much_waits() {
        let (applier, tell, _) = slow(30);
        let much = "7".repeat(WAITING_BYTES + 1);
        applier.give(vec![put("a", &much)]).unwrap();
        assert!(applier.give(vec![put("b", "1")]).is_err());
        tell.send(()).unwrap();
        tell.send(()).unwrap();
        drop(applier.until(|state| state.done == 1).unwrap());
        applier.give(vec![put("b", "1")]).unwrap();
    }

    #[test]
    fn after_a_failure_all_can_be_read_and_nothing_is_taken() {
        let (applier, tell, _) = slow(PATIENT);
        applier.give(vec![put("a", "1")]).unwrap();
        drop(tell);
        assert_eq!(applier.settle(), Err("the disk is gone".to_owned()));
        assert!(applier.give(vec![put("b", "1")]).is_err());
        assert_eq!(applier.latest(b"a").flatten().as_deref(), Some(&b"1"[..]));
        assert!(applier.end());
    }
}
