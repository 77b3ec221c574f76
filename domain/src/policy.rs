//! The numbers of the rules, read from `policy.toml`. No rule has a number in its code.

mod approval;
mod notice;
mod targets;

pub use approval::ApprovalPolicy;
pub use notice::{NoticePolicy, PromisePolicy};
pub use targets::{Counts, OnDemandPolicy, Target, TargetPolicy};

use crate::{
    alert::LifePolicy,
    calendar::{Calendar, CalendarError, Week},
    ids::CalendarId,
    priority::Priority,
};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

/// The shipped `policy.toml`; who reads files merges the user's own over it.
pub const SHIPPED: &str = include_str!("../policy.toml");

/// All numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Restore requests.
    pub restore: RestorePolicy,
    /// How clocks look and resume.
    pub clock: ClockPolicy,
    /// When a call to the duty manager is proposed.
    pub escalation: EscalationPolicy,
    /// Incidents that people report.
    pub incident: IncidentPolicy,
    /// Internal targets of alerts and incidents.
    pub target: TargetPolicy,
    /// On-demand backups.
    pub on_demand_backup: OnDemandPolicy,
    /// The hours of a tenant without a calendar.
    pub business_hours: Week,
    /// Promised calls.
    pub promise: PromisePolicy,
    /// Notice of changes.
    pub notice: NoticePolicy,
    /// Links to appliances.
    pub link: LinkPolicy,
    /// Gauges.
    pub capacity: CapacityPolicy,
    /// Calls to clients while a restore runs.
    pub calls: CallPolicy,
    /// Sending restores to appliances.
    pub dispatch: DispatchPolicy,
    /// What needs a second person, where an appliance says nothing else.
    pub approval: ApprovalPolicy,
    /// Who is on shift.
    pub shift: ShiftPolicy,
    /// What a handover lists.
    pub handover: HandoverPolicy,
    /// Looks at every job.
    pub sweep: SweepPolicy,
    /// The life of an alert.
    pub alert_life: LifePolicy,
    /// Hooks.
    pub hook: HookPolicy,
}

impl Policy {
    /// The business hours of whoever names no calendar.
    ///
    /// # Errors
    /// When the policy's days or hours are none.
    pub fn calendar(&self) -> Result<Calendar, CalendarError> {
        Calendar::weekly(CalendarId::new("usual"), &self.business_hours)
    }
}

/// When hooks are run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HookPolicy {
    /// What happened more seconds ago is no news any more: a keeper that starts runs nothing on it.
    pub news_within: u32,
    /// A run that nobody told the end of for so many seconds is lost.
    pub lost_after: u32,
}

/// Priorities and times of restore requests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RestorePolicy {
    /// A whole system.
    pub system: Times,
    /// Folders.
    pub folder: Times,
    /// Single files.
    pub file: Times,
    /// What the client calls as urgent as a system.
    pub raised: Times,
    /// A recovery test: it has a priority and no clock.
    pub recovery_test: TestPolicy,
}

/// A priority and its times.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Times {
    /// 1 to 4.
    #[serde(deserialize_with = "priority", serialize_with = "number")]
    pub priority: Priority,
    /// Seconds until a named technician has human contact.
    pub respond: u32,
    /// Seconds until the appliance runs the restore.
    pub initiate: u32,
}

impl Times {
    /// The respond time.
    pub fn respond(&self) -> TimeDelta {
        TimeDelta::seconds(self.respond.into())
    }

    /// The initiate time.
    pub fn initiate(&self) -> TimeDelta {
        TimeDelta::seconds(self.initiate.into())
    }
}

/// A recovery test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TestPolicy {
    /// 1 to 4.
    #[serde(deserialize_with = "priority", serialize_with = "number")]
    pub priority: Priority,
}

/// How clocks look and resume.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClockPolicy {
    /// Below this share of its time a clock warns.
    pub warn_below_percent: u8,
    /// Below this share it is hot.
    pub hot_below_percent: u8,
    /// A session that fails within so many seconds did not really start.
    pub resume_within: u32,
}

/// When a call to the duty manager is proposed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EscalationPolicy {
    /// Below this share of a P1's initiate time.
    pub p1_initiate_below_percent: u8,
    /// An internal target that is over proposes it down to this priority.
    #[serde(deserialize_with = "priority", serialize_with = "number")]
    pub over_at_priority: Priority,
}

/// The priorities of what people report, unless the client says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IncidentPolicy {
    /// A backup on demand: 1 to 4.
    #[serde(deserialize_with = "priority", serialize_with = "number")]
    pub backup: Priority,
    /// Anything else: 1 to 4.
    #[serde(deserialize_with = "priority", serialize_with = "number")]
    pub other: Priority,
    /// What people ask for needs a call down to this priority.
    #[serde(deserialize_with = "priority", serialize_with = "number")]
    pub call_at_or_above_priority: Priority,
}

impl IncidentPolicy {
    /// Whether what people ask for at this priority needs a call.
    pub fn needs_call(&self, priority: Priority) -> bool {
        priority <= self.call_at_or_above_priority
    }
}

/// Links to appliances.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkPolicy {
    /// Seconds between signs of life of what is on screen or has an open P1.
    pub heartbeat_near: u32,
    /// Seconds between signs of life of everything else.
    pub heartbeat_far: u32,
    /// Seconds of skew from which it is shown.
    pub skew_shown_above: u32,
    /// Seconds of skew from which times are approximate.
    pub skew_alert_above: u32,
}

/// Gauges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CapacityPolicy {
    /// Percent used from which a gauge warns.
    pub gauge_warn_percent: u8,
    /// Percent used from which it is full.
    pub gauge_full_percent: u8,
}

/// Calls to clients while a restore runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallPolicy {
    /// Seconds between calls at P1.
    pub system_every: u32,
    /// Seconds between calls otherwise.
    pub other_every: u32,
}

/// Sending restores to appliances.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DispatchPolicy {
    /// Seconds after which an unanswered dispatch goes out again with the same key.
    pub send_again_after: u32,
    /// Seconds that one may wait for a desk that is out of reach: later it is not sent.
    pub wait_at_most: u32,
}

/// Who is on shift.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShiftPolicy {
    /// At most so often, in seconds, it is written that a person on shift was seen.
    pub seen_every: u32,
    /// Seconds after which a person on shift who was not seen counts as silent.
    pub silent_after: u32,
}

/// What a handover lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HandoverPolicy {
    /// Failures in a row from which a job is listed.
    pub failed_in_a_row: u32,
    /// Seconds of the past that belong to the shift of a person who did not come on shift.
    pub look_back: u32,
}

/// Looks at every job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SweepPolicy {
    /// Seconds between the end of a sweep and the end of the next.
    pub every: u32,
}

// serde hands over a reference.
#[allow(clippy::trivially_copy_pass_by_ref)]
fn number<S: serde::Serializer>(priority: &Priority, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u8(priority.number())
}

fn priority<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Priority, D::Error> {
    let number = u32::deserialize(from)?;
    Priority::from_number(number)
        .ok_or_else(|| serde::de::Error::custom(format!("priority is 1 to 4, not {number}")))
}

#[cfg(test)]
pub(crate) fn shipped() -> Policy {
    toml::from_str(SHIPPED).expect("policy.toml ships with the program")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shipped_numbers_are_the_service_guides() {
        let policy = shipped();
        assert_eq!(policy.restore.system.priority, Priority::P1);
        assert_eq!(policy.restore.system.respond(), TimeDelta::minutes(15));
        assert_eq!(policy.restore.system.initiate(), TimeDelta::hours(1));
        assert_eq!(policy.restore.file.priority, Priority::P2);
        assert_eq!(policy.restore.folder.respond(), TimeDelta::minutes(20));
        assert_eq!(policy.restore.folder.initiate(), TimeDelta::hours(4));
        assert_eq!(policy.approval.replace_bytes, 100_000_000_000);
        assert_eq!(policy.approval.original_files, 1);
        assert_eq!(policy.dispatch.wait_at_most, 600);
    }

    #[test]
    fn an_unknown_priority_is_refused() {
        let text = SHIPPED.replacen("priority = 1", "priority = 7", 1);
        let error = toml::from_str::<Policy>(&text).unwrap_err().to_string();
        assert!(error.contains("priority is 1 to 4, not 7"), "{error}");
    }
}
