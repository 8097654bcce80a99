//! Whoever sees raw answers leaves an event: every page and every command, held against what they show.
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Cursor, Read};
use std::sync::Arc;

use samsvar::actions::DraftDoc;
use samsvar::actions::exporting::RawFormat;
use samsvar::actions::reporting::ReportFormat;
use samsvar::app::App;
use samsvar::control::keeping::Keep;
use samsvar::control::{self, Ask, Outcome};
use samsvar::demo::{EATING, FOCUS};
use samsvar::store::{Commit, key};
use samsvar_core::campaigns::Submission;
use samsvar_core::events::{Deed, Event};
use serde_json::json;

use crate::access::{Door, ROUTES};
use crate::keeping::{PDF, SECRET, hex, sent_with_a_file};
use crate::page::{Page, Sent};
use crate::people::{Server, Visitor};
use crate::rights::{ask, filled};
use crate::writer::{OFFER, OFFER_ID, SKIVE_ID};

/// A municipality's sent answer, and another's draft, in the words of which these stand.
const SENT: &str = "kanariefugl-i-et-sendt-svar";
const DRAFTED: &str = "kanariefugl-i-en-kladde";
const FAVRSKOV: &str = "favrskov-kommune-social-og-sundhed";
const SIGNED_UP: &str = "broenderslev-kommune-social-og-sundhed";

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
    keep_what_was_answered(&server);
    server
}

/// Whatever was done since, the answers that are left say what is looked for.
fn keep_what_was_answered(server: &Server) {
    let app = &server.app;
    let mut commit = Commit::new(app.now());
    let marks = [
        (EATING, FAVRSKOV, "/themes/future"),
        (FOCUS, SIGNED_UP, "/motivation/motivation"),
    ];
    for (campaign, respondent, pointer) in marks {
        let all = app
            .store
            .scan::<Submission>(&format!("{}/", key([campaign, respondent])));
        for mut sent in all.unwrap().into_iter().map(|s| s.doc) {
            let place = sent.answers.pointer_mut(pointer);
            *place.unwrap_or_else(|| panic!("{campaign} has no {pointer}")) = json!(SENT);
            sent.sha256 = Submission::hash_of(&sent.answers);
            commit = commit.put(&sent);
        }
    }
    if let Some(draft) = app.store.scan::<DraftDoc>("").unwrap().pop() {
        let mut draft = serde_json::to_value(draft.doc).unwrap();
        draft["respondent"] = json!(SKIVE_ID);
        draft["campaign"] = json!(EATING);
        draft["draft"]["answers"] = json!({"themes": {"future": DRAFTED}});
        commit = commit.put(&serde_json::from_value::<DraftDoc>(draft).unwrap());
    }
    app.store.commit(commit).unwrap();
}

/// The address for a municipality, for an offer with its file, and for one that signed up.
fn addresses(path: &str) -> [String; 3] {
    let hash = hex(PDF);
    let swaps = [
        ("{respondent}", OFFER_ID),
        ("{group}", "tilbud"),
        ("{hash}", &hash),
    ];
    let of_an_offer = swaps
        .iter()
        .fold(path.to_owned(), |path, (name, by)| path.replace(name, by));
    let of_a_sign_up = path
        .replace("{campaign}", FOCUS)
        .replace("{respondent}", SIGNED_UP);
    [path, &of_an_offer, &of_a_sign_up].map(filled)
}

type Route = &'static (&'static str, &'static str, Door);

/// A page of a hundred free texts has as many forms, all alike.
const MOST_FORMS: usize = 8;

/// Addresses that took nothing here: they want a file, a reason beside numbers, somebody with a code, or a page with a
/// query. An empty form was sent to each, and what they offered; what they answered to it was looked at.
const REFUSED: &[&str] = &[
    "/sekretariat/personer/nulstil-kode",
    "/sekretariat/indsamlinger/{campaign}/svar/{respondent}/ret",
    "/sekretariat/indsamlinger/{campaign}/kendte-svar",
    "/sekretariat/indsamlinger/{campaign}/opbevaring/slet",
    "/sekretariat/indsamlinger/{campaign}/rapport/valg",
    "/sekretariat/indsamlinger/{campaign}/udgaver/andetsteds",
    "/sekretariat/indsamlinger/{campaign}/udgaver/{number}/traek-tilbage",
    "/sekretariat/efterproev",
];

/// Goes through all pages, sends what they offer, and looks for answers in whatever comes back.
struct Watch {
    server: Server,
    visitor: Visitor,
    shown: Vec<(&'static str, &'static str)>,
    /// All that was offered, and how much of it was sent.
    forms: Vec<Sent>,
    sent: BTreeMap<&'static str, usize>,
    /// Posts that were taken.
    taken: BTreeSet<&'static str>,
}

impl Watch {
    async fn begun(server: Server) -> Self {
        Self {
            visitor: server.secretary().await,
            server,
            shown: Vec::new(),
            forms: Vec::new(),
            sent: BTreeMap::new(),
            taken: BTreeSet::new(),
        }
    }

    /// Asks for something; a page that shows answers and leaves no event is a fault.
    async fn sees(&mut self, (method, path, _): Route, page: impl Future<Output = Page>) -> Page {
        let before = seen(&self.server.app);
        let page = page.await;
        if is_raw(&page.bytes) {
            assert!(
                seen(&self.server.app) > before,
                "{method} {} shows what somebody answered and leaves no event",
                page.path
            );
            if !self.shown.contains(&(*method, *path)) {
                self.shown.push((*method, *path));
            }
        }
        if page.bytes.starts_with(b"<!DOCTYPE") {
            for form in page.offered() {
                let known = |f: &Sent| f.path == form.path && f.body == form.body;
                if !self.forms.iter().any(known) {
                    self.forms.push(form);
                }
            }
        }
        page
    }

    async fn looks_at(&mut self, routes: &[Route]) {
        let visitor = self.visitor.same_browser();
        for route in routes {
            let asked = ASKED.iter().find(|(path, _)| *path == route.1);
            let query = asked.map_or("", |(_, query)| *query);
            for there in addresses(route.1) {
                let there = format!("{there}{query}");
                self.sees(route, ask(&visitor, "GET", &there)).await;
            }
        }
    }

    /// An empty form, and those that were offered since the last time.
    async fn sends(&mut self, route: Route) {
        let visitor = self.visitor.same_browser();
        if !self.sent.contains_key(route.1) {
            for there in addresses(route.1) {
                keep_what_was_answered(&self.server);
                self.sees(route, ask(&visitor, "POST", &there)).await;
            }
        }
        loop {
            let sent = *self.sent.entry(route.1).or_default();
            let offered = self.forms.iter().filter(|form| is_at(route.1, &form.path));
            let Some(form) = offered.take(MOST_FORMS).nth(sent) else {
                return;
            };
            self.sent.insert(route.1, sent + 1);
            let (path, media_type) = (form.path.clone(), form.media_type.clone());
            let answer = visitor.post_raw(&path, &media_type, form.body.clone());
            keep_what_was_answered(&self.server);
            let status = self.sees(route, answer).await.status;
            if status.is_success() || status.is_redirection() {
                self.taken.insert(route.1);
            }
        }
    }
}

/// Whether the address is one of the route's.
fn is_at(route: &str, address: &str) -> bool {
    let bare = address.split(['?', '#']).next().unwrap_or_default();
    let (wanted, there): (Vec<_>, Vec<_>) = (route.split('/').collect(), bare.split('/').collect());
    wanted.len() == there.len()
        && wanted
            .iter()
            .zip(&there)
            .all(|(w, t)| w.starts_with('{') || w == t)
}

/// They take away what others need: last, those that take most at the very end.
fn takes_away(path: &str) -> usize {
    let ends = [
        "{step}",
        "nulstil-kode",
        "fjern",
        "opbevaring/{respondent}",
        "opbevaring/slet",
    ];
    ends.iter()
        .position(|end| path.ends_with(end))
        .map_or(0, |place| place + 1)
}

#[actix_web::test]
async fn every_page_that_shows_raw_answers_leaves_an_event_and_no_other_shows_any() {
    let staff = ROUTES.iter().filter(|(_, path, door)| {
        !matches!(door, Door::Anybody | Door::Answerer | Door::Approver | Door::DemoOnly)
            // It ends the session that the others need.
            && !path.ends_with("/log-ud")
    });
    let (gets, posts): (Vec<Route>, Vec<Route>) = staff.partition(|(m, ..)| *m == "GET");
    let (harmless, mut others): (Vec<Route>, Vec<Route>) =
        posts.iter().partition(|(_, path, _)| takes_away(path) == 0);
    others.sort_by_key(|(_, path, _)| takes_away(path));
    let mut watch = Watch::begun(answered().await).await;
    // Twice, for what was done the first time brings new pages and forms.
    for _ in 0..2 {
        watch.looks_at(&gets).await;
        for route in &harmless {
            watch.sends(route).await;
        }
    }
    for route in others {
        watch.sends(route).await;
    }
    for row in &watch.shown {
        assert!(
            SHOWS.contains(row),
            "{row:?} shows what somebody answered: add it to SHOWS in tests/it/seen.rs if it should"
        );
    }
    for row in SHOWS {
        assert!(
            watch.shown.contains(row),
            "{row:?} shows no answer any more, or this test sees it no more"
        );
    }
    let refused = posts
        .iter()
        .map(|(_, path, _)| *path)
        .filter(|path| !watch.taken.contains(path));
    let refused: Vec<&str> = refused.collect();
    assert_eq!(refused, REFUSED, "taken or refused against REFUSED");
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
