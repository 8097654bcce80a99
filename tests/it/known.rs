//! Known answers: laid beside the questions by the secretariat, confirmed or corrected, printed with their source.
use actix_web::http::StatusCode;
use samsvar::demo::EATING;
use serde_json::json;

use crate::page::File;
use crate::people::{Server, Visitor};
use crate::writer::{SKIVE, SKIVE_ID, Writer};

const CSV: &str = "\u{feff}svarende;felt;værdi;kilde\r\n\
    Skive Kommune, Social og Sundhed;/children/visited/2017;3;Register 2019\r\n\
    skive-kommune-social-og-sundhed;/children/visited/2018;ca. 4;Register 2019\r\n\
    skive-kommune-social-og-sundhed;/reservations/method;By hand;Register 2019\r\n";

fn page_of_known() -> String {
    format!("/sekretariat/indsamlinger/{EATING}/kendte-svar")
}

async fn hands_in(secretary: &Visitor, text: &str) -> crate::page::Page {
    let page = secretary.get(&page_of_known()).await;
    let file = File {
        control: "fil",
        name: "register.csv",
        bytes: text.as_bytes(),
    };
    secretary
        .attaches(&page, &[], &[file], "Læg svarene ved")
        .await
}

#[actix_web::test]
async fn a_file_with_faults_changes_nothing_and_names_its_lines() {
    let server = Server::demo().await;
    let secretary = server.secretary().await;
    let text = "svarende;felt;værdi;kilde\nAndeby Kommune;/children/visited/2017;3;R\n\
        skive-kommune-social-og-sundhed;/findes/ikke;3;R\n\
        skive-kommune-social-og-sundhed;/children/visited/2017;mange;R\n\
        skive-kommune-social-og-sundhed;/children/visited/2018;3;\n";
    let told = hands_in(&secretary, text).await;
    assert_eq!(told.status, StatusCode::UNPROCESSABLE_ENTITY);
    for part in ["Linje 2", "Linje 3", "Linje 4", "Linje 5: Kilden mangler"] {
        assert!(told.words().contains(part), "{part}: {}", told.words());
    }
    let known = samsvar::actions::known::of(&server.app, EATING, SKIVE_ID).unwrap();
    assert!(known.is_empty());
}

#[actix_web::test]
async fn register_figures_are_confirmed_in_one_press_and_printed_with_their_source() {
    let writer = Writer::of(SKIVE).await;
    let secretary = writer.server.secretary().await;
    let done = hands_in(&secretary, &CSV.replace("By hand", "by_hand")).await;
    assert!(
        done.words().contains("3 svar er lagt ved"),
        "{}",
        done.words()
    );
    let page = writer.section("children").await;
    assert!(
        page.words().contains("Register 2019: 3"),
        "{}",
        page.words()
    );
    let pressed = writer
        .visitor
        .presses(&page, &[("f/children/visited/2019", "9")], "Uændret")
        .await;
    let page = writer.visitor.follows(&pressed).await;
    let draft = writer.server.drafted(EATING, SKIVE_ID);
    assert_eq!(
        draft["children"]["visited"]["2017"],
        json!({"value": 3, "qualifier": "confirmed"})
    );
    assert_eq!(
        draft["children"]["visited"]["2019"],
        json!(9),
        "what was typed is kept"
    );
    assert!(page.words().contains("Taget med"));
    let typed = writer
        .visitor
        .presses(&page, &[("f/children/visited/2018", "6")], "Gem")
        .await;
    assert_eq!(typed.status, StatusCode::SEE_OTHER);
    let draft = writer.server.drafted(EATING, SKIVE_ID);
    assert_eq!(
        draft["children"]["visited"]["2018"],
        json!({"value": 6, "qualifier": "corrected"})
    );
    let review = writer.review().await;
    let words = review.words();
    assert!(
        words.contains("3 (bekræftet) – uændret (Register 2019)"),
        "{words}"
    );
    assert!(
        words.contains("6 (rettet) – rettet fra »ca. 4« (Register 2019)"),
        "{words}"
    );
}

#[actix_web::test]
async fn only_a_value_that_fits_its_question_is_taken() {
    let server = Server::demo().await;
    let secretary = server.secretary().await;
    let told = hands_in(&secretary, CSV).await;
    assert_eq!(
        told.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{}",
        told.words()
    );
    assert!(told.words().contains("Linje 4: Værdien passer ikke"));
}

#[actix_web::test]
async fn an_organisation_typed_by_another_name_is_kept_by_its_official_one() {
    let writer = Writer::of(SKIVE).await;
    let page = writer.section("children").await;
    let saved = writer
        .visitor
        .presses(
            &page,
            &[
                ("f/children/visited/2017", "7"),
                ("f/children/visited/2018", "0"),
                ("f/children/visited/2019", "0"),
                ("f/children/offsite_period", "0"),
            ],
            "Gem",
        )
        .await;
    writer.visitor.follows(&saved).await;
    let page = writer.section("offers").await;
    let added = writer.visitor.presses(&page, &[], "Tilføj tilbud").await;
    let page = writer.visitor.follows(&added).await;
    let control = "f/offers/used/0/municipality";
    let saved = writer
        .visitor
        .presses(&page, &[(control, "århus kommune")], "Gem")
        .await;
    let page = writer.visitor.follows(&saved).await;
    assert_eq!(
        page.control(control).as_deref(),
        Some("Aarhus"),
        "{}",
        page.words()
    );
}
