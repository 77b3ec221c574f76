//! Clocks (docs/clocks.md): absolute deadlines computed from what happened; nothing here counts down
//! by itself. Each has two values: *wall*, which never pauses and is shown, and *adjusted*,
//! which pauses while the desk waits for the client. Both count only the clock's hours.

mod request;
mod rules;
mod target;
mod wait;

pub use request::{Run, Timing, clocks, initiated, initiation, times};
pub use rules::{ChangeRefused, Proposal, change_of_priority, escalation};
pub use target::{on_demand_backup, target};
pub use wait::{Wait, WaitRefused, waited};

use crate::{calendar::Hours, facts::Time, policy::ClockPolicy, priority::Priority};
use chrono::TimeDelta;

/// What a clock waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verb {
    /// A technician has said that the alert is seen.
    Acknowledge,
    /// A named technician has human contact.
    Respond,
    /// The appliance says that the restore runs.
    Initiate,
}

impl Verb {
    /// Its word on screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Acknowledge => "acknowledge",
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
    /// An internal target is over: never called a breach, never reported as one. The time
    /// left is negative and grows.
    Over,
    /// What was promised to the client is breached; the time left is negative and grows.
    Breached,
}

impl Heat {
    /// Whether no time is left.
    pub fn late(self) -> bool {
        self >= Self::Over
    }
}

/// One clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clock {
    /// What it waits for.
    pub verb: Verb,
    /// Of what priority.
    pub priority: Priority,
    /// When the call was received, or the alert was raised. A change of the priority keeps it.
    pub start: Time,
    /// How much of its hours it has.
    pub budget: TimeDelta,
    /// When the wall value is used up.
    pub deadline: Time,
    /// When what it waits for happened; `None`: it runs.
    pub stopped: Option<Time>,
    /// A target of the operations center's own: it can be over, and never breached.
    pub internal: bool,
    /// It was stopped by an appliance whose clock is so far off that the value is approximate.
    pub approximate: bool,
    /// The hours that it counts.
    pub hours: Hours,
    /// When the desk waited for the client.
    pub waits: Vec<Wait>,
}

/// Why a clock stands still, although what it waits for has not happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pause {
    /// Its hours do not count now.
    Closed {
        /// When they count again.
        resumes: Time,
    },
    /// The adjusted value stands still: the desk waits for the client. The wall value goes on.
    Waiting {
        /// For what.
        what: String,
        /// Since when.
        since: Time,
    },
}

impl Clock {
    /// A clock that starts now.
    pub fn new(
        verb: Verb,
        priority: Priority,
        start: Time,
        budget: TimeDelta,
        hours: Hours,
    ) -> Self {
        Self {
            verb,
            priority,
            start,
            budget,
            deadline: hours.add(start, budget),
            stopped: None,
            internal: false,
            approximate: false,
            hours,
            waits: Vec::new(),
        }
    }

    /// Counted against a target of the operations center's own.
    #[must_use]
    pub fn internal(mut self) -> Self {
        self.internal = true;
        self
    }

    /// Stopped, if it was.
    #[must_use]
    pub fn stop(mut self, at: Option<Time>) -> Self {
        self.stopped = at;
        self
    }

    /// With the waits for the client that were recorded.
    #[must_use]
    pub fn waiting(mut self, waits: &[Wait]) -> Self {
        self.waits = waits.to_vec();
        self
    }

    /// Whether it runs.
    pub fn runs(&self) -> bool {
        self.stopped.is_none()
    }

    fn end(&self, now: Time) -> Time {
        self.stopped.unwrap_or(now)
    }

    /// Wall: time left at `now`, or when it stopped; negative once it is late. Outside the
    /// clock's hours it stands still.
    pub fn left(&self, now: Time) -> TimeDelta {
        self.hours.open_time(self.end(now), self.deadline)
    }

    /// Wall: how much of the clock's hours has gone since the start.
    pub fn elapsed(&self, now: Time) -> TimeDelta {
        self.hours.open_time(self.start, self.end(now))
    }

    /// How much of the clock's hours the desk waited for the client.
    pub fn waited(&self, now: Time) -> TimeDelta {
        waited(&self.waits, &self.hours, self.start, self.end(now))
    }

    /// Adjusted: [`Clock::elapsed`] without the waits.
    pub fn adjusted_elapsed(&self, now: Time) -> TimeDelta {
        self.elapsed(now) - self.waited(now)
    }

    /// Adjusted: time left at `now`, or when it stopped.
    pub fn adjusted_left(&self, now: Time) -> TimeDelta {
        self.left(now) + self.waited(now)
    }

    /// Adjusted: when the time is used up, as far as the waits up to `now` say.
    pub fn adjusted_deadline(&self, now: Time) -> Time {
        self.hours.add(self.start, self.budget + self.waited(now))
    }

    /// Share of its time that is left on the wall, 0 to 100.
    pub fn percent_left(&self, now: Time) -> u8 {
        let all = self.budget.num_milliseconds();
        if all <= 0 {
            return 0;
        }
        let left = self.left(now).num_milliseconds().clamp(0, all);
        u8::try_from(i128::from(left) * 100 / i128::from(all)).unwrap_or(100)
    }

    /// Whether the wall value is used up.
    pub fn late(&self, now: Time) -> bool {
        let end = self.end(now);
        // Cheap however long it has been over: what counts is whether any hour did since.
        end > self.deadline && self.hours.next_open(self.deadline) < end
    }

    /// How it looks at `now`.
    pub fn heat(&self, now: Time, policy: &ClockPolicy) -> Heat {
        if self.late(now) {
            return if self.internal {
                Heat::Over
            } else {
                Heat::Breached
            };
        }
        let all = i128::from(self.budget.num_milliseconds());
        let left = i128::from(self.left(now).num_milliseconds()) * 100;
        if left < all * i128::from(policy.hot_below_percent) {
            Heat::Hot
        } else if left < all * i128::from(policy.warn_below_percent) {
            Heat::Warn
        } else {
            Heat::Normal
        }
    }

    /// When it turns hot, if nothing stops it before.
    pub fn turns_hot(&self, policy: &ClockPolicy) -> Time {
        let calm = 100 - i32::from(policy.hot_below_percent.min(100));
        let calm = self.budget * calm / 100;
        // With exactly that share left it is not hot yet.
        self.hours
            .add(self.start, calm + TimeDelta::milliseconds(1))
    }

    /// Why it stands still at `now`; `None`: it does not, or it has stopped. A wait comes
    /// before the hours: it is what a person can end.
    pub fn pause(&self, now: Time) -> Option<Pause> {
        if !self.runs() {
            return None;
        }
        if let Some(wait) = self.waits.iter().rev().find(|wait| wait.holds(now)) {
            return Some(Pause::Waiting {
                what: wait.what.clone(),
                since: wait.from,
            });
        }
        self.resumes(now).map(|resumes| Pause::Closed { resumes })
    }

    /// When its hours count again, if it runs and they do not at `now`.
    pub fn resumes(&self, now: Time) -> Option<Time> {
        self.hours.resumes(now).filter(|_| self.runs())
    }

    /// Its state in a word: `met`, `over`, `breached`, `waiting`, `paused` or `runs`.
    pub fn state(&self, now: Time) -> &'static str {
        match (self.runs(), self.late(now), self.internal) {
            (false, false, _) => "met",
            (_, true, true) => "over",
            (_, true, false) => "breached",
            (true, false, _) => match self.pause(now) {
                Some(Pause::Waiting { .. }) => "waiting",
                Some(Pause::Closed { .. }) => "paused",
                None => "runs",
            },
        }
    }
}

#[cfg(test)]
mod examples;
#[cfg(test)]
mod tests;
