//! The front door and the page about the program itself.
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use maud::html;

use super::answering::english;
use super::frame::{Frame, Visitor};
use crate::app::App;
use crate::assets;

/// `GET /`
pub async fn front(app: Data<App>, request: HttpRequest) -> HttpResponse {
    let body = html! {
        (english::switch("", english::chosen(&request)))
        h1 { "Samsvar" }
        p.font-lead { "Her svarer kommuner og tilbud på spørgeskemaer fra deres regionale sekretariat." }
        h2 { "Har du fået en mail?" }
        p { "Brug det personlige link i mailen. Du skal ikke oprette dig eller logge ind." }
        h2 { "Arbejder du i sekretariatet?" }
        p { a href="/log-ind" { "Log ind som sekretariat" } }
        @if app.is_demo() { p { a href="/demo" { "Gå til demonstrationen" } } }
    };
    super::ok_html(
        &Frame {
            title: "Forside",
            visitor: Visitor::Nobody,
            demo: app.is_demo(),
        }
        .around(&body),
    )
}

/// `GET /om`
pub async fn about(app: Data<App>, request: HttpRequest) -> HttpResponse {
    let body = html! {
        (english::switch("", english::chosen(&request)))
        h1 { "Om Samsvar" }
        p { "Samsvar " (env!("CARGO_PKG_VERSION")) " samler svar ind fra kommuner og tilbud og laver regionale rapporter, som ikke røber nogen. "
            "Programmet er udgivet under EUPL-1.2 (European Union Public Licence)." }
        h2 { "Vi sætter kun nødvendige cookies" }
        p { "En cookie husker, at din browser har åbnet et personligt link eller er logget ind. Den forsvinder, når browseren lukkes. En anden husker, hvilket sprog du har valgt. Samsvar henter intet fra andre websteder og måler ikke din brug." }
        h2 { "Det bygger vi på" }
        @for item in assets::bundled() {
            h3 { (item.name) }
            p { (item.role) }
            p { "Licens: " (item.licence) }
            details { summary { "Licensens tekst (" (item.name) ")" } pre.sv-licence tabindex="0" { (item.text) } }
        }
        h3 { "Rust-biblioteker" }
        details {
            summary { "Vis alle " (assets::crates().len()) " biblioteker og deres licenser" }
            div.sv-scroll tabindex="0" role="region" aria-label="Rust-biblioteker" {
                table.sv-table {
                    caption { "Biblioteker i programmet" }
                    thead { tr { th scope="col" { "Navn" } th scope="col" { "Version" } th scope="col" { "Licens" } } }
                    tbody {
                        @for item in assets::crates() {
                            tr { th scope="row" { (item.name) } td { (item.version) } td { (item.licence) } }
                        }
                    }
                }
            }
        }
    };
    super::ok_html(
        &Frame {
            title: "Om Samsvar",
            visitor: Visitor::Nobody,
            demo: app.is_demo(),
        }
        .around(&body),
    )
}
