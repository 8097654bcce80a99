//! A test letter, step by step: what the mail server said at each, and what to do where it said no.
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};

use chrono::{DateTime, Utc};
use lettre::address::Envelope;
use lettre::transport::smtp::authentication::DEFAULT_MECHANISMS;
use lettre::transport::smtp::client::{SmtpConnection, Tls as LettreTls};
use lettre::transport::smtp::commands::{Data, Rcpt};
use lettre::transport::smtp::response::Response;

use super::address::{Address, scrubbed};
use super::fault::{Advice, Blame, Fault};
use super::letter::fresh_id;
use super::outgoing::Outgoing;
use super::return_path::ReturnPath;
use super::smtp::{PATIENCE_FOR_ACCEPTANCE, SmtpSettings, Tls, fault_of, mail, no_mail};

/// What a letter passes on its way to the mail server, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Station {
    /// The server's name becomes an address.
    Name,
    /// Something listens there.
    Connection,
    /// It speaks SMTP, encrypted from the first byte where the settings say so.
    Greeting,
    StartTls,
    SignIn,
    /// `MAIL FROM`
    Sender,
    /// `RCPT TO`
    Recipient,
    /// `DATA`, the text, and the reply that makes it the server's.
    Text,
}

/// What happened at one station.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passed {
    pub station: Station,
    /// The server's words or our own; without addresses and secrets.
    pub words: Result<String, Fault>,
}

impl Station {
    /// As the lines of the report begin.
    pub fn danish(self) -> &'static str {
        match self {
            Self::Name => "DNS",
            Self::Connection => "Forbindelse (TCP)",
            Self::Greeting => "Hilsen (EHLO)",
            Self::StartTls => "Kryptering (STARTTLS)",
            Self::SignIn => "Log ind (AUTH)",
            Self::Sender => "Afsender (MAIL FROM)",
            Self::Recipient => "Modtager (RCPT TO)",
            Self::Text => "Brevet (DATA)",
        }
    }

    /// What whoever runs the program can do about a fault that ended the walk here.
    pub fn remedy(self, fault: &Fault) -> &'static str {
        match (self, fault.advice) {
            (Self::Name, _) => {
                "Navnet i mail.host findes ikke i DNS. Ret det, eller se efter, om maskinen kan slå navne op (resolvectl query NAVN)."
            }
            (Self::Connection, Advice::TimedOut) => {
                "Ingen svarer på adressen i tide. Som regel er det en firewall: bed netværksfolkene åbne for mail.port ud fra denne maskine."
            }
            (Self::Connection, _) => {
                "Intet program lytter på den port. Se efter, om mail.port passer til mail.tls (587 til starttls, 465 til implicit), og om mailserveren kører."
            }
            (_, Advice::BadCertificate) => {
                "Serverens certifikat kan ikke godkendes. mail.host skal være det navn, der står i certifikatet; er certifikatet udstedt af jer selv, så angiv udstederens PEM-fil i mail.ca_file."
            }
            (Self::Greeting, Advice::TimedOut) => {
                "Serveren tog forbindelsen, men sagde intet. På port 465 skal mail.tls være implicit, på port 587 og 25 starttls."
            }
            (Self::Greeting, _) => {
                "Serveren hilser ikke, som en mailserver skal. På port 465 skal mail.tls være implicit, på port 587 og 25 starttls; ellers afviser serveren denne maskines adresse."
            }
            (Self::StartTls, _) => {
                "Serveren tilbyder ikke kryptering, så intet er sendt. Slå STARTTLS til på mailserveren, eller brug en port, der har det (587), eller mail.tls = \"implicit\" på port 465."
            }
            (Self::SignIn, _) => {
                "Serveren afviste brugernavn eller adgangskode. Se mail.user og filen i mail.password_file efter; nogle servere kræver en adgangskode lavet til programmer, eller at SMTP AUTH slås til for kontoen."
            }
            (_, Advice::SignInFailed) => {
                "Serveren kræver, at der logges ind. Sæt mail.user og mail.password_file."
            }
            (_, Advice::SenderRefused) | (Self::Sender, _) => {
                "Serveren tillader ikke afsenderadressen. Sæt mail.from til en adresse, som kontoen må sende fra; er mail.return_path sat, skal den også være tilladt."
            }
            (_, Advice::TryLater) => {
                "Serveren beder om at vente (greylisting eller travlhed). Prøv igen om et kvarter; rigtige breve prøves igen af sig selv."
            }
            (_, Advice::TakenForSpam) => {
                "Serveren tager brevet for spam. Se SPF, DKIM og DMARC efter for afsenderens domæne."
            }
            (_, Advice::MailboxFull) => "Postkassen er fuld. Prøv med en anden adresse.",
            (Self::Recipient, _) => {
                "Serveren vil ikke sende til den adresse. Er adressen rigtig, så må serveren kun sende inden for huset, eller den kræver, at der logges ind (relay)."
            }
            (_, Advice::TooLarge) => {
                "Serveren tager ikke breve af den størrelse. Få grænsen hævet."
            }
            (_, Advice::TimedOut) => {
                "Serveren fik hele brevet, men svarede ikke i tide; det kan være nået frem. Hæv mail.timeout, hvis serveren undersøger breve længe."
            }
            (_, Advice::CutOff) => {
                "Serveren afbrød forbindelsen midt i brevet; det er ikke modtaget. Se i serverens log, hvorfor."
            }
            _ => "Serveren tog ikke imod brevet. Dens eget svar står ovenfor; se også i dens log.",
        }
    }
}

impl SmtpSettings {
    /// Gives one letter to the server on a connection of its own and tells of every station.
    ///
    /// The envelope is as for a real letter, with its own return path. Returns whether the server
    /// has taken the letter; at the first fault the walk ends.
    pub fn walk(
        &self,
        outgoing: &Outgoing,
        return_path: Option<&ReturnPath>,
        now: DateTime<Utc>,
        tell: &mut dyn FnMut(&Passed),
    ) -> bool {
        let mut walk = Walk {
            settings: self,
            tell,
        };
        walk.all(outgoing, return_path, now).is_some()
    }
}

struct Walk<'a> {
    settings: &'a SmtpSettings,
    tell: &'a mut dyn FnMut(&Passed),
}

impl Walk<'_> {
    /// `None` once a station has failed, which was told by then.
    fn all(
        &mut self,
        outgoing: &Outgoing,
        return_path: Option<&ReturnPath>,
        now: DateTime<Utc>,
    ) -> Option<()> {
        let addresses = self.addresses()?;
        self.knocks(&addresses)?;
        let mut line = self.greets()?;
        self.signs_in(&mut line)?;
        let id = self.at(Station::Sender, fresh_id().map_err(|e| no_mail(&e)))?;
        let message = self.at(Station::Sender, outgoing.message(&id, now))?;
        let own = return_path.and_then(|path| path.of(&id));
        let own: Option<&Address> = own.as_ref();
        let sender = own.and_then(|address| address.expose().parse().ok());
        let sender = sender.or_else(|| message.envelope().from().cloned());
        let envelope = Envelope::new(sender, message.envelope().to().to_vec());
        let envelope = self.at(Station::Sender, envelope.map_err(|e| no_mail(&e)))?;
        let text = message.formatted();
        let sender = mail(&line, &envelope, text.is_ascii());
        let sender = line.command(sender);
        self.said(Station::Sender, sender.map_err(|e| fault_of(&e)))?;
        for recipient in envelope.to() {
            let rcpt = line.command(Rcpt::new(recipient.clone(), Vec::new()));
            self.said(Station::Recipient, rcpt.map_err(|e| fault_of(&e)))?;
        }
        let ready = line.command(Data).map_err(|e| fault_of(&e));
        self.at(Station::Text, ready)?;
        // A socket that takes no timeout fails at the next word anyway.
        let _ = line.set_timeout(Some(self.settings.timeout * PATIENCE_FOR_ACCEPTANCE));
        let taken = line.message(&text);
        self.said(Station::Text, taken.map_err(|e| fault_of(&e)))?;
        // The letter is the server's, whatever it says to this.
        let _ = line.quit();
        Some(())
    }

    fn addresses(&mut self) -> Option<Vec<SocketAddr>> {
        let server = (self.settings.host.as_str(), self.settings.port());
        let found = server.to_socket_addrs().map(Vec::from_iter);
        let words = match found {
            Ok(found) if !found.is_empty() => {
                let hosts: Vec<String> = found.iter().map(|a| a.ip().to_string()).collect();
                self.passes(Station::Name, hosts.join(", "));
                return Some(found);
            }
            Ok(_) => "no address".to_owned(),
            Err(error) => error.to_string(),
        };
        self.fails(
            Station::Name,
            Fault {
                blame: Blame::Connection,
                advice: Advice::UnknownHost,
                reply: scrubbed(&words),
            },
        )
    }

    fn knocks(&mut self, addresses: &[SocketAddr]) -> Option<()> {
        let mut last = None;
        for address in addresses {
            match TcpStream::connect_timeout(address, self.settings.timeout) {
                Ok(_) => {
                    self.passes(Station::Connection, format!("port {}", address.port()));
                    return Some(());
                }
                Err(error) => last = Some(error),
            }
        }
        let timed_out = last
            .as_ref()
            .is_some_and(|e| e.kind() == std::io::ErrorKind::TimedOut);
        let words = last.map(|e| e.to_string()).unwrap_or_default();
        self.fails(
            Station::Connection,
            Fault {
                blame: Blame::Connection,
                advice: if timed_out {
                    Advice::TimedOut
                } else {
                    Advice::Unreachable
                },
                reply: scrubbed(&words),
            },
        )
    }

    fn greets(&mut self) -> Option<SmtpConnection> {
        let settings = self.settings;
        let tls = settings.lettre_tls().map_err(|e| no_mail(&e));
        let tls = self.at(Station::Greeting, tls)?;
        let wrapper = match &tls {
            LettreTls::Wrapper(parameters) => Some(parameters),
            _ => None,
        };
        let server = (settings.host.as_str(), settings.port());
        let hello = settings.hello();
        let line = SmtpConnection::connect(server, Some(settings.timeout), &hello, wrapper, None);
        let mut line = self.at(Station::Greeting, line.map_err(|e| fault_of(&e)))?;
        let encrypted = match settings.tls {
            Tls::Implicit => "krypteret fra første byte",
            Tls::StartTls => "endnu ikke krypteret",
            Tls::None => "ukrypteret, på denne maskine",
        };
        let name = scrubbed(line.server_info().name());
        self.passes(Station::Greeting, format!("{name}, {encrypted}"));
        if let LettreTls::Required(parameters) = &tls {
            let started = line.starttls(parameters, &hello).map_err(|e| fault_of(&e));
            self.at(Station::StartTls, started)?;
            self.passes(Station::StartTls, "krypteret, certifikatet godkendt".into());
        }
        Some(line)
    }

    fn signs_in(&mut self, line: &mut SmtpConnection) -> Option<()> {
        match self.settings.credentials() {
            Some(login) => {
                let reply = line.auth(DEFAULT_MECHANISMS, &login);
                self.said(Station::SignIn, reply.map_err(|e| fault_of(&e)))
            }
            None => {
                self.passes(Station::SignIn, "uden, som indstillet".into());
                Some(())
            }
        }
    }

    /// Tells of a reply.
    fn said(&mut self, station: Station, reply: Result<Response, Fault>) -> Option<()> {
        let reply = self.at(station, reply)?;
        let words: Vec<_> = reply.message().collect();
        let words = scrubbed(&format!("{} {}", reply.code(), words.join(" ")));
        self.passes(station, words);
        Some(())
    }

    /// Tells of a fault; what went well is told when its station is behind.
    fn at<T>(&mut self, station: Station, done: Result<T, Fault>) -> Option<T> {
        match done {
            Ok(value) => Some(value),
            Err(fault) => self.fails(station, fault),
        }
    }

    fn passes(&mut self, station: Station, words: String) {
        (self.tell)(&Passed {
            station,
            words: Ok(words),
        });
    }

    fn fails<T>(&mut self, station: Station, fault: Fault) -> Option<T> {
        (self.tell)(&Passed {
            station,
            words: Err(fault),
        });
        None
    }
}
