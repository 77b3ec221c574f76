//! What the services ask of the appliance's work: one trait, so that `service` knows
//! neither drivers nor schedules, and a test can stand in for them.
//!
//! Every method may block (a repository is read, SQLite is written): call it off the
//! async threads. Who may call what was decided before: `service` authorises.

use ocdeck_domain::{
    facts::{
        Capability, Entry, Hit, LookEnd, PathBytes, Plan, PlanEntry, RestoreAttempt, RestorePoint,
        Searched, Time, Version,
    },
    ids::{JobId, PointId, RequestId, SessionId, SystemId},
    priority::Priority,
    restore::Order,
};
use std::ops::ControlFlow;

/// A person, from the certificate of the call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Short name.
    pub person: String,
    /// The role's name.
    pub role: String,
}

/// Why a call is made, and for what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Intent {
    /// In the person's words.
    pub reason: String,
    /// The number it belongs to, such as "R-0118".
    pub reference: String,
}

/// What is to be planned.
#[derive(Clone, Debug)]
pub struct PlanOrder {
    /// What is to be restored.
    pub order: Order,
    /// The request's reference: names the files of *keep both*.
    pub reference: String,
    /// IANA time zone of the tenant; empty: UTC.
    pub time_zone: String,
}

/// News of a plan being made.
#[derive(Clone, Debug)]
pub enum PlanNews {
    /// How far the counting is.
    Counted {
        /// Entries looked at.
        entries: u64,
        /// Bytes in them.
        bytes: u64,
    },
    /// Some of what it would do, changes first.
    Entries(Vec<PlanEntry>),
}

/// What is to be looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchOrder {
    /// The system.
    pub system: SystemId,
    /// The point to look in; `None`: all of the system.
    pub point: Option<PointId>,
    /// When all are searched: the point to begin with.
    pub first: Option<PointId>,
    /// Any part of a name; with `*` or `?` the whole name.
    pub query: Vec<u8>,
    /// At most so many hits.
    pub limit: usize,
}

/// News of a look at points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LookNews<T> {
    /// The next thing that was found.
    Found(T),
    /// How far it is; told often.
    At(Searched),
}

/// Told the news; answers `Break` when the caller went away.
pub type TellLook<'a, T> = dyn FnMut(LookNews<T>) -> ControlFlow<()> + 'a;

/// Going on alone beyond the limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BreakGlass {
    /// Why it cannot wait.
    pub reason: String,
    /// The duty manager who was called.
    pub duty_manager: String,
    /// When.
    pub called_at: Time,
}

/// A restore to carry out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dispatch {
    /// The request.
    pub request: RequestId,
    /// The attempt, from 1.
    pub attempt: u32,
    /// What is to be restored.
    pub order: Order,
    /// The digest of its plan.
    pub digest: Vec<u8>,
    /// Why, and the reference.
    pub intent: Intent,
    /// Smaller runs first.
    pub priority: Priority,
    /// Who asked for it.
    pub requester: String,
    /// Beyond the limit, alone.
    pub break_glass: Option<BreakGlass>,
    /// Whoever else asked for it: none of them may decide about it. It only forbids.
    pub asked_by: Vec<String>,
}

/// What a second person says to a restore beyond the limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The request.
    pub request: RequestId,
    /// The attempt.
    pub attempt: u32,
    /// The digest of the plan that it is about.
    pub digest: Vec<u8>,
    /// Whether it may begin.
    pub approved: bool,
    /// Why; may be empty when it is approved.
    pub intent: Intent,
}

/// Why something is not done. The text says what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No such thing, or not for this caller.
    #[error("{0}")]
    NotFound(String),
    /// It is there already. `code` is a stable word for programs.
    #[error("{text}")]
    AlreadyExists {
        /// A stable word.
        code: &'static str,
        /// What is there and what to do.
        text: String,
        /// What is there, for programs: names and values.
        first: Vec<(&'static str, String)>,
    },
    /// The state of things does not allow it. `code` is a stable word for programs,
    /// such as `PLAN_UNKNOWN`, `BEYOND_LIMIT`, `ATTEMPT_NOT_ENDED`.
    #[error("{text}")]
    FailedPrecondition {
        /// A stable word.
        code: &'static str,
        /// What and why.
        text: String,
    },
    /// Not allowed there.
    #[error("{0}")]
    PermissionDenied(String),
    /// It needs another person than this one.
    #[error("{0}")]
    SamePerson(String),
    /// A field of the call is wrong.
    #[error("{field}: {text}")]
    InvalidArgument {
        /// The field, as the `.proto` spells it.
        field: &'static str,
        /// What is wrong with it.
        text: String,
    },
    /// Cannot be done now; trying again may help.
    #[error("{0}")]
    Unavailable(String),
    /// The caller went away.
    #[error("cancelled by the caller")]
    Cancelled,
    /// A fault of the appliance.
    #[error("{0}")]
    Internal(String),
}

/// The work of an appliance.
pub trait Work: Send + Sync + 'static {
    /// What this appliance can and cannot do.
    fn capabilities(&self) -> Vec<Capability>;

    /// Queues a run of a job.
    fn start_job(&self, job: &JobId, by: &Actor, intent: &Intent) -> Result<SessionId, Refusal>;

    /// Stops the running or waiting session of a job.
    fn stop_job(&self, job: &JobId, by: &Actor, intent: &Intent) -> Result<SessionId, Refusal>;

    /// All restore points of a system, newest first.
    fn points(&self, system: &SystemId) -> Result<Vec<RestorePoint>, Refusal>;

    /// The entries of a folder inside a point, folders first, then by name.
    fn browse(
        &self,
        system: &SystemId,
        point: &PointId,
        path: &[u8],
    ) -> Result<Vec<Entry>, Refusal>;

    /// Looks for names inside points.
    fn search(&self, order: &SearchOrder, news: &mut TellLook<'_, Hit>)
    -> Result<LookEnd, Refusal>;

    /// The states that a path has had over the points of a system, newest first; at most
    /// `limit`.
    fn versions(
        &self,
        system: &SystemId,
        path: &PathBytes,
        limit: usize,
        news: &mut TellLook<'_, Version>,
    ) -> Result<LookEnd, Refusal>;

    /// Makes and keeps a plan. `news` answers `Break` when the caller went away.
    /// The answer's `entries` are empty: they went through `news`.
    fn plan(
        &self,
        order: &PlanOrder,
        news: &mut dyn FnMut(PlanNews) -> ControlFlow<()>,
    ) -> Result<Plan, Refusal>;

    /// Accepts a restore. It is durable when this returns.
    fn dispatch(&self, dispatch: &Dispatch, by: &Actor) -> Result<RestoreAttempt, Refusal>;

    /// Takes the second person's word about a restore that awaits it. It is durable when
    /// this returns.
    fn decide(&self, verdict: &Verdict, by: &Actor) -> Result<RestoreAttempt, Refusal>;

    /// Cancels a restore that waits, awaits approval or runs.
    fn cancel(
        &self,
        request: RequestId,
        attempt: u32,
        by: &Actor,
        intent: &Intent,
    ) -> Result<RestoreAttempt, Refusal>;
}
