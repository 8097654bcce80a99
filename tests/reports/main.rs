//! The regional report on invented answers, from answers to files and back.

// Helpers of tests may fail as tests do.
#![allow(clippy::expect_used)]

mod collection;
mod editions;
mod files;
mod odd;
mod raw;
mod read_back;
mod secrecy;

use samsvar::writers;
use samsvar_core::disclosure::Shown;
use samsvar_core::reports::{Block, Report, ReportTable, Section};
use samsvar_core::tables::check_report;
use serde_json::{Value, json};

use collection::{COURT_ORDERS, Collection, DEFINITION, definition, meta};

/// A table of the report by its place.
fn table(report: &Report, at: usize) -> &ReportTable {
    report.tables().nth(at).expect("a table")
}

fn total(report: &Report, at: usize) -> Vec<Shown> {
    let table = table(report, at);
    let columns = table.table.columns().iter();
    columns
        .map(|column| table.table.cell("I alt", column).expect("a total"))
        .collect()
}

fn sentences(report: &Report) -> Vec<String> {
    let section = |section: &&Section| section.heading == "Tema 1: Målgruppen";
    let section = report.sections().iter().find(section).expect("theme 1");
    section
        .blocks
        .iter()
        .flat_map(|block| match block {
            Block::List { items, .. } => items.clone(),
            _ => Vec::new(),
        })
        .collect()
}

#[test]
fn the_region_totals_are_those_published() {
    let report = Collection::midtjylland().report();
    assert_eq!(total(&report, 0), [22, 35, 40, 65].map(Shown::Exact));
    assert_eq!(total(&report, 1), [48, 69, 72, 68].map(Shown::Exact));
}

#[test]
fn every_small_count_is_hidden_silkeborg_included() {
    let report = Collection::midtjylland().report();
    for table in report.tables() {
        for row in table.table.rows() {
            for column in table.table.columns() {
                let shown = table.table.cell(row, column).expect("a cell");
                assert!(!matches!(shown, Shown::Exact(1..=3)), "{row} {column}");
            }
        }
    }
    let silkeborg = table(&report, 0).table.cell("Silkeborg", "2018");
    assert_eq!(silkeborg, Some(Shown::AtMost(3)));
}

#[test]
fn municipalities_stand_in_danish_order_with_the_total_last() {
    let report = Collection::midtjylland().report();
    let rows = table(&report, 0).table.rows();
    assert_eq!(rows.len(), 20);
    assert_eq!(rows[0], "Favrskov");
    assert_eq!(rows[18..], ["Aarhus", "I alt"]);
}

#[test]
fn what_is_missing_is_a_dash_and_stated_under_the_table() {
    let report = Collection::midtjylland().report();
    let adults = table(&report, 1);
    assert_eq!(
        adults.table.cell("Herning", "2017"),
        Some(Shown::NotCollected)
    );
    let note = "»–« (ikke opgjort): Herning (2017 og 2018). Tallene indgår ikke i »I alt«.";
    assert!(
        adults.notes.iter().any(|line| line == note),
        "{:?}",
        adults.notes
    );
}

#[test]
fn the_denominator_is_stated_and_adds_up() {
    let report = Collection::midtjylland()
        .without_answer_of("Skive")
        .without_answer_of("Odder")
        .report();
    let notes = &table(&report, 0).notes;
    assert_eq!(notes[0], "Besvaret af 17 ud af 19 kommuner.");
    assert_eq!(notes[1], "Indgår ikke (ikke besvaret): Odder og Skive.");
    assert_eq!(
        notes[2],
        "Kontrol: 17 besvarelser + 2, der ikke indgår = 19 i alt."
    );
}

#[test]
fn sentences_state_their_denominator_and_sum_to_it() {
    let report = Collection::midtjylland().report();
    let said = sentences(&report);
    for sentence in [
        "Det samlede antal visiterede børn og unge er steget fra 22 i 2017 til 40 i 2019.",
        "4 ud af 19 kommuner har ikke haft børn og unge i målgruppen i den treårige periode.",
        "6 kommuner har haft børn og unge i målgruppen i ét af årene.",
        "5 kommuner har haft børn og unge i målgruppen i to af årene.",
        "4 kommuner har haft børn og unge i målgruppen i alle tre år.",
        "Opgørelsen omfatter 18 ud af 19 kommuner; Herning indgår ikke, fordi tal mangler.",
    ] {
        assert!(said.iter().any(|line| line == sentence), "{said:#?}");
    }
}

#[test]
fn court_orders_are_told_by_years_as_published() {
    let spec = definition(COURT_ORDERS);
    let report = Collection::court_orders().attempt(&spec).expect("safe");
    let said = sentences(&report);
    for sentence in [
        "12 ud af 19 kommuner har ikke haft borgere med domstype 1 i den treårige periode.",
        "1 kommune har haft borgere med domstype 1 i ét af årene.",
        "1 kommune har haft borgere med domstype 1 i to af årene.",
        "5 kommuner har haft borgere med domstype 1 i alle tre år.",
        "5 ud af 19 kommuner har ikke haft borgere med domstype 2 i den treårige periode.",
        "9 kommuner har haft borgere med domstype 2 i alle tre år.",
        "2 kommuner har haft borgere overført ved administrativ afgørelse i to af årene.",
    ] {
        assert!(said.iter().any(|line| line == sentence), "{said:#?}");
    }
}

#[test]
fn seven_ones_under_a_printed_seven_are_not_let_out() {
    let spec = definition(COURT_ORDERS);
    let report = Collection::court_orders().attempt(&spec).expect("safe");
    let first = table(&report, 0);
    assert!(total(&report, 0)[0].is_hidden(), "{:?}", total(&report, 0));
    assert_eq!(first.table.cell("Herning", "2017"), Some(Shown::AtMost(3)));
    let trend = "Det samlede antal borgere med domstype 1 er steget fra 8 i 2018 til 10 i 2019. Tallene er små, så udviklingen skal læses med forbehold.";
    assert!(sentences(&report).iter().any(|line| line == trend));
}

#[test]
fn totals_that_must_be_printed_are_refused_with_the_cells_at_risk() {
    let mut text: Value = serde_json::from_str(COURT_ORDERS).expect("JSON");
    text["keep_totals"] = json!(true);
    let spec = definition(&text.to_string());
    let refusal = Collection::court_orders()
        .attempt(&spec)
        .expect_err("7 × 1 = 7");
    for reason in [
        "Rapporten kan ikke dannes, fordi små tal ville kunne regnes ud.",
        "I fare i tabel 1, 2017: Aarhus, Herning, Holstebro, Horsens, Randers, Silkeborg og Viborg (7 fordelt på syv kommuner).",
        "Udvej: Vis ikke totalen tabel 1, I alt, 2017.",
    ] {
        assert!(
            refusal.reasons.iter().any(|line| line == reason),
            "{:#?}",
            refusal.reasons
        );
    }
}

#[test]
fn a_region_may_print_its_total_alone_with_the_distribution_in_words() {
    let mut text: Value = serde_json::from_str(DEFINITION).expect("JSON");
    text["tables"][0]["rows"] = json!("total");
    let spec = definition(&text.to_string());
    let report = Collection::midtjylland().attempt(&spec).expect("safe");
    let printed: Vec<_> = table(&report, 0).printed().collect();
    assert_eq!(
        printed,
        [("I alt", [22, 35, 40, 65].map(Shown::Exact).to_vec())]
    );
    let page = writers::html::page(&report, "");
    assert!(page.contains("6 kommuner har haft børn og unge i målgruppen i ét af årene."));
}

#[test]
fn bands_that_would_tell_too_much_are_made_wider() {
    let mut collection = Collection::midtjylland();
    for (_, answers) in &mut collection.municipalities[10..] {
        *answers = None;
    }
    let said = sentences(&collection.report());
    for sentence in [
        "8 kommuner har haft 1-9 børn og unge i målgruppen i 2017-2019 lagt sammen.",
        "Opgørelsen omfatter 10 ud af 19 kommuner; 9 kommuner indgår ikke, fordi tal mangler.",
    ] {
        assert!(said.iter().any(|line| line == sentence), "{said:#?}");
    }
}

#[test]
fn free_text_is_held_back() {
    let page = writers::html::page(&Collection::midtjylland().report(), "");
    assert!(!page.contains("Skive mangler"));
    assert!(page.contains("Hvad mangler i udbuddet: 19 svar"));
}

#[test]
fn the_order_of_the_answers_does_not_show() {
    let files = |report: &Report| {
        (
            writers::html::page(report, ""),
            writers::csv::danish_excel(report).expect("CSV"),
            writers::xlsx::workbook(report).expect("XLSX"),
            writers::json::document(report).to_string(),
        )
    };
    let one = files(&Collection::midtjylland().report());
    let other = files(&Collection::midtjylland().reversed().report());
    assert!(one == other);
}

#[test]
fn nobody_answering_is_refused_in_words() {
    let refusal =
        Report::build(&definition(DEFINITION), &[], meta()).expect_err("nothing to report");
    assert_eq!(
        refusal.reasons,
        ["Der er ingen besvarelser at lave en rapport af: besvaret af 0 ud af 0 kommuner."]
    );
}

#[test]
fn the_shipped_definition_points_into_answers_that_the_form_takes() {
    let definition: Value = serde_json::from_str(DEFINITION).expect("JSON");
    let answers = json!({
        "children": {"none": 0, "visited": {"2017": 0, "2018": 0, "2019": 0}, "offsite_period": 0},
        "adults": {"none": 0, "visited": {"2017": 0, "2018": 0, "2019": 0}, "offsite_period": 0},
        "supply": {"sufficient": 0, "changed": 0, "lacking": 0, "changes": 0},
        "themes": {"coordination": 0, "challenges": 0, "future": 0},
        "offsite": {"example": {"situation": 0}},
        "reservations": {"method": 0}
    });
    let exists = |pointer: &str| answers.pointer(pointer).is_some();
    assert_eq!(check_report(&exists, &definition), []);
}
