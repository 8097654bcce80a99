//! An invented region to try everything on: two running collections, some of it answered, all of it resettable.
mod seed;

pub use crate::mail::OutboxMail;
pub use seed::{DemoMark, seed};

use samsvar_core::campaigns::Respondent;

use crate::actions::ActionError;
use crate::actions::erasure::Erasure;
use crate::app::App;
use crate::mail::{LetterKind, OutboxDirectory};
use crate::store::{Commit, Document, EVENTS, key};

/// The demo's secretariat.
pub const STAFF_ADDRESS: &str = "sekretariat@example.dk";
pub const STAFF_NAME: &str = "Sekretariatet (demo)";

/// The two collections' ids.
pub const EATING: &str = "central-udmelding-svaere-spiseforstyrrelser";
pub const FOCUS: &str = "tilmelding-som-fokuskommune";

/// Who the printed links belong to: label, campaign, respondent's organisation, what there is to do.
pub const ROLES: [(&str, &str, &str, &str); 3] = [
    (
        "Kommune",
        EATING,
        "Skive Kommune",
        "Udfyld et svar, bed en kollega om hjælp, og send det.",
    ),
    (
        "Tilbud",
        EATING,
        "Sønderparken",
        "Beskriv tilbuddet i screeningsskemaet.",
    ),
    (
        "Fokuskommune",
        FOCUS,
        "Thisted Kommune",
        "Sig ja, nej eller »senere«, efter fristen.",
    ),
];

/// A page to open in one role.
pub struct RoleLink {
    pub role: &'static str,
    /// Who the visitor answers for; empty for the secretariat and the mails.
    pub organisation: &'static str,
    /// What there is to do, in a Danish sentence.
    pub what: &'static str,
    pub url: String,
}

/// One link per role, the personal ones as they stand in the mails; complete once the letters have left.
pub fn role_links(app: &App) -> Result<Vec<RoleLink>, ActionError> {
    let mut links = Vec::new();
    for (role, campaign, organisation, what) in ROLES {
        if let Some(url) = mailed_link(app, campaign, organisation)? {
            links.push(RoleLink {
                role,
                organisation,
                what,
                url,
            });
        }
    }
    let own = |role, what, path| RoleLink {
        role,
        organisation: "",
        what,
        url: app.url(path),
    };
    links.push(own(
        "Sekretariat",
        "Følg, hvem der har svaret, mind om resten, vælg fokuskommuner, og hent rapporten.",
        "/demo/sekretariat",
    ));
    links.push(own(
        "Mails",
        "Læs de mails, som demonstrationen ville have sendt.",
        "/demo/post",
    ));
    Ok(links)
}

/// The mails that the demo has "sent".
pub fn outbox(app: &App) -> OutboxDirectory {
    OutboxDirectory::new(app.config.data.join("outbox"))
}

/// Empties the store, but for `LEFT`, and the outbox, and begins anew.
pub fn reset(app: &App) -> Result<(), ActionError> {
    let mut found = Vec::new();
    app.store.each_document(|table, at, _| {
        if !LEFT.contains(&table) {
            found.push((table.to_owned(), at.to_owned()));
        }
        Ok(())
    })?;
    for part in found.chunks(MOST_AT_ONCE) {
        let commit = part
            .iter()
            .fold(Commit::new(app.now()), |commit, (table, at)| {
                commit.delete_named(table, at)
            });
        app.store.commit(commit)?;
    }
    empty_folder(app, "outbox")?;
    empty_folder(app, "attachments")?;
    seed(app)
}

/// Tables that a reset leaves: events can't be deleted, what was erased stays erased, and the mark tells a demo.
const LEFT: [&str; 3] = [EVENTS, Erasure::TABLE, DemoMark::TABLE];
/// Documents that one commit deletes.
const MOST_AT_ONCE: usize = 1_000;

/// The link in the invitation that went to an organisation's first contact.
fn mailed_link(
    app: &App,
    campaign: &str,
    organisation: &str,
) -> Result<Option<String>, ActionError> {
    let respondents = app
        .store
        .scan::<Respondent>(&format!("{}/", key([campaign])))?;
    let Some(respondent) = respondents
        .into_iter()
        .map(|s| s.doc)
        .find(|r| r.organisation == organisation)
    else {
        return Ok(None);
    };
    let letters = crate::mail::letters_of(&app.store, Some(campaign))?;
    let invitation = letters.into_iter().map(|s| s.doc).find(|letter| {
        letter.respondent.as_deref() == Some(&respondent.id)
            && matches!(letter.kind, LetterKind::Invitation { .. })
    });
    let Some(invitation) = invitation else {
        return Ok(None);
    };
    let mails = outbox(app)
        .list()
        .map_err(|e| ActionError::Broken(format!("the outbox can't be read: {e}")))?;
    let mail = mails.into_iter().find(|m| m.id.contains(&invitation.id));
    Ok(mail.and_then(|m| link_in(app, &m.text)))
}

fn link_in(app: &App, text: &str) -> Option<String> {
    let start = app.url("/l/");
    let at = text.find(&start)?;
    text.get(at..)?.split_whitespace().next().map(str::to_owned)
}

fn empty_folder(app: &App, name: &str) -> Result<(), ActionError> {
    match std::fs::remove_dir_all(app.config.data.join(name)) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(ActionError::Broken(format!(
            "the demo's {name} can't be emptied: {e}"
        ))),
        _ => Ok(()),
    }
}
