//! Where on a page a finding is told, and which `id` leads there: read from what is really drawn.
use std::collections::HashMap;

use super::pointer::parent;
use super::sections::Section;
use super::view::*;

/// The places of a page that can bear a message, by pointer.
pub(crate) struct Targets {
    by_pointer: HashMap<String, Target>,
}

pub(crate) struct Target {
    /// Index among the page's sections.
    pub section: usize,
    /// Rank in the order of the page.
    pub place: usize,
    pub id: String,
}

impl Targets {
    /// The place at `pointer`, or at the nearest pointer above it.
    pub fn nearest<'t>(&'t self, pointer: &str) -> Option<(&'t str, &'t Target)> {
        let mut here = Some(pointer);
        while let Some(pointer) = here {
            if let Some((known, target)) = self.by_pointer.get_key_value(pointer) {
                return Some((known, target));
            }
            here = parent(pointer);
        }
        None
    }

    /// The first place to claim a pointer keeps it: what is inside goes before what is around.
    fn add(&mut self, section: usize, place: usize, pointer: &str, id: &str) {
        let target = Target {
            section,
            place,
            id: id.to_owned(),
        };
        self.by_pointer.entry(pointer.to_owned()).or_insert(target);
    }
}

pub(crate) fn of(sections: &[Section<'_, '_>], drawn: &[SectionView]) -> Targets {
    let mut walk = Walk {
        targets: Targets {
            by_pointer: HashMap::new(),
        },
        section: 0,
        place: 0,
    };
    for (i, (section, view)) in sections.iter().zip(drawn).enumerate() {
        walk.section = i;
        let place = walk.next();
        walk.blocks(&view.blocks);
        if let Some(group) = section.group {
            walk.targets.add(i, place, &group.pointer, &view.anchor);
        }
    }
    walk.targets
}

/// Tells every control which messages around it are about it too.
pub(crate) fn blame(section: &mut SectionView) {
    let error = error_of(&section.anchor, &section.findings);
    blame_blocks(&mut section.blocks, &error);
}

struct Walk {
    targets: Targets,
    section: usize,
    place: usize,
}

impl Walk {
    fn next(&mut self) -> usize {
        self.place += 1;
        self.place
    }

    fn add(&mut self, place: usize, pointer: &str, id: &str) {
        self.targets.add(self.section, place, pointer, id);
    }

    fn blocks(&mut self, blocks: &[Block]) {
        for block in blocks {
            match block {
                Block::Field(field) => self.field(field),
                Block::Group(group) => {
                    let place = self.next();
                    self.blocks(&group.blocks);
                    if group.title.is_some() {
                        self.add(place, &group.pointer, &group.id);
                    }
                }
                Block::Repeat(repeat) => {
                    let place = self.next();
                    for item in &repeat.items {
                        let place = self.next();
                        self.blocks(&item.blocks);
                        self.add(place, &item.pointer, &format!("{}-item", item.id));
                    }
                    self.add(place, &repeat.pointer, &repeat.id);
                }
                Block::Grid(grid) => self.grid(grid),
                Block::Matrix(matrix) => {
                    let place = self.next();
                    matrix.rows.iter().for_each(|row| self.field(row));
                    self.add(place, &matrix.pointer, &matrix.id);
                }
            }
        }
    }

    fn grid(&mut self, grid: &GridView) {
        let place = self.next();
        for row in &grid.rows {
            let place = self.next();
            row.cells.iter().flatten().for_each(|cell| self.field(cell));
            if row.pointer != grid.pointer {
                self.add(place, &row.pointer, &row.id);
            }
        }
        self.blocks(&grid.rest);
        self.add(place, &grid.pointer, &grid.id);
    }

    /// What is hidden or fixed has no control to go to; what is around it tells.
    fn field(&mut self, field: &FieldView) {
        let place = self.next();
        match &field.control {
            Control::Hidden { .. } | Control::Fixed { .. } => {}
            Control::Radio(options) | Control::Checkboxes(options) if options.is_empty() => {}
            _ => self.add(place, &field.pointer, &field.id),
        }
    }
}

fn error_of(id: &str, findings: &[String]) -> Vec<String> {
    let told = (!findings.is_empty()).then(|| format!("{id}-error"));
    told.into_iter().collect()
}

/// A group's message is about the questions that stand directly in it.
fn blame_blocks(blocks: &mut [Block], errors: &[String]) {
    for block in blocks {
        match block {
            Block::Field(field) => field.blamed_by.extend_from_slice(errors),
            Block::Group(group) => {
                let own = error_of(&group.id, &group.findings);
                let untitled = group.title.is_none();
                blame_blocks(&mut group.blocks, if untitled { errors } else { &own });
            }
            Block::Repeat(repeat) => {
                for item in &mut repeat.items {
                    let own = error_of(&item.id, &item.findings);
                    blame_blocks(&mut item.blocks, &own);
                }
            }
            Block::Grid(grid) => blame_grid(grid),
            Block::Matrix(matrix) => {
                let own = error_of(&matrix.id, &matrix.findings);
                for row in &mut matrix.rows {
                    row.blamed_by.extend_from_slice(&own);
                }
            }
        }
    }
}

fn blame_grid(grid: &mut GridView) {
    let own = error_of(&grid.id, &grid.findings);
    for row in &mut grid.rows {
        let of_row = error_of(&row.id, &row.findings);
        for cell in row.cells.iter_mut().flatten() {
            cell.blamed_by.extend(own.iter().chain(&of_row).cloned());
        }
    }
    blame_blocks(&mut grid.rest, &own);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::answers::Draft;
    use crate::forms::{Block, Finding, Form, FormSource, Language};

    fn form() -> Form {
        let schema = json!({"type": "object", "required": ["k"], "properties": {
            "list": {"type": "array", "title": "L", "items": {"type": "object", "title": "I",
                "properties": {"x": {"type": "string"}}}},
            "k": {"title": "K", "anyOf": [
                {"title": "P", "type": "object", "properties": {"p": {"type": "string"}}, "required": ["p"]},
                {"title": "Q", "type": "object", "properties": {"q": {"type": "string"}}, "required": ["q"]}]},
            "h": {"type": "integer"},
            "g": {"type": "object", "title": "G", "properties": {
                "r": {"type": "object", "properties": {"a": {"type": "integer"}}}}}}});
        let ui = json!({"h": {"ui:widget": "hidden"}, "g": {"ui:widget": "grid"}});
        Form::read(&FormSource {
            id: "prøve".to_owned(),
            schema: schema.to_string(),
            ui: Some(ui.to_string()),
            ..FormSource::default()
        })
        .unwrap()
    }

    fn finding(pointer: &str) -> Finding {
        Finding {
            pointer: pointer.to_owned(),
            keyword: "type".to_owned(),
            message: format!("om {pointer}"),
        }
    }

    #[test]
    fn every_finding_leads_to_what_is_drawn() {
        let draft = Draft::of(json!({"list": [{}]}));
        let findings = ["/list/0", "/k", "/h", "/zz", "", "/g/r"].map(finding);
        let links = form().error_links(&draft, &findings, Language::Da);
        let ids: Vec<&str> = links.iter().map(|link| link.id.as_str()).collect();
        assert_eq!(ids, ["f-list-0-item", "cf-k", "f-g-r", "f", "f", "f"]);
    }

    #[test]
    fn what_has_no_place_is_told_on_top_of_the_page() {
        let findings = ["/h", "/zz", ""].map(finding);
        let page = form().page(&Draft::default(), &findings, Language::Da);
        assert_eq!(page.findings, ["om /h", "om /zz", "om "]);
    }

    #[test]
    fn an_undecided_choice_and_the_cells_of_a_row_are_blamed() {
        let findings = ["/k", "/g/r"].map(finding);
        let page = form().page(&Draft::default(), &findings, Language::Da);
        let (mut choice, mut cells) = (Vec::new(), Vec::new());
        for block in &page.sections[0].blocks {
            match block {
                Block::Group(group) if group.pointer == "/k" => {
                    let Some(Block::Field(field)) = group.blocks.first() else {
                        panic!("the choice is asked first");
                    };
                    choice.clone_from(&field.findings);
                }
                Block::Grid(grid) => {
                    let fields = grid.rows.iter().flat_map(|row| row.cells.iter().flatten());
                    cells = fields.flat_map(|field| field.blamed_by.clone()).collect();
                }
                _ => {}
            }
        }
        assert_eq!(choice, ["om /k"]);
        assert_eq!(cells, ["f-g-r-error"]);
    }
}
