//! Files that come with answers: judged by their content, kept outside every web root, read by the secretariat only.
use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;

use samsvar_core::events::{Actor, Deed};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::documents::AttachmentDoc;
use super::{ActionError, answering, event};
use crate::app::App;
use crate::mail::fresh_id;
use crate::store::{Commit, Document, Target, key, replace_file, sync_dir};

/// Bytes that one file may have.
pub const MOST_BYTES: usize = 10 * 1024 * 1024;

/// A file as it stands in an answer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct FileAnswer {
    pub name: String,
    pub sha256: String,
}

/// Why a file is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileRefusal {
    TooLarge,
    Empty,
    /// Neither PDF, DOCX, XLSX, PNG nor JPEG by its content.
    Kind,
}

impl FileRefusal {
    pub fn danish(self) -> &'static str {
        match self {
            Self::TooLarge => "filen er større end 10 MB",
            Self::Empty => "filen er tom",
            Self::Kind => "filen er hverken PDF, Word (docx), Excel (xlsx), PNG eller JPEG",
        }
    }
}

/// Keeps a file on stable storage and gives back what stands in the answer: name, size, media type and hash.
pub fn keep(
    app: &App,
    holder: &answering::Holder,
    file_name: &str,
    bytes: &[u8],
) -> Result<Result<Value, FileRefusal>, ActionError> {
    let media_type = match judged(bytes) {
        Ok(media_type) => media_type,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let sha256: String = Sha256::digest(bytes)
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    let now = app.now();
    let (campaign, respondent) = (&holder.campaign.id, &holder.respondent.id);
    let file = match find(app, campaign, respondent, &sha256)? {
        Some(known) => known.file,
        None => own_name(app)?,
    };
    let doc = AttachmentDoc {
        file,
        campaign: holder.campaign.id.clone(),
        respondent: holder.respondent.id.clone(),
        sha256: sha256.clone(),
        size: bytes.len() as u64,
        media_type: media_type.to_owned(),
        added: now,
    };
    let unsaved = |e: std::io::Error| {
        ActionError::NothingSaved(format!("an attachment could not be kept: {e}"))
    };
    let folder = folder(app);
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&folder)
        .map_err(unsaved)?;
    sync_dir(&app.config.data).map_err(unsaved)?;
    // The bytes are on stable storage before the document that names them.
    write(app, &doc, bytes).map_err(unsaved)?;
    app.store.commit(Commit::new(now).put(&doc))?;
    Ok(Ok(serde_json::json!({
        "name": safe_name(file_name),
        "size": bytes.len(),
        "mediaType": media_type,
        "sha256": sha256,
    })))
}

/// Whether the respondent has given a file with that hash; a made-up one is not taken into an answer.
pub fn is_own(app: &App, holder: &answering::Holder, sha256: &str) -> Result<bool, ActionError> {
    Ok(find(app, &holder.campaign.id, &holder.respondent.id, sha256)?.is_some())
}

/// A file of a submitted answer, its safe name first; reading it is an event.
pub fn read_for_staff(
    app: &App,
    reader: &str,
    campaign: &str,
    respondent: &str,
    sha256: &str,
) -> Result<Option<(String, Vec<u8>)>, ActionError> {
    let Some(doc) = find(app, campaign, respondent, sha256)? else {
        return Ok(None);
    };
    let sent = answering::submissions(app, campaign, respondent)?;
    let named = sent
        .iter()
        .rev()
        .flat_map(|s| in_answers(&s.answers))
        .find(|f| f.sha256 == sha256);
    let Some(named) = named else { return Ok(None) };
    let bytes = read(app, &doc)
        .map_err(|e| ActionError::Broken(format!("an attachment could not be read: {e}")))?;
    let now = app.now();
    let read = event(
        now,
        campaign,
        Some(respondent),
        Actor::Staff(reader.to_owned()),
        Deed::AttachmentRead,
    )?;
    app.store.commit(Commit::new(now).put_new(&read))?;
    Ok(Some((safe_name(&named.name), bytes)))
}

/// Every hash that a value names as a file's, whether or not the rest of the file is there.
pub fn hashes_in(value: &Value) -> Vec<String> {
    match value {
        Value::Object(object) => {
            let own = object
                .get("sha256")
                .and_then(Value::as_str)
                .map(str::to_owned);
            own.into_iter()
                .chain(object.values().flat_map(hashes_in))
                .collect()
        }
        Value::Array(items) => items.iter().flat_map(hashes_in).collect(),
        _ => Vec::new(),
    }
}

/// All files that an answer names, wherever they stand in it.
pub fn in_answers(answers: &Value) -> Vec<FileAnswer> {
    match answers {
        Value::Object(object) => match serde_json::from_value::<FileAnswer>(answers.clone()) {
            Ok(file) if object.contains_key("mediaType") => vec![file],
            _ => object.values().flat_map(in_answers).collect(),
        },
        Value::Array(items) => items.iter().flat_map(in_answers).collect(),
        _ => Vec::new(),
    }
}

/// Encrypts all files under the key that writes now; gives back how many there are.
pub fn encrypt_anew(app: &App) -> Result<usize, ActionError> {
    let failed = |e: std::io::Error| {
        ActionError::Broken(format!("an attachment could not be encrypted: {e}"))
    };
    let all = app.store.scan::<AttachmentDoc>("")?;
    let mut old = Vec::new();
    for stored in &all {
        let bytes = read(app, &stored.doc).map_err(failed)?;
        let mut doc = stored.doc.clone();
        if doc.file.is_none() {
            doc.file = own_name(app)?;
        }
        write(app, &doc, &bytes).map_err(failed)?;
        if doc.file != stored.doc.file {
            let commit = Commit::new(app.now()).delete::<AttachmentDoc>(stored.doc.key());
            app.store.commit(commit.put_new(&doc))?;
            old.push((stored.doc.key(), stored.doc.file_name().to_owned()));
        }
    }
    for (_, name) in &old {
        if let Err(error) = fs::remove_file(folder(app).join(name))
            && error.kind() != std::io::ErrorKind::NotFound
        {
            return Err(failed(error));
        }
    }
    if let Some(last) = old.last().map(|_| app.store.durable_seq() + 1) {
        // The old documents' keys are fine, but what they held names the files by hash.
        let targets: Vec<Target> = old
            .iter()
            .map(|(key, _)| Target::one(AttachmentDoc::TABLE, key.as_str()))
            .collect();
        app.store.erase(&targets, last)?;
    }
    Ok(all.len())
}

fn find(
    app: &App,
    campaign: &str,
    respondent: &str,
    sha256: &str,
) -> Result<Option<AttachmentDoc>, ActionError> {
    let own = app
        .store
        .scan::<AttachmentDoc>(&format!("{}/", key([campaign, respondent])))?;
    Ok(own.into_iter().map(|s| s.doc).find(|d| d.sha256 == sha256))
}

/// A name that says nothing, where answers are encrypted; `None` where files are named by their hash.
fn own_name(app: &App) -> Result<Option<String>, ActionError> {
    if app.store.key_id().is_none() {
        return Ok(None);
    }
    let id = fresh_id().map_err(|e| ActionError::Broken(format!("no random numbers: {e}")))?;
    Ok(Some(id))
}

fn write(app: &App, doc: &AttachmentDoc, bytes: &[u8]) -> std::io::Result<()> {
    let sealed = app.store.seal_file(doc.file_name(), bytes)?;
    replace_file(&folder(app).join(doc.file_name()), &sealed)
}

fn read(app: &App, doc: &AttachmentDoc) -> std::io::Result<Vec<u8>> {
    let bytes = fs::read(folder(app).join(doc.file_name()))?;
    app.store.open_file(doc.file_name(), bytes)
}

fn folder(app: &App) -> PathBuf {
    app.config.data.join("attachments")
}

/// The media type by the file's first bytes; its name and the browser's word count for nothing.
fn judged(bytes: &[u8]) -> Result<&'static str, FileRefusal> {
    if bytes.is_empty() {
        return Err(FileRefusal::Empty);
    }
    if bytes.len() > MOST_BYTES {
        return Err(FileRefusal::TooLarge);
    }
    let holds = |part: &[u8]| bytes.windows(part.len()).any(|w| w == part);
    match bytes {
        [b'%', b'P', b'D', b'F', b'-', ..] => Ok("application/pdf"),
        [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => Ok("image/png"),
        [0xff, 0xd8, 0xff, ..] => Ok("image/jpeg"),
        [b'P', b'K', 3, 4, ..] if holds(b"word/document.xml") => {
            Ok("application/vnd.openxmlformats-officedocument.wordprocessingml.document")
        }
        [b'P', b'K', 3, 4, ..] if holds(b"xl/workbook.xml") => {
            Ok("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
        }
        _ => Err(FileRefusal::Kind),
    }
}

/// Letters, digits, space, `.`, `-` and `_` of the last part of a name; never empty, never a path.
fn safe_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept: String = last
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '.' | '-' | '_'))
        .take(120)
        .collect();
    let kept = kept.trim_matches(['.', ' ']).to_owned();
    if kept.is_empty() {
        "bilag".into()
    } else {
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_judged_by_its_content() {
        assert_eq!(judged(b"%PDF-1.7"), Ok("application/pdf"));
        assert_eq!(judged(b"MZ\x90\0"), Err(FileRefusal::Kind));
        assert_eq!(judged(b"PK\x03\x04 nothing known"), Err(FileRefusal::Kind));
        assert_eq!(judged(b""), Err(FileRefusal::Empty));
        assert_eq!(
            judged(&vec![b'%'; MOST_BYTES + 1]),
            Err(FileRefusal::TooLarge)
        );
    }

    #[test]
    fn a_name_is_never_a_path() {
        assert_eq!(safe_name("../../etc/passwd"), "passwd");
        assert_eq!(
            safe_name("C:\\x\\Årsrapport 2019 (1).pdf"),
            "Årsrapport 2019 1.pdf"
        );
        assert_eq!(safe_name("\"\r\n"), "bilag");
    }

    #[test]
    fn files_are_found_wherever_they_stand() {
        let file = serde_json::json!({"name": "a.pdf", "size": 1, "mediaType": "application/pdf", "sha256": "00"});
        let answers =
            serde_json::json!({"a": {"files": [file]}, "b": {"name": "x", "sha256": "y"}});
        assert_eq!(
            in_answers(&answers),
            [FileAnswer {
                name: "a.pdf".into(),
                sha256: "00".into()
            }]
        );
    }
}
