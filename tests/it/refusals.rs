//! Bad input and bad moments: the right status, a whole Danish page, and nothing changed.
use actix_web::http::{StatusCode, header};
use actix_web::test::TestRequest;
use chrono::TimeDelta;
use samsvar::demo::EATING;

use crate::page::Page;
use crate::people::{Server, Visitor};

const FORM: &str = "application/x-www-form-urlencoded";
const SKIVE: &str = "social@skive.example.dk";

/// A refusal is a page like any other, and tells nothing of the inside.
#[track_caller]
pub fn is_a_whole_danish_page(page: &Page) {
    let text = page.text();
    assert!(text.starts_with("<!DOCTYPE html>"), "{text}");
    assert_eq!(page.attributes("html", "lang"), ["da"]);
    assert_eq!(page.count("h1"), 1, "{text}");
    let told = ["Fejl: ", "Log ind – "];
    assert!(
        told.iter().any(|t| page.title().starts_with(t)),
        "{}",
        page.title()
    );
    assert!(page.count("main p") > 0, "{text}");
    for inside in ["panicked", ".rs", "src/", "::", "Error", "error:", "unwrap"] {
        let words = format!("{} {}", page.title(), page.words());
        assert!(!words.contains(inside), "{inside}: {words}");
    }
    let kind = page.headers.get(header::CONTENT_TYPE).unwrap();
    assert_eq!(kind, "text/html; charset=utf-8");
}

/// Somebody at a section of a running demo, with a draft stored already.
struct Desk {
    server: Server,
    visitor: Visitor,
    /// The section's address.
    path: String,
    before: Vec<String>,
}

impl Desk {
    async fn of(address: &str) -> Self {
        let server = Server::demo().await;
        let (visitor, start) = server.opens_link_of(address).await;
        let path = format!("{}/afsnit/children", start.path);
        let page = visitor.get(&path).await;
        let figures = [("f/children/offsite_period", "4")];
        let saved = visitor.presses(&page, &figures, "Gem").await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER);
        let before = server.kept();
        Self {
            server,
            visitor,
            path,
            before,
        }
    }

    #[track_caller]
    fn refused(&self, answer: &Page, status: StatusCode, heading: &str) {
        assert_eq!(answer.status, status, "{}", answer.words());
        assert_eq!(answer.all("h1"), [heading]);
        is_a_whole_danish_page(answer);
        assert_eq!(self.server.kept(), self.before, "nothing has changed");
    }
}

#[actix_web::test]
async fn a_closed_campaign_takes_nothing() {
    let desk = Desk::of(SKIVE).await;
    let page = desk.visitor.get(&desk.path).await;
    desk.server.passes(TimeDelta::days(16));
    let closed = "Indsamlingen er lukket";
    let answers = [("f/children/offsite_period", "5")];
    let saved = desk.visitor.presses(&page, &answers, "Gem").await;
    desk.refused(&saved, StatusCode::FORBIDDEN, closed);
    assert!(saved.words().contains("Svarfristen er overskredet"));
    let submit = desk.path.replace("/afsnit/children", "/indsend");
    let sent = desk.visitor.post(&submit, &[("set", "1")]).await;
    desk.refused(&sent, StatusCode::FORBIDDEN, closed);
    let seen = desk.visitor.get(&desk.path).await;
    desk.refused(&seen, StatusCode::FORBIDDEN, closed);
}

#[actix_web::test]
async fn a_campaign_that_has_not_opened_takes_nothing() {
    let desk = Desk::of(SKIVE).await;
    let page = desk.visitor.get(&desk.path).await;
    desk.server.passes(TimeDelta::days(-30));
    let answers = [("f/children/offsite_period", "5")];
    let saved = desk.visitor.presses(&page, &answers, "Gem").await;
    let heading = "Indsamlingen er ikke åbnet";
    desk.refused(&saved, StatusCode::FORBIDDEN, heading);
    let submit = desk.path.replace("/afsnit/children", "/indsend");
    let sent = desk.visitor.post(&submit, &[("set", "1")]).await;
    desk.refused(&sent, StatusCode::FORBIDDEN, heading);
}

#[actix_web::test]
async fn a_field_of_five_megabytes_is_too_large() {
    let desk = Desk::of(SKIVE).await;
    let long = "a".repeat(5 * 1024 * 1024);
    let answer = desk
        .visitor
        .post(&desk.path, &[("f/children/offsite_period", &long)])
        .await;
    let heading = "Det, du sendte, er for stort";
    desk.refused(&answer, StatusCode::PAYLOAD_TOO_LARGE, heading);
    let multipart = format!(
        "--x\r\nContent-Disposition: form-data; name=\"f/children/offsite_period\"\r\n\r\n{}\r\n--x--\r\n",
        "a".repeat(25 * 1024 * 1024)
    );
    let kind = "multipart/form-data; boundary=x";
    let answer = desk.visitor.post_raw(&desk.path, kind, multipart).await;
    desk.refused(&answer, StatusCode::PAYLOAD_TOO_LARGE, heading);
}

#[actix_web::test]
async fn a_text_field_of_five_megabytes_is_too_large_in_a_page_with_files_too() {
    let desk = Desk::of(SKIVE).await;
    let multipart = format!(
        "--x\r\nContent-Disposition: form-data; name=\"f/children/offsite_period\"\r\n\r\n{}\r\n--x--\r\n",
        "a".repeat(5 * 1024 * 1024)
    );
    let kind = "multipart/form-data; boundary=x";
    let answer = desk.visitor.post_raw(&desk.path, kind, multipart).await;
    let heading = "Det, du sendte, er for stort";
    desk.refused(&answer, StatusCode::PAYLOAD_TOO_LARGE, heading);
}

#[actix_web::test]
async fn ten_thousand_items_are_too_many() {
    let desk = Desk::of(SKIVE).await;
    let path = desk.path.replace("children", "offers");
    let fields: Vec<String> = (0..10_000)
        .map(|i| format!("f%2Foffers%2Fused%2F{i}%2Fname=Bakkely"))
        .collect();
    let body = fields.join("&");
    assert!(
        body.len() < 1024 * 1024,
        "the fields are too many, not too large"
    );
    let answer = desk.visitor.post_raw(&path, FORM, body).await;
    let heading = "Det, du sendte, er for stort";
    desk.refused(&answer, StatusCode::PAYLOAD_TOO_LARGE, heading);
    assert!(answer.words().contains("5.000 felter"));
    let part =
        |i: usize| format!("--x\r\nContent-Disposition: form-data; name=\"n{i}\"\r\n\r\n1\r\n");
    let parts: String = (0..10_000).map(part).collect();
    let kind = "multipart/form-data; boundary=x";
    let answer = desk
        .visitor
        .post_raw(&path, kind, format!("{parts}--x--\r\n"))
        .await;
    desk.refused(&answer, StatusCode::PAYLOAD_TOO_LARGE, heading);
}

#[actix_web::test]
async fn an_index_of_ten_thousand_makes_no_ten_thousand_items() {
    let desk = Desk::of(SKIVE).await;
    let path = desk.path.replace("children", "offers");
    let fields = [
        ("n/offers/used", "10000"),
        ("f/offers/used/9999/name", "Bakkely"),
    ];
    let answer = desk.visitor.post(&path, &fields).await;
    assert!(answer.status.is_redirection() || answer.status.is_client_error());
    let draft = desk
        .server
        .drafted(EATING, "skive-kommune-social-og-sundhed");
    let used = draft.pointer("/offers/used").and_then(|u| u.as_array());
    assert!(
        used.is_none_or(|items| items.len() <= 40),
        "the form's own limit"
    );
}

#[actix_web::test]
async fn broken_utf8_is_told_and_not_saved() {
    let desk = Desk::of(SKIVE).await;
    let bodies: [&[u8]; 3] = [
        b"f%2Fchildren%2Foffsite_period=%FF%FE",
        b"f%2Fchildren%2Foffsite_period=\xff",
        b"%C3%28=1",
    ];
    let heading = "Vi kunne ikke læse det, du sendte";
    for body in bodies {
        let answer = desk.visitor.post_raw(&desk.path, FORM, body).await;
        desk.refused(&answer, StatusCode::BAD_REQUEST, heading);
        assert!(answer.words().contains("ikke UTF-8"));
    }
    let mut multipart =
        b"--x\r\nContent-Disposition: form-data; name=\"f/children/offsite_period\"\r\n\r\n"
            .to_vec();
    multipart.extend(b"\xff\r\n--x--\r\n");
    let kind = "multipart/form-data; boundary=x";
    let answer = desk.visitor.post_raw(&desk.path, kind, multipart).await;
    desk.refused(&answer, StatusCode::BAD_REQUEST, heading);
}

#[actix_web::test]
async fn broken_utf8_in_an_address_finds_nothing() {
    let desk = Desk::of(SKIVE).await;
    for path in [
        "/l/%FF",
        "/svar/%FF",
        "/findes/%FF%00",
        "/sekretariat/indsamlinger/%FF",
    ] {
        let answer = desk.visitor.get(path).await;
        assert!(answer.status.is_client_error(), "{path}: {}", answer.status);
        is_a_whole_danish_page(&answer);
    }
}

#[actix_web::test]
async fn a_multipart_that_was_cut_off_is_not_saved() {
    let desk = Desk::of(SKIVE).await;
    let body = "--x\r\nContent-Disposition: form-data; name=\"f/children/offsite_period\"\r\n\r\n7";
    let kind = "multipart/form-data; boundary=x";
    let answer = desk.visitor.post_raw(&desk.path, kind, body).await;
    let heading = "Vi kunne ikke læse det, du sendte";
    desk.refused(&answer, StatusCode::BAD_REQUEST, heading);
}

#[actix_web::test]
async fn a_wrong_content_type_is_told_and_not_saved() {
    let desk = Desk::of(SKIVE).await;
    let heading = "Vi kunne ikke læse det, du sendte";
    for kind in [
        "application/json",
        "text/plain",
        "application/x-www-form-urlencodedx",
        "",
    ] {
        let body = "f%2Fchildren%2Foffsite_period=7";
        let answer = desk.visitor.post_raw(&desk.path, kind, body).await;
        desk.refused(&answer, StatusCode::UNSUPPORTED_MEDIA_TYPE, heading);
    }
}

#[actix_web::test]
async fn a_post_from_another_site_is_not_saved() {
    let desk = Desk::of(SKIVE).await;
    let foreign = [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example.dk"),
        ("origin", "null"),
    ];
    for (name, value) in foreign {
        let post = TestRequest::post()
            .insert_header((name, value))
            .set_form([("f/children/offsite_period", "7")]);
        let answer = desk.visitor.send(post, &desk.path).await;
        let heading = "Siden blev sendt fra et andet websted";
        desk.refused(&answer, StatusCode::FORBIDDEN, heading);
    }
    let own = [
        ("sec-fetch-site", "same-origin"),
        ("origin", &desk.server.app.config.base_url),
    ];
    for (name, value) in own {
        let post = TestRequest::post()
            .insert_header((name, value))
            .set_form([("f/children/offsite_period", "7")]);
        let answer = desk.visitor.send(post, &desk.path).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{name}: {value}");
    }
}

#[actix_web::test]
async fn an_unknown_section_is_not_found() {
    let desk = Desk::of(SKIVE).await;
    let path = desk.path.replace("children", "findes-ikke");
    let heading = "Siden findes ikke";
    let seen = desk.visitor.get(&path).await;
    desk.refused(&seen, StatusCode::NOT_FOUND, heading);
    let fields = [("f/children/offsite_period", "7"), ("do", "save")];
    let posted = desk.visitor.post(&path, &fields).await;
    desk.refused(&posted, StatusCode::NOT_FOUND, heading);
}

#[actix_web::test]
async fn an_unknown_address_is_not_found() {
    let desk = Desk::of(SKIVE).await;
    let secretary = desk.server.secretary().await;
    let one = format!("/sekretariat/indsamlinger/{EATING}");
    for path in [
        "/findes-ikke".to_owned(),
        "/statisk/0/css/x.css".into(),
        "/sekretariat/indsamlinger/findes-ikke".into(),
        format!("{one}/svar/findes-ikke"),
        format!("{one}/rapport.docx"),
        format!("{one}/data/findes-ikke.csv"),
        format!("{one}/data/kommune.exe"),
        format!("{one}/svar/x/bilag/..%2F..%2Fetc%2Fpasswd"),
    ] {
        let answer = secretary.get(&path).await;
        desk.refused(&answer, StatusCode::NOT_FOUND, "Siden findes ikke");
    }
    let twice = format!("{}?vis=fejl&vis=fejl", desk.path);
    let answer = desk.visitor.get(&twice).await;
    desk.refused(&answer, StatusCode::NOT_FOUND, "Siden findes ikke");
    let receipt = desk.path.replace("/afsnit/children", "/kvittering/9");
    let answer = desk.visitor.get(&receipt).await;
    desk.refused(&answer, StatusCode::NOT_FOUND, "Siden findes ikke");
    let words = desk.path.replace("/afsnit/children", "/kvittering/ni");
    let answer = desk.visitor.get(&words).await;
    desk.refused(&answer, StatusCode::NOT_FOUND, "Siden findes ikke");
}
