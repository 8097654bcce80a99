//! The plain steps: title and sender, period and reminders, who sees the answers.
use maud::{Markup, html};
use samsvar_core::campaigns::{Phase, ReminderRules, SignOffRule};
use samsvar_core::danish;

use super::Sheet;
use crate::actions::setup::{SetupState, Step, preview};
use crate::web::fields;

fn sign_off_rules() -> Vec<(String, String)> {
    SignOffRule::ALL
        .map(|rule| (rule.code().to_owned(), rule.danish().to_owned()))
        .to_vec()
}

impl Sheet<'_> {
    pub(super) fn basics(&self) -> Markup {
        let previous = self.setup.previous.as_ref();
        let inside = html! {
            @if let Some(previous) = previous {
                div.alert.alert-info { div.alert-body { p.alert-text {
                    "Modtagere, breve og spørgeskemaer er kopieret fra en tidligere indsamling. Ret titlen, og sæt en ny svarfrist. "
                    @if previous.prefill { "De svarende får deres tidligere svar som udgangspunkt." }
                } } }
            }
            (self.text("titel", "Titel", Some("Står i breve, på siderne og i rapporten"), true))
            (self.text("region", "Område", Some("Fx Region Midtjylland; står i rapporten"), false))
            (fields::select(&self.field("godkendelse", "Skal en leder godkende svaret?", None, true), &sign_off_rules()))
            h2 { "Afsender" }
            (self.text("afsender", "Afsenderens navn", Some("Fx Rammeaftalesekretariatet"), true))
            (fields::address(&self.field("afsender-mail", "Afsenderens mailadresse", Some("Hertil går svar på brevene"), true)))
            (self.text("afsender-telefon", "Telefon til hjælp", None, false))
        };
        self.form(Step::Basics, &inside)
    }

    pub(super) fn period(&self) -> Markup {
        let now = self.app.now();
        let opened = matches!(&self.setup.state, SetupState::Running { campaign, .. } if campaign.window.phase(now) != Phase::NotOpenYet);
        let inside = html! {
            @if !opened {
                (self.text("aabner", "Åbner", Some("Lad feltet stå tomt for at åbne med det samme. Eller skriv fx 9.4.2026 eller 9. april 2026 kl. 8.00"), false))
            }
            (self.text("frist", "Svarfrist", Some("Fx 29.4.2026. Der kan svares til og med den dag"), true))
            (self.text("forsinket", "Dage efter fristen, hvor der stadig kan svares", Some("Svarene mærkes som for sent indsendt. 0: der lukkes ved fristen"), true))
            h2 { "Påmindelser" }
            p { "Kun de, der mangler at svare, får en påmindelse. Hvem det er, afgøres i det øjeblik, den sendes. Den, der har fået udsat sin frist, påmindes efter sin egen frist." }
            (self.text("paamind-foer", "Dage før fristen", Some("Fx 7, 2. Tomt: ingen"), false))
            (self.text("paamind-efter", "Dage efter fristen", Some("Fx 1. Sendes kun, mens der stadig kan svares"), false))
            (self.text("paamind-hoejst", "Højst så mange påmindelser til hver", None, true))
            div.sv-pair {
                (self.text("paamind-fra", "Tidligst klokken", Some("Hel time, fx 8"), true))
                (self.text("paamind-til", "Senest klokken", Some("Hel time, fx 16"), true))
            }
            (fields::long_text(&self.field("paamind-stille", "Dage uden påmindelser", Some("En dato eller en periode på hver linje, fx 13.7.2026 til 31.7.2026. Weekender og helligdage er altid uden"), false), 3))
            (self.occasions())
        };
        self.form(Step::Period, &inside)
    }

    /// The days that the rules come to, as they are kept now.
    fn occasions(&self) -> Markup {
        let Ok(Some(campaign)) = preview(self.app, &self.setup) else {
            return html! {};
        };
        let rules: &ReminderRules = &campaign.reminders;
        let slots = rules.slots(campaign.window.deadline);
        html! {
            @if !slots.is_empty() {
                p { "Med de gemte regler sendes påmindelser: "
                    (danish::list(&slots.iter().map(|s| danish::date(s.day)).collect::<Vec<_>>())) "." }
            }
        }
    }

    pub(super) fn privacy(&self) -> Markup {
        let inside = html! {
            p { "Teksten står over det første spørgsmål, så den, der svarer, ved, hvad svaret bruges til. En tom linje giver et nyt afsnit." }
            (fields::long_text(&self.field("hvem-ser", "Hvem ser svarene?", None, true), 8))
        };
        self.form(Step::Privacy, &inside)
    }
}
