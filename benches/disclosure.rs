//! Protecting and auditing tables from one region's to a country's.
#![allow(
    clippy::expect_used,
    reason = "a benchmark that can't keep its files has failed"
)]
use std::collections::BTreeMap;
use std::hint::black_box;
use std::process::Command;
use std::time::Instant;

use criterion::{Criterion, criterion_group};
use samsvar_core::disclosure::{
    Additive, AuditOptions, Bin, Certificate, Classes, Policy, PublishedTable, Rules, TrueCell,
    audit, protect, verify,
};

/// Counts as they occur: a quarter zeros, a third small, a long tail; always the same.
struct Counts(u64);

impl Counts {
    fn next(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let roll = self.0 >> 33;
        match roll % 100 {
            0..=24 => 0,
            25..=54 => 1 + roll / 100 % 3,
            55..=89 => 4 + roll / 100 % 12,
            _ => 16 + roll / 100 % 60,
        }
    }
}

fn labels(prefix: &str, count: usize) -> Vec<String> {
    (0..count).map(|at| format!("{prefix}{at:05}")).collect()
}

fn sum(dim: &str, parent: &str, children: &[String]) -> Additive {
    Additive {
        dim: dim.into(),
        parent: parent.into(),
        children: children.to_vec(),
        only: BTreeMap::new(),
        coef: BTreeMap::new(),
    }
}

/// All combinations of the labels, with a count for each.
fn cells(dims: &[Vec<String>]) -> Vec<TrueCell> {
    let mut counts = Counts(7);
    let all = dims
        .iter()
        .fold(vec![Vec::new()], |all: Vec<Vec<String>>, labels| {
            let longer = |start: &Vec<String>, label: &String| {
                [start.as_slice(), std::slice::from_ref(label)].concat()
            };
            all.iter()
                .flat_map(|start| labels.iter().map(move |label| longer(start, label)))
                .collect()
        });
    all.into_iter()
        .map(|coords| TrueCell {
            coords,
            value: Some(counts.next()),
        })
        .collect()
}

fn rules(dims: &[&str], additive: Vec<Additive>) -> Rules {
    Rules {
        dims: dims.iter().map(|dim| (*dim).to_owned()).collect(),
        value: "value".into(),
        additive,
        ..Rules::default()
    }
}

/// 19 municipalities in four columns, with a sentence over three of them.
fn region() -> (Vec<TrueCell>, Rules) {
    let municipalities = labels("K", 19);
    let cells = cells(&[municipalities.clone(), labels("C", 4)]);
    let mut rules = rules(
        &["kommune", "kolonne"],
        vec![sum("kommune", "Total", &municipalities)],
    );
    let mut groups: BTreeMap<String, Vec<Vec<String>>> = BTreeMap::new();
    for cell in cells.iter().filter(|cell| cell.coords[1] != "C00003") {
        groups
            .entry(cell.coords[0].clone())
            .or_default()
            .push(cell.coords.clone());
    }
    let bin = |lo, hi| Bin {
        lo,
        hi,
        count: None,
    };
    rules.classes = vec![Classes {
        name: "bånd".into(),
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
    }];
    (cells, rules)
}

/// 98 municipalities in five regions, ten years, two age groups, and all totals.
fn country() -> (Vec<TrueCell>, Rules) {
    let (places, years, ages) = (labels("K", 98), labels("Y", 10), labels("A", 2));
    let regions = labels("R", 5);
    let mut additive = vec![
        sum("kommune", "Danmark", &regions),
        sum("aar", "I alt", &years),
        sum("alder", "Alle", &ages),
    ];
    for (region, members) in regions.iter().zip(places.chunks(20)) {
        additive.push(sum("kommune", region, members));
    }
    (
        cells(&[places, years, ages]),
        rules(&["kommune", "aar", "alder"], additive),
    )
}

/// 98 municipalities in five regions and ten years, with all totals.
fn years() -> (Vec<TrueCell>, Rules) {
    let (places, years) = (labels("K", 98), labels("Y", 10));
    let regions = labels("R", 5);
    let mut additive = vec![
        sum("kommune", "Danmark", &regions),
        sum("aar", "I alt", &years),
    ];
    for (region, members) in regions.iter().zip(places.chunks(20)) {
        additive.push(sum("kommune", region, members));
    }
    (
        cells(&[places, years]),
        rules(&["kommune", "aar"], additive),
    )
}

/// Ten columns for places in three levels, about 34 to a group and five groups to an upper one.
fn hierarchy(places: usize) -> (Vec<TrueCell>, Rules) {
    let (middle, upper) = (places.div_ceil(34), places.div_ceil(170));
    let (places, columns, middle, upper) = (
        labels("P", places),
        labels("C", 10),
        labels("M", middle),
        labels("U", upper),
    );
    let mut additive = vec![
        sum("sted", "Alt", &upper),
        sum("kolonne", "I alt", &columns),
    ];
    for (name, members) in middle.iter().zip(places.chunks(34)) {
        additive.push(sum("sted", name, members));
    }
    for (name, members) in upper.iter().zip(middle.chunks(5)) {
        additive.push(sum("sted", name, members));
    }
    (
        cells(&[places, columns]),
        rules(&["sted", "kolonne"], additive),
    )
}

fn measure(criterion: &mut Criterion, name: &str, (cells, rules): (Vec<TrueCell>, Rules)) {
    let policy = with_insiders(&rules);
    let mut group = criterion.benchmark_group(name);
    group.sample_size(10);
    group.bench_function("protect", |bencher| {
        bencher.iter(|| black_box(protect(&cells, &rules, &policy)));
    });
    if let Ok(protected) = protect(&cells, &rules, &policy)
        && let Ok(table) = PublishedTable::from_csv(&protected.to_csv(), protected.rules())
    {
        group.bench_function("audit", |bencher| {
            bencher.iter(|| black_box(audit(&table, protected.rules(), &AuditOptions::default())));
        });
    }
    group.finish();
}

/// Once is enough for what takes long: the seconds, and the peak memory of each in a process of
/// its own.
fn once(name: &str, (cells, rules): (Vec<TrueCell>, Rules)) {
    let start = Instant::now();
    let protected = match protect(&cells, &rules, &with_insiders(&rules)) {
        Ok(protected) => protected,
        Err(refusal) => return eprintln!("{name}: {refusal}"),
    };
    told(name, "protect", start);
    let Some(certificate) = protected.certificate() else {
        return eprintln!("{name}: no certificate");
    };
    let directory = tempfile::tempdir().expect("a directory");
    let write = |file: &str, bytes: Vec<u8>| {
        std::fs::write(directory.path().join(file), bytes).expect("a file");
    };
    write(TABLE, protected.to_csv());
    write(RULES, serde_json::to_vec(protected.rules()).expect("JSON"));
    write(CERTIFICATE, serde_json::to_vec(&certificate).expect("JSON"));
    for work in ["audit", "verify"] {
        let own = std::env::current_exe().expect("this program");
        let done = Command::new(own)
            .env(ALONE, work)
            .env("SAMSVAR_BENCH_NAME", name)
            .current_dir(directory.path())
            .status();
        assert!(done.is_ok_and(|status| status.success()), "{work}");
    }
}

/// Set in a process that does one thing with the files in its directory.
const ALONE: &str = "SAMSVAR_BENCH_ALONE";
const TABLE: &str = "table.csv";
const RULES: &str = "rules.json";
const CERTIFICATE: &str = "certificate.json";

fn alone(work: &str) {
    let read = |file: &str| std::fs::read(file).expect("a file");
    let start = Instant::now();
    let rules = Rules::from_json(&read(RULES)).expect("rules");
    let table = PublishedTable::from_csv(&read(TABLE), &rules).expect("a table");
    let is_safe = match work {
        "audit" => {
            let verdict = audit(&table, &rules, &AuditOptions::default());
            verdict.is_ok_and(|verdict| verdict.is_safe())
        }
        _ => {
            let certificate = Certificate::from_json(&read(CERTIFICATE)).expect("a certificate");
            verify(&table, &rules, &certificate).is_ok()
        }
    };
    assert!(is_safe, "{work}");
    let name = std::env::var("SAMSVAR_BENCH_NAME").unwrap_or_default();
    told(&name, work, start);
}

fn told(name: &str, work: &str, start: Instant) {
    let seconds = start.elapsed().as_secs_f64();
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find(|line| line.starts_with("VmHWM"));
    eprintln!("{name}, {work}: {seconds:.1} s, {}", peak.unwrap_or(""));
}

/// Everybody in the first dimension knows their own numbers, as on the command line.
fn with_insiders(rules: &Rules) -> Policy {
    Policy {
        insider_dim: rules.dims.first().cloned(),
        ..Policy::default()
    }
}

fn tables(criterion: &mut Criterion) {
    measure(criterion, "19 x 4 with sentences", region());
    measure(criterion, "98 x 10 with all totals", years());
    measure(criterion, "98 x 10 x 2 with all totals", country());
    measure(criterion, "10000 in three levels", hierarchy(1_000));
    once("100000 in three levels", hierarchy(10_000));
}

criterion_group!(benches, tables);

fn main() {
    if let Ok(work) = std::env::var(ALONE) {
        return alone(&work);
    }
    benches();
    Criterion::default().configure_from_args().final_summary();
}
