//! Times in the bodies of records. The record's own time is looked at before it is written; those
//! in its body come from any writer, and what counts on from one near the end of all times
//! would end every program that reads the history.

use crate::facts::Time;
use chrono::Datelike;
use serde_json::Value;

/// The years that every reader of RFC 3339 knows, with room on both sides to count on.
const YEARS: std::ops::RangeInclusive<i32> = 1..=9999;
/// So many digits behind a sign are a year that is none of those.
const DIGITS: usize = 5;

/// The body as it is read: a time beyond those years is the last, or the first, moment of them.
/// `None`: it is read as it stands.
pub(super) fn bounded(body: &str) -> Option<Value> {
    if !may_hold_far_time(body) {
        return None;
    }
    let mut value = serde_json::from_str(body).ok()?;
    bound(&mut value).then_some(value)
}

/// Read for every record of a start, so that all but a few are not parsed twice.
fn may_hold_far_time(body: &str) -> bool {
    let far =
        |rest: &[u8]| rest.len() >= DIGITS && rest.iter().take(DIGITS).all(u8::is_ascii_digit);
    let bytes = body.as_bytes();
    let mut signs = (0..)
        .zip(bytes)
        .filter(|(_, byte)| matches!(byte, b'+' | b'-'));
    signs.any(|(at, _): (usize, _)| bytes.get(at + 1..).is_some_and(far)) || body.contains("\\u")
}

/// Whether something in there was beyond them.
fn bound(value: &mut Value) -> bool {
    match value {
        Value::String(text) => {
            let far = text.parse::<Time>().ok();
            let far = far.filter(|time| !YEARS.contains(&time.year()));
            let Some(far) = far else { return false };
            let (first, last) = ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z");
            let near = if far.year() < *YEARS.start() {
                first
            } else {
                last
            };
            near.clone_into(text);
            true
        }
        Value::Array(all) => all.iter_mut().fold(false, |any, it| bound(it) | any),
        Value::Object(all) => all.values_mut().fold(false, |any, it| bound(it) | any),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_beyond_all_calendars_is_the_last_or_first_of_them() {
        for (written, read) in [
            (Time::MAX_UTC.to_rfc3339(), "9999-12-31T23:59:59Z"),
            (Time::MIN_UTC.to_rfc3339(), "0001-01-01T00:00:00Z"),
            (
                " +262142 -01-01T00:00:00Z".to_owned(),
                "9999-12-31T23:59:59Z",
            ),
            (
                "\\u002b262142-01-01T00:00:00Z".to_owned(),
                "9999-12-31T23:59:59Z",
            ),
        ] {
            let body = format!("{{\"until\":\"{written}\",\"in\":[{{\"at\":\"{written}\"}}]}}");
            let bounded = bounded(&body).unwrap();
            assert_eq!(bounded["until"], read, "{written}");
            assert_eq!(bounded["in"][0]["at"], read, "{written}");
        }
    }

    #[test]
    fn what_else_stands_there_is_read_as_it_is() {
        for body in [
            "{\"until\":\"2026-11-21T08:14:05Z\"}",
            "{\"until\":\"9999-12-31T23:59:59Z\"}",
            "{\"call_back\":\"+15550100200\",\"text\":\"\\u0007 rings\"}",
            "{\"id\":\"6f636465-636b-4d8a-9a41-616c65727473\"}",
            "-123456 no JSON",
        ] {
            assert_eq!(bounded(body), None, "{body}");
        }
    }
}
