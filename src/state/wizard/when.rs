//! "When was the data last good?", in the caller's words: `20 Nov 23:40`, `3 h ago`,
//! `yesterday noon`. Read in the tenant's zone.

use crate::state::until;
use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, TimeDelta, Weekday};
use chrono_tz::Tz;
use ocdeck_domain::facts::Time;

/// What can be typed, for the sentence that says so.
const FORMS: &str = "write 20 Nov 23:40, 3 h ago, or yesterday noon";

/// The moment that `text` names; `None`: nothing is written. Fails with what can be written.
pub(crate) fn parse(text: &str, now: Time, zone: Tz) -> Result<Option<Time>, String> {
    let text = text.trim().to_lowercase().replace(',', " ");
    if text.is_empty() {
        return Ok(None);
    }
    let local = now.with_timezone(&zone);
    let found = ago(&text, now)
        .or_else(|| {
            let (day, time) = on_a_day(&text, &local)?;
            until::moments(zone, day, time).next()
        })
        .or_else(|| clock_only(&text, now, zone));
    match found {
        Some(time) if time > now => Err(format!("{text} is still to come; {FORMS}")),
        Some(time) => Ok(Some(time)),
        None => Err(format!("\"{text}\" is not understood; {FORMS}")),
    }
}

fn ago(text: &str, now: Time) -> Option<Time> {
    if text == "now" || text == "just now" {
        return Some(now);
    }
    let words = text.strip_suffix("ago")?.trim();
    let digits: String = words.chars().take_while(char::is_ascii_digit).collect();
    let unit = words
        .trim_start_matches(|c: char| c.is_ascii_digit())
        .trim();
    let number: i64 = match digits.as_str() {
        "" => 1,
        digits => digits.parse().ok()?,
    };
    let unit = unit
        .trim_start_matches("an ")
        .trim_start_matches("a ")
        .trim();
    let delta = match unit {
        "m" | "min" | "mins" | "minute" | "minutes" => TimeDelta::try_minutes(number)?,
        "h" | "hr" | "hrs" | "hour" | "hours" => TimeDelta::try_hours(number)?,
        "d" | "day" | "days" => TimeDelta::try_days(number)?,
        "w" | "week" | "weeks" => TimeDelta::try_weeks(number)?,
        _ => return None,
    };
    now.checked_sub_signed(delta)
}

fn time_word(word: &str) -> Option<NaiveTime> {
    let (hour, minute) = match word {
        "midnight" => (0, 0),
        "morning" => (8, 0),
        "noon" => (12, 0),
        "evening" => (18, 0),
        "night" => (23, 0),
        _ => {
            let (hour, minute) = word.split_once(':')?;
            let minute = minute.split(':').next()?;
            (hour.parse().ok()?, minute.parse().ok()?)
        }
    };
    NaiveTime::from_hms_opt(hour, minute, 0)
}

fn clock_only(text: &str, now: Time, zone: Tz) -> Option<Time> {
    let time = time_word(text.trim_start_matches("at ").trim())?;
    until::last(zone, time, now)
}

fn month(word: &str) -> Option<u32> {
    const MONTHS: [&str; 12] = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ];
    let at = MONTHS.iter().position(|m| word.starts_with(m))?;
    u32::try_from(at + 1).ok()
}

/// The newest date of that day and month that is not after today.
fn past(day: u32, month: u32, year: Option<i32>, today: NaiveDate) -> Option<NaiveDate> {
    let date = NaiveDate::from_ymd_opt(year.unwrap_or(today.year()), month, day)?;
    if year.is_none() && date > today {
        return NaiveDate::from_ymd_opt(today.year() - 1, month, day);
    }
    Some(date)
}

fn on_a_day(text: &str, local: &DateTime<Tz>) -> Option<(NaiveDate, NaiveTime)> {
    let today = local.date_naive();
    let words: Vec<&str> = text
        .split_whitespace()
        .filter(|w| !matches!(*w, "at" | "last" | "on" | "the"))
        .collect();
    let (first, rest) = words.split_first()?;
    let (day, rest) = if *first == "today" {
        (today, rest)
    } else if *first == "yesterday" {
        (today.checked_sub_days(Days::new(1))?, rest)
    } else if let Ok(weekday) = first.parse::<Weekday>() {
        let back = today.weekday().days_since(weekday);
        let back = if back == 0 { 7 } else { back };
        (today.checked_sub_days(Days::new(back.into()))?, rest)
    } else if let Some((date, time)) = first.split_once('t').filter(|(d, _)| d.contains('-')) {
        return Some((date.parse().ok()?, time_word(time.trim_end_matches('z'))?));
    } else if let Ok(date) = first.parse::<NaiveDate>() {
        (date, rest)
    } else {
        day_and_month(first, rest, today)?
    };
    let time = match rest {
        [] => NaiveTime::MIN,
        [word] => time_word(word)?,
        _ => return None,
    };
    Some((day, time))
}

fn day_and_month<'a>(
    first: &str,
    rest: &'a [&'a str],
    today: NaiveDate,
) -> Option<(NaiveDate, &'a [&'a str])> {
    let (second, mut rest) = rest.split_first()?;
    let (day, month) = match (
        first.trim_end_matches('.').parse::<u32>(),
        second.parse::<u32>(),
    ) {
        (Ok(day), _) => (day, month(second)?),
        (_, Ok(day)) => (day, month(first)?),
        _ => return None,
    };
    let mut year = None;
    if let Some((word, after)) = rest.split_first()
        && let Ok(number) = word.parse::<i32>()
    {
        year = Some(number);
        rest = after;
    }
    Some((past(day, month, year, today)?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn now() -> Time {
        "2026-11-21T08:14:05Z".parse().unwrap()
    }

    #[test]
    fn the_forms_that_callers_use() {
        let zone = chrono_tz::America::Chicago; // 02:14:05 there
        for (text, wanted) in [
            ("20 Nov 23:40", "2026-11-21T05:40:00Z"),
            ("Nov 20 23:40", "2026-11-21T05:40:00Z"),
            ("20 nov 2025, 22:00", "2025-11-21T04:00:00Z"),
            ("24 Dec 12:00", "2025-12-24T18:00:00Z"),
            ("3 h ago", "2026-11-21T05:14:05Z"),
            ("an hour ago", "2026-11-21T07:14:05Z"),
            ("45min ago", "2026-11-21T07:29:05Z"),
            ("2 days ago", "2026-11-19T08:14:05Z"),
            ("yesterday noon", "2026-11-20T18:00:00Z"),
            ("yesterday at 17:30", "2026-11-20T23:30:00Z"),
            ("today 01:00", "2026-11-21T07:00:00Z"),
            ("23:40", "2026-11-21T05:40:00Z"),
            ("01:00", "2026-11-21T07:00:00Z"),
            ("friday 22:00", "2026-11-21T04:00:00Z"),
            ("2026-11-20 22:00", "2026-11-21T04:00:00Z"),
            ("2026-11-20T22:00", "2026-11-21T04:00:00Z"),
        ] {
            let got = parse(text, now(), zone).unwrap().unwrap();
            assert_eq!(got, wanted.parse::<Time>().unwrap(), "{text}");
        }
        assert_eq!(parse("  ", now(), zone), Ok(None));
    }

    #[test]
    fn what_is_not_understood_says_what_is() {
        let zone = chrono_tz::UTC;
        assert!(
            parse("before lunch", now(), zone)
                .unwrap_err()
                .contains("yesterday noon")
        );
        assert!(
            parse("today 23:00", now(), zone)
                .unwrap_err()
                .contains("still to come")
        );
    }

    #[test]
    fn a_skipped_hour_is_the_hour_after_it() {
        let now = "2026-03-08T18:00:00Z".parse().unwrap();
        let got = parse("today 02:30", now, chrono_tz::America::Chicago).unwrap();
        assert_eq!(got, Some("2026-03-08T08:30:00Z".parse().unwrap()));
    }

    proptest! {
        #[test]
        fn nothing_typed_panics(text in "\\PC{0,30}", digits in "[0-9 :a-z-]{0,24}") {
            let _ = parse(&text, now(), chrono_tz::UTC);
            let _ = parse(&digits, now(), chrono_tz::UTC);
        }
    }
}
