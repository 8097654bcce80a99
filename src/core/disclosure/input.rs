//! What is wrong with a file that was handed in, and where.
use std::fmt;

/// A fault in a table, a set of rules or a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputError {
    /// Counted from 1; `None` when the fault is in no single line.
    pub line: Option<u64>,
    /// A column's name or number, or the path of an entry in JSON.
    pub column: Option<String>,
    pub message: String,
}

impl InputError {
    /// A fault in the entry of a JSON file that `path` names.
    pub(super) fn at(path: &str, message: &str) -> Self {
        Self {
            line: None,
            column: Some(path.into()),
            message: message.into(),
        }
    }

    pub(super) fn in_line(line: u64, column: &str, message: String) -> Self {
        Self {
            line: Some(line),
            column: Some(column.into()),
            message,
        }
    }
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match (&self.line, &self.column) {
            (Some(line), Some(column)) => {
                write!(f, "linje {line}, kolonne {column}: {}", self.message)
            }
            (Some(line), None) => write!(f, "linje {line}: {}", self.message),
            (None, Some(path)) => write!(f, "{path}: {}", self.message),
            (None, None) => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for InputError {}
