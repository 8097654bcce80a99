//! The words that pages say around an author's questions, in both languages.
use serde_json::Value;

use super::{Language, figure};

pub(crate) struct Words {
    pub yes: &'static str,
    pub no: &'static str,
    pub add: &'static str,
    pub remove: &'static str,
    pub up: &'static str,
    pub down: &'static str,
    pub which: &'static str,
    pub truncated: &'static str,
    pub unchanged: &'static str,
    pub all_unchanged: &'static str,
    pub total: &'static str,
    pub as_known: &'static str,
    pub was_known: &'static str,
    /// A figure in words.
    pub figure: fn(&Value) -> String,
}

const DANISH: Words = Words {
    yes: "Ja",
    no: "Nej",
    add: "Tilføj",
    remove: "Fjern",
    up: "Flyt op:",
    down: "Flyt ned:",
    which: "vælg hvilken slags",
    truncated: "Skemaet er større, end en side kan rumme. De sidste spørgsmål er udeladt.",
    unchanged: "Uændret",
    all_unchanged: "Alt er uændret",
    total: "I alt",
    as_known: "uændret",
    was_known: "rettet fra",
    figure: figure::text,
};

const ENGLISH: Words = Words {
    yes: "Yes",
    no: "No",
    add: "Add",
    remove: "Remove",
    up: "Move up:",
    down: "Move down:",
    which: "choose which kind",
    truncated: "The form is larger than a page can hold. The last questions are left out.",
    unchanged: "Unchanged",
    all_unchanged: "Everything is unchanged",
    total: "Total",
    as_known: "unchanged",
    was_known: "corrected from",
    figure: figure::in_english,
};

impl Words {
    pub fn of(language: Language) -> &'static Words {
        match language {
            Language::Da => &DANISH,
            Language::En => &ENGLISH,
        }
    }
}
