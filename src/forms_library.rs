//! The forms that ship inside the program, and the operator's own beside them.
use std::fs;
use std::path::Path;
use std::sync::Arc;

use include_dir::{Dir, include_dir};
use samsvar_core::forms::{Fault, Form, FormSource, Severity};
use samsvar_core::tables::check_report;
use serde_json::Value;

static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/forms");

/// A text file of a form may not be larger, in bytes.
const MOST_BYTES: u64 = 8 * 1024 * 1024;

/// Usable forms by id; an operator's form hides a built-in one of the same id.
pub struct FormsLibrary {
    forms: Vec<Shelved>,
    /// Forms that can't be used, by id, with their faults.
    broken: Vec<(String, Vec<Fault>)>,
}

struct Shelved {
    source: FormSource,
    form: Arc<Form>,
}

impl FormsLibrary {
    /// A form with faults is left out and told of in the log; it never keeps the program from starting.
    pub fn open(own: Option<&Path>) -> Self {
        let mut sources: Vec<FormSource> = own.map(own_sources).unwrap_or_default();
        let hidden: Vec<String> = sources.iter().map(|s| s.id.clone()).collect();
        sources.extend(built_in_sources().filter(|s| !hidden.contains(&s.id)));
        sources.sort_by(|a, b| a.id.cmp(&b.id));
        let mut library = Self { forms: Vec::new(), broken: Vec::new() };
        for source in sources {
            library.shelve(source);
        }
        library
    }

    pub fn find(&self, id: &str) -> Option<Arc<Form>> {
        self.shelved(id).map(|s| Arc::clone(&s.form))
    }

    pub fn source(&self, id: &str) -> Option<&FormSource> {
        self.shelved(id).map(|s| &s.source)
    }

    /// All usable forms by id.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Form>> {
        self.forms.iter().map(|s| &s.form)
    }

    pub fn broken(&self) -> &[(String, Vec<Fault>)] {
        &self.broken
    }

    fn shelved(&self, id: &str) -> Option<&Shelved> {
        self.forms.iter().find(|s| s.source.id == id)
    }

    fn shelve(&mut self, source: FormSource) {
        match Form::read(&source) {
            Ok(form) => self.forms.push(Shelved { source, form: Arc::new(form) }),
            Err(faults) => {
                log::warn!("the form {} is left out, it has {} faults; see samsvar form check", source.id, faults.len());
                self.broken.push((source.id, faults));
            }
        }
    }
}

/// The files of one built-in form.
pub fn built_in(id: &str) -> Option<FormSource> {
    built_in_sources().find(|s| s.id == id)
}

/// The ids of the built-in forms.
pub fn built_in_ids() -> impl Iterator<Item = String> {
    built_in_sources().map(|s| s.id)
}

/// Reads a form's folder.
///
/// The message names the file that is missing, too large or not UTF-8.
pub fn read_folder(folder: &Path) -> Result<FormSource, String> {
    let id = folder.canonicalize().ok().and_then(|p| p.file_name().map(|n| n.to_string_lossy().into_owned()));
    let schema = read_text(&folder.join("form.json"))?;
    let optional = |name: &str| {
        let path = folder.join(name);
        if path.exists() { read_text(&path).map(Some) } else { Ok(None) }
    };
    Ok(FormSource {
        id: id.unwrap_or_default(),
        schema,
        ui: optional("ui.json")?,
        ui_en: optional("ui.en.json")?,
        report: optional("report.json")?,
        examples: read_examples(&folder.join("examples"))?,
    })
}

/// A text file; the message names it.
pub fn read_text(path: &Path) -> Result<String, String> {
    let failed = |e: std::io::Error| format!("{}: {e}", path.display());
    let size = fs::metadata(path).map_err(failed)?.len();
    if size > MOST_BYTES {
        return Err(format!("{}: larger than {} MB", path.display(), MOST_BYTES / 1024 / 1024));
    }
    let text = fs::read_to_string(path).map_err(failed)?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// Judges a report definition against the form that it stands beside, and the forms it draws on.
pub fn judge_report(form: &Form, report: &Value) -> Vec<Fault> {
    let exists = |pointer: &str| form.is_field(pointer);
    check_report(&exists, report)
        .into_iter()
        .map(|(pointer, message)| Fault { file: "report.json".into(), pointer, severity: Severity::Error, message })
        .collect()
}

fn own_sources(dir: &Path) -> Vec<FormSource> {
    let Ok(entries) = fs::read_dir(dir) else {
        log::warn!("the directory of own forms can't be read: {}", dir.display());
        return Vec::new();
    };
    let folders = entries.flatten().map(|e| e.path()).filter(|p| p.join("form.json").is_file());
    folders
        .filter_map(|folder| read_folder(&folder).inspect_err(|why| log::warn!("a form is left out: {why}")).ok())
        .collect()
}

fn built_in_sources() -> impl Iterator<Item = FormSource> {
    BUILT_IN.dirs().filter_map(|folder| {
        let text = |name: &str| folder.get_file(folder.path().join(name))?.contents_utf8().map(str::to_owned);
        Some(FormSource {
            id: folder.path().file_name()?.to_string_lossy().into_owned(),
            schema: text("form.json")?,
            ui: text("ui.json"),
            ui_en: text("ui.en.json"),
            report: text("report.json"),
            examples: built_in_examples(folder),
        })
    })
}

fn built_in_examples(folder: &Dir<'_>) -> Vec<(String, String)> {
    let examples = folder.get_dir(folder.path().join("examples"));
    let files = examples.into_iter().flat_map(|e| e.files());
    files
        .filter_map(|f| Some((f.path().file_name()?.to_string_lossy().into_owned(), f.contents_utf8()?.to_owned())))
        .collect()
}

fn read_examples(folder: &Path) -> Result<Vec<(String, String)>, String> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(Vec::new()) };
    let mut paths: Vec<_> = entries.flatten().map(|e| e.path()).filter(|p| p.extension().is_some_and(|e| e == "json")).collect();
    paths.sort();
    let named = |path: std::path::PathBuf| {
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        read_text(&path).map(|text| (name, text))
    };
    paths.into_iter().map(named).collect()
}
