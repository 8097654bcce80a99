//! One answer as data, with what its receipt says of it.
use samsvar_core::campaigns::{Campaign, Respondent, Submission, receipt_number};
use serde_json::{Value, json};

/// The answer under `answers`, and around it whose it is, when it came, and by which number and hash it is known.
///
/// `sha256` is of `answers` as compact JSON (no white space, members in the order they stand).
pub fn json(
    campaign: &Campaign,
    respondent: &Respondent,
    title: &str,
    sent: &Submission,
) -> String {
    let signed = (!sent.sign_off.name.is_empty())
        .then(|| json!({"name": sent.sign_off.name, "title": sent.sign_off.title}));
    let copy: Value = json!({
        "receipt": receipt_number(&sent.sha256, sent.number),
        "sha256": sent.sha256,
        "number": sent.number,
        "received": sent.at.to_rfc3339(),
        "respondent": respondent.name(),
        "collection": campaign.title,
        "form": {"id": sent.form.id, "version": sent.form.version, "title": title},
        "approved_by": signed,
        "answers": sent.answers,
    });
    format!("{copy:#}\n")
}
