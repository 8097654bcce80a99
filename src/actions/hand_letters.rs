//! Letters between the people of one answer: asked for help, asked to approve, sent back.
use chrono::{DateTime, Utc};
use samsvar_core::access::{Link, Opens};
use samsvar_core::campaigns::{Campaign, Contact, Phase, Respondent};
use samsvar_core::danish;
use samsvar_core::forms::Language;
use samsvar_core::hands::{ApprovalRequest, Handover, Outcome, Share};

use super::documents::part_key;
use super::letters::{LetterWriter, as_html, broken, queued};
use super::{ActionError, new_token};
use crate::mail::{Address, ComposeError, Composed, Letter, LetterKind, Outgoing, Recipient};
use crate::store::{Commit, Document};

pub(super) const HANDOVER: &str = "handover";
pub(super) const APPROVAL: &str = "approval";
pub(super) const RETURNED: &str = "returned";

/// A row of the outbox for a colleague's link.
pub(super) fn handover_letter(
    campaign: &Campaign,
    respondent: &Respondent,
    handover: &Handover,
    now: DateTime<Utc>,
) -> Result<Letter, ActionError> {
    let to = to(&handover.colleague)?;
    queued(
        Some(campaign),
        Some(respondent),
        to,
        about(HANDOVER, &handover.id),
        now,
    )
}

/// A row of the outbox for a manager's link.
pub(super) fn approval_letter(
    campaign: &Campaign,
    respondent: &Respondent,
    request: &ApprovalRequest,
    now: DateTime<Utc>,
) -> Result<Letter, ActionError> {
    let to = to(&request.manager)?;
    queued(
        Some(campaign),
        Some(respondent),
        to,
        about(APPROVAL, &request.id),
        now,
    )
}

/// A row of the outbox for whoever had asked; `None` where they have no address.
pub(super) fn returned_letter(
    campaign: &Campaign,
    respondent: &Respondent,
    request: &ApprovalRequest,
    now: DateTime<Utc>,
) -> Result<Option<Letter>, ActionError> {
    let Some(Ok(to)) = respondent.contacts.get(request.by).map(to) else {
        return Ok(None);
    };
    queued(
        Some(campaign),
        Some(respondent),
        to,
        about(RETURNED, &request.id),
        now,
    )
    .map(Some)
}

/// A row of the outbox for the manager's copy of the receipt.
pub(super) fn receipt_letter_to_manager(
    campaign: &Campaign,
    respondent: &Respondent,
    request: &ApprovalRequest,
    number: u32,
    now: DateTime<Utc>,
) -> Result<Letter, ActionError> {
    let kind = LetterKind::Receipt {
        submission: number.to_string(),
    };
    queued(
        Some(campaign),
        Some(respondent),
        to(&request.manager)?,
        kind,
        now,
    )
}

impl LetterWriter {
    /// Whose letter it is; the campaign's deadline is the respondent's own, which may be a later one.
    fn with_own_window(&self, letter: &Letter) -> Result<(Campaign, Respondent), ComposeError> {
        let (mut campaign, respondent) = self.of(letter)?;
        campaign.window = respondent.window(&campaign.window);
        Ok((campaign, respondent))
    }

    pub(super) fn handover(
        &self,
        letter: &Letter,
        id: &str,
        now: DateTime<Utc>,
    ) -> Result<Composed, ComposeError> {
        let (campaign, respondent) = self.with_own_window(letter)?;
        let handover: Handover = self.part(&campaign, &respondent, id)?;
        if handover.withdrawn.is_some() || campaign.window.phase(now) == Phase::Closed {
            return Err(not_needed());
        }
        let form = self.form_title(&campaign, &respondent)?;
        let parts = match &handover.share {
            Share::Whole => "Det drejer sig om hele skemaet.".to_owned(),
            Share::Sections(ids) => format!(
                "Det drejer sig om: {}.",
                self.section_titles(&campaign, &respondent, ids)?.join(", ")
            ),
        };
        let message = match handover.message.text() {
            "" => String::new(),
            text => format!("{text}\n\n"),
        };
        let start = format!(
            "Kære {}\n\n{} beder om din hjælp til at udfylde spørgeskemaet »{form}« for {}. {parts}\n\n{message}\
             Åbn din del med dette personlige link. Du skal ikke logge ind:\n",
            handover.colleague.name,
            asker(&respondent, handover.by),
            respondent.name(),
        );
        let end = format!(
            "\n\nDet, du skriver, gemmes undervejs. Svarfristen er {}. Din kollega sender hele svaret, når alle dele er færdige.\n\n\
             Venlig hilsen\n{}\n",
            danish::date_time(campaign.window.deadline),
            campaign.sender.name,
        );
        let subject = format!("Din hjælp til »{form}«");
        let opens = Opens::Handover(handover.id.clone());
        self.with_link(
            letter,
            &campaign,
            &respondent,
            opens,
            handover.by,
            [subject, start, end],
            now,
        )
    }

    pub(super) fn approval(
        &self,
        letter: &Letter,
        id: &str,
        now: DateTime<Utc>,
    ) -> Result<Composed, ComposeError> {
        let (campaign, respondent) = self.with_own_window(letter)?;
        let request: ApprovalRequest = self.part(&campaign, &respondent, id)?;
        if !request.is_waiting() {
            return Err(not_needed());
        }
        let form = self.form_title(&campaign, &respondent)?;
        let start = format!(
            "Kære {}\n\n{} har udfyldt spørgeskemaet »{form}« for {} og beder dig godkende svaret.\n\n\
             Læs svaret her. Du kan godkende det eller sende det tilbage med en kommentar. Du skal ikke logge ind:\n",
            request.manager.name,
            asker(&respondent, request.by),
            respondent.name(),
        );
        let end = format!(
            "\n\nSvaret bliver først sendt, når du har godkendt det. Svarfristen er {}. \
             Godkend helst inden da; det kan gøres til og med {}.\n\nVenlig hilsen\n{}\n",
            danish::date_time(campaign.window.deadline),
            danish::date_time(campaign.window.approvals_end()),
            campaign.sender.name,
        );
        let subject = format!("Godkend svaret på »{form}«");
        let opens = Opens::Approval(request.id.clone());
        self.with_link(
            letter,
            &campaign,
            &respondent,
            opens,
            request.by,
            [subject, start, end],
            now,
        )
    }

    pub(super) fn returned(
        &self,
        letter: &Letter,
        id: &str,
        now: DateTime<Utc>,
    ) -> Result<Composed, ComposeError> {
        let (campaign, respondent) = self.with_own_window(letter)?;
        let request: ApprovalRequest = self.part(&campaign, &respondent, id)?;
        let Outcome::Returned { comment, .. } = &request.outcome else {
            return Err(not_needed());
        };
        let form = self.form_title(&campaign, &respondent)?;
        let start = format!(
            "{} har læst jeres svar på »{form}« og sendt det tilbage med denne kommentar:\n\n{}\n\n\
             I kan rette svaret med dette personlige link og sende det til godkendelse igen:\n",
            request.manager.name,
            comment.text(),
        );
        let end = format!(
            "\n\nSvarfristen er {}.\n\nVenlig hilsen\n{}\n",
            danish::date_time(campaign.window.deadline),
            campaign.sender.name,
        );
        let subject = format!("Sendt tilbage: »{form}«");
        self.with_link(
            letter,
            &campaign,
            &respondent,
            Opens::Own,
            request.by,
            [subject, start, end],
            now,
        )
    }

    /// `texts` are the subject, what stands before the link, and what stands after it.
    #[allow(clippy::too_many_arguments)] // each is one fact of the letter, and they never travel together elsewhere
    fn with_link(
        &self,
        letter: &Letter,
        campaign: &Campaign,
        respondent: &Respondent,
        opens: Opens,
        contact: usize,
        texts: [String; 3],
        now: DateTime<Utc>,
    ) -> Result<Composed, ComposeError> {
        let token = new_token().map_err(|e| broken(&e.to_string()))?;
        let link = Link {
            token_hash: token.hash(),
            campaign: campaign.id.clone(),
            respondent: respondent.id.clone(),
            contact,
            created: now,
            opens,
        };
        let url = self.app.url(&format!("/l/{}", token.reveal()));
        let [subject, before, after] = texts;
        let text = format!("{before}{url}{after}");
        let outgoing = Outgoing {
            from: self.from(&campaign.sender)?,
            to: letter.to.clone(),
            reply_to: self.reply_to(&campaign.sender)?,
            subject,
            html: Some(as_html(&text, &url)),
            text,
            attachments: Vec::new(),
        };
        Ok(Composed {
            outgoing,
            first: Some(Commit::new(now).put_new(&link)),
        })
    }

    fn part<D: Document>(
        &self,
        campaign: &Campaign,
        respondent: &Respondent,
        id: &str,
    ) -> Result<D, ComposeError> {
        let place = part_key(&campaign.id, &respondent.id, id);
        let stored = self
            .app
            .store
            .get::<D>(&place)
            .map_err(|e| broken(&e.to_string()))?;
        stored.map(|s| s.doc).ok_or_else(not_needed)
    }

    fn form_title(
        &self,
        campaign: &Campaign,
        respondent: &Respondent,
    ) -> Result<String, ComposeError> {
        Ok(self.form(campaign, respondent)?.title(Language::Da))
    }

    fn section_titles(
        &self,
        campaign: &Campaign,
        respondent: &Respondent,
        ids: &[String],
    ) -> Result<Vec<String>, ComposeError> {
        let form = self.form(campaign, respondent)?;
        Ok(super::hands::section_titles(&form, ids, Language::Da))
    }

    fn form(
        &self,
        campaign: &Campaign,
        respondent: &Respondent,
    ) -> Result<std::sync::Arc<samsvar_core::forms::Form>, ComposeError> {
        let missing = || broken("the respondent has no form");
        let form = campaign.form_for(&respondent.group).ok_or_else(missing)?;
        self.app.form(form).map_err(|e| broken(&e.to_string()))
    }
}

fn about(what: &str, id: &str) -> LetterKind {
    LetterKind::Other {
        about: what.to_owned(),
        key: id.to_owned(),
    }
}

fn to(contact: &Contact) -> Result<Recipient, ActionError> {
    let address = Address::parse(&contact.address)
        .map_err(|_| ActionError::Broken("an address is not valid".into()))?;
    Ok(Recipient::new(contact.name.clone(), address))
}

/// Who asks, by name where there is one.
fn asker(respondent: &Respondent, contact: usize) -> String {
    let name = respondent.contacts.get(contact).map(|c| c.name.as_str());
    name.filter(|n| !n.is_empty())
        .unwrap_or("En kollega")
        .to_owned()
}

fn not_needed() -> ComposeError {
    ComposeError::NotNeeded {
        reason: "Anmodningen er trukket tilbage eller besvaret.".into(),
    }
}
