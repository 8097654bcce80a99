//! Register figures and last round's answers, laid beside the questions before anyone answers them.
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use maud::{Markup, html};
use samsvar_core::access::Staff;

use super::super::doors::Secretary;
use super::super::errors::WebError;
use super::super::frame::back_link;
use super::super::posted::Posted;
use crate::actions::ActionError;
use crate::actions::campaigns::{self, Overview};
use crate::actions::known::{self, KnownFault};
use crate::app::App;

/// `GET /sekretariat/indsamlinger/{campaign}/kendte-svar`
pub async fn page(
    app: Data<App>,
    Secretary(staff): Secretary,
    campaign: Path<String>,
) -> Result<HttpResponse, WebError> {
    sheet(&app, &staff, &campaign, &Told::Nothing)
}

/// `POST /sekretariat/indsamlinger/{campaign}/kendte-svar`: a file, or an earlier campaign.
pub async fn take(
    app: Data<App>,
    Secretary(staff): Secretary,
    campaign: Path<String>,
    posted: Posted,
) -> Result<HttpResponse, WebError> {
    let app = app.into_inner();
    super::super::blocking_web(move || {
        let earlier = posted.value("tidligere").to_owned();
        let file = posted.files.into_iter().find(|file| file.field == "fil");
        let told = match (file, earlier.is_empty()) {
            (Some(file), _) => match known::take_file(&app, &staff.name, &campaign, &file.bytes)? {
                Ok(count) => Told::Taken(count),
                Err(faults) => Told::Faults(faults),
            },
            (None, false) => Told::Taken(known::take_last_round(
                &app,
                &staff.name,
                &campaign,
                &earlier,
            )?),
            (None, true) => Told::Faults(vec![KnownFault {
                line: 0,
                message: "Vælg en fil eller en tidligere indsamling.".to_owned(),
            }]),
        };
        sheet(&app, &staff, &campaign, &told)
    })
    .await
}

/// What became of a post.
enum Told {
    Nothing,
    Taken(usize),
    Faults(Vec<KnownFault>),
}

fn sheet(app: &App, staff: &Staff, campaign: &str, told: &Told) -> Result<HttpResponse, WebError> {
    let found = campaigns::overview(app, campaign)?.ok_or(WebError::NotFound)?;
    let earlier: Vec<Overview> = campaigns::list(app)?
        .into_iter()
        .filter(|other| other.campaign.id != campaign && has_a_form_of(other, &found))
        .collect();
    let counts = counts(app, &found)?;
    let body = html! {
        (back_link(&format!("/sekretariat/indsamlinger/{campaign}"), &found.campaign.title))
        h1 { "Kendte svar" }
        (outcome(told))
        p { "Kendte svar står ved siden af spørgsmålene med deres kilde. Den, der svarer, bekræfter dem med ét tryk eller retter dem. De er ikke svar, før nogen har bekræftet dem." }
        form method="post" enctype="multipart/form-data" novalidate {
            h2 { "Fra en fil" }
            div.form-group {
                label.form-label for="fil" { "CSV fra Excel eller JSON" }
                span.form-hint #fil-hint { "Kolonnerne er svarende; felt; værdi; kilde. Felt er stien i skemaet, fx /counts/years/2019/type1. Værdi skrives som på siden, fx 12 eller ca. 25." }
                input.form-input #fil name="fil" type="file" accept=".csv,.json" aria-describedby="fil-hint";
            }
            @if !earlier.is_empty() {
                h2 { "Fra en tidligere indsamling" }
                div.form-group {
                    label.form-label for="tidligere" { "Indsamling med samme skema" }
                    select.form-select #tidligere name="tidligere" {
                        option value="" { "Ingen" }
                        @for one in &earlier { option value=(one.campaign.id) { (one.campaign.title) } }
                    }
                }
            }
            div.sv-actions { button.button.button-primary type="submit" { "Læg svarene ved" } }
        }
        h2 { "Lagt ved indtil nu" }
        @if counts.is_empty() { p { "Der er ikke lagt kendte svar ved endnu." } }
        @else { ul { @for (name, count) in &counts { li { (name) ": " (samsvar_core::danish::count(*count as u64, "svar", "svar")) } } } }
    };
    let title = match told {
        Told::Faults(_) => "Fejl: Kendte svar",
        _ => "Kendte svar",
    };
    let mut response = super::page(app, staff, title, &body);
    if matches!(told, Told::Faults(_)) {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

fn has_a_form_of(other: &Overview, found: &Overview) -> bool {
    let own = &found.campaign.audiences;
    other.campaign.audiences.iter().any(|audience| {
        own.iter()
            .any(|one| one.group == audience.group && one.form.id == audience.form.id)
    })
}

fn counts(app: &App, found: &Overview) -> Result<Vec<(String, usize)>, ActionError> {
    let mut counts = Vec::new();
    for respondent in &found.respondents {
        let known = known::of(app, &found.campaign.id, &respondent.id)?;
        if !known.is_empty() {
            counts.push((respondent.name(), known.len()));
        }
    }
    Ok(counts)
}

fn outcome(told: &Told) -> Markup {
    match told {
        Told::Nothing => html! {},
        Told::Taken(0) => html! {
            div.alert.alert-info role="status" { div.alert-body { p.alert-text { "Der var ingen svar at lægge ved: ingen af de svarende har svaret i den indsamling." } } }
        },
        Told::Taken(count) => html! {
            div.alert.alert-success role="status" { div.alert-body { p.alert-text { (samsvar_core::danish::integer(*count as i64)) " svar er lagt ved." } } }
        },
        Told::Faults(faults) => html! {
            div.alert.alert-error #fejl role="alert" tabindex="-1" data-focus="" {
                div.alert-body {
                    h2.alert-heading { "Intet er lagt ved" }
                    ul.nobullet-list {
                        @for fault in faults {
                            li { a href="#fil" { @if fault.line > 0 { "Linje " (fault.line) ": " } (fault.message) } }
                        }
                    }
                }
            }
        },
    }
}
