//! "Of these" can't exceed what it is a part of; a reader uses that, so the model does.
use super::model::coords;
use crate::disclosure::{Coords, Linear, Op};
use crate::tables::{ColumnSpec, TrueRow, TrueTable, Whole};

/// A column beside what it is a part of.
struct Part<'t> {
    table: &'t TrueTable<'t>,
    index: usize,
    column: &'t ColumnSpec,
    whole: &'t TrueTable<'t>,
    /// Columns of `whole` that are added.
    added: Vec<usize>,
}

/// The facts of all columns that are said to be a part, for every row that has all the figures.
///
/// It is a fact only where every such row keeps it: a rule that left out the rows that break it
/// would tell which they are.
pub(super) fn linear(tables: &[TrueTable]) -> Vec<Linear> {
    let own = tables.iter().filter(|table| !is_of_offers(table));
    let parts = own.flat_map(|table| {
        let columns = table.spec.columns.iter().enumerate();
        columns.filter_map(|(index, column)| Part::of(tables, table, index, column))
    });
    let facts = parts.filter(Part::is_kept).flat_map(|part| part.facts());
    facts.chain(of_offers(tables)).collect()
}

/// An offer's citizens are some of those that its municipalities count, where the definition says
/// so: a fact of a column only if every offer with all the figures keeps it.
fn of_offers(tables: &[TrueTable]) -> Vec<Linear> {
    let offers = tables.iter().filter(|table| is_of_offers(table));
    let columns = offers.flat_map(|table| {
        let columns = table.spec.columns.iter().enumerate();
        columns.filter_map(move |(index, column)| Some((table, index, column.part_of.as_ref()?)))
    });
    columns
        .filter_map(|(table, index, whole)| of_column(tables, table, index, whole))
        .flatten()
        .collect()
}

fn of_column(
    tables: &[TrueTable],
    offers: &TrueTable,
    index: usize,
    whole: &Whole,
) -> Option<Vec<Linear>> {
    let Whole::Column { table, column } = whole else {
        return None;
    };
    let municipalities = tables.iter().find(|other| other.spec.id == *table)?;
    let columns = &municipalities.spec.columns;
    let at = columns.iter().position(|other| other.label == *column)?;
    let label = &offers.spec.columns[index].label;
    let mut facts = Vec::new();
    for row in &offers.rows {
        let Some(count) = row.count(index) else {
            continue;
        };
        let Some(behind) = behind(row, municipalities, at) else {
            continue;
        };
        let sum: u64 = behind.iter().filter_map(|row| row.count(at)).sum();
        if count > sum {
            return None;
        }
        let of_row = |row: &&TrueRow| (coords(municipalities, &row.name, column), 1);
        let mut terms: Vec<(Coords, i64)> = behind.iter().map(of_row).collect();
        terms.push((coords(offers, &row.name, label), -1));
        facts.push(Linear {
            name: format!("{}: {label}", row.name),
            terms,
            op: Op::AtLeast,
            rhs: 0,
        });
    }
    Some(facts)
}

/// The rows of an offer's municipalities; `None` if one of them has no figure.
fn behind<'t>(
    offer: &TrueRow,
    municipalities: &'t TrueTable,
    column: usize,
) -> Option<Vec<&'t TrueRow>> {
    let named = offer.catchment.as_ref().filter(|names| !names.is_empty())?;
    let mut rows: Vec<&TrueRow> = Vec::new();
    for name in named {
        let name = name.strip_suffix(" Kommune").unwrap_or(name);
        let has = |row: &&TrueRow| row.members.iter().any(|member| member.name == name);
        let row = municipalities.rows.iter().find(has)?;
        row.count(column)?;
        if !rows.iter().any(|known| known.name == row.name) {
            rows.push(row);
        }
    }
    Some(rows)
}

fn is_of_offers(table: &TrueTable) -> bool {
    table.rows.iter().any(|row| row.catchment.is_some())
}

impl<'t> Part<'t> {
    fn of(
        tables: &'t [TrueTable<'t>],
        table: &'t TrueTable<'t>,
        index: usize,
        column: &'t ColumnSpec,
    ) -> Option<Self> {
        let (whole, added) = match column.part_of.as_ref()? {
            Whole::SumOfYears => (table, years(table)),
            Whole::Column { table, column } => {
                let whole = tables.iter().find(|other| other.spec.id == *table)?;
                let columns = &whole.spec.columns;
                let at = columns.iter().position(|other| other.label == *column)?;
                (whole, vec![at])
            }
        };
        Some(Self {
            table,
            index,
            column,
            whole,
            added,
        })
    }

    /// Rows with all the figures: their name, the part and the whole.
    fn rows(&self) -> impl Iterator<Item = (&TrueRow, u64, u64)> {
        let rows = self.table.rows.iter().zip(&self.whole.rows);
        rows.filter_map(|(row, whole)| {
            let counts = self.added.iter().map(|column| whole.count(*column));
            let sum: Option<u64> = counts.sum();
            Some((row, row.count(self.index)?, sum?))
        })
    }

    fn is_kept(&self) -> bool {
        self.rows().all(|(_, part, whole)| part <= whole)
    }

    fn facts(&self) -> Vec<Linear> {
        self.rows()
            .map(|(row, _, _)| Linear {
                name: format!("{}: {}", row.name, self.column.label),
                terms: self.terms(row),
                op: Op::AtLeast,
                rhs: 0,
            })
            .collect()
    }

    fn terms(&self, row: &TrueRow) -> Vec<(Coords, i64)> {
        let label = |index: usize| &self.whole.spec.columns[index].label;
        let mut terms: Vec<(Coords, i64)> = self
            .added
            .iter()
            .map(|index| (coords(self.whole, &row.name, label(*index)), 1))
            .collect();
        terms.push((coords(self.table, &row.name, &self.column.label), -1));
        terms
    }
}

fn years(table: &TrueTable) -> Vec<usize> {
    let columns = &table.spec.columns;
    (0..columns.len())
        .filter(|index| columns[*index].measure.is_year())
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::tables::{ReportSpec, Respondent, aggregate};

    fn facts(answers: &[Value]) -> Vec<Linear> {
        let definition = json!({
            "title": "R", "threshold_basis": "v",
            "respondents": {"form": "f", "singular": "kommune", "plural": "kommuner"},
            "tables": [{
                "id": "t", "caption": "T",
                "columns": [{"label": "2018", "pointer": "/a", "year": 2018},
                    {"label": "2019", "pointer": "/b", "year": 2019},
                    {"label": "Heraf", "pointer": "/c", "period": [2018, 2019], "part_of": "years"}],
                "notes": {"counting_unit": "borgere", "source": "kommunerne"}
            }]
        });
        let spec = ReportSpec::read(&definition).expect("a spec");
        let respondents: Vec<Respondent> = ["Odder", "Skive"]
            .iter()
            .zip(answers)
            .map(|(name, answers)| Respondent {
                id: (*name).into(),
                name: (*name).into(),
                form: "f".into(),
                answers: Some(answers),
                disposition: String::new(),
            })
            .collect();
        linear(&aggregate(&spec, &respondents))
    }

    #[test]
    fn a_part_is_a_fact_of_every_row_with_all_its_figures() {
        let facts = facts(&[json!({"a": 1, "b": 2, "c": 3}), json!({"a": 1, "c": 3})]);
        assert_eq!(facts.len(), 1);
        assert_eq!(facts[0].name, "Odder: Heraf");
        assert_eq!(facts[0].terms.len(), 3);
    }

    #[test]
    fn a_rule_that_one_row_breaks_is_no_fact_of_any() {
        let facts = facts(&[
            json!({"a": 1, "b": 2, "c": 3}),
            json!({"a": 0, "b": 1, "c": 2}),
        ]);
        assert_eq!(facts, []);
    }
}
