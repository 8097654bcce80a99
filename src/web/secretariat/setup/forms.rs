//! Which form each group answers: chosen from those at hand, or uploaded, checked and looked at.
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use maud::{Markup, html};
use samsvar_core::access::Staff;
use samsvar_core::answers::Draft;
use samsvar_core::danish;
use samsvar_core::forms::{Fault, Language, Severity};

use super::{Sheet, see_other, step_path};
use crate::actions::forms::{self, AtHand};
use crate::actions::setup::{GROUPS, PlanFault, Setup, Step};
use crate::app::App;
use crate::web::doors::Secretary;
use crate::web::errors::WebError;
use crate::web::fields;
use crate::web::form_view;
use crate::web::posted::Posted;

impl Sheet<'_> {
    pub(super) fn forms(&self) -> Result<Markup, WebError> {
        let at_hand = forms::at_hand(self.app)?;
        let none = (String::new(), "Intet spørgeskema".to_owned());
        let options: Vec<(String, String)> = std::iter::once(none)
            .chain(at_hand.iter().map(|f| (f.form.id.clone(), label(f))))
            .collect();
        let inside = html! {
            p { "Hver gruppe svarer på sit eget spørgeskema. Gruppens navn står i modtagerlisten, fx kommune, tilbud eller region." }
            @for n in 1..=GROUPS { (self.audience(n, &options)) }
        };
        Ok(html! {
            @if self.said == "lagt-op" {
                div.alert.alert-success role="status" { div.alert-body { p.alert-text { "Spørgeskemaet er lagt op og kan vælges herunder." } } }
            }
            (self.form(Step::Forms, &inside))
            (self.upload_form())
        })
    }

    fn audience(&self, n: usize, options: &[(String, String)]) -> Markup {
        let (group, form) = (format!("gruppe-{n}"), format!("skema-{n}"));
        let chosen = self.setup.value(&form);
        html! {
            fieldset.sv-group {
                legend.form-label { "Gruppe " (n) }
                div.sv-pair {
                    (self.text(&group, "Gruppens navn", None, n == 1))
                    (fields::select(&self.field(&form, "Spørgeskema", None, n == 1), options))
                }
                @if !chosen.is_empty() {
                    p { a href={ "/sekretariat/skemaer/" (chosen) } { "Se spørgeskemaet, som gruppen »" (self.setup.value(&group)) "« ser det" } }
                }
            }
        }
    }

    fn upload_form(&self) -> Markup {
        let error = self.faults.iter().find(|f| f.field == "filer");
        html! {
            h2 { "Læg et spørgeskema op" }
            form method="post" action=(step_path(&self.setup.id, Step::Forms)) enctype="multipart/form-data" novalidate {
                div.form-group.form-error[error.is_some()] {
                    label.form-label for="filer" { "ZIP-fil, eller filerne form.json, ui.json, ui.en.json og report.json" }
                    span.form-hint #filer-hint { "Spørgeskemaet tjekkes, før det kan vælges. Lægges det op igen med samme titel, afløser det nye det gamle; åbne indsamlinger beholder deres." }
                    @if error.is_some() { span.form-error-message #filer-error { span.sr-only { "Fejl: " } "Spørgeskemaet kan ikke bruges. Se listen øverst." } }
                    input.form-input type="file" #filer name="filer" multiple accept=".zip,.json"
                        aria-describedby=(if error.is_some() { "filer-error filer-hint" } else { "filer-hint" });
                }
                button.button.button-secondary type="submit" name="do" value="upload" { "Læg op og tjek" }
            }
        }
    }
}

/// Takes an upload, or shows what keeps it from being used.
pub(super) fn upload(
    app: &App,
    staff: &Staff,
    setup: Setup,
    posted: &Posted,
) -> Result<HttpResponse, WebError> {
    let files: Vec<(String, Vec<u8>)> = posted
        .files
        .iter()
        .map(|f| (f.file_name.clone(), f.bytes.clone()))
        .collect();
    let id = setup.id.clone();
    let mut sheet = Sheet::of(app, staff, setup);
    let fault = |message: String| PlanFault {
        field: "filer".into(),
        message,
    };
    if files.is_empty() {
        sheet.faults = vec![fault("Vælg en fil med spørgeskemaet.".into())];
        return Ok(sheet.response(Step::Forms, StatusCode::UNPROCESSABLE_ENTITY));
    }
    let upload = forms::upload(app, &files, &staff.name)?;
    match upload.taken {
        Some(taken) if upload.faults.is_empty() => {
            log::info!("form {} was uploaded", taken.form.id);
            Ok(see_other(&format!(
                "{}?sagt=lagt-op",
                step_path(&id, Step::Forms)
            )))
        }
        Some(taken) => Ok(see_other(&format!(
            "/sekretariat/skemaer/{}",
            taken.form.id
        ))),
        None => {
            sheet.faults = upload
                .faults
                .iter()
                .take(30)
                .map(|f| fault(words(f)))
                .collect();
            Ok(sheet.response(Step::Forms, StatusCode::UNPROCESSABLE_ENTITY))
        }
    }
}

fn words(fault: &Fault) -> String {
    let kind = match fault.severity {
        Severity::Error => "Fejl",
        Severity::Warning => "Advarsel",
        Severity::Remark => "Bemærkning",
    };
    let place = if fault.pointer.is_empty() {
        "øverst"
    } else {
        &fault.pointer
    };
    format!("{kind} i {}, {place}: {}", fault.file, fault.message)
}

fn label(form: &AtHand) -> String {
    match form.uploaded {
        None => form.title.clone(),
        Some(at) => format!(
            "{} (lagt op {})",
            form.title,
            danish::short_date(danish::local(at).date_naive())
        ),
    }
}

/// `GET /sekretariat/skemaer/{form}`: as those who answer will see it, with nothing filled in.
pub async fn preview(
    app: Data<App>,
    Secretary(staff): Secretary,
    id: Path<String>,
) -> Result<HttpResponse, WebError> {
    let (reference, form) = forms::newest(&app, &id)?.ok_or(WebError::NotFound)?;
    let warnings = forms::judged(&app, &reference)?;
    let view = form.page(&Draft::default(), &[], Language::Da);
    let title = form.title(Language::Da);
    let body = html! {
        p.sv-step { "Sådan ser spørgeskemaet ud for dem, der svarer. Intet gemmes her." }
        h1 { (title) }
        @if !warnings.is_empty() {
            div.alert.alert-warning { div.alert-body {
                h2.alert-heading { "Spørgeskemaet kan bruges, men bør ses efter" }
                ul { @for fault in &warnings { li { (words(fault)) } } }
            } }
        }
        @if let Some(text) = form.description(Language::Da) { @for part in text.split("\n\n") { p { (part) } } }
        form novalidate action="#" method="get" { (form_view::fields(&view, Language::Da)) }
    };
    Ok(super::super::page(
        &app,
        &staff,
        &format!("Forhåndsvisning: {title}"),
        &body,
    ))
}
