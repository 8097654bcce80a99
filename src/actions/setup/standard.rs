//! What a new collection begins with, and a running one's settings as they would have been typed.
use chrono::{DateTime, TimeDelta, Utc};
use samsvar_core::campaigns::{Campaign, LetterText, Letters, PassingRule, SignOffRule};
use samsvar_core::danish;

use super::Fields;

const LETTER_SUBJECT: &str = "{indsamling}: svar senest {frist}";
const LETTER_BODY: &str = "Kære {modtager}\n\n\
    Vi beder {organisation} svare på »{indsamling}« senest {frist}.\n\n\
    Åbn spørgeskemaet med dette personlige link. I skal ikke logge ind:\n{link}\n\n\
    I kan holde pause undervejs og rette svaret indtil fristen.\n\n\
    Venlig hilsen\n{afsender}";
const PRIVACY: &str = "Sekretariatet ser jeres svar. I den rapport, som offentliggøres, vises antal på 1-3 borgere som »≤3«, \
    og ingen enkelt kommunes små tal kan regnes ud.";

/// What a new collection begins with.
pub(in crate::actions) fn standard_fields() -> Fields {
    let letters = Letters::default();
    let texts = [
        ("gruppe-1", "kommune"),
        ("gruppe-2", "tilbud"),
        ("gruppe-3", "region"),
        ("forsinket", "0"),
        ("godkendelse", SignOffRule::Named.code()),
        ("videresending", PassingRule::default().code()),
        ("paamind-foer", "7, 2"),
        ("paamind-hoejst", "3"),
        ("paamind-fra", "8"),
        ("paamind-til", "16"),
        ("emne", LETTER_SUBJECT),
        ("brev", LETTER_BODY),
        ("paamindelse-emne", &letters.reminder.danish.subject),
        ("paamindelse", &letters.reminder.danish.body),
        ("kvittering-emne", &letters.receipt.danish.subject),
        ("kvittering", &letters.receipt.danish.body),
        ("hvem-ser", PRIVACY),
    ];
    texts.map(|(k, v)| (k.to_owned(), v.to_owned())).into()
}

/// A running campaign's settings as they would have been typed.
pub(in crate::actions) fn fields_of(campaign: &Campaign) -> Fields {
    let mut fields = Fields::new();
    let mut put = |name: &str, value: &str| {
        fields.insert(name.to_owned(), value.to_owned());
    };
    put("titel", &campaign.title);
    put("region", &campaign.region);
    put("afsender", &campaign.sender.name);
    put("afsender-mail", &campaign.sender.address);
    put("afsender-telefon", &campaign.sender.phone);
    put("hvem-ser", &campaign.privacy_notice);
    put("godkendelse", campaign.sign_off.code());
    put("videresending", campaign.passing_on.code());
    for (n, audience) in campaign.audiences.iter().enumerate() {
        put(&format!("gruppe-{}", n + 1), &audience.group);
        put(&format!("skema-{}", n + 1), &audience.form.id);
    }
    put("aabner", &danish::date_time(campaign.window.opens));
    put("frist", &typed_end(campaign.window.deadline));
    put("forsinket", &campaign.window.late_days.to_string());
    let rules = &campaign.reminders;
    let days = |sign: i32| {
        let fitting = rules
            .days
            .iter()
            .filter(|d| d.signum() == sign || (sign < 0 && **d == 0));
        let days: Vec<String> = fitting.map(|d| d.abs().to_string()).collect();
        days.join(", ")
    };
    put("paamind-foer", &days(-1));
    put("paamind-efter", &days(1));
    put("paamind-hoejst", &rules.at_most.to_string());
    let short = danish::short_date;
    let quiet = rules.quiet.iter().map(|(from, to)| match from == to {
        true => short(*from),
        false => format!("{} til {}", short(*from), short(*to)),
    });
    put("paamind-stille", &quiet.collect::<Vec<_>>().join("\n"));
    put("paamind-fra", &rules.hours.0.to_string());
    put("paamind-til", &rules.hours.1.to_string());
    let mut letter = |(subject, body): (&str, &str), text: Option<&LetterText>| {
        put(subject, text.map_or("", |t| &t.subject));
        put(body, text.map_or("", |t| &t.body));
    };
    let letters = &campaign.letters;
    letter(("emne", "brev"), Some(&campaign.invitation));
    letter(("emne-en", "brev-en"), letters.invitation_english.as_ref());
    letter(
        ("paamindelse-emne", "paamindelse"),
        Some(&letters.reminder.danish),
    );
    letter(
        ("paamindelse-emne-en", "paamindelse-en"),
        letters.reminder.english.as_ref(),
    );
    letter(
        ("kvittering-emne", "kvittering"),
        Some(&letters.receipt.danish),
    );
    letter(
        ("kvittering-emne-en", "kvittering-en"),
        letters.receipt.english.as_ref(),
    );
    fields
}

/// A day where the moment is the day's last second, so that it reads back as the same moment.
fn typed_end(at: DateTime<Utc>) -> String {
    let local = danish::local(at);
    let next = danish::local(at + TimeDelta::seconds(1));
    if local.date_naive() == next.date_naive() {
        danish::date_time(at)
    } else {
        danish::date(local.date_naive())
    }
}
