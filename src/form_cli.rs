//! `samsvar form check|render|validate`: a form on the command line, before anybody is invited.
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use samsvar_core::answers::Draft;
use samsvar_core::forms::{Fault, Form, FormSource, Language, Severity};
use serde_json::Value;

use crate::forms_library::{built_in, built_in_ids, judge_report, read_folder, read_text};
use crate::web::assets;
use crate::web::form_view::{Standalone, page};

#[derive(Args)]
pub struct CheckArgs {
    /// A form's folder, a schema file, or the id of a built-in form [default: all built-in forms]
    forms: Vec<String>,
}

#[derive(Args)]
pub struct RenderArgs {
    /// A schema file, a form's folder, or the id of a built-in form
    form: String,
    /// A UI document (RJSF uiSchema)
    #[arg(long, value_name = "UI.json")]
    ui: Option<PathBuf>,
    /// Answers to show in the form
    #[arg(long, value_name = "A.json")]
    answers: Option<PathBuf>,
    #[arg(long, value_enum, default_value = "da")]
    lang: Lang,
    /// Mark what is wrong or missing in the answers
    #[arg(long)]
    check: bool,
}

#[derive(Args)]
pub struct ValidateArgs {
    /// A schema file, a form's folder, or the id of a built-in form
    form: String,
    /// Files with answers
    #[arg(required = true)]
    answers: Vec<PathBuf>,
    #[arg(long, value_enum, default_value = "da")]
    lang: Lang,
    /// Take `format` as a mere annotation, as JSON Schema has it by default
    #[arg(long)]
    no_formats: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Lang {
    Da,
    En,
}

impl From<Lang> for Language {
    fn from(lang: Lang) -> Self {
        match lang {
            Lang::Da => Self::Da,
            Lang::En => Self::En,
        }
    }
}

/// Exit 0 when no form has an error, 1 when one has, 2 when one can't be read.
pub fn check(args: CheckArgs) -> ExitCode {
    let wanted = if args.forms.is_empty() { built_in_ids().collect() } else { args.forms };
    let mut worst = 0;
    for name in wanted {
        worst = worst.max(match source_of(&name) {
            Ok(source) => check_one(&source),
            Err(why) => complain(&why),
        });
    }
    ExitCode::from(worst)
}

/// Exit 0 with the page on standard output, 1 when the form has errors, 2 when a file can't be read.
pub fn render(args: RenderArgs) -> ExitCode {
    let mut source = match source_of(&args.form) {
        Ok(source) => source,
        Err(why) => return ExitCode::from(complain(&why)),
    };
    if let Some(path) = &args.ui {
        match read_text(path) {
            Ok(text) => source.ui = Some(text),
            Err(why) => return ExitCode::from(complain(&why)),
        }
    }
    let form = match Form::read(&source) {
        Ok(form) => form,
        Err(faults) => return ExitCode::from(list(&source.id, &faults)),
    };
    let draft = match args.answers.as_deref().map(answers_in).transpose() {
        Ok(answers) => answers.map(Draft::of).unwrap_or_default(),
        Err(why) => return ExitCode::from(complain(&why)),
    };
    let language = args.lang.into();
    let findings = if args.check { form.validate(&draft, language) } else { Vec::new() };
    let standalone =
        Standalone { form: &form, draft: &draft, findings: &findings, language, stylesheet: Some(assets::STYLES) };
    print(&page(&standalone).into_string());
    ExitCode::SUCCESS
}

/// Findings as JSON lines. Exit 0 when there are none, 1 when there are, 2 when something can't be read.
pub fn validate(args: ValidateArgs) -> ExitCode {
    let source = match source_of(&args.form) {
        Ok(source) => source,
        Err(why) => return ExitCode::from(complain(&why)),
    };
    let form = match Form::read(&source) {
        Ok(form) => form,
        Err(faults) => {
            list(&source.id, &faults);
            return ExitCode::from(2);
        }
    };
    let mut worst = 0;
    for path in &args.answers {
        worst = worst.max(match value_in(path) {
            Ok(answers) => validate_one(&form, &answers, &args),
            Err(why) => complain(&why),
        });
    }
    ExitCode::from(worst)
}

fn check_one(source: &FormSource) -> u8 {
    let faults = Form::check(source, judge_report);
    if faults.is_empty() {
        print(&format!("{}: ok", source.id));
        return 0;
    }
    list(&source.id, &faults)
}

fn validate_one(form: &Form, answers: &Value, args: &ValidateArgs) -> u8 {
    let language = args.lang.into();
    let findings = if args.no_formats {
        form.validate_json_without_formats(answers, language)
    } else {
        form.validate_json(answers, language)
    };
    for finding in &findings {
        let line = serde_json::json!({"pointer": finding.pointer, "keyword": finding.keyword, "message": finding.message});
        print(&line.to_string());
    }
    u8::from(!findings.is_empty())
}

/// Prints each fault as `form/file#pointer: error: message`; 1 when one of them is an error.
fn list(id: &str, faults: &[Fault]) -> u8 {
    for fault in faults {
        let severity = match fault.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        print(&format!("{id}/{}#{}: {severity}: {}", fault.file, fault.pointer, fault.message));
    }
    u8::from(faults.iter().any(|f| f.severity == Severity::Error))
}

/// A folder, a file, or a built-in id; a file's neighbour `ui.json` belongs to it when it is called `form.json`.
fn source_of(name: &str) -> Result<FormSource, String> {
    let path = Path::new(name);
    if path.is_dir() {
        return read_folder(path);
    }
    if path.file_name().is_some_and(|n| n == "form.json") && path.is_file() {
        return read_folder(path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new(".")));
    }
    if path.exists() {
        let id = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
        return Ok(FormSource { id, schema: read_text(path)?, ..FormSource::default() });
    }
    built_in(name).ok_or_else(|| {
        let ids: Vec<String> = built_in_ids().collect();
        format!("{name}: no such file, folder or built-in form; the built-in forms are {}", ids.join(", "))
    })
}

fn answers_in(path: &Path) -> Result<Value, String> {
    match value_in(path)? {
        answers @ Value::Object(_) => Ok(answers),
        _ => Err(format!("{}: answers must be a JSON object", path.display())),
    }
}

fn value_in(path: &Path) -> Result<Value, String> {
    serde_json::from_str(&read_text(path)?).map_err(|e| format!("{}: not JSON: {e}", path.display()))
}

fn complain(why: &str) -> u8 {
    let _ = writeln!(std::io::stderr().lock(), "{why}");
    2
}

/// A closed pipe is the reader's choice, not a fault.
fn print(text: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}
