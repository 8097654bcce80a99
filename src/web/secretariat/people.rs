//! Who may come in: the administrators' list, and everybody's own access.
use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use actix_web::web::Data;
use maud::{Markup, html};
use samsvar_core::access::{IDLE_MINUTES, SESSION_HOURS, Staff};
use samsvar_core::danish;
use samsvar_core::events::Event;
use samsvar_core::roles::{Right, Role};

use super::super::doors::{self, Administrator, SignedIn};
use super::super::errors::WebError;
use super::super::fields::{self, TextField};
use super::super::frame::back_link;
use super::super::posted::Posted;
use super::{page, second_factor};
use crate::actions::campaigns;
use crate::actions::people::{self, AddRefusal};
use crate::actions::second_factor as factor;
use crate::app::App;

/// What was typed, and what is wrong with it: the field and a sentence.
#[derive(Default)]
struct Typed {
    name: String,
    address: String,
    role: String,
    campaign: String,
    fault: Option<(&'static str, &'static str)>,
}

/// `GET /sekretariat/personer`
pub async fn list(
    app: Data<App>,
    Administrator(staff): Administrator,
) -> Result<HttpResponse, WebError> {
    let body = list_body(&app, &staff, &Typed::default())?;
    Ok(page(&app, &staff, "Personer med adgang", &body))
}

/// `POST /sekretariat/personer`: lists somebody, or changes a listed address.
pub async fn save(
    app: Data<App>,
    Administrator(staff): Administrator,
    posted: Posted,
) -> Result<HttpResponse, WebError> {
    let mut typed = Typed {
        name: posted.value("navn").trim().to_owned(),
        address: posted.value("mail").trim().to_owned(),
        role: posted.value("rolle").to_owned(),
        campaign: posted.value("indsamling").to_owned(),
        fault: None,
    };
    typed.fault = match role_of(&typed) {
        None => Some(("rolle", "Vælg en rolle.")),
        Some(role) => {
            let (worker, by) = (app.clone().into_inner(), staff.clone());
            let (name, address) = (typed.name.clone(), typed.address.clone());
            let added =
                super::super::blocking(move || people::add_by(&worker, &by, &name, &address, role))
                    .await?;
            added.err().map(fault)
        }
    };
    if typed.fault.is_none() {
        return Ok(back_to_list());
    }
    let body = list_body(&app, &staff, &typed)?;
    let mut response = page(&app, &staff, "Fejl: Personer med adgang", &body);
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(response)
}

/// `POST /sekretariat/personer/fjern`
pub async fn remove(
    app: Data<App>,
    Administrator(staff): Administrator,
    posted: Posted,
) -> Result<HttpResponse, WebError> {
    let address = posted.value("mail").to_owned();
    let worker = app.into_inner();
    let removed = super::super::blocking(move || people::remove(&worker, &staff, &address)).await?;
    if removed {
        Ok(back_to_list())
    } else {
        Err(WebError::NotFound)
    }
}

/// `GET /sekretariat/mig`
pub async fn own(app: Data<App>, SignedIn(staff): SignedIn) -> Result<HttpResponse, WebError> {
    let sessions = people::sessions(&app, &staff.address)?;
    let body = html! {
        (back_link("/sekretariat", "Indsamlinger"))
        h1 { "Din adgang" }
        dl.sv-facts {
            div { dt { "Navn" } dd { (staff.name) } }
            div { dt { "Mail" } dd { (staff.address) } }
            div { dt { "Rolle" } dd { (staff.role.danish()) } }
        }
        p { (meaning(&staff.role)) }
        @if staff.role.may(Right::ManageStaff) {
            p { a href="/sekretariat/personer" { "Personer med adgang" } }
        }
        (second_factor::summary(&app, &staff)?)
        h2 { "Hvor du er logget ind" }
        p { "Du er logget ind i " (danish::count(sessions as u64, "browser", "browsere")) ". Du logges ud efter " (IDLE_MINUTES / 60) " timer uden brug, og altid efter " (SESSION_HOURS) " timer." }
        form method="post" action="/sekretariat/mig/log-ud" {
            div.sv-actions { button.button.button-secondary type="submit" { "Log ud alle steder" } }
        }
    };
    Ok(page(&app, &staff, "Din adgang", &body))
}

/// `POST /sekretariat/mig/log-ud`
pub async fn leave_everywhere(
    app: Data<App>,
    SignedIn(staff): SignedIn,
    _posted: Posted,
) -> Result<HttpResponse, WebError> {
    let worker = app.clone().into_inner();
    super::super::blocking(move || people::sign_out_everywhere(&worker, &staff.address)).await?;
    Ok(HttpResponse::SeeOther()
        .cookie(doors::no_staff_cookie(&app))
        .insert_header((header::LOCATION, "/log-ind"))
        .finish())
}

/// What a role is for, in a sentence.
fn meaning(role: &Role) -> &'static str {
    match role {
        Role::Administrator => "Kan alt, også bestemme, hvem der har adgang.",
        Role::Secretariat => "Kan oprette indsamlinger, skrive breve og læse svar.",
        Role::Reader => "Kan se rapporterne, hvor små tal er skjult. Kan ikke se svar.",
        Role::Observer { .. } => {
            "Kan følge én indsamling og se dens rapport, hvor små tal er skjult. Kan ikke se svar."
        }
    }
}

fn role_of(typed: &Typed) -> Option<Role> {
    match typed.role.as_str() {
        "administrator" => Some(Role::Administrator),
        "sekretariat" => Some(Role::Secretariat),
        "laeser" => Some(Role::Reader),
        "observatoer" => Some(Role::Observer {
            campaign: typed.campaign.clone(),
        }),
        _ => None,
    }
}

fn fault(refusal: AddRefusal) -> (&'static str, &'static str) {
    match refusal {
        AddRefusal::Name => ("navn", "Skriv navnet, højst 200 tegn."),
        AddRefusal::Address => ("mail", "Skriv mailadressen som navn@example.dk."),
        AddRefusal::Campaign => ("indsamling", "Vælg den indsamling, der må følges."),
        AddRefusal::Oneself => (
            "rolle",
            "Du kan ikke ændre din egen rolle. Bed en anden administrator om det.",
        ),
    }
}

fn back_to_list() -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, "/sekretariat/personer"))
        .finish()
}

fn list_body(app: &App, oneself: &Staff, typed: &Typed) -> Result<Markup, WebError> {
    let all = people::list(app)?;
    let campaigns: Vec<(String, String)> = campaigns::list(app)?
        .into_iter()
        .map(|o| (o.campaign.id, o.campaign.title))
        .collect();
    let history = people::history(app, 50)?;
    Ok(html! {
        (back_link("/sekretariat/mig", "Din adgang"))
        h1 { "Personer med adgang" }
        (errors(typed))
        (table(app, &all, oneself, &campaigns)?)
        h2 { "Giv adgang eller ret" }
        p { "Står adressen på listen, får den det nye navn og den nye rolle. Skifter rollen, logges personen ud." }
        (form(typed, &campaigns))
        (changes(&history))
    })
}

fn errors(typed: &Typed) -> Markup {
    html! {
        @if let Some((field, sentence)) = typed.fault {
            div.alert.alert-error #fejl role="alert" tabindex="-1" data-focus="" {
                div.alert-body {
                    h2.alert-heading { "Listen er ikke ændret" }
                    ul.nobullet-list { li { a href={ "#" (field) } { (sentence) } } }
                }
            }
        }
    }
}

fn table(
    app: &App,
    all: &[Staff],
    oneself: &Staff,
    campaigns: &[(String, String)],
) -> Result<Markup, WebError> {
    let mut with_code = Vec::new();
    for one in all {
        if factor::is_on(app, &one.address)? {
            with_code.push(one.address.as_str());
        }
    }
    Ok(html! {
        div.sv-scroll tabindex="0" role="region" aria-label="Personer" {
            table.sv-table {
                caption { (danish::count(all.len() as u64, "person", "personer")) }
                thead { tr { th scope="col" { "Navn" } th scope="col" { "Mail" } th scope="col" { "Rolle" } th scope="col" { "Kode fra app" } th scope="col" { "Fjern" } } }
                tbody {
                    @for one in all {
                        tr {
                            th scope="row" { (one.name) }
                            td { (one.address) }
                            td { (role_words(&one.role, campaigns)) }
                            td {
                                @if !with_code.contains(&one.address.as_str()) { "Nej" }
                                @else {
                                    "Ja"
                                    @if one.address != oneself.address {
                                        form method="post" action="/sekretariat/personer/nulstil-kode" {
                                            input type="hidden" name="mail" value=(one.address);
                                            button.button.button-unstyled type="submit" { "Nulstil" span.sr-only { " koden for " (one.name) } }
                                        }
                                    }
                                }
                            }
                            td {
                                @if one.address == oneself.address { "Dig selv" }
                                @else {
                                    form method="post" action="/sekretariat/personer/fjern" {
                                        input type="hidden" name="mail" value=(one.address);
                                        button.button.button-unstyled type="submit" { "Fjern" span.sr-only { " " (one.name) } }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    })
}

fn role_words(role: &Role, campaigns: &[(String, String)]) -> String {
    let Role::Observer { campaign } = role else {
        return role.danish().to_owned();
    };
    let title = campaigns.iter().find(|(id, _)| id == campaign);
    let title = title.map_or("en indsamling, der ikke findes mere", |(_, title)| title);
    format!("{} af {title}", role.danish())
}

fn form(typed: &Typed, campaigns: &[(String, String)]) -> Markup {
    let roles = [
        Role::Secretariat,
        Role::Administrator,
        Role::Reader,
        Role::Observer {
            campaign: String::new(),
        },
    ];
    let values = ["sekretariat", "administrator", "laeser", "observatoer"];
    let choices: Vec<(String, String)> = values
        .iter()
        .zip(&roles)
        .map(|(value, role)| ((*value).to_owned(), role.danish().to_owned()))
        .collect();
    let mut observed = vec![(String::new(), "Ingen".to_owned())];
    observed.extend_from_slice(campaigns);
    let field = |id, label, hint, value| TextField {
        id,
        label,
        hint,
        value,
        error: typed.fault.filter(|(f, _)| *f == id).map(|(_, s)| s),
        required: id != "indsamling",
    };
    html! {
        form method="post" action="/sekretariat/personer" novalidate {
            (fields::text(&field("navn", "Navn", None, &typed.name)))
            (fields::address(&field("mail", "Mailadresse", None, &typed.address)))
            (fields::select(&field("rolle", "Rolle", None, &typed.role), &choices))
            dl {
                @for role in &roles { dt { strong { (role.danish()) } } dd { (meaning(role)) } }
            }
            (fields::select(&field("indsamling", "Indsamling", Some("Kun for en observatør"), &typed.campaign), &observed))
            div.sv-actions { button.button.button-primary type="submit" { "Gem" } }
        }
    }
}

fn changes(history: &[Event]) -> Markup {
    html! {
        @if !history.is_empty() {
            h2 { "Historik" }
            ul { @for event in history { li { (danish::date_time(event.at)) ": " (event.deed.danish()) ", " (event.actor.danish()) } } }
        }
    }
}
