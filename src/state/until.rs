//! Times as a person types them in front of a sentence: the end of a snooze, the moment of a
//! call. Read in the zone of the terminal.

use chrono::{LocalResult, NaiveDate, NaiveTime, TimeDelta, TimeZone};
use chrono_tz::Tz;
use ocdeck_domain::facts::Time;

/// What can be typed for a time to come.
pub(super) const TO_COME: &str = "30m, 2h or 08:00";

/// The time to come at the start of `text`, and what stands behind it. `None`: there is none.
pub(super) fn to_come(text: &str, now: Time, zone: Tz) -> Option<(Time, String)> {
    let (first, rest) = split(text);
    if let Some(time) = clock(first) {
        return Some((next(zone, time, now)?, rest.to_owned()));
    }
    let (delta, rest) = span(text.trim_start())?;
    Some((now.checked_add_signed(delta)?, rest.trim_start().to_owned()))
}

/// The time of day at the start of `text` that was last, and what stands behind it; `now`
/// where none is written.
pub(super) fn past(text: &str, now: Time, zone: Tz) -> (Time, String) {
    let (first, rest) = split(text);
    match clock(first).and_then(|time| last(zone, time, now)) {
        Some(at) => (at, rest.to_owned()),
        None => (now, text.trim().to_owned()),
    }
}

fn split(text: &str) -> (&str, &str) {
    let text = text.trim();
    let (first, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    (first, rest.trim_start())
}

fn clock(word: &str) -> Option<NaiveTime> {
    let (hour, minute) = word.split_once(':')?;
    NaiveTime::from_hms_opt(hour.parse().ok()?, minute.parse().ok()?, 0)
}

/// When clocks in that zone show this on that day, the first one first: twice in the hour that a
/// change from summer time repeats. A time that a change to summer time skips is taken as the
/// hour after it.
pub(super) fn moments(zone: Tz, day: NaiveDate, time: NaiveTime) -> impl Iterator<Item = Time> {
    let naive = day.and_time(time);
    let at = |naive| zone.from_local_datetime(&naive);
    let local = match at(naive) {
        LocalResult::None => at(naive + TimeDelta::hours(1)),
        local => local,
    };
    let twice = matches!(local, LocalResult::Ambiguous(..));
    let again = local.latest().filter(|_| twice);
    let all = local.earliest().into_iter().chain(again);
    all.map(|time| time.to_utc())
}

/// The next time that clocks in that zone show this.
fn next(zone: Tz, time: NaiveTime, now: Time) -> Option<Time> {
    let today = now.with_timezone(&zone).date_naive();
    let days = [Some(today), today.succ_opt()].into_iter().flatten();
    days.flat_map(|day| moments(zone, day, time))
        .find(|at| *at > now)
}

/// The last time that clocks in that zone showed this; now counts.
pub(super) fn last(zone: Tz, time: NaiveTime, now: Time) -> Option<Time> {
    let today = now.with_timezone(&zone).date_naive();
    let days = [today.pred_opt(), Some(today)].into_iter().flatten();
    let shown = days.flat_map(|day| moments(zone, day, time));
    shown.filter(|at| *at <= now).last()
}

/// `2h`, `90 min`, `1h30m` at the start, and what stands behind it.
fn span(text: &str) -> Option<(TimeDelta, &str)> {
    let mut rest = text;
    let mut all = None;
    loop {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, behind) = rest.split_at(digits);
        let behind = behind.trim_start();
        let end = behind
            .find(|c: char| !c.is_alphabetic())
            .unwrap_or(behind.len());
        let (unit, behind) = behind.split_at(end);
        // `2h waits 3 days`: what is no time any more is the sentence.
        let Some(delta) = part(number, unit) else {
            return all.map(|all| (all, rest));
        };
        // So many days that no calendar has them are no time either.
        all = Some(all.unwrap_or(TimeDelta::zero()).checked_add(&delta)?);
        rest = behind;
        if !rest.starts_with(|c: char| c.is_ascii_digit()) {
            return all.map(|all| (all, rest));
        }
    }
}

fn part(number: &str, unit: &str) -> Option<TimeDelta> {
    let number: i64 = number.parse().ok()?;
    match unit {
        "m" | "min" | "mins" | "minute" | "minutes" => TimeDelta::try_minutes(number),
        "h" | "hr" | "hrs" | "hour" | "hours" => TimeDelta::try_hours(number),
        "d" | "day" | "days" => TimeDelta::try_days(number),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ZONE: Tz = chrono_tz::America::Chicago;

    fn at(text: &str) -> Time {
        text.parse().unwrap()
    }

    /// Chicago: 02:00 to 03:00 is left out on 14 March 2027, and 01:00 to 02:00 comes twice on
    /// 1 November 2026.
    #[test]
    fn where_clocks_are_changed() {
        for (typed, now, until) in [
            ("02:30", "2027-03-14T07:30:00Z", "2027-03-14T08:30:00Z"),
            ("02:30", "2027-03-14T08:45:00Z", "2027-03-15T07:30:00Z"),
            ("01:50", "2026-11-01T06:40:00Z", "2026-11-01T06:50:00Z"),
            ("01:50", "2026-11-01T06:55:00Z", "2026-11-01T07:50:00Z"),
            ("01:50", "2026-11-01T07:40:00Z", "2026-11-01T07:50:00Z"),
            ("01:50", "2026-11-01T07:50:00Z", "2026-11-02T07:50:00Z"),
        ] {
            let found = to_come(typed, at(now), ZONE);
            assert_eq!(found, Some((at(until), String::new())), "{typed} at {now}");
        }
        for (typed, now, was) in [
            ("01:50", "2026-11-01T07:55:00Z", "2026-11-01T07:50:00Z"),
            ("01:50", "2026-11-01T07:40:00Z", "2026-11-01T06:50:00Z"),
            ("02:30", "2027-03-14T08:45:00Z", "2027-03-14T08:30:00Z"),
        ] {
            assert_eq!(past(typed, at(now), ZONE).0, at(was), "{typed} at {now}");
        }
    }

    #[test]
    fn a_time_to_come_and_why() {
        let now = at("2026-11-21T08:14:00Z"); // 02:14 in Chicago
        for (typed, until, rest) in [
            (
                "30m waits for the disk",
                "2026-11-21T08:44:00Z",
                "waits for the disk",
            ),
            ("2 h", "2026-11-21T10:14:00Z", ""),
            ("1h30m  reboot", "2026-11-21T09:44:00Z", "reboot"),
            (
                "2h 3 disks to change",
                "2026-11-21T10:14:00Z",
                "3 disks to change",
            ),
            (
                "08:00 the client comes",
                "2026-11-21T14:00:00Z",
                "the client comes",
            ),
            ("02:14", "2026-11-22T08:14:00Z", ""),
        ] {
            let found = to_come(typed, now, ZONE);
            assert_eq!(found, Some((at(until), rest.to_owned())), "{typed}");
        }
        for nothing in ["", "soon", "25:00", "3", "3 weeks", "h"] {
            assert_eq!(to_come(nothing, now, ZONE), None, "{nothing}");
        }
        // 02:30 does not exist on the night to summer time.
        let eve = at("2026-03-08T07:00:00Z");
        let (until, _) = to_come("02:30", eve, ZONE).unwrap();
        assert_eq!(until, at("2026-03-08T08:30:00Z"));
    }

    #[test]
    fn a_time_past() {
        let now = at("2026-11-21T08:14:00Z");
        assert_eq!(
            past("02:10 phone", now, ZONE),
            (at("2026-11-21T08:10:00Z"), "phone".into())
        );
        assert_eq!(
            past("23:50 phone", now, ZONE),
            (at("2026-11-21T05:50:00Z"), "phone".into())
        );
        assert_eq!(past(" phone ", now, ZONE), (now, "phone".into()));
    }

    #[test]
    fn more_days_than_there_are_is_no_time() {
        let now = at("2026-11-21T08:14:00Z");
        for typed in ["99999999999d99999999999d", "106751991167d9999999999d9h"] {
            assert_eq!(to_come(typed, now, ZONE), None, "{typed}");
        }
    }

    proptest! {
        #[test]
        fn anything_may_be_typed(text in "\\PC{0,20}", digits in "[0-9]{0,30}[mhd: ]{0,3}\\PC{0,4}") {
            let now = at("2026-11-21T08:14:00Z");
            for typed in [text, digits] {
                if let Some((until, _)) = to_come(&typed, now, ZONE) {
                    prop_assert!(until >= now);
                }
                prop_assert!(past(&typed, now, ZONE).0 <= now);
            }
        }
    }
}
