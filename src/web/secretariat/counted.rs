//! Which version of each answer an edition counted, by the receipts that the respondents hold.
use maud::{Markup, html};
use samsvar_core::danish;

use crate::actions::counted::Counted;

pub(super) fn table(campaign: &str, counted: &[Counted]) -> Markup {
    html! {
        h2 { "Svarene bag udgaven" }
        @if counted.is_empty() { p { "Udgaven bygger ikke på svar, der ligger her." } }
        @else {
            p { "Kvitteringsnummer og kontrolsum er dem, der står på den svarendes kvittering. Sådan kan I vise, hvilken version der kom med." }
            div.sv-scroll tabindex="0" role="region" aria-label="Svarene bag udgaven" {
                table.sv-table {
                    caption { "Svar, der er talt med i udgaven" }
                    thead { tr {
                        th scope="col" { "Svarende" } th.sv-number scope="col" { "Svar nr." } th scope="col" { "Modtaget" }
                        th scope="col" { "Kvitteringsnummer" } th scope="col" { "SHA-256" } th scope="col" { "Siden da" }
                    } }
                    tbody { @for one in counted { (row(campaign, one)) } }
                }
            }
        }
    }
}

fn row(campaign: &str, one: &Counted) -> Markup {
    let name = one.name.as_deref().unwrap_or(&one.respondent);
    html! {
        tr {
            th scope="row" {
                @if one.name.is_some() { a href={ "/sekretariat/indsamlinger/" (campaign) "/svarende/" (one.respondent) } { (name) } }
                @else { (name) }
            }
            td.sv-number { (one.number) }
            @match &one.receipt {
                Some(receipt) => {
                    td { (danish::date_time(receipt.at)) }
                    td { (receipt.number) }
                    td.sv-hash { code { (receipt.sha256) } }
                }
                None => { td { "Slettet" } td { "Slettet" } td { "Slettet" } }
            }
            td { @match one.newer { Some(newer) => { "Afløst af svar nr. " (newer) ", som ikke er med her" } None => { "Gælder stadig" } } }
        }
    }
}
