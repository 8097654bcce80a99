//! An erasure's files: attachments, letters in the outbox directory, and the list that outlives a restored backup.
use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::super::ActionError;
use super::{Erasure, file_name_of};
use crate::app::App;
use crate::store::sync_dir;

const LIST: &str = "erasures.jsonl";

/// The same bytes may belong to an answer that stays.
pub(super) fn is_used(app: &App, name: &str) -> Result<bool, ActionError> {
    let mut used = false;
    app.store.each_document(|table, _, json| {
        used |= table == "attachment"
            && serde_json::from_str::<Value>(json)
                .ok()
                .and_then(|doc| file_name_of(&doc))
                .as_deref()
                == Some(name);
        Ok(())
    })?;
    Ok(used)
}

pub(super) fn remove(path: &Path) -> std::io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => path
            .parent()
            .filter(|p| p.exists())
            .map_or(Ok(()), sync_dir),
    }
}

/// A mail's file is named by its moment and its letter.
pub(super) fn remove_mails(outbox: &Path, letters: &[String]) -> std::io::Result<()> {
    if !outbox.is_dir() {
        return Ok(());
    }
    let gone: BTreeSet<&str> = letters.iter().map(String::as_str).collect();
    for entry in fs::read_dir(outbox)? {
        let path = entry?.path();
        let name = path
            .file_stem()
            .and_then(|n| n.to_str())
            .unwrap_or_default();
        let letter = name.split_once('-').map_or("", |(_, id)| id);
        if gone.contains(letter) {
            fs::remove_file(&path)?;
        }
    }
    sync_dir(outbox)
}

fn list_path(data: &Path) -> PathBuf {
    data.join(LIST)
}

pub(super) fn note_in_list(data: &Path, erasure: &Erasure) -> std::io::Result<()> {
    let path = list_path(data);
    let line = serde_json::to_string(erasure)?;
    if fs::read_to_string(&path).is_ok_and(|text| text.lines().any(|l| l == line)) {
        return Ok(());
    }
    // A torn last line must not spoil the next one.
    let torn = fs::read(&path).is_ok_and(|bytes| bytes.last().is_some_and(|b| *b != b'\n'));
    let before = if torn { "\n" } else { "" };
    let mut file = fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(&path)?;
    file.write_all(format!("{before}{line}\n").as_bytes())?;
    file.sync_all()?;
    sync_dir(data)
}

/// A last line that a power cut tore is of an erasure that is not done, and is written again.
pub(super) fn listed(data: &Path) -> Result<Vec<Erasure>, ActionError> {
    let text = match fs::read_to_string(list_path(data)) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => {
            return Err(ActionError::Broken(format!(
                "the list of erasures can't be read: {error}"
            )));
        }
    };
    let lines = text.lines();
    Ok(lines
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect())
}
