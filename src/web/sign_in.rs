//! Sign-in for the secretariat: an address, a letter, a button.
use std::time::{Duration, Instant};

use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use actix_web::rt::time::sleep_until;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponseBuilder};
use maud::{Markup, html};
use samsvar_core::access::{SIGN_IN_MINUTES, Token};

use super::doors::{self, Browser};
use super::errors::WebError;
use super::fields::{self, TextField};
use super::frame::{Frame, Visitor};
use super::posted::Posted;
use crate::actions::new_token;
use crate::actions::second_factor::CodeRefusal;
use crate::actions::staff::{self, SignInRefusal};
use crate::app::App;

/// `GET /log-ind`
pub async fn ask(app: Data<App>) -> HttpResponse {
    page(&app, StatusCode::OK, "Log ind", &ask_body("", None))
}

/// An answer that comes sooner would tell who is not listed.
const SAME_TIME_FOR_ALL: Duration = Duration::from_millis(400);

/// `POST /log-ind`
pub async fn send_link(
    app: Data<App>,
    browser: Browser,
    posted: Posted,
) -> Result<HttpResponse, WebError> {
    let address = posted.value("mail").trim().to_owned();
    if !address.contains('@') {
        let error = Some("Skriv den mailadresse, som du er oprettet med.");
        return Ok(page(
            &app,
            StatusCode::UNPROCESSABLE_ENTITY,
            "Fejl: Log ind",
            &ask_body(&address, error),
        ));
    }
    let token = match browser.0 {
        Some(known) => known,
        None => new_token()?,
    };
    let cookie = doors::browser_cookie(&app, &token);
    let worker = app.clone().into_inner();
    let answer_at = Instant::now() + SAME_TIME_FOR_ALL;
    super::blocking(move || staff::ask_for_link(&worker, &address, &token)).await?;
    sleep_until(answer_at.into()).await;
    let body = html! {
        h1 { "Se i din mail" }
        p { "Er adressen oprettet, har vi sendt et link til den. Åbn linket i denne browser inden " (SIGN_IN_MINUTES) " minutter." }
        p { "Kommer der ingen mail, så se i uønsket post, eller bed den, der driver Samsvar, om at oprette dig." }
        @if app.is_demo() { p { a href="/demo/post" { "Læs demoens mails" } } }
    };
    Ok(HttpResponseBuilder::new(StatusCode::OK)
        .cookie(cookie)
        .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
        .body(frame(&app, "Se i din mail", &body).into_string()))
}

/// `GET /log-ind/{token}`: a button, for mail programs open links to look at them and would use this one up.
pub async fn confirm(app: Data<App>, token: Path<String>) -> Result<HttpResponse, WebError> {
    let token = Token::parse(&token).ok_or(WebError::UnknownLink)?;
    let asks_code = staff::asks_code(&app, &token)?;
    let body = confirm_body(&token, asks_code, None);
    Ok(page(&app, StatusCode::OK, "Log ind", &body))
}

fn confirm_body(token: &Token, asks_code: bool, error: Option<&str>) -> Markup {
    let code = TextField {
        id: "kode",
        label: "Kode fra din app",
        hint: Some("Seks cifre; har du ikke appen, så en af dine reservekoder"),
        value: "",
        error,
        required: true,
    };
    html! {
        h1 { "Log ind" }
        @if let Some(error) = error {
            div.alert.alert-error #fejl role="alert" tabindex="-1" data-focus="" {
                div.alert-body { p.alert-text { a href="#kode" { (error) } } }
            }
        }
        @if !asks_code { p { "Tryk på knappen for at logge ind i Samsvar." } }
        form method="post" action={ "/log-ind/" (token.reveal()) } novalidate {
            @if asks_code { (fields::one_time_code(&code)) }
            div.sv-actions { button.button.button-primary type="submit" { "Log ind" } }
        }
    }
}

/// `POST /log-ind/{token}`
pub async fn enter(
    app: Data<App>,
    token: Path<String>,
    browser: Browser,
    posted: Posted,
) -> Result<HttpResponse, WebError> {
    let token = Token::parse(&token).ok_or(WebError::UnknownLink)?;
    let worker = app.clone().into_inner();
    let link = token.clone();
    let code = posted.value("kode").to_owned();
    let signs_in = move || staff::sign_in(&worker, &link, browser.0.as_ref(), &code);
    match super::blocking(signs_in).await? {
        Ok(session) => Ok(signed_in(&app, &session)),
        Err(SignInRefusal::Code(refusal)) => Ok(page(
            &app,
            StatusCode::UNPROCESSABLE_ENTITY,
            "Fejl: Log ind",
            &confirm_body(&token, true, Some(wrong_code(refusal))),
        )),
        Err(refusal) => Ok(page(
            &app,
            StatusCode::FORBIDDEN,
            "Fejl: Log ind",
            &refused(refusal),
        )),
    }
}

/// `POST /log-ud`
pub async fn leave(
    app: Data<App>,
    request: HttpRequest,
    _posted: Posted,
) -> Result<HttpResponse, WebError> {
    let worker = app.clone().into_inner();
    if let Some(token) = doors::session_token(&request) {
        super::blocking(move || staff::sign_out(&worker, &token)).await?;
    }
    Ok(HttpResponse::SeeOther()
        .cookie(doors::no_staff_cookie(&app))
        .insert_header((header::LOCATION, "/"))
        .finish())
}

/// Carries the session to the browser and goes to the secretariat's first page.
pub fn signed_in(app: &App, session: &Token) -> HttpResponse {
    HttpResponse::SeeOther()
        .cookie(doors::staff_cookie(app, session))
        .insert_header((header::LOCATION, "/sekretariat"))
        .finish()
}

fn ask_body(address: &str, error: Option<&str>) -> Markup {
    let hint = Some("Vi sender et link, som logger dig ind. Du har ingen adgangskode.");
    html! {
        h1 { "Log ind som sekretariat" }
        @if let Some(error) = error {
            div.alert.alert-error #fejl role="alert" tabindex="-1" data-focus="" {
                div.alert-body { p.alert-text { a href="#mail" { (error) } } }
            }
        }
        form method="post" action="/log-ind" novalidate {
            (fields::address(&TextField { id: "mail", label: "Din mailadresse", hint, value: address, error, required: true }))
            div.sv-actions { button.button.button-primary type="submit" { "Send mig et link" } }
        }
        p { "Skal du svare på et spørgeskema, så brug det personlige link i mailen. Du skal ikke logge ind." }
    }
}

/// What is told of a code that opened nothing.
pub fn wrong_code(refusal: CodeRefusal) -> &'static str {
    match refusal {
        CodeRefusal::Wrong => {
            "Koden er forkert eller brugt. Vent på den næste i appen, og se efter, om telefonens ur går rigtigt."
        }
        CodeRefusal::Locked => "Der er skrevet for mange forkerte koder. Prøv igen om et kvarter.",
        CodeRefusal::NotOn => "Koder er ikke slået til længere. Indlæs siden igen.",
    }
}

fn refused(refusal: SignInRefusal) -> Markup {
    let text = match refusal {
        SignInRefusal::Spent => "Linket er brugt eller for gammelt. Bed om et nyt.",
        SignInRefusal::OtherBrowser => {
            "Linket virker kun i den browser, hvor du bad om det. Åbn det dér, eller bed om et nyt her."
        }
        SignInRefusal::Code(refusal) => wrong_code(refusal),
    };
    html! {
        h1 { "Du er ikke logget ind" }
        p { (text) }
        p { a.button.button-primary href="/log-ind" { "Få et nyt link" } }
    }
}

fn frame(app: &App, title: &str, body: &Markup) -> Markup {
    Frame {
        title,
        visitor: Visitor::Nobody,
        demo: app.is_demo(),
    }
    .around(body)
}

fn page(app: &App, status: StatusCode, title: &str, body: &Markup) -> HttpResponse {
    let mut response = super::ok_html(&frame(app, title, body));
    *response.status_mut() = status;
    response
}
