//! The real program, killed with SIGKILL while it gives letters to a real mail server, and started again.
//!
//! No letter is lost, and none that the server accepted leaves a second time. One window is left, and is told as
//! such: between the text and the stored 250 nobody can know, so the letter is "in doubt" and not repeated.
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use samsvar::actions::SignInRequest;
use samsvar::app::{App, Mode};
use samsvar::config::Settings;
use samsvar::mail::{Letter, LetterKind, fresh_id, letters_of, queue};
use samsvar::store::Commit;

use crate::server::{Encryption, Server, Stage};
use crate::{person, state_name};

/// A data directory with a program that may run on it.
struct Site {
    dir: tempfile::TempDir,
    child: Arc<Mutex<Option<Child>>>,
}

impl Site {
    fn at(server: &Server) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let text = format!(
            "listen = \"127.0.0.1:0\"\ndata = {:?}\nbase_url = \"http://127.0.0.1:1\"\n[mail]\ntransport = \"smtp\"\n\
             host = \"127.0.0.1\"\nport = {}\ntls = \"none\"\nfrom = \"samsvar@example.dk\"\ntimeout = 2\n",
            dir.path().join("data"),
            server.port
        );
        std::fs::write(dir.path().join("samsvar.toml"), text).unwrap();
        Self {
            dir,
            child: Arc::default(),
        }
    }

    fn config(&self) -> PathBuf {
        self.dir.path().join("samsvar.toml")
    }

    /// The store, while no program runs.
    fn app(&self) -> Arc<App> {
        let config = Settings::from_file(&self.config()).check();
        let config = config.unwrap_or_else(|faults| panic!("{faults:?}"));
        samsvar::server::open(config, Mode::Serve).unwrap_or_else(|e| panic!("{e}"))
    }

    /// Puts letters into the outbox; gives back their ids.
    fn queues(&self, count: usize) -> Vec<String> {
        let app = self.app();
        let now = app.now();
        let ids = (0..count).map(|_| {
            let id = fresh_id().unwrap();
            let request = SignInRequest {
                id: id.clone(),
                staff: "inga@example.dk".into(),
                browser_hash: String::new(),
                asked: now,
            };
            let kind = LetterKind::Other {
                about: "sign_in_request".into(),
                key: id.clone(),
            };
            let to = person("Inga", "inga@example.dk");
            let letter = Letter::queued(id.clone(), None, None, to, kind, now, now);
            let commit = Commit::new(now).put_new(&request);
            app.store.commit(queue(commit, &letter)).unwrap();
            id
        });
        ids.collect()
    }

    fn starts(&self) {
        let child = Command::new(env!("CARGO_BIN_EXE_samsvar"))
            .args(["serve", "--config"])
            .arg(self.config())
            .env("SAMSVAR_LOG", "off")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        *self.child.lock().unwrap() = Some(child);
    }

    /// Whether there was one to kill.
    fn kills(child: &Mutex<Option<Child>>) -> bool {
        let Some(mut child) = child.lock().unwrap().take() else {
            return false;
        };
        child.kill().unwrap();
        child.wait().unwrap();
        true
    }

    fn stops(&self) {
        let mut child = self.child.lock().unwrap().take().unwrap();
        let pid = child.id().to_string();
        Command::new("kill").args(["-TERM", &pid]).status().unwrap();
        child.wait().unwrap();
    }

    fn states(&self) -> BTreeMap<String, &'static str> {
        let app = self.app();
        let all = letters_of(&app.store, None).unwrap();
        let state = |letter: Letter| (letter.id.clone(), state_name(&letter.state));
        all.into_iter().map(|stored| state(stored.doc)).collect()
    }

    /// Runs the program until no letter waits any more, and tells how they ended.
    fn settles(&self) -> BTreeMap<String, &'static str> {
        let patience = Instant::now() + Duration::from_secs(30);
        loop {
            let states = self.states();
            let waits = |state: &&str| matches!(*state, "queued" | "handed over");
            if !states.values().any(waits) {
                return states;
            }
            assert!(Instant::now() < patience, "{states:?}");
            self.starts();
            thread::sleep(Duration::from_millis(900));
            self.stops();
        }
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        Self::kills(&self.child);
    }
}

/// How often each letter was accepted, by its `Message-ID`.
fn accepted(server: &Server) -> BTreeMap<String, usize> {
    let mut times = BTreeMap::new();
    for mail in server.mails() {
        let id = mail.lines().find_map(|l| l.strip_prefix("Message-ID: <"));
        let id = id.and_then(|l| l.split('@').next()).unwrap().to_owned();
        *times.entry(id).or_default() += 1;
    }
    times
}

/// What holds whenever the kill came.
#[track_caller]
fn nothing_is_lost_or_doubled(
    ids: &[String],
    states: &BTreeMap<String, &'static str>,
    accepted: &BTreeMap<String, usize>,
    when: &str,
) {
    for id in ids {
        let state = states.get(id).unwrap_or_else(|| panic!("{when}: lost"));
        let times = accepted.get(id).copied().unwrap_or_default();
        match *state {
            "sent" => assert_eq!(times, 1, "{when}"),
            "in doubt" => assert!(times <= 1, "{when}: {times} copies"),
            other => panic!("{when}: {other}"),
        }
    }
}

#[test]
fn the_program_killed_at_each_word_of_the_conversation_loses_and_repeats_no_letter() {
    for stage in [
        Stage::Connected,
        Stage::Recipient,
        Stage::Data,
        Stage::Text,
        Stage::Accepted,
    ] {
        let server = Server::start(Encryption::None);
        let site = Site::at(&server);
        let ids = site.queues(1);
        let (told, killed) = std::sync::mpsc::channel();
        let told = Mutex::new(told);
        let child = Arc::clone(&site.child);
        server.listen(move |at| {
            if at == stage && Site::kills(&child) {
                let _ = told.lock().unwrap().send(());
            }
        });
        site.starts();
        let waited = killed.recv_timeout(Duration::from_secs(20));
        assert!(waited.is_ok(), "{stage:?} was not reached");
        server.listen(|_| {});
        let states = site.settles();
        let accepted = accepted(&server);
        let when = format!("killed at {stage:?}");
        nothing_is_lost_or_doubled(&ids, &states, &accepted, &when);
        let state = states[&ids[0]];
        match stage {
            // Nothing of the letter had left: it goes with the next start.
            Stage::Connected | Stage::Recipient => assert_eq!(state, "sent", "{when}"),
            // It may have arrived: it is not repeated, and somebody is asked.
            Stage::Data => assert_eq!((state, accepted.len()), ("in doubt", 0)),
            Stage::Text => assert_eq!((state, accepted.len()), ("in doubt", 1)),
            // The 250 was on its way: either it was stored, or the letter is in doubt.
            Stage::Accepted => assert_eq!(accepted.len(), 1, "{when}"),
        }
    }
}

#[test]
fn the_program_killed_again_and_again_among_many_letters_loses_and_repeats_none() {
    let server = Server::start(Encryption::None);
    let site = Site::at(&server);
    let ids = site.queues(40);
    let mut killed_amid = 0;
    for round in 0..8_usize {
        // Killed at another letter, and another word, each time.
        let left = Mutex::new(3 + 5 * round % 17);
        let child = Arc::clone(&site.child);
        server.listen(move |_| {
            let mut left = left.lock().unwrap();
            if *left > 0 {
                *left -= 1;
                if *left == 0 {
                    Site::kills(&child);
                }
            }
        });
        site.starts();
        let patience = Instant::now() + Duration::from_secs(6);
        while site.child.lock().unwrap().is_some() && Instant::now() < patience {
            thread::sleep(Duration::from_millis(5));
        }
        if site.child.lock().unwrap().is_none() {
            killed_amid += 1;
        } else {
            Site::kills(&site.child);
        }
        server.listen(|_| {});
    }
    assert!(killed_amid >= 5, "{killed_amid}");
    let states = site.settles();
    nothing_is_lost_or_doubled(&ids, &states, &accepted(&server), "among many");
    let doubts = states.values().filter(|state| **state == "in doubt");
    assert!(doubts.count() <= killed_amid, "one for each kill at most");
}
