//! What numbers of different tables and editions have to do with each other.
use std::collections::BTreeMap;

use super::context::Place;
use crate::disclosure::{Coords, Linear, Op};
use crate::tables::MeasureKey;

type Index<'p> = BTreeMap<(&'p Option<MeasureKey>, &'p str, u64), &'p Coords>;

/// One count printed in two tables is one number.
pub(super) fn duplicates(places: &[Place]) -> Vec<Linear> {
    let mut first: BTreeMap<_, &Coords> = BTreeMap::new();
    let mut linear = Vec::new();
    for place in places {
        let key = (&place.measure, &place.members);
        match first.get(&key) {
            Some(same) => linear.push(equal(&place.coords, [(*same).clone()])),
            None => {
                first.insert(key, &place.coords);
            }
        }
    }
    linear
}

/// A row of several respondents is the sum of theirs, or at least of those that are known.
pub(super) fn sums(places: &[Place]) -> Vec<Linear> {
    let mut singles: Index = BTreeMap::new();
    for place in places.iter().filter(|place| place.members.len() == 1) {
        for (id, value) in &place.members {
            let key = (&place.measure, id.as_str(), *value);
            singles.entry(key).or_insert(&place.coords);
        }
    }
    let several: Vec<&Place> = places.iter().filter(|p| p.members.len() > 1).collect();
    let mut linear = Vec::new();
    for place in &several {
        let members = place.members.iter();
        let found: Vec<Coords> = members
            .filter_map(|(id, value)| singles.get(&(&place.measure, id.as_str(), *value)))
            .map(|coords| (*coords).clone())
            .collect();
        match found.len() {
            0 => {}
            n if n == place.members.len() => linear.push(equal(&place.coords, found)),
            _ => linear.push(at_least(&place.coords, found)),
        }
        let parts = several.iter().filter(|part| is_part(part, place));
        linear.extend(parts.map(|part| at_least(&place.coords, [part.coords.clone()])));
    }
    linear
}

fn is_part(part: &Place, whole: &Place) -> bool {
    part.measure == whole.measure
        && part.members.len() < whole.members.len()
        && part
            .members
            .iter()
            .all(|(id, value)| whole.members.get(id) == Some(value))
}

fn equal(whole: &Coords, parts: impl IntoIterator<Item = Coords>) -> Linear {
    relation(whole, parts, Op::Equal)
}

fn at_least(whole: &Coords, parts: impl IntoIterator<Item = Coords>) -> Linear {
    relation(whole, parts, Op::AtLeast)
}

fn relation(whole: &Coords, parts: impl IntoIterator<Item = Coords>, op: Op) -> Linear {
    let mut terms = vec![(whole.clone(), 1)];
    terms.extend(parts.into_iter().map(|part| (part, -1)));
    Linear {
        name: format!("sammenhæng: {}", whole.join(", ")),
        terms,
        op,
        rhs: 0,
    }
}
