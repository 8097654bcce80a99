//! The order in which a table is written, whatever the order in which it came.
use std::collections::HashMap;

use super::rules::{Coords, Rules};

/// Labels in the order in which the additive rules name them, children before their sum.
pub(super) struct LabelOrder {
    ranks: Vec<HashMap<String, usize>>,
}

impl LabelOrder {
    pub(super) fn new(rules: &Rules) -> Self {
        let mut ranks: Vec<HashMap<String, usize>> = vec![HashMap::new(); rules.dims.len()];
        for sum in &rules.additive {
            if let Some(ranks) = rules.dim_index(&sum.dim).and_then(|dim| ranks.get_mut(dim)) {
                for label in sum.children.iter().chain([&sum.parent]) {
                    let next = ranks.len();
                    ranks.entry(label.clone()).or_insert(next);
                }
            }
        }
        Self { ranks }
    }

    pub(super) fn key(&self, coords: &Coords) -> Vec<(usize, String)> {
        coords
            .iter()
            .zip(&self.ranks)
            .map(|(label, ranks)| {
                let rank = ranks.get(label).copied().unwrap_or(usize::MAX);
                (rank, label.clone())
            })
            .collect()
    }
}
