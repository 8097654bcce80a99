//! Commands from the operator's shell while the server holds the store: a socket in the data directory.
//!
//! One request, one answer: a line of JSON each way, then the bytes of a file if there is one.
pub mod keeping;

use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use std::time::Duration;

use samsvar_core::events::Actor;
use samsvar_core::roles::Role;
use serde::{Deserialize, Serialize};

use crate::actions::exporting::{self, Export, RawFormat};
use crate::actions::reporting::{self, Delivered, NoReport, ReportFormat};
use crate::actions::{ActionError, campaigns, integrity, people, second_factor};
use crate::app::App;
use keeping::Keep;

/// What the operator can ask for.
#[derive(Debug, Serialize, Deserialize)]
pub enum Ask {
    StaffAdd {
        name: String,
        address: String,
        role: Role,
    },
    /// The link by mail is enough again for who has lost app and codes.
    StaffResetCode {
        address: String,
    },
    /// `None` stands for the only campaign there is.
    Report {
        campaign: Option<String>,
        format: ReportFormat,
    },
    /// The last durable commit: where a backup ends.
    Durable,
    /// The same for an export of everything, whose event is stored first.
    Everything,
    /// Whether all that is stored fits together; answered in JSON.
    Check,
    Export {
        campaign: Option<String>,
        group: Option<String>,
        format: RawFormat,
    },
    Keep(Keep),
}

/// What came of it.
pub enum Outcome {
    Done(String),
    File(Vec<u8>),
    /// To be written to where it should go.
    Export(Box<Export>),
    /// Comes from the server as it is written; cut off, it ends in an error.
    Incoming(Box<dyn Read>),
    /// Nothing was done; the sentences say why and what helps.
    Refused(String),
}

#[derive(Serialize, Deserialize)]
enum Head {
    Done(String),
    File {
        bytes: u64,
    },
    /// Pieces follow, each after its length in four bytes; a piece of none is the end.
    Pieces,
    Refused(String),
}

const SOCKET: &str = "control.sock";
/// A request is a line, the longest one a list of erasures; a longer one is not ours.
const MOST_REQUEST: u64 = 16 * 1024 * 1024;

/// Does what was asked, in the process that holds the store.
pub fn carry_out(app: &Arc<App>, ask: Ask) -> Outcome {
    let outcome = match ask {
        Ask::StaffAdd {
            name,
            address,
            role,
        } => staff_add(app, &name, &address, role),
        Ask::StaffResetCode { address } => reset_code(app, &address),
        Ask::Durable => Ok(Outcome::Done(app.store.durable_seq().to_string())),
        Ask::Everything => everything(app),
        Ask::Check => check(app),
        Ask::Keep(ask) => keeping::carry_out(app, ask),
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
        Head::Pieces => Outcome::Incoming(Box::new(FromPieces {
            reader,
            left: 0,
            ended: false,
        })),
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

fn answer(app: &Arc<App>, stream: &UnixStream) -> std::io::Result<()> {
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
    let outcome = match outcome {
        Outcome::Export(export) => return send(&export, stream),
        other => other,
    };
    let (head, file) = match outcome {
        Outcome::Export(_) | Outcome::Incoming(_) => {
            (Head::Refused("it can't be sent".into()), Vec::new())
        }
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

/// An export as pieces; without the last, empty one the other side knows that it broke off.
fn send(export: &Export, mut stream: &UnixStream) -> std::io::Result<()> {
    stream.write_all(serde_json::to_string(&Head::Pieces)?.as_bytes())?;
    stream.write_all(b"\n")?;
    let mut out = BufWriter::with_capacity(64 * 1024, ToPieces(stream));
    export
        .write(&mut out, &mut |_, _| {})
        .map_err(|e| std::io::Error::other(e.to_string()))?;
    out.flush()?;
    stream.write_all(&0_u32.to_be_bytes())
}

struct ToPieces<'s>(&'s UnixStream);

impl Write for ToPieces<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let count = bytes.len().min(1 << 20);
        let length = u32::try_from(count).map_err(std::io::Error::other)?;
        if length > 0 {
            self.0.write_all(&length.to_be_bytes())?;
            self.0.write_all(bytes.get(..count).unwrap_or_default())?;
        }
        Ok(count)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

struct FromPieces<R: Read> {
    reader: R,
    left: usize,
    ended: bool,
}

impl<R: Read> Read for FromPieces<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        if self.ended || into.is_empty() {
            return Ok(0);
        }
        if self.left == 0 {
            let mut length = [0; 4];
            self.reader.read_exact(&mut length)?;
            self.left =
                usize::try_from(u32::from_be_bytes(length)).map_err(std::io::Error::other)?;
            self.ended = self.left == 0;
            if self.ended {
                return Ok(0);
            }
        }
        let most = self.left.min(into.len());
        let count = self.reader.read(into.get_mut(..most).unwrap_or_default())?;
        if count == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        self.left -= count;
        Ok(count)
    }
}

fn reset_code(app: &App, address: &str) -> Result<Outcome, ActionError> {
    Ok(if second_factor::reset(app, address, Actor::Operator)? {
        Outcome::Done("no code is asked for any more; the link by mail is enough".into())
    } else {
        Outcome::Refused("nobody with that address has a code from an app".into())
    })
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

fn everything(app: &App) -> Result<Outcome, ActionError> {
    let up_to = reporting::note_everything(app, Actor::Operator)?;
    Ok(Outcome::Done(up_to.to_string()))
}

fn check(app: &App) -> Result<Outcome, ActionError> {
    let checked = integrity::check_and_note(app)?;
    serde_json::to_string(&checked)
        .map(Outcome::Done)
        .map_err(|error| ActionError::Broken(error.to_string()))
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
            Err(other @ (NoReport::Unproven | NoReport::Untrue(_))) => {
                Outcome::Refused(other.told().unwrap_or_default().join("\n"))
            }
            Err(NoReport::Refused(refusal)) => Outcome::Refused(refusal.reasons.join("\n")),
        },
    )
}

fn export(
    app: &Arc<App>,
    campaign: Option<String>,
    group: Option<String>,
    format: RawFormat,
) -> Result<Outcome, ActionError> {
    let campaign = match chosen(app, campaign, false)? {
        Ok(id) => id,
        Err(why) => return Ok(Outcome::Refused(why)),
    };
    let by = Actor::Operator;
    if let Some(export) = exporting::export(app, &campaign, group.as_deref(), format, by)? {
        return Ok(Outcome::Export(Box::new(export)));
    }
    let Some(found) = campaigns::overview(app, &campaign)? else {
        return Ok(Outcome::Refused(format!("there is no campaign {campaign}")));
    };
    let groups = found.campaign.audiences.iter().map(|a| a.group.as_str());
    Ok(Outcome::Refused(format!(
        "{campaign} has no group {}; its groups: {}",
        group.unwrap_or_default(),
        groups.collect::<Vec<_>>().join(", ")
    )))
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
