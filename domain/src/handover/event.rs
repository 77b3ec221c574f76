//! What happens to a handover, as the journal keeps it.

use crate::{
    facts::Time,
    ids::HandoverId,
    journal::{NewRecord, Subject},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The version of all bodies written by this build.
const KIND_VERSION: u32 = 1;

/// An event of a handover. Its JSON is the record's body, its tag the record's kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    /// One person hands the shift over to another.
    Begun {
        /// Who goes.
        from: String,
        /// Who comes.
        to: String,
    },
    /// A line says this instead of what is generated; empty: as generated again.
    Edited {
        /// The line.
        key: String,
        /// What it says.
        text: String,
    },
    /// A note to the incoming person.
    Noted {
        /// The note.
        text: String,
    },
    /// A line of one's own, under the record's id.
    Added {
        /// What it says.
        text: String,
    },
    /// A line is left out.
    Removed {
        /// The line.
        key: String,
    },
    /// The incoming person has read a line.
    Read {
        /// The line.
        key: String,
        /// What it said then ([`Shown`](super::Shown)).
        gist: String,
    },
    /// The incoming person has the shift.
    Taken(Box<Taken>),
    /// It does not take place.
    Cancelled {
        /// Why.
        reason: String,
    },
}

/// The shift changed hands: written with the records of everything that moved, all or nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Taken {
    /// Why it was taken of somebody who did not hand it over; empty: it was handed over.
    #[serde(default)]
    pub reason: String,
    /// What has another owner now.
    pub moved: Vec<Moved>,
    /// The handover as it was then.
    pub copy: Copy,
}

/// Something that has another owner now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// What.
    pub subject: Subject,
    /// Its name: "R-0121".
    pub name: String,
}

/// A frozen copy: it never changes, whatever happens to what it tells of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copy {
    /// As a page.
    pub markdown: String,
    /// As JSON text.
    pub json: String,
}

impl Event {
    /// The record's kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Begun { .. } => "begun",
            Self::Edited { .. } => "edited",
            Self::Noted { .. } => "noted",
            Self::Added { .. } => "added",
            Self::Removed { .. } => "removed",
            Self::Read { .. } => "read",
            Self::Taken(_) => "taken",
            Self::Cancelled { .. } => "cancelled",
        }
    }

    /// The event as a record.
    pub fn record(&self, id: Uuid, handover: HandoverId, at: Time, actor: &str) -> NewRecord {
        let over = matches!(self, Self::Taken(_) | Self::Cancelled { .. });
        let kind = (self.kind(), KIND_VERSION);
        NewRecord {
            over: over.then_some(true),
            ..NewRecord::of(id, Subject::Handover(handover), kind, at, actor, self)
        }
    }
}
