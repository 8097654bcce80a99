//! A system of integer variables with bounds and rows: what every question is asked of.
use std::collections::BTreeMap;
use std::sync::Arc;

/// The number of a variable.
pub(super) type Var = u32;

/// `low <= sum of terms <= high` over the variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) terms: Vec<(Var, i128)>,
    pub(super) low: i128,
    pub(super) high: i128,
    /// The published fact that the row comes from.
    pub(super) fact: usize,
}

/// Bounds are always finite; see [`Problem::limit`] for "unbounded".
#[derive(Debug, Clone, Default)]
pub(super) struct Problem {
    pub(super) low: Vec<i128>,
    pub(super) high: Vec<i128>,
    /// The only values possible, in order, for variables with holes.
    pub(super) allowed: BTreeMap<Var, Arc<[i128]>>,
    pub(super) rows: Vec<Row>,
    /// The rows in which a variable occurs.
    pub(super) rows_of: Vec<Vec<u32>>,
    /// Stands for "without upper bound": no published number can force a value this large.
    pub(super) limit: i128,
    /// A cell that can be larger than this is taken to be without limit.
    pub(super) largest_forced: i128,
}

impl Problem {
    pub(super) fn len(&self) -> usize {
        self.low.len()
    }

    pub(super) fn add_variable(&mut self, low: i128, high: i128) -> Var {
        self.low.push(low);
        self.high.push(high);
        self.rows_of.push(Vec::new());
        (self.low.len() - 1) as Var
    }

    /// Terms of one variable are gathered; a row that nothing can break is left out.
    pub(super) fn add_row(&mut self, terms: Vec<(Var, i128)>, low: i128, high: i128, fact: usize) {
        let mut gathered: BTreeMap<Var, i128> = BTreeMap::new();
        for (var, factor) in terms {
            *gathered.entry(var).or_insert(0) += factor;
        }
        gathered.retain(|_, factor| *factor != 0);
        let at = self.rows.len() as u32;
        for var in gathered.keys() {
            self.rows_of[*var as usize].push(at);
        }
        self.rows.push(Row {
            terms: gathered.into_iter().collect(),
            low,
            high,
            fact,
        });
    }

    /// The value of a row when the variables have these values.
    pub(super) fn activity(&self, row: usize, values: &[i128]) -> i128 {
        self.rows[row]
            .terms
            .iter()
            .map(|(var, factor)| factor.saturating_mul(values[*var as usize]))
            .fold(0, i128::saturating_add)
    }

    /// What a variable is multiplied by in a row.
    pub(super) fn factor(&self, row: usize, var: Var) -> i128 {
        let terms = &self.rows[row].terms;
        let at = terms.binary_search_by_key(&var, |(at, _)| *at);
        at.ok()
            .and_then(|at| terms.get(at))
            .map_or(0, |(_, factor)| *factor)
    }

    pub(super) fn row_holds(&self, row: usize, values: &[i128]) -> bool {
        let activity = self.activity(row, values);
        (self.rows[row].low..=self.rows[row].high).contains(&activity)
    }

    pub(super) fn variable_holds(&self, var: usize, value: i128) -> bool {
        (self.low[var]..=self.high[var]).contains(&value)
            && self
                .allowed
                .get(&(var as Var))
                .is_none_or(|values| values.binary_search(&value).is_ok())
    }

    /// Whether nothing is broken: the test that every witness must pass.
    pub(super) fn holds(&self, values: &[i128]) -> bool {
        values.len() == self.len()
            && (0..self.len()).all(|var| self.variable_holds(var, values[var]))
            && (0..self.rows.len()).all(|row| self.row_holds(row, values))
    }
}

/// Stands for a missing side of a row.
pub(super) const OPEN: i128 = 1 << 120;
