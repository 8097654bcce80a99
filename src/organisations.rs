//! The public register of Denmark's regions and municipalities: offered while typing, picked as recipients, known by alias.
use std::sync::LazyLock;

use samsvar_core::campaigns::import::folded;
use samsvar_core::danish;

/// One line of the register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organisation {
    /// The official number, such as `751`.
    pub code: String,
    /// As it is called in full: `Skive Kommune`, `Region Midtjylland`.
    pub name: String,
    /// `kommune` or `region`.
    pub kind: String,
    pub region: String,
    /// Folded, its own name included.
    aliases: Vec<String>,
}

static REGISTER: LazyLock<Vec<Organisation>> = LazyLock::new(|| {
    let mut lines = csv::Reader::from_reader(include_bytes!("organisations.csv").as_slice());
    let read = |line: csv::StringRecord| {
        let text = |column: usize| line.get(column).map(str::to_owned);
        let name = text(1)?;
        let aliases = line.get(5)?.split(';').chain([name.as_str()]);
        Some(Organisation {
            aliases: aliases.map(folded).filter(|a| !a.is_empty()).collect(),
            code: text(0)?,
            kind: text(2)?,
            region: text(4)?,
            name,
        })
    };
    lines
        .records()
        .filter_map(|line| read(line.ok()?))
        .collect()
});

impl Organisation {
    /// As people write it: `Skive`, `Region Midtjylland`.
    pub fn short_name(&self) -> &str {
        self.name.strip_suffix(" Kommune").unwrap_or(&self.name)
    }
}

/// Short names of all organisations of the kinds, in Danish order.
pub fn names(kinds: &[String]) -> Vec<String> {
    let fitting = REGISTER.iter().filter(|o| kinds.contains(&o.kind));
    let mut names: Vec<String> = fitting.map(|o| o.short_name().to_owned()).collect();
    names.sort_by(|a, b| danish::collate(a, b));
    names
}

/// The regions, each with itself and its municipalities in Danish order.
pub fn by_region() -> Vec<(&'static str, Vec<&'static Organisation>)> {
    let regions = REGISTER.iter().filter(|o| o.kind == "region");
    let members = |region: &'static Organisation| {
        let inside = REGISTER.iter().filter(|o| o.region == region.name);
        let mut members: Vec<&Organisation> = inside.collect();
        members.sort_by(|a, b| {
            let rank = |o: &Organisation| o.kind == "kommune";
            rank(a)
                .cmp(&rank(b))
                .then_with(|| danish::collate(&a.name, &b.name))
        });
        (region.name.as_str(), members)
    };
    regions.map(members).collect()
}

/// The organisation with that official number.
pub fn by_code(code: &str) -> Option<&'static Organisation> {
    REGISTER.iter().find(|o| o.code == code)
}

/// The organisation that a text names, by whatever alias.
pub fn find(name: &str) -> Option<&'static Organisation> {
    let name = folded(name);
    REGISTER.iter().find(|o| o.aliases.contains(&name))
}

/// The short name of an organisation of the kinds, however it is spelled: `Århus`, `aarhus kommune`.
pub fn official(kinds: &[String], text: &str) -> Option<&'static str> {
    find(text)
        .filter(|o| kinds.contains(&o.kind))
        .map(Organisation::short_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_register_is_whole() {
        assert_eq!(names(&["kommune".to_owned()]).len(), 98);
        assert_eq!(names(&["region".to_owned()]).len(), 5);
        assert_eq!(
            names(&["kommune".to_owned()]).last().map(String::as_str),
            Some("Aarhus")
        );
    }

    #[test]
    fn every_organisation_stands_in_one_region() {
        let all: usize = by_region().iter().map(|(_, members)| members.len()).sum();
        assert_eq!(all, 103);
        let midt = by_region()
            .into_iter()
            .find(|(name, _)| *name == "Region Midtjylland");
        assert_eq!(midt.map(|(_, members)| members.len()), Some(20));
    }

    #[test]
    fn an_organisation_is_found_by_its_aliases() {
        for name in ["Århus", "Aarhus Kommune", "aarhus"] {
            assert_eq!(find(name).map(|o| o.code.as_str()), Some("751"), "{name}");
        }
        assert_eq!(
            find("Vesthimmerland Kommune").map(Organisation::short_name),
            find("Vesthimmerlands").map(Organisation::short_name)
        );
        assert_eq!(find("Ukendt"), None);
    }
}
