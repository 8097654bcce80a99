//! The forms at hand: those that ship in the binary, and the operator's own beside them.
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use include_dir::{Dir, include_dir};
use samsvar_core::forms::{Fault, Form, FormSource};

static SHIPPED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/forms");

/// Bytes of one file of a form, at most.
const MAX_FILE: u64 = 4 * 1024 * 1024;

/// All usable forms by id, and what is wrong with the operator's others.
#[derive(Debug, Default)]
pub struct Library {
    forms: BTreeMap<String, (Arc<Form>, FormSource)>,
    /// Own forms that could not be used, by folder name.
    pub broken: Vec<(String, Vec<Fault>)>,
}

impl Library {
    /// The shipped forms and those in the folders of `own`; an own form of the same id goes first.
    ///
    /// A broken own form is left out and told of in [`Library::broken`]; a directory that is not
    /// there holds no forms.
    pub fn load(own: Option<&Path>) -> Library {
        let mut library = Library::default();
        for source in shipped() {
            library.take(source);
        }
        for folder in own.map(folders).unwrap_or_default() {
            match read_folder(&folder) {
                Ok(source) => library.take(source),
                Err(e) => {
                    let id = folder_name(&folder);
                    let fault = Fault::error("form.json", "", format!("Kan ikke læses: {e}"));
                    library.broken.push((id, vec![fault]));
                }
            }
        }
        library
    }

    fn take(&mut self, source: FormSource) {
        match Form::read(&source) {
            Ok(form) => {
                self.forms
                    .insert(source.id.clone(), (Arc::new(form), source));
            }
            Err(faults) => self.broken.push((source.id, faults)),
        }
    }

    pub fn get(&self, id: &str) -> Option<Arc<Form>> {
        self.forms.get(id).map(|(form, _)| Arc::clone(form))
    }

    /// The files of a usable form, to be kept with a campaign.
    pub fn source(&self, id: &str) -> Option<&FormSource> {
        self.forms.get(id).map(|(_, source)| source)
    }

    /// In the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Arc<Form>)> {
        self.forms.iter().map(|(id, (form, _))| (id.as_str(), form))
    }
}

/// The sources of the forms in the binary.
pub fn shipped() -> Vec<FormSource> {
    SHIPPED
        .dirs()
        .filter_map(|folder| {
            let id = folder.path().file_name()?.to_str()?;
            embedded(id, folder)
        })
        .collect()
}

/// The source of one form in the binary.
pub fn shipped_form(id: &str) -> Option<FormSource> {
    embedded(id, SHIPPED.get_dir(id)?)
}

fn embedded(id: &str, folder: &Dir<'_>) -> Option<FormSource> {
    let text = |name: &str| -> Option<String> {
        let file = folder.get_file(folder.path().join(name))?;
        file.contents_utf8().map(str::to_owned)
    };
    let examples = folder.get_dir(folder.path().join("examples"));
    let examples = examples
        .into_iter()
        .flat_map(Dir::files)
        .filter_map(|file| {
            let name = file.path().file_name()?.to_str()?.to_owned();
            Some((name, file.contents_utf8()?.to_owned()))
        });
    Some(FormSource {
        id: id.to_owned(),
        schema: text("form.json")?,
        ui: text("ui.json"),
        ui_en: text("ui.en.json"),
        report: text("report.json"),
        examples: examples.collect(),
    })
}

/// Reads a form's folder.
///
/// # Errors
/// When `form.json` is not there, or a file can't be read as UTF-8 or is larger than 4 MB.
pub fn read_folder(folder: &Path) -> io::Result<FormSource> {
    let optional = |name: &str| -> io::Result<Option<String>> {
        match read_text(&folder.join(name)) {
            Ok(text) => Ok(Some(text)),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(e),
        }
    };
    let mut examples = Vec::new();
    for file in entries(&folder.join("examples")) {
        if file.extension().is_some_and(|ending| ending == "json") {
            examples.push((folder_name(&file), read_text(&file)?));
        }
    }
    Ok(FormSource {
        id: folder_name(folder),
        schema: read_text(&folder.join("form.json"))?,
        ui: optional("ui.json")?,
        ui_en: optional("ui.en.json")?,
        report: optional("report.json")?,
        examples,
    })
}

/// A file's text, bounded.
pub(crate) fn read_text(file: &Path) -> io::Result<String> {
    if fs::metadata(file)?.len() > MAX_FILE {
        return Err(io::Error::new(
            io::ErrorKind::FileTooLarge,
            format!("{} fylder mere end 4 MB", file.display()),
        ));
    }
    fs::read_to_string(file)
        .map_err(|e| io::Error::new(e.kind(), format!("{}: {e}", file.display())))
}

/// Folders in `directory` that hold a `form.json`, by name.
fn folders(directory: &Path) -> Vec<std::path::PathBuf> {
    let mut folders = entries(directory);
    folders.retain(|folder| folder.join("form.json").is_file());
    folders
}

fn entries(directory: &Path) -> Vec<std::path::PathBuf> {
    let listed = fs::read_dir(directory).into_iter().flatten().flatten();
    let mut paths: Vec<_> = listed.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

fn folder_name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_form_can_be_used() {
        let library = Library::load(None);
        assert!(library.broken.is_empty(), "{:#?}", library.broken);
        assert!(library.get("spiseforstyrrelser-kommune").is_some());
    }

    #[test]
    fn a_broken_own_form_is_told_of_and_the_others_are_used() {
        let own = tempfile::tempdir().unwrap();
        for (id, schema) in [
            (
                "good",
                r#"{"type":"object","properties":{"a":{"type":"string"}}}"#,
            ),
            ("bad", "{"),
        ] {
            fs::create_dir(own.path().join(id)).unwrap();
            fs::write(own.path().join(id).join("form.json"), schema).unwrap();
        }
        let library = Library::load(Some(own.path()));
        assert!(library.get("good").is_some());
        assert_eq!(library.broken.len(), 1);
        assert_eq!(library.broken[0].0, "bad");
    }

    #[test]
    fn a_directory_that_is_not_there_holds_no_forms() {
        let library = Library::load(Some(Path::new("no/such/directory")));
        assert!(library.broken.is_empty());
    }
}
