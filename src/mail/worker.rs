//! Sends what is due, one letter at a time, and notes what came of each.
use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::composer::{ComposeError, Composed, Composer};
use super::fault::{Advice, Blame, Fault};
use super::letter::{Due, FaultNote, Letter, LetterState, WayBack, requeue};
use super::return_path::ReturnPath;
use super::scrubbed;
use super::transport::{Accepted, Delivery, Transport};
use crate::store::{Bell, Commit, CommitError, Document, Store, StoreError, Stored};

/// Minutes until the next attempt, after the first, second … one; then the letter has failed.
const BACK_OFF: [i64; 9] = [1, 5, 15, 60, 60, 180, 360, 720, 720];

/// After a fault that no letter is to blame for; it ends with a look whether the server answers.
const PAUSE: TimeDelta = TimeDelta::minutes(1);

/// How often a letter that others keep changing is noted anew.
const MOST_TRIES: u32 = 10;

/// How long the thread sleeps when nothing is queued.
const IDLE: Duration = Duration::from_secs(30);

/// How long it sleeps when more letters wait than a minute allows.
const PACED: Duration = Duration::from_secs(1);

/// The time of day, from the only place that knows it.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// What one run did.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Report {
    pub sent: usize,
    /// Put off to a later attempt.
    pub put_off: usize,
    pub failed: usize,
    pub withdrawn: usize,
    /// Nobody knows whether they arrived.
    pub in_doubt: usize,
    /// Letters were left for later, so as not to send more in a minute than is allowed.
    pub paced: bool,
    /// Why the rest was left for the next run.
    pub stopped: Option<Fault>,
}

pub struct Worker {
    store: Arc<Store>,
    transport: Transport,
    composer: Arc<dyn Composer>,
    /// What became of letters that were handed over, where it could not be noted (a full disk).
    unnoted: Mutex<BTreeMap<String, LetterState>>,
    /// Until then nothing is tried, after a fault of the connection.
    pause: Mutex<Option<DateTime<Utc>>>,
    return_path: Option<ReturnPath>,
    most_in_a_minute: Option<usize>,
    /// Letters leave when they were written, whatever the clock says: in the demonstration's story.
    leaves_as_written: bool,
    /// When letters were handed over in the last minute.
    handed_lately: Mutex<VecDeque<DateTime<Utc>>>,
}

/// What is to be done after a letter.
enum Next {
    GoOn,
    Stop(Fault),
}

impl Worker {
    pub fn new(store: Arc<Store>, transport: Transport, composer: Arc<dyn Composer>) -> Self {
        Self {
            store,
            transport,
            composer,
            unnoted: Mutex::default(),
            pause: Mutex::default(),
            return_path: None,
            most_in_a_minute: None,
            leaves_as_written: false,
            handed_lately: Mutex::default(),
        }
    }

    /// Bounces of each letter come to an address of its own.
    pub fn with_return_path(mut self, path: Option<ReturnPath>) -> Self {
        self.return_path = path;
        self
    }

    /// Hands over no more letters than that in any minute.
    pub fn with_pace(mut self, most_in_a_minute: Option<usize>) -> Self {
        self.most_in_a_minute = most_in_a_minute;
        self
    }

    /// Dates each letter by when it was written.
    pub fn leaving_as_written(mut self, so: bool) -> Self {
        self.leaves_as_written = so;
        self
    }

    pub fn transport(&self) -> &Transport {
        &self.transport
    }

    /// Sends all that is due at `now`, oldest first.
    pub fn run_once(&self, now: DateTime<Utc>) -> Result<Report, StoreError> {
        self.run_by(&|| now)
    }

    /// Sends all that is due, each letter at the time that the clock says by then.
    fn run_by(&self, clock: &dyn Fn() -> DateTime<Utc>) -> Result<Report, StoreError> {
        let mut report = Report::default();
        let now = clock();
        self.note_unnoted(now);
        if self.lock_pause().is_some_and(|until| now < until) {
            return Ok(report);
        }
        let due = self.due(now)?;
        if !due.is_empty() && self.lock_pause().take().is_some() {
            report.stopped = self.transport.probe().err();
        }
        for due in due {
            if report.stopped.is_some() {
                break;
            }
            let now = clock();
            if self.is_paced(now) {
                report.paced = true;
                break;
            }
            let now = if self.leaves_as_written { due.at } else { now };
            if let Next::Stop(fault) = self.attend(&due, now, &mut report)? {
                report.stopped = Some(fault);
            }
        }
        if let Some(fault) = &report.stopped {
            log::warn!("letters wait: {fault}");
            *self.lock_pause() = Some(clock() + PAUSE);
        }
        Ok(report)
    }

    fn is_paced(&self, now: DateTime<Utc>) -> bool {
        let Some(most) = self.most_in_a_minute else {
            return false;
        };
        let mut handed = self.handed_lately();
        while handed
            .front()
            .is_some_and(|at| now - *at >= TimeDelta::minutes(1))
        {
            handed.pop_front();
        }
        handed.len() >= most
    }

    /// Forgets the pause after a fault of the connection, as when somebody has mended it.
    pub fn try_again(&self) {
        *self.lock_pause() = None;
        self.store.bell::<Due>().ring();
    }

    /// Runs in a thread of its own until the returned handle is stopped or dropped.
    pub fn start(self: &Arc<Self>, clock: Clock) -> std::io::Result<Running> {
        let stop = Arc::new(AtomicBool::new(false));
        let bell = self.store.bell::<Due>();
        let thread = thread::Builder::new().name("mail".to_owned()).spawn({
            let (worker, stop, bell) = (Arc::clone(self), Arc::clone(&stop), Arc::clone(&bell));
            move || worker.run(&clock, &stop, &bell)
        })?;
        Ok(Running {
            stop,
            bell,
            thread: Some(thread),
        })
    }

    fn run(&self, clock: &Clock, stop: &AtomicBool, bell: &Bell) {
        let mut heard = 0;
        while !stop.load(Ordering::SeqCst) {
            let mut patience = IDLE;
            // A panic in composing one letter must not end all mail without a word.
            match catch_unwind(AssertUnwindSafe(|| self.run_by(&**clock))) {
                Ok(Ok(report)) if report.paced => patience = PACED,
                Ok(Ok(_)) => {}
                Ok(Err(error)) => log::error!("letters could not be sent: {error}"),
                Err(_) => log::error!("letters could not be sent: the program is at fault"),
            }
            if !stop.load(Ordering::SeqCst) {
                heard = bell.wait(heard, patience);
                self.transport.rest();
            }
        }
    }

    fn due(&self, now: DateTime<Utc>) -> Result<Vec<Due>, StoreError> {
        let waiting = self.store.iter::<Due>("");
        waiting
            .map(|found| found.map(|due| due.doc))
            .take_while(|found| found.as_ref().map_or(true, |due| due.at <= now))
            .collect()
    }

    fn attend(
        &self,
        due: &Due,
        now: DateTime<Utc>,
        report: &mut Report,
    ) -> Result<Next, StoreError> {
        let Some(letter) = self.store.get::<Letter>(&due.letter)? else {
            return Ok(self.forget(due, now));
        };
        if letter.doc.due().as_ref() != Some(due) {
            return Ok(self.forget(due, now));
        }
        if self.unnoted().contains_key(&due.letter) {
            return Ok(Next::GoOn);
        }
        if matches!(letter.doc.state, LetterState::HandedOver { .. }) {
            return Ok(self.settle(&letter, now, report));
        }
        match self.composer.compose(&letter.doc, now) {
            Ok(composed) => Ok(self.send(&letter, composed, now, report)),
            Err(ComposeError::NotNeeded { reason }) => {
                report.withdrawn += 1;
                Ok(self.note(&letter, LetterState::Withdrawn { at: now, reason }, now))
            }
            Err(ComposeError::Broken { cause }) => {
                let cause = scrubbed(&cause);
                log::error!(
                    "the letter {} could not be composed: {cause}",
                    letter.doc.id
                );
                let fault = Fault {
                    blame: Blame::Moment,
                    advice: Advice::Other,
                    reply: cause,
                };
                let attempts = attempts(&letter.doc) + 1;
                Ok(self.put_off(&letter, attempts, fault, now, report))
            }
        }
    }

    /// An entry whose letter has moved on; only a fault of the program leaves one.
    fn forget(&self, due: &Due, now: DateTime<Utc>) -> Next {
        log::warn!("an entry of the outbox had no waiting letter and was removed");
        self.made(Commit::new(now).delete::<Due>(due.key()))
    }

    fn send(
        &self,
        letter: &Stored<Letter>,
        composed: Composed,
        now: DateTime<Utc>,
        report: &mut Report,
    ) -> Next {
        let mut first = composed.first;
        let mut handed = Err(CommitError::Disk(std::io::ErrorKind::NotConnected.into()));
        let mut hand_over = || {
            handed = self.hand_over(letter, first.take(), now);
            handed.is_ok()
        };
        let return_path = self
            .return_path
            .as_ref()
            .and_then(|path| path.of(&letter.doc.id));
        let delivery = self.transport.send(
            &letter.doc.id,
            &composed.outgoing,
            return_path.as_ref(),
            now,
            &mut hand_over,
        );
        match (delivery, handed) {
            (Delivery::Held, Err(CommitError::Conflict { .. })) => {
                // Somebody withdrew or changed the letter meanwhile; it is looked at again next time.
                Next::GoOn
            }
            (Delivery::Held, Err(error)) => Next::Stop(not_stored(&error)),
            (delivery, Ok(handed)) => self.delivered(&handed, delivery, now, report),
            (delivery, Err(_)) => self.delivered(letter, delivery, now, report),
        }
    }

    /// Notes what became of a letter; `letter` is as it was stored last.
    fn delivered(
        &self,
        letter: &Stored<Letter>,
        delivery: Delivery,
        now: DateTime<Utc>,
        report: &mut Report,
    ) -> Next {
        match delivery {
            Delivery::Accepted(Accepted { reply }) => {
                report.sent += 1;
                self.note(letter, LetterState::Sent { at: now, reply }, now)
            }
            Delivery::Unknown(fault) => {
                report.in_doubt += 1;
                let reply = fault.reply;
                self.note(letter, LetterState::InDoubt { at: now, reply }, now)
            }
            Delivery::Held => Next::GoOn,
            Delivery::Refused(fault) if fault.blame == Blame::Letter => {
                report.failed += 1;
                let fault = note_of(&fault, now);
                self.note(letter, LetterState::Failed { at: now, fault }, now)
            }
            Delivery::Refused(fault) if fault.blame == Blame::Moment => {
                // A letter that was handed over has counted this attempt already.
                let handed = matches!(letter.doc.state, LetterState::HandedOver { .. });
                let attempts = attempts(&letter.doc) + u32::from(!handed);
                self.put_off(letter, attempts, fault, now, report)
            }
            Delivery::Refused(fault) => {
                report.put_off += 1;
                let handed = matches!(letter.doc.state, LetterState::HandedOver { .. });
                let state = LetterState::Queued {
                    attempts: attempts(&letter.doc).saturating_sub(u32::from(handed)),
                    next_attempt: now + PAUSE,
                    last_fault: Some(note_of(&fault, now)),
                };
                self.note(letter, state, now);
                Next::Stop(fault)
            }
        }
    }

    /// Makes durable that from now on the letter may have arrived, and by which token and way back.
    fn hand_over(
        &self,
        letter: &Stored<Letter>,
        first: Option<Commit>,
        now: DateTime<Utc>,
    ) -> Result<Stored<Letter>, CommitError> {
        let mut doc = letter.doc.clone();
        let attempts = attempts(&letter.doc) + 1;
        doc.enter(LetterState::HandedOver { at: now, attempts }, now);
        let commit = first
            .unwrap_or_else(|| Commit::new(now))
            .put(&WayBack::to(&doc));
        let revision = self.store.commit(requeue(commit, letter, &doc))?.seq;
        self.handed_lately().push_back(now);
        Ok(Stored { doc, revision })
    }

    /// A letter that the program was handing over when it ended.
    fn settle(&self, letter: &Stored<Letter>, now: DateTime<Utc>, report: &mut Report) -> Next {
        let state = match self.transport.has_arrived(&letter.doc.id) {
            Some(true) => LetterState::Sent {
                at: now,
                reply: "found in the outbox".to_owned(),
            },
            Some(false) => LetterState::Queued {
                attempts: attempts(&letter.doc),
                next_attempt: now,
                last_fault: None,
            },
            None => {
                report.in_doubt += 1;
                let reply = "the program ended before the server's answer".to_owned();
                LetterState::InDoubt { at: now, reply }
            }
        };
        self.note(letter, state, now)
    }

    fn put_off(
        &self,
        letter: &Stored<Letter>,
        attempts: u32,
        fault: Fault,
        now: DateTime<Utc>,
        report: &mut Report,
    ) -> Next {
        let fault = note_of(&fault, now);
        let state = match back_off(attempts) {
            Some(wait) => {
                report.put_off += 1;
                LetterState::Queued {
                    attempts,
                    next_attempt: now + wait,
                    last_fault: Some(fault),
                }
            }
            None => {
                report.failed += 1;
                LetterState::Failed { at: now, fault }
            }
        };
        self.note(letter, state, now)
    }

    /// Stores a letter's new state; what can't be stored now is kept in mind.
    fn note(&self, letter: &Stored<Letter>, state: LetterState, now: DateTime<Utc>) -> Next {
        let key = letter.doc.key();
        match self.store_state(letter.clone(), state.clone(), now) {
            Ok(()) => Next::GoOn,
            Err(error) => {
                log::error!("the letter {} could not be noted: {error}", letter.doc.id);
                if matches!(letter.doc.state, LetterState::HandedOver { .. }) {
                    self.unnoted().insert(key, state);
                }
                Next::Stop(not_stored(&error))
            }
        }
    }

    fn store_state(
        &self,
        mut letter: Stored<Letter>,
        state: LetterState,
        now: DateTime<Utc>,
    ) -> Result<(), CommitError> {
        let mut tries = 0;
        loop {
            tries += 1;
            let mut after = letter.doc.clone();
            after.enter(state.clone(), now);
            let commit = self.composer.noted(&after, Commit::new(now));
            let key = after.key();
            match self.store.commit(requeue(commit, &letter, &after)) {
                Ok(_) => return Ok(()),
                // Changed while it was on its way: it is sent all the same.
                Err(CommitError::Conflict { table, .. })
                    if table == Letter::TABLE && tries < MOST_TRIES =>
                {
                    match self.store.get(&key).map_err(CommitError::Read)? {
                        Some(newer) => letter = newer,
                        None => return Ok(()),
                    }
                }
                Err(error) => return Err(error),
            }
        }
    }

    fn note_unnoted(&self, now: DateTime<Utc>) {
        let waiting: Vec<_> = self.unnoted().clone().into_iter().collect();
        for (key, state) in waiting {
            let noted = match self.store.get::<Letter>(&key) {
                Ok(Some(letter)) => self.store_state(letter, state, now).is_ok(),
                Ok(None) => true,
                Err(_) => false,
            };
            if noted {
                self.unnoted().remove(&key);
            }
        }
    }

    fn made(&self, commit: Commit) -> Next {
        match self.store.commit(commit) {
            Ok(_) => Next::GoOn,
            Err(error) => Next::Stop(not_stored(&error)),
        }
    }

    fn unnoted(&self) -> MutexGuard<'_, BTreeMap<String, LetterState>> {
        self.unnoted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn handed_lately(&self) -> MutexGuard<'_, VecDeque<DateTime<Utc>>> {
        self.handed_lately
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_pause(&self) -> MutexGuard<'_, Option<DateTime<Utc>>> {
        self.pause.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The worker's thread.
pub struct Running {
    stop: Arc<AtomicBool>,
    bell: Arc<Bell>,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    /// Returns when the letter under way is done.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        self.bell.ring();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            log::error!("the mail thread had broken off");
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}

fn attempts(letter: &Letter) -> u32 {
    match letter.state {
        LetterState::Queued { attempts, .. } | LetterState::HandedOver { attempts, .. } => attempts,
        _ => 0,
    }
}

/// `None` when there have been enough attempts.
fn back_off(attempts: u32) -> Option<TimeDelta> {
    let place = usize::try_from(attempts.saturating_sub(1)).ok()?;
    BACK_OFF.get(place).copied().map(TimeDelta::minutes)
}

fn note_of(fault: &Fault, now: DateTime<Utc>) -> FaultNote {
    FaultNote {
        at: now,
        advice: fault.advice,
        reply: fault.reply.clone(),
    }
}

fn not_stored(error: &CommitError) -> Fault {
    Fault {
        blame: Blame::Connection,
        advice: Advice::Local,
        reply: error.to_string(),
    }
}
