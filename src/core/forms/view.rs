//! A form's page as plain data: everything a writer of HTML needs, and nothing it must decide.

/// The head of one section, for the table of contents and the progress line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SectionHead {
    /// Stable part of the page's address: the property's name, or `start` for the gathered page.
    pub id: String,
    pub title: String,
    /// Answered questions out of the `total` that must be answered. Where none must, both count the
    /// optional answers given: 0 of 0 is a section that may stay empty.
    pub answered: usize,
    pub total: usize,
    pub has_findings: bool,
}

/// One page: a single section, or all of them after each other.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PageView {
    /// Findings that belong to the form as a whole and to no field.
    pub findings: Vec<String>,
    /// Said above the questions when the form is larger than what a page can hold.
    pub notice: Option<String>,
    pub sections: Vec<SectionView>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SectionView {
    pub id: String,
    /// Anchor in the page; findings of the section itself link here.
    pub anchor: String,
    pub title: String,
    pub help: Option<String>,
    pub findings: Vec<String>,
    /// Takes over everything known that the section asks for.
    pub take_known: Option<ActionView>,
    pub blocks: Vec<Block>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    Field(FieldView),
    Group(GroupView),
    Repeat(RepeatView),
    Grid(GridView),
    Matrix(MatrixView),
}

/// One question with its one answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldView {
    pub pointer: String,
    /// `name` of the control in the form: `f` and the pointer.
    pub name: String,
    /// `id` of the control; hint and error add `-hint` and `-error`.
    pub id: String,
    pub label: String,
    pub help: Option<String>,
    pub required: bool,
    /// Other questions open or close by this answer: a page with script asks the server again.
    pub governs: bool,
    pub read_only: bool,
    pub findings: Vec<String>,
    /// `id` of the messages on the group, table or row around it, which are about this question too.
    pub blamed_by: Vec<String>,
    pub control: Control,
    /// The box for a remark on the figure.
    pub comment: Option<CommentView>,
    /// What was known before, beside the box.
    pub known: Option<KnownView>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommentView {
    pub name: String,
    pub id: String,
    pub text: String,
}

/// An answer from elsewhere, to be confirmed or corrected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownView {
    pub text: String,
    pub source: String,
    /// Takes it over; `None` when the answer says the same already.
    pub take: Option<ActionView>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Control {
    Text {
        value: String,
        input: TextInput,
        /// Printed after the box, such as `%` or `kr.`.
        suffix: Option<String>,
        /// Offered while typing; never binding.
        suggestions: Vec<String>,
        /// Kinds of organisations whose names are to be offered as well, such as `kommune`.
        organisations: Vec<String>,
        /// Greatest length in characters, told to the reader; not enforced by the browser.
        max_length: Option<u64>,
    },
    LongText {
        value: String,
        rows: u32,
        max_length: Option<u64>,
    },
    /// A number, a value state or an estimate, in one box.
    Figure {
        value: String,
        decimals: bool,
    },
    Radio(Vec<OptionView>),
    Select(Vec<OptionView>),
    Checkboxes(Vec<OptionView>),
    /// One box that stands alone; its label is the field's.
    Checkbox(OptionView),
    File {
        /// The file already given, by name and size as text.
        current: Option<FileView>,
        /// The `accept` attribute.
        accept: Option<String>,
    },
    /// An answer that only its schema can describe: written as JSON.
    Json {
        value: String,
    },
    /// Worked out of other answers; `sum` names the controls that it adds, `*` for any token.
    Computed {
        text: String,
        sum: Option<String>,
        suffix: Option<String>,
    },
    /// Nothing to choose: the value is shown as text.
    Fixed {
        text: String,
    },
    /// Sent along, not shown.
    Hidden {
        value: String,
    },
}

/// What a one-line box holds: decides keyboard, width and autocomplete, never validity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextInput {
    Plain,
    Whole,
    Decimal,
    Date,
    Time,
    DateTime,
    Email,
    Url,
    Phone,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptionView {
    /// `value` of the control.
    pub value: String,
    pub label: String,
    pub help: Option<String>,
    pub selected: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileView {
    pub name: String,
    pub size: String,
}

/// Questions that belong together under one heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupView {
    pub pointer: String,
    pub id: String,
    pub title: Option<String>,
    pub help: Option<String>,
    pub findings: Vec<String>,
    /// Nesting below the section: 0 is directly in it.
    pub level: u8,
    pub blocks: Vec<Block>,
    /// Button that opens a group which is not begun yet (`value` of the `do` control).
    pub open: Option<ActionView>,
    /// Button that drops the whole group.
    pub drop: Option<ActionView>,
}

/// Groups of the same questions, as many as the respondent needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepeatView {
    pub pointer: String,
    pub id: String,
    pub title: Option<String>,
    pub help: Option<String>,
    pub required: bool,
    pub findings: Vec<String>,
    pub level: u8,
    /// `name` of the hidden control that tells how many items were on the page.
    pub count_name: String,
    pub items: Vec<RepeatItem>,
    pub add: Option<ActionView>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepeatItem {
    pub pointer: String,
    pub id: String,
    /// Such as "Tilbud 1".
    pub title: String,
    /// As a group's.
    pub level: u8,
    pub findings: Vec<String>,
    pub blocks: Vec<Block>,
    /// Remove, up and down, where they apply.
    pub actions: Vec<ActionView>,
}

/// A submit button that changes the page's shape and saves what was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionView {
    /// `value` of the control named `do`, such as `add:/offers`.
    pub action: String,
    pub label: String,
}

/// A table of questions: a row per property, a column per property of the rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GridView {
    pub pointer: String,
    pub id: String,
    pub title: Option<String>,
    pub help: Option<String>,
    pub findings: Vec<String>,
    pub level: u8,
    /// Head of the first column.
    pub corner: String,
    pub columns: Vec<String>,
    pub rows: Vec<GridRow>,
    /// Sums of the rows, and of the columns with the sum of all last; empty where none are asked for.
    pub row_totals: Vec<SumView>,
    pub column_totals: Vec<SumView>,
    /// What sums are called.
    pub total_label: String,
    /// Fields of the same object that are no row, shown below the table.
    pub rest: Vec<Block>,
}

/// A running sum, shown and never stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SumView {
    /// Empty when nothing is there to be added.
    pub text: String,
    /// Some of the cells hold no number.
    pub partial: bool,
    /// Names of the controls that are added.
    pub controls: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GridRow {
    pub pointer: String,
    /// `id` of the row; its error adds `-error`.
    pub id: String,
    pub title: String,
    pub help: Option<String>,
    pub findings: Vec<String>,
    /// One per column; a row that lacks the column has `None`.
    pub cells: Vec<Option<FieldView>>,
}

/// A table of boxes to tick: a row per question, a column per choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatrixView {
    pub pointer: String,
    pub id: String,
    pub title: Option<String>,
    pub help: Option<String>,
    pub findings: Vec<String>,
    pub level: u8,
    pub corner: String,
    pub columns: Vec<String>,
    /// Fields whose control is [`Control::Checkboxes`] with the columns' options in order.
    pub rows: Vec<FieldView>,
}

/// An entry of the error summary: a sentence and where it leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorLink {
    /// The section whose page holds the field, when it is known.
    pub section: Option<String>,
    /// `id` of the control on that page.
    pub id: String,
    pub message: String,
}

/// Answers of one section, in words, for the review page, the receipt and copies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerSection {
    pub id: String,
    pub title: String,
    pub items: Vec<AnswerItem>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnswerItem {
    /// One question and its answer; `text` is empty when there is none.
    Line {
        pointer: String,
        label: String,
        text: String,
    },
    /// A heading of a group or of one item in a repeat group.
    Heading { pointer: String, title: String },
    /// A grid as it stood on the page.
    Table {
        pointer: String,
        title: Option<String>,
        corner: String,
        columns: Vec<String>,
        /// Row title and the texts of its cells.
        rows: Vec<(String, Vec<String>)>,
    },
}

/// A line of the codebook: one question of the form, in every branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldInfo {
    /// JSON Pointer where every item of an array is `*`.
    pub pointer: String,
    pub title: String,
    pub kind: FieldKind,
    /// Id of the section that holds it.
    pub section: String,
    /// Allowed values and their labels, for choices.
    pub options: Vec<(serde_json::Value, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    Text,
    Integer,
    Number,
    Boolean,
    Date,
    Choice,
    Choices,
    Lines,
    Figure,
    File,
    Json,
}

/// The `id` of the control at `pointer`: letters, digits and `_` stay, `/` becomes `-`, the rest is `.` and its hexadecimal code.
pub fn control_id(pointer: &str) -> String {
    let mut id = String::with_capacity(pointer.len() + 1);
    id.push('f');
    for letter in pointer.chars() {
        match letter {
            '/' => id.push('-'),
            '_' => id.push('_'),
            c if c.is_ascii_alphanumeric() => id.push(c),
            c => id.push_str(&format!(".{:x}.", u32::from(c))),
        }
    }
    id
}

/// The `name` of the control at `pointer`.
pub fn control_name(pointer: &str) -> String {
    format!("f{pointer}")
}

/// The `name` of the control that holds how many items of the repeat group were on the page.
pub fn count_name(pointer: &str) -> String {
    format!("n{pointer}")
}

/// The `name` of the control for the remark on the figure at `pointer`.
pub fn comment_name(pointer: &str) -> String {
    format!("m{pointer}")
}

/// The `name` of the control that chooses between alternatives without a discriminating property.
pub fn choice_name(pointer: &str) -> String {
    format!("c{pointer}")
}

impl PageView {
    /// Whether the page takes files, so that it must be posted as multipart.
    pub fn has_file(&self) -> bool {
        self.sections
            .iter()
            .any(|section| any_file(&section.blocks))
    }
}

fn any_file(blocks: &[Block]) -> bool {
    blocks.iter().any(|block| match block {
        Block::Field(field) => matches!(field.control, Control::File { .. }),
        Block::Group(group) => any_file(&group.blocks),
        Block::Repeat(repeat) => repeat.items.iter().any(|item| any_file(&item.blocks)),
        Block::Grid(grid) => any_file(&grid.rest),
        Block::Matrix(_) => false,
    })
}

impl PageView {
    /// Offers names of organisations at the questions that ask for one; `names` gives those of some kinds.
    pub fn offer_organisations(&mut self, names: &dyn Fn(&[String]) -> Vec<String>) {
        for section in &mut self.sections {
            offer(&mut section.blocks, names);
        }
    }
}

fn offer(blocks: &mut [Block], names: &dyn Fn(&[String]) -> Vec<String>) {
    for block in blocks {
        match block {
            Block::Field(field) => offer_at(field, names),
            Block::Group(group) => offer(&mut group.blocks, names),
            Block::Repeat(repeat) => {
                for item in &mut repeat.items {
                    offer(&mut item.blocks, names);
                }
            }
            Block::Grid(grid) => {
                for field in grid
                    .rows
                    .iter_mut()
                    .flat_map(|row| row.cells.iter_mut().flatten())
                {
                    offer_at(field, names);
                }
                offer(&mut grid.rest, names);
            }
            Block::Matrix(_) => {}
        }
    }
}

fn offer_at(field: &mut FieldView, names: &dyn Fn(&[String]) -> Vec<String>) {
    if let Control::Text {
        suggestions,
        organisations,
        ..
    } = &mut field.control
        && !organisations.is_empty()
    {
        suggestions.extend(names(organisations));
    }
}
