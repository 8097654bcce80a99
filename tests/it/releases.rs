//! Editions: frozen, audited together, refused with ways out; tables from elsewhere; the gate for free text.
use std::process::Command;

use actix_web::http::StatusCode;
use chrono::TimeDelta;
use samsvar::actions::campaigns::{self, CampaignPlan};
use samsvar::demo::EATING;
use samsvar_core::campaigns::{LetterText, Sender, Window, read_recipients, receipt_number};
use samsvar_core::events::Actor;

use crate::page::Page;
use crate::people::{Server, Visitor};
use crate::reports::release;

const FORM: &str = r#"{
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Én tabel",
    "type": "object",
    "properties": {
        "count": {"title": "Antal", "type": "integer", "minimum": 0},
        "future": {"title": "Forslag", "type": "string", "maxLength": 2000}
    },
    "required": ["count"]
}"#;
const REPORT: &str = r#"{
    "title": "Én tabel",
    "respondents": {"form": "en-tabel", "singular": "kommune", "plural": "kommuner"},
    "threshold_basis": "vejledningen",
    "sections": {"future": {"free_texts": [{"label": "Forslag til fremtiden", "pointer": "/future"}]}},
    "tables": [{
        "id": "t", "caption": "Borgere",
        "columns": [{"label": "2019", "pointer": "/count", "year": 2019}],
        "notes": {"counting_unit": "borgere", "source": "kommunerne"}
    }]
}"#;
/// Links to an edition's files.
const FILES: &str = "th a[href*='/udgaver/']";
const ONE: &str = "/sekretariat/indsamlinger/en";

/// A collection of one number, answered by all but Herning.
async fn collected() -> (Server, Visitor) {
    let server = Server::with_forms(&[
        ("en-tabel/form.json", FORM),
        ("en-tabel/report.json", REPORT),
    ])
    .await;
    let names = [
        "Odder", "Skive", "Struer", "Samsø", "Viborg", "Horsens", "Herning",
    ];
    let mut csv = String::from("organisation;afdeling;gruppe;navn;mail;telefon\n");
    for name in names {
        csv += &format!(
            "{name} Kommune;;kommune;Leder;leder@{}.example.dk;\n",
            ascii(name)
        );
    }
    let now = server.app.now();
    let plan = CampaignPlan {
        sign_off: samsvar_core::campaigns::SignOffRule::Named,
        title: "En".into(),
        region: "Region Midtjylland".into(),
        sender: Sender {
            name: "Sekretariatet".into(),
            address: "sekretariat@region.example.dk".into(),
            phone: String::new(),
        },
        window: Window {
            opens: now,
            deadline: now + TimeDelta::days(9),
            late_days: 0,
        },
        privacy_notice: "Sekretariatet ser svaret.".into(),
        audiences: vec![("kommune".into(), "en-tabel".into())],
        invitation: LetterText {
            subject: "{indsamling}".into(),
            body: "{link}".into(),
        },
        reminders: Default::default(),
        recipients: read_recipients(csv.as_bytes(), "en", &["kommune"]).unwrap(),
    };
    campaigns::create(&server.app, "en", plan, Actor::Operator).unwrap();
    server.send_mail();
    for (name, count) in names.into_iter().zip(["2", "1", "3", "2", "12", "9"]) {
        answers(&server, name, count, "").await;
    }
    let secretary = server.secretary().await;
    (server, secretary)
}

fn ascii(name: &str) -> String {
    name.to_lowercase().replace('ø', "o")
}

async fn answers(server: &Server, municipality: &str, count: &str, text: &str) {
    let mut invitations = server.mails();
    let address = format!("leder@{}.example.dk", ascii(municipality));
    invitations.retain(|m| m.to.contains(&address) && m.text.contains("/l/"));
    let visitor = server.visitor();
    let opened = visitor.get(&server.link_in(&invitations[0])).await;
    let start = visitor.follows(&opened).await;
    let sent_before = start.all("main a").contains(&"Ret jeres svar".to_owned());
    let start = if sent_before {
        visitor.reopens(&start.path).await;
        visitor.get(&start.path).await
    } else {
        start
    };
    let first = start.attributes("main a.button-primary", "href");
    let page = visitor.get(&first[0]).await;
    let given = [("f/count", count), ("f/future", text)];
    let saved = visitor.presses(&page, &given, "Gem og fortsæt").await;
    let review = visitor.follows(&saved).await;
    let signed = [("navn", "Lederen"), ("titel", "Leder")];
    let sent = visitor.presses(&review, &signed, "Indsend svar").await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.words());
}

async fn draft(secretary: &Visitor) -> Page {
    secretary.get(&format!("{ONE}/rapport")).await
}

#[actix_web::test]
async fn an_edition_gives_the_same_bytes_although_answers_have_changed() {
    let (server, secretary) = collected().await;
    let edition = release(&secretary, "en").await;
    assert_eq!(edition.status, StatusCode::OK);
    let links = edition.attributes(FILES, "href");
    assert_eq!(links.len(), 9, "{links:?}");
    let mut before = Vec::new();
    for link in &links {
        let file = secretary.get(link).await;
        assert_eq!(file.status, StatusCode::OK, "{link}");
        assert!(!file.bytes.is_empty());
        before.push(file.bytes);
    }
    server.passes(TimeDelta::hours(1));
    answers(&server, "Horsens", "10", "").await;
    let now = draft(&secretary).await;
    let rows = now.rows("table:has(#tabel-1) tbody tr");
    assert!(
        rows.contains(&vec!["Horsens".into(), "10".into()]),
        "{}",
        now.words()
    );
    for (link, before) in links.iter().zip(before) {
        assert_eq!(secretary.get(link).await.bytes, before, "{link}");
    }
    let hashes = edition.all(&format!("table:has({FILES}) td.sv-hash"));
    assert_eq!(hashes.len(), 9);
    assert!(hashes.iter().all(|hash| hash.len() == 64), "{hashes:?}");
    let history = secretary.get(ONE).await;
    let words = history.words();
    assert!(words.contains("Udgave 1 af rapporten udgivet"), "{words}");
    assert!(words.contains("Udgave 1 hentet (attest.html)"), "{words}");
}

#[actix_web::test]
async fn the_three_files_of_a_proof_verify_and_a_tampered_cell_does_not() {
    let server = Server::demo().await;
    let secretary = server.secretary().await;
    release(&secretary, EATING).await;
    let dir = tempfile::TempDir::new().unwrap();
    let base = format!("/sekretariat/indsamlinger/{EATING}/udgaver/1");
    for name in ["tabel.csv", "regler.json", "certifikat.json"] {
        let file = secretary.get(&format!("{base}/{name}")).await;
        std::fs::write(dir.path().join(name), file.bytes).unwrap();
    }
    let verify = |table: &str| {
        let path = |name: &str| dir.path().join(name);
        let mut command = Command::new(env!("CARGO_BIN_EXE_samsvar"));
        command.arg("verify").arg(path(table));
        let done = command
            .arg(path("regler.json"))
            .arg(path("certifikat.json"))
            .output();
        done.unwrap().status.code()
    };
    assert_eq!(verify("tabel.csv"), Some(0));
    let table = std::fs::read_to_string(dir.path().join("tabel.csv")).unwrap();
    assert!(table.contains("I alt,2019,40"), "{table}");
    let tampered = table.replace("I alt,2019,40", "I alt,2019,41");
    std::fs::write(dir.path().join("rettet.csv"), tampered).unwrap();
    assert_eq!(verify("rettet.csv"), Some(2));
    let attest = secretary.get(&format!("{base}/attest.html")).await;
    let words = attest.words();
    for said in ["Bestået", "samsvar verify", "1-3 skjules", "rapport.xlsx"] {
        assert!(words.contains(said), "{said}: {words}");
    }
}

#[actix_web::test]
async fn a_second_edition_that_gives_the_late_answer_away_is_refused_with_ways_out() {
    let (server, secretary) = collected().await;
    release(&secretary, "en").await;
    answers(&server, "Herning", "2", "").await;
    let refused = draft(&secretary).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    let words = refused.words();
    assert!(words.contains("31 − 29 (udgave 1) = 2"), "{words}");
    assert!(
        words.contains("kun Herning er ny eller rettet siden"),
        "{words}"
    );
    let ways = refused.all("ol.sv-remedies h3");
    for way in [
        "Lad svaret fra Herning vente",
        "Lad totaler blive skjult",
        "Vis tabel 1 uden total",
    ] {
        assert!(ways.iter().any(|w| w.starts_with(way)), "{way}: {ways:?}");
    }
    assert_eq!(
        refused.all("ol.sv-remedies details").len(),
        ways.len(),
        "a preview each"
    );

    let waits = ways.iter().find(|w| w.starts_with("Lad svaret")).unwrap();
    let button = format!("Vælg denne udvej : {waits}");
    let chosen = secretary.presses(&refused, &[], &button).await;
    let page = secretary.follows(&chosen).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.words());
    assert!(page.words().contains("Valg for denne rapport"));
    let second = release(&secretary, "en").await;
    assert!(second.words().contains("Udgave 2"), "{}", second.words());
    assert!(
        second.words().contains("Svar, der venter"),
        "{}",
        second.words()
    );
    let history = secretary.get(ONE).await.words();
    assert!(
        history.contains("Valg for rapporten: Svar, der venter"),
        "{history}"
    );
    let page = draft(&secretary).await;
    let reset = secretary.presses(&page, &[], "Nulstil valgene").await;
    assert_eq!(secretary.follows(&reset).await.status, StatusCode::CONFLICT);
}

#[actix_web::test]
async fn the_report_is_adjusted_on_a_page_of_its_own() {
    let (_server, secretary) = collected().await;
    let form = secretary.get(&format!("{ONE}/rapport/tilpas")).await;
    let wrong = [
        ("graense", "2"),
        ("raekke", "Odder"),
        ("navn", "Østjylland"),
        ("intervaller", "ja"),
    ];
    let button = "Gem valgene, og se rapporten";
    let again = secretary.presses(&form, &wrong, button).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    let words = again.words();
    assert!(
        words.contains("Skriv et helt tal fra 3 til 1000"),
        "{words}"
    );
    assert!(words.contains("Vælg mindst 3 rækker."), "{words}");
    assert_eq!(again.attributes("#navn", "value"), ["Østjylland"]);
    assert_eq!(again.all("input[name=raekke][checked]").len(), 1);
    assert_eq!(again.all("#intervaller[checked]").len(), 1);

    let bands = secretary.presses(&form, &[("baand", "t")], button).await;
    let page = secretary.follows(&bands).await;
    let rows = page.rows("table:has(#tabel-1) tr");
    let printed = |name: &str| rows.iter().find(|row| row[0] == name).unwrap()[1].clone();
    assert!(
        printed("Viborg").starts_with("10+ ,"),
        "{}",
        printed("Viborg")
    );
    assert!(
        printed("Horsens").starts_with("4–9 ,"),
        "{}",
        printed("Horsens")
    );
    assert_eq!(printed("I alt"), "29");
    assert!(page.words().contains("Tal vises i bånd i tabellen: t."));
    let released = release(&secretary, "en").await;
    assert!(
        released.words().contains("Udgave 1"),
        "{}",
        released.words()
    );
}

#[actix_web::test]
async fn a_table_published_elsewhere_takes_part_until_it_is_withdrawn() {
    let (server, secretary) = collected().await;
    answers(&server, "Herning", "2", "").await;
    assert_eq!(draft(&secretary).await.status, StatusCode::OK, "safe alone");
    let path = format!("{ONE}/udgaver/andetsteds");
    let form = secretary.get(&path).await;
    let pdf = "Kommune\t2019\nOdder Kommune\t≤3\nSkive\t≤3\nStruer\t≤3\nSamsø\t≤3\nViborg\t12\nHorsens\t9\nI alt\t29\n";
    let fields = [
        ("titel", "Rammeaftalen (PDF)"),
        ("viser", "t"),
        ("tabel", pdf),
    ];
    let odd = pdf.replace("12", "tolv");
    let faulty = [("titel", ""), ("viser", "t"), ("tabel", odd.as_str())];
    let refused = secretary.presses(&form, &faulty, "Gem som udgave").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.error_at("titel").contains("Skriv, hvor"));
    assert_eq!(refused.control("tabel").unwrap().trim(), odd.trim());

    let taken = secretary.presses(&form, &fields, "Gem som udgave").await;
    let edition = secretary.follows(&taken).await;
    assert!(edition.words().contains("Offentliggjort et andet sted"));
    let refused = draft(&secretary).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(
        refused.words().contains("31 − 29 (udgave 1) = 2"),
        "{}",
        refused.words()
    );
    let gone = secretary
        .presses(&edition, &[], "Træk tabellen tilbage")
        .await;
    let page = secretary.follows(&gone).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.words());
    assert!(page.words().contains("Trukket tilbage"));
    let history = secretary.get(ONE).await.words();
    assert!(history.contains("Udgave 1 indtastet") && history.contains("Udgave 1 trukket tilbage"));
}

#[actix_web::test]
async fn each_hidden_cell_says_what_a_reader_can_conclude() {
    let server = Server::demo().await;
    let secretary = server.secretary().await;
    let page = secretary
        .get(&format!("/sekretariat/indsamlinger/{EATING}/rapport"))
        .await;
    let rows = page.rows("table:has(#slutninger-1) tbody tr");
    let silkeborg = rows
        .iter()
        .find(|row| row[0] == "Silkeborg" && row[1] == "2018")
        .unwrap();
    assert_eq!(silkeborg[2..], ["≤3", "1, 2 eller 3"]);
    let small = rows.iter().filter(|row| row[2] == "≤3");
    for row in small {
        assert_eq!(row[3], "1, 2 eller 3", "{row:?}");
    }
    let folds = page.all("table:has(#tabel-1) td details");
    let hidden = page.rows("table:has(#slutninger-1) tbody tr").len();
    assert_eq!(folds.len(), hidden, "one for each hidden number");
    assert!(
        folds
            .iter()
            .any(|f| f.starts_with("≤3 , Silkeborg, 2018") && f.ends_with("1, 2 eller 3")),
        "{folds:?}"
    );
}

#[actix_web::test]
async fn a_pasted_table_gets_its_verdict_and_is_not_stored() {
    let server = Server::demo().await;
    let secretary = server.secretary().await;
    let form = secretary.get("/sekretariat/efterproev").await;
    let printed = include_str!(
        "../data/disclosure/spiseforstyrrelser_midtjylland_published_tabel1_boern.csv"
    );
    let seq = server.app.store.durable_seq();
    let pasted = printed.replace(',', "\t");
    let page = secretary
        .presses(&form, &[("tabel", &pasted)], "Efterprøv")
        .await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.words());
    let rows = page.rows("table:has(caption) tbody tr");
    let of_2018: Vec<_> = rows
        .iter()
        .filter(|row| row[1] == "2018" && row[4] == "Indsnævret")
        .map(|row| (row[0].as_str(), row[3].as_str()))
        .collect();
    let expected = ["Lemvig", "Ringkøbing-Skjern", "Viborg"].map(|name| (name, "1 eller 2"));
    assert_eq!(of_2018, expected);
    assert_eq!(server.app.store.durable_seq(), seq, "nothing was stored");
    let again = secretary
        .presses(
            &page,
            &[("graense", "tre"), ("totalraekke", "Region")],
            "Efterprøv",
        )
        .await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        again.error_at("graense").contains("helt tal"),
        "{}",
        again.words()
    );
    assert!(again.control("tabel").unwrap().contains("Lemvig"));
    let broken = [("graense", "3"), ("totalraekke", ""), ("tabel", "")];
    let empty = secretary.presses(&again, &broken, "Efterprøv").await;
    assert!(empty.error_at("tabel").contains("Indsæt en tabel"));
}

#[actix_web::test]
async fn free_text_is_held_back_until_it_is_released_and_again_when_it_changes() {
    let (server, secretary) = collected().await;
    let text = "Vi har 2 unge på Sønderparken. Ring til Anne Larsen på 12 34 56 78.";
    answers(&server, "Skive", "1", text).await;
    let held = draft(&secretary).await;
    assert!(!held.words().contains("Anne Larsen"));
    assert!(held.words().contains("1 venter"), "{}", held.words());
    let gate = format!("{ONE}/fritekst");
    let page = secretary.get(&gate).await;
    let seen = samsvar::actions::campaigns::history(&server.app, "en", None, 5).unwrap();
    assert!(
        seen.iter()
            .any(|e| e.deed.danish().contains("frie tekster læst")),
        "reading leaves an event"
    );
    let marked = page.all(".sv-original mark");
    for found in [
        "2 (lille tal)",
        "Anne Larsen (muligt navn)",
        "12 34 56 78 (telefonnummer)",
    ] {
        assert!(marked.iter().any(|m| m == found), "{found}: {marked:?}");
    }
    let button = "Udgiv svaret fra Skive Kommune";
    let nothing = secretary.presses(&page, &[("ordlyd", " ")], button).await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
    let wording = "Nogle få unge får støtte i et tilbud i regionen.";
    let sent = secretary
        .presses(&page, &[("ordlyd", wording)], button)
        .await;
    let page = secretary.follows(&sent).await;
    assert!(page.words().contains("Udgivet"), "{}", page.words());
    assert!(
        page.words().contains("Anne Larsen"),
        "the original stands beside it"
    );

    let edition = release(&secretary, "en").await;
    assert!(
        edition.words().contains("Svar i fri tekst"),
        "{}",
        edition.words()
    );
    let html = secretary
        .get(&format!("{ONE}/udgaver/1/rapport.html"))
        .await
        .words();
    assert_eq!(
        html.matches(wording).count(),
        2,
        "under its theme and in the annex"
    );
    assert!(!html.contains("Anne Larsen"));
    let history = secretary.get(ONE).await.words();
    assert!(
        history.contains("Fri tekst udgivet med rettelser: Forslag til fremtiden"),
        "{history}"
    );

    answers(&server, "Skive", "1", "Kontakt hellere Bo Holm.").await;
    let after = draft(&secretary).await.words();
    assert!(
        !after.contains(wording) && !after.contains("Bo Holm"),
        "{after}"
    );
    assert!(after.contains("1 venter"), "{after}");
    let page = secretary.get(&gate).await;
    let hold = "Hold tilbage : svaret fra Skive Kommune";
    let held = secretary.presses(&page, &[], hold).await;
    assert!(
        secretary
            .follows(&held)
            .await
            .words()
            .contains("Holdt tilbage")
    );
}

#[actix_web::test]
async fn whoever_only_reads_results_sees_editions_and_no_draft() {
    use samsvar::actions::people;
    use samsvar_core::roles::Role;
    let (server, secretary) = collected().await;
    let added = people::add(
        &server.app,
        "Nina",
        "nina@example.dk",
        Role::Reader,
        Actor::Operator,
    );
    added.unwrap().unwrap();
    let nina = server.visitor();
    let asked = nina.get("/log-ind").await;
    nina.presses(&asked, &[("mail", "nina@example.dk")], "Send mig et link")
        .await;
    server.send_mail();
    let door = nina.get(&server.link_of("nina@example.dk")).await;
    nina.presses(&door, &[], "Log ind").await;
    let none = nina.get(&format!("{ONE}/rapport")).await;
    assert!(
        none.words().contains("ikke udgivet nogen rapport"),
        "{}",
        none.words()
    );
    assert_eq!(none.count("main table"), 0);
    release(&secretary, "en").await;
    let listed = nina.get(&format!("{ONE}/rapport")).await;
    let edition = nina.get(&listed.attributes("th a", "href")[0]).await;
    assert!(edition.words().contains("rapport.xlsx"));
    assert_eq!(
        nina.get(&format!("{ONE}/fritekst")).await.status,
        StatusCode::FORBIDDEN
    );
}

#[actix_web::test]
async fn an_edition_names_the_receipt_of_each_answer_that_it_counted() {
    let (server, secretary) = collected().await;
    let page = release(&secretary, "en").await;
    assert!(page.path.ends_with("/udgaver/1"), "{}", page.path);
    let sent = server.sent("en", "skive-kommune").remove(0);
    let number = receipt_number(&sent.sha256, 1);
    let rows = page.rows("tbody tr");
    let row = rows.iter().find(|row| row[0] == "Skive Kommune").unwrap();
    assert_eq!(row[1], "1");
    assert_eq!(
        row[3..],
        [number, sent.sha256.clone(), "Gælder stadig".to_owned()]
    );
    assert!(
        rows.iter().all(|row| row[0] != "Herning Kommune"),
        "not answered"
    );
    answers(&server, "Skive", "5", "").await;
    let again = secretary.get(&page.path).await;
    let rows = again.rows("tbody tr");
    let row = rows.iter().find(|row| row[0] == "Skive Kommune").unwrap();
    assert_eq!(row[4], sent.sha256, "an edition does not change");
    assert_eq!(row[5], "Afløst af svar nr. 2, som ikke er med her");
}

#[actix_web::test]
async fn what_was_looked_at_is_what_is_released_or_nothing() {
    let (server, secretary) = collected().await;
    let seen = draft(&secretary).await;
    let button = seen.all("form button");
    let button = button
        .iter()
        .find(|b| b.starts_with("Udgiv som udgave"))
        .unwrap();
    answers(&server, "Viborg", "14", "").await;
    let refused = secretary.presses(&seen, &[], button).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.words());
    assert!(
        refused
            .words()
            .contains("Svarene har ændret sig, siden du så rapporten"),
        "{}",
        refused.words()
    );
    let none = secretary.get(&format!("{ONE}/udgaver/1")).await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
    // The page that says so shows what there is now, and its button releases that.
    let sent = secretary.presses(&refused, &[], button).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.words());
    let csv = secretary.get(&format!("{ONE}/udgaver/1/rapport.csv")).await;
    assert!(csv.text().contains("Viborg;14"), "{}", csv.text());
}

#[actix_web::test]
async fn a_choice_that_no_report_could_be_made_with_is_refused() {
    let (_server, secretary) = collected().await;
    for threshold in ["0", "18446744073709551615"] {
        let choices = format!("{{\"threshold\": {threshold}}}");
        let answer = secretary
            .post(&format!("{ONE}/rapport/valg"), &[("valg", &choices)])
            .await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.words());
    }
    assert_eq!(draft(&secretary).await.status, StatusCode::OK);
}
