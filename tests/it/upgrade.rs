//! What released versions wrote: each still loads, and none of today's documents changes its shape unnoticed.
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use chrono::TimeDelta;
use samsvar::actions::backups::{self, Backup};
use samsvar::actions::{AttachmentDoc, DraftDoc, FormVersion, KnownDoc, SignInRequest};
use samsvar::actions::{erasure, integrity, reminders};
use samsvar::app::{App, Mode};
use samsvar::config::Settings;
use samsvar::demo::EATING;
use samsvar::mail::{Due, Letter};
use samsvar::server;
use samsvar::store::{Commit, Document};
use samsvar_core::access::{Link, Session, SignIn, Staff};
use samsvar_core::campaigns::{Campaign, Respondent, Submission, Submitter};
use samsvar_core::events::{Actor, Event};
use serde_json::Value;

use crate::people::{SECRETARY, Server};
use crate::writer::{OFFER, SKIVE, SKIVE_ID, Writer};
use crate::{asked, collection, hands, keeping, reports, selecting};

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/golden")
}

fn all<D: Document>(app: &App) -> usize {
    let found = app.store.scan::<D>("");
    found.unwrap_or_else(|e| panic!("{e}")).len()
}

#[test]
fn what_every_released_version_wrote_is_read() {
    for version in fs::read_dir(golden()).unwrap() {
        let version = version.unwrap().path();
        if !version.is_dir() {
            continue;
        }
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("journal")).unwrap();
        for file in fs::read_dir(version.join("journal")).unwrap() {
            let file = file.unwrap().path();
            let to = dir.path().join("journal").join(file.file_name().unwrap());
            fs::copy(&file, to).unwrap();
        }
        let mut settings = Settings::default();
        settings.set("data", dir.path().to_string_lossy());
        let config = settings.check().unwrap_or_else(|f| panic!("{f:?}"));
        let app = server::open(config, Mode::Demo).unwrap_or_else(|e| panic!("{e}"));
        let found = [
            all::<Campaign>(&app),
            all::<Respondent>(&app),
            all::<Submission>(&app),
            all::<Event>(&app),
            all::<FormVersion>(&app),
            all::<Letter>(&app),
            all::<Link>(&app),
            all::<Staff>(&app),
        ];
        assert!(
            found.iter().all(|n| *n > 0),
            "{}: {found:?}",
            version.display()
        );
        all::<Due>(&app);
        all::<DraftDoc>(&app);
        all::<AttachmentDoc>(&app);
        all::<SignIn>(&app);
        all::<SignInRequest>(&app);
        all::<Session>(&app);
        for campaign in app.store.scan::<Campaign>("").unwrap() {
            for audience in &campaign.doc.audiences {
                app.form(&audience.form).unwrap_or_else(|e| panic!("{e}"));
            }
        }
    }
}

/// Every path of a document with the type that stands there; content of forms and answers is left out.
fn shape(at: &str, value: &Value, into: &mut BTreeSet<String>) {
    let free = ["answers", "draft.answers", "import", "fields", "origins"];
    if free.contains(&at) {
        return;
    }
    match value {
        Value::Object(fields) => {
            for (name, inner) in fields {
                let below = if at.is_empty() {
                    name.clone()
                } else {
                    format!("{at}.{name}")
                };
                shape(&below, inner, into);
            }
        }
        Value::Array(items) => {
            into.insert(format!("{at}: list"));
            items
                .iter()
                .for_each(|item| shape(&format!("{at}[]"), item, into));
        }
        Value::String(_) => {
            into.insert(format!("{at}: text"));
        }
        Value::Number(_) => {
            into.insert(format!("{at}: number"));
        }
        Value::Bool(_) => {
            into.insert(format!("{at}: yes or no"));
        }
        Value::Null => {}
    }
}

type Shapes = BTreeMap<String, BTreeSet<String>>;

/// By table and version, as `draft 1`.
fn shapes_of(app: &App, into: &mut Shapes) {
    let read = app.store.each_document(|table, _, json| {
        let doc: Value = serde_json::from_str(json).unwrap();
        let name = format!("{table} {}", doc["v"]);
        let mut paths = BTreeSet::new();
        shape("", &doc, &mut paths);
        into.entry(name).or_default().extend(paths);
        Ok(())
    });
    read.unwrap();
}

/// Several people on one answer, files, messages and mails, and what the operator's commands leave.
async fn shapes_of_what_seldom_comes(now: &mut Shapes) {
    let (writer, review) = hands::ready_for_the_manager().await;
    hands::asks_the_manager(&writer, &review).await;
    shapes_of(&writer.server.app, now);
    let writer = Writer::of(SKIVE).await;
    hands::asks_for_help(&writer, &["children"]).await;
    let app = &writer.server.app;
    let known = KnownDoc {
        campaign: EATING.to_owned(),
        respondent: SKIVE_ID.to_owned(),
        known: asked::known("1"),
        taken: app.now(),
    };
    let review = asked::review(app.now());
    let commit = Commit::new(app.now()).put(&known).put(&review);
    app.store.commit(commit).unwrap();
    integrity::check_and_note(app).unwrap();
    let backup = Backup {
        made: app.now(),
        commits: 1,
        chain: "0".repeat(64),
        bytes: 1,
        left_out: 0,
        proven: Some(app.now()),
    };
    backups::note_made(app, backup, Actor::Operator).unwrap();
    shapes_of(app, now);
    let writer = keeping::sent_with_a_file().await;
    keeping::wrote_and_was_written_to(&writer.server);
    shapes_of(&writer.server.app, now);
    let mut imported = writer
        .server
        .app
        .store
        .scan::<Submission>("")
        .unwrap()
        .remove(0)
        .doc;
    imported.by = Submitter::Import;
    let commit = Commit::new(writer.server.app.now()).put(&imported);
    writer.server.app.store.commit(commit).unwrap();
    shapes_of(&writer.server.app, now);
    for scope in erasure::contacts_at(&writer.server.app, OFFER).unwrap() {
        erasure::erase(&writer.server.app, &scope, &Actor::Operator).unwrap();
    }
    shapes_of(&writer.server.app, now);
}

/// What the secretariat does on its pages, and what the timer does for it.
async fn shapes_of_what_the_secretariat_does(now: &mut Shapes) {
    let server = Server::demo().await;
    let secretary = server.secretary().await;
    let one = format!("/sekretariat/indsamlinger/{EATING}");
    for page in [
        format!("{one}/svar/{SKIVE_ID}/indtast"),
        format!("{one}/sporgsmaal?gruppe=kommune&felt=%2Fthemes%2Ffuture"),
        format!("{one}/naevnte"),
    ] {
        // What it offers, filled in; a handful shows the shape.
        let offered = secretary.get(&page).await.offered();
        let ours = offered
            .into_iter()
            .filter(|form| form.path.starts_with(&one));
        for form in ours.take(6) {
            secretary
                .post_raw(&form.path, &form.media_type, form.body)
                .await;
        }
    }
    reports::release(&secretary, EATING).await;
    let id = collection::begun(&secretary, "Prøvesamling").await;
    collection::with_forms(
        &secretary,
        &id,
        &[("kommune", "spiseforstyrrelser-kommune")],
    )
    .await;
    collection::reads(
        &secretary,
        &id,
        "navn,mail\nSkive Kommune,ny@skive.example.dk\n",
    )
    .await;
    for _ in 0..40 {
        server.passes(TimeDelta::days(1));
        if reminders::remind_due(&server.app).unwrap() > 0 {
            break;
        }
    }
    shapes_of(&server.app, now);
    let server = Server::empty().await;
    let visitor = server.visitor();
    let asked = visitor.get("/log-ind").await;
    visitor
        .presses(&asked, &[("mail", SECRETARY)], "Send mig et link")
        .await;
    server.send_mail();
    shapes_of(&server.app, now);
}

/// Documents whose shape no test records yet; a change of one of these is for its author to see.
const NOT_RECORDED: &[&str] = &[
    "confirmation",
    "named_contact",
    "pending_import",
    "reminder_slot",
    "report_choices",
    "second_factor",
    "uploaded_form",
];

#[test]
fn every_table_has_its_shape_recorded_or_stands_among_those_that_have_not() {
    let known: Shapes =
        serde_json::from_slice(&fs::read(golden().join("shapes.json")).unwrap()).unwrap();
    let recorded: BTreeSet<&str> = known.keys().filter_map(|n| n.split(' ').next()).collect();
    let tables = tables_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    assert!(tables.len() > 30, "the tables were not found: {tables:?}");
    for table in &tables {
        let not_recorded = NOT_RECORDED.contains(&table.as_str());
        assert!(
            recorded.contains(table.as_str()) != not_recorded,
            "{table}: have no_documents_shape_changes_without_a_new_version store one, and write its shape with \
             SAMSVAR_WRITE_SHAPES=1"
        );
    }
    for table in NOT_RECORDED {
        assert!(tables.contains(*table), "{table} is no table any more");
    }
}

/// The tables of all documents below a directory of sources.
fn tables_in(dir: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if !path.ends_with("src/store") {
                found.append(&mut tables_in(&path));
            }
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let named = text.lines().filter_map(|line| {
                let name = line.trim().strip_prefix("const TABLE: &'static str = \"")?;
                name.strip_suffix("\";").map(str::to_owned)
            });
            found.extend(named);
        }
    }
    found
}

#[actix_web::test]
async fn no_documents_shape_changes_without_a_new_version() {
    let mut now = Shapes::new();
    let writer = Writer::of(OFFER).await;
    writer.fills_in_the_offer().await;
    shapes_of(&writer.server.app, &mut now);
    writer.submits().await;
    shapes_of(&writer.server.app, &mut now);
    let skive = Writer::of(SKIVE).await;
    skive.answers_that_there_is_nobody().await;
    skive.server.secretary().await;
    shapes_of(&skive.server.app, &mut now);
    let empty = Server::empty().await;
    empty.secretary().await;
    shapes_of(&empty.app, &mut now);
    let sign_up = Server::demo().await;
    selecting::selects_and_tells(&sign_up).await;
    shapes_of(&sign_up.app, &mut now);
    shapes_of_what_seldom_comes(&mut now).await;
    shapes_of_what_the_secretariat_does(&mut now).await;
    let path = golden().join("shapes.json");
    if std::env::var_os("SAMSVAR_WRITE_SHAPES").is_some() {
        let text = serde_json::to_string_pretty(&now).unwrap();
        fs::write(&path, text + "\n").unwrap();
    }
    let known: Shapes = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    assert!(known.len() > 10, "{:?}", known.keys());
    for (name, paths) in &known {
        let (table, version) = name.split_once(' ').unwrap();
        let newer = now.keys().any(|other| {
            let (t, v) = other.split_once(' ').unwrap();
            t == table && v.parse::<u32>().unwrap() > version.parse().unwrap()
        });
        let Some(found) = now.get(name) else {
            assert!(newer, "{name} is written no more, and no newer version is");
            continue;
        };
        let gone: Vec<_> = paths.difference(found).collect();
        assert!(
            gone.is_empty(),
            "{name} has lost {gone:?}: documents with it are stored out there. Raise its VERSION and lift \
             the old ones in Document::upgrade, keep what this version wrote under tests/data/golden, and \
             write the new shape with SAMSVAR_WRITE_SHAPES=1. (A new field with #[serde(default)] needs none of it.)"
        );
    }
}
