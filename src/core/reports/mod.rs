//! A report as data, in Danish words; what every writer takes.
//!
//! The only way to a [`Report`] is [`Report::build`], which protects all tables and sentences as
//! one model. Counts of persons are in it only as [`SafeTable`]s and as sentences that say no
//! more than the protection has let through.
mod build;
mod charts;
mod choices;
mod context;
mod editions;
mod links;
mod model;
mod notes;
mod offers;
mod older_counts;
mod parts;
mod refusal;
mod remedies;
mod sentences;
mod wording;

use chrono::NaiveDate;

use crate::disclosure::{
    Certificate, Feasible, GivenAway, Protected, Rules, SafeTable, Shown, Summary,
};

pub use charts::{Bar, ReportChart};
pub use choices::{Choices, FEWEST_MERGED, MergedRows};
pub use editions::{Counts, Edition, FactColumn, FactRow, FactTable, Facts};
pub use offers::{OfferCell, OfferHeading, OfferRow, OffersTable};
pub use refusal::{Danger, ReportRefusal};
pub use remedies::{Remedy, remedies};

/// A finished report, safe to print as a whole.
#[derive(Debug, Clone)]
pub struct Report {
    title: String,
    meta: Meta,
    sections: Vec<Section>,
    disclosure: Vec<String>,
    threshold: u64,
    rules: Rules,
    facts: Facts,
    protected: Protected,
    remarks: Vec<String>,
}

/// What a report is told from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meta {
    /// The campaign's title.
    pub campaign: String,
    pub region: String,
    pub as_of: NaiveDate,
}

/// What makes one edition out of the answers, beside the definition.
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    pub choices: &'a Choices,
    /// The oldest first.
    pub earlier: &'a [Edition],
    pub texts: &'a [ReleasedText],
}

/// A free text that the secretariat has read and let out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleasedText {
    /// The id of the offer whose line of the overview it stands in; other texts are nobody's.
    pub offer: Option<String>,
    /// The question.
    pub pointer: String,
    /// As it is to be printed.
    pub wording: String,
}

/// One heading of the fixed skeleton, and what stands under it; never empty.
#[derive(Debug, Clone)]
pub struct Section {
    pub heading: &'static str,
    pub blocks: Vec<Block>,
}

#[derive(Debug, Clone)]
pub enum Block {
    Paragraph(String),
    /// Statements that belong together, under a line that says what they are about.
    List {
        lead: String,
        items: Vec<String>,
    },
    Table(Box<ReportTable>),
    Chart(ReportChart),
    Offers(OffersTable),
}

/// One protected table, numbered, with the notes to print under it.
#[derive(Debug, Clone)]
pub struct ReportTable {
    /// From the definition; fit for file and sheet names.
    pub id: String,
    /// From 1.
    pub number: usize,
    pub caption: String,
    /// Heading of the column with the rows' names.
    pub row_heading: String,
    /// The last row's name.
    pub total_label: String,
    /// Names of the rows to print, the total's last.
    pub rows: Vec<String>,
    pub table: SafeTable,
    pub notes: Vec<String>,
}

/// What `samsvar verify` needs: everything printed in this and all earlier editions, and other
/// tables that fit it too.
#[derive(Debug, Clone)]
pub struct Proof {
    /// CSV.
    pub table: Vec<u8>,
    pub rules: Rules,
    pub certificate: Certificate,
}

impl ReportTable {
    /// The rows to print, each with a cell per column of the table.
    pub fn printed(&self) -> impl Iterator<Item = (&str, Vec<Shown>)> {
        self.rows.iter().map(|row| {
            let columns = self.table.columns().iter();
            let cells = columns
                .map(|column| self.table.cell(row, column).unwrap_or(Shown::NotCollected))
                .collect();
            (row.as_str(), cells)
        })
    }

    /// `Tabel 1: Børn og unge …`
    pub fn heading(&self) -> String {
        format!("Tabel {}: {}", self.number, self.caption)
    }
}

impl Report {
    pub fn title(&self) -> &str {
        &self.title
    }

    pub fn meta(&self) -> &Meta {
        &self.meta
    }

    pub fn sections(&self) -> &[Section] {
        &self.sections
    }

    /// What is hidden, how much, and why.
    pub fn disclosure(&self) -> &[String] {
        &self.disclosure
    }

    /// Counts from 1 to this are printed as `≤` and this.
    pub fn threshold(&self) -> u64 {
        self.threshold
    }

    /// What the printed tables and sentences say together, as the audit reads it.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// What later editions must take into account.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// What a reader of this and of all earlier editions can conclude about a hidden cell.
    pub fn feasible(&self, table: &ReportTable, row: &str, column: &str) -> Option<&Feasible> {
        self.protected.feasible(&[&table.id, row, column])
    }

    /// What protecting cost; for the secretariat.
    pub fn summary(&self) -> &Summary {
        self.protected.summary()
    }

    /// How many numbers are printed although their table is in bands, in Danish; `None` for none.
    pub fn lifted(&self) -> Option<String> {
        notes::lifted(self.summary().lifted)
    }

    /// The proof of the guarantee; `None` when the work allowed did not suffice for it.
    pub fn proof(&self) -> Option<Proof> {
        Some(Proof {
            table: self.protected.to_csv(),
            rules: self.protected.rules().clone(),
            certificate: self.protected.certificate()?,
        })
    }

    /// Cells that earlier editions have narrowed, so that the guarantee is relative to them: table,
    /// row and column with how many values are still possible.
    pub fn given_away(&self) -> &[GivenAway] {
        self.protected.given_away()
    }

    /// Which cell forced a sentence out. For the secretariat's screen: no writer prints it.
    pub fn remarks(&self) -> &[String] {
        &self.remarks
    }

    pub fn tables(&self) -> impl Iterator<Item = &ReportTable> {
        self.blocks().filter_map(|block| match block {
            Block::Table(table) => Some(table.as_ref()),
            _ => None,
        })
    }

    pub fn charts(&self) -> impl Iterator<Item = &ReportChart> {
        self.blocks().filter_map(|block| match block {
            Block::Chart(chart) => Some(chart),
            _ => None,
        })
    }

    pub fn offers(&self) -> Option<&OffersTable> {
        self.blocks().find_map(|block| match block {
            Block::Offers(offers) => Some(offers),
            _ => None,
        })
    }

    fn blocks(&self) -> impl Iterator<Item = &Block> {
        self.sections.iter().flat_map(|section| &section.blocks)
    }
}
