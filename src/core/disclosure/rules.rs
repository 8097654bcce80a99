//! The facts that are published beside the cells: `RULES.json`, a promised interchange format.
use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::input::InputError;
use super::policy::Policy;

/// One label per dimension, in the order of [`Rules::dims`].
pub type Coords = Vec<String>;

/// No published number or coefficient may be larger, so that sums of millions can't overflow.
pub(super) const LARGEST_VALUE: i64 = 4_000_000_000_000_000_000;
const LARGEST_COEFFICIENT: i64 = 1 << 40;

/// Everything that a reader knows besides the cells.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    pub dims: Vec<String>,
    /// The name of the column of counts.
    #[serde(default = "value_column")]
    pub value: String,
    /// What each mark stands for.
    #[serde(default)]
    pub symbols: BTreeMap<String, Symbol>,
    #[serde(default)]
    pub additive: Vec<Additive>,
    #[serde(default)]
    pub linear: Vec<Linear>,
    #[serde(default)]
    pub classes: Vec<Classes>,
    /// Settings for `protect`; no fact, and never published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protect: Option<Policy>,
}

/// The values that a mark can stand for; written `[lo, hi]`, `[lo, null]` or `[lo, hi, [..]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Symbol {
    pub lo: i64,
    /// `None` is unbounded.
    pub hi: Option<i64>,
    /// The only values possible, for marks with a hole.
    pub allowed: Option<Vec<i64>>,
}

/// A parent is the sum of its children for every combination of the other dimensions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Additive {
    pub dim: String,
    pub parent: String,
    pub children: Vec<String>,
    /// Only where the other dimensions have one of these labels.
    #[serde(default, rename = "where", skip_serializing_if = "BTreeMap::is_empty")]
    pub only: BTreeMap<String, Vec<String>>,
    /// Factors other than 1.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub coef: BTreeMap<String, i64>,
}

/// A published linear fact over cells: a rate, a share, a comparison.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Linear {
    #[serde(default)]
    pub name: String,
    pub terms: Vec<(Coords, i64)>,
    pub op: Op,
    pub rhs: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Op {
    #[serde(rename = ">=", alias = "≥")]
    AtLeast,
    #[serde(rename = "<=", alias = "≤")]
    AtMost,
    #[serde(rename = "=", alias = "==")]
    Equal,
}

/// A sentence that counts the groups whose sum lies in each bin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Classes {
    pub name: String,
    pub groups: BTreeMap<String, Vec<Coords>>,
    /// Cells that are taken away from the sum of the group of that name, so that a sentence can
    /// count changes: "steget i 12 kommuner" counts the groups whose difference is 1 or more.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub minus: BTreeMap<String, Vec<Coords>>,
    pub bins: Vec<Bin>,
    /// Sums that must occur, as printed minima and maxima do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attained: Vec<i64>,
    /// Every group lies in one of the bins.
    #[serde(default)]
    pub exhaustive: bool,
}

/// One class of a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bin {
    /// [`Bin::NO_LEAST`], written `null`, is "or less".
    #[serde(with = "least")]
    pub lo: i64,
    /// `None` is "or more".
    #[serde(default)]
    pub hi: Option<i64>,
    /// `protect` counts it itself when it is left out; the audit then learns nothing from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
}

impl Bin {
    /// No published number is less.
    pub const NO_LEAST: i64 = -LARGEST_VALUE;

    /// Whether a sum lies in the class.
    pub(super) fn holds(&self, sum: i128) -> bool {
        (self.lo == Self::NO_LEAST || sum >= i128::from(self.lo))
            && self.hi.is_none_or(|hi| sum <= i128::from(hi))
    }
}

/// A class without a least sum is written `"lo": null`.
mod least {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::Bin;

    pub(super) fn serialize<S: Serializer>(lo: &i64, serializer: S) -> Result<S::Ok, S::Error> {
        (*lo != Bin::NO_LEAST).then_some(*lo).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
        Ok(Option::deserialize(from)?.unwrap_or(Bin::NO_LEAST))
    }
}

impl Classes {
    /// The cells of each group with their signs, in the order of the groups' names.
    pub(super) fn signed(&self) -> impl Iterator<Item = Vec<(&Coords, i128)>> {
        self.groups.iter().map(|(name, cells)| {
            let less = self.minus.get(name).into_iter().flatten();
            let less = less.map(|coords| (coords, -1));
            cells.iter().map(|coords| (coords, 1)).chain(less).collect()
        })
    }

    /// Every cell that the sentence speaks of.
    pub fn cells(&self) -> impl Iterator<Item = &Coords> {
        self.groups.values().chain(self.minus.values()).flatten()
    }
}

impl Rules {
    /// Reads `RULES.json`; an error names line and column, or the path of the faulty entry.
    pub fn from_json(bytes: &[u8]) -> Result<Self, InputError> {
        let text = std::str::from_utf8(bytes).map_err(|error| InputError {
            line: line_of(bytes, error.valid_up_to()),
            column: None,
            message: "filen er ikke gyldig UTF-8".into(),
        })?;
        let rules: Self =
            serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(|error| {
                InputError {
                    line: Some(error.line() as u64),
                    column: Some(error.column().to_string()),
                    message: format!("reglerne kan ikke læses: {error}"),
                }
            })?;
        rules.check()?;
        Ok(rules)
    }

    /// With an explanation of the marks that a protected table uses, where there is none.
    pub(super) fn with_marks_from(&self, low: u64, threshold: u64) -> Self {
        let low = i64::try_from(low).unwrap_or(0);
        let marks = [
            (
                format!("≤{threshold}"),
                Symbol::between(low, i64::try_from(threshold).ok()),
            ),
            ("..".to_owned(), Symbol::between(0, None)),
            ("–".to_owned(), Symbol::between(0, Some(0))),
        ];
        let mut rules = self.clone();
        for (mark, symbol) in marks {
            rules.symbols.entry(mark).or_insert(symbol);
        }
        rules
    }

    /// What is wrong in itself, before any table is seen.
    pub fn check(&self) -> Result<(), InputError> {
        if self.dims.is_empty() {
            return Err(InputError::at("dims", "mindst én dimension skal nævnes"));
        }
        let mut seen = std::collections::BTreeSet::new();
        if let Some(twice) = self.dims.iter().find(|dim| !seen.insert(*dim)) {
            return Err(InputError::at(
                "dims",
                &format!("»{twice}« nævnes to gange"),
            ));
        }
        if self.dims.contains(&self.value) {
            return Err(InputError::at(
                "value",
                "værdikolonnen er også en dimension",
            ));
        }
        for (mark, symbol) in &self.symbols {
            symbol.check(&format!("symbols.{mark}"))?;
        }
        for (at, sum) in self.additive.iter().enumerate() {
            self.check_additive(sum, &format!("additive[{at}]"))?;
        }
        for (at, fact) in self.linear.iter().enumerate() {
            self.check_linear(fact, &format!("linear[{at}]"))?;
        }
        for (at, class) in self.classes.iter().enumerate() {
            self.check_classes(class, &format!("classes[{at}]"))?;
        }
        Ok(())
    }

    /// A linear fact's name and place, for people.
    pub(super) fn name_of_linear(&self, rule: usize) -> String {
        match self.linear.get(rule).map_or("", |fact| fact.name.trim()) {
            "" => format!("linear[{rule}]"),
            name => format!("»{name}« (linear[{rule}])"),
        }
    }

    pub(super) fn dim_index(&self, dim: &str) -> Option<usize> {
        self.dims.iter().position(|name| name == dim)
    }

    fn check_additive(&self, sum: &Additive, path: &str) -> Result<(), InputError> {
        if self.dim_index(&sum.dim).is_none() {
            return Err(unknown_dim(path, &sum.dim));
        }
        if let Some(dim) = sum.only.keys().find(|dim| self.dim_index(dim).is_none()) {
            return Err(unknown_dim(&format!("{path}.where"), dim));
        }
        let mut seen = std::collections::BTreeSet::new();
        for child in &sum.children {
            if *child == sum.parent {
                return Err(InputError::at(
                    path,
                    &format!("»{child}« er del af sig selv"),
                ));
            }
            if !seen.insert(child) {
                return Err(InputError::at(path, &format!("»{child}« nævnes to gange")));
            }
        }
        for (child, factor) in &sum.coef {
            check_size(
                &format!("{path}.coef.{child}"),
                *factor,
                LARGEST_COEFFICIENT,
            )?;
        }
        Ok(())
    }

    fn check_linear(&self, fact: &Linear, path: &str) -> Result<(), InputError> {
        for (at, (coords, factor)) in fact.terms.iter().enumerate() {
            let path = format!("{path}.terms[{at}]");
            self.check_coords(coords, &path)?;
            check_size(&path, *factor, LARGEST_COEFFICIENT)?;
        }
        check_size(&format!("{path}.rhs"), fact.rhs, LARGEST_VALUE)
    }

    fn check_classes(&self, class: &Classes, path: &str) -> Result<(), InputError> {
        for (name, cells) in &class.groups {
            for coords in cells {
                self.check_coords(coords, &format!("{path}.groups.{name}"))?;
            }
        }
        for (name, cells) in &class.minus {
            let path = format!("{path}.minus.{name}");
            if !class.groups.contains_key(name) {
                return Err(InputError::at(&path, "gruppen findes ikke i groups"));
            }
            for coords in cells {
                self.check_coords(coords, &path)?;
            }
        }
        let mut bins: Vec<&Bin> = class.bins.iter().collect();
        bins.sort_by_key(|bin| bin.lo);
        let mut free_from = i64::MIN;
        for bin in bins {
            let path = format!("{path}.bins");
            check_size(&path, bin.lo, LARGEST_VALUE)?;
            check_size(&path, bin.hi.unwrap_or(0), LARGEST_VALUE)?;
            if bin.hi.is_some_and(|hi| hi < bin.lo) {
                return Err(InputError::at(&path, "en klasse slutter, før den begynder"));
            }
            if bin.lo < free_from {
                return Err(InputError::at(&path, "klasserne overlapper hinanden"));
            }
            free_from = bin.hi.map_or(i64::MAX, |hi| hi + 1);
        }
        for value in &class.attained {
            check_size(&format!("{path}.attained"), *value, LARGEST_VALUE)?;
        }
        Ok(())
    }

    fn check_coords(&self, coords: &Coords, path: &str) -> Result<(), InputError> {
        if coords.len() == self.dims.len() {
            return Ok(());
        }
        let message = format!(
            "cellen {coords:?} har {} etiketter, men der er {} dimensioner",
            coords.len(),
            self.dims.len()
        );
        Err(InputError::at(path, &message))
    }
}

impl Symbol {
    /// A mark for the values from `lo` to `hi`.
    pub fn between(lo: i64, hi: Option<i64>) -> Self {
        Self {
            lo,
            hi,
            allowed: None,
        }
    }

    fn check(&self, path: &str) -> Result<(), InputError> {
        check_size(path, self.lo, LARGEST_VALUE)?;
        check_size(path, self.hi.unwrap_or(0), LARGEST_VALUE)?;
        if self.hi.is_some_and(|hi| hi < self.lo) {
            return Err(InputError::at(
                path,
                "den største værdi er mindre end den mindste",
            ));
        }
        match &self.allowed {
            Some(values) if !values.iter().any(|value| self.admits(*value)) => Err(InputError::at(
                path,
                "ingen tilladt værdi ligger inden for grænserne",
            )),
            _ => Ok(()),
        }
    }

    fn admits(&self, value: i64) -> bool {
        value >= self.lo && self.hi.is_none_or(|hi| value <= hi)
    }

    /// The allowed values in order and within the bounds, when the mark has holes.
    pub(super) fn allowed_sorted(&self) -> Option<Vec<i64>> {
        let mut values: Vec<i64> = self.allowed.clone()?;
        values.retain(|value| self.admits(*value));
        values.sort_unstable();
        values.dedup();
        Some(values)
    }
}

impl Serialize for Symbol {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.allowed {
            None => (self.lo, self.hi).serialize(serializer),
            Some(values) => (self.lo, self.hi, values).serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Symbol {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SymbolVisitor)
    }
}

/// Reads a list (the promised shape) or an object with `lo`, `hi` and `allowed`.
struct SymbolVisitor;

impl<'de> serde::de::Visitor<'de> for SymbolVisitor {
    type Value = Symbol;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("[mindst, størst eller null, eventuelt [tilladte værdier]]")
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut list: A) -> Result<Symbol, A::Error> {
        use serde::de::Error;
        let lo: i64 = list
            .next_element()?
            .ok_or_else(|| A::Error::invalid_length(0, &self))?;
        let hi: Option<i64> = list
            .next_element()?
            .ok_or_else(|| A::Error::invalid_length(1, &self))?;
        let allowed: Option<Option<Vec<i64>>> = list.next_element()?;
        if list.next_element::<serde::de::IgnoredAny>()?.is_some() {
            return Err(A::Error::invalid_length(4, &self));
        }
        Ok(Symbol {
            lo,
            hi,
            allowed: allowed.flatten(),
        })
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<Symbol, A::Error> {
        #[derive(Deserialize)]
        struct Object {
            #[serde(default)]
            lo: i64,
            hi: Option<i64>,
            allowed: Option<Vec<i64>>,
        }
        let object = Object::deserialize(serde::de::value::MapAccessDeserializer::new(map))?;
        Ok(Symbol {
            lo: object.lo,
            hi: object.hi,
            allowed: object.allowed,
        })
    }
}

fn value_column() -> String {
    "value".into()
}

fn unknown_dim(path: &str, dim: &str) -> InputError {
    InputError::at(path, &format!("dimensionen »{dim}« findes ikke i dims"))
}

fn check_size(path: &str, number: i64, largest: i64) -> Result<(), InputError> {
    if number.unsigned_abs() <= largest.unsigned_abs() {
        return Ok(());
    }
    Err(InputError::at(
        path,
        &format!("tallet {number} er for stort"),
    ))
}

fn line_of(bytes: &[u8], offset: usize) -> Option<u64> {
    let before = bytes.get(..offset)?;
    Some(1 + before.iter().filter(|byte| **byte == b'\n').count() as u64)
}
