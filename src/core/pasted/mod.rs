//! A table pasted from a spreadsheet, a text document or a web page, ready to be audited.
mod grid;
mod verdict;

pub use grid::{Grid, Unreadable};
pub use verdict::{Marks, PastedVerdict, Reading, TableFault};
