//! All routes on one page, and what holds for every answer: headers, limits, no page in any cache.
pub mod answering;
mod demo_pages;
mod doors;
mod errors;
mod fields;
mod files;
pub mod form_view;
pub mod frame;
mod front;
mod posted;
mod secretariat;
mod sign_in;
mod streamed;
mod was;
mod who;

use actix_web::http::header;
use actix_web::middleware::DefaultHeaders;
use actix_web::web::{self, PathConfig, QueryConfig, ServiceConfig, get, post, resource};
use actix_web::{HttpRequest, HttpResponse};
use maud::Markup;

pub use answering::english::in_chosen_language;

use crate::actions::ActionError;
use crate::assets;
use errors::WebError;

/// Every address that Samsvar answers.
pub fn routes(routes: &mut ServiceConfig) {
    routes
        .app_data(PathConfig::default().error_handler(|_, _| WebError::NotFound.into()))
        .app_data(QueryConfig::default().error_handler(|_, _| WebError::NotFound.into()))
        .route("/", get().to(front::front))
        .route("/om", get().to(front::about))
        .route(
            "/sprog/{language}",
            get().to(answering::english::choose_for_all),
        )
        .route("/was", get().to(was::statement))
        .route("/statisk/{file:.*}", get().to(static_file))
        .route("/sundhed", get().to(secretariat::health))
        .route("/l/{token}", get().to(answering::open_link))
        .route("/svar/{answer}", get().to(answering::start))
        .route(
            "/svar/{answer}/afsnit/{section}",
            get().to(answering::section),
        )
        .route(
            "/svar/{answer}/afsnit/{section}",
            post().to(answering::post_section),
        )
        .configure(answering::routes_of_hands)
        .route(
            "/svar/{answer}/beskeder",
            get().to(answering::messages::show),
        )
        .route(
            "/svar/{answer}/beskeder",
            post().to(answering::messages::write),
        )
        .route(
            "/svar/{answer}/bekraeft/{number}",
            post().to(answering::messages::confirm),
        )
        .route("/svar/{answer}/gennemse", get().to(answering::review))
        .route("/svar/{answer}/indsend", post().to(answering::submit))
        .route(
            "/svar/{answer}/kvittering/{number}",
            get().to(answering::receipt),
        )
        .route(
            "/svar/{answer}/kvittering/{number}/kopi.html",
            get().to(answering::copy_html),
        )
        .route(
            "/svar/{answer}/kvittering/{number}/kopi.json",
            get().to(answering::copy_json),
        )
        .route(
            "/svar/{answer}/kvittering/{number}/kopi.pdf",
            get().to(answering::copy_pdf),
        )
        .route(
            "/svar/{answer}/kvittering/{number}/kopi.docx",
            get().to(answering::copy_docx),
        )
        .route(
            "/svar/{answer}/kvittering/{number}/kopi.xlsx",
            get().to(answering::copy_xlsx),
        )
        .route("/log-ind", get().to(sign_in::ask))
        .route("/log-ind", post().to(sign_in::send_link))
        .route("/log-ind/{token}", get().to(sign_in::confirm))
        .route("/log-ind/{token}", post().to(sign_in::enter))
        .route("/log-ud", post().to(sign_in::leave))
        .configure(secretariat::routes)
        .service(resource("/demo").route(get().to(demo_pages::roles)))
        .route("/demo/post", get().to(demo_pages::mails))
        .route("/demo/post/{letter}", get().to(demo_pages::mail))
        .route(
            "/demo/sekretariat",
            get().to(demo_pages::enter_as_secretariat),
        )
        .route("/demo/nulstil", post().to(demo_pages::reset))
        .default_service(web::to(not_found));
}

/// Sent with every answer; see ARCHITECTURE.md for why each is there.
pub fn headers() -> DefaultHeaders {
    const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; \
        connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
    DefaultHeaders::new()
        .add((header::CONTENT_SECURITY_POLICY, POLICY))
        .add((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        // Not "no-referrer": browsers would then send `Origin: null` with our own posts.
        .add((header::REFERRER_POLICY, "same-origin"))
        .add((header::X_FRAME_OPTIONS, "DENY"))
        .add(("Cross-Origin-Opener-Policy", "same-origin"))
        .add((header::CACHE_CONTROL, "no-store"))
}

fn ok_html(page: &Markup) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/html; charset=utf-8"))
        .body(page.0.clone())
}

/// Runs an action that waits for the disk where it holds up nobody else.
async fn blocking<T: Send + 'static>(
    action: impl FnOnce() -> Result<T, ActionError> + Send + 'static,
) -> Result<T, WebError> {
    web::block(action)
        .await
        .map_err(|e| WebError::incident(&e))?
        .map_err(WebError::from)
}

/// Like [`blocking`], for a closure that already speaks of pages. The response's body is bytes, so it can cross threads.
async fn blocking_web(
    action: impl FnOnce() -> Result<HttpResponse, WebError> + Send + 'static,
) -> Result<HttpResponse, WebError> {
    let portable = move || action().map(Portable::of);
    web::block(portable)
        .await
        .map_err(|e| WebError::incident(&e))?
        .map(Portable::into_response)
}

/// A finished page on its way from a worker thread; actix's own response can't leave its thread.
struct Portable {
    status: actix_web::http::StatusCode,
    headers: Vec<(header::HeaderName, header::HeaderValue)>,
    body: web::Bytes,
}

impl Portable {
    fn of(response: HttpResponse) -> Self {
        use actix_web::body::MessageBody;
        let status = response.status();
        let headers = response
            .headers()
            .iter()
            .map(|(n, v)| (n.clone(), v.clone()))
            .collect();
        let body = response.into_body().try_into_bytes().unwrap_or_default();
        Self {
            status,
            headers,
            body,
        }
    }

    fn into_response(self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        for header in self.headers {
            response.append_header(header);
        }
        response.body(self.body)
    }
}

const FOR_EVER: &str = "public, max-age=31536000, immutable";

async fn static_file(request: HttpRequest) -> Result<HttpResponse, WebError> {
    let asset = assets::find(request.path()).ok_or(WebError::NotFound)?;
    let known = request
        .headers()
        .get(header::IF_NONE_MATCH)
        .and_then(|v| v.to_str().ok());
    if known == Some(asset.etag) {
        return Ok(HttpResponse::NotModified()
            .insert_header((header::CACHE_CONTROL, FOR_EVER))
            .finish());
    }
    let takes_gzip = request
        .headers()
        .get(header::ACCEPT_ENCODING)
        .and_then(|v| v.to_str().ok())
        .is_some_and(|v| v.contains("gzip") && !v.contains("gzip;q=0"));
    let mut response = HttpResponse::Ok();
    response
        .insert_header((header::CONTENT_TYPE, asset.media_type))
        .insert_header((header::ETAG, asset.etag))
        .insert_header((header::VARY, "Accept-Encoding"))
        .insert_header((header::CACHE_CONTROL, FOR_EVER));
    Ok(match assets::gzipped(request.path()) {
        Some(bytes) if takes_gzip => response
            .insert_header((header::CONTENT_ENCODING, "gzip"))
            .body(bytes),
        _ => response.body(asset.bytes),
    })
}

async fn not_found() -> Result<HttpResponse, WebError> {
    Err(WebError::NotFound)
}
