//! Exact fractions for the simplex: small, checked, and quick where they are whole numbers.
use std::cmp::Ordering;

/// A reduced fraction with a positive denominator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rational {
    numerator: i128,
    denominator: i128,
}

/// The numbers grew beyond what can be computed exactly; the question stays undecided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Overflow;

impl Rational {
    pub(super) const ONE: Self = Self::whole(1);

    pub(super) const fn whole(number: i128) -> Self {
        Self {
            numerator: number,
            denominator: 1,
        }
    }

    pub(super) fn is_zero(self) -> bool {
        self.numerator == 0
    }

    pub(super) fn is_positive(self) -> bool {
        self.numerator > 0
    }

    pub(super) fn to_whole(self) -> Option<i128> {
        (self.denominator == 1).then_some(self.numerator)
    }

    pub(super) fn floor(self) -> i128 {
        self.numerator.div_euclid(self.denominator)
    }

    pub(super) fn add(self, other: Self) -> Result<Self, Overflow> {
        if self.denominator == 1 && other.denominator == 1 {
            let sum = self.numerator.checked_add(other.numerator);
            return sum.map(Self::whole).ok_or(Overflow);
        }
        let left = self.numerator.checked_mul(other.denominator);
        let right = other.numerator.checked_mul(self.denominator);
        let numerator = left.zip(right).and_then(|(a, b)| a.checked_add(b));
        let denominator = self.denominator.checked_mul(other.denominator);
        reduced(numerator, denominator)
    }

    pub(super) fn sub(self, other: Self) -> Result<Self, Overflow> {
        self.add(other.negated()?)
    }

    pub(super) fn mul(self, other: Self) -> Result<Self, Overflow> {
        let numerator = self.numerator.checked_mul(other.numerator);
        if self.denominator == 1 && other.denominator == 1 {
            return numerator.map(Self::whole).ok_or(Overflow);
        }
        reduced(numerator, self.denominator.checked_mul(other.denominator))
    }

    pub(super) fn div(self, other: Self) -> Result<Self, Overflow> {
        if other.denominator == 1 && other.numerator.abs() == 1 {
            let numerator = self.numerator.checked_mul(other.numerator);
            return numerator.map_or(Err(Overflow), |numerator| {
                Ok(Self {
                    numerator,
                    denominator: self.denominator,
                })
            });
        }
        let numerator = self.numerator.checked_mul(other.denominator);
        reduced(numerator, self.denominator.checked_mul(other.numerator))
    }

    pub(super) fn negated(self) -> Result<Self, Overflow> {
        Ok(Self {
            numerator: self.numerator.checked_neg().ok_or(Overflow)?,
            denominator: self.denominator,
        })
    }

    pub(super) fn compare(self, whole: i128) -> Ordering {
        if self.denominator == 1 {
            return self.numerator.cmp(&whole);
        }
        match self.floor().cmp(&whole) {
            Ordering::Equal => Ordering::Greater,
            other => other,
        }
    }
}

fn reduced(numerator: Option<i128>, denominator: Option<i128>) -> Result<Rational, Overflow> {
    let (Some(numerator), Some(denominator)) = (numerator, denominator) else {
        return Err(Overflow);
    };
    let divisor = greatest_common_divisor(numerator, denominator);
    if denominator == 0 || divisor == 0 {
        return Err(Overflow);
    }
    let sign = denominator.signum();
    Ok(Rational {
        numerator: numerator / divisor * sign,
        denominator: denominator / divisor * sign,
    })
}

pub(super) fn greatest_common_divisor(a: i128, b: i128) -> i128 {
    let (mut a, mut b) = (a.unsigned_abs(), b.unsigned_abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    i128::try_from(a).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fraction(a: i128, b: i128) -> Rational {
        Rational::whole(a).div(Rational::whole(b)).unwrap()
    }

    #[test]
    fn fractions_are_kept_reduced() {
        assert_eq!(fraction(6, -4), fraction(-3, 2));
        assert_eq!(fraction(1, 2).add(fraction(1, 2)).unwrap(), Rational::ONE);
        assert_eq!(fraction(-3, 2).floor(), -2);
    }

    #[test]
    fn a_fraction_compares_with_whole_numbers_on_both_sides() {
        assert_eq!(fraction(-3, 2).compare(-2), Ordering::Greater);
        assert_eq!(fraction(-3, 2).compare(-1), Ordering::Less);
        assert_eq!(fraction(4, 2).compare(2), Ordering::Equal);
    }

    #[test]
    fn overflow_is_reported_not_wrapped() {
        let huge = Rational::whole(i128::MAX);
        assert_eq!(huge.add(Rational::ONE), Err(Overflow));
        assert_eq!(huge.mul(huge), Err(Overflow));
        assert_eq!(Rational::ONE.div(Rational::whole(0)), Err(Overflow));
    }
}
