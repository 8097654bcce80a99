//! Answers as a person writes and reads them: text from JSON and JSON from text.
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use serde_json::{Number, Value};

use super::facets::Types;
use super::figure;
use super::leaf::{Leaf, LeafKind, TextForm};
use crate::danish;

/// Characters of one answer, at most; what is longer stays as it was typed until it is shortened.
pub(crate) const MAX_TEXT: usize = 100_000;
/// Items written on lines, at most.
const MAX_LINES: usize = 1_000;

/// The text that stands in the control for `value`, such that [`read`] gives the value back.
pub(crate) fn shown(leaf: &Leaf<'_>, value: &Value) -> String {
    match (&leaf.kind, value) {
        (_, Value::Null) => String::new(),
        (LeafKind::Json, value) => serde_json::to_string_pretty(value).unwrap_or_default(),
        (LeafKind::Figure { .. }, value) => figure::text(value),
        (LeafKind::Pick(picks), value) => picks
            .options
            .iter()
            .find(|pick| pick.value == value)
            .map_or_else(String::new, |pick| pick.key.clone()),
        (LeafKind::Lines(_), Value::Array(items)) => {
            let lines: Vec<String> = items.iter().map(plain).collect();
            lines.join("\n")
        }
        (LeafKind::Date, Value::String(text)) => {
            iso_date(text).map_or_else(|| text.clone(), danish::short_date)
        }
        (LeafKind::Time, Value::String(text)) => clock_of(text).unwrap_or_else(|| text.clone()),
        (LeafKind::DateTime, Value::String(text)) => local_of(text).unwrap_or_else(|| text.clone()),
        (LeafKind::Boolean | LeafKind::Tick { .. }, value) => value.to_string(),
        (_, Value::Number(n)) if !leaf.grouped => n.to_string().replace('.', ","),
        (_, value) => plain(value),
    }
}

/// The text as a page can hold it: characters that HTML forbids are shown as `\u{fffd}`.
pub fn printable(text: &str) -> String {
    let forbidden = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    text.replace(forbidden, "\u{fffd}")
}

/// A value in words, without a question around it.
pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(true) => "Ja".to_owned(),
        Value::Bool(false) => "Nej".to_owned(),
        Value::Number(n) => number(n),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Every decimal of the number, points between thousands, an ordinary hyphen as minus.
pub(crate) fn number(n: &Number) -> String {
    let text = n.to_string();
    if text.contains(['e', 'E']) {
        return n.as_f64().map_or(text, |f| grouped(&f.to_string()));
    }
    grouped(&text)
}

fn grouped(digits: &str) -> String {
    let (sign, digits) = match digits.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", digits),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let mut out = String::from(sign);
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            out.push('.');
        }
        out.push(digit);
    }
    if !fraction.is_empty() && fraction != "0" {
        out.push(',');
        out.push_str(fraction);
    }
    out
}

/// What `text` says as an answer to this question: `Ok(None)` for a blank, `Err` for what can't be read.
pub(crate) fn read(leaf: &Leaf<'_>, text: &str) -> Result<Option<Value>, Unreadable> {
    let text = text.trim().replace("\r\n", "\n");
    if text.is_empty() {
        return Ok(None);
    }
    if is_too_long(&text) {
        return Err(Unreadable);
    }
    let value = match &leaf.kind {
        LeafKind::Text(TextForm::Long) => Some(Value::String(text)),
        // A one-line box drops line breaks; so that nothing changes behind anyone's back, they are spaces.
        LeafKind::Text(_) => Some(Value::String(text.replace('\n', " "))),
        LeafKind::TextOrNumber => Some(
            danish::parse_number(&text).map_or_else(|| Value::String(text.clone()), Value::Number),
        ),
        LeafKind::Integer | LeafKind::Number => bare_number(&text).map(Value::Number),
        LeafKind::Boolean => truth(&text),
        LeafKind::Date => danish::parse_date(&text).map(|day| Value::from(day.to_string())),
        LeafKind::Time => clock_from(&text),
        LeafKind::DateTime => local_from(&text),
        LeafKind::Pick(picks) => picks
            .options
            .iter()
            .find(|pick| pick.key == text)
            .map(|pick| pick.value.clone()),
        LeafKind::Lines(types) => lines(&text, *types),
        LeafKind::Figure { .. } => figure::read(&text),
        LeafKind::Json => serde_json::from_str(&text).ok(),
        LeafKind::Tick { .. } | LeafKind::PickMany(_) | LeafKind::File | LeafKind::Fixed(_) => None,
    };
    value.map(Some).ok_or(Unreadable)
}

/// Counted in characters, as people count.
pub(crate) fn is_too_long(text: &str) -> bool {
    text.len() > MAX_TEXT && text.chars().count() > MAX_TEXT
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unreadable;

/// Also with the unit that people write after it.
pub(crate) fn bare_number(text: &str) -> Option<Number> {
    let bare = text.trim().trim_end_matches(['%', ' ', '\u{a0}']);
    let bare = bare.strip_suffix("kr.").unwrap_or(bare).trim();
    danish::parse_number(bare)
}

fn truth(text: &str) -> Option<Value> {
    match text.to_lowercase().as_str() {
        "true" | "ja" | "yes" => Some(Value::Bool(true)),
        "false" | "nej" | "no" => Some(Value::Bool(false)),
        _ => None,
    }
}

fn lines(text: &str, types: Types) -> Option<Value> {
    let mut items = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if items.len() == MAX_LINES {
            return None;
        }
        let numeric = types.meets(Types::INTEGER) || types.meets(Types::FRACTION);
        let number = numeric.then(|| danish::parse_number(line)).flatten();
        items.push(match number {
            Some(number) => Value::Number(number),
            None if types.has(Types::STRING) => Value::from(line),
            None => return None,
        });
    }
    Some(Value::Array(items))
}

fn iso_date(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()
}

/// A time of day is stored with the offset that the format demands, and shown without.
fn clock_of(text: &str) -> Option<String> {
    let bare = text
        .strip_suffix("+00:00")
        .or_else(|| text.strip_suffix('Z'))?;
    let time = NaiveTime::parse_from_str(bare, "%H:%M:%S").ok()?;
    Some(clock_text(time))
}

fn clock_from(text: &str) -> Option<Value> {
    let time = clock_read(text)?;
    Some(Value::from(format!("{}Z", time.format("%H:%M:%S"))))
}

fn clock_text(time: NaiveTime) -> String {
    let text = time.format("%H:%M:%S").to_string();
    text.strip_suffix(":00").map_or(text.clone(), str::to_owned)
}

fn clock_read(text: &str) -> Option<NaiveTime> {
    let text = text.replace('.', ":");
    ["%H:%M:%S", "%H:%M"]
        .iter()
        .find_map(|form| NaiveTime::parse_from_str(&text, form).ok())
}

fn local_of(text: &str) -> Option<String> {
    let at = DateTime::parse_from_rfc3339(text).ok()?;
    if at.timestamp_subsec_nanos() != 0 {
        return None;
    }
    let local = danish::local(at.with_timezone(&Utc));
    let day = danish::short_date(local.date_naive());
    Some(format!("{day} kl. {}", clock_text(local.time())))
}

fn local_from(text: &str) -> Option<Value> {
    if DateTime::parse_from_rfc3339(text).is_ok() {
        return Some(Value::from(text));
    }
    let spelled = match text.split_once(" kl. ").or_else(|| text.split_once('T')) {
        Some((day, clock)) => format!("{} kl. {}", day.trim(), clock.trim()),
        None => {
            let (day, clock) = text.rsplit_once(' ')?;
            format!("{} kl. {}", day.trim(), clock.trim())
        }
    };
    let at = danish::parse_local(&spelled, NaiveTime::MIN)?;
    Some(Value::from(danish::local(at).to_rfc3339()))
}
