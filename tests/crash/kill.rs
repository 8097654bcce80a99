//! Kills the writer at random moments, again and again, on one and the same directory.
use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::random::Random;
use crate::writer::{self, acknowledged, faults};
use crate::{asked_for, scratch, variable};

/// Run as a process of its own by the test below.
#[test]
fn child_that_is_killed() {
    let (Some(dir), Some(acks)) = (
        variable("SAMSVAR_KILLED_DATA"),
        variable("SAMSVAR_KILLED_ACKS"),
    ) else {
        return;
    };
    let store = writer::open(&dir).unwrap();
    writer::write(&store, None, &acks);
}

#[test]
fn a_process_killed_at_random_moments_loses_nothing_acknowledged() {
    let rounds = asked_for("SAMSVAR_KILL_ROUNDS", 200);
    let seed = asked_for("SAMSVAR_CRASH_SEED", 7) as u64;
    let mut random = Random(seed);
    let mut before_any_ack = 0;
    let mut folder = scratch();
    for round in 0..rounds {
        // Begun anew at times: early moments (creation, first file) are moments, too.
        if round % 25 == 0 {
            folder = scratch();
        }
        let (data, acks) = (folder.path().join("data"), folder.path().join("acks"));
        let told_before = fs::read_to_string(&acks).unwrap_or_default().len();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "kill::child_that_is_killed", "--nocapture"])
            .env("SAMSVAR_KILLED_DATA", &data)
            .env("SAMSVAR_KILLED_ACKS", &acks)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let moment = Duration::from_micros(random.below(90_000));
        let begun = Instant::now();
        // Most kills fall into the writing, some into the start.
        let wait_for_load = random.below(5) > 0;
        while wait_for_load
            && fs::metadata(&acks).map_or(0, |found| found.len()) as usize == told_before
            && begun.elapsed() < Duration::from_secs(20)
        {
            thread::sleep(Duration::from_millis(1));
        }
        thread::sleep(moment);
        child.kill().unwrap();
        child.wait().unwrap();
        let told = fs::read_to_string(&acks).unwrap_or_default();
        before_any_ack += usize::from(told.len() == told_before);
        let store = writer::open(&data)
            .unwrap_or_else(|error| panic!("round {round}, seed {seed}: {error}"));
        let found = faults(&store, &acknowledged(told.lines()));
        assert!(found.is_empty(), "round {round}, seed {seed}: {found:?}");
        // Now and then the next start meets what a kill left, not what this look left.
        drop(store);
    }
    assert!(
        before_any_ack < rounds / 2,
        "{before_any_ack} of {rounds} kills fell before any acknowledgement"
    );
}
