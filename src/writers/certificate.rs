//! The certificate of an edition: one page to print, with the settings, the result and the hashes of all files.
use chrono::{DateTime, Utc};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use samsvar_core::danish;
use samsvar_core::disclosure::{Certificate, Summary};
use samsvar_core::reports::Report;

/// What the page says beside the report's own settings.
pub struct Seal<'a> {
    pub number: u32,
    pub at: DateTime<Utc>,
    pub by: &'a str,
    /// Forms with their versions.
    pub forms: Vec<(String, String)>,
    /// Names of the earlier editions that were taken into account.
    pub earlier: Vec<String>,
    /// The secretariat's choices, one line each.
    pub choices: Vec<String>,
    pub proof: &'a Certificate,
    /// Names and SHA-256 of the other files.
    pub files: Vec<(String, String)>,
}

/// The page, its styles inside.
pub fn page(report: &Report, seal: &Seal, styles: &str) -> String {
    let title = format!("Attest for diskretionering, udgave {}", seal.number);
    html! {
        (DOCTYPE)
        html lang="da" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (PreEscaped(styles)) }
            }
            body { main class="container" { article class="sv-report sv-attest" {
                h1 { (title) }
                p class="font-lead" { (report.title()) " · " (report.meta().campaign) }
                (facts(report, seal))
                h2 { "Hvad er garanteret" }
                ul { @for line in guarantee(report, seal) { li { (line) } } }
                h2 { "Hvordan det er efterprøvet" }
                (method(seal))
                @if !seal.choices.is_empty() {
                    h2 { "Valg for denne rapport" }
                    ul { @for line in &seal.choices { li { (line) } } }
                }
                h2 { "Filer i udgaven" }
                (files(seal))
            } } }
        }
    }
    .into_string()
}

fn facts(report: &Report, seal: &Seal) -> Markup {
    let summary = report.summary();
    html! {
        dl class="sv-facts" {
            div { dt { "Udgave" } dd { (seal.number) } }
            div { dt { "Dannet" } dd { (danish::date_time(seal.at)) " af " (seal.by) } }
            div { dt { "Grænse for små tal" } dd { "1-" (report.threshold()) " skjules" } }
            div { dt { "Skjulte tal" } dd { (hidden(summary)) } }
            @if let Some(line) = report.lifted() { div { dt { "Løftede bånd" } dd { (line) } } }
            @for (form, version) in &seal.forms {
                div { dt { "Spørgeskema" } dd { (form) ", version " (short(version)) } }
            }
            div { dt { "Tidligere udgaver taget med" } dd {
                @if seal.earlier.is_empty() { "ingen" } @else { (seal.earlier.join(", ")) }
            } }
            div { dt { "Program" } dd { "Samsvar " (env!("CARGO_PKG_VERSION")) } }
            div { dt { "Resultat" } dd { strong { "Bestået" } } }
        }
    }
}

/// The version of a form is a hash; its beginning tells it from others.
fn short(version: &str) -> String {
    let is_hash = version.len() == 64 && version.bytes().all(|b| b.is_ascii_hexdigit());
    match is_hash {
        true => format!("{}…", &version[..16]),
        false => version.to_owned(),
    }
}

fn hidden(summary: &Summary) -> String {
    let optimal = match summary.proven_optimal {
        true => "bevist færrest mulige",
        false => "ikke bevist færrest mulige",
    };
    format!(
        "{} små tal og {} for at beskytte dem ({optimal})",
        summary.primary, summary.complementary
    )
}

fn guarantee(report: &Report, seal: &Seal) -> Vec<String> {
    let claim = &seal.proof.claim;
    let all = report.threshold();
    let values = match claim.candidates >= all {
        true => format!(
            "Bag hvert lille tal er alle værdier fra 1 til {all} mulige, når man lægger alt det trykte sammen."
        ),
        false => format!(
            "Bag hvert lille tal er mindst {} værdier mulige, når man lægger alt det trykte sammen.",
            claim.candidates
        ),
    };
    let mut lines = vec![
        values,
        "Intet skjult tal kan regnes ud, heller ikke ved at sammenholde udgaven med de tidligere."
            .into(),
        format!(
            "Ingen af de {} svarende kan med kendskab til egne tal regne en andens lille tal ud. Det er efterprøvet mod de rigtige tal, da udgaven blev dannet; certifikat.json kan ikke vise det uden at røbe dem.",
            report.summary().insiders
        ),
        "Det, der vises, er sandt: intet tal er ændret eller afrundet for at skjule noget.".into(),
    ];
    if !claim.given_away.is_empty() {
        lines.push(format!(
            "Undtaget er {} tal, som tidligere udgaver allerede har afsløret eller indsnævret: de er ikke indsnævret mere. De står i certifikat.json under given_away.",
            claim.given_away.len()
        ));
    }
    lines
}

fn method(seal: &Seal) -> Markup {
    html! {
        p {
            "Alle tabeller, totaler og sætninger er samlet i én regnemodel af hele tal, sammen med de tidligere udgaver. "
            "For hver skjult celle er der fundet andre tabeller, som passer med alt det trykte. De "
            (seal.proof.others.len() + 1)
            " tabeller ligger i certifikat.json. Enhver kan efterprøve dem ved at lægge sammen:"
        }
        p { code { "samsvar verify tabel.csv regler.json certifikat.json" } }
        p {
            "Tilbuddenes antal borgere og figurerne er med i samme regnemodel. Hvor mange kommuner der har valgt et svar, "
            "er et antal kommuner og ikke borgere. Fri tekst er læst af et menneske, før den er trykt."
        }
    }
}

fn files(seal: &Seal) -> Markup {
    html! {
        div class="sv-scroll" tabindex="0" role="region" aria-label="Filer i udgaven" {
            table class="table sv-table" {
                caption { "Filer og deres SHA-256" }
                thead { tr { th scope="col" { "Fil" } th scope="col" { "SHA-256" } } }
                tbody {
                    @for (name, hash) in &seal.files {
                        tr { th scope="row" { (name) } td class="sv-hash" { code { (hash) } } }
                    }
                }
            }
        }
    }
}
