//! What makes, lists and brings back restore points: one trait, so that the agent's
//! schedule, monitors and restores know no engine.
//!
//! Identifiers are the driver's own and opaque to everyone else. Every call blocks.

mod claim;
mod convert;
mod engine;
mod look;
mod shelf;

pub use engine::EngineDriver;

use crate::{
    host::Stop,
    restores::places::Allowed,
    work::{PlanNews, Refusal, SearchOrder, TellLook},
};
use ocdeck_domain::{
    facts::{
        Amount, Capability, Entry, Hit, LookEnd, Plan, Repository, RestorePoint, Time, Version,
    },
    ids::{JobId, PointId, RepositoryId, SystemId},
    restore::OverwritePolicy,
};
use ocdeck_engine::worker::protocol::{Event, PathBytes};
use std::{
    ops::ControlFlow,
    path::{Path, PathBuf},
};

/// How a backup is run.
#[derive(Clone, Debug, Default)]
pub struct BackupRun {
    /// The point's time, when it is seeded. A seeded run ignores limits of speed.
    pub time: Option<Time>,
}

/// What is to be planned.
#[derive(Clone, Debug)]
pub struct PlanAsk {
    /// The system whose point it is.
    pub system: SystemId,
    /// The point.
    pub point: PointId,
    /// Paths inside the point; none: the whole system.
    pub paths: Vec<PathBytes>,
    /// Where to.
    pub allowed: Allowed,
    /// What happens to a file that is already there.
    pub policy: OverwritePolicy,
    /// The request's reference.
    pub reference: String,
    /// The tenant's time zone.
    pub zone: chrono_tz::Tz,
    /// The file that keeps the plan.
    pub file: PathBuf,
}

/// A restore to run.
#[derive(Clone, Debug)]
pub struct RestoreRun {
    /// The system whose point it is.
    pub system: SystemId,
    /// The point.
    pub point: PointId,
    /// The plan's file.
    pub plan: PathBuf,
    /// The request's journal.
    pub journal: PathBuf,
    /// The attempt.
    pub attempt: u32,
}

/// Why work was not done to its end.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// It could not begin.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The worker failed.
    #[error(transparent)]
    Host(#[from] crate::host::HostError),
}

/// Told plan news; answers `Break` when nobody waits for the plan any more.
pub type News<'a> = dyn FnMut(PlanNews) -> ControlFlow<()> + 'a;

/// A driver.
pub trait Driver: Send + Sync + 'static {
    /// "engine" or "veeam".
    fn name(&self) -> &'static str;

    /// What it can and cannot do, with the reason for each "cannot".
    fn capabilities(&self) -> Vec<Capability>;

    /// A repository as it is now.
    fn repository(&self, id: &RepositoryId) -> Option<Repository>;

    /// All restore points of a system, newest first.
    ///
    /// # Errors
    /// When the system is unknown or none of its repositories can be read.
    fn points(&self, system: &SystemId) -> Result<Vec<RestorePoint>, Refusal>;

    /// The entries of a folder inside a point, folders first, then by name.
    ///
    /// # Errors
    /// When there is no such point or folder, or it cannot be read.
    fn browse(
        &self,
        system: &SystemId,
        point: &PointId,
        path: &[u8],
    ) -> Result<Vec<Entry>, Refusal>;

    /// Looks for names inside one point or all points of a system.
    ///
    /// # Errors
    /// When there is no such system or point, or none of its repositories can be read.
    fn search(&self, order: &SearchOrder, news: &mut TellLook<'_, Hit>)
    -> Result<LookEnd, Refusal>;

    /// The states that a path has had over the points of a system, newest first; at most
    /// `limit`.
    ///
    /// # Errors
    /// When the system is unknown or none of its repositories can be read.
    fn versions(
        &self,
        system: &SystemId,
        path: &[u8],
        limit: usize,
        news: &mut TellLook<'_, Version>,
    ) -> Result<LookEnd, Refusal>;

    /// Makes a plan and keeps it in its file.
    ///
    /// # Errors
    /// When the point cannot be read or the plan cannot be kept.
    fn plan(&self, ask: &PlanAsk, news: &mut News<'_>) -> Result<Plan, Refusal>;

    /// Removes what is left of a plan that was cut off while it was made; `file` is the one
    /// that would have kept it.
    ///
    /// # Errors
    /// When its target cannot be opened: then all stays for another time.
    fn discard(&self, file: &Path) -> Result<(), Refusal>;

    /// Whether the plan's file is whole.
    ///
    /// # Errors
    /// When it is not there or cannot be read.
    fn planned(&self, file: &Path) -> Result<Plan, Refusal>;

    /// Runs a job to its end.
    ///
    /// # Errors
    /// When it could not begin, or its worker died.
    fn backup(
        &self,
        job: &JobId,
        run: &BackupRun,
        stop: &Stop,
        on: &mut dyn FnMut(Event),
    ) -> Result<(), RunError>;

    /// After an attempt that was cut off: removes its half-written files, and counts what
    /// it had written and synced.
    ///
    /// # Errors
    /// When its plan, journal or target cannot be read.
    fn after_interruption(&self, plan: &Path, journal: &Path) -> Result<Amount, RunError>;

    /// Runs a restore to its end.
    ///
    /// # Errors
    /// When it could not begin, or its worker died.
    fn restore(
        &self,
        run: &RestoreRun,
        stop: &Stop,
        on: &mut dyn FnMut(Event),
    ) -> Result<(), RunError>;
}
