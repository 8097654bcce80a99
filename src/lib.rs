//! Samsvar
pub mod mail;
pub mod store;
