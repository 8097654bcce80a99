//! Who may come in, and what is left behind of the secrets that they come in with.
use actix_web::http::{StatusCode, header};
use actix_web::test::TestRequest;
use chrono::TimeDelta;
use samsvar::actions::staff;
use samsvar::demo::EATING;
use samsvar_core::access::{IDLE_MINUTES, SESSION_HOURS, SIGN_IN_MINUTES};

use crate::people::{SECRETARY, Server, Visitor};
use crate::refusals::is_a_whole_danish_page;
use crate::rights::{ask, filled};

const SKIVE: &str = "social@skive.example.dk";

/// What an address asks of its visitor; `rights.rs` says what each door gives to whom.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Door {
    Anybody,
    Answerer,
    /// The manager who was asked; a link of their own, which `hands.rs` tries.
    Approver,
    SignedIn,
    Secretary,
    Administrator,
    /// Of the address's campaign.
    Follower,
    /// Of the address's campaign.
    ResultsReader,
    DemoOnly,
}
use Door::{
    Administrator, Answerer, Anybody, Approver, DemoOnly, Follower, ResultsReader, Secretary,
    SignedIn,
};

/// What stands for the variables of addresses; answers are Skive's.
pub const VARIABLES: &[(&str, &str)] = &[
    ("{campaign}", EATING),
    (
        "{answer}",
        "skive-kommune-social-og-sundhed.central-udmelding-svaere-spiseforstyrrelser",
    ),
    ("{section}", "children"),
    ("{number}", "1"),
    ("{handover}", "x"),
    ("{respondent}", "favrskov-kommune-social-og-sundhed"),
    (
        "{hash}",
        "0000000000000000000000000000000000000000000000000000000000000000",
    ),
    ("{group}", "kommune"),
    ("{format}", "csv"),
    ("{file}", "attest.html"),
    ("{step}", "periode"),
    ("{form}", "fokuskommune-tilmelding"),
    ("{language}", "en"),
    ("{letter}", "x"),
    ("{place}", "0"),
    ("{mail}", "x"),
    ("{token}", "x"),
    ("{export}", "x"),
];

/// Every address; a new one is listed here with its door, or a claim in `rights.rs` fails.
pub const ROUTES: &[(&str, &str, Door)] = &[
    ("GET", "/", Anybody),
    ("GET", "/om", Anybody),
    ("GET", "/sprog/{language}", Anybody),
    ("GET", "/was", Anybody),
    ("GET", "/statisk/{file:.*}", Anybody),
    ("GET", "/sundhed", Anybody),
    ("GET", "/l/{token}", Anybody),
    ("GET", "/l/{token}/ikke-mig", Anybody),
    ("GET", "/svar/{answer}/ikke-mig", Answerer),
    ("POST", "/svar/{answer}/ikke-mig", Answerer),
    ("GET", "/svar/{answer}", Answerer),
    ("GET", "/svar/{answer}/sprog/{language}", Anybody),
    ("GET", "/svar/{answer}/afsnit/{section}", Answerer),
    ("POST", "/svar/{answer}/afsnit/{section}", Answerer),
    ("GET", "/svar/{answer}/beskeder", Answerer),
    ("POST", "/svar/{answer}/beskeder", Answerer),
    ("POST", "/svar/{answer}/bekraeft/{number}", Answerer),
    ("GET", "/svar/{answer}/gennemse", Answerer),
    ("POST", "/svar/{answer}/indsend", Answerer),
    ("GET", "/svar/{answer}/kvittering/{number}", Answerer),
    (
        "GET",
        "/svar/{answer}/kvittering/{number}/kopi.html",
        Answerer,
    ),
    (
        "GET",
        "/svar/{answer}/kvittering/{number}/kopi.json",
        Answerer,
    ),
    (
        "GET",
        "/svar/{answer}/kvittering/{number}/kopi.pdf",
        Answerer,
    ),
    (
        "GET",
        "/svar/{answer}/kvittering/{number}/kopi.docx",
        Answerer,
    ),
    (
        "GET",
        "/svar/{answer}/kvittering/{number}/kopi.xlsx",
        Answerer,
    ),
    ("GET", "/svar/{answer}/hjaelp", Answerer),
    ("POST", "/svar/{answer}/hjaelp", Answerer),
    (
        "POST",
        "/svar/{answer}/hjaelp/{handover}/traek-tilbage",
        Answerer,
    ),
    ("POST", "/svar/{answer}/faerdig", Answerer),
    ("GET", "/svar/{answer}/historik", Answerer),
    ("GET", "/svar/{answer}/genaabn", Answerer),
    ("POST", "/svar/{answer}/genaabn", Answerer),
    ("POST", "/svar/{answer}/godkendelse", Answerer),
    ("POST", "/svar/{answer}/godkendelse/traek-tilbage", Answerer),
    ("GET", "/svar/{answer}/godkend", Approver),
    ("POST", "/svar/{answer}/godkend", Approver),
    (
        "GET",
        "/sekretariat/indsamlinger/{campaign}/svar/{respondent}/indtast",
        Secretary,
    ),
    (
        "POST",
        "/sekretariat/indsamlinger/{campaign}/svar/{respondent}/indtast",
        Secretary,
    ),
    ("GET", "/log-ind", Anybody),
    ("POST", "/log-ind", Anybody),
    ("GET", "/log-ind/{token}", Anybody),
    ("POST", "/log-ind/{token}", Anybody),
    ("POST", "/log-ud", Anybody),
    ("GET", "/sekretariat", SignedIn),
    ("GET", "/sekretariat/status", Secretary),
    ("GET", "/sekretariat/eksport/{export}", Secretary),
    ("GET", "/sekretariat/mig", SignedIn),
    ("POST", "/sekretariat/mig/log-ud", SignedIn),
    ("GET", "/sekretariat/mig/kode", SignedIn),
    ("POST", "/sekretariat/mig/kode", SignedIn),
    ("POST", "/sekretariat/personer/nulstil-kode", Administrator),
    ("GET", "/sekretariat/personer", Administrator),
    ("POST", "/sekretariat/personer", Administrator),
    ("POST", "/sekretariat/personer/fjern", Administrator),
    ("GET", "/sekretariat/indsamlinger/ny", Secretary),
    ("POST", "/sekretariat/indsamlinger/ny", Secretary),
    ("GET", "/sekretariat/skemaer/{form}", Secretary),
    (
        "GET",
        "/sekretariat/indsamlinger/{campaign}/oversigt",
        Secretary,
    ),
    (
        "GET",
        "/sekretariat/indsamlinger/{campaign}/sporgsmaal",
        Secretary,
    ),
    (
        "POST",
        "/sekretariat/indsamlinger/{campaign}/sporgsmaal",
        Secretary,
    ),
    (
        "GET",
        "/sekretariat/indsamlinger/{campaign}/naevnte",
        Secretary,
    ),
    (
        "POST",
        "/sekretariat/indsamlinger/{campaign}/naevnte",
        Secretary,
    ),
    (
        "GET",
        "/sekretariat/indsamlinger/{campaign}/udvaelgelse",
        Secretary,
    ),
    (
        "POST",
        "/sekretariat/indsamlinger/{campaign}/udvaelgelse",
        Secretary,
    ),
    (
        "GET",
        "/sekretariat/indsamlinger/{campaign}/udvaelgelse/breve",
        Secretary,
    ),
    (
        "POST",
        "/sekretariat/indsamlinger/{campaign}/udvaelgelse/breve",
        Secretary,
    ),
    (
        "GET",
        "/sekretariat/indsamlinger/{campaign}/udvaelgelse/liste",
        Secretary,
    ),
    (
        "GET",
        "/sekretariat/indsamlinger/{campaign}/udvaelgelse/tekster",
        Secretary,
    ),
    (
        "POST",
        "/sekretariat/indsamlinger/{campaign}/udvaelgelse/tekster",
        Secretary,
    ),
    (
        "GET",
        "/sekretariat/indsamlinger/{campaign}/svar/{respondent}/ret",
        Secretary,
    ),
    (
        "POST",
        "/sekretariat/indsamlinger/{campaign}/svar/{respondent}/ret",
        Secretary,
    ),
    (
        "GET",
        "/sekretariat/indsamlinger/{campaign}/paamindelse",
        Secretary,
    ),
    (
        "POST",
        "/sekretariat/indsamlinger/{campaign}/paamindelse",
        Secretary,
    ),
    (
        "GET",
        "/sekretariat/indsamlinger/{campaign}/svarende/{respondent}",
        Secretary,
    ),
    (
        "POST",
        "/sekretariat/indsamlinger/{campaign}/svarende/{respondent}",
        Secretary,
    ),
    (
        "POST",
        "/sekretariat/indsamlinger/{campaign}/kopi",
        Secretary,
    ),
    (
        "GET",
        "/sekretariat/indsamlinger/{campaign}/opsaetning/{step}",
        Secretary,
    ),
    (
        "POST",
        "/sekretariat/indsamlinger/{campaign}/opsaetning/{step}",
        Secretary,
    ),
    (
        "GET",
        "/sekretariat/indsamlinger/{campaign}/modtagere/{respondent}",
        Secretary,
    ),
    (
        "POST",
        "/sekretariat/indsamlinger/{campaign}/modtagere/{respondent}",
        Secretary,
    ),
    ("GET", "/sekretariat/indsamlinger/{campaign}", Secretary),
    (
        "GET",
        "/sekretariat/indsamlinger/{campaign}/svar/{respondent}",
        Secretary,
    ),
    (
        "GET",
        "/sekretariat/indsamlinger/{campaign}/svar/{respondent}/bilag/{hash}",
        Secretary,
    ),
    (
        "GET",
        "/sekretariat/indsamlinger/{campaign}/svar/{respondent}/svar.xlsx",
        Secretary,
    ),
    (
        "GET",
        "/sekretariat/indsamlinger/{campaign}/breve",
        Secretary,
    ),
    (
        "GET",
        "/sekretariat/indsamlinger/{campaign}/breve/{respondent}",
        Secretary,
    ),
    (
        "POST",
        "/sekretariat/indsamlinger/{campaign}/breve/{respondent}",
        Secretary,
    ),
    (
        "GET",
        "/sekretariat/indsamlinger/{campaign}/breve/{respondent}/mail/{mail}",
        Secretary,
    ),
    (
        "GET",
        "/sekretariat/indsamlinger/{campaign}/kendte-svar",
        Secretary,
    ),
    (
        "POST",
        "/sekretariat/indsamlinger/{campaign}/kendte-svar",
        Secretary,
    ),
    (
        "GET",
        "/sekretariat/indsamlinger/{campaign}/historik",
        Secretary,
    ),
    (
        "GET",
        "/sekretariat/indsamlinger/{campaign}/historik.jsonl",
        Secretary,
    ),
    (
        "GET",
        "/sekretariat/indsamlinger/{campaign}/opbevaring",
        Secretary,
    ),
    (
        "POST",
        "/sekretariat/indsamlinger/{campaign}/opbevaring",
        Secretary,
    ),
    (
        "POST",
        "/sekretariat/indsamlinger/{campaign}/opbevaring/slet",
        Secretary,
    ),
    (
        "GET",
        "/sekretariat/indsamlinger/{campaign}/opbevaring/{respondent}",
        Secretary,
    ),
    (
        "POST",
        "/sekretariat/indsamlinger/{campaign}/opbevaring/{respondent}",
        Secretary,
    ),
    (
        "GET",
        "/sekretariat/indsamlinger/{campaign}/opbevaring/{respondent}/kontakt/{place}.json",
        Secretary,
    ),
    (
        "GET",
        "/sekretariat/indsamlinger/{campaign}/status",
        Follower,
    ),
    (
        "GET",
        "/sekretariat/indsamlinger/{campaign}/rapport",
        ResultsReader,
    ),
    (
        "GET",
        "/sekretariat/indsamlinger/{campaign}/rapport.{format}",
        ResultsReader,
    ),
    (
        "POST",
        "/sekretariat/indsamlinger/{campaign}/rapport/udgiv",
        Secretary,
    ),
    (
        "POST",
        "/sekretariat/indsamlinger/{campaign}/rapport/valg",
        Secretary,
    ),
    (
        "GET",
        "/sekretariat/indsamlinger/{campaign}/rapport/tilpas",
        Secretary,
    ),
    (
        "POST",
        "/sekretariat/indsamlinger/{campaign}/rapport/tilpas",
        Secretary,
    ),
    (
        "GET",
        "/sekretariat/indsamlinger/{campaign}/udgaver/andetsteds",
        Secretary,
    ),
    (
        "POST",
        "/sekretariat/indsamlinger/{campaign}/udgaver/andetsteds",
        Secretary,
    ),
    (
        "GET",
        "/sekretariat/indsamlinger/{campaign}/udgaver/{number}",
        ResultsReader,
    ),
    (
        "POST",
        "/sekretariat/indsamlinger/{campaign}/udgaver/{number}/traek-tilbage",
        Secretary,
    ),
    (
        "GET",
        "/sekretariat/indsamlinger/{campaign}/udgaver/{number}/{file}",
        ResultsReader,
    ),
    (
        "GET",
        "/sekretariat/indsamlinger/{campaign}/fritekst",
        Secretary,
    ),
    (
        "POST",
        "/sekretariat/indsamlinger/{campaign}/fritekst",
        Secretary,
    ),
    ("GET", "/sekretariat/efterproev", Secretary),
    ("POST", "/sekretariat/efterproev", Secretary),
    (
        "GET",
        "/sekretariat/indsamlinger/{campaign}/data/{group}.{format}",
        Secretary,
    ),
    (
        "GET",
        "/sekretariat/indsamlinger/{campaign}/data.{format}",
        Secretary,
    ),
    ("GET", "/demo", DemoOnly),
    ("GET", "/demo/post", DemoOnly),
    ("GET", "/demo/post/{letter}", DemoOnly),
    ("GET", "/demo/sekretariat", DemoOnly),
    ("POST", "/demo/nulstil", DemoOnly),
];

#[actix_web::test]
async fn a_forged_link_is_not_found() {
    let server = Server::demo().await;
    let before = server.app.store.durable_seq();
    for token in [
        "0".repeat(32),
        "x".into(),
        "a%2F..%2F..".into(),
        "é".repeat(16),
    ] {
        let answer = server
            .visitor()
            .get(&format!("/l/{}", token.replace('é', "%C3%A9")))
            .await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{token}");
        assert_eq!(answer.all("h1"), ["Linket virker ikke"]);
        assert!(answer.words().contains("skriv til afsenderen"));
        is_a_whole_danish_page(&answer);
    }
    assert_eq!(server.app.store.durable_seq(), before);
}

#[actix_web::test]
async fn a_link_ends_sixty_days_after_the_deadline() {
    let server = Server::demo().await;
    let link = server.link_of(SKIVE);
    let (early, start) = server.opens_link_of(SKIVE).await;
    server.passes(TimeDelta::days(14 + 59));
    assert_eq!(early.get(&start.path).await.status, StatusCode::OK);
    server.passes(TimeDelta::days(3));
    let late = server.visitor().get(&link).await;
    assert_eq!(late.status, StatusCode::GONE);
    assert_eq!(late.all("h1"), ["Linket er udløbet"]);
    is_a_whole_danish_page(&late);
    assert_eq!(early.get(&start.path).await.status, StatusCode::GONE);
}

#[actix_web::test]
async fn a_links_cookie_is_out_of_reach_of_scripts_and_bound_to_its_answer() {
    let server = Server::demo().await;
    let answer = server.visitor().get(&server.link_of(SKIVE)).await;
    let cookie = answer.headers.get(header::SET_COOKIE).unwrap();
    let cookie = cookie.to_str().unwrap();
    for attribute in ["HttpOnly", "SameSite=Lax"] {
        assert!(cookie.split("; ").any(|a| a == attribute), "{cookie}");
    }
    let path = cookie.split("; ").find_map(|a| a.strip_prefix("Path="));
    assert_eq!(path, Some(answer.location().as_str()));
    assert!(!answer.location().contains(&server.link_of(SKIVE)[3..]));
}

#[actix_web::test]
async fn no_token_is_kept_anywhere_but_in_the_letter() {
    let server = Server::demo().await;
    let (answerer, start) = server.opens_link_of(SKIVE).await;
    let page = answerer
        .get(&format!("{}/afsnit/children", start.path))
        .await;
    answerer.presses(&page, &[], "Gem").await;
    let asks = server.visitor();
    let door = asks.get("/log-ind").await;
    asks.presses(
        &door,
        &[("mail", "sekretariat@example.dk")],
        "Send mig et link",
    )
    .await;
    server.send_mail();
    let sign_in = server.link_of("sekretariat@example.dk");
    let confirm = asks.get(&sign_in).await;
    let entered = asks.presses(&confirm, &[], "Log ind").await;
    assert_eq!(entered.status, StatusCode::SEE_OTHER);

    let link = server.link_of(SKIVE)["/l/".len()..].to_owned();
    let mut secrets = vec![link.clone(), sign_in["/log-ind/".len()..].to_owned()];
    secrets.extend(answerer.secrets());
    secrets.extend(asks.secrets());
    assert!(secrets.len() >= 5, "link, sign-in link, three cookies");
    let files = server.data_files();
    let holds = |bytes: &[u8], text: &str| bytes.windows(text.len()).any(|w| w == text.as_bytes());
    let outbox = |name: &str| name.starts_with("outbox/");
    assert!(files.iter().any(|(n, b)| outbox(n) && holds(b, &link)));
    assert!(files.iter().any(|(n, _)| n.starts_with("journal/")));
    for (name, bytes) in files.iter().filter(|(name, _)| !outbox(name)) {
        for secret in &secrets {
            assert!(!holds(bytes, secret), "a secret stands in {name}");
        }
    }
}

#[actix_web::test]
async fn a_sign_in_link_works_once() {
    let server = Server::empty().await;
    let (visitor, link) = asked_for_link(&server).await;
    let door = visitor.get(&link).await;
    assert_eq!(
        visitor.get("/sekretariat").await.status,
        StatusCode::UNAUTHORIZED
    );
    let entered = visitor.presses(&door, &[], "Log ind").await;
    assert_eq!(entered.location(), "/sekretariat");
    assert_eq!(visitor.get("/sekretariat").await.status, StatusCode::OK);
    let again = visitor.presses(&door, &[], "Log ind").await;
    assert_eq!(again.status, StatusCode::FORBIDDEN);
    assert!(again.words().contains("Linket er brugt eller for gammelt"));
}

#[actix_web::test]
async fn a_sign_in_link_works_only_in_the_browser_that_asked() {
    let server = Server::empty().await;
    let (visitor, link) = asked_for_link(&server).await;
    let thief = server.visitor();
    let door = thief.get(&link).await;
    let refused = thief.presses(&door, &[], "Log ind").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(refused.words().contains("kun i den browser"));
    assert_eq!(
        thief.get("/sekretariat").await.status,
        StatusCode::UNAUTHORIZED
    );
    let entered = visitor.presses(&door, &[], "Log ind").await;
    assert_eq!(
        entered.status,
        StatusCode::SEE_OTHER,
        "the link is not used up"
    );
}

#[actix_web::test]
async fn a_sign_in_link_is_too_old_after_half_an_hour() {
    let server = Server::empty().await;
    let (visitor, link) = asked_for_link(&server).await;
    server.passes(TimeDelta::minutes(SIGN_IN_MINUTES));
    let door = visitor.get(&link).await;
    let late = visitor.presses(&door, &[], "Log ind").await;
    assert_eq!(late.status, StatusCode::FORBIDDEN);
    assert_eq!(
        visitor.get("/sekretariat").await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[actix_web::test]
async fn nobody_can_tell_from_the_page_who_is_listed() {
    let server = Server::empty().await;
    let visitor = server.visitor();
    let ask = visitor.get("/log-ind").await;
    let listed = visitor
        .presses(&ask, &[("mail", SECRETARY)], "Send mig et link")
        .await;
    let other = [("mail", "fremmed@example.dk")];
    let unlisted = visitor.presses(&ask, &other, "Send mig et link").await;
    assert_eq!(listed.status, unlisted.status);
    assert_eq!(listed.text(), unlisted.text());
    assert_eq!(server.send_mail().sent, 1);
    let to: Vec<String> = server.mails().into_iter().map(|m| m.to).collect();
    assert!(to.len() == 1 && to[0].contains(SECRETARY), "{to:?}");
}

#[actix_web::test]
async fn a_session_ends_after_ten_hours_however_much_it_is_used() {
    let server = Server::empty().await;
    let secretary = server.secretary().await;
    let step = TimeDelta::minutes(IDLE_MINUTES - 1);
    let mut passed = step;
    while passed < TimeDelta::hours(SESSION_HOURS) {
        server.passes(step);
        assert_eq!(secretary.get("/sekretariat").await.status, StatusCode::OK);
        server.note_is_made().await;
        passed += step;
    }
    server.passes(step);
    assert_eq!(
        secretary.get("/sekretariat").await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[actix_web::test]
async fn a_session_that_nobody_uses_ends_after_three_hours() {
    let server = Server::empty().await;
    let secretary = server.secretary().await;
    server.passes(TimeDelta::minutes(IDLE_MINUTES));
    assert_eq!(
        secretary.get("/sekretariat").await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[actix_web::test]
async fn signing_out_everywhere_ends_ones_other_sessions_and_nobody_elses() {
    let server = Server::demo().await;
    let (here, there) = (server.secretary().await, server.secretary().await);
    let other = staff::add(&server.app, "Anden", "anden@example.dk").unwrap();
    let other = staff::sign_in_at_once(&server.app, &other.unwrap().address).unwrap();
    let colleague = server.visitor();
    colleague.takes_cookie("samsvar_sekretariat", other.reveal());
    let own = here.get("/sekretariat/mig").await;
    assert!(own.words().contains("logget ind i 2 browsere"));
    let left = here.presses(&own, &[], "Log ud alle steder").await;
    assert_eq!(left.location(), "/log-ind");
    for visitor in [&here, &there] {
        let answer = visitor.get("/sekretariat").await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(colleague.get("/sekretariat").await.status, StatusCode::OK);
}

#[actix_web::test]
async fn signing_out_ends_the_session_on_the_server() {
    let server = Server::empty().await;
    let secretary = server.secretary().await;
    let thief = server.secretary().await;
    let desk = secretary.get("/sekretariat").await;
    let kept = secretary.secrets();
    let left = secretary.presses(&desk, &[], "Log ud").await;
    assert_eq!(left.status, StatusCode::SEE_OTHER);
    let cookies: Vec<String> = kept
        .iter()
        .map(|t| format!("samsvar_sekretariat={t}"))
        .collect();
    for cookie in cookies {
        let stolen = TestRequest::get().insert_header((header::COOKIE, cookie));
        let answer = server.visitor().send(stolen, "/sekretariat").await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    }
    assert_eq!(
        thief.get("/sekretariat").await.status,
        StatusCode::OK,
        "other sessions stay"
    );
}

#[actix_web::test]
async fn the_demos_pages_are_not_there_in_a_real_server() {
    let server = Server::empty().await;
    for (method, path, _) in ROUTES.iter().filter(|(_, _, door)| *door == DemoOnly) {
        let answer = ask(&server.visitor(), method, &filled(path)).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{method} {path}");
    }
    let demo = Server::demo().await;
    assert_eq!(demo.visitor().get("/demo").await.status, StatusCode::OK);
}

#[actix_web::test]
async fn every_answer_carries_the_headers_that_keep_a_page_to_itself() {
    let server = Server::demo().await;
    for path in ["/", "/l/x", "/sekretariat", "/findes-ikke"] {
        let answer = server.visitor().get(path).await;
        let value = |name: &str| {
            answer
                .headers
                .get(name)
                .map(|v| v.to_str().unwrap().to_owned())
        };
        assert_eq!(
            value("cache-control").as_deref(),
            Some("no-store"),
            "{path}"
        );
        assert_eq!(value("x-content-type-options").as_deref(), Some("nosniff"));
        assert_eq!(value("x-frame-options").as_deref(), Some("DENY"));
        let policy = value("content-security-policy").unwrap();
        assert!(
            policy.contains("default-src 'none'") && !policy.contains("unsafe"),
            "{path}"
        );
    }
}

async fn asked_for_link(server: &Server) -> (Visitor, String) {
    let visitor = server.visitor();
    let ask = visitor.get("/log-ind").await;
    let sent = visitor
        .presses(&ask, &[("mail", SECRETARY)], "Send mig et link")
        .await;
    assert_eq!(sent.status, StatusCode::OK);
    server.send_mail();
    (visitor, server.link_of(SECRETARY))
}
