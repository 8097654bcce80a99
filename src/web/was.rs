//! The accessibility statement (tilgængelighedserklæring), by the content of the Danish model, in both languages.
use actix_web::HttpResponse;
use actix_web::web::Data;
use maud::{Markup, html};

use super::frame::{Frame, Visitor};
use crate::app::App;

/// `GET /was`
pub async fn statement(app: Data<App>) -> HttpResponse {
    let body = html! {
        p { a href="#english" lang="en" { "Accessibility statement in English" } }
        (danish())
        hr;
        (english())
    };
    super::ok_html(
        &Frame {
            title: "Tilgængelighedserklæring",
            visitor: Visitor::Nobody,
            demo: app.is_demo(),
        }
        .around(&body),
    )
}

/// What we know does not work for everybody: Danish and English.
const KNOWN_FAULTS: [(&str, &str); 4] = [
    (
        "Filer, som svarende eller sekretariatet har lagt op, har vi ikke prøvet. De kan mangle overskrifter og tekst til billeder (WCAG 1.1.1 og 1.3.1).",
        "We have not tested files that respondents or the secretariat upload. They may lack headings and text for images (WCAG 1.1.1 and 1.3.1).",
    ),
    (
        "Brede tabeller i rapporter og på sekretariatets sider skal rulles vandret på små skærme. De kan rulles med tastaturet (WCAG 1.4.10 har en undtagelse for datatabeller).",
        "Wide tables in reports and on the secretariat's pages scroll sideways on small screens. They can be scrolled with the keyboard (WCAG 1.4.10 makes an exception for data tables).",
    ),
    (
        "Forslagene til navne, mens man skriver, vises af browseren selv. Nogle skærmlæsere læser dem ikke op. Feltet kan altid udfyldes uden dem (WCAG 4.1.2).",
        "Suggestions of names while typing are shown by the browser itself. Some screen readers do not read them out. The field can always be filled in without them (WCAG 4.1.2).",
    ),
    (
        "I PDF-kopien af et svar vises tegn, som skrifttypen ikke har, for eksempel emojis, som »?«. De står rigtigt i Word-dokumentet og i HTML-kopien (WCAG 1.1.1).",
        "In the PDF copy of an answer, characters that the font lacks, such as emojis, are shown as “?”. They are right in the Word document and the HTML copy (WCAG 1.1.1).",
    ),
];

fn danish() -> Markup {
    html! {
        h1 { "Tilgængelighedserklæring" }
        p { "Den offentlige myndighed, der bruger Samsvar, er forpligtet til at gøre sine websteder tilgængelige efter lov om tilgængelighed af offentlige organers websteder og mobilapplikationer. Denne erklæring gælder siderne i Samsvar." }
        h2 { "Overensstemmelsesstatus" }
        p { "Siderne overholder delvist EN 301 549, version 3.2.1, og WCAG 2.1 på niveau A og AA. Det, der ikke overholder kravene, står nedenfor." }
        h2 { "Ikke-tilgængeligt indhold" }
        ul { @for (danish, _) in KNOWN_FAULTS { li { (danish) } } }
        h2 { "Alternativ adgang" }
        p { "Ring eller skriv til det sekretariat, der har sendt jer spørgeskemaet. Telefonnummer og mailadresse står i brevet og på spørgeskemaets første side. Sekretariatet kan tage imod svaret i telefonen og sende rapporter i en anden form." }
        h2 { "Udarbejdelse af erklæringen" }
        p { "Erklæringen bygger på en selvevaluering. Siderne prøves automatisk med axe-core i to skærmbredder, hver gang programmet ændres, og gennemgås med tastatur alene, uden JavaScript og i 400 procents forstørrelse. De er ikke prøvet af et uafhængigt organ." }
        h2 { "Feedback og kontakt" }
        p { "Møder du noget, der ikke er tilgængeligt, så skriv til sekretariatet. Du får svar derfra, og fejlen bliver rettet i programmet, hvis den ligger der." }
        h2 { "Håndhævelse" }
        p { "Digitaliseringsstyrelsen fører tilsyn med loven. Hvis du ikke er tilfreds med svaret, kan du henvende dig der: " a href="https://www.digst.dk/webtilgaengelighed" { "digst.dk/webtilgaengelighed" } "." }
    }
}

fn english() -> Markup {
    html! {
        section lang="en" {
            h2 #english { "Accessibility statement" }
            p { "The public body that uses Samsvar is committed to making its websites accessible under the Danish act on the accessibility of public bodies' websites and mobile applications. This statement covers the pages of Samsvar." }
            h3 { "Compliance" }
            p { "The pages comply in part with EN 301 549, version 3.2.1, and WCAG 2.1 at levels A and AA. What does not comply is listed below." }
            h3 { "Content that is not accessible" }
            ul { @for (_, english) in KNOWN_FAULTS { li { (english) } } }
            h3 { "Other ways" }
            p { "Call or write to the secretariat that sent you the questionnaire. Telephone number and mail address are in the letter and on the questionnaire's first page. The secretariat can take the answer by telephone and send reports in another form." }
            h3 { "How this statement was made" }
            p { "It rests on a self-assessment. The pages are tested with axe-core at two widths whenever the program changes, and walked through with the keyboard alone, without JavaScript and at 400 per cent zoom. No independent body has tested them." }
            h3 { "Feedback" }
            p { "If you meet something that is not accessible, write to the secretariat. It will answer you, and the fault is mended in the program if it lies there." }
            h3 { "Enforcement" }
            p { "The Danish Agency for Digital Government supervises the act. If the answer does not satisfy you, turn to: " a href="https://www.digst.dk/webtilgaengelighed" { "digst.dk/webtilgaengelighed" } "." }
        }
    }
}
