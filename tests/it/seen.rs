//! Whoever sees raw answers leaves an event: every page and every command, held against what they show.
use std::io::{Cursor, Read};
use std::sync::Arc;

use samsvar::actions::DraftDoc;
use samsvar::actions::exporting::RawFormat;
use samsvar::actions::reporting::ReportFormat;
use samsvar::app::App;
use samsvar::control::keeping::Keep;
use samsvar::control::{self, Ask, Outcome};
use samsvar::demo::EATING;
use samsvar::store::{Commit, key};
use samsvar_core::campaigns::Submission;
use samsvar_core::events::{Deed, Event};
use serde_json::json;

use crate::access::{Door, ROUTES};
use crate::keeping::{PDF, SECRET, hex, sent_with_a_file};
use crate::people::Server;
use crate::rights::{ask, filled};
use crate::writer::{OFFER, OFFER_ID, SKIVE_ID};

/// A municipality's sent answer, and another's draft, in the words of which these stand.
const SENT: &str = "kanariefugl-i-et-sendt-svar";
const DRAFTED: &str = "kanariefugl-i-en-kladde";
const FAVRSKOV: &str = "favrskov-kommune-social-og-sundhed";

/// Every address of the staff that shows what somebody answered; no other may.
const SHOWS: &[(&str, &str)] = &[
    ("GET", "/sekretariat/indsamlinger/{campaign}/sporgsmaal"),
    (
        "GET",
        "/sekretariat/indsamlinger/{campaign}/svar/{respondent}",
    ),
    (
        "GET",
        "/sekretariat/indsamlinger/{campaign}/svar/{respondent}/bilag/{hash}",
    ),
    (
        "GET",
        "/sekretariat/indsamlinger/{campaign}/svar/{respondent}/svar.xlsx",
    ),
    (
        "GET",
        "/sekretariat/indsamlinger/{campaign}/svar/{respondent}/ret",
    ),
    (
        "POST",
        "/sekretariat/indsamlinger/{campaign}/svar/{respondent}/ret",
    ),
    ("GET", "/sekretariat/indsamlinger/{campaign}/fritekst"),
    (
        "GET",
        "/sekretariat/indsamlinger/{campaign}/opbevaring/{respondent}/kontakt/{place}.json",
    ),
    (
        "GET",
        "/sekretariat/indsamlinger/{campaign}/data/{group}.{format}",
    ),
    ("GET", "/sekretariat/indsamlinger/{campaign}/data.{format}"),
];

/// What a page shows only when it is asked for.
const ASKED: &[(&str, &str)] = &[(
    "/sekretariat/indsamlinger/{campaign}/sporgsmaal",
    "?gruppe=kommune&felt=%2Fthemes%2Ffuture",
)];

/// Deeds that tell of somebody who saw answers, their events or what is held about a person.
fn is_seeing(deed: &Deed) -> bool {
    matches!(
        deed,
        Deed::AnswerRead { .. }
            | Deed::AttachmentRead
            | Deed::QuestionRead { .. }
            | Deed::TextsRead
            | Deed::RawDataExported { .. }
            | Deed::EverythingExported
            | Deed::ContactExported
    )
}

fn seen(app: &App) -> usize {
    let events = app.store.scan::<Event>("").unwrap();
    events.iter().filter(|s| is_seeing(&s.doc.deed)).count()
}

/// Whether the bytes hold somebody's answer, in the pieces of a workbook too.
fn is_raw(bytes: &[u8]) -> bool {
    let holds = |bytes: &[u8]| {
        let words = [SENT, DRAFTED, SECRET, "et hemmeligt bilag"];
        let has = |word: &str| bytes.windows(word.len()).any(|w| w == word.as_bytes());
        words.into_iter().any(has)
    };
    let Ok(mut archive) = zip::ZipArchive::new(Cursor::new(bytes)) else {
        return holds(bytes);
    };
    (0..archive.len()).any(|at| {
        let mut piece = Vec::new();
        archive
            .by_index(at)
            .unwrap()
            .read_to_end(&mut piece)
            .unwrap();
        holds(&piece)
    })
}

/// An offer's answer with a file, a municipality's, and a draft of another one.
async fn answered() -> Server {
    let server = sent_with_a_file().await.server;
    let app = &server.app;
    let sent = app
        .store
        .scan::<Submission>(&format!("{}/", key([EATING, FAVRSKOV])));
    let mut sent = sent.unwrap().pop().unwrap().doc;
    sent.answers["themes"]["future"] = json!(SENT);
    sent.sha256 = Submission::hash_of(&sent.answers);
    let draft = app.store.scan::<DraftDoc>("").unwrap().remove(0).doc;
    let mut draft = serde_json::to_value(draft).unwrap();
    draft["respondent"] = json!(SKIVE_ID);
    draft["campaign"] = json!(EATING);
    draft["draft"]["answers"] = json!({"themes": {"future": DRAFTED}});
    let draft: DraftDoc = serde_json::from_value(draft).unwrap();
    let commit = Commit::new(app.now()).put(&sent).put(&draft);
    app.store.commit(commit).unwrap();
    server
}

/// The address for a municipality, and for an offer with its file.
fn addresses(path: &str) -> [String; 2] {
    let hash = hex(PDF);
    let swaps = [
        ("{respondent}", OFFER_ID),
        ("{group}", "tilbud"),
        ("{hash}", &hash),
    ];
    let of_an_offer = swaps
        .iter()
        .fold(path.to_owned(), |path, (name, by)| path.replace(name, by));
    [filled(path), filled(&of_an_offer)]
}

#[actix_web::test]
async fn every_page_that_shows_raw_answers_leaves_an_event_and_no_other_shows_any() {
    let server = answered().await;
    let secretary = server.secretary().await;
    let mut shown = Vec::new();
    let staff = ROUTES.iter().filter(|(_, path, door)| {
        !matches!(door, Door::Anybody | Door::Answerer | Door::Approver | Door::DemoOnly)
            // It ends the session that the others need.
            && !path.ends_with("/log-ud")
    });
    // What only looks comes first, so that everything is still there to be seen.
    type Routes = Vec<&'static (&'static str, &'static str, Door)>;
    let (gets, posts): (Routes, Routes) = staff.partition(|(method, ..)| *method == "GET");
    for (method, path, _) in gets.into_iter().chain(posts) {
        let asked = ASKED.iter().find(|(p, _)| p == path && *method == "GET");
        let query = asked.map_or("", |(_, query)| *query);
        for there in addresses(path) {
            let before = seen(&server.app);
            let page = ask(&secretary, method, &format!("{there}{query}")).await;
            if !is_raw(&page.bytes) {
                continue;
            }
            assert!(
                seen(&server.app) > before,
                "{method} {there} shows what somebody answered and leaves no event"
            );
            if !shown.contains(&(*method, *path)) {
                shown.push((*method, *path));
            }
        }
    }
    for row in &shown {
        assert!(
            SHOWS.contains(row),
            "{row:?} shows what somebody answered: add it to SHOWS in tests/it/seen.rs if it should"
        );
    }
    for row in SHOWS {
        assert!(
            shown.contains(row),
            "{row:?} shows no answer any more, or this test sees it no more"
        );
    }
}

/// Of each command to a running server, what it writes out and whether answers are in it; a new one does not
/// compile until it is judged here.
fn shows(ask: &Ask) -> bool {
    match ask {
        Ask::Export { .. } | Ask::Everything => true,
        Ask::StaffAdd { .. }
        | Ask::StaffResetCode { .. }
        | Ask::Report { .. }
        | Ask::Durable
        | Ask::Check => false,
        Ask::Keep(keep) => match keep {
            Keep::ExportContact { .. } => true,
            Keep::VerifyEvents { .. }
            | Keep::ExportEvents { .. }
            | Keep::Erase { .. }
            | Keep::ListErasures
            | Keep::TakeErasures { .. }
            | Keep::RotateKey
            | Keep::NoteBackup(_)
            | Keep::NoteProof { .. } => false,
        },
    }
}

fn written_out(app: &Arc<App>, ask: Ask) -> Vec<u8> {
    match control::carry_out(app, ask) {
        Outcome::Done(text) | Outcome::Refused(text) => text.into_bytes(),
        Outcome::File(bytes) => bytes,
        Outcome::Export(export) => {
            let mut bytes = Vec::new();
            export.write(&mut bytes, &mut |_, _| {}).unwrap();
            bytes
        }
        Outcome::Incoming(_) => panic!("nothing comes in here"),
    }
}

#[actix_web::test]
async fn every_command_that_writes_out_raw_answers_leaves_an_event_and_no_other_writes_any() {
    let server = answered().await;
    let campaign = || Some(EATING.to_owned());
    let export = |group: &str, format| Ask::Export {
        campaign: campaign(),
        group: Some(group.to_owned()),
        format,
    };
    let erase = || Keep::Erase {
        campaign: campaign(),
        respondent: None,
        contact: None,
        sure: false,
    };
    let all = [
        export("kommune", RawFormat::Csv),
        export("tilbud", RawFormat::Xlsx),
        Ask::Report {
            campaign: campaign(),
            format: ReportFormat::Json,
        },
        Ask::Durable,
        Ask::Check,
        Ask::Keep(Keep::VerifyEvents { expect: None }),
        Ask::Keep(Keep::ExportEvents { campaign: None }),
        Ask::Keep(erase()),
        Ask::Keep(Keep::ListErasures),
        Ask::Keep(Keep::ExportContact {
            address: OFFER.to_owned(),
        }),
    ];
    for ask in all {
        let (shows, named) = (shows(&ask), format!("{ask:?}"));
        let before = seen(&server.app);
        let raw = is_raw(&written_out(&server.app, ask));
        assert_eq!(raw, shows, "{named}");
        assert_eq!(seen(&server.app) > before, shows, "{named}");
    }
    // Its answer is where the export ends; the caller reads the journal up to there.
    let before = seen(&server.app);
    written_out(&server.app, Ask::Everything);
    assert!(seen(&server.app) > before);
}
