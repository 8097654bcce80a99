//! The audit of anything that is published: what each hidden cell gives away, exactly.
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde::Serialize;

use super::TrueCell;
use super::contradiction::{Contradiction, explain_contradiction};
use super::frame::{Domain, Frame, WIDEST};
use super::input::InputError;
use super::insiders::{Owners, who_knows};
use super::problem::Var;
use super::reader::{Finding, LISTED, NoSolution, Reader};
use super::rules::{Coords, Rules};
use super::table::{Published, PublishedTable};

/// What else is to be looked at.
#[derive(Debug, Clone, Default)]
pub struct AuditOptions {
    /// The true counts of all hidden cells; needed for insiders.
    pub truth: Option<Vec<TrueCell>>,
    /// Each label of this dimension is tried as an insider.
    pub insider_dim: Option<String>,
    /// Work allowed for each question to the solver; `None` is the ordinary allowance.
    pub steps_per_question: Option<u64>,
}

pub(super) const ORDINARY_STEPS: u64 = 2_000_000;

/// How much is given away about a cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Every value that the mark stands for is possible.
    Full,
    /// Some are excluded.
    Narrowed,
    /// Only one is possible.
    Exact,
    /// Not decided within the work allowed: counts as disclosed.
    Undecided,
}

impl Status {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Narrowed => "narrowed",
            Self::Exact => "exact",
            Self::Undecided => "undecided",
        }
    }

    /// Whether the cell must be taken as known to the reader.
    pub fn is_disclosed(self) -> bool {
        matches!(self, Self::Exact | Self::Undecided)
    }
}

/// What a reader can conclude about one hidden cell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CellVerdict {
    pub coords: Coords,
    /// The mark; empty for a cell that a sum counts but no table prints.
    pub published: String,
    pub prior_min: i128,
    pub prior_max: Option<i128>,
    pub min: i128,
    pub max: Option<i128>,
    /// All possible values, when there are at most ten.
    pub feasible_set: Option<Vec<i128>>,
    pub status: Status,
    /// Insiders who know the value exactly.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exact_to: Vec<String>,
}

/// The whole verdict on a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Audit {
    pub dims: Vec<String>,
    /// Every hidden cell, in the order of the table, then those that no table prints.
    pub cells: Vec<CellVerdict>,
    /// The published numbers can't all be true.
    pub contradiction: Option<Contradiction>,
    /// No solution was found within the work allowed: nothing is shown to be safe.
    pub is_undecided: bool,
    /// Respondents who were tried as insiders.
    pub insiders: usize,
}

impl Audit {
    /// Nothing is exact, to readers or to insiders, and the numbers can be true.
    pub fn is_safe(&self) -> bool {
        self.contradiction.is_none()
            && !self.is_undecided
            && self
                .cells
                .iter()
                .all(|cell| !cell.status.is_disclosed() && cell.exact_to.is_empty())
    }

    /// `CELLS.csv`: one row per hidden cell.
    pub fn to_csv(&self) -> Vec<u8> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let mut header: Vec<&str> = self.dims.iter().map(String::as_str).collect();
        header.extend(COLUMNS);
        if self.insiders > 0 {
            header.push("exact_to");
        }
        let mut written = writer.write_record(&header);
        for cell in &self.cells {
            let mut fields = cell.coords.clone();
            fields.extend(cell.fields());
            if self.insiders > 0 {
                fields.push(cell.exact_to.join("; "));
            }
            written = written.and_then(|()| writer.write_record(&fields));
        }
        written
            .ok()
            .and_then(|()| writer.into_inner().ok())
            .unwrap_or_default()
    }
}

const COLUMNS: [&str; 7] = [
    "published",
    "prior_min",
    "prior_max",
    "min",
    "max",
    "feasible_set",
    "status",
];

impl CellVerdict {
    fn fields(&self) -> [String; 7] {
        let open = |bound: Option<i128>| bound.map_or_else(String::new, |bound| bound.to_string());
        let set = self.feasible_set.as_ref().map_or_else(String::new, |set| {
            let values: Vec<String> = set.iter().map(i128::to_string).collect();
            values.join(" ")
        });
        [
            self.published.clone(),
            self.prior_min.to_string(),
            open(self.prior_max),
            self.min.to_string(),
            open(self.max),
            set,
            self.status.as_str().to_owned(),
        ]
    }
}

/// Audits a table as printed.
pub fn audit(
    table: &PublishedTable,
    rules: &Rules,
    options: &AuditOptions,
) -> Result<Audit, InputError> {
    rules.check()?;
    let mut frame = Frame::new(rules, table.cells().iter().map(|(coords, _)| coords))?;
    let domains = domains(&frame, table, rules)?;
    let steps = options.steps_per_question.unwrap_or(ORDINARY_STEPS);
    let mut verdict = Audit {
        dims: rules.dims.clone(),
        cells: Vec::new(),
        contradiction: None,
        is_undecided: false,
        insiders: 0,
    };
    let hidden = hidden_cells(&frame, &domains, table);
    let mut found = Reader::new(&frame, rules, &domains, None, steps);
    if matches!(found, Err(NoSolution::Contradiction)) {
        // Perhaps only because "unbounded" was taken for too small a number.
        frame.limit_floor = WIDEST;
        found = Reader::new(&frame, rules, &domains, None, steps);
    }
    let mut reader = match found {
        Ok(reader) => reader,
        Err(NoSolution::Contradiction) => {
            let found = explain_contradiction(&frame, rules, &domains, steps);
            verdict.contradiction = Some(found);
            return Ok(verdict);
        }
        Err(NoSolution::Undecided) => {
            verdict.is_undecided = true;
            verdict.cells = hidden.iter().map(|cell| cell.undecided(&domains)).collect();
            return Ok(verdict);
        }
    };
    let wanted: Vec<Var> = hidden.iter().map(|cell| cell.var).collect();
    let findings = reader.findings(&wanted, |_, _| {});
    let exposed = match (&options.insider_dim, &options.truth) {
        (Some(dim), Some(truth)) => {
            let truth = complete_truth(&frame, &domains, truth)?;
            let owners = Owners::new(&frame, rules, Some(dim), &[]);
            verdict.insiders = owners.len();
            insiders_who_know(&frame, rules, &domains, &truth, &owners, &hidden, steps)?
        }
        (Some(_), None) => {
            let message = "insiderprøven kræver de sande tal (--truth)";
            return Err(InputError::at("--insider-all", message));
        }
        (None, _) => BTreeMap::new(),
    };
    for cell in &hidden {
        let domain = &domains[cell.var as usize];
        if let Some(finding) = findings.get(&cell.var) {
            let mut found = cell.verdict(domain, finding);
            found.exact_to = exposed.get(&cell.var).cloned().unwrap_or_default();
            verdict.cells.push(found);
        }
    }
    Ok(verdict)
}

/// What each cell's mark says, in the order of the frame.
pub(super) fn domains(
    frame: &Frame,
    table: &PublishedTable,
    rules: &Rules,
) -> Result<Vec<Domain>, InputError> {
    let mut domains = vec![Domain::between(0, None); frame.cells.len()];
    let mut of_marks: HashMap<&str, Domain> = HashMap::new();
    for (coords, published) in table.cells() {
        let Some(var) = frame.var(coords) else {
            continue;
        };
        domains[var as usize] = match published {
            Published::Number(number) => Domain::exactly(i128::from(*number)),
            Published::Mark(mark) => match of_marks.get(mark.as_str()) {
                Some(domain) => domain.clone(),
                None => {
                    let domain = domain(mark, rules)?;
                    of_marks.insert(mark, domain.clone());
                    domain
                }
            },
        };
    }
    Ok(domains)
}

fn domain(mark: &str, rules: &Rules) -> Result<Domain, InputError> {
    let symbol = rules
        .symbols
        .get(mark)
        .ok_or_else(|| InputError::at("symbols", &format!("mærket »{mark}« er ikke forklaret")))?;
    let allowed: Option<Arc<[i128]>> = symbol
        .allowed_sorted()
        .map(|values| values.into_iter().map(i128::from).collect());
    let (mut low, mut high) = (i128::from(symbol.lo), symbol.hi.map(i128::from));
    if let Some(values) = &allowed {
        low = values.first().copied().unwrap_or(low);
        high = values.last().copied().or(high);
    }
    Ok(Domain { low, high, allowed })
}

/// A cell to be reported on.
pub(super) struct Hidden {
    pub(super) var: Var,
    coords: Coords,
    published: String,
}

impl Hidden {
    fn verdict(&self, domain: &Domain, finding: &Finding) -> CellVerdict {
        let listed = finding.is_complete && finding.values.len() <= LISTED;
        CellVerdict {
            coords: self.coords.clone(),
            published: self.published.clone(),
            prior_min: domain.low,
            prior_max: domain.high,
            min: finding.min,
            max: finding.max,
            feasible_set: listed.then(|| finding.values.iter().copied().collect()),
            status: status(domain, finding),
            exact_to: Vec::new(),
        }
    }

    fn undecided(&self, domains: &[Domain]) -> CellVerdict {
        let domain = &domains[self.var as usize];
        CellVerdict {
            coords: self.coords.clone(),
            published: self.published.clone(),
            prior_min: domain.low,
            prior_max: domain.high,
            min: domain.low,
            max: domain.high,
            feasible_set: None,
            status: Status::Undecided,
            exact_to: Vec::new(),
        }
    }
}

fn status(domain: &Domain, finding: &Finding) -> Status {
    if finding.is_exact() {
        return if finding.is_undecided {
            Status::Undecided
        } else {
            Status::Exact
        };
    }
    if finding.is_undecided {
        return Status::Narrowed;
    }
    let prior_count = domain.high.map(|high| match &domain.allowed {
        Some(values) => values.len() as i128,
        None => high - domain.low + 1,
    });
    let is_full = match prior_count {
        Some(count) if finding.is_complete => finding.values.len() as i128 == count,
        _ => finding.min == domain.low && finding.max == domain.high,
    };
    if is_full {
        Status::Full
    } else {
        Status::Narrowed
    }
}

/// Marks in the order of the table, then the cells that sums count but no table prints; sums
/// that nobody prints are left out, for they tell nothing that the cells do not.
pub(super) fn hidden_cells(
    frame: &Frame,
    domains: &[Domain],
    table: &PublishedTable,
) -> Vec<Hidden> {
    let printed = table.cells().iter().filter_map(|(coords, published)| {
        let var = frame.var(coords)?;
        (!domains[var as usize].is_exact()).then(|| Hidden {
            var,
            coords: coords.clone(),
            published: published.to_string(),
        })
    });
    let unprinted = (0..frame.cells.len())
        .filter(|at| frame.is_asked[*at] && !frame.in_table[*at] && !frame.is_parent[*at])
        .map(|at| Hidden {
            var: at as Var,
            coords: frame.cells[at].clone(),
            published: String::new(),
        });
    printed.chain(unprinted).collect()
}

/// The true value of every cell: as handed in, as printed, or as the sum of its children.
fn complete_truth(
    frame: &Frame,
    domains: &[Domain],
    truth: &[TrueCell],
) -> Result<Vec<i128>, InputError> {
    let given: HashMap<&Coords, Option<u64>> = truth
        .iter()
        .map(|cell| (&cell.coords, cell.value))
        .collect();
    let mut values: Vec<Option<i128>> = frame
        .cells
        .iter()
        .zip(domains)
        .map(|(coords, domain)| match given.get(coords) {
            Some(value) => Some(value.map_or(0, i128::from)),
            None => domain.is_exact().then_some(domain.low),
        })
        .collect();
    super::totals::fill_in(frame, &mut values);
    frame
        .cells
        .iter()
        .zip(values)
        .map(|(coords, value)| {
            value.ok_or_else(|| {
                let message = format!("den sande værdi af {} mangler", coords.join(", "));
                InputError::at("--truth", &message)
            })
        })
        .collect()
}

fn insiders_who_know(
    frame: &Frame,
    rules: &Rules,
    domains: &[Domain],
    truth: &[i128],
    owners: &Owners,
    hidden: &[Hidden],
    steps: u64,
) -> Result<BTreeMap<Var, Vec<String>>, InputError> {
    let Ok(mut reader) = Reader::new(frame, rules, domains, Some(truth), steps) else {
        let message = "de sande tal passer ikke med tabellen og reglerne";
        return Err(InputError::at("--truth", message));
    };
    let is_primary = |cell: &&Hidden| domains[cell.var as usize].high.is_some();
    let mut exposed = BTreeMap::new();
    for cell in hidden.iter().filter(is_primary) {
        let names: Vec<String> = who_knows(&mut reader.solver, owners, cell.var)
            .into_iter()
            .map(|insider| owners.names[insider as usize].clone())
            .collect();
        if !names.is_empty() {
            exposed.insert(cell.var, names);
        }
    }
    Ok(exposed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disclosure::Additive;
    use crate::disclosure::brute::{Case, Dice, enumerate};

    fn check_against_enumeration(seed: u64, draw: fn(&mut Dice) -> Case) -> usize {
        let mut dice = Dice::new(seed);
        let case = draw(&mut dice);
        let table = case.carelessly_marked(&mut dice);
        let most: i128 = case.truth.values().max().copied().unwrap() + 8;
        let hidden = table
            .cells()
            .iter()
            .filter(|(_, value)| matches!(value, Published::Mark(_)))
            .count();
        if hidden > 9 {
            return 0;
        }
        let expected = enumerate(&case.rules, &table, |_, mark| match mark {
            "≤3" => (1, 3),
            _ => (0, most),
        });
        let verdict = audit(&table, &case.rules, &AuditOptions::default()).unwrap();
        assert_eq!(verdict.contradiction, None, "seed {seed}");
        assert_eq!(verdict.cells.len(), hidden, "seed {seed}");
        for cell in verdict.cells.iter() {
            let all: Vec<i128> = expected[&cell.coords].iter().copied().collect();
            if cell.max.is_none() {
                continue;
            }
            let context = format!("seed {seed}: {cell:?}, expected {all:?}\n{table:?}");
            assert_eq!(Some(&cell.min), all.first(), "{context}");
            assert_eq!(cell.max.as_ref(), all.last(), "{context}");
            if all.len() <= LISTED {
                assert_eq!(cell.feasible_set.as_ref(), Some(&all), "{context}");
            }
        }
        let rules = Rules {
            classes: Vec::new(),
            ..case.rules
        };
        let told =
            |cell: &CellVerdict, plain: &CellVerdict| cell.feasible_set != plain.feasible_set;
        let plain = audit(&table, &rules, &AuditOptions::default()).unwrap();
        let pairs = verdict.cells.iter().zip(&plain.cells);
        pairs.filter(|(cell, plain)| told(cell, plain)).count()
    }

    /// What the sentence tells beside the table, none of it too much or too little.
    #[test]
    fn feasible_sets_with_rises_and_falls_equal_exhaustive_enumeration() {
        let told: usize = (0..600)
            .map(|seed| check_against_enumeration(seed, Case::with_changes))
            .sum();
        assert!(told > 25, "the sentences told only of {told} cells");
    }

    fn rules(children: &[&str]) -> Rules {
        let json = serde_json::json!({
            "dims": ["kommune"],
            "symbols": {"≤3": [1, 3], "..": [0, null], "x": [0, 9, [0, 5, 9]]},
            "additive": [{"dim": "kommune", "parent": "Total", "children": children}],
        });
        Rules::from_json(json.to_string().as_bytes()).unwrap()
    }

    fn verdict(rows: &str, rules: &Rules) -> Audit {
        let text = format!("kommune,value\n{}\n", rows.replace(' ', "\n"));
        let table = PublishedTable::from_csv(text.as_bytes(), rules).unwrap();
        audit(&table, rules, &AuditOptions::default()).unwrap()
    }

    #[test]
    fn parity_counts() {
        let mut rules = rules(&["A", "B"]);
        rules.additive[0].coef.insert("B".into(), 2);
        let verdict = verdict("A,≤3 B,≤3 Total,7", &rules);
        assert_eq!(verdict.cells[0].feasible_set, Some(vec![1, 3]));
    }

    #[test]
    fn an_amount_that_is_a_count_times_a_tariff_may_be_large() {
        let mut rules = rules(&["A", "B"]);
        rules.additive[0].coef = [("A".to_owned(), 950_000), ("B".to_owned(), 1)].into();
        let verdict = verdict("A,≤3 B,5 Total,..", &rules);
        assert_eq!(verdict.contradiction, None);
        let amounts = vec![950_005, 1_900_005, 2_850_005];
        assert_eq!(verdict.cells[1].feasible_set, Some(amounts));
    }

    #[test]
    fn a_chain_of_hidden_sums_is_no_contradiction() {
        let mut text = String::from("A,1 S0,..");
        let mut rules = rules(&["A"]);
        rules.additive.clear();
        let mut before = "A".to_owned();
        for level in 0..40 {
            let parent = format!("S{level}");
            let children = [before, format!("x{level}")].map(String::from);
            let mut sum = Additive {
                dim: "kommune".into(),
                parent: parent.clone(),
                children: children.to_vec(),
                only: BTreeMap::new(),
                coef: BTreeMap::new(),
            };
            sum.coef.insert(children[0].clone(), 3);
            rules.additive.push(sum);
            text += &format!(" S{},..", level + 1);
            before = parent;
        }
        let verdict = verdict(&text, &rules);
        assert_eq!(verdict.contradiction, None);
    }

    #[test]
    fn a_grand_total_tells_even_where_the_totals_between_are_not_printed() {
        let sum = |dim: &str| {
            let children = [format!("{dim}0"), format!("{dim}1")];
            serde_json::json!({"dim": dim, "parent": "T", "children": children})
        };
        let json = serde_json::json!({
            "dims": ["a", "b", "c"], "symbols": {"≤3": [1, 3]},
            "additive": [sum("a"), sum("b"), sum("c")],
        });
        let rules = Rules::from_json(json.to_string().as_bytes()).unwrap();
        let mut text = String::from("a,b,c,value\nT,T,T,44\n");
        for at in 0..8 {
            let value = if at == 5 { "≤3" } else { "6" };
            let [a, b, c] = [at / 4, at / 2 % 2, at % 2];
            text += &format!("a{a},b{b},c{c},{value}\n");
        }
        let table = PublishedTable::from_csv(text.as_bytes(), &rules).unwrap();
        let verdict = audit(&table, &rules, &AuditOptions::default()).unwrap();
        assert_eq!(verdict.cells[0].feasible_set, Some(vec![2]));
        assert_eq!(verdict.cells.len(), 1);
    }

    #[test]
    fn a_sentence_with_gaps_beside_rates_is_decided_and_not_cut_short() {
        let mut rules = rules(&["A", "B", "C", "D"]);
        let facts = serde_json::json!([
            {"terms": [[["C"], 200], [["Total"], 200]], "op": ">=", "rhs": 3198},
            {"terms": [[["D"], 2], [["Total"], 1], [["A"], 2]], "op": ">=", "rhs": 14},
        ]);
        rules.linear = serde_json::from_value(facts).unwrap();
        let sentence = serde_json::json!({
            "name": "s", "groups": {"A": [["A"]], "B": [["B"]], "C": [["C"]], "D": [["D"]]},
            "bins": [{"lo": 0, "hi": 2, "count": 2}, {"lo": 5, "hi": 7, "count": 1}],
        });
        rules.classes = vec![serde_json::from_value(sentence).unwrap()];
        let verdict = verdict("A,.. B,4 D,≤3 Total,..", &rules);
        assert_eq!(verdict.cells[0].feasible_set, Some(vec![0, 1, 2, 6, 7]));
        assert_eq!(verdict.cells[1].feasible_set, Some(vec![1, 2]));
    }

    #[test]
    fn a_mark_with_a_hole_keeps_its_hole() {
        let verdict = verdict("A,x B,≤3 Total,8", &rules(&["A", "B"]));
        assert_eq!(verdict.cells[0].feasible_set, Some(vec![5]));
        assert_eq!(verdict.cells[0].status, Status::Exact);
        assert!(!verdict.is_safe());
    }

    #[test]
    fn a_cell_that_only_the_sum_counts_is_found_too() {
        let verdict = verdict("A,7 Total,9", &rules(&["A", "Læsø"]));
        assert_eq!(verdict.cells[0].coords, ["Læsø"]);
        assert_eq!(verdict.cells[0].feasible_set, Some(vec![2]));
    }

    #[test]
    fn a_contradiction_names_the_smallest_clash() {
        let verdict = verdict("A,5 B,5 C,1 Total,9", &rules(&["A", "B", "C"]));
        let names: Vec<String> = verdict
            .contradiction
            .unwrap()
            .facts
            .into_iter()
            .map(|fact| fact.name)
            .collect();
        assert_eq!(
            names,
            ["A: 5", "B: 5", "Total: 9", "Total er summen af A + B + C"]
        );
    }

    #[test]
    fn numbers_of_eighteen_digits_are_exact() {
        let rules = rules(&["A", "B", "C"]);
        let huge = "A,.. B,999999999999999999 C,≤3 Total,1000000000000000002";
        let verdict = verdict(huge, &rules);
        assert_eq!(verdict.contradiction, None);
        assert_eq!(verdict.cells[0].feasible_set, Some(vec![0, 1, 2]));
        assert_eq!(verdict.cells[1].feasible_set, Some(vec![1, 2, 3]));
    }

    #[test]
    fn a_cell_without_limit_says_so() {
        let verdict = verdict("A,.. B,4", &rules(&["A", "B"]));
        assert_eq!((verdict.cells[0].min, verdict.cells[0].max), (0, None));
        assert_eq!(verdict.cells[0].status, Status::Full);
    }

    #[test]
    fn an_insider_who_learns_another_cell_is_named() {
        let rules = rules(&["A", "B", "C"]);
        let text = "kommune,value\nA,≤3\nB,≤3\nC,≤3\nTotal,5\n";
        let table = PublishedTable::from_csv(text.as_bytes(), &rules).unwrap();
        let truth = [("A", 3), ("B", 1), ("C", 1)].map(|(name, value)| TrueCell {
            coords: vec![name.into()],
            value: Some(value),
        });
        let options = AuditOptions {
            truth: Some(truth.to_vec()),
            insider_dim: Some("kommune".into()),
            steps_per_question: None,
        };
        let verdict = audit(&table, &rules, &options).unwrap();
        assert_eq!(verdict.cells[1].exact_to, ["A"]);
        assert_eq!(verdict.cells[0].exact_to, Vec::<String>::new());
        assert!(!verdict.is_safe());
    }

    #[test]
    fn any_bytes_are_answered_without_a_panic() {
        let mut dice = Dice::new(7);
        let pieces = [
            "kommune",
            ",",
            ";",
            "value",
            "\n",
            "\"",
            "≤3",
            "..",
            "-1",
            "1e9",
            "Total",
            "A",
            "9999999999999999999",
            "[",
            "{\"dims\":[\"kommune\"]}",
            "null",
            "\u{0}",
        ];
        let sound = rules(&["A", "B"]);
        for _ in 0..3_000 {
            let mut text = String::new();
            if dice.chance(60) {
                text += "kommune,value\n";
            }
            for _ in 0..dice.below(20) {
                text += pieces[dice.below(pieces.len() as u64) as usize];
            }
            if let Ok(table) = PublishedTable::from_csv(text.as_bytes(), &sound) {
                let _verdict = audit(&table, &sound, &AuditOptions::default());
            }
            let _rules = Rules::from_json(text.as_bytes());
        }
    }

    #[test]
    fn a_table_with_a_million_columns_is_read_or_refused_at_once() {
        let mut text = "kommune,value".to_owned() + &",x".repeat(1_000_000) + "\n";
        text += "A,1\n";
        let fault = PublishedTable::from_csv(text.as_bytes(), &rules(&["A"])).unwrap_err();
        assert_eq!(fault.line, Some(2));
    }

    #[test]
    fn feasible_sets_equal_exhaustive_enumeration() {
        for seed in 0..2_000 {
            check_against_enumeration(seed, Case::random);
        }
    }
}
