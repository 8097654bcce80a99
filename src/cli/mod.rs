//! The command line: reads arguments and settings, and hands over.
mod asking;
mod backup;
mod check;
mod disclosure;
mod form;
mod mail;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::{Args, Parser, Subcommand};
use samsvar_core::roles::Role;

use crate::actions::exporting::RawFormat;
use crate::actions::reporting::ReportFormat;
use crate::app::{App, Mode};
use crate::config::{Config, KEYS, MailTransport, variable};
use crate::control::Ask;
use crate::control::keeping::{ContactCommand, EraseArgs, EventsCommand, Keep};
use crate::key_file::KeyCommand;
use crate::server::{self, StartError};
use crate::{demo, key_file};
use asking::{SettingsArgs, carry_out, failed, locked, said, say, settings, told};

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
    Check(check::IntegrityArgs),
    /// Write everything stored into one file, also while people answer.
    Backup(backup::BackupArgs),
    /// Put a backup into a new data directory, or prove it in a scratch one.
    Restore(backup::RestoreArgs),
    /// Make a damaged index anew from the journal.
    Rebuild(backup::RebuildArgs),
    /// Check the settings; lists all faults at once and exits 1 if there are any.
    CheckConfig(CheckConfigArgs),
    /// Send one letter through the mail server and tell what it says at each step; exits 1 if it did not take it.
    SendTestLetter(mail::TestLetterArgs),
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
    Audit(disclosure::AuditArgs),
    /// Hide what must be hidden in a table of true counts, at least cost.
    Protect(disclosure::ProtectArgs),
    /// Prove a protected table from its certificate, by additions alone.
    Verify(disclosure::VerifyArgs),
}

#[derive(Subcommand)]
enum FormCommand {
    /// Explain every fault of a form with file and JSON Pointer; exits 1 if there are any.
    Check(form::CheckArgs),
    /// Write a form as a complete HTML page.
    Render(form::RenderArgs),
    /// Validate answers against a form; findings as JSON lines, exit 1 if there are any.
    Validate(form::ValidateArgs),
}

#[derive(Subcommand)]
enum StaffCommand {
    /// List a member of the secretariat, who may then sign in.
    Add(StaffAddArgs),
    /// Ask somebody for no code from an app any more, for app and recovery codes are lost.
    ResetCode(ResetCodeArgs),
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
        Command::Form(FormCommand::Check(args)) => form::check(&args),
        Command::Form(FormCommand::Render(args)) => form::render(&args),
        Command::Form(FormCommand::Validate(args)) => form::validate(&args),
        Command::Report(args) => {
            let ask = Ask::Report {
                campaign: args.campaign,
                format: args.format,
            };
            carry_out(&args.settings, &ask, args.out)
        }
        Command::Export(args) if args.everything => {
            backup::everything(&args.settings, args.out.as_deref())
        }
        Command::Export(args) => {
            let ask = Ask::Export {
                campaign: args.campaign,
                group: args.group,
                format: args.format,
            };
            carry_out(&args.settings, &ask, args.out)
        }
        Command::Check(args) => check::check(&args),
        Command::Backup(args) => backup::backup(&args),
        Command::Restore(args) => backup::restore(&args),
        Command::Rebuild(args) => backup::rebuild(&args),
        Command::CheckConfig(args) => check_config(&args),
        Command::SendTestLetter(args) => mail::send_test_letter(&args),
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
            KeyCommand::New { file } => said(key_file::new(file)),
            KeyCommand::Add { file } => said(key_file::add(file)),
            KeyCommand::Rotate => carry_out(&args.settings, &Ask::Keep(Keep::RotateKey), None),
        },
        Command::Downgrade(args) => {
            let data = settings(&args.settings, None, Mode::Serve).data();
            said(key_file::go_back(&data, args.discard))
        }
        Command::Audit(args) => disclosure::audit(args),
        Command::Protect(args) => disclosure::protect(args),
        Command::Verify(args) => disclosure::verify(args),
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
