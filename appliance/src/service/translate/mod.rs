//! Between the domain's words and the wire's. What may be wrong in a message is checked here,
//! once; an enum value that this build does not know is refused, never guessed.

mod facts;
mod look;
mod restores;

pub(super) use facts::{capability, entry, fact, log_line, point, restore, session};
pub(super) use look::{hit, hits, query, searched, version, version_path};
pub(super) use restores::{
    approval, dispatch, intent, intent_with_reason, order, path, plan, plan_entry, rejection,
    request_id,
};

use super::status::invalid;

use ocdeck_domain::facts::Time;
use prost_types::Timestamp;
use tonic::Status;

/// Bytes of an id.
const ID: usize = 256;
/// Bytes of what a person wrote: a reason, a reference, a name.
const WORDS: usize = 2_000;

/// Refuses what can be no id: it must be said back, and looked up.
pub(super) fn id(field: &str, id: &str) -> Result<(), Status> {
    match id {
        "" => Err(invalid(field, "is missing")),
        id if id.len() > ID => Err(invalid(field, "is longer than 256 bytes")),
        id if id.chars().any(char::is_control) => Err(invalid(field, "holds control characters")),
        _ => Ok(()),
    }
}

/// Refuses what is longer than people write.
pub(super) fn words(field: &str, text: &str) -> Result<(), Status> {
    match text.len() {
        0..=WORDS => Ok(()),
        _ => Err(invalid(field, "is longer than 2 000 bytes; say it shorter")),
    }
}

/// A time on the wire.
pub(super) fn time(at: Time) -> Timestamp {
    Timestamp {
        seconds: at.timestamp(),
        nanos: i32::try_from(at.timestamp_subsec_nanos()).unwrap_or_default(),
    }
}

fn times(at: Option<Time>) -> Option<Timestamp> {
    at.map(time)
}

/// An id that may be absent; empty on the wire.
fn text<T: ToString>(id: Option<&T>) -> String {
    id.map(T::to_string).unwrap_or_default()
}
