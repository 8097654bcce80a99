//! The certificate's page read back: the hashes of all other files, and what it counts.
use samsvar_core::reports::Report;
use sha2::{Digest, Sha256};

use super::html::texts;

pub(super) fn check(
    report: &Report,
    files: &[(String, Vec<u8>)],
    bytes: &[u8],
) -> Result<(), String> {
    let page = std::str::from_utf8(bytes).map_err(|_| "is not text".to_owned())?;
    let (_, body) = page.split_once("<body>").ok_or("has no body")?;
    let texts = texts(body);
    let after = |words: &str| {
        let at = texts.iter().position(|text| text == words)?;
        texts.get(at + 1).map(String::as_str)
    };
    for (name, bytes) in files.iter().filter(|(name, _)| name != "attest.html") {
        let hash: String = Sha256::digest(bytes)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        if after(name) != Some(&hash) {
            return Err(format!("has another hash for {name}"));
        }
    }
    let summary = report.summary();
    let hidden = format!(
        "{} små tal og {} for at beskytte dem",
        summary.primary, summary.complementary
    );
    let limit = format!("1-{} skjules", report.threshold());
    let holds = after("Skjulte tal").is_some_and(|text| text.starts_with(&hidden))
        && after("Grænse for små tal") == Some(&limit)
        && after("Løftede bånd") == report.lifted().as_deref()
        && after("Resultat") == Some("Bestået")
        && texts.contains(&report.title().to_owned())
            | texts.iter().any(|text| text.starts_with(report.title()));
    match holds {
        true => Ok(()),
        false => Err("says something else of the report".into()),
    }
}
