//! Setting a collection up in the browser: kept as typed, checked, looked at, and changed while it runs.
use std::io::{Cursor, Write};

use actix_web::http::StatusCode;
use chrono::TimeDelta;
use samsvar::actions::{campaigns, setup};
use samsvar::demo::EATING;
use samsvar_core::danish;

use crate::collection::{
    NEW, ON, OPEN, begun, opened, prepared, reads, reads_file, step, with_forms, with_recipients,
};
use crate::page::File;
use crate::people::{SECRETARY, Server};

const HEAD: &str = "organisation;afdeling;gruppe;navn;mail;telefon\n";
const MUNICIPALITIES: &[(&str, &str)] = &[("kommune", "spiseforstyrrelser-kommune")];

#[actix_web::test]
async fn a_draft_is_kept_with_its_faults_and_tells_them_all_before_it_opens() {
    let server = Server::empty().await;
    let secretary = server.secretary().await;
    let page = secretary.get(NEW).await;
    let none = secretary.presses(&page, &[("afsender", "S")], ON).await;
    assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(none.error_at("titel").contains("titel"));
    assert_eq!(none.control("afsender").as_deref(), Some("S"), "kept");

    let page = secretary.get(NEW).await;
    let made = secretary
        .presses(&page, &[("titel", "Høring 2026")], ON)
        .await;
    assert_eq!(made.location(), step("hoering-2026", "skemaer"));
    let page = secretary.get(&step("hoering-2026", "periode")).await;
    let typed = [
        ("frist", "i morgen"),
        ("paamind-foer", "en uge"),
        ("forsinket", "99"),
    ];
    let page = secretary.presses(&page, &typed, ON).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.title().starts_with("Fejl: "));
    for field in ["frist", "paamind-foer", "forsinket"] {
        assert!(!page.error_at(field).is_empty(), "{field}");
    }
    let again = secretary.get(&step("hoering-2026", "periode")).await;
    assert_eq!(
        again.control("frist").as_deref(),
        Some("i morgen"),
        "kept with its fault"
    );

    let check = secretary.get(&step("hoering-2026", "gennemse")).await;
    let links = check.attributes(".alert-warning a", "href");
    for place in [
        "grundlag#afsender",
        "skemaer#skema-1",
        "modtagere#modtagere",
        "periode#frist",
    ] {
        let to = format!("/opsaetning/{place}");
        assert!(links.iter().any(|l| l.ends_with(&to)), "{to}: {links:?}");
    }
    assert!(!check.all("button").contains(&OPEN.to_owned()));
    let desk = secretary.get("/sekretariat").await;
    assert!(
        desk.words().contains("Høring 2026 , sidst rettet"),
        "{}",
        desk.words()
    );
    assert!(campaigns::list(&server.app).unwrap().is_empty());
}

#[actix_web::test]
async fn an_unknown_field_in_a_letter_is_an_error_at_that_letter() {
    let server = Server::empty().await;
    let secretary = server.secretary().await;
    let id = begun(&secretary, "Høring").await;
    let page = secretary.get(&step(&id, "breve")).await;
    let typed = [
        ("paamindelse-en", "Dear {name}"),
        ("kvittering", "Tak {link}"),
    ];
    let page = secretary.presses(&page, &typed, ON).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        page.error_at("paamindelse-en")
            .contains("»{name}« findes ikke")
    );
    assert!(page.error_at("paamindelse-emne-en").contains("emne"));
    assert!(page.error_at("kvittering").contains("»{link}« findes ikke"));
    assert_eq!(page.error_at("brev"), "");
}

#[actix_web::test]
async fn letters_are_shown_as_each_recipient_reads_them_in_both_languages() {
    let server = Server::empty().await;
    let secretary = server.secretary().await;
    let (id, _) = prepared(
        &server,
        &secretary,
        &format!("{HEAD}Skive Kommune;;kommune;Fagkoordinator;a@skive.example.dk;\nOdder Kommune;;kommune;Leder;b@odder.example.dk;\n"),
        "",
    )
    .await;
    let page = secretary.get(&step(&id, "breve")).await;
    let typed = [
        ("emne-en", "Please answer {indsamling}"),
        ("brev-en", "Dear {modtager}\n{link}"),
        ("vis-for", "odder-kommune"),
    ];
    let saved = secretary.presses(&page, &typed, "Gem og vis brevene").await;
    let shown = secretary.follows(&saved).await;
    let mails = shown.all(".sv-mail");
    assert!(
        mails[0].contains("Kære Leder Vi beder Odder Kommune"),
        "{}",
        mails[0]
    );
    assert!(
        mails[0].contains("– In English – Dear Leder"),
        "{}",
        mails[0]
    );
    assert!(mails[0].contains("/ Please answer Prøvesamling"));
    assert!(mails[1].contains("Vi mangler stadig svar fra Odder Kommune"));
}

#[actix_web::test]
async fn a_trial_letter_comes_to_oneself_and_to_nobody_else() {
    let server = Server::empty().await;
    let secretary = server.secretary().await;
    let csv = format!("{HEAD}Skive Kommune;;kommune;Fagkoordinator;a@skive.example.dk;\n");
    let (id, page) = prepared(&server, &secretary, &csv, "").await;
    let before = server.mails().len();
    let typed = [("brev", "paamindelse"), ("modtager", "skive-kommune")];
    let sent = secretary.presses(&page, &typed, "Send prøvebrev").await;
    assert!(sent.location().starts_with(&step(&id, "gennemse")));
    server.send_mail();
    let new = server.mails().split_off(before);
    assert_eq!(new.len(), 1);
    assert!(new[0].to.contains(SECRETARY), "{}", new[0].to);
    assert!(
        new[0].subject.starts_with("Prøve: Påmindelse"),
        "{}",
        new[0].subject
    );
    assert!(
        new[0]
            .text
            .contains("Vi mangler stadig svar fra Skive Kommune")
    );
    assert!(
        !new[0].text.contains("/l/"),
        "a trial opens nobody's answer"
    );
}

#[actix_web::test]
async fn municipalities_are_picked_by_region_once() {
    let server = Server::empty().await;
    let secretary = server.secretary().await;
    let id = begun(&secretary, "Høring").await;
    with_forms(&secretary, &id, MUNICIPALITIES).await;
    for _ in 0..2 {
        let page = secretary.get(&step(&id, "modtagere")).await;
        secretary
            .presses(&page, &[("hele", "Region Midtjylland")], "Tilføj de valgte")
            .await;
    }
    let page = secretary.get(&step(&id, "modtagere")).await;
    assert!(
        page.words()
            .contains("19 modtagere, heraf 0 med mailadresse."),
        "{}",
        page.words()
    );
    let page = secretary
        .presses(&page, &[("kode", "773")], "Tilføj de valgte")
        .await;
    let page = secretary.follows(&page).await;
    assert!(page.words().contains("Morsø Kommune"));
    assert_eq!(campaigns::asked(&server.app, &id).unwrap().len(), 20);
}

#[actix_web::test]
async fn a_list_shows_what_is_new_changed_and_in_doubt_before_it_is_taken() {
    let server = Server::empty().await;
    let secretary = server.secretary().await;
    let id = begun(&secretary, "Høring").await;
    with_forms(&secretary, &id, MUNICIPALITIES).await;
    let first = format!(
        "{HEAD}Aarhus Kommune;;kommune;A;a@aarhus.example.dk;\nVesthimmerlands Kommune;;kommune;V;v@v.example.dk;\n"
    );
    with_recipients(&secretary, &id, &first).await;
    let second = format!(
        "{HEAD}Århus;;kommune;Ny;ny@aarhus.example.dk;\nVesthimmerland Kommune;;kommune;W;w@v.example.dk;\nOdder Kommune;;kommune;O;o@odder.example.dk;\n"
    );
    let read = reads(&secretary, &id, &second).await;
    let shown = secretary.follows(&read).await;
    assert!(
        shown
            .words()
            .contains("1 ny, 1 med ændrede kontakter, 1 i tvivl, 0 uændrede."),
        "{}",
        shown.words()
    );
    assert_eq!(
        campaigns::asked(&server.app, &id).unwrap().len(),
        2,
        "looking changes nothing"
    );
    secretary
        .presses(&shown, &[("valg-1", "samme")], "Tag listen i brug")
        .await;
    let asked = campaigns::asked(&server.app, &id).unwrap();
    let mails = |name: &str| -> Vec<String> {
        let found = asked.iter().find(|r| r.organisation == name).unwrap();
        found.reachable().map(|(_, c)| c.address.clone()).collect()
    };
    assert_eq!(asked.len(), 3);
    assert_eq!(mails("Aarhus Kommune"), ["ny@aarhus.example.dk"]);
    assert_eq!(mails("Vesthimmerlands Kommune"), ["w@v.example.dk"]);
    assert_eq!(mails("Odder Kommune"), ["o@odder.example.dk"]);
}

#[actix_web::test]
async fn a_workbook_is_read_like_a_text_file() {
    let server = Server::empty().await;
    let secretary = server.secretary().await;
    let id = begun(&secretary, "Høring").await;
    with_forms(&secretary, &id, MUNICIPALITIES).await;
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (column, head) in ["Organisation", "Navn", "Mail", "Telefon"]
        .iter()
        .enumerate()
    {
        sheet
            .write(0, u16::try_from(column).unwrap(), *head)
            .unwrap();
    }
    sheet.write(1, 0, "Ærø Kommune").unwrap();
    sheet.write(1, 1, "Leder; sekretær").unwrap();
    sheet.write(1, 2, "leder@aeroe.example.dk").unwrap();
    sheet.write(1, 3, 12345678).unwrap();
    let bytes = book.save_to_buffer().unwrap();
    let read = reads_file(&secretary, &id, "modtagere.xlsx", &bytes).await;
    let shown = secretary.follows(&read).await;
    secretary.presses(&shown, &[], "Tag listen i brug").await;
    let asked = campaigns::asked(&server.app, &id).unwrap();
    let contact = &asked[0].contacts[0];
    assert_eq!(asked[0].organisation, "Ærø Kommune");
    assert_eq!(
        (contact.name.as_str(), contact.phone.as_str()),
        ("Leder; sekretær", "12345678")
    );
    let broken = reads_file(
        &secretary,
        &id,
        "modtagere.xlsx",
        b"PK\x03\x04 ikke et regneark",
    )
    .await;
    assert_eq!(broken.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(broken.error_at("fil").contains("Regnearket kan ikke læses"));
}

#[actix_web::test]
async fn an_uploaded_form_is_checked_shown_and_used() {
    let server = Server::empty().await;
    let secretary = server.secretary().await;
    let id = begun(&secretary, "Høring").await;
    let page = secretary.get(&step(&id, "skemaer")).await;
    let upload = |files: Vec<(&'static str, Vec<u8>)>| {
        let (page, secretary) = (&page, &secretary);
        async move {
            let chosen: Vec<File> = files
                .iter()
                .map(|(name, bytes)| File {
                    control: "filer",
                    name,
                    bytes,
                })
                .collect();
            secretary
                .attaches(page, &[], &chosen, "Læg op og tjek")
                .await
        }
    };
    let broken = upload(vec![("form.json", b"{\"type\": 7}".to_vec())]).await;
    assert_eq!(broken.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        broken.words().contains("Fejl i form.json"),
        "{}",
        broken.words()
    );

    let schema = r#"{"title":"Kort høring","type":"object","properties":{"stance":{"title":"Jeres holdning","type":"string"}},"required":["stance"]}"#;
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file(
        "hoering/form.json",
        zip::write::SimpleFileOptions::default(),
    )
    .unwrap();
    zip.write_all(schema.as_bytes()).unwrap();
    let zipped = zip.finish().unwrap().into_inner();
    let taken = upload(vec![("hoering.zip", zipped)]).await;
    assert_eq!(taken.status, StatusCode::SEE_OTHER, "{}", taken.words());
    let preview = secretary.get("/sekretariat/skemaer/kort-hoering").await;
    assert!(
        preview.words().contains("Jeres holdning"),
        "{}",
        preview.words()
    );

    with_forms(&secretary, &id, &[("kommune", "kort-hoering")]).await;
    with_recipients(
        &secretary,
        &id,
        &format!("{HEAD}Skive Kommune;;kommune;F;f@skive.example.dk;\n"),
    )
    .await;
    crate::collection::with_period(&server, &secretary, &id, "", 20).await;
    let check = secretary.get(&step(&id, "gennemse")).await;
    secretary.presses(&check, &[], OPEN).await;
    server.send_mail();
    let (_, start) = server.opens_link_of("f@skive.example.dk").await;
    assert!(start.words().contains("Kort høring"), "{}", start.words());
}

#[actix_web::test]
async fn a_running_collection_takes_a_new_deadline_and_no_faulty_one() {
    let server = Server::empty().await;
    let secretary = server.secretary().await;
    let csv = format!("{HEAD}Skive Kommune;;kommune;F;f@skive.example.dk;\n");
    let made = opened(&server, &secretary, &csv, "").await;
    let id = made.location().split('/').next_back().unwrap().to_owned();
    let window = || {
        campaigns::overview(&server.app, &id)
            .unwrap()
            .unwrap()
            .campaign
            .window
    };
    let before = window();
    let page = secretary.get(&step(&id, "periode")).await;
    let page = secretary
        .presses(&page, &[("frist", "snart")], "Gem ændringerne")
        .await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.words().contains("Der er ikke gemt noget endnu"));
    assert_eq!(window(), before);
    let later = danish::local(server.app.now() + TimeDelta::days(60));
    let later = danish::date(later.date_naive());
    secretary
        .presses(&page, &[("frist", &later)], "Gem ændringerne")
        .await;
    assert!(window().deadline > before.deadline);
    assert_eq!(
        window().opens,
        before.opens,
        "what was not touched stays as it was"
    );
    let history = secretary
        .get(&format!("/sekretariat/indsamlinger/{id}"))
        .await;
    assert!(
        history
            .words()
            .contains("Indsamlingen er ændret (periode og påmindelser)")
    );
}

#[actix_web::test]
async fn a_replaced_contact_loses_the_link_and_the_new_one_gets_one() {
    let server = Server::empty().await;
    let secretary = server.secretary().await;
    let csv = format!("{HEAD}Skive Kommune;;kommune;F;f@skive.example.dk;\n");
    let made = opened(&server, &secretary, &csv, "").await;
    server.send_mail();
    let old = server.link_of("f@skive.example.dk");
    assert_eq!(
        server.visitor().get(&old).await.status,
        StatusCode::SEE_OTHER
    );
    let page = secretary
        .get(&format!("{}/modtagere/skive-kommune", made.location()))
        .await;
    let wrong = secretary
        .presses(
            &page,
            &[("mail-0", "ingen adresse")],
            "Gem kontaktpersonerne",
        )
        .await;
    assert!(wrong.error_at("mail-0").contains("ikke gyldig"));
    secretary
        .presses(
            &page,
            &[("mail-0", "ny@skive.example.dk")],
            "Gem kontaktpersonerne",
        )
        .await;
    server.send_mail();
    assert_eq!(
        server.visitor().get(&old).await.status,
        StatusCode::NOT_FOUND
    );
    let (_, start) = server.opens_link_of("ny@skive.example.dk").await;
    assert!(start.words().contains("Skive Kommune"));
}

#[actix_web::test]
async fn a_copied_collection_has_the_same_recipients_and_no_answers() {
    let server = Server::demo().await;
    let secretary = server.secretary().await;
    let page = secretary
        .get(&format!("/sekretariat/indsamlinger/{EATING}"))
        .await;
    let made = secretary
        .presses(&page, &[("udfyld", "ja")], "Kopiér til en ny indsamling")
        .await;
    let id = made.location().split('/').nth(3).unwrap().to_owned();
    assert_ne!(id, EATING);
    let asked = campaigns::asked(&server.app, &id).unwrap();
    assert_eq!(asked.len(), 29);
    assert!(
        asked
            .iter()
            .all(|r| r.progress.submissions == 0 && r.progress.invited.is_none())
    );
    let draft = setup::load(&server.app, &id).unwrap().unwrap();
    assert_eq!(draft.value("frist"), "");
    assert_eq!(
        draft.previous.map(|p| (p.campaign, p.prefill)),
        Some((EATING.into(), true))
    );
    let old = campaigns::asked(&server.app, EATING).unwrap();
    assert!(
        old.iter().any(|r| r.progress.submissions == 1),
        "the old one is untouched"
    );
}

#[actix_web::test]
async fn a_discarded_draft_takes_its_recipients_with_it() {
    let server = Server::empty().await;
    let secretary = server.secretary().await;
    let csv = format!("{HEAD}Skive Kommune;;kommune;F;f@skive.example.dk;\n");
    let (id, page) = prepared(&server, &secretary, &csv, "").await;
    let sure = secretary.presses(&page, &[], "Slet kladden").await;
    assert_eq!(
        campaigns::asked(&server.app, &id).unwrap().len(),
        1,
        "asked first"
    );
    let page = secretary.follows(&sure).await;
    secretary.presses(&page, &[], "Ja, slet kladden").await;
    assert!(campaigns::asked(&server.app, &id).unwrap().is_empty());
    assert!(setup::load(&server.app, &id).unwrap().is_none());
}
