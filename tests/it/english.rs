//! English by one click on the pages of an answer, remembered, and back again.
use actix_web::http::{StatusCode, header};
use actix_web::test::TestRequest;

use crate::writer::{SKIVE, Writer};

#[actix_web::test]
async fn one_click_gives_the_pages_in_english_and_the_visitor_keeps_it() {
    let writer = Writer::of(SKIVE).await;
    let start = writer.visitor.get(&writer.base).await;
    let link = format!("{}/sprog/en", writer.base);
    assert!(
        start.attributes("a", "href").contains(&link),
        "{}",
        start.words()
    );
    let section = format!("{}/afsnit/children", writer.base);
    let asked = TestRequest::get().uri(&link).insert_header((
        header::REFERER,
        format!("http://samsvar.example.dk{section}"),
    ));
    let chosen = writer.visitor.send(asked, &link).await;
    assert_eq!(chosen.status, StatusCode::SEE_OTHER);
    assert_eq!(chosen.location(), section, "back to where it was clicked");
    let page = writer.visitor.get(&section).await;
    assert_eq!(page.attributes("html", "lang"), ["en"]);
    let words = page.words();
    for part in [
        "Children and young people under 18",
        "Save and continue",
        "Section 1 of 8",
        "Review and send",
        "Deadline",
    ] {
        assert!(words.contains(part), "{part}: {words}");
    }
    for part in ["Gem og fortsæt", "Svarfrist", "skal udfyldes", "Gennemse"] {
        assert!(!words.contains(part), "{part}: {words}");
    }
    let saved = writer
        .visitor
        .presses(
            &page,
            &[("f/children/visited/2017", "many")],
            "Save and continue",
        )
        .await;
    let page = writer.visitor.follows(&saved).await;
    assert!(page.title().starts_with("Error: "), "{}", page.title());
    let page = writer.visitor.get(&section).await;
    let saved = writer
        .visitor
        .presses(&page, &[("f/children/visited/2017", "Gem")], "Save")
        .await;
    let page = writer.visitor.follows(&saved).await;
    assert_eq!(
        page.control("f/children/visited/2017").as_deref(),
        Some("Gem"),
        "what was typed stays"
    );
    let back = writer
        .visitor
        .get(&format!("{}/sprog/da", writer.base))
        .await;
    assert_eq!(
        back.location(),
        writer.base,
        "without a referrer, to the first page"
    );
    assert_eq!(
        writer.section("children").await.attributes("html", "lang"),
        ["da"]
    );
}

#[actix_web::test]
async fn the_choice_leads_nowhere_else() {
    let writer = Writer::of(SKIVE).await;
    let link = format!("{}/sprog/en", writer.base);
    for from in [
        "https://ondt.example.com/",
        "https://ondt.example.com/svar/andre",
        "//x",
        "http://h/sekretariat",
    ] {
        let asked = TestRequest::get()
            .uri(&link)
            .insert_header((header::REFERER, from));
        assert_eq!(
            writer.visitor.send(asked, &link).await.location(),
            writer.base,
            "{from}"
        );
    }
}
