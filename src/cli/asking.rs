//! How a command gets its settings, asks the store or the server that holds it, and says what came of it.
use std::io::{IsTerminal, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::app::{App, Mode};
use crate::config::{Config, ConfigFault, Settings};
use crate::control::{self, Ask, Outcome};
use crate::server::{self, StartError};
use crate::store::StoreError;

#[derive(Args)]
pub struct SettingsArgs {
    /// TOML file with settings [default: $SAMSVAR_CONFIG, or samsvar.toml if it is there]
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    /// Directory of store, journal, outbox and attachments
    #[arg(long, value_name = "DIR", global = true)]
    pub data: Option<PathBuf>,
}

/// In this process when the store is free, else in the server that holds it.
pub fn carry_out(args: &SettingsArgs, ask: &Ask, out: Option<PathBuf>) -> ExitCode {
    let config = match settings(args, None, Mode::Serve).check() {
        Ok(config) => config,
        Err(faults) => return told(&faults),
    };
    let data = config.data.clone();
    if !data.join("journal").is_dir() && !matches!(ask, Ask::StaffAdd { .. }) {
        return failed(&format!(
            "{} holds no store; name the directory with --data",
            data.display()
        ));
    }
    if !data.exists() {
        say(&format!("{} is a new data directory", data.display()));
    }
    match asked(config, ask) {
        Ok(Outcome::Done(text)) => {
            say(&text);
            ExitCode::SUCCESS
        }
        Ok(Outcome::File(bytes)) => written(&bytes, out),
        Ok(Outcome::Export(export)) => streamed(out, |file| {
            let mut percent = 0;
            let mut told = |done: usize, all: usize| {
                let now = 100 * done / all.max(1);
                if now > percent && std::io::stderr().is_terminal() {
                    percent = now;
                    let _ = write!(std::io::stderr(), "\r{now} %");
                }
            };
            export.write(file, &mut told).map_err(std::io::Error::other)
        }),
        Ok(Outcome::Incoming(mut pieces)) => {
            streamed(out, |file| std::io::copy(&mut pieces, file).map(drop))
        }
        Ok(Outcome::Refused(text)) => failed(&text),
        Err(NotAsked { text, locked: true }) => locked(&text),
        Err(NotAsked { text, .. }) => failed(&text),
    }
}

/// Nobody could be asked.
pub struct NotAsked {
    text: String,
    /// The data is encrypted and its key is not there.
    locked: bool,
}

impl From<String> for NotAsked {
    fn from(text: String) -> Self {
        Self {
            text,
            locked: false,
        }
    }
}

impl From<NotAsked> for String {
    fn from(not: NotAsked) -> Self {
        not.text
    }
}

/// The settings of a command, or all their faults.
pub fn config_of(args: &SettingsArgs) -> Result<Config, String> {
    settings(args, None, Mode::Serve).check().map_err(|faults| {
        let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
        lines.join("\n")
    })
}

/// Asks this process when the store is free, else the server that holds it.
pub fn asked(config: Config, ask: &Ask) -> Result<Outcome, NotAsked> {
    let data = config.data.clone();
    match open_any(config) {
        Ok(app) => serde_json::to_value(ask)
            .and_then(serde_json::from_value)
            .map(|ask| control::carry_out(&app, ask))
            .map_err(|e| e.to_string().into()),
        Err(StartError::Store(StoreError::InUse { .. })) => control::ask_server(&data, ask)
            .map_err(|e| {
                format!(
                    "the server that uses {} does not answer: {e}",
                    data.display()
                )
                .into()
            }),
        Err(error) => Err(NotAsked {
            locked: error.is_locked(),
            text: error.to_string(),
        }),
    }
}

/// Commands look at a real directory and at a demo's alike.
fn open_any(config: Config) -> Result<std::sync::Arc<App>, StartError> {
    match server::open(config.clone(), Mode::Serve) {
        Err(StartError::WrongMode(_)) => server::open(config, Mode::Demo),
        other => other,
    }
}

/// Writes piece by piece; a file that could not be written to its end is taken away.
fn streamed(
    out: Option<PathBuf>,
    write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>,
) -> ExitCode {
    let result = match &out {
        Some(path) => std::fs::File::create(path).and_then(|file| {
            let mut file = std::io::BufWriter::new(file);
            write(&mut file).and_then(|()| file.flush())
        }),
        None => {
            let mut out = std::io::BufWriter::new(std::io::stdout().lock());
            write(&mut out).and_then(|()| out.flush())
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            if let Some(path) = &out {
                let _ = std::fs::remove_file(path);
            }
            failed(&format!("the file could not be written: {error}"))
        }
    }
}

fn written(bytes: &[u8], out: Option<PathBuf>) -> ExitCode {
    let result = match &out {
        Some(path) => std::fs::write(path, bytes),
        None => std::io::stdout().lock().write_all(bytes),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&format!("the file could not be written: {error}")),
    }
}

/// The key that systemd hands over, see deploy/samsvar.service.
fn systemd_credential() -> Option<PathBuf> {
    let file = PathBuf::from(std::env::var_os("CREDENTIALS_DIRECTORY")?).join("samsvar-key");
    file.is_file().then_some(file)
}

/// The file, then the variables, then the flags; each overrides the one before.
pub fn settings(args: &SettingsArgs, listen: Option<SocketAddr>, mode: Mode) -> Settings {
    let named = args
        .config
        .clone()
        .or_else(|| std::env::var_os("SAMSVAR_CONFIG").map(PathBuf::from));
    let file = named.or_else(|| Some(PathBuf::from("samsvar.toml")).filter(|f| f.is_file()));
    let mut settings = file.map_or_else(Settings::default, |path| Settings::from_file(&path));
    settings.take_variables(
        std::env::vars_os()
            .filter_map(|(n, v)| Some((n.into_string().ok()?, v.into_string().ok()?))),
    );
    if let Some(file) = systemd_credential() {
        settings.set_default("key_file", file.to_string_lossy());
    }
    if let Some(listen) = listen {
        settings.set("listen", listen.to_string());
    }
    match &args.data {
        Some(data) => settings.set("data", data.to_string_lossy()),
        None if mode == Mode::Demo => settings.set("data", "data/demo"),
        None => {}
    }
    settings
}

pub fn said(outcome: Result<String, String>) -> ExitCode {
    match outcome {
        Ok(text) => {
            say(&text);
            ExitCode::SUCCESS
        }
        Err(text) => failed(&text),
    }
}

pub fn told(faults: &[ConfigFault]) -> ExitCode {
    let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
    failed(&lines.join("\n"))
}

pub fn failed(text: &str) -> ExitCode {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
    ExitCode::FAILURE
}

/// A closed pipe is the reader's choice, not a fault.
pub fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// Ends with 3, so that a script can tell a missing key from any other fault.
pub fn locked(text: &str) -> ExitCode {
    failed(text);
    ExitCode::from(3)
}
