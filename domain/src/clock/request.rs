//! The respond and initiate clocks of restore requests: around the clock.

use super::{Clock, Verb, Wait};
use crate::{
    calendar::Hours,
    facts::Time,
    policy::{ClockPolicy, LinkPolicy, RestorePolicy, Times},
    priority::Priority,
    restore::{Asked, Purpose},
};
use chrono::TimeDelta;

/// What happened to a request, as far as its clocks care.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Timing {
    /// When the call was received: both clocks start.
    pub received: Time,
    /// When a named technician had human contact.
    pub responded: Option<Time>,
    /// When the appliance ran it, on the desk's time base and clamped; already `None`
    /// again if that session failed too soon to count (see [`initiation`]).
    pub initiated: Option<Time>,
    /// [`Timing::initiated`] comes from a clock that is too far off to be exact.
    pub approximate: bool,
    /// When it was given up: what runs then stops.
    pub given_up: Option<Time>,
    /// When the desk waited for the client.
    pub waits: Vec<Wait>,
}

/// Both clocks of a request; `None` for a recovery test, which has none.
pub fn clocks(timing: &Timing, times: Option<&Times>) -> Option<[Clock; 2]> {
    let times = times?;
    let clock = |verb, budget, stopped: Option<Time>| {
        let hours = Hours::AroundTheClock;
        Clock::new(verb, times.priority, timing.received, budget, hours)
            .stop(stopped.or(timing.given_up))
            .waiting(&timing.waits)
    };
    let mut initiate = clock(Verb::Initiate, times.initiate(), timing.initiated);
    initiate.approximate = timing.approximate && timing.initiated.is_some();
    let respond = clock(Verb::Respond, times.respond(), timing.responded);
    Some([respond, initiate])
}

/// The times that a request runs on. Until a kind is chosen the strictest holds. Raising a
/// folder or file to P1 gives it P1's times; any other choice of priority keeps the
/// kind's own times under that priority.
pub fn times(
    policy: &RestorePolicy,
    purpose: Purpose,
    asked: Option<Asked>,
    chosen: Option<Priority>,
) -> Option<Times> {
    if purpose == Purpose::RecoveryTest {
        return None;
    }
    let own = match asked {
        None | Some(Asked::System) => policy.system,
        Some(Asked::Folders) => policy.folder,
        Some(Asked::Files) => policy.file,
    };
    Some(match chosen {
        None => own,
        Some(Priority::P1) if own.priority != Priority::P1 => policy.raised,
        Some(Priority::P2) if own.priority == Priority::P1 => policy.folder,
        Some(priority) => Times { priority, ..own },
    })
}

/// One run of a restore, as its appliance told it, for the initiate clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// When the console dispatched it.
    pub dispatched: Time,
    /// When it ran, on the appliance's clock corrected by its offset.
    pub started: Time,
    /// When the first console heard of it.
    pub heard: Time,
    /// The appliance's clock minus the desk's, as it was measured then.
    pub offset: TimeDelta,
    /// When it ended in failure, if it did, on the appliance's clock corrected by its offset.
    pub failed: Option<Time>,
}

impl Run {
    /// When it ran, held between dispatch and hearing of it: a skewed clock can neither
    /// start a restore before it was ordered nor after it was seen.
    pub fn started_clamped(&self) -> Time {
        self.started
            .max(self.dispatched)
            .min(self.heard.max(self.dispatched))
    }

    /// Whether the appliance's clock was so far off that its times are approximate.
    pub fn approximate(&self, policy: &LinkPolicy) -> bool {
        self.offset.abs() > TimeDelta::seconds(policy.skew_alert_above.into())
    }

    /// Whether it failed so soon that it did not really start: both times are the appliance's
    /// own, so its skew does not matter.
    fn failed_soon(&self, policy: &ClockPolicy) -> bool {
        let soon = TimeDelta::seconds(policy.resume_within.into());
        self.failed
            .is_some_and(|failed| failed - self.started < soon)
    }
}

/// The run that initiated the restore: the first that did not fail too soon.
pub fn initiation<'r>(runs: &'r [Run], policy: &ClockPolicy) -> Option<&'r Run> {
    runs.iter().find(|run| !run.failed_soon(policy))
}

/// When the restore was initiated.
pub fn initiated(runs: &[Run], policy: &ClockPolicy) -> Option<Time> {
    initiation(runs, policy).map(Run::started_clamped)
}
