//! A code from an app beside the sign-in link: TOTP (RFC 6238) with the values that every app knows.
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use sha1::{Digest as _, Sha1};
use sha2::Sha256;

/// Bytes of a secret, as RFC 4226 recommends.
pub const SECRET_BYTES: usize = 20;
/// Seconds that a code lives.
const STEP_SECONDS: i64 = 30;
const DIGITS: usize = 6;
/// Steps that a clock may be off, either way.
const TOLERANCE: i64 = 1;
pub const RECOVERY_CODES: usize = 10;
/// Random bytes of a recovery code, one for each sign: 80 bits, too many to be tried out from its hash.
pub const RECOVERY_BYTES: usize = 16;
/// Wrong codes after which nobody gets in for [`LOCKED_MINUTES`].
pub const MOST_WRONG: u32 = 5;
pub const LOCKED_MINUTES: i64 = 15;

/// RFC 4648; apps take secrets in it.
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// Crockford's: no look-alikes, for codes are typed from paper.
const SIGNS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// A member of staff's second factor.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecondFactor {
    /// The address of the member of staff; the key.
    pub staff: String,
    /// In base 32.
    pub secret: String,
    pub begun: DateTime<Utc>,
    /// When a first code was right; before that nobody is asked for one.
    pub on: Option<DateTime<Utc>>,
    /// The step of the last code used: it and those before are used up.
    #[serde(default)]
    pub last_step: i64,
    /// SHA-256 of the recovery codes that are left.
    #[serde(default)]
    pub recovery: Vec<String>,
    #[serde(default)]
    pub wrong: u32,
    /// The last wrong code.
    #[serde(default)]
    pub wrong_at: Option<DateTime<Utc>>,
}

/// Shows nothing, so that no secret reaches a log by mistake.
impl std::fmt::Debug for SecondFactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecondFactor(…)")
    }
}

/// What a typed code was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judged {
    Right,
    /// One of the recovery codes, which is used up.
    Recovery,
    Wrong,
    /// Too many wrong ones; not looked at.
    Locked,
}

impl SecondFactor {
    pub fn begin(staff: &str, secret: [u8; SECRET_BYTES], now: DateTime<Utc>) -> Self {
        Self {
            staff: staff.to_owned(),
            secret: base32(&secret),
            begun: now,
            on: None,
            last_step: 0,
            recovery: Vec::new(),
            wrong: 0,
            wrong_at: None,
        }
    }

    pub fn is_locked(&self, now: DateTime<Utc>) -> bool {
        let since = now - TimeDelta::minutes(LOCKED_MINUTES);
        self.wrong >= MOST_WRONG && self.wrong_at.is_some_and(|at| at > since)
    }

    /// Judges a code and notes what follows from it: a right one is used up, a wrong one is counted.
    pub fn judge(&mut self, typed: &str, now: DateTime<Utc>) -> Judged {
        if self.is_locked(now) {
            return Judged::Locked;
        }
        if self.wrong >= MOST_WRONG {
            self.wrong = 0;
        }
        let typed: String = typed.chars().filter(|c| c.is_alphanumeric()).collect();
        if let Some(step) = self.step_of(&typed, now) {
            self.last_step = step;
            self.wrong = 0;
            return Judged::Right;
        }
        let hash = recovery_hash(&typed);
        if let Some(place) = self.recovery.iter().position(|known| *known == hash) {
            self.recovery.remove(place);
            self.wrong = 0;
            return Judged::Recovery;
        }
        self.wrong += 1;
        self.wrong_at = Some(now);
        Judged::Wrong
    }

    /// The step that a code belongs to, if it is of now and newer than the last one used.
    fn step_of(&self, typed: &str, now: DateTime<Utc>) -> Option<i64> {
        let secret = from_base32(&self.secret)?;
        let current = now.timestamp().div_euclid(STEP_SECONDS);
        (current - TOLERANCE..=current + TOLERANCE)
            .filter(|step| *step > self.last_step)
            .find(|step| code(&secret, *step) == typed)
    }

    /// The address that an app reads from the picture.
    pub fn app_link(&self) -> String {
        let label: String = self.staff.bytes().map(encoded).collect();
        format!(
            "otpauth://totp/Samsvar:{label}?secret={}&issuer=Samsvar",
            self.secret
        )
    }

    /// The secret in groups of four, to be typed.
    pub fn grouped_secret(&self) -> String {
        grouped(&self.secret)
    }
}

/// A recovery code from random bytes, in groups of four.
pub fn recovery_code(random: [u8; RECOVERY_BYTES]) -> String {
    let signs = random.iter().map(|b| sign(SIGNS, usize::from(b & 31)));
    grouped(&signs.collect::<String>())
}

/// What is kept of a recovery code, however it is grouped or cased.
pub fn recovery_hash(code: &str) -> String {
    let plain: String = code
        .chars()
        .filter(|c| c.is_alphanumeric())
        .map(|c| c.to_ascii_uppercase())
        .collect();
    let hash = Sha256::digest(plain.as_bytes());
    hash.iter().map(|b| format!("{b:02x}")).collect()
}

/// The code of a step (RFC 4226, 5.3).
fn code(secret: &[u8], step: i64) -> String {
    let mac = hmac_sha1(secret, &step.to_be_bytes());
    let offset = usize::from(mac.last().copied().unwrap_or_default() & 15);
    let part = mac.get(offset..offset + 4).unwrap_or_default();
    let number = part
        .iter()
        .fold(0_u32, |n, byte| (n << 8) | u32::from(*byte));
    let short = (number & 0x7fff_ffff) % 10_u32.pow(u32::try_from(DIGITS).unwrap_or(6));
    format!("{short:0DIGITS$}")
}

/// RFC 2104, for secrets no longer than a block.
fn hmac_sha1(secret: &[u8], message: &[u8]) -> [u8; 20] {
    let mut block = [0_u8; 64];
    for (to, from) in block.iter_mut().zip(secret) {
        *to = *from;
    }
    let padded = |with: u8| block.map(|byte| byte ^ with);
    let inner = Sha1::new().chain_update(padded(0x36)).chain_update(message);
    let outer = Sha1::new()
        .chain_update(padded(0x5c))
        .chain_update(inner.finalize());
    outer.finalize().into()
}

fn base32(bytes: &[u8]) -> String {
    let mut out = String::new();
    let (mut held, mut bits) = (0_u32, 0);
    for byte in bytes {
        held = (held << 8) | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            out.push(sign(BASE32, ((held >> bits) & 31) as usize));
        }
    }
    if bits > 0 {
        out.push(sign(BASE32, ((held << (5 - bits)) & 31) as usize));
    }
    out
}

fn from_base32(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let (mut held, mut bits) = (0_u32, 0);
    for c in text.bytes() {
        let value = BASE32.iter().position(|known| *known == c)?;
        held = (held << 5) | u32::try_from(value).ok()?;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            out.push(((held >> bits) & 255) as u8);
        }
    }
    Some(out)
}

fn sign(signs: &[u8; 32], value: usize) -> char {
    signs.get(value).copied().map_or('0', char::from)
}

fn grouped(text: &str) -> String {
    let signs: Vec<char> = text.chars().collect();
    let groups: Vec<String> = signs
        .chunks(4)
        .map(|group| group.iter().collect())
        .collect();
    groups.join(" ")
}

fn encoded(byte: u8) -> String {
    match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
            char::from(byte).to_string()
        }
        other => format!("%{other:02X}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: [u8; SECRET_BYTES] = *b"12345678901234567890";

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(second, 0).unwrap()
    }

    fn factor() -> SecondFactor {
        SecondFactor::begin("inga@example.dk", SECRET, at(0))
    }

    #[test]
    fn codes_are_those_of_rfc_6238() {
        // Its appendix B, SHA-1, the last six of eight digits.
        for (second, wanted) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code(&SECRET, second / STEP_SECONDS), wanted);
            assert_eq!(factor().judge(wanted, at(second)), Judged::Right);
        }
    }

    #[test]
    fn the_hash_is_that_of_rfc_2202() {
        let hexadecimal: String = hmac_sha1(b"Jefe", b"what do ya want for nothing?")
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect();
        assert_eq!(hexadecimal, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    }

    #[test]
    fn base_32_is_that_of_rfc_4648() {
        for (plain, wanted) in [("f", "MY"), ("fo", "MZXQ"), ("foobar", "MZXW6YTBOI")] {
            assert_eq!(base32(plain.as_bytes()), wanted);
            assert_eq!(from_base32(wanted).unwrap(), plain.as_bytes());
        }
        assert_eq!(from_base32(&base32(&SECRET)).unwrap(), SECRET);
    }

    #[test]
    fn a_code_is_right_once_and_for_a_clock_that_is_a_little_off() {
        let mut factor = factor();
        let now = 1_234_567_890;
        let code = code(&SECRET, now / STEP_SECONDS);
        assert_eq!(factor.clone().judge(&code, at(now + 30)), Judged::Right);
        assert_eq!(factor.clone().judge(&code, at(now - 30)), Judged::Right);
        assert_eq!(factor.clone().judge(&code, at(now + 90)), Judged::Wrong);
        let spaced = format!("{} {}", &code[..3], &code[3..]);
        assert_eq!(factor.judge(&spaced, at(now)), Judged::Right);
        assert_eq!(factor.judge(&code, at(now)), Judged::Wrong, "used up");
    }

    #[test]
    fn a_recovery_code_is_right_once() {
        let mut factor = factor();
        let code = recovery_code([7; RECOVERY_BYTES]);
        factor.recovery = vec![recovery_hash(&code)];
        assert!(!factor.recovery[0].contains(&code));
        assert_eq!(factor.judge(&code.to_lowercase(), at(0)), Judged::Recovery);
        assert_eq!(factor.judge(&code, at(0)), Judged::Wrong);
    }

    #[test]
    fn too_many_wrong_codes_lock_even_the_right_one_out_for_a_while() {
        let mut factor = factor();
        for _ in 0..MOST_WRONG {
            assert_eq!(factor.judge("000000", at(59)), Judged::Wrong);
        }
        assert_eq!(factor.judge("287082", at(59)), Judged::Locked);
        let later = 59 + LOCKED_MINUTES * 60;
        let right = code(&SECRET, later / STEP_SECONDS);
        assert_eq!(factor.judge(&right, at(later)), Judged::Right);
        assert_eq!(factor.wrong, 0);
    }

    #[test]
    fn the_apps_address_is_encoded_and_debug_shows_no_secret() {
        let link = factor().app_link();
        assert!(link.starts_with("otpauth://totp/Samsvar:inga%40example.dk?secret="));
        assert_eq!(format!("{:?}", factor()), "SecondFactor(…)");
    }
}
