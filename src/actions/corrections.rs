//! The letter that asks a respondent to confirm what the secretariat corrected.
use chrono::{DateTime, Utc};
use samsvar_core::campaigns::{Bilingual, Campaign, LetterText, Respondent, Submitter};

use super::ActionError;
use super::answering::submission;
use super::letters::{LetterWriter, not_needed, other_letter};
use crate::mail::{ComposeError, Composed, Letter, queue};
use crate::store::Commit;

/// The name under which such a letter stands in the outbox.
pub(super) const CORRECTION: &str = "correction";

/// Adds the letters to the correction's own commit.
pub(super) fn correction_letters(
    mut commit: Commit,
    campaign: &Campaign,
    respondent: &Respondent,
    number: u32,
    now: DateTime<Utc>,
) -> Result<Commit, ActionError> {
    for (place, _) in respondent.reachable() {
        let about = format!("{number}/{place}");
        let letter = other_letter(campaign, respondent, place, (CORRECTION, &about), now)?;
        commit = queue(commit, &letter);
    }
    Ok(commit)
}

impl LetterWriter {
    /// Tells why, not what: the answer itself stands behind the link.
    pub(super) fn correction(
        &self,
        letter: &Letter,
        about: &str,
        now: DateTime<Utc>,
    ) -> Result<Composed, ComposeError> {
        let gone = || not_needed("Rettelsen er væk.");
        let (number, contact) = about.split_once('/').ok_or_else(gone)?;
        let number: u32 = number.parse().map_err(|_| gone())?;
        let (campaign, respondent) = self.of(letter)?;
        let found = submission(&self.app, &campaign.id, &respondent.id, number);
        let found = found.map_err(|e| ComposeError::Broken {
            cause: e.to_string(),
        })?;
        let Some(Submitter::Correction { reason, .. }) = found.map(|s| s.by) else {
            return Err(gone());
        };
        let text = Bilingual {
            danish: LetterText {
                subject: "Vi har rettet jeres svar på {indsamling}".into(),
                body: format!(
                    "Kære {{modtager}}\n\nSekretariatet har rettet et svar for {{organisation}}.\n\nGrunden er: {reason}\n\n\
                     Se rettelsen, og bekræft den, med dette personlige link:\n{{link}}\n\nVenlig hilsen\n{{afsender}}"
                ),
            },
            english: None,
        };
        self.linked_at_any_time(letter, contact, &text, now)
    }
}
