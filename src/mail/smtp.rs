//! The mail server: encrypted unless it is on this very machine, with its words kept.
use std::error::Error as _;
use std::fmt;
use std::fs;
use std::io;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls as LettreTls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::{Error, PoolConfig, SmtpTransport};
use lettre::{Message, Transport as _};

use super::fault::{Advice, Blame, Fault};
use super::transport::{Accepted, Transport};
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
    transport: SmtpTransport,
}

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
        let mut builder = SmtpTransport::builder_dangerous(self.host.clone())
            .port(self.port.unwrap_or(self.tls.usual_port()))
            .tls(tls)
            .timeout(Some(self.timeout))
            .pool_config(PoolConfig::new().max_size(1));
        if let Some(name) = &self.hello {
            builder = builder.hello_name(ClientId::Domain(name.clone()));
        }
        if let Some(login) = &self.login {
            builder =
                builder.credentials(Credentials::new(login.user.clone(), login.password.clone()));
        }
        Ok(Transport::Smtp(Smtp {
            transport: builder.build(),
        }))
    }

    fn lettre_tls(&self) -> Result<LettreTls, InvalidSmtp> {
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
        match self.transport.test_connection() {
            Ok(true) => Ok(()),
            Ok(false) => Err(Fault {
                blame: Blame::Connection,
                advice: Advice::Unreachable,
                reply: "the server does not answer NOOP".to_owned(),
            }),
            Err(error) => Err(fault_of(&error)),
        }
    }

    pub(super) fn send(&self, message: &Message) -> Result<Accepted, Fault> {
        match self.transport.send(message) {
            Ok(response) => {
                let words: Vec<_> = response.message().collect();
                Ok(Accepted {
                    reply: scrubbed(&format!("{} {}", response.code(), words.join(" "))),
                })
            }
            Err(error) => Err(fault_of(&error)),
        }
    }
}

fn fault_of(error: &Error) -> Fault {
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
