//! Whether what a commit expects still holds.
//!
//! Each writer looks its documents up on its own thread, before it queues. Whoever leads the group
//! need then only know what was changed since, and has that in memory.
use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{MutexGuard, PoisonError};

use super::commit::Commit;
use super::group::Entry;
use super::line::Op;
use super::{CommitError, Store};

/// So many changed addresses are remembered; later they are looked up again.
const MOST_REMEMBERED: usize = 8_192;

/// What a writer found before it queued.
#[derive(Debug, Clone, Default)]
pub struct Looked {
    /// Of what the commit expects, in its order: address and revision.
    found: Vec<(String, Option<u64>)>,
    /// Addresses of its operations, in their order.
    changes: Vec<String>,
    /// All commits up to this one could be seen.
    at: u64,
    /// Of the index that was looked at.
    generation: u64,
}

/// What was changed by the last groups.
#[derive(Default)]
pub struct Recent {
    /// By address: the commit, and whether there is a document since.
    changed: HashMap<String, (u64, bool)>,
    /// All changes after this commit are there.
    since: u64,
    /// The index's; another one may show less, for documents were erased.
    generation: u64,
}

impl Recent {
    fn begin(&mut self, seq: u64, generation: u64) {
        if self.changed.len() > MOST_REMEMBERED || self.generation != generation {
            self.forget(seq);
            self.generation = generation;
        }
    }

    /// Nothing is known of what came before this commit is made.
    fn forget(&mut self, seq: u64) {
        self.changed.clear();
        self.since = seq;
    }

    /// The revision now; `None` when it must be looked up again.
    fn revision(&self, looked: &Looked, address: &str, found: Option<u64>) -> Option<Option<u64>> {
        match self.changed.get(address) {
            Some((seq, put)) if *seq > looked.at => Some(put.then_some(*seq)),
            _ if looked.at >= self.since && looked.generation == self.generation => Some(found),
            _ => None,
        }
    }
}

fn address(table: &str, key: &str) -> String {
    [table, "\0", key].concat()
}

impl Store {
    /// Looks up what the commit expects; on its writer's thread.
    pub(super) fn looked_up(&self, mut commit: Commit) -> Result<Commit, CommitError> {
        let mut looked = Looked {
            generation: self.generation.load(Ordering::SeqCst),
            at: self.durable_seq(),
            ..Looked::default()
        };
        for expected in &commit.expected {
            let revision = self.revision(expected.table, &expected.key)?;
            let address = address(expected.table, &expected.key);
            looked.found.push((address, revision));
        }
        let changes = commit.ops.iter().map(|op| address(op.table(), op.key()));
        looked.changes = changes.collect();
        commit.looked = looked;
        Ok(commit)
    }

    /// Answers those whose preconditions do not hold, given what the ones before them change.
    ///
    /// `seq` is the last commit; who calls holds the journal.
    pub(super) fn without_conflicts(&self, entries: Vec<Entry>, mut seq: u64) -> Vec<Entry> {
        let mut recent = self.recent();
        recent.begin(seq, self.generation.load(Ordering::SeqCst));
        let mut passed = Vec::with_capacity(entries.len());
        for mut entry in entries {
            if let Err(error) = self.check(&entry.commit, &recent) {
                entry.done(Err(error));
                continue;
            }
            seq += u64::from(!entry.commit.is_empty());
            let addresses = std::mem::take(&mut entry.commit.looked.changes);
            for (op, address) in entry.commit.ops.iter().zip(addresses) {
                let put = matches!(op, Op::Put { .. });
                recent.changed.insert(address, (seq, put));
            }
            passed.push(entry);
        }
        passed
    }

    /// The commits that passed were not made: what was noted of them does not hold.
    pub(super) fn forget_recent(&self, seq: u64) {
        self.recent().forget(seq);
    }

    fn check(&self, commit: &Commit, recent: &Recent) -> Result<(), CommitError> {
        let found = &commit.looked.found;
        for (expected, (address, found)) in commit.expected.iter().zip(found) {
            let revision = match recent.revision(&commit.looked, address, *found) {
                Some(revision) => revision,
                None => self.revision(expected.table, &expected.key)?,
            };
            if revision != expected.revision {
                return Err(CommitError::Conflict {
                    table: expected.table,
                    key: expected.key.clone(),
                });
            }
        }
        Ok(())
    }

    fn revision(&self, table: &str, key: &str) -> Result<Option<u64>, CommitError> {
        let found = self.trusted(|index| index.get(table, key));
        Ok(found.map_err(CommitError::Read)?.map(|f| f.revision))
    }

    fn recent(&self) -> MutexGuard<'_, Recent> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looked(at: u64, generation: u64) -> Looked {
        Looked {
            at,
            generation,
            ..Looked::default()
        }
    }

    #[test]
    fn what_changed_after_the_look_counts_and_what_may_have_changed_is_looked_up_again() {
        let mut recent = Recent::default();
        recent.begin(10, 1);
        recent.changed.insert("a".into(), (12, true));
        recent.changed.insert("b".into(), (13, false));
        let look = looked(11, 1);
        assert_eq!(recent.revision(&look, "a", Some(4)), Some(Some(12)));
        assert_eq!(recent.revision(&look, "b", Some(4)), Some(None));
        assert_eq!(recent.revision(&look, "c", Some(4)), Some(Some(4)));
        // Seen with the change: nothing newer.
        assert_eq!(
            recent.revision(&looked(12, 1), "a", Some(12)),
            Some(Some(12))
        );
        // Looked at before what is remembered, or at another index.
        assert_eq!(recent.revision(&looked(9, 1), "c", Some(4)), None);
        assert_eq!(recent.revision(&looked(11, 0), "c", Some(4)), None);
        recent.forget(13);
        assert_eq!(recent.revision(&look, "a", Some(4)), None);
    }

    #[test]
    fn another_index_ends_what_is_remembered() {
        let mut recent = Recent::default();
        recent.begin(1, 0);
        recent.changed.insert("a".into(), (2, true));
        recent.begin(2, 1);
        assert_eq!(recent.revision(&looked(2, 1), "a", None), Some(None));
        assert_eq!(recent.revision(&looked(1, 1), "a", None), None);
    }
}
