//! Sums that nobody handed in.
use super::frame::Frame;

/// Gives every unknown parent the sum of its children, from the bottom up, as far as possible.
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
                .map(|(child, factor)| values[*child as usize].map(|value| value * factor))
                .sum();
            if total.is_some() {
                values[sum.parent as usize] = total;
                is_changed = true;
            }
        }
    }
}
