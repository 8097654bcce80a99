//! What one respondent sent, in full; and parts of a campaign's page.
use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::{Data, Path};
use maud::{Markup, html};
use samsvar_core::campaigns::{
    Campaign, Respondent, Submission, Submitter, group_title, receipt_number,
};
use samsvar_core::danish;
use samsvar_core::events::{Actor, Deed, Event};
use samsvar_core::forms::Language;

use super::super::doors::Secretary;
use super::super::errors::WebError;
use super::super::frame::back_link;
use super::super::who;
use super::page;
use crate::actions::exporting::RawFormat;
use crate::actions::{campaigns, own_book};
use crate::app::App;

/// `GET /sekretariat/indsamlinger/{campaign}/svar/{respondent}`
pub async fn answers(
    app: Data<App>,
    Secretary(staff): Secretary,
    path: Path<(String, String)>,
) -> Result<HttpResponse, WebError> {
    let (campaign, respondent) = path.into_inner();
    let worker = app.clone().into_inner();
    let reader = staff.name.clone();
    let key = (campaign.clone(), respondent);
    let (respondent, sent) =
        super::super::blocking(move || campaigns::read_answers(&worker, &reader, &key.0, &key.1))
            .await?
            .ok_or(WebError::NotFound)?;
    let history = campaigns::history(&app, &campaign, Some(&respondent.id), 100)?;
    let people = who::People::of(&app, &respondent)?;
    let last = match sent.last() {
        Some(last) => Some((last, app.form(&last.form)?)),
        None => None,
    };
    let body = html! {
        (back_link(&format!("/sekretariat/indsamlinger/{campaign}/svarende/{}", respondent.id), &respondent.name()))
        h1 { (respondent.name()) }
        @match &last {
            None => p { "Der er ikke sendt noget svar endnu. En kladde kan kun de, der svarer, se." },
            Some((last, form)) => {
                (facts(last))
                (super::qualify::beside(&app, &respondent, &sent)?)
                @for section in form.answered_list_beside(&last.answers, &last.known, Language::Da) {
                    section { h2 { (section.title) } (crate::writers::answers::section(&section)) }
                }
                (attachments(&campaign, &respondent, last))
                p { a href={ "/sekretariat/indsamlinger/" (campaign) "/svar/" (respondent.id) "/svar.xlsx" } { "Hent svaret som Excel-fil" } }
            }
        }
        @if sent.len() > 1 { (versions(&sent)) }
        p { a href={ "/sekretariat/indsamlinger/" (campaign) "/svar/" (respondent.id) "/indtast" } { "Indtast svar for " (respondent.name()) } }
        h2 { "Historik" }
        (who::lines(&history, &people))
    };
    Ok(page(
        &app,
        &staff,
        &format!("Svar fra {}", respondent.name()),
        &body,
    ))
}

/// `GET /sekretariat/indsamlinger/{campaign}/svar/{respondent}/bilag/{hash}`
pub async fn attachment(
    app: Data<App>,
    Secretary(staff): Secretary,
    path: Path<(String, String, String)>,
) -> Result<HttpResponse, WebError> {
    let (campaign, respondent, hash) = path.into_inner();
    let worker = app.into_inner();
    let (name, bytes) = super::super::blocking(move || {
        crate::actions::attachments::read_for_staff(
            &worker,
            &staff.name,
            &campaign,
            &respondent,
            &hash,
        )
    })
    .await?
    .ok_or(WebError::NotFound)?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/octet-stream"))
        .insert_header((
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ))
        .body(bytes))
}

/// `GET /sekretariat/indsamlinger/{campaign}/svar/{respondent}/svar.xlsx`
pub async fn workbook(
    app: Data<App>,
    Secretary(staff): Secretary,
    path: Path<(String, String)>,
) -> Result<HttpResponse, WebError> {
    let (campaign, respondent) = path.into_inner();
    let worker = app.into_inner();
    let made = move || own_book::for_staff(&worker, &staff, &campaign, &respondent);
    let (name, bytes) = super::super::blocking(made)
        .await?
        .ok_or(WebError::NotFound)?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, RawFormat::Xlsx.media_type()))
        .insert_header((
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ))
        .body(bytes))
}

/// Where a campaign's raw answers can be had.
pub(super) fn raw(campaign: &Campaign) -> Markup {
    let id = &campaign.id;
    html! {
        h3 { "Rådata" }
        p { "Rådata viser små tal og fri tekst. De må ikke forlade sekretariatet, og hver hentning skrives i historikken." }
        @let all = format!("/sekretariat/indsamlinger/{id}/data");
        @if campaign.audiences.len() > 1 {
            p { (file(&format!("{all}.xlsx"), &html! { "Alle grupper i én Excel-fil" })) }
        }
        p { (file(&format!("{all}.docx"), &html! { "Alle svar i fuld længde (Word)" })) }
        ul {
            @for audience in &campaign.audiences {
                @let base = format!("/sekretariat/indsamlinger/{id}/data/{}", audience.group);
                li {
                    (group_title(&audience.group)) ": "
                    @for (n, (ending, name)) in FILES.iter().enumerate() {
                        @if n > 0 { " · " }
                        (file(&format!("{base}.{ending}"), &html! { (name) span.sr-only { " for " (group_title(&audience.group)) } }))
                    }
                }
            }
        }
        // Filled in by the page's script while a file is written.
        div #eksport-fremdrift hidden {
            progress aria-label="Hvor langt hentningen er" {}
            p role="status" {}
        }
    }
}

/// A group's files: ending and name.
const FILES: [(&str, &str); 5] = [
    ("xlsx", "Excel"),
    ("csv", "CSV"),
    ("csv-iso", "CSV (ISO)"),
    ("jsonl", "JSON-linjer"),
    ("docx", "I fuld længde (Word)"),
];

/// A plain download, which the page's script follows.
fn file(path: &str, name: &Markup) -> Markup {
    html! { a href=(path) data-eksport=(path) { (name) } }
}

/// The way to the next round; that of a sign-up can ask only those who want to hear of it again.
pub(super) fn copying(campaign: &str, sign_up: bool) -> Markup {
    html! {
        h2 { "Næste runde" }
        form method="post" action={ "/sekretariat/indsamlinger/" (campaign) "/kopi" } novalidate {
            div.form-group-checkbox {
                input.form-checkbox type="checkbox" #udfyld name="udfyld" value="ja" checked;
                label for="udfyld" { "De svarende får deres svar herfra som udgangspunkt" }
            }
            @if sign_up {
                fieldset.form-group {
                    legend.form-label { "Hvem kommer med på listen?" }
                    @for (value, label) in [("alle", "Alle, som blev spurgt"), ("interesserede", "Kun dem, der vil høre igen, er udskudt eller står på ventelisten")] {
                        @let id = format!("hvem-{value}");
                        div.form-group-radio {
                            input.form-radio id=(id) type="radio" name="hvem" value=(value) checked[value == "alle"];
                            label.form-label for=(id) { (label) }
                        }
                    }
                }
            }
            p { button.button.button-secondary type="submit" { "Kopiér til en ny indsamling" } }
        }
    }
}

fn facts(sent: &Submission) -> Markup {
    html! {
        dl.sv-facts {
            div { dt { "Sendt" } dd { (danish::date_time(sent.at)) } }
            @if !sent.sign_off.name.is_empty() {
                div { dt { "Godkendt af" } dd { (sent.sign_off.name) ", " (sent.sign_off.title) } }
            }
            @if let Submitter::OnBehalf { staff, how, late } = &sent.by {
                div { dt { "Indtastet af" } dd { (staff) " (sekretariatet), modtaget " (how.danish()) @if *late { ", efter svarfristen" } } }
            }
            div { dt { "Svar nr." } dd { (sent.number) } }
            div { dt { "Kvitteringsnummer" } dd { (receipt_number(&sent.sha256, sent.number)) } }
            div { dt { "Kontrolsum (SHA-256)" } dd { code { (sent.sha256) } } }
        }
    }
}

fn attachments(campaign: &str, respondent: &Respondent, sent: &Submission) -> Markup {
    let files = crate::actions::attachments::in_answers(&sent.answers);
    html! {
        @if !files.is_empty() {
            h2 { "Bilag" }
            ul {
                @for file in &files {
                    li { a href={ "/sekretariat/indsamlinger/" (campaign) "/svar/" (respondent.id) "/bilag/" (file.sha256) } { (file.name) } }
                }
            }
        }
    }
}

fn versions(sent: &[Submission]) -> Markup {
    html! {
        h2 { "Tidligere svar" }
        p { "Det sidste svar tæller. De tidligere er gemt." }
        ul {
            @for one in sent {
                li { "Svar nr. " (one.number) ", sendt " (danish::date_time(one.at)) ", kvittering " (receipt_number(&one.sha256, one.number)) ", kontrolsum " code { (one.sha256) } }
            }
        }
    }
}

/// What people did, newest first; letters are many and stand folded below.
pub(super) fn events(history: &[Event], respondents: &[&Respondent]) -> Markup {
    let is_letter = |e: &&Event| matches!(e.deed, Deed::LetterSent | Deed::InvitationQueued);
    let (letters, deeds): (Vec<&Event>, Vec<&Event>) = history.iter().partition(is_letter);
    html! {
        h2 { "Historik" }
        @if history.is_empty() { p { "Der er ikke sket noget endnu." } }
        @else if deeds.is_empty() { p { "Der er kun skrevet breve endnu." } }
        ul { @for event in &deeds { (line(event, respondents)) } }
        @if !letters.is_empty() {
            details {
                summary { "Breve (" (letters.len()) ")" }
                ul { @for event in &letters { (line(event, respondents)) } }
            }
        }
    }
}

fn line(event: &Event, respondents: &[&Respondent]) -> Markup {
    let who = respondents
        .iter()
        .find(|r| Some(&r.id) == event.respondent.as_ref());
    let by = match (&event.actor, who) {
        (Actor::Contact(place), Some(who)) => who
            .contacts
            .get(*place)
            .map(|c| c.name.clone())
            .filter(|n| !n.is_empty()),
        _ => None,
    };
    html! {
        li {
            (danish::date_time(event.at)) ": " (event.deed.danish())
            @if let Some(who) = who { " – " (who.name()) }
            ", " (by.unwrap_or_else(|| event.actor.danish()))
        }
    }
}
