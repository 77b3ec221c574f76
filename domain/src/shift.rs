//! Who is on shift, seen when, and what was promised to clients. Folded from the records about
//! a person; the person's name is the one in the certificate.

use crate::{
    facts::Time,
    ids::HandoverId,
    journal::{NewRecord, Record, Subject},
    policy::ShiftPolicy,
};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The version of all bodies written by this build.
const KIND_VERSION: u32 = 1;

/// An event of a person. Its JSON is the record's body, its tag the record's kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    /// The person came on shift.
    OnShift {
        /// The handover by which the shift was taken, if by one.
        handover: Option<HandoverId>,
    },
    /// The person went off shift.
    OffShift {
        /// The handover by which the shift was given away, if by one.
        handover: Option<HandoverId>,
    },
    /// The person pressed a key; written now and then ([`Person::is_news`]).
    Seen,
    /// The person promised something, or took over what another one promised.
    Promised(Promise),
    /// What was promised is done.
    Kept {
        /// The promise.
        promise: Uuid,
    },
    /// Another person took these promises over.
    Passed {
        /// The promises.
        promises: Vec<Uuid>,
        /// Who keeps them now.
        to: String,
    },
}

/// Something promised: "call back at 10:40".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promise {
    /// Its id.
    pub promise: Uuid,
    /// When it is due.
    pub due: Time,
    /// What, in the person's words.
    pub text: String,
}

impl Event {
    /// The record's kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::OnShift { .. } => "on_shift",
            Self::OffShift { .. } => "off_shift",
            Self::Seen => "seen",
            Self::Promised(_) => "promised",
            Self::Kept { .. } => "kept",
            Self::Passed { .. } => "passed",
        }
    }

    /// The event as a record about that person. Being seen stands in a history of its own, a
    /// short one of each day, that nothing more is expected of.
    pub fn record(&self, id: Uuid, person: &str, at: Time, actor: &str) -> NewRecord {
        let person = person.to_owned();
        let subject = match self {
            Self::Seen => Subject::Seen {
                day: at.date_naive(),
                person,
            },
            _ => Subject::Person(person),
        };
        let over = match self {
            Self::OffShift { .. } | Self::Seen => Some(true),
            Self::OnShift { .. } | Self::Promised(_) => Some(false),
            _ => None,
        };
        let kind = (self.kind(), KIND_VERSION);
        NewRecord {
            durable: !matches!(self, Self::Seen),
            over,
            ..NewRecord::of(id, subject, kind, at, actor, self)
        }
    }
}

/// One line of what happened to a person.
pub type Moment = crate::journal::Moment<Event>;

/// A person of the operations center.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Person {
    /// Since when on shift; `None`: off shift.
    pub on_since: Option<Time>,
    /// When last seen.
    pub seen: Option<Time>,
    /// What was promised and is not kept yet, by id.
    pub promises: BTreeMap<Uuid, Promise>,
    /// Comings, goings and promises, in the journal's order; not each time that the person was seen.
    pub moments: Vec<Moment>,
    version: u32,
}

impl Person {
    /// Folds in that the person was seen.
    pub fn saw(&mut self, record: &Record) {
        self.seen = self.seen.max(Some(record.record.at));
    }

    /// Fold one record in. Records come in the order of their subject; one that was folded
    /// before is passed over.
    pub fn fold(&mut self, record: &Record) {
        if record.subject_version <= self.version {
            return;
        }
        self.version = record.subject_version;
        let (at, actor) = (record.record.at, record.record.actor.clone());
        let own = record.record.subject == Subject::Person(actor.clone());
        if own {
            self.seen = self.seen.max(Some(at));
        }
        let event = record.event::<Event>().ok();
        match &event {
            Some(Event::OnShift { .. }) => self.on_since = self.on_since.or(Some(at)),
            Some(Event::OffShift { .. }) => self.on_since = None,
            // As it was written until it had a history of its own.
            Some(Event::Seen) => return,
            Some(Event::Promised(promise)) => {
                self.promises.insert(promise.promise, promise.clone());
            }
            Some(Event::Kept { promise }) => {
                self.promises.remove(promise);
            }
            Some(Event::Passed { promises, .. }) => {
                for promise in promises {
                    self.promises.remove(promise);
                }
            }
            None => {}
        }
        self.moments.push(Moment::of(record, event));
    }

    /// The place in the person's history of the last record that was folded in.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// Whether the person was at most seen since that place: nothing was promised, kept or
    /// passed on, and nobody came or went.
    pub fn only_seen_since(&self, version: u32) -> bool {
        let last = self.moments.last();
        last.is_none_or(|moment| moment.version < version)
    }

    /// Whether it is time to write that the person was seen: on shift, and nothing says so of
    /// the last minutes.
    pub fn is_news(&self, now: Time, policy: &ShiftPolicy) -> bool {
        let every = TimeDelta::seconds(policy.seen_every.into());
        self.on_since.is_some() && self.seen.is_none_or(|seen| now - seen >= every)
    }

    /// Whether the person cannot be expected to answer: on shift, and not seen for long.
    pub fn is_silent(&self, now: Time, policy: &ShiftPolicy) -> bool {
        let after = TimeDelta::seconds(policy.silent_after.into());
        self.on_since.is_some() && self.seen.is_none_or(|seen| now - seen >= after)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::shipped;

    fn at(minute: u32) -> Time {
        format!("2026-11-21T{:02}:{:02}:00Z", minute / 60, minute % 60)
            .parse()
            .unwrap()
    }

    fn folded(events: &[(u32, &str, Event)]) -> Person {
        let mut person = Person::default();
        for (n, (minute, actor, event)) in events.iter().enumerate() {
            let version = u32::try_from(n + 1).unwrap();
            let record = event.record(Uuid::from_u128(n as u128), "mara", at(*minute), actor);
            let record = Record {
                seq: u64::from(version),
                subject_version: version,
                received_at: at(*minute),
                author: Default::default(),
                record,
            };
            for _ in 0..2 {
                // What was seen before does no harm.
                match record.record.subject {
                    Subject::Seen { .. } => person.saw(&record),
                    _ => person.fold(&record),
                }
            }
        }
        person
    }

    #[test]
    fn a_shift_from_coming_to_going() {
        let on = Event::OnShift { handover: None };
        let mut events = vec![(0, "mara", on), (20, "mara", Event::Seen)];
        let person = folded(&events);
        let policy = shipped().shift;
        assert_eq!((person.on_since, person.seen), (Some(at(0)), Some(at(20))));
        assert!(!person.is_news(at(25), &policy));
        assert!(person.is_news(at(40), &policy));
        assert!(!person.is_silent(at(50), &policy));
        assert!(person.is_silent(at(200), &policy));
        assert_eq!(
            person.moments.len(),
            1,
            "being seen is no moment of its own"
        );
        // Another one says that she went: she was not seen by that.
        events.push((300, "jon", Event::OffShift { handover: None }));
        let person = folded(&events);
        assert_eq!((person.on_since, person.seen), (None, Some(at(20))));
        assert!(!person.is_silent(at(400), &policy));
    }

    #[test]
    fn promises_are_kept_or_passed_on() {
        let promise = |n: u128| {
            Event::Promised(Promise {
                promise: Uuid::from_u128(n),
                due: at(90),
                text: format!("call back {n}"),
            })
        };
        let kept = Event::Kept {
            promise: Uuid::from_u128(1),
        };
        let passed = Event::Passed {
            promises: vec![Uuid::from_u128(2)],
            to: "jon".into(),
        };
        let mut events = vec![
            (0, "mara", promise(1)),
            (1, "mara", promise(2)),
            (2, "mara", promise(3)),
            (3, "mara", kept),
        ];
        assert_eq!(folded(&events).promises.len(), 2);
        events.push((4, "jon", passed));
        let left = folded(&events).promises;
        assert_eq!(left.keys().collect::<Vec<_>>(), [&Uuid::from_u128(3)]);
    }
}
