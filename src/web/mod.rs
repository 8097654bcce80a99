//! Pages.
pub mod assets;
