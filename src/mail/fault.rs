//! Why a letter was not accepted, and what somebody can do about it, in Danish.
use std::fmt;

use serde::{Deserialize, Serialize};

/// The transport did not accept a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub blame: Blame,
    pub advice: Advice,
    /// The server's words or the fault of the connection, without addresses.
    pub reply: String,
}

/// Whose fault it is decides what happens next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blame {
    /// The server will never take this letter.
    Letter,
    /// The server takes this letter later, perhaps.
    Moment,
    /// No letter would go through now; the others need not be tried.
    Connection,
}

/// What is most likely wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Advice {
    UnknownRecipient,
    MailboxFull,
    SenderRefused,
    TooLarge,
    TakenForSpam,
    TryLater,
    SignInFailed,
    NoTls,
    BadCertificate,
    Unreachable,
    UnknownHost,
    TimedOut,
    CutOff,
    Local,
    /// The recipient's server does not let our mail in.
    NotLetIn,
    /// The recipient's server could not be reached for days.
    GivenUp,
    Other,
}

impl Advice {
    /// One Danish sentence or two for the secretariat.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::UnknownRecipient => {
                "Modtagerens mailserver kender ikke adressen. Ret adressen, og send igen."
            }
            Self::MailboxFull => {
                "Modtagerens postkasse er fuld. Ring til modtageren, eller brug en anden adresse."
            }
            Self::SenderRefused => {
                "Mailserveren tillader ikke afsenderadressen. Den ansvarlige for driften skal rette \
                 afsenderen eller give Samsvar lov til at sende fra den."
            }
            Self::TooLarge => {
                "Brevet er for stort til mailserveren. Send det uden vedhæftet fil, eller få \
                 grænsen hævet."
            }
            Self::TakenForSpam => {
                "Mailserveren tager brevet for spam. Den ansvarlige for driften skal kontrollere \
                 SPF, DKIM og DMARC for afsenderens domæne."
            }
            Self::TryLater => {
                "Mailserveren beder om, at der prøves igen senere. Det sker af sig selv."
            }
            Self::SignInFailed => {
                "Mailserveren afviste brugernavn eller adgangskode. Den ansvarlige for driften skal \
                 rette dem i indstillingerne; brevene sendes derefter af sig selv."
            }
            Self::NoTls => {
                "Mailserveren tilbyder ikke kryptering (STARTTLS), så intet er sendt. Den ansvarlige \
                 for driften skal slå TLS til på serveren eller rette port og TLS i indstillingerne."
            }
            Self::BadCertificate => {
                "Mailserverens certifikat kunne ikke godkendes, så intet er sendt. Den ansvarlige \
                 for driften skal rette certifikatet eller angive det udstedende CA-certifikat."
            }
            Self::Unreachable => {
                "Mailserveren svarer ikke. Den ansvarlige for driften skal kontrollere adresse, port \
                 og firewall; der prøves igen af sig selv."
            }
            Self::UnknownHost => {
                "Mailserverens navn findes ikke i DNS. Den ansvarlige for driften skal rette det i \
                 indstillingerne."
            }
            Self::TimedOut => "Mailserveren svarede ikke i tide. Der prøves igen af sig selv.",
            Self::CutOff => {
                "Forbindelsen til mailserveren blev afbrudt, før brevet var modtaget. Der prøves \
                 igen af sig selv."
            }
            Self::Local => {
                "Brevet kunne ikke lægges i udbakken på serverens disk. Den ansvarlige for driften \
                 skal kontrollere plads og rettigheder."
            }
            Self::NotLetIn => {
                "Modtagerens mailserver lukker ikke brevet ind. Ring til modtageren, eller brug en anden \
                 adresse; modtagerens it-afdeling kan give afsenderen lov."
            }
            Self::GivenUp => {
                "Modtagerens mailserver kunne ikke nås i flere dage. Ring til modtageren, eller brug en \
                 anden adresse."
            }
            Self::Other => {
                "Mailserveren tog ikke imod brevet. Se serverens svar, og spørg den ansvarlige for \
                 driften."
            }
        }
    }

    /// From a reply code and the server's words.
    pub(super) fn for_reply(code: u16, words: &str) -> Self {
        let words = words.to_ascii_lowercase();
        let says = |signs: &[&str]| signs.iter().any(|sign| words.contains(sign));
        match code {
            530 if says(&["starttls", "tls"]) => Self::NoTls,
            454 | 530 | 534 | 535 | 538 => Self::SignInFailed,
            _ if says(&["5.7.8", "5.7.9", "authentication required"]) => Self::SignInFailed,
            _ if says(&[
                "spam",
                "dmarc",
                "dkim",
                "spf",
                "blocked",
                "blacklist",
                "block list",
            ]) =>
            {
                Self::TakenForSpam
            }
            _ if says(&["5.1.7", "5.1.8", "sender", "from address", "send as"]) => {
                Self::SenderRefused
            }
            452 | 552 if says(&["5.3.4", "size", "too large", "too big"]) => Self::TooLarge,
            523 => Self::TooLarge,
            _ if says(&["4.2.2", "5.2.2", "quota", "mailbox full", "mailbox is full"]) => {
                Self::MailboxFull
            }
            552 => Self::TooLarge,
            550 | 551 | 553 => Self::UnknownRecipient,
            400..=499 => Self::TryLater,
            _ => Self::Other,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.reply)
    }
}

impl std::error::Error for Fault {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typical_reply_gives_the_advice_that_helps() {
        let cases = [
            (550, "5.1.1 User unknown", Advice::UnknownRecipient),
            (
                550,
                "5.7.1 Message refused by DMARC policy",
                Advice::TakenForSpam,
            ),
            (
                550,
                "5.7.60 Client does not have permissions to send as this sender",
                Advice::SenderRefused,
            ),
            (552, "5.2.2 Mailbox full", Advice::MailboxFull),
            (
                552,
                "5.3.4 Message size exceeds fixed limit",
                Advice::TooLarge,
            ),
            (535, "5.7.8 Bad credentials", Advice::SignInFailed),
            (
                530,
                "5.7.0 Must issue a STARTTLS command first",
                Advice::NoTls,
            ),
            (451, "4.7.1 Greylisted", Advice::TryLater),
            (
                452,
                "4.2.2 The email account is over quota",
                Advice::MailboxFull,
            ),
            (554, "Transaction failed", Advice::Other),
        ];
        for (code, words, advice) in cases {
            assert_eq!(Advice::for_reply(code, words), advice, "{code} {words}");
        }
    }
}
