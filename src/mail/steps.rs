//! A letter's own history, one step after the other, as the secretariat reads it.
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::fault::Advice;
use super::letter::LetterState;

/// Something that happened to a letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    pub at: DateTime<Utc>,
    /// How often in a row; 1 but for a fault that repeats itself.
    #[serde(default = "once")]
    pub times: u32,
    /// The last time, if more than once.
    #[serde(default)]
    pub until: Option<DateTime<Utc>>,
    #[serde(flatten)]
    pub what: What,
}

/// Replies are without addresses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum What {
    Queued,
    /// The server agreed to take it and was given the text.
    HandedOver {
        attempt: u32,
    },
    /// The server said that it has it.
    Accepted {
        reply: String,
    },
    /// Not now; it is tried again.
    PutOff {
        advice: Advice,
        reply: String,
    },
    Refused {
        advice: Advice,
        reply: String,
    },
    Withdrawn {
        reason: String,
    },
    /// Nobody knows whether the server has it.
    InDoubt {
        reply: String,
    },
    /// Sent back by a server further on.
    Bounced {
        advice: Advice,
        reply: String,
    },
    /// A server further on is still trying.
    Delayed {
        reply: String,
    },
    /// The last server has put it into the mailbox.
    Delivered {
        reply: String,
    },
    /// The mailbox answered by itself, as when somebody is away.
    AutoReplied {
        message: String,
    },
    /// Somebody wrote back or passed it on; kept as a message.
    Answered {
        message: String,
    },
    /// A member of staff corrected the address and had it sent again.
    Readdressed {
        by: String,
    },
    SentAgain {
        by: String,
    },
    /// A member of staff knows that it arrived.
    KnownToHaveArrived {
        by: String,
    },
}

fn once() -> u32 {
    1
}

impl Step {
    pub fn new(at: DateTime<Utc>, what: What) -> Self {
        Self {
            at,
            times: 1,
            until: None,
            what,
        }
    }

    pub(super) fn again(&mut self, now: DateTime<Utc>) {
        self.times = self.times.saturating_add(1);
        self.until = Some(now);
    }
}

impl What {
    /// What a state tells of itself; `None` where it is no step of its own.
    pub fn of(state: &LetterState) -> Option<Self> {
        Some(match state {
            LetterState::Queued {
                last_fault: None, ..
            } => return None,
            LetterState::Queued {
                last_fault: Some(fault),
                ..
            } => Self::PutOff {
                advice: fault.advice,
                reply: fault.reply.clone(),
            },
            LetterState::HandedOver { attempts, .. } => Self::HandedOver { attempt: *attempts },
            LetterState::InDoubt { reply, .. } => Self::InDoubt {
                reply: reply.clone(),
            },
            LetterState::Sent { reply, .. } => Self::Accepted {
                reply: reply.clone(),
            },
            LetterState::Bounced { fault, .. } => Self::Bounced {
                advice: fault.advice,
                reply: fault.reply.clone(),
            },
            LetterState::Failed { fault, .. } => Self::Refused {
                advice: fault.advice,
                reply: fault.reply.clone(),
            },
            LetterState::Withdrawn { reason, .. } => Self::Withdrawn {
                reason: reason.clone(),
            },
        })
    }

    pub(super) fn repeats(&self) -> bool {
        matches!(self, Self::PutOff { .. } | Self::Delayed { .. })
    }

    /// What is most likely wrong, where something is.
    pub fn advice(&self) -> Option<Advice> {
        match self {
            Self::PutOff { advice, .. }
            | Self::Refused { advice, .. }
            | Self::Bounced { advice, .. } => Some(*advice),
            _ => None,
        }
    }

    /// The server's own words, without addresses.
    pub fn reply(&self) -> Option<&str> {
        match self {
            Self::Accepted { reply }
            | Self::PutOff { reply, .. }
            | Self::Refused { reply, .. }
            | Self::InDoubt { reply }
            | Self::Bounced { reply, .. }
            | Self::Delayed { reply }
            | Self::Delivered { reply } => Some(reply),
            _ => None,
        }
    }

    /// A sentence for the secretariat.
    pub fn danish(&self) -> String {
        match self {
            Self::Queued => "Lagt i udbakken".into(),
            Self::HandedOver { attempt: 1 } => "Givet til mailserveren".into(),
            Self::HandedOver { attempt } => format!("Givet til mailserveren, {attempt}. forsøg"),
            Self::Accepted { .. } => "Sendt: mailserveren har taget imod brevet".into(),
            Self::PutOff { .. } => "Ikke sendt endnu; der prøves igen".into(),
            Self::Refused { .. } => "Kunne ikke sendes".into(),
            Self::Withdrawn { reason } => format!("Ikke sendt: {reason}"),
            Self::InDoubt { .. } => {
                "Uvist: brevet blev givet til mailserveren, men den nåede ikke at svare. Det sendes ikke igen af sig selv".into()
            }
            Self::Bounced { .. } => "Kom retur: modtagerens mailserver afviste brevet".into(),
            Self::Delayed { .. } => "Forsinket: modtagerens mailserver prøver stadig".into(),
            Self::Delivered { .. } => "Afleveret i modtagerens postkasse".into(),
            Self::AutoReplied { .. } => "Autosvar fra modtagerens postkasse".into(),
            Self::Answered { .. } => "Modtageren skrev tilbage eller sendte brevet videre".into(),
            Self::Readdressed { by } => format!("Adressen rettet, og brevet lagt i udbakken igen af {by}"),
            Self::SentAgain { by } => format!("Lagt i udbakken igen af {by}"),
            Self::KnownToHaveArrived { by } => format!("Regnet for sendt af {by}"),
        }
    }
}
