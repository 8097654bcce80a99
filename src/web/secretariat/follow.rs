//! How far one collection has come, for those who may follow it: no contacts, no answers.
use actix_web::HttpResponse;
use actix_web::web::{Data, Path};
use maud::{Markup, html};
use samsvar_core::campaigns::{Respondent, group_title};
use samsvar_core::danish;

use super::super::doors::Follower;
use super::super::errors::WebError;
use super::super::frame::back_link;
use super::page;
use crate::actions::{campaigns, reporting};
use crate::app::App;

/// `GET /sekretariat/indsamlinger/{campaign}/status`
pub async fn status(
    app: Data<App>,
    Follower(staff): Follower,
    id: Path<String>,
) -> Result<HttpResponse, WebError> {
    let found = campaigns::overview(&app, &id)?.ok_or(WebError::NotFound)?;
    let has_report = reporting::has_definition(&app, &found.campaign)?;
    let body = html! {
        (back_link("/sekretariat", "Indsamlinger"))
        h1 { (found.campaign.title) }
        dl.sv-facts {
            div { dt { "Status" } dd { (super::phase_word(found.campaign.window.phase(app.now()))) } }
            div { dt { "Periode" } dd { (super::window_words(&found.campaign.window)) } }
            div { dt { "Besvaret" } dd { (super::answered(&found)) " af " (found.respondents.len()) } }
        }
        @if has_report {
            p { a.button.button-primary href={ "/sekretariat/indsamlinger/" (found.campaign.id) "/rapport" } { "Se rapporten" } }
        }
        @for audience in &found.campaign.audiences { (group(&audience.group, &found.respondents)) }
    };
    Ok(page(&app, &staff, &found.campaign.title, &body))
}

fn group(group: &str, respondents: &[Respondent]) -> Markup {
    html! {
        h2 { (group_title(group)) }
        div.sv-scroll tabindex="0" role="region" aria-label=(group_title(group)) {
            table.sv-table {
                caption { "Svarende" }
                thead { tr { th scope="col" { "Svarende" } th scope="col" { "Status" } th scope="col" { "Sendt" } } }
                tbody {
                    @for one in respondents.iter().filter(|r| r.group == group) {
                        tr {
                            th scope="row" { (one.name()) }
                            td { (one.disposition().danish()) }
                            td { (one.progress.submitted.map_or_else(|| "–".to_owned(), danish::date_time)) }
                        }
                    }
                }
            }
        }
    }
}
