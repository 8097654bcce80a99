//! One question and its control.
use maud::{Markup, html};
use samsvar_core::forms::{Control, FieldView, FileView, OptionView, TextInput};

use super::{Words, choices, described, hint, messages};

pub(super) fn field(field: &FieldView, words: &Words) -> Markup {
    html! {
        @match &field.control {
            Control::Hidden { value } => input type="hidden" name=(field.name) value=(value);,
            Control::Radio(options) => (choices::radios(field, options, words)),
            Control::Checkboxes(options) => (choices::boxes(field, options, words)),
            Control::Checkbox(option) => (choices::one_box(field, option, words)),
            Control::Fixed { text } => (fixed(field, text)),
            Control::Computed { .. } => (computed(field, words)),
            Control::File { current, accept } => (file(field, current.as_ref(), accept.as_deref(), words)),
            _ => (labelled(field, words)),
        }
        (beside(field, words))
        (follow_up(field, words))
    }
}

/// What belongs to the answer without being it: the known one to take over, and the box for a remark.
pub(super) fn beside(field: &FieldView, words: &Words) -> Markup {
    html! {
        @if let Some(known) = &field.known {
            div.sv-known {
                span { (known.source) ": " strong { (known.text) } }
                @match &known.take {
                    Some(take) => button.button.button-tertiary.sv-take type="submit" name="do" value=(take.action)
                        aria-label={ (take.label) ": " (field.label) } { (take.label) },
                    None => span.sv-taken { (words.taken) },
                }
            }
        }
        @if let Some(comment) = &field.comment {
            details.sv-comment open[!comment.text.is_empty() || !field.findings.is_empty()] {
                summary { (words.comment) span.sr-only { ": " (field.label) } }
                label.sr-only for=(comment.id) { (words.comment) ": " (field.label) }
                input.form-input id=(comment.id) name=(comment.name) type="text" value=(comment.text) autocomplete="off";
            }
        }
    }
}

/// Questions that hang on this answer come with a press of this button, with script or without.
fn follow_up(field: &FieldView, words: &Words) -> Markup {
    html! {
        @if field.governs {
            button.button.button-tertiary.sv-show type="submit" name="do" value={ "show:" (field.pointer) } {
                (words.show)
            }
        }
    }
}

fn labelled(field: &FieldView, words: &Words) -> Markup {
    let notes = Notes::of(field, words);
    html! {
        div.form-group.form-error[notes.error] data-governs=[field.governs.then_some("")] {
            label.form-label for=(field.id) { (label(field, words)) }
            (hint(&field.id, notes.hint.as_deref()))
            (messages(&field.findings, &field.id, words))
            (control(field, &notes, words))
        }
    }
}

pub(super) fn label(field: &FieldView, words: &Words) -> Markup {
    html! {
        (field.label)
        @if field.required { span.weight-normal { (words.required) } }
    }
}

/// What is said beside the control.
pub(super) struct Notes {
    pub hint: Option<String>,
    pub described: Option<String>,
    pub error: bool,
    /// Something is wrong here or with what is around it.
    pub invalid: bool,
}

impl Notes {
    pub fn of(field: &FieldView, words: &Words) -> Notes {
        let limit = matches!(field.control, Control::Json { .. }).then(|| words.as_json.to_owned());
        let counted = matches!(
            field.control,
            Control::LongText {
                max_length: Some(_),
                ..
            }
        );
        let hint = match (&field.help, limit) {
            (Some(help), Some(limit)) => Some(format!("{help}\n{limit}")),
            (help, limit) => help.clone().or(limit),
        };
        let error = !field.findings.is_empty();
        let ids: Vec<String> = described(&field.id, hint.is_some(), error)
            .into_iter()
            .chain(counted.then(|| format!("{}-count", field.id)))
            .chain(field.blamed_by.iter().cloned())
            .collect();
        Notes {
            described: (!ids.is_empty()).then(|| ids.join(" ")),
            hint,
            error,
            invalid: error || !field.blamed_by.is_empty(),
        }
    }
}

/// How long the text may be and is; a page with script counts along, and says so once the keys rest.
fn count(field: &FieldView, most: u64, value: &str, words: &Words) -> Markup {
    let number = |n: usize| samsvar_core::danish::integer(n as i64);
    let (before, after) = (words.counted)(most);
    html! {
        span.form-hint id={ (field.id) "-count" } {
            (before) span data-count=(field.id) { (number(value.chars().count())) } (after)
        }
        span.sr-only id={ (field.id) "-left" } role="status" data-left=(words.left) data-over=(words.over) {}
    }
}

/// The bare control, for a labelled field or a table's cell.
pub(super) fn control(field: &FieldView, notes: &Notes, words: &Words) -> Markup {
    match &field.control {
        Control::LongText {
            value,
            rows,
            max_length,
        } => html! {
            @if let Some(most) = max_length { (count(field, *most, value, words)) }
            textarea.form-input.sv-long id=(field.id) name=(field.name) rows=(rows) data-max=[*max_length]
                readonly[field.read_only]
                aria-describedby=[notes.described.as_deref()]
                aria-invalid=[notes.invalid.then_some("true")]
                aria-required=[field.required.then_some("true")] {
                // A browser drops the first line break after the tag.
                "\n" (value)
            }
        },
        Control::Json { value } => html! {
            textarea.form-input.sv-code id=(field.id) name=(field.name) rows="6" spellcheck="false" autocomplete="off"
                readonly[field.read_only]
                aria-describedby=[notes.described.as_deref()]
                aria-invalid=[notes.invalid.then_some("true")]
                aria-required=[field.required.then_some("true")] { "\n" (value) }
        },
        Control::Select(options) => html! {
            select.form-select id=(field.id) name=(field.name)
                aria-describedby=[notes.described.as_deref()]
                aria-invalid=[notes.invalid.then_some("true")]
                aria-required=[field.required.then_some("true")] {
                option value="" { (words.choose) }
                @for option in options {
                    option value=(option.value) selected[option.selected] { (option.label) }
                }
            }
        },
        Control::Figure { value, .. } => {
            let line = Line {
                value,
                kind: "text",
                mode: None,
                class: "form-input sv-figure",
                autocomplete: Some("off"),
                list: Some("sv-states".to_owned()),
            };
            input(field, notes, &line)
        }
        Control::Computed { text, sum, suffix } => html! {
            output.sv-sum id=(field.id) data-sum=[sum.as_deref()]
                aria-describedby=[notes.described.as_deref()] { (text) }
            @if let Some(suffix) = suffix { " " (suffix) }
        },
        Control::Text {
            value,
            input: kind,
            suffix,
            suggestions,
            ..
        } => text(field, notes, value, *kind, suffix.as_deref(), suggestions),
        _ => html! {},
    }
}

struct Line<'l> {
    value: &'l str,
    kind: &'static str,
    mode: Option<&'static str>,
    class: &'static str,
    autocomplete: Option<&'static str>,
    list: Option<String>,
}

fn text(
    field: &FieldView,
    notes: &Notes,
    value: &str,
    kind: TextInput,
    suffix: Option<&str>,
    suggestions: &[String],
) -> Markup {
    let (mode, class, autocomplete) = match kind {
        TextInput::Plain => (None, "form-input input-width-l", None),
        TextInput::Whole => (Some("numeric"), "form-input input-char-11", Some("off")),
        TextInput::Decimal => (Some("decimal"), "form-input input-char-11", Some("off")),
        TextInput::Date | TextInput::Time => (None, "form-input input-char-11", Some("off")),
        TextInput::DateTime => (None, "form-input input-char-27", Some("off")),
        TextInput::Email => (Some("email"), "form-input input-width-l", None),
        TextInput::Url => (Some("url"), "form-input input-width-l", None),
        TextInput::Phone => (Some("tel"), "form-input input-char-27", None),
    };
    let list = (!suggestions.is_empty()).then(|| format!("{}-list", field.id));
    let line = Line {
        value,
        kind: "text",
        mode,
        class,
        autocomplete,
        list: list.clone(),
    };
    html! {
        @if let Some(suffix) = suffix {
            div.form-input-wrapper.form-input-wrapper--suffix {
                (input(field, notes, &line))
                div.form-input-suffix { (suffix) }
            }
        } @else {
            (input(field, notes, &line))
        }
        @if let Some(list) = &list {
            datalist id=(list) { @for word in suggestions { option value=(word) {} } }
        }
    }
}

fn input(field: &FieldView, notes: &Notes, line: &Line<'_>) -> Markup {
    html! {
        input class=(line.class) id=(field.id) name=(field.name) type=(line.kind) value=(line.value)
            inputmode=[line.mode] autocomplete=[line.autocomplete] list=[line.list.as_deref()]
            readonly[field.read_only]
            aria-describedby=[notes.described.as_deref()]
            aria-invalid=[notes.invalid.then_some("true")]
            aria-required=[field.required.then_some("true")];
    }
}

fn computed(field: &FieldView, words: &Words) -> Markup {
    let notes = Notes::of(field, words);
    html! {
        div.form-group.form-error[notes.error] {
            label.form-label for=(field.id) { (field.label) }
            (hint(&field.id, notes.hint.as_deref()))
            (messages(&field.findings, &field.id, words))
            div { (control(field, &notes, words)) }
        }
    }
}

fn fixed(field: &FieldView, text: &str) -> Markup {
    html! {
        div.form-group {
            p.form-label { (field.label) }
            (hint(&field.id, field.help.as_deref()))
            p { (text) }
        }
    }
}

fn file(
    field: &FieldView,
    current: Option<&FileView>,
    accept: Option<&str>,
    words: &Words,
) -> Markup {
    let notes = Notes::of(field, words);
    let remove = OptionView {
        value: "remove".to_owned(),
        label: words.remove_file.to_owned(),
        help: None,
        selected: false,
    };
    html! {
        div.form-group.form-error[notes.error] {
            label.form-label for=(field.id) { (label(field, words)) }
            (hint(&field.id, notes.hint.as_deref()))
            (messages(&field.findings, &field.id, words))
            @if let Some(current) = current {
                p.sv-file { (words.attached) " " (current.name) " (" (current.size) ")" }
                div.form-group-checkbox {
                    input.form-checkbox type="checkbox" id={ (field.id) "-remove" } name=(field.name) value=(remove.value);
                    label for={ (field.id) "-remove" } { (remove.label) }
                }
            }
            input.form-input id=(field.id) name=(field.name) type="file" accept=[accept]
                aria-describedby=[notes.described.as_deref()]
                aria-invalid=[notes.invalid.then_some("true")]
                aria-required=[field.required.then_some("true")];
        }
    }
}
