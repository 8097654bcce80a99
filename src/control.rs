//! Commands from the operator's shell while the server holds the store: a socket in the data directory.
//!
//! One request, one answer: a line of JSON each way, then the bytes of a file if there is one.
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::time::Duration;

use samsvar_core::events::Actor;
use samsvar_core::roles::Role;
use serde::{Deserialize, Serialize};

use crate::actions::reporting::{self, Delivered, NoReport, RawFormat, ReportFormat};
use crate::actions::{ActionError, campaigns, people};
use crate::app::App;

/// What the operator can ask for.
#[derive(Debug, Serialize, Deserialize)]
pub enum Ask {
    StaffAdd {
        name: String,
        address: String,
        role: Role,
    },
    /// `None` stands for the only campaign there is.
    Report {
        campaign: Option<String>,
        format: ReportFormat,
    },
    Export {
        campaign: Option<String>,
        group: Option<String>,
        format: RawFormat,
    },
}

/// What came of it.
pub enum Outcome {
    Done(String),
    File(Vec<u8>),
    /// Nothing was done; the sentences say why and what helps.
    Refused(String),
}

#[derive(Serialize, Deserialize)]
enum Head {
    Done(String),
    File { bytes: u64 },
    Refused(String),
}

const SOCKET: &str = "control.sock";
/// A request is a short line; a longer one is not ours.
const MOST_REQUEST: u64 = 64 * 1024;

/// Does what was asked, in the process that holds the store.
pub fn carry_out(app: &App, ask: Ask) -> Outcome {
    let outcome = match ask {
        Ask::StaffAdd {
            name,
            address,
            role,
        } => staff_add(app, &name, &address, role),
        Ask::Report { campaign, format } => report(app, campaign, format),
        Ask::Export {
            campaign,
            group,
            format,
        } => export(app, campaign, group, format),
    };
    outcome.unwrap_or_else(|error| Outcome::Refused(error.to_string()))
}

/// Answers requests in a thread of its own for as long as the program is there.
pub fn listen(app: &Arc<App>) -> std::io::Result<()> {
    let path = app.config.data.join(SOCKET);
    // The store's lock is ours, so a socket that is there is a dead one.
    let _ = std::fs::remove_file(&path);
    let listener = UnixListener::bind(&path)?;
    // Not held while waiting, so that the store can close.
    let app: Weak<App> = Arc::downgrade(app);
    std::thread::Builder::new()
        .name("control".into())
        .spawn(move || {
            for stream in listener.incoming().flatten() {
                let Some(app) = app.upgrade() else { return };
                if let Err(error) = answer(&app, &stream) {
                    log::warn!("a command could not be answered: {error}");
                }
            }
        })?;
    Ok(())
}

/// Asks the server that holds the data directory.
pub fn ask_server(data: &Path, ask: &Ask) -> std::io::Result<Outcome> {
    let mut stream = UnixStream::connect(socket(data))?;
    stream.write_all(serde_json::to_string(ask)?.as_bytes())?;
    stream.write_all(b"\n")?;
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    Ok(match serde_json::from_str(&line)? {
        Head::Done(text) => Outcome::Done(text),
        Head::Refused(text) => Outcome::Refused(text),
        Head::File { bytes } => {
            let mut file = Vec::new();
            reader.take(bytes).read_to_end(&mut file)?;
            if file.len() as u64 != bytes {
                return Err(std::io::Error::other("the server's answer was cut off"));
            }
            Outcome::File(file)
        }
    })
}

fn socket(data: &Path) -> PathBuf {
    data.join(SOCKET)
}

fn answer(app: &App, stream: &UnixStream) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    stream.set_write_timeout(Some(Duration::from_secs(60)))?;
    let mut line = String::new();
    BufReader::new(stream)
        .take(MOST_REQUEST)
        .read_line(&mut line)?;
    let outcome = match serde_json::from_str(&line) {
        Ok(ask) => carry_out(app, ask),
        Err(_) => Outcome::Refused(
            "the request was not understood; are program and server of one version?".into(),
        ),
    };
    let (head, file) = match outcome {
        Outcome::Done(text) => (Head::Done(text), Vec::new()),
        Outcome::Refused(text) => (Head::Refused(text), Vec::new()),
        Outcome::File(bytes) => (
            Head::File {
                bytes: bytes.len() as u64,
            },
            bytes,
        ),
    };
    let mut out = stream;
    out.write_all(serde_json::to_string(&head)?.as_bytes())?;
    out.write_all(b"\n")?;
    out.write_all(&file)
}

fn staff_add(app: &App, name: &str, address: &str, role: Role) -> Result<Outcome, ActionError> {
    Ok(
        match people::add(app, name, address, role, Actor::Operator)? {
            Ok(_) => Outcome::Done(format!("listed; sign in at {}", app.url("/log-ind"))),
            Err(people::AddRefusal::Name) => {
                Outcome::Refused("the name is empty, too long or holds control characters".into())
            }
            Err(people::AddRefusal::Address) => {
                Outcome::Refused("the mail address is not valid".into())
            }
            Err(people::AddRefusal::Campaign) => {
                Outcome::Refused("there is no such collection to observe; name its id".into())
            }
            Err(people::AddRefusal::Oneself) => {
                Outcome::Refused("nobody changes their own role".into())
            }
        },
    )
}

fn report(
    app: &App,
    campaign: Option<String>,
    format: ReportFormat,
) -> Result<Outcome, ActionError> {
    let campaign = match chosen(app, campaign, true)? {
        Ok(id) => id,
        Err(why) => return Ok(Outcome::Refused(why)),
    };
    Ok(
        match reporting::deliver(app, &campaign, format, Actor::Operator)? {
            Ok(Delivered { bytes, .. }) => Outcome::File(bytes),
            Err(NoReport::UnknownCampaign) => {
                Outcome::Refused(format!("there is no campaign {campaign}"))
            }
            Err(NoReport::NoDefinition) => {
                Outcome::Refused(format!("no form of {campaign} has a report.json"))
            }
            Err(NoReport::Changed | NoReport::NoEdition) => {
                Outcome::Refused("no edition could be made; try again".into())
            }
            Err(NoReport::Refused(refusal)) => Outcome::Refused(refusal.reasons.join("\n")),
        },
    )
}

fn export(
    app: &App,
    campaign: Option<String>,
    group: Option<String>,
    format: RawFormat,
) -> Result<Outcome, ActionError> {
    let campaign = match chosen(app, campaign, false)? {
        Ok(id) => id,
        Err(why) => return Ok(Outcome::Refused(why)),
    };
    let groups = match campaigns::overview(app, &campaign)? {
        Some(found) => found
            .campaign
            .audiences
            .into_iter()
            .map(|a| a.group)
            .collect::<Vec<_>>(),
        None => return Ok(Outcome::Refused(format!("there is no campaign {campaign}"))),
    };
    let group = group
        .or_else(|| groups.first().cloned())
        .unwrap_or_default();
    Ok(
        match reporting::deliver_raw(app, &campaign, &group, format, Actor::Operator)? {
            Some(Delivered { bytes, .. }) => Outcome::File(bytes),
            None => Outcome::Refused(format!(
                "{campaign} has no group {group}; its groups: {}",
                groups.join(", ")
            )),
        },
    )
}

/// The campaign asked for, or the only one that fits.
fn chosen(
    app: &App,
    named: Option<String>,
    with_report: bool,
) -> Result<Result<String, String>, ActionError> {
    if let Some(id) = named {
        return Ok(Ok(id));
    }
    let mut fitting = Vec::new();
    let mut all = Vec::new();
    for found in campaigns::list(app)? {
        if !with_report || reporting::has_definition(app, &found.campaign)? {
            fitting.push(found.campaign.id.clone());
        }
        all.push(found.campaign.id);
    }
    Ok(match fitting.as_slice() {
        [only] => Ok(only.clone()),
        _ => Err(format!(
            "name a campaign: {}",
            if all.is_empty() {
                "there is none yet".into()
            } else {
                all.join(", ")
            }
        )),
    })
}
