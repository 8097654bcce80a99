//! From the mail's link to the receipt, as those who answer live through it.
use actix_web::http::StatusCode;
use futures_util::future::join;
use samsvar::demo::{EATING, FOCUS};
use samsvar_core::campaigns::{Submission, receipt_number};
use serde_json::{Value, json};

use crate::page::{File, Page};
use crate::people::{Server, Visitor};

const SKIVE: &str = "social@skive.example.dk";
const SKIVE_ID: &str = "skive-kommune-social-og-sundhed";
const THISTED: &str = "social@thisted.example.dk";
const OFFER: &str = "leder@soenderparken.example.dk";
const OFFER_ID: &str = "soenderparken";
const FAVRSKOV: &str = "social@favrskov.example.dk";
const FAVRSKOV_ID: &str = "favrskov-kommune-social-og-sundhed";

const NEXT: &str = "Gem og fortsæt";

/// Somebody at work on an answer.
struct Writer {
    server: Server,
    visitor: Visitor,
    /// The answer's address.
    base: String,
}

impl Writer {
    async fn of(address: &str) -> Self {
        let server = Server::demo().await;
        let (visitor, start) = server.opens_link_of(address).await;
        Self {
            server,
            visitor,
            base: start.path,
        }
    }

    async fn section(&self, id: &str) -> Page {
        let page = self
            .visitor
            .get(&format!("{}/afsnit/{id}", self.base))
            .await;
        assert_eq!(page.status, StatusCode::OK, "{id}: {}", page.words());
        page
    }

    /// Opens the section, fills it in, saves, and comes to the next page.
    async fn fills_in(&self, id: &str, answers: &[(&str, &str)]) -> Page {
        let page = self.section(id).await;
        let saved = self.visitor.presses(&page, answers, NEXT).await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.words());
        self.visitor.follows(&saved).await
    }

    /// Opens the section, fills it in and stays on it.
    async fn saves(&self, id: &str, answers: &[(&str, &str)]) -> Page {
        let page = self.section(id).await;
        let saved = self.visitor.presses(&page, answers, "Gem").await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.words());
        self.visitor.follows(&saved).await
    }

    async fn review(&self) -> Page {
        let page = self.visitor.get(&format!("{}/gennemse", self.base)).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.words());
        page
    }

    /// A municipality without citizens in the target group: the shortest whole answer.
    async fn answers_that_there_is_nobody(&self) {
        self.saves("children", &[("f/children/none", "true")]).await;
        self.saves("adults", &[("f/adults/none", "true")]).await;
        self.saves("approval", &APPROVED).await;
    }

    /// Signs the answer off where the review page asks for it, and sends it.
    async fn submits(&self) -> Page {
        let review = self.review().await;
        self.sends(&review).await
    }

    async fn sends(&self, review: &Page) -> Page {
        let asks = |name: &str| review.has_control(name);
        let signed = [("navn", "Lederen"), ("titel", "Leder")];
        let signed: Vec<_> = signed.into_iter().filter(|(n, _)| asks(n)).collect();
        let sent = self.visitor.presses(review, &signed, "Indsend svar").await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.words());
        self.visitor.follows(&sent).await
    }
}

const APPROVED: [(&str, &str); 3] = [
    ("f/approval/name", "Socialchefen"),
    ("f/approval/title", "Socialchef"),
    ("f/approval/date", "19. oktober 2026"),
];

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
        start.words().contains("1 af 5 besvaret"),
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
    assert_eq!(offers.status, StatusCode::NOT_FOUND);
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
async fn answers_of_a_closed_branch_are_kept_listed_and_not_sent() {
    let writer = Writer::of(SKIVE).await;
    writer
        .saves("children", &[("f/children/visited/2017", "9")])
        .await;
    writer.answers_that_there_is_nobody().await;
    let draft = writer.server.drafted(EATING, SKIVE_ID);
    assert_eq!(draft["children"]["visited"]["2017"], json!(9), "kept");
    let review = writer.review().await;
    let note = review.all(".alert-info").join(" ");
    assert!(
        note.contains("Disse svar sendes ikke med"),
        "{}",
        review.words()
    );
    assert!(note.contains("M1. Børn og unge visiteret"), "{note}");
    writer.submits().await;
    let sent = writer.server.sent(EATING, SKIVE_ID);
    assert_eq!(sent[0].answers["children"], json!({"none": true}));
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
async fn the_review_page_links_to_what_is_missing() {
    let writer = Writer::of(SKIVE).await;
    writer
        .saves("children", &[("f/children/visited/2017", "7")])
        .await;
    let review = writer.review().await;
    assert!(review.title().starts_with("Fejl: "));
    let links = review.attributes("#fejl a", "href");
    assert!(links.len() > 5, "{links:?}");
    let wanted = format!("{}/afsnit/children?vis=fejl#", writer.base);
    let link = links
        .iter()
        .find(|l| l.starts_with(&wanted))
        .expect("a link");
    let there = writer.visitor.get(link).await;
    let anchor = link.split('#').nth(1).unwrap();
    assert!(
        there
            .attributes("main [id]", "id")
            .contains(&anchor.to_owned()),
        "{anchor}"
    );
    assert!(
        there
            .error_at("f/children/visited/2018")
            .contains("mangler")
    );
    assert_eq!(there.error_at("f/children/visited/2017"), "");
    assert!(!review.all("button").contains(&"Indsend svar".to_owned()));
}

#[actix_web::test]
async fn an_answer_that_is_not_whole_cannot_be_sent_past_the_page() {
    let writer = Writer::of(SKIVE).await;
    writer
        .saves("children", &[("f/children/visited/2017", "7")])
        .await;
    let before = writer.server.kept();
    let own = format!("\"respondent\":\"{SKIVE_ID}\"");
    let mut drafts = before
        .iter()
        .filter(|l| l.starts_with("draft ") && l.contains(&own));
    let revision = drafts.next().and_then(|l| l.split(' ').nth(1)).unwrap();
    let path = format!("{}/indsend", writer.base);
    let answer = writer.visitor.post(&path, &[("set", revision)]).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.title().starts_with("Fejl: "));
    assert!(
        answer
            .words()
            .contains("Svaret kan sendes, når punkterne øverst på siden er rettet.")
    );
    assert_eq!(writer.server.kept(), before);
    assert!(writer.server.sent(EATING, SKIVE_ID).is_empty());
}

#[actix_web::test]
async fn a_receipt_names_the_answer_by_number_and_hash() {
    let writer = Writer::of(SKIVE).await;
    writer.answers_that_there_is_nobody().await;
    let receipt = writer.submits().await;
    let sent = writer.server.sent(EATING, SKIVE_ID);
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].sha256, Submission::hash_of(&sent[0].answers));
    let words = receipt.words();
    assert!(words.contains("Tak. Jeres svar er modtaget"));
    assert!(
        words.contains(&receipt_number(&sent[0].sha256, 1)),
        "{words}"
    );
    assert!(words.contains(&sent[0].sha256));
    assert!(words.contains("Socialchefen, Socialchef"));
    let data = writer
        .visitor
        .get(&format!("{}/kopi.json", receipt.path))
        .await;
    assert_eq!(
        serde_json::from_slice::<Value>(&data.bytes).unwrap(),
        sent[0].answers
    );
    let page = writer
        .visitor
        .get(&format!("{}/kopi.html", receipt.path))
        .await;
    assert!(page.text().contains(&sent[0].sha256));
    assert_eq!(
        page.count("[href^=http], [src], link"),
        0,
        "it stands alone"
    );
}

#[actix_web::test]
async fn the_receipt_letter_carries_the_answer() {
    let writer = Writer::of(SKIVE).await;
    writer.answers_that_there_is_nobody().await;
    writer.submits().await;
    assert_eq!(writer.server.send_mail().sent, 1);
    let sent = writer.server.sent(EATING, SKIVE_ID).remove(0);
    let mail = writer.server.newest_mail_to(SKIVE);
    let number = receipt_number(&sent.sha256, 1);
    assert!(mail.subject.contains(&number), "{}", mail.subject);
    assert!(mail.text.contains(&number));
    let names: Vec<&str> = mail.attachments.iter().map(|a| a.name.as_str()).collect();
    assert_eq!(
        names,
        [
            format!("svar-{SKIVE_ID}-1.html"),
            format!("svar-{SKIVE_ID}-1.json")
        ]
    );
    let data: Value = serde_json::from_slice(&mail.attachments[1].bytes).unwrap();
    assert_eq!(data, sent.answers);
    let page = String::from_utf8(mail.attachments[0].bytes.clone()).unwrap();
    assert!(page.contains(&sent.sha256) && page.contains("Socialchefen"));
    assert!(!mail.text.contains("/l/"), "a receipt holds no link");
}

#[actix_web::test]
async fn an_amendment_is_a_new_answer_and_leaves_the_old_one_as_it_was() {
    let writer = Writer::of(FAVRSKOV).await;
    let before = stored(&writer.server, FAVRSKOV_ID);
    assert_eq!(before.len(), 1);
    writer
        .saves("themes", &[("f/themes/future", "Endnu et fast møde.")])
        .await;
    let receipt = writer.submits().await;
    assert!(receipt.path.ends_with("/kvittering/2"), "{}", receipt.path);
    let after = stored(&writer.server, FAVRSKOV_ID);
    assert_eq!(after.len(), 2);
    assert_eq!(after[0], before[0], "byte for byte");
    let sent = writer.server.sent(EATING, FAVRSKOV_ID);
    assert_eq!(sent[1].answers["themes"]["future"], "Endnu et fast møde.");
    assert_ne!(sent[0].sha256, sent[1].sha256);
    let old = writer
        .visitor
        .get(&format!("{}/kvittering/1", writer.base))
        .await;
    assert!(old.words().contains(&sent[0].sha256));
}

#[actix_web::test]
async fn a_second_press_of_the_button_sends_nothing_twice() {
    let writer = Writer::of(SKIVE).await;
    writer.answers_that_there_is_nobody().await;
    let review = writer.review().await;
    let presses = || writer.visitor.presses(&review, &[], "Indsend svar");
    let (one, two) = join(presses(), presses()).await;
    let third = presses().await;
    let receipt = format!("{}/kvittering/1", writer.base);
    for sent in [one, two, third] {
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.words());
        assert_eq!(sent.location(), receipt);
    }
    assert_eq!(writer.server.sent(EATING, SKIVE_ID).len(), 1);
    assert_eq!(writer.server.send_mail().sent, 1, "one receipt letter");
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
    assert!(
        told.words().contains("du skrev »8«, gemt er »5«"),
        "{}",
        told.words()
    );
    assert_eq!(told.control(name).as_deref(), Some("8"));
    let draft =
        |server: &Server| server.drafted(EATING, SKIVE_ID)["children"]["visited"]["2017"].clone();
    assert_eq!(draft(&writer.server), json!(5));
    let again = writer.visitor.presses(&told, &[], "Gem").await;
    assert_eq!(again.status, StatusCode::SEE_OTHER);
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
async fn an_answer_that_changed_since_it_was_reviewed_is_not_sent() {
    let writer = Writer::of(SKIVE).await;
    writer.answers_that_there_is_nobody().await;
    let review = writer.review().await;
    writer
        .saves("approval", &[("f/approval/name", "En anden")])
        .await;
    let told = writer.visitor.presses(&review, &[], "Indsend svar").await;
    assert_eq!(told.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        told.words()
            .contains("Svaret er ændret, siden du så denne side.")
    );
    assert!(
        told.words().contains("En anden"),
        "what is stored now is shown"
    );
    assert!(writer.server.sent(EATING, SKIVE_ID).is_empty());
    let sent = writer.visitor.presses(&told, &[], "Indsend svar").await;
    assert_eq!(
        sent.status,
        StatusCode::SEE_OTHER,
        "read again, it can be sent"
    );
    let sent = writer.server.sent(EATING, SKIVE_ID);
    assert_eq!(sent[0].sign_off.name, "En anden");
}

#[actix_web::test]
async fn a_no_is_sent_from_two_pages() {
    let writer = Writer::of(THISTED).await;
    let no = [("f/participation/takes_part", "false")];
    let mut page = writer.section("participation").await;
    let saved = writer.visitor.presses(&page, &no, NEXT).await;
    page = writer.visitor.follows(&saved).await;
    if page.path.contains("/afsnit/participation") {
        let saved = writer.visitor.presses(&page, &[], NEXT).await;
        page = writer.visitor.follows(&saved).await;
    }
    assert!(page.path.ends_with("/gennemse"), "{}", page.path);
    assert!(!page.title().starts_with("Fejl"), "{}", page.words());
    writer.sends(&page).await;
    let sent = writer
        .server
        .sent(FOCUS, "thisted-kommune-social-og-sundhed");
    let no = json!({"takes_part": false});
    assert_eq!(sent[0].answers, json!({"participation": no}));
}

#[actix_web::test]
async fn a_whole_form_is_answered_page_by_page() {
    let writer = Writer::of(SKIVE).await;
    let years = |group: &str, of: [&str; 4]| -> Vec<(String, String)> {
        let names = [
            "visited/2017",
            "visited/2018",
            "visited/2019",
            "offsite_period",
        ];
        let name = |n: &str| format!("f/{group}/{n}");
        names
            .iter()
            .zip(of)
            .map(|(n, v)| (name(n), v.to_owned()))
            .collect()
    };
    let mut page = writer.section("children").await;
    for group in [
        ("children", ["4", "5", "oplyses ikke", "0"]),
        ("adults", ["10", "ca. 12", "1.100", "0"]),
    ] {
        let figures = years(group.0, group.1);
        let figures: Vec<_> = figures
            .iter()
            .map(|(n, v)| (n.as_str(), v.as_str()))
            .collect();
        page = writer.goes_on(&page, &figures).await;
    }
    assert!(page.path.ends_with("/afsnit/reservations"), "{}", page.path);
    let reason = [
        ("f/reservations/method", "by_hand"),
        ("f/reservations/missing_reason", "Registret er nyt."),
    ];
    page = writer.goes_on(&page, &reason).await;
    let added = writer.visitor.presses(&page, &[], "Tilføj tilbud").await;
    page = writer.visitor.follows(&added).await;
    let offer = [
        ("f/offers/used/0/name", "Bakkely"),
        ("f/offers/used/0/setting", "onsite"),
    ];
    page = writer.goes_on(&page, &offer).await;
    let no = [
        ("f/offsite/used_children", "false"),
        ("f/offsite/used_adults", "false"),
    ];
    page = writer.goes_on(&page, &no).await;
    let supply = [
        ("f/supply/sufficient", "yes"),
        ("f/supply/changed", "false"),
    ];
    page = writer.goes_on(&page, &supply).await;
    page = writer
        .goes_on(&page, &[("f/themes/future", "Mere <b>fælles</b> & bedre")])
        .await;
    page = writer.goes_on(&page, &APPROVED).await;
    assert!(page.path.ends_with("/gennemse"), "{}", page.path);
    assert!(page.words().contains("1.100") && page.words().contains("ca. 12"));
    assert!(
        page.words().contains("Mere <b>fælles</b> & bedre"),
        "escaped"
    );
    let sent = writer.visitor.presses(&page, &[], "Indsend svar").await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.words());
    let answers = &writer.server.sent(EATING, SKIVE_ID)[0].answers;
    assert_eq!(answers["adults"]["visited"]["2019"], json!(1100));
    assert_eq!(
        answers["children"]["visited"]["2019"],
        json!({"state": "not_stated"})
    );
    assert_eq!(answers["approval"]["date"], "2026-10-19");
    assert_eq!(
        answers["offsite"],
        json!({"used_children": false, "used_adults": false})
    );
}

impl Writer {
    /// Fills in the page and goes on; a page that opened questions is pressed through.
    async fn goes_on(&self, page: &Page, answers: &[(&str, &str)]) -> Page {
        let saved = self.visitor.presses(page, answers, NEXT).await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.words());
        let next = self.visitor.follows(&saved).await;
        let wrong = next.title().starts_with("Fejl") && !next.path.ends_with("/gennemse");
        assert!(!wrong, "{}", next.words());
        next
    }
}

#[actix_web::test]
async fn a_pdf_is_attached_sent_and_read_by_the_secretariat_alone() {
    let writer = Writer::of(OFFER).await;
    let page = writer.with_a_file_control().await;
    let pdf = b"%PDF-1.7 invented".as_slice();
    let file = File {
        control: "f/attachments/files/0",
        name: "../../ydelser \u{201e}2019\u{201c}.pdf",
        bytes: pdf,
    };
    let saved = writer.visitor.attaches(&page, &[], &[file], "Gem").await;
    let page = writer.visitor.follows(&saved).await;
    assert!(
        page.words().contains("ydelser 2019.pdf"),
        "{}",
        page.words()
    );
    assert!(!page.words().contains("../"), "{}", page.words());
    let draft = writer.server.drafted(EATING, OFFER_ID);
    let described = &draft["attachments"]["files"][0];
    assert_eq!(described["mediaType"], "application/pdf");
    assert_eq!(described["size"], json!(pdf.len()));
    assert_eq!(described["name"], "ydelser 2019.pdf");
    let hash = described["sha256"].as_str().unwrap().to_owned();
    let again = writer.visitor.presses(&page, &[], "Gem").await;
    assert_eq!(again.status, StatusCode::SEE_OTHER);
    let draft = writer.server.drafted(EATING, OFFER_ID);
    assert_eq!(
        draft["attachments"]["files"][0]["sha256"], hash,
        "kept by a save without it"
    );
    let outside: Vec<String> = writer
        .server
        .data_files()
        .into_iter()
        .map(|(name, _)| name)
        .filter(|name| name.contains("ydelser") || name.contains(&hash))
        .collect();
    assert_eq!(outside, [format!("attachments/{hash}")]);

    writer.fills_in_the_offer().await;
    writer.submits().await;
    let there = format!("/sekretariat/indsamlinger/{EATING}/svar/{OFFER_ID}");
    let secretary = writer.server.secretary().await;
    let answers = secretary.get(&there).await;
    let link = format!("{there}/bilag/{hash}");
    assert!(
        answers.attributes("a", "href").contains(&link),
        "{}",
        answers.words()
    );
    let got = secretary.get(&link).await;
    assert_eq!((got.status, got.bytes.as_slice()), (StatusCode::OK, pdf));
    let disposition = got.headers.get("content-disposition").unwrap();
    assert_eq!(
        disposition.as_bytes(),
        "attachment; filename=\"ydelser 2019.pdf\"".as_bytes()
    );
    let stranger = writer.server.visitor().get(&link).await;
    assert_eq!(stranger.status, StatusCode::UNAUTHORIZED);
    let other = format!("/sekretariat/indsamlinger/{EATING}/svar/harebakken/bilag/{hash}");
    assert_eq!(secretary.get(&other).await.status, StatusCode::NOT_FOUND);
    let history = secretary.get(&there).await;
    assert!(history.words().contains("Bilag hentet af sekretariatet"));
}

#[actix_web::test]
async fn a_program_in_a_documents_name_is_refused_at_the_field() {
    let writer = Writer::of(OFFER).await;
    let page = writer.with_a_file_control().await;
    let control = "f/attachments/files/0";
    let file = File {
        control,
        name: "ydelser.pdf",
        bytes: b"MZ\x90\x00\x03 not a document",
    };
    let saved = writer.visitor.attaches(&page, &[], &[file], NEXT).await;
    let page = writer.visitor.follows(&saved).await;
    let error = page.error_at(control);
    assert!(
        error.contains("ydelser.pdf: filen er hverken PDF, Word (docx)"),
        "{error}"
    );
    assert!(page.title().starts_with("Fejl: "));
    assert!(no_attachment(&writer.server));
    let given_up = writer.visitor.presses(&page, &[], "Gem").await;
    let page = writer.visitor.follows(&given_up).await;
    assert!(
        !page.error_at(control).contains("hverken"),
        "{}",
        page.words()
    );
}

#[actix_web::test]
async fn a_file_of_eleven_megabytes_is_refused_at_the_field() {
    let writer = Writer::of(OFFER).await;
    let page = writer.with_a_file_control().await;
    let control = "f/attachments/files/0";
    let mut bytes = b"%PDF-1.7".to_vec();
    bytes.resize(11 * 1024 * 1024, b' ');
    let file = File {
        control,
        name: "stor.pdf",
        bytes: &bytes,
    };
    let saved = writer.visitor.attaches(&page, &[], &[file], "Gem").await;
    let page = writer.visitor.follows(&saved).await;
    let error = page.error_at(control);
    assert!(error.contains("filen er større end 10 MB"), "{error}");
    assert!(no_attachment(&writer.server));
}

#[actix_web::test]
async fn a_file_that_another_respondent_gave_cannot_be_claimed() {
    let writer = Writer::of(OFFER).await;
    writer.with_a_file_control().await;
    let made_up = json!({"name": "a.pdf", "size": 1, "mediaType": "application/pdf", "sha256": "0".repeat(64)});
    let two = json!([made_up, made_up]).to_string();
    let two = format!("{{\"x\": {two}}}");
    let path = format!("{}/afsnit/attachments", writer.base);
    for text in [made_up.to_string(), two] {
        let fields = [
            ("f/attachments/files/0", text.as_str()),
            ("f/attachments/remarks", "Tak"),
        ];
        let answer = writer.visitor.post(&path, &fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.words());
        let draft = writer.server.drafted(EATING, OFFER_ID);
        assert!(!draft.to_string().contains("sha256"), "{draft}");
        assert_eq!(
            draft["attachments"]["remarks"], "Tak",
            "the other field is kept"
        );
    }
}

#[actix_web::test]
async fn an_offer_answers_its_screening() {
    let writer = Writer::of(OFFER).await;
    writer.fills_in_the_offer().await;
    let review = writer.review().await;
    assert!(review.words().contains("Sønderparken"));
    let sent = writer.visitor.presses(&review, &[], "Indsend svar").await;
    assert_eq!(
        sent.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "nobody signed it"
    );
    assert!(
        sent.words()
            .contains("Skriv navnet på den, der godkender svaret.")
    );
    assert!(sent.error_at("navn").contains("Skriv navnet"));
    let receipt = writer.sends(&sent).await;
    assert!(
        receipt.words().contains("Lederen, Leder"),
        "{}",
        receipt.words()
    );
    let answers = &writer.server.sent(EATING, OFFER_ID)[0].answers;
    assert_eq!(answers["staff"]["fte"], json!(7.5));
    assert_eq!(
        answers["flow"]["adults"]["onsite"]["2018"],
        json!({"state": "not_broken_down"})
    );
    assert_eq!(
        answers["catchment"]["municipalities"],
        json!(["Viborg", "Aarhus"])
    );
}

impl Writer {
    /// The attachments' page with one control for a file.
    async fn with_a_file_control(&self) -> Page {
        let page = self.section("attachments").await;
        let added = self.visitor.presses(&page, &[], "Tilføj bilag").await;
        let page = self.visitor.follows(&added).await;
        assert!(
            page.has_control("f/attachments/files/0"),
            "{}",
            page.words()
        );
        page
    }

    async fn fills_in_the_offer(&self) {
        let offer = [
            ("f/offer/name", "Sønderparken"),
            ("f/offer/operator", "Region Midtjylland"),
            ("f/offer/operator_kind", "region"),
            ("f/offer/seat", "Viborg"),
            ("f/offer/region", "Region Midtjylland"),
            ("f/offer/legal_basis", "107"),
            ("f/offer/legal_basis", "108"),
            ("f/offer/setting", "both"),
            ("f/offer/age_min", "18"),
            ("f/offer/age_open_ended", "true"),
        ];
        let page = self.section("offer").await;
        let page = self.goes_on(&page, &offer).await;
        let page = self.goes_on(&page, &[("f/places/kind", "fixed")]).await;
        assert!(page.path.contains("/afsnit/places"), "{}", page.path);
        let page = self.goes_on(&page, &[("f/places/count", "12")]).await;
        let page = self.goes_on(&page, &[("f/flow/groups", "adults")]).await;
        let figures = ["10", "ikke opgjort", "13", "0", "0", "ca. 2"];
        let names = [
            "onsite/2017",
            "onsite/2018",
            "onsite/2019",
            "offsite/2017",
            "offsite/2018",
            "offsite/2019",
        ];
        let names = names.map(|name| format!("f/flow/adults/{name}"));
        let flow: Vec<_> = names.iter().map(String::as_str).zip(figures).collect();
        let page = self.goes_on(&page, &flow).await;
        let staff = [
            ("f/staff/fte", "7,5"),
            ("f/staff/experienced_percent", "60"),
            ("f/staff/professions", "pedagogue"),
        ];
        let page = self.goes_on(&page, &staff).await;
        let name = "f/catchment/municipalities";
        let page = self
            .goes_on(&page, &[(name, "Viborg"), (name, "Aarhus")])
            .await;
        let page = self
            .goes_on(&page, &[("f/elements/rehabilitation", "meals")])
            .await;
        let own = [
            ("f/self_assessment/planned", "false"),
            ("f/self_assessment/highly_specialised", "yes"),
            ("f/self_assessment/viso", "true"),
        ];
        let page = self.goes_on(&page, &own).await;
        assert!(page.path.ends_with("/afsnit/attachments"), "{}", page.path);
    }
}

fn no_attachment(server: &Server) -> bool {
    let files = server.data_files();
    files
        .iter()
        .all(|(name, _)| !name.starts_with("attachments/"))
        && server
            .kept()
            .iter()
            .all(|line| !line.starts_with("attachment "))
}

/// A respondent's submissions, as they lie in the store.
fn stored(server: &Server, respondent: &str) -> Vec<String> {
    let mut all = server.kept();
    all.retain(|line| {
        line.starts_with("submission ")
            && line.contains(&format!("\"respondent\":\"{respondent}\""))
    });
    all
}
