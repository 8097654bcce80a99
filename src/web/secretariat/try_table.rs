//! Any table from Excel, Word or a web page, pasted: what a reader can work out of it. Nothing is stored.
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use maud::{Markup, html};
use samsvar_core::access::Staff;
use samsvar_core::disclosure::{CellVerdict, Status};
use samsvar_core::pasted::{Grid, Marks, PastedVerdict, Reading};

use super::super::doors::Secretary;
use super::super::errors::WebError;
use super::super::fields::{self, TextField};
use super::super::frame::back_link;
use super::super::posted::Posted;
use crate::app::App;

/// The page's fields as they were typed; also those of a table published elsewhere.
pub(super) struct Typed {
    pub(super) table: String,
    pub(super) threshold: String,
    pub(super) hides_zero: bool,
    pub(super) total_row: String,
    pub(super) total_column: String,
    pub(super) marks: Marks,
    /// Whether the totals were asked for, or are to be found by their usual names.
    is_sent: bool,
}

/// What is wrong at a field: its name, and a sentence.
pub(super) type Faults = Vec<(&'static str, String)>;

/// `GET /sekretariat/efterproev`
pub async fn form(app: Data<App>, Secretary(staff): Secretary) -> Result<HttpResponse, WebError> {
    Ok(sheet(&app, &staff, &Typed::fresh(), &Vec::new(), None))
}

/// `POST /sekretariat/efterproev`
pub async fn verdict(
    app: Data<App>,
    Secretary(staff): Secretary,
    posted: Posted,
) -> Result<HttpResponse, WebError> {
    let app = app.into_inner();
    super::super::blocking_web(move || {
        let mut typed = Typed::of(&posted);
        let found = typed.read().and_then(|(grid, reading)| {
            let verdict = reading.verdict(&grid);
            verdict.map_err(|error| vec![("tabel", sentence(&error.message))])
        });
        Ok(match found {
            Ok(verdict) => sheet(&app, &staff, &typed, &Vec::new(), Some(&verdict)),
            Err(faults) => {
                let mut response = sheet(&app, &staff, &typed, &faults, None);
                *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
                response
            }
        })
    })
    .await
}

impl Typed {
    pub(super) fn fresh() -> Self {
        Self {
            table: String::new(),
            threshold: "3".into(),
            hides_zero: false,
            total_row: String::new(),
            total_column: String::new(),
            marks: Marks::default(),
            is_sent: false,
        }
    }

    pub(super) fn of(posted: &Posted) -> Self {
        let text = |name: &str| posted.value(name).trim().to_owned();
        Self {
            table: posted.value("tabel").to_owned(),
            threshold: text("graense"),
            hides_zero: posted.value("nul") == "ja",
            total_row: text("totalraekke"),
            total_column: text("totalkolonne"),
            marks: Marks {
                small: text("maerke-smaa"),
                withheld: text("maerke-skjult"),
                nothing: text("maerke-intet"),
            },
            is_sent: true,
        }
    }

    /// The table and how to read it; fills in the totals that it finds by their usual names.
    pub(super) fn read(&mut self) -> Result<(Grid, Reading), Faults> {
        let mut faults = Faults::new();
        let threshold = self.threshold.parse::<u64>().ok();
        let threshold = threshold.filter(|t| (1..=1_000).contains(t));
        if threshold.is_none() {
            faults.push(("graense", "Skriv et helt tal fra 1 til 1000, fx 3.".into()));
        }
        faults.extend(self.faults_of_marks());
        let grid = Grid::read(&self.table);
        if let Err(why) = &grid {
            faults.push(("tabel", why.danish()));
        }
        let (Ok(grid), Some(threshold)) = (grid, threshold) else {
            return Err(faults);
        };
        if !faults.is_empty() {
            return Err(faults);
        }
        let (row, column) = Reading::guessed(&grid);
        let known_row = |name: &String| grid.rows.iter().any(|(row, _)| row == name);
        if self.total_row.is_empty() {
            self.total_row = row;
        } else if self.total_row != "-" && !known_row(&self.total_row) {
            faults.push((
                "totalraekke",
                format!("Tabellen har ingen række »{}«.", self.total_row),
            ));
        }
        if self.total_column.is_empty() {
            self.total_column = column;
        } else if self.total_column != "-" && !grid.columns.contains(&self.total_column) {
            faults.push((
                "totalkolonne",
                format!("Tabellen har ingen kolonne »{}«.", self.total_column),
            ));
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let reading = Reading {
            threshold,
            hides_zero: self.hides_zero,
            total_row: self.total_row.clone(),
            total_column: self.total_column.clone(),
            marks: self.marks.clone(),
        };
        Ok((grid, reading))
    }

    fn faults_of_marks(&self) -> Faults {
        let marks = [
            ("maerke-smaa", &self.marks.small),
            ("maerke-skjult", &self.marks.withheld),
            ("maerke-intet", &self.marks.nothing),
        ];
        let mut faults = Faults::new();
        for (at, (field, mark)) in marks.iter().enumerate() {
            if !mark.is_empty() && mark.chars().all(|c| c.is_ascii_digit()) {
                faults.push((field, "Et tal kan ikke være et mærke.".into()));
            } else if !mark.is_empty() && marks[..at].iter().any(|(_, other)| other == mark) {
                faults.push((field, format!("»{mark}« kan kun betyde én ting.")));
            }
        }
        faults
    }

    /// The fields, for a form that says itself where it goes.
    pub(super) fn fields(&self, faults: &Faults) -> Markup {
        let error = |id: &str| {
            faults
                .iter()
                .find(|(at, _)| *at == id)
                .map(|(_, why)| why.as_str())
        };
        html! {
            (fields::long_text(&TextField {
                id: "tabel", label: "Tabel", required: true, value: &self.table, error: error("tabel"),
                hint: Some("Markér hele tabellen i Excel, Word eller på en webside, kopiér den, og indsæt den her. Første linje er overskrifter, første kolonne er rækkernes navne."),
            }, 10))
            (fields::text(&TextField {
                id: "graense", label: "Grænse for små tal", required: true, value: &self.threshold, error: error("graense"),
                hint: Some("Det største tal, der skjules. 3, hvis 1-3 skjules; 4, hvis »færre end fem« skjules."),
            }))
            div.form-group {
                fieldset {
                    legend.form-label { "Nul" }
                    div.form-group-checkbox {
                        input.form-checkbox #nul type="checkbox" name="nul" value="ja" checked[self.hides_zero];
                        label.form-label for="nul" { "0 er også skjult" }
                    }
                }
            }
            (fields::text(&TextField {
                id: "maerke-smaa", label: "Mærket for et lille tal", required: false, value: &self.marks.small, error: error("maerke-smaa"),
                hint: Some("Kun hvis tabellen bruger et andet end ≤3, <4 eller <5. Fx .. eller - eller *, præcis som det står."),
            }))
            (fields::text(&TextField {
                id: "maerke-skjult", label: "Mærket for et tal, der er skjult for at beskytte et andet", required: false, value: &self.marks.withheld, error: error("maerke-skjult"),
                hint: Some("Kun hvis tabellen bruger et andet end .. eller *."),
            }))
            (fields::text(&TextField {
                id: "maerke-intet", label: "Mærket for »intet tal«", required: false, value: &self.marks.nothing, error: error("maerke-intet"),
                hint: Some("Kun hvis tabellen bruger et andet end en streg."),
            }))
            (fields::text(&TextField {
                id: "totalraekke", label: "Rækken med totalen", required: false, value: &self.total_row, error: error("totalraekke"),
                hint: Some("Navnet, som det står i tabellen. Lad feltet stå tomt, så findes »I alt« eller »Total« selv. Skriv - hvis der ingen er."),
            }))
            (fields::text(&TextField {
                id: "totalkolonne", label: "Kolonnen med totalen", required: false, value: &self.total_column, error: error("totalkolonne"),
                hint: Some("Kun hvis en kolonne er summen af de andre. Skriv - hvis der ingen er."),
            }))
        }
    }
}

/// The list of faults that a page with errors begins with.
pub(super) fn summary(faults: &Faults) -> Markup {
    html! {
        @if !faults.is_empty() {
            div.alert.alert-error role="alert" {
                div.alert-body {
                    h2.alert-heading { "Ret dette" }
                    ul { @for (at, why) in faults { li { a href={ "#" (at) } { (why) } } } }
                }
            }
        }
    }
}

fn sheet(
    app: &App,
    staff: &Staff,
    typed: &Typed,
    faults: &Faults,
    verdict: Option<&PastedVerdict>,
) -> HttpResponse {
    let body = html! {
        (back_link("/sekretariat", "Indsamlinger"))
        h1 { "Efterprøv en tabel" }
        (summary(faults))
        @match verdict {
            Some(verdict) => (outcome(verdict, typed)),
            None => p.font-lead { "Se, om nogen kan regne de skjulte tal ud af en tabel, før eller efter den er offentliggjort. Intet gemmes." },
        }
        form method="post" action="/sekretariat/efterproev" {
            @if verdict.is_some() { h2 { "Tabellen" } }
            (typed.fields(faults))
            p.form-hint { "Mærker, der læses uden videre: ≤3, <4, 4-9, 10+, .. og *. En streg betyder, at der ikke er noget tal. Er små tal mærket for sig, regnes .. og * for større end grænsen." }
            button.button.button-primary type="submit" { "Efterprøv" }
        }
    };
    let title = match faults.is_empty() {
        true => "Efterprøv en tabel",
        false => "Fejl: Efterprøv en tabel",
    };
    super::page(app, staff, title, &body)
}

fn outcome(verdict: &PastedVerdict, typed: &Typed) -> Markup {
    let audit = &verdict.audit;
    let given_away: Vec<&CellVerdict> = audit
        .cells
        .iter()
        .filter(|cell| cell.status != Status::Full)
        .collect();
    let exact = given_away
        .iter()
        .filter(|cell| cell.status.is_disclosed())
        .count();
    html! {
        div.alert.(tone(verdict, exact, given_away.len())) role="status" {
            div.alert-body {
                h2.alert-heading { (headline(verdict, exact, given_away.len())) }
                @if let Some(clash) = &audit.contradiction { p.alert-text { (clash.to_string()) } }
                p.alert-text {
                    "Efterprøvet: " @if verdict.columns.is_empty() { "ingen kolonne" } @else { (verdict.columns.join(", ")) } "."
                    @if typed.is_sent { " Total: " (named(&typed.total_row, "ingen række")) " og " (named(&typed.total_column, "ingen kolonne")) "." }
                }
                @for fault in &verdict.passed_over {
                    p.alert-text { "Kolonnen »" (fault.column) "« er ikke efterprøvet: »" (fault.text) "« (" (fault.row) ") er ikke et antal." }
                }
            }
        }
        @if !given_away.is_empty() { (cells("Tal, der er afsløret eller indsnævret", &given_away)) }
        @if audit.cells.len() > given_away.len() {
            @let full: Vec<&CellVerdict> = audit.cells.iter().filter(|c| c.status == Status::Full).collect();
            details { summary { "De " (full.len()) " skjulte tal, der har alle muligheder" } (cells("Tal med alle muligheder", &full)) }
        }
        p { "Kun summerne i tabellen er regnet med. Sætninger, procenter og andre tabeller kan afsløre mere." }
    }
}

fn tone(verdict: &PastedVerdict, exact: usize, given_away: usize) -> &'static str {
    let audit = &verdict.audit;
    match () {
        () if audit.contradiction.is_some() || audit.is_undecided || exact > 0 => "alert-error",
        () if given_away > 0 => "alert-warning",
        () => "alert-success",
    }
}

fn headline(verdict: &PastedVerdict, exact: usize, given_away: usize) -> String {
    let audit = &verdict.audit;
    if audit.contradiction.is_some() {
        return "Tallene kan ikke alle være rigtige".into();
    }
    if audit.is_undecided {
        return "Det kunne ikke afgøres. Regn tabellen for usikker.".into();
    }
    if verdict.columns.is_empty() {
        return "Ingen kolonne kunne efterprøves".into();
    }
    match (audit.cells.len(), exact, given_away) {
        (0, ..) => "Der er ingen skjulte tal i tabellen".into(),
        (all, 0, 0) => format!("Ingen af de {all} skjulte tal kan regnes ud eller indsnævres"),
        (all, 0, n) => {
            format!("{n} af de {all} skjulte tal kan indsnævres, men ingen kan regnes helt ud")
        }
        (all, exact, _) => format!("{exact} af de {all} skjulte tal kan regnes ud"),
    }
}

fn cells(caption: &str, cells: &[&CellVerdict]) -> Markup {
    html! {
        div.sv-scroll tabindex="0" role="region" aria-label=(caption) {
            table.sv-table {
                caption { (caption) }
                thead { tr { th scope="col" { "Række" } th scope="col" { "Kolonne" } th scope="col" { "Vist" } th scope="col" { "Mulige værdier" } th scope="col" { "Dom" } } }
                tbody {
                    @for cell in cells {
                        tr {
                            th scope="row" { (cell.coords.first().map_or("", String::as_str)) }
                            td { (cell.coords.get(1).map_or("", String::as_str)) }
                            td { (cell.published) }
                            td { (possible(cell)) }
                            td { (word(cell.status)) }
                        }
                    }
                }
            }
        }
    }
}

/// "1 eller 2", "4 til 17", "mindst 4".
fn possible(cell: &CellVerdict) -> String {
    match (&cell.feasible_set, cell.max) {
        (Some(values), _) if values.len() <= 10 => {
            let words: Vec<String> = values.iter().map(i128::to_string).collect();
            match words.split_last() {
                Some((last, rest)) if !rest.is_empty() => {
                    format!("{} eller {last}", rest.join(", "))
                }
                _ => words.concat(),
            }
        }
        (_, Some(max)) => format!("{} til {max}", cell.min),
        (_, None) => format!("mindst {}", cell.min),
    }
}

fn word(status: Status) -> &'static str {
    match status {
        Status::Full => "Alle muligheder",
        Status::Narrowed => "Indsnævret",
        Status::Exact => "Kan regnes ud",
        Status::Undecided => "Ikke afgjort, regnes for afsløret",
    }
}

fn named(name: &str, none: &str) -> String {
    match name {
        "" | "-" => none.into(),
        name => format!("»{name}«"),
    }
}

/// With a capital first and a full stop last.
fn sentence(text: &str) -> String {
    let mut letters = text.trim().trim_end_matches('.').chars();
    let first: String = letters
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .collect();
    format!("{first}{}.", letters.as_str())
}
