//! Compares the index with the journal that it is a picture of, and counts what is stored.
use std::collections::{BTreeMap, HashMap};

use sha2::{Digest, Sha256};

use super::backup::{Kind, KindSum};
use super::index::Found;
use super::seal::{IndexChange, index_change};
use super::{Store, StoreError, read};

impl Store {
    /// How many documents each table has, by the index.
    pub fn counts(&self) -> Result<BTreeMap<String, u64>, StoreError> {
        let mut counts = BTreeMap::new();
        self.each_stored(|table, _, _| match counts.get_mut(&table) {
            Some(count) => *count += 1,
            None => drop(counts.insert(table, 1_u64)),
        })?;
        Ok(counts)
    }

    /// What there is of each kind, by the index.
    pub fn kinds(&self) -> Result<BTreeMap<String, Kind>, StoreError> {
        let mut sums: BTreeMap<String, KindSum> = BTreeMap::new();
        self.each_stored(|table, key, found| {
            let content = Sha256::digest(found.stored()).into();
            sums.entry(table).or_default().add(&key, &content);
        })?;
        let kinds = sums.into_iter().map(|(table, sum)| (table, sum.kind()));
        Ok(kinds.collect())
    }

    /// Compares the index with the journal, document by document; one sentence for each difference.
    ///
    /// What is changed meanwhile is left out. About a hundred bytes of memory for each document.
    pub fn check_index(&self) -> Result<Vec<String>, StoreError> {
        let up_to = self.durable_seq();
        let mut newest: HashMap<(String, String), (u64, [u8; 32])> = HashMap::new();
        self.each_change(0, up_to, |seq, change| {
            let name = (change.table.to_owned(), change.key.to_owned());
            match change.value {
                Some(value) => drop(newest.insert(name, (seq, Sha256::digest(value).into()))),
                None => drop(newest.remove(&name)),
            }
        })?;
        let mut faults = Vec::new();
        self.each_stored(|table, key, found| {
            let name = format!("{table}, revision {}", found.revision);
            let journal = newest.remove(&(table, key));
            let stated = (found.revision, Sha256::digest(found.stored()).into());
            match journal {
                // Changed since.
                _ if found.revision > up_to => {}
                Some(journal) if journal == stated => {}
                Some(_) => faults.push(format!("{name}: not what the journal says")),
                None => faults.push(format!("{name}: the journal has no such document")),
            }
        })?;
        // Deleted since; the journal tells.
        self.each_change(up_to, u64::MAX, |_, change| {
            newest.remove(&(change.table.to_owned(), change.key.to_owned()));
        })?;
        let missing = newest
            .into_iter()
            .map(|((table, _), (seq, _))| format!("{table}, revision {seq}: the index lacks it"));
        faults.extend(missing);
        Ok(faults)
    }

    fn each_stored(&self, mut take: impl FnMut(String, String, Found)) -> Result<(), StoreError> {
        self.trusted(|index| {
            for entry in index.everything() {
                let (table, key, found) = entry?;
                take(table, key, found);
            }
            Ok(())
        })
    }

    fn each_change(
        &self,
        after: u64,
        up_to: u64,
        mut take: impl FnMut(u64, IndexChange<'_>),
    ) -> Result<(), StoreError> {
        let up_to = up_to.min(self.durable_seq());
        read::each_commit(&self.dir.join("journal"), after, up_to, |line| {
            for change in line.ops.iter().filter_map(index_change) {
                take(line.seq, change);
            }
            Ok(())
        })
        .map(drop)
    }
}
