//! Who may come in: personal links, staff sign-in and sessions. Only hashes are ever kept.
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::roles::Role;

/// A secret from the random source: 32 signs of 5 bits, 160 bits in all.
///
/// Has no `Display` and shows nothing in `Debug`, so that it can't reach a log by mistake.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

/// Crockford's base 32 in lower case: no look-alikes, so that a token survives being typed from paper.
const SIGNS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Random bytes that a token is made of, one for each sign.
pub const TOKEN_BYTES: usize = 32;

impl Token {
    /// Each byte gives one sign (its low five bits).
    pub fn from_random(bytes: [u8; TOKEN_BYTES]) -> Self {
        let sign = |b: u8| {
            SIGNS
                .get(usize::from(b & 31))
                .copied()
                .map_or('0', char::from)
        };
        Self(bytes.into_iter().map(sign).collect())
    }

    /// A token as it came with a request; `None` for what can't be one.
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() == TOKEN_BYTES && text.bytes().all(|b| SIGNS.contains(&b)))
            .then(|| Self(text.to_owned()))
    }

    /// The key under which it is known: SHA-256 in hexadecimal. 160 random bits need no salt.
    pub fn hash(&self) -> String {
        Sha256::digest(self.0.as_bytes())
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect()
    }

    /// The secret itself; only for a letter or a cookie.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

/// A personal link of one contact to one respondent's answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    pub token_hash: String,
    pub campaign: String,
    pub respondent: String,
    /// The place among the respondent's contacts.
    pub contact: usize,
    pub created: DateTime<Utc>,
    #[serde(default)]
    pub opens: Opens,
}

/// What a link was made for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Opens {
    /// The contact's own answer.
    #[default]
    Own,
    /// What the hand-over of that id shares.
    Handover(String),
    /// The answer that waits under the request of that id.
    Approval(String),
    /// Nothing any more: the contact named somebody else, under that id.
    PassedOn(String),
    /// An answer that the secretariat writes down for the respondent.
    OnBehalf(String),
}

/// Somebody who signs in: the secretariat, or a reader of its results.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Staff {
    /// Lower case; the key.
    pub address: String,
    pub name: String,
    #[serde(default)]
    pub role: Role,
}

impl std::fmt::Debug for Staff {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Staff(…)")
    }
}

/// A sign-in link that was sent; used once, within [`SIGN_IN_MINUTES`].
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignIn {
    pub token_hash: String,
    pub staff: String,
    pub sent: DateTime<Utc>,
    /// Hash of the cookie of the browser that asked.
    pub browser_hash: String,
}

/// A signed-in browser.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    pub token_hash: String,
    pub staff: String,
    pub since: DateTime<Utc>,
    /// The last use that was noted, see [`Session::is_to_be_noted`]; `None` before the first.
    #[serde(default)]
    pub used: Option<DateTime<Utc>>,
}

pub const SIGN_IN_MINUTES: i64 = 30;
/// However much it is used.
pub const SESSION_HOURS: i64 = 10;
/// Without a page opened.
pub const IDLE_MINUTES: i64 = 180;
/// A use is noted when the last one noted is older, so that not every page costs a write.
const NOTED_EVERY_MINUTES: i64 = 5;

impl SignIn {
    pub fn is_valid(&self, now: DateTime<Utc>) -> bool {
        now >= self.sent - TimeDelta::minutes(1)
            && now < self.sent + TimeDelta::minutes(SIGN_IN_MINUTES)
    }
}

impl Session {
    pub fn is_valid(&self, now: DateTime<Utc>) -> bool {
        let idle = now - self.used.unwrap_or(self.since);
        now < self.since + TimeDelta::hours(SESSION_HOURS)
            && idle < TimeDelta::minutes(IDLE_MINUTES)
    }

    /// Whether a use at `now` should be written down.
    pub fn is_to_be_noted(&self, now: DateTime<Utc>) -> bool {
        now - self.used.unwrap_or(self.since) >= TimeDelta::minutes(NOTED_EVERY_MINUTES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_shows_nothing_in_a_log() {
        let token = Token::from_random([7; TOKEN_BYTES]);
        assert_eq!(format!("{token:?}"), "Token(…)");
        assert_eq!(Token::parse(token.reveal()), Some(token));
    }

    #[test]
    fn what_can_not_be_a_token_is_refused() {
        for text in [
            "",
            "b",
            "../../etc/passwd",
            &"u".repeat(32),
            &"b".repeat(33),
            "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\u{0}",
        ] {
            assert_eq!(Token::parse(text), None, "{text}");
        }
    }

    #[test]
    fn signs_are_distinct() {
        let distinct: std::collections::HashSet<_> = SIGNS.iter().collect();
        assert_eq!(distinct.len(), 32);
    }
}
