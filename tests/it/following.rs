//! The overview: who stands where, found by filters, and what the secretariat agrees with each of them.
use actix_web::http::StatusCode;
use chrono::TimeDelta;
use samsvar::actions::campaigns;
use samsvar::demo::EATING;
use samsvar_core::danish;

use crate::people::Server;

const SKIVE: &str = "social@skive.example.dk";

fn base() -> String {
    format!("/sekretariat/indsamlinger/{EATING}")
}

#[actix_web::test]
async fn filters_show_those_and_the_denominator_stays() {
    let server = Server::demo().await;
    let secretary = server.secretary().await;
    let all = secretary.get(&base()).await;
    assert_eq!(all.count("tbody th a"), 29);
    let page = secretary
        .get(&format!("{}?gruppe=kommune&status=mangler&soeg=", base()))
        .await;
    let names = page.all("tbody th a");
    assert_eq!(names.len(), 2, "{names:?}");
    assert!(page.words().contains("Besvaret af 17 ud af 19."));
    assert!(page.words().contains("2 af 19 vises"));
    let page = secretary
        .get(&format!("{}?status=&soeg=skive", base()))
        .await;
    assert_eq!(page.all("tbody th a"), ["Skive Kommune, Social og Sundhed"]);
    let odd = secretary
        .get(&format!("{}?status=%3Cscript%3E&soeg=%22%3E", base()))
        .await;
    assert_eq!(odd.status, StatusCode::OK);
}

#[actix_web::test]
async fn the_chart_says_in_words_what_it_draws() {
    let server = Server::demo().await;
    let secretary = server.secretary().await;
    let page = secretary.get(&base()).await;
    let told = page.attributes("figure svg", "aria-label");
    assert!(told[0].contains("24 af 29"), "{told:?}");
    let rows = page.rows("figure tbody tr");
    assert_eq!(rows.last().unwrap()[1], "24 af 29");
}

#[actix_web::test]
async fn the_living_part_is_the_same_as_the_pages() {
    let server = Server::demo().await;
    let secretary = server.secretary().await;
    let page = secretary
        .get(&format!("{}?gruppe=tilbud&status=mangler", base()))
        .await;
    let live = page.attributes("[data-live]", "data-live").remove(0);
    let fragment = secretary.get(&live).await;
    assert_eq!(fragment.all("tbody th a"), page.all("#oversigt tbody th a"));
    assert!(!fragment.text().contains("<html"));
}

#[actix_web::test]
async fn an_exempt_respondent_is_counted_and_the_reason_is_kept_out_of_the_history() {
    let server = Server::demo().await;
    let secretary = server.secretary().await;
    let there = format!("{}/svarende/skive-kommune-social-og-sundhed", base());
    let page = secretary.get(&there).await;
    let none = secretary.presses(&page, &[], "Fritag").await;
    assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(none.error_at("grund").contains("Skriv grunden"));
    let done = secretary
        .presses(&page, &[("grund", "Hemmelig grund")], "Fritag")
        .await;
    let page = secretary.follows(&done).await;
    assert!(page.words().contains("Fritaget") && page.words().contains("Hemmelig grund"));
    let overview = secretary.get(&base()).await;
    assert!(
        overview
            .words()
            .contains("Besvaret af 17 ud af 19. 1 er fritaget."),
        "{}",
        overview.words()
    );
    assert!(
        overview
            .words()
            .contains("Fritaget for at svare – Skive Kommune, Social og Sundhed")
    );
    assert!(!overview.words().contains("Hemmelig grund"));
    let back = secretary.presses(&page, &[], "Vent igen på et svar").await;
    let page = secretary.follows(&back).await;
    assert!(!page.words().contains("Hemmelig grund"));
}

#[actix_web::test]
async fn an_answer_opened_again_can_be_amended_after_the_deadline() {
    let server = Server::demo().await;
    server.passes(TimeDelta::days(16));
    let secretary = server.secretary().await;
    let there = format!("{}/svarende/favrskov-kommune-social-og-sundhed", base());
    let page = secretary.get(&there).await;
    let until = danish::date(danish::local(server.app.now() + TimeDelta::days(4)).date_naive());
    let done = secretary
        .presses(&page, &[("ny-frist", &until)], "Åbn igen")
        .await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.words());
    let page = secretary.follows(&done).await;
    assert!(page.words().contains("(udsat)"), "{}", page.words());
    let asked = campaigns::asked(&server.app, EATING).unwrap();
    let favrskov = asked.iter().find(|r| r.id.starts_with("favrskov")).unwrap();
    let campaign = campaigns::overview(&server.app, EATING)
        .unwrap()
        .unwrap()
        .campaign;
    assert!(favrskov.window(&campaign.window).deadline > server.app.now());
    assert!(favrskov.disposition_in(&campaign.window).is_answered());
}

#[actix_web::test]
async fn a_conversation_is_seen_by_both_and_comes_as_a_letter() {
    let server = Server::demo().await;
    let secretary = server.secretary().await;
    let there = format!("{}/svarende/skive-kommune-social-og-sundhed", base());
    let page = secretary.get(&there).await;
    let empty = secretary
        .presses(&page, &[("besked", " ")], "Send beskeden")
        .await;
    assert!(empty.error_at("besked").contains("besked"));
    let words = "Kan I bekræfte tallet for 2018?\n<b>Tak</b> {modtager2}";
    secretary
        .presses(&page, &[("besked", words)], "Send beskeden")
        .await;
    server.send_mail();
    let mail = server.newest_mail_to(SKIVE);
    assert!(
        mail.text.contains("Kan I bekræfte tallet for 2018?"),
        "{}",
        mail.subject
    );
    let (answerer, start) = server.opens_link_of(SKIVE).await;
    let messages = answerer.get(&format!("{}/beskeder", start.path)).await;
    assert!(
        messages.words().contains("<b>Tak</b>"),
        "{}",
        messages.words()
    );
    answerer
        .presses(
            &messages,
            &[("besked", "Ja, tallet er rigtigt.")],
            "Send beskeden",
        )
        .await;
    let page = secretary.get(&there).await;
    assert!(page.words().contains("Ja, tallet er rigtigt."));
    let waiting = secretary.get(&format!("{}?status=besked", base())).await;
    assert_eq!(
        waiting.all("tbody th a"),
        ["Skive Kommune, Social og Sundhed"]
    );
    let log = secretary.get(&base()).await;
    assert!(
        !log.words().contains("Ja, tallet er rigtigt."),
        "words stay in the conversation"
    );
}

#[actix_web::test]
async fn a_fresh_link_is_sent_again_and_noted() {
    let server = Server::demo().await;
    let secretary = server.secretary().await;
    let old = server.link_of(SKIVE);
    let there = format!("{}/svarende/skive-kommune-social-og-sundhed", base());
    let page = secretary.get(&there).await;
    let sent = secretary.presses(&page, &[], "Send linket igen").await;
    let page = secretary.follows(&sent).await;
    assert!(page.words().contains("Et nyt link er lagt i udbakken"));
    server.send_mail();
    let new = server.link_of(SKIVE);
    assert_ne!(old, new);
    for link in [old, new] {
        assert_eq!(
            server.visitor().get(&link).await.status,
            StatusCode::SEE_OTHER
        );
    }
}
