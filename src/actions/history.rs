//! The log of events as a whole: proven unbroken, and written out.
use samsvar_core::events::{Actor, Deed};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::{ActionError, event};
use crate::app::App;
use crate::store::{Commit, EVENTS, Verified, key};

/// Stands for "no campaign" in events; no campaign's id can be it.
const NO_CAMPAIGN: &str = "-";

/// Checks every line of the journal, the chain of events, and that the index shows just these events.
///
/// The error names the first broken link.
pub fn verify(app: &App) -> Result<Result<Verified, String>, ActionError> {
    let verified = match app.store.verify() {
        Ok(verified) => verified,
        Err(error) => return Ok(Err(error.to_string())),
    };
    let mut in_journal = std::collections::BTreeMap::new();
    app.store.each_commit(0, |line| {
        for op in &line.ops {
            if op.place().is_some()
                && let (Some(key), Some(event)) = (op.key(), app.store.reveal(line.seq, op)?)
            {
                in_journal.insert(key.to_owned(), event.json);
            }
        }
        Ok(())
    })?;
    let mut stranger = None;
    app.store.each_document(|table, at, json| {
        if table == EVENTS && in_journal.remove(at).as_deref() != Some(json) {
            stranger.get_or_insert_with(|| at.to_owned());
        }
        Ok(())
    })?;
    // What was written since the journal was read is in the index only.
    let stranger = stranger.filter(|_| app.store.durable_seq() == verified.commits);
    Ok(match (stranger, in_journal.into_keys().next()) {
        (Some(at), _) => Err(format!(
            "the index shows an event {at} that the journal does not hold"
        )),
        (None, Some(at)) => Err(format!("the index does not show the event {at}")),
        (None, None) => Ok(verified),
    })
}

/// Whether the chain had this link hash at this number: an anchor that was noted elsewhere.
pub fn has_link(app: &App, n: u64, link: &str) -> Result<bool, ActionError> {
    let mut events = crate::store::EventChain::default();
    let mut found = n == 0;
    app.store.each_commit(0, |line| {
        for op in &line.ops {
            if let (Some(place), Some(key), Some(hash)) = (op.place(), op.key(), op.hash()) {
                events.take(&place, key, hash);
                found |= events.count == n && events.link == link;
            }
        }
        Ok(())
    })?;
    Ok(found)
}

/// JSON lines, the oldest first: an event, its number, the link hash before it, and what its hash was made of.
pub fn export(app: &App, campaign: Option<&str>, by: Actor) -> Result<Vec<u8>, ActionError> {
    let now = app.now();
    let about = campaign.unwrap_or(NO_CAMPAIGN);
    let told = event(now, about, None, by, Deed::EventsExported)?;
    app.store.commit(Commit::new(now).put_new(&told))?;
    let below = campaign.map(|id| format!("{}/", key([id])));
    let mut lines = Vec::new();
    app.store.each_commit(0, |line| {
        for op in &line.ops {
            let (Some(place), Some(at)) = (op.place(), op.key()) else {
                continue;
            };
            if below.as_ref().is_some_and(|below| !at.starts_with(below)) {
                continue;
            }
            let shown = app.store.reveal(line.seq, op)?;
            let event = shown
                .as_ref()
                .and_then(|e| RawValue::from_string(e.json.clone()).ok());
            let row = json!({
                "n": place.n,
                "link": place.link,
                "key": at,
                "hash": op.hash(),
                "salt": shown.as_ref().map(|e| e.salt.as_str()),
            });
            push_row(&mut lines, row, event.as_deref());
        }
        Ok(())
    })?;
    Ok(lines)
}

/// The event's own bytes, for its hash is of them.
fn push_row(lines: &mut Vec<u8>, row: Value, event: Option<&RawValue>) {
    let mut text = row.to_string();
    text.pop();
    text.push_str(",\"event\":");
    text.push_str(event.map_or("null", RawValue::get));
    text.push_str("}\n");
    lines.extend_from_slice(text.as_bytes());
}
