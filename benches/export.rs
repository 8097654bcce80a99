//! Raw answers to XLSX and CSV in one run: how long it takes and how much memory it needs.
//!
//! `SAMSVAR_EXPORT_ROWS=132229 cargo bench --bench export` is the run that the README tells of; without the
//! variable 5,000 answers are written.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout
)]
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use samsvar::actions::exporting::{RawFormat, export};
use samsvar::app::{App, Mode};
use samsvar::config::Settings;
use samsvar::server;
use samsvar::store::Commit;
use samsvar_core::campaigns::{Campaign, Respondent, Submission};
use samsvar_core::events::Actor;
use serde_json::{Map, Value, json};

const CAMPAIGN: &str = "stor";
const SECTIONS: usize = 10;
const QUESTIONS: usize = 51;
/// Documents of one commit.
const TOGETHER: usize = 100;

fn main() {
    if let Some(dir) = std::env::var_os("SAMSVAR_EXPORT_DIR") {
        return write(Path::new(&dir));
    }
    let rows = std::env::var("SAMSVAR_EXPORT_ROWS").map_or(5_000, |n| n.parse().expect("a number"));
    let dir = tempfile::tempdir().unwrap();
    let started = Instant::now();
    fill(dir.path(), rows);
    println!(
        "{rows} answers stored in {:.0} s",
        started.elapsed().as_secs_f64()
    );
    // A process of its own, so that its peak is that of the export.
    let done = Command::new(std::env::current_exe().unwrap())
        .env("SAMSVAR_EXPORT_DIR", dir.path())
        .status()
        .unwrap();
    assert!(done.success());
}

fn write(dir: &Path) {
    let app = open(dir);
    for format in [RawFormat::Xlsx, RawFormat::Csv] {
        let started = Instant::now();
        let file = dir.join("export");
        let ready = export(&app, CAMPAIGN, None, format, Actor::Operator)
            .unwrap()
            .unwrap();
        let out = BufWriter::new(File::create(&file).unwrap());
        ready.write(out, &mut |_, _| {}).unwrap();
        println!(
            "{format:?}: {:.0} s, {} MB, {}",
            started.elapsed().as_secs_f64(),
            file.metadata().unwrap().len() >> 20,
            peak()
        );
    }
}

/// The most memory that this process ever had.
fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|l| l.starts_with("VmHWM"));
    line.unwrap_or("VmHWM unknown").to_owned()
}

fn open(dir: &Path) -> Arc<App> {
    let mut settings = Settings::default();
    settings.set("data", dir.join("data").to_string_lossy());
    settings.set("forms", dir.join("forms").to_string_lossy());
    let config = settings.check().unwrap_or_else(|_| panic!("the settings"));
    server::open(config, Mode::Serve).unwrap_or_else(|e| panic!("{e}"))
}

fn fill(dir: &Path, rows: usize) {
    let form = dir.join("forms/stor");
    std::fs::create_dir_all(&form).unwrap();
    std::fs::write(form.join("form.json"), schema().to_string()).unwrap();
    let app = open(dir);
    let version = app
        .forms
        .get("stor")
        .expect("the form")
        .version()
        .to_owned();
    let form = json!({"id": "stor", "version": version});
    let campaign: Campaign = serde_json::from_value(json!({
        "id": CAMPAIGN, "title": "Stor", "region": "Region",
        "sender": {"name": "A", "address": "a@example.dk"},
        "window": {"opens": "2026-01-01T00:00:00Z", "deadline": "2026-12-01T00:00:00Z"},
        "privacy_notice": "x", "audiences": [{"group": "kommune", "form": form}],
        "invitation": {"subject": "x", "body": "{link}"}, "created": "2026-01-01T00:00:00Z"
    }))
    .unwrap();
    app.store
        .commit(Commit::new(app.now()).put_new(&campaign))
        .unwrap();
    for first in (0..rows).step_by(TOGETHER) {
        let mut commit = Commit::new(app.now());
        for row in first..rows.min(first + TOGETHER) {
            commit = commit
                .put_new(&respondent(row))
                .put_new(&submission(row, &form));
        }
        app.store.commit(commit).unwrap();
    }
}

fn schema() -> Value {
    let question = |n: usize| match n % 5 {
        4 => json!({"type": "string", "title": format!("Spørgsmål {n}")}),
        _ => json!({"type": "integer", "title": format!("Spørgsmål {n}")}),
    };
    let section = |s: usize| {
        let questions: Map<String, Value> = (0..QUESTIONS)
            .map(|n| (format!("q{n}"), question(n)))
            .collect();
        json!({"type": "object", "title": format!("Afsnit {s}"), "properties": questions})
    };
    let sections: Map<String, Value> = (0..SECTIONS)
        .map(|s| (format!("s{s}"), section(s)))
        .collect();
    json!({"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "title": "Stor", "properties": sections})
}

fn answers(row: usize) -> Value {
    let answer = |n: usize| match n % 5 {
        4 => json!(format!("Svar {row} på {n}, æøå")),
        _ => json!((row * 31 + n * 7) % 10_000),
    };
    let section = || -> Map<String, Value> {
        (0..QUESTIONS)
            .map(|n| (format!("q{n}"), answer(n)))
            .collect()
    };
    let all: Map<String, Value> = (0..SECTIONS)
        .map(|s| (format!("s{s}"), section().into()))
        .collect();
    all.into()
}

fn respondent(row: usize) -> Respondent {
    serde_json::from_value(json!({
        "id": format!("r{row:06}"), "campaign": CAMPAIGN, "group": "kommune",
        "organisation": format!("Tilbud {row:06}"), "department": "", "contacts": [],
        "progress": {"submitted": "2026-02-01T00:00:00Z", "submissions": 1}
    }))
    .unwrap()
}

fn submission(row: usize, form: &Value) -> Submission {
    serde_json::from_value(json!({
        "campaign": CAMPAIGN, "respondent": format!("r{row:06}"), "number": 1, "form": form,
        "answers": answers(row), "at": "2026-02-01T00:00:00Z", "by": {"link": {"contact": 0}},
        "sign_off": {"name": "", "title": ""}, "sha256": "0"
    }))
    .unwrap()
}
