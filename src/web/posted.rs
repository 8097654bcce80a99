//! A form post, read once at the door: from our own pages only, bounded, UTF-8, urlencoded or multipart.
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use actix_multipart::Multipart;
use actix_web::http::header;
use actix_web::rt::time::timeout;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest, dev::Payload};
use futures_util::StreamExt;

use super::errors::WebError;
use crate::app::App;

/// Bytes of text that one page may send.
const MOST_TEXT: usize = 2 * 1024 * 1024;
/// Bytes that a page without any right takes.
const MOST_FROM_ANYBODY: usize = 16 * 1024;
/// For a whole page to arrive; a slow line gets 24 MB through in that time.
const MOST_TIME: Duration = Duration::from_secs(180);
/// Bytes of a page with files.
const MOST_WITH_FILES: usize = 24 * 1024 * 1024;
/// Bytes read and thrown away so that a browser gets to see the refusal.
const MOST_DRAINED: usize = 64 * 1024 * 1024;
const MOST_FIELDS: usize = 5_000;

const TOO_MUCH_TEXT: &str = "Siden fylder mere end 2 MB, og der er ikke gemt noget. Forkort de lange tekster, eller send dem som bilag.";
const TOO_MANY_FIELDS: &str = "Siden har flere end 5.000 felter, og der er ikke gemt noget.";
const NOT_UTF8: &str =
    "Teksten indeholder tegn, som ikke kan læses (ikke UTF-8). Der er ikke gemt noget.";
const CUT_OFF: &str = "Siden kom ikke hel frem, og der er ikke gemt noget. Prøv igen.";

/// The fields of a posted page in order, and its files.
#[derive(Default)]
pub struct Posted {
    pub pairs: Vec<(String, String)>,
    pub files: Vec<PostedFile>,
}

pub struct PostedFile {
    /// The control's name.
    pub field: String,
    /// As the browser told it; not to be trusted as a path.
    pub file_name: String,
    pub bytes: Vec<u8>,
}

impl Posted {
    /// The first value of a field; empty if it was not sent.
    pub fn value(&self, name: &str) -> &str {
        self.pairs
            .iter()
            .find(|(n, _)| n == name)
            .map_or("", |(_, v)| v)
    }
}

impl FromRequest for Posted {
    type Error = WebError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, WebError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let request = request.clone();
        let payload = payload.take();
        Box::pin(async move {
            if !from_own_page(&request) {
                return Err(WebError::ForeignPost);
            }
            let reading = read(&request, payload);
            timeout(MOST_TIME, reading)
                .await
                .unwrap_or(Err(WebError::BadRequest(CUT_OFF)))
        })
    }
}

async fn read(request: &HttpRequest, payload: Payload) -> Result<Posted, WebError> {
    let media_type = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok())
        .unwrap_or_default()
        .to_ascii_lowercase();
    let small = is_open_to_anybody(request.path());
    match media_type.split(';').next().map(str::trim) {
        Some("application/x-www-form-urlencoded") => {
            read_urlencoded(payload, if small { MOST_FROM_ANYBODY } else { MOST_TEXT }).await
        }
        Some("multipart/form-data") if !small => read_multipart(request, payload).await,
        _ => Err(WebError::WrongType),
    }
}

/// Pages that a visitor without any right can post to take a few words and no files.
fn is_open_to_anybody(path: &str) -> bool {
    !(path.starts_with("/svar/") || path.starts_with("/sekretariat/"))
}

/// Cookies are `SameSite=Lax`; this is the second lock. Programs that send neither header are let through.
fn from_own_page(request: &HttpRequest) -> bool {
    let text = |name: &str| request.headers().get(name).and_then(|v| v.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    let Some(origin) = text("origin") else {
        return true;
    };
    let host = origin.split_once("://").map(|(_, host)| host);
    let ours = request
        .app_data::<Data<App>>()
        .is_some_and(|app| app.config.base_url == origin);
    ours || (host.is_some() && host == text("host"))
}

async fn read_urlencoded(payload: Payload, most: usize) -> Result<Posted, WebError> {
    let body = read_all(payload, most).await?;
    let mut pairs = Vec::new();
    for pair in body.split(|b| *b == b'&').filter(|p| !p.is_empty()) {
        if pairs.len() >= MOST_FIELDS {
            return Err(WebError::TooLarge(TOO_MANY_FIELDS));
        }
        let cut = pair.iter().position(|b| *b == b'=').unwrap_or(pair.len());
        let (name, value) = pair.split_at(cut);
        pairs.push((decoded(name)?, decoded(value.get(1..).unwrap_or_default())?));
    }
    Ok(Posted {
        pairs,
        files: Vec::new(),
    })
}

async fn read_all(mut payload: Payload, most: usize) -> Result<Vec<u8>, WebError> {
    let mut body = Vec::new();
    let mut seen = 0;
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| WebError::BadRequest(CUT_OFF))?;
        seen += chunk.len();
        if seen <= most {
            body.extend_from_slice(&chunk);
        } else if seen > MOST_DRAINED {
            break;
        }
    }
    if seen > most {
        Err(WebError::TooLarge(TOO_MUCH_TEXT))
    } else {
        Ok(body)
    }
}

/// Percent-decoding of one name or value; a broken `%` stays as it is.
fn decoded(text: &[u8]) -> Result<String, WebError> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        match first {
            b'+' => out.push(b' '),
            b'%' => match tail.get(..2).and_then(hex) {
                Some(byte) => {
                    out.push(byte);
                    rest = tail.get(2..).unwrap_or_default();
                }
                None => out.push(b'%'),
            },
            other => out.push(*other),
        }
    }
    let text = String::from_utf8(out).map_err(|_| WebError::BadRequest(NOT_UTF8))?;
    // Browsers send line ends as CR LF; NUL can't be typed.
    Ok(text.replace("\r\n", "\n").replace('\0', ""))
}

fn hex(pair: &[u8]) -> Option<u8> {
    let digits = std::str::from_utf8(pair)
        .ok()
        .filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))?;
    u8::from_str_radix(digits, 16).ok()
}

async fn read_multipart(request: &HttpRequest, payload: Payload) -> Result<Posted, WebError> {
    let mut parts = Multipart::new(request.headers(), payload);
    let mut posted = Posted::default();
    let mut left = MOST_WITH_FILES;
    let mut text_left = MOST_TEXT;
    while let Some(part) = parts.next().await {
        let mut part = part.map_err(|_| WebError::BadRequest(CUT_OFF))?;
        let disposition = part.content_disposition().cloned();
        let name = disposition
            .as_ref()
            .and_then(|d| d.get_name())
            .unwrap_or_default()
            .to_owned();
        let file_name = disposition
            .as_ref()
            .and_then(|d| d.get_filename())
            .map(str::to_owned);
        let mut bytes = Vec::new();
        while let Some(chunk) = part.next().await {
            let chunk = chunk.map_err(|_| WebError::BadRequest(CUT_OFF))?;
            left = left
                .checked_sub(chunk.len())
                .ok_or(WebError::TooLarge(TOO_MUCH_FILE))?;
            if file_name.is_none() {
                text_left = text_left
                    .checked_sub(chunk.len())
                    .ok_or(WebError::TooLarge(TOO_MUCH_TEXT))?;
            }
            bytes.extend_from_slice(&chunk);
        }
        if posted.pairs.len() + posted.files.len() >= MOST_FIELDS {
            return Err(WebError::TooLarge(TOO_MANY_FIELDS));
        }
        match file_name {
            Some(file_name) if !file_name.is_empty() => posted.files.push(PostedFile {
                field: name,
                file_name,
                bytes,
            }),
            // No file was chosen; the control was there all the same.
            Some(_) => posted.pairs.push((name, String::new())),
            None => {
                let text = String::from_utf8(bytes).map_err(|_| WebError::BadRequest(NOT_UTF8))?;
                posted
                    .pairs
                    .push((name, text.replace("\r\n", "\n").replace('\0', "")));
            }
        }
    }
    Ok(posted)
}

const TOO_MUCH_FILE: &str = "Bilagene fylder tilsammen mere end 24 MB, og der er ikke gemt noget. Send dem et ad gangen eller i en mindre udgave.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_signs_are_decoded_once() {
        assert_eq!(
            decoded(b"a+b%C3%A6%2B%25zz%").ok().as_deref(),
            Some("a b\u{e6}+%zz%")
        );
    }

    #[test]
    fn broken_utf8_is_refused() {
        assert!(matches!(decoded(b"%FF"), Err(WebError::BadRequest(_))));
        assert!(matches!(decoded(b"\xff"), Err(WebError::BadRequest(_))));
    }
}
