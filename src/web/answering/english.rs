//! The answering pages, and those for anybody, in English: one click, remembered in a cookie. The form speaks English itself;
//! what stands around it is looked up in a list of phrases, text by text, after the page is drawn, so
//! that the pages are written once. What a person typed is left alone.
use std::collections::HashMap;
use std::sync::LazyLock;

use actix_web::body::{BoxBody, MessageBody, to_bytes_limited};
use actix_web::cookie::{Cookie, SameSite, time::Duration};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header;
use actix_web::middleware::Next;
use actix_web::web::Path;
use actix_web::{Error, HttpRequest, HttpResponse};
use maud::{Markup, html};
use samsvar_core::forms::Language;

/// Pages for anybody that speak both languages; the accessibility statement has both on one page.
const PUBLIC: [&str; 2] = ["/", "/om"];

pub const COOKIE: &str = "samsvar_sprog";

/// Danish, a tab, English; `{}` stands for what changes, in the same order.
static PHRASES: &str = include_str!("phrases.tsv");

/// The other language, in its own words; `base` is the address before `/sprog`.
pub fn switch(base: &str, now: Language) -> Markup {
    let (code, name) = match now {
        Language::Da => ("en", "English"),
        Language::En => ("da", "Dansk"),
    };
    html! {
        p.sv-language { a href={ (base) "/sprog/" (code) } lang=(code) hreflang=(code) { (name) } }
    }
}

/// What the frame adds to each page's title.
const TITLE_ENDS: &str = " – Samsvar";

struct Book {
    whole: HashMap<&'static str, &'static str>,
    /// Phrases with parts that change: the fixed pieces of the Danish and of the English.
    open: Vec<(Vec<&'static str>, Vec<&'static str>)>,
}

static BOOK: LazyLock<Book> = LazyLock::new(|| {
    let mut book = Book {
        whole: HashMap::new(),
        open: Vec::new(),
    };
    for (danish, english) in PHRASES.lines().filter_map(|line| line.split_once('\t')) {
        if danish.contains("{}") {
            let pieces = |text: &'static str| text.split("{}").collect();
            book.open.push((pieces(danish), pieces(english)));
        } else {
            book.whole.insert(danish, english);
        }
    }
    book
});

/// The language that the visitor has chosen; Danish for one who has not.
pub fn chosen(request: &HttpRequest) -> Language {
    match request.cookie(COOKIE) {
        Some(cookie) if cookie.value() == "en" => Language::En,
        _ => Language::Da,
    }
}

/// `GET /svar/{answer}/sprog/{language}`: remembers the choice and goes back to where the visitor came from.
pub async fn choose(request: HttpRequest, path: Path<(String, String)>) -> HttpResponse {
    let (answer, language) = path.into_inner();
    let home = format!("/svar/{answer}");
    // Only back to the same answer, whatever the header says.
    let from = came_from(&request)
        .filter(|path| *path == home || path.starts_with(&format!("{home}/")))
        .filter(|path| !path.contains("/sprog/"));
    remembered(&language, &from.unwrap_or(home))
}

/// `GET /sprog/{language}`: the same for the pages that anybody may read.
pub async fn choose_for_all(request: HttpRequest, language: Path<String>) -> HttpResponse {
    let from = came_from(&request).filter(|path| PUBLIC.contains(&path.as_str()));
    remembered(&language, from.as_deref().unwrap_or("/"))
}

fn came_from(request: &HttpRequest) -> Option<String> {
    let value = request.headers().get(header::REFERER)?.to_str().ok()?;
    let (_, path) = value.split_once("://")?.1.split_once('/')?;
    Some(format!("/{path}"))
}

fn remembered(language: &str, to: &str) -> HttpResponse {
    let language = if language == "en" { "en" } else { "da" };
    let cookie = Cookie::build(COOKIE, language)
        .path("/")
        .max_age(Duration::days(365))
        .http_only(true)
        .same_site(SameSite::Lax)
        .finish();
    HttpResponse::SeeOther()
        .cookie(cookie)
        .insert_header((header::LOCATION, to))
        .finish()
}

/// The front page and pages of an answer, those that say no included, in the language that the visitor has chosen; downloads stay as they are.
pub async fn in_chosen_language<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let path = request.path();
    let ours = path.starts_with("/svar/") || path.starts_with("/l/") || PUBLIC.contains(&path);
    let english = ours && chosen(request.request()) == Language::En;
    let response = next.call(request).await?.map_into_boxed_body();
    let is_page = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
        && !response.headers().contains_key(header::CONTENT_DISPOSITION);
    if !english || !is_page {
        return Ok(response);
    }
    let (request, response) = response.into_parts();
    let (response, body) = response.into_parts();
    // Pages are drawn in memory, so the body is there at once and whole.
    let Ok(Ok(bytes)) = to_bytes_limited(body, usize::MAX).await else {
        let lost = HttpResponse::InternalServerError().finish();
        return Ok(ServiceResponse::new(request, lost));
    };
    let translated = page(&String::from_utf8_lossy(&bytes));
    Ok(ServiceResponse::new(
        request,
        response.set_body(BoxBody::new(translated)),
    ))
}

/// A whole page in English.
pub fn page(html: &str) -> String {
    let html = html.replacen("<html lang=\"da\">", "<html lang=\"en\">", 1);
    let mut out = String::with_capacity(html.len());
    let mut rest = html.as_str();
    let mut typed = false;
    while let Some(at) = rest.find('<') {
        let (text, tail) = rest.split_at(at);
        out.push_str(&if typed { text.to_owned() } else { around(text) });
        let end = tail.find('>').map_or(tail.len(), |end| end + 1);
        let (tag, tail) = tail.split_at(end);
        typed = match tag {
            tag if tag.starts_with("<textarea") => true,
            "</textarea>" => false,
            _ => typed,
        };
        out.push_str(&attribute(tag));
        rest = tail;
    }
    out.push_str(rest);
    out
}

/// The one attribute of a tag that is read aloud.
fn attribute(tag: &str) -> String {
    const NAME: &str = " aria-label=\"";
    let parts = tag
        .split_once(NAME)
        .and_then(|(before, value)| Some((before, value.split_once('"')?)));
    match parts {
        Some((before, (value, after))) => format!("{before}{NAME}{}\"{after}", phrase(value)),
        None => tag.to_owned(),
    }
}

/// The text in English, the white space around it kept.
fn around(text: &str) -> String {
    let bare = text.trim();
    match text.split_once(bare) {
        Some((before, after)) if !bare.is_empty() => format!("{before}{}{after}", phrase(bare)),
        _ => text.to_owned(),
    }
}

/// The phrase in English; as it is where the list does not have it.
pub fn phrase(danish: &str) -> String {
    if let Some(english) = BOOK.whole.get(danish) {
        return (*english).to_owned();
    }
    if let Some(rest) = danish.strip_prefix("Fejl: ") {
        return format!("Error: {}", phrase(rest));
    }
    if let Some(title) = danish.strip_suffix(TITLE_ENDS) {
        return phrase(title) + TITLE_ENDS;
    }
    for (pieces, english) in &BOOK.open {
        if let Some(found) = fitted(danish, pieces) {
            let mut out = String::new();
            for (i, piece) in english.iter().enumerate() {
                out.push_str(piece);
                if let Some(part) = found.get(i) {
                    out.push_str(&moment(part));
                }
            }
            return out;
        }
    }
    // A moment that stands first; within other words it may be somebody's own.
    let first = danish.split(' ').next().unwrap_or_default();
    if day_of(first).is_none() && !is_date(first) {
        return danish.to_owned();
    }
    match danish.split_once(": ") {
        Some((at, what)) => format!("{}: {}", moment(at), deed(what)),
        None => moment(danish),
    }
}

/// What happened, and who did it, as a history tells it.
fn deed(told: &str) -> String {
    match told.rsplit_once(", ") {
        Some((what, who)) => format!("{}, {who}", phrase(what)),
        None => phrase(told),
    }
}

/// What stands in the places of a phrase, if the text is one.
fn fitted<'t>(text: &'t str, pieces: &[&str]) -> Option<Vec<&'t str>> {
    let (first, others) = pieces.split_first()?;
    // "– {}" alone would fit anything.
    let mut rest = text.strip_prefix(first)?;
    let mut found = Vec::new();
    for (i, piece) in others.iter().enumerate() {
        let last = i + 1 == others.len();
        let at = match (piece.is_empty(), last) {
            (true, _) => rest.len(),
            (false, true) => rest
                .len()
                .checked_sub(piece.len())
                .filter(|at| rest.get(*at..) == Some(piece))?,
            (false, false) => rest.find(piece)?,
        };
        found.push(rest.get(..at)?);
        rest = rest.get(at + piece.len()..)?;
    }
    rest.is_empty().then_some(found)
}

/// `9. april 2026 kl. 10.42` as `9 April 2026 at 10.42`, wherever it stands; any other text as it is.
fn moment(text: &str) -> String {
    const MONTHS: [(&str, &str); 12] = [
        ("januar", "January"),
        ("februar", "February"),
        ("marts", "March"),
        ("april", "April"),
        ("maj", "May"),
        ("juni", "June"),
        ("juli", "July"),
        ("august", "August"),
        ("september", "September"),
        ("oktober", "October"),
        ("november", "November"),
        ("december", "December"),
    ];
    let words: Vec<&str> = text.split(' ').collect();
    let mut out: Vec<String> = Vec::with_capacity(words.len());
    let mut at = 0;
    while let Some(word) = words.get(at) {
        let month = words
            .get(at + 1)
            .and_then(|word| MONTHS.iter().find(|(danish, _)| danish == word));
        match (day_of(word), month) {
            (Some(day), Some((_, month))) => {
                out.extend([day.to_owned(), (*month).to_owned()]);
                at += 2;
            }
            _ => {
                let after_year = *word == "kl." && out.last().is_some_and(|year| is_date(year));
                out.push(if after_year {
                    "at".to_owned()
                } else {
                    (*word).to_owned()
                });
                at += 1;
            }
        }
    }
    out.join(" ")
}

/// The day in `9.`.
fn day_of(word: &str) -> Option<&str> {
    word.strip_suffix('.').filter(|day| is_number(day))
}

/// A year, or `26.11.2026`.
fn is_date(word: &str) -> bool {
    let year = word.rsplit('.').next().unwrap_or(word);
    year.len() == 4 && word.split('.').all(is_number)
}

fn is_number(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_english_and_what_was_typed_stays() {
        let danish = "<html lang=\"da\"><nav aria-label=\"Afsnit i spørgeskemaet\"><p>Afsnit 2 af 8</p> <b> Gem </b>\
            <p>Svarfrist 9. april 2026 kl. 10.42</p><textarea>\nGem</textarea><input value=\"Gem\"><h1>Fejl: Kvittering – Skema</h1></nav>";
        let english = "<html lang=\"en\"><nav aria-label=\"Sections of the questionnaire\"><p>Section 2 of 8</p> <b> Save </b>\
            <p>Deadline 9 April 2026 at 10.42</p><textarea>\nGem</textarea><input value=\"Gem\"><h1>Error: Receipt – Skema</h1></nav>";
        assert_eq!(page(danish), english);
    }

    #[test]
    fn every_phrase_has_as_many_places_in_both_languages() {
        for (danish, english) in PHRASES.lines().filter_map(|line| line.split_once('\t')) {
            assert_eq!(
                danish.matches("{}").count(),
                english.matches("{}").count(),
                "{danish}"
            );
            assert!(!english.trim().is_empty(), "{danish}");
        }
        assert_eq!(
            PHRASES.lines().count(),
            BOOK.whole.len() + BOOK.open.len(),
            "a phrase twice, or without a tab"
        );
    }
}
