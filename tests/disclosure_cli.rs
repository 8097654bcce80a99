//! The disclosure commands on files that no careful person would hand in: always one of the four
//! exit codes, the fault located, never a panic.
#![allow(
    clippy::unwrap_used,
    reason = "a test that can't start the program has failed"
)]
use std::path::Path;
use std::process::{Command, Output};

const RULES: &str = r#"{"dims": ["kommune", "aar"], "value": "value",
 "symbols": {"≤3": [1, 3], "..": [0, null], "h": [0, 9, [0, 5, 9]]},
 "additive": [{"dim": "kommune", "parent": "Total", "children": ["A", "B", "C"]}],
 "linear": [{"name": "rate", "terms": [[["A", "2017"], 200]], "op": ">=", "rhs": 100}],
 "classes": [{"name": "bånd", "groups": {"A": [["A", "2017"]], "B": [["B", "2017"]]},
   "bins": [{"lo": 0, "hi": 0, "count": 0}, {"lo": 1, "hi": 3, "count": 2}], "exhaustive": true}]}"#;
const TABLE: &str = "kommune,aar,value\nA,2017,≤3\nB,2017,≤3\nC,2017,..\nTotal,2017,20\n";

fn run(command: &str, directory: &Path, table: &[u8], rules: &[u8]) -> Output {
    let (table_file, rules_file) = (directory.join("t.csv"), directory.join("r.json"));
    std::fs::write(&table_file, table).unwrap();
    std::fs::write(&rules_file, rules).unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_samsvar"));
    program.arg(command).args([table_file, rules_file]);
    program.output().unwrap()
}

fn code(output: &Output) -> i32 {
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(!told.contains("panicked"), "{told}");
    output.status.code().unwrap()
}

#[test]
fn every_verdict_has_its_exit_code_and_every_fault_its_place() {
    let directory = tempfile::tempdir().unwrap();
    let long = format!("kommune,aar,value{}\nA,2017,1\n", ",x".repeat(1_000_000));
    for (table, rules, expected, place) in [
        (TABLE, RULES, 0, ""),
        (&TABLE.replace("C,2017,..", "C,2017,14"), RULES, 2, ""),
        (
            &TABLE.replace("Total,2017,20", "Total,2017,1"),
            RULES,
            3,
            "Total, 2017: 1",
        ),
        (
            &TABLE.replace(",20\n", ",-20\n"),
            RULES,
            1,
            "linje 5, kolonne value",
        ),
        (
            &TABLE.replace(",20\n", ",9999999999999999999\n"),
            RULES,
            1,
            "linje 5, kolonne value",
        ),
        (
            &TABLE.replace(",20\n", ",1000000000000000000\n"),
            RULES,
            0,
            "",
        ),
        (&format!("{TABLE}A,2017,1\n"), RULES, 1, "linje 6"),
        (&long, RULES, 1, "linje 2"),
        ("", RULES, 1, "linje 1"),
        (TABLE, "", 1, "linje 1"),
        (
            TABLE,
            &RULES.replace("\"dim\": \"kommune\"", "\"dim\": \"x\""),
            1,
            "additive[0]",
        ),
        (TABLE, &RULES.replace("200", "true"), 1, "linje 4"),
    ] {
        let output = run(
            "audit",
            directory.path(),
            table.as_bytes(),
            rules.as_bytes(),
        );
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(code(&output), expected, "{told}");
        assert!(told.contains(place), "{place}: {told}");
    }
}

#[test]
fn any_mutation_of_the_files_ends_in_one_of_the_four_exit_codes() {
    let directory = tempfile::tempdir().unwrap();
    let mut state = 1u64;
    let mut below = |end: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) as usize % end
    };
    let pieces = [
        "-",
        "9",
        "null",
        "[",
        "}",
        ",",
        "\"",
        "\n",
        "1e99",
        "\u{0}",
        "≤",
        "4000000000000000000",
    ];
    for round in 0..240 {
        let mut files = [TABLE.as_bytes().to_vec(), RULES.as_bytes().to_vec()];
        for _ in 0..1 + below(3) {
            let file = &mut files[below(2)];
            let at = below(file.len());
            match below(3) {
                0 => file[at] = below(256) as u8,
                1 => {
                    let to = (at + 1 + below(8)).min(file.len());
                    file.drain(at..to);
                }
                _ => {
                    let piece = pieces[below(pieces.len())].as_bytes();
                    file.splice(at..at, piece.iter().copied());
                }
            }
        }
        let command = if round % 3 == 0 { "protect" } else { "audit" };
        let [table, rules] = &files;
        let output = run(command, directory.path(), table, rules);
        assert!((0..=3).contains(&code(&output)), "round {round}");
    }
}

/// Sums along each of several dimensions, of which all combinations would be cells.
fn many_dimensions() -> (String, String) {
    let dims: Vec<String> = (0..8).map(|dim| format!("d{dim}")).collect();
    let sums = dims.iter().map(|dim| {
        serde_json::json!({"dim": dim, "parent": "T", "children": ["a", "b", "c", "d", "e", "f"]})
    });
    let sums: Vec<serde_json::Value> = sums.collect();
    let rules = serde_json::json!({"dims": dims, "additive": sums});
    let table = format!("{},value\n{}3\n", dims.join(","), "a,".repeat(8));
    (table, rules.to_string())
}

/// Each level the sum of the one below and one more.
fn chain(levels: usize, factor: i64) -> (String, String) {
    let sums = (0..levels).map(|level| {
        let (below, parent) = (format!("L{level}"), format!("L{}", level + 1));
        serde_json::json!({"dim": "k", "parent": parent, "children": [below, format!("X{level}")],
            "coef": {below.clone(): factor}})
    });
    let sums: Vec<serde_json::Value> = sums.collect();
    let rules = serde_json::json!({"dims": ["k"], "additive": sums});
    ("k,value\nL0,3\nX1,5\n".to_owned(), rules.to_string())
}

fn column(settings: &str) -> (String, String) {
    let rules = format!(
        r#"{{"dims": ["k"], "additive": [{{"dim": "k", "parent": "T", "children": ["A", "B", "C"]}}],
            "protect": {settings}}}"#
    );
    ("k,value\nA,2\nB,9\nC,7\n".to_owned(), rules)
}

#[test]
fn what_can_not_be_done_in_reason_is_refused_at_its_place() {
    let directory = tempfile::tempdir().unwrap();
    let huge = "k,value\nA,4000000000000000000\nB,4000000000000000000\nC,4000000000000000000\n";
    let long: String = (0..300_002).map(|at| format!("A{at},2\n")).collect();
    let nested = format!("{{\"dims\": [\"k\"], \"x\": {}", "[".repeat(200_000));
    for ((table, rules), place) in [
        (many_dimensions(), "additive: reglerne giver flere end"),
        (
            chain(20_000, 1),
            "additive[500]: der er summer i mere end 500 led",
        ),
        (chain(6, 1 << 40), "tallet i L2 er for stort"),
        ((huge.to_owned(), column("{}").1), "tallet i T er for stort"),
        (
            (format!("k,value\n{long}"), column("{}").1),
            "linje 300002, kolonne value",
        ),
        ((column("{}").0, nested), "linje 1, kolonne"),
        (
            column(r#"{"threshold": 1000000000000000000}"#),
            "threshold: grænsen",
        ),
        (
            column(r#"{"cost_percent": [[{}, 18446744073709551615]]}"#),
            "cost_percent[0]",
        ),
        (
            column(r#"{"already_known": [{"cell": ["A"], "values": []}]}"#),
            "already_known[0]",
        ),
    ] {
        let output = run(
            "protect",
            directory.path(),
            table.as_bytes(),
            rules.as_bytes(),
        );
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(code(&output), 1, "{told}");
        assert!(told.contains(place), "{place}: {told}");
        assert!(output.stdout.is_empty(), "nothing is written");
    }
}

/// Whether some of forty numbers of ten digits add up to a given one.
#[test]
fn a_riddle_is_left_undecided_and_that_is_no_safe_table() {
    let directory = tempfile::tempdir().unwrap();
    let factor = |at: u64| (at + 3).pow(6) % 274_877_906_944 + at;
    let terms: Vec<serde_json::Value> = (0..40)
        .map(|at| serde_json::json!([[format!("A{at}")], factor(at)]))
        .collect();
    let whole: u64 = (0..40).filter(|at| at % 3 == 0).map(factor).sum();
    let rules = serde_json::json!({"dims": ["k"], "symbols": {"b": [0, 1]},
        "linear": [{"terms": terms, "op": "=", "rhs": whole}]});
    let table: String = (0..40).map(|at| format!("A{at},b\n")).collect();
    let table = format!("k,value\n{table}");
    let output = run(
        "audit",
        directory.path(),
        table.as_bytes(),
        rules.to_string().as_bytes(),
    );
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(code(&output), 2, "{told}");
    assert!(told.contains("regnes for afsløret"), "{told}");
}

#[test]
fn a_certificate_that_is_none_is_refused_and_never_believed() {
    let directory = tempfile::tempdir().unwrap();
    let (table, rules) = column("{}");
    let path = |name: &str| directory.path().join(name);
    std::fs::write(path("a.csv"), table).unwrap();
    std::fs::write(path("r.json"), rules).unwrap();
    let samsvar = || Command::new(env!("CARGO_BIN_EXE_samsvar"));
    let made = samsvar()
        .arg("protect")
        .args([path("a.csv"), path("r.json")])
        .arg("--out")
        .arg(path("t.csv"))
        .arg("--rules-out")
        .arg(path("s.json"))
        .arg("--certificate")
        .arg(path("c.json"))
        .output()
        .unwrap();
    assert_eq!(code(&made), 0);
    let verify = |certificate: &str| {
        std::fs::write(path("x.json"), certificate).unwrap();
        let mut program = samsvar();
        program
            .arg("verify")
            .args([path("t.csv"), path("s.json"), path("x.json")]);
        code(&program.output().unwrap())
    };
    let good = std::fs::read_to_string(path("c.json")).unwrap();
    assert_eq!(verify(&good), 0);
    for bad in [
        String::new(),
        "[".repeat(200_000),
        good[..good.len() / 2].to_owned(),
    ] {
        assert_eq!(verify(&bad), 1);
    }
    let value: serde_json::Value = serde_json::from_str(&good).unwrap();
    for (place, fake) in [
        ("/claim/threshold", serde_json::json!(u64::MAX)),
        ("/claim/candidates", serde_json::json!(0)),
        ("/claim/least_withheld", serde_json::json!(u64::MAX)),
        ("/first/0", serde_json::json!(u64::MAX)),
        ("/others", serde_json::json!([[[u64::MAX, 1]]])),
        ("/others", serde_json::json!([])),
        ("/cells", serde_json::json!([])),
        ("/version", serde_json::json!(4_000_000_000u32)),
    ] {
        let mut changed = value.clone();
        *changed.pointer_mut(place).unwrap() = fake;
        assert_eq!(verify(&changed.to_string()), 2, "{place}");
    }
}

/// As somebody does who has the answers' rules only, which need no marks.
#[test]
fn a_table_is_proven_by_the_rules_it_was_made_from() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    for zero in [false, true] {
        let rules = format!(
            r#"{{"dims": ["k"], "value": "v", "additive": [{{"dim": "k", "parent": "T", "children": ["A", "B", "C", "D"]}}],
              "protect": {{"protect_zero": {zero}}}}}"#
        );
        std::fs::write(path("a.csv"), "k,v\nA,1\nB,20\nC,7\nD,0\n").unwrap();
        std::fs::write(path("r.json"), rules).unwrap();
        let samsvar = |command: &str, files: [&str; 2]| {
            let mut program = Command::new(env!("CARGO_BIN_EXE_samsvar"));
            program.arg(command).args(files.map(&path));
            program
        };
        let made = samsvar("protect", ["a.csv", "r.json"])
            .arg("--out")
            .arg(path("t.csv"))
            .arg("--certificate")
            .arg(path("c.json"))
            .output()
            .unwrap();
        assert_eq!(code(&made), 0, "{zero}");
        let mut verify = samsvar("verify", ["t.csv", "r.json"]);
        let proven = verify.arg(path("c.json")).output().unwrap();
        let told = String::from_utf8_lossy(&proven.stderr);
        assert_eq!(code(&proven), 0, "{zero}: {told}");
        assert!(told.contains("bevist"), "{told}");
        let table = std::fs::read_to_string(path("t.csv")).unwrap();
        assert!(table.contains(",≤3"), "{table}");
        std::fs::write(path("t.csv"), table.replacen(",≤3", ",..", 1)).unwrap();
        let mut verify = samsvar("verify", ["t.csv", "r.json"]);
        assert_eq!(code(&verify.arg(path("c.json")).output().unwrap()), 2);
    }
}
