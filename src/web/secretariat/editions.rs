//! Editions of a report: released, listed, downloaded; and the ways out where there can be none.
use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Path};
use maud::{Markup, html};
use samsvar_core::access::Staff;
use samsvar_core::danish;
use samsvar_core::events::Actor;
use samsvar_core::reports::{Choices, FactTable, Remedy, ReportRefusal};
use samsvar_core::roles::Right;

use super::super::doors::{ResultsReader, Secretary};
use super::super::errors::WebError;
use super::super::frame::back_link;
use super::super::posted::Posted;
use super::report::{back, download, draft_page};
use crate::actions::drafting::Draft;
use crate::actions::ledger::{Origin, ReleaseDoc};
use crate::actions::reporting::NoReport;
use crate::actions::{counted, elsewhere, releases};
use crate::app::App;
use crate::writers;

const CHANGED: &str =
    "Svarene har ændret sig, siden du så rapporten. Se den igen herunder, før du udgiver den.";

/// `POST /sekretariat/indsamlinger/{campaign}/rapport/udgiv`
pub async fn release(
    app: Data<App>,
    Secretary(staff): Secretary,
    id: Path<String>,
    posted: Posted,
) -> Result<HttpResponse, WebError> {
    let app = app.into_inner();
    super::super::blocking_web(move || {
        let by = Actor::Staff(staff.name.clone());
        match releases::release(&app, &id, Some(posted.value("set")), by)? {
            Ok(made) => Ok(see(&format!(
                "/sekretariat/indsamlinger/{id}/udgaver/{}",
                made.number
            ))),
            Err(NoReport::Changed) => draft_page(&app, &staff, &id, Some(CHANGED)),
            Err(NoReport::Refused(_)) => draft_page(&app, &staff, &id, None),
            Err(none) => match none.told() {
                Some(told) => Ok(not_released(&app, &staff, &id, &told)),
                None => Err(WebError::NotFound),
            },
        }
    })
    .await
}

/// Why a safe report did not leave, and what can be done; nothing was kept.
fn not_released(app: &App, staff: &Staff, id: &str, told: &[String]) -> HttpResponse {
    let base = format!("/sekretariat/indsamlinger/{id}/rapport");
    let body = html! {
        (back_link(&base, "Rapport og udgaver"))
        h1 { "Rapporten er ikke udgivet" }
        div.alert.alert-warning role="alert" {
            div.alert-body { @for line in told { p.alert-text { (line) } } }
        }
        p { "Intet er gemt, og ingen fil er kommet ud." }
        ul {
            li { a href={ (base) "/tilpas" } { "Tilpas rapporten: bånd, totaler, sammenlagte rækker" } }
            li { a href=(base) { "Se kladden igen" } }
        }
    };
    let mut response = super::page(app, staff, "Fejl: Rapporten er ikke udgivet", &body);
    *response.status_mut() = StatusCode::CONFLICT;
    response
}

/// `POST /sekretariat/indsamlinger/{campaign}/rapport/valg`
pub async fn choose(
    app: Data<App>,
    Secretary(staff): Secretary,
    id: Path<String>,
    posted: Posted,
) -> Result<HttpResponse, WebError> {
    let chosen: Choices = match posted.value("valg") {
        "" => Choices::default(),
        json => serde_json::from_str(json).map_err(|_| {
            WebError::BadRequest("Valget kunne ikke læses. Gå tilbage, og prøv igen.")
        })?,
    };
    if chosen.fault().is_some() {
        return Err(WebError::BadRequest(
            "Grænsen for små tal er ikke mulig. Gå tilbage, og prøv igen.",
        ));
    }
    let (worker, campaign) = (app.into_inner(), id.clone());
    let by = Actor::Staff(staff.name.clone());
    super::super::blocking(move || releases::choose(&worker, &campaign, chosen, by))
        .await?
        .map_err(|_| WebError::NotFound)?;
    Ok(see(&format!("/sekretariat/indsamlinger/{id}/rapport")))
}

/// `GET /sekretariat/indsamlinger/{campaign}/udgaver/{number}`
pub async fn page(
    app: Data<App>,
    ResultsReader(staff): ResultsReader,
    path: Path<(String, u32)>,
) -> Result<HttpResponse, WebError> {
    let (id, number) = path.into_inner();
    let release = releases::one(&app, &id, number)?.ok_or(WebError::NotFound)?;
    let runs = staff.role.may(Right::RunCollections);
    if release.origin == Origin::Elsewhere && !runs {
        return Err(WebError::NotFound);
    }
    // Who answered, and when, is for those who run the collection.
    let behind = if runs && release.origin == Origin::House {
        Some(counted::of(&app, &release)?)
    } else {
        None
    };
    let body = html! {
        (back_link(&format!("/sekretariat/indsamlinger/{id}/rapport"), "Rapport og udgaver"))
        h1 { "Udgave " (number) ": " (release.title) }
        (facts(&release))
        @match release.origin {
            Origin::House => (downloads(&id, &release)),
            Origin::Elsewhere => (typed(&id, &release)),
        }
        @if let Some(behind) = &behind { (super::counted::table(&id, behind)) }
    };
    Ok(super::page(
        &app,
        &staff,
        &format!("Udgave {number}"),
        &body,
    ))
}

/// `GET /sekretariat/indsamlinger/{campaign}/udgaver/{number}/{file}`
pub async fn file(
    app: Data<App>,
    ResultsReader(staff): ResultsReader,
    path: Path<(String, u32, String)>,
) -> Result<HttpResponse, WebError> {
    let (id, number, name) = path.into_inner();
    let worker = app.into_inner();
    let by = Actor::Staff(staff.name.clone());
    super::super::blocking(move || releases::take(&worker, &id, number, &name, by))
        .await?
        .map(download)
        .ok_or(WebError::NotFound)
}

/// `POST /sekretariat/indsamlinger/{campaign}/udgaver/{number}/traek-tilbage`
pub async fn withdraw(
    app: Data<App>,
    Secretary(staff): Secretary,
    path: Path<(String, u32)>,
    _posted: Posted,
) -> Result<HttpResponse, WebError> {
    let (id, number) = path.into_inner();
    let (worker, campaign) = (app.into_inner(), id.clone());
    let by = Actor::Staff(staff.name.clone());
    super::super::blocking(move || elsewhere::withdraw(&worker, &campaign, number, by))
        .await?
        .map_err(|_| WebError::NotFound)?;
    Ok(see(&format!("/sekretariat/indsamlinger/{id}/rapport")))
}

/// All editions, the newest first.
pub(super) fn table(id: &str, releases: &[ReleaseDoc]) -> Markup {
    html! {
        @if !releases.is_empty() {
            div.sv-scroll tabindex="0" role="region" aria-label="Udgaver" {
                table.sv-table {
                    caption { "Udgaver, den nyeste først" }
                    thead { tr { th scope="col" { "Udgave" } th scope="col" { "Dato" } th scope="col" { "Af" } th scope="col" { "Hvad" } } }
                    tbody {
                        @for one in releases.iter().rev() {
                            tr {
                                th scope="row" { a href={ "/sekretariat/indsamlinger/" (id) "/udgaver/" (one.number) } { "Udgave " (one.number) } }
                                td { (danish::date_time(one.at)) }
                                td { (one.by.danish()) }
                                td { (kind(one)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// What was chosen for the report, with the way back to its definition.
pub(super) fn chosen(id: &str, choices: &Choices) -> Markup {
    html! {
        @if !choices.is_default() {
            h3 { "Valg for denne rapport" }
            ul { @for line in choices.lines() { li { (line) } } }
            form method="post" action={ "/sekretariat/indsamlinger/" (id) "/rapport/valg" } {
                input type="hidden" name="valg" value="";
                button.button.button-secondary type="submit" { "Nulstil valgene" }
            }
        }
    }
}

/// Why there is no report, and what could be done, each with a preview.
pub(super) fn refused(
    id: &str,
    draft: &Draft,
    refusal: &ReportRefusal,
    remedies: &[Remedy],
) -> Markup {
    html! {
        (back(id))
        h1 { "Der er ingen rapport" }
        div.alert.alert-warning {
            div.alert-body {
                h2.alert-heading { "Rapporten er holdt tilbage" }
                @for reason in told(refusal, remedies) { p.alert-text { (reason) } }
            }
        }
        @if !remedies.is_empty() {
            h2 { "Udveje, der er efterprøvet" }
            p { "Hver udvej er regnet igennem sammen med de tidligere udgaver. Valget skrives i historikken og gælder, til det nulstilles." }
            ol.sv-remedies { @for (at, remedy) in remedies.iter().enumerate() { li { (way_out(id, at, remedy)) } } }
        } @else if !refusal.at_risk.is_empty() {
            p { "Der er ikke fundet en eller to ændringer, som gør rapporten sikker. Prøv at tilpasse rapporten med flere ændringer på én gang." }
        }
        (chosen(id, &draft.choices))
        (table(id, &draft.releases))
        ul {
            li { a href={ "/sekretariat/indsamlinger/" (id) "/rapport/tilpas" } { "Tilpas rapporten: bånd, totaler, sammenlagte rækker" } }
            li { a href={ "/sekretariat/indsamlinger/" (id) "/udgaver/andetsteds" } { "Indtast en tabel, der er offentliggjort et andet sted" } }
            li { a href="/sekretariat/efterproev" { "Efterprøv en tabel fra Excel eller Word" } }
        }
    }
}

/// Ways out that were merely thought of are left out where there are some that were tried.
fn told<'r>(refusal: &'r ReportRefusal, remedies: &[Remedy]) -> Vec<&'r str> {
    let reasons = refusal.reasons.iter().map(String::as_str);
    let is_told = |reason: &&str| remedies.is_empty() || !reason.starts_with("Udvej: ");
    reasons.filter(is_told).collect()
}

fn way_out(id: &str, at: usize, remedy: &Remedy) -> Markup {
    let json = serde_json::to_string(&remedy.choices).unwrap_or_default();
    let summary = remedy.report.summary();
    html! {
        h3 { (remedy.what) }
        p {
            "Skjuler " (summary.primary) " små tal og " (summary.complementary) " for at beskytte dem"
            @if summary.totals_hidden > 0 { ", heraf " (summary.totals_hidden) " totaler" }
            "."
        }
        details {
            summary { "Se, hvordan tabellerne bliver" span.sr-only { ": " (remedy.what) } }
            @for table in remedy.report.tables() { (writers::html::preview(table, &format!("udvej-{at}-"))) }
        }
        form method="post" action={ "/sekretariat/indsamlinger/" (id) "/rapport/valg" } {
            input type="hidden" name="valg" value=(json);
            button.button.button-secondary type="submit" { "Vælg denne udvej" span.sr-only { ": " (remedy.what) } }
        }
    }
}

fn kind(release: &ReleaseDoc) -> &'static str {
    match (release.origin, release.withdrawn) {
        (Origin::House, _) => "Udgivet herfra",
        (Origin::Elsewhere, None) => "Offentliggjort et andet sted",
        (Origin::Elsewhere, Some(_)) => "Trukket tilbage, tæller ikke med",
    }
}

fn facts(release: &ReleaseDoc) -> Markup {
    html! {
        dl.sv-facts {
            div { dt { "Dato" } dd { (danish::date_time(release.at)) } }
            div { dt { "Af" } dd { (release.by.danish()) } }
            div { dt { "Hvad" } dd { (kind(release)) } }
            div { dt { "Grænse for små tal" } dd { (release.facts.threshold) } }
            @for form in &release.forms { div { dt { "Spørgeskema" } dd { (form.id) ", version " (form.version) } } }
            @if release.texts > 0 { div { dt { "Svar i fri tekst" } dd { (release.texts) } } }
            @if !release.sha256.is_empty() { div { dt { "SHA-256" } dd.sv-hash { code { (release.sha256) } } } }
        }
        @if !release.choices.is_default() {
            h2 { "Valg for udgaven" }
            ul { @for line in release.choices.lines() { li { (line) } } }
        }
    }
}

fn downloads(id: &str, release: &ReleaseDoc) -> Markup {
    let base = format!("/sekretariat/indsamlinger/{id}/udgaver/{}", release.number);
    html! {
        h2 { "Filer" }
        p { "Filerne er de samme, hver gang de hentes. Hver hentning skrives i historikken." }
        div.sv-scroll tabindex="0" role="region" aria-label="Filer" {
            table.sv-table {
                caption { "Udgavens filer" }
                thead { tr { th scope="col" { "Fil" } th scope="col" { "Hvad" } th.sv-number scope="col" { "Størrelse" } th scope="col" { "SHA-256" } } }
                tbody {
                    @for file in &release.files {
                        tr {
                            th scope="row" { a href={ (base) "/" (file.name) } { (file.name) } }
                            td { (what(&file.name)) }
                            td.sv-number { (danish::integer(i64::try_from(file.size.div_ceil(1024)).unwrap_or(i64::MAX))) " kB" }
                            td.sv-hash { code { (file.sha256) } }
                        }
                    }
                }
            }
        }
        h2 { "Efterprøv udgaven" }
        p { "Attesten siger, hvad der er garanteret. Enhver kan efterprøve garantien uden Samsvars regnemotor, med de tre filer og kommandoen:" }
        p { code { "samsvar verify tabel.csv regler.json certifikat.json" } }
    }
}

fn what(name: &str) -> &'static str {
    match name {
        "rapport.html" => "Webside til at læse og printe",
        "rapport.xlsx" => "Excel",
        "rapport.csv" => "CSV til dansk Excel",
        "rapport.iso.csv" => "CSV (ISO), én linje pr. celle",
        "rapport.json" => "JSON",
        "tabel.csv" => "Alt det trykte, også i tidligere udgaver",
        "regler.json" => "Summer og sætninger",
        "certifikat.json" => "Tabellerne bag attesten",
        "attest.html" => "Attest på én side",
        _ => "",
    }
}

fn typed(id: &str, release: &ReleaseDoc) -> Markup {
    html! {
        @for table in &release.facts.tables { (typed_table(table)) }
        @if release.withdrawn.is_none() {
            form method="post" action={ "/sekretariat/indsamlinger/" (id) "/udgaver/" (release.number) "/traek-tilbage" } {
                p { "Er tabellen tastet forkert, så træk den tilbage, og indtast den igen. Den bliver stående på listen." }
                button.button.button-secondary type="submit" { "Træk tabellen tilbage" }
            }
        }
    }
}

fn typed_table(table: &FactTable) -> Markup {
    html! {
        div.sv-scroll tabindex="0" role="region" aria-label="Tabellen" {
            table.sv-table {
                caption { "Tabellen, som den er indtastet" }
                thead { tr { th scope="col" { "Række" } @for column in &table.columns { th.sv-number scope="col" { (column.label) @if column.measure.is_none() { " (ukendt spørgsmål)" } } } } }
                tbody {
                    @for row in &table.rows {
                        tr {
                            th scope="row" { (row.name) @if row.members.is_empty() { " (ukendt svarende)" } }
                            @for cell in &row.cells { td.sv-number { (cell) } }
                        }
                    }
                }
                @if !table.totals.is_empty() {
                    tfoot { tr { th scope="row" { "I alt" } @for cell in &table.totals { td.sv-number { (cell) } } } }
                }
            }
        }
    }
}

pub(super) fn see(to: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, to))
        .finish()
}
