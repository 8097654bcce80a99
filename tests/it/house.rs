//! The walls of ARCHITECTURE.md, read off the source.
use std::fs;
use std::path::{Path, PathBuf};

fn sources(dir: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            let name = path
                .strip_prefix(root())
                .unwrap()
                .to_string_lossy()
                .into_owned();
            found.push((name, code(&fs::read_to_string(&path).unwrap())));
        }
    }
    found
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The text without comments and without its test module.
fn code(text: &str) -> String {
    let before_tests = text.split("#[cfg(test)]").next().unwrap_or_default();
    before_tests
        .lines()
        .filter(|l| !l.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// Files outside `rooms` that hold `text`.
fn trespassers(text: &str, rooms: &[&str]) -> Vec<String> {
    sources(&root().join("src"))
        .into_iter()
        .filter(|(name, code)| code.contains(text) && !rooms.iter().any(|r| name.starts_with(r)))
        .map(|(name, _)| name)
        .collect()
}

#[track_caller]
fn only_in(text: &str, rooms: &[&str]) {
    assert_eq!(
        trespassers(text, rooms),
        Vec::<String>::new(),
        "{text} belongs in {rooms:?}"
    );
    assert!(
        !rooms
            .iter()
            .all(|r| trespassers(text, &[]).iter().all(|f| !f.starts_with(r))),
        "{text} is nowhere: the rule is stale"
    );
}

#[test]
fn each_outside_library_is_named_in_one_room() {
    only_in("sled::", &["src/store/"]);
    only_in("lettre::", &["src/mail/"]);
    only_in("actix_web", &["src/web/", "src/server.rs"]);
    only_in("rust_xlsxwriter", &["src/writers/"]);
}

#[test]
fn only_the_app_knows_the_time() {
    only_in("Utc::now", &["src/app.rs"]);
}

#[test]
fn the_core_has_no_input_or_output() {
    for text in [
        "std::fs",
        "std::net",
        "std::process",
        "std::env",
        "SystemTime",
        "getrandom",
        "std::thread",
    ] {
        let inside: Vec<String> = trespassers(text, &[])
            .into_iter()
            .filter(|f| f.starts_with("src/core/"))
            .collect();
        assert_eq!(inside, Vec::<String>::new(), "{text} in the core");
    }
}

#[test]
fn rooms_reach_only_where_they_may() {
    let rules: &[(&str, &[&str])] = &[
        (
            "src/store/",
            &[
                "crate::mail",
                "crate::actions",
                "crate::web",
                "crate::writers",
                "crate::app",
                "crate::demo",
            ],
        ),
        (
            "src/mail/",
            &[
                "crate::actions",
                "crate::web",
                "crate::writers",
                "crate::app",
                "crate::demo",
            ],
        ),
        (
            "src/writers/",
            &[
                "crate::actions",
                "crate::web",
                "crate::store",
                "crate::mail",
                "crate::app",
                "crate::demo",
            ],
        ),
        (
            "src/actions/",
            &["crate::web", "crate::demo", "crate::server"],
        ),
        (
            "src/web/",
            &[
                "crate::store",
                "crate::mail",
                "crate::server",
                "crate::control",
            ],
        ),
    ];
    for (room, forbidden) in rules {
        let files: Vec<_> = sources(&root().join(room));
        assert!(!files.is_empty(), "{room} is empty: the rule is stale");
        for (name, code) in files {
            for text in *forbidden {
                assert!(!code.contains(text), "{name} may not name {text}");
            }
        }
    }
}

#[test]
fn report_writers_take_reports_and_nothing_else_that_holds_counts() {
    for (name, code) in sources(&root().join("src/writers")) {
        let raw_or_answers = name.ends_with("raw.rs")
            || name.ends_with("answers.rs")
            || name.contains("writers/copies/");
        let names_answers =
            code.contains("Submission") || code.contains("RawAnswers") || code.contains("TrueCell");
        assert!(
            raw_or_answers || !names_answers,
            "{name} takes something that was not audited"
        );
    }
}

#[test]
fn a_count_reaches_paper_only_as_a_safe_table_of_an_audited_report() {
    // Each is made in one place: a report of what was protected, a table of a report.
    only_in(
        "Protected {\n        rules",
        &["src/core/disclosure/protect.rs"],
    );
    only_in(
        "let mut table = SafeTable::default()",
        &["src/core/disclosure/safe.rs"],
    );
    only_in("        Report {\n", &["src/core/reports/build.rs"]);
    only_in("TrueTable", &["src/core/tables/", "src/core/reports/"]);
    only_in(
        "TrueCell",
        &[
            "src/core/disclosure/",
            "src/core/reports/",
            "src/cli/disclosure.rs",
        ],
    );
    only_in(" protect(&", &["src/core/disclosure/", "src/core/reports/"]);
}

#[test]
fn a_report_leaves_only_as_an_edition_of_the_ledger() {
    for writer in ["writers::csv::", "writers::xlsx::", "writers::html::page"] {
        only_in(writer, &["src/actions/reporting.rs"]);
    }
    only_in("format.written(", &["src/actions/releases.rs"]);
    only_in("read_back::check", &["src/actions/releases.rs"]);
    only_in("ReleaseFileDoc::new", &["src/actions/releases.rs"]);
}

/// A comment that ends too early turns the rules after it into nothing, and a browser says not a word.
#[test]
fn stylesheets_are_whole() {
    for (name, text) in sheets() {
        let mut left = String::new();
        let mut rest = text.as_str();
        while let Some((before, after)) = rest.split_once("/*") {
            left.push_str(before);
            let (comment, after) = after
                .split_once("*/")
                .unwrap_or_else(|| panic!("{name}: a comment without an end"));
            assert!(
                !comment.contains("/*") && !comment.contains('{'),
                "{name}: rules inside a comment: {comment}"
            );
            rest = after;
        }
        left.push_str(rest);
        assert!(
            !left.contains("*/"),
            "{name}: a comment's end without its beginning"
        );
        assert_eq!(
            left.matches('{').count(),
            left.matches('}').count(),
            "{name}: braces"
        );
    }
}

fn sheets() -> Vec<(String, String)> {
    let mut found: Vec<_> = std::fs::read_dir(root().join("src/web/assets"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "css"))
        .map(|path| {
            (
                path.display().to_string(),
                std::fs::read_to_string(&path).unwrap(),
            )
        })
        .collect();
    found.sort();
    assert!(found.len() >= 2, "where are the stylesheets?");
    found
}
