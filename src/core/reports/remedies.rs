//! Ways out of a refusal, each tried: what the report would be like with one more choice.
use std::collections::BTreeSet;

use super::choices::{Choices, FEWEST_MERGED, MergedRows};
use super::{Meta, Order, Report, ReportRefusal};
use crate::danish;
use crate::disclosure::Shown;
use crate::tables::{ReportSpec, Respondent};

/// A choice after which there is a safe report.
#[derive(Debug, Clone)]
pub struct Remedy {
    /// What it is, as an instruction in Danish.
    pub what: String,
    /// The campaign's choices with it.
    pub choices: Choices,
    pub report: Report,
}

/// So many are offered.
const MOST: usize = 6;
/// So many pairs of changes are tried where single ones do not suffice.
const PAIRS: usize = 12;
/// With so many single ones there is choice enough.
const ENOUGH: usize = 3;

/// One change of the choices, as an instruction in Danish.
struct Change<'a> {
    what: String,
    make: Box<dyn Fn(&mut Choices) + 'a>,
}

/// The ways out that were found safe, the one that shows most first.
///
/// Two changes together are tried where hardly any suffices alone.
pub fn remedies(
    spec: &ReportSpec,
    respondents: &[Respondent],
    meta: &Meta,
    order: &Order,
    refusal: &ReportRefusal,
) -> Vec<Remedy> {
    if refusal.at_risk.is_empty() {
        return Vec::new();
    }
    let candidates = Candidates {
        spec,
        respondents,
        order,
        refusal,
    };
    let tried = |changes: &[&Change]| {
        let mut choices = order.choices.clone();
        changes
            .iter()
            .for_each(|change| (change.make)(&mut choices));
        let order = Order {
            choices: &choices,
            ..*order
        };
        let report = Report::edition(spec, respondents, meta.clone(), &order).ok()?;
        Some(Remedy {
            what: told(changes),
            choices,
            report,
        })
    };
    let changes = candidates.all();
    let (mut found, mut insufficient) = (Vec::new(), Vec::new());
    for change in &changes {
        match tried(&[change]) {
            Some(remedy) => found.push(remedy),
            None => insufficient.push(change),
        }
    }
    if found.len() < ENOUGH {
        found.extend(pairs(&insufficient).filter_map(|pair| tried(&pair)));
    }
    found.sort_by_key(|remedy| std::cmp::Reverse(numbers_shown(&remedy.report)));
    found.truncate(MOST);
    found
}

/// Changes that lose little come first in the list, so pairs of them are tried first.
fn pairs<'c, 'a>(changes: &'c [&'c Change<'a>]) -> impl Iterator<Item = [&'c Change<'a>; 2]> {
    let sums = 1..changes.len() * 2;
    let pairs = sums.flat_map(move |sum| {
        let firsts = 0..sum.div_ceil(2);
        firsts.filter_map(move |at| Some([*changes.get(at)?, *changes.get(sum - at)?]))
    });
    pairs.take(PAIRS)
}

/// "Vis tabel 1 uden total, og udelad sætningerne om tabel 1".
fn told(changes: &[&Change]) -> String {
    let mut told = String::new();
    for change in changes {
        if told.is_empty() {
            told.clone_from(&change.what);
            continue;
        }
        let mut letters = change.what.chars();
        let first = letters.next().into_iter().flat_map(char::to_lowercase);
        told.push_str(", og ");
        told.extend(first);
        told.push_str(letters.as_str());
    }
    told
}

fn numbers_shown(report: &Report) -> usize {
    let cells = report.tables().flat_map(|table| {
        let rows: Vec<Vec<Shown>> = table.printed().map(|(_, cells)| cells).collect();
        rows.into_iter().flatten()
    });
    cells.filter(|cell| matches!(cell, Shown::Exact(_))).count()
}

struct Candidates<'a> {
    spec: &'a ReportSpec,
    respondents: &'a [Respondent<'a>],
    order: &'a Order<'a>,
    refusal: &'a ReportRefusal,
}

impl<'a> Candidates<'a> {
    fn all(&self) -> Vec<Change<'a>> {
        let mut all = self.of_the_report();
        for table in self.tables() {
            all.extend(self.of_table(&table));
        }
        all.retain(|change| {
            let mut choices = self.order.choices.clone();
            (change.make)(&mut choices);
            choices != *self.order.choices
        });
        all
    }

    fn with(what: &str, make: impl Fn(&mut Choices) + 'a) -> Change<'a> {
        Change {
            what: what.to_owned(),
            make: Box::new(make),
        }
    }

    fn of_the_report(&self) -> Vec<Change<'a>> {
        let mut all = vec![Self::with(
            "Lad totaler blive skjult, hvor det er nødvendigt",
            |c| {
                c.may_hide_totals = true;
            },
        )];
        let late: Vec<(String, String)> = self.late();
        if !late.is_empty() {
            let names: Vec<&str> = late.iter().map(|(_, name)| name.as_str()).collect();
            let what = format!(
                "Lad svaret fra {} vente til en senere udgave",
                danish::list(&names)
            );
            all.push(Self::with(&what, move |c| {
                c.waiting.extend(late.iter().cloned());
            }));
        }
        if let Some(most) = self.refusal.at_risk.iter().find_map(|d| d.threshold) {
            let what = format!("Sæt grænsen for små tal til {most} som før");
            all.push(Self::with(&what, move |c| c.threshold = Some(most)));
        }
        all.push(Self::with(
            "Vis de små tal, som en tidligere udgave allerede viser",
            |c| c.print_published = true,
        ));
        all.push(Self::with(
            "Nøjes med, at mindst to værdier er mulige bag hvert lille tal",
            |c| c.min_candidates = Some(2),
        ));
        all
    }

    fn of_table(&self, id: &str) -> Vec<Change<'a>> {
        let number = self.number(id);
        let on = |what: String, set: fn(&mut Choices) -> &mut BTreeSet<String>| {
            let key = id.to_owned();
            Self::with(&what, move |c| {
                set(c).insert(key.clone());
            })
        };
        let mut all = vec![
            on(format!("Udelad sætningerne om tabel {number}"), |c| {
                &mut c.without_sentences
            }),
            on(format!("Vis tallene i tabel {number} i bånd"), |c| {
                &mut c.in_bands
            }),
            on(format!("Vis tabel {number} uden total"), |c| {
                &mut c.without_total
            }),
        ];
        all.extend(self.merged(id));
        for column in self.columns(id) {
            let what = format!("Udelad kolonnen »{column}« i tabel {number}");
            let key = (id.to_owned(), column);
            all.push(Self::with(&what, move |c| {
                c.without_columns.insert(key.clone());
            }));
        }
        all.push(on(
            format!("Vis kun totalen i tabel {number}, og fortæl resten i ord"),
            |c| &mut c.total_only,
        ));
        all.push(on(format!("Udelad tabel {number}"), |c| {
            &mut c.without_tables
        }));
        all
    }

    /// The rows at risk with others, until enough stand behind the number.
    fn merged(&self, id: &str) -> Option<Change<'a>> {
        let dangers = self.refusal.at_risk.iter().filter(|d| base(&d.table) == id);
        let mut rows: BTreeSet<&str> = dangers
            .flat_map(|d| d.rows.iter().map(String::as_str))
            .collect();
        let mut others: Vec<&Respondent> = self
            .respondents
            .iter()
            .filter(|r| r.form == self.spec.respondents.form && r.answers.is_some())
            .collect();
        others.sort_by(|a, b| danish::collate(&a.name, &b.name));
        for other in others {
            if rows.len() > FEWEST_MERGED {
                break;
            }
            rows.insert(&other.name);
        }
        let mut rows: Vec<String> = rows.into_iter().map(str::to_owned).collect();
        rows.sort_by(|a, b| danish::collate(a, b));
        if rows.len() < FEWEST_MERGED {
            return None;
        }
        let listed: Vec<&str> = rows.iter().map(String::as_str).collect();
        let listed = danish::list(&listed);
        let what = format!("Slå {listed} sammen til én række");
        let merged = MergedRows { name: listed, rows };
        Some(Self::with(&what, move |c| c.merged.push(merged.clone())))
    }

    /// Ids and names of those who are new since the last edition.
    fn late(&self) -> Vec<(String, String)> {
        let counted = |id: &str| {
            self.order.earlier.iter().any(|edition| {
                let counts = edition.counts.iter().flatten();
                counts
                    .into_iter()
                    .any(|((who, _), n)| who == id && n.is_some())
            })
        };
        let has_house_edition = self.order.earlier.iter().any(|e| e.counts.is_some());
        let new = self.respondents.iter().filter(|r| {
            r.form == self.spec.respondents.form && r.answers.is_some() && !counted(&r.id)
        });
        match has_house_edition {
            true => new.map(|r| (r.id.clone(), r.name.clone())).collect(),
            false => Vec::new(),
        }
    }

    fn tables(&self) -> BTreeSet<String> {
        let named = self.refusal.at_risk.iter();
        named.map(|d| base(&d.table).to_owned()).collect()
    }

    fn columns(&self, id: &str) -> BTreeSet<String> {
        let here = self.refusal.at_risk.iter().filter(|d| base(&d.table) == id);
        here.map(|d| d.column.clone()).collect()
    }

    fn number(&self, id: &str) -> usize {
        let tables = &self.spec.tables;
        tables
            .iter()
            .position(|t| t.id == id)
            .map_or(1, |at| at + 1)
    }
}

/// The table's id without the edition.
fn base(table: &str) -> &str {
    table.split(" (udgave ").next().unwrap_or(table)
}
