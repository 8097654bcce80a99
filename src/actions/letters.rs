//! What letters say, and the links that they carry: drawn when they leave, kept as hashes only.
use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use maud::{DOCTYPE, html};
use samsvar_core::access::{Link, Opens, SIGN_IN_MINUTES, SignIn, Staff, Token};
use samsvar_core::campaigns::{
    Bilingual, Campaign, Disposition, LetterFields, LetterText, Phase, Respondent, Sender,
    Submission, receipt_number,
};
use samsvar_core::danish;
use samsvar_core::events::{Actor, Deed};
use samsvar_core::forms::Language;

use super::answering::submission;
use super::corrections::CORRECTION;
use super::documents::SignInRequest;
use super::hand_letters::{APPROVAL, HANDOVER, RETURNED};
pub(super) use super::hand_letters::{
    approval_letter, handover_letter, receipt_letter_to_manager, returned_letter,
};
use super::messages::MESSAGE;
use super::passing;
use super::selection_letters::NOTICE;
use super::trial::TRIAL;
use super::{ActionError, event, new_token};
use crate::app::App;
use crate::mail::{
    Address, Attachment, ComposeError, Composed, Composer, IncomingKind, IncomingMail, Letter,
    LetterKind, LetterState, Outgoing, Recipient, fresh_id, letters_of,
};
use crate::store::{Commit, Document, key};
use crate::writers::answers::{copy, file_name};
use crate::writers::copies;

const SIGN_IN: &str = "sign_in_request";
/// A mail that came back on a letter, on its way to the campaign's sender.
pub(super) const PASSED_ON: &str = "incoming_mail";

/// A row of the outbox for one contact's invitation; its link is drawn when it leaves.
pub fn invitation_letter(
    campaign: &Campaign,
    respondent: &Respondent,
    contact: usize,
    now: DateTime<Utc>,
) -> Result<Letter, ActionError> {
    let to = recipient(respondent, contact)?;
    let kind = LetterKind::Invitation {
        invitation: contact.to_string(),
    };
    queued(Some(campaign), Some(respondent), to, kind, now)
}

/// A row of the outbox for a reminder.
pub fn reminder_letter(
    campaign: &Campaign,
    respondent: &Respondent,
    contact: usize,
    now: DateTime<Utc>,
) -> Result<Letter, ActionError> {
    let to = recipient(respondent, contact)?;
    let kind = LetterKind::Reminder {
        invitation: contact.to_string(),
    };
    queued(Some(campaign), Some(respondent), to, kind, now)
}

/// A row of the outbox for a letter of another kind: its name, and the key of what it is about.
pub(super) fn other_letter(
    campaign: &Campaign,
    respondent: &Respondent,
    contact: usize,
    (about, key): (&str, &str),
    now: DateTime<Utc>,
) -> Result<Letter, ActionError> {
    let to = recipient(respondent, contact)?;
    let kind = LetterKind::Other {
        about: about.into(),
        key: key.into(),
    };
    queued(Some(campaign), Some(respondent), to, kind, now)
}

/// A row of the outbox for a receipt; `None` where the contact has no address.
pub fn receipt_letter(
    campaign: &Campaign,
    respondent: &Respondent,
    contact: usize,
    number: u32,
    now: DateTime<Utc>,
) -> Result<Option<Letter>, ActionError> {
    let Ok(to) = recipient(respondent, contact) else {
        return Ok(None);
    };
    let kind = LetterKind::Receipt {
        submission: number.to_string(),
    };
    queued(Some(campaign), Some(respondent), to, kind, now).map(Some)
}

/// A row of the outbox for a sign-in link, and the request that it answers.
pub fn sign_in_letter(
    staff: &Staff,
    browser: &Token,
    now: DateTime<Utc>,
) -> Result<(Letter, SignInRequest), ActionError> {
    let request = SignInRequest {
        id: random_id()?,
        staff: staff.address.clone(),
        browser_hash: browser.hash(),
        asked: now,
    };
    let to = Recipient::new(staff.name.clone(), address(&staff.address)?);
    let kind = LetterKind::Other {
        about: SIGN_IN.into(),
        key: request.id.clone(),
    };
    Ok((queued(None, None, to, kind, now)?, request))
}

/// A row of the outbox for somebody's words, to whoever sent the campaign's letters.
pub(super) fn passed_on_letter(
    campaign: &Campaign,
    mail: &IncomingMail,
    now: DateTime<Utc>,
) -> Result<Letter, ActionError> {
    let to = Recipient::new(
        campaign.sender.name.clone(),
        address(&campaign.sender.address)?,
    );
    let kind = LetterKind::Other {
        about: PASSED_ON.into(),
        key: mail.key(),
    };
    Ok(Letter::queued(
        random_id()?,
        Some(campaign.id.clone()),
        Some(mail.respondent.clone()),
        to,
        kind,
        now,
        now,
    ))
}

/// How the letters of a campaign stand, by respondent.
pub struct MailStates(BTreeMap<String, &'static str>);

impl MailStates {
    /// A word for the secretariat's table.
    pub fn of(&self, respondent: &str) -> &'static str {
        self.0.get(respondent).copied().unwrap_or("Intet brev")
    }
}

/// The state of each respondent's invitation; of several contacts, the one that most needs a look.
pub fn states(app: &App, campaign: &str) -> Result<MailStates, ActionError> {
    let mut states: BTreeMap<String, (u8, &'static str)> = BTreeMap::new();
    for letter in letters_of(&app.store, Some(campaign))? {
        if !matches!(letter.doc.kind, LetterKind::Invitation { .. }) {
            continue;
        }
        let found = match letter.doc.state {
            LetterState::Bounced { .. } => (5, "Kom retur"),
            LetterState::Failed { .. } => (4, "Kunne ikke afleveres"),
            LetterState::InDoubt { .. } => (3, "Uvist"),
            LetterState::Queued { attempts: 1.., .. } => (2, "Forsøges igen"),
            LetterState::Queued { .. } | LetterState::HandedOver { .. } => (1, "I udbakken"),
            LetterState::Withdrawn { .. } => (1, "Trukket tilbage"),
            LetterState::Sent { .. } => (0, "Sendt"),
        };
        let respondent = letter.doc.respondent.unwrap_or_default();
        let kept = states.entry(respondent).or_insert(found);
        if found.0 > kept.0 {
            *kept = found;
        }
    }
    Ok(MailStates(
        states
            .into_iter()
            .map(|(who, (_, word))| (who, word))
            .collect(),
    ))
}

/// Writes letters for the mail worker.
pub struct LetterWriter {
    pub app: Arc<App>,
}

impl Composer for LetterWriter {
    fn compose(&self, letter: &Letter, now: DateTime<Utc>) -> Result<Composed, ComposeError> {
        match &letter.kind {
            LetterKind::Invitation { invitation } => self.invitation(letter, invitation, now),
            LetterKind::Reminder { invitation } => self.reminder(letter, invitation, now),
            LetterKind::Receipt { submission } => self.receipt(letter, submission),
            LetterKind::Other { about, key } if about == HANDOVER => {
                self.handover(letter, key, now)
            }
            LetterKind::Other { about, key } if about == APPROVAL => {
                self.approval(letter, key, now)
            }
            LetterKind::Other { about, key } if about == RETURNED => {
                self.returned(letter, key, now)
            }
            LetterKind::Other { about, key } if about == SIGN_IN => self.sign_in(letter, key, now),
            LetterKind::Other { about, key } if about == PASSED_ON => self.passed_on(letter, key),
            LetterKind::Other { about, key } if about == TRIAL => self.trial(letter, key, now),
            LetterKind::Other { about, key } if about == MESSAGE => self.message(letter, key, now),
            LetterKind::Other { about, key } if about == CORRECTION => {
                self.correction(letter, key, now)
            }
            LetterKind::Other { about, key } if about == NOTICE => self.notice(letter, key),
            _ => Err(broken("a letter of a kind that nobody writes")),
        }
    }

    fn noted(&self, letter: &Letter, commit: Commit) -> Commit {
        let (at, deed) = match letter.state {
            LetterState::Sent { at, .. } => (at, Deed::LetterSent),
            LetterState::Failed { at, .. } | LetterState::Bounced { at, .. } => {
                (at, Deed::LetterFailed)
            }
            LetterState::InDoubt { at, .. } => (at, Deed::LetterInDoubt),
            _ => return commit,
        };
        let Some(campaign) = &letter.campaign else {
            return commit;
        };
        // Without randomness the letter's own state still tells it.
        match event(
            at,
            campaign,
            letter.respondent.as_deref(),
            Actor::System,
            deed,
        ) {
            Ok(event) => commit.put_new(&event),
            Err(_) => commit,
        }
    }
}

impl LetterWriter {
    fn invitation(
        &self,
        letter: &Letter,
        contact: &str,
        now: DateTime<Utc>,
    ) -> Result<Composed, ComposeError> {
        let (campaign, respondent) = self.of(letter)?;
        if matches!(
            respondent.disposition(),
            Disposition::Exempt | Disposition::Declined
        ) {
            return Err(not_needed("Der ventes ikke længere svar."));
        }
        self.still_theirs(letter, contact)?;
        let text = Bilingual {
            danish: campaign.invitation.clone(),
            english: campaign.letters.invitation_english.clone(),
        };
        self.linked(letter, contact, &text.with_way_on(), now)
    }

    /// Whoever has answered meanwhile, or need not, gets no reminder although one was queued.
    fn reminder(
        &self,
        letter: &Letter,
        contact: &str,
        now: DateTime<Utc>,
    ) -> Result<Composed, ComposeError> {
        let (campaign, respondent) = self.of(letter)?;
        if !respondent.disposition().owes() {
            return Err(not_needed(
                "Der er svaret, eller der ventes ikke længere svar.",
            ));
        }
        self.still_theirs(letter, contact)?;
        let text = campaign.letters.reminder.with_way_on();
        self.linked(letter, contact, &text, now)
    }

    /// Whoever has named another gets no more letters of this kind.
    fn still_theirs(&self, letter: &Letter, contact: &str) -> Result<(), ComposeError> {
        let (Some(campaign), Some(respondent)) = (&letter.campaign, &letter.respondent) else {
            return Ok(());
        };
        let named = passing::named_by(&self.app, campaign, respondent)
            .map_err(|e| broken(&e.to_string()))?;
        let place = contact.parse().unwrap_or(usize::MAX);
        if named.iter().any(|one| one.stops(place, letter.created)) {
            return Err(not_needed(
                "Modtageren har peget på en anden som den rette.",
            ));
        }
        Ok(())
    }

    /// A letter with a fresh personal link for a contact, while answers are taken.
    fn linked(
        &self,
        letter: &Letter,
        contact: &str,
        text: &Bilingual,
        now: DateTime<Utc>,
    ) -> Result<Composed, ComposeError> {
        let (campaign, respondent) = self.of(letter)?;
        if respondent.window(&campaign.window).phase(now) == Phase::Closed {
            return Err(not_needed("Svarfristen er overskredet."));
        }
        self.linked_at_any_time(letter, contact, text, now)
    }

    /// Like [`Self::linked`], after the deadline too: the link still opens what was answered.
    pub(super) fn linked_at_any_time(
        &self,
        letter: &Letter,
        contact: &str,
        text: &Bilingual,
        now: DateTime<Utc>,
    ) -> Result<Composed, ComposeError> {
        let (campaign, respondent) = self.of(letter)?;
        let contact = contact
            .parse()
            .map_err(|_| broken("a letter without a contact"))?;
        let token = new_token().map_err(|e| broken(&e.to_string()))?;
        let link = Link {
            token_hash: token.hash(),
            campaign: campaign.id.clone(),
            respondent: respondent.id.clone(),
            contact,
            created: now,
            opens: Opens::Own,
        };
        let url = self.app.url(&format!("/l/{}", token.reveal()));
        let filled = filled_in(
            text,
            &campaign,
            &respondent,
            letter.to.name.expose(),
            &url,
            None,
        );
        let outgoing = Outgoing {
            from: self.from(&campaign.sender)?,
            to: letter.to.clone(),
            reply_to: self.reply_to(&campaign.sender)?,
            subject: filled.subject,
            html: Some(as_html(&filled.body, &url)),
            text: filled.body,
            attachments: Vec::new(),
        };
        Ok(Composed {
            outgoing,
            first: Some(Commit::new(now).put_new(&link)),
        })
    }

    fn receipt(&self, letter: &Letter, number: &str) -> Result<Composed, ComposeError> {
        let (campaign, respondent) = self.of(letter)?;
        let number = number
            .parse()
            .map_err(|_| broken("a receipt without a number"))?;
        let sent = submission(&self.app, &campaign.id, &respondent.id, number)
            .map_err(|e| broken(&e.to_string()))?
            .ok_or_else(|| broken("the submission of a receipt is gone"))?;
        let form = self
            .app
            .form(&sent.form)
            .map_err(|e| broken(&e.to_string()))?;
        let filled = filled_in(
            &campaign.letters.receipt,
            &campaign,
            &respondent,
            letter.to.name.expose(),
            "",
            Some(&sent),
        );
        let page = copy(&campaign, &respondent, &form, &sent, Language::Da).into_string();
        let title = form.title(Language::Da);
        let json = copies::json(&campaign, &respondent, &title, &sent).into_bytes();
        let file = |ending: &str, media_type: &str, bytes: Vec<u8>| Attachment {
            name: file_name(&respondent, &sent, ending),
            media_type: media_type.into(),
            bytes,
        };
        let outgoing = Outgoing {
            from: self.from(&campaign.sender)?,
            to: letter.to.clone(),
            reply_to: self.reply_to(&campaign.sender)?,
            subject: filled.subject,
            html: None,
            text: filled.body,
            attachments: vec![
                file("html", "text/html; charset=utf-8", page.into_bytes()),
                file("json", "application/json", json),
            ],
        };
        Ok(Composed {
            outgoing,
            first: None,
        })
    }

    fn sign_in(
        &self,
        letter: &Letter,
        request: &str,
        now: DateTime<Utc>,
    ) -> Result<Composed, ComposeError> {
        let request = self
            .app
            .store
            .get::<SignInRequest>(&key([request]))
            .map_err(|e| broken(&e.to_string()))?
            .ok_or_else(|| ComposeError::NotNeeded {
                reason: "Anmodningen er væk.".into(),
            })?
            .doc;
        if now > request.asked + chrono::TimeDelta::minutes(SIGN_IN_MINUTES) {
            return Err(ComposeError::NotNeeded {
                reason: "Anmodningen er for gammel.".into(),
            });
        }
        let token = new_token().map_err(|e| broken(&e.to_string()))?;
        let link = SignIn {
            token_hash: token.hash(),
            staff: request.staff.clone(),
            sent: now,
            browser_hash: request.browser_hash,
        };
        let url = self.app.url(&format!("/log-ind/{}", token.reveal()));
        let text = format!(
            "Her er dit link til Samsvar. Det virker én gang, i den browser, hvor du bad om det, og i {SIGN_IN_MINUTES} minutter.\n\n{url}\n\n\
             Har du ikke bedt om det, så slet mailen.\n"
        );
        let own = Sender {
            name: "Samsvar".into(),
            address: request.staff,
            phone: String::new(),
        };
        let outgoing = Outgoing {
            from: self.from(&own)?,
            to: letter.to.clone(),
            reply_to: None,
            subject: "Log ind i Samsvar".into(),
            html: Some(as_html(&text, &url)),
            text,
            attachments: Vec::new(),
        };
        Ok(Composed {
            outgoing,
            first: Some(Commit::new(now).put_new(&link)),
        })
    }

    fn passed_on(&self, letter: &Letter, key: &str) -> Result<Composed, ComposeError> {
        let (campaign, respondent) = self.of(letter)?;
        let mail = self
            .app
            .store
            .get::<IncomingMail>(key)
            .map_err(|e| broken(&e.to_string()))?
            .ok_or_else(|| ComposeError::NotNeeded {
                reason: "Mailen er slettet.".into(),
            })?
            .doc;
        let what = match mail.kind {
            IncomingKind::Forwarded => "sendt jeres brev videre",
            _ => "skrevet tilbage på jeres brev",
        };
        let text = format!(
            "{} ({}) har {what} i indsamlingen »{}«. Svar på denne mail går til afsenderen.\n\nEmne: {}\n\n{}\n",
            respondent.name(),
            mail.words.from,
            campaign.title,
            mail.words.subject,
            mail.words.text,
        );
        let reply_to = Address::parse(&mail.words.from)
            .ok()
            .map(|from| Recipient::new("", from));
        let outgoing = Outgoing {
            from: self.from(&campaign.sender)?,
            to: letter.to.clone(),
            reply_to,
            subject: format!("Svar fra {}: {}", respondent.name(), mail.words.subject),
            text,
            html: None,
            attachments: Vec::new(),
        };
        Ok(Composed {
            outgoing,
            first: None,
        })
    }

    pub(super) fn of(&self, letter: &Letter) -> Result<(Campaign, Respondent), ComposeError> {
        let gone = || ComposeError::NotNeeded {
            reason: "Indsamlingen eller den svarende er væk.".into(),
        };
        let (Some(campaign), Some(respondent)) = (&letter.campaign, &letter.respondent) else {
            return Err(gone());
        };
        let store = &self.app.store;
        let found = store
            .get::<Campaign>(&key([campaign.as_str()]))
            .map_err(|e| broken(&e.to_string()))?;
        let asked = store
            .get::<Respondent>(&key([campaign.as_str(), respondent.as_str()]))
            .map_err(|e| broken(&e.to_string()))?;
        match (found, asked) {
            (Some(found), Some(asked)) => Ok((found.doc, asked.doc)),
            _ => Err(gone()),
        }
    }

    /// The campaign's sender, or the address that the mail server insists on.
    pub(super) fn from(&self, sender: &Sender) -> Result<Recipient, ComposeError> {
        let text = self
            .app
            .config
            .mail
            .from
            .as_ref()
            .unwrap_or(&sender.address);
        let address =
            Address::parse(text).map_err(|_| broken("the sender's address is not valid"))?;
        Ok(Recipient::new(sender.name.clone(), address))
    }

    pub(super) fn reply_to(&self, sender: &Sender) -> Result<Option<Recipient>, ComposeError> {
        if self.app.config.mail.from.is_none() {
            return Ok(None);
        }
        let address = Address::parse(&sender.address)
            .map_err(|_| broken("the sender's address is not valid"))?;
        Ok(Some(Recipient::new(sender.name.clone(), address)))
    }
}

pub(super) fn queued(
    campaign: Option<&Campaign>,
    respondent: Option<&Respondent>,
    to: Recipient,
    kind: LetterKind,
    now: DateTime<Utc>,
) -> Result<Letter, ActionError> {
    let id = random_id()?;
    Ok(Letter::queued(
        id,
        campaign.map(|c| c.id.clone()),
        respondent.map(|r| r.id.clone()),
        to,
        kind,
        now,
        now,
    ))
}

pub(super) fn random_id() -> Result<String, ActionError> {
    fresh_id().map_err(|e| ActionError::Broken(format!("no random numbers: {e}")))
}

fn recipient(respondent: &Respondent, contact: usize) -> Result<Recipient, ActionError> {
    let unreachable =
        || ActionError::Broken(format!("a contact of {} has no address", respondent.id));
    let contact = respondent.contacts.get(contact).ok_or_else(unreachable)?;
    Ok(Recipient::new(
        contact.name.clone(),
        address(&contact.address)?,
    ))
}

/// A member of the secretariat as a letter's recipient.
pub(super) fn staff_recipient(staff: &Staff) -> Result<Recipient, ActionError> {
    Ok(Recipient::new(staff.name.clone(), address(&staff.address)?))
}

fn address(text: &str) -> Result<Address, ActionError> {
    Address::parse(text).map_err(|_| ActionError::Broken("an address is not valid".into()))
}

pub(super) fn not_needed(reason: &str) -> ComposeError {
    ComposeError::NotNeeded {
        reason: reason.to_owned(),
    }
}

/// A letter's text with its fields filled in, as this recipient gets it.
pub fn filled_in(
    text: &Bilingual,
    campaign: &Campaign,
    respondent: &Respondent,
    recipient: &str,
    link: &str,
    sent: Option<&Submission>,
) -> LetterText {
    filled_in_with(text, campaign, respondent, recipient, link, sent, ("", ""))
}

/// The same for a letter about a sign-up: the number on the waiting list, and the names of those selected.
pub(super) fn filled_in_with(
    text: &Bilingual,
    campaign: &Campaign,
    respondent: &Respondent,
    recipient: &str,
    link: &str,
    sent: Option<&Submission>,
    (place, selected): (&str, &str),
) -> LetterText {
    let window = respondent.window(&campaign.window);
    let (name, deadline) = (respondent.name(), danish::date_time(window.deadline));
    let receipt = sent.map(|s| receipt_number(&s.sha256, s.number));
    let not_me = if link.starts_with("http") {
        format!("{link}/ikke-mig")
    } else {
        "(her står linket til at sende brevet videre)".to_owned()
    };
    let received = sent.map(|s| danish::date_time(s.at));
    let fields = LetterFields {
        recipient,
        organisation: &name,
        campaign: &campaign.title,
        deadline: &deadline,
        sender: &campaign.sender.name,
        link,
        not_me: &not_me,
        receipt: receipt.as_deref().unwrap_or("(kvitteringsnummer)"),
        received: received.as_deref().unwrap_or("(tidspunkt)"),
        place,
        selected,
    };
    let text = text.joined();
    LetterText {
        subject: text.subject_for(&fields),
        body: text.body_for(&fields),
    }
}

pub(super) fn broken(cause: &str) -> ComposeError {
    ComposeError::Broken {
        cause: cause.to_owned(),
    }
}

/// The same text for mail programs that show HTML, with the link as a link.
pub(super) fn as_html(text: &str, url: &str) -> String {
    html! {
        (DOCTYPE)
        html lang="da" {
            head { meta charset="utf-8"; }
            body {
                @for paragraph in text.split("\n\n").filter(|p| !p.trim().is_empty()) {
                    p {
                        @for (n, line) in paragraph.lines().enumerate() {
                            @if n > 0 { br; }
                            @match line.split_once(url).map(|(before, after)| (before, below(after))) {
                                Some((before, (more, after))) => { (before) a href={ (url) (more) } { (url) (more) } (after) }
                                None => (line),
                            }
                        }
                    }
                }
            }
        }
    }
    .into_string()
}

/// What of a text still belongs to the address that ends where it begins: a path further down.
fn below(after: &str) -> (&str, &str) {
    if !after.starts_with('/') {
        return ("", after);
    }
    let end = after.find(char::is_whitespace).unwrap_or(after.len());
    after.split_at(end)
}
