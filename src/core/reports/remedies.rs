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

/// The ways out that were found safe, the one that shows most first.
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
    let mut found: Vec<Remedy> = candidates
        .all()
        .into_iter()
        .filter_map(|(what, choices)| {
            let order = Order {
                choices: &choices,
                ..*order
            };
            let report = Report::edition(spec, respondents, meta.clone(), &order).ok()?;
            Some(Remedy {
                what,
                choices,
                report,
            })
        })
        .collect();
    found.sort_by_key(|remedy| std::cmp::Reverse(numbers_shown(&remedy.report)));
    found.truncate(MOST);
    found
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

impl Candidates<'_> {
    fn all(&self) -> Vec<(String, Choices)> {
        let mut all = self.of_the_report();
        for table in self.tables() {
            all.extend(self.of_table(&table));
        }
        all.retain(|(_, choices)| *choices != *self.order.choices);
        all
    }

    fn with(&self, what: &str, change: impl FnOnce(&mut Choices)) -> (String, Choices) {
        let mut choices = self.order.choices.clone();
        change(&mut choices);
        (what.to_owned(), choices)
    }

    fn of_the_report(&self) -> Vec<(String, Choices)> {
        let mut all = vec![
            self.with("Lad totaler blive skjult, hvor det er nødvendigt", |c| {
                c.may_hide_totals = true;
            }),
        ];
        let late = self.late();
        if !late.is_empty() {
            let names: Vec<&str> = late.iter().map(|r| r.name.as_str()).collect();
            let what = format!(
                "Lad svaret fra {} vente til en senere udgave",
                danish::list(&names)
            );
            all.push(self.with(&what, |c| {
                c.waiting.extend(late.iter().map(|r| r.id.clone()));
            }));
        }
        all.push(self.with(
            "Vis de små tal, som en tidligere udgave allerede viser",
            |c| c.print_published = true,
        ));
        all.push(self.with(
            "Nøjes med, at mindst to værdier er mulige bag hvert lille tal",
            |c| c.min_candidates = Some(2),
        ));
        all
    }

    fn of_table(&self, id: &str) -> Vec<(String, Choices)> {
        let number = self.number(id);
        let key = || id.to_owned();
        let mut all = vec![
            self.with(&format!("Vis tabel {number} uden total"), |c| {
                c.without_total.insert(key());
            }),
            self.with(
                &format!("Vis kun totalen i tabel {number}, og fortæl resten i ord"),
                |c| {
                    c.total_only.insert(key());
                },
            ),
            self.with(&format!("Udelad sætningerne om tabel {number}"), |c| {
                c.without_sentences.insert(key());
            }),
            self.with(&format!("Udelad tabel {number}"), |c| {
                c.without_tables.insert(key());
            }),
        ];
        for column in self.columns(id) {
            let what = format!("Udelad kolonnen »{column}« i tabel {number}");
            all.push(self.with(&what, |c| {
                c.without_columns.insert((key(), column.clone()));
            }));
        }
        all.extend(self.merged(id));
        all
    }

    /// The rows at risk with others, until enough stand behind the number.
    fn merged(&self, id: &str) -> Option<(String, Choices)> {
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
        Some(
            self.with(&format!("Slå {listed} sammen til én række"), |c| {
                c.merged.push(MergedRows { name: listed, rows });
            }),
        )
    }

    /// Those at risk who are new since the last edition, otherwise all who are.
    fn late(&self) -> Vec<&Respondent<'_>> {
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
            true => new.collect(),
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
