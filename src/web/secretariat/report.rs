//! The report's draft as the secretariat sees it, its editions as readers do, and the raw data.
use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Path, Query};
use clap::ValueEnum;
use maud::{Markup, html};
use samsvar_core::access::Staff;
use samsvar_core::events::Actor;
use samsvar_core::reports::Report;
use samsvar_core::roles::Right;

use super::super::doors::{ResultsReader, Secretary};
use super::super::errors::WebError;
use super::super::frame::back_link;
use super::{conclusions, editions};
use crate::actions::drafting::{self, Draft};
use crate::actions::exporting::{self, RawFormat};
use crate::actions::releases;
use crate::actions::reporting::{self, Delivered, NoReport, ReportFormat};
use crate::app::App;
use crate::writers;

/// `GET /sekretariat/indsamlinger/{campaign}/rapport`
///
/// Only who runs the collection sees the draft: two looks at it could be told apart like two editions.
pub async fn page(
    app: Data<App>,
    ResultsReader(staff): ResultsReader,
    id: Path<String>,
) -> Result<HttpResponse, WebError> {
    let app = app.into_inner();
    super::super::blocking_web(move || match staff.role.may(Right::RunCollections) {
        true => draft_page(&app, &staff, &id, None),
        false => published(&app, &staff, &id),
    })
    .await
}

/// The draft, or why there is none and what could be done.
pub(super) fn draft_page(
    app: &App,
    staff: &Staff,
    id: &str,
    note: Option<&str>,
) -> Result<HttpResponse, WebError> {
    let draft = match drafting::draft(app, id)? {
        Ok(draft) => draft,
        Err(_) => return Err(WebError::NotFound),
    };
    let waiting = crate::actions::texts::items(app, id)?;
    let waiting = waiting.map_or(0, |items| {
        items.iter().filter(|item| item.decision.is_none()).count()
    });
    let report = match draft.report() {
        Ok(report) => report,
        Err(refusal) => {
            reporting::note_refusal(app, id, Actor::Staff(staff.name.clone()))?;
            let remedies = draft.remedies(&refusal);
            let body = editions::refused(id, &draft, &refusal, &remedies);
            let mut response = super::page(app, staff, "Fejl: Rapport", &body);
            *response.status_mut() = StatusCode::CONFLICT;
            return Ok(response);
        }
    };
    let body = html! {
        (back(id))
        @if let Some(note) = note {
            div.alert.alert-warning role="alert" { div.alert-body { p.alert-text { (note) } } }
        }
        (panel(id, &draft, &report, waiting))
        (writers::html::draft(&report))
    };
    let title = note.map_or("Rapport", |_| "Fejl: Rapport");
    let mut response = super::page(app, staff, title, &body);
    if note.is_some() {
        *response.status_mut() = StatusCode::CONFLICT;
    }
    Ok(response)
}

fn panel(id: &str, draft: &Draft, report: &Report, waiting: usize) -> Markup {
    let base = format!("/sekretariat/indsamlinger/{id}");
    html! {
        section.sv-release.d-print-none aria-labelledby="udgivelse" {
            h2 #udgivelse { "Udgivelse" }
            (verdict(draft, report))
            (given_away(report))
            (conclusions::of_report(report))
            (remarks(report))
            (editions::chosen(id, &draft.choices))
            (release_form(&base, draft, report))
            (editions::table(id, &draft.releases))
            ul {
                li { a href={ (base) "/rapport/tilpas" } { "Tilpas rapporten: bånd, totaler, sammenlagte rækker" } }
                li { a href={ (base) "/fritekst" } { "Gennemse svar i fri tekst" } " (" (waiting) " venter)" }
                li { a href={ (base) "/udgaver/andetsteds" } { "Indtast en tabel, der er offentliggjort et andet sted" } }
                li { a href="/sekretariat/efterproev" { "Efterprøv en tabel fra Excel eller Word" } }
            }
        }
        p.d-print-none { strong { "Kladde." } " Herunder står rapporten, som den bliver, når den udgives nu. Et skjult tal kan foldes ud: så står der, hvad en læser kan slutte sig til." }
    }
}

fn verdict(draft: &Draft, report: &Report) -> Markup {
    let earlier = draft.releases.iter().filter(|one| one.counts()).count();
    let summary = report.summary();
    let beside = match earlier {
        0 => "Intet lille tal kan regnes ud af rapporten.".to_owned(),
        1 => "Intet lille tal kan regnes ud, heller ikke sammen med den tidligere udgave.".into(),
        n => format!(
            "Intet lille tal kan regnes ud, heller ikke sammen med de {n} tidligere udgaver."
        ),
    };
    html! {
        div.alert.alert-success {
            div.alert-body {
                h3.alert-heading { "Rapporten er efterprøvet" }
                p.alert-text {
                    (beside) " " (summary.primary) " tal er skjult, fordi de er små, og "
                    (summary.complementary) " for at beskytte dem."
                    @if summary.banded > 0 { " " (summary.banded) " er vist i bånd." }
                    @if let Some(line) = report.lifted() { " " (line) }
                }
            }
        }
    }
}

/// What earlier editions have told already, and no edition can take back.
fn given_away(report: &Report) -> Markup {
    let known = report.given_away();
    let place = |cell: &[String]| cell.get(1..).unwrap_or_default().join(", ");
    let left = |values: u64| match values {
        1 => "kan allerede regnes ud".to_owned(),
        n => format!("{n} værdier er mulige"),
    };
    html! {
        @if !known.is_empty() {
            div.alert.alert-warning {
                div.alert-body {
                    h3.alert-heading { "Tidligere udgaver har allerede afsløret noget" }
                    p.alert-text {
                        "Garantien gælder i forhold til det, der allerede er ude. Disse tal er indsnævret af tidligere udgaver, og rapporten indsnævrer dem ikke mere. Det står i attesten."
                    }
                    ul { @for one in known { li { (place(&one.cell)) ": " (left(one.values)) } } }
                }
            }
        }
    }
}

fn release_form(base: &str, draft: &Draft, report: &Report) -> Markup {
    let fingerprint = releases::fingerprint(report);
    let number = draft.releases.last().map_or(1, |last| last.number + 1);
    let newest = draft.releases.iter().rfind(|one| one.counts());
    let same = newest.and_then(|newest| {
        let file = newest.file("rapport.json")?;
        (file.sha256 == fingerprint).then_some(newest)
    });
    html! {
        @match same {
            Some(same) => p { "Svarene siger det samme som udgave " (same.number) "." },
            None => {
                form method="post" action={ (base) "/rapport/udgiv" } {
                    input type="hidden" name="set" value=(fingerprint);
                    p { "En udgave fryses med alle sine filer og tæller med, hver gang en senere udgave efterprøves. Den kan ikke kaldes tilbage." }
                    button.button.button-primary type="submit" { "Udgiv som udgave " (number) }
                }
            }
        }
    }
}

/// What those may see who read results: the editions.
fn published(app: &App, staff: &Staff, id: &str) -> Result<HttpResponse, WebError> {
    let draft = match drafting::draft(app, id)? {
        Ok(draft) => draft,
        Err(_) => return Err(WebError::NotFound),
    };
    let campaign = &draft.found.campaign;
    let house: Vec<_> = draft
        .releases
        .into_iter()
        .filter(|one| one.origin == crate::actions::ledger::Origin::House)
        .collect();
    let body = html! {
        (back_for(staff, id))
        h1 { "Rapport: " (campaign.title) }
        @if house.is_empty() { p { "Der er ikke udgivet nogen rapport endnu." } }
        (editions::table(id, &house))
    };
    Ok(super::page(app, staff, "Rapport", &body))
}

/// `GET /sekretariat/indsamlinger/{campaign}/rapport.{format}`: of the newest edition.
pub async fn file(
    app: Data<App>,
    ResultsReader(staff): ResultsReader,
    path: Path<(String, String)>,
) -> Result<HttpResponse, WebError> {
    let (id, format) = path.into_inner();
    let format = match format.as_str() {
        "iso.csv" => ReportFormat::CsvIso,
        other => ReportFormat::from_str(other, false).map_err(|_| WebError::NotFound)?,
    };
    let worker = app.clone().into_inner();
    let (campaign, by) = (id.clone(), Actor::Staff(staff.name.clone()));
    match super::super::blocking(move || reporting::newest(&worker, &campaign, format, by)).await? {
        Ok(delivered) => Ok(download(delivered)),
        Err(NoReport::NoEdition) => Ok(no_edition(&app, &staff, &id)),
        Err(_) => Err(WebError::NotFound),
    }
}

/// `GET /sekretariat/indsamlinger/{campaign}/data/{group}.{format}`
pub async fn raw(
    app: Data<App>,
    Secretary(staff): Secretary,
    path: Path<(String, String, String)>,
    query: Query<Vec<(String, String)>>,
) -> Result<HttpResponse, WebError> {
    let (id, group, format) = path.into_inner();
    deliver_raw(app, &staff, (id, Some(group), format), &query).await
}

/// `GET /sekretariat/indsamlinger/{campaign}/data.{format}`: all groups in a workbook, else the first.
pub async fn raw_of_all_groups(
    app: Data<App>,
    Secretary(staff): Secretary,
    path: Path<(String, String)>,
    query: Query<Vec<(String, String)>>,
) -> Result<HttpResponse, WebError> {
    let (id, format) = path.into_inner();
    deliver_raw(app, &staff, (id, None, format), &query).await
}

async fn deliver_raw(
    app: Data<App>,
    staff: &Staff,
    (id, group, format): (String, Option<String>, String),
    query: &[(String, String)],
) -> Result<HttpResponse, WebError> {
    let format = RawFormat::from_str(&format, false).map_err(|_| WebError::NotFound)?;
    let by = Actor::Staff(staff.name.clone());
    let worker = app.clone().into_inner();
    let export = super::super::blocking(move || {
        exporting::export(&worker, &id, group.as_deref(), format, by)
    })
    .await?
    .ok_or(WebError::NotFound)?;
    let name = query.iter().find(|(name, _)| name == "eksport");
    let name = name.map(|(_, value)| value).filter(|v| is_export_name(v));
    let progress = name.map(|name| app.exports.begin(&staff.address, name));
    super::super::streamed::download(export, progress)
}

/// `GET /sekretariat/eksport/{export}`: how far an export has come, for the page's script.
pub async fn how_far(
    app: Data<App>,
    Secretary(staff): Secretary,
    name: Path<String>,
) -> Result<HttpResponse, WebError> {
    let far = app.exports.of(&staff.address, &name);
    Ok(HttpResponse::Ok().json(far.ok_or(WebError::NotFound)?))
}

/// As the page's script draws it.
fn is_export_name(name: &str) -> bool {
    name.len() == 32 && name.bytes().all(|b| b.is_ascii_hexdigit())
}

fn no_edition(app: &App, staff: &Staff, id: &str) -> HttpResponse {
    let body = html! {
        (back_for(staff, id))
        h1 { "Der er ingen udgave" }
        p { "Rapporten er ikke udgivet endnu, så der er ingen filer at hente." }
        @if staff.role.may(Right::RunCollections) {
            p { a href={ "/sekretariat/indsamlinger/" (id) "/rapport" } { "Se kladden, og udgiv den" } }
        }
    };
    let mut response = super::page(app, staff, "Fejl: Rapport", &body);
    *response.status_mut() = StatusCode::CONFLICT;
    response
}

/// Why sentences were left out: for this screen only, no writer prints it.
fn remarks(report: &Report) -> Markup {
    html! {
        @if !report.remarks().is_empty() {
            div.alert.alert-info {
                div.alert-body {
                    h3.alert-heading { "Kun til sekretariatet" }
                    @for remark in report.remarks() { p.alert-text { (remark) } }
                }
            }
        }
    }
}

pub(super) fn back(id: &str) -> Markup {
    back_link(&format!("/sekretariat/indsamlinger/{id}"), "Indsamlingen")
}

fn back_for(staff: &Staff, id: &str) -> Markup {
    let home = super::home_of(staff, id);
    if home.ends_with("/rapport") {
        return back_link("/sekretariat", "Indsamlinger");
    }
    back_link(&home, "Indsamlingen")
}

pub(super) fn download(delivered: Delivered) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, delivered.media_type))
        .insert_header((
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{}\"", delivered.file_name),
        ))
        .body(delivered.bytes)
}
