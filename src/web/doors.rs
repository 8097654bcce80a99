//! Who may come in: a page that needs a right takes one of these as a parameter and can't be reached without it.
use std::future::{Ready, ready};

use actix_web::cookie::{Cookie, SameSite};
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest, dev::Payload};
use samsvar_core::access::{Link, Opens, Staff, Token};

use super::errors::WebError;
use crate::actions::answering::Role;
use crate::actions::{answering, staff};
use crate::app::App;

const ANSWER_COOKIE: &str = "samsvar_svar";
const STAFF_COOKIE: &str = "samsvar_sekretariat";
const BROWSER_COOKIE: &str = "samsvar_browser";

/// The holder of a personal link, at the answer that the address names.
pub struct Answerer(pub answering::Holder);

/// Like [`Answerer`], and not one who only fills in for a colleague: reviews, sends, hands over.
pub struct Owner(pub answering::Holder);

/// The manager who was asked to approve the answer that the address names.
pub struct Approver(pub answering::Holder);

/// A signed-in member of the secretariat.
pub struct Secretary(pub Staff);

/// The browser that asked for a sign-in link; `None` for one that never did.
pub struct Browser(pub Option<Token>);

/// The part of an address that names an answer: no secret, for the cookie's path must differ from answer to answer.
///
/// Colleagues and managers have addresses of their own, so that one browser can hold several links.
pub fn answer_path(link: &Link) -> String {
    let base = format!("/svar/{}.{}", link.respondent, link.campaign);
    match &link.opens {
        Opens::Own => base,
        Opens::Handover(id) | Opens::Approval(id) | Opens::OnBehalf(id) => format!("{base}.{id}"),
    }
}

impl FromRequest for Answerer {
    type Error = WebError;
    type Future = Ready<Result<Self, WebError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let may_write = |holder: answering::Holder| match holder.role {
            Role::Manager(_) => Err(WebError::LinkNeeded),
            _ => Ok(Self(holder)),
        };
        ready(holder_of(request).and_then(may_write))
    }
}

impl FromRequest for Owner {
    type Error = WebError;
    type Future = Ready<Result<Self, WebError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let may_send = |holder: answering::Holder| match holder.role {
            Role::Owner | Role::OnBehalf(_) => Ok(Self(holder)),
            Role::Colleague(_) => Err(WebError::OwnerOnly),
            Role::Manager(_) => Err(WebError::LinkNeeded),
        };
        ready(holder_of(request).and_then(may_send))
    }
}

impl FromRequest for Approver {
    type Error = WebError;
    type Future = Ready<Result<Self, WebError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let may_approve = |holder: answering::Holder| match holder.role {
            Role::Manager(_) => Ok(Self(holder)),
            _ => Err(WebError::LinkNeeded),
        };
        ready(holder_of(request).and_then(may_approve))
    }
}

impl FromRequest for Secretary {
    type Error = WebError;
    type Future = Ready<Result<Self, WebError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(secretary(request).map(Self))
    }
}

impl FromRequest for Browser {
    type Error = WebError;
    type Future = Ready<Result<Self, WebError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self(token_in(request, BROWSER_COOKIE))))
    }
}

/// Opens one answer in this browser, until it is closed.
pub fn answer_cookie(app: &App, holder: &answering::Holder, token: &Token) -> Cookie<'static> {
    link_cookie(app, &holder.link, token)
}

/// The same for a link that was made just now.
pub fn link_cookie(app: &App, link: &Link, token: &Token) -> Cookie<'static> {
    let path = answer_path(link);
    secret_cookie(app, ANSWER_COOKIE, token.reveal().to_owned(), path)
}

pub fn staff_cookie(app: &App, token: &Token) -> Cookie<'static> {
    secret_cookie(app, STAFF_COOKIE, token.reveal().to_owned(), "/".into())
}

pub fn browser_cookie(app: &App, token: &Token) -> Cookie<'static> {
    secret_cookie(
        app,
        BROWSER_COOKIE,
        token.reveal().to_owned(),
        "/log-ind".into(),
    )
}

/// Takes the sign-in away from the browser.
pub fn no_staff_cookie(app: &App) -> Cookie<'static> {
    let mut cookie = secret_cookie(app, STAFF_COOKIE, String::new(), "/".into());
    cookie.make_removal();
    cookie
}

/// The session that a request carries, signed in or not.
pub fn session_token(request: &HttpRequest) -> Option<Token> {
    token_in(request, STAFF_COOKIE)
}

fn holder_of(request: &HttpRequest) -> Result<answering::Holder, WebError> {
    let app = app_of(request)?;
    let token = token_in(request, ANSWER_COOKIE).ok_or(WebError::LinkNeeded)?;
    let holder = answering::holder_of(app, &token)?.map_err(WebError::from)?;
    let named = request.match_info().get("answer").unwrap_or_default();
    let own = answer_path(&holder.link);
    if own.strip_prefix("/svar/") == Some(named) {
        Ok(holder)
    } else {
        Err(WebError::LinkNeeded)
    }
}

fn secretary(request: &HttpRequest) -> Result<Staff, WebError> {
    let app = app_of(request)?;
    let token = session_token(request).ok_or(WebError::SignInNeeded)?;
    staff::signed_in(app, &token)?.ok_or(WebError::SignInNeeded)
}

fn app_of(request: &HttpRequest) -> Result<&Data<App>, WebError> {
    request
        .app_data::<Data<App>>()
        .ok_or_else(|| WebError::incident(&"the program is not wired"))
}

fn token_in(request: &HttpRequest, name: &str) -> Option<Token> {
    request.cookie(name).and_then(|c| Token::parse(c.value()))
}

fn secret_cookie(app: &App, name: &'static str, value: String, path: String) -> Cookie<'static> {
    Cookie::build(name, value)
        .path(path)
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(app.config.base_url.starts_with("https://"))
        .finish()
}

impl From<answering::LinkRefusal> for WebError {
    fn from(refusal: answering::LinkRefusal) -> Self {
        match refusal {
            answering::LinkRefusal::Unknown => Self::UnknownLink,
            answering::LinkRefusal::Expired => Self::ExpiredLink,
            answering::LinkRefusal::Withdrawn => Self::WithdrawnLink,
        }
    }
}
