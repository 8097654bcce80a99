//! How Danish offices write and read numbers, dates, times and words in the plural.
mod collation;
mod dates;
pub mod holidays;
mod numbers;

pub use collation::collate;
pub use dates::{clock, date, date_time, local, parse_date, parse_local, short_date};
pub use numbers::{decimal, integer, number, parse_number};

/// `1 kommune`, `5 kommuner`: the count in digits with the right form of the noun.
pub fn count(n: u64, singular: &str, plural: &str) -> String {
    let noun = if n == 1 { singular } else { plural };
    format!("{} {noun}", numbers::grouped(&n.to_string()))
}

/// `a`, `a og b`, `a, b og c`.
pub fn list<S: AsRef<str>>(items: &[S]) -> String {
    match items {
        [] => String::new(),
        [only] => only.as_ref().to_owned(),
        [head @ .., last] => {
            let head: Vec<&str> = head.iter().map(AsRef::as_ref).collect();
            format!("{} og {}", head.join(", "), last.as_ref())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nouns_follow_their_count() {
        assert_eq!(count(1, "kommune", "kommuner"), "1 kommune");
        assert_eq!(count(0, "kommune", "kommuner"), "0 kommuner");
        assert_eq!(count(1234, "svar", "svar"), "1.234 svar");
    }

    #[test]
    fn lists_end_with_og() {
        assert_eq!(list::<&str>(&[]), "");
        assert_eq!(list(&["Odder"]), "Odder");
        assert_eq!(
            list(&["Odder", "Skive", "Viborg"]),
            "Odder, Skive og Viborg"
        );
    }
}
