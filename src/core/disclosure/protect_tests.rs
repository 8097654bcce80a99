//! Protection held against exhaustive enumeration on random small tables.
use std::collections::{BTreeMap, BTreeSet};

use super::brute::{Case, Dice, enumerate};
use super::rules::{Coords, Rules};
use super::safe::{Protected, Shown};
use super::table::{Published, PublishedTable};
use super::{
    AuditOptions, Banding, Policy, Refusal, TrueCell, audit, protect, protect_with_options, verify,
    ways_out,
};

const MOST_HIDDEN: usize = 10;

fn true_cells(case: &Case) -> Vec<TrueCell> {
    case.inner
        .iter()
        .map(|(coords, value)| TrueCell {
            coords: coords.clone(),
            value: u64::try_from(*value).ok(),
        })
        .collect()
}

fn policy(dice: &mut Dice) -> Policy {
    Policy {
        insider_dim: dice.chance(50).then(|| "d0".to_owned()),
        droppable: dice.chance(50).then(Vec::new),
        ..Policy::default()
    }
}

fn is_total(coords: &Coords) -> bool {
    coords
        .iter()
        .any(|label| label == "I alt" || label.starts_with('r'))
}

/// The guarantee, by trying everything: G1, G2 and, with an insider dimension, G3.
fn is_safe(case: &Case, rules: &Rules, cells: &[(Coords, Shown)], policy: &Policy) -> bool {
    let most = case.truth.values().max().copied().unwrap() + 6;
    let reading = |coords: &Coords, mark: &str| match mark {
        "≤3" => (1, 3),
        "4-9" => (4, 9),
        "10+" => (10, most),
        _ if is_total(coords) => (1, most),
        _ => (4, most),
    };
    let possible = enumerate(rules, &PublishedTable::of_shown(cells), reading);
    let holds = cells.iter().all(|(coords, shown)| match shown {
        Shown::AtMost(_) => possible[coords].len() == 3,
        hidden if hidden.is_hidden() => possible[coords].len() > 1,
        _ => true,
    });
    holds && (policy.insider_dim.is_none() || insiders_learn_nothing(case, rules, cells, reading))
}

fn insiders_learn_nothing(
    case: &Case,
    rules: &Rules,
    cells: &[(Coords, Shown)],
    reading: impl Fn(&Coords, &str) -> (i128, i128),
) -> bool {
    let labels: BTreeSet<&String> = case.inner.keys().map(|coords| &coords[0]).collect();
    labels.into_iter().all(|insider| {
        let known: Vec<(Coords, Shown)> = cells
            .iter()
            .map(|(coords, shown)| {
                let own = coords[0] == *insider;
                let value = case.truth[coords] as u64;
                (
                    coords.clone(),
                    if own { Shown::Exact(value) } else { *shown },
                )
            })
            .collect();
        let possible = enumerate(rules, &PublishedTable::of_shown(&known), &reading);
        known
            .iter()
            .filter(|(_, shown)| matches!(shown, Shown::AtMost(_)))
            .all(|(coords, _)| possible[coords].len() > 1)
    })
}

fn hidden(cells: &[(Coords, Shown)]) -> usize {
    cells.iter().filter(|(_, shown)| shown.is_hidden()).count()
}

fn without_mark(case: &Case, protected: &Protected, at: usize) -> Vec<(Coords, Shown)> {
    let mut cells = protected.cells().to_vec();
    cells[at].1 = Shown::Exact(case.truth[&cells[at].0] as u64);
    cells
}

/// No choice of complements that costs less is safe.
fn is_cheapest(case: &Case, protected: &Protected, policy: &Policy) -> Option<bool> {
    let cells = protected.cells();
    let cost = |at: &usize| {
        let value = case.truth[&cells[*at].0] as f64;
        let extra = if is_total(&cells[*at].0) {
            1_000_000
        } else {
            0
        };
        (100.0 * (1.0 + value.ln())).round() as u64 + extra
    };
    let is_candidate = |at: &usize| {
        let value = case.truth[&cells[*at].0];
        let least = if is_total(&cells[*at].0) { 1 } else { 4 };
        value >= least
    };
    let candidates: Vec<usize> = (0..cells.len()).filter(is_candidate).collect();
    if candidates.len() > 7 {
        return None;
    }
    for choice in 0..1u32 << candidates.len() {
        let chosen = (0..candidates.len()).filter(|bit| choice >> bit & 1 == 1);
        let chosen: Vec<usize> = chosen.map(|bit| candidates[bit]).collect();
        if chosen.iter().map(cost).sum::<u64>() >= protected.summary().cost {
            continue;
        }
        let mut cheaper = cells.to_vec();
        for at in &candidates {
            let value = case.truth[&cells[*at].0] as u64;
            cheaper[*at].1 = if chosen.contains(at) {
                Shown::Withheld
            } else {
                Shown::Exact(value)
            };
        }
        if hidden(&cheaper) <= MOST_HIDDEN && is_safe(case, protected.rules(), &cheaper, policy) {
            return Some(false);
        }
    }
    Some(true)
}

#[test]
fn nothing_cheaper_is_safe_by_trying_everything() {
    let checked = (0..120).filter(|seed| {
        let mut dice = Dice::new(*seed);
        let case = Case::random(&mut dice);
        let policy = Policy {
            droppable: Some(Vec::new()),
            ..policy(&mut dice)
        };
        let Ok(protected) = protect(&true_cells(&case), &case.rules, &policy) else {
            return false;
        };
        if hidden(protected.cells()) > 7 {
            return false;
        }
        let verdict = is_cheapest(&case, &protected, &policy);
        assert_ne!(verdict, Some(false), "seed {seed}");
        verdict.is_some()
    });
    assert!(checked.count() > 30);
}

fn check_protected(seed: u64, draw: fn(&mut Dice) -> Case) -> bool {
    let mut dice = Dice::new(seed);
    let case = draw(&mut dice);
    let policy = policy(&mut dice);
    let outcome = protect(&true_cells(&case), &case.rules, &policy);
    let protected = match outcome {
        Ok(protected) => protected,
        Err(refusal) => return check_refusal(&case, &policy, &refusal, seed),
    };
    if hidden(protected.cells()) > MOST_HIDDEN {
        return false;
    }
    let rules = protected.rules();
    assert!(
        is_safe(&case, rules, protected.cells(), &policy),
        "seed {seed}"
    );
    for (at, (coords, shown)) in protected.cells().iter().enumerate() {
        if *shown == Shown::Withheld {
            let less = without_mark(&case, &protected, at);
            assert!(
                !is_safe(&case, rules, &less, &policy),
                "seed {seed}: {coords:?}"
            );
        }
        if let Shown::Exact(value) = shown {
            let is_small = (1..=3).contains(value) && !is_total(coords);
            assert!(
                !is_small && i128::from(*value) == case.truth[coords],
                "seed {seed}"
            );
        }
    }
    assert!(protected.summary().proven_optimal, "seed {seed}");
    if let Some(certificate) = protected.certificate() {
        let printed = PublishedTable::from_csv(&protected.to_csv(), rules).unwrap();
        assert!(verify(&printed, rules, &certificate).is_ok(), "seed {seed}");
    }
    true
}

/// A refusal is right only when even hiding everything that may be hidden would not do.
fn check_refusal(case: &Case, policy: &Policy, refusal: &Refusal, seed: u64) -> bool {
    assert!(!refusal.at_risk.is_empty(), "seed {seed}: {refusal}");
    let cells: Vec<(Coords, Shown)> = case
        .truth
        .iter()
        .map(|(coords, value)| {
            let value = *value as u64;
            let shown = match value {
                0 => Shown::Exact(0),
                1..=3 if !is_total(coords) => Shown::AtMost(3),
                _ => Shown::Withheld,
            };
            (coords.clone(), shown)
        })
        .collect();
    if hidden(&cells) > MOST_HIDDEN || !is_enumerable(&cells) {
        return false;
    }
    let mut rules = case.rules.clone();
    if policy.droppable.is_none() {
        rules.classes.clear();
    }
    let most = case.truth.values().max().copied().unwrap() + 6;
    let reading = |coords: &Coords, mark: &str| match mark {
        "≤3" => (1, 3),
        _ if is_total(coords) => (1, most),
        _ => (4, most),
    };
    let possible = enumerate(&rules, &PublishedTable::of_shown(&cells), reading);
    let is_full = cells
        .iter()
        .filter(|(_, shown)| matches!(shown, Shown::AtMost(_)))
        .all(|(coords, _)| possible[coords].len() == 3);
    let insiders =
        policy.insider_dim.is_none() || insiders_learn_nothing(case, &rules, &cells, reading);
    assert!(
        !is_full || !insiders,
        "seed {seed}: refused without need: {refusal}"
    );
    true
}

fn is_enumerable(cells: &[(Coords, Shown)]) -> bool {
    let table = PublishedTable::of_shown(cells);
    let withheld = |(_, value): &&(Coords, Published)| *value == Published::Mark("..".into());
    table.cells().iter().filter(withheld).count() <= 5
}

#[test]
fn protected_tables_hold_the_guarantee_and_hide_nothing_in_vain() {
    let check = |seed: &u64| check_protected(*seed, Case::random);
    let checked = (0..1_000).filter(check).count();
    assert!(
        checked > 400,
        "only {checked} tables were small enough to enumerate"
    );
}

#[test]
fn rises_and_falls_are_told_only_where_they_give_nothing_away() {
    let check = |seed: &u64| check_protected(*seed, Case::with_changes);
    let checked = (0..300).filter(check).count();
    assert!(
        checked > 100,
        "only {checked} tables were small enough to enumerate"
    );
}

/// A certificate holds only with the counts of rises that were printed.
#[test]
fn another_number_of_rises_is_not_proven() {
    let mut refused = 0;
    for seed in 0..60 {
        let case = Case::with_changes(&mut Dice::new(seed));
        let policy = Policy::default();
        let Ok(protected) = protect(&true_cells(&case), &case.rules, &policy) else {
            continue;
        };
        let (Some(certificate), [class]) = (
            protected.certificate(),
            protected.rules().classes.as_slice(),
        ) else {
            continue;
        };
        let mut rules = protected.rules().clone();
        let (fell, rose) = (class.bins[0].count, class.bins[2].count);
        if fell == rose {
            continue;
        }
        rules.classes[0].bins[0].count = rose;
        rules.classes[0].bins[2].count = fell;
        let forged = certificate.resealed_for(&rules);
        let printed = PublishedTable::from_csv(&protected.to_csv(), &rules).unwrap();
        assert!(verify(&printed, &rules, &forged).is_err(), "seed {seed}");
        refused += 1;
    }
    assert!(refused > 5, "{refused}");
}

#[test]
fn tables_in_bands_hold_the_guarantee_and_are_refused_only_where_all_tables_are() {
    let (mut enumerated, mut refused) = (0, 0);
    for seed in 0..300 {
        let mut dice = Dice::new(seed);
        let case = Case::random(&mut dice);
        let mut policy = policy(&mut dice);
        policy.bands = vec![Banding::ordinary(&policy)];
        let cells = true_cells(&case);
        match protect(&cells, &case.rules, &policy) {
            Ok(protected) if hidden(protected.cells()) <= MOST_HIDDEN => {
                enumerated += 1;
                let rules = protected.rules();
                let safe = is_safe(&case, rules, protected.cells(), &policy);
                assert!(safe, "seed {seed}\n{:?}", protected.cells());
            }
            Ok(_) => {}
            Err(refusal) => {
                refused += 1;
                policy.bands.clear();
                let plain = protect(&cells, &case.rules, &policy);
                assert!(plain.is_err(), "seed {seed}: {refusal}");
            }
        }
    }
    assert!(enumerated > 60 && refused < 200, "{enumerated} {refused}");
}

#[test]
fn a_number_that_its_band_can_not_hide_is_printed() {
    let bands = serde_json::json!({"bands": [{"lower": [0, 1, 4, 10]}]});
    let (cells, rules) = one_column(&[("A", 7), ("B", 0)]);
    let protected = protect(&cells, &rules, &with_options(bands.clone())).unwrap();
    assert_eq!(shown(&protected), ["7", "0", "7"]);
    assert_eq!(
        (protected.summary().lifted, protected.lifted()),
        (1, &[vec!["A".to_owned()]][..])
    );
    let (cells, rules) = one_column(&[("A", 1), ("B", 5), ("C", 2), ("D", 4)]);
    let protected = protect(&cells, &rules, &with_options(bands)).unwrap();
    assert!(protected.certificate().is_some(), "{:?}", shown(&protected));
}

/// A number that is hidden for another reason than being small gets the complements that it needs.
#[test]
fn what_must_stay_hidden_does() {
    let (cells, rules) = one_column(&[("A", 12), ("B", 5), ("C", 20)]);
    let hidden = with_options(serde_json::json!({"keep_hidden": [["A"]]}));
    let protected = protect(&cells, &rules, &hidden).unwrap();
    assert_eq!(shown(&protected), ["..", "..", "20", "37"]);
    assert!(protected.summary().proven_optimal);
    let certificate = protected.certificate().unwrap();
    let printed = PublishedTable::from_csv(&protected.to_csv(), protected.rules()).unwrap();
    assert!(super::verify(&printed, protected.rules(), &certificate).is_ok());
    let kept = with_options(serde_json::json!({
        "keep_hidden": [["A"]], "keep_visible": [["B"], ["C"], ["Total"]]
    }));
    let refusal = protect(&cells, &rules, &kept).unwrap_err();
    assert_eq!(
        refusal.at_risk[0].because,
        "37 − 5 − 20 = 12 fordelt på én kommune"
    );
}

#[test]
fn bands_replace_numbers_and_never_small_ones_or_sums() {
    let (cells, rules) = one_column(&[("A", 2), ("B", 5), ("C", 12), ("D", 0), ("E", 1)]);
    let bands = serde_json::json!({"bands": [{"lower": [0, 1, 4, 10]}]});
    let protected = protect(&cells, &rules, &with_options(bands)).unwrap();
    assert_eq!(shown(&protected), ["≤3", "4-9", "10+", "0", "≤3", "20"]);
    assert_eq!(protected.summary().banded, 2);
    let certificate = protected.certificate().unwrap();
    let printed = PublishedTable::from_csv(&protected.to_csv(), protected.rules()).unwrap();
    assert!(super::verify(&printed, protected.rules(), &certificate).is_ok());
    for (lower, fault) in [
        (vec![0, 1, 2, 4], "bands[0]: et bånd deler de små tal"),
        (
            vec![0, 1, 4, 5],
            "bands[0]: båndet fra 4 har kun plads til ét tal",
        ),
        (
            vec![0, 5],
            "bands[0]: de små tal, 1 til 3, skal være et bånd for sig",
        ),
        (vec![1, 4], "bands[0]: båndene skal begynde med 0 og stige"),
    ] {
        let bands = serde_json::json!({"bands": [{"lower": lower}]});
        let refusal = protect(&cells, &rules, &with_options(bands)).unwrap_err();
        assert_eq!(refusal.message, fault);
    }
}

#[test]
fn two_changes_together_are_tried_where_neither_suffices() {
    let (cells, mut rules) = one_column(&[("A", 1), ("B", 5), ("C", 0), ("D", 0)]);
    let json = serde_json::json!({
        "name": "fordeling",
        "groups": {"A": [["A"]], "B": [["B"]], "C": [["C"]], "D": [["D"]]},
        "bins": [{"lo": 0, "hi": 0}, {"lo": 1, "hi": 1}, {"lo": 2, "hi": null}],
    });
    rules.classes = vec![serde_json::from_value(json).unwrap()];
    let policy = with_options(serde_json::json!({
        "keep_visible": [["B"], ["Total"]], "droppable": [],
    }));
    let refusal = protect(&cells, &rules, &policy).unwrap_err();
    let ways = ways_out(&cells, &rules, &policy, &refusal);
    let both = ways.iter().find(|way| way.what.contains(", og "));
    let both = both.unwrap_or_else(|| panic!("{ways:?}"));
    assert!(protect_with_options(&cells, &rules, &both.policy).is_ok());
}

#[test]
fn the_order_of_the_rows_does_not_matter() {
    for seed in 0..40 {
        let mut dice = Dice::new(seed);
        let case = Case::random(&mut dice);
        let policy = policy(&mut dice);
        let cells = true_cells(&case);
        let mut turned = cells.clone();
        turned.reverse();
        let marks = |cells: &[TrueCell]| {
            let outcome = protect(cells, &case.rules, &policy);
            outcome.map(|protected| (protected.to_csv(), protected.certificate()))
        };
        assert_eq!(marks(&cells), marks(&turned), "seed {seed}");
    }
}

fn one_column(cells: &[(&str, u64)]) -> (Vec<TrueCell>, Rules) {
    let children: Vec<&str> = cells.iter().map(|(name, _)| *name).collect();
    let json = serde_json::json!({
        "dims": ["kommune"],
        "additive": [{"dim": "kommune", "parent": "Total", "children": children}],
    });
    let cells = cells
        .iter()
        .map(|(name, value)| TrueCell {
            coords: vec![(*name).into()],
            value: Some(*value),
        })
        .collect();
    (
        cells,
        Rules::from_json(json.to_string().as_bytes()).unwrap(),
    )
}

fn shown(protected: &Protected) -> Vec<String> {
    let cells = protected.cells().iter();
    cells.map(|(_, shown)| shown.to_string()).collect()
}

#[test]
fn a_refusal_shows_the_sum_in_plain_danish() {
    let cells = [
        ("Holstebro", 4),
        ("Silkeborg", 3),
        ("Skanderborg", 4),
        ("Aarhus", 20),
        ("Lemvig", 1),
        ("Ringkøbing-Skjern", 1),
        ("Viborg", 2),
    ];
    let (cells, rules) = one_column(&cells);
    let policy = Policy {
        threshold: 2,
        keep_visible: ["Holstebro", "Silkeborg", "Skanderborg", "Aarhus", "Total"]
            .map(|name| vec![name.to_owned()])
            .to_vec(),
        min_candidates: Some(2),
        insider_dim: Some("kommune".into()),
        ..Policy::default()
    };
    let protected = protect(&cells, &rules, &policy);
    let sum = "35 − 4 − 3 − 4 − 20 = 4 fordelt på tre kommuner";
    let refusal = protected.unwrap_err();
    assert!(
        refusal
            .at_risk
            .iter()
            .any(|cell| cell.because.starts_with(sum)),
        "{refusal}"
    );
    assert_eq!(
        refusal.remedies[0],
        "lad totalen Total skjules, eller vis den ikke"
    );
}

#[test]
fn the_cheapest_complement_that_suffices_is_hidden() {
    let (cells, rules) = one_column(&[("A", 1), ("B", 5), ("C", 9), ("D", 0), ("E", 4)]);
    let protected = protect(&cells, &rules, &Policy::default()).unwrap();
    // A must reach 3, so the complement gives up two and stays above three: C; for less, E and
    // B give up one each only if they cost less together, which they do not.
    assert_eq!(shown(&protected), ["≤3", "5", "..", "0", "4", "19"]);
}

#[test]
fn a_total_is_hidden_only_when_nothing_inside_will_do() {
    let (cells, rules) = one_column(&[("A", 2), ("B", 0), ("C", 0)]);
    let protected = protect(&cells, &rules, &Policy::default()).unwrap();
    assert_eq!(shown(&protected), ["≤3", "0", "0", ".."]);
    assert_eq!(protected.summary().totals_hidden, 1);
}

#[test]
fn exempt_cells_are_shown_and_known() {
    let (cells, rules) = one_column(&[("A", 2), ("B", 1), ("C", 7)]);
    let policy = Policy {
        exempt: vec![[("kommune".to_owned(), vec!["A".to_owned(), "B".to_owned()])].into()],
        ..Policy::default()
    };
    let protected = protect(&cells, &rules, &policy).unwrap();
    assert_eq!(shown(&protected), ["2", "1", "7", "10"]);
}

#[test]
fn a_sentence_that_gives_a_cell_away_is_dropped_with_its_reason() {
    let (cells, mut rules) = one_column(&[("A", 2), ("B", 0), ("C", 2), ("D", 2), ("E", 40)]);
    let json = serde_json::json!({
        "name": "to",
        "groups": {"A": [["A"]], "B": [["B"]], "C": [["C"]], "D": [["D"]], "E": [["E"]]},
        "bins": [{"lo": 1, "hi": 1}, {"lo": 2, "hi": 2}, {"lo": 3, "hi": 3}],
    });
    rules.classes = vec![serde_json::from_value(json).unwrap()];
    let protected = protect(&cells, &rules, &Policy::default()).unwrap();
    assert_eq!(protected.class_counts("to"), None);
    assert_eq!(protected.dropped()[0].name, "to");
    assert!(!protected.dropped()[0].reason.is_empty());
}

#[test]
fn a_total_that_does_not_add_up_is_refused() {
    let (mut cells, rules) = one_column(&[("A", 2), ("B", 9)]);
    cells.push(TrueCell {
        coords: vec!["Total".into()],
        value: Some(12),
    });
    let refusal = protect(&cells, &rules, &Policy::default()).unwrap_err();
    assert_eq!(
        refusal.message,
        "Total er opgivet til 12, men delene giver 11"
    );
}

#[test]
fn a_cell_not_collected_is_outside_its_sum() {
    let (mut cells, rules) = one_column(&[("A", 5), ("B", 9)]);
    cells[1].value = None;
    let protected = protect(&cells, &rules, &Policy::default()).unwrap();
    assert_eq!(shown(&protected), ["5", "–", "5"]);
}

#[test]
fn large_counts_can_be_complements_too() {
    let large = [("A", 1), ("B", 500_000), ("C", 2), ("D", 0), ("E", 70_000)];
    let (cells, rules) = one_column(&large);
    let protected = protect(&cells, &rules, &Policy::default()).unwrap();
    assert_eq!(
        shown(&protected),
        ["≤3", "500000", "≤3", "0", "..", "570003"]
    );
}

#[test]
fn a_part_that_was_not_handed_in_is_printed_as_not_collected() {
    let (mut cells, rules) = one_column(&[("A", 5), ("B", 9), ("C", 4)]);
    cells.pop();
    let protected = protect(&cells, &rules, &Policy::default()).unwrap();
    assert_eq!(protected.shown(&["C"]), Some(Shown::NotCollected));
    let printed = PublishedTable::from_csv(&protected.to_csv(), protected.rules()).unwrap();
    let verdict = audit(&printed, protected.rules(), &AuditOptions::default()).unwrap();
    assert!(verdict.is_safe());
}

fn with_options(policy: serde_json::Value) -> Policy {
    serde_json::from_value(policy).unwrap()
}

#[test]
fn rows_can_be_merged_before_anything_is_hidden() {
    let (cells, mut rules) = one_column(&[("A", 2), ("B", 3), ("C", 0), ("D", 9)]);
    let sentence = serde_json::json!({
        "name": "ingen", "groups": {"A": [["A"]], "B": [["B"]], "C": [["C"]], "D": [["D"]]},
        "bins": [{"lo": 0, "hi": 0}, {"lo": 1}], "exhaustive": true,
    });
    rules.classes = vec![serde_json::from_value(sentence).unwrap()];
    let merge = serde_json::json!({"merge": [
        {"dim": "kommune", "labels": ["A", "B"], "into": "A og B"}
    ]});
    let protected = protect_with_options(&cells, &rules, &with_options(merge)).unwrap();
    assert_eq!(shown(&protected), ["5", "0", "9", "14"]);
    let counts = protected.class_counts("ingen").unwrap();
    assert_eq!(counts.iter().map(|bin| bin.count).sum::<u64>(), 3);
}

#[test]
fn a_hidden_total_can_be_printed_as_what_any_reader_computes() {
    let (cells, rules) = one_column(&[("A", 2), ("B", 0), ("C", 7)]);
    let policy = with_options(serde_json::json!({
        "print_intervals": true, "keep_visible": [["C"]],
    }));
    let protected = protect_with_options(&cells, &rules, &policy).unwrap();
    assert_eq!(shown(&protected), ["≤3", "0", "7", "8-10"]);
    let printed = PublishedTable::from_csv(&protected.to_csv(), protected.rules()).unwrap();
    let verdict = audit(&printed, protected.rules(), &AuditOptions::default()).unwrap();
    assert!(verdict.is_safe());
}

#[test]
fn a_sentence_that_leaks_is_printed_with_wider_classes() {
    let (cells, mut rules) = one_column(&[("A", 2), ("B", 0), ("C", 2), ("D", 2), ("E", 40)]);
    let sentence = serde_json::json!({
        "name": "to",
        "groups": {"A": [["A"]], "B": [["B"]], "C": [["C"]], "D": [["D"]], "E": [["E"]]},
        "bins": [{"lo": 1, "hi": 1}, {"lo": 2, "hi": 2}, {"lo": 3, "hi": 3}, {"lo": 4}],
    });
    rules.classes = vec![serde_json::from_value(sentence).unwrap()];
    let policy = with_options(serde_json::json!({"widen_sentences": true}));
    let protected = protect_with_options(&cells, &rules, &policy).unwrap();
    let bins = protected.class_counts("to").unwrap();
    let bins: Vec<_> = bins.iter().map(|bin| (bin.lo, bin.hi, bin.count)).collect();
    assert_eq!(bins, [(1, Some(3), 3), (4, None, 1)]);
}

#[test]
fn the_ways_out_of_a_refusal_were_tried() {
    let (cells, rules) = one_column(&[("A", 2), ("B", 5), ("C", 0)]);
    let policy = Policy {
        may_hide_totals: false,
        keep_visible: vec![vec!["B".to_owned()]],
        ..Policy::default()
    };
    let refusal = protect_with_options(&cells, &rules, &policy).unwrap_err();
    let ways = ways_out(&cells, &rules, &policy, &refusal);
    assert!(
        ways.iter()
            .any(|way| way.what.contains("slå A og B sammen"))
    );
    for way in ways {
        assert!(protect_with_options(&cells, &rules, &way.policy).is_ok());
    }
}

/// How many values each small count keeps for a reader who protects every table that fits the
/// print, and takes only those that give the very same print; `None` where there are too many.
fn left_by_rerunning(case: &Case, policy: &Policy) -> Option<Vec<usize>> {
    const MOST_TABLES: u64 = 100;
    let protected = protect(&true_cells(case), &case.rules, policy).ok()?;
    let printed: BTreeMap<&Coords, Shown> = protected
        .cells()
        .iter()
        .map(|(coords, shown)| (coords, *shown))
        .collect();
    let most = case.truth.values().max().copied()?.unsigned_abs() as u64;
    let inner: Vec<(&Coords, u64, u64)> = case
        .inner
        .iter()
        .map(|(coords, value)| match printed[coords] {
            Shown::AtMost(top) => (coords, 1, top),
            Shown::Withheld => (coords, 4, most),
            _ => (coords, *value as u64, *value as u64),
        })
        .collect();
    let tables: u64 = inner.iter().map(|(_, low, high)| high - low + 1).product();
    if tables > MOST_TABLES || hidden(protected.cells()) == 0 {
        return None;
    }
    let mut kept: BTreeMap<&Coords, BTreeSet<u64>> = BTreeMap::new();
    for mut number in 0..tables {
        let mut cells = Vec::new();
        for (coords, low, high) in &inner {
            let width = high - low + 1;
            cells.push(TrueCell {
                coords: (*coords).clone(),
                value: Some(low + number % width),
            });
            number /= width;
        }
        let again = protect(&cells, &case.rules, policy);
        if again.is_ok_and(|again| again.cells() == protected.cells()) {
            for cell in cells {
                if let Some((coords, Shown::AtMost(_))) = printed.get_key_value(&cell.coords) {
                    kept.entry(coords).or_default().extend(cell.value);
                }
            }
        }
    }
    Some(kept.into_values().map(|values| values.len()).collect())
}

/// What ARCHITECTURE.md says of that reader, measured: `(tables, small counts, narrowed, exact)`.
#[test]
fn the_reader_who_reruns_the_program_is_measured() {
    let policy = Policy::default();
    let (mut tables, mut small, mut narrowed, mut exact) = (0, 0, 0, 0);
    for seed in 0..120 {
        let case = Case::random(&mut Dice::new(seed));
        let Some(left) = left_by_rerunning(&case, &policy) else {
            continue;
        };
        tables += 1;
        small += left.len();
        narrowed += left.iter().filter(|values| **values == 2).count();
        exact += left.iter().filter(|values| **values < 2).count();
    }
    assert_eq!((tables, small, narrowed, exact), (57, 117, 10, 0));
}

/// One sum over as many small cells, and what protecting it, proving it and adding it up took.
fn flat(count: usize) -> (Vec<TrueCell>, Rules) {
    let names: Vec<String> = (0..count).map(|at| format!("K{at:06}")).collect();
    let values = (0..count).map(|at| (at * 7 % 3 + 1) as u64);
    let pairs: Vec<(&str, u64)> = names.iter().map(String::as_str).zip(values).collect();
    one_column(&pairs)
}

/// The work grows with the table and not with its square; counted, so that no clock decides.
#[test]
fn a_long_sum_takes_work_in_proportion_to_its_length() {
    let steps = |count: usize| {
        let (cells, rules) = flat(count);
        let policy = Policy {
            insider_dim: Some(rules.dims[0].clone()),
            ..Policy::default()
        };
        super::protect::steps_taken(&cells, &rules, &policy)
    };
    let (short, long) = (steps(1_500), steps(6_000));
    assert!(short > 1_500 && long < 6 * short, "{short} {long}");
}

#[test]
fn a_long_sum_is_protected_proven_and_audited() {
    let (cells, rules) = flat(4_000);
    let protected = protect(&cells, &rules, &Policy::default()).unwrap();
    assert_eq!(protected.summary().primary, 4_000);
    let certificate = protected.certificate().unwrap();
    let printed = PublishedTable::from_csv(&protected.to_csv(), protected.rules()).unwrap();
    assert!(verify(&printed, protected.rules(), &certificate).is_ok());
    let verdict = audit(&printed, protected.rules(), &AuditOptions::default()).unwrap();
    assert!(verdict.is_safe() && verdict.cells.len() == 4_000);
}

/// Where the work allowed does not suffice, nothing is printed, and it says so.
#[test]
fn work_without_end_is_refused_and_the_cells_are_named() {
    let (cells, rules) = flat(3_000);
    let policy = Policy {
        steps_per_question: 4,
        ..Policy::default()
    };
    let refusal = protect(&cells, &rules, &policy).unwrap_err();
    assert!(refusal.message.contains("arbejde"), "{refusal}");
    assert!(!refusal.at_risk.is_empty() && refusal.at_risk.len() <= 500);
}
