//! "Ask a colleague for help": hand sections over by mail address, follow them, take them back.
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use maud::{Markup, html};
use samsvar_core::campaigns::Phase;
use samsvar_core::danish;
use samsvar_core::hands::{Handover, Remark, Share};

use super::super::doors::{Answerer, Owner};
use super::super::errors::WebError;
use super::super::fields::{self, TextField};
use super::super::frame::back_link;
use super::super::posted::Posted;
use super::{base, or_erased, page, see_other};
use crate::actions::answering::Holder;
use crate::actions::hands::{self as actions, HandoverPlan, PlanFault};
use crate::app::App;

/// `GET /svar/{answer}/hjaelp`
pub async fn page_of_hands(app: Data<App>, Owner(holder): Owner) -> Result<HttpResponse, WebError> {
    drawn(&app, &holder)
}

pub(super) fn drawn(app: &App, holder: &Holder) -> Result<HttpResponse, WebError> {
    sheet(app, holder, &Typed::default(), &[])
}

/// `POST /svar/{answer}/hjaelp`
pub async fn hand_over(
    app: Data<App>,
    Owner(holder): Owner,
    posted: Posted,
) -> Result<HttpResponse, WebError> {
    let app = app.into_inner();
    super::super::blocking_web(move || {
        let typed = Typed::of(&posted);
        match actions::hand_over(&app, &holder, typed.plan())? {
            Ok(_) => Ok(see_other(&format!("{}/hjaelp#kolleger", base(&holder)))),
            Err(faults) => {
                let mut response = sheet(&app, &holder, &typed, &faults)?;
                *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
                Ok(response)
            }
        }
    })
    .await
}

/// `POST /svar/{answer}/hjaelp/{handover}/traek-tilbage`
pub async fn withdraw(
    app: Data<App>,
    Owner(holder): Owner,
    path: Path<(String, String)>,
    _posted: Posted,
) -> Result<HttpResponse, WebError> {
    let app = app.into_inner();
    let (_, id) = path.into_inner();
    super::super::blocking_web(move || {
        if actions::withdraw(&app, &holder, &id)? {
            Ok(see_other(&format!("{}/hjaelp#kolleger", base(&holder))))
        } else {
            Err(WebError::NotFound)
        }
    })
    .await
}

/// `POST /svar/{answer}/faerdig`: a colleague has finished.
pub async fn finish(
    app: Data<App>,
    Answerer(holder): Answerer,
    _posted: Posted,
) -> Result<HttpResponse, WebError> {
    let app = app.into_inner();
    super::super::blocking_web(move || {
        if actions::finish(&app, &holder)? {
            Ok(see_other(&base(&holder)))
        } else {
            Err(WebError::NotFound)
        }
    })
    .await
}

/// The page's fields as they were typed.
#[derive(Default)]
struct Typed {
    name: String,
    address: String,
    /// `hele` or `dele`.
    what: String,
    sections: Vec<String>,
    message: String,
}

impl Typed {
    fn of(posted: &Posted) -> Self {
        let text = |name: &str| posted.value(name).trim().chars().take(300).collect();
        let sections = posted.pairs.iter().filter(|(name, _)| name == "afsnit");
        Self {
            name: text("navn"),
            address: text("mail"),
            what: text("hvad"),
            sections: sections.map(|(_, id)| id.clone()).collect(),
            message: posted.value("besked").to_owned(),
        }
    }

    fn plan(&self) -> HandoverPlan {
        HandoverPlan {
            name: self.name.clone(),
            address: self.address.clone(),
            share: if self.what == "hele" {
                Share::Whole
            } else {
                Share::Sections(self.sections.clone())
            },
            message: Remark::of(&self.message),
        }
    }
}

/// The field's id, and what is to be said at it.
fn told(fault: PlanFault) -> (&'static str, &'static str) {
    match fault {
        PlanFault::NameMissing => ("navn", "Skriv kollegaens navn."),
        PlanFault::AddressInvalid => (
            "mail",
            "Skriv kollegaens mailadresse, fx navn@kommune.example.dk.",
        ),
        PlanFault::NoSection => (
            "hvad-dele",
            "Vælg mindst ét afsnit, eller vælg hele skemaet.",
        ),
        PlanFault::TooMany => ("navn", "I har allerede bedt 40 kolleger om hjælp."),
        PlanFault::Closed => ("navn", "Indsamlingen er ikke åben."),
    }
}

fn sheet(
    app: &App,
    holder: &Holder,
    typed: &Typed,
    faults: &[PlanFault],
) -> Result<HttpResponse, WebError> {
    let asked = actions::handovers(app, &holder.campaign.id, &holder.respondent.id)?;
    let sheet = Sheet {
        holder,
        typed,
        faults: faults.iter().map(|fault| told(*fault)).collect(),
        sections: actions::all_sections(&holder.form, holder.language),
        open: holder.phase(app.now()) == Phase::Open,
    };
    let wrong = if faults.is_empty() { "" } else { "Fejl: " };
    let title = format!(
        "{wrong}Bed en kollega om hjælp – {}",
        holder.form.title(holder.language)
    );
    Ok(page(app, holder, &title, &sheet.body(&asked)))
}

struct Sheet<'a> {
    holder: &'a Holder,
    typed: &'a Typed,
    faults: Vec<(&'static str, &'static str)>,
    /// Id and title.
    sections: Vec<(String, String)>,
    open: bool,
}

impl Sheet<'_> {
    fn body(&self, asked: &[Handover]) -> Markup {
        html! {
            (back_link(&base(self.holder), "Om skemaet og hjælp"))
            h1 { "Bed en kollega om hjælp" }
            (self.errors())
            p { "Kollegaen får en mail med et personligt link og kan kun se og udfylde det, I vælger her. Det er stadig jer, der gennemser og sender svaret." }
            @if self.open { (self.form()) }
            h2 #kolleger tabindex="-1" { "Kolleger, I har bedt om hjælp" }
            @if asked.is_empty() { p { "I har ikke bedt nogen om hjælp endnu." } }
            @else { (self.table(asked)) }
        }
    }

    fn errors(&self) -> Markup {
        html! {
            @if !self.faults.is_empty() {
                div.alert.alert-error #fejl role="alert" tabindex="-1" data-focus="" {
                    div.alert-body {
                        h2.alert-heading { "Kollegaen er ikke spurgt endnu" }
                        ul.nobullet-list { @for (id, message) in &self.faults { li { a href={ "#" (id) } { (message) } } } }
                    }
                }
            }
        }
    }

    fn form(&self) -> Markup {
        html! {
            form method="post" action={ (base(self.holder)) "/hjaelp" } novalidate autocomplete="off" {
                (fields::text(&self.field("navn", "Kollegaens navn", None, &self.typed.name, true)))
                (fields::address(&self.field("mail", "Kollegaens mailadresse", None, &self.typed.address, true)))
                (self.what())
                (fields::long_text(&self.field("besked", "Besked til kollegaen", Some("Står i mailen"), &self.typed.message, false), 3))
                div.sv-actions { button.button.button-primary type="submit" { "Send link til kollegaen" } }
            }
        }
    }

    fn what(&self) -> Markup {
        let error = self.error("hvad-dele");
        let whole = self.typed.what == "hele";
        html! {
            fieldset.form-group.form-error[error.is_some()] aria-describedby=[error.map(|_| "hvad-dele-error")] {
                legend.form-label { "Hvad skal kollegaen udfylde?" }
                @if let Some(error) = error {
                    span.form-error-message id="hvad-dele-error" { span.sr-only { "Fejl: " } (error) }
                }
                div.form-group-radio {
                    input.form-radio #hvad-hele type="radio" name="hvad" value="hele" checked[whole];
                    label.form-label for="hvad-hele" { "Hele skemaet" }
                }
                div.form-group-radio {
                    input.form-radio #hvad-dele type="radio" name="hvad" value="dele" checked[!whole];
                    label.form-label for="hvad-dele" { "Kun de afsnit, der er valgt her" }
                }
                div.sv-parts role="group" aria-label="Afsnit" {
                    @for (n, (id, title)) in self.sections.iter().enumerate() {
                        @let box_id = format!("afsnit-{n}");
                        div.form-group-checkbox {
                            input.form-checkbox id=(box_id) type="checkbox" name="afsnit" value=(id) checked[self.typed.sections.contains(id)];
                            label.form-label for=(box_id) { (title) }
                        }
                    }
                }
            }
        }
    }

    fn table(&self, asked: &[Handover]) -> Markup {
        html! {
            div.sv-scroll tabindex="0" role="region" aria-label="Kolleger, I har bedt om hjælp" {
                table.sv-table {
                    caption { "Kolleger og deres del" }
                    thead { tr { th scope="col" { "Kollega" } th scope="col" { "Del" } th scope="col" { "Spurgt" } th scope="col" { "Status" } th scope="col" { "Adgang" } } }
                    tbody { @for handover in asked { (self.row(handover)) } }
                }
            }
        }
    }

    fn row(&self, handover: &Handover) -> Markup {
        let parts = match &handover.share {
            Share::Whole => "Hele skemaet".to_owned(),
            Share::Sections(ids) => {
                actions::section_titles(&self.holder.form, ids, self.holder.language).join(", ")
            }
        };
        let to = format!("{}/hjaelp/{}/traek-tilbage", base(self.holder), handover.id);
        html! {
            tr {
                th scope="row" { (or_erased(&handover.colleague.name)) br; (handover.colleague.address) }
                td { (parts) }
                td { (danish::short_date(danish::local(handover.asked).date_naive())) " kl. " (danish::clock(handover.asked)) }
                td { (handover.state_danish()) }
                td {
                    @if handover.withdrawn.is_some() { "Ingen" } @else {
                        form method="post" action=(to) {
                            button.button.button-tertiary type="submit" { "Træk tilbage" span.sr-only { " fra " (handover.colleague.name) } }
                        }
                    }
                }
            }
        }
    }

    fn error(&self, id: &str) -> Option<&'static str> {
        let fault = self.faults.iter().find(|(field, _)| *field == id);
        fault.map(|(_, message)| *message)
    }

    fn field<'f>(
        &self,
        id: &'f str,
        label: &'f str,
        hint: Option<&'f str>,
        value: &'f str,
        required: bool,
    ) -> TextField<'f> {
        TextField {
            id,
            label,
            hint,
            value,
            error: self.error(id),
            required,
        }
    }
}
