//! The administrators' list of who may come in.
use actix_web::http::StatusCode;
use samsvar::actions::{people, staff};
use samsvar::demo::{EATING, FOCUS};
use samsvar_core::access::Staff;
use samsvar_core::roles::Role;

use crate::people::{Server, Visitor};

fn signed_in(server: &Server, address: &str) -> Visitor {
    let visitor = server.visitor();
    let token = staff::sign_in_at_once(&server.app, address).unwrap();
    visitor.takes_cookie("samsvar_sekretariat", token.reveal());
    visitor
}

#[test]
fn whoever_was_listed_before_there_were_roles_keeps_what_they_could_do() {
    let old = r#"{"address":"a@example.dk","name":"A"}"#;
    let staff: Staff = serde_json::from_str(old).unwrap();
    assert_eq!(staff.role, Role::Secretariat);
}

#[actix_web::test]
async fn an_administrator_lists_changes_and_removes_people() {
    let server = Server::demo().await;
    let administrator = server.secretary().await;
    let list = administrator.get("/sekretariat/personer").await;
    let reader = [
        ("navn", "Nina Læser"),
        ("mail", "Nina@example.dk"),
        ("rolle", "laeser"),
    ];
    let added = administrator.presses(&list, &reader, "Gem").await;
    assert_eq!(added.location(), "/sekretariat/personer");
    let nina = signed_in(&server, "nina@example.dk");
    assert_eq!(nina.get("/sekretariat").await.status, StatusCode::OK);

    let list = administrator.follows(&added).await;
    assert!(list.words().contains("Nina Læser har adgang som Læser"));
    let observer = [
        ("navn", "Nina Læser"),
        ("mail", "nina@example.dk"),
        ("rolle", "observatoer"),
        ("indsamling", FOCUS),
    ];
    administrator.presses(&list, &observer, "Gem").await;
    let role = people::find(&server.app, "nina@example.dk")
        .unwrap()
        .unwrap()
        .role;
    assert_eq!(
        role,
        Role::Observer {
            campaign: FOCUS.into()
        }
    );
    let old = nina.get("/sekretariat").await;
    assert_eq!(
        old.status,
        StatusCode::UNAUTHORIZED,
        "the old right is over"
    );

    let nina = signed_in(&server, "nina@example.dk");
    let list = administrator.get("/sekretariat/personer").await;
    let removed = administrator.presses(&list, &[], "Fjern Nina Læser").await;
    assert_eq!(removed.status, StatusCode::SEE_OTHER, "{}", removed.words());
    assert_eq!(
        nina.get("/sekretariat").await.status,
        StatusCode::UNAUTHORIZED
    );
    let list = administrator.follows(&removed).await;
    assert!(list.words().contains("Nina Læser har ikke længere adgang"));
}

#[actix_web::test]
async fn what_is_wrong_stands_at_its_field_and_what_was_typed_stays() {
    let server = Server::demo().await;
    let administrator = server.secretary().await;
    let list = administrator.get("/sekretariat/personer").await;
    let cases = [
        (
            [("navn", ""), ("mail", "a@example.dk"), ("rolle", "laeser")],
            "navn",
        ),
        (
            [("navn", "A"), ("mail", "ikke en"), ("rolle", "laeser")],
            "mail",
        ),
        (
            [
                ("navn", "A"),
                ("mail", "a@example.dk"),
                ("rolle", "observatoer"),
            ],
            "indsamling",
        ),
    ];
    for (typed, field) in cases {
        let told = administrator.presses(&list, &typed, "Gem").await;
        assert_eq!(told.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            !told.error_at(field).is_empty(),
            "{field}: {}",
            told.words()
        );
        assert!(told.text().contains(typed[1].1), "kept");
    }
    let own = [
        ("navn", "Jeg"),
        ("mail", samsvar::demo::STAFF_ADDRESS),
        ("rolle", "laeser"),
    ];
    let told = administrator.presses(&list, &own, "Gem").await;
    assert!(told.error_at("rolle").contains("din egen rolle"));
    assert_eq!(people::list(&server.app).unwrap().len(), 1);
}

#[actix_web::test]
async fn a_reader_sees_reports_and_nothing_that_leads_to_names_or_answers() {
    let server = Server::demo().await;
    people::add(
        &server.app,
        "Nina",
        "nina@example.dk",
        Role::Reader,
        samsvar_core::events::Actor::Operator,
    )
    .unwrap()
    .unwrap();
    let nina = signed_in(&server, "nina@example.dk");
    let desk = nina.get("/sekretariat").await;
    assert!(!desk.words().contains("Ny indsamling"));
    let links = desk.attributes("main a", "href");
    assert!(
        !links.is_empty() && links.iter().all(|l| l.ends_with("/rapport")),
        "{links:?}"
    );
    let report = nina
        .get(&format!("/sekretariat/indsamlinger/{EATING}/rapport"))
        .await;
    assert_eq!(report.status, StatusCode::OK);
    for link in report.attributes("main a", "href") {
        let there = nina.get(&link).await;
        assert_ne!(there.status, StatusCode::FORBIDDEN, "a dead end: {link}");
    }
}
