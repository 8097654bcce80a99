//! Pages.
pub mod assets;
pub mod form_view;
