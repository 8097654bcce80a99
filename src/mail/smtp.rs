//! The mail server: encrypted unless it is on this very machine, with its words kept.
use std::error::Error as _;
use std::fmt;
use std::fs;
use std::io;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use lettre::Message;
use lettre::address::Envelope;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{
    Certificate, SmtpConnection, Tls as LettreTls, TlsParameters,
};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::Response;

use super::address::Address;
use super::fault::{Advice, Blame, Fault};
use super::transport::{Accepted, Delivery, Transport};
use super::{OutboxDirectory, scrubbed};

/// How to reach the mail server.
#[derive(Debug, Clone)]
pub struct SmtpSettings {
    pub host: String,
    /// `None`: 587 with STARTTLS, 465 with implicit TLS, 25 without.
    pub port: Option<u16>,
    pub tls: Tls,
    pub login: Option<Login>,
    /// Certificates (PEM) to be trusted beside the system's own.
    pub ca_file: Option<PathBuf>,
    /// For each step of the conversation.
    pub timeout: Duration,
    /// What we call ourselves in EHLO, if the server insists on a name.
    pub hello: Option<String>,
}

/// There is no "if possible": a mail goes out encrypted or not at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    StartTls,
    Implicit,
    /// Only to a host on the loopback interface.
    None,
}

#[derive(Clone)]
pub struct Login {
    pub user: String,
    pub password: String,
}

impl fmt::Debug for Login {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Login(…)")
    }
}

/// A setting that can't be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidSmtp {
    /// The setting's name: `host`, `tls` or `ca_file`.
    pub key: &'static str,
    /// What is wrong and what to do, in Danish.
    pub fault: String,
}

impl fmt::Display for InvalidSmtp {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.key, self.fault)
    }
}

impl std::error::Error for InvalidSmtp {}

/// A mail server whose connection is kept open between letters.
pub struct Smtp {
    host: String,
    port: u16,
    tls: LettreTls,
    login: Option<Credentials>,
    timeout: Duration,
    hello: ClientId,
    kept: Mutex<Option<Kept>>,
}

struct Kept {
    line: SmtpConnection,
    since: Instant,
}

/// Servers close an idle connection after a few minutes; we are gone before.
const MOST_IDLE: Duration = Duration::from_secs(60);

/// How many times the timeout a server may take to accept a text that it has in full.
pub(super) const PATIENCE_FOR_ACCEPTANCE: u32 = 4;

impl SmtpSettings {
    /// Required STARTTLS, no sign-in.
    pub fn new(host: impl Into<String>) -> Self {
        Self {
            host: host.into(),
            port: None,
            tls: Tls::StartTls,
            login: None,
            ca_file: None,
            timeout: Duration::from_secs(30),
            hello: None,
        }
    }

    /// Checks the settings; nothing is sent or connected yet.
    pub fn transport(&self) -> Result<Transport, InvalidSmtp> {
        if self.host.trim().is_empty() {
            return Err(invalid("host", "mangler; skriv mailserverens navn"));
        }
        let tls = self.lettre_tls()?;
        Ok(Transport::Smtp(Box::new(Smtp {
            host: self.host.clone(),
            port: self.port(),
            tls,
            login: self.credentials(),
            timeout: self.timeout,
            hello: self.hello(),
            kept: Mutex::default(),
        })))
    }

    pub(super) fn port(&self) -> u16 {
        self.port.unwrap_or(self.tls.usual_port())
    }

    pub(super) fn credentials(&self) -> Option<Credentials> {
        let login = self.login.as_ref()?;
        Some(Credentials::new(login.user.clone(), login.password.clone()))
    }

    pub(super) fn hello(&self) -> ClientId {
        self.hello
            .clone()
            .map_or_else(ClientId::default, ClientId::Domain)
    }

    pub(super) fn lettre_tls(&self) -> Result<LettreTls, InvalidSmtp> {
        match self.tls {
            Tls::StartTls => Ok(LettreTls::Required(self.parameters()?)),
            Tls::Implicit => Ok(LettreTls::Wrapper(self.parameters()?)),
            Tls::None if is_loopback(&self.host) => Ok(LettreTls::None),
            Tls::None => Err(invalid(
                "tls",
                "\"none\" er kun tilladt, når mailserveren er på samme maskine (localhost, \
                 127.0.0.1 eller ::1); brug \"starttls\" eller \"implicit\"",
            )),
        }
    }

    fn parameters(&self) -> Result<TlsParameters, InvalidSmtp> {
        let mut builder = TlsParameters::builder(self.host.clone());
        if let Some(path) = &self.ca_file {
            let pem = fs::read(path).map_err(|error| {
                invalid(
                    "ca_file",
                    &format!("{} kan ikke læses: {error}", path.display()),
                )
            })?;
            let certificate = Certificate::from_pem(&pem)
                .map_err(|_| invalid("ca_file", "indeholder ikke certifikater i PEM-format"))?;
            builder = builder.add_root_certificate(certificate);
        }
        builder
            .build()
            .map_err(|error| invalid("tls", &format!("kan ikke bruges: {error}")))
    }
}

impl Tls {
    fn usual_port(self) -> u16 {
        match self {
            Self::StartTls => 587,
            Self::Implicit => 465,
            Self::None => 25,
        }
    }
}

impl Transport {
    /// The embedded default: mails are kept as files.
    pub fn outbox(dir: impl Into<PathBuf>) -> Self {
        Self::Outbox(OutboxDirectory::new(dir))
    }
}

impl Smtp {
    /// Connects, encrypts and signs in.
    pub(super) fn probe(&self) -> Result<(), Fault> {
        let line = self.line().map_err(|error| fault_of(&error))?;
        self.keep(line);
        Ok(())
    }

    /// Gives a letter to the server; see [`Transport::send`].
    pub(super) fn send(
        &self,
        message: &Message,
        return_path: Option<&Address>,
        hand_over: &mut dyn FnMut() -> bool,
    ) -> Delivery {
        let sender = return_path.and_then(|address| address.expose().parse().ok());
        let sender = sender.or_else(|| message.envelope().from().cloned());
        let envelope = match Envelope::new(sender, message.envelope().to().to_vec()) {
            Ok(envelope) => envelope,
            Err(error) => return Delivery::Refused(no_mail(&error)),
        };
        let text = message.formatted();
        let mut line = match self.agreed(&envelope, text.is_ascii()) {
            Ok(line) => line,
            Err(error) => return Delivery::Refused(fault_of(&error)),
        };
        if !hand_over() {
            self.reset(line);
            return Delivery::Held;
        }
        match self.give(&mut line, &text) {
            Ok(response) => {
                self.keep(line);
                let words: Vec<_> = response.message().collect();
                Delivery::Accepted(Accepted {
                    reply: scrubbed(&format!("{} {}", response.code(), words.join(" "))),
                })
            }
            Err(error) if error.status().is_some() => {
                self.reset(line);
                Delivery::Refused(fault_of(&error))
            }
            Err(error) => {
                line.abort();
                let fault = fault_of(&error);
                if fault.advice == Advice::TimedOut {
                    Delivery::Unknown(fault)
                } else {
                    Delivery::Refused(fault)
                }
            }
        }
    }

    /// Says goodbye on a connection that was not used for a while.
    pub(super) fn rest(&self) {
        let idle = self.kept().take_if(|kept| kept.since.elapsed() > MOST_IDLE);
        if let Some(mut idle) = idle {
            // A server that does not say goodbye is gone all the same.
            let _ = idle.line.quit();
        }
    }

    /// A connection on which sender and recipient are accepted. One that was kept may have ended
    /// unnoticed; that is no fault of the letter, so it is tried on a new one.
    fn agreed(&self, envelope: &Envelope, ascii: bool) -> Result<SmtpConnection, Error> {
        // On a line of its own, so that the lock is open again when the connection is put back.
        let kept = self.kept().take();
        if let Some(kept) = kept {
            let mut line = kept.line;
            match offer(&mut line, envelope, ascii) {
                Ok(()) => return Ok(line),
                Err(error) if error.status().is_some_and(|code| u16::from(code) != 421) => {
                    self.reset(line);
                    return Err(error);
                }
                Err(_) => line.abort(),
            }
        }
        let mut line = self.line()?;
        match offer(&mut line, envelope, ascii) {
            Ok(()) => Ok(line),
            Err(error) => {
                if error.status().is_some() {
                    self.reset(line);
                } else {
                    line.abort();
                }
                Err(error)
            }
        }
    }

    /// A new connection, encrypted and signed in as the settings say.
    fn line(&self) -> Result<SmtpConnection, Error> {
        let wrapper = match &self.tls {
            LettreTls::Wrapper(parameters) => Some(parameters),
            _ => None,
        };
        let server = (self.host.as_str(), self.port);
        let mut line =
            SmtpConnection::connect(server, Some(self.timeout), &self.hello, wrapper, None)?;
        if let LettreTls::Required(parameters) = &self.tls {
            line.starttls(parameters, &self.hello)?;
        }
        if let Some(login) = &self.login {
            line.auth(DEFAULT_MECHANISMS, login)?;
        }
        Ok(line)
    }

    /// The text; its acceptance may take longer than a word, for the server looks into it first.
    fn give(&self, line: &mut SmtpConnection, text: &[u8]) -> Result<Response, Error> {
        line.command(Data)?;
        // A socket that takes no timeout fails at the next word anyway.
        let _ = line.set_timeout(Some(self.timeout * PATIENCE_FOR_ACCEPTANCE));
        let accepted = line.message(text);
        let _ = line.set_timeout(Some(self.timeout));
        accepted
    }

    fn reset(&self, mut line: SmtpConnection) {
        if line.command(Rset).is_ok() {
            self.keep(line);
        } else {
            line.abort();
        }
    }

    fn keep(&self, line: SmtpConnection) {
        let since = Instant::now();
        *self.kept() = Some(Kept { line, since });
    }

    fn kept(&self) -> MutexGuard<'_, Option<Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Names sender and recipient; nothing of the letter has left when it returns.
fn offer(line: &mut SmtpConnection, envelope: &Envelope, ascii: bool) -> Result<(), Error> {
    line.command(mail(line, envelope, ascii))?;
    for recipient in envelope.to() {
        line.command(Rcpt::new(recipient.clone(), Vec::new()))?;
    }
    Ok(())
}

/// `MAIL FROM`, with what of its extensions the letter needs and the server has.
pub(super) fn mail(line: &SmtpConnection, envelope: &Envelope, ascii: bool) -> Mail {
    let mut parameters = Vec::new();
    let mut addresses = envelope.to().iter().chain(envelope.from());
    let supports = |feature| line.server_info().supports_feature(feature);
    if addresses.any(|a| !AsRef::<str>::as_ref(a).is_ascii()) && supports(Extension::SmtpUtfEight) {
        parameters.push(MailParameter::SmtpUtfEight);
    }
    if !ascii && supports(Extension::EightBitMime) {
        parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    Mail::new(envelope.from().cloned(), parameters)
}

pub(super) fn no_mail(error: &dyn fmt::Display) -> Fault {
    Fault {
        blame: Blame::Letter,
        advice: Advice::Other,
        reply: scrubbed(&error.to_string()),
    }
}

pub(super) fn fault_of(error: &Error) -> Fault {
    let words = error.source().map(ToString::to_string).unwrap_or_default();
    if let Some(code) = error.status() {
        let code = u16::from(code);
        let advice = Advice::for_reply(code, &words);
        return Fault {
            blame: blame_for(advice, error.is_permanent()),
            advice,
            reply: scrubbed(&format!("{code} {words}")),
        };
    }
    let advice = advice_without_reply(error, &words);
    Fault {
        blame: match advice {
            Advice::Other if error.is_client() => Blame::Letter,
            Advice::CutOff | Advice::Other => Blame::Moment,
            _ => Blame::Connection,
        },
        advice,
        reply: scrubbed(&error.to_string()),
    }
}

/// A refused sign-in or missing TLS is a 5xx too, but no letter is to be given up for it.
fn blame_for(advice: Advice, permanent: bool) -> Blame {
    match advice {
        Advice::SignInFailed | Advice::NoTls => Blame::Connection,
        _ if permanent => Blame::Letter,
        _ => Blame::Moment,
    }
}

fn advice_without_reply(error: &Error, words: &str) -> Advice {
    if words.contains("STARTTLS") {
        return Advice::NoTls;
    }
    if words.contains("authentication mechanism") {
        return Advice::SignInFailed;
    }
    if error.is_tls() || words.contains("certificate") {
        return Advice::BadCertificate;
    }
    if words.contains("resolve") || words.contains("lookup") {
        return Advice::UnknownHost;
    }
    if error.is_timeout() {
        return Advice::TimedOut;
    }
    match io_kind(error) {
        Some(io::ErrorKind::WouldBlock) => Advice::TimedOut,
        Some(
            io::ErrorKind::ConnectionRefused
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::AddrNotAvailable,
        ) => Advice::Unreachable,
        Some(
            io::ErrorKind::UnexpectedEof
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe,
        ) => Advice::CutOff,
        _ if error.is_response() => Advice::CutOff,
        _ => Advice::Other,
    }
}

fn io_kind(error: &Error) -> Option<io::ErrorKind> {
    let mut source = error.source();
    while let Some(cause) = source {
        if let Some(found) = cause.downcast_ref::<io::Error>() {
            return Some(found.kind());
        }
        source = cause.source();
    }
    None
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost")
        || host
            .trim_matches(['[', ']'])
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

fn invalid(key: &'static str, fault: &str) -> InvalidSmtp {
    InvalidSmtp {
        key,
        fault: fault.to_owned(),
    }
}
