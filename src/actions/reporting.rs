//! What leaves the house: the protected report, and the raw answers for the secretariat alone.
use samsvar_core::campaigns::Campaign;
use samsvar_core::events::{Actor, Deed};
use samsvar_core::reports::{Report, ReportRefusal};

use super::drafting::{NoDraft, definition, releases};
use super::ledger::Origin;
use super::people::NO_CAMPAIGN;
use super::{ActionError, event, releases};
use crate::app::App;
use crate::store::Commit;
use crate::writers;

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
    /// The witnesses of the guarantee were not found within the work allowed.
    Unproven,
    /// A written file, by its name, said something else than the report that was audited.
    Untrue(String),
}

impl NoReport {
    /// Why nothing was released although the report itself is safe, and what can be done.
    pub fn told(&self) -> Option<Vec<String>> {
        match self {
            Self::Unproven => Some(vec![
                "Rapporten er ikke udgivet. Garantien for, at ingen små tal kan regnes ud, kunne ikke bevises inden for det arbejde, programmet må bruge på det.".into(),
                "Rapporten er for indviklet: mange tabeller og sætninger hænger sammen. Udelad sætningerne om en tabel, udelad en tabel, eller slå rækker sammen, og prøv igen.".into(),
            ]),
            Self::Untrue(file) => Some(vec![
                format!("Rapporten er ikke udgivet. Filen {file} blev læst igen, før den skulle ud, og den siger noget andet end den rapport, der er efterprøvet."),
                "Det er en fejl i programmet og ikke i svarene. Prøv igen; sker det en gang til, så send filens navn og tidspunktet til den, der driver Samsvar.".into(),
            ]),
            _ => None,
        }
    }
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

/// Whether the campaign has anything to report on.
pub fn has_definition(app: &App, campaign: &Campaign) -> Result<bool, ActionError> {
    Ok(definition(app, campaign)?.is_some())
}

/// Stores the event that everything leaves the house; returns its commit, the last that leaves.
pub fn note_everything(app: &App, by: Actor) -> Result<u64, ActionError> {
    let now = app.now();
    let noted = event(now, NO_CAMPAIGN, None, by, Deed::EverythingExported)?;
    Ok(app.store.commit(Commit::new(now).put_new(&noted))?.seq)
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
