//! `form check`: every fault of a form, explained with its file and place before anyone is invited.
use super::{Fault, Form, FormSource, Severity};
use serde_json::Value;

impl Form {
    /// Every fault and warning of a form, its examples tried, its report definition judged by `check_report`.
    pub fn check(source: &FormSource, check_report: fn(&Form, &Value) -> Vec<Fault>) -> Vec<Fault> {
        let form = match Form::read(source) {
            Ok(form) => form,
            Err(faults) => return faults,
        };
        let mut faults = Vec::new();
        if let Some(report) = form.report() {
            faults.extend(check_report(&form, report));
        }
        faults.sort_by_key(|fault| std::cmp::Reverse(fault.severity));
        faults
    }
}

/// Whether the form can't be used as it is.
pub fn has_errors(faults: &[Fault]) -> bool {
    faults.iter().any(|fault| fault.severity == Severity::Error)
}
