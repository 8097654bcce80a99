//! What earlier releases have given away already: the guarantee is relative to it.
//!
//! A number that is out can't be called back. A later release must not narrow it further, and need
//! not keep possible what no reader takes for possible any more.
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::TrueCell;
use super::audit::{AuditOptions, Status, audit};
use super::frame::Frame;
use super::policy::Policy;
use super::problem::Var;
use super::rules::{Coords, Rules, Symbol};
use super::safe::Shown;
use super::table::PublishedTable;

/// A cell that is no longer hidden as its mark says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlreadyKnown {
    pub cell: Coords,
    /// The values that are still possible, ascending.
    pub values: Vec<u64>,
    /// Respondents who can work it out with their own numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub insiders: Vec<String>,
}

impl AlreadyKnown {
    pub(super) fn is_exact(&self) -> bool {
        self.values.len() < 2
    }
}

/// The cells that a policy calls known already, by variable.
pub(super) fn by_var<'p>(frame: &Frame, policy: &'p Policy) -> BTreeMap<Var, &'p AlreadyKnown> {
    let known = policy.already_known.iter();
    known
        .filter_map(|known| Some((frame.var(&known.cell)?, known)))
        .collect()
}

/// What a reader of earlier releases alone knows of the cells that they hid.
///
/// `printed` are those cells with their marks, `rules` all that the releases say of them, `truth`
/// every cell that the rules name. Where it can't be decided, nothing counts as known.
pub fn already_known(
    printed: &[(Coords, Shown)],
    rules: &Rules,
    truth: &[TrueCell],
    insider_dim: Option<&str>,
    threshold: u64,
) -> Vec<AlreadyKnown> {
    let mut rules = rules.clone();
    let mut cells: BTreeMap<&Coords, Shown> = BTreeMap::new();
    for (coords, shown) in printed.iter().filter(|(_, shown)| shown.is_hidden()) {
        cells.entry(coords).or_insert(*shown);
    }
    for shown in cells.values() {
        let symbol = match shown {
            Shown::Withheld => Symbol::between(i64::try_from(threshold + 1).unwrap_or(1), None),
            shown => shown.symbol(),
        };
        rules.symbols.insert(shown.to_string(), symbol);
    }
    let cells: Vec<(Coords, Shown)> = cells
        .into_iter()
        .map(|(coords, shown)| (coords.clone(), shown))
        .collect();
    let options = AuditOptions {
        truth: insider_dim.map(|_| truth.to_vec()),
        insider_dim: insider_dim.map(str::to_owned),
        steps_per_question: None,
    };
    let verdict = match audit(&PublishedTable::of_shown(&cells), &rules, &options) {
        Ok(verdict) if verdict.contradiction.is_none() && !verdict.is_undecided => verdict,
        _ => return Vec::new(),
    };
    let narrowed = verdict.cells.into_iter().filter(|cell| {
        cell.status != Status::Undecided
            && (cell.status != Status::Full || !cell.exact_to.is_empty())
    });
    narrowed
        .filter_map(|cell| {
            let values = cell.feasible_set?;
            let values = values.into_iter().map(u64::try_from);
            Some(AlreadyKnown {
                cell: cell.coords,
                values: values.collect::<Result<_, _>>().ok()?,
                insiders: cell.exact_to,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disclosure::{Policy, protect, verify};

    fn column() -> (Vec<TrueCell>, Rules) {
        let cells = [("A", 1), ("B", 1), ("C", 2), ("D", 9), ("E", 12)];
        let json = serde_json::json!({
            "dims": ["kommune"],
            "additive": [{"dim": "kommune", "parent": "Total", "children": ["A", "B", "C", "D", "E"]}],
        });
        let cells = cells.map(|(name, value)| TrueCell {
            coords: vec![name.into()],
            value: Some(value),
        });
        let rules = Rules::from_json(json.to_string().as_bytes()).unwrap();
        (cells.to_vec(), rules)
    }

    fn policy(values: &[u64]) -> Policy {
        let known = ["A", "B", "C"].map(|name| AlreadyKnown {
            cell: vec![name.into()],
            values: values.to_vec(),
            insiders: Vec::new(),
        });
        Policy {
            already_known: known.to_vec(),
            keep_visible: ["D", "E", "Total"]
                .map(|name| vec![name.to_owned()])
                .to_vec(),
            ..Policy::default()
        }
    }

    /// 25 − 9 − 12 = 4 for three: each is 1 or 2, which last year's print told already.
    #[test]
    fn what_is_out_already_does_not_stop_a_later_release() {
        let (cells, rules) = column();
        let mut strict = policy(&[1, 2]);
        strict.already_known.clear();
        assert!(protect(&cells, &rules, &strict).is_err());
        let protected = protect(&cells, &rules, &policy(&[1, 2])).unwrap();
        let certificate = protected.certificate().unwrap();
        assert_eq!(certificate.claim.given_away.len(), 3);
        let printed = PublishedTable::from_csv(&protected.to_csv(), protected.rules()).unwrap();
        let proof = verify(&printed, protected.rules(), &certificate).unwrap();
        assert_eq!(proof.given_away, 3);
    }

    #[test]
    fn but_nothing_may_be_narrowed_further() {
        let (mut cells, mut rules) = column();
        cells[2].value = Some(1);
        cells[3].value = Some(10);
        // 3 for three: each is 1, where 1 and 2 were possible before.
        assert!(protect(&cells, &rules, &policy(&[1, 2])).is_err());
        rules.linear.clear();
        assert!(
            protect(&cells, &rules, &policy(&[1])).is_ok(),
            "known exactly before"
        );
    }

    #[test]
    fn the_reader_of_last_years_print_is_asked() {
        let (cells, rules) = column();
        let sum = serde_json::json!({
            "dims": ["kommune"],
            "linear": [{"terms": [[["A"], 1], [["B"], 1], [["C"], 1]], "op": "=", "rhs": 4}],
        });
        let told = Rules::from_json(sum.to_string().as_bytes()).unwrap();
        let small = Shown::AtMost(3);
        let printed = ["A", "B", "C"].map(|name| (vec![name.to_owned()], small));
        let known = already_known(&printed, &told, &cells, Some("kommune"), 3);
        let values: Vec<_> = known.iter().map(|known| known.values.as_slice()).collect();
        assert_eq!(values, [[1, 2], [1, 2], [1, 2]]);
        assert_eq!(
            known[0].insiders,
            ["C"],
            "who has 2 knows that the others have 1 each"
        );
        let policy = Policy {
            already_known: known,
            insider_dim: Some("kommune".into()),
            keep_visible: ["D", "E", "Total"]
                .map(|name| vec![name.to_owned()])
                .to_vec(),
            ..Policy::default()
        };
        assert!(protect(&cells, &rules, &policy).is_ok());
    }
}
