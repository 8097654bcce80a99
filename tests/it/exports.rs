//! Files of answers beside the tables: one respondent's own workbook, and the annex of all answers in full.
use std::io::{Cursor, Read};

use actix_web::http::StatusCode;
use calamine::{Data, Range, Reader, Xlsx, open_workbook_from_rs};
use samsvar::actions::campaigns;
use samsvar::demo::EATING;
use samsvar_core::events::{Actor, Deed};
use serde_json::Value;

use crate::people::Server;

const FAVRSKOV: &str = "favrskov-kommune-social-og-sundhed";

fn sheets(bytes: &[u8]) -> Vec<(String, Range<Data>)> {
    let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(bytes.to_vec())).unwrap();
    book.worksheets()
}

/// All text of a Word document, a line for each paragraph.
fn words_of(bytes: &[u8]) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes.to_vec())).unwrap();
    let mut xml = String::new();
    let mut part = archive.by_name("word/document.xml").unwrap();
    part.read_to_string(&mut xml).unwrap();
    let lines = xml.split("</w:p>").map(|paragraph| {
        let text = paragraph.split('<').filter_map(|tag| tag.split_once('>'));
        text.map(|(_, text)| text).collect::<String>()
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[actix_web::test]
async fn a_respondents_workbook_has_every_answer_typed_and_labelled() {
    let server = Server::demo().await;
    let secretary = server.secretary().await;
    let page = format!("/sekretariat/indsamlinger/{EATING}/svar/{FAVRSKOV}");
    let page = secretary.get(&page).await;
    let link = page.attributes("a[href$='svar.xlsx']", "href").remove(0);
    let file = secretary.get(&link).await;
    assert_eq!(file.status, StatusCode::OK);
    let sheets = sheets(&file.bytes);
    let names: Vec<&str> = sheets.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["Svar", "Om svaret", "Kodebog"]);
    let rows: Vec<&[Data]> = sheets[0].1.rows().collect();
    assert_eq!(rows[0][0], Data::String("Spørgsmål".into()));

    // Each number of the answers stands there as a number, under its own field.
    let sent = server.sent(EATING, FAVRSKOV).pop().unwrap();
    let mut numbers = 0;
    for row in &rows[1..] {
        let Data::String(field) = &row[5] else {
            panic!("a line without its field: {row:?}");
        };
        let answer = sent.answers.pointer(field);
        let number = answer.and_then(|a| a.get("value").unwrap_or(a).as_f64());
        if let (Some(number), Data::Float(shown)) = (number, &row[1]) {
            assert_eq!(*shown, number, "{field}");
            numbers += 1;
        }
        assert_ne!(row[0], Data::Empty, "{field} has a heading");
    }
    fn count(value: &Value) -> usize {
        match value {
            Value::Number(_) => 1,
            Value::Array(all) => all.iter().map(count).sum(),
            Value::Object(all) => all.values().map(count).sum(),
            _ => 0,
        }
    }
    assert!(numbers > 5 && numbers == count(&sent.answers), "{numbers}");
    let facts = format!("{:?}", sheets[1].1);
    assert!(facts.contains("Favrskov Kommune") && facts.contains(&sent.sha256));

    let history = campaigns::history(&server.app, EATING, Some(FAVRSKOV), 1).unwrap();
    assert!(matches!(history[0].deed, Deed::AnswerRead { .. }));
    assert!(matches!(history[0].actor, Actor::Staff(_)));
}

#[actix_web::test]
async fn what_was_known_stands_beside_the_answer_with_its_source() {
    let server = Server::demo().await;
    let sent = server.sent(EATING, FAVRSKOV).pop().unwrap();
    let (campaign, respondent) = {
        let found = campaigns::overview(&server.app, EATING).unwrap().unwrap();
        let asked = found.respondents.into_iter().find(|r| r.id == FAVRSKOV);
        (found.campaign, asked.unwrap())
    };
    let mut known_beside = sent.clone();
    let first = {
        let bytes =
            samsvar::actions::own_book::of(&server.app, &campaign, &respondent, &sent).unwrap();
        let rows = sheets(&bytes).remove(0).1;
        let number = rows.rows().find(|row| matches!(row[1], Data::Float(_)));
        number.unwrap()[5].to_string()
    };
    let before = samsvar_core::answers::Known {
        value: 4711.into(),
        source: "Landspatientregisteret 2019".into(),
    };
    known_beside.known.insert(first.clone(), before);
    let bytes =
        samsvar::actions::own_book::of(&server.app, &campaign, &respondent, &known_beside).unwrap();
    let rows = sheets(&bytes).remove(0).1;
    let row = rows.rows().find(|row| row[5].to_string() == first).unwrap();
    assert_eq!(row[2], Data::Float(4711.0));
    assert_eq!(row[3].to_string(), "Landspatientregisteret 2019");
    assert_ne!(row[4], Data::Empty);
}

#[actix_web::test]
async fn the_annex_has_all_answers_in_full_and_names_who_sent_none() {
    let server = Server::demo().await;
    let secretary = server.secretary().await;
    let path = format!("/sekretariat/indsamlinger/{EATING}/data.docx");
    let file = secretary.get(&path).await;
    assert_eq!(file.status, StatusCode::OK);
    let words = words_of(&file.bytes);
    assert!(words.contains("Alle svar i fuld længde"));
    let found = campaigns::overview(&server.app, EATING).unwrap().unwrap();
    for respondent in &found.respondents {
        assert!(words.contains(&respondent.name()), "{}", respondent.name());
    }
    let mut texts = 0;
    for respondent in &found.respondents {
        let Some(sent) = server.sent(EATING, &respondent.id).pop() else {
            continue;
        };
        assert!(words.contains(&sent.sha256));
        for text in long_texts(&sent.answers) {
            let text = text.lines().next().unwrap().replace('&', "&amp;");
            assert!(words.contains(&text), "{text}");
            texts += 1;
        }
    }
    assert!(texts > 3, "{texts}");
    assert!(words.contains("Intet svar"));
    let history = campaigns::history(&server.app, EATING, None, 1).unwrap();
    let format = String::from("docx");
    assert_eq!(history[0].deed, Deed::RawDataExported { format });
}

fn long_texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) if text.len() > 40 => vec![text.clone()],
        Value::Array(all) => all.iter().flat_map(long_texts).collect(),
        Value::Object(all) => all.values().flat_map(long_texts).collect(),
        _ => Vec::new(),
    }
}

#[actix_web::test]
async fn an_exports_progress_is_told_under_the_name_that_the_page_gave() {
    let server = Server::demo().await;
    let secretary = server.secretary().await;
    let name = "0123456789abcdef0123456789abcdef";
    let at = format!("/sekretariat/eksport/{name}");
    assert_eq!(secretary.get(&at).await.status, StatusCode::NOT_FOUND);
    let base = format!("/sekretariat/indsamlinger/{EATING}/data");
    for (file, steps) in [("/kommune.csv", 2 * 19), ("/kommune.docx", 19)] {
        let file = secretary.get(&format!("{base}{file}?eksport={name}")).await;
        assert_eq!(file.status, StatusCode::OK);
        let told: Value = serde_json::from_slice(&secretary.get(&at).await.bytes).unwrap();
        assert_eq!(told["state"], "written");
        assert_eq!(told["done"], steps);
        assert_eq!(told["all"], steps);
    }
    let odd = secretary
        .get(&format!("{base}/kommune.csv?eksport=../x"))
        .await;
    assert_eq!(
        odd.status,
        StatusCode::OK,
        "a name that is none is left out"
    );
}
