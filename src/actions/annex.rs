//! The full-length annex: every answer of a collection as a document to be read, written one respondent at a time.
use std::io::Write;

use samsvar_core::campaigns::group_title;
use samsvar_core::danish;
use samsvar_core::forms::Language;

use super::ActionError;
use super::exporting::{Export, broken};
use crate::writers::copies::{DocxStream, Part, chapter};

impl Export {
    /// A chapter for each group, a section for each respondent; whoever sent nothing is named with the reason.
    pub(super) fn write_annex(
        &self,
        out: impl Write,
        told: &mut dyn FnMut(usize, usize),
    ) -> Result<(), ActionError> {
        let campaign = &self.found.campaign;
        let all: usize = self
            .parts
            .iter()
            .map(|(group, _)| self.of(group).count())
            .sum();
        let title = format!("Alle svar i fuld længde: {}", campaign.title);
        let mut document =
            DocxStream::start(out, &title, &title, Language::Da).map_err(|e| broken(&e))?;
        let mut part = |part: Part| document.part(&part).map_err(|e| broken(&e));
        part(Part::Answer {
            label: "Rådata".into(),
            text: "Dokumentet viser små tal og fri tekst. Det må ikke forlade sekretariatet."
                .into(),
        })?;
        part(Part::Answer {
            label: "Hentet".into(),
            text: danish::date_time(self.app.now()),
        })?;
        let mut done = 0;
        for (group, _) in &self.parts {
            part(Part::Heading {
                level: 1,
                text: group_title(group).to_string(),
            })?;
            for respondent in self.of(group) {
                part(Part::Heading {
                    level: 2,
                    text: respondent.name(),
                })?;
                match self.sent(respondent)? {
                    Some(sent) => {
                        let form = self.app.form(&sent.form)?;
                        for one in chapter(campaign, respondent, &form, &sent, 2) {
                            part(one)?;
                        }
                    }
                    None => part(Part::Answer {
                        label: "Intet svar".into(),
                        text: respondent.disposition().danish().into(),
                    })?,
                }
                done += 1;
                told(done, all);
            }
        }
        document.finish().map_err(|e| broken(&e))
    }
}
