//! The secretariat's desk: campaigns, who has answered, the answers, reports and raw data.
mod adjust;
mod campaign;
mod chart;
mod conclusions;
mod editions;
mod elsewhere;
mod follow;
mod history;
mod known;
mod letters;
mod on_behalf;
mod overview;
mod people;
mod qualify;
mod question;
mod remind;
mod report;
mod respondent;
mod retention;
mod second_factor;
mod second_stage;
mod selection;
mod selection_letters;
mod setup;
mod system;
mod texts;
mod try_table;

pub use respondent::thread;
pub use system::health;

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use maud::{Markup, html};
use samsvar_core::access::Staff;
use samsvar_core::campaigns::{Phase, Window};
use samsvar_core::danish;
use samsvar_core::roles::Right;

use super::doors::SignedIn;
use super::errors::WebError;
use super::frame::{Frame, Visitor};
use crate::actions::campaigns::{self, Overview};
use crate::actions::setup::{CampaignDraft, drafts};
use crate::app::App;

/// All routes take a door of staff (`doors.rs`), so none can be reached without a session and a role.
pub fn routes(routes: &mut ServiceConfig) {
    let one = "/sekretariat/indsamlinger/{campaign}";
    routes
        .route("/sekretariat", web::get().to(desk))
        .route("/sekretariat/skemaer/{form}", web::get().to(setup::preview))
        .route("/sekretariat/indsamlinger/ny", web::get().to(setup::new))
        .route("/sekretariat/indsamlinger/ny", web::post().to(setup::begin))
        .route(&format!("{one}/kopi"), web::post().to(setup::copy))
        .route("/sekretariat/status", web::get().to(system::status))
        .route(
            "/sekretariat/eksport/{export}",
            web::get().to(report::how_far),
        )
        .route("/sekretariat/mig", web::get().to(people::own))
        .route(
            "/sekretariat/mig/log-ud",
            web::post().to(people::leave_everywhere),
        )
        .route("/sekretariat/mig/kode", web::get().to(second_factor::show))
        .route("/sekretariat/mig/kode", web::post().to(second_factor::act))
        .route(
            "/sekretariat/personer/nulstil-kode",
            web::post().to(second_factor::reset),
        )
        .route("/sekretariat/personer", web::get().to(people::list))
        .route("/sekretariat/personer", web::post().to(people::save))
        .route(
            "/sekretariat/personer/fjern",
            web::post().to(people::remove),
        )
        .route(
            &format!("{one}/opsaetning/{{step}}"),
            web::get().to(setup::step),
        )
        .route(
            &format!("{one}/opsaetning/{{step}}"),
            web::post().to(setup::save),
        )
        .route(
            &format!("{one}/modtagere/{{respondent}}"),
            web::get().to(setup::contacts),
        )
        .route(
            &format!("{one}/modtagere/{{respondent}}"),
            web::post().to(setup::save_contacts),
        )
        .route(one, web::get().to(overview::campaign))
        .route(
            &format!("{one}/oversigt"),
            web::get().to(overview::fragment),
        )
        .route(
            &format!("{one}/paamindelse"),
            web::get().to(remind::preview),
        )
        .route(&format!("{one}/paamindelse"), web::post().to(remind::send))
        .route(
            &format!("{one}/sporgsmaal"),
            web::get().to(question::across),
        )
        .route(&format!("{one}/sporgsmaal"), web::post().to(question::tag))
        .route(&format!("{one}/naevnte"), web::get().to(second_stage::show))
        .route(
            &format!("{one}/naevnte"),
            web::post().to(second_stage::decide),
        )
        .route(
            &format!("{one}/udvaelgelse"),
            web::get().to(selection::show),
        )
        .route(
            &format!("{one}/udvaelgelse"),
            web::post().to(selection::decide),
        )
        .route(
            &format!("{one}/udvaelgelse/breve"),
            web::get().to(selection_letters::show),
        )
        .route(
            &format!("{one}/udvaelgelse/breve"),
            web::post().to(selection_letters::send),
        )
        .route(
            &format!("{one}/udvaelgelse/liste"),
            web::get().to(selection::list),
        )
        .route(
            &format!("{one}/udvaelgelse/tekster"),
            web::get().to(selection_letters::texts),
        )
        .route(
            &format!("{one}/udvaelgelse/tekster"),
            web::post().to(selection_letters::save_texts),
        )
        .route(
            &format!("{one}/svar/{{respondent}}/ret"),
            web::get().to(qualify::form),
        )
        .route(
            &format!("{one}/svar/{{respondent}}/ret"),
            web::post().to(qualify::correct),
        )
        .route(
            &format!("{one}/svarende/{{respondent}}"),
            web::get().to(respondent::show),
        )
        .route(
            &format!("{one}/svarende/{{respondent}}"),
            web::post().to(respondent::decide),
        )
        .route(
            &format!("{one}/svar/{{respondent}}"),
            web::get().to(campaign::answers),
        )
        .route(
            &format!("{one}/svar/{{respondent}}/bilag/{{hash}}"),
            web::get().to(campaign::attachment),
        )
        .route(
            &format!("{one}/svar/{{respondent}}/svar.xlsx"),
            web::get().to(campaign::workbook),
        )
        .route(&format!("{one}/breve"), web::get().to(letters::all))
        .route(
            &format!("{one}/breve/{{respondent}}"),
            web::get().to(letters::one),
        )
        .route(
            &format!("{one}/breve/{{respondent}}"),
            web::post().to(letters::change),
        )
        .route(
            &format!("{one}/breve/{{respondent}}/mail/{{mail}}"),
            web::get().to(letters::incoming),
        )
        .route(
            &format!("{one}/svar/{{respondent}}/indtast"),
            web::get().to(on_behalf::ask),
        )
        .route(
            &format!("{one}/svar/{{respondent}}/indtast"),
            web::post().to(on_behalf::begin),
        )
        .route(&format!("{one}/kendte-svar"), web::get().to(known::page))
        .route(&format!("{one}/kendte-svar"), web::post().to(known::take))
        .route(&format!("{one}/historik"), web::get().to(history::whole))
        .route(
            &format!("{one}/historik.jsonl"),
            web::get().to(history::file),
        )
        .route(
            &format!("{one}/opbevaring"),
            web::get().to(retention::overview),
        )
        .route(
            &format!("{one}/opbevaring"),
            web::post().to(retention::set_day),
        )
        .route(
            &format!("{one}/opbevaring/slet"),
            web::post().to(retention::erase),
        )
        .route(
            &format!("{one}/opbevaring/{{respondent}}"),
            web::get().to(retention::respondent),
        )
        .route(
            &format!("{one}/opbevaring/{{respondent}}"),
            web::post().to(retention::erase_respondent),
        )
        .route(
            &format!("{one}/opbevaring/{{respondent}}/kontakt/{{place}}.json"),
            web::get().to(retention::contact_file),
        )
        .route(&format!("{one}/status"), web::get().to(follow::status))
        .route(&format!("{one}/rapport"), web::get().to(report::page))
        .route(
            &format!("{one}/rapport/udgiv"),
            web::post().to(editions::release),
        )
        .route(
            &format!("{one}/rapport/valg"),
            web::post().to(editions::choose),
        )
        .route(
            &format!("{one}/rapport/tilpas"),
            web::get().to(adjust::form),
        )
        .route(
            &format!("{one}/rapport/tilpas"),
            web::post().to(adjust::adjust),
        )
        .route(
            &format!("{one}/udgaver/andetsteds"),
            web::get().to(elsewhere::form),
        )
        .route(
            &format!("{one}/udgaver/andetsteds"),
            web::post().to(elsewhere::enter),
        )
        .route(
            &format!("{one}/udgaver/{{number}}"),
            web::get().to(editions::page),
        )
        .route(
            &format!("{one}/udgaver/{{number}}/traek-tilbage"),
            web::post().to(editions::withdraw),
        )
        .route(
            &format!("{one}/udgaver/{{number}}/{{file}}"),
            web::get().to(editions::file),
        )
        .route(&format!("{one}/fritekst"), web::get().to(texts::page))
        .route(&format!("{one}/fritekst"), web::post().to(texts::decide))
        .route("/sekretariat/efterproev", web::get().to(try_table::form))
        .route(
            "/sekretariat/efterproev",
            web::post().to(try_table::verdict),
        )
        .route(
            &format!("{one}/rapport.{{format}}"),
            web::get().to(report::file),
        )
        .route(
            &format!("{one}/data/{{group}}.{{format}}"),
            web::get().to(report::raw),
        )
        .route(
            &format!("{one}/data.{{format}}"),
            web::get().to(report::raw_of_all_groups),
        );
}

/// `GET /sekretariat`
async fn desk(app: Data<App>, SignedIn(staff): SignedIn) -> Result<HttpResponse, WebError> {
    let mut all = campaigns::list(&app)?;
    all.retain(|one| staff.role.may(Right::ReadResults(&one.campaign.id)));
    let drafts = if staff.role.may(Right::RunCollections) {
        drafts(&app)?
    } else {
        Vec::new()
    };
    let now = app.now();
    let body = html! {
        h1 { "Indsamlinger" }
        @if staff.role.may(Right::RunCollections) {
            p.sv-actions {
                a.button.button-primary href="/sekretariat/indsamlinger/ny" { "Ny indsamling" }
                a href="/sekretariat/efterproev" { "Efterprøv en tabel" }
            }
        }
        (begun(&drafts))
        @if all.is_empty() { p { "Der er ingen indsamlinger endnu." } }
        @else {
            div.sv-scroll tabindex="0" role="region" aria-label="Indsamlinger" {
                table.sv-table {
                    caption { "Indsamlinger, den nyeste først" }
                    thead { tr { th scope="col" { "Indsamling" } th scope="col" { "Status" } th scope="col" { "Svarfrist" } th scope="col" { "Svar" } } }
                    tbody { @for one in &all { (row(one, &staff, one.campaign.window.phase(now))) } }
                }
            }
        }
    };
    Ok(page(&app, &staff, "Indsamlinger", &body))
}

/// Collections that are being set up.
fn begun(drafts: &[CampaignDraft]) -> Markup {
    html! {
        @if !drafts.is_empty() {
            h2 { "Under forberedelse" }
            ul {
                @for draft in drafts {
                    @let title = draft.fields.get("titel").map_or("", String::as_str);
                    li {
                        a href={ "/sekretariat/indsamlinger/" (draft.id) "/opsaetning/grundlag" } { (title) }
                        ", sidst rettet " (danish::date_time(draft.changed)) " af " (draft.by)
                    }
                }
            }
        }
    }
}

/// The page of a collection that a role opens onto.
fn home_of(staff: &Staff, campaign: &str) -> String {
    let base = format!("/sekretariat/indsamlinger/{campaign}");
    if staff.role.may(Right::RunCollections) {
        base
    } else if staff.role.may(Right::FollowCollection(campaign)) {
        format!("{base}/status")
    } else {
        format!("{base}/rapport")
    }
}

fn row(one: &Overview, staff: &Staff, phase: Phase) -> Markup {
    html! {
        tr {
            th scope="row" { a href=(home_of(staff, &one.campaign.id)) { (one.campaign.title) } }
            td { (phase_word(phase)) }
            td { (danish::date_time(one.campaign.window.deadline)) }
            td { (answered(one)) " af " (one.respondents.len()) }
        }
    }
}

fn answered(one: &Overview) -> usize {
    one.respondents
        .iter()
        .filter(|r| r.disposition().is_answered())
        .count()
}

fn phase_word(phase: Phase) -> &'static str {
    match phase {
        Phase::NotOpenYet => "Ikke åbnet",
        Phase::Open => "Åben",
        Phase::Closed => "Lukket",
    }
}

fn window_words(window: &Window) -> String {
    format!(
        "{} til {}",
        danish::date_time(window.opens),
        danish::date_time(window.deadline)
    )
}

fn page(app: &App, staff: &Staff, title: &str, body: &Markup) -> HttpResponse {
    super::ok_html(
        &Frame {
            title,
            visitor: Visitor::Staff(&staff.name),
            demo: app.is_demo(),
        }
        .around(body),
    )
}
