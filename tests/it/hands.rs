//! Several hands on one answer: colleagues by own links, a manager's step, reopening; nothing typed is lost on the way.
use actix_web::http::StatusCode;
use chrono::TimeDelta;
use samsvar::demo::EATING;
use samsvar_core::campaigns::{SignOffRule, Submission};
use samsvar_core::danish;
use serde_json::json;

use crate::page::Page;
use crate::people::Visitor;
use crate::writer::{NEXT, SKIVE, SKIVE_ID, Writer};

pub const METTE: &str = "mette@skive.example.dk";
pub const HANNE: &str = "hanne@skive.example.dk";
const VISITED: &str = "f/children/visited/2017";

/// Hands sections over, lets the letter leave, and opens its link.
pub async fn asks_for_help(writer: &Writer, sections: &[&str]) -> (Visitor, Page) {
    let page = writer.visitor.get(&format!("{}/hjaelp", writer.base)).await;
    let mut fields = vec![
        ("navn", "Mette Holm"),
        ("mail", METTE),
        ("hvad", "dele"),
        ("besked", "Kan du tage børnene?"),
    ];
    fields.extend(sections.iter().map(|id| ("afsnit", *id)));
    let asked = writer
        .visitor
        .presses(&page, &fields, "Send link til kollegaen")
        .await;
    assert_eq!(asked.status, StatusCode::SEE_OTHER, "{}", asked.words());
    assert_eq!(writer.server.send_mail().sent, 1);
    writer.server.opens_link_of(METTE).await
}

/// Skive's answer in a collection where a manager approves, filled in and reviewed.
pub async fn ready_for_the_manager() -> (Writer, Page) {
    let writer = Writer::of(SKIVE).await;
    writer
        .server
        .campaign(EATING, |c| c.sign_off = SignOffRule::ByManager);
    writer.answers_that_there_is_nobody().await;
    let review = writer.review().await;
    (writer, review)
}

pub const MANAGER: [(&str, &str); 3] = [
    ("navn", "Hanne Leder"),
    ("titel", "Socialchef"),
    ("mail", HANNE),
];

pub async fn asks_the_manager(writer: &Writer, review: &Page) -> (Visitor, Page) {
    let asked = writer
        .visitor
        .presses(review, &MANAGER, "Send til godkendelse")
        .await;
    assert_eq!(asked.status, StatusCode::SEE_OTHER, "{}", asked.words());
    assert_eq!(writer.server.send_mail().sent, 1);
    writer.server.opens_link_of(HANNE).await
}

#[actix_web::test]
async fn a_colleague_sees_and_sends_only_what_was_handed_over() {
    let writer = Writer::of(SKIVE).await;
    writer
        .saves("adults", &[("f/adults/visited/2017", "4321")])
        .await;
    let (mette, start) = asks_for_help(&writer, &["children"]).await;
    let words = start.words();
    assert!(words.contains("Kan du tage børnene?"), "{words}");
    let ways = start.attributes("main a.button-primary", "href");
    assert_eq!(ways, [format!("{}/afsnit/children", start.path)]);
    assert!(!start.text().contains("/afsnit/adults"), "{words}");
    let own = mette.get(&format!("{}/afsnit/children", start.path)).await;
    assert_eq!(own.status, StatusCode::OK);
    assert!(!own.text().contains("4321"), "another section's answer");
    for path in [
        "afsnit/adults",
        "gennemse",
        "hjaelp",
        "historik",
        "beskeder",
        "genaabn",
        "kvittering/1",
        "godkend",
    ] {
        let refused = mette.get(&format!("{}/{path}", start.path)).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{path}");
    }
    let before = writer.server.kept();
    for path in [
        "afsnit/adults",
        "indsend",
        "hjaelp",
        "genaabn",
        "godkendelse",
        "beskeder",
    ] {
        let forged = [("f/adults/visited/2017", "9"), ("set", "1"), ("grund", "x")];
        let refused = mette.post(&format!("{}/{path}", start.path), &forged).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(writer.server.kept(), before);
    let elsewhere = mette.get(&writer.base).await;
    assert_eq!(
        elsewhere.status,
        StatusCode::FORBIDDEN,
        "the holder's own address"
    );
}

#[actix_web::test]
async fn a_forged_post_of_a_colleague_changes_no_other_section() {
    let writer = Writer::of(SKIVE).await;
    let (mette, start) = asks_for_help(&writer, &["children"]).await;
    let path = format!("{}/afsnit/children", start.path);
    let base = r#"{"answers":{"adults":{"visited":{"2017":1}},"children":{}}}"#;
    let fields = [
        ("base", base),
        (VISITED, "7"),
        ("f/adults/visited/2017", "9"),
        ("konflikt", "/adults/none"),
        ("valg/adults/none", "gemt"),
        ("do", "save"),
    ];
    let saved = mette.post(&path, &fields).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.words());
    let draft = writer.server.drafted(EATING, SKIVE_ID);
    assert_eq!(draft["children"]["visited"]["2017"], json!(7));
    assert_eq!(draft.get("adults"), None);
}

#[actix_web::test]
async fn the_holder_sees_who_changed_which_answer_last() {
    let writer = Writer::of(SKIVE).await;
    writer.saves("children", &[(VISITED, "3")]).await;
    let (mette, start) = asks_for_help(&writer, &["children"]).await;
    let page = mette.get(&format!("{}/afsnit/children", start.path)).await;
    let typed = [("f/children/visited/2018", "4")];
    let done = mette.presses(&page, &typed, NEXT).await;
    assert_eq!(done.location(), format!("{}?gemt=1", start.path));
    let start = mette.get(&start.path).await;
    let told = mette.presses(&start, &[], "Min del er færdig").await;
    assert_eq!(told.status, StatusCode::SEE_OTHER);
    for page in [writer.section("children").await, writer.review().await] {
        let lines = page.all(".sv-touched li").join("\n");
        assert!(
            lines.contains("2018: ændret af Mette Holm (mette@skive.example.dk)"),
            "{lines}"
        );
        assert!(lines.contains("2017: ændret af Fagkoordinator"), "{lines}");
    }
    let list = writer.visitor.get(&format!("{}/hjaelp", writer.base)).await;
    assert!(list.words().contains("Meldt færdig"), "{}", list.words());
    let history = writer
        .visitor
        .get(&format!("{}/historik", writer.base))
        .await;
    let words = history.words();
    assert!(words.contains("Bedt om hjælp: Mette Holm"), "{words}");
    assert!(
        words.contains("Har meldt sin del færdig, Mette Holm"),
        "{words}"
    );
    let secretary = writer.server.secretary().await;
    let path = format!("/sekretariat/indsamlinger/{EATING}/svar/{SKIVE_ID}");
    let seen = secretary.get(&path).await.words();
    assert!(seen.contains("Bedt om hjælp: Mette Holm"), "{seen}");
}

#[actix_web::test]
async fn a_colleagues_answer_stands_beside_the_holders_until_one_is_chosen() {
    let writer = Writer::of(SKIVE).await;
    let (mette, start) = asks_for_help(&writer, &["children"]).await;
    let hers = mette.get(&format!("{}/afsnit/children", start.path)).await;
    let mine = writer.section("children").await;
    let both = [(VISITED, "5"), ("f/children/visited/2018", "1")];
    let saved = mette.presses(&hers, &both, "Gem").await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER);
    let typed = [(VISITED, "8"), ("f/children/visited/2019", "2")];
    let asked = writer.visitor.presses(&mine, &typed, "Gem").await;
    assert_eq!(asked.status, StatusCode::CONFLICT);
    let sides = asked.all(".sv-conflict label");
    assert_eq!(sides.len(), 2);
    assert!(
        sides[1].starts_with("Gemt af Mette Holm (mette@skive.example.dk) kl."),
        "{sides:?}"
    );
    let hers = [("valg/children/visited/2017", "gemt")];
    let chosen = writer.visitor.presses(&asked, &hers, "Gem").await;
    assert_eq!(chosen.status, StatusCode::SEE_OTHER, "{}", chosen.words());
    let draft = writer.server.drafted(EATING, SKIVE_ID);
    assert_eq!(
        draft["children"]["visited"],
        json!({"2017": 5, "2018": 1, "2019": 2})
    );
}

#[actix_web::test]
async fn a_withdrawn_link_says_so_and_shows_what_was_typed() {
    let writer = Writer::of(SKIVE).await;
    let (mette, start) = asks_for_help(&writer, &["children"]).await;
    let page = mette.get(&format!("{}/afsnit/children", start.path)).await;
    let list = writer.visitor.get(&format!("{}/hjaelp", writer.base)).await;
    let gone = writer
        .visitor
        .presses(&list, &[], "Træk tilbage fra Mette Holm")
        .await;
    assert_eq!(gone.status, StatusCode::SEE_OTHER);
    let before = writer.server.kept();
    let stale = mette.presses(&page, &[(VISITED, "77")], "Gem").await;
    let again = mette.get(&writer.server.link_of(METTE)).await;
    for refused in [stale, again] {
        assert_eq!(refused.status, StatusCode::GONE);
        assert_eq!(refused.all("h1"), ["Linket er trukket tilbage"]);
        if refused.path.contains("/afsnit/") {
            assert!(refused.words().contains("77"), "{}", refused.words());
        }
    }
    assert_eq!(writer.server.kept(), before);
    let list = writer.visitor.get(&format!("{}/hjaelp", writer.base)).await;
    assert!(list.words().contains("Trukket tilbage"));
}

#[actix_web::test]
async fn a_hand_over_without_name_address_or_section_is_told_at_the_field() {
    let writer = Writer::of(SKIVE).await;
    let page = writer.visitor.get(&format!("{}/hjaelp", writer.base)).await;
    let typed = [("mail", "ikke en adresse"), ("besked", "Hej")];
    let told = writer
        .visitor
        .presses(&page, &typed, "Send link til kollegaen")
        .await;
    assert_eq!(told.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(told.title().starts_with("Fejl: "));
    assert_eq!(
        told.attributes("#fejl a", "href"),
        ["#navn", "#mail", "#hvad-dele"]
    );
    assert_eq!(told.control("mail").as_deref(), Some("ikke en adresse"));
    assert_eq!(writer.server.send_mail().sent, 0);
}

#[actix_web::test]
async fn a_manager_returns_an_answer_once_and_then_approves_it() {
    let (writer, review) = ready_for_the_manager().await;
    assert_eq!(review.count("button#indsend"), 1);
    let stale = writer.section("approval").await;
    let (hanne, page) = asks_the_manager(&writer, &review).await;
    assert!(page.path.ends_with("/godkend"), "{}", page.path);
    assert!(
        page.words().contains("Socialchefen"),
        "the answer: {}",
        page.words()
    );
    let locked = writer
        .visitor
        .presses(&stale, &[("f/approval/name", "Vikaren")], "Gem")
        .await;
    assert_eq!(locked.status, StatusCode::CONFLICT);
    assert!(locked.words().contains("Vikaren"), "kept on the page");
    assert!(writer.server.sent(EATING, SKIVE_ID).is_empty());

    let blank = hanne
        .presses(&page, &[], "Send tilbage med kommentar")
        .await;
    assert_eq!(blank.status, StatusCode::UNPROCESSABLE_ENTITY);
    let comment = [("kommentar", "Titlen er forkert.")];
    let back = hanne
        .presses(&page, &comment, "Send tilbage med kommentar")
        .await;
    assert_eq!(back.status, StatusCode::SEE_OTHER);
    assert!(
        hanne
            .follows(&back)
            .await
            .words()
            .contains("Titlen er forkert.")
    );
    assert_eq!(writer.server.send_mail().sent, 1);
    let letter = writer.server.newest_mail_to(SKIVE);
    assert!(
        letter.text.contains("Titlen er forkert."),
        "{}",
        letter.text
    );
    let (_, start) = writer.server.opens_link_of(SKIVE).await;
    assert!(start.words().contains("Titlen er forkert."));

    let saved = writer
        .visitor
        .presses(&locked, &[], "Gem det, jeg skrev")
        .await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.words());
    let review = writer.review().await;
    let (hanne, page) = asks_the_manager(&writer, &review).await;
    let approved = hanne.presses(&page, &[], "Godkend og send svaret").await;
    let twice = hanne.presses(&page, &[], "Godkend og send svaret").await;
    for answer in [approved, twice] {
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        let page = hanne.follows(&answer).await;
        assert_eq!(page.all("h1"), ["Svaret er godkendt og sendt"]);
    }
    let sent = writer.server.sent(EATING, SKIVE_ID);
    assert_eq!(sent.len(), 1);
    assert_eq!(
        (
            sent[0].sign_off.name.as_str(),
            sent[0].sign_off.title.as_str()
        ),
        ("Hanne Leder", "Socialchef")
    );
    assert_eq!(sent[0].answers["approval"]["name"], json!("Vikaren"));
    assert_eq!(writer.server.send_mail().sent, 2, "receipts to both");
    for address in [SKIVE, HANNE] {
        let receipt = writer.server.newest_mail_to(address);
        assert!(
            receipt.subject.starts_with("Kvittering"),
            "{}",
            receipt.subject
        );
    }
    let history = writer
        .visitor
        .get(&format!("{}/historik", writer.base))
        .await
        .words();
    for deed in [
        "Sendt til godkendelse hos Hanne Leder",
        "Sendt tilbage uden godkendelse: Titlen er forkert., Hanne Leder",
        "Svar nr. 1 godkendt, Hanne Leder",
    ] {
        assert!(history.contains(deed), "{deed}: {history}");
    }
}

#[actix_web::test]
async fn without_the_managers_approval_nothing_is_sent() {
    let (writer, review) = ready_for_the_manager().await;
    let set = review.control("set").unwrap();
    let path = format!("{}/indsend", writer.base);
    let fields = [("set", set.as_str()), ("navn", "Jeg"), ("titel", "Selv")];
    let answer = writer.visitor.post(&path, &fields).await;
    assert_eq!(answer.location(), format!("{}/gennemse", writer.base));
    assert_eq!(
        writer.server.sent(EATING, SKIVE_ID),
        Vec::<Submission>::new()
    );
    let told = writer
        .visitor
        .presses(
            &review,
            &[("navn", ""), ("titel", " "), ("mail", "forkert")],
            "Send til godkendelse",
        )
        .await;
    assert_eq!(told.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        told.attributes("#fejl a", "href"),
        ["#navn", "#titel", "#mail"]
    );
}

#[actix_web::test]
async fn a_request_that_was_withdrawn_can_not_be_approved() {
    let (writer, review) = ready_for_the_manager().await;
    let (hanne, page) = asks_the_manager(&writer, &review).await;
    let review = writer.review().await;
    let free = writer
        .visitor
        .presses(&review, &[], "Træk anmodningen tilbage og ret svaret")
        .await;
    assert_eq!(free.status, StatusCode::SEE_OTHER);
    let late = hanne.presses(&page, &[], "Godkend og send svaret").await;
    let told = hanne.follows(&late).await;
    assert_eq!(told.all("h1"), ["Anmodningen er trukket tilbage"]);
    assert!(
        !told.words().contains("Socialchefen"),
        "no answer is shown any more"
    );
    assert!(writer.server.sent(EATING, SKIVE_ID).is_empty());
    writer
        .saves("approval", &[("f/approval/name", "Vikaren")])
        .await;
}

#[actix_web::test]
async fn an_answer_is_reopened_only_for_a_reason() {
    let writer = Writer::of(SKIVE).await;
    writer.answers_that_there_is_nobody().await;
    let stale = writer.section("approval").await;
    writer.submits().await;
    let typed = [("f/approval/name", "Vikaren")];
    let late = writer.visitor.presses(&stale, &typed, "Gem").await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    assert_eq!(late.all("h1"), ["Svaret er sendt"]);
    assert!(late.words().contains("Vikaren"), "kept on the page");
    let page = writer
        .visitor
        .get(&format!("{}/genaabn", writer.base))
        .await;
    let blank = writer.visitor.presses(&page, &[], "Åbn svaret igen").await;
    assert_eq!(blank.status, StatusCode::UNPROCESSABLE_ENTITY);
    writer.visitor.reopens(&writer.base).await;
    let saved = writer
        .visitor
        .presses(&late, &[], "Gem det, jeg skrev")
        .await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.words());
    writer.submits().await;
    let sent = writer.server.sent(EATING, SKIVE_ID);
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[1].answers["approval"]["name"], json!("Vikaren"));
    let history = writer
        .visitor
        .get(&format!("{}/historik", writer.base))
        .await;
    assert!(history.words().contains("Grund: Et tal var forkert."));
}

#[actix_web::test]
async fn what_was_typed_outlives_an_expired_session() {
    let writer = Writer::of(SKIVE).await;
    let page = writer.section("children").await;
    let stranger = writer.server.visitor();
    let refused = stranger.presses(&page, &[(VISITED, "6")], "Gem").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert_eq!(refused.all("h1"), ["Åbn dit personlige link"]);
    assert!(refused.all("main li").contains(&"6".to_owned()));
    let opened = stranger.get(&writer.server.link_of(SKIVE)).await;
    assert_eq!(opened.status, StatusCode::SEE_OTHER);
    let saved = stranger.presses(&refused, &[], "Gem det, jeg skrev").await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.words());
    let draft = writer.server.drafted(EATING, SKIVE_ID);
    assert_eq!(draft["children"]["visited"]["2017"], json!(6));
}

#[actix_web::test]
async fn a_section_that_closes_while_a_colleague_writes_gives_back_what_was_typed() {
    let writer = Writer::of(SKIVE).await;
    let (mette, start) = asks_for_help(&writer, &["reservations"]).await;
    let there = format!("{}/afsnit/reservations", start.path);
    let page = mette.get(&there).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.words());
    writer.answers_that_there_is_nobody().await;
    let before = writer.server.kept();
    let typed = [("f/reservations/text", "Holmstrupgård")];
    let added = mette.presses(&page, &typed, "Gem").await;
    for closed in [&added, &mette.get(&there).await] {
        assert_eq!(closed.status, StatusCode::CONFLICT);
        assert_eq!(closed.all("h1"), ["Afsnittet gælder ikke længere"]);
    }
    assert!(added.words().contains("Holmstrupgård"), "{}", added.words());
    assert_eq!(writer.server.kept(), before);
    let start = mette.get(&start.path).await;
    assert!(
        start.words().contains("ikke noget at udfylde"),
        "{}",
        start.words()
    );
    let unknown = mette.get(&format!("{}/afsnit/nix", start.path)).await;
    assert_ne!(
        unknown.status,
        StatusCode::CONFLICT,
        "no section of the form"
    );
    let unticked = [("n/children/none", ""), ("do", "save")];
    let children = format!("{}/afsnit/children", writer.base);
    let opened = writer.visitor.post(&children, &unticked).await;
    assert_eq!(opened.status, StatusCode::SEE_OTHER, "{}", opened.words());
    let saved = mette.presses(&added, &[], "Gem det, jeg skrev").await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.words());
    let draft = writer.server.drafted(EATING, SKIVE_ID);
    assert_eq!(draft["reservations"]["text"], json!("Holmstrupgård"));
}

#[actix_web::test]
async fn what_was_handed_to_the_manager_in_time_can_be_approved_for_a_week() {
    let (writer, review) = ready_for_the_manager().await;
    let (hanne, page) = asks_the_manager(&writer, &review).await;
    let letter = writer.server.newest_mail_to(HANNE).text;
    let stored = writer.server.campaign(EATING, |_| {});
    let last = danish::date_time(stored.window.approvals_end());
    assert!(letter.contains(&last), "{letter}");
    let left = stored.window.closes() - writer.server.app.now();
    writer.server.passes(left + TimeDelta::hours(1));
    let start = writer.visitor.get(&writer.base).await.words();
    assert!(
        start.contains(&format!("kan godkendes til og med {last}")),
        "{start}"
    );
    let withdrawn = writer
        .visitor
        .post(&format!("{}/godkendelse/traek-tilbage", writer.base), &[])
        .await;
    assert_eq!(withdrawn.status, StatusCode::SEE_OTHER);
    let late = hanne.get(&page.path).await;
    assert!(
        late.words().contains("sendt til godkendelse i tide"),
        "{}",
        late.words()
    );
    let approved = hanne.presses(&late, &[], "Godkend og send svaret").await;
    assert_eq!(
        approved.status,
        StatusCode::SEE_OTHER,
        "{}",
        approved.words()
    );
    let sent = writer.server.sent(EATING, SKIVE_ID);
    assert_eq!(sent.len(), 1, "the request still stood, and was approved");
}

#[actix_web::test]
async fn a_week_after_the_deadline_nothing_is_approved_any_more() {
    let (writer, review) = ready_for_the_manager().await;
    let (hanne, page) = asks_the_manager(&writer, &review).await;
    let stored = writer.server.campaign(EATING, |_| {});
    let left = stored.window.approvals_end() - writer.server.app.now();
    writer.server.passes(left + TimeDelta::minutes(1));
    let late = hanne.get(&page.path).await.words();
    assert!(late.contains("kunne godkendes til og med"), "{late}");
    let refused = hanne.presses(&page, &[], "Godkend og send svaret").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(writer.server.sent(EATING, SKIVE_ID).is_empty());
}

#[actix_web::test]
async fn the_receipt_says_that_an_amendment_needs_the_manager_again() {
    let (writer, review) = ready_for_the_manager().await;
    let (hanne, page) = asks_the_manager(&writer, &review).await;
    hanne.presses(&page, &[], "Godkend og send svaret").await;
    assert_eq!(writer.server.send_mail().sent, 2);
    for address in [SKIVE, HANNE] {
        let text = writer.server.newest_mail_to(address).text;
        assert!(
            text.contains("sender det på samme måde som denne gang"),
            "{text}"
        );
    }
    let receipt = writer
        .visitor
        .get(&format!("{}/kvittering/1", writer.base))
        .await;
    let words = receipt.words();
    assert!(words.contains("skal også godkendes af en leder"), "{words}");
}
