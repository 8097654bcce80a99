//! The gate for free text: read one by one, with all marked that could tell who it is about.
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use maud::{Markup, html};
use samsvar_core::access::Staff;
use samsvar_core::danish;
use samsvar_core::events::Actor;
use samsvar_core::review::Mark;

use super::super::doors::Secretary;
use super::super::errors::WebError;
use super::super::fields::{self, TextField};
use super::super::frame::back_link;
use super::super::posted::Posted;
use super::editions::see;
use crate::actions::texts::{self, Decision, ReviewItem, Undecided};
use crate::app::App;

/// `GET /sekretariat/indsamlinger/{campaign}/fritekst`
pub async fn page(
    app: Data<App>,
    Secretary(staff): Secretary,
    id: Path<String>,
) -> Result<HttpResponse, WebError> {
    let app = app.into_inner();
    super::super::blocking_web(move || sheet(&app, &staff, &id, None)).await
}

/// `POST /sekretariat/indsamlinger/{campaign}/fritekst`
pub async fn decide(
    app: Data<App>,
    Secretary(staff): Secretary,
    id: Path<String>,
    posted: Posted,
) -> Result<HttpResponse, WebError> {
    let app = app.into_inner();
    super::super::blocking_web(move || {
        let decision = Decision {
            respondent: posted.value("svarende"),
            pointer: posted.value("felt"),
            original_sha256: posted.value("set"),
            released: posted.value("do") == "udgiv",
            wording: posted.value("ordlyd"),
        };
        let by = Actor::Staff(staff.name.clone());
        let why = match texts::decide(&app, &id, &decision, by)? {
            Ok(()) => {
                let at = anchor(decision.respondent, decision.pointer);
                return Ok(see(&format!(
                    "/sekretariat/indsamlinger/{id}/fritekst#{at}"
                )));
            }
            Err(Undecided::NotFound) => return Err(WebError::NotFound),
            Err(Undecided::Changed) => {
                "Svaret er rettet, siden du læste det. Læs det igen herunder."
            }
            Err(Undecided::NoWording) => {
                "Skriv den tekst, der skal trykkes, eller hold svaret tilbage."
            }
        };
        let fault = Fault {
            decision: &decision,
            why,
        };
        let mut response = sheet(&app, &staff, &id, Some(&fault))?;
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
        Ok(response)
    })
    .await
}

struct Fault<'a> {
    decision: &'a Decision<'a>,
    why: &'static str,
}

fn sheet(
    app: &App,
    staff: &Staff,
    id: &str,
    fault: Option<&Fault>,
) -> Result<HttpResponse, WebError> {
    let Ok(items) = texts::read_items(app, id, Actor::Staff(staff.name.clone()))? else {
        return Err(WebError::NotFound);
    };
    let waiting = items.iter().filter(|item| item.decision.is_none()).count();
    let body = html! {
        (back_link(&format!("/sekretariat/indsamlinger/{id}/rapport"), "Rapport og udgaver"))
        h1 { "Svar i fri tekst" }
        @if let Some(fault) = fault {
            div.alert.alert-error role="alert" { div.alert-body {
                h2.alert-heading { "Ret dette" }
                ul { li { a href={ "#" (anchor(fault.decision.respondent, fault.decision.pointer)) } { (fault.why) } } }
            } }
        }
        p.font-lead {
            "Svar i fri tekst er holdt tilbage, til nogen har læst dem. " (waiting) " af " (items.len()) " venter. "
            "Det, der udgives, står i rapporten uden navn på den svarende"
            @if items.iter().any(|item| item.is_of_offer) {
                "; men det, som tilbud har skrevet til oversigten, står ud for tilbuddets navn"
            }
            "."
        }
        p { "Markeret er organisationer, mulige navne, kontaktoplysninger og små tal. Programmet finder ikke alt: læs hele teksten." }
        @if items.is_empty() { p { "Der er ingen svar i fri tekst." } }
        @let questions = questions(&items);
        @if questions.len() > 1 {
            nav aria-label="Spørgsmål" {
                ul {
                    @for (at, of_question) in questions.iter().enumerate() {
                        @let left = of_question.iter().filter(|(_, item)| item.decision.is_none()).count();
                        li { a href={ "#spoergsmaal-" (at) } { (heading(of_question)) } " (" (left) " af " (of_question.len()) " venter)" }
                    }
                }
            }
        }
        @for (at, of_question) in questions.iter().enumerate() {
            h2 id={ "spoergsmaal-" (at) } { (heading(of_question)) }
            @for (at, item) in of_question { (article(id, *at, item, fault)) }
        }
    };
    let title = match fault {
        None => "Svar i fri tekst",
        Some(_) => "Fejl: Svar i fri tekst",
    };
    Ok(super::page(app, staff, title, &body))
}

type OfQuestion<'i> = Vec<(usize, &'i ReviewItem)>;

/// The items by question, each with its place among all.
fn questions(items: &[ReviewItem]) -> Vec<OfQuestion<'_>> {
    let mut questions: Vec<OfQuestion> = Vec::new();
    for (at, item) in items.iter().enumerate() {
        let same =
            |of: &&mut OfQuestion| of.first().is_some_and(|(_, o)| o.pointer == item.pointer);
        match questions.last_mut().filter(same) {
            Some(of_question) => of_question.push((at, item)),
            None => questions.push(vec![(at, item)]),
        }
    }
    questions
}

fn heading(of_question: &OfQuestion) -> String {
    let first = of_question.first();
    first.map_or_else(String::new, |(_, item)| {
        format!("{}: {}", item.section, item.label)
    })
}

fn article(id: &str, at: usize, item: &ReviewItem, fault: Option<&Fault>) -> Markup {
    let mine = fault
        .filter(|f| f.decision.respondent == item.respondent && f.decision.pointer == item.pointer);
    let decided = item.decision.as_ref().filter(|d| d.released);
    let wording = match (mine, decided) {
        (Some(fault), _) => fault.decision.wording,
        (None, Some(decided)) => &decided.wording,
        (None, None) => &item.original,
    };
    let field = format!("ordlyd-{at}");
    let form = html! {
            form method="post" action={ "/sekretariat/indsamlinger/" (id) "/fritekst" } {
                input type="hidden" name="svarende" value=(item.respondent);
                input type="hidden" name="felt" value=(item.pointer);
                input type="hidden" name="set" value=(item.original_sha256);
                (named_ordlyd(&field, wording, item.is_of_offer, mine.map(|fault| fault.why)))
                div.sv-actions {
                    button.button.button-primary type="submit" name="do" value="udgiv" { "Udgiv" span.sr-only { " svaret fra " (item.respondent_name) } }
                    " "
                    button.button.button-secondary type="submit" name="do" value="hold" { "Hold tilbage" span.sr-only { ": svaret fra " (item.respondent_name) } }
                }
            }
    };
    html! {
        section.sv-text id=(anchor(&item.respondent, &item.pointer)) aria-label={ (item.label) ": " (item.respondent_name) } tabindex="-1" {
            h3 { (item.respondent_name) " " (state(item)) }
            blockquote.sv-original { (highlighted(&item.original, &item.marks)) }
            @if !item.marks.is_empty() { p.small-text { "Markeret: " (found(item)) "." } }
            @match &item.decision {
                Some(_) if mine.is_none() => details { summary { "Se eller ændr beslutningen" span.sr-only { " om svaret fra " (item.respondent_name) } } (form) },
                _ => (form),
            }
        }
    }
}

/// The field is called the same in every form, and has an id of its own.
fn named_ordlyd(id: &str, wording: &str, is_short: bool, error: Option<&str>) -> Markup {
    let field = fields::long_text(
        &TextField {
            id,
            label: "Teksten, som den skal trykkes",
            hint: Some("Ret den, så ingen kan genkendes. Det oprindelige svar ændres ikke."),
            value: wording,
            error,
            required: true,
        },
        if is_short { 2 } else { 4 },
    );
    let html = field.into_string();
    maud::PreEscaped(html.replacen(&format!("name=\"{id}\""), "name=\"ordlyd\"", 1))
}

fn state(item: &ReviewItem) -> Markup {
    let (class, word) = match &item.decision {
        None => ("sv-status", "Venter".to_owned()),
        Some(decision) => {
            let when = danish::short_date(danish::local(decision.at).date_naive());
            let by = decision.by.danish();
            match decision.released {
                true => (
                    "sv-status sv-status--submitted",
                    format!("Udgivet {when} af {by}"),
                ),
                false => (
                    "sv-status sv-status--opened",
                    format!("Holdt tilbage {when} af {by}"),
                ),
            }
        }
    };
    html! { span class=(class) { (word) } }
}

fn found(item: &ReviewItem) -> String {
    let mut signs: Vec<&str> = item.marks.iter().map(|mark| mark.sign.danish()).collect();
    signs.sort_unstable();
    signs.dedup();
    danish::list(&signs)
}

fn highlighted(text: &str, marks: &[Mark]) -> Markup {
    let mut at = 0;
    let mut pieces: Vec<(&str, Option<&Mark>)> = Vec::new();
    for mark in marks {
        pieces.push((text.get(at..mark.start).unwrap_or_default(), None));
        pieces.push((
            text.get(mark.start..mark.end).unwrap_or_default(),
            Some(mark),
        ));
        at = mark.end;
    }
    pieces.push((text.get(at..).unwrap_or_default(), None));
    html! {
        @for (piece, mark) in pieces {
            @match mark {
                Some(mark) => mark title=(mark.sign.danish()) { (piece) span.sr-only { " (" (mark.sign.danish()) ")" } },
                None => (piece),
            }
        }
    }
}

fn anchor(respondent: &str, pointer: &str) -> String {
    format!("{respondent}{}", pointer.replace(['/', '~'], "-"))
}
