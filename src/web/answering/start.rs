//! From the mail's link to the first page: what it is about, who sees it, how far the answer has come.
use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, http::header};
use maud::{Markup, html};
use samsvar_core::access::Token;
use samsvar_core::campaigns::{Phase, Submission, receipt_number};
use samsvar_core::danish;
use samsvar_core::forms::SectionHead;

use super::super::doors::{Answerer, answer_cookie};
use super::super::errors::WebError;
use super::{LANGUAGE, base, page, section_path};
use crate::actions::answering::{self, Holder};
use crate::app::App;

/// `GET /l/{token}`: moves the secret from the address into a cookie, so that no address leaks it.
pub async fn open_link(app: Data<App>, token: Path<String>) -> Result<HttpResponse, WebError> {
    let token = Token::parse(&token).ok_or(WebError::UnknownLink)?;
    let app = app.into_inner();
    let (holder, token) = super::super::blocking(move || {
        let holder = match answering::holder_of(&app, &token)? {
            Ok(holder) => holder,
            Err(refusal) => return Ok(Err(refusal)),
        };
        if let Err(error) = answering::note_opened(&app, &holder) {
            // The answer can be read although nothing can be saved just now.
            log::warn!("an opened link could not be noted: {error}");
        }
        let cookie = answer_cookie(&app, &holder, &token);
        Ok(Ok((holder, cookie)))
    })
    .await?
    .map_err(WebError::from)?;
    Ok(HttpResponse::SeeOther()
        .cookie(token)
        .insert_header((header::LOCATION, base(&holder)))
        .finish())
}

/// `GET /svar/{answer}`
pub async fn start(app: Data<App>, Answerer(holder): Answerer) -> Result<HttpResponse, WebError> {
    let writing = answering::writing(&app, &holder)?;
    let sent = answering::submissions(&app, &holder.campaign.id, &holder.respondent.id)?;
    let start = Start {
        phase: holder.campaign.window.phase(app.now()),
        sections: holder.form.sections(
            &writing.draft,
            &super::answered_wrong(&holder, &writing.draft),
            LANGUAGE,
        ),
        begun: writing.saved.is_some(),
        holder: &holder,
        sent: &sent,
    };
    Ok(page(
        &app,
        &holder,
        &holder.form.title(LANGUAGE),
        &start.body(),
    ))
}

struct Start<'a> {
    holder: &'a Holder,
    phase: Phase,
    sections: Vec<SectionHead>,
    begun: bool,
    sent: &'a [Submission],
}

impl Start<'_> {
    fn body(&self) -> Markup {
        let campaign = &self.holder.campaign;
        html! {
            h1 { (self.holder.form.title(LANGUAGE)) }
            @if let Some(last) = self.sent.last() { (self.already_sent(last)) }
            (self.closed())
            dl.sv-facts {
                div { dt { "I svarer for" } dd { (self.holder.respondent.name()) } }
                div { dt { "Svarfrist" } dd { (danish::date_time(campaign.window.deadline)) } }
                div { dt { "Afsender" } dd { (campaign.sender.name) } }
                @if !campaign.sender.phone.is_empty() { div { dt { "Hjælp på telefon" } dd { (campaign.sender.phone) } } }
            }
            @if let Some(text) = self.holder.form.description(LANGUAGE) { (paragraphs(&text)) }
            h2 { "Hvem ser jeres svar?" }
            (paragraphs(&campaign.privacy_notice))
            @if self.phase == Phase::Open { (self.ways_on()) }
            p { a href={ (base(self.holder)) "/beskeder" } { "Skriv med sekretariatet, og se dets rettelser" } }
        }
    }

    fn closed(&self) -> Markup {
        let window = &self.holder.campaign.window;
        let text = match self.phase {
            Phase::Open => return html! {},
            Phase::NotOpenYet => format!(
                "Indsamlingen åbner {}. Kom tilbage med det samme link.",
                danish::date_time(window.opens)
            ),
            Phase::Closed => format!(
                "Indsamlingen lukkede {}. Svar kan ikke længere ændres eller sendes.",
                danish::date_time(window.deadline)
            ),
        };
        html! { div.alert.alert-info { div.alert-body { p.alert-text { (text) } } } }
    }

    fn already_sent(&self, last: &Submission) -> Markup {
        html! {
            div.alert.alert-success {
                div.alert-body {
                    h2.alert-heading { "Jeres svar er sendt" }
                    p.alert-text {
                        "Sendt " (danish::date_time(last.at)) ". "
                        a href={ (base(self.holder)) "/kvittering/" (last.number) } { "Se kvittering " (receipt_number(&last.sha256, last.number)) }
                    }
                }
            }
        }
    }

    fn ways_on(&self) -> Markup {
        let first = self.sections.first().map_or("start", |s| s.id.as_str());
        let label = match (self.sent.is_empty(), self.begun) {
            (false, false) => "Ret jeres svar",
            (_, true) => "Fortsæt",
            (true, false) => "Begynd",
        };
        html! {
            @if self.sections.len() > 1 {
                h2 { "Spørgeskemaets afsnit" }
                ol {
                    @for head in &self.sections {
                        li { a href=(section_path(self.holder, &head.id)) { (head.title) } " – " (super::state(head)) }
                    }
                }
            }
            p { "I kan holde pause undervejs. Svarene gemmes, hver gang I går til et nyt afsnit, og I kommer tilbage med det samme link." }
            @if !self.sent.is_empty() { p { "Når I sender igen, afløser det nye svar det gamle. Det gamle bliver gemt." } }
            p.sv-actions { a.button.button-primary href=(section_path(self.holder, first)) { (label) } }
        }
    }
}

/// Text with blank lines between its paragraphs.
pub(super) fn paragraphs(text: &str) -> Markup {
    html! { @for part in text.split("\n\n").map(str::trim).filter(|p| !p.is_empty()) { p { (part) } } }
}
