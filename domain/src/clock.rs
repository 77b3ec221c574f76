//! Respond and initiate clocks of restore requests (S1 §4): absolute deadlines on the
//! wall, never paused, computed from what happened; nothing here counts down by itself.

use crate::{
    facts::Time,
    policy::{ClockPolicy, RestorePolicy, Times},
    priority::Priority,
    restore::{Asked, Purpose},
};
use chrono::TimeDelta;

/// What a clock waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verb {
    /// A named technician has human contact.
    Respond,
    /// The appliance says that the restore runs.
    Initiate,
}

impl Verb {
    /// Its word on screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Respond => "respond",
            Self::Initiate => "initiate",
        }
    }
}

/// How a running clock looks; ordered from calm to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Heat {
    /// Half of its time or more is left.
    Normal,
    /// Less than half is left.
    Warn,
    /// Less than a quarter is left.
    Hot,
    /// Over; the time left is negative and grows.
    Breached,
}

/// One clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// What it waits for.
    pub verb: Verb,
    /// Of what priority.
    pub priority: Priority,
    /// When the call was received.
    pub start: Time,
    /// When it is over.
    pub deadline: Time,
    /// When what it waits for happened; `None`: it runs.
    pub stopped: Option<Time>,
}

impl Clock {
    /// Whether it runs.
    pub fn runs(&self) -> bool {
        self.stopped.is_none()
    }

    /// Time left at `now`, or when it stopped; negative once breached.
    pub fn left(&self, now: Time) -> TimeDelta {
        self.deadline - self.stopped.unwrap_or(now)
    }

    /// Share of its time that is left, 0 to 100.
    pub fn percent_left(&self, now: Time) -> u8 {
        let all = (self.deadline - self.start).num_milliseconds();
        if all <= 0 {
            return 0;
        }
        let left = self.left(now).num_milliseconds().clamp(0, all);
        u8::try_from(i128::from(left) * 100 / i128::from(all)).unwrap_or(100)
    }

    /// How it looks at `now`.
    pub fn heat(&self, now: Time, policy: &ClockPolicy) -> Heat {
        let left = self.left(now);
        if left < TimeDelta::zero() {
            return Heat::Breached;
        }
        let all = i128::from((self.deadline - self.start).num_milliseconds());
        let left = i128::from(left.num_milliseconds()) * 100;
        if left < all * i128::from(policy.hot_below_percent) {
            Heat::Hot
        } else if left < all * i128::from(policy.warn_below_percent) {
            Heat::Warn
        } else {
            Heat::Normal
        }
    }
}

/// What happened to a request, as far as its clocks care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// When the call was received: both clocks start.
    pub received: Time,
    /// When a named technician had human contact.
    pub responded: Option<Time>,
    /// When the appliance ran it, on the desk's time base and clamped; already `None`
    /// again if that session failed too soon to count (see [`initiated`]).
    pub initiated: Option<Time>,
    /// When it was given up: what runs then stops.
    pub given_up: Option<Time>,
}

/// Both clocks of a request; `None` for a recovery test, which has none.
pub fn clocks(timing: &Timing, times: Option<&Times>) -> Option<[Clock; 2]> {
    let times = times?;
    let clock = |verb, budget: TimeDelta, stopped: Option<Time>| Clock {
        verb,
        priority: times.priority,
        start: timing.received,
        deadline: timing.received + budget,
        stopped: stopped.or(timing.given_up),
    };
    Some([
        clock(Verb::Respond, times.respond(), timing.responded),
        clock(Verb::Initiate, times.initiate(), timing.initiated),
    ])
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
    /// When this console heard of it.
    pub heard: Time,
    /// When it ended in failure, if it did.
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
}

/// When the restore was initiated: the first run that did not fail too soon.
pub fn initiated(runs: &[Run], policy: &ClockPolicy) -> Option<Time> {
    let soon = TimeDelta::seconds(policy.resume_within.into());
    runs.iter()
        .find(|run| run.failed.is_none_or(|failed| failed - run.started >= soon))
        .map(Run::started_clamped)
}

#[cfg(test)]
#[path = "clock_tests.rs"]
mod tests;
