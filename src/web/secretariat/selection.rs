//! Among those who signed up: who has said what, who gets a place, who waits, and what is next.
use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Path, Query};
use maud::{Markup, html};
use samsvar_core::access::Staff;
use samsvar_core::campaigns::selection::{Fit, Place, SelectionFault, Wish};
use samsvar_core::danish;
use samsvar_core::forms::Said;
use samsvar_core::hands::Remark;

use super::super::doors::Secretary;
use super::super::errors::WebError;
use super::super::fields::{self, TextField};
use super::super::frame::back_link;
use super::super::posted::Posted;
use super::page;
use crate::actions::selecting::{self, Asked, Refusal, Row, Selecting};
use crate::actions::sign_ups::SignUpList;
use crate::app::App;

/// `GET /sekretariat/indsamlinger/{campaign}/udvaelgelse`
pub async fn show(
    app: Data<App>,
    Secretary(staff): Secretary,
    id: Path<String>,
    query: Query<Vec<(String, String)>>,
) -> Result<HttpResponse, WebError> {
    let app = app.into_inner();
    super::super::blocking_web(move || {
        let found = selecting::selecting(&app, &id)?.ok_or(WebError::NotFound)?;
        let said = query.iter().find(|(name, _)| name == "sagt");
        let sheet = Sheet {
            said: said.map_or("", |(_, word)| word),
            ..Sheet::of(&found)
        };
        Ok(sheet.response(&app, &staff, StatusCode::OK))
    })
    .await
}

/// `GET /sekretariat/indsamlinger/{campaign}/udvaelgelse/liste`: for the steering group and others outside the
/// secretariat. Organisations only: no contact, no reason, no answer.
pub async fn list(
    app: Data<App>,
    Secretary(staff): Secretary,
    id: Path<String>,
) -> Result<HttpResponse, WebError> {
    let found = selecting::selecting(&app, &id)?.ok_or(WebError::NotFound)?;
    let today = danish::date(danish::local(app.now()).date_naive());
    let body = html! {
        (back_link(&path(&id), "Udvælgelse"))
        h1 { (found.campaign.title) }
        p { (found.campaign.region) ". Opgjort " (today) "." }
        (named(&found, "Valgt", |row| row.seat.place == Some(Place::Selected)))
        (waiting(&found))
        (named(&found, "Har meldt sig, ikke afgjort", |row| row.said == Some(Said::Yes) && row.seat.place.is_none()))
        p.sv-small.d-print-none { "Listen viser kun, hvem der er med, og kan gives videre. Skriv den ud, eller kopiér den." }
    };
    let title = format!("Liste – {}", found.campaign.title);
    Ok(page(&app, &staff, &title, &body))
}

fn named(found: &Selecting, heading: &str, holds: fn(&Row) -> bool) -> Markup {
    let rows = found.rows.iter().filter(|row| holds(row));
    let names: Vec<&str> = rows.map(|r| r.respondent.organisation.as_str()).collect();
    html! {
        @if !names.is_empty() {
            h2 { (heading) }
            ul { @for name in names { li { (name) } } }
        }
    }
}

fn waiting(found: &Selecting) -> Markup {
    let of = |list: usize| {
        let rows = found.rows_of(list);
        let mut waiting: Vec<&Row> = rows
            .filter(|r| r.seat.place == Some(Place::Waiting))
            .collect();
        waiting.sort_by_key(|row| row.seat.order);
        waiting
    };
    html! {
        @for (at, list) in found.lists.iter().enumerate() {
            @let waiting = of(at);
            @if !waiting.is_empty() {
                h2 { "Venteliste" @if found.has_several() { ": " (list.title) } }
                ol { @for row in waiting { li { (row.respondent.organisation) } } }
            }
        }
    }
}

/// `POST /sekretariat/indsamlinger/{campaign}/udvaelgelse`
pub async fn decide(
    app: Data<App>,
    Secretary(staff): Secretary,
    id: Path<String>,
    posted: Posted,
) -> Result<HttpResponse, WebError> {
    let app = app.into_inner();
    super::super::blocking_web(move || match posted.value("do") {
        "midtvejs" => follow_up(&app, &staff, &id, &posted),
        _ => places(&app, &staff, &id, &posted),
    })
    .await
}

fn places(app: &App, staff: &Staff, id: &str, posted: &Posted) -> Result<HttpResponse, WebError> {
    let (wishes, mut faults) = wishes(posted);
    let asked = Asked {
        revision: revision(posted),
        wishes: &wishes,
        common: Remark::of(posted.value("grund")),
        outside: Remark::of(posted.value("uden-for")),
    };
    let outcome = if faults.is_empty() {
        selecting::decide(app, id, &asked, &staff.name)?.ok_or(WebError::NotFound)?
    } else {
        Ok(0)
    };
    let found = selecting::selecting(app, id)?.ok_or(WebError::NotFound)?;
    let mut sheet = Sheet {
        typed: Some(posted),
        ..Sheet::of(&found)
    };
    let status = match outcome {
        Ok(_) if faults.is_empty() => {
            return Ok(see_other(&format!("{}?sagt=gemt", path(id))));
        }
        Err(Refusal::Changed { .. }) => {
            sheet.conflict = true;
            StatusCode::CONFLICT
        }
        Err(Refusal::Faults(told)) => {
            faults.extend(
                told.iter()
                    .map(|fault| (field_of(&fault.fault), fault.danish())),
            );
            StatusCode::UNPROCESSABLE_ENTITY
        }
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    sheet.faults = faults;
    Ok(sheet.response(app, staff, status))
}

fn follow_up(
    app: &App,
    staff: &Staff,
    id: &str,
    posted: &Posted,
) -> Result<HttpResponse, WebError> {
    let made = selecting::follow_up(app, id, revision(posted), &staff.name)?;
    match made.ok_or(WebError::NotFound)? {
        Ok(draft) => {
            let to = format!("/sekretariat/indsamlinger/{draft}/opsaetning/gennemse");
            Ok(see_other(&to))
        }
        Err(refusal) => {
            let found = selecting::selecting(app, id)?.ok_or(WebError::NotFound)?;
            let mut sheet = Sheet::of(&found);
            sheet.conflict = matches!(refusal, Refusal::Changed { .. });
            if !sheet.conflict {
                let why = "Vælg først nogen. Indsamlingen laves til dem, der er valgt.";
                sheet.faults.push(("midtvejs".to_owned(), why.to_owned()));
            }
            Ok(sheet.response(app, staff, StatusCode::CONFLICT))
        }
    }
}

pub(super) fn path(id: &str) -> String {
    format!("/sekretariat/indsamlinger/{id}/udvaelgelse")
}

pub(super) fn see_other(to: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, to.to_owned()))
        .finish()
}

/// Of the selection that the page showed.
pub(super) fn revision(posted: &Posted) -> u64 {
    posted.value("udgave").parse().unwrap_or_default()
}

/// The rows that were changed on the page, and numbers that can't be read.
///
/// A row that was left as it was drawn is no wish: somebody else may have decided about it meanwhile.
fn wishes(posted: &Posted) -> (Vec<Wish>, Vec<(String, String)>) {
    let (mut wishes, mut faults) = (Vec::new(), Vec::new());
    for (name, before) in &posted.pairs {
        let Some(id) = name.strip_prefix("foer-") else {
            continue;
        };
        let of = |name: &str| posted.value(&format!("{name}-{id}")).trim().to_owned();
        let (code, number) = (of("plads"), of("nummer"));
        if standing(&code, &number) == *before {
            continue;
        }
        let place = Place::parse(&code);
        let order = match number.parse::<usize>() {
            Ok(order) if (1..=1_000).contains(&order) => Some(order),
            Err(_) if number.is_empty() => None,
            _ if place == Some(Place::Waiting) => {
                let why = "Skriv et helt tal fra 1, eller lad feltet stå tomt for at komme sidst.";
                faults.push((format!("nummer-{id}"), why.to_owned()));
                None
            }
            _ => None,
        };
        wishes.push(Wish {
            id: id.to_owned(),
            place,
            order,
            reason: Remark::of(&of("grund")),
        });
    }
    (wishes, faults)
}

/// A place and a number on the waiting list as one word; the number counts only there.
fn standing(code: &str, number: &str) -> String {
    if code == Place::Waiting.code() {
        format!("{code} {number}")
    } else {
        code.to_owned()
    }
}

fn field_of(fault: &SelectionFault) -> String {
    let id = fault.id().unwrap_or_default();
    match fault {
        SelectionFault::SaidNoYes { .. } | SelectionFault::NothingToWithdraw { .. } => {
            format!("plads-{id}")
        }
        SelectionFault::NoReason { .. } => format!("grund-{id}"),
        SelectionFault::SameOrder { .. } => format!("nummer-{id}"),
        SelectionFault::TooMany { .. } | SelectionFault::TooFew { .. } => "uden-for".to_owned(),
    }
}

/// What is marked about when and how an answer came.
pub(super) fn marks(row: &Row) -> Markup {
    html! {
        @if row.late { " " span.sv-status.sv-status--late { "Efter svarfristen" } }
        @if let Some((staff, how)) = &row.entered {
            " " span.sv-status.sv-status--opened { "Modtaget " (how.danish()) }
            span.sv-small { " indtastet af " (staff) }
        }
    }
}

struct Sheet<'a> {
    found: &'a Selecting,
    typed: Option<&'a Posted>,
    /// Field and sentence.
    faults: Vec<(String, String)>,
    conflict: bool,
    /// What was just done, as a word in the address.
    said: &'a str,
}

impl<'a> Sheet<'a> {
    fn of(found: &'a Selecting) -> Self {
        Self {
            found,
            typed: None,
            faults: Vec::new(),
            conflict: false,
            said: "",
        }
    }

    fn response(&self, app: &App, staff: &Staff, status: StatusCode) -> HttpResponse {
        let campaign = &self.found.campaign;
        let base = format!("/sekretariat/indsamlinger/{}", campaign.id);
        let body = html! {
            (back_link(&base, &campaign.title))
            h1 { "Udvælgelse" }
            (self.messages())
            (self.state())
            (self.free_place())
            (self.obligations())
            (self.choosing())
            (self.others("Interesseret senere", "De vil gerne høre om projektet igen.", Some(Said::Later)))
            (self.others("Har sagt nej", "", Some(Said::No)))
            (self.others("Har ikke svaret", "Svar, der kommer på telefon eller mundtligt, kan indtastes, også efter svarfristen. De får et mærke.", None))
            (self.letters(&base))
            (self.next_collection())
            (self.next_round(&base))
        };
        let wrong = if self.faults.is_empty() && !self.conflict {
            ""
        } else {
            "Fejl: "
        };
        let title = format!("{wrong}Udvælgelse – {}", campaign.title);
        let mut response = page(app, staff, &title, &body);
        *response.status_mut() = status;
        response
    }

    fn messages(&self) -> Markup {
        html! {
            @if self.conflict {
                div.alert.alert-error #fejl role="alert" tabindex="-1" data-focus="" { div.alert-body {
                    h2.alert-heading { "Udvælgelsen er ændret, siden du åbnede siden" }
                    p.alert-text {
                        @if self.found.selection.by.is_empty() { "Et svar er kommet ind eller rettet." }
                        @else { (self.found.selection.by) " gemte sidst " (danish::date_time(self.found.selection.changed)) ", eller et svar er kommet ind." }
                        " Der er ikke gemt noget fra din side. Det, du valgte, står herunder, og ved hver kan du se, hvad der gælder nu. Gem igen, hvis det stadig skal være sådan."
                    }
                } }
            }
            @if !self.faults.is_empty() {
                div.alert.alert-error #fejl role="alert" tabindex="-1" data-focus="" { div.alert-body {
                    h2.alert-heading { "Der er ikke gemt noget endnu" }
                    ul.nobullet-list { @for (field, message) in &self.faults { li { a href={ "#" (field) } { (self.named(field)) (message) } } } }
                } }
            }
            @if self.said == "gemt" {
                div.alert.alert-success role="status" { div.alert-body { p.alert-text { "Udvælgelsen er gemt. Ingen får besked, før I sender brevene." } } }
            }
        }
    }

    /// Whose field it is, before a fault's sentence.
    fn named(&self, field: &str) -> String {
        let of = field.split_once('-').map_or("", |(_, id)| id);
        let row = self.found.rows.iter().find(|row| row.respondent.id == of);
        row.map_or_else(String::new, |row| format!("{}: ", row.respondent.name()))
    }

    fn state(&self) -> Markup {
        let rows = &self.found.rows;
        let said = |what: Option<Said>| rows.iter().filter(|r| r.said == what).count();
        let selected = self.found.selected();
        let waiting = rows
            .iter()
            .filter(|r| r.seat.place == Some(Place::Waiting))
            .count();
        let tile = |count: usize, label: &str| {
            html! { div.sv-tile { span.sv-tile__figure { (count) } " " span.sv-tile__label { (label) } } }
        };
        html! {
            div.sv-tiles {
                (tile(said(Some(Said::Yes)), "har sagt ja"))
                (tile(selected, "er valgt"))
                (tile(waiting, "på venteliste"))
                (tile(said(None), "har ikke svaret"))
            }
            @for (at, list) in self.found.lists.iter().enumerate() { (self.places_of(at, list)) }
            @for row in rows.iter().filter(|row| row.contradicts_itself()) {
                div.alert.alert-warning { div.alert-body { p.alert-text {
                    (row.respondent.name()) " har pladsen »" (row.seat.place.map_or("", Place::danish)) "«, men har senere svaret nej. Vælg »Har trukket sig«, eller ring og spørg."
                } } }
            }
            @if !self.found.selection.outside.is_empty() {
                details {
                    summary { "Valg uden for det søgte antal (" (self.found.selection.outside.len()) ")" }
                    ul { @for one in &self.found.selection.outside {
                        li { (danish::date_time(one.at)) ", " (one.by) ": " (one.selected) " valgt. " (one.reason.text()) }
                    } }
                }
            }
        }
    }

    /// How many a sign-up looks for, and how that stands.
    fn places_of(&self, at: usize, list: &SignUpList) -> Markup {
        let (least, most) = list.wanted;
        let selected = self.found.selected_in(at);
        html! {
            p {
                @if self.found.has_several() { (list.title) ": " }
                "Der søges " (wanted_words(least, most)) ". "
                @match Fit::of(selected, (least, most)) {
                    Fit::TooFew => strong { "Der mangler mindst " (least - selected) ", før antallet passer." },
                    Fit::Fits => { "Antallet passer." },
                    Fit::TooMany => strong { "Der er valgt " (selected - most) " mere, end der søges." },
                }
            }
        }
    }

    /// The title of the sign-up that somebody was asked with, where there are several.
    fn list_of(&self, row: &Row) -> Option<&str> {
        let list = self.found.lists.get(row.list);
        let list = list.filter(|_| self.found.has_several());
        list.map(|list| list.title.as_str())
    }

    /// Moves the first in line up in one press.
    fn free_place(&self) -> Markup {
        html! {
            @for row in self.found.moving_up() {
                div.alert.alert-info { div.alert-body {
                    h2.alert-heading { "Der er en ledig plads" @if let Some(list) = self.list_of(row) { ": " (list) } }
                    p.alert-text { (row.respondent.name()) " er den næste på ventelisten." }
                    form method="post" action=(path(&self.found.campaign.id)) novalidate {
                        (self.hidden())
                        input type="hidden" name={ "foer-" (row.respondent.id) } value=(self.now_of(row));
                        input type="hidden" name={ "plads-" (row.respondent.id) } value=(Place::Selected.code());
                        input type="hidden" name="grund" value="Rykket op fra ventelisten, da en plads blev ledig.";
                        button.button.button-primary type="submit" { "Ryk " (row.respondent.organisation) " op som valgt" }
                    }
                } }
            }
        }
    }

    fn hidden(&self) -> Markup {
        html! { input type="hidden" name="udgave" value=(self.found.revision); }
    }

    fn now_of(&self, row: &Row) -> String {
        let code = row.seat.place.map_or("", Place::code);
        standing(code, &row.seat.order.to_string())
    }

    fn obligations(&self) -> Markup {
        html! {
            @for list in self.found.lists.iter().filter(|list| !list.obligations.is_empty()) {
                details {
                    summary {
                        "Det bekræfter de, der siger ja (" (list.obligations.len()) " forpligtelser)"
                        @if self.found.has_several() { ": " (list.title) }
                    }
                    ul { @for one in &list.obligations { li { (one) } } }
                }
            }
        }
    }

    fn choosing(&self) -> Markup {
        let rows = self.found.rows.iter();
        let shown = rows.filter(|r| r.said == Some(Said::Yes) || r.seat.place.is_some());
        let shown: Vec<&Row> = shown.collect();
        html! {
            h2 { "Har sagt ja" }
            @if shown.is_empty() { p { "Ingen har sagt ja endnu." } }
            @else {
                form.sv-desk method="post" action=(path(&self.found.campaign.id)) novalidate {
                    (self.hidden())
                    @for row in shown { (self.one(row)) }
                    (self.reasons())
                    div.sv-actions { button.button.button-primary type="submit" name="do" value="gem" { "Gem udvælgelsen" } }
                }
            }
        }
    }

    fn one(&self, row: &Row) -> Markup {
        let id = &row.respondent.id;
        let now = self.now_of(row);
        let untouched = (
            row.seat.place.map_or("", Place::code).to_owned(),
            match row.seat.order {
                0 => String::new(),
                order => order.to_string(),
            },
        );
        // What somebody typed stays; a row that was left alone shows what holds now.
        let typed = self.typed.map(|posted| {
            let of = |name: &str| posted.value(&format!("{name}-{id}")).trim().to_owned();
            (of("plads"), of("nummer"), of("grund"), of("foer"))
        });
        let touched = typed.filter(|(place, number, _, before)| standing(place, number) != *before);
        let unsaved = self.conflict && touched.is_some();
        let (place, number, reason) = match touched {
            Some((place, number, reason, _)) => (place, number, reason),
            None => (untouched.0, untouched.1, String::new()),
        };
        let mut options = vec![(String::new(), "Ikke afgjort".to_owned())];
        options.extend(Place::ALL.map(|p| (p.code().to_owned(), p.danish().to_owned())));
        html! {
            fieldset.sv-group {
                legend.form-label { (row.respondent.name()) }
                p.sv-small {
                    @if let Some(list) = self.list_of(row) { (list) " · " }
                    (row.said.map_or("Intet svar", Said::danish))
                    @if let Some(since) = row.since { " " (danish::date_time(since)) }
                    (marks(row))
                    " · " a href={ "/sekretariat/indsamlinger/" (self.found.campaign.id) "/svar/" (id) } { "Læs svaret" span.sr-only { " fra " (row.respondent.name()) } }
                }
                @if !row.unpromised.is_empty() {
                    p.sv-small { strong { "Har ikke bekræftet: " } (danish::list(&row.unpromised)) "." }
                }
                (standing_of(row))
                @if unsaved { p.sv-small { strong { "Ikke gemt: det, du har valgt herunder." } } }
                input type="hidden" name={ "foer-" (id) } value=(now);
                div.sv-pair {
                    (self.select(&format!("plads-{id}"), "Plads", &place, &options))
                    (self.text(&format!("nummer-{id}"), "Nummer på ventelisten", &number))
                    (self.text(&format!("grund-{id}"), "Grund til ændringen", &reason))
                }
            }
        }
    }

    fn reasons(&self) -> Markup {
        let value = |name: &str| self.typed.map_or("", |posted| posted.value(name));
        let label = match self.found.lists.as_slice() {
            [only] => format!("Grund til at vælge flere end {}", only.wanted.1),
            _ => "Grund til at vælge flere, end der søges".to_owned(),
        };
        html! {
            h3 { "For hele udvælgelsen" }
            (fields::text(&TextField {
                id: "grund", label: "Fælles grund", value: value("grund"), error: self.error("grund"), required: false,
                hint: Some("Gælder for alle ændringer, som ikke har deres egen grund. Fx »Besluttet på styregruppens møde 5. maj«."),
            }))
            (fields::text(&TextField {
                id: "uden-for", label: &label, value: value("uden-for"), error: self.error("uden-for"), required: false, hint: None,
            }))
        }
    }

    fn error(&self, field: &str) -> Option<&str> {
        let found = self.faults.iter().find(|(name, _)| name == field);
        found.map(|(_, message)| message.as_str())
    }

    fn text(&self, id: &str, label: &str, value: &str) -> Markup {
        let error = self.error(id);
        fields::text(&TextField {
            id,
            label,
            hint: None,
            value,
            error,
            required: false,
        })
    }

    fn select(&self, id: &str, label: &str, value: &str, options: &[(String, String)]) -> Markup {
        let error = self.error(id);
        let field = TextField {
            id,
            label,
            hint: None,
            value,
            error,
            required: true,
        };
        fields::select(&field, options)
    }

    fn others(&self, heading: &str, about: &str, said: Option<Said>) -> Markup {
        let rows = self.found.rows.iter();
        let shown = rows.filter(|r| r.said == said && r.seat.place.is_none());
        let shown: Vec<&Row> = shown.collect();
        let base = format!("/sekretariat/indsamlinger/{}", self.found.campaign.id);
        html! {
            h2 { (heading) " (" (shown.len()) ")" }
            @if !about.is_empty() && !shown.is_empty() { p { (about) } }
            @if shown.is_empty() { p { "Ingen." } }
            @else {
                div.sv-scroll tabindex="0" role="region" aria-label=(heading) {
                    table.sv-table {
                        caption.sr-only { (heading) }
                        thead { tr {
                            th scope="col" { "Svarende" }
                            @if said.is_some() { th scope="col" { "Svaret" } th scope="col" { "Brev" } th scope="col" { "Læs" } }
                            @else { th scope="col" { "Status" } th scope="col" { "Indtast" } }
                        } }
                        tbody { @for row in shown {
                            @let r = &row.respondent;
                            tr {
                                th scope="row" { a href={ (base) "/svarende/" (r.id) } { (r.name()) } }
                                @if said.is_some() {
                                    td { @if let Some(since) = row.since { (danish::date_time(since)) } (marks(row)) }
                                    td { (told(row)) }
                                    td { a href={ (base) "/svar/" (r.id) } { "Læs svaret" span.sr-only { " fra " (r.name()) } } }
                                } @else {
                                    td { (row.disposition.danish()) }
                                    td { a href={ (base) "/svar/" (r.id) "/indtast" } { "Indtast svar" span.sr-only { " for " (r.name()) } } }
                                }
                            }
                        } }
                    }
                }
            }
        }
    }

    fn letters(&self, base: &str) -> Markup {
        let due = self
            .found
            .rows
            .iter()
            .filter(|row| row.due().is_some())
            .count();
        html! {
            h2 { "Breve" }
            p {
                @if due == 0 { "Alle, der skal have besked, har fået den." }
                @else { (danish::count(due as u64, "svarende mangler", "svarende mangler")) " at få besked." }
            }
            p.sv-actions.sv-actions--tight {
                a.button.button-secondary href={ (base) "/udvaelgelse/breve" } { "Se og send breve" }
                a.button.button-secondary href={ (base) "/udvaelgelse/tekster" } { "Ret brevenes tekster" }
                a.button.button-secondary href={ (base) "/udvaelgelse/liste" } { "Liste til andre" }
            }
        }
    }

    fn next_collection(&self) -> Markup {
        let selected = self.found.to_ask().len();
        html! {
            @if let Some(title) = self.found.next_title() {
                h2 #midtvejs { "Spørg de valgte" }
                @for made in &self.found.follow_ups {
                    @let step = if made.is_draft { "/opsaetning/gennemse" } else { "" };
                    p { a href={ "/sekretariat/indsamlinger/" (made.id) (step) } { (made.title) } @if made.is_draft { " (ikke åbnet endnu)" } }
                }
                p { "Samsvar laver en ny indsamling med »" (title) "« til de valgte og deres kontaktpersoner. Det, de skrev ved tilmeldingen, står ved siden af spørgsmålene. I ser den igennem, før den åbner." }
                @if selected == 0 { p { "Vælg først nogen." } }
                @else {
                    form method="post" action=(path(&self.found.campaign.id)) novalidate {
                        (self.hidden())
                        button.button.button-secondary type="submit" name="do" value="midtvejs" {
                            "Lav »" (title) "« til " (danish::count(selected as u64, "valgt", "valgte"))
                        }
                    }
                }
            }
        }
    }

    fn next_round(&self, base: &str) -> Markup {
        html! {
            h2 { "Næste runde" }
            p { "Dem, der vil høre igen, er udskudt eller står på ventelisten, kan I tage med som modtagere. I ser listen, før nogen inviteres." }
            form method="post" action={ (base) "/kopi" } novalidate {
                input type="hidden" name="hvem" value="interesserede";
                button.button.button-secondary type="submit" { "Lav næste runde til dem, der vil høre igen" }
            }
        }
    }
}

/// `3-5`, or one number.
pub(in crate::web::secretariat) fn wanted_words(least: usize, most: usize) -> String {
    if least == most {
        least.to_string()
    } else {
        format!("{least}-{most}")
    }
}

/// What holds now, how it came about, and what was written of it.
fn standing_of(row: &Row) -> Markup {
    html! {
        p.sv-small {
            "Nu: " strong { (row.seat.place.map_or("Ikke afgjort", Place::danish)) @if row.seat.order > 0 { " nr. " (row.seat.order) } }
            ". Brev: " (told(row)) "."
        }
        @if !row.seat.steps.is_empty() {
            details {
                summary { "Beslutninger" span.sr-only { " om " (row.respondent.name()) } " (" (row.seat.steps.len()) ")" }
                ul { @for step in row.seat.steps.iter().rev() {
                    li {
                        (danish::date_time(step.at)) ", " (step.by) ": " (step.place.map_or("Taget tilbage", Place::danish))
                        @if step.order > 0 { " nr. " (step.order) }
                        ". " (step.reason.text())
                    }
                } }
            }
        }
    }
}

pub(super) fn told(row: &Row) -> Markup {
    html! {
        @match (&row.seat.told, row.due()) {
            (Some(told), None) => { "»" (told.notice.title()) "« " (danish::short_date(danish::local(told.at).date_naive())) },
            (Some(told), Some(due)) => { "»" (told.notice.title()) "« sendt, mangler »" (due.title()) "«" },
            (None, Some(due)) => { "mangler »" (due.title()) "«" },
            (None, None) => { "intet" },
        }
    }
}
