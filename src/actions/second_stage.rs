//! The second stage: whoever the answers named is proposed, and the secretariat decides about each.
use chrono::{DateTime, Utc};
use samsvar_core::campaigns::second_stage::{Naming, Proposal, proposals};
use samsvar_core::campaigns::{Campaign, Contact, Stop};
use samsvar_core::events::{Actor, Deed};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::answering::submission;
use super::campaigns::overview;
use super::{ActionError, event, recipients};
use crate::app::App;
use crate::store::{Commit, Document, key};

/// Somebody who was named and will not be asked; kept so that the question does not come again.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    pub campaign: String,
    pub name: String,
    pub reason: String,
    pub at: DateTime<Utc>,
    pub by: String,
}

impl Document for LeftOut {
    const TABLE: &'static str = "left_out";
    const VERSION: u32 = 1;
    fn key(&self) -> String {
        key([self.campaign.as_str(), self.name.as_str()])
    }
}

/// A campaign's proposals and what was decided about those that are not asked.
pub struct SecondStage {
    pub campaign: Campaign,
    /// Group, and who is proposed for it.
    pub groups: Vec<(String, Vec<Proposal>)>,
    pub left_out: Vec<LeftOut>,
}

/// What becomes of a proposal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// Asked; the address may be empty.
    Ask {
        address: String,
    },
    /// On the list, but need not answer; the report tells of it.
    Exempt {
        reason: String,
    },
    LeaveOut {
        reason: String,
    },
}

/// Everybody named in the last submissions, in all groups' forms; `None` where there is no such collection.
pub fn second_stage(app: &App, id: &str) -> Result<Option<SecondStage>, ActionError> {
    let Some(found) = overview(app, id)? else {
        return Ok(None);
    };
    let mut groups: Vec<(String, Vec<Naming>)> = Vec::new();
    for respondent in &found.respondents {
        let number = respondent.progress.submissions;
        let Some(sent) = submission(app, id, &respondent.id, number)? else {
            continue;
        };
        for feed in app.form(&sent.form)?.feeds() {
            let items = sent
                .answers
                .pointer(&feed.pointer)
                .and_then(Value::as_array);
            let text = |item: &Value, member: &str| {
                item.get(member)
                    .and_then(Value::as_str)
                    .unwrap_or_default()
                    .to_owned()
            };
            let named = items.into_iter().flatten().map(|item| Naming {
                name: text(item, &feed.name),
                place: text(item, &feed.place),
                by: respondent.name(),
            });
            match groups.iter_mut().find(|(group, _)| *group == feed.group) {
                Some((_, all)) => all.extend(named),
                None => groups.push((feed.group.clone(), named.collect())),
            }
        }
    }
    groups.retain(|(group, _)| found.campaign.form_for(group).is_some());
    let stored = app.store.scan::<LeftOut>(&format!("{}/", key([id])))?;
    let left_out: Vec<LeftOut> = stored.into_iter().map(|s| s.doc).collect();
    let proposed = |(group, named): (String, Vec<Naming>)| {
        let all = proposals(&named, &found.respondents, &group);
        (group, all)
    };
    Ok(Some(SecondStage {
        groups: groups.into_iter().map(proposed).collect(),
        campaign: found.campaign,
        left_out,
    }))
}

/// Decides about one proposal.
pub fn decide(
    app: &App,
    campaign: &str,
    group: &str,
    name: &str,
    fate: &Fate,
    by: &str,
) -> Result<(), ActionError> {
    let now = app.now();
    match fate {
        Fate::Ask { address } => {
            let contact = Contact {
                name: String::from("Leder af tilbuddet"),
                address: address.clone(),
                phone: String::new(),
            };
            let contacts = if address.is_empty() {
                Vec::new()
            } else {
                vec![contact]
            };
            let new = recipients::blank(campaign, group, name, "", contacts);
            recipients::add(app, campaign, vec![new], by)?;
        }
        Fate::Exempt { reason } => {
            let mut new = recipients::blank(campaign, group, name, "", Vec::new());
            new.standing.exempt = Some(Stop {
                reason: reason.clone(),
                at: now,
                by: by.to_owned(),
            });
            recipients::add(app, campaign, vec![new], by)?;
        }
        Fate::LeaveOut { reason } => {
            let left = LeftOut {
                campaign: campaign.to_owned(),
                name: name.to_owned(),
                reason: reason.clone(),
                at: now,
                by: by.to_owned(),
            };
            let deed = Deed::ProposalLeftOut;
            let noted = event(now, campaign, None, Actor::Staff(by.to_owned()), deed)?;
            app.store
                .commit(Commit::new(now).put(&left).put_new(&noted))?;
        }
    }
    Ok(())
}

/// Takes back that somebody is left out.
pub fn propose_again(app: &App, campaign: &str, name: &str) -> Result<(), ActionError> {
    let commit = Commit::new(app.now()).delete::<LeftOut>(key([campaign, name]));
    app.store.commit(commit)?;
    Ok(())
}
