//! One campaign: who was invited, opened, started, submitted; and each respondent's answers.
use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::{Data, Path};
use maud::{Markup, html};
use samsvar_core::campaigns::{Disposition, Respondent, Submission, Submitter, receipt_number};
use samsvar_core::danish;
use samsvar_core::events::{Actor, Deed, Event};
use samsvar_core::forms::Language;

use super::super::doors::Secretary;
use super::super::errors::WebError;
use super::super::frame::back_link;
use super::super::who;
use super::page;
use crate::actions::campaigns::{self, Overview};
use crate::actions::{letters, reporting};
use crate::app::App;

/// `GET /sekretariat/indsamlinger/{campaign}`
pub async fn campaign(
    app: Data<App>,
    Secretary(staff): Secretary,
    id: Path<String>,
) -> Result<HttpResponse, WebError> {
    let found = campaigns::overview(&app, &id)?.ok_or(WebError::NotFound)?;
    let sheet = Sheet {
        phase: super::phase_word(found.campaign.window.phase(app.now())),
        has_report: reporting::has_definition(&app, &found.campaign)?,
        history: campaigns::history(&app, &id, None, 200)?,
        mail: letters::states(&app, &id)?,
        found: &found,
    };
    Ok(page(&app, &staff, &found.campaign.title, &sheet.body()))
}

/// `GET /sekretariat/indsamlinger/{campaign}/svar/{respondent}`
pub async fn answers(
    app: Data<App>,
    Secretary(staff): Secretary,
    path: Path<(String, String)>,
) -> Result<HttpResponse, WebError> {
    let (campaign, respondent) = path.into_inner();
    let found = campaigns::overview(&app, &campaign)?
        .ok_or(WebError::NotFound)?
        .campaign;
    let worker = app.clone().into_inner();
    let reader = staff.name.clone();
    let key = (campaign.clone(), respondent.clone());
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
        (back_link(&format!("/sekretariat/indsamlinger/{campaign}"), &found.title))
        h1 { (respondent.name()) }
        @match &last {
            None => p { "Der er ikke sendt noget svar endnu. En kladde kan kun de, der svarer, se." },
            Some((last, form)) => {
                (facts(last))
                @for section in form.answered_list_beside(&last.answers, &last.known, Language::Da) {
                    section { h2 { (section.title) } (crate::writers::answers::section(&section)) }
                }
                (attachments(&campaign, &respondent, last))
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

struct Sheet<'a> {
    found: &'a Overview,
    phase: &'static str,
    has_report: bool,
    history: Vec<Event>,
    mail: letters::MailStates,
}

impl Sheet<'_> {
    fn body(&self) -> Markup {
        let campaign = &self.found.campaign;
        html! {
            (back_link("/sekretariat", "Indsamlinger"))
            h1 { (campaign.title) }
            dl.sv-facts {
                div { dt { "Status" } dd { (self.phase) } }
                div { dt { "Periode" } dd { (super::window_words(&campaign.window)) } }
                div { dt { "Område" } dd { (campaign.region) } }
                div { dt { "Afsender" } dd { (campaign.sender.name) } }
            }
            p.sv-actions {
                a.button.button-secondary href={ "/sekretariat/indsamlinger/" (campaign.id) "/opsaetning/grundlag" } { "Ret indsamlingen" }
            }
            h2 { "Hvor langt er vi?" }
            (self.tiles())
            @for audience in &campaign.audiences { (self.group(&audience.group)) }
            p { a href={ "/sekretariat/indsamlinger/" (campaign.id) "/breve" } { "Alle breve, og hvad der blev af dem" } }
            h2 { "Rapport og data" }
            @if self.has_report {
                p { a.button.button-primary href={ "/sekretariat/indsamlinger/" (campaign.id) "/rapport" } { "Se og hent rapporten" } }
            } @else { p { "Spørgeskemaet har ingen rapport." } }
            (self.raw())
            h2 { "Kendte svar" }
            p { a href={ "/sekretariat/indsamlinger/" (campaign.id) "/kendte-svar" } { "Læg registertal eller sidste rundes svar ved spørgsmålene" } }
            (copying(&campaign.id))
            (events(&self.history, &self.found.respondents))
        }
    }

    fn tiles(&self) -> Markup {
        let at_least = |least: Disposition| {
            self.found
                .respondents
                .iter()
                .filter(|r| r.disposition() >= least)
                .count()
        };
        let all = self.found.respondents.len();
        html! {
            div.sv-tiles {
                (tile(at_least(Disposition::Invited), all, "er inviteret"))
                (tile(at_least(Disposition::Opened), all, "har åbnet linket"))
                (tile(at_least(Disposition::Started), all, "er begyndt"))
                (tile(at_least(Disposition::Submitted), all, "har sendt"))
            }
        }
    }

    fn group(&self, group: &str) -> Markup {
        let rows: Vec<&Respondent> = self
            .found
            .respondents
            .iter()
            .filter(|r| r.group == group)
            .collect();
        let sent = rows
            .iter()
            .filter(|r| r.disposition().is_answered())
            .count();
        html! {
            h2 { "Gruppen »" (group) "«" }
            p { "Besvaret af " (sent) " ud af " (rows.len()) "." }
            div.sv-scroll tabindex="0" role="region" aria-label={ "Svarende i gruppen " (group) } {
                table.sv-table {
                    caption { "Svarende i gruppen »" (group) "«" }
                    thead {
                        tr {
                            th scope="col" { "Svarende" } th scope="col" { "Status" } th scope="col" { "Brev" }
                            th scope="col" { "Inviteret" } th scope="col" { "Åbnet" } th scope="col" { "Begyndt" } th scope="col" { "Sendt" }
                            th scope="col" { "Kontakt" }
                        }
                    }
                    tbody { @for respondent in rows { (self.row(respondent)) } }
                }
            }
        }
    }

    fn row(&self, r: &Respondent) -> Markup {
        let to = format!(
            "/sekretariat/indsamlinger/{}/svar/{}",
            self.found.campaign.id, r.id
        );
        let when = |at: Option<chrono::DateTime<chrono::Utc>>| {
            at.map_or_else(
                || "–".to_owned(),
                |at| {
                    format!(
                        "{} {}",
                        danish::short_date(danish::local(at).date_naive()),
                        danish::clock(at)
                    )
                },
            )
        };
        let p = &r.progress;
        html! {
            tr {
                th scope="row" { a href=(to) { (r.name()) } }
                td { span class={ "sv-status " (status_class(r.disposition())) } { (r.disposition().danish()) } }
                td { a href={ "/sekretariat/indsamlinger/" (self.found.campaign.id) "/breve/" (r.id) } aria-label={ (self.mail.of(&r.id)) ": breve til " (r.name()) } { (self.mail.of(&r.id)) } }
                td { (when(p.invited)) } td { (when(p.opened)) } td { (when(p.started)) } td { (when(p.submitted)) }
                td {
                    @if r.contacts.is_empty() { "Ingen" }
                    @for contact in &r.contacts {
                        div { (contact.name) @if !contact.address.is_empty() { " " (contact.address) } @if !contact.phone.is_empty() { " Telefon: " (contact.phone) } }
                    }
                }
            }
        }
    }

    fn raw(&self) -> Markup {
        let id = &self.found.campaign.id;
        html! {
            h3 { "Rådata" }
            p { "Rådata viser små tal og fri tekst. De må ikke forlade sekretariatet, og hver hentning skrives i historikken." }
            ul {
                @for audience in &self.found.campaign.audiences {
                    @let base = format!("/sekretariat/indsamlinger/{id}/data/{}", audience.group);
                    li {
                        "Gruppen »" (audience.group) "«: "
                        a href={ (base) ".xlsx" } { "Excel" span.sr-only { " for " (audience.group) } } " · "
                        a href={ (base) ".csv" } { "CSV" span.sr-only { " for " (audience.group) } } " · "
                        a href={ (base) ".jsonl" } { "JSON-linjer" span.sr-only { " for " (audience.group) } }
                    }
                }
            }
        }
    }
}

/// The way to the next round.
fn copying(campaign: &str) -> Markup {
    html! {
        h2 { "Næste runde" }
        form method="post" action={ "/sekretariat/indsamlinger/" (campaign) "/kopi" } novalidate {
            div.form-group-checkbox {
                input.form-checkbox type="checkbox" #udfyld name="udfyld" value="ja" checked;
                label for="udfyld" { "De svarende får deres svar herfra som udgangspunkt" }
            }
            p { button.button.button-secondary type="submit" { "Kopiér til en ny indsamling" } }
        }
    }
}

fn tile(count: usize, all: usize, label: &str) -> Markup {
    html! {
        div.sv-tile { span.sv-tile__figure { (count) " af " (all) } " " span.sv-tile__label { (label) } }
    }
}

fn status_class(disposition: Disposition) -> &'static str {
    match disposition {
        Disposition::NotInvited => "",
        Disposition::Invited => "sv-status--sent",
        Disposition::Opened => "sv-status--opened",
        Disposition::Started => "sv-status--started",
        Disposition::Submitted | Disposition::Approved => "sv-status--submitted",
        Disposition::SubmittedLate => "sv-status--late",
        Disposition::Declined | Disposition::Exempt => "",
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
fn events(history: &[Event], respondents: &[Respondent]) -> Markup {
    let is_letter = |e: &&Event| matches!(e.deed, Deed::LetterSent | Deed::InvitationQueued);
    let (letters, deeds): (Vec<&Event>, Vec<&Event>) = history.iter().partition(is_letter);
    html! {
        h2 { "Historik" }
        @if deeds.is_empty() { p { "Der er ikke sket noget endnu." } }
        ul { @for event in &deeds { (line(event, respondents)) } }
        @if !letters.is_empty() {
            details {
                summary { "Breve (" (letters.len()) ")" }
                ul { @for event in &letters { (line(event, respondents)) } }
            }
        }
    }
}

fn line(event: &Event, respondents: &[Respondent]) -> Markup {
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
