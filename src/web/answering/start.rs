//! From the mail's link to the first page: what it is about, who sees it, how far the answer has come.
use actix_web::web::{Data, Path};
use actix_web::{HttpResponse, http::header};
use maud::{Markup, html};
use samsvar_core::access::Token;
use samsvar_core::campaigns::{Phase, Submission, receipt_number};
use samsvar_core::danish;
use samsvar_core::forms::SectionHead;
use samsvar_core::hands::{ApprovalRequest, Outcome, Remark};

use super::super::doors::{Answerer, answer_cookie};
use super::super::errors::WebError;
use super::judged::Judged;
use super::{base, or_erased, page, section_path};
use crate::actions::answering::{self, Holder, Role, Writing};
use crate::actions::approval;
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
    let to = match holder.role {
        Role::Manager(_) => format!("{}/godkend", base(&holder)),
        _ => base(&holder),
    };
    Ok(HttpResponse::SeeOther()
        .cookie(token)
        .insert_header((header::LOCATION, to))
        .finish())
}

/// `GET /svar/{answer}`
pub async fn start(app: Data<App>, Answerer(holder): Answerer) -> Result<HttpResponse, WebError> {
    let writing = answering::writing(&app, &holder)?;
    drawn(&app, &holder, &Judged::of(&holder, writing))
}

pub(super) fn drawn(
    app: &App,
    holder: &Holder,
    judged: &Judged<'_>,
) -> Result<HttpResponse, WebError> {
    let writing = judged.writing();
    let sent = answering::submissions(app, &holder.campaign.id, &holder.respondent.id)?;
    let wrong = judged.answered_wrong();
    let start = Start {
        phase: holder.phase(app.now()),
        sections: super::own_sections(holder, &writing.draft, &wrong),
        waiting: approval::waiting(app, holder, writing)?,
        returned: returned(app, holder)?,
        writing,
        holder,
        sent: &sent,
    };
    Ok(page(
        app,
        holder,
        &holder.form.title(holder.language),
        &start.body(),
    ))
}

struct Start<'a> {
    holder: &'a Holder,
    phase: Phase,
    sections: Vec<SectionHead>,
    writing: &'a Writing,
    waiting: Option<ApprovalRequest>,
    /// The last manager who read it sent it back with this comment.
    returned: Option<ApprovalRequest>,
    sent: &'a [Submission],
}

impl Start<'_> {
    fn body(&self) -> Markup {
        let campaign = &self.holder.campaign;
        html! {
            h1 { (self.holder.form.title(self.holder.language)) }
            @if let Some(last) = self.sent.last() { (self.already_sent(last)) }
            (self.with_the_manager())
            (self.role())
            (self.closed())
            dl.sv-facts {
                div { dt { "I svarer for" } dd { (self.holder.respondent.name()) } }
                div { dt { "Svarfrist" } dd { (danish::date_time(campaign.window.deadline)) } }
                div { dt { "Afsender" } dd { (campaign.sender.name) } }
                @if !campaign.sender.phone.is_empty() { div { dt { "Hjælp på telefon" } dd { (campaign.sender.phone) } } }
            }
            @if let Some(text) = self.holder.form.description(self.holder.language) { (paragraphs(&text)) }
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
                        @if super::sends(self.holder) { a href={ (base(self.holder)) "/kvittering/" (last.number) } { "Se kvittering " (receipt_number(&last.sha256, last.number)) } }
                    }
                }
            }
        }
    }

    fn with_the_manager(&self) -> Markup {
        html! {
            @if let Some(request) = &self.waiting {
                div.alert.alert-info {
                    div.alert-body {
                        h2.alert-heading { "Svaret venter på godkendelse" }
                        p.alert-text { "Sendt til " (request.manager.name) " " (danish::date_time(request.asked)) ". Imens kan ingen ændre det." }
                        @if self.phase == Phase::Closed {
                            p.alert-text { "Svaret blev sendt til godkendelse i tide og kan godkendes til og med " (danish::date_time(self.holder.campaign.window.approvals_end())) "." }
                        }
                    }
                }
            } @else if let Some((request, comment)) = self.returned.as_ref().and_then(comment_of) {
                div.alert.alert-warning {
                    div.alert-body {
                        h2.alert-heading { (or_erased(&request.manager.name)) " har sendt svaret tilbage" }
                        (paragraphs(comment.text()))
                    }
                }
            }
        }
    }

    /// What the secretariat, or a colleague who helps, does here.
    fn role(&self) -> Markup {
        match &self.holder.role {
            Role::OnBehalf(entry) => html! {
                div.alert.alert-info { div.alert-body {
                    h2.alert-heading { "Du indtaster svar for " (self.holder.respondent.name()) }
                    p.alert-text { "Svaret er modtaget " (entry.how.danish()) ". Det mærkes som indtastet af sekretariatet." }
                } }
            },
            Role::Colleague(handover) => html! {
                div.alert.alert-info { div.alert-body {
                    h2.alert-heading { "Du hjælper med at udfylde skemaet" }
                    p.alert-text { "Du ser kun den del, du er bedt om. Din kollega sender svaret, når alle dele er færdige." }
                    @if !handover.message.is_empty() { (paragraphs(handover.message.text())) }
                } }
            },
            _ => html! {},
        }
    }

    fn ways_on(&self) -> Markup {
        if self.waiting.is_some() {
            return html! {
                @if super::sends(self.holder) { p.sv-actions { a.button.button-primary href={ (base(self.holder)) "/gennemse" } { "Se svaret" } } (self.also()) }
            };
        }
        if self.writing.sent.is_some() {
            return html! {
                @if super::sends(self.holder) {
                    p { "Skal noget rettes, åbner I svaret igen. Det sendte svar gælder, til I sender et nyt" @if answering::asks_manager(self.holder) { ", og en leder har godkendt det" } "." }
                    p.sv-actions { a.button.button-secondary href={ (base(self.holder)) "/genaabn" } { "Ret jeres svar" } }
                    (self.also())
                } @else { p { "Svaret er sendt, så der er ikke mere at udfylde." } }
            };
        }
        let Some(first) = self.sections.first() else {
            return html! { p { "Der er ikke noget at udfylde lige nu: de spørgsmål, du er bedt om, gælder ikke efter de øvrige svar." } };
        };
        let label = if self.writing.saved.is_some() {
            "Fortsæt"
        } else {
            "Begynd"
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
            p.sv-actions { a.button.button-primary href=(section_path(self.holder, &first.id)) { (label) } }
            (self.finished())
            (self.also())
        }
    }

    /// A colleague's last word.
    fn finished(&self) -> Markup {
        html! {
            @if let Role::Colleague(handover) = &self.holder.role {
                @if let Some(at) = handover.done {
                    p { "Du meldte din del færdig " (danish::date_time(at)) ". Du kan stadig rette den, til svaret er sendt." }
                } @else {
                    form method="post" action={ (base(self.holder)) "/faerdig" } {
                        button.button.button-secondary type="submit" { "Min del er færdig" }
                    }
                }
            }
        }
    }

    fn also(&self) -> Markup {
        let to = base(self.holder);
        html! {
            @if super::sends(self.holder) {
                h2 { "Flere om svaret" }
                ul {
                    li { a href={ (to) "/hjaelp" } { "Bed en kollega om hjælp" } }
                    li { a href={ (to) "/historik" } { "Historik" } }
                    @if self.holder.role == Role::Owner { li { a href={ (to) "/ikke-mig" } { "Er det ikke dig, der skal svare? Send til den rette" } } }
                }
            }
        }
    }
}

fn returned(app: &App, holder: &Holder) -> Result<Option<ApprovalRequest>, WebError> {
    let mut all = approval::requests(app, &holder.campaign.id, &holder.respondent.id)?;
    Ok(all
        .pop()
        .filter(|request| matches!(request.outcome, Outcome::Returned { .. })))
}

fn comment_of(request: &ApprovalRequest) -> Option<(&ApprovalRequest, &Remark)> {
    match &request.outcome {
        Outcome::Returned { comment, .. } => Some((request, comment)),
        _ => None,
    }
}

/// Text with blank lines between its paragraphs.
pub(super) fn paragraphs(text: &str) -> Markup {
    html! { @for part in text.split("\n\n").map(str::trim).filter(|p| !p.is_empty()) { p { (part) } } }
}
