//! The pages of whoever answers: start, sections, review, receipt.
pub mod messages;
mod receipt;
mod review;
mod section;
mod start;

pub use receipt::{copy_docx, copy_html, copy_json, copy_pdf, receipt};
pub use review::{review, submit};
pub use section::{post_section, section};
pub use start::{open_link, start};

use actix_web::HttpResponse;
use actix_web::http::header;
use maud::{Markup, html};
use samsvar_core::answers::Draft;
use samsvar_core::danish;
use samsvar_core::forms::{ErrorLink, Finding, Language, SectionHead};

use super::doors::answer_path;
use super::frame::{Frame, Visitor};
use crate::actions::answering::Holder;
use crate::app::App;

/// Which step of the answer a page is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step<'a> {
    Section(&'a str),
    Review,
}

fn base(holder: &Holder) -> String {
    answer_path(&holder.campaign.id, &holder.respondent.id)
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
    super::ok_html(&frame.around(body))
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
                li.sv-progress__item.sv-progress__item--current[here] {
                    (way(saves, "gennemse", &format!("{}/gennemse", base(holder)), here, "Gennemse og send"))
                }
            }
            p { "Svarfrist " (danish::date_time(holder.campaign.window.deadline)) }
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

/// Findings on what is answered; what is still missing is for the review page.
fn answered_wrong(holder: &Holder, draft: &Draft) -> Vec<Finding> {
    let all = holder.form.validate(draft, LANGUAGE);
    all.into_iter()
        .filter(|f| f.keyword != "required")
        .collect()
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

const LANGUAGE: Language = Language::Da;
