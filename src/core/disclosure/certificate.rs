//! Proof of the guarantee that anybody can check with additions alone.
//!
//! A certificate is a set of other tables, each of which fits everything that is printed, and
//! which between them give every hidden cell all the values that it must be able to have. It is
//! computed from the printed table and never from the true one, so it can't give that away.
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::io::Write;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::input::InputError;
use super::printed::Model;
use super::problem::Var;
use super::question::Witness;
use super::reader::{Finding, LISTED, Reader};
use super::rules::{Coords, Rules};
use super::safe::Feasible;
use super::table::{Published, PublishedTable};

/// What the guarantee says, as far as a printed table can prove it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// Small counts are those up to here.
    pub threshold: u64,
    /// So many values are possible behind each mark with two bounds.
    pub candidates: u64,
    /// A reader takes `..` in an inner cell to be at least this.
    pub least_withheld: u64,
    /// A reader takes `..` in a total to be at least this.
    pub least_withheld_total: u64,
    /// Cells that earlier releases have narrowed, of which this one shows no less than they left.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub given_away: Vec<GivenAway>,
}

/// A certificate as its seal is made of it.
#[derive(Serialize)]
struct Unsealed<'c> {
    version: u32,
    table: &'c str,
    rules: &'c str,
    claim: &'c Claim,
    cells: &'c [Coords],
    first: &'c [u64],
    others: &'c [Vec<(usize, u64)>],
    seal: &'c str,
}

/// A cell of which the guarantee is relative to what was out before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GivenAway {
    pub cell: Coords,
    /// So many values were possible before, and still are.
    pub values: u64,
}

/// Other tables that fit everything printed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    pub version: u32,
    /// SHA-256 of the printed cells in sorted order.
    pub table: String,
    /// SHA-256 of the rules.
    pub rules: String,
    pub claim: Claim,
    /// The cells that no number is printed for.
    pub cells: Vec<Coords>,
    /// Their values in the first table.
    pub first: Vec<u64>,
    /// What each further table changes of the first: place in `cells`, value.
    pub others: Vec<Vec<(usize, u64)>>,
    /// SHA-256 of all of the above: whoever changes a number by mistake is told.
    #[serde(default)]
    pub seal: String,
}

/// Why a certificate does not prove a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unproven {
    /// The table or the rules can't be read as one model.
    Input(InputError),
    /// It belongs to another table, other rules, or another version of this program.
    Other(&'static str),
    /// A table in it breaks a printed fact.
    Broken { table: usize, fact: String },
    /// A hidden cell is not shown to have enough values.
    TooFew { coords: Coords, values: usize },
}

impl fmt::Display for Unproven {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Input(error) => error.fmt(f),
            Self::Other(why) => f.write_str(why),
            Self::Broken { table, fact } => {
                write!(f, "tabel {table} i certifikatet passer ikke med {fact}")
            }
            Self::TooFew { coords, values } => write!(
                f,
                "{} vises kun at kunne have {values} værdi(er)",
                coords.join(", ")
            ),
        }
    }
}

impl std::error::Error for Unproven {}

/// What a certificate was found to prove.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Proof {
    pub hidden_cells: usize,
    pub tables: usize,
    pub threshold: u64,
    /// Cells of which earlier releases had given more away than the guarantee allows.
    pub given_away: usize,
}

const VERSION: u32 = 2;

impl Certificate {
    fn sealed(mut self) -> Self {
        self.seal = self.right_seal();
        self
    }

    /// As somebody would forge it who has the program.
    #[cfg(test)]
    pub(super) fn resealed_for(&self, rules: &Rules) -> Self {
        let rules = rules_digest(rules);
        Self {
            rules,
            ..self.clone()
        }
        .sealed()
    }

    /// Of everything but the seal, hashed as it is written.
    fn right_seal(&self) -> String {
        let unsealed = Unsealed {
            version: self.version,
            table: &self.table,
            rules: &self.rules,
            claim: &self.claim,
            cells: &self.cells,
            first: &self.first,
            others: &self.others,
            seal: "",
        };
        digest_of(|out| serde_json::to_writer(out, &unsealed).unwrap_or(()))
    }

    /// The rules with the marks explained as protecting did, where they explain none themselves.
    pub fn with_marks(&self, rules: &Rules) -> Rules {
        let explained = |low| rules.with_marks_from(low, self.claim.threshold);
        // With zero protected a mark begins there.
        let of_zero = explained(0);
        match rules_digest(&of_zero) == self.rules {
            true => of_zero,
            false => explained(1),
        }
    }

    pub fn from_json(bytes: &[u8]) -> Result<Self, InputError> {
        serde_json::from_slice(bytes).map_err(|error| InputError {
            line: Some(error.line() as u64),
            column: Some(error.column().to_string()),
            message: format!("certifikatet kan ikke læses: {error}"),
        })
    }
}

/// Finds the tables that prove the claim; `None` when the claim can't be shown to hold.
pub(super) fn certify(
    table: &PublishedTable,
    rules: &Rules,
    claim: Claim,
    steps: u64,
) -> Result<Option<Certificate>, InputError> {
    let model = Model::new(table, rules, &claim)?;
    let Ok(mut reader) = Reader::new(&model.frame, rules, &model.domains, None, steps) else {
        return Ok(None);
    };
    let mut shown = Shows::new(&reader, &model);
    let mut of_component: Vec<Vec<Witness>> = Vec::new();
    for component in reader.components.clone() {
        let mut witnesses: Vec<Witness> = Vec::new();
        for var in component
            .iter()
            .filter(|var| model.required.contains_key(*var))
        {
            for (low, high) in shown.questions(*var, &reader, &model) {
                if shown.suffice(*var, &model) {
                    break;
                }
                if shown.has(*var, low, high) {
                    continue;
                }
                if let Some(witness) = reader.solver.ask(&[(*var, low, high)]).witness() {
                    shown.add(&witness);
                    witnesses.push(witness);
                }
            }
            if !shown.suffice(*var, &model) {
                return Ok(None);
            }
        }
        of_component.push(witnesses);
    }
    if model
        .required
        .keys()
        .any(|var| !shown.suffice(*var, &model))
    {
        return Ok(None);
    }
    let first: Vec<i128> = reader.solver.base().to_vec();
    Ok(Some(written(
        &model,
        table,
        rules,
        claim,
        &first,
        merged(of_component),
    )))
}

/// What a reader can conclude about each hidden cell, from the print alone.
pub(super) fn feasible_sets(
    table: &PublishedTable,
    rules: &Rules,
    claim: &Claim,
    steps: u64,
) -> HashMap<Coords, Feasible> {
    let Ok(model) = Model::new(table, rules, claim) else {
        return HashMap::new();
    };
    let Ok(mut reader) = Reader::new(&model.frame, rules, &model.domains, None, steps) else {
        return HashMap::new();
    };
    let wanted: Vec<Var> = model.required.keys().copied().collect();
    let findings = reader.findings(&wanted, |_, _| {});
    findings
        .into_iter()
        .map(|(var, finding)| (model.frame.cells[var as usize].clone(), feasible(&finding)))
        .collect()
}

fn feasible(finding: &Finding) -> Feasible {
    let count = |value: i128| u64::try_from(value).unwrap_or(0);
    let is_listed = finding.is_complete && finding.values.len() <= LISTED;
    Feasible {
        min: count(finding.min),
        max: finding.max.map(count),
        values: is_listed.then(|| finding.values.iter().map(|value| count(*value)).collect()),
    }
}

/// Checks a certificate by additions: every table in it must fit every printed number, mark,
/// sum, linear fact and sentence, and together they must show what is claimed.
pub fn verify(
    table: &PublishedTable,
    rules: &Rules,
    certificate: &Certificate,
) -> Result<Proof, Unproven> {
    rules.check().map_err(Unproven::Input)?;
    if certificate.version != VERSION {
        return Err(Unproven::Other("certifikatet er af en anden version"));
    }
    if certificate.right_seal() != certificate.seal {
        return Err(Unproven::Other(
            "certifikatet er ændret, efter at det blev lavet",
        ));
    }
    if certificate.table != table_digest(table) {
        return Err(Unproven::Other("certifikatet gælder en anden tabel"));
    }
    if certificate.rules != rules_digest(rules) {
        return Err(Unproven::Other("certifikatet gælder andre regler"));
    }
    let claim = &certificate.claim;
    let is_weak = claim.candidates < 2 || claim.least_withheld <= claim.threshold;
    if is_weak {
        return Err(Unproven::Other("certifikatet lover mindre end garantien"));
    }
    let model = Model::new(table, rules, claim).map_err(Unproven::Input)?;
    let mut given_away = claim.given_away.iter();
    if given_away.any(|known| model.frame.var(&known.cell).is_none()) {
        return Err(Unproven::Other(
            "certifikatet nævner under given_away en celle, som ikke findes i tabellen",
        ));
    }
    if model.unprinted() != certificate.cells || certificate.first.len() != certificate.cells.len()
    {
        return Err(Unproven::Other(
            "certifikatet har andre celler end tabellen",
        ));
    }
    let first = model.check_whole(rules, model.values(&certificate.first))?;
    let mut shown = Shows::starting_with(&model, &first.values);
    for (at, changes) in certificate.others.iter().enumerate() {
        let changes = model.changes(changes, at + 2)?;
        model.check_changed(rules, &first, &changes, at + 2)?;
        shown.add(&changes);
    }
    for var in model.required.keys() {
        if !shown.suffice(*var, &model) {
            return Err(Unproven::TooFew {
                coords: model.frame.cells[*var as usize].clone(),
                values: shown.values.get(var).map_or(0, BTreeSet::len),
            });
        }
    }
    Ok(Proof {
        hidden_cells: model.required.len(),
        tables: certificate.others.len() + 1,
        threshold: claim.threshold,
        given_away: claim.given_away.len(),
    })
}

fn written(
    model: &Model,
    table: &PublishedTable,
    rules: &Rules,
    claim: Claim,
    first: &[i128],
    others: Vec<Witness>,
) -> Certificate {
    let place: BTreeMap<Var, usize> = model.open.iter().copied().zip(0..).collect();
    let count = |value: i128| u64::try_from(value).unwrap_or(0);
    let changes = |witness: Witness| {
        witness
            .into_iter()
            .filter_map(|(var, value)| Some((*place.get(&var)?, count(value))))
            .collect()
    };
    Certificate {
        version: VERSION,
        table: table_digest(table),
        rules: rules_digest(rules),
        claim,
        cells: model.unprinted(),
        first: model
            .open
            .iter()
            .map(|var| count(first[*var as usize]))
            .collect(),
        others: others.into_iter().map(changes).collect(),
        seal: String::new(),
    }
    .sealed()
}

/// The values of each cell that occur in the tables so far.
struct Shows {
    values: BTreeMap<Var, BTreeSet<i128>>,
}

impl Shows {
    fn new(reader: &Reader, model: &Model) -> Self {
        Self::starting_with(model, reader.solver.base())
    }

    fn starting_with(model: &Model, values: &[i128]) -> Self {
        let first = |var: &Var| (*var, BTreeSet::from([values[*var as usize]]));
        Self {
            values: model.required.keys().map(first).collect(),
        }
    }

    fn add(&mut self, witness: &Witness) {
        for (var, value) in witness {
            if let Some(values) = self.values.get_mut(var) {
                values.insert(*value);
            }
        }
    }

    fn suffice(&self, var: Var, model: &Model) -> bool {
        let shown = self.values.get(&var).map_or(0, BTreeSet::len);
        model
            .required
            .get(&var)
            .is_none_or(|needed| shown >= *needed)
    }

    fn has(&self, var: Var, low: i128, high: i128) -> bool {
        low == high
            && self
                .values
                .get(&var)
                .is_some_and(|values| values.contains(&low))
    }

    /// Each value where there are few; anything above or below where two will do.
    fn questions(&self, var: Var, reader: &Reader, model: &Model) -> Vec<(i128, i128)> {
        let (low, high) = reader.solver.bounds(var);
        let base = reader.solver.base()[var as usize];
        if model.required.get(&var).is_some_and(|needed| *needed <= 2) {
            return vec![(base + 1, high), (low, base - 1)];
        }
        (low..=high.min(low + 1_000))
            .map(|value| (value, value))
            .collect()
    }
}

/// One table of the components' first witnesses, one of their second, and so on.
fn merged(of_component: Vec<Vec<Witness>>) -> Vec<Witness> {
    let mut tables: Vec<Witness> = Vec::new();
    for witnesses in of_component {
        for (at, witness) in witnesses.into_iter().enumerate() {
            match tables.get_mut(at) {
                Some(table) => table.extend(witness),
                None => tables.push(witness),
            }
        }
    }
    for table in &mut tables {
        table.sort_unstable();
    }
    tables
}

fn table_digest(table: &PublishedTable) -> String {
    let mut cells: Vec<&(Coords, Published)> = table.cells().iter().collect();
    // In the order of the lines, of which no two begin alike: no cell stands twice.
    cells.sort_unstable_by(|a, b| line_of(&a.0).cmp(line_of(&b.0)));
    digest_of(|out| {
        for (at, (coords, value)) in cells.into_iter().enumerate() {
            let end = if at > 0 { "\n" } else { "" };
            write!(out, "{end}{}\u{1e}{value}", coords.join("\u{1f}")).unwrap_or(());
        }
    })
}

/// The bytes of a cell's line up to its value.
fn line_of(coords: &Coords) -> impl Iterator<Item = u8> + '_ {
    let labels = coords.iter().enumerate().flat_map(|(at, label)| {
        let between = (at > 0).then_some(0x1f);
        between.into_iter().chain(label.bytes())
    });
    labels.chain([0x1e])
}

fn rules_digest(rules: &Rules) -> String {
    let facts = Rules {
        protect: None,
        ..rules.clone()
    };
    digest_of(|out| serde_json::to_writer(out, &facts).unwrap_or(()))
}

/// The hash of what is written, without keeping it.
fn digest_of(write: impl FnOnce(&mut Hashing)) -> String {
    let mut hashing = Hashing(Sha256::new());
    write(&mut hashing);
    let hash = hashing.0.finalize();
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

struct Hashing(Sha256);

impl Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disclosure::{Additive, Policy, Symbol, TrueCell, protect};

    fn rules() -> Rules {
        Rules {
            dims: vec!["kommune".into()],
            value: "value".into(),
            symbols: [
                ("≤3".to_owned(), Symbol::between(1, Some(3))),
                ("..".to_owned(), Symbol::between(0, None)),
            ]
            .into(),
            additive: vec![Additive {
                dim: "kommune".into(),
                parent: "Total".into(),
                children: ["A", "B", "C", "D"].map(String::from).to_vec(),
                only: BTreeMap::new(),
                coef: BTreeMap::new(),
            }],
            ..Rules::default()
        }
    }

    fn table(text: &str) -> PublishedTable {
        PublishedTable::from_csv(text.as_bytes(), &rules()).unwrap()
    }

    fn claim() -> Claim {
        Claim {
            threshold: 3,
            candidates: 3,
            least_withheld: 4,
            least_withheld_total: 1,
            given_away: Vec::new(),
        }
    }

    const SAFE: &str = "kommune,value\nA,≤3\nB,≤3\nC,≤3\nD,9\nTotal,15\n";

    #[test]
    fn a_certificate_proves_its_own_table_and_no_other() {
        let certificate = certify(&table(SAFE), &rules(), claim(), 100_000)
            .unwrap()
            .unwrap();
        assert!(verify(&table(SAFE), &rules(), &certificate).is_ok());
        for tampered in [SAFE.replace("D,9", "D,8"), SAFE.replace("15", "16")] {
            assert!(verify(&table(&tampered), &rules(), &certificate).is_err());
        }
    }

    #[test]
    fn a_certificate_made_to_fit_a_tampered_table_still_fails_by_addition() {
        let mut certificate = certify(&table(SAFE), &rules(), claim(), 100_000)
            .unwrap()
            .unwrap();
        let tampered = table(&SAFE.replace("D,9", "D,8"));
        certificate.table = table_digest(&tampered);
        let verdict = verify(&tampered, &rules(), &certificate);
        assert!(matches!(verdict, Err(Unproven::Other(_))));
        let certificate = certificate.sealed();
        let verdict = verify(&tampered, &rules(), &certificate);
        assert!(matches!(verdict, Err(Unproven::Broken { table: 1, .. })));
    }

    #[test]
    fn a_missing_witness_is_noticed() {
        let mut certificate = certify(&table(SAFE), &rules(), claim(), 100_000)
            .unwrap()
            .unwrap();
        certificate.others.pop();
        let certificate = certificate.sealed();
        let verdict = verify(&table(SAFE), &rules(), &certificate);
        assert!(matches!(verdict, Err(Unproven::TooFew { .. })));
    }

    #[test]
    fn no_certificate_is_made_for_a_table_that_tells() {
        let telling = "kommune,value\nA,≤3\nB,≤3\nC,0\nD,9\nTotal,12\n";
        assert_eq!(
            certify(&table(telling), &rules(), claim(), 100_000).unwrap(),
            None
        );
    }

    #[test]
    fn every_protected_table_has_a_certificate() {
        let cells: Vec<TrueCell> = [("A", 1), ("B", 3), ("C", 8), ("D", 9)]
            .map(|(name, value)| TrueCell {
                coords: vec![name.into()],
                value: Some(value),
            })
            .to_vec();
        let protected = protect(&cells, &rules(), &Policy::default()).unwrap();
        let certificate = protected.certificate().unwrap();
        let printed = PublishedTable::from_csv(&protected.to_csv(), protected.rules()).unwrap();
        assert!(verify(&printed, protected.rules(), &certificate).is_ok());
    }
}
