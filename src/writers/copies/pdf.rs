//! A copy as a tagged PDF (PDF/UA-1): headings, questions and tables that a screen reader can find.
//!
//! Laid out first and drawn afterwards, so that each page can say how many there are.
use std::num::NonZeroU16;
use std::sync::LazyLock;

use krilla::configure::{Configuration, Validator};
use krilla::destination::XyzDestination;
use krilla::geom::{PathBuilder, Point};
use krilla::metadata::Metadata;
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::Stroke;
use krilla::surface::Surface;
use krilla::tagging::{
    ArtifactType, ContentTag, Identifier, TableHeaderScope, Tag, TagGroup, TagTree,
};
use krilla::text::{Font, TextDirection};
use krilla::{Document, SerializeSettings};
use samsvar_core::forms::Language;
use ttf_parser::Face;

use super::{Copy, Part};

/// Points; A4 with 20 mm on each side.
const WIDTH: f32 = 595.0;
const HEIGHT: f32 = 842.0;
const MARGIN: f32 = 57.0;
const BODY: f32 = 10.5;
const LEADING: f32 = 1.4;
/// Between a table's lines and its text.
const PADDING: f32 = 4.0;

static REGULAR: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/IBMPlexSans-Regular.ttf"));
static BOLD: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/IBMPlexSans-Bold.ttf"));

/// A font, and how wide its letters are.
struct Typeface {
    font: Font,
    face: Face<'static>,
}

impl Typeface {
    fn of(bytes: &'static [u8]) -> Option<Typeface> {
        Some(Typeface {
            font: Font::new(bytes.into(), 0)?,
            face: Face::parse(bytes, 0).ok()?,
        })
    }

    fn width(&self, text: &str, size: f32) -> f32 {
        let units: f32 = text
            .chars()
            .filter_map(|letter| self.face.glyph_hor_advance(self.face.glyph_index(letter)?))
            .map(f32::from)
            .sum();
        units * size / f32::from(self.face.units_per_em())
    }

    /// The text with letters that the font does not have shown as `?`.
    fn drawable(&self, text: &str) -> String {
        text.chars()
            .map(|letter| match letter {
                '\t' => ' ',
                c if self.face.glyph_index(c).is_some() && !c.is_control() => c,
                _ => '?',
            })
            .collect()
    }

    /// The text in lines no wider than `most`; a word that is wider is cut.
    fn lines(&self, text: &str, size: f32, most: f32) -> Vec<String> {
        let space = self.width(" ", size);
        let mut lines = Vec::new();
        for paragraph in text.split('\n') {
            let (mut line, mut filled) = (String::new(), 0.0);
            for word in paragraph.split(' ') {
                let word = self.drawable(word);
                let width = self.width(&word, size);
                if !line.is_empty() && filled + space + width > most {
                    lines.push(std::mem::take(&mut line));
                    filled = 0.0;
                }
                if !line.is_empty() {
                    line.push(' ');
                    filled += space;
                }
                if width <= most {
                    line.push_str(&word);
                    filled += width;
                    continue;
                }
                for letter in word.chars() {
                    let step = self.width(letter.encode_utf8(&mut [0; 4]), size);
                    if filled + step > most && !line.is_empty() {
                        lines.push(std::mem::take(&mut line));
                        filled = 0.0;
                    }
                    line.push(letter);
                    filled += step;
                }
            }
            lines.push(line);
        }
        lines
    }
}

struct Faces {
    regular: Typeface,
    bold: Typeface,
}

static FACES: LazyLock<Option<Faces>> = LazyLock::new(|| {
    Some(Faces {
        regular: Typeface::of(REGULAR)?,
        bold: Typeface::of(BOLD)?,
    })
});

/// The whole file.
///
/// # Errors
/// In English, for the log, when the writer refuses the document.
pub fn pdf(copy: &Copy) -> Result<Vec<u8>, String> {
    let faces = FACES.as_ref().ok_or("the embedded fonts can't be read")?;
    let mut layout = Layout::new(faces);
    let structure = layout.copy(copy);
    let settings = SerializeSettings {
        configuration: Configuration::new_with_validator(Validator::UA1),
        ..SerializeSettings::default()
    };
    let mut document = Document::new_with(settings);
    let language = match copy.language {
        Language::Da => "da",
        Language::En => "en",
    };
    let title = format!("{} – {}", copy.title, copy.receipt);
    document.set_metadata(
        Metadata::new()
            .title(title)
            .language(language.to_owned())
            .creator("Samsvar".to_owned()),
    );
    let identifiers = layout.draw(&mut document, copy)?;
    document.set_outline(layout.outline());
    document.set_tag_tree(tree(&structure, &identifiers, language));
    document
        .finish()
        .map_err(|e| format!("the PDF was refused: {e:?}"))
}

/// Text that belongs to one part of the document's structure.
type Slot = usize;

/// What the document is made of, by the slots of its texts.
enum Element {
    Heading(u8, String, Slot),
    Paragraph(Slot),
    Table {
        caption: Option<Slot>,
        head: Vec<Slot>,
        rows: Vec<Vec<Slot>>,
    },
}

struct Text {
    slot: Slot,
    x: f32,
    /// Of the baseline, from the top.
    y: f32,
    size: f32,
    bold: bool,
    text: String,
}

/// A horizontal rule under a table's row.
struct Rule {
    y: f32,
    strong: bool,
}

#[derive(Default)]
struct Sheet {
    texts: Vec<Text>,
    rules: Vec<Rule>,
}

struct Layout<'f> {
    faces: &'f Faces,
    pages: Vec<Sheet>,
    /// The upper edge of what comes next.
    y: f32,
    slots: usize,
    /// Level, text, page and place.
    headings: Vec<(u8, String, usize, f32)>,
}

impl<'f> Layout<'f> {
    fn new(faces: &'f Faces) -> Self {
        Layout {
            faces,
            pages: vec![Sheet::default()],
            y: MARGIN,
            slots: 0,
            headings: Vec::new(),
        }
    }

    fn copy(&mut self, copy: &Copy) -> Vec<Element> {
        let mut elements = vec![self.heading(1, &copy.title)];
        for part in &copy.parts {
            match part {
                Part::Heading { level, text } => elements.push(self.heading(level + 1, text)),
                Part::Answer { label, text } => {
                    self.room_for(3.0 * BODY * LEADING);
                    let slot = self.slot();
                    self.paragraph(slot, label, BODY, true);
                    self.paragraph(slot, text, BODY, false);
                    self.y += 6.0;
                    elements.push(Element::Paragraph(slot));
                }
                Part::Table {
                    caption,
                    corner,
                    columns,
                    rows,
                } => elements.push(self.table(caption.as_deref(), corner, columns, rows)),
            }
        }
        elements
    }

    fn slot(&mut self) -> Slot {
        self.slots += 1;
        self.slots - 1
    }

    fn room_for(&mut self, height: f32) {
        if self.y + height > HEIGHT - MARGIN && self.y > MARGIN {
            self.pages.push(Sheet::default());
            self.y = MARGIN;
        }
    }

    fn put(&mut self, text: Text) {
        if let (Some(page), false) = (self.pages.last_mut(), text.text.trim().is_empty()) {
            page.texts.push(text);
        }
    }

    fn face(&self, bold: bool) -> &'f Typeface {
        if bold {
            &self.faces.bold
        } else {
            &self.faces.regular
        }
    }

    fn heading(&mut self, level: u8, text: &str) -> Element {
        let size = match level {
            1 => 18.0,
            2 => 14.0,
            _ => 12.0,
        };
        self.y += if level == 1 { 0.0 } else { 10.0 };
        self.room_for(size * LEADING + 4.0 * BODY * LEADING);
        let slot = self.slot();
        self.headings
            .push((level, text.to_owned(), self.pages.len() - 1, self.y));
        self.paragraph(slot, text, size, true);
        self.y += 4.0;
        Element::Heading(level, text.to_owned(), slot)
    }

    fn paragraph(&mut self, slot: Slot, text: &str, size: f32, bold: bool) {
        let face = self.face(bold);
        for line in face.lines(text, size, WIDTH - 2.0 * MARGIN) {
            self.room_for(size * LEADING);
            let y = self.y + size;
            self.put(Text {
                slot,
                x: MARGIN,
                y,
                size,
                bold,
                text: line,
            });
            self.y += size * LEADING;
        }
    }

    fn table(
        &mut self,
        caption: Option<&str>,
        corner: &str,
        columns: &[String],
        rows: &[(String, Vec<String>)],
    ) -> Element {
        self.room_for(6.0 * BODY * LEADING);
        let caption = caption.map(|text| {
            let slot = self.slot();
            self.paragraph(slot, text, BODY, true);
            slot
        });
        let head: Vec<(&str, bool)> = std::iter::once(corner)
            .chain(columns.iter().map(String::as_str))
            .map(|text| (text, true))
            .collect();
        let head = self.row(&head, true);
        let rows = rows
            .iter()
            .map(|(title, cells)| {
                let cells = cells.iter().map(|text| (text.as_str(), false));
                let cells: Vec<(&str, bool)> = std::iter::once((title.as_str(), true))
                    .chain(cells)
                    .collect();
                self.row(&cells, false)
            })
            .collect();
        self.y += 10.0;
        Element::Table {
            caption,
            head,
            rows,
        }
    }

    /// One row across the page, its first column the widest.
    fn row(&mut self, cells: &[(&str, bool)], strong: bool) -> Vec<Slot> {
        let whole = WIDTH - 2.0 * MARGIN;
        let others = cells.len().saturating_sub(1).max(1) as f32;
        let first = if cells.len() > 1 {
            (whole * 0.34).max(whole / (others + 1.0))
        } else {
            whole
        };
        let size = if cells.len() > 7 { 8.0 } else { BODY };
        let width = |i: usize| {
            if i == 0 {
                first
            } else {
                (whole - first) / others
            }
        };
        let wrapped: Vec<Vec<String>> = cells
            .iter()
            .enumerate()
            .map(|(i, (text, bold))| self.face(*bold).lines(text, size, width(i) - 2.0 * PADDING))
            .collect();
        let tallest = wrapped.iter().map(Vec::len).max().unwrap_or(1) as f32;
        let height = tallest * size * LEADING + PADDING;
        self.room_for(height.min(HEIGHT - 2.0 * MARGIN));
        let mut slots = Vec::new();
        let mut x = MARGIN;
        for (i, (lines, (_, bold))) in wrapped.into_iter().zip(cells).enumerate() {
            let slot = self.slot();
            for (n, line) in lines.into_iter().enumerate() {
                let y = self.y + size + n as f32 * size * LEADING;
                self.put(Text {
                    slot,
                    x: x + PADDING,
                    y,
                    size,
                    bold: *bold,
                    text: line,
                });
            }
            slots.push(slot);
            x += width(i);
        }
        self.y += height;
        let y = self.y;
        if let Some(page) = self.pages.last_mut() {
            page.rules.push(Rule { y, strong });
        }
        self.y += PADDING;
        slots
    }

    /// Draws all pages; the places of each slot's texts.
    fn draw(&self, document: &mut Document, copy: &Copy) -> Result<Vec<Vec<Identifier>>, String> {
        let mut identifiers: Vec<Vec<Identifier>> = vec![Vec::new(); self.slots];
        for (number, sheet) in self.pages.iter().enumerate() {
            let settings = PageSettings::from_wh(WIDTH, HEIGHT).ok_or("a page has no size")?;
            let mut page = document.start_page_with(settings);
            let mut surface = page.surface();
            for text in &sheet.texts {
                let identifier = surface.start_tagged(ContentTag::Other);
                self.write(&mut surface, text);
                surface.end_tagged();
                if let Some(places) = identifiers.get_mut(text.slot) {
                    places.push(identifier);
                }
            }
            surface.start_tagged(ContentTag::Artifact(ArtifactType::Other));
            sheet
                .rules
                .iter()
                .for_each(|rule| draw_rule(&mut surface, rule));
            surface.end_tagged();
            surface.start_tagged(ContentTag::Artifact(ArtifactType::Footer));
            self.write(&mut surface, &self.footer(copy, number + 1));
            surface.end_tagged();
            surface.finish();
            page.finish();
        }
        Ok(identifiers)
    }

    fn footer(&self, copy: &Copy, number: usize) -> Text {
        let all = self.pages.len();
        let text = match copy.language {
            Language::Da => format!("Kvittering {}. Side {number} af {all}", copy.receipt),
            Language::En => format!("Receipt {}. Page {number} of {all}", copy.receipt),
        };
        Text {
            slot: 0,
            x: MARGIN,
            y: HEIGHT - MARGIN / 2.0,
            size: 8.5,
            bold: false,
            text,
        }
    }

    fn write(&self, surface: &mut Surface<'_>, text: &Text) {
        let face = self.face(text.bold);
        surface.draw_text(
            Point::from_xy(text.x, text.y),
            face.font.clone(),
            text.size,
            &text.text,
            false,
            TextDirection::LeftToRight,
        );
    }

    fn outline(&self) -> Outline {
        let mut outline = Outline::new();
        for (_, text, page, y) in self.headings.iter().filter(|(level, ..)| *level <= 2) {
            let place = XyzDestination::new(*page, Point::from_xy(MARGIN, *y));
            outline.push_child(OutlineNode::new(text.clone(), place));
        }
        outline
    }
}

fn draw_rule(surface: &mut Surface<'_>, rule: &Rule) {
    let mut path = PathBuilder::new();
    path.move_to(MARGIN, rule.y);
    path.line_to(WIDTH - MARGIN, rule.y);
    if let Some(path) = path.finish() {
        surface.set_fill(None);
        surface.set_stroke(Some(Stroke {
            width: if rule.strong { 1.0 } else { 0.4 },
            ..Stroke::default()
        }));
        surface.draw_path(&path);
        surface.set_stroke(None);
    }
}

fn tree(elements: &[Element], places: &[Vec<Identifier>], language: &str) -> TagTree {
    let fill = |group: &mut TagGroup, slot: Slot| {
        for place in places.get(slot).into_iter().flatten() {
            group.push(*place);
        }
    };
    let mut tree = TagTree::new().with_lang(Some(language.to_owned()));
    for element in elements {
        match element {
            Element::Heading(level, text, slot) => {
                let level = NonZeroU16::new(u16::from(*level)).unwrap_or(NonZeroU16::MIN);
                let mut group = TagGroup::new(Tag::Hn(level, Some(text.clone())));
                fill(&mut group, *slot);
                tree.push(group);
            }
            Element::Paragraph(slot) => {
                let mut group = TagGroup::new(Tag::P);
                fill(&mut group, *slot);
                tree.push(group);
            }
            Element::Table {
                caption,
                head,
                rows,
            } => {
                let mut table = TagGroup::new(Tag::Table);
                if let Some(slot) = caption {
                    let mut group = TagGroup::new(Tag::Caption);
                    fill(&mut group, *slot);
                    table.push(group);
                }
                let mut header = TagGroup::new(Tag::TR);
                for slot in head {
                    let mut cell = TagGroup::new(Tag::TH(TableHeaderScope::Column));
                    fill(&mut cell, *slot);
                    header.push(cell);
                }
                table.push(TagGroup::with_children(Tag::THead, vec![header.into()]));
                let mut body = TagGroup::new(Tag::TBody);
                for row in rows {
                    let mut group = TagGroup::new(Tag::TR);
                    for (i, slot) in row.iter().enumerate() {
                        let mut cell = match i {
                            0 => TagGroup::new(Tag::TH(TableHeaderScope::Row)),
                            _ => TagGroup::new(Tag::TD),
                        };
                        fill(&mut cell, *slot);
                        group.push(cell);
                    }
                    body.push(group);
                }
                table.push(body);
                tree.push(table);
            }
        }
    }
    tree
}
