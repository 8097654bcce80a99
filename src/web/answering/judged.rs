//! A stored answer with the form's judgement of it, made at most once for everything that a page says of it.
use std::cell::OnceCell;

use samsvar_core::forms::Finding;

use crate::actions::answering::{Holder, Writing};

pub struct Judged<'h> {
    holder: &'h Holder,
    writing: Writing,
    findings: OnceCell<Vec<Finding>>,
}

impl<'h> Judged<'h> {
    pub fn of(holder: &'h Holder, writing: Writing) -> Judged<'h> {
        Judged {
            holder,
            writing,
            findings: OnceCell::new(),
        }
    }

    pub fn writing(&self) -> &Writing {
        &self.writing
    }

    /// Everything in the answers that keeps them from being sent, in the holder's language.
    pub fn findings(&self) -> &[Finding] {
        self.findings.get_or_init(|| {
            let Holder { form, language, .. } = self.holder;
            form.validate(&self.writing.draft, *language)
        })
    }

    /// Findings on what is answered; what is still missing is for the review page.
    pub fn answered_wrong(&self) -> Vec<Finding> {
        let all = self.findings().iter();
        all.filter(|finding| finding.keyword != "required")
            .cloned()
            .collect()
    }

    /// Findings on what was typed and could not be read.
    pub fn unread(&self) -> Vec<Finding> {
        let texts = &self.writing.draft.unread;
        let all = self.findings().iter();
        all.filter(|finding| texts.contains_key(&finding.pointer))
            .cloned()
            .collect()
    }
}
