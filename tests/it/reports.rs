//! What leaves the house: the demo's report in every form, the raw answers, and a report that must not leave.
use std::collections::BTreeSet;
use std::io::Cursor;

use actix_web::http::StatusCode;
use calamine::{Data, Reader, Xlsx};
use chrono::TimeDelta;
use samsvar::actions::campaigns::{self, CampaignPlan};
use samsvar::demo::EATING;
use samsvar_core::campaigns::{LetterText, Sender, Window, read_recipients};
use samsvar_core::events::Actor;
use serde_json::{Value, json};

use crate::page::Page;
use crate::people::{Server, Visitor};

/// Rows of printed cells, the row's name first.
type Rows = Vec<Vec<String>>;

const TABLES: [(&str, &str); 2] = [("Tabel 1", "boern"), ("Tabel 2", "voksne")];

/// Releases what is submitted now, unless the newest edition says the same.
pub async fn release(secretary: &Visitor, campaign: &str) -> Page {
    let path = format!("/sekretariat/indsamlinger/{campaign}/rapport");
    let draft = secretary.get(&path).await;
    let buttons = draft.all("form button");
    match buttons.iter().find(|b| b.starts_with("Udgiv som udgave")) {
        Some(button) => {
            let sent = secretary.presses(&draft, &[], button).await;
            assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.words());
            secretary.follows(&sent).await
        }
        None => draft,
    }
}

async fn fetch(secretary: &Visitor, file: &str) -> Page {
    if file.starts_with("rapport.") {
        release(secretary, EATING).await;
    }
    let path = format!("/sekretariat/indsamlinger/{EATING}/{file}");
    let page = secretary.get(&path).await;
    assert_eq!(page.status, StatusCode::OK, "{file}");
    page
}

#[actix_web::test]
async fn the_demos_totals_are_those_of_the_region() {
    let server = Server::demo().await;
    let page = fetch(&server.secretary().await, "rapport").await;
    let total = |table: usize| in_html(&page, table).pop().unwrap();
    assert_eq!(total(1), ["I alt", "22", "35", "40", "65"]);
    assert_eq!(total(2), ["I alt", "48", "69", "72", "68"]);
    assert!(page.words().contains("Besvaret af 17 ud af 19 kommuner."));
}

#[actix_web::test]
async fn every_count_from_one_to_three_is_hidden_in_every_form() {
    let server = Server::demo().await;
    let secretary = server.secretary().await;
    let all = every_form(&secretary).await;
    let mut hidden = 0;
    for (form, tables) in &all {
        for rows in tables {
            assert!(rows.len() >= 18, "{form}: {rows:?}");
            for cell in rows.iter().flat_map(|row| &row[1..]) {
                assert!(
                    !["1", "2", "3"].contains(&cell.as_str()),
                    "{form}: {rows:?}"
                );
                hidden += usize::from(cell == "≤3");
            }
        }
        let silkeborg = tables[0].iter().find(|row| row[0] == "Silkeborg").unwrap();
        assert_eq!(silkeborg[2], "≤3", "{form}: 2018");
    }
    assert!(hidden > 100, "{hidden}");
}

#[actix_web::test]
async fn every_form_of_the_report_says_the_same() {
    let server = Server::demo().await;
    let all = every_form(&server.secretary().await).await;
    let (first, rest) = all.split_first().unwrap();
    assert_eq!(rest.len(), 5);
    for (form, tables) in rest {
        assert_eq!(tables, &first.1, "{form} and {}", first.0);
    }
}

#[actix_web::test]
async fn the_offers_overview_tells_no_single_municipalitys_citizens() {
    let server = Server::demo().await;
    let secretary = server.secretary().await;
    let told = |cells: &[Value]| cells.iter().filter(|c| c.as_f64() > Some(0.0)).count();
    assert!(
        told(&flow_of(&secretary, "Harebakken").await) > 0,
        "of five municipalities"
    );
    let (offer, start) = server.opens_link_of("leder@harebakken.example.dk").await;
    offer.reopens(&start.path).await;
    let page = offer.get(&format!("{}/afsnit/catchment", start.path)).await;
    let one = [("f/catchment/municipalities", "Favrskov")];
    offer.presses(&page, &one, "Gem").await;
    let review = offer.get(&format!("{}/gennemse", start.path)).await;
    let signed = [("navn", "Lederen"), ("titel", "Leder")];
    let sent = offer.presses(&review, &signed, "Indsend svar").await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.words());
    let cells = flow_of(&secretary, "Harebakken").await;
    assert_eq!(told(&cells), 0, "{cells:?}");
    assert!(cells.contains(&json!("..")));
}

#[actix_web::test]
async fn what_an_offer_has_typed_is_in_no_file_until_it_is_let_out() {
    let server = Server::demo().await;
    let secretary = server.secretary().await;
    let texts: Value =
        serde_json::from_str(include_str!("../../src/demo/data/answers-tilbud.json")).unwrap();
    let typed = texts[0]["answers"]["offer"]["operator"]
        .as_str()
        .unwrap()
        .to_owned();
    let edition = release(&secretary, EATING).await;
    let files = edition.attributes("th a[href*='/udgaver/']", "href");
    for file in &files {
        let bytes = secretary.get(file).await.bytes;
        let held = held_in(&bytes, file);
        assert!(!held.contains(&typed), "{file}");
    }
    let json = fetch(&secretary, "rapport.json").await.text();
    assert!(json.contains("holdt tilbage"));
    let gate = format!("/sekretariat/indsamlinger/{EATING}/fritekst");
    let page = secretary.get(&gate).await;
    let asked = page.all("h2");
    assert!(
        asked.iter().any(|h| h == "Tema 2: Tilbud: Driftsherre"),
        "{asked:?}"
    );
    assert!(page.words().contains("står ud for tilbuddets navn"));
    let offer = texts[0]["organisation"].as_str().unwrap();
    let button = format!("Udgiv svaret fra {offer}");
    let sent = secretary
        .presses(&page, &[("ordlyd", "En forening")], &button)
        .await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.words());
    let json = fetch(&secretary, "rapport.json").await.text();
    assert!(json.contains("En forening") && !json.contains(&typed));
    let history = secretary
        .get(&format!("/sekretariat/indsamlinger/{EATING}"))
        .await;
    assert!(
        history
            .words()
            .contains("Fri tekst udgivet med rettelser: Driftsherre")
    );
}

/// The text of a file; of a workbook, of all its parts.
fn held_in(bytes: &[u8], name: &str) -> String {
    if !name.ends_with(".xlsx") {
        return String::from_utf8(bytes.to_vec()).unwrap();
    }
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut text = String::new();
    for at in 0..archive.len() {
        std::io::Read::read_to_string(&mut archive.by_index(at).unwrap(), &mut text).unwrap();
    }
    text
}

/// An offer's counts of citizens in the overview.
async fn flow_of(secretary: &Visitor, offer: &str) -> Vec<Value> {
    let json = fetch(secretary, "rapport.json").await;
    let json: Value = serde_json::from_slice(&json.bytes).unwrap();
    let offers = blocks(&json).find_map(|b| b.get("offers")).unwrap();
    let columns = offers["columns"].as_array().unwrap();
    let rows = offers["rows"].as_array().unwrap();
    let row = rows.iter().find(|row| row["label"] == offer).unwrap();
    let cells = columns.iter().zip(row["cells"].as_array().unwrap());
    let flow = cells.filter(|(column, _)| column.to_string().contains("matrikel"));
    let flow: Vec<Value> = flow.map(|(_, cell)| cell.clone()).collect();
    assert_eq!(flow.len(), 12);
    flow
}

#[actix_web::test]
async fn the_csv_is_made_for_danish_excel() {
    let server = Server::demo().await;
    let secretary = server.secretary().await;
    let csv = fetch(&secretary, "rapport.csv").await;
    assert!(csv.bytes.starts_with(b"\xef\xbb\xbf"));
    assert!(csv.text().contains("\r\nI alt;22;35;40;65\r\n"));
    let iso = fetch(&secretary, "rapport.iso.csv").await;
    assert!(iso.text().starts_with("tabel,række,kolonne,value\n"));
    assert!(!iso.text().contains('\r'));
}

#[actix_web::test]
async fn the_workbook_holds_numbers_as_numbers_and_marks_as_texts() {
    let server = Server::demo().await;
    let file = fetch(&server.secretary().await, "rapport.xlsx").await;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(file.bytes)).unwrap();
    let sheet = book.worksheet_range("Tabel 1").unwrap();
    let row = |name: &str| {
        let name = Data::String(name.into());
        sheet.rows().find(|row| row[0] == name).unwrap().to_vec()
    };
    assert_eq!(
        row("I alt")[1..5],
        [22.0, 35.0, 40.0, 65.0].map(Data::Float)
    );
    assert_eq!(row("Silkeborg")[2], Data::String("≤3".into()));
}

#[actix_web::test]
async fn one_workbook_has_a_sheet_and_a_codebook_for_each_form_and_stands_in_the_history() {
    use calamine::Reader as _;
    let server = Server::demo().await;
    let secretary = server.secretary().await;
    let file = fetch(&secretary, "data.xlsx").await;
    let mut book: calamine::Xlsx<_> =
        calamine::Xlsx::new(std::io::Cursor::new(file.bytes)).unwrap();
    assert_eq!(
        book.sheet_names(),
        [
            "1 kommune",
            "2 tilbud",
            "Kodebog 1 kommune",
            "Kodebog 2 tilbud"
        ]
    );
    assert_eq!(book.worksheet_range("1 kommune").unwrap().height(), 1 + 19);
    assert_eq!(book.worksheet_range("2 tilbud").unwrap().height(), 1 + 10);
    let deeds: Vec<String> = campaigns::history(&server.app, EATING, None, 1)
        .unwrap()
        .iter()
        .map(|event| event.deed.danish())
        .collect();
    assert_eq!(deeds, ["Rådata hentet (xlsx)"]);
}

#[actix_web::test]
async fn the_raw_data_holds_every_answer_as_it_was_sent() {
    let server = Server::demo().await;
    let secretary = server.secretary().await;
    for (group, asked) in [("kommune", 19), ("tilbud", 10)] {
        let lines = fetch(&secretary, &format!("data/{group}.jsonl"))
            .await
            .text();
        let lines: Vec<Value> = lines
            .lines()
            .map(|l| serde_json::from_str(l).unwrap())
            .collect();
        assert_eq!(lines.len(), asked);
        let overview = campaigns::overview(&server.app, EATING).unwrap().unwrap();
        for respondent in overview.respondents.iter().filter(|r| r.group == group) {
            let line = lines
                .iter()
                .find(|l| l["respondent"] == json!(respondent.name()))
                .unwrap();
            let sent = server.sent(EATING, &respondent.id);
            let last = sent.last().map_or(Value::Null, |s| s.answers.clone());
            assert_eq!(line["answers"], last, "{}", respondent.id);
        }
    }
    let csv = fetch(&secretary, "data/kommune.csv").await;
    assert!(csv.bytes.starts_with(b"\xef\xbb\xbf"));
    let text = csv.text();
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(b';')
        .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let headings = reader.headers().unwrap().clone();
    let different: BTreeSet<&str> = headings.iter().collect();
    assert_eq!(
        different.len(),
        headings.len(),
        "two columns have one heading"
    );
    let records: Vec<_> = reader.records().map(Result::unwrap).collect();
    let visited =
        "M1. Børn og unge visiteret til døgntilbud, dagtilbud eller matrikelløse indsatser, 2018";
    let column = headings.iter().position(|h| h == visited).unwrap();
    let silkeborg = records
        .iter()
        .find(|r| r[0].starts_with("Silkeborg"))
        .unwrap();
    assert_eq!(&silkeborg[column], "3", "raw data are not for publication");
    let book = fetch(&secretary, "data/kommune.xlsx").await;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(book.bytes)).unwrap();
    let sheet = book.worksheet_range("Besvarelser").unwrap();
    let silkeborg = |row: &&[Data]| row[0].to_string().starts_with("Silkeborg");
    assert!(
        sheet
            .rows()
            .find(silkeborg)
            .unwrap()
            .contains(&Data::Float(3.0))
    );
}

const FORM: &str = r#"{
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Én tabel",
    "type": "object",
    "properties": {"count": {"title": "Antal", "type": "integer", "minimum": 0}},
    "required": ["count"]
}"#;
const REPORT: &str = r#"{
    "title": "Én tabel",
    "respondents": {"form": "en-tabel", "singular": "kommune", "plural": "kommuner"},
    "threshold_basis": "vejledningen",
    "keep_totals": true,
    "tables": [{
        "id": "t", "caption": "Borgere",
        "columns": [{"label": "2019", "pointer": "/count", "year": 2019}],
        "notes": {"counting_unit": "borgere", "source": "kommunerne"}
    }]
}"#;

#[actix_web::test]
async fn a_report_whose_hidden_cells_can_be_worked_out_is_refused() {
    let server = Server::with_forms(&[
        ("en-tabel/form.json", FORM),
        ("en-tabel/report.json", REPORT),
    ])
    .await;
    three_municipalities(&server);
    let secretary = server.secretary().await;
    let path = "/sekretariat/indsamlinger/en/rapport";
    let nobody = secretary.get(path).await;
    assert_eq!(nobody.status, StatusCode::CONFLICT);
    assert!(
        nobody.words().contains("Der er ingen besvarelser"),
        "{}",
        nobody.words()
    );
    for (municipality, count) in [("skive", "3"), ("odder", "3"), ("viborg", "10")] {
        answers(&server, municipality, count).await;
    }
    let refused = secretary.get(path).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.words());
    assert_eq!(refused.all("h1"), ["Der er ingen rapport"]);
    let words = refused.words();
    assert!(words.contains("små tal ville kunne regnes ud"), "{words}");
    let cells = ["tabel 1, 2019", "Odder og Skive"];
    assert!(cells.iter().all(|cell| words.contains(cell)), "{words}");
    assert!(words.contains("Udveje, der er efterprøvet"), "{words}");
    for file in [".html", ".csv", ".iso.csv", ".xlsx", ".json"] {
        let none = secretary.get(&format!("{path}{file}")).await;
        assert_eq!(none.status, StatusCode::CONFLICT, "{file}");
        assert!(none.headers.get("content-disposition").is_none());
    }
    let page = secretary.get("/sekretariat/indsamlinger/en").await;
    assert!(page.words().contains("Rapport afvist"), "{}", page.words());

    answers(&server, "odder", "9").await;
    let report = secretary.get(path).await;
    assert_eq!(report.status, StatusCode::OK, "{}", report.words());
}

/// Three municipalities, each asked for one number.
fn three_municipalities(server: &Server) {
    let csv = "organisation;afdeling;gruppe;navn;mail;telefon\n\
        Skive Kommune;;kommune;Leder;leder@skive.example.dk;\n\
        Odder Kommune;;kommune;Leder;leder@odder.example.dk;\n\
        Viborg Kommune;;kommune;Leder;leder@viborg.example.dk;\n";
    let now = server.app.now();
    let plan = CampaignPlan {
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
        sign_off: samsvar_core::campaigns::SignOffRule::Named,
        reminders: Default::default(),
        recipients: read_recipients(csv.as_bytes(), "en", &["kommune"]).unwrap(),
    };
    campaigns::create(&server.app, "en", plan, Actor::Operator).unwrap();
    assert_eq!(server.send_mail().sent, 3);
}

async fn answers(server: &Server, municipality: &str, count: &str) {
    let mut invitations = server.mails();
    let address = format!("leder@{municipality}.example.dk");
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
    let saved = visitor
        .presses(&page, &[("f/count", count)], "Gem og fortsæt")
        .await;
    let review = visitor.follows(&saved).await;
    let signed = [("navn", "Lederen"), ("titel", "Leder")];
    let sent = visitor.presses(&review, &signed, "Indsend svar").await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.words());
}

/// The report's two tables as each form has them.
async fn every_form(secretary: &Visitor) -> Vec<(&'static str, [Rows; 2])> {
    let page = fetch(secretary, "rapport").await;
    let html = fetch(secretary, "rapport.html").await;
    let csv = fetch(secretary, "rapport.csv").await.text();
    let iso = fetch(secretary, "rapport.iso.csv").await.text();
    let xlsx = fetch(secretary, "rapport.xlsx").await.bytes;
    let json = fetch(secretary, "rapport.json").await;
    let json: Value = serde_json::from_slice(&json.bytes).unwrap();
    vec![
        ("page", [1, 2].map(|n| in_html(&page, n))),
        ("HTML", [1, 2].map(|n| in_html(&html, n))),
        ("CSV", TABLES.map(|(heading, _)| in_csv(&csv, heading))),
        ("ISO CSV", TABLES.map(|(_, id)| in_iso(&iso, id))),
        ("XLSX", TABLES.map(|(sheet, _)| in_workbook(&xlsx, sheet))),
        ("JSON", TABLES.map(|(_, id)| in_json(&json, id))),
    ]
}

fn in_html(page: &Page, number: usize) -> Rows {
    let table = format!("table:has(#tabel-{number})");
    let rows = page.rows(&format!("{table} tbody tr, {table} tfoot tr"));
    // In the draft a hidden number unfolds; its mark comes first.
    let mark = |cell: String| match cell.split_once(" , ") {
        Some((mark, told)) if told.contains("hvad kan en læser") => mark.to_owned(),
        _ => cell,
    };
    rows.into_iter()
        .map(|row| row.into_iter().map(mark).collect())
        .collect()
}

fn in_csv(text: &str, heading: &str) -> Rows {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(b';')
        .flexible(true)
        .has_headers(false)
        .from_reader(text.as_bytes());
    let records = reader.records().map(Result::unwrap);
    let begun = records.skip_while(|r| !r[0].starts_with(heading)).skip(2);
    begun
        .take_while(|r| r.len() > 1)
        .map(|r| r.iter().map(str::to_owned).collect())
        .collect()
}

fn in_iso(text: &str, table: &str) -> Rows {
    let mut rows: Rows = Vec::new();
    for record in csv::Reader::from_reader(text.as_bytes()).records() {
        let record = record.unwrap();
        if &record[0] != table {
            continue;
        }
        if rows.last().is_none_or(|row| row[0] != record[1]) {
            rows.push(vec![record[1].to_owned()]);
        }
        rows.last_mut().unwrap().push(record[3].to_owned());
    }
    rows
}

fn in_workbook(bytes: &[u8], sheet: &str) -> Rows {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).unwrap();
    let range = book.worksheet_range(sheet).unwrap();
    let rows = range.rows().skip(3);
    rows.take_while(|row| row[1] != Data::Empty)
        .map(|row| row.iter().map(ToString::to_string).collect())
        .collect()
}

fn in_json(report: &Value, id: &str) -> Rows {
    let table = blocks(report)
        .filter_map(|block| block.get("table"))
        .find(|table| table["id"] == id);
    let rows = table.unwrap()["rows"].as_array().unwrap();
    let text = |cell: &Value| {
        cell.as_str()
            .map_or_else(|| cell.to_string(), str::to_owned)
    };
    rows.iter()
        .map(|row| {
            let cells = row["cells"].as_array().unwrap();
            std::iter::once(&row["label"])
                .chain(cells)
                .map(text)
                .collect()
        })
        .collect()
}

fn blocks(report: &Value) -> impl Iterator<Item = &Value> {
    let sections = report["sections"].as_array().unwrap().iter();
    sections.flat_map(|section| section["blocks"].as_array().unwrap())
}
