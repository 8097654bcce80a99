//! A copy as a Word document: real headings, tables with header rows and a language, so that it can be
//! navigated and read aloud. The crates at hand set neither header rows nor language, and the format
//! asks for little: four small parts in a ZIP.
use std::io::{self, Write};

use samsvar_core::forms::Language;
use zip::ZipWriter;
use zip::write::{SimpleFileOptions, StreamWriter};

use super::{Copy, Part};

/// The whole file.
///
/// # Errors
/// When the archive can't be written.
pub fn docx(copy: &Copy) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let subject = format!("{} – {}", copy.title, copy.receipt);
    let mut stream = DocxStream::start(&mut bytes, &copy.title, &subject, copy.language)?;
    copy.parts.iter().try_for_each(|part| stream.part(part))?;
    stream.finish()?;
    Ok(bytes)
}

/// A document that leaves part by part, so that it may be longer than the memory.
pub struct DocxStream<W: Write> {
    archive: ZipWriter<StreamWriter<W>>,
}

impl<W: Write> DocxStream<W> {
    /// `title` is the first heading, `subject` the document's title where files are listed.
    ///
    /// # Errors
    /// When `out` takes no more; the same for the other functions.
    pub fn start(out: W, title: &str, subject: &str, language: Language) -> io::Result<Self> {
        let mut archive = ZipWriter::new_stream(out);
        let parts = [
            ("[Content_Types].xml", CONTENT_TYPES.to_owned()),
            ("_rels/.rels", RELATIONS.to_owned()),
            ("docProps/core.xml", core(subject, language)),
            (
                "word/_rels/document.xml.rels",
                DOCUMENT_RELATIONS.to_owned(),
            ),
            ("word/styles.xml", styles(language)),
            ("word/document.xml", format!("{HEAD}{OPENING}")),
        ];
        for (name, text) in parts {
            // The time of writing is no part of an answer: the same answer is the same file.
            let options = SimpleFileOptions::default().last_modified_time(zip::DateTime::default());
            archive
                .start_file(name, options)
                .map_err(io::Error::other)?;
            archive.write_all(text.as_bytes())?;
        }
        let mut stream = Self { archive };
        stream.write(&paragraph("Heading1", &[(title, false)]))?;
        Ok(stream)
    }

    pub fn part(&mut self, part: &Part) -> io::Result<()> {
        let text = written(part);
        self.write(&text)
    }

    pub fn finish(mut self) -> io::Result<()> {
        self.write(CLOSING)?;
        self.archive.finish().map_err(io::Error::other)?;
        Ok(())
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        self.archive.write_all(text.as_bytes())
    }
}

const OPENING: &str = r#"<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>"#;
const CLOSING: &str = r#"<w:sectPr><w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1134" w:right="1134" w:bottom="1134" w:left="1134" w:header="567" w:footer="567" w:gutter="0"/></w:sectPr></w:body></w:document>"#;

const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#;

const CONTENT_TYPES: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/><Override PartName="/word/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml"/><Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/></Types>"#;

const RELATIONS: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties" Target="docProps/core.xml"/></Relationships>"#;

const DOCUMENT_RELATIONS: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>"#;

fn code(language: Language) -> &'static str {
    match language {
        Language::Da => "da-DK",
        Language::En => "en-GB",
    }
}

fn core(subject: &str, language: Language) -> String {
    format!(
        r#"{HEAD}<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{}</dc:title><dc:creator>Samsvar</dc:creator><dc:language>{}</dc:language></cp:coreProperties>"#,
        escaped(subject),
        code(language),
    )
}

fn styles(language: Language) -> String {
    let heading = |n: u8, size: u8| {
        format!(
            r#"<w:style w:type="paragraph" w:styleId="Heading{n}"><w:name w:val="heading {n}"/><w:basedOn w:val="Normal"/><w:next w:val="Normal"/><w:qFormat/><w:pPr><w:keepNext/><w:spacing w:before="280" w:after="120"/><w:outlineLvl w:val="{}"/></w:pPr><w:rPr><w:b/><w:sz w:val="{size}"/></w:rPr></w:style>"#,
            n.saturating_sub(1)
        )
    };
    format!(
        r#"{HEAD}<w:styles xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii="Calibri" w:hAnsi="Calibri" w:cs="Calibri"/><w:sz w:val="22"/><w:lang w:val="{}"/></w:rPr></w:rPrDefault><w:pPrDefault><w:pPr><w:spacing w:after="120"/></w:pPr></w:pPrDefault></w:docDefaults><w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style>{}{}{}{}{}<w:style w:type="paragraph" w:styleId="Caption"><w:name w:val="caption"/><w:basedOn w:val="Normal"/><w:pPr><w:keepNext/></w:pPr><w:rPr><w:b/></w:rPr></w:style><w:style w:type="table" w:styleId="TableGrid"><w:name w:val="Table Grid"/><w:tblPr><w:tblBorders>{}</w:tblBorders><w:tblCellMar><w:left w:w="80" w:type="dxa"/><w:right w:w="80" w:type="dxa"/></w:tblCellMar></w:tblPr></w:style></w:styles>"#,
        code(language),
        heading(1, 36),
        heading(2, 28),
        heading(3, 24),
        heading(4, 22),
        heading(5, 22),
        ["top", "left", "bottom", "right", "insideH", "insideV"]
            .map(|side| format!(r#"<w:{side} w:val="single" w:sz="4" w:color="808080"/>"#))
            .concat(),
    )
}

fn written(part: &Part) -> String {
    match part {
        Part::Heading { level, text } => {
            let style = format!("Heading{}", level.saturating_add(1).min(5));
            paragraph(&style, &[(text, false)])
        }
        Part::Answer { label, text } => {
            paragraph("Normal", &[(&format!("{label}\n"), true), (text, false)])
        }
        Part::Table {
            caption,
            corner,
            columns,
            rows,
        } => {
            let caption = caption.as_ref();
            let caption = caption.map(|text| paragraph("Caption", &[(text, false)]));
            let table = table(corner, columns, rows);
            format!("{}{table}<w:p/>", caption.unwrap_or_default())
        }
    }
}

/// Texts and whether each is bold.
fn paragraph(style: &str, runs: &[(&str, bool)]) -> String {
    let runs: String = runs.iter().map(|(text, bold)| run(text, *bold)).collect();
    format!(r#"<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr>{runs}</w:p>"#)
}

fn run(text: &str, bold: bool) -> String {
    let properties = if bold { "<w:rPr><w:b/></w:rPr>" } else { "" };
    let lines: Vec<String> = text
        .split('\n')
        .map(|line| format!(r#"<w:t xml:space="preserve">{}</w:t>"#, escaped(line)))
        .collect();
    format!("<w:r>{properties}{}</w:r>", lines.join("<w:br/>"))
}

fn table(corner: &str, columns: &[String], rows: &[(String, Vec<String>)]) -> String {
    let cell = |text: &str, bold: bool| {
        format!(
            r#"<w:tc><w:tcPr><w:tcW w:w="0" w:type="auto"/></w:tcPr><w:p>{}</w:p></w:tc>"#,
            run(text, bold)
        )
    };
    let head: String = std::iter::once(corner)
        .chain(columns.iter().map(String::as_str))
        .map(|text| cell(text, true))
        .collect();
    let body: String = rows
        .iter()
        .map(|(head, cells)| {
            let cells: String = cells.iter().map(|text| cell(text, false)).collect();
            format!(
                r#"<w:tr><w:trPr><w:cantSplit/></w:trPr>{}{cells}</w:tr>"#,
                cell(head, true)
            )
        })
        .collect();
    let grid = "<w:gridCol/>".repeat(columns.len() + 1);
    format!(
        r#"<w:tbl><w:tblPr><w:tblStyle w:val="TableGrid"/><w:tblW w:w="5000" w:type="pct"/><w:tblLook w:firstRow="1" w:firstColumn="1" w:noHBand="1" w:noVBand="1"/></w:tblPr><w:tblGrid>{grid}</w:tblGrid><w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{head}</w:tr>{body}</w:tbl>"#
    )
}

/// XML text; what XML can't hold is shown as `\u{fffd}`.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\t' => out.push('\t'),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
