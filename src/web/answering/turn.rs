//! The page that a button leads to, in the answer to the button's own post: a turn is one exchange, not a post and a redirect.
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};

use super::super::errors::WebError;
use super::judged::Judged;
use super::{base, hands, history, review, see_other, sends, start};
use crate::actions::answering::Holder;
use crate::app::App;

/// What the page's script asks with; the answer names the address of the page that it holds under the same name.
pub const HEADER: HeaderName = HeaderName::from_static("samsvar-side");

/// Whether the page's script asks, which can show the next page by itself.
pub fn is_asked(request: &HttpRequest) -> bool {
    request.headers().contains_key(HEADER)
}

/// The page at `address`, drawn from what was stored just now; a redirect where that page can't be drawn here.
///
/// `address` is one of this answer's own, as a redirect would name it. What is saved stays saved: a page that
/// says no comes by the redirect, never as an answer to the post.
pub fn to(app: &App, holder: &Holder, judged: &Judged<'_>, address: &str) -> HttpResponse {
    // The script says itself when it was saved, and an address that says so would say it again tomorrow.
    let plain = address.replacen("?gemt=1", "", 1);
    let drawn = HeaderValue::from_str(&plain)
        .ok()
        .zip(drawn(app, holder, judged, &plain));
    match drawn {
        Some((named, Ok(mut response))) if response.status().is_success() => {
            response.headers_mut().insert(HEADER, named);
            response
        }
        _ => see_other(address),
    }
}

fn drawn(
    app: &App,
    holder: &Holder,
    judged: &Judged<'_>,
    address: &str,
) -> Option<Result<HttpResponse, WebError>> {
    let page = address.split('#').next().unwrap_or_default();
    let (path, query) = page.split_once('?').unwrap_or((page, ""));
    let page = path.strip_prefix(&base(holder))?;
    if let Some(section) = page.strip_prefix("/afsnit/") {
        let marked = query == "vis=fejl";
        return holder
            .may_fill(section)
            .then(|| super::section::drawn_saved(app, holder, section, judged, marked, None));
    }
    match page {
        "" => Some(start::drawn(app, holder, judged)),
        "/gennemse" if sends(holder) => Some(review::drawn(app, holder, judged)),
        "/hjaelp" if sends(holder) => Some(hands::drawn(app, holder)),
        "/historik" if sends(holder) => Some(history::drawn(app, holder, judged.writing())),
        _ => None,
    }
}
