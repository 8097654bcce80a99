//! The overview of offers: organisations, printed as answered but for their numbers of citizens,
//! which are protected together with all tables.
use serde_json::Value;

use super::ReleasedText;
use super::model::{FEWEST_BEHIND, is_hardly_behind};
use crate::danish;
use crate::disclosure::{SafeTable, Shown};
use crate::tables::{
    Absence, Figure, OFFERS_TABLE, OfferColumn, OfferKind, OffersSpec, Qualifier, Respondent,
    TrueRow, TrueTable, Word,
};

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
    /// A number of citizens, as far as it may be shown.
    Citizens {
        shown: Shown,
        is_estimate: bool,
    },
    /// Typed by somebody, and not let out.
    HeldBack,
    /// Printed as the words of its reason.
    Missing(Absence),
}

impl OfferCell {
    pub fn danish(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::HeldBack => "holdt tilbage".into(),
            Self::Number(number) => danish::decimal(*number, 2),
            Self::Estimate(number) => format!("ca. {}", danish::decimal(*number, 2)),
            Self::Percent(number) => format!("{} %", danish::decimal(*number, 1)),
            Self::Citizens {
                shown: Shown::Exact(number),
                is_estimate,
            } => {
                let number = danish::integer(i64::try_from(*number).unwrap_or(i64::MAX));
                if *is_estimate {
                    format!("ca. {number}")
                } else {
                    number
                }
            }
            Self::Citizens { shown, .. } => shown.to_string(),
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
        texts: &[ReleasedText],
        (truth, printed): (&TrueTable, &SafeTable),
        threshold: u64,
        (number, caption): (usize, String),
    ) -> Self {
        let answers_of = |row: &TrueRow| {
            let id = &row.members.first()?.id;
            let mut same = respondents
                .iter()
                .filter(|one| one.form == spec.form && one.id == *id);
            same.next()?.answers
        };
        let rows = truth.rows.iter().filter_map(|row| {
            let answers = answers_of(row)?;
            let cells = spec.columns.iter().map(|column| {
                let cell = cell(column, answers, texts, (row, truth, printed));
                meaning(column, cell, answers)
            });
            Some(OfferRow {
                name: row.name.clone(),
                cells: cells.collect(),
            })
        });
        let rows: Vec<OfferRow> = rows.collect();
        let hardly_behind = truth.rows.iter().filter(|row| is_hardly_behind(row));
        let withheld: Vec<String> = hardly_behind.map(|row| row.name.clone()).collect();
        Self {
            number,
            caption,
            columns: spec.columns.iter().map(heading).collect(),
            notes: notes(spec, respondents, &rows, &withheld, threshold),
            rows,
        }
    }

    /// The numbers of citizens: row, column, what is printed.
    pub fn citizens(&self) -> impl Iterator<Item = (&str, String, Shown)> {
        self.rows.iter().flat_map(|row| {
            let cells = row.cells.iter().zip(&self.columns);
            cells.filter_map(|(cell, column)| match cell {
                OfferCell::Citizens { shown, .. } => {
                    Some((row.name.as_str(), column.full(), *shown))
                }
                _ => None,
            })
        })
    }

    /// The id of its numbers of citizens in the model and in the plain file.
    pub fn id(&self) -> &'static str {
        OFFERS_TABLE
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

/// The wording that has been let out of an offer's answer to a question.
pub(super) fn released<'t>(
    texts: &'t [ReleasedText],
    offer: &str,
    pointer: &str,
) -> Option<&'t str> {
    let mut own = texts
        .iter()
        .filter(|text| text.offer.as_deref() == Some(offer));
    let text = own.find(|text| text.pointer == pointer)?;
    Some(&text.wording)
}

fn heading(column: &OfferColumn) -> OfferHeading {
    OfferHeading {
        group: column.group.clone(),
        label: column.label.clone(),
        is_numeric: column.kind != OfferKind::Text,
    }
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

fn cell(
    column: &OfferColumn,
    answers: &Value,
    texts: &[ReleasedText],
    (row, truth, printed): (&TrueRow, &TrueTable, &SafeTable),
) -> OfferCell {
    let answer = answers.pointer(&column.pointer);
    match column.kind {
        OfferKind::Text => {
            let offer = row.members.first().map_or("", |member| &member.id);
            text(column, answers, released(texts, offer, &column.pointer))
        }
        OfferKind::Percent => number(answer, OfferCell::Percent),
        OfferKind::Number => number(answer, OfferCell::Number),
        OfferKind::Citizens => {
            let label = column.full_label();
            let columns = &truth.spec.columns;
            let at = columns.iter().position(|column| column.label == label);
            match at.and_then(|at| row.cells.get(at)) {
                Some(Figure::Count { qualifier, .. }) => OfferCell::Citizens {
                    shown: printed.cell(&row.name, &label).unwrap_or(Shown::Withheld),
                    is_estimate: *qualifier == Qualifier::Estimate,
                },
                Some(Figure::Missing(reason)) => OfferCell::Missing(*reason),
                None => OfferCell::Missing(Absence::Blank),
            }
        }
    }
}

/// What people typed is printed as it was let out, if it was.
fn text(column: &OfferColumn, answers: &Value, released: Option<&str>) -> OfferCell {
    let words = column.words_in(answers);
    if words.is_empty() {
        return OfferCell::Missing(Absence::Blank);
    }
    match (words.iter().any(|word| word.is_typed), released) {
        (false, _) => OfferCell::Text(Word::list(&words)),
        (true, Some(wording)) => OfferCell::Text(wording.to_owned()),
        (true, None) => OfferCell::HeldBack,
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
    threshold: u64,
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
    notes.push("Tallene er tilbuddenes egne; de er ikke opgjort for den enkelte kommune.".into());
    let any = |is: fn(&Shown) -> bool| {
        let cells = rows.iter().flat_map(|row| &row.cells);
        cells
            .into_iter()
            .any(|cell| matches!(cell, OfferCell::Citizens { shown, .. } if is(shown)))
    };
    if any(|shown| matches!(shown, Shown::AtMost(_))) {
        notes.push(format!(
            "Antal borgere fra 1 til {threshold} vises som ≤{threshold} (se tabel 1)."
        ));
    }
    if any(|shown| *shown == Shown::Withheld) {
        notes.push(
            "»..« er et antal borgere, der er skjult, for at et lille tal ikke kan regnes ud."
                .into(),
        );
    }
    if !withheld.is_empty() {
        notes.push(format!(
            "Antal borgere vises ikke for {}, fordi borgerne kommer fra færre end {FEWEST_BEHIND} kommuner, eller fordi kommunerne ikke er oplyst.",
            danish::list(withheld)
        ));
    }
    if rows
        .iter()
        .any(|row| row.cells.contains(&OfferCell::HeldBack))
    {
        notes.push(
            "»holdt tilbage« er tilbuddets egne ord, der ikke er gennemset og udgivet.".into(),
        );
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
    use chrono::NaiveDate;
    use serde_json::json;

    use super::*;
    use crate::reports::{Choices, Meta, Order, Report};
    use crate::tables::ReportSpec;

    fn definition() -> Value {
        json!({
            "title": "R", "threshold_basis": "v",
            "respondents": {"form": "k", "singular": "kommune", "plural": "kommuner"},
            "tables": [{
                "id": "t", "caption": "T",
                "columns": [{"label": "2019", "pointer": "/n", "year": 2019}],
                "notes": {"counting_unit": "borgere", "source": "kommunerne"}
            }],
            "offers": {
                "form": "t", "caption": "Tilbud", "name": "/name", "catchment": "/from",
                "columns": [
                    {"label": "Driftsherre", "pointer": "/kind", "kind": "text",
                     "options": [{"value": "region", "label": "Regionalt"}]},
                    {"label": "2019", "group": "Børn", "pointer": "/n", "kind": "citizens",
                     "part_of": {"table": "t", "column": "2019"}},
                    {"label": "Årsværk", "pointer": "/fte", "kind": "number",
                     "blank": {"when": "/unlimited", "text": "ingen grænse"}},
                    {"label": "Erfaring", "pointer": "/exp", "kind": "percent"}]
            }
        })
    }

    /// The overview of one offer beside what some municipalities have counted.
    fn report(answers: &Value, municipalities: &[(&str, u64)]) -> Report {
        report_with(answers, municipalities, &[])
    }

    fn report_with(
        answers: &Value,
        municipalities: &[(&str, u64)],
        texts: &[ReleasedText],
    ) -> Report {
        let counts: Vec<(&str, Value)> = municipalities
            .iter()
            .map(|(name, count)| (*name, json!({"n": count})))
            .collect();
        let respondent = |name: &str, form: &str, answers| Respondent {
            id: name.into(),
            name: name.into(),
            form: form.into(),
            answers: Some(answers),
            disposition: String::new(),
        };
        let mut respondents = vec![respondent("Bakkely", "t", answers)];
        respondents.extend(
            counts
                .iter()
                .map(|(name, count)| respondent(name, "k", count)),
        );
        let spec = ReportSpec::read(&definition()).expect("a spec");
        let meta = Meta {
            campaign: "C".into(),
            region: "R".into(),
            as_of: NaiveDate::from_ymd_opt(2026, 4, 9).expect("a day"),
        };
        let order = Order {
            choices: &Choices::default(),
            earlier: &[],
            texts,
        };
        Report::edition(&spec, &respondents, meta, &order).expect("a report")
    }

    const WIDE: [(&str, u64); 5] = [
        ("Aalborg", 30),
        ("Skive", 40),
        ("Viborg", 50),
        ("Odder", 60),
        ("Randers", 0),
    ];

    fn printed(answers: Value) -> Vec<String> {
        let report = report(&answers, &WIDE);
        let offers = report.offers().expect("an overview");
        offers.rows()[0]
            .cells
            .iter()
            .map(OfferCell::danish)
            .collect()
    }

    #[test]
    fn figures_keep_their_states_and_danish_decimals() {
        let three = json!(["Aalborg", "Skive", "Viborg"]);
        assert_eq!(
            printed(
                json!({"kind": "region", "n": {"value": 25, "qualifier": "estimate"},
                "fte": 7.5, "exp": 60, "from": three})
            ),
            ["Regionalt", "ca. 25", "7,5", "60 %"]
        );
        assert_eq!(
            printed(json!({"n": {"state": "not_applicable"}, "fte": {"state": "not_broken_down"}})),
            ["", "–", "ikke opgjort", ""]
        );
    }

    #[test]
    fn what_somebody_typed_is_printed_as_it_was_let_out_or_not_at_all() {
        let answers = json!({"name": "Hos Anne Larsen", "kind": ["region", "Bo Holm ApS"]});
        let spec = ReportSpec::read(&definition()).expect("a spec");
        let offers = spec.offers.expect("offers");
        let typed = offers.typed(&answers, "Bakkely").into_iter();
        let typed: Vec<(&str, String)> = typed.map(|t| (t.pointer, t.text)).collect();
        let kind = "Regionalt og Bo Holm ApS".to_owned();
        assert_eq!(
            typed,
            [("/name", "Hos Anne Larsen".to_owned()), ("/kind", kind)]
        );
        let text = |offer: &str, pointer: &str, wording: &str| ReleasedText {
            offer: Some(offer.into()),
            pointer: pointer.into(),
            wording: wording.into(),
        };
        let of_another = [
            text("Lillevang", "/kind", "x"),
            text("Lillevang", "/name", "x"),
        ];
        let held = report_with(&answers, &WIDE, &of_another);
        let offers = held.offers().expect("an overview");
        assert_eq!(
            offers.rows()[0].name,
            "Bakkely",
            "as the secretariat calls it"
        );
        assert_eq!(offers.rows()[0].cells[0], OfferCell::HeldBack);
        assert!(
            offers
                .notes()
                .iter()
                .any(|note| note.starts_with("»holdt tilbage«"))
        );
        let table = String::from_utf8(held.proof().expect("a proof").table).expect("UTF-8");
        assert!(
            table.contains("Bakkely") && !table.contains("Larsen"),
            "{table}"
        );
        let texts = [
            text("Bakkely", "/kind", "Regional og privat"),
            text("Bakkely", "/name", "Annes hus"),
        ];
        let out = report_with(&answers, &WIDE, &texts);
        let row = &out.offers().expect("an overview").rows()[0];
        assert_eq!(row.name, "Annes hus");
        assert_eq!(row.cells[0].danish(), "Regional og privat");
    }

    #[test]
    fn a_name_that_the_secretariat_knows_and_an_option_are_nobodys_words() {
        let spec = ReportSpec::read(&definition()).expect("a spec");
        let offers = spec.offers.expect("offers");
        let answers = json!({"name": " Bakkely ", "kind": "region"});
        assert_eq!(offers.typed(&answers, "Bakkely"), []);
    }

    #[test]
    fn a_blank_says_what_was_said_elsewhere() {
        assert_eq!(printed(json!({"unlimited": true}))[2], "ingen grænse");
        assert_eq!(printed(json!({"unlimited": false}))[2], "");
        assert_eq!(printed(json!({"unlimited": true, "fte": 2}))[2], "2");
    }

    #[test]
    fn citizens_are_shown_where_three_municipalities_stand_behind_them_and_they_are_not_few() {
        let three = json!(["Aalborg", "Skive", "Viborg"]);
        let two = json!(["Aalborg", "Skive"]);
        for (count, from, shown) in [
            (7, &three, "7"),
            (2, &three, "≤3"),
            (0, &three, "0"),
            (7, &two, ".."),
            (2, &two, "≤3"),
            (0, &two, "0"),
            (7, &Value::Null, ".."),
        ] {
            assert_eq!(
                printed(json!({"n": count, "from": from}))[1],
                shown,
                "{count} {from}"
            );
        }
    }

    /// 8 of three municipalities with 1 to 3 each would mean that none of them has 1.
    #[test]
    fn an_offer_does_not_narrow_what_its_municipalities_hide() {
        let answers = json!({"n": 8, "from": ["Aalborg", "Skive", "Viborg"]});
        let small = [
            ("Aalborg", 3),
            ("Skive", 3),
            ("Viborg", 3),
            ("Odder", 3),
            ("Randers", 30),
        ];
        let report = report(&answers, &small);
        let offers = report.offers().expect("an overview");
        assert_eq!(offers.rows()[0].cells[1].danish(), "..");
        let table = report.tables().next().expect("a table");
        for name in ["Aalborg", "Skive", "Viborg"] {
            let found = report.feasible(table, name, "2019").expect("hidden");
            assert_eq!(found.to_string(), "1, 2 eller 3", "{name}");
        }
        assert!(report.proof().is_some());
    }
}
