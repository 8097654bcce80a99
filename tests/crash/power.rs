//! Cuts the power at every kind of moment of a recorded run, and starts the store on what the disk may hold then.
use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::disk::{Fate, Left, Recording, Syncs};
use crate::random::Random;
use crate::writer::{self, acknowledged, faults};
use crate::{asked_for, scratch, trace, variable};

/// What each writer makes in one recorded session.
const ROUNDS: u64 = 16;

/// Run under strace, as a process of its own: `SAMSVAR_CRASH_ENDS` says whether it ends in good order.
#[test]
fn child_that_is_recorded() {
    let (Some(dir), Some(acks)) = (
        variable("SAMSVAR_CRASH_DATA"),
        variable("SAMSVAR_CRASH_ACKS"),
    ) else {
        return;
    };
    let store = writer::open(&dir).unwrap();
    writer::write(&store, Some(ROUNDS), &acks);
    if variable("SAMSVAR_CRASH_ENDS").is_some() {
        drop(store);
    }
    // Without the destructors of the test harness or of a store that is not dropped.
    std::process::exit(0);
}

/// A recorded directory, its logs, and what was there and told before.
struct Run {
    folder: tempfile::TempDir,
    base: Left,
    told_before: Vec<String>,
    logs: Vec<PathBuf>,
}

impl Run {
    fn begin(base: Left, told_before: Vec<String>) -> Self {
        let folder = scratch();
        base.write(folder.path());
        let mut run = Self {
            folder,
            base,
            told_before,
            logs: Vec::new(),
        };
        run.base = Left::read(run.folder.path());
        run
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("machine")
    }

    fn acks(&self) -> PathBuf {
        self.folder.path().join("acks")
    }

    fn session(&mut self, ends_well: bool) {
        let log = self.folder.path().join(format!("log-{}", self.logs.len()));
        let (data, acks) = (self.root().join("data"), self.acks());
        let mut variables = vec![
            ("SAMSVAR_CRASH_DATA", data.as_path()),
            ("SAMSVAR_CRASH_ACKS", acks.as_path()),
        ];
        if ends_well {
            variables.push(("SAMSVAR_CRASH_ENDS", Path::new("well")));
        }
        trace::record("power::child_that_is_recorded", &variables, &log);
        self.logs.push(log);
    }

    fn recording(&self, syncs: Syncs) -> Recording {
        Recording::of(
            self.folder.path(),
            &self.acks(),
            &self.base,
            &self.logs,
            syncs,
        )
    }
}

/// What came of starting on many crash states.
#[derive(Debug, Default)]
struct Tally {
    distinct: usize,
    faults: Vec<String>,
}

/// Starts the store on up to `most` distinct states of the recording.
fn tried(run: &Run, recording: &Recording, most: usize, seed: u64) -> Tally {
    let seen = Mutex::new(HashSet::new());
    let found = Mutex::new(Vec::new());
    let next = AtomicUsize::new(0);
    let (places, unsettled) = (recording.places(), recording.unsettled(1));
    let much_unsettled = recording.unsettled(2_048);
    let begun = Instant::now();
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while seen.lock().unwrap().len() < most
                    && begun.elapsed() < Duration::from_secs(600)
                {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number > most * 4 {
                        return;
                    }
                    let mut random = Random(seed ^ (number as u64).wrapping_mul(0x1234_5677));
                    let fate = Fate::MIX[number % Fate::MIX.len()];
                    let places = match fate {
                        Fate::Dropped | Fate::Kept => &places,
                        Fate::Reordered => &unsettled,
                        Fate::Torn => &much_unsettled,
                    };
                    let cut = places[number * 13 % places.len()];
                    let with_index = number % 16 < 2;
                    let left = recording
                        .left(cut, fate, with_index, &mut random)
                        .after_restart();
                    if !seen.lock().unwrap().insert(left.hash()) {
                        continue;
                    }
                    let told = run
                        .told_before
                        .iter()
                        .map(String::as_str)
                        .chain(recording.acknowledged(cut));
                    let wrong = started_on(&left, &acknowledged(told));
                    if !wrong.is_empty() {
                        let what = format!(
                            "seed {seed}, state {number}, cut at {cut}, {fate:?}: {}",
                            wrong.join("; ")
                        );
                        found.lock().unwrap().push(what);
                    }
                }
            });
        }
    });
    Tally {
        distinct: seen.into_inner().unwrap().len(),
        faults: found.into_inner().unwrap(),
    }
}

fn started_on(left: &Left, told: &std::collections::BTreeMap<u64, u64>) -> Vec<String> {
    let folder = scratch();
    left.write(folder.path());
    let data = folder.path().join("machine/data");
    fs::create_dir_all(data.parent().unwrap()).unwrap();
    match writer::open(&data) {
        Ok(store) => faults(&store, told),
        Err(error) => vec![format!("failed start: {error}")],
    }
}

/// A first start, a second one, one after a process that broke off, and a good end.
fn recorded() -> Run {
    let mut base = Left::default();
    base.dirs.insert("machine".into());
    let mut run = Run::begin(base, Vec::new());
    run.session(true);
    run.session(false);
    run.session(true);
    run
}

#[test]
fn whatever_the_disk_kept_nothing_acknowledged_is_lost_and_nothing_is_half() {
    let states = asked_for("SAMSVAR_CRASH_STATES", 1_200);
    let seed = asked_for("SAMSVAR_CRASH_SEED", 7) as u64;
    let run = recorded();
    let recording = run.recording(Syncs::All);
    assert_eq!(
        recording.acks.len(),
        3 * (ROUNDS * writer::WRITERS) as usize,
        "acknowledgements are missing from the recording"
    );
    let first = tried(&run, &recording, states - states / 5, seed);
    assert_eq!(first.faults, Vec::<String>::new());
    let second = power_cut_again(&recording, states / 5, seed);
    println!(
        "{} places, {} unsettled: {} distinct crash states, {} of them of a recovery that was itself cut",
        recording.places().len(),
        recording.unsettled(1).len(),
        first.distinct + second,
        second
    );
    assert!(
        first.distinct + second >= states.min(1_000),
        "{} distinct states",
        first.distinct + second
    );
    the_program_starts_on_some(&run, &recording, seed);
    without_syncs_the_test_finds_losses(&run);
}

/// The start after a power cut is recorded, too, and cut.
fn power_cut_again(recording: &Recording, states: usize, seed: u64) -> usize {
    let mut random = Random(seed);
    let places = recording.places();
    let mut distinct = 0;
    for part in [5, 8] {
        let cut = places[places.len() * part / 9];
        let left = recording
            .left(cut, Fate::Torn, true, &mut random)
            .after_restart();
        let told = recording.acknowledged(cut).map(str::to_owned).collect();
        let mut again = Run::begin(left, told);
        again.session(false);
        let tally = tried(&again, &again.recording(Syncs::All), states / 2, seed);
        assert_eq!(tally.faults, Vec::<String>::new());
        distinct += tally.distinct;
    }
    distinct
}

/// The same with syncs that the disk ignores: a test that finds nothing then would find nothing ever.
fn without_syncs_the_test_finds_losses(run: &Run) {
    for syncs in [Syncs::None, Syncs::FilesOnly] {
        let tally = tried(run, &run.recording(syncs), 60, 11);
        assert!(
            tally.faults.iter().any(|fault| fault.contains("lost")),
            "{syncs:?}: no loss in {} states: {:?}",
            tally.distinct,
            tally.faults
        );
    }
}

fn the_program_starts_on_some(run: &Run, recording: &Recording, seed: u64) {
    let mut random = Random(seed ^ 99);
    let places = recording.places();
    for (number, fate) in [Fate::Dropped, Fate::Kept, Fate::Reordered, Fate::Torn]
        .into_iter()
        .enumerate()
    {
        let cut = places[places.len() * (number + 4) / 9];
        let left = recording.left(cut, fate, true, &mut random).after_restart();
        let folder = scratch();
        left.write(folder.path());
        let data = folder.path().join("machine/data");
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let mut server = Command::new(env!("CARGO_BIN_EXE_samsvar"))
            .args(["serve", "--listen", &format!("127.0.0.1:{port}"), "--data"])
            .arg(&data)
            // Those of a longer run are no settings of the program.
            .env_remove("SAMSVAR_CRASH_STATES")
            .env_remove("SAMSVAR_CRASH_SEED")
            .env_remove("SAMSVAR_KILL_ROUNDS")
            .env("SAMSVAR_LOG", "info")
            .stdout(Stdio::null())
            .stderr(File::create(folder.path().join("log")).unwrap())
            .spawn()
            .unwrap();
        let answer = health(port);
        let log = fs::read_to_string(folder.path().join("log")).unwrap();
        server.kill().unwrap();
        server.wait().unwrap();
        let healthy = answer.starts_with("HTTP/1.1 200");
        assert!(healthy, "{fate:?}, cut at {cut}: {answer}\n{log}");
        let told = run
            .told_before
            .iter()
            .map(String::as_str)
            .chain(recording.acknowledged(cut));
        let store = writer::open(&data).unwrap();
        assert_eq!(faults(&store, &acknowledged(told)), Vec::<String>::new());
    }
}

/// The program's word on its health; empty when it does not start.
fn health(port: u16) -> String {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(60) {
        if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) {
            let mut answer = String::new();
            let asked = b"GET /sundhed HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
            if stream.write_all(asked).is_ok() && stream.read_to_string(&mut answer).is_ok() {
                return answer;
            }
        }
        thread::sleep(Duration::from_millis(20));
    }
    String::new()
}
