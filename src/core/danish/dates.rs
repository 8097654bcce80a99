//! Danish dates and wall-clock time in Copenhagen.
use chrono::{DateTime, Datelike, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc};
use chrono_tz::{Europe::Copenhagen, Tz};

const MONTHS: [&str; 12] = [
    "januar",
    "februar",
    "marts",
    "april",
    "maj",
    "juni",
    "juli",
    "august",
    "september",
    "oktober",
    "november",
    "december",
];

/// The same moment on a Danish clock.
pub fn local(at: DateTime<Utc>) -> DateTime<Tz> {
    at.with_timezone(&Copenhagen)
}

/// `9. april 2026`.
pub fn date(day: NaiveDate) -> String {
    let month = MONTHS
        .get(day.month0() as usize)
        .copied()
        .unwrap_or_default();
    format!("{}. {month} {}", day.day(), day.year())
}

/// `09.04.2026`.
pub fn short_date(day: NaiveDate) -> String {
    day.format("%d.%m.%Y").to_string()
}

/// `10.42`, on a Danish clock.
pub fn clock(at: DateTime<Utc>) -> String {
    local(at).format("%H.%M").to_string()
}

/// `9. april 2026 kl. 10.42`, on a Danish clock.
pub fn date_time(at: DateTime<Utc>) -> String {
    format!("{} kl. {}", date(local(at).date_naive()), clock(at))
}

/// Reads `09.04.2026`, `9/4 2026`, `9-4-26`, `9. april 2026`, `9. apr. 2026` and `2026-04-09`.
///
/// Two-digit years are in this century. `None` for anything else and for days that don't exist.
pub fn parse_date(text: &str) -> Option<NaiveDate> {
    let text = text.trim().to_lowercase();
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || matches!(c, '.' | '/' | '-'))
        .filter(|w| !w.is_empty())
        .collect();
    let [a, b, c] = words.as_slice() else {
        return None;
    };
    let (day, month, year) = if a.len() == 4 {
        (*c, *b, *a)
    } else {
        (*a, *b, *c)
    };
    let full_year = match year.len() {
        2 => 2000 + small(year)? as i32,
        4 => small(year)? as i32,
        _ => return None,
    };
    NaiveDate::from_ymd_opt(full_year, month_number(month)?, small(day)?)
}

fn month_number(word: &str) -> Option<u32> {
    if let Some(n) = small(word) {
        return Some(n);
    }
    let at = MONTHS
        .iter()
        .position(|m| word.len() >= 3 && m.starts_with(word))?;
    u32::try_from(at + 1).ok()
}

fn small(digits: &str) -> Option<u32> {
    (digits.len() <= 4 && digits.bytes().all(|b| b.is_ascii_digit()))
        .then(|| digits.parse().ok())
        .flatten()
}

/// Reads a date with an optional Danish clock time: `2026-04-29`, `2026-04-29T23:59`, `29.04.2026 kl. 12.00`.
///
/// Without a time it is `otherwise`. An hour that the clock skips in spring is taken an hour later;
/// one that occurs twice in autumn is its first.
pub fn parse_local(text: &str, otherwise: NaiveTime) -> Option<DateTime<Utc>> {
    let text = text.trim();
    let (day, time) = match text.split_once('T').or_else(|| text.split_once(" kl. ")) {
        Some((d, t)) => (parse_date(d)?, parse_clock(t)?),
        None => (parse_date(text)?, otherwise),
    };
    at_local(day.and_time(time))
}

fn parse_clock(text: &str) -> Option<NaiveTime> {
    let mut parts = text.trim().split([':', '.']);
    let hour = small(parts.next()?)?;
    let minute = small(parts.next()?)?;
    let second = parts.next().map_or(Some(0), small)?;
    NaiveTime::from_hms_opt(hour, minute, second)
}

fn at_local(wall: NaiveDateTime) -> Option<DateTime<Utc>> {
    match Copenhagen.from_local_datetime(&wall) {
        LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => Some(at.with_timezone(&Utc)),
        LocalResult::None => {
            let later = wall.checked_add_signed(chrono::TimeDelta::hours(1))?;
            Copenhagen
                .from_local_datetime(&later)
                .earliest()
                .map(|at| at.with_timezone(&Utc))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(y: i32, m: u32, d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(y, m, d).unwrap()
    }

    #[test]
    fn dates_are_read_in_several_spellings() {
        for text in [
            "09.04.2026",
            "9/4 2026",
            "9-4-26",
            "9. april 2026",
            "9. apr. 2026",
            "2026-04-09",
            " 9.4.2026 ",
        ] {
            assert_eq!(parse_date(text), Some(day(2026, 4, 9)), "{text}");
        }
        assert_eq!(parse_date("9. maj 2019"), Some(day(2019, 5, 9)));
    }

    #[test]
    fn days_that_do_not_exist_are_refused() {
        for text in [
            "31.02.2026",
            "1.13.2026",
            "32.1.2026",
            "i går",
            "",
            "2026",
            "9. ma 2026",
            "9.4.226",
        ] {
            assert_eq!(parse_date(text), None, "{text}");
        }
    }

    #[test]
    fn a_deadline_is_danish_wall_clock_time() {
        let end = NaiveTime::from_hms_opt(23, 59, 59).unwrap();
        let winter = parse_local("2026-01-15", end).unwrap();
        assert_eq!(winter.to_rfc3339(), "2026-01-15T22:59:59+00:00");
        let summer = parse_local("29.04.2026 kl. 12.00", end).unwrap();
        assert_eq!(summer.to_rfc3339(), "2026-04-29T10:00:00+00:00");
        assert_eq!(
            parse_local("2026-03-29T02:30", end).unwrap().to_rfc3339(),
            "2026-03-29T01:30:00+00:00"
        );
    }

    proptest! {
        #[test]
        fn written_dates_are_read_back(days in 0i64..40_000) {
            let d = day(1990, 1, 1) + chrono::TimeDelta::days(days);
            prop_assert_eq!(parse_date(&date(d)), Some(d));
            prop_assert_eq!(parse_date(&short_date(d)), Some(d));
        }

        #[test]
        fn any_text_is_read_or_refused_without_panic(text in "\\PC{0,40}") {
            let _ = (parse_date(&text), parse_local(&text, NaiveTime::MIN));
        }
    }
}
