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
