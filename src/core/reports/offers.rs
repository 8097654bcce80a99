//! The overview of offers: organisations, printed as answered except where a figure is one municipality's.
use serde_json::Value;

use crate::danish;
use crate::tables::{Absence, Figure, OfferColumn, OfferKind, OffersSpec, Qualifier, Respondent};

/// The overview as data for writers.
#[derive(Debug, Clone, PartialEq)]
pub struct OffersTable {
    number: usize,
    caption: String,
    columns: Vec<OfferHeading>,
    rows: Vec<OfferRow>,
    notes: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferHeading {
    pub group: Option<String>,
    pub label: String,
    /// Its cells are numbers, where they aren't marks.
    pub is_numeric: bool,
}

impl OfferHeading {
    /// The heading where there is only one line for it.
    pub fn full(&self) -> String {
        match &self.group {
            Some(group) => format!("{group}, {}", self.label),
            None => self.label.clone(),
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct OfferRow {
    pub name: String,
    pub cells: Vec<OfferCell>,
}

/// What the overview prints of one answer.
#[derive(Debug, Clone, PartialEq)]
pub enum OfferCell {
    Text(String),
    Number(f64),
    /// Printed with "ca." before it.
    Estimate(f64),
    Percent(f64),
    /// A figure that would be one municipality's own: printed `..`.
    Withheld,
    /// Printed as the words of its reason.
    Missing(Absence),
}

impl OfferCell {
    pub fn danish(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(number) => danish::decimal(*number, 2),
            Self::Estimate(number) => format!("ca. {}", danish::decimal(*number, 2)),
            Self::Percent(number) => format!("{} %", danish::decimal(*number, 1)),
            Self::Withheld => "..".into(),
            Self::Missing(Absence::NotApplicable) => "–".into(),
            Self::Missing(Absence::Blank | Absence::NoAnswer) => String::new(),
            Self::Missing(reason) => reason.danish().into(),
        }
    }
}

impl OffersTable {
    pub(super) fn of(
        spec: &OffersSpec,
        respondents: &[Respondent],
        (number, caption): (usize, String),
    ) -> Self {
        let mut rows: Vec<(OfferRow, bool)> = respondents
            .iter()
            .filter(|respondent| respondent.form == spec.form)
            .filter_map(|respondent| Some((respondent, respondent.answers?)))
            .map(|(respondent, answers)| row(spec, respondent, answers))
            .collect();
        rows.sort_by(|(a, _), (b, _)| danish::collate(&a.name, &b.name));
        let withheld: Vec<String> = rows
            .iter()
            .filter(|(_, alone)| *alone)
            .map(|(row, _)| row.name.clone())
            .collect();
        let rows: Vec<OfferRow> = rows.into_iter().map(|(row, _)| row).collect();
        Self {
            number,
            caption,
            columns: spec.columns.iter().map(heading).collect(),
            notes: notes(spec, respondents, &rows, &withheld),
            rows,
        }
    }

    /// It follows on the numbers of the tables.
    pub fn number(&self) -> usize {
        self.number
    }

    /// `Tabel 3: Tilbud til …`
    pub fn heading(&self) -> String {
        format!("Tabel {}: {}", self.number, self.caption)
    }

    /// `Tabel 3b: Tilbud til …`, for a part of the columns; the first is 0.
    pub fn part_heading(&self, part: usize) -> String {
        let letter = ('a'..='z').nth(part).unwrap_or('z');
        format!("Tabel {}{letter}: {}", self.number, self.caption)
    }

    pub fn caption(&self) -> &str {
        &self.caption
    }

    pub fn columns(&self) -> &[OfferHeading] {
        &self.columns
    }

    pub fn rows(&self) -> &[OfferRow] {
        &self.rows
    }

    pub fn notes(&self) -> &[String] {
        &self.notes
    }
}

fn heading(column: &OfferColumn) -> OfferHeading {
    OfferHeading {
        group: column.group.clone(),
        label: column.label.clone(),
        is_numeric: column.kind != OfferKind::Text,
    }
}

/// The row, and whether its citizens all come from one municipality.
fn row(spec: &OffersSpec, respondent: &Respondent, answers: &Value) -> (OfferRow, bool) {
    let alone = spec
        .catchment
        .as_deref()
        .and_then(|pointer| answers.pointer(pointer))
        .and_then(Value::as_array)
        .is_some_and(|municipalities| municipalities.len() == 1);
    let name = answers
        .pointer(&spec.name)
        .and_then(Value::as_str)
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .unwrap_or(&respondent.name)
        .to_owned();
    let cells = spec
        .columns
        .iter()
        .map(|column| {
            let cell = cell(column, answers.pointer(&column.pointer), alone);
            meaning(column, cell, answers)
        })
        .collect();
    (OfferRow { name, cells }, alone)
}

/// A blank cell says what its definition has it say.
fn meaning(column: &OfferColumn, cell: OfferCell, answers: &Value) -> OfferCell {
    match (&cell, &column.blank) {
        (OfferCell::Missing(Absence::Blank), Some(blank))
            if answers.pointer(&blank.when) == Some(&Value::Bool(true)) =>
        {
            OfferCell::Text(blank.text.clone())
        }
        _ => cell,
    }
}

fn cell(column: &OfferColumn, answer: Option<&Value>, alone: bool) -> OfferCell {
    match column.kind {
        OfferKind::Text => text(column, answer),
        OfferKind::Percent => number(answer, OfferCell::Percent),
        OfferKind::Number => number(answer, OfferCell::Number),
        OfferKind::Citizens => match Figure::read(answer) {
            Figure::Missing(reason) => OfferCell::Missing(reason),
            Figure::Count { value, .. } if alone && value > 0 => OfferCell::Withheld,
            Figure::Count { value, qualifier } => match qualifier {
                Qualifier::Estimate => OfferCell::Estimate(value as f64),
                _ => OfferCell::Number(value as f64),
            },
        },
    }
}

fn text(column: &OfferColumn, answer: Option<&Value>) -> OfferCell {
    let words = match answer {
        Some(Value::Array(items)) => items.iter().filter_map(|item| word(column, item)).collect(),
        Some(answer) => word(column, answer).into_iter().collect(),
        None => Vec::new(),
    };
    match words.is_empty() {
        true => OfferCell::Missing(Absence::Blank),
        false => OfferCell::Text(danish::list(&words)),
    }
}

/// What the report calls a value; the value itself where it has no other name.
fn word(column: &OfferColumn, answer: &Value) -> Option<String> {
    if let Some((_, label)) = column.options.iter().find(|(value, _)| value == answer) {
        return Some(label.clone());
    }
    match answer {
        Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        Value::Number(number) => Some(danish::decimal(number.as_f64()?, 2)),
        _ => None,
    }
}

/// Decimals are allowed here, so a figure's value is read as it stands.
fn number(answer: Option<&Value>, exact: fn(f64) -> OfferCell) -> OfferCell {
    let value = answer.map(|answer| answer.get("value").unwrap_or(answer));
    match value.and_then(Value::as_f64) {
        Some(value) => match answer.and_then(|answer| answer.get("qualifier")) {
            Some(qualifier) if qualifier == "estimate" => OfferCell::Estimate(value),
            _ => exact(value),
        },
        None => match Figure::read(answer) {
            Figure::Missing(reason) => OfferCell::Missing(reason),
            Figure::Count { value, .. } => exact(value as f64),
        },
    }
}

fn notes(
    spec: &OffersSpec,
    respondents: &[Respondent],
    rows: &[OfferRow],
    withheld: &[String],
) -> Vec<String> {
    let mut asked: Vec<&Respondent> = respondents
        .iter()
        .filter(|respondent| respondent.form == spec.form)
        .collect();
    asked.sort_by(|a, b| danish::collate(&a.name, &b.name));
    let mut notes = vec![format!(
        "Besvaret af {} ud af {} tilbud.",
        rows.len(),
        asked.len()
    )];
    let missing: Vec<String> = asked
        .iter()
        .filter(|respondent| respondent.answers.is_none())
        .map(|respondent| format!("{} ({})", respondent.name, respondent.disposition))
        .collect();
    if !missing.is_empty() {
        notes.push(format!("Indgår ikke: {}.", danish::list(&missing)));
    }
    notes.push(
        "Tallene er tilbuddenes egne og vises, som de er oplyst; de er ikke opgjort for den enkelte kommune.".into(),
    );
    if !withheld.is_empty() {
        notes.push(format!(
            "»..«: antal borgere er skjult for {}, fordi alle borgere kommer fra én kommune.",
            danish::list(withheld)
        ));
    }
    let is_blank = |cell: &OfferCell| matches!(cell, OfferCell::Missing(Absence::Blank));
    if rows.iter().any(|row| row.cells.iter().any(is_blank)) {
        notes.push("Tomt felt: tilbuddet har ikke oplyst noget.".into());
    }
    notes.extend(spec.notes.iter().cloned());
    notes
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::tables::ReportSpec;

    fn spec() -> OffersSpec {
        let definition = json!({
            "title": "R", "threshold_basis": "v",
            "respondents": {"form": "k", "singular": "kommune", "plural": "kommuner"},
            "offers": {
                "form": "t", "caption": "Tilbud", "name": "/name", "catchment": "/from",
                "columns": [
                    {"label": "Driftsherre", "pointer": "/kind", "kind": "text",
                     "options": [{"value": "region", "label": "Regionalt"}]},
                    {"label": "2019", "group": "Børn", "pointer": "/n", "kind": "citizens"},
                    {"label": "Årsværk", "pointer": "/fte", "kind": "number",
                     "blank": {"when": "/unlimited", "text": "ingen grænse"}},
                    {"label": "Erfaring", "pointer": "/exp", "kind": "percent"}]
            }
        });
        ReportSpec::read(&definition)
            .expect("a spec")
            .offers
            .expect("offers")
    }

    fn printed(answers: Value) -> Vec<String> {
        let respondent = Respondent {
            id: "bakkely".into(),
            name: "Bakkely".into(),
            form: "t".into(),
            answers: Some(&answers),
            disposition: String::new(),
        };
        let table = OffersTable::of(&spec(), &[respondent], (3, "Tilbud".into()));
        table.rows()[0]
            .cells
            .iter()
            .map(OfferCell::danish)
            .collect()
    }

    #[test]
    fn figures_keep_their_states_and_danish_decimals() {
        assert_eq!(
            printed(
                json!({"kind": "region", "n": {"value": 25, "qualifier": "estimate"},
                "fte": 7.5, "exp": 60})
            ),
            ["Regionalt", "ca. 25", "7,5", "60 %"]
        );
        assert_eq!(
            printed(json!({"n": {"state": "not_applicable"}, "fte": {"state": "not_broken_down"}})),
            ["", "–", "ikke opgjort", ""]
        );
    }

    #[test]
    fn a_blank_says_what_was_said_elsewhere() {
        assert_eq!(printed(json!({"unlimited": true}))[2], "ingen grænse");
        assert_eq!(printed(json!({"unlimited": false}))[2], "");
        assert_eq!(printed(json!({"unlimited": true, "fte": 2}))[2], "2");
    }

    #[test]
    fn an_offer_for_one_municipality_alone_does_not_show_its_citizens() {
        assert_eq!(
            printed(json!({"n": 7, "fte": 7.5, "from": ["Aalborg"]}))[1..3],
            ["..", "7,5"]
        );
        assert_eq!(
            printed(json!({"n": 7, "from": ["Aalborg", "Skive"]}))[1],
            "7"
        );
        assert_eq!(printed(json!({"n": 0, "from": ["Aalborg"]}))[1], "0");
    }
}
