//! Merges rows before anything is protected: counts, sums, facts and settings alike.
use std::collections::BTreeMap;

use super::TrueCell;
use super::known::AlreadyKnown;
use super::options::Merge;
use super::policy::{Policy, Selection};
use super::protect::Refusal;
use super::rules::{Additive, Classes, Coords, Linear, Rules};

/// The same report with the policy's rows merged.
pub(super) fn merged(
    cells: &[TrueCell],
    rules: &Rules,
    policy: &Policy,
) -> Result<(Vec<TrueCell>, Rules, Policy), Refusal> {
    let (mut cells, mut rules, mut policy) = (cells.to_vec(), rules.clone(), policy.clone());
    for merge in std::mem::take(&mut policy.merge) {
        let dim = rules.dim_index(&merge.dim).ok_or_else(|| {
            let message = format!("merge: dimensionen »{}« findes ikke", merge.dim);
            Refusal::plain(message)
        })?;
        let merging = Merging { merge: &merge, dim };
        cells = merging.cells(&cells)?;
        merging.rules(&mut rules)?;
        merging.policy(&mut policy);
    }
    Ok((cells, rules, policy))
}

struct Merging<'a> {
    merge: &'a Merge,
    dim: usize,
}

impl Merging<'_> {
    fn concerns(&self, label: &String) -> bool {
        self.merge.labels.contains(label)
    }

    fn relabelled(&self, coords: &Coords) -> Coords {
        let mut coords = coords.clone();
        if let Some(label) = coords.get_mut(self.dim)
            && self.merge.labels.contains(label)
        {
            label.clone_from(&self.merge.into);
        }
        coords
    }

    fn is_taken(&self, label: &String) -> bool {
        *label == self.merge.into && !self.concerns(label)
    }

    fn refused(&self, why: &str) -> Refusal {
        let rows = self.merge.labels.join(", ");
        Refusal::plain(format!("{rows} kan ikke slås sammen: {why}"))
    }

    fn cells(&self, cells: &[TrueCell]) -> Result<Vec<TrueCell>, Refusal> {
        let mut place: BTreeMap<Coords, usize> = BTreeMap::new();
        let mut merged: Vec<TrueCell> = Vec::new();
        for cell in cells {
            let label = cell.coords.get(self.dim);
            if label.is_some_and(|label| self.is_taken(label)) {
                return Err(self.refused(&format!("»{}« findes i forvejen", self.merge.into)));
            }
            let coords = self.relabelled(&cell.coords);
            let is_merged = label.is_some_and(|label| self.concerns(label));
            match place.get(&coords).filter(|_| is_merged) {
                Some(at) => {
                    let sum = &mut merged[*at].value;
                    *sum = match (*sum, cell.value) {
                        (Some(a), Some(b)) => Some(a.saturating_add(b)),
                        (a, b) => a.or(b),
                    };
                }
                None => {
                    place.insert(coords.clone(), merged.len());
                    merged.push(TrueCell {
                        coords,
                        value: cell.value,
                    });
                }
            }
        }
        Ok(merged)
    }

    fn rules(&self, rules: &mut Rules) -> Result<(), Refusal> {
        for sum in &mut rules.additive {
            self.sum(sum)?;
        }
        for fact in &mut rules.linear {
            self.linear(fact)?;
        }
        for class in &mut rules.classes {
            self.class(class)?;
        }
        Ok(())
    }

    fn sum(&self, sum: &mut Additive) -> Result<(), Refusal> {
        if let Some(labels) = sum.only.get_mut(&self.merge.dim) {
            self.labels(labels)?;
        }
        if sum.dim != self.merge.dim {
            return Ok(());
        }
        if self.concerns(&sum.parent) {
            return Err(self.refused(&format!("»{}« er selv en sum", sum.parent)));
        }
        let factor = |label: &String| sum.coef.get(label).copied().unwrap_or(1);
        let own = sum.children.iter().filter(|child| self.concerns(child));
        let mut factors: Vec<i64> = own.map(factor).collect();
        factors.dedup();
        self.labels(&mut sum.children)?;
        match factors.as_slice() {
            [] | [1] => {}
            [factor] => {
                sum.coef.insert(self.merge.into.clone(), *factor);
            }
            _ => return Err(self.refused("de har forskellige faktorer i en sum")),
        }
        sum.coef
            .retain(|label, _| !self.concerns(label) || *label == self.merge.into);
        Ok(())
    }

    /// All of the labels or none of them must be named.
    fn labels(&self, labels: &mut Vec<String>) -> Result<(), Refusal> {
        let named = labels.iter().filter(|label| self.concerns(label)).count();
        if named == 0 {
            return Ok(());
        }
        if named < self.merge.labels.len() {
            return Err(self.refused("de er ikke dele af de samme summer"));
        }
        let first = labels.iter().position(|label| self.concerns(label));
        labels.retain(|label| !self.concerns(label));
        labels.insert(
            first.unwrap_or(0).min(labels.len()),
            self.merge.into.clone(),
        );
        Ok(())
    }

    fn linear(&self, fact: &mut Linear) -> Result<(), Refusal> {
        let mut merged: Vec<(Coords, i64, usize)> = Vec::new();
        for (coords, factor) in &fact.terms {
            let relabelled = self.relabelled(coords);
            let is_own = coords
                .get(self.dim)
                .is_some_and(|label| self.concerns(label));
            let same = |(at, of, _): &&mut (Coords, i64, usize)| {
                is_own && *at == relabelled && of == factor
            };
            match merged.iter_mut().find(same) {
                Some((_, _, named)) => *named += 1,
                None => merged.push((relabelled, *factor, usize::from(is_own))),
            }
        }
        if merged.iter().any(|(_, _, named)| !self.is_whole(*named)) {
            let why = format!("»{}« taler om dem hver for sig", fact.name);
            return Err(self.refused(&why));
        }
        fact.terms = merged.into_iter().map(|(at, of, _)| (at, of)).collect();
        Ok(())
    }

    fn is_whole(&self, named: usize) -> bool {
        named == 0 || named == self.merge.labels.len()
    }

    /// Groups that become the same cells become one group.
    fn class(&self, class: &mut Classes) -> Result<(), Refusal> {
        let mut merged: Vec<(String, [Vec<Coords>; 2], usize)> = Vec::new();
        for (name, cells) in &class.groups {
            let less = class.minus.get(name).map_or(&[][..], Vec::as_slice);
            let own = cells.iter().chain(less);
            let own = own.filter_map(|coords| coords.get(self.dim));
            let mut own: Vec<&String> = own.filter(|label| self.concerns(label)).collect();
            own.sort_unstable();
            own.dedup();
            if own.len() > 1 {
                return Err(self.refused(&format!("sætningen »{}« lægger dem sammen", class.name)));
            }
            let cells = [cells.as_slice(), less].map(|cells| self.all_relabelled(cells));
            let same = merged
                .iter_mut()
                .find(|(_, other, named)| *named > 0 && !own.is_empty() && *other == cells);
            match same {
                Some((_, _, named)) => *named += 1,
                None if own.is_empty() => merged.push((name.clone(), cells, 0)),
                None => merged.push((self.merge.into.clone(), cells, 1)),
            }
        }
        if merged.iter().any(|(_, _, named)| !self.is_whole(*named)) {
            let why = format!("sætningen »{}« tæller kun nogle af dem", class.name);
            return Err(self.refused(&why));
        }
        if merged.iter().any(|(_, _, named)| *named > 0) {
            class.bins.iter_mut().for_each(|bin| bin.count = None);
            class.attained.clear();
        }
        let groups = merged.len();
        (class.groups, class.minus) = (BTreeMap::new(), BTreeMap::new());
        for (name, [cells, less], _) in merged {
            if !less.is_empty() {
                class.minus.insert(name.clone(), less);
            }
            class.groups.insert(name, cells);
        }
        if class.groups.len() < groups {
            return Err(self.refused(&format!(
                "sætningen »{}« har flere grupper med dem",
                class.name
            )));
        }
        Ok(())
    }

    /// In an order that does not depend on the labels before.
    fn all_relabelled(&self, cells: &[Coords]) -> Vec<Coords> {
        let mut cells: Vec<Coords> = cells.iter().map(|at| self.relabelled(at)).collect();
        cells.sort_unstable();
        cells
    }

    fn policy(&self, policy: &mut Policy) {
        for coords in policy
            .keep_visible
            .iter_mut()
            .chain(&mut policy.keep_hidden)
        {
            *coords = self.relabelled(coords);
        }
        // Of a merged row nothing is known that way.
        let is_own = |known: &AlreadyKnown| {
            let label = known.cell.get(self.dim);
            label.is_some_and(|label| self.concerns(label))
        };
        policy.already_known.retain(|known| !is_own(known));
        let selections = policy
            .keep_visible_where
            .iter_mut()
            .chain(&mut policy.exempt);
        let costs = policy.cost_percent.iter_mut().map(|(some, _)| some);
        let bands = policy.bands.iter_mut().map(|banding| &mut banding.only);
        for selection in selections.chain(costs).chain(bands) {
            self.selection(selection);
        }
    }

    fn selection(&self, selection: &mut Selection) {
        if let Some(labels) = selection.get_mut(&self.merge.dim)
            && labels.iter().any(|label| self.concerns(label))
        {
            labels.push(self.merge.into.clone());
        }
    }
}
