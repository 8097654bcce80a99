//! Invented answers as the forms would have taken them, and the report on them.
use std::collections::BTreeMap;

use chrono::NaiveDate;
use samsvar_core::reports::{
    Choices, Edition, Meta, Order, Remedy, Report, ReportRefusal, remedies,
};
use samsvar_core::tables::{ReportSpec, Respondent};
use serde_json::{Map, Value, json};

const MIDTJYLLAND: &str =
    include_str!("../data/reports/spiseforstyrrelser_midtjylland_answers.csv");
const OFFERS: &str = include_str!("../data/reports/offers_spiseforstyrrelser.csv");
pub const DEFINITION: &str = include_str!("../../forms/spiseforstyrrelser-kommune/report.json");

pub const COURT_ORDERS: &str = include_str!("../../forms/dom-kommune/report.json");
const COURT_ORDERS_MIDTJYLLAND: &str = include_str!("../data/reports/dom_midtjylland_answers.csv");

/// Answers by municipality, as the form would have taken them.
pub struct Collection {
    /// The form that the municipalities answered.
    pub form: &'static str,
    pub municipalities: Vec<(String, Option<Value>)>,
    pub offers: Vec<(String, Value)>,
}

impl Collection {
    pub fn midtjylland() -> Self {
        Self {
            form: "spiseforstyrrelser-kommune",
            municipalities: records(MIDTJYLLAND)
                .into_iter()
                .map(|record| (record["kommune"].clone(), Some(municipality(&record))))
                .collect(),
            offers: records(OFFERS)
                .into_iter()
                .filter(|record| record["region"] == "Region Midtjylland")
                .map(|record| (record["offer"].clone(), offer(&record)))
                .collect(),
        }
    }

    pub fn court_orders() -> Self {
        Self {
            form: "dom-kommune",
            municipalities: records(COURT_ORDERS_MIDTJYLLAND)
                .into_iter()
                .map(|record| (record["kommune"].clone(), Some(court_orders(&record))))
                .collect(),
            offers: Vec::new(),
        }
    }

    pub fn without_answer_of(mut self, name: &str) -> Self {
        for (municipality, answers) in &mut self.municipalities {
            if municipality == name {
                *answers = None;
            }
        }
        self
    }

    pub fn reversed(mut self) -> Self {
        self.municipalities.reverse();
        self.offers.reverse();
        self
    }

    pub fn report(&self) -> Report {
        self.attempt(&definition(DEFINITION))
            .expect("a safe report")
    }

    pub fn attempt(&self, definition: &ReportSpec) -> Result<Report, ReportRefusal> {
        self.edition(definition, &Choices::default(), &[])
    }

    /// What this collection's report told, for a later one.
    pub fn told(&self, report: &Report, number: u32) -> Edition {
        let facts = report.facts().clone();
        let answers = |id: &str| {
            let mut found = self.municipalities.iter().filter(|(name, _)| name == id);
            found.next().map(|(_, answers)| answers.as_ref())
        };
        Edition {
            number,
            counts: Some(facts.counts(answers)),
            facts,
        }
    }

    fn respondents(&self) -> Vec<Respondent<'_>> {
        let municipalities = self
            .municipalities
            .iter()
            .map(|(name, answers)| Respondent {
                id: name.clone(),
                name: name.clone(),
                form: self.form.into(),
                answers: answers.as_ref(),
                disposition: "ikke besvaret".into(),
            });
        let offers = self.offers.iter().map(|(name, answers)| Respondent {
            id: name.clone(),
            name: name.clone(),
            form: "spiseforstyrrelser-tilbud".into(),
            answers: Some(answers),
            disposition: String::new(),
        });
        municipalities.chain(offers).collect()
    }

    /// What the secretariat is offered where there is no report.
    pub fn ways_out(
        &self,
        definition: &ReportSpec,
        order: &Order,
        refusal: &ReportRefusal,
    ) -> Vec<Remedy> {
        remedies(definition, &self.respondents(), &meta(), order, refusal)
    }

    pub fn edition(
        &self,
        definition: &ReportSpec,
        choices: &Choices,
        earlier: &[Edition],
    ) -> Result<Report, ReportRefusal> {
        let respondents = self.respondents();
        let order = Order {
            choices,
            earlier,
            texts: &[],
        };
        Report::edition(definition, &respondents, meta(), &order)
    }
}

pub fn meta() -> Meta {
    Meta {
        campaign: "Central udmelding om svære spiseforstyrrelser".into(),
        region: "Region Midtjylland".into(),
        as_of: NaiveDate::from_ymd_opt(2026, 4, 9).expect("a day"),
    }
}

/// A definition that ships with its form.
pub fn definition(text: &str) -> ReportSpec {
    let value: Value = serde_json::from_str(text).expect("JSON");
    ReportSpec::read(&value).expect("no faults")
}

fn records(file: &str) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_reader(file.as_bytes());
    reader
        .deserialize()
        .map(|record| record.expect("a record"))
        .collect()
}

fn municipality(record: &BTreeMap<String, String>) -> Value {
    let group = |danish: &str| {
        let years: Map<String, Value> = ["2017", "2018", "2019"]
            .into_iter()
            .map(|year| {
                (
                    year.to_owned(),
                    figure(&record[&format!("{danish}_{year}")]),
                )
            })
            .collect();
        let offsite = figure(&record[&format!("{danish}_matrikelloes_2017_2019")]);
        if years.values().all(|n| *n == json!(0)) && offsite == json!(0) {
            return json!({"none": true});
        }
        json!({"none": false, "visited": years, "offsite_period": offsite})
    };
    json!({
        "children": group("boern"),
        "adults": group("voksne"),
        "supply": {"sufficient": "partly", "lacking": "Skive mangler 2 pladser"},
        "themes": {"coordination": "Vi mødes"}
    })
}

fn court_orders(record: &BTreeMap<String, String>) -> Value {
    let year = |year: &str| {
        let count = |kind: &str| figure(&record[&format!("{kind}_{year}")]);
        json!({"type1": count("domstype1"), "type2": count("domstype2"),
            "transferred": count("overfoert")})
    };
    json!({"counts": {"years":
        {"2017": year("2017"), "2018": year("2018"), "2019": year("2019")}}})
}

fn figure(text: &str) -> Value {
    match text.trim() {
        "" => json!({"state": "not_broken_down"}),
        "-" => json!({"state": "not_applicable"}),
        text => match text.strip_prefix("ca. ") {
            Some(estimate) => {
                let value: u64 = estimate.parse().expect("a count");
                json!({"value": value, "qualifier": "estimate"})
            }
            None => serde_json::from_str(&text.replace(',', ".")).expect("a number"),
        },
    }
}

fn offer(record: &BTreeMap<String, String>) -> Value {
    let figure = |text: &str| match text {
        "" => Value::Null,
        text => figure(text),
    };
    let flow = |group: &str, site: &str| {
        let years: Map<String, Value> = ["2017", "2018", "2019"]
            .into_iter()
            .map(|year| {
                (
                    year.to_owned(),
                    figure(&record[&format!("{group}_{site}{year}")]),
                )
            })
            .collect();
        Value::Object(years)
    };
    let group =
        |name: &str| json!({"onsite": flow(name, ""), "offsite": flow(name, "matrikelloes_")});
    json!({
        "offer": {"name": record["offer"], "operator": record["operator"],
            "operator_kind": record["operator_kind"], "seat": record["seat"],
            "age_min": figure(&record["age_min"]), "age_max": figure(&record["age_max"]),
            "age_open_ended": record["age_max"].is_empty()},
        "flow": {"children": group("children"), "adults": group("adults")},
        "catchment": {"municipalities": ["Favrskov", "Herning", "Viborg", "Aarhus"]},
        "staff": {"fte": figure(&record["staff_fte"]),
            "experienced_percent": figure(&record["experienced_pct"])}
    })
}
