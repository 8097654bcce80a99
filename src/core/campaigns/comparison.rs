//! Whether an answer is so far from last round's that somebody should look at it.
use serde_json::Value;

use crate::forms::figure;

/// A figure deviates when it changed by at least this share of the larger one …
const SHARE: f64 = 0.5;
/// … and by at least this much: among few citizens every change is a large share.
const LEAST: f64 = 5.0;

/// Whether a figure moved far, or came from or went to a value state.
pub fn deviates(before: &Value, now: &Value) -> bool {
    match (number(before), number(now)) {
        (Some(before), Some(now)) => {
            let moved = (now - before).abs();
            moved >= LEAST && moved >= SHARE * before.abs().max(now.abs())
        }
        (Some(_), None) | (None, Some(_)) => is_state(before) || is_state(now),
        (None, None) => false,
    }
}

fn number(value: &Value) -> Option<f64> {
    let plain = value.as_f64();
    plain.or_else(|| figure::value_of(value))
}

fn is_state(value: &Value) -> bool {
    value.get("state").is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_a_large_move_of_many_is_far() {
        for (before, now, far) in [
            (json!(10), json!(20), true),
            (json!(20), json!(10), true),
            (json!(2), json!(4), false),
            (json!(100), json!(120), false),
            (
                json!({"value": 3, "qualifier": "estimate"}),
                json!(12),
                true,
            ),
            (json!({"state": "not_stated"}), json!(1), true),
            (json!("tekst"), json!("anden"), false),
        ] {
            assert_eq!(deviates(&before, &now), far, "{before} {now}");
        }
    }
}
