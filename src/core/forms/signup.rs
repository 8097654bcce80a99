//! What makes a form a sign-up: which answer is a yes, which a no, and how many are wanted.
//!
//! At the top of the UI document:
//! `"ui:signup": {"yes": ["/participation/takes_part", "=", true], "no": ["/participation/takes_part", "=", false],
//! "later": ["/participation/interested_later", "=", true], "obligations": "/obligations", "wanted": [3, 5],
//! "next": "fokuskommune-midtvejs"}`. Only `yes`, `no` and `wanted` are required. `obligations` is the section whose
//! questions are promises, and `next` the id of the form that those selected answer half-way.
use serde_json::{Map, Value};

use super::feeds::Condition;
use super::pointer::join;
use super::source::{UI_FILE, json};
use super::{Fault, FieldInfo, FieldKind, Form, FormSource, Language};

const NAME: &str = "ui:signup";
const MEMBERS: [&str; 6] = ["yes", "no", "later", "obligations", "wanted", "next"];
/// Places that one sign-up can have, at most.
const MOST_WANTED: u64 = 1_000;

/// How a form is a sign-up.
#[derive(Debug, Clone, PartialEq)]
pub struct SignUp {
    yes: Condition,
    no: Condition,
    later: Option<Condition>,
    /// JSON Pointer of the section with the promises.
    obligations: Option<String>,
    /// The fewest and the most that are wanted.
    pub wanted: (usize, usize),
    /// Id of the form for those selected.
    pub next: Option<String>,
}

/// What an answer to a sign-up says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Said {
    Yes,
    /// No for now, and asks to hear of it again.
    Later,
    No,
}

impl Said {
    /// The word on the page.
    pub fn danish(self) -> &'static str {
        match self {
            Self::Yes => "Ja",
            Self::Later => "Interesseret senere",
            Self::No => "Nej",
        }
    }
}

impl SignUp {
    /// What the answers say; a form whose schema lets both or neither through has said nothing.
    pub fn said(&self, answers: &Value) -> Option<Said> {
        let later = self.later.as_ref().is_some_and(|c| c.holds(answers));
        match (self.yes.holds(answers), self.no.holds(answers)) {
            (true, false) => Some(Said::Yes),
            (false, _) if later => Some(Said::Later),
            (false, true) => Some(Said::No),
            _ => None,
        }
    }
}

impl Form {
    /// How the form is a sign-up; `None` where it is none.
    pub fn sign_up(&self) -> Option<SignUp> {
        read(self.ui.get(NAME)?)
    }

    /// The promises that a yes is bound to, as the form asks for them.
    pub fn obligations(&self, language: Language) -> Vec<String> {
        self.promises(language)
            .into_iter()
            .map(|field| field.title)
            .collect()
    }

    /// Those of the promises that are asked as a yes or no and that these answers don't give.
    pub fn unpromised(&self, answers: &Value, language: Language) -> Vec<String> {
        let given = |pointer: &str| answers.pointer(pointer) == Some(&Value::Bool(true));
        let promises = self.promises(language).into_iter();
        promises
            .filter(|field| field.kind == FieldKind::Boolean && !given(&field.pointer))
            .map(|field| field.title)
            .collect()
    }

    fn promises(&self, language: Language) -> Vec<FieldInfo> {
        let Some(section) = self.sign_up().and_then(|s| s.obligations) else {
            return Vec::new();
        };
        let below = format!("{section}/");
        let mut fields = self.fields(language);
        fields.retain(|field| field.pointer.starts_with(&below));
        fields
    }
}

fn read(declared: &Value) -> Option<SignUp> {
    let text = |name: &str| declared.get(name)?.as_str().map(str::to_owned);
    let condition = |name: &str| Condition::read(declared.get(name)?);
    Some(SignUp {
        yes: condition("yes")?,
        no: condition("no")?,
        later: condition("later"),
        obligations: text("obligations"),
        wanted: wanted(declared.get("wanted")?)?,
        next: text("next"),
    })
}

fn wanted(declared: &Value) -> Option<(usize, usize)> {
    let [least, most] = declared.as_array()?.as_slice() else {
        return None;
    };
    let number = |value: &Value| {
        let number = value.as_u64().filter(|n| (1..=MOST_WANTED).contains(n))?;
        usize::try_from(number).ok()
    };
    let (least, most) = (number(least)?, number(most)?);
    (least <= most).then_some((least, most))
}

/// Everything that is wrong with a form's declaration; none where it declares nothing.
pub(crate) fn faults(form: &Form, source: &FormSource) -> Vec<Fault> {
    let Some(declared) = form.ui.get(NAME) else {
        return Vec::new();
    };
    let top = join("", NAME);
    let Some(members) = declared.as_object() else {
        return vec![Fault::error(UI_FILE, &top, "Skal være et JSON-objekt.")];
    };
    let mut faults = Vec::new();
    for name in members.keys().filter(|n| !MEMBERS.contains(&n.as_str())) {
        let why = format!("Kender ikke »{name}«. Navnene er: {}.", MEMBERS.join(", "));
        faults.push(Fault::error(UI_FILE, &join(&top, name), why));
    }
    for (name, required) in [("yes", true), ("no", true), ("later", false)] {
        if let Some(why) = condition_fault(form, members, name, required) {
            faults.push(Fault::error(UI_FILE, &join(&top, name), why));
        }
    }
    if members.get("wanted").and_then(wanted).is_none() {
        let why = "Skriv det mindste og det største antal, der ønskes, fx [3, 5].";
        faults.push(Fault::error(UI_FILE, &join(&top, "wanted"), why));
    }
    faults.extend(obligation_fault(form, members, &top));
    if members.get("next").is_some_and(|id| !is_form_id(id)) {
        let why = "Skriv navnet på skemaets mappe, fx »fokuskommune-midtvejs«.";
        faults.push(Fault::error(UI_FILE, &join(&top, "next"), why));
    }
    if faults.is_empty() {
        faults.extend(untold(form, source, &top));
    }
    faults
}

fn is_form_id(id: &Value) -> bool {
    let fits = |id: &str| !id.is_empty() && !id.contains(['/', '\\', '.']);
    id.as_str().is_some_and(fits)
}

/// Whether a condition names a question of the form, and a value that it can have.
fn condition_fault(
    form: &Form,
    members: &Map<String, Value>,
    name: &str,
    required: bool,
) -> Option<String> {
    let Some(declared) = members.get(name) else {
        return required
            .then(|| format!("»{name}« mangler. Skriv fx [\"/deltager\", \"=\", true]."));
    };
    let whole = declared.as_array().is_some_and(|parts| parts.len() == 3);
    let Some(condition) = Condition::read(declared).filter(|_| whole) else {
        return Some(
            "Skriv et felt, en sammenligning og en værdi, fx [\"/deltager\", \"=\", true].".into(),
        );
    };
    if !["=", "<", ">"].contains(&condition.comparison.as_str()) {
        return Some("Sammenligningen skal være =, < eller >.".into());
    }
    let fields = form.fields(Language::Da);
    let Some(field) = fields.iter().find(|f| f.pointer == condition.pointer) else {
        return Some(format!("Skemaet har intet felt »{}«.", condition.pointer));
    };
    let possible = match field.kind {
        FieldKind::Boolean => condition.value.is_boolean(),
        _ if !field.options.is_empty() => field.options.iter().any(|(v, _)| *v == condition.value),
        _ => true,
    };
    (!possible).then(|| {
        format!(
            "»{}« kan ikke besvares med {}.",
            field.title, condition.value
        )
    })
}

fn obligation_fault(form: &Form, members: &Map<String, Value>, top: &str) -> Option<Fault> {
    let declared = members.get("obligations")?;
    let below = declared.as_str().map(|section| format!("{section}/"));
    let fields = form.fields(Language::Da);
    let found = below.is_some_and(|below| fields.iter().any(|f| f.pointer.starts_with(&below)));
    (!found).then(|| {
        let why = "Skriv det afsnit, hvor forpligtelserne står, fx »/obligations«.";
        Fault::error(UI_FILE, &join(top, "obligations"), why)
    })
}

/// Examples show that a yes and a no can be given, and that none says both or neither.
fn untold(form: &Form, source: &FormSource, top: &str) -> Vec<Fault> {
    let Some(sign_up) = form.sign_up() else {
        return Vec::new();
    };
    let valid = source
        .examples
        .iter()
        .filter(|(n, _)| !n.starts_with("faulty"));
    let mut faults = Vec::new();
    let mut heard = Vec::new();
    for (name, text) in valid {
        let file = format!("examples/{name}");
        let Some(answers) = json(&file, text, &mut Vec::new()) else {
            continue;
        };
        match sign_up.said(&answers) {
            Some(said) => heard.push(said),
            None => faults.push(Fault::error(
                &file,
                "",
                "Eksemplet er gyldigt, men er efter »ui:signup« hverken et ja eller et nej.",
            )),
        }
    }
    let mut silent = vec![(Said::Yes, "yes", "et ja"), (Said::No, "no", "et nej")];
    if sign_up.later.is_some() {
        silent.push((Said::Later, "later", "interesse for senere"));
    }
    silent.retain(|(said, ..)| !heard.contains(said));
    faults.extend(silent.into_iter().map(|(_, name, word)| {
        let why = format!(
            "Intet gyldigt eksempel er {word}. Læg et »examples/valid-….json« ved, som er."
        );
        Fault::warning(UI_FILE, &join(top, name), why)
    }));
    faults
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn form(declared: Value) -> (Form, FormSource) {
        let schema = json!({
            "title": "Tilmelding", "type": "object",
            "properties": {
                "joins": {"title": "Vil I være med?", "type": "string", "oneOf": [
                    {"const": "yes", "title": "Ja"}, {"const": "no", "title": "Nej"}, {"const": "later", "title": "Senere"}
                ]},
                "promises": {"title": "Løfter", "type": "object", "properties": {
                    "a": {"title": "Vi møder op", "type": "boolean"}, "b": {"title": "Vi deler", "type": "boolean"}
                }}
            },
            "required": ["joins"]
        });
        let example =
            |name: &str, says: &str| (name.to_owned(), json!({"joins": says}).to_string());
        let source = FormSource {
            id: "prøve".into(),
            schema: schema.to_string(),
            ui: Some(json!({ NAME: declared }).to_string()),
            examples: vec![
                example("valid-yes.json", "yes"),
                example("valid-no.json", "no"),
                example("valid-later.json", "later"),
            ],
            ..FormSource::default()
        };
        (Form::read(&source).unwrap(), source)
    }

    fn whole() -> Value {
        json!({
            "yes": ["/joins", "=", "yes"], "no": ["/joins", "=", "no"], "later": ["/joins", "=", "later"],
            "obligations": "/promises", "wanted": [2, 4], "next": "midtvejs"
        })
    }

    #[test]
    fn any_form_can_say_which_of_its_answers_is_a_yes() {
        let (form, source) = form(whole());
        assert_eq!(faults(&form, &source), []);
        let sign_up = form.sign_up().unwrap();
        let said = |says: &str| sign_up.said(&json!({"joins": says}));
        assert_eq!(said("yes"), Some(Said::Yes));
        assert_eq!(said("no"), Some(Said::No));
        assert_eq!(said("later"), Some(Said::Later));
        assert_eq!(sign_up.said(&json!({})), None);
        assert_eq!(sign_up.wanted, (2, 4));
        assert_eq!(form.obligations(Language::Da), ["Vi møder op", "Vi deler"]);
        let half = json!({"joins": "yes", "promises": {"a": true, "b": false}});
        assert_eq!(form.unpromised(&half, Language::Da), ["Vi deler"]);
    }

    #[test]
    fn a_no_that_asks_to_hear_again_is_an_interest() {
        let mut declared = whole();
        declared["later"] = json!(["/promises/a", "=", true]);
        let (form, _) = form(declared);
        let sign_up = form.sign_up().unwrap();
        let no = json!({"joins": "no", "promises": {"a": true}});
        assert_eq!(sign_up.said(&no), Some(Said::Later));
        let yes = json!({"joins": "yes", "promises": {"a": true}});
        assert_eq!(sign_up.said(&yes), Some(Said::Yes));
    }

    #[test]
    fn each_fault_of_a_declaration_is_told_at_its_place() {
        for (name, wrong) in [
            ("yes", json!(["/nowhere", "=", true])),
            ("yes", json!(["/joins", "=", "maybe"])),
            ("no", json!(["/joins", "!", "no"])),
            ("no", json!("no")),
            ("no", Value::Null),
            ("later", json!(["/promises/a", "=", "yes"])),
            ("wanted", json!([5, 3])),
            ("wanted", json!([0, 3])),
            ("wanted", json!([3])),
            ("obligations", json!("/nowhere")),
            ("next", json!("../etc")),
            ("yess", json!(["/joins", "=", "yes"])),
        ] {
            let mut declared = whole();
            declared[name] = wrong.clone();
            let (form, source) = form(declared);
            let told: Vec<_> = faults(&form, &source);
            let at = format!("/ui:signup/{name}");
            assert!(
                told.iter().any(|f| f.pointer == at),
                "{name} {wrong}: {told:?}"
            );
        }
    }

    #[test]
    fn an_example_that_says_neither_is_an_error_and_a_word_never_said_a_warning() {
        let mut declared = whole();
        declared["later"] = json!(["/promises/a", "=", true]);
        let (form, source) = form(declared);
        let told = faults(&form, &source);
        assert_eq!(told.len(), 2, "{told:?}");
        assert_eq!(told[0].file, "examples/valid-later.json");
        assert_eq!(told[1].pointer, "/ui:signup/later");
    }
}
