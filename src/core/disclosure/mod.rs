//! Disclosure control: protect a set of linked tables, audit what is published, prove it safe.
//!
//! `Rules` is at once the public interchange format (`RULES.json`) and the model that reports
//! use: all tables of one report are one model, told apart by a dimension of their own.
//!
//! The way out is one-directional: [`protect`] makes a [`Protected`] (only after the audit of
//! what is to be printed has passed), and only a `Protected` makes a [`SafeTable`].
mod audit;
mod bound;
#[cfg(test)]
mod brute;
mod buy;
mod certificate;
mod classes;
mod contradiction;
mod explain;
mod final_audit;
mod frame;
mod guard;
mod input;
mod insiders;
mod known;
mod layout;
mod merging;
mod names;
mod nearby;
mod optimum;
mod options;
mod order;
mod policy;
mod printed;
mod problem;
mod propagate;
mod protect;
#[cfg(test)]
mod protect_tests;
mod question;
mod rational;
mod reader;
mod rules;
mod safe;
mod simplex;
mod table;
#[cfg(test)]
mod tamper_tests;
mod totals;

pub use audit::{Audit, AuditOptions, CellVerdict, Status, audit};
pub use certificate::{Certificate, Claim, GivenAway, Proof, Unproven, verify};
pub use contradiction::{ClashingFact, Contradiction};
pub use input::InputError;
pub use known::{AlreadyKnown, already_known};
pub use names::check_audit_names;
pub use options::{Merge, WayOut, protect_with_options, ways_out};
pub use policy::{Banding, LARGEST_THRESHOLD, Policy, Selection};
pub use protect::{AtRisk, Refusal, protect};
pub use rules::{Additive, Bin, Classes, Coords, Linear, Op, Rules, Symbol};
pub use safe::{DroppedFact, Feasible, Protected, SafeBin, SafeTable, Shown, Summary};
pub use table::{Published, PublishedTable, true_cells_from_csv};

/// A true count before protection; `None` was not collected and is printed as `–`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrueCell {
    pub coords: Coords,
    pub value: Option<u64>,
}
