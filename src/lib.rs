//! Samsvar
