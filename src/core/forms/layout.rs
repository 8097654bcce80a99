//! The questions that a form asks, given what is answered so far: the one tree from which pages
//! are drawn, posts are read and submissions are pruned.
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use serde_json::Value;

use super::alternatives::{Meaning, branch_title, meaning};
use super::facets::{Choice, Facets, Property, Types};
use super::gather::{Alternatives, Conditions, gather};
use super::leaf::{Leaf, LeafKind, leaf_of};
use super::pointer::join;
use super::rules::Rule;
use super::schema::{At, Schema};
use super::ui::Ui;

/// Questions on all pages together, at most.
pub(crate) const MAX_NODES: usize = 5_000;
/// Items of one repeat group, at most.
pub(crate) const MAX_ITEMS: usize = 1_000;
/// Blank items that `minItems` puts on a page, at most.
const MAX_BLANKS: usize = 20;
const MAX_DEPTH: usize = 30;

pub(crate) struct Layout<'s> {
    pub root: Node<'s>,
    /// Some questions were left out: the form is larger than [`MAX_NODES`].
    pub truncated: bool,
}

pub(crate) struct Node<'s> {
    pub pointer: String,
    pub label: String,
    pub help: Option<String>,
    pub required: bool,
    pub read_only: bool,
    pub governs: bool,
    /// What an untouched form begins with.
    pub default: Option<&'s Value>,
    /// Worked out of its neighbours, never asked.
    pub computed: Option<&'s Value>,
    pub rules: Vec<Rule<'s>>,
    /// Goes on forever by its schema: it stands here only because someone opened it.
    pub recursive: bool,
    pub ui: Ui<'s>,
    /// The places that describe the value, before anything was decided.
    pub origin: Vec<At<'s>>,
    pub choices: Vec<ChoicePoint>,
    pub kind: Kind<'s>,
}

pub(crate) enum Kind<'s> {
    Group(Vec<Node<'s>>),
    Tuple(Vec<Node<'s>>),
    Repeat(Repeat<'s>),
    Leaf(Leaf<'s>),
    /// A group that would go on forever; it opens when someone asks for it.
    Closed,
    /// Nothing to ask: no alternative is chosen, or the form holds no question here.
    Nothing,
}

pub(crate) struct Repeat<'s> {
    pub items: Vec<Node<'s>>,
    pub min: usize,
    pub max: usize,
    pub item_label: String,
    /// What a new item begins as.
    pub blank: Value,
}

/// Which of several alternatives is meant, where no property tells.
pub(crate) struct ChoicePoint {
    /// Key in `Draft::choices`.
    pub key: String,
    pub labels: Vec<String>,
    pub chosen: Option<usize>,
}

impl<'s> Node<'s> {
    /// This node and all below it, in the order of the page.
    pub fn walk<'n>(&'n self, visit: &mut dyn FnMut(&'n Node<'s>)) {
        visit(self);
        for child in self.children() {
            child.walk(visit);
        }
    }

    pub fn children(&self) -> &[Node<'s>] {
        match &self.kind {
            Kind::Group(children) | Kind::Tuple(children) => children,
            Kind::Repeat(repeat) => &repeat.items,
            _ => &[],
        }
    }

    /// Whether `value` may be the answer here, as far as its own places say.
    pub fn takes(&self, schema: &Schema, value: &Value) -> bool {
        self.origin
            .iter()
            .all(|at| schema.accepts(&at.location, value))
    }

    pub fn leaf(&self) -> Option<&Leaf<'s>> {
        match &self.kind {
            Kind::Leaf(leaf) => Some(leaf),
            _ => None,
        }
    }
}

/// What a layout is made from besides the schema.
pub(crate) struct Given<'s, 'v> {
    pub ui: Ui<'s>,
    pub answers: &'v Value,
    pub choices: &'v BTreeMap<String, usize>,
    /// How many items a posted page had, by the repeat group's pointer.
    pub counts: &'v HashMap<String, usize>,
    /// Names of properties that other questions depend on.
    pub governing: Option<&'s HashSet<String>>,
    /// Every branch open, one item in every list: for the codebook.
    pub everything: bool,
    pub english: bool,
}

pub(crate) fn layout<'s>(schema: &'s Schema, given: &Given<'s, '_>) -> Layout<'s> {
    let mut building = Building {
        schema,
        given,
        left: MAX_NODES,
        above: HashMap::new(),
    };
    let root = building.node(Asked {
        places: vec![schema.root()],
        pointer: String::new(),
        name: "",
        value: Some(given.answers),
        ui: given.ui,
        required: true,
        active: true,
        depth: 0,
        label: None,
    });
    Layout {
        truncated: building.left == 0,
        root,
    }
}

/// One value that is to become a node.
struct Asked<'s, 'v, 't> {
    places: Vec<At<'s>>,
    pointer: String,
    name: &'t str,
    value: Option<&'v Value>,
    ui: Ui<'s>,
    required: bool,
    /// The object around it is answered or must be.
    active: bool,
    depth: usize,
    /// Used where the schema has no title.
    label: Option<String>,
}

struct Building<'s, 'g, 'v> {
    schema: &'s Schema,
    given: &'g Given<'s, 'v>,
    left: usize,
    /// The places that the nodes above come from, counted: meeting one again is recursion.
    above: HashMap<String, usize>,
}

/// The parts that apply once alternatives are settled.
struct Settled<'s> {
    parts: Vec<(At<'s>, Option<&'s str>)>,
    demanded: Vec<&'s str>,
    places: HashSet<String>,
    options: Option<Vec<Choice<'s>>>,
    scalars: Option<(Types, Vec<&'s str>)>,
    figure: Option<bool>,
    /// Properties that tell branches apart, with the values that each may have.
    tellers: Vec<Teller<'s>>,
    choices: Vec<ChoicePoint>,
    closed: bool,
}

/// A property whose value tells which branch applies.
struct Teller<'s> {
    property: &'s str,
    choices: Vec<Choice<'s>>,
    /// Every branch demands it.
    required: bool,
}

impl<'s, 'v> Building<'s, '_, 'v> {
    fn node(&mut self, asked: Asked<'s, 'v, '_>) -> Node<'s> {
        self.left = self.left.saturating_sub(1);
        let settled = self.settle(&asked);
        let mut facets = Facets::of(&settled.parts);
        if let Some(options) = &settled.options {
            facets.allow(options.clone());
            let of_options = options
                .iter()
                .fold(Types::NONE, |t, c| t.with(Types::of(c.value)));
            facets.types = facets.types.and(of_options);
            facets.typed = true;
        }
        if let Some((types, _)) = &settled.scalars {
            facets.types = facets.types.and(*types);
            facets.typed = true;
        }
        facets.required.extend(settled.demanded.iter().copied());
        let label = asked
            .ui
            .text("title")
            .or(facets.title)
            .filter(|title| !title.trim().is_empty())
            .map(str::to_owned)
            .or(asked.label.clone())
            .unwrap_or_else(|| self.named(asked.name));
        let help = help_of(asked.ui, facets.description);
        let recursive = settled.places.iter().any(|p| self.above.contains_key(p));
        let kind = self.kind(&asked, &settled, &facets, &label, recursive);
        Node {
            label,
            help,
            required: asked.required && asked.active,
            read_only: facets.read_only
                || facets.computed.is_some()
                || asked.ui.flag("readonly")
                || asked.ui.flag("disabled"),
            governs: self
                .given
                .governing
                .is_some_and(|names| names.contains(asked.name))
                || !settled.choices.is_empty(),
            recursive,
            default: facets.default,
            computed: facets.computed,
            rules: facets.rules,
            ui: asked.ui,
            choices: settled.choices,
            pointer: asked.pointer,
            origin: asked.places,
            kind,
        }
    }

    fn named(&self, name: &str) -> String {
        match (humanized(name), self.given.english) {
            (words, _) if !words.trim().is_empty() => words,
            (_, false) => "(uden navn)".to_owned(),
            (_, true) => "(no name)".to_owned(),
        }
    }

    fn settle(&self, asked: &Asked<'s, 'v, '_>) -> Settled<'s> {
        let found = gather(self.schema, &asked.places, self.conditions(asked.value));
        let mut settled = Settled {
            parts: found.parts.into_iter().map(|part| (part, None)).collect(),
            demanded: found.demanded.into_iter().collect(),
            places: found.referred,
            options: None,
            scalars: None,
            figure: None,
            tellers: Vec::new(),
            choices: Vec::new(),
            closed: found.closed,
        };
        settled
            .places
            .extend(asked.places.iter().map(|at| at.location.clone()));
        let mut waiting: VecDeque<(Alternatives<'s>, Option<&'s str>)> =
            found.alternatives.into_iter().map(|a| (a, None)).collect();
        let mut rounds = 0;
        while let Some((alternatives, skip)) = waiting.pop_front() {
            rounds += 1;
            if rounds > 100 {
                break;
            }
            self.settle_one(asked, &alternatives, skip, &mut settled, &mut waiting);
        }
        settled
    }

    fn settle_one(
        &self,
        asked: &Asked<'s, 'v, '_>,
        alternatives: &Alternatives<'s>,
        skip: Option<&'s str>,
        settled: &mut Settled<'s>,
        waiting: &mut VecDeque<(Alternatives<'s>, Option<&'s str>)>,
    ) {
        let parts = &settled.parts;
        let known = |name: &str| {
            parts
                .iter()
                .filter_map(|(part, _)| part.schema.get("properties"))
                .any(|properties| properties.get(name).is_some())
        };
        match meaning(self.schema, alternatives, &known) {
            Meaning::Rule => {}
            Meaning::Options(options) => settled.options = Some(options),
            Meaning::Figure { decimals } => settled.figure = Some(decimals),
            Meaning::Scalars { types, suggestions } => {
                settled.scalars = Some((types, suggestions));
            }
            Meaning::Single(at) => self.apply(asked, &at, skip, settled, waiting),
            Meaning::Told {
                property,
                branches,
                required,
            } => {
                let told = asked.value.and_then(|value| value.get(property));
                let mut every = Vec::new();
                for (choices, at) in branches {
                    let applies = choices.iter().any(|choice| Some(choice.value) == told);
                    if applies || self.given.everything {
                        self.apply(asked, &at, Some(property), settled, waiting);
                    }
                    every.extend(choices);
                }
                settled.tellers.push(Teller {
                    property,
                    choices: every,
                    required,
                });
            }
            Meaning::Open(branches) => self.choose(asked, branches, skip, settled, waiting),
        }
    }

    fn choose(
        &self,
        asked: &Asked<'s, 'v, '_>,
        branches: Vec<At<'s>>,
        skip: Option<&'s str>,
        settled: &mut Settled<'s>,
        waiting: &mut VecDeque<(Alternatives<'s>, Option<&'s str>)>,
    ) {
        if self.given.everything {
            for at in branches {
                self.apply(asked, &at, skip, settled, waiting);
            }
            return;
        }
        let key = match settled.choices.len() {
            0 => asked.pointer.clone(),
            n => format!("{}?{n}", asked.pointer),
        };
        let said = self.given.choices.get(&key).copied();
        let chosen = said
            .filter(|i| *i < branches.len())
            .or_else(|| self.fitting(&branches, asked.value));
        let labels = branches
            .iter()
            .enumerate()
            .map(|(i, at)| self.branch_label(at, i, asked.ui))
            .collect();
        if let Some(at) = chosen.and_then(|i| branches.get(i)) {
            self.apply(asked, at, skip, settled, waiting);
        }
        settled.choices.push(ChoicePoint {
            key,
            labels,
            chosen,
        });
    }

    fn branch_label(&self, at: &At<'s>, index: usize, ui: Ui<'_>) -> String {
        ui.choice(index)
            .or_else(|| branch_title(self.schema, at))
            .map_or_else(
                || {
                    let word = if self.given.english {
                        "Alternative"
                    } else {
                        "Mulighed"
                    };
                    format!("{word} {}", index + 1)
                },
                str::to_owned,
            )
    }

    /// The branch that the answer already given belongs to.
    fn fitting(&self, branches: &[At<'s>], value: Option<&Value>) -> Option<usize> {
        let value = value?;
        if value.as_object().is_some_and(serde_json::Map::is_empty) {
            return None;
        }
        branches
            .iter()
            .position(|at| self.schema.accepts(&at.location, value))
            .or_else(|| self.nearest(branches, value))
    }

    fn nearest(&self, branches: &[At<'s>], value: &Value) -> Option<usize> {
        let score = |at: &At<'s>| {
            let found = gather(
                self.schema,
                std::slice::from_ref(at),
                self.conditions(Some(value)),
            );
            let parts: Vec<_> = found.parts.into_iter().map(|part| (part, None)).collect();
            let facets = Facets::of(&parts);
            if !facets.types.meets(Types::of(value)) {
                return 0;
            }
            let shared = facets
                .properties
                .iter()
                .filter(|(name, _)| value.get(*name).is_some())
                .count();
            shared + 1
        };
        branches
            .iter()
            .map(score)
            .enumerate()
            .filter(|(_, score)| *score > 0)
            .max_by(|a, b| a.1.cmp(&b.1).then(b.0.cmp(&a.0)))
            .map(|(i, _)| i)
    }

    fn apply(
        &self,
        asked: &Asked<'s, 'v, '_>,
        at: &At<'s>,
        skip: Option<&'s str>,
        settled: &mut Settled<'s>,
        waiting: &mut VecDeque<(Alternatives<'s>, Option<&'s str>)>,
    ) {
        let found = gather(
            self.schema,
            std::slice::from_ref(at),
            self.conditions(asked.value),
        );
        settled
            .parts
            .extend(found.parts.into_iter().map(|part| (part, skip)));
        settled.demanded.extend(found.demanded);
        settled.places.extend(found.referred);
        settled.places.insert(at.location.clone());
        settled.closed |= found.closed && !self.given.everything;
        waiting.extend(found.alternatives.into_iter().map(|a| (a, skip)));
    }

    fn conditions<'c>(&self, value: Option<&'c Value>) -> Conditions<'c> {
        if self.given.everything {
            Conditions::AllOpen
        } else {
            Conditions::Decided(value)
        }
    }

    fn kind(
        &mut self,
        asked: &Asked<'s, 'v, '_>,
        settled: &Settled<'s>,
        facets: &Facets<'s>,
        label: &str,
        recursive: bool,
    ) -> Kind<'s> {
        if self.left == 0
            || (settled.choices.iter().any(|c| c.chosen.is_none()) && facets.properties.is_empty())
        {
            return Kind::Nothing;
        }
        if let Some(leaf) = leaf_of(
            self.schema,
            facets,
            settled.figure,
            settled.suggestions(),
            asked.ui,
            asked.required,
        ) {
            return Kind::Leaf(leaf);
        }
        if asked.depth >= MAX_DEPTH {
            return Kind::Leaf(Leaf::plain(LeafKind::Json));
        }
        if recursive && (asked.value.is_none() || self.given.everything) {
            return Kind::Closed;
        }
        for place in &settled.places {
            *self.above.entry(place.clone()).or_insert(0) += 1;
        }
        let types = facets.types.without(Types::NULL);
        let kind = if types == Types::OBJECT {
            self.group(asked, settled, facets)
        } else if !facets.prefix.is_empty() {
            Kind::Tuple(self.tuple(asked, facets))
        } else {
            Kind::Repeat(self.repeat(asked, facets, label, recursive))
        };
        for place in &settled.places {
            match self.above.get_mut(place) {
                Some(count) if *count > 1 => *count -= 1,
                _ => {
                    self.above.remove(place);
                }
            }
        }
        kind
    }

    fn group(
        &mut self,
        asked: &Asked<'s, 'v, '_>,
        settled: &Settled<'s>,
        facets: &Facets<'s>,
    ) -> Kind<'s> {
        let members = asked.value.and_then(Value::as_object);
        let active = asked.active && (asked.required || members.is_some_and(|m| !m.is_empty()));
        let mut children = Vec::new();
        for (name, places) in properties(facets, settled, asked.ui) {
            if self.left == 0 {
                break;
            }
            let closed = places.iter().any(|at| at.schema == &Value::Bool(false))
                || facets.forbidden.contains(name);
            if closed && !self.given.everything {
                continue;
            }
            let teller = settled.tellers.iter().find(|t| t.property == name);
            let required = facets.required.contains(name) || teller.is_some_and(|t| t.required);
            let mut child = self.node(Asked {
                places,
                pointer: join(&asked.pointer, name),
                name,
                value: members.and_then(|members| members.get(name)),
                ui: asked.ui.child(name),
                required,
                active,
                depth: asked.depth + 1,
                label: None,
            });
            if let Some(teller) = teller {
                child.tell(&teller.choices);
            }
            children.push(child);
        }
        Kind::Group(children)
    }

    fn tuple(&mut self, asked: &Asked<'s, 'v, '_>, facets: &Facets<'s>) -> Vec<Node<'s>> {
        let items = asked.value.and_then(Value::as_array);
        let given = items.map_or(0, Vec::len).min(MAX_ITEMS);
        let shown = if facets.items.iter().any(|at| at.schema.is_object()) {
            given.max(facets.prefix.len())
        } else {
            facets.prefix.len()
        };
        let mut children = Vec::new();
        for i in 0..shown {
            if self.left == 0 {
                break;
            }
            let places = facets.prefix.get(i).unwrap_or(&facets.items).clone();
            let required = (i as u64) < facets.min_items;
            let number = (i + 1).to_string();
            let at = (i, i.to_string());
            children.push(self.item(asked, places, (at.0, &at.1), number, required));
        }
        children
    }

    fn repeat(
        &mut self,
        asked: &Asked<'s, 'v, '_>,
        facets: &Facets<'s>,
        label: &str,
        recursive: bool,
    ) -> Repeat<'s> {
        let given = asked.value.and_then(Value::as_array).map_or(0, Vec::len);
        let max = facets
            .max_items
            .map_or(MAX_ITEMS, |n| (n as usize).min(MAX_ITEMS));
        let min = (facets.min_items as usize).min(max);
        let blanks = if recursive { 0 } else { min.min(MAX_BLANKS) };
        let posted = self.given.counts.get(&asked.pointer).copied().unwrap_or(0);
        let shown = if self.given.everything {
            1
        } else {
            given.min(MAX_ITEMS).max(blanks).max(posted.min(max))
        };
        let item = self.item_facets(facets);
        let item_label = asked
            .ui
            .text("itemTitle")
            .or_else(|| asked.ui.item(0).text("title"))
            .or(item.title)
            .unwrap_or(label)
            .to_owned();
        let blank = match item.types.without(Types::NULL) {
            Types::OBJECT => Value::Object(serde_json::Map::new()),
            Types::ARRAY => Value::Array(Vec::new()),
            _ => Value::Null,
        };
        let mut items = Vec::new();
        for i in 0..shown {
            if self.left == 0 {
                break;
            }
            let places = facets.items.clone();
            let numbered = format!("{item_label} {}", i + 1);
            let token = if self.given.everything {
                "*".to_owned()
            } else {
                i.to_string()
            };
            let mut item = self.item(asked, places, (i, &token), numbered.clone(), true);
            item.label = numbered;
            items.push(item);
        }
        Repeat {
            items,
            min,
            max,
            item_label,
            blank,
        }
    }

    fn item_facets(&self, facets: &Facets<'s>) -> Facets<'s> {
        let found = gather(self.schema, &facets.items, Conditions::AllOpen);
        let parts: Vec<_> = found.parts.into_iter().map(|part| (part, None)).collect();
        Facets::of(&parts)
    }

    fn item(
        &mut self,
        asked: &Asked<'s, 'v, '_>,
        places: Vec<At<'s>>,
        (index, token): (usize, &str),
        label: String,
        required: bool,
    ) -> Node<'s> {
        self.node(Asked {
            places,
            pointer: join(&asked.pointer, token),
            name: "",
            value: asked.value.and_then(|value| value.get(index)),
            ui: asked.ui.item(index),
            required,
            active: asked.value.is_some_and(|value| value.get(index).is_some())
                || (asked.required && asked.active),
            depth: asked.depth + 1,
            label: Some(label),
        })
    }
}

impl<'s> Settled<'s> {
    /// The property is declared outside the branches that a teller chooses between.
    fn own(&self, name: &str) -> bool {
        let own = self.parts.iter().filter(|(_, skip)| skip.is_none());
        own.filter_map(|(part, _)| part.schema.get("properties"))
            .any(|properties| properties.get(name).is_some())
    }

    fn suggestions(&self) -> &[&'s str] {
        self.scalars.as_ref().map_or(&[], |(_, words)| words)
    }
}

impl<'s> Node<'s> {
    /// Makes this the question that tells branches apart, unless it already offers choices of its own.
    fn tell(&mut self, choices: &[Choice<'s>]) {
        let chooses = matches!(
            self.leaf().map(|leaf| &leaf.kind),
            Some(LeafKind::Pick(_) | LeafKind::Boolean)
        );
        if !chooses {
            self.kind = Kind::Leaf(Leaf::pick(choices, self.ui));
        }
        self.governs = true;
    }
}

/// The properties to ask for, in their order; a property that only tells branches apart is one of them.
fn properties<'s>(facets: &Facets<'s>, settled: &Settled<'s>, ui: Ui<'_>) -> Vec<Property<'s>> {
    let mut named: Vec<(&'s str, Property<'s>)> = facets
        .properties
        .iter()
        .map(|(name, places)| (*name, (*name, places.clone())))
        .collect();
    for teller in &settled.tellers {
        let name = teller.property;
        if facets.property(name).is_none() {
            let of_branches = |(known, _): &(&str, Property<'s>)| !settled.own(known);
            let place = named.iter().position(of_branches).unwrap_or(named.len());
            named.insert(place, (name, (name, Vec::new())));
        }
    }
    ui.ordered(named)
}

/// The description and the advice on how to answer, on a line each.
fn help_of(ui: Ui<'_>, description: Option<&str>) -> Option<String> {
    let description = ui.text("description").or(description);
    match (description, ui.text("help")) {
        (Some(description), Some(help)) => Some(format!("{description}\n{help}")),
        (description, help) => description.or(help).map(str::to_owned),
    }
}

/// `firstName` and `first_name` as "First name".
pub(crate) fn humanized(name: &str) -> String {
    let mut words = String::with_capacity(name.len() + 4);
    let mut lower_before = false;
    for letter in name.chars() {
        if matches!(letter, '_' | '-') {
            words.push(' ');
            lower_before = false;
            continue;
        }
        if letter.is_uppercase() && lower_before {
            words.push(' ');
            words.extend(letter.to_lowercase());
        } else {
            words.push(letter);
        }
        lower_before = letter.is_lowercase();
    }
    let words = words.trim();
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}
