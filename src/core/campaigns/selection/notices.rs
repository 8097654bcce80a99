//! The letters about a sign-up: which there are, and their texts.
use serde::{Deserialize, Serialize};

use crate::campaigns::{Bilingual, LetterText};

/// The letters about a sign-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    Selected,
    Waiting,
    NotNow,
    /// For a no that is interested later, and for a yes that was put off.
    Later,
    Thanks,
}

/// The texts of the five letters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Notices {
    pub selected: Bilingual,
    pub waiting: Bilingual,
    pub not_now: Bilingual,
    pub later: Bilingual,
    pub thanks: Bilingual,
}

impl Notice {
    pub const ALL: [Self; 5] = [
        Self::Selected,
        Self::Waiting,
        Self::NotNow,
        Self::Later,
        Self::Thanks,
    ];

    /// The part in names of controls, and in the outbox.
    pub fn code(self) -> &'static str {
        match self {
            Self::Selected => "valgt",
            Self::Waiting => "venteliste",
            Self::NotNow => "ikke-valgt",
            Self::Later => "senere",
            Self::Thanks => "tak",
        }
    }

    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|notice| notice.code() == code)
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::Selected => "Valgt",
            Self::Waiting => "Venteliste",
            Self::NotNow => "Ikke valgt",
            Self::Later => "Interesseret senere",
            Self::Thanks => "Tak for et nej",
        }
    }
}

impl Notices {
    pub fn of(&self, notice: Notice) -> &Bilingual {
        match notice {
            Notice::Selected => &self.selected,
            Notice::Waiting => &self.waiting,
            Notice::NotNow => &self.not_now,
            Notice::Later => &self.later,
            Notice::Thanks => &self.thanks,
        }
    }

    pub fn set(&mut self, notice: Notice, text: Bilingual) {
        match notice {
            Notice::Selected => self.selected = text,
            Notice::Waiting => self.waiting = text,
            Notice::NotNow => self.not_now = text,
            Notice::Later => self.later = text,
            Notice::Thanks => self.thanks = text,
        }
    }
}

impl Default for Notices {
    fn default() -> Self {
        let text = |subject: &str, body: &str| Bilingual {
            danish: LetterText {
                subject: format!("{{indsamling}}: {subject}"),
                body: format!("Kære {{modtager}}\n\n{body}\n\nVenlig hilsen\n{{afsender}}"),
            },
            english: None,
        };
        Self {
            selected: text("I er valgt", SELECTED),
            waiting: text("I er på venteliste", WAITING),
            not_now: text("I er ikke valgt denne gang", NOT_NOW),
            later: text("tak for jeres interesse", LATER),
            thanks: text("tak for jeres svar", THANKS),
        }
    }
}

const SELECTED: &str = "{organisation} er valgt. Tak, fordi I vil være med.\n\n\
    De valgte er: {valgte}.\n\n\
    Vi skriver til jer om det første møde. Har noget ændret sig, siden I meldte jer, så svar på denne mail.";
const WAITING: &str = "Tak, fordi {organisation} har meldt sig. Der var flere, end der er plads til, og I er nummer {plads} på ventelisten.\n\n\
    Bliver der en plads, skriver vi til jer med det samme. Ønsker I ikke at vente, så svar på denne mail.";
const NOT_NOW: &str = "Tak, fordi {organisation} har meldt sig. Der var flere, end der er plads til, og I er ikke valgt denne gang.\n\n\
    Vil I vide mere om valget, så svar på denne mail.";
const LATER: &str = "Tak for svaret fra {organisation}. I vil gerne høre om projektet igen, så vi skriver til jer, når der er en ny runde.";
const THANKS: &str =
    "Tak for svaret fra {organisation}. Vi har noteret, at I ikke ønsker at være med denne gang.";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::campaigns::LetterKind;

    #[test]
    fn the_standard_letters_have_no_fault() {
        let texts = Notices::default();
        for notice in Notice::ALL {
            let text = &texts.of(notice).danish;
            assert_eq!(text.faults(LetterKind::Notice(notice)), [], "{notice:?}");
        }
    }
}
