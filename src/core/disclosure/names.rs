//! Names in the interchange format that stand for nothing: a slip of the pen must not be a fact, or
//! a setting, that is passed over in silence.
use std::collections::{BTreeSet, HashSet};

use super::TrueCell;
use super::audit::AuditOptions;
use super::frame::{Frame, closed};
use super::input::InputError;
use super::policy::{Policy, Selection, selects};
use super::rules::{Coords, Rules};
use super::table::PublishedTable;

/// Whether all that the rules and the options name is there; an error says where the name stands.
pub fn check_audit_names(
    table: &PublishedTable,
    rules: &Rules,
    options: &AuditOptions,
) -> Result<(), InputError> {
    rules.check()?;
    let cells = table.cells().iter().map(|(coords, _)| coords);
    let named = Named::new(rules, cells)?;
    named.check_rules()?;
    if let Some(dim) = &options.insider_dim {
        named.check_dim("--insider-all", dim)?;
    }
    for cell in options.truth.iter().flatten() {
        named.check_cell("--truth", &cell.coords)?;
    }
    Ok(())
}

/// The same of rules and settings over the true cells, before anything is protected.
pub(super) fn check_protect_names(
    cells: &[TrueCell],
    rules: &Rules,
    policy: &Policy,
) -> Result<(), InputError> {
    let given: BTreeSet<Coords> = cells.iter().map(|cell| cell.coords.clone()).collect();
    let is_whole = |coords: &Coords| coords.len() == rules.dims.len();
    if !given.iter().all(is_whole) {
        // Protecting says which.
        return Ok(());
    }
    let all = closed(rules, given)?;
    let named = Named::new(rules, all.iter())?;
    named.check_rules()?;
    named.check_policy(policy)
}

/// Everything that can be spoken of.
struct Named<'r> {
    rules: &'r Rules,
    /// Of the table and its sums alone.
    frame: Frame,
    labels: Vec<HashSet<String>>,
}

impl<'r> Named<'r> {
    fn new<'c>(
        rules: &'r Rules,
        cells: impl Iterator<Item = &'c Coords>,
    ) -> Result<Self, InputError> {
        let sums_alone = Rules {
            linear: Vec::new(),
            classes: Vec::new(),
            ..rules.clone()
        };
        let frame = Frame::new(&sums_alone, cells)?;
        let mut labels: Vec<HashSet<String>> = vec![HashSet::new(); rules.dims.len()];
        for coords in &frame.cells {
            for (labels, label) in labels.iter_mut().zip(coords) {
                if !labels.contains(label) {
                    labels.insert(label.clone());
                }
            }
        }
        Ok(Self {
            rules,
            frame,
            labels,
        })
    }

    fn check_rules(&self) -> Result<(), InputError> {
        let used = self.frame.rules_used(self.rules);
        for (at, sum) in self.rules.additive.iter().enumerate() {
            let path = format!("additive[{at}]");
            self.check_selection(&format!("{path}.where"), &sum.only)?;
            if let Some(label) = sum.coef.keys().find(|label| !sum.children.contains(label)) {
                let message = format!("»{label}« er ikke blandt children");
                return Err(InputError::at(&format!("{path}.coef"), &message));
            }
            if !used[at] {
                let message = format!(
                    "ingen celle er med i summen: hverken »{}« eller delene findes",
                    sum.parent
                );
                return Err(InputError::at(&path, &message));
            }
        }
        for (at, fact) in self.rules.linear.iter().enumerate() {
            for (term, (coords, _)) in fact.terms.iter().enumerate() {
                self.check_cell(&format!("linear[{at}].terms[{term}]"), coords)?;
            }
        }
        for (at, class) in self.rules.classes.iter().enumerate() {
            for (entry, groups) in [("groups", &class.groups), ("minus", &class.minus)] {
                for (name, cells) in groups {
                    let path = format!("classes[{at}].{entry}.{name}");
                    self.check_cells(&path, cells)?;
                }
            }
        }
        Ok(())
    }

    fn check_policy(&self, policy: &Policy) -> Result<(), InputError> {
        self.check_cells("keep_visible", &policy.keep_visible)?;
        self.check_cells("keep_hidden", &policy.keep_hidden)?;
        for (at, known) in policy.already_known.iter().enumerate() {
            let path = format!("already_known[{at}]");
            self.check_cell(&path, &known.cell)?;
            if let Some(dim) = &policy.insider_dim {
                for insider in &known.insiders {
                    self.check_label(&format!("{path}.insiders"), dim, insider)?;
                }
            }
        }
        let selections = [
            ("keep_visible_where", &policy.keep_visible_where),
            ("exempt", &policy.exempt),
        ];
        for (entry, selections) in selections {
            for (at, selection) in selections.iter().enumerate() {
                self.check_selection(&format!("{entry}[{at}]"), selection)?;
            }
        }
        for (at, (selection, _)) in policy.cost_percent.iter().enumerate() {
            self.check_selection(&format!("cost_percent[{at}]"), selection)?;
        }
        for (at, banding) in policy.bands.iter().enumerate() {
            self.check_selection(&format!("bands[{at}].where"), &banding.only)?;
        }
        for (at, merge) in policy.merge.iter().enumerate() {
            let path = format!("merge[{at}]");
            // An earlier merger's row may be part of a later one.
            let made = |label: &String| policy.merge[..at].iter().any(|m| m.into == *label);
            for label in merge.labels.iter().filter(|label| !made(label)) {
                self.check_label(&path, &merge.dim, label)?;
            }
        }
        let classes = &self.rules.classes;
        let unknown = |name: &&String| !classes.iter().any(|class| class.name == **name);
        let mut names = policy.droppable.iter().flatten();
        match names.find(unknown) {
            None => Ok(()),
            Some(name) => Err(InputError::at(
                "droppable",
                &format!("sætningen »{name}« findes ikke i classes"),
            )),
        }
    }

    fn check_cells(&self, path: &str, cells: &[Coords]) -> Result<(), InputError> {
        let mut cells = cells.iter().enumerate();
        cells.try_for_each(|(at, coords)| self.check_cell(&format!("{path}[{at}]"), coords))
    }

    fn check_cell(&self, path: &str, coords: &Coords) -> Result<(), InputError> {
        if self.frame.var(coords).is_some() {
            return Ok(());
        }
        let message = format!(
            "cellen {} findes hverken i tabellen eller i nogen sum",
            coords.join(", ")
        );
        Err(InputError::at(path, &message))
    }

    /// Every dimension is there, and every label in it.
    fn check_selection(&self, path: &str, selection: &Selection) -> Result<(), InputError> {
        for (dim, labels) in selection {
            self.check_dim(path, dim)?;
            for label in labels {
                self.check_label(path, dim, label)?;
            }
        }
        let is_whole = |coords: &Coords| selects(selection, &self.rules.dims, coords);
        if self.frame.cells.iter().any(is_whole) {
            return Ok(());
        }
        Err(InputError::at(path, "ingen celle har de etiketter"))
    }

    fn check_dim(&self, path: &str, dim: &str) -> Result<(), InputError> {
        let found = self.rules.dim_index(dim);
        found
            .map(drop)
            .ok_or_else(|| InputError::at(path, &format!("dimensionen »{dim}« findes ikke i dims")))
    }

    fn check_label(&self, path: &str, dim: &str, label: &str) -> Result<(), InputError> {
        self.check_dim(path, dim)?;
        let labels = self.rules.dim_index(dim).and_then(|at| self.labels.get(at));
        if labels.is_some_and(|labels| labels.contains(label)) {
            return Ok(());
        }
        let message = format!("»{label}« findes ikke i dimensionen »{dim}«");
        Err(InputError::at(path, &message))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::disclosure::{protect_with_options, true_cells_from_csv};

    const ANSWERS: &str = "kommune,aar,value\nA,2017,2\nB,2017,3\nC,2017,2\nD,2017,12\n\
        A,2018,2\nB,2018,3\nC,2018,2\nD,2018,12\n";

    fn rules() -> Value {
        json!({
            "dims": ["kommune", "aar"],
            "symbols": {"≤3": [1, 3], "..": [0, null]},
            "additive": [{"dim": "kommune", "parent": "Total", "children": ["A", "B", "C", "D"]}],
            "linear": [{"terms": [[["A", "2017"], 1]], "op": ">=", "rhs": 1}],
            "classes": [{"name": "bånd", "groups": {"A": [["A", "2018"]]},
                "minus": {"A": [["A", "2017"]]}, "bins": [{"lo": 0, "hi": 0}]}],
            "protect": {
                "insider_dim": "kommune", "keep_visible": [["Total", "2017"]],
                "keep_hidden": [["D", "2017"]], "keep_visible_where": [{"kommune": ["Total"]}],
                "already_known": [{"cell": ["A", "2017"], "values": [1, 2], "insiders": ["B"]}],
                "exempt": [], "cost_percent": [[{"aar": ["2017"]}, 300]],
                "bands": [], "merge": [], "droppable": ["bånd"]
            }
        })
    }

    /// Where a name stands, the name that stands for nothing, and how the fault is located.
    fn slips() -> Vec<(&'static str, Value, &'static str)> {
        let everywhere = "/additive/0/where";
        vec![
            (everywhere, json!({"by": ["x"]}), "additive[0].where: dim"),
            (
                everywhere,
                json!({"aar": ["2071"]}),
                "additive[0].where: »2071«",
            ),
            ("/additive/0/coef", json!({"Q": 2}), "additive[0].coef: »Q«"),
            (
                "/additive/1",
                json!({"dim": "aar", "parent": "alle", "children": ["17", "18"]}),
                "additive[1]: ingen celle",
            ),
            (
                "/linear/0/terms/0/0/0",
                json!("Q"),
                "linear[0].terms[0]: cellen Q, 2017",
            ),
            (
                "/classes/0/groups/A/0/1",
                json!("2071"),
                "classes[0].groups.A[0]: cellen A, 2071",
            ),
            (
                "/classes/0/minus/A/0/0",
                json!("Q"),
                "classes[0].minus.A[0]: cellen Q, 2017",
            ),
            (
                "/classes/0/minus",
                json!({"Q": []}),
                "classes[0].minus.Q: gruppen",
            ),
            (
                "/protect/keep_visible/0/0",
                json!("I alt"),
                "keep_visible[0]: cellen I alt",
            ),
            (
                "/protect/keep_hidden/0/0",
                json!("Q"),
                "keep_hidden[0]: cellen Q",
            ),
            (
                "/protect/keep_visible_where/0",
                json!({"kommune": ["Q"]}),
                "keep_visible_where[0]: »Q«",
            ),
            (
                "/protect/already_known/0/cell/0",
                json!("Q"),
                "already_known[0]: cellen Q",
            ),
            (
                "/protect/already_known/0/insiders/0",
                json!("Q"),
                "already_known[0].insiders: »Q«",
            ),
            (
                "/protect/exempt/0",
                json!({"kommune": ["Q"]}),
                "exempt[0]: »Q«",
            ),
            (
                "/protect/exempt/0",
                json!({"by": ["A"]}),
                "exempt[0]: dimensionen »by«",
            ),
            (
                "/protect/cost_percent/0/0",
                json!({"aar": ["2071"]}),
                "cost_percent[0]: »2071«",
            ),
            (
                "/protect/bands/0",
                json!({"where": {"aar": ["2071"]}, "lower": [0, 1, 4, 10]}),
                "bands[0].where: »2071«",
            ),
            (
                "/protect/merge/0",
                json!({"dim": "kommune", "labels": ["A", "Q"], "into": "AQ"}),
                "merge[0]: »Q«",
            ),
            (
                "/protect/droppable/0",
                json!("baand"),
                "droppable: sætningen »baand«",
            ),
            ("/protect/insider_dim", json!("by"), "dimensionen »by«"),
        ]
    }

    /// Sets what a pointer names, whether or not it was there.
    fn set(rules: &mut Value, pointer: &str, value: Value) {
        let (parent, last) = pointer.rsplit_once('/').unwrap();
        match rules.pointer_mut(parent).unwrap() {
            Value::Array(items) if items.len() <= last.parse::<usize>().unwrap() => {
                items.push(value);
            }
            Value::Array(items) => items[last.parse::<usize>().unwrap()] = value,
            parent => parent[last] = value,
        }
    }

    fn fault(rules: &Value) -> Option<String> {
        let rules = match Rules::from_json(rules.to_string().as_bytes()) {
            Ok(rules) => rules,
            Err(error) => return Some(error.to_string()),
        };
        let cells = true_cells_from_csv(ANSWERS.as_bytes(), &rules).unwrap();
        let policy = rules.protect.clone().unwrap();
        let refused = protect_with_options(&cells, &rules, &policy).err()?;
        Some(refused.to_string())
    }

    #[test]
    fn no_name_that_stands_for_nothing_is_passed_over() {
        assert_eq!(fault(&rules()), None);
        for (pointer, value, expected) in slips() {
            let mut slipped = rules();
            set(&mut slipped, pointer, value);
            let told = fault(&slipped).unwrap_or_default();
            assert!(told.contains(expected), "{pointer}: {told}");
        }
    }

    #[test]
    fn the_audit_locates_them_too() {
        let told = |change: (&str, Value), options: &AuditOptions| {
            let mut json = rules();
            set(&mut json, change.0, change.1);
            let rules = Rules::from_json(json.to_string().as_bytes()).unwrap();
            let table = PublishedTable::from_csv(ANSWERS.as_bytes(), &rules).unwrap();
            let checked = check_audit_names(&table, &rules, options);
            checked.err().map(|error| error.to_string())
        };
        let none = AuditOptions::default();
        let same = || ("/value", json!("value"));
        assert_eq!(told(same(), &none), None);
        let of_format = |pointer: &str| !pointer.starts_with("/protect");
        for (pointer, value, expected) in slips().into_iter().filter(|slip| of_format(slip.0)) {
            if expected.contains("gruppen") || expected.ends_with("dim") {
                continue;
            }
            let found = told((pointer, value), &none).unwrap_or_default();
            assert!(found.contains(expected), "{pointer}: {found}");
        }
        let insiders = AuditOptions {
            insider_dim: Some("by".into()),
            truth: Some(Vec::new()),
            ..AuditOptions::default()
        };
        assert!(
            told(same(), &insiders)
                .unwrap()
                .starts_with("--insider-all")
        );
        let truth = AuditOptions {
            truth: Some(vec![TrueCell {
                coords: vec!["Q".into(), "2017".into()],
                value: Some(1),
            }]),
            ..AuditOptions::default()
        };
        assert!(
            told(same(), &truth)
                .unwrap()
                .starts_with("--truth: cellen Q")
        );
    }
}
