//! "Not me": whoever got a letter by mistake names the right person, who gets it in their place.
use actix_web::http::StatusCode;
use samsvar::actions::campaigns;
use samsvar::demo::EATING;
use samsvar::mail::{Letter, LetterState};
use samsvar_core::campaigns::{Campaign, PassingRule, Respondent};
use samsvar_core::events::Deed;

use crate::page::Page;
use crate::people::{Server, Visitor};

const OLD: &str = "social@skive.example.dk";
const NEW: &str = "myndighed@skive.example.dk";
const ELSEWHERE: &str = "leder@odder.example.dk";
const SKIVE: &str = "skive-kommune-social-og-sundhed";
const SEND: &str = "Send brevet videre";

/// A browser at the page that the letter's second link opens.
async fn says_not_me(server: &Server) -> (Visitor, Page) {
    let visitor = server.visitor();
    let first = visitor
        .get(&format!("{}/ikke-mig", server.link_of(OLD)))
        .await;
    assert_eq!(first.status, StatusCode::SEE_OTHER, "{}", first.words());
    let page = visitor.follows(&first).await;
    assert_eq!(page.all("h1"), ["Er det ikke dig, der skal svare?"]);
    (visitor, page)
}

fn respondent(server: &Server) -> Respondent {
    let all = campaigns::asked(&server.app, EATING).unwrap();
    all.into_iter().find(|r| r.id == SKIVE).unwrap()
}

fn deeds(server: &Server, wanted: &Deed) -> usize {
    let all = campaigns::history(&server.app, EATING, Some(SKIVE), usize::MAX).unwrap();
    all.iter().filter(|event| event.deed == *wanted).count()
}

fn mails_to(server: &Server, address: &str) -> usize {
    let all = server.mails();
    all.iter().filter(|m| m.to.contains(address)).count()
}

fn rules(server: &Server, rule: PassingRule) {
    let stored = server.app.store.get::<Campaign>(EATING).unwrap().unwrap();
    let mut campaign = stored.doc;
    campaign.passing_on = rule;
    let commit = samsvar::store::Commit::new(server.app.now()).put_if(&campaign, stored.revision);
    server.app.store.commit(commit).unwrap();
}

#[actix_web::test]
async fn every_invitation_carries_the_way_on_and_no_list_unsubscribe() {
    let server = Server::demo().await;
    let mail = server.newest_mail_to(OLD);
    let way = format!("{}/ikke-mig", server.link_of(OLD));
    assert!(
        mail.text
            .contains("Er det ikke dig, der skal svare? Send til den rette:")
    );
    assert_eq!(mail.text.matches(&way).count(), 1, "{}", mail.text);
    for (name, bytes) in server.data_files() {
        if name.ends_with(".eml") {
            let text = String::from_utf8_lossy(&bytes).to_lowercase();
            assert!(!text.contains("list-unsubscribe"), "{name}");
        }
    }
}

#[actix_web::test]
async fn a_colleague_in_the_same_house_gets_the_letter_at_once() {
    let server = Server::demo().await;
    let before = respondent(&server).progress;
    let (visitor, page) = says_not_me(&server).await;
    assert_eq!(
        respondent(&server).progress,
        before,
        "the answer was not opened"
    );
    let typed = [
        ("mail", NEW),
        ("navn", "Nina Ny"),
        ("note", "Ny fra 1. maj"),
    ];
    let sent = visitor.presses(&page, &typed, SEND).await;
    let thanks = visitor.follows(&sent).await;
    assert_eq!(thanks.status, StatusCode::OK);
    assert_eq!(thanks.all("h1"), ["Brevet går videre"]);
    assert!(
        !thanks.text().contains(NEW),
        "an old link tells nobody's address"
    );

    // Pressed once more, in a window that was open: nothing more happens.
    let again = visitor.presses(&page, &typed, SEND).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER, "{}", again.words());
    server.send_mail();
    assert_eq!(mails_to(&server, NEW), 1);
    assert_eq!(deeds(&server, &Deed::ContactNamed), 1);
    let contact = respondent(&server).contacts.remove(0);
    assert_eq!(
        (contact.name.as_str(), contact.address.as_str()),
        ("Nina Ny", NEW)
    );
    assert!(!server.newest_mail_to(NEW).text.contains("Ny fra 1. maj"));

    let ended = server.visitor().get(&server.link_of(OLD)).await;
    assert_eq!(ended.status, StatusCode::GONE);
    assert_eq!(ended.all("h1"), ["En anden skal svare"]);
    let base = page.path.trim_end_matches("/ikke-mig").to_owned();
    assert_eq!(visitor.get(&base).await.status, StatusCode::GONE);
    let (_, start) = server.opens_link_of(NEW).await;
    assert_eq!(start.status, StatusCode::OK);

    let secretary = server.secretary().await;
    let desk = format!("/sekretariat/indsamlinger/{EATING}/svarende/{SKIVE}");
    let words = secretary.get(&desk).await.words();
    assert!(
        words.contains("Sendt videre") && words.contains("Ny fra 1. maj"),
        "{words}"
    );
    let timeline = format!("/sekretariat/indsamlinger/{EATING}/breve/{SKIVE}");
    let words = secretary.get(&timeline).await.words();
    assert!(
        words.contains("Har peget på en anden som den rette"),
        "{words}"
    );
}

#[actix_web::test]
async fn somebody_elsewhere_waits_for_the_secretariat_and_nobody_is_written_to() {
    let server = Server::demo().await;
    let (visitor, page) = says_not_me(&server).await;
    let sent = visitor.presses(&page, &[("mail", ELSEWHERE)], SEND).await;
    let thanks = visitor.follows(&sent).await;
    assert!(
        thanks.words().contains("Afsenderen ser på det"),
        "{}",
        thanks.words()
    );
    server.send_mail();
    assert_eq!(mails_to(&server, ELSEWHERE), 0);
    assert_eq!(respondent(&server).reachable().count(), 0, "no reminder");

    let secretary = server.secretary().await;
    let list = format!("/sekretariat/indsamlinger/{EATING}?status=ikke-mig");
    let list = secretary.get(&list).await;
    assert_eq!(list.all("tbody th a"), ["Skive Kommune, Social og Sundhed"]);
    let desk = format!("/sekretariat/indsamlinger/{EATING}/svarende/{SKIVE}");
    let page = secretary.get(&desk).await;
    assert!(page.words().contains(ELSEWHERE));
    let done = secretary
        .presses(&page, &[], "Send brevet til den nye")
        .await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    secretary
        .presses(&page, &[], "Send brevet til den nye")
        .await;
    server.send_mail();
    assert_eq!(mails_to(&server, ELSEWHERE), 1);
    assert_eq!(deeds(&server, &Deed::NamedContactTaken), 1);
    let (_, start) = server.opens_link_of(ELSEWHERE).await;
    assert_eq!(start.status, StatusCode::OK);
}

#[actix_web::test]
async fn a_refused_name_gives_the_old_contact_their_link_back() {
    let server = Server::demo().await;
    let (visitor, page) = says_not_me(&server).await;
    visitor.presses(&page, &[("mail", ELSEWHERE)], SEND).await;
    let secretary = server.secretary().await;
    let desk = format!("/sekretariat/indsamlinger/{EATING}/svarende/{SKIVE}");
    let page = secretary.get(&desk).await;
    secretary.presses(&page, &[], "Behold den gamle").await;
    assert_eq!(deeds(&server, &Deed::NamedContactRefused), 1);
    let (_, start) = server.opens_link_of(OLD).await;
    assert_eq!(start.status, StatusCode::OK);
    server.send_mail();
    assert_eq!(mails_to(&server, ELSEWHERE), 0);
    assert_eq!(respondent(&server).reachable().count(), 1);
}

#[actix_web::test]
async fn the_secretariats_rule_decides_whether_anybody_looks_first() {
    for (rule, to, at_once) in [
        (PassingRule::AtOnce, ELSEWHERE, 1),
        (PassingRule::AfterApproval, NEW, 0),
    ] {
        let server = Server::demo().await;
        rules(&server, rule);
        let (visitor, page) = says_not_me(&server).await;
        visitor.presses(&page, &[("mail", to)], SEND).await;
        server.send_mail();
        assert_eq!(mails_to(&server, to), at_once, "{rule:?}");
    }
}

#[actix_web::test]
async fn what_is_wrong_stands_at_its_field_and_nothing_is_lost() {
    let server = Server::demo().await;
    let (visitor, page) = says_not_me(&server).await;
    let before = server.app.store.durable_seq();
    for (mail, sentence) in [
        ("", "Skriv mailadressen"),
        ("nina", "Skriv mailadressen"),
        (OLD, "Brevet kom til den adresse"),
    ] {
        let typed = [
            ("mail", mail),
            ("navn", "Nina Ny"),
            ("note", "Ring\ntil mig"),
        ];
        let told = visitor.presses(&page, &typed, SEND).await;
        assert_eq!(told.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(told.title().starts_with("Fejl: "));
        assert!(told.error_at("mail").contains(sentence), "{}", told.words());
        assert!(told.text().contains("Nina Ny") && told.text().contains("Ring"));
    }
    assert_eq!(server.app.store.durable_seq(), before);
}

#[actix_web::test]
async fn a_letter_that_waits_for_the_old_contact_is_withdrawn() {
    let server = Server::demo().await;
    let secretary = server.secretary().await;
    let desk = format!("/sekretariat/indsamlinger/{EATING}/svarende/{SKIVE}");
    let page = secretary.get(&desk).await;
    let (visitor, not_me) = says_not_me(&server).await;
    secretary.presses(&page, &[], "Send linket igen").await;
    let mails = mails_to(&server, OLD);
    visitor.presses(&not_me, &[("mail", NEW)], SEND).await;
    server.send_mail();
    assert_eq!(mails_to(&server, OLD), mails);
    let letters = server
        .app
        .store
        .scan::<Letter>(&format!("{EATING}/"))
        .unwrap();
    let withdrawn = letters
        .iter()
        .filter(|l| l.doc.respondent.as_deref() == Some(SKIVE))
        .filter(|l| matches!(l.doc.state, LetterState::Withdrawn { .. }));
    assert_eq!(withdrawn.count(), 1);
}

#[actix_web::test]
async fn only_a_contacts_own_link_says_not_me() {
    let server = Server::demo().await;
    let forged = format!("/l/{}/ikke-mig", "0".repeat(32));
    let answer = server.visitor().get(&forged).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    let (_, page) = says_not_me(&server).await;
    let stranger = server.visitor().get(&page.path).await;
    assert_eq!(stranger.status, StatusCode::FORBIDDEN);
}

#[actix_web::test]
async fn the_page_is_english_where_the_visitor_reads_english() {
    let server = Server::demo().await;
    let (visitor, page) = says_not_me(&server).await;
    let base = page.path.trim_end_matches("/ikke-mig").to_owned();
    visitor.get(&format!("{base}/sprog/en")).await;
    let page = visitor.get(&format!("{base}/ikke-mig")).await;
    assert_eq!(page.all("h1"), ["Is somebody else to answer?"]);
    for danish in ["Du får", "Besked til", "Send brevet", "Den rettes"] {
        assert!(!page.words().contains(danish), "{danish}");
    }
}
