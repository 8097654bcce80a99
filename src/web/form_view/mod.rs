//! A form's page in the design system's markup: label, hint, error and control always together.
mod choices;
mod controls;
mod standalone;
mod tables;

use maud::{Markup, PreEscaped, html};
use samsvar_core::forms::{
    ActionView, Block, ErrorLink, GroupView, Language, PageView, RepeatItem, RepeatView,
    SectionView, printable,
};

pub use standalone::{Standalone, page};

/// All sections of the page, each under a heading of the second level; to be put inside a `<form>`.
pub fn fields(page: &PageView, language: Language) -> Markup {
    drawn(page, Words::of(language))
}

/// The page of one section, whose heading is the page's own (`section_head`); to be put inside a `<form>`.
pub fn fields_of_section(page: &PageView, language: Language) -> Markup {
    let words = Words {
        section: 1,
        ..*Words::of(language)
    };
    drawn(page, &words)
}

/// The heading of a page that holds one section, under the form's title.
pub fn section_head(page: &PageView, form_title: &str) -> Markup {
    let Some(section) = page.sections.first() else {
        return html! { h1 { (form_title) } };
    };
    without_controls(html! {
        @if section.title != form_title { p.sv-form-title { (form_title) } }
        h1 id=(head_id(section)) { (section.title) }
    })
}

fn head_id(section: &SectionView) -> String {
    format!("{}-head", section.anchor)
}

fn drawn(page: &PageView, words: &Words) -> Markup {
    let fields = html! {
        (default_button())
        (state_list())
        @if let Some(notice) = &page.notice {
            div.alert.alert-warning { div.alert-body { p.alert-text { (notice) } } }
        }
        @if !page.findings.is_empty() {
            div.sv-form-error #f tabindex="-1" { (messages(&page.findings, "f", words)) }
        }
        @for section in &page.sections { (self::section(section, words)) }
    };
    without_controls(fields)
}

/// An answer or an author may hold characters that no page may.
fn without_controls(markup: Markup) -> Markup {
    PreEscaped(printable(&markup.into_string()))
}

/// The list of errors on top of a page, each a link to its field; nothing when there is none.
pub fn error_summary(links: &[ErrorLink], language: Language) -> Markup {
    if links.is_empty() {
        return html! {};
    }
    let heading = match (language, links.len()) {
        (Language::Da, 1) => "Der er 1 fejl på siden".to_owned(),
        (Language::Da, n) => format!("Der er {n} fejl på siden"),
        (Language::En, 1) => "There is 1 error on the page".to_owned(),
        (Language::En, n) => format!("There are {n} errors on the page"),
    };
    html! {
        div.alert.alert-error.sv-error-summary #fejl role="alert" tabindex="-1" {
            div.alert-body {
                h2.alert-heading { (heading) }
                ul.nobullet-list {
                    @for link in links { li { a href={ "#" (link.id) } { (link.message) } } }
                }
            }
        }
    }
}

/// What pages say around an author's questions, and under which heading.
#[derive(Clone, Copy)]
struct Words {
    language: Language,
    /// The level of a section's heading.
    section: u8,
    required: &'static str,
    error: &'static str,
    show: &'static str,
    choose: &'static str,
    attached: &'static str,
    remove_file: &'static str,
    as_json: &'static str,
    /// What is said before and after the number of characters.
    counted: fn(u64) -> (String, &'static str),
    /// What is said of the characters that are left, or too many; `{}` for how many.
    left: &'static str,
    over: &'static str,
    comment: &'static str,
    known: &'static str,
    taken: &'static str,
    partial: &'static str,
}

impl Words {
    fn of(language: Language) -> &'static Words {
        match language {
            Language::Da => &Words {
                language: Language::Da,
                section: 2,
                required: " (skal udfyldes)",
                error: "Fejl: ",
                show: "Vis næste spørgsmål",
                choose: "Vælg",
                attached: "Vedhæftet:",
                remove_file: "Fjern filen",
                as_json: "Svaret skrives som JSON.",
                counted: |most| {
                    let most = samsvar_core::danish::integer(most as i64);
                    (format!("Højst {most} tegn. Der står nu "), ".")
                },
                left: "Der er plads til {} tegn mere.",
                over: "Der er {} tegn for meget.",
                comment: "Bemærkning",
                known: "Nogle af svarene er kendt i forvejen. De står ved felterne med deres kilde.",
                taken: "Taget med",
                partial: "(ikke alle felter har et tal)",
            },
            Language::En => &Words {
                language: Language::En,
                section: 2,
                required: " (required)",
                error: "Error: ",
                show: "Show the next questions",
                choose: "Choose",
                attached: "Attached:",
                remove_file: "Remove the file",
                as_json: "The answer is written as JSON.",
                counted: |most| (format!("At most {most} characters. There are now "), "."),
                left: "There is room for {} more characters.",
                over: "There are {} characters too many.",
                comment: "Remark",
                known: "Some of the answers are known already. They stand beside the fields with their source.",
                taken: "Taken over",
                partial: "(not all fields hold a number)",
            },
        }
    }
}

/// Enter in a box saves; without this button it would press the first button that adds or removes something.
fn default_button() -> Markup {
    html! {
        button.sv-default type="submit" name="do" value="save" tabindex="-1" aria-hidden="true" {}
    }
}

/// The value states that every figure's box offers.
fn state_list() -> Markup {
    html! {
        datalist #sv-states {
            @for (_, words) in samsvar_core::forms::figure::STATES { option value=(words) {} }
        }
    }
}

fn section(section: &SectionView, words: &Words) -> Markup {
    html! {
        section.sv-section id=(section.anchor) tabindex="-1" aria-labelledby=(head_id(section)) {
            @if words.section > 1 { h2 id=(head_id(section)) { (section.title) } }
            @if let Some(help) = &section.help { (paragraphs(help)) }
            (messages(&section.findings, &section.anchor, words))
            @if let Some(take) = &section.take_known {
                div.sv-known-all { p { (words.known) } (button(take)) }
            }
            (blocks(&section.blocks, words))
        }
    }
}

fn blocks(blocks: &[Block], words: &Words) -> Markup {
    html! {
        @for block in blocks {
            @match block {
                Block::Field(field) => (controls::field(field, words)),
                Block::Group(group) => (self::group(group, words)),
                Block::Repeat(repeat) => (self::repeat(repeat, words)),
                Block::Grid(grid) => (tables::grid(grid, words)),
                Block::Matrix(matrix) => (tables::matrix(matrix, words)),
            }
        }
    }
}

fn group(group: &GroupView, words: &Words) -> Markup {
    let Some(title) = &group.title else {
        return blocks(&group.blocks, words);
    };
    html! {
        fieldset.sv-group id=(group.id) tabindex="-1"
            aria-describedby=[described(&group.id, group.help.is_some(), !group.findings.is_empty())] {
            legend.sv-legend { (heading(group.level, title, words)) }
            (hint(&group.id, group.help.as_deref()))
            (messages(&group.findings, &group.id, words))
            (blocks(&group.blocks, words))
            @for action in group.open.iter().chain(&group.drop) { (button(action)) }
        }
    }
}

fn repeat(repeat: &RepeatView, words: &Words) -> Markup {
    let body = html! {
        (hint(&repeat.id, repeat.help.as_deref().filter(|_| repeat.title.is_some())))
        (messages(&repeat.findings, &repeat.id, words))
        input type="hidden" name=(repeat.count_name) value=(repeat.items.len());
        @for item in &repeat.items { (self::item(item, words)) }
        @if let Some(add) = &repeat.add { div.sv-add { (button(add)) } }
    };
    let invalid = !repeat.findings.is_empty();
    match &repeat.title {
        Some(title) => html! {
            fieldset.sv-group.sv-repeat id=(repeat.id) tabindex="-1"
                aria-describedby=[described(&repeat.id, repeat.help.is_some(), invalid)] {
                legend.sv-legend { (heading(repeat.level, title, words)) }
                (body)
            }
        },
        None => html! { div.sv-repeat id=(repeat.id) tabindex="-1" { (body) } },
    }
}

fn item(item: &RepeatItem, words: &Words) -> Markup {
    html! {
        fieldset.sv-item id={ (item.id) "-item" } tabindex="-1"
            aria-describedby=[described(&item.id, false, !item.findings.is_empty())] {
            legend.sv-legend { (heading(item.level, &item.title, words)) }
            (messages(&item.findings, &item.id, words))
            (blocks(&item.blocks, words))
            @if !item.actions.is_empty() {
                div.sv-item-actions { @for action in &item.actions { (button(action)) } }
            }
        }
    }
}

fn button(action: &ActionView) -> Markup {
    let class = if action.action.starts_with("add") || action.action.starts_with("open") {
        "button button-secondary"
    } else {
        "button button-tertiary"
    };
    html! { button class=(class) type="submit" name="do" value=(action.action) { (action.label) } }
}

/// What is nested in a section begins one level below the section's own heading, and looks the same under either.
fn heading(level: u8, title: &str, words: &Words) -> Markup {
    let class = ["h4", "h5"].get(usize::from(level)).unwrap_or(&"h6");
    match words.section.saturating_add(1).saturating_add(level) {
        0..=2 => html! { h2 class=(class) { (title) } },
        3 => html! { h3 class=(class) { (title) } },
        4 => html! { h4 class=(class) { (title) } },
        5 => html! { h5 class=(class) { (title) } },
        _ => html! { h6 class=(class) { (title) } },
    }
}

fn hint(id: &str, help: Option<&str>) -> Markup {
    html! {
        @if let Some(help) = help { span.form-hint id={ (id) "-hint" } { (lines(help)) } }
    }
}

fn messages(findings: &[String], id: &str, words: &Words) -> Markup {
    html! {
        @if !findings.is_empty() {
            span.form-error-message id={ (id) "-error" } {
                span.sr-only { (words.error) }
                @for (i, finding) in findings.iter().enumerate() {
                    @if i > 0 { br; }
                    (finding)
                }
            }
        }
    }
}

fn described(id: &str, hint: bool, error: bool) -> Option<String> {
    let ids: Vec<String> = [(hint, "hint"), (error, "error")]
        .iter()
        .filter(|(there, _)| *there)
        .map(|(_, what)| format!("{id}-{what}"))
        .collect();
    (!ids.is_empty()).then(|| ids.join(" "))
}

/// Blank lines part paragraphs.
fn paragraphs(text: &str) -> Markup {
    html! {
        @for paragraph in text.split("\n\n").filter(|p| !p.trim().is_empty()) {
            p { (lines(paragraph.trim())) }
        }
    }
}

fn lines(text: &str) -> Markup {
    html! {
        @for (i, line) in text.lines().enumerate() {
            @if i > 0 { (PreEscaped("<br>")) }
            (line)
        }
    }
}
