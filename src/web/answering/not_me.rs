//! "Not me": whoever got the letter by mistake names the right person, without opening the answer.
use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Path};
use maud::{Markup, html};
use samsvar_core::access::Token;
use samsvar_core::campaigns::Phase;
use samsvar_core::campaigns::passing::{NamedState, NamingFault, PassingRule};
use samsvar_core::forms::Language;

use super::super::doors::{PasserOn, answer_path, link_cookie};
use super::super::errors::WebError;
use super::super::fields::{self, TextField};
use super::super::frame::{Frame, Visitor};
use super::super::posted::Posted;
use super::{base, english, page, see_other};
use crate::actions::answering::Holder;
use crate::actions::passing::{self, Done, Naming, Passer};
use crate::app::App;

/// `GET /l/{token}/ikke-mig`: moves the secret from the address into a cookie; the answer does not count as opened.
pub async fn open(app: Data<App>, token: Path<String>) -> Result<HttpResponse, WebError> {
    let token = Token::parse(&token).ok_or(WebError::UnknownLink)?;
    let passer = passing::passer(&app, &token)?.map_err(WebError::from)?;
    let link = match &passer {
        Passer::Contact(holder) => &holder.link,
        Passer::Done(done) => &done.link,
    };
    Ok(HttpResponse::SeeOther()
        .cookie(link_cookie(&app, link, &token))
        .insert_header((header::LOCATION, format!("{}/ikke-mig", answer_path(link))))
        .finish())
}

/// `GET /svar/{answer}/ikke-mig`
pub async fn ask(
    app: Data<App>,
    PasserOn(passer, language): PasserOn,
) -> Result<HttpResponse, WebError> {
    match passer {
        Passer::Contact(holder) => {
            open_window(&app, &holder)?;
            Ok(sheet(&app, &holder, &Typed::default()))
        }
        Passer::Done(done) => Ok(thanks(&app, &done, language)),
    }
}

/// `POST /svar/{answer}/ikke-mig`
pub async fn name(
    app: Data<App>,
    PasserOn(passer, _): PasserOn,
    posted: Posted,
) -> Result<HttpResponse, WebError> {
    let holder = match passer {
        Passer::Contact(holder) => holder,
        // Pressed twice: it is done.
        Passer::Done(done) => {
            return Ok(see_other(&format!("{}/ikke-mig", answer_path(&done.link))));
        }
    };
    open_window(&app, &holder)?;
    let app = app.into_inner();
    super::super::blocking_web(move || {
        let naming = Naming {
            name: posted.value("navn").trim().to_owned(),
            address: posted.value("mail").trim().to_owned(),
            note: posted.value("note").replace("\r\n", "\n"),
        };
        match passing::name(&app, &holder, &naming)? {
            Ok(()) => Ok(see_other(&format!("{}/ikke-mig", base(&holder)))),
            Err(faults) => {
                let typed = Typed {
                    name: naming.name,
                    address: naming.address,
                    note: naming.note,
                    faults,
                };
                let mut response = sheet(&app, &holder, &typed);
                *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
                Ok(response)
            }
        }
    })
    .await
}

fn open_window(app: &App, holder: &Holder) -> Result<(), WebError> {
    match holder.phase(app.now()) {
        Phase::Closed => Err(WebError::CampaignClosed),
        _ => Ok(()),
    }
}

#[derive(Default)]
struct Typed {
    name: String,
    address: String,
    note: String,
    faults: Vec<NamingFault>,
}

impl Typed {
    /// The fault of a field.
    fn error(&self, field: &str) -> Option<&'static str> {
        let at = self.faults.iter().find(|fault| told(**fault).0 == field);
        at.map(|fault| told(*fault).1)
    }
}

/// The field that a fault stands at, and its sentence.
fn told(fault: NamingFault) -> (&'static str, &'static str) {
    match fault {
        NamingFault::AddressInvalid => (
            "mail",
            "Skriv mailadressen på den rette, fx navn@kommune.dk.",
        ),
        NamingFault::AddressOwn => (
            "mail",
            "Brevet kom til den adresse. Skriv adressen på den, der skal have det i stedet.",
        ),
        NamingFault::NameTooLong => ("navn", "Navnet er for langt eller har linjeskift."),
        NamingFault::NoteTooLong => ("note", "Skriv højst 1.000 tegn."),
    }
}

fn sheet(app: &App, holder: &Holder, typed: &Typed) -> HttpResponse {
    let field = |id, label, hint, value, required| TextField {
        id,
        label,
        hint,
        value,
        error: typed.error(id),
        required,
    };
    let next = match holder.campaign.passing_on {
        PassingRule::AtOnce => "Den, du skriver, får straks et brev med sit eget link.",
        PassingRule::SameDomain => {
            "Den, du skriver, får et brev med sit eget link: straks, hvis adressen ligger samme sted som jeres, og ellers når afsenderen har set på det."
        }
        PassingRule::AfterApproval => {
            "Den, du skriver, får et brev med sit eget link, når afsenderen har set på det."
        }
    };
    let body = html! {
        h1 { "Er det ikke dig, der skal svare?" }
        @if !typed.faults.is_empty() {
            div.alert.alert-error #fejl role="alert" tabindex="-1" data-focus="" { div.alert-body {
                h2.alert-heading { "Brevet er ikke sendt videre endnu" }
                ul.nobullet-list { @for fault in &typed.faults { li { a href={ "#" (told(*fault).0) } { (told(*fault).1) } } } }
            } }
        }
        dl.sv-facts {
            div { dt { "Indsamling" } dd { (holder.campaign.title) } }
            div { dt { "Der skal svares for" } dd { (holder.respondent.name()) } }
            div { dt { "Afsender" } dd { (holder.campaign.sender.name) } }
        }
        p { (next) }
        p { "Du får ikke flere breve om indsamlingen, og dit eget link holder op med at virke." }
        form method="post" action={ (base(holder)) "/ikke-mig" } novalidate autocomplete="off" {
            (fields::address(&field("mail", "Den rettes mailadresse", None, &typed.address, true)))
            (fields::text(&field("navn", "Den rettes navn", None, &typed.name, false)))
            (fields::long_text(&field("note", "Besked til afsenderen", Some("Sendes ikke til den, du skriver"), &typed.note, false), 3))
            div.sv-actions {
                button.button.button-primary type="submit" { "Send brevet videre" }
                a.button.button-secondary href=(base(holder)) { "Det er mig, åbn spørgeskemaet" }
            }
        }
    };
    let wrong = if typed.faults.is_empty() {
        ""
    } else {
        "Fejl: "
    };
    let title = format!("{wrong}Er det ikke dig, der skal svare?");
    page(app, holder, &title, &body)
}

/// Says what was done; names nobody, for the page can be opened by whoever has the old link.
fn thanks(app: &App, done: &Done, language: Language) -> HttpResponse {
    // The letter's own way is told nowhere here: it may still wait in the outbox.
    let (heading, what) = match done.named.state {
        NamedState::Waiting => (
            "Tak, vi ser på det",
            "Afsenderen ser på det, og den rette får derefter et brev med sit eget link.",
        ),
        NamedState::Taken { .. } => (
            "Brevet går videre",
            "Tak. Den rette får et brev med sit eget link.",
        ),
        NamedState::Refused { .. } => (
            "Tak, afsenderen har set på det",
            "Afsenderen finder selv ud af, hvem der skal svare.",
        ),
    };
    let body: Markup = html! {
        h1 { (heading) }
        dl.sv-facts {
            div { dt { "Indsamling" } dd { (done.campaign.title) } }
            div { dt { "Der skal svares for" } dd { (done.organisation) } }
        }
        p { (what) }
        p { "Du får ikke flere breve om indsamlingen. Er der sket en fejl, så skriv til " (done.campaign.sender.name) " på " (done.campaign.sender.address) "." }
    };
    let frame = Frame {
        title: heading,
        visitor: Visitor::Respondent(&done.organisation),
        demo: app.is_demo(),
    };
    super::super::ok_html(&english::in_language(frame.around(&body), language))
}
