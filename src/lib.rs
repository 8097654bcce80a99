//! Samsvar: questionnaires as JSON Schemas, personal links by mail, an embedded store, and a
//! regional report that reveals nobody. `ARCHITECTURE.md` is the map of the house.
pub mod config;
pub mod form_cli;
pub mod forms_library;
pub mod mail;
pub mod store;
pub mod web;
