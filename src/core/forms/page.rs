//! From the layout to a page as plain data: labels, texts, options and findings put together.
use std::collections::HashMap;

use serde_json::Value;

use super::figure;
use super::grid;
use super::layout::{ChoicePoint, Kind, Layout, Node, Repeat};
use super::leaf::{Leaf, LeafKind, Pick, TextForm};
use super::schema::Schema;
use super::sections::Section;
use super::targets::{self, Targets};
use super::texts::{plain, shown};
use super::view::*;
use super::words::Words;
use super::{Finding, Language};
use crate::answers::Draft;

pub(crate) fn view(
    schema: &Schema,
    layout: &Layout<'_>,
    sections: &[Section<'_, '_>],
    draft: &Draft,
    live: &Value,
    findings: &[Finding],
    language: Language,
) -> PageView {
    let words = Words::of(language);
    let mut drawing = Drawing {
        schema,
        draft,
        live,
        findings: HashMap::new(),
        words,
    };
    let mut drawn: Vec<SectionView> = sections.iter().map(|s| drawing.section(s)).collect();
    let mut unowned = Vec::new();
    if !findings.is_empty() {
        unowned = drawing.hand_out(&targets::of(sections, &drawn), findings);
        drawn = sections.iter().map(|s| drawing.section(s)).collect();
        drawn.iter_mut().for_each(targets::blame);
    }
    PageView {
        findings: unowned,
        notice: layout.truncated.then(|| words.truncated.to_owned()),
        sections: drawn,
    }
}

/// The control that each finding is about, in the order of the page.
pub(crate) fn error_links(
    schema: &Schema,
    sections: &[Section<'_, '_>],
    draft: &Draft,
    live: &Value,
    findings: &[Finding],
    language: Language,
) -> Vec<ErrorLink> {
    let drawing = Drawing {
        schema,
        draft,
        live,
        findings: HashMap::new(),
        words: Words::of(language),
    };
    let drawn: Vec<SectionView> = sections.iter().map(|s| drawing.section(s)).collect();
    let targets = targets::of(sections, &drawn);
    let mut links: Vec<(usize, ErrorLink)> = findings
        .iter()
        .map(|finding| {
            let found = targets.nearest(&finding.pointer);
            let section = found.map_or_else(
                || sections.iter().find(|s| s.holds(&finding.pointer)),
                |(_, target)| sections.get(target.section),
            );
            let link = ErrorLink {
                section: section.map(|section| section.id.clone()),
                id: found.map_or_else(|| control_id(""), |(_, target)| target.id.clone()),
                message: finding.message.clone(),
            };
            (found.map_or(usize::MAX, |(_, target)| target.place), link)
        })
        .collect();
    links.sort_by_key(|(place, _)| *place);
    links.into_iter().map(|(_, link)| link).collect()
}

pub(crate) struct Drawing<'d> {
    schema: &'d Schema,
    draft: &'d Draft,
    pub live: &'d Value,
    /// Messages by the pointer that shows them.
    findings: HashMap<String, Vec<String>>,
    pub words: &'static Words,
}

impl Drawing<'_> {
    /// Gives every finding to the nearest place on the page; what finds none is returned.
    fn hand_out(&mut self, targets: &Targets, findings: &[Finding]) -> Vec<String> {
        let mut unowned = Vec::new();
        for finding in findings {
            let held = match targets.nearest(&finding.pointer) {
                Some((pointer, _)) => self.findings.entry(pointer.to_owned()).or_default(),
                None => &mut unowned,
            };
            if !held.contains(&finding.message) {
                held.push(finding.message.clone());
            }
        }
        unowned
    }

    pub fn findings_at(&self, pointer: &str) -> Vec<String> {
        self.findings.get(pointer).cloned().unwrap_or_default()
    }

    fn section(&self, section: &Section<'_, '_>) -> SectionView {
        let pointer = section.group.map_or("", |node| node.pointer.as_str());
        let mut blocks = Vec::new();
        for node in &section.nodes {
            if section.group.is_some() {
                self.inside(node, 0, &mut blocks);
            } else {
                self.block(node, 0, &mut blocks);
            }
        }
        let shows_itself = section.group.is_some() && owns_its_pointer(&blocks, pointer);
        SectionView {
            id: section.id.clone(),
            anchor: match section.group {
                Some(_) if shows_itself => format!("s-{}", section.id),
                Some(node) => control_id(&node.pointer),
                None => format!("s-{}", section.id),
            },
            title: section.title.clone(),
            help: section.help.clone(),
            findings: if section.group.is_some() && !shows_itself {
                self.findings_at(pointer)
            } else {
                Vec::new()
            },
            take_known: section.group.and_then(|node| self.take_known(node)),
            blocks,
        }
    }

    /// One press for all of a group, where more than one answer is known and not taken over yet.
    fn take_known(&self, group: &Node<'_>) -> Option<ActionView> {
        let mut open = 0;
        group.walk(&mut |node| {
            let known = node.leaf().and_then(|leaf| self.known(node, leaf));
            open += usize::from(known.is_some_and(|known| known.take.is_some()));
        });
        (open > 1).then(|| ActionView {
            action: format!("same:{}", group.pointer),
            label: self.words.all_unchanged.to_owned(),
        })
    }

    /// What stands below the section's own heading.
    fn inside(&self, node: &Node<'_>, level: u8, blocks: &mut Vec<Block>) {
        self.choices(node, blocks);
        match &node.kind {
            Kind::Group(children) if !grid::is_table(node) => {
                for child in children {
                    self.block(child, level, blocks);
                }
            }
            Kind::Tuple(children) => {
                for child in children {
                    self.block(child, level, blocks);
                }
            }
            Kind::Group(_) => blocks.extend(grid::table(self, node, None, level)),
            Kind::Repeat(repeat) => blocks.push(self.repeat(node, repeat, None, level)),
            Kind::Leaf(leaf) => blocks.push(Block::Field(self.field(node, leaf, &node.label))),
            Kind::Closed => blocks.push(self.closed(node, level)),
            Kind::Nothing => {}
        }
    }

    pub fn block(&self, node: &Node<'_>, level: u8, blocks: &mut Vec<Block>) {
        if !node.choices.is_empty() {
            let mut inner = Vec::new();
            self.inside(node, level + 1, &mut inner);
            blocks.push(self.group(node, inner, level));
            return;
        }
        match &node.kind {
            Kind::Leaf(leaf) => blocks.push(Block::Field(self.field(node, leaf, &node.label))),
            Kind::Group(_) if grid::is_table(node) => {
                blocks.extend(grid::table(self, node, Some(node.label.clone()), level));
            }
            Kind::Group(_) | Kind::Tuple(_) => {
                let mut inner = Vec::new();
                self.inside(node, level + 1, &mut inner);
                blocks.push(self.group(node, inner, level));
            }
            Kind::Repeat(repeat) => {
                blocks.push(self.repeat(node, repeat, Some(node.label.clone()), level));
            }
            Kind::Closed => blocks.push(self.closed(node, level)),
            Kind::Nothing => {}
        }
    }

    fn group(&self, node: &Node<'_>, mut blocks: Vec<Block>, level: u8) -> Block {
        let alone =
            matches!(blocks.as_slice(), [Block::Field(field)] if field.pointer == node.pointer);
        let undecided = node.choices.iter().any(|choice| choice.chosen.is_none());
        let asks = |field: &FieldView| field.name.starts_with('c') && field.pointer == node.pointer;
        let mut told_below = owns_its_pointer(&blocks, &node.pointer);
        if let Some(Block::Field(field)) = blocks.first_mut()
            && !told_below
            && asks(field)
            && (alone || undecided)
        {
            field.findings = self.findings_at(&node.pointer);
            field.help = node.help.clone().filter(|_| alone);
            told_below = true;
        }
        let drop = node.recursive.then(|| ActionView {
            action: format!("drop:{}", node.pointer),
            label: format!("{} {}", self.words.remove, node.label),
        });
        Block::Group(GroupView {
            pointer: node.pointer.clone(),
            id: if owns_its_pointer(&blocks, &node.pointer) {
                format!("{}-group", control_id(&node.pointer))
            } else {
                control_id(&node.pointer)
            },
            title: Some(node.label.clone()).filter(|_| !alone),
            help: node.help.clone().filter(|_| !alone),
            findings: if told_below {
                Vec::new()
            } else {
                self.findings_at(&node.pointer)
            },
            level,
            blocks,
            open: None,
            drop,
        })
    }

    fn closed(&self, node: &Node<'_>, level: u8) -> Block {
        Block::Group(GroupView {
            pointer: node.pointer.clone(),
            id: control_id(&node.pointer),
            title: Some(node.label.clone()),
            help: node.help.clone(),
            findings: self.findings_at(&node.pointer),
            level,
            blocks: Vec::new(),
            open: Some(ActionView {
                action: format!("open:{}", node.pointer),
                label: format!("{} {}", self.words.add, uncapitalized(&node.label)),
            }),
            drop: None,
        })
    }

    fn repeat(
        &self,
        node: &Node<'_>,
        repeat: &Repeat<'_>,
        title: Option<String>,
        level: u8,
    ) -> Block {
        let allowed = |key: &str| node.ui.get(key) != Some(&Value::Bool(false)) && !node.read_only;
        let may_add = allowed("addable") && repeat.items.len() < repeat.max;
        let item_level = level + u8::from(title.is_some());
        let items = repeat.items.iter().enumerate().map(|(i, item)| {
            let mut blocks = Vec::new();
            self.inside(item, item_level + 1, &mut blocks);
            let alone = owns_its_pointer(&blocks, &item.pointer);
            RepeatItem {
                pointer: item.pointer.clone(),
                id: control_id(&item.pointer),
                title: item.label.clone(),
                level: item_level,
                findings: if alone {
                    Vec::new()
                } else {
                    self.findings_at(&item.pointer)
                },
                blocks,
                actions: self.item_actions(item, i, repeat, &allowed),
            }
        });
        Block::Repeat(RepeatView {
            pointer: node.pointer.clone(),
            id: control_id(&node.pointer),
            title,
            help: node.help.clone(),
            required: node.required && repeat.min > 0,
            findings: self.findings_at(&node.pointer),
            level,
            count_name: count_name(&node.pointer),
            items: items.collect(),
            add: may_add.then(|| ActionView {
                action: format!("add:{}", node.pointer),
                label: format!("{} {}", self.words.add, uncapitalized(&repeat.item_label)),
            }),
        })
    }

    fn item_actions(
        &self,
        item: &Node<'_>,
        index: usize,
        repeat: &Repeat<'_>,
        allowed: &dyn Fn(&str) -> bool,
    ) -> Vec<ActionView> {
        let count = repeat.items.len();
        let orderable = allowed("orderable") && count > 1;
        let action = |verb: &str, words: &str| ActionView {
            action: format!("{verb}:{}", item.pointer),
            label: format!("{words} {}", uncapitalized(&item.label)),
        };
        let mut actions = Vec::new();
        if orderable && index > 0 {
            actions.push(action("up", self.words.up));
        }
        if orderable && index + 1 < count {
            actions.push(action("down", self.words.down));
        }
        if allowed("removable") && count > repeat.min {
            actions.push(action("remove", self.words.remove));
        }
        actions
    }

    /// The questions which alternative is meant.
    fn choices(&self, node: &Node<'_>, blocks: &mut Vec<Block>) {
        for choice in &node.choices {
            blocks.push(Block::Field(self.choice(node, choice)));
        }
    }

    fn choice(&self, node: &Node<'_>, choice: &ChoicePoint) -> FieldView {
        let name = choice_name(&choice.key);
        let options = choice
            .labels
            .iter()
            .enumerate()
            .map(|(i, label)| OptionView {
                value: i.to_string(),
                label: label.clone(),
                help: None,
                selected: choice.chosen == Some(i),
            });
        FieldView {
            pointer: choice.key.clone(),
            id: format!("c{}", control_id(&choice.key)),
            name,
            label: format!("{} – {}", node.label, self.words.which),
            help: None,
            required: node.required,
            governs: true,
            read_only: false,
            findings: Vec::new(),
            blamed_by: Vec::new(),
            control: Control::Radio(options.collect()),
            comment: None,
            known: None,
        }
    }

    pub fn field(&self, node: &Node<'_>, leaf: &Leaf<'_>, label: &str) -> FieldView {
        FieldView {
            pointer: node.pointer.clone(),
            name: control_name(&node.pointer),
            id: control_id(&node.pointer),
            label: label.to_owned(),
            help: node.help.clone(),
            required: node.required && !matches!(leaf.kind, LeafKind::Fixed(_)),
            governs: node.governs,
            read_only: node.read_only,
            findings: self.findings_at(&node.pointer),
            blamed_by: Vec::new(),
            control: self.control(node, leaf),
            comment: self.comment(node, leaf, node.ui.flag("comments")),
            known: self.known(node, leaf),
        }
    }

    /// The box for a remark: where the form asks for it, where one stands, or where a number is known.
    pub fn comment(&self, node: &Node<'_>, leaf: &Leaf<'_>, asked: bool) -> Option<CommentView> {
        let figure = matches!(leaf.kind, LeafKind::Figure { .. }) && !node.read_only;
        let text = self
            .live
            .pointer(&node.pointer)
            .and_then(|f| f.get("comment")?.as_str());
        let shown = asked || text.is_some() || self.draft.known.contains_key(&node.pointer);
        (figure && shown).then(|| CommentView {
            name: comment_name(&node.pointer),
            id: format!("m{}", control_id(&node.pointer)),
            text: text.unwrap_or_default().to_owned(),
        })
    }

    fn known(&self, node: &Node<'_>, leaf: &Leaf<'_>) -> Option<KnownView> {
        let known = self.draft.known.get(&node.pointer)?;
        let fits = super::actions::confirmed(self.schema, node, &known.value)?;
        let bare =
            |value: &Value| figure::value_of(value).map_or_else(|| value.clone(), Value::from);
        let given = self.live.pointer(&node.pointer);
        let same = given.is_some_and(|given| bare(given) == bare(&fits));
        Some(KnownView {
            text: super::listing::worded(node, leaf, &known.value, self.words),
            source: known.source.clone(),
            take: (!same).then(|| ActionView {
                action: format!("same:{}", node.pointer),
                label: self.words.unchanged.to_owned(),
            }),
        })
    }

    fn control(&self, node: &Node<'_>, leaf: &Leaf<'_>) -> Control {
        let given = self.live.pointer(&node.pointer);
        let typed = self.draft.unread.get(&node.pointer);
        let value = typed
            .cloned()
            .or_else(|| given.map(|value| shown(leaf, value)))
            .unwrap_or_default();
        if node.ui.widget() == Some("hidden") {
            return Control::Hidden { value };
        }
        if let Some(declared) = node.computed {
            let parent = super::pointer::parent(&node.pointer).unwrap_or_default();
            return Control::Computed {
                text: value,
                sum: super::rules::summed_controls(declared, parent),
                suffix: node
                    .ui
                    .text("suffix")
                    .or_else(|| node.ui.text("unit"))
                    .map(str::to_owned),
            };
        }
        let text = |value: String, input: TextInput| self.text(node, leaf, value, input);
        match &leaf.kind {
            LeafKind::Text(TextForm::Long) | LeafKind::Lines(_) => Control::LongText {
                value,
                rows: node.ui.number("rows").map_or(5, |n| n.clamp(2, 30) as u32),
                max_length: leaf.max_length,
            },
            LeafKind::Text(form) => text(value, input_of(*form)),
            LeafKind::TextOrNumber => text(value, TextInput::Plain),
            LeafKind::Integer => text(value, TextInput::Whole),
            LeafKind::Number => text(value, TextInput::Decimal),
            LeafKind::Date => text(value, TextInput::Date),
            LeafKind::Time => text(value, TextInput::Time),
            LeafKind::DateTime => text(value, TextInput::DateTime),
            LeafKind::Boolean => self.yes_or_no(node, given),
            LeafKind::Tick { on, .. } => Control::Checkbox(OptionView {
                value: "true".to_owned(),
                label: node.label.clone(),
                help: None,
                selected: given == Some(on),
            }),
            LeafKind::Pick(picks) => {
                let options = options(&picks.options, &|pick| given == Some(pick.value));
                if picks.as_list {
                    Control::Select(options)
                } else {
                    Control::Radio(options)
                }
            }
            LeafKind::PickMany(picks) => {
                let chosen = given.and_then(Value::as_array);
                Control::Checkboxes(options(&picks.options, &|pick| {
                    chosen.is_some_and(|items| items.contains(pick.value))
                }))
            }
            LeafKind::Figure { decimals } => Control::Figure {
                value,
                decimals: *decimals,
            },
            LeafKind::File => Control::File {
                current: given.and_then(file),
                accept: node.ui.text("accept").map(str::to_owned),
            },
            LeafKind::Json => Control::Json { value },
            LeafKind::Fixed(value) => Control::Fixed { text: plain(value) },
        }
    }

    fn text(&self, node: &Node<'_>, leaf: &Leaf<'_>, value: String, input: TextInput) -> Control {
        let percent = (node.ui.widget() == Some("percent")).then_some("%");
        Control::Text {
            value,
            input,
            suffix: node
                .ui
                .text("suffix")
                .or_else(|| node.ui.text("unit"))
                .or(percent)
                .map(str::to_owned),
            suggestions: leaf.suggestions.clone(),
            organisations: if node.ui.widget() == Some("organisation") {
                node.ui.list("kinds").map(str::to_owned).collect()
            } else {
                Vec::new()
            },
            max_length: leaf.max_length,
        }
    }

    fn yes_or_no(&self, node: &Node<'_>, given: Option<&Value>) -> Control {
        let words = [(true, self.words.yes), (false, self.words.no)];
        let options = words
            .iter()
            .enumerate()
            .map(|(i, (value, word))| OptionView {
                value: value.to_string(),
                label: node.ui.choice(i).unwrap_or(word).to_owned(),
                help: None,
                selected: given == Some(&Value::Bool(*value)),
            });
        if node.ui.widget() == Some("select") {
            Control::Select(options.collect())
        } else {
            Control::Radio(options.collect())
        }
    }
}

/// A field among the blocks stands for the node itself and shows its findings.
fn owns_its_pointer(blocks: &[Block], pointer: &str) -> bool {
    blocks.iter().any(|block| match block {
        Block::Field(field) => field.pointer == pointer && !field.name.starts_with('c'),
        Block::Repeat(repeat) => repeat.pointer == pointer,
        Block::Grid(grid) => grid.pointer == pointer,
        Block::Matrix(matrix) => matrix.pointer == pointer,
        Block::Group(group) => group.pointer == pointer,
    })
}

fn options(picks: &[Pick<'_>], selected: &dyn Fn(&Pick<'_>) -> bool) -> Vec<OptionView> {
    picks
        .iter()
        .map(|pick| OptionView {
            value: pick.key.clone(),
            label: pick.label.clone(),
            help: pick.help.clone(),
            selected: selected(pick),
        })
        .collect()
}

fn input_of(form: TextForm) -> TextInput {
    match form {
        TextForm::Email => TextInput::Email,
        TextForm::Url => TextInput::Url,
        TextForm::Phone => TextInput::Phone,
        TextForm::Line | TextForm::Long => TextInput::Plain,
    }
}

/// The file that an answer tells of.
pub(crate) fn file(value: &Value) -> Option<FileView> {
    let name = value.get("name")?.as_str()?.to_owned();
    let size = value.get("size").and_then(Value::as_u64).unwrap_or(0);
    let size = match size {
        0..1_000 => format!("{size} byte"),
        1_000..1_000_000 => format!("{} kB", crate::danish::integer((size / 1_000) as i64)),
        _ => format!("{} MB", crate::danish::decimal(size as f64 / 1e6, 1)),
    };
    Some(FileView { name, size })
}

/// "Tilbud 1" as "tilbud 1" within a sentence; abbreviations stay.
pub(crate) fn uncapitalized(label: &str) -> String {
    let mut letters = label.chars();
    match (letters.next(), letters.clone().next()) {
        (Some(first), Some(second)) if first.is_uppercase() && second.is_lowercase() => {
            first.to_lowercase().chain(letters).collect()
        }
        _ => label.to_owned(),
    }
}
