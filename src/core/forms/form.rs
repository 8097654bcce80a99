//! A form that can be shown, answered and judged.
use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::Value;

use super::findings;
use super::layout::{Given, Kind, Layout, Node, layout};
use super::prune;
use super::reading::{self, Posted};
use super::schema::Schema;
use super::sections;
use super::ui::Ui;
use super::{
    AnswerSection, ErrorLink, FieldInfo, Finding, Language, PageView, SectionHead, actions,
    beginning, codebook, listing, page,
};
use crate::answers::{Draft, Known};

/// A form that can be shown, answered and judged.
#[derive(Debug)]
pub struct Form {
    pub(crate) id: String,
    pub(crate) version: String,
    pub(crate) schema: Schema,
    /// The UI document in Danish, and with the English overlay.
    pub(crate) ui: Value,
    pub(crate) ui_en: Value,
    pub(crate) report: Option<Value>,
    /// Names of properties that other questions depend on.
    pub(crate) governing: HashSet<String>,
}

impl Form {
    pub fn id(&self) -> &str {
        &self.id
    }

    /// SHA-256 (hex) of the form's documents; examples are not part of it.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// `form.json` as written.
    pub fn schema(&self) -> &Value {
        self.schema.document()
    }

    /// The report definition as written.
    pub fn report(&self) -> Option<&Value> {
        self.report.as_ref()
    }

    pub fn title(&self, language: Language) -> String {
        self.ui(language)
            .text("title")
            .or_else(|| self.schema().get("title")?.as_str())
            .unwrap_or(&self.id)
            .to_owned()
    }

    /// The text above the first question.
    pub fn description(&self, language: Language) -> Option<String> {
        let ui = self.ui(language);
        ui.text("description")
            .or_else(|| ui.text("help"))
            .or_else(|| self.schema().get("description")?.as_str())
            .map(str::to_owned)
    }

    /// What nobody has touched yet: blank, but for the answers that the schema gives as `default`.
    pub fn begun(&self) -> Draft {
        beginning::begun(self)
    }

    /// The visible sections in order; never empty.
    pub fn sections(
        &self,
        draft: &Draft,
        findings: &[Finding],
        language: Language,
    ) -> Vec<SectionHead> {
        let live = self.live(draft);
        let layout = self.layout(&live, draft, language);
        sections::heads(&self.sectioned(&layout, language), draft, &live, findings)
    }

    /// One section's page; `None` when no such section is visible now.
    pub fn section(
        &self,
        section: &str,
        draft: &Draft,
        findings: &[Finding],
        language: Language,
    ) -> Option<PageView> {
        let live = self.live(draft);
        let layout = self.layout(&live, draft, language);
        let (here, elsewhere): (Vec<_>, Vec<_>) = self
            .sectioned(&layout, language)
            .into_iter()
            .partition(|s| s.id == section);
        let findings: Vec<Finding> = findings
            .iter()
            .filter(|f| !elsewhere.iter().any(|s| s.holds(&f.pointer)))
            .cloned()
            .collect();
        (!here.is_empty()).then(|| {
            page::view(
                &self.schema,
                &layout,
                &here,
                draft,
                &live,
                &findings,
                language,
            )
        })
    }

    /// All visible sections on one page.
    pub fn page(&self, draft: &Draft, findings: &[Finding], language: Language) -> PageView {
        let live = self.live(draft);
        let layout = self.layout(&live, draft, language);
        let sections = self.sectioned(&layout, language);
        page::view(
            &self.schema,
            &layout,
            &sections,
            draft,
            &live,
            findings,
            language,
        )
    }

    /// What was posted from the page of `section` (from the page of all with `None`), laid over `base`.
    ///
    /// Fields not on that page are untouched, names that the page did not have are ignored, and so
    /// are items beyond the thousandth. A text of more than 100.000 characters is kept whole among
    /// the unread ones.
    pub fn read_post(
        &self,
        section: Option<&str>,
        pairs: &[(String, String)],
        base: &Draft,
    ) -> Draft {
        reading::read_post(self, section, &Posted::of(pairs), base)
    }

    /// The draft with the organisations in it under their official names, as `official` knows them of some kinds.
    pub fn with_official_names(
        &self,
        draft: Draft,
        official: &dyn Fn(&[String], &str) -> Option<String>,
    ) -> Draft {
        let live = self.live(&draft);
        let layout = self.layout(&live, &draft, Language::Da);
        let mut named = draft.clone();
        layout.root.walk(&mut |node| {
            let asks = node.ui.widget() == Some("organisation") && !node.read_only;
            let text = draft.answers.pointer(&node.pointer).and_then(Value::as_str);
            let Some(text) = text.filter(|_| asks) else {
                return;
            };
            let kinds: Vec<String> = node.ui.list("kinds").map(str::to_owned).collect();
            if let Some(name) = official(&kinds, text).filter(|name| name != text) {
                super::pointer::put(&mut named.answers, &node.pointer, Some(Value::from(name)));
            }
        });
        named
    }

    /// Carries out the `do` button (`add:/offers`, `remove:/offers/1`, `up:…`, `down:…`, `open:…`, `drop:…`, and `same:…`, which takes over what is known) on what was read from the same post.
    ///
    /// `show:…` and what is not possible change nothing.
    pub fn apply_action(&self, draft: &Draft, action: &str) -> Draft {
        let mut draft = draft.clone();
        // What is taken over may open questions that are known as well.
        for _ in 0..4 {
            let live = self.live(&draft);
            let layout = self.layout(&live, &draft, Language::Da);
            let next = actions::apply(&self.schema, &layout, &draft, action);
            let settled = next == draft || !action.starts_with("same:");
            draft = next;
            if settled {
                break;
            }
        }
        draft
    }

    /// Pointers of the questions in `section` that `after` opened and that are blank: the page is to be shown once more.
    pub fn opened(&self, section: Option<&str>, before: &Draft, after: &Draft) -> Vec<String> {
        let asked = |draft: &Draft| -> Vec<(String, bool)> {
            let live = self.live(draft);
            let layout = self.layout(&live, draft, Language::Da);
            let mut found = Vec::new();
            for node in self.nodes_of(&layout, section) {
                node.walk(&mut |node| {
                    if matches!(node.kind, Kind::Leaf(_)) || !node.choices.is_empty() {
                        let answered = live.pointer(&node.pointer).is_some()
                            || draft.unread.contains_key(&node.pointer);
                        found.push((node.pointer.clone(), answered));
                    }
                });
            }
            found
        };
        let old: HashSet<String> = asked(before).into_iter().map(|(p, _)| p).collect();
        asked(after)
            .into_iter()
            .filter(|(pointer, answered)| !answered && !old.contains(pointer))
            .map(|(pointer, _)| pointer)
            .collect()
    }

    /// Findings on what would be submitted, and texts that could not be read.
    pub fn validate(&self, draft: &Draft, language: Language) -> Vec<Finding> {
        findings::of_draft(self, draft, language)
    }

    /// The bare judgement of the schema: instance pointers and keywords as the validator says.
    pub fn validate_json(&self, answers: &Value, language: Language) -> Vec<Finding> {
        findings::of_json(self, self.schema.judge(), answers, language)
    }

    /// The same with `format` as a mere annotation, as the specification has it by default.
    pub fn validate_json_without_formats(
        &self,
        answers: &Value,
        language: Language,
    ) -> Vec<Finding> {
        match self.schema.judge_without_formats() {
            Some(judge) => findings::of_json(self, &judge, answers, language),
            None => Vec::new(),
        }
    }

    /// What is submitted: visible answers only, and what the schema leaves no choice about.
    pub fn submission_of(&self, draft: &Draft) -> Value {
        let live = self.live(draft);
        let layout = prune::plain_layout(&self.schema, &live, &draft.choices);
        prune::submission(&layout.root, live)
    }

    /// Answers that [`Form::submission_of`] leaves out, as pointer and label, for the review page.
    pub fn dropped(&self, draft: &Draft, language: Language) -> Vec<(String, String)> {
        listing::dropped(self, draft, language)
    }

    /// Every question of the form in every branch: the codebook.
    pub fn fields(&self, language: Language) -> Vec<FieldInfo> {
        codebook::fields(self, language)
    }

    /// Whether one answer stands at `pointer`, although its value may be an object or a list.
    pub fn is_field(&self, pointer: &str) -> bool {
        codebook::place_of(self, pointer).is_some()
    }

    /// The answers in words, section by section.
    pub fn answered_list(&self, answers: &Value, language: Language) -> Vec<AnswerSection> {
        listing::answered(self, answers, language)
    }

    /// The same, with what was known before beside each answer that it was about.
    pub fn answered_list_beside(
        &self,
        answers: &Value,
        known: &BTreeMap<String, Known>,
        language: Language,
    ) -> Vec<AnswerSection> {
        listing::answered_beside(self, answers, Some(known), language)
    }

    /// One value in the words of the question at `pointer`: a choice by its label, a number as Danes write it.
    pub fn value_text(&self, pointer: &str, value: &Value, language: Language) -> String {
        listing::value_text(self, pointer, value, language)
    }

    /// The title of the field at `pointer`, array indexes allowed.
    pub fn field_title(&self, pointer: &str, language: Language) -> Option<String> {
        codebook::title(self, pointer, language)
    }

    /// Where each finding leads: the error summary of one page, or of all.
    pub fn error_links(
        &self,
        draft: &Draft,
        findings: &[Finding],
        language: Language,
    ) -> Vec<ErrorLink> {
        let live = self.live(draft);
        let layout = self.layout(&live, draft, language);
        let sections = self.sectioned(&layout, language);
        let fields = findings::Fields::of(&layout);
        let told: Vec<Finding> = findings.iter().map(|f| fields.with_name(f)).collect();
        page::error_links(&self.schema, &sections, draft, &live, &told, language)
    }
}

impl Form {
    pub(crate) fn ui(&self, language: Language) -> Ui<'_> {
        match language {
            Language::Da => Ui::of(&self.ui),
            Language::En => Ui::of(&self.ui_en),
        }
    }

    pub(crate) fn live(&self, draft: &Draft) -> Value {
        prune::live(&self.schema, &draft.answers, &draft.choices)
    }

    pub(crate) fn layout<'s>(
        &'s self,
        live: &Value,
        draft: &Draft,
        language: Language,
    ) -> Layout<'s> {
        self.drawn(live, draft, &HashMap::new(), language)
    }

    pub(crate) fn posted_layout<'s>(
        &'s self,
        live: &Value,
        draft: &Draft,
        counts: &HashMap<String, usize>,
    ) -> Layout<'s> {
        self.drawn(live, draft, counts, Language::Da)
    }

    fn drawn<'s>(
        &'s self,
        live: &Value,
        draft: &Draft,
        counts: &HashMap<String, usize>,
        language: Language,
    ) -> Layout<'s> {
        layout(
            &self.schema,
            &Given {
                ui: self.ui(language),
                answers: live,
                choices: &draft.choices,
                counts,
                governing: Some(&self.governing),
                everything: false,
                english: language == Language::En,
            },
        )
    }

    pub(crate) fn sectioned<'n, 's>(
        &self,
        layout: &'n Layout<'s>,
        language: Language,
    ) -> Vec<sections::Section<'n, 's>> {
        sections::of(layout, self.ui(language), &self.title(language), language)
    }

    /// The nodes on the page of `section`.
    pub(crate) fn nodes_of<'n, 's>(
        &self,
        layout: &'n Layout<'s>,
        section: Option<&str>,
    ) -> Vec<&'n Node<'s>> {
        self.sectioned(layout, Language::Da)
            .into_iter()
            .filter(|s| section.is_none_or(|wanted| s.id == wanted))
            .flat_map(|s| s.nodes)
            .collect()
    }
}
