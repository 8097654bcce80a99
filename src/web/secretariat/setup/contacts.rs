//! One respondent's contacts: who gets its letters, replaced or added at any time.
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use maud::html;
use samsvar_core::access::Staff;
use samsvar_core::campaigns::{Contact, Respondent, looks_like_address};

use super::recipients::contact_fields;
use super::{see_other, step_path};
use crate::actions::setup::{self, Setup, Step};
use crate::actions::{campaigns, respondents};
use crate::app::App;
use crate::web::doors::Secretary;
use crate::web::errors::WebError;
use crate::web::frame::back_link;
use crate::web::posted::Posted;

const NOT_AN_ADDRESS: &str = "Mailadressen er ikke gyldig.";
const MOST_CONTACTS: usize = 20;

/// `GET /sekretariat/indsamlinger/{campaign}/modtagere/{respondent}`
pub async fn contacts(
    app: Data<App>,
    Secretary(staff): Secretary,
    path: Path<(String, String)>,
) -> Result<HttpResponse, WebError> {
    let (setup, respondent) = found(&app, &path)?;
    let shown = respondent.contacts.clone();
    Ok(sheet(
        &app,
        &staff,
        &setup,
        &respondent,
        &shown,
        StatusCode::OK,
    ))
}

/// `POST /sekretariat/indsamlinger/{campaign}/modtagere/{respondent}`
pub async fn save_contacts(
    app: Data<App>,
    Secretary(staff): Secretary,
    path: Path<(String, String)>,
    posted: Posted,
) -> Result<HttpResponse, WebError> {
    let app = app.into_inner();
    super::super::super::blocking_web(move || {
        let (setup, respondent) = found(&app, &path)?;
        let (id, who) = path.into_inner();
        let list = step_path(&id, Step::Recipients);
        if posted.value("do") == "fjern" {
            respondents::remove(&app, &id, &who, &staff.name)?;
            return Ok(see_other(&list));
        }
        let wanted = typed(&posted);
        let wrong = |c: &Contact| !c.address.is_empty() && !looks_like_address(&c.address);
        if wanted.iter().any(wrong) {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return Ok(sheet(&app, &staff, &setup, &respondent, &wanted, status));
        }
        respondents::set_contacts(&app, &id, &who, &wanted, &staff.name)?;
        Ok(see_other(&if setup.is_draft() {
            list
        } else {
            format!("/sekretariat/indsamlinger/{id}/svar/{who}")
        }))
    })
    .await
}

fn found(app: &App, path: &(String, String)) -> Result<(Setup, Respondent), WebError> {
    let setup = setup::load(app, &path.0)?.ok_or(WebError::NotFound)?;
    let asked = campaigns::asked(app, &path.0)?;
    let respondent = asked.into_iter().find(|r| r.id == path.1);
    Ok((setup, respondent.ok_or(WebError::NotFound)?))
}

fn typed(posted: &Posted) -> Vec<Contact> {
    let text = |name: &str, n: usize| posted.value(&format!("{name}-{n}")).trim().to_owned();
    let contacts = (0..MOST_CONTACTS).map(|n| Contact {
        name: text("navn", n),
        address: text("mail", n),
        phone: text("telefon", n),
    });
    contacts.collect()
}

fn is_blank(c: &Contact) -> bool {
    c.name.is_empty() && c.address.is_empty() && c.phone.is_empty()
}

fn sheet(
    app: &App,
    staff: &Staff,
    setup: &Setup,
    respondent: &Respondent,
    contacts: &[Contact],
    status: StatusCode,
) -> HttpResponse {
    let blank = Contact {
        name: String::new(),
        address: String::new(),
        phone: String::new(),
    };
    let mut shown: Vec<&Contact> = contacts.iter().filter(|c| !is_blank(c)).collect();
    if shown.len() < MOST_CONTACTS {
        shown.push(&blank);
    }
    let wrong = |c: &Contact| !c.address.is_empty() && !looks_like_address(&c.address);
    let up = step_path(&setup.id, Step::Recipients);
    let faulty = shown.iter().any(|c| wrong(c));
    let invited = respondent.progress.invited.is_some();
    let body = html! {
        (back_link(&up, "Modtagere"))
        p.sv-step { (setup.title()) }
        h1 { "Kontaktpersoner for " (respondent.name()) }
        @if faulty {
            div.alert.alert-error #fejl role="alert" tabindex="-1" data-focus="" { div.alert-body {
                h2.alert-heading { "Der er ikke gemt noget endnu" }
                ul.nobullet-list { @for (n, c) in shown.iter().enumerate() { @if wrong(c) { li { a href={ "#mail-" (n) } { (NOT_AN_ADDRESS) } } } } }
            } }
        }
        p {
            "Hver kontaktperson får sit eget link. Tøm felterne for den, der skal udgå. "
            @if invited { "En ny mailadresse får straks et link, og linket til en, der udgår, holder op med at virke." }
        }
        form method="post" novalidate {
            @for (n, contact) in shown.iter().enumerate() {
                (contact_fields(n, contact, wrong(contact).then_some(NOT_AN_ADDRESS)))
            }
            div.sv-actions {
                button.button.button-primary type="submit" name="do" value="gem" { "Gem kontaktpersonerne" }
                @if !invited { button.button.button-secondary type="submit" name="do" value="fjern" { "Fjern modtageren fra listen" } }
            }
        }
    };
    let heading = format!("Kontaktpersoner for {}", respondent.name());
    let title = if faulty {
        format!("Fejl: {heading}")
    } else {
        heading
    };
    let mut response = super::super::page(app, staff, &title, &body);
    *response.status_mut() = status;
    response
}
