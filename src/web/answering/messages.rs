//! The respondent's side of the conversation with the secretariat.
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use maud::{Markup, html};
use samsvar_core::campaigns::{Submission, Submitter};
use samsvar_core::danish;

use super::super::doors::Owner;
use super::super::errors::WebError;
use super::super::fields::{self, TextField};
use super::super::frame::back_link;
use super::super::posted::Posted;
use super::super::secretariat::thread;
use super::{base, page, see_other};
use crate::actions::answering::{self, Holder};
use crate::actions::messages::{self, MOST_CHARACTERS};
use crate::actions::qualifying;
use crate::app::App;

/// `GET /svar/{answer}/beskeder`
pub async fn show(app: Data<App>, Owner(holder): Owner) -> Result<HttpResponse, WebError> {
    sheet(&app, &holder, None)
}

/// `POST /svar/{answer}/beskeder`
pub async fn write(
    app: Data<App>,
    Owner(holder): Owner,
    posted: Posted,
) -> Result<HttpResponse, WebError> {
    let words = posted.value("besked").trim().to_owned();
    if words.is_empty() || words.chars().count() > MOST_CHARACTERS {
        let mut response = sheet(&app, &holder, Some(&words))?;
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
        return Ok(response);
    }
    let to = format!("{}/beskeder", base(&holder));
    let app = app.into_inner();
    super::super::blocking(move || messages::answer(&app, &holder, &words)).await?;
    Ok(see_other(&to))
}

/// `POST /svar/{answer}/bekraeft/{number}`: the respondent stands by a correction.
pub async fn confirm(
    app: Data<App>,
    Owner(holder): Owner,
    path: Path<(String, u32)>,
    _posted: Posted,
) -> Result<HttpResponse, WebError> {
    let to = format!("{}/beskeder", base(&holder));
    let app = app.into_inner();
    let number = path.1;
    super::super::blocking(move || qualifying::confirm(&app, &holder, number)).await?;
    Ok(see_other(&to))
}

/// Corrections of the secretariat's, each with its reason and the button that confirms it.
fn corrections(app: &App, holder: &Holder) -> Result<Markup, WebError> {
    let (campaign, respondent) = (&holder.campaign.id, &holder.respondent.id);
    let sent = answering::submissions(app, campaign, respondent)?;
    let mut found = Vec::new();
    for pair in sent.windows(2) {
        let [before, after] = pair else { continue };
        if let Submitter::Correction {
            reason, pointer, ..
        } = &after.by
        {
            let text = |one: &Submission| {
                let value = one.answers.pointer(pointer);
                value.map(|v| holder.form.value_text(pointer, v, holder.language))
            };
            let title = holder
                .form
                .field_title(pointer, holder.language)
                .unwrap_or_default();
            let done = qualifying::confirmed(app, campaign, respondent, after.number)?;
            found.push((after, reason, title, text(before), text(after), done));
        }
    }
    Ok(html! {
        @if !found.is_empty() {
            h2 { "Rettelser fra sekretariatet" }
            @for (one, reason, title, before, after, done) in &found {
                dl.sv-facts {
                    div { dt { "Spørgsmål" } dd { (title) } }
                    div { dt { "Jeres svar" } dd { (before.as_deref().unwrap_or("–")) } }
                    div { dt { "Rettet til" } dd { (after.as_deref().unwrap_or("–")) } }
                    div { dt { "Grund" } dd { (reason) } }
                }
                @match done {
                    Some(done) => p { "Bekræftet " (danish::date_time(done.at)) "." },
                    None => form method="post" action={ (base(holder)) "/bekraeft/" (one.number) } novalidate {
                        p { "Er rettelsen forkert, så skriv til os herunder." }
                        button.button.button-primary type="submit" { "Bekræft rettelsen" }
                    },
                }
            }
        }
    })
}

/// `wrong` is what was typed and can't be sent.
fn sheet(app: &App, holder: &Holder, wrong: Option<&str>) -> Result<HttpResponse, WebError> {
    let all = messages::thread(app, &holder.campaign.id, &holder.respondent.id)?;
    let error = wrong.map(|_| "Skriv en besked på højst 5.000 tegn.");
    let field = TextField {
        id: "besked",
        label: "Skriv til sekretariatet",
        hint: None,
        value: wrong.unwrap_or_default(),
        error,
        required: true,
    };
    let title = if error.is_some() {
        "Fejl: Beskeder"
    } else {
        "Beskeder"
    };
    let body = html! {
        (back_link(&base(holder), "Spørgeskemaet"))
        h1 { "Beskeder" }
        @if let Some(error) = error {
            div.alert.alert-error #fejl role="alert" tabindex="-1" data-focus="" { div.alert-body {
                h2.alert-heading { "Beskeden er ikke sendt" }
                ul.nobullet-list { li { a href="#besked" { (error) } } }
            } }
        }
        p { "Her kan I skrive med " (holder.campaign.sender.name) " om jeres svar. Skriv ikke navne på borgere." }
        (corrections(app, holder)?)
        h2 { "Samtale" }
        (thread(&all, &holder.respondent.contacts, false))
        form method="post" novalidate {
            (fields::long_text(&field, 5))
            div.sv-actions { button.button.button-primary type="submit" { "Send beskeden" } }
        }
    };
    Ok(page(app, holder, title, &body))
}
