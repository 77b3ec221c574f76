//! Hooks: a command of the operations center that `ocdeck desk keep` runs when something
//! happens, such as a page on a new P1.
//!
//! Of several keepers one runs it: each writes the same record, under an id that it derives
//! from what happened, and the desk takes the first. Who finds its own name in the record runs
//! the command. So a hook runs at most once; of a keeper that died meanwhile the desk says that
//! it is not known how it went.

use crate::{
    facts::Time,
    ids::HookRunId,
    journal::{NewRecord, Record, Subject},
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Namespace of the ids of runs and their records.
const HOOK: Uuid = Uuid::from_u128(0x6f63_6465_636b_4d8a_9a41_0000_686f_6f6b);

/// The version of all bodies written by this build.
pub const KIND_VERSION: u32 = 1;

/// What a hook is run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// A P1 was opened: an incident or a restore request.
    NewP1,
    /// A P2.
    NewP2,
    /// A P3.
    NewP3,
    /// Less than a quarter of a clock's time is left.
    ClockHot,
    /// A clock is breached, or an internal target over.
    ClockBreached,
}

impl Trigger {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::NewP1,
        Self::NewP2,
        Self::NewP3,
        Self::ClockHot,
        Self::ClockBreached,
    ];

    /// Its word in a configuration and in what the command is told.
    pub fn name(self) -> &'static str {
        match self {
            Self::NewP1 => "new_p1",
            Self::NewP2 => "new_p2",
            Self::NewP3 => "new_p3",
            Self::ClockHot => "clock_hot",
            Self::ClockBreached => "clock_breached",
        }
    }

    /// The trigger of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|trigger| trigger.name() == name)
    }
}

/// Something that happened once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Occasion {
    /// What.
    pub trigger: Trigger,
    /// To which incident or request.
    pub about: Subject,
    /// Which of its clocks: "respond"; empty where it is none.
    pub clock: String,
}

impl Occasion {
    /// The run of a hook on it: whoever derives it gets the same.
    pub fn run(&self, hook: &str) -> HookRunId {
        let Self {
            trigger,
            about,
            clock,
        } = self;
        let name = format!("{hook}\n{}\n{about}\n{clock}", trigger.name());
        HookRunId(Uuid::new_v5(&HOOK, name.as_bytes()))
    }
}

/// How a run of a hook ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The command ended with status 0.
    Done,
    /// It did not: why.
    Failed(String),
    /// Nobody heard of its end: the keeper that ran it is gone. It may have run or not.
    Unknown,
}

/// What happens to a run of a hook. Its JSON is the record's body, its tag the record's kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    /// The runner is about to run it.
    HookRun {
        /// The hook's name.
        hook: String,
        /// On what.
        occasion: Occasion,
        /// Made by each keeper at its start: whose run it is.
        runner: Uuid,
        /// The keeper's host.
        host: String,
    },
    /// It ended.
    HookEnded {
        /// How.
        outcome: Outcome,
    },
}

impl Event {
    fn kind(&self) -> &'static str {
        match self {
            Self::HookRun { .. } => "hook_run",
            Self::HookEnded { .. } => "hook_ended",
        }
    }

    /// What its id is derived from beside the run. That nobody knows the end stands beside the
    /// end that the keeper tells in spite of it.
    fn once(&self) -> &'static str {
        match self {
            Self::HookEnded {
                outcome: Outcome::Unknown,
            } => "hook_lost",
            event => event.kind(),
        }
    }

    /// The event as a record. Its id is derived: a run has one beginning and one end.
    pub fn record(&self, run: HookRunId, at: Time, actor: &str) -> NewRecord {
        let kind = (self.kind(), KIND_VERSION);
        NewRecord {
            over: matches!(self, Self::HookEnded { .. }).then_some(true),
            ..NewRecord::of(
                Uuid::new_v5(&HOOK, format!("{run}\n{}", self.once()).as_bytes()),
                Subject::Hook(run),
                kind,
                at,
                actor,
                self,
            )
        }
    }
}

/// A run of a hook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Its id.
    pub id: HookRunId,
    /// The hook's name.
    pub hook: String,
    /// On what.
    pub occasion: Occasion,
    /// Which keeper.
    pub runner: Uuid,
    /// The keeper's host.
    pub host: String,
    /// Since when.
    pub since: Time,
    /// When the desk received that: a keeper may have waited for the desk.
    pub claimed: Time,
    /// When it ended, and how.
    pub ended: Option<(Time, Outcome)>,
}

/// All runs of hooks that the desk tells.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Hooks {
    runs: BTreeMap<HookRunId, Run>,
    running: BTreeSet<HookRunId>,
    by_subject: BTreeMap<Subject, BTreeSet<HookRunId>>,
    /// Records that this build cannot read, in the journal's order.
    unread: Vec<Record>,
}

impl Hooks {
    /// Folds a record in; the run that it is about, if it was new and could be read.
    pub fn fold(&mut self, record: &Record) -> Option<HookRunId> {
        let Subject::Hook(id) = record.record.subject else {
            return None;
        };
        match record.event() {
            Ok(Event::HookRun {
                hook,
                occasion,
                runner,
                host,
            }) => {
                if self.runs.contains_key(&id) {
                    return None;
                }
                let of_subject = self.by_subject.entry(occasion.about.clone());
                of_subject.or_default().insert(id);
                self.running.insert(id);
                let run = Run {
                    id,
                    hook,
                    occasion,
                    runner,
                    host,
                    since: record.record.at,
                    claimed: record.received_at,
                    ended: None,
                };
                self.runs.insert(id, run);
            }
            Ok(Event::HookEnded { outcome }) => {
                let run = self.runs.get_mut(&id)?;
                let known = |end: &(Time, Outcome)| end.1 != Outcome::Unknown;
                if run.ended.as_ref().is_some_and(known) {
                    return None;
                }
                run.ended = Some((record.record.at, outcome));
                self.running.remove(&id);
            }
            Err(_) => {
                if !self.unread.iter().any(|kept| kept.seq == record.seq) {
                    self.unread.push(record.clone());
                }
                return None;
            }
        }
        Some(id)
    }

    /// A run.
    pub fn get(&self, id: HookRunId) -> Option<&Run> {
        self.runs.get(&id)
    }

    /// Those whose end nobody told yet.
    pub fn running(&self) -> impl Iterator<Item = &Run> {
        self.running.iter().filter_map(|id| self.runs.get(id))
    }

    /// The runs on an incident or a request, the first first.
    pub fn of(&self, about: &Subject) -> Vec<&Run> {
        let ids = self.by_subject.get(about).into_iter().flatten();
        let mut runs: Vec<&Run> = ids.filter_map(|id| self.runs.get(id)).collect();
        runs.sort_by_key(|run| (run.since, run.id));
        runs
    }

    /// Records that this build cannot read.
    pub fn unread(&self) -> &[Record] {
        &self.unread
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::IncidentId;

    fn occasion(trigger: Trigger) -> Occasion {
        Occasion {
            trigger,
            about: Subject::Incident(IncidentId(Uuid::from_u128(7))),
            clock: String::new(),
        }
    }

    fn record(seq: u64, event: &Event, run: HookRunId) -> Record {
        let at: Time = "2026-11-21T08:00:00Z".parse().unwrap();
        Record {
            seq,
            subject_version: 1,
            received_at: at,
            author: Default::default(),
            record: event.record(run, at, "desk keep a"),
        }
    }

    fn begun(runner: u128) -> Event {
        Event::HookRun {
            hook: "page".to_owned(),
            occasion: occasion(Trigger::NewP1),
            runner: Uuid::from_u128(runner),
            host: "a".to_owned(),
        }
    }

    #[test]
    fn two_keepers_derive_one_record_and_the_first_stays() {
        let run = occasion(Trigger::NewP1).run("page");
        assert_eq!(run, occasion(Trigger::NewP1).run("page"));
        assert_ne!(run, occasion(Trigger::NewP1).run("mail"));
        assert_ne!(run, occasion(Trigger::NewP2).run("page"));
        let (first, second) = (record(1, &begun(1), run), record(2, &begun(2), run));
        assert_eq!(first.record.event_id, second.record.event_id);
        let mut hooks = Hooks::default();
        assert_eq!(hooks.fold(&first), Some(run));
        assert_eq!(hooks.fold(&second), None);
        assert_eq!(hooks.get(run).unwrap().runner, Uuid::from_u128(1));
    }

    #[test]
    fn a_run_ends_once_and_is_found_by_what_it_is_about() {
        let run = occasion(Trigger::NewP1).run("page");
        let ended = |outcome| Event::HookEnded { outcome };
        let mut hooks = Hooks::default();
        hooks.fold(&record(1, &begun(1), run));
        assert_eq!(hooks.running().count(), 1);
        let lost = record(2, &ended(Outcome::Unknown), run);
        assert_eq!(lost.record.over, Some(true));
        hooks.fold(&lost);
        // The keeper was only slow, and tells it after all.
        let done = record(3, &ended(Outcome::Done), run);
        assert_ne!(done.record.event_id, lost.record.event_id);
        assert_eq!(hooks.fold(&done), Some(run));
        assert_eq!(hooks.fold(&lost), None);
        let failed = ended(Outcome::Failed("late".to_owned()));
        assert_eq!(hooks.fold(&record(4, &failed, run)), None);
        let of = hooks.of(&occasion(Trigger::NewP1).about);
        assert_eq!(of[0].ended.as_ref().unwrap().1, Outcome::Done);
        assert_eq!(hooks.running().count(), 0);
    }

    #[test]
    fn what_a_newer_build_writes_is_kept() {
        let run = occasion(Trigger::NewP1).run("page");
        let mut odd = record(1, &begun(1), run);
        odd.record.body = r#"{"kind":"hook_paused"}"#.to_owned();
        let mut hooks = Hooks::default();
        assert_eq!(hooks.fold(&odd), None);
        assert_eq!(hooks.fold(&odd), None);
        assert_eq!(hooks.unread(), [odd]);
    }

    #[test]
    fn triggers_are_found_by_name() {
        for trigger in Trigger::ALL {
            assert_eq!(Trigger::from_name(trigger.name()), Some(trigger));
        }
    }
}
