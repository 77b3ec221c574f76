//! What a restore does: the order that a plan is made of and that a dispatch sends.

use crate::{
    facts::PathBytes,
    ids::{PointId, SystemId},
};
use serde::{Deserialize, Serialize};

/// What happens to a file that is already there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OverwritePolicy {
    /// An existing file is never touched.
    KeepExisting,
    /// The restored file is written beside it.
    KeepBoth,
    /// By modification time.
    ReplaceIfNewer,
    /// Where content differs.
    ReplaceChanged,
    /// Always.
    ReplaceAll,
}

impl OverwritePolicy {
    /// All of them, from the gentlest to the hardest.
    pub const ALL: [Self; 5] = [
        Self::KeepExisting,
        Self::KeepBoth,
        Self::ReplaceIfNewer,
        Self::ReplaceChanged,
        Self::ReplaceAll,
    ];

    /// Its name on screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::KeepExisting => "keep existing",
            Self::KeepBoth => "keep both",
            Self::ReplaceIfNewer => "replace if newer",
            Self::ReplaceChanged => "replace changed",
            Self::ReplaceAll => "replace all",
        }
    }
}

/// Where a restore writes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// The same paths below the root of the system.
    Original,
    /// A folder of the appliance.
    OtherPath(PathBytes),
    /// Below the root of another system of the same tenant, on the same appliance.
    OtherSystem(SystemId),
    /// A folder named by the request's reference, below the appliance's staging folder.
    Staging(String),
}

/// What is to be restored, from where, to where.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Order {
    /// The system.
    pub system: SystemId,
    /// The restore point.
    pub point: PointId,
    /// Paths inside the point; none: the whole system.
    pub paths: Vec<PathBytes>,
    /// Where to.
    pub target: Target,
    /// What happens to a file that is already there.
    pub policy: OverwritePolicy,
}
