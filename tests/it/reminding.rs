//! Reminders: decided when they are sent, only to those who owe an answer, never twice for one occasion.
use chrono::{DateTime, TimeDelta, Utc};
use samsvar::actions::{campaigns, reminders};
use samsvar_core::danish;

use crate::collection::{OPEN, prepared, step};
use crate::people::{Server, Visitor};

const LIST: &str = "organisation;afdeling;gruppe;navn;mail;telefon\n\
    Skive Kommune;;kommune;F;fag@skive.example.dk;\n\
    Odder Kommune;;kommune;F;fag@odder.example.dk;\n\
    Struer Kommune;;kommune;F;fag@struer.example.dk;\n\
    Samsø Kommune;;kommune;F;;12345678\n";

/// A collection that is due at noon on a working day in 30 days, with reminders three days before.
async fn running(server: &Server, secretary: &Visitor) -> String {
    let (id, _) = prepared(server, secretary, LIST, "").await;
    let page = secretary.get(&step(&id, "periode")).await;
    let rules = [
        ("paamind-foer", "3"),
        ("paamind-hoejst", "2"),
        ("paamind-fra", "0"),
        ("paamind-til", "24"),
    ];
    secretary.presses(&page, &rules, "Gem og gå videre").await;
    let page = secretary.get(&step(&id, "gennemse")).await;
    secretary.presses(&page, &[], OPEN).await;
    server.send_mail();
    id
}

/// Moves the clock to noon of the day on which the rules send.
fn to_the_day(server: &Server, id: &str) {
    let campaign = campaigns::overview(&server.app, id)
        .unwrap()
        .unwrap()
        .campaign;
    let slot = campaign.reminders.slots(campaign.window.deadline).remove(0);
    let noon = chrono::NaiveTime::from_hms_opt(12, 0, 0).unwrap();
    let at: DateTime<Utc> = danish::parse_local(&slot.day.to_string(), noon).unwrap();
    server.passes(at - server.app.now());
}

fn mails_to(server: &Server, address: &str, subject: &str) -> usize {
    let all = server.mails();
    all.iter()
        .filter(|m| m.to.contains(address) && m.subject.starts_with(subject))
        .count()
}

#[actix_web::test]
async fn only_those_who_owe_an_answer_are_reminded_and_only_once() {
    let server = Server::empty().await;
    let secretary = server.secretary().await;
    let id = running(&server, &secretary).await;
    assert_eq!(
        reminders::remind_due(&server.app).unwrap(),
        0,
        "it is not the day"
    );
    to_the_day(&server, &id);
    let secretary = server.secretary().await;
    let page = secretary
        .get(&format!(
            "/sekretariat/indsamlinger/{id}/svarende/struer-kommune"
        ))
        .await;
    secretary
        .presses(&page, &[("grund", "Ingen borgere")], "Fritag")
        .await;
    assert_eq!(reminders::remind_due(&server.app).unwrap(), 2);
    assert_eq!(reminders::remind_due(&server.app).unwrap(), 0);
    // A program that was killed and started again computes the same occasion.
    server.passes(TimeDelta::hours(3));
    assert_eq!(reminders::remind_due(&server.app).unwrap(), 0);
    server.send_mail();
    assert_eq!(mails_to(&server, "fag@skive", "Påmindelse"), 1);
    assert_eq!(mails_to(&server, "fag@struer", "Påmindelse"), 0);
    let link = server.link_of("fag@odder.example.dk");
    assert!(
        link.starts_with("/l/"),
        "a reminder carries a link of its own"
    );
}

#[actix_web::test]
async fn a_reminder_that_waits_is_withdrawn_when_nobody_owes_any_more() {
    let server = Server::empty().await;
    let secretary = server.secretary().await;
    let id = running(&server, &secretary).await;
    to_the_day(&server, &id);
    let secretary = server.secretary().await;
    assert_eq!(reminders::remind_due(&server.app).unwrap(), 3);
    for who in ["skive-kommune", "odder-kommune"] {
        let page = secretary
            .get(&format!("/sekretariat/indsamlinger/{id}/svarende/{who}"))
            .await;
        secretary
            .presses(&page, &[("grund", "Aftalt")], "Har sagt nej")
            .await;
    }
    let report = server.send_mail();
    assert_eq!((report.sent, report.withdrawn), (1, 2));
    assert_eq!(mails_to(&server, "fag@skive", "Påmindelse"), 0);
    assert_eq!(mails_to(&server, "fag@struer", "Påmindelse"), 1);
}

#[actix_web::test]
async fn whoever_has_more_time_is_reminded_by_its_own_deadline() {
    let server = Server::empty().await;
    let secretary = server.secretary().await;
    let id = running(&server, &secretary).await;
    let there = format!("/sekretariat/indsamlinger/{id}/svarende/skive-kommune");
    let page = secretary.get(&there).await;
    let wrong = secretary
        .presses(&page, &[("ny-frist", "snart")], "Udsæt fristen")
        .await;
    assert!(wrong.error_at("ny-frist").contains("dato"));
    let later = danish::local(server.app.now() + TimeDelta::days(50));
    let later = danish::date(later.date_naive());
    secretary
        .presses(&page, &[("ny-frist", &later)], "Udsæt fristen")
        .await;
    to_the_day(&server, &id);
    assert_eq!(
        reminders::remind_due(&server.app).unwrap(),
        2,
        "Odder and Struer"
    );
    server.passes(TimeDelta::days(6));
    server.send_mail();
    let (_, closed) = server.opens_link_of("fag@odder.example.dk").await;
    assert!(closed.words().contains("lukkede"), "{}", closed.words());
    let (_, open) = server.opens_link_of("fag@skive.example.dk").await;
    assert!(
        open.all("a.button").iter().any(|b| b == "Begynd"),
        "{}",
        open.words()
    );
}

#[actix_web::test]
async fn a_reminder_by_hand_shows_whom_it_reaches_and_a_second_press_sends_nothing() {
    let server = Server::empty().await;
    let secretary = server.secretary().await;
    let id = running(&server, &secretary).await;
    let there = format!("/sekretariat/indsamlinger/{id}/paamindelse");
    let early = secretary.get(&there).await;
    assert!(
        early.words().contains("er lige inviteret"),
        "{}",
        early.words()
    );
    server.passes(TimeDelta::days(5));
    let secretary = server.secretary().await;
    let page = secretary.get(&there).await;
    assert!(
        page.words().contains("Disse 3 påmindes"),
        "{}",
        page.words()
    );
    assert!(page.words().contains("Ikke disse 1, fordi … "));
    assert!(page.words().contains("Samsø Kommune har ingen mailadresse"));
    assert!(
        page.words()
            .contains("Vi mangler stadig svar fra Odder Kommune")
    );
    secretary.presses(&page, &[], "Send påmindelsen nu").await;
    secretary.presses(&page, &[], "Send påmindelsen nu").await;
    assert_eq!(server.send_mail().sent, 3);
    let again = secretary.get(&there).await;
    assert!(
        again
            .words()
            .contains("er påmindet inden for de sidste to dage")
    );
    server.passes(TimeDelta::days(3));
    let secretary = server.secretary().await;
    let page = secretary.get(&there).await;
    secretary.presses(&page, &[], "Send påmindelsen nu").await;
    server.passes(TimeDelta::days(3));
    let secretary = server.secretary().await;
    let page = secretary.get(&there).await;
    assert!(
        page.words()
            .contains("har fået 2 påmindelser, som er det højeste"),
        "{}",
        page.words()
    );
}
