//! Letters as the secretariat writes them: text with named fields.
use serde::{Deserialize, Serialize};

/// A letter's text; fields stand in braces: `{modtager}`, `{organisation}`, `{indsamling}`, `{frist}`, `{afsender}`, `{link}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LetterText {
    pub subject: String,
    pub body: String,
}

/// What the fields of one recipient's letter stand for.
pub struct LetterFields<'a> {
    pub recipient: &'a str,
    pub organisation: &'a str,
    pub campaign: &'a str,
    pub deadline: &'a str,
    pub sender: &'a str,
    pub link: &'a str,
}

/// Why a letter can't be sent as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LetterTextFault {
    EmptySubject,
    /// A subject with a line break would become another mail header.
    SubjectBreaksLine,
    UnknownField(String),
    /// Without `{link}` the reader can't answer.
    NoLink,
}

impl LetterTextFault {
    pub fn danish(&self) -> String {
        match self {
            Self::EmptySubject => "Brevet mangler et emne.".into(),
            Self::SubjectBreaksLine => "Emnet må kun være på én linje.".into(),
            Self::UnknownField(name) => format!(
                "Feltet »{{{name}}}« findes ikke. Felterne er: {}.",
                FIELDS.map(|f| format!("{{{f}}}")).join(", ")
            ),
            Self::NoLink => {
                "Brevet mangler feltet {link}; uden det kan modtageren ikke svare.".into()
            }
        }
    }
}

const FIELDS: [&str; 6] = [
    "modtager",
    "organisation",
    "indsamling",
    "frist",
    "afsender",
    "link",
];

impl LetterText {
    /// All that is wrong with the text, so that it can be mended in one go.
    pub fn faults(&self) -> Vec<LetterTextFault> {
        let mut faults = Vec::new();
        if self.subject.trim().is_empty() {
            faults.push(LetterTextFault::EmptySubject);
        }
        if self.subject.contains(['\n', '\r']) {
            faults.push(LetterTextFault::SubjectBreaksLine);
        }
        for text in [&self.subject, &self.body] {
            faults.extend(
                fields_in(text)
                    .filter(|f| !FIELDS.contains(f))
                    .map(|f| LetterTextFault::UnknownField(f.into())),
            );
        }
        if !fields_in(&self.body).any(|f| f == "link") {
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
            _ => None,
        }
    }
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
    fn a_letter_that_can_not_be_answered_is_refused() {
        let letter = LetterText {
            subject: " \n".into(),
            body: "Kære {navn}".into(),
        };
        assert_eq!(
            letter.faults(),
            [
                LetterTextFault::EmptySubject,
                LetterTextFault::SubjectBreaksLine,
                LetterTextFault::UnknownField("navn".into()),
                LetterTextFault::NoLink
            ]
        );
    }
}
