//! Rules between answers and answers that follow from others, declared in the schema as `x-rules`
//! and `x-computed`: other programs read past both keywords.
//!
//! Paths name answers from the object that bears the keyword: `visited/2017`, with `*` for every
//! member of an object or every item of a list. An answer counts as a number when it is one, or a
//! figure that holds one; a value state ("ikke opgjort") is no number, and a comparison with it
//! is not judged.
use std::cmp::Ordering;

use serde_json::{Number, Value};

use super::figure::value_of;
use super::layout::{Layout, Node};
use super::pointer::{escape, join, unescape};
use super::schema::At;
use super::{Finding, Language};

/// The keyword of rules, also in findings.
pub(crate) const RULES: &str = "x-rules";
pub(crate) const COMPUTED: &str = "x-computed";

/// One rule where it is declared.
#[derive(Clone)]
pub(crate) struct Rule<'s> {
    /// JSON Pointer into the schema.
    pub location: String,
    declared: &'s Value,
}

/// The rules declared at a place.
pub(crate) fn declared_at<'s>(at: &At<'s>) -> Vec<Rule<'s>> {
    at.each(RULES)
        .into_iter()
        .map(|(_, rule)| Rule {
            location: rule.location,
            declared: rule.schema,
        })
        .collect()
}

/// A rule that the answers break.
pub(crate) struct Broken {
    pub location: String,
    pub finding: Finding,
}

/// Every rule that `answers` break, in the order of the page.
pub(crate) fn broken(layout: &Layout<'_>, answers: &Value, language: Language) -> Vec<Broken> {
    let mut found = Vec::new();
    layout.root.walk(&mut |node| {
        if node.rules.is_empty() {
            return;
        }
        let Some(object) = answers.pointer(&node.pointer) else {
            return;
        };
        for rule in &node.rules {
            if rule.is_broken_by(object) {
                found.push(Broken {
                    location: rule.location.clone(),
                    finding: rule.finding(node, language),
                });
            }
        }
    });
    found
}

impl Rule<'_> {
    fn is_broken_by(&self, object: &Value) -> bool {
        let holds = |keyword: &str| {
            let comparison = self.declared.get(keyword)?;
            Comparison::read(comparison).ok()?.holds(object)
        };
        let applies = self.declared.get("if").is_none() || holds("if") == Some(true);
        applies && holds("compare") == Some(false)
    }

    fn finding(&self, node: &Node<'_>, language: Language) -> Finding {
        let at = self
            .declared
            .get("at")
            .and_then(Value::as_str)
            .map(str::to_owned)
            .or_else(|| self.first_path())
            .unwrap_or_default();
        let place = at
            .split('/')
            .filter(|token| !token.is_empty())
            .take_while(|token| *token != "*")
            .fold(node.pointer.clone(), |place, token| {
                join(&place, &unescape(token))
            });
        Finding {
            pointer: place,
            keyword: RULES.to_owned(),
            message: self.message(language),
        }
    }

    fn first_path(&self) -> Option<String> {
        let comparison = Comparison::read(self.declared.get("compare")?).ok()?;
        [comparison.left, comparison.right]
            .iter()
            .flat_map(Amount::paths)
            .next()
            .map(str::to_owned)
    }

    fn message(&self, language: Language) -> String {
        let said = self.declared.get("message");
        let (first, second, otherwise) = match language {
            Language::Da => ("da", "en", "Tallene passer ikke sammen. Ret et af dem."),
            Language::En => (
                "en",
                "da",
                "These figures don't agree. Correct one of them.",
            ),
        };
        said.and_then(Value::as_str)
            .or_else(|| {
                let of = |language: &str| said?.get(language)?.as_str();
                of(first).or_else(|| of(second))
            })
            .unwrap_or(otherwise)
            .to_owned()
    }

    /// What keeps the rule from being judged: place below the rule, and why.
    pub fn faults(&self) -> Vec<(String, String)> {
        let mut faults = Vec::new();
        match self.declared.get("compare") {
            None => faults.push((String::new(), "Reglen har ingen »compare«.".to_owned())),
            Some(comparison) => {
                faults.extend(
                    Comparison::read(comparison)
                        .err()
                        .map(|why| ("/compare".to_owned(), why)),
                );
            }
        }
        if let Some(condition) = self.declared.get("if") {
            faults.extend(
                Comparison::read(condition)
                    .err()
                    .map(|why| ("/if".to_owned(), why)),
            );
        }
        let da = self.declared.get("message");
        if !da.is_some_and(|m| m.is_string() || m.get("da").is_some_and(Value::is_string)) {
            let why = "Reglen har ingen »message« på dansk til den, der svarer.";
            faults.push((String::new(), why.to_owned()));
        }
        faults
    }

    /// Paths that the rule names.
    pub fn paths(&self) -> Vec<String> {
        ["if", "compare"]
            .iter()
            .filter_map(|keyword| Comparison::read(self.declared.get(*keyword)?).ok())
            .flat_map(|comparison| [comparison.left, comparison.right])
            .flat_map(|amount| amount.paths().map(str::to_owned).collect::<Vec<_>>())
            .chain(
                self.declared
                    .get("at")
                    .and_then(Value::as_str)
                    .map(str::to_owned),
            )
            .collect()
    }
}

/// `["transferred", "<=", "type2"]`.
struct Comparison<'s> {
    left: Amount<'s>,
    operator: &'s str,
    right: Amount<'s>,
}

const OPERATORS: [&str; 5] = ["<=", "<", ">=", ">", "="];

impl<'s> Comparison<'s> {
    fn read(declared: &'s Value) -> Result<Comparison<'s>, String> {
        let [left, Value::String(operator), right] =
            declared.as_array().map(Vec::as_slice).unwrap_or_default()
        else {
            return Err("En sammenligning er en liste: [beløb, \"<=\", beløb].".to_owned());
        };
        if !OPERATORS.contains(&operator.as_str()) {
            return Err(format!(
                "Kender ikke »{operator}«. Brug en af {}.",
                OPERATORS.join(", ")
            ));
        }
        Ok(Comparison {
            left: Amount::read(left)?,
            operator,
            right: Amount::read(right)?,
        })
    }

    /// `None` where a figure is missing or has no number.
    fn holds(&self, object: &Value) -> Option<bool> {
        let (left, right) = (self.left.whole(object)?, self.right.whole(object)?);
        // Sums of decimals are no closer than this.
        let order = if (left - right).abs() < 1e-9 {
            Ordering::Equal
        } else {
            left.partial_cmp(&right)?
        };
        Some(match self.operator {
            "<=" => order != Ordering::Greater,
            "<" => order == Ordering::Less,
            ">=" => order != Ordering::Less,
            ">" => order == Ordering::Greater,
            _ => order == Ordering::Equal,
        })
    }
}

/// A number, an answer's number, or one worked out of several.
enum Amount<'s> {
    Constant(f64),
    Of(&'s str),
    Sum(Vec<&'s str>),
    Difference(&'s str, &'s str),
    /// The first as a percentage of the second, with one decimal.
    Percent(&'s str, &'s str),
}

impl<'s> Amount<'s> {
    fn read(declared: &'s Value) -> Result<Amount<'s>, String> {
        const WANTED: &str = "Et beløb er et tal, et felt, {\"sum\": [felter]}, {\"difference\": [felt, felt]} eller {\"percent\": [felt, felt]}.";
        let wrong = || WANTED.to_owned();
        match declared {
            Value::Number(n) => n.as_f64().map(Amount::Constant).ok_or_else(wrong),
            Value::String(path) => Ok(Amount::Of(path)),
            Value::Object(members) if members.len() == 1 => {
                let (name, listed) = members.iter().next().ok_or_else(wrong)?;
                let paths: Vec<&str> = listed
                    .as_array()
                    .ok_or_else(wrong)?
                    .iter()
                    .filter_map(Value::as_str)
                    .collect();
                match (name.as_str(), paths.as_slice()) {
                    ("sum", [_, ..]) => Ok(Amount::Sum(paths)),
                    ("difference", [a, b]) => Ok(Amount::Difference(a, b)),
                    ("percent", [a, b]) => Ok(Amount::Percent(a, b)),
                    _ => Err(wrong()),
                }
            }
            _ => Err(wrong()),
        }
    }

    fn paths(&self) -> impl Iterator<Item = &'s str> + use<'s> {
        match self {
            Amount::Constant(_) => Vec::new(),
            Amount::Of(path) => vec![*path],
            Amount::Sum(paths) => paths.clone(),
            Amount::Difference(a, b) | Amount::Percent(a, b) => vec![*a, *b],
        }
        .into_iter()
    }

    /// `None` unless every part of it is a number.
    fn whole(&self, object: &Value) -> Option<f64> {
        match self {
            Amount::Sum(paths) => {
                let parts = paths.iter().flat_map(|path| at_path(object, path));
                let parts: Option<Vec<f64>> = parts.map(value_of).collect();
                let parts = parts?;
                (!parts.is_empty()).then(|| parts.iter().sum())
            }
            other => other.worked_out(object),
        }
    }

    /// The same, but a sum adds what numbers there are.
    fn worked_out(&self, object: &Value) -> Option<f64> {
        let one = |path: &str| match at_path(object, path).as_slice() {
            [value] => value_of(value),
            _ => None,
        };
        match self {
            Amount::Constant(n) => Some(*n),
            Amount::Of(path) => one(path),
            Amount::Sum(paths) => {
                let parts: Vec<f64> = paths
                    .iter()
                    .flat_map(|path| at_path(object, path))
                    .filter_map(value_of)
                    .collect();
                (!parts.is_empty()).then(|| parts.iter().sum())
            }
            Amount::Difference(a, b) => Some(one(a)? - one(b)?),
            Amount::Percent(a, b) => {
                let whole = one(b)?;
                (whole != 0.0).then_some(())?;
                Some((one(a)? / whole * 1000.0).round() / 10.0)
            }
        }
    }
}

/// The answers at a path; what is named but absent is `null`.
fn at_path<'v>(object: &'v Value, path: &str) -> Vec<&'v Value> {
    let mut here = vec![object];
    for token in path.split('/').map(unescape) {
        here = here
            .into_iter()
            .flat_map(|value| match (token.as_str(), value) {
                ("*", Value::Object(members)) => members.values().collect(),
                ("*", Value::Array(items)) => items.iter().collect(),
                ("*", _) => Vec::new(),
                (_, Value::Array(items)) => {
                    let index = token.parse::<usize>().ok();
                    vec![index.and_then(|i| items.get(i)).unwrap_or(&Value::Null)]
                }
                (name, other) => vec![other.get(name).unwrap_or(&Value::Null)],
            })
            .collect();
    }
    here
}

/// The answer that `x-computed` works out of its neighbours; `None` while the numbers are missing.
pub(crate) fn computed(declared: &Value, neighbours: &Value) -> Option<Value> {
    exact(Amount::read(declared).ok()?.worked_out(neighbours)?).map(Value::Number)
}

/// A number without the dust that sums of decimals gather.
pub(crate) fn exact(n: f64) -> Option<Number> {
    let n = (n * 1e6).round() / 1e6;
    if n.fract() == 0.0 && n.abs() < 9e15 {
        Some(Number::from(n as i64))
    } else {
        Number::from_f64(n)
    }
}

/// What is wrong with an `x-computed`.
pub(crate) fn computed_fault(declared: &Value) -> Option<String> {
    Amount::read(declared).err()
}

/// The paths that an `x-computed` is worked out of.
pub(crate) fn computed_paths(declared: &Value) -> Vec<String> {
    let amount = Amount::read(declared).ok();
    let paths = amount.iter().flat_map(Amount::paths);
    paths.map(str::to_owned).collect()
}

/// For a sum, the names of the controls that it adds, `*` for any token: a page with script follows them.
pub(crate) fn summed_controls(declared: &Value, parent: &str) -> Option<String> {
    let Ok(Amount::Sum(paths)) = Amount::read(declared) else {
        return None;
    };
    let names = paths.iter().map(|path| {
        path.split('/').fold(format!("f{parent}"), |name, token| {
            if token == "*" {
                format!("{name}/*")
            } else {
                format!("{name}/{}", escape(&unescape(token)))
            }
        })
    });
    Some(names.collect::<Vec<_>>().join("\n"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn holds(comparison: Value, answers: Value) -> Option<bool> {
        Comparison::read(&comparison).unwrap().holds(&answers)
    }

    #[test]
    fn figures_are_compared_by_their_numbers() {
        let part = json!(["part", "<=", "whole"]);
        assert_eq!(
            holds(
                part.clone(),
                json!({"part": 2, "whole": {"value": 2, "qualifier": "estimate"}})
            ),
            Some(true)
        );
        assert_eq!(
            holds(part.clone(), json!({"part": 3, "whole": 2})),
            Some(false)
        );
        assert_eq!(
            holds(
                part.clone(),
                json!({"part": 3, "whole": {"state": "not_stated"}})
            ),
            None
        );
        assert_eq!(holds(part, json!({"part": 3})), None);
    }

    #[test]
    fn a_sum_is_judged_only_when_all_of_it_is_known() {
        let total = json!([{"sum": ["years/*"]}, "=", "total"]);
        assert_eq!(
            holds(
                total.clone(),
                json!({"years": {"a": 0.1, "b": 0.2}, "total": 0.3})
            ),
            Some(true)
        );
        assert_eq!(
            holds(
                total.clone(),
                json!({"years": {"a": 1, "b": {"state": "not_stated"}}, "total": 9})
            ),
            None
        );
        assert_eq!(holds(total, json!({"total": 9})), None);
    }

    #[test]
    fn what_is_worked_out_has_no_dust_and_no_division_by_nought() {
        let sum = json!({"sum": ["a", "b", "c"]});
        assert_eq!(
            computed(&sum, &json!({"a": 0.1, "b": 0.2})),
            Some(json!(0.3))
        );
        assert_eq!(computed(&sum, &json!({})), None);
        let share = json!({"percent": ["a", "b"]});
        assert_eq!(
            computed(&share, &json!({"a": 1, "b": 3})),
            Some(json!(33.3))
        );
        assert_eq!(computed(&share, &json!({"a": 1, "b": 0})), None);
    }

    #[test]
    fn what_can_not_be_judged_is_said() {
        assert!(Comparison::read(&json!(["a", "~", "b"])).is_err());
        assert!(Comparison::read(&json!(["a", "<="])).is_err());
        assert!(computed_fault(&json!({"mean": ["a"]})).is_some());
    }
}
