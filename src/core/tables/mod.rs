//! A report definition (`report.json`), and the tables that it makes of answers.
mod aggregate;
mod distribution;
mod figures;
mod reading;
mod spec;
mod turnout;

pub use aggregate::Respondent;
pub(crate) use aggregate::{CellReading, TrueTable, aggregate};
pub(crate) use distribution::years_with_any;
pub use figures::{Absence, Figure, Qualifier};
pub use reading::SpecFault;
pub use spec::{
    Basis, ChoiceSpec, ColumnSpec, FreeTextSpec, Measure, NotesSpec, OfferColumn, OfferKind,
    OffersSpec, Population, ReportSpec, SectionKey, SectionSpec, SentenceSpec, TableSpec, check,
    check_report,
};
pub use turnout::Turnout;
