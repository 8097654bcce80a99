//! Everything that a report says outside the cells of its tables.
use std::collections::BTreeSet;

use samsvar_core::danish;
use samsvar_core::reports::{Block, Report};

/// Texts that may stand in a file, and those that must.
pub(super) struct Words {
    may: BTreeSet<String>,
    must: BTreeSet<String>,
}

impl Words {
    pub(super) fn of(report: &Report) -> Self {
        let mut words = Self {
            may: BTreeSet::new(),
            must: BTreeSet::new(),
        };
        let meta = report.meta();
        let as_of = danish::date(meta.as_of);
        words.must(report.title());
        words.may([
            meta.campaign.clone(),
            meta.region.clone(),
            format!("Opgjort pr. {as_of}"),
            format!("{} · {} · opgjort pr. {as_of}", meta.campaign, meta.region),
        ]);
        for section in report.sections() {
            words.may([section.heading.to_owned()]);
            section.blocks.iter().for_each(|block| words.block(block));
        }
        words.may(report.disclosure().iter().cloned());
        words
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Paragraph(text) => self.must(text),
            Block::List { lead, items } => {
                self.may([lead.clone()]);
                items.iter().for_each(|item| self.must(item));
            }
            Block::Table(table) => {
                self.may([table.heading(), table.row_heading.clone()]);
                self.may(table.table.columns().iter().cloned());
                self.may(table.rows.iter().cloned());
                self.may(table.notes.iter().cloned());
            }
            Block::Chart(chart) => {
                let table = chart.table();
                let told = format!("Tallene står i tabel {table}.");
                self.may([chart.heading(), told.clone()]);
                self.may(chart.note().map(|note| format!("{told} {note}")));
                self.may(chart.bars().iter().map(|bar| bar.label.clone()));
            }
            Block::Offers(offers) => {
                self.may([offers.heading(), "Tilbud".into()]);
                self.may((0..26).map(|part| offers.part_heading(part)));
                for column in offers.columns() {
                    self.may([column.full(), column.label.clone()]);
                    self.may(column.group.clone());
                }
                self.may(offers.rows().iter().map(|row| row.name.clone()));
                self.may(offers.notes().iter().cloned());
            }
        }
    }

    fn must(&mut self, text: &str) {
        self.must.insert(text.trim().to_owned());
    }

    /// Texts that are compared elsewhere, or that a file may leave out.
    pub(super) fn may(&mut self, texts: impl IntoIterator<Item = String>) {
        self.may
            .extend(texts.into_iter().map(|text| text.trim().to_owned()));
    }

    /// For files that leave the running text out.
    pub(super) fn none_needed(mut self) -> Self {
        self.may.append(&mut self.must);
        self
    }

    /// Holds the texts of a file against them.
    pub(super) fn check<'t>(&self, found: impl IntoIterator<Item = &'t str>) -> Result<(), String> {
        let mut missing: BTreeSet<&str> = self.must.iter().map(String::as_str).collect();
        for text in found {
            let text = text.trim();
            missing.remove(text);
            if !text.is_empty() && !self.may.contains(text) && !self.must.contains(text) {
                return Err(format!(
                    "says what the report does not say ({} letters)",
                    text.len()
                ));
            }
        }
        match missing.is_empty() {
            true => Ok(()),
            false => Err("does not say all that the report says".to_owned()),
        }
    }
}
