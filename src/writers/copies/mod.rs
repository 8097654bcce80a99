//! The respondent's own copy of an answer, for the files of a municipality: as PDF and as Word document.
mod docx;
mod pdf;
mod workbook;

use samsvar_core::campaigns::{Campaign, Respondent, Submission, receipt_number};
use samsvar_core::danish;
use samsvar_core::forms::{AnswerItem, Form, Language};

pub use docx::{DocxStream, docx};
pub use pdf::pdf;
pub use workbook::{OwnBook, workbook};

/// A copy as its writers see it: the same parts in the same order, whatever the file.
pub struct Copy {
    pub title: String,
    /// Said on each page of the PDF.
    pub receipt: String,
    pub language: Language,
    pub parts: Vec<Part>,
}

pub enum Part {
    /// 1 is a section, 2 stands within it; an annex has two more above.
    Heading { level: u8, text: String },
    /// A question and its answer.
    Answer { label: String, text: String },
    Table {
        caption: Option<String>,
        corner: String,
        columns: Vec<String>,
        rows: Vec<(String, Vec<String>)>,
    },
}

impl Copy {
    pub fn of(
        campaign: &Campaign,
        respondent: &Respondent,
        form: &Form,
        sent: &Submission,
        language: Language,
    ) -> Copy {
        let receipt = receipt_number(&sent.sha256, sent.number);
        let mut parts = facts(campaign, respondent, sent, language);
        for section in form.answered_list_beside(&sent.answers, &sent.known, language) {
            parts.push(Part::Heading {
                level: 1,
                text: section.title,
            });
            parts.extend(section.items.into_iter().map(|item| part(item, language)));
        }
        Copy {
            title: form.title(language),
            receipt,
            language,
            parts,
        }
    }
}

/// One respondent's answer as part of a longer document, its headings `below` so many others.
pub fn chapter(
    campaign: &Campaign,
    respondent: &Respondent,
    form: &Form,
    sent: &Submission,
    below: u8,
) -> Vec<Part> {
    let copy = Copy::of(campaign, respondent, form, sent, Language::Da);
    let deeper = |part| match part {
        Part::Heading { level, text } => Part::Heading {
            level: level + below,
            text,
        },
        other => other,
    };
    copy.parts.into_iter().map(deeper).collect()
}

/// Whose answer it is, when it came, who signed it off, and by which hash it is known.
fn facts(
    campaign: &Campaign,
    respondent: &Respondent,
    sent: &Submission,
    language: Language,
) -> Vec<Part> {
    let say = |danish: &str, english: &str| match language {
        Language::Da => danish.to_owned(),
        Language::En => english.to_owned(),
    };
    let signed = [&sent.sign_off.name, &sent.sign_off.title];
    let signed: Vec<&str> = signed
        .map(String::as_str)
        .into_iter()
        .filter(|s| !s.is_empty())
        .collect();
    let mut facts = vec![
        (say("Indsamling", "Collection"), campaign.title.clone()),
        (say("Svar fra", "Answer from"), respondent.name()),
        (say("Sendt", "Sent"), danish::date_time(sent.at)),
    ];
    let deadline = respondent.window(&campaign.window).deadline;
    if let Some(mark) = sent.mark(deadline, language) {
        facts.push((say("Modtaget", "Received"), mark));
    }
    if !signed.is_empty() {
        facts.push((say("Godkendt af", "Approved by"), signed.join(", ")));
    }
    facts.extend([
        (say("Svar nr.", "Answer no."), sent.number.to_string()),
        (
            say("Kvitteringsnummer", "Receipt number"),
            receipt_number(&sent.sha256, sent.number),
        ),
        (
            say("Kontrolsum (SHA-256)", "Checksum (SHA-256)"),
            sent.sha256.clone(),
        ),
    ]);
    facts
        .into_iter()
        .map(|(label, text)| Part::Answer { label, text })
        .collect()
}

fn part(item: AnswerItem, language: Language) -> Part {
    let told = |text: String| match (text.is_empty(), language) {
        (true, Language::Da) => "Ikke besvaret".to_owned(),
        (true, Language::En) => "Not answered".to_owned(),
        _ => text,
    };
    match item {
        AnswerItem::Heading { title, .. } => Part::Heading {
            level: 2,
            text: title,
        },
        AnswerItem::Line { label, text, .. } => Part::Answer {
            label,
            text: told(text),
        },
        AnswerItem::Table {
            title,
            corner,
            columns,
            rows,
            ..
        } => Part::Table {
            caption: title,
            corner,
            columns,
            rows: rows
                .into_iter()
                .map(|(head, cells)| (head, cells.into_iter().map(told).collect()))
                .collect(),
        },
    }
}
