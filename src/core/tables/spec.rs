//! What a report definition says: which answers become which tables, sentences and notes.
use std::collections::BTreeMap;

use serde_json::Value;

use super::node::SpecFault;
use super::reading::read_spec;
use crate::danish;

/// A report definition that has been read and agrees with itself.
///
/// Whether its pointers exist in the form is another question: see [`check`].
#[derive(Debug, Clone, PartialEq)]
pub struct ReportSpec {
    /// May hold the fields of `TEXT_FIELDS`, as all running texts may.
    pub title: String,
    pub respondents: Population,
    /// Counts of persons from 1 to this number are hidden.
    pub threshold: u64,
    /// Where the threshold comes from, as cited under every table.
    pub threshold_basis: String,
    /// Totals are printed, whatever else must be hidden: rather no report than a hidden total.
    pub keep_totals: bool,
    /// Region totals under this number are printed with a reservation about small numbers.
    pub low_number: u64,
    pub sections: BTreeMap<SectionKey, SectionSpec>,
    pub tables: Vec<TableSpec>,
    pub offers: Option<OffersSpec>,
}

/// The fields that running texts may hold, in braces; `{besvaret_af}` is "17 ud af 19 kommuner".
pub const TEXT_FIELDS: [&str; 4] = ["indsamling", "region", "dato", "besvaret_af"];

/// Who the rows are: everybody asked to answer one form, and what they are called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Population {
    /// The id of the form that they answer.
    pub form: String,
    pub singular: String,
    pub plural: String,
}

/// The fixed skeleton of a regional report, in printing order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SectionKey {
    Summary,
    Background,
    Process,
    TargetGroup,
    Offers,
    Coordination,
    Future,
    Annexes,
}

impl SectionKey {
    pub const ALL: [Self; 8] = [
        Self::Summary,
        Self::Background,
        Self::Process,
        Self::TargetGroup,
        Self::Offers,
        Self::Coordination,
        Self::Future,
        Self::Annexes,
    ];

    /// The key in `report.json`.
    pub fn key(self) -> &'static str {
        match self {
            Self::Summary => "summary",
            Self::Background => "background",
            Self::Process => "process",
            Self::TargetGroup => "target_group",
            Self::Offers => "offers",
            Self::Coordination => "coordination",
            Self::Future => "future",
            Self::Annexes => "annexes",
        }
    }

    pub fn heading(self) -> &'static str {
        match self {
            Self::Summary => "Résumé",
            Self::Background => "Baggrund",
            Self::Process => "Proces",
            Self::TargetGroup => "Tema 1: Målgruppen",
            Self::Offers => "Tema 2: Tilbud",
            Self::Coordination => "Tema 3: Koordination",
            Self::Future => "Tema 4: Den fremtidige tilrettelæggelse",
            Self::Annexes => "Bilag",
        }
    }
}

/// What one section says beside its tables.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SectionSpec {
    pub texts: Vec<String>,
    pub choices: Vec<ChoiceSpec>,
    pub free_texts: Vec<FreeTextSpec>,
}

/// A question with given options, reported as how many respondents chose each.
#[derive(Debug, Clone, PartialEq)]
pub struct ChoiceSpec {
    pub label: String,
    pub pointer: String,
    /// Value in the answers, and what the report calls it.
    pub options: Vec<(Value, String)>,
    /// The counts as a table of the model: a row per option, known to everybody.
    pub figures: TableSpec,
}

/// A question answered in free text: counted, never printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FreeTextSpec {
    pub label: String,
    pub pointer: String,
}

/// What the figures of a table count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Counted {
    /// Small counts are hidden.
    #[default]
    Persons,
    /// Organisations or places: printed as they are.
    Organisations,
}

/// Which rows of a table are printed; all of them are protected in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PrintedRows {
    /// Each respondent's, and the total.
    #[default]
    All,
    /// The total alone, for a region that prefers words to rows.
    Total,
}

/// One table of respondents × columns with a total row.
#[derive(Debug, Clone, PartialEq)]
pub struct TableSpec {
    pub id: String,
    pub caption: String,
    pub total_label: String,
    pub counted: Counted,
    pub rows: PrintedRows,
    /// Whether the total row is printed.
    pub has_total: bool,
    /// A yes/no answer; where it is true, all figures of that respondent's row are zero.
    pub zero_when: Option<String>,
    pub columns: Vec<ColumnSpec>,
    pub notes: NotesSpec,
    pub sentences: Vec<SentenceSpec>,
    pub charts: Vec<ChartSpec>,
}

/// A chart of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChartSpec {
    /// Running text.
    pub caption: String,
    pub kind: ChartKind,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChartKind {
    /// A bar for each year: the totals.
    Years,
    /// A bar for each row of one column.
    Rows { column: String },
}

impl TableSpec {
    /// The yearly columns, oldest first; they may be added to each other, periods may not.
    pub fn years(&self) -> Vec<(u16, &ColumnSpec)> {
        let mut years: Vec<_> = self
            .columns
            .iter()
            .filter_map(|column| match column.measure {
                Measure::Year(year) => Some((year, column)),
                Measure::Period { .. } => None,
            })
            .collect();
        years.sort_by_key(|(year, _)| *year);
        years
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnSpec {
    pub label: String,
    pub pointer: String,
    pub measure: Measure,
    /// Counts some of the persons counted elsewhere, and so can't exceed them.
    pub part_of: Option<Whole>,
}

/// What a column is a part of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whole {
    /// The yearly columns of the same row, added.
    SumOfYears,
    /// One column, of the same or of another table.
    Column { table: String, column: String },
}

/// What span of time a figure counts; figures of different measures are never added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    Year(u16),
    /// Unique persons in all the years together, first and last included.
    Period {
        first: u16,
        last: u16,
    },
}

impl Measure {
    pub fn is_year(self) -> bool {
        matches!(self, Self::Year(_))
    }
}

/// The provenance and reservations printed under a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NotesSpec {
    pub counting_unit: String,
    pub source: String,
    /// Why the figures can't be compared with an earlier round's.
    pub comparability_break: Option<String>,
    pub reservations: Vec<String>,
}

/// A set of sentences derived from one table; `what` is a plural noun phrase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SentenceSpec {
    /// How many had any in no year, one year … all years.
    Years { what: String },
    /// How many fall in each band; `lower` are the lower bounds, from 0, ascending.
    Bands {
        what: String,
        basis: Basis,
        lower: Vec<u64>,
    },
    /// Total of the first year against the last.
    Trend { what: String },
    /// How many have risen, fallen or kept from the first year to the last.
    Changes { what: String },
}

/// The figure that a respondent is put into a band by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Basis {
    SumOfYears,
    /// The column of this label.
    Column(String),
}

/// The overview of offers: organisations, whose figures are printed as answered.
#[derive(Debug, Clone, PartialEq)]
pub struct OffersSpec {
    /// The id of the form that offers answer.
    pub form: String,
    pub caption: String,
    pub name: String,
    pub columns: Vec<OfferColumn>,
    /// A list of municipalities; with one or two alone in it, the offer's citizens are theirs.
    pub catchment: Option<String>,
    pub notes: Vec<String>,
    /// The columns of citizens as a table of the model, protected with all others.
    pub figures: TableSpec,
}

impl OffersSpec {
    /// What an offer calls itself.
    pub(crate) fn name_in<'a>(&self, answers: &'a Value) -> Option<&'a str> {
        let name = answers.pointer(&self.name)?.as_str()?.trim();
        (!name.is_empty()).then_some(name)
    }

    /// What people have typed of what the overview prints: held back until it is let out.
    ///
    /// `known_as` is what the secretariat calls the offer; a name that says the same is no news.
    pub fn typed<'s>(&'s self, answers: &Value, known_as: &str) -> Vec<TypedText<'s>> {
        let name = self.name_in(answers).filter(|name| *name != known_as);
        let name = name.map(|name| TypedText {
            pointer: &self.name,
            label: "Tilbuddets navn".into(),
            text: name.to_owned(),
        });
        let columns = self.columns.iter();
        let columns = columns.filter(|column| column.kind == OfferKind::Text);
        let typed = columns.filter_map(|column| {
            let words = column.words_in(answers);
            let is_typed = words.iter().any(|word| word.is_typed);
            is_typed.then(|| TypedText {
                pointer: &column.pointer,
                label: column.full_label(),
                text: Word::list(&words),
            })
        });
        name.into_iter().chain(typed).collect()
    }

    /// The municipalities that it says its citizens come from; none where it does not say.
    pub(crate) fn catchment_in(&self, answers: &Value) -> Vec<String> {
        let told = self.catchment.as_deref().and_then(|at| answers.pointer(at));
        let names = told.and_then(Value::as_array).into_iter().flatten();
        let mut names: Vec<String> = names
            .filter_map(Value::as_str)
            .map(|name| name.trim().to_owned())
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

/// The column of a choice's table.
pub const CHOSEN: &str = "svarende";

/// The id of the offers' columns of citizens among the report's tables.
pub const OFFERS_TABLE: &str = "tilbud";

#[derive(Debug, Clone, PartialEq)]
pub struct OfferColumn {
    /// A heading above several columns.
    pub group: Option<String>,
    pub label: String,
    pub pointer: String,
    pub kind: OfferKind,
    /// For citizens: they are some of those that a column of a table counts.
    pub part_of: Option<Whole>,
    /// What the report calls each value of a choice.
    pub options: Vec<(Value, String)>,
    pub blank: Option<BlankSpec>,
}

/// What a blank cell says where another question was answered with yes: "ingen øvre grænse".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlankSpec {
    pub when: String,
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OfferKind {
    Text,
    /// A number that says nothing of single citizens, such as staff or age.
    Number,
    Percent,
    /// A number of citizens: small ones are hidden, and all where hardly a municipality is behind.
    Citizens,
}

/// A text in the overview that stands as somebody typed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TypedText<'s> {
    pub pointer: &'s str,
    pub label: String,
    pub text: String,
}

/// One value of an answer in a column of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) text: String,
    /// Not one of the options that the definition gives names to.
    pub(crate) is_typed: bool,
}

impl Word {
    pub(crate) fn list(words: &[Self]) -> String {
        let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
        danish::list(&texts)
    }
}

impl OfferColumn {
    /// What the report calls the values of an answer; the value itself where it has no other name.
    pub(crate) fn words_in(&self, answers: &Value) -> Vec<Word> {
        match answers.pointer(&self.pointer) {
            Some(Value::Array(items)) => items.iter().filter_map(|item| self.word(item)).collect(),
            Some(answer) => self.word(answer).into_iter().collect(),
            None => Vec::new(),
        }
    }

    fn word(&self, answer: &Value) -> Option<Word> {
        let known = self.options.iter().find(|(value, _)| value == answer);
        let (text, is_typed) = match (known, answer) {
            (Some((_, label)), _) => (label.clone(), false),
            (None, Value::String(text)) => (text.trim().to_owned(), true),
            (None, Value::Number(number)) => (danish::decimal(number.as_f64()?, 2), true),
            (None, _) => return None,
        };
        (!text.is_empty()).then_some(Word { text, is_typed })
    }

    /// The heading where there is only one line for it.
    pub fn full_label(&self) -> String {
        match &self.group {
            Some(group) => format!("{group}, {}", self.label),
            None => self.label.clone(),
        }
    }
}

impl TableSpec {
    /// A table that the report does not print as one, but that is protected like one.
    pub(super) fn of_figures(id: String, counted: Counted, columns: Vec<ColumnSpec>) -> Self {
        Self {
            id,
            caption: String::new(),
            total_label: String::new(),
            counted,
            rows: PrintedRows::All,
            has_total: false,
            zero_when: None,
            columns,
            notes: NotesSpec::default(),
            sentences: Vec::new(),
            charts: Vec::new(),
        }
    }
}

/// Figures that are never added to each other, whatever time they speak of.
pub(super) const NO_TIME: Measure = Measure::Period { first: 0, last: 0 };

impl ReportSpec {
    /// Reads `report.json`; all faults at once, each where it stands.
    pub fn read(definition: &Value) -> Result<Self, Vec<SpecFault>> {
        read_spec(definition)
    }

    /// Pointers into the answers of the form that the rows answer, with their place here.
    fn row_pointers(&self) -> Vec<(String, &str)> {
        let tables = self.tables.iter().enumerate().flat_map(|(t, table)| {
            let columns = table.columns.iter().enumerate();
            columns
                .map(move |(c, column)| {
                    let place = format!("/tables/{t}/columns/{c}/pointer");
                    (place, column.pointer.as_str())
                })
                .chain(
                    table
                        .zero_when
                        .as_deref()
                        .map(|pointer| (format!("/tables/{t}/zero_when"), pointer)),
                )
        });
        let sections = self.sections.iter().flat_map(|(key, section)| {
            let choices = section.choices.iter().enumerate().map(move |(i, choice)| {
                let place = format!("/sections/{}/choices/{i}/pointer", key.key());
                (place, choice.pointer.as_str())
            });
            let texts = section.free_texts.iter().enumerate();
            choices.chain(texts.map(move |(i, text)| {
                let place = format!("/sections/{}/free_texts/{i}/pointer", key.key());
                (place, text.pointer.as_str())
            }))
        });
        tables.chain(sections).collect()
    }
}

/// Pointers of the definition that the form does not have.
///
/// The offers' pointers go to another form: see [`check_offers`].
pub fn check(spec: &ReportSpec, exists: &dyn Fn(&str) -> bool) -> Vec<SpecFault> {
    spec.row_pointers()
        .into_iter()
        .filter(|(_, pointer)| !exists(pointer))
        .map(|(place, pointer)| SpecFault {
            pointer: place,
            message: format!("spørgeskemaet har intet felt {pointer}"),
        })
        .collect()
}

/// Pointers of the definition that the offers' form does not have.
pub fn check_offers(spec: &ReportSpec, exists: &dyn Fn(&str) -> bool) -> Vec<SpecFault> {
    let Some(offers) = &spec.offers else {
        return Vec::new();
    };
    let columns = offers.columns.iter().enumerate().map(|(index, column)| {
        let place = format!("/offers/columns/{index}/pointer");
        (place, column.pointer.as_str())
    });
    let blanks = offers.columns.iter().enumerate();
    let blanks = blanks.filter_map(|(index, column)| {
        let place = format!("/offers/columns/{index}/blank/when");
        Some((place, column.blank.as_ref()?.when.as_str()))
    });
    let catchment = offers.catchment.as_deref();
    columns
        .chain(blanks)
        .chain([("/offers/name".to_owned(), offers.name.as_str())])
        .chain(catchment.map(|pointer| ("/offers/catchment".to_owned(), pointer)))
        .filter(|(_, pointer)| !exists(pointer))
        .map(|(pointer, missing)| SpecFault {
            pointer,
            message: format!("tilbuddenes spørgeskema har intet felt {missing}"),
        })
        .collect()
}

/// All faults of a `report.json` beside a form: where in it, and what is wrong.
pub fn check_report(exists: &dyn Fn(&str) -> bool, report: &Value) -> Vec<(String, String)> {
    let faults = match ReportSpec::read(report) {
        Ok(spec) => check(&spec, exists),
        Err(faults) => faults,
    };
    faults
        .into_iter()
        .map(|fault| (fault.pointer, fault.message))
        .collect()
}
