//! Whatever is changed in a table, its rules or its certificate: `verify` notices.
use proptest::prelude::*;
use serde_json::Value;

use super::brute::{Case, Dice};
use super::certificate::{Certificate, verify};
use super::rules::Rules;
use super::table::PublishedTable;
use super::{Policy, TrueCell, protect};

/// A protected random table with all that goes with it, as files.
fn published(seed: u64) -> Option<(String, Value, Value)> {
    let mut dice = Dice::new(seed);
    let case = Case::random(&mut dice);
    let cells: Vec<TrueCell> = case
        .inner
        .iter()
        .map(|(coords, value)| TrueCell {
            coords: coords.clone(),
            value: u64::try_from(*value).ok(),
        })
        .collect();
    let protected = protect(&cells, &case.rules, &Policy::default()).ok()?;
    let certificate = protected.certificate()?;
    Some((
        String::from_utf8(protected.to_csv()).ok()?,
        serde_json::to_value(protected.rules()).ok()?,
        serde_json::to_value(certificate).ok()?,
    ))
}

fn is_proven(table: &str, rules: &Value, certificate: &Value) -> bool {
    let Ok(rules) = Rules::from_json(rules.to_string().as_bytes()) else {
        return false;
    };
    let Ok(table) = PublishedTable::from_csv(table.as_bytes(), &rules) else {
        return false;
    };
    let Ok(certificate) = Certificate::from_json(certificate.to_string().as_bytes()) else {
        return false;
    };
    verify(&table, &rules, &certificate).is_ok()
}

/// Every number and text in a document, to be changed one at a time.
fn leaves(value: &mut Value) -> Vec<&mut Value> {
    match value {
        Value::Array(items) => items.iter_mut().flat_map(leaves).collect(),
        Value::Object(entries) => entries.values_mut().flat_map(leaves).collect(),
        leaf => vec![leaf],
    }
}

fn change(leaf: &mut Value) {
    *leaf = match leaf.take() {
        Value::Number(number) => Value::from(number.as_i64().unwrap_or(0) + 1),
        Value::String(text) => Value::from(format!("{text}x")),
        Value::Bool(flag) => Value::from(!flag),
        _ => Value::from(7),
    };
}

fn changed_line(line: &str, column: usize) -> String {
    let mut fields: Vec<String> = line.split(',').map(str::to_owned).collect();
    let at = column % fields.len();
    fields[at] = match fields[at].parse::<u64>() {
        Ok(number) => (number + 1).to_string(),
        Err(_) if fields[at] == "≤3" => "2".into(),
        Err(_) if fields[at] == ".." => "≤3".into(),
        Err(_) => format!("{}x", fields[at]),
    };
    fields.join(",")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_change_is_noticed(seed in 0u64..5_000, place in 0usize..10_000, what in 0u8..4) {
        let Some((table, mut rules, mut certificate)) = published(seed) else {
            return Ok(());
        };
        prop_assert!(is_proven(&table, &rules, &certificate), "seed {}", seed);
        let mut lines: Vec<String> = table.lines().map(str::to_owned).collect();
        match what {
            0 => {
                let at = 1 + place % (lines.len() - 1);
                lines[at] = changed_line(&lines[at], place / 7);
            }
            1 => {
                lines.remove(1 + place % (lines.len() - 1));
            }
            2 => {
                let mut leaves = leaves(&mut rules);
                let at = place % leaves.len();
                change(leaves[at]);
            }
            _ => {
                let mut leaves = leaves(&mut certificate);
                let at = place % leaves.len();
                change(leaves[at]);
            }
        }
        prop_assert!(
            !is_proven(&(lines.join("\n") + "\n"), &rules, &certificate),
            "seed {} place {} what {}", seed, place, what
        );
    }
}
