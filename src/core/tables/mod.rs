//! A report definition (`report.json`), and the tables that it makes of answers.
//!
//! The definition stands beside the form whose answers are the tables' rows:
//!
//! ```json
//! {
//!   "title": "Borgere i målgruppen i {region}",
//!   "respondents": {"form": "min-form", "singular": "kommune", "plural": "kommuner"},
//!   "threshold": 3,
//!   "threshold_basis": "vejledningen til indsamlingen",
//!   "sections": {
//!     "summary": {"texts": ["Besvaret af {besvaret_af}, opgjort pr. {dato}."]},
//!     "future": {"free_texts": [{"label": "Forslag", "pointer": "/themes/future"}]}
//!   },
//!   "tables": [{
//!     "id": "boern",
//!     "caption": "Børn og unge",
//!     "zero_when": "/children/none",
//!     "columns": [
//!       {"label": "2018", "pointer": "/children/2018", "year": 2018},
//!       {"label": "2019", "pointer": "/children/2019", "year": 2019},
//!       {"label": "Heraf ude", "pointer": "/children/offsite", "period": [2018, 2019], "part_of": "years"}
//!     ],
//!     "notes": {"counting_unit": "borgere", "source": "kommunernes besvarelser"},
//!     "sentences": [{"kind": "trend", "what": "børn"}, {"kind": "years", "what": "børn"},
//!                   {"kind": "changes", "what": "børn"},
//!                   {"kind": "bands", "what": "børn", "bands": [0, 1, 4, 10]}],
//!     "charts": [{"kind": "years", "caption": "Børn og unge pr. år"}]
//!   }]
//! }
//! ```
//!
//! Optional beside these: `low_number`, `keep_totals`, `offers` (the overview of offers, who answer
//! another form; their `citizens` are protected like all counts, for which `catchment` names the
//! municipalities behind an offer, and `part_of` the table's column that counts them too; `counted`
//! as for a table), a section's `choices` (how many chose each answer, never a count of persons), a
//! table's `charts` (`years`: a bar per year's total; `rows`: a bar per row of a `column`), a table's `counted` (`organisations` are printed as they
//! are), `rows` (`total` prints the total alone) and `total_label`, and a note's `reservations` and
//! `comparability_break`. A yearly figure has `year`, a figure of unique persons over several years
//! has `period`; the two are never added. `part_of` may also name a table and a column. A column of
//! the offers may say in `blank` what a blank cell means (`text`) where a question (`when`) was
//! answered with yes.
mod aggregate;
mod distribution;
mod figures;
mod measures;
mod merging;
mod node;
mod reading;
mod spec;
mod turnout;

pub use aggregate::Respondent;
pub(crate) use aggregate::{CellReading, TrueRow, TrueTable, aggregate, choice, offers};
pub(crate) use distribution::years_with_any;
pub use figures::{Absence, Figure, Qualifier};
pub use measures::MeasureKey;
pub(crate) use merging::merge;
pub use node::SpecFault;
pub(crate) use spec::Word;
pub use spec::{
    Basis, BlankSpec, CHOSEN, ChartKind, ChartSpec, ChoiceSpec, ColumnSpec, Counted, FreeTextSpec,
    Measure, NotesSpec, OFFERS_TABLE, OfferColumn, OfferKind, OffersSpec, Population, PrintedRows,
    ReportSpec, SectionKey, SectionSpec, SentenceSpec, TableSpec, TypedText, Whole, check,
    check_offers, check_report,
};
pub use turnout::Turnout;
