//! Reads one figure of an answer: a count with its qualifier, or the reason that there is none.
use serde_json::Value;

/// A figure as a table needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Figure {
    Count { value: u64, qualifier: Qualifier },
    Missing(Absence),
}

/// How a count was found, as the respondent says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Qualifier {
    Exact,
    Estimate,
    Register,
    Confirmed,
    /// The register had another number.
    Corrected,
    Counted,
}

impl Qualifier {
    fn read(word: &str) -> Option<Self> {
        match word {
            "exact" => Some(Self::Exact),
            "estimate" => Some(Self::Estimate),
            "register" => Some(Self::Register),
            "confirmed" => Some(Self::Confirmed),
            "corrected" => Some(Self::Corrected),
            "counted" => Some(Self::Counted),
            _ => None,
        }
    }

    pub fn danish(self) -> &'static str {
        match self {
            Self::Exact => "opgjort",
            Self::Estimate => "skøn",
            Self::Register => "registertal",
            Self::Confirmed => "bekræftet registertal",
            Self::Corrected => "rettet registertal",
            Self::Counted => "optalt manuelt",
        }
    }
}

/// Why a cell is printed as `–`; these are never merged with each other or with zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Absence {
    /// The respondent has not answered at all.
    NoAnswer,
    Blank,
    NotStated,
    NotBrokenDown,
    NotApplicable,
    /// What stands there is no count, for instance a negative number.
    NotACount,
}

impl Absence {
    pub fn danish(self) -> &'static str {
        match self {
            Self::NoAnswer => "ikke besvaret",
            Self::Blank => "ikke udfyldt",
            Self::NotStated => "oplyses ikke",
            Self::NotBrokenDown => "ikke opgjort",
            Self::NotApplicable => "ikke relevant (–)",
            Self::NotACount => "ikke et antal",
        }
    }
}

impl Figure {
    pub(super) fn zero() -> Self {
        Self::Count {
            value: 0,
            qualifier: Qualifier::Exact,
        }
    }

    /// Reads the three shapes that a figure has in an answer; absent is blank.
    pub fn read(answer: Option<&Value>) -> Self {
        match answer {
            None | Some(Value::Null) => Self::Missing(Absence::Blank),
            Some(Value::Object(figure)) => match figure.get("state").and_then(Value::as_str) {
                Some(state) => Self::Missing(absence(state)),
                None => {
                    let qualifier = figure.get("qualifier").and_then(Value::as_str);
                    let qualifier = qualifier.map_or(Some(Qualifier::Exact), Qualifier::read);
                    count(figure.get("value"), qualifier)
                }
            },
            bare => count(bare, Some(Qualifier::Exact)),
        }
    }
}

fn absence(state: &str) -> Absence {
    match state {
        "not_stated" => Absence::NotStated,
        "not_broken_down" => Absence::NotBrokenDown,
        "not_applicable" => Absence::NotApplicable,
        _ => Absence::NotACount,
    }
}

fn count(value: Option<&Value>, qualifier: Option<Qualifier>) -> Figure {
    match (value.and_then(whole), qualifier) {
        (Some(value), Some(qualifier)) => Figure::Count { value, qualifier },
        _ => Figure::Missing(Absence::NotACount),
    }
}

/// JSON has one kind of number, so `3.0` is the count 3; beyond a million million nothing counts people.
fn whole(value: &Value) -> Option<u64> {
    const MOST: f64 = 1e12;
    let number = value.as_f64()?;
    if !(0.0..=MOST).contains(&number) || number.fract() != 0.0 {
        return None;
    }
    Some(number as u64)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn value_states_are_kept_apart() {
        let read = |answer: Value| Figure::read(Some(&answer));
        assert_eq!(read(json!(0)), Figure::zero());
        assert_eq!(read(json!(3.0)), read(json!(3)));
        assert_eq!(Figure::read(None), Figure::Missing(Absence::Blank));
        assert_eq!(
            read(json!({"state": "not_stated"})),
            Figure::Missing(Absence::NotStated)
        );
        assert_eq!(
            read(json!({"state": "not_broken_down", "comment": "x"})),
            Figure::Missing(Absence::NotBrokenDown)
        );
        assert_eq!(
            read(json!({"value": 25, "qualifier": "estimate"})),
            Figure::Count {
                value: 25,
                qualifier: Qualifier::Estimate
            }
        );
    }

    #[test]
    fn what_is_no_count_is_never_taken_for_one() {
        for odd in [
            json!(-1),
            json!(2.5),
            json!("3"),
            json!([3]),
            json!(1e300),
            json!({}),
            json!({"value": 3, "qualifier": "guess"}),
            json!({"state": "unknown"}),
        ] {
            assert_eq!(
                Figure::read(Some(&odd)),
                Figure::Missing(Absence::NotACount),
                "{odd}"
            );
        }
    }
}
