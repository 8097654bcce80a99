//! A collection at a glance: how many have answered, when, and how each of them stands.
use actix_web::HttpResponse;
use actix_web::web::{Data, Path, Query};
use maud::{Markup, html};
use samsvar_core::campaigns::{Disposition, Phase, group_title};
use samsvar_core::danish;
use samsvar_core::events::Event;

use super::super::doors::Secretary;
use super::super::errors::WebError;
use super::super::frame::back_link;
use super::chart::chart;
use super::page;
use crate::actions::following::{Followed, Row, followed};
use crate::actions::{campaigns, reporting, sign_ups};
use crate::app::App;

/// `GET /sekretariat/indsamlinger/{campaign}`
pub async fn campaign(
    app: Data<App>,
    Secretary(staff): Secretary,
    id: Path<String>,
    query: Query<Vec<(String, String)>>,
) -> Result<HttpResponse, WebError> {
    let app = app.into_inner();
    super::super::blocking_web(move || {
        let found = followed(&app, &id)?.ok_or(WebError::NotFound)?;
        let sheet = Sheet {
            has_report: reporting::has_definition(&app, &found.campaign)?,
            feeds: feeds(&app, &found)?,
            sign_up: sign_ups::is_sign_up(&app, &found.campaign)?,
            history: campaigns::history(&app, &id, None, 200)?,
            filter: Filter::of(&query),
            found: &found,
        };
        Ok(page(&app, &staff, &found.campaign.title, &sheet.body()))
    })
    .await
}

/// `GET /sekretariat/indsamlinger/{campaign}/oversigt`: the part of the page that changes, for the page's script.
pub async fn fragment(
    app: Data<App>,
    Secretary(_): Secretary,
    id: Path<String>,
    query: Query<Vec<(String, String)>>,
) -> Result<HttpResponse, WebError> {
    let app = app.into_inner();
    super::super::blocking_web(move || {
        let found = followed(&app, &id)?.ok_or(WebError::NotFound)?;
        Ok(super::super::ok_html(&living(&found, &Filter::of(&query))))
    })
    .await
}

/// Which rows are shown.
#[derive(Default)]
struct Filter {
    group: String,
    state: String,
    search: String,
}

/// A state that can be filtered by: its word in the address, its label, and what it holds for.
type State = (&'static str, &'static str, fn(&Row) -> bool);

const STATES: [State; 9] = [
    ("mangler", "Mangler at svare", |row| row.disposition.owes()),
    ("ikke-aabnet", "Har ikke åbnet linket", |row| {
        matches!(
            row.disposition,
            Disposition::NotInvited | Disposition::Invited
        )
    }),
    ("i-gang", "I gang", |row| {
        row.disposition == Disposition::Started
    }),
    ("svaret", "Har svaret", |row| row.disposition.is_answered()),
    ("for-sent", "Svarede for sent", |row| {
        row.disposition == Disposition::SubmittedLate
    }),
    ("godkendt", "Godkendt", |row| {
        row.disposition == Disposition::Approved
    }),
    ("uden", "Fritaget eller afslået", |row| {
        matches!(row.disposition, Disposition::Exempt | Disposition::Declined)
    }),
    ("besked", "Besked venter på svar", |row| row.waits_for_us),
    ("ikke-mig", "Har peget på en anden", |row| {
        row.named_another
    }),
];

impl Filter {
    fn of(query: &[(String, String)]) -> Self {
        let value = |name: &str| {
            let found = query.iter().find(|(n, _)| n == name);
            found.map_or(String::new(), |(_, v)| v.trim().to_owned())
        };
        Self {
            group: value("gruppe"),
            state: value("status"),
            search: value("soeg"),
        }
    }

    fn takes(&self, row: &Row) -> bool {
        let state = STATES.iter().find(|(word, ..)| *word == self.state);
        let name = row.respondent.name().to_lowercase();
        (self.group.is_empty() || row.respondent.group == self.group)
            && state.is_none_or(|(_, _, holds)| holds(row))
            && name.contains(&self.search.to_lowercase())
    }

    fn query(&self) -> String {
        let encoded = |text: &str| {
            let byte = |b: u8| match b {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => char::from(b).to_string(),
                other => format!("%{other:02X}"),
            };
            text.bytes().map(byte).collect::<String>()
        };
        format!(
            "gruppe={}&status={}&soeg={}",
            encoded(&self.group),
            encoded(&self.state),
            encoded(&self.search)
        )
    }
}

fn feeds(app: &App, found: &Followed) -> Result<bool, WebError> {
    for audience in &found.campaign.audiences {
        let feeds = app.form(&audience.form)?.feeds();
        if feeds
            .iter()
            .any(|f| found.campaign.form_for(&f.group).is_some())
        {
            return Ok(true);
        }
    }
    Ok(false)
}

struct Sheet<'a> {
    found: &'a Followed,
    has_report: bool,
    /// Answers name recipients of a second stage.
    feeds: bool,
    /// Places are given among those who answer yes.
    sign_up: bool,
    history: Vec<Event>,
    filter: Filter,
}

impl Sheet<'_> {
    fn body(&self) -> Markup {
        let campaign = &self.found.campaign;
        let base = base(self.found);
        html! {
            (back_link("/sekretariat", "Indsamlinger"))
            h1 { (campaign.title) }
            p { (super::phase_word(campaign.window.phase(self.found.now))) ". " (self.time_left()) }
            (self.actions(&base))
            (self.filters(&base))
            div #oversigt data-live={ (base) "/oversigt?" (self.filter.query()) } { (living(self.found, &self.filter)) }
            p.sr-only role="status" #oversigt-nyt {}
            p { a href={ (base) "/breve" } { "Alle breve, og hvad der blev af dem" } }
            h2 { "Rapport og data" }
            @if self.has_report {
                p { a href={ (base) "/rapport" } { "Se og hent rapporten" } }
            } @else { p { "Spørgeskemaet har ingen rapport." } }
            (super::campaign::raw(campaign))
            h3 { "Kendte svar" }
            p { a href={ (base) "/kendte-svar" } { "Læg registertal eller sidste rundes svar ved spørgsmålene" } }
            (super::campaign::copying(&campaign.id, self.sign_up))
            h2 { "Opbevaring" }
            ul {
                li { a href={ (base) "/opbevaring" } { "Opbevaring og sletning" } }
                li { a href={ (base) "/historik" } { "Hele historikken" } }
            }
            (super::campaign::events(&self.history, &self.found.rows.iter().map(|r| &r.respondent).collect::<Vec<_>>()))
        }
    }

    fn time_left(&self) -> String {
        let window = &self.found.campaign.window;
        let day = |at| danish::local(at).date_naive();
        let days = (day(window.deadline) - day(self.found.now)).num_days();
        let deadline = danish::date_time(window.deadline);
        match (window.phase(self.found.now), days) {
            (Phase::NotOpenYet, _) => format!("Åbner {}.", danish::date_time(window.opens)),
            (_, 0) => format!("Svarfristen er i dag, {deadline}."),
            (_, 1) => format!("Svarfristen er i morgen, {deadline}."),
            (_, n) if n > 1 => format!("Svarfristen er {deadline}, om {n} dage."),
            (_, n) => format!(
                "Svarfristen var {deadline}, for {} siden.",
                danish::count(n.unsigned_abs(), "dag", "dage")
            ),
        }
    }

    fn actions(&self, base: &str) -> Markup {
        let owes = self.found.rows.iter().any(|r| r.disposition.owes());
        let open = self.found.campaign.window.phase(self.found.now) == Phase::Open;
        html! {
            p.sv-actions.sv-actions--tight {
                @if owes && open { a.button.button-primary href={ (base) "/paamindelse" } { "Send påmindelse" } }
                a.button.button-secondary href={ (base) "/sporgsmaal" } { "Læs svar på tværs" }
                @if self.sign_up { a.button.button-secondary href={ (base) "/udvaelgelse" } { "Udvælgelse" } }
                @if self.feeds { a.button.button-secondary href={ (base) "/naevnte" } { "Nævnt i svarene" } }
                @if self.has_report { a.button.button-secondary href={ (base) "/rapport" } { "Rapport" } }
                a.button.button-secondary href={ (base) "/opsaetning/grundlag" } { "Ret indsamlingen" }
            }
        }
    }

    fn filters(&self, base: &str) -> Markup {
        let groups = &self.found.campaign.audiences;
        html! {
            form.sv-filter method="get" action=(base) role="search" aria-label="Vælg svarende" {
                @if groups.len() > 1 {
                    div.form-group {
                        label.form-label for="gruppe" { "Gruppe" }
                        select.form-select #gruppe name="gruppe" {
                            option value="" { "Alle" }
                            @for a in groups { option value=(a.group) selected[a.group == self.filter.group] { (group_title(&a.group)) } }
                        }
                    }
                }
                div.form-group {
                    label.form-label for="status" { "Status" }
                    select.form-select #status name="status" {
                        option value="" { "Alle" }
                        @for (word, label, _) in STATES { option value=(word) selected[word == self.filter.state] { (label) } }
                    }
                }
                div.form-group {
                    label.form-label for="soeg" { "Navn" }
                    input.form-input type="search" #soeg name="soeg" value=(self.filter.search);
                }
                button.button.button-secondary type="submit" { "Vis" }
            }
        }
    }
}

fn base(found: &Followed) -> String {
    format!("/sekretariat/indsamlinger/{}", found.campaign.id)
}

/// Everything that changes while others answer.
fn living(found: &Followed, filter: &Filter) -> Markup {
    let all = found.rows.len();
    html! {
        h2 { "Hvor langt er vi?" }
        (tiles(found))
        (chart(&found.campaign.window, &found.first_answers, all, found.now))
        @for audience in &found.campaign.audiences {
            @if filter.group.is_empty() || filter.group == audience.group { (group(found, filter, &audience.group)) }
        }
    }
}

fn tiles(found: &Followed) -> Markup {
    let rows = &found.rows;
    let count = |holds: fn(&Row) -> bool| rows.iter().filter(|r| holds(r)).count();
    html! {
        div.sv-tiles {
            (tile(count(|r| r.respondent.progress.invited.is_some()), rows.len(), "er inviteret"))
            (tile(count(|r| r.respondent.progress.opened.is_some()), rows.len(), "har åbnet linket"))
            (tile(count(|r| r.respondent.progress.started.is_some()), rows.len(), "er begyndt"))
            (tile(count(|r| r.disposition.is_answered()), rows.len(), "har sendt"))
        }
    }
}

fn tile(count: usize, all: usize, label: &str) -> Markup {
    html! {
        div.sv-tile { span.sv-tile__figure { (count) " af " (all) } " " span.sv-tile__label { (label) } }
    }
}

fn group(found: &Followed, filter: &Filter, group: &str) -> Markup {
    let rows: Vec<&Row> = found
        .rows
        .iter()
        .filter(|r| r.respondent.group == group)
        .collect();
    let count = |holds: fn(&Row) -> bool| rows.iter().filter(|r| holds(r)).count();
    let sent = count(|r| r.disposition.is_answered());
    let exempt = count(|r| r.disposition == Disposition::Exempt);
    let declined = count(|r| r.disposition == Disposition::Declined);
    let late = count(|r| r.disposition == Disposition::SubmittedLate);
    let shown: Vec<&&Row> = rows.iter().filter(|r| filter.takes(r)).collect();
    html! {
        h2 { (group_title(group)) }
        p {
            "Besvaret af " (sent) " ud af " (rows.len()) "."
            @if late > 0 { " " (late) " af svarene kom for sent." }
            @if exempt > 0 { " " (danish::count(exempt as u64, "er fritaget.", "er fritaget.")) }
            @if declined > 0 { " " (danish::count(declined as u64, "har sagt nej.", "har sagt nej.")) }
        }
        @if shown.is_empty() { p { "Ingen i gruppen passer til det valgte." } }
        @else {
            div.sv-scroll tabindex="0" role="region" aria-label=(group_title(group)) {
                table.sv-table {
                    caption { "Svarende" @if shown.len() < rows.len() { ": " (shown.len()) " af " (rows.len()) " vises" } }
                    thead {
                        tr {
                            th scope="col" { "Svarende" } th scope="col" { "Status" } th scope="col" { "Brev" }
                            th scope="col" { "Sidst aktiv" } th scope="col" { "Fremdrift" } th scope="col" { "Kontakt" } th scope="col" { "Note" }
                        }
                    }
                    tbody { @for one in shown { (row(found, one)) } }
                }
            }
        }
    }
}

fn row(found: &Followed, row: &Row) -> Markup {
    let r = &row.respondent;
    let base = base(found);
    html! {
        tr {
            th scope="row" { a href={ (base) "/svarende/" (r.id) } { (r.name()) } }
            td {
                span class={ "sv-status " (status_class(row.disposition)) } { (row.disposition.danish()) }
                @if let Some(to) = r.standing.extended_to { div.sv-small { "Frist " (danish::short_date(danish::local(to).date_naive())) } }
                @if row.waits_for_us { div.sv-small { strong { "Ny besked" } } }
                @if row.named_another { div.sv-small { strong { "Har peget på en anden" } } }
            }
            td { a href={ (base) "/breve/" (r.id) } aria-label={ (found.mail.of(&r.id)) ": breve til " (r.name()) } { (found.mail.of(&r.id)) } @if !r.reminded.is_empty() { div.sv-small { (danish::count(r.reminded.len() as u64, "påmindelse", "påmindelser")) } } }
            td { (when(row.last_seen)) }
            td {
                @if let Some((answered, total)) = row.answered { (answered) " af " (total) " spørgsmål" }
                @else if row.disposition.is_answered() { a href={ (base) "/svar/" (r.id) } { "Læs svar" span.sr-only { " fra " (r.name()) } } }
                @else { "–" }
                @if let Some(name) = &row.writing { div.sv-small { "Skriver nu: " (name) } }
            }
            td { (contacts(row)) }
            td { @if r.standing.note.is_empty() { "–" } @else { (r.standing.note) } }
        }
    }
}

fn contacts(row: &Row) -> Markup {
    let known: Vec<_> = row
        .respondent
        .contacts
        .iter()
        .filter(|c| !(c.name.is_empty() && c.address.is_empty() && c.phone.is_empty()))
        .collect();
    html! {
        @if known.is_empty() { "Ingen" }
        @for contact in known {
            div { (contact.name) @if !contact.address.is_empty() { " " (contact.address) } @if !contact.phone.is_empty() { " Telefon: " (contact.phone) } }
        }
    }
}

pub(super) fn when(at: Option<chrono::DateTime<chrono::Utc>>) -> String {
    at.map_or_else(
        || "–".to_owned(),
        |at| {
            let day = danish::local(at).date_naive();
            format!("{} {}", danish::short_date(day), danish::clock(at))
        },
    )
}

pub(super) fn status_class(disposition: Disposition) -> &'static str {
    match disposition {
        Disposition::NotInvited | Disposition::Declined | Disposition::Exempt => "",
        Disposition::Invited => "sv-status--sent",
        Disposition::Opened => "sv-status--opened",
        Disposition::Started => "sv-status--started",
        Disposition::Submitted | Disposition::Approved => "sv-status--submitted",
        Disposition::SubmittedLate => "sv-status--late",
    }
}
