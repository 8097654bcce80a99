//! Selecting among those who signed up: how everybody stands, decisions, and the collection for those selected.
//!
//! Every change goes with the selection's revision, so of two members of staff who decide at once the second
//! is told, and nothing of either is lost.
use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use samsvar_core::campaigns::selection::{
    self, Candidate, Decided, Notice, Outside, Place, Seat, Selection, SelectionFault, Wish,
};
use samsvar_core::campaigns::{
    Campaign, Disposition, FormRef, PreviousRound, Respondent, Submission, Submitter,
};
use samsvar_core::danish;
use samsvar_core::events::{Actor, Deed};
use samsvar_core::forms::{Language, Said, SignUp};
use samsvar_core::hands::{Channel, Remark};

use super::answering::submissions;
use super::campaigns::{Overview, overview};
use super::setup::{self, CampaignDraft};
use super::sign_ups::{ListFault, SignUpList, sign_ups};
use super::{ActionError, event};
use crate::app::App;
use crate::store::{Commit, Stored, key};

/// Days that those selected have for the status, unless somebody sets another deadline.
const FOLLOW_UP_DAYS: i64 = 21;

/// A sign-up as its page shows it.
pub struct Selecting {
    pub campaign: Campaign,
    pub selection: Selection,
    /// 0 while nothing was decided.
    pub revision: u64,
    /// Each sign-up of the collection, with its own number of places; at least one.
    pub lists: Vec<SignUpList>,
    pub rows: Vec<Row>,
    pub follow_ups: Vec<FollowUp>,
}

/// One who was asked.
pub struct Row {
    pub respondent: Respondent,
    /// Which of the sign-ups it was asked with, as an index of `lists`.
    pub list: usize,
    pub disposition: Disposition,
    pub said: Option<Said>,
    /// When it first said what it says now.
    pub since: Option<DateTime<Utc>>,
    /// That was after its deadline.
    pub late: bool,
    /// Promises that its yes does not give.
    pub unpromised: Vec<String>,
    /// Written down by a member of the secretariat, who had it that way.
    pub entered: Option<(String, Channel)>,
    pub seat: Seat,
    seat_revision: Option<u64>,
    respondent_revision: u64,
}

/// A collection that was made for those selected.
pub struct FollowUp {
    pub id: String,
    pub title: String,
    pub is_draft: bool,
}

/// Why nothing was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Somebody has changed the selection, or somebody's answer came, since the page was drawn.
    Changed {
        by: String,
        at: DateTime<Utc>,
    },
    Faults(Vec<ListFault>),
    /// Nobody is selected, or there is no form to ask them with.
    NobodyToAsk,
}

/// What somebody at the page asks for.
pub struct Asked<'a> {
    /// Of the selection that the page showed.
    pub revision: u64,
    pub wishes: &'a [Wish],
    pub common: Remark,
    pub outside: Remark,
}

/// `None` where there is no such collection, or it is no sign-up.
pub fn selecting(app: &App, id: &str) -> Result<Option<Selecting>, ActionError> {
    let Some(Overview {
        campaign,
        respondents,
    }) = overview(app, id)?
    else {
        return Ok(None);
    };
    let lists = sign_ups(app, &campaign)?;
    if lists.is_empty() {
        return Ok(None);
    }
    let stored = app.store.get::<Selection>(&key([id]))?;
    let revision = stored.as_ref().map_or(0, |s| s.revision);
    let selection = stored.map_or_else(|| fresh(&campaign), |s| s.doc);
    let seats: BTreeMap<String, Stored<Seat>> = app
        .store
        .scan::<Seat>(&format!("{}/", key([id])))?
        .into_iter()
        .map(|s| (s.doc.respondent.clone(), s))
        .collect();
    let mut rows = Vec::new();
    for respondent in respondents {
        rows.extend(row(app, &campaign, &lists, respondent, &seats)?);
    }
    Ok(Some(Selecting {
        follow_ups: follow_ups(app, &selection)?,
        campaign,
        selection,
        revision,
        lists,
        rows,
    }))
}

fn fresh(campaign: &Campaign) -> Selection {
    Selection {
        campaign: campaign.id.clone(),
        changed: campaign.created,
        by: String::new(),
        texts: Default::default(),
        outside: Vec::new(),
        follow_ups: Vec::new(),
    }
}

fn follow_ups(app: &App, selection: &Selection) -> Result<Vec<FollowUp>, ActionError> {
    let mut found = Vec::new();
    for id in &selection.follow_ups {
        // A draft may have been thrown away.
        if let Some(setup) = setup::load(app, id)? {
            found.push(FollowUp {
                id: id.clone(),
                title: setup.title().to_owned(),
                is_draft: setup.is_draft(),
            });
        }
    }
    Ok(found)
}

/// `None` for somebody whose group is asked something else.
fn row(
    app: &App,
    campaign: &Campaign,
    lists: &[SignUpList],
    respondent: Respondent,
    seats: &BTreeMap<String, Stored<Seat>>,
) -> Result<Option<Row>, ActionError> {
    let Some(form) = campaign.form_for(&respondent.group) else {
        return Ok(None);
    };
    let list = lists.iter().position(|list| list.form == *form);
    let form = app.form(form)?;
    let (Some(list), Some(sign_up)) = (list, form.sign_up()) else {
        return Ok(None);
    };
    let place = key([campaign.id.as_str(), respondent.id.as_str()]);
    let respondent_revision = app
        .store
        .get::<Respondent>(&place)?
        .map_or(0, |s| s.revision);
    let sent = submissions(app, &campaign.id, &respondent.id)?;
    let first = first_of_its_kind(&sign_up, &sent);
    let deadline = respondent.window(&campaign.window).deadline;
    let seat = seats.get(&respondent.id);
    let last = sent.last().map(|s| &s.answers);
    let said = last.and_then(|answers| sign_up.said(answers));
    let yes = last.filter(|_| said == Some(Said::Yes));
    Ok(Some(Row {
        list,
        disposition: respondent.disposition_in(&campaign.window),
        said,
        unpromised: yes.map_or_else(Vec::new, |a| form.unpromised(a, Language::Da)),
        since: first.map(|s| s.at),
        late: first.is_some_and(|s| s.at > deadline),
        entered: first.and_then(|s| match &s.by {
            Submitter::OnBehalf { staff, how, .. } => Some((staff.clone(), *how)),
            _ => None,
        }),
        seat: seat.map_or_else(
            || Seat::open(&campaign.id, &respondent.id),
            |s| s.doc.clone(),
        ),
        seat_revision: seat.map(|s| s.revision),
        respondent_revision,
        respondent,
    }))
}

/// The submission that first said what the last one says: a detail mended after the deadline makes no late yes.
fn first_of_its_kind<'s>(sign_up: &SignUp, sent: &'s [Submission]) -> Option<&'s Submission> {
    let says = sign_up.said(&sent.last()?.answers);
    let same = |s: &&Submission| sign_up.said(&s.answers) == says;
    sent.iter().rev().take_while(same).last()
}

impl Selecting {
    /// Whether what is told of a number of places must name its sign-up.
    pub fn has_several(&self) -> bool {
        self.lists.len() > 1
    }

    /// Those asked with one of the sign-ups, in the order of the rows.
    pub fn rows_of(&self, list: usize) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(move |row| row.list == list)
    }

    /// The same as the rules see them.
    fn candidates(&self, list: usize) -> Vec<Candidate> {
        self.rows_of(list).map(Row::candidate).collect()
    }

    /// How many are selected in all.
    pub fn selected(&self) -> usize {
        (0..self.lists.len()).map(|at| self.selected_in(at)).sum()
    }

    /// How many are selected in one of the sign-ups.
    pub fn selected_in(&self, list: usize) -> usize {
        selection::selected(&self.candidates(list))
    }

    /// Whoever can move up to a place that somebody gave up, in each sign-up.
    pub fn moving_up(&self) -> Vec<&Row> {
        let next = |(at, list): (usize, &SignUpList)| {
            self.rows_of(at)
                .find(|row| row.seat.place == Some(Place::Withdrawn))?;
            let candidates = self.candidates(at);
            let id = &selection::next_in_line(&candidates, list.wanted)?.id;
            self.rows_of(at).find(|row| row.respondent.id == *id)
        };
        self.lists.iter().enumerate().filter_map(next).collect()
    }

    /// Those selected who can be asked with the form that their sign-up names.
    pub fn to_ask(&self) -> Vec<&Row> {
        let holds =
            |row: &&Row| row.seat.place == Some(Place::Selected) && !row.contradicts_itself();
        let has_form = |row: &&Row| self.lists.get(row.list).is_some_and(|l| l.next.is_some());
        self.rows.iter().filter(holds).filter(has_form).collect()
    }

    /// The title of the form that those selected are asked with; the first one's where sign-ups name several.
    pub fn next_title(&self) -> Option<&str> {
        let mut titles = self.lists.iter().filter_map(|list| list.next.as_ref());
        titles.next().map(|(_, title)| title.as_str())
    }

    fn told(&self, list: &SignUpList, fault: SelectionFault) -> ListFault {
        ListFault {
            list: self.has_several().then(|| list.title.clone()),
            fault,
        }
    }

    /// Judges wishes, in each sign-up by itself.
    fn judged(&self, asked: &Asked<'_>) -> Result<Vec<Decided>, Vec<ListFault>> {
        self.in_each(|at, list| {
            let candidates = self.candidates(at);
            let Asked {
                wishes,
                common,
                outside,
                ..
            } = asked;
            selection::decide(&candidates, wishes, common, list.wanted, outside)
        })
    }

    /// Judges the sending of letters to `ids`, in each sign-up by itself.
    pub(super) fn to_tell(
        &self,
        ids: &[&str],
        outside: &Remark,
    ) -> Result<Vec<(String, Notice)>, Vec<ListFault>> {
        self.in_each(|at, list| {
            let candidates = self.candidates(at);
            selection::to_tell(&candidates, ids, list.wanted, outside).map_err(|fault| vec![fault])
        })
    }

    /// All that each sign-up gives, or all faults of all of them.
    fn in_each<T>(
        &self,
        judge: impl Fn(usize, &SignUpList) -> Result<Vec<T>, Vec<SelectionFault>>,
    ) -> Result<Vec<T>, Vec<ListFault>> {
        let (mut all, mut faults) = (Vec::new(), Vec::new());
        for (at, list) in self.lists.iter().enumerate() {
            match judge(at, list) {
                Ok(some) => all.extend(some),
                Err(told) => faults.extend(told.into_iter().map(|fault| self.told(list, fault))),
            }
        }
        if faults.is_empty() {
            Ok(all)
        } else {
            Err(faults)
        }
    }

    /// Those selected in one of the sign-ups, by name, as a letter tells of them.
    pub fn selected_names(&self, list: usize) -> String {
        let selected = self
            .rows_of(list)
            .filter(|r| r.seat.place == Some(Place::Selected));
        let names: Vec<&str> = selected
            .map(|r| r.respondent.organisation.as_str())
            .collect();
        danish::list(&names)
    }

    fn changed(&self) -> Refusal {
        Refusal::Changed {
            by: self.selection.by.clone(),
            at: self.selection.changed,
        }
    }

    /// The selection with its next revision, as a condition of everything that goes with it.
    pub(super) fn keep(&self, mut selection: Selection, now: DateTime<Utc>, by: &str) -> Commit {
        selection.changed = now;
        selection.by = by.to_owned();
        match self.revision {
            0 => Commit::new(now).put_new(&selection),
            revision => Commit::new(now).put_if(&selection, revision),
        }
    }
}

impl Row {
    fn candidate(&self) -> Candidate {
        Candidate {
            id: self.respondent.id.clone(),
            said: self.said,
            place: self.seat.place,
            order: self.seat.order,
            told: self.seat.told.as_ref().map(|told| told.notice),
        }
    }

    /// A municipality that was given a place and has since answered no.
    pub fn contradicts_itself(&self) -> bool {
        self.candidate().contradicts_itself()
    }

    /// The letter that it should have and was not sent.
    pub fn due(&self) -> Option<selection::Notice> {
        self.candidate().due()
    }

    /// The letter that it should have, whether or not it has it.
    pub fn notice(&self) -> Option<selection::Notice> {
        self.candidate().notice()
    }

    /// Adds the seat to a commit that holds only if neither it nor the answer has changed.
    pub(super) fn put(&self, commit: Commit, seat: &Seat) -> Commit {
        let place = key([seat.campaign.as_str(), seat.respondent.as_str()]);
        let commit = commit.expect::<Respondent>(place, Some(self.respondent_revision));
        match self.seat_revision {
            None => commit.put_new(seat),
            Some(revision) => commit.put_if(seat, revision),
        }
    }
}

/// Decides about places, all or none; how many seats changed. `None` where there is no such sign-up.
pub fn decide(
    app: &App,
    id: &str,
    asked: &Asked<'_>,
    by: &str,
) -> Result<Option<Result<usize, Refusal>>, ActionError> {
    let Some(found) = selecting(app, id)? else {
        return Ok(None);
    };
    let judged = found.judged(asked);
    // A double click finds that everything is as it wishes.
    if judged.as_ref().is_ok_and(Vec::is_empty) {
        return Ok(Some(Ok(0)));
    }
    if found.revision != asked.revision {
        return Ok(Some(Err(found.changed())));
    }
    let decided = match judged {
        Ok(decided) => decided,
        Err(faults) => return Ok(Some(Err(Refusal::Faults(faults)))),
    };
    let commit = decision(app, &found, &decided, &asked.outside, by)?;
    match app.store.commit(commit).map_err(ActionError::from) {
        Ok(_) => Ok(Some(Ok(decided.len()))),
        Err(ActionError::Conflict) => after_conflict(app, id).map(Some),
        Err(other) => Err(other),
    }
}

pub(super) fn after_conflict<T>(app: &App, id: &str) -> Result<Result<T, Refusal>, ActionError> {
    let found = selecting(app, id)?;
    found.map_or(Err(ActionError::Conflict), |found| Ok(Err(found.changed())))
}

/// Seats, selection and events in one commit.
fn decision(
    app: &App,
    found: &Selecting,
    decided: &[Decided],
    outside: &Remark,
    by: &str,
) -> Result<Commit, ActionError> {
    let now = app.now();
    let id = found.campaign.id.as_str();
    let actor = || Actor::Staff(by.to_owned());
    let mut selection = found.selection.clone();
    let mut commit = Commit::new(now);
    let before: Vec<usize> = (0..found.lists.len())
        .map(|at| found.selected_in(at))
        .collect();
    let mut selected = before.clone();
    for one in decided {
        let row = found.rows.iter().find(|row| row.respondent.id == one.id);
        let Some(row) = row else { continue };
        let mut seat = row.seat.clone();
        seat.take(one, now, by);
        commit = row.put(commit, &seat);
        let (place, order) = (one.place, one.order);
        let deed = Deed::Placed { place, order };
        commit = commit.put_new(&event(now, id, Some(&one.id), actor(), deed)?);
        let counts = |place| usize::from(place == Some(Place::Selected));
        if let Some(selected) = selected.get_mut(row.list) {
            *selected = *selected + counts(place) - counts(row.seat.place);
        }
    }
    for ((list, selected), before) in found.lists.iter().zip(selected).zip(before) {
        if selected > list.wanted.1 && selected > before {
            let (noted, deed) = outside_of(selected, outside, now, by);
            selection.outside.push(noted);
            commit = commit.put_new(&event(now, id, None, actor(), deed)?);
        }
    }
    Ok(found.keep(selection, now, by).and(commit))
}

/// A number that was not wanted, for the selection and for the history.
pub(super) fn outside_of(
    selected: usize,
    reason: &Remark,
    at: DateTime<Utc>,
    by: &str,
) -> (Outside, Deed) {
    let noted = Outside {
        selected,
        reason: reason.clone(),
        at,
        by: by.to_owned(),
    };
    let deed = Deed::SelectedOutside {
        selected,
        reason: reason.clone(),
    };
    (noted, deed)
}

/// Prepares a collection for those selected: their contacts, the form that their sign-up names, and what they
/// promised beside its questions once it opens. `None` where there is no such sign-up.
///
/// A second press of the same page finds what the first one made.
pub fn follow_up(
    app: &App,
    id: &str,
    revision: u64,
    by: &str,
) -> Result<Option<Result<String, Refusal>>, ActionError> {
    let Some(found) = selecting(app, id)? else {
        return Ok(None);
    };
    if found.revision != revision {
        let made = found.follow_ups.last().map(|f| f.id.clone());
        return Ok(Some(made.ok_or_else(|| found.changed())));
    }
    let selected = found.to_ask();
    let Some(title) = found.next_title().filter(|_| !selected.is_empty()) else {
        return Ok(Some(Err(Refusal::NobodyToAsk)));
    };
    let asked = selected.iter().map(|row| {
        let place = row.respondent.clone();
        setup::anew(place, String::new())
    });
    let previous = PreviousRound {
        campaign: id.to_owned(),
        prefill: true,
    };
    let fields = follow_up_fields(app, &found, title);
    let (draft, commit) = setup::new_draft(app, fields, Some(previous), asked.collect(), by)?;
    let commit = prepared(app, &found, &draft, commit, by)?;
    match app.store.commit(commit).map_err(ActionError::from) {
        Ok(_) => Ok(Some(Ok(draft.id))),
        Err(ActionError::Conflict) => after_conflict(app, id).map(Some),
        Err(other) => Err(other),
    }
}

fn prepared(
    app: &App,
    found: &Selecting,
    draft: &CampaignDraft,
    commit: Commit,
    by: &str,
) -> Result<Commit, ActionError> {
    let now = app.now();
    let mut selection = found.selection.clone();
    selection.follow_ups.push(draft.id.clone());
    let deed = Deed::FollowUpPrepared {
        campaign: draft.id.clone(),
    };
    let actor = Actor::Staff(by.to_owned());
    let noted = event(now, &found.campaign.id, None, actor, deed)?;
    Ok(found.keep(selection, now, by).and(commit).put_new(&noted))
}

const FOLLOW_UP_LETTER: &str = "Kære {modtager}\n\n\
    {organisation} er blandt de valgte, og vi vil gerne høre, hvor langt I er. Svar på »{indsamling}« senest {frist}.\n\n\
    Åbn spørgeskemaet med dette personlige link. I skal ikke logge ind. Det, I skrev ved tilmeldingen, står der allerede:\n{link}\n\n\
    I kan holde pause undervejs og rette svaret indtil fristen.\n\n\
    Venlig hilsen\n{afsender}";

/// The sign-up's sender, region and notice; standard letters, the next form for each of its groups, and a deadline.
fn follow_up_fields(app: &App, found: &Selecting, title: &str) -> setup::Fields {
    let of_sign_up = setup::fields_of(&found.campaign);
    let mut fields = setup::standard_fields();
    for name in [
        "region",
        "afsender",
        "afsender-mail",
        "afsender-telefon",
        "hvem-ser",
        "godkendelse",
    ] {
        let value = of_sign_up.get(name).cloned().unwrap_or_default();
        fields.insert(name.to_owned(), value);
    }
    fields.retain(|name, _| !name.starts_with("gruppe-"));
    let next = |form: &FormRef| {
        let list = found.lists.iter().find(|list| list.form == *form);
        list.and_then(|list| list.next.as_ref())
    };
    let groups = found.campaign.audiences.iter();
    let asked = groups.filter_map(|one| Some((&one.group, next(&one.form)?)));
    for (n, (group, (form, _))) in (1..).zip(asked) {
        fields.insert(format!("gruppe-{n}"), group.clone());
        fields.insert(format!("skema-{n}"), form.clone());
    }
    let until = danish::local(app.now() + TimeDelta::days(FOLLOW_UP_DAYS));
    fields.insert("titel".to_owned(), title.to_owned());
    fields.insert("frist".to_owned(), danish::date(until.date_naive()));
    fields.insert("brev".to_owned(), FOLLOW_UP_LETTER.to_owned());
    fields
}

/// Who should hear of the next round, by id, and why; nobody where the collection is no sign-up.
pub(super) fn interested(app: &App, id: &str) -> Result<BTreeMap<String, String>, ActionError> {
    let Some(found) = selecting(app, id)? else {
        return Ok(BTreeMap::new());
    };
    let title = &found.campaign.title;
    let why = |row: &Row| match (row.seat.place, row.said) {
        (Some(Place::Waiting), _) => Some(format!("Stod på ventelisten i »{title}«.")),
        (Some(Place::Later), _) => Some(format!("Udskudt til senere i »{title}«.")),
        (None, Some(Said::Later)) => Some(format!("Ville høre om det igen i »{title}«.")),
        _ => None,
    };
    let rows = found.rows.iter();
    Ok(rows
        .filter_map(|row| Some((row.respondent.id.clone(), why(row)?)))
        .collect())
}
