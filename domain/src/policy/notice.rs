//! Promised calls and notice of changes.

use serde::{Deserialize, Serialize};

/// Promised calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PromisePolicy {
    /// Seconds before it is due that it stands in the rail.
    pub chip_within: u32,
}

/// Notice of changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoticePolicy {
    /// Seconds from the written notice to the earliest start.
    pub before: u32,
}
