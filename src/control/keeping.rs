//! The operator's commands on what is kept: events proven and written out, erasures, one contact's data, keys.
use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};
use samsvar_core::events::Actor;
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::actions::asked::Asked;
use crate::actions::backups::{self, Backup};
use crate::actions::erasure::{self, KEPT, Plan, Scope};
use crate::actions::{ActionError, attachments, held, history};
use crate::app::App;

/// What the operator can ask for.
#[derive(Debug, Serialize, Deserialize)]
pub enum Keep {
    VerifyEvents {
        expect: Option<String>,
    },
    ExportEvents {
        campaign: Option<String>,
    },
    Erase {
        campaign: Option<String>,
        respondent: Option<String>,
        contact: Option<String>,
        sure: bool,
    },
    ListErasures,
    TakeErasures {
        list: String,
    },
    ExportContact {
        address: String,
    },
    RotateKey,
    NoteBackup(Backup),
    /// The backup of that moment and chain was proven.
    NoteProof {
        made: DateTime<Utc>,
        chain: String,
    },
}

#[derive(Subcommand)]
pub enum EventsCommand {
    /// Prove that no event was changed, left out or put in; names the first broken link and exits 1
    Verify {
        /// An earlier N:LINK that this command printed; the chain must still have it
        #[arg(long, value_name = "N:LINK")]
        expect: Option<String>,
    },
    /// Write events as JSON lines
    Export {
        /// Only this collection's, by its id
        #[arg(long, value_name = "ID")]
        campaign: Option<String>,
    },
}

#[derive(Args)]
#[group(id = "what", required = true, multiple = false, args = ["campaign", "contact", "list", "take"])]
pub struct EraseArgs {
    /// Answers, drafts, attachments, contacts, links and letters of this collection
    #[arg(long, value_name = "ID")]
    campaign: Option<String>,
    /// Only those of one respondent of the collection
    #[arg(long, value_name = "ID", requires = "campaign")]
    respondent: Option<String>,
    /// One contact, colleague or manager, by mail address: name, address, telephone, links and letters; answers stay
    #[arg(long, value_name = "ADDRESS")]
    contact: Option<String>,
    /// Write all erasures as JSON lines: backups made before one still hold what it erased
    #[arg(long)]
    list: bool,
    /// Erase again what such a list names, as after restoring an older backup elsewhere
    #[arg(long, value_name = "FILE")]
    take: Option<std::path::PathBuf>,
    /// Really erase; without it what would go is shown
    #[arg(long)]
    yes: bool,
}

#[derive(Subcommand)]
pub enum ContactCommand {
    /// Write all that is held about a mail address as JSON
    Export { address: String },
}

impl EventsCommand {
    pub fn ask(self) -> Keep {
        match self {
            Self::Verify { expect } => Keep::VerifyEvents { expect },
            Self::Export { campaign } => Keep::ExportEvents { campaign },
        }
    }
}

impl EraseArgs {
    /// The error names a file that can't be read.
    pub fn ask(self) -> Result<Keep, String> {
        if self.list {
            return Ok(Keep::ListErasures);
        }
        if let Some(path) = self.take {
            let list = std::fs::read_to_string(&path)
                .map_err(|e| format!("{} can't be read: {e}", path.display()))?;
            return Ok(Keep::TakeErasures { list });
        }
        Ok(Keep::Erase {
            campaign: self.campaign,
            respondent: self.respondent,
            contact: self.contact,
            sure: self.yes,
        })
    }
}

impl ContactCommand {
    pub fn ask(self) -> Keep {
        let Self::Export { address } = self;
        Keep::ExportContact { address }
    }
}

/// Does what was asked, in the process that holds the store.
pub fn carry_out(app: &App, ask: Keep) -> Result<Outcome, ActionError> {
    Ok(match ask {
        Keep::VerifyEvents { expect } => verify(app, expect.as_deref())?,
        Keep::ExportEvents { campaign } => {
            Outcome::File(history::export(app, campaign.as_deref(), Actor::Operator)?)
        }
        Keep::Erase {
            campaign,
            respondent,
            contact,
            sure,
        } => {
            let scopes = match (campaign, respondent, contact) {
                (_, _, Some(address)) => erasure::persons_at(app, &address)?,
                (Some(campaign), None, None) => vec![Scope::Campaign { campaign }],
                (Some(campaign), Some(respondent), None) => vec![Scope::Respondent {
                    campaign,
                    respondent,
                }],
                (None, _, None) => Vec::new(),
            };
            erase(app, &scopes, sure)?
        }
        Keep::ListErasures => {
            let lines = erasure::list(app)?.into_iter();
            let lines = lines.filter_map(|e| serde_json::to_string(&e).ok());
            Outcome::File(
                lines
                    .map(|line| line + "\n")
                    .collect::<String>()
                    .into_bytes(),
            )
        }
        Keep::TakeErasures { list } => match erasure::take_list(app, &list)? {
            Ok(taken) => Outcome::Done(format!("{taken} erasures were new here and are made")),
            Err(why) => Outcome::Refused(why),
        },
        Keep::ExportContact { address } => {
            match held::held_about(app, &address, &Actor::Operator)? {
                Some(held) => Outcome::File(format!("{held:#}\n").into_bytes()),
                None => Outcome::Refused("nothing is held about that address".into()),
            }
        }
        Keep::RotateKey => rotate(app)?,
        Keep::NoteBackup(backup) => {
            backups::note_made(app, backup, Actor::Operator)?;
            Outcome::Done(String::new())
        }
        Keep::NoteProof { made, chain } => {
            if backups::note_proven(app, made, &chain, Actor::Operator)? {
                Outcome::Done("noted for the status page".into())
            } else {
                Outcome::Refused("it is not one of the last backups of that directory".into())
            }
        }
    })
}

fn verify(app: &App, expect: Option<&str>) -> Result<Outcome, ActionError> {
    if let Some(expect) = expect {
        let Some((n, link)) = expect
            .split_once(':')
            .and_then(|(n, link)| Some((n.parse().ok()?, link)))
        else {
            return Ok(Outcome::Refused("--expect takes N:LINK".into()));
        };
        if !history::has_link(app, n, link)? {
            return Ok(Outcome::Refused(format!(
                "the chain of events does not have {n}:{link}: it was made anew since"
            )));
        }
    }
    Ok(match history::verify(app)? {
        Ok(whole) => Outcome::Done(format!(
            "{} events in {} commits, an unbroken chain; note the last link elsewhere for --expect:\n{}:{}",
            whole.events, whole.commits, whole.events, whole.link
        )),
        Err(broken) => Outcome::Refused(broken),
    })
}

fn erase(app: &App, scopes: &[Scope], sure: bool) -> Result<Outcome, ActionError> {
    let mut told = Vec::new();
    for scope in scopes {
        let Some(plan) = erasure::plan(app, scope)? else {
            return Ok(Outcome::Refused(
                "there is no such collection or respondent".into(),
            ));
        };
        told.push(words(scope, &plan));
        if sure && !erasure::erase(app, scope, &Actor::Operator)? {
            return Ok(Outcome::Refused("it went in the meantime".into()));
        }
    }
    Ok(if told.is_empty() {
        Outcome::Refused("nobody is a contact, colleague or manager under that address".into())
    } else if sure {
        told.push("erased. Destroy backups made before this moment, or restore them only with samsvar erase --list at hand".into());
        told.extend(still_holding(app)?);
        Outcome::Done(told.join("\n"))
    } else {
        told.push("nothing is erased yet: add --yes".into());
        Outcome::Done(told.join("\n"))
    })
}

/// The backups that are known here: each was made before this moment.
fn still_holding(app: &App) -> Result<Option<String>, ActionError> {
    let made: Vec<String> = backups::list(app)?
        .iter()
        .map(|backup| backup.made.format("%FT%TZ").to_string())
        .collect();
    let told = format!("backups that were made here: {}", made.join(", "));
    Ok((!made.is_empty()).then_some(told))
}

fn words(scope: &Scope, plan: &Plan) -> String {
    let goes: Vec<String> = plan.goes.iter().map(|(t, n)| format!("{n} {t}")).collect();
    let stays: Vec<String> = KEPT
        .iter()
        .filter_map(|(table, _)| Some(format!("{} {table}", plan.stays.get(*table)?)))
        .collect();
    format!(
        "{}{}: goes: {}, {} contacts' name, address and telephone, {} files; stays: {}",
        scope.campaign(),
        scope
            .respondent()
            .map(|r| format!("/{r}{}", as_whom(scope)))
            .unwrap_or_default(),
        if goes.is_empty() {
            "no document".into()
        } else {
            goes.join(", ")
        },
        plan.contacts,
        plan.files,
        if stays.is_empty() {
            "nothing".into()
        } else {
            stays.join(", ")
        },
    )
}

fn as_whom(scope: &Scope) -> &'static str {
    match scope {
        Scope::Asked { whom, .. } => match whom {
            Asked::Colleague(_) => ", as a colleague who was asked",
            Asked::Manager(_) => ", as a manager who was asked",
        },
        _ => "",
    }
}

fn rotate(app: &App) -> Result<Outcome, ActionError> {
    let Some(current) = app.store.key_id().map(str::to_owned) else {
        return Ok(Outcome::Refused(
            "no key is configured; make one with samsvar key new FILE and name it with key_file"
                .into(),
        ));
    };
    let done = app.store.encrypt_anew()?;
    let files = attachments::encrypt_anew(app)?;
    Ok(Outcome::Done(format!(
        "{} documents and {files} files are encrypted anew: everything is under key {current}; other keys are no longer needed here, only for older backups",
        done.documents
    )))
}
