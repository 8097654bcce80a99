//! Samsvar: questionnaires as JSON Schemas, personal links by mail, an embedded store, and a
//! regional report that reveals nobody. `ARCHITECTURE.md` is the map of the house.
pub mod actions;
pub mod app;
pub mod assets;
pub mod cli;
pub mod config;
pub mod control;
pub mod demo;
pub mod forms_library;
pub mod jobs;
pub mod key_file;
pub mod mail;
pub mod organisations;
pub mod server;
pub mod store;
pub mod web;
pub mod writers;
