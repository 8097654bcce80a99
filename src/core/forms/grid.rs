//! Groups that are drawn as tables: figures by row and column, and boxes to tick by row and choice.
use super::layout::{Kind, Node};
use super::leaf::LeafKind;
use super::page::Drawing;
use super::view::{Block, Control, FieldView, GridRow, GridView, MatrixView, control_id};

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
        .is_some_and(|leaf| matches!(leaf.kind, LeafKind::PickMany(_)))
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
    let whole = rows.iter().any(|row| row.pointer == node.pointer);
    for child in node.children() {
        if !whole && !is_row(child) {
            drawing.block(child, level + 1, &mut rest);
        }
    }
    GridView {
        pointer: node.pointer.clone(),
        id: control_id(&node.pointer),
        title,
        help: node.help.clone(),
        findings: drawing.findings_at(&node.pointer),
        level,
        corner: node.ui.text("corner").unwrap_or_default().to_owned(),
        rows: rows
            .iter()
            .map(|row| grid_row(drawing, row, &columns, whole))
            .collect(),
        columns: columns.into_iter().map(|(_, head)| head).collect(),
        rest,
    }
}

fn grid_row(
    drawing: &Drawing<'_>,
    row: &Node<'_>,
    columns: &[(String, String)],
    whole: bool,
) -> GridRow {
    let cell = |name: &String, head: &String| -> Option<FieldView> {
        let node = row
            .children()
            .iter()
            .find(|cell| super::pointer::last(&cell.pointer).as_ref() == Some(name))?;
        let label = format!("{}, {head}", row.label);
        Some(drawing.field(node, node.leaf()?, &label))
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
            drawing.block(child, level + 1, &mut blocks);
        }
    }
    blocks
}

fn heads(row: &FieldView) -> Vec<String> {
    match &row.control {
        Control::Checkboxes(options) => options.iter().map(|o| o.label.clone()).collect(),
        _ => Vec::new(),
    }
}
