//! How every fold writes its events as records and reads them back.

use super::{NewRecord, Record, Subject, bounds::bounded};
use crate::facts::Time;
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

/// Why a record's body cannot be read as an event.
#[derive(Debug, thiserror::Error)]
#[error("record {event} of kind {kind} cannot be read: {why}")]
pub struct UnreadableEvent {
    /// The record's id.
    pub event: Uuid,
    /// Its kind.
    pub kind: String,
    /// Why.
    pub why: String,
}

/// One line of a subject's history.
#[derive(Clone, Debug, PartialEq)]
pub struct Moment<E> {
    /// When.
    pub at: Time,
    /// Whether that is later than the desk received it: a clock was wrong.
    pub ahead: bool,
    /// When the desk received it.
    pub received: Time,
    /// Who.
    pub actor: String,
    /// The record's kind.
    pub kind: String,
    /// Its place in the history.
    pub version: u32,
    /// The event; `None`: of a kind or form that this build does not know.
    pub event: Option<E>,
}

impl<E> Moment<E> {
    /// The line of a record that holds this event.
    pub fn of(record: &Record, event: Option<E>) -> Self {
        Self {
            at: record.record.at,
            ahead: record.ahead().is_some(),
            received: record.received_at,
            actor: record.record.actor.clone(),
            kind: record.record.kind.clone(),
            version: record.subject_version,
            event,
        }
    }
}

impl NewRecord {
    /// A record of an event whose JSON is the body: durable, at the next place of its subject,
    /// which stays as open as it was.
    pub fn of(
        event_id: Uuid,
        subject: Subject,
        (kind, kind_version): (&str, u32),
        at: Time,
        actor: &str,
        event: &impl Serialize,
    ) -> Self {
        Self {
            event_id,
            subject,
            subject_version: None,
            kind: kind.to_owned(),
            kind_version,
            at,
            actor: actor.to_owned(),
            // Events are text, numbers, times and lists of them: this cannot fail.
            body: serde_json::to_string(event).unwrap_or_default(),
            durable: true,
            over: None,
        }
    }

    /// The event that the record holds; no time in it is so far away that it could not be
    /// counted on from.
    ///
    /// # Errors
    /// When it is of a kind or form that this build does not know.
    pub fn event<E: DeserializeOwned>(&self) -> Result<E, UnreadableEvent> {
        let read = match bounded(&self.body) {
            Some(body) => serde_json::from_value(body),
            None => serde_json::from_str(&self.body),
        };
        read.map_err(|why| UnreadableEvent {
            event: self.event_id,
            kind: self.kind.clone(),
            why: why.to_string(),
        })
    }
}

impl Record {
    /// The event that the record holds.
    ///
    /// # Errors
    /// When it is of a kind or form that this build does not know.
    pub fn event<E: DeserializeOwned>(&self) -> Result<E, UnreadableEvent> {
        self.record.event()
    }
}
