//! Reads a report definition and says in Danish where it is wrong, all faults at once.
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::spec::{
    Basis, ChoiceSpec, ColumnSpec, FreeTextSpec, Measure, NotesSpec, OfferColumn, OfferKind,
    OffersSpec, Population, ReportSpec, SectionKey, SectionSpec, SentenceSpec, TEXT_FIELDS,
    TableSpec,
};

/// Something in a report definition that can't be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpecFault {
    /// JSON Pointer into `report.json`.
    pub pointer: String,
    pub message: String,
}

pub(super) fn read_spec(definition: &Value) -> Result<ReportSpec, Vec<SpecFault>> {
    let faults = RefCell::new(Vec::new());
    let root = Node {
        value: definition,
        pointer: String::new(),
        faults: &faults,
    };
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
    ChoiceSpec {
        label: node.text("label"),
        pointer: node.pointer_text("pointer"),
        options,
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
        "zero_when",
        "columns",
        "notes",
        "sentences",
    ]);
    TableSpec {
        id: node.text("id"),
        caption: node.running_text("caption"),
        total_label: node.text_or("total_label", "I alt"),
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
    }
}

fn column(node: &Node) -> ColumnSpec {
    node.only(&["label", "pointer", "year", "period", "part_of_years"]);
    let part_of_years = node.truth("part_of_years");
    let measure = measure(node);
    if part_of_years && matches!(measure, Measure::Year(_)) {
        node.fault(
            "/part_of_years",
            "kan kun stå ved en kolonne med period, ikke med year",
        );
    }
    ColumnSpec {
        label: node.text("label"),
        pointer: node.pointer_text("pointer"),
        measure,
        part_of_years,
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
            node.fault("/kind", "skal være years, bands eller trend");
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
    let ascending = lower.windows(2).all(|pair| pair[0] < pair[1]);
    if lower.len() < 2 || lower[0] != 0 || !ascending {
        node.fault(
            "/bands",
            "skal være stigende nedre grænser, den første 0: [0, 1, 4, 10]",
        );
    }
    lower
}

fn offers(node: &Node) -> OffersSpec {
    node.only(&["form", "caption", "name", "columns", "catchment", "notes"]);
    OffersSpec {
        form: node.text("form"),
        caption: node.running_text("caption"),
        name: node.pointer_text("name"),
        columns: node.items("columns").iter().map(offer_column).collect(),
        catchment: node
            .optional("catchment")
            .map(|_| node.pointer_text("catchment")),
        notes: node.items("notes").iter().map(Node::string).collect(),
    }
}

fn offer_column(node: &Node) -> OfferColumn {
    node.only(&["group", "label", "pointer", "kind", "options"]);
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
        options: options(node),
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
    }
    if spec.threshold == 0 {
        root.fault("/threshold", "skal være mindst 1");
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
        SentenceSpec::Years { .. } | SentenceSpec::Trend { .. } => {
            (years < 2).then_some("kræver mindst to kolonner med year")
        }
    }
}

/// A place in the definition, and where its faults are gathered.
struct Node<'a> {
    value: &'a Value,
    pointer: String,
    faults: &'a RefCell<Vec<SpecFault>>,
}

impl<'a> Node<'a> {
    fn fault(&self, rest: &str, message: &str) {
        self.faults.borrow_mut().push(SpecFault {
            pointer: format!("{}{rest}", self.pointer),
            message: message.to_owned(),
        });
    }

    fn only(&self, keys: &[&str]) {
        let Some(object) = self.value.as_object() else {
            self.fault("", "skal være et objekt");
            return;
        };
        for key in object.keys().filter(|key| !keys.contains(&key.as_str())) {
            let message = format!("er ukendt; kendt er {}", keys.join(", "));
            self.fault(&format!("/{}", escaped(key)), &message);
        }
    }

    fn optional(&self, key: &str) -> Option<Node<'a>> {
        Some(Node {
            value: self.value.get(key)?,
            pointer: format!("{}/{key}", self.pointer),
            faults: self.faults,
        })
    }

    fn required(&self, key: &str) -> Option<Node<'a>> {
        let found = self.optional(key);
        if found.is_none() {
            self.fault(&format!("/{key}"), "mangler");
        }
        found
    }

    fn items(&self, key: &str) -> Vec<Node<'a>> {
        let Some(list) = self.optional(key) else {
            return Vec::new();
        };
        let Some(items) = list.value.as_array() else {
            list.fault("", "skal være en liste");
            return Vec::new();
        };
        items
            .iter()
            .enumerate()
            .map(|(index, value)| Node {
                value,
                pointer: format!("{}/{index}", list.pointer),
                faults: self.faults,
            })
            .collect()
    }

    fn string(&self) -> String {
        match self.value.as_str().map(str::trim) {
            Some(text) if !text.is_empty() => text.to_owned(),
            _ => {
                self.fault("", "skal være en tekst, der ikke er tom");
                String::new()
            }
        }
    }

    fn text(&self, key: &str) -> String {
        self.required(key)
            .map(|node| node.string())
            .unwrap_or_default()
    }

    fn text_or(&self, key: &str, default: &str) -> String {
        match self.optional(key) {
            Some(node) => node.string(),
            None => default.to_owned(),
        }
    }

    fn running_text(&self, key: &str) -> String {
        let text = self.text(key);
        if let Some(node) = self.optional(key) {
            node.check_fields(&text);
        }
        text
    }

    /// A field that nothing fills would be printed as an empty place.
    fn check_fields(&self, text: &str) {
        for field in text.split('{').skip(1) {
            let name = field.split('}').next().unwrap_or_default();
            if !TEXT_FIELDS.contains(&name) {
                let known = TEXT_FIELDS.map(|field| format!("{{{field}}}")).join(", ");
                let message = format!("{{{name}}} er et ukendt felt; kendt er {known}");
                self.fault("", &message);
            }
        }
    }

    fn pointer_text(&self, key: &str) -> String {
        let pointer = self.text(key);
        if !pointer.is_empty() && !pointer.starts_with('/') {
            self.fault(
                &format!("/{key}"),
                "skal være en JSON Pointer og begynde med /",
            );
        }
        pointer
    }

    fn number(&self, key: &str, default: u64) -> u64 {
        let Some(node) = self.optional(key) else {
            return default;
        };
        node.value.as_u64().unwrap_or_else(|| {
            node.fault("", "skal være et helt tal, 0 eller mere");
            default
        })
    }

    fn year(&self) -> u16 {
        match self
            .value
            .as_u64()
            .and_then(|year| u16::try_from(year).ok())
        {
            Some(year) if (1900..=2199).contains(&year) => year,
            _ => {
                self.fault("", "skal være et årstal");
                0
            }
        }
    }

    fn truth(&self, key: &str) -> bool {
        let Some(node) = self.optional(key) else {
            return false;
        };
        node.value.as_bool().unwrap_or_else(|| {
            node.fault("", "skal være true eller false");
            false
        })
    }
}

fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
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
