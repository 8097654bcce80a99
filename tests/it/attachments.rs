//! Files that come with an answer: judged by content, kept apart, read by the secretariat alone.
use actix_web::http::StatusCode;
use samsvar::demo::EATING;
use serde_json::json;

use crate::page::File;
use crate::people::Server;
use crate::writer::{NEXT, OFFER, OFFER_ID, Writer};

#[actix_web::test]
async fn a_pdf_is_attached_sent_and_read_by_the_secretariat_alone() {
    let writer = Writer::of(OFFER).await;
    let page = writer.with_a_file_control().await;
    let pdf = b"%PDF-1.7 invented".as_slice();
    let file = File {
        control: "f/attachments/files/0",
        name: "../../ydelser \u{201e}2019\u{201c}.pdf",
        bytes: pdf,
    };
    let saved = writer.visitor.attaches(&page, &[], &[file], "Gem").await;
    let page = writer.visitor.follows(&saved).await;
    assert!(
        page.words().contains("ydelser 2019.pdf"),
        "{}",
        page.words()
    );
    assert!(!page.words().contains("../"), "{}", page.words());
    let draft = writer.server.drafted(EATING, OFFER_ID);
    let described = &draft["attachments"]["files"][0];
    assert_eq!(described["mediaType"], "application/pdf");
    assert_eq!(described["size"], json!(pdf.len()));
    assert_eq!(described["name"], "ydelser 2019.pdf");
    let hash = described["sha256"].as_str().unwrap().to_owned();
    let again = writer.visitor.presses(&page, &[], "Gem").await;
    assert_eq!(again.status, StatusCode::SEE_OTHER);
    let draft = writer.server.drafted(EATING, OFFER_ID);
    assert_eq!(
        draft["attachments"]["files"][0]["sha256"], hash,
        "kept by a save without it"
    );
    let outside: Vec<String> = writer
        .server
        .data_files()
        .into_iter()
        .map(|(name, _)| name)
        .filter(|name| name.contains("ydelser") || name.contains(&hash))
        .collect();
    assert_eq!(outside, [format!("attachments/{hash}")]);

    writer.fills_in_the_offer().await;
    writer.submits().await;
    let there = format!("/sekretariat/indsamlinger/{EATING}/svar/{OFFER_ID}");
    let secretary = writer.server.secretary().await;
    let answers = secretary.get(&there).await;
    let link = format!("{there}/bilag/{hash}");
    assert!(
        answers.attributes("a", "href").contains(&link),
        "{}",
        answers.words()
    );
    let got = secretary.get(&link).await;
    assert_eq!((got.status, got.bytes.as_slice()), (StatusCode::OK, pdf));
    let disposition = got.headers.get("content-disposition").unwrap();
    assert_eq!(
        disposition.as_bytes(),
        "attachment; filename=\"ydelser 2019.pdf\"".as_bytes()
    );
    let stranger = writer.server.visitor().get(&link).await;
    assert_eq!(stranger.status, StatusCode::UNAUTHORIZED);
    let other = format!("/sekretariat/indsamlinger/{EATING}/svar/harebakken/bilag/{hash}");
    assert_eq!(secretary.get(&other).await.status, StatusCode::NOT_FOUND);
    let history = secretary.get(&there).await;
    assert!(history.words().contains("Bilag hentet af sekretariatet"));
}

#[actix_web::test]
async fn a_program_in_a_documents_name_is_refused_at_the_field() {
    let writer = Writer::of(OFFER).await;
    let page = writer.with_a_file_control().await;
    let control = "f/attachments/files/0";
    let file = File {
        control,
        name: "ydelser.pdf",
        bytes: b"MZ\x90\x00\x03 not a document",
    };
    let saved = writer.visitor.attaches(&page, &[], &[file], NEXT).await;
    let page = writer.visitor.follows(&saved).await;
    let error = page.error_at(control);
    assert!(
        error.contains("ydelser.pdf er ikke gemt: filen er hverken PDF, Word (docx)"),
        "{error}"
    );
    assert!(page.title().starts_with("Fejl: "));
    assert!(no_attachment(&writer.server));
    let given_up = writer.visitor.presses(&page, &[], "Gem").await;
    let page = writer.visitor.follows(&given_up).await;
    assert!(
        !page.error_at(control).contains("hverken"),
        "{}",
        page.words()
    );
}

#[actix_web::test]
async fn a_file_of_eleven_megabytes_is_refused_at_the_field() {
    let writer = Writer::of(OFFER).await;
    let page = writer.with_a_file_control().await;
    let control = "f/attachments/files/0";
    let mut bytes = b"%PDF-1.7".to_vec();
    bytes.resize(11 * 1024 * 1024, b' ');
    let file = File {
        control,
        name: "stor.pdf",
        bytes: &bytes,
    };
    let saved = writer.visitor.attaches(&page, &[], &[file], "Gem").await;
    let page = writer.visitor.follows(&saved).await;
    let error = page.error_at(control);
    assert!(error.contains("filen er større end 10 MB"), "{error}");
    assert!(no_attachment(&writer.server));
}

#[actix_web::test]
async fn a_file_that_another_respondent_gave_cannot_be_claimed() {
    let writer = Writer::of(OFFER).await;
    writer.with_a_file_control().await;
    let made_up = json!({"name": "a.pdf", "size": 1, "mediaType": "application/pdf", "sha256": "0".repeat(64)});
    let two = json!([made_up, made_up]).to_string();
    let two = format!("{{\"x\": {two}}}");
    let path = format!("{}/afsnit/attachments", writer.base);
    for text in [made_up.to_string(), two] {
        let fields = [
            ("f/attachments/files/0", text.as_str()),
            ("f/attachments/remarks", "Tak"),
        ];
        let answer = writer.visitor.post(&path, &fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.words());
        let draft = writer.server.drafted(EATING, OFFER_ID);
        assert!(!draft.to_string().contains("sha256"), "{draft}");
        assert_eq!(
            draft["attachments"]["remarks"], "Tak",
            "the other field is kept"
        );
    }
}

fn no_attachment(server: &Server) -> bool {
    let files = server.data_files();
    files
        .iter()
        .all(|(name, _)| !name.starts_with("attachments/"))
        && server
            .kept()
            .iter()
            .all(|line| !line.starts_with("attachment "))
}
