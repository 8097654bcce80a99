//! Questionnaires: a JSON Schema, an optional UI document, and what a page needs of them.
use serde::{Deserialize, Serialize};

/// A language that pages and letters are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    #[default]
    Da,
    En,
}

/// Something in an answer that the form's schema does not accept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// JSON Pointer into the answers; for a missing answer, the place where it should stand.
    pub pointer: String,
    /// The schema keyword that refused it, such as `required` or `minimum`; `type` for a text that could not be read.
    pub keyword: String,
    /// One sentence for the person who fills in the form.
    pub message: String,
}
