//! Reads a report definition and says in Danish where it is wrong, all faults at once.
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::node::{Node, SpecFault};
use super::spec::{
    Basis, BlankSpec, CHOSEN, ChartKind, ChartSpec, ChoiceSpec, ColumnSpec, Counted, FreeTextSpec,
    Measure, NO_TIME, NotesSpec, OFFERS_TABLE, OfferColumn, OfferKind, OffersSpec, Population,
    PrintedRows, ReportSpec, SectionKey, SectionSpec, SentenceSpec, TableSpec, Whole,
};
use crate::disclosure::LARGEST_THRESHOLD;

pub(super) fn read_spec(definition: &Value) -> Result<ReportSpec, Vec<SpecFault>> {
    let faults = RefCell::new(Vec::new());
    let root = Node::root(definition, &faults);
    let spec = root_spec(&root);
    agree(&spec, &root);
    match faults.into_inner() {
        faults if faults.is_empty() => Ok(spec),
        faults => Err(faults),
    }
}

fn root_spec(root: &Node) -> ReportSpec {
    root.only(&[
        "title",
        "respondents",
        "threshold",
        "threshold_basis",
        "low_number",
        "keep_totals",
        "sections",
        "tables",
        "offers",
    ]);
    ReportSpec {
        title: root.running_text("title"),
        respondents: root
            .required("respondents")
            .map(|node| population(&node))
            .unwrap_or_else(no_population),
        threshold: root.number("threshold", 3),
        threshold_basis: root.text("threshold_basis"),
        low_number: root.number("low_number", 20),
        keep_totals: root.truth("keep_totals"),
        sections: sections(root),
        tables: root.items("tables").iter().map(table).collect(),
        offers: root.optional("offers").map(|node| offers(&node)),
    }
}

fn no_population() -> Population {
    Population {
        form: String::new(),
        singular: String::new(),
        plural: String::new(),
    }
}

fn population(node: &Node) -> Population {
    node.only(&["form", "singular", "plural"]);
    Population {
        form: node.text("form"),
        singular: node.text("singular"),
        plural: node.text("plural"),
    }
}

fn sections(root: &Node) -> BTreeMap<SectionKey, SectionSpec> {
    let Some(node) = root.optional("sections") else {
        return BTreeMap::new();
    };
    node.only(&SectionKey::ALL.map(SectionKey::key));
    SectionKey::ALL
        .into_iter()
        .filter_map(|key| Some((key, section(&node.optional(key.key())?))))
        .collect()
}

fn section(node: &Node) -> SectionSpec {
    node.only(&["texts", "choices", "free_texts"]);
    SectionSpec {
        texts: node
            .items("texts")
            .iter()
            .map(|text| {
                let string = text.string();
                text.check_fields(&string);
                string
            })
            .collect(),
        choices: node.items("choices").iter().map(choice).collect(),
        free_texts: node.items("free_texts").iter().map(free_text).collect(),
    }
}

fn choice(node: &Node) -> ChoiceSpec {
    node.only(&["label", "pointer", "options"]);
    let options = options(node);
    if options.is_empty() {
        node.fault("", "mangler options: hvad kan der vælges?");
    }
    let mut labels: Vec<&String> = options.iter().map(|(_, label)| label).collect();
    labels.sort_unstable();
    if labels.windows(2).any(|pair| pair[0] == pair[1]) {
        node.fault("/options", "to svar hedder det samme");
    }
    // How many answered 2 is as good as a cell with a 2 in it.
    if options.iter().any(|(value, _)| is_a_count(value)) {
        node.fault("/options", "et antal er ikke et svarvalg: brug en tabel");
    }
    let pointer = node.pointer_text("pointer");
    let column = ColumnSpec {
        label: CHOSEN.into(),
        pointer: pointer.clone(),
        measure: NO_TIME,
        part_of: None,
    };
    ChoiceSpec {
        label: node.text("label"),
        figures: TableSpec::of_figures(
            format!("svar {pointer}"),
            Counted::Organisations,
            vec![column],
        ),
        pointer,
        options,
    }
}

/// `2`, "2", "1-3", "10+" and the like.
fn is_a_count(value: &Value) -> bool {
    match value {
        Value::String(text) => {
            let mut signs = text.chars().filter(|c| !c.is_whitespace());
            let is_sign = |c: char| c.is_ascii_digit() || "-–+<>=≤≥.,".contains(c);
            text.chars().any(|c| c.is_ascii_digit()) && signs.all(is_sign)
        }
        value => value.is_number(),
    }
}

fn options(node: &Node) -> Vec<(Value, String)> {
    node.items("options")
        .iter()
        .map(|option| {
            option.only(&["value", "label"]);
            let value = option
                .required("value")
                .map_or(Value::Null, |node| node.value.clone());
            (value, option.text("label"))
        })
        .collect()
}

fn free_text(node: &Node) -> FreeTextSpec {
    node.only(&["label", "pointer"]);
    FreeTextSpec {
        label: node.text("label"),
        pointer: node.pointer_text("pointer"),
    }
}

fn table(node: &Node) -> TableSpec {
    node.only(&[
        "id",
        "caption",
        "total_label",
        "counted",
        "rows",
        "zero_when",
        "columns",
        "notes",
        "sentences",
        "charts",
    ]);
    TableSpec {
        id: node.text("id"),
        caption: node.running_text("caption"),
        total_label: node.text_or("total_label", "I alt"),
        counted: counted(node),
        rows: rows(node),
        has_total: true,
        zero_when: node
            .optional("zero_when")
            .map(|_| node.pointer_text("zero_when")),
        columns: node.items("columns").iter().map(column).collect(),
        notes: node
            .required("notes")
            .map(|node| notes(&node))
            .unwrap_or_default(),
        sentences: node
            .items("sentences")
            .iter()
            .filter_map(sentence)
            .collect(),
        charts: node.items("charts").iter().filter_map(chart).collect(),
    }
}

fn chart(node: &Node) -> Option<ChartSpec> {
    node.only(&["kind", "caption", "column"]);
    let caption = node.running_text("caption");
    let kind = match node.text("kind").as_str() {
        "years" => ChartKind::Years,
        "rows" => ChartKind::Rows {
            column: node.text("column"),
        },
        "" => return None,
        _ => {
            node.fault("/kind", "skal være years eller rows");
            return None;
        }
    };
    Some(ChartSpec { caption, kind })
}

fn counted(node: &Node) -> Counted {
    match node.text_or("counted", "persons").as_str() {
        "persons" => Counted::Persons,
        "organisations" => Counted::Organisations,
        _ => {
            node.fault("/counted", "skal være persons eller organisations");
            Counted::Persons
        }
    }
}

fn rows(node: &Node) -> PrintedRows {
    match node.text_or("rows", "all").as_str() {
        "all" => PrintedRows::All,
        "total" => PrintedRows::Total,
        _ => {
            node.fault("/rows", "skal være all eller total");
            PrintedRows::All
        }
    }
}

fn column(node: &Node) -> ColumnSpec {
    node.only(&["label", "pointer", "year", "period", "part_of"]);
    let measure = measure(node);
    let part_of = node.optional("part_of").map(|node| whole(&node));
    if part_of == Some(Whole::SumOfYears) && measure.is_year() {
        node.fault(
            "/part_of",
            "et år kan ikke være en del af summen af årene; brug period",
        );
    }
    ColumnSpec {
        label: node.text("label"),
        pointer: node.pointer_text("pointer"),
        measure,
        part_of,
    }
}

/// `"years"`, or a table and a column.
fn whole(node: &Node) -> Whole {
    if node.value.as_str() == Some("years") {
        return Whole::SumOfYears;
    }
    node.only(&["table", "column"]);
    Whole::Column {
        table: node.text("table"),
        column: node.text("column"),
    }
}

fn measure(node: &Node) -> Measure {
    match (node.optional("year"), node.optional("period")) {
        (Some(year), None) => Measure::Year(year.year()),
        (None, Some(period)) => {
            let years: Vec<u16> = node.items("period").iter().map(Node::year).collect();
            match years[..] {
                [first, last] if first <= last => Measure::Period { first, last },
                _ => {
                    period.fault("", "skal være to årstal, det første først: [2017, 2019]");
                    Measure::Year(0)
                }
            }
        }
        _ => {
            node.fault(
                "",
                "skal have enten year (et årstal) eller period (to årstal): tal for et år og for en periode lægges aldrig sammen",
            );
            Measure::Year(0)
        }
    }
}

fn notes(node: &Node) -> NotesSpec {
    node.only(&[
        "counting_unit",
        "source",
        "comparability_break",
        "reservations",
    ]);
    NotesSpec {
        counting_unit: node.text("counting_unit"),
        source: node.text("source"),
        comparability_break: node
            .optional("comparability_break")
            .map(|node| node.string()),
        reservations: node
            .items("reservations")
            .iter()
            .map(Node::string)
            .collect(),
    }
}

fn sentence(node: &Node) -> Option<SentenceSpec> {
    node.only(&["kind", "what", "basis", "bands"]);
    let what = node.text("what");
    match node.text("kind").as_str() {
        "years" => Some(SentenceSpec::Years { what }),
        "trend" => Some(SentenceSpec::Trend { what }),
        "changes" => Some(SentenceSpec::Changes { what }),
        "bands" => Some(SentenceSpec::Bands {
            what,
            basis: match node.text_or("basis", "years").as_str() {
                "years" => Basis::SumOfYears,
                label => Basis::Column(label.to_owned()),
            },
            lower: bands(node),
        }),
        "" => None,
        _ => {
            node.fault("/kind", "skal være years, bands, trend eller changes");
            None
        }
    }
}

/// Lower bounds; 0, 1, 4, 10 when none are given. So bands are always contiguous and fixed.
fn bands(node: &Node) -> Vec<u64> {
    if node.optional("bands").is_none() {
        return vec![0, 1, 4, 10];
    }
    let lower: Vec<u64> = node
        .items("bands")
        .iter()
        .map(|bound| bound.value.as_u64().unwrap_or(0))
        .collect();
    let wide_enough = lower
        .windows(2)
        .all(|pair| pair[1] > pair[0] + u64::from(pair[0] > 0));
    if lower.len() < 2 || lower[0] != 0 || !wide_enough {
        node.fault(
            "/bands",
            "skal være stigende nedre grænser, den første 0, og kun 0 må stå alene: [0, 1, 4, 10]",
        );
    }
    lower
}

fn offers(node: &Node) -> OffersSpec {
    node.only(&[
        "form",
        "caption",
        "counted",
        "name",
        "columns",
        "catchment",
        "notes",
    ]);
    let columns: Vec<OfferColumn> = node.items("columns").iter().map(offer_column).collect();
    let citizens = columns
        .iter()
        .filter(|column| column.kind == OfferKind::Citizens);
    let figures: Vec<ColumnSpec> = citizens
        .map(|column| ColumnSpec {
            label: column.full_label(),
            pointer: column.pointer.clone(),
            measure: NO_TIME,
            part_of: column.part_of.clone(),
        })
        .collect();
    if !figures.is_empty() && node.optional("catchment").is_none() {
        node.fault(
            "/catchment",
            "mangler: uden kommunerne bag tilbuddet kan antal borgere ikke beskyttes",
        );
    }
    OffersSpec {
        form: node.text("form"),
        caption: node.running_text("caption"),
        name: node.pointer_text("name"),
        figures: TableSpec::of_figures(OFFERS_TABLE.into(), counted(node), figures),
        columns,
        catchment: node
            .optional("catchment")
            .map(|_| node.pointer_text("catchment")),
        notes: node.items("notes").iter().map(Node::string).collect(),
    }
}

fn offer_column(node: &Node) -> OfferColumn {
    node.only(&[
        "group", "label", "pointer", "kind", "part_of", "options", "blank",
    ]);
    OfferColumn {
        group: node.optional("group").map(|group| group.string()),
        label: node.text("label"),
        pointer: node.pointer_text("pointer"),
        kind: match node.text("kind").as_str() {
            "text" => OfferKind::Text,
            "number" => OfferKind::Number,
            "percent" => OfferKind::Percent,
            "citizens" => OfferKind::Citizens,
            _ => {
                node.fault("/kind", "skal være text, number, percent eller citizens");
                OfferKind::Text
            }
        },
        part_of: node.optional("part_of").map(|node| whole(&node)),
        options: options(node),
        blank: node.optional("blank").map(|node| blank(&node)),
    }
}

fn blank(node: &Node) -> BlankSpec {
    node.only(&["when", "text"]);
    BlankSpec {
        when: node.pointer_text("when"),
        text: node.text("text"),
    }
}

/// What can only be seen with the whole definition in hand.
fn agree(spec: &ReportSpec, root: &Node) {
    let mut ids = BTreeSet::new();
    for (t, table) in spec.tables.iter().enumerate() {
        let at = |rest: &str| format!("/tables/{t}{rest}");
        if !ids.insert(table.id.as_str()) {
            root.fault(&at("/id"), "bruges af en anden tabel");
        }
        table_agrees(table, &at, root);
        wholes_exist(table, spec, &at, root);
    }
    if let Some(offers) = &spec.offers {
        offers_agree(offers, spec, root);
    }
    counts_are_no_choices(spec, root);
    if spec.threshold == 0 || spec.threshold > LARGEST_THRESHOLD {
        let told = format!("skal være et helt tal fra 1 til {LARGEST_THRESHOLD}");
        root.fault("/threshold", &told);
    }
}

fn table_agrees(table: &TableSpec, at: &dyn Fn(&str) -> String, root: &Node) {
    if table.columns.is_empty() {
        root.fault(&at("/columns"), "mangler: tabellen skal have en kolonne");
    }
    let mut labels = BTreeSet::new();
    let mut years = BTreeSet::new();
    for (c, column) in table.columns.iter().enumerate() {
        if !labels.insert(column.label.as_str()) {
            let place = at(&format!("/columns/{c}/label"));
            root.fault(&place, "bruges af en anden kolonne i tabellen");
        }
        if let Measure::Year(year) = column.measure
            && !years.insert(year)
        {
            let place = at(&format!("/columns/{c}/year"));
            root.fault(&place, "bruges af en anden kolonne i tabellen");
        }
    }
    for (s, sentence) in table.sentences.iter().enumerate() {
        let place = at(&format!("/sentences/{s}"));
        if let Some(message) = sentence_fault(sentence, &labels, years.len()) {
            root.fault(&place, message);
        }
    }
    for (at_chart, chart) in table.charts.iter().enumerate() {
        if let Some(message) = chart_fault(chart, &labels, years.len()) {
            root.fault(&at(&format!("/charts/{at_chart}")), message);
        }
    }
}

fn chart_fault(chart: &ChartSpec, labels: &BTreeSet<&str>, years: usize) -> Option<&'static str> {
    match &chart.kind {
        ChartKind::Years if years < 2 => Some("kræver mindst to kolonner med year"),
        ChartKind::Rows { column } if !labels.contains(column.as_str()) => {
            Some("column er ikke en kolonne i tabellen")
        }
        _ => None,
    }
}

fn offers_agree(offers: &OffersSpec, spec: &ReportSpec, root: &Node) {
    if spec.tables.iter().any(|table| table.id == OFFERS_TABLE) {
        root.fault(
            "/tables",
            &format!("id »{OFFERS_TABLE}« er oversigten over tilbud"),
        );
    }
    let mut labels = BTreeSet::new();
    for (c, column) in offers.columns.iter().enumerate() {
        let at = |rest: &str| format!("/offers/columns/{c}{rest}");
        if column.kind != OfferKind::Citizens {
            if column.part_of.is_some() {
                root.fault(
                    &at("/part_of"),
                    "kun et antal borgere er en del af et andet",
                );
            }
            continue;
        }
        if !labels.insert(column.full_label()) {
            root.fault(&at("/label"), "bruges af en anden kolonne med borgere");
        }
        let has_whole = |whole: &Whole| match whole {
            Whole::SumOfYears => false,
            Whole::Column { table, column } => spec.tables.iter().any(|other| {
                other.id == *table && other.columns.iter().any(|one| one.label == *column)
            }),
        };
        if column
            .part_of
            .as_ref()
            .is_some_and(|whole| !has_whole(whole))
        {
            root.fault(&at("/part_of"), "findes ikke i rapporten");
        }
    }
}

/// A question that a table counts can't be reported as a choice too.
fn counts_are_no_choices(spec: &ReportSpec, root: &Node) {
    let tables = spec.tables.iter();
    let counted: BTreeSet<&str> = tables
        .flat_map(|table| table.columns.iter().map(|column| column.pointer.as_str()))
        .collect();
    for (key, section) in &spec.sections {
        for (at, choice) in section.choices.iter().enumerate() {
            if counted.contains(choice.pointer.as_str()) {
                let place = format!("/sections/{}/choices/{at}/pointer", key.key());
                root.fault(
                    &place,
                    "tælles i en tabel og kan ikke også være et svarvalg",
                );
            }
        }
    }
}

fn wholes_exist(table: &TableSpec, spec: &ReportSpec, at: &dyn Fn(&str) -> String, root: &Node) {
    for (c, column) in table.columns.iter().enumerate() {
        let Some(Whole::Column { table, column }) = &column.part_of else {
            continue;
        };
        let whole = spec.tables.iter().find(|other| other.id == *table);
        if !whole.is_some_and(|whole| whole.columns.iter().any(|other| other.label == *column)) {
            let place = at(&format!("/columns/{c}/part_of"));
            root.fault(&place, "findes ikke i rapporten");
        }
    }
}

fn sentence_fault(
    sentence: &SentenceSpec,
    labels: &BTreeSet<&str>,
    years: usize,
) -> Option<&'static str> {
    match sentence {
        SentenceSpec::Bands {
            basis: Basis::Column(label),
            ..
        } => (!labels.contains(label.as_str())).then_some("basis er ikke en kolonne i tabellen"),
        SentenceSpec::Bands {
            basis: Basis::SumOfYears,
            ..
        } => (years == 0).then_some("kræver en kolonne med year"),
        SentenceSpec::Years { .. } | SentenceSpec::Trend { .. } | SentenceSpec::Changes { .. } => {
            (years < 2).then_some("kræver mindst to kolonner med year")
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn small() -> Value {
        json!({
            "title": "Rapport for {region}",
            "respondents": {"form": "f", "singular": "kommune", "plural": "kommuner"},
            "threshold_basis": "vejledningen",
            "tables": [{
                "id": "boern", "caption": "Børn",
                "columns": [
                    {"label": "2017", "pointer": "/a/2017", "year": 2017},
                    {"label": "2018", "pointer": "/a/2018", "year": 2018},
                    {"label": "2017-2018", "pointer": "/b", "period": [2017, 2018]}],
                "notes": {"counting_unit": "borgere", "source": "kommunerne"},
                "sentences": [{"kind": "bands", "what": "borgere"}]
            }]
        })
    }

    fn faults(definition: Value) -> Vec<String> {
        ReportSpec::read(&definition)
            .expect_err("has faults")
            .into_iter()
            .map(|fault| fault.pointer)
            .collect()
    }

    #[test]
    fn a_small_definition_is_read_with_the_usual_settings() {
        let spec = ReportSpec::read(&small()).expect("no faults");
        assert_eq!(spec.threshold, 3);
        assert_eq!(spec.tables[0].total_label, "I alt");
        assert_eq!(spec.tables[0].years().len(), 2);
        assert_eq!(
            spec.tables[0].sentences[0],
            SentenceSpec::Bands {
                what: "borgere".into(),
                basis: Basis::SumOfYears,
                lower: vec![0, 1, 4, 10]
            }
        );
    }

    #[test]
    fn all_faults_are_told_at_once_and_where_they_stand() {
        let mut definition = small();
        definition["title"] = json!("Rapport for {regoin}");
        definition["threshold"] = json!("tre");
        definition["tables"][0]["columns"][1]["period"] = json!([2017, 2018]);
        definition["tables"][0]["sentences"][0]["bands"] = json!([1, 4]);
        definition["tables"][0]["colour"] = json!("red");
        assert_eq!(
            faults(definition),
            [
                "/title",
                "/threshold",
                "/tables/0/colour",
                "/tables/0/columns/1",
                "/tables/0/sentences/0/bands"
            ]
        );
    }

    #[test]
    fn a_definition_that_is_no_object_is_refused_without_panic() {
        for odd in [json!(null), json!([]), json!("x"), json!({"tables": 3})] {
            assert!(!faults(odd).is_empty());
        }
    }

    #[test]
    fn a_pointer_that_the_form_lacks_is_located() {
        let found = super::super::check_report(&|pointer| pointer != "/a/2018", &small());
        assert_eq!(
            found,
            [(
                "/tables/0/columns/1/pointer".to_owned(),
                "spørgeskemaet har intet felt /a/2018".to_owned()
            )]
        );
    }
}
