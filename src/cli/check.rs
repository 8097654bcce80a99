//! The command `check`: whether everything stored fits together, with an exit code.
use std::process::ExitCode;

use clap::Args;

use super::asking::{SettingsArgs, asked, config_of, failed, say};
use crate::actions::integrity::IntegrityCheck;
use crate::control::{Ask, Outcome};

#[derive(Args)]
pub struct IntegrityArgs {
    #[command(flatten)]
    settings: SettingsArgs,
    /// Write what was found as JSON
    #[arg(long)]
    json: bool,
}

/// Exits 1 when something does not fit, or could not be checked.
pub fn check(args: &IntegrityArgs) -> ExitCode {
    let checked = config_of(&args.settings).and_then(|config| {
        if !config.data.join("journal").is_dir() {
            return Err(format!(
                "{} holds no store; name the directory with --data",
                config.data.display()
            ));
        }
        match asked(config, &Ask::Check)? {
            Outcome::Done(json) => Ok(json),
            Outcome::Refused(text) => Err(text),
            Outcome::File(_) | Outcome::Export(_) | Outcome::Incoming(_) => {
                Err("the server's answer was not understood".into())
            }
        }
    });
    let json = match checked {
        Ok(json) => json,
        Err(text) => return failed(&text),
    };
    let Ok(checked) = serde_json::from_str::<IntegrityCheck>(&json) else {
        return failed("the server's answer was not understood");
    };
    if args.json {
        say(&json);
    } else {
        say(&sentences(&checked));
    }
    if checked.is_clean() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn sentences(checked: &IntegrityCheck) -> String {
    let documents: u64 = checked.documents.values().sum();
    let mut text = format!(
        "{} commits, {documents} documents, {} attachments checked",
        checked.commits, checked.attachments
    );
    for finding in &checked.findings {
        text.push_str(&format!("\n{:?}: {}", finding.kind, finding.what));
    }
    let unlisted = checked.found - checked.findings.len() as u64;
    if unlisted > 0 {
        text.push_str(&format!("\nand {unlisted} more"));
    }
    text.push_str(if checked.is_clean() {
        "\neverything fits together"
    } else {
        "\nrestore a backup beside it and compare, or ask for help; an index is mended by: samsvar rebuild"
    });
    text
}
