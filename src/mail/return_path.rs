//! The way back: an address of its own for each letter (VERP), so that a bounce names the letter it is about.
use super::address::Address;

/// A pattern such as `samsvar+*@example.dk`, whose star is a letter's id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnPath {
    before: String,
    after: String,
}

impl ReturnPath {
    /// `None` unless there is one star, before the `@`, and an address comes out.
    pub fn parse(pattern: &str) -> Option<Self> {
        let (before, after) = pattern.trim().split_once('*')?;
        let star_in_front = after.contains('@') && !before.contains('@') && !after.contains('*');
        let path = Self {
            before: before.to_ascii_lowercase(),
            after: after.to_ascii_lowercase(),
        };
        (star_in_front && path.of(&"0".repeat(32)).is_some()).then_some(path)
    }

    /// The envelope's sender of a letter.
    pub fn of(&self, letter: &str) -> Option<Address> {
        Address::parse(&format!("{}{letter}{}", self.before, self.after)).ok()
    }

    /// The id in an address that was made by [`Self::of`]; servers may have changed its case.
    pub fn letter_in(&self, address: &str) -> Option<String> {
        let address = address.to_ascii_lowercase();
        let id = address.strip_prefix(&self.before)?;
        let id = id.strip_suffix(&self.after)?;
        let hexadecimal = id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit());
        hexadecimal.then(|| id.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_is_found_again_by_its_return_path() {
        let id = "0123456789abcdef0123456789abcdef";
        for pattern in ["samsvar+*@example.dk", "*@retur.example.dk"] {
            let path = ReturnPath::parse(pattern).unwrap();
            let address = path.of(id).unwrap();
            let shouted = address.expose().to_uppercase();
            assert_eq!(path.letter_in(&shouted).as_deref(), Some(id));
        }
        let path = ReturnPath::parse("samsvar+*@example.dk").unwrap();
        for other in [
            "samsvar+@example.dk",
            "samsvar+x@example.dk",
            "x@example.com",
            "",
        ] {
            assert_eq!(path.letter_in(other), None, "{other}");
        }
    }

    #[test]
    fn a_pattern_without_a_place_for_the_id_is_refused() {
        for pattern in [
            "",
            "samsvar@example.dk",
            "a*b*@example.dk",
            "a@*.dk",
            "*",
            "*@",
        ] {
            assert_eq!(ReturnPath::parse(pattern), None, "{pattern}");
        }
    }
}
