//! The columns of the raw data: every question by the path of its titles, every item by its number.
use std::collections::{BTreeMap, BTreeSet};

use samsvar_core::forms::{FieldInfo, FieldKind, Form, Language};
use serde_json::Value;

use crate::writers::raw::{OWN_COLUMNS, RawColumn, Seen};

/// All questions of the form; those of a list once for each item of the longest answer.
pub(super) fn raw_columns(form: &Form, seen: &Seen) -> Vec<RawColumn> {
    let fields: Vec<RawColumn> = form
        .fields(Language::Da)
        .into_iter()
        .map(|field| column(form, field))
        .collect();
    let mut columns = itemised(&fields, seen);
    let mut titles = Titles {
        form,
        known: BTreeMap::new(),
    };
    let paths: Vec<Path> = columns
        .iter()
        .map(|column| titles.path(&column.pointer))
        .collect();
    for (column, title) in columns.iter_mut().zip(headings(&paths)) {
        column.title = title;
    }
    columns
}

fn column(form: &Form, field: FieldInfo) -> RawColumn {
    let options = match field.kind {
        FieldKind::Boolean => [true, false]
            .map(Value::Bool)
            .map(|value| {
                let label = form.value_text(&field.pointer, &value, Language::Da);
                (value, label)
            })
            .into(),
        _ => field.options,
    };
    RawColumn {
        pointer: field.pointer,
        title: field.title,
        kind: field.kind,
        options,
    }
}

/// With an index for each `*`, all questions of one item side by side.
fn itemised(columns: &[RawColumn], seen: &Seen) -> Vec<RawColumn> {
    let mut all = Vec::new();
    for run in columns.chunk_by(|a, b| list_of(a).is_some() && list_of(a) == list_of(b)) {
        let Some(list) = run.first().and_then(list_of) else {
            all.extend_from_slice(run);
            continue;
        };
        // A list without items keeps its first, so that the codebook has every question.
        for index in 0..seen.most_items(list).max(1) {
            let item: Vec<RawColumn> = run
                .iter()
                .map(|column| RawColumn {
                    pointer: column.pointer.replacen("/*", &format!("/{index}"), 1),
                    ..column.clone()
                })
                .collect();
            all.extend(itemised(&item, seen));
        }
    }
    all
}

/// The outermost list that a column stands in.
fn list_of(column: &RawColumn) -> Option<&str> {
    column.pointer.split_once("/*").map(|(list, _)| list)
}

/// The titles that lead to a question, the section's first.
struct Path {
    titles: Vec<String>,
}

impl Path {
    /// Without the section, unless the question stands directly in it.
    fn short(&self) -> String {
        let inner = match self.titles.len() {
            0..=2 => &self.titles[..],
            _ => &self.titles[1..],
        };
        joined(inner)
    }
}

fn headings(paths: &[Path]) -> Vec<String> {
    let mut count: BTreeMap<String, usize> = BTreeMap::new();
    for path in paths {
        *count.entry(path.short()).or_default() += 1;
    }
    let mut taken: BTreeSet<String> = OWN_COLUMNS.map(str::to_owned).into();
    paths
        .iter()
        .map(|path| {
            let short = path.short();
            let heading = match count.get(&short) {
                Some(1) => short,
                _ => joined(&path.titles),
            };
            free(heading, &mut taken)
        })
        .collect()
}

/// The heading, numbered where two questions have the same titles all the way.
fn free(heading: String, taken: &mut BTreeSet<String>) -> String {
    let numbered = (2..).map(|n| format!("{heading} ({n})"));
    let mut tries = std::iter::once(heading.clone()).chain(numbered);
    let free = tries.find(|heading| !taken.contains(heading));
    let free = free.unwrap_or(heading);
    taken.insert(free.clone());
    free
}

/// "M1. Børn og unge visiteret, 2017"; nothing but a space after a question mark.
fn joined(titles: &[String]) -> String {
    let mut heading = String::new();
    for title in titles {
        match heading.chars().last() {
            None => {}
            Some('?') => heading.push(' '),
            Some(_) => heading.push_str(", "),
        }
        heading.push_str(title);
    }
    heading
}

/// Titles by pointer; each is asked for once.
struct Titles<'f> {
    form: &'f Form,
    known: BTreeMap<String, String>,
}

impl Titles<'_> {
    fn path(&mut self, pointer: &str) -> Path {
        let ends = pointer.match_indices('/').map(|(at, _)| at).skip(1);
        let titles: Vec<String> = ends
            .chain([pointer.len()])
            .map(|end| self.title(&pointer[..end]))
            .filter(|title| !title.is_empty())
            .collect();
        Path { titles }
    }

    fn title(&mut self, pointer: &str) -> String {
        if let Some(title) = self.known.get(pointer) {
            return title.clone();
        }
        let title = self.form.field_title(pointer, Language::Da);
        let title = counted(title.unwrap_or_default(), pointer);
        let title = title.trim().trim_end_matches([':', '.']).to_owned();
        self.known.insert(pointer.to_owned(), title.clone());
        title
    }
}

/// The form knows one item of each list, "Tilbud 1"; the others are counted on from it.
fn counted(title: String, pointer: &str) -> String {
    let last = pointer.rsplit('/').next().unwrap_or_default();
    match (last.parse::<usize>(), title.strip_suffix(" 1")) {
        (Ok(index), Some(item)) => format!("{item} {}", index + 1),
        _ => title,
    }
}
