//! Letters as the secretariat writes them: text with named fields.
use serde::{Deserialize, Serialize};

use super::selection::Notice;

/// A letter's text; fields stand in braces: `{modtager}`, `{organisation}`, `{indsamling}`, `{frist}`, `{afsender}`, `{link}`, `{videre}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LetterText {
    pub subject: String,
    pub body: String,
}

/// A letter in Danish and, where the secretariat wrote one, in English below it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bilingual {
    pub danish: LetterText,
    #[serde(default)]
    pub english: Option<LetterText>,
}

/// A campaign's letters beside the Danish invitation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Letters {
    pub invitation_english: Option<LetterText>,
    pub reminder: Bilingual,
    pub receipt: Bilingual,
}

/// What a letter is for; decides which fields it may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LetterKind {
    Invitation,
    Reminder,
    Receipt,
    /// About a sign-up; has no link.
    Notice(Notice),
}

impl Default for Letters {
    fn default() -> Self {
        let danish = |subject: &str, body: &str| Bilingual {
            danish: LetterText {
                subject: subject.into(),
                body: body.into(),
            },
            english: None,
        };
        Self {
            invitation_english: None,
            reminder: danish("Påmindelse: {indsamling}, svarfrist {frist}", REMINDER),
            receipt: danish("Kvittering {kvittering}: {indsamling}", RECEIPT),
        }
    }
}

const NOT_ME: &str = "Er det ikke dig, der skal svare? Send til den rette:";
const NOT_ME_IN_ENGLISH: &str = "Not the right person? Pass this letter on:";
const REMINDER: &str = "Kære {modtager}\n\n\
    Vi mangler stadig svar fra {organisation} på »{indsamling}«. Svarfristen er {frist}.\n\n\
    Åbn spørgeskemaet med dette personlige link. Det, I har gemt, er der stadig:\n{link}\n\n\
    Har I brug for mere tid, eller er I ikke de rette til at svare, så svar på denne mail.\n\n\
    Venlig hilsen\n{afsender}";
const RECEIPT: &str = "Tak for jeres svar på »{indsamling}«.\n\n\
    Svar fra: {organisation}\nModtaget: {tidspunkt}\nKvitteringsnummer: {kvittering}\n\n\
    Svaret er vedhæftet, så I kan journalisere det. I kan rette det med det samme personlige link indtil {frist}.\n\n\
    Venlig hilsen\n{afsender}";

impl Bilingual {
    /// One letter: both subjects on its line, the English text below the Danish one.
    pub fn joined(&self) -> LetterText {
        match &self.english {
            None => self.danish.clone(),
            Some(english) => LetterText {
                subject: format!("{} / {}", self.danish.subject, english.subject),
                body: format!("{}\n\n– In English –\n\n{}", self.danish.body, english.body),
            },
        }
    }
}

impl Bilingual {
    /// With the way out for whoever is not the right person, where the text does not show it itself.
    pub fn with_way_on(&self) -> Self {
        let with = |text: &LetterText, sentence: &str| {
            let mut text = text.clone();
            if !fields_in(&text.body).any(|field| field == "videre") {
                text.body = format!("{}\n\n{sentence}\n{{videre}}\n", text.body.trim_end());
            }
            text
        };
        Self {
            danish: with(&self.danish, NOT_ME),
            english: self
                .english
                .as_ref()
                .map(|text| with(text, NOT_ME_IN_ENGLISH)),
        }
    }
}

impl LetterKind {
    /// The fields that such a letter may have.
    pub fn fields(self) -> Vec<&'static str> {
        let common = FIELDS.into_iter();
        match self {
            Self::Invitation | Self::Reminder => common.collect(),
            // The link's token is kept by nobody, so a later letter can't repeat it.
            Self::Receipt => common
                .filter(|field| !["link", "videre"].contains(field))
                .chain(["kvittering", "tidspunkt"])
                .collect(),
            Self::Notice(notice) => {
                let own: &[&str] = match notice {
                    Notice::Selected => &["valgte"],
                    Notice::Waiting => &["valgte", "plads"],
                    Notice::NotNow | Notice::Later | Notice::Thanks => &["valgte"],
                };
                let common = common.filter(|field| !["link", "videre", "frist"].contains(field));
                common.chain(own.iter().copied()).collect()
            }
        }
    }
}

/// What the fields of one recipient's letter stand for.
pub struct LetterFields<'a> {
    pub recipient: &'a str,
    pub organisation: &'a str,
    pub campaign: &'a str,
    pub deadline: &'a str,
    pub sender: &'a str,
    pub link: &'a str,
    /// Where whoever is not the right person names another.
    pub not_me: &'a str,
    /// The receipt's number, and when the answer came; empty in other letters.
    pub receipt: &'a str,
    pub received: &'a str,
    /// The number on the waiting list, and the names of those selected; empty in other letters.
    pub place: &'a str,
    pub selected: &'a str,
}

/// Why a letter can't be sent as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LetterTextFault {
    EmptySubject,
    EmptyBody,
    /// A subject with a line break would become another mail header.
    SubjectBreaksLine,
    UnknownField {
        name: String,
        known: Vec<&'static str>,
    },
    /// Without `{link}` the reader can't answer.
    NoLink,
}

impl LetterTextFault {
    pub fn danish(&self) -> String {
        match self {
            Self::EmptySubject => "Brevet mangler et emne.".into(),
            Self::EmptyBody => "Brevet mangler en tekst.".into(),
            Self::SubjectBreaksLine => "Emnet må kun være på én linje.".into(),
            Self::UnknownField { name, known } => format!(
                "Feltet »{{{name}}}« findes ikke. Felterne er: {}.",
                known
                    .iter()
                    .map(|f| format!("{{{f}}}"))
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
            Self::NoLink => {
                "Brevet mangler feltet {link}; uden det kan modtageren ikke svare.".into()
            }
        }
    }
}

const FIELDS: [&str; 7] = [
    "modtager",
    "organisation",
    "indsamling",
    "frist",
    "afsender",
    "link",
    "videre",
];

impl LetterText {
    /// All that is wrong with the text, so that it can be mended in one go.
    pub fn faults(&self, kind: LetterKind) -> Vec<LetterTextFault> {
        let mut faults = self.subject_faults(kind);
        faults.extend(self.body_faults(kind));
        faults
    }

    pub fn subject_faults(&self, kind: LetterKind) -> Vec<LetterTextFault> {
        let mut faults = Vec::new();
        if self.subject.trim().is_empty() {
            faults.push(LetterTextFault::EmptySubject);
        }
        if self.subject.contains(['\n', '\r']) {
            faults.push(LetterTextFault::SubjectBreaksLine);
        }
        // A link in a subject would stand in lists of mail for everybody to see.
        let secret = |field: &&str| ["link", "videre"].contains(field);
        let known: Vec<&str> = kind.fields().into_iter().filter(|f| !secret(f)).collect();
        faults.extend(unknown_fields(&self.subject, &known));
        faults
    }

    pub fn body_faults(&self, kind: LetterKind) -> Vec<LetterTextFault> {
        let known = kind.fields();
        let mut faults: Vec<LetterTextFault> = unknown_fields(&self.body, &known).collect();
        if self.body.trim().is_empty() {
            faults.push(LetterTextFault::EmptyBody);
        } else if known.contains(&"link") && !fields_in(&self.body).any(|f| f == "link") {
            faults.push(LetterTextFault::NoLink);
        }
        faults
    }

    pub fn subject_for(&self, fields: &LetterFields) -> String {
        filled(&self.subject, fields)
    }

    pub fn body_for(&self, fields: &LetterFields) -> String {
        filled(&self.body, fields)
    }
}

impl LetterFields<'_> {
    fn value(&self, name: &str) -> Option<&str> {
        match name {
            "modtager" => Some(self.recipient),
            "organisation" => Some(self.organisation),
            "indsamling" => Some(self.campaign),
            "frist" => Some(self.deadline),
            "afsender" => Some(self.sender),
            "link" => Some(self.link),
            "videre" => Some(self.not_me),
            "kvittering" => Some(self.receipt),
            "tidspunkt" => Some(self.received),
            "plads" => Some(self.place),
            "valgte" => Some(self.selected),
            _ => None,
        }
    }
}

fn unknown_fields(text: &str, known: &[&'static str]) -> impl Iterator<Item = LetterTextFault> {
    let unknown = fields_in(text).filter(|name| !known.contains(name));
    unknown.map(|name| LetterTextFault::UnknownField {
        name: name.to_owned(),
        known: known.to_vec(),
    })
}

/// The names between braces.
fn fields_in(text: &str) -> impl Iterator<Item = &str> {
    text.split('{')
        .skip(1)
        .filter_map(|part| part.split_once('}').map(|(name, _)| name))
}

/// One pass, so that a value with braces is never taken for a field.
fn filled(text: &str, fields: &LetterFields) -> String {
    let mut out = String::with_capacity(text.len() + 200);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        match after
            .split_once('}')
            .and_then(|(name, tail)| fields.value(name).map(|v| (v, tail)))
        {
            Some((value, tail)) => {
                out.push_str(value);
                rest = tail;
            }
            None => {
                out.push('{');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIELDS: LetterFields = LetterFields {
        recipient: "Fagkoordinator {link}",
        organisation: "Skive Kommune",
        campaign: "Central udmelding",
        deadline: "29. april 2026",
        sender: "Sekretariatet",
        link: "https://example.dk/l/x",
        not_me: "https://example.dk/l/x/ikke-mig",
        receipt: "",
        received: "",
        place: "",
        selected: "",
    };

    #[test]
    fn fields_are_filled_in_one_pass() {
        let letter = LetterText {
            subject: "{indsamling}".into(),
            body: "Kære {modtager}\n{link} {ukendt".into(),
        };
        assert_eq!(letter.subject_for(&FIELDS), "Central udmelding");
        assert_eq!(
            letter.body_for(&FIELDS),
            "Kære Fagkoordinator {link}\nhttps://example.dk/l/x {ukendt"
        );
    }

    #[test]
    fn the_way_on_stands_once_in_each_language() {
        let text = |body: &str| LetterText {
            subject: "x".into(),
            body: body.into(),
        };
        let both = Bilingual {
            danish: text("Åbn {link}\n"),
            english: Some(text("Not you? {videre} Open {link}")),
        };
        let joined = both.with_way_on().joined();
        assert_eq!(joined.body.matches("{videre}").count(), 2);
        assert_eq!(both.with_way_on().with_way_on(), both.with_way_on());
        assert!(
            joined
                .body
                .starts_with(&format!("Åbn {{link}}\n\n{NOT_ME}\n{{videre}}\n"))
        );
    }

    #[test]
    fn a_letter_that_can_not_be_answered_is_refused() {
        let letter = LetterText {
            subject: " \n".into(),
            body: "Kære {navn}".into(),
        };
        assert_eq!(
            letter.faults(LetterKind::Invitation),
            [
                LetterTextFault::EmptySubject,
                LetterTextFault::SubjectBreaksLine,
                LetterTextFault::UnknownField {
                    name: "navn".into(),
                    known: LetterKind::Invitation.fields(),
                },
                LetterTextFault::NoLink
            ]
        );
    }

    #[test]
    fn the_standard_letters_have_no_fault() {
        let letters = Letters::default();
        for (letter, kind) in [
            (&letters.reminder, LetterKind::Reminder),
            (&letters.receipt, LetterKind::Receipt),
        ] {
            assert_eq!(letter.danish.faults(kind), []);
        }
        let linked = LetterText {
            subject: "x".into(),
            body: "{link}".into(),
        };
        assert_eq!(linked.faults(LetterKind::Receipt).len(), 1);
    }
}
