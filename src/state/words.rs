//! Numbers and times inside sentences: what is said on the phone and in outcomes.

use chrono::TimeDelta;
use chrono_tz::Tz;
use ocdeck_domain::facts::Time;
pub use ocdeck_domain::words::{bytes, count, files};

/// `Friday 20 November at 22:00`, in the listener's zone.
pub fn spoken(time: Time, zone: Tz) -> String {
    time.with_timezone(&zone)
        .format("%A %-d %B at %H:%M")
        .to_string()
}

/// `20 Nov 22:00`.
pub fn short(time: Time, zone: Tz) -> String {
    time.with_timezone(&zone).format("%-d %b %H:%M").to_string()
}

/// `02:22:10`.
pub fn clock(time: Time, zone: Tz) -> String {
    time.with_timezone(&zone).format("%H:%M:%S").to_string()
}

/// A time to come: "02:40", with its day where that is another one.
pub fn next_time(time: Time, now: Time, zone: Tz) -> String {
    let (local, today) = (time.with_timezone(&zone), now.with_timezone(&zone));
    let format = match local.date_naive() == today.date_naive() {
        true => "%H:%M",
        false => "%a %-d %b %H:%M",
    };
    local.format(format).to_string()
}

/// Whole percent.
pub fn percent(part: u64, whole: u64) -> u64 {
    if whole == 0 {
        return 0;
    }
    u64::try_from(u128::from(part) * 100 / u128::from(whole)).unwrap_or(100)
}

/// `less than a minute`, `about 12 minutes`, `about 3 hours`.
pub fn about(time: TimeDelta) -> String {
    let minutes = (time.num_seconds() + 59) / 60;
    match minutes {
        i64::MIN..=1 => "about a minute".to_owned(),
        2..=90 => format!("about {minutes} minutes"),
        _ => format!("about {} hours", (minutes + 30) / 60),
    }
}

/// `27 m`, `5 h 27 m`: for the time until something.
pub fn span(time: TimeDelta) -> String {
    let minutes = (time.num_seconds() + 59) / 60;
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} m"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} m"),
    }
}

/// `a`, `a and b`, `a, b and c`.
pub fn list(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [all @ .., last] => format!("{} and {last}", all.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_read_as_they_are_said() {
        assert_eq!(list(&["a".into(), "b".into(), "c".into()]), "a, b and c");
    }
}
