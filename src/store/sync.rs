//! Group commit: whoever waits first syncs the journal for everybody who has written by then.
//!
//! There is no syncer thread: a lone writer syncs at once without a handover, and of many
//! writers one syncs while the others append, so each sync carries all that came meanwhile.
use std::fs::File;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use super::disk::Disk;

pub struct GroupSync {
    disk: Arc<dyn Disk>,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    file: Arc<File>,
    appended: u64,
    durable: u64,
    syncing: bool,
    failed: Option<String>,
}

impl GroupSync {
    /// All up to `durable` is on stable storage already.
    pub fn new(disk: Arc<dyn Disk>, file: Arc<File>, durable: u64) -> Self {
        Self {
            disk,
            state: Mutex::new(State {
                file,
                appended: durable,
                durable,
                syncing: false,
                failed: None,
            }),
            changed: Condvar::new(),
        }
    }

    pub fn durable(&self) -> u64 {
        self.state().durable
    }

    /// Why writing has stopped, if it has.
    pub fn failure(&self) -> Option<String> {
        self.state().failed.clone()
    }

    /// Stops all writing; the first reason stays.
    pub fn fail(&self, because: String) {
        self.state().failed.get_or_insert(because);
        self.changed.notify_all();
    }

    /// Commit `seq` is written to `file`; everything in older files is synced already.
    pub fn appended(&self, seq: u64, file: Arc<File>) {
        let mut state = self.state();
        state.appended = seq;
        state.file = file;
    }

    /// Returns when commit `seq` is on stable storage; the error is why it never will be.
    ///
    /// A `seq` not written yet counts as the last one that is.
    pub fn wait(&self, seq: u64) -> Result<(), String> {
        let mut state = self.state();
        let seq = seq.min(state.appended);
        loop {
            if state.durable >= seq {
                return Ok(());
            }
            if let Some(because) = &state.failed {
                return Err(because.clone());
            }
            state = if state.syncing {
                self.changed
                    .wait(state)
                    .unwrap_or_else(PoisonError::into_inner)
            } else {
                self.sync_all_appended(state)
            };
        }
    }

    fn sync_all_appended<'a>(&'a self, mut state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        let target = state.appended;
        let file = Arc::clone(&state.file);
        state.syncing = true;
        drop(state);
        let synced = self.disk.sync(&file);
        let mut state = self.state();
        state.syncing = false;
        match synced {
            Ok(()) => state.durable = target,
            Err(error) => {
                log::error!("the journal could not be synced, writing stops: {error}");
                state
                    .failed
                    .get_or_insert(format!("the journal could not be synced: {error}"));
            }
        }
        self.changed.notify_all();
        state
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
