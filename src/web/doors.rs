//! Who may come in: a page that needs a right takes one of these as a parameter and can't be reached without it.
use std::future::{Ready, ready};

use actix_web::cookie::{Cookie, SameSite};
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest, dev::Payload};
use samsvar_core::access::{Link, Opens, Staff, Token};
use samsvar_core::forms::Language;
use samsvar_core::roles::Right;

use super::errors::WebError;
use crate::actions::answering::Role;
use crate::actions::passing::{self, Passer};
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

/// A contact who may say "not me", or who has; and the language to say it in.
pub struct PasserOn(pub Passer, pub Language);

/// Anybody signed in, whatever their role.
pub struct SignedIn(pub Staff);

/// Runs collections and reads answers: the secretariat and administrators.
pub struct Secretary(pub Staff);

/// Lists who may come in.
pub struct Administrator(pub Staff);

/// May see how far the address's `{campaign}` has come.
pub struct Follower(pub Staff);

/// May see the results of the address's `{campaign}`, small counts hidden.
pub struct ResultsReader(pub Staff);

/// The browser that asked for a sign-in link; `None` for one that never did.
pub struct Browser(pub Option<Token>);

/// The part of an address that names an answer: no secret, for the cookie's path must differ from answer to answer.
///
/// Colleagues and managers have addresses of their own, so that one browser can hold several links.
pub fn answer_path(link: &Link) -> String {
    let base = format!("/svar/{}.{}", link.respondent, link.campaign);
    match &link.opens {
        Opens::Own | Opens::PassedOn(_) => base,
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

impl FromRequest for PasserOn {
    type Error = WebError;
    type Future = Ready<Result<Self, WebError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(passer_of(request))
    }
}

impl FromRequest for SignedIn {
    type Error = WebError;
    type Future = Ready<Result<Self, WebError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(signed_in(request).map(Self))
    }
}

impl FromRequest for Secretary {
    type Error = WebError;
    type Future = Ready<Result<Self, WebError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(staff_with(request, Right::RunCollections).map(Self))
    }
}

impl FromRequest for Administrator {
    type Error = WebError;
    type Future = Ready<Result<Self, WebError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(staff_with(request, Right::ManageStaff).map(Self))
    }
}

impl FromRequest for Follower {
    type Error = WebError;
    type Future = Ready<Result<Self, WebError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let right = Right::FollowCollection(campaign_in(request));
        ready(staff_with(request, right).map(Self))
    }
}

impl FromRequest for ResultsReader {
    type Error = WebError;
    type Future = Ready<Result<Self, WebError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let right = Right::ReadResults(campaign_in(request));
        ready(staff_with(request, right).map(Self))
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
    let mut holder = answering::holder_of(app, &token)?.map_err(WebError::from)?;
    holder.language = super::answering::english::chosen(request);
    let named = request.match_info().get("answer").unwrap_or_default();
    let own = answer_path(&holder.link);
    if own.strip_prefix("/svar/") == Some(named) {
        Ok(holder)
    } else {
        Err(WebError::LinkNeeded)
    }
}

fn passer_of(request: &HttpRequest) -> Result<PasserOn, WebError> {
    let app = app_of(request)?;
    let token = token_in(request, ANSWER_COOKIE).ok_or(WebError::LinkNeeded)?;
    let language = super::answering::english::chosen(request);
    let mut passer = passing::passer(app, &token)?.map_err(WebError::from)?;
    let link = match &mut passer {
        Passer::Contact(holder) => {
            holder.language = language;
            &holder.link
        }
        Passer::Done(done) => &done.link,
    };
    let named = request.match_info().get("answer").unwrap_or_default();
    if answer_path(link).strip_prefix("/svar/") == Some(named) {
        Ok(PasserOn(passer, language))
    } else {
        Err(WebError::LinkNeeded)
    }
}

fn staff_with(request: &HttpRequest, right: Right<'_>) -> Result<Staff, WebError> {
    let staff = signed_in(request)?;
    if staff.role.may(right) {
        Ok(staff)
    } else {
        Err(WebError::NotAllowed)
    }
}

fn signed_in(request: &HttpRequest) -> Result<Staff, WebError> {
    let app = app_of(request)?;
    let token = session_token(request).ok_or(WebError::SignInNeeded)?;
    let found = staff::signed_in(app, &token)?.ok_or(WebError::SignInNeeded)?;
    if found.to_be_noted {
        let app = Data::clone(app);
        // Nobody waits for it: a use that is not noted is noted with the next page.
        actix_web::rt::task::spawn_blocking(move || {
            if let Err(error) = staff::note_use(&app, &token) {
                log::warn!("the use of a session was not noted: {error}");
            }
        });
    }
    Ok(found.staff)
}

/// Empty where the address names none: no observer's campaign is that.
fn campaign_in(request: &HttpRequest) -> &str {
    request.match_info().get("campaign").unwrap_or_default()
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
            answering::LinkRefusal::PassedOn => Self::PassedOnLink,
        }
    }
}
