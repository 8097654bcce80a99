//! "Write the answer down for …": opens a respondent's form as the secretariat, with a mark of how it came.
use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Path};
use maud::html;
use samsvar_core::campaigns::Phase;
use samsvar_core::hands::Channel;

use super::super::doors::{self, Secretary};
use super::super::errors::WebError;
use super::super::frame::back_link;
use super::super::posted::Posted;
use crate::actions::{campaigns, on_behalf};
use crate::app::App;

/// `GET /sekretariat/indsamlinger/{campaign}/svar/{respondent}/indtast`
pub async fn ask(
    app: Data<App>,
    Secretary(staff): Secretary,
    path: Path<(String, String)>,
) -> Result<HttpResponse, WebError> {
    sheet(&app, &staff, &path.into_inner(), false)
}

/// `POST /sekretariat/indsamlinger/{campaign}/svar/{respondent}/indtast`
pub async fn begin(
    app: Data<App>,
    Secretary(staff): Secretary,
    path: Path<(String, String)>,
    posted: Posted,
) -> Result<HttpResponse, WebError> {
    let key = path.into_inner();
    let Some(how) = Channel::parse(posted.value("hvordan")) else {
        let mut response = sheet(&app, &staff, &key, true)?;
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
        return Ok(response);
    };
    let (worker, name) = (app.clone().into_inner(), staff.name.clone());
    let (link, token) =
        super::super::blocking(move || on_behalf::begin(&worker, &name, &key.0, &key.1, how))
            .await?
            .ok_or(WebError::NotFound)?;
    Ok(HttpResponse::SeeOther()
        .cookie(doors::link_cookie(&app, &link, &token))
        .insert_header((header::LOCATION, doors::answer_path(&link)))
        .finish())
}

fn sheet(
    app: &App,
    staff: &samsvar_core::access::Staff,
    (campaign, respondent): &(String, String),
    missing: bool,
) -> Result<HttpResponse, WebError> {
    let found = campaigns::overview(app, campaign)?.ok_or(WebError::NotFound)?;
    let who = found
        .respondents
        .iter()
        .find(|r| r.id == *respondent)
        .ok_or(WebError::NotFound)?;
    let own = format!("/sekretariat/indsamlinger/{campaign}/svar/{respondent}");
    let error = "Vælg, hvordan svaret er modtaget.";
    let body = html! {
        (back_link(&own, &who.name()))
        h1 { "Indtast svar for " (who.name()) }
        @if missing {
            div.alert.alert-error #fejl role="alert" tabindex="-1" data-focus="" {
                div.alert-body { h2.alert-heading { "Skemaet er ikke åbnet endnu" } ul.nobullet-list { li { a href="#hvordan-telefon" { (error) } } } }
            }
        }
        p { "Skemaet åbner i din browser, som den svarende ser det. Svaret mærkes med dit navn og med, hvordan det er modtaget." }
        @if found.campaign.window.phase(app.now()) == Phase::Closed { p { "Svarfristen er overskredet, så svaret mærkes også som for sent." } }
        form method="post" action={ (own) "/indtast" } novalidate {
            fieldset.form-group.form-error[missing] aria-describedby=[missing.then_some("hvordan-error")] {
                legend.form-label { "Hvordan er svaret modtaget?" }
                @if missing { span.form-error-message #hvordan-error { span.sr-only { "Fejl: " } (error) } }
                @for how in Channel::ALL {
                    @let id = format!("hvordan-{}", how.code());
                    div.form-group-radio {
                        input.form-radio id=(id) type="radio" name="hvordan" value=(how.code());
                        label.form-label for=(id) { "Modtaget " (how.danish()) }
                    }
                }
            }
            div.sv-actions { button.button.button-primary type="submit" { "Åbn skemaet" } }
        }
    };
    let wrong = if missing { "Fejl: " } else { "" };
    let title = format!("{wrong}Indtast svar for {}", who.name());
    Ok(super::page(app, staff, &title, &body))
}
