//! What those who signed up are written: texts, one recipient's letter as it will be read, and the sending.
use samsvar_core::campaigns::selection::{Notice, Notices, Selection, Told};
use samsvar_core::campaigns::{Bilingual, Campaign, LetterKind, LetterText};
use samsvar_core::events::{Actor, Deed};
use samsvar_core::hands::Remark;

use super::letters::{LetterWriter, broken, filled_in_with, not_needed, other_letter};
use super::selecting::{Refusal, Row, Selecting, after_conflict, outside_of, selecting};
use super::setup::{Fields, PlanFault};
use super::{ActionError, event};
use crate::app::App;
use crate::mail::{ComposeError, Composed, Letter, Outgoing, queue};
use crate::store::{Commit, key};

/// The name under which such a letter stands in the outbox; its key is the notice and the contact's place.
pub(super) const NOTICE: &str = "notice";

/// What became of a press on the button that sends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sent {
    pub respondents: usize,
    pub letters: usize,
}

/// What the list of letters calls one, by its key.
pub(super) fn words(about: &str) -> &'static str {
    let notice = about.split('/').next().and_then(Notice::parse);
    notice.map_or("Brev", Notice::title)
}

/// The names of a letter's controls: subject, body, and both in English.
pub fn controls(notice: Notice) -> [String; 4] {
    let code = notice.code();
    ["emne", "brev", "emne-en", "brev-en"].map(|part| format!("{code}-{part}"))
}

/// The texts as they stand in the controls.
pub fn typed(texts: &Notices) -> Fields {
    let mut fields = Fields::new();
    for notice in Notice::ALL {
        let text = texts.of(notice);
        let english = text.english.as_ref();
        let values = [
            text.danish.subject.clone(),
            text.danish.body.clone(),
            english.map_or_else(String::new, |t| t.subject.clone()),
            english.map_or_else(String::new, |t| t.body.clone()),
        ];
        fields.extend(controls(notice).into_iter().zip(values));
    }
    fields
}

/// The texts that were typed, and what is wrong with them.
pub fn read(fields: &Fields) -> (Notices, Vec<PlanFault>) {
    let (mut texts, mut faults) = (Notices::default(), Vec::new());
    for notice in Notice::ALL {
        let [subject, body, subject_en, body_en] = controls(notice);
        let letter = |subject: &str, body: &str| {
            let text = |name: &str| fields.get(name).map_or("", |t| t.trim()).to_owned();
            let letter = LetterText {
                subject: text(subject),
                body: text(body),
            };
            let kind = LetterKind::Notice(notice);
            let fault = |field: &str, message: String| PlanFault {
                field: field.to_owned(),
                message,
            };
            let blank = letter.subject.is_empty() && letter.body.is_empty();
            let found = letter.subject_faults(kind).into_iter();
            let mut all: Vec<_> = found.map(|f| fault(subject, f.danish())).collect();
            let found = letter.body_faults(kind).into_iter();
            all.extend(found.map(|f| fault(body, f.danish())));
            (letter, blank, all)
        };
        let (danish, _, wrong) = letter(&subject, &body);
        faults.extend(wrong);
        let (english, blank, wrong) = letter(&subject_en, &body_en);
        if !blank {
            faults.extend(wrong);
        }
        let english = (!blank).then_some(english);
        texts.set(notice, Bilingual { danish, english });
    }
    (texts, faults)
}

/// Keeps the texts; `None` where there is no such sign-up.
pub fn set_texts(
    app: &App,
    id: &str,
    revision: u64,
    texts: &Notices,
    by: &str,
) -> Result<Option<Result<(), Refusal>>, ActionError> {
    let Some(found) = selecting(app, id)? else {
        return Ok(None);
    };
    if found.selection.texts == *texts {
        return Ok(Some(Ok(())));
    }
    if found.revision != revision {
        return after_conflict(app, id).map(Some);
    }
    let now = app.now();
    let selection = Selection {
        texts: texts.clone(),
        ..found.selection.clone()
    };
    let actor = Actor::Staff(by.to_owned());
    let noted = event(now, id, None, actor, Deed::NoticesChanged)?;
    let commit = found.keep(selection, now, by).put_new(&noted);
    match app.store.commit(commit).map_err(ActionError::from) {
        Ok(_) => Ok(Some(Ok(()))),
        Err(ActionError::Conflict) => after_conflict(app, id).map(Some),
        Err(other) => Err(other),
    }
}

/// A letter as the first contact of this respondent will read it.
pub fn shown(found: &Selecting, row: &Row, notice: Notice) -> LetterText {
    let first = row.respondent.reachable().next();
    let name = first.map_or("", |(_, contact)| contact.name.as_str());
    shown_to(found, row, notice, name)
}

fn shown_to(found: &Selecting, row: &Row, notice: Notice, name: &str) -> LetterText {
    let place = match row.seat.order {
        0 => String::new(),
        order => order.to_string(),
    };
    filled_in_with(
        found.selection.texts.of(notice),
        &found.campaign,
        &row.respondent,
        name,
        "",
        None,
        (&place, &found.selected_names(row.list)),
    )
}

/// Queues the letters that are due for those chosen, in one commit with the marks that keep them from going twice.
///
/// Whoever has no mail address is marked as told otherwise. `None` where there is no such sign-up.
pub fn send(
    app: &App,
    id: &str,
    revision: u64,
    chosen: &[&str],
    outside: &Remark,
    by: &str,
) -> Result<Option<Result<Sent, Refusal>>, ActionError> {
    let Some(found) = selecting(app, id)? else {
        return Ok(None);
    };
    let judged = found.to_tell(chosen, outside);
    // The second of two clicks finds that all of them are told.
    if judged.as_ref().is_ok_and(Vec::is_empty) {
        return Ok(Some(Ok(Sent::default())));
    }
    if found.revision != revision {
        return after_conflict(app, id).map(Some);
    }
    let due = match judged {
        Ok(due) => due,
        Err(faults) => return Ok(Some(Err(Refusal::Faults(faults)))),
    };
    let (commit, sent) = announced(app, &found, &due, outside, by)?;
    match app.store.commit(commit).map_err(ActionError::from) {
        Ok(_) => Ok(Some(Ok(sent))),
        Err(ActionError::Conflict) => after_conflict(app, id).map(Some),
        Err(other) => Err(other),
    }
}

/// Letters, marks and events.
fn announced(
    app: &App,
    found: &Selecting,
    due: &[(String, Notice)],
    outside: &Remark,
    by: &str,
) -> Result<(Commit, Sent), ActionError> {
    let now = app.now();
    let id = found.campaign.id.as_str();
    let actor = || Actor::Staff(by.to_owned());
    let mut selection = found.selection.clone();
    let mut commit = Commit::new(now);
    let mut sent = Sent::default();
    for (who, notice) in due {
        let row = found.rows.iter().find(|row| row.respondent.id == *who);
        let Some(row) = row else { continue };
        let mut letters = 0;
        for (place, _) in row.respondent.reachable() {
            let about = key([notice.code(), &place.to_string()]);
            let letter = (NOTICE, about.as_str());
            let letter = other_letter(&found.campaign, &row.respondent, place, letter, now)?;
            commit = queue(commit, &letter);
            letters += 1;
        }
        let mut seat = row.seat.clone();
        seat.told = Some(Told {
            notice: *notice,
            at: now,
            by: by.to_owned(),
        });
        let notice = *notice;
        let deed = match letters {
            0 => Deed::NoticeGiven { notice },
            _ => Deed::NoticeQueued { notice },
        };
        commit = row.put(commit, &seat);
        commit = commit.put_new(&event(now, id, Some(who), actor(), deed)?);
        sent.respondents += 1;
        sent.letters += letters;
    }
    for (at, list) in found.lists.iter().enumerate() {
        let is_told = |row: &Row| {
            let told = |(id, notice): &(String, Notice)| {
                *id == row.respondent.id && *notice == Notice::Selected
            };
            due.iter().any(told)
        };
        let selected = found.selected_in(at);
        if selected < list.wanted.0 && found.rows_of(at).any(is_told) {
            let (noted, deed) = outside_of(selected, outside, now, by);
            selection.outside.push(noted);
            commit = commit.put_new(&event(now, id, None, actor(), deed)?);
        }
    }
    Ok((found.keep(selection, now, by).and(commit), sent))
}

impl LetterWriter {
    /// A letter about a place that was decided anew meanwhile is not sent.
    pub(super) fn notice(&self, letter: &Letter, about: &str) -> Result<Composed, ComposeError> {
        let (campaign, respondent) = self.of(letter)?;
        let gone = || not_needed("Der er besluttet noget andet.");
        let notice = about.split('/').next().and_then(Notice::parse);
        let notice = notice.ok_or_else(gone)?;
        let found = selecting(&self.app, &campaign.id).map_err(|e| broken(&e.to_string()))?;
        let found = found.ok_or_else(gone)?;
        let row = found.rows.iter().find(|r| r.respondent.id == respondent.id);
        let still = |row: &&Row| row.notice() == Some(notice);
        let row = row.filter(still).ok_or_else(gone)?;
        let text = shown_to(&found, row, notice, letter.to.name.expose());
        Ok(Composed {
            outgoing: self.plain(letter, &campaign, text)?,
            first: None,
        })
    }

    fn plain(
        &self,
        letter: &Letter,
        campaign: &Campaign,
        text: LetterText,
    ) -> Result<Outgoing, ComposeError> {
        Ok(Outgoing {
            from: self.from(&campaign.sender)?,
            to: letter.to.clone(),
            reply_to: self.reply_to(&campaign.sender)?,
            subject: text.subject,
            html: None,
            text: text.body,
            attachments: Vec::new(),
        })
    }
}
