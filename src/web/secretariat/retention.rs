//! What goes and what stays: the day of a collection, a respondent or contact on request, and all that is held about one.
use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Path};
use chrono::NaiveDate;
use maud::{Markup, html};
use samsvar_core::access::Staff;
use samsvar_core::campaigns::{Campaign, Phase, Respondent};
use samsvar_core::danish;
use samsvar_core::events::Actor;

use super::super::doors::Secretary;
use super::super::errors::WebError;
use super::super::fields::{self, TextField};
use super::super::frame::back_link;
use super::super::posted::Posted;
use super::page;
use crate::actions::erasure::{self, DayRefusal, KEPT, Plan, Scope};
use crate::actions::{campaigns, held};
use crate::app::App;

const SURE: &str = "sikker";
const NOT_SURE: &str = "Sæt kryds, hvis det skal slettes.";

/// What was typed, and what is wrong with it: the field and a sentence.
#[derive(Default)]
struct Typed {
    day: Option<String>,
    fault: Option<(&'static str, &'static str)>,
}

/// `GET /sekretariat/indsamlinger/{campaign}/opbevaring`
pub async fn overview(
    app: Data<App>,
    Secretary(staff): Secretary,
    id: Path<String>,
) -> Result<HttpResponse, WebError> {
    shown(&app, &staff, &id, &Typed::default())
}

/// `POST /sekretariat/indsamlinger/{campaign}/opbevaring`: sets the day.
pub async fn set_day(
    app: Data<App>,
    Secretary(staff): Secretary,
    id: Path<String>,
    posted: Posted,
) -> Result<HttpResponse, WebError> {
    let text = posted.value("dato").trim().to_owned();
    let Some(on) = day_of(&text) else {
        return faulty(
            &app,
            &staff,
            &id,
            text,
            "Skriv datoen som dag-måned-år, fx 29-04-2027.",
        );
    };
    let (worker, by, campaign) = (app.clone().into_inner(), actor(&staff), id.clone());
    let set = super::super::blocking(move || erasure::set_day(&worker, &campaign, on, by)).await?;
    match set {
        Ok(()) => Ok(see_other(&place(&id))),
        Err(DayRefusal::UnknownCampaign) => Err(WebError::NotFound),
        Err(DayRefusal::TooEarly) => faulty(
            &app,
            &staff,
            &id,
            text,
            "Datoen skal ligge efter svarfristen.",
        ),
        Err(DayRefusal::Erased) => faulty(&app, &staff, &id, text, "Svarene er slettet allerede."),
    }
}

/// `POST /sekretariat/indsamlinger/{campaign}/opbevaring/slet`
pub async fn erase(
    app: Data<App>,
    Secretary(staff): Secretary,
    id: Path<String>,
    posted: Posted,
) -> Result<HttpResponse, WebError> {
    let found = campaigns::overview(&app, &id)?.ok_or(WebError::NotFound)?;
    if found.campaign.window.phase(app.now()) == Phase::Open || posted.value("sikker") != "ja" {
        let typed = Typed {
            day: None,
            fault: Some((SURE, NOT_SURE)),
        };
        return unprocessable(shown(&app, &staff, &id, &typed));
    }
    let campaign = id.clone();
    carried_out(&app, &staff, Scope::Campaign { campaign }).await?;
    Ok(see_other(&place(&id)))
}

/// `GET /sekretariat/indsamlinger/{campaign}/opbevaring/{respondent}`
pub async fn respondent(
    app: Data<App>,
    Secretary(staff): Secretary,
    path: Path<(String, String)>,
) -> Result<HttpResponse, WebError> {
    respondent_shown(&app, &staff, &path, None)
}

/// `POST /sekretariat/indsamlinger/{campaign}/opbevaring/{respondent}`: erases a contact, or all.
pub async fn erase_respondent(
    app: Data<App>,
    Secretary(staff): Secretary,
    path: Path<(String, String)>,
    posted: Posted,
) -> Result<HttpResponse, WebError> {
    let (campaign, respondent) = path.clone();
    let contact = posted.value("kontakt").parse::<usize>().ok();
    if posted.value("sikker") != "ja" {
        let control = contact.map_or_else(|| SURE.to_owned(), sure_of);
        return unprocessable(respondent_shown(&app, &staff, &path, Some(&control)));
    }
    let scope = match contact {
        Some(place) => Scope::Contact {
            campaign,
            respondent,
            place,
        },
        None => Scope::Respondent {
            campaign,
            respondent,
        },
    };
    carried_out(&app, &staff, scope).await?;
    Ok(see_other(&format!("{}/{}", place(&path.0), path.1)))
}

/// `GET /sekretariat/indsamlinger/{campaign}/opbevaring/{respondent}/kontakt/{place}.json`
pub async fn contact_file(
    app: Data<App>,
    Secretary(staff): Secretary,
    path: Path<(String, String, usize)>,
) -> Result<HttpResponse, WebError> {
    let (campaign, respondent, place) = path.into_inner();
    let (_, asked) = found_one(&app, &campaign, &respondent)?;
    let address = asked
        .contacts
        .get(place)
        .ok_or(WebError::NotFound)?
        .address
        .clone();
    let (worker, by) = (app.into_inner(), actor(&staff));
    let held = super::super::blocking(move || held::held_about(&worker, &address, &by))
        .await?
        .ok_or(WebError::NotFound)?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/json"))
        .insert_header((
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"kontaktperson.json\"",
        ))
        .body(format!("{held:#}")))
}

async fn carried_out(app: &Data<App>, staff: &Staff, scope: Scope) -> Result<(), WebError> {
    let (worker, by) = (app.clone().into_inner(), actor(staff));
    let found = super::super::blocking(move || erasure::erase(&worker, &scope, &by)).await?;
    if found {
        Ok(())
    } else {
        Err(WebError::NotFound)
    }
}

fn shown(app: &App, staff: &Staff, id: &str, typed: &Typed) -> Result<HttpResponse, WebError> {
    let found = campaigns::overview(app, id)?.ok_or(WebError::NotFound)?;
    let scope = Scope::Campaign {
        campaign: id.to_owned(),
    };
    let plan = erasure::plan(app, &scope)?.ok_or(WebError::NotFound)?;
    let retention = erasure::retention(app, id)?;
    let campaign = &found.campaign;
    let erased = retention.as_ref().and_then(|r| r.erased);
    let day = retention.as_ref().map(|r| r.on);
    let body = html! {
        (back_link(&format!("/sekretariat/indsamlinger/{id}"), &campaign.title))
        h1 { "Opbevaring og sletning" }
        (errors(typed.fault))
        @match (erased, day) {
            (Some(at), _) => p { "Svar og kontaktpersoner blev slettet " (danish::date_time(at)) "." },
            (None, Some(day)) => p { "Kladder, svar, bilag, kontaktpersoner, links og breve slettes den " strong { (danish::date(day)) } ". De kan ikke hentes tilbage." },
            (None, None) => p { "Der er ikke sat en dato. Svar og kontaktpersoner bliver liggende, til I sætter en." },
        }
        @if erased.is_none() { (day_form(typed, day, campaign)) }
        h2 { "Det slettes" }
        (goes(&plan))
        h2 { "Det bliver" }
        (stays(&plan))
        @if erased.is_none() { (erase_form(app, campaign, typed)) }
        (respondents(id, &found.respondents))
        p { "Sikkerhedskopier fra før en sletning indeholder stadig det slettede. Driften kan se dem med " code { "samsvar erase --list" } " og skal destruere dem. Gendannes en ældre kopi, slettes det samme igen." }
    };
    let title = titled("Opbevaring og sletning", typed.fault.is_some());
    Ok(page(app, staff, &title, &body))
}

fn respondent_shown(
    app: &App,
    staff: &Staff,
    path: &(String, String),
    unsure: Option<&str>,
) -> Result<HttpResponse, WebError> {
    let (id, respondent) = path;
    let (campaign, asked) = found_one(app, id, respondent)?;
    let scope = Scope::Respondent {
        campaign: id.clone(),
        respondent: respondent.clone(),
    };
    let plan = erasure::plan(app, &scope)?.ok_or(WebError::NotFound)?;
    let body = html! {
        (back_link(&place(id), "Opbevaring og sletning"))
        h1 { (asked.name()) }
        (errors(unsure.map(|control| (control, NOT_SURE))))
        p { (campaign.title) }
        h2 { "Kontaktpersoner" }
        (contacts(path, &asked, unsure))
        h2 { "Slet svar og kontaktpersoner" }
        p { "Organisationen bliver på listen, men uden personer, svar, bilag og breve. Links holder op med at virke." }
        (goes(&plan))
        form method="post" action={ (place(id)) "/" (respondent) } {
            (sure(SURE, unsure == Some(SURE)))
            div.sv-actions { button.button.button-warning type="submit" { "Slet svar og kontaktpersoner" } }
        }
    };
    let title = titled("Slet en svarende", unsure.is_some());
    Ok(page(app, staff, &title, &body))
}

fn contacts(path: &(String, String), asked: &Respondent, unsure: Option<&str>) -> Markup {
    let here = format!("{}/{}", place(&path.0), path.1);
    let known = |c: &&(usize, &samsvar_core::campaigns::Contact)| {
        !(c.1.name.is_empty() && c.1.address.is_empty() && c.1.phone.is_empty())
    };
    let all: Vec<_> = asked.contacts.iter().enumerate().collect();
    let all: Vec<_> = all.iter().filter(known).collect();
    html! {
        @if all.is_empty() { p { "Der er ingen kontaktpersoner." } }
        @else {
            p { "Slettes en kontaktperson, forsvinder navn, mailadresse, telefon, links og breve. Organisationens svar bliver, også navne, der er skrevet i svaret." }
            ul {
                @for (n, contact) in all {
                    li {
                        (contact.name) " " (contact.address) " "
                        @if !contact.address.is_empty() {
                            a href={ (here) "/kontakt/" (n) ".json" } { "Hent alt om kontakten (JSON)" span.sr-only { ": " (contact.name) } }
                        }
                        form method="post" action=(here) {
                            input type="hidden" name="kontakt" value=(n);
                            @let control = sure_of(*n);
                            (sure(&control, unsure == Some(control.as_str())))
                            button.button.button-secondary type="submit" { "Slet kontakten" span.sr-only { " " (contact.name) } }
                        }
                    }
                }
            }
        }
    }
}

fn day_form(typed: &Typed, day: Option<NaiveDate>, campaign: &Campaign) -> Markup {
    let value = typed
        .day
        .clone()
        .unwrap_or_else(|| day.map_or_else(String::new, |d| d.format("%d-%m-%Y").to_string()));
    let hint = format!(
        "Dag-måned-år, fx {}. Svarfristen er {}.",
        erasure::default_day(campaign.window.deadline).format("%d-%m-%Y"),
        danish::date_time(campaign.window.deadline)
    );
    let error = typed
        .fault
        .filter(|(field, _)| *field == "dato")
        .map(|(_, s)| s);
    html! {
        form method="post" action=(place(&campaign.id)) {
            (fields::text(&TextField {
                id: "dato",
                label: "Slettes den",
                hint: Some(&hint),
                value: &value,
                error,
                required: true,
            }))
            div.sv-actions { button.button.button-primary type="submit" { "Gem datoen" } }
        }
    }
}

fn erase_form(app: &App, campaign: &Campaign, typed: &Typed) -> Markup {
    let unsure = typed.fault.is_some_and(|(field, _)| field == SURE);
    html! {
        h2 { "Slet nu" }
        @if campaign.window.phase(app.now()) == Phase::Open {
            p { "Indsamlingen er åben. Alt kan slettes, når svarfristen er overskredet." }
        } @else {
            form method="post" action={ (place(&campaign.id)) "/slet" } {
                (sure(SURE, unsure))
                div.sv-actions { button.button.button-warning type="submit" { "Slet svar og kontaktpersoner" } }
            }
        }
    }
}

/// The tick without which nothing is erased; `control` is its id on the page.
fn sure(control: &str, unsure: bool) -> Markup {
    let error = format!("{control}-error");
    html! {
        div.form-group.form-error[unsure] {
            @if unsure {
                span.form-error-message id=(error) { span.sr-only { "Fejl: " } (NOT_SURE) }
            }
            div.form-group-checkbox {
                input.form-checkbox id=(control) type="checkbox" name="sikker" value="ja" aria-describedby=[unsure.then_some(&error)] aria-invalid=[unsure.then_some("true")];
                label.form-label for=(control) { "Ja, det skal slettes og kan ikke hentes tilbage" }
            }
        }
    }
}

fn sure_of(contact: usize) -> String {
    format!("{SURE}-{contact}")
}

fn respondents(id: &str, all: &[Respondent]) -> Markup {
    html! {
        h2 { "Én svarende eller kontaktperson" }
        @if all.is_empty() { p { "Der er ingen svarende." } }
        ul { @for one in all { li { a href={ (place(id)) "/" (one.id) } { (one.name()) } } } }
    }
}

fn goes(plan: &Plan) -> Markup {
    let persons = danish::count(plan.contacts as u64, "kontaktperson", "kontaktpersoner");
    html! {
        ul {
            @for (table, count) in &plan.goes { li { (word(table)) ": " (count) } }
            li { (persons) ": navn, mailadresse og telefon" }
        }
    }
}

fn stays(plan: &Plan) -> Markup {
    html! {
        ul {
            @if let Some(count) = plan.stays.get("respondent") {
                li { "Listen over svarende, uden personer: " (count) }
            }
            @for (table, meaning) in KEPT {
                @if let Some(count) = plan.stays.get(*table) { li { (capital(meaning)) ": " (count) } }
            }
        }
    }
}

fn word(table: &str) -> String {
    match table {
        "draft" => "Kladder".into(),
        "submission" => "Svar".into(),
        "attachment" => "Bilag".into(),
        "link" => "Personlige links".into(),
        "letter" => "Breve".into(),
        "letter-due" => "Breve, der venter".into(),
        "pending_import" => "Modtagerlister, der venter".into(),
        "text_review" => "Gennemgang af tekster".into(),
        "seat" | "selection" => "Udvælgelse blandt de tilmeldte".into(),
        other => format!("Andet ({other})"),
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

fn errors(fault: Option<(&str, &str)>) -> Markup {
    html! {
        @if let Some((field, sentence)) = fault {
            div.alert.alert-error #fejl role="alert" tabindex="-1" data-focus="" {
                div.alert-body {
                    h2.alert-heading { "Intet er ændret" }
                    ul.nobullet-list { li { a href={ "#" (field) } { (sentence) } } }
                }
            }
        }
    }
}

fn faulty(
    app: &App,
    staff: &Staff,
    id: &str,
    day: String,
    sentence: &'static str,
) -> Result<HttpResponse, WebError> {
    let typed = Typed {
        day: Some(day),
        fault: Some(("dato", sentence)),
    };
    unprocessable(shown(app, staff, id, &typed))
}

fn unprocessable(shown: Result<HttpResponse, WebError>) -> Result<HttpResponse, WebError> {
    shown.map(|mut response| {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
        response
    })
}

fn titled(title: &str, faulty: bool) -> String {
    if faulty {
        format!("Fejl: {title}")
    } else {
        title.to_owned()
    }
}

/// As people write it, or as a browser's own field does.
fn day_of(text: &str) -> Option<NaiveDate> {
    ["%d-%m-%Y", "%d.%m.%Y", "%d/%m/%Y", "%Y-%m-%d"]
        .into_iter()
        .find_map(|form| NaiveDate::parse_from_str(text, form).ok())
        .filter(|day| (2000..2200).contains(&chrono::Datelike::year(day)))
}

fn found_one(app: &App, id: &str, respondent: &str) -> Result<(Campaign, Respondent), WebError> {
    let found = campaigns::overview(app, id)?.ok_or(WebError::NotFound)?;
    let asked = found.respondents.into_iter().find(|r| r.id == respondent);
    asked
        .map(|asked| (found.campaign, asked))
        .ok_or(WebError::NotFound)
}

fn actor(staff: &Staff) -> Actor {
    Actor::Staff(staff.name.clone())
}

fn place(campaign: &str) -> String {
    format!("/sekretariat/indsamlinger/{campaign}/opbevaring")
}

fn see_other(to: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, to))
        .finish()
}
