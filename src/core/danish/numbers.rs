//! Danish numbers: a point between thousands, a comma before decimals.
use serde_json::Number;

/// `1234567` as `1.234.567`.
pub fn integer(n: i64) -> String {
    let digits = grouped(&n.unsigned_abs().to_string());
    if n < 0 {
        format!("−{digits}")
    } else {
        digits
    }
}

/// A decimal number with at most `max_decimals` decimals, without trailing zeros: `1.234,5`.
pub fn decimal(value: f64, max_decimals: usize) -> String {
    if !value.is_finite() {
        return String::new();
    }
    let fixed = format!("{:.max_decimals$}", value.abs());
    let (whole, fraction) = fixed.split_once('.').unwrap_or((&fixed, ""));
    let fraction = fraction.trim_end_matches('0');
    let sign = if value < 0.0 && (whole != "0" || !fraction.is_empty()) {
        "−"
    } else {
        ""
    };
    let comma = if fraction.is_empty() { "" } else { "," };
    format!("{sign}{}{comma}{fraction}", grouped(whole))
}

/// A JSON number as a Dane writes it, with all its decimals.
pub fn number(n: &Number) -> String {
    match n.as_i64() {
        Some(i) => integer(i),
        None => match n.as_u64() {
            Some(u) => grouped(&u.to_string()),
            None => n.as_f64().map(|f| decimal(f, 6)).unwrap_or_default(),
        },
    }
}

/// Reads `1.234,5`, `1 234`, `7,5`, `-3` and also `7.5` (a lone point that can't part thousands).
///
/// An integer comes back as an integer. `None` for anything else: words, two commas, `1.23,4`,
/// more than 15 significant digits with a fraction, or integers outside 64 bits.
pub fn parse_number(text: &str) -> Option<Number> {
    let text: String = text
        .trim()
        .chars()
        .filter(|c| !matches!(c, ' ' | '\u{a0}' | '\u{202f}'))
        .collect();
    let (negative, body) = match text.strip_prefix(['-', '−', '–']) {
        Some(rest) => (true, rest.to_owned()),
        None => (false, text.strip_prefix('+').unwrap_or(&text).to_owned()),
    };
    let (whole, fraction) = split_decimal(&body)?;
    let sign = if negative { "-" } else { "" };
    match fraction {
        None => whole_number(&format!("{sign}{whole}")),
        Some(f) if whole.len() + f.len() <= 15 => {
            let value: f64 = format!("{sign}{whole}.{f}").parse().ok()?;
            // "3,0" is the integer 3, as in JSON Schema.
            if value.fract() == 0.0 {
                whole_number(&format!("{sign}{whole}"))
            } else {
                Number::from_f64(value)
            }
        }
        Some(_) => None,
    }
}

fn whole_number(digits: &str) -> Option<Number> {
    digits
        .parse::<i64>()
        .map(Number::from)
        .ok()
        .or_else(|| digits.parse::<u64>().map(Number::from).ok())
}

/// The digits before and after the decimal mark, thousands' points removed.
fn split_decimal(body: &str) -> Option<(String, Option<String>)> {
    let (whole, fraction) = match body.split_once(',') {
        Some((w, f)) => (ungrouped(w)?, Some(f.to_owned())),
        None => match ungrouped(body) {
            Some(w) => (w, None),
            None => lone_point(body)?,
        },
    };
    let digits = |s: &str| !s.is_empty() && s.len() <= 40 && s.bytes().all(|b| b.is_ascii_digit());
    (digits(&whole) && fraction.as_deref().is_none_or(digits)).then_some((whole, fraction))
}

/// `1.234.567` without its points; `None` where the points don't part thousands.
fn ungrouped(text: &str) -> Option<String> {
    let mut parts = text.split('.');
    let first = parts.next()?;
    let rest: Vec<&str> = parts.collect();
    let groups_fit =
        rest.is_empty() || (matches!(first.len(), 1..=3) && rest.iter().all(|p| p.len() == 3));
    groups_fit.then(|| format!("{first}{}", rest.concat()))
}

/// `7.5` from a keyboard or a copy that uses a decimal point.
fn lone_point(text: &str) -> Option<(String, Option<String>)> {
    let (whole, fraction) = text.split_once('.')?;
    (!fraction.contains('.') && fraction.len() != 3)
        .then(|| (whole.to_owned(), Some(fraction.to_owned())))
}

/// Digits with a point between thousands.
pub(super) fn grouped(digits: &str) -> String {
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push('.');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Option<String> {
        parse_number(text).map(|n| n.to_string())
    }

    #[test]
    fn danish_numbers_are_read() {
        for (text, json) in [
            ("0", "0"),
            ("1.234", "1234"),
            ("1.234,5", "1234.5"),
            ("7,5", "7.5"),
            (" 12 ", "12"),
            ("1 234 567", "1234567"),
            ("7.5", "7.5"),
            ("3,0", "3"),
            ("-2", "-2"),
            ("48,75", "48.75"),
            ("9.999.999", "9999999"),
        ] {
            assert_eq!(read(text).as_deref(), Some(json), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_number_is_refused() {
        for text in [
            "",
            "tolv",
            "1,2,3",
            "1.23,4",
            "1..2",
            ",5",
            "5,",
            "1e5",
            "0x10",
            "12a",
            "٣",
            "--1",
            "99999999999999999999999",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn integers_round_trip(n in any::<i64>()) {
            prop_assert_eq!(parse_number(&integer(n)), Some(Number::from(n)));
        }

        #[test]
        fn decimals_round_trip(n in -1_000_000_000i64..1_000_000_000, d in 0usize..4) {
            let value = n as f64 / 10f64.powi(d as i32);
            let read = parse_number(&decimal(value, d)).and_then(|x| x.as_f64());
            prop_assert_eq!(read, Some(if value == 0.0 { 0.0 } else { value }));
        }

        #[test]
        fn any_text_is_read_or_refused_without_panic(text in "\\PC{0,40}") {
            let _ = parse_number(&text);
        }
    }
}
