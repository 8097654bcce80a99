//! Two people changed the same answer: both stand side by side, and somebody chooses.
use maud::{Markup, html};
use samsvar_core::answers::Conflict;
use samsvar_core::danish;
use samsvar_core::forms::control_id;

use super::super::posted::Posted;
use super::super::who::People;
use super::question;
use crate::actions::answering::{Holder, Writing};
use crate::actions::saving::Choice;

/// Names the pointers at which a choice is asked.
const ASKED: &str = "konflikt";

/// What was chosen at each place that the page asked about.
pub fn choices(posted: &Posted) -> Vec<(String, Option<Choice>)> {
    let asked = posted.pairs.iter().filter(|(name, _)| name == ASKED);
    asked
        .map(|(_, pointer)| {
            let choice = match posted.value(&control(pointer)) {
                "jeres" => Some(Choice::Mine),
                "gemt" => Some(Choice::Stored),
                _ => None,
            };
            (pointer.clone(), choice)
        })
        .collect()
}

/// The choices, to be put on top of the page's own form; nothing where there is no conflict.
pub fn choices_to_make(
    holder: &Holder,
    people: &People,
    stored: &Writing,
    conflicts: &[Conflict],
    again: bool,
) -> Markup {
    if conflicts.is_empty() {
        return html! {};
    }
    html! {
        div.alert.alert-warning #fejl role="alert" tabindex="-1" data-focus="" {
            div.alert-body {
                h2.alert-heading { "Svaret er ændret et andet sted" }
                p.alert-text {
                    @if again { "Vælg ved hvert spørgsmål, hvilket svar der skal gælde. " }
                    "Mens I skrev, er det samme svar gemt fra en anden fane eller af en kollega. Jeres ændringer er ikke gemt endnu. "
                    "Vælg, hvilket svar der skal gælde, og gem."
                }
            }
        }
        @for conflict in conflicts { (one(holder, people, stored, conflict)) }
    }
}

fn one(holder: &Holder, people: &People, stored: &Writing, conflict: &Conflict) -> Markup {
    let name = control(&conflict.pointer);
    let id = format!("valg{}", control_id(&conflict.pointer));
    let text = |value: &Option<serde_json::Value>| {
        value.as_ref().map_or_else(
            || "intet svar".to_owned(),
            |v| {
                holder
                    .form
                    .value_text(&conflict.pointer, v, holder.language)
            },
        )
    };
    let by = stored.touched.get(&conflict.pointer).map_or_else(
        || "Det, der er gemt".to_owned(),
        |touch| {
            format!(
                "Gemt af {} kl. {}",
                people.hand(&touch.by),
                danish::clock(touch.at)
            )
        },
    );
    html! {
        fieldset.sv-conflict id=(id) {
            legend.sv-legend { "Vælg svar: " (question(holder, &conflict.pointer)) }
            input type="hidden" name=(ASKED) value=(conflict.pointer);
            div.sv-conflict__sides {
                div.form-group-radio {
                    input.form-radio id={ (id) "-jeres" } type="radio" name=(name) value="jeres";
                    label.form-label for={ (id) "-jeres" } { "Det, I skrev: " strong { "»" (text(&conflict.mine)) "«" } }
                }
                div.form-group-radio {
                    input.form-radio id={ (id) "-gemt" } type="radio" name=(name) value="gemt";
                    label.form-label for={ (id) "-gemt" } { (by) ": " strong { "»" (text(&conflict.theirs)) "«" } }
                }
            }
        }
    }
}

fn control(pointer: &str) -> String {
    format!("valg{pointer}")
}
