//! The program killed at any point: no letter is lost, and none that was accepted is sent again.
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use samsvar::mail::{Tls, What};
use samsvar::store::SystemDisk;
use tempfile::TempDir;

use crate::server::{Encryption, Server, Stage};
use crate::{Clerk, Office, state_name};

/// The directory's files as a kill at this moment would leave them.
fn snapshot(dir: &Path) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    copy_into(dir, copy.path());
    copy
}

fn copy_into(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let there = to.join(entry.file_name());
        if entry.path().is_dir() {
            fs::create_dir_all(&there).unwrap();
            copy_into(&entry.path(), &there);
        } else if let Err(error) = fs::copy(entry.path(), &there) {
            // The index may drop a file of its own meanwhile; it is made anew from the journal.
            assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
        }
    }
}

/// What the next start makes of a directory, and how many mails it then sends.
fn restarted(dir: TempDir) -> (String, usize, Office) {
    let server = Server::start(Encryption::None);
    let transport = server.settings(Tls::None).transport().unwrap();
    let office = Office::at(dir, Arc::new(SystemDisk), Clerk::default(), transport);
    office.runs(1);
    let state = state_name(&office.letter("a").doc.state).to_owned();
    (state, server.mails().len(), office)
}

#[test]
fn a_kill_at_any_point_loses_no_letter_and_repeats_none_that_may_have_arrived() {
    let server = Server::start(Encryption::None);
    let office = Office::mailing_to(&server, Tls::None);
    office.queues("a");
    let taken: Arc<Mutex<Vec<(Stage, TempDir)>>> = Arc::default();
    let dir = office.dir.path().to_owned();
    server.listen({
        let taken = Arc::clone(&taken);
        move |stage| {
            // What comes after is the program's own last step, taken below.
            if stage < Stage::Accepted {
                taken.lock().unwrap().push((stage, snapshot(&dir)));
            }
        }
    });
    let before = snapshot(office.dir.path());
    assert_eq!(office.runs(0).sent, 1);
    let after = snapshot(office.dir.path());

    let (state, mails, _) = restarted(before);
    assert_eq!((state.as_str(), mails), ("sent", 1), "before");
    let taken = std::mem::take(&mut *taken.lock().unwrap());
    let stages: Vec<Stage> = taken.iter().map(|(stage, _)| *stage).collect();
    assert_eq!(
        stages,
        [Stage::Connected, Stage::Recipient, Stage::Data, Stage::Text]
    );
    for (stage, dir) in taken {
        let (state, mails, office) = restarted(dir);
        if stage < Stage::Data {
            assert_eq!((state.as_str(), mails), ("sent", 1), "{stage:?}");
            continue;
        }
        assert_eq!((state.as_str(), mails), ("in doubt", 0), "{stage:?}");
        let last = office.letter("a").doc.steps.pop().unwrap().what;
        assert!(matches!(last, What::InDoubt { .. }), "{last:?}");
        assert_eq!(office.runs(10_000).sent, 0, "it is not sent by itself");
        assert_eq!(office.waiting(), 0);
    }
    let (state, mails, _) = restarted(after);
    assert_eq!((state.as_str(), mails), ("sent", 0), "after");
}

#[test]
fn a_letter_kept_as_a_file_is_never_in_doubt() {
    for arrived in [false, true] {
        let dir = tempfile::tempdir().unwrap();
        let outbox = dir.path().join("outbox");
        let server = Server::start(Encryption::None);
        let office = Office::mailing_to(&server, Tls::None);
        office.queues("a");
        let taken: Arc<Mutex<Option<TempDir>>> = Arc::default();
        let here = office.dir.path().to_owned();
        server.listen({
            let taken = Arc::clone(&taken);
            move |stage| {
                if stage == Stage::Data {
                    *taken.lock().unwrap() = Some(snapshot(&here));
                }
            }
        });
        office.runs(0);
        let killed = taken.lock().unwrap().take().unwrap();
        if arrived {
            fs::create_dir_all(&outbox).unwrap();
            fs::write(outbox.join("19700101T000000000Z-a.eml"), "x").unwrap();
        }
        let transport = samsvar::mail::Transport::outbox(&outbox);
        let clerk = Clerk {
            // Tokens differ from those that the killed program drew.
            composed: 10.into(),
            ..Clerk::default()
        };
        let office = Office::at(killed, Arc::new(SystemDisk), clerk, transport);
        office.runs(1);
        office.runs(2);
        assert_eq!(state_name(&office.letter("a").doc.state), "sent");
        assert_eq!(fs::read_dir(&outbox).unwrap().count(), 1);
    }
}
