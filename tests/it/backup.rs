//! The way out and back: backups while people answer, proofs, damage named and skipped only when asked, the nightly check.
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use samsvar::actions::backups::BackupList;
use samsvar::actions::integrity::{self, IntegrityCheck};
use samsvar::control;
use samsvar::store::{Commit, Store};
use samsvar_core::campaigns::Submission;
use samsvar_core::events::{Deed, Event};
use serde_json::Value;
use tempfile::TempDir;

use crate::page::File;
use crate::people::Server;
use crate::writer::{OFFER, Writer};

/// The real program, with its words.
fn samsvar(args: &[&str]) -> (Output, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_samsvar"))
        .args(args)
        // What asks these tests for more is no setting of the program.
        .env_remove("SAMSVAR_WRITE_SHAPES")
        .env_remove("SAMSVAR_FUZZ_ROUNDS")
        .env("SAMSVAR_LOG", "off")
        .output()
        .unwrap();
    let mut words = String::from_utf8_lossy(&output.stdout).into_owned();
    words.push_str(&String::from_utf8_lossy(&output.stderr));
    (output, words)
}

#[track_caller]
fn succeeds(args: &[&str]) -> String {
    let (output, words) = samsvar(args);
    assert!(output.status.success(), "{args:?}: {words}");
    words
}

#[track_caller]
fn fails(args: &[&str]) -> String {
    let (output, words) = samsvar(args);
    assert_eq!(output.status.code(), Some(1), "{args:?}: {words}");
    words
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// The demo's data directory in a place that lasts.
async fn demo_data() -> (TempDir, PathBuf) {
    let server = Server::demo().await;
    let folder = TempDir::new().unwrap();
    let data = folder.path().join("data");
    let backup = folder.path().join("seed.jsonl");
    control::listen(&server.app).unwrap();
    succeeds(&[
        "backup",
        path(&backup),
        "--data",
        path(&server.app.config.data),
    ]);
    succeeds(&["restore", path(&backup), "--data", path(&data)]);
    (folder, data)
}

#[actix_web::test]
async fn a_backup_while_people_answer_is_proven_and_restored_with_its_files() {
    let writer = Writer::of(OFFER).await;
    let page = writer.with_a_file_control().await;
    let file = File {
        control: "f/attachments/files/0",
        name: "ydelser.pdf",
        bytes: b"%PDF-1.7 invented",
    };
    writer.visitor.attaches(&page, &[], &[file], "Gem").await;
    let app = std::sync::Arc::clone(&writer.server.app);
    control::listen(&app).unwrap();
    let folder = TempDir::new().unwrap();
    let data = app.config.data.clone();
    let stop = AtomicBool::new(false);
    let backups: Vec<PathBuf> = thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::SeqCst) {
                let checked = IntegrityCheck {
                    at: app.now(),
                    seconds: 0,
                    commits: app.store.durable_seq(),
                    documents: Default::default(),
                    attachments: 0,
                    findings: Vec::new(),
                    found: 0,
                };
                app.store
                    .commit(Commit::new(app.now()).put(&checked))
                    .unwrap();
            }
        });
        let backups = (0..3)
            .map(|number| {
                let backup = folder.path().join(format!("{number}.jsonl"));
                succeeds(&["backup", path(&backup), "--data", path(&data)]);
                backup
            })
            .collect();
        stop.store(true, Ordering::SeqCst);
        backups
    });
    for backup in &backups {
        let words = succeeds(&["restore", "--prove", path(backup)]);
        assert!(words.contains("equal: every count and hash"), "{words}");
    }
    let restored = folder.path().join("restored");
    succeeds(&["restore", path(&backups[2]), "--data", path(&restored)]);
    assert_eq!(
        fs::read_dir(restored.join("attachments")).unwrap().count(),
        1
    );
    let before = app.store.kinds().unwrap();
    let after = Store::open(&restored).unwrap().kinds().unwrap();
    assert_eq!(before["submission"], after["submission"]);
    assert_eq!(before["attachment"], after["attachment"]);
    let again = fails(&["restore", path(&backups[2]), "--data", path(&restored)]);
    assert!(again.contains("is there already"), "{again}");
    succeeds(&["check", "--data", path(&restored)]);
}

#[actix_web::test]
async fn a_backup_with_any_changed_line_or_without_its_end_proves_nothing() {
    let (folder, data) = demo_data().await;
    let backup = folder.path().join("good.jsonl");
    succeeds(&["backup", path(&backup), "--data", path(&data)]);
    let good = fs::read(&backup).unwrap();
    let lines: Vec<&[u8]> = good.split_inclusive(|byte| *byte == b'\n').collect();
    let changed = folder.path().join("changed.jsonl");
    for number in [0, 1, lines.len() / 2, lines.len() - 1] {
        let mut bad: Vec<Vec<u8>> = lines.iter().map(|line| line.to_vec()).collect();
        let middle = bad[number].len() / 3;
        bad[number][middle] ^= 1;
        fs::write(&changed, bad.concat()).unwrap();
        let words = fails(&["restore", "--prove", path(&changed)]);
        assert!(words.contains(&format!("line {}", number + 1)), "{words}");
        let mut short: Vec<&[u8]> = lines.clone();
        short.remove(number);
        fs::write(&changed, short.concat()).unwrap();
        fails(&["restore", "--prove", path(&changed)]);
    }
    // A last line that says something else, with a right checksum of its own.
    let end: Value = serde_json::from_slice(lines[lines.len() - 1]).unwrap();
    let said = end["end"]["documents"]["submission"]["sha256"]
        .as_str()
        .unwrap();
    let text = String::from_utf8(lines[lines.len() - 1].to_vec()).unwrap();
    let (body, _) = text.split_once(",\"sum\":").unwrap();
    let body = body.replace(said, &"0".repeat(64));
    let mut forged = lines[..lines.len() - 1].concat();
    forged.extend(format!("{body},\"sum\":\"{}\"}}\n", sha256(&body)).bytes());
    fs::write(&changed, forged).unwrap();
    let words = fails(&["restore", "--prove", path(&changed)]);
    assert!(words.contains("DIFFERENT"), "{words}");
    let target = folder.path().join("never");
    fails(&["restore", path(&changed), "--data", path(&target)]);
    assert!(!target.exists());
}

fn sha256(text: &str) -> String {
    use sha2::{Digest, Sha256};
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().map(|b| format!("{b:02x}")).collect()
}

/// Changes a byte in the middle of a commit; returns its line and number.
fn damage(data: &Path) -> (usize, u64) {
    let file = data.join("journal/000001.jsonl");
    let bytes = fs::read(&file).unwrap();
    let mut lines: Vec<Vec<u8>> = bytes
        .split_inclusive(|byte| *byte == b'\n')
        .map(<[u8]>::to_vec)
        .collect();
    let number = lines
        .iter()
        .rposition(|line| String::from_utf8_lossy(line).contains("\"put\":\"event\""))
        .unwrap();
    let line: Value = serde_json::from_slice(&lines[number]).unwrap();
    let middle = lines[number].len() / 2;
    lines[number][middle] ^= 1;
    fs::write(file, lines.concat()).unwrap();
    (number + 1, line["seq"].as_u64().unwrap())
}

#[actix_web::test]
async fn a_damaged_line_is_named_and_skipped_only_when_asked() {
    let (folder, data) = demo_data().await;
    let commits = fs::read(data.join("journal/000001.jsonl")).unwrap();
    let commits = commits.iter().filter(|byte| **byte == b'\n').count() - 1;
    let (line, seq) = damage(&data);
    let backup = folder.path().join("b.jsonl");
    let place = [
        format!("line {line}"),
        format!("commit {seq}"),
        "000001.jsonl".to_owned(),
    ];
    for refused in [
        &["backup", path(&backup), "--data", path(&data)][..],
        &["rebuild", "--data", path(&data)],
    ] {
        let words = fails(refused);
        assert!(place.iter().all(|part| words.contains(part)), "{words}");
        assert!(words.contains("--skip-damaged"), "{words}");
    }
    assert!(!backup.exists());
    let words = succeeds(&[
        "backup",
        path(&backup),
        "--skip-damaged",
        "--data",
        path(&data),
    ]);
    assert!(place.iter().all(|part| words.contains(part)), "{words}");
    let words = succeeds(&["restore", "--prove", path(&backup)]);
    assert!(words.contains("damaged and left out"), "{words}");
    let words = succeeds(&["rebuild", "--skip-damaged", "--data", path(&data)]);
    assert!(place.iter().all(|part| words.contains(part)), "{words}");
    let store = Store::open(&data).unwrap();
    assert_eq!(
        store.verify().unwrap().commits as usize,
        commits,
        "numbers are kept"
    );
    drop(store);
    let aside = fs::read_dir(data.join("set-aside")).unwrap().flatten();
    let kept = aside
        .filter(|entry| entry.file_name().to_string_lossy().starts_with("journal-"))
        .count();
    assert_eq!(kept, 1, "the damaged journal is kept");
    assert!(succeeds(&["rebuild", "--skip-damaged", "--data", path(&data)]).starts_with("rebuilt"));
}

#[actix_web::test]
async fn a_wrong_index_is_found_by_the_check_and_mended_by_one_command() {
    let (_folder, data) = demo_data().await;
    succeeds(&["check", "--data", path(&data)]);
    let db = sled::open(data.join("index")).unwrap();
    let (key, value) = db.scan_prefix(b"submission\0").next().unwrap().unwrap();
    let mut wrong = value.to_vec();
    let last = wrong.len() - 3;
    wrong[last] ^= 1;
    db.insert(key, wrong).unwrap();
    db.remove(db.scan_prefix(b"respondent\0").next().unwrap().unwrap().0)
        .unwrap();
    db.flush().unwrap();
    drop(db);
    let words = fails(&["check", "--data", path(&data)]);
    assert!(words.contains("not what the journal says"), "{words}");
    assert!(words.contains("the index lacks it"), "{words}");
    let json = fails(&["check", "--json", "--data", path(&data)]);
    let checked: Value = serde_json::from_str(&json).unwrap();
    assert!(
        checked["findings"]
            .as_array()
            .unwrap()
            .iter()
            .any(|one| one["kind"] == "index")
    );
    succeeds(&["rebuild", "--data", path(&data)]);
    let words = succeeds(&["check", "--data", path(&data)]);
    assert!(words.contains("everything fits together"), "{words}");
}

#[actix_web::test]
async fn everything_is_exported_a_document_a_line_and_the_event_says_so() {
    let (folder, data) = demo_data().await;
    let kinds = Store::open(&data).unwrap().kinds().unwrap();
    let out = folder.path().join("all.jsonl");
    succeeds(&[
        "export",
        "--everything",
        "--out",
        path(&out),
        "--data",
        path(&data),
    ]);
    let text = fs::read_to_string(&out).unwrap();
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    for (line, text) in lines.iter().zip(text.lines()) {
        let (body, _) = text.rsplit_once(",\"sum\":\"").unwrap();
        assert_eq!(line["sum"], sha256(body));
    }
    for (table, kind) in &kinds {
        let found = lines
            .iter()
            .filter(|line| line["table"] == table.as_str())
            .count() as u64;
        let more = u64::from(table == "event");
        assert_eq!(found, kind.count + more, "{table}");
    }
    let end = &lines[lines.len() - 1]["end"]["documents"];
    assert_eq!(end["submission"], kinds["submission"].count);
    assert!(
        lines
            .iter()
            .any(|line| line["doc"]["deed"] == "everything_exported")
    );
}

#[actix_web::test]
async fn what_does_not_fit_together_is_found_and_shown_to_the_secretariat_and_the_monitor() {
    let server = Server::demo().await;
    let first = integrity::check_and_note(&server.app).unwrap();
    assert_eq!(first.findings, [], "the demo fits together");
    assert!(first.documents["submission"] > 0);
    let secretary = server.secretary().await;
    let page = secretary.get("/sekretariat/status").await;
    assert!(
        page.words().contains("Alt passer sammen."),
        "{}",
        page.words()
    );
    assert!(page.words().contains("ligger læsbart på serverens disk"));
    let health = server.visitor().get("/sundhed").await;
    assert_eq!(health.status.as_u16(), 200);
    assert!(health.text().contains("encryption: off"));

    let sent = server.app.store.scan::<Submission>("").unwrap().remove(0);
    let mut forged = sent.doc.clone();
    forged.sha256 = "0".repeat(64);
    let mut stray = sent.doc.clone();
    stray.respondent = "nobody".into();
    let commit = Commit::new(server.app.now()).put(&forged).put(&stray);
    server.app.store.commit(commit).unwrap();
    let found = integrity::check_and_note(&server.app).unwrap();
    let told: Vec<_> = found.findings.iter().map(|one| one.what.as_str()).collect();
    assert!(
        told.iter()
            .any(|what| what.contains("not those of its receipt")),
        "{told:?}"
    );
    assert!(
        told.iter()
            .any(|what| what.contains("nobody, who is not there")),
        "{told:?}"
    );
    let page = secretary.get("/sekretariat/status").await;
    assert!(page.words().contains("2 fejl fundet"), "{}", page.words());
    let health = server.visitor().get("/sundhed").await;
    assert_eq!(health.status.as_u16(), 503);
    assert!(
        health.text().contains("run samsvar check"),
        "{}",
        health.text()
    );
}

#[actix_web::test]
async fn a_clock_set_back_is_told_and_answers_are_stored_all_the_same() {
    let server = Server::demo().await;
    server.passes(chrono::TimeDelta::days(1));
    server.app.watch_clock();
    server.passes(chrono::TimeDelta::days(-1));
    server.app.watch_clock();
    let health = server.visitor().get("/sundhed").await;
    assert_eq!(health.status.as_u16(), 200);
    assert!(
        health.text().contains("was set back by 14"),
        "{}",
        health.text()
    );
    let secretary = server.secretary().await;
    let page = secretary.get("/sekretariat/status").await;
    assert!(
        page.words().contains("Uret går forkert"),
        "{}",
        page.words()
    );
    integrity::check_and_note(&server.app).unwrap();
    server.passes(chrono::TimeDelta::days(1));
    let page = secretary.get("/sekretariat/status").await;
    assert!(
        !page.words().contains("Uret går forkert"),
        "{}",
        page.words()
    );
}

#[actix_web::test]
async fn the_last_backup_and_its_proof_are_shown_and_an_old_one_is_warned_about() {
    let server = Server::empty().await;
    let data = path(&server.app.config.data).to_owned();
    control::listen(&server.app).unwrap();
    let looks = async |words: &str, line: &str| {
        let secretary = server.secretary().await;
        let page = secretary.get("/sekretariat/status").await;
        assert!(page.words().contains(words), "{}", page.words());
        let health = server.visitor().get("/sundhed").await;
        assert_eq!(health.status.as_u16(), 200);
        assert!(health.text().contains(line), "{}", health.text());
    };
    looks("Der er ikke taget nogen", "backup: none yet, none proven\n").await;

    let folder = TempDir::new().unwrap();
    let first = folder.path().join("first.jsonl");
    let words = succeeds(&["backup", path(&first), "--data", &data]);
    assert!(!words.contains("does not know"), "{words}");
    looks("Ingen af dem er prøvet.", ", none proven\n").await;
    let words = succeeds(&["restore", "--prove", path(&first), "--data", &data]);
    assert!(words.contains("noted for the status page"), "{words}");
    looks("Den er prøvet", ", proven\n").await;

    let second = folder.path().join("second.jsonl");
    succeeds(&["backup", path(&second), "--data", &data]);
    looks(
        "Den er ikke prøvet. Den seneste prøvede er fra",
        ", the last proven one made",
    )
    .await;

    // A backup of another directory proves nothing here.
    let (other, elsewhere) = demo_data().await;
    let strange = other.path().join("strange.jsonl");
    succeeds(&["backup", path(&strange), "--data", path(&elsewhere)]);
    let words = succeeds(&["restore", "--prove", path(&strange), "--data", &data]);
    assert!(words.contains("not one of the last backups"), "{words}");
    looks(
        "Den er ikke prøvet. Den seneste prøvede er fra",
        ", the last proven one made",
    )
    .await;

    let health = server.visitor().get("/sundhed").await;
    assert!(health.text().starts_with("ok\n"), "{}", health.text());
    server.passes(chrono::TimeDelta::hours(49));
    looks("Det er for længe siden.", "WARNING: older than 48 hours").await;
    let health = server.visitor().get("/sundhed").await;
    assert!(health.text().starts_with("ok, but no recent backup\n"));

    let deeds: Vec<Deed> = (server.app.store.scan::<Event>("").unwrap().into_iter())
        .map(|stored| stored.doc.deed)
        .collect();
    let count = |deed: &Deed| deeds.iter().filter(|found| *found == deed).count();
    assert_eq!(
        (count(&Deed::BackupMade), count(&Deed::BackupProven)),
        (2, 1)
    );
}

#[actix_web::test]
async fn a_backup_at_rest_is_noted_and_one_by_another_version_leaves_the_directory_as_it_was() {
    let (folder, data) = demo_data().await;
    let noted = || {
        let store = Store::open(&data).unwrap();
        let list = store.get::<BackupList>("list").unwrap();
        list.map_or(0, |stored| stored.doc.backups.len())
    };
    // The restored directory knows of no backup: the one that it came from was written before it was noted.
    assert_eq!(noted(), 0);
    let backup = folder.path().join("b.jsonl");
    succeeds(&["backup", path(&backup), "--data", path(&data)]);
    assert_eq!(noted(), 1);
    let prove = ["restore", "--prove", path(&backup), "--data", path(&data)];
    succeeds(&prove);
    let store = Store::open(&data).unwrap();
    let list = store.get::<BackupList>("list").unwrap().unwrap().doc;
    assert!(list.backups[0].proven.is_some());
    drop(store);
    fs::write(data.join("program.json"), r#"{"program":"0.0.9"}"#).unwrap();
    let before = fs::read(data.join("journal/000001.jsonl")).unwrap();
    let old = folder.path().join("old.jsonl");
    let words = succeeds(&["backup", path(&old), "--data", path(&data)]);
    assert!(words.contains("last used by another version"), "{words}");
    assert_eq!(fs::read(data.join("journal/000001.jsonl")).unwrap(), before);
}
