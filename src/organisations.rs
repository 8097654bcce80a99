//! The public register of Denmark's regions and municipalities, to be offered while typing.
use std::sync::LazyLock;

/// One line of the register.
struct Organisation {
    /// `kommune` or `region`.
    kind: String,
    /// As people write it: `Skive`, `Region Midtjylland`.
    name: String,
    /// Other spellings, folded.
    folded: Vec<String>,
}

static REGISTER: LazyLock<Vec<Organisation>> = LazyLock::new(|| {
    let mut lines = csv::Reader::from_reader(include_bytes!("organisations.csv").as_slice());
    let read = |line: csv::StringRecord| {
        let name = line.get(1)?;
        Some(Organisation {
            kind: line.get(2)?.to_owned(),
            name: name.strip_suffix(" Kommune").unwrap_or(name).to_owned(),
            folded: line
                .get(5)
                .unwrap_or_default()
                .split(';')
                .chain([name])
                .filter(|alias| !alias.is_empty())
                .map(folded)
                .collect(),
        })
    };
    lines
        .records()
        .filter_map(|line| read(line.ok()?))
        .collect()
});

/// The official name of an organisation of the kinds, however it is spelled: `Århus`, `aarhus kommune`.
pub fn official(kinds: &[String], text: &str) -> Option<&'static str> {
    let wanted = folded(text);
    REGISTER
        .iter()
        .filter(|o| kinds.contains(&o.kind))
        .find(|o| o.folded.contains(&wanted))
        .map(|o| o.name.as_str())
}

/// Case, spaces, `Kommune` and the two ways to write å do not count.
fn folded(text: &str) -> String {
    let lower = text.trim().to_lowercase().replace('å', "aa");
    let bare = lower
        .strip_suffix(" kommune")
        .or_else(|| lower.strip_suffix("s kommune"))
        .unwrap_or(&lower);
    bare.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Names of all organisations of the kinds, in Danish order.
pub fn names(kinds: &[String]) -> Vec<String> {
    let fitting = REGISTER.iter().filter(|o| kinds.contains(&o.kind));
    let mut names: Vec<String> = fitting.map(|o| o.name.clone()).collect();
    names.sort_by(|a, b| samsvar_core::danish::collate(a, b));
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_organisation_is_known_by_its_other_spellings() {
        let kinds = ["kommune".to_owned()];
        for text in ["Århus", "aarhus kommune", " AARHUS  Kommune "] {
            assert_eq!(official(&kinds, text), Some("Aarhus"), "{text}");
        }
        assert_eq!(official(&kinds, "Københavns Kommune"), Some("København"));
        assert_eq!(official(&kinds, "Andeby"), None);
    }

    #[test]
    fn the_register_is_whole() {
        assert_eq!(names(&["kommune".to_owned()]).len(), 98);
        assert_eq!(names(&["region".to_owned()]).len(), 5);
        assert_eq!(
            names(&["kommune".to_owned()]).last().map(String::as_str),
            Some("Aarhus")
        );
    }
}
