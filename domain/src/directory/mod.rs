//! The directory and the policy as the desk keeps them: revisions, each with its author. Every
//! clock keeps the revision that was in force when it started.

mod diff;

pub use diff::{Change, changes, changes_of_policy};

use crate::{
    facts::Time,
    fleet::{Directory, Parts},
    ids::ApplianceId,
    journal::{NewRecord, Record, Subject},
    policy::Policy,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{collections::BTreeMap, sync::Arc};
use uuid::Uuid;

/// What happens to the directory. Its JSON is the record's body, its tag the record's kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    /// A revision came into force.
    Applied(Box<Applied>),
}

/// A revision as it is written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Applied {
    /// From 1.
    pub revision: u32,
    /// The files that a person wrote, by name, without `[me]`.
    pub files: BTreeMap<String, String>,
    /// What they say.
    pub directory: Parts,
    /// All numbers of the policy.
    pub policy: Value,
}

impl Event {
    /// The event as a record, in the place behind what the writer has seen: of two who apply at
    /// once one is refused.
    pub fn record(&self, id: Uuid, seen: u32, at: Time, actor: &str) -> NewRecord {
        NewRecord {
            event_id: id,
            subject: Subject::Directory,
            subject_version: Some(seen + 1),
            kind: "applied".to_owned(),
            kind_version: 1,
            at,
            actor: actor.to_owned(),
            // Texts, numbers, and maps with text for keys: this cannot fail.
            body: serde_json::to_string(self).unwrap_or_default(),
            durable: true,
            over: None,
        }
    }
}

/// A revision of the directory.
#[derive(Clone, Debug, PartialEq)]
pub struct Revision {
    /// From 1.
    pub number: u32,
    /// Its record's place in the journal.
    pub seq: u64,
    /// Since when it is in force, desk time.
    pub at: Time,
    /// Who applied it.
    pub author: String,
    /// The files, by name.
    pub files: BTreeMap<String, String>,
    /// Who is who.
    pub directory: Arc<Directory>,
    /// The numbers as they were written; [`Policy::with`] fills in what a newer program added.
    pub policy: Value,
}

/// The revisions of the directory, folded.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Revisions {
    all: Vec<Revision>,
    /// Records that this build cannot read: the revision before stays in force.
    unread: Vec<Record>,
    seen: u32,
}

impl Revisions {
    /// Folds a record in. One that was folded before is passed over.
    pub fn fold(&mut self, record: &Record) {
        if record.record.subject != Subject::Directory || record.subject_version <= self.seen {
            return;
        }
        self.seen = record.subject_version;
        let read = record.event::<Event>().ok();
        let whole = read.and_then(|Event::Applied(applied)| {
            let directory = Directory::of(applied.directory).ok()?;
            Some(Revision {
                number: applied.revision,
                seq: record.seq,
                at: record.received_at,
                author: record.record.actor.clone(),
                files: applied.files,
                directory: Arc::new(directory),
                policy: applied.policy,
            })
        });
        match whole {
            Some(revision) => self.all.push(revision),
            None => self.unread.push(record.clone()),
        }
    }

    /// The revision in force.
    pub fn current(&self) -> Option<&Revision> {
        self.all.last()
    }

    /// The revision that was in force when the record with this place in the journal came.
    pub fn at(&self, seq: u64) -> Option<&Revision> {
        self.all.iter().rev().find(|revision| revision.seq < seq)
    }

    /// The revision since which an appliance is not managed; `None`: it is, or there is none.
    pub fn left(&self, appliance: &ApplianceId) -> Option<&Revision> {
        let without = |revision: &&Revision| revision.directory.appliance(appliance).is_none();
        self.all.iter().rev().take_while(without).last()
    }

    /// All of them, the oldest first.
    pub fn all(&self) -> &[Revision] {
        &self.all
    }

    /// Records that this build cannot read.
    pub fn unread(&self) -> &[Record] {
        &self.unread
    }

    /// The place in its history of the last record that was folded in.
    pub fn version(&self) -> u32 {
        self.seen
    }
}

impl Policy {
    /// These numbers, with those of a revision over them. Numbers that this build does not know
    /// do not count, those that the revision does not have are these.
    ///
    /// # Errors
    /// When a number of the revision cannot be used.
    pub fn with(&self, written: &Value) -> Result<Self, serde_json::Error> {
        fn lay_over(under: &mut Value, over: &Value) {
            match (under, over) {
                (Value::Object(under), Value::Object(over)) => {
                    for (key, under) in under {
                        if let Some(over) = over.get(key) {
                            lay_over(under, over);
                        }
                    }
                }
                (under, over) => *under = over.clone(),
            }
        }
        let mut all = serde_json::to_value(self)?;
        lay_over(&mut all, written);
        serde_json::from_value(all)
    }
}

#[cfg(test)]
mod tests;
