//! Earlier editions as facts over the cells of a new one: a count that has not changed is one variable.
//!
//! A reader may take an answer for unchanged, so it is: the same respondent, the same question and
//! the same count are one cell in all editions. What has changed or is new since is a cell of its
//! own, and the printed sums of both editions bind the two together.
use std::collections::{BTreeMap, BTreeSet};

use super::editions::{Counts, Edition, FactRow, FactTable};
use super::links;
use super::model::{self, coords};
use super::older_counts::{Behind, column};
use crate::disclosure::{
    AlreadyKnown, Classes, Coords, Linear, Op, Rules, Selection, Shown, TrueCell, already_known,
};
use crate::tables::{Counted, MeasureKey, TrueRow, TrueTable};

/// Whose counts a printed number adds up, and what each of them was.
pub(super) type Members = BTreeMap<String, u64>;

/// A number and where it stands in the model.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) measure: Option<MeasureKey>,
    pub(super) members: Members,
    pub(super) coords: Coords,
}

/// What earlier editions add to the model of a new one.
#[derive(Debug, Default)]
pub(super) struct Context {
    /// Numbers of earlier editions that the new one does not have.
    pub(super) cells: Vec<TrueCell>,
    pub(super) linear: Vec<Linear>,
    pub(super) classes: Vec<Classes>,
    pub(super) keep_hidden: Vec<Coords>,
    pub(super) keep_visible: Vec<Coords>,
    pub(super) exempt: Vec<Selection>,
    /// What readers of the earlier editions know of the cells that those hid.
    pub(super) already_known: Vec<AlreadyKnown>,
    /// Cells with the marks that earlier editions printed, and what else those say of them that
    /// is no fact for the new one, which prints it again.
    seen: Vec<(Coords, Shown)>,
    told: Vec<Linear>,
    /// Small counts of editions with a higher threshold, and which edition.
    higher: Vec<(Coords, u64, String)>,
    /// Small counts of the new edition that an earlier one printed.
    pub(super) given_away: Vec<GivenAway>,
    totals: Vec<EarlierTotal>,
    new: New,
}

#[derive(Debug, Clone)]
pub(super) struct GivenAway {
    pub(super) coords: Coords,
    pub(super) value: u64,
    pub(super) edition: String,
}

#[derive(Debug)]
struct EarlierTotal {
    edition: String,
    measure: Option<MeasureKey>,
    members: Members,
    value: u64,
}

/// The new edition's numbers.
#[derive(Debug, Default)]
struct New {
    rows: Vec<Place>,
    totals: Vec<Place>,
    /// Each respondent's row.
    names: BTreeMap<String, String>,
    threshold: u64,
}

/// The printed numbers of an edition can't be true together.
#[derive(Debug)]
pub(super) struct Irreconcilable {
    pub(super) edition: String,
    pub(super) table: String,
    pub(super) column: String,
}

impl Context {
    pub(super) fn of(
        truth: &[TrueTable],
        editions: &[Edition],
        threshold: u64,
    ) -> Result<Self, Irreconcilable> {
        let mut context = Self {
            new: New::of(truth, threshold),
            ..Self::default()
        };
        let now = counts_now(truth);
        let mut places = context.new.rows.clone();
        context.linear.extend(links::duplicates(&places));
        for edition in editions {
            context.add(edition, &now, &mut places)?;
        }
        if !editions.is_empty() {
            context.linear.extend(links::sums(&places));
            context.already_known = context.known_before(truth);
        }
        Ok(context)
    }

    /// The guarantee is relative to this: what is out can't be called back.
    fn known_before(&self, truth: &[TrueTable]) -> Vec<AlreadyKnown> {
        let rules = Rules {
            dims: model::DIMS.map(str::to_owned).to_vec(),
            value: model::VALUE.into(),
            linear: self.linear.iter().chain(&self.told).cloned().collect(),
            classes: self.classes.clone(),
            ..Rules::default()
        };
        let mut cells = model::cells(truth);
        cells.extend(self.cells.iter().cloned());
        let threshold = self.new.threshold;
        let mut known = already_known(&self.seen, &rules, &cells, Some(model::ROW), threshold);
        let named: BTreeSet<Coords> = known.iter().map(|known| known.cell.clone()).collect();
        let marked = self.marked_lower().into_iter();
        known.extend(
            marked
                .filter(|(cell, _)| !named.contains(*cell))
                .map(|(cell, most)| AlreadyKnown {
                    cell: cell.clone(),
                    values: (1..=most).collect(),
                    insiders: Vec::new(),
                }),
        );
        known
    }

    /// Small counts that an earlier edition, with a lower threshold, has told more of than this
    /// one would, and the most that they can be.
    fn marked_lower(&self) -> BTreeMap<&Coords, u64> {
        let mut marked: BTreeMap<&Coords, u64> = BTreeMap::new();
        for (coords, shown) in &self.seen {
            if let Shown::AtMost(most) = shown
                && *most < self.new.threshold
            {
                let least = marked.entry(coords).or_insert(*most);
                *least = (*least).min(*most);
            }
        }
        marked
    }

    /// A small count that would be told more of now than its edition did, which hid up to a
    /// higher number: the cell, that number and the edition.
    pub(super) fn hidden_higher(&self) -> Option<(&Coords, u64, &str)> {
        let higher = self.higher.iter();
        let (coords, most, edition) = higher.max_by_key(|(_, most, _)| *most)?;
        Some((coords, *most, edition))
    }

    /// Whether there is no earlier edition.
    pub(super) fn is_empty(&self) -> bool {
        self.cells.is_empty()
            && self.keep_hidden.is_empty()
            && self.keep_visible.is_empty()
            && self.totals.is_empty()
    }

    /// "37 − 35 (udgave 1) = 2; kun Herning er ny eller rettet siden" for a cell that the
    /// difference of two totals gives away.
    pub(super) fn difference(&self, coords: &Coords) -> Option<String> {
        let place = self.new.rows.iter().find(|p| p.coords == *coords)?;
        let same_column = |total: &&Place| {
            total.coords.first() == coords.first() && total.coords.last() == coords.last()
        };
        let total = self.new.totals.iter().find(same_column)?;
        let sum: u64 = total.members.values().sum();
        self.totals
            .iter()
            .filter(|earlier| earlier.measure == total.measure)
            .find_map(|earlier| {
                let changed: Vec<&String> = changed(&earlier.members, &total.members);
                let concerns = place.members.keys().any(|id| changed.contains(&id));
                let names: Vec<&str> = changed.iter().map(|id| self.new.name(id)).collect();
                (concerns && changed.len() <= 6).then(|| {
                    let (value, edition) = (earlier.value, &earlier.edition);
                    let difference = sum as i128 - i128::from(value);
                    format!(
                        "{sum} − {value} ({edition}) = {difference}; kun {} er ny eller rettet siden",
                        crate::danish::list(&names)
                    )
                })
            })
    }

    fn add(
        &mut self,
        edition: &Edition,
        now: &Counts,
        places: &mut Vec<Place>,
    ) -> Result<(), Irreconcilable> {
        let mut at: BTreeMap<Coords, Coords> = BTreeMap::new();
        for table in &edition.facts.tables {
            for (index, label) in table.columns.iter().enumerate() {
                let behind = column(edition, table, index, now)?;
                for (row, behind) in table.rows.iter().zip(behind) {
                    let Some(behind) = behind else { continue };
                    let printed = vec![table.id.clone(), row.name.clone(), label.label.clone()];
                    let place = self.place(edition, table, row, index, behind, places);
                    at.insert(printed, place);
                }
                self.add_total(edition, table, index, &at, places);
            }
        }
        self.add_sentences(edition, &at);
        Ok(())
    }

    /// Where a printed number stands in the model; notes what its mark says.
    fn place(
        &mut self,
        edition: &Edition,
        table: &FactTable,
        row: &FactRow,
        index: usize,
        behind: Behind,
        places: &mut Vec<Place>,
    ) -> Coords {
        let column = &table.columns[index];
        let shown = row.cells.get(index).copied();
        let shown = shown.unwrap_or(Shown::NotCollected);
        let value: u64 = behind.members.values().sum();
        let known = places.iter().find(|place| {
            place.measure == column.measure && place.members == behind.members && behind.is_known
        });
        if let Some(coords) = known.map(|place| place.coords.clone()) {
            let is_new = self.new.rows.iter().any(|place| place.coords == coords);
            match is_new {
                true => self.seen_again(edition, &coords, shown, value),
                false => self.linear.extend(bounds(edition, &coords, shown, false)),
            }
            return coords;
        }
        let alone = behind
            .members
            .keys()
            .next()
            .filter(|_| row.members.len() == 1);
        let name = alone.and_then(|id| self.new.names.get(id));
        let coords = vec![
            format!("{} ({})", table.id, edition.name()),
            name.unwrap_or(&row.name).clone(),
            column.label.clone(),
        ];
        self.add_cell(edition, &coords, shown, value);
        places.push(Place {
            measure: column.measure.clone(),
            members: behind.members,
            coords: coords.clone(),
        });
        coords
    }

    /// A number of the new edition, which an earlier one has marked too.
    fn seen_again(&mut self, edition: &Edition, coords: &Coords, shown: Shown, value: u64) {
        self.note_mark(edition, coords, shown);
        let is_small = (1..=self.new.threshold).contains(&value);
        match shown {
            Shown::Exact(_) if is_small => {
                self.given_away.push(GivenAway {
                    coords: coords.clone(),
                    value,
                    edition: edition.name(),
                });
                self.exempt.push(exactly(coords));
            }
            Shown::Exact(0) | Shown::NotCollected => {}
            Shown::Exact(_) => self.keep_visible.push(coords.clone()),
            _ => {
                self.keep_hidden.push(coords.clone());
                if self.says_more(edition, shown) {
                    self.linear.extend(bounds(edition, coords, shown, false));
                }
            }
        }
    }

    /// Whether a mark tells what the new edition's mark of the same number does not.
    fn says_more(&self, edition: &Edition, shown: Shown) -> bool {
        let is_interval = matches!(shown, Shown::Between(..) | Shown::AtLeast(_));
        is_interval || edition.facts.threshold != self.new.threshold
    }

    fn note_mark(&mut self, edition: &Edition, coords: &Coords, shown: Shown) {
        if let Shown::AtMost(most) = shown
            && most > self.new.threshold
        {
            self.higher.push((coords.clone(), most, edition.name()));
        }
        self.seen.push((coords.clone(), shown));
        self.told.extend(bounds(edition, coords, shown, false));
    }

    /// A number that the new edition does not have.
    fn add_cell(&mut self, edition: &Edition, coords: &Coords, shown: Shown, value: u64) {
        self.note_mark(edition, coords, shown);
        self.cells.push(TrueCell {
            coords: coords.clone(),
            value: Some(value),
        });
        match shown {
            Shown::Exact(_) | Shown::NotCollected => self.exempt.push(exactly(coords)),
            _ => {
                self.keep_hidden.push(coords.clone());
                if self.says_more(edition, shown) {
                    self.linear.extend(bounds(edition, coords, shown, false));
                }
            }
        }
    }

    fn add_total(
        &mut self,
        edition: &Edition,
        table: &FactTable,
        index: usize,
        at: &BTreeMap<Coords, Coords>,
        places: &[Place],
    ) {
        let label = &table.columns[index].label;
        let Some(shown) = table.totals.get(index).copied() else {
            return;
        };
        let rows = table
            .rows
            .iter()
            .filter_map(|row| at.get(&vec![table.id.clone(), row.name.clone(), label.clone()]));
        let rows: Vec<Coords> = rows.cloned().collect();
        let members = members_of(&rows, places);
        let measure = table.columns[index].measure.clone();
        if let Shown::Exact(value) = shown {
            self.totals.push(EarlierTotal {
                edition: edition.name(),
                measure: measure.clone(),
                members: members.clone(),
                value,
            });
        }
        let same = |total: &&Place| total.measure == measure && total.members == members;
        let sum = |shown: Shown, rows: &[Coords]| -> Vec<Linear> {
            let facts = range(shown, edition.facts.threshold, true);
            let terms: Vec<(Coords, i64)> = rows.iter().map(|at| (at.clone(), 1)).collect();
            let fact = |(op, rhs)| Linear {
                name: format!("{}: i alt, {label}", edition.name()),
                terms: terms.clone(),
                op,
                rhs,
            };
            facts.map(fact).collect()
        };
        self.told.extend(sum(shown, &rows));
        match (self.new.totals.iter().find(same), shown) {
            (_, Shown::NotCollected) => {}
            (Some(total), Shown::Exact(_)) => self.keep_visible.push(total.coords.clone()),
            (Some(total), _) => {
                self.keep_hidden.push(total.coords.clone());
                if self.says_more(edition, shown) {
                    let told = bounds(edition, &total.coords, shown, true);
                    self.linear.extend(told);
                }
            }
            (None, shown) => self.linear.extend(sum(shown, &rows)),
        }
    }

    fn add_sentences(&mut self, edition: &Edition, at: &BTreeMap<Coords, Coords>) {
        let place = |coords: &Coords| at.get(coords).cloned();
        for fact in &edition.facts.linear {
            let terms = fact.terms.iter();
            self.linear.push(Linear {
                name: format!("{}: {}", edition.name(), fact.name),
                terms: terms.filter_map(|(c, n)| Some((place(c)?, *n))).collect(),
                ..fact.clone()
            });
        }
        for class in &edition.facts.classes {
            let placed = |groups: &BTreeMap<String, Vec<Coords>>| {
                let groups = groups.iter().map(|(name, cells)| {
                    let cells = cells.iter().filter_map(place).collect();
                    (name.clone(), cells)
                });
                groups.collect()
            };
            self.classes.push(Classes {
                name: format!("{}: {}", edition.name(), class.name),
                groups: placed(&class.groups),
                minus: placed(&class.minus),
                ..class.clone()
            });
        }
    }
}

impl New {
    fn of(truth: &[TrueTable], threshold: u64) -> Self {
        let mut new = Self {
            threshold,
            ..Self::default()
        };
        let persons = truth.iter().filter(|t| t.spec.counted == Counted::Persons);
        for table in persons {
            for row in &table.rows {
                if let [member] = row.members.as_slice() {
                    new.names.insert(member.id.clone(), row.name.clone());
                }
            }
            for (index, column) in table.spec.columns.iter().enumerate() {
                let place = |name: &str, members: Members| Place {
                    measure: Some(MeasureKey::of(table.spec, column)),
                    members,
                    coords: coords(table, name, &column.label),
                };
                let rows: Vec<Place> = table
                    .rows
                    .iter()
                    .map(|row| place(&row.name, members(row, index)))
                    .filter(|place| !place.members.is_empty())
                    .collect();
                let all = rows.iter().flat_map(|row| row.members.clone()).collect();
                if table.spec.has_total {
                    new.totals.push(place(&table.spec.total_label, all));
                }
                new.rows.extend(rows);
            }
        }
        new
    }

    fn name<'s>(&'s self, id: &'s str) -> &'s str {
        self.names.get(id).map_or(id, String::as_str)
    }
}

fn members(row: &TrueRow, column: usize) -> Members {
    let counted = row.members.iter();
    counted
        .filter_map(|member| Some((member.id.clone(), member.count(column)?)))
        .collect()
}

/// Every count that the new edition is made of.
fn counts_now(truth: &[TrueTable]) -> Counts {
    let mut counts = Counts::new();
    for table in truth {
        for (index, column) in table.spec.columns.iter().enumerate() {
            let measure = MeasureKey::of(table.spec, column);
            for member in table.rows.iter().flat_map(|row| &row.members) {
                let key = (member.id.clone(), measure.clone());
                counts.insert(key, member.count(index));
            }
        }
    }
    counts
}

fn members_of(rows: &[Coords], places: &[Place]) -> Members {
    let of_row = |coords: &Coords| places.iter().find(|place| place.coords == *coords);
    let found = rows.iter().filter_map(of_row);
    found.flat_map(|place| place.members.clone()).collect()
}

/// Those whose count is not the same in both.
fn changed<'m>(before: &'m Members, after: &'m Members) -> Vec<&'m String> {
    let differs = |(id, value): &(&String, &u64)| after.get(*id) != Some(*value);
    let mut changed: Vec<&String> = before.iter().filter(differs).map(|(id, _)| id).collect();
    changed.extend(after.keys().filter(|id| !before.contains_key(*id)));
    changed
}

fn exactly(coords: &Coords) -> Selection {
    let dims = super::model::DIMS.iter().zip(coords);
    dims.map(|(dim, label)| ((*dim).to_owned(), vec![label.clone()]))
        .collect()
}

/// What an edition's mark says of a cell.
fn bounds(
    edition: &Edition,
    coords: &Coords,
    shown: Shown,
    is_total: bool,
) -> impl Iterator<Item = Linear> {
    let name = format!("{}: {}", edition.name(), coords.join(", "));
    let coords = coords.clone();
    range(shown, edition.facts.threshold, is_total).map(move |(op, rhs)| Linear {
        name: name.clone(),
        terms: vec![(coords.clone(), 1)],
        op,
        rhs,
    })
}

fn range(shown: Shown, threshold: u64, is_total: bool) -> impl Iterator<Item = (Op, i64)> {
    let limit = |n: u64| i64::try_from(n).unwrap_or(i64::MAX >> 2);
    let facts = match shown {
        Shown::Exact(value) => vec![(Op::Equal, limit(value))],
        Shown::AtMost(most) => vec![(Op::AtLeast, 1), (Op::AtMost, limit(most))],
        Shown::Withheld if is_total => vec![(Op::AtLeast, 1)],
        Shown::Withheld => vec![(Op::AtLeast, limit(threshold) + 1)],
        Shown::Between(low, high) => vec![(Op::AtLeast, limit(low)), (Op::AtMost, limit(high))],
        Shown::AtLeast(low) => vec![(Op::AtLeast, limit(low))],
        Shown::NotCollected => Vec::new(),
    };
    facts.into_iter()
}
