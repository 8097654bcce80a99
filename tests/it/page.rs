//! A page as a person meets it: words, labelled controls, buttons, and what a press of one sends.
use actix_web::http::{StatusCode, header};
use scraper::{ElementRef, Html, Selector};

/// What came back.
pub struct Page {
    pub path: String,
    pub status: StatusCode,
    pub headers: header::HeaderMap,
    pub bytes: Vec<u8>,
}

/// A file that somebody chooses in a control; a control without one sends an empty name.
#[derive(Clone, Copy)]
pub struct File<'f> {
    pub control: &'f str,
    pub name: &'f str,
    pub bytes: &'f [u8],
}

/// What a browser sends.
pub struct Sent {
    pub path: String,
    pub media_type: String,
    pub body: Vec<u8>,
}

const BOUNDARY: &str = "----samsvar-it";

impl Page {
    pub fn text(&self) -> String {
        String::from_utf8(self.bytes.clone()).unwrap()
    }

    #[track_caller]
    pub fn location(&self) -> String {
        let to = self.headers.get(header::LOCATION);
        let to = to.unwrap_or_else(|| panic!("{} of {}: {}", self.status, self.path, self.words()));
        to.to_str().unwrap().to_owned()
    }

    /// The words that a person sees, white space folded.
    pub fn words(&self) -> String {
        self.all("main").join(" ")
    }

    #[track_caller]
    pub fn title(&self) -> String {
        self.all("title").pop().expect("a title")
    }

    /// The text of every element that the selector finds, white space folded.
    pub fn all(&self, css: &str) -> Vec<String> {
        let html = self.html();
        html.select(&selector(css)).map(folded).collect()
    }

    pub fn count(&self, css: &str) -> usize {
        self.html().select(&selector(css)).count()
    }

    /// The cells of every row that the selector finds.
    pub fn rows(&self, css: &str) -> Vec<Vec<String>> {
        let html = self.html();
        let cells = selector("th, td");
        html.select(&selector(css))
            .map(|row| row.select(&cells).map(folded).collect())
            .collect()
    }

    /// An attribute of every element that the selector finds.
    pub fn attributes(&self, css: &str, name: &str) -> Vec<String> {
        let html = self.html();
        html.select(&selector(css))
            .filter_map(|e| e.attr(name).map(str::to_owned))
            .collect()
    }

    /// What stands in a control of the page; `None` when there is no such control or it is not ticked.
    pub fn control(&self, name: &str) -> Option<String> {
        let html = self.html();
        html.select(&selector("main form"))
            .flat_map(controls)
            .find(|(n, _)| n == name)
            .map(|(_, value)| value)
    }

    pub fn has_control(&self, name: &str) -> bool {
        self.count(&format!("main [name=\"{name}\"]")) > 0
    }

    /// The messages tied to a control by `aria-describedby`.
    #[track_caller]
    pub fn error_at(&self, name: &str) -> String {
        let html = self.html();
        let named = selector(&format!("main [name=\"{name}\"]:not([type=hidden])"));
        let control = html.select(&named).next().expect("the control");
        let own = control.attr("aria-describedby");
        let around = control
            .ancestors()
            .filter_map(ElementRef::wrap)
            .find_map(|e| e.attr("aria-describedby"));
        let ids = own.or(around).unwrap_or_default();
        let errors = ids.split_whitespace().filter(|id| id.ends_with("-error"));
        let texts = errors.flat_map(|id| self.all(&format!("[id=\"{id}\"]")));
        texts.collect::<Vec<_>>().join(" ")
    }

    /// What the browser sends when the button is pressed.
    #[track_caller]
    pub fn form_sent(&self, answers: &[(&str, &str)], files: &[File<'_>], button: &str) -> Sent {
        let html = self.html();
        let (form, pressed) = self.button(&html, button);
        for (name, _) in answers {
            let control = selector(&format!("[name=\"{name}\"]"));
            assert!(form.select(&control).next().is_some(), "no control {name}");
        }
        for file in files {
            let control = selector(&format!("input[type=file][name=\"{}\"]", file.control));
            let control = form.select(&control).next();
            assert!(control.is_some(), "no control for a file {}", file.control);
        }
        let mut fields = controls(form);
        fields.retain(|(name, _)| answers.iter().all(|(n, _)| n != name));
        let typed = answers.iter().map(|(n, v)| (n.to_string(), v.to_string()));
        fields.extend(typed);
        fields.extend(pressed);
        self.sent(form, &fields, files)
    }

    /// What every button of every form would send: as the form stands, and with something typed, ticked and chosen
    /// wherever nothing is.
    pub fn offered(&self) -> Vec<Sent> {
        let html = self.html();
        let mut all = Vec::new();
        for form in html.select(&selector("form[method=post]")) {
            let stands = controls(form);
            let mut fuller = stands.clone();
            fuller.extend(unset(form));
            for (name, value) in fuller.iter_mut().filter(|(_, value)| value.is_empty()) {
                *value = typed(form, name);
            }
            for button in form.select(&selector("button")) {
                let value = button.attr("value").unwrap_or_default().to_owned();
                let pressed = button.attr("name").map(|name| (name.to_owned(), value));
                for fields in [&stands, &fuller] {
                    let fields: Vec<_> = fields.iter().cloned().chain(pressed.clone()).collect();
                    all.push(self.sent(form, &fields, &[]));
                }
            }
        }
        all
    }

    fn sent(&self, form: ElementRef<'_>, fields: &[(String, String)], files: &[File<'_>]) -> Sent {
        let path = form.attr("action").unwrap_or(&self.path).to_owned();
        if form.attr("enctype") == Some("multipart/form-data") {
            let chosen = |control: &str| files.iter().any(|f| f.control == control);
            let inputs = selector("input[type=file][name]");
            let blank = form
                .select(&inputs)
                .filter_map(|input| input.attr("name"))
                .filter(|control| !chosen(control))
                .map(|control| File {
                    control,
                    name: "",
                    bytes: b"",
                });
            let all: Vec<File<'_>> = blank.chain(files.iter().copied()).collect();
            return multipart(path, fields, &all);
        }
        assert!(files.is_empty(), "the form sends no files");
        let body = fields
            .iter()
            .map(|(n, v)| format!("{}={}", encoded(n), encoded(v)))
            .collect::<Vec<_>>()
            .join("&");
        Sent {
            path,
            media_type: "application/x-www-form-urlencoded".into(),
            body: body.into_bytes(),
        }
    }

    /// The form that holds the button, and the field that the button adds.
    #[track_caller]
    fn button<'h>(&self, html: &'h Html, text: &str) -> (ElementRef<'h>, Option<(String, String)>) {
        for form in html.select(&selector("form")) {
            for button in form.select(&selector("button")) {
                if folded(button) == text {
                    let value = button.attr("value").unwrap_or_default().to_owned();
                    return (form, button.attr("name").map(|n| (n.to_owned(), value)));
                }
            }
        }
        panic!(
            "no button »{text}« on {}, but {:?}: {}",
            self.path,
            self.all("button"),
            self.words()
        );
    }

    fn html(&self) -> Html {
        Html::parse_document(&self.text())
    }
}

/// Successful controls of a form, buttons left out.
fn controls(form: ElementRef<'_>) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for control in form.select(&selector("input, textarea, select")) {
        let Some(name) = control.attr("name") else {
            continue;
        };
        let value = match (control.value().name(), control.attr("type")) {
            _ if control.attr("disabled").is_some() => None,
            ("textarea", _) => Some(control.text().collect()),
            ("select", _) => Some(chosen(control)),
            (_, Some("checkbox" | "radio")) => control
                .attr("checked")
                .map(|_| control.attr("value").unwrap_or("on").to_owned()),
            (_, Some("file" | "submit")) => None,
            _ => Some(control.attr("value").unwrap_or_default().to_owned()),
        };
        found.extend(value.map(|value| (name.to_owned(), value)));
    }
    found
}

/// Boxes that are not ticked, as if they were, and the first of circles of which none is chosen.
fn unset(form: ElementRef<'_>) -> Vec<(String, String)> {
    let ticked: Vec<String> = controls(form).into_iter().map(|(name, _)| name).collect();
    let mut found: Vec<(String, String)> = Vec::new();
    for control in form.select(&selector("[type=checkbox], [type=radio]")) {
        let Some(name) = control.attr("name") else {
            continue;
        };
        let circle = control.attr("type") == Some("radio");
        let taken = found.iter().any(|(n, _)| n == name);
        let open = control.attr("disabled").is_none() && control.attr("checked").is_none();
        if open && !(circle && (taken || ticked.iter().any(|n| n == name))) {
            let value = control.attr("value").unwrap_or("on");
            found.push((name.to_owned(), value.to_owned()));
        }
    }
    found
}

/// What fits in a control.
fn typed(form: ElementRef<'_>, name: &str) -> String {
    let named = selector(&format!("[name=\"{name}\"]"));
    let control = form.select(&named).next();
    let last = |control: ElementRef<'_>| {
        let options = selector("option");
        let last = control.select(&options).last();
        last.and_then(|o| o.attr("value"))
            .unwrap_or_default()
            .to_owned()
    };
    match control {
        Some(control) if control.value().name() == "select" => last(control),
        Some(control) => match (control.attr("type"), control.attr("inputmode")) {
            (Some("hidden"), _) => String::new(),
            (Some("email"), _) => "en.anden@kommune.example.dk".into(),
            (Some("date"), _) => "2027-03-01".into(),
            (Some("number"), _) | (_, Some("numeric")) => "1".into(),
            _ => "Et eller andet".into(),
        },
        None => String::new(),
    }
}

fn chosen(select: ElementRef<'_>) -> String {
    let selected = select.select(&selector("option[selected]")).next();
    let first = || select.select(&selector("option")).next();
    let option = selected.or_else(first);
    let value = option.and_then(|o| o.attr("value"));
    value.unwrap_or_default().to_owned()
}

fn multipart(path: String, fields: &[(String, String)], files: &[File<'_>]) -> Sent {
    let mut body = Vec::new();
    for (name, value) in fields {
        let head =
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
        body.extend(format!("{head}{value}\r\n").into_bytes());
    }
    for file in files {
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{}\"; filename=\"{}\"\r\nContent-Type: application/pdf\r\n\r\n",
            file.control, file.name
        );
        body.extend(head.into_bytes());
        body.extend(file.bytes);
        body.extend(b"\r\n");
    }
    body.extend(format!("--{BOUNDARY}--\r\n").into_bytes());
    Sent {
        path,
        media_type: format!("multipart/form-data; boundary={BOUNDARY}"),
        body,
    }
}

/// Percent-encoding as a form does it.
pub fn encoded(text: &str) -> String {
    let sign = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => {
            char::from(byte).to_string()
        }
        b' ' => "+".to_owned(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(sign).collect()
}

fn folded(element: ElementRef<'_>) -> String {
    let text: String = element.text().collect::<Vec<_>>().join(" ");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn selector(css: &str) -> Selector {
    Selector::parse(css).unwrap_or_else(|e| panic!("{css}: {e}"))
}
