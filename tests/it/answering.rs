//! Filling in: what is typed is kept, shown again, merged, and told where it can't be right.
use actix_web::http::StatusCode;
use futures_util::future::join;
use samsvar::demo::EATING;
use serde_json::{Value, json};

use crate::people::Server;
use crate::writer::{SKIVE, SKIVE_ID, Writer};

#[actix_web::test]
async fn the_first_page_tells_who_sees_the_answer_and_until_when() {
    let server = Server::demo().await;
    let (_, start) = server.opens_link_of(SKIVE).await;
    let words = start.words();
    assert!(words.contains("Skive Kommune, Social og Sundhed"));
    assert!(words.contains("Hvem ser jeres svar?"));
    assert!(words.contains("Sekretariatet ser hele jeres svar."));
    let campaign = samsvar::actions::campaigns::overview(&server.app, EATING);
    let deadline = campaign.unwrap().unwrap().campaign.window.deadline;
    let deadline = samsvar_core::danish::date_time(deadline);
    assert!(words.contains(&format!("Svarfrist {deadline}")), "{words}");
    assert!(deadline.ends_with("kl. 23.59"));
}

#[actix_web::test]
async fn a_saved_page_is_there_again_in_another_browser() {
    let writer = Writer::of(SKIVE).await;
    let here = writer
        .saves("children", &[("f/children/visited/2017", "7")])
        .await;
    assert!(here.words().contains("Gemt kl."));
    let (other, start) = writer.server.opens_link_of(SKIVE).await;
    assert!(
        start.words().contains("1 af 4 besvaret"),
        "{}",
        start.words()
    );
    let page = other.get(&format!("{}/afsnit/children", start.path)).await;
    assert_eq!(
        page.control("f/children/visited/2017").as_deref(),
        Some("7")
    );
    let draft = writer.server.drafted(EATING, SKIVE_ID);
    assert_eq!(draft["children"]["visited"]["2017"], json!(7));
}

#[actix_web::test]
async fn every_way_to_write_a_figure_is_kept_and_shown_as_typed() {
    let writer = Writer::of(SKIVE).await;
    let ways = [
        ("oplyses ikke", json!({"state": "not_stated"})),
        ("ikke opgjort", json!({"state": "not_broken_down"})),
        ("–", json!({"state": "not_applicable"})),
        ("ca. 25", json!({"value": 25, "qualifier": "estimate"})),
        ("1.234", json!(1234)),
        ("0", json!(0)),
        ("", Value::Null),
    ];
    for (typed, kept) in ways {
        let page = writer
            .saves("children", &[("f/children/visited/2018", typed)])
            .await;
        let shown = page.control("f/children/visited/2018");
        assert_eq!(shown.as_deref(), Some(typed));
        assert_eq!(page.error_at("f/children/visited/2018"), "");
        let draft = writer.server.drafted(EATING, SKIVE_ID);
        let stored = draft.pointer("/children/visited/2018");
        assert_eq!(stored.cloned().unwrap_or_default(), kept, "{typed}");
    }
}

#[actix_web::test]
async fn what_cannot_be_read_stays_on_the_page_with_its_error() {
    let writer = Writer::of(SKIVE).await;
    let answers = [
        ("f/children/visited/2017", "tolv"),
        ("f/children/visited/2018", "3"),
    ];
    let page = writer.fills_in("children", &answers).await;
    assert!(page.path.contains("/afsnit/children"), "{}", page.path);
    assert!(page.title().starts_with("Fejl: "), "{}", page.title());
    let name = "f/children/visited/2017";
    assert_eq!(page.control(name).as_deref(), Some("tolv"));
    assert!(
        page.error_at(name).contains("Skriv et tal som 3"),
        "{}",
        page.error_at(name)
    );
    assert_eq!(
        page.attributes(&format!("[name=\"{name}\"]"), "aria-invalid"),
        ["true"]
    );
    assert_eq!(page.error_at("f/children/visited/2018"), "");
    let links = page.attributes("#fejl a", "href");
    let ids = page.attributes("main input, main [id]", "id");
    assert!(!links.is_empty());
    for link in &links {
        assert!(ids.iter().any(|id| link == &format!("#{id}")), "{link}");
    }
    let draft = writer.server.drafted(EATING, SKIVE_ID);
    assert_eq!(draft["children"]["visited"], json!({"2018": 3}));
    let right = writer.saves("children", &[(name, "12")]).await;
    assert!(!right.title().starts_with("Fejl: "), "{}", right.title());
}

#[actix_web::test]
async fn no_citizens_closes_the_groups_questions() {
    let writer = Writer::of(SKIVE).await;
    let open = writer.section("children").await;
    assert!(open.has_control("f/children/visited/2017"));
    let closed = writer
        .saves("children", &[("f/children/none", "true")])
        .await;
    assert!(!closed.has_control("f/children/visited/2017"));
    writer.saves("adults", &[("f/adults/none", "true")]).await;
    let review = writer.review().await;
    assert!(!review.words().contains("M6. Tilbud, I har brugt"));
    let offers = writer
        .visitor
        .get(&format!("{}/afsnit/offers", writer.base))
        .await;
    assert_eq!(offers.status, StatusCode::CONFLICT);
    assert_eq!(offers.all("h1"), ["Afsnittet gælder ikke længere"]);
}

#[actix_web::test]
async fn a_yes_opens_the_questions_that_follow() {
    let writer = Writer::of(SKIVE).await;
    let before = writer.section("offsite").await;
    assert!(!before.has_control("f/offsite/example/situation"));
    let no = writer
        .saves("offsite", &[("f/offsite/used_children", "false")])
        .await;
    assert!(!no.has_control("f/offsite/example/situation"));
    let yes = writer
        .fills_in("offsite", &[("f/offsite/used_children", "true")])
        .await;
    assert!(
        yes.path.contains("/afsnit/offsite"),
        "shown once more: {}",
        yes.path
    );
    assert!(yes.has_control("f/offsite/example/situation"));
    assert!(yes.words().contains("M8. Leverandører af delelementer"));
}

#[actix_web::test]
async fn items_come_and_go_without_losing_what_was_typed() {
    let writer = Writer::of(SKIVE).await;
    let page = writer.section("offers").await;
    let add = "Tilføj tilbud";
    let one = writer.visitor.presses(&page, &[], add).await;
    let one = writer.visitor.follows(&one).await;
    let typed = [("f/offers/used/0/name", "Bakkely")];
    let two = writer.visitor.presses(&one, &typed, add).await;
    let two = writer.visitor.follows(&two).await;
    assert_eq!(
        two.control("f/offers/used/0/name").as_deref(),
        Some("Bakkely")
    );
    let typed = [("f/offers/used/1/name", "Harebakken")];
    let three = writer.visitor.presses(&two, &typed, add).await;
    let three = writer.visitor.follows(&three).await;
    let typed = [("f/offers/used/2/name", "Holmstrupgård")];
    let remove = three.all("button[value=\"remove:/offers/used/0\"]");
    let fewer = writer.visitor.presses(&three, &typed, &remove[0]).await;
    let fewer = writer.visitor.follows(&fewer).await;
    assert_eq!(
        fewer.control("f/offers/used/0/name").as_deref(),
        Some("Harebakken")
    );
    assert_eq!(
        fewer.control("f/offers/used/1/name").as_deref(),
        Some("Holmstrupgård")
    );
    assert!(!fewer.has_control("f/offers/used/2/name"));
    let draft = writer.server.drafted(EATING, SKIVE_ID);
    let names: Vec<&Value> = draft["offers"]["used"]
        .as_array()
        .unwrap()
        .iter()
        .map(|offer| &offer["name"])
        .collect();
    assert_eq!(names, ["Harebakken", "Holmstrupgård"]);
}

#[actix_web::test]
async fn two_tabs_on_one_field_are_told_and_nothing_is_overwritten() {
    let writer = Writer::of(SKIVE).await;
    let (first, second) = (
        writer.section("children").await,
        writer.section("children").await,
    );
    let name = "f/children/visited/2017";
    let kept = writer.visitor.presses(&first, &[(name, "5")], "Gem").await;
    assert_eq!(kept.status, StatusCode::SEE_OTHER);
    let told = writer.visitor.presses(&second, &[(name, "8")], "Gem").await;
    assert_eq!(told.status, StatusCode::CONFLICT);
    assert!(told.title().starts_with("Fejl: "));
    assert!(told.words().contains("Svaret er ændret et andet sted"));
    for side in ["Det, I skrev: »8«", ": »5«"] {
        assert!(told.words().contains(side), "{}", told.words());
    }
    assert_eq!(told.control(name).as_deref(), Some("8"));
    let draft =
        |server: &Server| server.drafted(EATING, SKIVE_ID)["children"]["visited"]["2017"].clone();
    assert_eq!(draft(&writer.server), json!(5));
    let again = writer.visitor.presses(&told, &[], "Gem").await;
    assert_eq!(again.status, StatusCode::CONFLICT, "nobody has chosen");
    assert!(again.words().contains("Vælg ved hvert spørgsmål"));
    assert_eq!(draft(&writer.server), json!(5));
    let choice = format!("valg{}", name.trim_start_matches('f'));
    let stored = [(choice.as_str(), "gemt")];
    let kept = writer.visitor.presses(&again, &stored, "Gem").await;
    assert_eq!(kept.status, StatusCode::SEE_OTHER);
    assert_eq!(draft(&writer.server), json!(5));
    let mine = [(choice.as_str(), "jeres")];
    let kept = writer.visitor.presses(&told, &mine, "Gem").await;
    assert_eq!(kept.status, StatusCode::SEE_OTHER);
    assert_eq!(draft(&writer.server), json!(8), "knowingly");
}

#[actix_web::test]
async fn two_tabs_on_different_fields_are_both_kept() {
    let writer = Writer::of(SKIVE).await;
    let (first, second) = (
        writer.section("children").await,
        writer.section("children").await,
    );
    let one = [("f/children/visited/2017", "5")];
    let two = [("f/children/visited/2018", "8")];
    for (page, answers) in [(&first, &one), (&second, &two)] {
        let saved = writer.visitor.presses(page, answers, "Gem").await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.words());
    }
    let draft = writer.server.drafted(EATING, SKIVE_ID);
    assert_eq!(draft["children"]["visited"], json!({"2017": 5, "2018": 8}));
}

#[actix_web::test]
async fn two_saves_at_the_same_moment_are_both_kept() {
    let writer = Writer::of(SKIVE).await;
    let page = writer.section("children").await;
    let (one, two) = (
        [("f/children/visited/2017", "5")],
        [("f/children/visited/2018", "8")],
    );
    let saves = join(
        writer.visitor.presses(&page, &one, "Gem"),
        writer.visitor.presses(&page, &two, "Gem"),
    );
    let (first, second) = saves.await;
    for saved in [first, second] {
        assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.words());
    }
    let draft = writer.server.drafted(EATING, SKIVE_ID);
    assert_eq!(draft["children"]["visited"], json!({"2017": 5, "2018": 8}));
}

#[actix_web::test]
async fn two_contacts_of_one_municipality_work_on_one_answer() {
    let server = Server::demo().await;
    let (social, start) = server.opens_link_of("social@aalborg.example.dk").await;
    let (elderly, other) = server.opens_link_of("aeldre@aalborg.example.dk").await;
    assert_eq!(start.path, other.path);
    assert_ne!(
        social.secrets(),
        elderly.secrets(),
        "each has a link of their own"
    );
    let path = format!("{}/afsnit/participation", start.path);
    let page = social.get(&path).await;
    let yes = [("f/participation/takes_part", "true")];
    let saved = social.presses(&page, &yes, "Gem").await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER);
    let seen = elderly.get(&path).await;
    assert_eq!(
        seen.control("f/participation/takes_part").as_deref(),
        Some("true")
    );
}
