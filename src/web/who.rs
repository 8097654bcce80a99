//! Who wrote or did something, by the name that a page shows; nothing of it reaches a log.
use maud::{Markup, html};
use samsvar_core::campaigns::{Contact, Respondent};
use samsvar_core::danish;
use samsvar_core::events::{Actor, Deed, Event};
use samsvar_core::hands::{ApprovalRequest, Hand, Handover};

use crate::actions::{ActionError, approval, hands};
use crate::app::App;

/// The people of one respondent's answer.
pub struct People {
    contacts: Vec<Contact>,
    handovers: Vec<Handover>,
    requests: Vec<ApprovalRequest>,
}

impl People {
    pub fn of(app: &App, respondent: &Respondent) -> Result<Self, ActionError> {
        let (campaign, id) = (&respondent.campaign, &respondent.id);
        Ok(Self {
            contacts: respondent.contacts.clone(),
            handovers: hands::handovers(app, campaign, id)?,
            requests: approval::requests(app, campaign, id)?,
        })
    }

    /// `Mette Holm (mette@example.dk)`.
    pub fn hand(&self, hand: &Hand) -> String {
        match hand {
            Hand::Contact(place) => self.contact(*place),
            Hand::Colleague(id) => self.colleague(id),
            Hand::Staff(name) => format!("{name} (sekretariatet)"),
        }
    }

    pub fn actor(&self, actor: &Actor) -> String {
        match actor {
            Actor::Contact(place) => self.contact(*place),
            Actor::Colleague(id) => self.colleague(id),
            Actor::Manager(id) => {
                let manager = self.requests.iter().find(|r| r.id == *id);
                manager.map_or_else(|| actor.danish(), |r| named(&r.manager))
            }
            Actor::Staff(name) => format!("{name} (sekretariatet)"),
            other => other.danish(),
        }
    }

    /// The colleague of a hand-over.
    pub fn colleague(&self, id: &str) -> String {
        let handover = self.handovers.iter().find(|h| h.id == *id);
        handover.map_or_else(|| "En kollega".to_owned(), |h| named(&h.colleague))
    }

    /// The manager of a request.
    pub fn manager(&self, id: &str) -> String {
        self.actor(&Actor::Manager(id.to_owned()))
    }

    fn contact(&self, place: usize) -> String {
        let contact = self.contacts.get(place);
        contact.map_or_else(|| Actor::Contact(place).danish(), named)
    }
}

/// Events in words, each with its moment and who did it.
pub fn lines(events: &[Event], people: &People) -> Markup {
    html! {
        ul.sv-events {
            @for event in events {
                li { (danish::date_time(event.at)) ": " (deed(event, people)) ", " (people.actor(&event.actor)) }
            }
        }
    }
}

fn deed(event: &Event, people: &People) -> String {
    match &event.deed {
        Deed::HandedOver { handover } => {
            format!("Bedt om hjælp: {}", people.colleague(handover))
        }
        Deed::HandoverWithdrawn { handover } => {
            format!(
                "Adgangen er trukket tilbage: {}",
                people.colleague(handover)
            )
        }
        Deed::ApprovalAsked { request } => {
            format!("Sendt til godkendelse hos {}", people.manager(request))
        }
        other => other.danish(),
    }
}

fn named(contact: &Contact) -> String {
    match (contact.name.as_str(), contact.address.as_str()) {
        ("", "") => "En, hvis navn er slettet".to_owned(),
        ("", address) => address.to_owned(),
        (name, "") => name.to_owned(),
        (name, address) => format!("{name} ({address})"),
    }
}
