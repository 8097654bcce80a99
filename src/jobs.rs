//! The timer: what must happen although nobody is at a page.
use std::sync::Arc;
use std::time::Duration;

use crate::actions::campaigns;
use crate::app::App;

const EVERY: Duration = Duration::from_secs(15);

/// Opens campaigns when their time has come, in a thread of its own until the process ends.
pub fn start(app: Arc<App>) -> std::io::Result<()> {
    std::thread::Builder::new().name("jobs".into()).spawn(move || {
        loop {
            if let Err(error) = campaigns::invite_due(&app) {
                log::error!("invitations could not be queued: {error}");
            }
            std::thread::sleep(EVERY);
        }
    })?;
    Ok(())
}
