//! The clocks of an incident.

use super::{Channel, Incident, Kind};
use crate::{
    calendar::Hours,
    clock::{self, Clock, Timing, Verb},
    facts::Time,
    policy::Policy,
    priority::Priority,
    restore::{Asked, Purpose},
};

impl Incident {
    /// When its clocks start: when the call was received, or the alert was raised. A report by
    /// portal or e-mail that needs a call starts them with the call (`call_at_or_above_priority`
    /// of the policy); `None`: nobody called yet.
    pub fn clock_start(&self, policy: &Policy) -> Option<Time> {
        let claimed = self.report().filter(|report| {
            report.channel != Channel::Call && policy.incident.needs_call(report.priority)
        });
        match claimed {
            Some(_) => self.called,
            None => self.started,
        }
    }

    /// Respond, and initiate where a restore is wanted; none for a recovery test. `business` are
    /// the hours of its tenant, `initiated` is when an appliance ran one of its requests.
    /// Before the call that a report needs, one advisory timer runs from its receipt.
    pub fn clocks(&self, policy: &Policy, business: &Hours, initiated: Option<Time>) -> Vec<Clock> {
        let Some(received) = self.started else {
            return Vec::new();
        };
        let priority = self.priority();
        let target = |start| clock::target(policy, priority, Verb::Respond, start, business);
        let responded = self.responded.as_ref().map(|(at, _)| *at);
        let stop = |clock: Clock| vec![clock.stop(responded.or(self.ended())).waiting(&self.waits)];
        let Some(start) = self.clock_start(policy) else {
            return stop(target(received));
        };
        let asked = match self.report().map(|report| report.wants) {
            Some(Kind::RecoveryTest) => return Vec::new(),
            Some(Kind::Backup) if priority == policy.incident.backup => {
                return stop(clock::on_demand_backup(policy, start));
            }
            None | Some(Kind::Backup | Kind::Other) => return stop(target(start)),
            Some(Kind::RestoreSystem) => Asked::System,
            Some(Kind::RestoreFolder) => Asked::Folders,
            Some(Kind::RestoreFile) => Asked::Files,
        };
        let own = clock::times(&policy.restore, Purpose::Production, Some(asked), None);
        let chosen = own.filter(|own| own.priority != priority).map(|_| priority);
        // What was promised is promised for P1 and P2: below them a target of ours runs.
        if chosen.is_some_and(|chosen| chosen > Priority::P2) {
            return stop(target(start));
        }
        let times = clock::times(&policy.restore, Purpose::Production, Some(asked), chosen);
        let timing = Timing {
            received: start,
            responded,
            initiated,
            approximate: false,
            given_up: self.ended(),
            waits: self.waits.clone(),
        };
        clock::clocks(&timing, times.as_ref()).map_or_else(Vec::new, Vec::from)
    }
}

#[cfg(test)]
#[path = "clocks_tests.rs"]
mod tests;
