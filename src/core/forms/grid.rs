//! Groups that are drawn as tables: figures by row and column, and boxes to tick by row and choice.
use super::layout::{Kind, Node};
use super::leaf::LeafKind;
use super::page::Drawing;
use super::view::{Block, Control, FieldView, GridRow, GridView, MatrixView, SumView, control_id};

/// Whether the group's UI document asks for a table and the group can be one.
pub(crate) fn is_table(node: &Node<'_>) -> bool {
    match node.ui.widget() {
        Some("grid") => is_row(node) || node.children().iter().any(is_row),
        Some("matrix") => node.children().iter().any(is_boxes),
        _ => false,
    }
}

/// The table, and below it what belongs to the group but is no row.
pub(crate) fn table(
    drawing: &Drawing<'_>,
    node: &Node<'_>,
    title: Option<String>,
    level: u8,
) -> Vec<Block> {
    match node.ui.widget() {
        Some("matrix") => matrix(drawing, node, title, level),
        _ => vec![Block::Grid(grid(drawing, node, title, level))],
    }
}

/// A group of single answers.
pub(crate) fn is_row(node: &Node<'_>) -> bool {
    let children = node.children();
    matches!(node.kind, Kind::Group(_))
        && node.choices.is_empty()
        && !children.is_empty()
        && children.iter().all(|child| child.leaf().is_some())
}

fn is_boxes(node: &Node<'_>) -> bool {
    node.leaf()
        .is_some_and(|leaf| matches!(leaf.kind, LeafKind::PickMany(_) | LeafKind::Pick(_)))
}

/// The rows of a grid: its groups, or the grid itself when it is one row.
pub(crate) fn rows<'n, 's>(node: &'n Node<'s>) -> Vec<&'n Node<'s>> {
    let one_row = node.ui.text("layout") == Some("row") || !node.children().iter().any(is_row);
    if one_row && is_row(node) {
        return vec![node];
    }
    node.children()
        .iter()
        .filter(|child| is_row(child))
        .collect()
}

/// Names and heads of the columns, in the order in which the rows bring them.
pub(crate) fn columns(rows: &[&Node<'_>]) -> Vec<(String, String)> {
    let mut columns: Vec<(String, String)> = Vec::new();
    for row in rows {
        for cell in row.children() {
            let name = super::pointer::last(&cell.pointer).unwrap_or_default();
            if !columns.iter().any(|(known, _)| *known == name) {
                columns.push((name, cell.label.clone()));
            }
        }
    }
    columns
}

fn grid(drawing: &Drawing<'_>, node: &Node<'_>, title: Option<String>, level: u8) -> GridView {
    let rows = rows(node);
    let columns = columns(&rows);
    let mut rest = Vec::new();
    let below = level + u8::from(title.is_some());
    let whole = rows.iter().any(|row| row.pointer == node.pointer);
    for child in node.children() {
        if !whole && !is_row(child) {
            drawing.block(child, below, &mut rest);
        }
    }
    let sums = Sums::of(drawing, node, &rows, &columns);
    GridView {
        row_totals: sums.rows,
        column_totals: sums.columns,
        total_label: node
            .ui
            .text("totalLabel")
            .unwrap_or(drawing.words.total)
            .to_owned(),
        pointer: node.pointer.clone(),
        id: control_id(&node.pointer),
        title,
        help: node.help.clone(),
        findings: drawing.findings_at(&node.pointer),
        level,
        corner: node.ui.text("corner").unwrap_or_default().to_owned(),
        rows: rows
            .iter()
            .map(|row| grid_row(drawing, row, &columns, whole, node.ui.flag("comments")))
            .collect(),
        columns: columns.into_iter().map(|(_, head)| head).collect(),
        rest,
    }
}

/// The running sums that a grid asks for.
#[derive(Default)]
pub(crate) struct Sums {
    pub rows: Vec<SumView>,
    pub columns: Vec<SumView>,
}

impl Sums {
    fn of(
        drawing: &Drawing<'_>,
        node: &Node<'_>,
        rows: &[&Node<'_>],
        columns: &[(String, String)],
    ) -> Sums {
        let (of_rows, of_columns) = wanted(node);
        let cells = |row: &Node<'_>| -> Vec<String> {
            let cells = row.children().iter().filter(|cell| cell.computed.is_none());
            cells.map(|cell| cell.pointer.clone()).collect()
        };
        let sum = |pointers: Vec<String>| sum(drawing.live, &pointers);
        let mut sums = Sums::default();
        if of_rows {
            sums.rows = rows.iter().map(|row| sum(cells(row))).collect();
        }
        if of_columns {
            let in_column = |name: &String| {
                let pointers = rows
                    .iter()
                    .map(|row| super::pointer::join(&row.pointer, name));
                let there = |pointer: &String| rows.iter().any(|row| cells(row).contains(pointer));
                pointers.filter(there).collect::<Vec<String>>()
            };
            sums.columns = columns
                .iter()
                .map(|(name, _)| sum(in_column(name)))
                .collect();
            if of_rows {
                sums.columns
                    .push(sum(rows.iter().flat_map(|row| cells(row)).collect()));
            }
        }
        sums
    }
}

/// `ui:options.sums`: `rows`, `columns` or `both`.
pub(crate) fn wanted(node: &Node<'_>) -> (bool, bool) {
    match node.ui.text("sums") {
        Some("rows") => (true, false),
        Some("columns") => (false, true),
        Some("both") => (true, true),
        _ => (false, false),
    }
}

pub(crate) fn sum(answers: &serde_json::Value, pointers: &[String]) -> SumView {
    let numbers: Vec<f64> = pointers
        .iter()
        .filter_map(|pointer| super::figure::value_of(answers.pointer(pointer)?))
        .collect();
    let text = super::rules::exact(numbers.iter().sum()).map(|n| super::texts::number(&n));
    SumView {
        text: text.filter(|_| !numbers.is_empty()).unwrap_or_default(),
        partial: !numbers.is_empty() && numbers.len() < pointers.len(),
        controls: pointers
            .iter()
            .map(|pointer| super::view::control_name(pointer))
            .collect::<Vec<_>>()
            .join("\n"),
    }
}

fn grid_row(
    drawing: &Drawing<'_>,
    row: &Node<'_>,
    columns: &[(String, String)],
    whole: bool,
    comments: bool,
) -> GridRow {
    let cell = |name: &String, head: &String| -> Option<FieldView> {
        let node = row
            .children()
            .iter()
            .find(|cell| super::pointer::last(&cell.pointer).as_ref() == Some(name))?;
        let label = format!("{}, {head}", row.label);
        let leaf = node.leaf()?;
        let comment = drawing.comment(node, leaf, comments || node.ui.flag("comments"));
        Some(FieldView {
            comment,
            ..drawing.field(node, leaf, &label)
        })
    };
    let suffix = if whole { "-row" } else { "" };
    GridRow {
        pointer: row.pointer.clone(),
        id: format!("{}{suffix}", control_id(&row.pointer)),
        title: row.label.clone(),
        help: row.help.clone().filter(|_| !whole),
        findings: if whole {
            Vec::new()
        } else {
            drawing.findings_at(&row.pointer)
        },
        cells: columns
            .iter()
            .map(|(name, head)| cell(name, head))
            .collect(),
    }
}

fn matrix(drawing: &Drawing<'_>, node: &Node<'_>, title: Option<String>, level: u8) -> Vec<Block> {
    let rows: Vec<FieldView> = node
        .children()
        .iter()
        .filter(|child| is_boxes(child))
        .filter_map(|child| Some(drawing.field(child, child.leaf()?, &child.label)))
        .collect();
    let columns = rows.first().map_or_else(Vec::new, heads);
    let (rows, odd): (Vec<FieldView>, Vec<FieldView>) =
        rows.into_iter().partition(|row| heads(row) == columns);
    let below = level + u8::from(title.is_some());
    let mut blocks = vec![Block::Matrix(MatrixView {
        pointer: node.pointer.clone(),
        id: control_id(&node.pointer),
        title,
        help: node.help.clone(),
        findings: drawing.findings_at(&node.pointer),
        level,
        corner: node.ui.text("corner").unwrap_or_default().to_owned(),
        columns,
        rows,
    })];
    blocks.extend(odd.into_iter().map(Block::Field));
    for child in node.children() {
        if !is_boxes(child) {
            drawing.block(child, below, &mut blocks);
        }
    }
    blocks
}

fn heads(row: &FieldView) -> Vec<String> {
    match &row.control {
        Control::Checkboxes(options) | Control::Radio(options) => {
            options.iter().map(|o| o.label.clone()).collect()
        }
        _ => Vec::new(),
    }
}
