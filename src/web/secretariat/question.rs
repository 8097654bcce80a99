//! One question across all who answered, side by side, with tags and what stands out.
use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::{Data, Path, Query};
use maud::{Markup, html};
use samsvar_core::campaigns::group_title;

use super::super::doors::Secretary;
use super::super::errors::WebError;
use super::super::frame::back_link;
use super::super::posted::Posted;
use super::page;
use crate::actions::qualifying::{self, Across, AnswerRow, Contradiction};
use crate::app::App;

/// `GET /sekretariat/indsamlinger/{campaign}/sporgsmaal`
pub async fn across(
    app: Data<App>,
    Secretary(staff): Secretary,
    id: Path<String>,
    query: Query<Vec<(String, String)>>,
) -> Result<HttpResponse, WebError> {
    let app = app.into_inner();
    super::super::blocking_web(move || {
        let value = |name: &str| {
            let found = query.iter().find(|(n, _)| n == name);
            found.map_or("", |(_, v)| v.as_str())
        };
        let (group, field) = (value("gruppe"), value("felt"));
        let found = qualifying::across(&app, &id, group, field, &staff.name)?;
        let found = found.ok_or(WebError::NotFound)?;
        let conflicts = qualifying::contradictions(&app, &id)?;
        let body = body(&found, &conflicts, value("stikord"));
        Ok(page(&app, &staff, "Svar på tværs", &body))
    })
    .await
}

/// `POST /sekretariat/indsamlinger/{campaign}/sporgsmaal`: keeps the tags.
pub async fn tag(
    app: Data<App>,
    Secretary(staff): Secretary,
    id: Path<String>,
    posted: Posted,
) -> Result<HttpResponse, WebError> {
    let app = app.into_inner();
    let to = super::super::blocking(move || {
        let entries: Vec<(String, String)> = posted
            .pairs
            .iter()
            .filter_map(|(name, v)| Some((name.strip_prefix("stikord-")?.to_owned(), v.clone())))
            .collect();
        let (group, field) = (posted.value("gruppe"), posted.value("felt"));
        qualifying::tag(&app, &id, field, &entries, &staff.name)?;
        let to = format!("/sekretariat/indsamlinger/{id}/sporgsmaal");
        Ok(format!(
            "{to}?gruppe={}&felt={}",
            encoded(group),
            encoded(field)
        ))
    })
    .await?;
    Ok(HttpResponse::SeeOther()
        .insert_header((header::LOCATION, to))
        .finish())
}

fn encoded(text: &str) -> String {
    let byte = |b: u8| match b {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' => char::from(b).to_string(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(byte).collect()
}

fn body(found: &Across, conflicts: &[Contradiction], tag: &str) -> Markup {
    let base = format!("/sekretariat/indsamlinger/{}", found.campaign.id);
    let chosen = found.chosen.and_then(|n| found.questions.get(n));
    html! {
        (back_link(&base, &found.campaign.title))
        h1 { "Svar på tværs" }
        (choice(found, &base))
        (contradictions(conflicts, &base))
        @if let Some(question) = chosen {
            h2 { (question.title) }
            (rows(found, question.pointer.as_str(), tag, &base))
        } @else { p { "Vælg et spørgsmål for at se alles svar på det. Det skrives i historikken, at I har læst dem." } }
    }
}

fn choice(found: &Across, base: &str) -> Markup {
    let chosen = found
        .chosen
        .and_then(|n| found.questions.get(n))
        .map(|q| q.pointer.as_str());
    let mut sections: Vec<&str> = found.questions.iter().map(|q| q.section.as_str()).collect();
    sections.dedup();
    html! {
        form.sv-filter method="get" action={ (base) "/sporgsmaal" } {
            div.form-group {
                label.form-label for="gruppe" { "Gruppe" }
                select.form-select #gruppe name="gruppe" {
                    @for a in &found.campaign.audiences { option value=(a.group) selected[a.group == found.group] { (group_title(&a.group)) } }
                }
            }
            div.form-group {
                label.form-label for="felt" { "Spørgsmål" }
                select.form-select #felt name="felt" {
                    @for section in sections {
                        optgroup label=(section) {
                            @for q in found.questions.iter().filter(|q| q.section == section) {
                                option value=(q.pointer) selected[Some(q.pointer.as_str()) == chosen] { (q.title) }
                            }
                        }
                    }
                }
            }
            button.button.button-primary type="submit" { "Vis svarene" }
        }
    }
}

/// What can't both be right, whichever question is read.
pub(super) fn contradictions(conflicts: &[Contradiction], base: &str) -> Markup {
    html! {
        @if !conflicts.is_empty() {
            div.alert.alert-warning { div.alert-body {
                h2.alert-heading { "Svar, der ikke passer sammen" }
                ul { @for c in conflicts {
                    li {
                        a href={ (base) "/svar/" (c.respondent.id) } { (c.respondent.name()) } " og "
                        a href={ (base) "/svar/" (c.other.id) } { (c.other.name()) } ": " (c.message)
                    }
                } }
            } }
        }
    }
}

fn rows(found: &Across, pointer: &str, tag: &str, base: &str) -> Markup {
    let compared = found.campaign.previous.is_some();
    let mut tags: Vec<&str> = found
        .rows
        .iter()
        .flat_map(|r| r.tags.iter().map(String::as_str))
        .collect();
    tags.sort_unstable();
    tags.dedup();
    let shown = |row: &&AnswerRow| tag.is_empty() || row.tags.iter().any(|t| t == tag);
    html! {
        p { (found.rows.len()) " har svaret." }
        @if !tags.is_empty() {
            p { "Stikord: "
                @for t in &tags {
                    a href={ (base) "/sporgsmaal?gruppe=" (encoded(&found.group)) "&felt=" (encoded(pointer)) "&stikord=" (encoded(t)) } { (t) }
                    " (" (found.rows.iter().filter(|r| r.tags.iter().any(|x| x == t)).count()) ") "
                }
                @if !tag.is_empty() { a href={ (base) "/sporgsmaal?gruppe=" (encoded(&found.group)) "&felt=" (encoded(pointer)) } { "Vis alle" } }
            }
        }
        form method="post" action={ (base) "/sporgsmaal" } novalidate {
            input type="hidden" name="gruppe" value=(found.group);
            input type="hidden" name="felt" value=(pointer);
            div.sv-scroll tabindex="0" role="region" aria-label="Svar side om side" {
                table.sv-table {
                    caption { "Svar side om side" @if !tag.is_empty() { " med stikordet »" (tag) "«" } }
                    thead { tr {
                        th scope="col" { "Svarende" } th scope="col" { "Svar" }
                        @if compared { th scope="col" { "Sidste runde" } }
                        th scope="col" { "Stikord" }
                    } }
                    tbody { @for row in found.rows.iter().filter(shown) { (answer(row, compared, base)) } }
                }
            }
            button.button.button-secondary type="submit" { "Gem stikordene" }
        }
    }
}

fn answer(row: &AnswerRow, compared: bool, base: &str) -> Markup {
    let id = format!("stikord-{}", row.respondent.id);
    html! {
        tr {
            th scope="row" { a href={ (base) "/svar/" (row.respondent.id) } { (row.respondent.name()) } }
            td {
                @if row.answers.is_empty() { "Ikke besvaret" }
                @for text in &row.answers { div.sv-answer { (text) } }
                @if row.deviates { div { span.sv-status.sv-status--started { "Afviger fra sidste runde" } } }
            }
            @if compared { td { @if row.before.is_empty() { "–" } @for text in &row.before { div.sv-answer { (text) } } } }
            td {
                label.sr-only for=(id) { "Stikord til " (row.respondent.name()) ", med komma imellem" }
                input.form-input id=(id) name=(id) type="text" value=(row.tags.join(", "));
            }
        }
    }
}
