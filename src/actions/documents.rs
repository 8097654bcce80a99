//! Which core types are kept, under which table and key.
use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use samsvar_core::access::{Link, Session, SignIn, Staff};
use samsvar_core::answers::{Draft, Known};
use samsvar_core::campaigns::selection::{Seat, Selection};
use samsvar_core::campaigns::{Campaign, FormRef, Respondent, Submission};
use samsvar_core::events::Event;
use samsvar_core::hands::{ApprovalRequest, Handover, OnBehalf, Touch};
use serde::{Deserialize, Serialize};

use crate::store::{Document, EVENTS, key};

/// A respondent's answers under way.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct DraftDoc {
    pub campaign: String,
    pub respondent: String,
    pub form: FormRef,
    pub draft: Draft,
    pub saved: DateTime<Utc>,
    /// The place of the contact who saved it last.
    pub contact: usize,
    /// Who changed what last, by JSON Pointer.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub touched: BTreeMap<String, Touch>,
    /// The request for approval that locks it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits: Option<String>,
}

/// A form's files as a campaign pinned them.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct FormVersion {
    pub form: FormRef,
    pub schema: String,
    pub ui: Option<String>,
    pub ui_en: Option<String>,
    pub report: Option<String>,
}

/// Somebody asked for a sign-in link; the letter that answers it draws the link.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignInRequest {
    pub id: String,
    pub staff: String,
    pub browser_hash: String,
    pub asked: DateTime<Utc>,
}

/// A file that came with an answer; its bytes are kept beside the journal, named by their hash.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttachmentDoc {
    pub campaign: String,
    pub respondent: String,
    pub sha256: String,
    /// Bytes.
    pub size: u64,
    pub media_type: String,
    pub added: DateTime<Utc>,
    /// Where the bytes lie, if not under their hash: beside encrypted answers a hash would tell which file it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
}

impl AttachmentDoc {
    /// The name in `DATA/attachments`.
    pub fn file_name(&self) -> &str {
        self.file.as_deref().unwrap_or(&self.sha256)
    }
}

/// What is known of a respondent's answers before they are given.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct KnownDoc {
    pub campaign: String,
    pub respondent: String,
    /// By JSON Pointer.
    pub known: BTreeMap<String, Known>,
    pub taken: DateTime<Utc>,
}

impl Document for KnownDoc {
    const TABLE: &'static str = "known";
    const VERSION: u32 = 1;
    fn key(&self) -> String {
        key([self.campaign.as_str(), self.respondent.as_str()])
    }
}

impl Document for SignInRequest {
    const TABLE: &'static str = "sign_in_request";
    const VERSION: u32 = 1;
    fn key(&self) -> String {
        key([self.id.as_str()])
    }
}

impl Document for AttachmentDoc {
    const TABLE: &'static str = "attachment";
    const VERSION: u32 = 1;
    fn key(&self) -> String {
        key([
            self.campaign.as_str(),
            self.respondent.as_str(),
            self.file_name(),
        ])
    }
}

impl Document for Campaign {
    const TABLE: &'static str = "campaign";
    const VERSION: u32 = 1;
    fn key(&self) -> String {
        key([self.id.as_str()])
    }
}

impl Document for Respondent {
    const TABLE: &'static str = "respondent";
    const VERSION: u32 = 1;
    fn key(&self) -> String {
        key([self.campaign.as_str(), self.id.as_str()])
    }
}

impl Document for Selection {
    const TABLE: &'static str = "selection";
    const VERSION: u32 = 1;
    fn key(&self) -> String {
        key([self.campaign.as_str()])
    }
}

impl Document for Seat {
    const TABLE: &'static str = "seat";
    const VERSION: u32 = 1;
    fn key(&self) -> String {
        key([self.campaign.as_str(), self.respondent.as_str()])
    }
}

impl Document for Link {
    const TABLE: &'static str = "link";
    const VERSION: u32 = 1;
    fn key(&self) -> String {
        key([self.token_hash.as_str()])
    }
}

impl Document for DraftDoc {
    const TABLE: &'static str = "draft";
    const VERSION: u32 = 1;
    fn key(&self) -> String {
        key([self.campaign.as_str(), self.respondent.as_str()])
    }
}

impl Document for Handover {
    const TABLE: &'static str = "handover";
    const VERSION: u32 = 1;
    fn key(&self) -> String {
        part_key(&self.campaign, &self.respondent, &self.id)
    }
}

impl Document for ApprovalRequest {
    const TABLE: &'static str = "approval";
    const VERSION: u32 = 1;
    fn key(&self) -> String {
        part_key(&self.campaign, &self.respondent, &self.id)
    }
}

impl Document for OnBehalf {
    const TABLE: &'static str = "on_behalf";
    const VERSION: u32 = 1;
    fn key(&self) -> String {
        part_key(&self.campaign, &self.respondent, &self.id)
    }
}

impl Document for Submission {
    const TABLE: &'static str = "submission";
    const VERSION: u32 = 1;
    fn key(&self) -> String {
        submission_key(&self.campaign, &self.respondent, self.number)
    }
}

impl Document for Event {
    const TABLE: &'static str = EVENTS;
    const VERSION: u32 = 1;
    fn key(&self) -> String {
        key([self.campaign.as_str(), self.id.as_str()])
    }
}

impl Document for FormVersion {
    const TABLE: &'static str = "form_version";
    const VERSION: u32 = 1;
    fn key(&self) -> String {
        key([self.form.id.as_str(), self.form.version.as_str()])
    }
}

impl Document for Staff {
    const TABLE: &'static str = "staff";
    const VERSION: u32 = 1;
    fn key(&self) -> String {
        key([self.address.as_str()])
    }
}

impl Document for SignIn {
    const TABLE: &'static str = "sign_in";
    const VERSION: u32 = 1;
    fn key(&self) -> String {
        key([self.token_hash.as_str()])
    }
}

impl Document for Session {
    const TABLE: &'static str = "session";
    const VERSION: u32 = 1;
    fn key(&self) -> String {
        key([self.token_hash.as_str()])
    }
}

/// The key of what belongs to one respondent's answer.
pub(super) fn part_key(campaign: &str, respondent: &str, id: &str) -> String {
    key([campaign, respondent, id])
}

/// Numbers are padded so that keys order as the submissions do.
pub(super) fn submission_key(campaign: &str, respondent: &str, number: u32) -> String {
    key([campaign, respondent, &format!("{number:06}")])
}
