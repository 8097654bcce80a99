//! The respondent's own copy: opened again as other programs open it, with its receipt number and hash.
use std::io::{Cursor, Read};

use actix_web::http::header;
use lopdf::{Document, Object};
use samsvar::demo::EATING;
use samsvar_core::campaigns::receipt_number;
use scraper::Html;

use crate::page::Page;
use crate::writer::{SKIVE, SKIVE_ID, Writer};

async fn copies() -> (Writer, Page, Page) {
    let writer = Writer::of(SKIVE).await;
    writer
        .saves(
            "themes",
            &[(
                "f/themes/coordination",
                "Vi mødes hver uge.\n\n<Ærligt & åbent> 🙂",
            )],
        )
        .await;
    writer.answers_that_there_is_nobody().await;
    let receipt = writer.submits().await;
    let links = receipt.attributes("a", "href");
    let there = |ending: &str| links.iter().find(|l| l.ends_with(ending)).cloned().unwrap();
    let pdf = writer.visitor.get(&there("kopi.pdf")).await;
    let docx = writer.visitor.get(&there("kopi.docx")).await;
    (writer, pdf, docx)
}

fn number_and_hash(writer: &Writer) -> (String, String) {
    let sent = writer.server.sent(EATING, SKIVE_ID).pop().unwrap();
    (receipt_number(&sent.sha256, sent.number), sent.sha256)
}

#[actix_web::test]
async fn the_pdf_is_tagged_danish_and_holds_the_answer() {
    let (writer, page, _) = copies().await;
    assert_eq!(
        page.headers.get(header::CONTENT_TYPE).unwrap(),
        "application/pdf"
    );
    let document = Document::load_mem(&page.bytes).unwrap();
    let catalog = document.catalog().unwrap();
    assert!(
        catalog.get(b"StructTreeRoot").is_ok(),
        "the PDF is not tagged"
    );
    assert!(catalog.get(b"Outlines").is_ok());
    assert_eq!(catalog.get(b"Lang").unwrap().as_str().unwrap(), b"da");
    let kinds: Vec<String> = document
        .objects
        .values()
        .filter_map(|object| object.as_dict().ok()?.get(b"S").ok()?.as_name().ok())
        .map(|name| String::from_utf8_lossy(name).into_owned())
        .collect();
    for kind in ["H1", "H2", "P"] {
        assert!(kinds.iter().any(|k| k == kind), "{kind}: {kinds:?}");
    }
    let pages: Vec<u32> = document.get_pages().into_keys().collect();
    let text = document.extract_text(&pages).unwrap().replace('\n', " ");
    let (number, hash) = number_and_hash(&writer);
    for part in [
        "Skive Kommune",
        "Vi mødes hver uge.",
        "<Ærligt & åbent> ?",
        &number,
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(text.replace(' ', "").contains(&hash), "{text}");
    assert!(
        !document
            .objects
            .values()
            .any(|o| matches!(o, Object::Dictionary(d) if d.has(b"JS")))
    );
}

#[actix_web::test]
async fn the_word_document_has_headings_a_language_and_the_answer() {
    let (writer, _, page) = copies().await;
    let mut archive = zip::ZipArchive::new(Cursor::new(&page.bytes)).unwrap();
    let mut part = |name: &str| {
        let mut text = String::new();
        archive
            .by_name(name)
            .unwrap()
            .read_to_string(&mut text)
            .unwrap();
        text
    };
    let document = part("word/document.xml");
    assert!(part("word/styles.xml").contains(r#"<w:lang w:val="da-DK"/>"#));
    assert!(part("docProps/core.xml").contains("spiseforstyrrelser"));
    assert_eq!(
        document.matches(r#"<w:pStyle w:val="Heading1"/>"#).count(),
        1
    );
    assert!(document.matches(r#"<w:pStyle w:val="Heading2"/>"#).count() > 3);
    let words = Html::parse_fragment(&document)
        .root_element()
        .text()
        .collect::<String>();
    let (number, hash) = number_and_hash(&writer);
    for part in [
        "Skive Kommune",
        "Vi mødes hver uge.",
        "<Ærligt & åbent> 🙂",
        &number,
        &hash,
    ] {
        assert!(words.contains(part), "{part}: {words}");
    }
    assert_eq!(
        document.matches("<w:p>").count() + document.matches("<w:p/>").count(),
        document.matches("</w:p>").count() + document.matches("<w:p/>").count()
    );
}

#[test]
fn every_example_of_every_shipped_form_can_be_copied() {
    use samsvar::writers::copies::{Copy, Part, docx, pdf};
    use samsvar_core::forms::Language;
    for source in samsvar::forms_library::shipped() {
        let form = samsvar_core::forms::Form::read(&source).unwrap();
        let (_, example) = source
            .examples
            .iter()
            .find(|(name, _)| name.starts_with("valid-t") || name.starts_with("valid-w"))
            .or(source.examples.last())
            .unwrap();
        let answers: serde_json::Value = serde_json::from_str(example).unwrap();
        let mut parts: Vec<Part> = Vec::new();
        for section in form.answered_list(&answers, Language::En) {
            parts.push(Part::Heading {
                level: 1,
                text: section.title,
            });
            parts.push(Part::Table {
                caption: Some("Tal".into()),
                corner: "År".into(),
                columns: (0..9).map(|n| format!("Kolonne {n}")).collect(),
                rows: vec![
                    (
                        "Et meget langt ord: ".to_owned() + &"x".repeat(90),
                        vec!["1".into(); 9]
                    );
                    40
                ],
            });
        }
        let copy = Copy {
            title: form.title(Language::En),
            receipt: "K-1".into(),
            language: Language::En,
            parts,
        };
        let pdf = pdf(&copy).unwrap_or_else(|e| panic!("{}: {e}", source.id));
        assert!(Document::load_mem(&pdf).unwrap().get_pages().len() > 1);
        let file = docx(&copy).unwrap();
        let mut archive = zip::ZipArchive::new(Cursor::new(file)).unwrap();
        let mut text = String::new();
        archive
            .by_name("word/document.xml")
            .unwrap()
            .read_to_string(&mut text)
            .unwrap();
        assert!(text.contains("<w:tblHeader/>"));
    }
}
