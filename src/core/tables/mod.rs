//! A report definition (`report.json`), and the tables that it makes of answers.
