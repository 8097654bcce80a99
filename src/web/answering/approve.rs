//! The manager's page: the whole answer to read, to approve, or to send back with a comment.
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use maud::{Markup, html};
use samsvar_core::campaigns::{Phase, SubmitRefusal, receipt_number};
use samsvar_core::danish;
use samsvar_core::hands::{ApprovalRequest, Outcome, Remark};

use super::super::doors::Approver;
use super::super::errors::WebError;
use super::super::fields::{self, TextField};
use super::super::posted::Posted;
use super::{base, page, see_other};
use crate::actions::answering::{self, Holder, Role};
use crate::actions::approval;
use crate::app::App;
use crate::writers::answers;

/// `GET /svar/{answer}/godkend`
pub async fn read(app: Data<App>, Approver(holder): Approver) -> Result<HttpResponse, WebError> {
    sheet(&app, &holder, None)
}

/// `POST /svar/{answer}/godkend`
pub async fn decide(
    app: Data<App>,
    Approver(holder): Approver,
    posted: Posted,
) -> Result<HttpResponse, WebError> {
    let app = app.into_inner();
    super::super::blocking_web(move || {
        let here = format!("{}/godkend", base(&holder));
        if posted.value("do") == "godkend" {
            return match approval::approve(&app, &holder)? {
                Ok(_) | Err(SubmitRefusal::AlreadySent(_) | SubmitRefusal::DraftChanged) => {
                    Ok(see_other(&here))
                }
                Err(SubmitRefusal::NotOpenYet) => Err(WebError::CampaignNotOpen),
                Err(_) => Err(WebError::CampaignClosed),
            };
        }
        let comment = Remark::of(posted.value("kommentar"));
        if comment.is_empty() {
            let mut response = sheet(&app, &holder, Some("Skriv, hvad der skal rettes."))?;
            *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            return Ok(response);
        }
        approval::give_back(&app, &holder, comment)?;
        Ok(see_other(&here))
    })
    .await
}

fn sheet(app: &App, holder: &Holder, error: Option<&str>) -> Result<HttpResponse, WebError> {
    let Role::Manager(request) = &holder.role else {
        return Err(WebError::LinkNeeded);
    };
    let body = match &request.outcome {
        Outcome::Waiting => waiting(app, holder, request, error)?,
        other => ended(app, holder, other)?,
    };
    let wrong = if error.is_some() { "Fejl: " } else { "" };
    let title = format!(
        "{wrong}Godkend svaret – {}",
        holder.form.title(holder.language)
    );
    Ok(page(app, holder, &title, &body))
}

fn waiting(
    app: &App,
    holder: &Holder,
    request: &ApprovalRequest,
    error: Option<&str>,
) -> Result<Markup, WebError> {
    let writing = answering::writing(app, holder)?;
    let sent = holder.form.submission_of(&writing.draft);
    let contact = holder.respondent.contacts.get(request.by);
    let asker = contact.map_or("", |c| c.name.as_str());
    Ok(html! {
        h1 { "Godkend svaret" }
        (errors(error))
        dl.sv-facts {
            div { dt { "Spørgeskema" } dd { (holder.form.title(holder.language)) } }
            div { dt { "Svar fra" } dd { (holder.respondent.name()) } }
            @if !asker.is_empty() { div { dt { "Udfyldt af" } dd { (asker) } } }
            div { dt { "Svarfrist" } dd { (danish::date_time(holder.campaign.window.deadline)) } }
        }
        (deadline(app, holder))
        p { "Læs svaret herunder. Det bliver først sendt, når du godkender det. Så længe du læser, kan ingen ændre det." }
        p { a href="#afgoer" { "Gå til godkendelsen" } }
        @for section in holder.form.answered_list(&sent, holder.language) {
            section { h2 { (section.title) } (answers::section(&section)) }
        }
        (decision(holder, request, error))
    })
}

/// What the deadline means for the manager: some days more to approve, but none to mend.
fn deadline(app: &App, holder: &Holder) -> Markup {
    let window = &holder.campaign.window;
    let now = app.now();
    let last = danish::date_time(window.approvals_end());
    html! {
        @if now > window.approvals_end() {
            div.alert.alert-warning { div.alert-body { p.alert-text {
                "Svaret kunne godkendes til og med " (last) ". Skriv til sekretariatet, hvis det stadig skal sendes."
            } } }
        } @else if holder.phase(now) == Phase::Closed {
            div.alert.alert-info { div.alert-body { p.alert-text {
                "Svarfristen er overskredet, men svaret blev sendt til godkendelse i tide. Du kan godkende det til og med " (last)
                ". Sender du det tilbage, kan det kun rettes, hvis sekretariatet udsætter fristen."
            } } }
        }
    }
}

fn errors(error: Option<&str>) -> Markup {
    html! {
        @if let Some(error) = error {
            div.alert.alert-error #fejl role="alert" tabindex="-1" data-focus="" {
                div.alert-body {
                    h2.alert-heading { "Svaret er ikke sendt tilbage endnu" }
                    ul.nobullet-list { li { a href="#kommentar" { (error) } } }
                }
            }
        }
    }
}

fn decision(holder: &Holder, request: &ApprovalRequest, error: Option<&str>) -> Markup {
    let comment = TextField {
        id: "kommentar",
        label: "Hvad skal rettes?",
        hint: Some(
            "Skal kun udfyldes, hvis du sender svaret tilbage. Kommentaren sendes til den, der har udfyldt det",
        ),
        value: "",
        error,
        required: true,
    };
    html! {
        h2 #afgoer tabindex="-1" { "Din afgørelse" }
        form method="post" action={ (base(holder)) "/godkend" } novalidate autocomplete="off" {
            p { "Godkendes som " strong { (request.manager.name) ", " (request.title) } "." }
            div.sv-actions { button.button.button-primary type="submit" name="do" value="godkend" { "Godkend og send svaret" } }
        }
        form method="post" action={ (base(holder)) "/godkend" } novalidate autocomplete="off" {
            h3 { "Eller send det tilbage" }
            (fields::long_text(&comment, 4))
            div.sv-actions { button.button.button-secondary type="submit" name="do" value="returner" { "Send tilbage med kommentar" } }
        }
    }
}

fn ended(app: &App, holder: &Holder, outcome: &Outcome) -> Result<Markup, WebError> {
    Ok(match outcome {
        Outcome::Waiting => html! {},
        Outcome::Approved { at, number } => {
            let (campaign, respondent) = (&holder.campaign.id, &holder.respondent.id);
            let sent = answering::submission(app, campaign, respondent, *number)?
                .ok_or(WebError::NotFound)?;
            html! {
                h1 { "Svaret er godkendt og sendt" }
                div.sv-receipt {
                    p { "Kvitteringsnummer " strong { (receipt_number(&sent.sha256, sent.number)) } }
                    p { "Godkendt " (danish::date_time(*at)) ". Kvitteringen er sendt til dig og til den, der udfyldte svaret." }
                }
                @for section in holder.form.answered_list(&sent.answers, holder.language) {
                    section { h2 { (section.title) } (answers::section(&section)) }
                }
            }
        }
        Outcome::Returned { at, comment } => html! {
            h1 { "Svaret er sendt tilbage" }
            p { "Sendt tilbage " (danish::date_time(*at)) " med denne kommentar:" }
            blockquote { (super::start::paragraphs(comment.text())) }
            p { "Du får et nyt link, når svaret er klar til godkendelse igen." }
        },
        Outcome::Withdrawn { at } => html! {
            h1 { "Anmodningen er trukket tilbage" }
            p { "Den, der udfylder svaret, trak anmodningen tilbage " (danish::date_time(*at)) ". Du skal ikke gøre noget." }
        },
    })
}
