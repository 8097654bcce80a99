//! The secretariat writes down what a respondent says by telephone, by mouth or in a mail, also after the deadline.
use samsvar_core::access::{Link, Opens, Token};
use samsvar_core::campaigns::{Campaign, Respondent};
use samsvar_core::events::{Actor, Deed};
use samsvar_core::hands::{Channel, OnBehalf};

use super::hands::short_id;
use super::{ActionError, event, new_token};
use crate::app::App;
use crate::store::{Commit, key};

/// Opens the respondent's form for a member of the secretariat, in their own browser, for a working day.
///
/// `None` where there is no such respondent. The token is never sent, and only its hash is kept.
pub fn begin(
    app: &App,
    staff: &str,
    campaign: &str,
    respondent: &str,
    how: Channel,
) -> Result<Option<(Link, Token)>, ActionError> {
    let now = app.now();
    let known = app.store.get::<Campaign>(&key([campaign]))?.is_some()
        && app
            .store
            .get::<Respondent>(&key([campaign, respondent]))?
            .is_some();
    if !known {
        return Ok(None);
    }
    let entry = OnBehalf {
        id: short_id()?,
        campaign: campaign.to_owned(),
        respondent: respondent.to_owned(),
        staff: staff.to_owned(),
        how,
        begun: now,
    };
    let token = new_token()?;
    let link = Link {
        token_hash: token.hash(),
        campaign: campaign.to_owned(),
        respondent: respondent.to_owned(),
        contact: 0,
        created: now,
        opens: Opens::OnBehalf(entry.id.clone()),
    };
    let begun = event(
        now,
        campaign,
        Some(respondent),
        Actor::Staff(staff.to_owned()),
        Deed::BegunOnBehalf { how },
    )?;
    let commit = Commit::new(now)
        .put_new(&entry)
        .put_new(&link)
        .put_new(&begun);
    app.store.commit(commit)?;
    Ok(Some((link, token)))
}
