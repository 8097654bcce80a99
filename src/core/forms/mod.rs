//! Questionnaires: a JSON Schema, an optional UI document, and what a page needs of them.
//!
//! Everything about a form is derived from its schema at the time of asking: [`Form::section`]
//! draws, [`Form::read_post`] reads and [`Form::submission_of`] prunes from one and the same
//! layout, so a question that is not on the page can neither be answered nor be missed.
use serde::{Deserialize, Serialize};

mod actions;
mod alternatives;
mod beginning;
mod check;
mod codebook;
mod facets;
pub mod feeds;
pub mod figure;
mod findings;
mod form;
mod gather;
mod grid;
mod layout;
mod leaf;
mod lints;
mod listing;
mod mend;
mod messages;
mod origin;
mod page;
pub(crate) mod pointer;
mod prune;
mod reading;
mod rules;
mod schema;
mod sections;
mod signup;
mod source;
mod suspects;
mod targets;
mod texts;
mod ui;
mod view;
mod weight;
mod words;

pub use check::has_errors;
pub use form::Form;
pub use origin::Provenance;
pub use signup::{Said, SignUp};
pub use source::{Fault, FormSource, Severity};
pub use texts::printable;
pub use view::*;

/// A language that pages and letters are written in.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    #[default]
    Da,
    En,
}

/// Something in an answer that the form's schema does not accept.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Finding {
    /// JSON Pointer into the answers; for a missing answer, the place where it should stand.
    pub pointer: String,
    /// The schema keyword that refused it, such as `required` or `minimum`; `type` for a text that could not be read.
    pub keyword: String,
    /// One sentence for the person who fills in the form.
    pub message: String,
}
