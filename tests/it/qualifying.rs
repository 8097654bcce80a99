//! Answers read to be judged: side by side, beside last round, beside other forms, corrected and confirmed.
use actix_web::http::StatusCode;
use samsvar::actions::{campaigns, qualifying, second_stage};
use samsvar::demo::EATING;
use samsvar::store::Commit;
use samsvar_core::campaigns::Submitter;

use crate::people::Server;

const FAVRSKOV: &str = "favrskov-kommune-social-og-sundhed";

fn base() -> String {
    format!("/sekretariat/indsamlinger/{EATING}")
}

#[actix_web::test]
async fn a_question_is_read_across_all_and_each_look_is_on_record() {
    let server = Server::demo().await;
    let secretary = server.secretary().await;
    let choice = secretary.get(&format!("{}/sporgsmaal", base())).await;
    assert!(
        choice.words().contains("Vælg et spørgsmål"),
        "{}",
        choice.words()
    );
    let history = secretary.get(&base()).await;
    assert!(
        !history.words().contains("Alles svar på"),
        "choosing is not reading"
    );
    let page = secretary
        .get(&format!(
            "{}/sporgsmaal?gruppe=kommune&felt=%2Fthemes%2Ffuture",
            base()
        ))
        .await;
    assert!(page.words().contains("17 har svaret."), "{}", page.words());
    assert!(
        page.words()
            .contains("Et fast samarbejde mellem kommunerne")
    );
    let history = secretary.get(&base()).await;
    assert!(
        history
            .words()
            .contains("Alles svar på »M13. Hvordan bør indsatsen organiseres fremover?« læst")
    );
    let cell = secretary
        .get(&format!(
            "{}/sporgsmaal?gruppe=kommune&felt=%2Fchildren%2Fvisited%2F2019",
            base()
        ))
        .await;
    assert!(cell.count("tbody tr") == 17, "{}", cell.words());
}

#[actix_web::test]
async fn tags_are_kept_and_gather_answers() {
    let server = Server::demo().await;
    let secretary = server.secretary().await;
    let there = format!(
        "{}/sporgsmaal?gruppe=kommune&felt=%2Fthemes%2Ffuture",
        base()
    );
    let page = secretary.get(&there).await;
    let tags = [
        (
            "stikord-favrskov-kommune-social-og-sundhed",
            "unge,  kapacitet ",
        ),
        ("stikord-viborg-kommune-social-og-sundhed", "unge"),
    ];
    let kept = secretary.presses(&page, &tags, "Gem stikordene").await;
    let page = secretary.follows(&kept).await;
    assert!(
        page.words().contains("unge (2)") && page.words().contains("kapacitet (1)"),
        "{}",
        page.words()
    );
    let only = secretary.get(&format!("{there}&stikord=kapacitet")).await;
    assert_eq!(
        only.all("tbody th a"),
        ["Favrskov Kommune, Social og Sundhed"]
    );
}

#[actix_web::test]
async fn a_correction_is_a_new_submission_that_the_respondent_confirms() {
    let server = Server::demo().await;
    let secretary = server.secretary().await;
    let there = format!("{}/svar/{FAVRSKOV}/ret", base());
    let page = secretary.get(&there).await;
    let field = ("felt", "/themes/future");
    let none = secretary
        .presses(&page, &[field, ("svar", "Nyt")], "Ret svaret")
        .await;
    assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!none.error_at("grund").is_empty());
    assert_eq!(none.control("svar").as_deref(), Some("Nyt"), "kept");
    let wrong = [
        ("felt", "/children/visited/2019"),
        ("svar", "mange"),
        ("grund", "x"),
    ];
    let wrong = secretary.presses(&page, &wrong, "Ret svaret").await;
    assert!(!wrong.error_at("svar").is_empty(), "{}", wrong.words());
    assert_eq!(server.sent(EATING, FAVRSKOV).len(), 1);

    let typed = [
        field,
        ("svar", "Flere pladser"),
        ("grund", "Oplyst på telefon"),
    ];
    let done = secretary.presses(&page, &typed, "Ret svaret").await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.words());
    let sent = server.sent(EATING, FAVRSKOV);
    assert_eq!(sent.len(), 2);
    assert!(
        matches!(&sent[1].by, Submitter::Correction { reason, .. } if reason == "Oplyst på telefon")
    );
    assert_ne!(sent[0].answers, sent[1].answers);
    let page = secretary.follows(&done).await;
    assert!(
        page.words().contains("ikke bekræftet endnu"),
        "{}",
        page.words()
    );

    server.send_mail();
    let contact = "social@favrskov.example.dk";
    let mail = server.newest_mail_to(contact);
    assert!(mail.text.contains("Oplyst på telefon") && !mail.text.contains("Flere pladser"));
    let (answerer, start) = server.opens_link_of(contact).await;
    let page = answerer.get(&format!("{}/beskeder", start.path)).await;
    assert!(
        page.words().contains("Flere pladser")
            && page
                .words()
                .contains("Et fast samarbejde mellem kommunerne")
    );
    answerer.presses(&page, &[], "Bekræft rettelsen").await;
    let page = secretary.get(&format!("{}/svar/{FAVRSKOV}", base())).await;
    assert!(page.words().contains("bekræftet"), "{}", page.words());
    assert!(!page.words().contains("ikke bekræftet endnu"));
}

#[actix_web::test]
async fn an_approved_answer_is_approved_until_the_next_submission() {
    let server = Server::demo().await;
    let secretary = server.secretary().await;
    let page = secretary.get(&format!("{}/svar/{FAVRSKOV}", base())).await;
    secretary.presses(&page, &[], "Godkend svaret").await;
    let there = format!("{}?status=godkendt", base());
    assert_eq!(
        secretary.get(&there).await.all("tbody th a"),
        ["Favrskov Kommune, Social og Sundhed"]
    );
    let ids = (EATING, FAVRSKOV);
    qualifying::correct(&server.app, ids, "/themes/future", "Andet", "x", "S")
        .unwrap()
        .unwrap();
    assert!(secretary.get(&there).await.all("tbody th a").is_empty());
}

#[actix_web::test]
async fn offers_named_in_answers_are_proposed_once_and_decided_about() {
    let server = Server::demo().await;
    let secretary = server.secretary().await;
    let found = second_stage::second_stage(&server.app, EATING)
        .unwrap()
        .unwrap();
    let (group, all) = &found.groups[0];
    assert_eq!(group, "tilbud");
    let bakkely = all
        .iter()
        .find(|p| p.name == "Bakkely")
        .expect("Bakkely is named");
    assert_eq!(
        (bakkely.listed.as_deref(), bakkely.named_by.len() > 1),
        (None, true)
    );
    let windsor = all.iter().find(|p| p.name.contains("Windsor")).unwrap();
    assert!(windsor.listed.is_some(), "it is asked already");

    let there = format!("{}/naevnte", base());
    let page = secretary.get(&there).await;
    let names = page.attributes("input[name^=navn-]", "value");
    let place = |name: &str| {
        names
            .iter()
            .position(|n| n.contains(name))
            .expect("proposed")
    };
    let (first, second) = (place("Bakkely"), place("NBU"));
    let (pick, mail) = (format!("valg-{first}"), format!("mail-{first}"));
    let (leave, reason) = (format!("valg-{second}"), format!("grund-{second}"));
    let no_reason = secretary
        .presses(&page, &[(&leave, "udelad")], "Gem valgene")
        .await;
    assert_eq!(no_reason.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!no_reason.error_at(&reason).is_empty());
    let typed = [
        (pick.as_str(), "tag"),
        (mail.as_str(), "leder@bakkely.example.dk"),
        (leave.as_str(), "udelad"),
        (reason.as_str(), "Spørges af Nordjylland"),
    ];
    let done = secretary.presses(&page, &typed, "Gem valgene").await;
    let page = secretary.follows(&done).await;
    let open = page.attributes("input[name^=navn-]", "value");
    assert!(
        open.iter()
            .all(|n| !n.contains("Bakkely") && !n.contains("NBU")),
        "{open:?}"
    );
    assert!(page.words().contains("Spørges af Nordjylland"));
    server.send_mail();
    let (_, start) = server.opens_link_of("leder@bakkely.example.dk").await;
    assert!(start.words().contains("Bakkely"), "{}", start.words());
    let again = secretary
        .presses(
            &page,
            &[],
            "Foreslå igen Fonden Nordjysk Børne- og Ungecenter (NBU)",
        )
        .await;
    let page = secretary.follows(&again).await;
    assert!(
        page.attributes("input[name^=navn-]", "value")
            .iter()
            .any(|n| n.contains("NBU"))
    );
}

#[actix_web::test]
async fn a_municipality_and_its_only_offer_that_disagree_are_flagged() {
    let server = Server::demo().await;
    let norddjurs = "norddjurs-kommune-social-og-sundhed";
    assert!(
        qualifying::contradictions(&server.app, EATING)
            .unwrap()
            .iter()
            .all(|c| c.respondent.id != norddjurs)
    );
    let mut sent = server.sent(EATING, "harebakken").remove(0);
    sent.number = 2;
    sent.answers["catchment"]["municipalities"] = serde_json::json!(["Norddjurs"]);
    let asked = campaigns::asked(&server.app, EATING).unwrap();
    let mut offer = asked.into_iter().find(|r| r.id == "harebakken").unwrap();
    offer.progress.submissions = 2;
    let commit = Commit::new(server.app.now()).put(&sent).put(&offer);
    server.app.store.commit(commit).unwrap();
    let found = qualifying::contradictions(&server.app, EATING).unwrap();
    let told = found
        .iter()
        .find(|c| c.respondent.id == norddjurs)
        .expect("a conflict");
    assert_eq!(told.other.id, "harebakken");
    let secretary = server.secretary().await;
    let page = secretary.get(&format!("{}/svar/{norddjurs}", base())).await;
    assert!(
        page.words().contains("Svar, der ikke passer sammen"),
        "{}",
        page.words()
    );
}
