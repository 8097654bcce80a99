//! A collection set up page by page, and changed while it runs: what is typed is kept, faults stand at their fields.
mod basics;
mod check;
mod contacts;
mod forms;
mod letters;
mod recipients;

pub use contacts::{contacts, save_contacts};
pub use forms::preview;

use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Path};
use maud::{Markup, html};
use samsvar_core::access::Staff;

use super::super::doors::Secretary;
use super::super::errors::WebError;
use super::super::fields::{self, TextField};
use super::super::frame::back_link;
use super::super::posted::Posted;
use crate::actions::setup::{
    self, CampaignDraft, Carried, Fields, PlanFault, Setup, SetupState, Step,
};
use crate::app::App;

/// `GET /sekretariat/indsamlinger/ny`
pub async fn new(app: Data<App>, Secretary(staff): Secretary) -> Result<HttpResponse, WebError> {
    Ok(blank_sheet(&app, &staff, Fields::new(), Vec::new()).response(Step::Basics, StatusCode::OK))
}

/// `POST /sekretariat/indsamlinger/ny`: from a title on, a collection is kept.
pub async fn begin(
    app: Data<App>,
    Secretary(staff): Secretary,
    posted: Posted,
) -> Result<HttpResponse, WebError> {
    let typed = typed(&posted, Step::Basics);
    if typed
        .get("titel")
        .is_none_or(|title| title.trim().is_empty())
    {
        let fault = PlanFault {
            field: "titel".into(),
            message: "Skriv indsamlingens titel. Resten kan vente.".into(),
        };
        let sheet = blank_sheet(&app, &staff, typed, vec![fault]);
        return Ok(sheet.response(Step::Basics, StatusCode::UNPROCESSABLE_ENTITY));
    }
    let worker = app.into_inner();
    let by = staff.name.clone();
    let id = super::super::blocking(move || Ok(setup::begin(&worker, &typed, &by)?.id)).await?;
    Ok(see_other(&step_path(&id, Step::Forms)))
}

/// `POST /sekretariat/indsamlinger/{campaign}/kopi`
pub async fn copy(
    app: Data<App>,
    Secretary(staff): Secretary,
    id: Path<String>,
    posted: Posted,
) -> Result<HttpResponse, WebError> {
    let worker = app.into_inner();
    let prefill = posted.value("udfyld") == "ja";
    let carried = match posted.value("hvem") {
        "interesserede" => Carried::Interested,
        _ => Carried::All,
    };
    let made =
        super::super::blocking(move || setup::copy(&worker, &id, prefill, carried, &staff.name))
            .await?;
    let made = made.ok_or(WebError::NotFound)?;
    Ok(see_other(&step_path(&made.id, Step::Basics)))
}

/// `GET /sekretariat/indsamlinger/{campaign}/opsaetning/{step}`
pub async fn step(
    app: Data<App>,
    Secretary(staff): Secretary,
    path: Path<(String, String)>,
    query: actix_web::web::Query<Vec<(String, String)>>,
) -> Result<HttpResponse, WebError> {
    let (id, step) = path.into_inner();
    let (setup, step) = found(&app, &id, &step)?;
    let mut sheet = Sheet::of(&app, &staff, setup);
    let asked = |name: &str| {
        query
            .iter()
            .find(|(n, _)| n == name)
            .map(|(_, v)| v.clone())
    };
    sheet.shown = asked("vis").unwrap_or_default();
    sheet.said = asked("sagt").unwrap_or_default();
    if step == Step::Check {
        sheet.faults = setup::faults(&app, &sheet.setup)?;
    }
    Ok(sheet.response(step, StatusCode::OK))
}

/// `POST /sekretariat/indsamlinger/{campaign}/opsaetning/{step}`
pub async fn save(
    app: Data<App>,
    Secretary(staff): Secretary,
    path: Path<(String, String)>,
    posted: Posted,
) -> Result<HttpResponse, WebError> {
    let app = app.into_inner();
    super::super::blocking_web(move || {
        let (id, step) = path.into_inner();
        let (mut setup, step) = found(&app, &id, &step)?;
        match step {
            Step::Recipients => return recipients::save(&app, &staff, setup, &posted),
            Step::Check => return check::act(&app, &staff, setup, &posted),
            Step::Forms if posted.value("do") == "upload" => {
                return forms::upload(&app, &staff, setup, &posted);
            }
            _ => {}
        }
        let typed = typed(&posted, step);
        let faults = setup::save(&app, &mut setup, step, typed, &staff.name)?;
        let draft = setup.is_draft();
        let goal = posted.value("do").to_owned();
        if !faults.is_empty() && goal != "senere" {
            let mut sheet = Sheet::of(&app, &staff, setup);
            sheet.faults = faults;
            return Ok(sheet.response(step, StatusCode::UNPROCESSABLE_ENTITY));
        }
        let to = match goal.as_str() {
            "vis" => format!(
                "{}?vis={}#breve-vist",
                step_path(&id, step),
                posted.value("vis-for")
            ),
            "senere" => "/sekretariat".to_owned(),
            _ if draft => step_path(&id, after(step)),
            _ => format!("/sekretariat/indsamlinger/{id}"),
        };
        Ok(see_other(&to))
    })
    .await
}

fn found(app: &App, id: &str, step: &str) -> Result<(Setup, Step), WebError> {
    let step = Step::from_slug(step).ok_or(WebError::NotFound)?;
    let setup = setup::load(app, id)?.ok_or(WebError::NotFound)?;
    if !setup.is_draft() && matches!(step, Step::Check | Step::Forms) {
        return Err(WebError::NotFound);
    }
    Ok((setup, step))
}

/// The step's fields as they were posted; one that the page did not send stays as it was.
fn typed(posted: &Posted, step: Step) -> Fields {
    let names = step.fields().iter();
    names
        .filter(|name| posted.pairs.iter().any(|(n, _)| n == *name))
        .map(|name| ((*name).to_owned(), posted.value(name).trim().to_owned()))
        .collect()
}

fn after(step: Step) -> Step {
    let place = Step::ALL.iter().position(|s| *s == step);
    let next = place.and_then(|n| Step::ALL.get(n + 1));
    next.copied().unwrap_or(Step::Check)
}

fn step_path(id: &str, step: Step) -> String {
    format!("/sekretariat/indsamlinger/{id}/opsaetning/{}", step.slug())
}

fn see_other(to: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, to.to_owned()))
        .finish()
}

/// One step's page.
struct Sheet<'a> {
    app: &'a App,
    staff: &'a Staff,
    setup: Setup,
    faults: Vec<PlanFault>,
    /// Whom letters are shown for.
    shown: String,
    /// What was just done, as a word in the address.
    said: String,
}

/// The first page of a collection that is kept nowhere yet.
fn blank_sheet<'a>(
    app: &'a App,
    staff: &'a Staff,
    fields: Fields,
    faults: Vec<PlanFault>,
) -> Sheet<'a> {
    let now = app.now();
    let draft = CampaignDraft {
        id: String::new(),
        fields: fields.clone(),
        previous: None,
        created: now,
        changed: now,
        by: staff.name.clone(),
    };
    let setup = Setup {
        id: String::new(),
        fields,
        previous: None,
        state: SetupState::Draft {
            draft: Box::new(draft),
            revision: 0,
        },
    };
    Sheet {
        faults,
        ..Sheet::of(app, staff, setup)
    }
}

impl<'a> Sheet<'a> {
    fn of(app: &'a App, staff: &'a Staff, setup: Setup) -> Self {
        Self {
            app,
            staff,
            setup,
            faults: Vec::new(),
            shown: String::new(),
            said: String::new(),
        }
    }

    fn response(&self, step: Step, status: StatusCode) -> HttpResponse {
        let content = match self.content(step) {
            Ok(content) => content,
            Err(error) => return actix_web::ResponseError::error_response(&error),
        };
        let is_new = self.setup.id.is_empty();
        let heading = if is_new {
            "Ny indsamling"
        } else {
            step.title()
        };
        let wrong = if self.faults.is_empty() || step == Step::Check {
            ""
        } else {
            "Fejl: "
        };
        let up = match (self.setup.is_draft(), is_new) {
            (true, _) => back_link("/sekretariat", "Indsamlinger"),
            (false, _) => {
                let to = format!("/sekretariat/indsamlinger/{}", self.setup.id);
                back_link(&to, self.setup.title())
            }
        };
        let body = html! {
            (up)
            div.sv-layout {
                div.sv-layout__content.sv-desk {
                    @if !is_new { p.sv-step { (self.setup.title()) } }
                    h1 { (heading) }
                    @if step != Step::Check { (self.errors()) }
                    (content)
                }
                @if !is_new { div.sv-layout__aside { (self.steps(step)) } }
            }
        };
        let title = format!("{wrong}{heading} – {}", self.setup.title());
        let mut response = super::page(self.app, self.staff, &title, &body);
        *response.status_mut() = status;
        response
    }

    fn content(&self, step: Step) -> Result<Markup, WebError> {
        match step {
            Step::Basics => Ok(self.basics()),
            Step::Forms => self.forms(),
            Step::Recipients => self.recipients(),
            Step::Period => Ok(self.period()),
            Step::Letters => self.letters(),
            Step::Privacy => Ok(self.privacy()),
            Step::Check => self.check(),
        }
    }

    fn steps(&self, current: Step) -> Markup {
        let draft = self.setup.is_draft();
        let all = Step::ALL.into_iter();
        let shown = all.filter(|s| draft || !matches!(s, Step::Check | Step::Forms));
        html! {
            nav aria-label="Trin i opsætningen" {
                ol.sv-progress {
                    @for step in shown {
                        @let here = step == current;
                        li.sv-progress__item.sv-progress__item--current[here] {
                            a href=(step_path(&self.setup.id, step)) aria-current=[here.then_some("step")] { (step.title()) }
                        }
                    }
                }
            }
        }
    }

    fn errors(&self) -> Markup {
        html! {
            @if !self.faults.is_empty() {
                div.alert.alert-error #fejl role="alert" tabindex="-1" data-focus="" {
                    div.alert-body {
                        h2.alert-heading {
                            @if self.setup.id.is_empty() { "Indsamlingen er ikke oprettet endnu" }
                            @else if self.setup.is_draft() { "Det er gemt, men skal rettes, før indsamlingen kan åbnes" }
                            @else { "Der er ikke gemt noget endnu" }
                        }
                        ul.nobullet-list { @for fault in &self.faults { li { a href={ "#" (fault.field) } { (fault.message) } } } }
                    }
                }
            }
        }
    }

    /// The form around a step's fields, and its buttons.
    fn form(&self, step: Step, inside: &Markup) -> Markup {
        let action = if self.setup.id.is_empty() {
            "/sekretariat/indsamlinger/ny".to_owned()
        } else {
            step_path(&self.setup.id, step)
        };
        html! {
            form method="post" action=(action) novalidate {
                (inside)
                div.sv-actions {
                    @if self.setup.is_draft() {
                        button.button.button-primary type="submit" name="do" value="naeste" { "Gem og gå videre" }
                        @if !self.setup.id.is_empty() {
                            button.button.button-secondary type="submit" name="do" value="senere" { "Gem og fortsæt senere" }
                        }
                    } @else {
                        button.button.button-primary type="submit" name="do" value="gem" { "Gem ændringerne" }
                    }
                }
            }
        }
    }

    fn field<'f>(
        &'f self,
        id: &'f str,
        label: &'f str,
        hint: Option<&'f str>,
        required: bool,
    ) -> TextField<'f> {
        let error = self.faults.iter().find(|f| f.field == id);
        TextField {
            id,
            label,
            hint,
            value: self.setup.value(id),
            error: error.map(|f| f.message.as_str()),
            required,
        }
    }

    fn text(&self, id: &str, label: &str, hint: Option<&str>, required: bool) -> Markup {
        fields::text(&self.field(id, label, hint, required))
    }
}
