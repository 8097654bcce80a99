//! The report and the raw data, on the page and as files.
use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::{Data, Path};
use clap::ValueEnum;
use maud::{Markup, html};
use samsvar_core::access::Staff;
use samsvar_core::events::Actor;
use samsvar_core::reports::Report;
use samsvar_core::roles::Right;

use super::super::doors::{ResultsReader, Secretary};
use super::super::errors::WebError;
use super::super::frame::back_link;
use crate::actions::campaigns;
use crate::actions::reporting::{self, Delivered, NoReport, RawFormat, ReportFormat};
use crate::app::App;
use crate::writers;

/// `GET /sekretariat/indsamlinger/{campaign}/rapport`
pub async fn page(
    app: Data<App>,
    ResultsReader(staff): ResultsReader,
    id: Path<String>,
) -> Result<HttpResponse, WebError> {
    let worker = app.clone().into_inner();
    let (campaign, by) = (id.clone(), Actor::Staff(staff.name.clone()));
    let made = super::super::blocking(move || reporting::report(&worker, &campaign, by)).await?;
    let body = match made {
        Ok(report) => html! { (links(&staff, &id)) (writers::html::fragment(&report))
        @if staff.role.may(Right::RunCollections) { (remarks(&report)) } },
        Err(none) => return no_report(&app, &staff, &id, none),
    };
    Ok(super::page(&app, &staff, "Rapport", &body))
}

/// `GET /sekretariat/indsamlinger/{campaign}/rapport.{format}`
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
    match super::super::blocking(move || reporting::deliver(&worker, &campaign, format, by)).await?
    {
        Ok(delivered) => Ok(download(delivered)),
        Err(none) => no_report(&app, &staff, &id, none),
    }
}

/// `GET /sekretariat/indsamlinger/{campaign}/data/{group}.{format}`
pub async fn raw(
    app: Data<App>,
    Secretary(staff): Secretary,
    path: Path<(String, String, String)>,
) -> Result<HttpResponse, WebError> {
    let (id, group, format) = path.into_inner();
    deliver_raw(app, &staff, id, group, &format).await
}

/// `GET /sekretariat/indsamlinger/{campaign}/data.{format}`: of the campaign's first group.
pub async fn raw_of_first_group(
    app: Data<App>,
    Secretary(staff): Secretary,
    path: Path<(String, String)>,
) -> Result<HttpResponse, WebError> {
    let (id, format) = path.into_inner();
    let found = campaigns::overview(&app, &id)?.ok_or(WebError::NotFound)?;
    let group = found
        .campaign
        .audiences
        .first()
        .map(|a| a.group.clone())
        .ok_or(WebError::NotFound)?;
    deliver_raw(app, &staff, id, group, &format).await
}

async fn deliver_raw(
    app: Data<App>,
    staff: &Staff,
    id: String,
    group: String,
    format: &str,
) -> Result<HttpResponse, WebError> {
    let format = RawFormat::from_str(format, false).map_err(|_| WebError::NotFound)?;
    let by = Actor::Staff(staff.name.clone());
    let worker = app.into_inner();
    let delivered =
        super::super::blocking(move || reporting::deliver_raw(&worker, &id, &group, format, by))
            .await?;
    delivered.map(download).ok_or(WebError::NotFound)
}

fn no_report(app: &App, staff: &Staff, id: &str, none: NoReport) -> Result<HttpResponse, WebError> {
    let reasons = match none {
        NoReport::UnknownCampaign | NoReport::NoDefinition => return Err(WebError::NotFound),
        NoReport::Refused(refusal) => refusal.reasons,
    };
    let body = html! {
        (back(staff, id))
        h1 { "Der er ingen rapport" }
        div.alert.alert-warning {
            div.alert-body {
                h2.alert-heading { "Rapporten er holdt tilbage" }
                // The reasons name cells; they are for those who see them anyway.
                @if staff.role.may(Right::RunCollections) { @for reason in &reasons { p.alert-text { (reason) } } }
                @else { p.alert-text { "Sekretariatet kan se hvorfor." } }
            }
        }
    };
    let mut response = super::page(app, staff, "Fejl: Rapport", &body);
    *response.status_mut() = actix_web::http::StatusCode::CONFLICT;
    Ok(response)
}

/// Why sentences were left out: for this screen only, no writer prints it.
fn remarks(report: &Report) -> Markup {
    html! {
        @if !report.remarks().is_empty() {
            div.alert.alert-info.d-print-none {
                div.alert-body {
                    h2.alert-heading { "Kun til sekretariatet" }
                    @for remark in report.remarks() { p.alert-text { (remark) } }
                }
            }
        }
    }
}

fn links(staff: &Staff, id: &str) -> Markup {
    let file = format!("/sekretariat/indsamlinger/{id}/rapport");
    html! {
        (back(staff, id))
        nav.d-print-none aria-label="Hent rapporten" {
            ul.sv-downloads {
                li { a href={ (file) ".html" } { "Hent som webside (HTML)" } }
                li { a href={ (file) ".xlsx" } { "Hent til Excel (XLSX)" } }
                li { a href={ (file) ".csv" } { "Hent som CSV til dansk Excel" } }
                li { a href={ (file) ".iso.csv" } { "Hent som CSV (ISO)" } }
                li { a href={ (file) ".json" } { "Hent som JSON" } }
            }
        }
    }
}

fn back(staff: &Staff, id: &str) -> Markup {
    let home = super::home_of(staff, id);
    if home.ends_with("/rapport") {
        return back_link("/sekretariat", "Indsamlinger");
    }
    back_link(&home, "Indsamlingen")
}

fn download(delivered: Delivered) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, delivered.media_type))
        .insert_header((
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{}\"", delivered.file_name),
        ))
        .body(delivered.bytes)
}
