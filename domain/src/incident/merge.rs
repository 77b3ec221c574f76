//! What an incident takes over from one that goes on as it: nobody who waits for something is
//! forgotten because two incidents became one.

use super::{Incident, Promise, Reported};
use crate::{clock::Wait, facts::Time, policy::Policy, priority::Priority};
use serde::{Deserialize, Serialize};

/// What is taken over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inherited {
    /// Its priority, where that is the more urgent one.
    pub priority: Option<Priority>,
    /// Its clock, where that started earlier.
    pub clock: Option<InheritedClock>,
    /// Whether somebody who reported one of the two still waits for the call that it needs.
    pub owes_call: bool,
    /// What was promised and not kept yet.
    pub promises: Vec<Promise>,
    /// What it waits for.
    pub wait: Option<Wait>,
}

/// A clock that goes on in another incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InheritedClock {
    /// The report that it counts for; absent: an alert.
    pub report: Option<Reported>,
    /// When it started.
    pub started: Time,
    /// The place in the journal of the record that began it.
    pub began: Option<u64>,
    /// The first call with the client.
    pub called: Option<Time>,
    /// When a named technician had human contact, and who.
    pub responded: Option<(Time, String)>,
}

impl Incident {
    /// What another incident takes over from this one, which goes on as it. The policies are
    /// those that the clocks of the two run under.
    pub fn leaves_to(&self, into: &Incident, own: &Policy, of_into: &Policy) -> Inherited {
        let leads = self.leads(into, own, of_into);
        let clock = self
            .started
            .filter(|_| leads)
            .map(|started| InheritedClock {
                report: self.report().cloned(),
                started,
                began: self.began,
                called: self.called,
                responded: self.responded.clone(),
            });
        Inherited {
            priority: Some(self.priority()).filter(|own| *own < into.priority()),
            clock,
            owes_call: match leads {
                true => into.needs_call(of_into),
                false => self.needs_call(own),
            },
            promises: self.open_promises().into_iter().cloned().collect(),
            wait: self.waiting().cloned(),
        }
    }

    /// Whether the clock of this one is the one that goes on: what was promised to a person comes
    /// before a target of ours, a clock that runs before one that a call starts, the earlier
    /// before the later.
    fn leads(&self, into: &Incident, own: &Policy, of_into: &Policy) -> bool {
        if self.reported() != into.reported() {
            return self.reported();
        }
        match (self.clock_start(own), into.clock_start(of_into)) {
            (Some(own), Some(theirs)) => own < theirs,
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (None, None) => self.started < into.started,
        }
    }

    pub(super) fn inherit(&mut self, from: &Inherited) {
        if let Some(priority) = from.priority {
            self.priority = Some(priority.min(self.priority()));
        }
        if let Some(clock) = &from.clock {
            self.started = Some(clock.started);
            self.began = clock.began.or(self.began);
            if let Some(report) = &clock.report {
                self.took_report = Some(report.clone());
                self.called = clock.called;
                self.responded.clone_from(&clock.responded);
            }
        }
        if from.owes_call {
            self.owes_call = true;
            // Who waits for a call is not helped by what was solved before.
            self.resolved = None;
        }
        for promise in &from.promises {
            if self.promises.iter().all(|known| known.id != promise.id) {
                self.promises.push(promise.clone());
            }
        }
        if self.waiting().is_none() {
            self.waits.extend(from.wait.clone());
        }
    }
}

#[cfg(test)]
#[path = "merge_tests.rs"]
mod tests;
