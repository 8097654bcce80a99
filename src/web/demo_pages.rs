//! The demo's own pages: a link for each role, the mails, a way to begin anew. Not found outside the demo.
use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::{Data, Path};
use maud::{Markup, html};
use samsvar_core::danish;

use super::errors::WebError;
use super::frame::{Frame, Visitor, back_link};
use super::posted::Posted;
use super::sign_in::signed_in;
use crate::actions::staff;
use crate::app::App;
use crate::demo::{self, OutboxMail, STAFF_ADDRESS};

/// `GET /demo`
pub async fn roles(app: Data<App>) -> Result<HttpResponse, WebError> {
    demo_only(&app)?;
    let links = demo::role_links(&app)?;
    let body = html! {
        h1 { "Prøv Samsvar" }
        p.font-lead { "En opdigtet region med to indsamlinger. Vælg, hvem du vil være." }
        ul {
            @for link in &links {
                li {
                    a href=(link.url) { (link.role) }
                    @if !link.organisation.is_empty() { ": " (link.organisation) }
                    br;
                    (link.what)
                }
            }
        }
        h2 { "Begynd forfra" }
        p { "Alt, hvad du har svaret og ændret i demonstrationen, slettes, og de personlige links skiftes ud." }
        form method="post" action="/demo/nulstil" {
            div.sv-actions { button.button.button-secondary type="submit" { "Nulstil demonstrationen" } }
        }
    };
    Ok(page(&app, "Prøv Samsvar", &body))
}

/// `GET /demo/post`
pub async fn mails(app: Data<App>) -> Result<HttpResponse, WebError> {
    demo_only(&app)?;
    let mut mails = demo::outbox(&app)
        .list()
        .map_err(|e| WebError::incident(&e))?;
    mails.sort_by_key(|m| std::cmp::Reverse(m.date));
    let body = html! {
        h1 { "Demoens mails" }
        p { "Demonstrationen sender ikke mails. Her er de, den ville have sendt, den nyeste først." }
        p { a href="/demo/post" { "Opdater listen" } }
        @if mails.is_empty() { p { "Der er ingen mails endnu." } }
        @else {
            div.sv-scroll tabindex="0" role="region" aria-label="Mails" {
                table.sv-table {
                    caption { (danish::count(mails.len() as u64, "mail", "mails")) }
                    thead { tr { th scope="col" { "Emne" } th scope="col" { "Til" } th scope="col" { "Sendt" } } }
                    tbody {
                        @for mail in &mails {
                            tr {
                                th scope="row" { a href={ "/demo/post/" (mail.id) } { (mail.subject) } }
                                td { (mail.to) }
                                td { (mail.date.map(danish::date_time).unwrap_or_default()) }
                            }
                        }
                    }
                }
            }
        }
    };
    Ok(page(&app, "Demoens mails", &body))
}

/// `GET /demo/post/{letter}`
pub async fn mail(app: Data<App>, id: Path<String>) -> Result<HttpResponse, WebError> {
    demo_only(&app)?;
    let mail = demo::outbox(&app)
        .read(&id)
        .map_err(|e| WebError::incident(&e))?
        .ok_or(WebError::NotFound)?;
    let body = html! {
        (back_link("/demo/post", "Alle mails"))
        h1 { (mail.subject) }
        (letter(&mail))
    };
    Ok(page(&app, &mail.subject, &body))
}

/// `GET /demo/sekretariat`: in at once, for a machine without mail.
pub async fn enter_as_secretariat(app: Data<App>) -> Result<HttpResponse, WebError> {
    demo_only(&app)?;
    let worker = app.clone().into_inner();
    let session = super::blocking(move || staff::sign_in_at_once(&worker, STAFF_ADDRESS)).await?;
    Ok(signed_in(&app, &session))
}

/// `POST /demo/nulstil`
pub async fn reset(app: Data<App>, _posted: Posted) -> Result<HttpResponse, WebError> {
    demo_only(&app)?;
    let worker = app.into_inner();
    super::blocking(move || demo::reset(&worker)).await?;
    Ok(HttpResponse::SeeOther()
        .insert_header((header::LOCATION, "/demo/post"))
        .finish())
}

fn letter(mail: &OutboxMail) -> Markup {
    html! {
        article.sv-mail {
            dl.sv-facts {
                div { dt { "Fra" } dd { (mail.from) } }
                div { dt { "Til" } dd { (mail.to) } }
                @for file in &mail.attachments { div { dt { "Vedhæftet" } dd { (file.name) } } }
            }
            @for paragraph in mail.text.replace("\r\n", "\n").split("\n\n") {
                p { @for line in paragraph.lines() { (linked(line)) br; } }
            }
        }
    }
}

/// A line of a letter, with its link as a link.
fn linked(line: &str) -> Markup {
    let Some(at) = line.find("http://").or_else(|| line.find("https://")) else {
        return html! { (line) };
    };
    let (before, rest) = line.split_at(at);
    let (url, after) = rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len()));
    html! { (before) a href=(url) { (url) } (after) }
}

fn demo_only(app: &App) -> Result<(), WebError> {
    if app.is_demo() {
        Ok(())
    } else {
        Err(WebError::NotFound)
    }
}

fn page(app: &App, title: &str, body: &Markup) -> HttpResponse {
    super::ok_html(
        &Frame {
            title,
            visitor: Visitor::Nobody,
            demo: app.is_demo(),
        }
        .around(body),
    )
}
