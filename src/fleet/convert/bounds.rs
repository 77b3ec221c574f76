//! Bounds of what comes from outside: texts, ids, paths, times, lists.

use super::Malformed;
use chrono::DateTime;
use ocdeck_domain::{
    facts::{PathBytes, Time},
    text::{self, unsafe_on_screen},
};
use prost_types::Timestamp;

/// Bytes of an id.
const ID: usize = 256;
/// Characters of a text.
const TEXT: usize = 2_000;
/// Bytes of a path: more than any file system makes.
const PATH: usize = 32 * 1024;

/// An id: not empty, not huge, nothing that a terminal would act on. It is refused rather
/// than mended, because it must go back as it came.
pub(super) fn id(field: &'static str, text: String) -> Result<String, Malformed> {
    if text.is_empty() {
        return Err(Malformed::absent(field));
    }
    if text.len() > ID {
        return Err(Malformed::new(field, "is longer than 256 bytes"));
    }
    if text.chars().any(unsafe_on_screen) {
        return Err(Malformed::new(field, "holds control characters"));
    }
    Ok(text)
}

/// An id that may be absent.
pub(super) fn optional_id(field: &'static str, text: String) -> Result<Option<String>, Malformed> {
    if text.is_empty() {
        return Ok(None);
    }
    id(field, text).map(Some)
}

/// A text for people: control and direction characters gone, cut to what a screen could show.
pub(in crate::fleet) fn clean(text: String) -> String {
    let fits = text.len() <= TEXT;
    if fits && !text.chars().any(unsafe_on_screen) {
        return text;
    }
    let mut clean: String = text::clean(&text).chars().take(TEXT).collect();
    if !fits && clean.chars().count() == TEXT {
        clean.pop();
        clean.push('…');
    }
    clean
}

/// A text that is absent when empty.
pub(super) fn optional_text(text: String) -> Option<String> {
    Some(clean(text)).filter(|text| !text.is_empty())
}

/// A path.
pub(super) fn path(field: &'static str, bytes: Vec<u8>) -> Result<PathBytes, Malformed> {
    if bytes.len() > PATH {
        return Err(Malformed::new(field, "is longer than 32 kB"));
    }
    Ok(bytes)
}

/// Paths, at most so many.
pub(super) fn paths(
    field: &'static str,
    list: Vec<Vec<u8>>,
    most: usize,
) -> Result<Vec<PathBytes>, Malformed> {
    if list.len() > most {
        return Err(Malformed::new(field, "has too many entries"));
    }
    list.into_iter().map(|bytes| path(field, bytes)).collect()
}

/// Texts, at most so many; the rest is dropped.
pub(super) fn texts(list: Vec<String>, most: usize) -> Vec<String> {
    list.into_iter().take(most).map(clean).collect()
}

/// A time that may be absent.
pub(in crate::fleet) fn time(
    field: &'static str,
    value: Option<Timestamp>,
) -> Result<Option<Time>, Malformed> {
    let Some(Timestamp { seconds, nanos }) = value else {
        return Ok(None);
    };
    // Protobuf's own range, years 1 to 9999; `from_timestamp` alone would take more.
    let in_range = (-62_135_596_800..=253_402_300_799).contains(&seconds);
    u32::try_from(nanos)
        .ok()
        .filter(|nanos| in_range && *nanos < 1_000_000_000)
        .and_then(|nanos| DateTime::from_timestamp(seconds, nanos))
        .map(Some)
        .ok_or_else(|| Malformed::new(field, "is no time"))
}

/// A time that must be there.
pub(super) fn required_time(
    field: &'static str,
    value: Option<Timestamp>,
) -> Result<Time, Malformed> {
    time(field, value)?.ok_or_else(|| Malformed::absent(field))
}
