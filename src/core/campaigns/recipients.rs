//! The secretariat's list of recipients: a CSV as Danish Excel writes it.
use super::{Contact, Respondent, slug};
use serde::{Deserialize, Serialize};

/// One line of a recipient file; lines with the same organisation, department and group are one respondent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecipientRow {
    #[serde(rename = "organisation")]
    pub organisation: String,
    #[serde(rename = "afdeling", default)]
    pub department: String,
    #[serde(rename = "gruppe")]
    pub group: String,
    #[serde(rename = "navn", default)]
    pub name: String,
    #[serde(rename = "mail", default)]
    pub address: String,
    #[serde(rename = "telefon", default)]
    pub phone: String,
}

/// A line that can't be used, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecipientFault {
    /// Counted from 1, the heading included, as Excel does.
    pub line: u64,
    /// Danish; names the column, never repeats an address.
    pub message: String,
}

const COLUMNS: [&str; 6] = [
    "organisation",
    "afdeling",
    "gruppe",
    "navn",
    "mail",
    "telefon",
];
const MOST_RECIPIENTS: usize = 5_000;

/// Reads a recipient file: semicolon, comma or tab between columns, with or without a BOM.
///
/// `groups` are the groups that the campaign has a form for. All faults come at once, in line order.
pub fn read_recipients(
    bytes: &[u8],
    campaign: &str,
    groups: &[&str],
) -> Result<Vec<Respondent>, Vec<RecipientFault>> {
    let text = utf8(bytes).map_err(|f| vec![f])?;
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter(text))
        .trim(csv::Trim::All)
        .flexible(true)
        .from_reader(text.as_bytes());
    let headings = reader
        .headers()
        .cloned()
        .map_err(|e| vec![unreadable(&e)])?;
    let columns = find_columns(&headings, groups).map_err(|f| vec![f])?;
    let mut respondents: Vec<Respondent> = Vec::new();
    let mut faults = Vec::new();
    for record in reader.records() {
        match record {
            Err(e) => faults.push(unreadable(&e)),
            Ok(record) => {
                let line = record.position().map_or(0, csv::Position::line);
                let row = row_of(&record, &columns, groups);
                if row == RecipientRow::default() {
                    continue;
                }
                match check_row(&row, groups) {
                    Some(message) => faults.push(RecipientFault { line, message }),
                    None => add(&mut respondents, row, campaign),
                }
            }
        }
        if respondents.len() > MOST_RECIPIENTS {
            faults.push(RecipientFault {
                line: 0,
                message: format!("Filen har mere end {MOST_RECIPIENTS} modtagere."),
            });
            break;
        }
    }
    if faults.is_empty() && respondents.is_empty() {
        faults.push(RecipientFault {
            line: 1,
            message: "Filen har ingen modtagere.".into(),
        });
    }
    if faults.is_empty() {
        Ok(respondents)
    } else {
        Err(faults)
    }
}

impl Default for RecipientRow {
    fn default() -> Self {
        let empty = String::new;
        Self {
            organisation: empty(),
            department: empty(),
            group: empty(),
            name: empty(),
            address: empty(),
            phone: empty(),
        }
    }
}

fn utf8(bytes: &[u8]) -> Result<&str, RecipientFault> {
    let text = std::str::from_utf8(bytes).map_err(|e| {
        let before = bytes.get(..e.valid_up_to()).unwrap_or_default();
        let line = 1 + before.iter().filter(|b| **b == b'\n').count() as u64;
        RecipientFault {
            line,
            message: "Filen er ikke UTF-8. Gem den i Excel som »CSV UTF-8«.".into(),
        }
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

fn delimiter(text: &str) -> u8 {
    let heading = text.lines().next().unwrap_or_default();
    [b';', b'\t', b',']
        .into_iter()
        .max_by_key(|d| heading.bytes().filter(|b| b == d).count())
        .unwrap_or(b';')
}

fn unreadable(error: &csv::Error) -> RecipientFault {
    let line = error.position().map_or(0, csv::Position::line);
    RecipientFault {
        line,
        message: "Linjen kan ikke læses som CSV. Er der et løst anførselstegn?".into(),
    }
}

/// Where each of [`COLUMNS`] stands in the file; organisation must be there, and group unless there is only one.
fn find_columns(
    headings: &csv::StringRecord,
    groups: &[&str],
) -> Result<[Option<usize>; 6], RecipientFault> {
    let place = |name: &str| headings.iter().position(|h| h.eq_ignore_ascii_case(name));
    let found = COLUMNS.map(place);
    let needed: &[usize] = if groups.len() == 1 { &[0] } else { &[0, 2] };
    for needed in needed.iter().copied() {
        if found.get(needed).copied().flatten().is_none() {
            let message = format!(
                "Kolonnen »{}« mangler. Kolonnerne er: {}.",
                COLUMNS.get(needed).unwrap_or(&""),
                COLUMNS.join("; ")
            );
            return Err(RecipientFault { line: 1, message });
        }
    }
    Ok(found)
}

fn row_of(
    record: &csv::StringRecord,
    columns: &[Option<usize>; 6],
    groups: &[&str],
) -> RecipientRow {
    let [organisation, department, group, name, address, phone] =
        columns.map(|c| c.and_then(|i| record.get(i)).unwrap_or_default().to_owned());
    let alone = |group: String| match groups {
        [only] if group.is_empty() && !organisation.is_empty() => (*only).to_owned(),
        _ => group,
    };
    RecipientRow {
        group: alone(group),
        organisation,
        department,
        name,
        address,
        phone,
    }
}

fn check_row(row: &RecipientRow, groups: &[&str]) -> Option<String> {
    if row.organisation.is_empty() {
        return Some("Organisationen mangler.".into());
    }
    if row.organisation.chars().count() > 200 || row.department.chars().count() > 200 {
        return Some("Navnet er længere end 200 tegn.".into());
    }
    if !groups.contains(&row.group.as_str()) {
        return Some(format!(
            "Gruppen »{}« har intet skema. Brug: {}.",
            row.group,
            groups.join(", ")
        ));
    }
    (!row.address.is_empty() && !looks_like_address(&row.address))
        .then(|| "Mailadressen er ikke gyldig.".into())
}

/// Catches slips of the pen; the mail server is the real judge.
pub fn looks_like_address(text: &str) -> bool {
    let Some((user, host)) = text.rsplit_once('@') else {
        return false;
    };
    let clean = |s: &str| {
        !s.is_empty()
            && !s.chars().any(|c| {
                c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | ',' | ';' | '"')
            })
    };
    clean(user)
        && clean(host)
        && host.contains('.')
        && !host.starts_with('.')
        && !host.ends_with('.')
        && text.len() <= 254
}

fn add(respondents: &mut Vec<Respondent>, row: RecipientRow, campaign: &str) {
    let id = respondent_id(&row.organisation, &row.department, |id| {
        respondents.iter().any(|r| r.id == id)
    });
    let contact = Contact {
        name: row.name,
        address: row.address,
        phone: row.phone,
    };
    let has_contact =
        !(contact.name.is_empty() && contact.address.is_empty() && contact.phone.is_empty());
    let known = respondents.iter_mut().find(|r| {
        r.organisation == row.organisation && r.department == row.department && r.group == row.group
    });
    match known {
        Some(r) if has_contact => r.contacts.push(contact),
        Some(_) => {}
        None => {
            respondents.push(Respondent {
                id,
                campaign: campaign.to_owned(),
                group: row.group,
                organisation: row.organisation,
                department: row.department,
                contacts: if has_contact {
                    vec![contact]
                } else {
                    Vec::new()
                },
                progress: super::Progress::default(),
                standing: super::Standing::default(),
                reminded: Vec::new(),
            });
        }
    }
}

/// A free id for a respondent; `taken` tells which are not.
pub fn respondent_id(organisation: &str, department: &str, taken: impl Fn(&str) -> bool) -> String {
    let base = match slug(&format!("{organisation} {department}")) {
        s if s.is_empty() => "svarende".to_owned(),
        s => s,
    };
    let numbered = (2..).map(|n: u32| format!("{base}-{n}"));
    std::iter::once(base.clone())
        .chain(numbered)
        .find(|id| !taken(id))
        .unwrap_or(base)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HEAD: &str = "organisation;afdeling;gruppe;navn;mail;telefon\n";

    fn faults(body: &str) -> Vec<(u64, String)> {
        let text = format!("{HEAD}{body}");
        read_recipients(text.as_bytes(), "c", &["kommune"])
            .unwrap_err()
            .into_iter()
            .map(|f| (f.line, f.message))
            .collect()
    }

    #[test]
    fn lines_of_one_organisation_are_one_respondent_with_several_contacts() {
        let text = format!(
            "\u{feff}{HEAD}Skive Kommune;;kommune;Fagkoordinator;a@skive.example.dk;\nSkive Kommune;;kommune;Leder;b@skive.example.dk;\nOdder Kommune;Børn;kommune;;;\n"
        );
        let read = read_recipients(text.as_bytes(), "c", &["kommune"]).unwrap();
        assert_eq!(read.len(), 2);
        assert_eq!(read[0].contacts.len(), 2);
        assert_eq!(
            (read[1].id.as_str(), read[1].contacts.len()),
            ("odder-kommune-boern", 0)
        );
    }

    #[test]
    fn every_fault_is_named_with_its_line() {
        let found = faults("Skive;;kommune;A;forkert;\n;;kommune;;;\nOdder;;ukendt;;;\n");
        assert_eq!(found.iter().map(|f| f.0).collect::<Vec<_>>(), [2, 3, 4]);
        assert!(found[0].1.contains("Mailadressen") && !found[0].1.contains("forkert"));
    }

    #[test]
    fn commas_and_tabs_part_columns_too() {
        for d in [",", "\t"] {
            let text = format!("{HEAD}Skive;;kommune;;x@skive.example.dk;\n").replace(';', d);
            assert_eq!(
                read_recipients(text.as_bytes(), "c", &["kommune"]).unwrap()[0]
                    .contacts
                    .len(),
                1
            );
        }
    }

    #[test]
    fn a_latin1_file_is_told_how_to_be_saved() {
        let found = read_recipients(
            b"organisation;gruppe\nSams\xf8;kommune\n",
            "c",
            &["kommune"],
        )
        .unwrap_err();
        assert_eq!(found[0].line, 2);
        assert!(found[0].message.contains("CSV UTF-8"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = read_recipients(&bytes, "c", &["kommune"]);
            let mut with_head = HEAD.as_bytes().to_vec();
            with_head.extend(bytes);
            let _ = read_recipients(&with_head, "c", &["kommune"]);
        }
    }
}
