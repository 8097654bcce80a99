//! The timer: what must happen although nobody is at a page.
use std::sync::{Arc, Weak};
use std::time::Duration;

use crate::actions::{ActionError, campaigns, erasure, reminders, staff};
use crate::app::App;

const EVERY: Duration = Duration::from_secs(15);

/// Opens campaigns when their time has come, reminds, and forgets what has expired, in a thread of its own
/// for as long as the program is there.
pub fn start(app: &Arc<App>) -> std::io::Result<()> {
    let app: Weak<App> = Arc::downgrade(app);
    std::thread::Builder::new()
        .name("jobs".into())
        .spawn(move || {
            while let Some(app) = app.upgrade() {
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

fn round(app: &App) -> Result<(), ActionError> {
    campaigns::invite_due(app)?;
    reminders::remind_due(app)?;
    staff::forget_expired(app)?;
    erasure::round(app)
}
