//! Editions of one report, each safe alone: what a reader of all of them can work out.
use samsvar_core::disclosure::{Certificate, PublishedTable, Rules, Shown, verify};
use samsvar_core::reports::{
    Choices, Edition, FactColumn, FactRow, FactTable, Facts, MergedRows, Report, ReportRefusal,
};
use samsvar_core::tables::{MeasureKey, ReportSpec};
use serde_json::{Value, json};

use crate::collection::Collection;

/// One table of one year.
fn spec() -> ReportSpec {
    let definition = json!({
        "title": "R", "threshold_basis": "vejledningen",
        "respondents": {"form": "f", "singular": "kommune", "plural": "kommuner"},
        "tables": [{
            "id": "t", "caption": "Borgere",
            "columns": [{"label": "2019", "pointer": "/n", "year": 2019}],
            "notes": {"counting_unit": "borgere", "source": "kommunerne"}
        }]
    });
    ReportSpec::read(&definition).expect("a spec")
}

fn collection(counts: &[(&str, Option<u64>)]) -> Collection {
    let answer = |count: &Option<u64>| count.map(|n| json!({"n": n}));
    Collection {
        form: "f",
        municipalities: counts
            .iter()
            .map(|(name, count)| ((*name).to_owned(), answer(count)))
            .collect(),
        offers: Vec::new(),
    }
}

const EARLY: [(&str, Option<u64>); 7] = [
    ("Odder", Some(2)),
    ("Skive", Some(1)),
    ("Struer", Some(3)),
    ("Samsø", Some(2)),
    ("Viborg", Some(12)),
    ("Horsens", Some(9)),
    ("Herning", None),
];

fn with(name: &str, count: u64) -> Vec<(&'static str, Option<u64>)> {
    let mut counts = EARLY.to_vec();
    for (municipality, n) in &mut counts {
        if *municipality == name {
            *n = Some(count);
        }
    }
    counts
}

fn first() -> (Report, Edition) {
    let collection = collection(&EARLY);
    let report = alone(&collection).expect("safe alone");
    let told = collection.told(&report, 1);
    (report, told)
}

fn alone(collection: &Collection) -> Result<Report, ReportRefusal> {
    collection.edition(&spec(), &Choices::default(), &[])
}

fn shown(report: &Report, row: &str) -> Shown {
    let table = report.tables().next().expect("a table");
    table.table.cell(row, "2019").expect("a cell")
}

/// Checks the proof as somebody outside would.
#[track_caller]
fn proven(report: &Report) -> (PublishedTable, Rules, Certificate) {
    let proof = report.proof().expect("a proof");
    let table = PublishedTable::from_csv(&proof.table, &proof.rules).expect("a table");
    verify(&table, &proof.rules, &proof.certificate).expect("proven");
    (table, proof.rules, proof.certificate)
}

#[test]
fn two_editions_each_safe_alone_that_disclose_the_late_answer_are_refused() {
    let (report, told) = first();
    assert_eq!(shown(&report, "I alt"), Shown::Exact(29));
    let late = collection(&with("Herning", 2));
    assert_eq!(
        shown(&alone(&late).expect("safe alone"), "I alt"),
        Shown::Exact(31)
    );
    let refusal = late
        .edition(&spec(), &Choices::default(), &[told])
        .expect_err("31 − 29 = 2");
    let herning = &refusal.at_risk[0];
    assert_eq!(
        (herning.rows.as_slice(), herning.column.as_str()),
        (&["Herning".to_owned()][..], "2019")
    );
    assert_eq!(
        herning.sum,
        "31 − 29 (udgave 1) = 2; kun Herning er ny eller rettet siden"
    );
    assert!(
        refusal.reasons.iter().any(|r| r.contains("Herning")),
        "{refusal:?}"
    );
}

#[test]
fn the_ways_out_of_a_late_answer_are_proven_safe() {
    let (_, told) = first();
    let late = collection(&with("Herning", 2));
    let attempt = |choices: Choices| {
        let report = late.edition(&spec(), &choices, std::slice::from_ref(&told));
        let report = report.unwrap_or_else(|refusal| panic!("{choices:?}: {refusal:?}"));
        proven(&report);
        report
    };
    let hidden = attempt(Choices {
        may_hide_totals: true,
        ..Choices::default()
    });
    assert_eq!(shown(&hidden, "I alt"), Shown::Withheld);
    assert_eq!(shown(&hidden, "Herning"), Shown::AtMost(3));
    let waits = attempt(Choices {
        waiting: [("Herning".to_owned(), "Herning".to_owned())].into(),
        ..Choices::default()
    });
    assert_eq!(shown(&waits, "Herning"), Shown::NotCollected);
    assert_eq!(shown(&waits, "I alt"), Shown::Exact(29));
    attempt(Choices {
        without_total: ["t".to_owned()].into(),
        ..Choices::default()
    });
}

#[test]
fn a_late_answer_that_is_not_small_is_no_secret() {
    let (_, told) = first();
    let late = collection(&with("Herning", 8));
    let report = late
        .edition(&spec(), &Choices::default(), &[told])
        .expect("8 is printed anyway");
    assert_eq!(shown(&report, "Herning"), Shown::Exact(8));
    proven(&report);
}

#[test]
fn a_correction_of_a_small_count_is_hidden_or_refused() {
    let (_, told) = first();
    let after = |count: u64| {
        let corrected = collection(&with("Struer", count));
        corrected.edition(&spec(), &Choices::default(), std::slice::from_ref(&told))
    };
    // From 3 to 6: the totals differ by 3, so both are hidden, and 1, 2 or 3 was possible before.
    let report = after(6).unwrap_or_else(|refusal| panic!("{refusal:?}"));
    assert_eq!(shown(&report, "Struer"), Shown::Withheld);
    proven(&report);
    // From 3 to 2: the difference says that it was not 1 before and is not 3 now.
    let refusal = after(2).expect_err("28 − 29 = −1");
    let danger = refusal
        .at_risk
        .iter()
        .find(|d| d.rows == ["Struer"])
        .expect("Struer");
    assert!(
        danger.sum.starts_with("28 − 29 (udgave 1) = -1"),
        "{danger:?}"
    );
}

#[test]
fn the_same_answers_give_the_same_edition_again() {
    let (report, told) = first();
    let again = collection(&EARLY)
        .edition(&spec(), &Choices::default(), &[told])
        .expect("nothing new");
    for row in ["Odder", "Viborg", "I alt"] {
        assert_eq!(shown(&report, row), shown(&again, row));
    }
    proven(&again);
}

#[test]
fn another_threshold_tells_which_small_counts_are_the_large_ones() {
    let (_, told) = first();
    let lower = Choices {
        threshold: Some(2),
        ..Choices::default()
    };
    let refusal = collection(&EARLY)
        .edition(&spec(), &lower, &[told])
        .expect_err("Struer's 3 would be printed");
    assert!(!refusal.reasons.is_empty());
}

/// The small counts keep all that they had: 1 to 3, as edition 1 has told.
#[test]
fn a_higher_threshold_is_possible_where_it_tells_nothing_new() {
    let (_, told) = first();
    let higher = Choices {
        threshold: Some(4),
        ..Choices::default()
    };
    let report = collection(&EARLY)
        .edition(&spec(), &higher, std::slice::from_ref(&told))
        .unwrap_or_else(|refusal| panic!("{refusal:?}"));
    let table = report.tables().next().unwrap();
    for name in ["Odder", "Skive", "Struer", "Samsø"] {
        assert_eq!(shown(&report, name), Shown::AtMost(4));
        let found = report.feasible(table, name, "2019").unwrap();
        assert_eq!(found.to_string(), "1, 2 eller 3");
    }
    let (_, _, certificate) = proven(&report);
    assert_eq!(certificate.claim.given_away.len(), 4);
    // A 4 was printed as such before; a late one is new, and the total tells it.
    let four = collection(&with("Horsens", 4));
    let told = four.told(&alone(&four).expect("safe alone"), 1);
    let refusal = four
        .edition(&spec(), &higher, std::slice::from_ref(&told))
        .expect_err("it is out");
    assert_eq!(refusal.at_risk[0].sum, "udgave 1 viser tallet 4");
    let open = Choices {
        print_published: true,
        ..higher
    };
    proven(
        &four
            .edition(&spec(), &open, &[told])
            .expect("printed again"),
    );
}

#[test]
fn a_lower_threshold_is_refused_where_it_tells_small_counts_apart() {
    let four = collection(&with("Horsens", 4));
    let higher = Choices {
        threshold: Some(5),
        ..Choices::default()
    };
    let report = four.edition(&spec(), &higher, &[]).expect("safe alone");
    assert_eq!(shown(&report, "Horsens"), Shown::AtMost(5));
    let told = four.told(&report, 1);
    let refusal = four
        .edition(&spec(), &Choices::default(), std::slice::from_ref(&told))
        .expect_err("≤5 and not ≤3 is 4 or 5");
    assert!(refusal.reasons[0].contains("op til 5"), "{refusal:?}");
    assert!(
        refusal.at_risk[0].sum.contains("udgave 1 viser ≤5"),
        "{refusal:?}"
    );
    let order = samsvar_core::reports::Order {
        choices: &Choices::default(),
        earlier: std::slice::from_ref(&told),
        texts: &[],
    };
    let ways = four.ways_out(&spec(), &order, &refusal);
    let same = ways
        .iter()
        .find(|way| way.choices.threshold == Some(5))
        .expect("as before");
    proven(&same.report);
    // Nothing small and nothing in between: the lower threshold tells nothing.
    let large = collection(&[
        ("Odder", Some(20)),
        ("Skive", Some(30)),
        ("Viborg", Some(0)),
    ]);
    let told = large.told(&large.edition(&spec(), &higher, &[]).expect("safe"), 1);
    proven(
        &large
            .edition(&spec(), &Choices::default(), &[told])
            .expect("still safe"),
    );
}

#[test]
fn another_grouping_is_audited_against_the_rows_before() {
    let (_, told) = first();
    let grouped = |rows: &[&str]| Choices {
        merged: vec![MergedRows {
            name: "Vest".into(),
            rows: rows.iter().map(|row| (*row).to_owned()).collect(),
        }],
        ..Choices::default()
    };
    // 2 + 1 + 12: with Viborg's 12 printed before, the other two would be {1, 2}.
    let report = collection(&EARLY)
        .edition(
            &spec(),
            &grouped(&["Odder", "Skive", "Viborg"]),
            std::slice::from_ref(&told),
        )
        .expect("with the group hidden");
    assert_eq!(shown(&report, "Vest"), Shown::Withheld);
    assert_eq!(
        collection(&EARLY)
            .edition(&spec(), &grouped(&["Odder", "Skive", "Viborg"]), &[])
            .map(|alone| shown(&alone, "Struer"))
            .expect("safe alone"),
        Shown::AtMost(3)
    );
    proven(&report);
    // Four small ones sum to 8, as the edition before told already.
    let all = ["Odder", "Skive", "Struer", "Samsø"];
    let report = collection(&EARLY)
        .edition(&spec(), &grouped(&all), &[told])
        .expect("nothing that was not known");
    assert_eq!(shown(&report, "Vest"), Shown::Exact(8));
    proven(&report);
    let two = collection(&EARLY).edition(&spec(), &grouped(&["Odder", "Skive"]), &[]);
    assert!(two.expect_err("a sum of two").reasons[0].contains("mindst 3"));
}

#[test]
fn a_special_extract_is_audited_with_the_report() {
    let full = Collection::midtjylland();
    let spec = crate::collection::definition(crate::collection::DEFINITION);
    let report = full.report();
    let told = full.told(&report, 1);
    let extract = Choices {
        without_tables: ["voksne".to_owned()].into(),
        without_columns: [("boern".to_owned(), "2017".to_owned())].into(),
        ..Choices::default()
    };
    let report = full
        .edition(&spec, &extract, std::slice::from_ref(&told))
        .unwrap_or_else(|refusal| panic!("{refusal:?}"));
    assert_eq!(report.tables().count(), 1);
    let corrected = {
        let mut later = Collection::midtjylland();
        for (name, answers) in &mut later.municipalities {
            if name == "Lemvig"
                && let Some(answers) = answers
                && let Some(count) = answers.pointer_mut("/children/visited/2018")
            {
                *count = json!(if *count == json!(3) { 2 } else { 3 });
            }
        }
        later
    };
    let refusal = corrected
        .edition(&spec, &extract, &[told])
        .expect_err("the totals of 2018 differ by one");
    assert!(
        refusal
            .at_risk
            .iter()
            .any(|d| d.rows.contains(&"Lemvig".to_owned())),
        "{refusal:?}"
    );
}

/// A table as it might be typed in from last year's print.
fn typed_in(cells: &[(&str, Shown)], total: Shown) -> Edition {
    let row = |(name, shown): &(&str, Shown)| FactRow {
        name: (*name).to_owned(),
        members: vec![(*name).to_owned()],
        cells: vec![*shown],
    };
    Edition {
        number: 1,
        facts: Facts {
            threshold: 3,
            tables: vec![FactTable {
                id: "t".into(),
                caption: "Borgere".into(),
                columns: vec![FactColumn {
                    label: "2019".into(),
                    measure: Some(MeasureKey {
                        pointer: "/n".into(),
                        zero_when: None,
                    }),
                }],
                rows: cells.iter().map(row).collect(),
                totals: vec![total],
            }],
            ..Facts::default()
        },
        counts: None,
    }
}

#[test]
fn a_table_from_elsewhere_takes_part() {
    let small = Shown::AtMost(3);
    let printed = [
        ("Odder", small),
        ("Skive", small),
        ("Struer", small),
        ("Samsø", small),
        ("Viborg", Shown::Exact(12)),
        ("Horsens", Shown::Exact(9)),
    ];
    let late = collection(&with("Herning", 2));
    let elsewhere = typed_in(&printed, Shown::Exact(29));
    let refusal = late
        .edition(&spec(), &Choices::default(), &[elsewhere])
        .expect_err("31 − 29 = 2");
    assert_eq!(refusal.at_risk[0].rows, ["Herning"]);
    // Other totals then: the small counts were others, so nothing is known of Herning's.
    let other = typed_in(&printed, Shown::Exact(28));
    let report = late.edition(&spec(), &Choices::default(), &[other]);
    proven(&report.unwrap_or_else(|refusal| panic!("{refusal:?}")));
    let impossible = typed_in(&printed, Shown::Exact(99));
    let refusal = late.edition(&spec(), &Choices::default(), &[impossible]);
    assert!(refusal.expect_err("four small counts are no 78").reasons[0].contains("stemmer ikke"));
}

#[test]
fn a_small_count_printed_before_can_only_be_printed_again() {
    let mut printed = [("Odder", Shown::Exact(2)); 6];
    for (place, (name, count)) in printed.iter_mut().zip(EARLY).skip(1) {
        *place = (
            name,
            if count < Some(4) {
                Shown::AtMost(3)
            } else {
                Shown::Exact(count.unwrap())
            },
        );
    }
    let told = typed_in(&printed, Shown::NotCollected);
    let now = collection(&EARLY);
    let refusal = now
        .edition(&spec(), &Choices::default(), std::slice::from_ref(&told))
        .expect_err("Odder's 2 is known");
    assert_eq!(refusal.at_risk[0].rows, ["Odder"]);
    assert_eq!(refusal.at_risk[0].sum, "udgave 1 viser tallet 2");
    let open = Choices {
        print_published: true,
        ..Choices::default()
    };
    let report = now.edition(&spec(), &open, &[told]);
    let report = report.unwrap_or_else(|refusal| panic!("{refusal:?}"));
    assert_eq!(shown(&report, "Odder"), Shown::Exact(2));
    proven(&report);
}

/// Last year's print narrowed three numbers: 25 − 12 − 9 = 4 for three. It can't be called back,
/// so a later report is possible, says so, and narrows none of them further.
#[test]
fn what_an_earlier_print_has_narrowed_does_not_stop_later_reports() {
    let small = Shown::AtMost(3);
    let mut counts = EARLY.to_vec();
    for (name, count) in [("Odder", 1), ("Skive", 2), ("Struer", 1), ("Samsø", 0)] {
        counts
            .iter_mut()
            .find(|(place, _)| *place == name)
            .unwrap()
            .1 = Some(count);
    }
    let printed = [
        ("Odder", small),
        ("Skive", small),
        ("Struer", small),
        ("Samsø", Shown::Exact(0)),
        ("Viborg", Shown::Exact(12)),
        ("Horsens", Shown::Exact(9)),
    ];
    let told = typed_in(&printed, Shown::Exact(25));
    let now = collection(&counts);
    let report = now
        .edition(&spec(), &Choices::default(), std::slice::from_ref(&told))
        .unwrap_or_else(|refusal| panic!("{refusal:?}"));
    let table = report.tables().next().unwrap();
    for name in ["Odder", "Skive", "Struer"] {
        assert_eq!(shown(&report, name), small);
        assert_eq!(
            report.feasible(table, name, "2019").unwrap().to_string(),
            "1 eller 2"
        );
    }
    assert_eq!(report.given_away().len(), 3);
    let (_, _, certificate) = proven(&report);
    assert_eq!(certificate.claim.given_away.len(), 3);
    // One corrected: two totals would tell how much, which the first print did not.
    counts[1].1 = Some(3);
    let corrected = collection(&counts).edition(&spec(), &Choices::default(), &[told]);
    if let Ok(report) = corrected {
        let table = report.tables().next().unwrap();
        let found = report.feasible(table, "Skive", "2019").unwrap();
        assert!(
            found.values.as_ref().is_none_or(|values| values.len() > 1),
            "{found}"
        );
        proven(&report);
    }
}

#[test]
fn facts_are_kept_as_json() {
    let (_, told) = first();
    let kept: Value = serde_json::to_value(&told.facts).expect("JSON");
    let read: Facts = serde_json::from_value(kept).expect("facts");
    assert_eq!(read, told.facts);
}
