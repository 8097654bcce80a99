//! Turns what the protection lets through into sentences; what it does not let through is left out.
use super::model::{class_name, rows_of_basis, rows_of_changes};
use super::wording::{self, Subject};
use crate::disclosure::{Protected, SafeTable, Shown};
use crate::tables::{Basis, Measure, ReportSpec, SentenceSpec, TrueTable, Turnout, years_with_any};

/// A set of sentences, or why it is left out.
pub(super) enum Outcome {
    Said(Vec<String>),
    /// Printing it could show a hidden count.
    Protected,
    /// There is nothing to say it of.
    NoFigures,
}

/// What the sentences of one table are made of.
pub(super) struct Material<'a> {
    pub(super) spec: &'a ReportSpec,
    pub(super) turnout: &'a Turnout,
    pub(super) truth: &'a TrueTable<'a>,
    pub(super) printed: &'a SafeTable,
    pub(super) protected: &'a Protected,
}

impl Material<'_> {
    pub(super) fn say(&self, index: usize, sentence: &SentenceSpec) -> Outcome {
        match sentence {
            SentenceSpec::Years { what } => self.years(what),
            SentenceSpec::Trend { what } => self.trend(what),
            SentenceSpec::Bands { what, basis, .. } => self.bands(index, what, basis),
            SentenceSpec::Changes { what } => self.changes(index, what),
        }
    }

    fn subject<'s>(&'s self, what: &'s str, first: u16, last: u16) -> Subject<'s> {
        Subject {
            population: &self.turnout.population,
            what,
            first,
            last,
        }
    }

    /// Read from the printed marks, so it tells nothing that the table does not.
    fn years(&self, what: &str) -> Outcome {
        let years = self.truth.spec.years();
        let Some((first, last)) = self.span(&Basis::SumOfYears) else {
            return Outcome::NoFigures;
        };
        let mut complete = Vec::new();
        let mut missing = Vec::new();
        for row in self.respondents() {
            let shown: Vec<Shown> = years
                .iter()
                .filter_map(|(_, column)| self.shown(row, &column.label))
                .collect();
            if shown.len() < years.len() || shown.contains(&Shown::NotCollected) {
                missing.push(row.to_owned());
            } else {
                complete.push(shown.into_iter().map(any).collect::<Vec<_>>());
            }
        }
        let (buckets, unclear) = years_with_any(&complete, years.len());
        if complete.is_empty() {
            return Outcome::NoFigures;
        }
        if unclear > 0 {
            return Outcome::Protected;
        }
        let mut sentences = wording::years(&self.subject(what, first, last), &buckets);
        sentences.extend(wording::left_out(
            &self.turnout.population,
            complete.len(),
            &missing,
        ));
        Outcome::Said(sentences)
    }

    /// Between the first and the last total that are printed exactly.
    fn trend(&self, what: &str) -> Outcome {
        let totals: Vec<(u16, &str, Shown)> = self
            .truth
            .spec
            .years()
            .into_iter()
            .filter_map(|(year, column)| {
                let total = self.shown(&self.truth.spec.total_label, &column.label)?;
                Some((year, column.label.as_str(), total))
            })
            .collect();
        let mut exact = totals
            .iter()
            .filter_map(|(year, label, total)| match total {
                Shown::Exact(value) => Some((*year, *label, *value)),
                _ => None,
            });
        let (Some(from), Some(to)) = (exact.next(), exact.next_back()) else {
            return match totals.iter().any(|(_, _, total)| total.is_hidden()) {
                true => Outcome::Protected,
                false => Outcome::NoFigures,
            };
        };
        let subject = self.subject(what, from.0, to.0);
        let mut sentence = wording::trend(&subject, from.2, to.2, self.spec.low_number);
        let missing = [from, to].map(|(year, label, _)| (year, label));
        sentence.extend(wording::incomparable(&self.counted_in_one_of(missing)));
        Outcome::Said(vec![sentence])
    }

    /// The years, each with those who are missing in it and not in the other.
    fn counted_in_one_of(&self, years: [(u16, &str); 2]) -> Vec<(u16, Vec<&str>)> {
        let [from, to] = years;
        [(from, to), (to, from)]
            .into_iter()
            .map(|((year, label), (_, other))| {
                let missing =
                    |row: &str, label| self.shown(row, label) == Some(Shown::NotCollected);
                let only_here = |row: &&str| missing(row, label) && !missing(row, other);
                (year, self.respondents().filter(only_here).collect())
            })
            .collect()
    }

    /// The counts that the protection has audited together with the tables.
    fn bands(&self, index: usize, what: &str, basis: &Basis) -> Outcome {
        let (rows, _) = rows_of_basis(self.truth, basis);
        let Some((first, last)) = self.span(basis).filter(|_| !rows.is_empty()) else {
            return Outcome::NoFigures;
        };
        let name = class_name(self.truth, index);
        let Some(counted) = self.protected.class_counts(&name) else {
            return Outcome::Protected;
        };
        let missing: Vec<String> = self
            .truth
            .rows
            .iter()
            .filter(|row| !rows.iter().any(|counted| counted.name == row.name))
            .map(|row| row.name.clone())
            .collect();
        let basis = match basis {
            Basis::SumOfYears => format!("i {first}-{last} lagt sammen"),
            Basis::Column(label) => format!("({label})"),
        };
        let bands: Vec<(u64, Option<u64>, usize)> = counted
            .iter()
            .map(|bin| (bin.lo, bin.hi, bin.count as usize))
            .collect();
        let subject = self.subject(what, first, last);
        let mut sentences = wording::bands(&subject, &basis, &bands);
        sentences.extend(wording::left_out(
            &self.turnout.population,
            rows.len(),
            &missing,
        ));
        Outcome::Said(sentences)
    }

    /// How many have risen and fallen: counts that the protection has audited with the tables.
    fn changes(&self, index: usize, what: &str) -> Outcome {
        let Some((rows, [first, last])) = rows_of_changes(self.truth) else {
            return Outcome::NoFigures;
        };
        let name = class_name(self.truth, index);
        let Some(counted) = self.protected.counts_of(&name) else {
            return Outcome::Protected;
        };
        let year = |column: usize| match self.truth.spec.columns[column].measure {
            Measure::Year(year) => year,
            Measure::Period { last, .. } => last,
        };
        let subject = self.subject(what, year(first), year(last));
        let mut sentences = vec![wording::changes(&subject, &counted)];
        let missing = self.truth.rows.iter();
        let missing = missing.filter(|row| !rows.iter().any(|counted| counted.name == row.name));
        let missing: Vec<String> = missing.map(|row| row.name.clone()).collect();
        sentences.extend(wording::left_out(
            &self.turnout.population,
            rows.len(),
            &missing,
        ));
        Outcome::Said(sentences)
    }

    fn span(&self, basis: &Basis) -> Option<(u16, u16)> {
        let years = self.truth.spec.years();
        match basis {
            Basis::SumOfYears => Some((years.first()?.0, years.last()?.0)),
            Basis::Column(label) => {
                let columns = &self.truth.spec.columns;
                let column = columns.iter().find(|column| column.label == *label)?;
                Some(match column.measure {
                    Measure::Year(year) => (year, year),
                    Measure::Period { first, last } => (first, last),
                })
            }
        }
    }

    fn respondents(&self) -> impl Iterator<Item = &str> {
        self.truth.rows.iter().map(|row| row.name.as_str())
    }

    fn shown(&self, row: &str, column: &str) -> Option<Shown> {
        self.printed.cell(row, column)
    }
}

/// Whether a printed inner cell counts anybody; zeros are always shown.
fn any(shown: Shown) -> Option<bool> {
    match shown {
        Shown::Exact(value) => Some(value > 0),
        Shown::AtMost(_) | Shown::Withheld => Some(true),
        Shown::Between(low, _) | Shown::AtLeast(low) => (low > 0).then_some(true),
        Shown::NotCollected => None,
    }
}
