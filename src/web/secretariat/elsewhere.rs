//! A table of the campaign that was published by another channel, typed in as an edition.
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use maud::html;
use samsvar_core::access::Staff;
use samsvar_core::events::Actor;

use super::super::doors::Secretary;
use super::super::errors::WebError;
use super::super::fields::{self, TextField};
use super::super::frame::back_link;
use super::super::posted::Posted;
use super::editions::see;
use super::try_table::{Faults, Typed, summary};
use crate::actions::elsewhere::{self, NotTaken, TypedTable};
use crate::app::App;

/// `GET /sekretariat/indsamlinger/{campaign}/udgaver/andetsteds`
pub async fn form(
    app: Data<App>,
    Secretary(staff): Secretary,
    id: Path<String>,
) -> Result<HttpResponse, WebError> {
    sheet(&app, &staff, &id, ("", ""), &Typed::fresh(), &Faults::new())
}

/// `POST /sekretariat/indsamlinger/{campaign}/udgaver/andetsteds`
pub async fn enter(
    app: Data<App>,
    Secretary(staff): Secretary,
    id: Path<String>,
    posted: Posted,
) -> Result<HttpResponse, WebError> {
    let app = app.into_inner();
    super::super::blocking_web(move || {
        let mut typed = Typed::of(&posted);
        let (title, table) = (posted.value("titel"), posted.value("viser"));
        let taken = match typed.read() {
            Err(faults) => Err(faults),
            Ok((grid, reading)) => {
                let wanted = TypedTable {
                    title: title.to_owned(),
                    table: table.to_owned(),
                    grid,
                    reading,
                };
                let by = Actor::Staff(staff.name.clone());
                elsewhere::enter(&app, &id, &wanted, by)?.map_err(fault)
            }
        };
        match taken {
            Ok((release, _)) => Ok(see(&format!(
                "/sekretariat/indsamlinger/{id}/udgaver/{}",
                release.number
            ))),
            Err(faults) => {
                let mut response = sheet(&app, &staff, &id, (title, table), &typed, &faults)?;
                *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
                Ok(response)
            }
        }
    })
    .await
}

fn fault(not: NotTaken) -> Faults {
    vec![match not {
        NotTaken::NoTitle => ("titel", "Skriv, hvor tabellen er offentliggjort.".into()),
        NotTaken::UnknownTable | NotTaken::NoDraft(_) => {
            ("viser", "Vælg, hvilken tabel den svarer til.".into())
        }
        NotTaken::Odd(row, column, text) => (
            "tabel",
            format!("»{text}« i rækken »{row}«, kolonnen »{column}«, er hverken et antal eller et mærke. Udelad kolonner, der ikke er antal."),
        ),
        NotTaken::NothingKnown => (
            "tabel",
            "Ingen række hedder som en svarende, eller ingen kolonne som i rapportens tabel. Ret navnene i første kolonne og første linje.".into(),
        ),
        NotTaken::Contradiction(why) => ("tabel", why),
    }]
}

fn sheet(
    app: &App,
    staff: &Staff,
    id: &str,
    (title, table): (&str, &str),
    typed: &Typed,
    faults: &Faults,
) -> Result<HttpResponse, WebError> {
    let Ok(tables) = elsewhere::tables(app, id)? else {
        return Err(WebError::NotFound);
    };
    let error = |id: &str| {
        let mut found = faults.iter().filter(|(at, _)| *at == id);
        found.next().map(|(_, why)| why.as_str())
    };
    let body = html! {
        (back_link(&format!("/sekretariat/indsamlinger/{id}/rapport"), "Rapport og udgaver"))
        h1 { "En tabel, der er offentliggjort et andet sted" }
        (summary(faults))
        p.font-lead { "En læser kan sammenholde rapporten med en tabel i en tidligere rapport, et brev eller et notat. Indtast tabellen, så den tæller med, når rapporten efterprøves." }
        form method="post" action={ "/sekretariat/indsamlinger/" (id) "/udgaver/andetsteds" } {
            (fields::text(&TextField {
                id: "titel", label: "Hvor er den offentliggjort?", required: true, value: title, error: error("titel"),
                hint: Some("Fx »Rammeaftale 2019, bilag 2 (PDF)«."),
            }))
            (fields::select(&TextField {
                id: "viser", label: "Hvilken tabel svarer den til?", required: true, value: table, error: error("viser"),
                hint: Some("Kolonnerne genkendes på deres overskrifter, rækkerne på de svarendes navne."),
            }, &tables))
            (typed.fields(faults))
            button.button.button-primary type="submit" { "Gem som udgave" }
        }
    };
    let title = match faults.is_empty() {
        true => "En tabel fra et andet sted",
        false => "Fejl: En tabel fra et andet sted",
    };
    Ok(super::page(app, staff, title, &body))
}
