//! The last page before sending: everything read once more, signed off, and sent.
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use maud::{Markup, html};
use samsvar_core::campaigns::{Phase, SignOff, SubmitRefusal};
use samsvar_core::danish;
use samsvar_core::forms::{AnswerSection, ErrorLink, Finding, SectionHead};
use samsvar_core::hands::ApprovalRequest;
use serde_json::Value;

use super::super::doors::Owner;
use super::super::errors::WebError;
use super::super::posted::Posted;
use super::super::who::People;
use super::history;
use super::judged::Judged;
use super::{Step, base, error_summary, page, progress, section_path, see_other};
use crate::actions::answering::{self, Holder, Writing};
use crate::actions::approval::{self, AskRefusal, Manager};
use crate::actions::sending;
use crate::app::App;
use crate::writers::answers;

/// `GET /svar/{answer}/gennemse`
pub async fn review(app: Data<App>, Owner(holder): Owner) -> Result<HttpResponse, WebError> {
    match holder.phase(app.now()) {
        Phase::Open => {}
        Phase::NotOpenYet => return Err(WebError::CampaignNotOpen),
        Phase::Closed => return Err(WebError::CampaignClosed),
    }
    let writing = answering::writing(&app, &holder)?;
    if writing.sent.is_some() {
        return Ok(see_other(&base(&holder)));
    }
    drawn(&app, &holder, &Judged::of(&holder, writing))
}

pub(super) fn drawn(
    app: &App,
    holder: &Holder,
    judged: &Judged<'_>,
) -> Result<HttpResponse, WebError> {
    let writing = judged.writing();
    let signed = Signed {
        by: sign_off(holder, &writing.draft.answers, SignOff::default()),
        address: String::new(),
    };
    sheet(app, holder, writing, judged.findings(), &signed, &[])
}

/// `POST /svar/{answer}/indsend`
pub async fn submit(
    app: Data<App>,
    Owner(holder): Owner,
    posted: Posted,
) -> Result<HttpResponse, WebError> {
    let app = app.into_inner();
    let worker = app.clone();
    super::super::blocking_web(move || {
        let writing = answering::writing(&worker, &holder)?;
        let typed = SignOff {
            name: clip(posted.value("navn")),
            title: clip(posted.value("titel")),
        };
        let answers = holder.form.submission_of(&writing.draft);
        let sign_off = sign_off(&holder, &answers, typed.clone());
        let seen = posted.value("set").parse().unwrap_or(u64::MAX);
        match sending::submit(&worker, &holder, sign_off, seen)? {
            Ok(sent) => Ok(see_other(&format!(
                "{}/kvittering/{}",
                base(&holder),
                sent.number
            ))),
            Err(refusal) => {
                let signed = Signed {
                    by: typed,
                    address: String::new(),
                };
                refused(&worker, &holder, &writing, &signed, refusal)
            }
        }
    })
    .await
}

/// `POST /svar/{answer}/godkendelse`: sends the answer to a manager instead of to the secretariat.
pub async fn ask_manager(
    app: Data<App>,
    Owner(holder): Owner,
    posted: Posted,
) -> Result<HttpResponse, WebError> {
    let app = app.into_inner();
    super::super::blocking_web(move || {
        let writing = answering::writing(&app, &holder)?;
        let signed = Signed {
            by: SignOff {
                name: clip(posted.value("navn")),
                title: clip(posted.value("titel")),
            },
            address: clip(posted.value("mail")),
        };
        let manager = Manager {
            name: signed.by.name.clone(),
            title: signed.by.title.clone(),
            address: signed.address.clone(),
        };
        let seen = posted.value("set").parse().unwrap_or(u64::MAX);
        match approval::ask(&app, &holder, manager, seen)? {
            Ok(_) => Ok(see_other(&format!("{}/gennemse", base(&holder)))),
            Err(AskRefusal::Answer(SubmitRefusal::NeedsApproval)) => {
                Ok(see_other(&format!("{}/gennemse", base(&holder))))
            }
            Err(AskRefusal::Answer(refusal)) => refused(&app, &holder, &writing, &signed, refusal),
            Err(AskRefusal::Manager {
                name_missing,
                title_missing,
                address_invalid,
            }) => {
                let mut faults = sign_off_faults(name_missing, title_missing);
                faults.extend(address_invalid.then_some(Fault {
                    id: "mail",
                    message: "Skriv lederens mailadresse, fx leder@kommune.example.dk.",
                }));
                let mut response = sheet(&app, &holder, &writing, &[], &signed, &faults)?;
                *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
                Ok(response)
            }
        }
    })
    .await
}

/// `POST /svar/{answer}/godkendelse/traek-tilbage`
pub async fn withdraw_request(
    app: Data<App>,
    Owner(holder): Owner,
    _posted: Posted,
) -> Result<HttpResponse, WebError> {
    let app = app.into_inner();
    super::super::blocking_web(move || {
        approval::withdraw(&app, &holder)?;
        Ok(see_other(&format!("{}/gennemse", base(&holder))))
    })
    .await
}

/// Who stands behind the answer, as typed; the address only where a manager is asked.
struct Signed {
    by: SignOff,
    address: String,
}

fn refused(
    app: &App,
    holder: &Holder,
    writing: &Writing,
    typed: &Signed,
    refusal: SubmitRefusal,
) -> Result<HttpResponse, WebError> {
    let (findings, faults) = match refusal {
        SubmitRefusal::NotOpenYet => return Err(WebError::CampaignNotOpen),
        SubmitRefusal::CampaignClosed => return Err(WebError::CampaignClosed),
        SubmitRefusal::AlreadySent(number) => {
            return Ok(see_other(&format!("{}/kvittering/{number}", base(holder))));
        }
        SubmitRefusal::NeedsApproval => {
            return Ok(see_other(&format!("{}/gennemse", base(holder))));
        }
        SubmitRefusal::DraftChanged => {
            let changed = "Svaret er ændret, siden du så denne side. Det er ikke sendt. Gennemse det igen, og send så.";
            (
                holder.form.validate(&writing.draft, holder.language),
                vec![Fault {
                    id: "indsend",
                    message: changed,
                }],
            )
        }
        SubmitRefusal::Findings(findings) => (findings, Vec::new()),
        SubmitRefusal::NotSignedOff {
            name_missing,
            title_missing,
        } => (Vec::new(), sign_off_faults(name_missing, title_missing)),
    };
    let mut response = sheet(app, holder, writing, &findings, typed, &faults)?;
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(response)
}

/// A fault of the review page's own fields.
struct Fault {
    id: &'static str,
    message: &'static str,
}

fn sign_off_faults(name_missing: bool, title_missing: bool) -> Vec<Fault> {
    let name = name_missing.then_some(Fault {
        id: "navn",
        message: "Skriv navnet på den, der godkender svaret.",
    });
    let title = title_missing.then_some(Fault {
        id: "titel",
        message: "Skriv titlen på den, der godkender svaret.",
    });
    name.into_iter().chain(title).collect()
}

/// Name and title from the form's own sign-off section; as typed on this page where it has none.
fn sign_off(holder: &Holder, answers: &Value, typed: SignOff) -> SignOff {
    if answering::asks_sign_off(holder) {
        return typed;
    }
    answering::sign_off_in(answers)
}

fn clip(text: &str) -> String {
    text.trim().chars().take(200).collect()
}

fn sheet(
    app: &App,
    holder: &Holder,
    writing: &Writing,
    findings: &[Finding],
    sign_off: &Signed,
    faults: &[Fault],
) -> Result<HttpResponse, WebError> {
    let mut links = holder
        .form
        .error_links(&writing.draft, findings, holder.language);
    links.extend(faults.iter().map(|f| ErrorLink {
        section: None,
        id: f.id.into(),
        message: f.message.into(),
    }));
    let sheet = Sheet {
        holder,
        heads: holder
            .form
            .sections(&writing.draft, findings, holder.language),
        answers: holder.form.answered_list_beside(
            &holder.form.submission_of(&writing.draft),
            &writing.draft.known,
            holder.language,
        ),
        dropped: holder.form.dropped(&writing.draft, holder.language),
        complete: findings.is_empty(),
        asks_sign_off: answering::asks_sign_off(holder),
        asks_manager: answering::asks_manager(holder),
        waiting: approval::waiting(app, holder, writing)?,
        touched: history::touched(
            holder,
            &People::of(app, &holder.respondent)?,
            &writing.touched,
            None,
        ),
        links,
        sign_off,
        faults,
        revision: writing.revision,
    };
    Ok(page(app, holder, &sheet.title(), &sheet.body()))
}

struct Sheet<'a> {
    holder: &'a Holder,
    heads: Vec<SectionHead>,
    answers: Vec<AnswerSection>,
    dropped: Vec<(String, String)>,
    links: Vec<ErrorLink>,
    /// Nothing keeps the answer from being sent but the sign-off.
    complete: bool,
    asks_sign_off: bool,
    asks_manager: bool,
    waiting: Option<ApprovalRequest>,
    /// Who changed what.
    touched: Markup,
    sign_off: &'a Signed,
    faults: &'a [Fault],
    revision: u64,
}

impl Sheet<'_> {
    fn title(&self) -> String {
        let wrong = if self.links.is_empty() { "" } else { "Fejl: " };
        format!(
            "{wrong}Gennemse og send – {}",
            self.holder.form.title(self.holder.language)
        )
    }

    fn body(&self) -> Markup {
        html! {
            h1 { "Gennemse og send" }
            (error_summary(self.holder, Step::Review, &self.links))
            div.sv-layout {
                div.sv-layout__content {
                    @for section in &self.answers { (self.section(section)) }
                    (self.dropped_note())
                    (self.touched)
                    (self.send())
                }
                div.sv-layout__aside { (progress(self.holder, &self.heads, Step::Review)) }
            }
        }
    }

    fn section(&self, section: &AnswerSection) -> Markup {
        let to = section_path(self.holder, &section.id);
        html! {
            section {
                h2 { (section.title) }
                (answers::section(section))
                p { a href=(to) { "Ret" span.sr-only { " afsnittet " (section.title) } } }
            }
        }
    }

    fn dropped_note(&self) -> Markup {
        html! {
            @if !self.dropped.is_empty() {
                div.alert.alert-info {
                    div.alert-body {
                        h2.alert-heading { "Disse svar sendes ikke med" }
                        p.alert-text { "De hører til spørgsmål, som ikke længere gælder efter jeres øvrige svar." }
                        ul { @for (_, label) in &self.dropped { li { (label) } } }
                    }
                }
            }
        }
    }

    fn send(&self) -> Markup {
        html! {
            h2 #send { "Send svaret" }
            @if let Some(request) = &self.waiting { (self.waits(request)) }
            @else if self.complete && self.asks_manager { (self.to_the_manager()) }
            @else if self.complete {
                p { "Svarfristen er " (danish::date_time(self.holder.campaign.window.deadline)) ". Indtil da kan I rette svaret med det samme link." }
                form method="post" action={ (base(self.holder)) "/indsend" } novalidate autocomplete="off" {
                    input type="hidden" name="set" value=(self.revision);
                    @if self.asks_sign_off {
                        (self.field("navn", "Godkendt af (navn)", &self.sign_off.by.name))
                        (self.field("titel", "Titel", &self.sign_off.by.title))
                    } @else if !self.sign_off.by.name.is_empty() {
                        p { "Godkendt af " strong { (self.sign_off.by.name) ", " (self.sign_off.by.title) } }
                    }
                    div.sv-actions { button.button.button-primary #indsend type="submit" { "Indsend svar" } }
                }
            } @else {
                p #indsend { "Svaret kan sendes, når punkterne øverst på siden er rettet." }
            }
        }
    }

    fn to_the_manager(&self) -> Markup {
        html! {
            p { "I denne indsamling skal en leder godkende svaret, før det bliver sendt. Lederen får en mail med et link, læser svaret og godkender det eller sender det tilbage med en kommentar. Imens kan ingen ændre svaret, men I kan trække det tilbage." }
            form method="post" action={ (base(self.holder)) "/godkendelse" } novalidate autocomplete="off" {
                input type="hidden" name="set" value=(self.revision);
                (self.field("navn", "Lederens navn", &self.sign_off.by.name))
                (self.field("titel", "Lederens titel", &self.sign_off.by.title))
                (self.field("mail", "Lederens mailadresse", &self.sign_off.address))
                div.sv-actions { button.button.button-primary #indsend type="submit" { "Send til godkendelse" } }
            }
        }
    }

    fn waits(&self, request: &ApprovalRequest) -> Markup {
        html! {
            p #indsend {
                "Svaret blev sendt til godkendelse hos " strong { (request.manager.name) ", " (request.title) }
                " " (danish::date_time(request.asked)) ". Det er ikke sendt til sekretariatet endnu, og ingen kan ændre det imens."
            }
            form method="post" action={ (base(self.holder)) "/godkendelse/traek-tilbage" } {
                button.button.button-secondary type="submit" { "Træk anmodningen tilbage og ret svaret" }
            }
        }
    }

    fn field(&self, id: &str, label: &str, value: &str) -> Markup {
        let error = self.faults.iter().find(|f| f.id == id).map(|f| f.message);
        super::super::fields::text(&super::super::fields::TextField {
            id,
            label,
            hint: None,
            value,
            error,
            required: true,
        })
    }
}
