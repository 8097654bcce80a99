//! Who the answers named: proposed for the second stage, taken, exempt or left out with a reason.
use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Path};
use maud::{Markup, html};
use samsvar_core::access::Staff;
use samsvar_core::campaigns::looks_like_address;
use samsvar_core::campaigns::second_stage::{Proposal, same};
use samsvar_core::danish;

use super::super::doors::Secretary;
use super::super::errors::WebError;
use super::super::frame::back_link;
use super::super::posted::Posted;
use super::page;
use crate::actions::second_stage::{self, Fate, SecondStage};
use crate::app::App;

/// `GET /sekretariat/indsamlinger/{campaign}/naevnte`
pub async fn show(
    app: Data<App>,
    Secretary(staff): Secretary,
    id: Path<String>,
) -> Result<HttpResponse, WebError> {
    sheet(&app, &staff, &id, &Posted::default(), &[])
}

/// `POST /sekretariat/indsamlinger/{campaign}/naevnte`: decides about all that have a choice.
pub async fn decide(
    app: Data<App>,
    Secretary(staff): Secretary,
    id: Path<String>,
    posted: Posted,
) -> Result<HttpResponse, WebError> {
    let app = app.into_inner();
    super::super::blocking_web(move || {
        let to = format!("/sekretariat/indsamlinger/{id}/naevnte");
        let again = posted.value("igen");
        if !again.is_empty() {
            second_stage::propose_again(&app, &id, again)?;
        } else {
            let (fates, faults) = fates(&posted);
            if !faults.is_empty() {
                return sheet(&app, &staff, &id, &posted, &faults);
            }
            for (group, name, fate) in fates {
                second_stage::decide(&app, &id, &group, &name, &fate, &staff.name)?;
            }
        }
        Ok(HttpResponse::SeeOther()
            .insert_header((header::LOCATION, to))
            .finish())
    })
    .await
}

/// A field's name and what is wrong with it.
type Fault = (String, &'static str);

fn fates(posted: &Posted) -> (Vec<(String, String, Fate)>, Vec<Fault>) {
    let (mut fates, mut faults) = (Vec::new(), Vec::new());
    for n in 0..1_000 {
        let text = |name: &str| posted.value(&format!("{name}-{n}")).trim().to_owned();
        let (name, group) = (text("navn"), text("gruppe"));
        if name.is_empty() {
            break;
        }
        let reason = text("grund");
        let fate = match text("valg").as_str() {
            "tag" if !text("mail").is_empty() && !looks_like_address(&text("mail")) => {
                faults.push((format!("mail-{n}"), "Mailadressen er ikke gyldig."));
                continue;
            }
            "tag" => Fate::Ask {
                address: text("mail"),
            },
            "fritag" | "udelad" if reason.is_empty() => {
                faults.push((format!("grund-{n}"), "Skriv grunden."));
                continue;
            }
            "fritag" => Fate::Exempt { reason },
            "udelad" => Fate::LeaveOut { reason },
            _ => continue,
        };
        fates.push((group, name, fate));
    }
    (fates, faults)
}

fn sheet(
    app: &App,
    staff: &Staff,
    id: &str,
    typed: &Posted,
    faults: &[Fault],
) -> Result<HttpResponse, WebError> {
    let found = second_stage::second_stage(app, id)?.ok_or(WebError::NotFound)?;
    let base = format!("/sekretariat/indsamlinger/{id}");
    let left = |p: &Proposal| found.left_out.iter().any(|l| same(&l.name, &p.name));
    let open: Vec<(&str, &Proposal)> = found
        .groups
        .iter()
        .flat_map(|(group, all)| all.iter().map(move |p| (group.as_str(), p)))
        .filter(|(_, p)| p.listed.is_none() && !left(p))
        .collect();
    let listed = found
        .groups
        .iter()
        .flat_map(|(_, all)| all)
        .filter(|p| p.listed.is_some());
    let body = html! {
        (back_link(&base, &found.campaign.title))
        h1 { "Nævnt i svarene" }
        @if !faults.is_empty() {
            div.alert.alert-error #fejl role="alert" tabindex="-1" data-focus="" { div.alert-body {
                h2.alert-heading { "Der er ikke gemt noget endnu" }
                ul.nobullet-list { @for (field, message) in faults { li { a href={ "#" (field) } { (message) } } } }
            } }
        }
        p { "De nævnte er samlet på tværs af stavemåder og andre navne. Den, I tager med, kommer på listen og inviteres, hvis I har en mailadresse." }
        @if open.is_empty() { p { "Der er ingen nye at tage stilling til." } }
        @else {
            form.sv-desk method="post" action={ (base) "/naevnte" } novalidate {
                @for (n, (group, proposal)) in open.iter().enumerate() { (one(n, group, proposal, typed, faults)) }
                div.sv-actions { button.button.button-primary type="submit" { "Gem valgene" } }
            }
        }
        h2 { "Allerede på listen" }
        ul { @for p in listed { li { (p.name) " – nævnt af " (danish::count(p.named_by.len() as u64, "svarende", "svarende")) @if !p.also.is_empty() { ", også som " (danish::list(&p.also)) } } } }
        (left_out(&found, &base))
    };
    let wrong = if faults.is_empty() { "" } else { "Fejl: " };
    let mut response = page(app, staff, &format!("{wrong}Nævnt i svarene"), &body);
    if !faults.is_empty() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

fn left_out(found: &SecondStage, base: &str) -> Markup {
    html! {
        @if !found.left_out.is_empty() {
            h2 { "Udeladt" }
            ul {
                @for left in &found.left_out {
                    li {
                        (left.name) ": " (left.reason) " (" (left.by) ", " (danish::date_time(left.at)) ") "
                        form.sv-inline method="post" action={ (base) "/naevnte" } {
                            input type="hidden" name="igen" value=(left.name);
                            button.sv-way type="submit" { "Foreslå igen" span.sr-only { " " (left.name) } }
                        }
                    }
                }
            }
        }
    }
}

fn one(n: usize, group: &str, p: &Proposal, typed: &Posted, faults: &[Fault]) -> Markup {
    let value = |name: &str| typed.value(&format!("{name}-{n}")).to_owned();
    let chosen = value("valg");
    let field = |name: &str, label: &str| {
        let id = format!("{name}-{n}");
        let error = faults.iter().find(|(f, _)| *f == id).map(|(_, m)| *m);
        super::super::fields::text(&super::super::fields::TextField {
            id: &id,
            label,
            hint: None,
            value: &value(name),
            error,
            required: false,
        })
    };
    html! {
        fieldset.sv-group {
            legend.form-label { (p.name) }
            p.sv-small {
                "Nævnt af " (danish::list(&p.named_by)) "."
                @if !p.also.is_empty() { " Også skrevet " (danish::list(&p.also)) "." }
                @if !p.place.is_empty() { " Ligger i " (p.place) "." }
            }
            input type="hidden" name={ "navn-" (n) } value=(p.name);
            input type="hidden" name={ "gruppe-" (n) } value=(group);
            div.sv-pair {
                div.form-group {
                    label.form-label for={ "valg-" (n) } { "Hvad skal der ske?" }
                    select.form-select id={ "valg-" (n) } name={ "valg-" (n) } {
                        @for (word, label) in [("", "Afgøres senere"), ("tag", "Tag med på listen"), ("fritag", "Fritag for at svare"), ("udelad", "Udelad")] {
                            option value=(word) selected[word == chosen] { (label) }
                        }
                    }
                }
                (field("mail", "Mailadresse"))
                (field("grund", "Grund til at fritage eller udelade"))
            }
        }
    }
}
