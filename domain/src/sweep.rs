//! The sweep (`[sweep]` of the policy): technicians look at every managed job by hand, and stamp it. What one
//! of a shift has looked at, the others need not look at again.

use crate::{
    facts::Time,
    ids::{ApplianceId, JobId, On, SweepId},
    journal::{NewRecord, Record, Subject},
    policy::SweepPolicy,
};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The version of all bodies written by this build.
const KIND_VERSION: u32 = 1;

/// Namespace of the ids of sweeps: whoever begins the next one derives the same.
const NEXT: Uuid = Uuid::from_u128(0x6f63_6465_636b_4d8a_9a41_7377_6565_7073);

/// How many appliances that were not heard are named in the end of a sweep.
const NAMED: usize = 20;

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
        /// How many jobs there were to look at.
        of: u64,
        /// How many of them nobody had looked at; absent: an older build wrote it.
        #[serde(default)]
        left: Option<u64>,
        /// Appliances that were not heard then: their jobs may be others. At most 20 of them.
        #[serde(default)]
        unheard: Vec<ApplianceId>,
        /// How many were not heard.
        #[serde(default)]
        unheard_count: u64,
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

    /// That it ends, with what nobody has looked at.
    pub fn ends(of: u64, left: u64, mut unheard: Vec<ApplianceId>) -> Self {
        let unheard_count = u64::try_from(unheard.len()).unwrap_or(u64::MAX);
        unheard.truncate(NAMED);
        Self::Ended {
            of,
            left: Some(left),
            unheard,
            unheard_count,
        }
    }

    /// The event as a record. Of two who begin one sweep at once one begins it: the id is
    /// derived from it. Everything else takes `id`.
    pub fn record(&self, id: Uuid, sweep: SweepId, at: Time, actor: &str) -> NewRecord {
        let kind = (self.kind(), KIND_VERSION);
        let id = match self {
            Self::Begun => Uuid::new_v5(&NEXT, format!("{sweep}:begun").as_bytes()),
            _ => id,
        };
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

/// What nobody had looked at when a sweep ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Left {
    /// How many jobs.
    pub jobs: u64,
    /// Some of the appliances that were not heard.
    pub unheard: Vec<ApplianceId>,
    /// How many were not heard.
    pub unheard_count: u64,
}

impl Left {
    /// "acme-stl-01, nova-02 and 7 more".
    pub fn names(&self) -> String {
        let named: Vec<&str> = self.unheard.iter().take(3).map(|id| id.as_str()).collect();
        let count = u64::try_from(named.len()).unwrap_or(0);
        match self.unheard_count.saturating_sub(count) {
            0 => named.join(", "),
            more => format!("{} and {more} more", named.join(", ")),
        }
    }
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
    /// What nobody had looked at then, without what was looked at since.
    pub left: Left,
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
                    let first = self.looked.insert(job.clone(), look).is_none();
                    if first && self.ended.is_some() {
                        self.left.jobs = self.left.jobs.saturating_sub(1);
                    }
                }
            }
            Some(Event::Ended { .. }) if self.ended.is_some() => {}
            Some(Event::Ended {
                of,
                left,
                unheard,
                unheard_count,
            }) => {
                self.ended = Some((at, actor.clone(), *of));
                let looked = u64::try_from(self.looked.len()).unwrap_or(u64::MAX);
                self.left = Left {
                    jobs: left.unwrap_or_else(|| of.saturating_sub(looked)),
                    unheard: unheard.clone(),
                    unheard_count: *unheard_count,
                };
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
    /// Since when they are counted where none is known: since then the desk is kept.
    pub since: Option<Time>,
    /// How many are due and were not made since.
    pub missed: u32,
    /// What the last one left, who ended it, and how many jobs there were; `None`: nothing.
    pub left: Option<(Left, String, u64)>,
    /// The one that goes on.
    pub open: Option<SweepId>,
}

/// The one that ended last, and when.
fn last(sweeps: &BTreeMap<SweepId, Sweep>) -> Option<(Time, SweepId, &Sweep)> {
    let ended = sweeps.iter().filter_map(|(id, sweep)| {
        let (at, ..) = sweep.ended.as_ref()?;
        Some((*at, *id, sweep))
    });
    ended.max_by_key(|(at, id, _)| (*at, *id))
}

/// The sweep that is begun next: whoever begins it at the same time begins the same one.
pub fn next(sweeps: &BTreeMap<SweepId, Sweep>, now: Time, policy: &SweepPolicy) -> SweepId {
    // A start does not read what was over long ago: then the time says which one it is.
    let recent = last(sweeps).filter(|(at, ..)| now - *at < TimeDelta::days(1));
    let behind = match recent {
        Some((_, id, _)) => id.to_string(),
        None => {
            let every = i64::from(policy.every.max(1));
            format!("at {}", now.timestamp().div_euclid(every))
        }
    };
    SweepId(Uuid::new_v5(&NEXT, behind.as_bytes()))
}

/// How the sweeps stand at `now`, on a desk that is kept since then.
pub fn standing(
    sweeps: &BTreeMap<SweepId, Sweep>,
    since: Option<Time>,
    now: Time,
    policy: &SweepPolicy,
) -> Standing {
    let ended = last(sweeps);
    let last = ended.map(|(at, ..)| at);
    let every = TimeDelta::seconds(policy.every.max(1).into()).num_seconds();
    let from = last.or(since);
    let missed = from.map_or(0, |from| (now - from).num_seconds() / every);
    let left = ended.and_then(|(.., sweep)| {
        let (_, by, of) = sweep.ended.as_ref()?;
        let left = Some(&sweep.left).filter(|left| left.jobs > 0 || left.unheard_count > 0);
        Some((left?.clone(), by.clone(), *of))
    });
    let open = sweeps.iter().filter(|(_, sweep)| sweep.is_open());
    Standing {
        last,
        since: since.filter(|_| last.is_none()),
        left,
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
        events.push((at(1, 3), "jon", Event::ends(3, 1, vec!["a".into()])));
        events.push((at(1, 4), "mara", Event::ends(3, 0, Vec::new())));
        let sweep = folded(&events);
        assert_eq!(sweep.ended, Some((at(1, 3), "jon".to_owned(), 3)));
        assert_eq!(sweep.moments.len(), 5);
        assert_eq!((sweep.left.jobs, sweep.left.unheard_count), (1, 1));
        // A look that comes late was one.
        events.push((at(1, 5), "mara", looked(&["c"], None)));
        assert_eq!(folded(&events).left.jobs, 0);
    }

    #[test]
    fn an_end_of_an_older_build_says_what_was_left() {
        let old: Event = serde_json::from_str(r#"{"kind":"ended","of":3}"#).unwrap();
        let sweep = folded(&[
            (at(1, 0), "mara", Event::Begun),
            (at(1, 1), "mara", looked(&["a"], None)),
            (at(1, 2), "mara", old),
        ]);
        assert_eq!(sweep.left.jobs, 2);
    }

    #[test]
    fn two_who_begin_at_once_begin_one_sweep() {
        let policy = shipped().sweep;
        let mut sweeps = BTreeMap::new();
        let begins = |sweeps: &BTreeMap<SweepId, Sweep>, now, id| {
            let sweep = next(sweeps, now, &policy);
            let record = Event::Begun.record(Uuid::from_u128(id), sweep, now, "x");
            (sweep, record.event_id)
        };
        let mut before = Vec::new();
        for (began, ended) in [((1, 0), (1, 30)), ((1, 31), (1, 40)), ((5, 0), (5, 9))] {
            let (began, ended) = (at(began.0, began.1), at(ended.0, ended.1));
            let one = begins(&sweeps, began, 1);
            assert_eq!(one, begins(&sweeps, began + TimeDelta::seconds(1), 2));
            assert!(!before.contains(&one), "each is another one");
            before.push(one);
            let events = [
                (began, "mara", Event::Begun),
                (ended, "mara", Event::ends(0, 0, Vec::new())),
            ];
            sweeps.insert(one.0, folded(&events));
        }
        // One that a start does not read any more is not begun again.
        let later = at(5, 9) + TimeDelta::days(3);
        let one = begins(&sweeps, later, 1);
        assert_eq!(one, begins(&BTreeMap::new(), later, 2));
        assert!(!before.contains(&one));
    }

    #[test]
    fn a_sweep_that_is_due_and_not_made_is_missed() {
        let policy = shipped().sweep;
        let mut sweeps = BTreeMap::new();
        let none = |since| standing(&BTreeMap::new(), since, at(9, 0), &policy);
        assert_eq!(
            none(None),
            Standing::default(),
            "of no desk, none is missed"
        );
        let kept = none(Some(at(0, 59)));
        assert_eq!((kept.since, kept.missed), (Some(at(0, 59)), 2));
        let ended = [
            (at(0, 0), "mara", Event::Begun),
            (at(0, 30), "mara", Event::ends(0, 0, Vec::new())),
        ];
        sweeps.insert(SweepId(Uuid::from_u128(1)), folded(&ended));
        let now = |minutes: i64| at(0, 30) + TimeDelta::minutes(minutes);
        let every = i64::from(policy.every) / 60;
        for (minutes, missed) in [(0, 0), (every - 1, 0), (every, 1), (2 * every + 1, 2)] {
            let standing = standing(&sweeps, Some(at(0, 0)), now(minutes), &policy);
            assert_eq!((standing.last, standing.missed), (Some(at(0, 30)), missed));
            assert_eq!((standing.since, standing.left), (None, None));
        }
        let begun = folded(&[(at(4, 0), "jon", Event::Begun)]);
        sweeps.insert(SweepId(Uuid::from_u128(2)), begun);
        let open = standing(&sweeps, None, at(5, 0), &policy).open;
        assert_eq!(open, Some(SweepId(Uuid::from_u128(2))));
    }
}
