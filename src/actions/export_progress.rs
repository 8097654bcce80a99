//! How far the exports have come that are being written just now, for the page that asked for them.
use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;

/// Exports that are remembered; older ones are forgotten.
const MOST: usize = 64;

/// One export under way.
#[derive(Default)]
pub struct Progress {
    done: AtomicUsize,
    all: AtomicUsize,
    state: AtomicUsize,
}

const WRITTEN: usize = 1;
const BROKEN: usize = 2;

/// What a page is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct HowFar {
    /// Steps of reading and writing that are done, as the writer counts them.
    pub done: usize,
    pub all: usize,
    pub state: &'static str,
}

/// All exports under way, by who asked and the name that the page gave.
#[derive(Default)]
pub struct Exports {
    known: Mutex<VecDeque<(Name, Arc<Progress>)>>,
}

/// Who asked, and what the page called it.
type Name = (String, String);

impl Exports {
    /// Begins to follow an export; a name that was used before is followed anew.
    pub fn begin(&self, staff: &str, name: &str) -> Arc<Progress> {
        let progress = Arc::new(Progress::default());
        let own = (staff.to_owned(), name.to_owned());
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|(other, _)| *other != own);
        known.push_back((own, Arc::clone(&progress)));
        if known.len() > MOST {
            known.pop_front();
        }
        progress
    }

    /// `None` for a name that this member of staff gave to no export.
    pub fn of(&self, staff: &str, name: &str) -> Option<HowFar> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let mut own = known.iter();
        let found = own.find(|((who, what), _)| who == staff && what == name)?;
        Some(found.1.how_far())
    }
}

impl Progress {
    /// Noted by the writer itself, after the step.
    pub fn tell(&self, done: usize, all: usize) {
        self.all.store(all, Ordering::Relaxed);
        self.done.store(done, Ordering::Relaxed);
    }

    /// The last byte was handed to the connection, or the writing broke off.
    pub fn end(&self, whole: bool) {
        let state = if whole { WRITTEN } else { BROKEN };
        self.state.store(state, Ordering::Relaxed);
    }

    fn how_far(&self) -> HowFar {
        HowFar {
            done: self.done.load(Ordering::Relaxed),
            all: self.all.load(Ordering::Relaxed),
            state: match self.state.load(Ordering::Relaxed) {
                WRITTEN => "written",
                BROKEN => "broken",
                _ => "running",
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_told_to_whoever_asked_for_the_export_alone() {
        let exports = Exports::default();
        let progress = exports.begin("a@example.dk", "x");
        progress.tell(3, 7);
        let far = exports.of("a@example.dk", "x");
        let wanted = HowFar {
            done: 3,
            all: 7,
            state: "running",
        };
        assert_eq!(far, Some(wanted));
        assert_eq!(exports.of("b@example.dk", "x"), None);
        progress.end(false);
        assert_eq!(exports.of("a@example.dk", "x").unwrap().state, "broken");
        for n in 0..MOST {
            exports.begin("a@example.dk", &n.to_string());
        }
        assert_eq!(exports.of("a@example.dk", "x"), None, "forgotten");
    }
}
