//! Text from the clipboard as rows and columns: tabs from Excel and Word, semicolons, or an HTML table.

/// Headings and rows; every row has a cell per heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grid {
    /// Without that of the rows' names.
    pub columns: Vec<String>,
    pub rows: Vec<(String, Vec<String>)>,
}

/// Why a text is no table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unreadable {
    Empty,
    /// One line, or one column.
    TooSmall,
    /// The line, from 1, and how many cells it has beyond the headings.
    TooWide {
        line: usize,
        cells: usize,
        headings: usize,
    },
    /// More cells than a page can show.
    TooLarge,
}

/// Cells that one pasted table may have.
const MOST_CELLS: usize = 20_000;

impl Unreadable {
    pub fn danish(&self) -> String {
        match self {
            Self::Empty => "Indsæt en tabel.".into(),
            Self::TooSmall => "Tabellen skal have en linje med overskrifter, mindst én række og mindst én kolonne med tal. Markér hele tabellen, kopiér den, og indsæt den igen.".into(),
            Self::TooWide { line, cells, headings } => format!(
                "Linje {line} har {cells} felter, men der er {headings} overskrifter. Tjek, at den første linje er overskrifterne."
            ),
            Self::TooLarge => format!("Tabellen har flere end {MOST_CELLS} celler. Del den op."),
        }
    }
}

impl Grid {
    pub fn read(text: &str) -> Result<Self, Unreadable> {
        let lines = match text.to_lowercase().contains("<tr") {
            true => html_rows(text),
            false => plain_rows(text),
        };
        let mut lines = lines.into_iter().zip(1..);
        let lines = lines
            .by_ref()
            .filter(|(cells, _)| cells.iter().any(|cell| !cell.is_empty()));
        let mut lines = lines.collect::<Vec<_>>().into_iter();
        let (mut headings, _) = lines.next().ok_or(Unreadable::Empty)?;
        while headings.len() > 1 && headings.last().is_some_and(String::is_empty) {
            headings.pop();
        }
        let width = headings.len();
        let mut rows = Vec::new();
        for (cells, line) in lines {
            let last = cells.iter().rposition(|cell| !cell.is_empty());
            let used = last.map_or(0, |at| at + 1);
            if used > width {
                return Err(Unreadable::TooWide {
                    line,
                    cells: used,
                    headings: width,
                });
            }
            let mut cells = cells.into_iter();
            let name = cells.next().unwrap_or_default();
            let mut cells: Vec<String> = cells.take(width - 1).collect();
            cells.resize(width - 1, String::new());
            rows.push((name, cells));
        }
        if width < 2 || rows.is_empty() {
            return Err(Unreadable::TooSmall);
        }
        if rows.len() * width > MOST_CELLS {
            return Err(Unreadable::TooLarge);
        }
        Ok(Self {
            columns: named(headings.into_iter().skip(1)),
            rows,
        })
    }
}

/// A heading that is missing or stands twice gets its number.
fn named(headings: impl Iterator<Item = String>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for (at, heading) in headings.enumerate() {
        let is_taken = heading.is_empty() || names.contains(&heading);
        names.push(match is_taken {
            true => format!("{heading} (kolonne {})", at + 2).trim().to_owned(),
            false => heading,
        });
    }
    names
}

fn plain_rows(text: &str) -> Vec<Vec<String>> {
    let sign = ['\t', ';', '|']
        .into_iter()
        .find(|sign| text.contains(*sign))
        .unwrap_or(',');
    let cells = |line: &str| {
        let line = match sign {
            '|' => line.trim().trim_matches('|'),
            _ => line,
        };
        line.split(sign).map(tidy).collect()
    };
    text.lines().map(cells).collect()
}

fn tidy(cell: &str) -> String {
    let cell = cell.replace(['\u{a0}', '\u{202f}', '\u{feff}'], " ");
    let words: Vec<&str> = cell.split_whitespace().collect();
    words.join(" ").trim_matches('"').trim().to_owned()
}

/// The cells of each `<tr>`; whatever else the markup says is passed over.
fn html_rows(text: &str) -> Vec<Vec<String>> {
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut cell: Option<String> = None;
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        let (before, tail) = rest.split_at(at);
        if let Some(cell) = &mut cell {
            cell.push_str(before);
        }
        let end = tail.find('>').map_or(tail.len(), |end| end + 1);
        let (tag, after) = tail.split_at(end);
        rest = after;
        let name: String = tag
            .trim_start_matches('<')
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || *c == '/')
            .collect();
        match name.to_ascii_lowercase().as_str() {
            "tr" => {
                close(&mut rows, &mut cell);
                rows.push(Vec::new());
            }
            "td" | "th" => {
                close(&mut rows, &mut cell);
                cell = Some(String::new());
            }
            "/td" | "/th" | "/tr" | "/table" => close(&mut rows, &mut cell),
            "br" | "p" | "/p" => {
                if let Some(cell) = &mut cell {
                    cell.push(' ');
                }
            }
            _ => {}
        }
    }
    close(&mut rows, &mut cell);
    rows
}

fn close(rows: &mut [Vec<String>], cell: &mut Option<String>) {
    if let (Some(row), Some(text)) = (rows.last_mut(), cell.take()) {
        row.push(tidy(&unescaped(&text)));
    }
}

fn unescaped(text: &str) -> String {
    const NAMED: [(&str, &str); 9] = [
        ("&nbsp;", " "),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&le;", "≤"),
        ("&#8804;", "≤"),
        ("&ndash;", "–"),
        ("&quot;", "\""),
        ("&oslash;", "ø"),
        ("&amp;", "&"),
    ];
    NAMED.iter().fold(text.to_owned(), |text, (name, sign)| {
        text.replace(name, sign)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(text: &str) -> Vec<Vec<String>> {
        let grid = Grid::read(text).expect("a table");
        grid.rows.into_iter().map(|(_, cells)| cells).collect()
    }

    #[test]
    fn excel_word_and_web_pages_give_the_same_table() {
        let tabs = "Kommune\t2017\t2018\nSkive\t≤ 3\t12\nI alt\t5\t\n";
        let html = "<table><tr><th>Kommune<th>2017</th><th>2018</th></tr>\
            <tr><td><b>Skive</b></td><td>&le;&nbsp;3</td><td>12</td></tr><tr><td>I alt</td><td>5</td></tr></table>";
        let marked = "| Kommune | 2017 | 2018 |\n| Skive | ≤ 3 | 12 |\n| I alt | 5 | |\n";
        for text in [tabs, &tabs.replace('\t', ";"), html, marked] {
            assert_eq!(cells(text), [["≤ 3", "12"], ["5", ""]], "{text}");
        }
    }

    #[test]
    fn what_is_no_table_is_told() {
        assert_eq!(Grid::read(" \n"), Err(Unreadable::Empty));
        assert_eq!(Grid::read("a\tb\n"), Err(Unreadable::TooSmall));
        assert_eq!(Grid::read("a\nb\n"), Err(Unreadable::TooSmall));
        let wide = Grid::read("a\tb\nc\t1\t2\n");
        assert!(matches!(
            wide,
            Err(Unreadable::TooWide {
                line: 2,
                cells: 3,
                headings: 2
            })
        ));
    }
}
