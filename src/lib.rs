//! Samsvar: questionnaires as JSON Schemas, personal links by mail, an embedded store, and a
//! regional report that reveals nobody. `ARCHITECTURE.md` is the map of the house.
pub mod actions;
pub mod app;
pub mod assets;
pub mod backup_cli;
pub mod check_cli;
pub mod cli;
pub mod config;
pub mod control;
pub mod demo;
pub mod disclosure_cli;
pub mod form_cli;
pub mod forms_library;
pub mod jobs;
pub mod keeping;
pub mod key_cli;
pub mod mail;
mod mail_cli;
pub mod organisations;
pub mod server;
pub mod store;
pub mod web;
pub mod writers;
