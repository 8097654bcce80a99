//! When a reminder leaves and who gets it: decided anew each time, from what is known then.
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Timelike, Utc};
use serde::{Deserialize, Serialize};

use super::{Campaign, Disposition, Phase, Respondent};
use crate::danish::{self, holidays};

/// A campaign's rules for reminding; none at all by default, so that an older campaign stays silent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ReminderRules {
    /// Days from the deadline: `-7` is a week before it, `1` the day after.
    pub days: Vec<i32>,
    /// Reminders that one respondent gets at most, those sent by hand included.
    pub at_most: u32,
    /// Days without reminders beside weekends and public holidays; both ends included.
    pub quiet: Vec<(NaiveDate, NaiveDate)>,
    /// Whole hours by a Danish clock: from the first until, but not including, the second.
    pub hours: (u32, u32),
}

impl Default for ReminderRules {
    fn default() -> Self {
        Self {
            days: Vec::new(),
            at_most: 3,
            quiet: Vec::new(),
            hours: (8, 16),
        }
    }
}

/// One occasion to remind one respondent; its name is the same however often it is computed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// Names the occasion for the store: the rule's day and the deadline that it counts from.
    pub name: String,
    /// The day on which it is sent: the rule's own, or the nearest on which offices are open.
    pub day: NaiveDate,
}

/// Why a respondent is not reminded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoReminder {
    Submitted,
    Declined,
    Exempt,
    NotInvited,
    /// Invited less than two days ago.
    JustInvited,
    NoAddress,
    /// Its contact named somebody else, whom the secretariat has not looked at.
    NamedAnother,
    /// Answers are no longer taken from it.
    Closed,
    MostReached(u32),
    /// Reminded within the last two days.
    JustReminded,
}

/// A respondent who owes an answer is not written to again within this time.
const PAUSE: TimeDelta = TimeDelta::hours(48);
/// How long an occasion that was missed, for the program stood still, is made up for.
const STALE: TimeDelta = TimeDelta::days(3);

impl NoReminder {
    pub fn danish(&self) -> String {
        match self {
            Self::Submitted => "har svaret".into(),
            Self::Declined => "har sagt nej".into(),
            Self::Exempt => "er fritaget".into(),
            Self::NotInvited => "er ikke inviteret endnu".into(),
            Self::JustInvited => "er lige inviteret".into(),
            Self::NoAddress => "har ingen mailadresse".into(),
            Self::NamedAnother => "har peget på en anden, som venter på jer".into(),
            Self::Closed => "kan ikke længere svare".into(),
            Self::MostReached(most) => format!("har fået {most} påmindelser, som er det højeste"),
            Self::JustReminded => "er påmindet inden for de sidste to dage".into(),
        }
    }
}

/// Why this respondent gets no reminder now; `None`: it owes an answer and can be written to.
pub fn why_not(
    campaign: &Campaign,
    respondent: &Respondent,
    now: DateTime<Utc>,
) -> Option<NoReminder> {
    let window = respondent.window(&campaign.window);
    match respondent.disposition() {
        Disposition::Exempt => return Some(NoReminder::Exempt),
        Disposition::Declined => return Some(NoReminder::Declined),
        d if d.is_answered() => return Some(NoReminder::Submitted),
        _ => {}
    }
    if respondent.reachable().next().is_none() {
        return Some(match respondent.standing.stopped.is_empty() {
            true => NoReminder::NoAddress,
            false => NoReminder::NamedAnother,
        });
    }
    let Some(invited) = respondent.progress.invited else {
        return Some(NoReminder::NotInvited);
    };
    if window.phase(now) != Phase::Open {
        return Some(NoReminder::Closed);
    }
    let reminded = &respondent.reminded;
    let most = campaign.reminders.at_most;
    if reminded.len() >= most as usize {
        return Some(NoReminder::MostReached(most));
    }
    if reminded.last().is_some_and(|last| now < *last + PAUSE) {
        return Some(NoReminder::JustReminded);
    }
    (now < invited + PAUSE).then_some(NoReminder::JustInvited)
}

impl ReminderRules {
    /// The occasion that is due for a respondent with this deadline; of several, the latest.
    pub fn due(&self, deadline: DateTime<Utc>, now: DateTime<Utc>) -> Option<Slot> {
        let local = danish::local(now);
        if !self.is_sending_time(now) {
            return None;
        }
        let today = local.date_naive();
        let mut slots = self.slots(deadline);
        slots.retain(|slot| slot.day <= today && today < slot.day + STALE);
        slots.pop()
    }

    /// All occasions for this deadline, in order.
    pub fn slots(&self, deadline: DateTime<Utc>) -> Vec<Slot> {
        let last = danish::local(deadline).date_naive();
        let mut days = self.days.clone();
        days.sort_unstable();
        days.dedup();
        let slot = |offset: i32| {
            let wanted = last + TimeDelta::days(i64::from(offset));
            // Before the deadline a reminder comes rather earlier, after it rather later.
            let step = TimeDelta::days(if offset <= 0 { -1 } else { 1 });
            let day = holidays::working_day_from(wanted, step, |day| self.is_quiet(day))?;
            Some(Slot {
                name: format!("{last}{offset:+}"),
                day,
            })
        };
        days.into_iter().filter_map(slot).collect()
    }

    /// The first moment from `now` on at which letters may leave.
    pub fn next_sending_time(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        if self.is_sending_time(now) {
            return Some(now);
        }
        let local = danish::local(now);
        let later = TimeDelta::days(i64::from(local.hour() >= self.hours.0));
        let from = local.date_naive() + later;
        let day = holidays::working_day_from(from, TimeDelta::days(1), |day| self.is_quiet(day))?;
        let opens = NaiveTime::from_hms_opt(self.hours.0, 0, 0)?;
        danish::parse_local(&day.to_string(), opens)
    }

    fn is_sending_time(&self, now: DateTime<Utc>) -> bool {
        let local = danish::local(now);
        let today = local.date_naive();
        (self.hours.0..self.hours.1).contains(&local.hour())
            && holidays::is_working_day(today)
            && !self.is_quiet(today)
    }

    fn is_quiet(&self, day: NaiveDate) -> bool {
        self.quiet
            .iter()
            .any(|(from, to)| (*from..=*to).contains(&day))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn rules(days: &[i32]) -> ReminderRules {
        ReminderRules {
            days: days.to_vec(),
            ..ReminderRules::default()
        }
    }

    /// Wednesday 29 April 2026, the last second by a Danish clock.
    const DEADLINE: &str = "2026-04-29T21:59:59Z";

    #[test]
    fn a_reminder_before_the_deadline_moves_to_the_working_day_before() {
        // 19 days before is Good Friday's week: 10 April is a Friday, 24 days before is Easter Sunday.
        let slots = rules(&[-24, -7, 1]).slots(at(DEADLINE));
        let days: Vec<String> = slots.iter().map(|s| s.day.to_string()).collect();
        assert_eq!(days, ["2026-04-01", "2026-04-22", "2026-04-30"]);
    }

    #[test]
    fn nothing_leaves_outside_office_hours_or_on_a_holiday() {
        let rules = rules(&[-7]);
        // 8.00 by a Danish summer clock is 6.00 UTC.
        assert_eq!(rules.due(at(DEADLINE), at("2026-04-22T05:59:59Z")), None);
        assert!(
            rules
                .due(at(DEADLINE), at("2026-04-22T06:00:00Z"))
                .is_some()
        );
        assert_eq!(rules.due(at(DEADLINE), at("2026-04-22T14:00:00Z")), None);
        let easter = at("2026-04-12T21:59:59Z");
        assert_eq!(rules.due(easter, at("2026-04-05T08:00:00Z")), None);
    }

    #[test]
    fn a_quiet_day_is_kept() {
        let mut rules = rules(&[-7]);
        let day = |d: &str| d.parse::<NaiveDate>().unwrap();
        rules.quiet = vec![(day("2026-04-22"), day("2026-04-24"))];
        assert_eq!(rules.slots(at(DEADLINE))[0].day, day("2026-04-21"));
        assert_eq!(rules.due(at(DEADLINE), at("2026-04-22T08:00:00Z")), None);
        let next = rules.next_sending_time(at("2026-04-22T08:00:00Z"));
        assert_eq!(next, Some(at("2026-04-27T06:00:00Z")));
    }

    #[test]
    fn an_occasion_missed_for_long_is_not_made_up_for() {
        let rules = rules(&[-7]);
        assert!(
            rules
                .due(at(DEADLINE), at("2026-04-24T08:00:00Z"))
                .is_some()
        );
        assert_eq!(rules.due(at(DEADLINE), at("2026-04-27T08:00:00Z")), None);
    }

    #[test]
    fn an_extended_deadline_makes_other_occasions() {
        let rules = rules(&[-7]);
        let now = at("2026-04-22T08:00:00Z");
        let due = rules.due(at(DEADLINE), now).unwrap();
        assert_eq!(rules.due(at("2026-05-13T21:59:59Z"), now), None);
        let later = rules.due(at("2026-05-13T21:59:59Z"), at("2026-05-06T08:00:00Z"));
        assert_ne!(later.unwrap().name, due.name);
    }

    #[test]
    fn without_rules_nothing_is_ever_due() {
        assert!(rules(&[]).slots(at(DEADLINE)).is_empty());
    }
}
