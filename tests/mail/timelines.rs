//! What a letter's list of steps says after each thing that a mail server can do.
use std::time::Duration;

use samsvar::mail::{Advice, Login, Tls, What, Worker};
use std::sync::Arc;

use crate::server::{Encryption, Plan, Server};
use crate::{Office, sent, state_name};

/// The steps as short words, each with its minute.
fn steps(office: &Office, id: &str) -> Vec<String> {
    let letter = office.letter(id).doc;
    let line = |step: &samsvar::mail::Step| {
        let what = match &step.what {
            What::Queued => "queued".into(),
            What::HandedOver { attempt } => format!("handed over {attempt}"),
            What::Accepted { reply } => format!("accepted: {reply}"),
            What::PutOff { advice, reply } => format!("put off, {advice:?}: {reply}"),
            What::Refused { advice, reply } => format!("refused, {advice:?}: {reply}"),
            What::InDoubt { reply } => format!("in doubt: {reply}"),
            other => format!("{other:?}"),
        };
        let times = if step.times > 1 {
            format!(" ({} times)", step.times)
        } else {
            String::new()
        };
        format!("{} {what}{times}", step.at.timestamp() / 60)
    };
    letter.steps.iter().map(line).collect()
}

const ACCEPTED: &str = "accepted: 250 2.0.0 queued as 4711 for …@…";

#[test]
fn greylisting_then_acceptance() {
    let server = Server::start(Encryption::None);
    let office = Office::mailing_to(&server, Tls::None);
    server.plan([Plan::AtRecipient("450 4.2.0 <inga@example.dk> Greylisted")]);
    office.queues("a");
    office.runs(0);
    office.runs(1);
    assert_eq!(
        steps(&office, "a"),
        [
            "0 queued".to_owned(),
            "0 put off, TryLater: 450 4.2.0 …@… Greylisted".into(),
            "1 handed over 2".into(),
            format!("1 {ACCEPTED}"),
        ]
    );
    assert_eq!(server.mails().len(), 1);
}

#[test]
fn a_text_put_off_and_then_refused() {
    let server = Server::start(Encryption::None);
    let office = Office::mailing_to(&server, Tls::None);
    server.plan([
        Plan::AtEnd("451 4.3.0 Try again"),
        Plan::AtEnd("554 5.7.1 Looks like spam"),
    ]);
    office.queues("a");
    office.queues("b");
    office.runs(0);
    office.runs(1);
    assert_eq!(
        steps(&office, "a"),
        [
            "0 queued",
            "0 handed over 1",
            "0 put off, TryLater: 451 4.3.0 Try again"
        ]
        .map(String::from)
        .into_iter()
        .chain(["1 handed over 2".to_owned(), format!("1 {ACCEPTED}")])
        .collect::<Vec<_>>()
    );
    assert_eq!(
        steps(&office, "b"),
        [
            "0 queued",
            "0 handed over 1",
            "0 refused, TakenForSpam: 554 5.7.1 Looks like spam"
        ]
    );
}

#[test]
fn a_connection_cut_in_the_text_is_tried_again_under_the_same_message_id() {
    let server = Server::start(Encryption::None);
    let office = Office::mailing_to(&server, Tls::None);
    server.plan([Plan::CutInMiddle]);
    office.queues("a");
    office.runs(0);
    office.runs(1);
    let told = steps(&office, "a");
    assert!(told[2].starts_with("0 put off, CutOff"), "{told:?}");
    assert_eq!(told.last().unwrap(), &format!("1 {ACCEPTED}"));
    assert!(server.mails()[0].contains("Message-ID: <a@example.dk>"));
}

#[test]
fn a_slow_server_is_waited_for() {
    let server = Server::start(Encryption::None);
    let office = Office::mailing_to(&server, Tls::None);
    server.plan([Plan::SlowAtEnd]);
    office.queues("a");
    assert_eq!(office.runs(0), sent(1));
    assert_eq!(server.mails().len(), 1);
}

#[test]
fn a_text_that_is_never_answered_is_in_doubt_and_not_repeated() {
    let server = Server::start(Encryption::None);
    let office = Office::mailing_to(&server, Tls::None);
    server.plan([Plan::SilentAtEnd]);
    office.queues("a");
    office.queues("b");
    let report = office.runs(0);
    assert_eq!((report.in_doubt, report.sent), (1, 1), "{report:?}");
    assert_eq!(state_name(&office.letter("a").doc.state), "in doubt");
    assert!(steps(&office, "a")[2].starts_with("0 in doubt"));
    assert_eq!(office.runs(10_000), sent(0));
}

#[test]
fn a_refused_command_for_the_text_leaves_no_doubt() {
    let server = Server::start(Encryption::None);
    let office = Office::mailing_to(&server, Tls::None);
    server.plan([Plan::AtData("451 4.3.2 Not accepting now")]);
    office.queues("a");
    assert_eq!(office.runs(0).put_off, 1);
    assert_eq!(office.runs(1), sent(1));
}

#[test]
fn a_server_that_is_down_for_an_hour_is_one_step() {
    let server = Server::start(Encryption::StartTls);
    let mut settings = server.settings(Tls::StartTls);
    settings.login = Some(Login {
        user: "samsvar".into(),
        password: "hemmelig".into(),
    });
    let office = Office::with(settings.transport().unwrap());
    office.queues("a");
    server.refuse_sign_in(true);
    for minute in 0..60 {
        office.runs(minute);
    }
    server.refuse_sign_in(false);
    office.runs(61);
    let letter = office.letter("a").doc;
    let advice: Vec<Option<Advice>> = letter.steps.iter().map(|s| s.what.advice()).collect();
    assert_eq!(advice, [None, Some(Advice::SignInFailed), None, None]);
    assert!(steps(&office, "a").last().unwrap().ends_with(ACCEPTED));
}

#[test]
fn a_connection_that_ended_unnoticed_costs_no_attempt() {
    let server = Server::start(Encryption::None);
    let office = Office::mailing_to(&server, Tls::None);
    server.plan([Plan::HangUpAfter]);
    office.queues("a");
    office.queues("b");
    assert_eq!(office.runs(0), sent(2));
    assert_eq!(server.connections(), 2);
}

#[test]
fn a_recipient_refused_on_a_kept_connection_holds_up_no_other_letter() {
    let server = Server::start(Encryption::None);
    let office = Office::mailing_to(&server, Tls::None);
    office.queues("a");
    assert_eq!(office.runs(0), sent(1));
    server.plan([Plan::AtRecipient("451 4.7.1 greylisted")]);
    office.queues("b");
    office.queues("c");
    let report = office.runs(0);
    assert_eq!((report.sent, report.put_off), (1, 1));
    assert_eq!(server.connections(), 1);
}

#[test]
fn each_letter_has_a_return_path_of_its_own() {
    let server = Server::start(Encryption::None);
    let office = Office::mailing_to(&server, Tls::None);
    let ids = [
        "0123456789abcdef0123456789abcdef",
        "fedcba9876543210fedcba9876543210",
    ];
    ids.iter().for_each(|id| office.queues(id));
    assert_eq!(office.runs(0), sent(2));
    let wanted = ids.map(|id| format!("MAIL FROM:<retur+{id}@example.dk>"));
    assert_eq!(server.senders(), wanted);
    assert!(server.mails()[0].contains("From: Samsvar <afsender@example.dk>"));
}

#[test]
fn no_more_letters_leave_in_a_minute_than_the_settings_allow() {
    let server = Server::start(Encryption::None);
    let office = Office::mailing_to(&server, Tls::None);
    let transport = server.settings(Tls::None).transport().unwrap();
    let worker =
        Worker::new(Arc::clone(&office.store), transport, office.clerk.clone()).with_pace(Some(2));
    (0..5).for_each(|n| office.queues(&format!("n{n}")));
    let run = |seconds: u64| {
        let now = crate::at(0) + Duration::from_secs(seconds);
        worker.run_once(now).unwrap()
    };
    let first = run(0);
    assert_eq!((first.sent, first.paced), (2, true));
    assert_eq!(run(59).sent, 0);
    assert_eq!(run(60).sent, 2);
    let last = run(120);
    assert_eq!((last.sent, last.paced), (1, false));
}
