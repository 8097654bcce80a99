//! What is to be erased: a collection's answers, a respondent's, or one person, and where a person is found.
use samsvar_core::campaigns::{Campaign, Respondent};
use serde::{Deserialize, Serialize};

use super::super::ActionError;
use super::super::asked::{self, Asked, Asking};
use super::{KEPT, RESPONDENT};
use crate::app::App;
use crate::store::{Stored, Target, key};

/// What is to be erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Drafts, answers, attachments, contacts, links and letters of a collection.
    Campaign { campaign: String },
    /// The same of one respondent.
    Respondent {
        campaign: String,
        respondent: String,
    },
    /// One contact: name, address, telephone, links and letters. The organisation's answers stay.
    Contact {
        campaign: String,
        respondent: String,
        /// Among the respondent's contacts; the place stays, so that others keep theirs.
        place: usize,
    },
    /// The same of a colleague or manager who was asked.
    Asked {
        campaign: String,
        respondent: String,
        whom: Asked,
    },
}

impl Scope {
    pub fn campaign(&self) -> &str {
        match self {
            Self::Campaign { campaign }
            | Self::Respondent { campaign, .. }
            | Self::Contact { campaign, .. }
            | Self::Asked { campaign, .. } => campaign,
        }
    }

    pub fn respondent(&self) -> Option<&str> {
        match self {
            Self::Campaign { .. } => None,
            Self::Respondent { respondent, .. }
            | Self::Contact { respondent, .. }
            | Self::Asked { respondent, .. } => Some(respondent),
        }
    }

    /// The hand-over or request of whoever was asked.
    pub(super) fn asking(&self, app: &App) -> Result<Option<Asking>, ActionError> {
        match self {
            Self::Asked {
                campaign,
                respondent,
                whom,
            } => whom.found(app, campaign, respondent),
            _ => Ok(None),
        }
    }

    /// Only one person goes, and no answer.
    pub(super) fn is_of_a_person(&self) -> bool {
        matches!(self, Self::Contact { .. } | Self::Asked { .. })
    }

    /// What is meant by key, whether or not it is there still.
    pub(super) fn targets(&self) -> Vec<Target> {
        let below = match self {
            Self::Campaign { campaign } => key([campaign.as_str()]),
            Self::Respondent {
                campaign,
                respondent,
            } => key([campaign.as_str(), respondent.as_str()]),
            Self::Contact { .. } | Self::Asked { .. } => return Vec::new(),
        };
        let spared = || {
            let kept = KEPT.iter().map(|(table, _)| (*table).to_owned());
            kept.chain([RESPONDENT.to_owned()]).collect::<Vec<_>>()
        };
        let mut targets = vec![
            Target::in_all_tables_but(spared(), &below, false),
            Target::in_all_tables_but(spared(), format!("{below}/"), true),
        ];
        if matches!(self, Self::Campaign { .. }) {
            targets.push(Target::all_below(RESPONDENT, format!("{below}/")));
        }
        targets
    }

    /// The contacts of a respondent that go.
    pub(super) fn places(&self, respondent: &Respondent) -> Vec<usize> {
        match self {
            Self::Contact { place, .. } => vec![*place],
            _ => (0..respondent.contacts.len()).collect(),
        }
    }

    /// The respondents whose documents it reaches.
    pub(super) fn respondents(&self, app: &App) -> Result<Vec<Stored<Respondent>>, ActionError> {
        Ok(match self {
            Self::Campaign { campaign } => app
                .store
                .scan::<Respondent>(&format!("{}/", key([campaign.as_str()])))?,
            Self::Respondent {
                campaign,
                respondent,
            } => app
                .store
                .get::<Respondent>(&key([campaign.as_str(), respondent.as_str()]))?
                .into_iter()
                .collect(),
            Self::Contact {
                campaign,
                respondent,
                place,
            } => app
                .store
                .get::<Respondent>(&key([campaign.as_str(), respondent.as_str()]))?
                .into_iter()
                .filter(|s| s.doc.contacts.len() > *place)
                .collect(),
            Self::Asked { .. } => Vec::new(),
        })
    }

    /// It is a collection that is there.
    pub(super) fn is_campaign(&self, app: &App) -> Result<bool, ActionError> {
        let Self::Campaign { campaign } = self else {
            return Ok(false);
        };
        Ok(app
            .store
            .get::<Campaign>(&key([campaign.as_str()]))?
            .is_some())
    }

    /// A contact may have been asked by another contact of the same respondent, too.
    pub(super) fn asked_too(&self, app: &App) -> Result<Vec<Self>, ActionError> {
        let Self::Contact { place, .. } = self else {
            return Ok(Vec::new());
        };
        let mut found = Vec::new();
        for stored in self.respondents(app)? {
            let contact = stored.doc.contacts.get(*place);
            let all = persons_at(app, contact.map_or("", |contact| contact.address.as_str()))?;
            found.extend(all.into_iter().filter(|other| {
                matches!(other, Self::Asked { .. })
                    && other.campaign() == self.campaign()
                    && other.respondent() == self.respondent()
            }));
        }
        Ok(found)
    }
}

/// All places where an address is a contact, a colleague or a manager.
pub fn persons_at(app: &App, address: &str) -> Result<Vec<Scope>, ActionError> {
    let asked = asked::all_at(app, address)?.into_iter();
    let asked = asked.map(|(campaign, respondent, whom)| Scope::Asked {
        campaign,
        respondent,
        whom,
    });
    Ok(asked.chain(contacts_at(app, address)?).collect())
}

/// All places where an address is a contact.
pub fn contacts_at(app: &App, address: &str) -> Result<Vec<Scope>, ActionError> {
    let mut found = Vec::new();
    for stored in app.store.scan::<Respondent>("")? {
        for (place, contact) in stored.doc.contacts.iter().enumerate() {
            if !address.trim().is_empty() && contact.address.eq_ignore_ascii_case(address.trim()) {
                found.push(Scope::Contact {
                    campaign: stored.doc.campaign.clone(),
                    respondent: stored.doc.id.clone(),
                    place,
                });
            }
        }
    }
    Ok(found)
}
