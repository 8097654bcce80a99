//! The forms that a collection can choose from: those that came with the program and those that the secretariat uploaded.
use std::io::{Cursor, Read};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use samsvar_core::campaigns::{FormRef, slug};
use samsvar_core::danish;
use samsvar_core::events::{Actor, Deed};
use samsvar_core::forms::{Fault, Form, FormSource, Language, has_errors};
use samsvar_core::tables::check_report;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{ActionError, FormVersion, event};
use crate::app::App;
use crate::store::{Commit, Document, key};

/// An uploaded form at its newest version; the files are kept as a [`FormVersion`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadedForm {
    pub form: FormRef,
    pub title: String,
    pub uploaded: DateTime<Utc>,
    pub by: String,
}

impl Document for UploadedForm {
    const TABLE: &'static str = "uploaded_form";
    const VERSION: u32 = 1;
    fn key(&self) -> String {
        key([self.form.id.as_str()])
    }
}

/// A form that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AtHand {
    pub form: FormRef,
    pub title: String,
    /// `None` for a form that came with the program.
    pub uploaded: Option<DateTime<Utc>>,
}

/// What became of an upload.
pub struct Upload {
    /// `None` where the form can't be used.
    pub taken: Option<AtHand>,
    /// Errors and warnings.
    pub faults: Vec<Fault>,
}

const FILES: [&str; 4] = ["form.json", "ui.json", "ui.en.json", "report.json"];
/// Bytes of one file of a form.
const MOST_BYTES: u64 = 4 * 1024 * 1024;
const MOST_EXAMPLES: usize = 50;

/// All forms that can be chosen, by title; an uploaded one hides a form of the same id.
pub fn at_hand(app: &App) -> Result<Vec<AtHand>, ActionError> {
    let mut all: Vec<AtHand> = Vec::new();
    for stored in app.store.scan::<UploadedForm>("")? {
        all.push(AtHand {
            form: stored.doc.form,
            title: stored.doc.title,
            uploaded: Some(stored.doc.uploaded),
        });
    }
    for (id, form) in app.forms.iter() {
        if all.iter().all(|known| known.form.id != id) {
            all.push(AtHand {
                form: FormRef {
                    id: id.to_owned(),
                    version: form.version().to_owned(),
                },
                title: form.title(Language::Da),
                uploaded: None,
            });
        }
    }
    all.sort_by(|a, b| danish::collate(&a.title, &b.title));
    Ok(all)
}

/// A form by its id, at its newest version.
pub fn newest(app: &App, id: &str) -> Result<Option<(FormRef, Arc<Form>)>, ActionError> {
    if let Some(uploaded) = app.store.get::<UploadedForm>(&key([id]))? {
        let form = app.form(&uploaded.doc.form)?;
        return Ok(Some((uploaded.doc.form, form)));
    }
    Ok(app.forms.get(id).map(|form| {
        let reference = FormRef {
            id: id.to_owned(),
            version: form.version().to_owned(),
        };
        (reference, form)
    }))
}

/// Adds the form's files at that version to a commit, where they are not kept yet.
pub fn pinned(app: &App, form: &FormRef, commit: Commit) -> Result<Commit, ActionError> {
    let place = key([form.id.as_str(), form.version.as_str()]);
    if app.store.get::<FormVersion>(&place)?.is_some() {
        return Ok(commit);
    }
    let source = app
        .forms
        .source(&form.id)
        .ok_or_else(|| ActionError::Broken(format!("there is no usable form {}", form.id)))?;
    Ok(commit.put(&version_of(form, source)))
}

/// Reads, checks and keeps a form: a ZIP of its folder, or its files one by one.
///
/// A form with errors is not kept; with warnings alone it is.
pub fn upload(app: &App, files: &[(String, Vec<u8>)], by: &str) -> Result<Upload, ActionError> {
    let refused = |faults| Upload {
        taken: None,
        faults,
    };
    let mut source = match source_of(files) {
        Ok(source) => source,
        Err(fault) => return Ok(refused(vec![fault])),
    };
    let faults = Form::check(&source, judge_report);
    let form = match Form::read(&source) {
        Ok(form) if !has_errors(&faults) => form,
        Ok(_) => return Ok(refused(faults)),
        Err(errors) => return Ok(refused(if faults.is_empty() { errors } else { faults })),
    };
    source.id = match slug(&form.title(Language::Da)) {
        id if id.is_empty() => "spoergeskema".into(),
        id => id,
    };
    let now = app.now();
    let uploaded = UploadedForm {
        form: FormRef {
            id: source.id.clone(),
            version: form.version().to_owned(),
        },
        title: form.title(Language::Da),
        uploaded: now,
        by: by.to_owned(),
    };
    let deed = Deed::FormUploaded {
        form: source.id.clone(),
    };
    let noted = event(now, "-", None, Actor::Staff(by.to_owned()), deed)?;
    let commit = Commit::new(now)
        .put(&version_of(&uploaded.form, &source))
        .put(&uploaded)
        .put_new(&noted);
    app.store.commit(commit)?;
    Ok(Upload {
        taken: Some(AtHand {
            form: uploaded.form,
            title: uploaded.title,
            uploaded: Some(now),
        }),
        faults,
    })
}

/// Warnings about a form that is at hand.
pub fn judged(app: &App, form: &FormRef) -> Result<Vec<Fault>, ActionError> {
    let place = key([form.id.as_str(), form.version.as_str()]);
    let source = match app.store.get::<FormVersion>(&place)? {
        Some(stored) => FormSource {
            id: form.id.clone(),
            schema: stored.doc.schema,
            ui: stored.doc.ui,
            ui_en: stored.doc.ui_en,
            report: stored.doc.report,
            examples: Vec::new(),
        },
        None => match app.forms.source(&form.id) {
            Some(source) => source.clone(),
            None => return Ok(Vec::new()),
        },
    };
    Ok(Form::check(&source, judge_report))
}

fn version_of(form: &FormRef, source: &FormSource) -> FormVersion {
    FormVersion {
        form: form.clone(),
        schema: source.schema.clone(),
        ui: source.ui.clone(),
        ui_en: source.ui_en.clone(),
        report: source.report.clone(),
    }
}

fn judge_report(form: &Form, report: &Value) -> Vec<Fault> {
    check_report(&|pointer| form.is_field(pointer), report)
        .into_iter()
        .map(|(pointer, message)| Fault::error("report.json", &pointer, message))
        .collect()
}

/// The form's files, by the names that a form's folder has; a folder around them does not count.
fn source_of(files: &[(String, Vec<u8>)]) -> Result<FormSource, Fault> {
    let unpacked = match files {
        [(name, bytes)] if name.to_lowercase().ends_with(".zip") => unzipped(name, bytes)?,
        files => files.to_vec(),
    };
    let mut source = FormSource {
        id: "ny".into(),
        ..FormSource::default()
    };
    for (path, bytes) in unpacked {
        let mut parts = path.rsplit(['/', '\\']);
        let name = parts.next().unwrap_or_default().to_owned();
        let is_example = parts.next() == Some("examples");
        if !is_example && !FILES.contains(&name.as_str()) {
            continue;
        }
        let text = String::from_utf8(bytes)
            .map_err(|_| Fault::error(&name, "", "Filen er ikke UTF-8."))?;
        match name.as_str() {
            _ if is_example => {
                if source.examples.len() < MOST_EXAMPLES && name.ends_with(".json") {
                    source.examples.push((name, text));
                }
            }
            "form.json" => source.schema = text,
            "ui.json" => source.ui = Some(text),
            "ui.en.json" => source.ui_en = Some(text),
            _ => source.report = Some(text),
        }
    }
    if source.schema.is_empty() {
        let message = "Filen form.json mangler. Et spørgeskema er en ZIP-fil med form.json og helst ui.json, eller de samme filer enkeltvis.";
        return Err(Fault::error("form.json", "", message));
    }
    Ok(source)
}

fn unzipped(name: &str, bytes: &[u8]) -> Result<Vec<(String, Vec<u8>)>, Fault> {
    let broken = |_| Fault::error(name, "", "ZIP-filen kan ikke læses.");
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(broken)?;
    let mut files = Vec::new();
    for place in 0..archive.len().min(200) {
        let entry = archive.by_index(place).map_err(broken)?;
        let path = entry.name().map_err(broken)?.into_owned();
        if !entry.is_file() || !path.ends_with(".json") {
            continue;
        }
        let mut text = Vec::new();
        // What an archive says of its own sizes is not to be trusted.
        entry
            .take(MOST_BYTES + 1)
            .read_to_end(&mut text)
            .map_err(|_| Fault::error(&path, "", "Filen kan ikke pakkes ud."))?;
        if text.len() as u64 > MOST_BYTES {
            return Err(Fault::error(&path, "", "Filen fylder mere end 4 MB."));
        }
        files.push((path, text));
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, text: &str) -> (String, Vec<u8>) {
        (name.to_owned(), text.as_bytes().to_vec())
    }

    #[test]
    fn a_folder_around_the_files_does_not_count() {
        let source = source_of(&[
            file("mit skema/form.json", "{}"),
            file("mit skema/examples/a.json", "{}"),
            file("mit skema/noter.txt", "x"),
        ]);
        let source = source.unwrap();
        assert_eq!((source.schema.as_str(), source.examples.len()), ("{}", 1));
    }

    #[test]
    fn what_is_no_archive_or_lacks_its_form_is_told() {
        let broken = source_of(&[file("skema.zip", "ikke en zip")]).unwrap_err();
        assert!(broken.message.contains("ZIP"));
        let missing = source_of(&[file("ui.json", "{}")]).unwrap_err();
        assert!(missing.message.contains("form.json mangler"));
    }
}
