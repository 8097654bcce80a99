//! Why there is no report, in words that the secretariat can act on.
use super::choices::FEWEST_MERGED;
use super::context::{Context, Irreconcilable};
use crate::disclosure::{AtRisk, Coords, Refusal};
use crate::tables::{TrueTable, Turnout};

/// Why no report may leave, and the ways out, in Danish.
///
/// For the secretariat, which sees the answers anyway: the sums in it are true.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportRefusal {
    /// Whole sentences; the first says what is the matter.
    pub reasons: Vec<String>,
    /// The cells that would be given away.
    pub at_risk: Vec<Danger>,
}

/// Cells of one column that one sum gives away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Danger {
    /// The table's id; of an earlier edition with its number.
    pub table: String,
    pub column: String,
    pub rows: Vec<String>,
    /// "35 − 4 − 3 − 4 − 20 = 4 fordelt på tre kommuner".
    pub sum: String,
    /// The threshold of an earlier edition under which the cells would not be at risk.
    pub threshold: Option<u64>,
}

pub(super) fn nobody(turnout: &Turnout) -> ReportRefusal {
    ReportRefusal {
        reasons: vec![format!(
            "Der er ingen besvarelser at lave en rapport af: besvaret af {}.",
            turnout.fraction()
        )],
        at_risk: Vec::new(),
    }
}

/// A total of two rows tells each of them the other's number.
pub(super) fn merged_too_few(row: &str) -> ReportRefusal {
    plain(format!(
        "»{row}« skal samle mindst {FEWEST_MERGED} rækker. Af to kan hver trække sit eget tal fra."
    ))
}

pub(super) fn irreconcilable(found: Irreconcilable) -> ReportRefusal {
    plain(format!(
        "Tallene i {} stemmer ikke: i »{}«, {}, giver rækkerne ikke totalen. Ret tabellen, eller træk den tilbage.",
        found.edition, found.table, found.column
    ))
}

/// Small counts that an earlier edition printed can't be hidden any more.
pub(super) fn given_away(context: &Context, truth: &[TrueTable]) -> ReportRefusal {
    let mut refusal =
        plain("Rapporten kan ikke love at skjule tal, som allerede er offentliggjort.".to_owned());
    for cell in &context.given_away {
        let danger = AtRisk {
            coords: cell.coords.clone(),
            because: format!("{} viser tallet {}", cell.edition, cell.value),
        };
        refusal
            .reasons
            .push(at_risk(std::slice::from_ref(&danger), truth));
        refusal
            .at_risk
            .push(Danger::of(std::slice::from_ref(&danger)));
    }
    refusal
}

/// Beside marks that stand for more values, the lower ones would tell which it is.
pub(super) fn lower_than_before(
    (cell, most, edition): (&Coords, u64, &str),
    threshold: u64,
    truth: &[TrueTable],
) -> ReportRefusal {
    let danger = AtRisk {
        coords: cell.clone(),
        because: format!(
            "{edition} viser ≤{most}; vises det nu med grænsen {threshold}, kan en læser se, om det er 1-{threshold} eller {}-{most}",
            threshold + 1
        ),
    };
    let danger = std::slice::from_ref(&danger);
    let mut refusal = plain(format!(
        "Grænsen for små tal kan ikke være {threshold}, når {edition} har skjult tal op til {most}."
    ));
    refusal.reasons.push(at_risk(danger, truth));
    refusal
        .reasons
        .push(format!("Udvej: Sæt grænsen til {most} som i {edition}."));
    refusal.at_risk.push(Danger {
        threshold: Some(most),
        ..Danger::of(danger)
    });
    refusal
}

fn plain(reason: String) -> ReportRefusal {
    ReportRefusal {
        reasons: vec![reason],
        at_risk: Vec::new(),
    }
}

impl Danger {
    fn of(cells: &[AtRisk]) -> Self {
        let label = |cell: &AtRisk, at: usize| cell.coords.get(at).cloned().unwrap_or_default();
        let first = cells.first();
        Self {
            table: first.map(|cell| label(cell, 0)).unwrap_or_default(),
            column: first.map(|cell| label(cell, 2)).unwrap_or_default(),
            rows: cells.iter().map(|cell| label(cell, 1)).collect(),
            sum: first.map(|cell| cell.because.clone()).unwrap_or_default(),
            threshold: None,
        }
    }
}

pub(super) fn refused(refusal: &Refusal, truth: &[TrueTable], context: &Context) -> ReportRefusal {
    let told: Vec<AtRisk> = refusal
        .at_risk
        .iter()
        .map(|cell| AtRisk {
            coords: cell.coords.clone(),
            because: context
                .difference(&cell.coords)
                .unwrap_or_else(|| cell.because.clone()),
        })
        .collect();
    let mut dangers = Vec::new();
    let mut reasons = vec![
        "Rapporten kan ikke dannes, fordi små tal ville kunne regnes ud.".to_owned(),
        sentence(&refusal.message),
    ];
    let mut rest = &told[..];
    while let Some((first, others)) = rest.split_first() {
        let alike = others.iter().take_while(|cell| same_sum(first, cell));
        let (together, after) = rest.split_at(1 + alike.count());
        reasons.push(at_risk(together, truth));
        dangers.push(Danger::of(together));
        rest = after;
    }
    // Sentences go by names of the model, and those of earlier editions are out already.
    let remedies = refusal.remedies.iter().filter(|way| !way.contains('»'));
    reasons.extend(remedies.map(|way| format!("Udvej: {}", sentence(&numbered(way, truth)))));
    ReportRefusal {
        reasons,
        at_risk: dangers,
    }
}

/// Whether two cells stand in one column and are given away by one sum.
fn same_sum(a: &AtRisk, b: &AtRisk) -> bool {
    let place = |cell: &AtRisk| (cell.coords.first().cloned(), cell.coords.last().cloned());
    place(a) == place(b) && a.because == b.because
}

/// "I fare i tabel 1, 2017: Aarhus og Herning (7 fordelt på syv kommuner)."
fn at_risk(cells: &[AtRisk], truth: &[TrueTable]) -> String {
    let rows: Vec<&str> = cells
        .iter()
        .map(|cell| cell.coords.get(1).map_or("", String::as_str))
        .collect();
    let place = |cell: &AtRisk| match &cell.coords[..] {
        [table, _, column] => numbered(&format!("{table}, {column}"), truth),
        coords => coords.join(", "),
    };
    format!(
        "I fare i {}: {} ({}).",
        cells.first().map_or_else(String::new, place),
        crate::danish::list(&rows),
        cells.first().map_or("", |cell| cell.because.as_str())
    )
}

/// A table's name in the model as its number in the report.
fn numbered(text: &str, truth: &[TrueTable]) -> String {
    truth
        .iter()
        .zip(1..)
        .fold(text.to_owned(), |text, (table, number)| {
            text.replace(
                &format!("{}, ", table.spec.id),
                &format!("tabel {number}, "),
            )
        })
}

/// With a capital first and a full stop last.
fn sentence(text: &str) -> String {
    let mut letters = text.trim().trim_end_matches('.').chars();
    let first = letters.next().map(char::to_uppercase);
    let rest = letters.as_str();
    first.map_or_else(String::new, |first| {
        format!("{}{rest}.", first.collect::<String>())
    })
}
