//! The frame that every page stands in: head, skip link, header, main, footer.
use maud::{DOCTYPE, Markup, html};

use crate::assets;

/// Whom a page is shown to; decides the header's links, never a right.
#[derive(Clone, Copy)]
pub enum Visitor<'a> {
    Nobody,
    /// The organisation that answers.
    Respondent(&'a str),
    /// The name of a member of the secretariat.
    Staff(&'a str),
}

/// What surrounds a page's own body.
pub struct Frame<'a> {
    /// Without the product's name; begins with `Fejl:` when the page holds errors.
    pub title: &'a str,
    pub visitor: Visitor<'a>,
    /// Says on top that everything here is invented.
    pub demo: bool,
}

impl Frame<'_> {
    pub fn around(&self, body: &Markup) -> Markup {
        html! {
            (DOCTYPE)
            html lang="da" {
                (self.head())
                body {
                    a.skipnav href="#indhold" { "Gå til sidens indhold" }
                    @if self.demo { (demo_banner()) }
                    (self.header())
                    main #indhold .container.page-container.sv-main tabindex="-1" { (body) }
                    (footer())
                }
            }
        }
    }

    fn head(&self) -> Markup {
        html! {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                title { (self.title) " – Samsvar" }
                @for href in assets::stylesheet_hrefs() { link rel="stylesheet" href=(href); }
                link rel="icon" href="data:,";
                script type="module" src=(assets::script_href()) {}
            }
        }
    }

    fn header(&self) -> Markup {
        html! {
            header.sv-header {
                div.container {
                    @match self.visitor {
                        Visitor::Nobody => {
                            a.sv-header__name href="/" { "Samsvar" }
                        }
                        Visitor::Respondent(name) => {
                            span.sv-header__name { "Samsvar" }
                            span { "I svarer for " strong { (name) } }
                        }
                        Visitor::Staff(name) => {
                            a.sv-header__name href="/sekretariat" { "Samsvar" }
                            nav.sv-header__nav aria-label="Sekretariat" {
                                ul {
                                    li { a href="/sekretariat" { "Indsamlinger" } }
                                    li { a href="/sekretariat/mig" { "Logget ind som " (name) } }
                                    li { form method="post" action="/log-ud" { button type="submit" { "Log ud" } } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The way back to the page above.
pub fn back_link(to: &str, label: &str) -> Markup {
    html! {
        p.d-print-none { a href=(to) { span aria-hidden="true" { "← " } (label) } }
    }
}

fn demo_banner() -> Markup {
    html! {
        aside.sv-demo aria-label="Om demonstrationen" {
            "Dette er en demonstration. Alle svar og personer er opdigtede. "
            a href="/demo" { "Se demoens links" } " · " a href="/demo/post" { "Læs demoens mails" }
        }
    }
}

fn footer() -> Markup {
    html! {
        footer.sv-footer {
            div.container { p { a href="/om" { "Om Samsvar og licenser" } " · " a href="/was" { "Tilgængelighedserklæring" } } }
        }
    }
}
