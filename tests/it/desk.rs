//! The secretariat's desk: a collection is made, followed and read, and who read what is on record.
use actix_web::http::StatusCode;
use chrono::TimeDelta;
use samsvar::actions::campaigns;
use samsvar::control::{self, Ask, Outcome};
use samsvar::demo::EATING;
use samsvar_core::danish;

use crate::collection::{OPEN, begun, opened, prepared, reads, step, with_forms};
use crate::page::Page;
use crate::people::{Server, Visitor};

/// Three respondents: two contacts, one contact, and none that a letter reaches.
const RECIPIENTS: &str = "organisation;afdeling;gruppe;navn;mail;telefon\n\
    Skive Kommune;;kommune;Fagkoordinator;fag@skive.example.dk;\n\
    Skive Kommune;;kommune;Leder;leder@skive.example.dk;\n\
    Odder Kommune;;kommune;Fagkoordinator;fag@odder.example.dk;\n\
    Samsø Kommune;;kommune;Fagkoordinator;;12345678\n";

#[actix_web::test]
async fn recipients_that_cannot_be_used_are_named_by_line() {
    let server = Server::empty().await;
    let secretary = server.secretary().await;
    let id = begun(&secretary, "Prøvesamling").await;
    with_forms(
        &secretary,
        &id,
        &[("kommune", "spiseforstyrrelser-kommune")],
    )
    .await;
    let csv = "organisation;afdeling;gruppe;navn;mail;telefon\n\
        Skive Kommune;;kommune;Fagkoordinator;fag@skive.example.dk;\n\
        ;;kommune;;;\n\
        Odder Kommune;;kommune;Leder;ikke-en-adresse;\n\
        Sønderparken;;tilbud;;;\n";
    let page = reads(&secretary, &id, csv).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.title().starts_with("Fejl: "));
    let errors = page.all("#fejl li");
    assert_eq!(
        errors,
        [
            "Linje 3: Organisationen mangler.",
            "Linje 4: Mailadressen er ikke gyldig.",
            "Linje 5: Gruppen »tilbud« har intet skema. Brug: kommune.",
        ]
    );
    assert!(page.error_at("liste").contains("Linje 3"));
    assert_eq!(
        page.control("liste").as_deref().map(str::trim),
        Some(csv.trim()),
        "kept"
    );
    assert!(campaigns::asked(&server.app, &id).unwrap().is_empty());
}

#[actix_web::test]
async fn a_new_campaign_invites_everybody_who_can_be_reached_once() {
    let server = Server::empty().await;
    let secretary = server.secretary().await;
    let (id, shown) = prepared(&server, &secretary, RECIPIENTS, "").await;
    assert!(
        shown.words().contains("3 svarende, 3 breve"),
        "{}",
        shown.words()
    );
    let list = secretary.get(&step(&id, "modtagere")).await;
    assert!(
        list.words()
            .contains("Samsø Kommune kommune Ingen mailadresse – får intet brev"),
        "{}",
        list.words()
    );
    assert!(
        campaigns::list(&server.app).unwrap().is_empty(),
        "nothing is opened by looking"
    );

    let before = server.mails().len();
    let made = secretary.presses(&shown, &[], OPEN).await;
    assert_eq!(made.location(), "/sekretariat/indsamlinger/proevesamling");
    assert_eq!(
        campaigns::invite_due(&server.app).unwrap(),
        0,
        "all are queued already"
    );
    assert_eq!(server.send_mail().sent, 3);
    assert_eq!(server.send_mail().sent, 0);
    server.passes(TimeDelta::hours(2));
    assert_eq!(campaigns::invite_due(&server.app).unwrap(), 0);
    assert_eq!(server.send_mail().sent, 0);
    let mut to: Vec<String> = server.mails().drain(before..).map(|m| m.to).collect();
    to.sort();
    assert_eq!(to.len(), 3);
    for (mail, address) in to.iter().zip(["fag@odder", "fag@skive", "leder@skive"]) {
        assert!(mail.contains(address), "{to:?}");
    }
    let links = ["fag@odder", "fag@skive", "leder@skive"].map(|a| server.link_of(a));
    assert!(
        links[0] != links[1] && links[1] != links[2],
        "each has its own link"
    );
    let (_, start) = server.opens_link_of("leder@skive").await;
    assert!(start.words().contains("Skive Kommune"));

    let page = secretary.follows(&made).await;
    assert!(
        page.words().contains("2 af 3 er inviteret"),
        "{}",
        page.words()
    );
    assert!(page.words().contains("1 af 3 har åbnet linket"));
    assert_eq!(
        row_of(&page, "Samsø Kommune")[..2],
        ["Ikke inviteret", "Intet brev"]
    );
    assert_eq!(row_of(&page, "Skive Kommune")[..2], ["Åbnet", "Sendt"]);
    assert_eq!(row_of(&page, "Odder Kommune")[0], "Inviteret");
}

#[actix_web::test]
async fn letters_that_have_not_left_are_shown_as_waiting() {
    let server = Server::empty().await;
    let secretary = server.secretary().await;
    let made = opened(&server, &secretary, RECIPIENTS, "").await;
    let page = secretary.follows(&made).await;
    assert_eq!(
        row_of(&page, "Odder Kommune")[..2],
        ["Inviteret", "I udbakken"]
    );
}

#[actix_web::test]
async fn two_campaigns_may_have_the_same_title() {
    let server = Server::empty().await;
    let secretary = server.secretary().await;
    for address in ["proevesamling", "proevesamling-2"] {
        let made = opened(&server, &secretary, RECIPIENTS, "").await;
        assert_eq!(
            made.location(),
            format!("/sekretariat/indsamlinger/{address}")
        );
    }
    assert_eq!(campaigns::list(&server.app).unwrap().len(), 2);
}

#[actix_web::test]
async fn a_campaign_invites_when_it_opens_and_not_before() {
    let server = Server::empty().await;
    let secretary = server.secretary().await;
    let opens = danish::local(server.app.now() + TimeDelta::days(5));
    let opens = danish::short_date(opens.date_naive());
    let made = opened(&server, &secretary, RECIPIENTS, &opens).await;
    let there = made.location();
    let page = secretary.get(&there).await;
    assert!(page.words().contains("Ikke åbnet"), "{}", page.words());
    server.passes(TimeDelta::days(3));
    assert_eq!(campaigns::invite_due(&server.app).unwrap(), 0);
    assert_eq!(server.send_mail().sent, 0);
    server.passes(TimeDelta::days(2));
    assert_eq!(campaigns::invite_due(&server.app).unwrap(), 3);
    assert_eq!(campaigns::invite_due(&server.app).unwrap(), 0);
    assert_eq!(server.send_mail().sent, 3);
    let secretary = server.secretary().await;
    let page = secretary.get(&there).await;
    assert!(
        page.words().contains("2 af 3 er inviteret"),
        "{}",
        page.words()
    );
}

#[actix_web::test]
async fn an_invitation_that_would_leave_after_the_deadline_stays() {
    let server = Server::empty().await;
    let secretary = server.secretary().await;
    opened(&server, &secretary, RECIPIENTS, "").await;
    server.passes(TimeDelta::days(40));
    let report = server.send_mail();
    assert_eq!((report.sent, report.withdrawn), (0, 3));
}

#[actix_web::test]
async fn a_campaigns_page_shows_how_far_everybody_is() {
    let server = Server::demo().await;
    let secretary = server.secretary().await;
    let desk = secretary.get("/sekretariat").await;
    assert!(desk.words().contains("Tilmelding som fokuskommune"));
    let there = format!("/sekretariat/indsamlinger/{EATING}");
    assert!(desk.attributes("a", "href").contains(&there));
    let page = secretary.get(&there).await;
    assert!(
        page.words().contains("24 af 29 har sendt"),
        "{}",
        page.words()
    );
    assert!(page.words().contains("Besvaret af 17 ud af 19."));
    assert!(page.words().contains("Besvaret af 7 ud af 10."));
    let state = |name: &str| row_of(&page, name)[0].clone();
    assert_eq!(state("Favrskov Kommune, Social og Sundhed"), "Indsendt");
    assert_eq!(state("Ikast-Brande Kommune, Social og Sundhed"), "I gang");
    assert_eq!(state("Skive Kommune, Social og Sundhed"), "Inviteret");
    assert_eq!(state("SULT-akademiet"), "Ikke inviteret");
    server.opens_link_of("social@skive.example.dk").await;
    let page = secretary.get(&there).await;
    assert_eq!(
        row_of(&page, "Skive Kommune, Social og Sundhed")[0],
        "Åbnet"
    );
}

#[actix_web::test]
async fn reading_an_answer_is_on_record() {
    let server = Server::demo().await;
    let secretary = server.secretary().await;
    let one = format!("/sekretariat/indsamlinger/{EATING}");
    let answer = format!("{one}/svar/favrskov-kommune-social-og-sundhed");
    assert!(
        !deeds(&secretary, &one)
            .await
            .contains("læst af sekretariatet")
    );
    let page = secretary.get(&answer).await;
    assert!(
        page.words().contains("Vi mangler tilbud til de yngste"),
        "{}",
        page.words()
    );
    let history = deeds(&secretary, &one).await;
    let line = "Svar nr. 1 læst af sekretariatet – Favrskov Kommune, Social og Sundhed, Sekretariatet (demo)";
    assert!(history.contains(line), "{history}");
}

#[actix_web::test]
async fn a_draft_is_not_shown_to_the_secretariat() {
    let server = Server::demo().await;
    let (writer, start) = server.opens_link_of("social@skive.example.dk").await;
    let page = writer.get(&format!("{}/afsnit/themes", start.path)).await;
    let words = [("f/themes/future", "Kun en kladde")];
    writer.presses(&page, &words, "Gem").await;
    let secretary = server.secretary().await;
    let one = format!("/sekretariat/indsamlinger/{EATING}");
    let page = secretary
        .get(&format!("{one}/svar/skive-kommune-social-og-sundhed"))
        .await;
    assert!(page.words().contains("Der er ikke sendt noget svar endnu."));
    for path in [
        format!("{one}/svar/skive-kommune-social-og-sundhed"),
        format!("{one}/data/kommune.jsonl"),
        one,
    ] {
        let page = secretary.get(&path).await;
        assert!(!page.text().contains("Kun en kladde"), "{path}");
    }
}

#[actix_web::test]
async fn every_download_is_on_record_with_its_format() {
    let server = Server::demo().await;
    let secretary = server.secretary().await;
    let one = format!("/sekretariat/indsamlinger/{EATING}");
    let files = [
        ("rapport.html", "Rapport hentet (html)"),
        ("rapport.csv", "Rapport hentet (csv)"),
        ("rapport.iso.csv", "Rapport hentet (iso.csv)"),
        ("rapport.xlsx", "Rapport hentet (xlsx)"),
        ("rapport.json", "Rapport hentet (json)"),
        ("data/kommune.csv", "Rådata hentet (csv)"),
        ("data/tilbud.xlsx", "Rådata hentet (xlsx)"),
        ("data/kommune.jsonl", "Rådata hentet (jsonl)"),
    ];
    crate::reports::release(&secretary, EATING).await;
    for (file, deed) in files {
        let before = deeds(&secretary, &one).await;
        assert!(!before.contains(deed), "{deed}");
        let got = secretary.get(&format!("{one}/{file}")).await;
        assert_eq!(got.status, StatusCode::OK, "{file}");
        let disposition = got.headers.get("content-disposition").unwrap();
        assert!(disposition.to_str().unwrap().starts_with("attachment; "));
        let after = deeds(&secretary, &one).await;
        assert!(
            after.contains(&format!("{deed}, Sekretariatet (demo)")),
            "{after}"
        );
    }
}

#[actix_web::test]
async fn the_operator_asks_the_running_server_from_a_shell() {
    let server = Server::demo().await;
    control::listen(&server.app).unwrap();
    let data = server.app.config.data.clone();
    let ask = |ask: Ask| control::ask_server(&data, &ask).unwrap();
    let add = |address: &str| Ask::StaffAdd {
        name: "Ny Sekretær".into(),
        address: address.into(),
        role: samsvar_core::roles::Role::default(),
    };
    assert!(
        matches!(ask(add("ny@region.example.dk")), Outcome::Done(said) if said.contains("/log-ind"))
    );
    assert!(
        matches!(ask(add("ikke en adresse")), Outcome::Refused(why) if why.contains("address"))
    );
    let visitor = server.visitor();
    let page = visitor.get("/log-ind").await;
    visitor
        .presses(
            &page,
            &[("mail", "ny@region.example.dk")],
            "Send mig et link",
        )
        .await;
    assert_eq!(server.send_mail().sent, 1, "who was added can sign in");

    let report = |campaign: Option<&str>| Ask::Report {
        campaign: campaign.map(str::to_owned),
        format: samsvar::actions::reporting::ReportFormat::Csv,
    };
    let Outcome::File(bytes) = ask(report(Some(EATING))) else {
        panic!("no file");
    };
    let secretary = server.secretary().await;
    let one = format!("/sekretariat/indsamlinger/{EATING}");
    let page = secretary.get(&format!("{one}/rapport.csv")).await;
    assert_eq!(page.bytes, bytes, "the same report as on the page");
    assert!(
        deeds(&secretary, &one)
            .await
            .contains("Rapport hentet (csv), Driften")
    );
    assert!(matches!(
        ask(report(Some("findes-ikke"))),
        Outcome::Refused(_)
    ));
    let export = Ask::Export {
        campaign: Some(EATING.into()),
        group: Some("tilbud".into()),
        format: samsvar::actions::reporting::RawFormat::Jsonl,
    };
    let Outcome::File(lines) = ask(export) else {
        panic!("no file");
    };
    assert_eq!(String::from_utf8(lines).unwrap().lines().count(), 10);
}

#[actix_web::test]
async fn a_reset_demo_begins_anew() {
    let server = Server::demo().await;
    let skive = "social@skive.example.dk";
    let old = server.link_of(skive);
    let (writer, start) = server.opens_link_of(skive).await;
    let path = format!("{}/afsnit/themes", start.path);
    let page = writer.get(&path).await;
    writer
        .presses(&page, &[("f/themes/future", "Glem mig")], "Gem")
        .await;
    let roles = writer.get("/demo").await;
    let reset = writer.presses(&roles, &[], "Nulstil demonstrationen").await;
    assert_eq!(reset.status, StatusCode::SEE_OTHER, "{}", reset.words());
    assert_eq!(writer.get(&old).await.status, StatusCode::NOT_FOUND);
    assert_eq!(writer.get(&path).await.status, StatusCode::NOT_FOUND);
    server.send_mail();
    let (again, start) = server.opens_link_of(skive).await;
    let page = again.get(&format!("{}/afsnit/themes", start.path)).await;
    assert_eq!(page.control("f/themes/future").as_deref(), Some(""));
    let secretary = server.secretary().await;
    let report = secretary
        .get(&format!("/sekretariat/indsamlinger/{EATING}/rapport"))
        .await;
    assert!(report.words().contains("Besvaret af 17 ud af 19 kommuner."));
}

/// The cells behind a respondent's name.
#[track_caller]
fn row_of(page: &Page, name: &str) -> Vec<String> {
    let names = page.all("tbody th a");
    let at = names.iter().position(|n| n == name).expect("a row");
    let cells = page.all("tbody tr:has(th a) td");
    let each = cells.len() / names.len();
    cells[at * each..(at + 1) * each].to_vec()
}

async fn deeds(secretary: &Visitor, campaign: &str) -> String {
    let page = secretary.get(campaign).await;
    let words = page.words();
    let at = words.find("Historik").expect("a history");
    words[at..].replace(" , ", ", ")
}
