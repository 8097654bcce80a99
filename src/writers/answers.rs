//! One answer in words: a section for pages, and the respondent's own copy as a page that stands alone.
use maud::{DOCTYPE, Markup, html};
use samsvar_core::campaigns::{Campaign, Respondent, Submission, receipt_number};
use samsvar_core::danish;
use samsvar_core::forms::{AnswerItem, AnswerSection, Form, Language};

use crate::assets;

/// A page that stands alone: the answer for the respondent's own file.
pub fn copy(
    campaign: &Campaign,
    respondent: &Respondent,
    form: &Form,
    sent: &Submission,
) -> Markup {
    html! {
        (DOCTYPE)
        html lang="da" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { "Svar fra " (respondent.name()) " – " (campaign.title) }
                style { (maud::PreEscaped(assets::STYLES)) }
            }
            body {
                main.container.sv-main {
                    h1 { (form.title(Language::Da)) }
                    (facts(campaign, respondent, sent))
                    @for answered in form.answered_list_beside(&sent.answers, &sent.known, Language::Da) {
                        section { h2 { (answered.title) } (section(&answered)) }
                    }
                }
            }
        }
    }
}

/// Name for a saved copy: letters, digits and hyphens only.
pub fn file_name(respondent: &Respondent, sent: &Submission, ending: &str) -> String {
    format!("svar-{}-{}.{ending}", respondent.id, sent.number)
}

/// A section's answers as a list and tables; shared by review, receipt and copy.
pub fn section(section: &AnswerSection) -> Markup {
    let blank = |text: &str| {
        if text.is_empty() {
            "Ikke besvaret".to_owned()
        } else {
            text.to_owned()
        }
    };
    html! {
        @for item in &section.items {
            @match item {
                AnswerItem::Heading { title, .. } => h3 { (title) },
                AnswerItem::Line { label, text, .. } => {
                    dl.sv-answers { div { dt { (label) } dd { (blank(text)) } } }
                }
                AnswerItem::Table { title, corner, columns, rows, .. } => {
                    div.sv-scroll tabindex="0" role="region" aria-label=(title.as_deref().unwrap_or("Tabel")) {
                        table.sv-table {
                            @if let Some(title) = title { caption { (title) } }
                            thead { tr { @if corner.is_empty() { td {} } @else { th scope="col" { (corner) } } @for column in columns { th scope="col" { (column) } } } }
                            tbody {
                                @for (head, cells) in rows {
                                    tr { th scope="row" { (head) } @for cell in cells { td.sv-number { (blank(cell)) } } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Whose answer it is, when it came, who signed it off, and by which hash it is known.
pub fn facts(campaign: &Campaign, respondent: &Respondent, sent: &Submission) -> Markup {
    html! {
        dl.sv-facts {
            div { dt { "Indsamling" } dd { (campaign.title) } }
            div { dt { "Svar fra" } dd { (respondent.name()) } }
            div { dt { "Sendt" } dd { (danish::date_time(sent.at)) } }
            @if let Some(mark) = sent.mark(respondent.window(&campaign.window).deadline, Language::Da) {
                div { dt { "Modtaget" } dd { (mark) } }
            }
            @if !sent.sign_off.name.is_empty() {
                div { dt { "Godkendt af" } dd { (sent.sign_off.name) ", " (sent.sign_off.title) } }
            }
            div { dt { "Svar nr." } dd { (sent.number) } }
            div { dt { "Kvitteringsnummer" } dd { (receipt_number(&sent.sha256, sent.number)) } }
            div { dt { "Kontrolsum (SHA-256)" } dd { code { (sent.sha256) } } }
        }
    }
}
