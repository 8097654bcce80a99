//! A finished report to files; every writer here takes a [`samsvar_core::reports::Report`] and
//! nothing else that holds counts.
//!
//! [`raw`] is apart: it writes the answers themselves and is for the secretariat alone.
pub mod answers;
pub mod certificate;
mod chart;
pub mod copies;
pub mod csv;
pub mod html;
pub mod json;
pub mod raw;
pub mod read_back;
mod sheet_stream;
pub mod xlsx;

use samsvar_core::disclosure::Shown;

/// A mark as printed; an interval with an en dash, which no spreadsheet takes for a date.
pub(crate) fn mark(shown: Shown) -> String {
    match shown {
        Shown::Between(low, high) => format!("{low}–{high}"),
        shown => shown.to_string(),
    }
}
