//! What is kept, for how long, and what is left when it goes: erasure, one contact's data, events, keys.
use std::fs;
use std::sync::Arc;

use actix_web::http::StatusCode;
use chrono::TimeDelta;
use samsvar::actions::erasure::{self, Erasure, Scope};
use samsvar::actions::messages::Message;
use samsvar::actions::{answering, attachments, held, history};
use samsvar::app::{App, Mode};
use samsvar::config::Settings;
use samsvar::control::keeping::Keep;
use samsvar::control::{self, Ask, Outcome};
use samsvar::demo::{EATING, FOCUS};
use samsvar::mail::{Address, IncomingKind, IncomingMail, Letter, WayBack, Words};
use samsvar::server;
use samsvar::store::{Commit, Document, Keys, key};
use samsvar_core::access::{Link, Token};
use samsvar_core::campaigns::{Respondent, Submission};
use samsvar_core::danish;
use samsvar_core::events::{Actor, Deed, Event};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::page::File;
use crate::people::Server;
use crate::writer::{OFFER, OFFER_ID, SKIVE, Writer};

pub const SECRET: &str = "en-hemmelig-bemaerkning";
pub const PDF: &[u8] = b"%PDF-1.7 et hemmeligt bilag";

/// An offer that has given a file and a remark, sent them, and got its receipt.
pub async fn sent_with_a_file() -> Writer {
    let writer = Writer::of(OFFER).await;
    let page = writer.with_a_file_control().await;
    let file = File {
        control: "f/attachments/files/0",
        name: "bilag.pdf",
        bytes: PDF,
    };
    let remark = [("f/attachments/remarks", SECRET)];
    writer
        .visitor
        .attaches(&page, &remark, &[file], "Gem")
        .await;
    writer.fills_in_the_offer().await;
    writer.submits().await;
    writer.server.send_mail();
    assert!(holding(&writer.server, SECRET) > 0 && holding(&writer.server, OFFER) > 0);
    writer
}

/// How many files below the data directory hold a text.
fn holding(server: &Server, text: &str) -> usize {
    let has = |bytes: &[u8]| bytes.windows(text.len()).any(|w| w == text.as_bytes());
    server
        .data_files()
        .iter()
        .filter(|(name, bytes)| name.contains(text) || has(bytes))
        .count()
}

fn campaign() -> Scope {
    Scope::Campaign {
        campaign: EATING.to_owned(),
    }
}

fn deeds(server: &Server, campaign: &str) -> Vec<Deed> {
    let found = server
        .app
        .store
        .scan::<Event>(&format!("{campaign}/"))
        .unwrap();
    found.into_iter().map(|s| s.doc.deed).collect()
}

#[actix_web::test]
async fn a_collections_answers_and_persons_go_and_its_history_stays() {
    let writer = sent_with_a_file().await;
    let server = &writer.server;
    let before = server.app.store.verify().unwrap().events;
    assert!(erasure::erase(&server.app, &campaign(), &Actor::Operator).unwrap());
    for text in [SECRET, OFFER, "et hemmeligt bilag", "Lederen", SKIVE] {
        assert_eq!(holding(server, text), 0, "{text} is still on the disk");
    }
    let store = &server.app.store;
    assert_eq!(store.count::<Submission>(&format!("{EATING}/")).unwrap(), 0);
    let offer = store.get::<Respondent>(&key([EATING, OFFER_ID])).unwrap();
    assert_eq!(offer.unwrap().doc.organisation, "Sønderparken");
    assert!(history::verify(&server.app).unwrap().unwrap().events > before);
    assert!(deeds(server, EATING).contains(&Deed::AnswersErased));
    assert!(store.count::<Submission>(&format!("{FOCUS}/")).unwrap() > 0);
    let link = writer.visitor.get(&writer.base).await;
    assert_eq!(link.status, StatusCode::NOT_FOUND);
    let secretary = server.secretary().await;
    for page in [
        "",
        "/historik",
        "/opbevaring",
        "/svar/soenderparken",
        "/rapport",
    ] {
        let page = secretary
            .get(&format!("/sekretariat/indsamlinger/{EATING}{page}"))
            .await;
        assert!(
            !page.status.is_server_error(),
            "{}: {}",
            page.path,
            page.words()
        );
    }
}

#[actix_web::test]
async fn the_timer_erases_on_the_day_and_not_before() {
    let server = Server::demo().await;
    let day = erasure::retention(&server.app, EATING).unwrap().unwrap().on;
    let today = danish::local(server.app.now()).date_naive();
    server.passes(TimeDelta::days((day - today).num_days() - 1));
    erasure::round(&server.app).unwrap();
    assert!(
        server
            .app
            .store
            .count::<Submission>(&format!("{EATING}/"))
            .unwrap()
            > 0
    );
    server.passes(TimeDelta::days(1));
    erasure::round(&server.app).unwrap();
    assert_eq!(
        server
            .app
            .store
            .count::<Submission>(&format!("{EATING}/"))
            .unwrap(),
        0
    );
    assert!(
        erasure::retention(&server.app, EATING)
            .unwrap()
            .unwrap()
            .erased
            .is_some()
    );
    let commits = server.app.store.durable_seq();
    erasure::round(&server.app).unwrap();
    assert_eq!(server.app.store.durable_seq(), commits);
}

#[actix_web::test]
async fn an_erasure_that_was_killed_is_ended_by_the_timer() {
    let writer = sent_with_a_file().await;
    let server = &writer.server;
    erasure::begin_only(&server.app, &campaign(), &Actor::Operator).unwrap();
    assert!(holding(server, SECRET) > 0, "nothing was left to be done");
    erasure::round(&server.app).unwrap();
    assert_eq!(holding(server, SECRET), 0);
    assert_eq!(holding(server, OFFER), 0);
    let all = server.app.store.scan::<Erasure>("").unwrap();
    assert!(all.iter().all(|s| s.doc.done.is_some()) && all.len() == 1);
}

#[actix_web::test]
async fn what_an_older_backup_brings_back_is_erased_again() {
    let writer = sent_with_a_file().await;
    let data = writer.server.app.config.data.clone();
    let old = tempfile::tempdir().unwrap();
    copy(&data.join("journal"), &old.path().join("journal"));
    erasure::erase(&writer.server.app, &campaign(), &Actor::Operator).unwrap();
    fs::copy(
        data.join("erasures.jsonl"),
        old.path().join("erasures.jsonl"),
    )
    .unwrap();
    let app = opened(old.path(), None);
    assert!(
        app.store
            .count::<Submission>(&format!("{EATING}/"))
            .unwrap()
            > 0
    );
    erasure::round(&app).unwrap();
    assert_eq!(
        app.store
            .count::<Submission>(&format!("{EATING}/"))
            .unwrap(),
        0
    );
    let journal = fs::read_to_string(old.path().join("journal/000001.jsonl")).unwrap();
    assert!(!journal.contains(OFFER) && !journal.contains(SECRET));
    let commits = app.store.durable_seq();
    erasure::round(&app).unwrap();
    assert_eq!(app.store.durable_seq(), commits, "it is erased once");
}

/// Whatever names the contact nowhere: their own words, an answer from another mailbox, a letter to an
/// address that was corrected since.
pub fn wrote_and_was_written_to(server: &Server) {
    let letters = server.app.store.scan::<Letter>("").unwrap();
    let mut letter = letters
        .into_iter()
        .map(|stored| stored.doc)
        .find(|letter| letter.to.address.expose() == OFFER)
        .unwrap();
    let message = Message {
        campaign: EATING.to_owned(),
        respondent: OFFER_ID.to_owned(),
        id: "1".to_owned(),
        at: server.app.now(),
        from: Actor::Contact(0),
        text: WROTE.to_owned(),
    };
    let incoming = IncomingMail {
        id: "i1".to_owned(),
        campaign: EATING.to_owned(),
        respondent: OFFER_ID.to_owned(),
        letter: letter.id.clone(),
        at: server.app.now(),
        kind: IncomingKind::Answer,
        words: Words {
            text: ANSWERED.to_owned(),
            ..Words::default()
        },
    };
    let way = WayBack {
        id: letter.id.clone(),
        letter: letter.key(),
    };
    letter.id = "older".to_owned();
    letter.to.address = Address::parse(FORMER).unwrap();
    let commit = Commit::new(server.app.now())
        .put(&message)
        .put(&incoming)
        .put(&way)
        .put(&letter);
    server.app.store.commit(commit).unwrap();
}

const WROTE: &str = "jeg er syg til mandag";
const ANSWERED: &str = "skriv til min afloeser";
const FORMER: &str = "foer@tilbud.example";

#[actix_web::test]
async fn a_contact_goes_and_the_answer_stays() {
    let writer = sent_with_a_file().await;
    let server = &writer.server;
    wrote_and_was_written_to(server);
    let ways = server.app.store.count::<WayBack>("").unwrap();
    let held = held::held_about(&server.app, OFFER, &Actor::Operator);
    let held = held.unwrap().unwrap().to_string();
    for text in [WROTE, ANSWERED, FORMER, SECRET] {
        assert!(held.contains(text), "{text} is held, and not told");
    }
    for scope in erasure::contacts_at(&server.app, OFFER).unwrap() {
        erasure::erase(&server.app, &scope, &Actor::Operator).unwrap();
    }
    assert_eq!(
        holding(server, OFFER),
        0,
        "the address is still on the disk"
    );
    for text in [WROTE, ANSWERED, FORMER] {
        assert_eq!(holding(server, text), 0, "{text} is still on the disk");
    }
    assert!(server.app.store.count::<WayBack>("").unwrap() < ways);
    assert_eq!(server.sent(EATING, OFFER_ID).len(), 1);
    assert!(holding(server, SECRET) > 0 && holding(server, SKIVE) > 0);
    let links = server.app.store.scan::<Link>("").unwrap();
    assert!(links.iter().all(|s| s.doc.respondent != OFFER_ID));
    history::verify(&server.app).unwrap().unwrap();
}

#[actix_web::test]
async fn one_respondent_goes_and_the_others_stay() {
    let writer = sent_with_a_file().await;
    let server = &writer.server;
    let others = server.app.store.count::<Submission>("").unwrap() - 1;
    let secretary = server.secretary().await;
    let there = format!("/sekretariat/indsamlinger/{EATING}/opbevaring/{OFFER_ID}");
    let page = secretary.get(&there).await;
    assert!(page.words().contains("Svar: 1"), "{}", page.words());
    let unsure = secretary
        .presses(&page, &[], "Slet svar og kontaktpersoner")
        .await;
    assert_eq!(unsure.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        unsure.all("#sikker-error").concat().contains("Sæt kryds"),
        "{}",
        unsure.words()
    );
    let sure = [("sikker", "ja")];
    let done = secretary
        .presses(&page, &sure, "Slet svar og kontaktpersoner")
        .await;
    let page = secretary.follows(&done).await;
    assert!(
        page.words().contains("Der er ingen kontaktpersoner."),
        "{}",
        page.words()
    );
    for text in [SECRET, OFFER, "et hemmeligt bilag"] {
        assert_eq!(holding(server, text), 0, "{text} is still on the disk");
    }
    assert_eq!(server.app.store.count::<Submission>("").unwrap(), others);
    assert!(deeds(server, EATING).contains(&Deed::RespondentErased));
}

#[actix_web::test]
async fn all_that_is_held_about_a_contact_is_written_out_and_noted() {
    let writer = sent_with_a_file().await;
    let server = &writer.server;
    let secretary = server.secretary().await;
    let there = format!("/sekretariat/indsamlinger/{EATING}/opbevaring/{OFFER_ID}");
    let page = secretary.get(&there).await;
    let link = page
        .attributes("a", "href")
        .into_iter()
        .find(|l| l.ends_with(".json"));
    let file = secretary.get(&link.unwrap()).await;
    let held: Value = serde_json::from_slice(&file.bytes).unwrap();
    let tables: Vec<&str> = held["documents"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|d| d["table"].as_str())
        .collect();
    for table in ["respondent", "letter", "link", "submission"] {
        assert!(tables.contains(&table), "{table} is missing: {tables:?}");
    }
    assert!(held.to_string().contains(SECRET));
    assert!(!held.to_string().contains(SKIVE), "another's address");
    assert!(!held["events"].as_array().unwrap().is_empty());
    assert!(deeds(server, EATING).contains(&Deed::ContactExported));
    let nobody = held::held_about(&server.app, "nobody@example.dk", &Actor::Operator);
    assert_eq!(nobody.unwrap(), None);
}

#[actix_web::test]
async fn the_day_is_set_on_its_page_and_a_wrong_one_is_refused_at_the_field() {
    let server = Server::demo().await;
    let secretary = server.secretary().await;
    let there = format!("/sekretariat/indsamlinger/{EATING}/opbevaring");
    let page = secretary.get(&there).await;
    assert!(
        page.words().contains("Indsamlingen er åben"),
        "{}",
        page.words()
    );
    for (typed, told) in [
        ("snart", "Skriv datoen"),
        ("01-01-2021", "efter svarfristen"),
    ] {
        let refused = secretary
            .presses(&page, &[("dato", typed)], "Gem datoen")
            .await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            refused.error_at("dato").contains(told),
            "{}",
            refused.words()
        );
        assert_eq!(refused.control("dato").as_deref(), Some(typed));
    }
    let saved = secretary
        .presses(&page, &[("dato", "24-12-2031")], "Gem datoen")
        .await;
    let page = secretary.follows(&saved).await;
    assert!(
        page.words().contains("24. december 2031"),
        "{}",
        page.words()
    );
}

#[actix_web::test]
async fn whoever_sees_raw_answers_leaves_an_event() {
    let writer = sent_with_a_file().await;
    let server = &writer.server;
    let secretary = server.secretary().await;
    let one = format!("/sekretariat/indsamlinger/{EATING}");
    let hash = hex(PDF);
    for (path, wanted) in [
        (
            format!("{one}/svar/{OFFER_ID}"),
            Deed::AnswerRead { number: 1 },
        ),
        (
            format!("{one}/svar/{OFFER_ID}/bilag/{hash}"),
            Deed::AttachmentRead,
        ),
        (
            format!("{one}/data/tilbud.csv"),
            Deed::RawDataExported {
                format: "csv".into(),
            },
        ),
        (format!("{one}/historik.jsonl"), Deed::EventsExported),
    ] {
        let before = deeds(server, EATING).len();
        assert_eq!(secretary.get(&path).await.status, StatusCode::OK, "{path}");
        let after = deeds(server, EATING);
        assert_eq!(after[before..], [wanted], "{path}");
    }
}

#[actix_web::test]
async fn exported_events_are_a_chain_that_anybody_can_check() {
    let server = Server::demo().await;
    let lines = history::export(&server.app, None, Actor::Operator).unwrap();
    let text = String::from_utf8(lines).unwrap();
    let mut link = "0".repeat(64);
    for (place, line) in text.lines().enumerate() {
        let row: Value = serde_json::from_str(line).unwrap();
        let of = |name: &str| row[name].as_str().unwrap().to_owned();
        assert_eq!(
            (row["n"].as_u64(), of("link")),
            (Some(place as u64 + 1), link)
        );
        let event = line
            .split_once(",\"event\":")
            .unwrap()
            .1
            .strip_suffix('}')
            .unwrap();
        assert_eq!(hex(format!("{}{event}", of("salt")).as_bytes()), of("hash"));
        link = hex(format!(
            "{}\n{}\n{}\n{}\n",
            place + 1,
            of("link"),
            of("key"),
            of("hash")
        )
        .as_bytes());
    }
    assert!(text.lines().count() > 50);
    let whole = history::verify(&server.app).unwrap().unwrap();
    assert_eq!(
        (whole.link.clone(), whole.events),
        (link.clone(), text.lines().count() as u64)
    );
    assert!(history::has_link(&server.app, whole.events, &link).unwrap());
    assert!(!history::has_link(&server.app, whole.events - 1, &link).unwrap());
}

#[actix_web::test]
async fn the_operator_is_shown_what_would_go_before_it_goes() {
    let server = Server::demo().await;
    let ask = |sure| {
        Ask::Keep(Keep::Erase {
            campaign: Some(EATING.to_owned()),
            respondent: None,
            contact: None,
            sure,
        })
    };
    let commits = server.app.store.durable_seq();
    let shown = done(control::carry_out(&server.app, ask(false)));
    assert!(
        shown.contains("24 submission") && shown.contains("nothing is erased yet"),
        "{shown}"
    );
    assert_eq!(server.app.store.durable_seq(), commits);
    done(control::carry_out(&server.app, ask(true)));
    assert_eq!(
        server
            .app
            .store
            .count::<Submission>(&format!("{EATING}/"))
            .unwrap(),
        0
    );
}

#[actix_web::test]
async fn an_anchor_noted_earlier_tells_whether_the_chain_was_made_anew() {
    let server = Server::demo().await;
    let ask = |expect: Option<&str>| {
        let expect = expect.map(str::to_owned);
        control::carry_out(&server.app, Ask::Keep(Keep::VerifyEvents { expect }))
    };
    let told = done(ask(None));
    let anchor = told.lines().last().unwrap().to_owned();
    history::export(&server.app, None, Actor::Operator).unwrap();
    done(ask(Some(&anchor)));
    let other = format!("{}{}", anchor, "0");
    assert!(matches!(ask(Some(&other)), Outcome::Refused(_)));
    assert!(matches!(ask(Some("nonsense")), Outcome::Refused(_)));
}

#[track_caller]
fn done(outcome: Outcome) -> String {
    match outcome {
        Outcome::Done(text) => text,
        Outcome::Refused(text) => panic!("{text}"),
        Outcome::File(_) | Outcome::Export(_) | Outcome::Incoming(_) => panic!("a file"),
    }
}

#[actix_web::test]
async fn with_a_key_no_answer_address_or_file_lies_readable() {
    let dir = tempfile::tempdir().unwrap();
    let key_file = dir.path().join("key");
    fs::write(&key_file, Keys::new_line().unwrap().as_str()).unwrap();
    let writer = sent_with_a_file().await;
    copy(&writer.server.app.config.data, &dir.path().join("data"));
    let app = opened(&dir.path().join("data"), Some(&key_file));
    app.store.encrypt_anew().unwrap();
    assert_eq!(attachments::encrypt_anew(&app).unwrap(), 1);
    let hash = hex(PDF);
    let mut mails = writer.server.mails().into_iter();
    let invitation = mails.find(|m| m.to.contains(OFFER) && m.text.contains("/l/"));
    let token = writer
        .server
        .link_in(&invitation.unwrap())
        .replace("/l/", "");
    let holder = answering::holder_of(&app, &Token::parse(&token).unwrap());
    let holder = holder
        .unwrap()
        .unwrap_or_else(|_| panic!("the link is good"));
    let later = b"%PDF-1.7 givet efter noeglen";
    attachments::keep(&app, &holder, "b.pdf", later)
        .unwrap()
        .unwrap();
    assert!(attachments::is_own(&app, &holder, &hex(later)).unwrap());
    for entry in fs::read_dir(dir.path().join("data")).unwrap() {
        let room = entry.unwrap().path();
        if room.ends_with("outbox") || !room.is_dir() {
            continue;
        }
        for text in [
            SECRET,
            OFFER,
            "et hemmeligt bilag",
            "efter noeglen",
            &hex(later),
        ] {
            assert_eq!(in_files(&room, text), 0, "{}: {text}", room.display());
        }
        if !room.ends_with("journal") {
            assert_eq!(in_files(&room, &hash), 0, "{}", room.display());
        }
    }
    let read = attachments::read_for_staff(&app, "S", EATING, OFFER_ID, &hash);
    assert_eq!(read.unwrap().unwrap().1, PDF);
    assert!(erasure::erase(&app, &campaign(), &Actor::Operator).unwrap());
    assert_eq!(
        fs::read_dir(dir.path().join("data/attachments"))
            .unwrap()
            .count(),
        0
    );
    drop(app);
    let refused = server::open(config(&dir.path().join("data"), None), Mode::Demo).err();
    let refused = refused.unwrap();
    assert!(refused.is_locked() && refused.to_string().contains("key_file"));
}

pub fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect()
}

fn in_files(dir: &std::path::Path, text: &str) -> usize {
    let Ok(entries) = fs::read_dir(dir) else {
        return 0;
    };
    entries
        .map(|entry| {
            let path = entry.unwrap().path();
            if path.is_dir() {
                return in_files(&path, text);
            }
            let named = path.to_string_lossy().contains(text);
            let bytes = fs::read(&path).unwrap();
            usize::from(named || bytes.windows(text.len()).any(|w| w == text.as_bytes()))
        })
        .sum()
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let there = to.join(path.file_name().unwrap());
        if path.is_dir() {
            // An index that is in use is no file to copy; it is made anew.
            if path.file_name().is_none_or(|name| name != "index") {
                copy(&path, &there);
            }
        } else if path.is_file() {
            fs::copy(&path, &there).unwrap();
        }
    }
}

fn config(data: &std::path::Path, key_file: Option<&std::path::Path>) -> samsvar::config::Config {
    let mut settings = Settings::default();
    settings.set("data", data.to_string_lossy());
    if let Some(file) = key_file {
        settings.set("key_file", file.to_string_lossy());
    }
    settings
        .check()
        .unwrap_or_else(|faults| panic!("{faults:?}"))
}

fn opened(data: &std::path::Path, key_file: Option<&std::path::Path>) -> Arc<App> {
    server::open(config(data, key_file), Mode::Demo).unwrap_or_else(|e| panic!("{e}"))
}
