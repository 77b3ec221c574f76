//! The journal of the desk: decisions and witnessed facts, insert only, folded by pure code.
//!
//! The desk's store keeps [`Record`]s without understanding their bodies; [`crate::restore`]
//! and [`crate::book`] fold them. A body of an unknown kind is kept and shown, never dropped.

mod bounds;
mod event;
mod subject;

pub use event::{Moment, UnreadableEvent};
pub use subject::Subject;

use crate::facts::Time;
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use uuid::Uuid;

/// A series of running numbers that the desk gives out, each number once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Series {
    /// Restore requests: `R-0118`.
    Request,
    /// Incidents: `INC-2047`.
    Incident,
}

impl Series {
    /// The series that a subject takes its number from.
    pub fn of(subject: &Subject) -> Option<Self> {
        match subject {
            Subject::Request(_) => Some(Self::Request),
            Subject::Incident(_) => Some(Self::Incident),
            _ => None,
        }
    }
}

/// The kind of the record by which a store gives a subject its number.
pub const OPENED: &str = "opened";

/// The record by which a store gives a subject its running number. Its id is derived, so a
/// subject is opened once whoever opens it.
pub fn opened(subject: &Subject, number: u32, at: Time, actor: &str) -> NewRecord {
    NewRecord {
        event_id: Uuid::new_v5(&NUMBERED, subject.to_string().as_bytes()),
        subject: subject.clone(),
        subject_version: None,
        kind: OPENED.to_owned(),
        kind_version: 1,
        at,
        actor: actor.to_owned(),
        body: format!("{{\"kind\":\"{OPENED}\",\"reference\":{number}}}"),
        durable: true,
        over: None,
    }
}

/// Namespace of the ids of [`opened`].
const NUMBERED: Uuid = Uuid::from_u128(0x6f63_6465_636b_4d8a_9a41_6e75_6d62_6572);

/// The longest body of a record and the longest value of a draft's field, in bytes. A page of
/// text has 3,000.
pub const LONGEST: usize = 4_000_000;

/// The longest revision of the directory, which holds its files and what they say.
pub const LONGEST_DIRECTORY: usize = 32_000_000;

/// The longest body of a record about this, in bytes.
pub fn longest(subject: &Subject) -> usize {
    match subject {
        Subject::Directory | Subject::Revision(_) => LONGEST_DIRECTORY,
        _ => LONGEST,
    }
}

/// A record to be written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NewRecord {
    /// Made by the writer, or derived (uuid v5) for witnessed facts, so that several
    /// consoles write a fact once.
    pub event_id: Uuid,
    /// What it is about.
    pub subject: Subject,
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
    /// What it does to its subject's place in the open work: `Some(true)`: nothing more is
    /// expected of it, a start of a console need not read its history for long; `Some(false)`:
    /// it is open again; `None`: as before.
    #[serde(default)]
    pub over: Option<bool>,
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
    /// From where it was written.
    #[serde(default)]
    pub author: Author,
    /// What was written.
    #[serde(flatten)]
    pub record: NewRecord,
}

impl Record {
    /// The record as it is shown: where the database knows another writer than the one that
    /// the record names, both stand there. Nobody writes as another unseen.
    pub fn signed(&self) -> Cow<'_, Self> {
        let account = self.author.account.as_str();
        let proven = !account.is_empty() && !account.starts_with("uid ");
        let named = &self.record.actor;
        if !proven || account == named || named == DESK {
            return Cow::Borrowed(self);
        }
        let mut shown = self.clone();
        shown.record.actor = format!("{named} (written by {account})");
        Cow::Owned(shown)
    }
}

/// The kind under which a store gives a record that it cannot read: it keeps its place in its
/// history, and says nothing.
pub const UNREADABLE: &str = "unreadable";

/// Whom a store names as the writer of what it writes itself.
pub const DESK: &str = "desk";

/// A record whose own time is this much after the desk received it comes from a clock that is
/// wrong: more than what is shown as skew.
const AHEAD: TimeDelta = TimeDelta::seconds(60);

impl Record {
    /// By how much the record's own time is ahead of the desk, when that is more than clocks
    /// differ: it happened not later than it was received.
    pub fn ahead(&self) -> Option<TimeDelta> {
        let by = self.record.at - self.received_at;
        (by > AHEAD).then_some(by)
    }
}

/// Where a record was written, as the store knows it. In a file it is what the writer's system
/// said; the name beside it ([`NewRecord::actor`]) is what the console claimed. In PostgreSQL it
/// is the role that had to prove itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Author {
    /// The account: `uid 1000`, or the role in the database. Empty: not known.
    pub account: String,
    /// The host. Empty: not known.
    pub host: String,
}

/// One field of a draft; the last writer of a field wins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftRow {
    /// What is being drafted: a request, or the note on an incident.
    pub draft: Subject,
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
