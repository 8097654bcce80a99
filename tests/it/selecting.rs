//! Selecting among those who signed up, as the secretariat does it: places, letters, two at once, and what follows.
use actix_web::http::StatusCode;
use chrono::TimeDelta;
use samsvar::actions::erasure::{Scope, erase};
use samsvar::actions::{campaigns, recipients};
use samsvar::demo::{EATING, FOCUS};
use samsvar::mail::{LetterKind, LetterState, letters_of};
use samsvar::store::{Commit, key};
use samsvar_core::campaigns::selection::{Notice, Place, Seat, Selection};
use samsvar_core::campaigns::{Campaign, Contact};
use samsvar_core::events::{Actor, Deed};

use crate::collection::step;
use crate::page::Page;
use crate::people::{Server, Visitor};
use crate::writer::{NEXT, THISTED};

const SAVE: &str = "Gem udvælgelsen";
const SEND: &str = "Send de valgte breve";
const PAGE: &str = "/sekretariat/indsamlinger/tilmelding-som-fokuskommune/udvaelgelse";
const BROENDERSLEV: &str = "broenderslev-kommune-social-og-sundhed";
const HJOERRING: &str = "hjoerring-kommune-social-og-sundhed";
const MARIAGERFJORD: &str = "mariagerfjord-kommune-social-og-sundhed";
const REBILD: &str = "rebild-kommune-social-og-sundhed";
const JAMMERBUGT: &str = "jammerbugt-kommune-social-og-sundhed";
const REGION: &str = "region-nordjylland-specialsektoren";
const LAESOE: &str = "laesoe-kommune-social-og-sundhed";
const MORSOE: &str = "morsoe-kommune-social-og-sundhed";
const THISTED_ID: &str = "thisted-kommune-social-og-sundhed";
const FIVE: [&str; 5] = [BROENDERSLEV, HJOERRING, MARIAGERFJORD, REBILD, JAMMERBUGT];

/// A seat's controls: `plads-…`, `nummer-…`, `grund-…`.
fn of(part: &str, id: &str) -> String {
    format!("{part}-{id}")
}

fn seat(server: &Server, id: &str) -> Option<Seat> {
    let found = server.app.store.get::<Seat>(&key([FOCUS, id])).unwrap();
    found.map(|s| s.doc)
}

fn place(server: &Server, id: &str) -> (Option<Place>, usize) {
    seat(server, id).map_or((None, 0), |seat| (seat.place, seat.order))
}

fn selection(server: &Server) -> Selection {
    let found = server.app.store.get::<Selection>(&key([FOCUS])).unwrap();
    found.expect("a selection").doc
}

/// The notices in the outbox: whom they are about, their key, and their state.
fn notices(server: &Server) -> Vec<(String, String, LetterState)> {
    let letters = letters_of(&server.app.store, Some(FOCUS)).unwrap();
    let mut found: Vec<_> = letters
        .into_iter()
        .filter_map(|s| match s.doc.kind {
            LetterKind::Other { about, key } if about == "notice" => {
                Some((s.doc.respondent.unwrap_or_default(), key, s.doc.state))
            }
            _ => None,
        })
        .collect();
    found.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
    found
}

fn deeds(server: &Server, respondent: Option<&str>) -> Vec<Deed> {
    let events = campaigns::history(&server.app, FOCUS, respondent, 1_000).unwrap();
    events.into_iter().map(|e| e.deed).collect()
}

/// Gives places on the page, with a common reason; what came of the press.
async fn gives(
    visitor: &Visitor,
    page: &Page,
    places: &[(&str, &str)],
    more: &[(&str, &str)],
) -> Page {
    let names: Vec<String> = places.iter().map(|(id, _)| of("plads", id)).collect();
    let mut fields: Vec<(&str, &str)> = names
        .iter()
        .map(String::as_str)
        .zip(places.iter().map(|(_, p)| *p))
        .collect();
    fields.extend(more);
    visitor.presses(page, &fields, SAVE).await
}

/// The five selected and the region waiting.
async fn selected(server: &Server) -> Visitor {
    let secretary = server.secretary().await;
    let page = secretary.get(PAGE).await;
    let mut places: Vec<(&str, &str)> = FIVE.map(|id| (id, "valgt")).to_vec();
    places.push((REGION, "venteliste"));
    let saved = gives(
        &secretary,
        &page,
        &places,
        &[("grund", "Styregruppen 5. maj")],
    )
    .await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.words());
    secretary
}

/// Everything that a selection is kept in: places, an order, letters, a number not wanted, a status half-way.
pub async fn selects_and_tells(server: &Server) {
    let secretary = selected(server).await;
    let page = secretary.get(PAGE).await;
    let more = [("grund", "x"), ("uden-for", "Regionen skal med")];
    gives(&secretary, &page, &[(REGION, "valgt")], &more).await;
    sends(&secretary, &[]).await;
    let page = secretary.get(PAGE).await;
    secretary
        .presses(
            &page,
            &[],
            "Lav »Midtvejsstatus for fokuskommuner« til 6 valgte",
        )
        .await;
    assert_eq!(selection(server).follow_ups.len(), 1);
}

async fn sends(secretary: &Visitor, more: &[(&str, &str)]) -> Page {
    let page = secretary.get(&format!("{PAGE}/breve")).await;
    secretary.presses(&page, more, SEND).await
}

#[actix_web::test]
async fn the_page_tells_who_said_what_and_marks_the_late_and_the_spoken() {
    let server = Server::demo().await;
    let secretary = server.secretary().await;
    let words = secretary.get(PAGE).await.words();
    for told in [
        "6 har sagt ja",
        "0 er valgt",
        "3 har ikke svaret",
        "Der søges 3-5.",
        "Vi deler det, vi lærer, med de øvrige kommuner",
        "Interesseret senere (1)",
        "Har sagt nej (2)",
        "Har ikke svaret (3)",
    ] {
        assert!(words.contains(told), "{told}: {words}");
    }
    let page = secretary.get(PAGE).await;
    let groups = page.all("fieldset");
    let of = |name: &str| groups.iter().find(|g| g.contains(name)).unwrap();
    assert!(of("Jammerbugt Kommune").contains("Efter svarfristen"));
    assert!(of("Rebild Kommune").contains("Modtaget mundtligt indtastet af Sekretariatet (demo)"));
    assert!(
        !of("Hjørring Kommune").contains("Modtaget") && !of("Hjørring Kommune").contains("Efter")
    );
    let overview = secretary.get(PAGE.rsplit_once('/').unwrap().0).await;
    assert!(overview.all("a").contains(&"Udvælgelse".to_owned()));
}

#[actix_web::test]
async fn a_collection_that_is_no_sign_up_has_no_selection() {
    let server = Server::demo().await;
    let secretary = server.secretary().await;
    assert_eq!(
        secretary
            .get(&format!(
                "/sekretariat/indsamlinger/{EATING}/udvaelgelse/liste"
            ))
            .await
            .status,
        StatusCode::NOT_FOUND
    );
    for part in ["", "/breve", "/tekster"] {
        let path = format!("/sekretariat/indsamlinger/{EATING}/udvaelgelse{part}");
        assert_eq!(
            secretary.get(&path).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
        let posted = secretary
            .post(&path, &[("do", "midtvejs"), ("valgt-emne", "x")])
            .await;
        assert!(posted.status.is_client_error(), "{path}: {}", posted.status);
    }
    let overview = secretary
        .get(&format!("/sekretariat/indsamlinger/{EATING}"))
        .await;
    assert!(!overview.text().contains("/udvaelgelse"));
}

#[actix_web::test]
async fn a_place_without_a_reason_is_refused_at_its_field_and_what_was_typed_stays() {
    let server = Server::demo().await;
    let secretary = server.secretary().await;
    let page = secretary.get(PAGE).await;
    let reason = of("grund", HJOERRING);
    let places = [(BROENDERSLEV, "valgt"), (HJOERRING, "ikke-nu")];
    let refused = gives(
        &secretary,
        &page,
        &places,
        &[(&reason, "Flere fra samme område")],
    )
    .await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.title().starts_with("Fejl: "));
    assert!(
        refused
            .error_at(&of("grund", BROENDERSLEV))
            .contains("Skriv grunden")
    );
    assert_eq!(
        refused.control(&of("plads", HJOERRING)).as_deref(),
        Some("ikke-nu")
    );
    assert_eq!(
        refused.control(&reason).as_deref(),
        Some("Flere fra samme område")
    );
    assert_eq!(seat(&server, HJOERRING), None);
    let more = [(of("grund", BROENDERSLEV), "Flest ideer".to_owned())];
    let more: Vec<(&str, &str)> = more.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    let saved = secretary.presses(&refused, &more, SAVE).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.words());
    assert_eq!(place(&server, BROENDERSLEV), (Some(Place::Selected), 0));
    let kept = seat(&server, HJOERRING).unwrap();
    assert_eq!(kept.steps[0].reason.text(), "Flere fra samme område");
    let placed = Deed::Placed {
        place: Some(Place::NotNow),
        order: 0,
    };
    assert!(deeds(&server, Some(HJOERRING)).contains(&placed));
}

#[actix_web::test]
async fn more_than_wanted_needs_a_reason_that_stands_in_the_history() {
    let server = Server::demo().await;
    let secretary = selected(&server).await;
    let page = secretary.get(PAGE).await;
    let refused = gives(&secretary, &page, &[(REGION, "valgt")], &[("grund", "x")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let told = refused.error_at("uden-for");
    assert!(
        told.contains("6 valgte") && told.contains("højst 5"),
        "{told}"
    );
    assert_eq!(place(&server, REGION), (Some(Place::Waiting), 1));
    let why = [("uden-for", "Styregruppen vil have regionen med")];
    let saved = secretary.presses(&refused, &why, SAVE).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.words());
    let deeds = deeds(&server, None);
    let noted = deeds.iter().any(|d| matches!(d, Deed::SelectedOutside { selected: 6, reason } if reason.text() == "Styregruppen vil have regionen med"));
    assert!(noted, "{deeds:?}");
    assert_eq!(selection(&server).outside.len(), 1);
}

#[actix_web::test]
async fn nobody_who_did_not_say_yes_can_be_given_a_place() {
    let server = Server::demo().await;
    let secretary = server.secretary().await;
    for id in [MORSOE, LAESOE, THISTED_ID] {
        let (before, place) = (of("foer", id), of("plads", id));
        let forged = [
            (before.as_str(), ""),
            (place.as_str(), "valgt"),
            ("grund", "x"),
            ("udgave", "0"),
        ];
        let refused = secretary.post(PAGE, &forged).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{id}");
        assert_eq!(seat(&server, id), None);
    }
    let forged = [
        ("foer-findes-ikke", ""),
        ("plads-findes-ikke", "valgt"),
        ("udgave", "x"),
    ];
    assert!(!secretary.post(PAGE, &forged).await.status.is_server_error());
}

#[actix_web::test]
async fn of_two_who_decide_at_once_the_second_is_told_and_nothing_is_lost() {
    let server = Server::demo().await;
    let (first, second) = (server.secretary().await, server.secretary().await);
    let (page, other) = (first.get(PAGE).await, second.get(PAGE).await);
    let one = gives(
        &first,
        &page,
        &[(BROENDERSLEV, "valgt")],
        &[("grund", "Første")],
    )
    .await;
    assert_eq!(one.status, StatusCode::SEE_OTHER);
    let met = gives(
        &second,
        &other,
        &[(HJOERRING, "valgt")],
        &[("grund", "Anden")],
    )
    .await;
    assert_eq!(met.status, StatusCode::CONFLICT);
    assert!(
        met.words().contains("Der er ikke gemt noget fra din side"),
        "{}",
        met.words()
    );
    assert_eq!(
        met.control(&of("plads", HJOERRING)).as_deref(),
        Some("valgt")
    );
    // What the other saved is shown, not what this page was drawn with.
    assert_eq!(
        met.control(&of("plads", BROENDERSLEV)).as_deref(),
        Some("valgt")
    );
    assert_eq!(met.control("grund").as_deref(), Some("Anden"));
    let marked = |name: &str| {
        met.all("fieldset")
            .iter()
            .any(|g| g.contains(name) && g.contains("Ikke gemt"))
    };
    assert!(
        marked("Hjørring") && !marked("Brønderslev"),
        "{}",
        met.words()
    );
    assert_eq!(place(&server, HJOERRING).0, None);
    let again = second.presses(&met, &[], SAVE).await;
    assert_eq!(again.status, StatusCode::SEE_OTHER, "{}", again.words());
    assert_eq!(place(&server, HJOERRING).0, Some(Place::Selected));
    assert_eq!(place(&server, BROENDERSLEV).0, Some(Place::Selected));
}

#[actix_web::test]
async fn a_double_click_decides_once() {
    let server = Server::demo().await;
    let secretary = server.secretary().await;
    let page = secretary.get(PAGE).await;
    for _ in 0..2 {
        let saved = gives(
            &secretary,
            &page,
            &[(REGION, "venteliste")],
            &[("grund", "x")],
        )
        .await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.words());
    }
    assert_eq!(seat(&server, REGION).unwrap().steps.len(), 1);
    let placed = deeds(&server, Some(REGION));
    let placed = placed
        .iter()
        .filter(|d| matches!(d, Deed::Placed { .. }))
        .count();
    assert_eq!(placed, 1);
}

#[actix_web::test]
async fn an_answer_that_comes_meanwhile_is_a_conflict_too() {
    let server = Server::demo().await;
    let secretary = selected(&server).await;
    let page = secretary.get(PAGE).await;
    // A no after all, from the region's own link.
    says_no(&server, "specialsektoren@region-nordjylland.example.dk").await;
    let saved = gives(
        &secretary,
        &page,
        &[(REGION, "valgt"), (REBILD, "trukket")],
        &[("grund", "x")],
    )
    .await;
    assert_eq!(saved.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        saved.error_at(&of("plads", REGION)).contains("svaret ja"),
        "{}",
        saved.words()
    );
    let words = secretary.get(PAGE).await.words();
    assert!(words.contains("har senere svaret nej"), "{words}");
    // And it is neither proposed for a free place nor written that it waits.
    let page = secretary.get(PAGE).await;
    gives(
        &secretary,
        &page,
        &[(REBILD, "trukket")],
        &[("grund", "Ringede")],
    )
    .await;
    assert!(!secretary.get(PAGE).await.words().contains("op som valgt"));
    sends(&secretary, &[]).await;
    assert!(notices(&server).iter().all(|(who, ..)| who != REGION));
}

/// Opens the answer again and says no.
async fn says_no(server: &Server, address: &str) {
    let (visitor, start) = server.opens_link_of(address).await;
    visitor.reopens(&start.path).await;
    let page = visitor
        .get(&format!("{}/afsnit/participation", start.path))
        .await;
    let no = [("f/participation/takes_part", "false")];
    let saved = visitor.presses(&page, &no, NEXT).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.words());
    let review = visitor.get(&format!("{}/gennemse", start.path)).await;
    let signed = [("navn", "Lederen"), ("titel", "Leder")];
    let signed: Vec<_> = signed
        .into_iter()
        .filter(|(n, _)| review.has_control(n))
        .collect();
    let sent = visitor.presses(&review, &signed, "Indsend svar").await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.words());
}

#[actix_web::test]
async fn each_is_written_what_became_of_it_and_never_twice() {
    let server = Server::demo().await;
    let secretary = selected(&server).await;
    let page = secretary.get(&format!("{PAGE}/breve")).await;
    let words = page.words();
    assert!(
        words.contains("Brevet »Valgt« (5)") && words.contains("Brevet »Venteliste« (1)"),
        "{words}"
    );
    assert!(
        words.contains("Region Nordjylland, Specialsektoren")
            && words.contains("I er nummer 1 på ventelisten"),
        "{words}"
    );
    for _ in 0..2 {
        let sent = secretary.presses(&page, &[], SEND).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.words());
    }
    // One of them has two contacts.
    let queued = notices(&server);
    assert_eq!(queued.len(), 5 + 1 + 1 + 1 + 2, "{queued:?}");
    assert_eq!(server.send_mail().sent, queued.len());
    let mail = server.newest_mail_to("aeldre@hjoerring.example.dk");
    assert_eq!(mail.subject, "Tilmelding som fokuskommune: I er valgt");
    assert!(
        mail.text
            .starts_with("Kære Udviklingskonsulent ældre, Hjørring"),
        "{}",
        mail.text
    );
    let names = "Brønderslev Kommune, Hjørring Kommune, Jammerbugt Kommune, Mariagerfjord Kommune og Rebild Kommune";
    assert!(mail.text.contains(names), "{}", mail.text);
    assert!(
        !mail.text.contains('{') && !mail.text.contains("http"),
        "{}",
        mail.text
    );
    let later = server.newest_mail_to("social@laesoe.example.dk");
    assert!(later.text.contains("ny runde"), "{}", later.text);
    let no = server.newest_mail_to("social@morsoe.example.dk");
    assert!(no.subject.contains("tak for jeres svar"), "{}", no.subject);
    assert!(deeds(&server, Some(MORSOE)).contains(&Deed::NoticeQueued {
        notice: Notice::Thanks
    }));
    let timeline = secretary
        .get(&format!("/sekretariat/indsamlinger/{FOCUS}/breve/{MORSOE}"))
        .await;
    assert!(
        timeline.words().contains("Tak for et nej"),
        "{}",
        timeline.words()
    );
    let words = secretary.get(&format!("{PAGE}/breve")).await.words();
    assert!(words.contains("Der er ingen breve at sende"), "{words}");
}

#[actix_web::test]
async fn a_letter_that_a_later_decision_overtakes_is_not_sent() {
    let server = Server::demo().await;
    let secretary = selected(&server).await;
    sends(&secretary, &[]).await;
    let page = secretary.get(PAGE).await;
    gives(
        &secretary,
        &page,
        &[(REBILD, "trukket")],
        &[("grund", "Ringede")],
    )
    .await;
    server.send_mail();
    let states: Vec<LetterState> = notices(&server)
        .into_iter()
        .filter(|(who, ..)| who == REBILD)
        .map(|(.., state)| state)
        .collect();
    assert!(
        matches!(states[..], [LetterState::Withdrawn { .. }]),
        "{states:?}"
    );
}

#[actix_web::test]
async fn whoever_withdraws_leaves_a_place_to_the_first_in_line() {
    let server = Server::demo().await;
    let secretary = selected(&server).await;
    sends(&secretary, &[]).await;
    server.send_mail();
    let page = secretary.get(PAGE).await;
    assert!(!page.words().contains("ledig plads"));
    gives(
        &secretary,
        &page,
        &[(REBILD, "trukket")],
        &[("grund", "Ringede")],
    )
    .await;
    let page = secretary.get(PAGE).await;
    assert!(
        page.words()
            .contains("Region Nordjylland, Specialsektoren er den næste"),
        "{}",
        page.words()
    );
    let press = "Ryk Region Nordjylland op som valgt";
    for _ in 0..2 {
        let moved = secretary.presses(&page, &[], press).await;
        assert_eq!(moved.status, StatusCode::SEE_OTHER, "{}", moved.words());
    }
    assert_eq!(place(&server, REGION), (Some(Place::Selected), 0));
    let step = seat(&server, REGION).unwrap().steps.pop().unwrap();
    assert!(step.reason.text().contains("Rykket op fra ventelisten"));
    // It was told that it waits; now it is told that it is selected, and the others nothing.
    let before = notices(&server).len();
    let sent = sends(&secretary, &[]).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.words());
    assert_eq!(notices(&server).len(), before + 1);
    server.send_mail();
    let mail = server.newest_mail_to("specialsektoren@region-nordjylland.example.dk");
    assert!(mail.subject.ends_with("I er valgt"), "{}", mail.subject);
    assert!(!mail.text.contains("Rebild"), "{}", mail.text);
}

#[actix_web::test]
async fn the_list_for_others_names_organisations_and_nothing_else() {
    let server = Server::demo().await;
    let secretary = selected(&server).await;
    let page = secretary.get(&format!("{PAGE}/liste")).await;
    let listed = page.all("main li");
    let names = [
        "Brønderslev Kommune",
        "Hjørring Kommune",
        "Jammerbugt Kommune",
        "Mariagerfjord Kommune",
        "Rebild Kommune",
        "Region Nordjylland",
    ];
    assert_eq!(listed, names);
    let words = page.words();
    for hidden in [
        "Styregruppen 5. maj",
        "Læsø",
        "Morsø",
        "konsulent",
        "@",
        "Efter svarfristen",
    ] {
        assert!(!words.contains(hidden), "{hidden}: {words}");
    }
}

#[actix_web::test]
async fn too_few_are_told_only_for_a_reason() {
    let server = Server::demo().await;
    let secretary = server.secretary().await;
    let page = secretary.get(PAGE).await;
    gives(
        &secretary,
        &page,
        &[(BROENDERSLEV, "valgt")],
        &[("grund", "x")],
    )
    .await;
    let refused = sends(&secretary, &[]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused.error_at("uden-for").contains("mindst 3"),
        "{}",
        refused.words()
    );
    assert_eq!(notices(&server), []);
    let sent = secretary
        .presses(&refused, &[("uden-for", "De andre følger")], SEND)
        .await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.words());
    let deeds = deeds(&server, None);
    assert!(
        deeds
            .iter()
            .any(|d| matches!(d, Deed::SelectedOutside { selected: 1, .. }))
    );
}

#[actix_web::test]
async fn the_letters_say_what_the_secretariat_writes() {
    let server = Server::demo().await;
    let secretary = selected(&server).await;
    let page = secretary.get(&format!("{PAGE}/tekster")).await;
    let wrong = [("tak-brev", "Kære {modtager}, {link}"), ("tak-emne", "")];
    let refused = secretary.presses(&page, &wrong, "Gem teksterne").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        refused.error_at("tak-brev").contains("{link}"),
        "{}",
        refused.words()
    );
    assert!(refused.error_at("tak-emne").contains("emne"));
    let mended = [
        ("tak-brev", "Hej {modtager} i {organisation}. Vi ses!"),
        ("tak-emne", "Tak for {indsamling}"),
        ("tak-emne-en", "Thanks for {indsamling}"),
        ("tak-brev-en", "Dear {modtager}, thank you."),
    ];
    let saved = secretary.presses(&refused, &mended, "Gem teksterne").await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.words());
    assert!(deeds(&server, None).contains(&Deed::NoticesChanged));
    sends(&secretary, &[]).await;
    server.send_mail();
    let mail = server.newest_mail_to("social@morsoe.example.dk");
    assert_eq!(
        mail.subject,
        "Tak for Tilmelding som fokuskommune / Thanks for Tilmelding som fokuskommune"
    );
    assert!(
        mail.text
            .contains("Hej Udviklingskonsulent Morsø i Morsø Kommune, Social og Sundhed. Vi ses!"),
        "{}",
        mail.text
    );
    assert!(
        mail.text
            .contains("Dear Udviklingskonsulent Morsø, thank you."),
        "{}",
        mail.text
    );
}

#[actix_web::test]
async fn somebody_without_a_mail_address_is_marked_as_told_when_somebody_says_so() {
    let server = Server::demo().await;
    let by_phone = Contact {
        name: "Lederen".into(),
        address: String::new(),
        phone: "00 00 00 00".into(),
    };
    let added = recipients::add_one(
        &server.app,
        FOCUS,
        "kommune",
        ("Ærø Kommune", ""),
        by_phone,
        "Karen",
    );
    assert_eq!(added.unwrap().added, 1);
    let secretary = server.secretary().await;
    enters(&server, &secretary, "aeroe-kommune", "telefon").await;
    let page = secretary.get(&format!("{PAGE}/breve")).await;
    assert!(
        page.words().contains("Ærø Kommune – har ingen mailadresse"),
        "{}",
        page.words()
    );
    secretary.presses(&page, &[], SEND).await;
    assert_eq!(seat(&server, "aeroe-kommune"), None, "it was not ticked");
    let sent = sends(&secretary, &[("svarende", "aeroe-kommune")]).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.words());
    let told = seat(&server, "aeroe-kommune").unwrap().told.unwrap();
    assert_eq!(told.notice, Notice::Thanks);
    let given = Deed::NoticeGiven {
        notice: Notice::Thanks,
    };
    assert!(deeds(&server, Some("aeroe-kommune")).contains(&given));
}

/// Writes down a no that came by telephone, by mouth or in a mail.
async fn enters(server: &Server, secretary: &Visitor, id: &str, how: &str) {
    let path = format!("/sekretariat/indsamlinger/{FOCUS}/svar/{id}/indtast");
    let page = secretary.get(&path).await;
    let begun = secretary
        .presses(&page, &[("hvordan", how)], "Åbn skemaet")
        .await;
    let start = secretary.follows(&begun).await;
    let section = secretary
        .get(&format!("{}/afsnit/participation", start.path))
        .await;
    let no = [("f/participation/takes_part", "false")];
    let saved = secretary.presses(&section, &no, NEXT).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.words());
    let review = secretary.get(&format!("{}/gennemse", start.path)).await;
    let signed = [("navn", "Lederen"), ("titel", "Leder")];
    let signed: Vec<_> = signed
        .into_iter()
        .filter(|(n, _)| review.has_control(n))
        .collect();
    let sent = secretary.presses(&review, &signed, "Indsend svar").await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.words());
    assert_eq!(server.sent(FOCUS, id).len(), 1);
}

#[actix_web::test]
async fn an_answer_by_telephone_long_after_the_deadline_is_taken_and_marked_everywhere() {
    let server = Server::demo().await;
    server.passes(TimeDelta::days(30));
    let (visitor, start) = server.opens_link_of(THISTED).await;
    let closed = visitor
        .get(&format!("{}/afsnit/participation", start.path))
        .await;
    assert!(
        !closed.text().contains("value=\"next\""),
        "the link itself takes nothing any more"
    );
    let secretary = server.secretary().await;
    enters(&server, &secretary, THISTED_ID, "telefon").await;
    let page = secretary.get(PAGE).await;
    let rows = page.rows("tbody tr");
    let row = rows
        .iter()
        .find(|r| r[0].starts_with("Thisted"))
        .expect("Thisted's row");
    assert!(
        row[1].contains("Efter svarfristen") && row[1].contains("Modtaget på telefon"),
        "{row:?}"
    );
    let mark = "Indtastet af sekretariatet, modtaget på telefon, efter svarfristen";
    let base = format!("/sekretariat/indsamlinger/{FOCUS}");
    let csv = secretary
        .get(&format!("{base}/data/kommune.csv"))
        .await
        .text();
    let line = csv
        .lines()
        .find(|l| l.contains("Thisted"))
        .expect("Thisted's line");
    assert!(
        line.contains("Indsendt for sent") && line.contains(mark),
        "{line}"
    );
    let jsonl = secretary
        .get(&format!("{base}/data/kommune.jsonl"))
        .await
        .text();
    assert!(jsonl.contains(mark), "{jsonl}");
    let copy = visitor
        .get(&format!("{}/kvittering/1/kopi.html", start.path))
        .await;
    assert!(copy.text().contains(mark), "{}", copy.text());
    let read = secretary.get(&format!("{base}/svar/{THISTED_ID}")).await;
    assert!(
        read.words().contains("efter svarfristen"),
        "{}",
        read.words()
    );
}

#[actix_web::test]
async fn those_selected_are_asked_halfway_with_what_they_promised_beside_the_questions() {
    let server = Server::demo().await;
    let secretary = selected(&server).await;
    let page = secretary.get(PAGE).await;
    let press = "Lav »Midtvejsstatus for fokuskommuner« til 5 valgte";
    let mut made = Vec::new();
    for _ in 0..2 {
        let answer = secretary.presses(&page, &[], press).await;
        made.push(answer.location());
    }
    assert_eq!(made[0], made[1], "a double click makes one");
    assert_eq!(selection(&server).follow_ups.len(), 1);
    let check = secretary.get(&made[0]).await;
    assert!(
        check.words().contains("Alt er på plads"),
        "{}",
        check.words()
    );
    let opened = secretary.presses(&check, &[], "Åbn indsamlingen").await;
    assert_eq!(
        opened.location(),
        "/sekretariat/indsamlinger/midtvejsstatus-for-fokuskommuner"
    );
    server.send_mail();
    let (visitor, start) = server.opens_link_of("social@broenderslev.example.dk").await;
    let section = visitor
        .get(&format!("{}/afsnit/obligations", start.path))
        .await;
    let words = section.words();
    assert!(
        words.contains("jeres svar i »Tilmelding som fokuskommune«"),
        "{words}"
    );
    let person = visitor
        .get(&format!("{}/afsnit/key_person", start.path))
        .await;
    assert!(
        person.words().contains("Teamleder Brønderslev"),
        "{}",
        person.words()
    );
    let asked = campaigns::asked(&server.app, "midtvejsstatus-for-fokuskommuner").unwrap();
    let mut names: Vec<&str> = asked.iter().map(|r| r.id.as_str()).collect();
    names.sort_unstable();
    let mut five = FIVE;
    five.sort_unstable();
    assert_eq!(names, five);
    let hjoerring = asked.iter().find(|r| r.id == HJOERRING).unwrap();
    assert_eq!(hjoerring.reachable().count(), 2, "contacts come along");
    let words = secretary.get(PAGE).await.words();
    assert!(
        words.contains("Midtvejsstatus for fokuskommuner"),
        "{words}"
    );
}

#[actix_web::test]
async fn nobody_selected_is_nobody_to_ask() {
    let server = Server::demo().await;
    let secretary = server.secretary().await;
    let refused = secretary
        .post(PAGE, &[("do", "midtvejs"), ("udgave", "0")])
        .await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(
        refused.words().contains("Vælg først nogen"),
        "{}",
        refused.words()
    );
}

#[actix_web::test]
async fn the_next_round_asks_those_who_want_to_hear_of_it() {
    let server = Server::demo().await;
    let secretary = selected(&server).await;
    let page = secretary.get(PAGE).await;
    let press = "Lav næste runde til dem, der vil høre igen";
    let made = secretary.presses(&page, &[], press).await;
    let id = made.location().split('/').nth(3).unwrap().to_owned();
    let asked = campaigns::asked(&server.app, &id).unwrap();
    let who: Vec<(&str, &str)> = asked
        .iter()
        .map(|r| (r.id.as_str(), r.standing.note.as_str()))
        .collect();
    assert_eq!(
        who,
        [
            (
                LAESOE,
                "Ville høre om det igen i »Tilmelding som fokuskommune«."
            ),
            (
                REGION,
                "Stod på ventelisten i »Tilmelding som fokuskommune«."
            ),
        ]
    );
    let listed = secretary.get(&step(&id, "modtagere")).await;
    assert!(listed.words().contains("2 modtagere"), "{}", listed.words());
    let overview = secretary
        .get(&format!("/sekretariat/indsamlinger/{FOCUS}"))
        .await;
    let all = secretary
        .presses(&overview, &[], "Kopiér til en ny indsamling")
        .await;
    let id = all.location().split('/').nth(3).unwrap().to_owned();
    assert_eq!(campaigns::asked(&server.app, &id).unwrap().len(), 12);
}

#[actix_web::test]
async fn an_erasure_takes_places_reasons_and_letters_along() {
    let server = Server::demo().await;
    let secretary = selected(&server).await;
    sends(&secretary, &[]).await;
    let scope = Scope::Respondent {
        campaign: FOCUS.into(),
        respondent: REBILD.into(),
    };
    assert!(erase(&server.app, &scope, &Actor::Operator).unwrap());
    assert_eq!(seat(&server, REBILD), None);
    assert!(notices(&server).iter().all(|(who, ..)| who != REBILD));
    assert!(seat(&server, JAMMERBUGT).is_some());
    assert_eq!(secretary.get(PAGE).await.status, StatusCode::OK);
    let scope = Scope::Campaign {
        campaign: FOCUS.into(),
    };
    assert!(erase(&server.app, &scope, &Actor::Operator).unwrap());
    assert_eq!(seat(&server, JAMMERBUGT), None);
    assert!(
        server
            .app
            .store
            .get::<Selection>(&key([FOCUS]))
            .unwrap()
            .is_none()
    );
    for (name, bytes) in server.data_files() {
        let text = String::from_utf8_lossy(&bytes);
        assert!(
            !text.contains("Styregruppen 5. maj"),
            "a reason is left in {name}"
        );
    }
}

#[actix_web::test]
async fn a_demo_that_is_reset_is_as_it_was_made() {
    let tables = |server: &Server| {
        let mut found = std::collections::BTreeMap::new();
        let count = |table: &str, _: &str, _: &str| {
            *found.entry(table.to_owned()).or_insert(0) += 1;
            Ok(())
        };
        server.app.store.each_document(count).unwrap();
        // What was done is never forgotten.
        found.remove("event");
        found
    };
    let server = Server::demo().await;
    let made = tables(&server);
    let secretary = selected(&server).await;
    sends(&secretary, &[]).await;
    let page = secretary.get(PAGE).await;
    let press = "Lav »Midtvejsstatus for fokuskommuner« til 5 valgte";
    secretary.presses(&page, &[], press).await;
    enters(&server, &secretary, THISTED_ID, "telefon").await;
    assert_ne!(tables(&server), made);
    let reset = server.visitor().post("/demo/nulstil", &[]).await;
    assert_eq!(reset.status, StatusCode::SEE_OTHER, "{}", reset.words());
    server.send_mail();
    assert_eq!(tables(&server), made);
}

/// Asks the demonstration's region with a sign-up of its own, which looks for so many; the title of that form.
fn with_another_for_the_region(server: &Server, wanted: (usize, usize)) -> &'static str {
    const TITLE: &str = "Tilmelding for regioner";
    let source = samsvar::forms_library::shipped_form("fokuskommune-tilmelding").unwrap();
    let mut schema: serde_json::Value = serde_json::from_str(&source.schema).unwrap();
    schema["title"] = TITLE.into();
    let mut ui: serde_json::Value = serde_json::from_str(&source.ui.unwrap()).unwrap();
    ui["ui:signup"]["wanted"] = serde_json::json!([wanted.0, wanted.1]);
    let files = [
        ("form.json".to_owned(), schema.to_string().into_bytes()),
        ("ui.json".to_owned(), ui.to_string().into_bytes()),
    ];
    let taken = samsvar::actions::forms::upload(&server.app, &files, "Karen").unwrap();
    let form = taken.taken.expect("a usable form").form;
    let mut campaign = server
        .app
        .store
        .get::<Campaign>(&key([FOCUS]))
        .unwrap()
        .expect("the collection")
        .doc;
    let region = campaign.audiences.iter_mut().find(|a| a.group == "region");
    region.expect("a group").form = form;
    let commit = Commit::new(server.app.now()).put(&campaign);
    server.app.store.commit(commit).unwrap();
    TITLE
}

#[actix_web::test]
async fn each_sign_up_of_a_collection_has_its_own_places_and_its_own_waiting_list() {
    let server = Server::demo().await;
    let title = with_another_for_the_region(&server, (1, 1));
    let secretary = server.secretary().await;
    let page = secretary.get(PAGE).await;
    let words = page.words();
    assert!(words.contains(&format!("{title}: Der søges 1.")), "{words}");
    assert!(words.contains("Der søges 3-5."), "{words}");
    // Both wait as number one, for different places.
    let places = [(REGION, "venteliste"), (JAMMERBUGT, "venteliste")];
    let saved = gives(&secretary, &page, &places, &[("grund", "x")]).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.words());
    for id in [REGION, JAMMERBUGT] {
        assert_eq!(place(&server, id), (Some(Place::Waiting), 1), "{id}");
    }
    // Six are not too many where one of them is wanted by itself.
    let page = secretary.get(PAGE).await;
    let mut places: Vec<(&str, &str)> = FIVE.map(|id| (id, "valgt")).to_vec();
    places.push((REGION, "valgt"));
    let saved = gives(&secretary, &page, &places, &[("grund", "x")]).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.words());
    assert_eq!(sends(&secretary, &[]).await.status, StatusCode::SEE_OTHER);
    assert!(selection(&server).outside.is_empty());
}

#[actix_web::test]
async fn what_is_wrong_with_a_number_of_places_names_its_sign_up() {
    let server = Server::demo().await;
    let title = with_another_for_the_region(&server, (2, 3));
    let secretary = selected(&server).await;
    let page = secretary.get(PAGE).await;
    gives(&secretary, &page, &[(REGION, "valgt")], &[("grund", "x")]).await;
    let letters = secretary.get(&format!("{PAGE}/breve")).await;
    let asked = format!("{title}: 1 valgt, og der søges 2-3.");
    assert!(letters.words().contains(&asked), "{}", letters.words());
    let refused = sends(&secretary, &[]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let told = format!("{title}: Der er 1 valgte, og der søges mindst 2.");
    assert!(refused.words().contains(&told), "{}", refused.words());
    let sent = sends(&secretary, &[("uden-for", "Kun én region")]).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.words());
    let outside = selection(&server).outside;
    let counts: Vec<usize> = outside.iter().map(|one| one.selected).collect();
    assert_eq!(counts, [1], "the five municipalities are as many as wanted");
}
