//! The commands `backup`, `restore`, `rebuild` and `export --everything`.
use std::fmt::Write as _;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use chrono::{DateTime, SecondsFormat, Utc};
use clap::Args;

use super::asking::{SettingsArgs, asked, config_of, failed, say};
use crate::actions::backups::Backup;
use crate::app::machine_clock;
use crate::config::Config;
use crate::control::keeping::Keep;
use crate::control::{self, Ask, Outcome};
use crate::key_file;
use crate::store::backup::{
    self, BackupError, Lost, Proof, Row, Source, Summary, begin_at_rest, write_backup,
    write_everything,
};
use crate::store::{Ground, Keys, Store, StoreError, program_of};

#[derive(Args)]
pub struct BackupArgs {
    /// File to write, or a directory for a file named by date and time
    #[arg(value_name = "FILE|DIR")]
    target: PathBuf,
    #[command(flatten)]
    settings: SettingsArgs,
    /// Leave out damaged lines of the journal; the backup lists them
    #[arg(long)]
    skip_damaged: bool,
}

#[derive(Args)]
pub struct RestoreArgs {
    /// A file that `samsvar backup` wrote
    #[arg(value_name = "BACKUP")]
    backup: PathBuf,
    #[command(flatten)]
    settings: SettingsArgs,
    /// Restore into a scratch directory only, and compare with what the backup says
    #[arg(long)]
    prove: bool,
    /// Write the comparison as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
pub struct RebuildArgs {
    #[command(flatten)]
    settings: SettingsArgs,
    /// Replace damaged commits of the journal by empty ones; the damaged journal is set aside
    #[arg(long)]
    skip_damaged: bool,
}

/// `samsvar backup`: of a directory at rest, or through the server that has it open.
pub fn backup(args: &BackupArgs) -> ExitCode {
    ended(config_of(&args.settings).and_then(|config| {
        let source = source(&config, args.skip_damaged)?;
        let now = machine_clock();
        let path = target(&args.target, now);
        let written = write_backup(&source, &path, now, args.skip_damaged).map_err(told)?;
        // Its lock would keep us from noting.
        drop(source);
        let mut text = format!(
            "{}: {} commits, {} documents, {} attachments, {} MB\nprove it with: samsvar restore --prove {}",
            written.path.display(),
            written.end.commits,
            written.end.documents.values().map(|kind| kind.count).sum::<u64>(),
            written.end.files.count,
            written.bytes.div_ceil(1_000_000),
            written.path.display(),
        );
        push_lost(&mut text, &written.end.lost);
        if let Err(why) = note_made(config, &written, now) {
            let _ = write!(text, "\nthe status page does not know of it: {why}");
        }
        Ok(text)
    }))
}

/// Has the data directory list the backup; the backup is good without that.
fn note_made(config: Config, written: &Summary, now: DateTime<Utc>) -> Result<(), String> {
    let backup = Backup {
        made: to_the_second(now),
        commits: written.end.commits,
        chain: written.end.chain.clone(),
        bytes: written.bytes,
        left_out: written.end.lost.len(),
        proven: None,
    };
    noted(config, Keep::NoteBackup(backup)).map(drop)
}

fn note_proven(config: Config, proof: &Proof) -> Result<String, String> {
    let made = DateTime::parse_from_rfc3339(&proof.made).map_err(|error| error.to_string())?;
    let made = made.with_timezone(&Utc);
    let chain = proof.chain.clone();
    noted(config, Keep::NoteProof { made, chain })
}

/// A directory of another version is left as it is: to open it would upgrade it.
fn noted(config: Config, ask: Keep) -> Result<String, String> {
    if program_of(&config.data) != env!("CARGO_PKG_VERSION") {
        return Err("the directory was last used by another version".to_owned());
    }
    match asked(config, &Ask::Keep(ask))? {
        Outcome::Done(text) => Ok(text),
        Outcome::Refused(text) => Err(text),
        Outcome::File(_) | Outcome::Export(_) | Outcome::Incoming(_) => {
            Err("the server's answer was not understood".to_owned())
        }
    }
}

/// As a backup's first line tells the time.
fn to_the_second(now: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp(now.timestamp(), 0).unwrap_or(now)
}

/// `samsvar restore`, also with `--prove`.
pub fn restore(args: &RestoreArgs) -> ExitCode {
    if args.prove {
        return prove(args);
    }
    ended(config_of(&args.settings).and_then(|config| {
        let proof =
            backup::restore(&args.backup, &config.data, &keys_of(&config)?).map_err(told)?;
        Ok(format!(
            "restored into {}\n{}",
            config.data.display(),
            table(&proof)
        ))
    }))
}

fn prove(args: &RestoreArgs) -> ExitCode {
    let unique = format!("samsvar-prove-{}", std::process::id());
    let scratch = std::env::temp_dir().join(unique);
    let configured = config_of(&args.settings).and_then(|c| keys_of(&c).map(|keys| (c, keys)));
    let (config, keys) = match configured {
        Ok(found) => found,
        Err(text) => return failed(&text),
    };
    let proof = backup::prove(&args.backup, &scratch, &keys);
    let cleared = std::fs::remove_dir_all(&scratch);
    let proof = match proof {
        Ok(proof) => proof,
        Err(error) => return failed(&error.to_string()),
    };
    if let Err(error) = cleared {
        log::warn!("{} could not be cleared away: {error}", scratch.display());
    }
    match serde_json::to_string_pretty(&proof) {
        Ok(json) if args.json => say(&json),
        _ => say(&table(&proof)),
    }
    if proof.holds() {
        say_noted(config, &proof, args.json);
        ExitCode::SUCCESS
    } else {
        failed(&BackupError::Unequal(Box::new(proof)).to_string())
    }
}

/// Beside the proof, which stands whether or not a data directory is here to know of it.
fn say_noted(config: Config, proof: &Proof, quiet: bool) {
    if !config.data.join("journal").is_dir() {
        return;
    }
    let dir = config.data.display().to_string();
    let told = match note_proven(config, proof) {
        Ok(text) => format!("{dir}: {text}"),
        Err(why) => format!("{dir}: not noted for the status page: {why}"),
    };
    if quiet {
        log::info!("{told}");
    } else {
        say(&told);
    }
}

/// `samsvar rebuild`: the index from the journal, which is mended only when that is asked for.
pub fn rebuild(args: &RebuildArgs) -> ExitCode {
    ended(config_of(&args.settings).and_then(|config| {
        let data = &config.data;
        let lost = if args.skip_damaged {
            backup::mend(data, machine_clock()).map_err(told)?
        } else {
            Vec::new()
        };
        let ground = Ground {
            keys: keys_of(&config)?,
            ..Ground::default()
        };
        let store = Store::rebuild_on(data, ground).map_err(|error| told(error.into()))?;
        let verified = store.verify().map_err(|error| told(error.into()))?;
        let kinds = store.kinds().map_err(|error| told(error.into()))?;
        let mut text = format!(
            "rebuilt from {} commits: {} documents of {} kinds",
            verified.commits,
            kinds.values().map(|kind| kind.count).sum::<u64>(),
            kinds.len()
        );
        push_lost(&mut text, &lost);
        Ok(text)
    }))
}

/// `samsvar export --everything`: the event of it is stored before the first line leaves.
pub fn everything(args: &SettingsArgs, out: Option<&Path>) -> ExitCode {
    let exported = config_of(args).and_then(|config| {
        let up_to = point(asked(config.clone(), &Ask::Everything).map_err(String::from))?;
        let source = match begin_at_rest(&config.data) {
            Ok(mut source) => {
                source.up_to = source.up_to.max(up_to);
                source
            }
            Err(StoreError::InUse { .. }) => Source::in_use(&config.data, up_to),
            Err(error) => return Err(error.to_string()),
        };
        match out {
            Some(path) => written_to(&source, &keys_of(&config)?, path),
            None => write_everything(
                &source,
                &mut std::io::stdout().lock(),
                &keys_of(&config)?,
                machine_clock(),
            )
            .map(|_| String::new())
            .map_err(told),
        }
    });
    match exported {
        Ok(text) if text.is_empty() => ExitCode::SUCCESS,
        other => ended(other),
    }
}

fn written_to(source: &Source, keys: &Keys, path: &Path) -> Result<String, String> {
    use std::os::unix::fs::OpenOptionsExt;
    let failed = |error: std::io::Error| format!("could not write {}: {error}", path.display());
    let file = std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(failed)?;
    let mut file = std::io::BufWriter::new(file);
    let written = write_everything(source, &mut file, keys, machine_clock()).map_err(told)?;
    file.flush()
        .and_then(|()| file.get_ref().sync_all())
        .map_err(failed)?;
    Ok(format!(
        "{}: {} documents, {} attachments",
        path.display(),
        written.documents.values().sum::<u64>(),
        written.files
    ))
}

/// The keys that the settings name; none where nothing is encrypted.
fn keys_of(config: &Config) -> Result<Keys, String> {
    match &config.key_file {
        Some(file) => {
            key_file::read(file).map_err(|why| format!("the key file {}: {why}", file.display()))
        }
        None => Ok(Keys::default()),
    }
}

/// At rest with the lock held, or up to what the running server says is durable.
fn source(config: &Config, skip_damaged: bool) -> Result<Source, String> {
    let data = &config.data;
    if !data.join("journal").is_dir() {
        return Err(format!(
            "{} holds no store; name the directory with --data",
            data.display()
        ));
    }
    let at_rest = if skip_damaged {
        Source::whole(data)
    } else {
        begin_at_rest(data)
    };
    match at_rest {
        Ok(source) => Ok(source),
        Err(StoreError::InUse { .. }) => {
            let answer = control::ask_server(data, &Ask::Durable).map_err(|error| {
                format!(
                    "the server that uses {} does not answer: {error}",
                    data.display()
                )
            });
            Ok(Source::in_use(data, point(answer)?))
        }
        Err(error @ StoreError::Damaged { .. }) => Err(format!(
            "{error}; or leave out what is damaged with --skip-damaged"
        )),
        Err(error) => Err(error.to_string()),
    }
}

fn point(answer: Result<Outcome, String>) -> Result<u64, String> {
    match answer? {
        Outcome::Done(text) => text
            .parse()
            .map_err(|_| "the server's answer was not understood".to_owned()),
        Outcome::Refused(text) => Err(text),
        Outcome::File(_) | Outcome::Export(_) | Outcome::Incoming(_) => {
            Err("the server's answer was not understood".to_owned())
        }
    }
}

fn target(named: &Path, now: DateTime<Utc>) -> PathBuf {
    if !named.is_dir() {
        return named.to_owned();
    }
    let stamp = now
        .to_rfc3339_opts(SecondsFormat::Secs, true)
        .replace([':', '-'], "");
    named.join(format!("samsvar-{stamp}.jsonl"))
}

/// Kind by kind what the backup says and what was found.
fn table(proof: &Proof) -> String {
    let mut text = format!(
        "backup of {}, {} commits, chain {}\n{:<20} {:>10} {:>10}  hash\n",
        proof.made, proof.commits, proof.chain, "kind", "said", "found"
    );
    for row in proof.rows.iter().chain([&proof.files]) {
        // Writing to a String can't fail.
        let _ = writeln!(text, "{}", line(row));
    }
    text.push_str(if proof.holds() {
        "equal: every count and hash is as the backup says"
    } else {
        "NOT EQUAL"
    });
    push_lost(&mut text, &proof.lost);
    text
}

fn line(row: &Row) -> String {
    let verdict = if row.is_equal() { "equal" } else { "DIFFERENT" };
    format!(
        "{:<20} {:>10} {:>10}  {verdict} {:.16}",
        row.kind, row.said.count, row.found.count, row.found.sha256
    )
}

fn push_lost(text: &mut String, lost: &[Lost]) {
    if lost.is_empty() {
        return;
    }
    let _ = write!(text, "\ndamaged and left out:");
    for each in lost {
        let _ = write!(text, "\n  {}", each.sentence());
    }
}

fn told(error: BackupError) -> String {
    match error {
        BackupError::Store(error @ StoreError::Damaged { .. }) => {
            format!("{error}; or leave out what is damaged with --skip-damaged")
        }
        other => other.to_string(),
    }
}

fn ended(outcome: Result<String, String>) -> ExitCode {
    match outcome {
        Ok(text) => {
            say(&text);
            ExitCode::SUCCESS
        }
        Err(text) => failed(&text),
    }
}
