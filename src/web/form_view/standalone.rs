//! A whole form as one page that needs nothing else: for authors, printing and trying out.
use maud::{DOCTYPE, Markup, PreEscaped, html};
use samsvar_core::answers::Draft;
use samsvar_core::forms::{Finding, Form, Language};

use super::{error_summary, fields, paragraphs, without_controls};

/// A form to be shown by itself.
pub struct Standalone<'s> {
    pub form: &'s Form,
    pub draft: &'s Draft,
    pub findings: &'s [Finding],
    pub language: Language,
    /// Put into the page, so that it stands alone.
    pub stylesheet: Option<&'s str>,
}

/// The complete HTML document.
pub fn page(standalone: &Standalone<'_>) -> Markup {
    let Standalone {
        form,
        draft,
        findings,
        language,
        stylesheet,
    } = standalone;
    let title = form.title(*language);
    let view = form.page(draft, findings, *language);
    let links = form.error_links(draft, findings, *language);
    let (lang, error) = match language {
        Language::Da => ("da", "Fejl: "),
        Language::En => ("en", "Error: "),
    };
    let document = html! {
        (DOCTYPE)
        html lang=(lang) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { @if !links.is_empty() { (error) } (title) }
                @if let Some(css) = stylesheet { style { (PreEscaped(css)) } }
            }
            body {
                main.container.sv-main #indhold {
                    h1 { (title) }
                    (error_summary(&links, *language))
                    @if let Some(description) = form.description(*language) { (paragraphs(&description)) }
                    form method="post" novalidate accept-charset="utf-8" { (fields(&view, *language)) }
                }
            }
        }
    };
    without_controls(document)
}
