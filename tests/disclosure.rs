//! Disclosure control on the tables that were once published, and on invented answers for them.
#![allow(
    clippy::unwrap_used,
    reason = "a test that can't read its input has failed"
)]
use std::collections::BTreeMap;

use samsvar_core::disclosure::{
    Additive, AuditOptions, Bin, CellVerdict, Classes, Policy, Published, PublishedTable, Rules,
    Shown, Status, Symbol, TrueCell, audit, protect,
};

const YEARS: [&str; 4] = ["2017", "2018", "2019", "matrikelloes_2017_2019"];

/// A CSV with one row per label and one column per further label, as `(row, column, value)`.
fn wide(text: &str) -> Vec<(String, String, String)> {
    let mut lines = text.lines();
    let columns: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
    lines
        .flat_map(|line| {
            let fields: Vec<&str> = line.split(',').collect();
            let row = fields[0].to_owned();
            let cells: Vec<(String, String, String)> = columns[1..]
                .iter()
                .zip(&fields[1..])
                .map(|(column, value)| (row.clone(), (*column).to_owned(), (*value).to_owned()))
                .collect();
            cells
        })
        .collect()
}

fn published(file: &str) -> (PublishedTable, Rules) {
    let cells = wide(file);
    let municipalities: Vec<String> = cells
        .iter()
        .filter(|(row, column, _)| row != "Total" && column == "2019")
        .map(|(row, _, _)| row.clone())
        .collect();
    let rules = Rules {
        dims: vec!["kommune".into(), "aar".into()],
        value: "value".into(),
        symbols: BTreeMap::from([
            ("≤3".into(), Symbol::between(1, Some(3))),
            ("-".into(), Symbol::between(0, Some(0))),
        ]),
        additive: vec![sum_over("kommune", &municipalities)],
        ..Rules::default()
    };
    let mut csv = String::from("kommune,aar,value\n");
    for (row, column, value) in cells {
        csv += &format!("{row},{column},{value}\n");
    }
    let table = PublishedTable::from_csv(csv.as_bytes(), &rules).unwrap();
    (table, rules)
}

fn sum_over(dim: &str, children: &[String]) -> Additive {
    Additive {
        dim: dim.into(),
        parent: "Total".into(),
        children: children.to_vec(),
        only: BTreeMap::new(),
        coef: BTreeMap::new(),
    }
}

fn narrowed(cells: &[CellVerdict]) -> Vec<(String, String, Vec<i128>)> {
    cells
        .iter()
        .filter(|cell| cell.status != Status::Full)
        .map(|cell| {
            let set = cell.feasible_set.clone().unwrap_or_default();
            (cell.coords[0].clone(), cell.coords[1].clone(), set)
        })
        .collect()
}

fn one_or_two(row: &str, column: &str) -> (String, String, Vec<i128>) {
    (row.into(), column.into(), vec![1, 2])
}

#[test]
fn the_bare_three_narrows_three_other_municipalities() {
    let file =
        include_str!("data/disclosure/spiseforstyrrelser_midtjylland_published_tabel1_boern.csv");
    let (table, rules) = published(file);
    let verdict = audit(&table, &rules, &AuditOptions::default()).unwrap();
    assert_eq!(
        narrowed(&verdict.cells)
            .into_iter()
            .filter(|(_, column, _)| column != YEARS[3])
            .collect::<Vec<_>>(),
        [
            one_or_two("Lemvig", "2018"),
            one_or_two("Ringkøbing-Skjern", "2018"),
            one_or_two("Viborg", "2018"),
        ]
    );
}

#[test]
fn three_hidden_cells_that_sum_to_four_are_narrowed() {
    let file =
        include_str!("data/disclosure/spiseforstyrrelser_midtjylland_published_tabel2_voksne.csv");
    let (table, rules) = published(file);
    let verdict = audit(&table, &rules, &AuditOptions::default()).unwrap();
    let of_period: Vec<_> = narrowed(&verdict.cells)
        .into_iter()
        .filter(|(_, column, _)| column == YEARS[3])
        .collect();
    assert_eq!(
        of_period,
        [
            one_or_two("Holstebro", YEARS[3]),
            one_or_two("Horsens", YEARS[3]),
            one_or_two("Skanderborg", YEARS[3]),
        ]
    );
}

#[test]
fn a_single_hidden_row_under_a_total_is_known() {
    let file = include_str!("data/disclosure/boernehussager_nordjylland_published.csv");
    let mut csv = String::from("kommune,value\n");
    for line in file.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        csv += &format!("{},{}\n", fields[0], fields[1]);
    }
    let children: Vec<String> = file
        .lines()
        .skip(1)
        .filter_map(|line| line.split(',').next())
        .filter(|name| *name != "Region Nord")
        .map(str::to_owned)
        .collect();
    let mut sum = sum_over("kommune", &children);
    sum.parent = "Region Nord".into();
    let rules = Rules {
        dims: vec!["kommune".into()],
        value: "value".into(),
        symbols: BTreeMap::from([(String::new(), Symbol::between(0, Some(4)))]),
        additive: vec![sum],
        ..Rules::default()
    };
    let table = PublishedTable::from_csv(csv.as_bytes(), &rules).unwrap();
    let verdict = audit(&table, &rules, &AuditOptions::default()).unwrap();
    assert_eq!(verdict.cells.len(), 1);
    assert_eq!(verdict.cells[0].coords, ["Læsø"]);
    assert_eq!(verdict.cells[0].feasible_set, Some(vec![0]));
    assert_eq!(verdict.cells[0].status, Status::Exact);
}

/// The invented answers as one model of two tables.
fn answers() -> (Vec<TrueCell>, Rules) {
    let file = include_str!("data/disclosure/spiseforstyrrelser_midtjylland_answers.csv");
    let mut municipalities: Vec<String> = Vec::new();
    let mut cells = Vec::new();
    for (row, column, value) in wide(file) {
        let (table, year) = column.split_once('_').unwrap();
        if !municipalities.contains(&row) {
            municipalities.push(row.clone());
        }
        cells.push(TrueCell {
            coords: vec![table.into(), row, year.into()],
            value: value.parse().ok(),
        });
    }
    let rules = Rules {
        dims: vec!["tabel".into(), "kommune".into(), "aar".into()],
        value: "value".into(),
        additive: vec![sum_over("kommune", &municipalities)],
        ..Rules::default()
    };
    (cells, rules)
}

/// The sentences over the sum of the three years, with fixed limits.
fn sentences(cells: &[TrueCell]) -> Vec<Classes> {
    ["boern", "voksne"]
        .iter()
        .map(|table| {
            let mut groups: BTreeMap<String, Vec<Vec<String>>> = BTreeMap::new();
            for cell in cells {
                if cell.coords[0] == *table && cell.coords[2] != YEARS[3] {
                    let group = groups.entry(cell.coords[1].clone()).or_default();
                    group.push(cell.coords.clone());
                }
            }
            let bin = |lo, hi| Bin {
                lo,
                hi,
                count: None,
            };
            Classes {
                name: format!("bånd {table}"),
                groups,
                minus: BTreeMap::new(),
                bins: vec![
                    bin(0, Some(0)),
                    bin(1, Some(3)),
                    bin(4, Some(9)),
                    bin(10, None),
                ],
                attained: Vec::new(),
                exhaustive: true,
            }
        })
        .collect()
}

#[test]
fn both_tables_are_protected_with_their_totals_shown() {
    let (cells, rules) = answers();
    let policy = Policy {
        insider_dim: Some("kommune".into()),
        keep_visible_where: vec![BTreeMap::from([("kommune".into(), vec!["Total".into()])])],
        ..Policy::default()
    };
    let protected = protect(&cells, &rules, &policy).unwrap();
    for (table, totals) in [("boern", [22, 35, 40, 65]), ("voksne", [48, 69, 72, 68])] {
        for (year, total) in YEARS.iter().zip(totals) {
            assert_eq!(
                protected.shown(&[table, "Total", year]),
                Some(Shown::Exact(total))
            );
        }
    }
    let shown = protected.shown(&["boern", "Silkeborg", "2018"]);
    assert_eq!(shown, Some(Shown::AtMost(3)));
    assert_eq!(
        protected.shown(&["voksne", "Herning", "2017"]),
        Some(Shown::NotCollected)
    );
    for (coords, shown) in protected.cells() {
        if let Shown::AtMost(_) = shown {
            let labels: Vec<&str> = coords.iter().map(String::as_str).collect();
            let feasible = protected.feasible(&labels).unwrap();
            assert_eq!(feasible.values, Some(vec![1, 2, 3]), "{coords:?}");
        }
    }
    assert!(protected.summary().proven_optimal);
}

#[test]
fn sentences_are_kept_only_where_they_tell_nothing() {
    let (cells, mut rules) = answers();
    rules.classes = sentences(&cells);
    let policy = Policy {
        insider_dim: Some("kommune".into()),
        ..Policy::default()
    };
    let protected = protect(&cells, &rules, &policy).unwrap();
    for class in &rules.classes {
        let counts = protected.class_counts(&class.name);
        let is_dropped = protected
            .dropped()
            .iter()
            .any(|fact| fact.name == class.name);
        assert_eq!(counts.is_none(), is_dropped);
        if let Some(counts) = counts {
            assert_eq!(counts.iter().map(|bin| bin.count).sum::<u64>(), 19);
        }
    }
    let table = protected.table(&[("tabel", "boern")], "kommune", "aar");
    assert_eq!(table.rows().len(), 20);
    assert_eq!(table.columns(), YEARS);
    assert_eq!(table.cell("Total", "2017"), Some(Shown::Exact(22)));
}

#[test]
fn a_published_number_is_never_hidden_from_the_audit() {
    let (cells, rules) = answers();
    let protected = protect(&cells, &rules, &Policy::default()).unwrap();
    let printed = PublishedTable::from_csv(&protected.to_csv(), protected.rules()).unwrap();
    assert!(
        printed
            .cells()
            .iter()
            .any(|(_, value)| *value == Published::Number(22))
    );
    let verdict = audit(&printed, protected.rules(), &AuditOptions::default()).unwrap();
    assert!(verdict.is_safe());
}

/// One column of municipalities under a total, with facts as somebody would publish them.
fn beside(cells: &[(&str, &str)], linear: serde_json::Value) -> BTreeMap<String, Vec<i128>> {
    let names: Vec<&str> = cells.iter().map(|(name, _)| *name).collect();
    let children: Vec<&&str> = names.iter().filter(|name| **name != "I alt").collect();
    let rules = serde_json::json!({
        "dims": ["kommune"],
        "symbols": {"≤3": [1, 3], "..": [4, null]},
        "additive": [{"dim": "kommune", "parent": "I alt", "children": children}],
        "linear": linear,
    });
    let rules = Rules::from_json(rules.to_string().as_bytes()).unwrap();
    let mut csv = String::from("kommune,value\n");
    cells
        .iter()
        .for_each(|(name, value)| csv += &format!("{name},{value}\n"));
    let table = PublishedTable::from_csv(csv.as_bytes(), &rules).unwrap();
    let verdict = audit(&table, &rules, &AuditOptions::default()).unwrap();
    assert_eq!(verdict.contradiction, None);
    let cells = verdict.cells.into_iter();
    cells
        .map(|mut cell| {
            let set = cell.feasible_set.unwrap_or_default();
            (cell.coords.remove(0), set)
        })
        .collect()
}

const SAFE: [(&str, &str); 5] = [
    ("A", "≤3"),
    ("B", "≤3"),
    ("C", "≤3"),
    ("D", "≤3"),
    ("I alt", "8"),
];

#[test]
fn a_column_that_is_safe_alone() {
    let found = beside(&SAFE, serde_json::json!([]));
    assert!(found.values().all(|set| *set == [1, 2, 3]), "{found:?}");
}

/// 1.2 per 1,000 of 1,650 inhabitants, rounded: 1.15 ≤ 1000 A / 1650 < 1.25.
#[test]
fn a_rate_with_its_rounding_gives_the_count_away() {
    let rate = serde_json::json!([
        {"name": "rate A", "terms": [[["A"], 100_000]], "op": ">=", "rhs": 189_750},
        {"name": "rate A", "terms": [[["A"], 100_000]], "op": "<=", "rhs": 206_249},
    ]);
    assert_eq!(beside(&SAFE, rate)["A"], [2]);
}

/// "38 % af borgerne bor i A": 37.5 ≤ 100 A / 8 < 38.5.
#[test]
fn a_percentage_of_the_total_gives_the_count_away() {
    let share = serde_json::json!([
        {"terms": [[["A"], 1000], [["I alt"], -375]], "op": ">=", "rhs": 0},
        {"terms": [[["A"], 1000], [["I alt"], -385]], "op": "<=", "rhs": -1},
    ]);
    assert_eq!(beside(&SAFE, share)["A"], [3]);
}

/// "7 ud af 8 bor uden for A".
#[test]
fn a_share_in_words_gives_the_count_away() {
    let share = serde_json::json!([
        {"terms": [[["B"], 1], [["C"], 1], [["D"], 1]], "op": "=", "rhs": 7},
    ]);
    assert_eq!(beside(&SAFE, share)["A"], [1]);
}

/// A mean of 2.7 over three municipalities, rounded to one decimal: 7.95 ≤ 3 · mean < 8.25.
#[test]
fn a_mean_with_its_rounding_narrows() {
    let cells = [
        ("A", "≤3"),
        ("B", "≤3"),
        ("C", "≤3"),
        ("D", "9"),
        ("I alt", ".."),
    ];
    let mean = serde_json::json!([
        {"terms": [[["A"], 100], [["B"], 100], [["C"], 100]], "op": ">=", "rhs": 795},
        {"terms": [[["A"], 100], [["B"], 100], [["C"], 100]], "op": "<=", "rhs": 824},
    ]);
    let found = beside(&cells, mean);
    assert_eq!(found["A"], [2, 3], "8 for three");
    assert_eq!(found["I alt"], [17]);
}

/// 246,000 kroner at a tariff of 123,000 for each citizen.
#[test]
fn money_that_is_a_count_times_a_tariff_gives_the_count_away() {
    let money = serde_json::json!([
        {"name": "udgift A", "terms": [[["A"], 123_000]], "op": "=", "rhs": 246_000},
    ]);
    assert_eq!(beside(&SAFE, money)["A"], [2]);
}

/// "Flest borgere bor i A", and of all four none has as many as A.
#[test]
fn an_order_in_words_narrows() {
    let order: Vec<serde_json::Value> = ["B", "C", "D"]
        .iter()
        .map(
            |other| serde_json::json!({"terms": [[["A"], 1], [[other], -1]], "op": ">=", "rhs": 1}),
        )
        .collect();
    assert_eq!(beside(&SAFE, serde_json::json!(order))["A"], [3]);
}

/// Parity and bounds: A + 2 C = 7 leaves 1 and 3 to A, which no relaxation sees.
#[test]
fn whole_numbers_are_reasoned_about_exactly() {
    let cells = [("A", "≤3"), ("C", "≤3"), ("I alt", "..")];
    let parity = serde_json::json!([
        {"terms": [[["A"], 1], [["C"], 2]], "op": "=", "rhs": 7},
    ]);
    assert_eq!(beside(&cells, parity)["A"], [1, 3]);
}
