//! The program `samsvar`.
use std::process::ExitCode;

use clap::Parser;
use samsvar::cli::{self, Cli};

fn main() -> ExitCode {
    env_logger::Builder::from_env(
        env_logger::Env::new().filter_or("SAMSVAR_LOG", "warn,samsvar=info"),
    )
    .init();
    cli::run(Cli::parse())
}
