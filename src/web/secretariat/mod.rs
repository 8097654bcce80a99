//! The secretariat's desk: campaigns, who has answered, the answers, reports and raw data.
mod campaign;
mod create;
mod follow;
mod people;
mod report;

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use maud::{Markup, html};
use samsvar_core::access::Staff;
use samsvar_core::campaigns::{Disposition, Phase, Window};
use samsvar_core::danish;
use samsvar_core::roles::Right;

use super::doors::SignedIn;
use super::errors::WebError;
use super::frame::{Frame, Visitor};
use crate::actions::campaigns::{self, Overview};
use crate::app::App;

/// All routes take a door of staff (`doors.rs`), so none can be reached without a session and a role.
pub fn routes(routes: &mut ServiceConfig) {
    let one = "/sekretariat/indsamlinger/{campaign}";
    routes
        .route("/sekretariat", web::get().to(desk))
        .route("/sekretariat/mig", web::get().to(people::own))
        .route(
            "/sekretariat/mig/log-ud",
            web::post().to(people::leave_everywhere),
        )
        .route("/sekretariat/personer", web::get().to(people::list))
        .route("/sekretariat/personer", web::post().to(people::save))
        .route(
            "/sekretariat/personer/fjern",
            web::post().to(people::remove),
        )
        .route("/sekretariat/indsamlinger/ny", web::get().to(create::form))
        .route(
            "/sekretariat/indsamlinger/ny",
            web::post().to(create::create),
        )
        .route(one, web::get().to(campaign::campaign))
        .route(
            &format!("{one}/svar/{{respondent}}"),
            web::get().to(campaign::answers),
        )
        .route(
            &format!("{one}/svar/{{respondent}}/bilag/{{hash}}"),
            web::get().to(campaign::attachment),
        )
        .route(&format!("{one}/status"), web::get().to(follow::status))
        .route(&format!("{one}/rapport"), web::get().to(report::page))
        .route(
            &format!("{one}/rapport.{{format}}"),
            web::get().to(report::file),
        )
        .route(
            &format!("{one}/data/{{group}}.{{format}}"),
            web::get().to(report::raw),
        )
        .route(
            &format!("{one}/data.{{format}}"),
            web::get().to(report::raw_of_first_group),
        );
}

/// `GET /sekretariat`
async fn desk(app: Data<App>, SignedIn(staff): SignedIn) -> Result<HttpResponse, WebError> {
    let mut all = campaigns::list(&app)?;
    all.retain(|one| staff.role.may(Right::ReadResults(&one.campaign.id)));
    let now = app.now();
    let body = html! {
        h1 { "Indsamlinger" }
        @if staff.role.may(Right::RunCollections) {
            p.sv-actions { a.button.button-primary href="/sekretariat/indsamlinger/ny" { "Ny indsamling" } }
        }
        @if all.is_empty() { p { "Der er ingen indsamlinger endnu." } }
        @else {
            div.sv-scroll tabindex="0" role="region" aria-label="Indsamlinger" {
                table.sv-table {
                    caption { "Indsamlinger, den nyeste først" }
                    thead { tr { th scope="col" { "Indsamling" } th scope="col" { "Status" } th scope="col" { "Svarfrist" } th scope="col" { "Svar" } } }
                    tbody { @for one in &all { (row(one, &staff, one.campaign.window.phase(now))) } }
                }
            }
        }
    };
    Ok(page(&app, &staff, "Indsamlinger", &body))
}

/// The page of a collection that a role opens onto.
fn home_of(staff: &Staff, campaign: &str) -> String {
    let base = format!("/sekretariat/indsamlinger/{campaign}");
    if staff.role.may(Right::RunCollections) {
        base
    } else if staff.role.may(Right::FollowCollection(campaign)) {
        format!("{base}/status")
    } else {
        format!("{base}/rapport")
    }
}

fn row(one: &Overview, staff: &Staff, phase: Phase) -> Markup {
    html! {
        tr {
            th scope="row" { a href=(home_of(staff, &one.campaign.id)) { (one.campaign.title) } }
            td { (phase_word(phase)) }
            td { (danish::date_time(one.campaign.window.deadline)) }
            td { (answered(one)) " af " (one.respondents.len()) }
        }
    }
}

fn answered(one: &Overview) -> usize {
    one.respondents
        .iter()
        .filter(|r| r.disposition() == Disposition::Submitted)
        .count()
}

fn phase_word(phase: Phase) -> &'static str {
    match phase {
        Phase::NotOpenYet => "Ikke åbnet",
        Phase::Open => "Åben",
        Phase::Closed => "Lukket",
    }
}

fn window_words(window: &Window) -> String {
    format!(
        "{} til {}",
        danish::date_time(window.opens),
        danish::date_time(window.deadline)
    )
}

fn page(app: &App, staff: &Staff, title: &str, body: &Markup) -> HttpResponse {
    super::ok_html(
        &Frame {
            title,
            visitor: Visitor::Staff(&staff.name),
            demo: app.is_demo(),
        }
        .around(body),
    )
}
