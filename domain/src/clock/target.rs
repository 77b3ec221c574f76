//! Internal targets: alerts, incidents, on-demand backups. They can be over, never breached.

use super::{Clock, Verb};
use crate::{
    calendar::Hours,
    facts::Time,
    policy::{Counts, Policy},
    priority::Priority,
};
use chrono::TimeDelta;

/// The clock of an alert ([`Verb::Acknowledge`]) or incident ([`Verb::Respond`]) of this
/// priority that was raised at `start`. `business` are the tenant's hours
/// ([`crate::fleet::Directory::hours_of`]); P1 and P2 count around the clock.
pub fn target(
    policy: &Policy,
    priority: Priority,
    verb: Verb,
    start: Time,
    business: &Hours,
) -> Clock {
    let target = policy.target.of(priority);
    let hours = match target.hours {
        Counts::AroundTheClock => Hours::AroundTheClock,
        Counts::Business => business.clone(),
    };
    let budget = TimeDelta::seconds(target.respond.into());
    Clock::new(verb, priority, start, budget, hours).internal()
}

/// The respond clock of an on-demand backup that a client asked for.
pub fn on_demand_backup(policy: &Policy, received: Time) -> Clock {
    let budget = TimeDelta::seconds(policy.on_demand_backup.respond.into());
    let (priority, hours) = (policy.incident.backup, Hours::AroundTheClock);
    Clock::new(Verb::Respond, priority, received, budget, hours).internal()
}
