//! A workbook written row by row to wherever it goes: no row is kept in memory, none in a temporary file.
//!
//! The library that writes the report's workbooks keeps rows in memory or in files of its own and needs to
//! seek; raw answers may be too many for the one and too private for the other.
use std::io::{self, Write};

use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, ZipWriter};

/// A cell and how it looks.
pub(super) enum SheetCell<'a> {
    Empty,
    Number(f64),
    Text(&'a str),
    Heading(&'a str),
    /// With line breaks.
    Wrapped(&'a str),
    /// Days since 30 December 1899, as spreadsheets count.
    Day(f64),
    Moment(f64),
}

/// A workbook under way; its sheets are written in the order in which they were named.
pub(super) struct SheetStream<W: Write> {
    zip: ZipWriter<StreamWriter<W>>,
    options: SimpleFileOptions,
    begun: usize,
    line: String,
}

const TYPES: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml";
const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";
const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
const STYLES: &str = "<numFmts count=\"2\"><numFmt numFmtId=\"164\" formatCode=\"dd\\-mm\\-yyyy\"/>\
    <numFmt numFmtId=\"165\" formatCode=\"dd\\-mm\\-yyyy\\ hh:mm\"/></numFmts>\
    <fonts count=\"2\"><font><sz val=\"11\"/><name val=\"Calibri\"/></font><font><b/><sz val=\"11\"/><name val=\"Calibri\"/></font></fonts>\
    <fills count=\"2\"><fill><patternFill patternType=\"none\"/></fill><fill><patternFill patternType=\"gray125\"/></fill></fills>\
    <borders count=\"1\"><border><left/><right/><top/><bottom/><diagonal/></border></borders>\
    <cellStyleXfs count=\"1\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\"/></cellStyleXfs>\
    <cellXfs count=\"5\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\"/>\
    <xf numFmtId=\"0\" fontId=\"1\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyFont=\"1\"/>\
    <xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyAlignment=\"1\"><alignment vertical=\"top\" wrapText=\"1\"/></xf>\
    <xf numFmtId=\"164\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyNumberFormat=\"1\"/>\
    <xf numFmtId=\"165\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyNumberFormat=\"1\"/></cellXfs>";

impl<W: Write> SheetStream<W> {
    /// Names of sheets must be distinct, of at most 31 signs and without `[]:*?/\`.
    pub(super) fn new(out: W, sheets: &[String]) -> io::Result<Self> {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(3));
        let mut stream = Self {
            zip: ZipWriter::new_stream(out),
            options,
            begun: 0,
            line: String::new(),
        };
        stream.frame(sheets)?;
        Ok(stream)
    }

    /// Begins the next sheet; `frozen` rows and columns stay in sight.
    pub(super) fn sheet(&mut self, widths: &[f64], frozen: (u32, u32)) -> io::Result<()> {
        if self.begun > 0 {
            self.end_sheet()?;
        }
        self.begun += 1;
        self.begin(&format!("xl/worksheets/sheet{}.xml", self.begun))?;
        let (rows, columns) = frozen;
        let mut head = format!(
            "{HEAD}<worksheet xmlns=\"{MAIN}\"><sheetViews><sheetView workbookViewId=\"0\"><pane "
        );
        if columns > 0 {
            head.push_str(&format!("xSplit=\"{columns}\" "));
        }
        let corner = if columns > 0 { "B2" } else { "A2" };
        let pane = if columns > 0 {
            "bottomRight"
        } else {
            "bottomLeft"
        };
        head.push_str(&format!(
            "ySplit=\"{rows}\" topLeftCell=\"{corner}\" activePane=\"{pane}\" state=\"frozen\"/></sheetView></sheetViews><cols>"
        ));
        for (at, width) in (1..).zip(widths) {
            head.push_str(&format!(
                "<col min=\"{at}\" max=\"{at}\" width=\"{width}\" customWidth=\"1\"/>"
            ));
        }
        head.push_str("</cols><sheetData>");
        self.zip.write_all(head.as_bytes())
    }

    pub(super) fn row<'c>(
        &mut self,
        cells: impl IntoIterator<Item = SheetCell<'c>>,
    ) -> io::Result<()> {
        self.line.clear();
        self.line.push_str("<row>");
        for cell in cells {
            push_cell(&mut self.line, &cell);
        }
        self.line.push_str("</row>");
        self.zip.write_all(self.line.as_bytes())
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        self.end_sheet()?;
        self.zip.finish().map_err(io::Error::other)?;
        Ok(())
    }

    fn end_sheet(&mut self) -> io::Result<()> {
        self.zip.write_all(b"</sheetData></worksheet>")
    }

    fn begin(&mut self, name: &str) -> io::Result<()> {
        self.zip
            .start_file(name, self.options)
            .map_err(io::Error::other)
    }

    fn part(&mut self, name: &str, text: &str) -> io::Result<()> {
        self.begin(name)?;
        self.zip.write_all(format!("{HEAD}{text}").as_bytes())
    }

    /// All parts but the sheets.
    fn frame(&mut self, sheets: &[String]) -> io::Result<()> {
        let each = |form: &dyn Fn(usize, &str) -> String| -> String {
            (1..).zip(sheets).map(|(n, name)| form(n, name)).collect()
        };
        let types = each(&|n, _| {
            format!(
                "<Override PartName=\"/xl/worksheets/sheet{n}.xml\" ContentType=\"{TYPES}.worksheet+xml\"/>"
            )
        });
        let named = each(&|n, name| {
            let mut escaped = String::new();
            push_escaped(&mut escaped, name);
            format!("<sheet name=\"{escaped}\" sheetId=\"{n}\" r:id=\"rId{n}\"/>")
        });
        let related = each(&|n, _| {
            format!(
                "<Relationship Id=\"rId{n}\" Type=\"{RELATIONS}/worksheet\" Target=\"worksheets/sheet{n}.xml\"/>"
            )
        });
        let styles = sheets.len() + 1;
        self.part("[Content_Types].xml", &format!(
            "<Types xmlns=\"{PACKAGE}/content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
             <Default Extension=\"xml\" ContentType=\"application/xml\"/><Override PartName=\"/xl/workbook.xml\" ContentType=\"{TYPES}.sheet.main+xml\"/>\
             <Override PartName=\"/xl/styles.xml\" ContentType=\"{TYPES}.styles+xml\"/>{types}</Types>"
        ))?;
        self.part("_rels/.rels", &format!(
            "<Relationships xmlns=\"{PACKAGE}/relationships\"><Relationship Id=\"rId1\" Type=\"{RELATIONS}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
        ))?;
        self.part("xl/workbook.xml", &format!(
            "<workbook xmlns=\"{MAIN}\" xmlns:r=\"{RELATIONS}\"><sheets>{named}</sheets></workbook>"
        ))?;
        self.part("xl/_rels/workbook.xml.rels", &format!(
            "<Relationships xmlns=\"{PACKAGE}/relationships\">{related}<Relationship Id=\"rId{styles}\" Type=\"{RELATIONS}/styles\" Target=\"styles.xml\"/></Relationships>"
        ))?;
        self.part(
            "xl/styles.xml",
            &format!("<styleSheet xmlns=\"{MAIN}\">{STYLES}</styleSheet>"),
        )
    }
}

fn push_cell(line: &mut String, cell: &SheetCell<'_>) {
    use std::fmt::Write as _;
    // Writing to a String can't fail.
    let _ = match cell {
        SheetCell::Empty => line.write_str("<c/>"),
        SheetCell::Number(number) => write!(line, "<c><v>{number}</v></c>"),
        SheetCell::Day(day) => write!(line, "<c s=\"3\"><v>{day}</v></c>"),
        SheetCell::Moment(at) => write!(line, "<c s=\"4\"><v>{at}</v></c>"),
        SheetCell::Text(text) => {
            push_text(line, text, "");
            Ok(())
        }
        SheetCell::Heading(text) => {
            push_text(line, text, " s=\"1\"");
            Ok(())
        }
        SheetCell::Wrapped(text) => {
            push_text(line, text, " s=\"2\"");
            Ok(())
        }
    };
}

/// The most that a cell of a workbook holds; the whole text is in the other formats.
const MOST_SIGNS: usize = 32_000;

fn push_text(line: &mut String, text: &str, style: &str) {
    line.push_str("<c t=\"inlineStr\"");
    line.push_str(style);
    line.push_str("><is><t xml:space=\"preserve\">");
    match text.char_indices().nth(MOST_SIGNS) {
        Some((end, _)) => push_escaped(line, text.get(..end).unwrap_or_default()),
        None => push_escaped(line, text),
    }
    line.push_str("</t></is></c>");
}

/// XML has no way to write most control characters.
fn push_escaped(line: &mut String, text: &str) {
    for sign in text.chars() {
        match sign {
            '&' => line.push_str("&amp;"),
            '<' => line.push_str("&lt;"),
            '>' => line.push_str("&gt;"),
            '"' => line.push_str("&quot;"),
            '\n' | '\t' => line.push(sign),
            '\u{fffe}' | '\u{ffff}' => {}
            sign if sign.is_control() => {}
            sign => line.push(sign),
        }
    }
}
