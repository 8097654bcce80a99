//! The whole history of a collection: who did or saw what, and when.
use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::{Data, Path, Query};
use maud::html;
use samsvar_core::campaigns::Respondent;
use samsvar_core::danish;
use samsvar_core::events::{Actor, Event};
use serde::Deserialize;

use super::super::doors::Secretary;
use super::super::errors::WebError;
use super::super::frame::back_link;
use super::page;
use crate::actions::{campaigns, history};
use crate::app::App;

const ON_ONE_PAGE: usize = 200;

#[derive(Deserialize)]
pub struct Asked {
    /// From 1; the newest events stand on the first page.
    side: Option<usize>,
}

/// `GET /sekretariat/indsamlinger/{campaign}/historik`
pub async fn whole(
    app: Data<App>,
    Secretary(staff): Secretary,
    id: Path<String>,
    asked: Query<Asked>,
) -> Result<HttpResponse, WebError> {
    let found = campaigns::overview(&app, &id)?.ok_or(WebError::NotFound)?;
    let all = campaigns::history(&app, &id, None, usize::MAX)?;
    let side = asked.side.unwrap_or(1).max(1);
    let pages = all.len().div_ceil(ON_ONE_PAGE).max(1);
    let shown = all.chunks(ON_ONE_PAGE).nth(side - 1).unwrap_or_default();
    let here = format!("/sekretariat/indsamlinger/{}/historik", id.as_str());
    let body = html! {
        (back_link(&format!("/sekretariat/indsamlinger/{}", id.as_str()), &found.campaign.title))
        h1 { "Historik" }
        p { "Her står, hvem der har gjort eller set hvad. En hændelse kan ikke rettes eller fjernes: Hver bærer et fingeraftryk af den før." }
        p { a href={ (here) ".jsonl" } { "Hent historikken (JSON-linjer)" } }
        div.sv-scroll tabindex="0" role="region" aria-label="Hændelser" {
            table.sv-table {
                caption { (danish::count(all.len() as u64, "hændelse", "hændelser")) ", den nyeste først. Side " (side) " af " (pages) }
                thead { tr { th scope="col" { "Tidspunkt" } th scope="col" { "Hvem" } th scope="col" { "Hvad" } th scope="col" { "Svarende" } } }
                tbody {
                    @for event in shown {
                        @let about = asked_one(event, &found.respondents);
                        tr {
                            td { (danish::date_time(event.at)) }
                            td { (who(event, about)) }
                            td { (event.deed.danish()) }
                            td { (about.map_or_else(|| "–".to_owned(), Respondent::name)) }
                        }
                    }
                }
            }
        }
        nav aria-label="Sider" {
            ul.nobullet-list {
                @if side > 1 { li { a href={ (here) "?side=" (side - 1) } { "Nyere hændelser" } } }
                @if side < pages { li { a href={ (here) "?side=" (side + 1) } { "Ældre hændelser" } } }
            }
        }
    };
    Ok(page(&app, &staff, "Historik", &body))
}

/// `GET /sekretariat/indsamlinger/{campaign}/historik.jsonl`
pub async fn file(
    app: Data<App>,
    Secretary(staff): Secretary,
    id: Path<String>,
) -> Result<HttpResponse, WebError> {
    campaigns::overview(&app, &id)?.ok_or(WebError::NotFound)?;
    let (worker, campaign) = (app.into_inner(), id.into_inner());
    let named = format!("attachment; filename=\"historik-{campaign}.jsonl\"");
    let by = Actor::Staff(staff.name);
    let lines =
        super::super::blocking(move || history::export(&worker, Some(&campaign), by)).await?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/jsonl"))
        .insert_header((header::CONTENT_DISPOSITION, named))
        .body(lines))
}

fn asked_one<'a>(event: &Event, all: &'a [Respondent]) -> Option<&'a Respondent> {
    all.iter()
        .find(|r| Some(&r.id) == event.respondent.as_ref())
}

/// A contact's name stands with the respondent, never in the event; when it is erased its place is left.
fn who(event: &Event, about: Option<&Respondent>) -> String {
    let named = match (&event.actor, about) {
        (Actor::Contact(place), Some(about)) => about.contacts.get(*place).map(|c| c.name.clone()),
        _ => None,
    };
    named
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| event.actor.danish())
}
