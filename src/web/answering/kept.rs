//! A page that could not be saved: what was typed is shown and kept, and can be sent again.
use actix_web::HttpResponse;
use actix_web::ResponseError;
use actix_web::http::header;
use maud::{Markup, html};

use super::super::errors::WebError;
use super::super::frame::{Frame, Visitor};
use super::super::posted::Posted;

/// Says why nothing was saved, with everything typed on the page and a button that sends it again to `path`.
pub fn kept(error: &WebError, path: &str, posted: &Posted) -> HttpResponse {
    let title = format!("Fejl: {}", error.heading());
    let frame = Frame {
        title: &title,
        visitor: Visitor::Nobody,
        demo: false,
    };
    let page = frame.around(&body(error, path, posted));
    HttpResponse::build(error.status_code())
        .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
        .body(page.into_string())
}

fn body(error: &WebError, path: &str, posted: &Posted) -> Markup {
    let answer = path.split("/afsnit/").next().unwrap_or(path);
    let typed = typed(posted);
    html! {
        h1 { (error.heading()) }
        p data-forget=[matches!(error, WebError::WithdrawnLink | WebError::ExpiredLink).then_some(answer)] { (error.sentence()) }
        (way_on(error, answer))
        @if !matches!(error, WebError::WithdrawnLink | WebError::NotShared) {
            form method="post" action=(path) autocomplete="off" {
                @for (name, value) in posted.pairs.iter().filter(|(name, _)| name != "do") {
                    input type="hidden" name=(name) value=(value);
                }
                div.sv-actions { button.button.button-primary type="submit" name="do" value="save" { "Gem det, jeg skrev" } }
            }
        }
        @if !posted.files.is_empty() { p { "Filer skal vælges igen." } }
        @if !typed.is_empty() {
            h2 { "Det, du skrev" }
            p { "Det er ikke gemt endnu. Lad siden stå åben, til det er gemt, eller kopier teksten." }
            ul { @for text in typed { li { (text) } } }
        }
    }
}

fn way_on(error: &WebError, answer: &str) -> Markup {
    html! {
        @match error {
            WebError::LinkNeeded => p { "Åbn linket i mailen i en anden fane, gå tilbage hertil, og vælg »Gem det, jeg skrev«." },
            WebError::AnswerSent => p {
                a href={ (answer) "/genaabn" } target="_blank" rel="noopener" { "Åbn svaret igen i en ny fane" }
                ", gå tilbage hertil, og vælg »Gem det, jeg skrev«."
            },
            WebError::AnswerWaits => p {
                a href={ (answer) "/gennemse" } target="_blank" rel="noopener" { "Se svaret og træk anmodningen tilbage i en ny fane" }
                ", gå tilbage hertil, og vælg »Gem det, jeg skrev«."
            },
            WebError::SectionClosed => p {
                a href=(answer) target="_blank" rel="noopener" { "Se de afsnit, der gælder, i en ny fane" }
                ". Åbnes afsnittet igen, så gå tilbage hertil, og vælg »Gem det, jeg skrev«."
            },
            _ => {}
        }
    }
}

/// What a person wrote on the page: texts, not the choices behind boxes.
fn typed(posted: &Posted) -> Vec<&str> {
    posted
        .pairs
        .iter()
        .filter(|(name, value)| name.starts_with("f/") && !value.trim().is_empty())
        .map(|(_, value)| value.as_str())
        .collect()
}
