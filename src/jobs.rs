//! The timer: what must happen although nobody is at a page.
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use crate::actions::{ActionError, backups, campaigns, erasure, integrity, reminders, staff};
use crate::app::App;

const EVERY: Duration = Duration::from_secs(15);
/// Rounds before the first check.
const CHECK_AFTER: u32 = 4;

/// Opens campaigns when their time has come, reminds, and forgets what has expired, in a thread of its own
/// for as long as the program is there.
pub fn start(app: &Arc<App>) -> std::io::Result<()> {
    let app: Weak<App> = Arc::downgrade(app);
    std::thread::Builder::new()
        .name("jobs".into())
        .spawn(move || {
            let checking = Arc::new(AtomicBool::new(false));
            for number in 0_u32.. {
                let Some(app) = app.upgrade() else { return };
                app.watch_clock();
                // Not right at the start, when people wait.
                if number >= CHECK_AFTER {
                    start_check(&app, &checking);
                }
                if let Err(error) = round(&app) {
                    log::error!("a timed job failed: {error}");
                }
                // Not held while asleep, so that the store can close.
                drop(app);
                std::thread::sleep(EVERY);
            }
        })?;
    Ok(())
}

/// The nightly check, in a thread of its own: with a million answers it takes minutes.
fn start_check(app: &Arc<App>, running: &Arc<AtomicBool>) {
    let due = match integrity::latest(app) {
        Ok(last) => integrity::is_due(last.map(|last| last.at), app.now()),
        Err(error) => return log::error!("the last check can't be read: {error}"),
    };
    if !due || app.store.durable_seq() == 0 || running.swap(true, Ordering::SeqCst) {
        return;
    }
    let (app, running) = (Arc::clone(app), Arc::clone(running));
    let ended = Arc::clone(&running);
    let started = std::thread::Builder::new()
        .name("check".into())
        .spawn(move || {
            match integrity::check_and_note(&app) {
                Ok(checked) if checked.is_clean() => log::info!("the nightly check found nothing"),
                Ok(checked) => log::error!(
                    "the nightly check found {} faults: run samsvar check",
                    checked.found
                ),
                Err(error) => log::error!("the nightly check failed: {error}"),
            }
            if backups::standing(&app).is_ok_and(|standing| standing.overdue) {
                log::warn!("no recent backup is known: run samsvar backup");
            }
            running.store(false, Ordering::SeqCst);
        });
    if let Err(error) = started {
        ended.store(false, Ordering::SeqCst);
        log::error!("the nightly check could not begin: {error}");
    }
}

fn round(app: &App) -> Result<(), ActionError> {
    app.store.mend_index()?;
    campaigns::invite_due(app)?;
    reminders::remind_due(app)?;
    staff::forget_expired(app)?;
    erasure::round(app)
}
