//! Numbers inside sentences, as they are said on the phone and stand in outcomes.

use chrono::TimeDelta;

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

/// `1 job`, `12 481 jobs`.
pub fn counted(number: u64, thing: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{} {thing}{s}", count(number))
}

/// `1 file`, `12 481 files`.
pub fn files(number: u64) -> String {
    counted(number, "file")
}

/// `65.0 GB`, `412 GB`: decimal units, three digits.
pub fn bytes(number: u64) -> String {
    const UNITS: [&str; 6] = ["kB", "MB", "GB", "TB", "PB", "EB"];
    if number < 1000 {
        return format!("{number} B");
    }
    let mut tenths = u128::from(number) / 100;
    let mut units = UNITS.iter();
    let mut unit = units.next();
    // What rounds to 1000 belongs to the next unit.
    while tenths >= 9995 {
        tenths = (tenths + 500) / 1000;
        unit = units.next().or(unit);
    }
    let unit = unit.unwrap_or(&"B");
    if tenths < 1000 {
        format!("{}.{} {unit}", tenths / 10, tenths % 10)
    } else {
        format!("{} {unit}", (tenths + 5) / 10)
    }
}

/// `1 s ago`, `3 min ago`, `5 h ago`, `12 d ago`; what is no second old `just now`.
pub fn ago(time: TimeDelta) -> String {
    match time.num_seconds() {
        i64::MIN..=0 => "just now".to_owned(),
        s @ 1..=59 => format!("{s} s ago"),
        s @ 60..=3_599 => format!("{} min ago", s / 60),
        s @ 3_600..=172_799 => format!("{} h ago", s / 3_600),
        s => format!("{} d ago", s / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::{ago, bytes, count, counted, files};
    use chrono::TimeDelta;

    #[test]
    fn times_past_are_said_in_one_unit() {
        let said = [0, 1, 59, 60, 3_599, 3_600, 172_799, 172_800]
            .map(|seconds| ago(TimeDelta::seconds(seconds)));
        let want = [
            "just now",
            "1 s ago",
            "59 s ago",
            "1 min ago",
            "59 min ago",
            "1 h ago",
            "47 h ago",
            "2 d ago",
        ];
        assert_eq!(said, want);
    }

    #[test]
    fn amounts_read_like_a_person_would_say_them() {
        for (number, said) in [
            (0, "0 B"),
            (999, "999 B"),
            (1_000, "1.0 kB"),
            (5_982_962, "6.0 MB"),
            (64_960_000_000, "65.0 GB"),
            (411_700_000_000, "412 GB"),
            (999_960_000_000, "1.0 TB"),
            (u64::MAX, "18.4 EB"),
        ] {
            assert_eq!(bytes(number), said);
        }
        assert_eq!(count(12_481), "12 481");
        assert_eq!(
            (files(1), files(4_120)),
            ("1 file".into(), "4 120 files".into())
        );
        let jobs = [0, 1, 2].map(|number| counted(number, "job"));
        assert_eq!(jobs, ["0 jobs", "1 job", "2 jobs"]);
    }
}
