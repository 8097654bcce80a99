//! The rules of Samsvar: no input or output, no clock, no randomness.
//!
//! Whoever embeds only this crate gets forms, answers, tables and disclosure control without a
//! web server, a store or a mail client. `now` and random values are always parameters.
pub mod access;
pub mod answers;
pub mod campaigns;
pub mod danish;
pub mod disclosure;
pub mod events;
pub mod forms;
pub mod hands;
pub mod pasted;
pub mod reports;
pub mod review;
pub mod roles;
pub mod second_factor;
pub mod tables;
