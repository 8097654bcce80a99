//! Posted files on their way into an answer: kept first, then named in the field's own value.
use serde_json::Value;

use super::posted::PostedFile;
use crate::actions::ActionError;
use crate::actions::answering::Holder;
use crate::actions::attachments;
use crate::app::App;

/// Keeps the files of a page and puts what stands in the answer for each among the page's fields.
///
/// A file that is refused stays out of the answer and its reason is given as the field's text, so
/// that the page says at the field what was wrong with it. A value that names a file which this
/// respondent never gave is dropped.
pub fn keep_posted(
    app: &App,
    holder: &Holder,
    files: &[PostedFile],
    pairs: &mut Vec<(String, String)>,
) -> Result<(), ActionError> {
    drop_foreign(app, holder, pairs)?;
    for file in files {
        let text = match attachments::keep(app, holder, &file.file_name, &file.bytes)? {
            Ok(value) => value.to_string(),
            Err(refusal) => format!("{}: {}", file.file_name, refusal.danish()),
        };
        pairs.retain(|(name, _)| *name != file.field);
        pairs.push((file.field.clone(), text));
    }
    Ok(())
}

fn drop_foreign(
    app: &App,
    holder: &Holder,
    pairs: &mut Vec<(String, String)>,
) -> Result<(), ActionError> {
    let mut foreign = Vec::new();
    for (at, (_, text)) in pairs
        .iter()
        .enumerate()
        .filter(|(_, (name, text))| name != "base" && text.contains("sha256"))
    {
        if names_foreign(app, holder, text)? {
            foreign.push(at);
        }
    }
    for at in foreign.into_iter().rev() {
        pairs.remove(at);
    }
    Ok(())
}

fn names_foreign(app: &App, holder: &Holder, text: &str) -> Result<bool, ActionError> {
    let named = serde_json::from_str::<Value>(text).ok();
    for sha256 in named.iter().flat_map(attachments::hashes_in) {
        if !attachments::is_own(app, holder, &sha256)? {
            return Ok(true);
        }
    }
    Ok(false)
}
