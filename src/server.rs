//! The running server: store, mail, timer and pages, started in that order.
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Service;
use actix_web::http::Method;
use actix_web::middleware::{Compress, NormalizePath, from_fn};
use actix_web::{App as Web, HttpServer, web::Data};

use crate::actions::letters::LetterWriter;
use crate::actions::returned::Returns;
use crate::app::{App, Mode};
use crate::config::{Config, MailTransport, Receive, SmtpConfig, TlsMode};
use crate::demo::{self, DemoMark};
use crate::forms_library::Library;
use crate::mail::{
    ListenOn, Login, Receiver, ReturnPath, Running, SmtpSettings, Tls, Transport, Worker,
};
use crate::store::{Ground, Keys, Store, StoreError};
use crate::{control, jobs, web};

/// Why the program does not start, each with what to do about it.
pub enum StartError {
    Store(StoreError),
    /// The key file can't be used.
    Key(String),
    /// The data directory belongs to the other of `serve` and `demo`.
    WrongMode(Mode),
    Mail(String),
    Seed(String),
    Listen(io::Error),
}

impl StartError {
    /// The data is encrypted and its key is not there.
    pub fn is_locked(&self) -> bool {
        matches!(
            self,
            Self::Key(_) | Self::Store(StoreError::KeyMissing { .. })
        )
    }
}

impl std::fmt::Display for StartError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Store(error) => write!(f, "{error}"),
            Self::Key(fault) => write!(f, "the key file {fault}"),
            Self::WrongMode(Mode::Serve) => f.write_str("this data directory holds a demonstration; give --data another directory, or run samsvar demo"),
            Self::WrongMode(Mode::Demo) => f.write_str("this data directory holds real collections; a demonstration must have a directory of its own (--data)"),
            Self::Mail(fault) => write!(f, "letters can't be sent: {fault}"),
            Self::Seed(fault) => write!(f, "the demonstration could not be made: {fault}"),
            Self::Listen(error) => write!(f, "can't listen on that address ({error}); is another program there? Choose another with --listen"),
        }
    }
}

/// The store opened and everything wired; nothing runs yet.
pub fn open(config: Config, mode: Mode) -> Result<Arc<App>, StartError> {
    let store = Arc::new(open_store(&config)?);
    let forms = Library::load(config.forms.as_deref());
    for (id, faults) in &forms.broken {
        log::warn!(
            "the form {id} is left out: it has {} faults, see samsvar form check",
            faults.len()
        );
    }
    let app = Arc::new(App::new(config, store, forms, mode));
    let mark = app
        .store
        .get::<DemoMark>("demo")
        .map_err(StartError::Store)?;
    let marked = mark.is_some();
    let half_made = mark.is_some_and(|m| !m.doc.complete);
    let used = app.store.durable_seq() > 0;
    match mode {
        Mode::Serve if marked => Err(StartError::WrongMode(Mode::Serve)),
        Mode::Demo if used && !marked => Err(StartError::WrongMode(Mode::Demo)),
        Mode::Demo if half_made => {
            demo::reset(&app).map_err(|e| StartError::Seed(e.to_string()))?;
            Ok(app)
        }
        Mode::Demo if !marked => {
            demo::seed(&app).map_err(|e| StartError::Seed(e.to_string()))?;
            Ok(app)
        }
        _ => Ok(app),
    }
}

fn open_store(config: &Config) -> Result<Store, StartError> {
    let keys = match &config.key_file {
        Some(file) => crate::key_file::read(file)
            .map_err(|why| StartError::Key(format!("{}: {why}", file.display())))?,
        None => Keys::default(),
    };
    let ground = Ground {
        keys,
        ..Ground::default()
    };
    let store = Store::open_on(&config.data, ground).map_err(StartError::Store)?;
    let readable = store.keys_in_use().map_err(StartError::Store)?;
    match store.key_id() {
        None => log::info!("data is not encrypted at rest: no key_file is set"),
        Some(id) => log::info!("data is encrypted at rest with key {id}"),
    }
    if store.key_id().is_some() && readable.iter().any(|key| key.as_deref() != store.key_id()) {
        log::warn!("older data lies readable or under another key; run samsvar key rotate");
    }
    Ok(store)
}

/// Runs until SIGTERM or Ctrl-C. `ready` is called once pages can be opened.
pub fn run(app: Arc<App>, ready: impl FnOnce(&App) + Send + 'static) -> Result<(), StartError> {
    let mail = start_mail(&app)?;
    let receiver = start_receiver(&app)?;
    jobs::start(&app).map_err(StartError::Listen)?;
    if let Err(error) = control::listen(&app) {
        log::warn!("commands can't reach this server: {error}");
    }
    let served = actix_web::rt::System::new().block_on(serve(&app, ready));
    drop(receiver);
    mail.stop();
    served.map_err(StartError::Listen)
}

async fn serve(app: &Arc<App>, ready: impl FnOnce(&App) + Send + 'static) -> io::Result<()> {
    let data = Data::from(Arc::clone(app));
    let server = HttpServer::new(move || {
        Web::new()
            .app_data(data.clone())
            .wrap(from_fn(web::in_chosen_language))
            .wrap(Compress::default())
            .wrap(web::headers())
            .wrap(NormalizePath::trim())
            .wrap_fn(|mut request, service| {
                // The codec leaves the body out; routes need only know GET.
                if request.method() == Method::HEAD {
                    request.head_mut().method = Method::GET;
                }
                service.call(request)
            })
            .configure(web::routes)
    })
    .workers(2)
    .client_request_timeout(Duration::from_secs(20))
    .shutdown_timeout(10)
    .bind(app.config.listen)?
    .run();
    let ours = Arc::clone(app);
    // It may wait for letters to leave, and pages must be served meanwhile.
    std::thread::Builder::new()
        .name("ready".into())
        .spawn(move || ready(&ours))?;
    server.await
}

fn start_mail(app: &Arc<App>) -> Result<Running, StartError> {
    let transport = transport(&app.config)?;
    let writer = Arc::new(LetterWriter {
        app: Arc::clone(app),
    });
    let path = app.config.mail.return_path.as_deref();
    let worker = Worker::new(Arc::clone(&app.store), transport, writer)
        .with_return_path(path.and_then(ReturnPath::parse))
        .with_pace(app.config.mail.letters_per_minute)
        .leaving_as_written(app.is_demo());
    let worker = Arc::new(worker);
    let clock = Arc::clone(app);
    worker
        .start(Arc::new(move || clock.now()))
        .map_err(|e| StartError::Mail(e.to_string()))
}

fn start_receiver(app: &Arc<App>) -> Result<Option<Receiver>, StartError> {
    let path = app.config.mail.return_path.as_deref();
    let (Some(receive), Some(path)) = (&app.config.mail.receive, path.and_then(ReturnPath::parse))
    else {
        return Ok(None);
    };
    let on = match receive {
        Receive::Lmtp(path) => ListenOn::Lmtp(path.clone()),
        Receive::Smtp(address) => ListenOn::Smtp(*address),
    };
    let returns = Arc::new(Returns::new(Arc::clone(app), path));
    Receiver::start(&on, returns)
        .map(Some)
        .map_err(|e| StartError::Mail(format!("mail.receive can't be listened on ({e})")))
}

/// The way out that the settings name; a demo never sends.
pub fn transport(config: &Config) -> Result<Transport, StartError> {
    match &config.mail.transport {
        MailTransport::Outbox => Ok(outbox(&config.data)),
        MailTransport::Smtp(smtp) => smtp_settings(smtp)
            .transport()
            .map_err(|e| StartError::Mail(e.to_string())),
    }
}

/// The mail server as the settings name it.
pub fn smtp_settings(smtp: &SmtpConfig) -> SmtpSettings {
    SmtpSettings {
        host: smtp.host.clone(),
        port: Some(smtp.port),
        tls: match smtp.tls {
            TlsMode::StartTls => Tls::StartTls,
            TlsMode::Implicit => Tls::Implicit,
            TlsMode::None => Tls::None,
        },
        login: smtp.login.as_ref().map(|(user, password)| Login {
            user: user.clone(),
            password: password.clone(),
        }),
        ca_file: smtp.ca_file.clone(),
        timeout: Duration::from_secs(smtp.timeout_seconds),
        hello: None,
    }
}

fn outbox(data: &Path) -> Transport {
    Transport::outbox(data.join("outbox"))
}
