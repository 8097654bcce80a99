//! What comes back is understood, whatever program wrote it; and the door that it comes in by takes nothing else.
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex};

use proptest::prelude::*;
use samsvar::mail::{Advice, Inbox, IncomingKind, ListenOn, Receiver, Returned, Taken, understand};

fn sample(name: &str) -> Vec<u8> {
    let path = format!("{}/tests/data/mail/{name}.eml", env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(path).unwrap();
    text.replace('\n', "\r\n").into_bytes()
}

/// In words, for the types that hold a person's text have no `Debug`.
fn understood(name: &str) -> String {
    match understand(&sample(name)) {
        Returned::Bounced {
            recipient,
            advice,
            reply,
        } => format!("bounced {recipient:?} {advice:?} {reply}"),
        Returned::Delayed { reply } => format!("delayed {reply}"),
        Returned::Delivered { reply } => format!("delivered {reply}"),
        Returned::Words(kind, words) => {
            format!(
                "{kind:?} <{}> {}: {}",
                words.from, words.subject, words.text
            )
        }
    }
}

#[test]
fn a_postfix_bounce_is_a_bounce() {
    assert_eq!(
        understood("postfix-bounce"),
        "bounced Some(\"fagkoordinator@skive.example.dk\") UnknownRecipient 5.1.1 550 5.1.1 …@… Recipient address \
         rejected: User unknown in virtual mailbox table"
    );
}

#[test]
fn an_exchange_bounce_is_a_bounce() {
    assert_eq!(
        understood("exchange-bounce"),
        "bounced Some(\"fagkoordinator@skive.example.dk\") UnknownRecipient 5.1.10 550 5.1.10 \
         RESOLVER.ADR.RecipientNotFound; Recipient …@… not found by SMTP address lookup"
    );
}

#[test]
fn a_warning_of_delay_is_no_bounce() {
    let told = understood("postfix-delayed");
    assert!(told.starts_with("delayed 4.4.1 connect to"), "{told}");
}

#[test]
fn an_outlook_out_of_office_is_an_auto_reply_and_its_words_are_kept() {
    let told = understood("outlook-out-of-office");
    assert!(
        told.starts_with("AutoReply <fagkoordinator@skive.example.dk> Automatisk svar: Central"),
        "{told}"
    );
    assert!(told.contains("Jeg er på ferie til og med mandag den 27. april."));
}

#[test]
fn a_forwarded_mail_and_an_answer_are_a_persons_words() {
    let told = understood("outlook-forwarded");
    assert!(
        told.starts_with(
            "Forwarded <fagkoordinator@skive.example.dk> VS: Central udmelding - kan du svare på den?"
        ),
        "{told}"
    );
    assert!(told.contains("Jeg har skiftet afdeling"));
    let told = understood("answer");
    assert!(told.starts_with("Answer ") && told.contains("først svare i næste uge"));
}

#[test]
fn a_bounce_without_a_report_and_other_auto_replies_are_known_by_their_marks() {
    let bounce = "From: MAILER-DAEMON@example.dk\r\nReturn-Path: <>\r\nSubject: Undeliverable: Central\r\n\r\n\
                  552 5.2.2 Mailbox full\r\n";
    match understand(bounce.as_bytes()) {
        Returned::Bounced { advice, .. } => assert_eq!(advice, Advice::MailboxFull),
        _ => panic!("not a bounce"),
    }
    for mark in [
        "Auto-Submitted: auto-replied (vacation)",
        "X-Autoreply: yes",
        "Precedence: auto_reply",
        "Subject: Autosvar: ferie",
    ] {
        let mail = format!("From: a@example.dk\r\n{mark}\r\n\r\nJeg er på ferie.\r\n");
        let auto = matches!(
            understand(mail.as_bytes()),
            Returned::Words(IncomingKind::AutoReply, _)
        );
        assert!(auto, "{mark}");
    }
}

#[test]
fn a_refusal_by_the_recipients_own_rules_is_not_taken_for_our_sign_in() {
    let report = String::from_utf8(sample("exchange-bounce")).unwrap();
    let report = report
        .replace(
            "5.1.10 RESOLVER.ADR.RecipientNotFound",
            "5.7.1 RESOLVER.RST.AuthRequired; authentication required",
        )
        .replace("Status: 5.1.10", "Status: 5.7.1");
    match understand(report.as_bytes()) {
        Returned::Bounced { advice, .. } => assert_eq!(advice, Advice::NotLetIn),
        _ => panic!("not a bounce"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn nothing_that_comes_in_breaks_the_reader(
        which in 0..6usize, cut in 0..4_000usize, at in 0..4_000usize, junk in proptest::collection::vec(any::<u8>(), 0..200)
    ) {
        let names = ["postfix-bounce", "postfix-delayed", "exchange-bounce", "outlook-out-of-office", "outlook-forwarded", "answer"];
        let mut mail = sample(names[which]);
        let at = at.min(mail.len());
        mail.splice(at..at, junk.iter().copied());
        mail.truncate(cut);
        let _ = understand(&mail);
        let _ = understand(&junk);
    }
}

/// Knows one address and remembers what came.
#[derive(Default)]
struct Box_ {
    kept: Mutex<Vec<Vec<u8>>>,
    full: Mutex<bool>,
}

impl Inbox for Box_ {
    fn knows(&self, recipient: &str) -> bool {
        recipient == "retur+1@example.dk" || recipient == "retur+2@example.dk"
    }

    fn take(&self, _: &str, mail: &[u8]) -> Taken {
        if *self.full.lock().unwrap() {
            return Taken::Later;
        }
        self.kept.lock().unwrap().push(mail.to_vec());
        Taken::Kept
    }
}

struct Peer<S: Read + Write>(BufReader<S>);

impl<S: Read + Write> Peer<S> {
    /// Says a line and returns the last line of the answer.
    fn says(&mut self, line: &str) -> String {
        let stream = self.0.get_mut();
        stream.write_all(format!("{line}\r\n").as_bytes()).unwrap();
        self.hears()
    }

    fn hears(&mut self) -> String {
        loop {
            let mut line = String::new();
            self.0.read_line(&mut line).unwrap();
            if line.as_bytes().get(3) != Some(&b'-') {
                return line.trim_end().to_owned();
            }
        }
    }
}

fn smtp() -> (Arc<Box_>, Receiver, Peer<TcpStream>) {
    let inbox = Arc::new(Box_::default());
    let on = ListenOn::Smtp("127.0.0.1:0".parse().unwrap());
    let receiver = Receiver::start(&on, Arc::clone(&inbox) as Arc<dyn Inbox>).unwrap();
    let stream = TcpStream::connect(receiver.address.unwrap()).unwrap();
    let mut peer = Peer(BufReader::new(stream));
    assert!(peer.hears().starts_with("220 "));
    assert!(peer.says("EHLO mx.example.dk").starts_with("250 SIZE"));
    (inbox, receiver, peer)
}

#[test]
fn lmtp_takes_a_mail_and_answers_for_each_recipient() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("lmtp.sock");
    let inbox = Arc::new(Box_::default());
    let on = ListenOn::Lmtp(path.clone());
    let receiver = Receiver::start(&on, Arc::clone(&inbox) as Arc<dyn Inbox>).unwrap();
    let mut peer = Peer(BufReader::new(UnixStream::connect(&path).unwrap()));
    assert!(peer.hears().starts_with("220 "));
    assert!(peer.says("LHLO mx").starts_with("250 "));
    assert!(peer.says("MAIL FROM:<> BODY=8BITMIME").starts_with("250"));
    assert!(peer.says("RCPT TO:<retur+1@example.dk>").starts_with("250"));
    assert!(peer.says("RCPT TO:<other@example.dk>").starts_with("550"));
    assert!(peer.says("RCPT TO:<retur+2@example.dk>").starts_with("250"));
    assert!(peer.says("DATA").starts_with("354"));
    assert!(peer.says("Subject: x\r\n\r\n..dot\r\n.").starts_with("250"));
    assert!(peer.hears().starts_with("250"), "the second recipient");
    assert_eq!(
        *inbox.kept.lock().unwrap(),
        [
            b"Subject: x\r\n\r\n.dot\r\n".to_vec(),
            b"Subject: x\r\n\r\n.dot\r\n".to_vec()
        ]
    );
    drop(receiver);
    assert!(!path.exists());
}

#[test]
fn it_is_no_relay() {
    let (inbox, _receiver, mut peer) = smtp();
    assert!(peer.says("MAIL FROM:<spam@example.com>").starts_with("250"));
    for address in [
        "<victim@example.com>",
        "<>",
        "retur+1@example.dk",
        "<retur+1@example.dk@example.com>",
        "<@a:retur+1@example.dk>",
    ] {
        let answer = peer.says(&format!("RCPT TO:{address}"));
        assert!(answer.starts_with("550"), "{address}: {answer}");
    }
    assert!(peer.says("DATA").starts_with("503"));
    assert!(inbox.kept.lock().unwrap().is_empty());
    let public = ListenOn::Smtp("0.0.0.0:0".parse().unwrap());
    assert!(Receiver::start(&public, inbox).is_err());
}

#[test]
fn what_can_not_be_kept_now_is_left_with_the_mail_server() {
    let (inbox, _receiver, mut peer) = smtp();
    *inbox.full.lock().unwrap() = true;
    peer.says("MAIL FROM:<>");
    peer.says("RCPT TO:<retur+1@example.dk>");
    peer.says("DATA");
    assert!(peer.says("x\r\n.").starts_with("451"));
    *inbox.full.lock().unwrap() = false;
    peer.says("MAIL FROM:<>");
    peer.says("RCPT TO:<retur+1@example.dk>");
    peer.says("DATA");
    assert!(peer.says("x\r\n.").starts_with("250"));
}

#[test]
fn a_mail_that_is_cut_off_is_not_kept() {
    let (inbox, receiver, mut peer) = smtp();
    peer.says("MAIL FROM:<>");
    peer.says("RCPT TO:<retur+1@example.dk>");
    peer.says("DATA");
    peer.0.get_mut().write_all(b"Subject: half").unwrap();
    drop(peer);
    std::thread::sleep(std::time::Duration::from_millis(100));
    drop(receiver);
    assert!(inbox.kept.lock().unwrap().is_empty());
}

#[test]
fn a_line_without_end_and_a_dot_without_its_line_break_are_not_believed() {
    let (inbox, _receiver, mut peer) = smtp();
    peer.says("MAIL FROM:<>");
    peer.says("RCPT TO:<retur+1@example.dk>");
    peer.says("DATA");
    assert!(
        peer.says("a\n.\nMAIL FROM:<x>\r\n.").starts_with("250"),
        "smuggled"
    );
    assert_eq!(
        *inbox.kept.lock().unwrap(),
        [b"a\n.\nMAIL FROM:<x>\r\n".to_vec()]
    );
    let answer = peer.says(&"x".repeat(5_000));
    assert!(answer.starts_with("500"), "{answer}");
}

#[test]
fn of_a_very_long_mail_the_beginning_is_kept() {
    let (inbox, _receiver, mut peer) = smtp();
    peer.says("MAIL FROM:<>");
    peer.says("RCPT TO:<retur+1@example.dk>");
    peer.says("DATA");
    let line = format!("{}\r\n", "y".repeat(998));
    let stream = peer.0.get_mut();
    for _ in 0..3_000 {
        stream.write_all(line.as_bytes()).unwrap();
    }
    assert!(peer.says(".").starts_with("250"));
    assert_eq!(inbox.kept.lock().unwrap()[0].len(), 1 << 20);
}
