//! Amounts as people write them: `"40 MB"`, `"1.5 GiB"`, `"15m"`, `"24 h"`.

use std::time::Duration;

/// Bytes of `"40 MB"` (decimal), `"40 MiB"` (binary) or `"4096"`.
pub(super) fn bytes(text: &str) -> Result<u64, String> {
    let (number, unit) = split(text);
    let factor: u64 = match unit.to_ascii_lowercase().trim_end_matches("/s") {
        "" | "b" => 1,
        "k" | "kb" => 1_000,
        "m" | "mb" => 1_000_000,
        "g" | "gb" => 1_000_000_000,
        "t" | "tb" => 1_000_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        "tib" => 1 << 40,
        _ => {
            return Err(format!(
                "'{text}' is no amount; write \"40 MB\" or \"2 GiB\""
            ));
        }
    };
    scaled(number, factor)
        .ok_or_else(|| format!("'{text}' is no amount; write \"40 MB\" or \"2 GiB\""))
}

/// A number of at least one.
pub(super) fn count(text: &str) -> Result<u64, String> {
    let number = text.trim().replace('_', "").parse().ok();
    number
        .filter(|number| *number > 0)
        .ok_or_else(|| format!("'{text}' is no number from 1 on; write 10"))
}

/// Time of `"90s"`, `"15m"`, `"24 h"`, `"7d"` or `"90"` (seconds).
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let (number, unit) = split(text);
    let milliseconds = match unit.to_ascii_lowercase().as_str() {
        "ms" => 1,
        "" | "s" | "sec" | "seconds" => 1_000,
        "m" | "min" | "minutes" => 60_000,
        "h" | "hour" | "hours" => 3_600_000,
        "d" | "day" | "days" => 86_400_000,
        _ => return Err(format!("'{text}' is no time; write \"15m\" or \"24h\"")),
    };
    scaled(number, milliseconds)
        .map(Duration::from_millis)
        .filter(|time| !time.is_zero())
        .ok_or_else(|| format!("'{text}' is no time; write \"15m\" or \"24h\""))
}

fn split(text: &str) -> (&str, &str) {
    let text = text.trim();
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    (number, unit.trim())
}

fn scaled(number: &str, factor: u64) -> Option<u64> {
    if let Ok(whole) = number.parse::<u64>() {
        return whole.checked_mul(factor);
    }
    let value = number.parse::<f64>().ok()? * factor as f64;
    // Beyond 2^53 a float is no longer exact, and no repository is that large.
    (value.is_finite() && (0.0..9.0e15).contains(&value)).then_some(value.round() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_as_people_write_them() {
        assert_eq!(bytes("40 MB"), Ok(40_000_000));
        assert_eq!(bytes("1.5GiB"), Ok(1_610_612_736));
        assert_eq!(bytes("250 kB/s"), Ok(250_000));
        assert_eq!(bytes("4096"), Ok(4096));
        assert!(bytes("40 parsecs").is_err());
        assert!(bytes("-1").is_err());
        assert!(bytes("99999999999999999999 TB").is_err());
        assert_eq!(duration("15m"), Ok(Duration::from_secs(900)));
        assert_eq!(duration("24 h"), Ok(Duration::from_secs(86_400)));
        assert!(duration("0s").is_err());
        assert!(duration("soon").is_err());
    }
}
