//! The directory and the policy as the desk keeps them: revisions, each with its author. Every
//! clock keeps the revision that was in force when it started: its numbers, and the business hours
//! of its tenant.

mod diff;
mod hours;

pub use diff::{Change, changes, changes_of_policy};
pub use hours::{Calendars, Changed};

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
    /// A revision came into force, and all that it says: as programs wrote it once.
    Applied(Box<Applied>),
    /// A revision came into force: what clocks go by. All else is on a subject of its own
    /// ([`Subject::Revision`]), so that a start reads no revision that is not in force any more.
    Revised(Box<Revised>),
    /// Who is who under a revision.
    Content(Box<Written>),
    /// Another revision is in force: nobody need read this at a start.
    Superseded,
}

/// What clocks go by under a revision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Revised {
    /// From 1.
    pub revision: u32,
    /// All numbers of the policy.
    pub policy: Value,
    /// The business hours that are others than under the revision before.
    pub hours: Changed,
    /// The appliances that the revision before had and this one has not.
    #[serde(default)]
    pub left: Vec<ApplianceId>,
}

/// Who is who under a revision, as it is written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Written {
    /// The files that a person wrote, by name, without `[me]`.
    pub files: BTreeMap<String, String>,
    /// What they say.
    pub directory: Parts,
}

/// A whole revision in one record.
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
    /// A whole revision as a record, in the place behind what the writer has seen.
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

/// A revision of the directory, without what only the one in force is asked for.
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
    /// The numbers as they were written; [`Policy::with`] fills in what a newer program added.
    /// Revisions that change none share them.
    pub policy: Arc<Value>,
}

/// What a revision says of who is who.
#[derive(Clone, Debug, PartialEq)]
pub struct Content {
    /// The number of the revision.
    of: u32,
    /// The files, by name.
    pub files: BTreeMap<String, String>,
    /// Who is who.
    pub directory: Arc<Directory>,
}

/// The revisions of the directory, folded. Whole is only the newest: of those before it stays what
/// the clocks that started under them go by, their numbers and the hours of the tenants.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Revisions {
    all: Vec<Revision>,
    content: Option<Content>,
    calendars: Calendars,
    /// The appliances that a revision took away, and which was the last to do so.
    left: BTreeMap<ApplianceId, u32>,
    /// Records that this build cannot read: the revision before stays in force.
    unread: Vec<Record>,
    seen: u32,
}

impl Revisions {
    /// Folds a record in. One that was folded before is passed over.
    pub fn fold(&mut self, record: &Record) {
        match record.record.subject {
            Subject::Directory if record.subject_version > self.seen => {
                self.seen = record.subject_version;
                if self.revise(record).is_none() {
                    self.unread.push(record.clone());
                }
            }
            // Only of the newest anybody asks who is who.
            Subject::Revision(number) if self.number() == Some(number) => {
                if let Ok(Event::Content(written)) = record.event() {
                    self.fill(written.files, Directory::of(written.directory).ok());
                }
            }
            _ => {}
        }
    }

    fn revise(&mut self, record: &Record) -> Option<()> {
        match record.event().ok()? {
            Event::Applied(applied) => {
                let directory = Directory::of(applied.directory).ok()?;
                self.calendars.put(record.seq, &directory);
                let left = self.gone_in(&directory);
                self.push(record, applied.revision, applied.policy, left);
                self.fill(applied.files, Some(directory));
            }
            Event::Revised(revised) => {
                self.calendars.take(record.seq, revised.hours);
                self.push(record, revised.revision, revised.policy, revised.left);
            }
            Event::Content(_) | Event::Superseded => return None,
        }
        Some(())
    }

    /// The appliances of the revision in force that a directory has not.
    fn gone_in(&self, directory: &Directory) -> Vec<ApplianceId> {
        let now = self.content().into_iter();
        let now = now.flat_map(|content| content.directory.appliances());
        now.map(|appliance| appliance.id.clone())
            .filter(|id| directory.appliance(id).is_none())
            .collect()
    }

    fn push(&mut self, record: &Record, number: u32, policy: Value, left: Vec<ApplianceId>) {
        self.left.extend(left.into_iter().map(|id| (id, number)));
        let before = self.all.last().map(|revision| &revision.policy);
        let same = before.filter(|before| ***before == policy);
        self.all.push(Revision {
            number,
            seq: record.seq,
            at: record.received_at,
            author: record.record.actor.clone(),
            policy: same.cloned().unwrap_or_else(|| Arc::new(policy)),
        });
    }

    fn fill(&mut self, files: BTreeMap<String, String>, directory: Option<Directory>) {
        let number = self.number();
        self.content = number.zip(directory).map(|(of, directory)| Content {
            of,
            files,
            directory: Arc::new(directory),
        });
    }

    fn number(&self) -> Option<u32> {
        self.all.last().map(|revision| revision.number)
    }

    /// The records by which another revision comes into force, to be written together; the first is
    /// in the place behind what is known here: of two who apply at once one is refused.
    pub fn next(
        &self,
        files: BTreeMap<String, String>,
        directory: &Directory,
        policy: Value,
        new: &dyn Fn() -> Uuid,
        (at, actor): (Time, &str),
    ) -> Vec<NewRecord> {
        let number = self.number().unwrap_or_default() + 1;
        let revised = Event::Revised(Box::new(Revised {
            revision: number,
            policy,
            hours: self.calendars.changed(directory),
            left: self.gone_in(directory),
        }));
        let content = Event::Content(Box::new(Written {
            files,
            directory: directory.parts(),
        }));
        let record =
            |subject, kind, event| NewRecord::of(new(), subject, (kind, 1), at, actor, event);
        let mut records = vec![
            NewRecord {
                subject_version: Some(self.seen + 1),
                ..record(Subject::Directory, "revised", &revised)
            },
            record(Subject::Revision(number), "content", &content),
        ];
        records.extend((number > 1).then(|| NewRecord {
            over: Some(true),
            ..record(
                Subject::Revision(number - 1),
                "superseded",
                &Event::Superseded,
            )
        }));
        records
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
        if self.content()?.directory.appliance(appliance).is_some() {
            return None;
        }
        match self.left.get(appliance) {
            Some(since) => self.all.iter().find(|revision| revision.number == *since),
            // No revision ever had it.
            None => self.all.first(),
        }
    }

    /// What the revision in force says; `None`: there is none, or this build cannot read it.
    pub fn content(&self) -> Option<&Content> {
        let content = self.content.as_ref();
        content.filter(|content| Some(content.of) == self.number())
    }

    /// The business hours that counted under the revisions.
    pub fn calendars(&self) -> &Calendars {
        &self.calendars
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
