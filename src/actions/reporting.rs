//! What leaves the house: the protected report, and the raw answers for the secretariat alone.
use std::collections::BTreeMap;

use samsvar_core::campaigns::{Campaign, Disposition, Submission};
use samsvar_core::danish;
use samsvar_core::events::{Actor, Deed};
use samsvar_core::reports::{Meta, Report, ReportRefusal};
use samsvar_core::tables::{ReportSpec, Respondent as Asked};

use super::answering::submission;
use super::campaigns::{Overview, overview};
use super::people::NO_CAMPAIGN;
use super::raw_columns::raw_columns;
use super::{ActionError, event};
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
    pub media_type: &'static str,
    pub file_name: String,
}

/// Why there is no report.
pub enum NoReport {
    UnknownCampaign,
    /// No form of the campaign has a report definition.
    NoDefinition,
    /// A number could be recovered, or nobody has answered: Danish sentences.
    Refused(ReportRefusal),
}

/// The report on what is submitted now. Making it writes an event, so does refusing it.
pub fn report(
    app: &App,
    campaign: &str,
    by: Actor,
) -> Result<Result<Report, NoReport>, ActionError> {
    let Some(found) = overview(app, campaign)? else {
        return Ok(Err(NoReport::UnknownCampaign));
    };
    let Some(spec) = definition(app, &found.campaign)? else {
        return Ok(Err(NoReport::NoDefinition));
    };
    let counted = counted(app, &found)?;
    let asked: Vec<Asked> = found
        .respondents
        .iter()
        .zip(&counted)
        .map(|(r, sent)| {
            let same = |o: &&samsvar_core::campaigns::Respondent| {
                o.group == r.group && o.organisation == r.organisation
            };
            asked(
                &found.campaign,
                r,
                sent.as_ref(),
                found.respondents.iter().filter(same).count() > 1,
            )
        })
        .collect();
    let meta = Meta {
        campaign: found.campaign.title.clone(),
        region: found.campaign.region.clone(),
        as_of: danish::local(app.now()).date_naive(),
    };
    let built = Report::build(&spec, &asked, meta);
    if built.is_err() {
        note(app, campaign, by, Deed::ReportRefused)?;
    }
    Ok(built.map_err(NoReport::Refused))
}

/// A report as a file; the event says in which format it left.
pub fn deliver(
    app: &App,
    campaign: &str,
    format: ReportFormat,
    by: Actor,
) -> Result<Result<Delivered, NoReport>, ActionError> {
    let report = match report(app, campaign, by.clone())? {
        Ok(report) => report,
        Err(none) => return Ok(Err(none)),
    };
    let broken = |e: &dyn std::fmt::Display| {
        ActionError::Broken(format!("the report could not be written: {e}"))
    };
    let (bytes, media_type, ending) = match format {
        ReportFormat::Html => {
            let page = writers::html::page(&report, crate::assets::STYLES);
            (page.into_bytes(), "text/html; charset=utf-8", "html")
        }
        ReportFormat::Csv => (
            writers::csv::danish_excel(&report).map_err(|e| broken(&e))?,
            "text/csv; charset=utf-8",
            "csv",
        ),
        ReportFormat::CsvIso => (
            writers::csv::iso(&report).map_err(|e| broken(&e))?,
            "text/csv; charset=utf-8",
            "iso.csv",
        ),
        ReportFormat::Xlsx => (
            writers::xlsx::workbook(&report).map_err(|e| broken(&e))?,
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "xlsx",
        ),
        ReportFormat::Json => (
            writers::json::document(&report).to_string().into_bytes(),
            "application/json",
            "json",
        ),
    };
    note(
        app,
        campaign,
        by,
        Deed::ReportMade {
            format: ending.to_owned(),
        },
    )?;
    Ok(Ok(Delivered {
        bytes,
        media_type,
        file_name: format!("rapport-{campaign}.{ending}"),
    }))
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
        media_type,
        file_name: format!("svar-{campaign}-{group}.{ending}"),
    }))
}

/// Whether the campaign has anything to report on.
pub fn has_definition(app: &App, campaign: &Campaign) -> Result<bool, ActionError> {
    Ok(definition(app, campaign)?.is_some())
}

fn definition(app: &App, campaign: &Campaign) -> Result<Option<ReportSpec>, ActionError> {
    for audience in &campaign.audiences {
        let form = app.form(&audience.form)?;
        if let Some(value) = form.report() {
            let unusable = |_| {
                ActionError::Broken(format!(
                    "the report definition of {} can't be used",
                    audience.form.id
                ))
            };
            return ReportSpec::read(value).map(Some).map_err(unusable);
        }
    }
    Ok(None)
}

/// Each respondent's last submission, beside the respondents.
fn counted(app: &App, found: &Overview) -> Result<Vec<Option<Submission>>, ActionError> {
    found
        .respondents
        .iter()
        .map(|r| submission(app, &found.campaign.id, &r.id, r.progress.submissions))
        .collect()
}

fn asked<'a>(
    campaign: &Campaign,
    respondent: &samsvar_core::campaigns::Respondent,
    sent: Option<&'a Submission>,
    shares_organisation: bool,
) -> Asked<'a> {
    // A department's name is only of use where its organisation answers twice.
    let name = if shares_organisation {
        respondent.name()
    } else {
        respondent.organisation.clone()
    };
    Asked {
        id: respondent.id.clone(),
        name: name.strip_suffix(" Kommune").unwrap_or(&name).to_owned(),
        form: campaign
            .form_for(&respondent.group)
            .map(|f| f.id.clone())
            .unwrap_or_default(),
        answers: sent.map(|s| &s.answers),
        disposition: match respondent.disposition() {
            d if d.is_answered() => "besvaret".into(),
            Disposition::Exempt => "fritaget".into(),
            _ => "ikke besvaret".into(),
        },
    }
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

/// Stores the event that everything leaves the house; returns its commit, the last that leaves.
pub fn note_everything(app: &App, by: Actor) -> Result<u64, ActionError> {
    let now = app.now();
    let noted = event(now, NO_CAMPAIGN, None, by, Deed::EverythingExported)?;
    Ok(app.store.commit(Commit::new(now).put_new(&noted))?.seq)
}

fn note(app: &App, campaign: &str, by: Actor, deed: Deed) -> Result<(), ActionError> {
    let now = app.now();
    app.store
        .commit(Commit::new(now).put_new(&event(now, campaign, None, by, deed)?))?;
    Ok(())
}
