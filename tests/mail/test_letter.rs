//! `samsvar send-test-letter`, as the operator runs it: the real program against a real mail server.
use std::process::{Command, Output};

use crate::server::{Encryption, Plan, Server};

const PASSWORD: &str = "kun-til-proeven-9f31";

struct Operator {
    dir: tempfile::TempDir,
}

impl Operator {
    fn with(port: u16, more: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let file = format!(
            "[mail]\ntransport = \"smtp\"\nhost = \"127.0.0.1\"\nport = {port}\ntimeout = 1\n\
             from = \"samsvar@example.dk\"\nreturn_path = \"retur+*@example.dk\"\n{more}"
        );
        std::fs::write(dir.path().join("samsvar.toml"), file).unwrap();
        Self { dir }
    }

    /// At a server with certificate, signing in.
    fn at(server: &Server) -> Self {
        let ca = server.ca_file().unwrap().display().to_string();
        let more = format!("ca_file = \"{ca}\"\nuser = \"samsvar\"\npassword = \"{PASSWORD}\"\n");
        Self::with(server.port, &more)
    }

    fn sends(&self) -> (Option<i32>, String) {
        let Output {
            status,
            stdout,
            stderr,
        } = Command::new(env!("CARGO_BIN_EXE_samsvar"))
            .args(["send-test-letter", "inga@example.dk", "--config"])
            .arg(self.dir.path().join("samsvar.toml"))
            .current_dir(self.dir.path())
            .output()
            .unwrap();
        let said = [stdout, stderr].concat();
        let said = String::from_utf8(said).unwrap();
        assert!(!said.contains(PASSWORD), "the password is printed");
        (status.code(), said)
    }

    /// Fails at this station, says this in the server's words and this to the operator.
    #[track_caller]
    fn fails(&self, station: &str, reply: &str, advice: &str) -> String {
        let (code, said) = self.sends();
        assert_eq!(code, Some(1), "{said}");
        let line = said.lines().find(|l| l.contains("FEJL")).unwrap();
        assert!(line.contains(station) && line.contains(reply), "{said}");
        assert!(said.contains(advice), "{said}");
        said
    }
}

#[test]
fn every_station_is_told_and_the_letter_arrives() {
    for (encryption, tls) in [
        (Encryption::StartTls, "starttls"),
        (Encryption::Implicit, "implicit"),
    ] {
        let server = Server::start(encryption);
        let operator = Operator::at(&server);
        let file = operator.dir.path().join("samsvar.toml");
        let settings = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, format!("{settings}tls = \"{tls}\"\n")).unwrap();
        let (code, said) = operator.sends();
        assert_eq!(code, Some(0), "{said}");
        let mut wanted = vec!["DNS", "TCP", "EHLO"];
        wanted.extend((encryption == Encryption::StartTls).then_some("STARTTLS)"));
        wanted.extend(["AUTH", "MAIL FROM", "RCPT TO", "DATA"]);
        let told: Vec<&str> = said.lines().filter(|l| l.starts_with("  ok ")).collect();
        assert_eq!(told.len(), wanted.len(), "{said}");
        for (line, station) in told.iter().zip(&wanted) {
            assert!(line.contains(station), "{said}");
        }
        assert!(said.contains("250 2.0.0 queued as 4711 for …@…"), "{said}");
        let mails = server.mails();
        assert!(mails[0].contains("inga@example.dk"), "{mails:?}");
        let sender = &server.senders()[0];
        assert!(sender.contains("<retur+") && sender.contains("@example.dk>"));
        assert!(server.heard_in_clear().iter().all(|l| !l.contains("AUTH")));
    }
}

#[test]
fn a_wrong_password_is_named_as_such() {
    let server = Server::start(Encryption::StartTls);
    server.refuse_sign_in(true);
    let said = Operator::at(&server).fails("AUTH", "535", "mail.password_file");
    assert!(!said.contains("MAIL FROM"), "it ends at the first fault");
    assert_eq!(server.mails().len(), 0);
}

#[test]
fn a_refused_recipient_is_named_as_such() {
    let server = Server::start(Encryption::StartTls);
    server.plan([Plan::AtRecipient("550 5.1.1 <inga@example.dk> unknown")]);
    Operator::at(&server).fails("RCPT TO", "550 5.1.1 …@… unknown", "relay");
}

#[test]
fn greylisting_and_a_refused_text_are_told_apart() {
    let server = Server::start(Encryption::StartTls);
    let operator = Operator::at(&server);
    server.plan([Plan::AtRecipient("451 4.7.1 Greylisted")]);
    operator.fails("RCPT TO", "451", "greylisting");
    server.plan([Plan::AtEnd("554 5.7.1 rejected as spam")]);
    operator.fails("DATA", "554", "SPF, DKIM og DMARC");
    server.plan([Plan::CutInMiddle]);
    operator.fails("DATA", "", "afbrød forbindelsen midt i brevet");
    assert_eq!(server.mails().len(), 0);
}

#[test]
fn no_tls_on_offer_ends_before_password_and_letter() {
    let server = Server::start(Encryption::None);
    let more = format!("user = \"samsvar\"\npassword = \"{PASSWORD}\"\n");
    Operator::with(server.port, &more).fails("STARTTLS", "", "intet er sendt");
    let heard = server.heard_in_clear();
    assert!(
        heard
            .iter()
            .all(|l| !l.starts_with("AUTH") && !l.starts_with("MAIL")),
        "{heard:?}"
    );
}

#[test]
fn a_certificate_that_nobody_vouches_for_is_refused() {
    let server = Server::start(Encryption::StartTls);
    Operator::with(server.port, "").fails("STARTTLS", "", "mail.ca_file");
    let server = Server::start(Encryption::Implicit);
    Operator::with(server.port, "tls = \"implicit\"\n").fails("EHLO", "", "mail.ca_file");
}

#[test]
fn a_closed_port_and_an_unknown_name_are_told_apart() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = closed.local_addr().unwrap().port();
    drop(closed);
    Operator::with(port, "").fails("TCP", "refused", "mail.port");
    let nowhere = Operator::with(port, "");
    let file = nowhere.dir.path().join("samsvar.toml");
    let settings = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, settings.replace("127.0.0.1", "findes-ikke.invalid")).unwrap();
    nowhere.fails("DNS", "", "mail.host");
}

#[test]
fn letters_that_are_files_have_no_server_to_try() {
    let operator = Operator::with(1, "");
    std::fs::write(operator.dir.path().join("samsvar.toml"), "").unwrap();
    let (code, said) = operator.sends();
    assert_eq!(code, Some(1));
    assert!(said.contains("mail.transport"), "{said}");
}
