//! The pages of whoever answers: start, sections, review, receipt.
mod approve;
mod conflict;
pub mod english;
mod hands;
mod history;
mod judged;
mod kept;
pub mod messages;
mod not_me;
mod receipt;
mod reopen;
mod review;
mod section;
mod start;
mod turn;

pub use receipt::{copy_docx, copy_html, copy_json, copy_pdf, copy_xlsx, receipt};
pub use review::{review, submit};
pub use section::{post_section, section};
pub use start::{open_link, start};

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::{ServiceConfig, get, post};
use maud::{Markup, html};
use samsvar_core::answers::Draft;
use samsvar_core::danish;
use samsvar_core::forms::{ErrorLink, Finding, SectionHead};

use super::doors::answer_path;
use super::frame::{Frame, Visitor};
use crate::actions::answering::{Holder, Role};
use crate::app::App;

/// Which step of the answer a page is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step<'a> {
    Section(&'a str),
    Review,
}

/// The routes of those who work together on one answer.
pub fn routes_of_hands(routes: &mut ServiceConfig) {
    routes
        .route("/svar/{answer}/sprog/{language}", get().to(english::choose))
        .route("/l/{token}/ikke-mig", get().to(not_me::open))
        .route("/svar/{answer}/ikke-mig", get().to(not_me::ask))
        .route("/svar/{answer}/ikke-mig", post().to(not_me::name))
        .route("/svar/{answer}/hjaelp", get().to(hands::page_of_hands))
        .route("/svar/{answer}/hjaelp", post().to(hands::hand_over))
        .route(
            "/svar/{answer}/hjaelp/{handover}/traek-tilbage",
            post().to(hands::withdraw),
        )
        .route("/svar/{answer}/faerdig", post().to(hands::finish))
        .route("/svar/{answer}/historik", get().to(history::history))
        .route("/svar/{answer}/genaabn", get().to(reopen::ask))
        .route("/svar/{answer}/genaabn", post().to(reopen::reopen))
        .route("/svar/{answer}/godkendelse", post().to(review::ask_manager))
        .route(
            "/svar/{answer}/godkendelse/traek-tilbage",
            post().to(review::withdraw_request),
        )
        .route("/svar/{answer}/godkend", get().to(approve::read))
        .route("/svar/{answer}/godkend", post().to(approve::decide));
}

fn base(holder: &Holder) -> String {
    answer_path(&holder.link)
}

/// Whether this holder sends the answer, or only helps with it.
fn sends(holder: &Holder) -> bool {
    matches!(holder.role, Role::Owner | Role::OnBehalf(_))
}

/// The sections that this holder may fill in.
fn own_sections(holder: &Holder, draft: &Draft, findings: &[Finding]) -> Vec<SectionHead> {
    let mut heads = holder.form.sections(draft, findings, holder.language);
    heads.retain(|head| holder.may_fill(&head.id));
    heads
}

/// A question's title; in a table or a group with the row's or group's before it.
fn question(holder: &Holder, pointer: &str) -> String {
    let title = |at: &str| holder.form.field_title(at, holder.language);
    let own = title(pointer).unwrap_or_else(|| pointer.to_owned());
    let above = pointer
        .rsplit_once('/')
        .map(|(above, _)| above)
        .filter(|above| above.matches('/').count() > 1);
    match above.and_then(title) {
        Some(above) => format!("{above}: {own}"),
        None => own,
    }
}

fn section_path(holder: &Holder, section: &str) -> String {
    format!("{}/afsnit/{section}", base(holder))
}

fn page(app: &App, holder: &Holder, title: &str, body: &Markup) -> HttpResponse {
    let name = holder.respondent.name();
    let frame = Frame {
        title,
        visitor: Visitor::Respondent(&name),
        demo: app.is_demo(),
    };
    super::ok_html(
        &frame.around(&html! { (english::switch(&base(holder), holder.language)) (body) }),
    )
}

/// Whoever was asked may have had their name erased since.
fn or_erased(name: &str) -> &str {
    if name.is_empty() { "(slettet)" } else { name }
}

fn see_other(to: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, to.to_owned()))
        .finish()
}

/// The sections beside the page, with how far each has come, in words and not by colour alone.
///
/// On a section's page they are buttons of its form, so that going elsewhere saves what was typed.
fn progress(holder: &Holder, heads: &[SectionHead], current: Step) -> Markup {
    let saves = matches!(current, Step::Section(_));
    html! {
        nav aria-label="Afsnit i spørgeskemaet" {
            p.sv-progress__top { (way(saves, "start", &base(holder), false, "Om skemaet og hjælp")) }
            ol.sv-progress {
                @for head in heads {
                    @let here = current == Step::Section(&head.id);
                    @let done = head.answered > 0 && head.answered == head.total && !head.has_findings;
                    li.sv-progress__item.sv-progress__item--current[here].sv-progress__item--done[done].sv-progress__item--faulty[to_mend(head)] {
                        (way(saves, &format!("afsnit/{}", head.id), &section_path(holder, &head.id), here, &head.title))
                        " "
                        span.sv-progress__state { (state(head)) }
                    }
                }
                @let here = current == Step::Review;
                @if sends(holder) { li.sv-progress__item.sv-progress__item--current[here] {
                    (way(saves, "gennemse", &format!("{}/gennemse", base(holder)), here, "Gennemse og send"))
                } }
            }
            (also(holder, saves))
            p { "Svarfrist " (danish::date_time(holder.campaign.window.deadline)) }
        }
    }
}

/// What whoever sends the answer can do beside filling it in.
fn also(holder: &Holder, saves: bool) -> Markup {
    html! {
        @if sends(holder) {
            ul.nobullet-list {
                li { (way(saves, "hjaelp", &format!("{}/hjaelp", base(holder)), false, "Bed en kollega om hjælp")) }
                li { (way(saves, "historik", &format!("{}/historik", base(holder)), false, "Historik")) }
            }
        }
    }
}

/// One way on: a button that saves first, or a link where there is nothing to save.
fn way(saves: bool, goal: &str, to: &str, here: bool, label: &str) -> Markup {
    html! {
        @if saves {
            button.sv-way type="submit" form="svar" name="do" value={ "goto:" (goal) } aria-current=[here.then_some("step")] { (label) }
        } @else {
            a href=(to) aria-current=[here.then_some("step")] { (label) }
        }
    }
}

/// A section that nobody has begun is missing, not wrong.
fn to_mend(head: &SectionHead) -> bool {
    head.has_findings && head.answered > 0
}

fn state(head: &SectionHead) -> String {
    if to_mend(head) {
        "Skal rettes".into()
    } else if head.total == 0 {
        "Valgfrit".into()
    } else if head.answered == 0 {
        "Ikke begyndt".into()
    } else if head.answered == head.total {
        "Besvaret".into()
    } else {
        format!("{} af {} besvaret", head.answered, head.total)
    }
}

/// The head of the list of errors on top of a page, each a link to its field.
fn error_summary(holder: &Holder, here: Step, links: &[ErrorLink]) -> Markup {
    if links.is_empty() {
        return html! {};
    }
    let to = |link: &ErrorLink| match &link.section {
        Some(section) if here != Step::Section(section) => {
            format!("{}?vis=fejl#{}", section_path(holder, section), link.id)
        }
        _ => format!("#{}", link.id),
    };
    html! {
        div.alert.alert-error #fejl role="alert" tabindex="-1" data-focus="" {
            div.alert-body {
                h2.alert-heading {
                    @if links.len() == 1 { "Der er én ting, I skal se på" } @else { "Der er " (links.len()) " ting, I skal se på" }
                }
                ul.nobullet-list {
                    @for link in links { li { a href=(to(link)) { (link.message) } } }
                }
            }
        }
    }
}
