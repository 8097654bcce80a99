//! Holds the mail room to its promise: each letter's state says what has happened to it.
#![allow(clippy::unwrap_used, clippy::panic)]
mod incoming;
mod killed;
mod kills;
mod server;
mod test_letter;
mod timelines;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use samsvar::mail::{
    Address, Advice, Attachment, ComposeError, Composed, Composer, Delivery, Due, Letter,
    LetterKind, LetterState, Login, OutboxDirectory, Outgoing, Recipient, Report, ReturnPath, Tls,
    Transport, Worker, fresh_id, letters_of, queue, requeue,
};
use samsvar::store::{Commit, Disk, Document, Ground, Store, Stored, SystemDisk};
use server::{Encryption, Plan, Server};

/// Stands for what the composer must store before a letter goes.
#[derive(Debug, Serialize, Deserialize)]
struct TokenHash {
    hash: String,
}

impl Document for TokenHash {
    const TABLE: &'static str = "token";
    const VERSION: u32 = 1;

    fn key(&self) -> String {
        self.hash.clone()
    }
}

/// What is written in the same commit as a letter's new state.
#[derive(Debug, Serialize, Deserialize)]
struct Happened {
    letter: String,
    state: String,
}

impl Document for Happened {
    const TABLE: &'static str = "happened";
    const VERSION: u32 = 1;

    fn key(&self) -> String {
        format!("{}/{}", self.letter, self.state)
    }
}

#[derive(Default)]
struct Clerk {
    composed: AtomicUsize,
    not_needed: Mutex<BTreeSet<String>>,
    /// Filled up right after the next letter was accepted.
    disk: Mutex<Option<Arc<TightDisk>>>,
}

/// A disk that can run out of room.
#[derive(Default)]
struct TightDisk {
    full: AtomicBool,
}

impl Disk for TightDisk {
    fn append(&self, file: &fs::File, bytes: &[u8]) -> std::io::Result<()> {
        SystemDisk.append(file, bytes)
    }

    fn sync(&self, file: &fs::File) -> std::io::Result<()> {
        SystemDisk.sync(file)
    }

    fn free(&self, dir: &Path) -> std::io::Result<u64> {
        let free = SystemDisk.free(dir)?;
        Ok(if self.full.load(Ordering::SeqCst) {
            0
        } else {
            free
        })
    }
}

impl Composer for Clerk {
    fn compose(&self, letter: &Letter, now: DateTime<Utc>) -> Result<Composed, ComposeError> {
        if self.not_needed.lock().unwrap().contains(&letter.id) {
            return Err(ComposeError::NotNeeded {
                reason: "Der er svaret.".to_owned(),
            });
        }
        let number = self.composed.fetch_add(1, Ordering::SeqCst);
        let hash = format!("{}-{number}", letter.id);
        Ok(Composed {
            outgoing: Outgoing {
                from: person("Samsvar", "afsender@example.dk"),
                to: letter.to.clone(),
                reply_to: Some(person("Sekretariatet", "svar@example.dk")),
                subject: "Indberetning – åbner i dag".to_owned(),
                text: format!(
                    "Kære {}\n\nhttps://example.dk/s/{hash}\n",
                    letter.to.name.expose()
                ),
                html: None,
                attachments: Vec::new(),
            },
            first: Some(Commit::new(now).put_new(&TokenHash { hash })),
        })
    }

    fn noted(&self, letter: &Letter, commit: Commit) -> Commit {
        if let Some(disk) = self.disk.lock().unwrap().take() {
            disk.full.store(true, Ordering::SeqCst);
        }
        commit.put(&Happened {
            letter: letter.id.clone(),
            state: state_name(&letter.state).to_owned(),
        })
    }
}

fn state_name(state: &LetterState) -> &'static str {
    match state {
        LetterState::Queued { .. } => "queued",
        LetterState::Sent { .. } => "sent",
        LetterState::Failed { .. } => "failed",
        LetterState::Withdrawn { .. } => "withdrawn",
        LetterState::HandedOver { .. } => "handed over",
        LetterState::InDoubt { .. } => "in doubt",
        LetterState::Bounced { .. } => "bounced",
    }
}

fn person(name: &str, address: &str) -> Recipient {
    Recipient::new(name, Address::parse(address).unwrap())
}

fn at(minute: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::minutes(minute)
}

/// A store with a worker and its clerk.
struct Office {
    dir: tempfile::TempDir,
    store: Arc<Store>,
    clerk: Arc<Clerk>,
    worker: Arc<Worker>,
}

impl Office {
    fn with(transport: Transport) -> Self {
        Self::on(Arc::new(SystemDisk), Clerk::default(), transport)
    }

    fn on(disk: Arc<dyn Disk>, clerk: Clerk, transport: Transport) -> Self {
        Self::at(tempfile::tempdir().unwrap(), disk, clerk, transport)
    }

    /// With what is in the directory already.
    fn at(dir: tempfile::TempDir, disk: Arc<dyn Disk>, clerk: Clerk, transport: Transport) -> Self {
        let ground = Ground {
            disk,
            ..Ground::default()
        };
        let store = Arc::new(Store::open_on(dir.path(), ground).unwrap());
        let clerk = Arc::new(clerk);
        let worker = Worker::new(
            Arc::clone(&store),
            transport,
            Arc::clone(&clerk) as Arc<dyn Composer>,
        )
        .with_return_path(ReturnPath::parse("retur+*@example.dk"));
        Self {
            dir,
            store,
            clerk,
            worker: Arc::new(worker),
        }
    }

    fn mailing_to(server: &Server, tls: Tls) -> Self {
        Self::with(server.settings(tls).transport().unwrap())
    }

    fn with_outbox(dir: &Path) -> Self {
        Self::with(Transport::outbox(dir))
    }

    fn queues(&self, id: &str) {
        self.queues_for(id, at(0));
    }

    fn queues_for(&self, id: &str, when: DateTime<Utc>) {
        let letter = Letter::queued(
            id.to_owned(),
            Some("runde-1".to_owned()),
            Some("skive".to_owned()),
            person("Inga Ågård", "inga@example.dk"),
            LetterKind::Invitation {
                invitation: "i-1".to_owned(),
            },
            at(0),
            when,
        );
        self.store
            .commit(queue(Commit::new(at(0)), &letter))
            .unwrap();
    }

    fn runs(&self, minute: i64) -> Report {
        self.worker.run_once(at(minute)).unwrap()
    }

    fn letter(&self, id: &str) -> Stored<Letter> {
        let found = self.store.get::<Letter>(&format!("runde-1/{id}"));
        found.unwrap().unwrap()
    }

    fn waiting(&self) -> usize {
        self.store.count::<Due>("").unwrap()
    }

    fn last_advice(&self, id: &str) -> Option<Advice> {
        match self.letter(id).doc.state {
            LetterState::Queued { last_fault, .. } => last_fault.map(|fault| fault.advice),
            LetterState::Failed { fault, .. } => Some(fault.advice),
            _ => None,
        }
    }
}

fn sent(count: usize) -> Report {
    Report {
        sent: count,
        ..Report::default()
    }
}

#[test]
fn a_letter_is_sent_once_the_server_has_accepted_it() {
    let server = Server::start(Encryption::None);
    let office = Office::mailing_to(&server, Tls::None);
    office.queues("a");
    assert_eq!(office.runs(0), sent(1));
    assert_eq!(office.runs(1), sent(0));
    let LetterState::Sent { reply, .. } = office.letter("a").doc.state else {
        panic!("not sent");
    };
    assert_eq!(reply, "250 2.0.0 queued as 4711 for …@…");
    assert_eq!(office.waiting(), 0);
    assert_eq!(office.store.count::<TokenHash>("").unwrap(), 1);
    assert_eq!(office.store.count::<Happened>("a/sent").unwrap(), 1);
    let mails = server.mails();
    assert!(mails[0].contains("Message-ID: <a@example.dk>"), "{mails:?}");
    assert!(mails[0].contains("Reply-To: Sekretariatet <svar@example.dk>"));
    assert!(
        mails[0].is_ascii(),
        "a server without 8BITMIME must take it"
    );
}

#[test]
fn a_letter_that_is_not_due_waits() {
    let server = Server::start(Encryption::None);
    let office = Office::mailing_to(&server, Tls::None);
    office.queues_for("later", at(60));
    office.queues("now");
    assert_eq!(office.runs(59), sent(1));
    assert_eq!(office.runs(60), sent(1));
    assert_eq!(letters_of(&office.store, Some("runde-1")).unwrap().len(), 2);
    assert_eq!(letters_of(&office.store, None).unwrap(), []);
}

#[test]
fn one_connection_serves_several_letters() {
    let server = Server::start(Encryption::None);
    let office = Office::mailing_to(&server, Tls::None);
    (0..5).for_each(|id| office.queues(&format!("n{id}")));
    assert_eq!(office.runs(0), sent(5));
    assert_eq!(server.connections(), 1);
}

#[test]
fn a_temporary_refusal_is_tried_again_after_its_back_off() {
    let server = Server::start(Encryption::None);
    let office = Office::mailing_to(&server, Tls::None);
    server.plan([Plan::AtEnd("451 4.7.1 Greylisted, try again later")]);
    office.queues("a");
    assert_eq!(office.runs(0).put_off, 1);
    assert_eq!(office.last_advice("a"), Some(Advice::TryLater));
    assert_eq!(office.runs(0), sent(0), "too early");
    assert_eq!(office.runs(1), sent(1));
    assert_eq!(server.mails().len(), 1);
}

#[test]
fn a_letter_put_off_too_often_has_failed() {
    let server = Server::start(Encryption::None);
    let office = Office::mailing_to(&server, Tls::None);
    server.plan([Plan::AtEnd("451 4.3.0 Not now"); 20]);
    office.queues("a");
    let mut minute = 0;
    for round in 1..=9 {
        assert_eq!(office.runs(minute).put_off, 1, "attempt {round}");
        minute += 12 * 60;
    }
    assert_eq!(office.runs(minute).failed, 1);
    assert_eq!(office.waiting(), 0);
}

#[test]
fn a_permanent_refusal_fails_the_letter_and_not_the_next() {
    let server = Server::start(Encryption::None);
    let office = Office::mailing_to(&server, Tls::None);
    server.plan([Plan::AtRecipient(
        "550 5.1.1 <inga@example.dk> User unknown",
    )]);
    office.queues("a");
    office.queues("b");
    let report = office.runs(0);
    assert_eq!((report.failed, report.sent), (1, 1));
    let LetterState::Failed { fault, .. } = office.letter("a").doc.state else {
        panic!("not failed");
    };
    assert_eq!(fault.advice, Advice::UnknownRecipient);
    assert_eq!(fault.reply, "550 5.1.1 …@… User unknown");
}

#[test]
fn a_failed_letter_goes_to_a_corrected_address() {
    let server = Server::start(Encryption::None);
    let office = Office::mailing_to(&server, Tls::None);
    server.plan([Plan::AtRecipient("550 5.1.1 User unknown")]);
    office.queues("a");
    office.runs(0);
    let failed = office.letter("a");
    let mut corrected = failed.doc.clone();
    corrected.to = person("Inga Ågård", "inga.aagaard@example.dk");
    corrected.state = LetterState::Queued {
        attempts: 0,
        next_attempt: at(5),
        last_fault: None,
    };
    office
        .store
        .commit(requeue(Commit::new(at(5)), &failed, &corrected))
        .unwrap();
    assert_eq!(office.runs(5), sent(1));
    assert!(server.mails()[0].contains("inga.aagaard@example.dk"));
}

#[test]
fn a_connection_cut_in_mid_letter_is_no_delivery() {
    let server = Server::start(Encryption::None);
    let office = Office::mailing_to(&server, Tls::None);
    server.plan([Plan::CutInMiddle]);
    office.queues("a");
    assert_eq!(office.runs(0).put_off, 1);
    assert_eq!(office.last_advice("a"), Some(Advice::CutOff));
    assert_eq!(office.runs(1), sent(1));
    assert_eq!(server.mails().len(), 1);
}

#[test]
fn a_server_that_falls_silent_before_the_text_is_given_up_for_now() {
    let server = Server::start(Encryption::None);
    let office = Office::mailing_to(&server, Tls::None);
    server.plan([Plan::SilentAtRecipient]);
    office.queues("a");
    let report = office.runs(0);
    assert_eq!(report.stopped.unwrap().advice, Advice::TimedOut);
    assert_eq!(office.runs(1), sent(1));
}

#[test]
fn a_dead_server_costs_no_attempt_and_no_token_after_the_first() {
    let office = {
        let server = Server::start(Encryption::None);
        let mut settings = server.settings(Tls::None);
        // A port that nobody listens on any more.
        settings.port = Some(
            std::net::TcpListener::bind("127.0.0.1:0")
                .unwrap()
                .local_addr()
                .unwrap()
                .port(),
        );
        Office::with(settings.transport().unwrap())
    };
    office.queues("a");
    office.queues("b");
    for minute in 0..20 {
        let stopped = office.runs(minute).stopped.unwrap();
        assert_eq!(stopped.advice, Advice::Unreachable, "{stopped}");
        assert!(stopped.advice.sentence().contains("svarer ikke"));
    }
    assert_eq!(office.clerk.composed.load(Ordering::SeqCst), 1);
    let LetterState::Queued { attempts, .. } = office.letter("a").doc.state else {
        panic!("not queued");
    };
    assert_eq!(attempts, 0);
}

#[test]
fn a_letter_goes_encrypted_by_starttls_and_by_implicit_tls() {
    for (encryption, tls) in [
        (Encryption::StartTls, Tls::StartTls),
        (Encryption::Implicit, Tls::Implicit),
    ] {
        let server = Server::start(encryption);
        let office = Office::mailing_to(&server, tls);
        office.queues("a");
        assert_eq!(office.runs(0), sent(1), "{tls:?}");
        assert_eq!(server.mails().len(), 1);
        let clear = server.heard_in_clear().join(" ");
        assert!(!clear.contains("MAIL"), "{clear}");
    }
}

#[test]
fn a_server_without_starttls_gets_nothing() {
    let server = Server::start(Encryption::None);
    let office = Office::mailing_to(&server, Tls::StartTls);
    office.queues("a");
    let stopped = office.runs(0).stopped.unwrap();
    assert_eq!(stopped.advice, Advice::NoTls);
    assert!(server.mails().is_empty());
    for line in server.heard_in_clear() {
        assert!(line.starts_with("EHLO") || line == "QUIT", "{line}");
    }
}

#[test]
fn a_certificate_of_nobody_known_gets_nothing() {
    let server = Server::start(Encryption::StartTls);
    let mut settings = server.settings(Tls::StartTls);
    settings.ca_file = None;
    let office = Office::with(settings.transport().unwrap());
    office.queues("a");
    let stopped = office.runs(0).stopped.unwrap();
    assert_eq!(stopped.advice, Advice::BadCertificate, "{stopped}");
    assert!(server.mails().is_empty());
}

#[test]
fn a_refused_sign_in_fails_no_letter() {
    let server = Server::start(Encryption::StartTls);
    let mut settings = server.settings(Tls::StartTls);
    settings.login = Some(Login {
        user: "samsvar".to_owned(),
        password: "hemmelig".to_owned(),
    });
    assert!(!format!("{settings:?}").contains("hemmelig"));
    let office = Office::with(settings.transport().unwrap());
    office.queues("a");
    server.refuse_sign_in(true);
    let stopped = office.runs(0).stopped.unwrap();
    assert_eq!(stopped.advice, Advice::SignInFailed, "{stopped}");
    server.refuse_sign_in(false);
    assert_eq!(office.runs(2), sent(1));
}

#[test]
fn clear_text_is_only_for_this_machine() {
    let server = Server::start(Encryption::None);
    for (host, allowed) in [
        ("127.0.0.1", true),
        ("localhost", true),
        ("::1", true),
        ("mail.example.dk", false),
        ("10.0.0.1", false),
    ] {
        let mut settings = server.settings(Tls::None);
        settings.host = host.to_owned();
        let refused = settings.transport().err();
        assert_eq!(refused.is_none(), allowed, "{host}");
        assert!(refused.is_none_or(|fault| fault.key == "tls"));
    }
    let mut settings = server.settings(Tls::StartTls);
    settings.ca_file = Some("/nowhere/ca.pem".into());
    assert_eq!(
        settings.transport().err().map(|fault| fault.key),
        Some("ca_file")
    );
}

#[test]
fn a_letter_without_a_reason_is_withdrawn() {
    let server = Server::start(Encryption::None);
    let office = Office::mailing_to(&server, Tls::None);
    office.queues("a");
    office
        .clerk
        .not_needed
        .lock()
        .unwrap()
        .insert("a".to_owned());
    assert_eq!(office.runs(0).withdrawn, 1);
    assert_eq!(state_name(&office.letter("a").doc.state), "withdrawn");
    assert_eq!((office.waiting(), server.mails().len()), (0, 0));
}

#[test]
fn a_letter_is_claimed_on_stable_storage_before_it_goes() {
    let server = Server::start(Encryption::None);
    let office = Office::mailing_to(&server, Tls::None);
    office.queues("a");
    office.runs(0);
    let mut tables = Vec::new();
    office
        .store
        .each_commit(1, |line| {
            let changed = line.ops.iter().filter_map(|op| op.change());
            tables.push(
                changed
                    .map(|change| format!("{change:?}"))
                    .collect::<String>(),
            );
            Ok(())
        })
        .unwrap();
    assert_eq!(tables.len(), 2);
    assert!(tables[0].contains("\"token\"") && tables[0].contains("handed_over"));
    assert!(tables[1].contains("\"sent") || tables[1].contains("\\\"sent"));
}

#[test]
fn an_accepted_letter_that_could_not_be_noted_is_not_sent_again() {
    let server = Server::start(Encryption::None);
    let disk = Arc::new(TightDisk::default());
    let clerk = Clerk {
        disk: Mutex::new(Some(Arc::clone(&disk))),
        ..Clerk::default()
    };
    let transport = server.settings(Tls::None).transport().unwrap();
    let office = Office::on(Arc::clone(&disk) as Arc<dyn Disk>, clerk, transport);
    office.queues("a");
    let report = office.runs(0);
    assert_eq!((report.sent, report.stopped.is_some()), (1, true));
    assert_eq!(office.runs(10).sent, 0, "the disk is still full");
    assert_eq!(state_name(&office.letter("a").doc.state), "handed over");
    disk.full.store(false, Ordering::SeqCst);
    office.runs(20);
    assert_eq!(state_name(&office.letter("a").doc.state), "sent");
    assert_eq!(server.mails().len(), 1);
}

#[test]
fn the_thread_sends_what_is_queued_without_being_asked() {
    let dir = tempfile::tempdir().unwrap();
    let office = Office::with_outbox(&dir.path().join("outbox"));
    let running = office.worker.start(Arc::new(|| at(3))).unwrap();
    thread::sleep(Duration::from_millis(20));
    office.queues("a");
    let started = Instant::now();
    while office.waiting() > 0 && started.elapsed() < Duration::from_secs(5) {
        thread::sleep(Duration::from_millis(2));
    }
    running.stop();
    assert_eq!(state_name(&office.letter("a").doc.state), "sent");
    assert!(started.elapsed() < Duration::from_secs(5));
    assert!(office.dir.path().exists());
}

#[test]
fn a_kept_mail_is_read_back_whole() {
    let dir = tempfile::tempdir().unwrap();
    let outbox = OutboxDirectory::new(dir.path().join("outbox"));
    assert!(outbox.list().unwrap().is_empty());
    let transport = Transport::Outbox(outbox.clone());
    let answers = Attachment {
        name: "svar på spørgeskema.json".to_owned(),
        media_type: "application/json".to_owned(),
        bytes: br#"{"antal":7}"#.to_vec(),
    };
    let letter = Outgoing {
        from: person("Region Æ", "region@example.dk"),
        to: person("Inga Ågård", "inga@example.dk"),
        reply_to: None,
        subject: "Kvittering: svar modtaget for Ærø\r\nBcc: x@example.dk".to_owned(),
        text: "Kære Inga\n\n.\nTak for svaret.\n".to_owned(),
        html: Some("<p>Kære Inga</p>".to_owned()),
        attachments: vec![answers.clone()],
    };
    let kept = |id: &str, letter: &Outgoing, when| {
        let delivery = transport.send(id, letter, None, when, &mut || true);
        assert!(matches!(delivery, Delivery::Accepted(_)), "{delivery:?}");
    };
    kept("k1", &letter, at(5));
    let plain = Outgoing {
        html: None,
        attachments: Vec::new(),
        ..letter.clone()
    };
    kept("k2", &plain, at(6));
    let mails = outbox.list().unwrap();
    assert_eq!(mails.len(), 2);
    let newest = &mails[0];
    assert_eq!(newest.id, "19700101T000600000Z-k2");
    assert!(newest.html.is_none() && newest.attachments.is_empty());
    let full = outbox.read(&mails[1].id).unwrap().unwrap();
    assert_eq!(full.to, "Inga Ågård <inga@example.dk>");
    assert_eq!(full.from, "Region Æ <region@example.dk>");
    assert_eq!(full.date, Some(at(5)));
    assert_eq!(
        full.subject,
        "Kvittering: svar modtaget for Ærø Bcc: x@example.dk"
    );
    assert_eq!(full.text.replace("\r\n", "\n").trim(), letter.text.trim());
    assert_eq!(
        full.html.as_deref().map(str::trim),
        Some("<p>Kære Inga</p>")
    );
    assert!(full.attachments == [answers]);
    for id in ["../state", "", "nobody", "a/b", ".."] {
        assert!(outbox.read(id).unwrap().is_none(), "{id}");
    }
}

#[test]
fn an_outbox_that_can_not_be_written_loses_no_letter() {
    let dir = tempfile::tempdir().unwrap();
    let blocked = dir.path().join("outbox");
    fs::write(&blocked, "a file where the directory should be").unwrap();
    let office = Office::with_outbox(&blocked);
    office.queues("a");
    assert_eq!(office.runs(0).stopped.unwrap().advice, Advice::Local);
    fs::remove_file(&blocked).unwrap();
    assert_eq!(office.runs(1), sent(1));
}

#[test]
fn no_letter_shows_an_address_in_debug_output() {
    let office = Office::with_outbox(Path::new("unused"));
    office.queues("a");
    let shown = format!("{:?}", office.letter("a"));
    assert!(
        !shown.contains("example.dk") && !shown.contains("Inga"),
        "{shown}"
    );
}

#[test]
fn ids_are_long_and_differ() {
    let ids: BTreeSet<_> = (0..100).map(|_| fresh_id().unwrap()).collect();
    assert_eq!(ids.len(), 100);
    assert!(ids.iter().all(|id| id.len() == 32));
}
