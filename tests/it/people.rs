//! A server in process, and the people who use it: they see pages, fill in controls and press buttons.
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::{StatusCode, header};
use actix_web::test::TestRequest;
use actix_web::{App as Web, test, web::Data};
use chrono::TimeDelta;
use samsvar::actions::letters::LetterWriter;
use samsvar::app::{App, Mode};
use samsvar::config::Settings;
use samsvar::mail::{OutboxDirectory, Transport, Worker};
use samsvar::{demo, server, web};
use scraper::{Html, Selector};
use tempfile::TempDir;

type Handler = Box<dyn Fn(TestRequest) -> std::pin::Pin<Box<dyn Future<Output = Page>>>>;

/// The demo's region, served in process; its clock moves only when told.
pub struct Server {
    pub app: Arc<App>,
    handler: Rc<Handler>,
    _dir: TempDir,
}

/// What came back.
pub struct Page {
    pub status: StatusCode,
    pub headers: header::HeaderMap,
    pub bytes: Vec<u8>,
}

/// A browser with its cookies.
pub struct Visitor {
    handler: Rc<Handler>,
    /// Cookies by path and name.
    cookies: RefCell<BTreeMap<(String, String), String>>,
}

impl Server {
    /// The demo, its letters sent.
    pub async fn demo() -> Self {
        Self::start(Mode::Demo).await
    }

    pub async fn empty() -> Self {
        Self::start(Mode::Serve).await
    }

    async fn start(mode: Mode) -> Self {
        let dir = TempDir::new().unwrap();
        let mut settings = Settings::default();
        settings.set("data", dir.path().to_string_lossy());
        let config = settings
            .check()
            .unwrap_or_else(|faults| panic!("{faults:?}"));
        let app = server::open(config, mode).unwrap_or_else(|e| panic!("{e}"));
        let service = test::init_service(
            Web::new()
                .app_data(Data::from(Arc::clone(&app)))
                .wrap(web::headers())
                .configure(web::routes),
        )
        .await;
        let service = Rc::new(service);
        let handler: Handler = Box::new(move |request| {
            let service = Rc::clone(&service);
            Box::pin(async move { page_of(service.call(request.to_request()).await) })
        });
        let server = Self {
            app,
            handler: Rc::new(handler),
            _dir: dir,
        };
        server.send_mail();
        server
    }

    /// Lets the mail worker send all that is due.
    pub fn send_mail(&self) {
        let writer = Arc::new(LetterWriter {
            app: Arc::clone(&self.app),
        });
        let worker = Worker::new(
            Arc::clone(&self.app.store),
            Transport::outbox(self.outbox().path()),
            writer,
        );
        let report = worker.run_once(self.app.now()).unwrap();
        assert_eq!((report.failed, report.stopped), (0, None));
    }

    pub fn outbox(&self) -> OutboxDirectory {
        demo::outbox(&self.app)
    }

    /// The text of the newest mail whose subject holds `subject`.
    pub fn newest_mail(&self, subject: &str) -> samsvar::mail::OutboxMail {
        let mut mails = self.outbox().list().unwrap();
        mails.sort_by(|a, b| (a.date, &a.id).cmp(&(b.date, &b.id)));
        mails
            .into_iter()
            .rev()
            .find(|m| m.subject.contains(subject))
            .unwrap()
    }

    pub fn visitor(&self) -> Visitor {
        Visitor {
            handler: Rc::clone(&self.handler),
            cookies: RefCell::default(),
        }
    }

    /// A visitor who has opened the role's personal link.
    pub async fn opens_link(&self, role: &str) -> (Visitor, String) {
        let links = demo::role_links(&self.app).unwrap();
        let link = links.into_iter().find(|l| l.role == role).unwrap();
        let visitor = self.visitor();
        let path = link
            .url
            .strip_prefix(&self.app.config.base_url)
            .unwrap()
            .to_owned();
        let answer = visitor.get(&path).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        let start = answer.location();
        (visitor, start)
    }

    pub async fn secretary(&self) -> Visitor {
        let visitor = self.visitor();
        assert_eq!(
            visitor.get("/demo/sekretariat").await.status,
            StatusCode::SEE_OTHER
        );
        visitor
    }

    pub fn passes(&self, time: TimeDelta) {
        self.app.advance_clock(time);
    }
}

impl Visitor {
    pub async fn get(&self, path: &str) -> Page {
        self.send(TestRequest::get(), path).await
    }

    /// Posts fields as a browser's form does.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        self.send(TestRequest::post().set_form(fields), path).await
    }

    pub async fn post_raw(&self, path: &str, media_type: &str, body: impl Into<Vec<u8>>) -> Page {
        let request = TestRequest::post()
            .insert_header((header::CONTENT_TYPE, media_type))
            .set_payload(body.into());
        self.send(request, path).await
    }

    /// Fills in controls of the page and presses a button; everything else goes along as it stands on the page.
    pub async fn submits(
        &self,
        path: &str,
        page: &Page,
        answers: &[(&str, &str)],
        button: &str,
    ) -> Page {
        let mut fields = page.controls();
        for (name, value) in answers {
            fields.retain(|(n, _)| n != name);
            fields.push(((*name).to_owned(), (*value).to_owned()));
        }
        fields.push(("do".into(), button.into()));
        let fields: Vec<(&str, &str)> = fields
            .iter()
            .map(|(n, v)| (n.as_str(), v.as_str()))
            .collect();
        self.post(path, &fields).await
    }

    async fn send(&self, request: TestRequest, path: &str) -> Page {
        let cookies = self.cookies.borrow();
        let fitting = cookies
            .iter()
            .filter(|((at, _), _)| path.starts_with(at.as_str()));
        let line = fitting
            .map(|((_, name), value)| format!("{name}={value}"))
            .collect::<Vec<_>>()
            .join("; ");
        drop(cookies);
        let mut request = request.uri(path);
        if !line.is_empty() {
            request = request.insert_header((header::COOKIE, line));
        }
        let page = (self.handler)(request).await;
        for set in page.headers.get_all(header::SET_COOKIE) {
            self.keep(set.to_str().unwrap());
        }
        page
    }

    fn keep(&self, set: &str) {
        let (name, value) = set.split(';').next().unwrap().split_once('=').unwrap();
        let path = set
            .split("; ")
            .find_map(|p| p.strip_prefix("Path="))
            .unwrap_or("/");
        self.cookies
            .borrow_mut()
            .insert((path.into(), name.into()), value.into());
    }
}

impl Page {
    pub fn text(&self) -> String {
        String::from_utf8(self.bytes.clone()).unwrap()
    }

    #[track_caller]
    pub fn location(&self) -> String {
        let to = self
            .headers
            .get(header::LOCATION)
            .unwrap_or_else(|| panic!("{} without a location: {}", self.status, self.text()));
        to.to_str().unwrap().to_owned()
    }

    /// The words that a person sees, white space folded.
    pub fn words(&self) -> String {
        let html = Html::parse_document(&self.text());
        let main = html
            .select(&selector("main"))
            .next()
            .map(|m| m.text().collect::<String>())
            .unwrap_or_default();
        main.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    pub fn title(&self) -> String {
        let html = Html::parse_document(&self.text());
        html.select(&selector("title"))
            .next()
            .map(|t| t.text().collect())
            .unwrap_or_default()
    }

    /// Successful controls of the page's forms, buttons left out.
    pub fn controls(&self) -> Vec<(String, String)> {
        let html = Html::parse_document(&self.text());
        let mut found = Vec::new();
        for control in html.select(&selector("main input, main textarea, main select")) {
            let attribute = |name: &str| control.value().attr(name);
            let Some(name) = attribute("name") else {
                continue;
            };
            let kind = attribute("type").unwrap_or("text");
            let value = match control.value().name() {
                "textarea" => control
                    .text()
                    .collect::<String>()
                    .trim_start_matches('\n')
                    .to_owned(),
                "select" => match control.select(&selector("option[selected]")).next() {
                    Some(option) => option.value().attr("value").unwrap_or_default().to_owned(),
                    None => String::new(),
                },
                _ => attribute("value").unwrap_or("on").to_owned(),
            };
            let ticked = attribute("checked").is_some();
            let sent = match kind {
                "checkbox" | "radio" => ticked,
                "file" | "submit" => false,
                _ => attribute("disabled").is_none(),
            };
            if sent {
                let text = if kind == "text" && attribute("value").is_none() {
                    String::new()
                } else {
                    value
                };
                found.push((name.to_owned(), text));
            }
        }
        found
    }
}

fn page_of(answer: Result<ServiceResponse<impl MessageBody + 'static>, actix_web::Error>) -> Page {
    let response = match answer {
        Ok(response) => response.into_parts().1.map_into_boxed_body(),
        Err(error) => error.error_response(),
    };
    let (status, headers) = (response.status(), response.headers().clone());
    let bytes = response
        .into_body()
        .try_into_bytes()
        .unwrap_or_default()
        .to_vec();
    Page {
        status,
        headers,
        bytes,
    }
}

fn selector(css: &str) -> Selector {
    Selector::parse(css).unwrap()
}
