//! The numbers of an alert's life.

use crate::priority::{Priority, Severity};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

/// The life of an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LifePolicy {
    /// Seconds after which the acknowledgement of a P1 ends when nothing was done.
    pub acknowledged_p1: u32,
    /// The same for a P2.
    pub acknowledged_p2: u32,
    /// The longest snooze, in seconds.
    pub snooze_at_most: u32,
    /// From this severity on nothing is snoozed.
    pub snooze_below_severity: u8,
    /// From this severity on a maintenance window does not keep an alert out of the queue.
    pub window_below_severity: u8,
    /// The same alert this many seconds after its end is the same one again.
    pub reopen_within: u32,
    /// A link that is down for so many seconds is an alert.
    pub link_lost_after: u32,
    /// How bad that is.
    pub link_lost_severity: u8,
    /// How often an alert was raised is counted over so many days.
    pub counted_days: u32,
}

impl LifePolicy {
    /// How long an acknowledgement stands without anything being done; `None`: for ever.
    pub fn acknowledged(&self, priority: Priority) -> Option<TimeDelta> {
        let seconds = match priority {
            Priority::P1 => self.acknowledged_p1,
            Priority::P2 => self.acknowledged_p2,
            Priority::P3 | Priority::P4 => return None,
        };
        Some(TimeDelta::seconds(seconds.into()))
    }

    /// Whether a maintenance window keeps an alert of this severity out of the queue.
    pub fn window_hides(&self, severity: Severity) -> bool {
        severity.number() < self.window_below_severity
    }

    /// Whether an alert of this severity may be snoozed.
    pub fn snoozes(&self, severity: Severity) -> bool {
        severity.number() < self.snooze_below_severity
    }

    /// The longest snooze.
    pub fn snooze_at_most(&self) -> TimeDelta {
        TimeDelta::seconds(self.snooze_at_most.into())
    }

    /// How soon the same alert is the same one again.
    pub fn reopen_within(&self) -> TimeDelta {
        TimeDelta::seconds(self.reopen_within.into())
    }

    /// How long a link is down before it is an alert.
    pub fn link_lost_after(&self) -> TimeDelta {
        TimeDelta::seconds(self.link_lost_after.into())
    }

    /// How bad a lost link is.
    pub fn link_lost_severity(&self) -> Severity {
        Severity::clamped(self.link_lost_severity.into())
    }
}
