//! Mail addresses that can't slip into a log: a type without `Display`, with a blank `Debug`.
use std::fmt;

use serde::{Deserialize, Serialize};

/// An address such as `kontakt@example.dk`, checked for its form.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Address(String);

/// Not a mail address; the text itself is not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidAddress;

/// Who gets a letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipient {
    /// Shown in the mail's `To`; may be empty.
    pub name: Name,
    pub address: Address,
}

/// A person's name, kept out of logs like the address.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Name(String);

impl Address {
    /// Takes surrounding blanks away; the letters' case is kept.
    pub fn parse(text: &str) -> Result<Self, InvalidAddress> {
        let text = text.trim();
        text.parse::<lettre::Address>()
            .map(|_| Self(text.to_owned()))
            .map_err(|_| InvalidAddress)
    }

    /// For a mail or a page that may show it; never for a log.
    pub fn expose(&self) -> &str {
        &self.0
    }

    pub(super) fn domain(&self) -> &str {
        self.0.rsplit('@').next().unwrap_or_default()
    }
}

impl Name {
    /// For a mail or a page that may show it; never for a log.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl Recipient {
    pub fn new(name: impl Into<String>, address: Address) -> Self {
        Self {
            name: Name(name.into()),
            address,
        }
    }

    pub(super) fn mailbox(&self) -> Result<lettre::message::Mailbox, InvalidAddress> {
        let address = self
            .address
            .0
            .parse::<lettre::Address>()
            .map_err(|_| InvalidAddress)?;
        // Line breaks in a name would be header lines of somebody else's choice.
        let name: String = self.name.0.chars().filter(|c| !c.is_control()).collect();
        let name = Some(name.trim().to_owned()).filter(|name| !name.is_empty());
        Ok(lettre::message::Mailbox::new(name, address))
    }
}

impl TryFrom<String> for Address {
    type Error = InvalidAddress;

    fn try_from(text: String) -> Result<Self, InvalidAddress> {
        Self::parse(&text)
    }
}

impl From<Address> for String {
    fn from(address: Address) -> Self {
        address.0
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Address(…)")
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Name(…)")
    }
}

impl fmt::Display for InvalidAddress {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("er ikke en gyldig mailadresse; skriv den som navn@example.dk")
    }
}

impl std::error::Error for InvalidAddress {}

/// A server's reply in one line, with every address and link in it blanked out.
pub fn scrubbed(reply: &str) -> String {
    const MOST: usize = 400;
    let words = reply.split_whitespace().map(|word| {
        if word.contains('@') {
            "…@…"
        } else if word.contains("://") {
            "…"
        } else {
            word
        }
    });
    let line = words.collect::<Vec<_>>().join(" ");
    line.chars().take(MOST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_and_a_name_do_not_show_in_debug_output() {
        let to = Recipient::new("Inga", Address::parse("inga@example.dk").unwrap());
        let shown = format!("{to:?}");
        assert!(
            !shown.contains("inga") && !shown.contains("Inga"),
            "{shown}"
        );
    }

    #[test]
    fn what_is_not_an_address_is_refused() {
        for text in [
            "",
            "inga",
            "inga@",
            "a b@example.dk",
            "a@example.dk\r\nBcc: b@example.dk",
        ] {
            assert_eq!(Address::parse(text), Err(InvalidAddress), "{text:?}");
        }
        assert!(serde_json::from_str::<Address>("\"inga\"").is_err());
    }

    #[test]
    fn a_name_can_not_add_header_lines() {
        let to = Recipient::new("A\r\nBcc: b", Address::parse("a@example.dk").unwrap());
        assert_eq!(to.mailbox().unwrap().name.as_deref(), Some("ABcc: b"));
    }

    #[test]
    fn a_reply_is_kept_without_addresses() {
        assert_eq!(
            scrubbed("550 5.1.1 <inga@example.dk>:\n unknown, see https://example.dk/x"),
            "550 5.1.1 …@… unknown, see …"
        );
    }
}
