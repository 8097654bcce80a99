//! Beside one answer: last round, what does not fit, approval and correction.
use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Path};
use maud::{Markup, html};
use samsvar_core::campaigns::{Disposition, Respondent, Submission, Submitter};
use samsvar_core::danish;
use samsvar_core::forms::Language;

use super::super::doors::Secretary;
use super::super::errors::WebError;
use super::super::fields::{self, TextField};
use super::super::frame::back_link;
use super::super::posted::Posted;
use super::page;
use crate::actions::qualifying::{self, Change};
use crate::actions::{ActionError, campaigns};
use crate::app::App;

/// What stands beside a respondent's last submission.
pub(super) fn beside(
    app: &App,
    respondent: &Respondent,
    sent: &[Submission],
) -> Result<Markup, ActionError> {
    let (Some(last), Some(found)) = (sent.last(), campaigns::overview(app, &respondent.campaign)?)
    else {
        return Ok(html! {});
    };
    let base = format!("/sekretariat/indsamlinger/{}", respondent.campaign);
    let mut conflicts = qualifying::contradictions(app, &respondent.campaign)?;
    conflicts.retain(|c| c.respondent.id == respondent.id || c.other.id == respondent.id);
    let changes = qualifying::changes(app, &found.campaign, respondent, last)?;
    let form = app.form(&last.form)?;
    let mut corrections = Vec::new();
    for one in sent {
        if let Submitter::Correction {
            staff,
            reason,
            pointer,
        } = &one.by
        {
            let title = form.field_title(pointer, Language::Da).unwrap_or_default();
            let done = qualifying::confirmed(app, &one.campaign, &one.respondent, one.number)?;
            corrections.push((one, staff, reason, title, done));
        }
    }
    Ok(html! {
        (super::question::contradictions(&conflicts, &base))
        @if !corrections.is_empty() {
            div.alert.alert-info { div.alert-body {
                h2.alert-heading { "Rettet af sekretariatet" }
                ul { @for (one, staff, reason, title, done) in &corrections {
                    li {
                        "Svar nr. " (one.number) ", »" (title) "«, " (danish::date_time(one.at)) " af " (staff) ": " (reason) " – "
                        @match done { Some(done) => { "bekræftet " (danish::date_time(done.at)) } None => "ikke bekræftet endnu" }
                    }
                } }
            } }
        }
        @if found.campaign.previous.is_some() { (compared(&changes)) }
        div.sv-actions.sv-actions--tight {
            @if respondent.disposition() != Disposition::Approved {
                form method="post" action={ (base) "/svarende/" (respondent.id) } { button.button.button-primary type="submit" name="do" value="godkend" { "Godkend svaret" } }
            }
            a.button.button-secondary href={ (base) "/svar/" (respondent.id) "/ret" } { "Ret et svar" }
        }
    })
}

fn compared(changes: &[Change]) -> Markup {
    html! {
        h2 { "Sammenlignet med sidste runde" }
        @if changes.is_empty() { p { "Intet er ændret, eller der var intet svar sidste gang." } }
        @else {
            div.sv-scroll tabindex="0" role="region" aria-label="Ændret siden sidste runde" {
                table.sv-table {
                    caption { "Ændret siden sidste runde" }
                    thead { tr { th scope="col" { "Spørgsmål" } th scope="col" { "Sidste runde" } th scope="col" { "Nu" } th scope="col" { "Bemærk" } } }
                    tbody { @for change in changes {
                        tr {
                            th scope="row" { (change.question) } td { (change.before) } td { (change.now) }
                            td { @if change.deviates { span.sv-status.sv-status--started { "Afviger" } } }
                        }
                    } }
                }
            }
        }
    }
}

/// `GET /sekretariat/indsamlinger/{campaign}/svar/{respondent}/ret`
pub async fn form(
    app: Data<App>,
    Secretary(staff): Secretary,
    path: Path<(String, String)>,
) -> Result<HttpResponse, WebError> {
    sheet(&app, &staff, &path, &Posted::default(), None)
}

/// `POST /sekretariat/indsamlinger/{campaign}/svar/{respondent}/ret`
pub async fn correct(
    app: Data<App>,
    Secretary(staff): Secretary,
    path: Path<(String, String)>,
    posted: Posted,
) -> Result<HttpResponse, WebError> {
    let app = app.into_inner();
    super::super::blocking_web(move || {
        let (campaign, respondent) = (path.0.as_str(), path.1.as_str());
        let text = |name: &str| posted.value(name).trim().to_owned();
        let made = qualifying::correct(
            &app,
            (campaign, respondent),
            &text("felt"),
            &text("svar"),
            &text("grund"),
            &staff.name,
        )?;
        match made {
            Err(fault) => sheet(&app, &staff, &path, &posted, Some(&fault)),
            Ok(_) => Ok(HttpResponse::SeeOther()
                .insert_header((
                    header::LOCATION,
                    format!("/sekretariat/indsamlinger/{campaign}/svar/{respondent}"),
                ))
                .finish()),
        }
    })
    .await
}

fn sheet(
    app: &App,
    staff: &samsvar_core::access::Staff,
    path: &(String, String),
    typed: &Posted,
    fault: Option<&qualifying::CorrectionFault>,
) -> Result<HttpResponse, WebError> {
    // Its answers stand on the page, so looking at it is on record too.
    let found = campaigns::read_answers(app, &staff.name, &path.0, &path.1)?;
    let (respondent, sent) = found.ok_or(WebError::NotFound)?;
    let last = sent.last().ok_or(WebError::NotFound)?;
    let form = app.form(&last.form)?;
    let given = form.provenance(&last.answers, &std::collections::BTreeMap::new());
    let answered: Vec<(String, String)> = given
        .into_keys()
        .filter_map(|pointer| {
            let value = last.answers.pointer(&pointer)?;
            let title = form.field_title(&pointer, Language::Da)?;
            let text = form.value_text(&pointer, value, Language::Da);
            let short: String = text.chars().take(60).collect();
            Some((pointer, format!("{title}: {short}")))
        })
        .collect();
    let error = |field: &str| {
        fault
            .filter(|(at, _)| *at == field)
            .map(|(_, m)| m.as_str())
    };
    let field = |id: &'static str, label: &'static str, hint: Option<&'static str>| TextField {
        id,
        label,
        hint,
        value: typed.value(id),
        error: error(id),
        required: true,
    };
    let back = format!("/sekretariat/indsamlinger/{}/svar/{}", path.0, path.1);
    let body = html! {
        (back_link(&back, &format!("Svar fra {}", respondent.name())))
        h1 { "Ret et svar" }
        @if let Some((at, message)) = fault {
            div.alert.alert-error #fejl role="alert" tabindex="-1" data-focus="" { div.alert-body {
                h2.alert-heading { "Der er ikke rettet noget" }
                ul.nobullet-list { li { a href={ "#" (at) } { (message) } } }
            } }
        }
        p { "Det gamle svar bliver gemt. Rettelsen mærkes som sekretariatets, og " (respondent.name()) " får et brev med et link, hvor den kan bekræftes." }
        form.sv-desk method="post" novalidate {
            (fields::select(&field("felt", "Spørgsmål", None), &answered))
            (fields::text(&field("svar", "Det rigtige svar", Some("Skriv det, som det skrives i skemaet, fx 12 eller oplyses ikke"))))
            (fields::text(&field("grund", "Grund", Some("Står i brevet og i historikken ved svaret"))))
            button.button.button-primary type="submit" { "Ret svaret" }
        }
    };
    let wrong = if fault.is_some() { "Fejl: " } else { "" };
    let mut response = page(app, staff, &format!("{wrong}Ret et svar"), &body);
    if fault.is_some() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}
