//! Settings from one TOML file and `SAMSVAR_*` variables, checked all at once.
use std::collections::BTreeMap;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};

/// Everything the program can be told; each has a default that works.
#[derive(Clone, PartialEq, Eq)]
pub struct Config {
    pub listen: SocketAddr,
    pub data: PathBuf,
    /// What links in letters start with, without a slash at the end.
    pub base_url: String,
    /// The operator's own forms, beside the built-in ones.
    pub forms: Option<PathBuf>,
    /// The keys that stored data is encrypted with; none where it is not.
    pub key_file: Option<PathBuf>,
    /// Hours until somebody is warned that no newer backup was made; `None` for never.
    pub backup_hours: Option<u64>,
    pub mail: MailConfig,
}

/// How letters leave.
#[derive(Clone, PartialEq, Eq)]
pub struct MailConfig {
    pub transport: MailTransport,
    /// The envelope's and header's sender where the server requires its own; else the campaign's.
    pub from: Option<String>,
    /// Where bounces go: an address with a star for the letter's id.
    pub return_path: Option<String>,
    /// Where bounces come in again.
    pub receive: Option<Receive>,
    pub letters_per_minute: Option<usize>,
}

/// Where the site's mail server hands over what comes to the return path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Receive {
    /// LMTP on a socket of this machine.
    Lmtp(PathBuf),
    /// SMTP on a loopback address.
    Smtp(SocketAddr),
}

#[derive(Clone, PartialEq, Eq)]
pub enum MailTransport {
    /// Files in `DATA/outbox`.
    Outbox,
    Smtp(SmtpConfig),
}

#[derive(Clone, PartialEq, Eq)]
pub struct SmtpConfig {
    pub host: String,
    pub port: u16,
    pub tls: TlsMode,
    pub login: Option<(String, String)>,
    /// A PEM file with the certificate authority of a mail server of one's own.
    pub ca_file: Option<PathBuf>,
    pub timeout_seconds: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsMode {
    /// STARTTLS, required.
    StartTls,
    /// TLS from the first byte.
    Implicit,
    /// None; accepted for a loopback address only.
    None,
}

/// One setting that can't be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigFault {
    pub key: String,
    /// As it was given; `(hidden)` for a secret.
    pub value: String,
    pub remedy: String,
}

impl std::fmt::Display for ConfigFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} = {}: {}", self.key, self.value, self.remedy)
    }
}

/// Key, default and meaning of every setting; `check-config --explain` and the README's table come from here.
pub const KEYS: &[(&str, &str, &str)] = &[
    ("listen", "127.0.0.1:8080", "address and port to listen on"),
    (
        "data",
        "data",
        "directory of store, journal, outbox and attachments",
    ),
    (
        "base_url",
        "http://<listen>",
        "what links in letters start with; https://… behind a proxy",
    ),
    (
        "forms",
        "",
        "directory of your own forms, beside the built-in ones",
    ),
    (
        "key_file",
        "",
        "file with the key that answers, contacts and attachments are encrypted with at rest; without it they are not",
    ),
    (
        "backup.warn_after_hours",
        "48",
        "hours after which the status page and /sundhed warn that no newer backup was made, 0-10000; 0 for never",
    ),
    (
        "mail.transport",
        "outbox",
        "outbox (files in DATA/outbox) or smtp",
    ),
    (
        "mail.from",
        "",
        "sender address, if the mail server requires its own; else the campaign's",
    ),
    (
        "mail.return_path",
        "",
        "address for bounces with * for the letter's id, such as samsvar+*@example.dk",
    ),
    (
        "mail.receive",
        "",
        "where the mail server hands over what comes there: lmtp:/PATH or smtp:127.0.0.1:PORT",
    ),
    (
        "mail.letters_per_minute",
        "",
        "most letters handed over in a minute, 1-10000; empty for no limit",
    ),
    ("mail.host", "", "SMTP server"),
    (
        "mail.port",
        "587 / 465",
        "SMTP port; 587 with starttls, 465 with implicit",
    ),
    (
        "mail.tls",
        "starttls",
        "starttls (required), implicit, or none (loopback only)",
    ),
    ("mail.user", "", "SMTP user name"),
    (
        "mail.password",
        "",
        "SMTP password; better mail.password_file",
    ),
    (
        "mail.password_file",
        "",
        "file that holds the SMTP password",
    ),
    (
        "mail.ca_file",
        "",
        "PEM file with an additional certificate authority",
    ),
    (
        "mail.timeout",
        "30",
        "seconds to wait for the SMTP server, 1-600",
    ),
];

/// The name of the variable that overrides a key: `mail.host` is `SAMSVAR_MAIL_HOST`.
pub fn variable(key: &str) -> String {
    format!("SAMSVAR_{}", key.replace('.', "_").to_uppercase())
}

/// Settings as texts, before they are checked.
#[derive(Default)]
pub struct Settings {
    values: BTreeMap<String, String>,
    faults: Vec<ConfigFault>,
}

impl Settings {
    /// Reads a TOML file; a file that can't be read or parsed is one fault.
    pub fn from_file(path: &Path) -> Self {
        match std::fs::read_to_string(path) {
            Ok(text) => Self::from_toml(&text),
            Err(e) => Self::broken(
                "config",
                &path.display().to_string(),
                &format!("can't be read ({e}); name another file with --config"),
            ),
        }
    }

    pub fn from_toml(text: &str) -> Self {
        match text.parse::<toml::Table>() {
            Ok(table) => {
                let mut settings = Self::default();
                settings.take_table("", &table);
                settings
            }
            Err(e) => {
                // The parser's own text repeats the line, which may hold a password.
                let before = text
                    .get(..e.span().map_or(0, |s| s.start))
                    .unwrap_or_default();
                let line = 1 + before.matches('\n').count();
                Self::broken(
                    "config",
                    &format!("line {line}"),
                    &format!("is not TOML: {}", e.message()),
                )
            }
        }
    }

    /// Sets one value, as a flag or a variable does.
    pub fn set(&mut self, key: &str, value: impl Into<String>) {
        self.values.insert(key.to_owned(), value.into());
    }

    /// Sets a value that nothing else has set.
    pub fn set_default(&mut self, key: &str, value: impl Into<String>) {
        self.values
            .entry(key.to_owned())
            .or_insert_with(|| value.into());
    }

    /// The data directory, whatever the other settings are worth.
    pub fn data(&self) -> PathBuf {
        PathBuf::from(self.text("data").unwrap_or_else(|| "data".into()))
    }

    /// Takes every `SAMSVAR_*` variable that names a key; others of that prefix are faults.
    pub fn take_variables(&mut self, variables: impl Iterator<Item = (String, String)>) {
        for (name, value) in variables.filter(|(n, _)| n.starts_with("SAMSVAR_")) {
            if matches!(name.as_str(), "SAMSVAR_CONFIG" | "SAMSVAR_LOG") {
                continue;
            }
            match KEYS.iter().find(|(key, ..)| variable(key) == name) {
                Some((key, ..)) => self.set(key, value),
                None => self.fault(
                    &name,
                    &shown(&name, &value),
                    "no such variable; see samsvar check-config --explain",
                ),
            }
        }
    }

    /// The settings, or all that is wrong with them.
    pub fn check(mut self) -> Result<Config, Vec<ConfigFault>> {
        let listen = self.listen();
        let data = self.data();
        let base_url = self.base_url(listen);
        let forms = self.text("forms").map(PathBuf::from);
        if let Some(dir) = forms.as_ref().filter(|d| !d.is_dir()) {
            self.fault(
                "forms",
                &dir.display().to_string(),
                "is not a directory; create it or leave the key out",
            );
        }
        let key_file = self.text("key_file").map(PathBuf::from);
        if let Some(file) = &key_file
            && let Err(why) = crate::key_file::read(file)
        {
            self.fault("key_file", &file.display().to_string(), &why);
        }
        let backup_hours = self.whole("backup.warn_after_hours", 48, 0..=10_000);
        let mail = self.mail();
        if self.faults.is_empty() {
            Ok(Config {
                listen,
                data,
                base_url,
                forms,
                key_file,
                backup_hours: Some(backup_hours).filter(|hours| *hours > 0),
                mail,
            })
        } else {
            Err(self.faults)
        }
    }

    fn broken(key: &str, value: &str, remedy: &str) -> Self {
        let mut settings = Self::default();
        settings.fault(key, value, remedy);
        settings
    }

    fn take_table(&mut self, prefix: &str, table: &toml::Table) {
        for (name, value) in table {
            let key = if prefix.is_empty() {
                name.clone()
            } else {
                format!("{prefix}.{name}")
            };
            match value {
                toml::Value::Table(inner) if prefix.is_empty() => self.take_table(&key, inner),
                toml::Value::String(s) if is_key(&key) => self.set(&key, s.clone()),
                toml::Value::Integer(i) if is_key(&key) => self.set(&key, i.to_string()),
                other if is_key(&key) => self.fault(
                    &key,
                    &shown(&key, &other.to_string()),
                    "must be a text or a whole number",
                ),
                other => self.fault(&key, &shown(&key, &other.to_string()), &unknown_key(&key)),
            }
        }
    }

    fn fault(&mut self, key: &str, value: &str, remedy: &str) {
        self.faults.push(ConfigFault {
            key: key.into(),
            value: value.into(),
            remedy: remedy.into(),
        });
    }

    fn text(&self, key: &str) -> Option<String> {
        self.values
            .get(key)
            .map(|v| v.trim().to_owned())
            .filter(|v| !v.is_empty())
    }

    fn listen(&mut self) -> SocketAddr {
        let default = SocketAddr::from(([127, 0, 0, 1], 8080));
        let Some(text) = self.text("listen") else {
            return default;
        };
        match text
            .to_socket_addrs()
            .ok()
            .and_then(|mut found| found.next())
        {
            Some(address) => address,
            None => {
                self.fault(
                    "listen",
                    &text,
                    "must be ADDRESS:PORT, such as 127.0.0.1:8080",
                );
                default
            }
        }
    }

    fn base_url(&mut self, listen: SocketAddr) -> String {
        let Some(text) = self.text("base_url") else {
            return format!("http://{listen}");
        };
        let host = text
            .strip_prefix("https://")
            .or_else(|| text.strip_prefix("http://"));
        if host.is_none_or(|h| h.is_empty() || h.contains(['?', '#', ' ', '@'])) {
            self.fault(
                "base_url",
                &text,
                "must be https://HOST or http://HOST, as a reader's browser reaches it",
            );
        }
        text.trim_end_matches('/').to_owned()
    }

    fn mail(&mut self) -> MailConfig {
        let from = self.text("mail.from");
        if let Some(address) = from.as_ref().filter(|a| !a.contains('@')) {
            self.fault("mail.from", address, "must be a mail address");
        }
        // Checked whatever the transport, so that a fault shows before the transport is changed.
        let smtp = self.smtp();
        let transport = match self.text("mail.transport").as_deref() {
            None | Some("outbox") => MailTransport::Outbox,
            Some("smtp") => MailTransport::Smtp(smtp),
            Some(other) => {
                self.fault("mail.transport", other, "must be outbox or smtp");
                MailTransport::Outbox
            }
        };
        let letters_per_minute = self
            .text("mail.letters_per_minute")
            .map(|_| self.whole("mail.letters_per_minute", 60, 1..=10_000))
            .and_then(|most| usize::try_from(most).ok());
        MailConfig {
            transport,
            from,
            return_path: self.return_path(),
            receive: self.receive(),
            letters_per_minute,
        }
    }

    fn return_path(&mut self) -> Option<String> {
        let text = self.text("mail.return_path")?;
        if crate::mail::ReturnPath::parse(&text).is_none() {
            let remedy = "must be an address with one * before the @, such as samsvar+*@example.dk";
            self.fault("mail.return_path", &text, remedy);
        }
        Some(text)
    }

    fn receive(&mut self) -> Option<Receive> {
        let text = self.text("mail.receive")?;
        if self.text("mail.return_path").is_none() {
            self.fault(
                "mail.receive",
                &text,
                "only what comes to mail.return_path is taken; set it too",
            );
        }
        let parsed = match text.split_once(':') {
            Some(("lmtp", path)) if path.starts_with('/') => Some(Receive::Lmtp(path.into())),
            Some(("smtp", address)) => address
                .parse::<SocketAddr>()
                .ok()
                .filter(|a| a.ip().is_loopback())
                .map(Receive::Smtp),
            _ => None,
        };
        if parsed.is_none() {
            let remedy = "must be lmtp:/PATH/OF/SOCKET or smtp:127.0.0.1:PORT; other addresses are not listened on";
            self.fault("mail.receive", &text, remedy);
        }
        parsed
    }

    fn smtp(&mut self) -> SmtpConfig {
        let host = self.text("mail.host").unwrap_or_default();
        if host.is_empty() && self.text("mail.transport").as_deref() == Some("smtp") {
            self.fault(
                "mail.host",
                "(empty)",
                "name the mail server, or set mail.transport = \"outbox\"",
            );
        }
        let tls = self.tls(&host);
        let default_port = if tls == TlsMode::Implicit { 465 } else { 587 };
        let port = self.whole("mail.port", default_port, 1..=65_535);
        let timeout_seconds = self.whole("mail.timeout", 30, 1..=600);
        let ca_file = self.text("mail.ca_file").map(PathBuf::from);
        if let Some(file) = ca_file.as_ref().filter(|f| !f.is_file()) {
            self.fault("mail.ca_file", &file.display().to_string(), "is not a file");
        }
        let login = self.login();
        SmtpConfig {
            host,
            port: u16::try_from(port).unwrap_or(587),
            tls,
            login,
            ca_file,
            timeout_seconds,
        }
    }

    fn tls(&mut self, host: &str) -> TlsMode {
        match self.text("mail.tls").as_deref() {
            None | Some("starttls") => TlsMode::StartTls,
            Some("implicit") => TlsMode::Implicit,
            Some("none") if matches!(host, "localhost" | "127.0.0.1" | "::1") => TlsMode::None,
            Some("none") => {
                self.fault("mail.tls", "none", "letters hold personal links; only a mail server on this machine (localhost) may go without TLS");
                TlsMode::StartTls
            }
            Some(other) => {
                self.fault("mail.tls", other, "must be starttls, implicit or none");
                TlsMode::StartTls
            }
        }
    }

    fn login(&mut self) -> Option<(String, String)> {
        let password = match (self.text("mail.password"), self.text("mail.password_file")) {
            (Some(_), Some(_)) => {
                self.fault(
                    "mail.password",
                    "(hidden)",
                    "set either mail.password or mail.password_file",
                );
                None
            }
            (Some(p), None) => Some(p),
            (None, Some(file)) => match std::fs::read_to_string(&file) {
                Ok(p) => Some(p.trim_end_matches(['\n', '\r']).to_owned()),
                Err(e) => {
                    self.fault("mail.password_file", &file, &format!("can't be read ({e})"));
                    None
                }
            },
            (None, None) => None,
        };
        match (self.text("mail.user"), password) {
            (Some(user), Some(password)) => Some((user, password)),
            (Some(user), None) if self.faults.is_empty() => {
                self.fault(
                    "mail.user",
                    &user,
                    "has no password; set mail.password_file",
                );
                None
            }
            (None, Some(_)) => {
                self.fault("mail.user", "(empty)", "a password is set; name its user");
                None
            }
            _ => None,
        }
    }

    fn whole(&mut self, key: &str, default: u64, range: std::ops::RangeInclusive<u64>) -> u64 {
        let Some(text) = self.text(key) else {
            return default;
        };
        match text.parse::<u64>().ok().filter(|n| range.contains(n)) {
            Some(n) => n,
            None => {
                self.fault(
                    key,
                    &text,
                    &format!(
                        "must be a whole number from {} to {}",
                        range.start(),
                        range.end()
                    ),
                );
                default
            }
        }
    }
}

fn is_key(key: &str) -> bool {
    KEYS.iter().any(|(k, ..)| *k == key)
}

fn unknown_key(key: &str) -> String {
    let letters = |k: &str| k.chars().filter(|c| key.contains(*c)).count() * 2;
    let nearest = KEYS
        .iter()
        .map(|(k, ..)| *k)
        .max_by_key(|k| letters(k).saturating_sub(k.len().abs_diff(key.len())));
    format!("no such key; did you mean {}?", nearest.unwrap_or("listen"))
}

/// A value for a message; secrets are not repeated, nor what may be one under a misspelt key.
fn shown(key: &str, value: &str) -> String {
    let secret = !is_key(key) || key.contains("password") || key.contains("user");
    if secret {
        "(hidden)".into()
    } else {
        value.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_settings_at_all_are_enough() {
        let config = Settings::default()
            .check()
            .unwrap_or_else(|f| panic!("{f:?}"));
        assert_eq!(config.base_url, "http://127.0.0.1:8080");
        assert!(config.mail.transport == MailTransport::Outbox);
    }

    #[test]
    fn all_faults_are_listed_at_once_with_key_value_and_remedy() {
        let faults = Settings::from_toml("listen = \"nowhere\"\nlisten_port = 1\nbase_url = \"x\"\n[mail]\ntransport = \"smtp\"\ntls = \"none\"\nport = 70000\nhost = \"mail.example.dk\"\n")
            .check()
            .err()
            .unwrap_or_default();
        let keys: Vec<&str> = faults.iter().map(|f| f.key.as_str()).collect();
        assert_eq!(
            keys,
            ["listen_port", "listen", "base_url", "mail.tls", "mail.port"]
        );
        assert!(
            faults
                .iter()
                .all(|f| !f.remedy.is_empty() && !f.value.is_empty())
        );
    }

    #[test]
    fn a_password_is_never_repeated() {
        let mut settings = Settings::from_toml("[mail]\npassword = [\"hemmelig\"]\n");
        settings.take_variables(
            [("SAMSVAR_MAIL_PASSWORT".to_owned(), "hemmelig".to_owned())].into_iter(),
        );
        let text = settings
            .check()
            .err()
            .unwrap_or_default()
            .iter()
            .map(ToString::to_string)
            .collect::<String>();
        assert!(
            text.contains("mail.password") && !text.contains("hemmelig"),
            "{text}"
        );
    }

    #[test]
    fn variables_override_the_file() {
        let mut settings = Settings::from_toml("listen = \"127.0.0.1:1\"");
        settings.take_variables(
            [
                ("SAMSVAR_LISTEN".to_owned(), "127.0.0.1:2".to_owned()),
                ("HOME".to_owned(), "/".to_owned()),
            ]
            .into_iter(),
        );
        assert_eq!(settings.check().map(|c| c.listen.port()).ok(), Some(2));
    }
}
