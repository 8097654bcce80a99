//! The command line: reads arguments and settings, and hands over.
use std::io::{IsTerminal, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::{Args, Parser, Subcommand};
use samsvar_core::roles::Role;

use crate::actions::exporting::RawFormat;
use crate::actions::reporting::ReportFormat;
use crate::app::{App, Mode};
use crate::config::{Config, ConfigFault, KEYS, MailTransport, Settings, variable};
use crate::control::{self, Ask, Outcome};
use crate::keeping::{ContactCommand, EraseArgs, EventsCommand, Keep};
use crate::key_cli::{self, KeyCommand};
use crate::server::{self, StartError};
use crate::store::StoreError;
use crate::{backup_cli, check_cli, demo, disclosure_cli, form_cli, mail_cli};

/// Questionnaires for municipalities and care offers, and reports that reveal nobody.
#[derive(Parser)]
#[command(name = "samsvar", version, about)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server.
    Serve(ServeArgs),
    /// Run a demonstration with invented answers.
    Demo(DemoArgs),
    /// Check, render or validate against a form.
    #[command(subcommand)]
    Form(FormCommand),
    /// Write a campaign's report, safe to publish.
    Report(ReportArgs),
    /// Write a campaign's raw answers; for the secretariat only.
    Export(ExportArgs),
    /// Check that everything stored fits together: indexes, hashes, references; exits 1 if not.
    Check(check_cli::IntegrityArgs),
    /// Write everything stored into one file, also while people answer.
    Backup(backup_cli::BackupArgs),
    /// Put a backup into a new data directory, or prove it in a scratch one.
    Restore(backup_cli::RestoreArgs),
    /// Make a damaged index anew from the journal.
    Rebuild(backup_cli::RebuildArgs),
    /// Check the settings; lists all faults at once and exits 1 if there are any.
    CheckConfig(CheckConfigArgs),
    /// Send one letter through the mail server and tell what it says at each step; exits 1 if it did not take it.
    SendTestLetter(mail_cli::TestLetterArgs),
    /// The secretariat's members.
    #[command(subcommand)]
    Staff(StaffCommand),
    /// The log of who did or saw what.
    Events(EventsArgs),
    /// Erase answers and persons for good; shows what would go, unless --yes is given.
    Erase(EraseCommand),
    /// Contacts, and what is held about them.
    Contact(ContactArgs),
    /// Keys for data encrypted at rest.
    Key(KeyArgs),
    /// Put back the snapshot that was taken before the last upgrade.
    Downgrade(DowngradeArgs),
    /// What a reader can conclude about each hidden cell of a published table.
    Audit(disclosure_cli::AuditArgs),
    /// Hide what must be hidden in a table of true counts, at least cost.
    Protect(disclosure_cli::ProtectArgs),
    /// Prove a protected table from its certificate, by additions alone.
    Verify(disclosure_cli::VerifyArgs),
}

#[derive(Subcommand)]
enum FormCommand {
    /// Explain every fault of a form with file and JSON Pointer; exits 1 if there are any.
    Check(form_cli::CheckArgs),
    /// Write a form as a complete HTML page.
    Render(form_cli::RenderArgs),
    /// Validate answers against a form; findings as JSON lines, exit 1 if there are any.
    Validate(form_cli::ValidateArgs),
}

#[derive(Subcommand)]
enum StaffCommand {
    /// List a member of the secretariat, who may then sign in.
    Add(StaffAddArgs),
    /// Ask somebody for no code from an app any more, for app and recovery codes are lost.
    ResetCode(ResetCodeArgs),
}

#[derive(Args)]
pub struct SettingsArgs {
    /// TOML file with settings [default: $SAMSVAR_CONFIG, or samsvar.toml if it is there]
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    /// Directory of store, journal, outbox and attachments
    #[arg(long, value_name = "DIR", global = true)]
    data: Option<PathBuf>,
}

#[derive(Args)]
struct EventsArgs {
    #[command(subcommand)]
    command: EventsCommand,
    #[command(flatten)]
    settings: SettingsArgs,
    /// File to write [default: standard output]
    #[arg(long, value_name = "FILE", global = true)]
    out: Option<PathBuf>,
}

#[derive(Args)]
struct EraseCommand {
    #[command(flatten)]
    what: EraseArgs,
    #[command(flatten)]
    settings: SettingsArgs,
    /// File for --list [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Args)]
struct ContactArgs {
    #[command(subcommand)]
    command: ContactCommand,
    #[command(flatten)]
    settings: SettingsArgs,
    /// File to write [default: standard output]
    #[arg(long, value_name = "FILE", global = true)]
    out: Option<PathBuf>,
}

#[derive(Args)]
struct KeyArgs {
    #[command(subcommand)]
    command: KeyCommand,
    #[command(flatten)]
    settings: SettingsArgs,
}

#[derive(Args)]
struct DowngradeArgs {
    #[command(flatten)]
    settings: SettingsArgs,
    /// Lose what was saved since the upgrade
    #[arg(long)]
    discard: bool,
}

#[derive(Args)]
struct ServeArgs {
    #[command(flatten)]
    settings: SettingsArgs,
    /// Address and port to listen on
    #[arg(long, value_name = "ADDR:PORT")]
    listen: Option<SocketAddr>,
}

#[derive(Args)]
struct DemoArgs {
    #[command(flatten)]
    serve: ServeArgs,
    /// Begin anew: everything answered and changed in the demonstration is deleted
    #[arg(long)]
    reset: bool,
}

#[derive(Args)]
struct ReportArgs {
    /// The campaign's id, as in its address; may be left out when only one has a report
    campaign: Option<String>,
    #[command(flatten)]
    settings: SettingsArgs,
    #[arg(long, value_enum, default_value = "html")]
    format: ReportFormat,
    /// File to write [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Args)]
struct ExportArgs {
    /// The campaign's id, as in its address; may be left out when there is only one
    campaign: Option<String>,
    /// Every document and attachment as it stands, for another program (see docs/journal.md)
    #[arg(long, conflicts_with_all = ["campaign", "group", "format"])]
    everything: bool,
    /// The group of respondents [default: all in a workbook, the campaign's first in other files]
    #[arg(long)]
    group: Option<String>,
    #[command(flatten)]
    settings: SettingsArgs,
    #[arg(long, value_enum, default_value = "csv")]
    format: RawFormat,
    /// File to write [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Args)]
struct CheckConfigArgs {
    #[command(flatten)]
    settings: SettingsArgs,
    /// Print every key with its variable, default and meaning
    #[arg(long)]
    explain: bool,
}

#[derive(Args)]
struct StaffAddArgs {
    name: String,
    address: String,
    /// What they may do
    #[arg(long, value_enum, default_value = "secretariat")]
    role: RoleArg,
    /// The collection that an observer may follow: its id, as in its address
    #[arg(long, value_name = "ID", required_if_eq("role", "observer"))]
    collection: Option<String>,
    #[command(flatten)]
    settings: SettingsArgs,
}

#[derive(Args)]
struct ResetCodeArgs {
    address: String,
    #[command(flatten)]
    settings: SettingsArgs,
}

/// A role as it is typed.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum RoleArg {
    /// As the secretariat, and decides who else may come in
    Administrator,
    /// Runs collections and reads answers
    Secretariat,
    /// Reports with small counts hidden
    Reader,
    /// One collection's status and report
    Observer,
}

impl StaffAddArgs {
    fn role(&self) -> Role {
        match self.role {
            RoleArg::Administrator => Role::Administrator,
            RoleArg::Secretariat => Role::Secretariat,
            RoleArg::Reader => Role::Reader,
            RoleArg::Observer => Role::Observer {
                campaign: self.collection.clone().unwrap_or_default(),
            },
        }
    }
}

/// Runs the command and tells how the process should end.
pub fn run(cli: Cli) -> ExitCode {
    match cli.command {
        Command::Serve(args) => serve(&args, Mode::Serve, false),
        Command::Demo(args) => serve(&args.serve, Mode::Demo, args.reset),
        Command::Form(FormCommand::Check(args)) => form_cli::check(&args),
        Command::Form(FormCommand::Render(args)) => form_cli::render(&args),
        Command::Form(FormCommand::Validate(args)) => form_cli::validate(&args),
        Command::Report(args) => {
            let ask = Ask::Report {
                campaign: args.campaign,
                format: args.format,
            };
            carry_out(&args.settings, &ask, args.out)
        }
        Command::Export(args) if args.everything => {
            backup_cli::everything(&args.settings, args.out.as_deref())
        }
        Command::Export(args) => {
            let ask = Ask::Export {
                campaign: args.campaign,
                group: args.group,
                format: args.format,
            };
            carry_out(&args.settings, &ask, args.out)
        }
        Command::Check(args) => check_cli::check(&args),
        Command::Backup(args) => backup_cli::backup(&args),
        Command::Restore(args) => backup_cli::restore(&args),
        Command::Rebuild(args) => backup_cli::rebuild(&args),
        Command::CheckConfig(args) => check_config(&args),
        Command::SendTestLetter(args) => mail_cli::send_test_letter(&args),
        Command::Events(args) => {
            carry_out(&args.settings, &Ask::Keep(args.command.ask()), args.out)
        }
        Command::Erase(args) => match args.what.ask() {
            Ok(ask) => carry_out(&args.settings, &Ask::Keep(ask), args.out),
            Err(why) => failed(&why),
        },
        Command::Contact(args) => {
            carry_out(&args.settings, &Ask::Keep(args.command.ask()), args.out)
        }
        Command::Key(args) => match &args.command {
            KeyCommand::New { file } => said(key_cli::new(file)),
            KeyCommand::Add { file } => said(key_cli::add(file)),
            KeyCommand::Rotate => carry_out(&args.settings, &Ask::Keep(Keep::RotateKey), None),
        },
        Command::Downgrade(args) => {
            let data = settings(&args.settings, None, Mode::Serve).data();
            said(key_cli::go_back(&data, args.discard))
        }
        Command::Audit(args) => disclosure_cli::audit(args),
        Command::Protect(args) => disclosure_cli::protect(args),
        Command::Verify(args) => disclosure_cli::verify(args),
        Command::Staff(StaffCommand::ResetCode(args)) => {
            let address = args.address;
            carry_out(&args.settings, &Ask::StaffResetCode { address }, None)
        }
        Command::Staff(StaffCommand::Add(args)) => {
            let ask = Ask::StaffAdd {
                role: args.role(),
                name: args.name,
                address: args.address,
            };
            carry_out(&args.settings, &ask, None)
        }
    }
}

fn serve(args: &ServeArgs, mode: Mode, reset: bool) -> ExitCode {
    let config = match settings(&args.settings, args.listen, mode).check() {
        Ok(config) => config,
        Err(faults) => return told(&faults),
    };
    let started = server::open(only_outbox_in_demo(config, mode), mode).and_then(|app| {
        if reset {
            demo::reset(&app).map_err(|e| StartError::Seed(e.to_string()))?;
        }
        server::run(app, announce)
    });
    match started {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is_locked() => locked(&error.to_string()),
        Err(error) => failed(&error.to_string()),
    }
}

/// Ends with 3, so that a script can tell a missing key from any other fault.
fn locked(text: &str) -> ExitCode {
    failed(text);
    ExitCode::from(3)
}

fn only_outbox_in_demo(mut config: Config, mode: Mode) -> Config {
    if mode == Mode::Demo {
        config.mail.transport = MailTransport::Outbox;
    }
    config
}

/// Says where to go; the demo's links are complete once its letters have left.
fn announce(app: &App) {
    if !app.is_demo() {
        say(&format!("Samsvar is at {}/", app.config.base_url));
        return;
    }
    let patience = Instant::now() + Duration::from_secs(60);
    loop {
        match demo::role_links(app) {
            Ok(links) if links.len() == demo::ROLES.len() + 2 || Instant::now() > patience => {
                say(&format!(
                    "Samsvar's demonstration is at {}/demo",
                    app.config.base_url
                ));
                for link in links {
                    say(&format!("{}: {}", link.role, link.url));
                }
                return;
            }
            Ok(_) => std::thread::sleep(Duration::from_millis(50)),
            Err(error) => return log::error!("the demonstration's links can't be read: {error}"),
        }
    }
}

fn check_config(args: &CheckConfigArgs) -> ExitCode {
    if args.explain {
        for (key, default, meaning) in KEYS {
            say(&format!(
                "{key:<20} {:<28} {default:<16} {meaning}",
                variable(key)
            ));
        }
    }
    match settings(&args.settings, None, Mode::Serve).check() {
        Ok(config) => {
            say("the settings are fine");
            say(match &config.key_file {
                Some(_) => "data is encrypted at rest",
                None => "data is not encrypted at rest: no key_file is set",
            });
            ExitCode::SUCCESS
        }
        Err(faults) => told(&faults),
    }
}

/// In this process when the store is free, else in the server that holds it.
fn carry_out(args: &SettingsArgs, ask: &Ask, out: Option<PathBuf>) -> ExitCode {
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
fn settings(args: &SettingsArgs, listen: Option<SocketAddr>, mode: Mode) -> Settings {
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

fn said(outcome: Result<String, String>) -> ExitCode {
    match outcome {
        Ok(text) => {
            say(&text);
            ExitCode::SUCCESS
        }
        Err(text) => failed(&text),
    }
}

fn told(faults: &[ConfigFault]) -> ExitCode {
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
