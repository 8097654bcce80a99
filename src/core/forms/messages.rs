//! What is said to a person whose answer the schema does not accept: one sentence that tells what to do.
use jsonschema::error::{TypeKind, ValidationError, ValidationErrorKind as Kind};
use serde_json::Value;

use super::figure;
use super::findings::{Fields, authored, subject};
use super::layout::{Kind as NodeKind, Node};
use super::leaf::{Leaf, LeafKind, TextForm};
use super::texts::{MAX_TEXT, is_too_long, number, plain};
use super::{Form, Language};
use crate::danish;

/// The field a sentence is about, and the language it is said in.
pub(crate) struct Told<'t> {
    pub name: Option<&'t str>,
    pub language: Language,
}

impl Told<'_> {
    fn say(&self, danish: impl Into<String>, english: impl Into<String>) -> String {
        match self.language {
            Language::Da => danish.into(),
            Language::En => english.into(),
        }
    }

    fn named(&self, sentence: String) -> String {
        match self.name {
            Some(name) => format!("{}: {sentence}", name.trim_end_matches([':', '.'])),
            None => sentence,
        }
    }

    fn missing(&self, danish: &str, english: &str) -> String {
        let words = self.say(danish, english);
        match self.name {
            Some(name) => format!("{words}: {}", name.trim_end_matches(':')),
            None => words,
        }
    }
}

/// The sentence for one error of the validator.
pub(crate) fn sentence(
    form: &Form,
    fields: &Fields<'_, '_>,
    error: &ValidationError<'_>,
    language: Language,
) -> String {
    if let Some(authored) = authored(&form.schema, error, language) {
        return authored;
    }
    let pointer = subject(error);
    let told = Told {
        name: fields.name(&pointer),
        language,
    };
    let node = fields.node(&pointer);
    match error.kind() {
        Kind::Required { property } => {
            let own = property.as_str().map(super::layout::humanized);
            let told = Told {
                name: if node.is_some() {
                    told.name
                } else {
                    own.as_deref()
                },
                language,
            };
            missing(&told, node)
        }
        _ if error.instance().is_null() && node.is_some_and(|n| n.leaf().is_some()) => {
            missing(&told, node)
        }
        kind => told.named(demand(&told, node, kind, error.instance())),
    }
}

/// The sentence for a text that could not be read.
pub(crate) fn unreadable(told: &Told<'_>, leaf: &Leaf<'_>, text: &str) -> String {
    if is_too_long(text) {
        let limit = danish::integer(MAX_TEXT as i64);
        return told.named(told.say(
            format!("Teksten er for lang. Skriv højst {limit} tegn."),
            format!("The text is too long. Write at most {limit} characters."),
        ));
    }
    if matches!(leaf.kind, LeafKind::File) {
        let (name, why) = text.split_once(": ").unwrap_or(("Filen", text));
        return told.say(
            format!("{name} er ikke gemt: {why}. Vælg en anden."),
            format!("{name} was not saved: {why}. Choose another."),
        );
    }
    if matches!(leaf.kind, LeafKind::Figure { .. }) && figure::is_bound(text) {
        return told.named(told.say(
            "Skriv det nøjagtige tal. Vi skjuler små tal i rapporten.",
            "Write the exact number. We hide small numbers in the report.",
        ));
    }
    told.named(expected(told, leaf))
}

/// A figure is far from the known one, and nobody says why.
pub(crate) fn deviation(told: &Told<'_>, known: &str, source: &str) -> String {
    told.named(told.say(
        format!("Tallet er langt fra {known} ({source}). Skriv i bemærkningen, hvorfor."),
        format!("The figure is far from {known} ({source}). Say why in the remark."),
    ))
}

fn missing(told: &Told<'_>, node: Option<&Node<'_>>) -> String {
    match node.map(|node| &node.kind) {
        Some(NodeKind::Leaf(leaf)) => match leaf.kind {
            LeafKind::Tick { .. } => told.missing("Sæt kryds her", "Tick this box"),
            LeafKind::File => told.missing("Vedhæft en fil", "Attach a file"),
            LeafKind::Pick(_) | LeafKind::PickMany(_) | LeafKind::Boolean => {
                told.missing("Vælg et svar", "Choose an answer")
            }
            _ => told.missing("Svar mangler", "An answer is missing"),
        },
        _ => told.missing("Svar mangler", "An answer is missing"),
    }
}

/// What kind of answer the field takes.
fn expected(told: &Told<'_>, leaf: &Leaf<'_>) -> String {
    match &leaf.kind {
        LeafKind::Integer | LeafKind::Number => bounded(told, leaf),
        LeafKind::Figure { .. } => told.say(
            "Skriv et tal som 3 eller ca. 25, eller skriv »oplyses ikke«, »ikke opgjort« eller »–«.",
            "Write a number such as 3 or ca. 25, or write “oplyses ikke” (not stated), “ikke opgjort” (not broken down) or “–”.",
        ),
        LeafKind::Date => told.say(
            "Skriv datoen som 9.4.2026.",
            "Write the date as 9.4.2026.",
        ),
        LeafKind::Time => told.say(
            "Skriv et klokkeslæt, for eksempel 14.30.",
            "Write a time, for example 14.30.",
        ),
        LeafKind::DateTime => told.say(
            "Skriv dato og klokkeslæt, for eksempel 09.04.2026 kl. 14.30.",
            "Write a date and a time, for example 09.04.2026 kl. 14.30.",
        ),
        LeafKind::Boolean | LeafKind::Pick(_) | LeafKind::PickMany(_) | LeafKind::Tick { .. } => {
            told.say("Vælg en af mulighederne.", "Choose one of the options.")
        }
        LeafKind::Lines(_) => told.say(
            "Skriv ét tal på hver linje.",
            "Write one number on each line.",
        ),
        LeafKind::Json => told.say(
            "Svaret skal være gyldig JSON.",
            "The answer must be valid JSON.",
        ),
        LeafKind::File => told.say("Vedhæft en fil.", "Attach a file."),
        LeafKind::Text(TextForm::Email) => told.say(
            "Skriv en mailadresse, for eksempel navn@example.dk.",
            "Write a mail address, for example name@example.com.",
        ),
        LeafKind::Text(_) | LeafKind::TextOrNumber | LeafKind::Fixed(_) => {
            told.say("Skriv en tekst.", "Write a text.")
        }
    }
}

/// "Skriv et helt tal på mindst 0", with all the limits the field has.
fn bounded(told: &Told<'_>, leaf: &Leaf<'_>) -> String {
    let whole = !leaf.takes_fractions();
    let noun = told.say(
        if whole { "et helt tal" } else { "et tal" },
        if whole { "a whole number" } else { "a number" },
    );
    let limits = match (leaf.minimum.map(limit), leaf.maximum.map(limit)) {
        (Some(a), Some(b)) => told.say(format!(" fra {a} til {b}"), format!(" from {a} to {b}")),
        (Some(a), None) => told.say(format!(" på mindst {a}"), format!(" of at least {a}")),
        (None, Some(b)) => told.say(format!(" på højst {b}"), format!(" of at most {b}")),
        (None, None) => String::new(),
    };
    told.say(
        format!("Skriv {noun}{limits}."),
        format!("Write {noun}{limits}."),
    )
}

fn limit(n: f64) -> String {
    serde_json::Number::from_f64(n).map_or_else(String::new, |n| number(&n))
}

fn demand(told: &Told<'_>, node: Option<&Node<'_>>, kind: &Kind, value: &Value) -> String {
    let leaf = node.and_then(|node| node.leaf());
    let whole = leaf.is_some_and(|leaf| !leaf.takes_fractions());
    let noun_da = if whole { "et helt tal" } else { "et tal" };
    let noun_en = if whole { "a whole number" } else { "a number" };
    let number_leaf = leaf.filter(|leaf| matches!(leaf.kind, LeafKind::Integer | LeafKind::Number));
    if let Some(fault) = figure_fault(told, leaf, kind, value) {
        return fault;
    }
    match kind {
        Kind::Minimum { limit } => match number_leaf {
            Some(leaf) => bounded(told, leaf),
            None => told.say(
                format!("Skriv {noun_da} på mindst {}.", plain(limit)),
                format!("Write {noun_en} of at least {}.", plain(limit)),
            ),
        },
        Kind::Maximum { limit } => match number_leaf {
            Some(leaf) => bounded(told, leaf),
            None => told.say(
                format!("Skriv {noun_da} på højst {}.", plain(limit)),
                format!("Write {noun_en} of at most {}.", plain(limit)),
            ),
        },
        Kind::ExclusiveMinimum { limit } => told.say(
            format!("Skriv {noun_da} over {}.", plain(limit)),
            format!("Write {noun_en} above {}.", plain(limit)),
        ),
        Kind::ExclusiveMaximum { limit } => told.say(
            format!("Skriv {noun_da} under {}.", plain(limit)),
            format!("Write {noun_en} below {}.", plain(limit)),
        ),
        Kind::MultipleOf { multiple_of } => steps(told, *multiple_of),
        Kind::MinLength { limit: 1 } => told.say("Svar mangler.", "An answer is missing."),
        Kind::MinLength { limit } => told.say(
            format!("Skriv mindst {limit} tegn."),
            format!("Write at least {limit} characters."),
        ),
        Kind::MaxLength { limit } => too_long(told, *limit, value),
        Kind::Pattern { .. }
        | Kind::BacktrackLimitExceeded { .. }
        | Kind::RegexEngineFailure { .. } => told.say(
            "Svaret har ikke den form, der bliver bedt om.",
            "The answer does not have the form that is asked for.",
        ),
        Kind::Format { format } => formatted(told, format),
        Kind::Enum { .. } => told.say("Vælg en af mulighederne.", "Choose one of the options."),
        Kind::Constant { expected_value } => constant(told, expected_value),
        Kind::MinItems { .. } | Kind::MaxItems { .. } | Kind::AdditionalItems { .. } => {
            counted(told, leaf, kind)
        }
        Kind::UniqueItems => told.say(
            "Det samme står flere gange. Lad det kun stå én gang.",
            "The same is said more than once. Keep only one of them.",
        ),
        Kind::Type { kind } => match leaf {
            Some(leaf) => expected(told, leaf),
            None => wrong_type(told, kind),
        },
        Kind::AnyOf { .. } | Kind::OneOfNotValid { .. } => match leaf {
            Some(leaf) => expected(told, leaf),
            None => told.say(
                "Svaret passer ikke på nogen af mulighederne. Vælg en af dem, og udfyld den helt.",
                "The answer fits none of the options. Choose one and fill it in.",
            ),
        },
        Kind::OneOfMultipleValid { .. } => told.say(
            "Svaret passer på flere af mulighederne. Udfyld kun én af dem.",
            "The answer fits more than one option. Fill in only one of them.",
        ),
        Kind::FalseSchema => told.say("Her skal der ikke svares.", "No answer belongs here."),
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
            told.say(
                format!("Skemaet kender ikke {}.", danish::list(unexpected)),
                format!("The form does not know {}.", unexpected.join(", ")),
            )
        }
        Kind::MinProperties { limit } => told.say(
            format!("Udfyld mindst {} felter.", limit),
            format!("Fill in at least {limit} fields."),
        ),
        Kind::MaxProperties { limit } => told.say(
            format!("Udfyld højst {} felter.", limit),
            format!("Fill in at most {limit} fields."),
        ),
        Kind::Not { .. } => told.say(
            "Disse svar kan ikke stå sammen.",
            "These answers can't stand together.",
        ),
        other => told.say(
            format!("Svaret følger ikke skemaets regel »{}«.", other.keyword()),
            format!("The answer breaks the form's rule “{}”.", other.keyword()),
        ),
    }
}

/// What is wrong with the number of a figure.
fn figure_fault(
    told: &Told<'_>,
    leaf: Option<&Leaf<'_>>,
    kind: &Kind,
    value: &Value,
) -> Option<String> {
    let number = figure::value_of(value)?;
    let decimals = match leaf.map(|leaf| &leaf.kind) {
        Some(LeafKind::Figure { decimals }) => *decimals,
        // The number within a figure is no field of its own.
        None => true,
        Some(_) => return None,
    };
    let below_nought = matches!(kind, Kind::Minimum { limit } if limit.as_f64() == Some(0.0));
    let no_branch = matches!(kind, Kind::AnyOf { .. } | Kind::OneOfNotValid { .. });
    if number < 0.0 && (below_nought || (no_branch && leaf.is_some())) {
        return Some(told.say(
            "Tallet kan ikke være mindre end 0.",
            "The number can't be less than 0.",
        ));
    }
    (!decimals && number.fract() != 0.0).then(|| {
        told.say(
            "Skriv et helt tal uden komma, fx 3.",
            "Write a whole number without decimals, such as 3.",
        )
    })
}

fn steps(told: &Told<'_>, step: f64) -> String {
    let decimals = (1..=6).find(|d| (step * 10f64.powi(*d) - 1.0).abs() < 1e-9);
    if (step - 1.0).abs() < f64::EPSILON {
        return told.say("Skriv et helt tal.", "Write a whole number.");
    }
    match decimals {
        Some(d) => told.say(
            format!(
                "Skriv et tal med højst {}.",
                danish::count(d as u64, "decimal", "decimaler")
            ),
            format!("Write a number with at most {d} decimals."),
        ),
        None => told.say(
            format!("Skriv et tal, som {} går op i.", limit(step)),
            format!("Write a multiple of {}.", limit(step)),
        ),
    }
}

fn too_long(told: &Told<'_>, limit: u64, value: &Value) -> String {
    let length = value.as_str().map_or(0, |text| text.chars().count());
    let (limit, length) = (
        danish::integer(limit as i64),
        danish::integer(length as i64),
    );
    told.say(
        format!("Skriv højst {limit} tegn. Der står nu {length}."),
        format!("Write at most {limit} characters. There are {length} now."),
    )
}

fn formatted(told: &Told<'_>, format: &str) -> String {
    match format {
        "email" | "idn-email" => told.say(
            "Skriv en mailadresse, for eksempel navn@example.dk.",
            "Write a mail address, for example name@example.com.",
        ),
        "date" => told.say("Skriv datoen som 9.4.2026.", "Write the date as 9.4.2026."),
        "time" => told.say(
            "Skriv et klokkeslæt, for eksempel 14.30.",
            "Write a time, for example 14.30.",
        ),
        "date-time" => told.say(
            "Skriv dato og klokkeslæt, for eksempel 09.04.2026 kl. 14.30.",
            "Write a date and a time, for example 09.04.2026 kl. 14.30.",
        ),
        "uri" | "iri" | "url" => told.say(
            "Skriv en webadresse, for eksempel https://www.example.dk.",
            "Write a web address, for example https://www.example.com.",
        ),
        other => told.say(
            format!("Svaret har ikke formen »{other}«."),
            format!("The answer is not of the form “{other}”."),
        ),
    }
}

fn constant(told: &Told<'_>, expected: &Value) -> String {
    match expected {
        Value::Bool(true) => told.say(
            "Sæt kryds eller svar ja for at gå videre.",
            "Tick the box or answer yes to go on.",
        ),
        other => told.say(
            format!("Svaret skal være {}.", plain(other)),
            format!("The answer must be {}.", plain(other)),
        ),
    }
}

fn counted(told: &Told<'_>, leaf: Option<&Leaf<'_>>, kind: &Kind) -> String {
    let chooses = leaf.is_some_and(|leaf| matches!(leaf.kind, LeafKind::PickMany(_)));
    let (verb_da, verb_en) = match (chooses, leaf.is_some()) {
        (true, _) => ("Vælg", "Choose"),
        (false, true) => ("Skriv", "Write"),
        (false, false) => ("Tilføj", "Add"),
    };
    match kind {
        Kind::MinItems { limit } => told.say(
            format!("{verb_da} mindst {}.", in_words(*limit)),
            format!("{verb_en} at least {limit}."),
        ),
        Kind::MaxItems { limit } => told.say(
            format!("Der kan højst være {limit}."),
            format!("There can be at most {limit}."),
        ),
        _ => told.say(
            "Der er flere svar, end der er plads til.",
            "There are too many answers.",
        ),
    }
}

fn in_words(n: u64) -> String {
    match n {
        1 => "én".to_owned(),
        2 => "to".to_owned(),
        3 => "tre".to_owned(),
        n => danish::integer(n as i64),
    }
}

fn wrong_type(told: &Told<'_>, kind: &TypeKind) -> String {
    let types = match kind {
        TypeKind::Single(one) => one.to_string(),
        TypeKind::Multiple(set) => {
            let names: Vec<String> = set.iter().map(|one| one.to_string()).collect();
            names.join(", ")
        }
    };
    told.say(
        format!("Svaret er ikke af den rigtige slags ({types})."),
        format!("The answer is not of the right type ({types})."),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::answers::Draft;
    use crate::forms::{Form, FormSource, Language};

    /// What is said when `text` is posted to the one question of this schema.
    fn said(question: &Value, widget: &str, text: &str) -> String {
        let form = Form::read(&FormSource {
            id: "prøve".to_owned(),
            schema: json!({"properties": {"q": question}}).to_string(),
            ui: Some(json!({"q": {"ui:widget": widget, "ui:title": "Q"}}).to_string()),
            ..FormSource::default()
        })
        .unwrap();
        let posted = [("f/q".to_owned(), text.to_owned())];
        let draft = form.read_post(None, &posted, &Draft::default());
        let findings = form.validate(&draft, Language::Da);
        assert_eq!(findings.len(), 1, "{findings:?}");
        assert_eq!(findings[0].pointer, "/q");
        findings[0].message.clone()
    }

    fn figure() -> Value {
        json!({"anyOf": [
            {"type": "integer", "minimum": 0},
            {"type": "object", "properties": {"state": {"enum": ["not_stated"]}},
                "required": ["state"], "additionalProperties": false},
            {"type": "object", "properties": {"value": {"type": "integer", "minimum": 0},
                "qualifier": {"enum": ["exact", "estimate"]}},
                "required": ["value", "qualifier"], "additionalProperties": false}]})
    }

    #[test]
    fn a_figure_out_of_range_is_told_what_it_lacks() {
        let said = |text| said(&figure(), "figure", text);
        assert_eq!(said("-5"), "Q: Tallet kan ikke være mindre end 0.");
        assert_eq!(said("ca. -5"), "Q: Tallet kan ikke være mindre end 0.");
        assert_eq!(said("2,5"), "Q: Skriv et helt tal uden komma, fx 3.");
        assert_eq!(said("ca. 2,5"), "Q: Skriv et helt tal uden komma, fx 3.");
        assert_eq!(
            said("≤3"),
            "Q: Skriv det nøjagtige tal. Vi skjuler små tal i rapporten."
        );
    }

    #[test]
    fn a_date_is_asked_for_as_people_write_it() {
        let date = json!({"type": "string", "format": "date"});
        assert_eq!(
            said(&date, "date", "i går"),
            "Q: Skriv datoen som 9.4.2026."
        );
    }

    #[test]
    fn a_file_that_was_refused_is_named_before_its_reason() {
        assert_eq!(
            said(&json!({"type": "object"}), "file", "bad.exe: filen er tom"),
            "bad.exe er ikke gemt: filen er tom. Vælg en anden."
        );
    }

    #[test]
    fn a_text_beyond_the_limit_stays_whole() {
        let long = "å".repeat(100_001);
        let form = Form::read(&FormSource {
            id: "prøve".to_owned(),
            schema: json!({"properties": {"q": {"type": "string"}}}).to_string(),
            ..FormSource::default()
        })
        .unwrap();
        let read = |text: &str| {
            let posted = [("f/q".to_owned(), text.to_owned())];
            form.read_post(None, &posted, &Draft::default())
        };
        assert_eq!(read(&long).unread.get("/q"), Some(&long));
        assert!(read(&"å".repeat(100_000)).unread.is_empty());
    }

    #[test]
    fn the_bare_judgement_tells_everything_once() {
        let form = Form::read(&FormSource {
            id: "prøve".to_owned(),
            schema: json!({"properties": {"q": {"items": {"type": "string"}}},
                "allOf": [{"required": ["a"]}, {"required": ["a"]}]})
            .to_string(),
            ..FormSource::default()
        })
        .unwrap();
        let answers = json!({ "q": vec![1; 1_500] });
        assert_eq!(form.validate_json(&answers, Language::Da).len(), 1_501);
    }
}
