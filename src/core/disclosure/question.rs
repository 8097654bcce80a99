//! Answers "can this cell have this value?" exactly: propagation, simplex, then branching.
use super::nearby::{nearby, spread};
use super::problem::{Problem, Var};
use super::propagate::{propagate, snapped};
use super::simplex::{Simplex, Stop};

/// The values that differ from the known solution.
pub(super) type Witness = Vec<(Var, i128)>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    Possible(Witness),
    Impossible,
    /// To be treated as impossible: a value that can't be shown to be possible protects nobody.
    Undecided,
}

impl Answer {
    pub(super) fn witness(self) -> Option<Witness> {
        match self {
            Self::Possible(witness) => Some(witness),
            Self::Impossible | Self::Undecided => None,
        }
    }
}

/// One narrowing of a variable, asked about.
pub(super) type Assumption = (Var, i128, i128);

const DEEPEST_BRANCH: usize = 300;

/// So many questions may use up all their steps and be left undecided.
const MOST_IN_VAIN: u64 = 4;
/// After that each gets this part of what it could have had.
const LEAST_SHARE: u64 = 200;
/// What all questions together may take, in the steps of one; beyond that none is answered.
const MOST_IN_ALL: u64 = 1_000;
/// A first solution of more cells than this is not left to the simplex alone.
const MANY_CELLS: usize = 1_000;

/// Answers questions about one problem, each from the same known solution.
#[derive(Debug, Clone)]
pub(super) struct Solver {
    simplex: Simplex,
    steps_per_question: u64,
    /// Steps spent on questions that were left undecided.
    in_vain: u64,
}

impl Solver {
    /// `base` should solve the problem; where it doesn't, call [`Solver::find_base`].
    pub(super) fn new(problem: Problem, base: &[i128], steps_per_question: u64) -> Self {
        Self {
            simplex: Simplex::new(problem, base),
            steps_per_question,
            in_vain: 0,
        }
    }

    pub(super) fn problem(&self) -> &Problem {
        &self.simplex.problem
    }

    pub(super) fn base(&self) -> &[i128] {
        self.simplex.base()
    }

    pub(super) fn bounds(&self, var: Var) -> (i128, i128) {
        (
            self.simplex.low[var as usize],
            self.simplex.high[var as usize],
        )
    }

    /// The variables of a row that are not fixed.
    pub(super) fn movable(&self, row: u32) -> Vec<Var> {
        let (terms, _, _) = self.simplex.movable(row);
        terms.iter().map(|(var, _)| *var).collect()
    }

    /// All work done so far; the same for the same input.
    pub(super) fn steps(&self) -> u64 {
        self.simplex.steps
    }

    /// Counts work that was done outside on the same errand.
    pub(super) fn note_work(&mut self, steps: usize) {
        self.simplex.steps = self.simplex.steps.saturating_add(steps as u64);
    }

    /// Whether all the work allowed is done, so that no question is answered any more.
    pub(super) fn is_exhausted(&self) -> bool {
        self.simplex.steps >= self.steps_per_question.saturating_mul(MOST_IN_ALL)
    }

    /// Variables of low rank are moved first.
    pub(super) fn set_rank(&mut self, var: Var, rank: u32) {
        self.simplex.rank[var as usize] = rank;
    }

    /// For good, until the next call; the known solution must stay within.
    pub(super) fn set_bounds(&mut self, var: Var, low: i128, high: i128) {
        self.simplex.set_bounds(var, low, high);
    }

    /// The same for many at once.
    pub(super) fn set_all_bounds(&mut self, changes: &[Assumption]) {
        self.simplex.set_all_bounds(changes);
    }

    /// Keeps what follows from all rows; the row that can't hold, if one can't.
    pub(super) fn tighten_all(&mut self) -> Result<Option<u32>, Stop> {
        self.allow(8);
        let rows = 0..self.simplex.problem.rows.len() as u32;
        let clash = propagate(&mut self.simplex, rows);
        match clash {
            Ok(Ok(())) => self.simplex.settle(),
            Ok(Err(_)) | Err(_) => self.simplex.reset(),
        }
        Ok(clash?.err().map(|clash| clash.row))
    }

    /// Starts over from other values, each within its bounds.
    pub(super) fn rebase(&mut self, values: &[i128]) {
        self.simplex.rebase(values);
    }

    /// Makes the known solution hold in these rows too; `variables` are those in them.
    pub(super) fn find_base(&mut self, rows: &[u32], variables: &[Var]) -> Answer {
        let since = self.allow(8);
        if variables.len() > MANY_CELLS
            && let Some(changes) = spread(&mut self.simplex, rows)
        {
            let mut values = self.base().to_vec();
            for (var, value) in &changes {
                values[*var as usize] = *value;
            }
            self.simplex.rebase(&values);
            return Answer::Possible(changes);
        }
        self.simplex.suspect_rows(rows);
        self.simplex.leave_root();
        let found = self.branch(0, variables);
        match found {
            Ok(true) => {
                let witness = self.witness();
                self.simplex.adopt();
                Answer::Possible(witness)
            }
            other => self.refused(other, since),
        }
    }

    /// Whether the problem has a solution under the assumptions.
    pub(super) fn ask(&mut self, assumptions: &[Assumption]) -> Answer {
        let since = self.allow(1);
        if self.is_exhausted() {
            return Answer::Undecided;
        }
        let mut near: Option<Witness> = None;
        let found = self.assume(assumptions).and_then(|consistent| {
            if !consistent {
                return Ok(false);
            }
            near = nearby(&mut self.simplex);
            if near.is_some() {
                return Ok(true);
            }
            if !self.follow(0)? {
                return Ok(false);
            }
            near = nearby(&mut self.simplex);
            if near.is_some() {
                return Ok(true);
            }
            self.simplex.leave_root();
            self.branch(0, &[])
        });
        match found {
            Ok(true) => {
                let witness = near.unwrap_or_else(|| self.witness());
                self.simplex.reset();
                Answer::Possible(witness)
            }
            other => self.refused(other, since),
        }
    }

    fn refused(&mut self, found: Result<bool, Stop>, since: u64) -> Answer {
        self.simplex.reset();
        match found {
            Ok(_) => Answer::Impossible,
            Err(_) => {
                self.in_vain = self.in_vain.saturating_add(self.simplex.steps - since);
                Answer::Undecided
            }
        }
    }

    /// Where many questions have come to nothing the next ones get less, so that all together
    /// end in time; what is then left undecided counts as disclosed. The steps done before.
    fn allow(&mut self, questions: u64) -> u64 {
        let whole = self.steps_per_question;
        let left = whole
            .saturating_mul(MOST_IN_VAIN)
            .saturating_sub(self.in_vain);
        let each = left.clamp(whole / LEAST_SHARE, whole);
        let more = each.saturating_mul(questions);
        let allowance = self.simplex.steps.saturating_add(more);
        self.simplex.allowance = allowance.min(whole.saturating_mul(MOST_IN_ALL));
        self.simplex.steps
    }

    fn assume(&mut self, assumptions: &[Assumption]) -> Result<bool, Stop> {
        for (var, low, high) in assumptions {
            let Some((low, high)) = snapped(&self.simplex, *var, *low, *high) else {
                return Ok(false);
            };
            if !self.simplex.narrow(*var, low, high)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Propagates from everything narrowed since the trail was `since` long.
    fn follow(&mut self, since: usize) -> Result<bool, Stop> {
        let mut rows: Vec<u32> = Vec::new();
        for var in self.simplex.changed_since(since) {
            rows.extend(&self.simplex.problem.rows_of[var as usize]);
        }
        rows.dedup();
        Ok(propagate(&mut self.simplex, rows)?.is_ok())
    }

    fn branch(&mut self, depth: usize, also: &[Var]) -> Result<bool, Stop> {
        if !self.simplex.repair()? {
            return Ok(false);
        }
        let Some((var, below, above)) = self.not_whole(also) else {
            return Ok(true);
        };
        if depth >= DEEPEST_BRANCH {
            return Err(Stop::Budget);
        }
        let (low, high) = self.bounds(var);
        let base = self.simplex.base()[var as usize];
        let mut halves = [(low, below), (above, high)];
        if base >= above {
            halves.reverse();
        }
        for (low, high) in halves {
            let mark = self.simplex.trail_length();
            if low <= high
                && self.simplex.narrow(var, low, high)?
                && self.follow(mark)?
                && self.branch(depth + 1, also)?
            {
                return Ok(true);
            }
            self.simplex.undo_to(mark);
        }
        Ok(false)
    }

    /// A variable with a fraction or a value that it may not have, and where to split it.
    fn not_whole(&self, also: &[Var]) -> Option<(Var, i128, i128)> {
        let problem = &self.simplex.problem;
        let mut split: Option<(Var, i128, i128)> = None;
        let moved = self.simplex.moved();
        let others = also.iter().map(|var| (*var, self.simplex.value(*var)));
        for (var, value) in moved.chain(others) {
            let found = match (value.to_whole(), problem.allowed.get(&var)) {
                (None, _) => Some((var, value.floor(), value.floor() + 1)),
                (Some(whole), Some(values)) => hole(values, whole).map(|(a, b)| (var, a, b)),
                (Some(_), None) => None,
            };
            if let Some(found) = found
                && split.is_none_or(|(least, _, _)| found.0 < least)
            {
                split = Some(found);
            }
        }
        split
    }

    fn witness(&self) -> Witness {
        let mut witness: Witness = self
            .simplex
            .moved()
            .filter_map(|(var, value)| value.to_whole().map(|whole| (var, whole)))
            .collect();
        witness.sort_unstable();
        witness
    }
}

/// The neighbours of a value that is not among the allowed ones.
fn hole(values: &[i128], whole: i128) -> Option<(i128, i128)> {
    let at = values.partition_point(|value| *value < whole);
    if values.get(at) == Some(&whole) {
        return None;
    }
    let below = at.checked_sub(1).and_then(|at| values.get(at));
    Some((
        below.copied().unwrap_or(whole - 1),
        values.get(at).copied().unwrap_or(whole + 1),
    ))
}
