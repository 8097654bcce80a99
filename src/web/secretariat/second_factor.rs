//! The code from an app beside the sign-in link: turned on and off by oneself, taken off by an administrator.
use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use actix_web::web::Data;
use maud::{Markup, html};
use qrcodegen::{QrCode, QrCodeEcc};
use samsvar_core::access::Staff;
use samsvar_core::events::Actor;
use samsvar_core::second_factor::SecondFactor;

use super::super::doors::{Administrator, SignedIn};
use super::super::errors::WebError;
use super::super::fields::{self, TextField};
use super::super::frame::back_link;
use super::super::posted::Posted;
use super::super::sign_in::wrong_code;
use super::page;
use crate::actions::second_factor::{self, CodeRefusal};
use crate::app::App;

const HERE: &str = "/sekretariat/mig/kode";

/// `GET /sekretariat/mig/kode`
pub async fn show(app: Data<App>, SignedIn(staff): SignedIn) -> Result<HttpResponse, WebError> {
    sheet(&app, &staff, None)
}

/// `POST /sekretariat/mig/kode`
pub async fn act(
    app: Data<App>,
    SignedIn(staff): SignedIn,
    posted: Posted,
) -> Result<HttpResponse, WebError> {
    let app = app.into_inner();
    super::super::blocking_web(move || {
        let code = posted.value("kode");
        match posted.value("do") {
            "begynd" => {
                second_factor::begin(&app, &staff)?;
                Ok(see_other(HERE))
            }
            "bekraeft" => match second_factor::confirm(&app, &staff, code)? {
                Ok(codes) => Ok(recovery_codes(&app, &staff, &codes)),
                Err(refusal) => sheet(&app, &staff, Some(refusal)),
            },
            "nye-koder" => match second_factor::renew(&app, &staff, code)? {
                Ok(codes) => Ok(recovery_codes(&app, &staff, &codes)),
                Err(refusal) => sheet(&app, &staff, Some(refusal)),
            },
            _ => match second_factor::turn_off(&app, &staff, code)? {
                Ok(()) => Ok(see_other("/sekretariat/mig")),
                Err(refusal) => sheet(&app, &staff, Some(refusal)),
            },
        }
    })
    .await
}

/// `POST /sekretariat/personer/nulstil-kode`
pub async fn reset(
    app: Data<App>,
    Administrator(staff): Administrator,
    posted: Posted,
) -> Result<HttpResponse, WebError> {
    let address = posted.value("mail").to_owned();
    let app = app.into_inner();
    let by = Actor::Staff(staff.name);
    super::super::blocking(move || second_factor::reset(&app, &address, by)).await?;
    Ok(see_other("/sekretariat/personer"))
}

/// The line on "your access".
pub fn summary(app: &App, staff: &Staff) -> Result<Markup, WebError> {
    let found = second_factor::of(app, &staff.address)?;
    let on = found.filter(|factor| factor.on.is_some());
    Ok(html! {
        h2 { "Kode fra en app" }
        @match on {
            Some(factor) => {
                p { "Når du logger ind, skriver du også en kode fra din app. Du har " (factor.recovery.len()) " reservekoder tilbage." }
                p { a href=(HERE) { "Nye reservekoder, eller slå koden fra" } }
            },
            None => {
                p { "Du logger ind med et link i en mail. Vil du også bruge en kode fra en app på telefonen, kan ingen komme ind alene ved at læse din mail." }
                form method="post" action=(HERE) {
                    button.button.button-secondary type="submit" name="do" value="begynd" { "Slå kode fra en app til" }
                }
            },
        }
    })
}

fn sheet(app: &App, staff: &Staff, refusal: Option<CodeRefusal>) -> Result<HttpResponse, WebError> {
    let Some(factor) = second_factor::of(app, &staff.address)? else {
        return Ok(see_other("/sekretariat/mig"));
    };
    let error = refusal.map(wrong_code);
    let heading = if factor.on.is_some() {
        "Kode fra en app"
    } else {
        "Slå kode fra en app til"
    };
    let field = TextField {
        id: "kode",
        label: "Kode fra appen",
        hint: Some(if factor.on.is_some() {
            "Seks cifre, eller en reservekode"
        } else {
            "Seks cifre; de skifter hvert halve minut"
        }),
        value: "",
        error,
        required: true,
    };
    let body = html! {
        (back_link("/sekretariat/mig", "Din adgang"))
        h1 { (heading) }
        @if let Some(error) = error {
            div.alert.alert-error #fejl role="alert" tabindex="-1" data-focus="" { div.alert-body {
                h2.alert-heading { "Der er ikke ændret noget" }
                ul.nobullet-list { li { a href="#kode" { (error) } } }
            } }
        }
        @if factor.on.is_some() { (when_on(&field)) } @else { (to_begin(&factor, &field)) }
    };
    let wrong = if error.is_some() { "Fejl: " } else { "" };
    let mut response = page(app, staff, &format!("{wrong}{heading}"), &body);
    if error.is_some() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

fn when_on(field: &TextField) -> Markup {
    html! {
        p { "Skriv en kode, og vælg, hvad der skal ske. Nye reservekoder afløser de gamle." }
        form method="post" action=(HERE) novalidate autocomplete="off" {
            (fields::one_time_code(field))
            div.sv-actions {
                button.button.button-primary type="submit" name="do" value="nye-koder" { "Lav nye reservekoder" }
                button.button.button-secondary type="submit" name="do" value="fra" { "Slå koden fra" }
            }
        }
    }
}

fn to_begin(factor: &SecondFactor, field: &TextField) -> Markup {
    html! {
        ol {
            li { "Åbn en app til koder på din telefon, fx Microsoft Authenticator, Google Authenticator eller FreeOTP." }
            li { "Tag billedet med appen, eller skriv nøglen i den." }
            li { "Skriv den kode, appen viser." }
        }
        (picture(&factor.app_link()))
        dl.sv-facts { div { dt { "Nøgle" } dd { code { (factor.grouped_secret()) } } } }
        p { a href=(factor.app_link()) { "Åbn appen på denne telefon" } }
        form method="post" action=(HERE) novalidate autocomplete="off" {
            (fields::one_time_code(field))
            div.sv-actions { button.button.button-primary type="submit" name="do" value="bekraeft" { "Slå koden til" } }
        }
    }
}

fn recovery_codes(app: &App, staff: &Staff, codes: &[String]) -> HttpResponse {
    let body = html! {
        h1 { "Dine reservekoder" }
        div.alert.alert-warning { div.alert-body { p.alert-text {
            "Gem koderne nu; de vises kun denne ene gang. Hver af dem kan bruges én gang, når du ikke har din app."
        } } }
        ul.sv-codes { @for code in codes { li { code { (code) } } } }
        p { "Mister du både app og koder, kan en administrator nulstille din kode." }
        p.sv-actions { a.button.button-primary href="/sekretariat/mig" { "Jeg har gemt dem" } }
    };
    page(app, staff, "Dine reservekoder", &body)
}

/// The QR code of an address, drawn in the page itself so that the secret has no address of its own.
fn picture(link: &str) -> Markup {
    const QUIET: i32 = 4;
    let Ok(code) = QrCode::encode_text(link, QrCodeEcc::Medium) else {
        return html! {};
    };
    let size = code.size();
    let mut path = String::new();
    for y in 0..size {
        for x in (0..size).filter(|x| code.get_module(*x, y)) {
            path.push_str(&format!("M{} {}h1v1h-1z", x + QUIET, y + QUIET));
        }
    }
    let side = size + 2 * QUIET;
    html! {
        svg.sv-qr role="img" aria-label="QR-kode med nøglen" viewBox={ "0 0 " (side) " " (side) } width="240" height="240" {
            rect width=(side) height=(side) fill="#fff" {}
            path d=(path) fill="#000" shape-rendering="crispEdges" {}
        }
    }
}

fn see_other(to: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, to.to_owned()))
        .finish()
}
