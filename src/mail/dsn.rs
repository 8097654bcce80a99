//! Delivery status notifications (RFC 3464): what a mail server says about a letter, in fields.
use mail_parser::{Message, MimeHeaders};

use super::fault::Advice;
use super::scrubbed;

/// What the report says; of several recipients the worst.
pub enum Outcome {
    Failed {
        recipient: Option<String>,
        advice: Advice,
        reply: String,
    },
    Delayed {
        reply: String,
    },
    Delivered {
        reply: String,
    },
}

/// `None` for a mail that is no such report.
pub fn outcome(message: &Message<'_>) -> Option<Outcome> {
    let part = message.parts.iter().find(|part| {
        part.content_type().is_some_and(|found| {
            let subtype = found.subtype().unwrap_or_default();
            found.ctype() == "message"
                && ["delivery-status", "global-delivery-status"]
                    .iter()
                    .any(|s| subtype.eq_ignore_ascii_case(s))
        })
    })?;
    let text = String::from_utf8_lossy(part.contents()).into_owned();
    let recipients = recipients(&text);
    let of = |action: &str| recipients.iter().find(|r| r.action == action);
    if let Some(failed) = of("failed") {
        let (advice, reply) = judge(&failed.status, &failed.diagnostic);
        let recipient = Some(failed.address.clone()).filter(|a| !a.is_empty());
        return Some(Outcome::Failed {
            recipient,
            advice,
            reply,
        });
    }
    let words = |r: &Recipient| scrubbed(&format!("{} {}", r.status, r.diagnostic));
    if let Some(delayed) = of("delayed") {
        return Some(Outcome::Delayed {
            reply: words(delayed),
        });
    }
    ["delivered", "relayed", "expanded"]
        .into_iter()
        .find_map(of)
        .map(|done| Outcome::Delivered { reply: words(done) })
}

/// What is most likely wrong, from the status code and the server's words, and these without addresses.
pub fn judge(status: &str, words: &str) -> (Advice, String) {
    let said = format!("{status} {words}");
    let code = words
        .split(|c: char| !c.is_ascii_digit())
        .filter_map(|n| n.parse::<u16>().ok())
        .find(|n| (400..600).contains(n));
    let code = code.unwrap_or(if said.contains("4.") && !said.contains("5.") {
        450
    } else {
        550
    });
    let advice = match (Advice::for_reply(code, &said), status) {
        // The recipient's server speaks of its own rules, not of our sign-in.
        (Advice::SignInFailed | Advice::NoTls | Advice::Other, _) => Advice::NotLetIn,
        (Advice::UnknownRecipient, status) if status.starts_with("5.7") => Advice::NotLetIn,
        // It has given up: there is no later.
        (Advice::TryLater, _) => Advice::GivenUp,
        (advice, _) => advice,
    };
    (advice, scrubbed(&said))
}

#[derive(Default)]
struct Recipient {
    address: String,
    action: String,
    status: String,
    diagnostic: String,
}

/// The groups of fields after the first, which is about the mail as a whole.
fn recipients(text: &str) -> Vec<Recipient> {
    let unfolded = text
        .replace("\r\n", "\n")
        .replace("\n ", " ")
        .replace("\n\t", " ");
    let groups = unfolded.split("\n\n").map(str::trim);
    groups
        .filter(|group| !group.is_empty())
        .map(recipient)
        .filter(|r| !r.action.is_empty())
        .collect()
}

fn recipient(group: &str) -> Recipient {
    let mut found = Recipient::default();
    for line in group.lines() {
        let Some((name, value)) = line.split_once(':') else {
            continue;
        };
        let value = value.trim();
        match name.trim().to_ascii_lowercase().as_str() {
            "original-recipient" => found.address = after_type(value),
            "final-recipient" if found.address.is_empty() => found.address = after_type(value),
            "action" => {
                found.action = value
                    .split_whitespace()
                    .next()
                    .unwrap_or_default()
                    .to_ascii_lowercase();
            }
            "status" => value
                .split_whitespace()
                .next()
                .unwrap_or_default()
                .clone_into(&mut found.status),
            "diagnostic-code" => found.diagnostic = after_type(value),
            _ => {}
        }
    }
    found
}

/// `rfc822; a@example.dk` and `smtp; 550 …` without their type.
fn after_type(value: &str) -> String {
    let rest = value.split_once(';').map_or(value, |(_, rest)| rest);
    rest.trim().to_owned()
}
