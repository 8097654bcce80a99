//! The secretariat's desk: campaigns, who has answered, the answers, reports and raw data.
mod campaign;
mod create;
mod on_behalf;
mod report;

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use maud::{Markup, html};
use samsvar_core::access::Staff;
use samsvar_core::campaigns::{Disposition, Phase, Window};
use samsvar_core::danish;

use super::doors::Secretary;
use super::errors::WebError;
use super::frame::{Frame, Visitor};
use crate::actions::campaigns::{self, Overview};
use crate::app::App;

/// All routes take a [`Secretary`], so none can be reached without a session.
pub fn routes(routes: &mut ServiceConfig) {
    let one = "/sekretariat/indsamlinger/{campaign}";
    routes
        .route("/sekretariat", web::get().to(desk))
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
        .route(
            &format!("{one}/svar/{{respondent}}/indtast"),
            web::get().to(on_behalf::ask),
        )
        .route(
            &format!("{one}/svar/{{respondent}}/indtast"),
            web::post().to(on_behalf::begin),
        )
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
async fn desk(app: Data<App>, Secretary(staff): Secretary) -> Result<HttpResponse, WebError> {
    let all = campaigns::list(&app)?;
    let now = app.now();
    let body = html! {
        h1 { "Indsamlinger" }
        p.sv-actions { a.button.button-primary href="/sekretariat/indsamlinger/ny" { "Ny indsamling" } }
        @if all.is_empty() { p { "Der er ingen indsamlinger endnu." } }
        @else {
            div.sv-scroll tabindex="0" role="region" aria-label="Indsamlinger" {
                table.sv-table {
                    caption { "Indsamlinger, den nyeste først" }
                    thead { tr { th scope="col" { "Indsamling" } th scope="col" { "Status" } th scope="col" { "Svarfrist" } th scope="col" { "Svar" } } }
                    tbody { @for one in &all { (row(one, one.campaign.window.phase(now))) } }
                }
            }
        }
    };
    Ok(page(&app, &staff, "Indsamlinger", &body))
}

fn row(one: &Overview, phase: Phase) -> Markup {
    html! {
        tr {
            th scope="row" { a href={ "/sekretariat/indsamlinger/" (one.campaign.id) } { (one.campaign.title) } }
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
