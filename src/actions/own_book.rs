//! One respondent's answers as a workbook of their own: for themselves, and for the secretariat, whose look is an event.
use samsvar_core::access::Staff;
use samsvar_core::campaigns::{Campaign, Respondent, Submission, receipt_number};
use samsvar_core::danish;
use samsvar_core::events::{Actor, Deed};
use samsvar_core::forms::Language;

use super::answering::submission;
use super::exporting::broken;
use super::raw_columns::raw_columns;
use super::{ActionError, event};
use crate::app::App;
use crate::store::{Commit, key};
use crate::writers::answers::file_name;
use crate::writers::copies::{OwnBook, workbook};
use crate::writers::raw::{RawRow, Seen};

/// The workbook of one submission.
pub fn of(
    app: &App,
    campaign: &Campaign,
    respondent: &Respondent,
    sent: &Submission,
) -> Result<Vec<u8>, ActionError> {
    let form = app.form(&sent.form)?;
    let mut seen = Seen::default();
    seen.see(&sent.answers);
    let deadline = respondent.window(&campaign.window).deadline;
    let mark = sent.mark(deadline, Language::Da);
    let fact = |label: &str, text: String| (label.to_owned(), text);
    let book = OwnBook {
        facts: vec![
            fact("Indsamling", campaign.title.clone()),
            fact("Svar fra", respondent.name()),
            fact("Status", respondent.disposition().danish().to_owned()),
            fact("Sendt", danish::date_time(sent.at)),
            fact("Svar nr.", sent.number.to_string()),
            fact("Bemærk", mark.clone().unwrap_or_default()),
            fact(
                "Kvitteringsnummer",
                receipt_number(&sent.sha256, sent.number),
            ),
            fact("Kontrolsum (SHA-256)", sent.sha256.clone()),
        ],
        columns: raw_columns(&form, &seen),
        row: RawRow {
            respondent: respondent.name(),
            group: respondent.group.clone(),
            status: respondent.disposition().danish().to_owned(),
            submitted: Some(sent.at),
            mark: mark.clone().unwrap_or_default(),
            answers: Some(sent.answers.clone()),
            provenance: form.provenance(&sent.answers, &sent.known),
        },
        known: sent.known.clone(),
    };
    workbook(&book).map_err(|e| broken(&e))
}

/// The workbook of the submission that counts, with the file's name; the event is stored before.
///
/// `None` where there is no such respondent, or nothing was sent.
pub fn for_staff(
    app: &App,
    by: &Staff,
    campaign: &str,
    respondent: &str,
) -> Result<Option<(String, Vec<u8>)>, ActionError> {
    let found = app.store.get::<Campaign>(&key([campaign]))?;
    let asked = app.store.get::<Respondent>(&key([campaign, respondent]))?;
    let (Some(found), Some(asked)) = (found, asked) else {
        return Ok(None);
    };
    let number = asked.doc.progress.submissions;
    let Some(sent) = submission(app, campaign, respondent, number)? else {
        return Ok(None);
    };
    let now = app.now();
    let actor = Actor::Staff(by.name.clone());
    let deed = Deed::AnswerRead { number };
    let read = event(now, campaign, Some(respondent), actor, deed)?;
    app.store.commit(Commit::new(now).put_new(&read))?;
    let bytes = of(app, &found.doc, &asked.doc, &sent)?;
    Ok(Some((file_name(&asked.doc, &sent, "xlsx"), bytes)))
}
