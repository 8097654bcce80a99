//! A report on what is submitted now, with the secretariat's choices and all earlier editions in view.
use std::collections::BTreeMap;

use samsvar_core::campaigns::{Campaign, Disposition, Submission};
use samsvar_core::danish;
use samsvar_core::reports::{
    Choices, Edition, Meta, Order, ReleasedText, Remedy, Report, ReportRefusal, remedies,
};
use samsvar_core::tables::{ReportSpec, Respondent as Asked};
use serde_json::Value;

use super::ActionError;
use super::answering::{submission, submissions};
use super::campaigns::{Overview, overview};
use super::ledger::{ReleaseDoc, ReportChoicesDoc};
use super::texts::released_texts;
use crate::app::App;
use crate::store::key;

/// Everything that an edition is made of.
pub struct Draft {
    pub found: Overview,
    pub spec: ReportSpec,
    pub choices: Choices,
    /// All editions, withdrawn ones too, the oldest first.
    pub releases: Vec<ReleaseDoc>,
    /// Each respondent's last submission, beside the respondents.
    pub(super) counted: Vec<Option<Submission>>,
    pub(super) texts: Vec<ReleasedText>,
    earlier: Vec<Edition>,
    meta: Meta,
}

/// Why there is nothing to make a report of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoDraft {
    UnknownCampaign,
    /// No form of the campaign has a report definition.
    NoDefinition,
}

pub fn draft(app: &App, campaign: &str) -> Result<Result<Draft, NoDraft>, ActionError> {
    let Some(found) = overview(app, campaign)? else {
        return Ok(Err(NoDraft::UnknownCampaign));
    };
    let Some(spec) = definition(app, &found.campaign)? else {
        return Ok(Err(NoDraft::NoDefinition));
    };
    let counted = found
        .respondents
        .iter()
        .map(|r| submission(app, campaign, &r.id, r.progress.submissions))
        .collect::<Result<Vec<_>, _>>()?;
    let releases = releases(app, campaign)?;
    let earlier = editions(app, &releases)?;
    let texts = released_texts(app, campaign, &spec, &all_asked(&found, &counted))?;
    let meta = Meta {
        campaign: found.campaign.title.clone(),
        region: found.campaign.region.clone(),
        as_of: danish::local(app.now()).date_naive(),
    };
    Ok(Ok(Draft {
        choices: choices(app, campaign)?,
        found,
        spec,
        releases,
        counted,
        texts,
        earlier,
        meta,
    }))
}

impl Draft {
    pub fn report(&self) -> Result<Report, ReportRefusal> {
        let order = self.order();
        Report::edition(&self.spec, &self.asked(), self.meta.clone(), &order)
    }

    /// The ways out of a refusal, each tried.
    pub fn remedies(&self, refusal: &ReportRefusal) -> Vec<Remedy> {
        remedies(
            &self.spec,
            &self.asked(),
            &self.meta,
            &self.order(),
            refusal,
        )
    }

    /// The report with one more edition in view.
    pub(super) fn report_beside(&self, edition: Edition) -> Result<Report, ReportRefusal> {
        let mut earlier = self.earlier.clone();
        earlier.push(edition);
        let order = Order {
            earlier: &earlier,
            ..self.order()
        };
        Report::edition(&self.spec, &self.asked(), self.meta.clone(), &order)
    }

    pub(super) fn next_number(&self) -> u32 {
        self.releases.last().map_or(1, |last| last.number + 1)
    }

    /// Names of the rows with the ids of their respondents.
    pub fn rows(&self) -> Vec<(String, String)> {
        let form = &self.spec.respondents.form;
        let asked = self.asked();
        let rows = asked.iter().filter(|one| one.form == *form);
        rows.map(|one| (one.name.clone(), one.id.clone())).collect()
    }

    /// The report's tables: id and caption.
    pub fn tables(&self) -> Vec<(String, String)> {
        let caption = |text: &str| text.replace("{region}", &self.found.campaign.region);
        let tables = self.spec.tables.iter();
        tables
            .map(|t| (t.id.clone(), caption(&t.caption)))
            .collect()
    }

    /// Which submission of each respondent counts now.
    pub(super) fn basis(&self) -> BTreeMap<String, u32> {
        let sent = self.counted.iter().flatten();
        sent.filter(|sent| !self.choices.waiting.contains_key(&sent.respondent))
            .map(|sent| (sent.respondent.clone(), sent.number))
            .collect()
    }

    fn order(&self) -> Order<'_> {
        Order {
            choices: &self.choices,
            earlier: &self.earlier,
            texts: &self.texts,
        }
    }

    pub(super) fn asked(&self) -> Vec<Asked<'_>> {
        all_asked(&self.found, &self.counted)
    }
}

/// All respondents in their order, each with the answer that counts.
fn all_asked<'a>(found: &'a Overview, counted: &'a [Option<Submission>]) -> Vec<Asked<'a>> {
    let respondents = &found.respondents;
    respondents
        .iter()
        .zip(counted)
        .map(|(r, sent)| {
            let same = |o: &&samsvar_core::campaigns::Respondent| {
                o.group == r.group && o.organisation == r.organisation
            };
            let shares_organisation = respondents.iter().filter(same).count() > 1;
            asked(&found.campaign, r, sent.as_ref(), shares_organisation)
        })
        .collect()
}

/// All editions of a campaign, the oldest first.
pub fn releases(app: &App, campaign: &str) -> Result<Vec<ReleaseDoc>, ActionError> {
    let prefix = format!("{}/", key([campaign]));
    let stored = app.store.scan::<ReleaseDoc>(&prefix)?;
    Ok(stored.into_iter().map(|one| one.doc).collect())
}

/// What was chosen for a campaign's report; the default where nothing was.
pub fn choices(app: &App, campaign: &str) -> Result<Choices, ActionError> {
    let stored = app.store.get::<ReportChoicesDoc>(&key([campaign]))?;
    Ok(stored.map(|one| one.doc.choices).unwrap_or_default())
}

pub(super) fn definition(
    app: &App,
    campaign: &Campaign,
) -> Result<Option<ReportSpec>, ActionError> {
    for audience in &campaign.audiences {
        let form = app.form(&audience.form)?;
        if let Some(value) = form.report() {
            let unusable = |_| {
                ActionError::Broken(format!(
                    "the report definition of {} can't be used",
                    audience.form.id
                ))
            };
            return ReportSpec::read(value).map(Some).map_err(unusable);
        }
    }
    Ok(None)
}

/// The editions that count, with the counts behind them as far as the answers are still kept.
fn editions(app: &App, releases: &[ReleaseDoc]) -> Result<Vec<Edition>, ActionError> {
    let mut editions = Vec::new();
    for release in releases.iter().filter(|release| release.counts()) {
        editions.push(Edition {
            number: release.number,
            facts: release.facts.clone(),
            counts: match release.origin {
                super::ledger::Origin::House => {
                    let kept = kept_answers(app, release)?;
                    Some(
                        release
                            .facts
                            .counts(|id| match release.basis.contains_key(id) {
                                true => kept.get(id).map(Some),
                                false => Some(None),
                            }),
                    )
                }
                super::ledger::Origin::Elsewhere => None,
            },
        });
    }
    Ok(editions)
}

/// The answers that an edition was made of, but for those that were erased since.
fn kept_answers(app: &App, release: &ReleaseDoc) -> Result<BTreeMap<String, Value>, ActionError> {
    let mut kept = BTreeMap::new();
    for (respondent, number) in &release.basis {
        let sent = submissions(app, &release.campaign, respondent)?;
        if let Some(sent) = sent.into_iter().find(|sent| sent.number == *number) {
            kept.insert(respondent.clone(), sent.answers);
        }
    }
    Ok(kept)
}

fn asked<'a>(
    campaign: &Campaign,
    respondent: &samsvar_core::campaigns::Respondent,
    sent: Option<&'a Submission>,
    shares_organisation: bool,
) -> Asked<'a> {
    // A department's name is only of use where its organisation answers twice.
    let name = if shares_organisation {
        respondent.name()
    } else {
        respondent.organisation.clone()
    };
    Asked {
        id: respondent.id.clone(),
        name: name.strip_suffix(" Kommune").unwrap_or(&name).to_owned(),
        form: campaign
            .form_for(&respondent.group)
            .map(|f| f.id.clone())
            .unwrap_or_default(),
        answers: sent.map(|s| &s.answers),
        disposition: match respondent.disposition() {
            d if d.is_answered() => "besvaret".into(),
            Disposition::Exempt => "fritaget".into(),
            _ => "ikke besvaret".into(),
        },
    }
}
