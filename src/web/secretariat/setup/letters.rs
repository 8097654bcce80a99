//! The letters: written once, shown as each recipient will read them.
use maud::{Markup, html};
use samsvar_core::campaigns::{LetterKind, PassingRule, Respondent};

use super::Sheet;
use crate::actions::setup::{Step, preview};
use crate::actions::trial::{Which, shown, stand_in};
use crate::web::errors::WebError;
use crate::web::fields;

fn passing_rules() -> Vec<(String, String)> {
    PassingRule::ALL
        .map(|rule| (rule.code().to_owned(), rule.danish().to_owned()))
        .to_vec()
}

impl Sheet<'_> {
    pub(super) fn letters(&self) -> Result<Markup, WebError> {
        let asked = crate::actions::campaigns::asked(self.app, &self.setup.id)?;
        let chosen = asked.iter().find(|r| r.id == self.shown);
        let chosen = chosen.or_else(|| asked.iter().find(|r| r.reachable().next().is_some()));
        let inside = html! {
            p { "Felterne i krøllede parenteser udfyldes for hver modtager. Er der også en engelsk tekst, står den under den danske i samme brev." }
            (self.letter(Which::Invitation, ("emne", "brev"), LetterKind::Invitation))
            (self.letter(Which::Reminder, ("paamindelse-emne", "paamindelse"), LetterKind::Reminder))
            (self.letter(Which::Receipt, ("kvittering-emne", "kvittering"), LetterKind::Receipt))
            h2 { "Er det ikke dig?" }
            p { "Under invitation og påmindelse står et link, hvor modtageren kan skrive, hvem der er den rette. Vil I selv bestemme, hvor linket står, så brug feltet {videre}." }
            (fields::select(&self.field("videresending", "Hvornår får den rette brevet?", Some("Den, der har linket, kunne selv sende det videre; men et brev i jeres navn til en fremmed adresse bør I have set"), true), &passing_rules()))
            (self.shown_letters(&asked, chosen)?)
        };
        Ok(self.form(Step::Letters, &inside))
    }

    fn letter(&self, which: Which, (subject, body): (&str, &str), kind: LetterKind) -> Markup {
        let known: Vec<String> = kind.fields().iter().map(|f| format!("{{{f}}}")).collect();
        let hint = format!("Felter: {}", known.join(", "));
        let (subject_en, body_en) = (format!("{subject}-en"), format!("{body}-en"));
        let has_english = [&subject_en, &body_en].iter().any(|f| {
            !self.setup.value(f).is_empty() || self.faults.iter().any(|fault| fault.field == **f)
        });
        html! {
            fieldset.sv-letter {
                legend { h2 { (which.title()) } }
                (self.text(subject, "Emne", None, true))
                (fields::long_text(&self.field(body, "Tekst", Some(&hint), true), 11))
                details open[has_english] {
                    summary { "Engelsk tekst" span.sr-only { " til " (which.title().to_lowercase()) } }
                    (self.text(&subject_en, "Emne på engelsk", None, false))
                    (fields::long_text(&self.field(&body_en, "Tekst på engelsk", Some(&hint), false), 9))
                }
            }
        }
    }

    fn shown_letters(
        &self,
        asked: &[Respondent],
        chosen: Option<&Respondent>,
    ) -> Result<Markup, WebError> {
        let campaign = preview(self.app, &self.setup)?;
        let stand_in = stand_in(&self.setup.id);
        let respondent = chosen.unwrap_or(&stand_in);
        Ok(html! {
            section aria-labelledby="breve-vist" {
                h2 #breve-vist { "Sådan læser modtageren brevene" }
                div.form-group {
                    label.form-label for="vis-for" { "Vis brevene til" }
                    select.form-select #vis-for name="vis-for" {
                        @if asked.is_empty() { option value="" { "Eksempel Kommune" } }
                        @for one in asked { option value=(one.id) selected[one.id == respondent.id] { (one.name()) } }
                    }
                }
                p { button.button.button-secondary type="submit" name="do" value="vis" { "Gem og vis brevene" } }
                @match &campaign {
                    None => p { "Sæt en svarfrist under »Periode og påmindelser« for at se brevene." },
                    Some(campaign) => @for which in Which::ALL {
                        @let text = shown(campaign, respondent, which);
                        h3 { (which.title()) " til " (respondent.name()) }
                        div.sv-mail { p { strong { (text.subject) } } pre { (text.body) } }
                    },
                }
            }
        })
    }
}
