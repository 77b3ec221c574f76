//! Numbers and times as people read them. Durations are seconds; who formats a moment
//! knows its time zone and does it elsewhere.

/// A number and its unit; the unit is drawn dimmer, after a space.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quantity {
    /// The number.
    pub number: String,
    /// The unit; may be empty.
    pub unit: &'static str,
}

impl std::fmt::Display for Quantity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.unit.is_empty() {
            f.write_str(&self.number)
        } else {
            write!(f, "{} {}", self.number, self.unit)
        }
    }
}

fn quantity(number: impl Into<String>, unit: &'static str) -> Quantity {
    Quantity {
        number: number.into(),
        unit,
    }
}

/// `12 481`; from a million on `4.2 M`.
pub fn count(value: u64) -> Quantity {
    if value >= 1_000_000 {
        return scaled(value, &["", "", "M", "G", "T", "P", "E"]);
    }
    let thousands = value / 1000;
    if thousands == 0 {
        quantity(value.to_string(), "")
    } else {
        quantity(format!("{thousands} {:03}", value % 1000), "")
    }
}

/// `65.0 GB`, `412 GB`: decimal units, three digits.
pub fn bytes(value: u64) -> Quantity {
    scaled(value, &["B", "kB", "MB", "GB", "TB", "PB", "EB"])
}

/// `118 MB/s`.
pub fn rate(value: u64) -> Quantity {
    scaled(
        value,
        &["B/s", "kB/s", "MB/s", "GB/s", "TB/s", "PB/s", "EB/s"],
    )
}

fn scaled(value: u64, units: &[&'static str; 7]) -> Quantity {
    let mut divisor: u128 = 1;
    let value = u128::from(value);
    let mut step = 0;
    // What rounds to 1000 belongs to the next unit.
    while step < 6 && value * 2 >= divisor * 1999 && value >= divisor * 999 {
        divisor *= 1000;
        step += 1;
    }
    let unit = units.get(step).copied().unwrap_or_default();
    if step == 0 {
        return quantity(value.to_string(), unit);
    }
    let tenths = (value * 10 + divisor / 2) / divisor;
    if tenths < 1000 {
        quantity(format!("{}.{}", tenths / 10, tenths % 10), unit)
    } else {
        quantity(((value + divisor / 2) / divisor).to_string(), unit)
    }
}

/// A running clock or an ETA: `41:07`, from one hour on `3:24:10`, overdue `−02:18`.
pub fn clock(seconds: i64) -> String {
    let sign = if seconds < 0 { "−" } else { "" };
    let s = seconds.unsigned_abs();
    let (hours, minutes, seconds) = (s / 3600, s / 60 % 60, s % 60);
    if hours > 0 {
        format!("{sign}{hours}:{minutes:02}:{seconds:02}")
    } else {
        format!("{sign}{minutes:02}:{seconds:02}")
    }
}

/// How long something took, two units at most: `6 m 31 s`, `1 h 05 m`, `3 d 2 h`.
pub fn duration(seconds: u64) -> Vec<Quantity> {
    let (d, h, m, s) = (
        seconds / 86_400,
        seconds / 3600 % 24,
        seconds / 60 % 60,
        seconds % 60,
    );
    match (d, h, m) {
        (0, 0, 0) => vec![quantity(s.to_string(), "s")],
        (0, 0, _) => vec![
            quantity(m.to_string(), "m"),
            quantity(format!("{s:02}"), "s"),
        ],
        (0, ..) => vec![
            quantity(h.to_string(), "h"),
            quantity(format!("{m:02}"), "m"),
        ],
        (_, 0, _) => vec![quantity(d.to_string(), "d")],
        _ => vec![quantity(d.to_string(), "d"), quantity(h.to_string(), "h")],
    }
}

/// The same as one text.
pub fn duration_text(seconds: u64) -> String {
    let parts: Vec<String> = duration(seconds).iter().map(ToString::to_string).collect();
    parts.join(" ")
}

/// How old something is, in one coarse unit: `<1 m`, `41 m`, `3 h`, `97 d`.
pub fn age(seconds: u64) -> Quantity {
    match seconds {
        0..60 => quantity("<1", "m"),
        60..3600 => quantity((seconds / 60).to_string(), "m"),
        3600..172_800 => quantity((seconds / 3600).to_string(), "h"),
        _ => quantity((seconds / 86_400).to_string(), "d"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn counts() {
        assert_eq!(count(0).to_string(), "0");
        assert_eq!(count(999).to_string(), "999");
        assert_eq!(count(12_481).to_string(), "12 481");
        assert_eq!(count(999_999).to_string(), "999 999");
        assert_eq!(count(1_000_000).to_string(), "1.0 M");
        assert_eq!(count(4_200_000).to_string(), "4.2 M");
    }

    #[test]
    fn sizes() {
        let of = |value| bytes(value).to_string();
        assert_eq!(of(0), "0 B");
        assert_eq!(of(12), "12 B");
        assert_eq!(of(999), "999 B");
        assert_eq!(of(1000), "1.0 kB");
        assert_eq!(of(999_949), "1.0 MB");
        assert_eq!(of(65_000_000_000), "65.0 GB");
        assert_eq!(of(412_000_000_000), "412 GB");
        assert_eq!(of(99_949_000), "99.9 MB");
        assert_eq!(of(99_960_000), "100 MB");
        assert_eq!(of(3_400_000_000_000), "3.4 TB");
        assert_eq!(rate(118_000_000).to_string(), "118 MB/s");
    }

    #[test]
    fn clocks_and_ages() {
        assert_eq!(clock(41 * 60 + 7), "41:07");
        assert_eq!(clock(3 * 3600 + 24 * 60 + 10), "3:24:10");
        assert_eq!(clock(-138), "−02:18");
        assert_eq!(clock(0), "00:00");
        assert_eq!(duration_text(391), "6 m 31 s");
        assert_eq!(duration_text(3900), "1 h 05 m");
        assert_eq!(duration_text(9), "9 s");
        assert_eq!(duration_text(86_400), "1 d");
        assert_eq!(duration_text(93_600), "1 d 2 h");
        assert_eq!(age(30).to_string(), "<1 m");
        assert_eq!(age(41 * 60).to_string(), "41 m");
        assert_eq!(age(28 * 3600).to_string(), "28 h");
        assert_eq!(age(97 * 86_400).to_string(), "97 d");
    }

    proptest! {
        #[test]
        fn sizes_take_at_most_four_cells_and_never_shrink(a: u64, b: u64) {
            let shown = bytes(a);
            if shown.unit != "EB" {
                prop_assert!(shown.number.len() <= 4, "{}", shown);
            }
            let value = |v: u64| {
                let q = bytes(v);
                let step = ["B", "kB", "MB", "GB", "TB", "PB", "EB"].iter().position(|u| *u == q.unit).unwrap();
                (step, (q.number.parse::<f64>().unwrap() * 10.0) as u64)
            };
            if a <= b {
                prop_assert!(value(a) <= value(b));
            }
        }

        #[test]
        fn clocks_read_back(seconds in -400_000i64..400_000) {
            let text = clock(seconds);
            let parts: i64 = text.trim_start_matches('−').split(':')
                .fold(0, |sum, part| sum * 60 + part.parse::<i64>().unwrap());
            prop_assert_eq!(parts, seconds.abs());
            prop_assert_eq!(text.starts_with('−'), seconds < 0);
        }
    }
}
