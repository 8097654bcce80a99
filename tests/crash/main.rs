//! Holds the store to its rule against power cuts and kills: what was acknowledged is there, and nothing half.
//!
//! The writer is this test executable, run again as a process of its own under strace.
//! `SAMSVAR_CRASH_STATES` and `SAMSVAR_KILL_ROUNDS` ask for more than the usual run does.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod disk;
mod full;
mod kill;
mod power;
mod random;
mod trace;
mod writer;

use std::path::PathBuf;

/// A number from the environment, for longer runs.
fn asked_for(variable: &str, usual: usize) -> usize {
    std::env::var(variable)
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(usual)
}

fn variable(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).map(PathBuf::from)
}

/// Memory is quicker than a disk, and the disk is not what is tested here.
fn scratch() -> tempfile::TempDir {
    let memory = std::path::Path::new("/dev/shm");
    tempfile::tempdir_in(memory)
        .or_else(|_| tempfile::tempdir())
        .unwrap()
}
