//! Fields of Samsvar's own pages: label, hint, error and `aria-describedby` always together.
use maud::{Markup, html};

/// A one-line field.
pub struct TextField<'a> {
    /// Also the control's name.
    pub id: &'a str,
    pub label: &'a str,
    pub hint: Option<&'a str>,
    pub value: &'a str,
    pub error: Option<&'a str>,
    pub required: bool,
}

pub fn text(field: &TextField) -> Markup {
    typed(field, "text", None)
}

/// A mail address, with the browser's help in filling it in.
pub fn address(field: &TextField) -> Markup {
    typed(field, "email", Some("email"))
}

/// A code from an app, with the telephone's help in filling it in.
pub fn one_time_code(field: &TextField) -> Markup {
    typed(field, "text", Some("one-time-code"))
}

/// Like [`address`], for a page with several: the control's name is not its id.
pub fn named_address(field: &TextField, name: &str) -> Markup {
    around(field, &control(field, name, "email", Some("email")))
}

/// A text of several lines.
pub fn long_text(field: &TextField, rows: u32) -> Markup {
    around(
        field,
        &html! {
            textarea.form-input id=(field.id) name=(field.id) rows=(rows) aria-describedby=[described(field)] aria-invalid=[field.error.map(|_| "true")] {
                // A browser drops the first line break after the tag.
                "\n" (field.value)
            }
        },
    )
}

/// A choice from a list of values and labels.
pub fn select(field: &TextField, options: &[(String, String)]) -> Markup {
    around(
        field,
        &html! {
            select.form-select id=(field.id) name=(field.id) aria-describedby=[described(field)] aria-invalid=[field.error.map(|_| "true")] {
                @for (value, label) in options {
                    option value=(value) selected[value == field.value] { (label) }
                }
            }
        },
    )
}

fn typed(field: &TextField, kind: &str, autocomplete: Option<&str>) -> Markup {
    around(field, &control(field, field.id, kind, autocomplete))
}

fn control(field: &TextField, name: &str, kind: &str, autocomplete: Option<&str>) -> Markup {
    html! {
        input.form-input id=(field.id) name=(name) type=(kind) value=(field.value)
            autocomplete=[autocomplete]
            aria-describedby=[described(field)]
            aria-invalid=[field.error.map(|_| "true")]
            aria-required=[field.required.then_some("true")];
    }
}

fn around(field: &TextField, control: &Markup) -> Markup {
    html! {
        div.form-group.form-error[field.error.is_some()] {
            label.form-label for=(field.id) {
                (field.label)
                @if !field.required { " (valgfrit)" }
            }
            @if let Some(hint) = field.hint { span.form-hint id={ (field.id) "-hint" } { (hint) } }
            @if let Some(error) = field.error {
                span.form-error-message id={ (field.id) "-error" } { span.sr-only { "Fejl: " } (error) }
            }
            (control)
        }
    }
}

fn described(field: &TextField) -> Option<String> {
    let hint = field.hint.map(|_| format!("{}-hint", field.id));
    let error = field.error.map(|_| format!("{}-error", field.id));
    let ids: Vec<String> = error.into_iter().chain(hint).collect();
    (!ids.is_empty()).then(|| ids.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_tied_to_its_control() {
        let field = TextField {
            id: "navn",
            label: "Navn",
            hint: Some("Fx"),
            value: "<b>",
            error: Some("Skriv navnet."),
            required: true,
        };
        let html = text(&field).into_string();
        assert!(
            html.contains(r#"aria-describedby="navn-error navn-hint" aria-invalid="true""#),
            "{html}"
        );
        assert!(html.contains(r#"id="navn-error""#) && html.contains("&lt;b&gt;"));
    }
}
