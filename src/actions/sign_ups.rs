//! The sign-ups of a collection: each form that is one has its own number of places and its own waiting list.
use samsvar_core::campaigns::selection::SelectionFault;
use samsvar_core::campaigns::{Campaign, FormRef};
use samsvar_core::forms::Language;

use super::{ActionError, forms};
use crate::app::App;

/// One of a collection's forms that is a sign-up; groups that are asked with the same form share it.
pub struct SignUpList {
    /// The form's title, in Danish.
    pub title: String,
    /// The fewest and the most that it says are wanted.
    pub wanted: (usize, usize),
    /// What a yes promises, as the form asks for it.
    pub obligations: Vec<String>,
    /// The form for those selected, where it is at hand: id and title.
    pub next: Option<(String, String)>,
    pub(super) form: FormRef,
}

/// Why a selection can't be, and in which of several sign-ups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListFault {
    /// The title of the sign-up; `None` where the collection has only one.
    pub list: Option<String>,
    pub fault: SelectionFault,
}

impl ListFault {
    /// The sentence; what is about the number of places names its sign-up.
    pub fn danish(&self) -> String {
        let said = self.fault.danish();
        match (&self.list, self.fault.id()) {
            (Some(list), None) => format!("{list}: {said}"),
            _ => said,
        }
    }
}

/// In the order of the groups; none where the collection is no sign-up.
pub fn sign_ups(app: &App, campaign: &Campaign) -> Result<Vec<SignUpList>, ActionError> {
    let mut lists: Vec<SignUpList> = Vec::new();
    for audience in &campaign.audiences {
        let form = app.form(&audience.form)?;
        let known = lists.iter().any(|list| list.form == audience.form);
        let Some(sign_up) = form.sign_up().filter(|_| !known) else {
            continue;
        };
        lists.push(SignUpList {
            title: form.title(Language::Da),
            wanted: sign_up.wanted,
            obligations: form.obligations(Language::Da),
            next: next_form(app, sign_up.next.as_deref())?,
            form: audience.form.clone(),
        });
    }
    Ok(lists)
}

/// Whether a collection is a sign-up.
pub fn is_sign_up(app: &App, campaign: &Campaign) -> Result<bool, ActionError> {
    for audience in &campaign.audiences {
        if app.form(&audience.form)?.sign_up().is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn next_form(app: &App, id: Option<&str>) -> Result<Option<(String, String)>, ActionError> {
    let Some(id) = id else {
        return Ok(None);
    };
    let found = forms::newest(app, id)?;
    Ok(found.map(|(reference, form)| (reference.id, form.title(Language::Da))))
}
