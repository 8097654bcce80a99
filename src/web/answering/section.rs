//! One section of the form: shown, saved, and merged with what others wrote meanwhile.
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Query};
use maud::{Markup, html};
use samsvar_core::answers::{Conflict, Draft};
use samsvar_core::campaigns::Phase;
use samsvar_core::danish;
use samsvar_core::forms::{ErrorLink, Finding, PageView, SectionHead, control_id};
use serde::Deserialize;

use super::super::doors::Answerer;
use super::super::errors::WebError;
use super::super::form_view;
use super::super::posted::Posted;
use super::{LANGUAGE, Step, base, error_summary, page, progress, section_path, see_other};
use crate::actions::answering::{self, Holder, PagePost, Saved, Writing};
use crate::app::App;
use crate::organisations;

#[derive(Deserialize)]
pub struct Show {
    /// `fejl` marks what is wrong or missing on the page.
    #[serde(default)]
    vis: String,
    /// Set after a save, so that the page can say so.
    #[serde(default)]
    gemt: String,
}

/// `GET /svar/{answer}/afsnit/{section}`
pub async fn section(
    app: Data<App>,
    Answerer(holder): Answerer,
    path: Path<(String, String)>,
    show: Query<Show>,
) -> Result<HttpResponse, WebError> {
    let (_, id) = path.into_inner();
    open_window(&app, &holder)?;
    let writing = answering::writing(&app, &holder)?;
    let findings = match show.vis.as_str() {
        "fejl" => holder.form.validate(&writing.draft, LANGUAGE),
        _ => typed_wrong(&holder, &writing.draft),
    };
    let mut view = holder
        .form
        .section(&id, &writing.draft, &findings, LANGUAGE)
        .ok_or(WebError::NotFound)?;
    view.offer_organisations(&organisations::names);
    let links = links_on(&holder, &id, &writing.draft, &findings);
    let saved = writing
        .saved
        .filter(|_| !show.gemt.is_empty())
        .map(danish::clock);
    let sheet = Sheet {
        id: &id,
        view: &view,
        links: &links,
        conflicts: &[],
        shown: &writing,
        saved,
    };
    Ok(sheet.page(&app, &holder))
}

/// `POST /svar/{answer}/afsnit/{section}`
pub async fn post_section(
    app: Data<App>,
    Answerer(holder): Answerer,
    path: Path<(String, String)>,
    posted: Posted,
) -> Result<HttpResponse, WebError> {
    let (_, id) = path.into_inner();
    let app = app.into_inner();
    let worker = app.clone();
    super::super::blocking_web(move || {
        let base_draft = base_of(&worker, &holder, posted.value("base"))?;
        let sections = holder.form.sections(&base_draft, &[], LANGUAGE);
        if sections.iter().all(|s| s.id != id) {
            return Err(WebError::NotFound);
        }
        let mut pairs = posted.pairs;
        super::super::files::keep_posted(&worker, &holder, posted.files, &mut pairs)?;
        let action = pairs
            .iter()
            .rev()
            .find(|(n, _)| n == "do")
            .map_or("save", |(_, v)| v.as_str())
            .to_owned();
        let post = PagePost {
            section: Some(&id),
            pairs: &pairs,
            base: base_draft,
            action: &action,
        };
        match answering::save_page(&worker, &holder, &post)? {
            Saved::Closed(Phase::NotOpenYet) => Err(WebError::CampaignNotOpen),
            Saved::Closed(_) => Err(WebError::CampaignClosed),
            Saved::Kept { writing, opened } => Ok(see_other(&after_save(
                &holder, &id, &action, &writing, &opened,
            ))),
            Saved::Conflicts {
                draft,
                conflicts,
                writing,
            } => Ok(conflict_page(
                &worker, &holder, &id, &draft, &conflicts, &writing,
            )),
        }
    })
    .await
}

fn open_window(app: &App, holder: &Holder) -> Result<(), WebError> {
    match holder.campaign.window.phase(app.now()) {
        Phase::Open => Ok(()),
        Phase::NotOpenYet => Err(WebError::CampaignNotOpen),
        Phase::Closed => Err(WebError::CampaignClosed),
    }
}

/// What the page was drawn from, as the page says. A page without it is taken to have seen what is stored.
fn base_of(app: &App, holder: &Holder, posted: &str) -> Result<Draft, WebError> {
    match serde_json::from_str::<Draft>(posted) {
        Ok(draft) if draft.answers.is_object() => Ok(draft),
        _ => Ok(answering::writing(app, holder)?.draft),
    }
}

/// Findings on what stands there already; what is still missing is for the review page.
fn typed_wrong(holder: &Holder, draft: &Draft) -> Vec<Finding> {
    let all = holder.form.validate(draft, LANGUAGE);
    all.into_iter()
        .filter(|f| draft.unread.contains_key(&f.pointer))
        .collect()
}

fn after_save(
    holder: &Holder,
    id: &str,
    action: &str,
    writing: &Writing,
    opened: &[String],
) -> String {
    let here = section_path(holder, id);
    match action.split_once(':') {
        // What a button can name is joined to this answer's own address, so it leads nowhere else.
        Some(("goto", "start")) => return base(holder),
        Some(("goto", goal)) => {
            return format!("{}/{}", base(holder), goal.trim_start_matches('/'));
        }
        Some((_, pointer)) => return format!("{here}?gemt=1#{}", control_id(&repeat_of(pointer))),
        None if action == "save" => return format!("{here}?gemt=1"),
        None => {}
    }
    if let Some(first) = opened.first() {
        return format!("{here}?gemt=1#{}", control_id(first));
    }
    let sections = holder.form.sections(&writing.draft, &[], LANGUAGE);
    let at = sections.iter().position(|s| s.id == id);
    match (action, at) {
        ("back", Some(0)) => base(holder),
        ("back", Some(at)) => section_path(holder, &sections[at - 1].id),
        ("next", _) if !wrong_here(holder, id, &writing.draft).is_empty() => {
            format!("{here}?vis=fejl")
        }
        ("next", Some(at)) if at + 1 < sections.len() => section_path(holder, &sections[at + 1].id),
        _ => format!("{}/gennemse", base(holder)),
    }
}

/// The repeat group of `/offers/used/2`: where the page should be after a button in it.
fn repeat_of(pointer: &str) -> String {
    match pointer.rsplit_once('/') {
        Some((group, last)) if last.bytes().all(|b| b.is_ascii_digit()) && !last.is_empty() => {
            group.to_owned()
        }
        _ => pointer.to_owned(),
    }
}

/// What was answered on this page and can't be right; a missing answer does not keep anybody here.
fn wrong_here(holder: &Holder, id: &str, draft: &Draft) -> Vec<ErrorLink> {
    links_on(holder, id, draft, &super::answered_wrong(holder, draft))
}

fn links_on(holder: &Holder, id: &str, draft: &Draft, findings: &[Finding]) -> Vec<ErrorLink> {
    let links = holder.form.error_links(draft, findings, LANGUAGE);
    links
        .into_iter()
        .filter(|l| l.section.as_deref() == Some(id))
        .collect()
}

fn conflict_page(
    app: &App,
    holder: &Holder,
    id: &str,
    draft: &Draft,
    conflicts: &[Conflict],
    stored: &Writing,
) -> HttpResponse {
    let mut view = holder
        .form
        .section(id, draft, &[], LANGUAGE)
        .unwrap_or_default();
    view.offer_organisations(&organisations::names);
    let sheet = Sheet {
        id,
        view: &view,
        links: &[],
        conflicts,
        shown: stored,
        saved: None,
    };
    let mut response = sheet.page(app, holder);
    *response.status_mut() = StatusCode::CONFLICT;
    response
}

/// The page of a section as plain data.
struct Sheet<'a> {
    id: &'a str,
    view: &'a PageView,
    links: &'a [ErrorLink],
    conflicts: &'a [Conflict],
    /// What is stored: the base that the next post is merged from.
    shown: &'a Writing,
    /// When it was saved, to be said.
    saved: Option<String>,
}

impl Sheet<'_> {
    fn page(&self, app: &App, holder: &Holder) -> HttpResponse {
        let wrong = super::answered_wrong(holder, &self.shown.draft);
        let heads = holder.form.sections(&self.shown.draft, &wrong, LANGUAGE);
        page(app, holder, &self.title(holder), &self.body(holder, &heads))
    }

    fn title(&self, holder: &Holder) -> String {
        let section = self.view.sections.first().map_or("", |s| s.title.as_str());
        let wrong = if self.links.is_empty() && self.conflicts.is_empty() {
            ""
        } else {
            "Fejl: "
        };
        format!("{wrong}{section} – {}", holder.form.title(LANGUAGE))
    }

    fn body(&self, holder: &Holder, heads: &[SectionHead]) -> Markup {
        let action = section_path(holder, self.id);
        html! {
            h1 { (holder.form.title(LANGUAGE)) }
            (self.saved_note())
            (error_summary(holder, Step::Section(self.id), self.links))
            (self.conflict_note(holder))
            div.sv-layout {
                div.sv-layout__content {
                    (self.place(heads))
                    form #svar method="post" action=(action) enctype=[self.view.has_file().then_some("multipart/form-data")] novalidate autocomplete="off" {
                        input type="hidden" name="base" value=(self.base_json());
                        (form_view::fields(self.view, LANGUAGE))
                        div.sv-actions {
                            button.button.button-primary type="submit" name="do" value="next" { "Gem og fortsæt" }
                            button.button.button-secondary type="submit" name="do" value="save" { "Gem" }
                            button.button.button-tertiary type="submit" name="do" value="back" { "Tilbage" }
                        }
                    }
                }
                div.sv-layout__aside { (progress(holder, heads, Step::Section(self.id))) }
            }
        }
    }

    /// "Afsnit 2 af 8", for those who don't see the list beside it.
    fn place(&self, heads: &[SectionHead]) -> Markup {
        let at = heads
            .iter()
            .position(|head| head.id == self.id)
            .unwrap_or_default()
            + 1;
        html! { @if heads.len() > 1 { p.sv-step { "Afsnit " (at) " af " (heads.len()) } } }
    }

    fn base_json(&self) -> String {
        serde_json::to_string(&self.shown.draft).unwrap_or_default()
    }

    fn saved_note(&self) -> Markup {
        html! {
            @if let Some(clock) = &self.saved {
                div.alert.alert-success role="status" { div.alert-body { p.alert-text { "Gemt kl. " (clock) "." } } }
            }
        }
    }

    fn conflict_note(&self, holder: &Holder) -> Markup {
        if self.conflicts.is_empty() {
            return html! {};
        }
        let when = self
            .shown
            .saved
            .map(|at| format!(" kl. {}", danish::clock(at)))
            .unwrap_or_default();
        html! {
            div.alert.alert-warning #fejl role="alert" tabindex="-1" data-focus="" {
                div.alert-body {
                    h2.alert-heading { "Svaret er ændret et andet sted" }
                    p.alert-text {
                        "En anden fane eller kollega har gemt" (when) ", mens I skrev. Jeres ændringer er ikke gemt endnu. "
                        "Felterne nedenfor viser det, I skrev. Vælg »Gem« for at bruge jeres svar, eller ret feltet til det gemte først."
                    }
                    ul.nobullet-list { @for conflict in self.conflicts { (conflict_line(holder, conflict)) } }
                }
            }
        }
    }
}

fn conflict_line(holder: &Holder, conflict: &Conflict) -> Markup {
    let label = holder
        .form
        .field_title(&conflict.pointer, LANGUAGE)
        .unwrap_or_else(|| conflict.pointer.clone());
    let text = |value: &Option<serde_json::Value>| {
        value.as_ref().map_or_else(
            || "intet svar".to_owned(),
            |v| holder.form.value_text(&conflict.pointer, v, LANGUAGE),
        )
    };
    html! {
        li {
            a href={ "#" (control_id(&conflict.pointer)) } { (label) }
            ": I skrev »" (text(&conflict.mine)) "«, gemt er »" (text(&conflict.theirs)) "«"
        }
    }
}
