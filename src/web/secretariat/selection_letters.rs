//! What those who signed up are written: each letter as it will be read, the button that sends, and the texts.
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Query};
use maud::{Markup, html};
use samsvar_core::access::Staff;
use samsvar_core::campaigns::LetterKind;
use samsvar_core::campaigns::selection::{Fit, Notice};
use samsvar_core::danish;
use samsvar_core::hands::Remark;

use super::super::doors::Secretary;
use super::super::errors::WebError;
use super::super::fields::{self, TextField};
use super::super::frame::back_link;
use super::super::posted::Posted;
use super::page;
use super::selection::{path, revision, see_other, wanted_words};
use crate::actions::selecting::{self, Refusal, Row, Selecting};
use crate::actions::selection_letters::{self, controls, shown};
use crate::actions::setup::{Fields, PlanFault};
use crate::actions::sign_ups::SignUpList;
use crate::app::App;

const CHANGED: &str = "Udvælgelsen er ændret, siden du åbnede siden, så der er ikke sendt noget. Se listen igennem, og send igen.";
const TEXTS_CHANGED: &str = "Udvælgelsen eller teksterne er ændret, siden du åbnede siden, så der er ikke gemt noget. Det, du skrev, står i felterne. Gem igen, hvis det skal gælde.";

/// `GET /sekretariat/indsamlinger/{campaign}/udvaelgelse/breve`
pub async fn show(
    app: Data<App>,
    Secretary(staff): Secretary,
    id: Path<String>,
    query: Query<Vec<(String, String)>>,
) -> Result<HttpResponse, WebError> {
    let app = app.into_inner();
    super::super::blocking_web(move || {
        let found = selecting::selecting(&app, &id)?.ok_or(WebError::NotFound)?;
        let sent = query.iter().any(|(n, v)| n == "sagt" && v == "sendt");
        let sheet = Sheet {
            found: &found,
            fault: None,
            typed: None,
            sent,
        };
        Ok(sheet.response(&app, &staff, StatusCode::OK))
    })
    .await
}

/// `POST /sekretariat/indsamlinger/{campaign}/udvaelgelse/breve`
pub async fn send(
    app: Data<App>,
    Secretary(staff): Secretary,
    id: Path<String>,
    posted: Posted,
) -> Result<HttpResponse, WebError> {
    let app = app.into_inner();
    super::super::blocking_web(move || {
        let chosen: Vec<&str> = chosen(&posted).collect();
        let outside = Remark::of(posted.value("uden-for"));
        let by = &staff.name;
        let outcome = selection_letters::send(&app, &id, revision(&posted), &chosen, &outside, by)?
            .ok_or(WebError::NotFound)?;
        let found = selecting::selecting(&app, &id)?.ok_or(WebError::NotFound)?;
        let (field, why, status) = match outcome {
            Ok(_) => return Ok(see_other(&format!("{}/breve?sagt=sendt", path(&id)))),
            Err(Refusal::Faults(faults)) => {
                let why: Vec<String> = faults.iter().map(|f| f.danish()).collect();
                ("uden-for", why.join(" "), StatusCode::UNPROCESSABLE_ENTITY)
            }
            Err(_) => ("indhold", CHANGED.to_owned(), StatusCode::CONFLICT),
        };
        let sheet = Sheet {
            found: &found,
            fault: Some((field, why)),
            typed: Some(&posted),
            sent: false,
        };
        Ok(sheet.response(&app, &staff, status))
    })
    .await
}

fn chosen(posted: &Posted) -> impl Iterator<Item = &str> {
    let chosen = posted.pairs.iter().filter(|(name, _)| name == "svarende");
    chosen.map(|(_, id)| id.as_str())
}

struct Sheet<'a> {
    found: &'a Selecting,
    /// Field and sentence.
    fault: Option<(&'static str, String)>,
    typed: Option<&'a Posted>,
    sent: bool,
}

impl Sheet<'_> {
    fn response(&self, app: &App, staff: &Staff, status: StatusCode) -> HttpResponse {
        let id = &self.found.campaign.id;
        let any = self.found.rows.iter().any(|row| row.due().is_some());
        let body = html! {
            (back_link(&path(id), "Udvælgelse"))
            h1 { "Breve om udvælgelsen" }
            (self.messages())
            @if any { (self.form()) }
            @else { p { "Der er ingen breve at sende. Alle, der skal have besked, har fået den." } }
            p { a href={ (path(id)) "/tekster" } { "Ret brevenes tekster" } }
            (self.sent_before())
        };
        let wrong = if self.fault.is_some() { "Fejl: " } else { "" };
        let title = format!(
            "{wrong}Breve om udvælgelsen – {}",
            self.found.campaign.title
        );
        let mut response = page(app, staff, &title, &body);
        *response.status_mut() = status;
        response
    }

    fn messages(&self) -> Markup {
        html! {
            @if let Some((field, why)) = &self.fault {
                div.alert.alert-error #fejl role="alert" tabindex="-1" data-focus="" { div.alert-body {
                    h2.alert-heading { "Der er ikke sendt noget endnu" }
                    ul.nobullet-list { li { a href={ "#" (field) } { (why) } } }
                } }
            }
            @if self.sent {
                div.alert.alert-success role="status" { div.alert-body { p.alert-text { "Brevene er lagt i udbakken og sendes nu." } } }
            }
        }
    }

    fn form(&self) -> Markup {
        let id = &self.found.campaign.id;
        let few = self.too_few();
        html! {
            form.sv-desk method="post" action={ (path(id)) "/breve" } novalidate {
                input type="hidden" name="udgave" value=(self.found.revision);
                @for notice in Notice::ALL { (self.of(notice)) }
                @if let Some((label, hint)) = &few {
                    (fields::text(&TextField {
                        id: "uden-for",
                        label,
                        hint: Some(hint),
                        value: self.typed.map_or("", |posted| posted.value("uden-for")),
                        error: self.fault.as_ref().filter(|(field, _)| *field == "uden-for").map(|(_, why)| why.as_str()),
                        required: false,
                    }))
                }
                div.sv-actions { button.button.button-primary type="submit" { "Send de valgte breve" } }
            }
        }
    }

    /// Label and hint of the reason that is asked for where fewer are selected than their sign-up looks for.
    fn too_few(&self) -> Option<(String, String)> {
        let announces = |at: usize| {
            self.found
                .rows_of(at)
                .any(|row| row.due() == Some(Notice::Selected))
        };
        let lists = self.found.lists.iter().enumerate();
        let few: Vec<(usize, &SignUpList)> = lists
            .map(|(at, list)| (at, self.found.selected_in(at), list))
            .filter(|(at, selected, list)| {
                Fit::of(*selected, list.wanted) == Fit::TooFew && announces(*at)
            })
            .map(|(_, selected, list)| (selected, list))
            .collect();
        let (selected, first) = few.first()?;
        if !self.found.has_several() {
            let (least, most) = first.wanted;
            return Some((
                format!("Grund til at sende brevet »Valgt«, selv om kun {selected} er valgt"),
                format!("Der søges {}.", wanted_words(least, most)),
            ));
        }
        let each = few.iter().map(|(selected, list)| {
            let (least, most) = list.wanted;
            let wanted = wanted_words(least, most);
            format!("{}: {selected} valgt, og der søges {wanted}.", list.title)
        });
        Some((
            "Grund til at sende brevet »Valgt«, selv om færre er valgt, end der søges".to_owned(),
            each.collect::<Vec<_>>().join(" "),
        ))
    }

    fn of(&self, notice: Notice) -> Markup {
        let rows = self.found.rows.iter();
        let due: Vec<&Row> = rows.filter(|row| row.due() == Some(notice)).collect();
        html! {
            @if !due.is_empty() {
                fieldset.sv-letter {
                    legend { h2 { "Brevet »" (notice.title()) "« (" (due.len()) ")" } }
                    @for row in due { (self.one(row, notice)) }
                }
            }
        }
    }

    fn one(&self, row: &Row, notice: Notice) -> Markup {
        let r = &row.respondent;
        let id = format!("svarende-{}", r.id);
        let to: Vec<&str> = r.reachable().map(|(_, c)| c.name.as_str()).collect();
        let ticked = match self.typed {
            Some(posted) => chosen(posted).any(|c| c == r.id),
            None => !to.is_empty(),
        };
        let text = shown(self.found, row, notice);
        html! {
            div.form-group-checkbox {
                input.form-checkbox type="checkbox" id=(id) name="svarende" value=(r.id) checked[ticked];
                label for=(id) {
                    (r.name())
                    @if to.is_empty() { " – har ingen mailadresse. Sæt kryds, når I har givet besked på anden måde." }
                    @else { " – til " (danish::list(&to)) }
                }
            }
            details {
                summary { "Læs brevet" span.sr-only { " til " (r.name()) } }
                div.sv-mail { p { strong { (text.subject) } } pre { (text.body) } }
            }
        }
    }

    fn sent_before(&self) -> Markup {
        let rows = self.found.rows.iter();
        let told: Vec<_> = rows
            .filter_map(|row| Some((row, row.seat.told.as_ref()?)))
            .collect();
        html! {
            @if !told.is_empty() {
                h2 { "Har fået besked" }
                div.sv-scroll tabindex="0" role="region" aria-label="Har fået besked" {
                    table.sv-table {
                        caption.sr-only { "Har fået besked" }
                        thead { tr { th scope="col" { "Svarende" } th scope="col" { "Brev" } th scope="col" { "Hvornår" } th scope="col" { "Af" } } }
                        tbody { @for (row, told) in told {
                            tr {
                                th scope="row" { a href={ "/sekretariat/indsamlinger/" (self.found.campaign.id) "/breve/" (row.respondent.id) } { (row.respondent.name()) } }
                                td { (told.notice.title()) }
                                td { (danish::date_time(told.at)) }
                                td { (told.by) }
                            }
                        } }
                    }
                }
            }
        }
    }
}

/// `GET /sekretariat/indsamlinger/{campaign}/udvaelgelse/tekster`
pub async fn texts(
    app: Data<App>,
    Secretary(staff): Secretary,
    id: Path<String>,
) -> Result<HttpResponse, WebError> {
    let found = selecting::selecting(&app, &id)?.ok_or(WebError::NotFound)?;
    let fields = selection_letters::typed(&found.selection.texts);
    let sheet = Texts {
        found: &found,
        fields: &fields,
        faults: &[],
        conflict: false,
    };
    Ok(sheet.response(&app, &staff, StatusCode::OK))
}

/// `POST /sekretariat/indsamlinger/{campaign}/udvaelgelse/tekster`
pub async fn save_texts(
    app: Data<App>,
    Secretary(staff): Secretary,
    id: Path<String>,
    posted: Posted,
) -> Result<HttpResponse, WebError> {
    let app = app.into_inner();
    super::super::blocking_web(move || {
        let names = Notice::ALL.into_iter().flat_map(controls);
        let fields: Fields = names
            .map(|name| {
                let value = posted.value(&name).to_owned();
                (name, value)
            })
            .collect();
        let (read, faults) = selection_letters::read(&fields);
        let mut conflict = false;
        if faults.is_empty() {
            let kept =
                selection_letters::set_texts(&app, &id, revision(&posted), &read, &staff.name)?;
            match kept.ok_or(WebError::NotFound)? {
                Ok(()) => return Ok(see_other(&format!("{}/breve", path(&id)))),
                Err(_) => conflict = true,
            }
        }
        let found = selecting::selecting(&app, &id)?.ok_or(WebError::NotFound)?;
        let sheet = Texts {
            found: &found,
            fields: &fields,
            faults: &faults,
            conflict,
        };
        let status = if conflict {
            StatusCode::CONFLICT
        } else {
            StatusCode::UNPROCESSABLE_ENTITY
        };
        Ok(sheet.response(&app, &staff, status))
    })
    .await
}

struct Texts<'a> {
    found: &'a Selecting,
    fields: &'a Fields,
    faults: &'a [PlanFault],
    conflict: bool,
}

impl Texts<'_> {
    fn response(&self, app: &App, staff: &Staff, status: StatusCode) -> HttpResponse {
        let id = &self.found.campaign.id;
        let body = html! {
            (back_link(&format!("{}/breve", path(id)), "Breve om udvælgelsen"))
            h1 { "Brevenes tekster" }
            @if self.conflict || !self.faults.is_empty() {
                div.alert.alert-error #fejl role="alert" tabindex="-1" data-focus="" { div.alert-body {
                    h2.alert-heading { "Der er ikke gemt noget endnu" }
                    @if self.conflict { p.alert-text { (TEXTS_CHANGED) } }
                    ul.nobullet-list { @for fault in self.faults { li { a href={ "#" (fault.field) } { (fault.message) } } } }
                } }
            }
            p { "Felterne i krøllede parenteser udfyldes for hver modtager. Brevene har intet link. De, der er sendt, ændres ikke." }
            form.sv-desk method="post" action={ (path(id)) "/tekster" } novalidate {
                input type="hidden" name="udgave" value=(self.found.revision);
                @for notice in Notice::ALL { (self.letter(notice)) }
                div.sv-actions { button.button.button-primary type="submit" { "Gem teksterne" } }
            }
        };
        let wrong = if status == StatusCode::OK {
            ""
        } else {
            "Fejl: "
        };
        let title = format!("{wrong}Brevenes tekster – {}", self.found.campaign.title);
        let mut response = page(app, staff, &title, &body);
        *response.status_mut() = status;
        response
    }

    fn letter(&self, notice: Notice) -> Markup {
        let known = LetterKind::Notice(notice).fields();
        let known: Vec<String> = known.iter().map(|f| format!("{{{f}}}")).collect();
        let hint = format!("Felter: {}", known.join(", "));
        let [subject, body, subject_en, body_en] = controls(notice);
        let has_english = [&subject_en, &body_en]
            .iter()
            .any(|f| !self.value(f).is_empty() || self.error(f).is_some());
        let english = "Engelsk tekst";
        html! {
            fieldset.sv-letter {
                legend { h2 { (notice.title()) } }
                (fields::text(&self.field(&subject, "Emne", None, true)))
                (fields::long_text(&self.field(&body, "Tekst", Some(&hint), true), 9))
                details open[has_english] {
                    summary { (english) span.sr-only { " til " (notice.title().to_lowercase()) } }
                    (fields::text(&self.field(&subject_en, "Emne på engelsk", None, false)))
                    (fields::long_text(&self.field(&body_en, "Tekst på engelsk", Some(&hint), false), 9))
                }
            }
        }
    }

    fn value(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }

    fn error(&self, name: &str) -> Option<&str> {
        let fault = self.faults.iter().find(|fault| fault.field == name);
        fault.map(|fault| fault.message.as_str())
    }

    fn field<'f>(
        &'f self,
        id: &'f str,
        label: &'f str,
        hint: Option<&'f str>,
        required: bool,
    ) -> TextField<'f> {
        TextField {
            id,
            label,
            hint,
            value: self.value(id),
            error: self.error(id),
            required,
        }
    }
}
