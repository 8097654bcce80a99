//! Takes what the site's mail server hands over for our return paths: LMTP on a socket, or SMTP on loopback.
//!
//! It takes mail for known letters only and sends nothing on, so it is no relay. Everything that a peer can
//! make large is bounded, and a mail is acknowledged only when it is on stable storage.
use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Bytes of a command line.
const MOST_LINE: u64 = 4_096;
/// Bytes of a mail that are kept; a report stands in the first of them.
const MOST_KEPT: usize = 1 << 20;
/// Bytes of a mail that are taken at all.
const MOST_MAIL: usize = 25 << 20;
const MOST_CONNECTIONS: usize = 8;
const MOST_RECIPIENTS: usize = 20;
/// Commands in one connection.
const MOST_COMMANDS: usize = 1_000;
const MOST_SILENCE: Duration = Duration::from_secs(60);
const MOST_TIME: Duration = Duration::from_secs(600);
/// Between two looks for a new connection.
const PAUSE: Duration = Duration::from_millis(50);

/// Where mail comes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListenOn {
    Lmtp(PathBuf),
    /// Must be a loopback address.
    Smtp(SocketAddr),
}

/// Who mail is for.
pub trait Inbox: Send + Sync + 'static {
    fn knows(&self, recipient: &str) -> bool;
    /// Returns when the mail is on stable storage.
    fn take(&self, recipient: &str, mail: &[u8]) -> Taken;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    Kept,
    /// The disk or the store said no; the mail server keeps the mail and tries again.
    Later,
}

/// A running receiver; it ends when dropped.
pub struct Receiver {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    /// The port in use, for SMTP.
    pub address: Option<SocketAddr>,
}

impl Receiver {
    pub fn start(on: &ListenOn, inbox: Arc<dyn Inbox>) -> io::Result<Self> {
        let door = Door::open(on)?;
        let address = door.address();
        let stop = Arc::new(AtomicBool::new(false));
        let thread = thread::Builder::new().name("receive".into()).spawn({
            let stop = Arc::clone(&stop);
            move || door.serve(&stop, &inbox)
        })?;
        Ok(Self {
            stop,
            thread: Some(thread),
            address,
        })
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            log::error!("the receiving thread had broken off");
        }
    }
}

enum Door {
    Lmtp(UnixListener, PathBuf),
    Smtp(TcpListener),
}

impl Door {
    fn open(on: &ListenOn) -> io::Result<Self> {
        match on {
            ListenOn::Lmtp(path) => {
                // One that a killed program left; a live one belongs to us, for the store is locked.
                let _ = fs::remove_file(path);
                let listener = UnixListener::bind(path)?;
                // The mail server's user comes in by its group.
                fs::set_permissions(path, fs::Permissions::from_mode(0o660))?;
                listener.set_nonblocking(true)?;
                Ok(Self::Lmtp(listener, path.clone()))
            }
            ListenOn::Smtp(address) if address.ip().is_loopback() => {
                let listener = TcpListener::bind(address)?;
                listener.set_nonblocking(true)?;
                Ok(Self::Smtp(listener))
            }
            ListenOn::Smtp(_) => Err(io::Error::other("only a loopback address is listened on")),
        }
    }

    fn address(&self) -> Option<SocketAddr> {
        match self {
            Self::Lmtp(..) => None,
            Self::Smtp(listener) => listener.local_addr().ok(),
        }
    }

    fn serve(&self, stop: &AtomicBool, inbox: &Arc<dyn Inbox>) {
        let open = Arc::new(AtomicUsize::new(0));
        while !stop.load(Ordering::SeqCst) {
            let began = match self {
                Self::Lmtp(listener, _) => listener.accept().and_then(|(stream, _)| {
                    stream.set_nonblocking(false)?;
                    stream.set_read_timeout(Some(MOST_SILENCE))?;
                    stream.set_write_timeout(Some(MOST_SILENCE))?;
                    begin(stream, true, inbox, &open)
                }),
                Self::Smtp(listener) => listener.accept().and_then(|(stream, _)| {
                    stream.set_nonblocking(false)?;
                    stream.set_read_timeout(Some(MOST_SILENCE))?;
                    stream.set_write_timeout(Some(MOST_SILENCE))?;
                    begin(stream, false, inbox, &open)
                }),
            };
            match began {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => thread::sleep(PAUSE),
                Err(error) => {
                    log::warn!("a connection with returned mail failed: {error}");
                    thread::sleep(PAUSE);
                }
            }
        }
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        if let Self::Lmtp(_, path) = self {
            let _ = fs::remove_file(path);
        }
    }
}

/// Serves one connection in a thread of its own, unless there are too many.
fn begin<S: Read + Write + Send + 'static>(
    mut stream: S,
    lmtp: bool,
    inbox: &Arc<dyn Inbox>,
    open: &Arc<AtomicUsize>,
) -> io::Result<()> {
    let place = Place::take(open);
    let Some(place) = place else {
        return stream.write_all(b"421 4.3.2 too many connections\r\n");
    };
    let inbox = Arc::clone(inbox);
    thread::Builder::new()
        .name("receive".into())
        .spawn(move || {
            let _place = place;
            let conversation = Conversation {
                stream: BufReader::new(stream),
                lmtp,
                inbox: inbox.as_ref(),
                began: Instant::now(),
                recipients: Vec::new(),
                has_sender: false,
            };
            // A peer that hangs up keeps the mail and tries again.
            let _ = conversation.run();
        })
        .map(drop)
}

/// One of the connections allowed at a time.
struct Place(Arc<AtomicUsize>);

impl Place {
    fn take(open: &Arc<AtomicUsize>) -> Option<Self> {
        if open.fetch_add(1, Ordering::SeqCst) >= MOST_CONNECTIONS {
            open.fetch_sub(1, Ordering::SeqCst);
            return None;
        }
        Some(Self(Arc::clone(open)))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

struct Conversation<'a, S: Read + Write> {
    stream: BufReader<S>,
    lmtp: bool,
    inbox: &'a dyn Inbox,
    began: Instant,
    recipients: Vec<String>,
    has_sender: bool,
}

impl<S: Read + Write> Conversation<'_, S> {
    fn run(mut self) -> io::Result<()> {
        self.say("220 samsvar takes returned mail")?;
        for _ in 0..MOST_COMMANDS {
            if self.began.elapsed() > MOST_TIME {
                break;
            }
            let Some(line) = self.hear()? else {
                return Ok(());
            };
            let (verb, rest) = line.split_once(' ').unwrap_or((&line, ""));
            match verb.to_ascii_uppercase().as_str() {
                "LHLO" if self.lmtp => self.greet()?,
                "EHLO" if !self.lmtp => self.greet()?,
                "HELO" if !self.lmtp => self.say("250 samsvar")?,
                "MAIL" => self.sender(rest)?,
                "RCPT" => self.recipient(rest)?,
                "DATA" => self.mail()?,
                "RSET" => {
                    self.forget();
                    self.say("250 2.0.0 ok")?;
                }
                "NOOP" => self.say("250 2.0.0 ok")?,
                "QUIT" => return self.say("221 2.0.0 bye"),
                _ => self.say("500 5.5.1 not understood")?,
            }
        }
        self.say("421 4.7.0 that was enough")
    }

    fn greet(&mut self) -> io::Result<()> {
        self.forget();
        self.say(&format!(
            "250-samsvar\r\n250-PIPELINING\r\n250-ENHANCEDSTATUSCODES\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE {MOST_MAIL}"
        ))
    }

    fn sender(&mut self, rest: &str) -> io::Result<()> {
        if !rest.to_ascii_uppercase().starts_with("FROM:") {
            return self.say("501 5.5.4 MAIL FROM:<address>");
        }
        self.forget();
        self.has_sender = true;
        self.say("250 2.1.0 ok")
    }

    fn recipient(&mut self, rest: &str) -> io::Result<()> {
        if !self.has_sender {
            return self.say("503 5.5.1 MAIL first");
        }
        if self.recipients.len() >= MOST_RECIPIENTS {
            return self.say("452 4.5.3 too many recipients");
        }
        let address = rest
            .split_once('<')
            .and_then(|(_, rest)| rest.split_once('>'))
            .map(|(address, _)| address.to_owned());
        match address {
            Some(address) if self.inbox.knows(&address) => {
                self.recipients.push(address);
                self.say("250 2.1.5 ok")
            }
            _ => self.say("550 5.1.1 no letter has this return path"),
        }
    }

    fn mail(&mut self) -> io::Result<()> {
        if self.recipients.is_empty() {
            return self.say("503 5.5.1 RCPT first");
        }
        self.say("354 end with a dot")?;
        let mail = self.text()?;
        let recipients = std::mem::take(&mut self.recipients);
        self.forget();
        let replies: Vec<&str> = recipients
            .iter()
            .map(|recipient| match &mail {
                None => "552 5.3.4 too large",
                Some(mail) => match self.inbox.take(recipient, mail) {
                    Taken::Kept => "250 2.0.0 kept",
                    Taken::Later => "451 4.3.0 try again later",
                },
            })
            .collect();
        if self.lmtp {
            return replies.iter().try_for_each(|reply| self.say(reply));
        }
        // One answer for all: what was kept for some is kept once more with the next try.
        let worst = replies.iter().find(|reply| !reply.starts_with('2'));
        self.say(
            worst
                .or(replies.first())
                .unwrap_or(&"451 4.3.0 try again later"),
        )
    }

    /// The mail up to the dot, its beginning only where it is long; `None` if it is too large.
    fn text(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut kept = Vec::new();
        let mut seen = 0;
        let mut line = Vec::new();
        let mut at_start = true;
        loop {
            line.clear();
            let count = (&mut self.stream)
                .take(MOST_LINE)
                .read_until(b'\n', &mut line)?;
            if count == 0 || self.began.elapsed() > MOST_TIME {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            // Only a line that begins and ends as it should ends the mail.
            if at_start && line == b".\r\n" {
                break;
            }
            seen += count;
            if seen > 2 * MOST_MAIL {
                return Err(io::ErrorKind::InvalidData.into());
            }
            let text = match line.strip_prefix(b".") {
                Some(stuffed) if at_start => stuffed,
                _ => &line,
            };
            let room = MOST_KEPT - kept.len();
            kept.extend_from_slice(text.get(..room.min(text.len())).unwrap_or_default());
            at_start = line.ends_with(b"\r\n");
        }
        Ok((seen <= MOST_MAIL).then_some(kept))
    }

    fn forget(&mut self) {
        self.recipients.clear();
        self.has_sender = false;
    }

    /// A command line; `None` when the peer has hung up.
    fn hear(&mut self) -> io::Result<Option<String>> {
        let mut line = Vec::new();
        let count = (&mut self.stream)
            .take(MOST_LINE)
            .read_until(b'\n', &mut line)?;
        if count == 0 {
            return Ok(None);
        }
        if !line.ends_with(b"\n") {
            self.say("500 5.5.6 line too long")?;
            return Err(io::ErrorKind::InvalidData.into());
        }
        Ok(Some(String::from_utf8_lossy(&line).trim_end().to_owned()))
    }

    fn say(&mut self, reply: &str) -> io::Result<()> {
        let stream = self.stream.get_mut();
        stream.write_all(format!("{reply}\r\n").as_bytes())?;
        stream.flush()
    }
}
