//! The public register of Denmark's regions and municipalities, to be offered while typing.
use std::sync::LazyLock;

/// One line of the register.
struct Organisation {
    /// `kommune` or `region`.
    kind: String,
    /// As people write it: `Skive`, `Region Midtjylland`.
    name: String,
}

static REGISTER: LazyLock<Vec<Organisation>> = LazyLock::new(|| {
    let mut lines = csv::Reader::from_reader(include_bytes!("organisations.csv").as_slice());
    let read = |line: csv::StringRecord| {
        let name = line.get(1)?;
        Some(Organisation {
            kind: line.get(2)?.to_owned(),
            name: name.strip_suffix(" Kommune").unwrap_or(name).to_owned(),
        })
    };
    lines
        .records()
        .filter_map(|line| read(line.ok()?))
        .collect()
});

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
    fn the_register_is_whole() {
        assert_eq!(names(&["kommune".to_owned()]).len(), 98);
        assert_eq!(names(&["region".to_owned()]).len(), 5);
        assert_eq!(
            names(&["kommune".to_owned()]).last().map(String::as_str),
            Some("Aarhus")
        );
    }
}
