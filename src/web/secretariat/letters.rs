//! Letters and what became of them: all of a collection, and one respondent's timeline.
use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Path};
use maud::{Markup, html};
use samsvar_core::danish;

use super::super::doors::Secretary;
use super::super::errors::WebError;
use super::super::fields::{self, TextField};
use super::super::frame::back_link;
use super::super::posted::Posted;
use super::page;
use crate::actions::campaigns;
use crate::actions::deliveries::{self, Delivery, LetterRefusal, Moment, Timeline};
use crate::app::App;

/// `GET /sekretariat/indsamlinger/{campaign}/breve`
pub async fn all(
    app: Data<App>,
    Secretary(staff): Secretary,
    id: Path<String>,
) -> Result<HttpResponse, WebError> {
    let found = campaigns::overview(&app, &id)?.ok_or(WebError::NotFound)?;
    let letters = deliveries::deliveries(&app, &id)?;
    let troubled = letters.iter().filter(|l| l.trouble).count();
    let name_of = |letter: &Delivery| {
        let own =
            |r: &&samsvar_core::campaigns::Respondent| Some(&r.id) == letter.respondent.as_ref();
        let respondent = found.respondents.iter().find(own);
        respondent.map(samsvar_core::campaigns::Respondent::name)
    };
    let body = html! {
        (back_link(&format!("/sekretariat/indsamlinger/{id}"), &found.campaign.title))
        h1 { "Breve" }
        p { "»Sendt« står der først, når mailserveren har sagt, at den har brevet." }
        @if troubled > 0 {
            p { strong { (danish::count(troubled as u64, "brev", "breve")) " kræver, at I ser på det." } " De står øverst." }
        }
        @if letters.is_empty() { p { "Der er ingen breve endnu." } }
        @else {
            div.sv-scroll tabindex="0" role="region" aria-label="Breve" {
                table.sv-table {
                    caption { (danish::count(letters.len() as u64, "brev", "breve")) }
                    thead { tr { th scope="col" { "Svarende" } th scope="col" { "Brev" } th scope="col" { "Til" } th scope="col" { "Status" } th scope="col" { "Senest" } th scope="col" { "Råd" } } }
                    tbody { @for letter in &letters { (row(&id, letter, name_of(letter))) } }
                }
            }
        }
    };
    Ok(page(&app, &staff, "Breve", &body))
}

/// `GET /sekretariat/indsamlinger/{campaign}/breve/{respondent}`
pub async fn one(
    app: Data<App>,
    Secretary(staff): Secretary,
    path: Path<(String, String)>,
) -> Result<HttpResponse, WebError> {
    let (campaign, respondent) = path.into_inner();
    let found = deliveries::timeline(&app, &campaign, &respondent)?.ok_or(WebError::NotFound)?;
    let title = format!("Breve til {}", found.respondent.name());
    Ok(page(&app, &staff, &title, &Sheet::of(&found).body()))
}

/// `POST /sekretariat/indsamlinger/{campaign}/breve/{respondent}`: what is to be done about one letter.
pub async fn change(
    app: Data<App>,
    Secretary(staff): Secretary,
    path: Path<(String, String)>,
    posted: Posted,
) -> Result<HttpResponse, WebError> {
    let (campaign, respondent) = path.into_inner();
    let letter = posted.value("brev").to_owned();
    let address = posted.value("mail").trim().to_owned();
    let wanted = posted.value("do").to_owned();
    let worker = app.clone().into_inner();
    let (by, of, about, to) = (
        staff.clone(),
        campaign.clone(),
        letter.clone(),
        address.clone(),
    );
    let done = super::super::blocking(move || match wanted.as_str() {
        "ret" => deliveries::readdress(&worker, &by, &of, &about, &to),
        "igen" => deliveries::send_again(&worker, &by, &of, &about),
        "ankommet" => deliveries::settle(&worker, &by, &of, &about),
        _ => Ok(Err(LetterRefusal::Unknown)),
    })
    .await?;
    let refusal = match done {
        Ok(()) => return Ok(back(&campaign, &respondent)),
        Err(LetterRefusal::Unknown) => return Err(WebError::NotFound),
        Err(refusal) => refusal,
    };
    let found = deliveries::timeline(&app, &campaign, &respondent)?.ok_or(WebError::NotFound)?;
    let sheet = Sheet {
        refused: Some((&letter, &address, words(refusal))),
        ..Sheet::of(&found)
    };
    let title = format!("Fejl: Breve til {}", found.respondent.name());
    let mut response = page(&app, &staff, &title, &sheet.body());
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(response)
}

/// `GET /sekretariat/indsamlinger/{campaign}/breve/{respondent}/mail/{mail}`
pub async fn incoming(
    app: Data<App>,
    Secretary(staff): Secretary,
    path: Path<(String, String, String)>,
) -> Result<HttpResponse, WebError> {
    let (campaign, respondent, id) = path.into_inner();
    let (worker, by) = (app.clone().into_inner(), staff.clone());
    let (of, who) = (campaign.clone(), respondent.clone());
    let opens = move || deliveries::incoming(&worker, &by, &of, &who, &id);
    let mail = super::super::blocking(opens).await?;
    let mail = mail.ok_or(WebError::NotFound)?;
    let subject = if mail.words.subject.is_empty() {
        "Mail uden emne"
    } else {
        &mail.words.subject
    };
    let body = html! {
        (back_link(&format!("/sekretariat/indsamlinger/{campaign}/breve/{respondent}"), "Breve"))
        h1 { (subject) }
        dl.sv-facts {
            div { dt { "Fra" } dd { (mail.words.from) } }
            div { dt { "Modtaget" } dd { (danish::date_time(mail.at)) } }
        }
        article.sv-mail { pre { (mail.words.text) } }
    };
    Ok(page(&app, &staff, subject, &body))
}

fn back(campaign: &str, respondent: &str) -> HttpResponse {
    let to = format!("/sekretariat/indsamlinger/{campaign}/breve/{respondent}");
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, to))
        .finish()
}

fn words(refusal: LetterRefusal) -> &'static str {
    match refusal {
        LetterRefusal::Unknown => "Brevet findes ikke.",
        LetterRefusal::Address => "Skriv mailadressen som navn@example.dk.",
        LetterRefusal::OnItsWay => {
            "Brevet er ved at blive givet til mailserveren. Se igen om lidt."
        }
        LetterRefusal::NotInDoubt => "Der er ikke længere tvivl om brevet.",
    }
}

fn row(campaign: &str, letter: &Delivery, respondent: Option<String>) -> Markup {
    html! {
        tr {
            th scope="row" {
                @match (&letter.respondent, respondent) {
                    (Some(id), Some(name)) => a href={ "/sekretariat/indsamlinger/" (campaign) "/breve/" (id) } { (name) },
                    _ => "–",
                }
            }
            td { (letter.kind) }
            td { (letter.address) }
            td { @if letter.trouble { strong { (letter.state) } } @else { (letter.state) } }
            td { (danish::date_time(letter.since)) }
            td { (letter.advice.unwrap_or_default()) }
        }
    }
}

struct Sheet<'a> {
    found: &'a Timeline,
    /// The letter, the address typed, and why it was not done.
    refused: Option<(&'a str, &'a str, &'static str)>,
}

impl<'a> Sheet<'a> {
    fn of(found: &'a Timeline) -> Self {
        Self {
            found,
            refused: None,
        }
    }

    fn body(&self) -> Markup {
        let campaign = &self.found.campaign;
        let base = format!("/sekretariat/indsamlinger/{}", campaign.id);
        html! {
            (back_link(&format!("{base}/breve"), "Alle breve"))
            h1 { "Breve til " (self.found.respondent.name()) }
            @if let Some((letter, _, sentence)) = self.refused {
                div.alert.alert-error #fejl role="alert" tabindex="-1" data-focus="" {
                    div.alert-body {
                        h2.alert-heading { "Brevet er ikke sendt igen" }
                        ul.nobullet-list { li { a href={ "#mail-" (letter) } { (sentence) } } }
                    }
                }
            }
            @if self.found.letters.is_empty() { p { "Der er ingen breve endnu." } }
            @for letter in &self.found.letters { (self.letter(letter)) }
            h2 { "Forløb" }
            ol.sv-timeline { @for moment in &self.found.moments { (self.moment(moment)) } }
        }
    }

    fn letter(&self, letter: &Delivery) -> Markup {
        html! {
            section aria-labelledby={ "brev-" (letter.letter) } {
                h2 id={ "brev-" (letter.letter) } { (letter.kind) " til " (letter.address) }
                p { strong { (letter.state) } ", " (danish::date_time(letter.since)) "." }
                @if let Some(advice) = letter.advice { p { (advice) } }
                @if letter.in_doubt {
                    p { "Spørg modtageren, om brevet er kommet. Sender I det igen, kan det komme to gange." }
                }
                @if letter.can_be_sent_again { (self.correction(letter)) }
            }
        }
    }

    /// One field and one button; the address that failed stands in it.
    fn correction(&self, letter: &Delivery) -> Markup {
        let refused = self.refused.filter(|(id, ..)| *id == letter.letter);
        let field = TextField {
            id: &format!("mail-{}", letter.letter),
            label: "Adresse",
            hint: Some("Links, der er sendt til den gamle adresse, holder op med at virke"),
            value: refused.map_or(letter.address.as_str(), |(_, typed, _)| typed),
            error: refused.map(|(_, _, sentence)| sentence),
            required: true,
        };
        let form = html! {
            form method="post" novalidate {
                input type="hidden" name="brev" value=(letter.letter);
                (fields::named_address(&field, "mail"))
                div.sv-actions {
                    button.button.button-primary type="submit" name="do" value="ret" { "Ret adresse, og send igen" }
                    button.button.button-secondary type="submit" name="do" value="igen" { "Send igen til samme adresse" }
                    @if letter.in_doubt {
                        button.button.button-secondary type="submit" name="do" value="ankommet" { "Brevet er kommet" }
                    }
                }
            }
        };
        html! {
            @if letter.trouble { (form) }
            @else { details open[refused.is_some()] { summary { "Ret adresse, eller send igen" } (form) } }
        }
    }

    fn moment(&self, moment: &Moment) -> Markup {
        let base = format!(
            "/sekretariat/indsamlinger/{}/breve/{}",
            self.found.campaign.id, self.found.respondent.id
        );
        html! {
            li {
                span.sv-timeline__at { (danish::date_time(moment.at)) }
                " "
                @if let Some((kind, address)) = &moment.letter { (kind) " til " (address) ": " }
                (moment.sentence)
                @if moment.times > 1 {
                    " (" (moment.times) " gange"
                    @if let Some(until) = moment.until { ", senest " (danish::date_time(until)) }
                    ")"
                }
                "."
                @if let Some(advice) = moment.advice { div { (advice) } }
                @if let Some(reply) = &moment.reply { div { "Serverens svar: " code { (reply) } } }
                @if let Some(mail) = &moment.message { div { a href={ (base) "/mail/" (mail) } { "Læs mailen" span.sr-only { " fra " (danish::date_time(moment.at)) } } } }
            }
        }
    }
}
