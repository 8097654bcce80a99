//! Two editions with whatever choices, and all answers that fit both, tried one by one.
use std::collections::{BTreeMap, BTreeSet};

use samsvar_core::disclosure::{Classes, Coords, Shown};
use samsvar_core::reports::{Choices, Edition, Facts, MergedRows, Report};
use samsvar_core::tables::ReportSpec;
use serde_json::json;

use crate::collection::Collection;

const NAMES: [&str; 6] = ["Odder", "Skive", "Struer", "Samsø", "Viborg", "Herning"];
const YEARS: [&str; 2] = ["2018", "2019"];
/// More combinations than this are not tried.
const MOST: u64 = 150_000;

/// A count of one respondent in one year, by edition where it was changed.
type Key = (String, String, usize);

struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn count(&mut self) -> u64 {
        match self.below(10) {
            0..=2 => 0,
            3..=6 => 1 + self.below(3),
            7..=8 => 4 + self.below(4),
            _ => 10 + self.below(3),
        }
    }

    fn choices(&mut self) -> Choices {
        let table = || BTreeSet::from(["t".to_owned()]);
        let mut choices = Choices {
            may_hide_totals: self.chance(40),
            print_intervals: self.chance(30),
            ..Choices::default()
        };
        match self.below(6) {
            0 | 1 => choices.in_bands = table(),
            2 => {
                let from = self.below(4) as usize;
                choices.merged = vec![MergedRows {
                    name: "Flere".into(),
                    rows: NAMES[from..from + 3]
                        .iter()
                        .map(|name| (*name).to_owned())
                        .collect(),
                }];
            }
            3 => choices.without_total = table(),
            4 => choices.threshold = Some(3 + self.below(2)),
            _ => {}
        }
        if self.chance(20) {
            choices.without_sentences = table();
        }
        choices
    }
}

fn spec() -> ReportSpec {
    let definition = json!({
        "title": "R", "threshold_basis": "vejledningen",
        "respondents": {"form": "f", "singular": "kommune", "plural": "kommuner"},
        "tables": [{
            "id": "t", "caption": "Borgere",
            "columns": [{"label": "2018", "pointer": "/a", "year": 2018},
                        {"label": "2019", "pointer": "/b", "year": 2019}],
            "notes": {"counting_unit": "borgere", "source": "kommunerne"},
            "sentences": [{"kind": "years", "what": "borgere"}, {"kind": "bands", "what": "borgere"},
                          {"kind": "changes", "what": "borgere"}]
        }]
    });
    ReportSpec::read(&definition).expect("a spec")
}

type Counts = Vec<(String, Option<[u64; 2]>)>;

fn collection(counts: &Counts) -> Collection {
    let answers = counts.iter().map(|(name, counts)| {
        let answer = counts.map(|[a, b]| json!({"a": a, "b": b}));
        (name.clone(), answer)
    });
    Collection {
        form: "f",
        municipalities: answers.collect(),
        offers: Vec::new(),
    }
}

/// What a mark says.
fn reading(shown: Shown, threshold: u64, is_total: bool, most: u64) -> (u64, u64) {
    match shown {
        Shown::Exact(value) => (value, value),
        Shown::AtMost(top) => (1, top),
        Shown::Withheld => (if is_total { 1 } else { threshold + 1 }, most),
        Shown::Between(low, high) => (low, high),
        Shown::AtLeast(low) => (low, most),
        Shown::NotCollected => (0, 0),
    }
}

/// Everything printed, as facts over the counts.
struct World {
    keys: Vec<Key>,
    domains: Vec<(u64, u64)>,
    /// Sums of counts and what is printed of them.
    sums: Vec<(Vec<usize>, (u64, u64))>,
    classes: Vec<(Classes, BTreeMap<Coords, Vec<usize>>)>,
    seen: Vec<BTreeSet<u64>>,
}

impl World {
    fn of(editions: &[(&Facts, &Counts)], most: u64) -> Self {
        let mut world = Self {
            keys: Vec::new(),
            domains: Vec::new(),
            sums: Vec::new(),
            classes: Vec::new(),
            seen: Vec::new(),
        };
        for (at, (facts, counts)) in editions.iter().enumerate() {
            world.add(at, facts, counts, editions[0].1, most);
        }
        world.seen = vec![BTreeSet::new(); world.keys.len()];
        world
    }

    fn add(&mut self, edition: usize, facts: &Facts, counts: &Counts, first: &Counts, most: u64) {
        let answered = |counts: &Counts, id: &str| {
            counts
                .iter()
                .find(|(name, _)| name == id)
                .and_then(|(_, counts)| *counts)
        };
        let table = &facts.tables[0];
        let mut places: BTreeMap<Coords, Vec<usize>> = BTreeMap::new();
        for (column, year) in YEARS.iter().enumerate() {
            let mut all = Vec::new();
            for row in &table.rows {
                let mut cells = Vec::new();
                for id in &row.members {
                    let Some(own) = answered(counts, id) else {
                        continue;
                    };
                    let same =
                        answered(first, id).is_some_and(|before| before[column] == own[column]);
                    let key = (
                        id.clone(),
                        (*year).to_owned(),
                        if same { 0 } else { edition },
                    );
                    cells.push(self.key(key, most));
                }
                if row.cells[column] != Shown::NotCollected {
                    let range = reading(row.cells[column], facts.threshold, false, most * 3);
                    self.say(cells.clone(), range);
                }
                places.insert(
                    vec!["t".into(), row.name.clone(), (*year).to_owned()],
                    cells.clone(),
                );
                all.extend(cells);
            }
            if let Some(total) = table
                .totals
                .get(column)
                .filter(|t| **t != Shown::NotCollected)
            {
                self.say(all, reading(*total, facts.threshold, true, most * 9));
            }
        }
        for class in &facts.classes {
            self.classes.push((class.clone(), places.clone()));
        }
    }

    fn key(&mut self, key: Key, most: u64) -> usize {
        if let Some(at) = self.keys.iter().position(|known| *known == key) {
            return at;
        }
        self.keys.push(key);
        self.domains.push((0, most));
        self.keys.len() - 1
    }

    fn say(&mut self, cells: Vec<usize>, (low, high): (u64, u64)) {
        if let [one] = cells.as_slice() {
            let own = &mut self.domains[*one];
            *own = (own.0.max(low), own.1.min(high));
        }
        self.sums.push((cells, (low, high)));
    }

    fn size(&self) -> u64 {
        let widths = self
            .domains
            .iter()
            .map(|(low, high)| high.saturating_sub(*low) + 1);
        widths.fold(1, u64::saturating_mul)
    }

    fn try_all(&mut self) {
        let mut values = Vec::new();
        self.deeper(&mut values);
    }

    fn deeper(&mut self, values: &mut Vec<u64>) {
        let at = values.len();
        let fits = self.sums.iter().all(|(cells, (low, high))| {
            let known = cells.iter().filter(|cell| **cell < at);
            let sum: u64 = known.clone().map(|cell| values[*cell]).sum();
            sum <= *high && (known.count() < cells.len() || sum >= *low)
        });
        if !fits {
            return;
        }
        if at == self.keys.len() {
            if self
                .classes
                .iter()
                .all(|(class, places)| holds(class, places, values))
            {
                for (seen, value) in self.seen.iter_mut().zip(values) {
                    seen.insert(*value);
                }
            }
            return;
        }
        let (low, high) = self.domains[at];
        for value in low..=high {
            values.push(value);
            self.deeper(values);
            values.pop();
        }
    }
}

fn holds(class: &Classes, places: &BTreeMap<Coords, Vec<usize>>, values: &[u64]) -> bool {
    let sum = |cells: &Vec<Coords>| -> i64 {
        let cells = cells.iter().flat_map(|coords| &places[coords]);
        cells.map(|cell| values[*cell] as i64).sum()
    };
    let groups = class.groups.iter();
    let sums = groups.map(|(name, cells)| sum(cells) - class.minus.get(name).map_or(0, sum));
    let sums: Vec<i64> = sums.collect();
    class.bins.iter().all(|bin| {
        let inside = |sum: &&i64| **sum >= bin.lo && bin.hi.is_none_or(|hi| **sum <= hi);
        let counted = sums.iter().filter(inside).count() as u64;
        bin.count.is_none_or(|count| count == counted)
    })
}

/// Whether the two editions were few enough possibilities to try.
fn check(seed: u64) -> bool {
    let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let mut counts: Counts = NAMES
        .iter()
        .map(|name| ((*name).to_owned(), Some([dice.count(), dice.count()])))
        .collect();
    let late = dice.below(6) as usize;
    let later = counts[late].1;
    if dice.chance(60) {
        counts[late].1 = None;
    }
    let before = counts.clone();
    let one = collection(&counts);
    let Ok(first) = one.edition(&spec(), &dice.choices(), &[]) else {
        return false;
    };
    let told: Edition = one.told(&first, 1);
    counts[late].1 = later;
    if dice.chance(40) {
        let corrected = dice.below(6) as usize;
        if let Some(count) = &mut counts[corrected].1 {
            count[1] = dice.count();
        }
    }
    let choices = dice.choices();
    let second = collection(&counts).edition(&spec(), &choices, std::slice::from_ref(&told));
    let Ok(second) = second else { return false };
    let largest = counts
        .iter()
        .chain(&before)
        .filter_map(|(_, counts)| *counts);
    let most = largest.flatten().max().unwrap_or(0) + 3;
    let mut world = World::of(&[(&told.facts, &before), (second.facts(), &counts)], most);
    if world.size() > MOST {
        return false;
    }
    world.try_all();
    for (facts, counts, edition) in [(&told.facts, &before, 0), (second.facts(), &counts, 1)] {
        hides(&world, facts, counts, &before, edition, &second, seed);
    }
    true
}

/// Every number of one respondent that is hidden in an edition can still be something else, and a
/// small one all that it could be.
fn hides(
    world: &World,
    facts: &Facts,
    counts: &Counts,
    before: &Counts,
    edition: usize,
    second: &Report,
    seed: u64,
) {
    let own = |counts: &Counts, id: &str| counts.iter().find(|(n, _)| n == id).and_then(|c| c.1);
    let narrowed = second.given_away();
    for row in facts.tables[0]
        .rows
        .iter()
        .filter(|row| row.members.len() == 1)
    {
        for (column, year) in YEARS.iter().enumerate() {
            let shown = row.cells[column];
            if !shown.is_hidden() {
                continue;
            }
            let (now, then) = (own(counts, &row.name), own(before, &row.name));
            let same = then.map(|t| t[column]) == now.map(|n| n[column]);
            let key = (
                row.members[0].clone(),
                (*year).to_owned(),
                if same { 0 } else { edition },
            );
            let Some(at) = world.keys.iter().position(|known| *known == key) else {
                continue;
            };
            let possible = &world.seen[at];
            let is_known = narrowed.iter().any(|known| known.cell[1] == row.name);
            let needed = match shown {
                Shown::AtMost(most) if !is_known => most as usize,
                _ => 2,
            };
            assert!(
                possible.len() >= needed,
                "seed {seed}: {key:?} {shown:?} can only be {possible:?}"
            );
        }
    }
}

/// A reader who sees a number among bands is told why it stands there.
#[test]
fn a_lifted_band_is_said_where_the_small_numbers_are_explained() {
    let mut counts: Counts = NAMES.map(|name| (name.to_owned(), Some([0, 0]))).to_vec();
    counts[0].1 = Some([7, 0]);
    let table = || BTreeSet::from(["t".to_owned()]);
    let choices = Choices {
        in_bands: table(),
        without_sentences: table(),
        ..Choices::default()
    };
    let report = collection(&counts).edition(&spec(), &choices, &[]);
    let report = report.expect("a report");
    let line = report.lifted().expect("7 under a total of 7 is in no band");
    assert!(line.starts_with("1 tal er vist som det er"), "{line}");
    let explained = report.disclosure();
    assert!(
        explained.iter().any(|text| text.ends_with(&line)),
        "{explained:?}"
    );
}

#[test]
fn no_two_editions_tell_what_each_alone_hides() {
    let tried = (0..800).filter(|seed| check(*seed)).count();
    assert!(tried > 250, "only {tried} pairs of editions could be tried");
}
