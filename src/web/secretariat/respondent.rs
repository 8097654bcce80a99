//! One respondent: how it stands, what the secretariat decides about it, and the conversation with it.
use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Path, Query};
use chrono::NaiveTime;
use maud::{Markup, html};
use samsvar_core::access::Staff;
use samsvar_core::campaigns::Campaign;
use samsvar_core::campaigns::passing::{NamedContact, NamedState};
use samsvar_core::danish;
use samsvar_core::events::{Actor, Event};

use super::super::doors::Secretary;
use super::super::errors::WebError;
use super::super::fields::{self, TextField};
use super::super::frame::back_link;
use super::super::posted::Posted;
use super::overview::{status_class, when};
use super::page;
use crate::actions::campaigns;
use crate::actions::following::{Followed, Row, followed};
use crate::actions::messages::{self, MOST_CHARACTERS, Message};
use crate::actions::passing;
use crate::actions::respondents::{self, Decision};
use crate::app::App;

/// `GET /sekretariat/indsamlinger/{campaign}/svarende/{respondent}`
pub async fn show(
    app: Data<App>,
    Secretary(staff): Secretary,
    path: Path<(String, String)>,
    query: Query<Vec<(String, String)>>,
) -> Result<HttpResponse, WebError> {
    let app = app.into_inner();
    super::super::blocking_web(move || {
        let said = query.iter().find(|(name, _)| name == "sagt");
        let said = said.map_or("", |(_, value)| value.as_str());
        sheet(&app, &staff, &path, &Typed::default(), said)
    })
    .await
}

/// `POST /sekretariat/indsamlinger/{campaign}/svarende/{respondent}`
pub async fn decide(
    app: Data<App>,
    Secretary(staff): Secretary,
    path: Path<(String, String)>,
    posted: Posted,
) -> Result<HttpResponse, WebError> {
    let app = app.into_inner();
    super::super::blocking_web(move || {
        let (campaign, respondent) = (&path.0, &path.1);
        let here = format!("/sekretariat/indsamlinger/{campaign}/svarende/{respondent}");
        let done = |said: &str| {
            Ok(HttpResponse::SeeOther()
                .insert_header((header::LOCATION, format!("{here}?sagt={said}")))
                .finish())
        };
        let refused = |field: &'static str, message: &'static str| {
            let typed = Typed {
                field,
                message,
                value: posted.value(field).to_owned(),
            };
            sheet(&app, &staff, &path, &typed, "")
        };
        let text = |name: &str| posted.value(name).trim().to_owned();
        let decision = match posted.value("do") {
            "igen" => {
                let sent = respondents::send_link_again(&app, campaign, respondent, &staff.name)?;
                return done(if sent > 0 { "link" } else { "intet-link" });
            }
            "besked" => {
                let words = text("besked");
                if words.is_empty() || words.chars().count() > MOST_CHARACTERS {
                    return refused("besked", "Skriv en besked på højst 5.000 tegn.");
                }
                return write(&app, &staff, &path, &words).and_then(|()| done("besked"));
            }
            "udsaet" => {
                let end = NaiveTime::from_hms_opt(23, 59, 59).unwrap_or_default();
                match danish::parse_local(posted.value("ny-frist"), end) {
                    Some(to) if to > app.now() => Decision::Extend(to),
                    _ => {
                        return refused(
                            "ny-frist",
                            "Skriv en dato, der ikke er gået, fx 29.4.2026.",
                        );
                    }
                }
            }
            "fritag" | "afslaa" if text("grund").is_empty() => {
                return refused("grund", "Skriv grunden. Den nævnes i rapporten uden navne.");
            }
            "fritag" => Decision::Exempt(text("grund")),
            "afslaa" => Decision::Decline(text("grund")),
            "vent" => Decision::Expect,
            "godkend" => Decision::Approve,
            word @ ("lad-overtage" | "afvis-kontakt") => {
                let id = posted.value("udpeget");
                let takes = word == "lad-overtage";
                passing::decide(&app, (campaign, respondent, id), takes, &staff.name)?;
                return done("gemt");
            }
            _ => Decision::Note(text("note").chars().take(1_000).collect()),
        };
        respondents::decide(&app, campaign, respondent, &decision, &staff.name)?;
        done("gemt")
    })
    .await
}

fn write(app: &App, staff: &Staff, path: &(String, String), words: &str) -> Result<(), WebError> {
    let found = campaigns::overview(app, &path.0)?.ok_or(WebError::NotFound)?;
    let asked = found.respondents.iter().find(|r| r.id == path.1);
    let respondent = asked.ok_or(WebError::NotFound)?;
    messages::write(app, &found.campaign, respondent, words, &staff.name)?;
    Ok(())
}

/// What was typed in the one field that is at fault.
#[derive(Default)]
struct Typed {
    field: &'static str,
    message: &'static str,
    value: String,
}

fn sheet(
    app: &App,
    staff: &Staff,
    path: &(String, String),
    typed: &Typed,
    said: &str,
) -> Result<HttpResponse, WebError> {
    let found = followed(app, &path.0)?.ok_or(WebError::NotFound)?;
    let asked = found.rows.iter().find(|r| r.respondent.id == path.1);
    let sheet = Sheet {
        row: asked.ok_or(WebError::NotFound)?,
        thread: messages::thread(app, &path.0, &path.1)?,
        history: campaigns::history(app, &path.0, Some(&path.1), 100)?,
        named: passing::named_by(app, &path.0, &path.1)?,
        found: &found,
        typed,
        said,
    };
    let name = sheet.row.respondent.name();
    let faulty = !typed.field.is_empty();
    let title = if faulty {
        format!("Fejl: {name}")
    } else {
        name
    };
    let mut response = page(app, staff, &title, &sheet.body());
    if faulty {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

struct Sheet<'a> {
    found: &'a Followed,
    row: &'a Row,
    thread: Vec<Message>,
    history: Vec<Event>,
    named: Vec<NamedContact>,
    typed: &'a Typed,
    said: &'a str,
}

impl Sheet<'_> {
    fn campaign(&self) -> &Campaign {
        &self.found.campaign
    }

    fn body(&self) -> Markup {
        let r = &self.row.respondent;
        let base = format!("/sekretariat/indsamlinger/{}", self.campaign().id);
        html! {
            (back_link(&base, &self.campaign().title))
            h1 { (r.name()) }
            (self.outcome())
            (self.to_decide())
            (self.facts())
            p.sv-actions.sv-actions--tight {
                @if r.progress.submissions > 0 { a.button.button-primary href={ (base) "/svar/" (r.id) } { "Læs svaret" } }
                a.button.button-secondary href={ (base) "/svar/" (r.id) "/indtast" } { "Indtast svar" span.sr-only { " for " (r.name()) } }
                a.button.button-secondary href={ (base) "/modtagere/" (r.id) } { "Ret kontaktpersoner" }
                a.button.button-secondary href={ (base) "/breve/" (r.id) } { "Breve" }
            }
            div.sv-desk {
                (self.conversation())
                (self.decisions())
            }
            (super::campaign::events(&self.history, &[r]))
        }
    }

    fn outcome(&self) -> Markup {
        let words = match self.said {
            "gemt" => "Det er gemt.",
            "link" => {
                "Et nyt link er lagt i udbakken til hver kontaktperson. De gamle links virker stadig."
            }
            "intet-link" => {
                "Der er ikke sendt noget: der er ingen mailadresse, eller der kan ikke længere svares."
            }
            "besked" => "Beskeden er gemt og lagt i udbakken til kontaktpersonerne.",
            _ => "",
        };
        html! {
            @if !self.typed.field.is_empty() {
                div.alert.alert-error #fejl role="alert" tabindex="-1" data-focus="" { div.alert-body {
                    h2.alert-heading { "Der er ikke gemt noget" }
                    ul.nobullet-list { li { a href={ "#" (self.typed.field) } { (self.typed.message) } } }
                } }
            } @else if !words.is_empty() {
                div.alert.alert-success role="status" { div.alert-body { p.alert-text { (words) } } }
            }
        }
    }

    fn facts(&self) -> Markup {
        let (r, d) = (&self.row.respondent, self.row.disposition);
        let window = r.window(&self.campaign().window);
        let stop = r.standing.exempt.as_ref().or(r.standing.declined.as_ref());
        html! {
            dl.sv-facts {
                div { dt { "Status" } dd { span class={ "sv-status " (status_class(d)) } { (d.danish()) } } }
                @if let Some(stop) = stop { div { dt { "Grund" } dd { (stop.reason) " (" (stop.by) ", " (danish::date_time(stop.at)) ")" } } }
                div { dt { "Svarfrist" } dd { (danish::date_time(window.deadline)) @if r.standing.extended_to.is_some() { " (udsat)" } } }
                (self.passed_on())
                div { dt { "Inviteret" } dd { (when(r.progress.invited)) } }
                div { dt { "Påmindet" } dd { @if r.reminded.is_empty() { "–" } @for at in &r.reminded { (danish::date_time(*at)) br; } } }
                div { dt { "Sidst aktiv" } dd { (when(self.row.last_seen)) @if let Some(name) = &self.row.writing { ". Skriver nu: " (name) } } }
                @if let Some((answered, total)) = self.row.answered { div { dt { "Fremdrift" } dd { (answered) " af " (total) " spørgsmål i kladden" } } }
            }
        }
    }

    /// Whom contacts named as the right person, and still need a look.
    fn to_decide(&self) -> Markup {
        html! {
            @for one in self.named.iter().filter(|one| one.waits()) {
                @let old = self.row.respondent.contacts.get(one.place).map_or("", |c| c.address.as_str());
                div.alert.alert-warning { div.alert-body {
                    h2.alert-heading { "En kontaktperson har peget på en anden" }
                    p.alert-text { (old) " skrev " (danish::date_time(one.at)) ", at den rette er " strong { (one.named.name) " " (one.named.address) } ". Indtil I har valgt, får " (old) " ingen breve." }
                    @if !one.note.is_empty() { p.alert-text { "Besked: " (lines(&one.note)) } }
                    form method="post" novalidate {
                        input type="hidden" name="udpeget" value=(one.id);
                        div.sv-actions.sv-actions--tight {
                            button.button.button-primary type="submit" name="do" value="lad-overtage" { "Send brevet til den nye" }
                            button.button.button-secondary type="submit" name="do" value="afvis-kontakt" { "Behold den gamle" }
                        }
                    }
                } }
            }
        }
    }

    /// Who gave the letter on to whom, once it is settled.
    fn passed_on(&self) -> Markup {
        html! {
            @for one in self.named.iter().filter(|one| !one.waits()) {
                div { dt { "Sendt videre" } dd {
                    (one.named.name) " " (one.named.address) " "
                    @match &one.state {
                        NamedState::Taken { at, by } => { "overtog " (danish::date_time(*at)) @if let Some(by) = by { " (" (by) ")" } },
                        NamedState::Refused { at, by } => { "afvist " (danish::date_time(*at)) " (" (by) ")" },
                        NamedState::Waiting => {},
                    }
                    @if !one.note.is_empty() { br; "Besked: " (lines(&one.note)) }
                } }
            }
        }
    }

    fn field<'f>(
        &'f self,
        id: &'f str,
        label: &'f str,
        hint: Option<&'f str>,
        otherwise: &'f str,
    ) -> TextField<'f> {
        let faulty = self.typed.field == id;
        TextField {
            id,
            label,
            hint,
            value: if faulty { &self.typed.value } else { otherwise },
            error: faulty.then_some(self.typed.message),
            required: true,
        }
    }

    fn conversation(&self) -> Markup {
        let r = &self.row.respondent;
        html! {
            h2 { "Beskeder" }
            (thread(&self.thread, &r.contacts, true))
            form method="post" novalidate {
                (fields::long_text(&self.field("besked", "Skriv til den svarende", Some("Sendes som brev med et link; svaret kommer her"), ""), 4))
                button.button.button-secondary type="submit" name="do" value="besked" { "Send beskeden" }
            }
        }
    }

    fn decisions(&self) -> Markup {
        let (r, d) = (&self.row.respondent, self.row.disposition);
        html! {
            h2 { "Aftaler" }
            form method="post" novalidate {
                (fields::text(&self.field("ny-frist", if d.is_answered() { "Åbn for rettelser indtil" } else { "Udsæt fristen til" }, Some("Fx 29.4.2026. Gælder kun denne svarende"), "")))
                button.button.button-secondary type="submit" name="do" value="udsaet" { @if d.is_answered() { "Åbn igen" } @else { "Udsæt fristen" } }
            }
            @if d.owes() {
                form method="post" novalidate {
                    (fields::text(&self.field("grund", "Grund til, at der ikke svares", Some("Fx »Har ingen borgere i målgruppen, aftalt på telefon«"), "")))
                    div.sv-actions.sv-actions--tight {
                        button.button.button-secondary type="submit" name="do" value="fritag" { "Fritag" }
                        button.button.button-secondary type="submit" name="do" value="afslaa" { "Har sagt nej" }
                    }
                }
                form method="post" novalidate { button.button.button-secondary type="submit" name="do" value="igen" { "Send linket igen" } }
            } @else if !d.is_answered() {
                form method="post" novalidate { button.button.button-secondary type="submit" name="do" value="vent" { "Vent igen på et svar" } }
            }
            form method="post" novalidate {
                (fields::long_text(&self.field("note", "Note", Some("Kun for sekretariatet"), &r.standing.note), 3))
                button.button.button-secondary type="submit" name="do" value="note" { "Gem noten" }
            }
        }
    }
}

/// A conversation; `inside` tells the secretariat's page from the respondent's.
pub fn thread(
    thread: &[Message],
    contacts: &[samsvar_core::campaigns::Contact],
    inside: bool,
) -> Markup {
    let name = |message: &Message| match &message.from {
        Actor::Staff(name) if inside => name.clone(),
        Actor::Contact(place) => {
            let name = contacts.get(*place).map_or("", |c| c.name.as_str());
            if name.is_empty() {
                "Den svarende".into()
            } else {
                name.to_owned()
            }
        }
        _ => "Sekretariatet".into(),
    };
    html! {
        @if thread.is_empty() { p { "Der er ingen beskeder endnu." } }
        @else {
            ol.sv-thread {
                @for message in thread {
                    li.sv-thread__own[matches!(message.from, Actor::Staff(_)) == inside] {
                        p.sv-small { strong { (name(message)) } ", " (danish::date_time(message.at)) }
                        p { (lines(&message.text)) }
                    }
                }
            }
        }
    }
}

fn lines(text: &str) -> Markup {
    html! { @for (n, line) in text.lines().enumerate() { @if n > 0 { br; } (line) } }
}
