//! Keys of an encrypted data directory, and the way back to an older program: commands that work without a store.
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use clap::Subcommand;

use crate::store::{DowngradeRefusal, KeyFault, Keys, downgrade};

#[derive(Subcommand)]
pub enum KeyCommand {
    /// Write a new key to a new file; keep a copy of it away from the data and its backups
    New { file: PathBuf },
    /// Put a new key in front of those in a file: it writes, the others read
    Add { file: PathBuf },
    /// Encrypt all that is stored under the first key of key_file; works while the server runs
    Rotate,
}

/// The keys in a file; the error says what is wrong with it, never what it holds.
pub fn read(file: &Path) -> Result<Keys, String> {
    let text = std::fs::read_to_string(file)
        .map(zeroize::Zeroizing::new)
        .map_err(|e| format!("can't be read ({e})"))?;
    Keys::read(&text).map_err(|fault: KeyFault| fault.to_string())
}

/// Makes a key file; what to say, or why not.
pub fn new(file: &Path) -> Result<String, String> {
    let line = Keys::new_line().map_err(|e| format!("no random numbers: {e}"))?;
    write_private(file, line.as_bytes())
        .map_err(|e| format!("{} was not written: {e}", file.display()))?;
    Ok(made(file, &line))
}

/// A new file that only its owner reads, from its first byte on.
fn write_private(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut out = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)?;
    out.write_all(bytes)?;
    out.sync_all()
}

/// Puts a new key in front.
pub fn add(file: &Path) -> Result<String, String> {
    read(file).map_err(|why| format!("{}: {why}", file.display()))?;
    let line = Keys::new_line().map_err(|e| format!("no random numbers: {e}"))?;
    let failed = |e: std::io::Error| format!("{} was not changed: {e}", file.display());
    let before = zeroize::Zeroizing::new(std::fs::read_to_string(file).map_err(failed)?);
    let after = zeroize::Zeroizing::new(format!("{}{}", line.as_str(), before.as_str()));
    let scratch = file.with_extension("new");
    write_private(&scratch, after.as_bytes())
        .and_then(|()| std::fs::rename(&scratch, file))
        .map_err(failed)?;
    Ok(format!(
        "{}; restart the server, then run samsvar key rotate",
        made(file, &line)
    ))
}

/// Puts the journal back as it was before the last upgrade.
pub fn go_back(data: &Path, discard: bool) -> Result<String, String> {
    match downgrade(data, discard).map_err(|error| error.to_string())? {
        Ok(program) => Ok(format!(
            "{} is as Samsvar {program} left it; start that program. What there was is in set-aside/after-downgrade",
            data.display()
        )),
        Err(DowngradeRefusal::NoSnapshot) => Err(format!(
            "{} has no snapshot of an older program: none was upgraded here, or an erasure took it away",
            data.display()
        )),
        Err(DowngradeRefusal::WouldLose(commits)) => Err(format!(
            "{commits} commits were made since the upgrade and would be lost; nothing was changed. Add --discard to lose them"
        )),
    }
}

fn made(file: &Path, line: &str) -> String {
    let id = line.split(' ').next().unwrap_or_default();
    format!("{} holds the new key {id}", file.display())
}
