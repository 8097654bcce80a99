//! What must never panic, hang or believe a lie, whatever it is fed; used by the fuzzer and by the tests alike.
use std::sync::OnceLock;

use samsvar::actions::known;
use samsvar::store::backup::{Item, read_backup};
use samsvar::store::line;
use samsvar_core::answers::Draft;
use samsvar_core::campaigns::read_recipients;
use samsvar_core::forms::{Form, FormSource, Language};
use sha2::{Digest, Sha256};

/// A function fed with bytes.
pub type Target = fn(&[u8]);

/// Every target under the name of its corpus.
pub const ALL: [(&str, Target); 6] = [
    ("journal_lines", journal_lines),
    ("backup_files", backup_files),
    ("recipients", recipients),
    ("known_answers", known_answers),
    ("form_files", form_files),
    ("form_posts", form_posts),
];

/// A line as it is and with a right checksum, without which nothing behind the checksum is reached.
pub fn journal_lines(bytes: &[u8]) {
    for text in bytes.split(|byte| *byte == b'\n') {
        let _ = line::parse(text);
        let _ = line::parse_header(text);
        let checked = with_tail(text, b",\"check\":\"");
        let _ = line::parse(checked.strip_suffix(b"\n").unwrap_or(&checked));
        let sealed = sealed(text);
        let whole = sealed.strip_suffix(b"\n").unwrap_or(&sealed);
        let _ = line::parse_header(whole);
        if let Ok(line) = line::parse_format_1(whole) {
            assert!(line.ops.iter().all(|op| op.change().is_some()));
        }
    }
}

/// A backup as it is, and with right checksums; a whole one has its last line and no commit out of order.
pub fn backup_files(bytes: &[u8]) {
    let _ = read_backup(bytes, |_| Ok(()));
    let mut whole = Vec::new();
    for text in bytes
        .split(|byte| *byte == b'\n')
        .filter(|text| !text.is_empty())
    {
        whole.extend(sealed(text));
    }
    let (mut last, mut ended) = (None, false);
    let read = read_backup(whole.as_slice(), |item| {
        match item {
            Item::Commit(line, _) => {
                assert!(last.is_none_or(|last: u64| line.seq == last + 1));
                last = Some(line.seq);
            }
            Item::File(name, _) => assert!(
                !name.contains(['\\', '~']) && !name.contains("..") && !name.starts_with('/')
            ),
            Item::End(_) => ended = true,
            Item::Start(_) | Item::Header(_) => {}
        }
        Ok(())
    });
    assert!(read.is_err() || ended);
}

pub fn recipients(bytes: &[u8]) {
    if let Err(faults) = read_recipients(bytes, "indsamling", &["kommune", "tilbud"]) {
        assert!(!faults.is_empty());
    }
}

pub fn known_answers(bytes: &[u8]) {
    let _ = known::lines_in(bytes);
}

/// `form.json`, NUL, `ui.json`, NUL, `report.json`: read, drawn, answered with nothing, judged.
pub fn form_files(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut parts = text.split('\0');
    let source = FormSource {
        id: "fuzz".to_owned(),
        schema: parts.next().unwrap_or_default().to_owned(),
        ui: parts.next().map(str::to_owned),
        report: parts.next().map(str::to_owned),
        ..FormSource::default()
    };
    match Form::read(&source) {
        Err(faults) => assert!(!faults.is_empty()),
        Ok(form) => answer(&form, &[]),
    }
}

/// A form of every kind of question, and so small that a post takes no time.
const SMALL: &str = r#"{
  "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Alt", "type": "object",
  "properties": {
    "offers": {"title": "Tilbud", "type": "array", "maxItems": 9, "items": {"type": "object", "title": "Tilbud",
      "required": ["name"], "properties": {
        "name": {"title": "Navn", "type": "string", "minLength": 1, "maxLength": 40},
        "places": {"title": "Pladser", "type": "integer", "minimum": 0, "maximum": 500},
        "share": {"title": "Andel", "type": "number", "exclusiveMaximum": 100}}}},
    "plan": {"title": "Plan", "type": "object", "required": ["has"],
      "properties": {
        "has": {"title": "Har I en plan?", "type": "boolean"},
        "kind": {"title": "Hvilken?", "enum": ["kort", "lang", "ingen"]},
        "themes": {"title": "Emner", "type": "array", "uniqueItems": true, "items": {"enum": ["a", "b", "c"]}},
        "from": {"title": "Fra", "type": "string", "format": "date"},
        "mail": {"title": "Mail", "type": "string", "format": "email"}},
      "if": {"properties": {"has": {"const": true}}, "required": ["has"]},
      "then": {"required": ["kind"], "properties": {"why": {"title": "Hvorfor?", "type": "string"}}},
      "else": {"properties": {"when": {"title": "Hvornår?", "type": "string", "pattern": "^[0-9]{4}$"}}}}
  }}"#;

/// Lines `NAME=VALUE`, posted to a small form; after a first line `!` to the largest one that ships, which takes a
/// hundred times as long.
pub fn form_posts(bytes: &[u8]) {
    static SMALL_FORM: OnceLock<Option<Form>> = OnceLock::new();
    static LARGEST_FORM: OnceLock<Option<Form>> = OnceLock::new();
    let text = String::from_utf8_lossy(bytes);
    let (form, text) = match text.strip_prefix("!\n") {
        Some(rest) => (LARGEST_FORM.get_or_init(largest_form), rest),
        None => (SMALL_FORM.get_or_init(small_form), text.as_ref()),
    };
    let pairs: Vec<(String, String)> = text
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    assert!(form.is_some(), "the form to post to can't be read");
    if let Some(form) = form {
        answer(form, &pairs);
    }
}

fn small_form() -> Option<Form> {
    let source = FormSource {
        id: "fuzz".to_owned(),
        schema: SMALL.to_owned(),
        ..FormSource::default()
    };
    Form::read(&source).ok()
}

fn largest_form() -> Option<Form> {
    let source = FormSource {
        id: "fuzz".to_owned(),
        schema: include_str!("../forms/spiseforstyrrelser-kommune/form.json").to_owned(),
        ui: Some(include_str!("../forms/spiseforstyrrelser-kommune/ui.json").to_owned()),
        ..FormSource::default()
    };
    Form::read(&source).ok()
}

/// What a person's post goes through: read, kept, judged, drawn; read twice it is the same.
fn answer(form: &Form, pairs: &[(String, String)]) {
    let draft = form.read_post(None, pairs, &form.begun());
    let again = form.read_post(None, pairs, &draft);
    assert_eq!(draft.answers, again.answers, "a post read twice");
    let findings = form.validate(&draft, Language::Da);
    let _ = form.page(&draft, &findings, Language::Da);
    let sent = form.submission_of(&draft);
    let _ = form.answered_list(&sent, Language::En);
    let _ = form.validate(&Draft::of(sent), Language::En);
}

/// The line with its right checksum and a newline; without a JSON object's closing brace if it has one.
fn sealed(text: &[u8]) -> Vec<u8> {
    with_tail(text, b",\"sum\":\"")
}

fn with_tail(text: &[u8], mark: &[u8]) -> Vec<u8> {
    let cut = text.windows(mark.len()).rposition(|window| window == mark);
    let body = &text[..cut.unwrap_or(text.len() - usize::from(text.ends_with(b"}")))];
    let mut line = body.to_vec();
    line.extend_from_slice(mark);
    for byte in Sha256::digest(body) {
        line.extend(format!("{byte:02x}").bytes());
    }
    line.extend_from_slice(b"\"}\n");
    line
}
