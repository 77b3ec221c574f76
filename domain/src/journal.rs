//! The journal of the desk: decisions and witnessed facts, insert only, folded by pure code.
//!
//! The desk's store keeps [`Record`]s without understanding their bodies; [`crate::restore`]
//! folds them. A body of an unknown kind is kept and shown, never dropped.

use crate::{facts::Time, ids::RequestId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A record to be written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NewRecord {
    /// Made by the writer, or derived (uuid v5) for witnessed facts, so that several
    /// consoles write a fact once.
    pub event_id: Uuid,
    /// What it is about.
    pub subject: RequestId,
    /// Its place in the subject's history, from 1; `None`: the store takes the next one.
    /// A taken place is refused, so of two writers one reads what the other wrote.
    pub subject_version: Option<u32>,
    /// What kind of event, such as `call_received`.
    pub kind: String,
    /// Version of that kind's body.
    pub kind_version: u32,
    /// When it happened.
    pub at: Time,
    /// Who did or witnessed it.
    pub actor: String,
    /// The event, as JSON text.
    pub body: String,
    /// Whether it must be on disk before anybody is told (synchronous FULL).
    pub durable: bool,
}

/// A record as it stands in the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Its place in the journal.
    pub seq: u64,
    /// Its place in the subject's history, from 1.
    pub subject_version: u32,
    /// When the desk received it.
    pub received_at: Time,
    /// What was written.
    #[serde(flatten)]
    pub record: NewRecord,
}

/// One field of a draft; the last writer of a field wins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftRow {
    /// The request being drafted.
    pub draft: RequestId,
    /// The field's name.
    pub field: String,
    /// Its value, as JSON text.
    pub value: String,
    /// Rises by one with every write.
    pub version: u32,
    /// Who wrote it.
    pub author: String,
    /// When.
    pub at: Time,
}
