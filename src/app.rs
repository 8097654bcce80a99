//! Everything the running program is made of, wired once at the start; the only place that knows the time.
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use samsvar_core::campaigns::FormRef;
use samsvar_core::forms::{Form, FormSource};

use crate::actions::export_progress::Exports;
use crate::actions::{ActionError, FormVersion};
use crate::config::Config;
use crate::forms_library::Library;
use crate::store::{Store, key};

/// Whether the data is real.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Serve,
    /// Invented data, a page of its own for roles and mails; never for real collections.
    Demo,
}

/// Time servers correct by less.
const CLOCK_TOLERANCE: TimeDelta = TimeDelta::minutes(2);

pub struct App {
    pub config: Config,
    pub store: Arc<Store>,
    pub forms: Library,
    pub mode: Mode,
    /// Forms at the versions that campaigns pinned, read once.
    pinned: Mutex<HashMap<FormRef, Arc<Form>>>,
    /// The latest moment known, from the journal at first.
    latest: Mutex<Option<DateTime<Utc>>>,
    /// Exports that are being written.
    pub exports: Exports,
    /// Tests move the clock instead of sleeping.
    clock_offset: Mutex<TimeDelta>,
}

/// The machine's clock, for commands that open no store.
pub fn machine_clock() -> DateTime<Utc> {
    Utc::now()
}

impl App {
    pub fn new(config: Config, store: Arc<Store>, forms: Library, mode: Mode) -> Self {
        Self {
            latest: Mutex::new(store.written_last()),
            config,
            store,
            forms,
            mode,
            pinned: Mutex::default(),
            exports: Exports::default(),
            clock_offset: Mutex::new(TimeDelta::zero()),
        }
    }

    pub fn now(&self) -> DateTime<Utc> {
        Utc::now()
            + *self
                .clock_offset
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
    }

    /// How far the clock was set back since the latest moment known; `None` while it goes forward.
    pub fn clock_behind(&self) -> Option<TimeDelta> {
        let latest = *self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        let behind = latest? - self.now();
        (behind > CLOCK_TOLERANCE).then_some(behind)
    }

    /// Notes the time, and says so in the log when the clock was set back; for the timer.
    pub fn watch_clock(&self) {
        let now = self.now();
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        match *latest {
            Some(known) if known - now > CLOCK_TOLERANCE => log::warn!(
                "the machine's clock is {} minutes behind the latest time known; answers are stored, \
                 but times and deadlines may be wrong: check the clock (timedatectl)",
                (known - now).num_minutes().max(1)
            ),
            Some(known) if known >= now => {}
            _ => *latest = Some(now),
        }
    }

    /// For tests: from now on, `by` has passed.
    pub fn advance_clock(&self, by: TimeDelta) {
        *self
            .clock_offset
            .lock()
            .unwrap_or_else(PoisonError::into_inner) += by;
    }

    pub fn is_demo(&self) -> bool {
        self.mode == Mode::Demo
    }

    /// An address that a letter can carry.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.config.base_url)
    }

    /// The form at the version that a campaign pinned, although its files may have changed since.
    pub fn form(&self, form: &FormRef) -> Result<Arc<Form>, ActionError> {
        if let Some(known) = self.pinned().get(form) {
            return Ok(Arc::clone(known));
        }
        let read = match self
            .forms
            .get(&form.id)
            .filter(|f| f.version() == form.version)
        {
            Some(current) => current,
            None => Arc::new(self.stored_form(form)?),
        };
        self.pinned().insert(form.clone(), Arc::clone(&read));
        Ok(read)
    }

    /// The form as it is stored, whatever its files hold now.
    pub fn stored_form(&self, form: &FormRef) -> Result<Form, ActionError> {
        let missing = || {
            ActionError::Broken(format!(
                "form {} is not stored at its campaign's version",
                form.id
            ))
        };
        let stored = self
            .store
            .get::<FormVersion>(&key([form.id.as_str(), form.version.as_str()]))?
            .ok_or_else(missing)?
            .doc;
        let source = FormSource {
            id: form.id.clone(),
            schema: stored.schema,
            ui: stored.ui,
            ui_en: stored.ui_en,
            report: stored.report,
            examples: Vec::new(),
        };
        Form::read(&source).map_err(|_| {
            ActionError::Broken(format!(
                "the stored form {} can't be read any more",
                form.id
            ))
        })
    }

    fn pinned(&self) -> std::sync::MutexGuard<'_, HashMap<FormRef, Arc<Form>>> {
        self.pinned.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
