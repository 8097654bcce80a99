//! What a report is to be like: bands, hidden totals, merged rows, what is left out.
use std::collections::BTreeSet;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use maud::{Markup, html};
use samsvar_core::access::Staff;
use samsvar_core::events::Actor;
use samsvar_core::reports::{Choices, FEWEST_MERGED, MergedRows};

use super::super::doors::Secretary;
use super::super::errors::WebError;
use super::super::fields::{self, TextField};
use super::super::frame::back_link;
use super::super::posted::Posted;
use super::editions::see;
use super::try_table::{Faults, summary};
use crate::actions::drafting::{self, Draft};
use crate::actions::releases;
use crate::app::App;

/// A choice that is made table by table: its control, its words, and where it is kept.
struct OfTable {
    name: &'static str,
    label: &'static str,
    set: fn(&mut Choices) -> &mut BTreeSet<String>,
}

const OF_TABLE: [OfTable; 5] = [
    OfTable {
        name: "baand",
        label: "Vis tal over grænsen i bånd (fx 4–9 og 10+)",
        set: |c| &mut c.in_bands,
    },
    OfTable {
        name: "uden-total",
        label: "Uden totalen",
        set: |c| &mut c.without_total,
    },
    OfTable {
        name: "kun-total",
        label: "Kun totalen, resten i ord",
        set: |c| &mut c.total_only,
    },
    OfTable {
        name: "uden-saetninger",
        label: "Uden de sætninger, der bygger på tabellen",
        set: |c| &mut c.without_sentences,
    },
    OfTable {
        name: "uden-tabel",
        label: "Udelad tabellen",
        set: |c| &mut c.without_tables,
    },
];

/// The choices as somebody ticked and typed them.
struct Typed {
    choices: Choices,
    threshold: String,
    /// Rows to be merged, and what they are to be called.
    rows: Vec<String>,
    name: String,
}

/// `GET /sekretariat/indsamlinger/{campaign}/rapport/tilpas`
pub async fn form(
    app: Data<App>,
    Secretary(staff): Secretary,
    id: Path<String>,
) -> Result<HttpResponse, WebError> {
    let app = app.into_inner();
    super::super::blocking_web(move || {
        let draft = draft(&app, &id)?;
        let typed = Typed::kept(&draft);
        Ok(sheet(&app, &staff, &id, &draft, &typed, &Faults::new()))
    })
    .await
}

/// `POST /sekretariat/indsamlinger/{campaign}/rapport/tilpas`
pub async fn adjust(
    app: Data<App>,
    Secretary(staff): Secretary,
    id: Path<String>,
    posted: Posted,
) -> Result<HttpResponse, WebError> {
    let app = app.into_inner();
    super::super::blocking_web(move || {
        let draft = draft(&app, &id)?;
        let typed = Typed::of(&draft, &posted);
        match typed.chosen(&draft) {
            Err(faults) => {
                let mut response = sheet(&app, &staff, &id, &draft, &typed, &faults);
                *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
                Ok(response)
            }
            Ok(choices) => {
                let by = Actor::Staff(staff.name.clone());
                releases::choose(&app, &id, choices, by)?.map_err(|_| WebError::NotFound)?;
                Ok(see(&format!("/sekretariat/indsamlinger/{id}/rapport")))
            }
        }
    })
    .await
}

fn draft(app: &App, id: &str) -> Result<Draft, WebError> {
    drafting::draft(app, id)?.map_err(|_| WebError::NotFound)
}

impl Typed {
    fn kept(draft: &Draft) -> Self {
        let choices = draft.choices.clone();
        Self {
            threshold: choices
                .threshold
                .map_or_else(String::new, |t| t.to_string()),
            choices,
            rows: Vec::new(),
            name: String::new(),
        }
    }

    /// What was posted, on top of what this page does not ask for.
    fn of(draft: &Draft, posted: &Posted) -> Self {
        let all = |name: &str| -> Vec<String> {
            let fields = posted.pairs.iter().filter(|(field, _)| field == name);
            fields.map(|(_, value)| value.clone()).collect()
        };
        let is_ticked = |name: &str| posted.value(name) == "ja";
        let mut choices = draft.choices.clone();
        choices.may_hide_totals = is_ticked("totaler");
        choices.print_intervals = is_ticked("intervaller");
        choices.min_candidates = is_ticked("to-vaerdier").then_some(2);
        for of_table in &OF_TABLE {
            *(of_table.set)(&mut choices) = all(of_table.name).into_iter().collect();
        }
        let kept = all("behold");
        choices.merged.retain(|merged| kept.contains(&merged.name));
        Self {
            choices,
            threshold: posted.value("graense").trim().to_owned(),
            rows: all("raekke"),
            name: posted.value("navn").trim().to_owned(),
        }
    }

    fn chosen(&self, draft: &Draft) -> Result<Choices, Faults> {
        let mut faults = Faults::new();
        let mut choices = self.choices.clone();
        let least = draft.spec.threshold;
        let threshold = self.threshold.parse::<u64>().ok();
        let threshold = threshold.filter(|t| (least..=1_000).contains(t));
        choices.threshold = threshold.filter(|t| *t != least);
        if threshold.is_none() && !self.threshold.is_empty() {
            let told = format!(
                "Skriv et helt tal fra {least} til 1000, eller lad feltet stå tomt. Grænsen kan ikke sættes lavere end i rapportens definition."
            );
            faults.push(("graense", told));
        }
        let known: Vec<String> = draft.rows().into_iter().map(|(name, _)| name).collect();
        let rows: Vec<String> = self
            .rows
            .iter()
            .filter(|r| known.contains(r))
            .cloned()
            .collect();
        let is_taken = |row: &String| choices.merged.iter().any(|m| m.rows.contains(row));
        match (rows.len(), self.name.as_str()) {
            (0, "") => {}
            (n, _) if n < FEWEST_MERGED => faults.push((
                "raekker",
                format!(
                    "Vælg mindst {FEWEST_MERGED} rækker. Af to kan hver trække sit eget tal fra."
                ),
            )),
            (_, "") => faults.push(("navn", "Skriv, hvad den samlede række skal hedde.".into())),
            (_, name) if known.iter().any(|row| row == name) => faults.push((
                "navn",
                format!("Der er allerede en række, der hedder »{name}«. Vælg et andet navn."),
            )),
            _ => match rows.iter().find(|row| is_taken(row)) {
                Some(row) => faults.push((
                    "raekker",
                    format!("»{row}« er allerede slået sammen med andre."),
                )),
                None => choices.merged.push(MergedRows {
                    name: self.name.clone(),
                    rows,
                }),
            },
        }
        if faults.is_empty() {
            Ok(choices)
        } else {
            Err(faults)
        }
    }
}

fn sheet(
    app: &App,
    staff: &Staff,
    id: &str,
    draft: &Draft,
    typed: &Typed,
    faults: &Faults,
) -> HttpResponse {
    let body = html! {
        (back_link(&format!("/sekretariat/indsamlinger/{id}/rapport"), "Rapport og udgaver"))
        h1 { "Tilpas rapporten" }
        (summary(faults))
        p.font-lead { "Andre måder at beskytte små tal på end at skjule flere celler. Rapporten regnes om og efterprøves, og valget skrives i historikken." }
        form method="post" action={ "/sekretariat/indsamlinger/" (id) "/rapport/tilpas" } {
            (of_the_report(draft, typed, faults))
            @for (at, (table, caption)) in draft.tables().iter().enumerate() { (of_table(at, table, caption, typed)) }
            (merging(draft, typed, faults))
            div.sv-actions { button.button.button-primary type="submit" { "Gem valgene, og se rapporten" } }
        }
    };
    let title = match faults.is_empty() {
        true => "Tilpas rapporten",
        false => "Fejl: Tilpas rapporten",
    };
    super::page(app, staff, title, &body)
}

fn of_the_report(draft: &Draft, typed: &Typed, faults: &Faults) -> Markup {
    let choices = &typed.choices;
    let hint = format!(
        "Rapportens definition siger {}. Et højere tal skjuler flere.",
        draft.spec.threshold
    );
    html! {
        div.form-group {
            fieldset {
                legend.form-label { "Hele rapporten" }
                (tick("totaler", "totaler", "ja", choices.may_hide_totals, "Lad totaler blive skjult, hvor det er nødvendigt"))
                (tick("intervaller", "intervaller", "ja", choices.print_intervals, "Vis skjulte totaler som det interval, enhver kan regne ud"))
                (tick("to-vaerdier", "to-vaerdier", "ja", choices.min_candidates.is_some(), "Nøjes med, at mindst to værdier er mulige bag hvert lille tal"))
            }
        }
        (fields::text(&TextField {
            id: "graense", label: "Grænse for små tal", required: false, value: &typed.threshold,
            hint: Some(&hint), error: fault(faults, "graense"),
        }))
    }
}

fn of_table(at: usize, table: &str, caption: &str, typed: &Typed) -> Markup {
    let mut choices = typed.choices.clone();
    html! {
        div.form-group {
            fieldset {
                legend.form-label { "Tabel " (at + 1) ": " (caption) }
                @for one in &OF_TABLE {
                    @let chosen = (one.set)(&mut choices).contains(table);
                    (tick(&format!("{}-{at}", one.name), one.name, table, chosen, one.label))
                }
            }
        }
    }
}

fn merging(draft: &Draft, typed: &Typed, faults: &Faults) -> Markup {
    let error = fault(faults, "raekker");
    html! {
        @if !draft.choices.merged.is_empty() {
            div.form-group {
                fieldset {
                    legend.form-label { "Rækker, der er slået sammen" }
                    @for (at, merged) in draft.choices.merged.iter().enumerate() {
                        @let kept = typed.choices.merged.contains(merged);
                        (tick(&format!("behold-{at}"), "behold", &merged.name, kept, &merged.name))
                    }
                }
            }
        }
        div.form-group.form-error[error.is_some()] #raekker {
            fieldset aria-describedby=[error.map(|_| "raekker-error")] {
                legend.form-label { "Slå rækker sammen (valgfrit)" }
                span.form-hint { "Mindst " (FEWEST_MERGED) " rækker, som derefter vises som én." }
                @if let Some(error) = error {
                    span.form-error-message #raekker-error { span.sr-only { "Fejl: " } (error) }
                }
                @for (at, (row, _)) in draft.rows().iter().enumerate() {
                    (tick(&format!("raekke-{at}"), "raekke", row, typed.rows.contains(row), row))
                }
            }
        }
        (fields::text(&TextField {
            id: "navn", label: "Den samlede rækkes navn", required: false, value: &typed.name,
            hint: Some("Fx »Øvrige kommuner«."), error: fault(faults, "navn"),
        }))
    }
}

fn tick(id: &str, name: &str, value: &str, is_ticked: bool, label: &str) -> Markup {
    html! {
        div.form-group-checkbox {
            input.form-checkbox id=(id) type="checkbox" name=(name) value=(value) checked[is_ticked];
            label.form-label for=(id) { (label) }
        }
    }
}

fn fault<'f>(faults: &'f Faults, id: &str) -> Option<&'f str> {
    let here = faults.iter().find(|(at, _)| *at == id);
    here.map(|(_, why)| why.as_str())
}
