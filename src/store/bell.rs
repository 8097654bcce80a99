//! Wakes whoever waits for changes of a table, once they are on stable storage.
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Counts rings, so that none is missed between two waits.
#[derive(Debug, Default)]
pub struct Bell {
    rings: Mutex<u64>,
    rung: Condvar,
}

impl Bell {
    pub fn ring(&self) {
        *self.count() += 1;
        self.rung.notify_all();
    }

    /// Returns the count of rings once it is more than `heard`, or after `at_most`.
    pub fn wait(&self, heard: u64, at_most: Duration) -> u64 {
        let (count, _) = self
            .rung
            .wait_timeout_while(self.count(), at_most, |count| *count <= heard)
            .unwrap_or_else(PoisonError::into_inner);
        *count
    }

    fn count(&self) -> MutexGuard<'_, u64> {
        self.rings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
