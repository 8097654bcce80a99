//! From the review page to the receipt, and to the next answer after it.
use actix_web::http::StatusCode;
use futures_util::future::join;
use samsvar::demo::{EATING, FOCUS};
use samsvar_core::campaigns::{Submission, receipt_number};
use serde_json::{Value, json};

use crate::people::Server;
use crate::writer::{
    APPROVED, FAVRSKOV, FAVRSKOV_ID, NEXT, OFFER, OFFER_ID, SKIVE, SKIVE_ID, THISTED, Writer,
};

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
    let data = serde_json::from_slice::<Value>(&data.bytes).unwrap();
    assert_eq!(data["answers"], sent[0].answers);
    assert_eq!(data["receipt"], receipt_number(&sent[0].sha256, 1));
    assert_eq!(data["sha256"], Submission::hash_of(&data["answers"]));
    assert_eq!(data["form"]["version"], sent[0].form.version);
    assert_eq!(data["respondent"], "Skive Kommune, Social og Sundhed");
    assert_eq!(data["received"], sent[0].at.to_rfc3339());
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
    assert_eq!(data["answers"], sent.answers);
    assert_eq!(data["receipt"], number);
    let page = String::from_utf8(mail.attachments[0].bytes.clone()).unwrap();
    assert!(page.contains(&sent.sha256) && page.contains("Socialchefen"));
    assert!(!mail.text.contains("/l/"), "a receipt holds no link");
}

#[actix_web::test]
async fn an_amendment_is_a_new_answer_and_leaves_the_old_one_as_it_was() {
    let writer = Writer::of(FAVRSKOV).await;
    let before = stored(&writer.server, FAVRSKOV_ID);
    assert_eq!(before.len(), 1);
    writer.visitor.reopens(&writer.base).await;
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

/// A respondent's submissions, as they lie in the store.
fn stored(server: &Server, respondent: &str) -> Vec<String> {
    let mut all = server.kept();
    all.retain(|line| {
        line.starts_with("submission ")
            && line.contains(&format!("\"respondent\":\"{respondent}\""))
    });
    all
}
