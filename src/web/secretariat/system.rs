//! How the system itself is: whether it can save, and what the last check of everything stored found.
use actix_web::HttpResponse;
use actix_web::web::{self, Data};
use maud::{Markup, html};
use samsvar_core::danish;

use super::super::frame::back_link;
use super::page;
use crate::actions::backups::{self, Standing};
use crate::actions::integrity::{self, AtRest, FindingKind, IntegrityCheck};
use crate::app::App;
use crate::config::MailTransport;
use crate::web::doors::Secretary;
use crate::web::errors::WebError;

/// `GET /sekretariat/status`
pub async fn status(app: Data<App>, Secretary(staff): Secretary) -> Result<HttpResponse, WebError> {
    let asked = Data::clone(&app);
    let (checked, writable, at_rest, standing) = super::super::blocking(move || {
        Ok((
            integrity::latest(&asked)?,
            asked.store.check_writable().is_ok(),
            integrity::at_rest(&asked),
            backups::standing(&asked)?,
        ))
    })
    .await?;
    let body = html! {
        (back_link("/sekretariat", "Indsamlinger"))
        h1 { "Systemets tilstand" }
        h2 { "Kan der gemmes?" }
        @if writable { p { "Ja. Det, der gemmes, er på disken, før Samsvar siger, at det er gemt." } }
        @else { p { strong { "Nej. " } "Der bliver ikke gemt noget lige nu, og de, der svarer, får det at vide. Sig det til driften med det samme: Årsagen står i programmets log." } }
        @if let Some(behind) = app.clock_behind() {
            h2 { "Uret går forkert" }
            p { "Serverens ur er stillet " (behind.num_minutes().max(1)) " minutter tilbage. Svar bliver gemt, men tidspunkter og frister kan være forkerte. Sig det til driften." }
        }
        h2 { "Kryptering" }
        p { (danish_at_rest(at_rest)) }
        @if at_rest != AtRest::Readable && app.config.mail.transport == MailTransport::Outbox {
            p { "Breve bliver lagt som læsbare filer på serveren i stedet for at blive sendt, med adresser og links. Bed driften om at indstille en mailserver." }
        }
        h2 { "Sikkerhedskopi" }
        (danish_backup(&standing))
        h2 { "Seneste kontrol" }
        @match &checked {
            None => p { "Der er ikke kontrolleret noget endnu. Samsvar gennemgår alt, der er gemt, hver nat." }
            Some(checked) => (result(checked))
        }
    };
    Ok(page(&app, &staff, "Systemets tilstand", &body))
}

fn danish_backup(standing: &Standing) -> Markup {
    html! {
        p {
            @if standing.overdue { strong { "Det er for længe siden. " } }
            @match &standing.newest {
                None => "Der er ikke taget nogen med »samsvar backup« endnu."
                Some(backup) => {
                    "Den seneste er fra " (danish::date_time(backup.made)) "."
                    @if backup.left_out > 0 { " Den mangler noget, der var beskadiget." }
                }
            }
            @if standing.overdue { " Bed driften om at tage en." }
        }
        @if standing.newest.is_some() {
            @match &standing.proven {
                None => p { "Ingen af dem er prøvet. Driften prøver en med »samsvar restore --prove«: så vides det, at alt kan læses tilbage." }
                Some(backup) => p {
                    @if standing.newest_is_proven() { "Den er prøvet" }
                    @else { "Den er ikke prøvet. Den seneste prøvede er fra " (danish::date_time(backup.made)) " og blev prøvet" }
                    @if let Some(at) = backup.proven { " " (danish::date_time(at)) ": Alt kunne læses tilbage." }
                }
            }
        }
    }
}

fn english_backup(standing: &Standing) -> String {
    let newest = match &standing.newest {
        None => "none yet".to_owned(),
        Some(backup) => format!("made {}", backup.made.format("%FT%TZ")),
    };
    let proven = match &standing.proven {
        _ if standing.newest_is_proven() => "proven".to_owned(),
        Some(backup) => format!("the last proven one made {}", backup.made.format("%FT%TZ")),
        None => "none proven".to_owned(),
    };
    let warning = match standing.most_hours {
        Some(hours) if standing.overdue => {
            format!("; WARNING: older than {hours} hours; run samsvar backup")
        }
        _ => String::new(),
    };
    format!("{newest}, {proven}{warning}")
}

fn danish_at_rest(how: AtRest) -> &'static str {
    match how {
        AtRest::Readable => {
            "Nej. Svar og bilag ligger læsbart på serverens disk. Driften kan slå kryptering til med en nøgle."
        }
        AtRest::Encrypted => "Ja. Svar og bilag er krypteret på serverens disk.",
        AtRest::Partly => {
            "Delvist. Noget af det ældre ligger læsbart eller under en tidligere nøgle. Bed driften om at køre »samsvar key rotate«."
        }
        AtRest::Unknown => "Det kan ikke læses lige nu. Sig det til driften.",
    }
}

/// Letters as files are for trials: a mail server's client could not read them encrypted.
fn readable_letters(app: &App, at_rest: AtRest) -> &'static str {
    if at_rest != AtRest::Readable && app.config.mail.transport == MailTransport::Outbox {
        "; letters in DATA/outbox are readable: set mail.transport"
    } else {
        ""
    }
}

fn english_at_rest(how: AtRest) -> &'static str {
    match how {
        AtRest::Readable => "off: no key_file is set",
        AtRest::Encrypted => "on",
        AtRest::Partly => "partly: run samsvar key rotate",
        AtRest::Unknown => "unknown: the journal can't be read",
    }
}

fn result(checked: &IntegrityCheck) -> Markup {
    html! {
        p {
            (danish::date_time(checked.at)) ": "
            @if checked.is_clean() { "Alt passer sammen." }
            @else { strong { (checked.found) " fejl fundet." } " Der er ikke ændret noget. Sig det til driften, og behold den seneste sikkerhedskopi." }
        }
        @if !checked.findings.is_empty() {
            ul { @for (kind, count) in by_kind(checked) { li { (count) " " (kind) } } }
            details {
                summary { "Til driften: hvad der blev fundet" }
                ul lang="en" { @for finding in &checked.findings { li { (finding.what) } } }
            }
        }
        div.sv-scroll tabindex="0" role="region" aria-label="Gennemgået" {
            table.sv-table {
                caption { "Det blev gennemgået" }
                thead { tr { th scope="col" { "Hvad" } th scope="col" { "Antal" } } }
                tbody {
                    @for (name, count) in counts(checked) { tr { th scope="row" { (name) } td { (count) } } }
                }
            }
        }
    }
}

fn by_kind(checked: &IntegrityCheck) -> Vec<(&'static str, usize)> {
    [
        (FindingKind::Journal, "i journalen"),
        (FindingKind::Index, "i et indeks"),
        (
            FindingKind::Hash,
            "i indhold, der ikke passer til sit fingeraftryk",
        ),
        (
            FindingKind::Reference,
            "i henvisninger til noget, der ikke findes",
        ),
        (FindingKind::Document, "i dokumenter, der ikke kan læses"),
    ]
    .into_iter()
    .map(|(kind, words)| {
        (
            words,
            checked.findings.iter().filter(|f| f.kind == kind).count(),
        )
    })
    .filter(|(_, count)| *count > 0)
    .collect()
}

/// In a person's words; what only the program knows is one line.
fn counts(checked: &IntegrityCheck) -> Vec<(&'static str, u64)> {
    const KNOWN: [(&str, &str); 8] = [
        ("campaign", "Indsamlinger"),
        ("respondent", "Svarende"),
        ("submission", "Indsendte svar"),
        ("draft", "Kladder"),
        ("attachment", "Bilag"),
        ("link", "Personlige link"),
        ("letter", "Breve"),
        ("event", "Hændelser"),
    ];
    let count = |table: &str| checked.documents.get(table).copied().unwrap_or(0);
    let mut rows: Vec<_> = KNOWN
        .iter()
        .map(|(table, words)| (*words, count(table)))
        .collect();
    let known: u64 = rows.iter().map(|(_, count)| count).sum();
    let all: u64 = checked.documents.values().sum();
    rows.push(("Andet", all.saturating_sub(known)));
    rows
}

/// `GET /sundhed`: for the operator's monitoring; 503 while the store takes nothing or does not fit together.
pub async fn health(app: Data<App>) -> HttpResponse {
    let asked = Data::clone(&app);
    let looked = web::block(move || {
        (
            asked.store.check_writable(),
            integrity::latest(&asked),
            integrity::at_rest(&asked),
            backups::standing(&asked),
        )
    })
    .await;
    let Ok((writable, checked, at_rest, standing)) = looked else {
        return HttpResponse::ServiceUnavailable()
            .content_type("text/plain")
            .body("the server is overloaded\n");
    };
    let store = match &writable {
        Ok(()) => "takes writes".to_owned(),
        Err(error) => error.to_string(),
    };
    let (check, clean) = match checked {
        Ok(None) => ("none yet".to_owned(), true),
        Ok(Some(checked)) if checked.is_clean() => (
            format!("{}: everything fits together", checked.at.format("%FT%TZ")),
            true,
        ),
        Ok(Some(checked)) => (
            format!(
                "{}: {} findings; run samsvar check",
                checked.at.format("%FT%TZ"),
                checked.found
            ),
            false,
        ),
        Err(error) => (error.to_string(), false),
    };
    let clock = match app.clock_behind() {
        None => "goes forward".to_owned(),
        Some(behind) => format!(
            "was set back by {} minutes; answers are stored, but times and deadlines may be wrong: check the machine's clock",
            behind.num_minutes().max(1)
        ),
    };
    let overdue = standing.as_ref().is_ok_and(|standing| standing.overdue);
    let backup = match &standing {
        Ok(standing) => english_backup(standing),
        Err(error) => error.to_string(),
    };
    let well = writable.is_ok() && clean;
    if !well {
        log::warn!("asked for its health: store: {store}; check: {check}");
    }
    let verdict = match (&writable, clean) {
        (Err(_), _) => "the store takes nothing",
        (Ok(()), false) => "what is stored does not fit together",
        (Ok(()), true) if overdue => "ok, but no recent backup",
        (Ok(()), true) => "ok",
    };
    let mut answer = if well {
        HttpResponse::Ok()
    } else {
        HttpResponse::ServiceUnavailable()
    };
    answer
        .content_type("text/plain; charset=utf-8")
        .body(format!(
            "{verdict}\nstore: {store}\ncheck: {check}\nclock: {clock}\nencryption: {}{}\nbackup: {backup}\n",
            english_at_rest(at_rest),
            readable_letters(&app, at_rest)
        ))
}
