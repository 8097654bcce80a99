//! A new list of recipients laid beside the one that is there: what is new, what changes, what is in doubt.
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Contact, Respondent};

/// A list that was read and waits for somebody's yes.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Import {
    pub lines: Vec<ImportLine>,
}

/// One respondent of the new list.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct ImportLine {
    pub incoming: Respondent,
    pub verdict: Verdict,
}

/// How a respondent of the new list stands to those that are there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    New,
    Unchanged {
        id: String,
    },
    /// Contacts that are there no longer, and that are new, counted.
    Changed {
        id: String,
        added: usize,
        removed: usize,
    },
    /// Perhaps one that is there already, or an organisation of the register under another name.
    InDoubt {
        /// The respondent that it may be; `None`: a name of the register that nobody on the list has.
        id: Option<String>,
        name: String,
        why: Doubt,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Doubt {
    /// The register knows it under another name.
    Alias,
    /// A letter or two differ.
    Spelling,
}

impl std::fmt::Debug for Import {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Import({} lines)", self.lines.len())
    }
}

impl Import {
    pub fn count(&self, is: impl Fn(&Verdict) -> bool) -> usize {
        self.lines.iter().filter(|line| is(&line.verdict)).count()
    }
}

/// Lays a new list beside the one that is there.
///
/// `register` gives an organisation's public name where the register knows it, by whatever alias.
pub fn compare(
    there: &[Respondent],
    incoming: Vec<Respondent>,
    register: &dyn Fn(&str) -> Option<String>,
) -> Import {
    let mut by_name: BTreeMap<(String, String, &str), &Respondent> = BTreeMap::new();
    for known in there {
        let place = (
            folded(&known.organisation),
            folded(&known.department),
            known.group.as_str(),
        );
        by_name.insert(place, known);
    }
    let judge = |new: &Respondent| {
        let place = (
            folded(&new.organisation),
            folded(&new.department),
            new.group.as_str(),
        );
        match by_name.get(&place) {
            Some(known) => same(known, new),
            None => doubt(there, new, register).unwrap_or(Verdict::New),
        }
    };
    Import {
        lines: incoming
            .into_iter()
            .map(|incoming| ImportLine {
                verdict: judge(&incoming),
                incoming,
            })
            .collect(),
    }
}

/// A name without what people write in different ways: case, `Kommune`, `aa` for `å`, stops and spaces.
pub fn folded(name: &str) -> String {
    let lower = name.to_lowercase().replace("aa", "å");
    let words: Vec<&str> = lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty() && *word != "kommune")
        .collect();
    words.join(" ")
}

/// Whether two folded names differ by so little that a slip of the pen is likely.
pub fn nearly(one: &str, other: &str) -> bool {
    let longest = one.chars().count().max(other.chars().count());
    let allowed = match longest {
        0..=4 => 0,
        5..=8 => 1,
        _ => 2,
    };
    one != other && distance(one, other) <= allowed
}

fn same(known: &Respondent, new: &Respondent) -> Verdict {
    let missing =
        |from: &[Contact], of: &[Contact]| of.iter().filter(|c| !from.contains(c)).count();
    let (added, removed) = (
        missing(&known.contacts, &new.contacts),
        missing(&new.contacts, &known.contacts),
    );
    let id = known.id.clone();
    if added + removed == 0 {
        Verdict::Unchanged { id }
    } else {
        Verdict::Changed { id, added, removed }
    }
}

fn doubt(
    there: &[Respondent],
    new: &Respondent,
    register: &dyn Fn(&str) -> Option<String>,
) -> Option<Verdict> {
    let official = register(&new.organisation);
    let own = folded(&new.organisation);
    let peers = there.iter().filter(|known| {
        known.group == new.group && folded(&known.department) == folded(&new.department)
    });
    for known in peers {
        let is_alias = official.is_some() && official == register(&known.organisation);
        if is_alias || nearly(&folded(&known.organisation), &own) {
            return Some(Verdict::InDoubt {
                id: Some(known.id.clone()),
                name: known.name(),
                why: if is_alias {
                    Doubt::Alias
                } else {
                    Doubt::Spelling
                },
            });
        }
    }
    let name = official.filter(|name| folded(name) != own)?;
    Some(Verdict::InDoubt {
        id: None,
        name,
        why: Doubt::Alias,
    })
}

/// Letters to insert, delete or replace.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.chars().enumerate() {
        let mut left = i + 1;
        let mut next = vec![left];
        for (pair, b) in row.windows(2).zip(&other) {
            let [diagonal, above] = pair else { continue };
            left = (diagonal + usize::from(a != *b))
                .min(above + 1)
                .min(left + 1);
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::campaigns::read_recipients;

    fn list(lines: &str) -> Vec<Respondent> {
        let text = format!("organisation;afdeling;gruppe;navn;mail;telefon\n{lines}");
        read_recipients(text.as_bytes(), "c", &["kommune", "tilbud"]).unwrap()
    }

    fn register(name: &str) -> Option<String> {
        match folded(name).as_str() {
            "århus" => Some("Aarhus Kommune".into()),
            "vesthimmerland" | "vesthimmerlands" => Some("Vesthimmerlands Kommune".into()),
            _ => None,
        }
    }

    #[test]
    fn a_distance_counts_slips_of_the_pen() {
        for (one, other, expected) in [
            ("", "", 0),
            ("skive", "skive", 0),
            ("skive", "skibe", 1),
            ("skive", "skie", 1),
            ("", "abc", 3),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(distance(one, other), expected, "{one} {other}");
            assert_eq!(distance(other, one), expected, "{other} {one}");
        }
    }

    #[test]
    fn a_list_tells_what_is_new_changed_and_in_doubt() {
        let there = list(
            "Aarhus Kommune;;kommune;A;a@aarhus.example.dk;\nOdder Kommune;;kommune;O;o@odder.example.dk;\n\
             Vesthimmerlands Kommune;;kommune;V;v@v.example.dk;\nSønderparken;;tilbud;;;\n",
        );
        let import = compare(
            &there,
            list(
                "Århus;;kommune;A;a@aarhus.example.dk;\nOdder;;kommune;Ny;ny@odder.example.dk;\n\
                 Vesthimmerland Kommune;;kommune;V;v@v.example.dk;\nSkive Kommune;;kommune;;;\nSønderparkn;;tilbud;;;\n",
            ),
            &register,
        );
        let verdicts: Vec<&Verdict> = import.lines.iter().map(|l| &l.verdict).collect();
        assert!(matches!(verdicts[0], Verdict::Unchanged { id } if id == "aarhus-kommune"));
        assert!(matches!(
            verdicts[1],
            Verdict::Changed {
                added: 1,
                removed: 1,
                ..
            }
        ));
        assert!(
            matches!(verdicts[2], Verdict::InDoubt { id: Some(id), why: Doubt::Alias, .. } if id == "vesthimmerlands-kommune")
        );
        assert_eq!(*verdicts[3], Verdict::New);
        assert!(matches!(
            verdicts[4],
            Verdict::InDoubt {
                why: Doubt::Spelling,
                ..
            }
        ));
    }

    #[test]
    fn an_alias_that_nobody_on_the_list_has_is_in_doubt_too() {
        let import = compare(&[], list("Vesthimmerland Kommune;;kommune;;;\n"), &register);
        let verdict = &import.lines[0].verdict;
        assert!(
            matches!(verdict, Verdict::InDoubt { id: None, name, .. } if name == "Vesthimmerlands Kommune")
        );
    }

    #[test]
    fn the_same_name_in_another_group_is_another_respondent() {
        let there = list("Skive Kommune;;kommune;;;\n");
        let import = compare(&there, list("Skive Kommune;;tilbud;;;\n"), &register);
        assert_eq!(import.lines[0].verdict, Verdict::New);
    }
}
