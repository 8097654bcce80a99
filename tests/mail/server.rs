//! A small mail server on loopback that does as the test says, and remembers what it saw.
use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use samsvar::mail::{SmtpSettings, Tls};

/// What happens to the next letter; without a plan it is accepted.
#[derive(Debug, Clone, Copy)]
pub enum Plan {
    AtRecipient(&'static str),
    AtEnd(&'static str),
    CutInMiddle,
    /// No word about the recipient, for longer than anybody waits.
    SilentAtRecipient,
    /// Takes the text and never answers.
    SilentAtEnd,
    /// Takes the text and accepts it after longer than one step may take.
    SlowAtEnd,
    /// Accepts the recipient and no text.
    AtData(&'static str),
    /// Hangs up after the letter was accepted.
    HangUpAfter,
}

/// How far a letter has come, told to whoever listens before the server answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    Connected,
    Recipient,
    Data,
    Text,
    /// The letter's 250 has left.
    Accepted,
}

type Listener = Box<dyn Fn(Stage) + Send>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    None,
    StartTls,
    Implicit,
}

pub struct Server {
    pub port: u16,
    seen: Arc<Seen>,
    ca_file: Option<PathBuf>,
    _dir: tempfile::TempDir,
}

#[derive(Default)]
struct Seen {
    plans: Mutex<VecDeque<Plan>>,
    mails: Mutex<Vec<String>>,
    /// Command lines that came unencrypted.
    clear: Mutex<Vec<String>>,
    connections: Mutex<usize>,
    refuses_sign_in: Mutex<bool>,
    /// The envelopes' senders.
    senders: Mutex<Vec<String>>,
    listener: Mutex<Option<Listener>>,
}

impl Seen {
    fn tell(&self, stage: Stage) {
        if let Some(listener) = &*self.listener.lock().unwrap() {
            listener(stage);
        }
    }
}

impl Server {
    pub fn start(encryption: Encryption) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Seen::default());
        let dir = tempfile::tempdir().unwrap();
        let (tls, ca_file) = if encryption == Encryption::None {
            (None, None)
        } else {
            let (config, pem) = certificate();
            let path = dir.path().join("ca.pem");
            std::fs::write(&path, pem).unwrap();
            (Some(config), Some(path))
        };
        thread::spawn({
            let seen = Arc::clone(&seen);
            move || {
                for stream in listener.incoming().flatten() {
                    let (seen, tls) = (Arc::clone(&seen), tls.clone());
                    *seen.connections.lock().unwrap() += 1;
                    // A client that hangs up is no fault of the test.
                    thread::spawn(move || drop(serve(stream, encryption, tls, &seen)));
                }
            }
        });
        Self {
            port,
            seen,
            ca_file,
            _dir: dir,
        }
    }

    pub fn settings(&self, tls: Tls) -> SmtpSettings {
        SmtpSettings {
            port: Some(self.port),
            tls,
            ca_file: self.ca_file.clone(),
            timeout: Duration::from_millis(400),
            ..SmtpSettings::new("127.0.0.1")
        }
    }

    /// The authority behind its certificate, where it has one.
    pub fn ca_file(&self) -> Option<&PathBuf> {
        self.ca_file.as_ref()
    }

    pub fn plan(&self, plans: impl IntoIterator<Item = Plan>) {
        self.seen.plans.lock().unwrap().extend(plans);
    }

    pub fn refuse_sign_in(&self, refuse: bool) {
        *self.seen.refuses_sign_in.lock().unwrap() = refuse;
    }

    pub fn listen(&self, listener: impl Fn(Stage) + Send + 'static) {
        *self.seen.listener.lock().unwrap() = Some(Box::new(listener));
    }

    pub fn senders(&self) -> Vec<String> {
        self.seen.senders.lock().unwrap().clone()
    }

    pub fn mails(&self) -> Vec<String> {
        self.seen.mails.lock().unwrap().clone()
    }

    pub fn heard_in_clear(&self) -> Vec<String> {
        self.seen.clear.lock().unwrap().clone()
    }

    pub fn connections(&self) -> usize {
        *self.seen.connections.lock().unwrap()
    }
}

fn certificate() -> (Arc<ServerConfig>, String) {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    (Arc::new(config), made.cert.pem())
}

fn serve(
    stream: TcpStream,
    encryption: Encryption,
    tls: Option<Arc<ServerConfig>>,
    seen: &Seen,
) -> io::Result<()> {
    let encrypted = |stream: TcpStream| {
        let config = tls.clone().unwrap();
        StreamOwned::new(ServerConnection::new(config).unwrap(), stream)
    };
    if encryption == Encryption::Implicit {
        return Conversation::new(encrypted(stream), true, false, seen)
            .run(true)
            .map(drop);
    }
    let offers = encryption == Encryption::StartTls;
    let after = Conversation::new(stream.try_clone()?, false, offers, seen).run(true)?;
    if matches!(after, After::StartTls) {
        Conversation::new(encrypted(stream), true, false, seen).run(false)?;
    }
    Ok(())
}

enum After {
    StartTls,
    End,
}

struct Conversation<'a, S: Read + Write> {
    stream: BufReader<S>,
    secret: bool,
    offers_tls: bool,
    seen: &'a Seen,
}

impl<'a, S: Read + Write> Conversation<'a, S> {
    fn new(stream: S, secret: bool, offers_tls: bool, seen: &'a Seen) -> Self {
        Self {
            stream: BufReader::new(stream),
            secret,
            offers_tls,
            seen,
        }
    }

    fn run(mut self, greets: bool) -> io::Result<After> {
        if greets {
            self.seen.tell(Stage::Connected);
            self.say("220 mail.example.dk ready")?;
        }
        let mut plan = None;
        loop {
            let Some(line) = self.hear()? else {
                return Ok(After::End);
            };
            if !self.secret {
                self.seen.clear.lock().unwrap().push(line.clone());
            }
            match line.get(..4).unwrap_or(&line).to_ascii_uppercase().as_str() {
                "EHLO" if self.offers_tls => self.say("250-mail.example.dk\r\n250 STARTTLS")?,
                "EHLO" => self.say("250-mail.example.dk\r\n250 AUTH PLAIN LOGIN")?,
                "STAR" => {
                    self.say("220 go ahead")?;
                    return Ok(After::StartTls);
                }
                "AUTH" if *self.seen.refuses_sign_in.lock().unwrap() => {
                    self.say("535 5.7.8 Authentication credentials invalid")?;
                }
                "AUTH" => self.say("235 2.7.0 welcome")?,
                "RCPT" => {
                    self.seen.tell(Stage::Recipient);
                    plan = self.seen.plans.lock().unwrap().pop_front();
                    match plan {
                        Some(Plan::SilentAtRecipient) => thread::sleep(Duration::from_millis(900)),
                        Some(Plan::AtRecipient(reply)) => self.say(reply)?,
                        _ => self.say("250 2.1.5 recipient ok")?,
                    }
                }
                "MAIL" => {
                    self.seen.senders.lock().unwrap().push(line.clone());
                    self.say("250 2.1.0 sender ok")?;
                }
                "DATA" if matches!(plan, Some(Plan::AtData(_))) => {
                    if let Some(Plan::AtData(reply)) = plan.take() {
                        self.say(reply)?;
                    }
                }
                "DATA" => {
                    self.seen.tell(Stage::Data);
                    self.say("354 go ahead")?;
                    if !self.take(plan.take())? {
                        return Ok(After::End);
                    }
                }
                "QUIT" => {
                    self.say("221 bye")?;
                    return Ok(After::End);
                }
                _ => self.say("250 ok")?,
            }
        }
    }

    /// Takes a letter's content; `false` ends the connection.
    fn take(&mut self, plan: Option<Plan>) -> io::Result<bool> {
        let mut mail = String::new();
        loop {
            // Without the dot at its end there is no letter.
            let Some(line) = self.hear()? else {
                return Ok(false);
            };
            if line == "." {
                break;
            }
            if matches!(plan, Some(Plan::CutInMiddle)) {
                return Ok(false);
            }
            mail.push_str(
                line.strip_prefix("..")
                    .map_or(line.as_str(), |_| &line[1..]),
            );
            mail.push_str("\r\n");
        }
        self.seen.tell(Stage::Text);
        match plan {
            Some(Plan::AtEnd(reply)) => self.say(reply)?,
            Some(Plan::SilentAtEnd) => thread::sleep(Duration::from_millis(2_500)),
            _ => {
                if matches!(plan, Some(Plan::SlowAtEnd)) {
                    thread::sleep(Duration::from_millis(700));
                }
                self.seen.mails.lock().unwrap().push(mail);
                self.say("250 2.0.0 queued as 4711 for <inga@example.dk>")?;
                self.seen.tell(Stage::Accepted);
            }
        }
        Ok(!matches!(plan, Some(Plan::HangUpAfter)))
    }

    fn hear(&mut self) -> io::Result<Option<String>> {
        let mut line = Vec::new();
        let count = self.stream.read_until(b'\n', &mut line)?;
        let line = String::from_utf8_lossy(&line).trim_end().to_owned();
        Ok((count > 0).then_some(line))
    }

    fn say(&mut self, reply: &str) -> io::Result<()> {
        let stream = self.stream.get_mut();
        stream.write_all(format!("{reply}\r\n").as_bytes())?;
        stream.flush()
    }
}
