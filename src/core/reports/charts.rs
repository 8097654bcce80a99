//! Charts of protected tables: bars that know no more than the table prints.
use super::ReportTable;
use crate::danish;
use crate::disclosure::Shown;
use crate::tables::{ChartKind, ChartSpec};

/// Bars, one below the other, made of a protected table alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportChart {
    number: usize,
    caption: String,
    table: usize,
    bars: Vec<Bar>,
}

/// One bar: what it stands for, and what may be shown of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    pub label: String,
    pub shown: Shown,
    /// Row and column of the table, as printed: the first of each is 0.
    pub place: (usize, usize),
}

impl Bar {
    /// How long the bar is at least and at most, as far as any reader knows; `None` is no number,
    /// or no end.
    pub fn span(&self) -> (u64, Option<u64>) {
        match self.shown {
            Shown::Exact(value) => (value, Some(value)),
            Shown::AtMost(most) => (0, Some(most)),
            Shown::Between(low, high) => (low, Some(high)),
            Shown::AtLeast(low) => (low, None),
            Shown::Withheld => (0, None),
            Shown::NotCollected => (0, Some(0)),
        }
    }
}

impl ReportChart {
    /// `None` where the table does not print what the chart would show.
    pub(super) fn of(
        spec: &ChartSpec,
        caption: String,
        table: &ReportTable,
        years: &[&str],
        number: usize,
    ) -> Option<Self> {
        let columns = table.table.columns();
        let column_at = |label: &str| columns.iter().position(|column| column == label);
        let bar = |label: &str, row: usize, column: usize| {
            let shown = table
                .table
                .cell(table.rows.get(row)?, columns.get(column)?)?;
            Some(Bar {
                label: label.to_owned(),
                shown,
                place: (row, column),
            })
        };
        let bars: Option<Vec<Bar>> = match &spec.kind {
            ChartKind::Years => {
                let total = table
                    .rows
                    .iter()
                    .position(|row| *row == table.total_label)?;
                let bars = years.iter().map(|year| bar(year, total, column_at(year)?));
                bars.collect()
            }
            ChartKind::Rows { column } => {
                let column = column_at(column)?;
                let rows = table.rows.iter().enumerate();
                let inner = rows.filter(|(_, row)| **row != table.total_label);
                inner.map(|(at, row)| bar(row, at, column)).collect()
            }
        };
        Some(Self {
            number,
            caption,
            table: table.number,
            bars: bars.filter(|bars| !bars.is_empty())?,
        })
    }

    /// From 1, over the whole report.
    pub fn number(&self) -> usize {
        self.number
    }

    /// The number of the table that it shows.
    pub fn table(&self) -> usize {
        self.table
    }

    pub fn caption(&self) -> &str {
        &self.caption
    }

    pub fn bars(&self) -> &[Bar] {
        &self.bars
    }

    /// `Figur 1: Børn og unge …`
    pub fn heading(&self) -> String {
        format!("Figur {}: {}", self.number, self.caption)
    }

    /// What the longest bar stands for; at least 1.
    pub fn longest(&self) -> u64 {
        let known = self.bars.iter().map(|bar| {
            let (low, high) = bar.span();
            high.unwrap_or(low)
        });
        known.max().unwrap_or(0).max(1)
    }

    /// The same in words, for who can't see it.
    pub fn in_words(&self) -> String {
        let bars: Vec<String> = self
            .bars
            .iter()
            .map(|bar| format!("{}: {}", bar.label, in_words(bar.shown)))
            .collect();
        format!(
            "Søjlediagram. {}. Tallene står i tabel {}.",
            bars.join("; "),
            self.table
        )
    }

    /// What the hatching means, where there is some.
    pub fn note(&self) -> Option<&'static str> {
        let is_hatched = |bar: &Bar| bar.shown.is_hidden();
        self.bars.iter().any(is_hatched).then_some(
            "Skraveret betyder, at tallet ikke vises: søjlen viser højst, hvad en læser kan vide.",
        )
    }
}

fn in_words(shown: Shown) -> String {
    match shown {
        Shown::Exact(value) => danish::integer(i64::try_from(value).unwrap_or(i64::MAX)),
        Shown::AtMost(most) => format!("fra 1 til {most}"),
        Shown::Between(low, high) => format!("fra {low} til {high}"),
        Shown::AtLeast(low) => format!("{low} eller flere"),
        Shown::Withheld => "vises ikke".into(),
        Shown::NotCollected => "intet tal".into(),
    }
}
