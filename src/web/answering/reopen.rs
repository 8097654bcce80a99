//! An answer that was sent is opened again, for a reason that stays in the history.
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use maud::html;
use samsvar_core::campaigns::Phase;
use samsvar_core::danish;
use samsvar_core::hands::Remark;

use super::super::doors::Owner;
use super::super::errors::WebError;
use super::super::fields::{self, TextField};
use super::super::frame::back_link;
use super::super::posted::Posted;
use super::{base, page, see_other};
use crate::actions::answering::{self, Holder};
use crate::actions::sending;
use crate::app::App;

/// `GET /svar/{answer}/genaabn`
pub async fn ask(app: Data<App>, Owner(holder): Owner) -> Result<HttpResponse, WebError> {
    open_window(&app, &holder)?;
    match answering::writing(&app, &holder)?.sent {
        Some(_) => Ok(sheet(&app, &holder, None)),
        None => Ok(see_other(&base(&holder))),
    }
}

/// `POST /svar/{answer}/genaabn`
pub async fn reopen(
    app: Data<App>,
    Owner(holder): Owner,
    posted: Posted,
) -> Result<HttpResponse, WebError> {
    open_window(&app, &holder)?;
    let app = app.into_inner();
    super::super::blocking_web(move || {
        let reason = Remark::of(posted.value("grund"));
        if sending::reopen(&app, &holder, reason)? {
            return Ok(see_other(&base(&holder)));
        }
        let mut response = sheet(&app, &holder, Some("Skriv, hvorfor svaret skal ændres."));
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
        Ok(response)
    })
    .await
}

fn open_window(app: &App, holder: &Holder) -> Result<(), WebError> {
    match holder.phase(app.now()) {
        Phase::Open => Ok(()),
        Phase::NotOpenYet => Err(WebError::CampaignNotOpen),
        Phase::Closed => Err(WebError::CampaignClosed),
    }
}

fn sheet(app: &App, holder: &Holder, error: Option<&str>) -> HttpResponse {
    let reason = TextField {
        id: "grund",
        label: "Hvorfor skal svaret ændres?",
        hint: Some("Grunden står i historikken, som sekretariatet kan læse"),
        value: "",
        error,
        required: true,
    };
    let body = html! {
        (back_link(&base(holder), "Om skemaet og hjælp"))
        h1 { "Åbn svaret igen" }
        @if let Some(error) = error {
            div.alert.alert-error #fejl role="alert" tabindex="-1" data-focus="" {
                div.alert-body {
                    h2.alert-heading { "Svaret er ikke åbnet endnu" }
                    ul.nobullet-list { li { a href="#grund" { (error) } } }
                }
            }
        }
        p {
            "Jeres svar er sendt og gælder, indtil I sender et nyt. I kan ændre det til og med "
            (danish::date_time(holder.campaign.window.deadline)) ". Husk at sende det igen."
        }
        form method="post" action={ (base(holder)) "/genaabn" } novalidate autocomplete="off" {
            (fields::long_text(&reason, 3))
            div.sv-actions { button.button.button-primary type="submit" { "Åbn svaret igen" } }
        }
    };
    let wrong = if error.is_some() { "Fejl: " } else { "" };
    let title = format!(
        "{wrong}Åbn svaret igen – {}",
        holder.form.title(holder.language)
    );
    page(app, holder, &title, &body)
}
