//! A reminder by hand: these, and not those, because.
use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::{Data, Path};
use maud::{Markup, html};
use samsvar_core::danish;

use super::super::doors::Secretary;
use super::super::errors::WebError;
use super::super::frame::back_link;
use super::super::posted::Posted;
use super::page;
use crate::actions::new_token;
use crate::actions::reminders::{self, Preview};
use crate::actions::trial::{Which, shown};
use crate::app::App;

/// `GET /sekretariat/indsamlinger/{campaign}/paamindelse`
pub async fn preview(
    app: Data<App>,
    Secretary(staff): Secretary,
    id: Path<String>,
) -> Result<HttpResponse, WebError> {
    let found = reminders::preview(&app, &id)?.ok_or(WebError::NotFound)?;
    // Names this page's one press of the button; no secret.
    let occasion = new_token()?.hash();
    Ok(page(
        &app,
        &staff,
        "Send påmindelse",
        &body(&found, &occasion),
    ))
}

/// `POST /sekretariat/indsamlinger/{campaign}/paamindelse`
pub async fn send(
    app: Data<App>,
    Secretary(staff): Secretary,
    id: Path<String>,
    posted: Posted,
) -> Result<HttpResponse, WebError> {
    let app = app.into_inner();
    let id = id.into_inner();
    let to = format!("/sekretariat/indsamlinger/{id}");
    super::super::blocking(move || {
        let chosen: Vec<&str> = posted
            .pairs
            .iter()
            .filter(|(name, _)| name == "svarende")
            .map(|(_, respondent)| respondent.as_str())
            .collect();
        let occasion: String = posted.value("lejlighed").chars().take(64).collect();
        reminders::remind_by_hand(&app, &id, &chosen, &occasion, &staff.name)
    })
    .await?;
    Ok(HttpResponse::SeeOther()
        .insert_header((header::LOCATION, to))
        .finish())
}

fn body(found: &Preview, occasion: &str) -> Markup {
    let campaign = &found.campaign;
    let base = format!("/sekretariat/indsamlinger/{}", campaign.id);
    let days: Vec<String> = found.next.iter().map(|d| danish::date(*d)).collect();
    html! {
        (back_link(&base, &campaign.title))
        h1 { "Send påmindelse" }
        p {
            @if days.is_empty() { "Der er ikke planlagt flere påmindelser." }
            @else { "Samsvar sender selv påmindelser " (danish::list(&days)) "." }
            " Her kan I sende en nu."
        }
        @if found.those.is_empty() { p { "Der er ingen, som kan påmindes lige nu." } }
        @else { (those(found, &base, occasion)) }
        @if !found.not_those.is_empty() { (not_those(found)) }
    }
}

fn those(found: &Preview, base: &str, occasion: &str) -> Markup {
    html! {
        form method="post" action={ (base) "/paamindelse" } novalidate {
            input type="hidden" name="lejlighed" value=(occasion);
            fieldset {
                legend { h2 { "Disse " (found.those.len()) " påmindes" } }
                @for r in &found.those {
                    @let id = format!("svarende-{}", r.id);
                    @let deadline = r.window(&found.campaign.window).deadline;
                    div.form-group-checkbox {
                        input.form-checkbox type="checkbox" id=(id) name="svarende" value=(r.id) checked;
                        label for=(id) { (r.name()) " – " (r.disposition().danish().to_lowercase()) ", frist " (danish::short_date(danish::local(deadline).date_naive())) }
                    }
                }
            }
            @if let Some(first) = found.those.first() {
                @let text = shown(&found.campaign, first, Which::Reminder);
                details {
                    summary { "Læs brevet, som det sendes til " (first.name()) }
                    div.sv-mail { p { strong { (text.subject) } } pre { (text.body) } }
                }
            }
            div.sv-actions { button.button.button-primary type="submit" { "Send påmindelsen nu" } }
        }
    }
}

fn not_those(found: &Preview) -> Markup {
    html! {
        h2 { "Ikke disse " (found.not_those.len()) ", fordi …" }
        div.sv-scroll tabindex="0" role="region" aria-label="Påmindes ikke" {
            table.sv-table {
                caption { "Påmindes ikke" }
                thead { tr { th scope="col" { "Svarende" } th scope="col" { "Fordi den …" } } }
                tbody { @for (r, why) in &found.not_those { tr { th scope="row" { (r.name()) } td { (why.danish()) } } } }
            }
        }
    }
}
