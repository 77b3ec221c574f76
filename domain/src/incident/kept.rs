//! What an incident keeps beside its time line.

use super::Raised;
use crate::facts::Time;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// An alert of an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkedAlert {
    /// As it was raised, at its worst.
    pub raised: Raised,
    /// When it cleared.
    pub cleared: Option<Time>,
    /// The revision of the directory with which its appliance left, if it did.
    pub left: Option<u32>,
}

/// Something that was promised to the client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promise {
    /// The id of the record that says so.
    pub id: Uuid,
    /// What.
    pub what: String,
    /// Until when.
    pub at: Time,
    /// Who promised it.
    pub by: String,
    /// When it was kept.
    pub kept: Option<Time>,
}
