//! Who holds a personal link, what it lets them do, and the answer that it opens.
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use samsvar_core::access::{Link, Opens, SESSION_HOURS, Token};
use samsvar_core::answers::{Draft, portion, with_portion};
use samsvar_core::campaigns::{
    Campaign, FormRef, Phase, Respondent, SignOff, SignOffRule, Submission,
};
use samsvar_core::events::{Actor, Deed};
use samsvar_core::forms::{Form, Language};
use samsvar_core::hands::{ApprovalRequest, Hand, Handover, OnBehalf, Share, Touch};
use serde_json::Value;

use super::documents::submission_key;
use super::{ActionError, DraftDoc, event};
use crate::app::App;
use crate::store::{Commit, Document, key};

/// Whoever holds a valid link, and what it opens.
pub struct Holder {
    pub link: Link,
    pub role: Role,
    pub campaign: Campaign,
    pub respondent: Respondent,
    pub form: Arc<Form>,
    /// What pages are to be written in.
    pub language: Language,
}

/// What a link lets its holder do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// A contact of the respondent: everything.
    Owner,
    /// Fills in what was handed over.
    Colleague(Handover),
    /// Reads, and approves or returns.
    Manager(ApprovalRequest),
    /// A member of the secretariat who writes down what the respondent says: everything, also late.
    OnBehalf(OnBehalf),
}

/// Why a link opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkRefusal {
    Unknown,
    Expired,
    Withdrawn,
    /// The contact named somebody else as the right person.
    PassedOn,
}

/// An answer under way, as it is stored.
#[derive(Default)]
pub struct Writing {
    pub draft: Draft,
    /// 0 before the first save.
    pub revision: u64,
    pub saved: Option<DateTime<Utc>>,
    /// Who changed what last, by JSON Pointer.
    pub touched: BTreeMap<String, Touch>,
    /// The request for approval that locks it.
    pub waits: Option<String>,
    /// The number of the submission that nobody has reopened yet.
    pub sent: Option<u32>,
}

/// The holder of a token, if it opens anything.
pub fn holder_of(app: &App, token: &Token) -> Result<Result<Holder, LinkRefusal>, ActionError> {
    let Some(link) = app.store.get::<Link>(&key([token.hash().as_str()]))? else {
        return Ok(Err(LinkRefusal::Unknown));
    };
    let link = link.doc;
    let campaign = app.store.get::<Campaign>(&key([link.campaign.as_str()]))?;
    let respondent = app
        .store
        .get::<Respondent>(&key([link.campaign.as_str(), link.respondent.as_str()]))?;
    let (Some(campaign), Some(respondent)) = (campaign, respondent) else {
        return Ok(Err(LinkRefusal::Unknown));
    };
    let (mut campaign, respondent) = (campaign.doc, respondent.doc);
    // From here on the deadline is the respondent's own.
    campaign.window = respondent.window(&campaign.window);
    if app.now() > campaign.window.links_end() {
        return Ok(Err(LinkRefusal::Expired));
    }
    let role = match role_of(app, &link)? {
        Ok(role) => role,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let form = app.form(form_ref(&campaign, &respondent)?)?;
    Ok(Ok(Holder {
        link,
        role,
        campaign,
        respondent,
        form,
        language: Language::default(),
    }))
}

/// Notes the first time that a link was opened.
pub fn note_opened(app: &App, holder: &Holder) -> Result<(), ActionError> {
    let now = app.now();
    match &holder.role {
        Role::Owner => {}
        Role::Colleague(handover) => return super::hands::note_opened(app, handover),
        Role::Manager(request) => return super::approval::note_opened(app, request),
        Role::OnBehalf(_) => return Ok(()),
    }
    change_progress(app, holder, |respondent| {
        if respondent.progress.opened.is_some() {
            return Ok(None);
        }
        respondent.progress.opened = Some(now);
        let opened = holder.event(now, Deed::LinkOpened)?;
        Ok(Some(Commit::new(now).put_new(&opened)))
    })
}

/// The draft; where there is none, the last submission to amend, or an empty one.
pub fn writing(app: &App, holder: &Holder) -> Result<Writing, ActionError> {
    let known = super::known::of(app, &holder.campaign.id, &holder.respondent.id)?;
    if let Some(stored) = app.store.get::<DraftDoc>(&holder.key())? {
        return Ok(Writing {
            draft: Draft {
                known,
                ..stored.doc.draft
            },
            revision: stored.revision,
            saved: Some(stored.doc.saved),
            touched: stored.doc.touched,
            waits: stored.doc.waits,
            sent: None,
        });
    }
    let last = last_submission(app, holder)?;
    let sent = last.as_ref().map(|s| s.number);
    let begun = last.map_or_else(|| holder.form.begun(), |s| Draft::of(s.answers));
    Ok(Writing {
        sent,
        draft: Draft { known, ..begun },
        ..Writing::default()
    })
}

/// Whether the review page asks who signs the answer off; a form with an `approval` section asks itself, where it needs to.
pub fn asks_sign_off(holder: &Holder) -> bool {
    holder.campaign.sign_off != SignOffRule::Nobody && !signs_itself(&holder.form)
}

/// Whether the answer goes by way of a manager's own link.
pub fn asks_manager(holder: &Holder) -> bool {
    holder.campaign.sign_off == SignOffRule::ByManager && holder.role == Role::Owner
}

/// A form with a sign-off section of its own.
fn signs_itself(form: &Form) -> bool {
    !form
        .fields(Language::Da)
        .iter()
        .all(|field| field.pointer != "/approval/name")
}

/// Name and title as they stand in a form's own `approval` section; blank where there is none.
pub fn sign_off_in(answers: &Value) -> SignOff {
    let text = |pointer: &str| {
        answers
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    SignOff {
        name: text("/approval/name"),
        title: text("/approval/title"),
    }
}

/// All submissions of the respondent, oldest first.
pub fn submissions(
    app: &App,
    campaign: &str,
    respondent: &str,
) -> Result<Vec<Submission>, ActionError> {
    let prefix = format!("{}/", key([campaign, respondent]));
    Ok(app
        .store
        .scan::<Submission>(&prefix)?
        .into_iter()
        .map(|s| s.doc)
        .collect())
}

/// The submission of that number.
pub fn submission(
    app: &App,
    campaign: &str,
    respondent: &str,
    number: u32,
) -> Result<Option<Submission>, ActionError> {
    let found = app
        .store
        .get::<Submission>(&submission_key(campaign, respondent, number))?;
    Ok(found.map(|s| s.doc))
}

impl Holder {
    /// Whether this holder may read and write that section.
    pub fn may_fill(&self, section: &str) -> bool {
        match &self.role {
            Role::Owner | Role::OnBehalf(_) => true,
            Role::Colleague(handover) => handover.share.covers(section),
            Role::Manager(_) => false,
        }
    }

    /// What of a draft this holder may see.
    pub fn portion(&self, draft: &Draft) -> Draft {
        match self.own_names() {
            None => draft.clone(),
            Some(own) => portion(draft, &|name| own.contains(name)),
        }
    }

    /// `whole`, with what this holder may write taken from `part`.
    pub fn laid_over(&self, whole: &Draft, part: &Draft) -> Draft {
        match self.own_names() {
            None => Draft {
                known: whole.known.clone(),
                ..part.clone()
            },
            Some(own) => with_portion(whole, part, &|name| own.contains(name)),
        }
    }

    /// In which phase the campaign is for this holder: the secretariat may write down what comes late.
    pub fn phase(&self, now: DateTime<Utc>) -> Phase {
        match (self.campaign.window.phase(now), &self.role) {
            (Phase::Closed, Role::OnBehalf(_)) => Phase::Open,
            (phase, _) => phase,
        }
    }

    /// Who this holder is, for "last changed by".
    pub fn hand(&self) -> Hand {
        match &self.role {
            Role::Owner | Role::Manager(_) => Hand::Contact(self.link.contact),
            Role::Colleague(handover) => Hand::Colleague(handover.id.clone()),
            Role::OnBehalf(entry) => Hand::Staff(entry.staff.clone()),
        }
    }

    pub(super) fn key(&self) -> String {
        key([self.campaign.id.as_str(), self.respondent.id.as_str()])
    }

    pub(super) fn event(
        &self,
        now: DateTime<Utc>,
        deed: Deed,
    ) -> Result<samsvar_core::events::Event, ActionError> {
        let actor = match &self.role {
            Role::Owner => Actor::Contact(self.link.contact),
            Role::Colleague(handover) => Actor::Colleague(handover.id.clone()),
            Role::Manager(request) => Actor::Manager(request.id.clone()),
            Role::OnBehalf(entry) => Actor::Staff(entry.staff.clone()),
        };
        event(
            now,
            &self.campaign.id,
            Some(&self.respondent.id),
            actor,
            deed,
        )
    }

    /// The names at the top of an answer that this holder may write; `None` for all.
    fn own_names(&self) -> Option<BTreeSet<String>> {
        let Role::Colleague(handover) = &self.role else {
            return None;
        };
        let Share::Sections(_) = handover.share else {
            return None;
        };
        let fields = self.form.fields(Language::Da);
        let own = fields
            .iter()
            .filter(|field| handover.share.covers(&field.section))
            .filter_map(|field| field.pointer.split('/').nth(1))
            .map(|name| name.replace("~1", "/").replace("~0", "~"));
        Some(own.collect())
    }
}

/// What a link was made for, as it stands now.
fn role_of(app: &App, link: &Link) -> Result<Result<Role, LinkRefusal>, ActionError> {
    let part = |id: &str| key([link.campaign.as_str(), link.respondent.as_str(), id]);
    Ok(match &link.opens {
        Opens::Own => Ok(Role::Owner),
        Opens::PassedOn(_) => Err(LinkRefusal::PassedOn),
        Opens::Handover(id) => match found::<Handover>(app, &part(id))? {
            Some(handover) if handover.withdrawn.is_some() => Err(LinkRefusal::Withdrawn),
            Some(handover) => Ok(Role::Colleague(handover)),
            None => Err(LinkRefusal::Unknown),
        },
        Opens::Approval(id) => match found::<ApprovalRequest>(app, &part(id))? {
            Some(request) => Ok(Role::Manager(request)),
            None => Err(LinkRefusal::Unknown),
        },
        Opens::OnBehalf(id) => match found::<OnBehalf>(app, &part(id))? {
            Some(entry) if app.now() < entry.begun + TimeDelta::hours(SESSION_HOURS) => {
                Ok(Role::OnBehalf(entry))
            }
            _ => Err(LinkRefusal::Expired),
        },
    })
}

fn found<D: Document>(app: &App, key: &str) -> Result<Option<D>, ActionError> {
    Ok(app.store.get::<D>(key)?.map(|stored| stored.doc))
}

pub(super) fn form_ref<'c>(
    campaign: &'c Campaign,
    respondent: &Respondent,
) -> Result<&'c FormRef, ActionError> {
    let missing = || {
        ActionError::Broken(format!(
            "campaign {} has no form for group {}",
            campaign.id, respondent.group
        ))
    };
    campaign.form_for(&respondent.group).ok_or_else(missing)
}

pub(super) fn last_submission(
    app: &App,
    holder: &Holder,
) -> Result<Option<Submission>, ActionError> {
    let number = match app.store.get::<Respondent>(&holder.key())? {
        Some(stored) => stored.doc.progress.submissions,
        None => 0,
    };
    submission(app, &holder.campaign.id, &holder.respondent.id, number)
}

/// Changes the respondent as it is stored now; again if somebody wrote in between. `None` changes nothing.
fn change_progress(
    app: &App,
    holder: &Holder,
    change: impl Fn(&mut Respondent) -> Result<Option<Commit>, ActionError>,
) -> Result<(), ActionError> {
    for _ in 0..20 {
        let Some(stored) = app.store.get::<Respondent>(&holder.key())? else {
            return Ok(());
        };
        let mut respondent = stored.doc;
        let Some(commit) = change(&mut respondent)? else {
            return Ok(());
        };
        match app
            .store
            .commit(commit.put_if(&respondent, stored.revision))
            .map_err(ActionError::from)
        {
            Err(ActionError::Conflict) => {}
            other => return other.map(|_| ()),
        }
    }
    Err(ActionError::Conflict)
}
