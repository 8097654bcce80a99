//! A report definition (`report.json`), and the tables that it makes of answers.
mod aggregate;
mod distribution;
mod figures;
mod node;
mod reading;
mod spec;
mod turnout;

pub use aggregate::Respondent;
pub(crate) use aggregate::{CellReading, TrueRow, TrueTable, aggregate};
pub(crate) use distribution::years_with_any;
pub use figures::{Absence, Figure, Qualifier};
pub use node::SpecFault;
pub use spec::{
    Basis, ChoiceSpec, ColumnSpec, Counted, FreeTextSpec, Measure, NotesSpec, OfferColumn,
    OfferKind, OffersSpec, Population, ReportSpec, SectionKey, SectionSpec, SentenceSpec,
    TableSpec, Whole, check, check_offers, check_report,
};
pub use turnout::Turnout;
