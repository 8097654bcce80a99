//! Turned pages: the answer to a button's post is the page that it leads to, where the page's script asks for it.
use actix_web::http::{StatusCode, header};
use actix_web::test::TestRequest;
use samsvar::demo::EATING;
use samsvar_core::campaigns::SignOffRule;
use serde_json::json;

use crate::hands::asks_for_help;
use crate::page::Page;
use crate::people::Visitor;
use crate::writer::{SKIVE, SKIVE_ID, Writer};

const SIDE: &str = "samsvar-side";

/// Presses a button of the page as its script does.
async fn turns(by: &Visitor, page: &Page, answers: &[(&str, &str)], action: &str) -> Page {
    let mut sent = page.form_sent(answers, &[], "Gem");
    let body = String::from_utf8(sent.body).unwrap();
    sent.body = format!("{body}&do={}", crate::page::encoded(action)).into_bytes();
    let request = TestRequest::post()
        .insert_header((header::CONTENT_TYPE, sent.media_type))
        .insert_header((SIDE, "1"))
        .set_payload(sent.body);
    by.send(request, &sent.path).await
}

/// The address that the page names as its own; none where it is redirected instead.
fn side(page: &Page) -> Option<&str> {
    page.headers.get(SIDE)?.to_str().ok()
}

#[actix_web::test]
async fn a_turn_answers_with_the_page_that_a_redirect_would_lead_to() {
    let writer = Writer::of(SKIVE).await;
    for (from, action, to) in [
        ("children", "next", "/afsnit/adults"),
        ("adults", "back", "/afsnit/children"),
        ("adults", "save", "/afsnit/adults"),
        ("adults", "goto:start", ""),
        ("adults", "goto:gennemse", "/gennemse"),
        ("adults", "goto:hjaelp", "/hjaelp"),
        ("adults", "goto:historik", "/historik"),
        ("children", "goto:afsnit/approval", "/afsnit/approval"),
    ] {
        let page = writer.section(from).await;
        let turned = turns(&writer.visitor, &page, &[], action).await;
        assert_eq!(
            turned.status,
            StatusCode::OK,
            "{action}: {}",
            turned.words()
        );
        let there = format!("{}{to}", writer.base);
        assert_eq!(side(&turned), Some(there.as_str()), "{action}");
        let asked = writer.visitor.get(&there).await;
        assert_eq!(turned.title(), asked.title(), "{action}");
        assert_eq!(turned.words(), asked.words(), "{action}");
    }
}

#[actix_web::test]
async fn a_turn_saves_before_it_answers_and_marks_what_is_wrong() {
    let writer = Writer::of(SKIVE).await;
    let typed = [("f/children/visited/2017", "12")];
    let page = writer.section("children").await;
    turns(&writer.visitor, &page, &typed, "next").await;
    let draft = writer.server.drafted(EATING, SKIVE_ID);
    assert_eq!(draft["children"]["visited"]["2017"], json!(12));
    let wrong = [("f/children/visited/2017", "mange")];
    let page = writer.section("children").await;
    let marked = turns(&writer.visitor, &page, &wrong, "next").await;
    assert!(marked.title().starts_with("Fejl: "), "{}", marked.title());
    assert_eq!(
        side(&marked),
        Some(format!("{}/afsnit/children?vis=fejl", writer.base).as_str())
    );
}

#[actix_web::test]
async fn a_turn_shows_nobody_a_page_that_they_could_not_open() {
    let writer = Writer::of(SKIVE).await;
    let (mette, start) = asks_for_help(&writer, &["children"]).await;
    let page = mette.get(&format!("{}/afsnit/children", start.path)).await;
    for goal in [
        "gennemse",
        "hjaelp",
        "historik",
        "afsnit/adults",
        "beskeder",
        "//example.dk",
    ] {
        let turned = turns(&mette, &page, &[], &format!("goto:{goal}")).await;
        assert_eq!(turned.status, StatusCode::SEE_OTHER, "{goal}");
        assert_eq!(side(&turned), None, "{goal}");
        assert!(turned.location().starts_with(&start.path), "{goal}");
    }
    let stranger = writer.server.visitor();
    let refused = turns(&stranger, &page, &[], "next").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(side(&refused), None);
}

#[actix_web::test]
async fn an_answer_that_waits_or_is_withdrawn_is_not_turned() {
    let writer = Writer::of(SKIVE).await;
    let page = writer.section("children").await;
    writer.answers_that_there_is_nobody().await;
    writer
        .server
        .campaign(EATING, |c| c.sign_off = SignOffRule::Nobody);
    writer.submits().await;
    let refused = turns(
        &writer.visitor,
        &page,
        &[("f/children/visited/2017", "4")],
        "next",
    )
    .await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.words());
    assert_eq!(refused.all("h1"), ["Svaret er sendt"]);
    assert_eq!(side(&refused), None);
}

#[actix_web::test]
async fn what_is_typed_while_another_tab_closes_the_section_is_kept_and_said_to_be() {
    let writer = Writer::of(SKIVE).await;
    let pages = [
        writer.section("reservations").await,
        writer.section("reservations").await,
        writer.section("reservations").await,
    ];
    writer.answers_that_there_is_nobody().await;
    let typed = [("f/reservations/text", "Talt op i hånden")];
    let [plain, turned, live] = &pages;
    let saved = writer
        .visitor
        .presses(plain, &typed, "Gem og fortsæt")
        .await;
    let told = writer.visitor.follows(&saved).await;
    let turned = turns(&writer.visitor, turned, &typed, "save").await;
    let live = turns(&writer.visitor, live, &typed, "auto").await;
    for page in [&told, &turned, &live] {
        assert_eq!(page.status, StatusCode::OK, "{}", page.words());
        assert_eq!(page.all("h1"), ["Afsnittet gælder ikke længere"]);
        assert!(
            page.words().contains("Det, I skrev, er gemt."),
            "{}",
            page.words()
        );
        assert_eq!(page.count("[data-saved]"), 1);
    }
    let draft = writer.server.drafted(EATING, SKIVE_ID);
    assert_eq!(draft["reservations"]["text"], json!("Talt op i hånden"));
}
