//! Editions of a report: made once, kept with their files, never changed.
use clap::ValueEnum;
use samsvar_core::events::{Actor, Deed};
use samsvar_core::reports::{Choices, Report};
use sha2::{Digest, Sha256};

use super::drafting::{Draft, draft};
use super::ledger::{FileEntry, Origin, ReleaseDoc, ReleaseFileDoc, ReportChoicesDoc};
use super::ledger::{file_key, release_key};
use super::reporting::{Delivered, NoReport, ReportFormat, note};
use super::{ActionError, event};
use crate::app::App;
use crate::store::Commit;
use crate::writers;
use crate::writers::certificate::Seal;

/// Makes an edition of what is submitted now, or gives the newest one if it says the same.
///
/// `seen` is the [`fingerprint`] of the report that somebody looked at before pressing the button.
pub fn release(
    app: &App,
    campaign: &str,
    seen: Option<&str>,
    by: Actor,
) -> Result<Result<ReleaseDoc, NoReport>, ActionError> {
    let draft = match draft(app, campaign)? {
        Ok(draft) => draft,
        Err(none) => return Ok(Err(none.into())),
    };
    let report = match draft.report() {
        Ok(report) => report,
        Err(refusal) => {
            note(app, campaign, by, Deed::ReportRefused)?;
            return Ok(Err(NoReport::Refused(refusal)));
        }
    };
    let fingerprint = fingerprint(&report);
    if seen.is_some_and(|seen| seen != fingerprint) {
        return Ok(Err(NoReport::Changed));
    }
    if let Some(same) = newest_that_says(&draft, &fingerprint) {
        return Ok(Ok(same.clone()));
    }
    keep(app, &draft, &report, by)
}

/// Of everything that a report says.
pub fn fingerprint(report: &Report) -> String {
    hex_digest(writers::json::document(report).to_string().as_bytes())
}

/// One edition; `None` for a number that was never given.
pub fn one(app: &App, campaign: &str, number: u32) -> Result<Option<ReleaseDoc>, ActionError> {
    let key = release_key(campaign, number);
    Ok(app.store.get::<ReleaseDoc>(&key)?.map(|stored| stored.doc))
}

/// A file of an edition, the same bytes for ever; taking it is an event.
pub fn take(
    app: &App,
    campaign: &str,
    number: u32,
    name: &str,
    by: Actor,
) -> Result<Option<Delivered>, ActionError> {
    let Some(delivered) = file(app, campaign, number, name)? else {
        return Ok(None);
    };
    let deed = Deed::EditionFileTaken {
        number,
        file: name.to_owned(),
    };
    note(app, campaign, by, deed)?;
    Ok(Some(delivered))
}

pub(super) fn file(
    app: &App,
    campaign: &str,
    number: u32,
    name: &str,
) -> Result<Option<Delivered>, ActionError> {
    let Some(release) = one(app, campaign, number)? else {
        return Ok(None);
    };
    let Some(entry) = release.file(name) else {
        return Ok(None);
    };
    let damaged = || ActionError::Broken(format!("{name} of edition {number} is damaged"));
    let key = file_key(campaign, number, name);
    let stored = app.store.get::<ReleaseFileDoc>(&key)?.ok_or_else(damaged)?;
    let bytes = stored.doc.bytes().ok_or_else(damaged)?;
    if hex_digest(&bytes) != entry.sha256 {
        return Err(damaged());
    }
    Ok(Some(Delivered {
        bytes,
        media_type: entry.media_type.clone(),
        file_name: format!("{campaign}-udgave-{number}-{name}"),
    }))
}

/// Sets what the report is to be like; writes an event.
pub fn choose(
    app: &App,
    campaign: &str,
    choices: Choices,
    by: Actor,
) -> Result<Result<(), NoReport>, ActionError> {
    if let Err(none) = draft(app, campaign)? {
        return Ok(Err(none.into()));
    }
    let now = app.now();
    let chosen = Deed::ReportChosen {
        choices: choices.lines(),
    };
    let chosen = event(now, campaign, None, by, chosen)?;
    let kept = ReportChoicesDoc {
        campaign: campaign.to_owned(),
        choices,
    };
    app.store
        .commit(Commit::new(now).put(&kept).put_new(&chosen))?;
    Ok(Ok(()))
}

fn newest_that_says<'d>(draft: &'d Draft, fingerprint: &str) -> Option<&'d ReleaseDoc> {
    let newest = draft.releases.iter().rfind(|one| one.counts())?;
    let file = newest.file("rapport.json")?;
    (file.sha256 == fingerprint).then_some(newest)
}

fn keep(
    app: &App,
    draft: &Draft,
    report: &Report,
    by: Actor,
) -> Result<Result<ReleaseDoc, NoReport>, ActionError> {
    let (now, number) = (app.now(), draft.next_number());
    let campaign = &draft.found.campaign;
    let mut files: Vec<(String, &'static str, Vec<u8>)> = Vec::new();
    for format in ReportFormat::value_variants() {
        let name = format!("rapport.{}", format.ending());
        files.push((name, format.media_type(), format.written(report)?));
    }
    let Some(proof) = report.proof() else {
        note(app, &campaign.id, by, Deed::ReportRefused)?;
        return Ok(Err(NoReport::Unproven));
    };
    let json = |value: Result<Vec<u8>, serde_json::Error>| {
        value.map_err(|e| ActionError::Broken(format!("the proof could not be written: {e}")))
    };
    files.push(("tabel.csv".into(), CSV, proof.table));
    files.push((
        "regler.json".into(),
        JSON,
        json(serde_json::to_vec_pretty(&proof.rules))?,
    ));
    files.push((
        "certifikat.json".into(),
        JSON,
        json(serde_json::to_vec(&proof.certificate))?,
    ));
    let mut entries = entries(&files);
    let seal = Seal {
        number,
        at: now,
        by: &by.danish(),
        forms: campaign
            .audiences
            .iter()
            .map(|a| (a.form.id.clone(), a.form.version.clone()))
            .collect(),
        earlier: draft
            .releases
            .iter()
            .filter(|one| one.counts())
            .map(|one| format!("udgave {}", one.number))
            .collect(),
        choices: draft.choices.lines(),
        proof: &proof.certificate,
        files: entries
            .iter()
            .map(|entry| (entry.name.clone(), entry.sha256.clone()))
            .collect(),
    };
    let attest = writers::certificate::page(report, &seal, crate::assets::STYLES);
    files.push(("attest.html".into(), HTML, attest.into_bytes()));
    entries = self::entries(&files);
    let read: Vec<(String, Vec<u8>)> = files
        .iter()
        .map(|(name, _, bytes)| (name.clone(), bytes.clone()))
        .collect();
    if let Err(untrue) = writers::read_back::check(report, &read) {
        log::error!("nothing was released: {untrue}");
        note(app, &campaign.id, by, Deed::ReportRefused)?;
        return Ok(Err(NoReport::Untrue(untrue.file().to_owned())));
    }
    let release = ReleaseDoc {
        campaign: campaign.id.clone(),
        number,
        origin: Origin::House,
        title: report.title().to_owned(),
        at: now,
        sha256: manifest_digest(&entries),
        forms: campaign.audiences.iter().map(|a| a.form.clone()).collect(),
        choices: draft.choices.clone(),
        facts: report.facts().clone(),
        basis: draft.basis(),
        files: entries,
        texts: draft.texts.len(),
        withdrawn: None,
        by: by.clone(),
    };
    let deed = Deed::EditionReleased {
        number,
        sha256: release.sha256.clone(),
    };
    let released = event(now, &campaign.id, None, by, deed)?;
    // Two at once get the same number, and one of them a conflict: it was audited without the other.
    let mut commit = Commit::new(now).put_new(&release).put_new(&released);
    for (name, _, bytes) in &files {
        commit = commit.put_new(&ReleaseFileDoc::new(&campaign.id, number, name, bytes));
    }
    app.store.commit(commit)?;
    Ok(Ok(release))
}

const CSV: &str = "text/csv; charset=utf-8";
const JSON: &str = "application/json";
const HTML: &str = "text/html; charset=utf-8";

fn entries(files: &[(String, &'static str, Vec<u8>)]) -> Vec<FileEntry> {
    files
        .iter()
        .map(|(name, media_type, bytes)| FileEntry {
            name: name.clone(),
            media_type: (*media_type).to_owned(),
            sha256: hex_digest(bytes),
            size: bytes.len(),
        })
        .collect()
}

/// Of lines as `sha256sum` writes them.
fn manifest_digest(entries: &[FileEntry]) -> String {
    let lines: Vec<String> = entries
        .iter()
        .map(|entry| format!("{}  {}\n", entry.sha256, entry.name))
        .collect();
    hex_digest(lines.concat().as_bytes())
}

fn hex_digest(bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}
