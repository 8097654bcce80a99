//! Raw answers on their way out: read one at a time, written one at a time, each export in the history.
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;

use samsvar_core::campaigns::{Respondent, Submission};
use samsvar_core::events::{Actor, Deed};
use samsvar_core::forms::{Form, Language};

use super::ActionError;
use super::answering::submission;
use super::campaigns::{Overview, overview};
use super::raw_columns::raw_columns;
use super::reporting::note;
use crate::app::App;
use crate::writers::raw::{RawRow, RawSheet, RawStream, RawStyle, Seen};

#[derive(
    Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, serde::Serialize, serde::Deserialize,
)]
pub enum RawFormat {
    /// For Danish Excel.
    Csv,
    /// Commas, decimal points, days as 2026-04-16.
    CsvIso,
    Xlsx,
    Jsonl,
    /// Every answer in full, to be read (a Word document).
    Docx,
}

impl RawFormat {
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Csv | Self::CsvIso => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Jsonl => "application/jsonl",
            Self::Docx => DOCX,
        }
    }

    fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::CsvIso => "iso.csv",
            Self::Xlsx => "xlsx",
            Self::Jsonl => "jsonl",
            Self::Docx => "docx",
        }
    }

    /// `None` for what is no table.
    fn style(self) -> Option<RawStyle> {
        match self {
            Self::Csv => Some(RawStyle::Csv),
            Self::CsvIso => Some(RawStyle::CsvIso),
            Self::Xlsx => Some(RawStyle::Xlsx),
            Self::Jsonl => Some(RawStyle::Jsonl),
            Self::Docx => None,
        }
    }
}

const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

/// An export that was looked up and stands in the history, not written yet.
pub struct Export {
    pub(super) app: Arc<App>,
    pub(super) found: Overview,
    pub(super) parts: Vec<(String, Arc<Form>)>,
    format: RawFormat,
    pub file_name: String,
}

/// Looks up an export and notes it in the history, before anything leaves; `None` for an unknown campaign or group.
///
/// Without a group: all of them in a workbook, the first in other files.
pub fn export(
    app: &Arc<App>,
    campaign: &str,
    group: Option<&str>,
    format: RawFormat,
    by: Actor,
) -> Result<Option<Export>, ActionError> {
    let Some(found) = overview(app, campaign)? else {
        return Ok(None);
    };
    let audiences = found.campaign.audiences.iter();
    let mut chosen: Vec<_> = audiences
        .filter(|a| group.is_none_or(|wanted| a.group == wanted))
        .collect();
    if !matches!(format, RawFormat::Xlsx | RawFormat::Docx) {
        chosen.truncate(1);
    }
    if chosen.is_empty() {
        return Ok(None);
    }
    let mut parts = Vec::new();
    for audience in &chosen {
        parts.push((audience.group.clone(), app.form(&audience.form)?));
    }
    let of = match parts.as_slice() {
        [(group, _)] => format!("-{group}"),
        _ => String::new(),
    };
    let file_name = format!("svar-{campaign}{of}.{}", format.ending());
    let deed = Deed::RawDataExported {
        format: format.ending().to_owned(),
    };
    note(app, campaign, by, deed)?;
    Ok(Some(Export {
        app: Arc::clone(app),
        found,
        parts,
        format,
        file_name,
    }))
}

impl Export {
    pub fn media_type(&self) -> &'static str {
        self.format.media_type()
    }

    /// Writes the file; `told` hears how many of how many respondents are done, twice over: each is read
    /// once for the columns and once for its line.
    pub fn write(
        &self,
        out: impl Write,
        told: &mut dyn FnMut(usize, usize),
    ) -> Result<(), ActionError> {
        let Some(style) = self.format.style() else {
            return self.write_annex(out, told);
        };
        let all = 2 * self
            .parts
            .iter()
            .map(|(group, _)| self.of(group).count())
            .sum::<usize>();
        let mut done = 0;
        let mut tell = || {
            done += 1;
            told(done, all);
        };
        let mut sheets = Vec::new();
        for (group, form) in &self.parts {
            let mut seen = Seen::default();
            for respondent in self.of(group) {
                if let Some(sent) = self.sent(respondent)? {
                    seen.see(&sent.answers);
                }
                tell();
            }
            sheets.push(RawSheet::new(group, raw_columns(form, &seen), &seen));
        }
        let mut stream = RawStream::start(style, out, &sheets).map_err(|e| broken(&e))?;
        for (group, _) in &self.parts {
            stream.sheet().map_err(|e| broken(&e))?;
            for respondent in self.of(group) {
                stream.row(&self.row(respondent)?).map_err(|e| broken(&e))?;
                tell();
            }
        }
        stream.finish().map_err(|e| broken(&e))
    }

    pub(super) fn of(&self, group: &str) -> impl Iterator<Item = &Respondent> {
        self.found
            .respondents
            .iter()
            .filter(move |r| r.group == group)
    }

    pub(super) fn sent(&self, respondent: &Respondent) -> Result<Option<Submission>, ActionError> {
        let number = respondent.progress.submissions;
        submission(&self.app, &self.found.campaign.id, &respondent.id, number)
    }

    fn row(&self, respondent: &Respondent) -> Result<RawRow, ActionError> {
        let sent = self.sent(respondent)?;
        let provenance = match &sent {
            // Only the JSON lines tell it.
            Some(sent) if self.format == RawFormat::Jsonl => {
                let form = self.app.form(&sent.form)?;
                form.provenance(&sent.answers, &sent.known)
            }
            _ => BTreeMap::new(),
        };
        let window = &self.found.campaign.window;
        let deadline = respondent.window(window).deadline;
        let mark = sent.as_ref().and_then(|s| s.mark(deadline, Language::Da));
        Ok(RawRow {
            provenance,
            respondent: respondent.name(),
            group: respondent.group.clone(),
            status: respondent.disposition_in(window).danish().to_owned(),
            mark: mark.unwrap_or_default(),
            submitted: sent.as_ref().map(|s| s.at),
            answers: sent.map(|s| s.answers),
        })
    }
}

pub(super) fn broken(error: &io::Error) -> ActionError {
    ActionError::Broken(format!("the answers could not be written: {error}"))
}
