//! What leaves the house: the protected report, and the raw answers for the secretariat alone.
use std::collections::BTreeMap;

use samsvar_core::campaigns::Campaign;
use samsvar_core::events::{Actor, Deed};
use samsvar_core::reports::{Report, ReportRefusal};

use super::answering::submission;
use super::campaigns::{Overview, overview};
use super::drafting::{NoDraft, definition, releases};
use super::ledger::Origin;
use super::raw_columns::raw_columns;
use super::{ActionError, event, releases};
use crate::app::App;
use crate::store::Commit;
use crate::writers;
use crate::writers::raw::{RawAnswers, RawRow};

/// A report's form of delivery.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, serde::Serialize, serde::Deserialize,
)]
pub enum ReportFormat {
    Html,
    Csv,
    /// One line per cell, point and comma as in ISO data files.
    CsvIso,
    Xlsx,
    Json,
}

#[derive(
    Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, serde::Serialize, serde::Deserialize,
)]
pub enum RawFormat {
    Csv,
    Xlsx,
    Jsonl,
}

/// A finished file.
pub struct Delivered {
    pub bytes: Vec<u8>,
    pub media_type: String,
    pub file_name: String,
}

/// Why there is no report.
pub enum NoReport {
    UnknownCampaign,
    /// No form of the campaign has a report definition.
    NoDefinition,
    /// A number could be recovered, or nobody has answered: Danish sentences.
    Refused(ReportRefusal),
    /// What was looked at is no longer what would be released.
    Changed,
    /// No edition has been made yet.
    NoEdition,
}

impl From<NoDraft> for NoReport {
    fn from(none: NoDraft) -> Self {
        match none {
            NoDraft::UnknownCampaign => Self::UnknownCampaign,
            NoDraft::NoDefinition => Self::NoDefinition,
        }
    }
}

/// The newest edition as a file, after making one if what is submitted now has none.
pub fn deliver(
    app: &App,
    campaign: &str,
    format: ReportFormat,
    by: Actor,
) -> Result<Result<Delivered, NoReport>, ActionError> {
    match releases::release(app, campaign, None, by.clone())? {
        Ok(made) => newest(app, &made.campaign, format, by),
        Err(none) => Ok(Err(none)),
    }
}

/// The newest edition as a file; the event says in which format it was taken.
pub fn newest(
    app: &App,
    campaign: &str,
    format: ReportFormat,
    by: Actor,
) -> Result<Result<Delivered, NoReport>, ActionError> {
    let all = releases(app, campaign)?;
    let house = all.iter().rev().find(|one| one.origin == Origin::House);
    let Some(newest) = house else {
        return Ok(Err(NoReport::NoEdition));
    };
    let ending = format.ending();
    let name = format!("rapport.{ending}");
    let taken = releases::file(app, campaign, newest.number, &name)?;
    let Some(mut delivered) = taken else {
        return Ok(Err(NoReport::NoEdition));
    };
    delivered.file_name = format!("rapport-{campaign}.{ending}");
    let deed = Deed::ReportMade {
        format: ending.to_owned(),
    };
    note(app, campaign, by, deed)?;
    Ok(Ok(delivered))
}

impl ReportFormat {
    /// The end of a file's name.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Csv => "csv",
            Self::CsvIso => "iso.csv",
            Self::Xlsx => "xlsx",
            Self::Json => "json",
        }
    }

    pub fn media_type(self) -> &'static str {
        match self {
            Self::Html => "text/html; charset=utf-8",
            Self::Csv | Self::CsvIso => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Json => "application/json",
        }
    }

    pub(super) fn written(self, report: &Report) -> Result<Vec<u8>, ActionError> {
        let broken = |e: &dyn std::fmt::Display| {
            ActionError::Broken(format!("the report could not be written: {e}"))
        };
        Ok(match self {
            Self::Html => writers::html::page(report, crate::assets::STYLES).into_bytes(),
            Self::Csv => writers::csv::danish_excel(report).map_err(|e| broken(&e))?,
            Self::CsvIso => writers::csv::iso(report).map_err(|e| broken(&e))?,
            Self::Xlsx => writers::xlsx::workbook(report).map_err(|e| broken(&e))?,
            Self::Json => writers::json::document(report).to_string().into_bytes(),
        })
    }
}

/// The answers themselves of one group; `None` for an unknown campaign or group.
pub fn deliver_raw(
    app: &App,
    campaign: &str,
    group: &str,
    format: RawFormat,
    by: Actor,
) -> Result<Option<Delivered>, ActionError> {
    let Some(found) = overview(app, campaign)? else {
        return Ok(None);
    };
    let Some(form) = found.campaign.form_for(group) else {
        return Ok(None);
    };
    let form = app.form(form)?;
    let rows = raw_rows(app, &found, group)?;
    let answers: Vec<_> = rows.iter().filter_map(|row| row.answers.as_ref()).collect();
    let raw = RawAnswers {
        columns: raw_columns(&form, &answers),
        rows,
    };
    let broken = |e: &dyn std::fmt::Display| {
        ActionError::Broken(format!("the answers could not be written: {e}"))
    };
    let (bytes, media_type, ending) = match format {
        RawFormat::Csv => (
            writers::raw::raw_csv(&raw).map_err(|e| broken(&e))?,
            "text/csv; charset=utf-8",
            "csv",
        ),
        RawFormat::Xlsx => (
            writers::raw::raw_xlsx(&raw).map_err(|e| broken(&e))?,
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "xlsx",
        ),
        RawFormat::Jsonl => (
            writers::raw::raw_jsonl(&raw).into_bytes(),
            "application/jsonl",
            "jsonl",
        ),
    };
    note(
        app,
        campaign,
        by,
        Deed::RawDataExported {
            format: ending.to_owned(),
        },
    )?;
    Ok(Some(Delivered {
        bytes,
        media_type: media_type.to_owned(),
        file_name: format!("svar-{campaign}-{group}.{ending}"),
    }))
}

/// Whether the campaign has anything to report on.
pub fn has_definition(app: &App, campaign: &Campaign) -> Result<bool, ActionError> {
    Ok(definition(app, campaign)?.is_some())
}

fn raw_rows(app: &App, found: &Overview, group: &str) -> Result<Vec<RawRow>, ActionError> {
    let mut rows = Vec::new();
    for respondent in found.respondents.iter().filter(|r| r.group == group) {
        let sent = submission(
            app,
            &found.campaign.id,
            &respondent.id,
            respondent.progress.submissions,
        )?;
        let provenance = match &sent {
            Some(sent) => app.form(&sent.form)?.provenance(&sent.answers, &sent.known),
            None => BTreeMap::new(),
        };
        rows.push(RawRow {
            provenance,
            respondent: respondent.name(),
            group: respondent.group.clone(),
            status: respondent.disposition().danish().to_owned(),
            submitted: sent.as_ref().map(|s| s.at),
            answers: sent.map(|s| s.answers),
        });
    }
    Ok(rows)
}

pub(super) fn note(app: &App, campaign: &str, by: Actor, deed: Deed) -> Result<(), ActionError> {
    let now = app.now();
    app.store
        .commit(Commit::new(now).put_new(&event(now, campaign, None, by, deed)?))?;
    Ok(())
}

/// Writes down that a report could not be made.
pub fn note_refusal(app: &App, campaign: &str, by: Actor) -> Result<(), ActionError> {
    note(app, campaign, by, Deed::ReportRefused)
}
