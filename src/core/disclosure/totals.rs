//! Sums that nobody handed in.
use super::frame::Frame;
use super::problem::OPEN;

/// Gives every unknown parent the sum of its children, from the bottom up, as far as possible.
///
/// A sum beyond all measure stops at the largest number that can still be added to others.
pub(super) fn fill_in(frame: &Frame, values: &mut [Option<i128>]) {
    let mut is_changed = true;
    while is_changed {
        is_changed = false;
        for sum in &frame.sums {
            if values[sum.parent as usize].is_some() {
                continue;
            }
            let total: Option<i128> = sum
                .children
                .iter()
                .map(|(child, factor)| values[*child as usize].map(|v| v.saturating_mul(*factor)))
                .try_fold(0i128, |total, share| Some(total.saturating_add(share?)));
            if let Some(total) = total {
                values[sum.parent as usize] = Some(total.clamp(-OPEN, OPEN));
                is_changed = true;
            }
        }
    }
}
