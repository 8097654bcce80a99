//! Derived sentences in Danish: each names its denominator, and a set of them sums to it.
use crate::danish;
use crate::tables::Population;

/// What a set of sentences counts, and over what.
pub(super) struct Subject<'a> {
    pub(super) population: &'a Population,
    /// A plural noun phrase: "borgere under 18 år i målgruppen".
    pub(super) what: &'a str,
    pub(super) first: u16,
    pub(super) last: u16,
}

impl Subject<'_> {
    fn respondents(&self, n: usize) -> String {
        match n {
            0 => format!("Ingen {}", self.population.plural),
            _ => danish::count(n as u64, &self.population.singular, &self.population.plural),
        }
    }

    /// `den treårige periode`, or the years where they are many.
    fn period(&self) -> String {
        match self.last.saturating_sub(self.first) {
            1 => "den toårige periode".into(),
            2 => "den treårige periode".into(),
            3 => "den fireårige periode".into(),
            4 => "den femårige periode".into(),
            _ => format!("perioden {}", self.span()),
        }
    }

    fn span(&self) -> String {
        format!("{}-{}", self.first, self.last)
    }

    fn none(&self, n: usize, base: usize, period: &str) -> String {
        let plural = &self.population.plural;
        let what = self.what;
        match (n, base) {
            (0, _) => format!("Ingen {plural} har været uden {what} i {period}."),
            (n, base) if n == base && n > 1 => {
                format!("Ingen af de {base} {plural} har haft {what} i {period}.")
            }
            _ => format!("{} har ikke haft {what} i {period}.", self.of(n, base)),
        }
    }

    /// `12 ud af 19 kommuner`
    fn of(&self, n: usize, base: usize) -> String {
        format!(
            "{n} ud af {}",
            danish::count(
                base as u64,
                &self.population.singular,
                &self.population.plural
            )
        )
    }
}

/// How many had any in no year, one year … all years.
pub(super) fn years(subject: &Subject, buckets: &[usize]) -> Vec<String> {
    let base = buckets.iter().sum();
    let all = buckets.len().saturating_sub(1);
    buckets
        .iter()
        .enumerate()
        .map(|(years, n)| match years {
            0 => subject.none(*n, base, &subject.period()),
            _ => format!(
                "{} har haft {} i {}.",
                subject.respondents(*n),
                subject.what,
                how_many_years(years, all)
            ),
        })
        .collect()
}

fn how_many_years(years: usize, all: usize) -> String {
    match (years, all) {
        (2, 2) => "begge år".into(),
        (years, all) if years == all => format!("alle {} år", number_word(all)),
        (1, _) => "ét af årene".into(),
        _ => format!("{} af årene", number_word(years)),
    }
}

fn number_word(n: usize) -> String {
    const WORDS: [&str; 11] = [
        "nul", "ét", "to", "tre", "fire", "fem", "seks", "syv", "otte", "ni", "ti",
    ];
    WORDS
        .get(n)
        .map_or_else(|| n.to_string(), |word| (*word).to_owned())
}

/// How many fall in each band of a stated basis; `bands` are lower bound, upper bound and count.
pub(super) fn bands(
    subject: &Subject,
    basis: &str,
    bands: &[(u64, Option<u64>, usize)],
) -> Vec<String> {
    let base = bands.iter().map(|(_, _, n)| n).sum();
    bands
        .iter()
        .map(|(low, high, n)| match (low, high) {
            (0, Some(0)) => subject.none(*n, base, &subject.span()),
            (low, high) => format!(
                "{} har haft {} {} {basis}.",
                subject.respondents(*n),
                band(*low, *high),
                subject.what
            ),
        })
        .collect()
}

fn band(low: u64, high: Option<u64>) -> String {
    match high {
        Some(high) => format!(
            "{}-{}",
            danish::integer(low as i64),
            danish::integer(high as i64)
        ),
        None => format!("{} eller flere", danish::integer(low as i64)),
    }
}

/// In how many a count has risen, fallen and kept; or, of two counts, risen and not risen.
pub(super) fn changes(subject: &Subject, counted: &[u64]) -> String {
    let base: u64 = counted.iter().sum();
    let words: &[&str] = match counted.len() {
        2 => &["steget", "uændret eller faldet"],
        _ => &["steget", "faldet", "uændret"],
    };
    let some = counted.iter().zip(words).filter(|(n, _)| **n > 0);
    let some: Vec<(usize, &str)> = some.map(|(n, word)| (*n as usize, *word)).collect();
    let told: Vec<String> = some
        .iter()
        .enumerate()
        .map(|(at, (n, word))| match at {
            0 => format!("{word} i {}", subject.of(*n, base as usize)),
            _ => format!("{word} i {n}"),
        })
        .collect();
    format!(
        "Antallet af {} er fra {} til {} {}.",
        subject.what,
        subject.first,
        subject.last,
        danish::list(&told)
    )
}

/// The development of a total that is printed, with a reservation where it is under `low_number`.
pub(super) fn trend(subject: &Subject, from: u64, to: u64, low_number: u64) -> String {
    let (what, first, last) = (subject.what, subject.first, subject.last);
    let [a, b] = [from, to].map(|n| danish::integer(n as i64));
    let percent = change_in_percent(from, to);
    let development = match percent {
        _ if from == to => format!("er uændret: {a} i både {first} og {last}"),
        Some(-3..=3) => format!("er stort set uændret: {a} i {first} og {b} i {last}"),
        _ if from < to => format!("er steget fra {a} i {first} til {b} i {last}"),
        _ => format!("er faldet fra {a} i {first} til {b} i {last}"),
    };
    let reservation = match from.min(to) < low_number {
        true => " Tallene er små, så udviklingen skal læses med forbehold.",
        false => "",
    };
    format!("Det samlede antal {what} {development}.{reservation}")
}

/// Who is missing in which year, and what follows; `None` when both years have the same rows.
pub(super) fn incomparable(missing: &[(u16, Vec<&str>)]) -> Option<String> {
    let clauses: Vec<String> = missing
        .iter()
        .filter(|(_, names)| !names.is_empty())
        .map(|(year, names)| format!("{} indgår ikke i {year}", danish::list(names)))
        .collect();
    (!clauses.is_empty()).then(|| {
        format!(
            " {}, så tallene kan ikke sammenlignes fuldt ud.",
            danish::list(&clauses)
        )
    })
}

fn change_in_percent(from: u64, to: u64) -> Option<i64> {
    if from == 0 {
        return None;
    }
    let change = (to as f64 - from as f64) / from as f64 * 100.0;
    Some(change.round() as i64)
}

/// So many are named in a sentence; the notes under the table name them all.
const FEW: usize = 6;

/// Whom a set of sentences leaves out; `None` when it leaves out nobody.
pub(super) fn left_out(population: &Population, base: usize, names: &[String]) -> Option<String> {
    if names.is_empty() {
        return None;
    }
    let asked = base + names.len();
    let unit = match asked {
        1 => &population.singular,
        _ => &population.plural,
    };
    let who = match names.len() {
        ..=FEW => danish::list(names),
        many => format!("{many} {}", population.plural),
    };
    Some(format!(
        "Opgørelsen omfatter {base} ud af {asked} {unit}; {who} indgår ikke, fordi tal mangler."
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn population() -> Population {
        Population {
            form: "f".into(),
            singular: "kommune".into(),
            plural: "kommuner".into(),
        }
    }

    fn subject(population: &Population) -> Subject<'_> {
        Subject {
            population,
            what: "borgere med domstype 1",
            first: 2017,
            last: 2019,
        }
    }

    #[test]
    fn year_buckets_read_well_in_singular_and_plural() {
        let population = population();
        assert_eq!(
            years(&subject(&population), &[12, 1, 1, 5]),
            [
                "12 ud af 19 kommuner har ikke haft borgere med domstype 1 i den treårige periode.",
                "1 kommune har haft borgere med domstype 1 i ét af årene.",
                "1 kommune har haft borgere med domstype 1 i to af årene.",
                "5 kommuner har haft borgere med domstype 1 i alle tre år.",
            ]
        );
    }

    #[test]
    fn a_count_of_zero_is_said_in_words() {
        let population = population();
        assert_eq!(
            years(&subject(&population), &[0, 0, 0, 2]),
            [
                "Ingen kommuner har været uden borgere med domstype 1 i den treårige periode.",
                "Ingen kommuner har haft borgere med domstype 1 i ét af årene.",
                "Ingen kommuner har haft borgere med domstype 1 i to af årene.",
                "2 kommuner har haft borgere med domstype 1 i alle tre år.",
            ]
        );
        assert_eq!(
            years(&subject(&population), &[19, 0, 0, 0])[0],
            "Ingen af de 19 kommuner har haft borgere med domstype 1 i den treårige periode."
        );
    }

    #[test]
    fn bands_state_their_basis() {
        let population = population();
        let counted = [
            (0, Some(0), 4),
            (1, Some(3), 9),
            (4, Some(9), 5),
            (10, None, 1),
        ];
        assert_eq!(
            bands(&subject(&population), "i 2017-2019 lagt sammen", &counted),
            [
                "4 ud af 19 kommuner har ikke haft borgere med domstype 1 i 2017-2019.",
                "9 kommuner har haft 1-3 borgere med domstype 1 i 2017-2019 lagt sammen.",
                "5 kommuner har haft 4-9 borgere med domstype 1 i 2017-2019 lagt sammen.",
                "1 kommune har haft 10 eller flere borgere med domstype 1 i 2017-2019 lagt sammen.",
            ]
        );
    }

    #[test]
    fn rises_and_falls_sum_to_those_that_are_counted() {
        let population = population();
        let said = |counted: &[u64]| changes(&subject(&population), counted);
        assert_eq!(
            said(&[12, 4, 3]),
            "Antallet af borgere med domstype 1 er fra 2017 til 2019 steget i 12 ud af 19 kommuner, faldet i 4 og uændret i 3."
        );
        assert_eq!(
            said(&[0, 1, 0]),
            "Antallet af borgere med domstype 1 er fra 2017 til 2019 faldet i 1 ud af 1 kommune."
        );
        assert_eq!(
            said(&[12, 7]),
            "Antallet af borgere med domstype 1 er fra 2017 til 2019 steget i 12 ud af 19 kommuner og uændret eller faldet i 7."
        );
    }

    #[test]
    fn a_trend_tells_its_direction_and_its_reservation() {
        let population = population();
        let subject = subject(&population);
        assert_eq!(
            trend(&subject, 22, 40, 20),
            "Det samlede antal borgere med domstype 1 er steget fra 22 i 2017 til 40 i 2019."
        );
        assert_eq!(
            trend(&subject, 10, 7, 20),
            "Det samlede antal borgere med domstype 1 er faldet fra 10 i 2017 til 7 i 2019. Tallene er små, så udviklingen skal læses med forbehold."
        );
        assert_eq!(
            trend(&subject, 1000, 1020, 20),
            "Det samlede antal borgere med domstype 1 er stort set uændret: 1.000 i 2017 og 1.020 i 2019."
        );
        assert_eq!(
            trend(&subject, 50, 50, 20),
            "Det samlede antal borgere med domstype 1 er uændret: 50 i både 2017 og 2019."
        );
    }

    #[test]
    fn whoever_is_missing_in_one_year_is_named_with_the_year() {
        let said = incomparable(&[(2017, vec!["Herning"]), (2019, vec![])]);
        assert_eq!(
            said.as_deref(),
            Some(" Herning indgår ikke i 2017, så tallene kan ikke sammenlignes fuldt ud.")
        );
        let said = incomparable(&[(2017, vec!["Herning", "Skive"]), (2019, vec!["Odder"])]);
        assert_eq!(
            said.as_deref(),
            Some(
                " Herning og Skive indgår ikke i 2017 og Odder indgår ikke i 2019, så tallene kan ikke sammenlignes fuldt ud."
            )
        );
        assert_eq!(incomparable(&[(2017, vec![]), (2019, vec![])]), None);
    }

    #[test]
    fn whoever_is_left_out_is_named() {
        assert_eq!(
            left_out(&population(), 18, &["Herning".into()]).as_deref(),
            Some(
                "Opgørelsen omfatter 18 ud af 19 kommuner; Herning indgår ikke, fordi tal mangler."
            )
        );
        assert_eq!(left_out(&population(), 19, &[]), None);
    }
}
