//! The program `samsvar`.
use std::process::ExitCode;

use clap::Parser;
use samsvar::cli::{self, Cli};

fn main() -> ExitCode {
    let level = env_logger::Env::new().filter_or("SAMSVAR_LOG", "warn,samsvar=info");
    env_logger::Builder::from_env(level).init();
    match Cli::try_parse() {
        Ok(cli) => cli::run(cli),
        Err(told) => {
            // A closed pipe is the reader's choice, not a fault.
            let _ = told.print();
            usage_exit(told.exit_code())
        }
    }
}

/// Words that are off end with 2, but where 2 means a disclosed cell, with 1.
fn usage_exit(code: i32) -> ExitCode {
    let command = std::env::args().nth(1).unwrap_or_default();
    let two_is_a_verdict = matches!(command.as_str(), "audit" | "protect" | "verify");
    match (code, two_is_a_verdict) {
        (0, _) => ExitCode::SUCCESS,
        (_, true) => ExitCode::from(1),
        (_, false) => ExitCode::from(2),
    }
}
