//! One section of the form: shown, saved, and merged with what others wrote meanwhile.
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Query};
use actix_web::{HttpRequest, HttpResponse};
use maud::{Markup, html};
use samsvar_core::answers::{Conflict, Draft};
use samsvar_core::campaigns::Phase;
use samsvar_core::danish;
use samsvar_core::forms::{ErrorLink, Finding, PageView, SectionHead, control_id};
use serde::Deserialize;
use serde_json::Value;

use super::super::doors::Answerer;
use super::super::errors::WebError;
use super::super::form_view;
use super::super::posted::Posted;
use super::super::who::People;
use super::judged::Judged;
use super::kept::kept;
use super::{Step, base, error_summary, page, progress, section_path, see_other};
use super::{conflict, history, turn};
use crate::actions::answering::{self, Holder, Writing};
use crate::actions::hands;
use crate::actions::saving::{self, PagePost, Saved};
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
    let judged = Judged::of(&holder, open_draft(&app, &holder, &id)?);
    let marked = show.vis == "fejl";
    let saved = judged
        .writing()
        .saved
        .filter(|_| !show.gemt.is_empty())
        .map(danish::clock);
    if saved.is_some() {
        return drawn_saved(&app, &holder, &id, &judged, marked, saved);
    }
    drawn(&app, &holder, &id, &judged, marked, None)
}

/// `POST /svar/{answer}/afsnit/{section}`; with `do=auto` (a page with script) the page itself comes back,
/// and where the script asks for it the next page (`turn`), not a redirect to it.
///
/// A post that can't be saved comes back with everything typed on it.
pub async fn post_section(
    app: Data<App>,
    holder: Result<Answerer, WebError>,
    request: HttpRequest,
    path: Path<(String, String)>,
    posted: Posted,
) -> Result<HttpResponse, WebError> {
    let (_, id) = path.into_inner();
    let here = request.path().to_owned();
    let turns = turn::is_asked(&request);
    let holder = match holder {
        Ok(Answerer(holder)) => holder,
        Err(error) => return Ok(kept(&error, &here, &posted)),
    };
    let app = app.into_inner();
    let worker = app.clone();
    super::super::blocking_web(move || match save(&worker, &holder, &id, &posted, turns) {
        Ok(response) => Ok(response),
        Err(error @ (WebError::NotFound | WebError::Incident(_))) => Err(error),
        Err(error) => Ok(kept(&error, &here, &posted)),
    })
    .await
}

fn save(
    app: &App,
    holder: &Holder,
    id: &str,
    posted: &Posted,
    turns: bool,
) -> Result<HttpResponse, WebError> {
    let base_draft = base_of(app, holder, posted.value("base"))?;
    let whole = holder.laid_over(&answering::writing(app, holder)?.draft, &base_draft);
    let sections = holder.form.sections(&whole, &[], holder.language);
    if sections.iter().all(|s| s.id != id) {
        return Err(not_there(holder, id));
    }
    let mut pairs = posted.pairs.clone();
    super::super::files::keep_posted(app, holder, &posted.files, &mut pairs)?;
    let action = pairs
        .iter()
        .rev()
        .find(|(n, _)| n == "do")
        .map_or("save", |(_, v)| v.as_str())
        .to_owned();
    let choices = conflict::choices(posted);
    let again = choices.iter().any(|(_, choice)| choice.is_none());
    let post = PagePost {
        section: id,
        pairs: &pairs,
        base: base_draft,
        action: &action,
        choices,
    };
    match saving::save_page(app, holder, &post)? {
        Saved::Closed(Phase::NotOpenYet) => Err(WebError::CampaignNotOpen),
        Saved::Closed(_) => Err(WebError::CampaignClosed),
        Saved::NotShared => Err(WebError::NotShared),
        Saved::Sent(_) => Err(WebError::AnswerSent),
        Saved::Waiting => Err(WebError::AnswerWaits),
        Saved::Kept { writing, .. } if action == "auto" => {
            let saved = writing.saved.map(danish::clock);
            let judged = Judged::of(holder, writing);
            drawn_saved(app, holder, id, &judged, false, saved)
        }
        Saved::Kept { writing, opened } => {
            let judged = Judged::of(holder, writing);
            let next = after_save(holder, id, &action, &judged, &opened);
            Ok(if turns {
                turn::to(app, holder, &judged, &next)
            } else {
                see_other(&next)
            })
        }
        Saved::Conflicts {
            draft,
            conflicts,
            writing,
        } => {
            let judged = Judged::of(holder, writing);
            conflict_page(app, holder, id, &draft, &conflicts, &judged, again)
        }
    }
}

/// Why a section has no page: closed by other answers, or none of the form's.
fn not_there(holder: &Holder, id: &str) -> WebError {
    let all = hands::all_sections(&holder.form, holder.language);
    if all.iter().any(|(known, _)| known == id) {
        WebError::SectionClosed
    } else {
        WebError::NotFound
    }
}

/// The draft, where this holder may write that section now.
fn open_draft(app: &App, holder: &Holder, id: &str) -> Result<Writing, WebError> {
    match holder.phase(app.now()) {
        Phase::Open => {}
        Phase::NotOpenYet => return Err(WebError::CampaignNotOpen),
        Phase::Closed => return Err(WebError::CampaignClosed),
    }
    if !holder.may_fill(id) {
        return Err(WebError::NotShared);
    }
    let writing = answering::writing(app, holder)?;
    match (writing.sent, &writing.waits) {
        (Some(_), _) => Err(WebError::AnswerSent),
        (_, Some(_)) => Err(WebError::AnswerWaits),
        _ => Ok(writing),
    }
}

/// The section's page after a save, which may have met another that closed the section: then a page that says both.
pub(super) fn drawn_saved(
    app: &App,
    holder: &Holder,
    id: &str,
    judged: &Judged<'_>,
    marked: bool,
    saved: Option<String>,
) -> Result<HttpResponse, WebError> {
    match drawn(app, holder, id, judged, marked, saved) {
        Err(WebError::SectionClosed) => Ok(saved_and_closed(app, holder, judged.writing())),
        other => other,
    }
}

/// What was typed is kept, and nobody is asked for it now. The page's script merges the next save from `data-saved`.
fn saved_and_closed(app: &App, holder: &Holder, writing: &Writing) -> HttpResponse {
    let title = format!(
        "Afsnittet gælder ikke længere – {}",
        holder.form.title(holder.language)
    );
    let body = html! {
        h1 { "Afsnittet gælder ikke længere" }
        p data-saved=(base_json(holder, writing)) { "Det, I skrev, er gemt. Et andet svar i skemaet er ændret imens, så spørgsmålene i afsnittet ikke skal besvares nu. Svarene sendes ikke med, medmindre afsnittet åbnes igen." }
        p { a href=(base(holder)) { "Se de afsnit, der gælder" } }
    };
    page(app, holder, &title, &body)
}

fn drawn(
    app: &App,
    holder: &Holder,
    id: &str,
    judged: &Judged<'_>,
    marked: bool,
    saved: Option<String>,
) -> Result<HttpResponse, WebError> {
    let draft = &judged.writing().draft;
    let findings = if marked {
        judged.findings().to_vec()
    } else {
        judged.unread()
    };
    let mut view = holder
        .form
        .section(id, draft, &findings, holder.language)
        .ok_or_else(|| not_there(holder, id))?;
    view.offer_organisations(&organisations::names);
    let links = links_on(holder, id, draft, &findings);
    let people = People::of(app, &holder.respondent)?;
    let sheet = Sheet {
        id,
        view: &view,
        links: &links,
        conflicts: &[],
        again: false,
        judged,
        saved,
        people: &people,
    };
    Ok(sheet.page(app, holder))
}

/// What a page is drawn from: only what this holder may see.
fn base_json(holder: &Holder, shown: &Writing) -> String {
    serde_json::to_string(&holder.portion(&shown.draft)).unwrap_or_default()
}

/// What the page was drawn from, as the page says. A page without it is taken to have seen what is stored.
fn base_of(app: &App, holder: &Holder, posted: &str) -> Result<Draft, WebError> {
    match serde_json::from_str::<Draft>(posted) {
        Ok(draft) if draft.answers.is_object() => Ok(draft),
        _ => Ok(answering::writing(app, holder)?.draft),
    }
}

fn after_save(
    holder: &Holder,
    id: &str,
    action: &str,
    judged: &Judged<'_>,
    opened: &[String],
) -> String {
    let draft = &judged.writing().draft;
    let here = section_path(holder, id);
    match action.split_once(':') {
        // What a button can name is joined to this answer's own address, so it leads nowhere else.
        Some(("goto", "start")) => return base(holder),
        Some(("goto", goal)) => {
            return format!("{}/{}", base(holder), goal.trim_start_matches('/'));
        }
        Some((verb, pointer)) => {
            return format!("{here}?gemt=1#{}", place_after(verb, pointer, draft));
        }
        None if action == "save" => return format!("{here}?gemt=1"),
        None => {}
    }
    if let Some(first) = opened.first() {
        return format!("{here}?gemt=1#{}", control_id(first));
    }
    let sections = super::own_sections(holder, draft, &[]);
    let at = sections.iter().position(|s| s.id == id);
    match (action, at) {
        (_, None) => format!("{here}?gemt=1"),
        ("back", Some(0)) => base(holder),
        ("back", Some(at)) => section_path(holder, &sections[at - 1].id),
        ("next", _) if !wrong_here(holder, id, judged).is_empty() => {
            format!("{here}?vis=fejl")
        }
        ("next", Some(at)) if at + 1 < sections.len() => section_path(holder, &sections[at + 1].id),
        _ if super::sends(holder) => format!("{}/gennemse", base(holder)),
        _ => format!("{}?gemt=1", base(holder)),
    }
}

/// Where the page should be after a button in a repeat group: at the item that is new or was moved.
fn place_after(verb: &str, pointer: &str, draft: &Draft) -> String {
    let item = |group: &str, at: usize| format!("{}-item", control_id(&format!("{group}/{at}")));
    let count = |group: &str| {
        let items = draft.answers.pointer(group).and_then(Value::as_array);
        items.map_or(0, Vec::len)
    };
    let moved = pointer
        .rsplit_once('/')
        .and_then(|(group, at)| Some((group, at.parse::<usize>().ok()?)));
    match (verb, moved) {
        ("add", _) if count(pointer) > 0 => item(pointer, count(pointer) - 1),
        ("up", Some((group, at))) if at > 0 => item(group, at - 1),
        ("down", Some((group, at))) if at + 1 < count(group) => item(group, at + 1),
        _ => control_id(&repeat_of(pointer)),
    }
}

/// The repeat group of `/offers/used/2`.
fn repeat_of(pointer: &str) -> String {
    match pointer.rsplit_once('/') {
        Some((group, last)) if last.bytes().all(|b| b.is_ascii_digit()) && !last.is_empty() => {
            group.to_owned()
        }
        _ => pointer.to_owned(),
    }
}

/// What was answered on this page and can't be right; a missing answer does not keep anybody here.
fn wrong_here(holder: &Holder, id: &str, judged: &Judged<'_>) -> Vec<ErrorLink> {
    let draft = &judged.writing().draft;
    links_on(holder, id, draft, &judged.answered_wrong())
}

fn links_on(holder: &Holder, id: &str, draft: &Draft, findings: &[Finding]) -> Vec<ErrorLink> {
    let links = holder.form.error_links(draft, findings, holder.language);
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
    judged: &Judged<'_>,
    again: bool,
) -> Result<HttpResponse, WebError> {
    let mut view = holder
        .form
        .section(id, draft, &[], holder.language)
        .unwrap_or_default();
    view.offer_organisations(&organisations::names);
    let people = People::of(app, &holder.respondent)?;
    let sheet = Sheet {
        id,
        view: &view,
        links: &[],
        conflicts,
        again,
        judged,
        saved: None,
        people: &people,
    };
    let mut response = sheet.page(app, holder);
    *response.status_mut() = StatusCode::CONFLICT;
    Ok(response)
}

/// What an earlier visit typed and could not save; shown by the page's script where the browser has kept it.
fn unsaved_offer() -> Markup {
    html! {
        div.alert.alert-warning #gem-tilbud hidden {
            div.alert-body {
                h2.alert-heading { "Her er noget, I skrev, som ikke blev gemt" }
                p.alert-text { "Skrevet: " span data-at="" {} br; "Det ligger kun i denne browser." }
                p.sv-actions {
                    button.button.button-secondary type="button" data-use="ja" { "Brug det" }
                    button.button.button-tertiary type="button" data-use="nej" { "Smid det væk" }
                }
            }
        }
    }
}

/// What the page's script says, `{}` in it for what changes; here so that it comes in the page's language.
const SAID_BY_SCRIPT: [(&str, &str); 10] = [
    ("notSaved", "Ikke gemt endnu"),
    ("saving", "Gemmer …"),
    (
        "savedClosed",
        "Gemt, men afsnittet gælder ikke længere efter et andet svar i skemaet",
    ),
    (
        "away",
        "Ikke gemt endnu – vi prøver igen. Det, I skrev, er gemt i denne browser",
    ),
    (
        "conflict",
        "Ikke gemt: det samme svar er ændret et andet sted. Vælg øverst, hvilket der skal gælde",
    ),
    ("refused", "Ikke gemt: {}"),
    ("saved", "Gemt kl. {}"),
    ("opened", "Nyt spørgsmål: {}"),
    ("openedMany", "{} nye spørgsmål. Det første er: {}"),
    ("closed", "Spørgsmål, som ikke længere gælder, er lukket."),
];

fn said_by_script() -> Markup {
    html! { template #gem-ord { @for (name, text) in SAID_BY_SCRIPT { i data-ord=(name) { (text) } } } }
}

/// The page of a section as plain data.
struct Sheet<'a> {
    id: &'a str,
    view: &'a PageView,
    links: &'a [ErrorLink],
    conflicts: &'a [Conflict],
    /// The choice was asked before, and not all was chosen.
    again: bool,
    /// What is stored: the base that the next post is merged from.
    judged: &'a Judged<'a>,
    /// When it was saved, to be said.
    saved: Option<String>,
    people: &'a People,
}

impl Sheet<'_> {
    fn page(&self, app: &App, holder: &Holder) -> HttpResponse {
        let wrong = self.judged.answered_wrong();
        let heads = super::own_sections(holder, &self.shown().draft, &wrong);
        page(app, holder, &self.title(holder), &self.body(holder, &heads))
    }

    fn shown(&self) -> &Writing {
        self.judged.writing()
    }

    fn title(&self, holder: &Holder) -> String {
        let section = self.view.sections.first().map_or("", |s| s.title.as_str());
        let wrong = if self.links.is_empty() && self.conflicts.is_empty() {
            ""
        } else {
            "Fejl: "
        };
        format!("{wrong}{section} – {}", holder.form.title(holder.language))
    }

    fn body(&self, holder: &Holder, heads: &[SectionHead]) -> Markup {
        let action = section_path(holder, self.id);
        html! {
            (form_view::section_head(self.view, &holder.form.title(holder.language)))
            (self.place(heads))
            (self.saved_note())
            (error_summary(holder, Step::Section(self.id), self.links))
            div.sv-layout {
                div.sv-layout__content {
                    (unsaved_offer())
                    form #svar method="post" action=(action) enctype=[self.view.has_file().then_some("multipart/form-data")] novalidate autocomplete="off" data-autosave=(self.clock()) {
                        input type="hidden" name="base" value=(base_json(holder, self.shown()));
                        (conflict::choices_to_make(holder, self.people, self.shown(), self.conflicts, self.again))
                        (form_view::fields_of_section(self.view, holder.language))
                        div.sv-actions {
                            button.button.button-primary type="submit" name="do" value="next" { "Gem og fortsæt" }
                            button.button.button-secondary type="submit" name="do" value="save" { "Gem" }
                            button.button.button-tertiary type="submit" name="do" value="back" { "Tilbage" }
                        }
                    }
                    p.sv-saved #gem-status role="status" {}
                    p.sr-only #gem-nyt role="status" {}
                    (said_by_script())
                    (history::touched(holder, self.people, &self.shown().touched, Some(self.id)))
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

    /// When what is stored was saved; for the page's script.
    fn clock(&self) -> String {
        self.shown().saved.map(danish::clock).unwrap_or_default()
    }

    fn saved_note(&self) -> Markup {
        html! {
            @if let Some(clock) = &self.saved {
                div.alert.alert-success role="status" { div.alert-body { p.alert-text { "Gemt kl. " (clock) "." } } }
            }
        }
    }
}
