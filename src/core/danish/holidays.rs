//! Days on which Danish offices are closed, computed for any year.
use chrono::{Datelike, NaiveDate, TimeDelta, Weekday};

/// The public holiday that a day is, if it is one.
///
/// Great Prayer Day was one for the last time in 2023 (Act no. 214 of 2023).
pub fn holiday(day: NaiveDate) -> Option<&'static str> {
    let fixed = match (day.month(), day.day()) {
        (1, 1) => Some("nytårsdag"),
        (6, 5) => Some("grundlovsdag"),
        (12, 24) => Some("juleaftensdag"),
        (12, 25) => Some("juledag"),
        (12, 26) => Some("2. juledag"),
        (12, 31) => Some("nytårsaftensdag"),
        _ => None,
    };
    fixed.or_else(|| movable(day))
}

/// Neither Saturday, Sunday nor a holiday.
pub fn is_working_day(day: NaiveDate) -> bool {
    !matches!(day.weekday(), Weekday::Sat | Weekday::Sun) && holiday(day).is_none()
}

fn movable(day: NaiveDate) -> Option<&'static str> {
    let after = (day - easter(day.year())?).num_days();
    match after {
        -3 => Some("skærtorsdag"),
        -2 => Some("langfredag"),
        0 => Some("påskedag"),
        1 => Some("2. påskedag"),
        26 if day.year() < 2024 => Some("store bededag"),
        39 => Some("Kristi himmelfartsdag"),
        49 => Some("pinsedag"),
        50 => Some("2. pinsedag"),
        _ => None,
    }
}

/// Easter Sunday by the Gregorian rule (the "anonymous" algorithm of 1876).
fn easter(year: i32) -> Option<NaiveDate> {
    let (a, b, c) = (year % 19, year / 100, year % 100);
    let (d, e) = (b / 4, b % 4);
    let g = (8 * b + 13) / 25;
    let h = (19 * a + b - d - g + 15) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 19 * l) / 433;
    let month = (h + l - 7 * m + 90) / 25;
    let day = (h + l - 7 * m + 33 * month + 19) % 32;
    NaiveDate::from_ymd_opt(year, u32::try_from(month).ok()?, u32::try_from(day).ok()?)
}

/// The nearest working day from `day` on, in steps of a day; `None` after a month of none.
pub fn working_day_from(
    day: NaiveDate,
    step: TimeDelta,
    is_quiet: impl Fn(NaiveDate) -> bool,
) -> Option<NaiveDate> {
    let mut at = day;
    for _ in 0..31 {
        if is_working_day(at) && !is_quiet(at) {
            return Some(at);
        }
        at += step;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn easter_falls_where_the_almanac_has_it() {
        for (year, date) in [
            (2000, "2000-04-23"),
            (2019, "2019-04-21"),
            (2024, "2024-03-31"),
            (2026, "2026-04-05"),
            (2038, "2038-04-25"),
        ] {
            assert_eq!(easter(year), Some(day(date)));
        }
    }

    #[test]
    fn great_prayer_day_is_a_working_day_since_2024() {
        assert_eq!(holiday(day("2023-05-05")), Some("store bededag"));
        assert_eq!(holiday(day("2024-04-26")), None);
        assert!(is_working_day(day("2024-04-26")));
    }

    #[test]
    fn the_days_around_easter_2026_are_holidays() {
        for (date, name) in [
            ("2026-04-02", "skærtorsdag"),
            ("2026-04-03", "langfredag"),
            ("2026-04-06", "2. påskedag"),
            ("2026-05-14", "Kristi himmelfartsdag"),
            ("2026-05-25", "2. pinsedag"),
            ("2026-06-05", "grundlovsdag"),
        ] {
            assert_eq!(holiday(day(date)), Some(name), "{date}");
        }
        let back = working_day_from(day("2026-04-06"), TimeDelta::days(-1), |_| false);
        assert_eq!(back, Some(day("2026-04-01")));
    }
}
