//! A page of answers on its way into the draft: laid over what others wrote meanwhile, kept, and signed with a name.
use chrono::{DateTime, Utc};
use samsvar_core::answers::{Conflict, Draft, Merged, changed, merge, take_over};
use samsvar_core::campaigns::{Phase, Respondent};
use samsvar_core::events::Deed;
use samsvar_core::hands::Touch;

use super::answering::{Holder, Writing, form_ref, writing};
use super::{ActionError, DraftDoc};
use crate::app::App;
use crate::store::Commit;

/// What became of a page's answers.
pub enum Saved {
    /// On stable storage.
    Kept {
        writing: Writing,
        opened: Vec<String>,
    },
    /// Nothing was saved: these fields were changed elsewhere meanwhile. `draft` holds both sides merged, mine where they differ.
    Conflicts {
        draft: Draft,
        conflicts: Vec<Conflict>,
        writing: Writing,
    },
    Closed(Phase),
    /// The section was not handed over to this holder.
    NotShared,
    /// The answer was sent under this number, and nobody has reopened it.
    Sent(u32),
    /// A manager reads it just now.
    Waiting,
}

/// One page's post.
pub struct PagePost<'a> {
    pub section: &'a str,
    pub pairs: &'a [(String, String)],
    /// What the page was drawn from.
    pub base: Draft,
    /// The button: `next`, `save`, `add:/offers` …
    pub action: &'a str,
    /// Fields at which somebody had to choose between two answers.
    pub choices: Vec<(String, Option<Choice>)>,
}

/// Which of two answers to the same question stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    Mine,
    Stored,
}

/// Reads a page, lays it over what is stored, and keeps it.
pub fn save_page(app: &App, holder: &Holder, post: &PagePost) -> Result<Saved, ActionError> {
    let now = app.now();
    if !holder.may_fill(post.section) {
        return Ok(Saved::NotShared);
    }
    let phase = holder.phase(now);
    if phase != Phase::Open {
        return Ok(Saved::Closed(phase));
    }
    // A writer in between makes the commit fail; the merge is then done again on what it wrote.
    for _ in 0..20 {
        let theirs = writing(app, holder)?;
        if let Some(number) = theirs.sent {
            return Ok(Saved::Sent(number));
        }
        if theirs.waits.is_some() {
            return Ok(Saved::Waiting);
        }
        let merged = laid_together(holder, post, &theirs);
        if !merged.conflicts.is_empty() {
            return Ok(Saved::Conflicts {
                draft: merged.draft,
                conflicts: merged.conflicts,
                writing: theirs,
            });
        }
        let opened = holder
            .form
            .opened(Some(post.section), &theirs.draft, &merged.draft);
        if merged.draft == theirs.draft && theirs.saved.is_some() {
            return Ok(Saved::Kept {
                writing: theirs,
                opened,
            });
        }
        match keep_draft(app, holder, merged.draft, theirs, now) {
            Ok(writing) => return Ok(Saved::Kept { writing, opened }),
            Err(ActionError::Conflict) => {}
            Err(other) => return Err(other),
        }
    }
    Err(ActionError::Conflict)
}

fn laid_together(holder: &Holder, post: &PagePost, theirs: &Writing) -> Merged {
    let base = holder.laid_over(&theirs.draft, &post.base);
    let read = holder.form.read_post(Some(post.section), post.pairs, &base);
    let read = holder.form.with_official_names(read, &|kinds, text| {
        crate::organisations::official(kinds, text).map(str::to_owned)
    });
    let mut mine = holder.form.apply_action(&read, post.action);
    let mut open = Vec::new();
    for (pointer, choice) in &post.choices {
        match choice {
            Some(Choice::Mine) => {}
            Some(Choice::Stored) => take_over(&mut mine, &base, pointer),
            None => open.push(pointer),
        }
    }
    let is_field = |pointer: &str| holder.form.is_field(pointer);
    let mut merged = merge(&base, &mine, &theirs.draft, &is_field);
    // What nobody has chosen yet is asked again.
    for pointer in open {
        let (here, there) = (mine.answers.pointer(pointer), base.answers.pointer(pointer));
        if here != there && merged.conflicts.iter().all(|c| c.pointer != *pointer) {
            merged.conflicts.push(Conflict {
                pointer: pointer.clone(),
                base: None,
                mine: here.cloned(),
                theirs: there.cloned(),
            });
        }
    }
    merged.draft = holder.laid_over(&theirs.draft, &merged.draft);
    merged
}

fn keep_draft(
    app: &App,
    holder: &Holder,
    draft: Draft,
    before: Writing,
    now: DateTime<Utc>,
) -> Result<Writing, ActionError> {
    let mut touched = before.touched;
    let is_field = |pointer: &str| holder.form.is_field(pointer);
    for pointer in changed(&before.draft, &draft, &is_field) {
        let touch = Touch {
            at: now,
            by: holder.hand(),
        };
        touched.insert(pointer, touch);
    }
    let doc = DraftDoc {
        campaign: holder.campaign.id.clone(),
        respondent: holder.respondent.id.clone(),
        form: form_ref(&holder.campaign, &holder.respondent)?.clone(),
        draft,
        saved: now,
        contact: holder.link.contact,
        touched,
        waits: None,
    };
    let mut commit = Commit::new(now);
    commit = if before.revision == 0 {
        commit.put_new(&doc)
    } else {
        commit.put_if(&doc, before.revision)
    };
    if let Some(stored) = app.store.get::<Respondent>(&holder.key())? {
        let mut respondent = stored.doc;
        if respondent.progress.started.is_none() {
            commit = commit.put_new(&holder.event(now, Deed::DraftSaved)?);
        }
        respondent.progress.started.get_or_insert(now);
        respondent.progress.saved = Some(now);
        commit = commit.put_if(&respondent, stored.revision);
    }
    let revision = app.store.commit(commit)?.seq;
    Ok(Writing {
        draft: doc.draft,
        revision,
        saved: Some(now),
        touched: doc.touched,
        waits: None,
        sent: None,
    })
}
