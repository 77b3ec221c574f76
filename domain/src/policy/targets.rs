//! Internal targets.

use crate::priority::Priority;
use serde::{Deserialize, Serialize};

/// Which hours a target counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counts {
    /// All of them.
    AroundTheClock,
    /// The business hours of the tenant.
    Business,
}

/// An internal target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Seconds until a technician has taken it up.
    pub respond: u32,
    /// Of which hours.
    pub hours: Counts,
}

/// The internal targets of alerts and incidents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TargetPolicy {
    /// P1.
    pub p1: Target,
    /// P2.
    pub p2: Target,
    /// P3.
    pub p3: Target,
    /// P4.
    pub p4: Target,
}

impl TargetPolicy {
    /// The target of a priority.
    pub fn of(&self, priority: Priority) -> &Target {
        match priority {
            Priority::P1 => &self.p1,
            Priority::P2 => &self.p2,
            Priority::P3 => &self.p3,
            Priority::P4 => &self.p4,
        }
    }
}

/// On-demand backups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OnDemandPolicy {
    /// Seconds until a technician has taken it up.
    pub respond: u32,
}
