//! The last step: what is still missing, who gets what, a letter to oneself, and the button that opens.
use actix_web::HttpResponse;
use maud::{Markup, html};
use samsvar_core::access::Staff;
use samsvar_core::campaigns::{Campaign, Respondent, group_title};
use samsvar_core::danish;

use super::super::selection::wanted_words;
use super::{Sheet, see_other, step_path};
use crate::actions::setup::{self, Setup, Step};
use crate::actions::sign_ups::{SignUpList, sign_ups};
use crate::actions::trial::{self, Which};
use crate::app::App;
use crate::web::errors::WebError;
use crate::web::posted::Posted;

/// Does what one of the page's buttons asks for.
pub(super) fn act(
    app: &App,
    staff: &Staff,
    setup: Setup,
    posted: &Posted,
) -> Result<HttpResponse, WebError> {
    let here = step_path(&setup.id, Step::Check);
    match posted.value("do") {
        "proeve" => {
            let which = Which::from_slug(posted.value("brev")).ok_or(WebError::NotFound)?;
            trial::send(app, &setup, which, posted.value("modtager"), staff)?;
            Ok(see_other(&format!("{here}?sagt=proeve#proevemail")))
        }
        "slet" if posted.value("sikker") == "ja" => {
            setup::discard(app, &setup)?;
            Ok(see_other("/sekretariat"))
        }
        "slet" => Ok(see_other(&format!("{here}?sagt=sikker#slet"))),
        _ => match setup::open(app, &setup, &staff.name)? {
            Ok(campaign) => Ok(see_other(&format!(
                "/sekretariat/indsamlinger/{}",
                campaign.id
            ))),
            // The page itself tells what is missing.
            Err(_) => Ok(see_other(&here)),
        },
    }
}

impl Sheet<'_> {
    pub(super) fn check(&self) -> Result<Markup, WebError> {
        let asked = crate::actions::campaigns::asked(self.app, &self.setup.id)?;
        let campaign = setup::preview(self.app, &self.setup)?;
        Ok(html! {
            (self.missing())
            @if let Some(campaign) = &campaign { (self.summary(campaign, &asked, &sign_ups(self.app, campaign)?)) }
            @if campaign.is_some() { (self.trial(&asked)) }
            (self.opening(campaign.as_ref(), &asked))
            (self.discarding())
        })
    }

    fn missing(&self) -> Markup {
        html! {
            @if self.faults.is_empty() {
                div.alert.alert-success { div.alert-body { p.alert-text { "Alt er på plads. Indsamlingen kan åbnes." } } }
            } @else {
                div.alert.alert-warning { div.alert-body {
                    h2.alert-heading { "Det mangler, før indsamlingen kan åbnes" }
                    ul { @for fault in &self.faults {
                        li { a href={ (step_path(&self.setup.id, Step::of(&fault.field))) "#" (fault.field) } { (Step::of(&fault.field).title()) ": " (fault.message) } }
                    } }
                } }
            }
        }
    }

    /// `lists` are the sign-ups among the forms.
    fn summary(&self, campaign: &Campaign, asked: &[Respondent], lists: &[SignUpList]) -> Markup {
        let slots = campaign.reminders.slots(campaign.window.deadline);
        let days: Vec<String> = slots.iter().map(|s| danish::date(s.day)).collect();
        html! {
            dl.sv-facts {
                div { dt { "Titel" } dd { (campaign.title) } }
                div { dt { "Afsender" } dd { (campaign.sender.name) ", " (campaign.sender.address) } }
                div { dt { "Åbner" } dd { @if self.setup.value("aabner").is_empty() { "Med det samme" } @else { (danish::date_time(campaign.window.opens)) } } }
                div { dt { "Svarfrist" } dd { (danish::date_time(campaign.window.deadline)) } }
                div { dt { "Påmindelser" } dd { @if days.is_empty() { "Ingen" } @else { (danish::list(&days)) } } }
                @for list in lists {
                    @let (least, most) = list.wanted;
                    div { dt { "Tilmelding" } dd { @if lists.len() > 1 { (list.title) ": " } "Der søges " (wanted_words(least, most)) ". Når svarene er kommet, vælger I under »Udvælgelse«." } }
                }
                @for audience in &campaign.audiences {
                    @let those = asked.iter().filter(|r| r.group == audience.group);
                    @let (all, letters) = those.fold((0, 0), |(n, l), r| (n + 1, l + r.reachable().count()));
                    div { dt { (group_title(&audience.group)) } dd {
                        (danish::count(all, "svarende", "svarende")) ", " (danish::count(letters as u64, "brev", "breve"))
                    } }
                }
            }
        }
    }

    fn trial(&self, asked: &[Respondent]) -> Markup {
        html! {
            h2 #proevemail { "Send et prøvebrev til dig selv" }
            @if self.said == "proeve" {
                div.alert.alert-success role="status" { div.alert-body { p.alert-text { "Prøvebrevet er lagt i udbakken. Det er i din mail om et øjeblik." } } }
            }
            form method="post" action=(step_path(&self.setup.id, Step::Check)) novalidate {
                div.sv-pair {
                    div.form-group {
                        label.form-label for="brev" { "Brev" }
                        select.form-select #brev name="brev" { @for which in Which::ALL { option value=(which.slug()) { (which.title()) } } }
                    }
                    div.form-group {
                        label.form-label for="modtager" { "Som det sendes til" }
                        select.form-select #modtager name="modtager" {
                            @if asked.is_empty() { option value="" { "Eksempel Kommune" } }
                            @for r in asked { option value=(r.id) { (r.name()) } }
                        }
                    }
                }
                button.button.button-secondary type="submit" name="do" value="proeve" { "Send prøvebrev" }
            }
        }
    }

    fn opening(&self, campaign: Option<&Campaign>, asked: &[Respondent]) -> Markup {
        let letters: usize = asked.iter().map(|r| r.reachable().count()).sum();
        let later = campaign.is_some_and(|c| c.window.opens > self.app.now());
        html! {
            h2 { "Åbn indsamlingen" }
            @if self.faults.is_empty() {
                p {
                    @if later { "Invitationerne sendes, når indsamlingen åbner." }
                    @else { (danish::count(letters as u64, "invitation sendes", "invitationer sendes")) " med det samme." }
                    " Modtagere, frist og breve kan stadig rettes bagefter."
                }
                form method="post" action=(step_path(&self.setup.id, Step::Check)) novalidate {
                    button.button.button-primary type="submit" name="do" value="aabn" { "Åbn indsamlingen" }
                }
            } @else { p { "Ret først det, der mangler." } }
        }
    }

    fn discarding(&self) -> Markup {
        html! {
            h2 #slet { "Slet kladden" }
            form method="post" action=(step_path(&self.setup.id, Step::Check)) novalidate {
                @if self.said == "sikker" {
                    p role="alert" { "Kladden og dens modtagere slettes og kan ikke hentes igen." }
                    input type="hidden" name="sikker" value="ja";
                    div.sv-actions {
                        button.button.button-secondary type="submit" name="do" value="slet" { "Ja, slet kladden" }
                        a href=(step_path(&self.setup.id, Step::Check)) { "Fortryd" }
                    }
                } @else {
                    button.button.button-secondary type="submit" name="do" value="slet" { "Slet kladden" }
                }
            }
        }
    }
}
