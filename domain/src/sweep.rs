//! The sweep (S1 §4.4): technicians look at every managed job by hand, and stamp it. What one
//! of a shift has looked at, the others need not look at again.

use crate::{
    facts::Time,
    ids::{JobId, On, SweepId},
    journal::{NewRecord, Record, Subject},
    policy::SweepPolicy,
};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The version of all bodies written by this build.
const KIND_VERSION: u32 = 1;

/// An event of a sweep. Its JSON is the record's body, its tag the record's kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    /// The record's actor began it.
    Begun,
    /// The record's actor looked at these jobs.
    Looked {
        /// The jobs.
        jobs: Vec<On<JobId>>,
        /// What is wrong with them; `None`: nothing that is not known.
        finding: Option<String>,
    },
    /// Nothing more is looked at in it.
    Ended {
        /// How many jobs there were to look at; those that were not looked at are missing.
        of: u64,
    },
}

impl Event {
    /// The record's kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Begun => "begun",
            Self::Looked { .. } => "looked",
            Self::Ended { .. } => "ended",
        }
    }

    /// The event as a record.
    pub fn record(&self, id: Uuid, sweep: SweepId, at: Time, actor: &str) -> NewRecord {
        let kind = (self.kind(), KIND_VERSION);
        NewRecord {
            over: matches!(self, Self::Ended { .. }).then_some(true),
            ..NewRecord::of(id, Subject::Sweep(sweep), kind, at, actor, self)
        }
    }
}

/// A look at a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// When.
    pub at: Time,
    /// Who looked.
    pub by: String,
    /// What is wrong with it; `None`: nothing that is not known.
    pub finding: Option<String>,
}

/// One line of what happened in a sweep.
pub type Moment = crate::journal::Moment<Event>;

/// A sweep.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sweep {
    /// When it began, and who began it.
    pub begun: Option<(Time, String)>,
    /// The jobs that were looked at; the last look of each.
    pub looked: BTreeMap<On<JobId>, Look>,
    /// When it ended, who ended it, and how many jobs there were.
    pub ended: Option<(Time, String, u64)>,
    /// Everything that happened, in the journal's order.
    pub moments: Vec<Moment>,
    version: u32,
}

impl Sweep {
    /// Fold one record in. Records come in the order of their subject; one that was folded
    /// before is passed over. A look that comes after the end counts: it was one.
    pub fn fold(&mut self, record: &Record) {
        if record.subject_version <= self.version {
            return;
        }
        self.version = record.subject_version;
        let (at, actor) = (record.record.at, record.record.actor.clone());
        let event = record.event::<Event>().ok();
        match &event {
            Some(Event::Begun) => {
                self.begun.get_or_insert_with(|| (at, actor.clone()));
            }
            Some(Event::Looked { jobs, finding }) => {
                for job in jobs {
                    let look = Look {
                        at,
                        by: actor.clone(),
                        finding: finding.clone(),
                    };
                    self.looked.insert(job.clone(), look);
                }
            }
            Some(Event::Ended { of }) => {
                self.ended.get_or_insert_with(|| (at, actor.clone(), *of));
            }
            None => {}
        }
        self.moments.push(Moment::of(record, event));
    }

    /// The place in its history of the last record that was folded in.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// Whether jobs are being looked at.
    pub fn is_open(&self) -> bool {
        self.begun.is_some() && self.ended.is_none()
    }
}

/// How the sweeps of an operations center stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// When the last one ended; `None`: none is known.
    pub last: Option<Time>,
    /// How many are due and were not made since.
    pub missed: u32,
    /// The one that goes on.
    pub open: Option<SweepId>,
}

/// How the sweeps stand at `now`.
pub fn standing(sweeps: &BTreeMap<SweepId, Sweep>, now: Time, policy: &SweepPolicy) -> Standing {
    let ended = |sweep: &Sweep| sweep.ended.as_ref().map(|(at, ..)| *at);
    let last = sweeps.values().filter_map(ended).max();
    let every = TimeDelta::seconds(policy.every.max(1).into()).num_seconds();
    let missed = last.map_or(0, |last| (now - last).num_seconds() / every);
    let open = sweeps.iter().filter(|(_, sweep)| sweep.is_open());
    Standing {
        last,
        missed: u32::try_from(missed).unwrap_or(0),
        open: open
            .max_by_key(|(_, sweep)| sweep.begun.clone())
            .map(|(id, _)| *id),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::shipped;

    fn at(hour: u32, minute: u32) -> Time {
        format!("2026-11-21T{hour:02}:{minute:02}:00Z")
            .parse()
            .unwrap()
    }

    fn job(name: &str) -> On<JobId> {
        On::new("acme-stl-01".into(), name.into())
    }

    fn looked(names: &[&str], finding: Option<&str>) -> Event {
        Event::Looked {
            jobs: names.iter().map(|name| job(name)).collect(),
            finding: finding.map(str::to_owned),
        }
    }

    fn folded(events: &[(Time, &str, Event)]) -> Sweep {
        let mut sweep = Sweep::default();
        for (n, (at, actor, event)) in events.iter().enumerate() {
            let version = u32::try_from(n + 1).unwrap();
            let record = Record {
                seq: u64::from(version),
                subject_version: version,
                received_at: *at,
                author: Default::default(),
                record: event.record(Uuid::from_u128(n as u128), SweepId(Uuid::nil()), *at, actor),
            };
            sweep.fold(&record);
            sweep.fold(&record);
        }
        sweep
    }

    #[test]
    fn two_people_look_in_one_sweep() {
        let mut events = vec![
            (at(1, 0), "mara", Event::Begun),
            (at(1, 1), "mara", looked(&["a", "b"], None)),
            (at(1, 2), "jon", looked(&["b"], Some("source is gone"))),
        ];
        let sweep = folded(&events);
        assert!(sweep.is_open());
        assert_eq!(sweep.looked.len(), 2);
        let look = &sweep.looked[&job("b")];
        assert_eq!((look.by.as_str(), look.at), ("jon", at(1, 2)));
        assert_eq!(look.finding.as_deref(), Some("source is gone"));
        events.push((at(1, 3), "jon", Event::Ended { of: 3 }));
        events.push((at(1, 4), "mara", Event::Ended { of: 3 }));
        let sweep = folded(&events);
        assert_eq!(sweep.ended, Some((at(1, 3), "jon".to_owned(), 3)));
        assert_eq!(sweep.moments.len(), 5);
    }

    #[test]
    fn a_sweep_that_is_due_and_not_made_is_missed() {
        let policy = shipped().sweep;
        let mut sweeps = BTreeMap::new();
        assert_eq!(
            standing(&sweeps, at(9, 0), &policy),
            Standing::default(),
            "of none known, none is missed"
        );
        let ended = [
            (at(0, 0), "mara", Event::Begun),
            (at(0, 30), "mara", Event::Ended { of: 0 }),
        ];
        sweeps.insert(SweepId(Uuid::from_u128(1)), folded(&ended));
        let now = |minutes: i64| at(0, 30) + TimeDelta::minutes(minutes);
        let every = i64::from(policy.every) / 60;
        for (minutes, missed) in [(0, 0), (every - 1, 0), (every, 1), (2 * every + 1, 2)] {
            let standing = standing(&sweeps, now(minutes), &policy);
            assert_eq!((standing.last, standing.missed), (Some(at(0, 30)), missed));
        }
        let begun = folded(&[(at(4, 0), "jon", Event::Begun)]);
        sweeps.insert(SweepId(Uuid::from_u128(2)), begun);
        let open = standing(&sweeps, at(5, 0), &policy).open;
        assert_eq!(open, Some(SweepId(Uuid::from_u128(2))));
    }
}
