//! A server in process, and the people who use it: they see pages, fill in controls and press buttons.
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, OnceLock};

use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::{StatusCode, header};
use actix_web::middleware::from_fn;
use actix_web::test::TestRequest;
use actix_web::{App as Web, test, web::Data};
use chrono::TimeDelta;
use samsvar::actions::letters::LetterWriter;
use samsvar::actions::{AttachmentDoc, DraftDoc, staff};
use samsvar::app::{App, Mode};
use samsvar::config::Settings;
use samsvar::mail::{OutboxDirectory, OutboxMail, Report, Transport, Worker};
use samsvar::store::{Commit, Document, key};
use samsvar::{demo, server, web};
use samsvar_core::access::Session;
use samsvar_core::campaigns::{Campaign, Respondent, Submission};
use tempfile::TempDir;

use crate::page::{File, Page, Sent};

type Answer = Pin<Box<dyn Future<Output = Page>>>;
type Handler = Rc<dyn Fn(TestRequest, String) -> Answer>;

/// The program with a store of its own, served in process; its clock moves only when told.
pub struct Server {
    pub app: Arc<App>,
    handler: Handler,
    dir: TempDir,
}

/// A browser with its cookies.
pub struct Visitor {
    handler: Handler,
    /// Cookies by path and name.
    cookies: RefCell<BTreeMap<(String, String), String>>,
}

/// A data directory's files, by path.
type Files = Vec<(String, Vec<u8>)>;

impl Server {
    /// The demo as a visitor finds it, its letters sent.
    pub async fn demo() -> Self {
        static SEEDED: OnceLock<Files> = OnceLock::new();
        let dir = TempDir::new().unwrap();
        for (name, bytes) in SEEDED.get_or_init(seeded_demo) {
            let path = dir.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        let app = open(dir.path(), Mode::Demo, None);
        Self::of(app, dir).await
    }

    /// Nothing collected yet, one member of the secretariat listed.
    pub async fn empty() -> Self {
        Self::with_forms(&[]).await
    }

    /// Like [`Self::empty`], with forms of the operator's own: path below the forms' directory, and text.
    pub async fn with_forms(forms: &[(&str, &str)]) -> Self {
        let dir = TempDir::new().unwrap();
        for (name, text) in forms {
            let path = dir.path().join("forms").join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let own = dir.path().join("forms");
        let app = open(
            &dir.path().join("data"),
            Mode::Serve,
            Some(own.as_path()).filter(|_| !forms.is_empty()),
        );
        staff::add(&app, "Sekretær", SECRETARY).unwrap().unwrap();
        Self::of(app, dir).await
    }

    async fn of(app: Arc<App>, dir: TempDir) -> Self {
        let service = test::init_service(
            Web::new()
                .app_data(Data::from(Arc::clone(&app)))
                .wrap(from_fn(web::in_chosen_language))
                .wrap(web::headers())
                .configure(web::routes),
        )
        .await;
        let service = Rc::new(service);
        let handler: Handler = Rc::new(move |request, path| {
            let service = Rc::clone(&service);
            Box::pin(async move { page_of(service.call(request.to_request()).await, path).await })
        });
        Self { app, handler, dir }
    }

    /// Lets the mail worker send all that is due.
    #[track_caller]
    pub fn send_mail(&self) -> Report {
        send_mail(&self.app)
    }

    /// All mails, oldest first.
    pub fn mails(&self) -> Vec<OutboxMail> {
        let mut mails = demo::outbox(&self.app).list().unwrap();
        mails.reverse();
        mails
    }

    /// The newest mail to an address.
    #[track_caller]
    pub fn newest_mail_to(&self, address: &str) -> OutboxMail {
        let mut mails = self.mails();
        mails.retain(|m| m.to.contains(address));
        mails.pop().expect("a mail to that address")
    }

    pub fn visitor(&self) -> Visitor {
        Visitor {
            handler: Rc::clone(&self.handler),
            cookies: RefCell::default(),
        }
    }

    /// The path of the personal link in the newest mail to an address.
    #[track_caller]
    pub fn link_of(&self, address: &str) -> String {
        self.link_in(&self.newest_mail_to(address))
    }

    /// The path of the link that a mail carries.
    #[track_caller]
    pub fn link_in(&self, mail: &OutboxMail) -> String {
        let base = &self.app.config.base_url;
        let at = mail.text.find(base.as_str()).expect("a link in the mail");
        let url = mail.text[at..].split_whitespace().next().unwrap();
        url[base.len()..].to_owned()
    }

    /// A campaign, changed behind everybody's back.
    pub fn campaign(&self, id: &str, change: impl FnOnce(&mut Campaign)) -> Campaign {
        let stored = self.app.store.get::<Campaign>(&key([id])).unwrap();
        let mut campaign = stored.unwrap().doc;
        change(&mut campaign);
        let commit = Commit::new(self.app.now()).put(&campaign);
        self.app.store.commit(commit).unwrap();
        campaign
    }

    /// A new browser that has opened the personal link sent to an address, and the page it came to.
    pub async fn opens_link_of(&self, address: &str) -> (Visitor, Page) {
        let visitor = self.visitor();
        let answer = visitor.get(&self.link_of(address)).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.words());
        let start = visitor.follows(&answer).await;
        (visitor, start)
    }

    /// A browser in which a member of the secretariat has signed in.
    pub async fn secretary(&self) -> Visitor {
        let visitor = self.visitor();
        if self.app.is_demo() {
            let entered = visitor.get("/demo/sekretariat").await;
            assert_eq!(entered.status, StatusCode::SEE_OTHER);
        } else {
            let asked = visitor.get("/log-ind").await;
            visitor
                .presses(&asked, &[("mail", SECRETARY)], "Send mig et link")
                .await;
            self.send_mail();
            let door = visitor.get(&self.link_of(SECRETARY)).await;
            let entered = visitor.presses(&door, &[], "Log ind").await;
            assert_eq!(entered.status, StatusCode::SEE_OTHER);
        }
        visitor
    }

    pub fn passes(&self, time: TimeDelta) {
        self.app.advance_clock(time);
    }

    /// Waits until the use of the newest page's session is written down, which no page waits for.
    pub async fn note_is_made(&self) {
        let noted = || {
            let sessions = self.app.store.scan::<Session>("").unwrap();
            sessions
                .iter()
                .any(|s| !s.doc.is_to_be_noted(self.app.now()))
        };
        for _ in 0..2_000 {
            if noted() {
                return;
            }
            actix_web::rt::time::sleep(std::time::Duration::from_millis(2)).await;
        }
        panic!("the use of a session was not noted");
    }

    /// Everything that answers are kept in, with the commit that wrote it last.
    pub fn kept(&self) -> Vec<String> {
        let mut all = self.documents::<DraftDoc>();
        all.extend(self.documents::<Submission>());
        all.extend(self.documents::<Respondent>());
        all.extend(self.documents::<AttachmentDoc>());
        all
    }

    /// The submissions of a respondent, as they are stored.
    pub fn sent(&self, campaign: &str, respondent: &str) -> Vec<Submission> {
        samsvar::actions::answering::submissions(&self.app, campaign, respondent).unwrap()
    }

    /// The answers in a respondent's draft.
    #[track_caller]
    pub fn drafted(&self, campaign: &str, respondent: &str) -> serde_json::Value {
        let key = key([campaign, respondent]);
        let stored = self.app.store.get::<DraftDoc>(&key).unwrap();
        stored.expect("a draft").doc.draft.answers
    }

    /// All bytes below the data directory, file by file.
    pub fn data_files(&self) -> Files {
        files_below(self.dir.path())
    }

    fn documents<D: Document>(&self) -> Vec<String> {
        let stored = self.app.store.scan::<D>("").unwrap();
        let line = |s: samsvar::store::Stored<D>| {
            format!(
                "{} {} {}",
                D::TABLE,
                s.revision,
                serde_json::to_string(&s.doc).unwrap()
            )
        };
        stored.into_iter().map(line).collect()
    }
}

/// The member of the secretariat in a server without the demo.
pub const SECRETARY: &str = "sekretariat@region.example.dk";

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

    /// Fills in controls of the page and presses the button with that text; what else stands in the form goes along.
    pub async fn presses(&self, page: &Page, answers: &[(&str, &str)], button: &str) -> Page {
        self.attaches(page, answers, &[], button).await
    }

    /// Like [`Self::presses`], with files chosen.
    pub async fn attaches(
        &self,
        page: &Page,
        answers: &[(&str, &str)],
        files: &[File<'_>],
        button: &str,
    ) -> Page {
        let Sent {
            path,
            media_type,
            body,
        } = page.form_sent(answers, files, button);
        self.post_raw(&path, &media_type, body).await
    }

    /// Goes where the answer sends the browser.
    pub async fn follows(&self, answer: &Page) -> Page {
        let to = answer.location();
        self.get(&to).await
    }

    /// Opens an answer that was sent, for a reason.
    pub async fn reopens(&self, base: &str) {
        let page = self.get(&format!("{base}/genaabn")).await;
        let reason = [("grund", "Et tal var forkert.")];
        let open = self.presses(&page, &reason, "Åbn svaret igen").await;
        assert_eq!(open.status, StatusCode::SEE_OTHER, "{}", open.words());
    }

    /// Sends any request, with the cookies that fit its path.
    pub async fn send(&self, request: TestRequest, path: &str) -> Page {
        let path = path.split('#').next().unwrap();
        let mut request = request.uri(path);
        let cookies = self.cookies_for(path);
        if !cookies.is_empty() {
            request = request.insert_header((header::COOKIE, cookies));
        }
        let page = (self.handler)(request, path.to_owned()).await;
        for set in page.headers.get_all(header::SET_COOKIE) {
            self.keep(set.to_str().unwrap());
        }
        page
    }

    /// Takes over another browser's cookies, whatever path they are bound to.
    pub fn with_cookies_everywhere(self) -> Self {
        let all = self.cookies.take();
        let everywhere = |((_, name), value)| ((String::from("/"), name), value);
        self.cookies
            .replace(all.into_iter().map(everywhere).collect());
        self
    }

    /// Another window of the same browser.
    pub fn same_browser(&self) -> Self {
        Self {
            handler: Rc::clone(&self.handler),
            cookies: self.cookies.clone(),
        }
    }

    /// Carries a cookie everywhere from now on.
    pub fn takes_cookie(&self, name: &str, value: &str) {
        let place = (String::from("/"), name.to_owned());
        self.cookies.borrow_mut().insert(place, value.to_owned());
    }

    /// The values of all cookies.
    pub fn secrets(&self) -> Vec<String> {
        self.cookies.borrow().values().cloned().collect()
    }

    fn cookies_for(&self, path: &str) -> String {
        let bare = path.split('?').next().unwrap();
        let fits =
            |at: &str| bare == at || bare.starts_with(&format!("{}/", at.trim_end_matches('/')));
        let cookies = self.cookies.borrow();
        let fitting = cookies.iter().filter(|((at, _), _)| fits(at));
        let pairs: Vec<String> = fitting.map(|((_, n), v)| format!("{n}={v}")).collect();
        pairs.join("; ")
    }

    fn keep(&self, set: &str) {
        let (name, value) = set.split(';').next().unwrap().split_once('=').unwrap();
        let attribute = |name: &str| set.split("; ").find_map(|p| p.strip_prefix(name));
        let path = attribute("Path=").unwrap_or("/");
        let place = (path.to_owned(), name.to_owned());
        if attribute("Max-Age=") == Some("0") {
            self.cookies.borrow_mut().remove(&place);
        } else {
            self.cookies.borrow_mut().insert(place, value.to_owned());
        }
    }
}

/// The demo is made once and copied for each claim.
fn seeded_demo() -> Files {
    let dir = TempDir::new().unwrap();
    let app = open(dir.path(), Mode::Demo, None);
    send_mail(&app);
    drop(app);
    files_below(dir.path())
}

fn open(data: &Path, mode: Mode, forms: Option<&Path>) -> Arc<App> {
    let mut settings = Settings::default();
    settings.set("data", data.to_string_lossy());
    if let Some(forms) = forms {
        settings.set("forms", forms.to_string_lossy());
    }
    let config = settings
        .check()
        .unwrap_or_else(|faults| panic!("{faults:?}"));
    server::open(config, mode).unwrap_or_else(|e| panic!("{e}"))
}

#[track_caller]
fn send_mail(app: &Arc<App>) -> Report {
    let writer = Arc::new(LetterWriter {
        app: Arc::clone(app),
    });
    let outbox = OutboxDirectory::new(app.config.data.join("outbox"));
    let worker = Worker::new(
        Arc::clone(&app.store),
        Transport::outbox(outbox.path()),
        writer,
    );
    let report = worker.run_once(app.now()).unwrap();
    assert_eq!((report.failed, &report.stopped), (0, &None));
    report
}

fn files_below(dir: &Path) -> Files {
    let mut found = Vec::new();
    let mut folders = vec![dir.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.is_file() {
                let name = path.strip_prefix(dir).unwrap().to_string_lossy();
                found.push((name.into_owned(), fs::read(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

async fn page_of(
    answer: Result<ServiceResponse<impl MessageBody + 'static>, actix_web::Error>,
    path: String,
) -> Page {
    let response = match answer {
        Ok(response) => response.into_parts().1.map_into_boxed_body(),
        Err(error) => error.error_response(),
    };
    let (status, headers) = (response.status(), response.headers().clone());
    let body = actix_web::body::to_bytes(response.into_body()).await;
    let bytes = body.unwrap_or_default().to_vec();
    Page {
        path,
        status,
        headers,
        bytes,
    }
}
