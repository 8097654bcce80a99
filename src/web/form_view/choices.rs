//! Questions answered by choosing: radio buttons and boxes to tick, each group under its legend.
use maud::{Markup, html};
use samsvar_core::forms::{FieldView, OptionView, count_name};

use super::controls::{Notes, label};
use super::{Words, hint, messages};

pub(super) fn radios(field: &FieldView, options: &[OptionView], words: &Words) -> Markup {
    let notes = Notes::of(field, words);
    html! {
        div.form-group.form-error[notes.error] data-governs=[field.governs.then_some("")] {
            fieldset role="radiogroup" aria-labelledby={ (field.id) "-legend" }
                aria-describedby=[notes.described.as_deref()]
                aria-invalid=[notes.invalid.then_some("true")]
                aria-required=[field.required.then_some("true")] {
                legend.form-label id={ (field.id) "-legend" } { (label(field, words)) }
                (hint(&field.id, notes.hint.as_deref()))
                (messages(&field.findings, &field.id, words))
                @for (i, option) in options.iter().enumerate() {
                    @let id = option_id(&field.id, i);
                    div.form-group-radio {
                        input.form-radio type="radio" id=(id) name=(field.name) value=(option.value)
                            checked[option.selected] disabled[field.read_only && !option.selected]
                            aria-describedby=[option.help.as_ref().map(|_| format!("{id}-hint"))];
                        label for=(id) { (option.label) }
                        (hint(&id, option.help.as_deref()))
                    }
                }
            }
        }
    }
}

pub(super) fn boxes(field: &FieldView, options: &[OptionView], words: &Words) -> Markup {
    let notes = Notes::of(field, words);
    html! {
        div.form-group.form-error[notes.error] data-governs=[field.governs.then_some("")] {
            fieldset aria-describedby=[notes.described.as_deref()] {
                legend.form-label { (label(field, words)) }
                (hint(&field.id, notes.hint.as_deref()))
                (messages(&field.findings, &field.id, words))
                (marker(field))
                div.sv-many[options.len() > 15] {
                    @for (i, option) in options.iter().enumerate() {
                        @let id = option_id(&field.id, i);
                        div.form-group-checkbox {
                            (tick(field, option, &id, &notes))
                            label for=(id) { (option.label) }
                            (hint(&id, option.help.as_deref()))
                        }
                    }
                }
            }
        }
    }
}

/// One box on its own; the field's label is the box's.
pub(super) fn one_box(field: &FieldView, option: &OptionView, words: &Words) -> Markup {
    let notes = Notes::of(field, words);
    html! {
        div.form-group.form-error[notes.error] data-governs=[field.governs.then_some("")] {
            (messages(&field.findings, &field.id, words))
            (marker(field))
            div.form-group-checkbox {
                (tick(field, option, &field.id, &notes))
                label for=(field.id) { (label(field, words)) }
                (hint(&field.id, notes.hint.as_deref()))
            }
        }
    }
}

/// Tells that the page held these boxes although none may be ticked.
pub(super) fn marker(field: &FieldView) -> Markup {
    html! { input type="hidden" name=(count_name(&field.pointer)) value=""; }
}

pub(super) fn tick(field: &FieldView, option: &OptionView, id: &str, notes: &Notes) -> Markup {
    html! {
        input.form-checkbox type="checkbox" id=(id) name=(field.name) value=(option.value)
            checked[option.selected] disabled[field.read_only]
            aria-describedby=[notes.described.as_deref()]
            aria-invalid=[notes.invalid.then_some("true")];
    }
}

/// One choice of a row in a table, where no fieldset stands around them.
pub(super) fn radio(field: &FieldView, option: &OptionView, id: &str, notes: &Notes) -> Markup {
    html! {
        input.form-radio type="radio" id=(id) name=(field.name) value=(option.value)
            checked[option.selected] disabled[field.read_only && !option.selected]
            aria-describedby=[notes.described.as_deref()]
            aria-invalid=[notes.invalid.then_some("true")];
    }
}

/// The first option bears the field's own id, so that the error summary leads to it.
pub(super) fn option_id(field: &str, index: usize) -> String {
    match index {
        0 => field.to_owned(),
        n => format!("{field}.{}", n + 1),
    }
}
