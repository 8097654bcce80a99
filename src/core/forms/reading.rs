//! A posted page becomes answers: guided by the layout, so that only what was asked is read.
use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value};

use super::Form;
use super::figure;
use super::layout::{Kind, Layout, MAX_ITEMS, Node};
use super::leaf::{Leaf, LeafKind};
use super::pointer::last;
use super::prune::is_blank;
use super::schema::Schema;
use super::texts::{printable, read, shown};
use super::view::{choice_name, comment_name, control_name, count_name};
use crate::answers::Draft;

/// Answers may open questions whose answers came with the same post: it is read again so often.
const MAX_ROUNDS: usize = 4;
/// Controls of one post that are looked at.
const MAX_PAIRS: usize = 50_000;

/// A posted page, by the names of its controls.
pub(crate) struct Posted<'p> {
    values: HashMap<&'p str, Vec<&'p str>>,
    /// Items of repeat groups that the page had, by pointer.
    pub counts: HashMap<String, usize>,
}

impl<'p> Posted<'p> {
    pub fn of(pairs: &'p [(String, String)]) -> Posted<'p> {
        let mut posted = Posted {
            values: HashMap::new(),
            counts: HashMap::new(),
        };
        for (name, value) in pairs.iter().take(MAX_PAIRS) {
            posted.values.entry(name).or_default().push(value);
            if let Some(pointer) = name.strip_prefix('f') {
                posted.count_items(pointer);
            }
        }
        for (name, values) in &posted.values {
            let said = values.first().and_then(|value| value.parse().ok());
            if let (Some(pointer), Some(n)) = (name.strip_prefix("n/"), said) {
                let count = posted.counts.entry(format!("/{pointer}")).or_insert(0);
                *count = (*count).max(n).min(MAX_ITEMS);
            }
        }
        posted
    }

    /// An index in a name tells that its list had at least so many items.
    fn count_items(&mut self, pointer: &str) {
        let mut at = 0;
        for token in pointer.split('/').skip(1).take(64) {
            let index = token.parse::<usize>().ok().filter(|i| *i < MAX_ITEMS);
            if let (Some(index), Some(above)) = (index, pointer.get(..at)) {
                match self.counts.get_mut(above) {
                    Some(count) => *count = (*count).max(index + 1),
                    None => {
                        self.counts.insert(above.to_owned(), index + 1);
                    }
                }
            }
            at += token.len() + 1;
        }
    }

    fn first(&self, name: &str) -> Option<&'p str> {
        self.values.get(name)?.first().copied()
    }

    fn all(&self, name: &str) -> &[&'p str] {
        self.values.get(name).map_or(&[], Vec::as_slice)
    }

    /// The page held this control, although it may have sent nothing (boxes that are not ticked).
    fn had(&self, pointer: &str) -> bool {
        self.values.contains_key(control_name(pointer).as_str())
            || self.values.contains_key(count_name(pointer).as_str())
    }
}

/// Lays `posted` over `base`.
pub(crate) fn read_post(
    form: &Form,
    section: Option<&str>,
    posted: &Posted<'_>,
    base: &Draft,
) -> Draft {
    let mut draft = base.clone();
    if !draft.answers.is_object() {
        draft.answers = Value::Object(Map::new());
    }
    for round in 0..MAX_ROUNDS {
        let live = form.live(&draft);
        let layout = form.posted_layout(&live, &draft, &posted.counts);
        let next = read_once(form, &layout, section, posted, &draft, base);
        let settled = next == draft;
        let unconditional = !form.schema.is_conditional();
        draft = next;
        if unconditional || (settled && round > 0) {
            break;
        }
    }
    draft
}

fn read_once(
    form: &Form,
    layout: &Layout<'_>,
    section: Option<&str>,
    posted: &Posted<'_>,
    draft: &Draft,
    base: &Draft,
) -> Draft {
    let mut reading = Reading {
        schema: &form.schema,
        posted,
        base,
        unread: draft.unread.clone(),
        choices: draft.choices.clone(),
    };
    let mut answers = draft.answers.clone();
    if layout
        .root
        .leaf()
        .is_some_and(|leaf| matches!(leaf.kind, LeafKind::Json))
    {
        reading.whole(&layout.root, &mut answers);
    }
    let Value::Object(members) = &mut answers else {
        return draft.clone();
    };
    reading.choose(&layout.root);
    for node in form.nodes_of(layout, section) {
        reading.member(node, members);
    }
    Draft {
        answers,
        unread: reading.unread,
        choices: reading.choices,
        known: draft.known.clone(),
    }
}

struct Reading<'p> {
    schema: &'p Schema,
    posted: &'p Posted<'p>,
    base: &'p Draft,
    unread: BTreeMap<String, String>,
    choices: BTreeMap<String, usize>,
}

impl Reading<'_> {
    fn member(&mut self, node: &Node<'_>, members: &mut Map<String, Value>) {
        let Some(name) = last(&node.pointer) else {
            return;
        };
        let before = members.get(&name).cloned();
        match self.value(node, before.clone()) {
            Some(value) if Some(&value) == before.as_ref() => {}
            Some(value) => {
                members.insert(name, value);
            }
            None => {
                members.shift_remove(&name);
            }
        }
    }

    /// All answers in one box: only an object is taken.
    fn whole(&mut self, root: &Node<'_>, answers: &mut Value) {
        let name = control_name("");
        match self.value(root, Some(answers.clone())) {
            Some(read @ Value::Object(_)) => *answers = read,
            Some(_) => {
                let typed = self.posted.first(&name).unwrap_or_default();
                self.unread
                    .insert(String::new(), typed.replace("\r\n", "\n"));
            }
            None if self.unread.contains_key("") => {}
            None => *answers = Value::Object(Map::new()),
        }
    }

    /// The answer at `node` after the post; `before` when the page did not have it.
    fn value(&mut self, node: &Node<'_>, before: Option<Value>) -> Option<Value> {
        self.choose(node);
        match &node.kind {
            Kind::Group(children) => self.group(node, children, before),
            Kind::Tuple(children) => self.tuple(children, before),
            Kind::Repeat(repeat) => self.items(node, &repeat.items, before),
            Kind::Leaf(leaf) => self.leaf(node, leaf, before),
            Kind::Closed | Kind::Nothing => before,
        }
    }

    fn choose(&mut self, node: &Node<'_>) {
        for choice in &node.choices {
            let said = self.posted.first(&choice_name(&choice.key));
            let chosen = said.and_then(|text| text.parse::<usize>().ok());
            if let Some(index) = chosen.filter(|i| *i < choice.labels.len()) {
                self.choices.insert(choice.key.clone(), index);
            }
        }
    }

    fn group(
        &mut self,
        node: &Node<'_>,
        children: &[Node<'_>],
        before: Option<Value>,
    ) -> Option<Value> {
        let was_empty = before
            .as_ref()
            .and_then(Value::as_object)
            .is_some_and(Map::is_empty);
        let begun = was_empty || (node.recursive && before.is_some());
        let mut members = match before {
            Some(Value::Object(members)) => members,
            _ => Map::new(),
        };
        for child in children {
            self.member(child, &mut members);
        }
        (begun || !members.is_empty()).then_some(Value::Object(members))
    }

    fn tuple(&mut self, children: &[Node<'_>], before: Option<Value>) -> Option<Value> {
        let mut items = match before {
            Some(Value::Array(items)) => items,
            _ => Vec::new(),
        };
        for (i, child) in children.iter().enumerate() {
            let value = self.value(child, items.get(i).cloned().filter(|v| !v.is_null()));
            while items.len() <= i {
                items.push(Value::Null);
            }
            if let Some(slot) = items.get_mut(i) {
                *slot = value.unwrap_or(Value::Null);
            }
        }
        while items.last().is_some_and(Value::is_null) {
            items.pop();
        }
        (!items.is_empty()).then_some(Value::Array(items))
    }

    fn items(
        &mut self,
        node: &Node<'_>,
        nodes: &[Node<'_>],
        before: Option<Value>,
    ) -> Option<Value> {
        let was_empty = before.as_ref() == Some(&Value::Array(Vec::new()));
        let mut items = match before {
            Some(Value::Array(items)) => items,
            _ => Vec::new(),
        };
        let kept = match self.base.answers.pointer(&node.pointer) {
            Some(Value::Array(items)) => items.len(),
            _ => 0,
        };
        for (i, item) in nodes.iter().enumerate() {
            let value = self.value(item, items.get(i).cloned());
            let value = value.unwrap_or_else(|| item.blank());
            match items.get_mut(i) {
                Some(slot) => *slot = value,
                None => items.push(value),
            }
        }
        while items.len() > kept && items.last().is_some_and(is_blank) {
            let pointer = format!("{}/{}", node.pointer, items.len() - 1);
            let typed = |known: &String| super::pointer::is_within(known, &pointer);
            if self.unread.keys().any(typed) || self.choices.keys().any(typed) {
                break;
            }
            items.pop();
        }
        (was_empty || !items.is_empty()).then_some(Value::Array(items))
    }

    fn leaf(&mut self, node: &Node<'_>, leaf: &Leaf<'_>, before: Option<Value>) -> Option<Value> {
        if node.read_only || !self.posted.had(&node.pointer) {
            return before;
        }
        let name = control_name(&node.pointer);
        match &leaf.kind {
            LeafKind::File => self.file(node, &name, before),
            LeafKind::Fixed(_) => before,
            LeafKind::Tick { on, off } if node.ui.widget() == Some("hidden") => {
                let text = self.posted.first(&name).unwrap_or_default();
                let said = [Some(*on), *off].into_iter().flatten();
                let meant = said.into_iter().find(|value| shown(leaf, value) == text);
                meant.cloned().or(before)
            }
            LeafKind::Tick { on, off } => {
                let ticked = self.posted.first(&name).is_some();
                self.unread.remove(&node.pointer);
                let unticked = || match off {
                    Some(off) if node.required => Some((*off).clone()),
                    _ => before.filter(|value| leaf.produces(value) && value != *on),
                };
                if ticked {
                    Some((*on).clone())
                } else {
                    unticked()
                }
            }
            LeafKind::PickMany(picks) => {
                let keys = self.posted.all(&name);
                self.unread.remove(&node.pointer);
                let chosen: Vec<Value> = picks
                    .options
                    .iter()
                    .filter(|pick| keys.contains(&pick.key.as_str()))
                    .map(|pick| pick.value.clone())
                    .collect();
                chosen_again(chosen, before)
            }
            LeafKind::Figure { .. } => {
                let figure = self.text(node, leaf, &name, before);
                match self.posted.first(&comment_name(&node.pointer)) {
                    Some(comment) => figure::with_comment(figure, comment),
                    None => figure,
                }
            }
            _ => self.text(node, leaf, &name, before),
        }
    }

    /// A file comes as the JSON that says where it was kept, or as the reason why it was not.
    fn file(&mut self, node: &Node<'_>, name: &str, before: Option<Value>) -> Option<Value> {
        let Some(text) = self.posted.first(name).filter(|text| !text.is_empty()) else {
            self.unread.remove(&node.pointer);
            return before;
        };
        let kept = serde_json::from_str::<Value>(text)
            .ok()
            .filter(|value| value.get("sha256").is_some_and(Value::is_string));
        match (text, kept) {
            ("remove", _) => {
                self.unread.remove(&node.pointer);
                None
            }
            (_, Some(file)) => {
                self.unread.remove(&node.pointer);
                Some(file)
            }
            (refused, None) => {
                let reason = refused.chars().take(300).collect();
                self.unread.insert(node.pointer.clone(), reason);
                before
            }
        }
    }

    fn text(
        &mut self,
        node: &Node<'_>,
        leaf: &Leaf<'_>,
        name: &str,
        before: Option<Value>,
    ) -> Option<Value> {
        let Some(text) = self.posted.first(name) else {
            return before;
        };
        let unchanged = before.as_ref().is_some_and(|value| {
            leaf.produces(value) && printable(&shown(leaf, value)) == text.replace("\r\n", "\n")
        });
        if unchanged {
            self.unread.remove(&node.pointer);
            return before;
        }
        match read(leaf, text) {
            Ok(value) => {
                self.unread.remove(&node.pointer);
                match leaf.kind {
                    LeafKind::Figure { .. } => value.map(|fresh| {
                        let known = self.base.known.get(&node.pointer);
                        let weighed = known
                            .map(|known| figure::weighed(&fresh, &known.value))
                            .filter(|weighed| node.takes(self.schema, weighed));
                        figure::keeping_comment(weighed.unwrap_or(fresh), before.as_ref())
                    }),
                    _ => value,
                }
            }
            Err(_) => {
                self.unread
                    .insert(node.pointer.clone(), text.replace("\r\n", "\n"));
                None
            }
        }
    }
}

/// The chosen values; the order in which they stood before is kept when they are the same.
fn chosen_again(chosen: Vec<Value>, before: Option<Value>) -> Option<Value> {
    let same = before
        .as_ref()
        .and_then(Value::as_array)
        .is_some_and(|items| {
            items.len() == chosen.len() && items.iter().all(|item| chosen.contains(item))
        });
    if same {
        return before;
    }
    (!chosen.is_empty()).then_some(Value::Array(chosen))
}

impl Node<'_> {
    /// Stands for an item of a list that nobody has filled in.
    pub(crate) fn blank(&self) -> Value {
        match &self.kind {
            Kind::Group(_) => Value::Object(Map::new()),
            Kind::Repeat(_) | Kind::Tuple(_) => Value::Array(Vec::new()),
            Kind::Leaf(leaf) if matches!(leaf.kind, LeafKind::PickMany(_) | LeafKind::Lines(_)) => {
                Value::Array(Vec::new())
            }
            Kind::Nothing if !self.choices.is_empty() => Value::Object(Map::new()),
            _ => Value::Null,
        }
    }
}
