//! What is kept of every edition of a report that left the house, and of what was chosen for it.
use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use samsvar_core::campaigns::FormRef;
use samsvar_core::events::Actor;
use samsvar_core::reports::{Choices, Facts};
use serde::{Deserialize, Serialize};

use crate::store::{Document, key};

/// One edition, frozen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReleaseDoc {
    pub campaign: String,
    /// From 1, over all editions of the campaign.
    pub number: u32,
    pub origin: Origin,
    pub title: String,
    pub at: DateTime<Utc>,
    pub by: Actor,
    /// Of the names and hashes of its files, as the certificate's page lists them.
    pub sha256: String,
    pub forms: Vec<FormRef>,
    pub choices: Choices,
    /// The published tables and sentences.
    pub facts: Facts,
    /// Which submission of each respondent was counted.
    pub basis: BTreeMap<String, u32>,
    pub files: Vec<FileEntry>,
    /// Free texts printed in it.
    #[serde(default)]
    pub texts: usize,
    /// Typed in by mistake: no longer taken into account.
    #[serde(default)]
    pub withdrawn: Option<DateTime<Utc>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Made here, with files.
    House,
    /// Printed elsewhere and typed in: its tables take part in every audit.
    Elsewhere,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    pub name: String,
    pub media_type: String,
    pub sha256: String,
    /// Bytes.
    pub size: usize,
}

/// One file of an edition.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseFileDoc {
    pub campaign: String,
    pub number: u32,
    pub name: String,
    /// Base64.
    content: String,
}

/// What the secretariat has chosen for a campaign's report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportChoicesDoc {
    pub campaign: String,
    pub choices: Choices,
}

/// The decision on one free text; the submission itself is never changed.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct TextReviewDoc {
    pub campaign: String,
    pub respondent: String,
    /// The question.
    pub pointer: String,
    /// Of the text that was read: another text needs a decision of its own.
    pub original_sha256: String,
    pub released: bool,
    /// As it is printed; the original stays in the submission.
    pub wording: String,
    pub at: DateTime<Utc>,
    pub by: Actor,
}

impl ReleaseDoc {
    /// Whether later editions are audited together with it.
    pub fn counts(&self) -> bool {
        self.withdrawn.is_none()
    }

    pub fn file(&self, name: &str) -> Option<&FileEntry> {
        self.files.iter().find(|file| file.name == name)
    }
}

impl ReleaseFileDoc {
    pub fn new(campaign: &str, number: u32, name: &str, bytes: &[u8]) -> Self {
        Self {
            campaign: campaign.to_owned(),
            number,
            name: name.to_owned(),
            content: STANDARD.encode(bytes),
        }
    }

    /// `None` for a document that was damaged.
    pub fn bytes(&self) -> Option<Vec<u8>> {
        STANDARD.decode(&self.content).ok()
    }
}

/// Numbers are padded so that keys order as the editions do.
pub(super) fn release_key(campaign: &str, number: u32) -> String {
    key([campaign, &format!("{number:06}")])
}

pub(super) fn file_key(campaign: &str, number: u32, name: &str) -> String {
    key([campaign, &format!("{number:06}"), name])
}

pub(super) fn review_key(campaign: &str, respondent: &str, pointer: &str) -> String {
    key([campaign, respondent, pointer])
}

impl Document for ReleaseDoc {
    const TABLE: &'static str = "release";
    const VERSION: u32 = 1;
    fn key(&self) -> String {
        release_key(&self.campaign, self.number)
    }
}

impl Document for ReleaseFileDoc {
    const TABLE: &'static str = "release_file";
    const VERSION: u32 = 1;
    fn key(&self) -> String {
        file_key(&self.campaign, self.number, &self.name)
    }
}

impl Document for ReportChoicesDoc {
    const TABLE: &'static str = "report_choices";
    const VERSION: u32 = 1;
    fn key(&self) -> String {
        key([self.campaign.as_str()])
    }
}

impl Document for TextReviewDoc {
    const TABLE: &'static str = "text_review";
    const VERSION: u32 = 1;
    fn key(&self) -> String {
        review_key(&self.campaign, &self.respondent, &self.pointer)
    }
}
