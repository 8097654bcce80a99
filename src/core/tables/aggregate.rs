//! Gathers answers into true tables, which only the building of a report may see.
use std::collections::BTreeMap;

use serde_json::Value;

use super::figures::{Absence, Figure, Qualifier};
use super::spec::{ChoiceSpec, OffersSpec, ReportSpec, TableSpec};
use crate::danish;

/// One of those asked, and the answer that counts (the last one submitted).
#[derive(Debug, Clone)]
pub struct Respondent<'a> {
    /// Tells the same respondent in an earlier edition of the report, whatever it was called.
    pub id: String,
    pub name: String,
    /// The id of the form that this respondent is asked to answer.
    pub form: String,
    pub answers: Option<&'a Value>,
    /// The status in Danish, as in "ikke besvaret" or "fritaget efter aftale"; printed for those without an answer.
    pub disposition: String,
}

/// A table of true figures: rows in Danish order, a cell per column of the spec.
#[derive(Debug, Clone)]
pub(crate) struct TrueTable<'s> {
    pub(crate) spec: &'s TableSpec,
    pub(crate) rows: Vec<TrueRow>,
}

#[derive(Debug, Clone)]
pub(crate) struct TrueRow {
    pub(crate) name: String,
    pub(crate) cells: Vec<CellReading>,
    /// Whose figures the row adds up; one, but for rows that were merged.
    pub(crate) members: Vec<Member>,
    /// Of an offer: the municipalities that its citizens come from, as they were named.
    pub(crate) catchment: Option<Vec<String>>,
}

/// A respondent behind a row.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) cells: Vec<CellReading>,
}

/// What one respondent says in one column.
pub(crate) type CellReading = Figure;

impl TrueRow {
    /// The count in a column, `None` where there is none.
    pub(crate) fn count(&self, column: usize) -> Option<u64> {
        count(self.cells.get(column)?)
    }

    /// A respondent's own row.
    fn of(name: &str, respondent: &Respondent, cells: Vec<CellReading>) -> Self {
        Self {
            name: name.to_owned(),
            members: vec![Member {
                id: respondent.id.clone(),
                name: name.to_owned(),
                cells: cells.clone(),
            }],
            cells,
            catchment: None,
        }
    }
}

impl Member {
    pub(crate) fn count(&self, column: usize) -> Option<u64> {
        count(self.cells.get(column)?)
    }
}

fn count(figure: &Figure) -> Option<u64> {
    match figure {
        Figure::Count { value, .. } => Some(*value),
        Figure::Missing(_) => None,
    }
}

/// Those asked to answer the form that the rows stand for, in Danish order, names made unique.
pub(crate) fn population<'r, 'a>(
    spec: &ReportSpec,
    respondents: &'r [Respondent<'a>],
) -> Vec<(String, &'r Respondent<'a>)> {
    let mut asked: Vec<_> = respondents
        .iter()
        .filter(|respondent| respondent.form == spec.respondents.form)
        .collect();
    asked.sort_by(|a, b| {
        danish::collate(&a.name, &b.name).then_with(|| a.disposition.cmp(&b.disposition))
    });
    // A total row's name is taken too.
    let mut seen: BTreeMap<&str, usize> = spec
        .tables
        .iter()
        .map(|table| (table.total_label.as_str(), 1))
        .collect();
    asked
        .into_iter()
        .map(|respondent| {
            let times = seen.entry(&respondent.name).or_default();
            *times += 1;
            let name = match *times {
                1 => respondent.name.clone(),
                again => format!("{} ({again})", respondent.name),
            };
            (name, respondent)
        })
        .collect()
}

/// The offers' columns of citizens, a row for each that has answered.
///
/// `own_name` is the name that an offer gives itself, by its id, where it has been let out.
pub(crate) fn offers<'s, 'n>(
    spec: &'s OffersSpec,
    respondents: &'n [Respondent],
    own_name: impl Fn(&str) -> Option<&'n str>,
) -> TrueTable<'s> {
    let mut rows: Vec<TrueRow> = respondents
        .iter()
        .filter(|respondent| respondent.form == spec.form)
        .filter_map(|respondent| {
            let answers = respondent.answers?;
            let name = own_name(&respondent.id).unwrap_or(&respondent.name);
            let mut offer = TrueRow::of(name, respondent, row(&spec.figures, Some(answers)));
            offer.catchment = Some(spec.catchment_in(answers));
            Some(offer)
        })
        .collect();
    rows.sort_by(|a, b| {
        let id = |row: &TrueRow| row.members.first().map(|member| member.id.clone());
        danish::collate(&a.name, &b.name).then_with(|| id(a).cmp(&id(b)))
    });
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for row in &mut rows {
        let times = seen.entry(row.name.clone()).or_default();
        *times += 1;
        if *times > 1 {
            row.name = format!("{} ({times})", row.name);
        }
    }
    TrueTable {
        spec: &spec.figures,
        rows,
    }
}

/// How many of those who answered a question chose each option.
pub(crate) fn choice<'s>(spec: &'s ChoiceSpec, answers: &[&Value]) -> TrueTable<'s> {
    let given = || answers.iter().filter_map(|one| one.pointer(&spec.pointer));
    let rows = spec.options.iter().map(|(value, label)| TrueRow {
        name: label.clone(),
        cells: vec![Figure::Count {
            value: given().filter(|answer| chooses(answer, value)).count() as u64,
            qualifier: Qualifier::Exact,
        }],
        members: Vec::new(),
        catchment: None,
    });
    TrueTable {
        rows: rows.collect(),
        spec: &spec.figures,
    }
}

/// Whether an answer is this option, or a list that has it.
fn chooses(answer: &Value, option: &Value) -> bool {
    match answer {
        Value::Array(chosen) => chosen.contains(option),
        one => one == option,
    }
}

/// The true tables of a report.
pub(crate) fn aggregate<'s>(
    spec: &'s ReportSpec,
    respondents: &[Respondent],
) -> Vec<TrueTable<'s>> {
    let asked = population(spec, respondents);
    spec.tables
        .iter()
        .map(|table| TrueTable {
            spec: table,
            rows: asked
                .iter()
                .map(|(name, respondent)| {
                    TrueRow::of(name, respondent, row(table, respondent.answers))
                })
                .collect(),
        })
        .collect()
}

fn row(table: &TableSpec, answers: Option<&Value>) -> Vec<CellReading> {
    let Some(answers) = answers else {
        return vec![Figure::Missing(Absence::NoAnswer); table.columns.len()];
    };
    let columns = table.columns.iter();
    columns
        .map(|column| figure(&column.pointer, table.zero_when.as_deref(), answers))
        .collect()
}

/// What an answer says of one measure.
pub(super) fn figure(pointer: &str, zero_when: Option<&str>, answers: &Value) -> Figure {
    let none = zero_when.and_then(|pointer| answers.pointer(pointer));
    match none == Some(&Value::Bool(true)) {
        true => Figure::zero(),
        false => Figure::read(answers.pointer(pointer)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn spec() -> ReportSpec {
        ReportSpec::read(&json!({
            "title": "Rapport",
            "respondents": {"form": "f", "singular": "kommune", "plural": "kommuner"},
            "threshold_basis": "vejledningen",
            "tables": [{
                "id": "t", "caption": "T", "zero_when": "/none",
                "columns": [{"label": "2017", "pointer": "/n", "year": 2017}],
                "notes": {"counting_unit": "borgere", "source": "kommunerne"}
            }]
        }))
        .expect("a spec")
    }

    fn respondent<'a>(name: &str, answers: Option<&'a Value>) -> Respondent<'a> {
        Respondent {
            id: name.into(),
            name: name.into(),
            form: "f".into(),
            answers,
            disposition: "ikke besvaret".into(),
        }
    }

    #[test]
    fn rows_stand_in_danish_order_and_none_means_zero() {
        let (none, five) = (
            json!({"none": true, "n": 9}),
            json!({"none": false, "n": 5}),
        );
        let other = Respondent {
            form: "tilbud".into(),
            ..respondent("Tilbuddet", Some(&five))
        };
        let spec = spec();
        let tables = aggregate(
            &spec,
            &[
                respondent("Aarhus", Some(&five)),
                other,
                respondent("Viborg", None),
                respondent("Favrskov", Some(&none)),
            ],
        );
        let rows: Vec<_> = tables[0]
            .rows
            .iter()
            .map(|row| (row.name.as_str(), row.count(0)))
            .collect();
        assert_eq!(
            rows,
            [("Favrskov", Some(0)), ("Viborg", None), ("Aarhus", Some(5))]
        );
    }

    #[test]
    fn two_respondents_of_one_name_keep_a_row_each() {
        let five = json!({"n": 5});
        let spec = spec();
        let tables = aggregate(
            &spec,
            &[
                respondent("Skive", Some(&five)),
                respondent("Skive", Some(&five)),
            ],
        );
        let names: Vec<_> = tables[0].rows.iter().map(|row| &row.name).collect();
        assert_eq!(names, ["Skive", "Skive (2)"]);
    }
}
