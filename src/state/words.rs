//! Numbers and times inside sentences: what is said on the phone and in outcomes.

use chrono::TimeDelta;
use chrono_tz::Tz;
use ocdeck_domain::facts::Time;

/// `12 481`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, c) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(c);
    }
    text
}

/// `1 file`, `12 481 files`.
pub fn files(number: u64) -> String {
    if number == 1 {
        "1 file".to_owned()
    } else {
        format!("{} files", count(number))
    }
}

/// `65.0 GB`: decimal, three digits.
pub fn bytes(number: u64) -> String {
    const UNITS: [&str; 6] = ["B", "kB", "MB", "GB", "TB", "PB"];
    let mut unit = 0;
    let mut divisor: u64 = 1;
    while unit + 1 < UNITS.len() && number / divisor >= 1000 {
        divisor *= 1000;
        unit += 1;
    }
    let name = UNITS.get(unit).copied().unwrap_or("PB");
    if unit == 0 {
        return format!("{number} B");
    }
    let hundredths = u128::from(number) * 100 / u128::from(divisor);
    match hundredths {
        0..1_000 => format!("{}.{:02} {name}", hundredths / 100, hundredths % 100),
        1_000..10_000 => format!("{}.{} {name}", hundredths / 100, hundredths % 100 / 10),
        _ => format!("{} {name}", hundredths / 100),
    }
}

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

/// `less than a minute`, `about 12 minutes`, `about 3 hours`.
pub fn about(time: TimeDelta) -> String {
    let minutes = (time.num_seconds() + 59) / 60;
    match minutes {
        i64::MIN..=1 => "about a minute".to_owned(),
        2..=90 => format!("about {minutes} minutes"),
        _ => format!("about {} hours", (minutes + 30) / 60),
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
    fn numbers_read_as_the_look_says() {
        assert_eq!(count(12_481), "12 481");
        assert_eq!(count(7), "7");
        assert_eq!(count(1_000_000), "1 000 000");
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(65_000_000_000), "65.0 GB");
        assert_eq!(bytes(412_300_000_000), "412 GB");
        assert_eq!(bytes(2_100_000), "2.10 MB");
        assert_eq!(list(&["a".into(), "b".into(), "c".into()]), "a, b and c");
    }
}
