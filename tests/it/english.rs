//! English by one click on the pages of an answer, remembered, and back again.
use actix_web::http::{StatusCode, header};
use actix_web::test::TestRequest;
use chrono::TimeDelta;
use samsvar::demo::EATING;
use samsvar_core::campaigns::SignOffRule;

use crate::hands::MANAGER;
use crate::page::Page;
use crate::people::Server;
use crate::writer::{APPROVED, SKIVE, Writer};

#[actix_web::test]
async fn one_click_gives_the_pages_in_english_and_the_visitor_keeps_it() {
    let writer = Writer::of(SKIVE).await;
    let start = writer.visitor.get(&writer.base).await;
    let link = format!("{}/sprog/en", writer.base);
    assert!(
        start.attributes("a", "href").contains(&link),
        "{}",
        start.words()
    );
    let section = format!("{}/afsnit/children", writer.base);
    let asked = TestRequest::get().uri(&link).insert_header((
        header::REFERER,
        format!("http://samsvar.example.dk{section}"),
    ));
    let chosen = writer.visitor.send(asked, &link).await;
    assert_eq!(chosen.status, StatusCode::SEE_OTHER);
    assert_eq!(chosen.location(), section, "back to where it was clicked");
    let page = writer.visitor.get(&section).await;
    assert_eq!(page.attributes("html", "lang"), ["en"]);
    let words = page.words();
    for part in [
        "Children and young people under 18",
        "Save and continue",
        "Section 1 of 8",
        "Review and send",
        "Deadline",
    ] {
        assert!(words.contains(part), "{part}: {words}");
    }
    for part in ["Gem og fortsæt", "Svarfrist", "skal udfyldes", "Gennemse"] {
        assert!(!words.contains(part), "{part}: {words}");
    }
    let saved = writer
        .visitor
        .presses(
            &page,
            &[("f/children/visited/2017", "many")],
            "Save and continue",
        )
        .await;
    let page = writer.visitor.follows(&saved).await;
    assert!(page.title().starts_with("Error: "), "{}", page.title());
    let page = writer.visitor.get(&section).await;
    let saved = writer
        .visitor
        .presses(&page, &[("f/children/visited/2017", "Gem")], "Save")
        .await;
    let page = writer.visitor.follows(&saved).await;
    assert_eq!(
        page.control("f/children/visited/2017").as_deref(),
        Some("Gem"),
        "what was typed stays"
    );
    let back = writer
        .visitor
        .get(&format!("{}/sprog/da", writer.base))
        .await;
    assert_eq!(
        back.location(),
        writer.base,
        "without a referrer, to the first page"
    );
    assert_eq!(
        writer.section("children").await.attributes("html", "lang"),
        ["da"]
    );
}

#[actix_web::test]
async fn the_choice_leads_nowhere_else() {
    let writer = Writer::of(SKIVE).await;
    let link = format!("{}/sprog/en", writer.base);
    for from in [
        "https://ondt.example.com/",
        "https://ondt.example.com/svar/andre",
        "//x",
        "http://h/sekretariat",
    ] {
        let asked = TestRequest::get()
            .uri(&link)
            .insert_header((header::REFERER, from));
        assert_eq!(
            writer.visitor.send(asked, &link).await.location(),
            writer.base,
            "{from}"
        );
    }
}

#[actix_web::test]
async fn the_front_page_and_the_one_about_the_program_speak_english_too() {
    let server = Server::demo().await;
    let visitor = server.visitor();
    let front = visitor.get("/").await;
    assert_eq!(front.attributes("html", "lang"), ["da"]);
    assert!(
        front
            .attributes("a", "href")
            .contains(&"/sprog/en".to_owned())
    );
    let asked = TestRequest::get()
        .uri("/sprog/en")
        .insert_header((header::REFERER, "http://samsvar.example.dk/om"));
    let chosen = visitor.send(asked, "/sprog/en").await;
    assert_eq!(chosen.location(), "/om", "back to where it was clicked");
    for path in ["/", "/om"] {
        let page = visitor.get(path).await;
        assert_eq!(page.attributes("html", "lang"), ["en"], "{path}");
        assert_eq!(
            still_danish(&page, &["Det Fælles Designsystem"]),
            Vec::<String>::new(),
            "{path}"
        );
    }
    for from in ["https://ondt.example.com/", "http://h/sekretariat", "//x"] {
        let asked = TestRequest::get()
            .uri("/sprog/da")
            .insert_header((header::REFERER, from));
        assert_eq!(
            visitor.send(asked, "/sprog/da").await.location(),
            "/",
            "{from}"
        );
    }
    assert_eq!(visitor.get("/").await.attributes("html", "lang"), ["da"]);
}

/// Words that no English page has.
const DANISH: [&str; 34] = [
    "og",
    "ikke",
    "er",
    "det",
    "til",
    "jeres",
    "svaret",
    "svar",
    "af",
    "på",
    "når",
    "kan",
    "siden",
    "skal",
    "ændret",
    "åbn",
    "ret",
    "gem",
    "gemt",
    "sendt",
    "fejl",
    "eller",
    "den",
    "med",
    "har",
    "jer",
    "frist",
    "svarfrist",
    "linket",
    "indsamling",
    "spørgeskema",
    "kl.",
    "vælg",
    "skriv",
];

/// Texts of the page that are still Danish; `own` is what people wrote themselves.
fn still_danish(page: &Page, own: &[&str]) -> Vec<String> {
    let html = scraper::Html::parse_document(&page.text());
    let labels = page.attributes("[aria-label]", "aria-label");
    let texts = html
        .tree
        .values()
        .filter_map(|node| Some(node.as_text()?.trim().to_owned()));
    let danish = |text: &String| {
        let lower = text.to_lowercase();
        lower
            .split(|c: char| !c.is_alphanumeric() && c != '.')
            .any(|word| DANISH.contains(&word))
    };
    texts
        .chain(labels)
        .filter(danish)
        .filter(|text| own.iter().all(|words| !text.contains(words)))
        .filter(|text| !text.starts_with("{\"answers\""))
        .collect()
}

/// Pages of everybody who has a hand in an answer, in all their states.
#[actix_web::test]
async fn no_page_of_an_answer_is_left_half_danish() {
    let writer = Writer::of(SKIVE).await;
    let campaign = writer
        .server
        .campaign(EATING, |c| c.sign_off = SignOffRule::ByManager);
    let mut own = vec![
        campaign.title.as_str(),
        campaign.sender.name.as_str(),
        "Skive Kommune",
    ];
    own.extend(campaign.privacy_notice.split("\n\n"));
    own.extend([
        "Kan du tage børnene?",
        "Det er ikke rigtigt.",
        "Et tal er forkert.",
    ]);
    // Words to be typed, which a figure's help names.
    own.extend(["“oplyses ikke”", "oplyses ikke"]);
    let mut left: Vec<(String, Vec<String>)> = Vec::new();
    let mut look = |what: &str, page: &Page| {
        assert_eq!(
            page.attributes("html", "lang"),
            ["en"],
            "{what}: {}",
            page.words()
        );
        let found = still_danish(page, &own);
        if !found.is_empty() {
            left.push((what.to_owned(), found));
        }
    };
    let base = writer.base.clone();
    let holder = &writer.visitor;
    let at = |path: &str| format!("{base}/{path}");
    holder.get(&at("sprog/en")).await;

    look("start", &holder.get(&base).await);
    let help = holder.get(&at("hjaelp")).await;
    look("help", &help);
    look(
        "help, nothing filled in",
        &holder
            .presses(&help, &[("hvad", "dele")], "Send the link to the colleague")
            .await,
    );
    let asked = [
        ("navn", "Mette Holm"),
        ("mail", "mette@skive.example.dk"),
        ("hvad", "hele"),
        ("besked", "Kan du tage børnene?"),
    ];
    holder
        .presses(&help, &asked, "Send the link to the colleague")
        .await;
    look("help, asked", &holder.get(&at("hjaelp")).await);
    writer.server.send_mail();
    let (mette, hers) = writer.server.opens_link_of("mette@skive.example.dk").await;
    mette.get(&format!("{}/sprog/en", hers.path)).await;
    look("colleague's start", &mette.get(&hers.path).await);
    look(
        "not hers",
        &mette.get(&format!("{}/gennemse", hers.path)).await,
    );
    look("messages", &holder.get(&at("beskeder")).await);
    look(
        "no message",
        &holder.post(&at("beskeder"), &[("besked", "")]).await,
    );

    let one = holder.get(&at("afsnit/children")).await;
    look("section", &one);
    look("no such section", &holder.get(&at("afsnit/nix")).await);
    let other = mette.get(&format!("{}/afsnit/children", hers.path)).await;
    mette
        .presses(&other, &[("f/children/visited/2017", "5")], "Save")
        .await;
    let conflict = holder
        .presses(&one, &[("f/children/visited/2017", "8")], "Save")
        .await;
    assert_eq!(conflict.status, StatusCode::CONFLICT);
    look("conflict", &conflict);
    look(
        "conflict, not chosen",
        &holder.presses(&conflict, &[], "Save").await,
    );
    let typed = [("f/children/visited/2017", "mange")];
    let wrong = holder
        .presses(
            &holder.get(&at("afsnit/children")).await,
            &typed,
            "Save and continue",
        )
        .await;
    look("faults", &holder.follows(&wrong).await);
    look("review, with faults", &holder.get(&at("gennemse")).await);
    look("history", &holder.get(&at("historik")).await);

    let cleared: Vec<(String, &str)> = [2017, 2018, 2019]
        .iter()
        .map(|y| (format!("f/children/visited/{y}"), ""))
        .collect();
    let mut nobody: Vec<(&str, &str)> = cleared.iter().map(|(n, v)| (n.as_str(), *v)).collect();
    nobody.push(("f/children/none", "true"));
    for (section, answers) in [
        ("children", nobody.as_slice()),
        ("adults", &[("f/adults/none", "true")]),
        ("approval", &APPROVED),
    ] {
        let page = holder.get(&at(&format!("afsnit/{section}"))).await;
        holder.presses(&page, answers, "Save").await;
    }
    look("offers", &holder.get(&at("afsnit/offers")).await);
    let review = holder.get(&at("gennemse")).await;
    look("review", &review);
    let none = [("navn", ""), ("titel", ""), ("mail", "")];
    look(
        "no manager",
        &holder.presses(&review, &none, "Send for approval").await,
    );
    let stale = holder.get(&at("afsnit/themes")).await;
    for round in 0..2 {
        let asked = holder
            .presses(
                &holder.get(&at("gennemse")).await,
                &MANAGER,
                "Send for approval",
            )
            .await;
        assert_eq!(asked.status, StatusCode::SEE_OTHER, "{}", asked.words());
        look("waiting", &holder.get(&at("gennemse")).await);
        look("start, waiting", &holder.get(&base).await);
        look(
            "kept",
            &holder
                .presses(&stale, &[("f/themes/challenges", "x")], "Save")
                .await,
        );
        writer.server.send_mail();
        let (hanne, request) = writer.server.opens_link_of(MANAGER[2].1).await;
        let own_path = request.path.trim_end_matches("/godkend");
        hanne.get(&format!("{own_path}/sprog/en")).await;
        let page = hanne.get(&format!("{own_path}/godkend")).await;
        look("manager", &page);
        look(
            "manager, no comment",
            &hanne
                .presses(&page, &[("kommentar", "")], "Return with a comment")
                .await,
        );
        let done = if round == 0 {
            let words = [("kommentar", "Det er ikke rigtigt.")];
            hanne.presses(&page, &words, "Return with a comment").await
        } else {
            hanne
                .presses(&page, &[], "Approve and send the answer")
                .await
        };
        look("manager, done", &hanne.follows(&done).await);
        look("start, after the manager", &holder.get(&base).await);
    }
    look("receipt", &holder.get(&at("kvittering/1")).await);
    let reopen = holder.get(&at("genaabn")).await;
    look("reopen", &reopen);
    look(
        "reopen, no reason",
        &holder
            .presses(&reopen, &[("grund", "")], "Reopen the answer")
            .await,
    );
    look(
        "sent",
        &holder
            .presses(&stale, &[("f/themes/challenges", "x")], "Save")
            .await,
    );
    look("colleague, sent", &mette.get(&hers.path).await);
    holder
        .presses(
            &reopen,
            &[("grund", "Et tal er forkert.")],
            "Reopen the answer",
        )
        .await;
    look("start, reopened", &holder.get(&base).await);
    look("history of all", &holder.get(&at("historik")).await);
    writer.server.passes(TimeDelta::days(400));
    look("expired", &holder.get(&base).await);
    let report: String = left
        .iter()
        .map(|(what, texts)| format!("{what}:\n  {}\n", texts.join("\n  ")))
        .collect();
    assert!(left.is_empty(), "{report}");
}
