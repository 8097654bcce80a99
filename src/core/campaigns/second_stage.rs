//! Offers named in municipalities' answers: the same one under several spellings is one proposed recipient.
use std::collections::BTreeMap;

use super::Respondent;
use super::import::{folded, nearly};

/// One time that an answer named somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Naming {
    pub name: String,
    /// Where it is, as the answer has it; empty if not told.
    pub place: String,
    /// The respondent whose answer it stands in.
    pub by: String,
}

/// Somebody whom the second stage should ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The spelling that most answers have; also its key.
    pub name: String,
    /// The other spellings.
    pub also: Vec<String>,
    pub place: String,
    /// Who named it, each once.
    pub named_by: Vec<String>,
    /// The respondent that it is already, if it stands on the list.
    pub listed: Option<String>,
}

/// Gathers namings into proposals, the most often named first.
pub fn proposals(namings: &[Naming], there: &[Respondent], group: &str) -> Vec<Proposal> {
    let mut clusters: Vec<Vec<&Naming>> = Vec::new();
    for naming in namings.iter().filter(|n| !n.name.trim().is_empty()) {
        let is_same =
            |cluster: &Vec<&Naming>| cluster.iter().any(|known| same(&known.name, &naming.name));
        // One name may join two clusters that nothing joined before.
        let (fitting, others): (Vec<_>, Vec<_>) = clusters.into_iter().partition(is_same);
        clusters = others;
        let mut joined: Vec<&Naming> = fitting.into_iter().flatten().collect();
        joined.push(naming);
        clusters.push(joined);
    }
    let peers: Vec<&Respondent> = there.iter().filter(|r| r.group == group).collect();
    let mut found: Vec<Proposal> = clusters.iter().map(|c| proposal(c, &peers)).collect();
    found.sort_by(|a, b| {
        let named = b.named_by.len().cmp(&a.named_by.len());
        named.then_with(|| crate::danish::collate(&a.name, &b.name))
    });
    found
}

/// Whether two names mean the same: one of the names that each is known by, or a slip of the pen.
pub fn same(one: &str, other: &str) -> bool {
    let (ones, others) = (known_as(one), known_as(other));
    ones.iter().any(|a| others.contains(a))
        || (digits(one) == digits(other) && nearly(&folded(one), &folded(other)))
}

/// House numbers and years tell one offer from another: there is no slip of the pen in them.
fn digits(name: &str) -> String {
    name.chars().filter(char::is_ascii_digit).collect()
}

/// `Fonden Nordjysk Center (NBU)` is known as such, without the brackets, and as `NBU`; `A / B` as each of both.
fn known_as(name: &str) -> Vec<String> {
    let mut names = vec![folded(name)];
    let mut rest = String::new();
    for (n, part) in name.split(['(', ')']).enumerate() {
        match n % 2 {
            0 => rest.push_str(part),
            _ => names.push(folded(part)),
        }
    }
    names.push(folded(&rest));
    names.extend(name.split('/').map(folded));
    names.retain(|n| n.chars().count() > 1);
    names
}

fn proposal(cluster: &[&Naming], peers: &[&Respondent]) -> Proposal {
    let mut spellings: BTreeMap<&str, usize> = BTreeMap::new();
    for naming in cluster {
        *spellings.entry(naming.name.trim()).or_default() += 1;
    }
    let mut by_use: Vec<(&str, usize)> = spellings.into_iter().collect();
    // Of equally frequent spellings the longest says most.
    by_use.sort_by_key(|(name, used)| std::cmp::Reverse((*used, name.chars().count())));
    let mut names = by_use.into_iter().map(|(name, _)| name.to_owned());
    let name = names.next().unwrap_or_default();
    let also: Vec<String> = names.collect();
    let mut named_by: Vec<String> = cluster.iter().map(|n| n.by.clone()).collect();
    named_by.sort_by(|a, b| crate::danish::collate(a, b));
    named_by.dedup();
    let place = cluster
        .iter()
        .map(|n| n.place.trim())
        .find(|p| !p.is_empty());
    let is_listed = |r: &&&Respondent| {
        let all = std::iter::once(&name).chain(&also);
        all.into_iter().any(|n| same(n, &r.organisation))
    };
    Proposal {
        listed: peers.iter().find(is_listed).map(|r| r.id.clone()),
        place: place.unwrap_or_default().to_owned(),
        name,
        also,
        named_by,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn naming(name: &str, by: &str) -> Naming {
        Naming {
            name: name.into(),
            place: String::new(),
            by: by.into(),
        }
    }

    #[test]
    fn one_offer_under_several_names_is_one_proposal() {
        let found = proposals(
            &[
                naming("Fonden Nordjysk Børne- og Ungecenter (NBU)", "Samsø"),
                naming("NBU", "Odder"),
                naming("Harebakken", "Skive"),
                naming("harebaken", "Odder"),
                naming("Harebakken", "Viborg"),
                naming("Stoa Bostøtte og Udgående team / Stoa Botilbud", "Horsens"),
                naming("Stoa Botilbud", "Skive"),
                naming("Sønderparken", "Skive"),
                naming("Sønderparken", "Skive"),
            ],
            &[],
            "tilbud",
        );
        let short: Vec<(&str, usize)> = found
            .iter()
            .map(|p| (p.name.as_str(), p.named_by.len()))
            .collect();
        assert_eq!(
            short,
            [
                ("Harebakken", 3),
                ("Fonden Nordjysk Børne- og Ungecenter (NBU)", 2),
                ("Stoa Bostøtte og Udgående team / Stoa Botilbud", 2),
                ("Sønderparken", 1),
            ]
        );
        assert_eq!(found[0].also, ["harebaken"]);
    }

    #[test]
    fn two_offers_are_not_taken_for_one() {
        for (one, other) in [
            ("Bakkely", "Bakkehus"),
            ("Windsor", "Winston"),
            ("NBU", "NBO"),
            ("Hus 1", "Hus 2"),
        ] {
            assert!(!same(one, other), "{one} {other}");
        }
    }
}
