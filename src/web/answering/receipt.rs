//! Proof of what was sent: on the page, as a page to print, and as JSON.
use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::{Data, Path};
use maud::{Markup, html};
use samsvar_core::campaigns::{Phase, Submission, receipt_number};
use samsvar_core::danish;

use super::super::doors::Owner;
use super::super::errors::WebError;
use super::{base, page};
use crate::actions::answering::{self, Holder};
use crate::actions::exporting::RawFormat;
use crate::actions::own_book;
use crate::app::App;
use crate::writers::answers;
use crate::writers::copies::{self, Copy};

/// `GET /svar/{answer}/kvittering/{number}`
pub async fn receipt(
    app: Data<App>,
    Owner(holder): Owner,
    path: Path<(String, u32)>,
) -> Result<HttpResponse, WebError> {
    let sent = sent(&app, &holder, path.into_inner().1)?;
    let open = holder.phase(app.now()) == Phase::Open;
    let title = format!("Kvittering – {}", holder.form.title(holder.language));
    Ok(page(&app, &holder, &title, &body(&holder, &sent, open)))
}

/// `GET /svar/{answer}/kvittering/{number}/kopi.html`
pub async fn copy_html(
    app: Data<App>,
    Owner(holder): Owner,
    path: Path<(String, u32)>,
) -> Result<HttpResponse, WebError> {
    let sent = sent(&app, &holder, path.into_inner().1)?;
    let form = app.form(&sent.form)?;
    let html = answers::copy(&holder.campaign, &holder.respondent, &form, &sent).into_string();
    Ok(download(
        "text/html; charset=utf-8",
        &answers::file_name(&holder.respondent, &sent, "html"),
        html,
    ))
}

/// `GET /svar/{answer}/kvittering/{number}/kopi.pdf`
pub async fn copy_pdf(
    app: Data<App>,
    Owner(holder): Owner,
    path: Path<(String, u32)>,
) -> Result<HttpResponse, WebError> {
    let sent = sent(&app, &holder, path.into_inner().1)?;
    let name = answers::file_name(&holder.respondent, &sent, "pdf");
    let app = app.into_inner();
    super::super::blocking_web(move || {
        let copy = copy_of(&app, &holder, &sent)?;
        let bytes = copies::pdf(&copy).map_err(|e| WebError::incident(&e))?;
        Ok(download("application/pdf", &name, bytes))
    })
    .await
}

/// `GET /svar/{answer}/kvittering/{number}/kopi.docx`
pub async fn copy_docx(
    app: Data<App>,
    Owner(holder): Owner,
    path: Path<(String, u32)>,
) -> Result<HttpResponse, WebError> {
    const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
    let sent = sent(&app, &holder, path.into_inner().1)?;
    let bytes =
        copies::docx(&copy_of(&app, &holder, &sent)?).map_err(|e| WebError::incident(&e))?;
    let name = answers::file_name(&holder.respondent, &sent, "docx");
    Ok(download(DOCX, &name, bytes))
}

/// `GET /svar/{answer}/kvittering/{number}/kopi.xlsx`
pub async fn copy_xlsx(
    app: Data<App>,
    Owner(holder): Owner,
    path: Path<(String, u32)>,
) -> Result<HttpResponse, WebError> {
    let sent = sent(&app, &holder, path.into_inner().1)?;
    let name = answers::file_name(&holder.respondent, &sent, "xlsx");
    let bytes = own_book::of(&app, &holder.campaign, &holder.respondent, &sent)?;
    Ok(download(RawFormat::Xlsx.media_type(), &name, bytes))
}

fn copy_of(app: &App, holder: &Holder, sent: &Submission) -> Result<Copy, WebError> {
    let form = app.form(&sent.form)?;
    Ok(Copy::of(
        &holder.campaign,
        &holder.respondent,
        &form,
        sent,
        holder.language,
    ))
}

/// `GET /svar/{answer}/kvittering/{number}/kopi.json`
pub async fn copy_json(
    app: Data<App>,
    Owner(holder): Owner,
    path: Path<(String, u32)>,
) -> Result<HttpResponse, WebError> {
    let sent = sent(&app, &holder, path.into_inner().1)?;
    let json = serde_json::to_string_pretty(&sent.answers).map_err(|e| WebError::incident(&e))?;
    Ok(download(
        "application/json",
        &answers::file_name(&holder.respondent, &sent, "json"),
        json,
    ))
}

fn sent(app: &App, holder: &Holder, number: u32) -> Result<Submission, WebError> {
    answering::submission(app, &holder.campaign.id, &holder.respondent.id, number)?
        .ok_or(WebError::NotFound)
}

fn body(holder: &Holder, sent: &Submission, open: bool) -> Markup {
    let copies = format!("{}/kvittering/{}", base(holder), sent.number);
    let mailed = holder
        .respondent
        .contacts
        .get(holder.link.contact)
        .is_some_and(|c| !c.address.is_empty());
    html! {
        h1 { "Tak. Jeres svar er modtaget" }
        div.sv-receipt data-forget=(base(holder)) {
            p { "Kvitteringsnummer " strong { (receipt_number(&sent.sha256, sent.number)) } }
            p { "Modtaget " (danish::date_time(sent.at)) " og gemt sikkert." }
        }
        (answers::facts(&holder.campaign, &holder.respondent, sent))
        h2 { "Jeres egen kopi" }
        @if mailed { p { "Vi sender også en kvittering med svaret til den mailadresse, som linket blev sendt til." } }
        ul {
            li { a href={ (copies) "/kopi.pdf" } { "Hent svaret som PDF til journalen" } }
            li { a href={ (copies) "/kopi.docx" } { "Hent svaret som Word-dokument (DOCX)" } }
            li { a href={ (copies) "/kopi.xlsx" } { "Hent svaret som regneark (XLSX)" } }
            li { a href={ (copies) "/kopi.html" } { "Hent svaret til at læse og udskrive (HTML)" } }
            li { a href={ (copies) "/kopi.json" } { "Hent svaret som data (JSON)" } }
        }
        @if open {
            h2 { "Skal noget rettes?" }
            p {
                "I kan rette svaret indtil " (danish::date_time(holder.campaign.window.deadline)) ". "
                a href={ (base(holder)) "/genaabn" } { "Ret svaret" }
            }
        }
    }
}

fn download(media_type: &str, name: &str, body: impl Into<Vec<u8>>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, media_type.to_owned()))
        .insert_header((
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ))
        .body(body.into())
}
