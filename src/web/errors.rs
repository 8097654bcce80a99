//! What a visitor is told when something can't be done: a status and a Danish sentence, nothing of the inside.
use std::fmt;

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, ResponseError};
use maud::html;

use super::frame::{Frame, Visitor};
use crate::actions::ActionError;

/// A refusal that a page can't answer at the field.
#[derive(Debug)]
pub enum WebError {
    /// The request could not be read; the sentence says what was wrong with it.
    BadRequest(&'static str),
    NotFound,
    /// A personal link that was never given out.
    UnknownLink,
    /// A personal link whose campaign is long over.
    ExpiredLink,
    /// A colleague's link that the holder took back.
    WithdrawnLink,
    /// A link of somebody who named another as the right person.
    PassedOnLink,
    /// A section that was not handed over.
    NotShared,
    /// For whoever sends the answer, not for a colleague who helps.
    OwnerOnly,
    /// A manager reads the answer just now.
    AnswerWaits,
    /// The answer was sent; it must be reopened first.
    AnswerSent,
    /// The browser has no access to this answer; the mail's link gives it.
    LinkNeeded,
    /// Staff only.
    SignInNeeded,
    /// Signed in, but the role does not reach so far.
    NotAllowed,
    /// The form was sent from another site.
    ForeignPost,
    CampaignClosed,
    CampaignNotOpen,
    TooLarge(&'static str),
    WrongType,
    /// Nothing was saved: the disk said no.
    NothingSaved(String),
    /// A fault of ours; the number is in the log beside its cause.
    Incident(String),
}

impl WebError {
    /// Logs the cause under a number that the visitor can quote.
    pub fn incident(cause: &dyn fmt::Display) -> Self {
        let number = incident_number();
        log::error!("incident {number}: {cause}");
        Self::Incident(number)
    }

    pub fn heading(&self) -> &'static str {
        match self {
            Self::BadRequest(_) => "Vi kunne ikke læse det, du sendte",
            Self::NotFound => "Siden findes ikke",
            Self::UnknownLink => "Linket virker ikke",
            Self::ExpiredLink => "Linket er udløbet",
            Self::WithdrawnLink => "Linket er trukket tilbage",
            Self::PassedOnLink => "En anden skal svare",
            Self::NotShared => "Afsnittet er ikke delt med dig",
            Self::OwnerOnly => "Siden er for den, der sender svaret",
            Self::AnswerWaits => "Svaret venter på godkendelse",
            Self::AnswerSent => "Svaret er sendt",
            Self::LinkNeeded => "Åbn dit personlige link",
            Self::SignInNeeded => "Log ind",
            Self::NotAllowed => "Du har ikke adgang til siden",
            Self::ForeignPost => "Siden blev sendt fra et andet websted",
            Self::CampaignClosed => "Indsamlingen er lukket",
            Self::CampaignNotOpen => "Indsamlingen er ikke åbnet",
            Self::TooLarge(_) => "Det, du sendte, er for stort",
            Self::WrongType => "Vi kunne ikke læse det, du sendte",
            Self::NothingSaved(_) => "Der er ikke gemt noget",
            Self::Incident(_) => "Der skete en fejl hos os",
        }
    }

    pub fn sentence(&self) -> String {
        match self {
            Self::BadRequest(sentence) | Self::TooLarge(sentence) => (*sentence).to_owned(),
            Self::NotFound => "Adressen kan være skrevet forkert, eller siden er flyttet.".into(),
            Self::UnknownLink => "Tjek, at hele linket fra mailen er kommet med. Virker det stadig ikke, så skriv til afsenderen af mailen og få et nyt.".into(),
            Self::ExpiredLink => "Indsamlingen sluttede for længe siden. Skriv til afsenderen af mailen, hvis du har brug for dit svar.".into(),
            Self::WithdrawnLink => "Den kollega, der bad om din hjælp, har trukket linket tilbage. Det, du nåede at gemme, er bevaret. Skriv til din kollega, hvis du mener, det er en fejl.".into(),
            Self::PassedOnLink => "Du har skrevet, at en anden er den rette til at svare, så dit link åbner ikke længere spørgeskemaet. Er det en fejl, så skriv til afsenderen af mailen.".into(),
            Self::NotShared => "Du har fået link til andre afsnit af skemaet. Skriv til den kollega, der bad om din hjælp, hvis du også skal udfylde dette.".into(),
            Self::OwnerOnly => "Du hjælper med at udfylde svaret. Det er den kollega, der bad om din hjælp, der gennemser og sender det.".into(),
            Self::AnswerWaits => "En leder er i gang med at læse svaret, så det kan ikke ændres. Den, der sender svaret, kan trække anmodningen tilbage.".into(),
            Self::AnswerSent => "Svaret er allerede sendt. Det skal åbnes igen, før det kan ændres.".into(),
            Self::LinkNeeded => "Din browser har ikke længere adgang til besvarelsen. Åbn linket i mailen igen; det, du har gemt, er der stadig.".into(),
            Self::SignInNeeded => "Siden er kun for sekretariatet. Log ind for at se den.".into(),
            Self::NotAllowed => "Din rolle giver ikke adgang til den. Skal du bruge den, så spørg en administrator i sekretariatet.".into(),
            Self::ForeignPost => "Af hensyn til sikkerheden er der ikke gemt noget. Gå til Samsvar, og prøv igen derfra.".into(),
            Self::CampaignClosed => "Svarfristen er overskredet, så svaret kan ikke ændres eller sendes. Skriv til sekretariatet, hvis I mangler at svare.".into(),
            Self::CampaignNotOpen => "Indsamlingen er ikke åbnet endnu. Prøv igen, når den er åbnet.".into(),
            Self::WrongType => "Browseren sendte siden i et format, som Samsvar ikke kender. Der er ikke gemt noget.".into(),
            Self::NothingSaved(_) => "Serveren kan ikke gemme lige nu. Det, du skrev, er ikke gemt. Lad siden stå åben, og prøv igen om lidt.".into(),
            Self::Incident(number) => format!("Prøv igen om lidt. Bliver det ved, så skriv til sekretariatet og oplys fejlnummer {number}."),
        }
    }
}

impl fmt::Display for WebError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.heading())
    }
}

impl ResponseError for WebError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::NotFound | Self::UnknownLink => StatusCode::NOT_FOUND,
            Self::ExpiredLink | Self::WithdrawnLink | Self::PassedOnLink => StatusCode::GONE,
            Self::AnswerWaits | Self::AnswerSent => StatusCode::CONFLICT,
            Self::NotShared | Self::OwnerOnly => StatusCode::FORBIDDEN,
            Self::LinkNeeded
            | Self::NotAllowed
            | Self::ForeignPost
            | Self::CampaignClosed
            | Self::CampaignNotOpen => StatusCode::FORBIDDEN,
            Self::SignInNeeded => StatusCode::UNAUTHORIZED,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::WrongType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::NothingSaved(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Incident(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse {
        let body = html! {
            h1 { (self.heading()) }
            p { (self.sentence()) }
            @if matches!(self, Self::SignInNeeded) { p { a.button.button-primary href="/log-ind" { "Log ind" } } }
            @if matches!(self, Self::NotAllowed) { p { a href="/sekretariat" { "Gå til indsamlingerne" } } }
            @if matches!(self, Self::NotFound | Self::UnknownLink | Self::LinkNeeded) { p { a href="/" { "Gå til forsiden" } } }
        };
        let wrong = if matches!(self, Self::SignInNeeded) {
            ""
        } else {
            "Fejl: "
        };
        let title = format!("{wrong}{}", self.heading());
        let page = Frame {
            title: &title,
            visitor: Visitor::Nobody,
            demo: false,
        }
        .around(&body);
        HttpResponse::build(self.status_code())
            .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
            .body(page.into_string())
    }
}

impl From<ActionError> for WebError {
    fn from(error: ActionError) -> Self {
        match error {
            ActionError::NothingSaved(cause) => {
                log::error!("nothing saved: {cause}");
                Self::NothingSaved(cause)
            }
            other => Self::incident(&other),
        }
    }
}

/// Eight signs, enough to find one line in a log.
fn incident_number() -> String {
    let mut bytes = [0u8; 4];
    // Without randomness the number is 00000000; the log line's time still finds it.
    let _ = getrandom::fill(&mut bytes);
    bytes.iter().map(|b| format!("{b:02X}")).collect()
}
