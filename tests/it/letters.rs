//! What became of each letter, as the secretariat sees it, and what comes back on it.
use std::fs;
use std::sync::Arc;

use actix_web::http::StatusCode;
use samsvar::actions::deliveries;
use samsvar::actions::returned::Returns;
use samsvar::demo::EATING;
use samsvar::mail::{Inbox, ReturnPath, Taken};
use samsvar_core::events::{Actor, Deed};

use crate::people::Server;
use crate::writer::{SKIVE, SKIVE_ID};

const PATTERN: &str = "samsvar+*@region.example.dk";
const NEW: &str = "myndighed@skive.example.dk";

/// A sample about a letter to Skive.
fn sample(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/data/mail/{name}.eml", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(path).unwrap();
    text.replace("fagkoordinator@skive.example.dk", SKIVE)
        .into_bytes()
}

/// Skive's invitation comes back like this.
#[track_caller]
fn comes_back(server: &Server, name: &str) {
    let timeline = deliveries::timeline(&server.app, EATING, SKIVE_ID)
        .unwrap()
        .unwrap();
    let path = ReturnPath::parse(PATTERN).unwrap();
    let address = path.of(&timeline.letters[0].letter).unwrap();
    let returns = Returns::new(Arc::clone(&server.app), path);
    assert!(returns.knows(address.expose()));
    let taken = returns.take(address.expose(), &sample(name));
    assert_eq!(taken, Taken::Kept);
}

fn page_of_skive() -> String {
    format!("/sekretariat/indsamlinger/{EATING}/breve/{SKIVE_ID}")
}

fn state(server: &Server) -> &'static str {
    let timeline = deliveries::timeline(&server.app, EATING, SKIVE_ID)
        .unwrap()
        .unwrap();
    timeline.letters[0].state
}

#[actix_web::test]
async fn a_timeline_tells_a_letter_from_the_outbox_to_the_submission() {
    let server = Server::demo().await;
    let secretary = server.secretary().await;
    server.opens_link_of(SKIVE).await;
    let page = secretary.get(&page_of_skive()).await;
    let told = page.all(".sv-timeline li").join("\n");
    let places = [
        "Lagt i udbakken",
        "Givet til mailserveren",
        "Sendt: mailserveren har taget imod brevet",
        "Linket er åbnet",
    ]
    .map(|sentence| {
        told.find(sentence)
            .unwrap_or_else(|| panic!("{sentence}: {told}"))
    });
    assert!(places.is_sorted(), "{told}");
}

#[actix_web::test]
async fn a_bounced_letter_goes_to_the_corrected_address_in_one_click() {
    let server = Server::demo().await;
    let secretary = server.secretary().await;
    let old_link = server.link_of(SKIVE);
    comes_back(&server, "postfix-bounce");
    assert_eq!(state(&server), "Kom retur");
    let all = secretary
        .get(&format!("/sekretariat/indsamlinger/{EATING}/breve"))
        .await;
    assert!(
        all.words().contains("1 brev kræver, at I ser på det."),
        "{}",
        all.words()
    );
    assert!(
        all.words()
            .contains("kender ikke adressen. Ret adressen, og send igen.")
    );
    let page = secretary.get(&page_of_skive()).await;
    assert!(
        page.words()
            .contains("User unknown in virtual mailbox table")
    );

    let wrong = secretary
        .presses(
            &page,
            &[("mail", "ikke en adresse")],
            "Ret adresse, og send igen",
        )
        .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text().contains("ikke en adresse"), "kept");
    let done = secretary
        .presses(&wrong, &[("mail", NEW)], "Ret adresse, og send igen")
        .await;
    assert_eq!(done.location(), page_of_skive());
    assert_eq!(state(&server), "I udbakken");
    assert_eq!(server.send_mail().sent, 1);
    assert_eq!(state(&server), "Sendt");
    let old = server.visitor().get(&old_link).await;
    assert_eq!(old.status, StatusCode::NOT_FOUND, "nobody else holds a key");
    let (_, start) = server.opens_link_of(NEW).await;
    assert!(start.words().contains("Skive Kommune"));

    comes_back(&server, "postfix-bounce");
    assert_eq!(state(&server), "Sendt", "a late bounce of the old address");
}

#[actix_web::test]
async fn an_out_of_office_is_told_and_read_and_passed_on_to_nobody() {
    let server = Server::demo().await;
    let secretary = server.secretary().await;
    comes_back(&server, "outlook-out-of-office");
    assert_eq!(state(&server), "Sendt");
    let page = secretary.get(&page_of_skive()).await;
    assert!(page.words().contains("Autosvar fra modtagerens postkasse"));
    let links = page.attributes(".sv-timeline a", "href");
    let mail = secretary.get(&links[0]).await;
    assert!(mail.words().contains("Jeg er på ferie"), "{}", mail.words());
    let history = samsvar::actions::campaigns::history(&server.app, EATING, Some(SKIVE_ID), 5);
    let read = history.unwrap().remove(0);
    assert_eq!(read.deed, Deed::MailRead);
    assert!(matches!(read.actor, Actor::Staff(_)));
    assert_eq!(server.send_mail().sent, 0);
}

#[actix_web::test]
async fn a_forwarded_mail_is_kept_and_passed_on_to_the_sender_of_the_letter() {
    let server = Server::demo().await;
    comes_back(&server, "outlook-forwarded");
    comes_back(&server, "answer");
    assert_eq!(server.send_mail().sent, 2);
    let mails = server.mails();
    let passed = &mails[mails.len() - 2..];
    assert!(
        passed
            .iter()
            .any(|m| m.text.contains("Jeg har skiftet afdeling"))
    );
    assert!(
        passed
            .iter()
            .any(|m| m.text.contains("først svare i næste uge"))
    );
    let sender = samsvar::actions::campaigns::overview(&server.app, EATING);
    let sender = sender.unwrap().unwrap().campaign.sender.address;
    assert!(
        passed.iter().all(|m| m.to.contains(&sender)),
        "{:?}",
        passed[0].to
    );
}

#[actix_web::test]
async fn nobody_else_can_write_into_a_timeline() {
    let server = Server::demo().await;
    let returns = Returns::new(Arc::clone(&server.app), ReturnPath::parse(PATTERN).unwrap());
    for address in [
        "samsvar+00000000000000000000000000000000@region.example.dk",
        "samsvar+@region.example.dk",
        "sekretariat@region.example.dk",
    ] {
        assert!(!returns.knows(address), "{address}");
    }
}
