//! A page turn and a live condition as the server does them: from the posted page to the next one, the durable commit included.
#![allow(clippy::unwrap_used, clippy::panic)]
use std::cell::Cell;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::rt::System;
use actix_web::test::{TestRequest, init_service, read_body};
use actix_web::{App as Web, web::Data};
use criterion::{BenchmarkId, Criterion};
use samsvar::app::{App, Mode};
use samsvar::config::Settings;
use samsvar::store::Commit;
use samsvar::{actions, server, web};
use samsvar_core::access::{Link, Token};
use samsvar_core::answers::Draft;
use samsvar_core::campaigns::{Campaign, Respondent};
use serde_json::{Value, json};

const SECTION: &str = "/svar/r.bench/afsnit/s0";

/// The two requests on answers to forms of so many questions, all answered; each writes another text than the one before.
pub fn turns(criterion: &mut Criterion) {
    let system = System::new();
    for questions in [30, 100, 300, 1_000] {
        let dir = tempfile::tempdir().unwrap();
        let app = open(dir.path(), questions);
        let token = actions::new_token().unwrap();
        fill(&app, &token);
        let form = app.forms.get("bench").unwrap();
        let drafts = ["en", "to"].map(|text| {
            let pairs = [("f/s0/q2".to_owned(), text.to_owned())];
            form.read_post(None, &pairs, &super::answered(&form))
        });
        let routes = Web::new()
            .app_data(Data::from(Arc::clone(&app)))
            .wrap(web::headers())
            .configure(web::routes);
        let service = system.block_on(init_service(routes));
        let cookie = format!("samsvar_svar={}", token.reveal());
        let post = |from: &Draft, text: &str, button: &str| {
            let base = serde_json::to_string(from).unwrap();
            let fields = [("base", base.as_str()), ("f/s0/q2", text), ("do", button)];
            let request = TestRequest::post()
                .uri(SECTION)
                .insert_header(("cookie", cookie.as_str()))
                .insert_header(("samsvar-side", "1"))
                .set_form(fields);
            system.block_on(async { page_of(service.call(request.to_request()).await).await })
        };
        // The whole answer, before anything is measured.
        let pairs = serde_json::to_string(drafts.last().unwrap()).unwrap();
        seed(&app, &pairs);
        let at = Cell::new(0);
        let mut bench = |name: &str, button: &str, next: &str| {
            criterion.bench_with_input(BenchmarkId::new(name, questions), &questions, |b, _| {
                b.iter(|| {
                    let (from, text) = if at.get() == 0 { (1, "en") } else { (0, "to") };
                    at.set(1 - at.get());
                    let page = post(drafts.get(from).unwrap(), text, button);
                    assert!(page.contains(next), "{page}");
                });
            });
        };
        bench("turn", "next", "name=\"f/s10/q12\"");
        bench("live", "auto", "name=\"f/s0/q2\"");
    }
}

async fn page_of(
    answer: Result<ServiceResponse<impl actix_web::body::MessageBody>, actix_web::Error>,
) -> String {
    let answer = answer.unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(answer.status(), StatusCode::OK);
    String::from_utf8(read_body(answer).await.to_vec()).unwrap()
}

fn open(dir: &Path, questions: usize) -> Arc<App> {
    let folder = dir.join("forms/bench");
    fs::create_dir_all(&folder).unwrap();
    let source = super::source(questions);
    fs::write(folder.join("form.json"), source.schema).unwrap();
    fs::write(folder.join("ui.json"), source.ui.unwrap_or_default()).unwrap();
    let mut settings = Settings::default();
    settings.set("data", dir.join("data").to_string_lossy());
    settings.set("forms", dir.join("forms").to_string_lossy());
    let config = settings.check().unwrap_or_else(|_| panic!("the settings"));
    server::open(config, Mode::Serve).unwrap_or_else(|e| panic!("{e}"))
}

/// A collection with one respondent, and the link.
fn fill(app: &App, token: &Token) {
    let campaign: Campaign = document(json!({
        "id": "bench", "title": "Stor", "region": "Region",
        "sender": {"name": "A", "address": "a@example.dk"},
        "window": {"opens": "2020-01-01T00:00:00Z", "deadline": "2999-12-01T00:00:00Z"},
        "privacy_notice": "x", "audiences": [{"group": "kommune", "form": form_ref(app)}],
        "invitation": {"subject": "x", "body": "{link}"}, "created": "2020-01-01T00:00:00Z"
    }));
    let respondent: Respondent = document(json!({
        "id": "r", "campaign": "bench", "group": "kommune", "organisation": "Kommune", "department": "",
        "contacts": [{"name": "A", "address": "a@example.dk", "phone": ""}],
        "progress": {}
    }));
    let link: Link = document(json!({
        "token_hash": token.hash(), "campaign": "bench", "respondent": "r", "contact": 0,
        "created": "2020-01-01T00:00:00Z"
    }));
    let commit = Commit::new(app.now())
        .put_new(&campaign)
        .put_new(&respondent)
        .put_new(&link);
    app.store.commit(commit).unwrap();
}

fn seed(app: &App, draft: &str) {
    let draft: Value = serde_json::from_str(draft).unwrap();
    let doc: actions::DraftDoc = document(json!({
        "campaign": "bench", "respondent": "r", "form": form_ref(app), "draft": draft,
        "saved": "2020-01-02T00:00:00Z", "contact": 0, "touched": {}
    }));
    app.store
        .commit(Commit::new(app.now()).put_new(&doc))
        .unwrap();
}

fn form_ref(app: &App) -> Value {
    let form = app.forms.get("bench").unwrap();
    json!({"id": "bench", "version": form.version()})
}

fn document<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap_or_else(|e| panic!("{e}"))
}
