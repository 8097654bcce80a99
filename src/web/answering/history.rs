//! Who changed which answer last, and everything that happened to it.
use std::collections::BTreeMap;

use actix_web::HttpResponse;
use actix_web::web::Data;
use maud::{Markup, html};
use samsvar_core::danish;
use samsvar_core::hands::Touch;

use super::super::doors::Owner;
use super::super::errors::WebError;
use super::super::frame::back_link;
use super::super::who::{self, People};
use super::{base, page, question};
use crate::actions::answering::{self, Holder, Writing};
use crate::actions::campaigns;
use crate::app::App;

/// Events that one page shows.
const MOST_EVENTS: usize = 500;

/// `GET /svar/{answer}/historik`
pub async fn history(app: Data<App>, Owner(holder): Owner) -> Result<HttpResponse, WebError> {
    let writing = answering::writing(&app, &holder)?;
    drawn(&app, &holder, &writing)
}

pub(super) fn drawn(
    app: &App,
    holder: &Holder,
    writing: &Writing,
) -> Result<HttpResponse, WebError> {
    let people = People::of(app, &holder.respondent)?;
    let events = campaigns::history(
        app,
        &holder.campaign.id,
        Some(&holder.respondent.id),
        MOST_EVENTS,
    )?;
    let body = html! {
        (back_link(&base(holder), "Om skemaet og hjælp"))
        h1 { "Historik" }
        (touched(holder, &people, &writing.touched, None))
        h2 { "Hvad er der sket?" }
        @if events.is_empty() { p { "Der er ikke sket noget endnu." } }
        (who::lines(&events, &people))
    };
    let title = format!("Historik – {}", holder.form.title(holder.language));
    Ok(page(app, holder, &title, &body))
}

/// "Ændret af … kl. …" for each answer of a section, or of all of them.
pub fn touched(
    holder: &Holder,
    people: &People,
    touched: &BTreeMap<String, Touch>,
    section: Option<&str>,
) -> Markup {
    let fields = holder.form.fields(holder.language);
    let here = |pointer: &str| {
        let top = pointer.split('/').nth(1);
        let of = fields.iter().find(|f| f.pointer.split('/').nth(1) == top);
        match (section, of) {
            (Some(section), Some(field)) => field.section == section,
            (Some(_), None) => false,
            (None, _) => true,
        }
    };
    let rows: Vec<(&String, &Touch)> = touched.iter().filter(|(p, _)| here(p)).collect();
    if rows.is_empty() {
        return html! {};
    }
    html! {
        details.sv-touched {
            summary { "Hvem har ændret hvad?" }
            ul {
                @for (pointer, touch) in rows {
                    li {
                        (question(holder, pointer)) ": ændret af " (people.hand(&touch.by)) " "
                        (danish::short_date(danish::local(touch.at).date_naive())) " kl. " (danish::clock(touch.at))
                    }
                }
            }
        }
    }
}
