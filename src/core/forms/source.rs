//! A form as its author wrote it, read and refused as a whole.
use serde_json::Value;

use super::{AnswerSection, ErrorLink, FieldInfo, Finding, Language, PageView, SectionHead};
use crate::answers::Draft;

/// The files of a form's folder, as text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FormSource {
    /// The folder's name.
    pub id: String,
    /// `form.json`.
    pub schema: String,
    /// `ui.json`.
    pub ui: Option<String>,
    /// `ui.en.json`, laid over `ui.json`.
    pub ui_en: Option<String>,
    /// `report.json`.
    pub report: Option<String>,
    /// `examples/*.json` by file name.
    pub examples: Vec<(String, String)>,
}

/// Something the form's author should change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Name in the form's folder, such as `ui.json`.
    pub file: String,
    /// JSON Pointer into that file.
    pub pointer: String,
    pub severity: Severity,
    pub message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Warning,
    /// The form can't be used.
    Error,
}

/// A form that can be shown, answered and judged.
#[derive(Debug)]
pub struct Form {
    id: String,
    version: String,
    schema: Value,
    report: Option<Value>,
}

impl Form {
    /// Errors only; warnings are [`Form::check`]'s.
    pub fn read(_source: &FormSource) -> Result<Form, Vec<Fault>> {
        Err(Vec::new())
    }

    /// Every fault and warning of a form, its examples tried, its report definition judged by `check_report`.
    pub fn check(
        _source: &FormSource,
        _check_report: fn(&Form, &Value) -> Vec<Fault>,
    ) -> Vec<Fault> {
        Vec::new()
    }

    pub fn id(&self) -> &str {
        &self.id
    }

    /// SHA-256 (hex) of the form's documents; examples are not part of it.
    pub fn version(&self) -> &str {
        &self.version
    }

    pub fn schema(&self) -> &Value {
        &self.schema
    }

    /// The report definition as written.
    pub fn report(&self) -> Option<&Value> {
        self.report.as_ref()
    }

    pub fn title(&self, _language: Language) -> String {
        String::new()
    }

    /// The text above the first question.
    pub fn description(&self, _language: Language) -> Option<String> {
        None
    }

    /// The visible sections in order; never empty.
    pub fn sections(
        &self,
        _draft: &Draft,
        _findings: &[Finding],
        _language: Language,
    ) -> Vec<SectionHead> {
        Vec::new()
    }

    /// One section's page; `None` when no such section is visible now.
    pub fn section(
        &self,
        _section: &str,
        _draft: &Draft,
        _findings: &[Finding],
        _language: Language,
    ) -> Option<PageView> {
        None
    }

    /// All visible sections on one page.
    pub fn page(&self, _draft: &Draft, _findings: &[Finding], _language: Language) -> PageView {
        PageView::default()
    }

    /// What was posted from the page of `section` (from the page of all with `None`), laid over `base`.
    ///
    /// Fields not on that page are untouched; names that the page did not have are ignored.
    pub fn read_post(
        &self,
        _section: Option<&str>,
        _pairs: &[(String, String)],
        base: &Draft,
    ) -> Draft {
        base.clone()
    }

    /// Carries out the `do` button (`add:/offers`, `remove:/offers/1`, `up:…`, `down:…`, `show:…`) on what was read from the same post.
    pub fn apply_action(&self, draft: &Draft, _action: &str) -> Draft {
        draft.clone()
    }

    /// The pages's questions that `after` opened and that are not answered yet: stay on the page and show them.
    pub fn opened(&self, _section: Option<&str>, _before: &Draft, _after: &Draft) -> Vec<String> {
        Vec::new()
    }

    /// Findings on what would be submitted, and texts that could not be read.
    pub fn validate(&self, _draft: &Draft, _language: Language) -> Vec<Finding> {
        Vec::new()
    }

    /// The bare judgement of the schema: instance pointers and keywords as the validator says.
    pub fn validate_json(&self, _answers: &Value, _language: Language) -> Vec<Finding> {
        Vec::new()
    }

    /// The answers that are visible now: those in closed branches are left out.
    pub fn submission_of(&self, answers: &Value) -> Value {
        answers.clone()
    }

    /// Answers that [`Form::submission_of`] leaves out, as pointer and label, for the review page.
    pub fn dropped(&self, _draft: &Draft, _language: Language) -> Vec<(String, String)> {
        Vec::new()
    }

    /// Every question of the form in every branch: the codebook.
    pub fn fields(&self, _language: Language) -> Vec<FieldInfo> {
        Vec::new()
    }

    /// The answers in words, section by section.
    pub fn answered_list(&self, _answers: &Value, _language: Language) -> Vec<AnswerSection> {
        Vec::new()
    }

    /// The title of the field at `pointer`, array indexes allowed.
    pub fn field_title(&self, _pointer: &str, _language: Language) -> Option<String> {
        None
    }

    /// Where each finding leads: the error summary of one page, or of all.
    pub fn error_links(
        &self,
        _draft: &Draft,
        _findings: &[Finding],
        _language: Language,
    ) -> Vec<ErrorLink> {
        Vec::new()
    }
}
