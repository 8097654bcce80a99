//! "Not me": a recipient names the right person, who then gets the letters in their place.
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Contact, Respondent};

/// When somebody whom a recipient named gets the invitation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PassingRule {
    AtOnce,
    /// At once within the mail domains that the respondent's contacts have; else the secretariat looks first.
    ///
    /// Whoever holds a link could forward the letter anyway, so a look protects no answer; what it does
    /// prevent is that a letter in the secretariat's name goes to any address that somebody types.
    #[default]
    SameDomain,
    AfterApproval,
}

/// Letters that recipients may cause by naming others, for each respondent; after that the secretariat looks first.
pub const MOST_AT_ONCE: usize = 5;
/// Characters of the note.
pub const MOST_NOTE: usize = 1_000;
const MOST_NAME: usize = 200;

/// Somebody whom a contact named as the right person to answer.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedContact {
    /// Unique for the respondent.
    pub id: String,
    pub campaign: String,
    pub respondent: String,
    /// The place of the contact who said "not me", and of whoever takes it.
    pub place: usize,
    pub named: Contact,
    /// For the secretariat; never in a letter.
    pub note: String,
    pub at: DateTime<Utc>,
    pub state: NamedState,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum NamedState {
    /// The secretariat has not looked yet.
    Waiting,
    /// The named person has taken the place. Without `by` it was the rule.
    Taken {
        at: DateTime<Utc>,
        by: Option<String>,
    },
    Refused {
        at: DateTime<Utc>,
        by: String,
    },
}

/// Shows nobody: it may end up in a log line by way of its owner.
impl std::fmt::Debug for NamedContact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NamedContact(…)")
    }
}

/// What is wrong with what was typed, by the page's field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamingFault {
    AddressInvalid,
    /// The letter came to that very address.
    AddressOwn,
    NameTooLong,
    NoteTooLong,
}

impl PassingRule {
    pub const ALL: [Self; 3] = [Self::SameDomain, Self::AtOnce, Self::AfterApproval];

    /// The value of the page's control.
    pub fn code(self) -> &'static str {
        match self {
            Self::AtOnce => "straks",
            Self::SameDomain => "samme-domaene",
            Self::AfterApproval => "efter-godkendelse",
        }
    }

    /// How the page puts it.
    pub fn danish(self) -> &'static str {
        match self {
            Self::AtOnce => "Straks",
            Self::SameDomain => {
                "Straks, når adressen ligger i samme maildomæne; ellers når vi har set på det"
            }
            Self::AfterApproval => "Når vi har set på det",
        }
    }

    /// The rule of that code; the usual one for any other text.
    pub fn parse(code: &str) -> Self {
        let known = Self::ALL.into_iter().find(|rule| rule.code() == code);
        known.unwrap_or_default()
    }

    /// Whether the named address gets its letter without anybody looking; `before` letters went out that way already.
    pub fn sends_at_once(self, respondent: &Respondent, address: &str, before: usize) -> bool {
        let known = |domain: &str| {
            respondent
                .contacts
                .iter()
                .any(|c| domain_of(&c.address).is_some_and(|d| d.eq_ignore_ascii_case(domain)))
        };
        before < MOST_AT_ONCE
            && match self {
                Self::AtOnce => true,
                Self::SameDomain => domain_of(address).is_some_and(known),
                Self::AfterApproval => false,
            }
    }
}

fn domain_of(address: &str) -> Option<&str> {
    address.rsplit_once('@').map(|(_, domain)| domain)
}

impl NamedContact {
    pub fn waits(&self) -> bool {
        self.state == NamedState::Waiting
    }

    /// Whether a letter to the contact at `place`, queued at that moment, is no longer theirs to get.
    pub fn stops(&self, place: usize, queued: DateTime<Utc>) -> bool {
        self.place == place
            && match &self.state {
                NamedState::Waiting => true,
                NamedState::Taken { at, .. } => queued < *at,
                NamedState::Refused { .. } => false,
            }
    }
}

/// All that is wrong with what was typed by the contact at `place`.
pub fn naming_faults(
    respondent: &Respondent,
    place: usize,
    (name, address, note): (&str, &str, &str),
) -> Vec<NamingFault> {
    let mut faults = Vec::new();
    let own = respondent.contacts.get(place).map(|c| c.address.as_str());
    if !super::looks_like_address(address) {
        faults.push(NamingFault::AddressInvalid);
    } else if own.is_some_and(|own| own.eq_ignore_ascii_case(address)) {
        faults.push(NamingFault::AddressOwn);
    }
    if name.chars().count() > MOST_NAME || name.chars().any(char::is_control) {
        faults.push(NamingFault::NameTooLong);
    }
    if note.chars().count() > MOST_NOTE {
        faults.push(NamingFault::NoteTooLong);
    }
    faults
}

/// Puts the named person in the place of whoever named them.
///
/// Somebody who is a contact already keeps their own place, and the other one is left blank.
/// Gives back whether the place has a new person, who needs a letter.
pub fn take_place(respondent: &mut Respondent, named: &NamedContact) -> bool {
    let address = &named.named.address;
    let known = respondent
        .contacts
        .iter()
        .any(|c| c.address.eq_ignore_ascii_case(address));
    let Some(contact) = respondent.contacts.get_mut(named.place) else {
        return false;
    };
    *contact = if known {
        Contact {
            name: String::new(),
            address: String::new(),
            phone: String::new(),
        }
    } else {
        named.named.clone()
    };
    !known
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contact(address: &str) -> Contact {
        Contact {
            name: "A".into(),
            address: address.into(),
            phone: String::new(),
        }
    }

    fn respondent(addresses: &[&str]) -> Respondent {
        Respondent {
            id: "r".into(),
            campaign: "c".into(),
            group: "kommune".into(),
            organisation: "Skive Kommune".into(),
            department: String::new(),
            contacts: addresses.iter().map(|a| contact(a)).collect(),
            progress: super::super::Progress::default(),
            standing: super::super::Standing::default(),
            reminded: Vec::new(),
        }
    }

    fn named(place: usize, address: &str) -> NamedContact {
        NamedContact {
            id: "n".into(),
            campaign: "c".into(),
            respondent: "r".into(),
            place,
            named: contact(address),
            note: String::new(),
            at: DateTime::UNIX_EPOCH,
            state: NamedState::Waiting,
        }
    }

    #[test]
    fn the_usual_rule_lets_letters_stay_in_the_house() {
        let r = respondent(&["a@skive.example.dk"]);
        let rule = PassingRule::default();
        assert!(rule.sends_at_once(&r, "b@SKIVE.example.dk", 0));
        for elsewhere in ["b@example.dk", "b@x.skive.example.dk", "b"] {
            assert!(!rule.sends_at_once(&r, elsewhere, 0), "{elsewhere}");
        }
        assert!(!rule.sends_at_once(&r, "b@skive.example.dk", MOST_AT_ONCE));
        assert!(PassingRule::AtOnce.sends_at_once(&r, "b@example.dk", 0));
        assert!(!PassingRule::AfterApproval.sends_at_once(&r, "b@skive.example.dk", 0));
    }

    #[test]
    fn a_code_is_read_back() {
        for rule in PassingRule::ALL {
            assert_eq!(PassingRule::parse(rule.code()), rule);
        }
    }

    #[test]
    fn the_named_person_takes_the_place_unless_they_have_one() {
        let mut r = respondent(&["a@example.dk", "b@example.dk"]);
        assert!(take_place(&mut r, &named(0, "c@example.dk")));
        assert_eq!(r.contacts[0].address, "c@example.dk");
        assert!(!take_place(&mut r, &named(0, "B@example.dk")));
        let left: Vec<_> = r.reachable().map(|(place, _)| place).collect();
        assert_eq!(left, [1]);
    }

    #[test]
    fn faults_stand_at_their_fields() {
        let r = respondent(&["a@example.dk"]);
        let faults = |typed| naming_faults(&r, 0, typed);
        assert_eq!(faults(("", "b@example.dk", "")), []);
        assert_eq!(faults(("", "A@example.dk", "")), [NamingFault::AddressOwn]);
        let long = "x".repeat(2_000);
        assert_eq!(
            faults(("a\nb", "nobody", &long)),
            [
                NamingFault::AddressInvalid,
                NamingFault::NameTooLong,
                NamingFault::NoteTooLong
            ]
        );
    }
}
