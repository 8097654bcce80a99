//! A colleague or manager who was asked, and whose name and address are to go.
use std::collections::BTreeMap;
use std::fs;

use actix_web::http::StatusCode;
use chrono::{DateTime, Utc};
use samsvar::actions::asked::Asked;
use samsvar::actions::erasure::{self, Scope};
use samsvar::actions::ledger::TextReviewDoc;
use samsvar::actions::{DraftDoc, KnownDoc, held};
use samsvar::control::keeping::Keep;
use samsvar::control::{self, Ask, Outcome};
use samsvar::demo::EATING;
use samsvar::mail::Letter;
use samsvar::store::{Commit, Document, key};
use samsvar_core::access::{Link, Opens};
use samsvar_core::answers::Known;
use samsvar_core::events::Actor;
use samsvar_core::hands::{ApprovalRequest, Handover};
use serde_json::json;

use crate::hands::{HANNE, METTE, asks_for_help, asks_the_manager, ready_for_the_manager};
use crate::people::Server;
use crate::writer::{SKIVE, SKIVE_ID, Writer};

/// How many files below the data directory hold a text.
fn holding(server: &Server, text: &str) -> usize {
    let has = |bytes: &[u8]| bytes.windows(text.len()).any(|w| w == text.as_bytes());
    let files = server.data_files();
    files
        .iter()
        .filter(|(name, bytes)| name.contains(text) || has(bytes))
        .count()
}

fn erase(server: &Server, address: &str, sure: bool) -> String {
    let ask = Keep::Erase {
        campaign: None,
        respondent: None,
        contact: Some(address.to_owned()),
        sure,
    };
    match control::carry_out(&server.app, Ask::Keep(ask)) {
        Outcome::Done(text) => text,
        Outcome::Refused(why) => panic!("refused: {why}"),
        _ => panic!("neither done nor refused"),
    }
}

fn list(server: &Server) -> String {
    fs::read_to_string(server.app.config.data.join("erasures.jsonl")).unwrap()
}

#[actix_web::test]
async fn a_colleague_goes_with_link_and_letters_and_what_they_wrote_stays() {
    let writer = Writer::of(SKIVE).await;
    let server = &writer.server;
    let (mette, page) = asks_for_help(&writer, &["children"]).await;
    let children = format!("{}/afsnit/children", page.path);
    let section = mette.get(&children).await;
    mette
        .presses(&section, &[("f/children/visited/2017", "731")], "Gem")
        .await;
    let drafted = server.drafted(EATING, SKIVE_ID).to_string();
    assert!(drafted.contains("731"), "{drafted}");

    let told = held::held_about(&server.app, METTE, &Actor::Operator);
    let told = told.unwrap().unwrap();
    assert_eq!(told["asked_by"].as_array().unwrap().len(), 1);
    let tables = told["documents"].as_array().unwrap().iter();
    let tables: Vec<_> = tables.filter_map(|d| d["table"].as_str()).collect();
    for table in ["handover", "letter", "link"] {
        assert!(
            tables.contains(&table),
            "{table} is held, and not told: {tables:?}"
        );
    }
    assert!(!told["events"].as_array().unwrap().is_empty());

    let preview = erase(server, &METTE.to_uppercase(), false);
    assert!(
        preview.contains("as a colleague who was asked"),
        "{preview}"
    );
    assert!(
        preview.contains("1 letter") && preview.contains("1 link"),
        "{preview}"
    );
    assert!(holding(server, METTE) > 0 && holding(server, "Mette Holm") > 0);

    erase(server, METTE, true);
    for text in [METTE, "Mette Holm", "Kan du tage børnene?"] {
        assert_eq!(holding(server, text), 0, "{text} is still on the disk");
    }
    assert!(list(server).contains("colleague") && !list(server).contains("mette"));
    assert!(server.drafted(EATING, SKIVE_ID).to_string().contains("731"));
    let links = server.app.store.scan::<Link>("").unwrap();
    assert!(
        !links
            .iter()
            .any(|s| matches!(s.doc.opens, Opens::Handover(_)))
    );
    let refused = mette.get(&children).await;
    assert_ne!(refused.status, StatusCode::OK, "{}", refused.words());
    let page = writer.visitor.get(&format!("{}/hjaelp", writer.base)).await;
    assert!(page.words().contains("(slettet)"), "{}", page.words());
    let page = writer
        .visitor
        .get(&format!("{}/historik", writer.base))
        .await;
    assert!(
        page.words().contains("En, hvis navn er slettet"),
        "{}",
        page.words()
    );
    assert!(holding(server, SKIVE) > 0, "the holder stays");
    assert!(
        held::held_about(&server.app, METTE, &Actor::Operator)
            .unwrap()
            .is_none()
    );
}

#[actix_web::test]
async fn a_manager_goes_and_the_draft_that_waited_can_be_changed_again() {
    let (writer, review) = ready_for_the_manager().await;
    let server = &writer.server;
    asks_the_manager(&writer, &review).await;
    let draft = || server.app.store.get::<DraftDoc>(&key([EATING, SKIVE_ID]));
    assert!(draft().unwrap().unwrap().doc.waits.is_some());
    erase(server, HANNE, true);
    for text in [HANNE, "Hanne Leder"] {
        assert_eq!(holding(server, text), 0, "{text} is still on the disk");
    }
    assert!(list(server).contains("manager") && !list(server).contains("hanne"));
    assert!(draft().unwrap().unwrap().doc.waits.is_none());
    let letters = server.app.store.scan::<Letter>("").unwrap();
    assert!(letters.iter().all(|s| s.doc.to.address.expose() != HANNE));
    let page = writer.review().await;
    asks_the_manager(&writer, &page).await;
}

#[actix_web::test]
async fn an_older_backup_forgets_the_colleague_again_by_ids_alone() {
    let writer = Writer::of(SKIVE).await;
    let server = &writer.server;
    asks_for_help(&writer, &["children"]).await;
    let handover = server.app.store.scan::<Handover>("").unwrap().remove(0).doc;
    let old = server
        .app
        .store
        .get::<Handover>(&key([EATING, SKIVE_ID, &handover.id]));
    erase(server, METTE, true);
    let list = list(server);
    // As a restored backup would have it: the hand-over is back, the erasure is not known.
    let commit = Commit::new(server.app.now()).put(&old.unwrap().unwrap().doc);
    let erasures = server.app.store.scan::<erasure::Erasure>("").unwrap();
    let commit = erasures.iter().fold(commit, |commit, stored| {
        commit.delete::<erasure::Erasure>(Document::key(&stored.doc))
    });
    server.app.store.commit(commit).unwrap();
    assert!(holding(server, METTE) > 0);
    let taken = control::carry_out(&server.app, Ask::Keep(Keep::TakeErasures { list }));
    assert!(matches!(taken, Outcome::Done(text) if text.contains("1 erasures")));
    assert_eq!(holding(server, METTE), 0);
}

#[actix_web::test]
async fn who_is_a_contact_and_was_asked_too_goes_altogether() {
    let (writer, review) = ready_for_the_manager().await;
    let server = &writer.server;
    asks_the_manager(&writer, &review).await;
    let at = key([EATING, SKIVE_ID]);
    let mut request = server
        .app
        .store
        .scan::<ApprovalRequest>(&at)
        .unwrap()
        .remove(0)
        .doc;
    request.manager.address = SKIVE.to_uppercase();
    server
        .app
        .store
        .commit(Commit::new(server.app.now()).put(&request))
        .unwrap();
    let scopes = erasure::contacts_at(&server.app, SKIVE).unwrap();
    for scope in &scopes {
        assert!(erasure::erase(&server.app, scope, &Actor::Operator).unwrap());
    }
    assert_eq!(holding(server, SKIVE), 0);
    assert_eq!(holding(server, &SKIVE.to_uppercase()), 0);
    let request = server
        .app
        .store
        .scan::<ApprovalRequest>(&at)
        .unwrap()
        .remove(0)
        .doc;
    assert_eq!(request.manager.name, "");
    let whom = Asked::Manager(request.id);
    let gone = Scope::Asked {
        campaign: EATING.to_owned(),
        respondent: SKIVE_ID.to_owned(),
        whom,
    };
    assert!(erasure::plan(&server.app, &gone).unwrap().is_some());
}

/// What is known of one question.
pub fn known(value: &str) -> BTreeMap<String, Known> {
    let source = "Register".to_owned();
    let value = json!(value);
    BTreeMap::from([("/themes/future".to_owned(), Known { value, source })])
}

/// A decision on a free text.
pub fn review(at: DateTime<Utc>) -> TextReviewDoc {
    TextReviewDoc {
        campaign: EATING.to_owned(),
        respondent: SKIVE_ID.to_owned(),
        pointer: "/themes/future".to_owned(),
        original_sha256: "0".repeat(64),
        released: true,
        wording: "en-omskrevet-tekst".to_owned(),
        at,
        by: Actor::Operator,
    }
}

#[actix_web::test]
async fn what_stands_beside_an_answer_goes_with_it() {
    let server = Server::demo().await;
    let known = KnownDoc {
        campaign: EATING.to_owned(),
        respondent: SKIVE_ID.to_owned(),
        known: known("et-registertal"),
        taken: server.app.now(),
    };
    let review = review(server.app.now());
    let commit = Commit::new(server.app.now()).put(&known).put(&review);
    server.app.store.commit(commit).unwrap();
    let texts = ["et-registertal", "en-omskrevet-tekst"];
    assert!(texts.iter().all(|text| holding(&server, text) > 0));
    let scope = Scope::Respondent {
        campaign: EATING.to_owned(),
        respondent: SKIVE_ID.to_owned(),
    };
    assert!(erasure::erase(&server.app, &scope, &Actor::Operator).unwrap());
    assert!(texts.iter().all(|text| holding(&server, text) == 0));
}
