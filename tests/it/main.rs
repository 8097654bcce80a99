//! The program in process: its own store in a temporary directory, its own clock, people as types.

// Helpers of tests may fail as tests do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod access;
mod answering;
mod asked;
mod attachments;
mod backup;
mod collection;
mod conformance;
mod copies;
mod corpus;
mod desk;
mod english;
mod exports;
mod following;
mod hands;
mod house;
mod keeping;
mod known;
mod letters;
mod not_me;
mod page;
mod people;
mod qualifying;
mod refusals;
mod releases;
mod reminding;
mod reports;
mod rights;
mod second_factor;
mod seen;
mod selecting;
mod sending;
mod setup;
mod staff;
mod turning;
mod upgrade;
mod writer;
