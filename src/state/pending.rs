//! What was asked and is not answered yet. Every command ends in one visible outcome.

use ocdeck_domain::{
    facts::{PathBytes, Time},
    ids::{ApplianceId, JobId, On, PointId, RequestId, SystemId},
};

/// What was asked.
#[derive(Clone, Debug, PartialEq)]
pub struct Pending {
    /// When.
    pub at: Time,
    /// Of which appliance; `None`: nothing that an appliance answers.
    pub appliance: Option<ApplianceId>,
    /// What.
    pub what: Asked,
}

/// What was asked.
#[derive(Clone, Debug, PartialEq)]
pub enum Asked {
    /// To start a job.
    Start(On<JobId>),
    /// To stop a job's session.
    Stop(On<JobId>),
    /// For the restore points of the wizard's system.
    Points(RequestId),
    /// For the restore points of a system that is looked at.
    PointsOf(On<SystemId>),
    /// For a folder of a point.
    Folder(RequestId, PointId, PathBytes),
    /// For names inside points.
    Search(RequestId),
    /// For the states of a path.
    Versions(RequestId),
    /// For a plan.
    Plan(RequestId),
    /// To restore: request and attempt.
    Dispatch(RequestId, u32),
    /// To take a yes or no to what awaits approval: request, attempt, and whether it is yes.
    Decide(RequestId, u32, bool),
    /// To cancel a restore: request and attempt.
    Cancel(RequestId, u32),
    /// For a log.
    Log,
    /// To copy: what, in words.
    Copy(String),
    /// To write a handover into files.
    Export,
}
