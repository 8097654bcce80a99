//! The commands for authors of forms: `samsvar form check`, `form render` and `form validate`.
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use samsvar_core::answers::Draft;
use samsvar_core::forms::{Fault, Finding, Form, FormSource, Language, has_errors};
use samsvar_core::tables::check_report;
use serde_json::{Value, json};

use crate::assets;
use crate::forms_library::{read_folder, read_text, shipped, shipped_form};
use crate::web::form_view::{Standalone, page};

/// Something in a form or an answer was found wanting.
const FOUND: u8 = 1;
/// The input could not be read at all.
const UNREADABLE: u8 = 2;

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub enum Tongue {
    #[default]
    Da,
    En,
}

impl From<Tongue> for Language {
    fn from(tongue: Tongue) -> Language {
        match tongue {
            Tongue::Da => Language::Da,
            Tongue::En => Language::En,
        }
    }
}

/// Explains every fault of a form with its file and place.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Form folders, `form.json` files or ids of built-in forms; all built-in forms if none is given.
    pub forms: Vec<PathBuf>,
}

/// Writes a form as a complete HTML page to standard output.
#[derive(Debug, Args)]
pub struct RenderArgs {
    /// A JSON Schema of an object.
    pub form: PathBuf,
    /// The UI document.
    #[arg(long)]
    pub ui: Option<PathBuf>,
    /// Answers to fill in.
    #[arg(long)]
    pub answers: Option<PathBuf>,
    #[arg(long, value_enum, default_value_t)]
    pub lang: Tongue,
    /// Show what is missing or wrong in the answers.
    #[arg(long)]
    pub check: bool,
}

/// Prints findings as JSON lines, in the order of the files.
#[derive(Debug, Args)]
pub struct ValidateArgs {
    /// A JSON Schema.
    pub form: PathBuf,
    /// Files with answers; `-` is standard input.
    #[arg(required = true)]
    pub answers: Vec<PathBuf>,
    #[arg(long, value_enum, default_value_t)]
    pub lang: Tongue,
    /// Let `format` only annotate, as the specification has it by default.
    #[arg(long)]
    pub format_annotation: bool,
}

/// `samsvar form check`: 0 when no form has an error, 1 when one has, 2 when one can't be read.
pub fn check(args: &CheckArgs) -> ExitCode {
    let mut outcome = 0;
    let mut out = String::new();
    let sources: Vec<(String, io::Result<FormSource>)> = if args.forms.is_empty() {
        shipped()
            .into_iter()
            .map(|s| (s.id.clone(), Ok(s)))
            .collect()
    } else {
        args.forms
            .iter()
            .map(|path| (path.display().to_string(), source(path)))
            .collect()
    };
    for (name, source) in sources {
        match source {
            Ok(source) => {
                let faults = Form::check(&source, judge_report);
                out.push_str(&told(&name, &faults));
                outcome = outcome.max(if has_errors(&faults) { FOUND } else { 0 });
            }
            Err(e) => {
                out.push_str(&format!("{name}: kan ikke læses: {e}\n"));
                outcome = UNREADABLE;
            }
        }
    }
    print(&out, outcome)
}

/// `samsvar form render`: 0 with the page on standard output, 1 when nothing of the form can be drawn, 2 when a file can't be read.
pub fn render(args: &RenderArgs) -> ExitCode {
    match rendered(args) {
        Ok(html) => print(&html, 0),
        Err(refusal) => refusal.told(),
    }
}

/// `samsvar form validate`: 0 when nothing is found, 1 when something is, 2 when a file can't be read.
pub fn validate(args: &ValidateArgs) -> ExitCode {
    let read = read_source(&args.form, None)
        .and_then(|source| Form::read(&source).map_err(Refusal::Faulty));
    let form = match read {
        Ok(form) => form,
        Err(refusal) => {
            refusal.told();
            return ExitCode::from(UNREADABLE);
        }
    };
    let mut outcome = 0;
    let mut out = String::new();
    for path in &args.answers {
        let answers = match read_json(path) {
            Ok(answers) => answers,
            Err(refusal) => {
                refusal.told();
                outcome = UNREADABLE;
                continue;
            }
        };
        let findings = if args.format_annotation {
            form.validate_json_without_formats(&answers, args.lang.into())
        } else {
            form.validate_json(&answers, args.lang.into())
        };
        if !findings.is_empty() {
            outcome = outcome.max(FOUND);
        }
        out.extend(findings.iter().map(|finding| line(finding, path, args)));
    }
    print(&out, outcome)
}

/// One JSON line; it names its file when there are several.
fn line(finding: &Finding, path: &Path, args: &ValidateArgs) -> String {
    let mut line = json!({
        "pointer": finding.pointer,
        "keyword": finding.keyword,
        "message": finding.message,
    });
    if let (Some(line), true) = (line.as_object_mut(), args.answers.len() > 1) {
        line.insert("file".to_owned(), Value::from(path.display().to_string()));
    }
    format!("{line}\n")
}

/// Why a command could not do its work.
enum Refusal {
    Unreadable(String),
    Faulty(Vec<Fault>),
}

impl Refusal {
    fn told(&self) -> ExitCode {
        let (text, code) = match self {
            Refusal::Unreadable(why) => (format!("{why}\n"), UNREADABLE),
            Refusal::Faulty(faults) => {
                let lines: String = faults.iter().map(|fault| format!("{fault}\n")).collect();
                (lines, FOUND)
            }
        };
        // Nobody is left to tell when standard error is closed.
        let _ = io::stderr().write_all(text.as_bytes());
        ExitCode::from(code)
    }
}

fn rendered(args: &RenderArgs) -> Result<String, Refusal> {
    let form = as_far_as_possible(read_source(&args.form, args.ui.as_deref())?)?;
    let draft = match &args.answers {
        Some(path) => Draft::of(read_json(path)?),
        None => form.begun(),
    };
    let language = args.lang.into();
    let findings = if args.check {
        form.validate(&draft, language)
    } else {
        Vec::new()
    };
    let html = page(&Standalone {
        form: &form,
        draft: &draft,
        findings: &findings,
        language,
        stylesheet: Some(assets::STYLES),
    });
    Ok(html.into_string())
}

/// The form in a file or a folder; the folder's UI documents count unless another is given.
fn read_source(path: &Path, ui: Option<&Path>) -> Result<FormSource, Refusal> {
    let unreadable = |e: io::Error| Refusal::Unreadable(format!("{}: {e}", path.display()));
    let mut source = source(path).map_err(unreadable)?;
    if let Some(ui) = ui {
        source.ui = Some(read_text(ui).map_err(|e| Refusal::Unreadable(e.to_string()))?);
        source.ui_en = ui
            .with_extension("en.json")
            .is_file()
            .then(|| read_text(&ui.with_extension("en.json")))
            .transpose()
            .map_err(|e| Refusal::Unreadable(e.to_string()))?;
    }
    let source = FormSource {
        report: None,
        ..source
    };
    Ok(source)
}

/// The form without the places that it can't be used for, such as a `$ref` that leads outside: an
/// author sees the rest of the page, and on standard error what was left out.
fn as_far_as_possible(source: FormSource) -> Result<Form, Refusal> {
    let (form, left_out) = Form::read_mended(source).map_err(Refusal::Faulty)?;
    if !left_out.is_empty() {
        Refusal::Faulty(left_out).told();
    }
    Ok(form)
}

/// Judges a report definition against the form that it stands beside.
pub fn judge_report(form: &Form, report: &Value) -> Vec<Fault> {
    let exists = |pointer: &str| form.is_field(pointer);
    check_report(&exists, report)
        .into_iter()
        .map(|(pointer, message)| Fault::error("report.json", &pointer, message))
        .collect()
}

/// A folder, a `form.json` in its folder, another schema file, or the id of a built-in form.
fn source(path: &Path) -> io::Result<FormSource> {
    if path.is_dir() {
        return read_folder(path);
    }
    if path.is_file() {
        let in_its_folder = path.file_name().is_some_and(|name| name == "form.json");
        return match path.parent() {
            Some(folder) if in_its_folder && folder.is_dir() => read_folder(folder),
            _ => single(path),
        };
    }
    path.to_str().and_then(shipped_form).ok_or_else(|| {
        let why = "hverken en mappe, en fil eller en indbygget formular";
        io::Error::new(io::ErrorKind::NotFound, why)
    })
}

fn single(path: &Path) -> io::Result<FormSource> {
    let stem = path.file_stem().unwrap_or(path.as_os_str());
    Ok(FormSource {
        id: stem.to_string_lossy().into_owned(),
        schema: read_text(path)?,
        ..FormSource::default()
    })
}

fn read_json(path: &Path) -> Result<Value, Refusal> {
    let text = if path == Path::new("-") {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        fs::read_to_string(path)
    };
    let unreadable = |why: &dyn std::fmt::Display| {
        Refusal::Unreadable(format!("{}: kan ikke læses: {why}", path.display()))
    };
    let text = text.map_err(|e| unreadable(&e))?;
    serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|e| unreadable(&e))
}

fn told(name: &str, faults: &[Fault]) -> String {
    if faults.is_empty() {
        return format!("{name}: i orden\n");
    }
    faults
        .iter()
        .map(|fault| format!("{name}/{fault}\n"))
        .collect()
}

/// A closed pipe (`| head`) is no failure of ours.
fn print(text: &str, outcome: u8) -> ExitCode {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => ExitCode::from(outcome),
        Err(e) if e.kind() == io::ErrorKind::BrokenPipe => ExitCode::from(outcome),
        Err(_) => ExitCode::from(UNREADABLE),
    }
}
